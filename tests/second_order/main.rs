//! Jacobians, Hessians and mixed second derivatives that the engine derives, against second-order dual numbers of the
//! tests' own: each function is written out once more here, by loops over its entries.

mod cases;
#[path = "../support/hyper.rs"]
mod hyper;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use cases::{Case, cases};
use entrywise::Source;
use entrywise::derive::Options;
use entrywise::render::{self, Format};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use hyper::{Matrix, Values, first, second};
use support::check::{Answers, assignments};
use support::evaluate::Scope;
use support::letters::Letter;
use support::point::Point;

/// Relative to the largest entry.
const TOLERANCE: f64 = 1e-9;

/// What is derived with these options, for any sizes.
fn derived(case: &Case, inline: bool) -> Answers {
    let source = format!("{}; derive {}", case.program, case.goal);
    let failed = |errors: Vec<entrywise::diagnostic::Diagnostic>| -> ! {
        panic!("{}: {}", case.name, errors[0].message)
    };
    let problem = entrywise::read(&Source::new("case", &source)).unwrap_or_else(|errors| failed(errors));
    let options = Options { open: true, inline, ..Options::default() };
    let derived = entrywise::derive(problem, &options).unwrap_or_else(|errors| failed(errors));
    let text = derived.render(Format::Expr, &render::Options::default());
    let answers =
        Answers::read(&source, &text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", case.name));
    assert_eq!(answers.lines.len(), 1, "{text}");
    answers
}

/// The letters of an index form in the order of the axes: those of the goal's own entries, or after the whole.
fn letters(goal: &Expr) -> Vec<Name> {
    let names = |indices: &[Expr]| -> Vec<Name> {
        let name = |index: &Expr| match &index.kind {
            ExprKind::Name(name) => name.clone(),
            _ => panic!("an index that is no letter"),
        };
        indices.iter().map(name).collect()
    };
    match &goal.kind {
        ExprKind::Index { indices, .. } => names(indices),
        ExprKind::Derivative(derivative) => {
            let parts = std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by));
            parts.flat_map(letters).collect()
        }
        _ => Vec::new(),
    }
}

/// All entries of an answer at a point, the first axis slowest.
fn entries(value: &Expr, letters: &[Name], axes: &[usize], point: &Point) -> Result<Vec<f64>, String> {
    if letters.is_empty() {
        return Ok(Scope::global(point).expr(value)?.data);
    }
    if letters.len() != axes.len() {
        return Err(format!("{} letters for axes {axes:?}", letters.len()));
    }
    let count: usize = axes.iter().product();
    let mut found = Vec::with_capacity(count);
    for number in 0..count {
        let mut scope = Scope::global(point);
        let mut rest = number;
        for (name, size) in letters.iter().zip(axes).rev() {
            scope.letters.push(Letter { name: name.clone(), value: rest % size + 1, size: *size });
            rest /= size;
        }
        found.push(scope.expr(value)?.as_scalar()?);
    }
    Ok(found)
}

/// The answer and the dual numbers at unequal sizes.
fn judge(case: &Case, answers: &Answers, value: &Expr) -> Result<(), String> {
    let letters = letters(&answers.lines[0].goal);
    for (sizes, seed) in assignments(&answers.program, 3)?.iter().zip(0..) {
        let point = Point::draw(&answers.program, sizes, seed)?;
        let mut values: Values = BTreeMap::new();
        let mut axes = Vec::new();
        for (name, _) in &answers.program.variables {
            let value = point.quantity(name).unwrap()?;
            values.insert(name.to_string(), Matrix::of(&value));
        }
        let numerator = (case.function)(&values);
        axes.extend([numerator.rows, numerator.columns].into_iter().filter(|size| *size > 1));
        for by in case.by {
            let by = &values[*by];
            axes.extend([by.rows, by.columns].into_iter().filter(|size| *size > 1));
        }
        let expected = match case.by {
            [by] => first(&case.function, &values, by),
            [by, then] => second(&case.function, &values, by, then),
            _ => unreachable!(),
        };
        let found = entries(value, &letters, &axes, &point)?;
        if found.len() != expected.len() {
            return Err(format!("{} entries instead of {}", found.len(), expected.len()));
        }
        let scale = expected.iter().fold(1.0_f64, |most, entry| most.max(entry.abs()));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            if found.is_nan() || (found - expected).abs() > TOLERANCE * scale {
                return Err(format!("at {sizes:?}, entry {at} is {found} and not {expected}"));
            }
        }
    }
    Ok(())
}

#[test]
fn derivatives_agree_with_second_order_dual_numbers() {
    let cases = cases();
    assert!(cases.iter().filter(|case| case.by.len() == 2).count() >= 20);
    for case in &cases {
        for inline in [false, true] {
            let answers = derived(case, inline);
            let line = &answers.lines[0];
            judge(case, &answers, &line.value).unwrap_or_else(|error| {
                let value = entrywise::syntax::print::expr(&line.value);
                panic!("{}, inline {inline}: {} = {value}: {error}", case.name, case.goal)
            });
        }
    }
}

/// An answer with one small mistake in it.
fn mistakes(expr: &Expr) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    match &expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => found.push((**inner).clone()),
        ExprKind::Number(number) => found.push(ExprKind::Number(number + number).into()),
        _ => {}
    }
    let parts = expr.children().len();
    for at in 0..parts {
        for wrong in mistakes(&expr.children()[at].clone()) {
            let place = std::cell::Cell::new(0);
            found.push(expr.map_children(&|child| {
                let here = place.replace(place.get() + 1);
                // Ranges of binders are no parts that are mapped.
                if here == at && *child == *expr.children()[at] { wrong.clone() } else { child.clone() }
            }));
        }
    }
    found.push(Expr::product(Expr::natural(2), entrywise::syntax::ast::ProductOp::Times, expr.clone()));
    found.retain(|wrong| wrong != expr);
    found
}

/// The judge is no rubber stamp.
#[test]
fn answers_with_a_mistake_are_refused() {
    let mut refused = 0;
    for case in &cases() {
        let answers = derived(case, false);
        let value = &answers.lines[0].value;
        for wrong in mistakes(value) {
            let Err(reason) = judge(case, &answers, &wrong) else {
                // The same in other words: a matrix that is its own transpose.
                let shown = entrywise::syntax::print::expr(&wrong);
                assert!(is_symmetric(case, value, &wrong), "{}: accepted {shown}", case.name);
                continue;
            };
            refused += usize::from(reason.contains("entry"));
        }
    }
    println!("{refused} mistakes refused");
    assert!(refused > 150);
}

/// Whether a mistake is none because it drops the transpose of a scalar or of a symmetric matrix.
fn is_symmetric(case: &Case, value: &Expr, wrong: &Expr) -> bool {
    let count = |expr: &Expr| {
        let mut transposes = 0;
        support::program::visit(expr, &mut |part| {
            transposes += usize::from(matches!(part.kind, ExprKind::Transpose(_)));
        });
        transposes
    };
    let symmetric = ["posdef", "symmetric"].iter().any(|word| case.program.contains(word))
        || case.by.len() == 2 && case.by[0] == case.by[1];
    symmetric && count(wrong) + 1 == count(value)
}
