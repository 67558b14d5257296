//! Entries of symmetric matrices, which may be read both ways.

use super::canonical::{form_key, term_key};
use super::normal::normalize;
use super::quantities::Quantities;
use super::{Base, Factor, Form, Index, Term};

/// Entries of symmetric matrices in one term are turned both ways up to so many.
const MOST_TURNS: usize = 6;

/// `symmetric-entry`: the entries of symmetric matrices turned so that equal terms look equal.
pub fn turned(form: &Form, quantities: &Quantities) -> Form {
    let free = form.free();
    let terms = form.terms.iter().map(|term| {
        let places: Vec<usize> = (0..term.factors.len())
            .filter(|at| match &term.factors[*at].base {
                Base::Entry(id, indices) => {
                    let (left, right) = indices.split_at(indices.len() / 2);
                    quantities.get(*id).symmetric && left != right
                }
                _ => false,
            })
            .take(MOST_TURNS)
            .collect();
        if places.is_empty() {
            return Some(term.clone());
        }
        let turn = |choice: usize| {
            let mut term = term.clone();
            for (bit, place) in places.iter().enumerate() {
                if let Base::Entry(_, indices) = &mut term.factors[*place].base
                    && choice >> bit & 1 == 1
                {
                    // Of four axes the pairs are exchanged.
                    let half = indices.len() / 2;
                    indices.rotate_left(half);
                }
            }
            term
        };
        (0..1usize << places.len()).map(turn).min_by_key(|term| term_key(term, &free))
    });
    let terms = terms.map(|term| term.unwrap_or_else(|| Term::number(num_traits::Zero::zero())));
    normalize(&Form { terms: terms.collect(), ..form.clone() })
}

/// Whether the row and the column of a form may be exchanged, by the symmetry of its quantities. A product axis in rows
/// or columns is no pair of them.
pub fn is_symmetric(form: &Form, quantities: &Quantities) -> bool {
    if form.rows.len() > 1 || form.columns.len() > 1 {
        return false;
    }
    let Ok([row, column]) = <[Index; 2]>::try_from(form.free()) else { return false };
    let key = |row: &Index, column: &Index| {
        let form = Form { rows: vec![row.clone()], columns: vec![column.clone()], terms: form.terms.clone() };
        let form = turned(&form, quantities);
        let terms = form.terms.iter().map(|term| on_diagonal(term, row, column)).collect();
        form_key(&Form { terms, ..form })
    };
    row.dim == column.dim && key(&row, &column) == key(&column, &row)
}

/// A term on the diagonal read by its row alone.
fn on_diagonal(term: &Term, row: &Index, column: &Index) -> Term {
    let ends = |a: &Index, b: &Index| a == row && b == column || a == column && b == row;
    let delta = |factor: &Factor| matches!(&factor.base, Base::Delta(a, b) if ends(a, b));
    let Some(place) = term.factors.iter().position(delta) else { return term.clone() };
    let mut rest = term.clone();
    rest.factors.remove(place);
    let mut read = rest.substitute(column, row);
    read.factors.insert(place, Factor::once(Base::Delta(row.clone(), column.clone())));
    read
}
