//! The value of any expression at a point, read off the surface syntax.

use std::rc::Rc;

use num_rational::BigRational;
use num_traits::ToPrimitive;
use rustc_hash::{FxHashMap, FxHashSet};

use super::adjoint::{Adjoint, Users};
use super::cells::Cells;
use super::dense::{Axes, Dense};
use super::differentiate::{Gradient, Pass};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::letters::Letter;
use super::meter::{self, Meter};
use super::number::Number;
use super::point::Point;
use super::scope::{Scope, free_names};
use crate::problem::{Operation, Problem};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign, Table};

/// Deeper nesting, definitions within definitions included, is refused.
const DEPTH: usize = 200;
/// Roughly the field operations spent at one point.
const WORK: u64 = 1 << 28;

/// Evaluates expressions at one point; values of names and derivatives are kept.
pub struct Evaluator<'a, N> {
    pub(super) problem: &'a Problem,
    /// Definitions that the derivation adds to the problem's.
    pub(super) introduced: &'a [(Name, Expr)],
    pub(super) point: Point,
    pub(super) scope: Scope<N>,
    pub(super) values: FxHashMap<Name, Rc<Dual<N>>>,
    pub(super) gradients: Vec<Gradient<N>>,
    /// The places of the gradients by each name.
    pub(super) places: FxHashMap<Name, Vec<usize>>,
    pub(super) adjoints: Vec<Adjoint<N>>,
    pub(super) users: Option<Users>,
    /// Operations by name and number of arguments, as they were called.
    called: FxHashMap<(Name, usize), Option<&'a Operation>>,
    /// The directions of differentiation that are followed just now.
    pub(super) pass: Option<Pass<N>>,
    /// An entry of a quantity that is moved, where numbers have an infinitesimal.
    pub(super) moved: Option<(Name, usize)>,
    depth: usize,
    work: u64,
    /// What this point has taken of the meter.
    metered: u64,
    meter: Option<&'a Meter>,
    /// The most entries of any array, the longest range of any sum.
    pub(super) terms: usize,
}

impl<'a, N: Number> Evaluator<'a, N> {
    pub fn new(problem: &'a Problem, introduced: &'a [(Name, Expr)], point: Point) -> Evaluator<'a, N> {
        Evaluator {
            problem,
            introduced,
            point,
            scope: Scope::default(),
            values: FxHashMap::default(),
            gradients: Vec::new(),
            places: FxHashMap::default(),
            adjoints: Vec::new(),
            users: None,
            called: FxHashMap::default(),
            pass: None,
            moved: None,
            depth: 0,
            work: 0,
            metered: 0,
            meter: None,
            terms: 1,
        }
    }

    /// The same with a bound on its work that it shares with others.
    pub fn within(self, meter: Option<&'a Meter>) -> Evaluator<'a, N> {
        Evaluator { meter, ..self }
    }

    pub fn point(&self) -> &Point {
        &self.point
    }

    /// Roughly the elementary operations spent yet.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// The value of `expr` with the given index letters, each with its value and range.
    ///
    /// Errors on what the checker does not evaluate, on shapes that do not fit and on its limits.
    pub fn value(&mut self, expr: &Expr, letters: &[(Name, usize, usize)]) -> Eval<Dense<N>> {
        self.reset();
        self.settle(expr);
        self.settled(expr, letters)
    }

    /// An error may leave a state behind that belongs to the expression it came from.
    fn reset(&mut self) {
        self.pass = None;
        self.depth = 0;
        self.scope = Scope::default();
    }

    /// The value at further values of the same letters, of an expression that had one. What did not depend on a letter is
    /// known from before: nothing that had a value since may have been dropped.
    pub(super) fn settled(&mut self, expr: &Expr, letters: &[(Name, usize, usize)]) -> Eval<Dense<N>> {
        let memo = std::mem::take(&mut self.scope.memo);
        self.reset();
        self.scope.memo = memo;
        self.scope.letters =
            letters.iter().map(|(name, value, range)| Letter::running(name, *value, *range)).collect();
        self.eval(expr).map(|value| value.primal.clone())
    }

    pub(super) fn charge(&mut self, work: usize) -> Eval<()> {
        self.work = self.work.saturating_add(work as u64);
        if self.work > WORK { Err(EvalError::limit("work")) } else { self.meter(work as u64) }
    }

    /// What others must do without.
    fn meter(&mut self, work: u64) -> Eval<()> {
        let Some(meter) = self.meter else { return Ok(()) };
        self.metered = self.metered.saturating_add(work);
        if meter.take(work) && self.metered <= meter.point() { Ok(()) } else { Err(EvalError::limit("work")) }
    }

    pub(super) fn eval(&mut self, expr: &Expr) -> Eval<Rc<Dual<N>>> {
        if self.depth >= DEPTH {
            return Err(EvalError::limit("depth"));
        }
        let key = self.scope.key(expr);
        if let Some(known) = key.as_ref().and_then(|key| self.scope.known(key)) {
            return Ok(Rc::clone(known));
        }
        self.meter(meter::NODE)?;
        self.depth += 1;
        let result = self.kind(expr);
        self.depth -= 1;
        let result = result?;
        let work = match &expr.kind {
            // Kept; what computing it took was charged then.
            ExprKind::Name(_) | ExprKind::Derivative(_) => 1,
            _ => (1 + result.tangents.len()).saturating_mul(result.primal.data.len()),
        };
        self.charge(work)?;
        self.terms = self.terms.max(result.primal.data.len());
        if let Some(key) = key {
            self.scope.keep(key, &result);
        }
        Ok(result)
    }

    /// Evaluates the definitions behind an expression in their order, so that a long chain of them does
    /// not nest. What fails here fails again where it is used, if it is.
    pub(super) fn settle(&mut self, expr: &Expr) {
        let mut seen: FxHashSet<Name> = FxHashSet::default();
        let mut open = free_names(expr);
        while let Some(name) = open.pop() {
            let known = match &self.pass {
                Some(pass) => pass.knows(&name) || !pass.moves(&name),
                None => self.values.contains_key(&name),
            };
            if !known
                && let Some(definition) = self.definition(&name)
                && seen.insert(name)
            {
                open.extend(free_names(definition));
            }
        }
        if seen.is_empty() {
            return;
        }
        let outer = std::mem::take(&mut self.scope);
        let mut order: Vec<Name> = seen.into_iter().collect();
        order.sort_by_cached_key(|name| self.position(name));
        for name in order {
            let depth = self.depth;
            let _ = self.name(&name);
            self.depth = depth;
            self.scope = Scope::default();
        }
        self.scope = outer;
    }

    fn kind(&mut self, expr: &Expr) -> Eval<Rc<Dual<N>>> {
        let value = match &expr.kind {
            ExprKind::Name(name) => return self.name(name),
            ExprKind::Derivative(derivative) => return self.derivative(derivative),
            ExprKind::Number(number) => Dual::constant(literal(number)?),
            ExprKind::Index { base, indices } => self.entry(base, indices)?,
            ExprKind::Tuple(_) => return Err(EvalError::unsupported("a pair of indices as a value")),
            ExprKind::Transpose(inner) => self.eval(inner)?.linear(Dense::transpose)?,
            ExprKind::Negate(inner) => self.eval(inner)?.negate(),
            ExprKind::Power { base, exponent, entrywise } => self.power(base, exponent, *entrywise)?,
            ExprKind::Product { first, rest } => return self.product(first, rest),
            ExprKind::Sum(terms) => self.sum(terms)?,
            ExprKind::BigSum { binders, body } => return self.big_sum(binders, body),
            ExprKind::Call { function, primes, arguments } => {
                self.call(&function.name, *primes, arguments)?
            }
            ExprKind::Matrix(rows) => self.matrix(rows)?,
            ExprKind::Contraction { left, right } => self.contraction(left, right)?,
            ExprKind::Table(table) => self.table(table)?,
        };
        Ok(Rc::new(value))
    }

    fn name(&mut self, name: &Name) -> Eval<Rc<Dual<N>>> {
        if let Some(letter) = self.scope.letter(name) {
            return Ok(Rc::new(Dual::constant(N::integer(letter.value))));
        }
        if let Some(value) = self.parameter(name) {
            return Ok(value);
        }
        if self.scope.frame.as_ref().is_some_and(|frame| frame.closed)
            && (self.problem.quantities.contains_key(name) || self.definition(name).is_some())
        {
            return Err(EvalError::unsupported(format!("`{name}` within a scalar function")));
        }
        if let Some(value) = self.along(name)? {
            return Ok(value);
        }
        self.primal(name)
    }

    /// The value of a parameter or dimension of the operation whose body is evaluated.
    pub(super) fn parameter(&self, name: &str) -> Option<Rc<Dual<N>>> {
        let frame = self.scope.frame.as_ref()?;
        let size = |(size, _): (usize, bool)| Rc::new(Dual::constant(N::integer(size as i64)));
        frame.value(name).cloned().or_else(|| frame.size(name).map(size))
    }

    /// The value of a quantity or dimension without tangents, computed once a point.
    pub(super) fn primal(&mut self, name: &Name) -> Eval<Rc<Dual<N>>> {
        if let Some(value) = self.values.get(name) {
            return Ok(Rc::clone(value));
        }
        let problem = self.problem;
        // Sizes and given values are looked for one by one.
        self.meter((self.point.sizes.len() + self.point.given.len()) as u64)?;
        let value = match (problem.quantities.get(name), self.definition(name)) {
            (Some(quantity), None) => Rc::new(self.point.variable(problem, quantity)?.into()),
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
                Some(size) => Rc::new(Dual::constant(N::integer(size as i64))),
                None if &**name == "pi" => Rc::new(Dual::constant(N::pi()?)),
                None => return Err(EvalError::unknown(name)),
            },
        };
        let value = match &self.moved {
            Some((moved, direction)) if moved == name => {
                let mut primal = value.primal.clone();
                if let Some(entry) = primal.data.get_mut(*direction) {
                    *entry = entry.moved();
                }
                Rc::new(primal.into())
            }
            _ => value,
        };
        self.values.insert(name.clone(), Rc::clone(&value));
        Ok(value)
    }

    pub(super) fn called(&mut self, name: &Name, arguments: usize) -> Option<&'a Operation> {
        let problem = self.problem;
        let find = || problem.operation(name, arguments);
        *self.called.entry((name.clone(), arguments)).or_insert_with(find)
    }

    /// The letters that have values just now, each with its range.
    pub(super) fn running_letters(&self) -> Vec<(Name, usize, usize)> {
        let running = self.scope.letters.iter();
        running
            .filter_map(|letter| {
                Some((letter.name.clone(), usize::try_from(letter.value).ok()?, letter.range?))
            })
            .collect()
    }

    /// The defining expression of a name of the problem or of the derivation.
    pub(super) fn definition(&self, name: &str) -> Option<&'a Expr> {
        match self.problem.quantities.get(name) {
            Some(quantity) => quantity.definition.as_ref(),
            None => self.introduced.iter().find(|(known, _)| &**known == name).map(|(_, value)| value),
        }
    }

    /// A definition's value: nothing of the place of use is visible in it.
    pub(super) fn scoped(&mut self, definition: &Expr) -> Eval<Rc<Dual<N>>> {
        let outer = std::mem::take(&mut self.scope);
        let value = self.eval(definition);
        self.scope = outer;
        value
    }

    fn entry(&mut self, base: &Expr, indices: &[Expr]) -> Eval<Dual<N>> {
        // Most bases are names, which take no work.
        let base = match &base.kind {
            ExprKind::Name(name) => {
                self.meter(meter::NODE)?;
                self.charge(1)?;
                self.name(name)?
            }
            _ => self.eval(base)?,
        };
        self.terms = self.terms.max(base.primal.data.len());
        let places = self.integers(indices)?;
        let offset = base.primal.axes.offset(&places)?;
        let tangents = base
            .tangents
            .iter()
            .map(|t| t.as_ref().map(|t| t.data[offset]).filter(|t| !t.is_zero()).map(Dense::scalar))
            .collect();
        Ok(Dual { primal: Dense::scalar(base.primal.data[offset]), tangents })
    }

    pub(super) fn multiply(&mut self, left: &Dual<N>, right: &Dual<N>) -> Eval<Dual<N>> {
        let columns = right.primal.axes.sizes().last().copied().unwrap_or(1);
        self.charge(left.primal.data.len().saturating_mul(columns))?;
        left.bilinear(right, Dense::multiply)
    }

    fn product(&mut self, first: &Expr, rest: &[(ProductOp, Expr)]) -> Eval<Rc<Dual<N>>> {
        let first = self.eval(first)?;
        // Entries times a zero, such as a delta's, need no evaluation.
        let entries = rest.iter().all(|(op, _)| *op == ProductOp::Space);
        let mut product: Option<Dual<N>> = None;
        for (op, factor) in rest {
            let left = product.as_ref().unwrap_or(&first);
            if entries && left.is_zero_scalar() {
                break;
            }
            let factor = self.eval(factor)?;
            product = Some(self.times(left, *op, &factor)?);
        }
        Ok(product.map_or(first, Rc::new))
    }

    fn times(&mut self, left: &Dual<N>, op: ProductOp, factor: &Dual<N>) -> Eval<Dual<N>> {
        let by_scalar = left.primal.axes.is_scalar() || factor.primal.axes.is_scalar();
        let hadamard = |a: &Dense<N>, b: &Dense<N>| a.zip(b, "the entrywise product", |a, b| a * b);
        match op {
            ProductOp::Times | ProductOp::Space if left.is_number() && factor.is_number() => {
                Ok(Dual::constant(left.primal.data[0] * factor.primal.data[0]))
            }
            ProductOp::Hadamard => left.bilinear(factor, hadamard),
            ProductOp::Times | ProductOp::Space if by_scalar => left.bilinear(factor, hadamard),
            ProductOp::Times => self.multiply(left, factor),
            ProductOp::Divide if factor.primal.axes.is_scalar() => {
                left.bilinear(&factor.reciprocal()?, hadamard)
            }
            ProductOp::HadamardDivide => left.bilinear(&factor.reciprocal()?, hadamard),
            ProductOp::Space | ProductOp::Divide => {
                Err(EvalError::shapes("a product of entries", left.primal.axes, factor.primal.axes))
            }
        }
    }

    fn sum(&mut self, terms: &[(Sign, Expr)]) -> Eval<Dual<N>> {
        let mut result: Option<Dual<N>> = None;
        for (sign, term) in terms {
            let term = self.eval(term)?;
            result = Some(match (result, sign) {
                (None, Sign::Plus) => (*term).clone(),
                (None, Sign::Minus) => term.negate(),
                (Some(sum), Sign::Plus) => sum.plus(&term)?,
                (Some(sum), Sign::Minus) => sum.plus(&term.negate())?,
            });
        }
        result.ok_or_else(|| EvalError::unsupported("a sum without terms"))
    }

    fn matrix(&mut self, rows: &[Vec<Expr>]) -> Eval<Dual<N>> {
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

    fn table(&mut self, table: &Table) -> Eval<Dual<N>> {
        let axes = Axes::new(&[(table.rows, true), (table.columns, true)])?;
        let depth = self.scope.letters.len();
        for (name, size) in &table.sizes {
            match self.point.size(name) {
                Some(known) if known == *size => {}
                Some(_) => {
                    return Err(EvalError::unsupported("a table of other sizes than the point's"));
                }
                None => self.scope.letters.push(Letter::size(name, *size)),
            }
        }
        let mut cells = Cells::new(axes);
        for i in 1..=table.rows {
            for j in 1..=table.columns {
                let bound = self.scope.letters.len();
                self.scope.letters.push(Letter::running(&table.row, i, table.rows));
                self.scope.letters.push(Letter::running(&table.column, j, table.columns));
                let cell = self.eval(&table.body)?;
                self.scope.letters.truncate(bound);
                cells.push(&cell)?;
            }
        }
        self.scope.letters.truncate(depth);
        Ok(cells.finish())
    }

    fn contraction(&mut self, left: &Expr, right: &Expr) -> Eval<Dual<N>> {
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        self.charge(b.primal.data.len())?;
        let result = a.bilinear(&b, Dense::contract)?;
        if self.by_row(right)? && result.primal.axes.carrying().len() == 1 {
            return result.linear(Dense::transpose);
        }
        Ok(result)
    }
}

fn literal<N: Number>(number: &BigRational) -> Eval<N> {
    // Most are; fractions take long division.
    let small = if number.is_integer() { number.numer().to_i32() } else { None };
    match small {
        Some(small) => Ok(N::integer(small.into())),
        None => N::rational(number).ok_or_else(|| EvalError::unsupported("this number")),
    }
}
