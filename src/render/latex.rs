//! Formulas in LaTeX: the part of it that LaTeX with amsmath, KaTeX and MathJax share.

use std::io::{self, Write};

use crate::derivation::{Chain, Display, Relation};
use crate::notation::{Grid, Joint, Lowering, Notation, Piece, Show, Slot, Symbol, ends_in_digits, tokens};
use crate::syntax::ast::{Expr, Name, Sign};

/// Writes formulas of one problem.
pub(super) struct Latex<'a> {
    pub lowering: Lowering<'a>,
}

type Out<'o> = &'o mut dyn Write;

impl Latex<'_> {
    /// Chains side by side; one with several links is split into lines.
    pub fn display(&self, display: &Display, out: Out) -> io::Result<()> {
        for (position, chain) in display.chains.iter().enumerate() {
            if position > 0 {
                out.write_all(b"\n\\quad\\quad\n")?;
            }
            self.chain(chain, out)?;
        }
        out.write_all(b"\n")
    }

    fn chain(&self, chain: &Chain, out: Out) -> io::Result<()> {
        let split =
            chain.rest.len() > 1 && chain.rest.iter().all(|(relation, _)| *relation == Relation::Equal);
        if split {
            out.write_all(b"\\begin{split}\n")?;
        }
        self.expr(&chain.first, out)?;
        let mut implied = false;
        for (position, (relation, expr)) in chain.rest.iter().enumerate() {
            implied |= *relation == Relation::Implies;
            let sign = match relation {
                Relation::Equal if !split => " = ",
                Relation::Equal if position == 0 => " &= ",
                Relation::Equal => " \\\\\n    &= ",
                Relation::Implies => "\n\\implies ",
            };
            out.write_all(sign.as_bytes())?;
            match self.lowering.lower(expr) {
                // What ⟹ only lays out is kept short in the source, as the reference document has it: beyond
                // four entries its rows stand on one line. It reads the same when set.
                Notation::Grid(grid) if implied && grid.rows.len() * grid.columns.len() > 4 => {
                    self.rows(&grid, b" \\\\ ", out)?;
                }
                notation => self.math(&notation, out)?,
            }
        }
        if split {
            out.write_all(b"\n\\end{split}")?;
        }
        Ok(())
    }

    pub fn expr(&self, expr: &Expr, out: Out) -> io::Result<()> {
        self.math(&self.lowering.lower(expr), out)
    }

    fn math(&self, notation: &Notation, out: Out) -> io::Result<()> {
        match notation {
            Notation::Number(digits) => out.write_all(digits.as_bytes()),
            Notation::Name(name) => out.write_all(spelled(name).as_bytes()),
            Notation::Symbol(symbol) => out.write_all(sign(*symbol).as_bytes()),
            Notation::Entry { base, indices } => {
                self.math(base, out)?;
                self.group(b"_{", indices, ",", out)
            }
            Notation::List(parts) => {
                out.write_all(b"(")?;
                self.list(parts, ",", out)?;
                out.write_all(b")")
            }
            Notation::Power { base, exponent, entrywise } => {
                self.math(base, out)?;
                out.write_all(if *entrywise { b"^{\\odot " } else { b"^{" })?;
                self.math(exponent, out)?;
                out.write_all(b"}")
            }
            Notation::Transpose(inner) => {
                self.math(inner, out)?;
                out.write_all(b"^{T}")
            }
            Notation::Fraction { top, bottom, behind: false } => self.fraction(top, bottom, out),
            Notation::Fraction { top, bottom, behind: true } => self.spread(top, bottom, out),
            Notation::Derivative { order, top, behind, by } => self.derivative(*order, top, *behind, by, out),
            Notation::Held { inner, held } => {
                out.write_all(b"\\left. ")?;
                self.math(inner, out)?;
                out.write_all(b" \\right\\vert")?;
                self.group(b"_{", held, ", ", out)
            }
            Notation::BigSum { binders, body } => {
                for (name, range) in binders {
                    out.write_all(b"\\sum")?;
                    if let Some(range) = range {
                        out.write_all(b"^{")?;
                        self.math(range, out)?;
                        out.write_all(b"}")?;
                    }
                    let from = if range.is_some() { "=1" } else { "" };
                    write!(out, "_{{{}{from}}} ", spelled(name))?;
                }
                self.math(body, out)
            }
            Notation::Product(parts) => self.product(parts, out),
            Notation::Negate(inner) => {
                out.write_all(b"-")?;
                self.math(inner, out)
            }
            Notation::Sum(terms) => {
                for (position, (sign, term)) in terms.iter().enumerate() {
                    let sign = match (position, sign) {
                        (0, Sign::Plus) => "",
                        (0, Sign::Minus) => "-",
                        (_, Sign::Plus) => " + ",
                        (_, Sign::Minus) => " - ",
                    };
                    out.write_all(sign.as_bytes())?;
                    self.math(term, out)?;
                }
                Ok(())
            }
            Notation::Brackets { inner, show } => match show {
                Show::Linear => self.math(inner, out),
                Show::Always | Show::Stacked => self.bracketed("(", std::slice::from_ref(inner), ")", out),
            },
            Notation::Call { latex: Some(pieces), .. } => self.pieces(pieces, out),
            Notation::Call { function, primes, arguments, .. } => {
                self.call(function, *primes, arguments, out)
            }
            Notation::Grid(grid) => self.grid(grid, out),
        }
    }

    fn fraction(&self, top: &Notation, bottom: &Notation, out: Out) -> io::Result<()> {
        out.write_all(b"\\frac{")?;
        self.math(top, out)?;
        out.write_all(b"}{")?;
        self.math(bottom, out)?;
        out.write_all(b"}")
    }

    /// `1 / bottom` and the numerator behind it; a number that begins the numerator stays on top.
    fn spread(&self, top: &Notation, bottom: &Notation, out: Out) -> io::Result<()> {
        let one = Notation::Number("1".to_string());
        let behind = match top {
            Notation::Product(parts) => match &parts[..] {
                [(_, number @ Notation::Number(_)), rest @ ..]
                    if rest.first().is_some_and(|(joint, _)| *joint == Joint::Beside) =>
                {
                    self.fraction(number, bottom, out)?;
                    out.write_all(b" ")?;
                    return self.product(rest, out);
                }
                _ if parts.iter().all(|(joint, _)| matches!(joint, Joint::Beside | Joint::Dot)) => false,
                _ => true,
            },
            Notation::Sum(_) | Notation::Negate(_) | Notation::BigSum { .. } => true,
            Notation::Brackets { .. } => true,
            _ => false,
        };
        self.fraction(&one, bottom, out)?;
        out.write_all(b" ")?;
        match top {
            Notation::Brackets { inner, .. } => self.bracketed("(", &[Borrowed(inner)], ")", out),
            top if behind => self.bracketed("(", &[Borrowed(top)], ")", out),
            top => self.math(top, out),
        }
    }

    /// Growing brackets stay as they stand high; others are those of the line, which keep their distance from a name.
    fn pieces(&self, pieces: &[Piece<Notation>], out: Out) -> io::Result<()> {
        let tall = pieces.iter().any(|piece| matches!(piece, Piece::Slot(slot) if is_tall(slot)));
        for piece in pieces {
            match piece {
                Piece::Slot(slot) => self.math(slot, out)?,
                Piece::Text(text) if tall => out.write_all(text.as_bytes())?,
                Piece::Text(text) => {
                    let mut side = None;
                    for token in tokens(text) {
                        match (side.take(), token) {
                            (_, "\\left" | "\\right") => side = Some(token),
                            (Some(_), ".") => {}
                            (Some("\\left"), "|") => out.write_all(b"\\lvert ")?,
                            (Some("\\left"), "\\|") => out.write_all(b"\\lVert ")?,
                            (Some("\\right"), "|") => out.write_all(b" \\rvert")?,
                            (Some("\\right"), "\\|") => out.write_all(b" \\rVert")?,
                            (_, token) => out.write_all(token.as_bytes())?,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn group(&self, open: &[u8], items: &[Notation], separator: &str, out: Out) -> io::Result<()> {
        out.write_all(open)?;
        self.list(items, separator, out)?;
        out.write_all(b"}")
    }

    fn list(&self, items: &[Notation], separator: &str, out: Out) -> io::Result<()> {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                out.write_all(separator.as_bytes())?;
            }
            self.math(item, out)?;
        }
        Ok(())
    }

    fn bracketed<N: AsRef<Notation>>(
        &self,
        open: &str,
        items: &[N],
        close: &str,
        out: Out,
    ) -> io::Result<()> {
        let tall = items.iter().any(|item| is_tall(item.as_ref()));
        let (left, right) = if tall { ("\\left", "\\right") } else { ("", "") };
        write!(out, "{left}{open}")?;
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                out.write_all(b", ")?;
            }
            self.math(item.as_ref(), out)?;
        }
        write!(out, "{right}{close}")
    }

    fn derivative(
        &self,
        order: u32,
        top: &Notation,
        behind: bool,
        by: &[(Notation, u32)],
        out: Out,
    ) -> io::Result<()> {
        out.write_all(b"\\frac{\\partial")?;
        if order > 1 {
            write!(out, "^{{{order}}}")?;
        }
        if !behind {
            out.write_all(b" ")?;
            self.math(top, out)?;
        }
        out.write_all(b"}{")?;
        for (position, (variable, order)) in by.iter().enumerate() {
            out.write_all(if position > 0 { b" \\, \\partial " } else { b"\\partial " })?;
            self.math(variable, out)?;
            if *order > 1 {
                write!(out, "^{{{order}}}")?;
            }
        }
        out.write_all(b"}")?;
        if behind { self.math(top, out) } else { Ok(()) }
    }

    fn product(&self, parts: &[(Joint, Notation)], out: Out) -> io::Result<()> {
        let mut before: Option<&Notation> = None;
        for (joint, part) in parts {
            if let Some(before) = before {
                out.write_all(match joint {
                    Joint::Dot => b" \\cdot ".as_slice(),
                    Joint::Hadamard => b" \\odot ",
                    Joint::HadamardDivide => b" \\oslash ",
                    Joint::Beside if is_grid(before) && is_grid(part) => b"\n",
                    Joint::Beside if is_word(before) || is_word(part) => b" \\, ",
                    Joint::Beside if is_letter(before) && is_letter(part) => b"",
                    Joint::Beside => b" ",
                })?;
            }
            self.math(part, out)?;
            before = Some(part);
        }
        Ok(())
    }

    fn call(&self, function: &Name, primes: usize, arguments: &[Notation], out: Out) -> io::Result<()> {
        let name = match &**function {
            short if short.chars().count() == 1 || greek(short) => spelled(short),
            long if long.is_ascii() => format!("\\operatorname{{{}}}", long.replace('_', "\\_")),
            other => spelled(other),
        };
        write!(out, "{name}{}", "'".repeat(primes))?;
        self.bracketed("(", &borrowed(arguments), ")", out)
    }

    /// Cell by cell, so that a large matrix never stands in memory as text.
    fn grid(&self, grid: &Grid, out: Out) -> io::Result<()> {
        self.rows(grid, b" \\\\\n    ", out)
    }

    fn rows(&self, grid: &Grid, separator: &[u8], out: Out) -> io::Result<()> {
        out.write_all(b"\\begin{pmatrix}\n    ")?;
        for (r, row) in grid.rows.iter().enumerate() {
            if r > 0 {
                out.write_all(separator)?;
            }
            for (c, column) in grid.columns.iter().enumerate() {
                if c > 0 {
                    out.write_all(b" & ")?;
                }
                match (row, column) {
                    (Slot::At(_), Slot::At(_)) => self.math(&self.lowering.cell(grid, r, c), out)?,
                    (Slot::At(_), Slot::Dots) => out.write_all(b"\\cdots")?,
                    (Slot::Dots, Slot::At(_)) => out.write_all(b"\\vdots")?,
                    (Slot::Dots, Slot::Dots) => out.write_all(b"\\ddots")?,
                }
            }
        }
        out.write_all(b"\n\\end{pmatrix}")
    }
}

struct Borrowed<'a>(&'a Notation);

impl AsRef<Notation> for Borrowed<'_> {
    fn as_ref(&self) -> &Notation {
        self.0
    }
}

fn borrowed(items: &[Notation]) -> Vec<Borrowed<'_>> {
    items.iter().map(Borrowed).collect()
}

fn sign(symbol: Symbol) -> &'static str {
    match symbol {
        Symbol::Dots => "\\cdots",
        Symbol::Delta => "\\delta",
    }
}

fn is_grid(notation: &Notation) -> bool {
    matches!(notation, Notation::Grid(_))
}

fn is_tall(notation: &Notation) -> bool {
    match notation {
        Notation::Grid(_)
        | Notation::Fraction { .. }
        | Notation::Derivative { .. }
        | Notation::Held { .. }
        | Notation::BigSum { .. } => true,
        Notation::Product(parts) => parts.iter().any(|(_, part)| is_tall(part)),
        Notation::Sum(terms) => terms.iter().any(|(_, term)| is_tall(term)),
        Notation::Negate(inner) | Notation::Transpose(inner) | Notation::Brackets { inner, .. } => {
            is_tall(inner)
        }
        Notation::Power { base, .. } | Notation::Entry { base, .. } => is_tall(base),
        Notation::Call { arguments, .. } => arguments.iter().any(is_tall),
        _ => false,
    }
}

/// Needs a space beside it to be told from its neighbour.
fn is_word(notation: &Notation) -> bool {
    match notation {
        Notation::Name(name) => spelled(name).starts_with("\\mathrm") || !name.is_ascii(),
        // A name before its arguments; a root, a bar or a letter with an index stands as a letter does.
        Notation::Call { latex: Some(pieces), .. } => {
            matches!(pieces.first(), Some(Piece::Text(text)) if text.ends_with('('))
        }
        Notation::Call { .. } => true,
        Notation::Entry { base, .. } | Notation::Power { base, .. } => is_word(base),
        Notation::Transpose(inner) | Notation::Negate(inner) => is_word(inner),
        _ => false,
    }
}

fn is_letter(notation: &Notation) -> bool {
    match notation {
        Notation::Name(name) => name.chars().count() == 1,
        Notation::Entry { base, .. } => is_letter(base),
        Notation::Transpose(inner) => is_letter(inner),
        _ => false,
    }
}

const GREEK: [&str; 34] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta",
    "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
];

fn greek(name: &str) -> bool {
    GREEK.contains(&name)
}

/// A name: a letter as it is, a Greek letter by its command, a word upright, trailing digits as an index.
pub(super) fn spelled(name: &str) -> String {
    if ends_in_digits(name) {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let stem_end = stem.trim_end_matches('_');
        let shown = if stem_end.is_empty() { stem } else { stem_end };
        return format!("{}_{{{}}}", spelled(shown), &name[stem.len()..]);
    }
    if greek(name) {
        return format!("\\{name}");
    }
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_alphabetic() => name.to_string(),
        (Some(letter), None) if greek_command(letter).is_some() => {
            format!("\\{}", greek_command(letter).unwrap_or_default())
        }
        _ if name.is_ascii() => format!("\\mathrm{{{}}}", name.replace('_', "\\_")),
        _ => format!("\\text{{{}}}", name.replace('_', "\\_")),
    }
}

fn greek_command(letter: char) -> Option<&'static str> {
    const LETTERS: &str = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ";
    LETTERS.chars().position(|known| known == letter).and_then(|place| GREEK.get(place).copied())
}
