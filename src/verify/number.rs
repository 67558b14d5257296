//! What dense arrays and dual numbers compute in.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::dense::Dense;
use super::elementary::Elementary;
use super::epsilon;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::field::{Field, Generator};
use super::real::Real;
use crate::syntax::ast::{Expr, Name};

/// A number domain with an equality that can be decided, or can say that it cannot.
pub trait Number:
    Copy
    + fmt::Debug
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Whether inequalities mean anything.
    const ORDERED: bool;
    const ZERO: Self;
    const ONE: Self;

    fn integer(value: i64) -> Self;

    /// `None` where the domain has no such number.
    fn rational(value: &BigRational) -> Option<Self>;

    fn pi() -> Eval<Self>;

    /// Zero without any doubt: what is multiplied by it may be left out.
    fn is_zero(self) -> bool;

    fn may_be_zero(self) -> bool;

    /// A bound of the magnitude, of all parts of the number together; it is submultiplicative. `None` in a domain without one.
    fn magnitude(self) -> Option<f64>;

    /// The same, known less well, in every part.
    fn widened(self, by: f64) -> Self;

    /// The whole number that this is without any doubt.
    fn as_integer(self) -> Option<i64>;

    /// An error for zero, and for what may be zero.
    fn inverse(self) -> Eval<Self>;

    /// The pivot to prefer, each a row with the inverse of its entry.
    fn better_pivot(one: (usize, Self), other: (usize, Self)) -> (usize, Self);

    /// Value and derivative of an elementary function.
    fn elementary(self, function: Elementary) -> Eval<(Self, Self)>;

    /// The integral of `slope` from 0.
    fn integral(self, slope: &mut dyn FnMut(Self) -> Eval<Self>) -> Eval<Self>;

    /// A random value; only an ordered domain regards more of the range than its `fixed` value.
    fn draw(generator: &mut Generator, range: &Range) -> Eval<Self>;

    /// A random coefficient of an unknown function.
    fn coefficient(generator: &mut Generator) -> Self;

    /// Whether `self > other` without any doubt; never in a domain without an order.
    fn exceeds(self, other: Self) -> bool;

    /// Entry by entry, of arrays of one length.
    fn agreement(left: &[Self], right: &[Self]) -> Agreement;

    fn shown(self) -> Value;

    /// The number of few digits that this is without any doubt.
    fn short(self) -> Option<BigRational>;

    /// Moved by the infinitesimal, where the domain has one.
    fn moved(self) -> Self {
        self
    }

    /// The derivative of an expression's value by one entry of a quantity, with definitions held fixed, also where the
    /// expression holds derivatives itself; an error in a domain that is that of a derivative already.
    fn along(
        evaluator: &mut Evaluator<'_, Self>,
        expr: &Expr,
        by: &Name,
        along: (usize, &[Name]),
    ) -> Eval<Option<Dense<Self>>> {
        epsilon::along(evaluator, expr, by, along)
    }
}

/// Where values are drawn from.
#[derive(Clone, Debug, Default)]
pub struct Range {
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Bounds that are no values themselves.
    pub excluded: Vec<BigRational>,
    pub fixed: Option<BigRational>,
    pub integer: bool,
    /// Nearer to zero than usual.
    pub small: bool,
    /// Whole numbers of at most this magnitude where there are any, else simple fractions.
    pub whole: Option<u32>,
    /// Of all magnitudes from 1/1000 to 10000.
    pub wide: bool,
    /// One of these, where any is inside.
    pub corners: Rc<[BigRational]>,
}

impl Range {
    /// One of the corners inside the bounds.
    pub fn corner(&self, generator: &mut Generator) -> Option<BigRational> {
        let inside = |value: &&BigRational| {
            let float = value.to_f64().unwrap_or(f64::NAN);
            self.low.is_none_or(|low| float >= low)
                && self.high.is_none_or(|high| float <= high)
                && !self.excluded.contains(value)
                && (!self.integer || value.is_integer())
        };
        let fitting: Vec<&BigRational> = self.corners.iter().filter(inside).collect();
        (!fitting.is_empty()).then(|| fitting[generator.below(fitting.len())].clone())
    }

    /// A number of few digits, the same in every domain.
    pub fn simple(&self, generator: &mut Generator, magnitude: u32) -> Eval<BigRational> {
        let magnitude = i64::from(magnitude);
        let inside =
            |value: f64| self.low.is_none_or(|low| value > low) && self.high.is_none_or(|high| value < high);
        // Bounds may lie beyond the magnitude.
        let low = self.low.map_or(-magnitude, |low| (low.floor() as i64).clamp(-1 << 40, 1 << 40));
        let high = self.high.map_or(magnitude, |high| (high.ceil() as i64).clamp(-1 << 40, 1 << 40));
        let (low, high) = match (self.low.is_some(), self.high.is_some()) {
            (true, false) => (low, low.max(0) + magnitude),
            (false, true) => (high.min(0) - magnitude, high),
            _ => (low, high.min(low + 2 * magnitude + 1)),
        };
        let whole: Vec<i64> = (low..=high).filter(|value| inside(*value as f64)).collect();
        if !whole.is_empty() {
            return Ok(BigRational::from_integer(whole[generator.below(whole.len())].into()));
        }
        if self.integer {
            return Err(EvalError::contradiction());
        }
        let parts = 1 + magnitude;
        let fractions: Vec<BigRational> = (low * parts..=high * parts)
            .filter(|value| inside(*value as f64 / parts as f64))
            .map(|value| BigRational::new(value.into(), parts.into()))
            .collect();
        match fractions.len() {
            0 => Err(EvalError::domain("a variable between so near bounds")),
            count => Ok(fractions[generator.below(count)].clone()),
        }
    }
}

/// The comparison of two arrays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agreement {
    /// Equal within this bound, relative to the size of the entries; 0 where equality is exact.
    Equal(f64),
    /// The first entry that differs.
    Different(usize),
    /// The error bounds are too wide to tell.
    Undecided,
}

/// A number of either domain, to be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An element of the prime field that is no short number.
    Exact(Field),
    Rational(BigRational),
    Approximate(Real),
}

impl Value {
    /// With so many digits after the first.
    pub fn digits(&self, digits: usize) -> String {
        match self {
            Value::Approximate(value) => format!("{:.digits$e}", value.value()),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Exact(value) => value.fmt(f),
            Value::Rational(value) => value.fmt(f),
            Value::Approximate(value) => value.fmt(f),
        }
    }
}
