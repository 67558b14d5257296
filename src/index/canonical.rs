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
    let colours = refine(term, free);
    let mut parts: Vec<(usize, Key)> = components(term)
        .into_iter()
        .map(|component| (component.len(), component_key(term, free, &component, &colours)))
        .collect();
    parts.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut key = key_in_order(term, free, &[]);
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
    key.sort();
    key
}

/// The places of bound indices, those together that factors join.
pub(crate) fn components(term: &Term) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = (0..term.bound.len()).map(|position| vec![position]).collect();
    for factor in &term.factors {
        let indices = factor.base.indices();
        let touched =
            |part: &Vec<usize>| part.iter().any(|&position| indices.contains(&&term.bound[position]));
        let (joined, apart): (Vec<_>, Vec<_>) = found.into_iter().partition(touched);
        found = apart;
        if !joined.is_empty() {
            found.push(joined.concat());
        }
    }
    found
}

/// The least key of the factors that touch a component, over the orders that its colours leave open.
fn component_key(term: &Term, free: &[Index], component: &[usize], colours: &[u64]) -> Key {
    let mut classes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for &position in component {
        classes.entry(colours[position]).or_default().push(position);
    }
    let classes: Vec<Vec<usize>> = classes.into_values().collect();
    let mut best: Option<Key> = None;
    let mut tried = 0;
    orders(&classes, 0, &mut Vec::new(), &mut |order| {
        tried += 1;
        let key = key_in_order(term, free, order);
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

/// The factors whose bound indices are the ordered ones, and these; in no order, the factors without any.
fn key_in_order(term: &Term, free: &[Index], order: &[usize]) -> Key {
    let belongs = |base: &Base| {
        let mut bound =
            base.indices().into_iter().filter_map(|index| term.bound.iter().position(|known| known == index));
        match order {
            [] => bound.next().is_none(),
            _ => bound.next().is_some_and(|position| order.contains(&position)),
        }
    };
    let place = |index: &Index| match free.iter().position(|known| known == index) {
        Some(position) => Place::Free(position),
        None => match term.bound.iter().position(|known| known == index) {
            Some(bound) => Place::Bound(order.iter().position(|known| *known == bound).unwrap_or(usize::MAX)),
            None => Place::Outer(index.id),
        },
    };
    let mut key: Key = term
        .factors
        .iter()
        .filter(|factor| belongs(&factor.base))
        .map(|factor| {
            let mut places: Vec<Place> = factor.base.indices().into_iter().map(place).collect();
            match &factor.base {
                Base::Delta(..) => places.sort(),
                // The indices in the order of their multiples, equal ones sorted.
                Base::Shift(shift) => {
                    let multiples = shift.terms.iter().map(|(multiple, _)| *multiple);
                    let mut inner: Vec<(i64, Place)> = multiples.zip(places.drain(1..)).collect();
                    inner.sort();
                    places.extend(inner.into_iter().map(|(_, place)| place));
                }
                _ => {}
            }
            (base_key(&factor.base), places, factor.exponent)
        })
        .collect();
    for (number, position) in order.iter().enumerate() {
        key.push((
            BaseKey::Bound(term.bound[*position].dim.clone()),
            vec![Place::Bound(number)],
            Exponent::one(),
        ));
    }
    key.sort();
    key
}

/// A factor as an edge between indices.
struct Edge {
    kind: u64,
    places: Vec<Colour>,
    /// What each place means in the factor.
    roles: Vec<i64>,
    /// In a delta all places are alike.
    alike: bool,
}

#[derive(Clone, Copy)]
enum Colour {
    /// Of an index that is not bound here.
    Fixed(u64),
    /// That of the bound index at this position.
    Bound(usize),
}

impl Edge {
    fn new(factor: &Factor, term: &Term, free: &[Index]) -> Edge {
        let colour = |index: &Index| match free.iter().position(|known| known == index) {
            Some(position) => Colour::Fixed(hash(&("free", position))),
            None => match term.bound.iter().position(|known| known == index) {
                Some(position) => Colour::Bound(position),
                None => Colour::Fixed(hash(&("outer", index.id))),
            },
        };
        let places: Vec<Colour> = factor.base.indices().into_iter().map(colour).collect();
        let role = |position: usize| match &factor.base {
            Base::Delta(..) => 0,
            Base::Shift(shift) => match position.checked_sub(1) {
                None => i64::MAX,
                Some(inner) => shift.terms[inner].0,
            },
            _ => position as i64,
        };
        Edge {
            kind: hash(&(base_key(&factor.base), factor.exponent)),
            roles: (0..places.len()).map(role).collect(),
            places,
            alike: matches!(factor.base, Base::Delta(..) | Base::Shift(_)),
        }
    }
}

/// Colours of the bound indices, stable under renaming: equal colours may still be told apart by ties.
fn refine(term: &Term, free: &[Index]) -> Vec<u64> {
    // One index is told from no other.
    if term.bound.len() < 2 {
        return vec![0; term.bound.len()];
    }
    let edges: Vec<Edge> = term.factors.iter().map(|factor| Edge::new(factor, term, free)).collect();
    let mut colours: Vec<u64> = term.bound.iter().map(|index| hash(&index.dim)).collect();
    for _ in 0..term.bound.len() {
        let mut seen: Vec<Vec<u64>> = vec![Vec::new(); colours.len()];
        for edge in &edges {
            let colour = |place: &Colour| match place {
                Colour::Fixed(colour) => *colour,
                Colour::Bound(position) => colours[*position],
            };
            let mut around: Vec<u64> = edge.places.iter().map(colour).collect();
            if edge.alike {
                around.sort_unstable();
            }
            for (place, role) in edge.places.iter().zip(&edge.roles) {
                if let Colour::Bound(position) = place {
                    seen[*position].push(hash(&(edge.kind, &around, role)));
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
