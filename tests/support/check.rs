//! Judging `goal = value` lines by central differences.

use entrywise::syntax::ast::{Condition, Expr, ExprKind, Name};

use super::evaluate::Scope;
use super::letters::Letter;
use super::point::{Point, compare};
use super::program::{Program, Sizes};
use super::value::Value;
use super::{Random, Result};

/// Relative error that an entry may have.
const TOLERANCE: f64 = 1e-6;
/// Entries smaller than this part of the largest are compared with that part of it.
const SMALL: f64 = 1e-3;
/// What differences leave of a derivative that is zero.
const NOTHING: f64 = 1e-9;
/// Points tried where differences do not settle.
const POINTS: u64 = 8;

/// One line of an answer.
#[derive(Clone, Debug)]
pub struct Line {
    pub goal: Expr,
    pub value: Expr,
}

/// Answers with the definitions that they use, read in a program that has these definitions too.
#[derive(Clone, Debug)]
pub struct Answers {
    pub program: Program,
    pub introduced: Vec<Line>,
    pub lines: Vec<Line>,
}

impl Answers {
    /// Reads what `--format expr` prints: lines that end in `# where` define, others that begin with `#` say
    /// nothing, and the rest answer.
    pub fn read(source: &str, text: &str) -> Result<Answers> {
        let program = Program::parse(source)?;
        let mut answers = Answers { program, introduced: Vec::new(), lines: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (formula, comment) = line.split_once('#').unwrap_or((line, ""));
            let (goal, value) = formula.split_once('=').ok_or_else(|| format!("no equation: `{line}`"))?;
            let line =
                Line { goal: answers.program.expression(goal)?, value: answers.program.expression(value)? };
            match &line.goal.kind {
                ExprKind::Name(name) if comment.trim() == "where" => {
                    if answers.program.variable(name).is_some() || answers.program.definition(name).is_some()
                    {
                        return Err(format!("`{name}` is defined twice"));
                    }
                    answers.program.define(name.clone(), line.value.clone());
                    answers.introduced.push(line);
                }
                _ if comment.trim() == "where" => return Err(format!("no definition: `{formula}`")),
                _ => answers.lines.push(line),
            }
        }
        Ok(answers)
    }

    /// Compares every line with central differences at sizes that differ from one another.
    pub fn check(&self, sizes: &Sizes, seed: u64) -> Result<()> {
        for line in &self.lines {
            self.check_line(line, sizes, seed)?;
        }
        Ok(())
    }

    fn check_line(&self, line: &Line, sizes: &Sizes, seed: u64) -> Result<()> {
        let mut last = String::new();
        for attempt in 0..POINTS {
            let point = Point::draw(&self.program, sizes, seed + attempt)?;
            match compare_line(&point, line) {
                // A point of high curvature says nothing about the formula; a wrong one fails everywhere.
                Err(error) if error.contains("do not settle") => last = error,
                judged => return judged,
            }
        }
        Err(last)
    }
}

fn compare_line(point: &Point, line: &Line) -> Result<()> {
    let letters = free_letters(&line.goal, point)?;
    if letters.is_empty() {
        let expected = Scope::global(point).expr(&line.goal)?;
        let found = Scope::global(point).expr(&line.value)?;
        return close(&found, &expected);
    }
    // Index form: entry by entry over all values of the letters.
    let count: usize = letters.iter().map(|letter| letter.size).product();
    let mut pairs = (Vec::new(), Vec::new());
    for mut number in 0..count {
        let mut scope = Scope::global(point);
        for letter in &letters {
            let value = number % letter.size + 1;
            number /= letter.size;
            scope.letters.push(Letter { value, ..letter.clone() });
        }
        pairs.0.push(scope.expr(&line.value)?.as_scalar()?);
        pairs.1.push(scope.expr(&line.goal)?.as_scalar()?);
    }
    close(&Value::vector(pairs.0), &Value::vector(pairs.1))
}

/// The indices of `(dL/dX)[i,j]` or of `d(Y[i,j])/d(X[a,b])`, with their ranges.
fn free_letters(goal: &Expr, point: &Point) -> Result<Vec<Letter>> {
    let mut letters: Vec<Letter> = Vec::new();
    let mut add = |indices: &[Expr], axes: &[usize]| -> Result<()> {
        if indices.len() != axes.len() {
            return Err(format!("{} indices for axes {axes:?}", indices.len()));
        }
        for (index, size) in indices.iter().zip(axes) {
            if let ExprKind::Name(name) = &index.kind
                && !letters.iter().any(|known| known.name == *name)
            {
                letters.push(Letter { name: name.clone(), value: 1, size: *size });
            }
        }
        Ok(())
    };
    let axes = |value: &Value, count: usize| {
        if count == 2 { vec![value.rows, value.columns] } else { value.axes() }
    };
    let parts = match &goal.kind {
        ExprKind::Index { base, indices } => match &base.kind {
            ExprKind::Derivative(derivative) => {
                let mut both = Scope::global(point).expr(&derivative.numerator)?.axes();
                for (by, _) in &derivative.by {
                    both.extend(Scope::global(point).expr(by)?.axes());
                }
                return add(indices, &both).map(|()| letters);
            }
            _ => vec![goal],
        },
        ExprKind::Derivative(derivative) => {
            std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by)).collect()
        }
        _ => vec![],
    };
    for part in parts {
        if let ExprKind::Index { base, indices } = &part.kind {
            let value = Scope::global(point).expr(base)?;
            add(indices, &axes(&value, indices.len()))?;
        }
    }
    Ok(letters)
}

fn close(found: &Value, expected: &Value) -> Result<()> {
    if found.shape() != expected.shape() {
        return Err(format!("shape {:?}, by differences {:?}", found.shape(), expected.shape()));
    }
    let floor = SMALL * expected.largest();
    for (found, expected) in found.data.iter().zip(&expected.data) {
        let error = (found - expected).abs();
        let allowed = TOLERANCE * expected.abs().max(floor) + NOTHING;
        if error.is_nan() || allowed.is_nan() || error > allowed {
            return Err(format!("{found}, by differences {expected}"));
        }
    }
    Ok(())
}

/// Assignments of sizes from 2 on, all different within each and from one to the next, that meet the program's
/// assumptions about dimensions.
pub fn assignments(program: &Program, count: usize) -> Result<Vec<Sizes>> {
    let mut found: Vec<Sizes> = Vec::new();
    let mut random = Random::new(count as u64);
    for _ in 0..2000 {
        let mut pool: Vec<usize> = (2..program.dimensions.len() + 4).collect();
        let mut sizes = Sizes::new();
        for name in &program.dimensions {
            sizes.insert(name.clone(), pool.swap_remove(random.below(pool.len())));
        }
        if !found.contains(&sizes) && admissible(program, &sizes)? {
            found.push(sizes);
        }
        if found.len() == count {
            return Ok(found);
        }
    }
    Err(format!("{} assignments of sizes instead of {count}", found.len()))
}

fn admissible(program: &Program, sizes: &Sizes) -> Result<bool> {
    let bare = Program::default();
    let point = Point::draw(&bare, sizes, 0)?;
    for condition in &program.conditions {
        if let Condition::Compare { left, comparison, right } = condition
            && mentions_only(program, &[left, right])
            && !compare(&point, left, *comparison, right)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether all names are dimensions.
fn mentions_only(program: &Program, exprs: &[&Expr]) -> bool {
    let mut only = true;
    for expr in exprs {
        super::program::visit(expr, &mut |part| {
            if let ExprKind::Name(name) = &part.kind {
                only &= program.dimensions.iter().any(|known: &Name| known == name);
            }
        });
    }
    only
}
