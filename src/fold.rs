//! Known definitions put back: `exp(x) / sum(exp(x))` is softmax again.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use num_traits::{One, Signed, Zero};

use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, Quantities, QuantityId, Term};

/// A definition with one term, to be found inside longer terms.
struct Pattern<'a> {
    id: QuantityId,
    free: Vec<Index>,
    term: &'a Term,
    /// Quantities that stand under a root in the form at hand, and so are not negative where it means anything.
    rooted: &'a [QuantityId],
}

/// The term with every copy of an allowed foldable definition replaced by its name, the longest definitions first.
fn fold_term(
    term: &Term,
    quantities: &Quantities,
    allowed: &dyn Fn(QuantityId) -> bool,
    rooted: &[QuantityId],
) -> Term {
    // Names of the file before calls, which are longer. A definition whose entries a term lacks is not looked at.
    let order = |at: usize| {
        (!matches!(quantities.get(quantities.foldable()[at].0).origin, Origin::Named), Reverse(at))
    };
    let candidates = |id| quantities.foldable_with(id).iter().map(|at| order(*at));
    let mut open: BTreeSet<(bool, Reverse<usize>)> = candidates(None).collect();
    for factor in &term.factors {
        if let Base::Entry(id, _) = factor.base {
            open.extend(candidates(Some(id)));
        }
    }
    let mut term = term.clone();
    while let Some(next) = open.pop_first() {
        let (id, form) = &quantities.foldable()[next.1.0];
        let [only] = form.terms.as_slice() else { continue };
        if !allowed(*id) {
            continue;
        }
        let pattern = Pattern { id: *id, free: form.free(), term: only, rooted };
        let mut found = false;
        while let Some(folded) = pattern.fold(&term) {
            term = folded;
            found = true;
        }
        if found {
            // What the new entry makes possible, as far as its turn has not gone by.
            open.extend(candidates(Some(*id)).filter(|other| *other > next));
        }
    }
    term
}

/// Every term of a form.
pub fn fold(form: &Form, quantities: &Quantities, allowed: &dyn Fn(QuantityId) -> bool) -> Form {
    let factors = form.terms.iter().flat_map(|term| &term.factors);
    let rooted: Vec<QuantityId> = factors
        .filter(|factor| !factor.exponent.is_integer())
        .filter_map(|factor| match &factor.base {
            Base::Entry(id, _) => Some(*id),
            _ => None,
        })
        .collect();
    let terms = form.terms.iter().map(|term| fold_term(term, quantities, allowed, &rooted)).collect();
    Form { terms, ..form.clone() }
}

/// The quotient of a term by a product of entries at given indices; `None` where it does not hold the product.
pub fn quotient(term: &Term, by: &Term, free: &[Index], at: &[Index]) -> Option<Term> {
    // The quantity does not matter: nothing is put in its place.
    let pattern = Pattern { id: QuantityId(0), free: free.to_vec(), term: by, rooted: &[] };
    let map = free.iter().cloned().zip(at.iter().cloned()).collect();
    let mut search = Search { pattern: &pattern, term, map, taken: Vec::new() };
    (!by.factors.is_empty() && search.find(0)).then(|| search.without(None))
}

/// The term with an entry of `id` in place of the product `by`, once for each place where it holds that product.
pub fn copies(term: &Term, by: &Term, free: &[Index], id: QuantityId) -> Vec<(Vec<Index>, Term)> {
    let pattern = Pattern { id, free: free.to_vec(), term: by, rooted: &[] };
    let mut search = Search { pattern: &pattern, term, map: Vec::new(), taken: Vec::new() };
    let mut found = Vec::new();
    if !by.factors.is_empty() {
        search.each(0, &mut |search| {
            let at: Option<Vec<Index>> = free.iter().map(|index| search.image(index).cloned()).collect();
            found.extend(at.zip(search.replaced()));
            false
        });
    }
    found
}

impl Pattern<'_> {
    /// One copy replaced, at the first place where it fits.
    fn fold(&self, term: &Term) -> Option<Term> {
        if self.term.factors.is_empty() {
            return None;
        }
        if let Some(folded) = self.fold_root(term) {
            return Some(folded);
        }
        let mut search = Search { pattern: self, term, map: Vec::new(), taken: Vec::new() };
        search.find(0).then(|| search.replaced()).flatten()
    }

    /// `b^(1/2)` under another name: every odd power of the root is a power of the name, `b^(-3/2)` too.
    fn fold_root(&self, term: &Term) -> Option<Term> {
        let [wanted] = self.term.factors.as_slice() else { return None };
        if wanted.exponent.is_integer() || !self.term.coefficient.is_one() || !self.term.bound.is_empty() {
            return None;
        }
        let mut search = Search { pattern: self, term, map: Vec::new(), taken: Vec::new() };
        for (position, factor) in term.factors.iter().enumerate() {
            search.map.clear();
            let power = factor.exponent / wanted.exponent;
            if factor.exponent.denom() != wanted.exponent.denom()
                || !power.is_integer()
                || !search.bind_base(&wanted.base, &factor.base)
            {
                continue;
            }
            let indices: Option<Vec<Index>> =
                self.free.iter().map(|index| search.image(index).cloned()).collect();
            let mut folded = term.clone();
            folded.factors[position] = Factor { base: Base::Entry(self.id, indices?), exponent: power };
            return Some(folded);
        }
        None
    }
}

struct Search<'a> {
    pattern: &'a Pattern<'a>,
    term: &'a Term,
    /// Pattern indices with the term's indices they stand for.
    map: Vec<(Index, Index)>,
    /// For each factor of the pattern the position of the term's factor it takes from.
    taken: Vec<usize>,
}

impl Search<'_> {
    fn find(&mut self, at: usize) -> bool {
        self.each(at, &mut |_| true)
    }

    /// Whether `accept` says so of some way to take the factors from `at` on; it is asked of one after the other.
    fn each(&mut self, at: usize, accept: &mut dyn FnMut(&Self) -> bool) -> bool {
        let Some(wanted) = self.pattern.term.factors.get(at) else { return self.fits() && accept(self) };
        for (position, factor) in self.term.factors.iter().enumerate() {
            let alone = self.pattern.term.factors.len() == 1;
            let rooted = matches!(&factor.base, Base::Entry(id, _) if self.pattern.rooted.contains(id));
            if self.taken.contains(&position) || !holds(factor.exponent, wanted.exponent, !alone && rooted) {
                continue;
            }
            let known = self.map.len();
            if self.bind_base(&wanted.base, &factor.base) {
                self.taken.push(position);
                if self.each(at + 1, accept) {
                    return true;
                }
                self.taken.pop();
            }
            self.map.truncate(known);
        }
        false
    }

    fn bind_base(&mut self, wanted: &Base, found: &Base) -> bool {
        match (wanted, found) {
            (Base::Entry(a, own), Base::Entry(b, other)) => {
                a == b && own.len() == other.len() && own.iter().zip(other).all(|(a, b)| self.bind(a, b))
            }
            (Base::Dim(a), Base::Dim(b)) => a == b,
            _ => false,
        }
    }

    fn bind(&mut self, own: &Index, other: &Index) -> bool {
        match self.map.iter().find(|(known, _)| known == own) {
            Some((_, bound)) => bound == other,
            None => {
                self.map.push((own.clone(), other.clone()));
                true
            }
        }
    }

    /// The pattern's bound indices are the term's, different ones, and stand nowhere else; its free ones are
    /// none of those.
    fn fits(&self) -> bool {
        let bound = &self.pattern.term.bound;
        let images: Vec<&Index> = bound.iter().filter_map(|index| self.image(index)).collect();
        if images.len() != bound.len() || self.pattern.free.iter().any(|index| self.image(index).is_none()) {
            return false;
        }
        let distinct = images.iter().enumerate().all(|(at, index)| !images[..at].contains(index));
        let alone = images.iter().all(|index| {
            let inside: usize = self
                .taken
                .iter()
                .map(|position| {
                    let factor = &self.term.factors[*position];
                    factor.base.indices().filter(|found| found == index).count()
                })
                .sum();
            self.term.bound.contains(index)
                && self.term.occurrences(index) == inside
                && !self.pattern.free.iter().any(|own| self.image(own) == Some(index))
        });
        // What is summed over must be taken whole: a factor left behind would still mention the index.
        let whole = images.iter().all(|index| {
            self.taken.iter().zip(&self.pattern.term.factors).all(|(position, wanted)| {
                let factor = &self.term.factors[*position];
                !factor.base.has_index(index) || factor.exponent == wanted.exponent
            })
        });
        distinct && alone && whole
    }

    fn image(&self, own: &Index) -> Option<&Index> {
        self.map.iter().find(|(known, _)| known == own).map(|(_, bound)| bound)
    }

    fn replaced(&self) -> Option<Term> {
        let indices: Option<Vec<Index>> =
            self.pattern.free.iter().map(|index| self.image(index).cloned()).collect();
        Some(self.without(Some(Factor::once(Base::Entry(self.pattern.id, indices?)))))
    }

    /// The term divided by what was found, with another factor in its place.
    fn without(&self, instead: Option<Factor>) -> Term {
        let mut term = self.term.clone();
        term.coefficient /= &self.pattern.term.coefficient;
        for (position, wanted) in self.taken.iter().zip(&self.pattern.term.factors) {
            term.factors[*position].exponent -= wanted.exponent;
        }
        if let (Some(factor), Some(place)) = (instead, self.taken.first()) {
            term.factors.insert(*place, factor);
        }
        term.factors.retain(|factor| !factor.exponent.is_zero());
        let summed: Vec<&Index> =
            self.pattern.term.bound.iter().filter_map(|index| self.image(index)).collect();
        term.bound.retain(|index| !summed.contains(&index));
        term
    }
}

/// Whether a power holds a copy of another: of one sign, and as much of it. What is left of a root must be a whole
/// power, but for bases that stand under a root anyway (`rooted`): `x*y` holds no `sqrt(x)*y` where x is negative.
fn holds(found: Exponent, wanted: Exponent, rooted: bool) -> bool {
    found.is_positive() == wanted.is_positive()
        && found.abs() >= wanted.abs()
        && (rooted || wanted.is_integer() || found.denom() == wanted.denom())
}
