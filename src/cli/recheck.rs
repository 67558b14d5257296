//! `entrywise recheck`, and the certificates that it reads.

use super::args::Derive;
use super::{Failed, input, output};
use crate::Derived;
use crate::certificate::{self, Choices};
use crate::source::Source;

/// The certificate of what was derived by these options.
pub fn certificate(derived: &Derived, source: &Source, options: &Derive) -> Result<String, Failed> {
    let choices = Choices { open: options.open, inline: options.inline, sizes: options.size.clone() };
    certificate::write(&derived.verified, &derived.problem, source, &choices)
        .map_err(|error| Failed { diagnostics: vec![error], source: source.clone() })
}

/// Answers with what was checked.
pub fn run(input: &str) -> Result<(), Failed> {
    let source = input::read(Some(input), None)?;
    let report = certificate::recheck(&source.text)
        .map_err(|error| Failed { diagnostics: vec![error], source: source.clone() })?;
    output::answer(report.to_string().as_bytes(), None)
}
