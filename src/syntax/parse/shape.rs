//! Shapes, dimensions and properties.

use std::collections::BTreeSet;

use nom::Parser;

use super::lex::Kind;
use super::{Parsed, Tokens, fail, name, symbol};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::suggest::close_name;
use crate::syntax::ast::{Expr, ExprKind, File, Placed, ProductOp, Property, ShapeExpr, Sign, StatementKind};

/// shape = "scalar" | dimension [ ( "x" | "×" ) dimension ]
pub(super) fn shape<'a>(input: Tokens<'a>) -> Parsed<'a, ShapeExpr> {
    if input.is_word(0, "scalar") {
        return Ok((input.skip(1), ShapeExpr::Scalar));
    }
    let (rest, rows) = dimension(input)?;
    if rest.is_word(0, "x") || rest.is(0, Kind::Cross) {
        let (rest, columns) = dimension(rest.skip(1))?;
        return Ok((rest, ShapeExpr::Matrix(rows, columns)));
    }
    Ok((rest, ShapeExpr::Vector(rows)))
}

/// dimension = dimension_product { ( "+" | "-" ) dimension_product }
pub(super) fn dimension<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, first) = dimension_product(input)?;
    let mut terms = match first.kind {
        ExprKind::Sum(terms) => terms,
        kind => vec![(Sign::Plus, Expr { kind, span: first.span })],
    };
    loop {
        let sign = match rest.kind() {
            Some(Kind::Plus) => Sign::Plus,
            Some(Kind::Minus) => Sign::Minus,
            _ => break,
        };
        let (after, term) = dimension_product(rest.skip(1))?;
        terms.push((sign, term));
        rest = after;
    }
    let span = rest.since(&input);
    match terms.len() {
        1 => Ok((rest, Expr { kind: terms.remove(0).1.kind, span })),
        _ => Ok((rest, Expr { kind: ExprKind::Sum(terms), span })),
    }
}

/// dimension_product = dimension_factor { "*" dimension_factor }
fn dimension_product<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let (mut rest, mut value) = dimension_factor(input)?;
    while rest.is(0, Kind::Times) {
        let (after, factor) = dimension_factor(rest.skip(1))?;
        value = Expr { kind: Expr::product(value, ProductOp::Times, factor).kind, span: after.since(&input) };
        rest = after;
    }
    Ok((rest, value))
}

/// dimension_factor = name | integer | "(" dimension ")"
fn dimension_factor<'a>(input: Tokens<'a>) -> Parsed<'a> {
    let Some(token) = input.peek() else { return input.expected("a dimension") };
    match token.kind {
        Kind::Name => Ok((input.skip(1), Expr { kind: ExprKind::Name(token.text.into()), span: token.span })),
        Kind::Number => match token.text.parse::<usize>() {
            Ok(_) if input.at(1).is_some_and(|next| next.kind == Kind::Name && !next.spaced) => {
                let glued = input.rest[1].text;
                match glued.strip_prefix('x') {
                    Some(second) if !second.is_empty() => {
                        fail(diagnostic::glued_shape(token.text, second, token.span.to(input.rest[1].span)))
                    }
                    _ => fail(diagnostic::missing_operator(input.rest[1].span)),
                }
            }
            Ok(value) if value > 0 => Ok((input.skip(1), Expr { span: token.span, ..Expr::natural(value) })),
            _ => fail(diagnostic::bad_dimension(token.text, token.span)),
        },
        Kind::LeftParen => {
            let (rest, inner) = dimension(input.deeper(1)?.skip(1))?;
            let (mut rest, _) = symbol(Kind::RightParen, "`)`").parse(rest)?;
            rest.depth = input.depth;
            Ok((rest, inner))
        }
        _ => input.expected("a dimension"),
    }
}

/// property = "symmetric" | "antisymmetric" | "diagonal" | "lower" | "upper" | "orthogonal" | "posdef"
///          | "positive" | "onehot" | "integer"
pub(super) fn property<'a>(input: Tokens<'a>) -> Parsed<'a, Placed<Property>> {
    let (rest, word) = name(input)?;
    match PROPERTIES.iter().find(|(text, _)| *text == &*word.name) {
        Some(&(_, what)) => Ok((rest, Placed { what, span: word.span })),
        None => {
            let meant = close_name(&word.name, PROPERTIES.iter().map(|(text, _)| *text));
            fail(diagnostic::unknown_property(&word.name, meant, word.span))
        }
    }
}

/// Properties by their words.
pub(crate) const PROPERTIES: [(&str, Property); 10] = [
    ("symmetric", Property::Symmetric),
    ("antisymmetric", Property::Antisymmetric),
    ("diagonal", Property::Diagonal),
    ("lower", Property::Lower),
    ("upper", Property::Upper),
    ("orthogonal", Property::Orthogonal),
    ("posdef", Property::Posdef),
    ("positive", Property::Positive),
    ("onehot", Property::Onehot),
    ("integer", Property::Integer),
];

/// Reports `NxD` where N and D are dimensions elsewhere in the file.
pub(super) fn glued_shapes(file: &File, diagnostics: &mut Vec<Diagnostic>) {
    let mut names: Vec<(&str, Span)> = Vec::new();
    for statement in &file.statements {
        match &statement.kind {
            StatementKind::Declare { shape, .. } => shape_names(shape, &mut names),
            StatementKind::Operation { parameters, .. } => {
                parameters.iter().filter_map(|parameter| parameter.shape.as_ref()).for_each(|shape| {
                    shape_names(shape, &mut names);
                });
            }
            StatementKind::Size { sizes } => {
                names.extend(sizes.iter().map(|(name, _)| (&*name.name, Span::NONE)))
            }
            _ => {}
        }
    }
    let known: BTreeSet<&str> = names.iter().map(|(name, _)| *name).collect();
    let dimension = |half: &str| known.contains(half) || half.parse::<usize>().is_ok();
    for &(name, span) in names.iter().filter(|(name, span)| *span != Span::NONE && name.len() < 200) {
        let halves = name.match_indices('x').map(|(at, _)| (&name[..at], &name[at + 1..]));
        if let Some((first, second)) =
            halves.into_iter().find(|(first, second)| dimension(first) && dimension(second))
        {
            diagnostics.push(diagnostic::glued_shape(first, second, span));
        }
    }
}

fn shape_names<'a>(shape: &'a ShapeExpr, names: &mut Vec<(&'a str, Span)>) {
    let mut pending: Vec<&Expr> = match shape {
        ShapeExpr::Scalar => Vec::new(),
        ShapeExpr::Vector(rows) => vec![rows],
        ShapeExpr::Matrix(rows, columns) => vec![rows, columns],
    };
    while let Some(expr) = pending.pop() {
        match &expr.kind {
            ExprKind::Name(name) => names.push((name, expr.span)),
            ExprKind::Sum(terms) => pending.extend(terms.iter().map(|(_, term)| term)),
            ExprKind::Product { first, rest } => {
                pending.push(first);
                pending.extend(rest.iter().map(|(_, factor)| factor));
            }
            _ => {}
        }
    }
}
