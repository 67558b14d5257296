//! The length of what is printed: names, operators and numerals counted; brackets are free, and so are the
//! dimensions of ones, zeros and identities.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Matrix, base_of, runs};
use crate::index::Exponent;
use crate::syntax::ast::{Expr, ExprKind};

impl Matrix {
    /// Names, operators and numerals; a function's name is a name, a derivative such as `dL/dY` one as well.
    pub fn cost(&self) -> usize {
        match self {
            Matrix::Leaf { expr, .. } => expr_cost(expr),
            Matrix::Power { base, exponent } if exponent.is_negative() => {
                2 + base.cost() + exponent_cost(exponent.abs())
            }
            Matrix::Power { base, exponent } => base.cost() + exponent_cost(*exponent),
            // The dimensions follow from what stands around.
            Matrix::Ones(_) | Matrix::Zeros(_) | Matrix::Eye(_) => 1,
            Matrix::Transpose(inner)
            | Matrix::Trace(inner)
            | Matrix::Total(inner)
            | Matrix::Diag(inner)
            | Matrix::Diagvec(inner)
            | Matrix::Call { inner, .. } => 1 + inner.cost(),
            Matrix::Product(chain) => {
                let links = runs(chain).into_iter().map(|(group, count)| {
                    if count > 1 { base_of(group).cost() + 3 } else { group[0].cost() + 1 }
                });
                links.sum::<usize>() - 1
            }
            Matrix::Kron(parts) => parts.iter().map(Matrix::cost).sum::<usize>() + parts.len() - 1,
            Matrix::Hadamard(parts) => quotient_cost(parts.iter()),
            Matrix::Sum(terms) => {
                let terms: Vec<usize> = terms.iter().map(|term| self.term_cost(term)).collect();
                terms.iter().sum::<usize>() + terms.len() - 1
            }
            Matrix::Multiple { coefficient, scalars, body } => {
                number_cost(coefficient) + quotient_cost(scalars.iter().chain([&**body]))
            }
        }
    }

    /// A multiple of ones beside a matrix is written as its number; a sign there is the operator.
    fn term_cost(&self, term: &Matrix) -> usize {
        match term {
            Matrix::Ones(_) if self.absorbs_ones() => 1,
            Matrix::Multiple { coefficient, scalars, body } => match &**body {
                Matrix::Ones(_) if self.absorbs_ones() => {
                    let one = Matrix::Ones(crate::shape::Shape::scalar());
                    Matrix::multiple(coefficient.abs(), scalars.clone(), one).cost()
                }
                body if scalars.is_empty() && coefficient.abs().is_one() => body.cost(),
                body => number_cost(&coefficient.abs()) + quotient_cost(scalars.iter().chain([body])),
            },
            other => other.cost(),
        }
    }
}

fn number_cost(coefficient: &BigRational) -> usize {
    let numerator = !coefficient.numer().abs().is_one();
    let denominator = !coefficient.denom().is_one();
    2 * usize::from(numerator) + 2 * usize::from(denominator) + usize::from(coefficient.is_negative())
}

fn exponent_cost(exponent: Exponent) -> usize {
    match (exponent.is_one(), exponent.is_integer(), exponent == Exponent::new(1, 2)) {
        (true, _, _) => 0,
        // sqrt(b)
        (_, _, true) => 1,
        (_, true, _) => 2,
        _ => 4,
    }
}

/// `a .* b ./ c`: what has a negative exponent stands below; nothing above is the numeral 1.
fn quotient_cost<'a>(parts: impl Iterator<Item = &'a Matrix>) -> usize {
    let (mut above, mut total, mut count) = (0, 0, 0);
    for part in parts {
        count += 1;
        match part {
            Matrix::Power { base, exponent } if exponent.is_negative() => {
                total += base.cost() + exponent_cost(exponent.abs());
            }
            other => {
                above += 1;
                total += other.cost();
            }
        }
    }
    total + count - 1 + if above == 0 { 2 } else { 0 }
}

/// The same of an expression of the language.
pub fn expr_cost(expr: &Expr) -> usize {
    let inside = || expr.children().into_iter().map(expr_cost).sum::<usize>();
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => 1,
        // One of what has names is a name.
        ExprKind::Derivative(derivative) => {
            let parts = std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by));
            1 + parts.filter(|part| !matches!(part.kind, ExprKind::Name(_))).map(expr_cost).sum::<usize>()
        }
        ExprKind::Transpose(_) | ExprKind::Negate(_) | ExprKind::Power { .. } => 1 + inside(),
        ExprKind::Product { rest, .. } => rest.len() + inside(),
        ExprKind::Sum(terms) => terms.len() - 1 + inside(),
        ExprKind::Call { function, .. } if matches!(&*function.name, "ones" | "zeros" | "eye") => 1,
        ExprKind::Call { primes, .. } => 1 + primes + inside(),
        ExprKind::BigSum { binders, .. } => binders.len() + inside(),
        _ => inside(),
    }
}
