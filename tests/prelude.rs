//! The formulas of the prelude against numbers.
//!
//! The evaluator here knows the language's arithmetic and nothing of the engine; scalar functions without a formula
//! are the standard library's.

use std::collections::HashMap;
use std::sync::Arc;

use entrywise::Source;
use entrywise::problem::{Operation, Problem};
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Comparison, Condition, Expr, ExprKind, ProductOp, Sign};

fn read(text: &str) -> Problem {
    entrywise::read(&Source::new("test", text)).unwrap()
}

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

/// By cofactors (Horn and Johnson, Matrix Analysis, 0.3.1 and 0.8.2).
fn primitive_of_matrix(name: &str, matrix: &Table) -> Table {
    let without = |row: usize, column: usize| -> Table {
        let kept = matrix.iter().enumerate().filter(|(i, _)| *i != row);
        let cells = |cells: &[f64]| {
            cells
                .iter()
                .enumerate()
                .filter(|(j, _)| *j != column)
                .map(|(_, cell)| *cell)
                .collect::<Vec<f64>>()
        };
        kept.map(|(_, row)| cells(row)).collect()
    };
    let cofactor = |row: usize, column: usize| {
        let minor = without(row, column);
        let minor = if minor.is_empty() { 1.0 } else { primitive_of_matrix("det", &minor)[0][0] };
        if (row + column).is_multiple_of(2) { minor } else { -minor }
    };
    let size = matrix.len();
    let det: f64 = (0..size).map(|column| matrix[0][column] * cofactor(0, column)).sum();
    match name {
        "det" => vec![vec![det]],
        // The power series itself.
        "expm" => {
            let unit = |i: usize, j: usize| f64::from(i == j);
            let mut term: Table = (0..size).map(|i| (0..size).map(|j| unit(i, j)).collect()).collect();
            let mut sum = term.clone();
            for number in 1..60 {
                let product = |i: usize, j: usize| -> f64 {
                    (0..size).map(|k| term[i][k] * matrix[k][j]).sum::<f64>() / f64::from(number)
                };
                term = (0..size).map(|i| (0..size).map(|j| product(i, j)).collect()).collect();
                sum.iter_mut().flatten().zip(term.iter().flatten()).for_each(|(sum, term)| *sum += term);
            }
            sum
        }
        "inv" => (0..size).map(|i| (0..size).map(|j| cofactor(j, i) / det).collect()).collect(),
        _ => panic!("{name} has no numbers here"),
    }
}

/// Parameters and dimensions of an operation at numbers.
fn bound(operation: &Operation, arguments: &[Table]) -> HashMap<String, Table> {
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
    values
}

struct Numbers<'a> {
    problem: &'a Problem,
    values: HashMap<String, Table>,
}

impl Numbers<'_> {
    /// A letter's value, and its range for pairs.
    fn letter(&mut self, name: &str, value: usize, range: usize) {
        self.values.insert(name.to_string(), vec![vec![value as f64]]);
        self.values.insert(format!("{name} ranges"), vec![vec![range as f64]]);
    }

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

    /// Whether the condition of an operation holds, beyond rounding.
    fn meets(&self, operation: &Operation, arguments: &[Table]) -> bool {
        let Some(Condition::Compare { left, comparison: Comparison::Greater, right }) = &operation.condition
        else {
            return operation.condition.is_none();
        };
        let inner = Numbers { problem: self.problem, values: bound(operation, arguments) };
        inner.scalar(left) > inner.scalar(right) + 1e-9
    }

    fn operation(&self, name: &str, arguments: &[Table]) -> Table {
        // Of several entries of a name, that whose condition the numbers meet.
        let fits = |one: &&Arc<Operation>| {
            &*one.name == name && one.parameters.len() == arguments.len() && self.meets(one, arguments)
        };
        let operation = self.problem.operations.iter().find(fits).unwrap();
        if operation.body.formula().is_none() {
            return primitive_of_matrix(name, &arguments[0]);
        }
        let mut inner = Numbers { problem: self.problem, values: bound(operation, arguments) };
        let ranges: Vec<Vec<usize>> = operation
            .indices
            .iter()
            .map(|axis| axis.iter().map(|(_, range)| inner.scalar(&range.to_expr()) as usize).collect())
            .collect();
        let size = |place: usize| ranges.get(place).map_or(1, |axis| axis.iter().product());
        let (rows, columns): (usize, usize) = (size(0), size(1));
        let mut result = vec![vec![0.0; columns]; rows];
        for (i, row) in result.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                for ((axis, sizes), mut value) in operation.indices.iter().zip(&ranges).zip([i, j]) {
                    for ((letter, _), size) in axis.iter().zip(sizes).rev() {
                        inner.letter(letter, value % size + 1, *size);
                        value /= size;
                    }
                }
                *cell = inner.scalar(operation.body.formula().unwrap());
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
                        inner.letter(&binder.name.name, value, range);
                        inner.scalar(&body)
                    })
                    .sum())
            }
            ExprKind::Tuple(letters) => one(letters.iter().fold(0.0, |place, letter| {
                let ExprKind::Name(name) = &letter.kind else { panic!("{letter:?}") };
                place * self.values[&format!("{name} ranges")][0][0] + self.scalar(letter) - 1.0
            })),
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

/// Functions whose stated derivative is not the slope of the function; and how many state one.
fn wrong_slopes(problem: &Problem) -> (Vec<String>, usize) {
    let numbers = Numbers { problem, values: HashMap::new() };
    let (mut wrong, mut stated) = (Vec::new(), 0);
    for (name, function) in &problem.functions {
        let Some(derivative) = &function.derivative else { continue };
        stated += 1;
        let fits = [0.3_f64, 0.7, 1.3, -0.4, -1.1].into_iter().all(|t| {
            if t < 0.0 && matches!(&**name, "log" | "sqrt") {
                return true;
            }
            let h = 1e-5;
            let slope = (numbers.function(name, t + h) - numbers.function(name, t - h)) / (2.0 * h);
            let values = HashMap::from([(function.parameter.to_string(), vec![vec![t]])]);
            let value = Numbers { problem, values }.scalar(derivative);
            (slope - value).abs() < 1e-8 * (1.0 + slope.abs())
        });
        if !fits {
            wrong.push(name.to_string());
        }
    }
    (wrong, stated)
}

#[test]
fn stated_derivatives_are_the_slopes() {
    let problem = read("z : n");
    let (wrong, stated) = wrong_slopes(&problem);
    assert_eq!(wrong, [""; 0]);
    assert!(stated > 12);
    // The conventions at 0.
    let numbers = Numbers { problem: &problem, values: HashMap::new() };
    for (name, at_zero) in [("step", 0.0), ("sign", 0.0)] {
        assert_eq!(numbers.function(name, 0.0), at_zero);
    }
}

/// A planted mistake is found where it is, and nowhere else.
#[test]
fn wrong_lines_are_found() {
    let text = |path: &str| std::fs::read_to_string(path).unwrap();
    let (rules, prelude) = (text("grammar/rules.ew"), text("grammar/prelude.ew"));
    let planted = [
        ("1 - tanh(t)^2", "1 + tanh(t)^2", "tanh"),
        ("1/(2*sqrt(t))", "1/sqrt(t)", "sqrt"),
        ("derivative -sin(t)", "derivative sin(t)", "cos"),
        ("2/sqrt(pi) * exp(-t^2)", "2/sqrt(pi) * exp(-t)", "erf"),
        ("derivative sign(t)", "derivative step(t)", "abs"),
        ("sigmoid(t)*(1 - sigmoid(t))", "sigmoid(t)", "sigmoid"),
        ("sum(k) exp(X[i,k]) as", "sum(k) exp(X[k,j]) as", "rowsoftmax"),
        ("[i] = A[i,i]", "[i] = A[i,i]^2", "diagvec"),
        ("inv(A'*A)[i,k] A[j,k] for", "inv(A'*A)[i,k] A[j,k]^2 for", "pinv"),
        ("A[k,i] inv(A*A')[k,j] for", "A[k,i] inv(A*A')[j,k]^2 for", "pinv"),
        ("x[i+j-1] w[j]", "x[n-i-j+2] w[j]", "conv"),
        ("[(i,k),(j,l)] = A[i,j]", "[(k,i),(l,j)] = A[i,j]", "kron"),
        ("[(j,i)] = X[i,j]", "[(i,j)] = X[i,j]", "vec"),
        ("delta((j,i),(c,r))", "delta((j,i),(r,c))", "reshape"),
        ("delta(i,k) delta(j,l) as", "delta((i,j),(l,k)) as", "commutation"),
        ("(X[k,j] - colmean(X)[j])^2 / N", "(X[k,j] - colmean(X)[j])^2 / D", "batchnorm"),
        ("T[i,j] log(P[i,j])) / N", "T[i,j] log(P[i,j])) / D", "crossentropy"),
    ];
    for (right, wrong, name) in planted {
        let changed = prelude.replacen(right, wrong, 1);
        assert_ne!(changed, prelude, "{right}");
        let catalogue = Catalogue::from_texts(&rules, &changed).unwrap();
        let problem = entrywise::read_with(&Source::new("test", "z : n"), &catalogue).unwrap();
        let mut found = wrong_slopes(&problem).0;
        found.extend(wrong_operations(&problem));
        // Whatever is made of rowsoftmax is wrong with it.
        found.retain(|found| !(name == "rowsoftmax" && found == "attention"));
        assert_eq!(found, [name], "{right} -> {wrong}");
    }
}

/// Small tables, and what the field's definitions give for them, worked out in loops of their own.
fn wrong_operations(problem: &Problem) -> Vec<String> {
    let numbers = Numbers { problem, values: HashMap::new() };
    let x: Table = vec![vec![0.5, -1.0, 2.0], vec![1.5, 0.25, -0.75]];
    let y: Table = vec![vec![1.0, 0.5, -2.0], vec![0.0, 3.0, 1.0]];
    let v: Table = vec![vec![3.0], vec![-4.0], vec![1.0], vec![2.0]];
    let w: Table = vec![vec![2.0], vec![-1.0]];
    let s: Table = vec![vec![1.0, 2.0], vec![3.0, 5.0]];
    let eps: Table = vec![vec![0.1]];
    let size = |value: f64| vec![vec![value]];
    let flat = |t: &Table| t.iter().flatten().copied().collect::<Vec<f64>>();
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
    // Blocks, each an entry of x times w.
    let blocks: Table = (0..4).map(|i| x[i / 2].iter().map(|a| a * w[i % 2][0]).collect()).collect();
    let stacked = |t: &Table| turned(t).concat();
    // Where in the columns of a 2 x 3 matrix those of its transpose find their entries.
    let commutation: Table = (0..2)
        .flat_map(|i| (0..3).map(move |j| (i, j)))
        .map(|(i, j)| (0..6).map(|place| f64::from(place == i + 2 * j)).collect())
        .collect();
    let expected: Vec<(&str, Vec<Table>, Table)> = vec![
        ("kron", vec![x.clone(), w.clone()], blocks),
        ("vec", vec![x.clone()], column(stacked(&x))),
        (
            "reshape",
            vec![x.clone(), size(3.0), size(2.0)],
            turned(&vec![vec![0.5, 1.5, -1.0], vec![0.25, 2.0, -0.75]]),
        ),
        ("commutation", vec![size(2.0), size(3.0)], commutation),
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
        ("inv", vec![s.clone()], vec![vec![-5.0, 2.0], vec![3.0, -1.0]]),
        ("det", vec![s.clone()], size(-1.0)),
        // Of [[4, 2], [1, 3]], of determinant 10.
        ("logdet", vec![vec![vec![4.0, 2.0], vec![1.0, 3.0]]], size(10f64.ln())),
        ("adj", vec![vec![vec![4.0, 2.0], vec![1.0, 3.0]]], vec![vec![3.0, -2.0], vec![-1.0, 4.0]]),
        ("solve", vec![s.clone(), w.clone()], column(vec![-12.0, 7.0])),
        // A nilpotent matrix: its series ends with its square.
        (
            "expm",
            vec![vec![vec![0.0, 1.0, 2.0], vec![0.0, 0.0, 3.0], vec![0.0, 0.0, 0.0]]],
            vec![vec![1.0, 1.0, 3.5], vec![0.0, 1.0, 3.0], vec![0.0, 0.0, 1.0]],
        ),
        // Of orthogonal columns, and of orthogonal rows: the transpose over their squared lengths.
        (
            "pinv",
            vec![vec![vec![3.0, 0.0], vec![4.0, 0.0], vec![0.0, 2.0]]],
            vec![vec![0.12, 0.16, 0.0], vec![0.0, 0.0, 0.5]],
        ),
        (
            "pinv",
            vec![vec![vec![3.0, 4.0, 0.0], vec![0.0, 0.0, 2.0]]],
            vec![vec![0.12, 0.0], vec![0.16, 0.0], vec![0.0, 0.5]],
        ),
        ("conv", vec![v.clone(), w.clone()], column(vec![10.0, -9.0, 0.0])),
    ];
    for operation in &problem.operations {
        let tested = expected.iter().any(|(name, arguments, _)| {
            *name == &*operation.name && arguments.len() == operation.parameters.len()
        });
        assert!(tested, "{} has no numbers here", operation.name);
    }
    let fits = |name: &str, arguments: &[Table], value: &Table| {
        let found = numbers.operation(name, arguments);
        let sizes = |t: &Table| (t.len(), t[0].len());
        let near = flat(&found).iter().zip(flat(value)).all(|(a, b)| (a - b).abs() < 1e-12);
        sizes(&found) == sizes(value) && near
    };
    let mut wrong: Vec<String> = expected
        .iter()
        .filter(|(name, arguments, value)| !fits(name, arguments, value))
        .map(|(name, ..)| name.to_string())
        .collect();
    wrong.dedup();
    wrong
}

#[test]
fn operations_are_what_the_field_means() {
    assert_eq!(wrong_operations(&read("z : n")), [""; 0]);
}
