//! Factoring of sums: `common-scalar` and `common-side`.

use num_rational::BigRational;
use num_traits::One;

use super::{Matrix, split_coefficient};
use crate::shape::Shape;

/// The cheapest form reached by pulling out common coefficients and common outer factors, pair by pair, the
/// pair with the greatest saving first; ties go to the earlier pair.
pub fn factor_sum(terms: Vec<Matrix>, shape: &Shape) -> Matrix {
    let mut terms = terms;
    loop {
        let mut best: Option<(usize, usize, usize, Matrix)> = None;
        for left in 0..terms.len() {
            for right in left + 1..terms.len() {
                let Some(joined) = join(&terms[left], &terms[right], shape) else { continue };
                let apart = terms[left].cost() + terms[right].cost() + 1;
                let saving = apart.saturating_sub(joined.cost());
                if saving > 0 && best.as_ref().is_none_or(|known| saving > known.0) {
                    best = Some((saving, left, right, joined));
                }
            }
        }
        let Some((_, left, right, joined)) = best else { return Matrix::sum(terms, shape) };
        terms.remove(right);
        terms[left] = joined;
    }
}

/// One term for two that share an outer factor or a coefficient.
fn join(left: &Matrix, right: &Matrix, shape: &Shape) -> Option<Matrix> {
    let ((a, left), (b, right)) = (split_coefficient(left), split_coefficient(right));
    // c*P + c*Q = c*(P + Q); with opposite signs the sign stays inside, with other coefficients both do.
    let minus = || -BigRational::one();
    let (common, inside) = if a == b {
        (a, (BigRational::one(), BigRational::one()))
    } else if a == -b.clone() {
        (a, (BigRational::one(), minus()))
    } else {
        (BigRational::one(), (a, b))
    };
    let (left_scalars, left_chain) = parts(&left);
    let (right_scalars, right_chain) = parts(&right);
    if left_scalars != right_scalars {
        return None;
    }
    let most = left_chain.len().min(right_chain.len());
    let prefix = (0..most).take_while(|at| left_chain[*at] == right_chain[*at]).count();
    let suffix = (0..most)
        .take_while(|at| left_chain[left_chain.len() - 1 - at] == right_chain[right_chain.len() - 1 - at])
        .count();
    // Something must be left of each: otherwise an identity matrix would have to be written.
    let rest = |chain: &[Matrix], from: usize, to: usize| -> Option<Matrix> {
        (from < chain.len() - to).then(|| Matrix::product(chain[from..chain.len() - to].iter().cloned()))
    };
    let factored = |prefix: usize, suffix: usize| -> Option<Matrix> {
        let (p, q) = (rest(&left_chain, prefix, suffix)?, rest(&right_chain, prefix, suffix)?);
        let inner_shape = p.shape();
        let inner = Matrix::sum(
            vec![
                Matrix::multiple(inside.0.clone(), Vec::new(), p),
                Matrix::multiple(inside.1.clone(), Vec::new(), q),
            ],
            &inner_shape,
        );
        let before = left_chain[..prefix].iter().cloned();
        let after = left_chain[left_chain.len() - suffix..].iter().cloned();
        Some(Matrix::product(before.chain([inner]).chain(after)))
    };
    let body = [(prefix, suffix), (prefix, 0), (0, suffix)]
        .into_iter()
        .filter(|(prefix, suffix)| prefix + suffix > 0)
        .filter_map(|(prefix, suffix)| factored(prefix, suffix))
        .min_by_key(Matrix::cost)
        .or_else(|| {
            // Nothing at the sides: a common coefficient or scalar alone.
            let worthwhile = (!common.is_one() && common != minus()) || !left_scalars.is_empty();
            worthwhile.then(|| {
                let (p, q) = (Matrix::product(left_chain.clone()), Matrix::product(right_chain.clone()));
                Matrix::sum(
                    vec![
                        Matrix::multiple(inside.0.clone(), Vec::new(), p),
                        Matrix::multiple(inside.1.clone(), Vec::new(), q),
                    ],
                    shape,
                )
            })
        })?;
    Some(Matrix::multiple(common, left_scalars, body))
}

fn parts(term: &Matrix) -> (Vec<Matrix>, Vec<Matrix>) {
    let (scalars, body) = match term {
        Matrix::Multiple { scalars, body, .. } => (scalars.clone(), (**body).clone()),
        other => (Vec::new(), other.clone()),
    };
    match body {
        Matrix::Product(chain) => (scalars, chain),
        other => (scalars, vec![other]),
    }
}
