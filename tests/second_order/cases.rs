//! The functions, each as a program and by its own code.

use crate::hyper::{Hyper, Matrix, Values};

/// What is derived, and the function by its own code.
pub struct Case {
    pub name: &'static str,
    /// Declarations and definitions.
    pub program: &'static str,
    /// The goal, with what it differentiates by, one name or two.
    pub goal: &'static str,
    pub by: &'static [&'static str],
    pub function: fn(&Values) -> Matrix,
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

pub fn cases() -> Vec<Case> {
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
