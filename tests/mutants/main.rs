//! A rule with a mistake in it never leads to a wrong equation: every derivation that uses it is refused.

mod generate;
#[path = "../support/rule.rs"]
mod support;

use std::collections::BTreeMap;

use entrywise::derive::Options;
use entrywise::rule::{Catalogue, Rule};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use entrywise::verify::{Evaluator, Field, Point};
use entrywise::{Derived, Source};
use generate::mutants;
use support::{fault, line};

/// Programs that use every rule, half of them with square matrices, where wrong shapes fit.
const PROGRAMS: &[&str] = &[
    "X : N x D; W : D x M; Y = X*W; L = loss(Y); derive dL/dX, dL/dW",
    "X, W : n x n; Y = X*W'; L = loss(Y); derive dL/dX, dL/dW",
    "X, A, B : n x n; Y = A'*X*B'; L = loss(Y); derive dL/dX, dL/dA, dL/dB",
    "x : n; A : n x n; y = A*x; L = loss(y) + x'*A*x; derive dL/dx, dL/dA",
    "X, W : n x n; c : scalar; Y = c*X*W; Z = c*W'; L = loss(Y, Z); derive dL/dc",
    "A, X : n x n; L = tr(A*X) + tr(X)*tr(X*X); derive dL/dX, dL/dA",
    "A, X, B : n x n; v : n; y = diagvec(A*X) .* v + diagvec(X); L = loss(y); derive dL/dX, dL/dv",
    "X, T : n x n; Y = X .* T + X' .* X; L = loss(Y); derive dL/dX, dL/dT",
    "X : N x D; u : N; v : D; r = rowsum(X); c = colsum(X); L = sum(diag(u)*X*diag(v)) + loss(r, c); derive dL/dX, dL/du, dL/dv",
    "X : n x n; u, v : n; Y = diag(u)*X*diag(v); L = loss(Y); derive dL/dX, dL/du, dL/dv",
    "X : n x n; b, c : n; Y = X + ones(n)*b' + c*ones(n)'; L = loss(Y); derive dL/db, dL/dc",
    "x, u : n; A : n x n; L = (x'*u)*sum(A); derive dL/dx, dL/dA",
    "x : n; y = x .* x; L = sum(x) * loss(y); derive dL/dx",
];

fn derived(program: &str, catalogue: &Catalogue) -> Result<Derived, Vec<&'static str>> {
    let problem = entrywise::read(&Source::new("test", program))
        .unwrap_or_else(|errors| panic!("{program}: {errors:?}"));
    let options = Options { open: true, ..Options::default() };
    entrywise::derive_with(problem, &options, catalogue)
        .map_err(|errors| errors.iter().map(|error| error.code).collect())
}

/// What the engine prints under a catalogue, or the codes of its errors.
fn answers(program: &str, catalogue: &Catalogue) -> Result<Vec<String>, Vec<&'static str>> {
    derived(program, catalogue).map(|derived| derived.answers())
}

/// The rules that a program's derivation names.
fn used(program: &str) -> Vec<Name> {
    let derived = derived(program, Catalogue::shipped()).unwrap();
    let steps = derived.verified.derivation().sections.iter().flat_map(|section| &section.steps);
    steps.flat_map(|step| step.rules.clone()).collect()
}

/// Whether an answer holds, evaluated here once more at sizes and points of this test's own.
fn holds(program: &str, answer: &str) -> bool {
    let (goal, value) = answer.split_once(" = ").unwrap();
    let problem = entrywise::read(&Source::new("test", program)).unwrap();
    let names: Vec<Name> = problem.quantities.keys().cloned().collect();
    let parsed =
        |text: &str| entrywise::syntax::parse::expression(&Source::new("side", text), &names).unwrap();
    (0..3).all(|seed| {
        let sizes =
            problem.dimensions.keys().enumerate().map(|(at, name)| (name.clone(), 2 + (at + seed) % 4));
        let point = Point::new(sizes.collect(), 1000 + seed as u64);
        let mut evaluator = Evaluator::<Field>::new(&problem, &[], point);
        let (goal, value) = (parsed(goal), parsed(value));
        // An index form is an entry, with the letters that the goal names.
        let letters: Vec<(Name, usize)> = match &goal.kind {
            ExprKind::Index { base, indices } => {
                let axes = evaluator.value(base, &[]).unwrap().axes.sizes().to_vec();
                let letter = |index: &Expr| match &index.kind {
                    ExprKind::Name(name) => name.clone(),
                    other => panic!("{other:?}"),
                };
                indices.iter().map(letter).zip(axes).collect()
            }
            _ => Vec::new(),
        };
        let places = letters.iter().map(|(_, size)| size).product::<usize>();
        (0..places).all(|mut place| {
            let at: Vec<(Name, usize, usize)> = letters
                .iter()
                .map(|(name, size)| {
                    let value = place % size + 1;
                    place /= size;
                    (name.clone(), value, *size)
                })
                .collect();
            let mut side = |side: &Expr| evaluator.value(side, &at).map(|value| (value.axes, value.data));
            matches!((side(&goal), side(&value)), (Ok(goal), Ok(value)) if goal == value)
        })
    })
}


/// What came of a mutant over all its programs.
#[derive(Default)]
struct Fate {
    /// Codes of the errors.
    errors: BTreeMap<&'static str, usize>,
    /// Programs with other answers than the rule's, all of which hold.
    right: usize,
    same: usize,
}

struct Program {
    text: &'static str,
    answers: Vec<String>,
    used: Vec<Name>,
}

fn fate(at: usize, mutant: &Rule, programs: &[Program]) -> Fate {
    let mut catalogue = Catalogue::shipped().clone();
    let rule = catalogue.rules[at].name.clone();
    catalogue.rules[at] = mutant.clone();
    catalogue.rules.sort_by_cached_key(Rule::precedence);
    let mut fate = Fate::default();
    // Those that use the rule; if none tells, all: a mutant may fit where its rule does not.
    for uses in [true, false] {
        for program in programs.iter().filter(|program| program.used.contains(&rule) == uses) {
            match answers(program.text, &catalogue) {
                Err(codes) => codes.into_iter().for_each(|code| *fate.errors.entry(code).or_default() += 1),
                Ok(found) if found == program.answers => fate.same += 1,
                Ok(found) => {
                    for answer in found {
                        assert!(holds(program.text, &answer), "{}: {}: {answer}", line(mutant), program.text);
                    }
                    fate.right += 1;
                }
            }
        }
        if fate.refused() {
            break;
        }
    }
    fate
}

impl Fate {
    fn refused(&self) -> bool {
        self.errors.keys().any(|code| matches!(*code, "refuted" | "unchecked"))
    }
}

#[test]
fn explore() {
    let start = std::time::Instant::now();
    let programs: Vec<Program> = PROGRAMS.iter().map(|text| {
        let answers = answers(text, Catalogue::shipped()).unwrap();
        assert!(answers.iter().all(|answer| holds(text, answer)), "{text}");
        Program { text, answers, used: used(text) }
    }).collect();
    for rule in &Catalogue::shipped().rules {
        let n = programs.iter().filter(|program| program.used.contains(&rule.name)).count();
        println!("{} programs use {}", n, rule.name);
    }
    let (mut total, mut malformed) = (0, 0);
    for (at, rule) in Catalogue::shipped().rules.iter().enumerate() {
        let (found, bad) = mutants(rule);
        malformed += bad;
        for mutant in found {
            total += 1;
            let fate = fate(at, &mutant, &programs);
            if !fate.refused() {
                println!("S {} {} {:?} right {} same {}  {}", if fault(&mutant).is_none() {"EQ"} else {"ne"}, if mutant.fits().is_ok() {"fits"} else {"misfit"}, fate.errors, fate.right, fate.same, line(&mutant));
            } else if fault(&mutant).is_none() {
                println!("!! EQ refused {:?} {}", fate.errors, line(&mutant));
            }
        }
    }
    println!("{total} mutants, {malformed} malformed, {:?}", start.elapsed());
}
