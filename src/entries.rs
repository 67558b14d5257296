//! The matcher on explicit entries that a user gives, without declared shapes.

use std::collections::BTreeMap;

use crate::algebra::polynomial::{Entry, Polynomial};
use crate::algebra::scalar::Scalar;
use crate::algebra::session;
use crate::collapse::collapse;
use crate::diagnostic::{self, Diagnostic};
use crate::explicit::{self, Leaves};
use crate::index::quantities::QuantityInfo;
use crate::index::write::{Letters, form_expr};
use crate::index::{Form, Indices, Quantities};
use crate::matcher::{Axis, Declared, general_terms};
use crate::matrix::Matrix;
use crate::rule::Catalogue;
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

/// What the matcher says of a matrix of entries.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A matrix expression that multiplies back to the entries.
    Matrix { expr: Expr, shapes: Vec<(Name, Shape)>, undecided: bool },
    /// A general term without a matrix form, its row and column letters.
    IndexForm { expr: Expr, letters: Vec<Name> },
    /// No regularity.
    Nothing,
}

/// Names with the number of their indices and the greatest value of each, in order of appearance.
type Sizes = Vec<(Name, Vec<usize>)>;

/// Readings of the whole matrix among which the shortest is looked for.
const MOST_READINGS: usize = 16;

/// Finds the matrix expression behind a matrix literal of sums of products of entries.
///
/// # Errors
/// Cells that are no such sums, one name with different numbers of indices, and the session's errors.
pub fn match_entries(matrix: &Expr, catalogue: &Catalogue) -> Result<Found, Diagnostic> {
    let ExprKind::Matrix(rows) = &matrix.kind else {
        return Err(diagnostic::no_matrix_of_entries(matrix.span));
    };
    let mut sizes = Sizes::new();
    for cell in rows.iter().flatten() {
        collect(cell, &mut sizes)?;
    }
    let numbers: BTreeMap<Name, u32> =
        sizes.iter().enumerate().map(|(number, (name, _))| (name.clone(), number as u32)).collect();
    let given = rows.clone();
    let cells: explicit::Cells = session::run(move || {
        let cell = |expr: &Expr| scalar(expr, &numbers).expand().to_polynomial().ok();
        given
            .iter()
            .map(|row| row.iter().map(cell).collect::<Option<Vec<Polynomial>>>())
            .collect::<Option<Vec<_>>>()
    })
    .map_err(|error| error.diagnostic())?
    .ok_or_else(|| diagnostic::internal("a cell is no polynomial"))?;
    let used = remaining(&cells, &mut sizes);
    let mut quantities = Quantities::default();
    for (name, axes) in &sizes {
        quantities.intern(info(name, axes));
    }

    let axes = |id: u32| -> Vec<Axis> {
        sizes
            .get(id as usize)
            .map(|(_, axes)| axes.iter().map(|size| (dim(*size), *size)).collect())
            .unwrap_or_default()
    };
    let (height, width) = (cells.len(), cells.first().map_or(0, Vec::len));
    let leaves =
        Leaves::new(&quantities, &|shape| Some((shape.rows.value(literal)?, shape.columns.value(literal)?)))
            .with_operations(&Catalogue::shipped().prelude.operations)
            .with_sizes([(ONE, 1)].into_iter());
    let mut found: Vec<Matrix> = Vec::new();
    let mut unmatched: Vec<Form> = Vec::new();
    // A literal 1 in a direction may mean an axis of size 1 or none.
    for (row, column) in [(true, true), (true, width > 1), (height > 1, true), (height > 1, width > 1)] {
        let declared = Declared {
            axes: &axes,
            row: row.then(|| (dim(height), height)),
            column: column.then(|| (dim(width), width)),
        };
        let mut indices = Indices::default();
        for form in general_terms(&cells, &declared, &mut indices, MOST_READINGS) {
            match collapse(&form, &quantities, catalogue) {
                Some(collapsed) => found.push(collapsed.matrix.tidied()),
                None => unmatched.push(form),
            }
        }
    }
    // Stable: of equally short ones the first. `3` is as long as `3*ones(1, 1)` but for the brackets.
    found.sort_by_key(|matrix| (matrix.cost(), crate::syntax::print::expr(&matrix.to_expr()).len()));
    let sizes: Sizes =
        sizes.into_iter().zip(used).filter(|(_, used)| *used).map(|(known, _)| known).collect();
    for matrix in found {
        let expr = matrix.to_expr();
        if explicit::equal(&explicit::cells(&expr, &leaves)?, &cells, &[])? {
            let undecided = sizes.iter().any(|(_, axes)| axes.contains(&1));
            let shapes = sizes
                .iter()
                .filter_map(|(name, axes)| Some((name.clone(), info(name, axes).shape?)))
                .collect();
            return Ok(Found::Matrix { expr, shapes, undecided });
        }
    }
    let count =
        |form: &Form| form.free().len() + form.terms.iter().map(|term| term.bound.len()).sum::<usize>();
    Ok(unmatched.iter().min_by_key(|form| count(form)).map_or(Found::Nothing, |form| {
        let mut letters = Letters::avoiding(sizes.iter().map(|(name, _)| name.clone()));
        let free = form.free().iter().map(|index| letters.letter(index, "")).collect();
        Found::IndexForm { expr: form_expr(form, &quantities, &letters), letters: free }
    }))
}

/// Which names are left when like terms have cancelled; the sizes of those become what is left of their entries.
fn remaining(cells: &explicit::Cells, sizes: &mut Sizes) -> Vec<bool> {
    let mut left: Vec<Option<Vec<usize>>> = vec![None; sizes.len()];
    let monomials = cells.iter().flatten().flat_map(|cell| &cell.monomials);
    for (entry, _) in monomials.flat_map(|monomial| &monomial.factors) {
        let Some(place) = left.get_mut(entry.quantity as usize) else { continue };
        let greatest = place.get_or_insert_with(|| vec![1; entry.indices.len()]);
        for (greatest, index) in greatest.iter_mut().zip(&entry.indices) {
            *greatest = (*greatest).max(*index as usize);
        }
    }
    for ((_, size), left) in sizes.iter_mut().zip(&left) {
        if let Some(left) = left {
            size.clone_from(left);
        }
    }
    left.iter().map(Option::is_some).collect()
}

/// The dimension of an axis of size 1 that keeps its index, as the number would not.
const ONE: &str = "1";

/// Axes of one size are taken for one dimension.
fn dim(size: usize) -> Dim {
    match i64::try_from(size) {
        Ok(size) if size > 1 => Dim::number(size),
        _ => Dim::name(ONE.into()),
    }
}

fn literal(name: &str) -> Option<usize> {
    (name == ONE).then_some(1)
}

fn info(name: &Name, sizes: &[usize]) -> QuantityInfo {
    let axes: Vec<Dim> = sizes.iter().map(|size| dim(*size)).collect();
    let shape = match axes.as_slice() {
        [] => Some(Shape::scalar()),
        [rows] => Some(Shape::new(rows.clone(), Dim::one())),
        [rows, columns] => Some(Shape::new(rows.clone(), columns.clone())),
        _ => None,
    };
    QuantityInfo {
        expr: Expr::name(name.clone()),
        groups: vec![1; axes.len()],
        axes,
        shape,
        is_derivative: false,
        origin: crate::index::quantities::Origin::Named,
        symmetric: false,
    }
}

fn collect(expr: &Expr, sizes: &mut Sizes) -> Result<(), Diagnostic> {
    let wrong = |span: Span| Err(diagnostic::no_entry(span));
    let mut note = |name: &Name, indices: Vec<usize>, span: Span| match sizes
        .iter_mut()
        .find(|(known, _)| known == name)
    {
        None => {
            sizes.push((name.clone(), indices));
            Ok(())
        }
        Some((_, known)) if known.len() == indices.len() => {
            for (greatest, index) in known.iter_mut().zip(indices) {
                *greatest = (*greatest).max(index);
            }
            Ok(())
        }
        Some(_) => Err(diagnostic::indices_differ(name, span)),
    };
    match &expr.kind {
        ExprKind::Number(_) => Ok(()),
        ExprKind::Name(name) => note(name, Vec::new(), expr.span),
        ExprKind::Index { base, indices } => {
            let ExprKind::Name(name) = &base.kind else { return wrong(expr.span) };
            if indices.len() > 2 || indices.iter().any(|index| crate::expand::number(index).is_none()) {
                return wrong(expr.span);
            }
            let mut numbers = Vec::new();
            for index in indices {
                numbers.push(natural(index).ok_or_else(|| diagnostic::no_index(index.span, MOST_INDEX))?);
            }
            note(name, numbers, expr.span)
        }
        ExprKind::Negate(inner) => collect(inner, sizes),
        ExprKind::Sum(terms) => terms.iter().try_for_each(|(_, term)| collect(term, sizes)),
        ExprKind::Product { first, rest } => {
            collect(first, sizes)?;
            rest.iter().try_for_each(|(op, factor)| match op {
                ProductOp::Times | ProductOp::Space => collect(factor, sizes),
                ProductOp::Divide
                    if crate::expand::number(factor)
                        .is_some_and(|value| !num_traits::Zero::is_zero(&value)) =>
                {
                    Ok(())
                }
                _ => wrong(factor.span),
            })
        }
        ExprKind::Power { base, exponent, entrywise: false } if small(exponent).is_some() => {
            collect(base, sizes)
        }
        _ => wrong(expr.span),
    }
}

/// What an [`Entry`] holds.
const MOST_INDEX: u32 = u32::MAX;

fn natural(expr: &Expr) -> Option<usize> {
    let number = crate::expand::number(expr)?;
    let index = number.is_integer().then(|| num_traits::ToPrimitive::to_u32(number.numer()))??;
    (1..=MOST_INDEX).contains(&index).then_some(index as usize)
}

fn small(exponent: &Expr) -> Option<u32> {
    let number = crate::expand::number(exponent)?;
    number
        .is_integer()
        .then(|| num_traits::ToPrimitive::to_u32(number.numer()))?
        .filter(|exponent| (1..=16).contains(exponent))
}

/// The value of a cell that [`collect`] accepted; runs inside the session.
fn scalar(expr: &Expr, numbers: &BTreeMap<Name, u32>) -> Scalar {
    let minus = || Scalar::number(&num_rational::BigRational::from_integer((-1).into()));
    let entry = |name: &Name, indices: Vec<u32>| {
        let quantity = numbers.get(name).copied().unwrap_or_default();
        Scalar::entry(&Entry { quantity, indices })
    };
    match &expr.kind {
        ExprKind::Number(value) => Scalar::number(value),
        ExprKind::Name(name) => entry(name, Vec::new()),
        ExprKind::Index { base, indices } => match &base.kind {
            ExprKind::Name(name) => {
                entry(name, indices.iter().filter_map(natural).map(|index| index as u32).collect())
            }
            _ => Scalar::sum([]),
        },
        ExprKind::Negate(inner) => Scalar::product([minus(), scalar(inner, numbers)]),
        ExprKind::Sum(terms) => Scalar::sum(terms.iter().map(|(sign, term)| match sign {
            Sign::Plus => scalar(term, numbers),
            Sign::Minus => Scalar::product([minus(), scalar(term, numbers)]),
        })),
        ExprKind::Product { first, rest } => {
            let factors = rest.iter().map(|(op, factor)| match (op, crate::expand::number(factor)) {
                (ProductOp::Divide, Some(value)) => Scalar::number(&value.recip()),
                _ => scalar(factor, numbers),
            });
            Scalar::product([scalar(first, numbers)].into_iter().chain(factors))
        }
        ExprKind::Power { base, exponent, .. } => scalar(base, numbers).pow(small(exponent).unwrap_or(1)),
        _ => Scalar::sum([]),
    }
}
