//! Operations whose entries depend on what is assumed of their arguments.

use std::sync::Arc;

use super::Checker;
use crate::diagnostic;
use crate::problem::Operation;
use crate::syntax::ast::{Condition, Expr, ExprKind, Name};
use crate::syntax::print::{self, Printer};

impl Checker {
    /// An error for every call of such an operation of whose conditions none is assumed.
    pub(super) fn conditions(&mut self, prelude: &[Arc<Operation>]) {
        let conditional = |operation: &Arc<Operation>| operation.condition.is_some();
        if !self.problem.operations.iter().any(conditional) {
            return;
        }
        let mut calls: Vec<Expr> = Vec::new();
        let problem = &self.problem;
        let definitions = problem.quantities.values().filter_map(|known| known.definition.as_ref());
        let goals = problem.goals.iter().flat_map(|goal| [&goal.expr, &goal.numerator]);
        let claims = problem.claims.iter().flat_map(|claim| &claim.sides);
        let own = problem
            .operations
            .iter()
            .filter(|one| prelude.iter().all(|known| known.name != one.name || known.body != one.body));
        let bodies = own.map(|operation| operation.body.expr());
        for expr in definitions.chain(goals).chain(claims).chain(bodies) {
            self.unassumed(expr, &mut calls);
        }
        for call in calls {
            let ExprKind::Call { function, arguments, .. } = &call.kind else { continue };
            let wanted = self.wanted(&function.name, arguments);
            let error = diagnostic::condition_not_assumed(&print::expr(&call), &wanted, function.span);
            if !self.errors.contains(&error) {
                self.error(error);
            }
        }
    }

    fn unassumed(&self, expr: &Expr, found: &mut Vec<Expr>) {
        if let ExprKind::Call { function, arguments, .. } = &expr.kind
            && self.problem.operation(&function.name, arguments.len()).is_some()
            && self.problem.assumed(&function.name, arguments).is_none()
        {
            found.push(expr.clone());
        }
        expr.children().into_iter().for_each(|child| self.unassumed(child, found));
    }

    /// The conditions of a name's entries with the arguments put in.
    fn wanted(&self, name: &Name, arguments: &[Expr]) -> Vec<String> {
        let fits = |one: &&Arc<Operation>| one.name == *name && one.parameters.len() == arguments.len();
        let operations = self.problem.operations.iter().filter(fits);
        let conditions = operations.filter_map(|operation| operation.assumption(arguments));
        conditions.map(|condition: Condition| Printer::default().condition(&condition)).collect()
    }
}
