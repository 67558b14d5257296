//! Scalar functions that a file states by a formula and a derivative: whether the two agree.

use crate::algebra::function::{derivative, equal};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::source::Span;
use crate::syntax::ast::{Expr, Name};
use crate::syntax::print;

/// One error for each function of the file whose stated derivative is certainly not that of its formula.
///
/// What the algebra cannot decide, or a session that cannot be had, is no error here: every line that uses the
/// derivative is evaluated by the checker, which differentiates the formula.
pub fn misstated(problem: &Problem) -> Vec<Diagnostic> {
    // What the prelude states of the functions that the algebra knows itself adds nothing.
    let known = |name: &str| -> Option<(Name, Expr)> {
        let function = problem.functions.get(name)?;
        let native = function.span == Span::NONE && function.value.is_none();
        if native && matches!(name, "exp" | "log" | "sin" | "cos" | "tan") {
            return None;
        }
        Some((function.parameter.clone(), function.derivative.clone()?))
    };
    let mut errors = Vec::new();
    for function in problem.functions.values().filter(|function| function.span != Span::NONE) {
        let (Some(value), Some(stated)) = (&function.value, &function.derivative) else { continue };
        let Ok(derived) = derivative(value, &function.parameter, &known) else { continue };
        if let Ok(Some(false)) = equal(&derived, stated, &function.parameter, &known) {
            let derived = print::expr(&derived);
            errors.push(diagnostic::misstated_derivative(
                &function.name,
                function.span,
                stated.span,
                &derived,
            ));
        }
    }
    errors
}
