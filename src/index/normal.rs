//! The rules that hold of every term, applied to a fixpoint: `delta-contract`, `delta-self`, `delta-free`,
//! `sum-constant`, `power-merge`, and `like-terms` over a form.

use std::cell::OnceCell;

use num_rational::BigRational;
use num_traits::{CheckedAdd, One, Zero};

use super::canonical::{Key, fingerprint, term_key};
use super::{Base, Exponent, Factor, Form, Index, Term, bounded};
use crate::shape::Dim;

/// One application of a term rule, for the record of a derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermRule {
    DeltaContract,
    DeltaSelf,
    DeltaFree,
    SumConstant,
    PowerMerge,
}

/// The term in normal form. Terms with equal meaning up to names of bound indices and order of factors get
/// equal canonical keys afterwards.
pub fn normalize_term(term: &Term) -> Term {
    let mut term = term.clone();
    while step(&mut term).is_some() {}
    term
}

/// Applies the first rule that applies.
pub fn step(term: &mut Term) -> Option<TermRule> {
    delta(term).or_else(|| shift(term)).or_else(|| sum_constant(term)).or_else(|| power_merge(term))
}

fn delta(term: &mut Term) -> Option<TermRule> {
    for position in 0..term.factors.len() {
        let factor = &term.factors[position];
        let Base::Delta(a, b) = &factor.base else { continue };
        if a == b {
            term.factors.remove(position);
            return Some(TermRule::DeltaSelf);
        }
        // A delta is 0 or 1: every positive power is itself.
        if factor.exponent > Exponent::one() {
            term.factors[position].exponent = Exponent::one();
            return Some(TermRule::DeltaSelf);
        }
        // Of two bound indices the later-made one goes: which of the two does not matter to the value.
        let bound = |index: &Index| term.bound.contains(index);
        let (gone, kept) = match (bound(a), bound(b)) {
            (true, true) if a.id > b.id => (a.clone(), b.clone()),
            (_, true) => (b.clone(), a.clone()),
            (true, false) => (a.clone(), b.clone()),
            (false, false) => {
                // Both free: the delta stays and the smaller id stands for both everywhere else.
                let (low, high) = if a.id < b.id { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
                if term.occurrences(&high) == 1 {
                    continue;
                }
                let factor = term.factors.remove(position);
                term.replace(&high, &low);
                term.factors.insert(position, factor);
                return Some(TermRule::DeltaFree);
            }
        };
        term.factors.remove(position);
        term.bound.retain(|index| *index != gone);
        term.replace(&gone, &kept);
        return Some(TermRule::DeltaContract);
    }
    None
}

/// One place under two names of one range is one index; a place within its range that nothing else mentions is summed
/// away.
fn shift(term: &mut Term) -> Option<TermRule> {
    for position in 0..term.factors.len() {
        let factor = &term.factors[position];
        let Base::Shift(shift) = &factor.base else { continue };
        if factor.exponent > Exponent::one() {
            term.factors[position].exponent = Exponent::one();
            return Some(TermRule::DeltaSelf);
        }
        let shift = shift.clone();
        let mut others = term.factors.iter_mut().enumerate().filter(|(at, _)| *at != position);
        let same = others.find_map(|(_, other)| match &mut other.base {
            Base::Shift(other)
                if other.terms == shift.terms
                    && other.offset == shift.offset
                    && other.place.dim == shift.place.dim =>
            {
                other.within |= shift.within;
                Some(other.place.clone())
            }
            _ => None,
        });
        if let Some(other) = same {
            term.factors[position] = Factor::once(Base::Delta(shift.place, other));
            return Some(TermRule::DeltaContract);
        }
        let place = &shift.place;
        if shift.within && term.bound.contains(place) && term.occurrences(place) == 1 {
            term.factors.remove(position);
            term.bound.retain(|index| index != place);
            return Some(TermRule::DeltaContract);
        }
    }
    None
}

fn sum_constant(term: &mut Term) -> Option<TermRule> {
    let lost = term.bound.iter().position(|index| term.occurrences(index) == 0)?;
    let lost = term.bound.remove(lost);
    match lost.dim.as_number() {
        Some(number) => term.coefficient *= BigRational::from_integer(number.into()),
        None => {
            let (coefficient, factors) = dimension(&lost.dim);
            term.coefficient *= coefficient;
            term.factors.splice(0..0, factors);
        }
    }
    Some(TermRule::SumConstant)
}

/// A dimension as a term.
pub fn dimension_term(dim: &Dim) -> Term {
    let (coefficient, factors) = dimension(dim);
    Term { coefficient, factors, bound: Vec::new() }
}

/// A dimension as a number: a monomial is its coefficient and names, each a factor, so that `N*M` cancels
/// against `N`; a sum is one factor.
fn dimension(dim: &Dim) -> (BigRational, Vec<Factor>) {
    match dim.monomials().as_slice() {
        [(names, coefficient)] => (
            BigRational::from_integer((*coefficient).into()),
            names.iter().map(|name| Factor::once(Base::Dim(Dim::name(name.clone())))).collect(),
        ),
        _ => (BigRational::one(), vec![Factor::once(Base::Dim(dim.clone()))]),
    }
}

fn power_merge(term: &mut Term) -> Option<TermRule> {
    for position in 0..term.factors.len() {
        let factor = &term.factors[position];
        let later = (position + 1..term.factors.len()).find(|other| term.factors[*other].base == factor.base);
        if let Some(other) = later {
            let sum = factor.exponent.checked_add(&term.factors[other].exponent).and_then(bounded);
            // Too large an exponent is left as two.
            let Some(sum) = sum else { continue };
            term.factors.remove(other);
            if sum.is_zero() {
                term.factors.remove(position);
            } else {
                term.factors[position].exponent = sum;
            }
            return Some(TermRule::PowerMerge);
        }
    }
    None
}

/// Every term normal, like terms added, zero terms dropped; the first of like terms keeps its place and
/// writing.
pub fn normalize(form: &Form) -> Form {
    let free = form.free();
    let mut kept: Vec<Kept> = Vec::with_capacity(form.terms.len());
    for term in form.terms.iter().map(normalize_term) {
        let print = if form.terms.len() > 1 { fingerprint(&term, &free) } else { 0 };
        let next = Kept { term, print, key: OnceCell::new() };
        match kept.iter_mut().find(|known| known.is_like(&next, &free)) {
            Some(like) => like.term.coefficient += next.term.coefficient,
            None => kept.push(next),
        }
    }
    Form {
        rows: form.rows.clone(),
        columns: form.columns.clone(),
        terms: kept.into_iter().map(|kept| kept.term).filter(|term| !term.coefficient.is_zero()).collect(),
    }
}

/// A term with what tells it from others, found when it is asked for.
struct Kept {
    term: Term,
    print: u64,
    key: OnceCell<Key>,
}

impl Kept {
    fn key(&self, free: &[Index]) -> &Key {
        self.key.get_or_init(|| term_key(&self.term, free))
    }

    fn is_like(&self, other: &Kept, free: &[Index]) -> bool {
        self.print == other.print && self.key(free) == other.key(free)
    }
}
