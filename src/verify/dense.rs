//! Dense arrays of numbers, in row-major order.

use std::fmt;

use smallvec::{SmallVec, smallvec};

use super::error::{Eval, EvalError};
use super::number::Number;

/// More elements than this are refused.
pub const ELEMENTS: usize = 1 << 24;

/// Lengths of up to four axes. A matrix, vector or scalar has always two: rows and columns.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    sizes: [usize; 4],
    /// Literally 1, not a dimension that happens to be 1 here: such an axis carries no index.
    unit: [bool; 4],
    rank: usize,
}

impl Axes {
    /// Errors when there are more than four axes or too many elements.
    pub fn new(axes: &[(usize, bool)]) -> Eval<Axes> {
        let mut result = Axes { sizes: [1; 4], unit: [true; 4], rank: axes.len() };
        if axes.len() > 4 {
            return Err(EvalError::unsupported("arrays of more than four axes"));
        }
        let mut elements = 1usize;
        for (position, &(size, unit)) in axes.iter().enumerate() {
            let product = elements.checked_mul(size).filter(|n| *n <= ELEMENTS);
            elements = product.ok_or_else(|| EvalError::limit("elements"))?;
            result.sizes[position] = size;
            result.unit[position] = unit && size == 1;
        }
        Ok(result)
    }

    pub fn scalar() -> Axes {
        Axes { sizes: [1; 4], unit: [true; 4], rank: 2 }
    }

    pub fn sizes(&self) -> &[usize] {
        &self.sizes[..self.rank]
    }

    pub fn elements(&self) -> usize {
        self.sizes().iter().product()
    }

    /// Two axes, both literally 1.
    pub fn is_scalar(&self) -> bool {
        self.rank == 2 && self.unit[0] && self.unit[1]
    }

    /// Rows and columns with their unit marks; an error for higher arrays.
    pub fn matrix(&self, operation: impl fmt::Display) -> Eval<[(usize, bool); 2]> {
        if self.rank != 2 {
            return Err(EvalError::shape(operation, self));
        }
        Ok([(self.sizes[0], self.unit[0]), (self.sizes[1], self.unit[1])])
    }

    /// The axes that carry an index.
    pub fn carrying(&self) -> Vec<(usize, bool)> {
        (0..self.rank).filter(|&axis| !self.unit[axis]).map(|axis| (self.sizes[axis], false)).collect()
    }

    /// The row is literally 1 and the column is not.
    pub fn is_row(&self) -> bool {
        self.rank == 2 && self.unit[0] && !self.unit[1]
    }

    /// The length that the index at `position` of `count` runs over; a vector takes one index.
    pub fn range(&self, position: usize, count: usize) -> Option<usize> {
        if count == self.rank {
            return self.sizes.get(position).copied();
        }
        if count == 1 && self.rank == 2 {
            return match (self.unit[0], self.unit[1]) {
                (_, true) => Some(self.sizes[0]),
                (true, false) => Some(self.sizes[1]),
                // A matrix literal's or a dimension's 1: decided by the lengths alone.
                _ if self.sizes[1] == 1 => Some(self.sizes[0]),
                _ if self.sizes[0] == 1 => Some(self.sizes[1]),
                _ => None,
            };
        }
        None
    }

    /// Place of an entry; indices start at 1.
    pub fn offset(&self, indices: &[i64]) -> Eval<usize> {
        let mut offset = 0usize;
        for (position, &index) in indices.iter().enumerate() {
            let size = self.range(position, indices.len()).ok_or_else(|| {
                EvalError::shape(format_args!("an entry with {} indices", indices.len()), self)
            })?;
            let place = usize::try_from(index).ok().filter(|i| (1..=size).contains(i));
            offset = offset * size + place.ok_or_else(|| EvalError::index(index, size))? - 1;
        }
        if indices.is_empty() {
            return Err(EvalError::shape("an entry without indices", self));
        }
        Ok(offset)
    }

    /// Unit marks joined: an axis is literally 1 if either side says so.
    fn joined(&self, other: &Axes) -> Axes {
        let mut result = *self;
        for axis in 0..self.rank {
            result.unit[axis] |= other.unit[axis];
        }
        result
    }
}

/// Equality of lengths; the unit marks do not count.
impl PartialEq for Axes {
    fn eq(&self, other: &Axes) -> bool {
        self.sizes() == other.sizes()
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, size) in self.sizes().iter().enumerate() {
            if position > 0 {
                f.write_str(" x ")?;
            }
            write!(f, "{size}")?;
        }
        Ok(())
    }
}

/// Most arrays are scalars: one entry is kept in place.
pub type Entries<N> = SmallVec<[N; 1]>;

/// An array; `data.len() == axes.elements()` always.
#[derive(Debug)]
pub struct Dense<N> {
    pub axes: Axes,
    pub data: Entries<N>,
}

impl<N: Copy> Clone for Dense<N> {
    fn clone(&self) -> Dense<N> {
        Dense { axes: self.axes, data: Entries::from_slice(&self.data) }
    }
}

impl<N: Number> Dense<N> {
    pub fn scalar(value: N) -> Dense<N> {
        Dense { axes: Axes::scalar(), data: smallvec![value] }
    }

    pub fn filled(axes: Axes, value: N) -> Dense<N> {
        Dense { axes, data: smallvec![value; axes.elements()] }
    }

    pub fn zeros(axes: Axes) -> Dense<N> {
        Dense::filled(axes, N::ZERO)
    }

    pub fn eye(size: (usize, bool)) -> Eval<Dense<N>> {
        let mut result = Dense::zeros(Axes::new(&[size, size])?);
        for i in 0..size.0 {
            result.data[i * size.0 + i] = N::ONE;
        }
        Ok(result)
    }

    pub fn map(&self, f: impl Fn(N) -> N) -> Dense<N> {
        let mut result = self.clone();
        result.data.iter_mut().for_each(|x| *x = f(*x));
        result
    }

    pub fn transpose(&self) -> Eval<Dense<N>> {
        let [rows, columns] = self.axes.matrix("the transpose")?;
        let axes = Axes::new(&[columns, rows])?;
        let mut data = Entries::with_capacity(self.data.len());
        for j in 0..columns.0 {
            data.extend((0..rows.0).map(|i| self.data[i * columns.0 + j]));
        }
        Ok(Dense { axes, data })
    }

    /// Entry by entry; a scalar on one side acts on every entry of the other.
    pub fn zip(&self, other: &Dense<N>, operation: &str, f: impl Fn(N, N) -> N) -> Eval<Dense<N>> {
        if self.axes == other.axes {
            let mut result = self.clone();
            result.axes = self.axes.joined(&other.axes);
            result.data.iter_mut().zip(&other.data).for_each(|(a, &b)| *a = f(*a, b));
            return Ok(result);
        }
        if other.axes.is_scalar() {
            let scalar = other.data[0];
            return Ok(self.map(|a| f(a, scalar)));
        }
        if self.axes.is_scalar() {
            let scalar = self.data[0];
            return Ok(other.map(|b| f(scalar, b)));
        }
        Err(EvalError::shapes(operation, self.axes, other.axes))
    }

    /// Adds what has the same axes.
    pub fn accumulate(&mut self, other: &Dense<N>) {
        self.axes = self.axes.joined(&other.axes);
        self.data.iter_mut().zip(&other.data).for_each(|(sum, &entry)| *sum += entry);
    }

    pub fn multiply(&self, other: &Dense<N>) -> Eval<Dense<N>> {
        let [rows, inner] = self.axes.matrix("the product")?;
        let [height, columns] = other.axes.matrix("the product")?;
        if inner.0 != height.0 {
            return Err(EvalError::shapes("the product", self.axes, other.axes));
        }
        let (n, m) = (inner.0, columns.0);
        let mut result = Dense::zeros(Axes::new(&[rows, columns])?);
        // Tangents are mostly zero: walk over the nonzero entries of the emptier side.
        let nonzero = |dense: &Dense<N>| dense.data.iter().filter(|x| !x.is_zero()).count();
        if nonzero(self).saturating_mul(m) <= nonzero(other).saturating_mul(rows.0) {
            for (place, &a) in self.data.iter().enumerate().filter(|(_, a)| !a.is_zero()) {
                let (i, k) = (place / n, place % n);
                let row = &other.data[k * m..(k + 1) * m];
                for (target, &b) in result.data[i * m..(i + 1) * m].iter_mut().zip(row) {
                    *target += a * b;
                }
            }
        } else {
            for (place, &b) in other.data.iter().enumerate().filter(|(_, b)| !b.is_zero()) {
                let (k, j) = (place / m, place % m);
                for i in 0..rows.0 {
                    result.data[i * m + j] += self.data[i * n + k] * b;
                }
            }
        }
        Ok(result)
    }

    pub fn total(&self) -> Dense<N> {
        Dense::scalar(self.data.iter().fold(N::ZERO, |sum, &x| sum + x))
    }

    pub fn trace(&self) -> Eval<Dense<N>> {
        let [rows, columns] = self.axes.matrix("the trace")?;
        if rows.0 != columns.0 {
            return Err(EvalError::shape("the trace", self.axes));
        }
        Ok(Dense::scalar((0..rows.0).fold(N::ZERO, |sum, i| sum + self.data[i * rows.0 + i])))
    }

    /// The diagonal matrix of a row or column.
    pub fn diagonal(&self) -> Eval<Dense<N>> {
        let [rows, columns] = self.axes.matrix("diag")?;
        let size = match (rows.0, columns.0) {
            (_, 1) => rows,
            (1, _) => columns,
            _ => return Err(EvalError::shape("diag", self.axes)),
        };
        let mut result = Dense::zeros(Axes::new(&[size, size])?);
        for (i, &x) in self.data.iter().enumerate() {
            result.data[i * size.0 + i] = x;
        }
        Ok(result)
    }

    /// The diagonal of a square matrix as a column.
    pub fn diagonal_entries(&self) -> Eval<Dense<N>> {
        let [rows, columns] = self.axes.matrix("diagvec")?;
        if rows.0 != columns.0 {
            return Err(EvalError::shape("diagvec", self.axes));
        }
        let data = (0..rows.0).map(|i| self.data[i * rows.0 + i]).collect();
        Ok(Dense { axes: Axes::new(&[rows, (1, true)])?, data })
    }

    /// Sums over all axes of `self` against the leading axes of `other`; what remains of `other` is the
    /// result, one axis as a column.
    pub fn contract(&self, other: &Dense<N>) -> Eval<Dense<N>> {
        let mismatch = || EvalError::shapes("the contraction", self.axes, other.axes);
        let (remaining, count) = if self.axes == other.axes {
            (Vec::new(), 1)
        } else {
            let (summed, all) = (self.axes.carrying(), other.axes.carrying());
            let sizes = |axes: &[(usize, bool)]| axes.iter().map(|axis| axis.0).collect::<Vec<_>>();
            let leading = all.get(..summed.len()).ok_or_else(mismatch)?;
            if sizes(leading) != sizes(&summed) {
                return Err(mismatch());
            }
            let rest = all[summed.len()..].to_vec();
            let count = rest.iter().map(|axis| axis.0).product();
            (rest, count)
        };
        let axes = match remaining[..] {
            [] => Axes::scalar(),
            [single] => Axes::new(&[single, (1, true)])?,
            _ => Axes::new(&remaining)?,
        };
        let mut result = Dense::zeros(axes);
        for (&a, row) in self.data.iter().zip(other.data.chunks(count.max(1))) {
            if !a.is_zero() {
                for (target, &b) in result.data.iter_mut().zip(row) {
                    *target += a * b;
                }
            }
        }
        Ok(result)
    }
}
