//! Two diagonals, inner products or traces of one kind as one.

use super::Matrix;
use super::factor::{View, factor_sum, hadamard, sides};
use crate::shape::Shape;

/// `diag(v) + diag(w) = diag(v + w)`.
pub(super) fn diagonals(left: &View, right: &View) -> Option<Matrix> {
    let (Matrix::Diag(v), Matrix::Diag(w)) = (&left.body, &right.body) else { return None };
    let column = |vector: &Matrix| match vector.shape().rows.is_one() {
        true => vector.clone().transpose(),
        false => vector.clone(),
    };
    let (v, w) = (column(v), column(w));
    let shape = v.shape();
    let term = |view: &View, body| Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body);
    let sum = factor_sum(vec![term(left, v), term(right, w)], &shape);
    Some(match sum {
        Matrix::Multiple { coefficient, scalars, body } => {
            Matrix::multiple(coefficient, scalars, Matrix::Diag(body))
        }
        other => Matrix::Diag(Box::new(other)),
    })
}

/// `diagvec(A) + diagvec(B) = diagvec(A + B)`, where one of them may be written `rowsum(P .* Q)` for `diagvec(P*Q')`.
pub(super) fn diagonal_vectors(left: &View, right: &View) -> Option<Matrix> {
    let behind = |body: &Matrix| match body {
        Matrix::Diagvec(inner) => Some((**inner).clone()),
        Matrix::Call { function, inner, .. } if &**function == "rowsum" => match &**inner {
            Matrix::Hadamard(parts) => {
                let (first, rest) = parts.split_first()?;
                let rest = hadamard(rest.to_vec(), &first.shape());
                Some(Matrix::product([first.clone(), rest.transpose()]))
            }
            _ => None,
        },
        _ => None,
    };
    if !matches!((&left.body, &right.body), (Matrix::Diagvec(_), _) | (_, Matrix::Diagvec(_))) {
        return None;
    }
    let (a, b) = (behind(&left.body)?, behind(&right.body)?);
    let shape = a.shape();
    let term = |view: &View, body| Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body);
    // A diagonal is that of the transpose.
    let sums =
        [b.clone(), b.transpose()].map(|b| factor_sum(vec![term(left, a.clone()), term(right, b)], &shape));
    let [straight, turned] = sums;
    let sum = if turned.cost() < straight.cost() { turned } else { straight };
    let (coefficient, scalars, inner) = sum.apart();
    Some(Matrix::multiple(coefficient, scalars, Matrix::Diagvec(Box::new(inner))))
}

/// `a'*P*b + a'*Q*b = a'*(P + Q)*b`, also where one of them is written the other way round, `b'*Q'*a`.
pub(super) fn inner_products(left: &View, right: &View) -> Option<Matrix> {
    let scalar = |view: &View| view.body == Matrix::Ones(Shape::scalar());
    if !scalar(left) || !scalar(right) {
        return None;
    }
    let chains = |view: &View| -> Vec<(View, Vec<Matrix>)> {
        let products = view.scalars.iter().enumerate().filter_map(|(at, scalar)| match scalar {
            Matrix::Product(chain) => {
                let mut view = View { body: scalar.clone(), ..view.clone() };
                view.scalars.remove(at);
                Some((view, chain.clone()))
            }
            _ => None,
        });
        products.collect()
    };
    let mut found: Vec<Matrix> = Vec::new();
    for (left, _) in chains(left) {
        for (right, chain) in chains(right) {
            let turned = Matrix::Product(chain.into_iter().rev().map(Matrix::transpose).collect());
            let turned = View { body: turned, ..right.clone() };
            found.extend([right, turned].iter().filter_map(|right| sides(&left, right)));
        }
    }
    found.into_iter().min_by_key(Matrix::cost)
}

/// Traces of longer chains are left as they are: all rotations are tried.
const MOST_LINKS: usize = 6;

/// `tr(A*P) + tr(A*Q) = tr(A*(P + Q))`, with the factors in any rotation of one of them and turned.
pub(super) fn traces(left: &View, right: &View) -> Option<Matrix> {
    let scalar = |view: &View| view.body == Matrix::Ones(Shape::scalar());
    if !scalar(left) || !scalar(right) {
        return None;
    }
    let chains = |view: &View| -> Vec<(View, Vec<Matrix>)> {
        let traces = view.scalars.iter().enumerate().filter_map(|(at, scalar)| match scalar {
            Matrix::Trace(inner) => match &**inner {
                Matrix::Product(chain) if chain.len() <= MOST_LINKS => {
                    let mut view = view.clone();
                    view.scalars.remove(at);
                    Some((view, chain.clone()))
                }
                _ => None,
            },
            _ => None,
        });
        traces.collect()
    };
    let rotated = |chain: &[Matrix], by: usize| {
        let mut chain = chain.to_vec();
        chain.rotate_left(by);
        chain
    };
    let mut found: Vec<Matrix> = Vec::new();
    for (one, chain) in chains(left) {
        for (other, second) in chains(right) {
            let turned: Vec<Matrix> = second.iter().rev().cloned().map(Matrix::transpose).collect();
            for by in 0..chain.len() {
                let one = View { body: Matrix::Product(rotated(&chain, by)), ..one.clone() };
                for second in [&second, &turned] {
                    for by in 0..second.len() {
                        let other = View { body: Matrix::Product(rotated(second, by)), ..other.clone() };
                        found.extend(sides(&one, &other).map(Matrix::trace));
                    }
                }
            }
        }
    }
    found.into_iter().min_by_key(Matrix::cost)
}
