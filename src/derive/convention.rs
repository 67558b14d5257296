//! What is taken for granted: the file's assumptions, and derivatives where none exist: functions with a corner,
//! `relu` at 0.

use num_traits::Zero;

use crate::derivation::{Level, Prose, Step};
use crate::problem::{Problem, ScalarFunction};
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name};

use super::tell::{list, text};

/// The conventions that were asked for, and one sentence for each function with a corner that the definitions or goals reach, in the order of their use.
///
/// Such a function is known by its derivative alone, and that names one whose own derivative is stated as 0: a
/// function with a jump, whose value at the jump is the convention (`grammar/prelude.ew`).
pub fn steps(problem: &Problem) -> Vec<Step> {
    let mut found: Vec<Name> = Vec::new();
    let mut seen: Vec<Name> = Vec::new();
    let definitions = problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
    for expr in definitions.chain(problem.goals.iter().map(|goal| &goal.numerator)) {
        collect(problem, expr, &mut seen, &mut found);
    }
    let sentence = |name: Name| {
        let jump = problem.functions.get(&name).and_then(|function| jump(problem, function));
        let function = Prose::Math(Expr::name(name.clone()));
        let mut prose = vec![function, text(" has no derivative at 0; by convention the value 0")];
        if let Some(jump) = jump.filter(|jump| *jump != name) {
            prose.extend([text(" of "), Prose::Math(Expr::name(jump))]);
        }
        prose.push(text(" is given there."));
        Step::new("convention", prose, Vec::new()).at_level(Level::Statement)
    };
    let chosen = problem.conventions.iter().map(|(name, words)| {
        let prose = vec![Prose::Math(Expr::name(name.clone())), text(words)];
        Step::new("convention", prose, Vec::new()).at_level(Level::Statement)
    });
    chosen.chain(found.into_iter().map(sentence)).collect()
}

/// The assumptions in sentences that follow what is given.
pub fn assumed(problem: &Problem) -> Vec<Prose> {
    let mut prose = Vec::new();
    let onehot: Vec<Expr> = problem
        .quantities
        .keys()
        .filter(|name| problem.is_onehot(name))
        .map(|name| Expr::name(name.clone()))
        .collect();
    if !onehot.is_empty() {
        prose.push(text(" Each row of "));
        prose.extend(list(onehot));
        prose.push(text(" holds one 1 and zeros."));
    }
    for condition in &problem.assumptions {
        let Condition::Compare { left, comparison, right } = condition else { continue };
        let is = match comparison {
            Comparison::Less => " is less than ",
            Comparison::LessEqual => " is at most ",
            Comparison::Equal => " equals ",
            Comparison::GreaterEqual => " is at least ",
            Comparison::Greater => " is greater than ",
        };
        prose.extend([text(" It is assumed that "), Prose::Math(left.clone()), text(is)]);
        prose.extend([Prose::Math(right.clone()), text(".")]);
    }
    prose
}

fn collect(problem: &Problem, expr: &Expr, seen: &mut Vec<Name>, found: &mut Vec<Name>) {
    for child in expr.children() {
        collect(problem, child, seen, found);
    }
    let ExprKind::Call { function, arguments, .. } = &expr.kind else { return };
    let name = &function.name;
    if seen.contains(name) {
        return;
    }
    seen.push(name.clone());
    if let Some(operation) = problem.operation(name, arguments.len()) {
        collect(problem, operation.body.expr(), seen, found);
    } else if let Some(function) = problem.functions.get(name) {
        match &function.value {
            Some(value) => collect(problem, value, seen, found),
            None if jump(problem, function).is_some() => found.push(name.clone()),
            None => {}
        }
    }
}

/// The function with a jump in the derivative of one that is known by its derivative alone; the function itself
/// where its own derivative is 0.
fn jump(problem: &Problem, function: &ScalarFunction) -> Option<Name> {
    let derivative = function.derivative.as_ref().filter(|_| function.value.is_none())?;
    if is_flat(function) {
        return Some(function.name.clone());
    }
    let ExprKind::Call { function: inner, .. } = &derivative.kind else { return None };
    problem.functions.get(&inner.name).filter(|inner| is_flat(inner)).map(|inner| inner.name.clone())
}

fn is_flat(function: &ScalarFunction) -> bool {
    let zero = |derivative: &Expr| matches!(&derivative.kind, ExprKind::Number(number) if number.is_zero());
    function.value.is_none() && function.derivative.as_ref().is_some_and(zero)
}
