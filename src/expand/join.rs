//! Powers of one matrix that stand side by side are one: exponents add, and a sum over what they no longer hold is a number.

use num_traits::One;

use super::Expander;
use super::chain::{Link, matrix};
use super::raise::links;
use super::whole::Whole;
use crate::index::canonical::term_key;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::raised::Kind;
use crate::index::{Base, Factor, Form, Index, QuantityId, Term};
use crate::shape::Dim;
use crate::syntax::ast::Expr;

/// Rounds of joining: each takes a factor away or moves one; this is a guard.
const ROUNDS: usize = 64;

/// A factor of a term as a matrix between two indices.
struct Side {
    factor: usize,
    id: QuantityId,
    /// The index that is not the one it was met by.
    outer: Index,
    /// Read from left to right it is the transpose.
    turned: bool,
}

impl Expander<'_> {
    /// A form with powers joined. `declared` says whether a declared symmetry may be used, which is not while
    /// differentiating.
    pub(crate) fn joined(&mut self, form: Form, declared: bool) -> Form {
        let mut form = form;
        for _ in 0..ROUNDS {
            if !self.has_powers(&form) {
                break;
            }
            let mut changed = false;
            let mut terms = Vec::new();
            for term in &form.terms {
                match self.joined_once(term, declared) {
                    Some(joined) => {
                        changed = true;
                        terms.extend(joined);
                    }
                    None => terms.push(term.clone()),
                }
            }
            if !changed {
                break;
            }
            form = normalize(&Form { terms, ..form });
        }
        form
    }

    fn has_powers(&self, form: &Form) -> bool {
        form.terms.iter().flat_map(|term| &term.factors).any(|factor| match &factor.base {
            Base::Entry(id, _) => {
                matches!(self.quantities.get(*id).origin, Origin::Raised(_)) || self.inverse_of(*id).is_some()
            }
            _ => false,
        })
    }

    /// One step of a term.
    pub(super) fn joined_once(&mut self, term: &Term, declared: bool) -> Option<Vec<Term>> {
        for at in 0..term.factors.len() {
            let Base::Entry(id, places) = &term.factors[at].base else { continue };
            let Some((raised, exponent)) = self.member(*id, places) else {
                let found = self.cancelled_product(term, at, declared);
                if found.is_some() {
                    return found;
                }
                continue;
            };
            let unrolled = self.unrolled(term, &exponent);
            if unrolled.is_some() {
                return unrolled;
            }
            let found = match raised.kind {
                Kind::Entries => self.joined_entries(term, at, raised.argument, &exponent),
                _ if !term.factors[at].exponent.is_one() => None,
                kind => self.rotated(term, at, (&kind, raised.argument), &exponent).or_else(|| {
                    self.joined_matrices(term, at, (&kind, raised.argument), &exponent, declared)
                }),
            };
            let found = found.or_else(|| self.mirrored(term, &exponent));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Powers of one entry.
    fn joined_entries(
        &mut self,
        term: &Term,
        at: usize,
        argument: QuantityId,
        exponent: &Whole,
    ) -> Option<Vec<Term>> {
        let Base::Entry(_, places) = &term.factors[at].base else { return None };
        let axes = self.quantities.get(argument).axes.len();
        let place = places[..axes].to_vec();
        // A power of a power.
        let own = |factor: &Factor| {
            factor.exponent.is_integer().then(|| Whole::fixed(Dim::number(factor.exponent.to_integer())))
        };
        let mut total = exponent.times(&own(&term.factors[at])?)?;
        let mut taken = None;
        for (other, factor) in term.factors.iter().enumerate() {
            let Base::Entry(id, indices) = &factor.base else { continue };
            if other == at || indices.get(..axes) != Some(&place[..]) {
                continue;
            }
            let (Some(times), member) = (own(factor), self.member(*id, indices)) else { continue };
            let more = match member {
                Some((raised, more)) if raised.kind == Kind::Entries && raised.argument == argument => {
                    more.times(&times)
                }
                None if *id == argument => Some(times),
                _ => None,
            };
            if let Some(sum) = more.and_then(|more| total.plus(&more)) {
                total = sum;
                taken = Some(other);
                break;
            }
        }
        if taken.is_none() && term.factors[at].exponent.is_one() {
            return None;
        }
        let mut next = term.clone();
        let number = total.fixed.as_number().filter(|_| total.running.is_none());
        let power = match number {
            Some(number) => Factor {
                base: Base::Entry(argument, place),
                exponent: crate::index::bounded(crate::index::Exponent::from_integer(number))?,
            },
            None => {
                let Term { factors, .. } = self.entries_term(argument, &place, &total);
                factors.into_iter().next()?
            }
        };
        match number {
            Some(0) => {
                next.factors[at] = Factor::once(Base::Dim(Dim::one()));
            }
            _ => next.factors[at] = power,
        }
        let one = Base::Dim(Dim::one());
        if let Some(taken) = taken {
            next.factors.remove(taken);
        }
        next.factors.retain(|factor| factor.base != one);
        Some(self.summed_out(next, exponent, &total))
    }

    fn entries_term(&mut self, argument: QuantityId, at: &[Index], exponent: &Whole) -> Term {
        self.raised_member(&Kind::Entries, argument, at, exponent)
    }

    /// An index that has left the exponents is summed away: a number, or 1 for an integral from 0 to 1.
    fn summed_out(&mut self, term: Term, before: &Whole, after: &Whole) -> Vec<Term> {
        let (Some((_, index)), None) = (&before.running, &after.running) else { return vec![term] };
        if !term.bound.contains(index) || term.occurrences(index) > 0 {
            return vec![term];
        }
        let mut rest = term;
        rest.bound.retain(|bound| bound != index);
        if index.dim.is_one() {
            return vec![rest];
        }
        let range = self.number_terms(&index.dim);
        range.iter().map(|number| number.multiply(&rest, self.indices)).collect()
    }

    /// The factor that shares one bound index, and nothing else does, with the factor at a position.
    fn side(&self, term: &Term, at: usize, index: &Index) -> Option<Side> {
        if !term.bound.contains(index) || term.occurrences(index) != 2 {
            return None;
        }
        let (factor, found) = term.factors.iter().enumerate().find(|(other, factor)| {
            *other != at && factor.exponent.is_one() && factor.base.has_index(index)
        })?;
        let Base::Entry(id, indices) = &found.base else { return None };
        let [a, b, ..] = indices.as_slice() else { return None };
        match (a == index, b == index) {
            (true, false) => Some(Side { factor, id: *id, outer: b.clone(), turned: false }),
            (false, true) => Some(Side { factor, id: *id, outer: a.clone(), turned: true }),
            _ => None,
        }
    }

    /// Whether a matrix is its own transpose, as far as that may be used.
    fn is_symmetric(&self, id: QuantityId, declared: bool) -> bool {
        let info = self.quantities.get(id);
        match &info.origin {
            Origin::Raised(raised) => self.is_symmetric(raised.argument, declared),
            Origin::Primitive { argument, .. } => info.symmetric && self.is_symmetric(*argument, declared),
            Origin::Part(_) => info.symmetric,
            _ => info.symmetric && declared,
        }
    }

    fn joined_matrices(
        &mut self,
        term: &Term,
        at: usize,
        (kind, argument): (&Kind, QuantityId),
        exponent: &Whole,
        declared: bool,
    ) -> Option<Vec<Term>> {
        let Base::Entry(_, places) = &term.factors[at].base else { return None };
        let [row, column, ..] = places.as_slice() else { return None };
        let symmetric = self.is_symmetric(argument, declared);
        let ways = [(row.clone(), column.clone()), (column.clone(), row.clone())];
        let ways = &ways[..if symmetric { 2 } else { 1 }];
        for (left, right) in ways {
            let found = self
                .absorbed(term, at, (kind, argument), exponent, (left, right), declared)
                .or_else(|| self.before(term, at, (kind, argument), exponent, (left, right), declared));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What stands on the right of a power, taken into it: another power, or all factors of the argument in their order. Of
    /// one factor, also on its left.
    fn absorbed(
        &mut self,
        term: &Term,
        at: usize,
        (kind, argument): (&Kind, QuantityId),
        exponent: &Whole,
        (left, right): (&Index, &Index),
        declared: bool,
    ) -> Option<Vec<Term>> {
        let symmetric = self.is_symmetric(argument, declared);
        // Another member of the family on either side: they commute.
        for (met, kept, on_right) in [(right, left, true), (left, right, false)] {
            let Some(side) = self.side(term, at, met) else { continue };
            // On the left of it a matrix is met by its column.
            let straight = side.turned != on_right;
            if !straight && !symmetric {
                continue;
            }
            let Some(more) = self.exponent_within(kind, argument, &side, term) else { continue };
            let Some(total) = exponent.plus(&more) else { continue };
            let ends = if on_right { (kept, &side.outer) } else { (&side.outer, kept) };
            let taken = [side.factor];
            let next = self.replaced(
                term,
                at,
                (kind, argument),
                (ends.0, ends.1),
                &total,
                (&taken, std::slice::from_ref(met)),
            );
            let before = if exponent.running.is_some() { exponent } else { &more };
            return Some(self.summed_out(next, before, &total));
        }
        if *kind != Kind::Matrix {
            return None;
        }
        let (taken, gone, end) = self.whole_argument(term, at, argument, right, true, declared)?;
        let total = exponent.plus(&Whole::fixed(Dim::one()))?;
        Some(vec![self.replaced(term, at, (kind, argument), (left, &end), &total, (&taken, &gone))])
    }

    /// All factors of a product, one after the other, from an index on to the right or to the left: their places, the indices
    /// between them, and the index at the other end.
    fn whole_argument(
        &mut self,
        term: &Term,
        at: usize,
        argument: QuantityId,
        from: &Index,
        to_right: bool,
        declared: bool,
    ) -> Option<(Vec<usize>, Vec<Index>, Index)> {
        let mut wanted = links(self, argument);
        if wanted.len() < 2 {
            return None;
        }
        if !to_right {
            wanted.reverse();
        }
        let (mut taken, mut gone, mut met) = (Vec::new(), Vec::new(), from.clone());
        for link in &wanted {
            let side = self.side(term, taken.last().copied().unwrap_or(at), &met)?;
            let side = Side { turned: side.turned == to_right, ..side };
            if taken.contains(&side.factor) || side.factor == at || !self.is_link(&side, link, declared) {
                return None;
            }
            taken.push(side.factor);
            gone.push(met);
            met = side.outer;
        }
        Some((taken, gone, met))
    }

    /// `inv(P*Q)*P*Q` and `P*Q*inv(P*Q)`, also where neither factor has an inverse.
    fn cancelled_product(&mut self, term: &Term, at: usize, declared: bool) -> Option<Vec<Term>> {
        let Base::Entry(id, places) = &term.factors[at].base else { return None };
        let ([row, column], true) = (places.as_slice(), term.factors[at].exponent.is_one()) else {
            return None;
        };
        let argument = self.inverse_of(*id)?;
        let symmetric = self.is_symmetric(argument, declared);
        let ways = [(column, row, true), (row, column, false), (row, column, true), (column, row, false)];
        for (met, kept, to_right) in ways.into_iter().take(if symmetric { 4 } else { 2 }) {
            let found = self.whole_argument(term, at, argument, met, to_right, declared);
            let Some((taken, gone, end)) = found else { continue };
            let none = Whole::fixed(Dim::number(0));
            let kind = Kind::Matrix;
            return Some(vec![self.replaced(
                term,
                at,
                (&kind, argument),
                (kept, &end),
                &none,
                (&taken, &gone),
            )]);
        }
        None
    }

    /// Of the powers of a product's rotations, whose traces are equal, the one whose argument was met first. Of a matrix to
    /// the power 0 and of an exponential that holds for square factors alone.
    fn rotated(
        &mut self,
        term: &Term,
        at: usize,
        (kind, argument): (&Kind, QuantityId),
        exponent: &Whole,
    ) -> Option<Vec<Term>> {
        let Base::Entry(_, places) = &term.factors[at].base else { return None };
        let [row, column, ..] = places.as_slice() else { return None };
        if row != column || !term.bound.contains(row) || term.occurrences(row) != 2 {
            return None;
        }
        let wanted = links(self, argument);
        let mut best = argument;
        for start in 1..wanted.len() {
            let turn: Vec<Link> = wanted[start..].iter().chain(&wanted[..start]).cloned().collect();
            let square = turn[0].left.dim == row.dim;
            if !square && (*kind != Kind::Matrix || !self.is_positive(exponent)) {
                continue;
            }
            let (id, _) = self.product_of_links(&turn)?;
            best = best.min(id);
        }
        if best == argument {
            return None;
        }
        let side = self.quantities.get(best).axes.first()?.clone();
        let index = self.indices.fresh(&side);
        let power = self.raised_term(kind, best, &[index.clone(), index.clone()], exponent);
        let mut next = term.clone();
        next.factors.splice(at..=at, power.factors);
        next.bound.retain(|bound| bound != row);
        next.bound.push(index);
        next.bound.extend(power.bound);
        Some(vec![next])
    }

    /// The quantity of a product of links, and whether it is known the other way round.
    fn product_of_links(&mut self, wanted: &[Link]) -> Option<(QuantityId, bool)> {
        let mut from = self.indices.fresh(&wanted.first()?.left.dim);
        let mut chain = Vec::new();
        for link in wanted {
            let to = self.indices.fresh(&link.right.dim);
            chain.push(Link { left: from, right: to.clone(), ..link.clone() });
            from = to;
        }
        let form = matrix(&chain);
        let inside = super::Scope { inside: true, ..super::Scope::default() };
        let outer = std::mem::replace(&mut self.scope, inside);
        let found = self.entry_of(&form, &Expr::natural(0));
        self.scope = outer;
        let (id, at) = found.ok()?;
        Some((id, at != form.free()))
    }

    /// `P*f(Q*P)` is `f(P*Q)*P`: a power moves to the left of what its argument ends with.
    fn before(
        &mut self,
        term: &Term,
        at: usize,
        (kind, argument): (&Kind, QuantityId),
        exponent: &Whole,
        (left, right): (&Index, &Index),
        declared: bool,
    ) -> Option<Vec<Term>> {
        // For negative powers of products that need not be so: the other product may have no inverse.
        if *kind == Kind::Matrix && !self.is_never_negative(exponent) {
            return None;
        }
        let mut wanted = links(self, argument);
        let last = wanted.pop()?;
        let side = self.side(term, at, left)?;
        // It is met by its column there.
        let met = Side { turned: !side.turned, ..side };
        if !self.is_link(&met, &last, declared) || met.factor == at {
            return None;
        }
        let mut next = term.clone();
        let between = self.indices.fresh(&met.outer.dim);
        // A symmetric power can be read from both sides: then the argument that was met first decides.
        let both = self.is_symmetric(argument, declared);
        let rotated = if wanted.is_empty() {
            argument
        } else {
            let turn: Vec<Link> = std::iter::once(last).chain(wanted.iter().cloned()).collect();
            let (id, turned) = self.product_of_links(&turn)?;
            if turned && !self.quantities.get(id).symmetric {
                return None;
            }
            id
        };
        let power = self.raised_member(kind, rotated, &[met.outer.clone(), between.clone()], exponent);
        let [power] = power.factors.as_slice() else { return None };
        next.factors[at] = power.clone();
        let places = if met.turned {
            vec![right.clone(), between.clone()]
        } else {
            vec![between.clone(), right.clone()]
        };
        next.factors[met.factor] = Factor::once(Base::Entry(met.id, places));
        next.bound.retain(|index| index != left);
        next.bound.push(between);
        let (old, new) = (term_key(&normal(term), &[]), term_key(&normal(&next), &[]));
        // Both orders of two symmetric matrices are one: the lesser stands.
        let moves = match (both, wanted.is_empty()) {
            (false, _) => new != old,
            (true, false) => rotated < argument,
            (true, true) => new < old,
        };
        moves.then(|| vec![next])
    }

    /// The exponent of a factor as a power of the argument.
    fn exponent_within(&self, kind: &Kind, argument: QuantityId, side: &Side, term: &Term) -> Option<Whole> {
        let Base::Entry(id, indices) = &term.factors[side.factor].base else { return None };
        if let Some((raised, exponent)) = self.member(*id, indices) {
            return (raised.kind == *kind && raised.argument == argument).then_some(exponent);
        }
        if *kind != Kind::Matrix {
            return None;
        }
        if *id == argument {
            return Some(Whole::fixed(Dim::one()));
        }
        (self.inverse_of(*id)? == argument).then(|| Whole::fixed(Dim::number(-1)))
    }

    fn is_link(&self, side: &Side, link: &Link, declared: bool) -> bool {
        side.id == link.id && (side.turned == link.turned || self.is_symmetric(link.id, declared))
    }

    /// The term with a power between two indices in the place of several factors.
    fn replaced(
        &mut self,
        term: &Term,
        at: usize,
        (kind, argument): (&Kind, QuantityId),
        (left, right): (&Index, &Index),
        exponent: &Whole,
        (taken, gone): (&[usize], &[Index]),
    ) -> Term {
        let power = self.raised_term(kind, argument, &[left.clone(), right.clone()], exponent);
        let mut next = term.clone();
        next.factors.clear();
        for (place, factor) in term.factors.iter().enumerate() {
            if place == at {
                next.factors.extend(power.factors.iter().cloned());
            } else if !taken.contains(&place) {
                next.factors.push(factor.clone());
            }
        }
        next.bound.retain(|index| !gone.contains(index));
        next.bound.extend(power.bound);
        next
    }
}

fn normal(term: &Term) -> Term {
    crate::index::normal::normalize_term(term)
}
