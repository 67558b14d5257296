//! `^` and `.^`.

use std::rc::Rc;

use num_traits::ToPrimitive;

use super::dense::Dense;
use super::dual::Dual;
use super::elementary::Elementary;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::Number;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Sign};

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
        if let Some(whole) = self.whole_number(exponent)? {
            return self.whole_power(&base, whole, entrywise);
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

    /// The whole number that a linear form over whole numbers is: its value as a number would be rounded.
    pub(super) fn whole_number(&mut self, expr: &Expr) -> Eval<Option<i64>> {
        Ok(match &expr.kind {
            ExprKind::Number(number) if number.is_integer() => number.to_integer().to_i64(),
            ExprKind::Name(_) => {
                let value = self.eval(expr)?;
                let constant = value.tangents.iter().all(Option::is_none);
                match &value.primal.data[..] {
                    [value] if constant => value.as_integer(),
                    _ => None,
                }
            }
            ExprKind::Negate(inner) => self.whole_number(inner)?.and_then(i64::checked_neg),
            ExprKind::Sum(terms) => {
                let mut sum = Some(0i64);
                for (sign, term) in terms {
                    let term = self.whole_number(term)?;
                    sum = sum.zip(term).and_then(|(sum, term)| match sign {
                        Sign::Plus => sum.checked_add(term),
                        Sign::Minus => sum.checked_sub(term),
                    });
                }
                sum
            }
            ExprKind::Product { first, rest } => {
                let mut product = self.whole_number(first)?;
                for (op, factor) in rest {
                    let times = matches!(op, ProductOp::Times | ProductOp::Space);
                    let factor = if times { self.whole_number(factor)? } else { None };
                    product = product.zip(factor).and_then(|(product, factor)| product.checked_mul(factor));
                }
                product
            }
            _ => None,
        })
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
