//! Points are the file's: counterexamples have every declared property, and what `--at` gives is held against each
//! statement.

#[path = "support/command.rs"]
mod support;

use std::process::Output;

use entrywise::claim::{Decided, Found, Verdict};
use entrywise::verify::Counterexample;
use entrywise::{Source, Trials};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use support::fed;

fn decided(source: &str) -> Decided {
    let source = Source::new("test", source);
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    entrywise::verify(&problem, &Trials::default()).unwrap().remove(0)
}

fn counterexample(source: &str) -> Counterexample {
    match decided(source).links.remove(0).found {
        Found::Refuted { counterexample, .. } => *counterexample,
        other => panic!("{source}: {other:?}"),
    }
}

type Matrix = Vec<Vec<BigRational>>;

fn value(counterexample: &Counterexample, name: &str) -> Matrix {
    let (_, array) = counterexample.values.iter().find(|(known, _)| &**known == name).unwrap();
    array.rows().map(<[BigRational]>::to_vec).collect()
}

/// By expansion along the first row: not the way of the crate.
fn determinant(matrix: &Matrix) -> BigRational {
    let [first, rest @ ..] = matrix.as_slice() else { return BigRational::from_integer(1.into()) };
    let mut total = BigRational::zero();
    for (at, entry) in first.iter().enumerate() {
        let minor = rest.iter().map(|row| [&row[..at], &row[at + 1..]].concat()).collect();
        let term = entry * determinant(&minor);
        total = if at % 2 == 0 { total + term } else { total - term };
    }
    total
}

/// Sylvester: all leading minors are positive.
fn is_posdef(matrix: &Matrix) -> bool {
    let leading = |size: usize| -> Matrix { matrix[..size].iter().map(|row| row[..size].to_vec()).collect() };
    is_symmetric(matrix) && (1..=matrix.len()).all(|size| determinant(&leading(size)).is_positive())
}

fn is_symmetric(matrix: &Matrix) -> bool {
    (0..matrix.len()).all(|i| (0..matrix.len()).all(|j| matrix[i][j] == matrix[j][i]))
}

#[test]
fn counterexamples_have_the_declared_properties() {
    let found = counterexample("A : n x n posdef; verify A == eye(n)");
    assert!(is_posdef(&value(&found, "A")), "{found:?}");
    let found = counterexample("A : n x n symmetric; B : n x n posdef; verify A*B == B*A");
    assert!(is_posdef(&value(&found, "B")) && is_symmetric(&value(&found, "A")), "{found:?}");
    let found = counterexample("X : m x n positive; verify X == 2*X");
    assert!(value(&found, "X").iter().flatten().all(Signed::is_positive), "{found:?}");
    let found = counterexample("T : m x n onehot; verify T == 0*T");
    for row in value(&found, "T") {
        assert_eq!(row.iter().sum::<BigRational>(), BigRational::from_integer(1.into()));
    }
    let found = counterexample("Q : n x n orthogonal; verify Q == -Q");
    let determinant = determinant(&value(&found, "Q"));
    assert_eq!(&determinant * &determinant, BigRational::from_integer(1.into()));
    let found = counterexample("K : n x n antisymmetric; verify K == K'");
    let k = value(&found, "K");
    assert!((0..k.len()).all(|i| (0..k.len()).all(|j| (&k[i][j] + &k[j][i]).is_zero())));
    let found = counterexample("k : scalar integer; assume k > 2; verify k^2 == 9*k");
    assert!(value(&found, "k")[0][0] > BigRational::from_integer(2.into()));
}

#[test]
fn properties_that_exclude_each_other_have_no_verdict() {
    for source in [
        "A : n x n antisymmetric positive; verify A == A",
        "A : n x n antisymmetric positive; verify A == 2*A",
        "A : n x n antisymmetric posdef; x : m; verify x == x",
        "A : 2 x 2 lower positive; verify A == A",
        "size n = 3; A : n x n diagonal positive; verify A == 2*A",
    ] {
        assert_eq!(decided(source).verdict(), Verdict::Unchecked, "{source}");
    }
    // A lower matrix is positive throughout at n = 1 alone.
    let one = decided("A : n x n lower positive; B : n x m; verify A*B == B*tr(A)/tr(A)*A[1,1]");
    assert!(one.verdict() < Verdict::Refuted, "{one:?}");
    let sizes = &one.links[0].evidence.as_ref().unwrap().sizes;
    assert!(sizes.iter().all(|sizes| sizes.iter().all(|(name, size)| &**name != "n" || *size == 1)));
    assert!(sizes.len() > 2, "{sizes:?}");
    let found = counterexample("A : n x n lower positive; verify A == 2*A");
    assert_eq!(found.sizes[0].1, 1);
}

fn at(source: &str, point: &str) -> Output {
    let name = format!("entrywise-points-{}-{:?}.json", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, point).unwrap();
    let output = fed(&["verify", "-e", source, "--at", path.to_str().unwrap()], b"");
    std::fs::remove_file(&path).unwrap();
    output
}

#[track_caller]
fn refused(source: &str, point: &str, says: &str) {
    let output = at(source, point);
    let told = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(output.status.code(), Some(2), "{source} {point}: {told}{output:?}");
    assert!(told.contains(says), "{told}");
    for internal in ["struct", "element", "BTreeMap", "usize", "invalid type"] {
        assert!(!told.contains(internal), "{told}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn a_point_that_breaks_a_statement_is_refused_and_the_statement_named() {
    let posdef = "A : n x n posdef; verify A == eye(n)";
    refused(posdef, r#"{"sizes":{"n":1},"values":{"A":[["-1"]]}}"#, "posdef");
    refused(posdef, r#"{"sizes":{"n":2},"values":{"A":[["1","2"],["2","3"]]}}"#, "posdef");
    assert_eq!(
        at(posdef, r#"{"sizes":{"n":2},"values":{"A":[["2","3"],["3","5"]]}}"#).status.code(),
        Some(1)
    );
    let sized = "size n = 3; A : n x m; verify A == 2*A";
    refused(sized, r#"{"sizes":{"n":1,"m":1},"values":{"A":[["1"]]}}"#, "size n = 3");
    let assumed = "A : n x m; assume n >= 3; verify A == 2*A";
    refused(assumed, r#"{"sizes":{"n":1,"m":1},"values":{"A":[["1"]]}}"#, "assume n >= 3");
    let values = "x : scalar; y : scalar; assume x > 0, x < y; verify x == y";
    refused(values, r#"{"values":{"x":"-1","y":"2"}}"#, "assume x > 0");
    refused(values, r#"{"values":{"x":"3","y":"2"}}"#, "assume x < y");
    assert_eq!(at(values, r#"{"values":{"x":"1","y":"2"}}"#).status.code(), Some(1));
    let letters = "A : n x m; verify A[i,j] == A[i,j] + delta(i,2)";
    refused(letters, r#"{"sizes":{"n":2,"m":3},"letters":{"i":5}}"#, "`i` is 5");
    refused(letters, r#"{"sizes":{"n":2,"m":3},"letters":{"i":0}}"#, "`i` is 0");
    refused(letters, r#"{"sizes":{"n":2,"m":3},"letters":{"q":1}}"#, "`q`");
    // The letters that are given are those that are tried.
    assert_eq!(at(letters, r#"{"sizes":{"n":2,"m":3},"letters":{"i":1}}"#).status.code(), Some(0));
    assert_eq!(at(letters, r#"{"sizes":{"n":2,"m":3},"letters":{"i":2}}"#).status.code(), Some(1));
}

#[test]
fn a_point_may_be_written_by_hand() {
    let halves = "x : scalar; v : n; verify 2*x*v == v; verify 4*x^2 == 1";
    for value in [r#""1/2""#, r#""0.5""#, "0.5", "5e-1", "[0.5]", r#"[["0.50"]]"#] {
        let point = format!(r#"{{"sizes": {{"n": 2}}, "values": {{"x": {value}, "v": [1, 3]}}}}"#);
        let output = at(halves, &point);
        assert_eq!(output.status.code(), Some(0), "{point} {output:?}");
    }
    // Every digit counts, quoted or not.
    let digits = r#"{"values": {"x": 0.50000000000000000000001}}"#;
    assert_eq!(at("x : scalar; verify 2*x == 1", digits).status.code(), Some(1));
    let source = "A : n x m; verify A == 2*A";
    refused(source, "", "empty");
    refused(source, "[1]", "object");
    refused(source, "{}", "neither");
    refused(source, r#"{"sizes":{"n":"two"}}"#, "positive integer");
    refused(source, r#"{"sizes":{"n":1,"m":1},"values":{"A":[[true]]}}"#, "no number");
    refused(source, r#"{"sizes":{"n":2,"m":3},"values":{"A":[[1,2],[3,4],[5,6]]}}"#, "2 x 3");
    refused(source, r#"{"sizes":{"n":1},"vals":{}}"#, "vals");
    refused(source, r#"{"claim":"A == A","verdict":"proved"}"#, "no verdict");
}

#[test]
fn of_several_kept_verdicts_each_is_tried_at_its_own_point() {
    let source = "A, B : n x n; verify A + B == B + A; verify A*B == B*A; verify A == A'";
    let kept = fed(&["verify", "-e", source, "--format", "json"], b"").stdout;
    let kept = String::from_utf8(kept).unwrap();
    assert_eq!(kept.lines().count(), 3);
    let output = at(source, &kept);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().filter(|line| line.starts_with("refuted")).count(), 2, "{told}");
    refused("A : n x m; verify A == 2*A", &kept, "none of its 2");
}
