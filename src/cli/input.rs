//! Reading the source.

use std::io::Read;

use super::Failed;
use crate::diagnostic;
use crate::source::{Source, Span};

/// A file, standard input for `-`, or the text given.
pub fn read(input: Option<&str>, text: Option<&str>) -> Result<Source, Failed> {
    if let Some(text) = text {
        return Ok(Source::new("<argument>", text));
    }
    let path = input.unwrap_or("-");
    let name = if path == "-" { "<stdin>" } else { path };
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let failed = |error, text: String| Failed { diagnostics: vec![error], source: Source::new(name, text) };
    let bytes =
        bytes.map_err(|error| failed(diagnostic::unreadable(name, &error.to_string()), String::new()))?;
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        failed(diagnostic::not_utf8(Span::new(at, at + '\u{fffd}'.len_utf8())), text)
    })
}
