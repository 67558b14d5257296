//! What holds of a form because of what its quantities are: definitions recognised, sums that are known.

use num_traits::One;

use crate::fold::fold;
use crate::index::normal::normalize;
use crate::index::symmetry::turned;
use crate::index::{Base, Form, Index, Quantities, QuantityId, Term};

/// Sums of sums are followed so far.
const MOST_LEVELS: usize = 4;

/// What simplification may use.
pub struct Knowledge<'a> {
    pub quantities: &'a Quantities,
    /// Definitions that may be recognised.
    pub recognised: &'a dyn Fn(QuantityId) -> bool,
    /// Quantities whose rows sum to 1, by declaration or assumption.
    pub onehot: &'a dyn Fn(QuantityId) -> bool,
}

impl Knowledge<'_> {
    /// The simplest form reached by recognising definitions and by sums along an axis that are known.
    pub fn simplify(&self, form: &Form) -> Form {
        let mut form = turned(&normalize(form), self.quantities);
        // Each round removes a factor or an index, so this ends; the bound is a guard.
        for _ in 0..64 {
            let folded = normalize(&fold(&form, self.quantities, self.recognised));
            let summed = self.axis_sums(&folded);
            let done = summed.is_none();
            form = summed.map_or(folded, |summed| normalize(&summed));
            if done {
                break;
            }
        }
        form
    }

    /// One known sum along an axis put in, `axis-sum`: an index that stands in one factor only.
    fn axis_sums(&self, form: &Form) -> Option<Form> {
        form.terms.iter().enumerate().find_map(|(position, term)| {
            let known = term.bound.iter().find_map(|index| self.axis_sum(term, index, MOST_LEVELS))?;
            let mut terms = form.terms.clone();
            terms.splice(position..=position, known);
            Some(Form { terms, ..form.clone() })
        })
    }

    /// The term with the sum over an index carried out: it is 0 or a constant.
    fn axis_sum(&self, term: &Term, index: &Index, levels: usize) -> Option<Vec<Term>> {
        if term.occurrences(index) != 1 || levels == 0 {
            return None;
        }
        let position = term.factors.iter().position(|factor| factor.base.has_index(index))?;
        let factor = &term.factors[position];
        let Base::Entry(id, indices) = &factor.base else { return None };
        if !factor.exponent.is_one() {
            return None;
        }
        let mut rest = term.clone();
        rest.factors.remove(position);
        rest.bound.retain(|known| known != index);
        // Rows hold one 1 each, so the sum is over columns: those of a column vector carry no index.
        let info = self.quantities.get(*id);
        let columns =
            info.shape.as_ref().is_some_and(|shape| !shape.columns.is_one() && shape.axes() == info.axes);
        if columns && (self.onehot)(*id) && indices.last() == Some(index) {
            return Some(vec![rest]);
        }
        let part = self.quantities.stated(*id)?;
        let mut sum = Form::scalar(part.with_free(indices));
        sum.terms.iter_mut().for_each(|term| term.bound.push(index.clone()));
        let mut terms = Vec::new();
        for term in normalize(&sum).terms {
            match self.axis_sum(&term, index, levels - 1) {
                Some(known) => terms.extend(known),
                None => terms.push(term),
            }
        }
        // Only whole sums are recognised here: the quantity itself would come back.
        let whole = |other: QuantityId| {
            (self.recognised)(other)
                && self
                    .quantities
                    .definition(other)
                    .is_some_and(|form| matches!(form.terms.as_slice(), [term] if !term.bound.is_empty()))
        };
        let terms = normalize(&fold(&normalize(&Form::scalar(terms)), self.quantities, &whole)).terms;
        match normalize(&Form::scalar(terms)).terms.as_slice() {
            [] => Some(Vec::new()),
            // A constant: 1 for the rows of a softmax.
            [only] if only.factors.is_empty() && only.bound.is_empty() => {
                rest.coefficient *= &only.coefficient;
                Some(vec![rest])
            }
            _ => None,
        }
    }
}
