//! A checked derivation in the formats people read.

mod block;
mod document;
mod expr;
mod latex;
mod line;
#[cfg(test)]
mod tests;
mod text;
mod told;

use std::io::{self, Write};

use crate::derivation::Derivation;
use crate::notation::Lowering;
use crate::problem::Problem;
use crate::source::Source;
use crate::syntax::print::Printer;
use crate::verify::Verified;

pub use told::Steps;

/// How to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Leave nothing out of large matrices and long sums.
    pub full: bool,
    /// Columns of the text format.
    pub width: usize,
    /// Headings of the text format in bold (ANSI).
    pub colour: bool,
    /// Title of a whole LaTeX document.
    pub title: String,
    /// How much is told; the format [`Format::Expr`] tells no steps.
    pub steps: Steps,
}

impl Default for Options {
    fn default() -> Options {
        Options { full: false, width: 80, colour: false, title: "Derivation".to_string(), steps: Steps::All }
    }
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Unicode text in lines of [`Options::width`] columns.
    Text,
    /// A whole LaTeX document.
    Latex,
    /// Its body alone.
    LatexFragment,
    /// Displays between lines of `$$`, formulas in the line between `$`.
    Markdown,
    /// One line of the input language per goal.
    Expr,
}

/// Writes a checked derivation; large matrices are written cell by cell.
pub fn render(
    verified: &Verified,
    problem: &Problem,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (derivation, left_out) = told::told(verified.derivation(), options.steps);
    let verdict = verified.summary_sentence();
    let verdict = match (left_out, format) {
        (0, _) | (_, Format::Expr) => verdict,
        (1, _) => format!("With 1 step that is not told here: {verdict}"),
        (count, _) => format!("With {count} steps that are not told here: {verdict}"),
    };
    write(&derivation, &verdict, problem, format, options, out)
}

/// The steps of a derivation by their rules, one a line, with the places in its source; all of them, told or
/// not.
pub fn trace(verified: &Verified, problem: &Problem, source: &Source) -> String {
    let names = problem.quantities.keys().chain(problem.dimensions.keys());
    let printer = Printer::new(names.map(|name| &**name));
    told::trace(verified.derivation(), source, &|expr| printer.expr(expr))
}

/// The formats themselves, which know of no checking.
pub(crate) fn write(
    derivation: &Derivation,
    verdict: &str,
    problem: &Problem,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lowering = Lowering::new(problem, options.full);
    let latex = latex::Latex { lowering };
    match format {
        Format::Text => text::write(derivation, verdict, lowering, options, out),
        Format::Expr => expr::write(derivation, verdict, problem, out),
        Format::Markdown => document::markdown(derivation, verdict, &latex, out),
        Format::LatexFragment => document::latex_fragment(derivation, verdict, &latex, out),
        Format::Latex => document::latex(derivation, verdict, &latex, &options.title, out),
    }
}
