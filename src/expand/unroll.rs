//! Sums over exponents of a range that is a number.

use num_traits::{One, Zero};

use super::Expander;
use super::raise::MOST_FACTORS;
use super::whole::Whole;
use crate::index::canonical::term_key;
use crate::index::normal::normalize_term;
use crate::index::raised::Kind;
use crate::index::{Base, Factor, Term};
use crate::shape::Dim;

impl Expander<'_> {
    /// A sum over an exponent of known range, as a canonical form wants it: written out.
    pub(super) fn unrolled(&mut self, term: &Term, exponent: &Whole) -> Option<Vec<Term>> {
        let (_, index) = exponent.running.as_ref()?;
        let range = index.dim.as_number().filter(|range| (2..=MOST_FACTORS).contains(range))?;
        let runs = |factor: &Factor| match &factor.base {
            Base::Entry(id, places) => self
                .member(*id, places)
                .is_some_and(|(_, exponent)| exponent.running.is_some_and(|(_, own)| own == *index)),
            _ => false,
        };
        let all = term.factors.iter().filter(|factor| runs(factor)).count();
        let plain = term.factors.iter().filter(|factor| runs(factor)).all(|factor| factor.exponent.is_one());
        if !self.multiplied_out || !plain || !term.bound.contains(index) || term.occurrences(index) != all {
            return None;
        }
        let mut terms = Vec::new();
        for value in 1..=range {
            let mut next = Term { factors: Vec::new(), ..term.clone() };
            next.bound.retain(|bound| bound != index);
            for factor in &term.factors {
                let Base::Entry(id, places) = &factor.base else {
                    next.factors.push(factor.clone());
                    continue;
                };
                match self.member(*id, places) {
                    Some((raised, exponent))
                        if exponent.running.as_ref().is_some_and(|(_, own)| own == index) =>
                    {
                        let (step, _) = exponent.running?;
                        let fixed = exponent.fixed.add(&step.multiply(&Dim::number(value))?, 1)?;
                        let at = places[..places.len() - 1].to_vec();
                        let exponent = Whole::fixed(fixed);
                        let power = match raised.kind {
                            Kind::Entries => {
                                let factor = self.entry_power(raised.argument, &at, &exponent).ok()?;
                                Term { factors: vec![factor], ..Term::number(One::one()) }
                            }
                            kind => self.raised_term(&kind, raised.argument, &at, &exponent),
                        };
                        next.factors.extend(power.factors.into_iter().filter(|one| !one.exponent.is_zero()));
                        next.bound.extend(power.bound);
                    }
                    _ => next.factors.push(factor.clone()),
                }
            }
            terms.push(next);
        }
        Some(terms)
    }

    /// A sum over an exponent read from its other end, or an integral, where that comes first among the two.
    pub(super) fn mirrored(&mut self, term: &Term, exponent: &Whole) -> Option<Vec<Term>> {
        let (_, index) = exponent.running.as_ref().filter(|_| self.multiplied_out)?;
        // `r` becomes `k + 1 - r`, and `s` from 0 to 1 becomes `1 - s`.
        let ends = if index.dim.is_one() { Dim::one() } else { index.dim.add(&Dim::one(), 1)? };
        let mut next = term.clone();
        let mut turned = 0;
        for factor in &mut next.factors {
            let Base::Entry(id, places) = &factor.base else { continue };
            let Some((raised, exponent)) = self.member(*id, places) else { continue };
            let Some((step, _)) = exponent.running.filter(|(_, own)| own == index) else { continue };
            let fixed = exponent.fixed.add(&step.multiply(&ends)?, 1)?;
            let running = Some((step.multiply(&Dim::number(-1))?, index.clone()));
            let at = places[..places.len() - 1].to_vec();
            let power = self.raised_member(&raised.kind, raised.argument, &at, &Whole { fixed, running });
            let [other] = power.factors.as_slice() else { return None };
            factor.base = other.base.clone();
            turned += 1;
        }
        let lesser = term_key(&normalize_term(&next), &[]) < term_key(&normalize_term(term), &[]);
        (lesser && term.bound.contains(index) && term.occurrences(index) == turned).then(|| vec![next])
    }
}
