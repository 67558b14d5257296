//! Numbers that are not known, as exponents and as values: dimensions, scalars that are declared integers, letters; of what is
//! positive any scalar too, as an exponent.

use num_rational::BigRational;
use num_traits::{One, ToPrimitive};

use super::{Expander, Unexpandable};
use crate::index::normal::{dimension_term, normalize};
use crate::index::quantities::Origin;
use crate::index::raised::{exponent_name, exponent_quantity};
use crate::index::{Base, Factor, Form, Index, QuantityId, Term};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Property, Sign};

/// An exponent: a polynomial with whole coefficients over names and, where one is in force, one letter. The names stand for whole
/// numbers unless [`Expander::is_real`].
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
        self.polynomial_exponent(expr, false)
    }

    /// Any scalar as the exponent of what is positive: a polynomial over names and, where that is not all, over quantities of
    /// their own. A definition is put in only where all are. `None` for what is no scalar.
    ///
    /// # Errors
    /// [`Unexpandable`] for what has no form or overflows.
    pub(super) fn real_exponent(&mut self, expr: &Expr) -> Result<Option<Whole>, Unexpandable> {
        if let Some(exponent) = self.polynomial_exponent(expr, true) {
            return Ok(Some(exponent));
        }
        let form = self.expand(expr)?;
        if !form.is_scalar() {
            return Ok(None);
        }
        match &expr.kind {
            ExprKind::Name(name) if (self.inlined)(name) => {
                let problem = self.problem;
                let quantity = problem.quantities.get(name);
                if let Some(definition) = quantity.and_then(|known| known.definition.as_ref()) {
                    return self.real_exponent(definition);
                }
            }
            ExprKind::Negate(inner) => {
                let Some(inner) = self.real_exponent(inner)? else { return Ok(None) };
                let negative = Whole::fixed(Dim::number(0)).add(&inner, -1);
                return negative.map(Some).ok_or(Unexpandable::TooLarge);
            }
            ExprKind::Sum(terms) => {
                let mut sum = Whole::fixed(Dim::number(0));
                for (sign, term) in terms {
                    let Some(term) = self.real_exponent(term)? else { return Ok(None) };
                    let sign = if *sign == Sign::Plus { 1 } else { -1 };
                    sum = sum.add(&term, sign).ok_or(Unexpandable::TooLarge)?;
                }
                return Ok(Some(sum));
            }
            _ => {}
        }
        let (id, _) = self.entry_of(&form, expr)?;
        Ok(Some(Whole::fixed(Dim::name(exponent_name(id)))))
    }

    /// Whether a scalar that need not be an integer stands in an exponent.
    pub(super) fn is_real(&self, exponent: &Dim) -> bool {
        exponent.names().iter().any(|name| match self.problem.quantities.get(name) {
            Some(known) => !known.properties.contains(&Property::Integer),
            None => exponent_quantity(name).is_some(),
        })
    }

    fn polynomial_exponent(&self, expr: &Expr, real: bool) -> Option<Whole> {
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
                        Some(definition) if !real || (self.inlined)(name) => {
                            self.polynomial_exponent(definition, real)
                        }
                        _ => (quantity.shape.is_scalar()
                            && (real || quantity.properties.contains(&Property::Integer)))
                        .then(|| Whole::fixed(Dim::name(name.clone()))),
                    },
                    None => self
                        .problem
                        .dimensions
                        .contains_key(name)
                        .then(|| Whole::fixed(Dim::name(name.clone()))),
                }
            }
            ExprKind::Negate(inner) => {
                Whole::fixed(Dim::number(0)).add(&self.polynomial_exponent(inner, real)?, -1)
            }
            ExprKind::Sum(terms) => {
                terms.iter().try_fold(Whole::fixed(Dim::number(0)), |sum, (sign, term)| {
                    sum.add(&self.polynomial_exponent(term, real)?, if *sign == Sign::Plus { 1 } else { -1 })
                })
            }
            ExprKind::Product { first, rest } => {
                rest.iter().try_fold(self.polynomial_exponent(first, real)?, |product, (op, factor)| match op
                {
                    ProductOp::Times | ProductOp::Space => {
                        product.times(&self.polynomial_exponent(factor, real)?)
                    }
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
                if let Some(id) = exponent_quantity(&name) {
                    term = term.multiply(&self.opened_scalar(id), self.indices);
                    continue;
                }
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

    /// A scalar quantity as one term: what it stands for where that is one product.
    fn opened_scalar(&self, id: QuantityId) -> Term {
        match &self.quantities.get(id).origin {
            Origin::Part(form) if form.terms.len() == 1 => form.terms[0].clone(),
            _ => Term::base(Base::Entry(id, Vec::new())),
        }
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
