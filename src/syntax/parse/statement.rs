//! Statements and what only they contain, but for shapes.

use nom::Parser;

use super::expr::expression;
use super::lex::{Kind, Token};
use super::shape::{dimension, property, shape};
use super::{Parsed, Tokens, derivative, fail, list1, name, symbol};
use crate::diagnostic::{self, Diagnostic};
use crate::suggest::close_name;
use crate::syntax::ast::{
    Binder, Comparison, Condition, Expr, Ident, Notation, Parameter, Statement, StatementKind, UnknownKind,
};

const WORDS: [&str; 6] = ["derive", "verify", "assume", "size", "unknown", "scalar"];

/// What a statement declares, known before anything is parsed.
#[derive(Default)]
pub(super) struct Head<'a> {
    pub names: Vec<&'a str>,
    pub functions: Vec<&'a str>,
    pub local: Vec<&'a str>,
}

/// Looks at the beginning of a statement only.
pub(super) fn head<'a>(tokens: &[Token<'a>]) -> Head<'a> {
    let mut head = Head::default();
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    if kind(0) != Some(Kind::Name) {
        return head;
    }
    let word = word(tokens);
    let first = match word {
        Some("unknown" | "scalar") => 1,
        Some(_) => return head,
        None => 0,
    };
    if kind(first) != Some(Kind::Name) {
        return head;
    }
    let name = tokens[first].text;
    if kind(first + 1) == Some(Kind::LeftParen) {
        if first == 0 && !defines_operation(tokens) {
            return head;
        }
        let close = first + 1 + tokens[first + 1].partner;
        let indices = match tokens.get(close + 1) {
            Some(token) if token.kind == Kind::LeftBracket => close + 1 + token.partner,
            _ => close,
        };
        let mut depth = 0;
        for at in first + 1..indices {
            match tokens[at].kind {
                Kind::LeftParen | Kind::LeftBracket => depth += 1,
                Kind::RightParen | Kind::RightBracket => depth -= 1,
                _ => {}
            }
            let opens = matches!(tokens[at].kind, Kind::LeftParen | Kind::LeftBracket | Kind::Comma);
            if opens && depth == 1 && kind(at + 1) == Some(Kind::Name) {
                head.local.push(tokens[at + 1].text);
            }
        }
    }
    if word.is_some() || kind(1) == Some(Kind::LeftParen) {
        head.functions.push(name);
        head.names.push(name);
        return head;
    }
    let mut at = 0;
    while kind(at) == Some(Kind::Name) {
        head.names.push(tokens[at].text);
        match kind(at + 1) {
            Some(Kind::Comma) => at += 2,
            Some(Kind::Colon) => return head,
            Some(Kind::Assign) if at == 0 => return head,
            _ => break,
        }
    }
    head.names.clear();
    head
}

/// `f(…) =` or `f(…)[…] =`, with the bracket right behind the name.
fn defines_operation(tokens: &[Token]) -> bool {
    let Some(open) = tokens.get(1).filter(|open| open.kind == Kind::LeftParen && !open.spaced) else {
        return false;
    };
    let close = 1 + open.partner;
    match tokens.get(close + 1) {
        Some(next) if next.kind == Kind::Assign => true,
        Some(next) if next.kind == Kind::LeftBracket => {
            tokens.get(close + 2 + next.partner).is_some_and(|next| next.kind == Kind::Assign)
        }
        _ => false,
    }
}

/// The statement word that the tokens begin with, unless it is a name there.
fn word<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let first = tokens.first()?;
    let named = matches!(tokens.get(1).map(|next| next.kind), Some(Kind::Colon | Kind::Assign | Kind::Comma));
    (WORDS.contains(&first.text) && !named && !defines_operation(tokens)).then_some(first.text)
}

/// statement = declaration | definition | operation | scalar_function | entry_derivative | unknown
///           | assume | size | derive | verify
pub(super) fn statement<'a>(input: Tokens<'a>) -> Parsed<'a, Statement> {
    let begins = |position, kind| input.is(0, Kind::Name) && input.is(position, kind);
    let (rest, kind) = match word(input.rest) {
        Some("derive") => derive(input.skip(1))?,
        Some("verify") => verify(input.skip(1))?,
        Some("assume") => assume(input.skip(1))?,
        Some("size") => size(input.skip(1))?,
        Some("unknown") => unknown(input.skip(1))?,
        Some(_) => scalar_function(input.skip(1))?,
        None if begins(1, Kind::Colon) && input.adjacent(2, Kind::Assign) => {
            return fail(unassigned(&input, ":=", 3));
        }
        None if begins(1, Kind::Colon) || begins(1, Kind::Comma) => declaration(input)?,
        None if begins(1, Kind::Assign) => definition(input)?,
        None if begins(1, Kind::LeftParen) && defines_operation(input.rest) => operation(input)?,
        None if starts_entry_derivative(&input) => entry_derivative(input)?,
        None if begins(1, Kind::Equal) => return fail(unassigned(&input, "==", 2)),
        None if begins(1, Kind::Less) && input.adjacent(2, Kind::Minus) => {
            return fail(unassigned(&input, "<-", 3));
        }
        None if derivative::starts(&input) => return fail(diagnostic::goal_without_word(input.here())),
        None => return fail(unknown_statement(&input)),
    };
    let (rest, ()) = rest.finished("the end of the statement")?;
    Ok((rest, Statement { kind, span: rest.since(&input) }))
}

/// A name and another sign than `=`, in so many tokens.
fn unassigned(input: &Tokens, sign: &str, tokens: usize) -> Diagnostic {
    let name = input.peek().map_or("", |name| name.text);
    diagnostic::not_assigned(name, sign, input.skip(tokens).since(input))
}

fn unknown_statement(input: &Tokens) -> Diagnostic {
    let first = input.peek().filter(|first| first.kind == Kind::Name);
    let meant = first.and_then(|first| close_name(first.text, WORDS.into_iter()));
    diagnostic::unknown_statement(input.here(), meant)
}

/// declaration = name { "," name } ":" shape { property }
fn declaration<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, names) = list1(name).parse(input)?;
    let (rest, _) = symbol(Kind::Colon, "`:`").parse(rest)?;
    let (mut rest, shape) = shape(rest)?;
    let mut properties = Vec::new();
    while let Some(Kind::Name) = rest.kind() {
        let (after, property) = property(rest)?;
        properties.push(property);
        rest = after;
    }
    Ok((rest, StatementKind::Declare { names, shape, properties }))
}

/// definition = name "=" expression
fn definition<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, name) = name(input)?;
    let (rest, value) = expression(rest.skip(1))?;
    Ok((rest, StatementKind::Define { name, value }))
}

/// operation = name "(" parameter { "," parameter } ")" [ "[" axis { "," axis } "]" ] "=" expression
/// [ "for" condition ] notation
fn operation<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, name) = name(input)?;
    let rest = rest.skip(1);
    let (rest, parameters) = match rest.kind() {
        Some(Kind::RightParen) => (rest, Vec::new()),
        _ => list1(parameter).parse(rest)?,
    };
    let (rest, _) = symbol(Kind::RightParen, "`,` or `)`").parse(rest)?;
    let (rest, indices) = match rest.kind() {
        Some(Kind::LeftBracket) => {
            let (rest, indices) = list1(axis).parse(rest.skip(1))?;
            let (rest, _) = symbol(Kind::RightBracket, "`,` or `]`").parse(rest)?;
            (rest, indices)
        }
        _ => (rest, Vec::new()),
    };
    let (rest, _) = symbol(Kind::Assign, "`=`").parse(rest)?;
    let end = notation_start(&rest);
    let body = rest.until(end);
    let split = match body.scope.declares("for") {
        true => end,
        false => outermost(&body, |body, at| body.is_word(at, "for")),
    };
    let (value_rest, value) = expression(body.until(split))?;
    value_rest.finished("the end of the definition")?;
    let condition = if split < end {
        let (after, condition) = condition(body.skip(split + 1))?;
        after.finished("the end of the condition")?;
        Some(condition)
    } else {
        None
    };
    let (rest, notation) = notation(rest.skip(end))?;
    Ok((rest, StatementKind::Operation { name, parameters, indices, value, condition, notation }))
}

/// axis = binder | "(" binder "," binder { "," binder } ")"
fn axis<'a>(input: Tokens<'a>) -> Parsed<'a, Vec<Binder>> {
    if !input.is(0, Kind::LeftParen) {
        let (rest, letter) = binder(input)?;
        return Ok((rest, vec![letter]));
    }
    let (rest, letters) = binders(input.skip(1))?;
    let expected = if letters.len() > 1 { "`,` or `)`" } else { "`,`" };
    let closes = if letters.len() > 1 { Kind::RightParen } else { Kind::Comma };
    let (rest, _) = symbol(closes, expected).parse(rest)?;
    Ok((rest, letters))
}

/// parameter = name [ ":" shape ]
fn parameter<'a>(input: Tokens<'a>) -> Parsed<'a, Parameter> {
    let (rest, name) = name(input)?;
    if !rest.is(0, Kind::Colon) {
        return Ok((rest, Parameter { name, shape: None }));
    }
    let (rest, shape) = shape(rest.skip(1))?;
    Ok((rest, Parameter { name, shape: Some(shape) }))
}

/// binders = binder { "," binder }
pub(super) fn binders<'a>(input: Tokens<'a>) -> Parsed<'a, Vec<Binder>> {
    list1(binder).parse(input)
}

/// binder = name [ ":" dimension ]
fn binder<'a>(input: Tokens<'a>) -> Parsed<'a, Binder> {
    let (rest, name) = name(input)?;
    if !rest.is(0, Kind::Colon) {
        return Ok((rest, Binder { name, range: None }));
    }
    let (rest, range) = dimension(rest.skip(1))?;
    Ok((rest, Binder { name, range: Some(range) }))
}

/// scalar_function = "scalar" name "(" name ")" [ "=" expression ] [ "derivative" expression ] notation
fn scalar_function<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, name) = name(input)?;
    let (rest, _) = symbol(Kind::LeftParen, "`(`").parse(rest)?;
    let (rest, parameter) = super::name(rest)?;
    let (rest, _) = symbol(Kind::RightParen, "`)`").parse(rest)?;
    let end = notation_start(&rest);
    let body = rest.until(end);
    let split = if rest.scope.declares("derivative") && !body.is_word(0, "derivative") {
        end
    } else {
        outermost(&body, |body, at| body.is_word(at, "derivative"))
    };
    let value = match body.kind() {
        Some(Kind::Assign) => {
            let (after, value) = expression(body.until(split).skip(1))?;
            after.finished("the end of the definition")?;
            Some(value)
        }
        _ if split == 0 => None,
        _ => return body.expected("`=` or `derivative`"),
    };
    let derivative = if split < end {
        let (after, derivative) = expression(body.skip(split + 1))?;
        after.finished("the end of the derivative")?;
        Some(derivative)
    } else {
        None
    };
    if value.is_none() && derivative.is_none() {
        return body.expected("`=` or `derivative`");
    }
    let (rest, notation) = notation(rest.skip(end))?;
    Ok((rest, StatementKind::ScalarFunction { name, parameter, value, derivative, notation }))
}

/// entry_derivative = derivative "=" expression notation
fn entry_derivative<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, derivative) = super::derivative::derivative(input)?;
    let (rest, _) = symbol(Kind::Assign, "`=`").parse(rest)?;
    let split = notation_start(&rest);
    let (value_rest, value) = expression(rest.until(split))?;
    value_rest.finished("the end of the derivative")?;
    let (rest, notation) = notation(rest.skip(split))?;
    Ok((rest, StatementKind::EntryDerivative { derivative, value, notation }))
}

fn starts_entry_derivative(input: &Tokens) -> bool {
    super::derivative::starts(input)
        && outermost(input, |input, at| input.is(at, Kind::Assign)) < input.rest.len()
}

/// notation = [ "as" { "latex" quote | "text" quote } ]
fn notation<'a>(input: Tokens<'a>) -> Parsed<'a, Notation> {
    let mut notation = Notation::default();
    let mut rest = input;
    if rest.rest.is_empty() {
        return Ok((rest, notation));
    }
    rest = rest.skip(1);
    while let Some(token) = rest.peek() {
        let slot = match token.text {
            "latex" => &mut notation.latex,
            "text" => &mut notation.text,
            _ => return rest.expected("`latex` or `text`"),
        };
        let (after, quote) = symbol(Kind::Quote, "a text in quotes").parse(rest.skip(1))?;
        if slot.is_some() {
            return fail(diagnostic::repeated_notation(token.text, token.span));
        }
        *slot = Some(quote.text[1..quote.text.len() - 1].to_string());
        rest = after;
    }
    Ok((rest, notation))
}

/// Where `as latex "` or `as text "` begins, else the end.
fn notation_start(input: &Tokens) -> usize {
    outermost(input, |input, at| {
        input.is_word(at, "as") && (input.is_word(at + 1, "latex") || input.is_word(at + 1, "text")) && {
            input.is(at + 2, Kind::Quote)
        }
    })
}

/// The first token outside all brackets that is wanted, else the end.
fn outermost(input: &Tokens, wanted: impl Fn(&Tokens, usize) -> bool) -> usize {
    let mut at = 0;
    while at < input.rest.len() && !wanted(input, at) {
        at += input.rest[at].partner + 1;
    }
    at
}

/// unknown = "unknown" name ":" ( "entrywise" | "scalar" )
fn unknown<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, name) = name(input)?;
    let (rest, _) = symbol(Kind::Colon, "`:`").parse(rest)?;
    let kind = match rest.peek().map(|token| token.text) {
        Some("entrywise") => UnknownKind::Entrywise,
        Some("scalar") => UnknownKind::Scalar,
        _ => return rest.expected("`entrywise` or `scalar`"),
    };
    Ok((rest.skip(1), StatementKind::Unknown { name, kind }))
}

/// assume = "assume" condition { "," condition }
fn assume<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, conditions) = list1(condition).parse(input)?;
    Ok((rest, StatementKind::Assume { conditions }))
}

/// condition = "onehot" "(" name ")" | expression comparison expression
fn condition<'a>(input: Tokens<'a>) -> Parsed<'a, Condition> {
    let ends = input.rest.len() == 4 || input.is(4, Kind::Comma);
    if input.is_word(0, "onehot")
        && input.adjacent(1, Kind::LeftParen)
        && input.is(3, Kind::RightParen)
        && ends
    {
        let (rest, name) = name(input.skip(2))?;
        return Ok((rest.skip(1), Condition::Onehot(name)));
    }
    let (rest, left) = expression(input)?;
    let (rest, comparison) = comparison(rest)?;
    let (rest, right) = expression(rest)?;
    Ok((rest, Condition::Compare { left, comparison, right }))
}

/// comparison = "<" | "<=" | "==" | "=" | ">=" | ">"
fn comparison<'a>(input: Tokens<'a>) -> Parsed<'a, Comparison> {
    let comparison = match input.kind() {
        Some(Kind::Less) => Comparison::Less,
        Some(Kind::LessEqual) => Comparison::LessEqual,
        Some(Kind::Equal | Kind::Assign) => Comparison::Equal,
        Some(Kind::GreaterEqual) => Comparison::GreaterEqual,
        Some(Kind::Greater) => Comparison::Greater,
        _ => return input.expected("a comparison: `< <= == >= >`"),
    };
    Ok((input.skip(1), comparison))
}

/// size = "size" name "=" dimension { "," name "=" dimension }
fn size<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let one = |input: Tokens<'a>| -> Parsed<'a, (Ident, Expr)> {
        let (rest, name) = name(input)?;
        let (rest, _) = symbol(Kind::Assign, "`=`").parse(rest)?;
        let (rest, value) = dimension(rest)?;
        Ok((rest, (name, value)))
    };
    let (rest, sizes) = list1(one).parse(input)?;
    Ok((rest, StatementKind::Size { sizes }))
}

/// derive = "derive" expression { "," expression }
fn derive<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (rest, goals) = list1(expression).parse(input)?;
    Ok((rest, StatementKind::Derive { goals }))
}

/// verify = "verify" expression "==" expression { "==" expression }
fn verify<'a>(input: Tokens<'a>) -> Parsed<'a, StatementKind> {
    let (mut rest, first) = expression(input)?;
    let mut links = vec![first];
    while rest.is(0, Kind::Equal) {
        let (after, link) = expression(rest.skip(1))?;
        links.push(link);
        rest = after;
    }
    if links.len() == 1 && rest.rest.is_empty() {
        return fail(diagnostic::lone_claim(rest.since(&input)));
    }
    if rest.is(0, Kind::Assign) {
        return fail(diagnostic::claim_by_one_sign(rest.here()));
    }
    if links.len() == 1 {
        return rest.expected("`==`");
    }
    Ok((rest, StatementKind::Verify { links }))
}

/// For the printer: the names that a statement of the tree puts into scope.
pub(crate) fn declared(statement: &Statement) -> Vec<&str> {
    match &statement.kind {
        StatementKind::Declare { names, .. } => names.iter().map(|name| &*name.name).collect(),
        StatementKind::Define { name, .. }
        | StatementKind::Operation { name, .. }
        | StatementKind::ScalarFunction { name, .. }
        | StatementKind::Unknown { name, .. } => vec![&name.name],
        _ => Vec::new(),
    }
}
