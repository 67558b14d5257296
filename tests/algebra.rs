//! The scalar algebra through its session. No test here starts a process: this one keeps the turn.

use std::str::FromStr;
use std::thread;

use entrywise::algebra::polynomial::{Entry, Monomial, Polynomial};
use entrywise::algebra::scalar::{NotPolynomial, Scalar};
use entrywise::algebra::session::{self, SessionError};
use num_bigint::BigInt;
use num_rational::BigRational;

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
