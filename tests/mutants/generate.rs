//! Every rule with one mistake in it, as lines of a rule file.

use entrywise::rule::Rule;
use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp};
use entrywise::syntax::print;

use crate::support::line;

/// Functions of one argument that a right side may call.
const FUNCTIONS: [&str; 6] = ["tr", "sum", "rowsum", "colsum", "diag", "diagvec"];

/// One mistake at the root of a right side or of a part of it: a transpose, an order, an operator, a factor, a function.
fn at_root(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    match &expr.kind {
        ExprKind::Transpose(inner) => return vec![(**inner).clone()],
        ExprKind::Product { first, rest } => {
            let [(op, second)] = rest.as_slice() else { panic!("{}", print::expr(expr)) };
            let first = &**first;
            let product = |op: ProductOp, factors: &[&Expr]| {
                Expr::products(op, factors.iter().map(|factor| (*factor).clone()))
            };
            let other = match op {
                ProductOp::Times => ProductOp::Hadamard,
                ProductOp::Hadamard => ProductOp::Times,
                other => panic!("{other:?}"),
            };
            found.push(product(*op, &[second, first]));
            found.push(product(other, &[first, second]));
            found.push(product(*op, &[first, first, second]));
            found.push(product(*op, &[first, second, second]));
            found.push(first.clone());
            found.push(second.clone());
        }
        ExprKind::Call { function, arguments, .. } => {
            let others = FUNCTIONS.iter().filter(|other| **other != &*function.name);
            found.extend(others.map(|other| Expr::call(other, arguments.clone())));
            found.push(arguments[0].clone());
        }
        ExprKind::Name(_) => {}
        other => panic!("{other:?}"),
    }
    found.push(Expr::transpose(expr.clone()));
    found
}

/// The same anywhere.
fn anywhere(expr: &Expr) -> Vec<Expr> {
    let mut found = at_root(expr);
    let places = expr.children().len();
    for place in 0..places {
        for mistake in anywhere(expr.children()[place]) {
            let at = std::cell::Cell::new(0);
            found.push(expr.map_children(&|child| {
                at.set(at.get() + 1);
                if at.get() == place + 1 { mistake.clone() } else { child.clone() }
            }));
        }
    }
    found
}

/// Mistakes of the right side: those of its parts, and signs and factors of the whole.
fn on_the_right(rule: &Rule) -> Vec<Rule> {
    let two = || Expr::natural(2);
    let mut sides = anywhere(&rule.right);
    sides.push(Expr::negate(rule.right.clone()));
    sides.push(Expr::products(ProductOp::Times, [two(), rule.right.clone()]));
    sides.push(Expr::products(ProductOp::Divide, [rule.right.clone(), two()]));
    // A scalar is its own transpose: no mistake.
    let trivial = |side: &Expr| rule.free.is_empty() && *side == Expr::transpose(rule.right.clone());
    sides.retain(|side| !trivial(side));
    sides.into_iter().map(|right| Rule { right, ..rule.clone() }).collect()
}

/// Mistakes of the letters: exchanged in the result, in a factor, between two factors, between a sum and the result;
/// one letter for another.
fn of_letters(rule: &Rule) -> Vec<Rule> {
    let mut found = Vec::new();
    found.push(Rule { free: rule.free.iter().rev().cloned().collect(), ..rule.clone() });
    let mut letters: Vec<Name> = rule.factors.iter().flat_map(|(_, letters)| letters.clone()).collect();
    letters.sort();
    letters.dedup();
    for at in 0..rule.factors.len() {
        let mut turned = rule.clone();
        turned.factors[at].1.reverse();
        found.push(turned);
        for place in 0..rule.factors[at].1.len() {
            for letter in &letters {
                let mut moved = rule.clone();
                moved.factors[at].1[place] = letter.clone();
                found.push(moved);
            }
        }
    }
    if let [(first, _), (second, _)] = rule.factors.as_slice() {
        let mut exchanged = rule.clone();
        exchanged.factors[0].0 = second.clone();
        exchanged.factors[1].0 = first.clone();
        found.push(exchanged);
    }
    for bound in 0..rule.bound.len() {
        for free in 0..rule.free.len() {
            let mut exchanged = rule.clone();
            std::mem::swap(&mut exchanged.bound[bound], &mut exchanged.free[free]);
            found.push(exchanged);
        }
    }
    found
}

/// All mutants of a rule that read as rules, and the number of those that do not.
pub fn mutants(rule: &Rule) -> (Vec<Rule>, usize) {
    let (mut found, mut malformed) = (Vec::new(), 0);
    let mut seen = vec![line(rule)];
    for mutant in on_the_right(rule).into_iter().chain(of_letters(rule)) {
        let text = line(&mutant);
        if seen.contains(&text) {
            continue;
        }
        match Rule::parse(&text) {
            Some(read) => {
                assert_eq!(line(&read), text);
                found.push(read);
            }
            None => malformed += 1,
        }
        seen.push(text);
    }
    (found, malformed)
}
