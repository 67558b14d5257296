//! Bounds against exact rational arithmetic: the number meant is always within them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::*;

fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).expect("a finite float")
}

#[track_caller]
fn encloses(real: Real, exact: &BigRational) {
    let distance = (rational(real.value) - exact).abs();
    assert!(distance <= rational(real.error), "{real:?}");
    assert!(real.error < 1e-10 * (1.0 + real.value.abs()), "{real:?}");
}

/// Far below what a float resolves.
fn short(value: BigRational) -> BigRational {
    let scale: BigInt = BigInt::one() << 200;
    BigRational::new((value * &scale).round().to_integer(), scale)
}

fn exp(x: &BigRational) -> BigRational {
    let (mut term, mut sum) = (BigRational::one(), BigRational::one());
    for n in 1..120 {
        term = short(term * x / BigInt::from(n));
        sum += &term;
    }
    sum
}

/// Odd terms of the exponential's series with alternating signs.
fn sin(x: &BigRational) -> BigRational {
    let (mut term, mut sum) = (x.clone(), x.clone());
    for n in 1..60 {
        term = -short(term * x * x / BigInt::from(2 * n * (2 * n + 1)));
        sum += &term;
    }
    sum
}

/// `∫ exp(-t²)` from 0 by its series.
fn gauss(x: &BigRational) -> BigRational {
    let (mut term, mut sum) = (x.clone(), x.clone());
    for n in 1..150 {
        term = -short(term * x * x / BigInt::from(n));
        sum += short(&term / BigInt::from(2 * n + 1));
    }
    sum
}

#[test]
fn sums_products_and_quotients_stay_within_their_bounds() {
    let mut generator = Generator::new(11);
    for _ in 0..300 {
        let mut draw = || Real::draw(&mut generator, &Range::default()).unwrap();
        let third = BigRational::new(1.into(), 3.into());
        let (mut real, mut exact) = (Real::rational(&third).unwrap(), third);
        for step in 0..24 {
            let next = draw();
            let other = rational(next.value);
            match step % 4 {
                0 => (real, exact) = (real + next, exact + other),
                1 => (real, exact) = (real * next, exact * other),
                2 => (real, exact) = (next - real, other - exact),
                _ => match real.inverse() {
                    Ok(inverse) if real.value.abs() > 1e-2 => {
                        (real, exact) = (inverse, exact.recip());
                    }
                    _ => {}
                },
            }
            let distance = (rational(real.value) - &exact).abs();
            assert!(distance <= rational(real.error), "{real:?}");
        }
    }
}

#[test]
fn elementary_functions_stay_within_their_bounds() {
    let mut generator = Generator::new(5);
    let (one, two) = (BigRational::one(), BigRational::from_integer(2.into()));
    for _ in 0..15 {
        let x = Real::draw(&mut generator, &Range::default()).unwrap() * Real::exact(1.5);
        let x = Real::exact(x.value);
        let t = rational(x.value);
        let value = |f| x.elementary(f).unwrap().0;
        let slope = |f| x.elementary(f).unwrap().1;
        let (up, down) = (exp(&t), exp(&-&t));
        let sigmoid = &one / (&one + &down);
        let cosh = (&up + &down) / &two;
        encloses(value(Elementary::Exp), &up);
        encloses(value(Elementary::Sin), &sin(&t));
        encloses(slope(Elementary::Cos), &-sin(&t));
        encloses(value(Elementary::Cosh), &cosh);
        encloses(value(Elementary::Sinh), &((&up - &down) / &two));
        encloses(value(Elementary::Tanh), &((&up - &down) / (&up + &down)));
        encloses(slope(Elementary::Tanh), &(&one / (&cosh * &cosh)));
        encloses(value(Elementary::Sigmoid), &sigmoid);
        encloses(slope(Elementary::Sigmoid), &(&sigmoid * (&one - &sigmoid)));
        encloses(slope(Elementary::Softplus), &sigmoid);
        encloses(value(Elementary::Silu), &(&t * &sigmoid));
        encloses(slope(Elementary::Silu), &(&sigmoid + &t * &sigmoid * (&one - &sigmoid)));
        // The exponential of a logarithm, of half of it.
        let size = Real::exact(x.value.abs());
        let (log, reciprocal) = size.elementary(Elementary::Log).unwrap();
        encloses(reciprocal, &t.abs().recip());
        encloses(log.exp(), &t.abs());
        let (root, _) = size.elementary(Elementary::Sqrt).unwrap();
        encloses(root * root, &t.abs());
        // pi from its own bound: erf(x)² pi / 4 is the square of the integral.
        let erf = value(Elementary::Erf);
        let gauss = gauss(&t);
        let quarter = Real::exact(0.25) * Real::pi().unwrap();
        encloses(erf * erf * quarter, &(&gauss * &gauss));
        assert_eq!(erf.value > 0.0, gauss > BigRational::zero());
    }
}

#[test]
fn an_uncertain_argument_widens_the_bound() {
    let argument = Real::exact(0.75).widened(1.0 / 1024.0);
    for moved in [-1.0 / 1024.0, 1.0 / 4096.0, 1.0 / 1024.0] {
        let inside = Real::exact(0.75 + moved);
        for name in [
            "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid", "relu", "softplus",
            "abs", "erf", "gelu", "silu",
        ] {
            let function = Elementary::named(name).unwrap();
            let (value, slope) = argument.elementary(function).unwrap();
            let (expected, expected_slope) = inside.elementary(function).unwrap();
            assert!((value.value - expected.value).abs() <= value.error + expected.error, "{name}");
            let distance = (slope.value - expected_slope.value).abs();
            assert!(distance <= slope.error + expected_slope.error, "{name}'");
        }
    }
    assert!(Real::exact(0.0).widened(1e-3).elementary(Elementary::Step).is_err());
    assert!(Real::exact(-1.0).elementary(Elementary::Log).is_err());
}

#[test]
fn what_is_not_known_is_equal_to_nothing() {
    let unknown = Real::exact(1000.0).exp();
    assert_eq!(Real::agreement(&[unknown], &[unknown]), Agreement::Undecided);
    assert_eq!(Real::agreement(&[unknown - unknown], &[Real::ONE]), Agreement::Undecided);
    let vague = Real::ONE.widened(1e-3);
    assert_eq!(Real::agreement(&[vague], &[vague]), Agreement::Undecided);
    assert_eq!(Real::agreement(&[vague], &[Real::exact(1.1)]), Agreement::Different(0));
    assert!(unknown.inverse().is_err() && vague.widened(1.0).inverse().is_err());
}
