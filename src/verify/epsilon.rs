//! Numbers with one infinitesimal: `value + slope ε`, `ε² = 0`. Derivatives of derivatives are derivatives computed in them.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};
use std::rc::Rc;

use num_rational::BigRational;

use super::dense::Dense;
use super::elementary::Elementary;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::field::Generator;
use super::number::{Agreement, Number, Range, Value};
use crate::syntax::ast::{Expr, Name};

/// A number and its derivative along one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epsilon<N> {
    pub value: N,
    pub slope: N,
}

impl<N: Number> Epsilon<N> {
    pub fn constant(value: N) -> Epsilon<N> {
        Epsilon { value, slope: N::ZERO }
    }
}

/// The derivative of an expression's value by one entry of a quantity: the quantity is moved by ε there,
/// and what is held fixed keeps its value.
pub fn along<N: Number>(
    evaluator: &mut Evaluator<'_, N>,
    expr: &Expr,
    by: &Name,
    (direction, held): (usize, &[Name]),
) -> Eval<Option<Dense<N>>> {
    let mut inner =
        Evaluator::<Epsilon<N>>::new(evaluator.problem, evaluator.introduced, evaluator.point().clone());
    inner.moved = Some((by.clone(), direction));
    for name in held.iter().filter(|name| *name != by) {
        let value = evaluator.primal(name)?.primal.clone();
        let data = value.data.iter().map(|entry| Epsilon::constant(*entry)).collect();
        inner.values.insert(name.clone(), Rc::new(Dense { axes: value.axes, data }.into()));
    }
    let letters: Vec<(Name, usize, usize)> = evaluator.running_letters();
    let found = inner.value(expr, &letters);
    let spent = usize::try_from(inner.work()).unwrap_or(usize::MAX);
    evaluator.charge(spent)?;
    let found = found?;
    Ok(Some(Dense { axes: found.axes, data: found.data.iter().map(|entry| entry.slope).collect() }))
}

impl<N: Number> Add for Epsilon<N> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Epsilon { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<N: Number> AddAssign for Epsilon<N> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<N: Number> Neg for Epsilon<N> {
    type Output = Self;
    fn neg(self) -> Self {
        Epsilon { value: -self.value, slope: -self.slope }
    }
}

impl<N: Number> Sub for Epsilon<N> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<N: Number> Mul for Epsilon<N> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Epsilon {
            value: self.value * other.value,
            slope: self.value * other.slope + self.slope * other.value,
        }
    }
}

/// The second derivative of an elementary function at `x`, where it has this value and this slope.
fn second<N: Number>(function: Elementary, x: N, value: N, slope: N) -> Eval<N> {
    let two = N::integer(2);
    Ok(match function {
        Elementary::Exp | Elementary::Sinh | Elementary::Cosh => value,
        Elementary::Log => -(slope * slope),
        Elementary::Sqrt => -(slope * (two * x).inverse()?),
        Elementary::Sin | Elementary::Cos => -value,
        Elementary::Tan => two * value * slope,
        Elementary::Tanh => -(two * value * slope),
        Elementary::Sigmoid => slope * (N::ONE - two * value),
        // The slope is the sigmoid.
        Elementary::Softplus => slope * (N::ONE - slope),
        Elementary::Silu => {
            let (sigmoid, rise) = x.elementary(Elementary::Sigmoid)?;
            two * rise + x * rise * (N::ONE - two * sigmoid)
        }
        Elementary::Erf => -(two * x * slope),
        // The density f of the normal distribution: (x F)'' = 2 f + x f' = (2 - x^2) f.
        Elementary::Gelu => {
            let root = two.elementary(Elementary::Sqrt)?.0.inverse()?;
            let density = (x * root).elementary(Elementary::Erf)?.1 * root * two.inverse()?;
            (two - x * x) * density
        }
        Elementary::Abs | Elementary::Relu | Elementary::Sign | Elementary::Step => N::ZERO,
    })
}

impl<N: Number> Number for Epsilon<N> {
    const ORDERED: bool = N::ORDERED;
    const ZERO: Self = Epsilon { value: N::ZERO, slope: N::ZERO };
    const ONE: Self = Epsilon { value: N::ONE, slope: N::ZERO };

    fn integer(value: i64) -> Self {
        Epsilon::constant(N::integer(value))
    }

    fn rational(value: &BigRational) -> Option<Self> {
        N::rational(value).map(Epsilon::constant)
    }

    fn pi() -> Eval<Self> {
        N::pi().map(Epsilon::constant)
    }

    fn is_zero(self) -> bool {
        self.value.is_zero() && self.slope.is_zero()
    }

    fn may_be_zero(self) -> bool {
        self.value.may_be_zero()
    }

    fn magnitude(self) -> Option<f64> {
        // |ac| + |ad + bc| is at most (|a| + |b|) (|c| + |d|).
        Some(self.value.magnitude()? + self.slope.magnitude()?)
    }

    fn widened(self, by: f64) -> Self {
        Epsilon { value: self.value.widened(by), slope: self.slope.widened(by) }
    }

    fn as_integer(self) -> Option<i64> {
        self.value.as_integer().filter(|_| self.slope.is_zero())
    }

    fn inverse(self) -> Eval<Self> {
        let value = self.value.inverse()?;
        Ok(Epsilon { value, slope: -(value * value * self.slope) })
    }

    fn better_pivot(one: (usize, Self), other: (usize, Self)) -> (usize, Self) {
        let (row, _) = N::better_pivot((one.0, one.1.value), (other.0, other.1.value));
        if row == one.0 { one } else { other }
    }

    fn elementary(self, function: Elementary) -> Eval<(Self, Self)> {
        let (value, slope) = self.value.elementary(function)?;
        let curvature = match self.slope.is_zero() {
            true => N::ZERO,
            false => second(function, self.value, value, slope)? * self.slope,
        };
        Ok((Epsilon { value, slope: slope * self.slope }, Epsilon { value: slope, slope: curvature }))
    }

    fn integral(self, slope: &mut dyn FnMut(Self) -> Eval<Self>) -> Eval<Self> {
        let mut plain = |x: N| Ok(slope(Epsilon::constant(x))?.value);
        let value = self.value.integral(&mut plain)?;
        Ok(Epsilon { value, slope: plain(self.value)? * self.slope })
    }

    fn draw(generator: &mut Generator, range: &Range) -> Eval<Self> {
        N::draw(generator, range).map(Epsilon::constant)
    }

    fn coefficient(generator: &mut Generator) -> Self {
        Epsilon::constant(N::coefficient(generator))
    }

    fn exceeds(self, other: Self) -> bool {
        self.value.exceeds(other.value)
    }

    fn agreement(left: &[Self], right: &[Self]) -> Agreement {
        let values = |side: &[Self]| side.iter().map(|entry| entry.value).collect::<Vec<_>>();
        N::agreement(&values(left), &values(right))
    }

    fn shown(self) -> Value {
        self.value.shown()
    }

    fn short(self) -> Option<BigRational> {
        self.value.short()
    }

    fn moved(self) -> Self {
        Epsilon { slope: self.slope + N::ONE, ..self }
    }

    fn along(
        _: &mut Evaluator<'_, Self>,
        _: &Expr,
        _: &Name,
        _: (usize, &[Name]),
    ) -> Eval<Option<Dense<Self>>> {
        Err(EvalError::unsupported("derivatives of third order"))
    }
}
