//! Names of functions that the input took for itself: `ones : n` leaves no way to write the vector of ones.

use crate::derivation::{Derivation, Heading, Level, Prose, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::{HIDDEN, Problem};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Refuses a derivation that calls a function by a name that means a quantity or a dimension in the input: what
/// is printed would read back as something else.
///
/// # Errors
/// One for each such name, in the order of the input.
pub fn refuse(problem: &Problem, derivation: &Derivation) -> Result<(), Vec<Diagnostic>> {
    let quantities = problem.quantities.values().map(|quantity| (&quantity.name, quantity.span));
    let mut places: Vec<(&Name, Span)> =
        quantities.chain(problem.dimensions.iter().map(|(name, span)| (name, *span))).collect();
    places.sort_by_key(|(_, place)| place.start);
    let mut called = vec![false; places.len()];
    // Sums of an index form have a sign of their own in a step, and are written `sum(k)` in an answer.
    let mut look_at = |expr: &Expr, answer: bool| {
        calls(expr, &mut |function, sum| {
            if sum && !answer {
                return;
            }
            if let Some(position) = places.iter().position(|(name, _)| *function == ***name) {
                called[position] = true;
            }
        });
    };
    let mut look = |expr: &Expr| look_at(expr, false);
    for section in &derivation.sections {
        if let Heading::Derivative(expr) = &section.heading {
            look(expr);
        }
        for step in &section.steps {
            for prose in &step.prose {
                if let Prose::Math(expr) = prose {
                    look(expr);
                }
            }
            for chain in step.displays.iter().flat_map(|display| &display.chains) {
                look(&chain.first);
                chain.rest.iter().for_each(|(_, expr)| look(expr));
            }
        }
    }
    // An entry of the prelude under a name that no file can write may stand in a step, not in an answer.
    let hidden = problem.operations.iter().map(|operation| &operation.name).chain(problem.functions.keys());
    let hidden: Vec<Name> = hidden.filter_map(|name| name.strip_prefix(HIDDEN)).map(Name::from).collect();
    let mut unwritable: Vec<Name> = Vec::new();
    let mut look_at = |expr: &Expr, answer: bool| {
        look_at(expr, answer);
        calls(expr, &mut |function, _| {
            let known =
                function.strip_prefix(HIDDEN).and_then(|name| hidden.iter().find(|known| ***known == *name));
            if let Some(name) = known.filter(|name| !unwritable.contains(name)) {
                unwritable.push(name.clone());
            }
        });
    };
    for answer in &derivation.answers {
        look_at(&answer.goal, true);
        look_at(&answer.value, true);
        answer.introduced.iter().for_each(|(_, expr)| look_at(expr, true));
    }
    let taken = places.iter().zip(&called).filter(|(_, called)| **called);
    let errors: Vec<Diagnostic> = taken
        .map(|((name, place), _)| diagnostic::name_taken(name, *place))
        .chain(unwritable.iter().map(|name| diagnostic::name_taken(name, place_of(problem, name))))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// One sentence for each function of the prelude that steps call although the file took its name, as detailed as the
/// first of those steps.
pub fn told(problem: &Problem, derivation: &Derivation) -> Vec<Step> {
    let mut found: Vec<(Name, Level)> = Vec::new();
    for step in derivation.sections.iter().flat_map(|section| &section.steps) {
        let mut look = |expr: &Expr| {
            calls(expr, &mut |function, _| {
                if !function.starts_with(HIDDEN) {
                    return;
                }
                match found.iter_mut().find(|(known, _)| **known == *function) {
                    Some((_, level)) => *level = step.level.min(*level),
                    None => found.push((function.into(), step.level)),
                }
            });
        };
        for piece in &step.prose {
            match piece {
                Prose::Math(Expr { kind: ExprKind::Name(name), .. }) if name.starts_with(HIDDEN) => {
                    look(&Expr::call(name, Vec::new()));
                }
                Prose::Math(expr) => look(expr),
                Prose::Text(_) | Prose::Shape(_) => {}
            }
        }
        for chain in step.displays.iter().flat_map(|display| &display.chains) {
            look(&chain.first);
            chain.rest.iter().for_each(|(_, expr)| look(expr));
        }
    }
    let sentence = |(function, level): (Name, Level)| {
        let name: Name = function.strip_prefix(HIDDEN).unwrap_or_default().into();
        let place = place_of(problem, &name);
        let name = Prose::Math(Expr::name(name));
        let prose = vec![
            Prose::Math(Expr::name(function)),
            Prose::Text(" is the function of the language that is usually written ".to_string()),
            name,
            Prose::Text(", a name that has its own meaning here.".to_string()),
        ];
        Step::new("given", prose, Vec::new()).at_level(level).about([place])
    };
    found.into_iter().map(sentence).collect()
}

/// Where the file gives a function's name its own meaning.
fn place_of(problem: &Problem, name: &str) -> Span {
    let operation = problem.operations.iter().find(|operation| &*operation.name == name);
    let function = problem.functions.get(name).map(|function| function.span);
    let quantity = problem.quantities.get(name).map(|quantity| quantity.span);
    operation.map(|operation| operation.span).or(function).or(quantity).unwrap_or(Span::NONE)
}

/// Every function called in an expression; true for a sum over indices.
fn calls(expr: &Expr, found: &mut dyn FnMut(&str, bool)) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => {}
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => calls(inner, found),
        ExprKind::Index { base, indices } => {
            calls(base, found);
            indices.iter().for_each(|index| calls(index, found));
        }
        ExprKind::Power { base, exponent, .. } => {
            calls(base, found);
            calls(exponent, found);
        }
        ExprKind::Product { first, rest } => {
            calls(first, found);
            rest.iter().for_each(|(_, factor)| calls(factor, found));
        }
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| calls(term, found)),
        ExprKind::BigSum { binders, body } => {
            found("sum", true);
            binders.iter().filter_map(|binder| binder.range.as_ref()).for_each(|range| calls(range, found));
            calls(body, found);
        }
        ExprKind::Call { function, arguments, .. } => {
            found(&function.name, false);
            arguments.iter().for_each(|argument| calls(argument, found));
        }
        ExprKind::Tuple(parts) => parts.iter().for_each(|part| calls(part, found)),
        ExprKind::Matrix(rows) => rows.iter().flatten().for_each(|cell| calls(cell, found)),
        ExprKind::Derivative(derivative) => {
            calls(&derivative.numerator, found);
            derivative.by.iter().for_each(|(by, _)| calls(by, found));
        }
        ExprKind::Contraction { left, right } => {
            calls(left, found);
            calls(right, found);
        }
        ExprKind::Table(table) => calls(&table.body, found),
    }
}
