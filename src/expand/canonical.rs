//! What a canonical form wants besides: sums with a natural exponent multiplied out, terms reduced by the
//! denominators they hold.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use super::{Expander, MOST_TERMS, Unexpandable};
use crate::fold::quotient;
use crate::index::canonical::term_key;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};

/// So many rounds of rewriting, then a form stays as it is: one that is not reduced proves less, never something
/// wrong.
const MOST_ROUNDS: usize = 64;

impl Expander<'_> {
    /// A form with every part of natural exponent multiplied out and every term reduced by its denominators.
    ///
    /// # Errors
    /// Too many terms, or more work than the budget of a proof.
    pub(crate) fn canonical(&mut self, form: Form) -> Result<Form, Unexpandable> {
        let mut form = self.joined(normalize(&form), false);
        for _ in 0..MOST_ROUNDS {
            if let Some(budget) = self.budget {
                let left = budget.get().checked_sub(form.terms.iter().map(work).sum());
                budget.set(left.ok_or(Unexpandable::TooLarge)?);
            }
            // Every term that can be rewritten is, then like terms are added once.
            let mut changed = false;
            let mut terms = Vec::new();
            for term in &form.terms {
                let shorter = || self.cancelled(term).map(|term| vec![term]);
                match shorter().or_else(|| self.multiplied(term)).or_else(|| self.reduced(term, &|_| true)) {
                    Some(rewritten) => {
                        changed = true;
                        terms.extend(rewritten);
                    }
                    None => terms.push(term.clone()),
                }
                if terms.len() > MOST_TERMS {
                    return Err(Unexpandable::TooLarge);
                }
            }
            if !changed {
                break;
            }
            form = self.joined(normalize(&Form { terms, ..form }), false);
        }
        Ok(form)
    }

    /// One part with a natural exponent replaced by its terms; a part of one product by that to any whole power.
    fn multiplied(&mut self, term: &Term) -> Option<Vec<Term>> {
        let (position, part, indices, copies) =
            term.factors.iter().enumerate().find_map(|(position, factor)| {
                let Base::Entry(id, indices) = &factor.base else { return None };
                let Origin::Part(part) = &self.quantities.get(*id).origin else { return None };
                let whole = factor.exponent.is_integer();
                let product = matches!(part.terms.as_slice(), [only] if only.bound.is_empty());
                let fits = whole && (product || factor.exponent.is_positive());
                fits.then(|| (position, part.clone(), indices.clone(), factor.exponent.to_integer()))
            })?;
        let terms = part.with_free(&indices);
        let mut rest = term.clone();
        rest.factors.remove(position);
        if let [only] = terms.as_slice()
            && only.bound.is_empty()
        {
            let powered = super::part::powered(only, Exponent::from_integer(copies))?;
            rest.coefficient *= powered.coefficient;
            rest.factors.splice(position..position, powered.factors);
            return Some(vec![rest]);
        }
        // One copy at a time.
        if copies > 1 {
            let exponent = Exponent::from_integer(copies - 1);
            let base = term.factors[position].base.clone();
            rest.factors.insert(position, Factor { base, exponent });
        }
        Some(terms.iter().map(|inner| rest.multiply(inner, self.indices)).collect())
    }

    /// `reduce-denominator`: with `s = m + r`, `m s^-p = s^(1-p) - r s^-p`, for one of the sums that are wanted.
    pub(crate) fn reduced(&mut self, term: &Term, wanted: &dyn Fn(QuantityId) -> bool) -> Option<Vec<Term>> {
        for factor in &term.factors {
            let Base::Entry(id, indices) = &factor.base else { continue };
            let Origin::Part(part) = &self.quantities.get(*id).origin else { continue };
            if !factor.exponent.is_negative() || !wanted(*id) {
                continue;
            }
            let free = part.free();
            let Some(leading) = leading(part, &free) else { continue };
            let mut others = part.clone();
            others.terms.remove(leading);
            let others = others.with_free(indices);
            let Some(rest) = quotient(term, &part.terms[leading], &free, indices) else { continue };
            let mut lifted = rest.clone();
            let place = lifted.factors.iter().position(|other| other.base == factor.base)?;
            lifted.factors[place].exponent += Exponent::one();
            lifted.factors.retain(|factor| factor.exponent != Exponent::from_integer(0));
            let mut terms = vec![lifted];
            for other in &others {
                let mut product = rest.multiply(other, self.indices);
                product.coefficient *= -BigRational::one();
                terms.push(product);
            }
            return Some(terms);
        }
        None
    }
}

/// What naming a term's bound indices costs: every index is looked at beside every factor, as often as there are
/// indices.
fn work(term: &Term) -> u64 {
    let bound = term.bound.len() as u64;
    1 + bound * bound * term.factors.len() as u64
}

/// The term of a sum that stands for it in terms to be reduced: with the most factors, ties by canonical key; no
/// number. A sum over an index is whole: where it stands alone it is cancelled, beside others it does not lead.
fn leading(part: &Form, free: &[Index]) -> Option<usize> {
    let size = |term: &Term| {
        let natural = |exponent: &Exponent| exponent.is_integer() && exponent.is_positive();
        term.factors
            .iter()
            .map(|factor| if natural(&factor.exponent) { factor.exponent.to_i64().unwrap_or(1) } else { 1 })
            .sum::<i64>()
    };
    (0..part.terms.len())
        .filter(|at| {
            let term = &part.terms[*at];
            (term.bound.is_empty() || part.terms.len() == 1) && !term.factors.is_empty()
        })
        .max_by_key(|at| (size(&part.terms[*at]), term_key(&part.terms[*at], free)))
}
