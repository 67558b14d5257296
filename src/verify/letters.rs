//! Index letters: their integer arithmetic, and the ranges of sums.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use num_traits::ToPrimitive;
use rustc_hash::FxHasher;
use smallvec::SmallVec;

use super::dense::{Axes, Dense};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::Number;
use crate::syntax::ast::{Binder, Expr, ExprKind, Name, ProductOp, Sign};
use crate::syntax::print;

/// A letter in force.
#[derive(Clone, Debug)]
pub struct Letter {
    pub name: Name,
    /// The [`tag`] of the name.
    pub tag: u64,
    pub value: i64,
    /// `None` for a letter that stands for a size.
    pub range: Option<usize>,
}

impl Letter {
    pub fn running(name: &Name, value: usize, range: usize) -> Letter {
        Letter { name: name.clone(), tag: tag(name), value: value as i64, range: Some(range) }
    }

    pub fn size(name: &Name, size: usize) -> Letter {
        Letter { name: name.clone(), tag: tag(name), value: size as i64, range: None }
    }
}

/// A number that is the same for equal names, and hardly ever for others: taken for one, another name costs a value
/// that is computed again.
pub fn tag(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Equality of names, most of which differ in their first letter: cheaper than a comparison of memory.
pub fn same_name(one: &str, other: &str) -> bool {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    a.len() == b.len() && a.first() == b.first() && (a.len() < 2 || a == b)
}

impl<N: Number> Evaluator<'_, N> {
    pub(super) fn integers(&self, exprs: &[Expr]) -> Eval<SmallVec<[i64; 4]>> {
        exprs.iter().map(|expr| self.integer(expr, 0)).collect()
    }

    /// Index and size arithmetic: letters, dimensions, `+ - *`.
    fn integer(&self, expr: &Expr, depth: usize) -> Eval<i64> {
        if depth > 64 {
            return Err(EvalError::limit("depth"));
        }
        let inner = |expr: &Expr| self.integer(expr, depth + 1);
        match &expr.kind {
            ExprKind::Number(number) if number.is_integer() => number.to_integer().to_i64(),
            ExprKind::Name(name) => match (self.scope.letter(name), &self.scope.frame) {
                (Some(letter), _) => Some(letter.value),
                (None, Some(frame)) => match (frame.size(name), frame.value(name)) {
                    (Some((size, _)), _) => i64::try_from(size).ok(),
                    (None, Some(_)) => None,
                    (None, None) => self.dimension(name),
                },
                (None, None) => self.dimension(name),
            },
            // The place of a pair, whose last letter runs fastest.
            ExprKind::Tuple(parts) => {
                let mut place = Some(0i64);
                for part in parts {
                    let range = match &part.kind {
                        ExprKind::Name(name) => self.scope.letter(name).and_then(|letter| letter.range),
                        _ => None,
                    };
                    let range = range.and_then(|range| i64::try_from(range).ok());
                    let value = inner(part)?;
                    place = place.zip(range).and_then(|(place, range)| {
                        place.checked_mul(range)?.checked_add(value)?.checked_sub(1)
                    });
                }
                place.and_then(|place| place.checked_add(1))
            }
            ExprKind::Negate(value) => inner(value)?.checked_neg(),
            ExprKind::Sum(terms) => terms.iter().try_fold(Some(0i64), |sum, (sign, term)| {
                let term = inner(term)?;
                Ok(sum.and_then(|sum| match sign {
                    Sign::Plus => sum.checked_add(term),
                    Sign::Minus => sum.checked_sub(term),
                }))
            })?,
            ExprKind::Product { first, rest } => {
                let mut result = Some(inner(first)?);
                for (op, factor) in rest {
                    let factor = inner(factor)?;
                    result = match op {
                        ProductOp::Times | ProductOp::Space => result.and_then(|r| r.checked_mul(factor)),
                        _ => None,
                    };
                }
                result
            }
            _ => None,
        }
        .ok_or_else(EvalError::integer)
    }

    fn dimension(&self, name: &str) -> Option<i64> {
        self.point.size(name).and_then(|size| i64::try_from(size).ok())
    }

    /// A positive size.
    pub(super) fn size(&self, expr: &Expr) -> Eval<usize> {
        let value = self.integer(expr, 0)?;
        usize::try_from(value)
            .ok()
            .filter(|size| *size > 0)
            .ok_or_else(|| EvalError::dimension(format!("`{}`", print::expr(expr))))
    }

    /// The range of a sum: a size, or the value of whole numbers.
    fn count(&mut self, expr: &Expr) -> Eval<usize> {
        if let Ok(size) = self.size(expr) {
            return Ok(size);
        }
        let whole = self.whole_number(expr)?.ok_or_else(EvalError::integer)?;
        let natural = usize::try_from(whole).ok().filter(|count| *count > 0);
        natural.ok_or_else(|| EvalError::natural(format!("`{}`", print::expr(expr))))
    }

    /// The range of a free letter: its dimension's value.
    pub fn range(&mut self, dimension: &Expr) -> Eval<usize> {
        self.scope.letters.clear();
        self.size(dimension)
    }

    pub(super) fn big_sum(&mut self, binders: &[Binder], body: &Expr) -> Eval<Rc<Dual<N>>> {
        let Some((binder, rest)) = binders.split_first() else {
            return self.eval(body);
        };
        let letter = &binder.name.name;
        let range = match &binder.range {
            Some(range) => self.count(range)?,
            None => self.inferred(letter, body)?,
        };
        self.terms = self.terms.max(range);
        let mut total: Option<Dual<N>> = None;
        let depth = self.scope.letters.len();
        self.scope.letters.push(Letter::running(letter, 1, range));
        for value in 1..=range {
            self.scope.letters[depth].value = value as i64;
            let term = self.big_sum(rest, body)?;
            self.scope.letters.truncate(depth + 1);
            total = Some(match total {
                Some(sum) => sum.plus(&term)?,
                None => (*term).clone(),
            });
        }
        self.scope.letters.truncate(depth);
        Ok(Rc::new(total.unwrap_or_else(|| Dual::constant(N::ZERO))))
    }

    /// The range of a letter from the axes it stands in, which must agree.
    fn inferred(&mut self, letter: &Name, body: &Expr) -> Eval<usize> {
        let mut found = None;
        let mut agree = true;
        self.ranges(letter, body, &mut |range| {
            agree &= found.is_none_or(|known| known == range);
            found = Some(range);
        })?;
        found.filter(|_| agree).ok_or_else(|| EvalError::range(letter))
    }

    fn ranges(&mut self, letter: &Name, expr: &Expr, report: &mut dyn FnMut(usize)) -> Eval<()> {
        let is_letter = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == letter);
        match &expr.kind {
            ExprKind::Index { base, indices } => {
                for (position, index) in indices.iter().enumerate() {
                    if is_letter(index)
                        && let Some(axes) = self.axes_of(base)?
                        && let Some(range) = axes.range(position, indices.len())
                    {
                        report(range);
                    }
                }
            }
            ExprKind::Call { function, arguments, .. } if &*function.name == "delta" => {
                // `delta(k,j)`: both letters have one range.
                if let [left, right] = &arguments[..] {
                    for (one, other) in [(left, right), (right, left)] {
                        if let (true, ExprKind::Name(name)) = (is_letter(one), &other.kind)
                            && let Some(bound) = self.scope.letter(name)
                            && let Some(range) = bound.range
                        {
                            report(range);
                        }
                    }
                }
            }
            // Inside a sum of the same letter it is another index.
            ExprKind::BigSum { binders, .. } if binders.iter().any(|b| b.name.name == *letter) => {
                return Ok(());
            }
            _ => {}
        }
        let mut result = Ok(());
        children(expr, &mut |child| {
            if result.is_ok() {
                result = self.ranges(letter, child, report);
            }
        });
        result
    }

    /// Axes of what an index can stand behind, without the value of a derivative.
    fn axes_of(&mut self, base: &Expr) -> Eval<Option<Axes>> {
        match &base.kind {
            ExprKind::Name(name) => match self.parameter(name) {
                Some(value) => Ok(Some(value.primal.axes)),
                None => Ok(Some(self.primal(name)?.primal.axes)),
            },
            ExprKind::Derivative(derivative) => self.derivative_axes(derivative).map(Some),
            ExprKind::Transpose(inner) => match self.axes_of(inner)? {
                Some(axes) => {
                    let [rows, columns] = axes.matrix("the transpose")?;
                    Axes::new(&[columns, rows]).map(Some)
                }
                None => Ok(None),
            },
            ExprKind::Index { .. } => Ok(None),
            // Any other expression: evaluated, if the letters it needs are known already.
            _ => {
                let letters = self.scope.letters.len();
                let value = self.eval(base).ok();
                self.scope.letters.truncate(letters);
                Ok(value.map(|value| value.primal.axes))
            }
        }
    }

    /// `delta(i,j)`
    pub(super) fn delta(&self, arguments: &[Expr]) -> Eval<Dual<N>> {
        match self.integers(arguments)?[..] {
            [left, right] => Ok(Dual::constant(if left == right { N::ONE } else { N::ZERO })),
            _ => Err(EvalError::unsupported("delta of other than two indices")),
        }
    }

    /// A size, with the mark of one written as a number.
    pub(super) fn length(&self, expr: &Expr) -> Eval<(usize, bool)> {
        let literal = match &expr.kind {
            ExprKind::Number(_) => true,
            ExprKind::Name(name) => {
                self.scope.frame.as_ref().and_then(|frame| frame.size(name)).is_some_and(|(_, unit)| unit)
            }
            _ => false,
        };
        Ok((self.size(expr)?, literal))
    }

    /// `ones(n)`, `zeros(n,m)`, `eye(n)`
    pub(super) fn filled(&self, function: &str, arguments: &[Expr]) -> Eval<Dual<N>> {
        let length = |expr: &Expr| self.length(expr);
        let value = if function == "ones" { N::ONE } else { N::ZERO };
        match (function, arguments) {
            ("eye", [size]) => Ok(Dense::eye(length(size)?)?.into()),
            ("ones" | "zeros", [rows]) => {
                Ok(Dense::filled(Axes::new(&[length(rows)?, (1, true)])?, value).into())
            }
            ("ones" | "zeros", [rows, columns]) => {
                Ok(Dense::filled(Axes::new(&[length(rows)?, length(columns)?])?, value).into())
            }
            _ => Err(EvalError::unsupported(format!("`{function}` with {} arguments", arguments.len()))),
        }
    }

    pub(super) fn call(&mut self, function: &Name, primes: usize, arguments: &[Expr]) -> Eval<Dual<N>> {
        if &**function == "delta" && primes == 0 {
            return self.delta(arguments);
        }
        let problem = self.problem;
        let declared = problem.functions.contains_key(function) || problem.entrywise.contains(function);
        if let ([argument], true) = (arguments, declared || primes > 0) {
            return self.scalar_function(function, primes, argument);
        }
        if primes > 0 {
            return Err(EvalError::unsupported(format!("derivatives of `{function}`")));
        }
        if problem.is_unknown_function(function) {
            let values = arguments.iter().map(|argument| self.eval(argument)).collect::<Eval<Vec<_>>>()?;
            let borrowed: Vec<&Dual<N>> = values.iter().map(|value| &**value).collect();
            return Ok(self.point.unknown(function, &borrowed));
        }
        if let Some(operation) = self.called(function, arguments.len()) {
            return self.operation(operation, arguments);
        }
        match (&**function, arguments) {
            ("ones" | "zeros" | "eye", _) => self.filled(function, arguments),
            ("tr", [argument]) => self.eval(argument)?.linear(Dense::trace),
            ("sum", [argument]) => self.eval(argument)?.linear(|value| Ok(value.total())),
            ("diag", [argument]) => self.eval(argument)?.linear(Dense::diagonal),
            ("diagvec", [argument]) => self.eval(argument)?.linear(Dense::diagonal_entries),
            (_, [argument]) => self.scalar_function(function, 0, argument),
            _ => Err(EvalError::unsupported(format!("`{function}`"))),
        }
    }
}

/// Every direct part of an expression.
pub(super) fn children(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => {}
        ExprKind::Index { base, indices } => {
            visit(base);
            indices.iter().for_each(visit);
        }
        ExprKind::Tuple(parts) => parts.iter().for_each(visit),
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => visit(inner),
        ExprKind::Power { base, exponent, .. } => {
            visit(base);
            visit(exponent);
        }
        ExprKind::Product { first, rest } => {
            visit(first);
            rest.iter().for_each(|(_, factor)| visit(factor));
        }
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| visit(term)),
        ExprKind::BigSum { binders, body } => {
            binders.iter().filter_map(|binder| binder.range.as_ref()).for_each(&mut *visit);
            visit(body);
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(visit),
        ExprKind::Matrix(rows) => rows.iter().flatten().for_each(visit),
        ExprKind::Derivative(derivative) => {
            visit(&derivative.numerator);
            derivative.by.iter().for_each(|(by, _)| visit(by));
        }
        ExprKind::Contraction { left, right } => {
            visit(left);
            visit(right);
        }
        ExprKind::Table(table) => visit(&table.body),
    }
}
