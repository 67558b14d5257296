//! The checked equals sign.
//!
//! Every equality of a derivation is evaluated on both sides at random points, straight from the surface
//! syntax: no stage of the engine is used, so that a mistake in one cannot hide itself here. The points are
//! of a large prime field as long as everything is rational in its data, else of the real numbers, each with
//! a bound of its error.

mod adjoint;
mod admit;
mod cells;
mod claim;
mod conditions;
mod corners;
mod counterexample;
mod degree;
mod dense;
mod differentiate;
mod domain;
mod dual;
mod elementary;
mod eliminate;
mod epsilon;
mod error;
mod evaluate;
mod exponential;
mod field;
mod function;
mod gauss;
mod letters;
mod meter;
mod number;
mod operation;
mod plan;
mod point;
mod power;
mod primitive;
mod proofs;
mod properties;
mod quadrature;
mod real;
mod reconstruct;
mod run;
mod scope;
mod used;
mod verdict;

use std::rc::Rc;

use crate::derivation::Derivation;
use crate::problem::{Operation, Problem, ScalarFunction};
use crate::syntax::ast::{Expr, Name};

pub use admit::{admits, admits_for};
pub use claim::{Equality, Evidence, Judgement, agree, judge, judge_at, judge_within};
pub use counterexample::{Array, Counterexample, about};
pub use dense::{Axes, Dense};
pub use error::{ErrorKind, Eval, EvalError};
pub use evaluate::Evaluator;
pub use field::{Field, Generator, P};
pub use meter::Meter;
pub use number::{Agreement, Number, Range, Value};
pub use plan::{SEED, Trials};
pub use point::{Point, Style};
pub use properties::{conflict, zero_for_certain};
pub use real::Real;
pub use verdict::{Arithmetic, Difference, Failure, Place, Refutation, Summary, Verdict, Verified};

/// Whether two sides are equal for every size, for all values of the free letters given with their ranges.
pub type Prover<'a> = &'a (dyn Fn(&Expr, &Expr, &[(Name, Expr)]) -> bool + Sync);

/// Whether the checker has values of a scalar function by its name, without a formula.
pub fn knows(function: &str) -> bool {
    elementary::Elementary::named(function).is_some()
}

/// The functions that state, under a name of which the checker [has values](knows), a derivative that is not
/// theirs, and no formula.
pub fn restated_wrongly(problem: &Problem) -> Vec<&ScalarFunction> {
    function::restated_wrongly(problem)
}

/// The primitives that state, under a name of which the checker has values, a derivative that is not theirs.
pub fn restated_primitives(problem: &Problem) -> Vec<&Operation> {
    primitive::restated_wrongly(problem)
}

/// Checks every equality of every chain and every answer.
///
/// At the derivation's own sizes where it has some, else at several assignments of unequal sizes; the free
/// letters of a chain run over all their values. `prove` may lift an equality of an open derivation to
/// [`Verdict::Proved`]; it never replaces the evaluation, beside which it is asked on a thread of its own where there can
/// be one. The same seed gives the same result.
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
    let unchecked = |reason: EvalError| Failure::Unchecked { place: None, reason };
    let introduced = plan::introduced(problem, &derivation).map_err(unchecked)?;
    let problem = &used::used(problem, &derivation, &introduced);
    let reals = domain::needs_reals(problem, &sides(&derivation), &introduced);
    let plan = plan::plan(problem, &derivation, seed, reals).map_err(unchecked)?;
    let statements = run::statements(&derivation);
    let checking = run::Checking {
        problem,
        introduced: &introduced,
        statements: &statements,
        seed,
        corners: Rc::new([]),
        degree: 0,
        meter: None,
    };
    let evaluate = || {
        evaluated(&checking, reals, plan).map_err(|failure| match failure {
            Failure::Refuted(mut refutation) => {
                let free = statements.iter().find(|statement| statement.holds(refutation.place));
                refutation.claimed = derivation.sizes.is_none()
                    && free.is_some_and(|statement| {
                        prove(&refutation.left, &refutation.right, &statement.chain.free)
                    });
                Failure::Refuted(refutation)
            }
            other => other,
        })
    };
    let (found, verdicts) = match derivation.sizes {
        None => proofs::while_evaluating(&statements, prove, evaluate),
        Some(_) => (evaluate(), proofs::none(&statements)),
    };
    let (done, degree, error_exponent) = found?;
    let proved = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Proved).count();
    let summary = Summary {
        proved,
        checked: verdicts.len() - proved,
        seed,
        points: done.points,
        error_exponent,
        sizes: done.sizes,
        degree,
        sampled: done.sampled,
        arithmetic: if reals {
            Arithmetic::Reals { digits: run::digits(done.tolerance) }
        } else {
            Arithmetic::Exact
        },
    };
    Ok(Verified { derivation, verdicts, summary })
}

/// All points, more of them where a high degree makes a few say little; with the degree and the exponent of the error's
/// bound, both 0 in real numbers.
fn evaluated(
    checking: &run::Checking<'_>,
    reals: bool,
    mut plan: plan::Plan,
) -> Result<(run::Done, u64, u32), Failure> {
    if reals {
        return Ok((checking.all::<Real>(&plan)?, 0, 0));
    }
    let links: usize = checking.statements.iter().map(|statement| statement.links().count()).sum();
    loop {
        let done = checking.all::<Field>(&plan)?;
        let mut degrees = degree::Degrees::new(checking.problem, checking.introduced, done.terms, 0);
        let sides = checking.statements.iter().flat_map(run::Statement::links);
        let degree = sides.map(|(_, left, right)| degrees.of(left).difference(degrees.of(right)));
        let degree = degree.max().unwrap_or(0);
        let exponent = plan::error_exponent(degree, links * done.sizes.len(), plan.each);
        if !plan.widen(degree, exponent) {
            return Ok((done, degree, exponent));
        }
    }
}

/// Both sides of everything that a derivation states.
fn sides(derivation: &Derivation) -> Vec<&Expr> {
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    let chains = steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
    chains
        .flat_map(|chain| std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, side)| side)))
        .chain(derivation.answers.iter().flat_map(|answer| [&answer.goal, &answer.value]))
        .collect()
}
