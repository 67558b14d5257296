//! Which free indices of a derivative are one axis: several over a product axis, and all of a stacked variable.

use super::cotangent::Engine;
use crate::dependence::sole_name;
use crate::expand::{Expander, Unexpandable};
use crate::index::Form;
use crate::index::quantities::groups;
use crate::problem::Goal;
use crate::shape::Shape;
use crate::syntax::ast::{Expr, ExprKind, Name};

impl Engine<'_> {
    /// How many indices each axis of a quantity has.
    pub(super) fn lists(&self, name: &Name) -> [usize; 2] {
        let shape = self.problem.quantities.get(name).map_or_else(Shape::scalar, |known| known.shape.clone());
        [&shape.rows, &shape.columns].map(|dim| self.quantities.axis(dim).len())
    }

    /// Notes the axes of a derivative with letters in it: by an entry it has none below.
    pub fn note_entry_groups(&mut self, form: &Form, above: &[usize], goal: &Goal, entry: bool) {
        let below = if entry { Vec::new() } else { groups(self.lists(&goal.by).into_iter()) };
        self.note_groups(form, above, &below, goal.stacked);
    }

    /// How many of the free indices in turn are one axis: more than one over a product axis.
    pub fn groups(&self, form: &Form) -> Vec<usize> {
        let key: Vec<u32> = form.free().iter().map(|index| index.id).collect();
        let plain = || vec![1; key.len()];
        self.groups.get(&key).cloned().unwrap_or_else(plain)
    }

    /// Whether a form has at most two axes, so that several indices of its rows or columns are one.
    pub fn is_matrix(&self, form: &Form) -> bool {
        self.groups(form).len() <= 2
    }

    /// Notes the axes of a derivative: those of the numerator, then those of the denominator, which are one if stacked.
    pub(super) fn note_groups(&mut self, form: &Form, above: &[usize], below: &[usize], stacked: bool) {
        let below = match stacked {
            true => groups(std::iter::once(below.iter().sum())),
            false => below.to_vec(),
        };
        let key = form.free().iter().map(|index| index.id).collect();
        self.groups.insert(key, above.iter().copied().chain(below).collect());
    }
}

/// How many of the free indices of an expression in turn are one axis. Those of a derivative are the axes of both of its
/// sides, which its form puts in two lists.
pub fn groups_of(expander: &mut Expander<'_>, expr: &Expr) -> Result<Vec<usize>, Unexpandable> {
    let ExprKind::Derivative(derivative) = &expr.kind else { return Ok(expander.expand(expr)?.groups()) };
    let derivative = derivative.nested().unwrap_or_else(|| (**derivative).clone());
    let mut found = groups_of(expander, &derivative.numerator)?;
    for (by, _) in &derivative.by {
        let stacked = expander.problem.stacked(by);
        // By an entry it has no more.
        let Some(name) = stacked.or_else(|| sole_name(by)) else { continue };
        let Some(quantity) = expander.problem.quantities.get(name) else { continue };
        let lists = [&quantity.shape.rows, &quantity.shape.columns];
        let counts = lists.map(|dim| expander.quantities.axis(dim).len());
        match stacked {
            Some(_) => found.extend(groups(std::iter::once(counts.iter().sum()))),
            None => found.extend(groups(counts.into_iter())),
        }
    }
    Ok(found)
}
