//! The checked problem: shapes, ranges of indices, what a file takes from the prelude and what it takes for itself;
//! and the prelude's formulas against numbers.

use std::collections::HashMap;

use entrywise::Source;
use entrywise::problem::{Operation, Problem, ScalarFunction};
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, ExprKind, ProductOp, Sign};
use entrywise::syntax::parse::PRELUDE;
use entrywise::syntax::print;

fn read(text: &str) -> Problem {
    let source = Source::new("test", text);
    entrywise::read(&source).unwrap_or_else(|errors| {
        panic!("{text}\n{}", entrywise::diagnostic::render(&errors, &source, false));
    })
}

fn code(text: &str) -> String {
    let errors = entrywise::read(&Source::new("test", text)).expect_err(text);
    errors.iter().map(|error| error.code).collect::<Vec<_>>().join(" ")
}

fn texts() -> (String, String) {
    let text = |path: &str| std::fs::read_to_string(path).unwrap();
    (text("grammar/rules.ew"), text("grammar/prelude.ew"))
}

#[test]
fn the_prelude_has_the_names_of_the_language() {
    let (rules, prelude) = texts();
    let catalogue = Catalogue::from_texts(&rules, &prelude).unwrap();
    assert_eq!(Catalogue::shipped().prelude.operations.len(), catalogue.prelude.operations.len());
    let later = ["inv", "pinv", "solve", "det", "logdet", "expm", "adj", "kron", "vec", "reshape"];
    let known = |name: &str| {
        catalogue.prelude.functions.contains_key(name)
            || catalogue.prelude.operations.iter().any(|operation| &*operation.name == name)
    };
    for name in PRELUDE {
        assert_eq!(known(name), !later.contains(name), "{name}");
    }
    let names = catalogue.prelude.operations.iter().map(|operation| &operation.name);
    for name in names.chain(catalogue.prelude.functions.keys()) {
        assert!(PRELUDE.contains(&&**name), "{name} is no name of the language");
    }
    for operation in &catalogue.prelude.operations {
        assert!(
            operation.notation.latex.is_some() && operation.notation.text.is_some(),
            "{}",
            operation.name
        );
    }
    for function in catalogue.prelude.functions.values() {
        assert!(function.notation.latex.is_some() && function.notation.text.is_some(), "{}", function.name);
        assert!(function.value.is_some() || function.derivative.is_some(), "{}", function.name);
    }
}

/// Shapes worked out by hand.
#[test]
fn shapes_of_expressions() {
    let declared = "X, Y : N x D; W : D x M; S : n x n; x, y : n; z : D; r : 1 x n; w : k; c, d : scalar; \
                    unknown f : entrywise; unknown g : scalar";
    let shapes = [
        ("X .* Y", "N x D"),
        ("c .* X", "N x D"),
        ("X ./ Y.^2", "N x D"),
        ("1 - tanh(X).^2", "N x D"),
        ("X/(c + d)", "N x D"),
        ("X/D", "N x D"),
        ("c^d", "scalar (1 x 1)"),
        ("S^3", "n x n"),
        ("S.^c", "n x n"),
        ("2.^S", "n x n"),
        ("sum(x)/n", "scalar (1 x 1)"),
        ("sum(X) + sum(x) + sum(c) + sum(r)", "scalar (1 x 1)"),
        ("mean(x) + variance(c) + mse(x, y) + mse(X, Y)", "scalar (1 x 1)"),
        ("rowsum(x)", "n x 1"),
        ("colsum(r)", "n x 1"),
        ("rowsoftmax(r)", "1 x n"),
        ("colmean(X)", "D x 1"),
        ("tr(c) + tr(S)", "scalar (1 x 1)"),
        ("diag(z)", "D x D"),
        ("diagvec(S)", "n x 1"),
        ("eye(n*k)", "k*n x k*n"),
        ("ones(2, n)", "2 x n"),
        ("outer(x, w)", "n x k"),
        ("attention(X, Y, X*W)", "N x M"),
        ("conv(x, w)", "n - k + 1 x 1"),
        ("conv(conv(x, w), w)", "n - 2*k + 2 x 1"),
        ("layernorm(X*W, 0.1)", "N x M"),
        ("f(X*W)", "N x M"),
        ("f'(X)", "N x D"),
        ("relu'(x)", "n x 1"),
        ("g(X, c)", "scalar (1 x 1)"),
        ("pi*x", "n x 1"),
        ("sum(i) sum(j) X[i,j]^2", "scalar (1 x 1)"),
        ("x[1] x[n]", "scalar (1 x 1)"),
        ("sum(i) sum(x) Y[i,x]", "scalar (1 x 1)"),
        ("sum(i) (X*W)[i,1]", "scalar (1 x 1)"),
    ];
    for (expr, shape) in shapes {
        let problem = read(&format!("{declared}; Q = {expr}"));
        assert_eq!(problem.quantities["Q"].shape.to_string(), shape, "{expr}");
    }
}

/// The ranges that stand where the letters do, written out.
#[test]
fn every_index_has_its_range() {
    let declared = "X : N x D; x : n; w : k";
    let ranges = [
        ("sum(i) sum(j) X[i,j]^2", "sum(i: N) sum(j: D) X[i,j]^2"),
        ("sum(j, i) X[i,j]", "sum(j: D, i: N) X[i,j]"),
        ("sum(i) (sum(j) delta(i,j)) x[i]", "sum(i: n) (sum(j: n) delta(i,j)) x[i]"),
        ("sum(i: n-1) x[i] x[i+1]", "sum(i: n - 1) x[i] x[i+1]"),
        ("sum(i: n-k+1) sum(j) x[i+j-1] w[j]", "sum(i: n - k + 1) sum(j: k) x[i+j-1] w[j]"),
        ("sum(i) x[n-i+1]*x[i]", "sum(i: n) x[n-i+1]*x[i]"),
        ("sum(i) exp(sum(i) x[i]) x[i]", "sum(i: n) exp(sum(i: n) x[i]) x[i]"),
        ("sum(k) w[k]/sum(k) x[k]", "sum(k: k) w[k]/sum(k: n) x[k]"),
    ];
    let canonical = |text: &str| {
        print::expr(&entrywise::syntax::parse::expression(&Source::new("test", text), &[]).unwrap())
    };
    for (expr, written) in ranges {
        let problem = read(&format!("{declared}; L = {expr}; derive d({expr})/dx"));
        let definition = problem.quantities["L"].definition.as_ref().unwrap();
        assert_eq!(print::expr(definition), canonical(written));
        assert_eq!(print::expr(&problem.goals[0].numerator), canonical(written));
    }
    for operation in &Catalogue::shipped().prelude.operations {
        let text = print::expr(&operation.value);
        for (position, _) in text.match_indices("sum(") {
            // The operation `sum` is called by none of them.
            let list = text[position + 4..].split(')').next().unwrap();
            assert!(list.contains(": "), "{}: {text}", operation.name);
        }
    }
}

#[test]
fn offsets_stay_inside_by_what_is_assumed() {
    assert_eq!(
        code("x : n; w : k; L = sum(i: n-k) sum(j) x[i+j] w[j]; L2 = sum(i: k) x[i]"),
        "index-leaves-range"
    );
    read("x : n; w : k; assume n >= k; L = sum(i: k) x[i]");
    assert_eq!(code("x : n; L = x[0]"), "index-leaves-range");
    assert_eq!(code("x : n; L = x[n+1]"), "index-leaves-range");
    assert_eq!(code("x : 3; L = x[4]"), "index-leaves-range");
    read("x : n; L = x[3]");
}

fn described(problem: &Problem, name: &str) -> Vec<String> {
    let operations = problem.operations.iter().filter(|operation| &*operation.name == name);
    operations.map(|operation| print::expr(&operation.value)).collect()
}

/// Whatever a file takes a prelude name for, that is its meaning in the file, and the prelude's own entries keep
/// theirs.
#[test]
fn a_file_takes_prelude_names_for_itself() {
    let plain = read("z : n");
    let own =
        read("rowsoftmax(X : N x D)[i,j] = X[i,j]; Z : n x m; P = rowsoftmax(Z); A = attention(Z, Z, Z)");
    assert_eq!(described(&own, "rowsoftmax"), ["X[i, j]"]);
    let attention = described(&own, "attention");
    let inner = described(&own, "prelude·rowsoftmax");
    assert_eq!(inner, described(&plain, "rowsoftmax"));
    assert!(attention[0].contains("prelude·rowsoftmax("), "{attention:?}");
    // As a variable, a dimension, a function, an unknown; `ones` with all numbers of arguments.
    let taken = read("ones : n; P = ones'*ones");
    assert!(!taken.is_operation("ones") && taken.is_operation("prelude·ones"));
    assert_eq!(read("X : tr x sum").dimensions.len(), 2);
    assert_eq!(code("X : tr x sum; Y = tr(X)"), "not-a-function");
    let exp = read("scalar exp(t) = t^2; x : n; y = exp(x); s = softmax(x)");
    assert_eq!(print::expr(exp.functions["exp"].value.as_ref().unwrap()), "t^2");
    assert_eq!(print::expr(exp.functions["prelude·exp"].derivative.as_ref().unwrap()), "prelude·exp(t)");
    assert!(described(&exp, "softmax")[0].starts_with("prelude·exp(x[i])"));
    assert_eq!(read("unknown mse : scalar; x : n; L = mse(x)").operation("mse", 2).map(|_| ()), None);
    // The number pi of the prelude is no name of the file.
    assert_eq!(read("pi : n; x = 2*pi").quantities["x"].shape.to_string(), "n x 1");
    assert_eq!(code("x = 2*pi; pi : n"), "used-before-definition");
}

#[test]
fn an_operation_is_the_same_in_a_file_and_in_the_prelude() {
    let (rules, prelude) = texts();
    for name in ["layernorm", "conv", "attention", "gelu", "mse"] {
        let moved = prelude
            .lines()
            .find(|line| line.strip_prefix("scalar ").unwrap_or(line).starts_with(&format!("{name}(")));
        let moved = moved.unwrap();
        let rest = prelude.replace(moved, "");
        let catalogue = Catalogue::from_texts(&rules, &rest).unwrap();
        let there = entrywise::read(&Source::new("test", "z : n")).unwrap();
        let here = entrywise::read_with(&Source::new("test", format!("{moved}; z : n")), &catalogue).unwrap();
        let operation = |problem: &Problem| {
            problem.operations.iter().find(|operation| &*operation.name == name).map(
                |operation: &Operation| {
                    let parameters: Vec<_> = operation
                        .parameters
                        .iter()
                        .map(|one| (one.name.clone(), one.shape.clone()))
                        .collect();
                    (
                        parameters,
                        operation.dimensions.clone(),
                        operation.indices.clone(),
                        operation.value.clone(),
                    )
                },
            )
        };
        assert_eq!(operation(&there), operation(&here), "{name}");
        let function = |problem: &Problem| {
            problem
                .functions
                .get(name)
                .map(|known: &ScalarFunction| (known.value.clone(), known.derivative.clone()))
        };
        assert_eq!(function(&there), function(&here), "{name}");
        assert!(operation(&here).is_some() || function(&here).is_some());
        // Without the line the name has no meaning.
        let call = Source::new("test", format!("z : n; y = {name}(z)"));
        assert_eq!(entrywise::read_with(&call, &catalogue).unwrap_err()[0].code, "not-supported-yet");
    }
}

#[test]
fn a_wrong_prelude_is_refused() {
    let (rules, prelude) = texts();
    for (right, wrong, code) in [
        ("sum(i) A[i,i]", "sum(i) A[i,j]", "unbound-index"),
        ("diagvec(A : n x n)", "diagvec(A : n x m)", "index-clash"),
        ("scalar cos(t) derivative -sin(t)", "scalar cos(t) derivative -sine(t)", "unknown-function"),
        ("zeros(n)[i: n] = 0", "x : n\nzeros(n)[i: n] = 0", "not-in-prelude"),
        ("tr(A : n x n) = ", "tr(A : n x n) = tr(A) + ", "recursion"),
        ("x[i+j-1]", "x[i+j]", "index-leaves-range"),
    ] {
        let text = prelude.replace(right, wrong);
        assert_ne!(text, prelude, "{right}");
        let errors = Catalogue::from_texts(&rules, &text).expect_err(wrong);
        assert!(errors.iter().any(|error| error.code == code), "{wrong}: {errors:?}");
    }
}

// The formulas of the prelude against numbers. What follows knows the language's arithmetic and nothing of the
// engine; scalar functions without a formula are the standard library's.

type Table = Vec<Vec<f64>>;

fn primitive(name: &str, t: f64) -> Option<f64> {
    Some(match name {
        "exp" => t.exp(),
        "log" => t.ln(),
        "sqrt" => t.sqrt(),
        "sin" => t.sin(),
        "cos" => t.cos(),
        "tan" => t.tan(),
        "tanh" => t.tanh(),
        "abs" => t.abs(),
        "relu" | "max0" => t.max(0.0),
        "step" => f64::from(t > 0.0),
        "sign" => f64::from(t > 0.0) - f64::from(t < 0.0),
        "erf" => {
            // The series of Abramowitz and Stegun 7.1.5.
            let (mut term, mut sum) = (t, t);
            for n in 1..60 {
                term *= -t * t / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            2.0 / std::f64::consts::PI.sqrt() * sum
        }
        _ => return None,
    })
}

struct Numbers<'a> {
    problem: &'a Problem,
    values: HashMap<String, Table>,
}

impl Numbers<'_> {
    fn scalar(&self, expr: &Expr) -> f64 {
        self.eval(expr)[0][0]
    }

    fn function(&self, name: &str, t: f64) -> f64 {
        primitive(name, t).unwrap_or_else(|| {
            let function = &self.problem.functions[name];
            let values = HashMap::from([(function.parameter.to_string(), vec![vec![t]])]);
            Numbers { problem: self.problem, values }.scalar(function.value.as_ref().unwrap())
        })
    }

    fn operation(&self, name: &str, arguments: &[Table]) -> Table {
        let operation = self.problem.operation(name, arguments.len()).unwrap();
        let mut values: HashMap<String, Table> = HashMap::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            values.insert(parameter.name.to_string(), argument.clone());
            if let Some(shape) = &parameter.shape {
                for (dim, size) in [(&shape.rows, argument.len()), (&shape.columns, argument[0].len())] {
                    if let Some(name) = dim.as_name() {
                        values.insert(name.to_string(), vec![vec![size as f64]]);
                    }
                }
            }
        }
        let mut inner = Numbers { problem: self.problem, values };
        let size = |inner: &Numbers<'_>, place: usize| {
            operation.indices.get(place).map_or(1, |(_, range)| inner.scalar(&range.to_expr()) as usize)
        };
        let (rows, columns) = (size(&inner, 0), size(&inner, 1));
        let mut result = vec![vec![0.0; columns]; rows];
        for (i, row) in result.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                for ((letter, _), value) in operation.indices.iter().zip([i, j]) {
                    inner.values.insert(letter.to_string(), vec![vec![value as f64 + 1.0]]);
                }
                *cell = inner.scalar(&operation.value);
            }
        }
        result
    }

    fn eval(&self, expr: &Expr) -> Table {
        let one = |value: f64| vec![vec![value]];
        let map = |table: Table, f: &dyn Fn(f64) -> f64| -> Table {
            table.into_iter().map(|row| row.into_iter().map(f).collect()).collect()
        };
        let zip = |a: &Table, b: &Table, f: &dyn Fn(f64, f64) -> f64| -> Table {
            let (rows, columns) = (a.len().max(b.len()), a[0].len().max(b[0].len()));
            let at =
                |t: &Table, i: usize, j: usize| if t.len() * t[0].len() == 1 { t[0][0] } else { t[i][j] };
            (0..rows).map(|i| (0..columns).map(|j| f(at(a, i, j), at(b, i, j))).collect()).collect()
        };
        match &expr.kind {
            ExprKind::Number(value) => {
                let text = |n: &dyn ToString| n.to_string().parse::<f64>().unwrap();
                one(text(value.numer()) / text(value.denom()))
            }
            ExprKind::Name(name) => match self.values.get(&**name) {
                Some(value) => value.clone(),
                None if &**name == "pi" => one(std::f64::consts::PI),
                None => panic!("{name}"),
            },
            ExprKind::Index { base, indices } => {
                let base = self.eval(base);
                let place = |expr: &Expr| self.scalar(expr) as usize - 1;
                one(match indices.as_slice() {
                    [i] if base[0].len() == 1 => base[place(i)][0],
                    [i] => base[0][place(i)],
                    [i, j] => base[place(i)][place(j)],
                    _ => panic!(),
                })
            }
            ExprKind::Transpose(inner) => {
                let inner = self.eval(inner);
                (0..inner[0].len()).map(|j| inner.iter().map(|row| row[j]).collect()).collect()
            }
            ExprKind::Negate(inner) => map(self.eval(inner), &|value| -value),
            ExprKind::Power { base, exponent, .. } => {
                zip(&self.eval(base), &self.eval(exponent), &|a, b| a.powf(b))
            }
            ExprKind::Sum(terms) => terms
                .iter()
                .map(|(sign, term)| {
                    let term = self.eval(term);
                    if *sign == Sign::Plus { term } else { map(term, &|value| -value) }
                })
                .reduce(|a, b| zip(&a, &b, &|a, b| a + b))
                .unwrap(),
            ExprKind::Product { first, rest } => rest.iter().fold(self.eval(first), |left, (op, factor)| {
                let right = self.eval(factor);
                let scalar = left.len() * left[0].len() == 1 || right.len() * right[0].len() == 1;
                match op {
                    ProductOp::Divide | ProductOp::HadamardDivide => zip(&left, &right, &|a, b| a / b),
                    ProductOp::Times if !scalar => left
                        .iter()
                        .map(|row| {
                            (0..right[0].len())
                                .map(|j| row.iter().zip(&right).map(|(a, other)| a * other[j]).sum())
                                .collect()
                        })
                        .collect(),
                    _ => zip(&left, &right, &|a, b| a * b),
                }
            }),
            ExprKind::BigSum { binders, body } => {
                let (binder, rest) = binders.split_first().unwrap();
                let body = if rest.is_empty() {
                    (**body).clone()
                } else {
                    ExprKind::BigSum { binders: rest.to_vec(), body: body.clone() }.into()
                };
                let range = self.scalar(binder.range.as_ref().unwrap()) as usize;
                let mut inner = Numbers { problem: self.problem, values: self.values.clone() };
                one((1..=range)
                    .map(|value| {
                        inner.values.insert(binder.name.name.to_string(), one(value as f64));
                        inner.scalar(&body)
                    })
                    .sum())
            }
            ExprKind::Call { function, arguments, .. } => {
                let values: Vec<Table> = arguments.iter().map(|argument| self.eval(argument)).collect();
                if &*function.name == "delta" {
                    return one(f64::from(values[0] == values[1]));
                }
                if self.problem.functions.contains_key(&function.name) {
                    return map(values[0].clone(), &|value| self.function(&function.name, value));
                }
                self.operation(&function.name, &values)
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn stated_derivatives_are_the_slopes() {
    let problem = read("z : n");
    let numbers = Numbers { problem: &problem, values: HashMap::new() };
    let mut stated = 0;
    for (name, function) in &problem.functions {
        let Some(derivative) = &function.derivative else { continue };
        stated += 1;
        for t in [0.3_f64, 0.7, 1.3, -0.4, -1.1] {
            if t < 0.0 && matches!(&**name, "log" | "sqrt") {
                continue;
            }
            let h = 1e-5;
            let slope = (numbers.function(name, t + h) - numbers.function(name, t - h)) / (2.0 * h);
            let values = HashMap::from([(function.parameter.to_string(), vec![vec![t]])]);
            let value = Numbers { problem: &problem, values }.scalar(derivative);
            assert!(
                (slope - value).abs() < 1e-8 * (1.0 + slope.abs()),
                "{name}'({t}): {value}, slope {slope}"
            );
        }
    }
    assert!(stated > 12);
    // The conventions at 0.
    for (name, at_zero) in [("step", 0.0), ("sign", 0.0)] {
        assert_eq!(numbers.function(name, 0.0), at_zero);
    }
}

/// Small tables, and what the field's definitions give for them, worked out in loops of their own.
#[test]
fn operations_are_what_the_field_means() {
    let problem = read("z : n");
    let numbers = Numbers { problem: &problem, values: HashMap::new() };
    let x: Table = vec![vec![0.5, -1.0, 2.0], vec![1.5, 0.25, -0.75]];
    let y: Table = vec![vec![1.0, 0.5, -2.0], vec![0.0, 3.0, 1.0]];
    let v: Table = vec![vec![3.0], vec![-4.0], vec![1.0], vec![2.0]];
    let w: Table = vec![vec![2.0], vec![-1.0]];
    let s: Table = vec![vec![1.0, 2.0], vec![3.0, 5.0]];
    let eps: Table = vec![vec![0.1]];
    let size = |value: f64| vec![vec![value]];
    let flat = |t: &Table| t.iter().flatten().copied().collect::<Vec<f64>>();
    let total = |t: &Table| flat(t).iter().sum::<f64>();
    let column = |values: Vec<f64>| values.into_iter().map(|value| vec![value]).collect::<Table>();
    let each_row = |t: &Table, f: &dyn Fn(&[f64]) -> Vec<f64>| t.iter().map(|row| f(row)).collect::<Table>();
    let turned = |t: &Table| (0..t[0].len()).map(|j| t.iter().map(|row| row[j]).collect()).collect::<Table>();
    let mean = |row: &[f64]| row.iter().sum::<f64>() / row.len() as f64;
    let spread = |row: &[f64]| row.iter().map(|a| (a - mean(row)).powi(2)).sum::<f64>() / row.len() as f64;
    let softmax = |row: &[f64]| {
        let most = row.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = row.iter().map(|a| (a - most).exp()).sum();
        row.iter().map(|a| (a - most).exp() / sum).collect::<Vec<f64>>()
    };
    let logs = |row: &[f64]| softmax(row).iter().map(|a| a.ln()).collect::<Vec<f64>>();
    let logsumexp = |row: &[f64]| row[0] - logs(row)[0];
    let normed = |row: &[f64]| row.iter().map(|a| (a - mean(row)) / (spread(row) + 0.1).sqrt()).collect();
    let rms = |row: &[f64]| {
        let square = row.iter().map(|a| a * a).sum::<f64>() / row.len() as f64;
        row.iter().map(|a| a / (square + 0.1).sqrt()).collect()
    };
    let attended = {
        let scores: Table = x
            .iter()
            .map(|q| {
                y.iter().map(|k| q.iter().zip(k).map(|(a, b)| a * b).sum::<f64>() / 3f64.sqrt()).collect()
            })
            .collect();
        let weights = each_row(&scores, &softmax);
        weights
            .iter()
            .map(|row| (0..2).map(|j| row[0] * s[0][j] + row[1] * s[1][j]).collect())
            .collect::<Table>()
    };
    let probabilities = each_row(&x, &softmax);
    let expected: Vec<(&str, Vec<Table>, Table)> = vec![
        ("ones", vec![size(2.0)], vec![vec![1.0]; 2]),
        ("ones", vec![size(2.0), size(3.0)], vec![vec![1.0; 3]; 2]),
        ("zeros", vec![size(2.0)], vec![vec![0.0]; 2]),
        ("zeros", vec![size(2.0), size(3.0)], vec![vec![0.0; 3]; 2]),
        ("eye", vec![size(2.0)], vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        ("diag", vec![w.clone()], vec![vec![2.0, 0.0], vec![0.0, -1.0]]),
        ("diagvec", vec![s.clone()], vec![vec![1.0], vec![5.0]]),
        ("tr", vec![s.clone()], size(6.0)),
        ("sum", vec![x.clone()], size(2.5)),
        ("mean", vec![x.clone()], size(2.5 / 6.0)),
        ("mean", vec![v.clone()], size(0.5)),
        ("rowsum", vec![x.clone()], column(vec![1.5, 1.0])),
        ("colsum", vec![x.clone()], column(vec![2.0, -0.75, 1.25])),
        ("rowmean", vec![x.clone()], column(vec![0.5, 1.0 / 3.0])),
        ("colmean", vec![x.clone()], column(vec![1.0, -0.375, 0.625])),
        ("variance", vec![x.clone()], size(spread(&flat(&x)))),
        ("dot", vec![x.clone(), y.clone()], size(flat(&x).iter().zip(flat(&y)).map(|(a, b)| a * b).sum())),
        ("outer", vec![w.clone(), w.clone()], vec![vec![4.0, -2.0], vec![-2.0, 1.0]]),
        ("norm1", vec![v.clone()], size(10.0)),
        ("norm2", vec![v.clone()], size(30f64.sqrt())),
        ("normF", vec![s.clone()], size(39f64.sqrt())),
        ("softmax", vec![v.clone()], column(softmax(&flat(&v)))),
        ("logsoftmax", vec![v.clone()], column(logs(&flat(&v)))),
        ("logsumexp", vec![v.clone()], size(logsumexp(&flat(&v)))),
        ("rowsoftmax", vec![x.clone()], each_row(&x, &softmax)),
        ("rowlogsoftmax", vec![x.clone()], each_row(&x, &logs)),
        ("rowlogsumexp", vec![x.clone()], each_row(&x, &|row| vec![logsumexp(row)])),
        ("mse", vec![x.clone(), y.clone()], {
            let differences = flat(&x).into_iter().zip(flat(&y)).map(|(a, b)| (a - b) * (a - b));
            size(differences.sum::<f64>() / 6.0)
        }),
        ("crossentropy", vec![probabilities.clone(), vec![vec![0.0, 0.0, 1.0], vec![1.0, 0.0, 0.0]]], {
            size(-(probabilities[0][2].ln() + probabilities[1][0].ln()) / 2.0)
        }),
        ("layernorm", vec![x.clone(), eps.clone()], each_row(&x, &normed)),
        ("rmsnorm", vec![x.clone(), eps.clone()], each_row(&x, &rms)),
        ("batchnorm", vec![x.clone(), eps.clone()], turned(&each_row(&turned(&x), &normed))),
        ("attention", vec![x.clone(), y.clone(), s.clone()], attended),
        ("conv", vec![v.clone(), w.clone()], column(vec![10.0, -9.0, 0.0])),
    ];
    for operation in &problem.operations {
        let tested = expected.iter().any(|(name, arguments, _)| {
            *name == &*operation.name && arguments.len() == operation.parameters.len()
        });
        assert!(tested, "{} has no numbers here", operation.name);
    }
    for (name, arguments, value) in expected {
        let found = numbers.operation(name, &arguments);
        let sizes = |t: &Table| (t.len(), t[0].len());
        assert_eq!(sizes(&found), sizes(&value), "{name}");
        let difference: f64 = flat(&found).iter().zip(flat(&value)).map(|(a, b)| (a - b).abs()).sum();
        assert!(difference < 1e-12, "{name}: {found:?}, not {value:?}");
        assert!(total(&found).is_finite());
    }
}
