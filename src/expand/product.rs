//! Products, quotients and contractions.

use num_rational::BigRational;
use num_traits::{CheckedMul, One, Zero};

use super::part::exponent_of;
use super::split::{common, dims};
use super::{Expander, Unexpandable, is_number};
use crate::expand::MOST_TERMS;
use crate::index::{Exponent, Form, Index, Term, bounded};
use crate::syntax::ast::{Expr, ExprKind, ProductOp};

impl Expander<'_> {
    pub(super) fn product(
        &mut self,
        whole: &Expr,
        first: &Expr,
        rest: &[(ProductOp, Expr)],
    ) -> Result<Form, Unexpandable> {
        let mut product = self.expand(first)?;
        for (position, (op, factor)) in rest.iter().enumerate() {
            // How the left operand is written, should it have to keep together.
            let left = || -> Expr {
                match position {
                    0 => first.clone(),
                    _ => {
                        let rest = rest[..position].to_vec();
                        ExprKind::Product { first: Box::new(first.clone()), rest }.into()
                    }
                }
            };
            product = self.factor(whole, (product, &left), *op, factor)?;
            // What is longer has been cut off.
            if product.terms.len() > MOST_TERMS {
                return Err(Unexpandable::TooLarge);
            }
        }
        Ok(product)
    }

    fn factor(
        &mut self,
        whole: &Expr,
        (left, written): (Form, &dyn Fn() -> Expr),
        op: ProductOp,
        factor: &Expr,
    ) -> Result<Form, Unexpandable> {
        let right = match op {
            ProductOp::Divide | ProductOp::HadamardDivide => self.inverted(factor, -Exponent::one())?,
            _ => self.expand(factor)?,
        };
        // A sum beside another factor keeps together.
        let (left, right) = match (is_number(&left.terms), is_number(&right.terms)) {
            (false, false) => {
                let left = if left.terms.len() > 1 { self.kept(left, &written())? } else { left };
                (left, self.kept(right, factor)?)
            }
            _ => (left, right),
        };
        if left.is_scalar() || right.is_scalar() {
            let scalar_left = left.is_scalar();
            let (rows, columns) = if scalar_left {
                (right.rows.clone(), right.columns.clone())
            } else {
                (left.rows.clone(), left.columns.clone())
            };
            return Ok(Form { rows, columns, ..self.multiply(left, &right.terms, Vec::new()) });
        }
        match op {
            ProductOp::Times | ProductOp::Space => self.times(whole, left, right),
            ProductOp::Hadamard | ProductOp::HadamardDivide => {
                let (left, terms) = self.aligned(whole, &left, &right)?;
                Ok(self.multiply(left, &terms, Vec::new()))
            }
            ProductOp::Divide => Err(Unexpandable::Malformed(whole.clone())),
        }
    }

    /// A divisor: the exponent goes down to the factors before any is multiplied out.
    fn inverted(&mut self, divisor: &Expr, exponent: Exponent) -> Result<Form, Unexpandable> {
        if let ExprKind::Power { base, exponent: inner, .. } = &divisor.kind
            && let Some(inner) = number(inner).and_then(|value| exponent_of(&value))
            && let Some(product) = inner.checked_mul(&exponent).and_then(bounded)
            && self.expand(base)?.is_scalar()
        {
            return self.inverted(base, product);
        }
        let form = self.expand(divisor)?;
        self.power(form, exponent, divisor)
    }

    /// The matrix product of two that are no scalars.
    fn times(&mut self, whole: &Expr, left: Form, right: Form) -> Result<Form, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(whole.clone());
        let whole_of = |axis: &[Index]| dims(axis).into_iter().map(|dim| vec![dim]).collect::<Vec<_>>();
        let [ours, theirs] = common(&dims(&left.columns), &dims(&right.rows)).ok_or_else(unsupported)?;
        let left = self.split(&left, &whole_of(&left.rows), &ours).ok_or_else(unsupported)?;
        let right = self.split(&right, &theirs, &whole_of(&right.columns)).ok_or_else(unsupported)?;
        let inner = left.columns.clone();
        let free: Vec<Index> = inner.iter().chain(&right.columns).cloned().collect();
        let terms = right.with_free(&free);
        let columns = right.columns;
        Ok(Form { columns, ..self.multiply(left, &terms, inner) })
    }

    /// Every term of `left` times every one of `terms`, with `bound` summed over; cut off at more than
    /// [`MOST_TERMS`], which the caller refuses before it adds like terms.
    pub(super) fn multiply(&mut self, left: Form, terms: &[Term], bound: Vec<Index>) -> Form {
        let mut products = Vec::new();
        for a in &left.terms {
            for b in terms {
                let mut product = a.multiply(b, self.indices);
                product.bound.extend(bound.iter().cloned());
                if !bound.is_empty() {
                    product = product.rename_bound(self.indices);
                }
                products.push(product);
                if products.len() > MOST_TERMS {
                    return Form { terms: products, ..left };
                }
            }
        }
        Form { terms: products, ..left }
    }

    pub(super) fn contraction(
        &mut self,
        whole: &Expr,
        left: &Expr,
        right: &Expr,
    ) -> Result<Form, Unexpandable> {
        let left = self.expand(left)?;
        let right = self.expand(right)?;
        let summed = left.free();
        let own = right.free();
        if own.len() < summed.len() || summed.iter().zip(&own).any(|(a, b)| a.dim != b.dim) {
            return Err(Unexpandable::Malformed(whole.clone()));
        }
        let rest: Vec<Index> = own[summed.len()..].to_vec();
        let free: Vec<Index> = summed.iter().chain(&rest).cloned().collect();
        let terms = right.with_free(&free);
        let product = self.multiply(Form::scalar(left.terms), &terms, summed);
        // Two remaining axes are a matrix; one is a column.
        let mut rest = rest.into_iter();
        Ok(Form { rows: rest.next().into_iter().collect(), columns: rest.collect(), terms: product.terms })
    }
}

/// A rational number written as one.
pub fn number(expr: &Expr) -> Option<BigRational> {
    match &expr.kind {
        ExprKind::Number(value) => Some(value.clone()),
        ExprKind::Negate(inner) => number(inner).map(|value| -value),
        ExprKind::Product { first, rest } => {
            let mut product = number(first)?;
            for (op, factor) in rest {
                let value = number(factor)?;
                match op {
                    ProductOp::Times => product *= value,
                    ProductOp::Divide if !value.is_zero() => product /= value,
                    _ => return None,
                }
            }
            Some(product)
        }
        _ => None,
    }
}
