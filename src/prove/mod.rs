//! Equality for every size: both sides have the same canonical index form.

mod clear;
pub mod facts;
mod inverse;
mod laws;
mod powers;
mod reductions;
mod signs;

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::dependence::{Graph, definition};
use crate::differentiate::Chain;
use crate::expand::{Expander, Scope, Unexpandable};
use crate::index::canonical::same;
use crate::index::symmetry::turned;
use crate::index::{Form, Index, Indices, Quantities};
use crate::problem::Problem;
use crate::rule::Catalogue;
use crate::shape::dimension;
use crate::syntax::ast::{Expr, ExprKind, Name};

pub use clear::{equal as equal_by_laws, rewritten};

/// Whether two expressions have one canonical index form. `free` gives the letters that are free in both, with
/// their ranges. `false` proves nothing.
///
/// Some attempts, the shortest forms first: with every definition a quantity of its own and derivatives by what
/// the left side differentiates by carried out one definition back; the same with the definitions put in that
/// either side names; with every definition put in and every derivative carried out to the end, where there is a
/// definition. At last both ways once more with functions replaced by their formulas and rewritten by their laws, and with
/// denominators cleared.
pub fn proved(
    problem: &Problem,
    catalogue: &Catalogue,
    left: &Expr,
    right: &Expr,
    free: &[(Name, Expr)],
) -> bool {
    proved_with(problem, &Graph::new(problem), catalogue, left, right, free)
}

/// The same with what depends on what, where many are asked.
pub fn proved_with(
    problem: &Problem,
    graph: &Graph,
    catalogue: &Catalogue,
    left: &Expr,
    right: &Expr,
    free: &[(Name, Expr)],
) -> bool {
    let mut targets = Vec::new();
    differentiated_by(left, &mut targets);
    let mut defined = Vec::new();
    [left, right].into_iter().for_each(|side| definitions(problem, side, &mut defined));
    let attempt = |inlined: &dyn Fn(&str) -> bool, chain, by: By| {
        let mut attempt =
            Attempt { problem, graph, catalogue, free, inlined, chain, by, budget: Cell::new(BUDGET) };
        attempt.equal(left, right).unwrap_or(false)
    };
    let named = |name: &str| defined.iter().any(|known| **known == *name);
    let step = Chain::Step(&targets);
    let is_plain = [left, right].into_iter().all(|side| is_plain(problem, &targets, side));
    attempt(&|_| false, step, By::Names)
        || (!defined.is_empty() && attempt(&named, step, By::Names))
        || (!is_plain && attempt(&|_| true, Chain::Inlined, By::Names))
        || (!targets.is_empty() && attempt(&named, step, By::Laws))
        || attempt(&|_| true, Chain::Inlined, By::Laws)
}

/// What scalar functions are taken to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Known by their names alone.
    Names,
    /// Their formulas and laws.
    Laws,
}

/// Work that the canonical forms of one attempt may take: beyond it a line is checked and not proved.
const BUDGET: u64 = 1_000_000;

struct Attempt<'a> {
    problem: &'a Problem,
    graph: &'a Graph,
    catalogue: &'a Catalogue,
    free: &'a [(Name, Expr)],
    inlined: &'a dyn Fn(&str) -> bool,
    chain: Chain<'a>,
    by: By,
    /// Left of [`BUDGET`].
    budget: Cell<u64>,
}

impl Attempt<'_> {
    fn equal(&mut self, left: &Expr, right: &Expr) -> Result<bool, Unexpandable> {
        let mut products = BTreeMap::new();
        loop {
            let mut quantities = Quantities::over(products.clone());
            let found = self.equal_with(left, right, &mut quantities);
            // What is a product axis in one place is one everywhere.
            let next = quantities.products();
            if found == Ok(true) || next.keys().all(|dim| products.contains_key(dim)) {
                return found;
            }
            products.extend(next);
        }
    }

    fn equal_with(
        &self,
        left: &Expr,
        right: &Expr,
        quantities: &mut Quantities,
    ) -> Result<bool, Unexpandable> {
        let mut indices = Indices::default();
        let letters = letters(self.free, &mut indices)?;
        let mut expander = Expander {
            problem: self.problem,
            graph: self.graph,
            catalogue: self.catalogue,
            quantities,
            indices: &mut indices,
            scope: Scope::letters(letters),
            inlined: self.inlined,
            multiplied_out: true,
            nameless: true,
            formulas: self.by != By::Names,
            budget: Some(&self.budget),
            chain: self.chain,
        };
        let (left, right) = (expander.expand(left)?, expander.expand(right)?);
        let Some((left, right)) = expander.alike(&left, &right) else { return Ok(false) };
        let (left, right) = (expander.canonical(left)?, expander.canonical(right)?);
        let (left, right) =
            (facts::ordered(&left, expander.indices), facts::ordered(&right, expander.indices));
        // A declared symmetry is off while differentiating and back on here.
        let (left, right) = (turned(&left, expander.quantities), turned(&right, expander.quantities));
        if same(&left, &right) {
            return Ok(true);
        }
        if facts::known(self.problem) {
            let by_facts = |form: &Form| facts::applied(form, self.problem, expander.quantities);
            if same(&by_facts(&left), &by_facts(&right)) {
                return Ok(true);
            }
        }
        match self.by {
            By::Names => Ok(false),
            By::Laws => clear::equal(&mut expander, &left, &right),
        }
    }
}

/// An index for each free letter.
///
/// # Errors
/// A range that is no dimension.
pub fn letters(free: &[(Name, Expr)], indices: &mut Indices) -> Result<BTreeMap<Name, Index>, Unexpandable> {
    let index = |(letter, range): &(Name, Expr)| {
        let dim = dimension(range).ok_or_else(|| Unexpandable::Malformed(range.clone()))?;
        Ok((letter.clone(), indices.fresh(&dim)))
    };
    free.iter().map(index).collect()
}

/// The definitions that an expression names, those inside derivatives aside.
fn definitions(problem: &Problem, expr: &Expr, found: &mut Vec<Name>) {
    match &expr.kind {
        ExprKind::Derivative(_) => {}
        ExprKind::Name(name) => {
            if definition(problem, name).is_some() && !found.contains(name) {
                found.push(name.clone());
            }
        }
        _ => expr.children().into_iter().for_each(|child| definitions(problem, child, found)),
    }
}

/// Whether definitions put in and derivatives carried out to the end change nothing: there are no definitions, and every
/// derivative is a first one by what is differentiated by anyway.
fn is_plain(problem: &Problem, targets: &[Name], expr: &Expr) -> bool {
    let kept = match &expr.kind {
        ExprKind::Name(name) => definition(problem, name).is_none(),
        ExprKind::Derivative(derivative) => {
            let mut by = Vec::new();
            differentiated_by(expr, &mut by);
            let letters = |index: &Expr| matches!(index.kind, ExprKind::Name(_));
            let entry = match &derivative.numerator.kind {
                ExprKind::Index { indices, .. } => indices.iter().all(letters),
                _ => true,
            };
            let first =
                matches!(derivative.by.as_slice(), [(_, 1)]) && !holds_derivative(&derivative.numerator);
            first && entry && by.iter().all(|name| targets.contains(name))
        }
        _ => true,
    };
    kept && expr.children().into_iter().all(|child| is_plain(problem, targets, child))
}

fn holds_derivative(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Derivative(_)) || expr.children().into_iter().any(holds_derivative)
}

/// The names that the derivatives in an expression are taken by.
pub fn differentiated_by(expr: &Expr, found: &mut Vec<Name>) {
    if let ExprKind::Derivative(derivative) = &expr.kind {
        for (by, _) in &derivative.by {
            let base = match &by.kind {
                ExprKind::Index { base, .. } => base,
                // By its stacked columns.
                ExprKind::Call { arguments, .. } if arguments.len() == 1 => &arguments[0],
                _ => by,
            };
            if let ExprKind::Name(name) = &base.kind
                && !found.contains(name)
            {
                found.push(name.clone());
            }
        }
    }
    expr.children().into_iter().for_each(|child| differentiated_by(child, found));
}
