//! What would be true instead of a refuted claim: one change of it, or a special class of its variables.

use std::collections::HashSet;

use num_rational::BigRational;

use crate::problem::Problem;
use crate::shape::Dim;
use crate::syntax::ast::{Binder, Expr, ExprKind, Ident, Name, ProductOp, Property, Sign};
use crate::syntax::print::{self, Printer};
use crate::verify::{
    Counterexample, Equality, Meter, Point, Style, Trials, about, agree, conflict, judge_at, zero_for_certain,
};

/// Changes tried for one claim.
const CHANGES: usize = 400;
/// Nodes of all changes of one side together: those of a long one are few.
const NODES: usize = 1 << 19;
/// Hints given for one claim.
const HINTS: usize = 2;
/// Each full check of what is to be told has so many seeds.
const SEEDS: u64 = 3;
/// Points of small values at which a class is tried, where large ones hide a difference by rounding.
const SMALL: u64 = 6;

/// A statement near the claim that holds at points.
#[derive(Clone, Debug, PartialEq)]
pub enum Hint {
    /// True with `new` in place of `old`; what the claim gets wrong.
    Replace { old: String, new: String, mistake: &'static str },
    /// True where these variables have a property that is not declared.
    Special { property: Property, names: Vec<Name> },
}

impl Hint {
    /// In one sentence without a stop.
    pub fn sentence(&self) -> String {
        match self {
            Hint::Replace { old, new, mistake } => {
                format!("true with `{new}` in place of `{old}` ({mistake})")
            }
            Hint::Special { property, names } => {
                format!("true for {} {}", print::property(*property), names.join(", "))
            }
        }
    }
}

/// Whether an equality passes the whole check, by several seeds; a quick one first.
fn passes(problem: &Problem, equality: Equality<'_>, trials: &Trials, meter: &Meter) -> bool {
    agree(problem, equality, &Trials { points: Some(1), ..*trials }, meter)
        && (1..=SEEDS).all(|more| {
            let trials = Trials { points: None, seed: trials.seed.wrapping_add(more), ..*trials };
            agree(problem, equality, &trials, meter)
        })
}

/// The changes that make a claim true at all points tried, the least first; among the points is the one that refutes the
/// claim itself, so that what changes nothing is no change.
pub fn hints(
    problem: &Problem,
    equality: Equality<'_>,
    refuted: &Counterexample,
    trials: &Trials,
) -> Vec<Hint> {
    let printer = Printer::new(problem.quantities.keys().map(|name| &**name));
    let meter = Meter::besides();
    let mended = |equality: Equality<'_>| {
        // A point without the sizes of other variables may not serve.
        let known = matches!(judge_at(problem, equality, refuted.point(), &refuted.letters), Ok(None));
        known && passes(problem, equality, trials, &meter)
    };
    let mut found = Vec::new();
    let mut tried = HashSet::new();
    let mut left = CHANGES;
    'tried: for (side, right) in [(equality.right, true), (equality.left, false)] {
        let mut changes = Changes { problem, free: equality.free, found: Vec::new(), room: NODES };
        changes.sums(side, if right { equality.left } else { equality.right });
        changes.parts(side, &|part| part);
        changes.whole(side);
        for change in changes.found {
            if found.len() == HINTS || left == 0 || meter.is_spent() {
                break 'tried;
            }
            if !tried.insert((right, printer.expr(&change.whole))) {
                continue;
            }
            left -= 1;
            let (one, other) =
                if right { (equality.left, &change.whole) } else { (&change.whole, equality.right) };
            if mended(Equality { left: one, right: other, free: equality.free }) {
                let (old, new) = (printer.expr(&change.old), printer.expr(&change.new));
                let hint = Hint::Replace { old, new, mistake: change.mistake };
                if !found.contains(&hint) {
                    found.push(hint);
                }
            }
        }
        // One side mended is enough.
        if !found.is_empty() {
            break;
        }
    }
    found.extend(special(problem, equality, refuted, trials, &meter));
    found
}

/// Whether a property can be added to a variable's own: it must leave values other than 0, and say more.
fn adds(problem: &Problem, name: &Name, property: Property) -> bool {
    let Some(quantity) = problem.quantities.get(name) else { return false };
    let declared = &quantity.properties;
    let size = |dim: &Dim| dim.as_number().map_or(2, |number| usize::try_from(number).unwrap_or(1));
    let (rows, columns) = (size(&quantity.shape.rows), size(&quantity.shape.columns));
    let all: Vec<Property> = declared.iter().copied().chain([property]).collect();
    let implied = declared.contains(&property)
        || property == Property::Symmetric
            && (declared.contains(&Property::Posdef) || declared.contains(&Property::Diagonal));
    !implied && !conflict(&all, rows, columns) && !zero_for_certain(&all, rows, columns)
}

/// Classes of variables for which the claim holds.
fn special(
    problem: &Problem,
    equality: Equality<'_>,
    refuted: &Counterexample,
    trials: &Trials,
    meter: &Meter,
) -> Option<Hint> {
    let names = about(problem, [equality.left, equality.right]);
    let variables: Vec<&Name> = names
        .iter()
        .filter(|name| problem.quantities.get(*name).is_some_and(|known| known.definition.is_none()))
        .collect();
    let square = |name: &&Name| {
        let shape = &problem.quantities[*name].shape;
        shape.rows == shape.columns && !shape.is_scalar()
    };
    let squares: Vec<&Name> = variables.iter().copied().filter(square).collect();
    let holds = |names: &[&Name], property| {
        meter.copies(problem.quantities.len());
        if meter.is_spent() || !names.iter().all(|name| adds(problem, name, property)) {
            return false;
        }
        let mut special = problem.clone();
        for name in names {
            if let Some(quantity) = special.quantities.get_mut(*name) {
                quantity.properties.push(property);
            }
        }
        let small = |seed: u64| {
            let seed = trials.seed.wrapping_add(seed);
            let point = Point { style: Style::Small, ..Point::new(refuted.sizes.clone(), seed) };
            !matches!(judge_at(&special, equality, point, &[]), Ok(Some(_)))
        };
        passes(&special, equality, trials, meter) && (0..SMALL).all(small)
    };
    let classes = [Property::Symmetric, Property::Antisymmetric, Property::Orthogonal, Property::Diagonal];
    for property in classes {
        let alone = squares.iter().map(|name| vec![*name]);
        let together = (squares.len() > 1).then(|| squares.clone());
        for names in alone.chain(together) {
            if holds(&names, property) {
                return Some(Hint::Special { property, names: names.into_iter().cloned().collect() });
            }
        }
    }
    for name in &variables {
        if holds(&[name], Property::Positive) {
            return Some(Hint::Special { property: Property::Positive, names: vec![(*name).clone()] });
        }
    }
    None
}

/// One change of one side.
struct Change {
    whole: Expr,
    old: Expr,
    new: Expr,
    mistake: &'static str,
}

struct Changes<'a> {
    problem: &'a Problem,
    free: &'a [(Name, Expr)],
    found: Vec<Change>,
    /// Left of [`NODES`].
    room: usize,
}

impl Changes<'_> {
    /// A sum that one side alone has.
    fn sums(&mut self, side: &Expr, other: &Expr) {
        let mut push = |new: Expr, mistake| {
            self.found.push(Change { whole: new.clone(), old: side.clone(), new, mistake });
        };
        for (letter, range) in self.free {
            if mentions(side, letter) && !mentions(other, letter) {
                let binder = Binder { name: Ident::new(letter.clone()), range: Some(range.clone()) };
                let sum = ExprKind::BigSum { binders: vec![binder], body: Box::new(side.clone()) };
                push(sum.into(), "a sum is lost");
            }
        }
        if let ExprKind::BigSum { binders, body } = &side.kind {
            for (at, binder) in binders.iter().enumerate() {
                if !mentions(body, &binder.name.name)
                    || self.free.iter().any(|(name, _)| *name == binder.name.name)
                {
                    let mut binders = binders.clone();
                    binders.remove(at);
                    let body = body.clone();
                    let new =
                        if binders.is_empty() { *body } else { ExprKind::BigSum { binders, body }.into() };
                    push(new, "one sum too many");
                }
            }
        }
    }

    /// Changes of a side as a whole: factors, a sign, a transpose.
    fn whole(&mut self, side: &Expr) {
        let mut push = |new: Expr, mistake| {
            self.found.push(Change { whole: new.clone(), old: side.clone(), new, mistake });
        };
        push(turned(side), "a transpose is lost or one too many");
        push(Expr::negate(side.clone()), "a sign is wrong");
        let rational = |above: i64, below: i64| BigRational::new(above.into(), below.into());
        for factor in
            [rational(2, 1), rational(1, 2), rational(3, 1), rational(1, 3), rational(4, 1), rational(1, 4)]
        {
            push(
                Expr::product(Expr::rational(&factor), ProductOp::Times, side.clone()),
                "a factor is lost or one too many",
            );
        }
        for dimension in self.problem.dimensions.keys() {
            let dimension = Expr::name(dimension.clone());
            let (times, by) = (dimension.clone(), dimension);
            push(Expr::product(times, ProductOp::Times, side.clone()), "a factor is lost or one too many");
            push(Expr::product(side.clone(), ProductOp::Divide, by), "a factor is lost or one too many");
        }
    }

    /// Changes of one part of a side; `put` puts the part back into the whole.
    fn parts(&mut self, expr: &Expr, put: &dyn Fn(Expr) -> Expr) {
        if self.room == 0 {
            return;
        }
        let size = nodes(expr);
        let (found, room) = (&mut self.found, &mut self.room);
        let mut push = |new: Expr, mistake| {
            if *room > 0 {
                let whole = put(new.clone());
                *room = room.saturating_sub(nodes(&whole) + 2 * size);
                found.push(Change { whole, old: expr.clone(), new, mistake });
            }
            *room > 0
        };
        match &expr.kind {
            // Scalars, letters and dimensions are their own transposes.
            ExprKind::Name(name)
                if self.problem.quantities.get(name).is_none_or(|known| known.shape.is_scalar()) => {}
            ExprKind::Name(_) | ExprKind::Derivative(_) => {
                push(turned(expr), "a transpose is lost");
            }
            ExprKind::Transpose(inner) => {
                push((**inner).clone(), "one transpose too many");
            }
            ExprKind::Number(number) => {
                for factor in [BigRational::new(1.into(), 2.into()), BigRational::from_integer(2.into())] {
                    push(Expr::rational(&(number * factor)), "a factor is lost or one too many");
                }
            }
            ExprKind::Product { first, rest } => {
                let factors: Vec<Expr> =
                    std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)).cloned().collect();
                let with = |factors: Vec<Expr>, ops: Vec<ProductOp>| -> Option<Expr> {
                    let mut factors = factors.into_iter();
                    let first = Box::new(factors.next()?);
                    Some(ExprKind::Product { first, rest: ops.into_iter().zip(factors).collect() }.into())
                };
                let ops: Vec<ProductOp> = rest.iter().map(|(op, _)| *op).collect();
                if let (ExprKind::Number(_), Some(ProductOp::Times | ProductOp::Space)) =
                    (&first.kind, ops.first())
                {
                    let rest = with(factors[1..].to_vec(), ops[1..].to_vec());
                    if let Some(new) = rest {
                        push(new, "a factor is lost or one too many");
                    }
                }
                for at in 0..factors.len() - 1 {
                    if ops[at] == ProductOp::Times {
                        let mut swapped = factors.clone();
                        swapped.swap(at, at + 1);
                        if let Some(new) = with(swapped, ops.clone())
                            && !push(new, "two factors are swapped")
                        {
                            break;
                        }
                    }
                    let other = match ops[at] {
                        ProductOp::Times => ProductOp::Hadamard,
                        ProductOp::Hadamard => ProductOp::Times,
                        _ => continue,
                    };
                    let mut ops = ops.clone();
                    ops[at] = other;
                    let mistake = "the matrix product and the entrywise one are confused";
                    if let Some(new) = with(factors.clone(), ops)
                        && !push(new, mistake)
                    {
                        break;
                    }
                }
                if factors.len() > 2 && ops.iter().all(|op| *op == ProductOp::Times) {
                    let reversed = factors.iter().rev().cloned().collect();
                    if let Some(new) = with(reversed, ops) {
                        push(new, "the factors are in the wrong order");
                    }
                }
            }
            ExprKind::Sum(terms) => {
                for at in 0..terms.len() {
                    let mut changed = terms.clone();
                    match at {
                        0 => changed[0].1 = Expr::negate(changed[0].1.clone()),
                        _ => {
                            changed[at].0 = if changed[at].0 == Sign::Plus { Sign::Minus } else { Sign::Plus }
                        }
                    }
                    if !push(ExprKind::Sum(changed).into(), "a sign is wrong") {
                        break;
                    }
                    for factor in [BigRational::from_integer(2.into()), BigRational::new(1.into(), 2.into())]
                    {
                        let mut changed = terms.clone();
                        let term = changed[at].1.clone();
                        changed[at].1 = Expr::product(Expr::rational(&factor), ProductOp::Times, term);
                        push(ExprKind::Sum(changed).into(), "a factor is lost or one too many");
                    }
                }
            }
            ExprKind::Index { base, indices } if indices.len() == 2 => {
                let swapped = vec![indices[1].clone(), indices[0].clone()];
                push(Expr::index((**base).clone(), swapped), "two indices are exchanged");
            }
            ExprKind::Power { base, exponent, entrywise } => {
                let (base, exponent, entrywise) = (base.clone(), exponent.clone(), !entrywise);
                let mistake = "the power of a matrix and the entrywise one are confused";
                push(ExprKind::Power { base, exponent, entrywise }.into(), mistake);
            }
            _ => {}
        }
        // An entry's base turned is an exchange of its indices.
        if matches!(expr.kind, ExprKind::Index { .. } | ExprKind::Derivative(_)) {
            return;
        }
        let children: Vec<Expr> = expr.children().into_iter().cloned().collect();
        for (at, child) in children.iter().enumerate() {
            if self.room == 0 {
                return;
            }
            let counter = std::cell::Cell::new(0);
            let replaced = |new: Expr| {
                counter.set(0);
                put(expr.map_children(&|known| {
                    let here = counter.replace(counter.get() + 1);
                    if here == at { new.clone() } else { known.clone() }
                }))
            };
            // Ranges of sums are no parts that are changed.
            if matches!(&expr.kind, ExprKind::BigSum { .. }) && at + 1 < children.len() {
                continue;
            }
            match &expr.kind {
                ExprKind::BigSum { binders, .. } => {
                    let sum = |new: Expr| {
                        put(ExprKind::BigSum { binders: binders.clone(), body: Box::new(new) }.into())
                    };
                    self.parts(child, &sum);
                }
                ExprKind::Power { exponent, entrywise, .. } => {
                    if at == 0 {
                        let power = |new: Expr| {
                            let (base, exponent) = (Box::new(new), exponent.clone());
                            put(ExprKind::Power { base, exponent, entrywise: *entrywise }.into())
                        };
                        self.parts(child, &power);
                    }
                }
                _ => self.parts(child, &replaced),
            }
        }
    }
}

fn nodes(expr: &Expr) -> usize {
    1 + expr.children().into_iter().map(nodes).sum::<usize>()
}

fn turned(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Transpose(inner) => (**inner).clone(),
        _ => ExprKind::Transpose(Box::new(expr.clone())).into(),
    }
}

/// Whether a name stands in an expression outside of a sum that binds it.
fn mentions(expr: &Expr, name: &Name) -> bool {
    match &expr.kind {
        ExprKind::Name(known) => known == name,
        ExprKind::BigSum { binders, .. } if binders.iter().any(|binder| binder.name.name == *name) => false,
        _ => expr.children().into_iter().any(|child| mentions(child, name)),
    }
}
