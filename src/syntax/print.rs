//! Canonical text: as few brackets as possible, and parsing it gives an equal tree again.

use std::collections::HashSet;
use std::fmt::Write;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::ast::{
    Binder, Comparison, Condition, Derivative, Expr, ExprKind, File, Name, Notation, Parameter, ProductOp,
    Property, ShapeExpr, Sign, Statement, StatementKind, UnknownKind,
};
use super::parse::{self, PROPERTIES};

/// One expression, where only the names under its short derivatives are taken to be declared.
pub fn expr(expr: &Expr) -> String {
    Printer::default().expr(expr)
}

/// One statement, likewise.
pub fn statement(statement: &Statement) -> String {
    Printer::default().statement(statement)
}

/// A whole file, a statement on each line.
pub fn file(file: &File) -> String {
    let printer = Printer::new(file.statements.iter().flat_map(parse::declared));
    file.statements.iter().map(|statement| printer.statement(statement) + "\n").collect()
}

/// Prints with the declared names in mind, on which the short form of derivatives depends.
#[derive(Clone, Debug, Default)]
pub struct Printer {
    /// `None` when unknown.
    declared: Option<HashSet<String>>,
}

/// How tightly an expression binds, by the level of the grammar.
/// The word of a property.
pub fn property(property: Property) -> &'static str {
    PROPERTIES.iter().find(|(_, known)| *known == property).map_or("", |(word, _)| word)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Factor,
    Postfix,
    Atom,
}

impl Printer {
    /// A printer for a file that declares or defines these names.
    pub fn new<'a>(declared: impl IntoIterator<Item = &'a str>) -> Printer {
        Printer { declared: Some(declared.into_iter().map(str::to_string).collect()) }
    }

    pub fn expr(&self, expr: &Expr) -> String {
        let mut text = String::new();
        self.write(expr, &mut text);
        text
    }

    pub fn statement(&self, statement: &Statement) -> String {
        match &statement.kind {
            StatementKind::Declare { names, shape, properties } => {
                let names: Vec<&str> = names.iter().map(|name| &*name.name).collect();
                let mut text = format!("{} : {}", names.join(", "), self.shape(shape));
                for property in properties {
                    let _ = write!(text, " {}", self::property(property.what));
                }
                text
            }
            StatementKind::Define { name, value } => format!("{} = {}", name.name, self.expr(value)),
            StatementKind::Operation { name, parameters, indices, value, condition, notation } => {
                let parameters: Vec<String> = parameters.iter().map(|one| self.parameter(one)).collect();
                let axis = |letters: &Vec<Binder>| match letters.as_slice() {
                    [letter] => self.binders(std::slice::from_ref(letter)),
                    letters => format!("({})", self.binders(letters)),
                };
                let indices = match indices.as_slice() {
                    [] => String::new(),
                    axes => format!("[{}]", axes.iter().map(axis).collect::<Vec<_>>().join(", ")),
                };
                let (parameters, notation) = (parameters.join(", "), notation_text(notation));
                let condition =
                    condition.as_ref().map(|condition| format!(" for {}", self.condition(condition)));
                let condition = condition.unwrap_or_default();
                format!("{}({parameters}){indices} = {}{condition}{notation}", name.name, self.expr(value))
            }
            StatementKind::ScalarFunction { name, parameter, value, derivative, notation } => {
                let mut text = format!("scalar {}({})", name.name, parameter.name);
                if let Some(value) = value {
                    let _ = write!(text, " = {}", self.expr(value));
                }
                if let Some(derivative) = derivative {
                    let _ = write!(text, " derivative {}", self.expr(derivative));
                }
                text + &*notation_text(notation)
            }
            StatementKind::EntryDerivative { derivative, value, notation } => {
                format!("{} = {}{}", self.expr(derivative), self.expr(value), notation_text(notation))
            }
            StatementKind::Unknown { name, kind } => {
                let kind = match kind {
                    UnknownKind::Entrywise => "entrywise",
                    UnknownKind::Scalar => "scalar",
                };
                format!("unknown {} : {kind}", name.name)
            }
            StatementKind::Assume { conditions } => {
                let conditions: Vec<String> = conditions.iter().map(|one| self.condition(one)).collect();
                format!("assume {}", conditions.join(", "))
            }
            StatementKind::Size { sizes } => {
                let sizes: Vec<String> = sizes
                    .iter()
                    .map(|(name, value)| format!("{} = {}", name.name, self.dimension(value)))
                    .collect();
                format!("size {}", sizes.join(", "))
            }
            StatementKind::Derive { goals } => format!("derive {}", self.list(goals)),
            StatementKind::Verify { links } => {
                let links: Vec<String> = links.iter().map(|link| self.expr(link)).collect();
                format!("verify {}", links.join(" == "))
            }
        }
    }

    /// A comparison or `onehot(T)`.
    pub fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Onehot(name) => format!("onehot({})", name.name),
            Condition::Compare { left, comparison, right } => {
                let comparison = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessEqual => "<=",
                    Comparison::Equal => "==",
                    Comparison::GreaterEqual => ">=",
                    Comparison::Greater => ">",
                };
                format!("{} {comparison} {}", self.expr(left), self.expr(right))
            }
        }
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        match &parameter.shape {
            Some(shape) => format!("{} : {}", parameter.name.name, self.shape(shape)),
            None => parameter.name.name.to_string(),
        }
    }

    fn shape(&self, shape: &ShapeExpr) -> String {
        match shape {
            ShapeExpr::Scalar => "scalar".to_string(),
            ShapeExpr::Vector(rows) => self.dimension(rows),
            ShapeExpr::Matrix(rows, columns) => {
                format!("{} x {}", self.dimension(rows), self.dimension(columns))
            }
        }
    }

    fn dimension(&self, dimension: &Expr) -> String {
        self.expr(dimension)
    }

    fn binders(&self, binders: &[Binder]) -> String {
        let one = |binder: &Binder| match &binder.range {
            Some(range) => format!("{}: {}", binder.name.name, self.dimension(range)),
            None => binder.name.name.to_string(),
        };
        binders.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn list(&self, items: &[Expr]) -> String {
        items.iter().map(|item| self.expr(item)).collect::<Vec<_>>().join(", ")
    }

    /// In parentheses if it binds less tightly than `level`, or if asked to.
    fn bracketed(&self, expr: &Expr, level: Level, brackets: bool, text: &mut String) {
        if brackets || level_of(expr) < level {
            text.push('(');
            self.write(expr, text);
            text.push(')');
        } else {
            self.write(expr, text);
        }
    }

    fn write(&self, expr: &Expr, text: &mut String) {
        match &expr.kind {
            ExprKind::Number(value) => text.push_str(&number(value)),
            ExprKind::Name(name) => text.push_str(name),
            ExprKind::Index { base, indices } => {
                self.bracketed(base, Level::Postfix, false, text);
                let _ = write!(text, "[{}]", self.list(indices));
            }
            ExprKind::Tuple(parts) => {
                let _ = write!(text, "({})", self.list(parts));
            }
            ExprKind::Transpose(base) => {
                self.bracketed(base, Level::Postfix, false, text);
                text.push('\'');
            }
            ExprKind::Power { base, exponent, entrywise } => {
                self.bracketed(base, Level::Postfix, false, text);
                text.push_str(if *entrywise { ".^" } else { "^" });
                self.bracketed(exponent, Level::Sum, !is_exponent(exponent), text);
            }
            ExprKind::Negate(inner) => {
                text.push('-');
                self.bracketed(inner, Level::Factor, false, text);
            }
            ExprKind::Product { first, rest } => self.product(first, rest, false, text),
            ExprKind::Sum(terms) => self.sum(terms, text),
            ExprKind::BigSum { binders, body } => {
                let _ = write!(text, "sum({}) ", self.binders(binders));
                match &body.kind {
                    ExprKind::Product { first, rest } => self.product(first, rest, true, text),
                    kind => self.bracketed(body, Level::Product, matches!(kind, ExprKind::Negate(_)), text),
                }
            }
            ExprKind::Call { function, primes, arguments } => {
                let _ = write!(text, "{}{}({})", function.name, "'".repeat(*primes), self.list(arguments));
            }
            ExprKind::Matrix(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| self.list(row)).collect();
                let _ = write!(text, "[{}]", rows.join("; "));
            }
            ExprKind::Derivative(derivative) => self.derivative(derivative, text),
            ExprKind::Contraction { left, right } => {
                let _ = write!(text, "contract({}, {})", self.expr(left), self.expr(right));
            }
            ExprKind::Table(table) => {
                let sizes: Vec<String> =
                    table.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
                let _ = write!(
                    text,
                    "table({}: {}, {}: {}, {}{}{})",
                    table.row,
                    table.rows,
                    table.column,
                    table.columns,
                    self.expr(&table.body),
                    if sizes.is_empty() { "" } else { "; " },
                    sizes.join(", "),
                );
            }
        }
    }

    fn sum(&self, terms: &[(Sign, Expr)], text: &mut String) {
        for (position, (sign, term)) in terms.iter().enumerate() {
            match (position, sign) {
                (0, Sign::Plus) => {}
                (0, Sign::Minus) => text.push('-'),
                (_, Sign::Plus) => text.push_str(" + "),
                (_, Sign::Minus) => text.push_str(" - "),
            }
            // A first sum needs no brackets: the parser flattens it.
            let level = match (position, sign) {
                (0, Sign::Plus) => Level::Sum,
                (0, Sign::Minus) => Level::Factor,
                _ => Level::Product,
            };
            self.bracketed(term, level, false, text);
        }
    }

    /// `unsigned`: nothing may begin with a minus here.
    fn product(&self, first: &Expr, rest: &[(ProductOp, Expr)], unsigned: bool, text: &mut String) {
        let mut before = first;
        let mut start = text.len();
        let grabs = |expr: &Expr, next: &(ProductOp, Expr)| {
            is_open(expr) || next.0 == ProductOp::Space && ends_like_binder(expr)
        };
        let brackets = rest.first().is_some_and(|next| grabs(first, next))
            || unsigned && matches!(first.kind, ExprKind::Negate(_));
        match &first.kind {
            // Flattened by the parser, so that brackets would be redundant.
            ExprKind::Product { first: inner, rest: more } if !brackets => {
                self.product(inner, more, unsigned, text);
            }
            _ => self.bracketed(first, Level::Factor, brackets, text),
        }
        for (position, (op, factor)) in rest.iter().enumerate() {
            let mut right = String::new();
            let brackets = *op == ProductOp::Space && matches!(factor.kind, ExprKind::Negate(_))
                || rest.get(position + 1).is_some_and(|next| grabs(factor, next));
            self.bracketed(factor, Level::Factor, brackets, &mut right);
            if *op == ProductOp::Divide && self.like_derivative(before, &right) && !text.ends_with(')')
                || *op == ProductOp::Divide && call_named_d(before) && right.starts_with('d')
            {
                text.insert(start, '(');
                text.push(')');
            }
            text.push_str(match op {
                ProductOp::Times => " * ",
                ProductOp::Space => " ",
                ProductOp::Divide => " / ",
                ProductOp::Hadamard => " .* ",
                ProductOp::HadamardDivide => " ./ ",
            });
            start = text.len();
            text.push_str(&right);
            before = factor;
        }
    }

    /// Whether `left / right` would be read as a derivative.
    fn like_derivative(&self, left: &Expr, right: &str) -> bool {
        let Some(above) = last_name(left) else { return false };
        let below: &str = right.split(|c| !parse::name_continue(c)).next().unwrap_or("");
        parse::differential(above).is_some()
            && below.starts_with('d')
            && !self.declared.as_ref().is_some_and(|known| known.contains(&**above) || known.contains(below))
    }

    fn derivative(&self, derivative: &Derivative, text: &mut String) {
        let order: u32 = derivative.by.iter().map(|(_, times)| times).sum();
        let digit = |times: u32| if times > 1 { times.to_string() } else { String::new() };
        if derivative.held.is_empty()
            && let Some(short) = self.short(derivative, order)
        {
            text.push_str(&short);
            return;
        }
        let _ = write!(text, "d{}({})/", digit(order), self.expr(&derivative.numerator));
        for (by, times) in &derivative.by {
            let _ = write!(text, "d({}){}", self.expr(by), digit(*times));
        }
        if !derivative.held.is_empty() {
            let held: Vec<&str> = derivative.held.iter().map(|name| &**name).collect();
            let _ = write!(text, "|{}", held.join(","));
        }
    }

    /// `dL/dX`, if it is read back as this derivative.
    fn short(&self, derivative: &Derivative, order: u32) -> Option<String> {
        let name = |expr: &Expr| match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => None,
        };
        let top = name(&derivative.numerator)?;
        let by: Vec<(Name, u32)> =
            derivative.by.iter().map(|(by, times)| Some((name(by)?, *times))).collect::<Option<_>>()?;
        let declares = |text: &str| match &self.declared {
            Some(known) => known.contains(text),
            None => text == &*top || by.iter().any(|(name, _)| text == &**name),
        };
        let digit = |times: u32| if times > 1 { times.to_string() } else { String::new() };
        let above = format!("d{}{top}", digit(order));
        let below: String = by.iter().map(|(name, times)| format!("d{name}{}", digit(*times))).collect();
        let readings = parse::readings(&below, order, &declares);
        let read_back = readings.first().is_some_and(|reading| {
            reading.len() == by.len()
                && reading.iter().zip(&by).all(|(read, by)| read.0 == &*by.0 && read.1 == by.1)
        });
        let ambiguous = order > 1 && declares(&below[1..]);
        let plain = declares(&top) && !declares(&above) && !declares(&below) && !ambiguous;
        let same = parse::differential(&above) == Some((order, &*top));
        (plain && read_back && same).then(|| format!("{above}/{below}"))
    }
}

fn notation_text(notation: &Notation) -> String {
    let mut text = String::new();
    for (word, quoted) in [("latex", &notation.latex), ("text", &notation.text)] {
        if let Some(quoted) = quoted {
            let begin = if text.is_empty() { " as" } else { "" };
            let _ = write!(text, "{begin} {word} \"{quoted}\"");
        }
    }
    text
}

fn level_of(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Sum(_) => Level::Sum,
        ExprKind::Product { .. } => Level::Product,
        ExprKind::Negate(_) | ExprKind::BigSum { .. } => Level::Factor,
        ExprKind::Index { .. } | ExprKind::Transpose(_) | ExprKind::Power { .. } => Level::Postfix,
        ExprKind::Number(value) if decimal(value).is_none() => Level::Sum,
        _ => Level::Atom,
    }
}

fn is_exponent(expr: &Expr) -> bool {
    let plain = |expr: &Expr| matches!(expr.kind, ExprKind::Name(_)) || number_literal(expr);
    match &expr.kind {
        ExprKind::Negate(inner) => plain(inner),
        _ => plain(expr),
    }
}

fn number_literal(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Number(value) if decimal(value).is_some())
}

/// Whether it would swallow the factors that follow it.
fn is_open(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::BigSum { .. } => true,
        ExprKind::Negate(inner) => level_of(inner) >= Level::Factor && is_open(inner),
        ExprKind::Product { rest, .. } => rest.last().is_some_and(|(_, factor)| is_open(factor)),
        _ => false,
    }
}

/// Whether it ends with `sum(x)`, which before a factor would bind `x`.
fn ends_like_binder(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Negate(inner) => ends_like_binder(inner),
        ExprKind::Product { rest, .. } => rest.last().is_some_and(|(_, factor)| ends_like_binder(factor)),
        ExprKind::Call { function, primes: 0, arguments } => {
            &*function.name == "sum"
                && !arguments.is_empty()
                && arguments.iter().all(|argument| matches!(argument.kind, ExprKind::Name(_)))
        }
        _ => false,
    }
}

/// The name that an expression ends with.
fn last_name(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Negate(inner) => last_name(inner),
        ExprKind::Product { rest, .. } => rest.last().and_then(|(_, factor)| last_name(factor)),
        _ => None,
    }
}

/// Whether it ends with a call that looks like the numerator of a derivative.
fn call_named_d(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { function, primes: 0, .. } => {
            parse::differential(&function.name).is_some_and(|(_, name)| name.is_empty())
        }
        ExprKind::Negate(inner) => call_named_d(inner),
        ExprKind::Product { rest, .. } => rest.last().is_some_and(|(_, factor)| call_named_d(factor)),
        _ => false,
    }
}

fn number(value: &BigRational) -> String {
    decimal(value).unwrap_or_else(|| match value.is_integer() {
        true => value.numer().to_string(),
        false => format!("{} / {}", value.numer(), value.denom()),
    })
}

/// The text of a non-negative number with a finite decimal form.
fn decimal(value: &BigRational) -> Option<String> {
    if value.is_negative() {
        return None;
    }
    let (mut rest, mut twos, mut fives) = (value.denom().clone(), 0, 0);
    for (prime, count) in [(2, &mut twos), (5, &mut fives)] {
        let prime = BigInt::from(prime);
        while (&rest % &prime).is_zero() {
            rest /= &prime;
            *count += 1;
        }
    }
    if !rest.is_one() {
        return None;
    }
    let places: usize = std::cmp::max(twos, fives);
    let scaled = value * BigRational::from_integer(BigInt::from(10).pow(u32::try_from(places).ok()?));
    let digits = scaled.to_integer().to_string();
    if places == 0 {
        return Some(digits);
    }
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    Some(format!("{whole}.{fraction}"))
}
