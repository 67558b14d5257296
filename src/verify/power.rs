//! `^` and `.^`.

use std::rc::Rc;

use super::dense::Dense;
use super::dual::Dual;
use super::elementary::Elementary;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::Number;
use crate::syntax::ast::Expr;

/// Larger whole exponents are refused.
pub const EXPONENT: i64 = 64;

impl<N: Number> Evaluator<'_, N> {
    pub(super) fn power(&mut self, base: &Expr, exponent: &Expr, entrywise: bool) -> Eval<Dual<N>> {
        let base = self.eval(base)?;
        let entrywise = entrywise || base.primal.axes.is_scalar();
        let whole = match self.integers(std::slice::from_ref(exponent)) {
            Ok(values) => values.first().copied(),
            Err(_) => None,
        };
        if let Some(exponent) = whole {
            return self.whole_power(&base, exponent, entrywise);
        }
        let exponent = self.eval(exponent)?;
        let constant = exponent.tangents.iter().all(Option::is_none);
        if let ([value], true) = (&exponent.primal.data[..], constant)
            && let Some(whole) = value.as_integer()
        {
            return self.whole_power(&base, whole, entrywise);
        }
        if !entrywise {
            return Err(EvalError::unsupported("this exponent of a matrix"));
        }
        let logarithm = base.entrywise(|x| x.elementary(Elementary::Log))?;
        let product = logarithm.bilinear(&exponent, |a, b| a.zip(b, ".^", |a, b| a * b))?;
        product.entrywise(|x| x.elementary(Elementary::Exp))
    }

    fn whole_power(&mut self, base: &Rc<Dual<N>>, exponent: i64, entrywise: bool) -> Eval<Dual<N>> {
        if exponent.unsigned_abs() > EXPONENT.unsigned_abs() {
            return Err(EvalError::unsupported("this exponent"));
        }
        let axes = base.primal.axes;
        let [rows, columns] = if entrywise { [(1, true); 2] } else { axes.matrix("a power")? };
        if rows.0 != columns.0 {
            return Err(EvalError::shape("a power", axes));
        }
        if exponent == 0 {
            let one = if entrywise { Dense::filled(axes, N::ONE) } else { Dense::eye(rows)? };
            return Ok(one.into());
        }
        let factor = match (exponent < 0, entrywise) {
            (false, _) => (**base).clone(),
            (true, true) => base.reciprocal()?,
            (true, false) => self.inverse(base, rows.0)?,
        };
        let mut result = factor.clone();
        for _ in 1..exponent.unsigned_abs() {
            result = if entrywise {
                result.bilinear(&factor, |a, b| a.zip(b, ".^", |a, b| a * b))?
            } else {
                self.multiply(&result, &factor)?
            };
        }
        Ok(result)
    }
}
