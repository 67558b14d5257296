//! The exponential of a square matrix: its series for a part of the matrix, squared.

use num_rational::BigRational;

use super::dense::Dense;
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::Number;

/// The terms of the series after the first: what is left out of that of a matrix of norm 1/2 is below 10^-19.
const TERMS: u32 = 16;
/// Larger matrices are not halved so often: the errors double with each square.
const HALVINGS: i32 = 8;
/// More than the rounding errors of a bound of some hundred operations.
const SLACK: f64 = 1.0 + 1e-9;

impl<N: Number> Evaluator<'_, N> {
    /// `exp(A) = exp(A/2^s)^(2^s)`, with the derivatives of this very computation.
    ///
    /// Value and derivative together are an element of an algebra whose norm, the sum of the norms of the parts, is
    /// submultiplicative. So the series' remainder there bounds that of every part: with `b` a bound of the norm and `p`
    /// the number of terms, it is at most `b^(p+1)/(p+1)! / (1 - b/(p+2))` (Higham, Functions of Matrices, theorem 4.8).
    ///
    /// Errors in a domain without a norm, and for so large a matrix that the bounds would tell nothing.
    pub(super) fn exponential(&mut self, matrix: &Dual<N>, size: usize) -> Eval<Dual<N>> {
        let norm = norm(matrix, size)? * SLACK;
        let halvings = (0..=HALVINGS).find(|halvings| norm / f64::powi(2.0, *halvings) <= 0.5);
        let halvings = halvings.ok_or_else(|| EvalError::large("`expm`"))?;
        let axes = matrix.primal.axes;
        let part = reciprocal::<N>(1 << halvings)?;
        let scaled = times(matrix, part)?;
        let bound = norm / f64::powi(2.0, halvings);
        let mut unit = Dense::zeros(axes);
        (0..size).for_each(|at| unit.data[at * size + at] = N::ONE);
        let unit = Dual::from(unit);
        // From the innermost bracket of `I + B (I + B/2 (I + B/3 …))`: no sum takes in what is too small to be seen in it.
        let mut sum = unit.clone();
        let mut remainder = bound;
        for number in (1..=TERMS).rev() {
            let product = self.multiply(&scaled, &sum)?;
            sum = unit.add(&times(&product, reciprocal::<N>(number.into())?)?)?;
            remainder *= bound / f64::from(number + 1);
        }
        remainder *= SLACK / (1.0 - bound / f64::from(TERMS + 2));
        let mut power = sum.linear(|dense| Ok(dense.map(|entry| entry.widened(remainder))))?;
        for _ in 0..halvings {
            power = self.multiply(&power, &power)?;
        }
        Ok(power)
    }
}

/// A bound of the largest row sum, of the value and of one tangent together.
fn norm<N: Number>(matrix: &Dual<N>, size: usize) -> Eval<f64> {
    let rows = |dense: &Dense<N>| -> Option<f64> {
        let sums = dense.data.chunks(size.max(1)).map(|row| {
            row.iter().try_fold(0.0, |sum, entry| entry.magnitude().map(|magnitude| sum + magnitude))
        });
        sums.into_iter().try_fold(0.0, |most: f64, sum| sum.map(|sum| most.max(sum)))
    };
    let tangents = matrix.tangents.iter().flatten().map(&rows);
    let tangent = tangents.into_iter().try_fold(0.0, |most: f64, norm| norm.map(|norm| most.max(norm)));
    let norm = rows(&matrix.primal).zip(tangent).map(|(value, tangent)| value + tangent);
    norm.ok_or_else(|| EvalError::unsupported("this function in exact arithmetic"))
}

fn reciprocal<N: Number>(number: i64) -> Eval<N> {
    // Exact in floats.
    let exact = number.count_ones() == 1;
    let known = if exact { N::rational(&BigRational::new(1.into(), number.into())) } else { None };
    known.map_or_else(|| N::integer(number).inverse(), Ok)
}

fn times<N: Number>(value: &Dual<N>, by: N) -> Eval<Dual<N>> {
    value.linear(|dense| Ok(dense.map(|entry| entry * by)))
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::problem::Problem;
    use crate::verify::dense::Axes;
    use crate::verify::point::Point;
    use crate::verify::real::Real;

    fn exponential(entries: &[f64], tangent: &[f64], size: usize) -> Dual<Real> {
        let problem = Problem::default();
        let mut evaluator = Evaluator::<Real>::new(&problem, &[], Point::new(Vec::new(), 0));
        let axes = Axes::new(&[(size, false), (size, false)]).unwrap();
        let dense = |data: &[f64]| Dense { axes, data: data.iter().map(|x| Real::exact(*x)).collect() };
        let matrix = Dual { primal: dense(entries), tangents: vec![Some(dense(tangent))] };
        evaluator.exponential(&matrix, size).unwrap()
    }

    /// Whether every number is within its bound, which is a small one and wider than nothing.
    fn bounded(found: &Dense<Real>, exact: &[f64]) {
        for (found, exact) in found.data.iter().zip(exact) {
            let distance = (found.value() - exact).abs();
            assert!(distance <= found.error() + 4.0 * f64::EPSILON * exact.abs(), "{found:?} is not {exact}");
            assert!(found.error() < 1e-9 * (1.0 + exact.abs()), "{found:?}");
        }
    }

    #[test]
    fn rotations_and_what_is_nilpotent_are_within_their_bounds() {
        for angle in [0.01_f64, 0.75, 3.0, 12.5] {
            let (sine, cosine) = angle.sin_cos();
            // Along its own direction, the derivative by the angle.
            let found = exponential(&[0.0, -angle, angle, 0.0], &[0.0, -1.0, 1.0, 0.0], 2);
            bounded(&found.primal, &[cosine, -sine, sine, cosine]);
            bounded(found.tangent(0).unwrap(), &[-sine, -cosine, cosine, -sine]);
        }
        let nilpotent = [0.0, 1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0];
        let mut tangent = [0.0; 9];
        tangent[6] = 1.0;
        let found = exponential(&nilpotent, &tangent, 3);
        bounded(&found.primal, &[1.0, 1.0, 3.5, 0.0, 1.0, 3.0, 0.0, 0.0, 1.0]);
        // Across: the blocks of exp([[A, E], [0, A]]), summed by hand: the sum over p, q of A^p E A^q / (p + q + 1)!.
        let powers = [
            [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            nilpotent,
            [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let mut exact = [0.0; 9];
        for (p, left) in powers.iter().enumerate() {
            for (q, right) in powers.iter().enumerate() {
                let factorial: f64 = (1..=p + q + 1).map(|number| number as f64).product();
                for i in 0..3 {
                    for j in 0..3 {
                        exact[3 * i + j] += left[3 * i + 2] * right[j] / factorial;
                    }
                }
            }
        }
        bounded(found.tangent(0).unwrap(), &exact);
    }

    /// Of what is known less well the exponential is, too.
    #[test]
    fn an_error_of_the_matrix_reaches_the_exponential() {
        let problem = Problem::default();
        let mut evaluator = Evaluator::<Real>::new(&problem, &[], Point::new(Vec::new(), 0));
        let axes = Axes::new(&[(1, false), (1, false)]).unwrap();
        let vague = Dense { axes, data: smallvec![Real::exact(1.5).widened(1e-3)] };
        let found = evaluator.exponential(&vague.into(), 1).unwrap().primal.data[0];
        for end in [1.499_f64, 1.501] {
            assert!((found.value() - end.exp()).abs() <= found.error());
        }
        let large = Dense { axes, data: smallvec![Real::exact(1e6)] };
        assert!(evaluator.exponential(&large.into(), 1).is_err());
    }
}
