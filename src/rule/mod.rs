//! What the engine knows as data: collapse rules, the equations of `grammar/rules.ew`, and the operations of
//! `grammar/prelude.ew`; both are read at run time.

mod apply;

use std::sync::OnceLock;

use crate::check;
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Prelude;
use crate::source::{Source, Span};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};
use crate::syntax::parse;

pub use apply::{Match, Object};

/// The shipped rules.
const RULES: &str = include_str!("../../grammar/rules.ew");
/// The shipped operations and scalar functions.
const PRELUDE: &str = include_str!("../../grammar/prelude.ew");

/// One directed equation between an index form and matrix algebra.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Public, kebab-case.
    pub name: Name,
    /// Tried only where no other rule applies.
    pub finish: bool,
    /// Metavariables with the letters of their indices: two for a matrix, one for a column vector.
    pub factors: Vec<(Name, Vec<Name>)>,
    /// Letters that are summed over.
    pub bound: Vec<Name>,
    /// Matrix algebra in the metavariables; `ones(K)` means ones over the range of the bound letter `k`.
    pub right: Expr,
    /// Letters of the indices of the result: none for a scalar.
    pub free: Vec<Name>,
}

/// All rules, in the order in which they are tried, and the prelude.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub rules: Vec<Rule>,
    pub prelude: Prelude,
}

impl Catalogue {
    /// The texts compiled in.
    pub fn shipped() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        // A test parses the same texts: an error cannot reach a user. Without rules nothing collapses, which
        // gives index forms, never a wrong matrix.
        CATALOGUE.get_or_init(|| Catalogue::from_texts(RULES, PRELUDE).unwrap_or_default())
    }

    /// Rules and a prelude from their texts.
    ///
    /// # Errors
    /// As [`Catalogue::parse`]; every error in the prelude, which declares, derives and asks nothing.
    pub fn from_texts(rules: &str, prelude: &str) -> Result<Catalogue, Vec<Diagnostic>> {
        let prelude = check::prelude(&Source::new("prelude", prelude))?;
        Ok(Catalogue { rules: read_rules(rules)?, prelude })
    }

    /// Rules from a text, beside the shipped prelude: one a line, `rule NAME: INDEX FORM = MATRIX FORM`, `finish` in place of `rule` for
    /// the last ones; `#` starts a comment.
    ///
    /// # Errors
    /// One diagnostic a line that is no rule, that repeats a name, or whose two sides differ in free indices.
    pub fn parse(rules: &str) -> Result<Catalogue, Vec<Diagnostic>> {
        Ok(Catalogue { rules: read_rules(rules)?, prelude: Catalogue::shipped().prelude.clone() })
    }
}

fn read_rules(text: &str) -> Result<Vec<Rule>, Vec<Diagnostic>> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut errors = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        match rule(line) {
            Some(rule) if rules.iter().any(|known| known.name == rule.name) => {
                errors.push(diagnostic::bad_rule(span, "another rule has this name"));
            }
            Some(rule) => rules.push(rule),
            None => errors.push(diagnostic::bad_rule(
                span,
                "a rule reads `rule NAME: INDEX FORM = MATRIX FORM`, both sides with the same free indices",
            )),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn rule(line: &str) -> Option<Rule> {
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
    (expected == found).then(|| Rule { name: name.trim().into(), finish, factors, bound, right, free })
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
            Some((vec![(letter(base)?, indices.iter().map(letter).collect::<Option<_>>()?)], Vec::new()))
        }
        _ => None,
    }
}
