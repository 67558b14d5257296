//! What a user reads, in every format. This binary never uses the algebra session itself, for it starts the command.

use std::process::{Command, Output};

fn derive(program: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_entrywise"))
        .args(["derive", "-e", program])
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Both streams of a run that answers, each on one line.
fn told(program: &str, arguments: &[&str]) -> (String, String) {
    let output = derive(program, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{program}: {err}");
    (out, err)
}

const FORMATS: [&str; 5] = ["text", "latex", "latex-fragment", "markdown", "expr"];
const STEPS: [&str; 3] = ["all", "main", "none"];

#[test]
fn every_format_says_what_is_given_at_a_corner() {
    for format in FORMATS {
        for steps in STEPS {
            let arguments = ["--format", format, "--steps", steps];
            let (corner, _) = told("x : n; y = relu(x); L = loss(y); derive dL/dx", &arguments);
            assert!(corner.contains("no derivative at 0; by convention the value 0"), "{format}: {corner}");
            let (smooth, _) = told("x : n; y = tanh(x); L = loss(y); derive dL/dx", &arguments);
            assert!(!smooth.contains("convention"), "{format}: {smooth}");
        }
    }
    let output = derive("x : n; y = relu(x); L = loss(y); derive dL/dx", &["--format", "expr"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().any(|line| line.starts_with("# relu has no derivative at 0")), "{text}");
}

#[test]
fn a_function_whose_name_is_taken_has_a_mark_that_is_explained() {
    for program in [
        "x : n; scalar exp(t) = t^2; y = softmax(x); L = loss(y.*exp(x)); derive dL/dx",
        "x, exp : n; y = softmax(x); L = loss(y.*exp); derive dL/dx, dL/dexp",
        "X : N x D; unknown exp : entrywise; Y = rowsoftmax(X); L = loss(Y.*exp(X)); derive dL/dX",
        "x, abs : n; y = norm1(x)*abs; L = loss(y); derive dL/dabs",
        "x : n; exp(x : n)[i] = x[i]^2; y = softmax(x); derive dy/dx",
    ] {
        for format in FORMATS {
            for steps in STEPS {
                let (out, err) = told(program, &["--format", format, "--steps", steps, "--trace"]);
                assert!(!out.contains("prelude") && !err.contains("prelude"), "{program}: {out} {err}");
                let marked = out.contains('°') || out.contains("\\circ");
                let explained = out.contains("that has its own meaning here");
                assert_eq!(marked, explained, "{program}: {out}");
                assert!(marked || steps != "all" || format == "expr", "{program}: {out}");
            }
        }
    }
}

/// Places within places: entry `m + q - 1` of a convolution that is itself one is at `(m + q - 1) + p - 1`.
#[test]
fn a_convolution_of_a_convolution_is_derived() {
    let program = "x : n; w : k; v : r; y = conv(conv(x, w), v); L = loss(y); derive dL/dx, dL/dw";
    let output = derive(program, &["--format", "expr"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let range = "sum(j: n - k - r + 2)";
    let expected = [
        format!("dL/dx[i] = {range} sum(m: k) sum(p: r) dL/dy[j] delta(i, j + p - 1 + m - 1) w[m] v[p]"),
        format!("dL/dw[i] = {range} sum(m: r) dL/dy[j] x[j + m - 1 + i - 1] v[m]"),
    ];
    assert_eq!(lines, expected);
}

/// A definition by itself at given sizes: its entries are independent.
#[test]
fn a_definition_by_itself_is_the_identity_at_given_sizes() {
    for (program, answer) in [
        ("y : n; size n = 2; Y = 2*y; derive dY/dY", "dY/dY = eye(n) "),
        ("c : scalar; Y = c; derive dY/dY", "dY/dY = 1 "),
    ] {
        let (out, _) = told(program, &["--format", "expr"]);
        assert!(out.starts_with(answer), "{out}");
    }
}

#[test]
fn latex_sets_shapes_and_powers_as_formulas() {
    let program = "x : n; w : k; c : scalar; y = c*conv(x, w); L = loss(y); derive dL/dc";
    for (format, shape, modulus) in [
        ("latex", "\\(y\\) is \\((n - k + 1) \\times 1\\) by definition", "modulo \\(2^{61} - 1\\)"),
        ("markdown", "$y$ is $(n - k + 1) \\times 1$ by definition", "modulo $2^{61} - 1$"),
        ("text", "y is (n - k + 1) x 1 by definition", "modulo 2^61 - 1"),
    ] {
        let (out, _) = told(program, &["--format", format]);
        assert!(out.contains(shape), "{out}");
        assert!(out.contains(modulus), "{out}");
        assert!(!out.contains("textasciicircum"), "{out}");
        // By a scalar there is no entry to name.
        assert!(!out.contains("by one entry"), "{out}");
    }
}

#[test]
fn only_names_that_answers_use_are_defined() {
    let program = "X : N x D; c : scalar; L = c*sum(X) + loss(2*X)";
    let (without, _) = told(&format!("{program}; derive dL/dc"), &["--format", "expr"]);
    assert!(!without.contains("# where"), "{without}");
    let (with, _) = told(&format!("{program}; derive dL/dX"), &["--format", "expr"]);
    assert!(with.contains("Y = 2 * X # where"), "{with}");
}

#[test]
fn terms_that_keep_together_are_broken_at_the_edge() {
    let program = "X : N x D; Y = layernorm(layernorm(X, 1), 2); L = loss(Y); derive dL/dX";
    let output = derive(program, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() > 20);
    for line in text.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}
