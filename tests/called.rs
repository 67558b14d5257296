//! Scalar functions called by their names though the file writes their formulas, and what else makes answers short. The
//! expected forms are those of the textbooks and identities of the functions, written by hand.

use entrywise::claim::Verdict;
use entrywise::{Source, Trials, derive, derive::Options};

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

#[test]
fn definitions_of_the_file_stand_where_their_formulas_do() {
    let program = |goal: &str| {
        format!(
            "F : n x k; E : k x k posdef; R : n x n posdef; S : n x n; B : n x m; y : n; t : scalar; \
             Q = F*E*F' + R; H = S*B; derive {goal}"
        )
    };
    let cases = [
        // d tr(A inv(Q)) by Q is -inv(Q)'*A'*inv(Q)'; Q is its own transpose.
        ("d(tr(S*inv(F*E*F' + R)))/dR", "-(inv(Q) * S' * inv(Q))"),
        ("d(logdet(F*E*F' + R))/dF", "2 * inv(Q) * F * E"),
        // tr(B'*(F*E*F' + R)*B) by B, the sum spread over its terms.
        ("d(tr(B'*F*E*F'*B) + tr(B'*R*B))/dB", "2 * Q * B"),
        // A product, beside what it is not.
        ("d(normF(S*B - B)^2)/dS", "2 * (H - B) * B'"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(&program(goal), false), expected, "{goal}");
    }
    let solved = |goal: &str| {
        format!("X : n x k; y : n; t : scalar positive; w = solve(X'*X + t*eye(k), X'*y); derive {goal}")
    };
    // w = inv(P)*X'*y with dP/dt the identity.
    assert_eq!(answer(&solved("d(w)/dt"), false), "-solve(X' * X + t * eye(k), w)");
    // The derivative by w vanishes at the w that solves X'*X*w + t*w = X'*y.
    assert_eq!(answer(&solved("d(norm2(y - X*w)^2 + t*norm2(w)^2)/dt"), false), "w' * w");
    // Entry by entry, too, where the definition is not what is differentiated by.
    let sized = "size n = 2, k = 3; X : n x k; B : k x n; Q = X*B; f = tr(X*B*X*B); derive df/dX";
    let derived = derive(entrywise::read(&Source::new("test", sized)).unwrap(), &Options::default());
    assert_eq!(derived.unwrap().answers(), ["df/dX = 2 * Q' * B'"]);
    let inside = "x : n; A : n x n; q = x'*A*x; derive d(exp(x'*A*x)*sum(x))/dx";
    assert_eq!(answer(inside, false), "exp(q) * (sum(x) * (A + A') * x + 1)");
    // Declared variables alone, where they are asked for.
    assert_eq!(answer(&program("d(logdet(F*E*F' + R))/dF"), true), "2 * inv(F * E * F' + R) * F * E");
}

#[test]
fn arguments_of_unknown_functions_have_the_file_s_names_where_nothing_hangs_on_it() {
    let program = "X : n x m; B : m x p; Q = X*B; derive d(loss(X*B))/dB";
    assert_eq!(answer(program, false), "X' * d(loss(Q))/d(Q)");
    // What is written without Q does not depend on it.
    for goal in ["d(loss(X*B))/dQ", "d(tr(X*B*C))/dQ"] {
        let program = format!("X : n x m; B : m x p; C : p x n; Q = X*B; derive {goal}");
        assert_eq!(answer(&program, false), "zeros(n, p)", "{goal}");
    }
    let program = "x, y : n; A : n x n; r = A*x; f = x'*A'*A*x; derive d(d(f)/d(x))/d(r)";
    assert_eq!(answer(program, false), "zeros(n, n)");
}

#[test]
fn a_name_is_given_where_it_pays() {
    // Twice in the matrix, once as a power.
    let program = "X : n x k; t : scalar positive; derive d(tr(inv(X'*X + t*eye(k))))/dX";
    assert_eq!(answer(program, false), "-2 * X * inv(X' * X + t * eye(k))^2");
}

#[test]
fn index_forms_are_entries_of_products() {
    let cases = [
        ("d((X^3)[g,h])/d(X[i,j])", "delta(g, i) X^2[j, h] + X[g, i] X[j, h] + X^2[g, i] delta(h, j)"),
        ("d((C*X*X)[g,h])/d(X[i,j])", "C[g, i] X[j, h] + (C * X)[g, i] delta(h, j)"),
        ("d(solve(A, b)[i])/d(A[g,h])", "-(inv(A)[i, g] solve(A, b)[h])"),
        // What both terms have in common stands once; what they differ in is an entry of one matrix.
        ("d((X*C'*b)[g]*t + X[g,h]*t)/d(X[i,j])", "t delta(g, i) ((C' * b)[j] + delta(h, j))"),
        ("d((X*X)[g,h] + (X*A)[g,h])/d(X[i,j])", "delta(g, i) (X + A)[j, h] + X[g, i] delta(h, j)"),
        // A sum over what stands in three factors stays one.
        (
            "d(sum(k) sum(l) A[g,k] b[k] X[k,l] X[l,h])/d(X[i,j])",
            "A[g, i] b[i] X[j, h] + sum(k: n) A[g, k] b[k] X[k, i] delta(h, j)",
        ),
    ];
    for (goal, expected) in cases {
        let declared = "X, A : n x n; C : m x n; b : n; t : scalar";
        let declared =
            if goal.contains("C'") { "X, A : n x m; C : n x m; b : n; t : scalar" } else { declared };
        let program = format!("{declared}; derive {goal}");
        assert_eq!(answer(&program, false), expected, "{goal}");
        // The answer reads back as a claim.
        let claim = entrywise::read(&Source::new("test", format!("{declared}; verify {goal} == {expected}")));
        let decided = entrywise::verify(&claim.unwrap(), &Trials { sizes: (1, 4), points: None, seed: 3 });
        assert!(matches!(decided.unwrap()[0].verdict(), Verdict::Proved | Verdict::Checked), "{goal}");
    }
}
