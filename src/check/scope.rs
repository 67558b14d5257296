//! Names that hold inside one statement only: parameters, and letters with the ranges they turn out to have.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Checker;
use crate::diagnostic::{self, Diagnostic};
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Binder, Comparison, Condition, Expr, ExprKind, Ident, Name};

/// What one expression is read with.
#[derive(Default)]
pub(super) struct Scope {
    /// Inside a claim or a goal: derivatives within derivatives may still be so deep.
    pub derivatives: usize,
    /// Inside a claim or a goal.
    pub claim: bool,
    /// Inside an operation or scalar function: nothing else of the file is seen from there.
    pub local: Option<Local>,
    /// Letters in force, innermost last, as places in `slots`.
    pub letters: Vec<usize>,
    /// All letters of the expression, in the order in which they are bound.
    pub slots: Vec<Slot>,
    /// Letters whose sum has ended.
    pub closed: Vec<usize>,
    /// Letters that a delta compares, which have one range.
    equal: Vec<(usize, usize, Span)>,
    /// Entries whose index may leave its range, judged when all ranges are known.
    accesses: Vec<Access>,
    /// Letters that stand together as one index, with what they run over together.
    pairs: Vec<(Vec<usize>, Range, Span)>,
    /// Inside an operation: products of dimensions that its arguments must make equal.
    pub equalities: Vec<(Dim, Dim)>,
}

/// What a pair of letters runs over.
pub(super) enum Range {
    Axis(Dim),
    /// What another pair runs over, which a delta compares it with.
    Letters(Vec<usize>),
}

pub(super) struct Local {
    pub name: Name,
    /// With its shape; `None` for a dimension.
    pub parameters: IndexMap<Name, Option<Shape>>,
    pub dimensions: Vec<Name>,
    /// A scalar function, which is made of arithmetic and scalar functions.
    pub scalar: bool,
}

pub(super) struct Slot {
    pub name: Ident,
    pub range: Option<(Dim, Span)>,
    /// The range was written, and may be narrower than an axis.
    pub written: bool,
    /// The innermost letter in force where this one is bound.
    pub outer: Option<usize>,
}

/// Expressions with their shapes, and the letters of all of them.
pub(super) type Elaborated = (Vec<(Expr, Shape)>, Vec<Slot>);

/// `sum of multiples of letters + offset` as an index of an axis.
struct Access {
    index: Affine,
    axis: Dim,
    span: Span,
}

#[derive(Clone)]
pub(super) struct Affine {
    pub letters: Vec<(usize, i64)>,
    pub offset: Dim,
}

impl Scope {
    /// Inside a definition.
    pub fn of(local: Local) -> Scope {
        Scope { local: Some(local), ..Scope::default() }
    }

    /// For a claim or a goal: derivatives may be so deep, and these letters are free.
    pub fn enter(&mut self, order: usize, letters: Vec<Ident>) {
        self.derivatives = order;
        self.claim = true;
        for name in letters {
            self.letters.push(self.slots.len());
            self.slots.push(Slot { name, range: None, written: false, outer: None });
        }
    }

    pub fn letter(&self, name: &str) -> Option<usize> {
        self.letters.iter().rev().copied().find(|slot| &*self.slots[*slot].name.name == name)
    }

    pub fn compare(&mut self, left: usize, right: usize, span: Span) {
        self.equal.push((left, right, span));
    }

    pub fn pairs(&mut self, letters: Vec<usize>, range: Range, span: Span) {
        self.pairs.push((letters, range, span));
    }

    /// The product of the ranges of letters, those without one aside.
    fn product(&self, letters: &[usize]) -> Option<Dim> {
        let ranges = letters.iter().filter_map(|slot| self.slots[*slot].range.as_ref());
        ranges.map(|(range, _)| range).try_fold(Dim::one(), |product, range| product.multiply(range))
    }

    /// Of a pair on an axis, the range of the one letter that has none yet.
    fn solve_pairs(&mut self) -> bool {
        let mut changed = false;
        for at in 0..self.pairs.len() {
            let (letters, Range::Axis(axis), span) = &self.pairs[at] else { continue };
            let mut open = letters.iter().filter(|slot| self.slots[**slot].range.is_none());
            let (Some(&slot), None) = (open.next(), open.next()) else { continue };
            if let Some(range) = self.product(letters).and_then(|known| axis.divide(&known)) {
                self.slots[slot].range = Some((range, *span));
                changed = true;
            }
        }
        changed
    }

    /// Pairs whose letters do not run over what they stand for.
    fn unequal_pairs(&mut self, local: bool) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        for (letters, range, span) in std::mem::take(&mut self.pairs) {
            let wanted = match &range {
                Range::Axis(axis) => Some(axis.clone()),
                Range::Letters(other) => self.product(other),
            };
            let Some((found, wanted)) = self.product(&letters).zip(wanted) else {
                errors.push(diagnostic::not_an_index(span));
                continue;
            };
            if found == wanted {
                continue;
            }
            match range {
                Range::Letters(_) if local => self.equalities.push((found, wanted)),
                _ => errors.push(diagnostic::pair_of_another_range(&found, &wanted, span)),
            }
        }
        errors
    }

    /// An index stands on an axis.
    pub fn access(&mut self, index: Affine, axis: &Dim, span: Span) -> Result<(), Diagnostic> {
        if let ([(slot, 1)], true) = (index.letters.as_slice(), index.offset == Dim::number(0)) {
            let slot = &mut self.slots[*slot];
            match &slot.range {
                None => slot.range = Some((axis.clone(), span)),
                Some((range, _)) if range == axis => {}
                Some(_) if slot.written => self.accesses.push(Access { index, axis: axis.clone(), span }),
                Some((range, place)) => {
                    return Err(diagnostic::index_clash(&slot.name.name, (axis, span), (range, *place)));
                }
            }
            return Ok(());
        }
        self.accesses.push(Access { index, axis: axis.clone(), span });
        Ok(())
    }

    /// Gives every letter its range. `facts` are dimensions that are never negative; `quantity` tells names that
    /// mean something where no letter hides them.
    fn settle(&mut self, facts: &[Dim], quantity: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        let mut changed = true;
        while changed {
            changed = false;
            for (left, right, span) in &self.equal {
                for (from, to) in [(*left, *right), (*right, *left)] {
                    if let (Some((range, _)), None) = (&self.slots[from].range, &self.slots[to].range) {
                        self.slots[to].range = Some((range.clone(), *span));
                        changed = true;
                    }
                }
            }
            changed |= self.solve_pairs();
        }
        for (left, right, span) in &self.equal {
            let (left, right) = (&self.slots[*left], &self.slots[*right]);
            if let (Some((a, _)), Some((b, place))) = (&left.range, &right.range)
                && a != b
            {
                errors.push(diagnostic::index_clash(&left.name.name, (a, *span), (b, *place)));
            }
        }
        for slot in self.slots.iter().filter(|slot| slot.range.is_none()) {
            errors.push(diagnostic::index_without_range(
                &slot.name.name,
                slot.name.span,
                quantity(&slot.name.name),
            ));
        }
        for slot in self.slots.iter().filter(|slot| !slot.written) {
            // The range is written into the sum, where a letter in force would hide what it means.
            let Some((range, place)) = &slot.range else { continue };
            let names = range.names();
            let outer = std::iter::successors(slot.outer, |outer| self.slots[*outer].outer);
            for hiding in outer.map(|outer| &self.slots[outer].name) {
                if names.contains(&hiding.name) {
                    let (name, span) = (&hiding.name, hiding.span);
                    errors.push(diagnostic::index_hides_dimension(name, span, &slot.name.name, *place));
                }
            }
        }
        if !errors.is_empty() {
            return errors;
        }
        errors.extend(self.unequal_pairs(self.local.is_some()));
        for access in &self.accesses {
            if !self.stays(access, facts) {
                errors.push(diagnostic::index_leaves_range(&access.axis, access.span));
            }
        }
        errors
    }

    fn stays(&self, access: &Access, facts: &[Dim]) -> bool {
        // A sum over nothing has no entries, so that the least range is 1.
        let letters = access.index.letters.iter();
        let ranges = letters.filter_map(|(slot, _)| self.slots[*slot].range.as_ref()?.0.add(&Dim::one(), -1));
        let facts: Vec<Dim> = facts.iter().cloned().chain(ranges).collect();
        let never_negative = |dim: &Dim| {
            dim.is_never_negative()
                || facts.iter().any(|fact| dim.add(fact, -1).is_some_and(|rest| rest.is_never_negative()))
        };
        let bounds = self.bounds(&access.index);
        let Some((least, most)) = bounds else { return false };
        let (Some(below), Some(above)) = (least.add(&Dim::one(), -1), access.axis.add(&most, -1)) else {
            return false;
        };
        if access.index.letters.is_empty() {
            // A fixed place is wrong only where it is outside for all sizes: `x[2]` needs n of 2 or more.
            let outside =
                |dim: &Dim| Dim::number(-1).add(dim, -1).is_some_and(|beyond| beyond.is_never_negative());
            return !outside(&below) && !outside(&above);
        }
        never_negative(&below) && never_negative(&above)
    }

    /// The least and the greatest value of an index.
    fn bounds(&self, index: &Affine) -> Option<(Dim, Dim)> {
        index.letters.iter().try_fold((index.offset.clone(), index.offset.clone()), |(least, most), part| {
            let (slot, factor) = part;
            let range = &self.slots[*slot].range.as_ref()?.0;
            let (first, last) = (Dim::number(*factor), range.multiply(&Dim::number(*factor))?);
            let (low, high) = if *factor > 0 { (first, last) } else { (last, first) };
            Some((least.add(&low, 1)?, most.add(&high, 1)?))
        })
    }
}

impl Checker {
    /// The shape of an expression of its own, and the expression with the range of every letter stated. The scope
    /// may hold parameters and free letters; it is empty afterwards.
    pub(super) fn elaborate(&mut self, expr: &Expr) -> Option<(Expr, Shape)> {
        self.elaborate_with(expr).map(|(expr, shape, _)| (expr, shape))
    }

    /// The same with the letters, of which those that were free stand first.
    pub(super) fn elaborate_with(&mut self, expr: &Expr) -> Option<(Expr, Shape, Vec<Slot>)> {
        let (mut expressions, slots) = self.elaborate_all(std::slice::from_ref(expr))?;
        expressions.pop().map(|(expr, shape)| (expr, shape, slots))
    }

    /// The same for several expressions that share the free letters of the scope.
    pub(super) fn elaborate_all(&mut self, written: &[Expr]) -> Option<Elaborated> {
        self.elaborate_as(written, &Checker::shape)
    }

    /// The same with shapes found in another way.
    pub(super) fn elaborate_as(
        &mut self,
        written: &[Expr],
        shape: &dyn Fn(&mut Checker, &Expr) -> Option<Shape>,
    ) -> Option<Elaborated> {
        let free = self.scope.slots.len();
        let shapes: Vec<Option<Shape>> = written.iter().map(|expr| shape(self, expr)).collect();
        let mut scope = std::mem::take(&mut self.scope);
        let shapes = shapes.into_iter().collect::<Option<Vec<_>>>()?;
        let facts = self.facts();
        let scope_local: Option<HashSet<Name>> =
            scope.local.as_ref().map(|local| local.parameters.keys().cloned().collect());
        let quantity = |name: &str| match &scope_local {
            Some(parameters) => parameters.contains(name),
            None => self.problem.quantities.contains_key(name),
        };
        let errors = scope.settle(&facts, &quantity);
        self.equalities = std::mem::take(&mut scope.equalities);
        if !errors.is_empty() {
            self.errors.extend(errors);
            return None;
        }
        let mut bound = scope.slots[free..].iter();
        let mut filled = Vec::with_capacity(written.len());
        for (expr, shape) in written.iter().zip(shapes) {
            let mut expr = expr.clone();
            fill(&mut expr, &mut |binder| {
                if let Some((range, _)) = bound.next().and_then(|slot| slot.range.as_ref())
                    && binder.range.is_none()
                {
                    binder.range = Some(range.to_expr());
                }
            });
            filled.push((expr, shape));
        }
        Some((filled, scope.slots))
    }

    /// `a - b` for every assumption `a >= b` between dimensions.
    fn facts(&self) -> Vec<Dim> {
        let mut facts = Vec::new();
        for condition in &self.problem.assumptions {
            let Condition::Compare { left, comparison, right } = condition else { continue };
            let dims = self.plain_dim(left).zip(self.plain_dim(right));
            let Some((left, right)) = dims else { continue };
            let fact = match comparison {
                Comparison::GreaterEqual | Comparison::Equal => left.add(&right, -1),
                Comparison::LessEqual => right.add(&left, -1),
                Comparison::Greater => left.add(&right, -1).and_then(|dim| dim.add(&Dim::one(), -1)),
                Comparison::Less => right.add(&left, -1).and_then(|dim| dim.add(&Dim::one(), -1)),
            };
            facts.extend(fact);
        }
        facts
    }

    /// A dimension made of known names only.
    fn plain_dim(&self, expr: &Expr) -> Option<Dim> {
        let dim = crate::shape::dimension(expr)?;
        dim.names().iter().all(|name| self.problem.dimensions.contains_key(name)).then_some(dim)
    }
}

/// Every binder in the order in which `Checker::shape` meets it.
fn fill(expr: &mut Expr, visit: &mut dyn FnMut(&mut Binder)) {
    if let ExprKind::BigSum { binders, .. } = &mut expr.kind {
        binders.iter_mut().for_each(&mut *visit);
    }
    parts_mut(expr, &mut |part| fill(part, visit));
}

/// The direct parts of an expression, ranges of binders excepted, as they are written.
pub(super) fn parts_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Table(_) => {}
        ExprKind::Index { base, indices } => {
            visit(base);
            indices.iter_mut().for_each(visit);
        }
        ExprKind::Tuple(parts) => parts.iter_mut().for_each(visit),
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => visit(inner),
        ExprKind::Power { base, exponent, .. } => {
            visit(base);
            visit(exponent);
        }
        ExprKind::Product { first, rest } => {
            visit(first);
            rest.iter_mut().for_each(|(_, factor)| visit(factor));
        }
        ExprKind::Sum(terms) => terms.iter_mut().for_each(|(_, term)| visit(term)),
        ExprKind::BigSum { body, .. } => visit(body),
        ExprKind::Call { arguments, .. } => arguments.iter_mut().for_each(visit),
        ExprKind::Matrix(rows) => rows.iter_mut().flatten().for_each(visit),
        ExprKind::Derivative(derivative) => {
            visit(&mut derivative.numerator);
            derivative.by.iter_mut().for_each(|(by, _)| visit(by));
        }
        ExprKind::Contraction { left, right } => {
            visit(left);
            visit(right);
        }
    }
}
