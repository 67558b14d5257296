//! Parts of matrices that occur more than once, whichever way they are turned.

use super::Matrix;
use crate::syntax::ast::{Expr, ExprKind};

impl Matrix {
    /// Every part, this one first, pieces of products among them.
    pub fn parts(&self) -> Vec<Matrix> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<Matrix>) {
        found.push(self.clone());
        if let Matrix::Product(chain) = self {
            for length in (2..chain.len()).rev() {
                for piece in chain.windows(length) {
                    found.push(Matrix::Product(piece.to_vec()));
                }
            }
        }
        self.inner().into_iter().for_each(|part| part.collect(found));
    }

    fn inner(&self) -> Vec<&Matrix> {
        match self {
            Matrix::Transpose(inner)
            | Matrix::Trace(inner)
            | Matrix::Total(inner)
            | Matrix::Diag(inner)
            | Matrix::Diagvec(inner)
            | Matrix::Call { inner, .. }
            | Matrix::Power { base: inner, .. } => vec![inner],
            Matrix::Product(parts) | Matrix::Hadamard(parts) | Matrix::Kron(parts) | Matrix::Sum(parts) => {
                parts.iter().collect()
            }
            Matrix::Multiple { scalars, body, .. } => scalars.iter().chain([&**body]).collect(),
            Matrix::Leaf { .. } | Matrix::Ones(_) | Matrix::Zeros(_) | Matrix::Eye(_) => Vec::new(),
        }
    }

    /// The matrix with a leaf in place of every copy of a part, turned where the copy is, and their number.
    pub fn replaced(&self, part: &Matrix, leaf: &Matrix) -> (Matrix, usize) {
        let turned = part.clone().transpose();
        let mut count = 0;
        let result = Replace { part, turned: &turned, leaf }.within(self, &mut count);
        (result, count)
    }
}

struct Replace<'a> {
    part: &'a Matrix,
    turned: &'a Matrix,
    leaf: &'a Matrix,
}

impl Replace<'_> {
    fn within(&self, matrix: &Matrix, count: &mut usize) -> Matrix {
        if matrix == self.part {
            *count += 1;
            return self.leaf.clone();
        }
        if matrix == self.turned {
            *count += 1;
            return self.leaf.clone().transpose();
        }
        let mut boxed = |inner: &Matrix| Box::new(self.within(inner, count));
        match matrix {
            Matrix::Transpose(inner) => boxed(inner).transpose(),
            Matrix::Trace(inner) => Matrix::trace(*boxed(inner)),
            Matrix::Total(inner) => Matrix::total(*boxed(inner)),
            Matrix::Diag(inner) => Matrix::Diag(boxed(inner)),
            Matrix::Diagvec(inner) => Matrix::Diagvec(boxed(inner)),
            Matrix::Call { function, inner, shape } => {
                Matrix::Call { function: function.clone(), inner: boxed(inner), shape: shape.clone() }
            }
            Matrix::Power { base, exponent } => Matrix::power(self.within(base, count), *exponent),
            Matrix::Product(chain) => {
                let chain = self.pieces(chain, count);
                Matrix::product(chain.iter().map(|factor| self.within(factor, count)).collect::<Vec<_>>())
            }
            Matrix::Hadamard(parts) => {
                let parts = parts.iter().map(|part| self.within(part, count)).collect::<Vec<_>>();
                // What is put in may be a product or a multiple itself.
                parts.into_iter().reduce(Matrix::hadamard).unwrap_or_else(|| matrix.clone())
            }
            Matrix::Kron(parts) => {
                Matrix::kron(parts.iter().map(|part| self.within(part, count)).collect::<Vec<_>>())
            }
            Matrix::Sum(terms) => {
                let terms = terms.iter().map(|term| self.within(term, count)).collect();
                Matrix::sum(terms, &matrix.shape())
            }
            Matrix::Multiple { coefficient, scalars, body } => {
                let body = self.within(body, count);
                let scalars = scalars.iter().map(|scalar| self.within(scalar, count)).collect();
                Matrix::multiple(coefficient.clone(), scalars, body)
            }
            Matrix::Leaf { expr, shape, symmetric } => match self.part {
                // An expression that has no algebra here: `rowsoftmax(Z)`.
                Matrix::Leaf { expr: name, .. } if matches!(name.kind, ExprKind::Name(_)) => {
                    let expr = replaced_in(expr, name, &|| self.leaf.clone().tidied().to_expr(), count);
                    Matrix::Leaf { expr, shape: shape.clone(), symmetric: *symmetric }
                }
                _ => matrix.clone(),
            },
            Matrix::Ones(_) | Matrix::Zeros(_) | Matrix::Eye(_) => matrix.clone(),
        }
    }

    /// Copies of a product inside a longer one.
    fn pieces(&self, chain: &[Matrix], count: &mut usize) -> Vec<Matrix> {
        let mut result: Vec<Matrix> = Vec::new();
        let mut at = 0;
        while at < chain.len() {
            let piece = [(self.part, false), (self.turned, true)].into_iter().find_map(|(part, turned)| {
                let Matrix::Product(wanted) = part else { return None };
                chain[at..].starts_with(wanted).then_some((wanted.len(), turned))
            });
            match piece {
                Some((length, turned)) => {
                    *count += 1;
                    let leaf = self.leaf.clone();
                    result.push(if turned { leaf.transpose() } else { leaf });
                    at += length;
                }
                None => {
                    result.push(chain[at].clone());
                    at += 1;
                }
            }
        }
        result
    }
}

/// An expression with another in place of a name, and the number of places; what derivatives are taken of and by keeps
/// its names.
fn replaced_in(expr: &Expr, name: &Expr, value: &dyn Fn() -> Expr, count: &mut usize) -> Expr {
    if expr == name {
        *count += 1;
        return value();
    }
    if matches!(expr.kind, ExprKind::Derivative(_)) {
        return expr.clone();
    }
    let places = std::cell::Cell::new(*count);
    let result = expr.map_children(&|child| {
        let mut count = places.get();
        let result = replaced_in(child, name, value, &mut count);
        places.set(count);
        result
    });
    *count = places.get();
    result
}
