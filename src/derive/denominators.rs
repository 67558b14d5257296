//! Equal forms by their denominators: over one, without fractions in it, what a root holds whole in front of it.

use num_rational::BigRational;
use num_traits::{CheckedSub, One, Signed, Zero};

use super::cotangent::Engine;
use crate::expand::{Expander, powered};
use crate::index::canonical::components;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};

/// Forms with more terms, or with more sums below, are left as they are.
const MOST_TERMS: usize = 20;
const MOST_SUMS: usize = 4;
/// A term is multiplied so often by the sum it is brought over.
const MOST_COPIES: i64 = 2;

impl Engine<'_> {
    /// The form over other denominators, once for each way.
    pub fn over_denominators(&mut self, form: &Form) -> Vec<Form> {
        if form.terms.len() > MOST_TERMS {
            return Vec::new();
        }
        let mut found: Vec<Form> = self.cleared(form).into_iter().collect();
        found.extend(self.split(form));
        let sums = self.sums_below(form);
        if sums.len() <= MOST_SUMS {
            for sum in sums {
                found.extend([false, true].into_iter().filter_map(|all| self.over_one(form, sum, all)));
            }
        }
        found.into_iter().map(|form| self.simplified(&form)).collect()
    }

    fn sum(&self, id: QuantityId) -> Option<&Form> {
        match &self.quantities.get(id).origin {
            Origin::Part(part) if part.terms.len() > 1 => Some(part),
            _ => None,
        }
    }

    fn sums_below(&self, form: &Form) -> Vec<QuantityId> {
        let mut found = Vec::new();
        for factor in form.terms.iter().flat_map(|term| &term.factors) {
            if let Base::Entry(id, _) = factor.base
                && factor.exponent.is_negative()
                && self.sum(id).is_some()
                && !found.contains(&id)
            {
                found.push(id);
            }
        }
        found
    }

    /// Every term with this sum below over its highest power; `all` the terms, not only those with it.
    fn over_one(&mut self, form: &Form, id: QuantityId, all: bool) -> Option<Form> {
        let part = self.sum(id)?.clone();
        let place = |term: &Term| {
            let below = |factor: &Factor| matches!(factor.base, Base::Entry(known, _) if known == id);
            term.factors.iter().position(|factor| below(factor) && factor.exponent.is_negative())
        };
        let powers = || form.terms.iter().filter_map(|term| Some(&term.factors[place(term)?]));
        let most = powers().map(|factor| factor.exponent).min()?;
        let free = form.free();
        // Where a term has none of it there must be one entry that is meant.
        let entry = powers().next()?.base.clone();
        let one =
            powers().all(|factor| factor.base == entry) && entry.indices().all(|index| free.contains(index));
        let mut lifted = false;
        let mut terms = Vec::new();
        for term in &form.terms {
            let mut term = term.clone();
            let at = match place(&term) {
                Some(at) => at,
                None if all && one => {
                    term.factors.push(Factor { base: entry.clone(), exponent: Exponent::zero() });
                    term.factors.len() - 1
                }
                None => {
                    terms.push(term);
                    continue;
                }
            };
            let copies = term.factors[at].exponent.checked_sub(&most)?;
            let Base::Entry(_, indices) = term.factors[at].base.clone() else { return None };
            if !copies.is_integer() || copies > Exponent::from_integer(MOST_COPIES) {
                return None;
            }
            term.factors[at].exponent = most;
            let mut products = vec![term];
            for _ in 0..copies.to_integer() {
                lifted = true;
                let inner = part.with_free(&indices);
                products = products
                    .iter()
                    .flat_map(|term| inner.iter().map(|inner| (term, inner)).collect::<Vec<_>>())
                    .map(|(term, inner)| term.multiply(inner, &mut self.indices))
                    .collect();
            }
            terms.extend(products);
        }
        (lifted && terms.len() <= MOST_TERMS).then(|| normalize(&Form { terms, ..form.clone() }))
    }

    /// `1 / (1 + a/b)` as `b / (b + a)`: no fractions in the sums that stand as factors.
    fn cleared(&mut self, form: &Form) -> Option<Form> {
        let mut changed = false;
        let mut terms = form.terms.clone();
        let inlined = |_: &str| false;
        for term in &mut terms {
            let mut at = 0;
            while at < term.factors.len() {
                let factor = term.factors[at].clone();
                at += 1;
                let Base::Entry(id, indices) = &factor.base else { continue };
                if !factor.exponent.is_integer() {
                    continue;
                }
                let Some(part) = self.sum(*id) else { continue };
                let below = fractions(part, indices);
                let Some(above) = powered(&below, -Exponent::one()) else { continue };
                if below.factors.is_empty() && below.coefficient.is_one() {
                    continue;
                }
                let rest = part.with_free(indices);
                let rest = rest.iter().map(|inner| inner.multiply(&above, &mut self.indices)).collect();
                let rest = normalize(&Form::scalar(rest));
                let (Some(base), Some(below)) =
                    (self.expander(&inlined).part_of(&rest), powered(&below, factor.exponent))
                else {
                    continue;
                };
                term.factors[at - 1].base = base;
                term.coefficient *= below.coefficient;
                term.factors.splice(at..at, below.factors);
                changed = true;
            }
        }
        changed.then(|| normalize(&Form { terms, ..form.clone() }))
    }

    /// `(a*b)^(-3/2)` as `(a*b)^(-1/2) / a / b`: the whole powers of a product by its factors, sums among them.
    fn split(&mut self, form: &Form) -> Option<Form> {
        let mut changed = false;
        let mut terms = form.terms.clone();
        let inlined = |_: &str| false;
        for term in &mut terms {
            let mut at = 0;
            while at < term.factors.len() {
                let factor = term.factors[at].clone();
                at += 1;
                let Base::Entry(id, indices) = &factor.base else { continue };
                let whole = factor.exponent.trunc();
                let Origin::Part(part) = self.quantities.get(*id).origin.clone() else { continue };
                let ([_], false) = (part.terms.as_slice(), whole.is_zero()) else { continue };
                let product = part.with_free(indices).remove(0);
                let Some(factors) = self.expander(&inlined).apart(&product) else { continue };
                if factors.factors.len() < 2 {
                    continue;
                }
                let Some(power) = powered(&factors, whole) else { continue };
                term.factors[at - 1].exponent -= whole;
                term.coefficient *= power.coefficient;
                term.factors.splice(at..at, power.factors);
                changed = true;
            }
            term.factors.retain(|factor| !factor.exponent.is_zero());
        }
        changed.then(|| normalize(&Form { terms, ..form.clone() }))
    }
}

impl Expander<'_> {
    /// A product without bound indices: each sum in it is a part.
    fn apart(&mut self, product: &Term) -> Option<Term> {
        let bound = |factor: &Factor| factor.base.indices().any(|index| product.bound.contains(index));
        let plain = product.factors.iter().filter(|factor| !bound(factor)).cloned();
        let mut apart = Term { factors: plain.collect(), bound: Vec::new(), ..product.clone() };
        for component in components(product) {
            let bound: Vec<Index> = component.iter().map(|at| product.bound[*at].clone()).collect();
            let touched = |factor: &&Factor| factor.base.indices().any(|index| bound.contains(index));
            let factors = product.factors.iter().filter(touched).cloned().collect();
            let sum = Term { coefficient: BigRational::one(), factors, bound: bound.clone() };
            apart.factors.push(Factor::once(self.part_of(&Form::scalar(vec![sum]))?));
        }
        Some(apart)
    }
}

/// What stands below in the terms of a sum, at these indices.
fn fractions(part: &Form, indices: &[Index]) -> Term {
    let mut number = num_bigint::BigInt::one();
    let mut factors: Vec<Factor> = Vec::new();
    for term in part.with_free(indices) {
        // The least common multiple: what is left of one number after reducing, times the other.
        let denominator = term.coefficient.denom();
        number = BigRational::new(number, denominator.clone()).numer() * denominator;
        for factor in &term.factors {
            let bound = factor.base.indices().any(|index| term.bound.contains(index));
            if bound || !factor.exponent.is_negative() || !factor.exponent.is_integer() {
                continue;
            }
            match factors.iter_mut().find(|known| known.base == factor.base) {
                Some(known) => known.exponent = known.exponent.min(factor.exponent),
                None => factors.push(factor.clone()),
            }
        }
    }
    Term { coefficient: BigRational::new(One::one(), number), factors, bound: Vec::new() }
}
