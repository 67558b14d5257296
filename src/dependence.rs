//! Which definitions depend on which quantities.

use std::collections::{BTreeSet, HashMap};

use crate::problem::Problem;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// Whether a name stands in an expression.
pub fn mentions(expr: &Expr, name: &str) -> bool {
    mentions_any(expr, &|known| *known == *name)
}

/// Whether a name of a kind stands in an expression.
pub fn mentions_any(expr: &Expr, wanted: &dyn Fn(&str) -> bool) -> bool {
    if let ExprKind::Name(known) = &expr.kind {
        return wanted(known);
    }
    expr.children().into_iter().any(|child| mentions_any(child, wanted))
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

/// An expression with the definitions of these names put in where a derivative is taken of them.
pub fn numerators_inlined(problem: &Problem, expr: &Expr, names: &[Name]) -> Expr {
    let ExprKind::Derivative(derivative) = &expr.kind else {
        return expr.map_children(&|child| numerators_inlined(problem, child, names));
    };
    let kept: Vec<Name> = problem.quantities.keys().filter(|name| !names.contains(name)).cloned().collect();
    let numerator = inlined(problem, &numerators_inlined(problem, &derivative.numerator, names), &kept);
    ExprKind::Derivative(Box::new(Derivative { numerator, ..(**derivative).clone() })).into()
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

/// Which definitions mention and depend on which quantities: found once for a problem, so that a question about
/// one quantity does not read every expression again.
pub struct Graph {
    positions: HashMap<Name, usize>,
    names: Vec<Name>,
    /// For each quantity the definitions that mention it, in the order of the file.
    mentioned_by: Vec<Vec<usize>>,
}

impl Graph {
    pub fn new(problem: &Problem) -> Graph {
        let names: Vec<Name> = problem.quantities.keys().cloned().collect();
        let positions = names.iter().cloned().zip(0..).collect();
        let mut graph = Graph { positions, mentioned_by: vec![Vec::new(); names.len()], names };
        for (at, quantity) in problem.quantities.values().enumerate() {
            let Some(definition) = &quantity.definition else { continue };
            for on in graph.positions_in(definition) {
                graph.mentioned_by[on].push(at);
            }
        }
        graph
    }

    /// The quantities that stand in an expression.
    fn positions_in(&self, expr: &Expr) -> BTreeSet<usize> {
        fn collect(graph: &Graph, expr: &Expr, found: &mut BTreeSet<usize>) {
            if let ExprKind::Name(name) = &expr.kind {
                found.extend(graph.positions.get(name));
            }
            expr.children().into_iter().for_each(|child| collect(graph, child, found));
        }
        let mut found = BTreeSet::new();
        collect(self, expr, &mut found);
        found
    }

    /// Whether a definition mentions a quantity.
    pub fn directly(&self, name: &str, on: &str) -> bool {
        let (Some(name), Some(on)) = (self.positions.get(name), self.positions.get(on)) else { return false };
        self.mentioned_by[*on].contains(name)
    }

    /// Whether a definition depends on a quantity, through others or not.
    pub fn depends(&self, name: &str, on: &str) -> bool {
        let (Some(name), Some(on)) = (self.positions.get(name), self.positions.get(on)) else { return false };
        self.dependents(*on)[*name]
    }

    /// For each quantity whether it depends on this one.
    fn dependents(&self, on: usize) -> Vec<bool> {
        let mut found = vec![false; self.names.len()];
        let mut open = self.mentioned_by[on].clone();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut found[at], true) {
                open.extend(&self.mentioned_by[at]);
            }
        }
        found
    }

    /// Quantities in an expression that depend on another, that one aside, in the order of the file.
    pub fn dependent_in(&self, expr: &Expr, on: &str) -> Vec<Name> {
        let Some(on) = self.positions.get(on) else { return Vec::new() };
        let dependents = self.dependents(*on);
        let found = self.positions_in(expr).into_iter().filter(|at| at != on && dependents[*at]);
        found.map(|at| self.names[at].clone()).collect()
    }

    /// Definitions, latest first, that depend on `by` and that the numerator depends on, the numerator's own
    /// aside, and without ways through what is held fixed.
    pub fn between(&self, problem: &Problem, numerator: &Expr, by: &Name, held: &[Name]) -> Vec<Name> {
        let Some(&on) = self.positions.get(by) else { return Vec::new() };
        let own = sole_name(numerator).and_then(|name| self.positions.get(name)).copied();
        let dependents = self.dependents(on);
        let mut needed = vec![false; self.names.len()];
        for at in self.positions_in(body(problem, numerator)) {
            needed[at] = true;
        }
        let mut found = Vec::new();
        // Definitions refer to earlier ones only: what needs one stands after it and has been decided.
        for at in (0..self.names.len()).rev() {
            if !dependents[at] || Some(at) == own || at == on || held.contains(&self.names[at]) {
                needed[at] = false;
                continue;
            }
            needed[at] |= self.mentioned_by[at].iter().any(|later| needed[*later]);
            if needed[at] {
                found.push(self.names[at].clone());
            }
        }
        found
    }
}
