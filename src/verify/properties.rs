//! Whether an array has a property: what was drawn is looked at before it is used.

use super::dense::{Axes, Dense};
use super::error::Eval;
use super::number::{Agreement, Number};
use crate::syntax::ast::Property;

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
