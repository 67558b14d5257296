//! How much of a checked derivation is told, and the list of its rules.

use crate::derivation::{Derivation, Heading, Level, Step};
use crate::source::{Lines, Source};
use crate::syntax::ast::Expr;

/// The steps that are told; all are checked, told or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Steps {
    #[default]
    All,
    /// The moves of each derivation without their details.
    Main,
    /// What is given and what is found.
    None,
}

impl Steps {
    fn tells(self, step: &Step) -> bool {
        match self {
            Steps::All => true,
            Steps::Main => step.level <= Level::Main,
            Steps::None => step.level <= Level::Statement,
        }
    }
}

/// The derivation with the steps that are told, and how many are not. Nothing is put together anew: each
/// display stands as it was checked.
pub(super) fn told(derivation: &Derivation, steps: Steps) -> (Derivation, usize) {
    let mut told = derivation.clone();
    let count = |derivation: &Derivation| -> usize {
        derivation.sections.iter().map(|section| section.steps.len()).sum()
    };
    let before = count(&told);
    for section in &mut told.sections {
        section.steps.retain(|step| steps.tells(step));
    }
    told.sections.retain(|section| !section.steps.is_empty());
    let left_out = before - count(&told);
    (told, left_out)
}

/// One line a step: its number in its section, the section, the rules in the order of their application and
/// the places, `line:column`, of the definitions that the step is about.
pub(super) fn trace(derivation: &Derivation, source: &Source, expr: &dyn Fn(&Expr) -> String) -> String {
    let lines = Lines::of(&source.text);
    let mut rows: Vec<[String; 4]> = Vec::new();
    for section in &derivation.sections {
        let heading = match &section.heading {
            Heading::Problem => "Problem".to_string(),
            Heading::Derivative(whole) => expr(whole),
            Heading::Result => "Result".to_string(),
        };
        for (number, step) in section.steps.iter().enumerate() {
            let places = step.places.iter().filter_map(|place| lines.place(*place));
            let places: Vec<String> = places.map(|(line, column)| format!("{line}:{column}")).collect();
            let rules: Vec<&str> = step.rules.iter().map(|rule| &**rule).collect();
            rows.push([heading.clone(), (number + 1).to_string(), rules.join(", "), places.join(", ")]);
        }
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| unicode_width::UnicodeWidthStr::width(&*row[column]));
        cells.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths.iter().chain([&0])) {
            let own = unicode_width::UnicodeWidthStr::width(&**cell);
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(own) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
