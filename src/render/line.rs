//! Formulas in Unicode text: flat, wrapped, or with matrices as blocks.

use std::io::{self, Write};

use pretty::RcDoc;
use unicode_width::UnicodeWidthStr;

use super::block::Block;
use crate::notation::{Grid, Joint, Lowering, Notation, Piece, Show, Slot, Symbol, ends_in_digits};
use crate::syntax::ast::{Expr, Sign};

/// Writes formulas of one problem.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    lowering: Lowering<'a>,
    /// Columns up to which a term of a sum is kept in one line.
    term: usize,
}

/// Columns up to which a call or a pair of brackets is kept in one line.
const INSIDE: usize = 40;

type Doc = RcDoc<'static, ()>;

impl<'a> Lines<'a> {
    pub fn new(lowering: Lowering<'a>) -> Lines<'a> {
        Lines { lowering, term: INSIDE }
    }

    pub fn lower(&self, expr: &Expr) -> Notation {
        self.lowering.lower(expr)
    }

    /// In one line, matrices as `[a, b; c, d]`.
    pub fn flat(&self, notation: &Notation) -> String {
        // Every break is a space when nothing limits the width.
        let lines = Lines { term: usize::MAX, ..*self };
        lines.doc(notation).pretty(usize::from(u16::MAX) * 1024).to_string()
    }

    /// Broken into lines that hang at an indent; the first line is begun already.
    pub fn wrapped(
        &self,
        notation: &Notation,
        hang: usize,
        width: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // A sign stands before it. What keeps together is broken only where it would stand over the edge.
        let room = width.saturating_sub(hang + 2).max(INSIDE);
        let tried = [room, INSIDE, usize::MAX].into_iter().map(|term| {
            let lines = Lines { term, ..*self };
            lines.doc(notation).pretty(width.saturating_sub(hang)).to_string()
        });
        let fits = |text: &String| text.lines().all(|line| line.trim_end().width() + hang <= width);
        let mut last = String::new();
        for text in tried {
            last = text;
            if fits(&last) {
                break;
            }
        }
        moved(&last, hang, out)
    }

    /// One row of a grid in one line.
    pub fn flat_row(&self, grid: &Grid, row: usize) -> String {
        self.row(grid, row).pretty(usize::from(u16::MAX) * 1024).to_string()
    }

    /// One cell of a grid, wrapped in the same way as a formula.
    pub fn wrapped_cell(
        &self,
        grid: &Grid,
        (row, column): (usize, usize),
        hang: usize,
        width: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let cell = match (grid.rows.get(row), grid.columns.get(column)) {
            (Some(Slot::At(_)), Some(Slot::At(_))) => self.doc(&self.lowering.cell(grid, row, column)),
            _ => word(self.cell(grid, row, column)),
        };
        filled(cell, hang, width, out)
    }

    /// As a block with matrices as grids; `None` if that is wider than the width.
    pub fn block(&self, notation: &Notation, width: usize) -> Option<Block> {
        let block = match notation {
            Notation::Grid(grid) => {
                if grid.columns.len() * 3 > width {
                    return None;
                }
                let mut cells = Vec::new();
                for row in 0..grid.rows.len() {
                    let row: Vec<String> =
                        (0..grid.columns.len()).map(|column| self.cell(grid, row, column)).collect();
                    if row.iter().map(|cell| cell.width() + 2).sum::<usize>() > width {
                        return None;
                    }
                    cells.push(row);
                }
                Block::grid(&cells)
            }
            Notation::Product(parts) if parts.iter().any(|(_, part)| has_grid(part)) => {
                let mut built: Option<Block> = None;
                for (joint, part) in parts {
                    let block = self.block(part, width)?;
                    built = Some(match built {
                        None => block,
                        Some(left) => match joint_sign(*joint) {
                            "" => left.beside(block, 1),
                            sign => left.beside(Block::line(sign.to_string()), 1).beside(block, 1),
                        },
                    });
                }
                built?
            }
            Notation::Sum(terms) if terms.iter().any(|(_, term)| has_grid(term)) => {
                let mut built: Option<Block> = None;
                for (sign, term) in terms {
                    let block = self.block(term, width)?;
                    built = Some(match (built, sign) {
                        (None, Sign::Plus) => block,
                        (None, Sign::Minus) => Block::line("-".to_string()).beside(block, 0),
                        (Some(left), Sign::Plus) => {
                            left.beside(Block::line("+".to_string()), 1).beside(block, 1)
                        }
                        (Some(left), Sign::Minus) => {
                            left.beside(Block::line("-".to_string()), 1).beside(block, 1)
                        }
                    });
                }
                built?
            }
            Notation::Brackets { inner, show: Show::Always } if has_grid(inner) => {
                self.block(inner, width)?.in_brackets()
            }
            _ => Block::line(self.flat(notation)),
        };
        (block.width() <= width).then_some(block)
    }

    fn cell(&self, grid: &Grid, row: usize, column: usize) -> String {
        match (grid.rows.get(row), grid.columns.get(column)) {
            (Some(Slot::At(_)), Some(Slot::At(_))) => self.flat(&self.lowering.cell(grid, row, column)),
            (Some(Slot::At(_)), _) => "⋯".to_string(),
            (_, Some(Slot::At(_))) => "⋮".to_string(),
            _ => "⋱".to_string(),
        }
    }

    fn row(&self, grid: &Grid, row: usize) -> Doc {
        let cells =
            (0..grid.columns.len()).map(|column| match (grid.rows.get(row), grid.columns.get(column)) {
                (Some(Slot::At(_)), Some(Slot::At(_))) => self.doc(&self.lowering.cell(grid, row, column)),
                _ => word(self.cell(grid, row, column)),
            });
        RcDoc::intersperse(cells, word(",").append(RcDoc::softline()))
    }

    fn list(&self, items: &[Notation]) -> Doc {
        RcDoc::intersperse(items.iter().map(|item| self.doc(item)), word(",").append(RcDoc::softline()))
    }

    fn doc(&self, notation: &Notation) -> Doc {
        if matches!(notation, Notation::Call { .. } | Notation::Entry { .. } | Notation::Brackets { .. })
            && self.term < usize::MAX
        {
            let flat = self.flat(notation);
            if flat.width() <= INSIDE {
                return word(flat);
            }
        }
        match notation {
            Notation::Number(digits) => word(digits.clone()),
            Notation::Name(name) => word(name.to_string()),
            Notation::Symbol(symbol) => word(symbol_text(*symbol)),
            Notation::List(parts) => {
                let texts: Vec<String> = parts.iter().map(|part| self.flat(part)).collect();
                word(format!("({})", texts.join(",")))
            }
            Notation::Entry { base, indices } => {
                let literals: Option<Vec<&str>> = indices
                    .iter()
                    .map(|index| match index {
                        Notation::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                            Some(digits.as_str())
                        }
                        _ => None,
                    })
                    .collect();
                let indices = match literals {
                    Some(literals) if !digit_named(base) => {
                        let separator =
                            if literals.iter().all(|digits| digits.len() == 1) { "" } else { "," };
                        lowered(&literals.join(separator))
                    }
                    _ => {
                        let texts: Vec<String> = indices.iter().map(|index| self.flat(index)).collect();
                        format!("[{}]", texts.join(","))
                    }
                };
                self.doc(base).append(word(indices))
            }
            Notation::Power { base, exponent, entrywise } => {
                let flat = self.flat(exponent);
                let raised = match &**exponent {
                    Notation::Brackets { inner, show: Show::Linear } => raised(&self.flat(inner)),
                    _ => raised(&flat),
                };
                match raised {
                    Some(raised) if !entrywise => self.doc(base).append(word(raised)),
                    _ => {
                        self.doc(base).append(word(format!("{}{flat}", if *entrywise { ".^" } else { "^" })))
                    }
                }
            }
            Notation::Transpose(inner) => self.doc(inner).append(word("ᵀ")),
            Notation::Fraction { top, bottom, .. } => {
                self.doc(top).append(word("/")).append(self.doc(bottom))
            }
            Notation::Derivative { order, top, behind, by } => {
                let raise = |order: u32| {
                    if order > 1 { raised(&order.to_string()).unwrap_or_default() } else { String::new() }
                };
                let mut doc = word(format!("∂{}", raise(*order)));
                if !behind {
                    doc = doc.append(self.doc(top));
                }
                doc = doc.append(word("/"));
                for (variable, order) in by {
                    doc = doc.append(word("∂")).append(self.doc(variable)).append(word(raise(*order)));
                }
                if *behind { doc.append(self.doc(top)) } else { doc }
            }
            Notation::Held { inner, held } => {
                self.doc(inner).append(word("|_{")).append(self.list(held)).append(word("}"))
            }
            Notation::BigSum { binders, body } => {
                let mut doc = RcDoc::nil();
                for (name, range) in binders {
                    let limits = match range {
                        Some(range) => format!("Σ({name}=1..{})", self.flat(range)),
                        None => format!("Σ({name})"),
                    };
                    doc = doc.append(word(limits)).append(RcDoc::softline());
                }
                doc.append(self.doc(body))
            }
            Notation::Product(parts) => {
                let mut doc = RcDoc::nil();
                for (position, (joint, part)) in parts.iter().enumerate() {
                    if position > 0 {
                        doc = doc.append(RcDoc::softline());
                        if !joint_sign(*joint).is_empty() {
                            doc = doc.append(word(format!("{} ", joint_sign(*joint))));
                        }
                    }
                    doc = doc.append(self.doc(part));
                }
                doc
            }
            Notation::Negate(inner) => word("-").append(self.doc(inner)),
            Notation::Sum(terms) => {
                let mut doc = RcDoc::nil();
                for (position, (sign, term)) in terms.iter().enumerate() {
                    // Lines break between terms, and inside a term only when it is long itself.
                    let term = match self.term {
                        usize::MAX => self.doc(term),
                        room => {
                            let flat = self.flat(term);
                            if flat.width() <= room { word(flat) } else { self.doc(term).group() }
                        }
                    };
                    doc = match (position, sign) {
                        (0, Sign::Plus) => doc.append(term),
                        (0, Sign::Minus) => doc.append(word("-")).append(term),
                        (_, Sign::Plus) => doc.append(RcDoc::softline()).append(word("+ ")).append(term),
                        (_, Sign::Minus) => doc.append(RcDoc::softline()).append(word("- ")).append(term),
                    };
                }
                doc
            }
            Notation::Brackets { inner, show } => match show {
                Show::Stacked => self.doc(inner),
                Show::Always | Show::Linear => word("(").append(self.doc(inner)).append(word(")")),
            },
            Notation::Call { text: Some(pieces), .. } => {
                let mut doc = RcDoc::nil();
                for piece in pieces {
                    doc = doc.append(match piece {
                        Piece::Slot(slot) => self.doc(slot),
                        // A line may break at any of its spaces.
                        Piece::Text(text) => RcDoc::intersperse(text.split(' ').map(word), RcDoc::softline()),
                    });
                }
                doc
            }
            Notation::Call { function, primes, arguments, .. } => {
                word(format!("{function}{}(", "'".repeat(*primes)))
                    .append(self.list(arguments))
                    .append(word(")"))
            }
            Notation::Grid(grid) => {
                let rows = (0..grid.rows.len()).map(|row| self.row(grid, row));
                word("[")
                    .append(RcDoc::intersperse(rows, word(";").append(RcDoc::softline())))
                    .append(word("]"))
            }
        }
    }
}

/// Text of its display width, which a document does not look at again.
fn word(text: impl Into<String>) -> Doc {
    RcDoc::text(text.into())
}

fn filled(doc: Doc, hang: usize, width: usize, out: &mut dyn Write) -> io::Result<()> {
    moved(&doc.pretty(width.saturating_sub(hang)).to_string(), hang, out)
}

/// What was laid out as if the margin were not there, behind it.
fn moved(text: &str, hang: usize, out: &mut dyn Write) -> io::Result<()> {
    for (position, line) in text.lines().enumerate() {
        if position > 0 {
            write!(out, "\n{:hang$}", "")?;
        }
        write!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Whether it is written on more than one line.
pub(super) fn has_grid(notation: &Notation) -> bool {
    match notation {
        Notation::Grid(_) => true,
        Notation::Brackets { inner, .. } => has_grid(inner),
        Notation::Product(parts) => parts.iter().any(|(_, part)| has_grid(part)),
        Notation::Sum(terms) => terms.iter().any(|(_, term)| has_grid(term)),
        _ => false,
    }
}

/// `W1`, after which a digit set low would read as part of the name.
fn digit_named(base: &Notation) -> bool {
    match base {
        Notation::Name(name) => ends_in_digits(name),
        Notation::Brackets { inner, show: Show::Stacked } => digit_named(inner),
        _ => false,
    }
}

fn joint_sign(joint: Joint) -> &'static str {
    match joint {
        Joint::Beside => "",
        Joint::Dot => "·",
        Joint::Hadamard => "⊙",
        Joint::HadamardDivide => "⊘",
    }
}

fn symbol_text(symbol: Symbol) -> &'static str {
    match symbol {
        Symbol::Dots => "⋯",
        Symbol::Delta => "δ",
    }
}

fn lowered(digits: &str) -> String {
    digits.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(0x2080 + d)).unwrap_or(c)).collect()
}

/// The text as superscripts, if each of its characters has one.
fn raised(text: &str) -> Option<String> {
    text.chars()
        .map(|c| match c {
            '1' => Some('¹'),
            '2' => Some('²'),
            '3' => Some('³'),
            '-' => Some('⁻'),
            'n' => Some('ⁿ'),
            _ => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)),
        })
        .collect()
}
