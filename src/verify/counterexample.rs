//! The smallest counterexample: least sizes first, then whole numbers of few digits, then zeros.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::claim::{Equality, statement};
use super::conditions;
use super::corners;
use super::dense::Dense;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::field::Generator;
use super::meter::{self, Meter};
use super::number::{Agreement, Number, Value};
use super::plan::{self, Trials};
use super::point::{Point, Style};
use super::properties;
use super::real::Real;
use super::reconstruct;
use super::scope::free_names;
use super::verdict::Refutation;
use crate::problem::{HIDDEN, Problem, ScalarFunction};
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Assignments of sizes looked at, the smallest first.
const ASSIGNMENTS: usize = 64;
/// Points at each, for each magnitude.
const POINTS: usize = 6;
/// Whole numbers up to this magnitude.
const MAGNITUDES: [u32; 3] = [1, 2, 5];
/// Evaluations in making one smaller, of a hundred entries; of more there are fewer.
const SHRINKING: usize = 2000;
/// Values of more entries are not listed: they follow from the seed.
const LISTED: usize = 4096;

/// A point at which both sides of a claim have values that differ.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// Of the dimensions that the claim is about.
    pub sizes: Vec<(Name, usize)>,
    /// Of the free letters.
    pub letters: Vec<(Name, usize)>,
    /// Of the variables that the claim is about; empty where they have no short ones.
    pub values: Vec<(Name, Array<BigRational>)>,
    /// Everything else that was drawn, unknown functions above all, follows from these.
    pub seed: u64,
    pub style: Style,
    /// Whether something follows from the seed.
    pub drawn: bool,
    /// The indices of the first entry that differs, from 1.
    pub entry: Vec<usize>,
    pub left: Array<Value>,
    pub right: Array<Value>,
}

/// A matrix, row by row; higher arrays are one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    pub rows: usize,
    pub columns: usize,
    pub entries: Vec<T>,
}

impl<T> Array<T> {
    fn of<N: Number>(value: &Dense<N>, entries: Vec<T>) -> Array<T> {
        let (rows, columns) = match value.axes.sizes() {
            [rows, columns] => (*rows, *columns),
            _ => (1, entries.len()),
        };
        Array { rows, columns, entries }
    }

    pub fn map<U>(&self, map: impl FnMut(&T) -> U) -> Array<U> {
        Array { rows: self.rows, columns: self.columns, entries: self.entries.iter().map(map).collect() }
    }

    pub fn rows(&self) -> impl Iterator<Item = &[T]> {
        self.entries.chunks(self.columns.max(1))
    }
}

impl Counterexample {
    /// The point that it describes.
    pub fn point(&self) -> Point {
        let given = self.values.iter().map(|(name, array)| (name.clone(), array.entries.clone()));
        let (style, given) = (self.style, given.collect());
        Point { style, given, ..Point::new(self.sizes.clone(), self.seed) }
    }
}

/// Both sides at one point and one choice of letters.
enum Found<N> {
    Same,
    Differs { left: Dense<N>, right: Dense<N>, place: usize, letters: Vec<(Name, usize)> },
}

pub struct Search<'a> {
    problem: &'a Problem,
    equality: Equality<'a>,
    trials: &'a Trials,
    /// Everything that the claim is about, through definitions.
    names: Vec<Name>,
    dimensions: Vec<Name>,
    corners: Rc<[BigRational]>,
    /// Of unknown functions, above 3.
    degree: u32,
    /// Of the search for a smaller one.
    meter: Meter,
}

impl<'a> Search<'a> {
    pub fn new(problem: &'a Problem, equality: Equality<'a>, trials: &'a Trials) -> Search<'a> {
        let names = about(problem, [equality.left, equality.right]);
        let shapes = names.iter().filter_map(|name| problem.quantities.get(name));
        let mut dimensions: HashSet<Name> = names.iter().cloned().collect();
        dimensions.extend(
            shapes.flat_map(|known| [&known.shape.rows, &known.shape.columns]).flat_map(|dim| dim.names()),
        );
        let is = |name: &&Name| dimensions.contains(*name);
        let dimensions = problem.dimensions.keys().filter(is).cloned().collect();
        let sides = [equality.left, equality.right];
        let corners = corners::values(problem, &sides).into();
        Search {
            problem,
            equality,
            trials,
            names,
            dimensions,
            corners,
            meter: Meter::besides(),
            degree: corners::degree(problem, &sides),
        }
    }

    /// The smallest that is found; at worst the one given.
    pub fn smallest<N: Number>(&self, known: &Refutation) -> Eval<Counterexample> {
        let mut generator = Generator::keyed(self.trials.seed, "counterexample", 0);
        for sizes in self.assignments(&known.point.sizes) {
            for magnitude in MAGNITUDES {
                for _ in 0..POINTS {
                    if self.meter.is_spent() {
                        return self.again::<N>(known.point.clone());
                    }
                    let point = Point {
                        style: Style::Whole(magnitude),
                        ..Point::new(sizes.clone(), generator.number())
                    };
                    if let Ok(Found::Differs { .. }) = self.compare::<N>(&point, &self.meter) {
                        return self.again::<N>(self.shrunk::<N>(point));
                    }
                }
            }
        }
        self.again::<N>(known.point.clone())
    }

    /// A point where the sides were seen to differ.
    fn again<N: Number>(&self, point: Point) -> Eval<Counterexample> {
        let unstable = || EvalError::unsupported("what is equal at one evaluation and not at the next");
        self.described::<N>(point, &[])?.ok_or_else(unstable)
    }

    /// The counterexample at a point, where some letters may be given; none where both sides are equal.
    ///
    /// # Errors
    /// Where they have no values.
    pub fn described<N: Number>(
        &self,
        point: Point,
        given: &[(Name, usize)],
    ) -> Eval<Option<Counterexample>> {
        let (point, meter) = (self.completed(&point), Meter::new(meter::POINTS));
        let Found::Differs { left, right, place, letters } = self.at_letters::<N>(&point, given, &meter)?
        else {
            return Ok(None);
        };
        let mut indices = Vec::new();
        let mut rest = place;
        for size in left.axes.sizes().iter().rev() {
            indices.push(rest % size + 1);
            rest /= size;
        }
        indices.reverse();
        let short = |values: &Vec<(Name, Array<BigRational>)>| {
            values.iter().map(|(_, array)| array.entries.len()).sum::<usize>() <= LISTED
        };
        let values = self.values::<N>(&point).filter(short);
        // Those that were made smaller follow from no seed.
        let values = values.or_else(|| (!point.given.is_empty()).then(|| self.values::<N>(&point))?);
        let values = values.unwrap_or_default();
        let drawn = values.is_empty() && !self.variables().is_empty()
            || self.names.iter().any(|name| self.is_drawn(name));
        // In real numbers, a field's element at short values is seen to be the number that it stands for.
        let (one, other) = match values.is_empty() && !self.variables().is_empty() {
            true => (None, None),
            false => self.sides_in_reals(&point, &letters),
        };
        let shown = |value: &Dense<N>, real: Option<Dense<Real>>| {
            let entries = value.data.iter().enumerate().map(|(at, entry)| {
                let real = real.as_ref().and_then(|real| real.data.get(at));
                match real {
                    Some(real) if !N::ORDERED => reconstruct::settled(entry.shown(), *real),
                    _ => entry.shown(),
                }
            });
            Array::of(value, entries.collect())
        };
        Ok(Some(Counterexample {
            sizes: self
                .dimensions
                .iter()
                .filter_map(|name| Some((name.clone(), point.size(name)?)))
                .collect(),
            letters,
            values,
            seed: point.seed,
            style: point.style,
            drawn,
            entry: indices,
            left: shown(&left, one),
            right: shown(&right, other),
        }))
    }

    /// Both sides in real numbers, where they have values.
    fn sides_in_reals(
        &self,
        point: &Point,
        letters: &[(Name, usize)],
    ) -> (Option<Dense<Real>>, Option<Dense<Real>>) {
        let mut evaluator = Evaluator::<Real>::new(self.problem, &[], point.clone());
        let mut assigned = Vec::new();
        for (name, value) in letters {
            let range = self.equality.free.iter().find(|(known, _)| known == name);
            match range.map(|(_, range)| evaluator.range(range)) {
                Some(Ok(range)) => assigned.push((name.clone(), *value, range)),
                _ => return (None, None),
            }
        }
        let mut value = |side: &Expr| evaluator.value(side, &assigned).ok();
        (value(self.equality.left), value(self.equality.right))
    }

    /// An unknown function, or one that the checker knows by its derivative alone: that leaves a constant open.
    fn is_drawn(&self, name: &Name) -> bool {
        let problem = self.problem;
        let open = |function: &Arc<ScalarFunction>| {
            function.value.is_none() && !super::knows(name.strip_prefix(HIDDEN).unwrap_or(name))
        };
        problem.is_unknown_function(name)
            || problem.is_entrywise_function(name)
            || problem.functions.get(name).is_some_and(open)
    }

    fn variables(&self) -> Vec<&Name> {
        let declared = |name: &&Name| {
            self.problem.quantities.get(*name).is_some_and(|quantity| quantity.definition.is_none())
        };
        self.names.iter().filter(declared).collect()
    }

    /// The values of all variables where each is a short number.
    fn values<N: Number>(&self, point: &Point) -> Option<Vec<(Name, Array<BigRational>)>> {
        let (variables, point) = (self.variables(), &self.completed(point));
        variables
            .into_iter()
            .map(|name| {
                let quantity = self.problem.quantities.get(name)?;
                let value: Dense<N> = point.variable(self.problem, quantity).ok()?;
                let entries = value.data.iter().map(|entry| entry.short()).collect::<Option<Vec<_>>>()?;
                Some((name.clone(), Array::of(&value, entries)))
            })
            .collect()
    }

    /// Sizes in the order of their sum, those that the claim is not about as they are given.
    fn assignments(&self, known: &[(Name, usize)]) -> Vec<Vec<(Name, usize)>> {
        let free: Vec<usize> = (0..known.len())
            .filter(|at| {
                let name = &known[*at].0;
                self.dimensions.contains(name) && !self.problem.sizes.contains_key(name)
            })
            .collect();
        let (least, most) = self.trials.sizes;
        let room = most.saturating_sub(least);
        let mut found = Vec::new();
        let mut tried = 0;
        for more in 0..=room * free.len() {
            let mut parts = vec![0; free.len()];
            spread(more, room, &mut parts, 0, &mut |parts| {
                tried += 1;
                let mut sizes = known.to_vec();
                for (at, part) in free.iter().zip(parts) {
                    sizes[*at].1 = least + part;
                }
                let point = Point::new(sizes, 0);
                let fits = self.problem.quantities.values().all(|known| properties::possible(known, &point));
                if fits && conditions::sizes_meet(self.problem, &point) {
                    found.push(point.sizes);
                }
                found.len() < ASSIGNMENTS && tried < 64 * ASSIGNMENTS
            });
            if found.len() >= ASSIGNMENTS || tried >= 64 * ASSIGNMENTS {
                break;
            }
        }
        found
    }

    /// With what follows from the claim itself.
    fn completed(&self, point: &Point) -> Point {
        Point { corners: Rc::clone(&self.corners), degree: self.degree, ..point.clone() }
    }

    fn compare<N: Number>(&self, point: &Point, meter: &Meter) -> Eval<Found<N>> {
        self.at_letters(point, &[], meter)
    }

    /// Both sides, where the conditions are met, at all letters or those given.
    fn at_letters<N: Number>(&self, point: &Point, given: &[(Name, usize)], meter: &Meter) -> Eval<Found<N>> {
        let point = &self.completed(point);
        let mut evaluator = Evaluator::<N>::new(self.problem, &[], point.clone()).within(Some(meter));
        evaluator.conditions()?;
        if !N::ORDERED && conditions::has_inequalities(self.problem) {
            // Only at short numbers are both points one.
            Evaluator::<Real>::new(self.problem, &[], point.clone()).within(Some(meter)).conditions()?;
        }
        let statement = statement(self.equality);
        let free = &statement.chain.free;
        let ranges = free
            .iter()
            .map(|(name, dimension)| Ok((name.clone(), evaluator.range(dimension)?)))
            .collect::<Eval<Vec<_>>>()?;
        let value = |name: &Name| given.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let open: Vec<_> = ranges.iter().filter(|(name, _)| value(name).is_none()).cloned().collect();
        let (mut assignments, _) = plan::assignments(&open, point.seed);
        for letters in &mut assignments {
            letters
                .extend(ranges.iter().filter_map(|(name, range)| Some((name.clone(), value(name)?, *range))));
        }
        let Some((_, left, right)) = statement.links().next() else { return Ok(Found::Same) };
        for (number, letters) in assignments.iter().enumerate() {
            let mut value = |side: &Expr| match number {
                0 => evaluator.value(side, letters),
                _ => evaluator.settled(side, letters),
            };
            let (one, other) = (value(left)?, value(right)?);
            if one.axes != other.axes {
                return Err(EvalError::shapes("a claim", one.axes, other.axes));
            }
            match N::agreement(&one.data, &other.data) {
                Agreement::Equal(_) => {}
                Agreement::Undecided => return Err(EvalError::undecided()),
                Agreement::Different(place) => {
                    let letters = letters.iter().map(|(name, value, _)| (name.clone(), *value)).collect();
                    return Ok(Found::Differs { left: one, right: other, place, letters });
                }
            }
        }
        Ok(Found::Same)
    }

    /// The same with zeros and ones in place of what need not be anything else.
    fn shrunk<N: Number>(&self, point: Point) -> Point {
        let Some(values) = self.values::<N>(&point) else { return point };
        if values.iter().map(|(_, array)| array.entries.len()).sum::<usize>() > LISTED {
            return point;
        }
        let mut given: Vec<(Name, Vec<BigRational>)> =
            values.iter().map(|(name, array)| (name.clone(), array.entries.clone())).collect();
        let entries: usize = given.iter().map(|(_, values)| values.len()).sum();
        let mut left = SHRINKING * 100 / entries.max(100);
        let mut differs = |given: &Vec<(Name, Vec<BigRational>)>| {
            let tried = left > 0 && !self.meter.is_spent();
            left = left.saturating_sub(1);
            // Else the copy below would be made for nothing, again and again.
            if !tried {
                return false;
            }
            let point = Point { given: Rc::from(given.as_slice()), ..point.clone() };
            matches!(self.compare::<N>(&point, &self.meter), Ok(Found::Differs { .. }))
        };
        if !differs(&given) {
            return point;
        }
        let simpler = |value: &BigRational| -> Vec<BigRational> {
            let candidates = [BigRational::zero(), BigRational::one(), -BigRational::one()];
            let size = |value: &BigRational| (value.abs(), value.is_negative());
            candidates.into_iter().filter(|candidate| size(candidate) < size(value)).collect()
        };
        let mut changed = true;
        // Ends by itself: every change makes some number smaller.
        while changed {
            changed = false;
            for variable in 0..given.len() {
                // All of it, else halves of it, and so on: most entries of a large one need not be there.
                let whole = 0..given[variable].1.len();
                let mut chunks = vec![whole];
                while let Some(chunk) = chunks.pop() {
                    if given[variable].1[chunk.clone()].iter().all(Zero::is_zero) {
                        continue;
                    }
                    let before = given[variable].1.clone();
                    given[variable].1[chunk.clone()].fill(BigRational::zero());
                    if differs(&given) {
                        changed = true;
                        continue;
                    }
                    given[variable].1 = before;
                    let middle = chunk.start + chunk.len() / 2;
                    if chunk.len() > 1 {
                        chunks.extend([middle..chunk.end, chunk.start..middle]);
                    }
                }
                let columns = values[variable].1.columns;
                for at in 0..given[variable].1.len() {
                    for candidate in simpler(&given[variable].1[at]) {
                        let before = given[variable].1.clone();
                        given[variable].1[at] = candidate.clone();
                        if differs(&given) {
                            changed = true;
                            break;
                        }
                        // A declared structure ties an entry to its mirror image.
                        let mirror = (at % columns) * columns + at / columns;
                        let sign = if before.get(mirror) == Some(&-before[at].clone()) {
                            -candidate
                        } else {
                            candidate
                        };
                        if mirror != at && mirror < before.len() {
                            given[variable].1[mirror] = sign;
                            if differs(&given) {
                                changed = true;
                                break;
                            }
                        }
                        given[variable].1 = before;
                    }
                }
            }
        }
        Point { given: given.into(), ..point }
    }
}

/// Calls `visit` with every way to spread a number over parts of at most `room` each, the first parts largest
/// last; ends when it answers false.
fn spread(
    rest: usize,
    room: usize,
    parts: &mut [usize],
    at: usize,
    visit: &mut dyn FnMut(&[usize]) -> bool,
) -> bool {
    if at == parts.len() {
        return rest > 0 || visit(parts);
    }
    let after = parts.len() - at - 1;
    for part in rest.saturating_sub(room * after)..=rest.min(room) {
        parts[at] = part;
        if !spread(rest - part, room, parts, at + 1, visit) {
            return false;
        }
    }
    true
}

/// Names that expressions are about, through the definitions of the problem; functions among them.
pub fn about<'e>(problem: &Problem, expressions: impl IntoIterator<Item = &'e Expr>) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut seen: HashSet<Name> = HashSet::new();
    let mut open: Vec<&Expr> = expressions.into_iter().collect();
    while let Some(expr) = open.pop() {
        for name in free_names(expr).into_iter().chain(functions(expr)) {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some(definition) =
                problem.quantities.get(&name).and_then(|known| known.definition.as_ref())
            {
                open.push(definition);
            }
            found.push(name);
        }
    }
    // In the order of the file.
    found.sort_by_key(|name| problem.quantities.get_index_of(name).unwrap_or(usize::MAX));
    found
}

/// Functions that an expression calls.
fn functions(expr: &Expr) -> Vec<Name> {
    let mut found = Vec::new();
    if let ExprKind::Call { function, .. } = &expr.kind {
        found.push(function.name.clone());
    }
    expr.children().into_iter().for_each(|child| found.extend(functions(child)));
    found
}
