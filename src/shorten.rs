//! The shortest matrix form: sums that kept together are opened where the whole gets shorter for it.

use crate::collapse::{Collapsed, collapse};
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Indices, Quantities, QuantityId, Term};
use crate::rule::Catalogue;

/// Rounds of opening one sum, or all.
const MOST_ROUNDS: usize = 8;
/// Forms with more terms are not opened further.
const MOST_TERMS: usize = 200;

/// The shortest matrix form over opening the sums in a form, each everywhere, by cost; `None` where no choice has
/// one. `simplify` is what holds of the quantities.
pub fn shortest(
    form: &Form,
    quantities: &Quantities,
    indices: &mut Indices,
    catalogue: &Catalogue,
    simplify: &dyn Fn(&Form) -> Form,
) -> Option<(Form, Collapsed)> {
    let measured = |form: Form| {
        let found = collapse(&form, quantities, catalogue)?;
        Some((found.matrix.cost(), form, found))
    };
    let mut best = measured(form.clone());
    let mut current = form.clone();
    for _ in 0..MOST_ROUNDS {
        let sums = sums_in(&current, quantities);
        let mut candidates: Vec<Vec<QuantityId>> = sums.iter().map(|id| vec![*id]).collect();
        if sums.len() > 1 {
            candidates.push(sums);
        }
        let mut better = None;
        for open in candidates {
            let Some(opened) = opened(&current, &open, quantities, indices) else { continue };
            let Some(found) = measured(simplify(&opened)) else { continue };
            let known = better.as_ref().or(best.as_ref());
            if known.is_none_or(|known| found.0 < known.0) {
                better = Some(found);
            }
        }
        let Some(found) = better else { break };
        current = found.1.clone();
        best = Some(found);
    }
    best.map(|(_, form, found)| (form, found))
}

/// The form with every sum opened, sums in sums too; as it is for too many terms.
pub fn multiplied_out(form: &Form, quantities: &Quantities, indices: &mut Indices) -> Form {
    let mut form = form.clone();
    loop {
        let sums = sums_in(&form, quantities);
        match opened(&form, &sums, quantities, indices) {
            Some(opened) if !sums.is_empty() => form = opened,
            _ => return form,
        }
    }
}

/// The sums of several terms that stand as factors with a natural exponent.
fn sums_in(form: &Form, quantities: &Quantities) -> Vec<QuantityId> {
    let mut found = Vec::new();
    for factor in form.terms.iter().flat_map(|term| &term.factors) {
        if let Some((id, _)) = sum(factor, quantities)
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

fn sum<'q>(factor: &Factor, quantities: &'q Quantities) -> Option<(QuantityId, &'q Form)> {
    let Base::Entry(id, _) = &factor.base else { return None };
    let Origin::Part(part) = &quantities.get(*id).origin else { return None };
    let natural = factor.exponent.is_integer() && factor.exponent > Exponent::from_integer(0);
    (natural && part.terms.len() > 1).then_some((*id, part))
}

/// The form with these sums multiplied out; `None` for too many terms.
fn opened(form: &Form, open: &[QuantityId], quantities: &Quantities, indices: &mut Indices) -> Option<Form> {
    let mut done: Vec<Term> = Vec::new();
    let mut left: Vec<Term> = form.terms.clone();
    left.reverse();
    while let Some(term) = left.pop() {
        let place = term.factors.iter().position(|factor| {
            sum(factor, quantities).is_some_and(|(id, _)| open.contains(&id))
        });
        let Some(place) = place else {
            done.push(term);
            continue;
        };
        let factor = term.factors[place].clone();
        let (Base::Entry(_, at), Some((_, part))) = (&factor.base, sum(&factor, quantities)) else {
            return None;
        };
        let mut products = Vec::new();
        for inner in part.with_free(at) {
            let inner = inner.rename_bound(indices);
            let mut product = term.clone();
            product.coefficient *= &inner.coefficient;
            product.bound.extend(inner.bound);
            product.factors[place].exponent -= Exponent::from_integer(1);
            let empty = product.factors[place].exponent == Exponent::from_integer(0);
            product.factors.splice(place..place + usize::from(empty), inner.factors);
            products.push(product);
        }
        left.extend(products.into_iter().rev());
        if left.len() + done.len() > MOST_TERMS {
            return None;
        }
    }
    Some(Form { terms: done, ..form.clone() })
}
