//! A last pass over a finished form: one transpose around a sum or a product in place of several inside,
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

/// One transpose around a chain in place of one on each link, where that is shorter: `(C*B*A)'` for `A'*B'*C'`. No link
/// gets longer by it.
fn turned(chain: Vec<Matrix>) -> Matrix {
    let links: Vec<Matrix> = chain.iter().rev().cloned().map(Matrix::transpose).collect();
    let no_longer = links.iter().rev().zip(&chain).all(|(link, old)| link.cost() <= old.cost());
    let straight = Matrix::Product(chain);
    if !no_longer || straight.shape().is_scalar() {
        return straight;
    }
    let turned = Matrix::Transpose(Box::new(Matrix::Product(links)));
    if turned.cost() < straight.cost() { turned } else { straight }
}

/// `A'*B'`, as it is written where it stands alone.
fn is_pair(chain: &[Matrix]) -> bool {
    let short = |link: &Matrix| matches!(link, Matrix::Transpose(inner) if inner.cost() == 1);
    chain.len() == 2 && chain.iter().all(short)
}

/// An argument: one transpose around any chain in it.
fn argument(matrix: Matrix) -> Matrix {
    match matrix.tidied() {
        Matrix::Product(chain) => turned(chain),
        other => other,
    }
}

/// The same of an argument whose transpose gives the same value.
fn either_way(matrix: Matrix) -> Matrix {
    match argument(matrix) {
        Matrix::Transpose(inner) => *inner,
        other => other,
    }
}

impl Matrix {
    /// The same matrix, no longer; not to be built upon, since a transpose may stand around a sum.
    pub fn tidied(self) -> Matrix {
        let boxed = |inner: Box<Matrix>| Box::new(inner.tidied());
        let all = |parts: Vec<Matrix>| parts.into_iter().map(Matrix::tidied).collect();
        match self {
            Matrix::Product(factors) => {
                let factors: Vec<Matrix> = all(factors);
                if is_pair(&factors) { Matrix::Product(factors) } else { turned(factors) }
            }
            Matrix::Kron(parts) => Matrix::Kron(parts.into_iter().map(argument).collect()),
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
            Matrix::Trace(inner) => inner_product(either_way(*inner)),
            Matrix::Total(inner) => total(inner.tidied()),
            Matrix::Diag(inner) => Matrix::Diag(boxed(inner)),
            Matrix::Diagvec(inner) => Matrix::Diagvec(Box::new(either_way(*inner))),
            Matrix::Call { function, inner, shape } => Matrix::Call { function, inner: boxed(inner), shape },
            other => other,
        }
    }
}
