//! Answers in the input language: one line per goal, everything else a comment.

use std::io::{self, Write};

use crate::derivation::{Derivation, Remark};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

pub(super) fn write(derivation: &Derivation, verdict: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut introduced: Vec<&(Name, Expr)> = Vec::new();
    for definition in derivation.answers.iter().flat_map(|answer| &answer.introduced) {
        if !introduced.contains(&definition) {
            introduced.push(definition);
        }
    }
    for (name, value) in introduced {
        writeln!(out, "{name} = {}  # where", source(value))?;
    }
    for answer in &derivation.answers {
        writeln!(out, "{} = {}", source(&answer.goal), source(&answer.value))?;
        match &answer.remark {
            Some(Remark::Independent) => writeln!(out, "# {} does not depend on it", source(&answer.goal))?,
            Some(Remark::IndexForm { einsum }) => writeln!(out, "# no matrix form; einsum: {einsum}")?,
            None => {}
        }
    }
    for line in verdict.lines() {
        writeln!(out, "# {line}")?;
    }
    Ok(())
}

/// The expression as it can be read back; to be replaced by `crate::syntax::print::expr`.
fn source(expr: &Expr) -> String {
    printed(expr).0
}

/// Text and level: 0 sum, 1 negation and products, 2 postfix and atoms.
fn printed(expr: &Expr) -> (String, u8) {
    let at = |needed: u8, expr: &Expr| {
        let (text, level) = printed(expr);
        if level >= needed { text } else { format!("({text})") }
    };
    let list = |exprs: &[Expr]| exprs.iter().map(source).collect::<Vec<_>>().join(",");
    match &expr.kind {
        ExprKind::Number(number) => (number.to_string(), if number.is_integer() { 2 } else { 1 }),
        ExprKind::Name(name) => (name.to_string(), 2),
        ExprKind::Index { base, indices } => (format!("{}[{}]", at(2, base), list(indices)), 2),
        ExprKind::Transpose(inner) => (format!("{}'", at(2, inner)), 2),
        ExprKind::Power { base, exponent, entrywise } => {
            let sign = if *entrywise { ".^" } else { "^" };
            let plain = matches!(exponent.kind, ExprKind::Number(_) | ExprKind::Name(_));
            let exponent = if plain { source(exponent) } else { format!("({})", source(exponent)) };
            (format!("{}{sign}{exponent}", at(2, base)), 2)
        }
        ExprKind::Negate(inner) => (format!("-{}", at(2, inner)), 1),
        ExprKind::Product { first, rest } => {
            let mut text = at(1, first);
            for (op, factor) in rest {
                text.push_str(match op {
                    ProductOp::Times => " * ",
                    ProductOp::Space => " ",
                    ProductOp::Divide => " / ",
                    ProductOp::Hadamard => " .* ",
                    ProductOp::HadamardDivide => " ./ ",
                });
                text.push_str(&at(2, factor));
            }
            (text, 1)
        }
        ExprKind::Sum(terms) => {
            let mut text = String::new();
            for (position, (sign, term)) in terms.iter().enumerate() {
                text.push_str(match (position, sign) {
                    (0, Sign::Plus) => "",
                    (0, Sign::Minus) => "-",
                    (_, Sign::Plus) => " + ",
                    (_, Sign::Minus) => " - ",
                });
                text.push_str(&at(1, term));
            }
            (text, 0)
        }
        ExprKind::BigSum { binders, body } => {
            let binders: Vec<String> = binders
                .iter()
                .map(|binder| match &binder.range {
                    Some(range) => format!("{}: {}", binder.name.name, source(range)),
                    None => binder.name.name.to_string(),
                })
                .collect();
            (format!("sum({}) {}", binders.join(", "), at(1, body)), 1)
        }
        ExprKind::Call { function, primes, arguments } => {
            let arguments = arguments.iter().map(source).collect::<Vec<_>>().join(", ");
            (format!("{}{}({arguments})", function.name, "'".repeat(*primes)), 2)
        }
        ExprKind::Matrix(rows) => {
            let rows: Vec<String> =
                rows.iter().map(|row| row.iter().map(source).collect::<Vec<_>>().join(", ")).collect();
            (format!("[{}]", rows.join("; ")), 2)
        }
        ExprKind::Derivative(derivative) => {
            let order: u32 = derivative.by.iter().map(|(_, order)| order).sum();
            let power = |order: u32| if order > 1 { order.to_string() } else { String::new() };
            let by: String = derivative
                .by
                .iter()
                .map(|(by, order)| match &by.kind {
                    ExprKind::Name(name) if order == &1 => format!("d{name}"),
                    _ => format!("d({}){}", source(by), power(*order)),
                })
                .collect();
            let top = match &derivative.numerator.kind {
                ExprKind::Name(name) => format!("d{}{name}", power(order)),
                _ => format!("d{}({})", power(order), source(&derivative.numerator)),
            };
            (format!("{top}/{by}"), 2)
        }
        ExprKind::Contraction { left, right } => (format!("sum({} .* {})", at(2, left), at(2, right)), 2),
        ExprKind::Table(table) => (format!("[{}]", source(&table.body)), 2),
    }
}
