//! Derivations as JSON that can be checked again: `docs/certificate.md` is the schema.
//!
//! Rechecking reads the source anew and takes from the engine nothing but the parser, the reading of a problem and
//! the checker: no stage, no rule's application and no algebra session.

mod canonical;
mod connect;
mod expression;
mod letters;
mod read;
mod recheck;
mod rules;
mod schema;
mod write;

use crate::diagnostic::{self, Diagnostic};
use crate::problem::Problem;
use crate::source::Source;
use crate::verify::Verified;

pub use recheck::{Report, recheck};
pub use write::Choices;

/// The certificate of a derivation, as the text of a file.
///
/// # Errors
/// A derivation that does not read back as it was checked.
pub fn write(
    verified: &Verified,
    problem: &Problem,
    source: &Source,
    choices: &Choices,
) -> Result<String, Diagnostic> {
    let text = || {
        let mut certificate = write::certificate(verified, problem, source, choices)?;
        let value = serde_json::to_value(&certificate).ok()?;
        certificate.digest = canonical::digest(&value);
        let text = serde_json::to_string_pretty(&certificate).ok()?;
        Some(text + "\n")
    };
    text().ok_or_else(diagnostic::certificate_unwritable)
}
