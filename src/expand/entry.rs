//! Entries made of other entries: a negative, a function's value, a sum under a name.

use num_rational::BigRational;
use num_traits::One;

use super::{Expander, Scope, Unexpandable};
use crate::index::quantities::Origin;
use crate::index::{Base, Form, Index, QuantityId, Term};
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

    /// As nobody wrote it: called by its matrix form.
    fn named_entry(&mut self, form: &Form) -> Result<(QuantityId, Vec<Index>), Unexpandable> {
        let inside = Scope { inside: true, ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, inside);
        let found = self.entry_of(form, &Expr::natural(0));
        self.scope = outer;
        found
    }
}
