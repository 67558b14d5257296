//! Claims that hold almost everywhere, or nearly: false at a corner, at one size, by a multiple of the prime, or by less
//! than rounding shows. Their verdicts follow from what is written beside them.

use entrywise::claim::Verdict;
use entrywise::{Source, Trials};

fn verdict(program: &str, seed: u64) -> Verdict {
    let problem = entrywise::read(&Source::new("test", program))
        .unwrap_or_else(|errors| panic!("{program}: {errors:?}"));
    let trials = Trials { seed, ..Trials::default() };
    entrywise::verify(&problem, &trials).unwrap()[0].verdict()
}

/// False at the point named.
const FALSE: &[(&str, &str)] = &[
    ("x, y : scalar; verify relu(x)*relu(y) == relu(x*y)", "x = y = -1"),
    ("x : scalar; verify relu(x - 2) == 0", "x = 3"),
    ("x : scalar; verify relu(x - 100) == 0", "x = 101"),
    ("x : scalar; verify abs(x - 2) == 2 - x", "x = 5"),
    ("x : scalar; verify abs(x + 2) == 2 + x", "x = -5"),
    ("x : n; verify abs(x - 3) == 3 - x", "x = 9"),
    ("x : scalar; verify step(x - 1000) == 0", "x = 2000"),
    ("x : scalar; verify step(x + 1000) == 1", "x = -2000"),
    ("x : scalar; assume x > 0; verify step(x - 1/100) == 1", "x = 1/200"),
    ("x : scalar; verify step(x) + step(-x) == 1", "x = 0, by step(0) = 0"),
    ("x : scalar; verify sign(x)^2 == 1", "x = 0, by sign(0) = 0"),
    ("x : scalar; verify sign(x) == 2*step(x) - 1", "x = 0"),
    ("k : scalar integer; verify step(k^2) == 1", "k = 0"),
    ("k : scalar integer; verify abs(k) == k", "k = -1"),
    ("x : scalar; assume x > -0.001; verify abs(x) == x", "x = -1/2000"),
    ("x : scalar; assume x >= 0; verify sign(x) == 1", "x = 0"),
    ("x, y : scalar; verify sqrt(x^2*y^2) == x*y", "x = -1, y = 1"),
    ("x, y : scalar; verify abs(x + y) == abs(x) + abs(y)", "x = 1, y = -1"),
    ("c : scalar; x : n; verify norm2(c*x) == c*norm2(x)", "c = -1"),
    ("x : n; verify (n-1)*(n-2)*(n-3)*(n-5) == 0", "n = 4"),
    ("x : n; y : m; verify (n-m)*(n-m+1)*(n-m-1)*(n-m-2)*(n-m+2)*sum(x)*sum(y) == 0", "n = 4, m = 1"),
    // 2^61 - 1 is the prime of exact evaluation.
    ("x : scalar; verify x*2^61 == x", "x = 1"),
    ("A : n x n; verify A*(2^61 - 1) == zeros(n, n)", "A = 1"),
    ("verify 2305843009213693951 == 0", "anywhere"),
    ("x : n; verify 2305843009213693952*(x'*x) == x'*x", "x = 1"),
    // True of every cubic.
    (
        "unknown f : entrywise; x : scalar; verify f(x+4) - 4*f(x+3) + 6*f(x+2) - 4*f(x+1) + f(x) == 0",
        "f(x) = x^4",
    ),
    (
        "unknown f : entrywise; x : scalar; verify f'(x) == (8*f(x+1) - f(x+2) - 8*f(x-1) + f(x-2))/12",
        "f(x) = x^5",
    ),
    ("x : n; verify loss(4*x) - 4*loss(3*x) + 6*loss(2*x) - 4*loss(x) + loss(0*x) == 0", "a quartic"),
    ("x : scalar; verify sin(x) + 1e-10 == sin(x)", "anywhere"),
];

#[test]
fn what_is_false_at_a_corner_is_refuted_whatever_the_seed() {
    for (program, at) in FALSE {
        for seed in 0..8 {
            assert_eq!(verdict(program, seed), Verdict::Refuted, "{program}: false at {at}, seed {seed}");
        }
    }
}

/// Different by less than the numbers show, so that nothing may be said.
#[test]
fn what_rounding_hides_is_not_accepted() {
    for program in [
        "x : scalar; verify exp(exp(exp(exp(exp(x))))) == exp(exp(exp(exp(exp(x))))) + 1",
        "x : scalar; verify exp(x) + 1e30 == exp(x) + 1e30 + 1",
        "x : scalar; verify exp(x) + 1e-200 == exp(x)",
        "verify tanh(20) == 1",
        "verify erf(6) == 1",
        "verify exp(pi*sqrt(163)) == 262537412640768744",
        "x : scalar; assume x > 10; verify gelu(x) == relu(x)",
        "x : scalar; assume x > 50; verify softplus(x) == x",
    ] {
        for seed in 0..4 {
            // Refuted where a point is found that shows it.
            assert!(verdict(program, seed) >= Verdict::Refuted, "{program}, seed {seed}");
        }
    }
}

/// More values of letters than are tried: a sample says nothing of the others.
#[test]
fn a_sample_of_the_letters_is_no_check() {
    let given = "A : 400 x 400";
    let odd = format!("{given}; verify A[i,j] == A[i,j] + delta(i,7)*delta(j,9)");
    assert_eq!(verdict(&odd, 1), Verdict::Unchecked);
    let proved = format!("{given}; verify A[i,j] + A[j,i] == A[j,i] + A[i,j]");
    assert_eq!(verdict(&proved, 1), Verdict::Proved);
}

/// True, and as near to a corner as the false ones.
#[test]
fn what_is_true_at_corners_too_is_not_refuted() {
    for program in [
        "x : scalar; verify abs(x)*sign(x) == x",
        "x : scalar; verify relu(x - 2) - relu(2 - x) == x - 2",
        "x : scalar; verify step(x) + step(-x) == sign(x)^2",
        "x : scalar; verify d(abs(x))/dx == sign(x)",
        "x : scalar; verify d(relu(x)^2)/dx == 2*relu(x)",
        "k : scalar integer; verify step(k^2) == sign(k)^2",
        "x : n; verify (n - 1)*(n + 1) == n^2 - 1",
        "x : scalar; verify 2305843009213693952*x - x == 2305843009213693951*x",
        "unknown f : entrywise; x : scalar; verify f(x+4) - 4*f(x+3) + f(x+2) == f(x+2) - 4*f(x+3) + f(4+x)",
        "x : n; verify sum((x - mean(x)).^2)/(n - 1) == (sum(x.^2) - n*mean(x)^2)/(n - 1)",
    ] {
        for seed in 0..8 {
            assert!(verdict(program, seed) <= Verdict::Checked, "{program}, seed {seed}");
        }
    }
}
