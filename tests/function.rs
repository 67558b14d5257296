//! Derivatives and equality of scalar functions, against numbers and formulas that the engine did not make.

use entrywise::Source;
use entrywise::algebra::function::{FunctionError, derivative, equal};
use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign, StatementKind};
use entrywise::syntax::{parse, print};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Declared as in a program; their values are in [`call`].
const DECLARED: &str = "
scalar tanh(t) derivative 1 - tanh(t)^2
scalar sigmoid(z) derivative sigmoid(z)*(1 - sigmoid(z))
scalar erf(t) derivative 2/sqrt(pi) * exp(-t^2)
scalar relu(t) derivative step(t)
scalar step(t) derivative 0
scalar sinh(u) derivative cosh(u)
scalar cosh(u) derivative sinh(u)
scalar gap(t) derivative gap(t) + hole'(t)
scalar square(s) derivative 2*s
";

fn expr(text: &str) -> Expr {
    parse::expression(&Source::new("formula", text), &[]).unwrap_or_else(|_| panic!("`{text}` parses"))
}

fn declared(text: &str) -> Vec<(Name, Name, Expr)> {
    let file = parse::file(&Source::new("functions", text)).expect("the functions parse");
    let one = |kind| match kind {
        StatementKind::ScalarFunction { name, parameter, derivative: Some(derivative), .. } => {
            (name.name, parameter.name, derivative)
        }
        other => panic!("{other:?} declares no derivative"),
    };
    file.statements.into_iter().map(|statement| one(statement.kind)).collect()
}

fn with<T>(functions: &str, job: impl FnOnce(&dyn Fn(&str) -> Option<(Name, Expr)>) -> T) -> T {
    let functions = declared(functions);
    let known = |name: &str| {
        let (_, parameter, derivative) = functions.iter().find(|(known, ..)| &**known == name)?;
        Some((parameter.clone(), derivative.clone()))
    };
    job(&known)
}

fn derived_with(functions: &str, text: &str) -> Result<String, FunctionError> {
    with(functions, |known| derivative(&expr(text), &"t".into(), known)).map(|answer| {
        let printed = print::expr(&answer);
        assert_eq!(expr(&printed), answer, "`{printed}` does not read back");
        printed
    })
}

fn derived(text: &str) -> String {
    derived_with(DECLARED, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn same(left: &str, right: &str) -> Option<bool> {
    let judge = |left: &str, right: &str| {
        with(DECLARED, |known| equal(&expr(left), &expr(right), &"t".into(), known))
            .unwrap_or_else(|error| panic!("{left}, {right}: {error}"))
    };
    let verdict = judge(left, right);
    assert_eq!(verdict, judge(right, left), "{left}, {right}: the order of the sides decides");
    verdict
}

fn float(value: &BigRational) -> f64 {
    let part = |part: &BigInt| part.to_string().parse::<f64>().expect("an integer");
    part(value.numer()) / part(value.denom())
}

/// The error function by its series, which converges everywhere.
fn erf(t: f64) -> f64 {
    let (mut term, mut sum) = (t, t);
    for n in 1..80 {
        term *= -t * t / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn call(name: &str, t: f64) -> f64 {
    match name {
        "exp" => t.exp(),
        "log" => t.ln(),
        "sqrt" => t.sqrt(),
        "sin" => t.sin(),
        "cos" => t.cos(),
        "tan" => t.tan(),
        "tanh" => t.tanh(),
        "sinh" => t.sinh(),
        "cosh" => t.cosh(),
        "sigmoid" => 1.0 / (1.0 + (-t).exp()),
        "erf" => erf(t),
        "relu" => t.max(0.0),
        "step" => f64::from(t > 0.0),
        "square" => t * t,
        _ => panic!("`{name}` has no value"),
    }
}

/// The value of a formula at a point.
fn value(expr: &Expr, at: f64) -> f64 {
    match &expr.kind {
        ExprKind::Number(number) => float(number),
        ExprKind::Name(name) if &**name == "t" => at,
        ExprKind::Name(name) if &**name == "pi" => std::f64::consts::PI,
        ExprKind::Negate(inner) => -value(inner, at),
        ExprKind::Power { base, exponent, .. } => value(base, at).powf(value(exponent, at)),
        ExprKind::Product { first, rest } => {
            rest.iter().fold(value(first, at), |product, (op, factor)| match op {
                ProductOp::Divide | ProductOp::HadamardDivide => product / value(factor, at),
                _ => product * value(factor, at),
            })
        }
        ExprKind::Sum(terms) => terms
            .iter()
            .map(|(sign, term)| if *sign == Sign::Minus { -value(term, at) } else { value(term, at) })
            .sum(),
        ExprKind::Call { function, primes: 0, arguments } => call(&function.name, value(&arguments[0], at)),
        other => panic!("{other:?} has no value"),
    }
}

fn close(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * (1.0 + left.abs().max(right.abs()))
}

const POINTS: [f64; 6] = [0.31, 0.73, 1.17, 1.9, -0.45, -1.3];

/// The derivative's text has the value of central differences wherever the function has one.
fn agrees_with_differences(text: &str) -> usize {
    let (original, answer) = (expr(text), expr(&derived(text)));
    let step = 1e-5;
    let mut points = 0;
    for at in POINTS {
        let (above, below) = (value(&original, at + step), value(&original, at - step));
        if above.is_nan() || below.is_nan() {
            continue;
        }
        let difference = (above - below) / (2.0 * step);
        let found = value(&answer, at);
        assert!(close(found, difference, 1e-6), "{text} at {at}: {found} is not {difference}");
        points += 1;
    }
    points
}

#[test]
fn derivatives_have_the_values_of_central_differences() {
    let formulas = [
        "3*t^4 - t/7 + 5",
        "(t^2 + 1)/(t^2 + 2)",
        "exp(-t^2/2)/sqrt(2*pi)",
        "log(1 + exp(t))",
        "1/(1 + exp(-t))",
        "t/(1 + exp(-t))",
        "log(1 + tanh(t^2))",
        "tanh(sigmoid(tanh(t)))^3",
        "t*erf(t/sqrt(2))/2 + t/2",
        "t*sigmoid(1.702*t)",
        "sqrt(1 + t^2)",
        "sqrt(t^2)",
        "t^1.5 .* sin(t) ./ cos(t)",
        "tan(t)*t",
        "2^t + t^t",
        "t^pi",
        "relu(t)*tanh(log(1 + exp(t)))",
        "cosh(sinh(t))/sinh(cosh(t))",
        "square(square(t) + 1)",
        "exp(exp(sin(3*t)))",
        "(1 + t)^3*(1 - t)^2/(2 + t)^4",
        "log(t)^2/t",
        "exp(sin(log(5/4 + t^2)))",
        "exp(log(1 + t^2)^2)",
        "sqrt((t + 1)^2 - 2*t - t^2 + 1/4)*t",
    ];
    for text in formulas {
        assert!(agrees_with_differences(text) >= 4, "{text} was tested at too few points");
    }
}

#[test]
fn derivatives_are_written_as_people_write_them() {
    for (text, expected) in [
        ("7", "0"),
        ("t", "1"),
        ("-t", "-1"),
        ("t/2", "1 / 2"),
        ("t^3", "3 * t^2"),
        ("-t^2", "-2 * t"),
        ("1/t", "-1 / t^2"),
        ("sqrt(t)", "1 / (2 * sqrt(t))"),
        ("exp(-t)", "-exp(-t)"),
        ("log(1 + exp(t))", "exp(t) / (1 + exp(t))"),
        ("tanh(t)", "1 - tanh(t)^2"),
        ("sigmoid(t)", "sigmoid(t) * (1 - sigmoid(t))"),
        ("erf(t)", "2 * exp(-t^2) / sqrt(pi)"),
        ("relu(t)", "step(t)"),
        ("tan(t)", "1 / cos(t)^2"),
        ("sin(t)*cos(t)", "cos(t)^2 - sin(t)^2"),
        ("sqrt(1 + t^2)", "t / sqrt(1 + t^2)"),
        ("t*log(t)", "1 + log(t)"),
        ("t*exp(t)", "exp(t) * (1 + t)"),
        ("log(1 + tanh(t^2))", "2 * t * (1 - tanh(t^2))"),
        ("sinh(2*t)", "2 * cosh(2 * t)"),
        ("exp(t) - t", "exp(t) - 1"),
    ] {
        assert_eq!(derived(text), expected, "{text}");
    }
}

#[test]
fn the_writing_of_a_formula_does_not_decide_its_derivative() {
    for (one, other) in [
        ("tanh(t) + sigmoid(t)*t", "t*sigmoid(t) + tanh(t)"),
        ("exp(t)*(sin(t) + 2)", "(2 + sin(t))*exp(t)"),
        ("erf(t)/relu(t) - cosh(t)", "-cosh(t) + erf(t)/relu(t)"),
    ] {
        assert_eq!(derived(one), derived(other));
    }
}

#[test]
fn functions_without_a_derivative_keep_it_by_name() {
    assert_eq!(derived("f(t^2)"), "2 * t * f'(t^2)");
    assert_eq!(derived("f'(3*t)"), "3 * f''(3 * t)");
    // The derivative of a rule that names a derivative.
    assert_eq!(derived("gap(t)"), "gap(t) + hole'(t)");
    assert_eq!(derived("gap'(t)"), "gap(t) + hole'(t) + hole''(t)");
    assert_eq!(derived("tan'(t)*cos(t)"), derived("1/cos(t)"));
    assert_eq!(derived("square'(t)"), "2");
}

#[test]
fn a_program_may_give_known_names_another_meaning() {
    let own = "scalar exp(t) derivative 2*exp(t)";
    assert_eq!(derived_with(own, "exp(t)").as_deref(), Ok("2 * exp(t)"));
    // An unknown function with such a name: only its derivative function is known.
    assert_eq!(derived_with("scalar log(t) derivative log'(t)", "log(t)").as_deref(), Ok("log'(t)"));
    let own_root = "scalar sqrt(t) derivative 1";
    assert_eq!(derived_with(own_root, "t^0.5").as_deref(), Ok("1 / (2 * t^(1 / 2))"));
    let error = derived_with("scalar log(t) derivative 1", "2^t").expect_err("the logarithm has no name");
    assert_eq!(error, FunctionError::Taken("log".into()));
}

#[test]
fn what_is_no_formula_is_refused() {
    for text in ["x", "t'", "[t, 1]", "f(t, t)", "sum(i) t", "t[1]"] {
        let error = derived_with(DECLARED, text).expect_err(text);
        assert!(matches!(error, FunctionError::NotScalar(_)), "{text}: {error}");
    }
    for text in [
        "1/0",
        "log(0)",
        "log(-2)*t",
        "0^-1",
        "(-8)^(1/3)",
        "sqrt(-1)",
        "t/(t - t)",
        "t^99999999",
        "((9^999)^999)^999",
        "exp(999999999*log(2))",
        "2^(999999999*log(2)/log(2))",
        "t^2^2^2^2^2^2^2^2^2^2^2^2^2^2^2^2",
    ] {
        assert!(derived_with(DECLARED, text).is_err(), "{text}");
    }
    let cyclic = "scalar f(t) derivative g'(t)\nscalar g(t) derivative f'(t)";
    let error = derived_with(cyclic, "f(t)").expect_err("each derivative needs the other");
    assert!(error.to_string().contains("one another"), "{error}");
}

#[test]
fn equal_formulas_are_found_equal() {
    for (left, right) in [
        ("(t + 1)^2", "t^2 + 2*t + 1"),
        ("1/(1 + exp(-t))", "exp(t)/(1 + exp(t))"),
        ("exp(t)*exp(t)", "exp(2*t)"),
        ("exp(t + 1)", "exp(1)*exp(t)"),
        ("sin(t)^2 + cos(t)^2", "1"),
        ("sin(t)^3", "sin(t) - sin(t)*cos(t)^2"),
        ("tan(t)*cos(t)", "sin(t)"),
        ("1 + tan(t)^2", "1/cos(t)^2"),
        ("sin(-t)", "-sin(t)"),
        ("cos(1 - t)", "cos(t - 1)"),
        ("1 - tanh(t)^2", "(1 - tanh(t))*(1 + tanh(t))"),
        ("tanh'(t)", "1 - tanh(t)^2"),
        ("tanh((t + 1)^2)", "tanh(1 + 2*t + t^2)"),
        ("sqrt(1 + t)*sqrt(1 + t)", "1 + t"),
        ("t/sqrt(t)", "sqrt(t)"),
        ("(sqrt(t) - 1)*(sqrt(t) + 1)", "t - 1"),
        ("f(t) - f(t)", "0"),
        ("exp(log(t)*2)", "t^2"),
        ("log(exp(t))", "t"),
        ("exp(log(5/4)/2)", "sqrt(5)/2"),
        ("sqrt(5/4)", "sqrt(5)/2"),
        ("1/sqrt(2)", "sqrt(2)/2"),
        ("sqrt(6)", "sqrt(2)*sqrt(3)"),
    ] {
        assert_eq!(same(left, right), Some(true), "{left}, {right}");
    }
}

#[test]
fn different_formulas_are_found_different() {
    for (left, right) in [
        ("t", "t + 1"),
        ("t^2", "t^3"),
        ("pi", "22/7"),
        ("exp(t)", "1 + t"),
        ("sin(t)", "t"),
        ("cos(t)^2", "1"),
        ("exp(t)/(1 + exp(t))", "exp(-t)/(1 + exp(t))"),
        ("log(t)", "t - 1"),
        ("sqrt(1 + t)", "1 + t/2"),
        ("sqrt(t^2)", "t"),
        ("tan(t)", "sin(t)"),
    ] {
        assert_eq!(same(left, right), Some(false), "{left}, {right}");
    }
}

#[test]
fn what_is_undecided_is_never_called_different() {
    for (left, right) in [
        // Equal, by a property that nobody gave.
        ("tanh(t)", "sinh(t)/cosh(t)"),
        ("sigmoid(t)", "1/(1 + exp(-t))"),
        ("sigmoid(-t)", "1 - sigmoid(t)"),
        ("f(t)", "g(t)"),
        // Equal where both are defined, and different where one is not.
        ("sqrt(t - 4)^2", "sqrt((t - 4)^2)"),
        ("sqrt(t - pi)^2", "sqrt((t - pi)^2)"),
        ("exp(log(t))", "sqrt(t^2)"),
        ("sqrt(2)*sqrt(t)", "sqrt(2*t)"),
        ("log(t^2)", "2*log(t)"),
        ("sin(2*t)", "2*sin(t)*cos(t)"),
    ] {
        assert_ne!(same(left, right), Some(false), "{left}, {right}");
    }
}

#[test]
fn a_derivative_equals_its_independent_formula() {
    for (text, formula) in [
        ("log(1 + exp(t))", "1/(1 + exp(-t))"),
        ("1/(1 + exp(-t))", "exp(-t)/(1 + exp(-t))^2"),
        ("t/(1 + exp(-t))", "(1 + exp(-t) + t*exp(-t))/(1 + exp(-t))^2"),
        ("(exp(t) - exp(-t))/(exp(t) + exp(-t))", "4/(exp(t) + exp(-t))^2"),
        ("t*sigmoid(t)", "sigmoid(t) + t*sigmoid(t)*(1 - sigmoid(t))"),
        ("tanh(t)^2", "2*tanh(t)*(1 - tanh(t)^2)"),
        ("sin(t)/t", "(t*cos(t) - sin(t))/t^2"),
        ("t^t", "t^t*(log(t) + 1)"),
    ] {
        assert_eq!(same(&derived(text), formula), Some(true), "{text}: {}", derived(text));
        // A planted mistake.
        assert_ne!(same(&derived(text), &format!("1.5*({formula})")), Some(true), "{text}");
    }
}

/// Formulas in `t` that are defined everywhere.
fn random() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => Just("t".to_owned()),
        1 => Just("pi".to_owned()),
        2 => (1_u32..4, 1_u32..5).prop_map(|(a, b)| format!("({a}/{b})")),
        1 => Just("(-1.25)".to_owned()),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(a, b)| format!("({a} + {b})")),
            pair.clone().prop_map(|(a, b)| format!("({a} - {b})")),
            pair.clone().prop_map(|(a, b)| format!("{a}*{b}")),
            pair.clone().prop_map(|(a, b)| format!("({a}/(1 + ({b})^2))")),
            (inner.clone(), 1_u32..4).prop_map(|(a, n)| format!("({a})^{n}")),
            inner.clone().prop_map(|a| format!("sqrt(1/4 + ({a})^2)")),
            inner.clone().prop_map(|a| format!("log(5/4 + ({a})^2)")),
            inner.clone().prop_map(|a| format!("exp(sin({a}))")),
            pair.clone().prop_map(|(a, b)| format!("exp(cos({a})/(1 + ({b})^2))")),
            pair.clone().prop_map(|(a, b)| format!("(5/4 + cos({a})/3)^(sin({b}))")),
            pair.prop_map(|(a, b)| format!("log(exp(sin({a})) + exp(cos({b})))")),
            (prop_oneof![Just("sin"), Just("cos"), Just("tanh"), Just("sigmoid"), Just("erf")], inner)
                .prop_map(|(name, a)| format!("{name}({a})")),
        ]
    })
}

/// Five-point differences, whose error is of the fourth order.
fn difference(expr: &Expr, at: f64) -> f64 {
    let step = 1e-3;
    let around = |steps: f64| value(expr, at + steps * step);
    (8.0 * (around(1.0) - around(-1.0)) - (around(2.0) - around(-2.0))) / (12.0 * step)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn derivatives_of_random_formulas_have_their_values(text in random()) {
        let (original, answer) = (expr(&text), derived(&text));
        for at in POINTS {
            let (found, expected) = (value(&expr(&answer), at), difference(&original, at));
            // Steep formulas have no good differences.
            prop_assume!(value(&original, at).abs() < 1e3 && expected.abs() < 1e3);
            prop_assert!(close(found, expected, 1e-4), "{text} at {at}: {answer} is {found}, not {expected}");
        }
    }

    #[test]
    fn verdicts_agree_with_values(left in random(), right in random()) {
        let apart = |left: &str, right: &str| {
            POINTS.iter().any(|at| !close(value(&expr(left), *at), value(&expr(right), *at), 1e-9))
        };
        match same(&left, &right) {
            Some(true) => prop_assert!(!apart(&left, &right), "{left} is not {right}"),
            Some(false) => prop_assert!(apart(&left, &right), "{left} is {right}"),
            None => {}
        }
        // The same formula in another writing is never called different.
        let other = format!("({left})*(1 + t^2) - t^2*({left})");
        prop_assert_ne!(same(&left, &other), Some(false));
    }
}
