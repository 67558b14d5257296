//! What may be asked.

use super::Checker;
use super::claim::ORDER;
use super::scope::Slot;
use crate::diagnostic;
use crate::problem::{Combination, Goal, has_derivative};
use crate::shape::Shape;
use crate::source::Span;
use crate::suggest::close_name;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

impl Checker {
    pub(super) fn goal(&mut self, goal: &Expr) {
        let order = self.problem.asked().len();
        match &goal.kind {
            ExprKind::Derivative(_) => self.derivative_goal(goal, Some(order)),
            _ if has_derivative(goal) => self.combination(goal, order),
            _ => self.no_derivative(goal),
        }
    }

    /// An expression that holds derivatives: these are goals too.
    fn combination(&mut self, goal: &Expr, order: usize) {
        let mut letters = Vec::new();
        self.free_letters(goal, &mut Vec::new(), &mut letters);
        if let Some(letter) = letters.first() {
            return self.error(diagnostic::letter_in_combination(&letter.name, letter.span));
        }
        self.scope.enter(ORDER, letters);
        let Some((mut read, _)) = self.elaborate_all(std::slice::from_ref(goal)) else { return };
        let Some((read, _)) = read.pop() else { return };
        let written = derivatives(goal);
        for one in &written {
            if !self.problem.goals.iter().any(|known| known.expr == **one) {
                self.derivative_goal(one, None);
            }
        }
        let derivatives = derivatives(&read).into_iter().cloned().zip(written.into_iter().cloned());
        let derivatives = derivatives.collect();
        let (expr, span) = (goal.clone(), goal.span);
        self.problem.combinations.push(Combination { expr, read, derivatives, written: None, order, span });
    }

    fn derivative_goal(&mut self, goal: &Expr, order: Option<usize>) {
        let ExprKind::Derivative(derivative) = &goal.kind else { return };
        // Asked for by itself as well.
        let held = |known: &&mut Goal| known.order.is_none() && known.expr == *goal;
        if order.is_some()
            && let Some(known) = self.problem.goals.iter_mut().find(held)
        {
            known.order = order;
            return;
        }
        let mut letters = Vec::new();
        self.free_letters(goal, &mut Vec::new(), &mut letters);
        let count = letters.len();
        self.scope.enter(ORDER, letters);
        let parts = |checker: &mut Checker, _: &Expr| {
            checker.derivative_parts(derivative, goal.span).map(|_| Shape::scalar())
        };
        let Some((mut read, slots)) = self.elaborate_as(std::slice::from_ref(goal), &parts) else { return };
        let Some((Expr { kind: ExprKind::Derivative(read), .. }, _)) = read.pop() else { return };
        let last = read.nested().unwrap_or(*read);
        let [(by, 1)] = last.by.as_slice() else { return };
        let stacked = self.problem.stacked(by).cloned();
        let whole = match &by.kind {
            ExprKind::Index { base, .. } => base,
            _ => by,
        };
        let name = match &whole.kind {
            _ if let Some(name) = &stacked => name,
            ExprKind::Name(name) => name,
            _ => return,
        };
        if self.broken.contains(name) {
            return;
        }
        let range = |slot: &Slot| Some((slot.name.name.clone(), slot.range.as_ref()?.0.to_expr()));
        let entry = count > 0 || matches!(by.kind, ExprKind::Index { .. });
        self.problem.goals.push(Goal {
            expr: goal.clone(),
            written: None,
            by: name.clone(),
            stacked: stacked.is_some(),
            letters: entry.then(|| slots[..count].iter().filter_map(range).collect()),
            numerator: last.numerator,
            order,
            span: goal.span,
        });
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

/// The derivatives in an expression, outermost ones, in the order of reading.
fn derivatives(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Derivative(_) => vec![expr],
        _ => expr.children().into_iter().flat_map(derivatives).collect(),
    }
}
