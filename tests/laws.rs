//! The laws and bounds of `grammar/rules.ew` against the standard library's functions, and what they prove.

use std::collections::BTreeMap;

use entrywise::rule::{Bound, Catalogue, Law, Pattern};
use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

use support::Random;
use support::scalars::scalar;

type Values = BTreeMap<Name, f64>;

fn value(expr: &Expr, letters: &Values) -> f64 {
    let of = |expr: &Expr| value(expr, letters);
    match &expr.kind {
        ExprKind::Number(number) => {
            number.to_string().parse::<f64>().unwrap_or_else(|_| panic!("{number} is no whole number"))
        }
        ExprKind::Name(name) => letters[name],
        ExprKind::Negate(inner) => -of(inner),
        ExprKind::Sum(terms) => terms
            .iter()
            .map(|(sign, term)| match sign {
                Sign::Plus => of(term),
                Sign::Minus => -of(term),
            })
            .sum(),
        ExprKind::Product { first, rest } => rest.iter().fold(of(first), |product, (op, factor)| match op {
            ProductOp::Divide => product / of(factor),
            _ => product * of(factor),
        }),
        ExprKind::Power { base, exponent, .. } => of(base).powf(of(exponent)),
        ExprKind::Call { function, primes: 0, arguments } => {
            let (known, _) = scalar(&function.name).unwrap_or_else(|| panic!("{}", function.name));
            known(of(&arguments[0]))
        }
        other => panic!("{other:?}"),
    }
}

/// The laws of scalar functions; those of primitives of matrices are judged in matrix_laws.rs.
fn scalar_laws() -> impl Iterator<Item = &'static Law> {
    Catalogue::shipped().laws.iter().filter(|law| scalar(&law.function).is_some())
}

/// The letters that stand for literal numbers.
fn numbers(law: &Law) -> Vec<Name> {
    match &law.pattern {
        Pattern::Multiple(c, _) | Pattern::Power(_, c) => vec![c.clone()],
        _ => Vec::new(),
    }
}

/// Points at which both sides have values, and at how many of them the sides differ.
fn compared(law: &Law) -> (usize, usize) {
    let mut random = Random::new(11);
    let (mut met, mut differ) = (0, 0);
    for round in 0..400 {
        let mut letters: Values = BTreeMap::new();
        for letter in law.letters() {
            let drawn = match round % 4 {
                _ if numbers(law).contains(&letter) => [-2.0, 0.5, 3.0, -1.5, 2.0, -1.0][random.below(6)],
                0 => [0.0, 1.0, -1.0, 2.0, -0.5][random.below(5)],
                _ => random.within(-3.0, 3.0),
            };
            let positive = law.positive.contains(&letter);
            letters.insert(letter, if positive { drawn.abs() + 0.01 } else { drawn });
        }
        let (left, right) = (value(&law.left(), &letters), value(&law.right, &letters));
        if left.is_finite() && right.is_finite() {
            met += 1;
            differ += usize::from((left - right).abs() > 1e-9 * (1.0 + left.abs().max(right.abs())));
        }
    }
    (met, differ)
}

#[test]
fn every_law_is_true() {
    let text = std::fs::read_to_string("grammar/rules.ew").unwrap();
    let laws = &Catalogue::shipped().laws;
    assert_eq!(laws.len(), text.lines().filter(|line| line.starts_with("law ")).count());
    for law in scalar_laws() {
        let (met, differ) = compared(law);
        assert!(met >= 100, "{}: {met} points", law.text());
        assert_eq!(differ, 0, "{}", law.text());
    }
}

/// The right side with one mistake: a sign, an operator, a function, a number.
fn mistakes(expr: &Expr) -> Vec<Expr> {
    let mut found: Vec<Expr> = vec![ExprKind::Negate(Box::new(expr.clone())).into()];
    match &expr.kind {
        ExprKind::Number(_) => {
            found.push(ExprKind::Sum(vec![(Sign::Plus, expr.clone()), (Sign::Plus, Expr::natural(1))]).into())
        }
        ExprKind::Sum(terms) => {
            for at in 0..terms.len() {
                let mut other = terms.clone();
                other[at].0 = if other[at].0 == Sign::Plus { Sign::Minus } else { Sign::Plus };
                found.push(ExprKind::Sum(other).into());
                for inner in mistakes(&terms[at].1) {
                    let mut other = terms.clone();
                    other[at].1 = inner;
                    found.push(ExprKind::Sum(other).into());
                }
            }
        }
        ExprKind::Product { first, rest } => {
            for at in 0..rest.len() {
                let mut other = rest.clone();
                other[at].0 =
                    if other[at].0 == ProductOp::Divide { ProductOp::Times } else { ProductOp::Divide };
                found.push(ExprKind::Product { first: first.clone(), rest: other }.into());
            }
        }
        ExprKind::Call { arguments, .. } => {
            found.extend(["exp", "sin", "sign"].map(|other| Expr::call(other, arguments.clone())));
        }
        ExprKind::Power { base, exponent, entrywise } => {
            let other = ExprKind::Negate(exponent.clone()).into();
            found.push(
                ExprKind::Power { base: base.clone(), exponent: Box::new(other), entrywise: *entrywise }
                    .into(),
            );
        }
        _ => {}
    }
    found.retain(|other| other != expr);
    found
}

/// The test above can fail: hardly a mistake in a law is none, and those are known.
#[test]
fn a_mistake_in_a_law_is_found() {
    let mut unnoticed = Vec::new();
    let mut count = 0;
    for law in scalar_laws() {
        for right in mistakes(&law.right) {
            count += 1;
            let mutant = Law { right, ..law.clone() };
            if compared(&mutant).1 == 0 {
                unnoticed.push(mutant.text());
            }
        }
    }
    // Minus 0; a quotient by 1 or -1.
    assert_eq!(
        unnoticed,
        [
            "log(1) = -0",
            "sin(0) = -0",
            "erf(0) = -0",
            "sign(0) = -0",
            "sign(s * t) = sign(s) / sign(t)",
            "abs(0) = -0",
        ]
    );
    assert!(count > 100, "{count}");
}

#[test]
fn every_condition_of_a_law_is_needed() {
    for law in Catalogue::shipped().laws.iter().filter(|law| !law.positive.is_empty()) {
        let loose = Law { positive: Vec::new(), ..law.clone() };
        let (met, differ) = compared(&loose);
        // A logarithm of what is negative has no value: the condition says where the law may be used.
        assert!(differ > 0 || met < 300, "{}: {met} points, {differ} differ", law.text());
    }
}

#[test]
fn every_bound_is_true() {
    let text = std::fs::read_to_string("grammar/rules.ew").unwrap();
    let bounds = &Catalogue::shipped().bounds;
    assert_eq!(bounds.len(), text.lines().filter(|line| line.starts_with("bound ")).count());
    let holds = |bound: &Bound, strict: bool| {
        let (function, _) = scalar(&bound.function).unwrap();
        let mut random = Random::new(5);
        (0..400).all(|round| {
            let t = if round % 8 == 0 { 0.0 } else { random.within(-4.0, 4.0) };
            let value = function(t);
            let signed = if bound.of_argument { t } else { value };
            !value.is_finite() || signed > 0.0 || !strict && signed == 0.0
        })
    };
    for bound in bounds {
        assert!(holds(bound, bound.strict), "{}", bound.name);
        // The stronger statement is false, so that this can fail.
        assert!(bound.strict || !holds(bound, true), "{}", bound.name);
    }
    let wrong = |function: &str| Bound {
        name: "wrong".into(),
        function: function.into(),
        of_argument: false,
        strict: true,
    };
    assert!(!holds(&wrong("sin"), false) && !holds(&wrong("log"), false));
}
