//! Numbers that trees are evaluated in: fractions, exact, and floating-point numbers with a bound of their error.

use crate::tree::Function;

pub trait Number: Copy {
    fn whole(number: i64) -> Self;
    fn add(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    fn apply(self, function: Function) -> Self;
    fn defined(self) -> bool;
    /// Certainly another number; both are defined.
    fn differs(self, other: Self) -> bool;
    /// The step of differences that stand for a derivative.
    fn step() -> Self;
}

/// A numerator and a positive denominator without common divisor; nothing after a division by zero, an overflow or a
/// function that is not rational.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fraction(Option<(i128, i128)>);

fn divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

impl Fraction {
    fn reduced(top: Option<i128>, bottom: Option<i128>) -> Fraction {
        let (Some(top), Some(bottom)) = (top, bottom) else { return Fraction(None) };
        match bottom {
            0 => Fraction(None),
            1 => Fraction(Some((top, 1))),
            _ => {
                let common = divisor(top, bottom) * bottom.signum();
                Fraction(Some((top / common, bottom / common)))
            }
        }
    }
}

impl Number for Fraction {
    fn whole(number: i64) -> Fraction {
        Fraction(Some((number.into(), 1)))
    }

    fn add(self, other: Fraction) -> Fraction {
        let (Some((a, b)), Some((c, d))) = (self.0, other.0) else { return Fraction(None) };
        let top = a.checked_mul(d).and_then(|left| left.checked_add(c.checked_mul(b)?));
        Fraction::reduced(top, b.checked_mul(d))
    }

    fn times(self, other: Fraction) -> Fraction {
        let (Some((a, b)), Some((c, d))) = (self.0, other.0) else { return Fraction(None) };
        Fraction::reduced(a.checked_mul(c), b.checked_mul(d))
    }

    fn over(self, other: Fraction) -> Fraction {
        let (Some((a, b)), Some((c, d))) = (self.0, other.0) else { return Fraction(None) };
        Fraction::reduced(a.checked_mul(d), b.checked_mul(c))
    }

    fn apply(self, function: Function) -> Fraction {
        match function {
            Function::Abs => Fraction(self.0.map(|(a, b)| (a.abs(), b))),
            Function::Relu => Fraction(self.0.map(|(a, b)| (a.max(0), b))),
            _ => Fraction(None),
        }
    }

    fn defined(self) -> bool {
        self.0.is_some()
    }

    fn differs(self, other: Fraction) -> bool {
        self != other
    }

    fn step() -> Fraction {
        Fraction::whole(1)
    }
}

/// `error` is in units of the rounding of 1: what has gone wrong so far at most, about.
#[derive(Clone, Copy, Debug)]
pub struct Real {
    value: f64,
    error: f64,
}

impl Real {
    fn new(value: f64, error: f64) -> Real {
        Real { value, error: error + value.abs() }
    }
}

fn function(function: Function, t: f64) -> f64 {
    match function {
        Function::Exp => t.exp(),
        Function::Log => t.ln(),
        Function::Tanh => t.tanh(),
        Function::Sigmoid => 1.0 / (1.0 + (-t).exp()),
        Function::Sin => t.sin(),
        Function::Cos => t.cos(),
        Function::Abs => t.abs(),
        Function::Relu => t.max(0.0),
    }
}

impl Number for Real {
    fn whole(number: i64) -> Real {
        Real { value: number as f64, error: 0.0 }
    }

    fn add(self, other: Real) -> Real {
        Real::new(self.value + other.value, self.error + other.error)
    }

    fn times(self, other: Real) -> Real {
        let error = self.value.abs() * other.error + other.value.abs() * self.error;
        Real::new(self.value * other.value, error)
    }

    fn over(self, other: Real) -> Real {
        let value = self.value / other.value;
        Real::new(value, (self.error + value.abs() * other.error) / other.value.abs())
    }

    fn apply(self, what: Function) -> Real {
        let near = 1e-4 * self.value.abs().max(1e-4);
        let slope = (function(what, self.value + near) - function(what, self.value - near)) / (2.0 * near);
        Real::new(function(what, self.value), slope.abs() * self.error)
    }

    /// Not where a divisor or an argument of a logarithm is as good as zero.
    fn defined(self) -> bool {
        self.value.is_finite() && self.error.is_finite() && self.error < 1e9 * (1.0 + self.value.abs())
    }

    fn differs(self, other: Real) -> bool {
        let rounding = 1e-14 * (self.error + other.error);
        (self.value - other.value).abs() > rounding + 1e-8 * (1.0 + self.value.abs() + other.value.abs())
    }

    /// The error of the seven-point formula is of order 1e-12.
    fn step() -> Real {
        Real { value: 1.0 / 256.0, error: 0.0 }
    }
}
