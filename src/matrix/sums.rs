//! Traces and sums of entries: multiples in front, sums of rows and columns as products with ones.

use super::{Matrix, factor_sum};
use crate::shape::{Dim, Shape};

impl Matrix {
    /// The trace: multiples in front, that of a sum term by term where that is shorter.
    pub fn trace(inner: Matrix) -> Matrix {
        match inner {
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::multiple(coefficient, scalars, Matrix::trace(*body))
            }
            Matrix::Sum(terms) => {
                let whole = Matrix::Trace(Box::new(Matrix::Sum(terms.clone())));
                let apart = terms.into_iter().map(Matrix::trace).collect();
                let apart = Matrix::sum(apart, &Shape::scalar());
                if apart.tidied_cost() < whole.tidied_cost() { apart } else { whole }
            }
            Matrix::Product(mut chain) => {
                // Around an outer product it is an inner one.
                let inside = |factor: &Matrix| factor.shape().columns.is_one();
                match chain.iter().position(inside) {
                    Some(at) => {
                        chain.rotate_left(at + 1);
                        Matrix::product(chain)
                    }
                    None => Matrix::Trace(Box::new(Matrix::Product(chain))),
                }
            }
            other => Matrix::Trace(Box::new(other)),
        }
    }

    /// The sum of all entries, multiples in front.
    pub fn total(inner: Matrix) -> Matrix {
        match inner {
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::multiple(coefficient, scalars, Matrix::total(*body))
            }
            other => Matrix::Total(Box::new(other)),
        }
    }

    /// The factors of a product; `colsum(A)` is `A'*ones(N)`, `rowsum(A)` is `A*ones(D)`.
    pub(super) fn links(&self) -> Vec<Matrix> {
        let with_ones = |inner: Matrix| {
            let ones = Matrix::Ones(Shape::new(inner.shape().columns, Dim::one()));
            let mut chain = match inner {
                Matrix::Product(chain) => chain,
                other => vec![other],
            };
            chain.push(ones);
            chain
        };
        match self {
            Matrix::Product(chain) => match chain.split_last() {
                Some((last @ Matrix::Call { .. }, before)) => [before, &last.links()].concat(),
                _ => chain.clone(),
            },
            Matrix::Call { function, inner, .. } if !matches!(**inner, Matrix::Multiple { .. }) => {
                match &**function {
                    "rowsum" => with_ones((**inner).clone()),
                    "colsum" => with_ones((**inner).clone().transpose()),
                    _ => vec![self.clone()],
                }
            }
            other => vec![other.clone()],
        }
    }

    /// The product of factors, one that ends with ones called by the sum that it is.
    pub(super) fn linked(mut chain: Vec<Matrix>) -> Matrix {
        let ones = |factor: &Matrix| matches!(factor, Matrix::Ones(shape) if shape.columns.is_one());
        if chain.len() < 2 || !chain.last().is_some_and(ones) {
            return Matrix::product(chain);
        }
        chain.pop();
        let last = chain.remove(chain.len() - 1);
        if last.shape().is_scalar() || last.shape().columns.is_one() {
            chain.push(last);
            return Matrix::product(chain);
        }
        let shape = Shape::new(last.shape().rows, Dim::one());
        let call = |function: &str, inner| Matrix::Call {
            function: function.into(),
            inner: Box::new(inner),
            shape: shape.clone(),
        };
        let (rows, columns) = (call("rowsum", last.clone()), call("colsum", last.transpose()));
        let sum = if columns.cost() < rows.cost() { columns } else { rows };
        Matrix::product(chain.into_iter().chain([sum]))
    }

    pub(super) fn tidied_cost(&self) -> usize {
        self.clone().tidied().cost()
    }

    /// The same matrix with what its terms share taken out, after parts were put in.
    pub fn refactored(&self) -> Matrix {
        let boxed = |inner: &Matrix| Box::new(inner.refactored());
        let all = |parts: &[Matrix]| parts.iter().map(Matrix::refactored).collect::<Vec<_>>();
        let found = match self {
            Matrix::Sum(terms) => factor_sum(all(terms), &self.shape()),
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::multiple(coefficient.clone(), all(scalars), body.refactored())
            }
            Matrix::Product(factors) => Matrix::product(all(factors)),
            Matrix::Kron(parts) => Matrix::kron(all(parts)),
            Matrix::Hadamard(parts) => {
                all(parts).into_iter().reduce(Matrix::hadamard).unwrap_or_else(|| self.clone())
            }
            Matrix::Power { base, exponent } => Matrix::power(base.refactored(), *exponent),
            Matrix::Transpose(inner) => inner.refactored().transpose(),
            Matrix::Trace(inner) => Matrix::trace(inner.refactored()),
            Matrix::Total(inner) => Matrix::total(inner.refactored()),
            Matrix::Diag(inner) => Matrix::Diag(boxed(inner)),
            Matrix::Diagvec(inner) => Matrix::Diagvec(boxed(inner)),
            Matrix::Call { function, inner, shape } => {
                Matrix::Call { function: function.clone(), inner: boxed(inner), shape: shape.clone() }
            }
            Matrix::Leaf { .. } | Matrix::Ones(_) | Matrix::Zeros(_) | Matrix::Eye(_) => self.clone(),
        };
        if found.tidied_cost() < self.tidied_cost() { found } else { self.clone() }
    }
}
