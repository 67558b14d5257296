//! What may be asked.

use super::Checker;
use crate::diagnostic::{self, Feature};
use crate::problem::Goal;
use crate::syntax::ast::{Expr, ExprKind};

impl Checker {
    pub(super) fn goal(&mut self, goal: &Expr) {
        let ExprKind::Derivative(derivative) = &goal.kind else {
            return self.error(diagnostic::goal_is_no_derivative(goal.span));
        };
        let [(by, 1)] = derivative.by.as_slice() else {
            return self.error(diagnostic::unsupported(Feature::HigherDerivative, goal.span));
        };
        let name = match &by.kind {
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
            self.problem.goals.push(Goal { expr: goal.clone(), numerator, by: name, span: goal.span });
        }
    }
}
