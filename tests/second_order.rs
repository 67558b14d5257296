//! Jacobians, Hessians and mixed second derivatives that the engine derives, against second-order dual numbers of the
//! tests' own: each function is written out once more here, by loops over its entries.

#[path = "support/hyper.rs"]
mod hyper;
mod support;

use std::collections::BTreeMap;

use entrywise::Source;
use entrywise::derive::Options;
use entrywise::render::{self, Format};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use hyper::{Hyper, Matrix, Values, first, second};
use support::check::{Answers, assignments};
use support::evaluate::Scope;
use support::letters::Letter;
use support::point::Point;

/// Relative to the largest entry.
const TOLERANCE: f64 = 1e-9;

/// What is derived, and the function by its own code.
struct Case {
    name: &'static str,
    /// Declarations and definitions.
    program: &'static str,
    /// The goal, with what it differentiates by, one name or two.
    goal: &'static str,
    by: &'static [&'static str],
    function: fn(&Values) -> Matrix,
}

fn one() -> Hyper {
    Hyper::constant(1.0)
}

fn number(value: f64) -> Hyper {
    Hyper::constant(value)
}

fn scalar(value: Hyper) -> Matrix {
    Matrix::scalar(value)
}

fn softmax(x: &Matrix) -> Matrix {
    let e = x.map(Hyper::exp);
    let total = e.sum();
    e.map(|entry| entry / total)
}

fn cases() -> Vec<Case> {
    let mut cases = scalars();
    cases.extend(mixed());
    cases.extend(arrays());
    cases
}

/// Hessians of scalars by one vector.
fn scalars() -> Vec<Case> {
    vec![
        Case {
            name: "quadratic form",
            program: "A : n x n; x, b : n; f = x'*A*x + b'*x",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| scalar(v["x"].dot(&v["A"].times(&v["x"])) + v["b"].dot(&v["x"])),
        },
        Case {
            name: "square of a quadratic form",
            program: "A : n x n; x : n; q = x'*A*x; f = q^2",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| {
                let q = v["x"].dot(&v["A"].times(&v["x"]));
                scalar(q * q)
            },
        },
        Case {
            name: "log-sum-exp of a map",
            program: "A : m x n; x : n; u : m; z = A*x + u; f = logsumexp(z)",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| scalar(v["A"].times(&v["x"]).plus(&v["u"]).map(Hyper::exp).sum().log()),
        },
        Case {
            name: "softmax cross entropy",
            program: "X : m x n; w : n; t : m; p = softmax(X*w); f = -t'*log(p)",
            goal: "d2f/dw2",
            by: &["w", "w"],
            function: |v| scalar(-v["t"].dot(&softmax(&v["X"].times(&v["w"])).map(Hyper::log))),
        },
        Case {
            name: "logistic loss",
            program: "X : m x n; w : n; y : m; p = sigmoid(X*w); f = -y'*log(p) - (1 - y)'*log(1 - p)",
            goal: "d2f/dw2",
            by: &["w", "w"],
            function: |v| {
                let p = v["X"].times(&v["w"]).map(Hyper::sigmoid);
                let rest = v["y"].map(|y| one() - y).dot(&p.map(|p| (one() - p).log()));
                scalar(-(v["y"].dot(&p.map(Hyper::log)) + rest))
            },
        },
        Case {
            name: "softplus loss with a penalty",
            program: "X : m x n; w : n; c : scalar; f = sum(softplus(X*w)) + c*w'*w/2",
            goal: "d2(f)/d(w)2",
            by: &["w", "w"],
            function: |v| {
                let penalty = v["c"].single() * v["w"].dot(&v["w"]) / number(2.0);
                scalar(v["X"].times(&v["w"]).map(Hyper::softplus).sum() + penalty)
            },
        },
        Case {
            name: "distance",
            program: "x, a : n; f = norm2(x - a)",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| {
                let r = v["x"].minus(&v["a"]);
                scalar(r.dot(&r).sqrt())
            },
        },
        Case {
            name: "Rayleigh quotient",
            program: "A : n x n; x : n; f = x'*A*x / (x'*x)",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| scalar(v["x"].dot(&v["A"].times(&v["x"])) / v["x"].dot(&v["x"])),
        },
        Case {
            name: "least squares",
            program: "X : m x n; w : n; y : m; r = X*w - y; f = r'*r/m",
            goal: "d2f/dw2",
            by: &["w", "w"],
            function: |v| {
                let r = v["X"].times(&v["w"]).minus(&v["y"]);
                scalar(r.dot(&r) / number(v["y"].rows as f64))
            },
        },
        Case {
            name: "Gaussian log-likelihood",
            program: "S : n x n posdef; x, a : n; f = -(x - a)'*inv(S)*(x - a)/2 - logdet(S)/2",
            goal: "d2f/da2",
            by: &["a", "a"],
            function: |v| {
                let r = v["x"].minus(&v["a"]);
                let (inverse, determinant) = v["S"].inverse();
                scalar(-(r.dot(&inverse.times(&r)) + determinant.log()) / number(2.0))
            },
        },
        Case {
            name: "variance of a Gaussian",
            program: "x : n; a : scalar; s : scalar positive; r = x - a; f = n*log(s) + r'*r/(2*s^2)",
            goal: "d2f/ds2",
            by: &["s", "s"],
            function: |v| {
                let (a, s) = (v["a"].single(), v["s"].single());
                let r = v["x"].map(|x| x - a);
                scalar(number(r.rows as f64) * s.log() + r.dot(&r) / (number(2.0) * s * s))
            },
        },
        Case {
            name: "log-determinant along a diagonal",
            program: "K : n x n posdef; z : n positive; f = logdet(K + diag(z))",
            goal: "d2f/dz2",
            by: &["z", "z"],
            function: |v| {
                let zero = number(0.0);
                let z =
                    Matrix::new(v["z"].rows, v["z"].rows, |i, j| if i == j { v["z"].at(i, 0) } else { zero });
                scalar(v["K"].plus(&z).inverse().1.log())
            },
        },
        Case {
            name: "two layers",
            program: "A : m x n; x : n; c : m; h = tanh(A*x); f = sum(c .* h .* h)",
            goal: "d2f/dx2",
            by: &["x", "x"],
            function: |v| {
                let h = v["A"].times(&v["x"]).map(Hyper::tanh);
                scalar(v["c"].dot(&h.zip(&h, |a, b| a * b)))
            },
        },
        Case {
            name: "entropy",
            program: "z : n positive; f = sum(z .* log(z)) - sum(z)",
            goal: "d2f/dz2",
            by: &["z", "z"],
            function: |v| scalar(v["z"].map(|z| z * z.log() - z).sum()),
        },
    ]
}

/// Second derivatives by two names, and by matrices.
fn mixed() -> Vec<Case> {
    vec![
        Case {
            name: "bilinear form squared",
            program: "D : n x p; x : n; y : p; s = x'*D*y; f = s^2/2",
            goal: "d2f/dxdy",
            by: &["x", "y"],
            function: |v| {
                let s = v["x"].dot(&v["D"].times(&v["y"]));
                scalar(s * s / number(2.0))
            },
        },
        Case {
            name: "kernel",
            program: "x, a : n; f = exp(-norm2(x - a)^2/2)",
            goal: "d2f/dadx",
            by: &["a", "x"],
            function: |v| {
                let r = v["x"].minus(&v["a"]);
                scalar((-r.dot(&r) / number(2.0)).exp())
            },
        },
        Case {
            name: "scalar and vector",
            program: "A : n x n; x : n; c : scalar; f = sin(c)*x'*A*x",
            goal: "d2f/dcdx",
            by: &["c", "x"],
            function: |v| scalar(v["c"].single().sin() * v["x"].dot(&v["A"].times(&v["x"]))),
        },
        Case {
            name: "matrix factorisation",
            program: "U : m x r; V : n x r; Y : m x n; R = U*V' - Y; f = sum(R .* R)/2",
            goal: "d2f/dUdV",
            by: &["U", "V"],
            function: |v| {
                let r = v["U"].times(&v["V"].t()).minus(&v["Y"]);
                scalar(r.dot(&r) / number(2.0))
            },
        },
        Case {
            name: "trace of an inverse",
            program: "A, B, X : n x n; f = tr(A*inv(X)*B)",
            goal: "d2f/dX2",
            by: &["X", "X"],
            function: |v| scalar(v["A"].times(&v["X"].inverse().0).times(&v["B"]).trace()),
        },
        Case {
            name: "determinant",
            program: "X : n x n; f = det(X)",
            goal: "d2f/dX2",
            by: &["X", "X"],
            function: |v| scalar(v["X"].inverse().1),
        },
        Case {
            name: "matrix and vector",
            program: "X : m x n; w : n; y : m; f = norm2(X*w - y)^2",
            goal: "d2f/dXdw",
            by: &["X", "w"],
            function: |v| {
                let r = v["X"].times(&v["w"]).minus(&v["y"]);
                scalar(r.dot(&r))
            },
        },
        Case {
            name: "squared Gram matrix",
            program: "X : m x n; f = tr(X'*X*X'*X)/4",
            goal: "d2f/dX2",
            by: &["X", "X"],
            function: |v| {
                let gram = v["X"].t().times(&v["X"]);
                scalar(gram.dot(&gram) / number(4.0))
            },
        },
        // The gradient is written by the declared structure, and must not be differentiated so.
        Case {
            name: "log-determinant of a declared matrix",
            program: "S : n x n posdef; a : n; f = logdet(S) + a'*inv(S)*a",
            goal: "d2f/dS2",
            by: &["S", "S"],
            function: |v| {
                let (inverse, determinant) = v["S"].inverse();
                scalar(determinant.log() + v["a"].dot(&inverse.times(&v["a"])))
            },
        },
        Case {
            name: "square of a symmetric matrix",
            program: "S : n x n symmetric; x : n; f = x'*S*S*x",
            goal: "d2f/dSdx",
            by: &["S", "x"],
            function: |v| scalar(v["S"].times(&v["S"].times(&v["x"])).dot(&v["x"])),
        },
        Case {
            name: "two scalars",
            program: "C : n x n; a, b : n; s, t : scalar; f = (s*a + t*b)'*C*(s*a + t*b)",
            goal: "d2f/dsdt",
            by: &["s", "t"],
            function: |v| {
                let x = v["a"].scaled(v["s"].single()).plus(&v["b"].scaled(v["t"].single()));
                scalar(x.dot(&v["C"].times(&x)))
            },
        },
    ]
}

/// Jacobians, second derivatives of vectors, products of Hessians with vectors, directional ones.
fn arrays() -> Vec<Case> {
    fn layer(v: &Values) -> Matrix {
        v["A"].times(&v["x"]).plus(&v["u"]).map(Hyper::tanh)
    }
    fn unit(v: &Values) -> Matrix {
        let length = v["x"].dot(&v["x"]).sqrt();
        v["x"].map(|x| x / length)
    }
    vec![
        Case {
            name: "Jacobian of a layer",
            program: "A : m x n; x : n; u : m; y = tanh(A*x + u)",
            goal: "dy/dx",
            by: &["x"],
            function: layer,
        },
        Case {
            name: "Jacobian of softmax of a map",
            program: "A : m x n; x : n; z = A*x; p = softmax(z)",
            goal: "dp/dx",
            by: &["x"],
            function: |v| softmax(&v["A"].times(&v["x"])),
        },
        Case {
            name: "Jacobian of the unit vector",
            program: "x : n; y = x/norm2(x)",
            goal: "dy/dx",
            by: &["x"],
            function: unit,
        },
        Case {
            name: "matrix by matrix",
            program: "A : m x n; X : n x p; B : p x q; Y = A*X*B",
            goal: "dY/dX",
            by: &["X"],
            function: |v| v["A"].times(&v["X"]).times(&v["B"]),
        },
        Case {
            name: "inverse by its matrix",
            program: "X : n x n; Y = inv(X)",
            goal: "dY/dX",
            by: &["X"],
            function: |v| v["X"].inverse().0,
        },
        Case {
            name: "vector twice by a vector",
            program: "A : m x n; x : n; u : m; y = tanh(A*x + u)",
            goal: "d2y/dx2",
            by: &["x", "x"],
            function: layer,
        },
        Case {
            name: "vector twice, mixed",
            program: "A : m x n; x : n; u : m; y = tanh(A*x + u)",
            goal: "d2y/dxdu",
            by: &["x", "u"],
            function: layer,
        },
        Case {
            name: "matrix by a vector and a scalar",
            program: "x : n; c : scalar; Y = exp(c*x)*x'",
            goal: "d2Y/dxdc",
            by: &["x", "c"],
            function: |v| v["x"].map(|x| (x * v["c"].single()).exp()).times(&v["x"].t()),
        },
        Case {
            name: "product of a Hessian and a vector",
            program: "A : m x n; x, h : n; f = sum(exp(A*x))",
            goal: "d(df/dx'*h)/dx",
            by: &["x"],
            // The derivative along h, by a dual number of its own.
            function: |v| {
                let e = v["A"].times(&v["x"]).map(Hyper::exp);
                scalar(e.dot(&v["A"].times(&v["h"])))
            },
        },
        Case {
            name: "directional derivative",
            program: "A : n x n; x, h : n; t : scalar; f = norm2(A*(x + t*h))",
            goal: "df/dt",
            by: &["t"],
            function: |v| {
                let y = v["A"].times(&v["x"].plus(&v["h"].scaled(v["t"].single())));
                scalar(y.dot(&y).sqrt())
            },
        },
        Case {
            name: "second directional derivative",
            program: "A : n x n; x, h : n; t : scalar; f = norm2(A*(x + t*h))",
            goal: "d2f/dt2",
            by: &["t", "t"],
            function: |v| {
                let y = v["A"].times(&v["x"].plus(&v["h"].scaled(v["t"].single())));
                scalar(y.dot(&y).sqrt())
            },
        },
        Case {
            name: "entries of a product",
            program: "X : m x n; W : n x p; Y = X*W",
            goal: "d(Y[i,j])/d(W[a,b])",
            by: &["W"],
            function: |v| v["X"].times(&v["W"]),
        },
        Case {
            name: "second derivative by entries",
            program: "C, V, U : n x n; f = tr(C*U*V*U)",
            goal: "d2(f)/d(U[i,j])d(U[k,l])",
            by: &["U", "U"],
            function: |v| scalar(v["C"].times(&v["U"]).times(&v["V"]).times(&v["U"]).trace()),
        },
    ]
}

/// What is derived with these options, for any sizes.
fn derived(case: &Case, inline: bool) -> Answers {
    let source = format!("{}; derive {}", case.program, case.goal);
    let failed = |errors: Vec<entrywise::diagnostic::Diagnostic>| -> ! {
        panic!("{}: {}", case.name, errors[0].message)
    };
    let problem = entrywise::read(&Source::new("case", &source)).unwrap_or_else(|errors| failed(errors));
    let options = Options { open: true, inline, ..Options::default() };
    let derived = entrywise::derive(problem, &options).unwrap_or_else(|errors| failed(errors));
    let text = derived.render(Format::Expr, &render::Options::default());
    let answers =
        Answers::read(&source, &text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", case.name));
    assert_eq!(answers.lines.len(), 1, "{text}");
    answers
}

/// The letters of an index form in the order of the axes: those of the goal's own entries, or after the whole.
fn letters(goal: &Expr) -> Vec<Name> {
    let names = |indices: &[Expr]| -> Vec<Name> {
        let name = |index: &Expr| match &index.kind {
            ExprKind::Name(name) => name.clone(),
            _ => panic!("an index that is no letter"),
        };
        indices.iter().map(name).collect()
    };
    match &goal.kind {
        ExprKind::Index { indices, .. } => names(indices),
        ExprKind::Derivative(derivative) => {
            let parts = std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by));
            parts.flat_map(letters).collect()
        }
        _ => Vec::new(),
    }
}

/// All entries of an answer at a point, the first axis slowest.
fn entries(value: &Expr, letters: &[Name], axes: &[usize], point: &Point) -> Result<Vec<f64>, String> {
    if letters.is_empty() {
        return Ok(Scope::global(point).expr(value)?.data);
    }
    if letters.len() != axes.len() {
        return Err(format!("{} letters for axes {axes:?}", letters.len()));
    }
    let count: usize = axes.iter().product();
    let mut found = Vec::with_capacity(count);
    for number in 0..count {
        let mut scope = Scope::global(point);
        let mut rest = number;
        for (name, size) in letters.iter().zip(axes).rev() {
            scope.letters.push(Letter { name: name.clone(), value: rest % size + 1, size: *size });
            rest /= size;
        }
        found.push(scope.expr(value)?.as_scalar()?);
    }
    Ok(found)
}

/// The answer and the dual numbers at unequal sizes.
fn judge(case: &Case, answers: &Answers, value: &Expr) -> Result<(), String> {
    let letters = letters(&answers.lines[0].goal);
    for (sizes, seed) in assignments(&answers.program, 3)?.iter().zip(0..) {
        let point = Point::draw(&answers.program, sizes, seed)?;
        let mut values: Values = BTreeMap::new();
        let mut axes = Vec::new();
        for (name, _) in &answers.program.variables {
            let value = point.quantity(name).unwrap()?;
            values.insert(name.to_string(), Matrix::of(&value));
        }
        let numerator = (case.function)(&values);
        axes.extend([numerator.rows, numerator.columns].into_iter().filter(|size| *size > 1));
        for by in case.by {
            let by = &values[*by];
            axes.extend([by.rows, by.columns].into_iter().filter(|size| *size > 1));
        }
        let expected = match case.by {
            [by] => first(&case.function, &values, by),
            [by, then] => second(&case.function, &values, by, then),
            _ => unreachable!(),
        };
        let found = entries(value, &letters, &axes, &point)?;
        if found.len() != expected.len() {
            return Err(format!("{} entries instead of {}", found.len(), expected.len()));
        }
        let scale = expected.iter().fold(1.0_f64, |most, entry| most.max(entry.abs()));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            if found.is_nan() || (found - expected).abs() > TOLERANCE * scale {
                return Err(format!("at {sizes:?}, entry {at} is {found} and not {expected}"));
            }
        }
    }
    Ok(())
}

#[test]
fn derivatives_agree_with_second_order_dual_numbers() {
    let cases = cases();
    assert!(cases.iter().filter(|case| case.by.len() == 2).count() >= 20);
    for case in &cases {
        for inline in [false, true] {
            let answers = derived(case, inline);
            let line = &answers.lines[0];
            judge(case, &answers, &line.value).unwrap_or_else(|error| {
                let value = entrywise::syntax::print::expr(&line.value);
                panic!("{}, inline {inline}: {} = {value}: {error}", case.name, case.goal)
            });
        }
    }
}

/// An answer with one small mistake in it.
fn mistakes(expr: &Expr) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    match &expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => found.push((**inner).clone()),
        ExprKind::Number(number) => found.push(ExprKind::Number(number + number).into()),
        _ => {}
    }
    let parts = expr.children().len();
    for at in 0..parts {
        for wrong in mistakes(&expr.children()[at].clone()) {
            let place = std::cell::Cell::new(0);
            found.push(expr.map_children(&|child| {
                let here = place.replace(place.get() + 1);
                // Ranges of binders are no parts that are mapped.
                if here == at && *child == *expr.children()[at] { wrong.clone() } else { child.clone() }
            }));
        }
    }
    found.push(Expr::product(Expr::natural(2), entrywise::syntax::ast::ProductOp::Times, expr.clone()));
    found.retain(|wrong| wrong != expr);
    found
}

/// The judge is no rubber stamp.
#[test]
fn answers_with_a_mistake_are_refused() {
    let mut refused = 0;
    for case in &cases() {
        let answers = derived(case, false);
        let value = &answers.lines[0].value;
        for wrong in mistakes(value) {
            let Err(reason) = judge(case, &answers, &wrong) else {
                // The same in other words: a matrix that is its own transpose.
                let shown = entrywise::syntax::print::expr(&wrong);
                assert!(is_symmetric(case, value, &wrong), "{}: accepted {shown}", case.name);
                continue;
            };
            refused += usize::from(reason.contains("entry"));
        }
    }
    println!("{refused} mistakes refused");
    assert!(refused > 150);
}

/// Whether a mistake is none because it drops the transpose of a scalar or of a symmetric matrix.
fn is_symmetric(case: &Case, value: &Expr, wrong: &Expr) -> bool {
    let count = |expr: &Expr| {
        let mut transposes = 0;
        support::program::visit(expr, &mut |part| {
            transposes += usize::from(matches!(part.kind, ExprKind::Transpose(_)));
        });
        transposes
    };
    let symmetric = ["posdef", "symmetric"].iter().any(|word| case.program.contains(word))
        || case.by.len() == 2 && case.by[0] == case.by[1];
    symmetric && count(wrong) + 1 == count(value)
}
