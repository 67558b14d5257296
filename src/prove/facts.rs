//! What a file states of its variables, and sums over literal dimensions, as rewrites of an index form.
//!
//! Never used while differentiating: entries are independent there.

use num_traits::{One, Signed, Zero};

use crate::index::canonical::term_key;
use crate::index::normal::{normalize, normalize_term};
use crate::index::symmetry::turned;
use crate::index::{Base, Exponent, Factor, Form, Index, Indices, Quantities, Shift, Term};
use crate::problem::Problem;
use crate::shape::Dim;
use crate::syntax::ast::{ExprKind, Name, Property};

/// Rounds of rewriting: each makes a term shorter or an entry diagonal, so that it ends; this is a guard.
const ROUNDS: usize = 64;
/// Terms of a form whose sums are written out.
const TERMS: usize = 2048;
/// Larger literal dimensions are not written out.
const LITERAL: i64 = 8;
/// Entries of antisymmetric matrices in one term are turned both ways up to so many.
const TURNS: usize = 6;

/// The free indices numbered anew in their order: of two that a delta holds together the first one stands for both.
pub fn ordered(form: &Form, indices: &mut Indices) -> Form {
    let fresh = |axis: &[Index], indices: &mut Indices| -> Vec<Index> {
        axis.iter().map(|index| indices.fresh(&index.dim)).collect()
    };
    let rows = fresh(&form.rows, indices);
    let columns = fresh(&form.columns, indices);
    let free: Vec<Index> = rows.iter().chain(&columns).cloned().collect();
    normalize(&Form { terms: form.with_free(&free), rows, columns })
}

/// Whether anything is known that rewrites a form.
pub fn known(problem: &Problem) -> bool {
    let stated = problem.quantities.values().any(|quantity| !quantity.properties.is_empty());
    let literal = problem.quantities.values().any(|quantity| {
        let small = |dim: &Dim| dim.as_number().is_some_and(|number| (2..=LITERAL).contains(&number));
        small(&quantity.shape.rows) || small(&quantity.shape.columns)
    });
    stated || literal || !problem.assumptions.is_empty()
}

/// The form by all that is stated, with sums over literal dimensions written out and symmetric entries turned.
pub fn applied(form: &Form, problem: &Problem, quantities: &Quantities) -> Form {
    let facts = Facts { problem, quantities };
    let form = facts.stated(form);
    let form = match unrolled(&form) {
        Some(form) => facts.antisymmetric(&facts.stated(&form)),
        None => facts.antisymmetric(&form),
    };
    turned(&form, quantities)
}

/// What is stated, for rewriting.
pub struct Facts<'a> {
    pub problem: &'a Problem,
    pub quantities: &'a Quantities,
}

impl Facts<'_> {
    /// An entry of a declared variable with a property, and its indices.
    fn entry<'t>(&self, factor: &'t Factor, property: Property) -> Option<(&Name, &'t [Index])> {
        let Base::Entry(id, indices) = &factor.base else { return None };
        let ExprKind::Name(name) = &self.quantities.get(*id).expr.kind else { return None };
        let quantity = self.problem.quantities.get(name).filter(|known| known.definition.is_none())?;
        // What is stated of rows and columns says nothing of the parts of a product axis.
        if self.quantities.get(*id).axes != quantity.shape.axes() {
            return None;
        }
        let has = quantity.properties.contains(&property)
            || property == Property::Onehot && self.problem.is_onehot(name);
        has.then_some((&quantity.name, indices.as_slice()))
    }

    /// Rewritten until nothing applies.
    pub fn stated(&self, form: &Form) -> Form {
        self.rewritten(form, &|term| self.step(term))
    }

    /// The same by what is declared orthogonal alone.
    pub fn orthogonals(&self, form: &Form) -> Form {
        self.rewritten(form, &|term| (0..term.factors.len()).find_map(|at| self.orthogonal(term, at)))
    }

    fn rewritten(&self, form: &Form, step: &dyn Fn(&Term) -> Option<Term>) -> Form {
        let mut form = normalize(form);
        for _ in 0..ROUNDS {
            let mut changed = false;
            let terms = form.terms.iter().map(|term| match step(term) {
                Some(next) => {
                    changed = true;
                    normalize_term(&next)
                }
                None => term.clone(),
            });
            let terms = terms.collect();
            if !changed {
                break;
            }
            form = normalize(&Form { terms, ..form });
        }
        form
    }

    fn step(&self, term: &Term) -> Option<Term> {
        (0..term.factors.len())
            .find_map(|at| {
                self.diagonal(term, at)
                    .or_else(|| self.onehot(term, at))
                    .or_else(|| self.orthogonal(term, at))
            })
            .or_else(|| self.triangular(term))
    }

    /// Entries of triangular matrices in one term say which index is at most which other one: where they say it both
    /// ways, the two are equal.
    fn triangular(&self, term: &Term) -> Option<Term> {
        let mut below: Vec<(&Index, &Index)> = Vec::new();
        for factor in term.factors.iter().filter(|factor| factor.exponent.is_positive()) {
            if let Some((_, [row, column])) = self.entry(factor, Property::Lower) {
                below.push((column, row));
            }
            if let Some((_, [row, column])) = self.entry(factor, Property::Upper) {
                below.push((row, column));
            }
        }
        let reaches = |from: &Index, to: &Index| {
            let mut met = vec![from];
            let mut at = 0;
            while let Some(index) = met.get(at).copied() {
                at += 1;
                for (low, high) in &below {
                    if *low == index && !met.contains(high) {
                        met.push(high);
                    }
                }
            }
            met.contains(&to)
        };
        let (low, high) = below.iter().find(|(low, high)| low != high && reaches(high, low))?;
        let mut next = term.clone();
        next.factors.push(Factor::once(Base::Delta((*low).clone(), (*high).clone())));
        Some(next)
    }

    /// D[i,j] = delta(i,j) D[i,i]
    fn diagonal(&self, term: &Term, at: usize) -> Option<Term> {
        let factor = &term.factors[at];
        let (_, [i, j]) = self.entry(factor, Property::Diagonal)? else { return None };
        if i == j || !factor.exponent.is_positive() {
            return None;
        }
        let Base::Entry(id, _) = &factor.base else { return None };
        let mut next = term.clone();
        next.factors[at].base = Base::Entry(*id, vec![i.clone(), i.clone()]);
        next.factors.insert(at, Factor::once(Base::Delta(i.clone(), j.clone())));
        Some(next)
    }

    /// T^p = T, T[i,j] T[i,k] = delta(j,k) T[i,j], sum(j) T[i,j] = 1
    fn onehot(&self, term: &Term, at: usize) -> Option<Term> {
        let factor = &term.factors[at];
        let (name, indices) = self.entry(factor, Property::Onehot)?;
        let [row, column] = indices else { return None };
        if !factor.exponent.is_positive() {
            return None;
        }
        let mut next = term.clone();
        if factor.exponent != Exponent::one() {
            next.factors[at].exponent = Exponent::one();
            return Some(next);
        }
        for (other, second) in term.factors.iter().enumerate().skip(at + 1) {
            let Some((known, [i, j])) = self.entry(second, Property::Onehot) else { continue };
            if known == name && i == row && second.exponent.is_positive() {
                next.factors[other] = Factor::once(Base::Delta(column.clone(), j.clone()));
                return Some(next);
            }
        }
        if term.bound.contains(column) && term.occurrences(column) == 1 {
            next.factors.remove(at);
            next.bound.retain(|index| index != column);
            return Some(next);
        }
        None
    }

    /// sum(k) Q[k,i] Q[k,j] = delta(i,j), and of the columns.
    fn orthogonal(&self, term: &Term, at: usize) -> Option<Term> {
        let factor = &term.factors[at];
        let (name, [row, column]) = self.entry(factor, Property::Orthogonal)? else { return None };
        for (summed, free, by_rows) in [(row, column, true), (column, row, false)] {
            if !term.bound.contains(summed) || summed == free {
                continue;
            }
            let mut next = term.clone();
            next.bound.retain(|index| index != summed);
            if factor.exponent == Exponent::from_integer(2) && term.occurrences(summed) == 1 {
                next.factors.remove(at);
                return Some(next);
            }
            if factor.exponent != Exponent::one() || term.occurrences(summed) != 2 {
                continue;
            }
            let second = term.factors.iter().enumerate().skip(at + 1).find_map(|(other, second)| {
                let (known, [i, j]) = self.entry(second, Property::Orthogonal)? else { return None };
                let (at_summed, end) = if by_rows { (i, j) } else { (j, i) };
                let fits = known == name && at_summed == summed && end != summed;
                (fits && second.exponent == Exponent::one()).then(|| (other, end.clone()))
            });
            if let Some((other, end)) = second {
                next.factors.remove(other);
                next.factors[at] = Factor::once(Base::Delta(free.clone(), end));
                return Some(next);
            }
        }
        None
    }

    /// K[j,i] = -K[i,j], so that K[i,i] = 0 and a term that is its own negative is zero; entries of symmetric matrices are
    /// turned with it.
    fn antisymmetric(&self, form: &Form) -> Form {
        let free = form.free();
        let terms = form.terms.iter().filter_map(|term| {
            let odd = |factor: &Factor| factor.exponent.is_integer() && factor.exponent.to_integer() % 2 != 0;
            let is_odd = |at: usize| self.entry(&term.factors[at], Property::Antisymmetric).is_some();
            let is_even = |at: usize| match &term.factors[at].base {
                Base::Entry(id, indices) => indices.len() == 2 && self.quantities.get(*id).symmetric,
                _ => false,
            };
            let count = term.factors.len();
            let places: Vec<usize> = (0..count)
                .filter(|at| is_odd(*at))
                .chain((0..count).filter(|at| is_even(*at)))
                .take(TURNS)
                .collect();
            let mut best: Option<(Vec<_>, Term, bool)> = None;
            let mut zero = false;
            for choice in 0..1usize << places.len() {
                let (mut turned, mut negative) = (term.clone(), false);
                for (bit, place) in places.iter().enumerate() {
                    let factor = &mut turned.factors[*place];
                    if let (Base::Entry(_, indices), 1) = (&mut factor.base, choice >> bit & 1) {
                        let negates = is_odd(*place);
                        let diagonal = indices.len() == 2 && indices[0] == indices[1];
                        zero |= negates && diagonal && factor.exponent.is_positive();
                        indices.reverse();
                        negative ^= negates && odd(factor);
                    }
                }
                let key = vec![term_key(&turned, &free)];
                match &best {
                    Some((known, _, sign)) if *known == key => zero |= *sign != negative,
                    Some((known, ..)) if *known < key => {}
                    _ => best = Some((key, turned, negative)),
                }
            }
            let (_, mut term, negative) = best.filter(|_| !zero)?;
            if negative {
                term.coefficient = -term.coefficient;
            }
            Some(term)
        });
        normalize(&Form { terms: terms.collect(), ..form.clone() })
    }
}

/// Sums over literal dimensions written out, and free indices of literal dimensions told apart by their values; `None`
/// where there are none or too many.
fn unrolled(form: &Form) -> Option<Form> {
    let small = |index: &Index| index.dim.as_number().filter(|number| (2..=LITERAL).contains(number));
    let free: Vec<Index> = form.free().into_iter().filter(|index| small(index).is_some()).collect();
    let held = |term: &Term, index: &Index| {
        term.factors.iter().any(|factor| matches!(&factor.base, Base::Shift(shift) if shift.place == *index))
    };
    let mut found = false;
    let mut terms: Vec<Term> = Vec::new();
    for term in &form.terms {
        let open: Vec<Index> = term
            .bound
            .iter()
            .filter(|index| small(index).is_some())
            .chain(&free)
            .filter(|index| !held(term, index))
            .cloned()
            .collect();
        found |= !open.is_empty();
        let count = open.iter().try_fold(1usize, |count, index| {
            count.checked_mul(usize::try_from(small(index)?).ok()?).filter(|count| *count <= TERMS)
        })?;
        for mut number in 0..count {
            let mut next = term.clone();
            for index in &open {
                let range = usize::try_from(small(index)?).ok()?;
                let value = Dim::number((number % range + 1) as i64);
                number /= range;
                next.factors.push(Factor::once(Base::Shift(Shift::new(index.clone(), Vec::new(), value))));
            }
            terms.extend(told_apart(next));
        }
        if terms.len() > TERMS {
            return None;
        }
    }
    found.then(|| normalize(&Form { terms, ..form.clone() }))
}

/// A delta of two places that are held at different values is zero.
fn told_apart(term: Term) -> Option<Term> {
    let value = |index: &Index| {
        term.factors.iter().find_map(|factor| match &factor.base {
            Base::Shift(shift) if shift.place == *index && shift.terms.is_empty() => shift.offset.as_number(),
            _ => None,
        })
    };
    let apart = term.factors.iter().any(|factor| match &factor.base {
        Base::Delta(a, b) => value(a).zip(value(b)).is_some_and(|(a, b)| a != b),
        _ => false,
    });
    (!apart && !term.coefficient.is_zero()).then_some(term)
}
