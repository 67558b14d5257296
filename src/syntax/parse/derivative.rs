//! Derivatives, and how the letters of `d2f/dxdy` are told apart.

use nom::Parser;

use super::expr::expression;
use super::lex::Kind;
use super::{Parsed, Tokens, fail, symbol};
use crate::diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Derivative, Expr, ExprKind};

/// The names below a derivative, each with its multiplicity.
pub(crate) type Reading<'a> = Vec<(&'a str, u32)>;

/// Longer tokens are names: `d(f)/d(x)` is always there.
const LONGEST: usize = 200;

/// A token above or before a quotient line, taken apart: `dL` is (1, "L"), `d2` is (2, "").
pub(crate) fn differential(token: &str) -> Option<(u32, &str)> {
    let rest = token.strip_prefix(['d', '∂'])?;
    match rest.chars().next().and_then(|digit| digit.to_digit(10)) {
        Some(order @ 2..=9) => Some((order, &rest[1..])),
        Some(_) => None,
        None => Some((1, rest)),
    }
}

/// All readings of a token such as `dxdy` or `dx2` as a product of differentials with that total order, and
/// the reading of any order, the longest declared names first.
pub(crate) fn readings<'a>(token: &'a str, order: u32, declares: &dyn Fn(&str) -> bool) -> Vec<Reading<'a>> {
    let mut found = Vec::new();
    if token.len() <= LONGEST {
        let mut dead = vec![false; (token.len() + 1) * (order as usize + 1)];
        search(token, 0, order, declares, &mut Vec::new(), &mut found, &mut dead);
    }
    found
}

/// Depth first over the places where a name may end; `dead` marks (place, order left) without a reading,
/// and two readings are enough to know that there are several.
fn search<'a>(
    token: &'a str,
    at: usize,
    order: u32,
    declares: &dyn Fn(&str) -> bool,
    path: &mut Reading<'a>,
    found: &mut Vec<Reading<'a>>,
    dead: &mut [bool],
) {
    let state = at * (dead.len() / (token.len() + 1)) + order as usize;
    if at == token.len() {
        if order == 0 {
            found.push(path.clone());
        }
        return;
    }
    if dead[state] || order == 0 || found.len() == 2 {
        return;
    }
    let before = found.len();
    if let Some(rest) = token[at..].strip_prefix(['d', '∂']) {
        let start = token.len() - rest.len();
        for end in (start + 1..=token.len()).rev() {
            let Some(name) = token.get(start..end) else { continue };
            if !declares(name) {
                continue;
            }
            path.push((name, 1));
            search(token, end, order - 1, declares, path, found, dead);
            path.pop();
            let digit = token[end..].chars().next().and_then(|digit| digit.to_digit(10));
            if let Some(times @ 2..=9) = digit
                && times <= order
            {
                path.push((name, times));
                search(token, end + 1, order - times, declares, path, found, dead);
                path.pop();
            }
        }
    }
    if found.len() == before {
        dead[state] = true;
    }
}

/// The reading of a token whose names nobody declared: one name for each `∂`, or for the whole of `d…`.
fn undeclared(token: &str, order: u32) -> Reading<'_> {
    let parts = token.split('∂').filter(|part| !part.is_empty());
    let parts: Vec<&str> = match token.strip_prefix('d') {
        Some(name) => vec![name],
        None => parts.collect(),
    };
    let mut reading: Reading = parts.iter().map(|&part| (part, 1)).collect();
    if let [(name, times)] = &mut reading[..]
        && order > 1
        && let Some(digit @ 2..=9) = name.chars().last().and_then(|digit| digit.to_digit(10))
        && name.len() > 1
    {
        *name = &name[..name.len() - 1];
        *times = digit;
    }
    reading
}

/// Whether a derivative begins here; decided by looking at the tokens around the quotient line.
pub(super) fn starts(input: &Tokens) -> bool {
    let Some(first) = input.peek() else { return false };
    if !matches!(first.kind, Kind::Name | Kind::Differential) {
        return false;
    }
    let Some((_, name)) = differential(first.text) else { return false };
    let marked = first.kind == Kind::Differential;
    let general = name.is_empty() && input.adjacent(1, Kind::LeftParen);
    let line = if general { input.rest[1].partner + 2 } else { 1 };
    if !input.is(line, Kind::Divide) {
        return false;
    }
    let Some(below) = input.at(line + 1) else { return false };
    let below_marked = below.kind == Kind::Differential;
    let below_named = below.kind == Kind::Name && below.text.starts_with('d');
    if !(below_marked || below_named) {
        return false;
    }
    let declares = |name: &str| input.scope.declares(name);
    let below_general = matches!(below.text, "d" | "∂") && input.adjacent(line + 2, Kind::LeftParen);
    if !general && (name.is_empty() || !marked && (declares(first.text) || !declares(name))) {
        return false;
    }
    if below_general || marked || below_marked {
        return true;
    }
    if below.text.len() < 2 || declares(below.text) && (!general || declares(first.text)) {
        return false;
    }
    general && !declares(first.text) || (1..=9).any(|any| !readings(below.text, any, &declares).is_empty())
}

/// derivative = numerator "/" denominator
pub(super) fn derivative<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (rest, (order, numerator)) = numerator(input)?;
    let height = rest.height;
    let (rest, _) = symbol(Kind::Divide, "`/`").parse(rest)?;
    let (rest, by) = denominator(rest, order)?;
    let span = rest.since(&input);
    let total: u32 = by.iter().map(|(_, times)| times).sum();
    if total != order {
        let length = input.rest.len() - rest.rest.len();
        let written: String = input.rest[..length.min(8)].iter().map(|token| token.text).collect();
        let written = if length > 8 { format!("{written}…") } else { written };
        return fail(diagnostic::derivative_order(&written, order, total, span));
    }
    let height = rest.height.max(height);
    let rest = rest.higher(height, &input)?;
    let derivative = Derivative { numerator, by, held: Vec::new() };
    Ok((rest, Expr { kind: ExprKind::Derivative(Box::new(derivative)), span }))
}

/// numerator = "d" [ order ] ( name | "(" expression ")" )
fn numerator<'a>(input: Tokens<'a>) -> Parsed<'a, (u32, Expr)> {
    let Some((token, (order, name))) =
        input.peek().and_then(|token| Some((token, differential(token.text)?)))
    else {
        return input.expected("a derivative");
    };
    if name.is_empty() {
        let (rest, inner) = bracketed(input.skip(1))?;
        return Ok((rest, (order, inner)));
    }
    let span = Span::new(token.span.end - name.len(), token.span.end);
    let mut rest = input.skip(1);
    rest.height = 1;
    Ok((rest, (order, Expr { kind: ExprKind::Name(name.into()), span })))
}

/// denominator = differential { differential }
fn denominator<'a>(input: Tokens<'a>, order: u32) -> Parsed<'a, Vec<(Expr, u32)>> {
    let mut by = Vec::new();
    let mut rest = input;
    let mut height = 1;
    while let Some(token) = rest.peek() {
        let first = by.is_empty();
        if !first && token.spaced || !matches!(token.kind, Kind::Name | Kind::Differential) {
            break;
        }
        if matches!(token.text, "d" | "∂") && rest.adjacent(1, Kind::LeftParen) {
            let (after, inner) = bracketed(rest.skip(1))?;
            height = height.max(after.height);
            rest = after;
            let (after, times) = multiplicity(rest)?;
            rest = after;
            by.push((inner, times));
        } else if first {
            let (after, names) = names_below(rest, order)?;
            return Ok((after, names));
        } else {
            break;
        }
    }
    if by.is_empty() {
        return rest.expected("what is differentiated by, such as `dX` or `d(X)`");
    }
    rest.height = height;
    Ok((rest, by))
}

/// multiplicity = [ integer ]
fn multiplicity<'a>(input: Tokens<'a>) -> Parsed<'a, u32> {
    match input.peek() {
        Some(token) if token.kind == Kind::Number && !token.spaced => match token.text.parse() {
            Ok(times @ 1..=9) => Ok((input.skip(1), times)),
            _ => input.expected("an order from 1 to 9"),
        },
        _ => Ok((input, 1)),
    }
}

/// names_below = "d" name [ order ] { "d" name [ order ] }, without spaces
fn names_below<'a>(input: Tokens<'a>, order: u32) -> Parsed<'a, Vec<(Expr, u32)>> {
    let Some(token) = input.peek() else { return input.expected("what is differentiated by") };
    let declares = |name: &str| input.scope.declares(name);
    let found = readings(token.text, order, &declares);
    let width = token.text.chars().next().map_or(1, char::len_utf8);
    let whole = &token.text[width..];
    let reading = match found.first() {
        Some(reading) if order > 1 && declares(whole) => {
            let shown = [show(order, reading), show(1, &[(whole, 1)])];
            return fail(diagnostic::ambiguous_derivative(token.text, &shown, token.span));
        }
        Some(reading) => reading.clone(),
        None => (1..=9)
            .find_map(|any| readings(token.text, any, &declares).into_iter().next())
            .unwrap_or_else(|| undeclared(token.text, order)),
    };
    let mut rest = input.skip(1);
    rest.height = 1;
    let base = token.text.as_ptr() as usize;
    let by = reading
        .into_iter()
        .map(|(name, times)| {
            // Names are slices of the token, so their distance is their place.
            let start = token.span.start + (name.as_ptr() as usize - base);
            let span = Span::new(start, start + name.len());
            (Expr { kind: ExprKind::Name(name.into()), span }, times)
        })
        .collect();
    Ok((rest, by))
}

fn show(order: u32, reading: &[(&str, u32)]) -> String {
    let digit = |times: u32| if times > 1 { times.to_string() } else { String::new() };
    let below: String = reading.iter().map(|(name, times)| format!("d({name}){}", digit(*times))).collect();
    format!("d{}(…)/{below}", digit(order))
}

fn bracketed<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (rest, _) = symbol(Kind::LeftParen, "`(`").parse(input.deeper(1)?)?;
    let (rest, inner) = expression(rest)?;
    let height = rest.height;
    let (mut rest, _) = symbol(Kind::RightParen, "`)`").parse(rest)?;
    rest.depth = input.depth;
    rest.height = height;
    Ok((rest, inner))
}
