//! What is false is never proved: true equalities stand beside false ones that are made of the same pieces.

use entrywise::Source;
use entrywise::prove::proved;
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, Name};
use entrywise::syntax::parse;

/// Whether two expressions over declarations are proved to be equal.
fn equal(declarations: &str, left: &str, right: &str) -> bool {
    let problem = entrywise::read(&Source::new("test", declarations))
        .unwrap_or_else(|errors| panic!("{declarations}\n{errors:?}"));
    let declared: Vec<Name> = problem.quantities.keys().chain(problem.dimensions.keys()).cloned().collect();
    let expr = |text: &str| -> Expr {
        parse::expression(&Source::new("side", text), &declared).unwrap_or_else(|errors| panic!("{errors:?}"))
    };
    proved(&problem, Catalogue::shipped(), &expr(left), &expr(right), &[])
}

#[track_caller]
fn yes(declarations: &str, left: &str, right: &str) {
    assert!(equal(declarations, left, right), "{declarations}: {left} = {right} is true");
}

#[track_caller]
fn no(declarations: &str, left: &str, right: &str) {
    assert!(!equal(declarations, left, right), "{declarations}: {left} = {right} is false");
}

const CHAIN: &str = "X : N x D; A : M x N; Y = A*X; L = sum(Y.*Y); derive dL/dX";

#[test]
fn a_definition_put_in_is_no_intermediate_besides() {
    yes(CHAIN, "dL/dX", "A'*dL/dY");
    yes(CHAIN, "dL/dX", "2*A'*Y");
    // Both ways from X to L at once.
    no(CHAIN, "dL/dX", "2*A'*Y + A'*dL/dY");
}

#[test]
fn what_is_differentiated_by_keeps_its_name() {
    yes(CHAIN, "dL/dY", "2*Y");
    no(CHAIN, "dL/dY", "0*Y");
    no(CHAIN, "dL/dY + 0*Y", "0*Y");
}

#[test]
fn a_partial_derivative_is_not_the_total_one() {
    let dependent = "X : N; A : M x N; B : K x M; Y = A*X; Z = B*Y; L = loss(Y, Z); derive dL/dX";
    yes(dependent, "dL/dX", "A'*dL/dY");
    no(dependent, "dL/dX", "2*A'*dL/dY + 0*sum(Y)*dL/dX");
    no(dependent, "dL/dX + 0*A'*dL/dY", "A'*(dL/dY - B'*dL/dZ)");
    let independent = "X : N; A : M x N; B : K x N; Y = A*X; Z = B*X; L = loss(Y, Z); derive dL/dX";
    yes(independent, "dL/dX", "A'*dL/dY + B'*dL/dZ");
    no(independent, "dL/dX", "A'*dL/dY");
}

#[test]
fn a_letter_in_an_opaque_name_is_its_index() {
    let scaled = "X : N; A : N x N; c : scalar; Y = A*X; L = sum(Y.*Y); derive dL/dX";
    yes(scaled, "sum(i: N) sum(j: N) X[i]*d(c*Y[j])/dX", "sum(j: N) sum(i: N) X[i]*d(c*Y[j])/dX");
    no(scaled, "sum(i: N) sum(j: N) X[i]*d(c*Y[j])/dX", "sum(i: N) sum(j: N) X[j]*d(c*Y[j])/dX");
    let unknown = "X : N; L = loss(X); derive dL/dX";
    no(unknown, "sum(i: N) sum(j: N) X[i]*loss(X[j])", "sum(i: N) sum(j: N) X[j]*loss(X[j])");
}

#[test]
fn an_unknown_value_of_an_expression_is_no_constant() {
    no("X : N; L = loss(2*X); derive dL/dX", "dL/dX", "0*X");
}

#[test]
fn a_place_outside_the_range_is_not_met() {
    let x = "x : N; w : M; L = sum(x) + sum(w); derive dL/dx";
    no(x, "sum(a: N) sum(i: N) sum(j: N) delta(a, i+j-1)*x[i]", "N*sum(x)");
    no(x, "sum(a: N) sum(i: N) delta(a, i+1)*x[i]", "sum(x)");
    no(x, "sum(a: N) sum(i: N) delta(a, 2*i)*x[i]", "sum(x)");
    no(x, "sum(a: N) sum(i: M) delta(a, i)*w[i]", "sum(w)");
    // Within it by the ranges alone, the ends included.
    yes(x, "sum(a: N+M-1) sum(i: N) sum(j: M) delta(a, i+j-1)*x[i]", "M*sum(x)");
    yes(x, "sum(a: N) sum(i: N) delta(a, N-i+1)*x[i]", "sum(x)");
    no(x, "sum(a: N+M-2) sum(i: N) sum(j: M) delta(a, i+j-1)*x[i]", "M*sum(x)");
    no(x, "sum(a: N+M) sum(i: N) sum(j: M) delta(a, i+j-2)*x[i]", "M*sum(x)");
    no(x, "sum(a: N) sum(i: N) delta(a, N-i)*x[i]", "sum(x)");
    yes(x, "sum(a: N) delta(a, 1)*x[a]", "x[1]");
    // The middle of an odd number of places.
    no(x, "sum(a: N) delta(a, N-a+1)", "1");
}

#[test]
fn derivatives_are_carried_out_where_they_are_not_what_is_asked_for() {
    let power = "scalar f(t) = (1 + t + t^2)^8; X : N x N; L = tr(X); derive dL/dX";
    yes(power, "2*f(tr(X*X))*X'", "f(tr(X*X))*d(tr(X*X))/dX");
    no(power, "2*f(tr(X*X))*X", "f(tr(X*X))*d(tr(X*X))/dX");
    let product = "scalar f(t) = log(1 + t + t^2 + t^3); x : scalar; L = x^2; derive dL/dx";
    yes(product, "f'(x)", "(1 + 2*x + 3*x^2)/(1 + x + x^2 + x^3)");
    no(product, "f'(x)", "(1 + 2*x + 3*x^2)/(1 + x + x^2 - x^3)");
}

#[test]
fn powers_are_not_merged_where_a_sign_is_lost() {
    let x = "x : N; L = sum(x); derive dL/dx";
    for (left, right) in [
        ("sqrt(x.^2)", "x"),
        ("(x.^2).^(1/2)", "x"),
        ("sqrt(x.*x)", "x"),
        ("sqrt(4*x.^2)", "2*x"),
        ("sqrt(x.^2)", "0*x"),
        ("(x.^4).^(1/4)", "x"),
        ("sqrt(sum(x)^2)", "sum(x)"),
    ] {
        no(x, left, right);
    }
    yes(x, "sqrt(x).^2", "x");
    yes(x, "sqrt(sum(x.^2))^2", "sum(x.^2)");
}

#[test]
fn a_derivative_that_has_a_name_alone_is_no_constant() {
    no("X : N; L = loss(X); derive dL/dX", "d(dL/dX)/dX", "0*X*X'");
    no("X : N; A : M x N; Y = A*X; L = sum(Y.*Y); derive dL/dX", "d(dL/dX)/dX", "0*X*X'");
}

#[test]
fn a_letter_of_range_one_is_one() {
    let x = "x : N; L = sum(x); derive dL/dx";
    no(x, "sum(i: 1) sum(j: 1) delta(i, j+1)", "1");
    yes(x, "sum(i: 1) sum(j: 1) delta(i, j)", "1");
    yes(x, "sum(i: 1) sum(a: N) delta(a, i)*x[a]", "x[1]");
    no(x, "sum(i: 1) sum(a: N) delta(a, i)*x[a]", "sum(x)");
}

#[test]
fn a_power_of_too_many_terms_is_not_cut_off() {
    let names = |most: usize| (1..=most).map(|at| format!("a{at}")).collect::<Vec<_>>();
    let declarations = format!("{} : scalar; L = a1; derive dL/da1", names(150).join(", "));
    let sum = |most: usize| names(most).join(" + ");
    // The first 10001 of 22500 products.
    let first = format!("({})*({}) + a67*({})", sum(66), sum(150), sum(101));
    no(&declarations, &format!("({})^2", sum(150)), &first);
}

#[test]
fn a_law_of_a_function_is_no_law_of_another() {
    let vectors = "z, t : n; A : n x n";
    yes(vectors, "exp(-z)", "1 ./ exp(z)");
    no(vectors, "exp(-z)", "exp(z)");
    no(vectors, "exp(-z)", "-exp(z)");
    no(vectors, "exp(-z)", "1 ./ exp(t)");
    no(vectors, "tanh(-z)", "1 ./ tanh(z)");
    yes(vectors, "exp(t - z)", "1 ./ exp(z - t)");
    no(vectors, "exp(t - z)", "1 ./ exp(t - z)");
    // Transposes of one argument.
    no(vectors, "exp(A' - A)", "exp(A - A')");
    // What every term of a sum is divided by, and to which power.
    yes(vectors, "sigmoid(z)", "exp(z) ./ (1 + exp(z))");
    yes(vectors, "1 - sigmoid(-z)", "sigmoid(z)");
    yes(vectors, "exp(-z) ./ (1 + exp(-z)) ./ (1 + exp(-z))", "sigmoid(z) .* (1 - sigmoid(z))");
    no(vectors, "sigmoid(z)", "exp(-z) ./ (1 + exp(-z))");
    no(vectors, "sigmoid(-z)", "sigmoid(z)");
    no(vectors, "exp(-z) ./ (1 + exp(-z)) ./ (1 + exp(-z))", "sigmoid(z) .* (1 - sigmoid(t))");
    // A file's own meaning of the name has no law.
    no("scalar exp(u) = 1 + u; z : n", "exp(-z)", "1 ./ exp(z)");
}

#[test]
fn laws_hold_where_both_sides_have_values_and_nowhere_else() {
    let given = "x, y : n; c, d : scalar; X, Y : n x m";
    for (left, right) in [
        ("log(X .* Y)", "log(X) + log(Y)"),
        ("log(x.^2)", "2*log(x)"),
        ("sqrt(X .* Y)", "sqrt(X) .* sqrt(Y)"),
        ("sqrt(c^2)", "abs(c)"),
        ("norm2(c*x)", "abs(c)*norm2(x)"),
        ("exp(x - logsumexp(x))", "softmax(x)"),
        ("sin(x + y)", "sin(y) .* cos(x) + sin(x) .* cos(y)"),
        ("sin(3*c)", "3*sin(c) - 4*sin(c)^3"),
        ("tanh(c + d)", "(tanh(c) + tanh(d)) / (1 + tanh(c)*tanh(d))"),
        ("relu(x - y) + y", "relu(y - x) + x"),
        ("abs(x - y).^2", "(y - x).^2"),
        ("x.^c .* x.^d", "x.^(c + d)"),
        ("c/abs(c)", "sign(c)"),
        ("1/(1 + 1/c)", "c/(c + 1)"),
        ("1/(c*d + d) + 1/(c + 1)", "(1 + d)/(d*(1 + c))"),
        ("1/sqrt(c + d) + sqrt(c + d)", "(1 + c + d)/sqrt(d + c)"),
        ("sqrt(8*c)", "2*sqrt(2)*sqrt(c)"),
    ] {
        yes(given, left, right);
    }
    for (left, right) in [
        // Nothing says that x and y are positive: both may be negative.
        ("log(X .* Y)", "log(abs(X)) - log(abs(Y))"),
        ("log(X)", "log(X')'*0"),
        ("log(x.^2)", "log(x)"),
        ("log(x + y)", "log(x) + log(y)"),
        ("sqrt(c^2)", "c"),
        ("sqrt(c^2*d^2)", "c*d"),
        ("sqrt(X .* Y)", "sqrt(X) .* Y"),
        ("norm2(c*x)", "c*norm2(x)"),
        ("sign(x).^2", "ones(n)"),
        ("sign(c)^3", "1"),
        ("abs(x + y)", "abs(x) + abs(y)"),
        ("relu(-x)", "-relu(x)"),
        ("relu(x - y) + y", "relu(y - x) + y"),
        ("step(x) + step(-x)", "ones(n)"),
        ("exp(x .* y)", "exp(x) .* exp(y)"),
        ("exp(c*d)", "exp(c)^2"),
        ("sin(2*c)", "2*sin(c)"),
        ("sin(c)^2 + cos(d)^2", "1"),
        ("softmax(x + y)", "softmax(x)"),
        ("tanh(c + d)", "(tanh(c) + tanh(d)) / (1 - tanh(c)*tanh(d))"),
        ("x.^c .* y.^d", "x.^(c + d)"),
        ("1/(1 + 1/c)", "c/(c - 1)"),
        ("1/(c*d + d)", "1/d/(1 + d)"),
        ("sqrt(c)*sqrt(d)", "sqrt(c + d)"),
        ("sqrt(8*c)", "4*sqrt(c)"),
    ] {
        no(given, left, right);
    }
    // A logarithm of the diagonal alone says nothing of the other entries.
    let square = "A : n x n; T : n x n";
    no(square, "sqrt(A.^2) + diag(log(diagvec(A)))", "A + diag(log(diagvec(A)))");
    no(square, "sum(i: n) log(A[i,i]) * sum(sqrt(A.^2))", "sum(i: n) log(A[i,i]) * sum(A)");
    // A file's own meaning of a name has none of the prelude's laws.
    no("scalar cos(u) = 1 + u; c : scalar", "sin(c)^2", "1 - cos(c)^2");
    no("scalar abs(u) = 2*u; c : scalar", "sqrt(c^2)", "abs(c)");
    // A law of what is positive needs that it is stated.
    yes("c : scalar; assume c > 0", "abs(c)", "c");
    yes("c : scalar; assume c > 2", "sqrt(c^2)", "c");
    no("c : scalar; assume c >= 0", "sign(c)", "1");
    no("c : scalar; assume c < 0", "abs(c)", "c");
    no("c : scalar; assume c > -1", "abs(c)", "c");
}

#[test]
fn triangular_matrices_have_entries_on_one_side_only() {
    let given =
        "L, M : n x n lower; U, V : n x n upper; K : n x n antisymmetric; S : n x n symmetric; A : n x n";
    yes(given, "diagvec(L*M)", "diagvec(L) .* diagvec(M)");
    yes(given, "L .* U", "diag(diagvec(L) .* diagvec(U))");
    yes(given, "tr(L*M*L)", "sum(diagvec(L).^2 .* diagvec(M))");
    yes(given, "tr(K*S)", "0");
    yes(given, "tr(S*K*S)", "0");
    no(given, "diagvec(L*U)", "diagvec(L) .* diagvec(U)");
    no(given, "diagvec(L*M')", "diagvec(L) .* diagvec(M)");
    no(given, "L .* M", "diag(diagvec(L) .* diagvec(M))");
    no(given, "tr(L*A)", "sum(diagvec(L) .* diagvec(A))");
    no(given, "tr(K*A)", "0");
    no(given, "tr(K*K)", "0");
}

const INVERSES: &str =
    "A, V, W : n x n; B : n x m; C : m x n; Z : m x n; K : m x m; u, v : n; t : scalar; s : scalar positive";

/// Woodbury, Sherman and Morrison, the identities of push-through and of parallel sums (Horn and Johnson, Matrix Analysis,
/// 0.7.4; Henderson and Searle 1981): no law of an inverse says them, its sum does.
#[test]
fn inverses_of_sums() {
    for (left, right) in [
        ("inv(A + B*K*C)", "inv(A) - inv(A)*B*inv(inv(K) + C*inv(A)*B)*C*inv(A)"),
        ("inv(A + u*v')", "inv(A) - inv(A)*u*v'*inv(A)/(1 + v'*inv(A)*u)"),
        ("inv(eye(n) + B*C)*B", "B*inv(eye(m) + C*B)"),
        ("inv(A + B*C)*B", "inv(A)*B*inv(eye(m) + C*inv(A)*B)"),
        ("inv(Z'*Z + s*eye(n))*Z'", "Z'*inv(Z*Z' + s*eye(m))"),
        ("V*inv(V + W)*W", "W*inv(V + W)*V"),
        ("inv(inv(V) + inv(W))", "V*inv(V + W)*W"),
        ("inv(V) - inv(V + W)", "inv(V)*W*inv(V + W)"),
        ("(eye(n) - A)*inv(eye(n) + A)", "inv(eye(n) + A)*(eye(n) - A)"),
        ("inv(Z*Z')*Z*Z'", "eye(m)"),
    ] {
        yes(INVERSES, left, right);
    }
    for (left, right) in [
        ("inv(A + B*K*C)", "inv(A) + inv(A)*B*inv(inv(K) + C*inv(A)*B)*C*inv(A)"),
        ("inv(A + B*K*C)", "inv(A) - inv(A)*B*inv(K + C*inv(A)*B)*C*inv(A)"),
        ("inv(A + u*v')", "inv(A) - inv(A)*u*v'*inv(A)/(1 - v'*inv(A)*u)"),
        ("inv(eye(n) + B*C)*B", "B*inv(eye(m) - C*B)"),
        ("inv(A + B*C)*B", "inv(A)*B*inv(eye(m) + C*B)"),
        ("inv(Z'*Z + s*eye(n))*Z'", "Z'*inv(Z*Z' + t*eye(m))"),
        ("V*inv(V + W)*W", "V*inv(V + W)*V"),
        ("inv(inv(V) + inv(W))", "V*inv(V + W)*V"),
        ("inv(V) - inv(V + W)", "inv(W)*W*inv(V + W)"),
        ("inv(V + W)", "inv(V) + inv(W)"),
        ("(eye(n) - A)*inv(eye(n) + V)", "inv(eye(n) + V)*(eye(n) - A)"),
        ("Z*inv(Z'*Z)*Z'", "eye(m)"),
        ("0*A", "inv(V + W)"),
    ] {
        no(INVERSES, left, right);
    }
}

const POWERS: &str = "A, B, X : n x n; S : n x n symmetric; Z : m x n; a, b, x : n; t, u : scalar; k, j, i_ : scalar integer; \
    assume k >= 1, j >= 2, det(Z'*Z) > 0";

/// Without the checker's first word: what is false of powers, exponentials and pseudo-inverses is not proved.
#[test]
fn powers_exponentials_and_pseudoinverses() {
    for (left, right) in [
        ("(A*B)^k*A", "A*(B*A)^k"),
        ("Z*(Z'*Z)^k", "(Z*Z')^k*Z"),
        ("Z*(Z'*Z)^(k-1)", "(Z*Z')^(k-1)*Z"),
        ("tr((Z*Z')^k)", "tr((Z'*Z)^k)"),
        ("X^i_*X^(-i_)", "eye(n)"),
        ("(t*X)^k", "t^k*X^k"),
        ("d(tr(X^i_))/dX", "i_*X'^(i_-1)"),
        ("d(a'*X^k*b)/dX", "sum(r: k) X'^(k-r)*a*b'*X'^(r-1)"),
        ("d(tr(expm(t*X)))/dX", "t*expm(t*X)'"),
        ("d(expm(t*A)*expm(u*A))/dt", "A*expm((t+u)*A)"),
        ("Z*expm(Z'*Z)", "expm(Z*Z')*Z"),
        ("det(expm(t*A))", "exp(t*tr(A))"),
        ("pinv(Z)*Z", "eye(n)"),
    ] {
        yes(POWERS, left, right);
    }
    for (left, right) in [
        ("(A*B)^k*B", "A*(B*A)^k"),
        ("(A*B)^k", "A^k*B^k"),
        // Neither for an exponent that may be -1, where Z*Z' has no inverse.
        ("Z*(Z'*Z)^i_", "(Z*Z')^i_*Z"),
        ("Z*(Z'*Z)^(k-2)", "(Z*Z')^(k-2)*Z"),
        // At k = 1 the traces of two identity matrices of unequal size.
        ("tr((Z*Z')^(k-1))", "tr((Z'*Z)^(k-1))"),
        ("tr((A*B)^k)", "tr(A^k*B^k)"),
        ("X^k*A", "A*X^k"),
        ("(t*X)^k", "t*X^k"),
        ("d(tr(X^k))/dX", "k*X'^k"),
        ("d(a'*X^k*b)/dX", "k*X'^(k-1)*a*b'"),
        ("d(a'*X^k*b)/dX", "sum(r: k) X'^r*a*b'*X'^(k-r)"),
        ("d(a'*expm(X)*b)/dX", "expm(X)'*a*b'"),
        ("d(tr(B*expm(A)))/dA", "(B*expm(A))'"),
        ("expm(A + B)", "expm(A)*expm(B)"),
        ("expm(A)*B", "B*expm(A)"),
        ("tr(expm(Z*Z'))", "tr(expm(Z'*Z))"),
        ("det(expm(t*A))", "exp(tr(A))"),
        ("Z*pinv(Z)", "eye(m)"),
        ("det(t*A)", "t*det(A)"),
    ] {
        no(POWERS, left, right);
    }
}
