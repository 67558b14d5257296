//! Which definitions depend on which quantities.

use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Whether a name stands in an expression.
pub fn mentions(expr: &Expr, name: &str) -> bool {
    if let ExprKind::Name(known) = &expr.kind {
        return **known == *name;
    }
    expr.children().into_iter().any(|child| mentions(child, name))
}

/// An expression with the definitions of names put in, those of `kept` aside; what derivatives are taken of and by
/// keeps its names.
pub fn inlined(problem: &Problem, expr: &Expr, kept: &[Name]) -> Expr {
    match &expr.kind {
        ExprKind::Name(name) => match definition(problem, name) {
            Some(value) if !kept.contains(name) => inlined(problem, value, kept),
            _ => expr.clone(),
        },
        ExprKind::Derivative(_) => expr.clone(),
        _ => expr.map_children(&|child| inlined(problem, child, kept)),
    }
}

/// The name that an expression is, if it is one.
pub fn sole_name(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// The expression behind a numerator: a name's definition, or the expression itself.
pub fn body<'a>(problem: &'a Problem, numerator: &'a Expr) -> &'a Expr {
    sole_name(numerator).and_then(|name| definition(problem, name)).unwrap_or(numerator)
}

pub fn definition<'a>(problem: &'a Problem, name: &str) -> Option<&'a Expr> {
    problem.quantities.get(name).and_then(|quantity| quantity.definition.as_ref())
}

/// Whether a definition mentions a quantity.
pub fn directly(problem: &Problem, name: &str, on: &str) -> bool {
    definition(problem, name).is_some_and(|definition| mentions(definition, on))
}

/// Whether a definition depends on a quantity, through others or not.
pub fn depends(problem: &Problem, name: &str, on: &str) -> bool {
    dependents(problem, on).iter().any(|known| **known == *name)
}

/// All definitions that depend on a quantity, in the order of the file.
pub fn dependents(problem: &Problem, on: &str) -> Vec<Name> {
    // Definitions refer to earlier ones only: one pass suffices.
    let mut found: Vec<Name> = Vec::new();
    for quantity in problem.quantities.values() {
        let Some(definition) = &quantity.definition else { continue };
        if mentions(definition, on) || found.iter().any(|name| mentions(definition, name)) {
            found.push(quantity.name.clone());
        }
    }
    found
}

/// Definitions, latest first, that depend on `by` and that the numerator depends on, the numerator's own
/// aside, and without ways through what is held fixed.
pub fn between(problem: &Problem, numerator: &Expr, by: &Name, held: &[Name]) -> Vec<Name> {
    let body = body(problem, numerator);
    let own = sole_name(numerator);
    let dependents = dependents(problem, by);
    let mut needed: Vec<Name> = Vec::new();
    for name in dependents.iter().rev() {
        if Some(name) == own || name == by || held.contains(name) {
            continue;
        }
        if mentions(body, name) || needed.iter().any(|later| directly(problem, later, name)) {
            needed.push(name.clone());
        }
    }
    needed
}
