//! Operations by their entries: parameters bound to values, the value expression at every index.

use std::rc::Rc;

use super::cells::Cells;
use super::dense::Axes;
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::letters::Letter;
use super::number::Number;
use super::scope::{Frame, Scope};
use crate::problem::{Body, Operation};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, Name};

impl<'a, N: Number> Evaluator<'a, N> {
    pub(super) fn operation(&mut self, operation: &'a Operation, arguments: &[Expr]) -> Eval<Dual<N>> {
        let formula = matches!(operation.body, Body::Formula(_)) && operation.condition.is_none();
        if let (false, [argument]) = (formula, arguments) {
            return self.primitive(operation, argument);
        }
        let frame = self.bound(operation, arguments)?;
        let length = |dim: &Dim| -> Eval<(usize, bool)> {
            let size = dim.value(|name| frame.size(name).map(|(size, _)| size));
            let literal = dim.names().iter().all(|name| frame.size(name).is_some_and(|(_, unit)| unit));
            Ok((size.ok_or_else(|| EvalError::dimension(dim))?, literal))
        };
        let mut ranges = Vec::new();
        let mut lengths = Vec::new();
        for axis in &operation.indices {
            let own = axis.iter().map(|(_, dim)| length(dim)).collect::<Eval<Vec<_>>>()?;
            lengths.push(own.iter().fold((1, true), |(size, unit), one| (size * one.0, unit && one.1)));
            ranges.extend(own.iter().map(|(size, _)| *size));
        }
        let axes = match lengths[..] {
            [] => Axes::scalar(),
            [rows] => Axes::new(&[rows, (1, true)])?,
            _ => Axes::new(&lengths)?,
        };
        let scope = Scope { frame: Some(frame), ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, scope);
        let cells = self.cells(operation, axes, &ranges);
        self.scope = outer;
        cells.map(Cells::finish)
    }

    /// The entries in row-major order, which is that of the letters, with their ranges, one after another.
    fn cells(&mut self, operation: &'a Operation, axes: Axes, ranges: &[usize]) -> Eval<Cells<N>> {
        let reason = || EvalError::unsupported(format!("`{}`", operation.name));
        let formula = operation.body.formula().ok_or_else(reason)?;
        let letters: Vec<&Name> = operation.letters().map(|(name, _)| name).collect();
        let mut cells = Cells::new(axes);
        for number in 0..axes.elements() {
            let mut place = number;
            self.scope.letters.clear();
            for (name, &size) in letters.iter().zip(ranges).rev() {
                self.scope.letters.insert(0, Letter::running(name, place % size + 1, size));
                place /= size;
            }
            cells.push(&*self.eval(formula)?)?;
        }
        Ok(cells)
    }

    fn bound(&mut self, operation: &Operation, arguments: &[Expr]) -> Eval<Frame<N>> {
        let mut frame = Frame::default();
        let mut lengths: Vec<(&Dim, (usize, bool))> = Vec::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            match &parameter.shape {
                None => {
                    let (size, unit) = self.length(argument)?;
                    frame.bind(&parameter.name, size, unit)?;
                }
                Some(shape) => {
                    let value = self.eval(argument)?;
                    let [rows, columns] = value.primal.axes.matrix(format_args!("`{}`", operation.name))?;
                    lengths.extend([(&shape.rows, rows), (&shape.columns, columns)]);
                    frame.values.push((parameter.name.clone(), Rc::clone(&value)));
                }
            }
        }
        for (dim, (size, unit)) in &lengths {
            if let Some(name) = dim.as_name() {
                frame.bind(name, *size, *unit)?;
            }
        }
        for (dim, (size, _)) in lengths {
            let expected = dim.value(|name| frame.size(name).map(|(size, _)| size));
            match expected {
                Some(expected) if expected == size => {}
                _ => return Err(EvalError::shapes(format_args!("`{}`", operation.name), dim, size)),
            }
        }
        Ok(frame)
    }
}
