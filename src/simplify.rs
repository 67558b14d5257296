//! What holds of a form because of what its quantities are: definitions recognised, sums that are known.

use num_traits::One;

use crate::fold::fold;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::{Base, Form, Index, Quantities, QuantityId, Term};

/// The simplest form reached by recognising definitions and by sums along an axis that are known.
///
/// `onehot` tells the quantities whose rows sum to 1 by declaration or assumption.
pub fn simplify(form: &Form, quantities: &Quantities, onehot: &dyn Fn(QuantityId) -> bool) -> Form {
    let mut form = normalize(form);
    // Each round removes a factor or an index, so this ends; the bound is a guard.
    for _ in 0..64 {
        let folded = normalize(&fold(&form, quantities));
        let summed = axis_sums(&folded, quantities, onehot);
        let done = summed.is_none();
        form = summed.map_or(folded, |summed| normalize(&summed));
        if done {
            break;
        }
    }
    form
}

/// One known sum along an axis put in, `axis-sum`: an index that stands in one factor only.
fn axis_sums(form: &Form, quantities: &Quantities, onehot: &dyn Fn(QuantityId) -> bool) -> Option<Form> {
    for (position, term) in form.terms.iter().enumerate() {
        for index in &term.bound {
            let Some(known) = axis_sum(term, index, quantities, onehot) else { continue };
            let mut terms = form.terms.clone();
            terms.splice(position..=position, known);
            return Some(Form { terms, ..form.clone() });
        }
    }
    None
}

fn axis_sum(
    term: &Term,
    index: &Index,
    quantities: &Quantities,
    onehot: &dyn Fn(QuantityId) -> bool,
) -> Option<Vec<Term>> {
    if term.occurrences(index) != 1 {
        return None;
    }
    let position = term.factors.iter().position(|factor| factor.base.indices().contains(&index))?;
    let factor = &term.factors[position];
    let Base::Entry(id, indices) = &factor.base else { return None };
    if !factor.exponent.is_one() {
        return None;
    }
    let mut rest = term.clone();
    rest.factors.remove(position);
    rest.bound.retain(|known| known != index);
    if onehot(*id) && indices.last() == Some(index) {
        return Some(vec![rest]);
    }
    let Origin::Part(part) = &quantities.get(*id).origin else { return None };
    let mut sum = Form::scalar(part.with_free(indices));
    sum.terms.iter_mut().for_each(|term| term.bound.push(index.clone()));
    let sum = normalize(&fold(&normalize(&sum), quantities));
    match sum.terms.as_slice() {
        [] => Some(Vec::new()),
        // A constant: 1 for the rows of a softmax.
        [only] if only.factors.is_empty() && only.bound.is_empty() => {
            rest.coefficient *= &only.coefficient;
            Some(vec![rest])
        }
        _ => None,
    }
}
