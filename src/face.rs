//! The library's few calls, which the command is made of.

use crate::check::{check, shape_of};
use crate::claim::{self, CounterexampleRecord, Decided, Judge, decide_at};
use crate::dependence::Graph;
use crate::derivation::put_in;
use crate::derive::{self as stage, Options};
use crate::diagnostic::{self, Diagnostic};
use crate::formulas;
use crate::problem::{Claim, HIDDEN, Operation, PRODUCTS, Problem, ScalarFunction};
use crate::prove::proved_with;
use crate::render::{self, Format};
use crate::rule::Catalogue;
use crate::source::{Source, Span};
use crate::syntax::ast::{Expr, Name};
use crate::syntax::{parse, print};
use crate::verify::{self as checker, SEED, Trials, Verified};

/// A checked derivation with the problem it belongs to.
#[derive(Clone, Debug)]
pub struct Derived {
    pub problem: Problem,
    pub verified: Verified,
}

/// Parses and checks a source, by the shipped prelude.
///
/// # Errors
/// Every error found, in the order of the source; an error for a source without statements.
pub fn read(source: &Source) -> Result<Problem, Vec<Diagnostic>> {
    read_with(source, Catalogue::shipped())
}

/// The same by another prelude.
///
/// # Errors
/// As [`read()`].
pub fn read_with(source: &Source, catalogue: &Catalogue) -> Result<Problem, Vec<Diagnostic>> {
    let file = parse::file(source)?;
    if file.statements.is_empty() {
        return Err(vec![diagnostic::empty_source()]);
    }
    let mut problem = check(&file, &catalogue.prelude)?;
    for goal in &mut problem.goals {
        goal.written = written(source, goal.span);
    }
    for one in &mut problem.combinations {
        one.written = written(source, one.span);
    }
    for claim in &mut problem.claims {
        claim.written = claim.sides.iter().map(|side| written(source, side.span)).collect();
    }
    Ok(problem)
}

/// The text at a place on one line; `None` for one with a comment between its lines.
fn written(source: &Source, span: Span) -> Option<String> {
    let text = source.text.get(span.start..span.end)?;
    (!text.contains('#')).then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Derives and checks all goals of a problem by the shipped rules.
///
/// # Errors
/// Goals that cannot be derived, limits, the algebra session's errors; an internal failure where the checker
/// refutes a step.
pub fn derive(problem: Problem, options: &Options) -> Result<Derived, Vec<Diagnostic>> {
    derive_with(problem, options, Catalogue::shipped())
}

/// The same by other rules: a wrong rule is caught by the checker.
///
/// # Errors
/// As [`derive()`].
pub fn derive_with(
    problem: Problem,
    options: &Options,
    catalogue: &Catalogue,
) -> Result<Derived, Vec<Diagnostic>> {
    if let Some(error) = means_otherwise(&problem) {
        return Err(vec![error]);
    }
    state_rightly(&problem)?;
    let problem = stage::prepare(problem, &shape_of);
    let problem = stage::in_parts(problem, options, catalogue, &shape_of);
    let derivation = stage::derive(&problem, options, catalogue)?;
    // A part is a definition like any other.
    let introduced = derivation.answers.iter().flat_map(|answer| &answer.introduced);
    let names: Vec<(Name, Expr)> =
        introduced.filter(|(name, _)| !problem.parts.contains(name)).cloned().collect();
    let graph = Graph::new(&problem);
    let prove = |left: &_, right: &_, free: &[(_, _)]| {
        proved_with(&problem, &graph, catalogue, &put_in(left, &names), &put_in(right, &names), free)
    };
    let verified = checker::verify(&problem, derivation, &prove, SEED)
        .map_err(|failure| vec![failure.diagnostic(&print::expr)])?;
    Ok(Derived { problem, verified })
}

/// Scalar functions must not be stated by themselves, nor with a derivative that is not that of their formula.
fn state_rightly(problem: &Problem) -> Result<(), Vec<Diagnostic>> {
    let circular = formulas::circular(problem, &checker::knows);
    if !circular.is_empty() {
        return Err(circular);
    }
    let mut restated = checker::restated_wrongly(problem);
    // What the prelude states is for its own tests.
    restated.retain(|one| one.span != Span::NONE);
    if !restated.is_empty() {
        let error = |one: &&ScalarFunction| {
            let stated = one.derivative.as_ref().map_or(one.span, |stated| stated.span);
            diagnostic::restated_wrongly(&one.name, stated)
        };
        return Err(restated.iter().map(error).collect());
    }
    let restated = checker::restated_primitives(problem);
    if !restated.is_empty() {
        let error = |one: &&Operation| diagnostic::restated_wrongly(&one.name, one.span);
        return Err(restated.iter().map(error).collect());
    }
    let misstated = formulas::misstated(problem);
    if misstated.is_empty() { Ok(()) } else { Err(misstated) }
}

/// Decides all claims of a problem by the shipped rules, in order.
///
/// # Errors
/// A problem without claims; a function whose stated derivative is not that of its formula; the algebra session's
/// errors. What is wrong with a claim itself is its verdict.
pub fn verify(problem: &Problem, trials: &Trials) -> Result<Vec<Decided>, Vec<Diagnostic>> {
    verify_with(problem, trials, Catalogue::shipped())
}

/// The same by other rules and another prelude.
///
/// # Errors
/// As [`verify()`].
pub fn verify_with(
    problem: &Problem,
    trials: &Trials,
    catalogue: &Catalogue,
) -> Result<Vec<Decided>, Vec<Diagnostic>> {
    if problem.claims.is_empty() {
        return Err(vec![diagnostic::no_claim()]);
    }
    state_rightly(problem)?;
    let judge = Judge::new(problem, catalogue, *trials);
    Ok(problem.claims.iter().map(|claim| judge.decide(claim)).collect())
}

/// All claims of a problem at one point, as a counterexample describes it: each link that differs there is refuted,
/// each that does not is checked at this point alone.
///
/// # Errors
/// A problem without claims; a point that is none of the problem's.
pub fn verify_at(problem: &Problem, at: &CounterexampleRecord) -> Result<Vec<Decided>, Vec<Diagnostic>> {
    if problem.claims.is_empty() {
        return Err(vec![diagnostic::no_claim()]);
    }
    let bad = |why: String| vec![diagnostic::bad_point(&why)];
    let point = at.point(problem).map_err(bad)?;
    let letters: Vec<_> = at.letters.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let claims = problem.claims.iter();
    claims.map(|claim| decide_at(problem, claim, &point, &letters).map_err(bad)).collect()
}

/// Both sides of every link of a claim by their entries, and brought to one form where there is one; every line is
/// checked before it is told.
pub fn explain(problem: &Problem, claim: &Claim, trials: &Trials) -> Vec<String> {
    claim::explain(problem, Catalogue::shipped(), claim, trials)
}

/// Operations that answers are written in.
const WRITTEN: [&str; 12] = [
    "tr", "sum", "ones", "zeros", "eye", "diag", "diagvec", "rowsum", "colsum", "mean", "rowmean", "colmean",
];

/// A problem in which such a name means something else is refused: what the engine writes would mean that.
fn means_otherwise(problem: &Problem) -> Option<Diagnostic> {
    let shipped = &Catalogue::shipped().prelude.operations;
    // Product axes are met only where one of these stands.
    let pairs = PRODUCTS.into_iter().filter(|_| problem.has_products());
    for name in WRITTEN.into_iter().chain(pairs) {
        let own: Vec<_> = problem.operations.iter().filter(|one| &*one.name == name).collect();
        let function = problem.functions.get(name).map(|function| function.span);
        let entrywise = problem.is_entrywise_function(name).then_some(Span::NONE);
        // Of several of the name the file has some alone.
        let hidden = format!("{HIDDEN}{name}");
        let hidden = problem.is_operation(&hidden).then(|| own.first().map(|one| one.span)).flatten();
        let other = own.iter().find(|one| {
            !shipped.iter().any(|known| {
                let shapes = |one: &Operation| -> Vec<_> {
                    one.parameters.iter().map(|one| (one.name.clone(), one.shape.clone())).collect()
                };
                known.name == one.name
                    && known.indices == one.indices
                    && known.body == one.body
                    && shapes(known) == shapes(one)
            })
        });
        if let Some(span) = function.or(entrywise).or(other.map(|one| one.span)).or(hidden) {
            return Some(diagnostic::name_of_answers(name, span));
        }
    }
    None
}

impl Derived {
    /// The derivation in a format.
    pub fn render(&self, format: Format, options: &render::Options) -> String {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = render::render(&self.verified, &self.problem, format, options, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The rules of every step, one step a line, with places in the source that the problem was read from.
    pub fn trace(&self, source: &Source) -> String {
        render::trace(&self.verified, &self.problem, source)
    }

    /// The final equations, one line of the input language each.
    pub fn answers(&self) -> Vec<String> {
        let text = self.render(Format::Expr, &render::Options::default());
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.ends_with("# where"))
            .map(String::from)
            .collect()
    }
}
