//! Answers without what cancels in them: signs, powers whose exponents are not known, fractions in fractions, common
//! factors. The expected forms are those of the books named in docs/catalogue.md or follow by hand.

use entrywise::{Source, derive, derive::Options};

/// The right side of the only answer for any sizes, checked by evaluation.
fn answer(program: &str) -> String {
    let problem =
        entrywise::read(&Source::new("test", program)).unwrap_or_else(|e| panic!("{program}\n{e:?}"));
    let options = Options { open: true, ..Options::default() };
    let derived = derive(problem, &options).unwrap_or_else(|e| panic!("{program}\n{e:?}"));
    let answers = derived.answers();
    let [only] = answers.as_slice() else { panic!("{program}: {answers:?}") };
    only.split_once(" = ").unwrap().1.to_string()
}

fn compare(cases: &[(&str, &str)]) {
    for (program, expected) in cases {
        assert_eq!(answer(program), *expected, "{program}");
    }
}

#[test]
fn signs_cancel() {
    compare(&[
        ("x : n; L = sum(log(abs(x))); derive dL/dx", "1 ./ x"),
        ("x : n; L = sum(log(abs(x))); derive d2L/dx2", "-diag(1 ./ x.^2)"),
        ("c, s : scalar; L = log(abs(c*s)); derive dL/dc", "1 / c"),
        ("A : n x n; derive d(log(abs(det(A))))/dA", "inv(A)'"),
        ("A : n x n; derive d(log(abs(det(A)))^2)/dA", "2 * log(abs(det(A))) * inv(A)'"),
        // The sign of what the file calls abs is not known.
        ("scalar abs(t) = t^2 + 1; x : n; L = sum(log(abs(x))); derive dL/dx", "2 * (x ./ abs(x))"),
        // A sign that nothing cancels stays.
        ("x : n; L = sum(abs(x)); derive dL/dx", "sign(x)"),
    ]);
}

#[test]
fn powers_cancel() {
    compare(&[
        ("X : n x n; c : scalar; derive d(logdet(c*X))/dc", "n / c"),
        ("s : scalar; k : scalar integer; assume k >= 2; L = log(s^k); derive dL/ds", "k / s"),
    ]);
}

#[test]
fn fractions_stand_over_one_bar() {
    compare(&[
        ("q, b : scalar; L = log(1 + q/b); derive dL/dq", "1 / (b + q)"),
        ("q, b, m : scalar; L = (1 + m/b)*log(1 + q/b); derive dL/dq", "(b + m) / b / (b + q)"),
        // With u = 1 + x^2: (u - 2*x^2)/u^2.
        ("x : scalar; derive d(x/(1 + x^2))/dx", "(1 - x^2) / (1 + x^2)^2"),
        (
            "a, x : n; derive d2(log(1 + (a'*x)^2))/d(x)2",
            "2 * (1 - (a' * x)^2) * a * a' / (1 + (a' * x)^2)^2",
        ),
        (
            "W : n x n symmetric; x : n; derive d(x'*W*x/(x'*x))/dx",
            "2 * (W * x - x' * W * x * x / (x' * x)) / (x' * x)",
        ),
        // A root's whole powers cancel against what it holds.
        (
            "C : m x n; w : m; v : n; S : m x m symmetric; V : n x n symmetric; \
             derive d(w'*C*v/sqrt((w'*S*w)*(v'*V*v)))/dw",
            "(C * v - w' * C * v * S * w / (w' * S * w)) / sqrt(w' * S * w * (v' * V * v))",
        ),
        ("t, p : n; L = -sum(t .* log(p) + (1 - t) .* log(1 - p)); derive dL/dp", "(p - t) ./ p ./ (1 - p)"),
    ]);
}

#[test]
fn common_factors_stand_once() {
    compare(&[
        (
            "X : N x D; w : D; y : N; L = sum(-y.*exp(-X*w) - X*w); derive dL/dw",
            "X' * (y .* exp(-X * w) - 1)",
        ),
        (
            "X : N x D; mu : D; S : D x D symmetric; L = tr(S*(X - ones(N)*mu')'*(X - ones(N)*mu')); derive dL/dmu",
            "2 * S * (N * mu - colsum(X))",
        ),
        // What the author wrote is called so.
        ("A : n x n; B : n x n; X : n x n; derive d(det(A*X*B))/dX", "det(A * X * B) * inv(X)'"),
        ("A, X : n x n; derive d(det(A*X)^2)/dX", "2 * det(A * X)^2 * inv(X)'"),
        ("A, X : n x n; derive d(logdet(A*X))/dX", "inv(X)'"),
    ]);
}
