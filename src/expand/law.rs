//! Products of functions of one entry by laws that say what shorter product they are.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Expander, powered};
use crate::index::normal::normalize_term;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Index, QuantityId, Term};
use crate::rule::Powers;

impl Expander<'_> {
    /// Whether a function's name means what the prelude says.
    pub(crate) fn means_prelude(&self, name: &str) -> bool {
        self.problem.functions.contains_key(name) && !self.problem.hides_function(name)
    }

    /// One product of functions of a term replaced by a shorter one: `sign(t) / abs(t)` by `1 / t`. Below the bar a law
    /// holds of the reciprocals.
    pub(crate) fn shorter_by_law(&mut self, term: &Term) -> Option<Term> {
        let catalogue = self.catalogue;
        for law in &catalogue.laws {
            let Some((left, right)) = law.shorter_product() else { continue };
            if !law.functions.iter().all(|name| self.means_prelude(name)) {
                continue;
            }
            for (place, factor) in term.factors.iter().enumerate() {
                let Base::Entry(id, at) = &factor.base else { continue };
                let Origin::Applied { function, primes: 0, argument } = &self.quantities.get(*id).origin
                else {
                    continue;
                };
                if *function != law.function {
                    continue;
                }
                let argument = *argument;
                for times in [1, -1] {
                    let Some(product) = self.product_at(left, argument, at, times) else { continue };
                    let mut rest = term.clone();
                    if !product.factors.iter().all(|own| take(&mut rest, &own.base, own.exponent)) {
                        continue;
                    }
                    let product = (product.coefficient, self.product_at(&right, argument, at, times)?);
                    let (below, Term { coefficient, factors, .. }) = product;
                    rest.coefficient = rest.coefficient / below * coefficient;
                    let place = place.min(rest.factors.len());
                    rest.factors.splice(place..place, factors);
                    return Some(normalize_term(&rest));
                }
            }
        }
        None
    }

    /// The product of these powers at an entry.
    fn product_at(
        &mut self,
        powers: &Powers,
        argument: QuantityId,
        at: &[Index],
        times: i64,
    ) -> Option<Term> {
        let mut product = Term::number(BigRational::one());
        for (function, power) in powers {
            let exponent = Exponent::from_integer(power * times);
            let base = match function {
                Some(function) => Base::Entry(self.function_of(function, 0, argument), at.to_vec()),
                None => {
                    if let Origin::Part(part) = &self.quantities.get(argument).origin
                        && let [only] = part.with_free(at).as_slice()
                        && only.bound.is_empty()
                    {
                        // A product stands by its factors.
                        let Term { coefficient, factors, .. } = powered(only, exponent)?;
                        product.coefficient *= coefficient;
                        product.factors.extend(factors);
                        continue;
                    }
                    Base::Entry(argument, at.to_vec())
                }
            };
            product.factors.push(Factor { base, exponent });
        }
        Some(product)
    }
}

/// Takes a power of a base out of a term; false where there is not as much.
pub(crate) fn take(term: &mut Term, base: &Base, exponent: Exponent) -> bool {
    let Some(place) = term.factors.iter().position(|factor| factor.base == *base) else { return false };
    let factor = &mut term.factors[place];
    let enough =
        factor.exponent.is_positive() == exponent.is_positive() && factor.exponent.abs() >= exponent.abs();
    if !enough || !factor.exponent.is_integer() {
        return false;
    }
    factor.exponent -= exponent;
    if factor.exponent.is_zero() {
        term.factors.remove(place);
    }
    true
}
