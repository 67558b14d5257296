//! Which numbers a derivation needs: exact ones as long as it is rational in its data, else real ones.

use rustc_hash::{FxHashMap, FxHashSet};

use super::letters::children;
use crate::problem::{Body, Problem};
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, ProductOp};

/// Operations that the checker has without a definition.
const BUILT_IN: [&str; 8] = ["delta", "ones", "zeros", "eye", "tr", "sum", "diag", "diagvec"];

/// Whether any of these expressions has a value in real numbers only.
pub fn needs_reals(problem: &Problem, sides: &[&Expr], introduced: &[(Name, Expr)]) -> bool {
    let mut scan = Scan { problem, names: FxHashMap::default(), seen: FxHashSet::default() };
    // In their order, each uses earlier ones: a long chain of them does not nest.
    let definitions = problem.quantities.iter().map(|(name, quantity)| (name, quantity.definition.as_ref()));
    for (name, definition) in definitions.chain(introduced.iter().map(|(name, value)| (name, Some(value)))) {
        let real = definition.is_some_and(|definition| scan.real(definition));
        scan.names.insert(name.clone(), real);
    }
    // Inequalities restrict nothing in a field and are not evaluated there.
    let mut equations = problem.assumptions.iter().filter_map(|condition| match condition {
        Condition::Compare { left, comparison: Comparison::Equal, right } => Some((left, right)),
        _ => None,
    });
    sides.iter().any(|side| scan.real(side))
        || equations.any(|(left, right)| scan.real(left) || scan.real(right))
}

struct Scan<'a> {
    problem: &'a Problem,
    /// Quantities and introduced definitions.
    names: FxHashMap<Name, bool>,
    /// Operations and functions that are followed, with the number of their arguments.
    seen: FxHashSet<(Name, usize)>,
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
                        Some(value) => self.body(name, usize::MAX, value),
                        None => true,
                    }
                } else if let Some(operation) = problem.operation(name, arguments.len()) {
                    match &operation.body {
                        Body::Formula(value) => self.body(name, arguments.len(), value),
                        Body::Derivative { .. } => false,
                        Body::Exponential(_) => true,
                    }
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

    fn named(&self, name: &Name) -> bool {
        let pi = || &**name == "pi" && !self.problem.dimensions.contains_key(name);
        self.names.get(name).copied().unwrap_or_else(pi)
    }

    /// What an operation or function needs; nothing further where it leads back to itself.
    fn body(&mut self, name: &Name, arguments: usize, body: &Expr) -> bool {
        let key = (name.clone(), arguments);
        if !self.seen.insert(key.clone()) {
            return false;
        }
        let real = self.real(body);
        self.seen.remove(&key);
        real
    }

    /// A whole number for certain: numerals, dimensions and letters under `+ - *`.
    fn whole(&self, exponent: &Expr) -> bool {
        match &exponent.kind {
            ExprKind::Number(number) => number.is_integer(),
            ExprKind::Name(name) => !self.names.contains_key(name) && &**name != "pi",
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
