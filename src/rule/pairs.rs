//! Rules of product axes, whose right sides have a pair of letters as one index. What they do is the same for any number of
//! letters, so that each equation tells the simplest case of its kind.

use crate::source::Source;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::parse;

/// What a rule of product axes does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Matrices at one place each of rows and columns: `kron`.
    Kronecker,
    /// Rows alone: `vec`.
    Stacked,
    /// A matrix within the rows beside what touches them: `diag(vec(A))`.
    Weights,
    /// Places that cross.
    Commutation,
}

/// The equation, both sides an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRule {
    pub kind: Pairs,
    pub left: Expr,
    pub right: Expr,
}

impl PairRule {
    /// One line of a rule file: `pairs NAME: INDEX FORM = MATRIX FORM[(i,k),(j,l)]`.
    pub fn parse(line: &str) -> Option<(Name, PairRule)> {
        let (name, equation) = line.strip_prefix("pairs ")?.split_once(':')?;
        let (left, right) = equation.split_once('=')?;
        let read = |text: &str| parse::expression(&Source::new("rules", text.trim()), &[]).ok();
        let (left, right) = (read(left)?, read(right)?);
        let ExprKind::Index { base, .. } = &right.kind else { return None };
        let kind = match &base.kind {
            ExprKind::Product { .. } => Pairs::Commutation,
            ExprKind::Call { function, .. } => match &*function.name {
                "kron" => Pairs::Kronecker,
                "vec" => Pairs::Stacked,
                "diag" => Pairs::Weights,
                _ => return None,
            },
            _ => return None,
        };
        Some((name.trim().into(), PairRule { kind, left, right }))
    }
}
