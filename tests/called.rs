//! Scalar functions called by their names though the file writes their formulas, and what else makes answers short. The
//! expected forms are those of the textbooks and identities of the functions, written by hand.

use entrywise::{Source, derive, derive::Options};

/// The right side of the only answer for any sizes, checked by evaluation.
fn answer(program: &str, inline: bool) -> String {
    let problem =
        entrywise::read(&Source::new("test", program)).unwrap_or_else(|e| panic!("{program}\n{e:?}"));
    let options = Options { open: true, inline, ..Options::default() };
    let derived = derive(problem, &options).unwrap_or_else(|e| panic!("{program}\n{e:?}"));
    let answers = derived.answers();
    let [only] = answers.as_slice() else { panic!("{program}: {answers:?}") };
    only.split_once(" = ").unwrap().1.to_string()
}

#[test]
fn functions_are_called_by_their_names() {
    let cases = [
        // The two ways to write the logistic function, and their derivatives.
        ("L = sum(t .* exp(z) ./ (1 + exp(z)))", "t", "sigmoid(z)"),
        ("L = sum(t ./ (1 + exp(-z)))", "t", "sigmoid(z)"),
        ("L = sum(1 ./ (1 + exp(-z)))", "z", "sigmoid(z) .* (1 - sigmoid(z))"),
        ("L = sum(exp(z) ./ (1 + exp(z)))", "z", "sigmoid(z) .* (1 - sigmoid(z))"),
        // 1 - sigmoid(-z) = sigmoid(z), in both directions.
        ("L = sum(t .* (1 - sigmoid(-z)))", "t", "sigmoid(z)"),
        ("L = sum(t .* (1 - 1 ./ (1 + exp(z))))", "t", "sigmoid(z)"),
        // The derivative of softplus is the logistic function.
        ("L = sum(log(1 + exp(z)))", "z", "sigmoid(z)"),
        ("L = sum(log(1 + exp(t - z)))", "z", "-sigmoid(t - z)"),
        // Of two forms of one length the single term: the derivative of softplus(-z).
        ("L = sum(log(1 + exp(-z)))", "z", "-sigmoid(-z)"),
        ("L = sum(t .* log(1 + exp(z)))", "t", "softplus(z)"),
        // Inside another function, too.
        ("L = sum(t .* tanh(log(1 + exp(z))))", "t", "tanh(softplus(z))"),
        // A formula that is another function's keeps its own form.
        ("L = sum(t ./ (1 + 2*exp(z)))", "t", "1 ./ (1 + 2 * exp(z))"),
        ("scalar exp(u) = 1 + u; L = sum(t ./ (1 + exp(-z)))", "t", "1 ./ (1 + exp(-z))"),
        // A function of the file by its own formula.
        ("scalar gate(u) = 1/(2 + exp(-u)); L = sum(t ./ (2 + exp(-z)))", "t", "gate(z)"),
    ];
    for (program, by, expected) in cases {
        let program = format!("z, t : n; {program}; derive dL/d{by}");
        assert_eq!(answer(&program, false), expected, "{program}");
    }
}

#[test]
fn sums_inside_sums_have_their_names() {
    // The entropy of a softmax: with p = softmax(x), p .* (p'*log(p) - log(p)).
    let program = "x : n; p = softmax(x); L = -sum(p .* log(p)); derive dL/dx";
    let expected = "softmax(x) .* (softmax(x)' * log(softmax(x)) - log(softmax(x)))";
    assert_eq!(answer(program, true), expected);
    // Softmax of the columns, by its formula; its sums over the columns.
    let program = "S : n x m; t : n; L = sum(t' * (exp(S) ./ (ones(n)*colsum(exp(S))'))); derive dL/dt";
    assert_eq!(answer(program, false), "colsum(rowsoftmax(S'))");
}

#[test]
fn powers_signs_and_inner_products_are_short() {
    let cases = [
        ("A : n x n; L = tr(A^3); derive dL/dA", "3 * A'^2"),
        // d tr(P^4) is 4 P'^3, and P is A*B.
        ("A : n x m; B : m x n; L = tr((A*B)^4); derive dL/dA", "4 * ((B * A)^3 * B)'"),
        // The same of tr((B*A)^4), which is equal.
        ("A : n x m; B : m x n; L = tr((A*B)^4); derive dL/dB", "4 * ((A * B)^3 * A)'"),
        ("x : n; L = -x'*x; derive dL/dx", "-2 * x"),
        ("x, y : n; L = sum(y) - 3*x'*x; derive dL/dx", "-6 * x"),
        ("A, B : n x m; c : scalar; L = c*tr(A'*B); derive dL/dc", "sum(A .* B)"),
        ("A, B : n x n; c : scalar; L = c*tr(A*B); derive dL/dc", "tr(A * B)"),
        ("A : n x m; B : m x k; C : n x k; c : scalar; L = c*tr(A*B*C'); derive dL/dc", "sum(A * B .* C)"),
    ];
    for (program, expected) in cases {
        assert_eq!(answer(program, false), expected, "{program}");
    }
}
