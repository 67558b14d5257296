//! What of a problem a derivation speaks of: other variables need no values, and other dimensions no sizes.

use std::collections::HashSet;

use super::scope::free_names;
use crate::derivation::Derivation;
use crate::problem::Problem;
use crate::syntax::ast::{Condition, Expr, Name};

/// The problem without what neither a derivation nor an assumption depends on.
pub fn used(problem: &Problem, derivation: &Derivation, introduced: &[(Name, Expr)]) -> Problem {
    let mut open: Vec<Name> = Vec::new();
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    for chain in steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains) {
        open.extend(free_names(&chain.first));
        chain.rest.iter().for_each(|(_, side)| open.extend(free_names(side)));
        chain.free.iter().for_each(|(_, range)| open.extend(free_names(range)));
    }
    for answer in &derivation.answers {
        open.extend(free_names(&answer.goal));
        open.extend(free_names(&answer.value));
        answer.free.iter().for_each(|(_, range)| open.extend(free_names(range)));
    }
    introduced.iter().for_each(|(_, value)| open.extend(free_names(value)));
    for condition in &problem.assumptions {
        match condition {
            Condition::Compare { left, right, .. } => {
                open.extend(free_names(left));
                open.extend(free_names(right));
            }
            Condition::Onehot(known) => open.push(known.name.clone()),
        }
    }
    let mut seen: HashSet<Name> = HashSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(quantity) = problem.quantities.get(&name) {
            open.extend(quantity.shape.rows.names());
            open.extend(quantity.shape.columns.names());
            open.extend(quantity.definition.iter().flat_map(free_names));
        }
    }
    let mut used = problem.without_claims();
    used.quantities.retain(|name, _| seen.contains(name));
    used.dimensions.retain(|name, _| seen.contains(name));
    used
}
