//! Which rational number an element of the prime field stands for.

use num_rational::BigRational;

use super::field::{Field, P};
use super::number::{Number, Value};
use super::real::Real;

/// What is known less well, relatively, picks no number out.
const NEAR: f64 = 1e-6;

/// The value as a rational number where one of few digits agrees with what it is in real numbers, else the element.
pub fn settled(value: Value, real: Real) -> Value {
    let element = match &value {
        Value::Exact(element) => Some(*element),
        Value::Rational(number) => Field::rational(number),
        Value::Approximate(_) => None,
    };
    let Some(element) = element else { return value };
    let near = |number: &BigRational| {
        Real::rational(number).is_some_and(|number| {
            let bound = real.error() + number.error();
            let distance = (number.value() - real.value()).abs();
            distance <= bound && bound <= NEAR * number.value().abs() || number.is_zero() && real.is_zero()
        })
    };
    quotients(element).find(near).map_or(Value::Exact(element), Value::Rational)
}

/// Quotients of small numbers that the element stands for, by the extended Euclidean algorithm: there is at most one
/// for each bound of the numerator, as twice the product of both is below the modulus.
fn quotients(element: Field) -> impl Iterator<Item = BigRational> {
    let (mut high, mut low) = ((i128::from(P), 0i128), (i128::from(element.value()), 1i128));
    std::iter::from_fn(move || {
        if low.1 == 0 || high.0 == 0 {
            return None;
        }
        let found = low;
        if low.0 == 0 {
            high.0 = 0;
        } else {
            let times = high.0 / low.0;
            (high, low) = (low, (high.0 - times * low.0, high.1 - times * low.1));
        }
        Some(found)
    })
    .filter(|(above, below)| *below != 0 && 2 * above.abs() * below.abs() < i128::from(P))
    .map(|(above, below)| BigRational::new(above.into(), below.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_again_beside_its_value_and_nothing_else() {
        let number = |above: i64, below: i64| BigRational::new(above.into(), below.into());
        for (above, below) in [(1_000_000_001, 1_000_000_000), (-7, 3), (5, 1 << 40), (-(1 << 50), 9), (0, 1)]
        {
            let number = number(above, below);
            let element = Field::rational(&number).unwrap();
            let real = Real::rational(&number).unwrap();
            assert_eq!(settled(Value::Exact(element), real), Value::Rational(number));
        }
        let element = Field::rational(&number(2, 3)).unwrap();
        let other = Real::rational(&number(3, 4)).unwrap();
        assert_eq!(settled(Value::Exact(element), other), Value::Exact(element));
    }
}
