//! Matrix expressions, made by smart constructors that keep them in normal form and know their shapes.

mod factor;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ProductOp, Sign};

pub use factor::factor_sum;

/// A matrix (a vector, a scalar) of the language. Invariants: products are flat and have at least two factors,
/// none of them a product or a multiple; transposes stand on leaves and diagonals of nothing else; a sum has at
/// least two terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    Leaf {
        expr: Expr,
        shape: Shape,
    },
    Transpose(Box<Matrix>),
    Product(Vec<Matrix>),
    Hadamard(Vec<Matrix>),
    Sum(Vec<Matrix>),
    /// `coefficient * scalars * body`; the coefficient is not 1 or there are scalars.
    Multiple {
        coefficient: BigRational,
        scalars: Vec<Matrix>,
        body: Box<Matrix>,
    },
    Trace(Box<Matrix>),
    /// Sum of all entries.
    Total(Box<Matrix>),
    Diag(Box<Matrix>),
    Diagvec(Box<Matrix>),
    Ones(Shape),
    Zeros(Shape),
    Eye(Dim),
}

impl Matrix {
    pub fn leaf(expr: Expr, shape: Shape) -> Matrix {
        Matrix::Leaf { expr, shape }
    }

    /// Rows and columns.
    pub fn shape(&self) -> Shape {
        match self {
            Matrix::Leaf { shape, .. } | Matrix::Ones(shape) | Matrix::Zeros(shape) => shape.clone(),
            Matrix::Transpose(inner) => inner.shape().transpose(),
            Matrix::Product(factors) => match (factors.first(), factors.last()) {
                (Some(first), Some(last)) => Shape::new(first.shape().rows, last.shape().columns),
                _ => Shape::scalar(),
            },
            Matrix::Hadamard(parts) | Matrix::Sum(parts) => {
                parts.first().map_or_else(Shape::scalar, Matrix::shape)
            }
            Matrix::Multiple { body, .. } => body.shape(),
            Matrix::Trace(_) | Matrix::Total(_) => Shape::scalar(),
            Matrix::Diag(inner) => {
                let dim = inner.shape().axes().pop().unwrap_or_else(Dim::one);
                Shape::new(dim.clone(), dim)
            }
            Matrix::Diagvec(inner) => Shape::new(inner.shape().rows, Dim::one()),
            Matrix::Eye(dim) => Shape::new(dim.clone(), dim.clone()),
        }
    }

    /// Transposed down to the leaves; a scalar is its own transpose.
    pub fn transpose(self) -> Matrix {
        if self.shape().is_scalar() {
            return self;
        }
        match self {
            Matrix::Transpose(inner) => *inner,
            Matrix::Product(factors) => {
                Matrix::Product(factors.into_iter().rev().map(Matrix::transpose).collect())
            }
            Matrix::Hadamard(parts) => Matrix::Hadamard(parts.into_iter().map(Matrix::transpose).collect()),
            Matrix::Sum(terms) => Matrix::Sum(terms.into_iter().map(Matrix::transpose).collect()),
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::Multiple { coefficient, scalars, body: Box::new(body.transpose()) }
            }
            Matrix::Ones(shape) if !shape.is_vector() => Matrix::Ones(shape.transpose()),
            Matrix::Zeros(shape) => Matrix::Zeros(shape.transpose()),
            Matrix::Diag(_) | Matrix::Eye(_) => self,
            other => Matrix::Transpose(Box::new(other)),
        }
    }

    /// The matrix product of fitting factors, or scalars times anything; flat, multiples in front.
    pub fn product(factors: impl IntoIterator<Item = Matrix>) -> Matrix {
        let mut coefficient = BigRational::one();
        let mut scalars = Vec::new();
        let mut chain = Vec::new();
        for factor in factors {
            let body = match factor {
                Matrix::Multiple { coefficient: own, scalars: more, body } => {
                    coefficient *= own;
                    scalars.extend(more);
                    *body
                }
                other => other,
            };
            match body {
                // A closed chain inside a longer one is a scalar factor, not a link.
                Matrix::Product(inner) if !closed(&inner) => chain.extend(inner),
                Matrix::Eye(_) => {}
                other if other.shape().is_scalar() => scalars.push(other),
                other => chain.push(other),
            }
        }
        let body = if chain.len() == 1 { chain.remove(0) } else { Matrix::Product(chain) };
        match body {
            Matrix::Product(chain) if chain.is_empty() => match scalars.pop() {
                Some(last) => Matrix::multiple(coefficient, scalars, last),
                None => Matrix::multiple(coefficient, Vec::new(), Matrix::Ones(Shape::scalar())),
            },
            body => Matrix::multiple(coefficient, scalars, body),
        }
    }

    /// `coefficient * scalars * body`.
    pub fn multiple(coefficient: BigRational, mut scalars: Vec<Matrix>, body: Matrix) -> Matrix {
        if coefficient.is_zero() {
            return Matrix::Zeros(body.shape());
        }
        // The scalar 1 is no factor.
        scalars.retain(|scalar| *scalar != Matrix::Ones(Shape::scalar()));
        if coefficient.is_one() && scalars.is_empty() {
            return body;
        }
        match body {
            Matrix::Multiple { coefficient: own, scalars: more, body } => {
                scalars.extend(more);
                Matrix::multiple(coefficient * own, scalars, *body)
            }
            Matrix::Ones(shape) if shape.is_scalar() && !scalars.is_empty() => {
                let last = scalars.remove(scalars.len() - 1);
                Matrix::multiple(coefficient, scalars, last)
            }
            body => Matrix::Multiple { coefficient, scalars, body: Box::new(body) },
        }
    }

    pub fn hadamard(left: Matrix, right: Matrix) -> Matrix {
        let mut parts = Vec::new();
        for part in [left, right] {
            match part {
                Matrix::Hadamard(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        Matrix::Hadamard(parts)
    }

    /// The sum; zeros of the given shape for no terms.
    pub fn sum(terms: Vec<Matrix>, shape: &Shape) -> Matrix {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Matrix::Sum(inner) => flat.extend(inner),
                Matrix::Zeros(_) => {}
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Matrix::Zeros(shape.clone()),
            1 => flat.remove(0),
            _ => Matrix::Sum(flat),
        }
    }

    /// Names, operators and numerals; brackets are free.
    pub fn cost(&self) -> usize {
        let joined =
            |parts: &[Matrix]| parts.iter().map(Matrix::cost).sum::<usize>() + parts.len().saturating_sub(1);
        match self {
            Matrix::Leaf { .. } => 1,
            Matrix::Zeros(shape) if shape.is_scalar() => 1,
            Matrix::Ones(shape) if shape.is_scalar() => 1,
            Matrix::Ones(_) | Matrix::Zeros(_) | Matrix::Eye(_) => 2,
            Matrix::Transpose(inner)
            | Matrix::Trace(inner)
            | Matrix::Total(inner)
            | Matrix::Diag(inner)
            | Matrix::Diagvec(inner) => 1 + inner.cost(),
            Matrix::Product(parts) | Matrix::Hadamard(parts) | Matrix::Sum(parts) => joined(parts),
            Matrix::Multiple { coefficient, scalars, body } => {
                let magnitude = coefficient.abs();
                let number = match (magnitude.is_one(), magnitude.is_integer()) {
                    (true, _) => 0,
                    (_, true) => 2,
                    _ => 4,
                };
                number
                    + usize::from(coefficient.is_negative())
                    + scalars.iter().map(|scalar| scalar.cost() + 1).sum::<usize>()
                    + body.cost()
            }
        }
    }

    /// In the input language.
    pub fn to_expr(&self) -> Expr {
        match self {
            Matrix::Leaf { expr, .. } => expr.clone(),
            Matrix::Transpose(inner) => Expr::transpose(inner.to_expr()),
            Matrix::Product(factors) => Expr::products(ProductOp::Times, factors.iter().map(Matrix::to_expr)),
            Matrix::Hadamard(parts) => Expr::products(ProductOp::Hadamard, parts.iter().map(Matrix::to_expr)),
            Matrix::Sum(terms) => Expr::sum(terms.iter().map(Matrix::to_expr)),
            Matrix::Multiple { coefficient, scalars, body } => {
                let magnitude = coefficient.abs();
                let number = (!magnitude.is_one()).then(|| Expr::rational(&magnitude));
                let factors = number.into_iter().chain(scalars.iter().map(Matrix::to_expr));
                // A product inside a product is written flat where `*` alone joins it.
                let body: Vec<Expr> = match &**body {
                    Matrix::Product(chain) => chain.iter().map(Matrix::to_expr).collect(),
                    // A number alone is itself.
                    Matrix::Ones(shape) if shape.is_scalar() && !magnitude.is_one() => Vec::new(),
                    other => vec![other.to_expr()],
                };
                let product = Expr::products(ProductOp::Times, factors.chain(body));
                if coefficient.is_negative() { Expr::negate(product) } else { product }
            }
            Matrix::Trace(inner) => Expr::call("tr", vec![inner.to_expr()]),
            Matrix::Total(inner) => Expr::call("sum", vec![inner.to_expr()]),
            Matrix::Diag(inner) => Expr::call("diag", vec![inner.to_expr()]),
            Matrix::Diagvec(inner) => Expr::call("diagvec", vec![inner.to_expr()]),
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
}

fn closed(chain: &[Matrix]) -> bool {
    matches!((chain.first(), chain.last()), (Some(first), Some(last))
        if first.shape().rows.is_one() && last.shape().columns.is_one())
}

/// The sign and the rest of a term.
pub(crate) fn split_coefficient(term: &Matrix) -> (BigRational, Matrix) {
    match term {
        Matrix::Multiple { coefficient, scalars, body } => {
            (coefficient.clone(), Matrix::multiple(BigRational::one(), scalars.clone(), (**body).clone()))
        }
        other => (BigRational::one(), other.clone()),
    }
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
