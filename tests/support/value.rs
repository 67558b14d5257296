//! Dense matrices of floating-point numbers; vectors have one column, scalars one row and one column.

use super::Result;

#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub rows: usize,
    pub columns: usize,
    /// Row by row.
    pub data: Vec<f64>,
}

impl Value {
    pub fn scalar(value: f64) -> Value {
        Value { rows: 1, columns: 1, data: vec![value] }
    }

    pub fn vector(data: Vec<f64>) -> Value {
        Value { rows: data.len(), columns: 1, data }
    }

    /// Entries by row and column, both from 0.
    pub fn matrix(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Value {
        let mut data = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                data.push(entry(row, column));
            }
        }
        Value { rows, columns, data }
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.data[row * self.columns + column]
    }

    pub fn is_scalar(&self) -> bool {
        self.rows == 1 && self.columns == 1
    }

    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Sizes of the axes that carry an index.
    pub fn axes(&self) -> Vec<usize> {
        [self.rows, self.columns].into_iter().filter(|size| *size > 1).collect()
    }

    pub fn as_scalar(&self) -> Result<f64> {
        if self.is_scalar() {
            Ok(self.data[0])
        } else {
            Err(format!("a scalar expected, not {} x {}", self.rows, self.columns))
        }
    }

    pub fn map(&self, function: impl Fn(f64) -> f64) -> Value {
        Value { data: self.data.iter().map(|entry| function(*entry)).collect(), ..*self }
    }

    /// Entry by entry, a scalar on either side standing for every entry.
    pub fn zip(&self, other: &Value, function: impl Fn(f64, f64) -> f64) -> Result<Value> {
        if self.shape() == other.shape() {
            let data = self.data.iter().zip(&other.data).map(|(left, right)| function(*left, *right));
            Ok(Value { data: data.collect(), ..*self })
        } else if other.is_scalar() {
            Ok(self.map(|entry| function(entry, other.data[0])))
        } else if self.is_scalar() {
            Ok(other.map(|entry| function(self.data[0], entry)))
        } else {
            Err(format!("{:?} and {:?} entry by entry", self.shape(), other.shape()))
        }
    }

    pub fn transpose(&self) -> Value {
        Value::matrix(self.columns, self.rows, |row, column| self.at(column, row))
    }

    /// The matrix product, or a scalar times anything.
    pub fn times(&self, other: &Value) -> Result<Value> {
        if self.is_scalar() || other.is_scalar() {
            return self.zip(other, |left, right| left * right);
        }
        if self.columns != other.rows {
            return Err(format!("{:?} times {:?}", self.shape(), other.shape()));
        }
        Ok(Value::matrix(self.rows, other.columns, |row, column| {
            (0..self.columns).map(|inner| self.at(row, inner) * other.at(inner, column)).sum()
        }))
    }

    /// The inverse and the determinant of a square matrix, by elimination with the largest pivot.
    pub fn inverse(&self) -> Result<(Value, f64)> {
        if self.rows != self.columns {
            return Err(format!("{:?} is not square", self.shape()));
        }
        let size = self.rows;
        let mut left: Vec<Vec<f64>> = (0..size).map(|row| self.row(row).to_vec()).collect();
        let mut right: Vec<Vec<f64>> =
            (0..size).map(|row| (0..size).map(|column| f64::from(row == column)).collect()).collect();
        let mut det = 1.0;
        for at in 0..size {
            let pivot = (at..size).max_by(|a, b| left[*a][at].abs().total_cmp(&left[*b][at].abs())).unwrap();
            if pivot != at {
                left.swap(pivot, at);
                right.swap(pivot, at);
                det = -det;
            }
            let head = left[at][at];
            if head == 0.0 {
                return Err("a singular matrix".to_string());
            }
            det *= head;
            left[at].iter_mut().chain(&mut right[at]).for_each(|entry| *entry /= head);
            let (of, to) = (left[at].clone(), right[at].clone());
            for row in (0..size).filter(|row| *row != at) {
                let factor = left[row][at];
                left[row].iter_mut().zip(&of).for_each(|(entry, other)| *entry -= factor * other);
                right[row].iter_mut().zip(&to).for_each(|(entry, other)| *entry -= factor * other);
            }
        }
        Ok((Value { data: right.concat(), ..*self }, det))
    }

    pub fn sum(&self) -> f64 {
        self.data.iter().sum()
    }

    pub fn largest(&self) -> f64 {
        self.data.iter().fold(0.0, |largest, entry| largest.max(entry.abs()))
    }

    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.columns..(row + 1) * self.columns]
    }

    pub fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self.at(row, column)).collect()
    }
}
