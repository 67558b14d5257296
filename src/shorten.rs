//! Sums that kept together opened: the form they stand in multiplied out.

use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Indices, Quantities, QuantityId, Term};

/// Forms with more terms are not opened further.
const MOST_TERMS: usize = 200;

/// The form with every sum opened, sums in sums too; as it is for too many terms.
pub fn multiplied_out(form: &Form, quantities: &Quantities, indices: &mut Indices) -> Form {
    let mut form = form.clone();
    loop {
        let sums = sums_in(&form, quantities);
        match opened(&form, &sums, indices) {
            Some(opened) if !sums.is_empty() => form = opened,
            _ => return form,
        }
    }
}

/// The sums of several terms that stand as factors with a natural exponent, with their forms.
pub fn sums_in(form: &Form, quantities: &Quantities) -> Vec<(QuantityId, Form)> {
    let mut found: Vec<(QuantityId, Form)> = Vec::new();
    for factor in form.terms.iter().flat_map(|term| &term.factors) {
        let Base::Entry(id, _) = &factor.base else { continue };
        let Origin::Part(part) = &quantities.get(*id).origin else { continue };
        if is_natural(factor) && part.terms.len() > 1 && !found.iter().any(|(known, _)| known == id) {
            found.push((*id, part.clone()));
        }
    }
    found
}

fn is_natural(factor: &Factor) -> bool {
    factor.exponent.is_integer() && factor.exponent > Exponent::from_integer(0)
}

/// The form with these quantities replaced by their forms and multiplied out; `None` for too many terms.
pub fn opened(form: &Form, open: &[(QuantityId, Form)], indices: &mut Indices) -> Option<Form> {
    let find = |factor: &Factor| -> Option<&Form> {
        let Base::Entry(id, _) = &factor.base else { return None };
        is_natural(factor).then(|| open.iter().find(|(known, _)| known == id)).flatten().map(|(_, form)| form)
    };
    let mut done: Vec<Term> = Vec::new();
    let mut left: Vec<Term> = form.terms.iter().rev().cloned().collect();
    while let Some(term) = left.pop() {
        let Some(place) = term.factors.iter().position(|factor| find(factor).is_some()) else {
            done.push(term);
            continue;
        };
        let factor = term.factors[place].clone();
        let (Base::Entry(_, at), Some(part)) = (&factor.base, find(&factor)) else { return None };
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
