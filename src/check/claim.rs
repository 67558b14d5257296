//! What a file claims: chains of equalities, with derivatives and free letters.

use super::Checker;
use super::scope::Slot;
use crate::diagnostic::{self, Feature};
use crate::problem::Claim;
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Ident, Name};

impl Checker {
    pub(super) fn claim(&mut self, links: &[Expr], span: Span) {
        let mut letters = Vec::new();
        links.iter().for_each(|side| self.free_letters(side, &mut Vec::new(), &mut letters));
        let count = letters.len();
        self.scope.enter(ORDER, letters);
        let Some((sides, slots)) = self.elaborate_all(links) else { return };
        let mut shapes = sides.iter().map(|(side, shape)| (shape, side.span));
        let Some(first) = shapes.next() else { return };
        if let Some(other) = shapes.find(|(shape, _)| *shape != first.0) {
            return self.error(diagnostic::sides_differ(first, other));
        }
        let range = |slot: &Slot| Some((slot.name.name.clone(), slot.range.as_ref()?.0.to_expr()));
        let free = slots[..count].iter().filter_map(range).collect();
        let shape = first.0.clone();
        let written = vec![None; sides.len()];
        let sides = sides.into_iter().map(|(side, _)| side).collect();
        self.problem.claims.push(Claim { sides, written, free, shape, span });
    }

    /// Names that stand in places of indices and are bound by no sum, in order; dimensions are numbers there.
    pub(super) fn free_letters(&self, expr: &Expr, bound: &mut Vec<Name>, found: &mut Vec<Ident>) {
        match &expr.kind {
            ExprKind::Index { base, indices } => {
                self.free_letters(base, bound, found);
                indices.iter().for_each(|index| self.letters_of_index(index, bound, found));
            }
            ExprKind::Call { function, arguments, .. } if &*function.name == "delta" => {
                arguments.iter().for_each(|index| self.letters_of_index(index, bound, found));
            }
            ExprKind::BigSum { binders, body } => {
                let outer = bound.len();
                bound.extend(binders.iter().map(|binder| binder.name.name.clone()));
                self.free_letters(body, bound, found);
                bound.truncate(outer);
            }
            _ => expr.children().into_iter().for_each(|child| self.free_letters(child, bound, found)),
        }
    }

    fn letters_of_index(&self, index: &Expr, bound: &[Name], found: &mut Vec<Ident>) {
        if let ExprKind::Name(name) = &index.kind {
            let known = bound.contains(name)
                || self.problem.dimensions.contains_key(name)
                || found.iter().any(|ident| ident.name == *name);
            if !known {
                found.push(Ident { name: name.clone(), span: index.span });
            }
        }
        index.children().into_iter().for_each(|child| self.letters_of_index(child, bound, found));
    }

    /// The shape of a derivative that stands in an expression.
    pub(super) fn derivative_shape(&mut self, derivative: &Derivative, span: Span) -> Option<Shape> {
        let (numerator, by) = self.derivative_parts(derivative, span)?;
        let below = by.axes();
        match (&numerator, below.as_slice()) {
            // A row stays one.
            (Above::Shape(shape), _) if shape.axes().is_empty() => Some(by),
            (Above::Shape(shape), []) => Some(shape.clone()),
            (above, below) => match (above.axes().as_slice(), below) {
                ([row], [column]) => Some(Shape::new(row.clone(), column.clone())),
                (above, below) => {
                    self.error(diagnostic::array_of_axes(above.len() + below.len(), span));
                    None
                }
            },
        }
    }

    /// The axes of a derivative, the numerator's first, as far as they are not literally 1.
    pub(super) fn derivative_axes(&mut self, derivative: &Derivative, span: Span) -> Option<Vec<Dim>> {
        let (numerator, by) = self.derivative_parts(derivative, span)?;
        Some(numerator.axes().into_iter().chain(by.axes()).collect())
    }

    /// The shapes of what is differentiated and of what by.
    pub(super) fn derivative_parts(&mut self, derivative: &Derivative, span: Span) -> Option<(Above, Shape)> {
        if self.scope.derivatives == 0 {
            let feature =
                if self.scope.claim { Feature::HigherDerivative } else { Feature::DerivativeInExpression };
            self.unsupported(feature, span);
            return None;
        }
        if let Some(nested) = derivative.nested() {
            return self.derivative_parts(&nested, span);
        }
        let [(by, 1)] = derivative.by.as_slice() else {
            self.unsupported(Feature::HigherDerivative, span);
            return None;
        };
        let name = match &by.kind {
            ExprKind::Index { base, .. } => base,
            _ => by,
        };
        let stacked = self.problem.stacked(by).map(|name| Expr::name(name.clone()));
        match &stacked.as_ref().unwrap_or(name).kind {
            ExprKind::Name(name) if self.problem.dimensions.contains_key(name) => {
                self.error(diagnostic::derivative_by_dimension(name, by.span));
                return None;
            }
            ExprKind::Name(_) => {}
            ExprKind::Number(_) => {
                self.error(diagnostic::derivative_by_number(by.span));
                return None;
            }
            _ => {
                self.unsupported(Feature::DerivativeByExpression, by.span);
                return None;
            }
        }
        self.scope.derivatives -= 1;
        let numerator = match &derivative.numerator.kind {
            // Of more axes than a matrix has, by itself.
            ExprKind::Derivative(inner) => {
                self.derivative_parts(inner, span).map(|(above, by)| match above {
                    Above::Shape(shape) if shape.axes().is_empty() => Above::Shape(by),
                    Above::Shape(shape) if by.axes().is_empty() => Above::Shape(shape),
                    above => Above::Axes(above.axes().into_iter().chain(by.axes()).collect()),
                })
            }
            _ => self.shape(&derivative.numerator).map(Above::Shape),
        };
        let by = self.shape(by);
        self.scope.derivatives += 1;
        numerator.zip(by)
    }
}

/// Derivatives of higher order are refused.
pub(super) const ORDER: usize = 2;

/// What is differentiated.
pub(super) enum Above {
    Shape(Shape),
    Axes(Vec<Dim>),
}

impl Above {
    fn axes(&self) -> Vec<Dim> {
        match self {
            Above::Shape(shape) => shape.axes(),
            Above::Axes(axes) => axes.clone(),
        }
    }
}
