//! The rules that hold of every term, applied to a fixpoint: `delta-contract`, `delta-self`, `delta-free`,
//! `sum-constant`, `power-merge`, and `like-terms` over a form.

use num_rational::BigRational;
use num_traits::{CheckedAdd, One, Zero};

use super::canonical::term_key;
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
    while let Some(next) = step(&term) {
        term = next.1;
    }
    term
}

/// The first rule that applies, with its result.
pub fn step(term: &Term) -> Option<(TermRule, Term)> {
    delta(term).or_else(|| shift(term)).or_else(|| sum_constant(term)).or_else(|| power_merge(term))
}

fn delta(term: &Term) -> Option<(TermRule, Term)> {
    for (position, factor) in term.factors.iter().enumerate() {
        let Base::Delta(a, b) = &factor.base else { continue };
        let without = || {
            let mut rest = term.clone();
            rest.factors.remove(position);
            rest
        };
        if a == b {
            return Some((TermRule::DeltaSelf, without()));
        }
        // A delta is 0 or 1: every positive power is itself.
        if factor.exponent > Exponent::one() {
            let mut once = term.clone();
            once.factors[position].exponent = Exponent::one();
            return Some((TermRule::DeltaSelf, once));
        }
        // Of two bound indices the later-made one goes: which of the two does not matter to the value.
        let bound = |index: &Index| term.bound.contains(index);
        let (gone, kept) = match (bound(a), bound(b)) {
            (true, true) if a.id > b.id => (a, b),
            (_, true) => (b, a),
            (true, false) => (a, b),
            (false, false) => {
                // Both free: the delta stays and the smaller id stands for both everywhere else.
                let (low, high) = if a.id < b.id { (a, b) } else { (b, a) };
                let rest = without();
                if rest.occurrences(high) == 0 {
                    continue;
                }
                let mut merged = rest.substitute(high, low);
                merged.factors.insert(position, factor.clone());
                return Some((TermRule::DeltaFree, merged));
            }
        };
        let mut rest = without();
        rest.bound.retain(|index| index != gone);
        return Some((TermRule::DeltaContract, rest.substitute(gone, kept)));
    }
    None
}

/// One place under two names of one range is one index; a place within its range that nothing else mentions is summed
/// away.
fn shift(term: &Term) -> Option<(TermRule, Term)> {
    for (position, factor) in term.factors.iter().enumerate() {
        let Base::Shift(shift) = &factor.base else { continue };
        let mut rest = term.clone();
        if factor.exponent > Exponent::one() {
            rest.factors[position].exponent = Exponent::one();
            return Some((TermRule::DeltaSelf, rest));
        }
        rest.factors.remove(position);
        let same = rest.factors.iter_mut().find_map(|other| match &mut other.base {
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
            rest.factors.insert(position, Factor::once(Base::Delta(shift.place.clone(), other)));
            return Some((TermRule::DeltaContract, rest));
        }
        if shift.within && term.bound.contains(&shift.place) && rest.occurrences(&shift.place) == 0 {
            rest.bound.retain(|index| *index != shift.place);
            return Some((TermRule::DeltaContract, rest));
        }
    }
    None
}

fn sum_constant(term: &Term) -> Option<(TermRule, Term)> {
    let lost = term.bound.iter().find(|index| term.occurrences(index) == 0)?.clone();
    let mut next = term.clone();
    next.bound.retain(|index| *index != lost);
    match lost.dim.as_number() {
        Some(number) => next.coefficient *= BigRational::from_integer(number.into()),
        None => {
            let (coefficient, factors) = dimension(&lost.dim);
            next.coefficient *= coefficient;
            next.factors.splice(0..0, factors);
        }
    }
    Some((TermRule::SumConstant, next))
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

fn power_merge(term: &Term) -> Option<(TermRule, Term)> {
    for (position, factor) in term.factors.iter().enumerate() {
        let later = (position + 1..term.factors.len()).find(|other| term.factors[*other].base == factor.base);
        if let Some(other) = later {
            let sum = factor.exponent.checked_add(&term.factors[other].exponent).and_then(bounded);
            // Too large an exponent is left as two.
            let Some(sum) = sum else { continue };
            let mut next = term.clone();
            next.factors.remove(other);
            if sum.is_zero() {
                next.factors.remove(position);
            } else {
                next.factors[position].exponent = sum;
            }
            return Some((TermRule::PowerMerge, next));
        }
    }
    None
}

/// Every term normal, like terms added, zero terms dropped; the first of like terms keeps its place and
/// writing.
pub fn normalize(form: &Form) -> Form {
    let free = form.free();
    let mut kept: Vec<(super::canonical::Key, Term)> = Vec::new();
    for term in &form.terms {
        let term = normalize_term(term);
        let key = term_key(&term, &free);
        match kept.iter_mut().find(|(known, _)| *known == key) {
            Some((_, like)) => like.coefficient += term.coefficient,
            None => kept.push((key, term)),
        }
    }
    Form {
        rows: form.rows.clone(),
        columns: form.columns.clone(),
        terms: kept.into_iter().map(|(_, term)| term).filter(|term| !term.coefficient.is_zero()).collect(),
    }
}
