//! Why an expression has no value at a point.

use std::fmt;

/// A plain reason; never a judgement on an equality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub reason: String,
    pub kind: ErrorKind,
}

/// What may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing.
    Final,
    /// Another point.
    Point,
    /// A point with positive values.
    Domain,
    /// The same, or other sizes: an assumption is not met.
    Assumed,
    /// Other sizes.
    Sizes,
    /// Other sizes, where something names a place by a number.
    Place,
    /// A smaller derivation: a bound of the checker is reached.
    Limit,
}

pub type Eval<T> = Result<T, EvalError>;

impl EvalError {
    fn of(kind: ErrorKind, reason: impl Into<String>) -> EvalError {
        EvalError { reason: reason.into(), kind }
    }

    pub fn unsupported(what: impl fmt::Display) -> EvalError {
        EvalError::of(ErrorKind::Final, format!("the checker does not evaluate {what}"))
    }

    pub fn shapes(
        operation: impl fmt::Display,
        left: impl fmt::Display,
        right: impl fmt::Display,
    ) -> EvalError {
        EvalError::of(ErrorKind::Final, format!("{operation} does not fit the shapes {left} and {right}"))
    }

    pub fn shape(operation: impl fmt::Display, shape: impl fmt::Display) -> EvalError {
        EvalError::of(ErrorKind::Final, format!("{operation} does not fit the shape {shape}"))
    }

    pub fn unknown(name: &str) -> EvalError {
        EvalError::of(ErrorKind::Final, format!("`{name}` has no value here"))
    }

    pub fn range(letter: &str) -> EvalError {
        EvalError::of(ErrorKind::Final, format!("no single range follows for the index `{letter}`"))
    }

    pub fn index(value: i64, size: usize) -> EvalError {
        EvalError::of(ErrorKind::Place, format!("the index {value} leaves its range 1..{size}"))
    }

    pub fn integer() -> EvalError {
        EvalError::of(ErrorKind::Final, "an index or a size is no integer")
    }

    pub fn division() -> EvalError {
        EvalError::of(ErrorKind::Point, "a divisor is zero at the points that were drawn")
    }

    pub fn singular() -> EvalError {
        EvalError::of(ErrorKind::Point, "a matrix has no inverse at the points that were drawn")
    }

    pub fn domain(function: &str) -> EvalError {
        let reason = format!("`{function}` has no value at the points that were drawn");
        EvalError::of(ErrorKind::Domain, reason)
    }

    /// The error bounds are too wide; positive values cancel less.
    pub fn undecided() -> EvalError {
        EvalError::of(ErrorKind::Domain, "rounding errors leave it undecided at the points that were drawn")
    }

    /// A value that is given for a variable and is none of its values.
    pub fn given(name: &str, why: &str) -> EvalError {
        EvalError::of(ErrorKind::Point, format!("what is given for `{name}` {why}"))
    }

    /// Properties that exclude each other at these sizes.
    pub fn properties(name: &str) -> EvalError {
        EvalError::of(ErrorKind::Sizes, format!("no value of `{name}` has all its properties"))
    }

    pub fn contradiction() -> EvalError {
        EvalError::of(ErrorKind::Final, "no value meets all assumptions")
    }

    pub fn sizes() -> EvalError {
        EvalError::of(ErrorKind::Final, "the sizes do not meet the assumptions on dimensions")
    }

    /// `condition` is an assumption as it was written.
    pub fn condition(condition: &str) -> EvalError {
        let reason = format!("the assumption `{condition}` is not met at the points that were drawn");
        EvalError::of(ErrorKind::Assumed, reason)
    }

    /// A dimension that is not positive at these sizes.
    pub fn dimension(dimension: impl fmt::Display) -> EvalError {
        EvalError::of(ErrorKind::Sizes, format!("the dimension {dimension} has no positive value here"))
    }

    /// What has a value for natural numbers alone.
    pub fn natural(what: impl fmt::Display) -> EvalError {
        EvalError::of(ErrorKind::Point, format!("{what} is no positive number at the points that were drawn"))
    }

    /// What is too large for its errors to be bounded well.
    pub fn large(what: &str) -> EvalError {
        EvalError::of(
            ErrorKind::Point,
            format!("the argument of {what} is too large at the points that were drawn"),
        )
    }

    pub fn limit(what: &str) -> EvalError {
        EvalError::of(ErrorKind::Limit, format!("the limit of the checker on {what} is reached"))
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for EvalError {}
