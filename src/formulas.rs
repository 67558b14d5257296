//! Scalar functions of a file: whether a stated derivative is that of the formula, and whether what is stated says
//! a value and a derivative at all.

use crate::algebra::function::{derivative, equal};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};
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

/// A function at an order of derivative: 0 is its value; all orders above 1 count as 2.
type Node = (Name, usize);

/// One error for each function of the file whose value or derivative comes back to itself: nothing says it then,
/// and whoever puts one statement into the other does not end.
///
/// A value stated by its derivative is an antiderivative of it. Formulas alone have no circle in a checked
/// problem. `valued` are names whose values are known without a statement.
pub fn circular(problem: &Problem, valued: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    let mut told: Vec<Name> = Vec::new();
    let file = problem.functions.values().filter(|function| function.span != Span::NONE);
    for function in file {
        let Some(stated) = &function.derivative else { continue };
        let every = |node: &Node| uses(problem, node, valued);
        let derivatives = |node: &Node| if node.1 > 0 { every(node) } else { Vec::new() };
        let derivative = circle(&(function.name.clone(), 1), &derivatives);
        let value = circle(&(function.name.clone(), 0), &every).filter(|_| function.value.is_none());
        let Some(names) = derivative.as_ref().or(value.as_ref()) else { continue };
        if names.iter().any(|name| told.contains(name)) {
            continue;
        }
        let mut by: Vec<&str> = Vec::new();
        for name in names.iter().filter(|name| **name != function.name) {
            if !by.contains(&&**name) {
                by.push(name);
            }
        }
        errors.push(match derivative {
            Some(_) => diagnostic::derivative_by_itself(&function.name, &by, stated.span),
            None => diagnostic::value_by_itself(&function.name, &by, stated.span),
        });
        told.extend(names.iter().cloned());
    }
    errors
}

/// What has to be known before a node is.
fn uses(problem: &Problem, (name, order): &Node, valued: &dyn Fn(&str) -> bool) -> Vec<Node> {
    let Some(function) = problem.functions.get(name) else { return Vec::new() };
    let mut found = Vec::new();
    match (&function.value, &function.derivative, order) {
        (None, _, 0) if valued(name) => {}
        (Some(value), _, 0) => calls(value, 0, &mut found),
        (None, Some(_), 0) => found.push((name.clone(), 1)),
        (_, Some(stated), order) => calls(stated, order - 1, &mut found),
        (Some(value), None, order) => calls(value, *order, &mut found),
        (None, None, _) => {}
    }
    found
}

/// The functions that an expression calls, at the orders that it takes to differentiate it so often.
fn calls(expr: &Expr, orders: usize, found: &mut Vec<Node>) {
    if let ExprKind::Call { function, primes, .. } = &expr.kind {
        let orders = (0..=orders).map(|order| (function.name.clone(), (primes + order).min(2)));
        found.extend(orders);
    }
    expr.children().into_iter().for_each(|child| calls(child, orders, found));
}

/// The names on a shortest way from a node back to it.
fn circle(start: &Node, next: &dyn Fn(&Node) -> Vec<Node>) -> Option<Vec<Name>> {
    let mut reached: Vec<(Node, usize)> = vec![(start.clone(), 0)];
    let mut at = 0;
    while let Some((node, _)) = reached.get(at).cloned() {
        for target in next(&node) {
            if target == *start {
                let mut names = vec![node.0];
                let mut back = at;
                while back != 0 {
                    back = reached[back].1;
                    names.push(reached[back].0.0.clone());
                }
                return Some(names);
            }
            if reached.iter().all(|(known, _)| *known != target) {
                reached.push((target, at));
            }
        }
        at += 1;
    }
    None
}
