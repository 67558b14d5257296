//! The library's few calls, which the command is made of.

use crate::check::{check, shape_of};
use crate::derive::{self as stage, Options};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::prove::proved;
use crate::render::{self, Format};
use crate::rule::Catalogue;
use crate::source::{Source, Span};
use crate::syntax::{parse, print};
use crate::verify::{self, Verified};

/// Seed of the checker's random points: fixed, so that output is the same in every run.
const SEED: u64 = 0x656e_7472_7977_6973;

/// A checked derivation with the problem it belongs to.
#[derive(Clone, Debug)]
pub struct Derived {
    pub problem: Problem,
    pub verified: Verified,
}

/// Parses and checks a source.
///
/// # Errors
/// Every error found, in the order of the source; an error for a source without statements.
pub fn read(source: &Source) -> Result<Problem, Vec<Diagnostic>> {
    let file = parse::file(source)?;
    if file.statements.is_empty() {
        return Err(vec![diagnostic::empty_source()]);
    }
    let mut problem = check(&file)?;
    for goal in &mut problem.goals {
        goal.written = written(source, goal.span);
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
    let problem = stage::prepare(problem, &shape_of);
    let derivation = stage::derive(&problem, options, catalogue)?;
    let prove = |left: &_, right: &_, free: &[(_, _)]| proved(&problem, left, right, free);
    let verified = verify::verify(&problem, derivation, &prove, SEED)
        .map_err(|failure| vec![failure.diagnostic(&print::expr)])?;
    Ok(Derived { problem, verified })
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
