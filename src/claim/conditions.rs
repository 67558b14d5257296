//! Side conditions of a claim: what the file states and the claim needs, and where its sides have values.

use std::borrow::Cow;

use super::{Found, Judge, domain};
use crate::problem::Problem;
use crate::syntax::ast::{Comparison, Condition, Expr, Name, Property};
use crate::syntax::print::{self, Printer};
use crate::verify::{Equality, Judgement, Meter, about, judge_within};

/// Something that the file states.
enum Stated {
    Property(Name, Property),
    Assumption(usize),
}

impl Judge<'_> {
    /// The conditions of a link that holds: without each of them it is not proved, or not equal.
    pub(super) fn conditions(&self, equality: Equality<'_>, found: &Found) -> Vec<String> {
        let (problem, printer) = (&self.problem, &self.printer);
        let names = about(problem, [equality.left, equality.right]);
        let mut texts = Vec::new();
        let holds = matches!(found, Found::Proved | Found::Checked);
        if holds {
            let mut reduced = Cow::Borrowed(problem);
            let meter = Meter::besides();
            for stated in self.stated(&names).into_iter().rev() {
                let without = removed(&reduced, &stated);
                let still = match found {
                    Found::Proved => self.proves(&without, equality),
                    _ => {
                        let judged = judge_within(&without, equality, &self.trials, &meter);
                        matches!(judged, Judgement::Equal(_))
                    }
                };
                if still {
                    reduced = Cow::Owned(without);
                } else {
                    texts.push(stated.text(problem, printer));
                }
            }
            texts.reverse();
            if matches!(found, Found::Checked) {
                let sizes = problem
                    .sizes
                    .iter()
                    .filter(|(name, _)| names.contains(*name) || self.sized(&names, name));
                texts.extend(sizes.map(|(name, size)| format!("{name} = {size}")));
            }
        }
        let definitions = names.iter().filter_map(|name| problem.quantities.get(name)?.definition.as_ref());
        for expr in [equality.left, equality.right].into_iter().chain(definitions) {
            domain::conditions(problem, printer, expr, &mut texts);
        }
        texts
    }

    /// Whether a dimension is one of a variable's.
    fn sized(&self, names: &[Name], dimension: &str) -> bool {
        let shapes = names.iter().filter_map(|name| self.problem.quantities.get(name));
        shapes
            .flat_map(|known| [&known.shape.rows, &known.shape.columns])
            .any(|dim| dim.names().iter().any(|name| **name == *dimension))
    }

    /// What the file states of these names, and of sizes.
    fn stated(&self, names: &[Name]) -> Vec<Stated> {
        let problem = &self.problem;
        let mut stated = Vec::new();
        for name in names {
            let Some(quantity) = problem.quantities.get(name) else { continue };
            stated
                .extend(quantity.properties.iter().map(|property| Stated::Property(name.clone(), *property)));
        }
        let mentions = |expr: &Expr| {
            let mut about = about(problem, [expr]).into_iter();
            about.any(|name| names.contains(&name) || self.sized(names, &name))
        };
        let concerned = |condition: &Condition| match condition {
            Condition::Onehot(name) => names.contains(&name.name),
            Condition::Compare { left, right, .. } => mentions(left) || mentions(right),
        };
        let numbers = (0..problem.assumptions.len()).filter(|at| concerned(&problem.assumptions[*at]));
        stated.extend(numbers.map(Stated::Assumption));
        stated
    }
}

impl Stated {
    fn text(&self, problem: &Problem, printer: &Printer) -> String {
        match self {
            Stated::Property(name, property) => format!("{name} {}", print::property(*property)),
            Stated::Assumption(number) => printer.condition(&problem.assumptions[*number]),
        }
    }
}

/// The problem without one statement. An assumption leaves a place behind, so that the others keep their numbers.
fn removed(problem: &Problem, stated: &Stated) -> Problem {
    let mut problem = problem.clone();
    match stated {
        Stated::Property(name, property) => {
            if let Some(quantity) = problem.quantities.get_mut(name) {
                quantity.properties.retain(|known| known != property);
            }
        }
        Stated::Assumption(number) => {
            let nothing = Expr::natural(0);
            problem.assumptions[*number] =
                Condition::Compare { left: nothing.clone(), comparison: Comparison::Equal, right: nothing };
        }
    }
    problem
}
