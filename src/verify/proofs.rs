//! What is proved of a derivation, beside its evaluation.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Prover;
use super::run::Statement;
use super::verdict::{Place, Verdict};
use crate::beside::beside;
use crate::syntax::ast::{Expr, Name};

/// The verdict of every equality.
pub type Verdicts = Vec<(Place, Verdict)>;

/// Two sides with the ranges of their free letters.
type Stated<'e> = (&'e Expr, &'e Expr, &'e [(Name, Expr)]);

/// Evaluates on this thread and proves on another one: neither needs the other's result. Where the evaluation fails the
/// proofs are given up, and their verdicts mean nothing.
pub fn while_evaluating<T, E>(
    statements: &[Statement],
    prove: Prover<'_>,
    evaluate: impl FnOnce() -> Result<T, E>,
) -> (Result<T, E>, Verdicts) {
    let given_up = AtomicBool::new(false);
    let (verdicts, found) = beside(&|| verdicts(statements, prove, &given_up), || {
        let found = evaluate();
        given_up.store(found.is_err(), Ordering::Relaxed);
        found
    });
    (found, verdicts)
}

/// Every equality checked and none proved.
pub fn none(statements: &[Statement]) -> Verdicts {
    verdicts(statements, &|_, _, _| false, &AtomicBool::new(false))
}

fn verdicts(statements: &[Statement], prove: Prover<'_>, given_up: &AtomicBool) -> Verdicts {
    let mut verdicts = Vec::new();
    // An answer stands as the last line of its section before.
    let mut known: Vec<(Stated<'_>, bool)> = Vec::new();
    for statement in statements {
        for (link, left, right) in statement.links() {
            if given_up.load(Ordering::Relaxed) {
                return Vec::new();
            }
            let free = statement.chain.free.as_slice();
            let before = match statement.link(link) {
                Place::Answer(_) => known.iter().find(|(one, _)| *one == (left, right, free)),
                Place::Step { .. } => None,
            };
            let proved = before.map_or_else(|| prove(left, right, free), |(_, proved)| *proved);
            known.push(((left, right, free), proved));
            let verdict = if proved { Verdict::Proved } else { Verdict::Checked };
            verdicts.push((statement.link(link), verdict));
        }
    }
    verdicts
}
