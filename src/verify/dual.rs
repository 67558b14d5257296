//! Dual arrays: a value with its derivatives along several directions at once.

use super::dense::Dense;
use super::error::{Eval, EvalError};
use super::field::Field;

/// A value and its tangents, one a direction; `None` is a zero tangent, and so is a missing one.
#[derive(Clone, Debug)]
pub struct Dual {
    pub primal: Dense,
    pub tangents: Vec<Option<Dense>>,
}

impl From<Dense> for Dual {
    fn from(primal: Dense) -> Dual {
        Dual { primal, tangents: Vec::new() }
    }
}

impl Dual {
    /// One element that is 0 in all directions.
    pub fn is_zero_scalar(&self) -> bool {
        self.primal.axes.is_scalar()
            && self.primal.data.iter().all(|value| value.is_zero())
            && self.tangents.iter().all(Option::is_none)
    }

    pub fn constant(value: Field) -> Dual {
        Dense::scalar(value).into()
    }

    /// A linear map of the value and of every tangent.
    pub fn linear(&self, f: impl Fn(&Dense) -> Eval<Dense>) -> Eval<Dual> {
        let tangents = self.tangents.iter().map(|t| t.as_ref().map(&f).transpose()).collect::<Eval<_>>()?;
        Ok(Dual { primal: f(&self.primal)?, tangents })
    }

    /// A map linear in each of two values, by the product rule.
    pub fn bilinear(&self, other: &Dual, f: impl Fn(&Dense, &Dense) -> Eval<Dense>) -> Eval<Dual> {
        let mut tangents = Vec::new();
        for lane in 0..self.tangents.len().max(other.tangents.len()) {
            let left = self.tangent(lane).map(|t| f(t, &other.primal)).transpose()?;
            let right = other.tangent(lane).map(|t| f(&self.primal, t)).transpose()?;
            tangents.push(match (left, right) {
                (Some(a), Some(b)) => Some(a.zip(&b, "+", |a, b| a + b)?),
                (one, other) => one.or(other),
            });
        }
        Ok(Dual { primal: f(&self.primal, &other.primal)?, tangents })
    }

    /// The sum; a scalar on one side is added to every entry of the other.
    pub fn add(&self, other: &Dual) -> Eval<Dual> {
        let primal = self.primal.zip(&other.primal, "+", |a, b| a + b)?;
        let spread = |tangent: &Dense| -> Eval<Dense> {
            // A scalar's tangent takes the sum's shape.
            tangent.zip(&Dense::zeros(primal.axes), "+", |a, b| a + b)
        };
        let mut tangents = Vec::new();
        for lane in 0..self.tangents.len().max(other.tangents.len()) {
            tangents.push(match (self.tangent(lane), other.tangent(lane)) {
                (None, None) => None,
                (Some(one), None) | (None, Some(one)) => Some(spread(one)?),
                (Some(a), Some(b)) => Some(a.zip(b, "+", |a, b| a + b)?),
            });
        }
        Ok(Dual { primal, tangents })
    }

    pub fn negate(&self) -> Dual {
        let tangents = self.tangents.iter().map(|t| t.as_ref().map(|t| t.map(|x| -x))).collect();
        Dual { primal: self.primal.map(|x| -x), tangents }
    }

    /// `1/x`, entry by entry; an error where an entry is zero.
    pub fn reciprocal(&self) -> Eval<Dual> {
        let data: Option<Vec<Field>> = self.primal.data.iter().map(|x| x.inverse()).collect();
        let primal = Dense { axes: self.primal.axes, data: data.ok_or_else(EvalError::division)? };
        let slope = primal.map(|x| -(x * x));
        let tangents = self
            .tangents
            .iter()
            .map(|t| t.as_ref().map(|t| t.zip(&slope, "./", |a, b| a * b)).transpose())
            .collect::<Eval<_>>()?;
        Ok(Dual { primal, tangents })
    }

    pub fn tangent(&self, lane: usize) -> Option<&Dense> {
        self.tangents.get(lane).and_then(Option::as_ref)
    }
}
