//! Which gradients are derived, in which order.

use crate::diagnostic::Diagnostic;
use crate::problem::Goal;
use crate::syntax::ast::{Expr, Name};

use super::cotangent::Engine;

/// One gradient to derive.
#[derive(Clone, Debug)]
pub struct Target {
    pub numerator: Expr,
    pub by: Name,
    /// By the columns of `by`, one below the other.
    pub stacked: bool,
    pub way: Way,
}

impl Target {
    /// What is differentiated by, as it is written.
    pub fn denominator(&self) -> Expr {
        let name = Expr::name(self.by.clone());
        if self.stacked { Expr::call("vec", vec![name]) } else { name }
    }
}

/// How a gradient is derived.
#[derive(Clone, Debug)]
pub enum Way {
    /// By the chain rule, one definition back.
    Chain,
    /// The same, after the derivatives in a goal's numerator are written out.
    Restated(Expr),
    /// With everything put in.
    Direct(Box<Goal>),
}

/// Every goal after the cotangents it needs, each once; the derivative of an unknown function by its own
/// argument is given and not derived.
pub fn plan(engine: &mut Engine<'_>) -> Result<Vec<Target>, Diagnostic> {
    let mut targets: Vec<Target> = Vec::new();
    let goals = engine.problem.goals.clone();
    for goal in &goals {
        for (numerator, by, stacked) in engine.before(goal) {
            chain(engine, &mut targets, &numerator, (&by, stacked), Way::Chain);
        }
        let by = (&goal.by, goal.stacked);
        match engine.written_out(goal)? {
            Some(numerator) if numerator == goal.numerator => {
                chain(engine, &mut targets, &numerator, by, Way::Chain);
            }
            Some(numerator) => {
                chain(engine, &mut targets, &numerator, by, Way::Restated(goal.expr.clone()));
            }
            None => {
                let numerator = goal.numerator.clone();
                let way = Way::Direct(Box::new(goal.clone()));
                targets.push(Target { numerator, by: goal.by.clone(), stacked: goal.stacked, way });
            }
        }
    }
    Ok(targets)
}

/// Backwards: the cotangent nearest the numerator first.
fn chain(
    engine: &Engine<'_>,
    targets: &mut Vec<Target>,
    numerator: &Expr,
    (by, stacked): (&Name, bool),
    way: Way,
) {
    let between = engine.between(numerator, by).into_iter().map(|name| (name, false, Way::Chain));
    for (by, stacked, way) in between.chain([(by.clone(), stacked, way)]) {
        let known = targets.iter_mut().find(|known| {
            known.numerator == *numerator
                && known.by == by
                && known.stacked == stacked
                && !matches!(known.way, Way::Direct(_))
        });
        match known {
            Some(known) if matches!(known.way, Way::Chain) => known.way = way,
            Some(_) => {}
            None if engine.is_opaque(numerator, &by) => {}
            None => targets.push(Target { numerator: numerator.clone(), by, stacked, way }),
        }
    }
}
