//! LaTeX and Markdown documents around the formulas.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::latex::Latex;
use super::line::{Lines, has_grid};
use crate::derivation::{Derivation, Display, Heading, Prose, Remark, Section};
use crate::notation::{Grid, Notation};
use crate::syntax::ast::{Expr, ExprKind};

/// Columns of text that fill the width of a page when they are set, and those that a sign between formulas takes.
const COLUMNS: usize = 96;
const BETWEEN: usize = 4;

/// What surrounds formulas and headings.
struct Dialect {
    heading: (&'static str, &'static str),
    inline: (&'static str, &'static str),
    display: (&'static str, &'static str),
    escape: fn(&str) -> String,
}

const LATEX: Dialect = Dialect {
    heading: ("\\section*{", "}"),
    inline: ("\\(", "\\)"),
    display: ("\\[\n", "\\]\n"),
    escape: escape_latex,
};

const MARKDOWN: Dialect = Dialect {
    heading: ("## ", ""),
    inline: ("$", "$"),
    display: ("\n$$\n", "$$\n\n"),
    escape: escape_markdown,
};

pub(super) fn markdown(
    derivation: &Derivation,
    verdict: &str,
    latex: &Latex,
    out: &mut dyn Write,
) -> io::Result<()> {
    body(derivation, verdict, latex, &MARKDOWN, out)
}

pub(super) fn latex_fragment(
    derivation: &Derivation,
    verdict: &str,
    latex: &Latex,
    out: &mut dyn Write,
) -> io::Result<()> {
    body(derivation, verdict, latex, &LATEX, out)
}

pub(super) fn latex(
    derivation: &Derivation,
    verdict: &str,
    latex: &Latex,
    title: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"\\documentclass{article}\n\\usepackage{amsmath}\n\\usepackage{amssymb}\n")?;
    let columns = widest(derivation, latex);
    // amsmath allows 10 columns by itself.
    if columns > 10 {
        writeln!(out, "\\setcounter{{MaxMatrixCols}}{{{columns}}}")?;
    }
    writeln!(out, "\\title{{{}}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n", escape_latex(title))?;
    body(derivation, verdict, latex, &LATEX, out)?;
    out.write_all(b"\n\\end{document}\n")
}

fn body(
    derivation: &Derivation,
    verdict: &str,
    latex: &Latex,
    dialect: &Dialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (position, section) in derivation.sections.iter().enumerate() {
        if position > 0 {
            out.write_all(b"\n")?;
        }
        heading(section, latex, dialect, out)?;
        for step in &section.steps {
            if !step.prose.is_empty() {
                prose(&step.sentence(), latex, dialect, out)?;
                out.write_all(b"\n")?;
            }
            for display in step.displays.iter().flat_map(|display| rows(display, latex)) {
                out.write_all(dialect.display.0.as_bytes())?;
                latex.display(&display, out)?;
                out.write_all(dialect.display.1.as_bytes())?;
            }
        }
    }
    for answer in &derivation.answers {
        let (text, goal) = match &answer.remark {
            Some(Remark::Vanishes) => (String::new(), false),
            Some(Remark::Independent) => {
                (" is zero: the numerator does not depend on the denominator.".to_string(), true)
            }
            // The result said so.
            Some(Remark::IndexForm { .. } | Remark::Given) | None => (String::new(), false),
        };
        if goal {
            out.write_all(b"\n")?;
            prose(&[Prose::Math(answer.goal.clone()), Prose::Text(text)], latex, dialect, out)?;
            out.write_all(b"\n")?;
        }
    }
    if verdict.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", closing(verdict, dialect))
}

/// The closing sentence with its powers of numbers set as formulas.
fn closing(verdict: &str, dialect: &Dialect) -> String {
    let mut parts = verdict.split('^');
    let mut text = String::new();
    let mut words = parts.next().unwrap_or_default();
    for part in parts {
        let base = words.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit());
        let exponent = &part[..part.len() - digits.len()];
        // The modulus is one formula.
        let (less, rest) = digits.strip_prefix(" - 1").map_or(("", digits), |rest| (" - 1", rest));
        let power = format!("{}^{{{exponent}}}{less}", &words[base.len()..]);
        text.push_str(&(dialect.escape)(base));
        text.push_str(&format!("{}{power}{}", dialect.inline.0, dialect.inline.1));
        words = rest;
    }
    text.push_str(&(dialect.escape)(words));
    text
}

/// Chains side by side in as many displays as they need to stand on a page. Those with matrices stay together, because
/// they are set side by side to be compared.
fn rows(display: &Display, latex: &Latex) -> Vec<Display> {
    let lines = Lines::new(latex.lowering);
    let mut rows: Vec<Display> = Vec::new();
    let mut used = 0;
    for chain in &display.chains {
        let sides = std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, expr)| expr));
        let sides: Vec<Notation> = sides.map(|expr| lines.lower(expr)).collect();
        if sides.iter().any(has_grid) {
            return vec![display.clone()];
        }
        let width = sides.iter().map(|side| lines.flat(side).width() + BETWEEN).sum::<usize>();
        match rows.last_mut() {
            Some(row) if used + width <= COLUMNS => row.chains.push(chain.clone()),
            _ => {
                rows.push(Display { chains: vec![chain.clone()] });
                used = 0;
            }
        }
        used += width;
    }
    rows
}

fn heading(section: &Section, latex: &Latex, dialect: &Dialect, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(dialect.heading.0.as_bytes())?;
    match &section.heading {
        Heading::Problem => out.write_all(b"Problem")?,
        Heading::Result => out.write_all(b"Result")?,
        Heading::Derivative(expr) => prose(&[Prose::Math(expr.clone())], latex, dialect, out)?,
    }
    writeln!(out, "{}\n", dialect.heading.1)
}

fn prose(pieces: &[Prose], latex: &Latex, dialect: &Dialect, out: &mut dyn Write) -> io::Result<()> {
    for piece in pieces {
        match piece {
            Prose::Text(text) => out.write_all((dialect.escape)(text).as_bytes())?,
            Prose::Shape(shape) => {
                out.write_all(dialect.inline.0.as_bytes())?;
                for (position, dim) in [&shape.rows, &shape.columns].into_iter().enumerate() {
                    if position > 0 {
                        out.write_all(b" \\times ")?;
                    }
                    let dim = dim.to_expr();
                    let sum = matches!(dim.kind, ExprKind::Sum(_));
                    out.write_all(if sum { b"(" } else { b"" })?;
                    latex.expr(&dim, out)?;
                    out.write_all(if sum { b")" } else { b"" })?;
                }
                out.write_all(dialect.inline.1.as_bytes())?;
            }
            Prose::Math(expr) => {
                out.write_all(dialect.inline.0.as_bytes())?;
                latex.expr(expr, out)?;
                out.write_all(dialect.inline.1.as_bytes())?;
            }
        }
    }
    Ok(())
}

fn escape_latex(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\textbackslash "),
            '~' => escaped.push_str("\\textasciitilde "),
            '^' => escaped.push_str("\\textasciicircum "),
            '#' | '$' | '%' | '&' | '_' | '{' | '}' => escaped.extend(['\\', letter]),
            '<' => escaped.push_str("\\textless "),
            '>' => escaped.push_str("\\textgreater "),
            _ => escaped.push(letter),
        }
    }
    escaped
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '*' | '_' | '$' | '|' | '`' | '[' | ']' | '<' | '{') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// The most columns that any matrix shows.
fn widest(derivation: &Derivation, latex: &Latex) -> usize {
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    let chains = steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
    let exprs =
        chains.flat_map(|chain| std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, expr)| expr)));
    exprs.map(|expr| columns(expr, latex)).max().unwrap_or(0)
}

fn columns(expr: &Expr, latex: &Latex) -> usize {
    let inner =
        |exprs: &mut dyn Iterator<Item = &Expr>| exprs.map(|expr| columns(expr, latex)).max().unwrap_or(0);
    match &expr.kind {
        ExprKind::Matrix(_) | ExprKind::Table(_) => match latex.lowering.lower(expr) {
            Notation::Grid(Grid { columns, .. }) => columns.len(),
            _ => 0,
        },
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Tuple(_) => 0,
        ExprKind::Index { base: one, .. }
        | ExprKind::Transpose(one)
        | ExprKind::Negate(one)
        | ExprKind::Power { base: one, .. }
        | ExprKind::BigSum { body: one, .. } => columns(one, latex),
        ExprKind::Product { first, rest } => {
            inner(&mut std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)))
        }
        ExprKind::Sum(terms) => inner(&mut terms.iter().map(|(_, term)| term)),
        ExprKind::Call { arguments, .. } => inner(&mut arguments.iter()),
        ExprKind::Derivative(derivative) => columns(&derivative.numerator, latex),
        ExprKind::Contraction { left, right } => columns(left, latex).max(columns(right, latex)),
    }
}
