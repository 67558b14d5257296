//! Powers of rewritten forms: what a root can be taken of factor by factor, and the part that keeps together.

use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use super::laws::{Laws, MOST_FACTORS, Terms, inverse};
use super::signs::is_even;
use crate::expand::Unexpandable;
use crate::index::canonical;
use crate::index::normal::normalize;
use crate::index::{Exponent, Factor, Form, Index, Term, bounded};

/// Primes under a root are told apart below this.
const PRIMES: u32 = 1000;

impl Laws<'_, '_> {
    /// Terms to a power.
    pub(super) fn power(&mut self, terms: Vec<Term>, exponent: Exponent) -> Terms {
        if exponent.is_one() {
            return Ok(terms);
        }
        match terms.as_slice() {
            [] if exponent.is_positive() => Ok(terms),
            [] => Err(Unexpandable::TooLarge),
            [term] => self.power_of_product(&term.clone(), exponent),
            _ if exponent.is_integer() && (1..=MOST_FACTORS).contains(&exponent.to_integer()) => {
                let mut product = terms.clone();
                for _ in 1..exponent.to_integer() {
                    product = self.multiplied(&product, &terms)?;
                }
                Ok(product)
            }
            _ => {
                let content = self.content(&terms, exponent.is_integer());
                let rest = self.multiplied(&terms, &[inverse(&content)?])?;
                let rest = self.settled(rest)?;
                let mut power = self.power_of_product(&content, exponent)?;
                if rest.len() < 2 {
                    let rest = self.power(rest, exponent)?;
                    return self.multiplied(&power, &rest);
                }
                let base = self.base(&rest)?;
                power.iter_mut().for_each(|term| term.factors.push(Factor { base: base.clone(), exponent }));
                Ok(normalize(&Form::scalar(power)).terms)
            }
        }
    }

    /// What all terms of a sum have in common: a number and powers of entries; only what a root can be taken of, if the
    /// power is no whole one.
    pub(super) fn content(&self, terms: &[Term], whole: bool) -> Term {
        let mut found: Vec<Factor> = Vec::new();
        for factor in terms.iter().flat_map(|term| &term.factors) {
            let free = |term: &Term| factor.base.indices().all(|index| !term.bound.contains(index));
            if found.iter().any(|known| known.base == factor.base) || !terms.iter().all(free) {
                continue;
            }
            let exponent = |term: &Term| {
                let same = term.factors.iter().find(|other| other.base == factor.base);
                same.map_or(Exponent::zero(), |same| same.exponent)
            };
            let least = terms.iter().map(exponent).min().unwrap_or_default();
            let common = Factor { base: factor.base.clone(), exponent: least };
            let rooted = is_even(least) || self.is_never_negative(&common);
            if !least.is_zero() && (whole || rooted) {
                found.push(common);
            }
        }
        let leading = canonical::least(terms, &[]);
        let number = leading.map_or_else(BigRational::one, |term| term.coefficient.clone());
        let coefficient = if whole { number } else { number.abs() };
        Term { coefficient, factors: found, bound: Vec::new() }
    }

    fn is_never_negative(&self, factor: &Factor) -> bool {
        let root = Factor { exponent: Exponent::one(), ..factor.clone() };
        self.signs.factor_has_sign(&root, self.expander.quantities, false)
    }

    /// `(c b^p … sum(i) …)^e`: factors with a known sign one by one, the rest together.
    fn power_of_product(&mut self, term: &Term, exponent: Exponent) -> Terms {
        let whole = exponent.is_integer();
        let mut power = Term::number(BigRational::one());
        let mut rest = Term { coefficient: BigRational::one(), ..term.clone() };
        rest.factors.clear();
        let mut values = Vec::new();
        if whole {
            let copies = exponent.to_integer().to_i32().filter(|copies| copies.abs() <= 64);
            power.coefficient = Pow::pow(term.coefficient.clone(), copies.ok_or(Unexpandable::TooLarge)?);
        } else {
            if term.coefficient.is_negative() {
                rest.coefficient = -BigRational::one();
            }
            self.root(&term.coefficient.abs(), exponent, &mut power)?;
        }
        for factor in &term.factors {
            let summed = factor.base.indices().any(|index| term.bound.contains(index));
            if summed {
                rest.factors.push(factor.clone());
                continue;
            }
            let raised = bounded(factor.exponent * exponent).ok_or(Unexpandable::TooLarge)?;
            if whole || self.is_never_negative(factor) {
                power.factors.push(Factor { base: factor.base.clone(), exponent: raised });
            } else if is_even(factor.exponent) && self.usable("abs") {
                let value = vec![Term::base(factor.base.clone())];
                let value = self.function(&"abs".into(), value)?;
                values.push(self.power(value, raised)?);
            } else {
                rest.factors.push(factor.clone());
            }
        }
        let (split, rest) = self.components(rest, whole);
        for part in split.into_iter().chain(rest) {
            let base = self.base(&[part])?;
            power.factors.push(Factor { base, exponent });
        }
        let mut product = normalize(&Form::scalar(vec![power])).terms;
        for value in values {
            product = self.multiplied(&product, &value)?;
        }
        Ok(product)
    }

    /// Sums over indices that no factor joins, apart, as far as a power may be taken of each by itself; and what is left.
    fn components(&self, term: Term, whole: bool) -> (Vec<Term>, Option<Term>) {
        let mut parts: Vec<Term> = Vec::new();
        for index in &term.bound {
            let own = |factor: &&Factor| factor.base.has_index(index);
            let factors: Vec<Factor> = term.factors.iter().filter(own).cloned().collect();
            let joined = |part: &Term| factors.iter().any(|factor| part.factors.contains(factor));
            let (touched, apart): (Vec<Term>, Vec<Term>) = parts.into_iter().partition(joined);
            parts = apart;
            let mut part = Term { coefficient: BigRational::one(), factors, bound: vec![index.clone()] };
            for other in touched {
                let fresh: Vec<Factor> =
                    other.factors.into_iter().filter(|factor| !part.factors.contains(factor)).collect();
                part.factors.extend(fresh);
                part.bound.extend(other.bound);
            }
            parts.push(part);
        }
        let signed = |part: &Term| whole || self.signs.term_has_sign(part, self.expander.quantities, false);
        let (split, joined): (Vec<Term>, Vec<Term>) = parts.into_iter().partition(signed);
        let bound: Vec<Index> = joined.iter().flat_map(|part| part.bound.clone()).collect();
        let gone = |factor: &Factor| split.iter().any(|part| part.factors.contains(factor));
        let factors: Vec<Factor> = term.factors.iter().filter(|factor| !gone(factor)).cloned().collect();
        let alone = factors.is_empty() && bound.is_empty() && term.coefficient.is_one();
        (split, (!alone).then_some(Term { coefficient: term.coefficient, factors, bound }))
    }

    /// A positive number to a power that is no whole one: its primes, each to a power below 1.
    fn root(
        &mut self,
        number: &BigRational,
        exponent: Exponent,
        power: &mut Term,
    ) -> Result<(), Unexpandable> {
        for (side, sign) in [(number.numer(), 1), (number.denom(), -1)] {
            let mut left = side.clone();
            let mut primes = Vec::new();
            for prime in 2..PRIMES {
                let prime = num_bigint::BigInt::from(prime);
                let mut copies = 0;
                while (&left % &prime).is_zero() {
                    left /= &prime;
                    copies += 1;
                }
                if copies > 0 {
                    primes.push((prime, copies));
                }
            }
            if !left.is_one() {
                primes.push((left, 1));
            }
            for (prime, copies) in primes {
                let raised = bounded(exponent * Exponent::from_integer(sign * copies));
                let raised = raised.ok_or(Unexpandable::TooLarge)?;
                let whole = raised.floor();
                let copies = whole.to_integer().to_i32().filter(|copies| copies.abs() <= 64);
                let value = BigRational::from_integer(prime);
                power.coefficient *= Pow::pow(value.clone(), copies.ok_or(Unexpandable::TooLarge)?);
                if raised != whole {
                    let base = self.base(&[Term::number(value)])?;
                    power.factors.push(Factor { base, exponent: raised - whole });
                }
            }
        }
        Ok(())
    }
}
