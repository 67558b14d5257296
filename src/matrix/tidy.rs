//! A last pass over a finished form: one transpose around a sum or an entrywise product in place of several inside,
//! a diagonal matrix in place of a vector that is spread out.

use super::Matrix;

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

impl Matrix {
    /// The same matrix, no longer; not to be built upon, since a transpose may stand around a sum.
    pub fn tidied(self) -> Matrix {
        let boxed = |inner: Box<Matrix>| Box::new(inner.tidied());
        let all = |parts: Vec<Matrix>| parts.into_iter().map(Matrix::tidied).collect();
        match self {
            Matrix::Product(factors) => Matrix::Product(all(factors)),
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
                Matrix::Multiple { coefficient, scalars: all(scalars), body: boxed(body) }
            }
            Matrix::Power { base, exponent } => Matrix::Power { base: boxed(base), exponent },
            Matrix::Trace(inner) => Matrix::Trace(boxed(inner)),
            Matrix::Total(inner) => Matrix::Total(boxed(inner)),
            Matrix::Diag(inner) => Matrix::Diag(boxed(inner)),
            Matrix::Diagvec(inner) => Matrix::Diagvec(boxed(inner)),
            Matrix::Call { function, inner, shape } => Matrix::Call { function, inner: boxed(inner), shape },
            other => other,
        }
    }
}
