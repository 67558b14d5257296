//! Index form: sums over letters, entries, deltas.

use super::Checker;
use super::scope::{Affine, Range, Slot};
use crate::diagnostic;
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Binder, Expr, ExprKind, Name, ProductOp, Property, Sign};

impl Checker {
    /// A letter comes into force.
    pub(super) fn bind(&mut self, binder: &Binder) -> Option<()> {
        let range = match &binder.range {
            Some(range) => Some((self.range(range)?, range.span)),
            None => None,
        };
        let written = range.is_some();
        let outer = self.scope.letters.last().copied();
        self.scope.letters.push(self.scope.slots.len());
        self.scope.slots.push(Slot { name: binder.name.clone(), range, written, outer });
        Some(())
    }

    /// The range of a sum: a dimension, or a whole number that is assumed to be positive.
    fn range(&mut self, expr: &Expr) -> Option<Dim> {
        let whole = crate::shape::dimension(expr).filter(|dim| {
            let names = dim.names();
            let integer = |name: &Name| {
                self.scope.letter(name).is_none()
                    && self.problem.quantities.get(name).is_some_and(|known| {
                        known.shape.is_scalar() && known.properties.contains(&Property::Integer)
                    })
            };
            self.scope.local.is_none()
                && names.iter().any(integer)
                && names.iter().all(|name| integer(name) || self.is_dimension(name))
        });
        let Some(dim) = whole else { return self.dim(expr) };
        for name in dim.names() {
            let integer = self.problem.quantities.contains_key(&name);
            if integer && self.problem.least(&name).is_none_or(|least| least < 1) {
                self.error(diagnostic::range_not_positive(&name, expr.span));
                return None;
            }
        }
        Some(dim)
    }

    pub(super) fn big_sum(&mut self, binders: &[Binder], body: &Expr) -> Option<Shape> {
        let outer = self.scope.letters.len();
        let mut fits = true;
        for binder in binders {
            fits &= self.bind(binder).is_some();
        }
        let shape = if fits { self.shape(body) } else { None };
        let ended = self.scope.letters.split_off(outer);
        self.scope.closed.extend(ended);
        shape
    }

    pub(super) fn entry(&mut self, base: &Expr, indices: &[Expr]) -> Option<Shape> {
        // A derivative may have more axes than a matrix; an entry of it has none.
        let (axes, shape) = match &base.kind {
            ExprKind::Derivative(derivative) => {
                let axes = self.derivative_axes(derivative, base.span)?;
                let shown = axes.iter().map(|axis| axis.to_string()).collect::<Vec<_>>().join(" x ");
                (axes, shown)
            }
            _ => {
                let shape = self.shape(base)?;
                (shape.axes(), shape.to_string())
            }
        };
        if axes.len() != indices.len() {
            let span = indices.iter().fold(Span::NONE, |span, index| span.to(index.span));
            self.error(diagnostic::index_count(&shape, axes.len(), base.span, indices.len(), span));
            return None;
        }
        let mut fits = true;
        for (index, axis) in indices.iter().zip(&axes) {
            if let ExprKind::Tuple(parts) = &index.kind {
                match self.letters(parts) {
                    Some(letters) => self.scope.pairs(letters, Range::Axis(axis.clone()), index.span),
                    None => fits = false,
                }
                continue;
            }
            let Some(affine) = self.affine(index) else {
                fits = false;
                continue;
            };
            if let Err(error) = self.scope.access(affine, axis, index.span) {
                self.error(error);
                fits = false;
            }
        }
        fits.then(Shape::scalar)
    }

    pub(super) fn delta(&mut self, arguments: &[Expr], span: Span) -> Option<Shape> {
        let [left, right] = arguments else {
            self.error(diagnostic::wrong_arity("delta", span, "two indices", Span::NONE, false));
            return None;
        };
        if let (ExprKind::Tuple(one), ExprKind::Tuple(other)) = (&left.kind, &right.kind) {
            let (one, other) = (self.letters(one), self.letters(other));
            let (one, other) = one.zip(other)?;
            self.scope.pairs(one, Range::Letters(other), span);
            return Some(Shape::scalar());
        }
        let (a, b) = (self.affine(left), self.affine(right));
        let (a, b) = a.zip(b)?;
        let plain = |affine: &Affine| match affine.letters.as_slice() {
            [(slot, 1)] if affine.offset == Dim::number(0) => Some(*slot),
            _ => None,
        };
        if let (Some(a), Some(b)) = (plain(&a), plain(&b)) {
            self.scope.compare(a, b, span);
        }
        Some(Shape::scalar())
    }

    /// The letters of a pair.
    fn letters(&mut self, parts: &[Expr]) -> Option<Vec<usize>> {
        let mut letters = Vec::new();
        for part in parts {
            let affine = self.affine(part)?;
            match affine.letters.as_slice() {
                [(slot, 1)] if affine.offset == Dim::number(0) => letters.push(*slot),
                _ => {
                    self.error(diagnostic::pair_of_no_letter(part.span));
                    return None;
                }
            }
        }
        Some(letters)
    }

    /// Letters and dimensions under `+ - *`, linear in the letters; an error for anything else.
    fn affine(&mut self, expr: &Expr) -> Option<Affine> {
        let sum = |left: Affine, right: Affine, sign: i64| -> Option<Affine> {
            let mut letters = left.letters;
            for (slot, factor) in right.letters {
                let factor = factor.checked_mul(sign)?;
                match letters.iter_mut().find(|(known, _)| *known == slot) {
                    Some((_, total)) => *total = total.checked_add(factor)?,
                    None => letters.push((slot, factor)),
                }
            }
            letters.retain(|(_, factor)| *factor != 0);
            Some(Affine { letters, offset: left.offset.add(&right.offset, sign)? })
        };
        let zero = || Affine { letters: Vec::new(), offset: Dim::number(0) };
        let found = match &expr.kind {
            ExprKind::Name(name) => {
                if let Some(slot) = self.scope.letter(name) {
                    return Some(Affine { letters: vec![(slot, 1)], ..zero() });
                }
                if self.is_dimension(name) {
                    return Some(Affine { offset: Dim::name(name.clone()), ..zero() });
                }
                let closed = self.scope.closed.iter().rev();
                let sum = closed.map(|slot| &self.scope.slots[*slot].name).find(|ended| ended.name == *name);
                let error = match sum {
                    Some(ended) => diagnostic::index_escapes(name, expr.span, ended.span),
                    None => diagnostic::unbound_index(name, expr.span),
                };
                self.error(error);
                return None;
            }
            ExprKind::Number(_) => crate::shape::dimension(expr).map(|offset| Affine { offset, ..zero() }),
            ExprKind::Negate(inner) => {
                let inner = self.affine(inner)?;
                sum(zero(), inner, -1)
            }
            ExprKind::Sum(terms) => {
                let mut total = Some(zero());
                for (sign, term) in terms {
                    let term = self.affine(term)?;
                    let sign = if *sign == Sign::Plus { 1 } else { -1 };
                    total = total.and_then(|total| sum(total, term, sign));
                }
                total
            }
            ExprKind::Product { first, rest } if rest.iter().all(|(op, _)| *op == ProductOp::Times) => {
                let mut product = Some(self.affine(first)?);
                for (_, factor) in rest {
                    let factor = self.affine(factor)?;
                    product = product.and_then(|product| multiply(product, factor));
                }
                product
            }
            _ => None,
        };
        if found.is_none() {
            self.error(diagnostic::not_an_index(expr.span));
        }
        found
    }
}

/// Linear in letters, with numbers as their factors.
fn multiply(left: Affine, right: Affine) -> Option<Affine> {
    let (scaled, by) = if right.letters.is_empty() { (left, right) } else { (right, left) };
    if scaled.letters.is_empty() {
        return Some(Affine { letters: Vec::new(), offset: scaled.offset.multiply(&by.offset)? });
    }
    let number = by.offset.as_number().filter(|_| by.letters.is_empty())?;
    let letters = scaled
        .letters
        .into_iter()
        .map(|(slot, factor)| Some((slot, factor.checked_mul(number)?)))
        .collect::<Option<Vec<_>>>()?;
    Some(Affine { letters, offset: scaled.offset.multiply(&by.offset)? })
}

/// Whether an expression reads as index form where no letter is in force: `x[1]`.
pub(super) fn is_entry(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Index { .. } | ExprKind::BigSum { .. } => true,
        ExprKind::Power { base, .. } => is_entry(base),
        ExprKind::Negate(inner) => is_entry(inner),
        ExprKind::Call { function, .. } => &*function.name == "delta",
        _ => false,
    }
}
