//! What may be asked.

use super::Checker;
use crate::diagnostic::{self, Feature};
use crate::problem::Goal;
use crate::source::Span;
use crate::suggest::close_name;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

impl Checker {
    pub(super) fn goal(&mut self, goal: &Expr) {
        let ExprKind::Derivative(derivative) = &goal.kind else {
            return self.no_derivative(goal);
        };
        let [(by, 1)] = derivative.by.as_slice() else {
            return self.error(diagnostic::unsupported(Feature::HigherDerivative, goal.span));
        };
        let stacked = self.problem.stacked(by).cloned();
        let name = match &by.kind {
            _ if let Some(name) = &stacked => name.clone(),
            ExprKind::Name(name) => name.clone(),
            ExprKind::Number(_) => return self.error(diagnostic::derivative_by_number(by.span)),
            _ => return self.error(diagnostic::unsupported(Feature::DerivativeByExpression, by.span)),
        };
        if self.problem.dimensions.contains_key(&name) {
            return self.error(diagnostic::derivative_by_dimension(&name, by.span));
        }
        let errors = self.errors.len();
        let numerator = self.elaborate(&derivative.numerator);
        if !self.problem.quantities.contains_key(&name) {
            self.unknown_name(&name, by.span);
        }
        if let Some((numerator, _)) = numerator
            && self.errors.len() == errors
            && !self.broken.contains(&name)
        {
            self.problem.goals.push(Goal {
                expr: goal.clone(),
                written: None,
                numerator,
                by: name,
                stacked: stacked.is_some(),
                span: goal.span,
            });
        }
    }

    /// `dL/dX` is a quotient where `L` or `X` is not declared, or where `dX` itself is: the name that stands in
    /// the way is told.
    fn no_derivative(&mut self, goal: &Expr) {
        let Some(pair) = quotient(goal) else {
            return self.error(diagnostic::goal_is_no_derivative(goal.span, None));
        };
        let errors = self.errors.len();
        for (place, (token, name, span)) in pair.iter().enumerate() {
            if self.is_known(token) || self.is_known(name) {
                continue;
            }
            let known = self.places.keys().chain(self.problem.dimensions.keys()).map(|name| &**name);
            let near = close_name(name, known).map(str::to_string);
            let span = Span::new(span.end - name.len(), span.end);
            self.error(match place {
                0 => diagnostic::unknown_numerator(name, span, near.as_deref()),
                _ => diagnostic::unknown_name(name, span, near.as_deref()),
            });
        }
        if self.errors.len() == errors {
            let taken = pair.iter().find(|(token, ..)| self.is_known(token)).map(|(token, ..)| &**token);
            self.error(diagnostic::goal_is_no_derivative(goal.span, taken));
        }
    }

    fn is_known(&self, name: &str) -> bool {
        self.places.contains_key(name)
            || self.problem.dimensions.contains_key(name)
            || self.problem.is_unknown_function(name)
    }
}

/// What looks like `dL/dX`: both tokens, the names in them, and their places.
fn quotient(goal: &Expr) -> Option<[(Name, Name, Span); 2]> {
    let ExprKind::Product { first, rest } = &goal.kind else { return None };
    let [(ProductOp::Divide, below)] = rest.as_slice() else { return None };
    let part = |expr: &Expr| {
        let ExprKind::Name(token) = &expr.kind else { return None };
        let name = token.strip_prefix('d').filter(|name| !name.is_empty())?;
        // `d2f` is of second order.
        (!name.starts_with(|first: char| first.is_ascii_digit()))
            .then(|| (token.clone(), Name::from(name), expr.span))
    };
    Some([part(first)?, part(below)?])
}
