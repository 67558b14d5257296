//! Whether an array has a property: what was drawn is looked at before it is used.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::dense::{Axes, Dense};
use super::error::Eval;
use super::number::{Agreement, Number};
use super::point::Point;
use crate::problem::{Problem, Quantity};
use crate::syntax::ast::{Name, Property};

/// False where it is not certain.
pub fn has<N: Number>(value: &Dense<N>, property: Property) -> Eval<bool> {
    let [(rows, _), (columns, _)] = value.axes.matrix("a property")?;
    let at = |i: usize, j: usize| value.data[i * columns + j];
    let is = |x: N, y: N| matches!(N::agreement(&[x], &[y]), Agreement::Equal(_));
    let square = rows == columns;
    let every = |holds: &dyn Fn(usize, usize) -> bool| (0..rows).all(|i| (0..columns).all(|j| holds(i, j)));
    Ok(match property {
        Property::Symmetric => square && every(&|i, j| is(at(i, j), at(j, i))),
        Property::Antisymmetric => square && every(&|i, j| is(at(i, j), -at(j, i))),
        Property::Diagonal => every(&|i, j| i == j || at(i, j).is_zero()),
        Property::Lower => every(&|i, j| i >= j || at(i, j).is_zero()),
        Property::Upper => every(&|i, j| i <= j || at(i, j).is_zero()),
        Property::Orthogonal => {
            let product = value.transpose()?.multiply(value)?;
            let unit: Dense<N> = Dense::eye((columns, false))?;
            square
                && product.axes == Axes::new(&[(columns, false); 2])?
                && matches!(N::agreement(&product.data, &unit.data), Agreement::Equal(_))
        }
        Property::Onehot => value.data.chunks(columns.max(1)).all(|row| {
            let ones = row.iter().filter(|&&x| is(x, N::ONE)).count();
            let zeros = row.iter().filter(|&&x| is(x, N::ZERO)).count();
            ones == 1 && zeros + 1 == row.len()
        }),
        // By the dominance of its diagonal, which every positive definite matrix that is drawn has.
        Property::Posdef => {
            let dominant = |i: usize| {
                let rest = (0..columns)
                    .filter(|&j| j != i)
                    .fold((N::ZERO, N::ZERO), |(sum, least), j| (sum + at(i, j), least - at(i, j)));
                at(i, i).exceeds(rest.0) && at(i, i).exceeds(rest.1)
            };
            let symmetric = square && every(&|i, j| is(at(i, j), at(j, i)));
            symmetric && (!N::ORDERED || (0..rows).all(dominant))
        }
        // Zeros of the structure apart, both are so by the draw.
        Property::Positive | Property::Integer => true,
    })
}

/// Whether a matrix of these entries, row by row, has a property: exactly, by an order that a field does not have.
pub fn exactly(entries: &[BigRational], rows: usize, columns: usize, property: Property) -> bool {
    let at = |i: usize, j: usize| &entries[i * columns + j];
    let square = rows == columns;
    let every = |holds: &dyn Fn(usize, usize) -> bool| (0..rows).all(|i| (0..columns).all(|j| holds(i, j)));
    match property {
        Property::Symmetric => square && every(&|i, j| at(i, j) == at(j, i)),
        Property::Antisymmetric => square && every(&|i, j| (at(i, j) + at(j, i)).is_zero()),
        Property::Diagonal => every(&|i, j| i == j || at(i, j).is_zero()),
        Property::Lower => every(&|i, j| i >= j || at(i, j).is_zero()),
        Property::Upper => every(&|i, j| i <= j || at(i, j).is_zero()),
        Property::Orthogonal => {
            let dot = |i: usize, j: usize| -> BigRational { (0..rows).map(|k| at(k, i) * at(k, j)).sum() };
            square && every(&|i, j| if i == j { dot(i, j).is_one() } else { dot(i, j).is_zero() })
        }
        Property::Posdef => square && every(&|i, j| at(i, j) == at(j, i)) && pivots_positive(entries, rows),
        Property::Positive => entries.iter().all(Signed::is_positive),
        Property::Integer => entries.iter().all(BigRational::is_integer),
        Property::Onehot => entries.chunks(columns.max(1)).all(|row| {
            let ones = row.iter().filter(|entry| entry.is_one()).count();
            ones == 1 && row.iter().filter(|entry| entry.is_zero()).count() + 1 == row.len()
        }),
    }
}

/// A symmetric matrix is positive definite where elimination without exchanges meets positive pivots alone.
fn pivots_positive(entries: &[BigRational], size: usize) -> bool {
    let mut rows: Vec<Vec<BigRational>> = entries.chunks(size.max(1)).map(<[BigRational]>::to_vec).collect();
    for k in 0..size {
        if !rows[k][k].is_positive() {
            return false;
        }
        let pivot = rows[k].clone();
        for row in &mut rows[k + 1..] {
            if row[k].is_zero() {
                continue;
            }
            let times = &row[k] / &pivot[k];
            row[k..].iter_mut().zip(&pivot[k..]).for_each(|(entry, above)| *entry -= &times * above);
        }
    }
    true
}

/// Whether an entry of every matrix with these properties is 0.
fn zero(properties: &[Property], i: usize, j: usize) -> bool {
    let has = |property: Property| properties.contains(&property);
    let symmetric = has(Property::Symmetric) || has(Property::Posdef);
    let antisymmetric = has(Property::Antisymmetric);
    let triangular = |i: usize, j: usize| {
        has(Property::Diagonal) && i != j || has(Property::Lower) && i < j || has(Property::Upper) && i > j
    };
    let mirrored = (symmetric || antisymmetric) && triangular(j, i);
    antisymmetric && (i == j || symmetric) || triangular(i, j) || mirrored
}

/// Whether all entries of a matrix of these sizes are.
pub fn zero_for_certain(properties: &[Property], rows: usize, columns: usize) -> bool {
    (0..rows).all(|i| (0..columns).all(|j| zero(properties, i, j)))
}

/// Whether no matrix of these sizes has all of these properties: one asks for zeros where another allows none.
pub fn conflict(properties: &[Property], rows: usize, columns: usize) -> bool {
    let has = |property: Property| properties.contains(&property);
    let antisymmetric = has(Property::Antisymmetric);
    let positive = |i: usize, j: usize| has(Property::Positive) || has(Property::Posdef) && i == j;
    (0..rows).any(|i| (0..columns).any(|j| zero(properties, i, j) && positive(i, j)))
        // Mirrored entries of one sign, of which each row of several has some.
        || antisymmetric && (has(Property::Positive) || has(Property::Onehot))
        // Columns at right angles, rows with one entry alone: neither is positive throughout.
        || has(Property::Positive) && (has(Property::Onehot) || has(Property::Orthogonal)) && columns > 1
        // A row without any entry.
        || (has(Property::Onehot) || has(Property::Orthogonal))
            && (0..rows).any(|i| (0..columns).all(|j| zero(properties, i, j)))
        // The determinant of an odd antisymmetric matrix is 0.
        || antisymmetric && has(Property::Orthogonal) && rows % 2 == 1
}

/// Whether a variable can have its properties at the sizes of a point.
pub fn possible(quantity: &Quantity, point: &Point) -> bool {
    let axes = point.axes(&quantity.shape).and_then(|axes| axes.matrix("a variable"));
    axes.is_ok_and(|[(rows, _), (columns, _)]| !conflict(&quantity.properties, rows, columns))
}

/// Whether a variable has no value at any of the sizes tried: each of its dimensions at each size that it can be.
pub fn never(quantity: &Quantity, problem: &Problem, sizes: (usize, usize)) -> bool {
    let names: Vec<&Name> = problem.dimensions.keys().collect();
    (sizes.0..=sizes.1).all(|all| {
        (sizes.0..=sizes.1).all(|rows| {
            let size = |name: &Name| match problem.sizes.get(name) {
                Some(size) => *size,
                None if quantity.shape.rows.names().contains(name) => rows,
                None => all,
            };
            let at = names.iter().map(|name| ((*name).clone(), size(name))).collect();
            !possible(quantity, &Point::new(at, 0))
        })
    })
}
