//! Derivatives of derivatives in words: through unknown functions, by entries, what is proved and refuted of them, their
//! certificates, and what is refused.

use entrywise::certificate::{self, Choices};
use entrywise::claim::Verdict;
use entrywise::derivation::Heading;
use entrywise::derive::Options;
use entrywise::verify::Trials;
use entrywise::{Derived, Source};

fn derive(text: &str, inline: bool) -> Result<Derived, String> {
    let refusal = |errors: Vec<entrywise::diagnostic::Diagnostic>| errors[0].message.clone();
    let problem = entrywise::read(&Source::new("test", text)).map_err(refusal)?;
    entrywise::derive(problem, &Options { open: true, inline, ..Options::default() }).map_err(refusal)
}

fn answers(text: &str) -> Vec<String> {
    derive(text, false).unwrap_or_else(|error| panic!("{text}: {error}")).answers()
}

const COMPOSED: &str = "X : m x n; w, v : n; c : m; z = X*w; L = loss(z); K = loss(z, c)";

/// Magnus and Neudecker, chapter 6: the Hessian of a composite function of a linear map.
#[test]
fn through_an_unknown_function() {
    let asked = |goal: &str| answers(&format!("{COMPOSED}; derive {goal}"));
    assert_eq!(asked("d2L/dw2"), ["d2L/dw2 = X' * d2L/dz2 * X"]);
    assert_eq!(asked("d(dL/dw'*v)/dw"), ["d(dL/dw'*v)/dw = X' * d2L/dz2 * X * v"]);
    assert_eq!(asked("d2K/dwdc"), ["d2K/dwdc = X' * d2K/dzdc"]);
    // The same the other way round: second derivatives commute.
    assert_eq!(asked("d2K/dcdw"), ["d2K/dcdw = d2K/dcdz * X"]);
    assert_eq!(asked("d2L/dz2, d2K/dcdz"), ["d2L/dz2 = d2L/dz2", "d2K/dcdz = d2K/dcdz"]);
}

#[test]
fn through_an_unknown_function_of_a_matrix() {
    let text = "X : N x D; W : D x M; Y = X*W; L = loss(Y); derive d2L/dW2";
    let expected = "sum(k: N) sum(m: N) X[k, i] d2L/dY2[k, j, m, b] X[m, a]";
    assert_eq!(answers(text), [format!("d2L/dW2[i, j, a, b] = {expected}")]);
}

#[test]
fn an_unknown_function_of_every_entry() {
    let text = "A : m x n; x : n; unknown g : entrywise; f = sum(g(A*x)); derive d2f/dx2";
    assert_eq!(answers(text), ["d2f/dx2 = A' * diag(g''(A * x)) * A"]);
    // The answer reads back.
    let back = "A : m x n; x : n; unknown g : entrywise; verify d2(sum(g(A*x)))/d(x)2 == A'*diag(g''(A*x))*A";
    assert_eq!(verdicts(back), [Verdict::Proved]);
}

/// A person derives the gradient first and then its derivative.
#[test]
fn the_gradient_is_told_before_its_derivative() {
    let derived = derive("A : n x n; x : n; f = x'*A*x; derive d2f/dx2", false).unwrap();
    let headings: Vec<String> = derived
        .verified
        .derivation()
        .sections
        .iter()
        .filter_map(|section| match &section.heading {
            Heading::Derivative(whole) => Some(entrywise::syntax::print::expr(whole)),
            _ => None,
        })
        .collect();
    assert_eq!(headings, ["df/dx", "d((A + A') * x)/d(x)"]);
}

#[test]
fn by_entries() {
    let text = "X : m x n; W : n x p; x : n; Y = X*W; f = x'*x*sum(Y)";
    let asked = |goal: &str| answers(&format!("{text}; derive {goal}"));
    assert_eq!(asked("d(Y[i,j])/d(W[a,b])"), ["d(Y[i,j])/d(W[a,b]) = X[i, a] delta(j, b)"]);
    assert_eq!(asked("d(Y[1,j])/d(W[2,1])"), ["d(Y[1,j])/d(W[2,1]) = X[1, 2] delta(j, 1)"]);
    assert_eq!(
        asked("d(sum(k) X[i,k] x[k]^2)/d(x[j])"),
        ["d(sum(k) X[i,k] x[k]^2)/d(x[j]) = 2 X[i, j] x[j]"]
    );
}

fn verdicts(text: &str) -> Vec<Verdict> {
    let problem = entrywise::read(&Source::new("test", text)).unwrap();
    let decided = entrywise::verify(&problem, &Trials::default()).unwrap();
    decided.iter().map(|decided| decided.verdict()).collect()
}

#[test]
fn claims_through_unknown_functions() {
    let right = [
        "d2L/dw2 == X'*d2L/dz2*X",
        "d2L/dz2 == d2L/dz2'",
        "d2K/dzdc == d2K/dcdz'",
        "d(dL/dw'*v)/dw == d2L/dw2*v",
        "d2L/dw2[i,j] == sum(k) sum(l) X[k,i] d2L/dz2[k,l] X[l,j]",
    ];
    for claim in right {
        assert_eq!(verdicts(&format!("{COMPOSED}; verify {claim}")), [Verdict::Proved], "{claim}");
    }
    let wrong = [
        "d2L/dw2 == 2*X'*d2L/dz2*X",
        "d2L/dw2 == X'*dL/dz*dL/dz'*X",
        "d2K/dzdc == d2K/dcdz",
        "d(dL/dw'*v)/dw == d2L/dw2*w",
        "d2L/dw2 == X'*d2K/dz2*X",
    ];
    for claim in wrong {
        assert_eq!(verdicts(&format!("{COMPOSED}; verify {claim}")), [Verdict::Refuted], "{claim}");
    }
}

/// A partial derivative holds its other arguments fixed where derivatives stand in it, too.
#[test]
fn intermediates_are_held_in_second_derivatives() {
    let text = "X : m x n; w : n; z = X*w; L = loss(z); f = dot(z, z)*sum(w); derive d2f/dw2, d2(f*L)/d(w)2";
    for inline in [false, true] {
        derive(text, inline).unwrap();
    }
}

#[test]
fn certificates_hold() {
    let programs = [
        "A : n x n; x : n; f = x'*A*x; derive d2f/dx2",
        "X : m x n; w, v : n; z = X*w; L = loss(z); derive d2L/dw2, d(dL/dw'*v)/dw, d2L/dz2",
        "X : N x D; W : D x M; Y = X*W; L = loss(Y); derive d2L/dXdW, d2L/dY2",
        "X : m x n; w : n; derive d2(loss(X*w))/d(w)2, d2(loss(X*w))/d(X)2",
        "X : m x n; W : n x p; x : n; Y = X*W; derive d(Y[i,j])/d(W[a,b]), d(sum(k) X[i,k] x[k]^2)/dx",
        "S : n x n symmetric; x : n; f = x'*S*S*x; derive d2f/dS2",
        "A : m x n; x : n; y = tanh(A*x); derive d2y/dx2",
    ];
    for text in programs {
        let derived = derive(text, false).unwrap_or_else(|error| panic!("{text}: {error}"));
        let source = Source::new("test", text);
        let choices = Choices { open: true, ..Choices::default() };
        let written = certificate::write(&derived.verified, &derived.problem, &source, &choices);
        let written = written.unwrap_or_else(|error| panic!("{text}: {}", error.message));
        certificate::recheck(&written).unwrap_or_else(|error| panic!("{text}: {}", error.message));
        // With a factor more in a line it does not.
        let wrong = written.replace("\"value\": \"", "\"value\": \"2 * ");
        assert!(certificate::recheck(&wrong).is_err());
    }
}

#[test]
fn what_is_refused_says_why() {
    let text = "A : n x n; x : n; W : n x m; X : k x n; Y = X*W; f = x'*A*x";
    let asked = |goal: &str| derive(&format!("{text}; derive {goal}"), false).map(|_| ()).unwrap_err();
    assert_eq!(asked("d(d2f/dx2)/dx"), "a derivative of third or higher order is not supported yet");
    assert_eq!(asked("d(tr(dY/dW))/dX"), "this derivative is an array of 4 axes");
    assert_eq!(asked("d2(f)/d(x)d(n)"), "`n` is a dimension: nothing is differentiated by it");
    assert_eq!(asked("d2(f)/d(x)d(2)"), "a derivative is taken by a variable, not by a number");
    assert!(asked("d2Y/dXdW").contains("arrays of more than four axes"));
}

/// A definition that is its own transpose is not taken for symmetric while its entries move; worked out by hand.
#[test]
fn by_a_definition_that_is_its_own_transpose() {
    let text = "F, A : n x n; S = F + F'; f = tr(S*S*S); g = tr(A*S*S); derive d2f/dS2, d2(g)/d(A)d(S)";
    assert_eq!(
        answers(text),
        [
            "d2f/dS2[i, j, b, k] = 3 (delta(j, b) S[i, k] + S[j, b] delta(i, k))",
            "d2(g)/d(A)d(S)[i, j, b, k] = delta(j, b) S[i, k] + S[j, b] delta(i, k)",
        ]
    );
}

/// Of what one derivative holds fixed and the other moves, the formula alone says nothing: not proved, and not derived.
#[test]
fn by_a_name_and_by_what_it_depends_on() {
    let given = "x : n; A : m x n; y = A*x; f = y'*y";
    let claims = "verify d2f/dydx == 2*A; verify d2f/dydx == zeros(m, n); verify d2f/dxdy == zeros(n, m)";
    let found = verdicts(&format!("{given}; {claims}"));
    assert_eq!(found, [Verdict::Checked, Verdict::Refuted, Verdict::Refuted]);
    let refused = derive("A : n x n; S = A + A'; f = tr(S*S*S); derive d2f/dAdS", false);
    assert!(refused.is_err_and(|why| why.contains("cannot be derived")));
}
