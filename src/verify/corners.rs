//! Values at which a claim may fail although it holds all around: zeros, ties, and the numbers that it names itself.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::letters::children;
use crate::problem::Problem;
use crate::syntax::ast::{Condition, Expr, ExprKind};

/// Numbers of an input beyond these are not looked at.
const NUMBERS: usize = 12;
/// Values along a line that a cubic may have as it likes.
const CUBIC: u32 = 4;
/// The degree goes no further above 3.
const DEGREE: u32 = 12;

/// Zero, one, and around every number that the claim, a definition or an assumption names, with both signs.
pub fn values(problem: &Problem, sides: &[&Expr]) -> Vec<BigRational> {
    let mut named: Vec<BigRational> = Vec::new();
    sides.iter().for_each(|side| numbers(side, &mut named, 0));
    for condition in &problem.assumptions {
        if let Condition::Compare { left, right, .. } = condition {
            numbers(left, &mut named, 0);
            numbers(right, &mut named, 0);
        }
    }
    problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref()).for_each(|definition| {
        numbers(definition, &mut named, 0);
    });
    let one = BigRational::one();
    let half = BigRational::new(1.into(), 2.into());
    let mut found = vec![BigRational::zero(), one.clone()];
    for number in named {
        let around = [number.clone(), &number + &one, &number - &one, &number * &half, &number + &number];
        found.extend(around.into_iter().map(|value| value.abs()));
    }
    let negative: Vec<BigRational> = found.iter().map(|value| -value).collect();
    found.extend(negative);
    found.sort();
    found.dedup();
    found
}

fn numbers(expr: &Expr, found: &mut Vec<BigRational>, depth: usize) {
    if let ExprKind::Number(number) = &expr.kind
        && !found.contains(number)
        && found.len() < NUMBERS
    {
        found.push(number.clone());
    }
    if let ExprKind::Product { first, rest } = &expr.kind
        && let ([(_, divisor)], ExprKind::Number(above)) = (rest.as_slice(), &first.kind)
        && let ExprKind::Number(below) = &divisor.kind
        && !below.is_zero()
        && found.len() < NUMBERS
    {
        found.push(above / below);
    }
    // Evaluation refuses what is deeper than it follows.
    if depth < 200 {
        children(expr, &mut |child| numbers(child, found, depth + 1));
    }
}

/// By how much the degree of unknown functions must be above 3 so that an identity among their values here is none of
/// all polynomials of a lower degree: `n` values along one line are free up to the degree `n - 1`.
pub fn degree(problem: &Problem, sides: &[&Expr]) -> u32 {
    let mut calls = 0;
    sides.iter().for_each(|side| unknown(problem, side, &mut calls, 0));
    let definitions = problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
    definitions.for_each(|definition| unknown(problem, definition, &mut calls, 0));
    calls.saturating_sub(CUBIC).min(DEGREE)
}

fn unknown(problem: &Problem, expr: &Expr, calls: &mut u32, depth: usize) {
    match &expr.kind {
        ExprKind::Call { function, primes, .. }
            if problem.is_unknown_function(&function.name) || problem.entrywise.contains(&function.name) =>
        {
            *calls += 1 + *primes as u32;
        }
        _ => {}
    }
    if depth < 200 {
        children(expr, &mut |child| unknown(problem, child, calls, depth + 1));
    }
}
