//! Rules from their text.

use super::{Law, Rule};
use crate::diagnostic::{self, Diagnostic};
use crate::source::{Source, Span};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};
use crate::syntax::parse;

/// All rules and laws of a text, in the order of their lines.
pub(super) fn lines(text: &str) -> Result<(Vec<Rule>, Vec<Law>), Vec<Diagnostic>> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut laws: Vec<Law> = Vec::new();
    let mut errors = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        let taken = |name: &Name| {
            rules.iter().any(|known| known.name == *name) || laws.iter().any(|known| known.name == *name)
        };
        if let Some(law) = law(line) {
            if taken(&law.name) {
                errors.push(diagnostic::rule_twice(span));
            } else {
                laws.push(law);
            }
            continue;
        }
        match rule(line) {
            Some(rule) if taken(&rule.name) => errors.push(diagnostic::rule_twice(span)),
            Some(rule) => match rule.fits() {
                Ok(()) => rules.push(rule),
                Err(misfit) => errors.push(misfit.diagnostic(span)),
            },
            None => errors.push(diagnostic::no_rule(span)),
        }
    }
    if errors.is_empty() { Ok((rules, laws)) } else { Err(errors) }
}

/// `law NAME: f(-t) = 1 / f(t)`.
pub(super) fn law(line: &str) -> Option<Law> {
    let (name, equation) = line.strip_prefix("law ")?.split_once(':')?;
    let (left, right) = equation.split_once('=')?;
    let parse = |text: &str| parse::expression(&Source::new("rules", text.trim()), &[]).ok();
    let call = |expr: &Expr| match &expr.kind {
        ExprKind::Call { function, primes: 0, arguments } => match arguments.as_slice() {
            [argument] => Some((function.name.clone(), argument.clone())),
            _ => None,
        },
        _ => None,
    };
    let (function, negative) = call(&parse(left)?)?;
    let ExprKind::Negate(parameter) = negative.kind else { return None };
    letter(&parameter)?;
    let reciprocal =
        Expr::product(Expr::natural(1), ProductOp::Divide, Expr::call(&function, vec![(*parameter).clone()]));
    (parse(right)? == reciprocal).then(|| Law { name: name.trim().into(), function })
}

/// One line without its comment.
pub(super) fn rule(line: &str) -> Option<Rule> {
    let (head, equation) = line.split_once(':')?;
    let (kind, name) = head.trim().split_once(' ')?;
    let finish = match kind {
        "rule" => false,
        "finish" => true,
        _ => return None,
    };
    let (left, right) = equation.split_once('=')?;
    let parse = |text: &str| parse::expression(&Source::new("rules", text.trim()), &[]).ok();
    let (factors, bound) = pattern(&parse(left)?)?;
    let right = parse(right)?;
    let (right, free) = match right.kind {
        ExprKind::Index { base, indices } => (*base, indices.iter().map(letter).collect::<Option<Vec<_>>>()?),
        kind => (kind.into(), Vec::new()),
    };
    let mut expected: Vec<&Name> =
        factors.iter().flat_map(|(_, letters)| letters).filter(|letter| !bound.contains(letter)).collect();
    expected.sort();
    expected.dedup();
    let mut found: Vec<&Name> = free.iter().collect();
    found.sort();
    // Every name stands for one factor, every bound letter for one of their indices.
    let once = |names: &[&Name]| names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    let names: Vec<&Name> = factors.iter().map(|(name, _)| name).collect();
    let met = |letter: &Name| factors.iter().any(|(_, letters)| letters.contains(letter));
    let sound = once(&names) && once(&bound.iter().collect::<Vec<_>>()) && bound.iter().all(met);
    (expected == found && sound).then(|| Rule {
        name: name.trim().into(),
        finish,
        factors,
        bound,
        right,
        free,
    })
}

fn letter(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// Factors, each a name with its letters, and bound letters.
type Pattern = (Vec<(Name, Vec<Name>)>, Vec<Name>);

/// The pattern of an index form without coefficient.
fn pattern(expr: &Expr) -> Option<Pattern> {
    match &expr.kind {
        ExprKind::BigSum { binders, body } => {
            let (factors, inner) = pattern(body)?;
            let bound = binders.iter().map(|binder| binder.name.name.clone()).chain(inner).collect();
            Some((factors, bound))
        }
        ExprKind::Product { first, rest } => {
            let mut all = pattern(first)?;
            for (op, factor) in rest {
                if *op != ProductOp::Space {
                    return None;
                }
                let (factors, bound) = pattern(factor)?;
                all.0.extend(factors);
                all.1.extend(bound);
            }
            Some(all)
        }
        ExprKind::Index { base, indices } => {
            if indices.len() > 2 {
                return None;
            }
            Some((vec![(letter(base)?, indices.iter().map(letter).collect::<Option<_>>()?)], Vec::new()))
        }
        _ => None,
    }
}
