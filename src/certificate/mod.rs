//! Derivations as JSON that can be checked again: `docs/certificate.md` is the schema.
//!
//! Rechecking reads the source anew and takes from the engine nothing but the parser, the reading of a problem and
//! the checker: no stage, no rule's application and no algebra session.

mod canonical;
mod complete;
mod connect;
mod expression;
mod letters;
mod read;
mod recheck;
mod rules;
mod schema;
mod write;

use crate::derivation::{Derivation, Heading, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::source::Source;
use crate::verify::Verified;

pub use recheck::{Report, recheck};
pub use write::Choices;

/// The certificate of a derivation, as the text of a file.
///
/// # Errors
/// A derivation that does not read back as it was checked, or whose lines do not connect.
pub fn write(
    verified: &Verified,
    problem: &Problem,
    source: &Source,
    choices: &Choices,
) -> Result<String, Diagnostic> {
    if let Some(one) = problem.combinations.first() {
        return Err(diagnostic::combination_elsewhere("--certificate", one.span));
    }
    let text = || {
        let mut certificate = write::certificate(verified, problem, source, choices)?;
        let value = serde_json::to_value(&certificate).ok()?;
        certificate.digest = canonical::digest(&value);
        let text = serde_json::to_string_pretty(&certificate).ok()? + "\n";
        // What would be refused for its form is not written.
        let opened = read::open(&text).ok()?;
        recheck::consistent(&opened).ok()?;
        says_the_same(&opened.derivation, verified.derivation()).then_some(text)
    };
    text().ok_or_else(diagnostic::certificate_unwritable)
}

/// The derivation that a certificate states, unchecked: without sentences, places and remarks.
///
/// # Errors
/// What is no certificate, and one that does not state what its own source defines.
pub fn read(text: &str) -> Result<Derivation, Diagnostic> {
    read::open(text).map(|opened| opened.derivation)
}

/// Every formula, rule, size and answer; not what is said in words.
fn says_the_same(one: &Derivation, other: &Derivation) -> bool {
    let same = |one: &Step, other: &Step| {
        one.rules == other.rules && one.displays == other.displays && one.level == other.level
    };
    let headings = |derivation: &Derivation| {
        derivation.sections.iter().map(|s| s.heading.clone()).collect::<Vec<Heading>>()
    };
    let steps = |derivation: &Derivation| -> Vec<(usize, Step)> {
        let sections = derivation.sections.iter().enumerate();
        sections.flat_map(|(at, section)| section.steps.iter().map(move |step| (at, step.clone()))).collect()
    };
    let (own, others) = (steps(one), steps(other));
    let answers = one.answers.iter().zip(&other.answers).all(|(one, other)| {
        (&one.goal, &one.value, &one.free, &one.introduced)
            == (&other.goal, &other.value, &other.free, &other.introduced)
    });
    headings(one) == headings(other)
        && own.len() == others.len()
        && own.iter().zip(&others).all(|((at, one), (place, other))| at == place && same(one, other))
        && one.answers.len() == other.answers.len()
        && answers
        && one.sizes == other.sizes
}
