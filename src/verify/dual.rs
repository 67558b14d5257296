//! Dual arrays: a value with its derivatives along several directions at once.

use super::dense::{Dense, Entries};
use super::error::Eval;
use super::number::Number;

/// A value and its tangents, one a direction; `None` is a zero tangent, and so is a missing one.
#[derive(Debug)]
pub struct Dual<N> {
    pub primal: Dense<N>,
    pub tangents: Vec<Option<Dense<N>>>,
}

impl<N: Copy> Clone for Dual<N> {
    fn clone(&self) -> Dual<N> {
        Dual { primal: self.primal.clone(), tangents: self.tangents.clone() }
    }
}

impl<N> From<Dense<N>> for Dual<N> {
    fn from(primal: Dense<N>) -> Dual<N> {
        Dual { primal, tangents: Vec::new() }
    }
}

impl<N: Number> Dual<N> {
    /// One element that is 0 in all directions.
    pub fn is_zero_scalar(&self) -> bool {
        self.primal.axes.is_scalar()
            && self.primal.data.iter().all(|value| value.is_zero())
            && self.tangents.iter().all(Option::is_none)
    }

    /// One element that does not move.
    pub fn is_number(&self) -> bool {
        self.tangents.is_empty() && self.primal.axes.is_scalar()
    }

    pub fn constant(value: N) -> Dual<N> {
        Dense::scalar(value).into()
    }

    /// A linear map of the value and of every tangent.
    pub fn linear(&self, f: impl Fn(&Dense<N>) -> Eval<Dense<N>>) -> Eval<Dual<N>> {
        let tangents = self.tangents.iter().map(|t| t.as_ref().map(&f).transpose()).collect::<Eval<_>>()?;
        Ok(Dual { primal: f(&self.primal)?, tangents })
    }

    /// A map linear in each of two values, by the product rule.
    pub fn bilinear(
        &self,
        other: &Dual<N>,
        f: impl Fn(&Dense<N>, &Dense<N>) -> Eval<Dense<N>>,
    ) -> Eval<Dual<N>> {
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
    pub fn add(&self, other: &Dual<N>) -> Eval<Dual<N>> {
        let primal = self.primal.zip(&other.primal, "+", |a, b| a + b)?;
        let spread = |tangent: &Dense<N>| -> Eval<Dense<N>> {
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

    /// The sum in place of its first term, where both have one shape.
    pub fn plus(mut self, other: &Dual<N>) -> Eval<Dual<N>> {
        if self.primal.axes != other.primal.axes || self.tangents.len() < other.tangents.len() {
            return self.add(other);
        }
        self.primal.accumulate(&other.primal);
        for (sum, tangent) in self.tangents.iter_mut().zip(&other.tangents) {
            match (sum, tangent) {
                (Some(sum), Some(tangent)) => sum.accumulate(tangent),
                (Some(_), None) => {}
                (sum, tangent) => sum.clone_from(tangent),
            }
        }
        // A scalar's slope is one.
        let axes = self.primal.axes;
        self.tangents.iter_mut().flatten().for_each(|tangent| tangent.axes = axes);
        Ok(self)
    }

    pub fn negate(&self) -> Dual<N> {
        let tangents = self.tangents.iter().map(|t| t.as_ref().map(|t| t.map(|x| -x))).collect();
        Dual { primal: self.primal.map(|x| -x), tangents }
    }

    /// `1/x`, entry by entry; an error where an entry is zero.
    pub fn reciprocal(&self) -> Eval<Dual<N>> {
        self.entrywise(|x| {
            let inverse = x.inverse()?;
            Ok((inverse, -(inverse * inverse)))
        })
    }

    /// A function of every entry; `f` gives its value and its derivative.
    pub fn entrywise(&self, mut f: impl FnMut(N) -> Eval<(N, N)>) -> Eval<Dual<N>> {
        let count = self.primal.data.len();
        let (mut data, mut slopes) = (Entries::with_capacity(count), Entries::with_capacity(count));
        for &x in &self.primal.data {
            let (value, slope) = f(x)?;
            data.push(value);
            slopes.push(slope);
        }
        let axes = self.primal.axes;
        let slope = Dense { axes, data: slopes };
        let along = |t: &Dense<N>| t.zip(&slope, "a function of every entry", |a, b| a * b);
        let tangents = self.tangents.iter().map(|t| t.as_ref().map(along).transpose());
        let tangents = tangents.collect::<Eval<_>>()?;
        Ok(Dual { primal: Dense { axes, data }, tangents })
    }

    pub fn tangent(&self, lane: usize) -> Option<&Dense<N>> {
        self.tangents.get(lane).and_then(Option::as_ref)
    }
}
