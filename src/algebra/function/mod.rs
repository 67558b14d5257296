//! Scalar functions: derivative and equality of formulas in one real parameter.
//!
//! What a function is called never reaches Symbolica. It knows `exp`, `log`, `sin`, `cos`, `tan` and roots
//! itself; every other function is a number there, and its derivative is put in where the caller knows one.

mod equal;
mod read;
mod write;

use std::fmt;

use super::convert::{FormulaError, Rules};
use super::formula::Formula;
use super::scalar::Scalar;
use super::session::{self, SessionError};
use crate::diagnostic::{self, Diagnostic};
use crate::syntax::ast::{Expr, Name};
use crate::syntax::print;
use read::Functions;

pub use equal::equal;

/// The derivative of a function that a program declares: its parameter and the formula in it.
pub type Known<'a> = &'a dyn Fn(&str) -> Option<(Name, Expr)>;

/// Why a formula has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionError {
    /// A part that is no scalar formula in the parameter.
    NotScalar(Expr),
    /// The answer needs a function or `pi` under a name that has another meaning.
    Taken(Name),
    /// Exponents or numbers of functions beyond the limits.
    Limit,
    Formula(FormulaError),
    Session(SessionError),
}

impl FunctionError {
    /// The error as people read it.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotScalar(part) => diagnostic::formula_not_scalar(&print::expr(part)),
            Self::Taken(name) => diagnostic::formula_name_taken(name),
            Self::Limit | Self::Formula(FormulaError::TooLarge) => diagnostic::formula_limit(),
            Self::Formula(FormulaError::Undefined) => diagnostic::formula_undefined(),
            Self::Formula(FormulaError::Cyclic) => diagnostic::derivatives_cyclic(),
            Self::Session(error) => error.diagnostic(),
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic().message)
    }
}

impl std::error::Error for FunctionError {}

impl From<FormulaError> for FunctionError {
    fn from(error: FormulaError) -> Self {
        Self::Formula(error)
    }
}

impl From<SessionError> for FunctionError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

/// The largest size of a formula that is also multiplied out and factored in search of a shorter form.
const MAX_SIZE: u64 = 150;
const MAX_TERMS: u64 = 256;
const MAX_DEGREE: u64 = 64;

/// The derivative of a formula in its parameter, as a formula of the language in the same parameter.
///
/// A function for which `known` answers is opaque but for the derivative it gives, even one that Symbolica
/// knows: a program may give `exp` another meaning. Of a function that neither knows the derivative stays
/// `f'`; an unknown function with the name of one that Symbolica knows is announced as `f'(t)` itself.
/// Of the forms that Symbolica's algebra finds the shortest is taken, by names, numerals and operators.
///
/// # Errors
/// A value that is no scalar formula or has no real value, a name that is taken, limits, the session's errors.
pub fn derivative(value: &Expr, parameter: &Name, known: Known<'_>) -> Result<Expr, FunctionError> {
    let functions = Functions::collect([value], known)?;
    let (value, parameter) = (value.clone(), parameter.clone());
    session::run(move || {
        let scalar = functions.read(&value, &parameter)?;
        let derived = scalar.derivative(&Rules::parameter()).with_rules(&functions.rules()?)?;
        let writer = write::Writer { functions: &functions, parameter: &parameter };
        shortest(&derived, &writer)
    })?
}

/// The shortest of the forms in which Symbolica can write an expression; of equally short ones the first, which
/// is the nearest to what was written.
fn shortest(scalar: &Scalar, writer: &write::Writer<'_>) -> Result<Expr, FunctionError> {
    let plain = scalar.to_formula()?;
    let mut best = writer.formula(&plain)?;
    let mut least = write::cost(&best);
    for form in forms(scalar, &plain) {
        // A form that leaves the reals or needs a taken name is no candidate.
        let Some(expr) = form.to_formula().ok().and_then(|formula| writer.formula(&formula).ok()) else {
            continue;
        };
        let cost = write::cost(&expr);
        if cost < least {
            (best, least) = (expr, cost);
        }
    }
    Ok(best)
}

/// Whether common denominators and factors may be looked for: the work for them is not linear.
fn is_small(formula: &Formula) -> bool {
    formula.size() <= MAX_SIZE
        && formula.expanded_terms() <= MAX_TERMS
        && formula.largest_exponent() <= MAX_DEGREE
}

fn forms(scalar: &Scalar, plain: &Formula) -> Vec<Scalar> {
    if !is_small(plain) {
        return Vec::new();
    }
    let (expanded, together) = (scalar.expand(), scalar.together());
    let factored = together.factor();
    vec![scalar.cancel(), factored, together.clone(), expanded.together(), expanded, together.expand()]
}
