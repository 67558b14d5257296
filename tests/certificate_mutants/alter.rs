//! Mistakes in an expression: one at a time, at every place.

use std::cell::Cell;

use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

/// What may stand in place of a name.
pub struct Scope<'a> {
    /// Quantities, those of one shape together.
    pub groups: &'a [Vec<Name>],
    pub letters: &'a [Name],
}

/// All mistakes, the whole negated and doubled among them.
pub fn mistakes(expr: &Expr, scope: &Scope) -> Vec<Expr> {
    let mut found = inside(expr, scope, false);
    let (op, two) = (if is_entry(expr) { ProductOp::Space } else { ProductOp::Times }, Expr::natural(2));
    if !matches!(expr.kind, ExprKind::Matrix(_)) {
        found.push(Expr::negate(expr.clone()));
        found.push(ExprKind::Product { first: Box::new(two), rest: vec![(op, expr.clone())] }.into());
    }
    found
}

fn is_entry(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Index { .. } | ExprKind::BigSum { .. })
        || expr.children().iter().any(|child| is_entry(child))
}

/// `indexed`: an index or what one is of, where a transpose is no mistake but nonsense.
fn inside(expr: &Expr, scope: &Scope, indexed: bool) -> Vec<Expr> {
    let mut found = Vec::new();
    match &expr.kind {
        ExprKind::Name(name) => {
            let group = scope.groups.iter().find(|group| group.contains(name));
            let others = group.into_iter().flatten().chain(match group {
                Some(_) => [].iter(),
                None => scope.letters.iter(),
            });
            found
                .extend(others.filter(|other| *other != name).take(2).map(|other| Expr::name(other.clone())));
            if group.is_some() && !indexed {
                found.push(Expr::transpose(expr.clone()));
            }
        }
        ExprKind::Derivative(_) if !indexed => found.push(Expr::transpose(expr.clone())),
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => found.push((**inner).clone()),
        ExprKind::Number(value) => {
            let one = num_rational::BigRational::from_integer(1.into());
            found.push(ExprKind::Number(value + one).into());
        }
        ExprKind::Product { first, rest } => {
            let (op, second) = &rest[0];
            let mut swapped = rest.clone();
            swapped[0] = (*op, (**first).clone());
            found.push(ExprKind::Product { first: Box::new(second.clone()), rest: swapped }.into());
            if rest.len() > 1 {
                let mut swapped = rest.clone();
                let last = swapped.len() - 1;
                let (left, right) = (swapped[last - 1].1.clone(), swapped[last].1.clone());
                swapped[last - 1].1 = right;
                swapped[last].1 = left;
                found.push(ExprKind::Product { first: first.clone(), rest: swapped }.into());
            }
            let op = match op {
                ProductOp::Times => ProductOp::Hadamard,
                ProductOp::Hadamard => ProductOp::Times,
                ProductOp::Space => ProductOp::Divide,
                ProductOp::Divide => ProductOp::Times,
                ProductOp::HadamardDivide => ProductOp::Hadamard,
            };
            let mut other = rest.clone();
            other[0].0 = op;
            found.push(ExprKind::Product { first: first.clone(), rest: other }.into());
        }
        ExprKind::Sum(terms) => {
            let mut turned = terms.clone();
            let last = turned.len() - 1;
            turned[last].0 = if turned[last].0 == Sign::Plus { Sign::Minus } else { Sign::Plus };
            found.push(ExprKind::Sum(turned).into());
            let mut fewer = terms.clone();
            fewer.pop();
            found.push(match fewer.len() {
                1 => fewer.remove(0).1,
                _ => ExprKind::Sum(fewer).into(),
            });
        }
        ExprKind::Index { base, indices } if indices.len() == 2 => {
            let turned = indices.iter().rev().cloned().collect();
            found.push(ExprKind::Index { base: base.clone(), indices: turned }.into());
        }
        ExprKind::BigSum { binders, body } => {
            // The range of another letter's sum, or none.
            for binder in 0..binders.len() {
                let mut other = binders.clone();
                if let Some(range) = &mut other[binder].range {
                    *range = Expr::sum([range.clone(), Expr::natural(1)]);
                }
                found.push(ExprKind::BigSum { binders: other, body: body.clone() }.into());
            }
        }
        _ => {}
    }
    let inner = indexed || matches!(expr.kind, ExprKind::Index { .. });
    for (place, child) in mapped(expr).iter().enumerate() {
        found.extend(inside(child, scope, inner).into_iter().map(|other| with(expr, place, &other)));
    }
    found.retain(|other| other != expr);
    found
}

/// What `map_children` maps.
fn mapped(expr: &Expr) -> Vec<Expr> {
    let children = std::cell::RefCell::new(Vec::new());
    expr.map_children(&|child| {
        children.borrow_mut().push(child.clone());
        child.clone()
    });
    children.into_inner()
}

fn with(expr: &Expr, place: usize, other: &Expr) -> Expr {
    let at = Cell::new(0);
    expr.map_children(&|child| {
        let here = at.replace(at.get() + 1);
        if here == place { other.clone() } else { child.clone() }
    })
}
