//! Matrix expressions, made by smart constructors that keep them in normal form and know their shapes.

mod alike;
mod cost;
mod factor;
mod means;
mod pairs;
mod recur;
mod sums;
mod tidy;
mod write;

use num_rational::BigRational;
use num_traits::{CheckedAdd, CheckedMul, One, Signed, Zero};

use crate::index::Exponent;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, Name};

pub use cost::expr_cost;
pub use factor::factor_sum;
pub use means::means;

/// A matrix (a vector, a scalar) of the language. Invariants: products are flat and have at least two factors,
/// none of them a product or a multiple; transposes stand on leaves and diagonals of nothing else; a sum has at
/// least two terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    Leaf {
        expr: Expr,
        shape: Shape,
        /// Its own transpose.
        symmetric: bool,
    },
    /// Every entry to a power that is not 1; of a leaf or a scalar.
    Power {
        base: Box<Matrix>,
        exponent: Exponent,
    },
    Transpose(Box<Matrix>),
    Product(Vec<Matrix>),
    Hadamard(Vec<Matrix>),
    /// The Kronecker product of at least two, none of them one or a multiple.
    Kron(Vec<Matrix>),
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
    /// An operation of the prelude that has no algebra here: `rowsum(A)`.
    Call {
        function: Name,
        inner: Box<Matrix>,
        shape: Shape,
    },
    Ones(Shape),
    Zeros(Shape),
    Eye(Dim),
}

impl Matrix {
    pub fn leaf(expr: Expr, shape: Shape) -> Matrix {
        Matrix::Leaf { expr, shape, symmetric: false }
    }

    /// Rows and columns.
    pub fn shape(&self) -> Shape {
        match self {
            Matrix::Leaf { shape, .. }
            | Matrix::Call { shape, .. }
            | Matrix::Ones(shape)
            | Matrix::Zeros(shape) => shape.clone(),
            Matrix::Power { base, .. } => base.shape(),
            Matrix::Transpose(inner) => inner.shape().transpose(),
            Matrix::Product(factors) => match (factors.first(), factors.last()) {
                (Some(first), Some(last)) => Shape::new(first.shape().rows, last.shape().columns),
                _ => Shape::scalar(),
            },
            Matrix::Kron(parts) => {
                let product = |one: Dim, other: Dim| one.multiply(&other);
                let shapes = || parts.iter().map(Matrix::shape);
                let rows = shapes().try_fold(Dim::one(), |rows, shape| product(rows, shape.rows));
                let columns = shapes().try_fold(Dim::one(), |columns, shape| product(columns, shape.columns));
                // The dimensions were made by the same products when the form was.
                Shape::new(rows.unwrap_or_else(Dim::one), columns.unwrap_or_else(Dim::one))
            }
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

    /// Its number, its scalars, and the matrix that they are a multiple of.
    pub(crate) fn apart(self) -> (BigRational, Vec<Matrix>, Matrix) {
        match self {
            Matrix::Multiple { coefficient, scalars, body } => (coefficient, scalars, *body),
            body => (BigRational::one(), Vec::new(), body),
        }
    }

    /// Transposed down to the leaves; a scalar is its own transpose.
    pub fn transpose(self) -> Matrix {
        if self.shape().is_scalar() {
            return self;
        }
        match self {
            Matrix::Transpose(inner) => *inner,
            Matrix::Power { base, exponent } => Matrix::Power { base: Box::new(base.transpose()), exponent },
            Matrix::Product(factors) => {
                Matrix::Product(factors.into_iter().rev().map(Matrix::transpose).collect())
            }
            Matrix::Hadamard(parts) => Matrix::Hadamard(parts.into_iter().map(Matrix::transpose).collect()),
            Matrix::Kron(parts) => Matrix::Kron(parts.into_iter().map(Matrix::transpose).collect()),
            Matrix::Sum(terms) => Matrix::Sum(terms.into_iter().map(Matrix::transpose).collect()),
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::Multiple { coefficient, scalars, body: Box::new(body.transpose()) }
            }
            Matrix::Ones(shape) if !shape.is_vector() => Matrix::Ones(shape.transpose()),
            Matrix::Zeros(shape) => Matrix::Zeros(shape.transpose()),
            Matrix::Leaf { symmetric: true, .. } | Matrix::Diag(_) | Matrix::Eye(_) => self,
            other => Matrix::Transpose(Box::new(other)),
        }
    }

    /// The matrix product of fitting factors, or scalars times anything; flat, multiples in front.
    pub fn product(factors: impl IntoIterator<Item = Matrix>) -> Matrix {
        let mut coefficient = BigRational::one();
        let mut scalars = Vec::new();
        let mut chain = Vec::new();
        for factor in factors {
            let (own, more, body) = factor.apart();
            coefficient *= own;
            scalars.extend(more);
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
    pub fn multiple(mut coefficient: BigRational, scalars: Vec<Matrix>, body: Matrix) -> Matrix {
        let mut flat = Vec::new();
        for scalar in scalars {
            let (own, more, body) = scalar.apart();
            coefficient *= own;
            flat.extend(more);
            flat.push(body);
        }
        let mut scalars = flat;
        if coefficient.is_zero() {
            return Matrix::Zeros(body.shape());
        }
        // The scalar 1 is no factor.
        scalars.retain(|scalar| !matches!(scalar, Matrix::Ones(shape) if shape.is_scalar()));
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
            // The minus goes into a difference that is a factor.
            Matrix::Product(mut chain) if coefficient.is_negative() && chain.iter().any(is_difference) => {
                turn(&mut chain);
                Matrix::multiple(-coefficient, scalars, Matrix::Product(chain))
            }
            Matrix::Hadamard(mut parts) if coefficient.is_negative() && parts.iter().any(is_difference) => {
                turn(&mut parts);
                Matrix::multiple(-coefficient, scalars, Matrix::Hadamard(parts))
            }
            body if coefficient.is_negative() && scalars.iter().any(is_difference) => {
                turn(&mut scalars);
                Matrix::multiple(-coefficient, scalars, body)
            }
            // -(a - b) is b - a.
            Matrix::Sum(terms) if coefficient.is_negative() && terms.iter().any(Matrix::is_negative) => {
                let shape = Matrix::Sum(terms.clone()).shape();
                let minus = |term| Matrix::multiple(-BigRational::one(), Vec::new(), term);
                let flipped = Matrix::sum(terms.into_iter().map(minus).collect(), &shape);
                Matrix::multiple(-coefficient, scalars, flipped)
            }
            body => Matrix::Multiple { coefficient, scalars, body: Box::new(body) },
        }
    }

    /// Every entry to the power.
    pub fn power(base: Matrix, exponent: Exponent) -> Matrix {
        if exponent.is_one() {
            return base;
        }
        match base {
            Matrix::Ones(shape) => Matrix::Ones(shape),
            // (b^p)^q = b^(p q) for every real b only where q is an integer.
            Matrix::Power { base, exponent: inner } if exponent.is_integer() => {
                match inner.checked_mul(&exponent) {
                    Some(product) => Matrix::power(*base, product),
                    None => {
                        Matrix::Power { base: Box::new(Matrix::Power { base, exponent: inner }), exponent }
                    }
                }
            }
            base => Matrix::Power { base: Box::new(base), exponent },
        }
    }

    /// The product entry by entry of two of one shape; flat, equal parts merged to powers, multiples in front.
    pub fn hadamard(left: Matrix, right: Matrix) -> Matrix {
        let mut coefficient = BigRational::one();
        let mut scalars = Vec::new();
        let mut parts: Vec<Matrix> = Vec::new();
        let shape = left.shape();
        for part in [left, right] {
            let (own, more, body) = part.apart();
            coefficient *= own;
            scalars.extend(more);
            let inner = match body {
                Matrix::Hadamard(inner) => inner,
                Matrix::Ones(_) => Vec::new(),
                other => vec![other],
            };
            inner.into_iter().for_each(|part| merge(&mut parts, part));
        }
        let body = match parts.len() {
            0 => Matrix::Ones(shape),
            1 => parts.remove(0),
            _ => Matrix::Hadamard(parts),
        };
        Matrix::multiple(coefficient, scalars, body)
    }

    fn is_negative(&self) -> bool {
        matches!(self, Matrix::Multiple { coefficient, .. } if coefficient.is_negative())
    }

    /// The sum, a term without a minus first; zeros of the given shape for no terms.
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
            _ => {
                let first = flat.iter().position(|term| !term.is_negative()).unwrap_or(0);
                flat[..=first].rotate_right(1);
                Matrix::Sum(flat)
            }
        }
    }
}

/// One more part of a product entry by entry: powers of one base add up.
fn merge(parts: &mut Vec<Matrix>, part: Matrix) {
    let (base, exponent) = base_and_exponent(&part);
    let known = parts.iter().position(|known| base_and_exponent(known).0 == base);
    let Some(position) = known else { return parts.push(part) };
    let sum = base_and_exponent(&parts[position]).1.checked_add(&exponent);
    let Some(sum) = sum else { return parts.push(part) };
    if sum.is_zero() {
        parts.remove(position);
    } else {
        parts[position] = Matrix::power(base.clone(), sum);
    }
}

fn base_and_exponent(part: &Matrix) -> (&Matrix, Exponent) {
    match part {
        Matrix::Power { base, exponent } => (base, *exponent),
        other => (other, Exponent::one()),
    }
}

/// A sum with a minus in it.
fn is_difference(factor: &Matrix) -> bool {
    matches!(factor, Matrix::Sum(terms) if terms.iter().any(Matrix::is_negative))
}

/// Changes the sign of the first difference among the factors.
fn turn(factors: &mut [Matrix]) {
    let Some(factor) = factors.iter_mut().find(|factor| is_difference(factor)) else { return };
    let Matrix::Sum(terms) = factor else { return };
    let shape = terms.first().map_or_else(Shape::scalar, Matrix::shape);
    let minus = |term: &Matrix| Matrix::multiple(-BigRational::one(), Vec::new(), term.clone());
    *factor = Matrix::sum(terms.iter().map(minus).collect(), &shape);
}

/// The factors of a chain in groups, with the number of times that each group stands in a row: what is written as a
/// power. The group that saves most is taken first at each place, of equal ones the shorter.
fn runs(chain: &[Matrix]) -> Vec<(&[Matrix], usize)> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < chain.len() {
        let rest = &chain[at..];
        let mut best = (1, 1, 0);
        for length in 1..=rest.len() / 2 {
            let count = rest.chunks(length).take_while(|group| *group == &rest[..length]).count();
            let links: usize = rest[..length].iter().map(|factor| factor.cost() + 1).sum();
            // A power has its sign and its number.
            let saving = ((count - 1) * links).saturating_sub(2);
            if count > 1 && (saving > best.2 || best.1 == 1 && length == 1) {
                best = (length, count, saving);
            }
        }
        let (length, count, _) = best;
        groups.push((&rest[..length], count));
        at += length * count;
    }
    groups
}

/// What a power of a group of factors is taken of: the group, or the transpose of what it is turned if that is shorter,
/// `(A*B)'^3` for `(B'*A')^3`.
fn base_of(group: &[Matrix]) -> Matrix {
    if let [factor] = group {
        return factor.clone();
    }
    let straight = Matrix::Product(group.to_vec());
    let turned = Matrix::Transpose(Box::new(straight.clone().transpose()));
    if turned.cost() < straight.cost() { turned } else { straight }
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
