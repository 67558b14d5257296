//! The evaluator judged by gradients that are known, and by the same with a mistake in them.

use entrywise::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, ShapeExpr, Sign};

use super::check::{Answers, assignments};
use super::cost::cost;
use super::evaluate::Scope;
use super::point::Point;
use super::program::{Operation, Program, ScalarFunction, Sizes};
use super::value::Value;
use super::{Random, difference, functions, scalars};

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
    let point = Point::draw(&program, sizes, 1).unwrap();
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
        ("layernorm(X, 0.1)", "batchnorm(X', 0.1)'"),
        ("rowmean(layernorm(X, 0.1))", "zeros(N)"),
        ("rowmean(layernorm(X, 0).^2)", "ones(N)"),
        ("rmsnorm(X, 0.1)", "diag(1 ./ sqrt(rowmean(X.^2) + 0.1))*X"),
        ("crossentropy(rowsoftmax(X), T)", "-sum(T .* rowlogsoftmax(X))/N"),
        ("attention(Q, K, V)", "rowsoftmax(Q*K'/sqrt(d))*V"),
    ];
    for (left, right) in pairs {
        let value = |text: &str| Scope::global(&point).expr(&program.expression(text).unwrap()).unwrap();
        let (one, other) = (value(left), value(right));
        assert_eq!(one.shape(), other.shape(), "{left}, {right}");
        let distance = one.zip(&other, |one, other| one - other).unwrap().largest();
        assert!(distance < 1e-9, "{left} = {one:?}, {right} = {other:?}");
    }
}

/// Entries that disagree with the code of this folder, each judged with all others by that code.
fn disagreeing(prelude: &str) -> Vec<String> {
    let file = Program::parse(prelude).unwrap();
    let operations = file.operations.iter().filter(|(name, operation)| !operation_agrees(name, operation));
    let functions = file.functions.iter().filter(|(name, function)| !function_agrees(name, function));
    operations
        .map(|(name, _)| name)
        .chain(functions.map(|(name, _)| name))
        .map(|name| name.to_string())
        .collect()
}

fn near(one: &Value, other: &Value) -> bool {
    let settled = |distance: Value| distance.data.iter().all(|entry| entry.abs() < 1e-8);
    one.shape() == other.shape() && one.zip(other, |one, other| one - other).is_ok_and(settled)
}

fn operation_agrees(name: &Name, operation: &Operation) -> bool {
    // Dimensions get smaller in the order of their names, as a filter is shorter than its signal; larger where a condition
    // is met by no others.
    [7, -4].into_iter().find_map(|first| agrees_at(first, name, operation)).unwrap_or(false)
}

/// `None` where arguments of such sizes do not meet the operation's condition.
fn agrees_at(first: isize, name: &Name, operation: &Operation) -> Option<bool> {
    let mut sizes: Vec<(Name, usize)> = Vec::new();
    let mut size = |axis: &Expr| -> usize {
        let ExprKind::Name(name) = &axis.kind else { panic!("a dimension that is no name") };
        if let Some((_, known)) = sizes.iter().find(|(known, _)| known == name) {
            return *known;
        }
        let next = (first - sizes.len() as isize).unsigned_abs();
        sizes.push((name.clone(), next));
        next
    };
    let shapes: Vec<(usize, usize)> = operation
        .parameters
        .iter()
        .map(|parameter| match &parameter.shape {
            None | Some(ShapeExpr::Scalar) => (1, 1),
            Some(ShapeExpr::Vector(rows)) => (size(rows), 1),
            Some(ShapeExpr::Matrix(rows, columns)) => (size(rows), size(columns)),
        })
        .collect();
    // A result of given dimensions has as many entries as a matrix that is given, in another shape.
    let mut given = sizes.iter().rev().map(|(_, size)| *size);
    let parameters = operation.parameters.iter().enumerate();
    let numbers: Vec<Option<usize>> = parameters
        .map(|(at, parameter)| parameter.shape.is_none().then(|| given.next().unwrap_or(at + 3)))
        .collect();
    let condition = operation.condition.as_ref().map(|condition| match condition {
        Condition::Compare { left, comparison: Comparison::Greater, right } => {
            let value = ExprKind::Sum(vec![(Sign::Plus, left.clone()), (Sign::Minus, right.clone())]).into();
            Operation { value, indices: Vec::new(), condition: None, ..operation.clone() }
        }
        other => panic!("{other:?}"),
    });
    let no_sizes = Sizes::new();
    let value = |operation: &Operation, arguments: &[Value]| {
        let program = Program { operations: vec![(name.clone(), operation.clone())], ..Program::default() };
        let point = Point::draw(&program, &no_sizes, 0).unwrap();
        Scope::global(&point).apply(name, 0, arguments)
    };
    // Signed arguments, and positive ones for what has no other domain.
    let mut met = true;
    let agrees = [-1.5, 0.2].into_iter().find_map(|least| {
        let mut random = Random::new(5);
        let arguments: Vec<Value> = shapes
            .iter()
            .zip(&operation.parameters)
            .enumerate()
            .map(|(at, ((rows, columns), parameter))| match parameter.shape {
                None => Value::scalar(numbers[at].unwrap() as f64),
                Some(ShapeExpr::Scalar) => Value::scalar(0.3),
                Some(_) => Value::matrix(*rows, *columns, |_, _| random.within(least, 1.5)),
            })
            .collect();
        if let Some(condition) = &condition {
            met = value(condition, &arguments).is_ok_and(|excess| excess.data[0] > 1e-6);
        }
        let direct = functions::prelude(name, &arguments)?.ok()?;
        let finite = direct.data.iter().all(|entry| entry.is_finite());
        finite.then(|| value(operation, &arguments).is_ok_and(|value| near(&value, &direct)))
    });
    met.then(|| agrees.unwrap_or(false))
}

fn function_agrees(name: &Name, function: &ScalarFunction) -> bool {
    let Some((direct, _)) = scalars::scalar(name) else { return false };
    let program = Program::parse(&format!("{} : scalar", function.parameter)).unwrap();
    let no_sizes = Sizes::new();
    let point = Point::draw(&program, &no_sizes, 0).unwrap();
    let mut judged = 0;
    let agrees = [-1.1, -0.6, 0.4, 0.9].into_iter().filter(|at| direct(*at).is_finite()).all(|at| {
        let here = point.with(&function.parameter, Value::scalar(at));
        let mut matches = |body: &Option<Expr>, expected: f64| {
            body.as_ref().is_none_or(|body| {
                judged += 1;
                Scope::global(&here).expr(body).is_ok_and(|value| near(&value, &Value::scalar(expected)))
            })
        };
        let slope = difference::derivative(|step| Ok(Value::scalar(direct(at + step)))).unwrap();
        matches(&function.value, direct(at)) && matches(&function.derivative, slope.data[0])
    });
    agrees && judged > 0
}

#[test]
fn prelude_entries_agree_with_direct_code() {
    let text = std::fs::read_to_string("grammar/prelude.ew").unwrap();
    assert_eq!(disagreeing(&text), Vec::<String>::new());
    let prelude = Program::parse(&text).unwrap();
    let missing = PRELUDE.split_whitespace().filter(|name| !prelude.declares(name));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// The names that the language promises, but for those of inverses, determinants and Kronecker products.
const PRELUDE: &str = "tr diag diagvec eye ones zeros sum mean rowsum colsum rowmean colmean dot outer norm1 norm2 \
    normF exp log sqrt sin cos tan tanh sigmoid relu softplus abs sign step erf gelu silu max0 softmax logsoftmax \
    logsumexp rowsoftmax rowlogsoftmax rowlogsumexp mse crossentropy layernorm rmsnorm batchnorm variance attention conv";

#[test]
fn wrong_prelude_entries_disagree() {
    let right = "rowsum(X : N x D)[i] = sum(j) X[i,j]
        scalar silu(t) = t*sigmoid(t)
        scalar tanh(t) derivative 1 - tanh(t)^2
        conv(x : n, w : k)[i: n-k+1] = sum(j) x[i+j-1] w[j]
        norm1(x : n) = sum(i) abs(x[i])
        eye(n)[i: n, j: n] = delta(i,j)";
    assert_eq!(disagreeing(right), Vec::<String>::new());
    for wrong in [
        "rowsum(X : N x D)[j] = sum(i) X[i,j]",
        "scalar silu(t) = t + sigmoid(t)",
        "scalar tanh(t) derivative 1 - tanh(t)",
        "conv(x : n, w : k)[i: n-k+1] = sum(j) x[i+j-1] w[k-j+1]",
        "norm1(x : n) = sum(i) x[i]",
        "eye(n)[i: n, j: n] = 1",
        "nothing(x : n) = sum(i) x[i]",
        "pinv(A : m x n)[i,j] = sum(k) inv(A'*A)[i,k] A[j,k]^2 for det(A'*A) > 0",
        "pinv(A : m x n)[i,j] = sum(k) A[k,i] inv(A*A')[j,k]^2 for det(A*A') > 0",
        "reshape(X : m x n, p, q)[i: p, j: q] = sum(r: m) sum(c: n) delta((i,j),(r,c)) X[r,c]",
        "scalar sigmoid(t) = 1/(1 + exp(-t)) derivative sigmoid(t)",
    ] {
        assert_eq!(disagreeing(wrong).len(), 1, "{wrong}");
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
    let jump = |step: f64| Ok(Value::scalar(f64::abs(step - 0.001)));
    assert!(difference::derivative(jump).is_err());
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
