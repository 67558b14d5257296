//! From an expression to its notation; the only place where brackets are decided.

use std::borrow::Cow;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::One;

use super::template::{self, Template};
use super::{Cells, Grid, Notation, Piece, Show, Slot, Symbol};
use crate::problem::{HIDDEN, Problem};
use crate::syntax::ast::{self, Derivative, Expr, ExprKind, Name, Sign, Table};

/// Rows or columns beyond which a matrix is shown with dots.
const SHOWN: usize = 6;
/// Terms beyond which a sum is shown with dots by itself.
const TERMS: usize = 12;

/// The same in the cells of a matrix that is shown with dots itself.
const CELL_TERMS: usize = 4;

/// How tightly a notation holds together, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Sum,
    Negate,
    BigSum,
    /// An operation's own sign between its arguments, of no known rank: brackets beside any other factor.
    Operator,
    Product,
    /// Has an exponent already.
    Power,
    /// A derivative or fraction: closed as a factor, open under an exponent.
    Fraction,
    Atom,
}

/// Writes expressions of one problem.
#[derive(Clone, Copy, Debug)]
pub struct Lowering<'a> {
    problem: &'a Problem,
    full: bool,
    /// Terms beyond which a sum is shown with dots.
    terms: usize,
}

impl<'a> Lowering<'a> {
    /// With `full`, nothing is left out of large matrices and long sums.
    pub fn new(problem: &'a Problem, full: bool) -> Lowering<'a> {
        Lowering { problem, full, terms: TERMS }
    }

    pub fn lower(&self, expr: &Expr) -> Notation {
        self.level(expr).0
    }

    /// The cell of a grid at shown positions that are not dots, given as places in its slots.
    pub fn cell<'g>(&self, grid: &'g Grid, row: usize, column: usize) -> Cow<'g, Notation> {
        let dots = Cow::Owned(Notation::Symbol(Symbol::Dots));
        let (Some(Slot::At(r)), Some(Slot::At(c))) = (grid.rows.get(row), grid.columns.get(column)) else {
            return dots;
        };
        match &grid.cells {
            Cells::Table(table) => {
                let short = grid.rows.contains(&Slot::Dots) || grid.columns.contains(&Slot::Dots);
                Cow::Owned(self.in_cells(short).lower(&table.cell(r + 1, c + 1)))
            }
            Cells::Given(rows) => {
                let place = |slots: &[Slot], end: usize| {
                    slots.iter().take(end).filter(|slot| **slot != Slot::Dots).count()
                };
                let cells = rows.get(place(&grid.rows, row));
                cells.and_then(|cells| cells.get(place(&grid.columns, column))).map_or(dots, Cow::Borrowed)
            }
        }
    }

    /// For the cells of a matrix that is shown with dots or in full.
    fn in_cells(self, short: bool) -> Lowering<'a> {
        if short { Lowering { terms: CELL_TERMS, ..self } } else { self }
    }

    /// The notation in brackets unless it holds together at least this tightly.
    pub(super) fn at_least(&self, needed: Level, expr: &Expr) -> Notation {
        let (notation, level) = self.level(expr);
        if level >= needed { notation } else { brackets(notation, Show::Always) }
    }

    pub(super) fn level(&self, expr: &Expr) -> (Notation, Level) {
        match &expr.kind {
            ExprKind::Number(number) => (Notation::Number(decimal(number)), Level::Atom),
            ExprKind::Name(name) if name.starts_with(HIDDEN) => self.call(name, 0, &[]),
            ExprKind::Name(name) => (Notation::Name(name.clone()), Level::Atom),
            ExprKind::Index { base, indices } => self.index(base, indices),
            ExprKind::Transpose(inner) => {
                let inner = self.at_least(Level::Atom, inner);
                (Notation::Transpose(Box::new(inner)), Level::Power)
            }
            ExprKind::Power { base, exponent, entrywise } => {
                let exponent = match self.level(exponent) {
                    (notation, Level::Atom) => notation,
                    // Behind the sign of the entrywise power a superscript is no bracket.
                    (notation, _) => brackets(notation, if *entrywise { Show::Always } else { Show::Linear }),
                };
                let base = Box::new(self.at_least(Level::Atom, base));
                let power = Notation::Power { base, exponent: Box::new(exponent), entrywise: *entrywise };
                (power, Level::Power)
            }
            ExprKind::Negate(inner) => {
                let inner = self.at_least(Level::BigSum, inner);
                (Notation::Negate(Box::new(inner)), Level::Negate)
            }
            ExprKind::Product { first, rest } => self.product(first, rest),
            ExprKind::Sum(terms) => (self.sum(terms), Level::Sum),
            ExprKind::BigSum { binders, body } => {
                let binders = binders
                    .iter()
                    .map(|binder| {
                        (binder.name.name.clone(), binder.range.as_ref().map(|range| self.lower(range)))
                    })
                    .collect();
                let body = Box::new(self.at_least(Level::BigSum, body));
                (Notation::BigSum { binders, body }, Level::BigSum)
            }
            ExprKind::Call { function, primes, arguments } => self.call(&function.name, *primes, arguments),
            ExprKind::Tuple(parts) => {
                (Notation::List(parts.iter().map(|part| self.lower(part)).collect()), Level::Atom)
            }
            ExprKind::Matrix(rows) => (self.matrix(rows), Level::Atom),
            ExprKind::Derivative(derivative) => self.derivative(derivative, &[], &[]),
            ExprKind::Contraction { left, right } => self.contraction(left, right),
            ExprKind::Table(table) => (self.table(table), Level::Atom),
        }
    }

    /// Whether the name is the problem's own, so that it has no meaning from the prelude.
    fn is_taken(&self, name: &str) -> bool {
        let problem = self.problem;
        problem.quantities.contains_key(name)
            || problem.dimensions.contains_key(name)
            || problem.is_unknown_function(name)
    }

    /// An entry of a matrix is written with the small letter, unless that letter is something else.
    fn entry_name(&self, name: &Name) -> Name {
        let mut letters = name.chars();
        if let (Some(letter), None) = (letters.next(), letters.next())
            && letter.is_uppercase()
        {
            let small: String = letter.to_lowercase().collect();
            if small.chars().count() == 1 && !self.is_taken(&small) {
                return Arc::from(small);
            }
        }
        name.clone()
    }

    fn index(&self, base: &Expr, indices: &[Expr]) -> (Notation, Level) {
        let lowered: Vec<Notation> = indices.iter().map(|index| self.lower(index)).collect();
        let base = match &base.kind {
            ExprKind::Derivative(derivative) => {
                let by_axes: Option<usize> = derivative.by.iter().map(|(by, _)| self.axes(by)).sum();
                let top_axes = self.axes(&derivative.numerator).unwrap_or(0);
                let single = derivative.by.len() == 1 && derivative.by[0].1 == 1;
                if single && by_axes.is_none_or(|axes| axes + top_axes == indices.len()) {
                    let (top, by) = indices.split_at(top_axes.min(indices.len()));
                    return self.derivative(derivative, top, by);
                }
                brackets(self.derivative(derivative, &[], &[]).0, Show::Always)
            }
            ExprKind::Name(name) => {
                let name = self.entry_name(name);
                let stacked = ends_in_digits(&name);
                let base = Notation::Name(name);
                if stacked { brackets(base, Show::Stacked) } else { base }
            }
            _ => match self.level(base) {
                (base @ Notation::Call { indexed: true, .. }, Level::Atom) => brackets(base, Show::Stacked),
                (base, Level::Atom) => base,
                (base, _) => brackets(base, Show::Always),
            },
        };
        (Notation::Entry { base: Box::new(base), indices: lowered }, Level::Atom)
    }

    /// How many indices an entry takes; `None` if that is not known here.
    fn axes(&self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Name(name) => self.problem.quantities.get(name).map(|found| found.shape.axes().len()),
            ExprKind::Index { .. } | ExprKind::Number(_) => Some(0),
            ExprKind::Transpose(inner) | ExprKind::Negate(inner) => self.axes(inner),
            _ => None,
        }
    }

    fn derivative(&self, derivative: &Derivative, top: &[Expr], by: &[Expr]) -> (Notation, Level) {
        let entry = |expr: &Expr, indices: &[Expr]| {
            if indices.is_empty() { self.level(expr) } else { self.index(expr, indices) }
        };
        let (numerator, level) = entry(&derivative.numerator, top);
        let behind = level != Level::Atom || matches!(numerator, Notation::Grid(_));
        let numerator = if behind { brackets(numerator, Show::Always) } else { numerator };
        let denominators: Vec<(Notation, u32)> = derivative
            .by
            .iter()
            .map(|(expr, order)| {
                let (notation, level) = entry(expr, by);
                (if level == Level::Atom { notation } else { brackets(notation, Show::Always) }, *order)
            })
            .collect();
        let order = denominators.iter().map(|(_, order)| order).sum();
        let inner = Notation::Derivative { order, top: Box::new(numerator), behind, by: denominators };
        if derivative.held.is_empty() {
            return (inner, Level::Fraction);
        }
        let held = derivative.held.iter().map(|name| Notation::Name(name.clone())).collect();
        (Notation::Held { inner: Box::new(inner), held }, Level::Fraction)
    }

    fn sum(&self, terms: &[(Sign, Expr)]) -> Notation {
        let term = |position: usize| {
            let (sign, expr) = &terms[position];
            let needed = match (position, sign) {
                (0, Sign::Plus) => Level::Negate,
                _ => Level::BigSum,
            };
            (*sign, self.at_least(needed, expr))
        };
        if self.full || terms.len() <= self.terms {
            return Notation::Sum((0..terms.len()).map(term).collect());
        }
        let dots = (Sign::Plus, Notation::Symbol(Symbol::Dots));
        Notation::Sum(vec![term(0), term(1), dots, term(terms.len() - 1)])
    }

    fn call(&self, function: &Name, primes: usize, arguments: &[Expr]) -> (Notation, Level) {
        let lowered: Vec<Notation> = arguments.iter().map(|argument| self.lower(argument)).collect();
        if primes == 0 && !self.is_taken(function) {
            match (&**function, arguments) {
                ("delta", [_, _]) => {
                    let base = Box::new(Notation::Symbol(Symbol::Delta));
                    return (Notation::Entry { base, indices: lowered }, Level::Atom);
                }
                ("inv", [matrix]) => {
                    let base = Box::new(self.at_least(Level::Atom, matrix));
                    let one = Box::new(Notation::Number("1".to_string()));
                    let exponent = Box::new(brackets(Notation::Negate(one), Show::Linear));
                    return (Notation::Power { base, exponent, entrywise: false }, Level::Power);
                }
                _ => {}
            }
        }
        let count = arguments.len();
        let (latex, text) = match function.strip_prefix(HIDDEN) {
            Some(name) => {
                let (latex, text) = marked(name, primes, count);
                (template::read(&latex, count), template::read(&text, count))
            }
            None => {
                let read = |text: &Option<String>| {
                    text.as_deref()
                        .and_then(|text| template::read(text, count))
                        .and_then(|template| template::primed(template, primes))
                };
                let given = self.given(function, count);
                given.map_or((None, None), |given| (read(&given.latex), read(&given.text)))
            }
        };
        let level = |template: &Option<Template>| template.as_ref().map_or(Level::Atom, |one| one.level);
        let (upright, linear) = (level(&latex), level(&text));
        let indexed = latex.as_ref().is_some_and(|one| one.indexed);
        let fill = |template: Option<Template>| {
            template.map(|template| {
                let pieces = template.pieces.into_iter().map(|piece| match piece {
                    Piece::Text(text) => Piece::Text(text),
                    Piece::Slot((argument, level)) => Piece::Slot(self.at_least(level, &arguments[argument])),
                });
                pieces.collect()
            })
        };
        let (latex, text) = (fill(latex), fill(text));
        let open = match (upright, linear) {
            (Level::Atom, _) => Show::Linear,
            (_, Level::Atom) => Show::Stacked,
            _ => Show::Always,
        };
        let function = function.clone();
        let call = Notation::Call { function, primes, arguments: lowered, latex, text, indexed, open };
        (call, upright.min(linear))
    }

    /// The notation that the definition of a function gives.
    fn given(&self, function: &Name, arguments: usize) -> Option<&'a ast::Notation> {
        let operation = self.problem.operation(function, arguments).map(|operation| &operation.notation);
        operation.or_else(|| {
            let function = self.problem.functions.get(function)?;
            (arguments == 1).then_some(&function.notation)
        })
    }

    fn slots(&self, count: usize) -> Vec<Slot> {
        if self.full || count <= SHOWN {
            return (0..count).map(Slot::At).collect();
        }
        let mut slots: Vec<Slot> = (0..3).map(Slot::At).collect();
        slots.extend([Slot::Dots, Slot::At(count - 1)]);
        slots
    }

    fn matrix(&self, rows: &[Vec<Expr>]) -> Notation {
        let shown_rows = self.slots(rows.len());
        let shown_columns = self.slots(rows.first().map_or(0, Vec::len));
        let at = |slots: &[Slot]| -> Vec<usize> {
            let places = slots.iter().filter_map(|slot| match slot {
                Slot::At(place) => Some(*place),
                Slot::Dots => None,
            });
            places.collect()
        };
        let columns = at(&shown_columns);
        let short = shown_rows.contains(&Slot::Dots) || shown_columns.contains(&Slot::Dots);
        let lowering = self.in_cells(short);
        let cells = at(&shown_rows)
            .into_iter()
            .filter_map(|row| rows.get(row))
            .map(|row| {
                columns
                    .iter()
                    .filter_map(|column| row.get(*column))
                    .map(|cell| lowering.lower(cell))
                    .collect()
            })
            .collect();
        Notation::Grid(Grid { rows: shown_rows, columns: shown_columns, cells: Cells::Given(cells) })
    }

    fn table(&self, table: &Arc<Table>) -> Notation {
        Notation::Grid(Grid {
            rows: self.slots(table.rows),
            columns: self.slots(table.columns),
            cells: Cells::Table(table.clone()),
        })
    }
}

/// A function of the prelude whose name the file took, as LaTeX and text: by a mark that no name has, so that it does not
/// look like the file's own.
fn marked(name: &str, primes: usize, arguments: usize) -> (String, String) {
    let slots: Vec<String> = (1..=arguments).map(|slot| format!("#{slot}")).collect();
    let slots = slots.join(", ");
    let upright = format!("\\operatorname{{{name}}}^{{\\circ{}}}", "\\prime".repeat(primes));
    let plain = format!("{name}°{}", "'".repeat(primes));
    if arguments == 0 {
        return (upright, plain);
    }
    (format!("{upright}\\left({slots}\\right)"), format!("{plain}({slots})"))
}

/// An operation with a notation of its own for each way of writing may need them in one way only.
pub(super) fn brackets(inner: Notation, show: Show) -> Notation {
    let show = match (&inner, show) {
        (Notation::Call { open, .. }, Show::Always) => *open,
        _ => show,
    };
    Notation::Brackets { inner: Box::new(inner), show }
}

/// `W1`: letters and then digits, which are set as an index.
pub(crate) fn ends_in_digits(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    !stem.is_empty() && stem.len() < name.len()
}

/// The finite decimal form; a quotient where there is none.
fn decimal(number: &BigRational) -> String {
    let ten = BigRational::from_integer(10.into());
    let mut scaled = number.clone();
    let mut digits = 0usize;
    while !scaled.denom().is_one() && digits < 400 {
        scaled *= &ten;
        digits += 1;
    }
    if !scaled.is_integer() {
        return number.to_string();
    }
    let text = scaled.to_integer().to_string();
    if digits == 0 {
        return text;
    }
    let padded = format!("{text:0>width$}", width = digits + 1);
    let (whole, rest) = padded.split_at(padded.len() - digits);
    format!("{whole}.{rest}")
}
