//! What of a derivative can be written: sums over whole numbers that are positive, and no integrals.

use super::cotangent::Engine;
use crate::diagnostic::{self, Diagnostic};
use crate::index::{Form, Index, Term};
use crate::problem::{Body, Problem};
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::print;

impl Engine<'_> {
    /// The terms of a derivative without the sums and integrals that those of exponentials are, as far as nothing depends on where
    /// the exponential is differentiated; refused else.
    pub(super) fn closed(
        &mut self,
        raw: Vec<Term>,
        source: &Expr,
        by: &Name,
    ) -> Result<Vec<Term>, Diagnostic> {
        // A sum over a number that may be negative is none that can be written.
        let problem = self.problem;
        let integer = |name: &Name| problem.quantities.contains_key(name);
        let negative = |index: &Index| {
            let names = index.dim.names().into_iter().filter(integer);
            names.into_iter().find(|name| problem.least(name).is_none_or(|least| least < 1))
        };
        let open = |terms: &[Term]| {
            terms
                .iter()
                .flat_map(|term| &term.bound)
                .any(|index| index.dim.is_one() || negative(index).is_some())
        };
        if !open(&raw) {
            return Ok(raw);
        }
        let form = self.simplified(&Form { rows: Vec::new(), columns: Vec::new(), terms: raw });
        let nothing = |_: &str| false;
        let terms = self.expander(&nothing).joined(form, false).terms;
        let unknown = terms.iter().flat_map(|term| &term.bound).find_map(negative);
        match (open(&terms), unknown) {
            (false, _) => Ok(terms),
            (true, Some(name)) => {
                Err(diagnostic::exponent_may_be_negative(&print::expr(source), &name, source.span))
            }
            (true, None) => Err(diagnostic::exponential_outside_trace(
                &print::expr(source),
                by,
                exponential(self.problem, source).unwrap_or(source).span,
            )),
        }
    }
}

/// The first call of the exponential of a matrix.
fn exponential<'e>(problem: &Problem, expr: &'e Expr) -> Option<&'e Expr> {
    if let ExprKind::Call { function, arguments, .. } = &expr.kind
        && let Some(operation) = problem.operation(&function.name, arguments.len())
        && matches!(operation.body, Body::Exponential(_))
    {
        return Some(expr);
    }
    expr.children().into_iter().find_map(|child| exponential(problem, child))
}
