//! Real numbers: a float with a bound of its distance from the number that it stands for.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::elementary::Elementary;
use super::error::{Eval, EvalError};
use super::field::Generator;

use super::number::{Agreement, Number, Range, Value};
use super::quadrature;

#[cfg(test)]
mod tests;

/// Two halves of a unit in the last place: one for the operation, one for the arithmetic of the bound.
const UNIT: f64 = f64::EPSILON;
/// What a function of the platform's library may be off by, relatively; its results differ between
/// platforms within this.
const LIBRARY: f64 = 8.0 * UNIT;
/// A comparison with a wider bound, relative to the largest entry, decides nothing.
const RELATIVE: f64 = 1e-6;
/// Where everything cancels, a bound below this decides nevertheless: inputs are of the size of 1.
const ABSOLUTE: f64 = 1e-10;

/// Numbers with larger denominators are not shown as fractions.
const DENOMINATOR: i64 = 1 << 24;
/// A sum whose lesser part is smaller than this part of the other has lost it.
const ABSORBED: f64 = 1.0 / (1_u64 << 50) as f64;
/// The functions that approach a limit are told apart from it up to here.
const SATURATED: f64 = 5.8;

/// Any number between `value - error` and `value + error`. Where a bound is not finite, nothing is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Real {
    value: f64,
    error: f64,
    /// A part of what it stands for was too small to be seen in it: that two such numbers agree says nothing.
    lossy: bool,
}

impl Real {
    /// The number that the float is.
    pub fn exact(value: f64) -> Real {
        Real { value, error: 0.0, lossy: false }
    }

    pub fn value(self) -> f64 {
        self.value
    }

    pub fn error(self) -> f64 {
        self.error
    }

    /// A rounded value with the bound of everything that went into it.
    fn rounded(value: f64, error: f64) -> Real {
        // The smallest normal number covers an underflow.
        let error = (error + value.abs() * UNIT) * (1.0 + 8.0 * UNIT) + f64::MIN_POSITIVE;
        Real { value, error, lossy: false }
    }

    fn lossy(self, lossy: bool) -> Real {
        Real { lossy: self.lossy || lossy, ..self }
    }

    /// The value of a library function; `slope` bounds its derivative around the argument.
    fn library(self, value: f64, slope: f64) -> Real {
        Real::rounded(value, self.error * slope + value.abs() * LIBRARY).lossy(self.lossy)
    }

    fn bound(self) -> f64 {
        self.value.abs() + self.error
    }

    /// 1, 0 or -1; an error where the sign is open.
    fn sign(self) -> Eval<i8> {
        if self.value > self.error {
            Ok(1)
        } else if self.value < -self.error {
            Ok(-1)
        } else if self.is_zero() {
            Ok(0)
        } else {
            Err(EvalError::undecided())
        }
    }

    /// What only positive numbers have.
    fn positive(self, function: &str) -> Eval<f64> {
        match self.sign()? {
            1 => Ok(self.value - self.error),
            _ => Err(EvalError::domain(function)),
        }
    }

    fn exp(self) -> Real {
        let value = self.value.exp();
        self.library(value, value * self.error.exp())
    }

    fn log(self) -> Eval<Real> {
        let least = self.positive("log")?;
        Ok(self.library(self.value.ln(), 1.0 / least))
    }

    fn sqrt(self) -> Eval<Real> {
        let least = self.positive("sqrt")?;
        Ok(self.library(self.value.sqrt(), 0.5 / least.sqrt()))
    }

    fn sin(self) -> Real {
        self.library(self.value.sin(), 1.0)
    }

    fn cos(self) -> Real {
        self.library(self.value.cos(), 1.0)
    }

    fn cosh(self) -> Real {
        self.library(self.value.cosh(), self.bound().sinh())
    }

    fn sinh(self) -> Real {
        self.library(self.value.sinh(), self.bound().cosh())
    }

    fn tanh(self) -> Real {
        // The slope is greatest where the interval is nearest to 0.
        let nearest = (self.value.abs() - self.error).max(0.0);
        let value = self.library(self.value.tanh(), (1.0 / nearest.cosh()).powi(2).min(1.0));
        value.lossy(self.value.abs() > 3.0 * SATURATED)
    }

    fn sigmoid(self) -> Eval<Real> {
        if self.value < 0.0 {
            let power = self.exp();
            Ok(power * (Real::ONE + power).inverse()?)
        } else {
            (Real::ONE + (-self).exp()).inverse()
        }
    }

    fn softplus(self) -> Real {
        let value = self.value.max(0.0) + (-self.value.abs()).exp().ln_1p();
        self.library(value, 1.0).lossy(self.value > 6.0 * SATURATED)
    }

    /// By its series with positive terms: `2/sqrt(pi) exp(-x²) x (1 + 2x²/3 + (2x²)²/(3·5) + …)`.
    fn erf(self) -> Real {
        let x = self.value;
        if x.abs() > SATURATED {
            // 1 - erf(5.8) < 3e-16.
            return Real::rounded(x.signum(), self.error + 3e-16).lossy(true);
        }
        let (mut term, mut sum, mut odd) = (x, x, 1.0);
        // The quotient of terms falls below 1/2 at 4x² < 145; 2^-60 is below rounding.
        for _ in 0..250 {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        let value = FRAC_2_SQRT_PI * (-x * x).exp() * sum;
        let error = self.error * FRAC_2_SQRT_PI + value.abs() * (LIBRARY + 600.0 * UNIT);
        Real::rounded(value, error).lossy(self.lossy)
    }

    /// `2/sqrt(pi) exp(-x²)`
    fn erf_slope(self) -> Real {
        Real::rounded(FRAC_2_SQRT_PI, 0.0) * (-(self * self)).exp()
    }
}

impl Add for Real {
    type Output = Real;
    fn add(self, other: Real) -> Real {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        if self.error + other.error == 0.0 && self.value == -other.value {
            return Real::ZERO;
        }
        let (less, more) = match self.value.abs() < other.value.abs() {
            true => (self, other),
            false => (other, self),
        };
        let absorbed = less.value.abs() < more.value.abs() * ABSORBED && !less.may_be_zero();
        let sum = Real::rounded(self.value + other.value, self.error + other.error);
        sum.lossy(absorbed || self.lossy || other.lossy)
    }
}

impl AddAssign for Real {
    fn add_assign(&mut self, other: Real) {
        *self = *self + other;
    }
}

impl Neg for Real {
    type Output = Real;
    fn neg(self) -> Real {
        Real { value: -self.value, ..self }
    }
}

impl Sub for Real {
    type Output = Real;
    fn sub(self, other: Real) -> Real {
        self + -other
    }
}

impl Mul for Real {
    type Output = Real;
    fn mul(self, other: Real) -> Real {
        if self.is_zero() || other.is_zero() {
            return Real::ZERO;
        }
        let (a, b) = (self.value.abs(), other.value.abs());
        let error = a * other.error + b * self.error + self.error * other.error;
        Real::rounded(self.value * other.value, error).lossy(self.lossy || other.lossy)
    }
}

impl Number for Real {
    const ORDERED: bool = true;
    const ZERO: Real = Real { value: 0.0, error: 0.0, lossy: false };
    const ONE: Real = Real { value: 1.0, error: 0.0, lossy: false };

    fn integer(value: i64) -> Real {
        let float = value as f64;
        if value.unsigned_abs() < 1 << 53 { Real::exact(float) } else { Real::rounded(float, 0.0) }
    }

    fn rational(value: &BigRational) -> Option<Real> {
        let float = value.to_f64().filter(|float| float.is_finite())?;
        let exact = BigRational::from_float(float).is_some_and(|known| known == *value);
        Some(if exact { Real::exact(float) } else { Real::rounded(float, float.abs() * UNIT) })
    }

    fn pi() -> Eval<Real> {
        Ok(Real::rounded(PI, 0.0))
    }

    fn is_zero(self) -> bool {
        self.value == 0.0 && self.error == 0.0
    }

    fn may_be_zero(self) -> bool {
        self.value.abs() <= self.error
    }

    fn magnitude(self) -> Option<f64> {
        Some(self.bound() * (1.0 + UNIT))
    }

    fn widened(self, by: f64) -> Real {
        Real { error: (self.error + by.abs()) * (1.0 + UNIT), ..self }
    }

    fn as_integer(self) -> Option<i64> {
        let whole = self.error == 0.0 && self.value.fract() == 0.0 && self.value.abs() < 1e9;
        whole.then_some(self.value as i64)
    }

    fn inverse(self) -> Eval<Real> {
        let least = self.value.abs() - self.error;
        if least.is_nan() || least <= 0.0 {
            return Err(EvalError::division());
        }
        let value = 1.0 / self.value;
        Ok(Real::rounded(value, value.abs() * (self.error / least)).lossy(self.lossy))
    }

    fn better_pivot(one: (usize, Real), other: (usize, Real)) -> (usize, Real) {
        if other.1.bound() < one.1.bound() { other } else { one }
    }

    fn elementary(self, function: Elementary) -> Eval<(Real, Real)> {
        let x = self;
        let half = Real::exact(0.5);
        Ok(match function {
            Elementary::Exp => (x.exp(), x.exp()),
            Elementary::Log => (x.log()?, x.inverse()?),
            Elementary::Sqrt => {
                let root = x.sqrt()?;
                (root, half * root.inverse()?)
            }
            Elementary::Sin => (x.sin(), x.cos()),
            Elementary::Cos => (x.cos(), -x.sin()),
            Elementary::Tan => {
                let secant = x.cos().inverse()?;
                (x.sin() * secant, secant * secant)
            }
            Elementary::Sinh => (x.sinh(), x.cosh()),
            Elementary::Cosh => (x.cosh(), x.sinh()),
            Elementary::Tanh => {
                let secant = x.cosh().inverse()?;
                (x.tanh(), secant * secant)
            }
            Elementary::Sigmoid => {
                let value = x.sigmoid()?;
                (value, value * (-x).sigmoid()?)
            }
            Elementary::Softplus => (x.softplus(), x.sigmoid()?),
            Elementary::Silu => {
                let sigmoid = x.sigmoid()?;
                (x * sigmoid, sigmoid + x * sigmoid * (-x).sigmoid()?)
            }
            Elementary::Erf => (x.erf(), x.erf_slope()),
            Elementary::Gelu => {
                let scaled = x * Real::rounded(FRAC_1_SQRT_2, 0.0);
                let normal = half * (Real::ONE + scaled.erf());
                // The density is half the slope of erf at x/sqrt(2), over sqrt(2).
                let density = half * scaled.erf_slope() * Real::rounded(FRAC_1_SQRT_2, 0.0);
                (x * normal, normal + x * density)
            }
            // At 0: the slope of abs is 0, that of relu is 0, as `sign` and `step` are.
            Elementary::Abs => match x.sign()? {
                1 => (x, Real::ONE),
                -1 => (-x, -Real::ONE),
                _ => (Real::ZERO, Real::ZERO),
            },
            Elementary::Relu => match x.sign()? {
                1 => (x, Real::ONE),
                _ => (Real::ZERO, Real::ZERO),
            },
            Elementary::Sign => (Real::integer(i64::from(x.sign()?)), Real::ZERO),
            Elementary::Step => (Real::integer(i64::from(x.sign()? == 1)), Real::ZERO),
        })
    }

    fn integral(self, slope: &mut dyn FnMut(Real) -> Eval<Real>) -> Eval<Real> {
        quadrature::integral(self, slope)
    }

    fn draw(generator: &mut Generator, range: &Range) -> Eval<Real> {
        if let Some(fixed) = &range.fixed {
            return Real::rational(fixed).ok_or_else(|| EvalError::unsupported("this number"));
        }
        if let Some(corner) = range.corner(generator) {
            return Real::rational(&corner).ok_or_else(|| EvalError::unsupported("this number"));
        }
        if let Some(magnitude) = range.whole {
            let value = range.simple(generator, magnitude)?;
            return Real::rational(&value).ok_or_else(|| EvalError::unsupported("this number"));
        }
        if range.integer {
            return integer(generator, range);
        }
        // Twenty random bits: exact in a float, and so are most first products.
        let unit = (generator.number() >> 44) as f64 / f64::from(1 << 20);
        let sign = if generator.number() & 1 == 0 { 1.0 } else { -1.0 };
        let size = match (range.wide, range.small) {
            // As many steps down as up, exact in a float.
            (true, _) => (0.5 + unit) * 2.0_f64.powi(generator.below(24) as i32 - 10),
            (_, true) => 0.0625 + 0.375 * unit,
            _ => 0.3125 + 1.375 * unit,
        };
        let value = match (range.low, range.high) {
            (None, None) => sign * size,
            (Some(low), None) => low + size,
            (None, Some(high)) => high - size,
            (Some(low), Some(high)) if low < high => low + (high - low) * (0.125 + 0.75 * unit),
            _ => return Err(EvalError::contradiction()),
        };
        Ok(Real::exact(value))
    }

    fn coefficient(generator: &mut Generator) -> Real {
        let unit = (generator.number() >> 44) as f64 / f64::from(1 << 20);
        let sign = if generator.number() & 1 == 0 { 1.0 } else { -1.0 };
        Real::exact(sign * (0.125 + 0.375 * unit))
    }

    fn short(self) -> Option<BigRational> {
        if self.error > 2.0 * self.value.abs() * UNIT + f64::MIN_POSITIVE || self.value.abs() > 1e9 {
            return None;
        }
        // The convergents of the continued fraction: the first that is this very number.
        let (mut rest, mut before, mut last) = (self.value, (0_i64, 1_i64), (1_i64, 0_i64));
        for _ in 0..24 {
            let whole = rest.floor();
            let next = |last: i64, before: i64| (whole as i64).checked_mul(last)?.checked_add(before);
            (before, last) = (last, (next(last.0, before.0)?, next(last.1, before.1)?));
            if last.1 > DENOMINATOR {
                return None;
            }
            let value = BigRational::new(last.0.into(), last.1.into());
            if Real::rational(&value) == Some(self) {
                return Some(value);
            }
            rest = 1.0 / (rest - whole);
            if !rest.is_finite() {
                return None;
            }
        }
        None
    }

    fn exceeds(self, other: Real) -> bool {
        self.value - other.value > self.error + other.error
    }

    fn agreement(left: &[Real], right: &[Real]) -> Agreement {
        let scale = left.iter().chain(right).fold(0.0, |scale: f64, real| scale.max(real.value.abs()));
        let mut undecided = false;
        let mut widest: f64 = 0.0;
        for (place, (a, b)) in left.iter().zip(right).enumerate() {
            let (distance, bound) = ((a.value - b.value).abs(), a.error + b.error);
            if !(distance.is_finite() && bound.is_finite()) {
                undecided = true;
            } else if distance > bound * (1.0 + 8.0 * UNIT) {
                return Agreement::Different(place);
            } else if a.lossy || b.lossy {
                undecided = true;
            } else if bound <= RELATIVE * scale {
                widest = widest.max(bound / scale);
            } else if bound <= ABSOLUTE {
                widest = widest.max(bound);
            } else {
                undecided = true;
            }
        }
        if undecided { Agreement::Undecided } else { Agreement::Equal(widest) }
    }

    fn shown(self) -> Value {
        Value::Approximate(self)
    }
}

/// A whole number of the range, of any sign where it does not say.
fn integer(generator: &mut Generator, range: &Range) -> Eval<Real> {
    let (pick, flip) = (1 + generator.below(4) as i64, generator.number() & 1 == 0);
    let value = match (range.low, range.high) {
        (None, None) => pick as f64 * if flip { -1.0 } else { 1.0 },
        (Some(low), None) => low.floor() + pick as f64,
        (None, Some(high)) => high.ceil() - pick as f64,
        (Some(low), Some(high)) => {
            low.floor() + 1.0 + (pick - 1) as f64 % (high.ceil() - low.floor() - 1.0).max(1.0)
        }
    };
    let inside = range.low.is_none_or(|low| value >= low) && range.high.is_none_or(|high| value <= high);
    if inside { Ok(Real::exact(value)) } else { Err(EvalError::contradiction()) }
}

impl fmt::Display for Real {
    /// Five digits: the last ones of a float differ between platforms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.value.abs();
        if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
            return write!(f, "{:.4e}", self.value);
        }
        let whole = if magnitude < 1.0 { 1 } else { magnitude.log10() as usize + 1 };
        let text = format!("{:.*}", 5_usize.saturating_sub(whole), self.value);
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        f.write_str(if text == "-0" { "0" } else { text })
    }
}
