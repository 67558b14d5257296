//! A claimed equality, decided at points: equal at all of them, different at one, or not to be decided.

use std::rc::Rc;

use super::corners;
use super::counterexample::{Counterexample, Search};
use super::degree::Degrees;
use super::domain;
use super::error::{ErrorKind, Eval, EvalError};
use super::field::Field;
use super::meter::{self, Meter};
use super::number::Number;
use super::plan::{self, Plan, Trials};
use super::point::Point;
use super::real::Real;
use super::run::{self, Checking, Done, Statement};
use super::verdict::{Arithmetic, Failure, Place};
use crate::derivation::Chain;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, Name};

/// One equality of a claim, with the letters that are free in it and their ranges.
#[derive(Clone, Copy, Debug)]
pub struct Equality<'a> {
    pub left: &'a Expr,
    pub right: &'a Expr,
    pub free: &'a [(Name, Expr)],
}

/// What evaluation found.
#[derive(Clone, Debug)]
pub enum Judgement {
    Equal(Evidence),
    Different(Box<Counterexample>),
    /// Neither: the reason.
    Open(EvalError),
}

/// Where an equality was seen to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Evaluations at a random point, all sizes together.
    pub points: usize,
    pub sizes: Vec<Vec<(Name, usize)>>,
    /// Upper bound of the degree of the difference; 0 in real arithmetic.
    pub degree: u64,
    /// If it is false at one of these sizes, it passed with probability at most 10^-this; 0 says nothing.
    pub error_exponent: u32,
    /// Only a sample of the letters' values was evaluated.
    pub sampled: bool,
    pub arithmetic: Arithmetic,
}

/// Evaluates both sides at random points of several sizes; where they differ, looks for the smallest
/// counterexample. The same seed gives the same result.
pub fn judge(problem: &Problem, equality: Equality<'_>, trials: &Trials) -> Judgement {
    judge_within(problem, equality, trials, &Meter::new(meter::POINTS))
}

/// The same with a bound on the work that is shared with others.
pub fn judge_within(problem: &Problem, equality: Equality<'_>, trials: &Trials, meter: &Meter) -> Judgement {
    let reals = needs_reals(problem, equality);
    let mut reals = reals;
    let found = match reals {
        true => points::<Real>(problem, equality, trials, meter),
        false => points::<Field>(problem, equality, trials, meter).and_then(|found| {
            match beyond_the_prime(problem, equality, &found.0.sizes, trials.seed) {
                Some(failure) => {
                    reals = true;
                    Err(failure)
                }
                None => Ok(found),
            }
        }),
    };
    match found {
        Ok((done, degree, error_exponent)) => Judgement::Equal(Evidence {
            points: done.points,
            degree,
            error_exponent,
            sampled: done.sampled > 0,
            arithmetic: match reals {
                true => Arithmetic::Reals { digits: run::digits(done.tolerance) },
                false => Arithmetic::Exact,
            },
            sizes: done.sizes,
        }),
        Err(Failure::Unchecked { reason, .. }) => Judgement::Open(reason),
        Err(Failure::Refuted(refutation)) => {
            let search = Search::new(problem, equality, trials);
            let found = match reals {
                true => search.smallest::<Real>(&refutation),
                false => search.smallest::<Field>(&refutation),
            };
            match found {
                Ok(found) => Judgement::Different(Box::new(found)),
                Err(reason) => Judgement::Open(reason),
            }
        }
    }
}

/// A claim at one point, and at some letters: the counterexample that it is, or none.
///
/// # Errors
/// Where a side has no value there, or the point is none of the problem's.
pub fn judge_at(
    problem: &Problem,
    equality: Equality<'_>,
    point: Point,
    letters: &[(Name, usize)],
) -> Eval<Option<Counterexample>> {
    let trials = Trials { sizes: (1, 1), points: None, seed: point.seed };
    let search = Search::new(problem, equality, &trials);
    match needs_reals(problem, equality) {
        true => search.described::<Real>(point, letters),
        false => search.described::<Field>(point, letters),
    }
}

/// Whether the two sides agree at a few points: no verdict, but a reason to look closer.
pub fn agree(problem: &Problem, equality: Equality<'_>, trials: &Trials, meter: &Meter) -> bool {
    match needs_reals(problem, equality) {
        true => points::<Real>(problem, equality, trials, meter).is_ok(),
        false => points::<Field>(problem, equality, trials, meter)
            .is_ok_and(|(done, ..)| beyond_the_prime(problem, equality, &done.sizes, trials.seed).is_none()),
    }
}

pub(super) fn needs_reals(problem: &Problem, equality: Equality<'_>) -> bool {
    domain::needs_reals(problem, &[equality.left, equality.right], &[])
}

fn points<N: Number>(
    problem: &Problem,
    equality: Equality<'_>,
    trials: &Trials,
    meter: &Meter,
) -> Result<(Done, u64, u32), Failure> {
    let statements = [statement(equality)];
    let sides = [equality.left, equality.right];
    let corners: Rc<[_]> = corners::values(problem, &sides).into();
    let above = corners::degree(problem, &sides);
    let checking = Checking {
        problem,
        introduced: &[],
        statements: &statements,
        seed: trials.seed,
        corners,
        degree: above,
        meter: Some(meter),
    };
    let unchecked = |reason| Failure::Unchecked { place: None, reason };
    let mut plan = Plan::of_claim(problem, trials, N::ORDERED).map_err(unchecked)?;
    let mut before = None;
    loop {
        let done = match (checking.all::<N>(&plan), before.take()) {
            // More points were too many: what fewer have shown stands.
            (Ok(_), Some(before)) if meter.is_spent() => return Ok(before),
            (Err(Failure::Unchecked { reason, .. }), Some(before)) if reason.kind == ErrorKind::Limit => {
                return Ok(before);
            }
            (done, _) => done?,
        };
        if N::ORDERED {
            return Ok((done, 0, 0));
        }
        let mut degrees = Degrees::new(problem, &[], done.terms, above);
        let degree = degrees.of(equality.left).difference(degrees.of(equality.right));
        let exponent = plan::error_exponent(degree, done.sizes.len(), plan.each);
        if trials.points.is_some() || !plan.widen(degree, exponent) {
            return match exponent {
                // A residue of so high a degree says nothing.
                0 => Err(unchecked(EvalError::limit("the degree of a claim"))),
                _ => Ok((done, degree, exponent)),
            };
        }
        before = Some((done, degree, exponent));
    }
}

/// Multiples of the prime are zero in the field and nowhere else: what is equal there is seen in real numbers once more,
/// at few points. What these do not decide they do not refute.
fn beyond_the_prime(
    problem: &Problem,
    equality: Equality<'_>,
    sizes: &[Vec<(Name, usize)>],
    seed: u64,
) -> Option<Failure> {
    let statements = [statement(equality)];
    let sides = [equality.left, equality.right];
    let degree = corners::degree(problem, &sides);
    let (corners, meter) = (Rc::new([]), Meter::besides());
    let meter = Some(&meter);
    let checking =
        Checking { problem, introduced: &[], statements: &statements, seed, corners, degree, meter };
    let found = checking.once::<Real>(sizes.first()?);
    found.err().filter(|failure| matches!(failure, Failure::Refuted(_)))
}

pub(super) fn statement(equality: Equality<'_>) -> Statement {
    let chain = Chain::new(equality.left.clone()).equals(equality.right.clone()).over(equality.free);
    Statement::new(Place::Answer(0), chain)
}
