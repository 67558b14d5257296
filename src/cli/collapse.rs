//! `entrywise collapse`.

use super::{Failed, input, output};
use crate::diagnostic;
use crate::entries::{Found, match_entries};
use crate::rule::Catalogue;
use crate::syntax::{parse, print};

/// Answers with the expression, or with what is there instead of one.
pub fn run(input: Option<&str>, text: Option<&str>) -> Result<(), Failed> {
    let source = input::read(input, text)?;
    let failed = |diagnostics| Failed { diagnostics, source: source.clone() };
    let matrix = parse::expression(&source, &[]).map_err(failed)?;
    let found = match_entries(&matrix, Catalogue::shipped()).map_err(|error| failed(vec![error]))?;
    match found {
        Found::Matrix { expr, shapes, undecided } => {
            let mut text = print::expr(&expr) + "\n";
            for (name, shape) in shapes {
                text.push_str(&format!("# {name} : {shape}\n"));
            }
            text.push_str("# multiplied back: every entry is equal\n");
            if undecided {
                text.push_str(
                    "# a dimension of size 1 leaves more than one reading: this is the shortest that was found\n",
                );
            }
            output::answer(text.as_bytes(), None)
        }
        Found::IndexForm { expr, letters } => {
            let letters: Vec<&str> = letters.iter().map(|letter| &**letter).collect();
            let what = match letters.as_slice() {
                [] => "this entry; it is".to_string(),
                letters => format!("these entries; entry [{}] is", letters.join(",")),
            };
            let text = format!("# found no matrix expression with {what}\n{}\n", print::expr(&expr));
            output::answer(text.as_bytes(), None)
        }
        Found::Nothing => Err(failed(vec![diagnostic::no_pattern(matrix.span)])),
    }
}
