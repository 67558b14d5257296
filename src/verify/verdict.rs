//! What the checker found, and its wording in one sentence.

use super::dense::Axes;
use super::error::{ErrorKind, EvalError};
use super::number::Value;
use super::point::Point;
use crate::derivation::Derivation;
use crate::diagnostic::{self, Diagnostic};
use crate::syntax::ast::{Expr, Name};

/// A derivation whose every equality was checked. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Verified {
    pub(super) derivation: Derivation,
    pub(super) verdicts: Vec<(Place, Verdict)>,
    pub(super) summary: Summary,
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
    /// What all points were drawn from.
    pub seed: u64,
    /// Evaluations at a random point, all sizes together.
    pub points: usize,
    /// Every assignment of sizes, once.
    pub sizes: Vec<Vec<(Name, usize)>>,
    /// Upper bound of the degree of all differences; 0 in real arithmetic.
    pub degree: u64,
    /// If any equality is false at one of these sizes, it passes with probability at most 10^-this; no claim
    /// in real arithmetic, where this is 0.
    pub error_exponent: u32,
    /// Equalities whose letters have too many values: a sample of them was evaluated.
    pub sampled: usize,
    pub arithmetic: Arithmetic,
}

/// The numbers that the equalities were evaluated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// A prime field, where a difference is zero or is not.
    Exact,
    /// Floats with error bounds; all sides are equal within 10^-`digits`, relative to the larger of 1 and
    /// their largest entry.
    Reals { digits: u32 },
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
    pub point: Point,
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
        left: Value,
        right: Value,
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
        let points = summary.points;
        let how = match summary.arithmetic {
            Arithmetic::Exact if summary.error_exponent == 0 => format!(
                "in exact arithmetic modulo 2^61 - 1 at {points} random points{at} (the degrees are too high \
                 for a bound of the probability that a false one passes)"
            ),
            Arithmetic::Exact => format!(
                "in exact arithmetic modulo 2^61 - 1 at {points} random points{at} (a false one passes with \
                 probability below 10^-{})",
                summary.error_exponent
            ),
            Arithmetic::Reals { digits } => {
                // No probability bounds what a point says of others; a proof needs none.
                let only = if summary.checked > 0 { "; what is not proved is known there alone" } else { "" };
                format!(
                    "in real arithmetic with error bounds at {points} random points{at} (both sides agree within \
                     these bounds, at most 10^-{digits} of the largest entry or of 1{only})"
                )
            }
        };
        let sampled = match summary.sampled {
            0 => String::new(),
            count => format!(", {count} of them for a sample of their indices,"),
        };
        format!("{}; all evaluated{sampled} {how}.", parts.join(", "))
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
                let mut at = pairs(&refutation.point.sizes);
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
                let exact = matches!(refutation.difference, Difference::Entry { left: Value::Exact(_), .. });
                diagnostic::refuted(sides, &at.join(", "), indices, values, exact, refutation.claimed)
            }
            Failure::Unchecked { reason, .. } => diagnostic::unchecked(
                &reason.reason,
                matches!(reason.kind, ErrorKind::Domain | ErrorKind::Assumed),
            ),
        }
    }
}
