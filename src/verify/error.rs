//! Why an expression has no value at a point.

use std::fmt;

/// A plain reason; never a judgement on an equality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub reason: String,
}

pub type Eval<T> = Result<T, EvalError>;

impl EvalError {
    pub fn unsupported(what: impl fmt::Display) -> EvalError {
        EvalError { reason: format!("the checker does not evaluate {what}") }
    }

    pub fn shapes(operation: &str, left: impl fmt::Display, right: impl fmt::Display) -> EvalError {
        EvalError { reason: format!("{operation} does not fit the shapes {left} and {right}") }
    }

    pub fn shape(operation: &str, shape: impl fmt::Display) -> EvalError {
        EvalError { reason: format!("{operation} does not fit the shape {shape}") }
    }

    pub fn unknown(name: &str) -> EvalError {
        EvalError { reason: format!("`{name}` has no value here") }
    }

    pub fn range(letter: &str) -> EvalError {
        EvalError { reason: format!("no single range follows for the index `{letter}`") }
    }

    pub fn index(value: i64, size: usize) -> EvalError {
        EvalError { reason: format!("the index {value} leaves its range 1..{size}") }
    }

    pub fn integer() -> EvalError {
        EvalError { reason: "an index or a size is no integer".into() }
    }

    pub fn division() -> EvalError {
        EvalError { reason: "a divisor is zero at the point that was drawn".into() }
    }

    pub fn limit(what: &str) -> EvalError {
        EvalError { reason: format!("the limit of the checker on {what} is reached") }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for EvalError {}
