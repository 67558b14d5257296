//! What is told of a verdict: hints that hold, conditions that are needed and no others, ids and numbers as they are.

#[path = "support/command.rs"]
mod support;

use entrywise::claim::{Decided, Found};
use entrywise::{Source, Trials};
use support::fed;

fn decided(source: &str) -> Decided {
    let source = Source::new("test", source);
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    entrywise::verify(&problem, &Trials::default()).unwrap().remove(0)
}

fn hints(source: &str) -> Vec<String> {
    match decided(source).links.remove(0).found {
        Found::Refuted { hints, .. } => hints.iter().map(|hint| hint.sentence()).collect(),
        other => panic!("{source}: {other:?}"),
    }
}

fn text(source: &str) -> String {
    entrywise::claim::text(&decided(source))
}

#[test]
fn a_hint_is_no_false_claim() {
    for source in [
        // -x is not abs(x) at x = 1.
        "x : scalar; assume x > -1; verify abs(x) == x",
        // Great values hide a 1 by rounding; at x = 0 it shows.
        "x : scalar; verify exp(x)^60 == exp(x)^60 + 1",
    ] {
        let hints = hints(source);
        assert!(!hints.iter().any(|hint| hint.contains("in place of")), "{source}: {hints:?}");
    }
    assert_eq!(hints("x : scalar; assume x > -1; verify abs(x) == x"), ["true for positive x"]);
    assert!(hints("x : scalar; verify exp(x)^60 == exp(x)^60 + 1").is_empty());
    for source in [
        "c : scalar; x : m; verify c*x == 2*c*x",
        "x : scalar; verify abs(x) == x",
        "x, y : scalar; verify x*y == x + y",
    ] {
        let told = hints(source).join("\n");
        assert!(!told.contains('\'') && !told.contains(".*"), "{source}: {told}");
    }
}

#[test]
fn a_class_that_leaves_nothing_is_no_hint() {
    for declared in ["lower", "diagonal", "posdef", "upper", "symmetric", "positive"] {
        let told = hints(&format!("B : n x n {declared}; x : n; verify x'*B*x == 0")).join("\n");
        assert!(!told.contains("antisymmetric"), "{declared}: {told}");
    }
    let told = hints("C : n x n antisymmetric; A : n x n; verify A .* C == 0*A").join("\n");
    assert!(!told.contains("diagonal C") && !told.contains("for symmetric C"), "{told}");
    // What is not declared is named as before.
    let told = hints("B : n x n; x : n; verify x'*B*x == 0").join("\n");
    assert!(told.contains("antisymmetric B"), "{told}");
}

fn conditions(source: &str) -> Vec<String> {
    let decided = decided(source);
    assert!(decided.verdict() < entrywise::claim::Verdict::Refuted, "{source}: {decided:?}");
    decided.conditions
}

#[test]
fn conditions_are_those_under_which_both_sides_have_values() {
    let cases: [(&str, &[&str]); 13] = [
        ("x : n; verify d(norm2(x))/dx*norm2(x) == x", &["norm2(x) != 0"]),
        ("x : scalar; verify d(sqrt(x^2))/dx == sign(x)", &["x != 0"]),
        ("x : scalar; f = 3*sqrt(x); verify 2*d(f)/dx*sqrt(x) == 3", &["x > 0"]),
        ("x : n; verify x[2] == x[2]", &["n >= 2"]),
        ("X : n x m; verify X[1,3] == X'[3,1]", &["m >= 3"]),
        ("x : n; w : k; verify conv(2*x,w) == 2*conv(x,w)", &["n >= k"]),
        ("x, y : scalar; verify log(x)/x == 2*log(x)/(2*x)", &["x > 0"]),
        ("x : scalar; verify x^(-1/2) == 1/sqrt(x)", &["x > 0"]),
        ("X : n x m; verify d(sum(X.^(3/2)))/dX == 3/2*X.^(1/2)", &["X >= 0"]),
        ("u : p; verify log(u.^2) == 2*log(u)", &["u > 0"]),
        ("u, v : p; verify u./v.^2.*v.^2 == u", &["v != 0"]),
        // A root by its formula, whoever states it.
        (
            "rms(z : k) = (sum(i) z[i]^2/k)^(1/2); z : q; verify d(rms(z))/dz == z/(q*rms(z))",
            &["rms(z) != 0"],
        ),
        ("y : scalar; verify 1/y + 1/(y*y) == (y + 1)/y^2", &["y != 0"]),
    ];
    for (source, wanted) in cases {
        assert_eq!(conditions(source), wanted, "{source}");
    }
}

#[test]
fn what_is_certain_is_no_condition() {
    for source in [
        "k : scalar integer; verify (-1)^k == (-1)^k",
        "x : scalar; verify x/sqrt(2) == x*(1/sqrt(2))",
        "x : m; verify x/sqrt(2*pi) == x/sqrt(2*pi)",
        "x : m; verify x/log(10) == x/log(10)",
        "x : scalar; assume x > 0; verify 1/x == 1/x",
        "x : scalar; assume x < 0; verify 1/x == 1/x",
        "k : scalar; assume k > 1000; verify 1/k == 1/k",
        "A : n x m; assume n >= 2; verify A/(n-1) == A/(n-1)",
        "A : n x m; assume n > m; verify A/(n-m) == A/(n-m)",
        "x : n; y : n-k+1; w : k; verify conv(x,w) + y == y + conv(x,w)",
        "x : n; assume n >= 3; verify x[2] == x[2]",
        "x : 4; verify x[2] == x[2]",
        "x : n; verify x[1]/n == x[1]/n",
        "size n = 3; x : n; verify x[3] == x[3]",
    ] {
        let told: Vec<String> = conditions(source);
        let assumed = |text: &String| source.contains(&format!("assume {text}")) || text == "n = 3";
        assert!(told.iter().all(assumed), "{source}: {told:?}");
    }
}

#[test]
fn a_seed_is_told_where_something_follows_from_it() {
    for source in [
        "x : scalar; verify sin(x) == sin(x) + 1",
        "x : n; verify exp(x) == 2*exp(x)",
        "x : scalar; verify abs(x) == x",
        "verify exp(1) == 2*exp(1)",
    ] {
        let told = text(source);
        assert!(told.starts_with("refuted") && !told.contains("seed"), "{told}");
    }
    for source in [
        "unknown f : entrywise; x : scalar; verify f(x) == 2*f(x)",
        "scalar h(t) derivative t^2; x : scalar; verify h(x) == 2*h(x)",
    ] {
        let told = text(source);
        assert!(told.contains("from seed"), "{told}");
    }
    let one = entrywise::read(&Source::new("test", "f(x : n) = sum(i) x[i]; x : 3; verify f(x) == sum(x)"))
        .unwrap();
    let trials = Trials { points: Some(1), ..Trials::default() };
    let decided = entrywise::verify(&one, &trials).unwrap().remove(0);
    let told = entrywise::claim::text(&decided);
    assert!(!told.contains("1 random points"), "{told}");
}

#[test]
fn exact_values_are_rational_numbers() {
    let told = text("x : scalar; verify (x + 1/1000000000)/x == 1");
    assert!(told.contains("1000000001/1000000000") && !told.contains("modulo"), "{told}");
    let told = text("x : n; verify 10^10*x + x/7 == x");
    assert!(told.contains("70000000001/7") && !told.contains("modulo"), "{told}");
}

#[test]
fn an_id_is_answered_as_it_is_written() {
    let ids = ["12345678901234567890123", "1.50", "1e999", "\"\\u0041\"", "[1.0, {\"b\" : 2}]", "null", "-0"];
    let lines: Vec<String> =
        ids.iter().map(|id| format!(r#"{{"source": "A : n x m; verify A == A", "id": {id}}}"#)).collect();
    let output = fed(&["verify", "--jsonl"], lines.join("\n").as_bytes());
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().count(), ids.len());
    for (line, id) in told.lines().zip(ids) {
        assert!(line.starts_with(&format!("{{\"id\":{id},")), "{line}");
    }
    let twice = r#"{"id": 1.50, "source": "A : n x m; verify A == A", "source": "verify 1 == 2"}"#;
    let output = fed(&["verify", "--jsonl"], twice.as_bytes());
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("{\"id\":1.50,\"error\"") && told.contains("`source` is given 2 times"),
        "{told}"
    );
}

#[test]
fn wrong_input_is_told_in_plain_words() {
    let output = fed(&["verify", "-e", "x : scalar; verify x = x"], b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("a claim is written with `==`"), "{told}");
    for (flag, value, wanted) in
        [("--trials", "abc", "1 to 1000"), ("--trials", "0", "1 to 1000"), ("--seed", "-x", "whole number")]
    {
        let flag = format!("{flag}={value}");
        let output = fed(&["verify", "-e", "x : scalar; verify x == x", &flag], b"");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(told.contains(wanted) && !told.contains("digit found in string"), "{told}");
    }
}

#[test]
fn the_links_of_a_chain_are_explained_one_by_one() {
    let source = "A : n x m; B : m x p; verify tr(A*B*(A*B)') == tr((A*B)'*(A*B)) == sum((A*B).*(A*B))";
    let output = fed(&["verify", "-e", source, "--explain"], b"");
    let told = String::from_utf8(output.stdout).unwrap();
    let (first, second) = (told.find("link 1:"), told.find("link 2:"));
    assert!(first.is_some() && first < second, "{told}");
    let equations: Vec<&str> = told.lines().filter(|line| line.contains(" = sum(")).collect();
    for (at, line) in equations.iter().enumerate() {
        assert!(!equations[..at].contains(line), "{told}");
    }
    let single = fed(&["verify", "-e", "A : n x m; B : m x p; verify (A*B)' == B'*A'", "--explain"], b"");
    assert!(!String::from_utf8(single.stdout).unwrap().contains("link 1"));
}
