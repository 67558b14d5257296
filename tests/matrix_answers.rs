//! What makes answers in matrices short: one transpose around a chain, what is declared of a variable, solutions, projectors,
//! and no derivative that nobody named. The expected forms are those of the textbooks, written by hand; the checker evaluates
//! every answer at points with these properties.

use entrywise::claim::Verdict;
use entrywise::derive::Options;
use entrywise::{Source, Trials};

/// The answers for any sizes, names for what recurs before them.
fn answers(declared: &str, goals: &str) -> Vec<String> {
    let text = format!("{declared}; derive {goals}");
    let problem = entrywise::read(&Source::new("test", &text)).unwrap_or_else(|e| panic!("{text}\n{e:?}"));
    let options = Options { open: true, ..Options::default() };
    entrywise::derive(problem, &options).unwrap_or_else(|e| panic!("{text}\n{e:?}")).answers()
}

fn answer(declared: &str, goal: &str) -> String {
    let found = answers(declared, goal);
    let [only] = found.as_slice() else { panic!("{goal}: {found:?}") };
    only.split_once(" = ").unwrap().1.to_string()
}

const CHAINS: &str = "X : n x n; P : p x n; Q : n x m; R : m x p; T : p x m; Z : n x m; W : m x n; B : m x q; k : scalar integer; \
                      assume k >= 1, det(X) > 0";

#[test]
fn one_transpose_stands_around_a_chain() {
    let cases = [
        // The Matrix Cookbook (63): the transpose of the differential's coefficient.
        ("d(tr(P*inv(X)*Q*R))/dX", "-(inv(X) * Q * R * P * inv(X))'"),
        ("d(tr((Z*W)^k))/dZ", "k * ((W * Z)^(k - 1) * W)'"),
        ("d(tr((Z*W)^3))/dW", "3 * ((Z * W)^2 * Z)'"),
        // Magnus and Neudecker, section 9.13.
        ("d(vec(P*Z*B))/d(vec(P))", "kron((Z * B)', eye(p))"),
        // A pair stays as it is written everywhere, and so does what is not turned as a whole.
        ("d(tr(P*Z*T'))/dZ", "P' * T"),
        ("d(tr(P*Z*R))/dZ", "P' * R'"),
        ("d(sum(P*Z*B))/dZ", "colsum(P) * rowsum(B)'"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(CHAINS, goal), expected, "{goal}");
    }
}

/// The Matrix Cookbook, section 2.8: a symmetric matrix written by free entries.
const SYMMETRIC: &str = "A, Y : n x n; a, b : n; assume det(Y + Y' - Y.*eye(n)) > 0; X = Y + Y' - Y.*eye(n)";

#[test]
fn an_expression_has_no_intermediate_derivatives() {
    let cases = [
        ("d(tr(A*X))/dY", "A' + A - diag(diagvec(A))"),
        ("d(logdet(X))/dY", "2 * inv(X) - diag(diagvec(inv(X)))"),
        ("d(tr(X^2))/dY", "4 * X - 2 * diag(diagvec(X))"),
        ("d(a'*X*a)/dY", "2 * a * a' - diag(a.^2)"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(SYMMETRIC, goal), expected, "{goal}");
    }
    // What has a name keeps its derivatives, and what is asked for is told once.
    let named = format!("{SYMMETRIC}; f = a'*X*b");
    assert_eq!(answer(&named, "df/dY"), "df/dX + df/dX' - diag(diagvec(df/dX))");
    let asked = answers(SYMMETRIC, "d(det(X))/dX, d(det(X))/dY");
    assert_eq!(asked[0], "d(det(X))/dX = det(X) * inv(X)");
    assert!(asked[1].contains("2 * d(det(X))/d(X) - "), "{}", asked[1]);
}

#[test]
fn columns_that_are_centred_sum_to_zero() {
    let centred = "X : N x D; B : D x D symmetric; Xc = X - ones(N)*colmean(X)'";
    assert_eq!(answer(centred, "d(normF(Xc)^2)/dX"), "2 * Xc");
    assert_eq!(answer(centred, "d(tr(B*Xc'*Xc)/N)/dX"), "2 * Xc * B / N");
    // Without the mean they do not.
    let shifted = "X : N x D; Xc = X - ones(N)*colsum(X)'";
    assert_ne!(answer(shifted, "d(normF(Xc)^2)/dX"), "2 * Xc");
}

#[test]
fn at_an_orthogonal_point() {
    let orthogonal = "V : n x n orthogonal; A : n x n; C : m x n; x : n";
    let cases = [
        ("d(det(V))/dV", "det(V) * V"),
        ("d(tr(A*inv(V)))/dV", "-(V * A' * V)"),
        ("d(norm2(V*x))/dx", "x / norm2(x)"),
        ("d(x'*V'*V*x)/dx", "2 * x"),
        // Entries are independent while differentiating: the function is constant on the orthogonal matrices alone.
        ("d(tr(V'*V))/dV", "2 * V"),
        ("d(normF(C*V)^2)/dV", "2 * C' * C * V"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(orthogonal, goal), expected, "{goal}");
    }
    // The second derivative is that of independent entries.
    assert_eq!(answer(orthogonal, "d2(tr(V'*V))/d(vec(V))2"), "2 * eye(n * n)");
    assert_eq!(answer("V, A : n x n; assume det(V) > 0", "d(tr(A*inv(V)))/dV"), "-(inv(V) * A * inv(V))'");
}

#[test]
fn inverses_of_diagonal_matrices_have_entries() {
    assert_eq!(answer("v : n", "d(det(diag(v)))/dv"), "det(diag(v)) ./ v");
}

#[test]
fn solutions_by_symmetry_by_name_and_beside_entries() {
    let declared = "A : n x n; S : n x n symmetric; v, b, c : n; x = solve(A, b)";
    let cases = [
        ("d(b'*solve(S, b))/dS", "-(solve(S, b) * solve(S, b)')"),
        ("d(c'*solve(S + diag(v), b))/dv", "-(solve(S + diag(v), c) .* solve(S + diag(v), b))"),
        ("d(c'*solve(A, b))/db", "solve(A', c)"),
        ("d(loss(x))/dA", "-(solve(A', d(loss(x))/d(x)) * x')"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(declared, goal), expected, "{goal}");
    }
}

#[test]
fn projectors() {
    let declared = "Z : m x n; b, c : m; assume m >= n, det(Z'*Z) > 0";
    let cases = [
        ("d(norm2(b - Z*pinv(Z)*b)^2)/db", "2 * (b - Z * pinv(Z) * b)"),
        // Golub and Pereyra 1973.
        ("d(c'*Z*pinv(Z)*b)/dZ", "(eye(m) - Z * pinv(Z)) * (b * c' + c * b') * pinv(Z)'"),
    ];
    for (goal, expected) in cases {
        assert_eq!(answer(declared, goal), expected, "{goal}");
    }
}

/// The same forms as claims, decided without the derivation.
#[test]
fn the_forms_are_true() {
    let claims = [
        (CHAINS, "d(tr((Z*W)^3))/dW == 3*((Z*W)^2*Z)'"),
        (SYMMETRIC, "d(a'*X*a)/dY == 2*a*a' - diag(a.^2)"),
        ("v : n", "d(det(diag(v)))/dv == det(diag(v)) ./ v"),
        ("V : n x n orthogonal; x : n", "d(norm2(V*x))/dx == x/norm2(x)"),
        (
            "Z : m x n; b, c : m; assume m >= n, det(Z'*Z) > 0",
            "d(c'*Z*pinv(Z)*b)/dZ == (eye(m) - Z*pinv(Z))*(b*c' + c*b')*pinv(Z)'",
        ),
    ];
    for (declared, claim) in claims {
        let problem = entrywise::read(&Source::new("test", format!("{declared}; verify {claim}"))).unwrap();
        let trials = Trials { sizes: (1, 4), points: None, seed: 1 };
        let decided = entrywise::verify(&problem, &trials).unwrap();
        assert!(matches!(decided[0].verdict(), Verdict::Proved | Verdict::Checked), "{claim}");
    }
}
