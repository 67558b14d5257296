//! Inverses of sums: reduced by the sum, and cleared from an end of a difference that is to be zero.

use num_traits::One;

use super::laws::Laws;
use crate::expand::Unexpandable;
use crate::fold::quotient;
use crate::index::canonical::term_key;
use crate::index::quantities::Origin;
use crate::index::{Base, Factor, Form, Index, QuantityId, Term};

type Inverse<'t> = (QuantityId, QuantityId, &'t Index, &'t Index);

impl Laws<'_, '_> {
    /// A factor that is an entry of an inverse: its quantity, that of the matrix, and the indices of the entry.
    fn inverse<'t>(&self, factor: &'t Factor) -> Option<Inverse<'t>> {
        let Base::Entry(id, at) = &factor.base else { return None };
        let ([row, column], true) = (at.as_slice(), factor.exponent.is_one()) else { return None };
        Some((*id, self.expander.inverse_of(*id)?, row, column))
    }

    /// The same where the matrix is a sum.
    fn inverted<'t>(&self, factor: &'t Factor) -> Option<Inverse<'t>> {
        let found = self.inverse(factor)?;
        let Origin::Part(part) = &self.expander.quantities.get(found.1).origin else { return None };
        (part.terms.len() > 1).then_some(found)
    }

    /// `reduce-inverse`: with `S = m + r`, `inv(S)*m = I - inv(S)*r` and `m*inv(S) = I - r*inv(S)`, once in every term where `m`
    /// stands beside the inverse; `None` where it stands in none.
    pub(super) fn reduced_inverses(&mut self, form: &Form) -> Result<Option<Vec<Term>>, Unexpandable> {
        let mut changed = false;
        let mut terms = Vec::new();
        for term in &form.terms {
            match self.reduced_inverse(term)? {
                Some(reduced) => {
                    changed = true;
                    terms.extend(reduced);
                }
                None => terms.push(term.clone()),
            }
        }
        Ok(changed.then_some(terms))
    }

    fn reduced_inverse(&mut self, term: &Term) -> Result<Option<Vec<Term>>, Unexpandable> {
        for factor in &term.factors {
            let Some((inverse, argument, row, column)) = self.inverted(factor) else { continue };
            let symmetric = self.expander.quantities.get(argument).symmetric;
            let (row, column) = (row.clone(), column.clone());
            let axes = self.expander.quantities.get(argument).axes.clone();
            let own: Vec<Index> = axes.iter().map(|dim| self.expander.indices.fresh(dim)).collect();
            let [above, below] = own.as_slice() else { continue };
            let sum = self.entry(argument, &own)?;
            let Some(leading) =
                (0..sum.len()).max_by_key(|at| (sum[*at].factors.len(), term_key(&sum[*at], &own)))
            else {
                continue;
            };
            let ends: Vec<Index> = term
                .bound
                .iter()
                .chain(term.factors.iter().flat_map(|factor| factor.base.indices()))
                .filter(|index| index.dim == row.dim)
                .cloned()
                .collect();
            // The end that is kept, the one that is met, and whether the inverse stands on the left.
            let mut ways = vec![(&row, &column, true), (&column, &row, false)];
            if symmetric {
                ways.extend([(&column, &row, true), (&row, &column, false)]);
            }
            for (kept, met, on_left) in ways {
                let straight = (kept, met) == (if on_left { (&row, &column) } else { (&column, &row) });
                let beside = |of: &Term, laws: &mut Self| -> Term {
                    // inv(S)[above, k] of[k, below], or of[above, k] inv(S)[k, below]
                    let between = laws.expander.indices.fresh(&above.dim);
                    let (from, entry) = match on_left {
                        true => (above, vec![above.clone(), between.clone()]),
                        false => (below, vec![between.clone(), below.clone()]),
                    };
                    let mut entry = entry;
                    // As it is written in the term.
                    if !straight {
                        entry.reverse();
                    }
                    let mut product = of.rename_bound(laws.expander.indices).substitute(from, &between);
                    product.factors.push(Factor::once(Base::Entry(inverse, entry)));
                    product.bound.push(between);
                    product
                };
                let wanted = beside(&sum[leading], self);
                for end in &ends {
                    if end == met {
                        continue;
                    }
                    let places =
                        if on_left { [kept.clone(), end.clone()] } else { [end.clone(), kept.clone()] };
                    let Some(rest) = quotient(term, &wanted, &own, &places) else { continue };
                    let unit = Term::base(Base::Delta(places[0].clone(), places[1].clone()));
                    let mut found = vec![rest.multiply(&unit, self.expander.indices)];
                    for (at, other) in sum.iter().enumerate() {
                        if at == leading {
                            continue;
                        }
                        let product = beside(other, self);
                        let whole = Form { rows: own.clone(), columns: Vec::new(), terms: vec![product] };
                        for mut product in whole.with_free(&places) {
                            product.coefficient = -product.coefficient;
                            found.push(rest.multiply(&product, self.expander.indices));
                        }
                    }
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// `clear-inverse`: a difference with an index at which inverses of a sum stand, times that sum there. It is zero if and
    /// only if the difference is: the sum has an inverse where the claim has values. The same of other matrices, after or
    /// before those of sums. `None` where no inverse stands at an end.
    pub(super) fn cleared_inverse(
        &mut self,
        form: &Form,
        sums_first: bool,
    ) -> Result<Option<Vec<Term>>, Unexpandable> {
        let outer = |term: &Term, index: &Index| !term.bound.contains(index) && term.occurrences(index) == 1;
        let at_an_end = |sums: bool| {
            form.terms.iter().find_map(|term| {
                term.factors.iter().find_map(|factor| {
                    let (inverse, argument, row, column) = self.inverse(factor)?;
                    if sums != self.inverted(factor).is_some() {
                        return None;
                    }
                    let ends = [(row, true), (column, false)];
                    let (end, by_row) = ends.into_iter().find(|(index, _)| outer(term, index))?;
                    Some((inverse, argument, end.clone(), by_row))
                })
            })
        };
        let found = at_an_end(sums_first).or_else(|| at_an_end(!sums_first));
        let Some((inverse, argument, end, by_row)) = found else { return Ok(None) };
        let symmetric = self.expander.quantities.get(argument).symmetric;
        let mut all = Vec::new();
        for term in &form.terms {
            let place = term.factors.iter().position(|factor| match &factor.base {
                Base::Entry(id, at) if *id == inverse && factor.exponent.is_one() && at.len() == 2 => {
                    at[usize::from(!by_row)] == end || symmetric && at[usize::from(by_row)] == end
                }
                _ => false,
            });
            if let Some(place) = place
                && term.occurrences(&end) == 1
            {
                let mut next = term.clone();
                let Base::Entry(_, at) = &term.factors[place].base else { continue };
                let inner = if at[0] == end { at[1].clone() } else { at[0].clone() };
                next.factors[place] = Factor::once(Base::Delta(end.clone(), inner));
                all.push(next);
                continue;
            }
            let between = self.expander.indices.fresh(&end.dim);
            let entry = if by_row { [end.clone(), between.clone()] } else { [between.clone(), end.clone()] };
            let sum = self.entry(argument, &entry)?;
            let moved = term.substitute(&end, &between);
            let mut products = self.multiplied(&[moved], &sum)?;
            products.iter_mut().for_each(|product| product.bound.push(between.clone()));
            all.extend(products);
        }
        Ok(Some(all))
    }
}
