//! Which numbers a derivation needs: exact ones as long as it is rational in its data, else real ones.

use std::collections::HashSet;

use super::letters::children;
use crate::derivation::Derivation;
use crate::problem::Problem;
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, ProductOp};

/// Operations that the checker has without a definition.
const BUILT_IN: [&str; 8] = ["delta", "ones", "zeros", "eye", "tr", "sum", "diag", "diagvec"];

/// Whether any expression of the derivation has a value in real numbers only.
pub fn needs_reals(problem: &Problem, derivation: &Derivation, introduced: &[(Name, Expr)]) -> bool {
    let mut scan = Scan { problem, introduced, seen: HashSet::new() };
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    let chains = steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
    let mut sides = chains
        .flat_map(|chain| std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, side)| side)))
        .chain(derivation.answers.iter().flat_map(|answer| [&answer.goal, &answer.value]));
    // Inequalities restrict nothing in a field and are not evaluated there.
    let mut equations = problem.assumptions.iter().filter_map(|condition| match condition {
        Condition::Compare { left, comparison: Comparison::Equal, right } => Some((left, right)),
        _ => None,
    });
    sides.any(|side| scan.real(side)) || equations.any(|(left, right)| scan.real(left) || scan.real(right))
}

struct Scan<'a> {
    problem: &'a Problem,
    introduced: &'a [(Name, Expr)],
    /// Names, operations and functions that were followed.
    seen: HashSet<(Name, usize)>,
}

impl Scan<'_> {
    fn real(&mut self, expr: &Expr) -> bool {
        let problem = self.problem;
        let own = match &expr.kind {
            ExprKind::Name(name) => self.named(name),
            ExprKind::Power { exponent, .. } => !self.whole(exponent),
            ExprKind::Call { function, arguments, .. } => {
                let name = &function.name;
                if problem.is_unknown_function(name) || problem.entrywise.contains(name) {
                    false
                } else if let Some(declared) = problem.functions.get(name) {
                    match &declared.value {
                        Some(value) => self.first(name, usize::MAX) && self.real(value),
                        None => true,
                    }
                } else if let Some(operation) = problem.operation(name, arguments.len()) {
                    self.first(name, 1 + arguments.len()) && self.real(&operation.value)
                } else {
                    !BUILT_IN.contains(&&**name)
                }
            }
            _ => false,
        };
        let mut found = own;
        children(expr, &mut |child| found = found || self.real(child));
        found
    }

    fn named(&mut self, name: &Name) -> bool {
        let definition = match self.problem.quantities.get(name) {
            Some(quantity) => quantity.definition.as_ref(),
            None => match self.introduced.iter().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value),
                None => return &**name == "pi" && !self.problem.dimensions.contains_key(name),
            },
        };
        definition.is_some_and(|definition| self.first(name, 0) && self.real(definition))
    }

    fn first(&mut self, name: &Name, kind: usize) -> bool {
        self.seen.insert((name.clone(), kind))
    }

    /// A whole number for certain: numerals, dimensions and letters under `+ - *`.
    fn whole(&self, exponent: &Expr) -> bool {
        match &exponent.kind {
            ExprKind::Number(number) => number.is_integer(),
            ExprKind::Name(name) => {
                !self.problem.quantities.contains_key(name)
                    && !self.introduced.iter().any(|(known, _)| known == name)
                    && &**name != "pi"
            }
            ExprKind::Negate(inner) => self.whole(inner),
            ExprKind::Sum(terms) => terms.iter().all(|(_, term)| self.whole(term)),
            ExprKind::Product { first, rest } => {
                self.whole(first)
                    && rest.iter().all(|(op, factor)| {
                        matches!(op, ProductOp::Times | ProductOp::Space) && self.whole(factor)
                    })
            }
            _ => false,
        }
    }
}
