//! A rule with a mistake in it never leads to a wrong equation: every derivation that uses it is refused.

mod generate;
mod laws;
#[path = "../support/rule.rs"]
mod support;
mod survivors;

use std::sync::atomic::{AtomicUsize, Ordering};

use entrywise::derive::Options;
use entrywise::index::{Index, Indices};
use entrywise::matrix::Matrix;
use entrywise::rule::{Catalogue, Object, Rule};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use entrywise::verify::{Evaluator, Field, Point};
use entrywise::{Derived, Source};
use support::{fault, line};
use survivors::{Reason, SURVIVORS};

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
    "A, B : n x n; z : n; L = sum(B*diagvec(A)) * sum(B'*diagvec(A)) * sum(z); derive dL/dz",
    "A, B : n x n; v, w : n; y = rowsum(A) .* w; z = colsum(B) .* w .* v; L = loss(y, z); derive dL/dw",
    "A, B : n x n; w : n; y = colsum(A .* B) .* w; z = rowsum(A .* B) .* w; L = loss(y, z); derive dL/dw",
    "A, B : n x n; w : n; y = (B'*diagvec(A)) .* w; z = (B*diagvec(A)) .* w; L = loss(y, z); derive dL/dw",
    "A, B : n x n; w : n; y = diagvec(A) .* colsum(B) .* w; z = diagvec(A) .* rowsum(B) .* w; L = loss(y, z); derive dL/dw",
    "A : n x n; v : m; w : n; y = sum(v) * diagvec(A) .* w; L = loss(y); derive dL/dw",
    "A, B, W : n x n; Y = (diagvec(A)*colsum(B)') .* W; Z = (rowsum(B)*diagvec(A)') .* W; L = loss(Y, Z); derive dL/dW",
    "A, B, W : n x n; Y = (A*diag(colsum(B))) .* W; Z = (diag(rowsum(A))*B) .* W; L = loss(Y, Z); derive dL/dW",
    "A, B, W : n x n; Y = (diag(colsum(A))*B) .* W; Z = (A*diag(rowsum(B))) .* W; L = loss(Y, Z); derive dL/dW",
    "A, B, W : n x n; Y = (A*diag(diagvec(B))) .* W; Z = (diag(diagvec(A))*B) .* W; L = loss(Y, Z); derive dL/dW",
    "X, T, S : n x n; Y = X .* T' .* S; L = loss(Y); derive dL/dS",
    "S, T : n x n; Y = T' .* S; L = loss(Y); derive dL/dS",
    "X, T, Z, S : n x n; Y = (X'*T'*Z) .* S; L = loss(Y); derive dL/dS",
    "X, T, W, S : n x n; v : n; L = sum(S .* (X*T*diag(v) + W*T)); derive dL/dS",
    "A, W : n x n; v : n; Y = (diagvec(A)*v') .* W; Z = (v*diagvec(A)') .* W; L = loss(Y, Z); derive dL/dW",
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

/// After so many refusals the rest of a mutant's programs tells nothing new.
const ENOUGH: usize = 2;

/// What came of a mutant over its programs.
#[derive(Default)]
struct Fate {
    /// Programs that the checker refuses.
    refusals: usize,
    /// Programs with other answers than the rule's, all of which hold.
    right: usize,
}

/// A program with what it gives by the shipped rules.
struct Program {
    text: &'static str,
    answers: Vec<String>,
    /// The rules that its steps name.
    used: Vec<Name>,
}

impl Program {
    fn new(text: &'static str) -> Program {
        let derived = derived(text, Catalogue::shipped()).unwrap();
        let answers = derived.answers();
        assert!(answers.iter().all(|answer| holds(text, answer)), "{text}");
        let steps = derived.verified.derivation().sections.iter().flat_map(|section| &section.steps);
        let used = steps.flat_map(|step| step.rules.clone()).collect();
        Program { text, answers, used }
    }
}

fn fate(at: usize, mutant: &Rule, programs: &[Program]) -> Fate {
    let mut catalogue = Catalogue::shipped().clone();
    let rule = catalogue.rules[at].name.clone();
    catalogue.rules[at] = mutant.clone();
    catalogue.rules.sort_by_cached_key(Rule::precedence);
    let mut fate = Fate::default();
    // Those that use the rule; if none tells, the others: a mutant may fit where its rule does not.
    for uses in [true, false] {
        for program in programs.iter().filter(|program| program.used.contains(&rule) == uses) {
            if fate.refusals >= ENOUGH {
                return fate;
            }
            match answers(program.text, &catalogue) {
                Err(codes) => {
                    assert!(codes.iter().all(|code| ["refuted", "unchecked"].contains(code)), "{codes:?}");
                    fate.refusals += 1;
                }
                Ok(found) if found == program.answers => {}
                Ok(found) => {
                    for answer in found {
                        assert!(holds(program.text, &answer), "{}: {}: {answer}", line(mutant), program.text);
                    }
                    fate.right += 1;
                }
            }
        }
        if fate.refusals > 0 {
            break;
        }
    }
    fate
}

/// A rule that is tried before the mutant and takes whatever the mutant would take.
fn before(at: usize, mutant: &Rule) -> Option<Name> {
    let mut indices = Indices::default();
    let mut known: Vec<(Name, Index)> = Vec::new();
    let mut index = |letter: &Name| match known.iter().find(|(name, _)| name == letter) {
        Some((_, index)) => index.clone(),
        None => {
            known.push((letter.clone(), indices.fresh(&Rule::range(letter))));
            known[known.len() - 1].1.clone()
        }
    };
    let objects: Vec<Object> = mutant
        .factors
        .iter()
        .map(|(name, letters)| Object {
            matrix: Matrix::leaf(Expr::name(name.clone()), Rule::shape(letters)),
            indices: letters.iter().map(&mut index).collect(),
        })
        .collect();
    let bound: Vec<Index> = mutant.bound.iter().map(&mut index).collect();
    let mut rules: Vec<&Rule> = Catalogue::shipped().rules.iter().collect();
    rules[at] = mutant;
    rules.sort_by_cached_key(|rule| rule.precedence());
    let earlier = rules.into_iter().take_while(|rule| rule.name != mutant.name);
    // Rules that sum nothing away are tried in the opposite order as well.
    let settled = |rule: &&Rule| !rule.bound.is_empty() || !mutant.bound.is_empty();
    earlier.filter(settled).find(|rule| rule.find(&objects, &bound).is_some()).map(|rule| rule.name.clone())
}

/// All mutants with what came of them, with the place of each one's rule.
fn fates(programs: &[Program], mutants: &[(usize, Rule)]) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some((place, (at, mutant))) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            mutants.get(place).map(|mutant| (place, mutant))
        } {
            found.push((place, fate(*at, mutant, programs)));
        }
        found
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    let mut found: Vec<(usize, Fate)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, fate)| fate).collect()
}

/// Each rule with one mistake in it, at whatever shapes: every answer that is printed holds, and either the checker
/// refuses some derivation or the mutant is listed as equivalent, for a reason that is confirmed here.
#[test]
fn every_mutant_is_refused_or_equivalent() {
    let programs: Vec<Program> = PROGRAMS.iter().map(|text| Program::new(text)).collect();
    let (mut mutants, mut malformed) = (Vec::new(), 0);
    for (at, rule) in Catalogue::shipped().rules.iter().enumerate() {
        assert!(
            programs.iter().any(|program| program.used.contains(&rule.name)),
            "{} is not used",
            rule.name
        );
        let (found, bad) = generate::mutants(rule);
        mutants.extend(found.into_iter().map(|mutant| (at, mutant)));
        malformed += bad;
    }
    let fates = fates(&programs, &mutants);
    let (mut refused, mut by_shape, mut right) = (0, 0, 0);
    let mut wrong = Vec::new();
    for ((at, mutant), fate) in mutants.iter().zip(&fates) {
        let text = line(mutant);
        let listed = SURVIVORS.iter().find(|(known, _)| *known == text).map(|(_, reason)| reason);
        refused += usize::from(fate.refusals > 0);
        by_shape += usize::from(mutant.fits().is_err());
        right += fate.right;
        match (fate.refusals > 0, listed) {
            (true, None) => {}
            (false, Some(Reason::True(why))) if fault(mutant).is_none() => println!("{text}: {why}"),
            (false, Some(Reason::After(other))) if before(*at, mutant).as_deref() == Some(other) => {
                println!("{text}: {other} comes first");
            }
            _ => wrong.push(format!("{text}: refused {} times, {} other answers", fate.refusals, fate.right)),
        }
    }
    println!(
        "{} mutants, {refused} refused, {} equivalent, {right} other answers that hold; {by_shape} that a rule file is refused \
         for by shapes, {malformed} more that do not read as rules",
        mutants.len(),
        mutants.len() - refused,
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (known, _) in SURVIVORS {
        assert!(mutants.iter().any(|(_, mutant)| line(mutant) == *known), "{known} is no mutant");
    }
}
