//! Derivatives over a structured set: the variable is written by free entries, in the source itself, and the chain rule
//! does the rest.

use crate::diagnostic::{self, Diagnostic};
use crate::source::{Source, Span};
use crate::syntax::ast::{
    Derivative, Expr, ExprKind, File, Ident, Name, Placed, Property, ShapeExpr, Statement, StatementKind,
};
use crate::syntax::parse::{self, PROPERTIES};
use crate::syntax::print;

/// The shipped table, whose head says how it is read.
const TABLE: &str = include_str!("../grammar/structures.ew");

/// Which derivative a variable with a declared structure gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// By the coordinates of the structured set.
    Set,
    /// Projected on it.
    Projection,
}

impl Convention {
    fn word(self) -> &'static str {
        match self {
            Convention::Set => "set",
            Convention::Projection => "projection",
        }
    }
}

/// A source in which variables of declared structure are written by free entries.
#[derive(Clone, Debug)]
pub struct Structured {
    pub source: Source,
    /// Each such variable with what is said of it.
    pub said: Vec<(Option<Name>, String)>,
}

/// One line of the table.
struct Line {
    property: Property,
    convention: String,
    words: String,
    statements: Vec<Statement>,
}

fn table() -> Vec<Line> {
    TABLE.lines().filter(|line| line.starts_with("structure ")).filter_map(line).collect()
}

fn line(text: &str) -> Option<Line> {
    let (head, rest) = text.strip_prefix("structure ")?.split_once(" \"")?;
    let (words, statements) = rest.split_once("\": ")?;
    let (property, convention) = head.split_once(' ')?;
    let (_, property) = *PROPERTIES.iter().find(|(word, _)| *word == property)?;
    let file = parse::file(&Source::new("structures", statements.replace("; ", "\n"))).ok()?;
    let (convention, words) = (convention.to_string(), words.to_string());
    Some(Line { property, convention, words, statements: file.statements })
}

/// The same problem with derivatives by structured variables taken by their free entries.
///
/// # Errors
/// What is wrong with the source's form; a source in which nothing is differentiated by a variable of declared structure;
/// one with two structures at once.
pub fn structured(source: &Source, convention: Convention) -> Result<Structured, Vec<Diagnostic>> {
    let mut file = parse::file(source)?;
    let table = table();
    let mut wanted = Vec::new();
    for statement in &file.statements {
        for expr in asked(statement) {
            differentiated_by(expr, &mut wanted);
        }
    }
    let mut said = Vec::new();
    let mut at = 0;
    while at < file.statements.len() {
        let StatementKind::Declare { names, shape, properties } = &file.statements[at].kind else {
            at += 1;
            continue;
        };
        let structures: Vec<&Placed<Property>> =
            properties.iter().filter(|property| table.iter().any(|line| is(line, property.what))).collect();
        let found = names.iter().position(|name| wanted.contains(&name.name));
        let (Some(place), Some(structure)) = (found, structures.first()) else {
            at += 1;
            continue;
        };
        if let Some(second) =
            structures.iter().skip(1).find(|one| !posdef(one.what) && !posdef(structure.what))
        {
            return Err(vec![diagnostic::two_structures(structure.span, second.span)]);
        }
        let line = table.iter().find(|line| is(line, structure.what) && line.convention == convention.word());
        let Some(line) = line else { break };
        let (ShapeExpr::Matrix(dimension, _), name) = (shape.clone(), names[place].clone()) else { break };
        let positive = properties.iter().any(|property| property.what == Property::Posdef);
        let operations = line.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Operation { name, .. } => Some(name.name.clone()),
            _ => None,
        });
        let fresh = Fresh {
            taken: taken(&file),
            operations: operations.collect(),
            name: name.name.clone(),
            dimension,
        };
        said.push((Some(name.name.clone()), fresh.sentence(line, convention, structure.what)));
        let mut own: Vec<Statement> = line.statements.iter().map(|one| fresh.statement(one)).collect();
        if positive {
            // Of what posdef says, the sign of the determinant is what logarithms ask for.
            let text = format!("assume det({}) > 0", name.name);
            own.extend(parse::file(&Source::new("structures", text))?.statements);
        }
        let free = fresh.fresh("X_free");
        for statement in &mut file.statements {
            by_free(statement, &name.name, &free);
        }
        let declared = &mut file.statements[at];
        if let StatementKind::Declare { names, .. } = &mut declared.kind {
            names.remove(place);
            let empty = names.is_empty();
            let after = if empty { at..at + 1 } else { at + 1..at + 1 };
            let added = own.len();
            file.statements.splice(after, own);
            // The other names of the declaration once more.
            at += if empty { added } else { 0 };
        }
    }
    if said.is_empty() {
        return Err(vec![diagnostic::nothing_structured(convention.word())]);
    }
    Ok(Structured { source: Source::new(source.name.clone(), print::file(&file)), said })
}

fn posdef(property: Property) -> bool {
    property == Property::Posdef
}

/// `posdef` is symmetric.
fn is(line: &Line, property: Property) -> bool {
    line.property == property || line.property == Property::Symmetric && posdef(property)
}

/// The goals and claims of a statement.
fn asked(statement: &Statement) -> &[Expr] {
    match &statement.kind {
        StatementKind::Derive { goals } => goals,
        StatementKind::Verify { links } => links,
        _ => &[],
    }
}

fn base(by: &Expr) -> Option<&Name> {
    match &by.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Index { base, .. } => self::base(base),
        _ => None,
    }
}

fn differentiated_by(expr: &Expr, found: &mut Vec<Name>) {
    if let ExprKind::Derivative(derivative) = &expr.kind {
        found.extend(derivative.by.iter().filter_map(|(by, _)| base(by)).cloned());
    }
    expr.children().into_iter().for_each(|child| differentiated_by(child, found));
}

fn by_free(statement: &mut Statement, name: &Name, free: &Name) {
    match &mut statement.kind {
        // The derivative with independent entries is told first: the other one is said by it.
        StatementKind::Derive { goals } => {
            let both = |goal: &Expr| match taken_by(goal, name, free) {
                same if same == *goal => vec![same],
                other => vec![goal.clone(), other],
            };
            *goals = goals.iter().flat_map(both).collect();
        }
        StatementKind::Verify { links } => {
            links.iter_mut().for_each(|expr| *expr = taken_by(expr, name, free));
        }
        _ => {}
    }
}

fn taken_by(expr: &Expr, name: &Name, free: &Name) -> Expr {
    let ExprKind::Derivative(derivative) = &expr.kind else {
        return expr.map_children(&|child| taken_by(child, name, free));
    };
    let exchange = |by: &Expr| renamed(by, &|known| (known == name).then(|| Expr::name(free.clone())));
    let by = derivative.by.iter().map(|(by, times)| match base(by) {
        Some(base) if base == name => (exchange(by), *times),
        _ => (taken_by(by, name, free), *times),
    });
    let numerator = taken_by(&derivative.numerator, name, free);
    let derivative = Derivative { numerator, by: by.collect(), held: derivative.held.clone() };
    Expr { kind: ExprKind::Derivative(Box::new(derivative)), span: expr.span }
}

fn renamed(expr: &Expr, to: &dyn Fn(&Name) -> Option<Expr>) -> Expr {
    match &expr.kind {
        ExprKind::Name(name) => to(name).unwrap_or_else(|| expr.clone()),
        _ => expr.map_children(&|child| renamed(child, to)),
    }
}

/// Every name that the file says, letters and functions among them.
fn taken(file: &File) -> Vec<Name> {
    let text = print::file(file);
    let mut names: Vec<Name> =
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(Name::from).collect();
    names.sort();
    names.dedup();
    names
}

/// Names of a line of the table in a file.
struct Fresh {
    taken: Vec<Name>,
    /// Operations that the line itself defines.
    operations: Vec<Name>,
    name: Name,
    dimension: Expr,
}

impl Fresh {
    /// The variable for `X`, a name of its own for every other.
    fn fresh(&self, known: &str) -> Name {
        if known == "X" {
            return self.name.clone();
        }
        let wanted = match known.strip_prefix('X') {
            Some(rest) => format!("{}{rest}", self.name),
            None => known.to_string(),
        };
        let mut candidates = (0..).map(|times| format!("{wanted}{}", "_".repeat(times)));
        candidates.find(|one| !self.taken.iter().any(|taken| **taken == **one)).unwrap_or(wanted).into()
    }

    fn ident(&self, ident: &Ident) -> Ident {
        Ident { name: self.fresh(&ident.name), span: Span::NONE }
    }

    fn expr(&self, expr: &Expr) -> Expr {
        match &expr.kind {
            ExprKind::Name(name) if &**name == "n" => self.dimension.clone(),
            ExprKind::Name(name) => Expr::name(self.fresh(name)),
            ExprKind::Call { function, primes, arguments } if self.operations.contains(&function.name) => {
                let arguments = arguments.iter().map(|argument| self.expr(argument)).collect();
                ExprKind::Call { function: self.ident(function), primes: *primes, arguments }.into()
            }
            _ => expr.map_children(&|child| self.expr(child)),
        }
    }

    fn shape(&self, shape: &ShapeExpr) -> ShapeExpr {
        match shape {
            ShapeExpr::Scalar => ShapeExpr::Scalar,
            ShapeExpr::Vector(rows) => ShapeExpr::Vector(self.expr(rows)),
            ShapeExpr::Matrix(rows, columns) => ShapeExpr::Matrix(self.expr(rows), self.expr(columns)),
        }
    }

    fn statement(&self, statement: &Statement) -> Statement {
        let kind = match &statement.kind {
            StatementKind::Declare { names, shape, properties } => StatementKind::Declare {
                names: names.iter().map(|name| self.ident(name)).collect(),
                shape: self.shape(shape),
                properties: properties.clone(),
            },
            StatementKind::Define { name, value } => {
                StatementKind::Define { name: self.ident(name), value: self.expr(value) }
            }
            // Its letters and parameters are its own.
            StatementKind::Operation { name, parameters, indices, value, condition, notation } => {
                StatementKind::Operation {
                    name: self.ident(name),
                    parameters: parameters.clone(),
                    indices: indices.clone(),
                    value: value.clone(),
                    condition: condition.clone(),
                    notation: notation.clone(),
                }
            }
            other => other.clone(),
        };
        Statement { kind, span: Span::NONE }
    }

    /// ` is symmetric; …`, to stand behind the variable.
    fn sentence(&self, line: &Line, convention: Convention, property: Property) -> String {
        let by = match convention {
            Convention::Set => "The derivative is over that set",
            Convention::Projection => "The derivative is projected on that set",
        };
        let free = self.fresh("X_free");
        // A name of the table, with what is written behind it.
        let known = |word: &str| {
            let name = word.trim_end_matches(['\'', ';', ',']);
            match name {
                "X" | "X_free" | "X_at" => format!("{}{}", self.fresh(name), &word[name.len()..]),
                _ => word.to_string(),
            }
        };
        let words: Vec<String> = line.words.split(' ').map(known).collect();
        format!(" is {}. {by}, by free entries {free}: {}.", print::property(property), words.join(" "))
    }
}
