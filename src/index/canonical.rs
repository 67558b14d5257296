//! The canonical form of a term: bound indices named by their place in the graph of factors, never by id.
//!
//! Factors are hyperedges between indices. Bound indices get a signature that is refined by the signatures of
//! their neighbours until nothing changes; ties that remain are tried in every order and the least key wins.

use std::collections::BTreeMap;

use num_traits::One;

use super::{Base, Exponent, Factor, Form, Index, Term};
use crate::shape::Dim;

/// Equal exactly for terms that differ in names of bound indices and order of factors only; the coefficient
/// is not part of it.
pub type Key = Vec<FactorKey>;

/// Kind and quantity, places of the indices, exponent.
pub type FactorKey = (BaseKey, Vec<Place>, Exponent);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseKey {
    Dim(Dim),
    Delta,
    Entry(u32),
    /// Its multiples of indices, sorted, and its offset.
    Shift(Vec<i64>, Dim),
    /// A bound index itself, so that two sums over different dimensions differ.
    Bound(Dim),
}

/// Where an index comes from: a position among the free ones, or a canonical number among the bound ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Free(usize),
    Bound(usize),
    /// Neither: bound around the whole form, and so the same index in every term of it.
    Outer(u32),
}

/// Ties are broken by trying their orders, at most this many; beyond it the least key among those tried wins,
/// which can only make equal terms look different, never the reverse.
const MOST_ORDERS: usize = 5_040;

/// The key of a normal term among ordered free indices.
///
/// Bound indices that no chain of factors joins are numbered apart, so that only ties within one component are tried:
/// `sum(g)^7` has seven components and no tie.
pub fn term_key(term: &Term, free: &[Index]) -> Key {
    let edges: Vec<Edge> = term.factors.iter().map(|factor| Edge::new(factor, term, free)).collect();
    let count = term.bound.len();
    let fixed = edges.iter().filter(|edge| edge.bound().next().is_none());
    let mut key: Key = fixed.map(|edge| edge.key(&[])).collect();
    if count > 0 {
        let colours = refine(term, &edges);
        let mut numbers = vec![usize::MAX; count];
        let mut parts: Vec<(usize, Key)> = joined(&edges, count)
            .into_iter()
            .map(|component| {
                (component.len(), component_key(term, &edges, &component, &colours, &mut numbers))
            })
            .collect();
        parts.sort_by(|(_, one), (_, other)| one.cmp(other));
        let mut before = 0;
        for (size, part) in parts {
            key.extend(part.into_iter().map(|(base, mut places, exponent)| {
                for place in &mut places {
                    if let Place::Bound(number) = place {
                        *number += before;
                    }
                }
                (base, places, exponent)
            }));
            before += size;
        }
    }
    key.sort();
    key
}

/// A number that is the same for terms of equal keys, and nearly always another for other terms: found without a key.
pub fn fingerprint(term: &Term, free: &[Index]) -> u64 {
    let place = |index: &Index| match free.iter().position(|known| known == index) {
        Some(position) => Place::Free(position),
        None if term.bound.contains(index) => Place::Bound(0),
        None => Place::Outer(index.id),
    };
    let factors = term.factors.iter().map(|factor| {
        let ordered = matches!(factor.base, Base::Entry(..));
        let places = factor.base.indices().enumerate().map(|(position, index)| {
            let weight = if ordered { 2 * position as u64 + 1 } else { 1 };
            hash(&place(index)).wrapping_mul(weight)
        });
        hash(&(base_key(&factor.base), factor.exponent, places.fold(0, u64::wrapping_add)))
    });
    let bound = term.bound.iter().map(|index| hash(&index.dim));
    factors.chain(bound).fold(0, u64::wrapping_add)
}

/// The places of bound indices, those together that factors join.
pub(crate) fn components(term: &Term) -> Vec<Vec<usize>> {
    let edges: Vec<Edge> = term.factors.iter().map(|factor| Edge::new(factor, term, &[])).collect();
    joined(&edges, term.bound.len())
}

fn joined(edges: &[Edge], count: usize) -> Vec<Vec<usize>> {
    if count == 1 {
        return vec![vec![0]];
    }
    let mut found: Vec<Vec<usize>> = (0..count).map(|position| vec![position]).collect();
    for edge in edges {
        let touched = |part: &Vec<usize>| edge.bound().any(|position| part.contains(&position));
        let (together, apart): (Vec<_>, Vec<_>) = found.into_iter().partition(touched);
        found = apart;
        if !together.is_empty() {
            found.push(together.concat());
        }
    }
    found
}

/// The least key of the factors that touch a component, over the orders that its colours leave open.
fn component_key(
    term: &Term,
    edges: &[Edge],
    component: &[usize],
    colours: &[u64],
    numbers: &mut [usize],
) -> Key {
    let mut classes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for &position in component {
        classes.entry(colours[position]).or_default().push(position);
    }
    let classes: Vec<Vec<usize>> = classes.into_values().collect();
    let own: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.bound().next().is_some_and(|first| component.contains(&first)))
        .collect();
    let mut best: Option<Key> = None;
    let mut tried = 0;
    orders(&classes, 0, &mut Vec::new(), &mut |order| {
        tried += 1;
        let mut key: Key = Vec::with_capacity(own.len() + order.len());
        for (number, &position) in order.iter().enumerate() {
            numbers[position] = number;
            let base = BaseKey::Bound(term.bound[position].dim.clone());
            key.push((base, vec![Place::Bound(number)], Exponent::one()));
        }
        key.extend(own.iter().map(|edge| edge.key(numbers)));
        key.sort();
        if best.as_ref().is_none_or(|known| key < *known) {
            best = Some(key);
        }
        tried < MOST_ORDERS
    });
    best.unwrap_or_default()
}

/// Keys and coefficients of all terms, sorted: equal for equal normal forms.
pub fn form_key(form: &Form) -> Vec<(Key, num_rational::BigRational)> {
    let free = form.free();
    let mut keys: Vec<_> =
        form.terms.iter().map(|term| (term_key(term, &free), term.coefficient.clone())).collect();
    keys.sort();
    keys
}

/// Whether two normal forms are equal up to names of bound indices and order of terms and factors.
pub fn same(left: &Form, right: &Form) -> bool {
    let prints = |form: &Form| {
        let free = form.free();
        let mut prints: Vec<u64> = form.terms.iter().map(|term| fingerprint(term, &free)).collect();
        prints.sort_unstable();
        prints
    };
    left.terms.len() == right.terms.len()
        && prints(left) == prints(right)
        && form_key(left) == form_key(right)
}

/// The term of the least key, the first of several.
pub fn least<'t>(terms: &'t [Term], free: &[Index]) -> Option<&'t Term> {
    match terms {
        [only] => Some(only),
        _ => terms.iter().min_by_key(|term| term_key(term, free)),
    }
}

/// Calls `visit` with every concatenation of one permutation per class, until it answers false.
fn orders(
    classes: &[Vec<usize>],
    depth: usize,
    prefix: &mut Vec<usize>,
    visit: &mut impl FnMut(&[usize]) -> bool,
) -> bool {
    let Some(class) = classes.get(depth) else { return visit(prefix) };
    permutations(class.clone(), 0, &mut |order| {
        let length = prefix.len();
        prefix.extend_from_slice(order);
        let go_on = orders(classes, depth + 1, prefix, visit);
        prefix.truncate(length);
        go_on
    })
}

fn permutations(mut items: Vec<usize>, from: usize, visit: &mut dyn FnMut(&[usize]) -> bool) -> bool {
    if from + 1 >= items.len() {
        return visit(&items);
    }
    for choice in from..items.len() {
        items.swap(from, choice);
        if !permutations(items.clone(), from + 1, visit) {
            return false;
        }
        items.swap(from, choice);
    }
    true
}

fn base_key(base: &Base) -> BaseKey {
    match base {
        Base::Entry(quantity, _) => BaseKey::Entry(quantity.0),
        Base::Delta(..) => BaseKey::Delta,
        Base::Dim(dim) => BaseKey::Dim(dim.clone()),
        Base::Shift(shift) => {
            let mut multiples: Vec<i64> = shift.terms.iter().map(|(multiple, _)| *multiple).collect();
            multiples.sort_unstable();
            BaseKey::Shift(multiples, shift.offset.clone())
        }
    }
}

/// A factor as an edge between indices.
struct Edge {
    base: BaseKey,
    exponent: Exponent,
    /// A bound index by its position in the term.
    places: Vec<Place>,
    /// What each place means in the factor.
    roles: Vec<i64>,
}

impl Edge {
    fn new(factor: &Factor, term: &Term, free: &[Index]) -> Edge {
        let place = |index: &Index| match free.iter().position(|known| known == index) {
            Some(position) => Place::Free(position),
            None => match term.bound.iter().position(|known| known == index) {
                Some(position) => Place::Bound(position),
                None => Place::Outer(index.id),
            },
        };
        let places: Vec<Place> = factor.base.indices().map(place).collect();
        let role = |position: usize| match &factor.base {
            Base::Delta(..) => 0,
            Base::Shift(shift) => match position.checked_sub(1) {
                None => i64::MAX,
                Some(inner) => shift.terms[inner].0,
            },
            _ => position as i64,
        };
        Edge {
            base: base_key(&factor.base),
            exponent: factor.exponent,
            roles: (0..places.len()).map(role).collect(),
            places,
        }
    }

    /// The positions of its bound indices.
    fn bound(&self) -> impl Iterator<Item = usize> {
        self.places.iter().filter_map(|place| match place {
            Place::Bound(position) => Some(*position),
            _ => None,
        })
    }

    /// With the numbers of the bound indices by their positions.
    fn key(&self, numbers: &[usize]) -> FactorKey {
        let numbered = |place: &Place| match place {
            Place::Bound(position) => Place::Bound(numbers[*position]),
            other => *other,
        };
        let mut places: Vec<Place> = self.places.iter().map(numbered).collect();
        match &self.base {
            BaseKey::Delta => places.sort(),
            // The indices in the order of their multiples, equal ones sorted.
            BaseKey::Shift(..) => {
                let multiples = self.roles[1..].iter().copied();
                let mut inner: Vec<(i64, Place)> = multiples.zip(places.drain(1..)).collect();
                inner.sort();
                places.extend(inner.into_iter().map(|(_, place)| place));
            }
            _ => {}
        }
        (self.base.clone(), places, self.exponent)
    }
}

/// Colours of the bound indices, stable under renaming: equal colours may still be told apart by ties.
fn refine(term: &Term, edges: &[Edge]) -> Vec<u64> {
    // One index is told from no other.
    if term.bound.len() < 2 {
        return vec![0; term.bound.len()];
    }
    let kinds: Vec<u64> = edges.iter().map(|edge| hash(&(&edge.base, edge.exponent))).collect();
    let mut colours: Vec<u64> = term.bound.iter().map(|index| hash(&index.dim)).collect();
    for _ in 0..term.bound.len() {
        let mut seen: Vec<Vec<u64>> = vec![Vec::new(); colours.len()];
        for (edge, kind) in edges.iter().zip(&kinds) {
            if edge.bound().next().is_none() {
                continue;
            }
            let colour = |place: &Place| match place {
                Place::Free(position) => hash(&("free", position)),
                Place::Bound(position) => colours[*position],
                Place::Outer(id) => hash(&("outer", id)),
            };
            let mut around: Vec<u64> = edge.places.iter().map(colour).collect();
            if matches!(edge.base, BaseKey::Delta | BaseKey::Shift(..)) {
                around.sort_unstable();
            }
            for (place, role) in edge.places.iter().zip(&edge.roles) {
                if let Place::Bound(position) = place {
                    seen[*position].push(hash(&(kind, &around, role)));
                }
            }
        }
        for (own, mut seen) in colours.iter_mut().zip(seen) {
            seen.sort_unstable();
            *own = hash(&(*own, seen));
        }
    }
    colours
}

/// A fixed hash: the standard library's SipHash with zero keys, the same in every run.
fn hash(value: &impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
