//! Random programs of functions, quotients, powers, reductions, broadcasts and several definitions: each derives
//! within seconds to answers that equal central differences, or is refused for a limit that is named.
//!
//! A program is built from a list of numbers that proptest makes and shrinks. An exhausted list means zeros, and 0
//! is always the plainest choice, so that a failure is shown as a short program.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use entrywise::Source;
use entrywise::certificate::{self, Choices};
use entrywise::derive::Options;
use entrywise::diagnostic::{Diagnostic, Exit};
use entrywise::render::{self, Format};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use support::check::{Answers, assignments};

/// What a derivation may take in a debug build on a busy machine. A loop without end is far beyond.
const PATIENCE: Duration = Duration::from_secs(20);
/// Refusals that say what to do about them; all other codes are failures.
const LIMITS: &[&str] = &["not-derivable", "too-many-terms", "formula-limit"];
/// Programs of the test, and how many of them may be refused, or at least decided, in percent.
const CASES: u32 = 32;
const REFUSED: usize = 10;
const DECIDED: usize = 90;

/// The rows and columns of what is generated, by dimension; 1 is literal.
type Shape = (&'static str, &'static str);

const VARIABLES: &[(&str, Shape)] = &[
    ("X", ("N", "D")),
    ("W", ("D", "M")),
    ("V", ("N", "M")),
    ("S", ("M", "M")),
    ("u", ("N", "1")),
    ("g", ("D", "1")),
    ("b", ("M", "1")),
    ("c", ("1", "1")),
];
const DIMENSIONS: &[&str] = &["N", "D", "M"];

struct Generator<'a> {
    choices: std::slice::Iter<'a, u8>,
    /// Definitions so far, by name.
    definitions: Vec<(String, Shape, String)>,
}

impl Generator<'_> {
    fn choose(&mut self, count: usize) -> usize {
        usize::from(self.choices.next().copied().unwrap_or(0)) % count
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.choose(from.len())]
    }

    /// A name of this shape, or of the transposed one; ones where none is.
    fn leaf(&mut self, shape: Shape) -> String {
        let (rows, columns) = shape;
        let mut found: Vec<String> = Vec::new();
        for (name, _, _) in self.definitions.iter().rev().filter(|(_, known, _)| *known == shape) {
            found.push(name.clone());
        }
        for (name, known) in VARIABLES {
            if *known == shape {
                found.push(name.to_string());
            } else if *known == (columns, rows) {
                found.push(format!("{name}'"));
            }
        }
        if found.is_empty() {
            let (left, right) = (self.leaf((rows, "1")), self.leaf((columns, "1")));
            return format!("({left}*{right}')");
        }
        let at = self.choose(found.len());
        found.swap_remove(at)
    }

    fn any(&mut self, shape: Shape, depth: usize) -> String {
        match shape {
            ("1", "1") => self.scalar(depth),
            (_, "1") => self.vector(shape.0, depth),
            _ => self.matrix(shape, depth),
        }
    }

    /// What may be divided by, or be under a root or in a logarithm.
    fn positive(&mut self, shape: Shape, depth: usize) -> String {
        let inner = self.any(shape, depth);
        let power = if shape == ("1", "1") { "^2" } else { ".^2" };
        match self.choose(3) {
            0 => format!("(1 + {inner}{power})"),
            1 => format!("exp(tanh({inner}))"),
            _ => format!("(2 + sin({inner}))"),
        }
    }

    /// The same choices for numbers, vectors and matrices.
    fn entrywise(&mut self, shape: Shape, depth: usize) -> String {
        let (times, over, to) = if shape == ("1", "1") { ("*", "/", "^") } else { (".*", "./", ".^") };
        match self.choose(8) {
            0 => format!("({} + {})", self.any(shape, depth), self.any(shape, depth)),
            1 => format!("({} - {})", self.any(shape, depth), self.any(shape, depth)),
            2 => format!("({} {times} {})", self.any(shape, depth), self.any(shape, depth)),
            3 => {
                let function =
                    self.pick(&["tanh", "sin", "sigmoid", "exp", "relu", "softplus", "gelu", "abs", "f"]);
                format!("{function}({})", self.any(shape, depth))
            }
            4 => {
                let exponent = self.pick(&["2", "3"]);
                format!("{}{to}{exponent}", self.any(shape, depth))
            }
            5 => format!("({} {over} {})", self.any(shape, depth), self.positive(shape, depth)),
            6 => {
                let function = self.pick(&["log", "sqrt"]);
                format!("{function}({})", self.positive(shape, depth))
            }
            _ => {
                let number = self.pick(&["2", "0.5", "c"]);
                if self.choose(2) == 0 {
                    format!("({number}*{})", self.any(shape, depth))
                } else {
                    format!("(1 - {})", self.any(shape, depth))
                }
            }
        }
    }

    fn matrix(&mut self, shape: Shape, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf(shape) };
        let (rows, columns) = shape;
        match self.choose(9) {
            0 => self.leaf(shape),
            1 => {
                let middle = self.pick(DIMENSIONS);
                format!("({}*{})", self.matrix((rows, middle), depth), self.matrix((middle, columns), depth))
            }
            2..=4 => self.entrywise(shape, depth),
            5 => {
                let function = self.pick(&["rowsoftmax", "rowlogsoftmax"]);
                format!("{function}({})", self.matrix(shape, depth))
            }
            6 => match self.choose(2) {
                0 => format!("(ones({rows})*{}')", self.vector(columns, depth)),
                _ => format!("({}*ones({columns})')", self.vector(rows, depth)),
            },
            7 => match self.choose(2) {
                0 => format!("(diag({})*{})", self.vector(rows, depth), self.matrix(shape, depth)),
                _ => format!("({}*diag({}))", self.matrix(shape, depth), self.vector(columns, depth)),
            },
            _ => format!("({}/{})", self.matrix(shape, depth), self.positive(("1", "1"), depth)),
        }
    }

    fn vector(&mut self, rows: &'static str, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf((rows, "1")) };
        match self.choose(8) {
            0 => self.leaf((rows, "1")),
            1 => {
                let middle = self.pick(DIMENSIONS);
                format!("({}*{})", self.matrix((rows, middle), depth), self.vector(middle, depth))
            }
            2..=3 => self.entrywise((rows, "1"), depth),
            4 => {
                let (function, columns) =
                    (self.pick(&["rowsum", "rowmean", "rowlogsumexp"]), self.pick(DIMENSIONS));
                format!("{function}({})", self.matrix((rows, columns), depth))
            }
            5 => {
                let (function, above) = (self.pick(&["colsum", "colmean"]), self.pick(DIMENSIONS));
                format!("{function}({})", self.matrix((above, rows), depth))
            }
            6 => {
                let function = self.pick(&["softmax", "logsoftmax"]);
                format!("{function}({})", self.vector(rows, depth))
            }
            _ => format!("({}/{})", self.vector(rows, depth), self.positive(("1", "1"), depth)),
        }
    }

    fn scalar(&mut self, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf(("1", "1")) };
        let (rows, columns) = (self.pick(DIMENSIONS), self.pick(DIMENSIONS));
        match self.choose(9) {
            0 => self.leaf(("1", "1")),
            1 => {
                let function = self.pick(&["sum", "mean", "variance"]);
                format!("{function}({})", self.matrix((rows, columns), depth))
            }
            2 => format!("({}'*{})", self.vector(rows, depth), self.vector(rows, depth)),
            3 => format!("tr({})", self.matrix((rows, rows), depth)),
            4 => self.entrywise(("1", "1"), depth),
            5 => format!("sqrt(1 + sum({}.^2))", self.matrix((rows, columns), depth)),
            6 => format!("logsumexp({})", self.vector(rows, depth)),
            7 => {
                format!(
                    "dot({}, {})",
                    self.matrix((rows, columns), depth),
                    self.matrix((rows, columns), depth)
                )
            }
            _ => {
                let function = self.pick(&["norm2", "mse"]);
                match function {
                    "norm2" => format!("norm2(1 + {}.^2)", self.vector(rows, depth)),
                    _ => {
                        let shape = (rows, columns);
                        format!("mse({}, {})", self.matrix(shape, depth), self.matrix(shape, depth))
                    }
                }
            }
        }
    }

    fn program(mut self) -> String {
        let names = ["A", "B", "C"];
        let count = 1 + self.choose(names.len());
        for name in &names[..count] {
            let shapes: &[Shape] =
                &[("N", "M"), ("N", "1"), ("N", "D"), ("M", "M"), ("D", "M"), ("D", "1"), ("1", "1")];
            let shape = self.pick(shapes);
            let depth = 1 + self.choose(2);
            let body = self.any(shape, depth);
            self.definitions.push((name.to_string(), shape, body));
        }
        let last = names[count - 1];
        let loss = match self.choose(3) {
            0 => format!("loss({last})"),
            1 => {
                let depth = 1 + self.choose(2);
                format!("{} + sum({last})", self.scalar(depth))
            }
            _ if self.definitions[count - 1].1 == ("1", "1") => format!("{last}^2/2"),
            _ => format!("sum({last}.^2)/2"),
        };
        let bodies: Vec<&str> = self.definitions.iter().map(|(_, _, body)| body.as_str()).collect();
        let text = format!("{} {loss}", bodies.join(" "));
        let words: Vec<&str> = text.split(|at: char| !at.is_alphanumeric()).collect();
        let mut lines: Vec<String> = vec!["unknown f : entrywise".to_string()];
        let mut goals: Vec<String> = Vec::new();
        let stand_alone = |name: &str| DIMENSIONS.contains(&name) && words.contains(&name);
        for (name, (rows, columns)) in VARIABLES {
            if !words.contains(name) {
                // A dimension that stands in `ones` alone needs a declaration.
                if *columns == "1" && stand_alone(rows) {
                    lines.push(format!("{name} : {rows}"));
                }
                continue;
            }
            let shape = match (*rows, *columns) {
                ("1", "1") => "scalar".to_string(),
                (_, "1") => rows.to_string(),
                _ => format!("{rows} x {columns}"),
            };
            lines.push(format!("{name} : {shape}"));
            goals.push(format!("dL/d{name}"));
        }
        if !words.contains(&"f") {
            lines.remove(0);
        }
        lines.extend(self.definitions.iter().map(|(name, _, body)| format!("{name} = {body}")));
        lines.push(format!("L = {loss}"));
        lines.push(format!("derive {}", goals.join(", ")));
        lines.join("\n")
    }
}

fn program(choices: &[u8]) -> String {
    Generator { choices: choices.iter(), definitions: Vec::new() }.program()
}

/// The answers as text, or the first refusal.
fn derived(source: &str, inline: bool) -> Result<String, Diagnostic> {
    let source = Source::new("random", source);
    let problem = entrywise::read(&source).map_err(|mut errors| errors.remove(0))?;
    let options = Options { open: true, inline, ..Options::default() };
    let derived = entrywise::derive(problem, &options).map_err(|mut errors| errors.remove(0))?;
    // Other points may leave a line in real numbers undecided; no certificate of the engine's is refused.
    let choices = Choices { open: true, inline, ..Choices::default() };
    let certificate = certificate::write(&derived.verified, &derived.problem, &source, &choices)?;
    match certificate::recheck(&certificate) {
        Err(error) if error.code != "certificate-unchecked" => return Err(error),
        _ => {}
    }
    Ok(derived.render(Format::Expr, &render::Options::default()))
}

/// How a program came out.
enum Outcome {
    Right,
    /// A limit, by its code.
    Refused(String),
    /// No point at which differences settle: nothing is known.
    Undecided,
}

/// `Err` with what is wrong.
fn judge(source: &str, inline: bool) -> Result<Outcome, String> {
    let start = Instant::now();
    let text = match derived(source, inline) {
        Ok(text) => text,
        Err(refusal) if refusal.exit == Exit::Limit && LIMITS.contains(&refusal.code) => {
            return Ok(Outcome::Refused(format!("{}: {}", refusal.code, refusal.message)));
        }
        Err(refusal) => return Err(format!("{}: {}", refusal.code, refusal.message)),
    };
    if start.elapsed() > PATIENCE {
        return Err(format!("{:?} for\n{text}", start.elapsed()));
    }
    let answers = Answers::read(source, &text)?;
    let count = if answers.program.dimensions.is_empty() { 1 } else { 2 };
    for (seed, sizes) in assignments(&answers.program, count)?.iter().enumerate() {
        match answers.check(sizes, seed as u64) {
            Ok(()) => {}
            Err(error) if error.contains("do not settle") || error.contains("no point found") => {
                return Ok(Outcome::Undecided);
            }
            Err(error) => return Err(format!("{error} at {sizes:?} in\n{text}")),
        }
    }
    Ok(Outcome::Right)
}

#[test]
fn random_programs_are_derived_right_or_refused_with_a_reason() {
    let cases =
        if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { CASES };
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    };
    let refused: std::cell::RefCell<BTreeMap<String, Vec<String>>> = Default::default();
    let counts = std::cell::Cell::new((0, 0, 0));
    let judged = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 0..60), |choices| {
        let source = program(&choices);
        if !source.contains("derive d") {
            return Ok(());
        }
        for inline in [false, true] {
            let (right, no, open) = counts.get();
            match judge(&source, inline) {
                Ok(Outcome::Right) => counts.set((right + 1, no, open)),
                Ok(Outcome::Undecided) => counts.set((right, no, open + 1)),
                Ok(Outcome::Refused(reason)) => {
                    counts.set((right, no + 1, open));
                    refused.borrow_mut().entry(reason).or_default().push(source.clone());
                }
                Err(error) => {
                    return Err(TestCaseError::fail(format!("inline {inline}:\n{source}\n{error}")));
                }
            }
        }
        Ok(())
    });
    let (right, no, open) = counts.get();
    println!("{right} right, {no} refused, {open} undecided");
    for (reason, mut sources) in refused.into_inner() {
        sources.sort_by_key(String::len);
        println!("--- {} times {reason}, for example\n{}", sources.len(), sources[0]);
    }
    if let Err(error) = judged {
        panic!("{error}");
    }
    let all = right + no + open;
    assert!(no * 100 <= REFUSED * all, "{no} of {all} refused");
    assert!((right + no) * 100 >= DECIDED * all, "{open} of {all} undecided");
}

/// What random programs have found, each as short as it came: a scalar that is a function of a function kept the
/// parameter of a stated derivative; a definition with the name of a parameter of an operation that it calls counted
/// as its own user.
#[test]
fn programs_that_failed_once() {
    for source in [
        "c : scalar\nL = exp(tanh(c))\nderive dL/dc",
        "c : scalar\nA = c/exp(tanh(c))\nL = loss(A)\nderive dL/dc",
        "t : scalar\nL = exp(tanh(2*t))\nderive dL/dt",
        "u : N\nA = tr(u*u')\nL = loss(A)\nderive dL/du",
        "Y : N x D\nX = 2*Y\nA = sum(X.^2)\nL = sum(X)*A^2\nderive dL/dY",
    ] {
        for inline in [false, true] {
            let outcome = judge(source, inline).unwrap_or_else(|error| panic!("{source}\n{error}"));
            assert!(matches!(outcome, Outcome::Right), "{source}");
        }
    }
}
