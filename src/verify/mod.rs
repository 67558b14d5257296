//! The checked equals sign.
//!
//! Every equality of a derivation is evaluated on both sides at random points of a large prime field,
//! straight from the surface syntax: no stage of the engine is used, so that a mistake in one cannot hide
//! itself here.

mod degree;
mod dense;
mod differentiate;
mod dual;
mod error;
mod evaluate;
mod field;
mod letters;
mod plan;
mod point;

use crate::derivation::{Chain, Derivation, Relation};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::syntax::ast::{Expr, Name};

pub use dense::{Axes, Dense};
pub use error::{Eval, EvalError};
pub use evaluate::Evaluator;
pub use field::{Field, Generator, P};
pub use point::Point;

/// A derivation whose every equality was checked. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Verified {
    derivation: Derivation,
    verdicts: Vec<(Place, Verdict)>,
    summary: Summary,
}

/// How an equality was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One canonical index form on both sides, for every size; and equal at the points.
    Proved,
    /// Equal at the points.
    Checked,
}

/// Where an equality stands; all numbers from 0. `link` counts the relations of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Step { section: usize, step: usize, display: usize, chain: usize, link: usize },
    Answer(usize),
}

/// What was done, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub proved: usize,
    pub checked: usize,
    /// Evaluations at a random point, all sizes together.
    pub points: usize,
    /// Every assignment of sizes, once.
    pub sizes: Vec<Vec<(Name, usize)>>,
    /// Upper bound of the degree of all differences.
    pub degree: u64,
    /// If any equality is false at one of these sizes, it passes with probability at most 10^-this.
    pub error_exponent: u32,
    /// Equalities whose letters have too many values: a sample of them was evaluated.
    pub sampled: usize,
}

/// Why there is no [`Verified`].
#[derive(Clone, Debug)]
pub enum Failure {
    Refuted(Box<Refutation>),
    /// An equality that could not be evaluated, or no place to evaluate it at.
    Unchecked {
        place: Option<Place>,
        reason: EvalError,
    },
}

/// Two sides that differ.
#[derive(Clone, Debug)]
pub struct Refutation {
    pub place: Place,
    pub left: Expr,
    pub right: Expr,
    pub sizes: Vec<(Name, usize)>,
    pub letters: Vec<(Name, usize)>,
    pub difference: Difference,
    /// The engine's own canonical form claims equality.
    pub claimed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    Shapes {
        left: Axes,
        right: Axes,
    },
    /// The first entry that differs, its indices from 1.
    Entry {
        indices: Vec<usize>,
        left: Field,
        right: Field,
    },
}

impl Verified {
    pub fn derivation(&self) -> &Derivation {
        &self.derivation
    }

    /// A verdict for every `=`, in the order of the derivation, the answers last.
    pub fn verdicts(&self) -> &[(Place, Verdict)] {
        &self.verdicts
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The verdicts in one sentence.
    pub fn summary_sentence(&self) -> String {
        let summary = &self.summary;
        let sizes = |sizes: &Vec<(Name, usize)>| -> String {
            sizes.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
        };
        let places: Vec<String> = summary.sizes.iter().filter(|known| !known.is_empty()).map(sizes).collect();
        let at = if places.is_empty() { String::new() } else { format!(" at {}", places.join("; ")) };
        let equalities = |count: usize| if count == 1 { "equality" } else { "equalities" };
        let mut parts = Vec::new();
        if summary.proved > 0 {
            parts.push(format!("{} {} proved for every size", summary.proved, equalities(summary.proved)));
        }
        if summary.checked > 0 {
            parts.push(format!("{} {} checked", summary.checked, equalities(summary.checked)));
        }
        format!(
            "{}; all evaluated in exact arithmetic modulo 2^61 - 1 at {} random points{at} (a false one passes with \
             probability below 10^-{}).",
            parts.join(", "),
            summary.points,
            summary.error_exponent
        )
    }
}

impl Failure {
    /// Worded for people; `show` prints an expression.
    pub fn diagnostic(&self, show: &dyn Fn(&Expr) -> String) -> Diagnostic {
        match self {
            Failure::Refuted(refutation) => {
                let pairs = |pairs: &[(Name, usize)]| -> Vec<String> {
                    pairs.iter().map(|(name, value)| format!("{name} = {value}")).collect()
                };
                let mut at = pairs(&refutation.sizes);
                at.extend(pairs(&refutation.letters));
                let values = match &refutation.difference {
                    Difference::Shapes { left, right } => (left.to_string(), right.to_string()),
                    Difference::Entry { left, right, .. } => (left.to_string(), right.to_string()),
                };
                let indices = match &refutation.difference {
                    Difference::Shapes { .. } => None,
                    Difference::Entry { indices, .. } => Some(&indices[..]),
                };
                let sides = (show(&refutation.left), show(&refutation.right));
                diagnostic::refuted(sides, &at.join(", "), indices, values, refutation.claimed)
            }
            Failure::Unchecked { reason, .. } => diagnostic::unchecked(&reason.reason),
        }
    }
}

/// One chain to check; an answer is a chain of two.
struct Statement {
    place: Place,
    chain: Chain,
}

impl Statement {
    fn link(&self, link: usize) -> Place {
        match self.place {
            Place::Step { section, step, display, chain, .. } => {
                Place::Step { section, step, display, chain, link }
            }
            answer => answer,
        }
    }

    /// The equalities: position, left and right side.
    fn links(&self) -> impl Iterator<Item = (usize, &Expr, &Expr)> {
        let sides = std::iter::once(&self.chain.first).chain(self.chain.rest.iter().map(|(_, side)| side));
        let links = sides.zip(&self.chain.rest).enumerate();
        links
            .filter(|(_, (_, (relation, _)))| *relation == Relation::Equal)
            .map(|(link, (left, (_, right)))| (link, left, right))
    }
}

/// Whether two sides are equal for every size, for all values of the free letters given with their ranges.
pub type Prover<'a> = &'a dyn Fn(&Expr, &Expr, &[(Name, Expr)]) -> bool;

/// Checks every equality of every chain and every answer.
///
/// At the derivation's own sizes where it has some, else at several assignments of unequal sizes; the free
/// letters of a chain run over all their values. `prove` may lift an equality of an open derivation to
/// [`Verdict::Proved`]; it never replaces the evaluation. The same seed gives the same result.
///
/// # Errors
///
/// [`Failure::Refuted`] at the first equality whose sides differ in shape or value, and
/// [`Failure::Unchecked`] at the first that cannot be evaluated.
pub fn verify(
    problem: &Problem,
    derivation: Derivation,
    prove: Prover<'_>,
    seed: u64,
) -> Result<Verified, Failure> {
    let unchecked = |place: Option<Place>, reason: EvalError| Failure::Unchecked { place, reason };
    let introduced = plan::introduced(problem, &derivation).map_err(|reason| unchecked(None, reason))?;
    let plan = plan::plan(problem, &derivation, seed).map_err(|reason| unchecked(None, reason))?;
    let statements = statements(&derivation);
    let mut sampled = 0;
    for (number, point) in plan.points.iter().enumerate() {
        let mut evaluator = Evaluator::new(problem, &introduced, point.clone());
        for statement in &statements {
            let partial = check(&mut evaluator, statement).map_err(|failure| match failure {
                Failure::Refuted(mut refutation) => {
                    refutation.claimed = derivation.sizes.is_none()
                        && prove(&refutation.left, &refutation.right, &statement.chain.free);
                    Failure::Refuted(refutation)
                }
                other => other,
            })?;
            if partial && number == 0 {
                sampled += 1;
            }
        }
    }
    let mut degrees = degree::Degrees::new(problem, &introduced, plan.orthogonal);
    let mut degree = 0;
    let mut verdicts = Vec::new();
    for statement in &statements {
        for (link, left, right) in statement.links() {
            degree = degree.max(degrees.of(left).difference(degrees.of(right)));
            let proved = derivation.sizes.is_none() && prove(left, right, &statement.chain.free);
            let verdict = if proved { Verdict::Proved } else { Verdict::Checked };
            verdicts.push((statement.link(link), verdict));
        }
    }
    let proved = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Proved).count();
    let summary = Summary {
        proved,
        checked: verdicts.len() - proved,
        points: plan.points.len(),
        error_exponent: plan::error_exponent(degree, verdicts.len() * plan.sizes.len(), plan.each),
        sizes: plan.sizes,
        degree,
        sampled,
    };
    Ok(Verified { derivation, verdicts, summary })
}

fn statements(derivation: &Derivation) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (section, content) in derivation.sections.iter().enumerate() {
        for (step, content) in content.steps.iter().enumerate() {
            for (display, content) in content.displays.iter().enumerate() {
                for (number, chain) in content.chains.iter().enumerate() {
                    let place = Place::Step { section, step, display, chain: number, link: 0 };
                    statements.push(Statement { place, chain: chain.clone() });
                }
            }
        }
    }
    for (number, answer) in derivation.answers.iter().enumerate() {
        let chain = Chain::new(answer.goal.clone()).equals(answer.value.clone()).over(&answer.free);
        statements.push(Statement { place: Place::Answer(number), chain });
    }
    statements
}

/// Evaluates the equalities of one chain at one point; true if only a sample of its letters' values.
fn check(evaluator: &mut Evaluator<'_>, statement: &Statement) -> Result<bool, Failure> {
    let links: Vec<_> = statement.links().collect();
    let Some(&(first, ..)) = links.first() else {
        return Ok(false);
    };
    let unchecked = |link: usize, reason| Failure::Unchecked { place: Some(statement.link(link)), reason };
    let ranges = statement
        .chain
        .free
        .iter()
        .map(|(name, dimension)| Ok((name.clone(), evaluator.range(dimension)?)))
        .collect::<Eval<Vec<_>>>()
        .map_err(|reason| unchecked(first, reason))?;
    let (assignments, partial) = plan::assignments(&ranges, evaluator.point().seed);
    for letters in &assignments {
        // The right side of a link is the left side of the next one.
        let mut before: Option<(usize, Dense)> = None;
        for &(link, left, right) in &links {
            let mut value = |expr| evaluator.value(expr, letters).map_err(|reason| unchecked(link, reason));
            let left_value = match before.take() {
                Some((side, value)) if side == link => value,
                _ => value(left)?,
            };
            let right_value = value(right)?;
            if let Some(difference) = difference(&left_value, &right_value) {
                return Err(Failure::Refuted(Box::new(Refutation {
                    place: statement.link(link),
                    left: left.clone(),
                    right: right.clone(),
                    sizes: evaluator.point().sizes.clone(),
                    letters: letters.iter().map(|(name, value, _)| (name.clone(), *value)).collect(),
                    difference,
                    claimed: false,
                })));
            }
            before = Some((link + 1, right_value));
        }
    }
    Ok(partial)
}

fn difference(left: &Dense, right: &Dense) -> Option<Difference> {
    if left.axes != right.axes {
        return Some(Difference::Shapes { left: left.axes, right: right.axes });
    }
    let mut place = left.data.iter().zip(&right.data).position(|(a, b)| a != b)?;
    let values = (left.data[place], right.data[place]);
    let mut indices: Vec<usize> = Vec::new();
    for size in left.axes.sizes().iter().rev() {
        indices.push(place % size + 1);
        place /= size;
    }
    indices.reverse();
    Some(Difference::Entry { indices, left: values.0, right: values.1 })
}
