//! Letters where they stand as indices, with the dimensions of the axes there.

use crate::check::shape_of;
use crate::derivation::Chain;
use crate::problem::Problem;
use crate::shape::{Dim, dimension};
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
        ExprKind::Derivative(derivative) => std::iter::once((&derivative.numerator, 1))
            .chain(derivative.by.iter().map(|(by, times)| (by, *times as usize)))
            .flat_map(|(part, times)| std::iter::repeat_n(axes(problem, part), times).flatten())
            .collect(),
        ExprKind::Name(name) if problem.quantities.contains_key(name) => {
            problem.quantities[name].shape.axes()
        }
        _ => shape_of(problem, base).map_or_else(Vec::new, |shape| shape.axes()),
    }
}

/// Letters that are one index together in an entry, or in a derivative of one, where their ranges multiply to its axis.
pub fn paired(problem: &Problem, expr: &Expr, free: &[(Name, Expr)]) -> Vec<Name> {
    match &expr.kind {
        ExprKind::Index { base, indices } => {
            let mut found = Vec::new();
            for (index, axis) in indices.iter().zip(axes(problem, base)) {
                let ExprKind::Tuple(parts) = &index.kind else { continue };
                let names: Vec<&Name> = parts
                    .iter()
                    .filter_map(|part| match &part.kind {
                        ExprKind::Name(name) => Some(name),
                        _ => None,
                    })
                    .collect();
                let range = |name: &Name| {
                    let (_, range) = free.iter().find(|(known, _)| known == name)?;
                    dimension(range)
                };
                let product =
                    names.iter().try_fold(Dim::one(), |product, name| product.multiply(&range(name)?));
                if product == Some(axis) && names.len() == parts.len() {
                    found.extend(names.into_iter().cloned());
                }
            }
            found
        }
        ExprKind::Derivative(derivative) => std::iter::once(&derivative.numerator)
            .chain(derivative.by.iter().map(|(by, _)| by))
            .flat_map(|part| paired(problem, part, free))
            .collect(),
        _ => Vec::new(),
    }
}

/// The first free letters as indices of these axes, several where their ranges multiply to one, and their number.
pub fn places(axes: &[Dim], free: &[(Name, Expr)]) -> Option<(Vec<Expr>, usize)> {
    let count = free.len();
    let mut free = free.iter();
    let mut places = Vec::new();
    for axis in axes {
        let mut letters = Vec::new();
        let mut product = Dim::one();
        while product != *axis {
            let (letter, range) = free.next()?;
            product = product.multiply(&dimension(range)?)?;
            letters.push(Expr::name(letter.clone()));
        }
        places.push(match letters.len() {
            1 => letters.remove(0),
            _ => ExprKind::Tuple(letters).into(),
        });
    }
    Some((places, count - free.len()))
}

/// Whether a letter stands anywhere in an expression, in the term of a table too.
pub fn mentions(expr: &Expr, letter: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => **name == *letter,
        ExprKind::Table(table) => mentions(&table.body, letter),
        _ => expr.children().into_iter().any(|child| mentions(child, letter)),
    }
}

/// A letter that leaves an axis where it stands as a whole index, at these sizes, as a factor of zero beside it would
/// hide from the values; or one that stands for a size.
pub fn outside(problem: &Problem, chain: &Chain, sizes: &[(Name, usize)]) -> Option<Name> {
    let size =
        |dim: &Dim| dim.value(|name| sizes.iter().find(|(known, _)| **known == *name).map(|(_, n)| *n));
    let places = Places { problem, size: &size };
    let free = chain.free.iter().filter_map(|(letter, range)| Some((letter.clone(), places.value(range)?)));
    let free: Vec<(Name, usize)> = free.collect();
    let sides = std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, side)| side));
    sides.into_iter().find_map(|side| places.outside(side, &mut free.clone()))
}

struct Places<'a> {
    problem: &'a Problem,
    size: &'a dyn Fn(&Dim) -> Option<usize>,
}

impl Places<'_> {
    fn value(&self, range: &Expr) -> Option<usize> {
        (self.size)(&dimension(range)?)
    }

    fn outside(&self, expr: &Expr, letters: &mut Vec<(Name, usize)>) -> Option<Name> {
        let kept = letters.len();
        match &expr.kind {
            ExprKind::BigSum { binders, body } => {
                for binder in binders {
                    // A size is no letter.
                    if let Some(letter) = binder.range.as_ref().and_then(|range| inside(range, letters)) {
                        return Some(letter);
                    }
                    let range = binder.range.as_ref().and_then(|range| self.value(range));
                    // Without a range of its own it hides an outer one all the same.
                    letters.push((binder.name.name.clone(), range.unwrap_or(0)));
                }
                let found = self.outside(body, letters);
                letters.truncate(kept);
                return found;
            }
            ExprKind::Table(table) => {
                letters.push((table.row.clone(), table.rows));
                letters.push((table.column.clone(), table.columns));
                let found = self.outside(&table.body, letters);
                letters.truncate(kept);
                return found;
            }
            ExprKind::Index { base, indices } => {
                for (index, axis) in indices.iter().zip(axes(self.problem, base)) {
                    let ExprKind::Name(name) = &index.kind else { continue };
                    let range =
                        letters.iter().rev().find(|(letter, _)| letter == name).map(|(_, range)| *range);
                    if range > (self.size)(&axis) {
                        return Some(name.clone());
                    }
                }
            }
            ExprKind::Call { function, arguments, .. } => {
                let operation = self.problem.operation(&function.name, arguments.len());
                let parameters = operation.map_or(&[][..], |operation| &operation.parameters);
                let sizes =
                    parameters.iter().zip(arguments).filter(|(parameter, _)| parameter.shape.is_none());
                if let Some(letter) = sizes.into_iter().find_map(|(_, size)| inside(size, letters)) {
                    return Some(letter);
                }
            }
            _ => {}
        }
        expr.children().into_iter().find_map(|child| self.outside(child, letters))
    }
}

/// A letter in force that stands in an expression.
fn inside(expr: &Expr, letters: &[(Name, usize)]) -> Option<Name> {
    letters.iter().map(|(letter, _)| letter).find(|letter| mentions(expr, letter)).cloned()
}
