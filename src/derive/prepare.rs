//! Names for the arguments of unknown functions: `loss(X*W)` becomes `loss(Y)` with `Y = X*W`.

use crate::problem::{Problem, Quantity};
use crate::shape::Shape;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Tried in this order for introduced names, then `Y1`, `Y2` …
const NAMES: [&str; 6] = ["Y", "Z", "U", "V", "S", "T"];

/// The problem with every argument of an unknown function a name; what it introduces stands before its use.
pub fn prepare(mut problem: Problem, shape_of: &dyn Fn(&Problem, &Expr) -> Option<Shape>) -> Problem {
    let old = std::mem::take(&mut problem.quantities);
    // Every name of the file counts as taken, whatever its place.
    let taken: Vec<Name> = old.keys().chain(problem.dimensions.keys()).cloned().collect();
    for (name, mut quantity) in old {
        if let Some(definition) = quantity.definition.take() {
            quantity.definition = Some(named(&mut problem, definition, &taken, shape_of));
        }
        problem.quantities.insert(name, quantity);
    }
    for at in 0..problem.goals.len() {
        let numerator = problem.goals[at].numerator.clone();
        problem.goals[at].numerator = named(&mut problem, numerator, &taken, shape_of);
    }
    problem
}

fn named(
    problem: &mut Problem,
    mut expr: Expr,
    taken: &[Name],
    shape_of: &dyn Fn(&Problem, &Expr) -> Option<Shape>,
) -> Expr {
    match &mut expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => {
            **inner = named(problem, (**inner).clone(), taken, shape_of);
        }
        ExprKind::Product { first, rest } => {
            **first = named(problem, (**first).clone(), taken, shape_of);
            for (_, factor) in rest {
                *factor = named(problem, factor.clone(), taken, shape_of);
            }
        }
        ExprKind::Sum(terms) => {
            for (_, term) in terms {
                *term = named(problem, term.clone(), taken, shape_of);
            }
        }
        ExprKind::Call { function, arguments, .. } => {
            let unknown = problem.is_unknown_function(&function.name);
            for argument in arguments {
                *argument = named(problem, argument.clone(), taken, shape_of);
                if unknown && !matches!(argument.kind, ExprKind::Name(_)) {
                    *argument = introduce(problem, argument, taken, shape_of);
                }
            }
        }
        ExprKind::Derivative(derivative) => {
            derivative.numerator = named(problem, derivative.numerator.clone(), taken, shape_of);
        }
        _ => {}
    }
    expr
}

fn introduce(
    problem: &mut Problem,
    value: &Expr,
    taken: &[Name],
    shape_of: &dyn Fn(&Problem, &Expr) -> Option<Shape>,
) -> Expr {
    // The same argument twice is one name.
    let known = problem.introduced.iter().find(|name| {
        problem.quantities.get(*name).and_then(|quantity| quantity.definition.as_ref()) == Some(value)
    });
    if let Some(known) = known {
        return Expr::name(known.clone());
    }
    // So is one that the file has a name for; by that name nothing may be differentiated, since the file's own argument
    // does not hang on it.
    let named = problem.quantities.values().find(|known| known.definition.as_ref() == Some(value));
    let by = |name: &Name| problem.goals.iter().any(|goal| goal.denominators().contains(name));
    if let Some(known) = named.filter(|known| !by(&known.name)) {
        return Expr::name(known.name.clone());
    }
    let Some(shape) = shape_of(problem, value) else { return value.clone() };
    let candidates = NAMES.iter().map(|name| name.to_string()).chain((1..).map(|n| format!("Y{n}")));
    let free = |name: &String| {
        !taken.iter().any(|known| **known == **name) && !problem.quantities.contains_key(name.as_str())
    };
    let name: Name = candidates.into_iter().find(free).unwrap_or_default().into();
    problem.introduced.push(name.clone());
    problem.quantities.insert(
        name.clone(),
        Quantity {
            name: name.clone(),
            shape,
            properties: Vec::new(),
            definition: Some(value.clone()),
            span: Span::NONE,
        },
    );
    Expr::name(name)
}
