//! Which gradients are derived, in which order.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, Name};

use super::cotangent::Engine;

/// One gradient to derive.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub numerator: Expr,
    pub by: Name,
    /// By the columns of `by`, one below the other.
    pub stacked: bool,
}

impl Target {
    /// What is differentiated by, as it is written.
    pub fn denominator(&self) -> Expr {
        let name = Expr::name(self.by.clone());
        if self.stacked { Expr::call("vec", vec![name]) } else { name }
    }
}

/// Every goal after the cotangents it needs, each once; the derivative of an unknown function by its own
/// argument is given and not derived.
pub fn plan(engine: &mut Engine<'_>) -> Result<Vec<Target>, Diagnostic> {
    let mut targets: Vec<Target> = Vec::new();
    let goals = engine.problem.goals.clone();
    for goal in &goals {
        // Backwards: the cotangent nearest the numerator first.
        let between = engine.between(&goal.numerator, &goal.by).into_iter().map(|by| (by, false));
        for (by, stacked) in between.chain([(goal.by.clone(), goal.stacked)]) {
            let target = Target { numerator: goal.numerator.clone(), by, stacked };
            if !targets.contains(&target) && !engine.is_opaque(&target.numerator, &target.by) {
                targets.push(target);
            }
        }
    }
    Ok(targets)
}
