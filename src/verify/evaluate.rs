//! The value of any expression at a point, read off the surface syntax.

use std::collections::HashMap;
use std::rc::Rc;

use num_traits::ToPrimitive;

use super::dense::{Axes, Dense};
use super::differentiate::{Gradient, Pass};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::field::Field;
use super::letters::Letter;
use super::point::Point;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign, Table};

/// Deeper nesting, definitions within definitions included, is refused.
const DEPTH: usize = 200;
/// Roughly the field operations spent at one point.
const WORK: u64 = 1 << 28;

/// Evaluates expressions at one point; values of names and derivatives are kept.
pub struct Evaluator<'a> {
    pub(super) problem: &'a Problem,
    /// Definitions that the derivation adds to the problem's.
    pub(super) introduced: &'a [(Name, Expr)],
    pub(super) point: Point,
    pub(super) letters: Vec<Letter>,
    pub(super) values: HashMap<Name, Rc<Dual>>,
    pub(super) gradients: Vec<Gradient>,
    /// The directions of differentiation that are followed just now.
    pub(super) pass: Option<Pass>,
    depth: usize,
    work: u64,
}

impl<'a> Evaluator<'a> {
    pub fn new(problem: &'a Problem, introduced: &'a [(Name, Expr)], point: Point) -> Evaluator<'a> {
        Evaluator {
            problem,
            introduced,
            point,
            letters: Vec::new(),
            values: HashMap::new(),
            gradients: Vec::new(),
            pass: None,
            depth: 0,
            work: 0,
        }
    }

    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The value of `expr` with the given index letters, each with its value and range.
    ///
    /// Errors on what the checker does not evaluate, on shapes that do not fit and on its limits.
    pub fn value(&mut self, expr: &Expr, letters: &[(Name, usize, usize)]) -> Eval<Dense> {
        // An error may leave a state behind that belongs to the expression it came from.
        self.pass = None;
        self.depth = 0;
        self.letters = letters
            .iter()
            .map(|(name, value, range)| Letter {
                name: name.clone(),
                value: *value as i64,
                range: Some(*range),
            })
            .collect();
        self.eval(expr).map(|value| value.primal.clone())
    }

    pub(super) fn charge(&mut self, work: usize) -> Eval<()> {
        self.work = self.work.saturating_add(work as u64);
        if self.work > WORK { Err(EvalError::limit("work")) } else { Ok(()) }
    }

    pub(super) fn eval(&mut self, expr: &Expr) -> Eval<Rc<Dual>> {
        if self.depth >= DEPTH {
            return Err(EvalError::limit("depth"));
        }
        self.depth += 1;
        let result = self.kind(expr);
        self.depth -= 1;
        let result = result?;
        let lanes = 1 + result.tangents.len();
        self.charge(lanes.saturating_mul(result.primal.data.len()))?;
        Ok(result)
    }

    fn kind(&mut self, expr: &Expr) -> Eval<Rc<Dual>> {
        let value = match &expr.kind {
            ExprKind::Name(name) => return self.name(name),
            ExprKind::Derivative(derivative) => return self.derivative(derivative),
            ExprKind::Number(number) => {
                Dual::constant(Field::rational(number).ok_or_else(|| EvalError::unsupported("this number"))?)
            }
            ExprKind::Index { base, indices } => self.entry(base, indices)?,
            ExprKind::Transpose(inner) => self.eval(inner)?.linear(Dense::transpose)?,
            ExprKind::Negate(inner) => self.eval(inner)?.negate(),
            ExprKind::Power { base, exponent, entrywise } => self.power(base, exponent, *entrywise)?,
            ExprKind::Product { first, rest } => return self.product(first, rest),
            ExprKind::Sum(terms) => self.sum(terms)?,
            ExprKind::BigSum { binders, body } => return self.big_sum(binders, body),
            ExprKind::Call { function, primes: 0, arguments } => self.call(&function.name, arguments)?,
            ExprKind::Call { .. } => {
                return Err(EvalError::unsupported("derivatives of scalar functions"));
            }
            ExprKind::Matrix(rows) => self.matrix(rows)?,
            ExprKind::Contraction { left, right } => self.contraction(left, right)?,
            ExprKind::Table(table) => self.table(table)?,
        };
        Ok(Rc::new(value))
    }

    fn name(&mut self, name: &Name) -> Eval<Rc<Dual>> {
        if let Some(letter) = self.letters.iter().rev().find(|letter| letter.name == *name) {
            return Ok(Rc::new(Dual::constant(integer_element(letter.value))));
        }
        if let Some(value) = self.along(name)? {
            return Ok(value);
        }
        self.primal(name)
    }

    /// The value of a quantity or dimension without tangents, computed once a point.
    pub(super) fn primal(&mut self, name: &Name) -> Eval<Rc<Dual>> {
        if let Some(value) = self.values.get(name) {
            return Ok(Rc::clone(value));
        }
        let problem = self.problem;
        let value = match (problem.quantities.get(name), self.definition(name)) {
            (Some(quantity), None) => Rc::new(self.point.variable(quantity)?.into()),
            (quantity, Some(definition)) => {
                let pass = self.pass.take();
                let value = self.scoped(definition);
                self.pass = pass;
                let value = value?;
                if let Some(quantity) = quantity {
                    let axes = self.point.axes(&quantity.shape)?;
                    if axes != value.primal.axes {
                        return Err(EvalError::shapes("a definition", axes, value.primal.axes));
                    }
                    // The declared marks decide which axes carry an index.
                    let primal = Dense { axes, data: value.primal.data.clone() };
                    Rc::new(primal.into())
                } else {
                    value
                }
            }
            (None, None) => match self.point.size(name) {
                Some(size) => Rc::new(Dual::constant(Field::new(size as u64))),
                None => return Err(EvalError::unknown(name)),
            },
        };
        self.values.insert(name.clone(), Rc::clone(&value));
        Ok(value)
    }

    /// The defining expression of a name of the problem or of the derivation.
    pub(super) fn definition(&self, name: &str) -> Option<&'a Expr> {
        match self.problem.quantities.get(name) {
            Some(quantity) => quantity.definition.as_ref(),
            None => self.introduced.iter().find(|(known, _)| &**known == name).map(|(_, value)| value),
        }
    }

    /// A definition's value: no letter of the place of use is visible in it.
    pub(super) fn scoped(&mut self, definition: &Expr) -> Eval<Rc<Dual>> {
        let letters = std::mem::take(&mut self.letters);
        let value = self.eval(definition);
        self.letters = letters;
        value
    }

    fn entry(&mut self, base: &Expr, indices: &[Expr]) -> Eval<Dual> {
        let base = self.eval(base)?;
        let places = self.integers(indices)?;
        let offset = base.primal.axes.offset(&places)?;
        let tangents = base
            .tangents
            .iter()
            .map(|t| t.as_ref().map(|t| t.data[offset]).filter(|t| !t.is_zero()).map(Dense::scalar))
            .collect();
        Ok(Dual { primal: Dense::scalar(base.primal.data[offset]), tangents })
    }

    fn power(&mut self, base: &Expr, exponent: &Expr, entrywise: bool) -> Eval<Dual> {
        let exponent = match &exponent.kind {
            ExprKind::Number(number) if number.is_integer() => number.to_integer().to_u32(),
            _ => None,
        };
        let Some(exponent @ 1..=64) = exponent else {
            return Err(EvalError::unsupported("this exponent"));
        };
        let base = self.eval(base)?;
        let mut result = (*base).clone();
        for _ in 1..exponent {
            result = if entrywise || base.primal.axes.is_scalar() {
                result.bilinear(&base, |a, b| a.zip(b, ".^", |a, b| a * b))?
            } else {
                self.multiply(&result, &base)?
            };
        }
        if !entrywise {
            let [rows, columns] = base.primal.axes.matrix("a power")?;
            if rows.0 != columns.0 {
                return Err(EvalError::shape("a power", base.primal.axes));
            }
        }
        Ok(result)
    }

    fn multiply(&mut self, left: &Dual, right: &Dual) -> Eval<Dual> {
        let columns = right.primal.axes.sizes().last().copied().unwrap_or(1);
        self.charge(left.primal.data.len().saturating_mul(columns))?;
        left.bilinear(right, Dense::multiply)
    }

    fn product(&mut self, first: &Expr, rest: &[(ProductOp, Expr)]) -> Eval<Rc<Dual>> {
        let mut result = self.eval(first)?;
        // Entries times a zero, such as a delta's, need no evaluation.
        let entries = rest.iter().all(|(op, _)| *op == ProductOp::Space);
        for (op, factor) in rest {
            if entries && result.is_zero_scalar() {
                break;
            }
            let factor = self.eval(factor)?;
            let by_scalar = result.primal.axes.is_scalar() || factor.primal.axes.is_scalar();
            let hadamard = |a: &Dense, b: &Dense| a.zip(b, "the entrywise product", |a, b| a * b);
            result = Rc::new(match op {
                ProductOp::Hadamard => result.bilinear(&factor, hadamard)?,
                ProductOp::Times | ProductOp::Space if by_scalar => result.bilinear(&factor, hadamard)?,
                ProductOp::Times => self.multiply(&result, &factor)?,
                ProductOp::Divide if factor.primal.axes.is_scalar() => {
                    result.bilinear(&factor.reciprocal()?, hadamard)?
                }
                ProductOp::HadamardDivide => result.bilinear(&factor.reciprocal()?, hadamard)?,
                ProductOp::Space | ProductOp::Divide => {
                    let (left, right) = (result.primal.axes, factor.primal.axes);
                    return Err(EvalError::shapes("a product of entries", left, right));
                }
            });
        }
        Ok(result)
    }

    fn sum(&mut self, terms: &[(Sign, Expr)]) -> Eval<Dual> {
        let mut result: Option<Dual> = None;
        for (sign, term) in terms {
            let term = self.eval(term)?;
            let term = match sign {
                Sign::Plus => (*term).clone(),
                Sign::Minus => term.negate(),
            };
            result = Some(match result {
                Some(sum) => sum.add(&term)?,
                None => term,
            });
        }
        result.ok_or_else(|| EvalError::unsupported("a sum without terms"))
    }

    fn matrix(&mut self, rows: &[Vec<Expr>]) -> Eval<Dual> {
        let width = rows.first().map_or(0, Vec::len);
        let axes = Axes::new(&[(rows.len(), true), (width, true)])?;
        if axes.elements() == 0 || rows.iter().any(|row| row.len() != width) {
            return Err(EvalError::unsupported("a matrix whose rows differ in length or are empty"));
        }
        let mut cells = Cells::new(axes);
        for cell in rows.iter().flatten() {
            cells.push(&*self.eval(cell)?)?;
        }
        Ok(cells.finish())
    }

    fn table(&mut self, table: &Table) -> Eval<Dual> {
        let axes = Axes::new(&[(table.rows, true), (table.columns, true)])?;
        let depth = self.letters.len();
        for (name, size) in &table.sizes {
            match self.point.size(name) {
                Some(known) if known == *size => {}
                Some(_) => {
                    return Err(EvalError::unsupported("a table of other sizes than the point's"));
                }
                None => self.letters.push(Letter { name: name.clone(), value: *size as i64, range: None }),
            }
        }
        let mut cells = Cells::new(axes);
        for i in 1..=table.rows {
            for j in 1..=table.columns {
                let bound = self.letters.len();
                self.letters.push(Letter::running(&table.row, i, table.rows));
                self.letters.push(Letter::running(&table.column, j, table.columns));
                let cell = self.eval(&table.body)?;
                self.letters.truncate(bound);
                cells.push(&cell)?;
            }
        }
        self.letters.truncate(depth);
        Ok(cells.finish())
    }

    fn contraction(&mut self, left: &Expr, right: &Expr) -> Eval<Dual> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        self.charge(b.primal.data.len())?;
        let result = a.bilinear(&b, Dense::contract)?;
        if self.by_row(right)? && result.primal.axes.carrying().len() == 1 {
            return result.linear(Dense::transpose);
        }
        Ok(result)
    }
}

pub(super) fn integer_element(value: i64) -> Field {
    let magnitude = Field::new(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// Scalar cells gathered into one array, tangents included.
struct Cells {
    axes: Axes,
    primal: Vec<Field>,
    tangents: Vec<Option<Dense>>,
}

impl Cells {
    fn new(axes: Axes) -> Cells {
        Cells { axes, primal: Vec::with_capacity(axes.elements()), tangents: Vec::new() }
    }

    fn push(&mut self, cell: &Dual) -> Eval<()> {
        let [value] = cell.primal.data[..] else {
            return Err(EvalError::shape("a cell", cell.primal.axes));
        };
        if cell.tangents.len() > self.tangents.len() {
            self.tangents.resize(cell.tangents.len(), None);
        }
        for (lane, tangent) in cell.tangents.iter().enumerate() {
            if let Some(tangent) = tangent {
                let whole = self.tangents[lane].get_or_insert_with(|| Dense::zeros(self.axes));
                whole.data[self.primal.len()] = tangent.data[0];
            }
        }
        self.primal.push(value);
        Ok(())
    }

    fn finish(self) -> Dual {
        Dual { primal: Dense { axes: self.axes, data: self.primal }, tangents: self.tangents }
    }
}
