//! A last pass over a finished form: one transpose around a sum or an entrywise product in place of several inside.

use super::Matrix;

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
                if turned.cost() < straight.cost() { turned } else { straight }
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
