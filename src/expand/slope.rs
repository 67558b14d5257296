//! Derivatives of powers whose exponent is not known, and of exponentials of matrices.

use num_rational::BigRational;
use num_traits::One;

use super::whole::Whole;
use super::{Expander, Unexpandable};
use crate::differentiate;
use crate::index::raised::{Kind, Raised, exponent_quantity};
use crate::index::{Base, Index, Term};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, Name};

impl Expander<'_> {
    /// The derivative of a power's entry. That of a matrix power is a sum over where the matrix is differentiated, with an
    /// index in the exponents: `sum(r: k) A^(r-1) dA A^(k-r)`, for whole numbers of any sign where a sum over a negative
    /// number stands for the negative of the sum over what is between. That of an exponential is the integral over `s` from 0
    /// to 1 of `expm(s*A) dA expm((1-s)*A)` (Higham, Functions of Matrices, section 10.2).
    ///
    /// # Errors
    /// An exponent that runs already.
    pub(crate) fn raised_derivative(
        &mut self,
        raised: &Raised,
        indices: &[Index],
        by: &Name,
        at: &[Index],
        written: &Expr,
    ) -> Result<Vec<Term>, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(written.clone());
        let names = raised.running.iter().flat_map(|running| running.step.names());
        let varies = |name: &Name| name == by || exponent_quantity(name).is_some();
        let in_exponent = names.chain(raised.exponent.names()).any(|name| varies(&name));
        let (inner, entry) = self.argument_entry(raised.argument);
        let own = indices.get(..entry.len()).ok_or_else(unsupported)?;
        let entry = if raised.kind == Kind::Entries { own.to_vec() } else { entry };
        let inner = differentiate::base_derivative(self, inner, &entry, by, at)?;
        let mut derivative = Vec::new();
        if in_exponent && raised.kind == Kind::Entries {
            derivative.extend(self.by_exponent(raised, own, by, at)?);
        } else if in_exponent {
            derivative.extend(self.by_multiple(raised, indices, by).ok_or_else(unsupported)?);
        }
        if inner.is_empty() {
            return Ok(derivative);
        }
        if raised.running.is_some() {
            return Err(unsupported());
        }
        for a in &self.around(raised, own, &entry).ok_or_else(unsupported)? {
            for b in &inner {
                let mut product = a.multiply(b, self.indices);
                if raised.kind != Kind::Entries {
                    product.bound.extend(entry.iter().cloned());
                }
                derivative.push(product.rename_bound(self.indices));
            }
        }
        Ok(derivative)
    }

    /// What stands around the derivative of the argument's entry.
    fn around(&mut self, raised: &Raised, own: &[Index], entry: &[Index]) -> Option<Vec<Term>> {
        let exponent = Whole::fixed(raised.exponent.clone());
        if raised.kind == Kind::Entries {
            let less = exponent.add(&Whole::fixed(Dim::one()), -1)?;
            let power = self.entry_power(raised.argument, own, &less).ok()?;
            let mut terms = self.number_terms(&raised.exponent);
            terms.iter_mut().for_each(|term| term.factors.push(power.clone()));
            return Some(terms);
        }
        let ([row, column], [above, below]) = (own, entry) else { return None };
        let exponential = matches!(raised.kind, Kind::Exponential(_));
        let range = if exponential { Dim::one() } else { raised.exponent.clone() };
        let index = self.indices.fresh(&range);
        // Of the power on the left: `s*k`, or `r - 1`.
        let (first, second, before) = if exponential {
            let first =
                Whole { fixed: Dim::number(0), running: Some((raised.exponent.clone(), index.clone())) };
            let second = exponent.add(&first, -1)?;
            (first, second, self.number_terms(&raised.exponent))
        } else {
            let place = Whole { fixed: Dim::number(0), running: Some((Dim::one(), index.clone())) };
            let first = place.add(&Whole::fixed(Dim::one()), -1)?;
            (first, exponent.add(&place, -1)?, vec![Term::number(BigRational::one())])
        };
        let left = [row.clone(), above.clone()];
        let right = [below.clone(), column.clone()];
        let left = self.raised_member(&raised.kind, raised.argument, &left, &first);
        let right = self.raised_member(&raised.kind, raised.argument, &right, &second);
        let mut product = left.multiply(&right, self.indices);
        product.bound.push(index);
        Some(before.iter().map(|number| number.multiply(&product, self.indices)).collect())
    }

    /// `d(x^c)/dc = x^c*log(x)`, by every name and quantity in the exponent that varies.
    fn by_exponent(
        &mut self,
        raised: &Raised,
        own: &[Index],
        by: &Name,
        at: &[Index],
    ) -> Result<Vec<Term>, Unexpandable> {
        let written = self.quantities.get(raised.argument).expr.clone();
        let unsupported = || Unexpandable::Unsupported(written.clone());
        let mut slopes = Vec::new();
        for name in raised.exponent.names() {
            let inner = match exponent_quantity(&name) {
                Some(id) => differentiate::base_derivative(self, id, &[], by, at)?,
                None if name == *by => vec![Term::number(BigRational::one())],
                None => continue,
            };
            let slope = slope(&raised.exponent, &name).ok_or_else(unsupported)?;
            for number in self.number_terms(&slope) {
                slopes.extend(inner.iter().map(|term| number.multiply(term, self.indices)));
            }
        }
        if slopes.is_empty() {
            return Ok(slopes);
        }
        if raised.running.is_some() {
            return Err(unsupported());
        }
        let exponent = Whole::fixed(raised.exponent.clone());
        let power = self.raised_member(&Kind::Entries, raised.argument, own, &exponent);
        let mut terms = Vec::new();
        for logarithm in self.applied(&"log".into(), 0, raised.argument, own, &written)? {
            let factor = power.multiply(&logarithm, self.indices);
            terms.extend(slopes.iter().map(|slope| slope.multiply(&factor, self.indices)));
        }
        Ok(terms)
    }

    /// `d(expm(t*A))/dt = A*expm(t*A)`; `None` where the multiple runs with what it is differentiated by, and for powers.
    fn by_multiple(&mut self, raised: &Raised, indices: &[Index], by: &Name) -> Option<Vec<Term>> {
        let Kind::Exponential(_) = raised.kind else { return None };
        let slope = slope(&raised.exponent, by)?;
        let running = match &raised.running {
            Some(running) if running.step.names().contains(by) => return None,
            Some(running) => Some((running.step.clone(), indices.last()?.clone())),
            None => None,
        };
        let [row, column, ..] = indices else { return None };
        let between = self.indices.fresh(&row.dim);
        let exponent = Whole { fixed: raised.exponent.clone(), running };
        let (left, right) = ([row.clone(), between.clone()], vec![between.clone(), column.clone()]);
        let power = self.raised_member(&raised.kind, raised.argument, &left, &exponent);
        let matrix = Term::base(Base::Entry(raised.argument, right));
        let mut product = power.multiply(&matrix, self.indices);
        product.bound.push(between);
        let numbers = self.number_terms(&slope);
        Some(numbers.iter().map(|number| number.multiply(&product, self.indices)).collect())
    }
}

/// The derivative of a polynomial by one of its names; `None` on overflow.
fn slope(dim: &Dim, by: &Name) -> Option<Dim> {
    dim.monomials().into_iter().try_fold(Dim::number(0), |sum, (mut names, coefficient)| {
        let power = names.iter().filter(|name| *name == by).count();
        let Some(place) = names.iter().position(|name| name == by) else { return Some(sum) };
        names.remove(place);
        let start = Dim::number(coefficient.checked_mul(i64::try_from(power).ok()?)?);
        let product =
            names.into_iter().try_fold(start, |product, name| product.multiply(&Dim::name(name)))?;
        sum.add(&product, 1)
    })
}
