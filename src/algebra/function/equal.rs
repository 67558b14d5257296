//! Whether two formulas are one function: certainly, certainly not, or undecided.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::read::Functions;
use super::{FunctionError, Known, is_small};
use crate::algebra::convert::{FormulaError, Rules};
use crate::algebra::formula::{Atom, Formula, Function, Term};
use crate::algebra::scalar::Scalar;
use crate::algebra::session;
use crate::syntax::ast::{Expr, Name};

/// Where a difference is looked at, and how many of its derivatives: there many functions have rational values.
const POINTS: [i64; 5] = [0, 1, 2, -1, 4];
const DERIVATIVES: usize = 3;
/// Rounds of bringing over one denominator and multiplying out; one round can make room for the next.
const ROUNDS: usize = 4;

/// Whether two formulas in one parameter have the same value wherever both are defined; `None` if this is
/// undecided.
///
/// *Yes* means that their difference is zero as a quotient of polynomials in the parameter and in the values of
/// functions. *No* means that the difference or one of its derivatives has a value at a rational point which is
/// certainly not zero (a rational number; by Lindemann's and Weierstrass's theorem a combination of
/// exponentials; a polynomial in one transcendental number). No floating point decides anything.
///
/// # Errors
/// As [`super::derivative`].
pub fn equal(
    left: &Expr,
    right: &Expr,
    parameter: &Name,
    known: Known<'_>,
) -> Result<Option<bool>, FunctionError> {
    let functions = Functions::collect([left, right], known)?;
    let (left, right, parameter) = (left.clone(), right.clone(), parameter.clone());
    session::run(move || {
        let rules = functions.rules()?;
        let read =
            |side: &Expr| Ok::<_, FunctionError>(functions.read(side, &parameter)?.with_rules(&rules)?);
        let difference = read(&left)? - read(&right)?;
        if is_zero(&difference) {
            return Ok(Some(true));
        }
        let points = POINTS.map(|point| Scalar::number(&BigRational::from_integer(point.into())));
        let defined = |point: &Scalar| {
            [&left, &right].iter().all(|side| functions.is_defined_at(side, &parameter, point))
        };
        let points: Vec<Scalar> = points.into_iter().filter(defined).collect();
        Ok(differs(difference, &points, &rules)?.then_some(false))
    })?
}

/// Whether a difference or one of its derivatives is certainly not zero at one of the points, around which it
/// is defined.
fn differs(mut derived: Scalar, points: &[Scalar], rules: &Rules) -> Result<bool, FunctionError> {
    for order in 0..=DERIVATIVES {
        if order > 0 {
            derived = derived.derivative(&Rules::parameter()).with_rules(rules)?;
        }
        if !is_small(&derived.to_formula()?) {
            break;
        }
        for point in points {
            // Where a simplified form or a derivative is not defined, the point says nothing.
            let value = derived.substitute(&Rules::parameter(), point).and_then(|value| numerator(&value));
            if value.is_ok_and(|value| is_surely_nonzero(&value)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_zero(difference: &Scalar) -> bool {
    numerator(difference).is_ok_and(|formula| formula.is_zero())
}

/// The numerator over a common denominator, multiplied out, with `tan` and powers of `sin` replaced.
fn numerator(scalar: &Scalar) -> Result<Formula, FormulaError> {
    let mut formula = scalar.to_formula()?;
    if is_small(&formula) {
        formula = scalar.expand_all()?.to_formula()?;
    }
    for _ in 0..ROUNDS {
        if !is_small(&formula) {
            break;
        }
        let over = trigonometric(&formula)?.together();
        let next = above(&over.to_formula()?)?.expand_all()?.to_formula()?;
        if next == formula {
            break;
        }
        formula = next;
    }
    Ok(formula)
}

/// A single term without its denominator: what is divided by is not zero where the quotient is defined.
fn above(formula: &Formula) -> Result<Scalar, FormulaError> {
    let [term] = formula.terms() else { return Scalar::from_formula(formula) };
    let factors = term.factors.iter().filter(|(_, exponent)| exponent.is_positive()).cloned().collect();
    Scalar::from_formula(&Formula::new([(term.coefficient.clone(), factors)]))
}

/// An argument of `sin`, `cos` or `tan` with a positive first term, and whether its sign was turned.
fn turned(argument: &Formula) -> Result<(Scalar, bool), FormulaError> {
    let scalar = Scalar::from_formula(argument)?;
    let negative = argument.terms().first().is_some_and(|term| term.coefficient.is_negative());
    Ok(if negative { ((-scalar).expand(), true) } else { (scalar, false) })
}

/// Arguments with a positive first term, `tan(u)` as `sin(u)/cos(u)`, then each `sin(u)^2` as `1 - cos(u)^2`.
fn trigonometric(formula: &Formula) -> Result<Scalar, FormulaError> {
    let mut terms = Vec::with_capacity(formula.terms().len());
    for term in formula.terms() {
        let mut factors = vec![Scalar::number(&term.coefficient)];
        for (atom, exponent) in &term.factors {
            factors.push(match atom {
                Atom::Function(Function::Tan, argument) => {
                    let (argument, negative) = turned(argument)?;
                    let sine = Scalar::call(Function::Sin, &argument)?;
                    let sine = if negative { -sine } else { sine }.power(&Scalar::number(exponent))?;
                    let cosine =
                        Scalar::call(Function::Cos, &argument)?.power(&Scalar::number(&-exponent))?;
                    sine * cosine
                }
                Atom::Function(Function::Sin, argument) if exponent.is_integer() => {
                    let (argument, negative) = turned(argument)?;
                    let cosine = Scalar::call(Function::Cos, &argument)?;
                    let square = Scalar::number(&BigRational::one()) - cosine.pow(2);
                    let two = BigRational::from_integer(2.into());
                    let pairs = (exponent / &two).floor();
                    let single = Scalar::number(&(exponent - &pairs * &two));
                    let sine = Scalar::call(Function::Sin, &argument)?;
                    let sine = if negative { -sine } else { sine };
                    square.power(&Scalar::number(&pairs))? * sine.power(&single)?
                }
                Atom::Function(Function::Cos, argument) => {
                    Scalar::call(Function::Cos, &turned(argument)?.0)?.power(&Scalar::number(exponent))?
                }
                _ => Scalar::from_formula(&Formula::new([(
                    BigRational::one(),
                    vec![(atom.clone(), exponent.clone())],
                )]))?,
            });
        }
        terms.push(Scalar::product(factors));
    }
    Ok(Scalar::sum(terms))
}

/// Whether an expanded number without a parameter is certainly not zero.
fn is_surely_nonzero(value: &Formula) -> bool {
    if value.is_zero() {
        return false;
    }
    let rational = |formula: &Formula| match formula.terms() {
        [] => Some(BigRational::from_integer(0.into())),
        [Term { coefficient, factors }] if factors.is_empty() => Some(coefficient.clone()),
        _ => None,
    };
    let atoms: Vec<&(Atom, BigRational)> = value.terms().iter().flat_map(|term| &term.factors).collect();
    // Exponentials of distinct rationals are linearly independent over the rationals, one itself included.
    let exponential = |term: &Term| match &*term.factors {
        [] => true,
        [(Atom::Function(Function::Exp, argument), exponent)] => {
            exponent.is_one() && rational(argument).is_some()
        }
        _ => false,
    };
    if value.terms().iter().all(exponential) {
        return true;
    }
    // A Laurent polynomial with distinct powers of one transcendental number.
    let transcendental = |atom: &Atom| match atom {
        Atom::Pi => true,
        Atom::Function(Function::Log, argument) => {
            rational(argument).is_some_and(|number| number.is_positive() && !number.is_one())
        }
        _ => false,
    };
    atoms.iter().all(|(atom, exponent)| *atom == atoms[0].0 && exponent.is_integer() && transcendental(atom))
}
