//! Index forms written in the language, with letters for their indices.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::quantities::Origin;
use super::raised::Kind;
use super::{Base, Exponent, Form, Index, Quantities, Shift, Term};
use crate::syntax::ast::{Binder, Expr, ExprKind, Ident, Name, ProductOp, Sign};

/// Letters of indices that are already told; bound ones get the next letters of the pool.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    of: BTreeMap<u32, Name>,
    /// Indices that are written as places: `i + j - 1`.
    places: BTreeMap<u32, Expr>,
    /// Names of the problem; shared, because letters are copied for every line.
    avoided: Arc<HashSet<Name>>,
    taken: Vec<Name>,
}

/// In this order; a letter that is a name of the problem, or the small form of one, is passed over.
const POOL: &str = "ijklmpqrstuvabcdefghnoxyzw";

impl Letters {
    /// With letters that must not be used.
    pub fn avoiding(taken: impl IntoIterator<Item = Name>) -> Letters {
        Letters { avoided: Arc::new(taken.into_iter().collect()), ..Letters::default() }
    }

    pub fn set(&mut self, index: &Index, letter: Name) {
        self.taken.push(letter.clone());
        self.of.insert(index.id, letter);
    }

    /// The index's letter, given now from the letters of `first`, then of the pool, if it has none.
    pub fn letter(&mut self, index: &Index, first: &str) -> Name {
        if let Some(letter) = self.of.get(&index.id) {
            return letter.clone();
        }
        let plain = first.chars().chain(POOL.chars()).map(String::from);
        let numbered = (1..).map(|number| format!("i{number}"));
        let taken =
            |letter: &str| self.avoided.contains(letter) || self.taken.iter().any(|known| **known == *letter);
        let free = plain.chain(numbered).find(|letter| !taken(letter));
        let letter: Name = free.unwrap_or_default().into();
        self.set(index, letter.clone());
        letter
    }

    /// The index's letter, or the place it is held at.
    fn written(&mut self, index: &Index) -> Expr {
        match self.places.get(&index.id) {
            Some(place) => place.clone(),
            None => Expr::name(self.letter(index, "")),
        }
    }

    pub fn get(&self, index: &Index) -> Option<&Name> {
        self.of.get(&index.id)
    }
}

/// A sum of terms; the bound indices of each term take letters anew, those of different terms the same ones.
pub fn form_expr(form: &Form, quantities: &Quantities, letters: &Letters) -> Expr {
    Expr::sum(form.terms.iter().map(|term| term_expr(term, quantities, &mut letters.clone())))
}

/// `coefficient sum(i: N) factors`, negated where the coefficient is negative.
pub fn term_expr(term: &Term, quantities: &Quantities, letters: &mut Letters) -> Expr {
    let mut factors = Vec::new();
    let mut divisors = Vec::new();
    // Letters in the order in which a reader meets the indices.
    let held = held_places(term);
    let shift = |position: &usize| match &term.factors[*position].base {
        Base::Shift(shift) => Some(shift),
        _ => None,
    };
    let is_held = |index: &Index| held.iter().filter_map(shift).any(|shift| shift.place == *index);
    for factor in &term.factors {
        for index in factor.base.indices().filter(|index| !is_held(index)) {
            letters.letter(index, "");
        }
    }
    for index in term.bound.iter().filter(|index| !is_held(index)) {
        letters.letter(index, "");
    }
    for shift in held.iter().filter_map(shift) {
        let place = place_expr(shift, letters);
        letters.places.insert(shift.place.id, place);
    }
    for (position, factor) in term.factors.iter().enumerate() {
        if held.contains(&position) {
            continue;
        }
        let base = base_expr(&factor.base, quantities, letters);
        let side = if factor.exponent.is_negative() { &mut divisors } else { &mut factors };
        side.push(power_expr(base, factor.exponent.abs(), false));
    }
    let magnitude: BigRational = term.coefficient.abs();
    if !magnitude.is_one() || factors.is_empty() {
        factors.insert(0, Expr::rational(&magnitude));
    }
    let mut bound: Vec<&Index> = term.bound.iter().filter(|index| !is_held(index)).collect();
    let position = |index: &Index| {
        term.factors.iter().flat_map(|factor| factor.base.indices()).position(|found| found == index)
    };
    bound.sort_by_key(|index| position(index));
    let product = divisors.into_iter().fold(Expr::products(ProductOp::Space, factors), |left, divisor| {
        Expr::product(left, ProductOp::Divide, divisor)
    });
    let summed = sum_over(&bound, product, letters);
    if term.coefficient.is_negative() { Expr::negate(summed) } else { summed }
}

/// The factors that hold a summed index at a place, so that the place is written instead of the index: one for each such
/// index, after those whose indices stand in its own place. Of indices held in a circle one stays.
fn held_places(term: &Term) -> Vec<usize> {
    let mut open: Vec<(usize, &Shift)> = Vec::new();
    for (position, factor) in term.factors.iter().enumerate() {
        if let Base::Shift(shift) = &factor.base
            && shift.within
            && factor.exponent.is_one()
            && term.bound.contains(&shift.place)
            && open.iter().all(|(_, known)| known.place != shift.place)
        {
            open.push((position, shift));
        }
    }
    let mut held = Vec::new();
    while !open.is_empty() {
        let waits = |shift: &Shift| {
            let waits_for = |index: &Index| open.iter().any(|(_, other)| other.place == *index);
            shift.terms.iter().any(|(_, index)| waits_for(index))
        };
        match open.iter().position(|(_, shift)| !waits(shift)) {
            Some(next) => held.push(open.remove(next).0),
            None => {
                open.remove(0);
            }
        }
    }
    held
}

/// `base^exponent` for a positive exponent; the square root by its name.
pub fn power_expr(base: Expr, exponent: Exponent, entrywise: bool) -> Expr {
    if exponent.is_one() {
        return base;
    }
    if exponent == Exponent::new(1, 2) {
        return Expr::call("sqrt", vec![base]);
    }
    let value = BigRational::new((*exponent.numer()).into(), (*exponent.denom()).into());
    let exponent = Box::new(Expr::rational(&value));
    ExprKind::Power { base: Box::new(base), exponent, entrywise }.into()
}

/// `sum(i: N) sum(j: M) body`.
pub fn sum_over(bound: &[&Index], body: Expr, letters: &mut Letters) -> Expr {
    bound.iter().rev().fold(body, |body, index| {
        let binder = Binder { name: Ident::new(letters.letter(index, "")), range: Some(index.dim.to_expr()) };
        ExprKind::BigSum { binders: vec![binder], body: Box::new(body) }.into()
    })
}

/// An entry, a delta or a dimension.
pub fn base_expr(base: &Base, quantities: &Quantities, letters: &mut Letters) -> Expr {
    match base {
        Base::Entry(quantity, indices) => {
            let info = quantities.get(*quantity);
            let expr = info.expr.clone();
            if indices.is_empty() && matches!(info.origin, Origin::Named) {
                return expr;
            }
            match &info.origin {
                Origin::Applied { function, primes, argument } => {
                    let argument = base_expr(&Base::Entry(*argument, indices.clone()), quantities, letters);
                    let function = Ident::new(function.clone());
                    return ExprKind::Call { function, primes: *primes, arguments: vec![argument] }.into();
                }
                // A call keeps its name; a plain sum and anything else short is written by its entries.
                Origin::Raised(raised) => {
                    let axes = quantities.get(raised.argument).axes.len();
                    let letter = match indices.get(axes) {
                        Some(index) => letters.written(index),
                        None => raised.placeholder(),
                    };
                    let own = quantities.get(raised.argument).expr.clone();
                    // Of one entry, not of all.
                    if raised.kind == Kind::Entries {
                        let base = Base::Entry(raised.argument, indices[..axes].to_vec());
                        let base = base_expr(&base, quantities, letters);
                        return raised.expr((&base, true), &letter, quantities);
                    }
                    let power = raised.expr((&own, false), &letter, quantities);
                    let indices = indices[..axes].iter().map(|index| letters.written(index)).collect();
                    return Expr::index(power, indices);
                }
                Origin::Part(form)
                    if is_short(form)
                        && (is_plain_sum(form) || !matches!(expr.kind, ExprKind::Call { .. })) =>
                {
                    return form_expr(&Form::scalar(form.with_free(indices)), quantities, letters);
                }
                _ if indices.is_empty() => return expr,
                _ => {}
            }
            let written = indices.iter().map(|index| letters.written(index)).collect();
            Expr::index(expr, in_groups(written, &info.groups))
        }
        Base::Delta(a, b) => Expr::call("delta", vec![letters.written(a), letters.written(b)]),
        Base::Dim(dim) => dim.to_expr(),
        Base::Shift(shift) => {
            let place = letters.written(&shift.place);
            Expr::call("delta", vec![place, place_expr(shift, letters)])
        }
    }
}

/// Letters of one axis as a pair.
pub fn in_groups(letters: Vec<Expr>, groups: &[usize]) -> Vec<Expr> {
    let mut letters = letters.into_iter();
    let mut places: Vec<Expr> = Vec::new();
    for count in groups {
        let axis: Vec<Expr> = letters.by_ref().take(*count).collect();
        places.extend(match axis.len() {
            0 | 1 => axis,
            _ => vec![ExprKind::Tuple(axis).into()],
        });
    }
    places.extend(letters);
    places
}

/// `i + j - 1`.
pub fn place_expr(shift: &Shift, letters: &mut Letters) -> Expr {
    let mut terms: Vec<Expr> = Vec::new();
    for (multiple, index) in &shift.terms {
        let letter = letters.written(index);
        let magnitude = multiple.unsigned_abs() as usize;
        let term = match magnitude {
            1 => letter,
            _ => Expr::product(Expr::natural(magnitude), ProductOp::Times, letter),
        };
        terms.push(if *multiple < 0 { Expr::negate(term) } else { term });
    }
    match shift.offset.to_expr().kind {
        ExprKind::Number(zero) if zero.is_zero() && !terms.is_empty() => {}
        ExprKind::Sum(offset) => terms.extend(offset.into_iter().map(|(sign, term)| match sign {
            Sign::Plus => term,
            Sign::Minus => Expr::negate(term),
        })),
        offset => terms.push(offset.into()),
    }
    // A leading minus is rare that way.
    terms.sort_by_key(|term| matches!(term.kind, ExprKind::Negate(_)));
    Expr::sum(terms)
}

/// A sum of products of entries over an index: `sum(k) exp(z[k])`.
fn is_plain_sum(form: &Form) -> bool {
    let [term] = form.terms.as_slice() else { return false };
    !term.bound.is_empty() && term.factors.iter().all(|factor| factor.exponent.is_one())
}

fn is_short(form: &Form) -> bool {
    form.terms.len() <= 3 && form.terms.iter().all(|term| term.bound.len() <= 1)
}

/// Comma-separated subscripts of each factor, and of the result: `aj,bj->ab`, one string a term; `None` where an index
/// is held at a place.
pub fn einsum(form: &Form, letters: &Letters) -> Option<String> {
    let free = form.free();
    let plain = |term: &Term| term.factors.iter().all(|factor| !matches!(factor.base, Base::Shift(_)));
    if !form.terms.iter().all(plain) {
        return None;
    }
    let terms: Vec<String> = form
        .terms
        .iter()
        .map(|term| {
            let mut letters = letters.clone();
            let mut word = |indices: Vec<&Index>| -> String {
                indices.into_iter().map(|index| letters.letter(index, "").to_string()).collect()
            };
            let factors: Vec<String> = term
                .factors
                .iter()
                .flat_map(|factor| {
                    // A power that is no natural number is one operand.
                    let copies = factor.exponent.is_integer().then(|| factor.exponent.to_usize()).flatten();
                    std::iter::repeat_n(&factor.base, copies.unwrap_or(1))
                })
                .map(|base| word(base.indices().collect()))
                .collect();
            format!("{}->{}", factors.join(","), word(free.iter().collect()))
        })
        .collect();
    Some(terms.join(" + "))
}
