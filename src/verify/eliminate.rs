//! Sums of products with every sum moved in front of the factors that it is about, so that a sum over many indices costs
//! what the letters of its largest factor do, not what all of them do together.

use super::scope::free_names;
use crate::syntax::ast::{Binder, Expr, ExprKind, Name, ProductOp};

/// The same value, by distributivity: `sum(i) sum(k) a[i] b[i,k] c[k]` as `sum(i) a[i] (sum(k) b[i,k] c[k])`.
pub fn eliminated(expr: &Expr) -> Expr {
    if let ExprKind::BigSum { binders, body } = &expr.kind
        && let Some(found) = inside(binders, body)
    {
        return found;
    }
    expr.map_children(&eliminated)
}

type Factors = Vec<(ProductOp, Expr)>;

fn inside(binders: &[Binder], body: &Expr) -> Option<Expr> {
    let mut binders = binders.to_vec();
    let mut body = body;
    while let ExprKind::BigSum { binders: more, body: inner } = &body.kind {
        binders.extend_from_slice(more);
        body = inner;
    }
    let ExprKind::Product { first, rest } = &body.kind else { return None };
    // Ranges are of dimensions alone; a letter without one is given its range by all factors it stands in.
    let stated = |binder: &Binder| {
        binder
            .range
            .as_ref()
            .is_some_and(|range| !free_names(range).iter().any(|name| is_bound(&binders, name)))
    };
    let distinct = |at: usize| !binders[..at].iter().any(|other| other.name.name == binders[at].name.name);
    if binders.len() < 2 || !binders.iter().all(stated) || !(0..binders.len()).all(distinct) {
        return None;
    }
    let mut factors: Factors = vec![(ProductOp::Times, (**first).clone())];
    factors.extend(rest.iter().cloned());
    // Scalars commute with one another and with one matrix.
    let commute = factors.iter().filter(|(_, factor)| !is_scalar(factor)).count() <= 1;
    if !commute
        || !factors
            .iter()
            .all(|(op, _)| matches!(op, ProductOp::Times | ProductOp::Space | ProductOp::Divide))
    {
        return None;
    }
    let mut factors: Vec<((ProductOp, Expr), Vec<Name>)> = factors
        .into_iter()
        .map(|(op, factor)| {
            let factor = eliminated(&factor);
            let letters = free_names(&factor).into_iter().filter(|name| is_bound(&binders, name)).collect();
            ((op, factor), letters)
        })
        .collect();
    while !binders.is_empty() {
        // The letter whose sum leaves the fewest letters open; the last of several.
        let open = |binder: &Binder| {
            let mut letters: Vec<&Name> = factors
                .iter()
                .filter(|(_, letters)| letters.contains(&binder.name.name))
                .flat_map(|(_, letters)| letters)
                .collect();
            letters.sort();
            letters.dedup();
            letters.len()
        };
        let next = (0..binders.len()).rev().min_by_key(|at| open(&binders[*at]))?;
        let binder = binders.remove(next);
        let letter = binder.name.name.clone();
        let (about, others): (Vec<_>, Vec<_>) =
            factors.into_iter().partition(|(_, letters)| letters.contains(&letter));
        let mut letters: Vec<Name> = about
            .iter()
            .flat_map(|(_, letters)| letters.iter().filter(|one| **one != letter).cloned())
            .collect();
        letters.sort();
        letters.dedup();
        let body = product(about.into_iter().map(|(factor, _)| factor).collect());
        let sum: Expr = ExprKind::BigSum { binders: vec![binder], body: Box::new(body) }.into();
        factors = others;
        factors.push(((ProductOp::Times, sum), letters));
    }
    Some(product(factors.into_iter().map(|(factor, _)| factor).collect()))
}

fn is_bound(binders: &[Binder], name: &Name) -> bool {
    binders.iter().any(|binder| binder.name.name == *name)
}

fn product(mut factors: Factors) -> Expr {
    match factors.first() {
        None => Expr::natural(1),
        Some((ProductOp::Times | ProductOp::Space, _)) => {
            let (_, first) = factors.remove(0);
            if factors.is_empty() {
                return first;
            }
            ExprKind::Product { first: Box::new(first), rest: factors }.into()
        }
        Some(_) => ExprKind::Product { first: Box::new(Expr::natural(1)), rest: factors }.into(),
    }
}

/// Whether an expression is a scalar by its form: an entry, a number, or made of such.
fn is_scalar(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Index { .. } => true,
        ExprKind::Negate(inner) => is_scalar(inner),
        ExprKind::Power { base, exponent, .. } => is_scalar(base) && is_scalar(exponent),
        ExprKind::Product { first, rest } => {
            is_scalar(first) && rest.iter().all(|(_, factor)| is_scalar(factor))
        }
        ExprKind::Sum(terms) => terms.iter().all(|(_, term)| is_scalar(term)),
        ExprKind::BigSum { body, .. } => is_scalar(body),
        // `ones(2)` is none.
        ExprKind::Call { function, arguments, .. } => {
            &*function.name == "delta"
                || matches!(arguments.as_slice(), [argument] if is_scalar(argument) && has_entry(argument))
        }
        _ => false,
    }
}

fn has_entry(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Index { .. }) || expr.children().into_iter().any(has_entry)
}
