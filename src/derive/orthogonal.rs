//! Answers at orthogonal points: `inv(V)` is `V'` there, and `V'*V` the identity. While differentiating, the entries of a
//! variable that is declared orthogonal are independent, so that this is for answers alone.

use super::cotangent::Engine;
use crate::collapse::collapse;
use crate::dependence::sole_name;
use crate::expand::powered;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::problem::Quantity;
use crate::prove::facts::Facts;
use crate::syntax::ast::Property;

/// Sums in sums are followed so far.
const MOST_LEVELS: usize = 8;

impl Engine<'_> {
    /// A form by what is declared orthogonal; as it is where that says nothing.
    pub(super) fn at_orthogonal(&mut self, form: Form) -> Form {
        if !self.problem.quantities.values().any(is_orthogonal) {
            return form;
        }
        match self.met(&form, MOST_LEVELS) {
            Some(met) => self.simplified(&met),
            None => form,
        }
    }

    /// The form rewritten, and the sums that keep together in it; `None` where nothing changes.
    fn met(&mut self, form: &Form, levels: usize) -> Option<Form> {
        let form = normalize(form);
        let mut changed = false;
        let mut terms: Vec<Term> = Vec::new();
        for term in &form.terms {
            let found = self.met_term(term, levels);
            changed |= found.is_some();
            terms.push(found.unwrap_or_else(|| term.clone()));
        }
        let form = normalize(&Form { terms, ..form });
        let facts = Facts { problem: self.problem, quantities: &self.quantities };
        let met = facts.orthogonals(&form);
        (changed || met != form).then_some(met)
    }

    fn met_term(&mut self, term: &Term, levels: usize) -> Option<Term> {
        let mut next = Term { factors: Vec::new(), ..term.clone() };
        let mut changed = false;
        for factor in &term.factors {
            let found = match &factor.base {
                Base::Entry(id, indices) => self.met_entry(*id, indices, factor.exponent, levels),
                _ => None,
            };
            changed |= found.is_some();
            let found = found.unwrap_or_else(|| Term { factors: vec![factor.clone()], ..one() });
            next.coefficient *= found.coefficient;
            next.factors.extend(found.factors);
        }
        changed.then_some(next)
    }

    /// A power of an entry by what is declared of the quantities behind it.
    fn met_entry(
        &mut self,
        id: QuantityId,
        indices: &[Index],
        exponent: Exponent,
        levels: usize,
    ) -> Option<Term> {
        let levels = levels.checked_sub(1)?;
        let info = self.quantities.get(id).clone();
        let power = |id, indices| {
            let factor = Factor { base: Base::Entry(id, indices), exponent };
            Some(Term { factors: vec![factor], ..one() })
        };
        if let Origin::Primitive { operation, argument } = &info.origin {
            let nothing = |_: &str| false;
            let written = self.quantities.get(*argument).expr.clone();
            let [row, column] = indices else { return None };
            let known = sole_name(&written).and_then(|name| self.problem.quantities.get(name))?;
            let turns = is_orthogonal(known) && self.expander(&nothing).is_inverse(operation);
            return turns.then(|| power(*argument, vec![column.clone(), row.clone()])).flatten();
        }
        if let Origin::Part(part) = &info.origin {
            let open = self.multiplied_out(part);
            let met = self.met(&open, levels)?;
            let met = self.simplified(&met);
            if let [only] = met.with_free(indices).as_slice()
                && only.bound.is_empty()
            {
                return powered(only, exponent);
            }
            let (catalogue, shown) = (self.catalogue, met.clone());
            let written = |quantities: &_| collapse(&shown, quantities, catalogue).map(|found| found.expr());
            let id = self.quantities.part(met, written)?;
            return power(id, indices.to_vec());
        }
        // What has a name keeps it.
        if sole_name(&info.expr).is_some() {
            return None;
        }
        let [only] = <[Term; 1]>::try_from(self.quantities.definition(id)?.with_free(indices)).ok()?;
        if !only.bound.is_empty() {
            return None;
        }
        self.met_term(&powered(&only, exponent)?, levels)
    }
}

fn one() -> Term {
    Term::number(num_traits::One::one())
}

fn is_orthogonal(quantity: &Quantity) -> bool {
    quantity.definition.is_none() && quantity.properties.contains(&Property::Orthogonal)
}
