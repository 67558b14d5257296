//! Answers in index form, as short as they are written.

use super::cotangent::Engine;
use super::solved::Spoken;
use crate::collapse::entries::{Entries, entries};
use crate::collapse::obstacle;
use crate::derivation::Obstacle;
use crate::index::write::{Letters, einsum, form_expr, place_expr, term_expr};
use crate::index::{Base, Form};
use crate::matrix::expr_cost;
use crate::syntax::ast::{Expr, Name};

/// An index form, and what it is written as.
pub struct Indexed {
    pub value: Expr,
    form: Form,
    /// `None` where it is written as it stands.
    entries: Option<Entries>,
}

impl Engine<'_> {
    /// The shorter of an index form as it stands and with its sums joined, with the file's definitions put back where that
    /// is shorter still.
    pub fn indexed(&mut self, form: &Form, letters: &Letters) -> Indexed {
        let value = form_expr(form, &self.quantities, letters);
        let mut best = Indexed { value, form: form.clone(), entries: None };
        let restored = self.restored(form);
        let spoken = Spoken::of(self.problem, &self.quantities, true);
        for form in [form.clone()].into_iter().chain(restored) {
            let said = |expr: &Expr| spoken.said(expr);
            let found = entries(&form, &self.quantities, self.catalogue, &said);
            let Some(found) = found else { continue };
            let value = found.expr(&self.quantities, letters, &said);
            if expr_cost(&value) < expr_cost(&best.value) {
                best = Indexed { value, form, entries: Some(found) };
            }
        }
        best
    }

    /// The subscripts of the factors that an index form is written with.
    pub fn subscripts(&self, indexed: &Indexed, letters: &Letters) -> Option<String> {
        match &indexed.entries {
            Some(found) => Some(found.einsum(&indexed.form.free(), letters)),
            None => einsum(&indexed.form, letters),
        }
    }

    /// An index form's free letters with ranges, and the letters.
    pub fn free_letters(&self, form: &Form) -> (Vec<(Name, Expr)>, Letters) {
        let mut letters = self.letters();
        let free =
            form.free().iter().map(|index| (letters.letter(index, "ijab"), index.dim.to_expr())).collect();
        (free, letters)
    }

    /// Why a form is left in index form, in the letters it is written with.
    pub fn obstacle(&self, indexed: &Indexed, letters: &Letters) -> Option<Obstacle> {
        let form = &indexed.form;
        for term in &form.terms {
            for factor in &term.factors {
                let Base::Shift(shift) = &factor.base else { continue };
                let mut letters = letters.clone();
                term_expr(term, &self.quantities, &mut letters);
                return Some(Obstacle::Place(place_expr(shift, &mut letters)));
            }
        }
        let (position, index, factors) = obstacle(form, &self.quantities, self.catalogue)?;
        let letters = match &indexed.entries {
            Some(found) => found.letters(position, &self.quantities, letters),
            None => {
                let mut letters = letters.clone();
                term_expr(form.terms.get(position)?, &self.quantities, &mut letters);
                letters
            }
        };
        Some(Obstacle::Meets { index: Expr::name(letters.get(&index)?.clone()), factors })
    }
}
