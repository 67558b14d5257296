//! Equality for every size: both sides have the same canonical index form.

use crate::expand::Expander;
use crate::index::canonical::form_key;
use crate::index::{Indices, Quantities};
use crate::problem::Problem;
use crate::shape::dimension;
use crate::syntax::ast::{Expr, Name};

/// Whether two expressions have one canonical index form when every definition is put in and every derivative
/// carried out. `free` gives the letters that are free in both, with their ranges. `false` proves nothing.
pub fn proved(problem: &Problem, left: &Expr, right: &Expr, free: &[(Name, Expr)]) -> bool {
    let mut quantities = Quantities::default();
    let mut indices = Indices::default();
    let mut letters = std::collections::BTreeMap::new();
    for (letter, range) in free {
        let Some(dim) = dimension(range) else { return false };
        letters.insert(letter.clone(), indices.fresh(&dim));
    }
    let inlined = |_: &str| true;
    let mut expander =
        Expander { problem, quantities: &mut quantities, indices: &mut indices, letters, inlined: &inlined };
    let (Ok(left), Ok(right)) = (expander.expand(left), expander.expand(right)) else { return false };
    let dims = |axis: &[crate::index::Index]| axis.iter().map(|index| index.dim.clone()).collect::<Vec<_>>();
    dims(&left.rows) == dims(&right.rows)
        && dims(&left.columns) == dims(&right.columns)
        && form_key(&left) == form_key(&right)
}
