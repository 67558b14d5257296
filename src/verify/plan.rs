//! Where to evaluate: sizes, points and values of letters; and what that is worth.

use rustc_hash::FxHashSet;

use super::conditions;
use super::error::{ErrorKind, Eval, EvalError};
use super::field::Generator;
use super::letters::children;
use super::point::Point;
use super::properties;
use crate::derivation::{Chain, Derivation};
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name, Property};

/// Assignments of sizes for an open derivation.
const ASSIGNMENTS: usize = 3;
/// An explicit derivation with a larger matrix than this many cells is evaluated at one point.
const CELLS: usize = 400;
/// Orthogonal variables of which all determinants are tried.
const ORTHOGONAL: usize = 4;
/// Values of free letters that are all tried; beyond, as many are drawn.
const LETTERS: usize = 1 << 12;

/// Points at each assignment where values are real: piecewise functions have several pieces.
const REAL_POINTS: u32 = 2;
/// A false equality should pass with probability at most 10^-this.
const WANTED: u32 = 9;
/// Assignments to fall back to where some dimension is not positive.
const SPARE: usize = 12;

/// How hard a claim is tried.
#[derive(Clone, Copy, Debug)]
pub struct Trials {
    /// The least and the greatest size of a dimension.
    pub sizes: (usize, usize),
    /// Points at each assignment of sizes.
    pub points: Option<u32>,
    pub seed: u64,
}

impl Default for Trials {
    /// Those of the command: sizes from 1 to 5, as many points as a small error bound needs.
    fn default() -> Trials {
        Trials { sizes: (1, 5), points: None, seed: SEED }
    }
}

/// Seed of the random points: fixed, so that output is the same in every run.
pub const SEED: u64 = 0x656e_7472_7977_6973;

pub struct Plan {
    /// Assignments of sizes to try, in this order.
    pub candidates: Vec<Vec<(Name, usize)>>,
    /// How many of them are wanted.
    pub wanted: usize,
    /// Points at each assignment of sizes and choice of determinants.
    pub each: u32,
    /// The orthogonal variables of the other determinant, once for each choice. A determinant of 1 or -1 is
    /// no matter of chance: an equality may hold for one of them alone.
    pub reflected: Vec<Vec<Name>>,
    /// The smallest sizes, in the order of their sum, for a claim that takes too much work at others.
    small: Vec<Vec<(Name, usize)>>,
    /// Dimensions of which a size of 1 alone says little, as much commutes there: larger ones are allowed.
    free: Vec<Name>,
    /// Sizes at which a place that is named by a number does not exist, or at which the sides have no values, are passed
    /// over.
    places: bool,
}

impl Plan {
    /// For a claim: unequal sizes where there is room, the least sizes among them.
    pub fn of_claim(problem: &Problem, trials: &Trials, reals: bool) -> Eval<Plan> {
        let each = trials.points.unwrap_or(if reals { REAL_POINTS } else { 1 });
        let open = problem.dimensions.keys().any(|name| !problem.sizes.contains_key(name));
        let candidates = claim_sizes(problem, trials);
        let each = if open || trials.points.is_some() { each } else { ASSIGNMENTS as u32 * each };
        if candidates.is_empty() {
            let never =
                problem.quantities.values().find(|known| properties::never(known, problem, trials.sizes));
            return Err(match never {
                Some(quantity) => EvalError::properties(&quantity.name),
                None => EvalError::limit("the search for sizes that meet every assumption and dimension"),
            });
        }
        let names = problem.dimensions.keys().filter(|name| !problem.sizes.contains_key(*name)).count();
        // All sizes of one dimension, and many pairs of two: an identity in the sizes themselves may hold at a few.
        let wanted = candidates.len().min(if names < 3 { ASSIGNMENTS + SPARE } else { ASSIGNMENTS + 1 });
        let small = small_sizes(problem, trials);
        let larger = |name: &&Name| trials.sizes.1 > 1 && !problem.sizes.contains_key(*name);
        let free = problem.dimensions.keys().filter(larger).cloned().collect();
        Ok(Plan { candidates, wanted, each, reflected: determinants(problem)?, small, free, places: true })
    }

    pub fn small(&self) -> impl Iterator<Item = (&Vec<(Name, usize)>, bool)> {
        self.small.iter().map(|sizes| (sizes, true))
    }

    /// Whether an equality may be called checked that was seen at these sizes alone.
    pub fn tells(&self, sizes: &[(Name, usize)]) -> bool {
        sizes.iter().all(|(name, size)| *size > 1 || !self.free.contains(name))
    }

    /// Whether an assignment of sizes at which this happens is passed over.
    pub fn skips(&self, kind: Option<ErrorKind>) -> bool {
        match kind {
            Some(ErrorKind::Sizes | ErrorKind::Assumed) => true,
            Some(ErrorKind::Place | ErrorKind::Point | ErrorKind::Domain) => self.places,
            _ => false,
        }
    }

    /// More points at each assignment where a high degree makes a few say little; false where that is not so
    /// or would not help.
    pub fn widen(&mut self, degree: u64, exponent: u32) -> bool {
        let widen = exponent < WANTED && degree < 1 << 54 && self.each < 16;
        if widen {
            self.each *= 2;
        }
        widen
    }
}

/// Definitions that the answers add, each name with one meaning.
pub fn introduced(problem: &Problem, derivation: &Derivation) -> Eval<Vec<(Name, Expr)>> {
    let mut result: Vec<(Name, Expr)> = Vec::new();
    for (name, value) in derivation.answers.iter().flat_map(|answer| &answer.introduced) {
        // A prepared problem has the definition already; in other words, it is an equality like any other.
        let defined = problem.quantities.get(name).and_then(|quantity| quantity.definition.as_ref());
        if defined == Some(value) || defined.is_some() && stated(derivation, name, value) {
            continue;
        }
        let clash = match result.iter().find(|(known, _)| known == name) {
            Some((_, known)) if known == value => continue,
            known => {
                known.is_some()
                    || problem.quantities.contains_key(name)
                    || problem.dimensions.contains_key(name)
            }
        };
        if clash {
            return Err(EvalError::unsupported(format!("two meanings of `{name}`")));
        }
        result.push((name.clone(), value.clone()));
    }
    Ok(result)
}

/// Whether a step states that a name equals a value.
fn stated(derivation: &Derivation, name: &Name, value: &Expr) -> bool {
    let wanted = Chain::new(Expr::name(name.clone())).equals(value.clone());
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    steps.flat_map(|step| &step.displays).any(|display| display.chains.contains(&wanted))
}

pub fn plan(problem: &Problem, derivation: &Derivation, seed: u64, reals: bool) -> Eval<Plan> {
    let each = if reals { REAL_POINTS } else { 1 };
    let (candidates, each) = match &derivation.sizes {
        Some(sizes) => {
            if !conditions::sizes_meet(problem, &Point::new(sizes.clone(), 0)) {
                return Err(EvalError::sizes());
            }
            (vec![sizes.clone()], if is_large(derivation) { 1 } else { 2 * each })
        }
        None if problem.dimensions.is_empty() => (vec![Vec::new()], ASSIGNMENTS as u32 * each),
        None => (open_sizes(problem, seed), each),
    };
    if candidates.is_empty() {
        return Err(EvalError::limit("the search for sizes that meet every assumption and dimension"));
    }
    let wanted = candidates.len().min(ASSIGNMENTS);
    let (small, free) = (Vec::new(), Vec::new());
    Ok(Plan { candidates, wanted, each, reflected: determinants(problem)?, small, free, places: false })
}

fn determinants(problem: &Problem) -> Eval<Vec<Vec<Name>>> {
    let orthogonal: Vec<_> = problem
        .quantities
        .values()
        .filter(|quantity| quantity.properties.contains(&Property::Orthogonal))
        .collect();
    if orthogonal.len() > ORTHOGONAL {
        return Err(EvalError::limit("all determinants of so many orthogonal variables"));
    }
    let choice = |choice: usize| {
        let other = orthogonal.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
        other.map(|(_, quantity)| quantity.name.clone()).collect()
    };
    Ok((0..1 << orthogonal.len()).map(choice).collect())
}

/// Sizes from 2 to 4, all different where there are no more names than that (a wider range where there
/// are), at which every dimension of the problem is positive.
fn open_sizes(problem: &Problem, seed: u64) -> Vec<Vec<(Name, usize)>> {
    let names: Vec<Name> = problem.dimensions.keys().cloned().collect();
    let mut generator = Generator::keyed(seed, "sizes", 0);
    let mut found: Vec<Vec<(Name, usize)>> = Vec::new();
    let mut tried = FxHashSet::default();
    for attempt in 0..3000 {
        // Only dimensions far apart need more room.
        let width = names.len().max(3) + attempt / 500 * 2;
        // Assumptions may ask for equal ones.
        let distinct = attempt < 2000;
        if tried.len() >= choices(width, names.len(), distinct) {
            generator.pass_over(names.len());
            continue;
        }
        let mut pool: Vec<usize> = (2..2 + width).collect();
        let mut sizes = Vec::with_capacity(names.len());
        for name in &names {
            let pick = generator.below(pool.len());
            let size = if distinct { pool.swap_remove(pick) } else { pool[pick] };
            sizes.push((name.clone(), size));
        }
        if !tried.insert(sizes.clone()) {
            continue;
        }
        let point = Point::new(sizes, 0);
        if point.fits(problem) && conditions::sizes_meet(problem, &point) {
            found.push(point.sizes);
            if found.len() == ASSIGNMENTS + SPARE {
                break;
            }
        }
    }
    found
}

/// Sizes of a claim, all different where there is room and none of them 1 as long as that is so; then the least of
/// all, and any. Sizes that the file gives are kept.
fn claim_sizes(problem: &Problem, trials: &Trials) -> Vec<Vec<(Name, usize)>> {
    let (least, most) = trials.sizes;
    let names: Vec<&Name> = problem.dimensions.keys().collect();
    let free = names.iter().filter(|name| !problem.sizes.contains_key(**name)).count();
    let mut generator = Generator::keyed(trials.seed, "sizes of a claim", 0);
    let mut found: Vec<Vec<(Name, usize)>> = Vec::new();
    let mut tried = FxHashSet::default();
    // Kept to the end, to follow the unequal ones.
    let mut small = Vec::new();
    for attempt in 0..2000 {
        let from = if most > least { least.max(2) } else { least };
        let pool: Vec<usize> =
            if attempt < 1000 { (from..=most).collect() } else { (least..=most).collect() };
        let distinct = attempt < 1000 && pool.len() >= free;
        // The least sizes of the first attempt may be none of the pool's.
        if tried.len() >= choices(pool.len(), free, distinct) + usize::from(attempt < 1000) {
            generator.pass_over(free);
            continue;
        }
        let mut left = pool.clone();
        let mut sizes = Vec::with_capacity(names.len());
        for name in &names {
            let size = match problem.sizes.get(*name) {
                Some(size) => *size,
                None if attempt == 0 => least,
                None if distinct => left.swap_remove(generator.below(left.len())),
                None => pool[generator.below(pool.len())],
            };
            sizes.push(((*name).clone(), size));
        }
        if !tried.insert(sizes.clone()) {
            continue;
        }
        let point = Point::new(sizes, 0);
        let fits = problem.quantities.values().all(|quantity| properties::possible(quantity, &point));
        if !fits || !conditions::sizes_meet(problem, &point) {
            continue;
        }
        match attempt {
            0 => small.push(point.sizes),
            _ => found.push(point.sizes),
        }
        if found.len() == ASSIGNMENTS + SPARE || names.len() == problem.sizes.len() {
            break;
        }
    }
    let place = found.len().min(ASSIGNMENTS);
    found.splice(place..place, small);
    found
}

/// In how many ways so many are picked of a pool, one after another.
fn choices(pool: usize, picks: usize, distinct: bool) -> usize {
    let left = |pick: usize| if distinct { pool.saturating_sub(pick) } else { pool };
    (0..picks).map(left).fold(1, usize::saturating_mul)
}

/// All dimensions of the least size; then of few sizes from 2 on, in turn.
fn small_sizes(problem: &Problem, trials: &Trials) -> Vec<Vec<(Name, usize)>> {
    let (least, most) = trials.sizes;
    let from = least.max(2).min(most);
    let mut found: Vec<Vec<(Name, usize)>> = Vec::new();
    for (from, count) in std::iter::once((least, 1)).chain((1..=most + 1 - from).map(|count| (from, count))) {
        let mut place = 0;
        let sizes = problem.dimensions.keys().map(|name| {
            let size = problem.sizes.get(name).copied().unwrap_or_else(|| {
                place += 1;
                from + (place - 1) % count
            });
            (name.clone(), size)
        });
        let point = Point::new(sizes.collect(), 0);
        if !found.contains(&point.sizes) && point.fits(problem) && conditions::sizes_meet(problem, &point) {
            found.push(point.sizes);
        }
    }
    found
}

fn is_large(derivation: &Derivation) -> bool {
    fn large(expr: &Expr, depth: usize) -> bool {
        let cells = match &expr.kind {
            ExprKind::Matrix(rows) => rows.iter().map(Vec::len).sum(),
            ExprKind::Table(table) => table.rows.saturating_mul(table.columns),
            _ => 0,
        };
        let mut found = cells > CELLS;
        // Evaluation refuses what is deeper than it follows.
        if depth < 200 {
            children(expr, &mut |child| found = found || large(child, depth + 1));
        }
        found
    }
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    let chains = steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
    chains
        .flat_map(|chain| std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, side)| side)))
        .any(|side| large(side, 0))
        || derivation.answers.iter().any(|answer| large(&answer.value, 0))
}

/// Free letters, each with its value and its range.
pub type Assignment = Vec<(Name, usize, usize)>;

/// Values for free letters, each with its range: all of them, or a sample (then true), which holds the
/// first and the last.
pub fn assignments(ranges: &[(Name, usize)], seed: u64) -> (Vec<Assignment>, bool) {
    let total = ranges.iter().try_fold(1usize, |total, (_, range)| total.checked_mul(*range));
    let place = |mut number: usize| -> Assignment {
        let mut letters = Vec::with_capacity(ranges.len());
        for (name, range) in ranges.iter().rev() {
            letters.push((name.clone(), number % range + 1, *range));
            number /= range;
        }
        letters.reverse();
        letters
    };
    if let Some(total) = total.filter(|total| *total <= LETTERS) {
        return ((0..total).map(place).collect(), false);
    }
    let mut generator = Generator::keyed(seed, "letters", 0);
    let mut drawn: Vec<Assignment> = vec![place(0)];
    drawn.push(ranges.iter().map(|(name, range)| (name.clone(), *range, *range)).collect());
    while drawn.len() < LETTERS {
        drawn.push(
            ranges.iter().map(|(name, range)| (name.clone(), 1 + generator.below(*range), *range)).collect(),
        );
    }
    (drawn, true)
}

/// `k` such that any of `comparisons` false equalities passes all its `points` with probability at most
/// 10^-k: each point lets it pass with at most `degree / P`, and `P` is above 2^60.
pub fn error_exponent(degree: u64, comparisons: usize, points: u32) -> u32 {
    let bits = |value: u64| u64::BITS - value.saturating_sub(1).leading_zeros();
    let each = 60u32.saturating_sub(bits(degree.max(1)));
    let binary = points.saturating_mul(each).saturating_sub(bits(comparisons.max(1) as u64));
    // log10(2) = 0.30102999…, rounded down.
    (u64::from(binary) * 30102 / 100_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_bound_is_below_the_probability() {
        // degree 8, one comparison, one point: 2^-57 < 10^-17.
        assert_eq!(error_exponent(8, 1, 1), 17);
        assert_eq!(error_exponent(8, 1, 2), 34);
        assert_eq!(error_exponent(u64::MAX, 1, 2), 0);
    }

    #[test]
    fn letters_run_over_all_values_or_a_marked_sample() {
        let letter = |name: &str, range| (Name::from(name), range);
        let (all, partial) = assignments(&[letter("i", 2), letter("j", 3)], 1);
        assert_eq!((all.len(), partial), (6, false));
        assert_eq!((all[5][0].1, all[5][1].1), (2, 3));
        let (some, partial) = assignments(&[letter("i", 100), letter("j", 100)], 1);
        assert!(partial && some.len() == LETTERS);
    }
}
