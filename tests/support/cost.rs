//! The length of a formula: names, operators and numerals, brackets and commas free.
//!
//! A derivative written with names (`dL/dX`) is one name; a general one counts 1 and what it holds. An index
//! `A[i,k]` counts its base and its letters, a sum over indices its word, its letters and their ranges. A prime
//! after a function's name is an operator, as a transpose is.

use entrywise::syntax::ast::{Expr, ExprKind};

pub fn cost(expr: &Expr) -> usize {
    let all = |exprs: &[Expr]| exprs.iter().map(cost).sum::<usize>();
    match &expr.kind {
        ExprKind::Number(_) => 1,
        ExprKind::Name(_) => 1,
        ExprKind::Index { base, indices } => cost(base) + all(indices),
        ExprKind::Tuple(parts) => all(parts),
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => 1 + cost(inner),
        ExprKind::Power { base, exponent, .. } => 1 + cost(base) + cost(exponent),
        ExprKind::Product { first, rest } => {
            cost(first) + rest.iter().map(|(_, factor)| 1 + cost(factor)).sum::<usize>()
        }
        ExprKind::Sum(terms) => terms.iter().map(|(_, term)| cost(term)).sum::<usize>() + terms.len() - 1,
        ExprKind::BigSum { binders, body } => {
            let letters = |range: &Option<Expr>| 1 + range.as_ref().map_or(0, cost);
            1 + binders.iter().map(|binder| letters(&binder.range)).sum::<usize>() + cost(body)
        }
        ExprKind::Call { primes, arguments, .. } => 1 + primes + all(arguments),
        ExprKind::Matrix(rows) => rows.iter().map(|row| all(row)).sum(),
        ExprKind::Derivative(derivative) => {
            let names = std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by));
            1 + names.filter(|part| !matches!(part.kind, ExprKind::Name(_))).map(cost).sum::<usize>()
        }
        // No text parses to these.
        ExprKind::Contraction { left, right } => 1 + cost(left) + cost(right),
        ExprKind::Table(table) => cost(&table.body),
    }
}
