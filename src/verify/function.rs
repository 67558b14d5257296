//! Scalar functions, entry by entry.

use std::rc::Rc;

use super::dense::Dense;
use super::dual::Dual;
use super::elementary::Elementary;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::field::Generator;
use super::number::Number;
use super::point::Point;
use super::real::Real;
use super::scope::{Frame, Scope};
use crate::problem::{HIDDEN, Problem, ScalarFunction};
use crate::syntax::ast::{Expr, Name};

/// Places at which a stated derivative is held against the table's.
const PLACES: [f64; 4] = [-1.375, 0.40625, 1.71875, 0.15625];

/// The functions that are known by a derivative alone, under a name whose values are known, and whose derivative
/// is another one: the table's values would not be those that the statement means.
pub(super) fn restated_wrongly(problem: &Problem) -> Vec<&ScalarFunction> {
    let functions = problem.functions.values().map(|function| &**function);
    let bare = functions.filter(|one| one.value.is_none());
    bare.filter(|one| {
        let (Some(known), Some(stated)) = (Elementary::named(&one.name), &one.derivative) else {
            return false;
        };
        PLACES.iter().any(|place| {
            let place = Real::exact(*place);
            let mut evaluator = Evaluator::new(problem, &[], Point::new(Vec::new(), 0));
            let found = evaluator.formula(&one.parameter, stated, place);
            let Ok(((found, _), (_, slope))) = found.and_then(|found| Ok((found, place.elementary(known)?)))
            else {
                return false;
            };
            (found.value() - slope.value()).abs() > found.error() + slope.error()
        })
    })
    .collect()
}

/// A value, and its derivative where that is known.
type Jet<N> = (N, Option<N>);

impl<'a, N: Number> Evaluator<'a, N> {
    /// `f(Z)`, `f'(Z)`
    pub(super) fn scalar_function(
        &mut self,
        function: &Name,
        primes: usize,
        argument: &Expr,
    ) -> Eval<Dual<N>> {
        let argument = self.eval(argument)?;
        if argument.tangents.iter().any(Option::is_some) {
            return argument.entrywise(|x| {
                let (value, slope) = self.jet(function, primes, x)?;
                let reason = || EvalError::unsupported(format!("further derivatives of `{function}`"));
                Ok((value, slope.ok_or_else(reason)?))
            });
        }
        let entries = argument.primal.data.iter().map(|&x| Ok(self.jet(function, primes, x)?.0));
        let data = entries.collect::<Eval<_>>()?;
        Ok(Dense { axes: argument.primal.axes, data }.into())
    }

    fn jet(&mut self, name: &Name, primes: usize, x: N) -> Eval<Jet<N>> {
        if self.problem.entrywise.contains(name) {
            return Ok(self.polynomial(name, primes, x));
        }
        let problem = self.problem;
        let declared = problem.functions.get(name).map(|function| &**function);
        let derived = |value: Jet<N>| match (primes, value) {
            (0, value) => Ok(value),
            (1, (_, Some(slope))) => Ok((slope, None)),
            _ => Err(EvalError::unsupported(format!("further derivatives of `{name}`"))),
        };
        // A formula is what the file means; the derivative comes from it, whatever is declared besides.
        if let Some(ScalarFunction { parameter, value: Some(formula), .. }) = declared {
            let (value, slope) = self.formula(parameter, formula, x)?;
            return derived((value, Some(slope)));
        }
        // Where the file has a function of the name, the prelude's own keeps its meaning under another.
        if let Some(elementary) = Elementary::named(name.strip_prefix(HIDDEN).unwrap_or(name)) {
            let (value, slope) = x.elementary(elementary)?;
            return derived((value, Some(slope)));
        }
        match declared {
            Some(ScalarFunction { parameter, derivative: Some(derivative), .. }) => {
                let (slope, second) = self.formula(parameter, derivative, x)?;
                if primes == 1 {
                    return Ok((slope, Some(second)));
                }
                // A derivative leaves a constant open, and equalities must not hang on it.
                let mut generator = Generator::keyed(self.point.seed, name, u64::MAX - 1);
                let constant: N = self.point.coefficient(&mut generator);
                let mut value = |t: N| Ok(self.formula(parameter, derivative, t)?.0);
                derived((x.integral(&mut value)? + constant, Some(slope)))
            }
            _ => Err(EvalError::unsupported(format!("`{name}`"))),
        }
    }

    /// Value and slope of an expression in one parameter.
    fn formula(&mut self, parameter: &Name, formula: &'a Expr, x: N) -> Eval<(N, N)> {
        let seed = Dual { primal: Dense::scalar(x), tangents: vec![Some(Dense::scalar(N::ONE))] };
        let mut frame = Frame::default();
        frame.closed = true;
        frame.values.push((parameter.clone(), Rc::new(seed)));
        let scope = Scope { frame: Some(frame), ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, scope);
        let pass = self.pass.take();
        let result = self.eval(formula);
        self.pass = pass;
        self.scope = outer;
        let result = result?;
        let [value] = result.primal.data[..] else {
            return Err(EvalError::shape("a scalar function", result.primal.axes));
        };
        Ok((value, result.tangent(0).map_or(N::ZERO, |tangent| tangent.data[0])))
    }

    /// An unknown function of every entry: a polynomial of degree 3 or more with random coefficients, one for the whole
    /// point.
    fn polynomial(&self, name: &Name, primes: usize, x: N) -> Jet<N> {
        // No variable and no argument of an unknown scalar function draws from here.
        let mut generator = Generator::keyed(self.point.seed, name, u64::MAX);
        let count = 4 + self.point.degree;
        let mut coefficients: Vec<N> = (0..count).map(|_| self.point.coefficient(&mut generator)).collect();
        let derive = |coefficients: &[N]| -> Vec<N> {
            let terms = coefficients.iter().enumerate().skip(1);
            terms.map(|(power, &c)| N::integer(power as i64) * c).collect()
        };
        for _ in 0..primes.min(count as usize) {
            coefficients = derive(&coefficients);
        }
        let value = |coefficients: &[N]| coefficients.iter().rev().fold(N::ZERO, |sum, &c| sum * x + c);
        (value(&coefficients), Some(value(&derive(&coefficients))))
    }
}
