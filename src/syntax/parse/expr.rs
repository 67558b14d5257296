//! Expressions, loosest first.

use nom::Parser;
use num_bigint::BigInt;
use num_rational::BigRational;

use super::lex::{Kind, Token, parts};
use super::statement::binders;
use super::{Parsed, Tokens, derivative, fail, list1, name, symbol};
use crate::diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Ident, ProductOp, Sign};

/// expression = product { ( "+" | "-" ) product }
pub(super) fn expression<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, first) = product(input)?;
    let mut height = rest.height;
    let mut more = Vec::new();
    loop {
        let sign = match rest.kind() {
            Some(Kind::Plus) => Sign::Plus,
            Some(Kind::Minus) => Sign::Minus,
            _ => break,
        };
        let (after, term) = product(rest.skip(1))?;
        height = height.max(after.height);
        rest = after;
        more.push((sign, term));
    }
    rest.height = height;
    if more.is_empty() {
        return Ok((rest, first));
    }
    let span = rest.since(&input);
    // A bracketed sum that comes first is the same sum: brackets leave no node.
    let terms = match first.kind {
        ExprKind::Sum(mut terms) => {
            terms.append(&mut more);
            terms
        }
        kind => {
            let mut terms = vec![(Sign::Plus, Expr { kind, span: first.span })];
            terms.append(&mut more);
            terms
        }
    };
    Ok((rest, Expr { kind: ExprKind::Sum(terms), span }))
}

/// product = factor { operator factor }
fn product<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, first) = factor(input)?;
    let mut height = rest.height;
    let mut more = Vec::new();
    loop {
        let (after, op) = operator(rest)?;
        let Some(op) = op else { break };
        if matches!(op, ProductOp::Times | ProductOp::Hadamard) && after.adjacent(0, Kind::Times) {
            let span = rest.here().to(after.here());
            return fail(diagnostic::double_star(op == ProductOp::Hadamard, span));
        }
        let (after, next) = factor(after)?;
        height = height.max(after.height);
        rest = after;
        more.push((op, next));
    }
    rest.height = height;
    if more.is_empty() {
        return Ok((rest, first));
    }
    let span = rest.since(&input);
    let kind = match first.kind {
        ExprKind::Product { first, rest: mut before } => {
            before.append(&mut more);
            ExprKind::Product { first, rest: before }
        }
        kind => ExprKind::Product { first: Box::new(Expr { kind, span: first.span }), rest: more },
    };
    Ok((rest, Expr { kind, span }))
}

/// operator = "*" | "/" | ".*" | "./" | a space before a factor
fn operator<'a>(input: Tokens<'a>) -> Parsed<'a, Option<ProductOp>> {
    let Some(token) = input.peek() else { return Ok((input, None)) };
    let op = match token.kind {
        Kind::Times => ProductOp::Times,
        Kind::Divide => ProductOp::Divide,
        Kind::Hadamard => ProductOp::Hadamard,
        Kind::HadamardDivide => ProductOp::HadamardDivide,
        _ if starts_factor(Some(token)) => {
            if !token.spaced {
                return fail(diagnostic::missing_operator(token.span));
            }
            return Ok((input, Some(ProductOp::Space)));
        }
        _ => return Ok((input, None)),
    };
    Ok((input.skip(1), Some(op)))
}

/// A sign begins no factor here: after a factor it is the operator.
fn starts_factor(token: Option<&Token>) -> bool {
    token.is_some_and(|token| {
        matches!(
            token.kind,
            Kind::Name | Kind::Differential | Kind::Number | Kind::LeftParen | Kind::LeftBracket
        )
    })
}

/// factor = negation | big_sum | postfix
fn factor<'a>(input: Tokens<'a>) -> Parsed<'a> {
    match input.kind() {
        Some(Kind::Minus) => negation(input),
        Some(Kind::Name) if starts_big_sum(&input) => big_sum(input),
        _ => postfix(input),
    }
}

/// negation = "-" factor
fn negation<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (rest, inner) = factor(input.deeper(1)?.skip(1))?;
    let rest = rest.higher(rest.height, &input)?;
    Ok((rest, Expr { kind: ExprKind::Negate(Box::new(inner)), span: rest.since(&input) }))
}

/// Whether `sum(…)` holds binders: names with or without ranges, and a factor after them. A range decides
/// at once. Only the list is looked through, and every token of it at most once per `sum` around it.
fn starts_big_sum(input: &Tokens) -> bool {
    if !input.is_word(0, "sum") || !input.adjacent(1, Kind::LeftParen) {
        return false;
    }
    let close = input.rest[1].partner + 1;
    let mut at = 2;
    loop {
        if !input.is(at, Kind::Name) {
            return false;
        }
        match input.at(at + 1).map(|token| token.kind) {
            Some(Kind::Colon) => return true,
            Some(Kind::Comma) => at += 2,
            Some(Kind::RightParen) => break,
            _ => return false,
        }
    }
    let after = input.at(close + 1);
    let entry = after.is_some_and(|token| token.kind == Kind::LeftBracket && !token.spaced);
    starts_factor(after) && !entry
}

/// big_sum = "sum" "(" binders ")" product
fn big_sum<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (rest, _) = symbol(Kind::LeftParen, "`(`").parse(input.deeper(1)?.skip(1))?;
    let (rest, binders) = binders(rest)?;
    let (rest, _) = symbol(Kind::RightParen, "`)`").parse(rest)?;
    if !starts_factor(rest.peek()) {
        return fail(diagnostic::missing_binder_term(rest.since(&input)));
    }
    let (rest, body) = product(rest)?;
    let rest = rest.higher(rest.height, &input)?;
    Ok((rest, Expr { kind: ExprKind::BigSum { binders, body: Box::new(body) }, span: rest.since(&input) }))
}

/// postfix = atom { index | "'" | "^" exponent | ".^" exponent }
fn postfix<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, mut base) = atom(input)?;
    loop {
        let height = rest.height;
        let (after, kind) = match rest.kind() {
            Some(Kind::Prime) => {
                let mut after = rest.skip(1);
                after.height = height;
                (after, ExprKind::Transpose(Box::new(base)))
            }
            Some(Kind::LeftBracket) if rest.adjacent(0, Kind::LeftBracket) => {
                let (after, indices) = index(rest)?;
                (after, ExprKind::Index { base: Box::new(base), indices })
            }
            Some(kind @ (Kind::Power | Kind::EntryPower)) => {
                let (after, exponent) = exponent(rest.skip(1))?;
                let entrywise = kind == Kind::EntryPower;
                (after, ExprKind::Power { base: Box::new(base), exponent: Box::new(exponent), entrywise })
            }
            _ => return Ok((rest, base)),
        };
        rest = after.higher(height.max(after.height), &input)?;
        base = Expr { kind, span: rest.since(&input) };
    }
}

/// index = "[" place { "," place } "]", without a space before it
fn index<'a>(input: Tokens<'a>) -> Parsed<'a, Vec<Expr>> {
    let (rest, indices) = list1(place).parse(input.deeper(1)?.skip(1))?;
    let height = rest.height;
    let (mut rest, _) = symbol(Kind::RightBracket, "`,` or `]`").parse(rest)?;
    rest.depth = input.depth;
    rest.height = height;
    Ok((rest, indices))
}

/// place = "(" expression "," expression { "," expression } ")" | expression
fn place<'a>(input: Tokens<'a>) -> Parsed<'a> {
    if !starts_tuple(&input) {
        return expression(input);
    }
    let (rest, parts) = list1(expression).parse(input.deeper(1)?.skip(1))?;
    let height = rest.height;
    let (rest, _) = symbol(Kind::RightParen, "`,` or `)`").parse(rest)?;
    let mut rest = rest.higher(height, &input)?;
    rest.depth = input.depth;
    Ok((rest, Expr { kind: ExprKind::Tuple(parts), span: rest.since(&input) }))
}

/// A bracket with a comma of its own in it.
fn starts_tuple(input: &Tokens) -> bool {
    if !input.is(0, Kind::LeftParen) {
        return false;
    }
    let close = input.rest[0].partner;
    let mut at = 1;
    while at < close {
        match input.at(at) {
            Some(token) if token.kind == Kind::Comma => return true,
            Some(token) if matches!(token.kind, Kind::LeftParen | Kind::LeftBracket) => at += token.partner,
            _ => {}
        }
        at += 1;
    }
    false
}

/// exponent = name | number | "-" ( name | number ) | "(" expression ")"
fn exponent<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let plain = |position: usize| input.is(position, Kind::Name) || input.is(position, Kind::Number);
    if plain(0) && !input.adjacent(1, Kind::LeftParen) {
        return literal(input);
    }
    if input.is(0, Kind::Minus) && plain(1) && !input.adjacent(2, Kind::LeftParen) {
        let (rest, inner) = literal(input.skip(1))?;
        let rest = rest.higher(1, &input)?;
        return Ok((rest, Expr { kind: ExprKind::Negate(Box::new(inner)), span: rest.since(&input) }));
    }
    if input.is(0, Kind::LeftParen) {
        return parenthesis(input);
    }
    fail(diagnostic::bracketed_exponent(input.here()))
}

/// literal = name | number
fn literal<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let Some(token) = input.peek() else { return input.expected("an expression") };
    let mut rest = input.skip(1);
    rest.height = 1;
    let kind = match token.kind {
        Kind::Number => ExprKind::Number(exact(token.text)),
        _ => ExprKind::Name(token.text.into()),
    };
    Ok((rest, Expr { kind, span: token.span }))
}

/// The value of a number's text, exact; the tokens' limits keep it small.
fn exact(text: &str) -> BigRational {
    let (mantissa, exponent) = parts(text);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // Both texts are digits only, so neither default is ever taken.
    let digits: BigInt = format!("{whole}{fraction}").parse().unwrap_or_default();
    let exponent: i32 = exponent.map_or(0, |text| text.parse().unwrap_or_default());
    let ten = BigRational::from_integer(BigInt::from(10));
    BigRational::from_integer(digits) * num_traits::Pow::pow(&ten, exponent - fraction.len() as i32)
}

/// atom = derivative | call | literal | parenthesis | matrix
fn atom<'a>(input: Tokens<'a>) -> Parsed<'a> {
    match input.kind() {
        Some(Kind::Name) if derivative::starts(&input) => derivative::derivative(input),
        Some(Kind::Name) => named(input),
        Some(Kind::Number) => literal(input),
        Some(Kind::LeftParen) => parenthesis(input),
        Some(Kind::LeftBracket) => matrix(input),
        Some(Kind::Differential) if derivative::starts(&input) => derivative::derivative(input),
        Some(Kind::Differential) => {
            let text = input.peek().map_or("∂", |token| token.text);
            fail(diagnostic::lone_differential(text, input.here()))
        }
        _ => input.expected("an expression"),
    }
}

fn named<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let mut primes = 0;
    while input.adjacent(1 + primes, Kind::Prime) {
        primes += 1;
    }
    if input.adjacent(1 + primes, Kind::LeftParen) {
        return call(input, primes);
    }
    if let (Some(function), Some(bracket)) = (input.peek(), input.at(1))
        && bracket.kind == Kind::LeftParen
        && input.scope.is_function(function.text)
    {
        return fail(diagnostic::function_then_space(function.text, function.span, bracket.span));
    }
    literal(input)
}

/// call = name { "'" } "(" [ place { "," place } ] ")", pairs in `delta` only, without spaces before the bracket
fn call<'a>(input: Tokens<'a>, primes: usize) -> Parsed<'a> {
    let (rest, function): (_, Ident) = name(input.deeper(1)?)?;
    let rest = rest.skip(primes + 1);
    let (rest, arguments) = match rest.kind() {
        Some(Kind::RightParen) => (Tokens { height: 0, ..rest }, Vec::new()),
        // Its arguments are indices.
        _ if &*function.name == "delta" => list1(place).parse(rest)?,
        _ => list1(expression).parse(rest)?,
    };
    let height = rest.height;
    if let (Some(Kind::Assign), Some(Expr { kind: ExprKind::Name(name), span })) =
        (rest.kind(), arguments.last())
    {
        return fail(diagnostic::named_argument(name, span.to(rest.here())));
    }
    let (rest, _) = symbol(Kind::RightParen, "`,` or `)`").parse(rest)?;
    let rest = rest.higher(height, &input)?;
    Ok((rest, Expr { kind: ExprKind::Call { function, primes, arguments }, span: rest.since(&input) }))
}

/// parenthesis = "(" expression ")"
fn parenthesis<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (rest, inner) = expression(input.deeper(1)?.skip(1))?;
    let height = rest.height;
    let (mut rest, _) = symbol(Kind::RightParen, "an operator or `)`").parse(rest)?;
    rest.depth = input.depth;
    rest.height = height;
    Ok((rest, Expr { kind: inner.kind, span: rest.since(&input) }))
}

/// matrix = "[" row { ";" row } "]"
fn matrix<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, first) = row(input.deeper(1)?.skip(1))?;
    let mut height = rest.height;
    let mut rows = vec![first];
    while rest.is(0, Kind::Semicolon) {
        let (after, row) = row(rest.skip(1))?;
        height = height.max(after.height);
        rest = after;
        rows.push(row);
    }
    let (rest, _) = symbol(Kind::RightBracket, "`,`, `;` or `]`").parse(rest)?;
    let rest = rest.higher(height, &input)?;
    let span = rest.since(&input);
    let width = rows[0].len();
    if let Some(ragged) = rows.iter().position(|row| row.len() != width) {
        return fail(diagnostic::ragged_matrix(ragged + 1, width, rows[ragged].len(), span));
    }
    Ok((rest, Expr { kind: ExprKind::Matrix(rows), span }))
}

/// row = expression { "," expression }
fn row<'a>(input: Tokens<'a>) -> Parsed<'a, Vec<Expr>> {
    list1(expression).parse(input)
}
