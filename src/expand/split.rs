//! Product axes: an index over a product of dimensions as several, the first slowest, where what stands beside it needs
//! that.
//!
//! Lists of indices are compared by their dimensions one by one, so that two splits of one size are never taken for each
//! other.

use std::collections::BTreeMap;

use super::Expander;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::{Kind, Raised};
use crate::index::{Base, Form, Index, QuantityId, Term};
use crate::shape::Dim;

/// Indices, by their numbers, that become several.
type Parts = BTreeMap<u32, Vec<Index>>;

/// The dimensions of a list of indices.
pub fn dims(axis: &[Index]) -> Vec<Dim> {
    axis.iter().map(|index| index.dim.clone()).collect()
}

/// For each dimension of either list what it is a product of, so that both lists become one; `None` where they have
/// none in common.
pub fn common(left: &[Dim], right: &[Dim]) -> Option<[Vec<Vec<Dim>>; 2]> {
    let (mut parts, mut others) = (vec![Vec::new(); left.len()], vec![Vec::new(); right.len()]);
    let (mut ours, mut theirs) = (left.iter().cloned().enumerate(), right.iter().cloned().enumerate());
    let (mut one, mut other) = (ours.next(), theirs.next());
    while let (Some((i, a)), Some((j, b))) = (&one, &other) {
        let (part, left, right) = if a == b {
            (a.clone(), None, None)
        } else if let Some(rest) = a.divide(b) {
            (b.clone(), Some((*i, rest)), None)
        } else {
            let rest = b.divide(a)?;
            (a.clone(), None, Some((*j, rest)))
        };
        parts[*i].push(part.clone());
        others[*j].push(part);
        one = left.or_else(|| ours.next());
        other = right.or_else(|| theirs.next());
    }
    (one.is_none() && other.is_none()).then_some([parts, others])
}

impl Expander<'_> {
    /// Both forms with axes of one list of dimensions each; `None` where there is none.
    pub(crate) fn alike(&mut self, left: &Form, right: &Form) -> Option<(Form, Form)> {
        let [rows, others] = common(&dims(&left.rows), &dims(&right.rows))?;
        let [columns, further] = common(&dims(&left.columns), &dims(&right.columns))?;
        Some((self.split(left, &rows, &columns)?, self.split(right, &others, &further)?))
    }

    /// The form with each index of its rows and columns as a list over these dimensions.
    pub(crate) fn split(&mut self, form: &Form, rows: &[Vec<Dim>], columns: &[Vec<Dim>]) -> Option<Form> {
        let mut parts = Parts::new();
        let wanted = form.rows.iter().zip(rows).chain(form.columns.iter().zip(columns));
        for (index, dims) in wanted.filter(|(_, dims)| dims.len() > 1) {
            self.quantities.note_product(&index.dim, dims);
            parts.insert(index.id, dims.iter().map(|dim| self.indices.fresh(dim)).collect());
        }
        if parts.is_empty() {
            return Some(form.clone());
        }
        // What a delta holds equal becomes several with it.
        loop {
            let bases =
                form.terms.iter().flat_map(|term| term.factors.iter().map(move |factor| (term, factor)));
            let next = bases.into_iter().find_map(|(term, factor)| {
                let Base::Delta(a, b) = &factor.base else { return None };
                let (known, open) = match (parts.get(&a.id), parts.get(&b.id)) {
                    (Some(known), None) => (known, b),
                    (None, Some(known)) => (known, a),
                    _ => return None,
                };
                let own = term.bound.contains(open) || form.free().contains(open);
                Some((own, open.id, dims(known)))
            });
            let Some((own, id, dims)) = next else { break };
            if !own {
                return None;
            }
            parts.insert(id, dims.iter().map(|dim| self.indices.fresh(dim)).collect());
        }
        let terms = form.terms.iter().map(|term| self.split_term(term, &parts)).collect::<Option<_>>()?;
        let (rows, columns) = (replaced(&form.rows, &parts), replaced(&form.columns, &parts));
        Some(Form { rows, columns, terms })
    }

    fn split_term(&mut self, term: &Term, parts: &Parts) -> Option<Term> {
        let mut split = Term { factors: Vec::new(), bound: replaced(&term.bound, parts), ..term.clone() };
        for factor in &term.factors {
            if !factor.base.indices().any(|index| parts.contains_key(&index.id)) {
                split.factors.push(factor.clone());
                continue;
            }
            match &factor.base {
                Base::Entry(id, indices) => {
                    let lists: Vec<Vec<Dim>> = indices
                        .iter()
                        .map(|index| {
                            parts.get(&index.id).map_or_else(|| vec![index.dim.clone()], |list| dims(list))
                        })
                        .collect();
                    let base = Base::Entry(self.split_quantity(*id, &lists)?, replaced(indices, parts));
                    split.factors.push(crate::index::Factor { base, exponent: factor.exponent });
                }
                Base::Delta(a, b) => {
                    let (a, b) = (parts.get(&a.id)?, parts.get(&b.id)?);
                    if dims(a) != dims(b) {
                        return None;
                    }
                    let deltas = a.iter().zip(b).map(|(a, b)| Base::Delta(a.clone(), b.clone()));
                    split
                        .factors
                        .extend(deltas.map(|base| crate::index::Factor { base, exponent: factor.exponent }));
                }
                Base::Dim(_) | Base::Shift(_) => return None,
            }
        }
        Some(split)
    }

    /// The same quantity with its axes as lists of dimensions.
    fn split_quantity(&mut self, id: QuantityId, lists: &[Vec<Dim>]) -> Option<QuantityId> {
        let info = self.quantities.get(id).clone();
        let axes: Vec<Dim> = lists.concat();
        match &info.origin {
            // Of arrays it is not known which axes are the rows.
            Origin::Named if info.shape.is_none() => None,
            // What is declared of it speaks of its rows and columns.
            Origin::Named => {
                let mut rest = lists.iter();
                let own = |count: &usize| rest.by_ref().take(*count).map(Vec::len).sum::<usize>();
                let groups = info.groups.iter().map(own).collect();
                Some(self.quantities.intern(QuantityInfo { axes, groups, symmetric: false, ..info }))
            }
            Origin::Applied { function, primes, argument } => {
                let argument = self.split_quantity(*argument, lists)?;
                Some(self.function_of(function, *primes, argument))
            }
            Origin::Raised(raised) if raised.kind == Kind::Entries && raised.running.is_none() => {
                let argument = self.split_quantity(raised.argument, lists)?;
                let own = self.quantities.get(argument);
                let (axes, groups) = (own.axes.clone(), own.groups.clone());
                let origin = Origin::Raised(Raised { argument, ..raised.clone() });
                Some(self.quantities.intern(QuantityInfo { axes, groups, origin, symmetric: false, ..info }))
            }
            Origin::Primitive { .. } | Origin::Raised(_) => None,
            Origin::Part(part) => {
                let (rows, columns) = lists.split_at(part.rows.len());
                let split = self.split(&part.clone(), rows, columns)?;
                self.quantities.part(split, |_| Some(info.expr.clone()))
            }
        }
    }
}

fn replaced(indices: &[Index], parts: &Parts) -> Vec<Index> {
    indices
        .iter()
        .flat_map(|index| parts.get(&index.id).cloned().unwrap_or_else(|| vec![index.clone()]))
        .collect()
}
