//! Kronecker products and stacked columns.

use num_rational::BigRational;
use num_traits::One;

use super::Matrix;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind};

impl Matrix {
    /// The Kronecker product; multiples in front, identities and ones side by side one matrix, a column beside a row
    /// their product.
    pub fn kron(parts: impl IntoIterator<Item = Matrix>) -> Matrix {
        let mut coefficient = BigRational::one();
        let mut scalars = Vec::new();
        let mut flat: Vec<Matrix> = Vec::new();
        for part in parts {
            let (own, more, body) = part.apart();
            coefficient *= own;
            scalars.extend(more);
            let inner = match body {
                Matrix::Kron(inner) => inner,
                other => vec![other],
            };
            for part in inner {
                let met = flat.last().and_then(|last| beside(last, &part));
                match met {
                    Some(whole) => {
                        flat.pop();
                        flat.push(whole);
                    }
                    None => flat.push(part),
                }
            }
        }
        let body = match flat.len() {
            0 => Matrix::Ones(Shape::scalar()),
            1 => flat.remove(0),
            _ => Matrix::Kron(flat),
        };
        Matrix::multiple(coefficient, scalars, body)
    }

    /// The columns one below the other.
    pub fn stacked(matrix: Matrix) -> Matrix {
        let shape = matrix.shape();
        let column = |dim: Dim| Shape::new(dim, Dim::one());
        let Some(size) = shape.rows.multiply(&shape.columns) else { return matrix };
        match matrix {
            Matrix::Multiple { coefficient, scalars, body } => {
                Matrix::multiple(coefficient, scalars, Matrix::stacked(*body))
            }
            Matrix::Ones(_) => Matrix::Ones(column(size)),
            Matrix::Zeros(_) => Matrix::Zeros(column(size)),
            _ if shape.columns.is_one() => matrix,
            matrix => {
                if let Some(found) = of_reshaped(&matrix, &size) {
                    return found;
                }
                let (inner, shape) = (Box::new(matrix), column(size));
                Matrix::Call { function: "vec".into(), inner, shape }
            }
        }
    }

    /// A vector over a product axis as the matrix of these dimensions whose columns it holds.
    pub fn reshaped(vector: &Expr, shape: &Shape, rows: &Dim, columns: &Dim) -> Matrix {
        let vector = if shape.rows.is_one() { Expr::transpose(vector.clone()) } else { vector.clone() };
        let expr = Expr::call("reshape", vec![vector, rows.to_expr(), columns.to_expr()]);
        Matrix::leaf(expr, Shape::new(rows.clone(), columns.clone()))
    }
}

/// Two neighbours of a Kronecker product as one matrix.
fn beside(left: &Matrix, right: &Matrix) -> Option<Matrix> {
    match (left, right) {
        (Matrix::Eye(one), Matrix::Eye(other)) => Some(Matrix::Eye(one.multiply(other)?)),
        (Matrix::Ones(one), Matrix::Ones(other)) => {
            let (rows, columns) = (one.rows.multiply(&other.rows)?, one.columns.multiply(&other.columns)?);
            Some(Matrix::Ones(Shape::new(rows, columns)))
        }
        _ => {
            let (one, other) = (left.shape(), right.shape());
            let column = |shape: &Shape| shape.columns.is_one() && !shape.rows.is_one();
            let row = |shape: &Shape| shape.rows.is_one() && !shape.columns.is_one();
            let product = match (column(&one) && row(&other), row(&one) && column(&other)) {
                (true, _) => [left.clone(), right.clone()],
                (_, true) => [right.clone(), left.clone()],
                _ => return None,
            };
            Some(Matrix::product(product))
        }
    }
}

/// The vector in `reshape(y, n, m)`.
fn vector_in(matrix: &Matrix, size: &Dim) -> Option<Matrix> {
    let Matrix::Leaf { expr, .. } = matrix else { return None };
    let ExprKind::Call { function, arguments, .. } = &expr.kind else { return None };
    let ([vector, _, _], "reshape") = (arguments.as_slice(), &*function.name) else { return None };
    Some(Matrix::leaf(vector.clone(), Shape::new(size.clone(), Dim::one())))
}

/// `vec(reshape(y, n, m))` is `y`, and `vec(A*reshape(y, n, m)*B)` is `kron(B', A)*y`.
fn of_reshaped(matrix: &Matrix, size: &Dim) -> Option<Matrix> {
    if let Some(vector) = vector_in(matrix, size) {
        return Some(vector);
    }
    let Matrix::Product(chain) = matrix else { return None };
    let mut places = (0..chain.len()).filter(|at| vector_in(&chain[*at], &Dim::one()).is_some());
    let (Some(at), None) = (places.next(), places.next()) else { return None };
    let (left, right) = (&chain[..at], &chain[at + 1..]);
    let shape = chain[at].shape();
    let side = |factors: &[Matrix], dim: &Dim| match factors {
        [] => Matrix::Eye(dim.clone()),
        _ => Matrix::product(factors.iter().cloned()),
    };
    let operator = Matrix::kron([side(right, &shape.columns).transpose(), side(left, &shape.rows)]);
    let vector = vector_in(&chain[at], &shape.rows.multiply(&shape.columns)?)?;
    Some(Matrix::product([operator, vector]))
}
