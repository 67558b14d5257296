//! What crosses the border for entries with functions, quotients and roots: sums of terms as data.
//!
//! A [`Polynomial`] is the special case in which every atom is an entry and every exponent a natural number.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::polynomial::{Entry, Monomial, Polynomial};
use super::root;

/// A function of one real number. Roots and reciprocals are powers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    Exp,
    Log,
    Sin,
    Cos,
    Tan,
    /// One that the algebra system knows by number only: its `order`th derivative function, 0 for itself.
    Other {
        number: u32,
        order: u32,
    },
}

/// What a term multiplies. The order is that of presentation: constants first, brackets last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    Pi,
    Entry(Entry),
    Function(Function, Box<Formula>),
    /// A power whose exponent is no rational number.
    Power(Box<Formula>, Box<Formula>),
    /// Any formula in brackets: a sum to a power, a product or a number under a root.
    Group(Box<Formula>),
}

/// A nonzero coefficient times distinct atoms in order, with nonzero exponents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub coefficient: BigRational,
    pub factors: Vec<(Atom, BigRational)>,
}

/// A sum of terms with distinct factors, in order; none for zero.
///
/// Two equal formulas have one value wherever both are defined; unequal ones may have it too.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Formula {
    terms: Vec<Term>,
}

impl Atom {
    /// The positive number that it is, under an exponent.
    pub fn as_positive_number(&self) -> Option<&BigRational> {
        let Atom::Group(inner) = self else { return None };
        match &*inner.terms {
            [Term { coefficient, factors }] if factors.is_empty() && coefficient.is_positive() => {
                Some(coefficient)
            }
            _ => None,
        }
    }
}

impl Ord for Term {
    /// Fewer factors first, so that numbers stand before everything; `t` before `-t`.
    fn cmp(&self, other: &Term) -> Ordering {
        let key = |term: &Term| term.factors.len();
        key(self)
            .cmp(&key(other))
            .then_with(|| self.factors.cmp(&other.factors))
            .then_with(|| self.coefficient.abs().cmp(&other.coefficient.abs()))
            .then_with(|| other.coefficient.cmp(&self.coefficient))
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Term) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Term {
    /// Puts the factors in order and adds the exponents of equal ones; roots of numbers are roots of natural
    /// numbers with exponents between 0 and 1, one for each.
    fn new(coefficient: BigRational, factors: Vec<(Atom, BigRational)>) -> Term {
        let (numbers, mut factors): (Vec<_>, Vec<_>) =
            factors.into_iter().partition(|(atom, _)| atom.as_positive_number().is_some());
        let numbers = numbers.into_iter().filter_map(|(atom, exponent)| {
            atom.as_positive_number().map(|number| (number.clone(), exponent))
        });
        let (factor, roots) = root::roots(numbers);
        let coefficient = coefficient * factor;
        factors.extend(roots.into_iter().map(|(number, exponent)| {
            (Atom::Group(Box::new(Formula::number(BigRational::from_integer(number)))), exponent)
        }));
        factors.sort();
        let mut merged: Vec<(Atom, BigRational)> = Vec::with_capacity(factors.len());
        for (atom, exponent) in factors {
            match merged.last_mut() {
                Some((last, sum)) if *last == atom => *sum += exponent,
                _ => merged.push((atom, exponent)),
            }
        }
        merged.retain(|(_, exponent)| !exponent.is_zero());
        Term { coefficient, factors: merged }
    }
}

impl Formula {
    /// The sum of terms given as coefficients and factors, in any order and not collected.
    pub fn new(terms: impl IntoIterator<Item = (BigRational, Vec<(Atom, BigRational)>)>) -> Formula {
        let mut terms: Vec<Term> =
            terms.into_iter().map(|(coefficient, factors)| Term::new(coefficient, factors)).collect();
        terms.sort();
        let mut merged: Vec<Term> = Vec::with_capacity(terms.len());
        for term in terms {
            match merged.last_mut() {
                Some(last) if last.factors == term.factors => last.coefficient += term.coefficient,
                _ => merged.push(term),
            }
        }
        merged.retain(|term| !term.coefficient.is_zero());
        Formula { terms: merged }
    }

    pub fn number(value: BigRational) -> Formula {
        Formula::new([(value, Vec::new())])
    }

    /// The formula of one atom.
    pub fn atom(atom: Atom) -> Formula {
        Formula::new([(BigRational::one(), vec![(atom, BigRational::one())])])
    }

    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// The polynomial it is, if it is one as it stands: brackets are not multiplied out.
    pub fn to_polynomial(&self) -> Option<Polynomial> {
        let power = |(atom, exponent): &(Atom, BigRational)| match atom {
            Atom::Entry(entry) if exponent.is_integer() => Some((entry.clone(), exponent.numer().to_u32()?)),
            _ => None,
        };
        let monomial = |term: &Term| {
            let factors = term.factors.iter().map(power).collect::<Option<_>>()?;
            Some(Monomial { coefficient: term.coefficient.clone(), factors })
        };
        Some(Polynomial { monomials: self.terms.iter().map(monomial).collect::<Option<_>>()? })
    }

    /// An upper bound on the number of terms after multiplying out; it says nothing of work.
    pub fn expanded_terms(&self) -> u64 {
        let power = |(atom, exponent): &(Atom, BigRational)| {
            let Atom::Group(inner) = atom else { return 1 };
            let times = exponent.abs_floor().min(u64::from(u32::MAX));
            // The number of monomials of one degree in so many summands.
            let summands = inner.expanded_terms().max(1);
            (1..summands.min(64))
                .fold(1_u64, |count, k| count.saturating_mul(times.saturating_add(k)) / k)
                .max(summands.min(times.saturating_add(1)))
        };
        self.terms
            .iter()
            .map(|term| term.factors.iter().map(power).fold(1, u64::saturating_mul))
            .fold(0, u64::saturating_add)
    }

    /// The number of coefficients, atoms and exponents, also of those inside.
    pub fn size(&self) -> u64 {
        let atom = |atom: &Atom| match atom {
            Atom::Pi | Atom::Entry(_) => 1,
            Atom::Function(_, inner) | Atom::Group(inner) => 1 + inner.size(),
            Atom::Power(base, exponent) => 1 + base.size() + exponent.size(),
        };
        self.terms
            .iter()
            .map(|term| 1 + term.factors.iter().map(|(base, _)| 1 + atom(base)).sum::<u64>())
            .sum()
    }

    /// The largest magnitude of an exponent outside of functions; one at least.
    pub fn largest_exponent(&self) -> u64 {
        let of = |(atom, exponent): &(Atom, BigRational)| match atom {
            Atom::Group(inner) => exponent.abs_floor().max(1).saturating_mul(inner.largest_exponent()),
            _ => exponent.abs_floor(),
        };
        self.terms.iter().flat_map(|term| &term.factors).map(of).max().unwrap_or(1).max(1)
    }
}

/// The whole part of a magnitude, at most the largest number there is.
trait AbsFloor {
    fn abs_floor(&self) -> u64;
}

impl AbsFloor for BigRational {
    fn abs_floor(&self) -> u64 {
        self.abs().to_integer().to_u64().unwrap_or(u64::MAX)
    }
}

impl From<&Polynomial> for Formula {
    fn from(polynomial: &Polynomial) -> Formula {
        Formula::new(polynomial.monomials.iter().map(|monomial| {
            let power = |(entry, exponent): &(Entry, u32)| {
                (Atom::Entry(entry.clone()), BigRational::from_integer((*exponent).into()))
            };
            (monomial.coefficient.clone(), monomial.factors.iter().map(power).collect())
        }))
    }
}
