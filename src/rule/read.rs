//! Rules from their text.

use super::{Bound, Law, PairRule, Rule};
use crate::diagnostic::{self, Diagnostic};
use crate::source::{Source, Span};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};
use crate::syntax::parse;

/// What a text states, each kind in the order of the lines.
#[derive(Default)]
pub(super) struct Lines {
    pub rules: Vec<Rule>,
    pub laws: Vec<Law>,
    pub bounds: Vec<Bound>,
    pub pairs: Vec<(Name, PairRule)>,
}

impl Lines {
    /// One line without its comment.
    fn read(&mut self, line: &str, span: Span) -> Result<(), Diagnostic> {
        if line.starts_with("law ") {
            let law = Law::parse(line).ok_or_else(|| diagnostic::no_law(span))?;
            self.is_new(&law.name, span)?;
            self.laws.push(law);
        } else if line.starts_with("bound ") {
            let bound = Bound::parse(line).ok_or_else(|| diagnostic::no_bound(span))?;
            self.is_new(&bound.name, span)?;
            self.bounds.push(bound);
        } else if line.starts_with("pairs ") {
            let (name, rule) = PairRule::parse(line).ok_or_else(|| diagnostic::no_rule(span))?;
            self.is_new(&name, span)?;
            self.pairs.push((name, rule));
        } else {
            let rule = rule(line).ok_or_else(|| diagnostic::no_rule(span))?;
            self.is_new(&rule.name, span)?;
            rule.fits().map_err(|misfit| misfit.diagnostic(span))?;
            self.rules.push(rule);
        }
        Ok(())
    }

    fn is_new(&self, name: &Name, span: Span) -> Result<(), Diagnostic> {
        if self.has(name) { Err(diagnostic::rule_twice(span)) } else { Ok(()) }
    }

    fn has(&self, name: &Name) -> bool {
        self.rules.iter().any(|known| known.name == *name)
            || self.laws.iter().any(|known| known.name == *name)
            || self.bounds.iter().any(|known| known.name == *name)
            || self.pairs.iter().any(|(known, _)| known == name)
    }
}

/// All lines of a text.
pub(super) fn lines(text: &str) -> Result<Lines, Vec<Diagnostic>> {
    let mut lines = Lines::default();
    let mut errors = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        errors.extend(lines.read(line, span).err());
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
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
