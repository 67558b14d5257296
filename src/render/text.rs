//! Plain text for a terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::Options;
use super::block::Block;
use super::line::{Lines, has_grid};
use crate::derivation::{Chain, Derivation, Display, Heading, Prose, Relation, Remark};
use crate::notation::{Grid, Joint, Lowering, Notation};
use crate::syntax::ast::Sign;

/// Indent of displays.
const INDENT: usize = 4;

pub(super) fn write(
    derivation: &Derivation,
    verdict: &str,
    lowering: Lowering,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = Text { lines: Lines::new(lowering), width: options.width.max(20), colour: options.colour };
    for (position, section) in derivation.sections.iter().enumerate() {
        if position > 0 {
            writeln!(out)?;
        }
        text.heading(&section.heading, out)?;
        for (number, step) in section.steps.iter().enumerate() {
            writeln!(out)?;
            if !step.prose.is_empty() {
                let label = if section.steps.len() > 1 { format!("{}. ", number + 1) } else { String::new() };
                text.prose(&label, &step.sentence(), out)?;
            }
            for (place, display) in step.displays.iter().enumerate() {
                if place > 0 || !step.prose.is_empty() {
                    writeln!(out)?;
                }
                text.display(display, out)?;
            }
        }
    }
    for answer in &derivation.answers {
        let remark = match &answer.remark {
            Some(Remark::Vanishes) => continue,
            Some(Remark::Independent) => {
                " is zero: the numerator does not depend on the denominator.".to_string()
            }
            // The result said so.
            Some(Remark::IndexForm { .. } | Remark::Given) | None => continue,
        };
        writeln!(out)?;
        text.prose("", &[Prose::Math(answer.goal.clone()), Prose::Text(remark)], out)?;
    }
    if !verdict.is_empty() {
        writeln!(out)?;
        text.prose("", &[Prose::Text(verdict.to_string())], out)?;
    }
    Ok(())
}

struct Text<'a> {
    lines: Lines<'a>,
    width: usize,
    colour: bool,
}

impl Text<'_> {
    fn heading(&self, heading: &Heading, out: &mut dyn Write) -> io::Result<()> {
        let title = match heading {
            Heading::Problem => "Problem".to_string(),
            Heading::Result => "Result".to_string(),
            Heading::Derivative(expr) => self.lines.flat(&self.lines.lower(expr)),
        };
        let (on, off) = if self.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let rule = "─".repeat(title.width().min(self.width));
        writeln!(out, "{on}{title}{off}\n{rule}")
    }

    /// Words filled to the width, under a label that hangs; a formula in the line is not broken.
    fn prose(&self, label: &str, pieces: &[Prose], out: &mut dyn Write) -> io::Result<()> {
        // A no-break space keeps a formula whole until the words are told apart.
        let text: String = pieces
            .iter()
            .map(|piece| match piece {
                Prose::Text(text) => text.clone(),
                Prose::Shape(shape) => shape.to_string(),
                Prose::Math(expr) => {
                    let flat = self.lines.flat(&self.lines.lower(expr));
                    if flat.width() + label.width() > self.width { flat } else { flat.replace(' ', "\u{a0}") }
                }
            })
            .collect();
        let mut line = label.to_string();
        let mut used = label.width();
        let mut fresh = true;
        for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
            let needed = word.width();
            if !fresh && used + 1 + needed > self.width {
                writeln!(out, "{}", line.replace('\u{a0}', " ").trim_end())?;
                line = " ".repeat(label.width());
                used = label.width();
                fresh = true;
            }
            if !fresh {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += needed;
            fresh = false;
        }
        writeln!(out, "{}", line.replace('\u{a0}', " ").trim_end())
    }

    fn display(&self, display: &Display, out: &mut dyn Write) -> io::Result<()> {
        let flats: Vec<Option<String>> = display.chains.iter().map(|chain| self.one_line(chain)).collect();
        if flats.len() > 1
            && let Some(flats) = flats.into_iter().collect::<Option<Vec<String>>>()
        {
            let joined = flats.join("      ");
            if joined.width() + INDENT <= self.width {
                return writeln!(out, "{:INDENT$}{joined}", "");
            }
        }
        for (position, chain) in display.chains.iter().enumerate() {
            if position > 0 {
                writeln!(out)?;
            }
            self.chain(chain, out)?;
        }
        Ok(())
    }

    /// The chain in one line, if nothing in it is a matrix and it fits.
    fn one_line(&self, chain: &Chain) -> Option<String> {
        let mut line = String::new();
        let links = std::iter::once((None, &chain.first))
            .chain(chain.rest.iter().map(|(relation, expr)| (Some(*relation), expr)));
        for (relation, expr) in links {
            let block = self.lines.block(&self.lines.lower(expr), self.width)?;
            let [single] = &block.lines[..] else { return None };
            if let Some(relation) = relation {
                line.push_str(sign(relation));
            }
            line.push_str(single);
        }
        (line.width() + INDENT <= self.width).then_some(line)
    }

    /// What follows a ⟹ stands on lines of its own.
    fn chain(&self, chain: &Chain, out: &mut dyn Write) -> io::Result<()> {
        let mut parts: Vec<Chain> = vec![Chain::new(chain.first.clone())];
        for (relation, expr) in &chain.rest {
            match (relation, parts.last_mut()) {
                (Relation::Equal, Some(part)) => part.rest.push((Relation::Equal, expr.clone())),
                _ => parts.push(Chain::new(expr.clone())),
            }
        }
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                writeln!(out)?;
            }
            self.part(part, if position > 0 { "⟹  " } else { "" }, out)?;
        }
        Ok(())
    }

    fn part(&self, chain: &Chain, before: &str, out: &mut dyn Write) -> io::Result<()> {
        if before.is_empty()
            && chain.rest.len() < 2
            && let Some(line) = self.one_line(chain)
        {
            return writeln!(out, "{:INDENT$}{line}", "");
        }
        let room = self.width - INDENT;
        let first = self.lines.lower(&chain.first);
        let mut line = self.lines.block(&first, room).unwrap_or_default();
        if !before.is_empty() && !line.lines.is_empty() {
            line = Block::line(before.to_string()).beside(line, 0);
        }
        let mut indent = INDENT + line.width();
        if line.lines.is_empty() {
            self.linear(&first, INDENT, "", out)?;
            indent = INDENT * 2;
        } else if indent > self.width / 2 || line.lines.len() > 1 {
            self.block(&line, INDENT, out)?;
            line = Block::default();
            indent = INDENT * 2;
        }
        let mut carried = (!line.lines.is_empty()).then_some(line);
        for (relation, expr) in &chain.rest {
            let notation = self.lines.lower(expr);
            let joint = Block::line(sign(*relation).to_string());
            let joint_width = joint.width();
            match self.lines.block(&notation, self.width.saturating_sub(indent + joint_width)) {
                Some(block) => {
                    let block = joint.beside(block, 0);
                    match carried.take() {
                        Some(first) => self.block(&first.beside(block, 0), INDENT, out)?,
                        None => self.block(&block, indent, out)?,
                    }
                    continue;
                }
                None => {
                    let lead = match carried.take() {
                        Some(first) => format!("{}{}", first.lines.concat(), sign(*relation)),
                        None => format!("{:width$}{}", "", sign(*relation), width = indent - INDENT),
                    };
                    let below =
                        self.lines.block(&notation, room - INDENT).filter(|block| block.lines.len() > 1);
                    match below {
                        Some(block) => {
                            writeln!(out, "{:INDENT$}{}", "", lead.trim_end())?;
                            self.block(&block, INDENT * 2, out)?;
                        }
                        None => self.linear(&notation, INDENT, &lead, out)?,
                    }
                }
            }
        }
        if let Some(first) = carried { self.block(&first, INDENT, out) } else { Ok(()) }
    }

    fn block(&self, block: &Block, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        for line in &block.lines {
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
        }
        Ok(())
    }

    /// Wrapped behind a lead, with a hanging indent; a lone table row by row.
    fn linear(&self, notation: &Notation, indent: usize, lead: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut hang = indent + lead.width();
        if hang > self.width / 2 {
            writeln!(out, "{:indent$}{}", "", lead.trim_end())?;
            hang = indent * 2;
            write!(out, "{:hang$}", "")?;
        } else {
            write!(out, "{:indent$}{lead}", "")?;
        }
        if let Some(rows) = self.terms(notation, self.width.saturating_sub(hang)) {
            for (number, line) in rows.iter().flat_map(|block| &block.lines).enumerate() {
                let margin = if number > 0 { hang } else { 0 };
                writeln!(out, "{:margin$}{}", "", line.trim_end())?;
            }
            return Ok(());
        }
        match notation {
            Notation::Grid(grid) => self.listed(grid, hang, out),
            // Matrices that do not fit side by side stand below one another.
            Notation::Product(parts)
                if parts.iter().any(|(_, part)| matches!(part, Notation::Grid(_)))
                    && parts.iter().all(|(joint, _)| *joint == Joint::Beside) =>
            {
                self.stacked(parts, hang, out)
            }
            _ => {
                self.lines.wrapped(notation, hang, self.width, out)?;
                writeln!(out)
            }
        }
    }
}

impl Text<'_> {
    /// A sum with matrices, each term a block of its own, if all of them fit.
    fn terms(&self, notation: &Notation, width: usize) -> Option<Vec<Block>> {
        let Notation::Sum(terms) = notation else { return None };
        if !has_grid(notation) {
            return None;
        }
        let term = |(position, (sign, term)): (usize, &(Sign, Notation))| {
            let sign = match (position, sign) {
                (0, Sign::Plus) => "  ",
                (_, Sign::Plus) => "+ ",
                (_, Sign::Minus) => "- ",
            };
            let block = self.lines.block(term, width.checked_sub(sign.len())?)?;
            Some(Block::line(sign.to_string()).beside(block, 0))
        };
        terms.iter().enumerate().map(term).collect()
    }

    /// Factors in rows of as many as fit; the first line is begun already.
    fn stacked(&self, parts: &[(Joint, Notation)], hang: usize, out: &mut dyn Write) -> io::Result<()> {
        let room = self.width.saturating_sub(hang);
        let mut rows: Vec<Result<Block, &Notation>> = Vec::new();
        for (_, part) in parts {
            let Some(block) = self.lines.block(part, room) else {
                rows.push(Err(part));
                continue;
            };
            match rows.last_mut() {
                Some(Ok(row)) if row.width() + 1 + block.width() <= room => {
                    *row = std::mem::take(row).beside(block, 1);
                }
                _ => rows.push(Ok(block)),
            }
        }
        for (place, row) in rows.iter().enumerate() {
            match row {
                Ok(block) => {
                    for (number, line) in block.lines.iter().enumerate() {
                        let margin = if place + number > 0 { hang } else { 0 };
                        writeln!(out, "{:margin$}{}", "", line.trim_end())?;
                    }
                }
                Err(part) => {
                    if place > 0 {
                        write!(out, "{:hang$}", "")?;
                    }
                    match part {
                        Notation::Grid(grid) => self.listed(grid, hang, out)?,
                        part => {
                            self.lines.wrapped(part, hang, self.width, out)?;
                            writeln!(out)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// A grid too wide for its columns: a row a line where that fits, else a cell a line.
    fn listed(&self, grid: &Grid, hang: usize, out: &mut dyn Write) -> io::Result<()> {
        let margin = " ".repeat(hang + 2);
        write!(out, "[ ")?;
        for row in 0..grid.rows.len() {
            if row > 0 {
                write!(out, ";\n{margin}")?;
            }
            let flat = self.lines.flat_row(grid, row);
            if flat.width() + hang + 3 <= self.width {
                write!(out, "{flat}")?;
                continue;
            }
            for column in 0..grid.columns.len() {
                if column > 0 {
                    write!(out, ",\n{margin}")?;
                }
                self.lines.wrapped_cell(grid, (row, column), hang + 2, self.width - 1, out)?;
            }
        }
        writeln!(out, " ]")
    }
}

fn sign(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => " = ",
        Relation::Implies => "  ⟹  ",
    }
}
