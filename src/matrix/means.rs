//! Sums over a dimension divided by it are means.

use num_rational::BigRational;

use super::Matrix;
use crate::index::Exponent;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::Name;

/// `sum(A)/(N*D)` is `mean(A)`, `rowsum(A)/D` is `rowmean(A)`, `colsum(A)/N` is `colmean(A)`, `u'*v/n` is
/// `mean(u .* v)`: a term with such factors rewritten.
pub fn means(coefficient: BigRational, mut scalars: Vec<Matrix>, mut body: Matrix) -> Matrix {
    if let Some(mean) = mean_of(&body, &mut scalars) {
        body = mean;
    }
    for position in 0..scalars.len() {
        let scalar = scalars[position].clone();
        if let Some(mean) = mean_of(&scalar, &mut scalars) {
            let place = scalars.iter().position(|known| *known == scalar).unwrap_or(0);
            scalars[place] = mean;
            // Places moved: start again.
            return means(coefficient, scalars, body);
        }
    }
    Matrix::multiple(coefficient, scalars, body)
}

/// The mean behind a sum, with the dimensions it divides by taken from the scalars.
fn mean_of(sum: &Matrix, scalars: &mut Vec<Matrix>) -> Option<Matrix> {
    let (function, inner, over): (&str, Matrix, Vec<Dim>) = match sum {
        Matrix::Total(inner) => ("mean", (**inner).clone(), inner.shape().axes()),
        Matrix::Call { function, inner, .. } if &**function == "rowsum" => {
            ("rowmean", (**inner).clone(), vec![inner.shape().columns])
        }
        Matrix::Call { function, inner, .. } if &**function == "colsum" => {
            ("colmean", (**inner).clone(), vec![inner.shape().rows])
        }
        Matrix::Product(chain) => match chain.as_slice() {
            [Matrix::Transpose(u), v] if u.shape() == v.shape() && v.shape().columns.is_one() => {
                ("mean", Matrix::hadamard((**u).clone(), v.clone()), v.shape().axes())
            }
            _ => return None,
        },
        _ => return None,
    };
    let mut rest = scalars.clone();
    for dim in &over {
        // A dimension is divided by as one factor for each of its names.
        if dim.as_name().is_none() {
            return None;
        }
        let divisor = Matrix::power(Matrix::leaf(dim.to_expr(), Shape::scalar()), -Exponent::from_integer(1));
        let position = rest.iter().position(|scalar| *scalar == divisor)?;
        rest.remove(position);
    }
    *scalars = rest;
    let shape = sum.shape();
    let function: Name = function.into();
    Some(Matrix::Call { function, inner: Box::new(inner), shape })
}
