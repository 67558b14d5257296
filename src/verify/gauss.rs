//! Determinant and inverse of a matrix by elimination, and their derivatives as those of its steps.

use super::dense::{Dense, Entries};
use super::dual::Dual;
use super::number::Number;

/// The pivot of one column, with all that was done to other rows because of it.
struct Step<N> {
    /// The row that was exchanged with that of the column's number.
    row: usize,
    pivot: N,
    inverse: N,
    /// The pivot's row, divided by it.
    scaled: Vec<N>,
    /// What is taken of it from every row after it; from those before it too, where the matrix is to be inverted.
    factors: Vec<N>,
}

/// The steps of an elimination.
struct Steps<N> {
    size: usize,
    /// Of a row: beside the matrix there may stand another one.
    width: usize,
    steps: Vec<Step<N>>,
}

/// The determinant of a square matrix; `None` where every pivot that is left is, or may be, zero.
pub fn determinant<N: Number>(matrix: &Dual<N>, size: usize) -> Option<Dual<N>> {
    let (steps, _) = Steps::of(matrix.primal.data.to_vec(), size, false)?;
    let product = |without: Option<usize>| {
        let kept = steps.steps.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        kept.fold(N::ONE, |product, (_, step)| product * step.pivot)
    };
    let others: Vec<N> = (0..size).map(|at| product(Some(at))).collect();
    let exchanged = steps.steps.iter().enumerate().filter(|(column, step)| step.row != *column).count();
    let scalar = |value: N| Dense::scalar(if exchanged % 2 == 1 { -value } else { value });
    let along = |tangent: &Dense<N>| {
        let (slopes, _) = steps.along(tangent.data.to_vec());
        scalar(slopes.iter().zip(&others).fold(N::ZERO, |sum, (&slope, &rest)| sum + slope * rest))
    };
    let tangents = matrix.tangents.iter().map(|tangent| tangent.as_ref().map(along)).collect();
    Some(Dual { primal: scalar(product(None)), tangents })
}

/// The inverse of a square matrix; `None` where every pivot that is left is, or may be, zero.
pub fn inverse<N: Number>(matrix: &Dual<N>, size: usize) -> Option<Dual<N>> {
    if size == 0 {
        return None;
    }
    let axes = matrix.primal.axes;
    let beside = |dense: &Dense<N>, diagonal: N| -> Vec<N> {
        let rows = dense.data.chunks(size).enumerate();
        let unit = |row: usize| (0..size).map(move |at| if at == row { diagonal } else { N::ZERO });
        rows.flat_map(|(number, row)| row.iter().copied().chain(unit(number))).collect()
    };
    let right = |rows: &[N]| -> Dense<N> {
        let data: Entries<N> = rows.chunks(2 * size).flat_map(|row| &row[size..]).copied().collect();
        Dense { axes, data }
    };
    let (steps, rows) = Steps::of(beside(&matrix.primal, N::ONE), size, true)?;
    let along = |tangent: &Dense<N>| right(&steps.along(beside(tangent, N::ZERO)).1);
    let tangents = matrix.tangents.iter().map(|tangent| tangent.as_ref().map(along)).collect();
    Some(Dual { primal: right(&rows), tangents })
}

impl<N: Number> Steps<N> {
    /// Eliminates the entries below the diagonal, above it too with `all`; with the rows that are left.
    fn of(mut rows: Vec<N>, size: usize, all: bool) -> Option<(Steps<N>, Vec<N>)> {
        let width = rows.len().checked_div(size)?;
        let mut steps = Vec::with_capacity(size);
        for column in 0..size {
            let mut pivots =
                (column..size).filter_map(|row| Some((row, rows[row * width + column].inverse().ok()?)));
            // Exact, one is as good as another.
            let (row, inverse) = if N::ORDERED { pivots.reduce(N::better_pivot) } else { pivots.next() }?;
            exchange(&mut rows, width, column, row);
            let own = &mut rows[column * width..(column + 1) * width];
            let pivot = own[column];
            own[column] = N::ONE;
            own[column + 1..].iter_mut().for_each(|entry| *entry = *entry * inverse);
            let scaled = own.to_vec();
            let factors = (0..size).map(|other| match other {
                _ if other > column || all && other != column => rows[other * width + column],
                _ => N::ZERO,
            });
            let factors: Vec<N> = factors.collect();
            for (row, &factor) in rows.chunks_mut(width).zip(&factors).filter(|(_, f)| !f.is_zero()) {
                take(&mut row[column + 1..], factor, &scaled[column + 1..]);
            }
            steps.push(Step { row, pivot, inverse, scaled, factors });
        }
        Some((Steps { size, width, steps }, rows))
    }

    /// How fast the pivots and the rows that are left change when the rows move along others: the steps, each by the
    /// product rule.
    fn along(&self, mut rows: Vec<N>) -> (Vec<N>, Vec<N>) {
        let width = self.width;
        let mut slopes = Vec::with_capacity(self.size);
        for (column, step) in self.steps.iter().enumerate() {
            exchange(&mut rows, width, column, step.row);
            let own = &mut rows[column * width..(column + 1) * width];
            let slope = own[column];
            if !slope.is_zero() {
                take(&mut own[column + 1..], slope, &step.scaled[column + 1..]);
            }
            own[column + 1..].iter_mut().for_each(|entry| *entry = *entry * step.inverse);
            let scaled = own[column + 1..].to_vec();
            let still = scaled.iter().all(|entry| entry.is_zero());
            for (other, row) in rows.chunks_mut(width).enumerate().filter(|(other, _)| *other != column) {
                // The factor's own slope: only of rows from which something is taken.
                let moved = if other > column || self.inverts() { row[column] } else { N::ZERO };
                if !moved.is_zero() {
                    take(&mut row[column + 1..], moved, &step.scaled[column + 1..]);
                }
                if !still && !step.factors[other].is_zero() {
                    take(&mut row[column + 1..], step.factors[other], &scaled);
                }
            }
            slopes.push(slope);
        }
        (slopes, rows)
    }

    fn inverts(&self) -> bool {
        self.width > self.size
    }
}

fn exchange<N>(rows: &mut [N], width: usize, one: usize, other: usize) {
    if one != other {
        (0..width).for_each(|at| rows.swap(one * width + at, other * width + at));
    }
}

/// `row - factor * other`
fn take<N: Number>(row: &mut [N], factor: N, other: &[N]) {
    row.iter_mut().zip(other).for_each(|(entry, &from)| *entry = *entry - factor * from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::dense::Axes;
    use crate::verify::field::{Field, Generator};
    use crate::verify::real::Real;

    fn dense<N: Number>(size: usize, entry: impl Fn(usize, usize) -> N) -> Dense<N> {
        let axes = Axes::new(&[(size, false), (size, false)]).unwrap();
        Dense { axes, data: (0..size * size).map(|at| entry(at / size, at % size)).collect() }
    }

    /// By the first row's minors: the definition.
    fn by_minors(rows: &[Vec<Field>]) -> Field {
        let Some((first, rest)) = rows.split_first() else { return Field::ONE };
        first.iter().enumerate().fold(Field::ZERO, |sum, (column, &entry)| {
            let minor: Vec<Vec<Field>> = rest
                .iter()
                .map(|row| row.iter().enumerate().filter(|(at, _)| *at != column).map(|(_, x)| *x).collect())
                .collect();
            let part = entry * by_minors(&minor);
            if column % 2 == 0 { sum + part } else { sum - part }
        })
    }

    /// A polynomial of degree `size` in the step: its slope at 0 from its values at 0 to `size`, by Lagrange.
    fn slope(size: usize, value: impl Fn(i64) -> Field) -> Field {
        let at = |number: i64| Field::integer(number);
        (0..=size as i64).fold(Field::ZERO, |sum, node| {
            let others = || (0..=size as i64).filter(move |other| *other != node);
            let below = others().fold(Field::ONE, |p, other| p * at(node - other)).inverse().unwrap();
            let above = others().fold(Field::ZERO, |s, out| {
                s + others().filter(|other| *other != out).fold(Field::ONE, |p, other| p * at(-other))
            });
            sum + value(node) * above * below
        })
    }

    /// Matrices with zeros, also where the first pivots would be, and tangents without.
    fn samples() -> impl Iterator<Item = (usize, Dual<Field>)> {
        let mut generator = Generator::new(11);
        (1..=6).map(move |size| {
            let drawn: Vec<Field> = (0..2 * size * size).map(|_| generator.field()).collect();
            let zero = |row: usize, column: usize| (row + 2 * column).is_multiple_of(4) && size > 1;
            let value =
                |row, column| if zero(row, column) { Field::ZERO } else { drawn[row * size + column] };
            let along = |row, column| drawn[size * size + row * size + column];
            (size, Dual { primal: dense(size, value), tangents: vec![None, Some(dense(size, along))] })
        })
    }

    #[test]
    fn determinants_and_their_slopes_are_those_of_the_expansion_by_minors() {
        let mut met = 0;
        for (size, matrix) in samples() {
            let along = matrix.tangent(1).unwrap();
            let moved = |step: i64| {
                let entry = |at: usize| matrix.primal.data[at] + Field::integer(step) * along.data[at];
                let rows = (0..size).map(|i| (0..size).map(|j| entry(i * size + j)).collect());
                by_minors(&rows.collect::<Vec<_>>())
            };
            let Some(found) = determinant(&matrix, size) else {
                assert!(moved(0).is_zero(), "{size}");
                continue;
            };
            met += 1;
            assert_eq!(found.primal.data[0], moved(0), "{size}");
            assert!(found.tangent(0).is_none());
            assert_eq!(found.tangent(1).unwrap().data[0], slope(size, moved), "{size}");
        }
        assert!(met > 3);
    }

    /// `A inv(A) = I`, whose slope `A' inv(A) + A inv(A)'` is zero; from both sides.
    #[test]
    fn inverses_and_their_slopes_are_those_of_the_identity() {
        let mut met = 0;
        for (size, matrix) in samples() {
            let Some(found) = inverse(&matrix, size) else { continue };
            met += 1;
            for product in [
                matrix.bilinear(&found, Dense::multiply).unwrap(),
                found.bilinear(&matrix, Dense::multiply).unwrap(),
            ] {
                let unit = dense(size, |i, j| if i == j { Field::ONE } else { Field::ZERO });
                assert_eq!(product.primal.data, unit.data, "{size}");
                assert!(product.tangent(0).is_none());
                assert!(product.tangent(1).unwrap().data.iter().all(|entry| entry.is_zero()), "{size}");
            }
        }
        assert!(met > 3);
    }

    #[test]
    fn singular_matrices_have_no_pivot() {
        let whole = |number: usize| Field::integer(number as i64);
        let first = |i: usize, j: usize| whole(3 * i + 7 * j + 1) * whole(i + 2);
        assert!(determinant(&dense(5, first).into(), 5).is_none());
        assert!(inverse(&dense(5, first).into(), 5).is_none());
        let rounded = |i: usize, j: usize| Real::exact(0.1 * (3 * i + 7 * j + 1) as f64);
        assert!(determinant(&dense(5, rounded).into(), 5).is_none());
        assert!(inverse(&dense(5, rounded).into(), 5).is_none());
    }
}
