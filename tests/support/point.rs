//! Random points at which a program is evaluated.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use entrywise::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, Property, ShapeExpr};

use super::evaluate::Scope;
use super::program::{Program, Sizes, Variable, visit};
use super::value::Value;
use super::{Random, Result};

/// Tries before a program is given up whose conditions or domain no point meets.
const TRIES: u64 = 500;
/// The least distance of an argument from its function's kink; central differences stay well within.
const CLEARANCE: f64 = 0.03;

/// Values of all inputs, and of what is held at a value although the program defines it.
pub struct Point<'p> {
    pub program: &'p Program,
    pub sizes: &'p Sizes,
    given: BTreeMap<Name, Value>,
    /// Definitions as far as they were asked for.
    known: RefCell<BTreeMap<Name, Value>>,
    /// How near an argument came to the kink of its function.
    clearance: Cell<f64>,
}

impl<'p> Point<'p> {
    /// A point where all conditions hold, all definitions are finite and no function is near a kink.
    pub fn draw(program: &'p Program, sizes: &'p Sizes, seed: u64) -> Result<Point<'p>> {
        let mut last = String::new();
        for attempt in 0..TRIES {
            let mut random = Random::new(seed.wrapping_mul(TRIES) + attempt);
            let mut point = Point {
                program,
                sizes,
                given: BTreeMap::new(),
                known: RefCell::default(),
                clearance: Cell::new(f64::INFINITY),
            };
            for (name, variable) in &program.variables {
                let properties = point.properties(name, variable);
                let value = point.input(&variable.shape, &properties, &mut random)?;
                point.given.insert(name.clone(), value);
            }
            match point.unfit()? {
                None => return Ok(point),
                Some(reason) => last = reason,
            }
        }
        Err(format!("no point found: {last}"))
    }

    /// The same point with one quantity at another value.
    pub fn with(&self, name: &Name, value: Value) -> Point<'p> {
        let mut given = self.given.clone();
        given.insert(name.clone(), value);
        Point {
            program: self.program,
            sizes: self.sizes,
            given,
            known: RefCell::default(),
            clearance: Cell::new(f64::INFINITY),
        }
    }

    /// The value of a variable or a definition.
    pub fn quantity(&self, name: &str) -> Option<Result<Value>> {
        if let Some(value) = self.given.get(name) {
            return Some(Ok(value.clone()));
        }
        if let Some(value) = self.known.borrow().get(name) {
            return Some(Ok(value.clone()));
        }
        let value = Scope::global(self).expr(self.program.definition(name)?);
        if let Ok(value) = &value {
            self.known.borrow_mut().insert(name.into(), value.clone());
        }
        Some(value)
    }

    /// Notes the arguments of a function with a kink at 0.
    pub fn kink_at_zero(&self, argument: &Value) {
        let nearest = argument.data.iter().fold(self.clearance.get(), |least, entry| least.min(entry.abs()));
        self.clearance.set(nearest);
    }

    /// Declared properties, and assumptions that are as well met while drawing.
    fn properties(&self, name: &Name, variable: &Variable) -> Vec<Property> {
        let mut properties = variable.properties.clone();
        for condition in &self.program.conditions {
            match condition {
                Condition::Onehot(which) if which.name == *name => properties.push(Property::Onehot),
                Condition::Compare { left, comparison: Comparison::Greater, right } => {
                    let zero = matches!(&right.kind, ExprKind::Number(number) if *number.numer() == 0.into());
                    if zero && left.kind == ExprKind::Name(name.clone()) {
                        properties.push(Property::Positive);
                    }
                }
                _ => {}
            }
        }
        properties
    }

    fn input(&self, shape: &ShapeExpr, properties: &[Property], random: &mut Random) -> Result<Value> {
        let mut scope = Scope::global(self);
        let (rows, columns) = match shape {
            ShapeExpr::Scalar => (1, 1),
            ShapeExpr::Vector(rows) => (scope.dimension(rows)?, 1),
            ShapeExpr::Matrix(rows, columns) => (scope.dimension(rows)?, scope.dimension(columns)?),
        };
        let has = |property| properties.contains(&property);
        if has(Property::Onehot) {
            return Ok(onehot(rows, columns, random));
        }
        let positive = has(Property::Positive);
        let whole = has(Property::Integer);
        let any = Value::matrix(rows, columns, |_, _| match (whole, positive) {
            (true, _) => 1.0 + random.below(4) as f64,
            (false, true) => random.within(0.3, 1.8),
            (false, false) => {
                let size = random.within(0.15, 1.4);
                if random.below(2) == 0 { size } else { -size }
            }
        });
        Ok(structured(any, &has))
    }

    /// Why this point will not do.
    fn unfit(&self) -> Result<Option<String>> {
        for (name, body) in &self.program.definitions {
            // Derivatives have their own check, that their differences settle.
            if differentiates(body) {
                continue;
            }
            let Some(value) = self.quantity(name) else { continue };
            if !value?.data.iter().all(|entry| entry.is_finite()) {
                return Ok(Some(format!("{name} is not finite")));
            }
        }
        if self.clearance.get() < CLEARANCE {
            return Ok(Some("a function near its kink".to_string()));
        }
        for condition in &self.program.conditions {
            if let Condition::Compare { left, comparison, right } = condition
                && !compare(self, left, *comparison, right)?
            {
                return Ok(Some("an assumption does not hold".to_string()));
            }
        }
        Ok(None)
    }
}

fn differentiates(expr: &Expr) -> bool {
    let mut found = false;
    visit(expr, &mut |part| {
        found |= match &part.kind {
            ExprKind::Derivative(_) => true,
            ExprKind::Call { primes, .. } => *primes > 0,
            _ => false,
        }
    });
    found
}

/// Each row holds one 1; of a vector, the vector does.
fn onehot(rows: usize, columns: usize, random: &mut Random) -> Value {
    if columns == 1 {
        let hot = random.below(rows);
        return Value::matrix(rows, 1, |row, _| f64::from(row == hot));
    }
    let hot: Vec<usize> = (0..rows).map(|_| random.below(columns)).collect();
    Value::matrix(rows, columns, |row, column| f64::from(hot[row] == column))
}

fn structured(any: Value, has: &dyn Fn(Property) -> bool) -> Value {
    let keep = |wanted: fn(usize, usize) -> bool| {
        Value::matrix(
            any.rows,
            any.columns,
            |row, column| {
                if wanted(row, column) { any.at(row, column) } else { 0.0 }
            },
        )
    };
    let with_mirror = |sign: f64| {
        Value::matrix(any.rows, any.columns, |row, column| any.at(row, column) + sign * any.at(column, row))
    };
    if has(Property::Posdef) {
        Value::matrix(any.rows, any.rows, |row, column| {
            let product: f64 = any.row(row).iter().zip(any.row(column)).map(|(one, other)| one * other).sum();
            product + f64::from(row == column)
        })
    } else if has(Property::Symmetric) {
        with_mirror(1.0)
    } else if has(Property::Antisymmetric) {
        with_mirror(-1.0)
    } else if has(Property::Diagonal) {
        keep(|row, column| row == column)
    } else if has(Property::Lower) {
        keep(|row, column| row >= column)
    } else if has(Property::Upper) {
        keep(|row, column| row <= column)
    } else if has(Property::Orthogonal) {
        orthogonal(any)
    } else {
        any
    }
}

/// Columns made orthonormal one after another.
fn orthogonal(mut matrix: Value) -> Value {
    for column in 0..matrix.columns {
        for before in 0..column {
            let along: f64 =
                (0..matrix.rows).map(|row| matrix.at(row, column) * matrix.at(row, before)).sum();
            for row in 0..matrix.rows {
                matrix.data[row * matrix.columns + column] -= along * matrix.at(row, before);
            }
        }
        let size = matrix.column(column).iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        for row in 0..matrix.rows {
            matrix.data[row * matrix.columns + column] /= size;
        }
    }
    matrix
}

/// Whether a comparison holds, of every entry.
pub fn compare(point: &Point, left: &Expr, comparison: Comparison, right: &Expr) -> Result<bool> {
    let mut scope = Scope::global(point);
    let holds = scope.expr(left)?.zip(&scope.expr(right)?, |left, right| {
        f64::from(match comparison {
            Comparison::Less => left < right,
            Comparison::LessEqual => left <= right,
            Comparison::Equal => left == right,
            Comparison::GreaterEqual => left >= right,
            Comparison::Greater => left > right,
        })
    })?;
    Ok(holds.data.iter().all(|entry| *entry == 1.0))
}
