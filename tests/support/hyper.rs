//! Second-order dual numbers and dense matrices of them: exact second derivatives of a function that is written out.

use std::collections::BTreeMap;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::support::value::Value;

/// `value + one e + other d + both e d` with `e^2 = d^2 = 0`.
#[derive(Clone, Copy, Debug)]
pub struct Hyper {
    pub value: f64,
    pub one: f64,
    pub other: f64,
    pub both: f64,
}

impl Hyper {
    pub fn constant(value: f64) -> Hyper {
        Hyper { value, one: 0.0, other: 0.0, both: 0.0 }
    }

    /// A function by its value and its first two derivatives here.
    pub fn by(self, value: f64, first: f64, second: f64) -> Hyper {
        Hyper {
            value,
            one: first * self.one,
            other: first * self.other,
            both: first * self.both + second * self.one * self.other,
        }
    }

    pub fn inverse(self) -> Hyper {
        let v = self.value;
        self.by(1.0 / v, -1.0 / (v * v), 2.0 / (v * v * v))
    }

    pub fn exp(self) -> Hyper {
        let e = self.value.exp();
        self.by(e, e, e)
    }

    pub fn log(self) -> Hyper {
        let v = self.value;
        self.by(v.ln(), 1.0 / v, -1.0 / (v * v))
    }

    pub fn sqrt(self) -> Hyper {
        let root = self.value.sqrt();
        self.by(root, 0.5 / root, -0.25 / (root * self.value))
    }

    pub fn sin(self) -> Hyper {
        self.by(self.value.sin(), self.value.cos(), -self.value.sin())
    }

    pub fn sigmoid(self) -> Hyper {
        (Hyper::constant(1.0) + (-self).exp()).inverse()
    }

    pub fn softplus(self) -> Hyper {
        (Hyper::constant(1.0) + self.exp()).log()
    }

    pub fn tanh(self) -> Hyper {
        let (up, down) = (self.exp(), (-self).exp());
        (up - down) / (up + down)
    }
}

impl Add for Hyper {
    type Output = Hyper;
    fn add(self, b: Hyper) -> Hyper {
        Hyper {
            value: self.value + b.value,
            one: self.one + b.one,
            other: self.other + b.other,
            both: self.both + b.both,
        }
    }
}

impl Neg for Hyper {
    type Output = Hyper;
    fn neg(self) -> Hyper {
        Hyper { value: -self.value, one: -self.one, other: -self.other, both: -self.both }
    }
}

impl Sub for Hyper {
    type Output = Hyper;
    fn sub(self, b: Hyper) -> Hyper {
        self + -b
    }
}

impl Mul for Hyper {
    type Output = Hyper;
    fn mul(self, b: Hyper) -> Hyper {
        Hyper {
            value: self.value * b.value,
            one: self.one * b.value + self.value * b.one,
            other: self.other * b.value + self.value * b.other,
            both: self.both * b.value + self.one * b.other + self.other * b.one + self.value * b.both,
        }
    }
}

impl Div for Hyper {
    type Output = Hyper;
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, b: Hyper) -> Hyper {
        self * b.inverse()
    }
}

/// Row by row; a vector has one column.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<Hyper>,
}

impl Matrix {
    pub fn new(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> Hyper) -> Matrix {
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        Matrix { rows, columns, data: places.map(|(row, column)| entry(row, column)).collect() }
    }

    pub fn of(value: &Value) -> Matrix {
        Matrix::new(value.rows, value.columns, |row, column| Hyper::constant(value.at(row, column)))
    }

    pub fn scalar(value: Hyper) -> Matrix {
        Matrix { rows: 1, columns: 1, data: vec![value] }
    }

    pub fn at(&self, row: usize, column: usize) -> Hyper {
        self.data[row * self.columns + column]
    }

    /// The single entry.
    pub fn single(&self) -> Hyper {
        assert_eq!((self.rows, self.columns), (1, 1));
        self.data[0]
    }

    pub fn map(&self, function: impl Fn(Hyper) -> Hyper) -> Matrix {
        Matrix { data: self.data.iter().map(|entry| function(*entry)).collect(), ..*self }
    }

    pub fn zip(&self, other: &Matrix, function: impl Fn(Hyper, Hyper) -> Hyper) -> Matrix {
        assert_eq!((self.rows, self.columns), (other.rows, other.columns));
        let data = self.data.iter().zip(&other.data).map(|(a, b)| function(*a, *b)).collect();
        Matrix { data, ..*self }
    }

    pub fn plus(&self, other: &Matrix) -> Matrix {
        self.zip(other, |a, b| a + b)
    }

    pub fn minus(&self, other: &Matrix) -> Matrix {
        self.zip(other, |a, b| a - b)
    }

    pub fn scaled(&self, by: Hyper) -> Matrix {
        self.map(|entry| entry * by)
    }

    pub fn t(&self) -> Matrix {
        Matrix::new(self.columns, self.rows, |row, column| self.at(column, row))
    }

    pub fn times(&self, other: &Matrix) -> Matrix {
        assert_eq!(self.columns, other.rows);
        Matrix::new(self.rows, other.columns, |row, column| {
            let products = (0..self.columns).map(|k| self.at(row, k) * other.at(k, column));
            products.fold(Hyper::constant(0.0), Hyper::add)
        })
    }

    pub fn sum(&self) -> Hyper {
        self.data.iter().fold(Hyper::constant(0.0), |sum, entry| sum + *entry)
    }

    pub fn dot(&self, other: &Matrix) -> Hyper {
        self.zip(other, |a, b| a * b).sum()
    }

    pub fn trace(&self) -> Hyper {
        (0..self.rows).fold(Hyper::constant(0.0), |sum, k| sum + self.at(k, k))
    }

    /// The inverse and the determinant, by elimination with the greatest pivots.
    pub fn inverse(&self) -> (Matrix, Hyper) {
        let n = self.rows;
        let unit = |row: usize, column: usize| Hyper::constant(f64::from(u8::from(row == column)));
        let mut wide = Matrix::new(n, 2 * n, |row, column| match column < n {
            true => self.at(row, column),
            false => unit(row, column - n),
        });
        let mut determinant = Hyper::constant(1.0);
        for k in 0..n {
            let size = |row: &usize| wide.at(*row, k).value.abs();
            let pivot = (k..n).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
            if pivot != k {
                (0..2 * n).for_each(|column| wide.data.swap(k * 2 * n + column, pivot * 2 * n + column));
                determinant = -determinant;
            }
            let head = wide.at(k, k);
            determinant = determinant * head;
            for column in 0..2 * n {
                let entry = wide.at(k, column) / head;
                wide.data[k * 2 * n + column] = entry;
            }
            for row in (0..n).filter(|row| *row != k) {
                let factor = wide.at(row, k);
                for column in 0..2 * n {
                    let entry = wide.at(row, column) - factor * wide.at(k, column);
                    wide.data[row * 2 * n + column] = entry;
                }
            }
        }
        (Matrix::new(n, n, |row, column| wide.at(row, n + column)), determinant)
    }
}

/// Values of variables by name.
pub type Values = BTreeMap<String, Matrix>;

/// All second derivatives of all entries of a function: the numerator's entry slowest, then that of the first variable.
pub fn second(function: &dyn Fn(&Values) -> Matrix, at: &Values, first: &str, then: &str) -> Vec<f64> {
    let (rows, columns) = (at[first].data.len(), at[then].data.len());
    let mut found: Vec<Vec<f64>> = Vec::new();
    for i in 0..rows {
        for j in 0..columns {
            let mut moved = at.clone();
            moved.get_mut(first).unwrap().data[i].one = 1.0;
            moved.get_mut(then).unwrap().data[j].other = 1.0;
            found.push(function(&moved).data.iter().map(|entry| entry.both).collect());
        }
    }
    (0..found[0].len()).flat_map(|entry| found.iter().map(move |values| values[entry])).collect()
}

/// All first derivatives, in the same order.
pub fn first(function: &dyn Fn(&Values) -> Matrix, at: &Values, by: &str) -> Vec<f64> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    for j in 0..at[by].data.len() {
        let mut moved = at.clone();
        moved.get_mut(by).unwrap().data[j].one = 1.0;
        found.push(function(&moved).data.iter().map(|entry| entry.one).collect());
    }
    (0..found[0].len()).flat_map(|entry| found.iter().map(move |values| values[entry])).collect()
}
