//! What is not derived, in the words of the input.

use crate::dependence::sole_name;
use crate::diagnostic::{self, Diagnostic};
use crate::expand::{Unexpandable, number};
use crate::problem::Problem;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::print;

use super::cotangent::Engine;

/// What a checked problem can still meet in expansion.
pub fn refuse(error: Unexpandable) -> Diagnostic {
    match error {
        Unexpandable::TooLarge => diagnostic::too_many_terms(crate::expand::MOST_TERMS),
        Unexpandable::Unsupported(expr) | Unexpandable::Malformed(expr) => underivable(&expr),
        Unexpandable::Unknown(name) => diagnostic::internal(&format!("`{name}` has no meaning here")),
    }
}

/// Which part it is, why, and what says the same in another way.
fn underivable(expr: &Expr) -> Diagnostic {
    let part = print::expr(expr);
    match &expr.kind {
        // The file has an `exp` or a `log` of its own.
        ExprKind::Power { exponent, .. } if number(exponent).is_none() => {
            diagnostic::not_derivable(&part, expr.span)
        }
        ExprKind::Power { .. } => diagnostic::exponent_out_of_reach(&part, expr.span),
        ExprKind::Call { function, .. } => diagnostic::call_not_derivable(&part, &function.name, expr.span),
        _ => diagnostic::not_derivable(&part, expr.span),
    }
}

impl Engine<'_> {
    /// `loss(Y, Z)` with a `Z` that depends on `Y`: the language has no name for the partial derivative.
    pub(super) fn refuse_dependent(&self, body: &Expr) -> Result<(), Diagnostic> {
        let mut bodies: Vec<&Expr> = vec![body];
        bodies.extend(self.problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref()));
        let mut calls = Vec::new();
        bodies.iter().for_each(|body| unknown_calls(self.problem, body, &mut calls));
        for (call, arguments) in calls {
            let names: Vec<&Name> = arguments.iter().filter_map(sole_name).collect();
            let pairs = names.iter().flat_map(|a| names.iter().map(move |b| (*a, *b)));
            if let Some((dependent, on)) = pairs.into_iter().find(|(a, b)| self.depends(a, b)) {
                let place = self.problem.quantities.get(dependent).map_or(Span::NONE, |known| known.span);
                // An argument that is no name in the file.
                let shown = |name: &Name| match self.problem.quantities.get(name) {
                    Some(known) if self.problem.introduced.contains(name) => {
                        known.definition.as_ref().map_or_else(|| name.to_string(), print::expr)
                    }
                    _ => name.to_string(),
                };
                let (dependent, on) = (shown(dependent), shown(on));
                return Err(diagnostic::dependent_arguments(call.span, (&dependent, place), &on));
            }
        }
        Ok(())
    }
}

/// The calls of unknown functions in an expression, with their arguments.
fn unknown_calls<'e>(problem: &Problem, expr: &'e Expr, found: &mut Vec<(&'e Expr, &'e [Expr])>) {
    if let ExprKind::Call { function, arguments, .. } = &expr.kind
        && problem.is_unknown_function(&function.name)
    {
        found.push((expr, arguments));
    }
    expr.children().into_iter().for_each(|child| unknown_calls(problem, child, found));
}
