//! Notation given by a file, `as latex "…" text "…"`: text with slots for the arguments.
//!
//! What surrounds a slot says which brackets its argument needs, and what stands outside all brackets which ones the
//! whole needs among other factors. A template that cannot be set as it stands is not used.

use super::lower::Level;

/// A piece of a template: its own text, or the place of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece<A> {
    Text(String),
    Slot(A),
}

/// A template that has been read: arguments by number, each with how tightly it must hold together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    pub pieces: Vec<Piece<(usize, Level)>>,
    pub level: Level,
    /// Ends in an index set low.
    pub indexed: bool,
}

/// Reads a template for so many arguments; `None` where a slot has no argument or brackets do not pair.
pub(super) fn read(text: &str, arguments: usize) -> Option<Template> {
    let pieces = split(text, arguments)?;
    let Outside { level, indexed } = outside(&pieces)?;
    let mut read = Vec::with_capacity(pieces.len());
    for (place, piece) in pieces.iter().enumerate() {
        read.push(match piece {
            Piece::Text(text) => Piece::Text(text.clone()),
            Piece::Slot(argument) => {
                let text_at = |place: Option<usize>| match place.and_then(|place| pieces.get(place)) {
                    Some(Piece::Text(text)) => text.as_str(),
                    _ => "",
                };
                let opened = opens(text_at(place.checked_sub(1)));
                let closed = closes(text_at(Some(place + 1)));
                // Beside a sign such as `\otimes` an exponent reads as its own.
                let (before, after) = (text_at(place.checked_sub(1)), text_at(Some(place + 1)));
                let sign = |text: &str, token: Option<&str>| {
                    text.is_empty() || token.is_some_and(|token| token.starts_with('\\'))
                };
                let level = match opened && closed {
                    true => Level::Sum,
                    false
                        if sign(
                            before,
                            before.strip_suffix(' ').and_then(|text| text.rsplit(' ').next()),
                        ) && sign(after, after.strip_prefix(' ')) =>
                    {
                        Level::Power
                    }
                    false => Level::Atom,
                };
                Piece::Slot((*argument, level))
            }
        });
    }
    Some(Template { pieces: read, level, indexed })
}

/// The same with primes after the name of the function, if all arguments stand in one pair of round brackets after it.
pub(super) fn primed(template: Template, primes: usize) -> Option<Template> {
    if primes == 0 {
        return Some(template);
    }
    let mut pieces = template.pieces;
    let Some(Piece::Text(head)) = pieces.first_mut() else { return None };
    let name = head.strip_suffix('(')?;
    let (name, left) = match name.strip_suffix("\\left") {
        Some(name) => (name, "\\left("),
        None => (name, "("),
    };
    if name.is_empty() || name.contains(['(', '^', ' ', '|']) {
        return None;
    }
    *head = format!("{name}{}{left}", "'".repeat(primes));
    Some(Template { pieces, level: template.level, indexed: template.indexed })
}

fn split(text: &str, arguments: usize) -> Option<Vec<Piece<usize>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let (before, after) = rest.split_at(at);
        let after = &after[1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: usize = after[..digits].parse().ok()?;
        if number == 0 || number > arguments {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_string()));
        }
        pieces.push(Piece::Slot(number - 1));
        rest = &after[digits..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_string()));
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// A command, or one character.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if first == '\\' {
            let letters = rest[1..].chars().take_while(char::is_ascii_alphabetic).count();
            match letters {
                0 => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                letters => 1 + letters,
            }
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

/// Sets a token on the stack of open brackets; `None` for a closing one that nothing has opened.
///
/// Bars open and close by the same sign: a bar closes where the innermost open bracket is that bar.
fn track<'t>(token: &'t str, open: &mut Vec<&'t str>) -> Option<()> {
    let closed = match token {
        ")" => "(",
        "]" => "[",
        "}" => "{",
        "⟩" => "⟨",
        "\\}" => "\\{",
        "\\rangle" => "\\langle",
        "\\rvert" => "\\lvert",
        "\\rVert" => "\\lVert",
        "\\rceil" => "\\lceil",
        "\\rfloor" => "\\lfloor",
        "|" | "‖" | "\\|" | "\\vert" | "\\Vert" => {
            if open.last() == Some(&token) {
                open.pop();
            } else {
                open.push(token);
            }
            return Some(());
        }
        "(" | "[" | "{" | "⟨" | "\\{" | "\\langle" | "\\lvert" | "\\lVert" | "\\lceil" | "\\lfloor" => {
            open.push(token);
            return Some(());
        }
        _ => return Some(()),
    };
    (open.pop() == Some(closed)).then_some(())
}

/// Whether an argument after this text stands alone at its left.
fn opens(text: &str) -> bool {
    const OPENING: [&str; 16] = [
        "(", "[", "{", "⟨", "|", "‖", ",", ";", "\\{", "\\langle", "\\lvert", "\\lVert", "\\lceil",
        "\\lfloor", "\\|", "\\vert",
    ];
    OPENING.iter().any(|opening| text.trim_end().ends_with(opening))
}

/// Whether an argument before this text stands alone at its right.
fn closes(text: &str) -> bool {
    const CLOSING: [&str; 16] = [
        ")", "]", "}", "⟩", "|", "‖", ",", ";", "\\}", "\\rangle", "\\rvert", "\\rVert", "\\rceil",
        "\\rfloor", "\\|", "\\vert",
    ];
    let text = text.trim_start();
    let text = text.strip_prefix("\\right").unwrap_or(text).trim_start();
    CLOSING.iter().any(|closing| text.starts_with(closing))
}

/// What stands outside all brackets.
struct Outside {
    level: Level,
    /// Ends in an index set low, so that another one cannot follow.
    indexed: bool,
}

/// `None` unless every bracket is closed by its like.
fn outside(pieces: &[Piece<usize>]) -> Option<Outside> {
    let mut level = Level::Atom;
    let mut open: Vec<&str> = Vec::new();
    // What follows the last index, counted in tokens and slots.
    let mut after_index: Option<usize> = None;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if open.is_empty() {
                level = level.min(Level::Operator);
                after_index = after_index.map(|count| count + 1);
            }
            continue;
        };
        for token in tokens(text) {
            if open.is_empty() && token != " " {
                after_index = after_index.map(|count| count + 1);
                match token {
                    "+" | "-" | "−" | "±" | "=" | "\\pm" => level = level.min(Level::Sum),
                    "/" | "*" | "·" | "⊙" | "⊗" | "," | ";" | "\\cdot" | "\\odot" | "\\otimes"
                    | "\\times" | "\\star" | "\\sum" => level = level.min(Level::Operator),
                    "^" => level = level.min(Level::Power),
                    "\\frac" | "\\tfrac" | "\\dfrac" => level = level.min(Level::Fraction),
                    "_" => after_index = Some(0),
                    _ => {}
                }
            }
            track(token, &mut open)?;
        }
    }
    open.is_empty().then_some(Outside { level, indexed: after_index.is_some_and(|count| count < 2) })
}
