//! Letters where they stand as indices, with the dimensions of the axes there.

use crate::check::shape_of;
use crate::problem::Problem;
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// The letters that are whole indices of an entry or of the entries a derivative is of and by, each with its axis.
pub fn of(problem: &Problem, expr: &Expr) -> Vec<(Name, Dim)> {
    match &expr.kind {
        ExprKind::Index { base, indices } => {
            let axes = axes(problem, base);
            let letters = indices.iter().zip(axes).filter_map(|(index, axis)| match &index.kind {
                ExprKind::Name(letter) => Some((letter.clone(), axis)),
                _ => None,
            });
            letters.collect()
        }
        ExprKind::Derivative(derivative) => std::iter::once(&derivative.numerator)
            .chain(derivative.by.iter().map(|(by, _)| by))
            .filter(|part| matches!(part.kind, ExprKind::Index { .. }))
            .flat_map(|part| of(problem, part))
            .collect(),
        _ => Vec::new(),
    }
}

/// The dimensions that are not literally 1, those of the numerator first in a derivative.
pub fn axes(problem: &Problem, base: &Expr) -> Vec<Dim> {
    match &base.kind {
        ExprKind::Derivative(derivative) => std::iter::once(&derivative.numerator)
            .chain(derivative.by.iter().map(|(by, _)| by))
            .flat_map(|part| axes(problem, part))
            .collect(),
        ExprKind::Name(name) if problem.quantities.contains_key(name) => {
            problem.quantities[name].shape.axes()
        }
        _ => shape_of(problem, base).map_or_else(Vec::new, |shape| shape.axes()),
    }
}

/// Whether a letter stands anywhere in an expression, in the term of a table too.
pub fn mentions(expr: &Expr, letter: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => **name == *letter,
        ExprKind::Table(table) => mentions(&table.body, letter),
        _ => expr.children().into_iter().any(|child| mentions(child, letter)),
    }
}
