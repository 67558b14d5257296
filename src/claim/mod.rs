//! Claims decided: `proved` for every size, `checked` at points, `refuted` by a counterexample, or `unchecked`.
//!
//! The checker has the first word: what differs at a point is refuted, what has no value is unchecked. Only what is
//! equal at all points is then proved, where both sides have one canonical index form.

mod conditions;
mod domain;
mod explain;
mod kept;
mod nearby;
mod record;
mod tell;

use crate::dependence::{Graph, mentions_any};
use crate::problem::{Claim, Problem};
use crate::prove::proved_with;
use crate::rule::Catalogue;
use crate::source::Span;
use crate::syntax::ast::{Expr, Name};
use crate::syntax::print::Printer;
use crate::verify::{
    Arithmetic, Counterexample, Equality, Evidence, Judgement, Point, Trials, admits_for, judge, judge_at,
};

pub use explain::explain;
pub use kept::CounterexampleRecord;
pub use nearby::Hint;
pub use record::{Record, Tally};
pub use tell::{exit, markdown, text};

/// One claim with what was found of each of its links.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The sides as they were written.
    pub sides: Vec<String>,
    pub links: Vec<Link>,
    /// Where it stands.
    pub span: Span,
    /// Both sides of each link brought to one form, if that was asked for.
    pub explanation: Vec<String>,
    /// What the claim needs that the file states, and where its sides have values.
    pub conditions: Vec<String>,
}

/// One `==` of a claim.
#[derive(Clone, Debug)]
pub struct Link {
    pub found: Found,
    /// Where it was evaluated; none where it is refuted or unchecked.
    pub evidence: Option<Evidence>,
}

#[derive(Clone, Debug)]
pub enum Found {
    /// One canonical index form on both sides, for every size; and equal at the points.
    Proved,
    /// Equal at the points.
    Checked,
    Refuted {
        counterexample: Box<Counterexample>,
        hints: Vec<Hint>,
    },
    Unchecked {
        reason: String,
    },
}

/// The four verdicts, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Proved,
    Checked,
    Refuted,
    Unchecked,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::Checked => "checked",
            Verdict::Refuted => "refuted",
            Verdict::Unchecked => "unchecked",
        }
    }
}

impl Found {
    pub fn verdict(&self) -> Verdict {
        match self {
            Found::Proved => Verdict::Proved,
            Found::Checked => Verdict::Checked,
            Found::Refuted { .. } => Verdict::Refuted,
            Found::Unchecked { .. } => Verdict::Unchecked,
        }
    }
}

impl Decided {
    /// The claim on one line.
    pub fn text(&self) -> String {
        self.sides.join(" == ")
    }

    /// A claim is what its worst link is; one wrong link makes it wrong, whatever is known of the others.
    pub fn verdict(&self) -> Verdict {
        let verdicts = || self.links.iter().map(|link| link.found.verdict());
        if verdicts().any(|verdict| verdict == Verdict::Refuted) {
            return Verdict::Refuted;
        }
        verdicts().max().unwrap_or(Verdict::Unchecked)
    }

    /// The first link that is refuted, by its position.
    pub fn first_refuted(&self) -> Option<usize> {
        self.links.iter().position(|link| link.found.verdict() == Verdict::Refuted)
    }
}

/// A claim at one point, and at some of its letters; what is equal there has no evidence.
///
/// # Errors
/// The statement of the file that the point breaks, in words.
pub fn decide_at(
    problem: &Problem,
    claim: &Claim,
    point: &Point,
    letters: &[(Name, usize)],
) -> Result<Decided, String> {
    let links = claim.sides.windows(2).map(|pair| {
        let equality = Equality { left: &pair[0], right: &pair[1], free: &claim.free };
        admits_for(problem, equality, point, letters)?;
        let found = match judge_at(problem, equality, point.clone(), letters) {
            Ok(Some(counterexample)) => {
                Found::Refuted { counterexample: Box::new(counterexample), hints: Vec::new() }
            }
            Ok(None) => Found::Checked,
            Err(reason) => Found::Unchecked { reason: reason.to_string() },
        };
        Ok(Link { found, evidence: None })
    });
    let links = links.collect::<Result<_, String>>()?;
    Ok(Decided {
        sides: written(&printer(problem), claim),
        links,
        span: claim.span,
        explanation: Vec::new(),
        conditions: Vec::new(),
    })
}

fn printer(problem: &Problem) -> Printer {
    Printer::new(problem.quantities.keys().map(|name| &**name))
}

/// The sides as they were written, else as they are printed.
fn written(printer: &Printer, claim: &Claim) -> Vec<String> {
    let sides = claim.sides.iter().zip(&claim.written);
    sides.map(|(side, written)| written.clone().unwrap_or_else(|| printer.expr(side))).collect()
}

/// Decides the claims of one problem.
pub struct Judge<'a> {
    /// Without its claims.
    problem: Problem,
    catalogue: &'a Catalogue,
    graph: Graph,
    printer: Printer,
    trials: Trials,
}

impl<'a> Judge<'a> {
    pub fn new(problem: &Problem, catalogue: &'a Catalogue, trials: Trials) -> Judge<'a> {
        let (graph, printer) = (Graph::new(problem), printer(problem));
        Judge { problem: problem.without_claims(), catalogue, graph, printer, trials }
    }

    /// One claim; the same input gives the same result.
    pub fn decide(&self, claim: &Claim) -> Decided {
        let sides = written(&self.printer, claim);
        let links: Vec<Link> =
            claim.sides.windows(2).map(|pair| self.link(&pair[0], &pair[1], &claim.free)).collect();
        let mut conditions = Vec::new();
        for (pair, link) in claim.sides.windows(2).zip(&links) {
            let equality = Equality { left: &pair[0], right: &pair[1], free: &claim.free };
            for condition in self.conditions(equality, &link.found) {
                if !conditions.contains(&condition) {
                    conditions.push(condition);
                }
            }
        }
        domain::strongest(&mut conditions);
        let said = self.problem.conventions.iter();
        let said = said.map(|(name, words)| format!("{name}{}", words.trim_end_matches('.')));
        let conditions = said.chain(conditions).collect();
        Decided { sides, links, span: claim.span, explanation: Vec::new(), conditions }
    }

    fn link(&self, left: &Expr, right: &Expr, free: &[(Name, Expr)]) -> Link {
        let equality = Equality { left, right, free };
        match judge(&self.problem, equality, &self.trials) {
            Judgement::Equal(evidence) => {
                if self.proves(&self.problem, equality) {
                    return Link { found: Found::Proved, evidence: Some(evidence) };
                }
                match self.weakness(&evidence, &[left, right]) {
                    Some(reason) => {
                        Link { found: Found::Unchecked { reason: reason.to_string() }, evidence: None }
                    }
                    None => Link { found: Found::Checked, evidence: Some(evidence) },
                }
            }
            Judgement::Open(reason) => {
                Link { found: Found::Unchecked { reason: reason.to_string() }, evidence: None }
            }
            Judgement::Different(counterexample) => {
                let found = if self.proves(&self.problem, equality) {
                    let reason = "internal failure: both sides have one canonical form and different values";
                    Found::Unchecked { reason: reason.to_string() }
                } else {
                    let hints = nearby::hints(&self.problem, equality, &counterexample, &self.trials);
                    Found::Refuted { counterexample, hints }
                };
                Link { found, evidence: None }
            }
        }
    }

    /// Why evidence does not carry a claim that is not proved.
    fn weakness(&self, evidence: &Evidence, sides: &[&Expr]) -> Option<&'static str> {
        // Numbers that agree to some digits may differ in the next.
        let rounded = matches!(evidence.arithmetic, Arithmetic::Reals { .. });
        if rounded && is_constant(&self.problem, sides) {
            return Some("two numbers that agree within rounding errors, which is no reason for more");
        }
        // No probability bounds what the others of them say.
        evidence.sampled.then_some(
            "its indices have more values than are tried: a sample agrees, which does not bound the others; use smaller sizes",
        )
    }

    fn proves(&self, problem: &Problem, equality: Equality<'_>) -> bool {
        proved_with(problem, &self.graph, self.catalogue, equality.left, equality.right, equality.free)
    }
}

/// Whether nothing varies in some expressions: no variable, no dimension, no unknown function.
fn is_constant(problem: &Problem, sides: &[&Expr]) -> bool {
    let varies = |name: &str| {
        problem.quantities.contains_key(name)
            || problem.dimensions.contains_key(name)
            || problem.is_unknown_function(name)
            || problem.is_entrywise_function(name)
    };
    !sides.iter().any(|side| mentions_any(side, &varies))
}
