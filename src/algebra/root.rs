//! Powers of positive numbers in one form, exactly.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

/// Divisors that are tried in search of a power under a root.
const TRIED: u32 = 1_000;
/// Numbers with more bits are left as they are.
const MAX_BITS: u64 = 256;

/// The product of powers as a rational number and natural numbers under exponents between 0 and 1, one number
/// for each exponent: the square root of 8/9 is 2/3 and 2 under 1/2.
pub(super) fn roots(
    powers: impl IntoIterator<Item = (BigRational, BigRational)>,
) -> (BigRational, Vec<(BigInt, BigRational)>) {
    let mut factor = BigRational::one();
    let mut under: BTreeMap<BigRational, BigInt> = BTreeMap::new();
    for (number, exponent) in powers {
        for (part, exponent) in [(number.numer(), exponent.clone()), (number.denom(), -&exponent)] {
            let whole = exponent.floor();
            if let Some(whole) = whole.to_i32() {
                factor *= BigRational::from_integer(part.clone()).pow(whole);
            }
            let rest = exponent - whole;
            if !rest.is_zero() {
                *under.entry(rest).or_insert_with(BigInt::one) *= part;
            }
        }
    }
    let mut roots = Vec::new();
    for (exponent, number) in under {
        let (outside, inside) = split(number, &exponent);
        factor *= BigRational::from_integer(outside);
        if !inside.is_one() {
            roots.push((inside, exponent));
        }
    }
    (factor, roots)
}

/// `number^(p/q)` as a natural number times another one under the same exponent.
fn split(mut inside: BigInt, exponent: &BigRational) -> (BigInt, BigInt) {
    let mut outside = BigInt::one();
    let (Some(numerator), Some(degree)) = (exponent.numer().to_u32(), exponent.denom().to_u32()) else {
        return (outside, inside);
    };
    if degree > 64 || inside.bits() > MAX_BITS {
        return (outside, inside);
    }
    let root = inside.nth_root(degree);
    if root.pow(degree) == inside {
        return (root.pow(numerator), BigInt::one());
    }
    for divisor in 2..=TRIED {
        let power = BigInt::from(divisor).pow(degree);
        if power > inside {
            break;
        }
        while (&inside % &power).is_zero() {
            inside /= &power;
            outside *= BigInt::from(divisor).pow(numerator);
        }
    }
    (outside, inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i64, denominator: i64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    #[test]
    fn roots_are_exact() {
        let one = |number, exponent| roots([(number, exponent)]);
        assert_eq!(one(fraction(8, 9), fraction(1, 2)), (fraction(2, 3), vec![(2.into(), fraction(1, 2))]));
        assert_eq!(one(fraction(5, 4), fraction(-1, 2)), (fraction(2, 5), vec![(5.into(), fraction(1, 2))]));
        assert_eq!(one(fraction(4, 9), fraction(-3, 2)), (fraction(27, 8), vec![]));
        assert_eq!(one(fraction(16, 1), fraction(2, 3)), (fraction(4, 1), vec![(2.into(), fraction(2, 3))]));
        assert_eq!(
            roots([(fraction(2, 1), fraction(1, 2)), (fraction(6, 1), fraction(-1, 2))]),
            (fraction(1, 3), vec![(3.into(), fraction(1, 2))])
        );
    }

    #[test]
    fn a_power_has_the_value_of_its_roots() {
        let float = |number: &BigRational| {
            let part = |part: &BigInt| f64::from(part.to_i32().expect("a small number"));
            part(number.numer()) / part(number.denom())
        };
        for numerator in 1..20 {
            for denominator in 1..20 {
                for exponent in [(1, 2), (-1, 2), (3, 2), (-1, 3), (2, 3), (-5, 4), (2, 1)] {
                    let (number, exponent) =
                        (fraction(numerator, denominator), fraction(exponent.0, exponent.1));
                    let (factor, under) = roots([(number.clone(), exponent.clone())]);
                    let found = under.iter().fold(float(&factor), |product, (number, exponent)| {
                        product * float(&BigRational::from_integer(number.clone())).powf(float(exponent))
                    });
                    let expected = float(&number).powf(float(&exponent));
                    assert!((found - expected).abs() < 1e-12 * expected, "{number}^{exponent}");
                }
            }
        }
    }
}
