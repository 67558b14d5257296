//! The equalities of a derivation, one point after the other.

use std::rc::Rc;

use num_rational::BigRational;

use super::conditions;
use super::dense::Dense;
use super::eliminate::eliminated;
use super::error::{ErrorKind, Eval, EvalError};
use super::evaluate::Evaluator;
use super::field::Generator;
use super::meter::Meter;
use super::number::{Agreement, Number};
use super::plan::{self, Plan};
use super::point::{Point, Style};
use super::real::Real;
use super::verdict::{Difference, Failure, Place, Refutation};
use crate::derivation::{Chain, Derivation, Relation};
use crate::problem::Problem;
use crate::syntax::ast::{Expr, Name};

/// Points drawn instead of one at which something has no value.
const TRIES: usize = 128;
/// Points at corners that a claim is tried at.
const CORNERS: usize = 48;
/// Corners are looked for at sizes up to this, or at the first ones.
const CORNER_SIZE: usize = 3;

/// One chain to check; an answer is a chain of two.
pub struct Statement {
    place: Place,
    pub chain: Chain,
}

impl Statement {
    pub fn new(place: Place, chain: Chain) -> Statement {
        let first = eliminated(&chain.first);
        let rest = chain.rest.iter().map(|(relation, side)| (*relation, eliminated(side))).collect();
        Statement { place, chain: Chain { first, rest, ..chain } }
    }

    pub fn link(&self, link: usize) -> Place {
        match self.place {
            Place::Step { section, step, display, chain, .. } => {
                Place::Step { section, step, display, chain, link }
            }
            answer => answer,
        }
    }

    /// Whether a place is one of this chain's.
    pub fn holds(&self, place: Place) -> bool {
        self.links().any(|(link, ..)| self.link(link) == place)
    }

    /// The equalities: position, left and right side.
    pub fn links(&self) -> impl Iterator<Item = (usize, &Expr, &Expr)> {
        let sides = std::iter::once(&self.chain.first).chain(self.chain.rest.iter().map(|(_, side)| side));
        let links = sides.zip(&self.chain.rest).enumerate();
        links
            .filter(|(_, (_, (relation, _)))| *relation == Relation::Equal)
            .map(|(link, (left, (_, right)))| (link, left, right))
    }
}

/// What all points are checked with.
pub struct Checking<'a> {
    pub problem: &'a Problem,
    pub introduced: &'a [(Name, Expr)],
    pub statements: &'a [Statement],
    pub seed: u64,
    /// Zeros, ties and numbers at which claims are tried besides; none for derivations.
    pub corners: Rc<[BigRational]>,
    /// The degree of unknown functions above 3.
    pub degree: u32,
    /// Of the points of a claim, all together.
    pub meter: Option<&'a Meter>,
}

/// What was done.
#[derive(Default)]
pub struct Done {
    pub sizes: Vec<Vec<(Name, usize)>>,
    pub points: usize,
    /// Equalities of which only a sample of the letters' values was evaluated.
    pub sampled: usize,
    /// The widest bound within which two sides are equal.
    pub tolerance: f64,
    /// No sum had more terms.
    pub terms: usize,
    /// Per statement and link: both sides were zero everywhere.
    idle: Vec<bool>,
}

/// What one point told.
#[derive(Default)]
struct Told {
    sampled: usize,
    tolerance: f64,
    terms: usize,
    /// Per statement and link, in order: both sides were zero, or nothing but rounding.
    idle: Vec<bool>,
}

impl Done {
    fn add(&mut self, told: &Told) {
        if self.points == 0 {
            self.sampled = told.sampled;
            self.idle.clone_from(&told.idle);
        }
        self.points += 1;
        self.terms = self.terms.max(told.terms);
        self.tolerance = self.tolerance.max(told.tolerance);
        for (idle, here) in self.idle.iter_mut().zip(&told.idle) {
            *idle &= here;
        }
    }
}

impl Checking<'_> {
    /// All points of a plan.
    ///
    /// # Errors
    /// The first equality that is refuted; the last reason why there is no value at any point.
    pub fn all<N: Number>(&self, plan: &Plan) -> Result<Done, Failure> {
        let mut generator = Generator::keyed(self.seed, "points", 0);
        let mut done = Done::default();
        let mut last = None;
        let mut limit = None;
        // Where the work is too much for the sizes that are wanted, the smallest say something too.
        for (sizes, small) in plan.candidates.iter().map(|sizes| (sizes, false)).chain(plan.small()) {
            if small && (limit.is_none() || done.sizes.contains(sizes)) || !small && limit.is_some() {
                continue;
            }
            if done.sizes.len() == plan.wanted {
                break;
            }
            let met = if N::ORDERED { Ok(()) } else { self.can_be_met(sizes, plan) };
            match met.and_then(|()| self.at_sizes::<N>(sizes, plan, &mut generator)) {
                Ok(told) => {
                    done.sizes.push(sizes.clone());
                    told.iter().for_each(|told| done.add(told));
                }
                Err(failure) if plan.skips(kind(&failure)) => last = Some(failure),
                Err(failure) if kind(&failure) == Some(ErrorKind::Limit) && self.meter.is_some() => {
                    limit = Some(failure);
                    if small {
                        break;
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some(failure) = limit
            && !done.sizes.iter().any(|sizes| plan.tells(sizes))
        {
            return Err(failure);
        }
        if let (Some(failure), true) = (last, done.sizes.is_empty()) {
            return Err(failure);
        }
        if N::ORDERED {
            self.awaken::<N>(&mut done, &mut generator)?;
            self.corner::<N>(&mut done, plan, &mut generator)?;
        }
        Ok(done)
    }

    /// Whether inequalities, which restrict nothing in a field, can be met at these sizes: that is seen in real numbers.
    fn can_be_met(&self, sizes: &[(Name, usize)], plan: &Plan) -> Result<(), Failure> {
        if !conditions::has_inequalities(self.problem) {
            return Ok(());
        }
        let mut generator = Generator::keyed(self.seed, "inequalities", 0);
        let meter = self.meter.map(|_| Meter::besides());
        let corners = Rc::clone(&self.corners);
        let met = Checking { statements: &[], meter: meter.as_ref(), corners, ..*self };
        let mut seen = Ok(Told::default());
        for reflected in &plan.reflected {
            seen = met.somewhere::<Real>(sizes, Style::Mixed, reflected, &mut generator);
            if seen.is_ok() {
                break;
            }
        }
        seen.map(|_| ())
    }

    /// Where `relu` and its like are flat, both sides are zero whatever is claimed: a link that was zero at
    /// every point is tried at more of them, where it need not be.
    fn awaken<N: Number>(&self, done: &mut Done, generator: &mut Generator) -> Result<(), Failure> {
        for sizes in &done.sizes.clone() {
            for style in [Style::Positive, Style::Small, Style::Mixed] {
                if !done.idle.contains(&true) {
                    return Ok(());
                }
                let point = self.point(sizes, style, &[], generator);
                match self.at_point::<N>(point) {
                    Ok(told) => done.add(&told),
                    Err(failure @ Failure::Refuted(_)) => return Err(failure),
                    // It had values elsewhere.
                    Err(Failure::Unchecked { .. }) => {}
                }
            }
        }
        Ok(())
    }

    /// Points where a claim may fail although it holds all around; where something has no value there, nothing is told.
    fn corner<N: Number>(
        &self,
        done: &mut Done,
        plan: &Plan,
        generator: &mut Generator,
    ) -> Result<(), Failure> {
        if self.corners.is_empty() {
            return Ok(());
        }
        let styles = [Style::Corner, Style::Corner, Style::Wide, Style::Mixed];
        let small = done.sizes.iter().filter(|sizes| sizes.iter().all(|(_, size)| *size <= CORNER_SIZE));
        let sizes: Vec<_> = small.cloned().chain(done.sizes.first().cloned()).take(2).collect();
        for (at, style) in sizes.iter().cycle().zip(styles.iter().cycle().take(CORNERS)) {
            let reflected = plan.reflected[generator.below(plan.reflected.len())].clone();
            match self.at_point::<N>(self.point(at, *style, &reflected, generator)) {
                Ok(told) => done.add(&told),
                Err(failure @ Failure::Refuted(_)) => return Err(failure),
                Err(Failure::Unchecked { .. }) => {}
            }
        }
        Ok(())
    }

    /// At two points of these sizes; no other is tried.
    pub fn once<N: Number>(&self, sizes: &[(Name, usize)]) -> Result<(), Failure> {
        let mut generator = Generator::keyed(self.seed, "once", 0);
        for style in [Style::Whole(3), Style::Positive] {
            self.at_point::<N>(self.point(sizes, style, &[], &mut generator))?;
        }
        Ok(())
    }

    fn point(
        &self,
        sizes: &[(Name, usize)],
        style: Style,
        reflected: &[Name],
        generator: &mut Generator,
    ) -> Point {
        let (corners, degree) = (Rc::clone(&self.corners), self.degree);
        let reflected = reflected.to_vec();
        Point { style, reflected, corners, degree, ..Point::new(sizes.to_vec(), generator.number()) }
    }

    fn at_sizes<N: Number>(
        &self,
        sizes: &[(Name, usize)],
        plan: &Plan,
        generator: &mut Generator,
    ) -> Result<Vec<Told>, Failure> {
        let styles = [Style::Mixed, Style::Positive].into_iter().cycle().take(plan.each as usize);
        let points = styles.flat_map(|style| plan.reflected.iter().map(move |reflected| (style, reflected)));
        points.map(|(style, reflected)| self.somewhere::<N>(sizes, style, reflected, generator)).collect()
    }

    /// At the first point drawn where everything has a value and is decided.
    fn somewhere<N: Number>(
        &self,
        sizes: &[(Name, usize)],
        first: Style,
        reflected: &[Name],
        generator: &mut Generator,
    ) -> Result<Told, Failure> {
        // Positive values are in most domains and cancel least.
        let mut styles = [Style::Positive, Style::Small, Style::Mixed].into_iter().cycle();
        let mut style = first;
        for attempt in 0.. {
            let point = self.point(sizes, style, reflected, generator);
            let failure = match self.at_point::<N>(point) {
                Ok(told) => return Ok(told),
                Err(failure) => failure,
            };
            match kind(&failure) {
                Some(ErrorKind::Point) if attempt < TRIES => {}
                Some(ErrorKind::Domain | ErrorKind::Assumed) if attempt < TRIES => {
                    style = styles.next().unwrap_or(first)
                }
                _ => return Err(failure),
            }
        }
        Err(Failure::Unchecked { place: None, reason: EvalError::limit("points") })
    }

    fn at_point<N: Number>(&self, point: Point) -> Result<Told, Failure> {
        let mut evaluator = Evaluator::<N>::new(self.problem, self.introduced, point).within(self.meter);
        evaluator.conditions().map_err(|reason| Failure::Unchecked { place: None, reason })?;
        let mut told = Told::default();
        for statement in self.statements {
            check(&mut evaluator, statement, &mut told)?;
        }
        told.terms = evaluator.terms;
        Ok(told)
    }
}

fn kind(failure: &Failure) -> Option<ErrorKind> {
    match failure {
        Failure::Unchecked { reason, .. } => Some(reason.kind),
        Failure::Refuted(_) => None,
    }
}

/// `k` with a tolerance of at most 10^-k, in steps so wide that the last digits, which differ between
/// platforms, do not show.
pub fn digits(tolerance: f64) -> u32 {
    match tolerance {
        _ if tolerance <= 1e-12 => 12,
        _ if tolerance <= 1e-9 => 9,
        _ => 6,
    }
}

/// Every chain and every answer, in order.
pub fn statements(derivation: &Derivation) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (section, content) in derivation.sections.iter().enumerate() {
        for (step, content) in content.steps.iter().enumerate() {
            for (display, content) in content.displays.iter().enumerate() {
                for (number, chain) in content.chains.iter().enumerate() {
                    let place = Place::Step { section, step, display, chain: number, link: 0 };
                    statements.push(Statement::new(place, chain.clone()));
                }
            }
        }
    }
    for (number, answer) in derivation.answers.iter().enumerate() {
        let chain = Chain::new(answer.goal.clone()).equals(answer.value.clone()).over(&answer.free);
        statements.push(Statement::new(Place::Answer(number), chain));
    }
    statements
}

/// Evaluates the equalities of one chain at one point.
fn check<N: Number>(
    evaluator: &mut Evaluator<'_, N>,
    statement: &Statement,
    told: &mut Told,
) -> Result<(), Failure> {
    let links: Vec<_> = statement.links().collect();
    let Some(&(first, ..)) = links.first() else {
        return Ok(());
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
    let mut idle = vec![true; links.len()];
    for (number, letters) in assignments.iter().enumerate() {
        // The right side of a link is the left side of the next one.
        let mut before: Option<(usize, Dense<N>)> = None;
        for (&(link, left, right), idle) in links.iter().zip(&mut idle) {
            let mut value = |expr| {
                let value = match number {
                    0 => evaluator.value(expr, letters),
                    _ => evaluator.settled(expr, letters),
                };
                value.map_err(|reason| unchecked(link, reason))
            };
            let left_value = match before.take() {
                Some((side, value)) if side == link => value,
                _ => value(left)?,
            };
            let right_value = value(right)?;
            match difference(&left_value, &right_value) {
                Ok(tolerance) => {
                    told.tolerance = told.tolerance.max(tolerance);
                    *idle &= left_value.data.iter().all(|value| value.may_be_zero());
                }
                Err(None) => return Err(unchecked(link, EvalError::undecided())),
                Err(Some(difference)) => {
                    return Err(Failure::Refuted(Box::new(Refutation {
                        place: statement.link(link),
                        left: left.clone(),
                        right: right.clone(),
                        point: evaluator.point().clone(),
                        letters: letters.iter().map(|(name, value, _)| (name.clone(), *value)).collect(),
                        difference: *difference,
                        claimed: false,
                    })));
                }
            }
            before = Some((link + 1, right_value));
        }
    }
    told.sampled += usize::from(partial);
    told.idle.extend(idle);
    Ok(())
}

/// The bound within which both are equal, or where they differ; no difference where it is undecided.
fn difference<N: Number>(left: &Dense<N>, right: &Dense<N>) -> Result<f64, Option<Box<Difference>>> {
    if left.axes != right.axes {
        return Err(Some(Box::new(Difference::Shapes { left: left.axes, right: right.axes })));
    }
    let mut place = match N::agreement(&left.data, &right.data) {
        Agreement::Equal(bound) => return Ok(bound),
        Agreement::Undecided => return Err(None),
        Agreement::Different(place) => place,
    };
    let values = (left.data[place].shown(), right.data[place].shown());
    let mut indices: Vec<usize> = Vec::new();
    for size in left.axes.sizes().iter().rev() {
        indices.push(place % size + 1);
        place /= size;
    }
    indices.reverse();
    Err(Some(Box::new(Difference::Entry { indices, left: values.0, right: values.1 })))
}
