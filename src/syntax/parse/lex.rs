//! From text to the tokens of each statement: comments dropped, lines joined inside brackets and before
//! `==`, brackets paired. What is wrong with the characters themselves is reported here.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, one_of, satisfy};
use nom::combinator::{not, opt, peek, recognize, value};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::MAX_DEPTH;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    /// `∂` with what follows it: `∂`, `∂2`, `∂L`, `∂x∂y`.
    Differential,
    Number,
    Quote,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Semicolon,
    Newline,
    Colon,
    Assign,
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Hadamard,
    HadamardDivide,
    Power,
    EntryPower,
    Prime,
    Cross,
    OpenQuote,
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub span: Span,
    /// Something blank stands before it.
    pub spaced: bool,
    /// Of an opening bracket: how many tokens further its partner stands.
    pub partner: usize,
}

/// One statement's tokens.
pub(crate) struct Line<'a> {
    pub tokens: Vec<Token<'a>>,
    /// Where the statement ends: the place of "something is missing here".
    pub end: usize,
    /// Its characters were reported already; only its head counts, for the names it declares.
    pub faulty: bool,
}

type Lexed<'a, O = &'a str> = IResult<&'a str, O>;

pub(crate) fn name_start(c: char) -> bool {
    (unicode_ident::is_xid_start(c) || c == '_') && c != 'ᵀ'
}

pub(crate) fn name_continue(c: char) -> bool {
    (unicode_ident::is_xid_continue(c) || c == '_') && !matches!(c, 'ᵀ' | '·')
}

fn blank(input: &str) -> Lexed<'_> {
    take_while(|c: char| c != '\n' && (c.is_whitespace() || c == '\u{feff}')).parse(input)
}

fn comment(input: &str) -> Lexed<'_> {
    recognize(pair(char('#'), take_while(|c| c != '\n'))).parse(input)
}

fn name(input: &str) -> Lexed<'_> {
    recognize(pair(satisfy(name_start), take_while(name_continue))).parse(input)
}

fn differential(input: &str) -> Lexed<'_> {
    recognize(pair(char('∂'), take_while(|c| c == '∂' || name_continue(c)))).parse(input)
}

fn number(input: &str) -> Lexed<'_> {
    recognize((
        digit1,
        opt((char('.'), digit1)),
        opt((one_of("eE"), opt(one_of("+-")), digit1, not(peek(satisfy(name_continue))))),
    ))
    .parse(input)
}

fn quote(input: &str) -> Lexed<'_> {
    recognize(delimited(char('"'), take_while(|c| c != '"' && c != '\n'), char('"'))).parse(input)
}

fn symbol(input: &str) -> Lexed<'_, Kind> {
    alt((
        alt((
            value(Kind::Hadamard, alt((tag(".*"), tag("⊙")))),
            value(Kind::HadamardDivide, tag("./")),
            value(Kind::EntryPower, tag(".^")),
            value(Kind::Equal, tag("==")),
            value(Kind::LessEqual, tag("<=")),
            value(Kind::GreaterEqual, tag(">=")),
            value(Kind::Less, tag("<")),
            value(Kind::Greater, tag(">")),
            value(Kind::Assign, tag("=")),
            value(Kind::Newline, tag("\n")),
        )),
        alt((
            value(Kind::LeftParen, tag("(")),
            value(Kind::RightParen, tag(")")),
            value(Kind::LeftBracket, tag("[")),
            value(Kind::RightBracket, tag("]")),
            value(Kind::Comma, tag(",")),
            value(Kind::Semicolon, tag(";")),
            value(Kind::Colon, tag(":")),
        )),
        alt((
            value(Kind::Plus, tag("+")),
            value(Kind::Minus, tag("-")),
            value(Kind::Times, alt((tag("*"), tag("@"), tag("·")))),
            value(Kind::Divide, tag("/")),
            value(Kind::Power, tag("^")),
            value(Kind::Prime, alt((tag("'"), tag("ᵀ")))),
            value(Kind::Cross, tag("×")),
        )),
    ))
    .parse(input)
}

/// A run of characters that begin no token, so that a line of them is one error.
fn stray(input: &str) -> Lexed<'_> {
    take_while1(|c: char| {
        !c.is_whitespace()
            && !c.is_ascii_digit()
            && !name_start(c)
            && !"\"#()[],;:=<>+-*@·/^'ᵀ×∂⊙".contains(c)
    })
    .parse(input)
}

fn token(input: &str) -> Lexed<'_, Kind> {
    alt((
        value(Kind::Name, name),
        value(Kind::Number, number),
        symbol,
        value(Kind::Differential, differential),
        value(Kind::Quote, quote),
        value(Kind::OpenQuote, preceded(char('"'), take_while(|c| c != '\n'))),
        value(Kind::Unknown, stray),
    ))
    .parse(input)
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut spaced = false;
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        if let Ok((after, skipped)) = alt((comment, blank)).parse(rest)
            && !skipped.is_empty()
        {
            spaced = true;
            rest = after;
            continue;
        }
        // A character that is in no class (a combining mark, say) is skipped as unknown by itself.
        let (after, kind) = token(rest).unwrap_or_else(|_| {
            let width = rest.chars().next().map_or(rest.len(), char::len_utf8);
            (&rest[width..], Kind::Unknown)
        });
        let end = text.len() - after.len();
        found.push(Token { kind, text: &text[start..end], span: Span::new(start, end), spaced, partner: 0 });
        spaced = kind == Kind::Newline;
        rest = after;
    }
    found
}

/// For every token whether it is a bracket without a partner.
fn unpaired(tokens: &[Token]) -> Vec<bool> {
    let mut alone = vec![false; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        let partner = match token.kind {
            Kind::LeftParen | Kind::LeftBracket => {
                open.push(position);
                alone[position] = true;
                continue;
            }
            Kind::RightParen => Kind::LeftParen,
            Kind::RightBracket => Kind::LeftBracket,
            _ => continue,
        };
        // Openers of the other kind in between stay alone; only the innermost few are looked at, so that
        // wrong input costs linear time too.
        let depth = open.iter().rev().take(8).position(|&at| tokens[at].kind == partner);
        match depth {
            Some(skipped) => {
                open.truncate(open.len() - skipped);
                if let Some(at) = open.pop() {
                    alone[at] = false;
                }
            }
            None => alone[position] = true,
        }
    }
    alone
}

/// The statements of a text.
pub(crate) fn statements(text: &str) -> (Vec<Line<'_>>, Vec<Diagnostic>) {
    let tokens = tokens(text);
    let alone = unpaired(&tokens);
    let mut lines = Vec::new();
    let mut diagnostics = Vec::new();
    let mut line = Builder::default();
    for (position, &token) in tokens.iter().enumerate() {
        let ends = match token.kind {
            Kind::Semicolon => line.open.is_empty(),
            Kind::Newline => {
                line.open.is_empty()
                    && tokens[position..]
                        .iter()
                        .find(|next| next.kind != Kind::Newline)
                        .is_none_or(|next| next.kind != Kind::Equal)
            }
            _ => false,
        };
        if ends {
            std::mem::take(&mut line).finish(&mut lines, &mut diagnostics);
        } else if token.kind != Kind::Newline {
            line.push(token, alone[position], || attribute(&tokens, position));
        }
    }
    line.finish(&mut lines, &mut diagnostics);
    (lines, diagnostics)
}

/// `X.T`, `np.exp(x)`, `X.sum()`: a dot between two names.
fn attribute(tokens: &[Token<'_>], dot: usize) -> Option<Diagnostic> {
    let joined = |at: usize| tokens.get(at).filter(|token| !token.spaced);
    let (dot_token, name) = (joined(dot)?, joined(dot + 1).filter(|next| next.kind == Kind::Name)?);
    let before = tokens.get(dot.checked_sub(1)?)?;
    if dot_token.text != "." || !matches!(before.kind, Kind::Name | Kind::RightParen | Kind::RightBracket) {
        return None;
    }
    let span = dot_token.span.to(name.span);
    let called = joined(dot + 2).is_some_and(|next| next.kind == Kind::LeftParen);
    let base = (before.kind == Kind::Name).then_some(before.text);
    Some(diagnostic::attribute(base, name.text, called, span))
}

#[derive(Default)]
struct Builder<'a> {
    tokens: Vec<Token<'a>>,
    open: Vec<usize>,
    faults: Vec<Diagnostic>,
    unclosed: bool,
    deep: bool,
}

impl<'a> Builder<'a> {
    fn push(&mut self, token: Token<'a>, alone: bool, attribute: impl Fn() -> Option<Diagnostic>) {
        let here = self.tokens.len();
        self.tokens.push(token);
        match token.kind {
            // One fault of this sort for a statement: the others follow from it.
            Kind::LeftParen | Kind::LeftBracket | Kind::RightParen | Kind::RightBracket
                if alone && self.unclosed => {}
            Kind::LeftParen | Kind::LeftBracket if alone => {
                self.unclosed = true;
                self.faults.push(diagnostic::unclosed_bracket(token.text, token.span));
            }
            Kind::RightParen | Kind::RightBracket if alone => {
                self.unclosed = true;
                self.faults.push(diagnostic::unopened_bracket(token.text, token.span));
            }
            Kind::LeftParen | Kind::LeftBracket => {
                self.open.push(here);
                if self.open.len() > MAX_DEPTH && !self.deep {
                    self.deep = true;
                    self.faults.push(diagnostic::too_deep(MAX_DEPTH, token.span));
                }
            }
            Kind::RightParen | Kind::RightBracket => {
                if let Some(at) = self.open.pop() {
                    self.tokens[at].partner = here - at;
                }
            }
            Kind::Unknown => {
                let unknown = || diagnostic::unknown_character(token.text, token.span);
                self.faults.push(attribute().unwrap_or_else(unknown));
            }
            Kind::OpenQuote => self.faults.push(diagnostic::unclosed_quote(token.span)),
            Kind::Number => self.faults.extend(number_limit(token)),
            _ => {}
        }
    }

    fn finish(self, lines: &mut Vec<Line<'a>>, diagnostics: &mut Vec<Diagnostic>) {
        let Some(last) = self.tokens.last() else { return };
        let end = last.span.end;
        lines.push(Line { tokens: self.tokens, end, faulty: !self.faults.is_empty() });
        diagnostics.extend(self.faults);
    }
}

/// Largest decimal exponent, either sign.
const MAX_EXPONENT: usize = 400;
/// Most digits of a number written without exponent, so that its canonical text is a number again.
const MAX_DIGITS: usize = 1000;

fn number_limit(token: Token) -> Option<Diagnostic> {
    let (mantissa, exponent) = parts(token.text);
    let exponent = exponent.map_or(Some(0), |text| text.trim_start_matches(['+', '-']).parse::<usize>().ok());
    match exponent {
        Some(exponent) if exponent <= MAX_EXPONENT => (mantissa.len() + exponent > MAX_DIGITS)
            .then(|| diagnostic::number_too_long(MAX_DIGITS, token.span)),
        _ => Some(diagnostic::exponent_too_large(MAX_EXPONENT, token.span)),
    }
}

/// The text of a number: before and after its `e`.
pub(crate) fn parts(text: &str) -> (&str, Option<&str>) {
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    }
}
