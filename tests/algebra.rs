//! The scalar algebra through its session. No test here starts a process: this one keeps the turn.

use std::str::FromStr;
use std::thread;

use entrywise::algebra::convert::{FormulaError, Rules};
use entrywise::algebra::formula::{Atom, Formula, Function};
use entrywise::algebra::polynomial::{Entry, Monomial, Polynomial};
use entrywise::algebra::scalar::{NotPolynomial, Scalar};
use entrywise::algebra::session::{self, SessionError};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const X: u32 = 1;
const W: u32 = 2;

fn at(quantity: u32, indices: &[u32]) -> Entry {
    Entry { quantity, indices: indices.to_vec() }
}

fn integer(value: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(value))
}

fn monomial(coefficient: BigRational, factors: &[(Entry, u32)]) -> Monomial {
    Monomial { coefficient, factors: factors.to_vec() }
}

fn scalar(quantity: u32, indices: &[u32]) -> Scalar {
    Scalar::entry(&at(quantity, indices))
}

fn polynomial(job: impl FnOnce() -> Scalar + Send + 'static) -> Polynomial {
    session::run(|| job().to_polynomial()).expect("the session runs").expect("a polynomial")
}

#[test]
fn a_square_is_expanded_with_its_factors_in_order() {
    let square = polynomial(|| (scalar(W, &[1, 2]) + scalar(X, &[1, 1])).pow(2));
    let (x, w) = (at(X, &[1, 1]), at(W, &[1, 2]));
    assert_eq!(
        square.monomials,
        [
            monomial(integer(2), &[(x.clone(), 1), (w.clone(), 1)]),
            monomial(integer(1), &[(x, 2)]),
            monomial(integer(1), &[(w, 2)]),
        ]
    );
}

#[test]
fn a_derivative_treats_entries_as_variables() {
    let derivative = polynomial(|| {
        let x = scalar(X, &[1, 1]);
        (x.clone() * scalar(W, &[1, 1]) + x.pow(2) * scalar(W, &[1, 2])).derivative(&at(X, &[1, 1]))
    });
    assert_eq!(
        derivative.monomials,
        [
            monomial(integer(2), &[(at(X, &[1, 1]), 1), (at(W, &[1, 2]), 1)]),
            monomial(integer(1), &[(at(W, &[1, 1]), 1)]),
        ]
    );
}

#[test]
fn other_indices_are_other_variables() {
    let zero = polynomial(|| scalar(X, &[1, 1]).pow(3).derivative(&at(X, &[1, 2])));
    assert_eq!(zero, Polynomial::default());
    // With and without indices, too.
    let zero = polynomial(|| scalar(X, &[1]).derivative(&at(X, &[])));
    assert_eq!(zero, Polynomial::default());
    let one = polynomial(|| scalar(X, &[]).derivative(&at(X, &[])));
    assert_eq!(one.monomials, [monomial(integer(1), &[])]);
}

#[test]
fn like_terms_are_collected() {
    let collected = polynomial(|| {
        let product = scalar(X, &[2]) * scalar(W, &[3]);
        let same = scalar(W, &[3]) * scalar(X, &[2]);
        Scalar::sum([product.clone(), same, product, Scalar::number(&integer(4))])
    });
    assert_eq!(
        collected.monomials,
        [monomial(integer(4), &[]), monomial(integer(3), &[(at(X, &[2]), 1), (at(W, &[3]), 1)]),]
    );
}

#[test]
fn coefficients_of_any_size_are_exact() {
    let values = [
        "0",
        "-1/3",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808/3",
        "1/18446744073709551616",
        "-340282366920938463463374607431768211456/7",
        "123456789012345678901234567890123456789012345678901/2",
        "3/1000000000000000000000000000000000000000000000000001",
    ];
    for text in values {
        let value = BigRational::from_str(text).expect("a fraction");
        let given = value.clone();
        let back = polynomial(move || Scalar::number(&given) * scalar(X, &[1]));
        if text == "0" {
            assert_eq!(back, Polynomial::default());
        } else {
            assert_eq!(back.monomials, [monomial(value, &[(at(X, &[1]), 1)])]);
        }
    }
}

#[test]
fn large_coefficients_multiply_exactly() {
    let large = BigRational::from_str("123456789012345678901234567890/7").expect("a fraction");
    let given = large.clone();
    let cube = polynomial(move || (Scalar::number(&given) * scalar(X, &[])).pow(3));
    let expected = &large * &large * &large;
    assert_eq!(cube.monomials, [monomial(expected, &[(at(X, &[]), 3)])]);
}

#[test]
fn zero_is_seen_after_expansion() {
    let [difference, other, empty] = session::run(|| {
        let (x, w) = (scalar(X, &[1]), scalar(W, &[1]));
        let left = (x.clone() + w.clone()).pow(2) - (x.clone() - w.clone()).pow(2);
        let right = Scalar::number(&integer(4)) * x * w;
        [(left.clone() - right).is_zero(), left.is_zero(), Scalar::sum([]).is_zero()]
    })
    .expect("the session runs");
    assert!(difference);
    assert!(!other);
    assert!(empty);
}

#[test]
fn empty_sums_products_and_powers_have_their_usual_values() {
    assert_eq!(polynomial(|| Scalar::sum([])), Polynomial::default());
    let one = [monomial(integer(1), &[])];
    assert_eq!(polynomial(|| Scalar::product([])).monomials, one);
    assert_eq!(polynomial(|| scalar(X, &[1]).pow(0)).monomials, one);
    assert_eq!(polynomial(|| Scalar::sum([]).pow(0)).monomials, one);
    assert_eq!(polynomial(|| Scalar::sum([]).pow(2)), Polynomial::default());
}

#[test]
fn a_polynomial_comes_back_as_it_was() {
    let original = polynomial(|| {
        let half = Scalar::number(&BigRational::new(1.into(), 2.into()));
        (half * scalar(X, &[1, 2]) - scalar(W, &[]) + scalar(7, &[4, 5, 6])).pow(3)
    });
    let given = original.clone();
    assert_eq!(polynomial(move || Scalar::from_polynomial(&given)), original);
    assert_eq!(original.monomials.len(), 10);
}

#[test]
fn the_order_does_not_depend_on_what_was_seen_first() {
    let first = polynomial(|| scalar(102, &[1]) + scalar(101, &[1]) + scalar(103, &[2]));
    let second = polynomial(|| scalar(103, &[2]) + scalar(102, &[1]) + scalar(101, &[1]));
    assert_eq!(first, second);
    assert!(first.monomials.is_sorted_by_key(|monomial| &monomial.factors));
}

#[test]
fn a_panic_is_carried_back_and_the_session_goes_on() {
    let message = "this panic is meant to happen";
    let result = session::run(move || -> () { panic!("{message}") });
    assert_eq!(result, Err(SessionError::Panicked(message.to_owned())));
    let result = session::run(|| {
        let _kept = scalar(X, &[1]).expand();
        std::panic::panic_any(3_u8);
    });
    assert!(matches!(result, Err(SessionError::Panicked(_))));
    assert_eq!(polynomial(|| scalar(X, &[1]).expand()).monomials.len(), 1);
}

#[test]
fn a_scalar_outside_of_the_session_panics_instead_of_aborting() {
    let outside = thread::spawn(|| {
        let _scalar = scalar(X, &[1]);
    });
    assert!(outside.join().is_err());
}

#[test]
fn a_job_may_run_a_job() {
    let inner = session::run(|| session::run(|| scalar(X, &[1]).is_zero()));
    assert_eq!(inner, Ok(Ok(false)));
}

#[test]
fn many_threads_share_the_session() {
    let threads: Vec<_> = (1..=8)
        .map(|index| {
            thread::spawn(move || {
                for power in 1..=20 {
                    let found = polynomial(move || scalar(X, &[index]).pow(power));
                    let expected = monomial(integer(1), &[(at(X, &[index]), power)]);
                    assert_eq!(found.monomials, [expected]);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread fails");
    }
}

#[test]
fn not_polynomial_says_so() {
    assert!(NotPolynomial.to_string().contains("not a polynomial"));
}

const TANH: u32 = 3;
/// A function of which nothing is known.
const UNKNOWN: u32 = 4;

fn function(number: u32) -> Function {
    Function::Other { number, order: 0 }
}

fn call(function: Function, argument: &Scalar) -> Scalar {
    Scalar::call(function, argument).expect("a real value")
}

fn power(base: &Scalar, numerator: i64, denominator: i64) -> Scalar {
    let exponent = Scalar::number(&BigRational::new(numerator.into(), denominator.into()));
    base.power(&exponent).expect("a real value")
}

fn formula(job: impl FnOnce() -> Scalar + Send + 'static) -> Formula {
    session::run(|| job().to_formula()).expect("the session runs").expect("a formula")
}

/// `tanh` by its derivative.
fn rules() -> Rules {
    let tanh = Atom::Function(function(TANH), Box::new(Formula::atom(Atom::Entry(Rules::parameter()))));
    let square = vec![(tanh, integer(2))];
    Rules { derivatives: [(TANH, Formula::new([(integer(1), vec![]), (integer(-1), square)]))].into() }
}

fn float(value: &BigRational) -> f64 {
    let part = |part: &BigInt| part.to_string().parse::<f64>().expect("an integer");
    part(value.numer()) / part(value.denom())
}

/// The value of a formula where each entry has one.
fn value(formula: &Formula, entries: &dyn Fn(&Entry) -> f64) -> f64 {
    let atom = |atom: &Atom| match atom {
        Atom::Pi => std::f64::consts::PI,
        Atom::Entry(entry) => entries(entry),
        Atom::Function(function, argument) => {
            let argument = value(argument, entries);
            match function {
                Function::Exp => argument.exp(),
                Function::Log => argument.ln(),
                Function::Sin => argument.sin(),
                Function::Cos => argument.cos(),
                Function::Tan => argument.tan(),
                Function::Other { number: TANH, order: 0 } => argument.tanh(),
                other => panic!("{other:?} has no value"),
            }
        }
        Atom::Power(base, exponent) => value(base, entries).powf(value(exponent, entries)),
        Atom::Group(inner) => value(inner, entries),
    };
    let term = |coefficient: &BigRational, factors: &[(Atom, BigRational)]| {
        float(coefficient)
            * factors.iter().map(|(base, exponent)| atom(base).powf(float(exponent))).product::<f64>()
    };
    formula.terms().iter().map(|one| term(&one.coefficient, &one.factors)).sum()
}

/// Some positive value for each entry, no two alike.
fn point(entry: &Entry) -> f64 {
    let mix =
        entry.indices.iter().fold(f64::from(entry.quantity), |mix, index| 2.7 * mix + f64::from(*index));
    0.4 + (mix * 0.7).sin().abs()
}

/// The derivatives of an expression by entries have the values of its central differences, as they stand and
/// multiplied out.
fn agrees_with_differences(entries: &[Entry], job: impl Fn() -> Scalar + Send + Clone + 'static) {
    let original = formula(job.clone());
    for by in entries {
        let (job, own) = (job.clone(), by.clone());
        let derived = move || job().derivative(&own).with_rules(&rules()).expect("a derivative");
        let plain = formula(derived.clone());
        let expanded = formula(move || derived().expand_all().expect("an expansion"));
        let step = 1e-5;
        let shifted =
            |by_step: f64| value(&original, &|one| point(one) + if one == by { by_step } else { 0.0 });
        let difference = (shifted(step) - shifted(-step)) / (2.0 * step);
        for form in [plain, expanded] {
            let found = value(&form, &point);
            let scale = 1.0 + difference.abs();
            assert!((found - difference).abs() < 1e-7 * scale, "by {by:?}: {found} is not {difference}");
        }
    }
}

#[test]
fn the_chain_rule_reaches_entries_under_a_function() {
    let layer = || {
        let sum = scalar(X, &[1, 1]) * scalar(W, &[1, 1]) + scalar(X, &[1, 2]) * scalar(W, &[2, 1]);
        call(function(TANH), &sum)
    };
    let derived = formula(move || layer().derivative(&at(W, &[2, 1])).with_rules(&rules()).unwrap());
    // x[1,2] * (1 - tanh(x[1,1] w[1,1] + x[1,2] w[2,1])^2), by hand.
    let entry = |quantity, indices: &[u32]| (Atom::Entry(at(quantity, indices)), integer(1));
    let argument = Formula::new([
        (integer(1), vec![entry(X, &[1, 2]), entry(W, &[2, 1])]),
        (integer(1), vec![entry(X, &[1, 1]), entry(W, &[1, 1])]),
    ]);
    let square = (Atom::Function(function(TANH), Box::new(argument)), integer(2));
    let bracket = Formula::new([(integer(-1), vec![square.clone()]), (integer(1), vec![])]);
    let by_hand =
        Formula::new([(integer(1), vec![(Atom::Group(Box::new(bracket)), integer(1)), entry(X, &[1, 2])])]);
    assert_eq!(derived, by_hand);
    let expanded =
        formula(move || layer().derivative(&at(W, &[2, 1])).with_rules(&rules()).unwrap().expand());
    let by_hand =
        Formula::new([(integer(1), vec![entry(X, &[1, 2])]), (integer(-1), vec![square, entry(X, &[1, 2])])]);
    assert_eq!(expanded, by_hand);
    agrees_with_differences(&[at(X, &[1, 2]), at(W, &[1, 1]), at(W, &[2, 1]), at(W, &[9])], layer);
}

#[test]
fn quotients_and_roots_of_entries_are_derived() {
    let entries = [at(X, &[1]), at(X, &[2]), at(X, &[3])];
    agrees_with_differences(&entries, || {
        let exp = |index| call(Function::Exp, &scalar(X, &[index]));
        exp(1) * power(&(exp(1) + exp(2) + exp(3)), -1, 1)
    });
    // A layer norm: centred, over the root of the variance.
    agrees_with_differences(&entries, || {
        let third = Scalar::number(&BigRational::new(1.into(), 3.into()));
        let mean = third.clone() * Scalar::sum((1..=3).map(|index| scalar(X, &[index])));
        let centred = |index| scalar(X, &[index]) - mean.clone();
        let variance = third * Scalar::sum((1..=3).map(|index| centred(index).pow(2)));
        let small = Scalar::number(&BigRational::new(1.into(), 100.into()));
        centred(1) * power(&(variance + small), -1, 2)
    });
    agrees_with_differences(&entries, || {
        let ratio = scalar(X, &[1]) * power(&scalar(X, &[2]), -3, 2);
        call(Function::Log, &(ratio + Scalar::pi()))
            * call(Function::Tan, &call(Function::Sin, &scalar(X, &[3])))
    });
    agrees_with_differences(&entries, || {
        let inner = call(function(TANH), &(scalar(X, &[1]) * scalar(X, &[2]).pow(2)));
        call(function(TANH), &(inner * call(Function::Cos, &scalar(X, &[3])))).pow(3)
    });
    agrees_with_differences(&entries, || {
        scalar(X, &[1]).power(&(scalar(X, &[2]) + scalar(X, &[3]))).expect("a real value")
    });
}

#[test]
fn second_derivatives_need_the_rules_of_the_first() {
    let twice = |job: fn(&Scalar) -> Scalar| {
        formula(move || {
            let once = job(&scalar(X, &[1])).derivative(&at(X, &[1]));
            once.derivative(&at(X, &[1])).with_rules(&rules()).expect("a derivative")
        })
    };
    let second = twice(|x| call(function(TANH), x));
    let t = point(&at(X, &[1])).tanh();
    let found = value(&second, &point);
    assert!((found + 2.0 * t * (1.0 - t * t)).abs() < 1e-12, "{found}");
    // What has no rule stays a derivative function.
    let kept = twice(|x| call(function(UNKNOWN), x));
    let argument = Formula::atom(Atom::Entry(at(X, &[1])));
    let expected = Atom::Function(Function::Other { number: UNKNOWN, order: 2 }, Box::new(argument));
    assert_eq!(kept, Formula::atom(expected));
}

#[test]
fn arguments_are_multiplied_out() {
    let [one, other] = session::run(|| {
        let (x, w) = (scalar(X, &[1]), scalar(W, &[1]));
        let left = (x.clone() + Scalar::number(&integer(1))) * w.clone();
        let right = x * w.clone() + w;
        [left, right].map(|argument| {
            let root = power(&call(function(UNKNOWN), &call(function(TANH), &argument)), 1, 2);
            root.expand_all().and_then(|root| root.to_formula()).expect("a formula")
        })
    })
    .expect("the session runs");
    assert_eq!(one, other);
}

#[test]
fn a_formula_does_not_depend_on_what_was_seen_first() {
    let build = |order: [u32; 3]| {
        formula(move || {
            for number in order {
                let _seen = call(function(number), &scalar(number, &[1]));
            }
            Scalar::sum(order.map(|number| {
                call(function(number), &(scalar(number, &[2]) + scalar(201, &[1]))) * scalar(number, &[])
            }))
        })
    };
    assert_eq!(build([203, 201, 202]), build([202, 203, 201]));
}

#[test]
fn a_polynomial_is_a_formula() {
    let job = || (scalar(X, &[1, 2]) - scalar(W, &[]) + Scalar::number(&integer(3))).pow(2);
    let given = polynomial(job);
    assert_eq!(formula(move || job().expand()), Formula::from(&given));
    let mut back = Formula::from(&given).to_polynomial().expect("a polynomial");
    back.monomials.sort_by(|a, b| a.factors.cmp(&b.factors));
    assert_eq!(back, given);
    assert_eq!(formula(job).to_polynomial(), None);
    assert_eq!(formula(|| power(&scalar(X, &[1]), 1, 2)).to_polynomial(), None);
}

#[test]
fn what_has_no_real_value_is_no_formula() {
    let errors = session::run(|| {
        let number = |value| Scalar::number(&integer(value));
        let half = Scalar::number(&BigRational::new(1.into(), 2.into()));
        let huge = number(1_000_000_000);
        [
            number(0).power(&number(-1)).err(),
            number(-2).power(&half).err(),
            number(0).power(&scalar(X, &[1])).err(),
            Scalar::call(Function::Log, &number(0)).err(),
            scalar(X, &[1]).substitute(&at(X, &[1]), &number(0)).err(),
            power(&scalar(X, &[1]), -1, 1).substitute(&at(X, &[1]), &number(0)).err(),
            number(2).power(&huge).err(),
        ]
    })
    .expect("the session runs");
    let undefined = Some(FormulaError::Undefined);
    let expected =
        [undefined, undefined, undefined, undefined, None, undefined, Some(FormulaError::TooLarge)];
    assert_eq!(errors, expected);
}

/// An expression as data, so that its value and its formula are made apart.
#[derive(Clone, Debug)]
enum Random {
    Number(i64, i64),
    Entry(u32),
    Sum(Box<Random>, Box<Random>),
    Product(Box<Random>, Box<Random>),
    Function(Function, Box<Random>),
    /// Of one plus a square, which is positive.
    Power(Box<Random>, i64, i64),
}

impl Random {
    fn scalar(&self) -> Scalar {
        match self {
            Self::Number(numerator, denominator) => {
                Scalar::number(&BigRational::new((*numerator).into(), (*denominator).into()))
            }
            Self::Entry(index) => scalar(X, &[*index]),
            Self::Sum(left, right) => left.scalar() + right.scalar(),
            Self::Product(left, right) => left.scalar() * right.scalar(),
            Self::Function(function, argument) => call(*function, &argument.scalar()),
            Self::Power(base, numerator, denominator) => {
                power(&(base.scalar().pow(2) + Scalar::number(&integer(1))), *numerator, *denominator)
            }
        }
    }

    /// The value and its derivative by the entry, by dual numbers.
    fn dual(&self, by: u32) -> (f64, f64) {
        match self {
            Self::Number(numerator, denominator) => {
                (float(&BigRational::new((*numerator).into(), (*denominator).into())), 0.0)
            }
            Self::Entry(index) => (point(&at(X, &[*index])), f64::from(*index == by)),
            Self::Sum(left, right) => {
                let ((a, da), (b, db)) = (left.dual(by), right.dual(by));
                (a + b, da + db)
            }
            Self::Product(left, right) => {
                let ((a, da), (b, db)) = (left.dual(by), right.dual(by));
                (a * b, da * b + a * db)
            }
            Self::Function(function, argument) => {
                let (a, da) = argument.dual(by);
                match function {
                    Function::Sin => (a.sin(), a.cos() * da),
                    Function::Cos => (a.cos(), -a.sin() * da),
                    _ => (a.tanh(), da / a.cosh().powi(2)),
                }
            }
            Self::Power(base, numerator, denominator) => {
                let exponent = float(&BigRational::new((*numerator).into(), (*denominator).into()));
                let (a, da) = base.dual(by);
                let inner = a * a + 1.0;
                (inner.powf(exponent), exponent * inner.powf(exponent - 1.0) * 2.0 * a * da)
            }
        }
    }
}

fn random() -> impl Strategy<Value = Random> {
    let leaf = prop_oneof![
        (-3_i64..4, 1_i64..4).prop_map(|(numerator, denominator)| Random::Number(numerator, denominator)),
        (1_u32..4).prop_map(Random::Entry),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let pair = (one.clone(), one.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Random::Sum(left, right)),
            pair.prop_map(|(left, right)| Random::Product(left, right)),
            (prop_oneof![Just(Function::Sin), Just(Function::Cos), Just(function(TANH))], one.clone())
                .prop_map(|(function, argument)| Random::Function(function, argument)),
            (one, -3_i64..4, 1_i64..3).prop_map(|(base, numerator, denominator)| Random::Power(
                base,
                numerator,
                denominator
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn formulas_keep_the_value_and_come_back(expression in random()) {
        let given = expression.clone();
        let (forms, again, derivatives) = session::run(move || {
            let formula = |scalar: &Scalar| scalar.to_formula().expect("a formula");
            let forms = |scalar: &Scalar| {
                let expanded = scalar.expand_all().expect("an expansion");
                let all = [scalar.clone(), expanded, scalar.together(), scalar.cancel(), scalar.factor()];
                all.map(|form| formula(&form))
            };
            let scalar = given.scalar();
            let again = Scalar::from_formula(&formula(&scalar)).expect("an expression");
            let derived = scalar.derivative(&at(X, &[1])).with_rules(&rules()).expect("a derivative");
            (forms(&scalar), formula(&again), forms(&derived))
        })
        .expect("the session runs");
        prop_assert_eq!(&again, &forms[0]);
        let (expected, derivative) = expression.dual(1);
        for (forms, expected) in [(forms, expected), (derivatives, derivative)] {
            for form in &forms {
                let found = value(form, &point);
                let wrong = (found - expected).abs() > 1e-7 * (1.0 + expected.abs());
                prop_assert!(!wrong, "{found} is not {expected}: {form:?}");
            }
        }
    }
}
