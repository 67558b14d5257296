//! From a checked problem to a derivation: the three moves, told in the order a reader follows.

mod called;
mod closed;
mod combined;
mod convention;
mod cotangent;
mod denominators;
mod explicit;
mod groups;
mod indexed;
mod layout;
mod nested;
mod open;
mod order;
mod orthogonal;
mod parts;
mod plan;
mod prepare;
mod recurring;
mod refuse;
mod restored;
mod second;
mod shorten;
mod solved;
mod taken;
mod tell;

use crate::beside::beside;
use crate::dependence;
use crate::derivation::{Answer, Derivation, Heading, Remark, Section, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::index::write::in_groups;
use crate::index::{Base, Factor};
use crate::matrix::{Matrix, expr_cost};
use crate::problem::{Goal, Problem};
use crate::rule::Catalogue;
use crate::shape::Shape;
use crate::syntax::ast::{Expr, Name};

use cotangent::Engine;
pub use explicit::MATCHED_UP_TO;
pub use layout::Layout;
pub use prepare::prepare;

/// How many entries of a gradient are derived in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Entries {
    /// All when there are at most four, else the first.
    #[default]
    Few,
    All,
    First,
    /// The first so many.
    Number(usize),
}

/// What the caller chooses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// For arbitrary dimensions even where the problem has sizes.
    pub open: bool,
    /// Answers in declared variables and the unknown function's derivative only.
    pub inline: bool,
    pub entries: Entries,
    /// The language's own where there is none.
    pub layout: Option<Layout>,
}

/// Derives all goals of a problem that went through [`prepare`].
///
/// With sizes for all dimensions in use the explicit way is told, entry by entry; without, or with
/// `options.open`, the open way.
///
/// # Errors
/// A goal outside what this release derives, a limit, or the algebra session's errors.
pub fn derive(
    problem: &Problem,
    options: &Options,
    catalogue: &Catalogue,
) -> Result<Derivation, Vec<Diagnostic>> {
    if problem.goals.is_empty() {
        return Err(vec![diagnostic::no_goal(!problem.claims.is_empty())]);
    }
    if let (Some(one), Some(_)) = (problem.combinations.first(), options.layout) {
        return Err(vec![diagnostic::combination_elsewhere("--layout", one.span)]);
    }
    let mut engine = Engine::new(problem, catalogue);
    engine.recognise_definitions();
    for goal in &problem.goals {
        engine.refuse_unknown(goal).map_err(|error| vec![error])?;
    }
    let plan = plan::plan(&mut engine).map_err(|error| vec![error])?;
    let sized = if options.open { None } else { sizes(problem)? };
    let reason = match sized {
        None => Some(None),
        Some(()) if !is_first_order(problem) => Some(Some(open::Sized::Nested)),
        Some(()) if explicit::is_polynomial(&engine).map_err(|error| vec![error])? => None,
        Some(()) => Some(Some(open::Sized::NoPolynomials)),
    };
    let mut derivation = match reason {
        None => explicit::tell(&mut engine, &plan, options).map_err(|error| vec![error])?,
        Some(sized) => open::tell(&mut engine, &plan, sized).map_err(|error| vec![error])?,
    };
    let (results, names, combined) = answers(&mut engine, options).map_err(|error| vec![error])?;
    derivation.sections.extend(combined);
    derivation.sections.push(tell::result(problem, &results, &names));
    derivation.answers = results;
    taken::refuse(problem, &derivation)?;
    let told = taken::told(problem, &derivation);
    if let Some(given) = derivation.sections.first_mut() {
        given.steps.extend(told);
    }
    Ok(derivation)
}

/// The problem with names for the parts of definitions that nest operations, where the answers get no longer for it; a
/// problem that went through [`prepare`], else.
pub fn in_parts(
    problem: Problem,
    options: &Options,
    catalogue: &Catalogue,
    shape_of: &dyn Fn(&Problem, &Expr) -> Option<Shape>,
) -> Problem {
    let Some(named) = parts::with_parts(&problem, shape_of) else { return problem };
    let sized = !options.open && !problem.sizes.is_empty();
    // Written out entry by entry nothing is nested.
    if sized
        && is_first_order(&problem)
        && explicit::is_polynomial(&Engine::new(&problem, catalogue)).unwrap_or(true)
    {
        return problem;
    }
    // A refusal speaks of what was written.
    let engine = Engine::new(&problem, catalogue);
    if problem.goals.iter().any(|goal| engine.refuse_unknown(goal).is_err()) {
        return problem;
    }
    let options = Options { inline: false, ..*options };
    let (named_cost, cost) =
        beside(&|| cost(&named, &options, catalogue), || cost(&problem, &options, catalogue));
    match (named_cost, cost) {
        (Ok(_), Err(_)) => named,
        // At equal length the steps are shorter.
        (Ok(named_cost), Ok(cost)) if named_cost <= cost => named,
        _ => problem,
    }
}

/// The length of all answers with the definitions of their names.
fn cost(problem: &Problem, options: &Options, catalogue: &Catalogue) -> Result<usize, Diagnostic> {
    let mut engine = Engine::new(problem, catalogue);
    engine.recognise_definitions();
    for target in plan::plan(&mut engine)? {
        if !matches!(target.way, plan::Way::Direct(_)) {
            engine.chain_rule(&target.numerator, &target.by, target.stacked)?;
        }
    }
    let (answers, names, _) = answers(&mut engine, options)?;
    let named = names.iter().map(|(_, value)| 1 + expr_cost(value));
    Ok(answers.iter().map(|answer| expr_cost(&answer.value)).chain(named).sum())
}

/// Whether all goals ask for whole first derivatives of what holds none: others are told for all sizes at once.
fn is_first_order(problem: &Problem) -> bool {
    problem.goals.iter().all(|goal| !goal.is_nested() && goal.letters.is_none())
}

/// Final equations, names with what they stand for, and the sections of combinations.
type Answered = (Vec<Answer>, Vec<(Name, Expr)>, Vec<Section>);

/// The final equations of all goals, and the names that they use for what recurs.
fn answers(engine: &mut Engine<'_>, options: &Options) -> Result<Answered, Diagnostic> {
    let (problem, catalogue) = (engine.problem, engine.catalogue);
    let mut results = Vec::new();
    let mut matrices = Vec::new();
    let mut nested = Vec::new();
    for goal in &problem.goals {
        // Inlined, other names and calls are recognised than those of the told way.
        let mut plain = Engine::new(problem, catalogue);
        let engine = if options.inline { &mut plain } else { &mut *engine };
        let (mut answer, found) = engine.answer(goal, options.inline)?;
        if options.inline {
            // What is differentiated by may be a definition, and then stands in its own gradient.
            answer.value = dependence::inlined(problem, &answer.value, &problem.introduced);
        }
        if let Some(mut matrix) = found {
            let numerator = engine.written_out(goal)?.unwrap_or_else(|| goal.numerator.clone());
            nested.push((numerator, matrix.clone()));
            if let Some(layout) = options.layout {
                layout.arranged(problem, goal, &mut answer, &mut matrix);
            }
            matrices.push((results.len(), matrix));
        }
        results.push(answer);
    }
    let mut sections = Vec::new();
    if !problem.combinations.is_empty() {
        let mut orders: Vec<Option<usize>> = problem.goals.iter().map(|goal| goal.order).collect();
        for one in &problem.combinations {
            let (mut answer, found, section) = engine.combined(one, &results)?;
            if options.inline {
                answer.value = dependence::inlined(problem, &answer.value, &problem.introduced);
            }
            matrices.extend(found.map(|matrix| (results.len(), matrix)));
            orders.push(Some(one.order));
            results.push(answer);
            sections.push(section);
        }
        (results, matrices) = asked(&orders, results, matrices);
    }
    let mut names = Vec::new();
    if !options.inline {
        let behind = engine.behind_parts(&nested)?.unwrap_or_default();
        names = recurring::name(&mut results, matrices, behind, problem);
    }
    let spoken = solved::Spoken::of(problem, &engine.quantities, !options.inline);
    if !spoken.is_empty() {
        spoken.told(&mut results, &mut names);
    }
    // A derivative in an answer is read in the file, which has no names for parts.
    let readable = |value: &mut Expr| *value = dependence::numerators_inlined(problem, value, &problem.parts);
    for answer in &mut results {
        readable(&mut answer.value);
        answer.introduced.iter_mut().for_each(|(_, value)| readable(value));
    }
    names.iter_mut().for_each(|(_, value)| readable(value));
    Ok((results, names, sections))
}

/// The answers to what is asked for, in this order, and their matrices, each with the position of its answer.
fn asked(
    orders: &[Option<usize>],
    results: Vec<Answer>,
    matrices: Vec<(usize, Matrix)>,
) -> (Vec<Answer>, Vec<(usize, Matrix)>) {
    let mut kept: Vec<(usize, usize)> =
        orders.iter().enumerate().filter_map(|(at, order)| Some(((*order)?, at))).collect();
    kept.sort_unstable();
    let place = |at: usize| kept.iter().position(|(_, kept)| *kept == at);
    let matrices = matrices.into_iter().filter_map(|(at, matrix)| Some((place(at)?, matrix))).collect();
    (kept.iter().map(|(_, at)| results[*at].clone()).collect(), matrices)
}

/// The sizes of the explicit way: none when no dimension has one; an error when some lack one.
fn sizes(problem: &Problem) -> Result<Option<()>, Vec<Diagnostic>> {
    if problem.sizes.is_empty() && !problem.dimensions.is_empty() {
        return Ok(None);
    }
    let missing: Vec<_> = problem
        .dimensions
        .iter()
        .filter(|(name, _)| !problem.sizes.contains_key(*name))
        .map(|(name, span)| diagnostic::missing_size(name, *span))
        .collect();
    if missing.is_empty() { Ok(Some(())) } else { Err(missing) }
}

impl Engine<'_> {
    /// The final equation of a goal, with its right side as a matrix where that is not zero: names of parts are still to
    /// be put in.
    fn answer(&mut self, goal: &Goal, inline: bool) -> Result<(Answer, Option<Matrix>), Diagnostic> {
        if goal.letters.is_some() {
            return Ok((self.answer_direct(goal)?.0, None));
        }
        let numerator = self.written_out(goal)?;
        let direct = numerator.is_none();
        let numerator = numerator.unwrap_or_else(|| goal.numerator.clone());
        let mut form = if inline || direct {
            self.inlined(goal)?
        } else if goal.is_nested() {
            self.without_cotangents(&numerator, &goal.by, goal.stacked)?
        } else {
            let form = self.gradient(&numerator, &goal.by, goal.stacked)?;
            self.readable(&numerator, form, &self.problem.introduced)?
        };
        let introduced = self.introduced();
        if form.terms.is_empty() && self.is_matrix(&form) {
            let value = self.collapse(&form).map(|found| found.expr());
            let answer = Answer {
                goal: goal.expr.clone(),
                value: value.unwrap_or_else(|| Expr::natural(0)),
                free: Vec::new(),
                introduced,
                remark: Some(if goal.is_nested() || self.names(&numerator, &goal.by) {
                    Remark::Vanishes
                } else {
                    Remark::Independent
                }),
            };
            return Ok((answer, None));
        }
        if !inline && !direct {
            form = self.without_unshown(&numerator, form)?;
        }
        let form = self.at_orthogonal(form);
        if let Some(found) = self.collapse(&form) {
            let value = found.expr();
            let given = value == goal.expr && self.is_opaque(&numerator, &goal.by);
            let remark = given.then_some(Remark::Given);
            let answer = Answer { goal: goal.expr.clone(), value, free: Vec::new(), introduced, remark };
            return Ok((answer, Some(found.matrix)));
        }
        if self.is_opaque(&numerator, &goal.by)
            && let [term] = form.terms.as_slice()
            && let [Factor { base: Base::Entry(id, _), .. }] = term.factors.as_slice()
            && self.quantities.get(*id).expr == goal.expr
        {
            let (goal, value) = (goal.expr.clone(), goal.expr.clone());
            let remark = Some(Remark::Given);
            return Ok((Answer { goal, value, free: Vec::new(), introduced, remark }, None));
        }
        let (free, letters) = self.free_letters(&form);
        let indexed = self.indexed(&form, &letters);
        let obstacle = self.obstacle(&indexed, &letters);
        let einsum = self.subscripts(&indexed, &letters);
        let indices: Vec<Expr> = free.iter().map(|(letter, _)| Expr::name(letter.clone())).collect();
        let indices = in_groups(indices, &self.groups(&form));
        // A scalar has no entries.
        let entry = match indices.is_empty() {
            true => goal.expr.clone(),
            false => Expr::index(goal.expr.clone(), indices),
        };
        let answer = Answer {
            goal: entry,
            value: indexed.value,
            free,
            introduced,
            // A zero array of more than two axes.
            remark: Some(match form.terms.is_empty() {
                true => Remark::Vanishes,
                false => Remark::IndexForm { einsum, obstacle },
            }),
        };
        Ok((answer, None))
    }
}

fn section(heading: Heading, steps: Vec<Step>) -> Section {
    Section { heading, steps }
}
