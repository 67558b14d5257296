//! Whole numbers that are not known, as exponents and as values: dimensions, scalars that are declared integers, letters.

use num_rational::BigRational;
use num_traits::{One, ToPrimitive};

use super::Expander;
use crate::index::normal::{dimension_term, normalize};
use crate::index::{Base, Factor, Form, Index, Term};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Property, Sign};

/// A whole number as an exponent: a linear form over names and, where one is in force, one letter.
#[derive(Clone, Debug)]
pub struct Whole {
    pub fixed: Dim,
    /// A letter's index with its multiple.
    pub running: Option<(Dim, Index)>,
}

impl Whole {
    pub fn fixed(fixed: Dim) -> Whole {
        Whole { fixed, running: None }
    }

    /// `None` for two letters or on overflow.
    pub(super) fn add(&self, other: &Whole, sign: i64) -> Option<Whole> {
        let times = |dim: &Dim| dim.multiply(&Dim::number(sign));
        let running = match (&self.running, &other.running) {
            (one, None) => one.clone(),
            (None, Some((step, index))) => Some((times(step)?, index.clone())),
            (Some((a, index)), Some((b, other))) if index == other => Some((a.add(b, sign)?, index.clone())),
            _ => return None,
        };
        let running = running.filter(|(step, _)| *step != Dim::number(0));
        Some(Whole { fixed: self.fixed.add(&other.fixed, sign)?, running })
    }

    pub fn plus(&self, other: &Whole) -> Option<Whole> {
        self.add(other, 1)
    }

    /// `None` for a letter times a letter or on overflow.
    pub fn times(&self, other: &Whole) -> Option<Whole> {
        let running = match (&self.running, &other.running) {
            (None, None) => None,
            (Some((step, index)), None) => Some((step.multiply(&other.fixed)?, index.clone())),
            (None, Some((step, index))) => Some((step.multiply(&self.fixed)?, index.clone())),
            _ => return None,
        };
        Some(Whole { fixed: self.fixed.multiply(&other.fixed)?, running })
    }
}

impl Expander<'_> {
    /// The whole number that an exponent is by what is declared; `None` for any other.
    pub(super) fn whole_exponent(&self, expr: &Expr) -> Option<Whole> {
        match &expr.kind {
            ExprKind::Number(value) if value.is_integer() => {
                Some(Whole::fixed(Dim::number(value.to_integer().to_i64()?)))
            }
            ExprKind::Name(name) => {
                if let Some(list) = self.scope.letters.get(name) {
                    return match list.as_slice() {
                        // A letter over a literal 1 is that.
                        [] => Some(Whole::fixed(Dim::one())),
                        [index] => {
                            Some(Whole { fixed: Dim::number(0), running: Some((Dim::one(), index.clone())) })
                        }
                        _ => None,
                    };
                }
                if let Some(dim) = self.scope.dimensions.get(name) {
                    return Some(Whole::fixed(dim.clone()));
                }
                if self.scope.parameters.contains_key(name) {
                    return None;
                }
                match self.problem.quantities.get(name) {
                    Some(quantity) => match &quantity.definition {
                        Some(definition) => self.whole_exponent(definition),
                        None => (quantity.shape.is_scalar()
                            && quantity.properties.contains(&Property::Integer))
                        .then(|| Whole::fixed(Dim::name(name.clone()))),
                    },
                    None => self
                        .problem
                        .dimensions
                        .contains_key(name)
                        .then(|| Whole::fixed(Dim::name(name.clone()))),
                }
            }
            ExprKind::Negate(inner) => Whole::fixed(Dim::number(0)).add(&self.whole_exponent(inner)?, -1),
            ExprKind::Sum(terms) => {
                terms.iter().try_fold(Whole::fixed(Dim::number(0)), |sum, (sign, term)| {
                    sum.add(&self.whole_exponent(term)?, if *sign == Sign::Plus { 1 } else { -1 })
                })
            }
            ExprKind::Product { first, rest } => {
                rest.iter().try_fold(self.whole_exponent(first)?, |product, (op, factor)| match op {
                    ProductOp::Times | ProductOp::Space => product.times(&self.whole_exponent(factor)?),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// Whether a number is at least 1 for all values of its letter; of range 1 that runs from 0 to 1 nothing is known.
    pub(super) fn is_positive(&self, exponent: &Whole) -> bool {
        let below = |dim: Option<Dim>| {
            dim.and_then(|dim| dim.add(&Dim::one(), -1)).is_some_and(|dim| self.problem.never_negative(&dim))
        };
        self.least(exponent, &below)
    }

    /// Whether a number is never negative.
    pub(super) fn is_never_negative(&self, exponent: &Whole) -> bool {
        let known = |dim: Option<Dim>| dim.is_some_and(|dim| self.problem.never_negative(&dim));
        self.least(exponent, &known)
    }

    fn least(&self, exponent: &Whole, known: &dyn Fn(Option<Dim>) -> bool) -> bool {
        match &exponent.running {
            None => known(Some(exponent.fixed.clone())),
            Some((step, index)) => {
                // A linear form is least at an end.
                let at = |place: &Dim| exponent.fixed.add(&step.multiply(place)?, 1);
                !index.dim.is_one() && known(at(&Dim::one())) && known(at(&index.dim))
            }
        }
    }

    /// A linear form over dimensions and declared whole numbers as a value.
    pub(crate) fn number_terms(&mut self, dim: &Dim) -> Vec<Term> {
        let mut terms = Vec::new();
        for (names, coefficient) in dim.monomials() {
            let mut term = Term::number(BigRational::from_integer(coefficient.into()));
            for name in names {
                let problem = self.problem;
                match problem.quantities.get(&name) {
                    Some(quantity) => {
                        let id = super::variable(self.quantities, quantity);
                        term.factors.push(Factor::once(Base::Entry(id, Vec::new())));
                    }
                    None => term.factors.extend(dimension_term(&Dim::name(name)).factors),
                }
            }
            terms.push(term);
        }
        terms
    }

    /// Whole numbers that a sum over them has left behind as if they were dimensions.
    pub(super) fn with_numbers(&mut self, form: Form) -> Form {
        let problem = self.problem;
        let foreign = |factor: &Factor| match &factor.base {
            Base::Dim(dim) => {
                factor.exponent.is_one()
                    && dim.names().iter().any(|name| problem.quantities.contains_key(name))
            }
            _ => false,
        };
        if !form.terms.iter().flat_map(|term| &term.factors).any(foreign) {
            return form;
        }
        let mut terms = Vec::new();
        for term in &form.terms {
            let Some(place) = term.factors.iter().position(foreign) else {
                terms.push(term.clone());
                continue;
            };
            let Base::Dim(dim) = &term.factors[place].base else { continue };
            let dim = dim.clone();
            for number in self.number_terms(&dim) {
                let mut next = term.clone();
                next.coefficient *= number.coefficient;
                next.factors.splice(place..=place, number.factors);
                terms.push(next);
            }
        }
        self.with_numbers(normalize(&Form { terms, ..form }))
    }
}
