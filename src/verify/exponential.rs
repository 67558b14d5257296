//! The exponential of a square matrix: its series for a part of the matrix, squared.

use num_bigint::BigInt;
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
        let part = reciprocal::<N>(BigInt::from(1) << halvings)?;
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

fn reciprocal<N: Number>(number: BigInt) -> Eval<N> {
    let value = BigRational::new(1.into(), number);
    N::rational(&value).ok_or_else(|| EvalError::unsupported("this number"))
}

fn times<N: Number>(value: &Dual<N>, by: N) -> Eval<Dual<N>> {
    value.linear(|dense| Ok(dense.map(|entry| entry * by)))
}
