//! Functions with points where no derivative exists, and what stands for it there.

use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Functions in the definitions whose derivative is written with a function that jumps, each with that function:
/// `relu` with `step`. What jumps is told from its own derivative, which is 0.
pub fn corners(problem: &Problem) -> Vec<(Name, Name)> {
    let mut called: Vec<Name> = Vec::new();
    let definitions = problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
    for expr in definitions.chain(problem.goals.iter().map(|goal| &goal.numerator)) {
        calls(problem, expr, &mut called);
    }
    let mut found = Vec::new();
    for name in &called {
        let Some(derivative) = problem.functions.get(name).and_then(|known| known.derivative.as_ref()) else {
            continue;
        };
        let mut inside = Vec::new();
        calls(problem, derivative, &mut inside);
        for jump in inside.into_iter().filter(|other| other != name && jumps(problem, other)) {
            found.push((name.clone(), jump));
        }
    }
    found
}

fn jumps(problem: &Problem, name: &str) -> bool {
    let derivative = problem.functions.get(name).and_then(|known| known.derivative.as_ref());
    derivative.is_some_and(|derivative| *derivative == Expr::natural(0))
}

/// Functions that an expression calls, through operations and formulas, each once in order.
fn calls(problem: &Problem, expr: &Expr, found: &mut Vec<Name>) {
    if let ExprKind::Call { function, arguments, .. } = &expr.kind
        && !found.contains(&function.name)
    {
        found.push(function.name.clone());
        if let Some(operation) = problem.operation(&function.name, arguments.len()) {
            calls(problem, &operation.value, found);
        }
        if let Some(value) = problem.functions.get(&function.name).and_then(|known| known.value.as_ref()) {
            calls(problem, value, found);
        }
    }
    expr.children().into_iter().for_each(|child| calls(problem, child, found));
}
