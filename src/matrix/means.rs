//! Sums over a dimension divided by it are means.

use num_rational::BigRational;
use num_traits::Signed;

use super::Matrix;
use crate::index::Exponent;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

/// `sum(A)/(N*D)` is `mean(A)`, `rowsum(A)/D` is `rowmean(A)`, `colsum(A)/N` is `colmean(A)`, `u'*v/n` is
/// `mean(u .* v)`: a term with such factors rewritten.
pub fn means(coefficient: BigRational, mut scalars: Vec<Matrix>, mut body: Matrix) -> Matrix {
    roots(&mut scalars);
    while let Some(mean) = within(&body, &mut scalars) {
        body = mean;
    }
    for position in 0..scalars.len() {
        let scalar = scalars[position].clone();
        if let Some(mean) = within(&scalar, &mut scalars) {
            let place = scalars.iter().position(|known| *known == scalar).unwrap_or(0);
            scalars[place] = mean;
            // Places moved: start again.
            return means(coefficient, scalars, body);
        }
    }
    Matrix::multiple(coefficient, scalars, body)
}

/// The matrix with the first sum among its factors turned to a mean.
fn within(matrix: &Matrix, scalars: &mut Vec<Matrix>) -> Option<Matrix> {
    if let Some(mean) = mean_of(matrix, scalars) {
        return Some(mean);
    }
    let mut among = |factors: &[Matrix]| {
        factors.iter().enumerate().find_map(|(at, factor)| {
            let mut factors = factors.to_vec();
            factors[at] = within(factor, scalars)?;
            Some(factors)
        })
    };
    match matrix {
        Matrix::Product(factors) => among(factors).map(Matrix::Product),
        Matrix::Hadamard(parts) => among(parts).map(Matrix::Hadamard),
        Matrix::Transpose(inner) => Some(Matrix::Transpose(Box::new(within(inner, scalars)?))),
        Matrix::Diag(inner) => Some(Matrix::Diag(Box::new(within(inner, scalars)?))),
        _ => None,
    }
}

/// `1/sqrt(2)/sqrt(pi)` is `1/sqrt(2*pi)`: both constants are positive.
fn roots(scalars: &mut Vec<Matrix>) {
    let is_constant = |base: &Matrix| match base {
        Matrix::Leaf { expr, .. } => match &expr.kind {
            ExprKind::Number(value) => value.is_positive(),
            ExprKind::Name(name) => &**name == "pi",
            _ => false,
        },
        _ => false,
    };
    let root = |scalar: &Matrix| match scalar {
        Matrix::Power { base, exponent } if !exponent.is_integer() && is_constant(base) => {
            Some((base.to_expr(), *exponent))
        }
        _ => None,
    };
    let found: Vec<(usize, Expr, Exponent)> = (0..scalars.len())
        .filter_map(|at| root(&scalars[at]).map(|(base, exponent)| (at, base, exponent)))
        .collect();
    let [(_, _, exponent), ..] = found.as_slice() else { return };
    let mut alike: Vec<_> = found.iter().filter(|(_, _, other)| other == exponent).collect();
    if alike.len() < 2 {
        return;
    }
    // Numbers before pi.
    alike.sort_by_key(|(at, base, _)| (!matches!(base.kind, ExprKind::Number(_)), *at));
    let product = Expr::products(ProductOp::Times, alike.iter().map(|(_, base, _)| base.clone()));
    let merged = Matrix::power(Matrix::leaf(product, Shape::scalar()), *exponent);
    let first = alike.iter().map(|(at, ..)| *at).min().unwrap_or(0);
    let gone: Vec<usize> = alike.iter().map(|(at, ..)| *at).collect();
    scalars[first] = merged;
    let mut at = 0;
    scalars.retain(|_| {
        at += 1;
        at - 1 == first || !gone.contains(&(at - 1))
    });
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
        dim.as_name()?;
        let leaf = Matrix::leaf(dim.to_expr(), Shape::scalar());
        let (position, exponent) = rest.iter().enumerate().find_map(|(position, scalar)| match scalar {
            Matrix::Power { base, exponent }
                if **base == leaf && exponent.is_negative() && exponent.is_integer() =>
            {
                Some((position, *exponent))
            }
            _ => None,
        })?;
        rest.remove(position);
        // 1/n^2 is one division by n, and another.
        let left = exponent + Exponent::from_integer(1);
        if left != Exponent::from_integer(0) {
            rest.insert(position, Matrix::power(leaf, left));
        }
    }
    *scalars = rest;
    let shape = sum.shape();
    let function: Name = function.into();
    Some(Matrix::Call { function, inner: Box::new(inner), shape })
}
