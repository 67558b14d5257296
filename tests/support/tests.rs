//! The evaluator judged by gradients that are known, and by the same with a mistake in them.

use super::check::{Answers, assignments};
use super::cost::cost;
use super::program::Program;
use super::scalars;

/// At three assignments of sizes.
fn judge(source: &str, answers: &str) -> super::Result<()> {
    let answers = Answers::read(source, answers)?;
    assert!(!answers.lines.is_empty());
    for (seed, sizes) in assignments(&answers.program, 3)?.iter().enumerate() {
        answers.check(sizes, seed as u64)?;
    }
    Ok(())
}

fn right(source: &str, answers: &str) {
    judge(source, answers).unwrap_or_else(|error| panic!("{source}\n{answers}\n{error}"));
}

/// Each line alone is refused, and for its numbers or its shape: not because it was misread.
fn wrong(source: &str, answers: &[&str]) {
    for answer in answers {
        let error = judge(source, answer).expect_err(answer);
        let fair =
            error.contains("by differences") || error.contains("times") || error.contains("entry by entry");
        assert!(fair, "{answer}: {error}");
    }
}

const LAYER: &str = "X : N x D; W : D x M; b : M; Y = X*W + ones(N)*b'; L = loss(Y)";

#[test]
fn linear_layer() {
    right(LAYER, "dL/dX = dL/dY * W'\ndL/dW = X' * dL/dY\ndL/db = colsum(dL/dY)\ndL/db = dL/dY' * ones(N)");
    wrong(
        LAYER,
        &[
            "dL/dX = dL/dY * W",
            "dL/dX = -dL/dY * W'",
            "dL/dX = 2 * dL/dY * W'",
            "dL/dX = W * dL/dY'",
            "dL/dW = X * dL/dY",
            "dL/db = colmean(dL/dY)",
            "dL/db = rowsum(dL/dY)",
            "dL/dY = zeros(N, M)",
        ],
    );
}

#[test]
fn index_form() {
    right(LAYER, "dL/dX[i,j] = sum(k: M) dL/dY[i,k] W[j,k]");
    right(LAYER, "dL/dX[i,j] = sum(k) dL/dY[i,k] W[j,k]");
    right(LAYER, "d(Y[i,j])/d(W[a,b]) = X[i,a] delta(j,b)");
    right(LAYER, "dY/dX[i,j,a,b] = delta(i,a) W[b,j]");
    wrong(
        LAYER,
        &[
            "dL/dX[i,j] = sum(k) dL/dY[i,k] W[j,k] / 2",
            "d(Y[i,j])/d(W[a,b]) = X[i,a]",
            "dY/dX[i,j,a,b] = delta(i,a) W[b,j] + delta(i,j) delta(a,b)",
        ],
    );
    let diagonal = "A, B : n x n; L = tr(A*diag(diagvec(B)))";
    right(diagonal, "dL/dA[i,j] = delta(i,j) B[i,i]\ndL/dB = diag(diagvec(A))");
    wrong(diagonal, &["dL/dA[i,j] = B[i,j]", "dL/dA = B"]);
}

#[test]
fn a_square_variable_shows_a_transpose() {
    let source = "A : n x n; x : n; L = loss(A*x)";
    right(source, "y = A*x # where\ndL/dA = dL/dy * x'\ndL/dx = A' * dL/dy");
    wrong(source, &["y = A*x # where\ndL/dA = x * dL/dy'", "y = A*x # where\ndL/dx = A * dL/dy"]);
    right(source, "dL/dx = A' * d(loss(A*x))/d(A*x)");
}

#[test]
fn total_derivative_by_an_intermediate() {
    let source = "x : n; A : m x n; h = A*x; y = tanh(h); L = loss(y) + sum(h)";
    right(source, "dL/dh = tanh'(h) .* dL/dy + ones(m)\ndL/dx = A' * dL/dh");
    right(source, "dL/dy = d(loss(y))/d(y)\ndL/dh = (1 - y.^2) .* d(loss(y))/d(y) + 1");
    wrong(source, &["dL/dh = tanh'(h) .* dL/dy", "dL/dh = tanh'(y) .* dL/dy + 1"]);
}

#[test]
fn properties_and_assumptions() {
    let onehot = "Z, T : N x K; assume onehot(T); L = -sum(T .* rowlogsoftmax(Z))";
    right(onehot, "dL/dZ = rowsoftmax(Z) - T");
    let general = "Z, T : N x K; L = -sum(T .* rowlogsoftmax(Z))";
    right(general, "dL/dZ = diag(rowsum(T))*rowsoftmax(Z) - T");
    wrong(general, &["dL/dZ = rowsoftmax(Z) - T"]);
    right("x : n; assume x > 0; L = sum(log(x))", "dL/dx = 1 ./ x");
    right("S : n x n symmetric; x : n; L = x'*S*x", "dL/dx = 2*S*x\ndL/dS = x*x'");
    wrong("A : n x n; x : n; L = x'*A*x", &["dL/dx = 2*A*x"]);
    right("x : n positive; L = sum(x.^(1/2))", "dL/dx = 1 ./ (2*sqrt(x))");
}

#[test]
fn unknown_functions() {
    let source = "unknown f : entrywise; unknown g : scalar; Z : N x D; H = f(Z); L = loss(H)*g(Z)";
    right(source, "dL/dZ = f'(Z) .* dL/dH + loss(H)*d(g(Z))/d(Z)\ndL/dH = g(Z)*d(loss(H))/d(H)");
    wrong(source, &["dL/dZ = f'(Z) .* dL/dH", "dL/dZ = f'(H) .* dL/dH + loss(H)*d(g(Z))/d(Z)"]);
    let two = "x : n; y : n; L = loss(x, y)";
    wrong(two, &["dL/dx = d(loss(y, x))/d(x)"]);
}

#[test]
fn definitions_of_the_file() {
    let operation =
        "weigh(x : n, w : n)[i] = exp(w[i]) x[i] / sum(k) exp(w[k]); x, w : n; y = weigh(x, w); L = loss(y)";
    right(operation, "dL/dx = softmax(w) .* dL/dy\ndL/dw = y .* dL/dy - softmax(w)*(y'*dL/dy)");
    wrong(operation, &["dL/dw = y .* dL/dy", "dL/dx = softmax(x) .* dL/dy"]);
    let scalar = "scalar square(t) = t^2; scalar bell(t) derivative exp(-t^2); x : n; L = sum(square(x)) + sum(bell(x))";
    right(scalar, "dL/dx = 2*x + exp(-x.^2)\ndL/dx = square'(x) + bell'(x)");
    let convolution = "convolve(x : n, w : k)[i: n-k+1] = sum(j) x[i+j-1] w[j]; x : n; w : k; assume n > k
        y = convolve(x, w); z = conv(x, w); L = loss(y); R = loss(z)";
    right(
        convolution,
        "dL/dw[j] = sum(i: n-k+1) dL/dy[i] x[i+j-1]\ndR/dw[j] = sum(i: n-k+1) dL/dy[i] x[i+j-1]",
    );
    wrong(convolution, &["dL/dw[j] = sum(i: n-k+1) dL/dy[i] x[n-k+2-i]"]);
}

/// The prelude's operations against what they are by other operations.
#[test]
fn prelude_operations_agree_with_one_another() {
    let source = "x, w : n; X, T : N x D; Q : N x d; K : M x d; V : M x p";
    let program = Program::parse(source).unwrap();
    let sizes = &assignments(&program, 1).unwrap()[0];
    let point = super::point::Point::draw(&program, sizes, 1).unwrap();
    let pairs = [
        ("softmax(x)", "exp(x - logsumexp(x))"),
        ("logsoftmax(x)", "log(softmax(x))"),
        ("rowlogsoftmax(X)", "X - rowlogsumexp(X)*ones(D)'"),
        ("rowsoftmax(X)", "exp(rowlogsoftmax(X))"),
        ("rowsum(X)", "X*ones(D)"),
        ("colsum(X)", "X'*ones(N)"),
        ("rowmean(X)", "X*ones(D)/D"),
        ("colmean(X)", "X'*ones(N)/N"),
        ("mean(X)", "sum(X)/(N*D)"),
        ("variance(x)", "mean((x - mean(x)).^2)"),
        ("dot(x, w)", "x'*w"),
        ("outer(x, w)", "x*w'"),
        ("norm1(x)", "sum(abs(x))"),
        ("norm2(x)^2", "x'*x"),
        ("normF(X)^2", "tr(X'*X)"),
        ("mse(X, T)", "normF(X - T)^2/(N*D)"),
        ("diagvec(diag(x))", "x"),
        ("eye(n)*x", "x"),
        ("ones(N, D) - zeros(N, D)", "ones(N)*ones(D)'"),
        ("abs(x)", "x .* sign(x)"),
        ("relu(x)", "x .* step(x)"),
        ("max0(x)", "relu(x)"),
        ("silu(x)", "x .* sigmoid(x)"),
        ("softplus(x)", "log(1 + exp(x))"),
        ("gelu(x)", "x .* (1 + erf(x/sqrt(2)))/2"),
        ("erf'(x)", "2/sqrt(pi)*exp(-x.^2)"),
        ("sigmoid(x)", "(1 + tanh(x/2))/2"),
        ("tan(x)", "sin(x) ./ cos(x)"),
        ("layernorm(X)", "batchnorm(X')'"),
        ("rowmean(layernorm(X))", "zeros(N)"),
        ("rowmean(layernorm(X).^2)", "ones(N)"),
        ("rmsnorm(X)", "diag(1 ./ sqrt(rowmean(X.^2)))*X"),
        ("crossentropy(softmax(x), w)", "-w'*logsoftmax(x)"),
        ("attention(Q, K, V)", "rowsoftmax(Q*K'/sqrt(d))*V"),
    ];
    for (left, right) in pairs {
        let value = |text: &str| {
            super::evaluate::Scope::global(&point).expr(&program.expression(text).unwrap()).unwrap()
        };
        let (one, other) = (value(left), value(right));
        assert_eq!(one.shape(), other.shape(), "{left}, {right}");
        let distance = one.zip(&other, |one, other| one - other).unwrap().largest();
        assert!(distance < 1e-9, "{left} = {one:?}, {right} = {other:?}");
    }
}

/// Abramowitz and Stegun, table 7.1.
#[test]
fn error_function() {
    for (argument, value) in [(0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
        assert!((scalars::erf(argument) - value).abs() < 1e-10);
        assert!((scalars::erf(-argument) + value).abs() < 1e-10);
    }
}

#[test]
fn faults_are_reported() {
    for (source, answer) in [
        (LAYER, "dL/dX = dL/dY * V'"),
        (LAYER, "dL/dX = nothing(X)"),
        (LAYER, "dL/dX = X[1,99]*X"),
        (LAYER, "dL/dX[i,j] = sum(k) 1"),
        ("X : N x D; L = det(X)", "dL/dX = X"),
    ] {
        assert!(judge(source, answer).is_err(), "{answer}");
    }
    // A kink between the points of a difference is no derivative.
    let jump = |step: f64| Ok(super::value::Value::scalar(f64::abs(step - 0.001)));
    assert!(super::difference::derivative(jump).is_err());
}

#[test]
fn costs() {
    let program = Program::parse("X : N x D; W : D x M; Y = X*W; L = loss(Y)").unwrap();
    for (formula, expected) in [
        ("dL/dY * W'", 4),
        ("X' * dL/dY", 4),
        ("(X + X) .* 2", 5),
        ("-X/N", 4),
        ("rowsum(X .* X)*ones(D)'", 8),
        ("tanh'(X)", 3),
        ("X[i,k]", 3),
        ("sum(k: D) X[i,k] W[k,j]", 10),
        ("d(loss(Y))/d(Y)", 3),
        ("X.^2", 3),
    ] {
        assert_eq!(cost(&program.expression(formula).unwrap()), expected, "{formula}");
    }
}
