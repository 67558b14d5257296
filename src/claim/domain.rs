//! Where expressions have values: divisors, logarithms, roots. What is so for certain is not said.

use num_traits::Signed;

use crate::expand::number;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Property, Sign};
use crate::syntax::print::Printer;

/// Operations that lead to each other are followed so far.
const DEPTH: usize = 32;

/// Adds the conditions under which an expression has a value.
pub fn conditions(problem: &Problem, printer: &Printer, expr: &Expr, texts: &mut Vec<String>) {
    let mut say = |expr: &Expr, relation: &str| {
        let text = format!("{} {relation}", printer.expr(expr));
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    let sure = |expr: &Expr| Signs { problem, inside: None, depth: 0 }.of(expr);
    match &expr.kind {
        ExprKind::Product { rest, .. } => {
            for (op, factor) in rest {
                let divides = matches!(op, ProductOp::Divide | ProductOp::HadamardDivide);
                // A number is no zero: `check` has seen to that.
                if divides && sure(factor) != Some(Sure::Positive) && number(factor).is_none() {
                    say(factor, "!= 0");
                }
            }
        }
        ExprKind::Power { base, exponent, .. } => {
            let wanted = match number(exponent) {
                Some(exponent) if exponent.is_integer() && !exponent.is_negative() => None,
                Some(exponent) if exponent.is_integer() => Some("!= 0"),
                Some(exponent) if !exponent.is_negative() => Some(">= 0"),
                _ => Some("> 0"),
            };
            match (wanted, sure(base)) {
                (None, _) | (_, Some(Sure::Positive)) | (Some(">= 0"), Some(Sure::NotNegative)) => {}
                (Some(wanted), _) => say(base, wanted),
            }
        }
        ExprKind::Call { function, arguments, .. } => match (&*function.name, arguments.as_slice()) {
            ("log", [argument]) if sure(argument) != Some(Sure::Positive) => say(argument, "> 0"),
            ("sqrt", [argument]) if sure(argument).is_none() => say(argument, ">= 0"),
            _ => {}
        },
        _ => {}
    }
    expr.children().into_iter().for_each(|child| conditions(problem, printer, child, texts));
}

/// What is known of every entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Positive,
    NotNegative,
}

struct Signs<'a> {
    problem: &'a Problem,
    /// Dimensions of the operation whose entries are looked at: of its parameters nothing is known.
    inside: Option<&'a [Name]>,
    depth: usize,
}

impl Signs<'_> {
    fn of(&self, expr: &Expr) -> Option<Sure> {
        match &expr.kind {
            ExprKind::Number(number) if number.is_positive() => Some(Sure::Positive),
            ExprKind::Number(_) => Some(Sure::NotNegative),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Transpose(inner) => self.of(inner),
            ExprKind::Power { base, exponent, .. } => match (self.of(base), number(exponent)) {
                (Some(Sure::Positive), _) => Some(Sure::Positive),
                (_, Some(exponent)) if exponent.is_integer() && (exponent.to_integer() % 2u8) == 0.into() => {
                    exponent.is_positive().then_some(Sure::NotNegative)
                }
                _ => None,
            },
            ExprKind::Sum(terms) if terms.iter().all(|(sign, _)| *sign == Sign::Plus) => {
                let signs = terms.iter().map(|(_, term)| self.of(term)).collect::<Option<Vec<_>>>()?;
                Some(if signs.contains(&Sure::Positive) { Sure::Positive } else { Sure::NotNegative })
            }
            ExprKind::Product { first, rest } => {
                self.all(std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)))
            }
            ExprKind::BigSum { body, .. } => self.of(body),
            ExprKind::Index { base, .. } => self.of(base),
            ExprKind::Call { function, arguments, primes: 0 } => self.call(&function.name, arguments),
            _ => None,
        }
    }

    fn all<'e>(&self, parts: impl Iterator<Item = &'e Expr>) -> Option<Sure> {
        let signs = parts.map(|part| self.of(part)).collect::<Option<Vec<_>>>()?;
        Some(if signs.contains(&Sure::NotNegative) { Sure::NotNegative } else { Sure::Positive })
    }

    fn name(&self, name: &Name) -> Option<Sure> {
        if let Some(dimensions) = self.inside {
            return (dimensions.contains(name) || &**name == "pi").then_some(Sure::Positive);
        }
        match self.problem.quantities.get(name) {
            None => (self.problem.dimensions.contains_key(name) || &**name == "pi").then_some(Sure::Positive),
            Some(quantity) => match &quantity.definition {
                Some(definition) => self.of(definition),
                None => quantity.properties.contains(&Property::Positive).then_some(Sure::Positive),
            },
        }
    }

    /// By the formula of the operation or function; few have none.
    fn call(&self, function: &Name, arguments: &[Expr]) -> Option<Sure> {
        if self.depth == DEPTH {
            return None;
        }
        let within = |dimensions| Signs { inside: Some(dimensions), depth: self.depth + 1, ..*self };
        if let Some(known) = self.problem.functions.get(function) {
            return match (&known.value, &**function) {
                (Some(value), _) => within(&[]).of(value),
                (None, "exp") => Some(Sure::Positive),
                (None, "abs" | "sqrt") => Some(Sure::NotNegative),
                _ => None,
            };
        }
        let operation = self.problem.operation(function, arguments.len())?;
        // Sums of what has a sign have that sign.
        let linear = matches!(&**function, "sum" | "rowsum" | "colsum" | "mean" | "rowmean" | "colmean");
        if linear { self.all(arguments.iter()) } else { within(&operation.dimensions).of(&operation.value) }
    }
}
