//! Matrices written in the language.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Matrix, base_of, runs};
use crate::index::Exponent;
use crate::index::write::power_expr;
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ProductOp, Sign};

impl Matrix {
    /// In the input language.
    pub fn to_expr(&self) -> Expr {
        match self {
            Matrix::Leaf { expr, .. } => expr.clone(),
            Matrix::Power { .. } => quotient(std::slice::from_ref(self), ProductOp::Hadamard),
            Matrix::Transpose(inner) => Expr::transpose(inner.to_expr()),
            Matrix::Product(factors) => Expr::products(ProductOp::Times, links(factors)),
            Matrix::Hadamard(parts) => quotient(parts, ProductOp::Hadamard),
            Matrix::Kron(parts) => {
                let nested = parts.iter().map(Matrix::to_expr);
                let nested = nested.reduce(|left, right| Expr::call("kron", vec![left, right]));
                nested.unwrap_or_else(|| Expr::natural(1))
            }
            Matrix::Sum(terms) => Expr::sum(terms.iter().map(|term| self.term(term))),
            Matrix::Multiple { coefficient, scalars, body } => multiple(coefficient, scalars, body),
            Matrix::Trace(inner) => Expr::call("tr", vec![inner.to_expr()]),
            Matrix::Total(inner) => Expr::call("sum", vec![inner.to_expr()]),
            Matrix::Diag(inner) => Expr::call("diag", vec![inner.to_expr()]),
            Matrix::Diagvec(inner) => Expr::call("diagvec", vec![inner.to_expr()]),
            Matrix::Call { function, inner, .. } => Expr::call(function, vec![inner.to_expr()]),
            Matrix::Ones(shape) | Matrix::Zeros(shape) if shape.is_scalar() => {
                Expr::natural(usize::from(matches!(self, Matrix::Ones(_))))
            }
            Matrix::Ones(shape) | Matrix::Zeros(shape) => {
                let name = if matches!(self, Matrix::Ones(_)) { "ones" } else { "zeros" };
                let mut arguments = vec![shape.rows.to_expr()];
                if !shape.columns.is_one() {
                    arguments.push(shape.columns.to_expr());
                }
                Expr::call(name, arguments)
            }
            Matrix::Eye(dim) => Expr::call("eye", vec![dim.to_expr()]),
        }
    }

    /// Whether a sum has a term that is no multiple of ones: a scalar beside it acts on every entry.
    pub(super) fn absorbs_ones(&self) -> bool {
        let Matrix::Sum(terms) = self else { return false };
        terms.iter().any(|term| {
            let body = match term {
                Matrix::Multiple { body, .. } => body,
                other => other,
            };
            !matches!(body, Matrix::Ones(_))
        })
    }

    /// A term of this sum.
    fn term(&self, term: &Matrix) -> Expr {
        let scalar = Matrix::Ones(crate::shape::Shape::scalar());
        match term {
            Matrix::Ones(_) if self.absorbs_ones() => scalar.to_expr(),
            Matrix::Multiple { coefficient, scalars, body }
                if matches!(**body, Matrix::Ones(_)) && self.absorbs_ones() =>
            {
                Matrix::multiple(coefficient.clone(), scalars.clone(), scalar).to_expr()
            }
            other => other.to_expr(),
        }
    }
}

fn multiple(coefficient: &BigRational, scalars: &[Matrix], body: &Matrix) -> Expr {
    let literal = |n: BigInt| Expr::rational(&BigRational::from_integer(n));
    let above = |n: &BigInt| (!n.is_one()).then(|| literal(n.clone()));
    let mut factors: Vec<Expr> = above(&coefficient.numer().abs()).into_iter().collect();
    // `-2 * x`: the sign is the number's where one is written, else it stands before all.
    let signed = coefficient.is_negative() && !factors.is_empty();
    if signed {
        factors = factors.into_iter().map(Expr::negate).collect();
    }
    let negative = coefficient.is_negative() && !signed;
    let mut divisors = Vec::new();
    for scalar in scalars {
        match scalar {
            Matrix::Power { base, exponent } if exponent.is_negative() => {
                divisors.push(power_expr(base.to_expr(), exponent.abs(), false));
            }
            other => factors.push(other.to_expr()),
        }
    }
    match body {
        // A product inside a product is written flat where `*` alone joins it.
        Matrix::Product(chain) => factors.extend(links(chain)),
        Matrix::Power { base, exponent } if exponent.is_negative() && base.shape().is_scalar() => {
            divisors.insert(0, power_expr(base.to_expr(), exponent.abs(), false));
        }
        // 3 * (1 ./ v) is 3 ./ v.
        Matrix::Power { .. } if !factors.is_empty() => {
            let (up, down) = split(std::slice::from_ref(body), true);
            factors.extend(up);
            let product = Expr::products(ProductOp::Times, factors);
            let product = over(product, ProductOp::HadamardDivide, down);
            return finish(negative, product, divisors, above(coefficient.denom()));
        }
        Matrix::Ones(shape) if shape.is_scalar() => {}
        other => factors.push(other.to_expr()),
    }
    finish(negative, Expr::products(ProductOp::Times, factors), divisors, above(coefficient.denom()))
}

/// The factors of a chain, what stands in it several times in a row as a power: `A^3`, `(A * B)^2`.
fn links(chain: &[Matrix]) -> impl Iterator<Item = Expr> {
    runs(chain).into_iter().map(|(group, count)| {
        power_expr(base_of(group).to_expr(), Exponent::from_integer(count as i64), false)
    })
}

fn finish(negative: bool, product: Expr, divisors: Vec<Expr>, denominator: Option<Expr>) -> Expr {
    let quotient = over(product, ProductOp::Divide, divisors.into_iter().chain(denominator));
    if negative { Expr::negate(quotient) } else { quotient }
}

fn over(product: Expr, op: ProductOp, divisors: impl IntoIterator<Item = Expr>) -> Expr {
    divisors.into_iter().fold(product, |left, divisor| Expr::product(left, op, divisor))
}

fn split(parts: &[Matrix], entrywise: bool) -> (Vec<Expr>, Vec<Expr>) {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Matrix::Power { base, exponent } => {
                let entrywise = entrywise && !base.shape().is_scalar();
                let side = if exponent.is_negative() { &mut below } else { &mut above };
                side.push(power_expr(base.to_expr(), exponent.abs(), entrywise));
            }
            other => above.push(other.to_expr()),
        }
    }
    (above, below)
}

/// `a .* b ./ c`.
fn quotient(parts: &[Matrix], op: ProductOp) -> Expr {
    let (above, below) = split(parts, true);
    let scalar = parts.first().is_some_and(|part| part.shape().is_scalar());
    let divide = if scalar { ProductOp::Divide } else { ProductOp::HadamardDivide };
    over(Expr::products(op, above), divide, below)
}

impl Dim {
    /// In the input language.
    pub fn to_expr(&self) -> Expr {
        let terms = self.monomials().into_iter().map(|(names, coefficient)| {
            let magnitude = coefficient.unsigned_abs() as usize;
            let number = (magnitude != 1 || names.is_empty()).then(|| Expr::natural(magnitude));
            let names = names.into_iter().map(Expr::name);
            let product = Expr::products(ProductOp::Times, number.into_iter().chain(names));
            (if coefficient < 0 { Sign::Minus } else { Sign::Plus }, product)
        });
        Expr::sum(terms.map(|(sign, product)| match sign {
            Sign::Plus => product,
            Sign::Minus => Expr::negate(product),
        }))
    }
}
