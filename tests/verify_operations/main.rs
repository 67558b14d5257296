//! The checker on operations by their entries and on functions of real numbers: values and derivatives
//! against loops and central differences written here, true equalities accepted, planted mistakes refuted.

mod scale;
mod text;

use entrywise::problem::Problem;
use entrywise::syntax::ast::{Expr, Name};
use entrywise::verify::{Arithmetic, Evaluator, Failure, Point, Real, Verified, verify};
use text::parsed;

fn run(text: &str, shapes: &str, seed: u64) -> Result<Verified, Failure> {
    let (problem, derivation) = parsed(text, shapes);
    verify(&problem, derivation, &|_, _, _| false, seed)
}

/// True for many seeds.
#[track_caller]
fn holds(text: &str, shapes: &str) -> Verified {
    for seed in 2..22 {
        if let Err(failure) = run(text, shapes, seed) {
            panic!("seed {seed}: {failure:?}");
        }
    }
    run(text, shapes, 1).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// Refuted for many seeds.
#[track_caller]
fn fails(text: &str, shapes: &str) {
    for seed in 1..11 {
        let result = run(text, shapes, seed);
        assert!(matches!(result, Err(Failure::Refuted(_))), "seed {seed}: {result:?}");
    }
}

#[track_caller]
fn unchecked(text: &str, shapes: &str, part: &str) {
    match run(text, shapes, 1) {
        Err(Failure::Unchecked { reason, .. }) => {
            assert!(reason.reason.contains(part), "{}", reason.reason);
        }
        other => panic!("{other:?}"),
    }
}

fn exact(verified: &Verified) -> bool {
    verified.summary().arithmetic == Arithmetic::Exact
}

type Matrix = Vec<Vec<f64>>;

/// Evaluates names and expressions of a text at fixed sizes.
struct At {
    problem: Problem,
    links: Vec<Expr>,
    point: Point,
}

impl At {
    fn new(text: &str, shapes: &str, sizes: &[(&str, usize)], seed: u64) -> At {
        let (problem, derivation) = parsed(text, shapes);
        let chain = derivation.sections[0].steps[0].displays[0].chains[0].clone();
        let links =
            std::iter::once(chain.first).chain(chain.rest.into_iter().map(|(_, side)| side)).collect();
        let sizes = sizes.iter().map(|(name, size)| (Name::from(*name), *size)).collect();
        At { problem, links, point: Point::new(sizes, seed) }
    }

    fn value(&self, expr: &Expr) -> Matrix {
        let mut evaluator = Evaluator::<Real>::new(&self.problem, &[], self.point.clone());
        let value = evaluator.value(expr, &[]).unwrap_or_else(|error| panic!("{error}"));
        let columns = value.axes.sizes()[1];
        assert!(value.data.iter().all(|real| real.error() < 1e-11), "{value:?}");
        value.data.chunks(columns).map(|row| row.iter().map(|real| real.value()).collect()).collect()
    }

    fn name(&self, name: &str) -> Matrix {
        self.value(&Expr::name(name))
    }
}

#[track_caller]
fn near(left: &Matrix, right: &Matrix, tolerance: f64) {
    assert_eq!(left.len(), right.len());
    for (a, b) in left.iter().flatten().zip(right.iter().flatten()) {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{left:?}\n{right:?}");
    }
}

fn softmax_rows(scores: &Matrix) -> Matrix {
    scores
        .iter()
        .map(|row| {
            let total: f64 = row.iter().map(|x| x.exp()).sum();
            row.iter().map(|x| x.exp() / total).collect()
        })
        .collect()
}

fn attention(q: &Matrix, r: &Matrix, v: &Matrix) -> Matrix {
    let scale = (q[0].len() as f64).sqrt();
    let scores: Matrix = q
        .iter()
        .map(|a| r.iter().map(|b| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / scale).collect())
        .collect();
    let weights = softmax_rows(&scores);
    weights
        .iter()
        .map(|row| (0..v[0].len()).map(|j| row.iter().zip(v).map(|(p, line)| p * line[j]).sum()).collect())
        .collect()
}

fn layer_norm(x: &Matrix) -> Matrix {
    x.iter()
        .map(|row| {
            let n = row.len() as f64;
            let mean = row.iter().sum::<f64>() / n;
            let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            row.iter().map(|x| (x - mean) / (variance + 0.01).sqrt()).collect()
        })
        .collect()
}

/// Central differences of the sum of squares of all entries of `f`.
fn differences(x: &Matrix, f: &dyn Fn(&Matrix) -> Matrix) -> Matrix {
    let total = |x: &Matrix| f(x).iter().flatten().map(|y| y * y).sum::<f64>();
    let step = 1e-5;
    let mut result = x.clone();
    for i in 0..x.len() {
        for j in 0..x[0].len() {
            let (mut above, mut below) = (x.clone(), x.clone());
            above[i][j] += step;
            below[i][j] -= step;
            result[i][j] = (total(&above) - total(&below)) / (2.0 * step);
        }
    }
    result
}

#[test]
fn operations_have_the_values_of_their_loops() {
    let text = "Q : N x K; R : M x K; V : M x D; x : n; w : k
        verify attention(Q, R, V) == layernorm(Q) == rowsoftmax(R) == softmax(x) == rowsoftmax(x') == conv(x, w) == full(2, 3)";
    for seed in 1..6 {
        let sizes = [("N", 2), ("K", 3), ("M", 4), ("D", 5), ("n", 5), ("k", 2)];
        let at = At::new(text, "", &sizes, seed);
        let (q, r, v, x, w) = (at.name("Q"), at.name("R"), at.name("V"), at.name("x"), at.name("w"));
        let row = vec![x.iter().map(|line| line[0]).collect::<Vec<f64>>()];
        near(&at.value(&at.links[0]), &attention(&q, &r, &v), 1e-12);
        near(&at.value(&at.links[1]), &layer_norm(&q), 1e-12);
        near(&at.value(&at.links[2]), &softmax_rows(&r), 1e-12);
        let column = softmax_rows(&row)[0].iter().map(|p| vec![*p]).collect();
        near(&at.value(&at.links[3]), &column, 1e-12);
        near(&at.value(&at.links[4]), &softmax_rows(&row), 1e-12);
        let convolved = (0..4).map(|i| vec![w[0][0] * x[i][0] + w[1][0] * x[i + 1][0]]).collect();
        near(&at.value(&at.links[5]), &convolved, 1e-12);
        let full =
            vec![vec![1.0 + 1.0 / 3.0, 1.0 + 2.0 / 3.0, 2.0], vec![2.0 + 1.0 / 3.0, 2.0 + 2.0 / 3.0, 3.0]];
        near(&at.value(&at.links[6]), &full, 1e-14);
    }
}

#[test]
fn derivatives_are_central_differences() {
    let text = "Q : N x K; R : M x K; V : M x D
        A = attention(Q, R, V); a = sum(A.^2); B = layernorm(Q); b = sum(B.^2)
        C = sin(Q) .* gelu(Q) + erf(Q) .* tanh(Q) + silu(Q) .* softplus(Q) + sigmoid(Q) .* cosh(Q); c = sum(C.^2)
        E = tan(Q/4) + sqrt(Q.^2 + 1) + log(Q.^2 + 1) + abs(Q) + relu(Q) + cube(Q) + swish(Q); e = sum(E.^2)
        g = sum((gauss(Q) - gauss(0*Q)).^2)
        verify da/dQ == da/dR == da/dV == db/dQ == dc/dQ == de/dQ == dg/dQ";
    let shapes = "A : N x D; B, C, E : N x K; a, b, c, e, g : scalar";
    let at = At::new(text, shapes, &[("N", 2), ("K", 3), ("M", 4), ("D", 5)], 3);
    let (q, r, v) = (at.name("Q"), at.name("R"), at.name("V"));
    near(&at.value(&at.links[0]), &differences(&q, &|q| attention(q, &r, &v)), 1e-7);
    near(&at.value(&at.links[1]), &differences(&r, &|r| attention(&q, r, &v)), 1e-7);
    near(&at.value(&at.links[2]), &differences(&v, &|v| attention(&q, &r, v)), 1e-7);
    near(&at.value(&at.links[3]), &differences(&q, &|q| layer_norm(q)), 1e-6);
    let entries = |f: fn(f64) -> f64| {
        move |x: &Matrix| -> Matrix { x.iter().map(|row| row.iter().map(|&x| f(x)).collect()).collect() }
    };
    fn integral(f: fn(f64) -> f64, x: f64) -> f64 {
        // Simpson's rule.
        let n = 400;
        let h = x / n as f64;
        let weight = |i: usize| {
            if i == 0 || i == n {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            }
        };
        (0..=n).map(|i| weight(i) * f(i as f64 * h)).sum::<f64>() * h / 3.0
    }
    fn erf(x: f64) -> f64 {
        integral(|t| (-t * t).exp(), x) * 2.0 / std::f64::consts::PI.sqrt()
    }
    let c = entries(|x| {
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        let gelu = x * (1.0 + erf(x / 2f64.sqrt())) / 2.0;
        x.sin() * gelu + erf(x) * x.tanh() + x * sigmoid * (1.0 + x.exp()).ln() + sigmoid * x.cosh()
    });
    near(&at.value(&at.links[4]), &differences(&q, &c), 1e-7);
    let e = entries(|x| {
        let swish = x / (1.0 + (-x).exp());
        (x / 4.0).tan() + (x * x + 1.0).sqrt() + (x * x + 1.0).ln() + x.abs() + x.max(0.0) + x * x * x
            - 2.0 * x
            + swish
    });
    near(&at.value(&at.links[5]), &differences(&q, &e), 1e-7);
    // Known up to a constant, which a difference is free of.
    let g = entries(|x| integral(|t| (-t * t).exp(), x));
    near(&at.value(&at.links[6]), &differences(&q, &g), 1e-7);
}

const LAYER: &str = "X : N x D; W : D x M; b : M; T : N x M
    Z = X*W + ones(N)*b'";

#[test]
fn a_layer_with_an_activation_is_decided_in_real_numbers() {
    let shapes = "Z, H : N x M; L : scalar";
    let layer = |claim: &str| format!("{LAYER}\n H = tanh(Z); L = loss(H)\n verify {claim}");
    let verified = holds(&layer("dL/dZ == dL/dH .* (1 - H.^2) == dL/dH .* tanh'(Z)"), shapes);
    assert!(matches!(verified.summary().arithmetic, Arithmetic::Reals { digits: 9.. }));
    assert!(verified.summary_sentence().contains("in real arithmetic"), "{}", verified.summary_sentence());
    holds(&layer("dL/dW == X' * (dL/dH .* (1 - H.^2))"), shapes);
    holds(&layer("dL/db == colsum(dL/dZ) == dL/dZ' * ones(N)"), shapes);
    for wrong in [
        "dL/dZ == dL/dH .* (H.^2 - 1)",
        "dL/dZ == dL/dH .* (1 - H)",
        "dL/dZ == dL/dH .* tanh(Z)",
        "dL/dW == 2*X' * (dL/dH .* (1 - H.^2))",
        "dL/dW == X' * dL/dH",
        "dL/db == colsum(dL/dH)",
    ] {
        fails(&layer(wrong), shapes);
    }
}

#[test]
fn rational_operations_stay_exact() {
    let shapes = "Z, H : N x M; L : scalar";
    let mse = |claim: &str| format!("{LAYER}\n L = mse(Z, T)\n verify {claim}");
    let verified = holds(&mse("dL/dZ == 2*(Z - T)/(N*M)"), shapes);
    assert!(exact(&verified));
    // A square of what is linear in X and W; sizes are numbers.
    assert_eq!(verified.summary().degree, 4);
    holds(&mse("dL/dW == 2*X'*(Z - T)/(N*M)"), shapes);
    for wrong in ["dL/dZ == (Z - T)/(N*M)", "dL/dZ == 2*(T - Z)/(N*M)", "dL/dZ == 2*(Z - T)/N"] {
        fails(&mse(wrong), shapes);
    }
    let unknown =
        |claim: &str| format!("unknown f : entrywise\n {LAYER}\n H = f(Z); L = loss(H)\n verify {claim}");
    assert!(exact(&holds(&unknown("dL/dZ == dL/dH .* f'(Z)"), shapes)));
    for wrong in ["dL/dZ == dL/dH .* f(Z)", "dL/dZ == dL/dH", "dL/dZ == dL/dH .* f'(H)"] {
        fails(&unknown(wrong), shapes);
    }
    let square = |claim: &str| format!("A : n x n; x : n; y = x'*A^3*x; f = cube(y)\n verify {claim}");
    let shapes = "y, f : scalar";
    assert!(exact(&holds(
        &square("df/dx == (3*y^2 - 2) * (A^3 + (A^3)')*x == cube'(y)*(A^3 + A'^3)*x"),
        shapes
    )));
    assert!(exact(&holds(&square("A^-1*A == eye(n) == A^0 == A^(n-1)*A^(1-n)"), shapes)));
    holds(&square("d(tr(A^-1))/dA == -(A^-2)'"), shapes);
    fails(&square("df/dx == (3*y^2 - 2) * (A^3 + A^3)*x"), shapes);
    fails(&square("d(tr(A^-1))/dA == -A^-2"), shapes);
}

#[test]
fn the_softmax_jacobian_needs_its_second_term() {
    let text = |claim: &str| format!("x : n; y : m x n; p = softmax(x); L = loss(p)\n verify {claim}");
    let shapes = "p : n; L : scalar";
    holds(&text("dp/dx == diag(p) - p*p' == diag(p) - outer(p, p)"), shapes);
    holds(&text("dL/dx == p .* (dL/dp - (p'*dL/dp)*ones(n)) == p .* dL/dp - p * (p'*dL/dp)"), shapes);
    holds(&text("rowsoftmax(y)*ones(n) == ones(m)"), shapes);
    for wrong in
        ["dp/dx == diag(p)", "dp/dx == diag(p) + p*p'", "dL/dx == p .* dL/dp", "dp/dx == diag(p) - p*x'"]
    {
        fails(&text(wrong), shapes);
    }
}

#[test]
fn one_hot_targets_are_one_hot() {
    let text = |claim: &str| {
        format!("Z, T : N x M; assume onehot(T)\n P = rowsoftmax(Z); L = crossentropy(P, T)\n verify {claim}")
    };
    let shapes = "P : N x M; L : scalar";
    holds(&text("dL/dZ == P - T"), shapes);
    holds(&text("T*ones(M) == ones(N)"), shapes);
    fails(&text("dL/dZ == T - P"), shapes);
    fails(&text("T == zeros(N,M)"), shapes);
    fails(&text("dL/dZ == P - T").replace("assume onehot(T)", "assume T > 0"), shapes);
}

#[test]
fn attention_is_differentiated_in_a_moment() {
    let text = |claim: &str| {
        format!(
            "Q : N x K; R : M x K; V : M x D
             O = attention(Q, R, V); L = loss(O); P = rowsoftmax(Q*R'/sqrt(K)); G = dL/dO*V'
             S = P .* (G - rowsum(P .* G)*ones(M)')
             verify {claim}"
        )
    };
    let shapes = "O : N x D; P, G, S : N x M; L : scalar";
    let start = std::time::Instant::now();
    let gradients = ["dL/dV == P'*dL/dO", "dL/dQ == S*R/sqrt(K)", "dL/dR == S'*Q/sqrt(K)"];
    for claim in gradients {
        run(&text(claim), shapes, 1).unwrap_or_else(|failure| panic!("{failure:?}"));
    }
    // Without reuse each entry would build the whole matrix of weights again.
    println!("three gradients: {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
    for claim in gradients {
        holds(&text(claim), shapes);
    }
    for wrong in [
        "dL/dV == dL/dO",
        "dL/dV == P'*dL/dO/2",
        "dL/dQ == S*R",
        "dL/dQ == (P .* G)*R/sqrt(K)",
        "dL/dR == -S'*Q/sqrt(K)",
    ] {
        fails(&text(wrong), shapes);
    }
}

#[test]
fn domains_are_found_and_conditions_met() {
    let scalar = "f : scalar";
    holds("x : n; f = sum(log(x))\n verify df/dx == 1 ./ x == x.^(-1)", scalar);
    holds("x : n; t : scalar; f = sum(x.^t)\n verify df/dx == t*x.^(t-1)", scalar);
    holds("c : scalar; assume c >= 1; f = sqrt(c - 1)\n verify df/dc == 1/(2*f)", scalar);
    holds("c : scalar; assume c > 2, c < 3; f = log((c-2)*(3-c))\n verify exp(f) == (c-2)*(3-c)", scalar);
    holds("x : n; assume x > 0; f = sum(x)\n verify sqrt(x.^2) == x == abs(x)", scalar);
    holds("x : n positive; f = sum(x)\n verify sqrt(x.^2) == x", scalar);
    fails("x : n; f = sum(x)\n verify sqrt(x.^2) == x", scalar);
    holds("x : n; assume x'*x < n; f = sum(log(n - x'*x))\n verify df/dx == -2*x/(n - x'*x)", scalar);
    holds("k : scalar integer; f = cos(2*pi*k)\n verify f == 1", scalar);
    fails("k : scalar; f = cos(2*pi*k)\n verify f == 1", scalar);
    holds("X : N x D; f = normF(X)\n verify df/dX == X/f", scalar);
    fails("X : N x D; f = normF(X)\n verify df/dX == 2*X/f", scalar);
    holds("x : n; w : k; y : n-k+1; f = y'*conv(x, w)\n verify df/dw == conv(x, y)", scalar);
    holds("x : n; w : k; assume n >= k; f = sum(conv(x, w))\n verify f == ones(n-k+1)'*conv(x, w)", scalar);
    holds("Q : n x n orthogonal; f = tr(Q)\n verify Q'*Q == eye(n) == Q*Q'", scalar);
    fails("Q : n x n orthogonal; f = tr(Q)\n verify Q*Q == eye(n)", scalar);
    holds("A : n x n posdef; x : n; f = log(x'*A*x)\n verify df/dx == 2*A*x/(x'*A*x)", scalar);
    holds("A : n x n symmetric lower; x : n; f = x'*A*x\n verify A .* eye(n) == A == A'", scalar);
    holds("A : n x n lower upper; x : n; f = x'*A*x\n verify A .* eye(n) == A", scalar);
    holds("c : scalar; assume c >= 1, c == 1; f = exp(c)\n verify f == exp(1)", scalar);
    unchecked("A : n x n symmetric antisymmetric; f = tr(A)\n verify f == 0", scalar, "properties");
    unchecked("A : n x n symmetric orthogonal; f = tr(A)\n verify f == tr(A')", scalar, "properties");
    unchecked("T : N x M; assume onehot(T), T > 0; f = sum(T)\n verify f == N", scalar, "T > 0");
    unchecked("A : n x n posdef; assume A < 2; f = exp(tr(A))\n verify f == f", scalar, "A < 2");
    unchecked("x : n; assume x > 0, x < 0; f = sum(x)\n verify f == f", scalar, "no value meets");
    unchecked("x : n; f = log(-x'*x)\n verify f == f", scalar, "`log`");
    unchecked("x : n; assume x'*x < -1; f = exp(sum(x))\n verify f == f", scalar, "x' * x < -1");
    unchecked("x : n; assume n > 3, n < 2; f = sum(x)\n verify f == f", scalar, "sizes");
    // In exact arithmetic an inequality restricts nothing, but it must be possible.
    unchecked("x : n; assume x'*x < -1; f = sum(x)\n verify f == f", scalar, "x' * x < -1");
    holds("x : n; y : n; assume x'*y > 1; f = x'*y\n verify df/dx == y", scalar);
    unchecked("x : n; f = 1/(x'*x - x'*x)\n verify f == f", scalar, "divisor");
}

#[test]
fn what_rounding_hides_is_unchecked() {
    // exp(40) eats every digit of x.
    let eaten = "x : scalar; assume x > 0; f = (exp(40) + x) - exp(40)\n verify f == x";
    unchecked(eaten, "f : scalar", "rounding");
    unchecked("x : scalar; f = exp(exp(exp(10 + x^2)))\n verify f == f", "f : scalar", "rounding");
    // A difference beyond the bounds refutes all the same.
    fails("x : scalar; f = (exp(20) + x) - exp(20)\n verify f == x + 1", "f : scalar");
    // An antiderivative with a kink under it is not known well enough.
    let kinked = "scalar bend(t) derivative abs(t - 1/10)\n x : scalar; assume x > 1/5; f = bend(x)\n verify f == f + 0*x";
    let result = run(kinked, "f : scalar", 1);
    assert!(matches!(result, Err(Failure::Unchecked { .. })), "{result:?}");
}

#[test]
fn a_users_function_wins_over_the_table() {
    let text = |claim: &str| {
        format!("scalar silu(t) = t*sigmoid(2*t)\n x : n; y = silu(x); L = loss(y)\n verify {claim}")
    };
    let shapes = "y : n; L : scalar";
    holds(&text("dL/dx == dL/dy .* (sigmoid(2*x) + 2*x .* sigmoid(2*x) .* sigmoid(-2*x))"), shapes);
    fails(&text("dL/dx == dL/dy .* (sigmoid(x) + x .* sigmoid(x) .* sigmoid(-x))"), shapes);
    // A derivative declared beside a formula is not believed, nor is one of an elementary function.
    let wrong = "scalar sq(t) = t^2 derivative 3*t\n scalar tanh(t) derivative 1 + tanh(t)^2\n x : n; f = sum(sq(x)); g = sum(tanh(x))";
    holds(&format!("{wrong}\n verify df/dx == 2*x"), "f, g : scalar");
    holds(&format!("{wrong}\n verify dg/dx == 1 - tanh(x).^2"), "f, g : scalar");
    fails(&format!("{wrong}\n verify dg/dx == 1 + tanh(x).^2"), "f, g : scalar");
}

#[test]
fn sizes_at_which_an_operation_is_empty_are_passed_over() {
    let text = "x : n; w : k; f = sum(conv(x, w))\n verify f == ones(n-k+1)'*conv(x, w)";
    for sizes in &holds(text, "f : scalar").summary().sizes {
        let size = |name: &str| sizes.iter().find(|(known, _)| &**known == name).map(|(_, size)| *size);
        assert!(size("n") >= size("k"));
    }
    let text = "x : n; w : k; assume n == k; f = sum(conv(x, w))\n verify f == w'*x";
    holds(text, "f : scalar");
    fails(&text.replace("w'*x", "2*w'*x"), "f : scalar");
}

#[test]
fn a_refutation_in_real_numbers_shows_few_digits() {
    let text = "c : scalar; assume c > 0; f = exp(1) + 0*c\n verify f == 3";
    let failure = run(text, "f : scalar", 1).unwrap_err();
    let diagnostic = failure.diagnostic(&|_| "side".into());
    assert!(diagnostic.message.contains("2.7183 on the left and 3 on"), "{}", diagnostic.message);
    assert!(!diagnostic.help.unwrap().contains("modulo"));
}

#[test]
fn high_degrees_get_more_points() {
    // Each x[i] is a quotient of sums of quotients.
    let mut text = String::from("x0 : n; a : n;");
    let mut shapes = String::from("f : scalar;");
    for layer in 1..=8 {
        text += &format!("x{layer} = a ./ (x{} + sum(x{})*a);", layer - 1, layer - 1);
        shapes += &format!("x{layer} : n;");
    }
    text += "f = sum(x8)\n verify f == ones(n)'*x8";
    let verified = holds(&text, &shapes);
    let summary = verified.summary();
    assert!(exact(&verified) && summary.error_exponent >= 9, "{summary:?}");
    assert!(summary.degree > 1 << 30 && summary.points > 3, "{summary:?}");
    fails(&text.replace("== ones(n)'*x8", "== 2*sum(x8)"), &shapes);
}

#[test]
fn orthogonal_matrices_of_both_determinants_are_tried_in_both_domains() {
    for exponential in ["", " + 0*exp(f)"] {
        let text = |claim: &str| format!("Q : 2 x 2 orthogonal; f = tr(Q)\n verify {claim}{exponential}");
        let scalar = "f : scalar";
        holds(&text("tr(Q'*Q) == 2"), scalar);
        // Rotations and reflections of the plane.
        fails(&text("f == 0"), scalar);
        fails(&text("Q[1,1]*Q[2,2] - Q[1,2]*Q[2,1] == 1"), scalar);
        fails(&text("Q[1,1]*Q[2,2] - Q[1,2]*Q[2,1] == 0-1"), scalar);
        holds(&text("(Q[1,1]*Q[2,2] - Q[1,2]*Q[2,1])^2 == 1"), scalar);
    }
}
