//! Which quantities are positive, as far as that is stated or follows from where the claim has values.

use std::collections::BTreeSet;

use num_traits::{Signed, Zero};

use crate::index::quantities::Origin;
use crate::index::raised::Kind;
use crate::index::{Base, Exponent, Factor, Form, Index, Quantities, QuantityId, Term};
use crate::problem::Problem;
use crate::rule::Bound;
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name};

/// Functions within functions are followed so far.
const DEPTH: usize = 32;

/// Quantities all of whose entries have a sign.
#[derive(Clone, Debug)]
pub struct Signs<'a> {
    bounds: &'a [Bound],
    positive: BTreeSet<QuantityId>,
    /// Zero or positive.
    never_negative: BTreeSet<QuantityId>,
    /// Names that the file states to be positive, or zero or positive.
    stated: Vec<(Name, bool)>,
}

impl<'a> Signs<'a> {
    /// What the file assumes.
    pub fn stated(problem: &Problem, bounds: &'a [Bound]) -> Signs<'a> {
        let mut signs =
            Signs { bounds, positive: BTreeSet::new(), never_negative: BTreeSet::new(), stated: Vec::new() };
        for condition in &problem.assumptions {
            let Condition::Compare { left, comparison, right } = condition else { continue };
            let (name, bound, strict) = match (comparison, &left.kind, &right.kind) {
                (Comparison::Greater, ExprKind::Name(name), _) => (name, right, true),
                (Comparison::GreaterEqual, ExprKind::Name(name), _) => (name, right, false),
                (Comparison::Less, _, ExprKind::Name(name)) => (name, left, true),
                (Comparison::LessEqual, _, ExprKind::Name(name)) => (name, left, false),
                _ => continue,
            };
            let Some(bound) = crate::expand::number(bound) else { continue };
            if !bound.is_negative() && problem.quantities.contains_key(name) {
                signs.stated.push((name.clone(), strict || bound.is_positive()));
            }
        }
        signs
    }

    /// Adds what is so wherever a form has a value: the arguments of logarithms are positive, what stands under a square
    /// root is not negative. A form that has been simplified says less, never more.
    pub fn learn(&mut self, form: &Form, quantities: &Quantities) {
        form.terms.iter().for_each(|term| self.learn_term(term, quantities, DEPTH));
    }

    fn learn_term(&mut self, term: &Term, quantities: &Quantities, depth: usize) {
        if depth == 0 {
            return;
        }
        for (at, factor) in term.factors.iter().enumerate() {
            let Base::Entry(id, indices) = &factor.base else { continue };
            if !is_everywhere(term, at, indices) {
                continue;
            }
            if is_root(factor.exponent) {
                self.never_negative.insert(*id);
                if factor.exponent.is_negative() {
                    self.positive.insert(*id);
                }
            }
            self.learn_quantity(*id, quantities, depth);
        }
    }

    fn learn_quantity(&mut self, id: QuantityId, quantities: &Quantities, depth: usize) {
        match &quantities.get(id).origin {
            Origin::Named | Origin::Primitive { .. } | Origin::Raised(_) => {}
            Origin::Part(form) => {
                form.terms.iter().for_each(|term| self.learn_term(term, quantities, depth - 1));
            }
            Origin::Applied { function, primes, argument } => {
                if *primes == 0
                    && self.bounds.iter().any(|bound| bound.of_argument && bound.function == *function)
                {
                    self.positive.insert(*argument);
                }
                if depth > 1 {
                    self.learn_quantity(*argument, quantities, depth - 1);
                }
            }
        }
    }

    fn has_sign(&self, id: QuantityId, quantities: &Quantities, strict: bool, depth: usize) -> bool {
        if depth == 0 {
            return false;
        }
        if self.positive.contains(&id) || !strict && self.never_negative.contains(&id) {
            return true;
        }
        let info = quantities.get(id);
        match &info.origin {
            Origin::Named => self.is_stated(&info.expr, strict),
            Origin::Applied { function, primes: 0, .. } => self
                .bounds
                .iter()
                .any(|bound| !bound.of_argument && bound.function == *function && (bound.strict || !strict)),
            // Of a positive number every power is; of a matrix it is not.
            Origin::Raised(raised) => {
                raised.kind == Kind::Entries && self.has_sign(raised.argument, quantities, true, depth - 1)
            }
            Origin::Applied { .. } | Origin::Primitive { .. } => false,
            Origin::Part(form) => {
                let signed = |term: &Term, strict| self.term_signed(term, quantities, strict, depth - 1);
                form.terms.iter().all(|term| signed(term, false))
                    && (!strict || form.terms.iter().any(|term| signed(term, true)))
            }
        }
    }

    fn is_stated(&self, expr: &Expr, strict: bool) -> bool {
        let ExprKind::Name(name) = &expr.kind else { return false };
        &**name == "pi" || self.stated.iter().any(|(known, positive)| known == name && (*positive || !strict))
    }

    /// Whether a term is above 0, or not below it. A sum of what is positive is positive: no dimension is 0.
    pub fn term_has_sign(&self, term: &Term, quantities: &Quantities, strict: bool) -> bool {
        self.term_signed(term, quantities, strict, DEPTH)
    }

    fn term_signed(&self, term: &Term, quantities: &Quantities, strict: bool, depth: usize) -> bool {
        let number = term.coefficient.is_positive() || !strict && term.coefficient.is_zero();
        let signed = |factor| self.factor_signed(factor, quantities, strict, depth);
        number && term.factors.iter().all(signed)
    }

    /// The same of one factor.
    pub fn factor_has_sign(&self, factor: &Factor, quantities: &Quantities, strict: bool) -> bool {
        self.factor_signed(factor, quantities, strict, DEPTH)
    }

    fn factor_signed(&self, factor: &Factor, quantities: &Quantities, strict: bool, depth: usize) -> bool {
        let strict_base = strict && !factor.exponent.is_negative();
        match &factor.base {
            Base::Dim(dim) => dim.as_name().is_some() || dim.as_number().is_some_and(|number| number > 0),
            Base::Delta(..) | Base::Shift(_) => !strict,
            Base::Entry(id, _) => {
                // A root has a value that is not negative.
                let never_negative = is_even(factor.exponent) || is_root(factor.exponent);
                never_negative && !strict_base || self.has_sign(*id, quantities, strict_base, depth)
            }
        }
    }
}

/// Whether a factor's entry runs over all entries of its quantity: no index stands twice in it, and none is held.
fn is_everywhere(term: &Term, at: usize, indices: &[Index]) -> bool {
    let held = |index: &Index| {
        term.factors.iter().enumerate().any(|(other, factor)| {
            other != at
                && matches!(factor.base, Base::Delta(..) | Base::Shift(_))
                && factor.base.has_index(index)
        })
    };
    indices.iter().enumerate().all(|(at, index)| !indices[..at].contains(index) && !held(index))
}

pub fn is_even(exponent: Exponent) -> bool {
    exponent.is_integer() && exponent.to_integer() % 2 == 0
}

/// A square root, or an odd power of one.
pub fn is_root(exponent: Exponent) -> bool {
    exponent.denom() % 2 == 0
}
