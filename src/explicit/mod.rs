//! Matrices of entries with literal indices, worked out by the algebra session.

mod evaluate;

use std::collections::HashMap;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use crate::algebra::polynomial::{Entry, Polynomial};
use crate::algebra::scalar::Scalar;
use crate::algebra::session;
use crate::diagnostic::{self, Diagnostic};
use crate::index::Quantities;
use crate::index::quantities::Origin;
use crate::problem::Operation;
use crate::shape::Shape;
use crate::syntax::ast::Expr;

use evaluate::evaluate;

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
    operations: Arc<[Arc<Operation>]>,
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
            // Parts of expressions are worked out like the expressions they are.
            let (Origin::Named, Some(shape)) = (&info.origin, &info.shape) else { continue };
            let Some((rows, columns)) = size(shape) else { continue };
            let indexed = (!shape.rows.is_one(), !shape.columns.is_one());
            let leaf = Leaf { quantity: id.0, rows, columns, indexed };
            leaves.insert(crate::syntax::print::expr(&info.expr), leaf);
        }
        Leaves { leaves, ..Leaves::default() }
    }

    pub fn with_sizes<'a>(mut self, sizes: impl Iterator<Item = (&'a str, usize)>) -> Leaves {
        self.numbers = sizes.map(|(name, size)| (name.to_string(), size)).collect();
        self
    }

    /// The operations that expressions may call.
    pub fn with_operations(mut self, operations: &[Arc<Operation>]) -> Leaves {
        self.operations = operations.into();
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

/// Whether the entries of an expression are polynomials.
///
/// # Errors
/// Those of the session.
pub fn is_polynomial(expr: &Expr, leaves: &Leaves) -> Result<bool, Diagnostic> {
    let (expr, leaves) = (expr.clone(), leaves.clone());
    let found =
        session::run(move || evaluate(&expr, &leaves).and_then(|dense| polynomials(&dense)).is_some());
    found.map_err(|error| error.diagnostic())
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

/// Whether two matrices of polynomials are equal, an entry of a symmetric quantity being its mirror image.
///
/// # Errors
/// Those of the session.
pub fn equal(left: &Cells, right: &Cells, symmetric: &[u32]) -> Result<bool, Diagnostic> {
    let (left, right) = (mirrored(left, symmetric), mirrored(right, symmetric));
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

/// The entries of symmetric quantities by their upper triangle.
fn mirrored(cells: &Cells, symmetric: &[u32]) -> Cells {
    let mut cells = cells.clone();
    let monomials = cells.iter_mut().flatten().flat_map(|cell| &mut cell.monomials);
    for (entry, _) in monomials.flat_map(|monomial| &mut monomial.factors) {
        if symmetric.contains(&entry.quantity) {
            entry.indices.sort_unstable();
        }
    }
    cells
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
