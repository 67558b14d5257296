//! Entries made of other entries: a negative, a function's value, a sum under a name; what laws of functions say of them.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Expander, Scope, Unexpandable};
use crate::index::canonical::least;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::syntax::ast::{Expr, Name};

impl Expander<'_> {
    /// The negative of an entry; the minus goes into a part.
    pub(crate) fn negated(&mut self, id: QuantityId, at: &[Index]) -> Vec<Term> {
        let mut terms = match &self.quantities.get(id).origin {
            Origin::Part(part) => part.with_free(at),
            _ => vec![Term::base(Base::Entry(id, at.to_vec()))],
        };
        for term in &mut terms {
            *term = term.rename_bound(self.indices);
            term.coefficient *= -BigRational::one();
        }
        terms
    }

    /// A function of a form that has the axes of a quantity, at its indices.
    pub(crate) fn applied_to(
        &mut self,
        function: &Name,
        like: QuantityId,
        terms: &[Term],
        at: &[Index],
    ) -> Option<Base> {
        let row = self.quantities.get(like).shape.as_ref().is_some_and(|shape| shape.rows.is_one());
        let (rows, columns) = at.split_at(usize::from(!row && !at.is_empty()));
        let form = Form { rows: rows.to_vec(), columns: columns.to_vec(), terms: terms.to_vec() };
        let (argument, indices) = self.named_entry(&form).ok()?;
        Some(Base::Entry(self.function_of(function, 0, argument), indices))
    }

    /// The entry that a form is, at its indices.
    pub(crate) fn part_of(&mut self, form: &Form) -> Option<Base> {
        self.named_entry(form).ok().map(|(id, indices)| Base::Entry(id, indices))
    }

    /// Whether a law says that the function of the negative is its reciprocal; not where the file means something else by
    /// the name.
    pub(crate) fn is_reciprocal(&self, function: &str) -> bool {
        !self.problem.hides_function(function)
            && self.catalogue.laws.iter().any(|law| &*law.function == function && law.is_reciprocal())
    }

    /// `exp(-z)` as `exp(z)^-1`: of an argument and its negative a canonical form has one.
    pub(super) fn turned(&mut self, function: &Name, argument: QuantityId, at: &[Index]) -> Option<Term> {
        let Origin::Part(part) = &self.quantities.get(argument).origin else { return None };
        let free = part.free();
        let first = least(&part.terms, &free)?;
        if !first.coefficient.is_negative() || !self.is_reciprocal(function) {
            return None;
        }
        let negative = self.negated(argument, at);
        let base = self.applied_to(function, argument, &negative, at)?;
        let factors = vec![Factor { base, exponent: -Exponent::one() }];
        Some(Term { coefficient: BigRational::one(), factors, bound: Vec::new() })
    }

    /// What every term of a sum is divided by, of functions that are never 0, so that none stands below in it:
    /// `1 + exp(z)^-1` is `exp(z)^-1` times `exp(z) + 1`.
    pub(super) fn content(&self, form: &Form) -> Vec<Factor> {
        let mut found: Vec<Factor> = Vec::new();
        for factor in form.terms.iter().flat_map(|term| &term.factors) {
            let Base::Entry(id, at) = &factor.base else { continue };
            let Origin::Applied { function, primes: 0, .. } = &self.quantities.get(*id).origin else {
                continue;
            };
            let bound = form.terms.iter().any(|term| at.iter().any(|index| term.bound.contains(index)));
            if bound || !factor.exponent.is_negative() || !self.is_reciprocal(function) {
                continue;
            }
            match found.iter_mut().find(|known| known.base == factor.base) {
                Some(known) => known.exponent = known.exponent.min(factor.exponent),
                None => found.push(factor.clone()),
            }
        }
        found
    }

    /// As nobody wrote it: called by its matrix form.
    fn named_entry(&mut self, form: &Form) -> Result<(QuantityId, Vec<Index>), Unexpandable> {
        let inside = Scope { inside: true, ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, inside);
        let found = self.entry_of(form, &Expr::natural(0));
        self.scope = outer;
        found
    }
}
