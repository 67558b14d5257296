//! The prime field of 2^61 - 1 elements, where equality is exact and a random point decides.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::elementary::Elementary;
use super::error::{Eval, EvalError};

use super::number::{Agreement, Number, Range, Value};

/// 2^61 - 1, a Mersenne prime: reduction is a shift and an addition.
pub const P: u64 = (1 << 61) - 1;

/// An element, always reduced: `0 <= value < P`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field(u64);

impl Field {
    pub const ZERO: Field = Field(0);
    pub const ONE: Field = Field(1);

    pub fn new(value: u64) -> Field {
        Field(value % P)
    }

    pub fn value(self) -> u64 {
        self.0
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn power(self, mut exponent: u64) -> Field {
        let (mut base, mut result) = (self, Field::ONE);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result * base;
            }
            base = base * base;
            exponent >>= 1;
        }
        result
    }

    /// `None` for zero.
    pub fn inverse(self) -> Option<Field> {
        (!self.is_zero()).then(|| self.power(P - 2))
    }

    /// `None` if the denominator is divisible by [`P`].
    pub fn rational(value: &BigRational) -> Option<Field> {
        let numerator = residue(value.numer())?;
        if value.is_integer() {
            return Some(numerator);
        }
        Some(numerator * residue(value.denom())?.inverse()?)
    }
}

fn residue(value: &BigInt) -> Option<Field> {
    let magnitude = Field((value.abs() % BigInt::from(P)).to_u64()?);
    Some(if value.is_negative() { -magnitude } else { magnitude })
}

impl Add for Field {
    type Output = Field;
    fn add(self, other: Field) -> Field {
        let sum = self.0 + other.0;
        Field(if sum >= P { sum - P } else { sum })
    }
}

impl AddAssign for Field {
    fn add_assign(&mut self, other: Field) {
        *self = *self + other;
    }
}

impl Neg for Field {
    type Output = Field;
    fn neg(self) -> Field {
        Field(if self.0 == 0 { 0 } else { P - self.0 })
    }
}

impl Sub for Field {
    type Output = Field;
    fn sub(self, other: Field) -> Field {
        self + -other
    }
}

impl Mul for Field {
    type Output = Field;
    fn mul(self, other: Field) -> Field {
        let product = u128::from(self.0) * u128::from(other.0);
        // 2^61 = 1, so the high part is added to the low one; both are below 2^61.
        let low = (product as u64) & P;
        let high = (product >> 61) as u64;
        let sum = low + high;
        Field(if sum >= P { sum - P } else { sum })
    }
}

impl Number for Field {
    const ORDERED: bool = false;
    const ZERO: Field = Field::ZERO;
    const ONE: Field = Field::ONE;

    fn integer(value: i64) -> Field {
        let magnitude = Field::new(value.unsigned_abs());
        if value < 0 { -magnitude } else { magnitude }
    }

    fn rational(value: &BigRational) -> Option<Field> {
        Field::rational(value)
    }

    fn pi() -> Eval<Field> {
        Err(EvalError::unsupported("`pi` in exact arithmetic"))
    }

    fn is_zero(self) -> bool {
        Field::is_zero(self)
    }

    fn may_be_zero(self) -> bool {
        Field::is_zero(self)
    }

    fn magnitude(self) -> Option<f64> {
        None
    }

    fn widened(self, _: f64) -> Field {
        self
    }

    fn as_integer(self) -> Option<i64> {
        None
    }

    fn inverse(self) -> Eval<Field> {
        Field::inverse(self).ok_or_else(EvalError::division)
    }

    fn better_pivot(one: (usize, Field), _: (usize, Field)) -> (usize, Field) {
        one
    }

    fn elementary(self, _: Elementary) -> Eval<(Field, Field)> {
        Err(EvalError::unsupported("this function in exact arithmetic"))
    }

    fn integral(self, _: &mut dyn FnMut(Field) -> Eval<Field>) -> Eval<Field> {
        Err(EvalError::unsupported("an integral in exact arithmetic"))
    }

    /// A rational identity that holds where some inequalities do holds everywhere: they restrict nothing.
    fn draw(generator: &mut Generator, range: &Range) -> Eval<Field> {
        match &range.fixed {
            Some(fixed) => Field::rational(fixed).ok_or_else(|| EvalError::unsupported("this number")),
            None => match range.whole {
                Some(magnitude) => Field::rational(&range.simple(generator, magnitude)?)
                    .ok_or_else(|| EvalError::unsupported("this number")),
                None => Ok(generator.field()),
            },
        }
    }

    fn coefficient(generator: &mut Generator) -> Field {
        generator.field()
    }

    fn exceeds(self, _: Field) -> bool {
        false
    }

    fn agreement(left: &[Field], right: &[Field]) -> Agreement {
        match left.iter().zip(right).position(|(a, b)| a != b) {
            Some(place) => Agreement::Different(place),
            None => Agreement::Equal(0.0),
        }
    }

    fn shown(self) -> Value {
        match self.short() {
            Some(value) => Value::Rational(value),
            None => Value::Exact(self),
        }
    }

    /// The one quotient of numbers below 2^29 that this stands for (there is at most one, as the products of two such are
    /// below half the modulus), by the extended Euclidean algorithm.
    fn short(self) -> Option<BigRational> {
        const BOUND: i128 = 1 << 29;
        let (mut high, mut low) = ((i128::from(P), 0i128), (i128::from(self.0), 1i128));
        while low.0 >= BOUND {
            let times = high.0 / low.0;
            (high, low) = (low, (high.0 - times * low.0, high.1 - times * low.1));
        }
        let (above, below) = if low.1 < 0 { (-low.0, -low.1) } else { low };
        (below < BOUND && below > 0).then(|| BigRational::new(above.into(), below.into()))
    }
}

impl fmt::Display for Field {
    /// The representative of least magnitude: `P - 1` is written `-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > P / 2 { write!(f, "-{}", P - self.0) } else { write!(f, "{}", self.0) }
    }
}

/// splitmix64: the same numbers for the same seed on every machine.
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    pub fn new(seed: u64) -> Generator {
        Generator(seed)
    }

    /// A generator of its own for a name and a number, whatever was drawn before.
    pub fn keyed(seed: u64, name: &str, number: u64) -> Generator {
        let mut state = Generator(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for byte in name.bytes() {
            state.0 = state.number() ^ u64::from(byte);
        }
        Generator(state.number())
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// So many numbers that nobody needs: what is drawn after them is what it would have been.
    pub fn pass_over(&mut self, count: usize) {
        (0..count).for_each(|_| {
            self.number();
        });
    }

    /// Below `bound`, which is positive and small, so that the bias does not matter.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// Uniform over the field.
    pub fn field(&mut self) -> Field {
        loop {
            let candidate = self.number() >> 3;
            if candidate < P {
                return Field(candidate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_hold_at_random_and_extreme_elements() {
        let mut generator = Generator::new(7);
        let mut elements = vec![Field::ZERO, Field::ONE, Field(P - 1), Field(P - 2), Field::new(P)];
        elements.extend((0..12).map(|_| generator.field()));
        for &a in &elements {
            assert_eq!(a + -a, Field::ZERO);
            assert_eq!(a * Field::ONE, a);
            if let Some(inverse) = a.inverse() {
                assert_eq!(a * inverse, Field::ONE);
            } else {
                assert!(a.is_zero());
            }
            for &b in &elements {
                let product = (u128::from(a.0) * u128::from(b.0) % u128::from(P)) as u64;
                assert_eq!((a * b).0, product);
                assert_eq!(a * b, b * a);
                assert_eq!(a - b, -(b - a));
                for &c in &elements {
                    assert_eq!(a * (b + c), a * b + a * c);
                    assert_eq!((a + b) + c, a + (b + c));
                }
            }
        }
    }

    #[test]
    fn rationals_are_exact_and_a_divisible_denominator_is_refused() {
        let half = BigRational::new((-1).into(), 2.into());
        assert_eq!(Field::rational(&half).map(|h| h + h), Some(-Field::ONE));
        assert_eq!(Field::rational(&BigRational::new(1.into(), P.into())), None);
    }
}
