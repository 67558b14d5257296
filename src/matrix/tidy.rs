//! A last pass over a finished form: one transpose around a sum or an entrywise product in place of several inside,
//! a diagonal matrix in place of a vector that is spread out.

use super::{Matrix, merge};
use crate::shape::Shape;

/// `A .* (v*ones(D)')` as `diag(v)*A`, `A .* (ones(N)*v')` as `A*diag(v)`.
fn weighed(product: &Matrix) -> Option<Matrix> {
    let Matrix::Hadamard(parts) = product else { return None };
    let spread = |part: &Matrix| match part {
        Matrix::Product(chain) => match chain.as_slice() {
            [vector, Matrix::Transpose(ones)] if matches!(**ones, Matrix::Ones(_)) => {
                Some((vector.clone(), true))
            }
            [Matrix::Ones(_), vector] => Some((vector.clone().transpose(), false)),
            _ => None,
        },
        _ => None,
    };
    let at = parts.iter().position(|part| spread(part).is_some())?;
    let (vector, rows) = spread(&parts[at])?;
    let mut rest = parts.clone();
    rest.remove(at);
    let rest = if rest.len() == 1 { rest.remove(0) } else { Matrix::Hadamard(rest) };
    let weights = Matrix::Diag(Box::new(vector));
    Some(Matrix::product(if rows { [weights, rest] } else { [rest, weights] }))
}

/// Equal scalars as one power.
fn powers(scalars: Vec<Matrix>) -> Vec<Matrix> {
    let mut merged = Vec::new();
    scalars.into_iter().for_each(|scalar| merge(&mut merged, scalar));
    merged
}

/// The sum of all entries is that of the transpose.
fn total(inner: Matrix) -> Matrix {
    match inner {
        Matrix::Transpose(inner) => Matrix::total(*inner),
        other => Matrix::total(other),
    }
}

/// Traces of longer chains are left as they are: all ways to part them are tried.
const MOST_LINKS: usize = 8;

/// `tr(A'*B)` as `sum(A .* B)` where that is shorter, over all ways to part the chain in two; ties go to the trace.
fn inner_product(inner: Matrix) -> Matrix {
    let mut best = Matrix::Trace(Box::new(inner.clone()));
    let Matrix::Product(chain) = inner else { return best };
    if chain.len() > MOST_LINKS {
        return best;
    }
    for turn in 0..chain.len() {
        let mut chain = chain.clone();
        chain.rotate_left(turn);
        // Rotated, a part that began at the front comes again.
        for at in 1..chain.len() - turn {
            let left = Matrix::product(chain[..at].iter().cloned()).transpose();
            let right = Matrix::product(chain[at..].iter().cloned());
            let sum = total(Matrix::hadamard(left, right).tidied());
            if sum.cost() < best.cost() {
                best = sum;
            }
        }
    }
    best
}

impl Matrix {
    /// The same matrix, no longer; not to be built upon, since a transpose may stand around a sum.
    pub fn tidied(self) -> Matrix {
        let boxed = |inner: Box<Matrix>| Box::new(inner.tidied());
        let all = |parts: Vec<Matrix>| parts.into_iter().map(Matrix::tidied).collect();
        match self {
            Matrix::Product(factors) => Matrix::Product(all(factors)),
            Matrix::Kron(parts) => Matrix::Kron(all(parts)),
            Matrix::Hadamard(_) | Matrix::Sum(_) => {
                let turned = match self.clone().transpose() {
                    Matrix::Hadamard(parts) => Matrix::Hadamard(all(parts)),
                    Matrix::Sum(terms) => Matrix::Sum(all(terms)),
                    other => other,
                };
                let turned = Matrix::Transpose(Box::new(turned));
                let straight = match self {
                    Matrix::Hadamard(parts) => Matrix::Hadamard(all(parts)),
                    Matrix::Sum(terms) => Matrix::Sum(all(terms)),
                    other => other,
                };
                let best = if turned.cost() < straight.cost() { turned } else { straight };
                match weighed(&best) {
                    Some(weighed) if weighed.cost() < best.cost() => weighed,
                    _ => best,
                }
            }
            Matrix::Multiple { coefficient, scalars, body } => {
                let (mut scalars, body): (Vec<Matrix>, Matrix) = (all(scalars), body.tidied());
                if !body.shape().is_scalar() {
                    return Matrix::multiple(coefficient, powers(scalars), body);
                }
                scalars.push(body);
                Matrix::multiple(coefficient, powers(scalars), Matrix::Ones(Shape::scalar()))
            }
            Matrix::Power { base, exponent } => Matrix::Power { base: boxed(base), exponent },
            Matrix::Trace(inner) => inner_product(inner.tidied()),
            Matrix::Total(inner) => total(inner.tidied()),
            Matrix::Diag(inner) => Matrix::Diag(boxed(inner)),
            Matrix::Diagvec(inner) => Matrix::Diagvec(boxed(inner)),
            Matrix::Call { function, inner, shape } => Matrix::Call { function, inner: boxed(inner), shape },
            other => other,
        }
    }
}
