//! Answers in terms of `solve` where the program speaks of it: `inv(A)*b` is `solve(A, b)`.

use crate::matrix::expr_cost;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, ProductOp};

/// Longer products are left alone.
const LONGEST: usize = 8;

/// Whether a program solves linear systems by that name, the prelude's.
pub fn speaks_of_solving(problem: &Problem) -> bool {
    let shipped = problem.operation("solve", 2).is_some_and(|operation| operation.is_shipped());
    let definitions = problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
    shipped && definitions.chain(problem.goals.iter().map(|goal| &goal.numerator)).any(solves)
}

fn solves(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { function, .. } if &*function.name == "solve")
        || expr.children().into_iter().any(solves)
}

/// The same value with every inverse beside something else as a solution, where that is no longer.
pub fn solved(expr: &Expr) -> Expr {
    let expr = expr.map_children(&solved);
    let ExprKind::Product { first, rest } = &expr.kind else { return expr };
    if rest.len() >= LONGEST || rest.iter().any(|(op, _)| *op != ProductOp::Times) {
        return expr;
    }
    let factors: Vec<Expr> =
        std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)).cloned().collect();
    let found = product(&best(&factors));
    if expr_cost(&found) < expr_cost(&expr) { found } else { expr }
}

/// The shortest of all ways to take a row of factors into each inverse.
fn best(factors: &[Expr]) -> Vec<Expr> {
    let mut shortest = factors.to_vec();
    for (at, factor) in factors.iter().enumerate() {
        let Some(matrix) = inverted(factor) else { continue };
        let number = |range: &[Expr]| range.iter().any(|factor| matches!(factor.kind, ExprKind::Number(_)));
        for end in (at + 2..=factors.len()).rev() {
            if number(&factors[at + 1..end]) {
                continue;
            }
            let right = product(&best(&factors[at + 1..end]));
            let solution = Expr::call("solve", vec![matrix.clone(), right]);
            keep(&mut shortest, best(&[&factors[..at], &[solution], &factors[end..]].concat()));
        }
        for start in 0..at {
            if number(&factors[start..at]) {
                continue;
            }
            let left: Vec<Expr> = factors[start..at].iter().rev().map(transposed).collect();
            let solution = Expr::call("solve", vec![transposed(&matrix), product(&best(&left))]);
            keep(
                &mut shortest,
                best(&[&factors[..start], &[transposed(&solution)], &factors[at + 1..]].concat()),
            );
        }
    }
    shortest
}

fn keep(shortest: &mut Vec<Expr>, found: Vec<Expr>) {
    if expr_cost(&product(&found)) < expr_cost(&product(shortest)) {
        *shortest = found;
    }
}

/// What a factor is the inverse of.
fn inverted(factor: &Expr) -> Option<Expr> {
    match &factor.kind {
        ExprKind::Call { function, primes: 0, arguments } if &*function.name == "inv" => {
            arguments.first().cloned()
        }
        ExprKind::Transpose(inner) => inverted(inner).map(|matrix| transposed(&matrix)),
        _ => None,
    }
}

fn transposed(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Transpose(inner) => (**inner).clone(),
        _ => Expr::transpose(expr.clone()),
    }
}

fn product(factors: &[Expr]) -> Expr {
    Expr::products(ProductOp::Times, factors.iter().cloned())
}
