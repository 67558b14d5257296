//! Two forms compared by their difference: rewritten by the laws of functions, then with its denominators cleared.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::facts;
use super::laws::Laws;
use super::signs::Signs;
use crate::expand::{Expander, Unexpandable};
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Term, bounded};
use crate::syntax::ast::Name;

/// Denominators inside denominators are cleared, and inverses of sums reduced and cleared, so often.
const ROUNDS: usize = 24;

/// Whether two forms of the same axes are equal wherever both have values; `false` proves nothing.
///
/// # Errors
/// Too many terms, or more work than the budget of a proof.
pub fn equal(expander: &mut Expander<'_>, left: &Form, right: &Form) -> Result<bool, Unexpandable> {
    let signs = signs(expander, left, right);
    let mut terms = left.terms.clone();
    terms.extend(right.with_free(&left.free()).into_iter().map(|mut term| {
        term = term.rename_bound(expander.indices);
        term.coefficient *= -BigRational::one();
        term
    }));
    let mut laws = Laws::new(expander, &signs);
    let terms = laws.terms(&terms)?;
    // Which inverse is cleared first decides what the next one meets: neither order reaches all.
    for sums_first in [true, false] {
        let mut terms = terms.clone();
        for _ in 0..ROUNDS {
            let form = by_facts(&laws, &Form { terms, ..left.clone() });
            if form.terms.is_empty() {
                return Ok(true);
            }
            let next = match laws.reduced_inverses(&form)? {
                Some(reduced) => Some(reduced),
                None => match cleared(&form, &mut laws)? {
                    Some(cleared) => Some(cleared),
                    None => laws.cleared_inverse(&form, sums_first)?,
                },
            };
            let Some(next) = next else { break };
            terms = laws.settled(next)?;
        }
    }
    Ok(false)
}

/// Two forms of the same axes, each rewritten by itself, and the names of the laws that were used.
///
/// # Errors
/// As [`equal`].
pub fn rewritten(
    expander: &mut Expander<'_>,
    left: &Form,
    right: &Form,
) -> Result<(Form, Form, Vec<Name>), Unexpandable> {
    let signs = signs(expander, left, right);
    let mut laws = Laws::new(expander, &signs);
    let mut side = |form: &Form| -> Result<Form, Unexpandable> {
        let terms = laws.terms(&form.terms)?;
        Ok(by_facts(&laws, &Form { terms, ..form.clone() }))
    };
    let (left, right) = (side(left)?, side(right)?);
    Ok((left, right, laws.used.into_iter().collect()))
}

fn signs<'a>(expander: &Expander<'a>, left: &Form, right: &Form) -> Signs<'a> {
    let mut signs = Signs::stated(expander.problem, &expander.catalogue.bounds);
    signs.learn(left, expander.quantities);
    signs.learn(right, expander.quantities);
    signs
}

fn by_facts(laws: &Laws<'_, '_>, form: &Form) -> Form {
    facts::applied(form, laws.expander.problem, laws.expander.quantities)
}

/// The terms times every sum that stands below in one of them at indices that are the same in all; a sum to a power that
/// is no whole one keeps a power below 1 beside itself. `None` where nothing stands below. Such a sum is not 0 where the
/// claim has values.
fn cleared(form: &Form, laws: &mut Laws<'_, '_>) -> Result<Option<Vec<Term>>, Unexpandable> {
    let mut below: BTreeMap<Base, Exponent> = BTreeMap::new();
    for term in &form.terms {
        for factor in &term.factors {
            let Base::Entry(id, at) = &factor.base else { continue };
            let sum = matches!(laws.expander.quantities.get(*id).origin, Origin::Part(_));
            let outer = at.iter().all(|index| !term.bound.contains(index));
            if sum && outer && factor.exponent.is_negative() {
                let least = below.entry(factor.base.clone()).or_insert_with(Exponent::zero);
                *least = (*least).min(factor.exponent);
            }
        }
    }
    if below.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for term in &form.terms {
        let mut term = term.clone();
        let mut sums = Vec::new();
        for (base, least) in &below {
            let place = term.factors.iter().position(|factor| factor.base == *base);
            let own = place.map_or_else(Exponent::zero, |place| term.factors.remove(place).exponent);
            let Some(exponent) = bounded(own - least.floor()) else { return Ok(None) };
            let natural = exponent.floor();
            if exponent != natural {
                term.factors.push(Factor { base: base.clone(), exponent: exponent - natural });
            }
            sums.push((base, natural.to_integer()));
        }
        let mut product = vec![term];
        for (base, copies) in sums {
            let Base::Entry(id, at) = base else { continue };
            for _ in 0..copies {
                let sum = laws.entry(*id, at)?;
                product = laws.multiplied(&product, &sum)?;
            }
        }
        all.extend(product);
    }
    Ok(Some(all))
}
