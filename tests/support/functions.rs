//! The prelude's operations by their own code: plain loops, from what the names mean.

use super::value::Value;
use super::{Result, scalars};

fn softmax(row: &[f64]) -> Vec<f64> {
    let total: f64 = row.iter().map(|entry| entry.exp()).sum();
    row.iter().map(|entry| entry.exp() / total).collect()
}

fn logsumexp(row: &[f64]) -> f64 {
    row.iter().map(|entry| entry.exp()).sum::<f64>().ln()
}

fn mean(row: &[f64]) -> f64 {
    row.iter().sum::<f64>() / row.len() as f64
}

/// Of a population: divided by the number of entries.
fn variance(row: &[f64]) -> f64 {
    let centre = mean(row);
    row.iter().map(|entry| (entry - centre).powi(2)).sum::<f64>() / row.len() as f64
}

/// Centred, and scaled to variance 1 but for `eps`.
fn standardised(row: &[f64], eps: f64) -> Vec<f64> {
    let (centre, spread) = (mean(row), (variance(row) + eps).sqrt());
    row.iter().map(|entry| (entry - centre) / spread).collect()
}

fn by_rows(matrix: &Value, function: impl Fn(&[f64]) -> Vec<f64>) -> Value {
    let data = (0..matrix.rows).flat_map(|row| function(matrix.row(row))).collect();
    Value { data, ..*matrix }
}

fn of_rows(matrix: &Value, function: impl Fn(&[f64]) -> f64) -> Value {
    Value::vector((0..matrix.rows).map(|row| function(matrix.row(row))).collect())
}

fn of_columns(matrix: &Value, function: impl Fn(&[f64]) -> f64) -> Value {
    Value::vector((0..matrix.columns).map(|column| function(&matrix.column(column))).collect())
}

fn entries(value: &Value, power: f64) -> f64 {
    value.data.iter().map(|entry| entry.abs().powf(power)).sum()
}

fn vector(value: &Value) -> Result<()> {
    if value.columns == 1 { Ok(()) } else { Err(format!("a vector expected, not {:?}", value.shape())) }
}

fn square(value: &Value) -> Result<()> {
    if value.rows == value.columns { Ok(()) } else { Err(format!("{:?} is not square", value.shape())) }
}

fn alike(left: &Value, right: &Value) -> Result<()> {
    if left.shape() == right.shape() {
        Ok(())
    } else {
        Err(format!("shapes {:?} and {:?} differ", left.shape(), right.shape()))
    }
}

fn dimension(value: &Value) -> Result<usize> {
    let number = value.as_scalar()?;
    if number >= 1.0 && number.fract() == 0.0 { Ok(number as usize) } else { Err(format!("size {number}")) }
}

/// A function with a kink or a jump at 0.
pub fn kinked(name: &str) -> bool {
    name == "norm1" || scalars::scalar(name).is_some_and(|(_, kinked)| kinked)
}

/// A prelude function of these arguments; `None` where the name means nothing here.
pub fn prelude(name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    if let (Some((function, _)), [argument]) = (scalars::scalar(name), arguments) {
        return Some(Ok(argument.map(function)));
    }
    match arguments {
        [one] => of_one(name, one),
        [left, right] => of_two(name, left, right),
        [matrix, rows, columns] if name == "reshape" => Some(reshape(matrix, rows, columns)),
        [query, key, value] if name == "attention" => Some(attention(query, key, value)),
        _ => None,
    }
}

/// The entries column by column.
fn columns_of(matrix: &Value) -> Vec<f64> {
    (0..matrix.columns).flat_map(|column| (0..matrix.rows).map(move |row| matrix.at(row, column))).collect()
}

fn reshape(matrix: &Value, rows: &Value, columns: &Value) -> Result<Value> {
    let (rows, columns, entries) = (dimension(rows)?, dimension(columns)?, columns_of(matrix));
    if entries.len() != rows * columns {
        return Err(format!("{} entries as {rows} x {columns}", entries.len()));
    }
    Ok(Value::matrix(rows, columns, |row, column| entries[column * rows + row]))
}

/// Block by block: the entry of the left times the right.
fn kron(left: &Value, right: &Value) -> Value {
    Value::matrix(left.rows * right.rows, left.columns * right.columns, |row, column| {
        left.at(row / right.rows, column / right.columns) * right.at(row % right.rows, column % right.columns)
    })
}

/// Takes the columns of an m x n matrix to those of its transpose.
fn commutation(m: usize, n: usize) -> Value {
    Value::matrix(m * n, m * n, |row, column| {
        // Row j + i*n holds entry (i, j), which stands at i + j*m before.
        let (i, j) = (row / n, row % n);
        f64::from(column == i + j * m)
    })
}

fn of_one(name: &str, one: &Value) -> Option<Result<Value>> {
    let needs = |shape: Result<()>, value: &dyn Fn() -> Value| Some(shape.map(|()| value()));
    match name {
        "tr" => needs(square(one), &|| Value::scalar((0..one.rows).map(|at| one.at(at, at)).sum())),
        "diag" => needs(vector(one), &|| {
            Value::matrix(one.rows, one.rows, |row, column| if row == column { one.data[row] } else { 0.0 })
        }),
        "diagvec" => needs(square(one), &|| Value::vector((0..one.rows).map(|at| one.at(at, at)).collect())),
        "eye" => Some(
            dimension(one)
                .map(|size| Value::matrix(size, size, |row, column| if row == column { 1.0 } else { 0.0 })),
        ),
        "ones" => Some(dimension(one).map(|size| Value::vector(vec![1.0; size]))),
        "zeros" => Some(dimension(one).map(|size| Value::vector(vec![0.0; size]))),
        "vec" => Some(Ok(Value::vector(columns_of(one)))),
        "inv" => Some(one.inverse().map(|found| found.0)),
        "det" => Some(one.inverse().map(|found| Value::scalar(found.1))),
        "logdet" => Some(one.inverse().map(|found| Value::scalar(found.1.ln()))),
        "adj" => Some(one.inverse().map(|(inverse, det)| inverse.map(|entry| det * entry))),
        "expm" => needs(square(one), &|| exponential(one)),
        "pinv" => Some(pseudoinverse(one)),
        "sum" => Some(Ok(Value::scalar(one.sum()))),
        "mean" => Some(Ok(Value::scalar(mean(&one.data)))),
        "variance" => Some(Ok(Value::scalar(variance(&one.data)))),
        "rowsum" => Some(Ok(of_rows(one, |row| row.iter().sum()))),
        "colsum" => Some(Ok(of_columns(one, |column| column.iter().sum()))),
        "rowmean" => Some(Ok(of_rows(one, mean))),
        "colmean" => Some(Ok(of_columns(one, mean))),
        "norm1" => Some(Ok(Value::scalar(entries(one, 1.0)))),
        "norm2" => needs(vector(one), &|| Value::scalar(entries(one, 2.0).sqrt())),
        "normF" => Some(Ok(Value::scalar(entries(one, 2.0).sqrt()))),
        "softmax" => needs(vector(one), &|| Value::vector(softmax(&one.data))),
        "logsoftmax" => needs(vector(one), &|| {
            let total = logsumexp(&one.data);
            one.map(|entry| entry - total)
        }),
        "logsumexp" => needs(vector(one), &|| Value::scalar(logsumexp(&one.data))),
        "rowsoftmax" => Some(Ok(by_rows(one, softmax))),
        "rowlogsoftmax" => {
            Some(Ok(by_rows(one, |row| row.iter().map(|entry| entry - logsumexp(row)).collect())))
        }
        "rowlogsumexp" => Some(Ok(of_rows(one, logsumexp))),
        _ => None,
    }
}

fn of_two(name: &str, left: &Value, right: &Value) -> Option<Result<Value>> {
    let needs = |shape: Result<()>, value: &dyn Fn() -> Value| Some(shape.map(|()| value()));
    let paired = |function: &dyn Fn(f64, f64) -> f64| -> f64 {
        left.data.iter().zip(&right.data).map(|(left, right)| function(*left, *right)).sum()
    };
    match name {
        "solve" => Some(left.inverse().and_then(|(inverse, _)| inverse.times(right))),
        "ones" | "zeros" => {
            let fill = if name == "ones" { 1.0 } else { 0.0 };
            Some(dimension(left).and_then(|rows| {
                let columns = dimension(right)?;
                Ok(Value::matrix(rows, columns, |_, _| fill))
            }))
        }
        "kron" => Some(Ok(kron(left, right))),
        "commutation" => Some(dimension(left).and_then(|rows| Ok(commutation(rows, dimension(right)?)))),
        "dot" => needs(alike(left, right), &|| Value::scalar(paired(&|left, right| left * right))),
        "outer" => needs(vector(left).and(vector(right)), &|| {
            Value::matrix(left.rows, right.rows, |row, column| left.data[row] * right.data[column])
        }),
        "mse" => needs(alike(left, right), &|| {
            Value::scalar(paired(&|left, right| (left - right).powi(2)) / left.data.len() as f64)
        }),
        // Rows are samples.
        "crossentropy" => needs(alike(left, right), &|| {
            Value::scalar(-paired(&|probability, target| target * probability.ln()) / left.rows as f64)
        }),
        "layernorm" => {
            needs(right.as_scalar().map(|_| ()), &|| by_rows(left, |row| standardised(row, right.data[0])))
        }
        "batchnorm" => needs(right.as_scalar().map(|_| ()), &|| {
            by_rows(&left.transpose(), |row| standardised(row, right.data[0])).transpose()
        }),
        "rmsnorm" => needs(right.as_scalar().map(|_| ()), &|| {
            by_rows(left, |row| {
                let mean_square = row.iter().map(|entry| entry * entry).sum::<f64>() / row.len() as f64;
                row.iter().map(|entry| entry / (mean_square + right.data[0]).sqrt()).collect()
            })
        }),
        "conv" => needs(vector(left).and(vector(right)), &|| {
            let positions = (left.rows + 1).saturating_sub(right.rows);
            let at = |start: usize| (0..right.rows).map(|k| left.data[start + k] * right.data[k]).sum();
            Value::vector((0..positions).map(at).collect())
        }),
        _ => None,
    }
}

/// Each row of the queries weighs the rows of the values by its scaled products with the keys.
fn attention(query: &Value, key: &Value, value: &Value) -> Result<Value> {
    let scores = query.times(&key.transpose())?.map(|score| score / (query.columns as f64).sqrt());
    by_rows(&scores, softmax).times(value)
}

/// By its series, of the matrix over 2^12 and squared twelve times.
fn exponential(matrix: &Value) -> Value {
    let size = matrix.rows;
    let unit = Value::matrix(size, size, |row, column| f64::from(row == column));
    let scaled = matrix.map(|entry| entry / 4096.0);
    let (mut term, mut sum) = (unit.clone(), unit);
    for number in 1..12 {
        term = term.times(&scaled).unwrap().map(|entry| entry / f64::from(number));
        sum = sum.zip(&term, |sum, term| sum + term).unwrap();
    }
    (0..12).fold(sum, |power, _| power.times(&power).unwrap())
}

/// As the limit of `inv(A'*A + t I) A'` for small `t`, extrapolated: it knows nothing of ranks.
fn pseudoinverse(matrix: &Value) -> Result<Value> {
    let damped = |t: f64| -> Result<Value> {
        let gram = matrix.transpose().times(matrix)?;
        let unit = Value::matrix(gram.rows, gram.rows, |row, column| if row == column { t } else { 0.0 });
        gram.zip(&unit, |left, right| left + right)?.inverse()?.0.times(&matrix.transpose())
    };
    // The error is a power series in t: Richardson's extrapolation takes its first terms away.
    let steps = [1e-2, 5e-3, 2.5e-3, 1.25e-3, 6.25e-4, 3.125e-4];
    let mut row = steps.iter().map(|t| damped(*t)).collect::<Result<Vec<Value>>>()?;
    for level in 1..steps.len() {
        let factor = f64::powi(2.0, level as i32);
        row = row
            .windows(2)
            .map(|pair| pair[1].zip(&pair[0], |fine, coarse| (factor * fine - coarse) / (factor - 1.0)))
            .collect::<Result<Vec<Value>>>()?;
    }
    Ok(row.swap_remove(0))
}
