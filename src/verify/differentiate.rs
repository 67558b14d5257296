//! Derivatives of first order by forward duals, several directions at once; those of scalars by their adjoints.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dense::{Axes, Dense};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::letters::children;
use super::number::Number;
use super::scope::Memo;
use crate::problem::{Operation, Problem};
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// Directions that share one evaluation of the values.
pub(super) const LANES: usize = 64;

/// The numerator's tangents, one a direction.
type Tangents<N> = Rc<Vec<Option<Dense<N>>>>;

/// One evaluation with tangents: `lanes` entries of `by` from `first` on, each its own direction.
pub struct Pass<N> {
    by: Name,
    first: usize,
    lanes: usize,
    values: FxHashMap<Name, Rc<Dual<N>>>,
    /// The names whose values move, `by` among them.
    moving: FxHashSet<Name>,
    /// The same for the bodies of operations, by address. A parameter that has a quantity's name counts as
    /// that quantity, which costs some zeros.
    bodies: FxHashMap<usize, bool>,
}

impl<N> Pass<N> {
    fn new(by: &Name, moving: FxHashSet<Name>, first: usize, lanes: usize) -> Pass<N> {
        Pass {
            by: by.clone(),
            first,
            lanes,
            values: FxHashMap::default(),
            moving,
            bodies: FxHashMap::default(),
        }
    }

    /// Nothing but `by` itself moves.
    pub(super) fn direct(by: &Name, first: usize, lanes: usize) -> Pass<N> {
        Pass::new(by, FxHashSet::from_iter([by.clone()]), first, lanes)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn moves(&self, name: &str) -> bool {
        self.moving.contains(name)
    }
}

/// `d(numerator)/d(by)`, as far as it was needed yet.
pub struct Gradient<N> {
    numerator: Expr,
    by: Name,
    held: Vec<Name>,
    /// A scalar's, which its adjoints give.
    reverse: bool,
    lanes: usize,
    numerator_axes: Axes,
    by_axes: Axes,
    /// Per block of directions the numerator's tangents.
    blocks: FxHashMap<usize, Tangents<N>>,
    whole: Option<Rc<Dual<N>>>,
}

/// A derivative taken apart: a whole array or one entry, above and below.
struct Parts<'e> {
    numerator: &'e Expr,
    entry: Option<&'e [Expr]>,
    by: &'e Name,
    by_entry: Option<&'e [Expr]>,
    /// By the columns of a matrix, one below the other.
    stacked: bool,
}

fn parts<'e>(problem: &Problem, derivative: &'e Derivative) -> Eval<Parts<'e>> {
    let [(by, 1)] = &derivative.by[..] else {
        return Err(EvalError::unsupported("derivatives of higher order"));
    };
    let stacked = problem.stacked(by);
    let (by, by_entry) = match &by.kind {
        _ if let Some(name) = stacked => (name, None),
        ExprKind::Name(name) => (name, None),
        ExprKind::Index { base, indices } => match &base.kind {
            ExprKind::Name(name) => (name, Some(&indices[..])),
            _ => return Err(EvalError::unsupported("a derivative by an expression")),
        },
        _ => return Err(EvalError::unsupported("a derivative by an expression")),
    };
    let (numerator, entry) = match &derivative.numerator.kind {
        ExprKind::Index { base, indices } => (&**base, Some(&indices[..])),
        _ => (&derivative.numerator, None),
    };
    Ok(Parts { numerator, entry, by, by_entry, stacked: stacked.is_some() })
}

fn has_derivative(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Derivative(_));
    children(expr, &mut |child| found = found || has_derivative(child));
    found
}

/// Scalar by X and X by scalar: the shape of X; else the numerator's axes, then the denominator's.
fn arranged(numerator: &Axes, by: &Axes) -> Eval<Axes> {
    if numerator.is_scalar() {
        return Ok(*by);
    }
    if by.is_scalar() {
        return Ok(*numerator);
    }
    let mut axes = numerator.carrying();
    axes.extend(by.carrying());
    Axes::new(&axes)
}

/// The axes of a matrix whose columns stand one below the other.
fn column(by: &Axes) -> Eval<Axes> {
    let [rows, columns] = by.matrix("`vec`")?;
    Axes::new(&[(rows.0 * columns.0, rows.1 && columns.1), (1, true)])
}

/// A derivative by a matrix as the one by its stacked columns: the directions in their order.
fn stacked<N: Number>(value: &Dense<N>, above: &Axes, by: &Axes) -> Eval<Dense<N>> {
    let [(rows, _), (columns, _)] = by.matrix("`vec`")?;
    let data = value
        .data
        .chunks(rows * columns)
        .flat_map(|entry| (0..rows * columns).map(|place| entry[place % rows * columns + place / rows]));
    Ok(Dense { axes: arranged(above, &column(by)?)?, data: data.collect() })
}

impl<N: Number> Evaluator<'_, N> {
    pub(super) fn derivative(&mut self, derivative: &Derivative) -> Eval<Rc<Dual<N>>> {
        if self.pass.is_some() {
            let mut depends = self.depends(&derivative.numerator);
            for (by, _) in &derivative.by {
                depends |= self.depends(by);
            }
            if depends {
                return Err(EvalError::unsupported("derivatives of derivatives"));
            }
        }
        if self.scope.frame.is_some() {
            return Err(EvalError::unsupported("a derivative within an operation"));
        }
        let outer = self.change(None);
        let value = self.derivative_value(derivative);
        self.restore(outer);
        value
    }

    /// Another pass, or none. What was kept belongs to the one that is left.
    pub(super) fn change(&mut self, pass: Option<Pass<N>>) -> (Option<Pass<N>>, Memo<N>) {
        (std::mem::replace(&mut self.pass, pass), std::mem::take(&mut self.scope.memo))
    }

    pub(super) fn restore(&mut self, (pass, memo): (Option<Pass<N>>, Memo<N>)) {
        self.pass = pass;
        self.scope.memo = memo;
    }

    fn derivative_value(&mut self, derivative: &Derivative) -> Eval<Rc<Dual<N>>> {
        if let Some(nested) = derivative.nested() {
            return self.derivative_value(&nested);
        }
        let parts = parts(self.problem, derivative)?;
        let kept = self.gradients.len();
        let place = self.gradient(&parts, &derivative.held)?;
        let (numerator_axes, by_axes) = (self.gradients[place].numerator_axes, self.gradients[place].by_axes);
        let offset = |indices: Option<&[Expr]>, axes: &Axes| -> Eval<Option<usize>> {
            indices.map(|indices| axes.offset(&self.integers(indices)?)).transpose()
        };
        let entry = offset(parts.entry, &numerator_axes)?;
        let by_entry = offset(parts.by_entry, &by_axes)?;
        let value = match (entry, by_entry) {
            (None, None) => self.whole(place)?,
            (None, Some(direction)) => {
                let column = self.column(place, direction)?;
                let value = column.unwrap_or_else(|| Dense::zeros(numerator_axes));
                Rc::new(Dense { axes: numerator_axes, data: value.data }.into())
            }
            (Some(entry), Some(direction)) => Rc::new(Dual::constant(self.cell(place, entry, direction)?)),
            (Some(entry), None) => {
                let cells = (0..by_axes.elements()).map(|direction| self.cell(place, entry, direction));
                let data = cells.collect::<Eval<_>>()?;
                Rc::new(Dense { axes: by_axes, data }.into())
            }
        };
        let value = match parts.stacked {
            true => {
                let above = if entry.is_some() { Axes::scalar() } else { numerator_axes };
                Rc::new(stacked(&value.primal, &above, &by_axes)?.into())
            }
            false => value,
        };
        // A numerator with letters means something else at their next values.
        if self.has_letters(parts.numerator) {
            self.gradients.truncate(kept);
        }
        Ok(value)
    }

    /// Axes of a derivative's value, without computing it.
    pub(super) fn derivative_axes(&mut self, derivative: &Derivative) -> Eval<Axes> {
        if let Some(nested) = derivative.nested() {
            return self.derivative_axes(&nested);
        }
        let parts = parts(self.problem, derivative)?;
        let numerator = match parts.entry {
            Some(_) => Axes::scalar(),
            None => match &parts.numerator.kind {
                ExprKind::Name(name) => self.primal(name)?.primal.axes,
                _ => {
                    let outer = self.change(None);
                    let value = self.eval(parts.numerator);
                    self.restore(outer);
                    value?.primal.axes
                }
            },
        };
        let by = match parts.by_entry {
            Some(_) => Axes::scalar(),
            None => self.primal(parts.by)?.primal.axes,
        };
        let by = if parts.stacked { column(&by)? } else { by };
        arranged(&numerator, &by)
    }

    /// Whether `expr` is a derivative by a row: what remains of its contraction is a row again.
    pub(super) fn by_row(&mut self, expr: &Expr) -> Eval<bool> {
        let ExprKind::Derivative(derivative) = &expr.kind else {
            return Ok(false);
        };
        let [(by, 1)] = &derivative.by[..] else {
            return Ok(false);
        };
        let ExprKind::Name(name) = &by.kind else {
            return Ok(false);
        };
        Ok(self.primal(name)?.primal.axes.is_row())
    }

    fn has_letters(&self, expr: &Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            return self.scope.letters.iter().any(|letter| letter.name == *name);
        }
        let mut found = false;
        children(expr, &mut |child| found |= self.has_letters(child));
        found
    }

    /// Finds or starts a gradient.
    fn gradient(&mut self, parts: &Parts<'_>, held: &[Name]) -> Eval<usize> {
        let lettered = self.has_letters(parts.numerator);
        let places = self.places.get(parts.by).into_iter().flatten().copied();
        let known = places.into_iter().find(|&place| {
            // Those of numerators with letters are gone.
            let known = self.gradients.get(place);
            known.is_some_and(|known| {
                known.by == *parts.by && known.held == held && known.numerator == *parts.numerator
            })
        });
        if let (Some(place), false) = (known, lettered) {
            return Ok(place);
        }
        if !self.problem.quantities.contains_key(parts.by) && self.definition(parts.by).is_none() {
            return Err(EvalError::unknown(parts.by));
        }
        let by_axes = self.primal(parts.by)?.primal.axes;
        let numerator_axes = self.eval(parts.numerator)?.primal.axes;
        let lanes = if lettered && parts.by_entry.is_some() { 1 } else { LANES };
        self.gradients.push(Gradient {
            numerator: parts.numerator.clone(),
            by: parts.by.clone(),
            held: held.to_vec(),
            reverse: !lettered && held.is_empty() && numerator_axes.is_scalar(),
            lanes,
            numerator_axes,
            by_axes,
            blocks: FxHashMap::default(),
            whole: None,
        });
        let place = self.gradients.len() - 1;
        if !lettered {
            self.places.entry(parts.by.clone()).or_default().push(place);
        }
        Ok(place)
    }

    fn block(&mut self, place: usize, direction: usize) -> Eval<(Tangents<N>, usize)> {
        let gradient = &self.gradients[place];
        let (block, lane) = (direction / gradient.lanes, direction % gradient.lanes);
        if let Some(known) = gradient.blocks.get(&block) {
            return Ok((Rc::clone(known), lane));
        }
        let first = block * gradient.lanes;
        let lanes = gradient.lanes.min(gradient.by_axes.elements() - first);
        let numerator = gradient.numerator.clone();
        let (by, held) = (gradient.by.clone(), gradient.held.clone());
        let tangents = if has_derivative(&numerator) {
            let along = |direction| N::along(self, &numerator, &by, (direction, &held));
            let along = (first..first + lanes).map(along);
            along.collect::<Eval<_>>()?
        } else if gradient.reverse {
            let adjoint = self.adjoint(&numerator, &by)?;
            let entry = |direction| adjoint.as_ref().map(|adjoint| Dense::scalar(adjoint.data[direction]));
            (first..first + lanes).map(entry).collect()
        } else {
            let moving = self.moving(&by, &held);
            let outer = self.change(Some(Pass::new(&by, moving, first, lanes)));
            self.settle(&numerator);
            let value = self.eval(&numerator);
            self.restore(outer);
            value?.tangents.clone()
        };
        let tangents = Rc::new(tangents);
        self.gradients[place].blocks.insert(block, Rc::clone(&tangents));
        Ok((tangents, lane))
    }

    fn column(&mut self, place: usize, direction: usize) -> Eval<Option<Dense<N>>> {
        let (tangents, lane) = self.block(place, direction)?;
        Ok(tangents.get(lane).cloned().flatten())
    }

    fn cell(&mut self, place: usize, entry: usize, direction: usize) -> Eval<N> {
        let (tangents, lane) = self.block(place, direction)?;
        Ok(tangents.get(lane).and_then(Option::as_ref).map_or(N::ZERO, |t| t.data[entry]))
    }

    fn whole(&mut self, place: usize) -> Eval<Rc<Dual<N>>> {
        let gradient = &self.gradients[place];
        if let Some(whole) = &gradient.whole {
            return Ok(Rc::clone(whole));
        }
        let directions = gradient.by_axes.elements();
        let mut whole = Dense::zeros(arranged(&gradient.numerator_axes, &gradient.by_axes)?);
        self.charge(whole.data.len())?;
        for direction in 0..directions {
            let (tangents, lane) = self.block(place, direction)?;
            if let Some(column) = tangents.get(lane).and_then(Option::as_ref) {
                for (entry, &value) in column.data.iter().enumerate() {
                    whole.data[entry * directions + direction] = value;
                }
            }
        }
        let whole: Rc<Dual<N>> = Rc::new(whole.into());
        self.gradients[place].whole = Some(Rc::clone(&whole));
        Ok(whole)
    }

    /// The value of a name in the pass that is running, if it moves with it. An intermediate that is
    /// differentiated by is independent: its own definition is not followed.
    pub(super) fn along(&mut self, name: &Name) -> Eval<Option<Rc<Dual<N>>>> {
        let Some(pass) = &self.pass else {
            return Ok(None);
        };
        if let Some(value) = pass.values.get(name) {
            return Ok(Some(Rc::clone(value)));
        }
        let value = if pass.by == *name {
            let (first, lanes) = (pass.first, pass.lanes);
            let primal = self.primal(name)?.primal.clone();
            let tangents = (first..first + lanes)
                .map(|direction| {
                    let mut tangent = Dense::zeros(primal.axes);
                    tangent.data[direction] = N::ONE;
                    Some(tangent)
                })
                .collect();
            Rc::new(Dual { primal, tangents })
        } else if self.name_depends(name) {
            match self.definition(name) {
                Some(definition) => {
                    // The marks of the plain value, which may be declared, hold here too.
                    let axes = self.primal(name)?.primal.axes;
                    let mut value = (*self.scoped(definition)?).clone();
                    value.primal.axes = axes;
                    for tangent in value.tangents.iter_mut().flatten() {
                        tangent.axes = axes;
                    }
                    Rc::new(value)
                }
                None => return Ok(None),
            }
        } else {
            return Ok(None);
        };
        if let Some(pass) = &mut self.pass {
            pass.values.insert(name.clone(), Rc::clone(&value));
        }
        Ok(Some(value))
    }

    /// Whether a name moves with the running pass; false without one.
    fn name_depends(&self, name: &Name) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.moves(name))
    }

    fn depends(&mut self, expr: &Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            return self.name_depends(name);
        }
        let mut found = match &expr.kind {
            ExprKind::Call { function, arguments, .. } => {
                let problem = self.problem;
                let operation = problem.operation(&function.name, arguments.len());
                operation.is_some_and(|operation| self.body_depends(operation))
            }
            _ => false,
        };
        children(expr, &mut |child| found = found || self.depends(child));
        found
    }

    /// Whether an operation's value moves with the pass while its arguments do not.
    fn body_depends(&mut self, operation: &Operation) -> bool {
        let key = std::ptr::from_ref(operation) as usize;
        let Some(pass) = &mut self.pass else { return false };
        if let Some(&known) = pass.bodies.get(&key) {
            return known;
        }
        // As above: the entry guards against an operation that leads back to itself.
        pass.bodies.insert(key, false);
        let depends = operation.body.formula().is_some_and(|value| self.depends(value));
        if let Some(pass) = &mut self.pass {
            pass.bodies.insert(key, depends);
        }
        depends
    }
}
