//! Matrices of entries with literal indices, worked out by the algebra session.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::One;

use crate::algebra::polynomial::{Entry, Polynomial};
use crate::algebra::scalar::Scalar;
use crate::algebra::session;
use crate::diagnostic::{self, Diagnostic};
use crate::index::Quantities;
use crate::shape::Shape;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Sign};

/// A matrix of expanded polynomials, row by row.
pub type Cells = Vec<Vec<Polynomial>>;

/// The entries of a quantity with its sizes.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub quantity: u32,
    pub rows: usize,
    pub columns: usize,
    /// Whether entries carry a row index and a column index.
    pub indexed: (bool, bool),
}

/// Everything an expression may name, by its canonical text; numbers of dimensions are given apart.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    leaves: HashMap<String, Leaf>,
    numbers: HashMap<String, usize>,
}

/// One direct dependence in the chain rule.
#[derive(Clone, Debug)]
pub struct ExplicitUse {
    /// The definition's expression.
    pub definition: Expr,
    /// The cotangent that multiplies its derivative; none for the numerator itself.
    pub cotangent: Option<Leaf>,
}

/// The value of an unknown function of the quantity differentiated by: an entry of its own that depends on all
/// entries of that quantity.
#[derive(Clone, Debug)]
pub struct Dependence {
    pub value: Leaf,
    /// Its derivative, as opaque as itself, shaped like what it is taken by.
    pub derivative: Leaf,
}

/// How the entries of a derivative are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Like the denominator: of a scalar.
    Denominator,
    /// Like the numerator: by a scalar.
    Numerator,
    /// Rows follow the numerator, columns the denominator: of a vector by a vector.
    Jacobian,
}

/// All of one gradient's entries.
#[derive(Clone, Debug)]
pub struct ExplicitGradient {
    /// For every use the definition's entries.
    pub definitions: Vec<Cells>,
    /// For every use and every entry of the denominator (row by row) the derivatives of all its entries; those
    /// of the first `shown` entries only.
    pub partials: Vec<Vec<Cells>>,
    /// The gradient itself, in the layout asked for.
    pub result: Cells,
}

impl Leaves {
    /// All quantities of at most two axes, at the sizes that `size` gives.
    pub fn new(quantities: &Quantities, size: &dyn Fn(&Shape) -> Option<(usize, usize)>) -> Leaves {
        let mut leaves = HashMap::new();
        for (id, info) in quantities.iter() {
            let Some(shape) = &info.shape else { continue };
            let Some((rows, columns)) = size(shape) else { continue };
            let indexed = (!shape.rows.is_one(), !shape.columns.is_one());
            let leaf = Leaf { quantity: id.0, rows, columns, indexed };
            leaves.insert(crate::syntax::print::expr(&info.expr), leaf);
        }
        Leaves { leaves, numbers: HashMap::new() }
    }

    pub fn with_sizes<'a>(mut self, sizes: impl Iterator<Item = (&'a str, usize)>) -> Leaves {
        self.numbers = sizes.map(|(name, size)| (name.to_string(), size)).collect();
        self
    }

    pub fn get(&self, expr: &Expr) -> Option<&Leaf> {
        self.leaves.get(&crate::syntax::print::expr(expr))
    }
}

impl Leaf {
    pub fn entry(&self, row: usize, column: usize) -> Entry {
        let mut indices = Vec::new();
        if self.indexed.0 {
            indices.push(row as u32);
        }
        if self.indexed.1 {
            indices.push(column as u32);
        }
        Entry { quantity: self.quantity, indices }
    }
}

/// The expanded entries of an expression.
///
/// # Errors
/// Those of the session; an internal failure for an expression that is no polynomial.
pub fn cells(expr: &Expr, leaves: &Leaves) -> Result<Cells, Diagnostic> {
    let (expr, leaves) = (expr.clone(), leaves.clone());
    answered(session::run(move || polynomials(&evaluate(&expr, &leaves)?)))
}

/// The chain rule, entry by entry: every definition's entries, their derivatives by every entry of `by`, directly
/// and through the dependent values, and the sums over all entries of cotangent times derivative.
///
/// # Errors
/// Those of the session; an internal failure for a definition that is no polynomial.
pub fn gradient(
    uses: &[ExplicitUse],
    by: &Leaf,
    dependences: &[Dependence],
    layout: Layout,
    shown: usize,
    leaves: &Leaves,
) -> Result<ExplicitGradient, Diagnostic> {
    let (uses, by, leaves) = (uses.to_vec(), by.clone(), leaves.clone());
    let dependences = dependences.to_vec();
    answered(session::run(move || work_out(&uses, &by, &dependences, layout, shown, &leaves)))
}

/// Whether two matrices of polynomials are equal.
///
/// # Errors
/// Those of the session.
pub fn equal(left: &Cells, right: &Cells) -> Result<bool, Diagnostic> {
    let (left, right) = (left.clone(), right.clone());
    session::run(move || {
        left.len() == right.len()
            && left.iter().zip(&right).all(|(a, b)| {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| {
                        let minus = Scalar::number(&-BigRational::one());
                        let negated = Scalar::product([minus, Scalar::from_polynomial(b)]);
                        Scalar::sum([Scalar::from_polynomial(a), negated]).is_zero()
                    })
            })
    })
    .map_err(|error| error.diagnostic())
}

fn answered<T>(result: Result<Option<T>, session::SessionError>) -> Result<T, Diagnostic> {
    match result {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(diagnostic::internal("an explicit entry is no polynomial")),
        Err(error) => Err(error.diagnostic()),
    }
}

// Everything below runs inside the session.

type Dense = Vec<Vec<Scalar>>;

fn polynomials(dense: &Dense) -> Option<Cells> {
    dense
        .iter()
        .map(|row| row.iter().map(|cell| cell.expand().to_polynomial().ok()).collect::<Option<Vec<_>>>())
        .collect()
}

fn work_out(
    uses: &[ExplicitUse],
    by: &Leaf,
    dependences: &[Dependence],
    layout: Layout,
    shown: usize,
    leaves: &Leaves,
) -> Option<ExplicitGradient> {
    let mut definitions = Vec::new();
    for used in uses {
        let dense = evaluate(&used.definition, leaves)?;
        definitions.push(dense.into_iter().map(|row| row.iter().map(Scalar::expand).collect()).collect());
    }
    let definitions: Vec<Dense> = definitions;
    let mut partials: Vec<Vec<Cells>> = vec![Vec::new(); uses.len()];
    // One value for every entry of the numerator, for every entry of the denominator.
    let mut columns: Vec<Vec<Polynomial>> = Vec::new();
    for row in 1..=by.rows {
        for column in 1..=by.columns {
            let mut sums: Vec<Vec<Scalar>> = Vec::new();
            for (position, (used, definition)) in uses.iter().zip(&definitions).enumerate() {
                let partial: Dense = definition
                    .iter()
                    .map(|cells| {
                        cells.iter().map(|cell| total(cell, by, dependences, (row, column))).collect()
                    })
                    .collect();
                if columns.len() < shown {
                    partials[position].push(polynomials(&partial)?);
                }
                let flat: Vec<Scalar> = match &used.cotangent {
                    None => partial.into_iter().flatten().collect(),
                    Some(cotangent) => {
                        let mut products = Vec::new();
                        for (r, cells) in partial.into_iter().enumerate() {
                            for (c, cell) in cells.into_iter().enumerate() {
                                let factor = Scalar::entry(&cotangent.entry(r + 1, c + 1));
                                products.push(Scalar::product([factor, cell]));
                            }
                        }
                        vec![Scalar::sum(products)]
                    }
                };
                for (place, value) in flat.into_iter().enumerate() {
                    match sums.get_mut(place) {
                        Some(known) => known.push(value),
                        None => sums.push(vec![value]),
                    }
                }
            }
            let values = sums
                .into_iter()
                .map(|values| Scalar::sum(values).expand().to_polynomial().ok())
                .collect::<Option<Vec<_>>>()?;
            columns.push(values);
        }
    }
    let result = match layout {
        Layout::Denominator => {
            let mut values = columns.into_iter().flatten();
            (0..by.rows).map(|_| values.by_ref().take(by.columns).collect()).collect()
        }
        Layout::Numerator => {
            let wide = definitions.first()?.first()?.len();
            columns.into_iter().next()?.chunks(wide).map(<[Polynomial]>::to_vec).collect()
        }
        Layout::Jacobian => {
            let outer = columns.first().map_or(0, Vec::len);
            (0..outer).map(|o| columns.iter().map(|column| column[o].clone()).collect()).collect()
        }
    };
    let definitions = definitions.iter().map(polynomials).collect::<Option<Vec<_>>>()?;
    Some(ExplicitGradient { definitions, partials, result })
}

/// The derivative by one entry of `by`: of the entry where it stands, and of every value that depends on it.
fn total(cell: &Scalar, by: &Leaf, dependences: &[Dependence], (row, column): (usize, usize)) -> Scalar {
    let through = dependences.iter().map(|dependence| {
        let outer = cell.derivative(&dependence.value.entry(1, 1));
        Scalar::product([Scalar::entry(&dependence.derivative.entry(row, column)), outer])
    });
    Scalar::sum([cell.derivative(&by.entry(row, column))].into_iter().chain(through)).expand()
}

fn evaluate(expr: &Expr, leaves: &Leaves) -> Option<Dense> {
    if let Some(leaf) = leaves.get(expr) {
        let row = |r: usize| (1..=leaf.columns).map(|c| Scalar::entry(&leaf.entry(r, c))).collect();
        return Some((1..=leaf.rows).map(row).collect());
    }
    match &expr.kind {
        ExprKind::Number(value) => Some(vec![vec![Scalar::number(value)]]),
        ExprKind::Name(name) => {
            let size = *leaves.numbers.get(&**name)?;
            Some(vec![vec![Scalar::number(&BigRational::from_integer(size.into()))]])
        }
        ExprKind::Transpose(inner) => Some(transposed(&evaluate(inner, leaves)?)),
        ExprKind::Negate(inner) => Some(scaled(&evaluate(inner, leaves)?, &minus_one())),
        ExprKind::Sum(terms) => {
            let mut parts = Vec::new();
            for (sign, term) in terms {
                let part = evaluate(term, leaves)?;
                parts.push(if *sign == Sign::Plus { part } else { scaled(&part, &minus_one()) });
            }
            let frame = parts.iter().find(|part| !is_scalar(part)).or(parts.first())?;
            let (rows, columns) = (frame.len(), frame.first()?.len());
            let at = |part: &Dense, r: usize, c: usize| {
                if is_scalar(part) { part[0][0].clone() } else { part[r][c].clone() }
            };
            let cell = |r, c| Scalar::sum(parts.iter().map(|part| at(part, r, c)));
            Some((0..rows).map(|r| (0..columns).map(|c| cell(r, c)).collect()).collect())
        }
        ExprKind::Product { first, rest } => {
            let mut product = evaluate(first, leaves)?;
            for (op, factor) in rest {
                let factor = match op {
                    ProductOp::Divide => {
                        let value = crate::expand::number(factor)?;
                        vec![vec![Scalar::number(&value.recip())]]
                    }
                    _ => evaluate(factor, leaves)?,
                };
                product = times(*op, &product, &factor)?;
            }
            Some(product)
        }
        ExprKind::Call { function, primes: 0, arguments } => call(&function.name, arguments, leaves),
        _ => None,
    }
}

fn call(function: &str, arguments: &[Expr], leaves: &Leaves) -> Option<Dense> {
    let number = |expr: &Expr| {
        let dim = crate::shape::dimension(expr)?;
        dim.value(|name| leaves.numbers.get(name).copied())
    };
    let constant = |value: u32| Scalar::number(&BigRational::from_integer(value.into()));
    match (function, arguments) {
        ("ones" | "zeros", [rows, rest @ ..]) => {
            let rows = number(rows)?;
            let columns = rest.first().map_or(Some(1), number)?;
            let value = constant(u32::from(function == "ones"));
            Some(vec![vec![value; columns]; rows])
        }
        ("eye", [size]) => {
            let size = number(size)?;
            let row = |r: usize| (0..size).map(|c| constant(u32::from(r == c))).collect();
            Some((0..size).map(row).collect())
        }
        (_, [argument]) => {
            let inner = evaluate(argument, leaves)?;
            let diagonal = |inner: &Dense| -> Vec<Scalar> {
                inner.iter().enumerate().filter_map(|(r, row)| row.get(r).cloned()).collect()
            };
            match function {
                "tr" => Some(vec![vec![Scalar::sum(diagonal(&inner))]]),
                "sum" => Some(vec![vec![Scalar::sum(inner.into_iter().flatten())]]),
                "diagvec" => Some(diagonal(&inner).into_iter().map(|value| vec![value]).collect()),
                "diag" => {
                    let values: Vec<Scalar> = inner.into_iter().flatten().collect();
                    let row = |r: usize| {
                        (0..values.len())
                            .map(|c| if r == c { values[r].clone() } else { constant(0) })
                            .collect()
                    };
                    Some((0..values.len()).map(row).collect())
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn minus_one() -> Scalar {
    Scalar::number(&-BigRational::one())
}

fn is_scalar(dense: &Dense) -> bool {
    dense.len() == 1 && dense[0].len() == 1
}

fn transposed(dense: &Dense) -> Dense {
    let columns = dense.first().map_or(0, Vec::len);
    (0..columns).map(|c| dense.iter().map(|row| row[c].clone()).collect()).collect()
}

fn scaled(dense: &Dense, by: &Scalar) -> Dense {
    dense
        .iter()
        .map(|row| row.iter().map(|cell| Scalar::product([by.clone(), cell.clone()])).collect())
        .collect()
}

fn times(op: ProductOp, left: &Dense, right: &Dense) -> Option<Dense> {
    if is_scalar(left) && (op != ProductOp::Times || right.len() != 1) {
        return Some(scaled(right, &left[0][0]));
    }
    if is_scalar(right) && (op != ProductOp::Times || left.first()?.len() != 1) {
        return Some(scaled(left, &right[0][0]));
    }
    let entrywise = |a: &Dense, b: &Dense| {
        a.iter()
            .zip(b)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| Scalar::product([a.clone(), b.clone()])).collect())
            .collect()
    };
    match op {
        ProductOp::Hadamard => Some(entrywise(left, right)),
        _ if left.first()?.len() == right.len() => {
            let columns = right.first()?.len();
            let cell = |row: &Vec<Scalar>, c: usize| {
                let products = row.iter().zip(right).map(|(a, b)| Scalar::product([a.clone(), b[c].clone()]));
                Scalar::sum(products).expand()
            };
            Some(left.iter().map(|row| (0..columns).map(|c| cell(row, c)).collect()).collect())
        }
        _ => None,
    }
}
