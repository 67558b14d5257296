//! The parser: one nom function per production of `grammar/entrywise.ebnf`, under the same name.
//!
//! Characters become tokens first (`lex`), because line ends, spaces and brackets matter to several
//! productions. Every production decides by looking ahead, never by trying, so that time is linear in
//! the input; a fault is therefore final, and the next statement is parsed afresh.

mod derivative;
mod expr;
mod lex;
mod shape;
mod statement;

use std::collections::HashSet;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

pub(crate) use derivative::{differential, readings};
pub(crate) use lex::name_continue;
use lex::{Kind, Token};
pub(crate) use shape::PROPERTIES;
pub(crate) use statement::declared;

use super::ast::{Expr, File, Ident, Name};
use crate::diagnostic::{self, Diagnostic};
use crate::source::{Source, Span};

/// Deepest nesting of brackets, signs and postfixes; later stages recurse over the tree.
pub const MAX_DEPTH: usize = 100;

/// Functions of the prelude, which are no factors unless the file gives the name another meaning.
pub const PRELUDE: &[&str] = &[
    "tr",
    "det",
    "inv",
    "pinv",
    "solve",
    "logdet",
    "expm",
    "adj",
    "kron",
    "vec",
    "reshape",
    "commutation",
    "diag",
    "diagvec",
    "eye",
    "ones",
    "zeros",
    "sum",
    "mean",
    "rowsum",
    "colsum",
    "rowmean",
    "colmean",
    "dot",
    "outer",
    "norm1",
    "norm2",
    "normF",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sigmoid",
    "relu",
    "softplus",
    "abs",
    "sign",
    "step",
    "erf",
    "gelu",
    "silu",
    "max0",
    "softmax",
    "logsoftmax",
    "logsumexp",
    "rowsoftmax",
    "rowlogsoftmax",
    "rowlogsumexp",
    "mse",
    "crossentropy",
    "layernorm",
    "rmsnorm",
    "batchnorm",
    "variance",
    "attention",
    "conv",
];

/// Reads a whole file; all syntax errors of it, in order.
pub fn file(source: &Source) -> Result<File, Vec<Diagnostic>> {
    let (lines, mut diagnostics) = lex::statements(&source.text);
    let heads: Vec<statement::Head> = lines.iter().map(|line| statement::head(&line.tokens)).collect();
    let mut names: HashSet<&str> = HashSet::new();
    let mut functions: HashSet<&str> = HashSet::new();
    for head in &heads {
        names.extend(&head.names);
        functions.extend(&head.functions);
    }
    let mut statements = Vec::new();
    for (line, head) in lines.iter().zip(&heads) {
        if line.faulty {
            continue;
        }
        let scope = Scope { names: &names, functions: &functions, local: &head.local };
        match statement::statement(Tokens::new(&line.tokens, line.end, &scope)) {
            Ok((_, statement)) => statements.push(statement),
            Err(error) => diagnostics.push(fault(error)),
        }
    }
    let file = File { statements };
    shape::glued_shapes(&file, &mut diagnostics);
    if diagnostics.is_empty() {
        return Ok(file);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    Err(diagnostics)
}

/// Reads one expression; `declared` are the names that derivatives may be of.
pub fn expression(source: &Source, declared: &[Name]) -> Result<Expr, Vec<Diagnostic>> {
    let (lines, diagnostics) = lex::statements(&source.text);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let names: HashSet<&str> = declared.iter().map(|name| &**name).collect();
    let scope = Scope { names: &names, functions: &HashSet::new(), local: &[] };
    let (tokens, end) = lines.first().map_or((&[][..], 0), |line| (&line.tokens[..], line.end));
    let parsed = expr::expression(Tokens::new(tokens, end, &scope))
        .and_then(|(rest, expr)| rest.finished("the end of the expression").map(|_| expr));
    match (parsed, lines.get(1)) {
        (Ok(expr), None) => Ok(expr),
        (Ok(_), Some(line)) => {
            let span = line.tokens.first().map_or(Span::NONE, |token| token.span);
            Err(vec![diagnostic::expected("the end of the expression", "another line", span)])
        }
        (Err(error), _) => Err(vec![fault(error)]),
    }
}

/// What the names of the file mean to the parser.
pub(crate) struct Scope<'a> {
    /// Declared or defined, functions among them.
    names: &'a HashSet<&'a str>,
    functions: &'a HashSet<&'a str>,
    /// Parameters and indices of the statement at hand.
    local: &'a [&'a str],
}

impl Scope<'_> {
    fn declares(&self, name: &str) -> bool {
        self.names.contains(name) || self.local.contains(&name)
    }

    fn is_function(&self, name: &str) -> bool {
        !self.local.contains(&name)
            && (self.functions.contains(name) || !self.names.contains(name) && PRELUDE.contains(&name))
    }
}

/// What is left of a statement, with the bounds of its nesting.
#[derive(Clone, Copy)]
pub(crate) struct Tokens<'a> {
    rest: &'a [Token<'a>],
    scope: &'a Scope<'a>,
    /// Where the statement ends in the source.
    end: usize,
    /// Where the last token taken ends.
    before: usize,
    /// Levels that are open here.
    depth: usize,
    /// Height of the expression that was parsed last.
    height: usize,
}

pub(crate) type Parsed<'a, O = Expr> = IResult<Tokens<'a>, O, Fault>;

/// A fault of the input, boxed because every production returns one.
#[derive(Debug)]
pub(crate) struct Fault(Box<Diagnostic>);

impl<'a> ParseError<Tokens<'a>> for Fault {
    fn from_error_kind(input: Tokens<'a>, _: ErrorKind) -> Fault {
        Fault(Box::new(diagnostic::expected("something else", &input.found(), input.here())))
    }

    fn append(_: Tokens<'a>, _: ErrorKind, other: Fault) -> Fault {
        other
    }
}

fn fault(error: nom::Err<Fault>) -> Diagnostic {
    match error {
        nom::Err::Error(Fault(diagnostic)) | nom::Err::Failure(Fault(diagnostic)) => *diagnostic,
        nom::Err::Incomplete(_) => diagnostic::expected("more input", "the end", Span::NONE),
    }
}

/// A fault that ends the statement.
fn fail<'a, O>(diagnostic: Diagnostic) -> Parsed<'a, O> {
    Err(nom::Err::Failure(Fault(Box::new(diagnostic))))
}

impl<'a> Tokens<'a> {
    fn new(rest: &'a [Token<'a>], end: usize, scope: &'a Scope<'a>) -> Tokens<'a> {
        let before = rest.first().map_or(end, |token| token.span.start);
        Tokens { rest, scope, end, before, depth: 0, height: 0 }
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.rest.first()
    }

    fn at(&self, position: usize) -> Option<&'a Token<'a>> {
        self.rest.get(position)
    }

    fn kind(&self) -> Option<Kind> {
        self.peek().map(|token| token.kind)
    }

    fn is(&self, position: usize, kind: Kind) -> bool {
        self.at(position).is_some_and(|token| token.kind == kind)
    }

    /// The token there stands right behind the one before it.
    fn adjacent(&self, position: usize, kind: Kind) -> bool {
        self.at(position).is_some_and(|token| token.kind == kind && !token.spaced)
    }

    fn is_word(&self, position: usize, word: &str) -> bool {
        self.at(position).is_some_and(|token| token.kind == Kind::Name && token.text == word)
    }

    fn skip(mut self, count: usize) -> Tokens<'a> {
        if let Some(last) = count.checked_sub(1).and_then(|last| self.rest.get(last)) {
            self.before = last.span.end;
        }
        self.rest = self.rest.get(count..).unwrap_or(&[]);
        self
    }

    /// The same place with the tokens from `position` on hidden.
    fn until(mut self, position: usize) -> Tokens<'a> {
        self.end = self.rest.get(position.wrapping_sub(1)).map_or(self.before, |token| token.span.end);
        self.rest = &self.rest[..position.min(self.rest.len())];
        self
    }

    /// The place of the next token, or the end of the statement.
    fn here(&self) -> Span {
        self.peek().map_or(Span::new(self.end, self.end), |token| token.span)
    }

    /// From `start` to the last token taken.
    fn since(&self, start: &Tokens<'a>) -> Span {
        Span::new(start.here().start, self.before)
    }

    fn found(&self) -> String {
        match self.peek() {
            Some(token) => {
                let shown: String = token.text.chars().take(40).collect();
                format!("`{shown}`")
            }
            None => "the end of the statement".to_string(),
        }
    }

    fn expected<O>(&self, what: &str) -> Parsed<'a, O> {
        fail(diagnostic::expected(what, &self.found(), self.here()))
    }

    fn finished(self, what: &str) -> Parsed<'a, ()> {
        if self.rest.is_empty() { Ok((self, ())) } else { self.expected(what) }
    }

    /// One level further in.
    fn deeper(mut self, levels: usize) -> Result<Tokens<'a>, nom::Err<Fault>> {
        self.depth += levels;
        if self.depth > MAX_DEPTH {
            return fail(diagnostic::too_deep(MAX_DEPTH, self.here())).map(|(rest, ())| rest);
        }
        Ok(self)
    }

    /// Back at the level of `outer`, with a tree one level higher than `height`.
    fn higher(mut self, height: usize, outer: &Tokens<'a>) -> Result<Tokens<'a>, nom::Err<Fault>> {
        self.depth = outer.depth;
        self.height = height + 1;
        if self.height > MAX_DEPTH {
            return fail(diagnostic::too_deep(MAX_DEPTH, self.here())).map(|(rest, ())| rest);
        }
        Ok(self)
    }
}

/// The token of this kind; `what` names it in the fault.
fn symbol<'a>(
    kind: Kind,
    what: &'static str,
) -> impl Parser<Tokens<'a>, Output = &'a Token<'a>, Error = Fault> {
    move |input: Tokens<'a>| match input.peek() {
        Some(token) if token.kind == kind => Ok((input.skip(1), token)),
        _ => input.expected(what),
    }
}

/// One or more, separated by commas.
fn list1<'a, O>(
    mut item: impl Parser<Tokens<'a>, Output = O, Error = Fault>,
) -> impl Parser<Tokens<'a>, Output = Vec<O>, Error = Fault> {
    move |input: Tokens<'a>| {
        let (mut rest, first) = item.parse(input)?;
        let mut items = vec![first];
        let mut height = rest.height;
        while rest.is(0, Kind::Comma) {
            let (after, next) = item.parse(rest.skip(1))?;
            items.push(next);
            height = height.max(after.height);
            rest = after;
        }
        rest.height = height;
        Ok((rest, items))
    }
}

/// name = identifier
fn name<'a>(input: Tokens<'a>) -> Parsed<'a, Ident> {
    let (rest, token) = symbol(Kind::Name, "a name").parse(input)?;
    Ok((rest, Ident { name: token.text.into(), span: token.span }))
}
