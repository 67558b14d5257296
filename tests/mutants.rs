//! A rule with a mistake in it never leads to a wrong equation: every derivation that uses it is refused.

use entrywise::derive::Options;
use entrywise::rule::{Catalogue, Rule};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use entrywise::syntax::print;
use entrywise::verify::{Evaluator, Field, Point};
use entrywise::{Derived, Source};

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

/// One transpose dropped or added, or the factors of one product exchanged.
fn mistakes(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    match &expr.kind {
        ExprKind::Name(_) => found.push(ExprKind::Transpose(Box::new(expr.clone())).into()),
        ExprKind::Transpose(inner) => found.push((**inner).clone()),
        ExprKind::Product { first, rest } => {
            let [(op, second)] = rest.as_slice() else { panic!("{}", print::expr(expr)) };
            let product = |first: Expr, second: Expr| -> Expr {
                ExprKind::Product { first: Box::new(first), rest: vec![(*op, second)] }.into()
            };
            found.push(product(second.clone(), (**first).clone()));
            found.extend(mistakes(first).into_iter().map(|first| product(first, second.clone())));
            found.extend(mistakes(second).into_iter().map(|second| product((**first).clone(), second)));
        }
        ExprKind::Call { function, primes, arguments } => {
            found.extend(mistakes(&arguments[0]).into_iter().map(|argument| {
                ExprKind::Call { function: function.clone(), primes: *primes, arguments: vec![argument] }
                    .into()
            }));
        }
        other => panic!("{other:?}"),
    }
    found
}

/// Mistakes on the right side, letters exchanged on either side.
fn mutants(rule: &Rule) -> Vec<Rule> {
    let mut found: Vec<Rule> =
        mistakes(&rule.right).into_iter().map(|right| Rule { right, ..rule.clone() }).collect();
    if rule.free.len() == 2 {
        found.push(Rule { free: rule.free.iter().rev().cloned().collect(), ..rule.clone() });
    }
    for at in 0..rule.factors.len() {
        let mut turned = rule.clone();
        turned.factors[at].1.reverse();
        found.extend((turned.factors[at].1 != rule.factors[at].1).then_some(turned));
    }
    found
}

/// With one mutant in place of its rule, at whatever shapes: what is printed is right, and nothing panics. Where a
/// derivation meets the mistake, the checker refutes it.
#[test]
fn a_mutant_prints_no_wrong_equation() {
    let shipped = Catalogue::shipped();
    let expected: Vec<Vec<String>> =
        PROGRAMS.iter().map(|program| answers(program, shipped).unwrap()).collect();
    for (program, answers) in PROGRAMS.iter().zip(&expected) {
        assert!(answers.iter().all(|answer| holds(program, answer)), "{program}");
    }
    let used: Vec<Vec<Name>> = PROGRAMS.iter().map(|program| used(program)).collect();
    let (mut refuted, mut right, mut quiet) = (0, 0, Vec::new());
    for (at, rule) in shipped.rules.iter().enumerate() {
        let mut met = false;
        for mutant in mutants(rule) {
            let mut catalogue = shipped.clone();
            catalogue.rules[at] = mutant.clone();
            for (place, (program, expected)) in PROGRAMS.iter().zip(&expected).enumerate() {
                // The mutant may fit where its rule does not, so that two programs meet every mutant.
                if place > 1 && !used[place].contains(&rule.name) {
                    continue;
                }
                let found = match answers(program, &catalogue) {
                    Err(codes) => {
                        met |= codes.iter().any(|code| matches!(*code, "refuted" | "unchecked"));
                        refuted += 1;
                        continue;
                    }
                    Ok(found) => found,
                };
                if found != *expected {
                    for answer in found {
                        assert!(holds(program, &answer), "{}: {program}: {answer}", rule.name);
                        right += 1;
                    }
                }
            }
        }
        if !met {
            quiet.push(rule.name.to_string());
        }
    }
    quiet.sort();
    println!("{refuted} refused, {right} other answers that are right, never refuted: {quiet:?}");
    assert_eq!(quiet, EQUIVALENT);
}

/// Rules none of whose mutants is refuted: all state the same in another way (`tr(A')`, `colsum(v)`, `diagvec(A')`).
const EQUIVALENT: &[&str] =
    &["collapse-diagonal", "collapse-total", "collapse-total-matrix", "collapse-trace"];
