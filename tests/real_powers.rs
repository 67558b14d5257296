//! Powers by scalars that are no whole numbers, of what is positive: derivatives by the base and by the exponent.

use entrywise::claim::Verdict;
use entrywise::derive::Options;
use entrywise::{Source, Trials};

const DECLARED: &str = "W : m x n positive; z : n positive; x, u, v : n; a, c, p : scalar; y = a*c; r = 1/c; X : n x n; \
                        V : m x n; assume det(X) > 0";

fn answers(goals: &str) -> Vec<String> {
    let source = Source::new("test", format!("{DECLARED}; derive {goals}"));
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{goals}: {errors:?}"));
    let options = Options { open: true, ..Options::default() };
    entrywise::derive(problem, &options).unwrap_or_else(|errors| panic!("{goals}: {errors:?}")).answers()
}

fn verdict(claim: &str) -> Verdict {
    let source = Source::new("test", format!("{DECLARED}; verify {claim}"));
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{claim}: {errors:?}"));
    let trials = Trials { sizes: (2, 4), points: None, seed: 1 };
    entrywise::verify(&problem, &trials).unwrap_or_else(|errors| panic!("{claim}: {errors:?}"))[0].verdict()
}

/// `d(x^c)/dx = c*x^(c-1)` and `d(x^c)/dc = x^c*log(x)`, put together by hand; each answer is a claim that the checker decides.
#[test]
fn by_base_and_by_exponent() {
    let expected = [
        ("d(sum(W.^c))/dW", "c * W.^(c - 1)"),
        ("d(sum(W.^c))/dc", "sum(W.^c .* log(W))"),
        ("d(z.^c)/dz", "c * diag(z.^(c - 1))"),
        ("d2(sum(z.^c))/dz2", "c * (c - 1) * diag(z.^(c - 2))"),
        ("d(sum(z.^c.*z))/dz", "(c + 1) * z.^c"),
        ("d((x'*x + 1)^c)/dx", "2 * c * (x' * x + 1)^(c - 1) * x"),
        ("d(sum(z.^(2*c - 1)))/dc", "2 * z.^(2 * c - 1)' * log(z)"),
        ("d(sum(z.^(c/2)))/dz", "c * z.^(c / 2 - 1) / 2"),
        ("d(sum(z.^r))/dz", "r * z.^(r - 1)"),
        ("d(det(X)^(1/n))/dX", "det(X)^(1 / n) * inv(X)' / n"),
        // The p-norm.
        ("d(sum(abs(x).^p)^(1/p))/dx", "sum(abs(x).^p)^(1 / p - 1) * (abs(x).^(p - 1) .* sign(x))"),
        ("d(sum(z.^(u'*v)))/du", "z.^(u' * v)' * log(z) * v"),
        ("d(2^(x'*x))/dx", "2 * 2^(x' * x) * log(2) * x"),
        // An exponent of its own for every entry.
        ("d(sum(W.^V))/dV", "exp(V .* log(W)) .* log(W)"),
    ];
    for (goal, value) in expected {
        assert_eq!(answers(goal), [format!("{goal} = {value}")]);
        let decided = verdict(&format!("{goal} == {value}"));
        assert!(decided == Verdict::Proved || decided == Verdict::Checked, "{goal}: {}", decided.word());
    }
}

/// An exponent that is a definition varies with what that depends on.
#[test]
fn an_exponent_that_is_a_definition() {
    assert_eq!(
        answers("d(sum(z.^y))/dy, d(sum(z.^y))/da"),
        ["d(sum(z.^y))/dy = z.^y' * log(z)", "d(sum(z.^y))/da = d(sum(z.^y))/d(y) * c"]
    );
    assert_eq!(verdict("d(sum(z.^y))/da == c*sum(z.^y.*log(z))"), Verdict::Proved);
    assert_eq!(verdict("d(sum(z.^y))/da == sum(z.^y.*log(z))"), Verdict::Refuted);
}

/// `(x^2)^c` has values where `x` is negative, `x^(2*c)` has none: the exponents are not multiplied.
#[test]
fn a_square_to_a_real_power_keeps_together() {
    assert_eq!(answers("d(sum((x.^2).^c))/dx"), ["d(sum((x.^2).^c))/dx = 2 * c * (x.^2.^(c - 1) .* x)"]);
}
