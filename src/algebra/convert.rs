//! Formulas to Symbolica and back, and what is done with them there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use symbolica::atom::{Atom as Tree, AtomCore, AtomView, FunctionBuilder, Symbol};
use symbolica::symbol;

use super::formula::{Atom, Formula, Function};
use super::polynomial::Entry;
use super::scalar::{
    Scalar, entry, function_number, function_symbol, log_symbol, on_session_thread, rational,
};
use crate::diagnostic;

/// Why an expression is no formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormulaError {
    /// A part has no real value: a quotient by zero, the root or logarithm of a negative number.
    Undefined,
    /// Derivatives that are given by one another.
    Cyclic,
    /// An exponent or a power of a number beyond the limits.
    TooLarge,
}

/// Exponents beyond it are refused: Symbolica writes powers of numbers out.
const MAX_EXPONENT: u64 = 10_000;
/// Terms of a root's or logarithm's argument after multiplying out.
const MAX_TERMS: u64 = 4_096;
/// Bits of a number that a power may make.
const MAX_BITS: u64 = 1 << 16;

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let diagnostic = match self {
            Self::Undefined => diagnostic::formula_undefined(),
            Self::Cyclic => diagnostic::derivatives_cyclic(),
            Self::TooLarge => diagnostic::formula_limit(),
        };
        f.write_str(&diagnostic.message)
    }
}

impl std::error::Error for FormulaError {}

/// The derivatives of functions that Symbolica knows by number only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The first derivative of a function, in [`Rules::parameter`]. It may name functions, also derived
    /// ones, of any number. One without a rule keeps its derivative as a function of its own.
    pub derivatives: BTreeMap<u32, Formula>,
}

impl Rules {
    /// What stands for the argument in a rule.
    pub fn parameter() -> Entry {
        Entry { quantity: 0, indices: Vec::new() }
    }
}

/// The larger of the magnitudes of numerator and denominator.
fn size(number: &BigRational) -> u64 {
    let of = |part: &num_bigint::BigInt| part.magnitude().to_u64().unwrap_or(u64::MAX);
    of(number.numer()).max(of(number.denom()))
}

/// Symbolica has no constant for this symbol and the next.
fn tangent() -> Symbol {
    symbol!("symbolica::tan")
}

fn secant() -> Symbol {
    symbol!("symbolica::sec")
}

impl Scalar {
    pub fn pi() -> Scalar {
        on_session_thread();
        Scalar::new(Tree::var(Symbol::PI))
    }

    /// A function of an expression.
    ///
    /// # Errors
    /// The logarithm of a number that is not positive.
    pub fn call(function: Function, argument: &Scalar) -> Result<Scalar, FormulaError> {
        let symbol = match function {
            Function::Exp => return exponential(argument),
            Function::Log => return logarithm(argument),
            Function::Sin => Symbol::SIN,
            Function::Cos => Symbol::COS,
            Function::Tan => tangent(),
            Function::Other { number, order: 0 } => function_symbol(number),
            Function::Other { number, order } => {
                let derived = FunctionBuilder::new(Symbol::DERIVATIVE)
                    .add_arg(i64::from(order))
                    .add_arg(Tree::var(function_symbol(number)));
                return Ok(Scalar::new(derived.add_arg(&argument.atom).finish()));
            }
        };
        Ok(Scalar::new(FunctionBuilder::new(symbol).add_arg(&argument.atom).finish()))
    }

    /// A power with any exponent.
    ///
    /// # Errors
    /// Zero to an exponent that is not a positive number or zero; a negative number to one that is no integer;
    /// an exponent beyond the limits.
    pub fn power(&self, exponent: &Scalar) -> Result<Scalar, FormulaError> {
        let number = exponent.as_number();
        if number.as_ref().is_some_and(Zero::is_zero) {
            return Ok(Scalar::new(Tree::num(1)));
        }
        let integer = number.as_ref().is_some_and(BigRational::is_integer);
        let base = if integer { self.as_number() } else { self.constant()? };
        if let Some(base) = &base {
            let positive = number.as_ref().is_some_and(Signed::is_positive);
            if base.is_zero() && !positive || base.is_negative() && !integer {
                return Err(FormulaError::Undefined);
            }
        }
        if let Some(number) = number {
            let bits = base.as_ref().map_or(1, |base| base.numer().bits() + base.denom().bits());
            if size(&number) > MAX_EXPONENT || bits.saturating_mul(size(&number)) > MAX_BITS {
                return Err(FormulaError::TooLarge);
            }
        }
        let power = |base: &Tree, exponent: &Tree| Scalar::new(base.pow(exponent));
        Ok(match base {
            // Symbolica 2.2.0 makes 5/2 of the square root of 5/4; powers of natural numbers it gets right.
            Some(base) if !base.is_integer() => {
                let [above, below] = [base.numer(), base.denom()]
                    .map(|part| Scalar::number(&BigRational::from_integer(part.clone())));
                power(&above.atom, &exponent.atom) * power(&below.atom, &(-exponent.clone()).atom)
            }
            Some(base) => power(&Scalar::number(&base).atom, &exponent.atom),
            None => power(&self.atom, &exponent.atom),
        })
    }

    /// The number that it is after multiplying out, so that nothing under a root or logarithm becomes a number
    /// without our seeing it.
    fn constant(&self) -> Result<Option<BigRational>, FormulaError> {
        if let Some(number) = self.as_number() {
            return Ok(Some(number));
        }
        if self.to_formula()?.expanded_terms() > MAX_TERMS {
            return Err(FormulaError::TooLarge);
        }
        Ok(self.expand().together().expand().as_number())
    }

    /// The number it is.
    pub fn as_number(&self) -> Option<BigRational> {
        rational(self.atom.as_view()).ok()
    }

    /// Over one denominator.
    pub fn together(&self) -> Scalar {
        Scalar::new(self.atom.together())
    }

    /// Each quotient with common factors cancelled.
    pub fn cancel(&self) -> Scalar {
        Scalar::new(self.atom.cancel())
    }

    /// As a product.
    pub fn factor(&self) -> Scalar {
        Scalar::new(self.atom.factor())
    }

    /// As it stands, in our own order.
    ///
    /// # Errors
    /// Where it has no real value.
    pub fn to_formula(&self) -> Result<Formula, FormulaError> {
        formula(self.atom.as_view())
    }

    /// The expression that a formula stands for.
    ///
    /// # Errors
    /// Where it has no real value.
    pub fn from_formula(formula: &Formula) -> Result<Scalar, FormulaError> {
        Build::plain().formula(formula)
    }

    /// Multiplied out, under functions too.
    ///
    /// # Errors
    /// Where it has no real value.
    pub fn expand_all(&self) -> Result<Scalar, FormulaError> {
        let expanded = Build { expand: true, ..Build::plain() }.formula(&self.to_formula()?)?;
        Ok(expanded.expand())
    }

    /// With a value in the place of an entry.
    ///
    /// # Errors
    /// Where it has no real value there.
    pub fn substitute(&self, entry: &Entry, value: &Scalar) -> Result<Scalar, FormulaError> {
        let leaf = |other: &Entry| if other == entry { value.clone() } else { Scalar::entry(other) };
        Build { leaf: &leaf, ..Build::plain() }.formula(&self.to_formula()?)
    }

    /// With the functions' derivatives as the rules give them.
    ///
    /// # Errors
    /// Where it has no real value; rules that need one another.
    pub fn with_rules(&self, rules: &Rules) -> Result<Scalar, FormulaError> {
        Resolve { rules, first: RefCell::default(), active: RefCell::default() }.resolve(self)
    }
}

/// `exp(2*log(u) + v)` is `u^2 * exp(v)`.
fn exponential(argument: &Scalar) -> Result<Scalar, FormulaError> {
    let formula = argument.to_formula()?;
    let (mut factors, mut rest) = (Vec::new(), Vec::new());
    for term in formula.terms() {
        match &*term.factors {
            [(Atom::Function(Function::Log, inner), one)] if one.is_one() => {
                factors.push(Scalar::from_formula(inner)?.power(&Scalar::number(&term.coefficient))?);
            }
            factors => rest.push((term.coefficient.clone(), factors.to_vec())),
        }
    }
    let exp =
        |argument: &Scalar| Scalar::new(FunctionBuilder::new(Symbol::EXP).add_arg(&argument.atom).finish());
    if factors.is_empty() {
        return Ok(exp(argument));
    }
    factors.push(exp(&Scalar::from_formula(&Formula::new(rest))?));
    Ok(Scalar::product(factors))
}

/// `log(exp(u))` is `u`, and the logarithm of a quotient of numbers a difference.
fn logarithm(argument: &Scalar) -> Result<Scalar, FormulaError> {
    let log = |argument: &Tree| FunctionBuilder::new(log_symbol()).add_arg(argument).finish();
    if let Some(number) = argument.constant()? {
        if !number.is_positive() {
            return Err(FormulaError::Undefined);
        }
        let parts = [number.numer(), number.denom()].map(|part| match part.is_one() {
            true => Scalar::sum([]),
            false => Scalar::new(log(&Scalar::number(&BigRational::from_integer(part.clone())).atom)),
        });
        let [above, below] = parts;
        return Ok(above - below);
    }
    match argument.atom.as_view() {
        view if is_e(view) => Ok(Scalar::number(&BigRational::one())),
        AtomView::Pow(power) if is_e(power.get_base_exp().0) => {
            Ok(Scalar::new(power.get_base_exp().1.to_owned()))
        }
        _ => Ok(Scalar::new(log(&argument.atom))),
    }
}

/// Builds an expression from a formula.
struct Build<'a> {
    leaf: &'a dyn Fn(&Entry) -> Scalar,
    call: &'a dyn Fn(Function, &Scalar) -> Result<Scalar, FormulaError>,
    /// Multiply out what stands in brackets and under functions.
    expand: bool,
}

impl Build<'_> {
    fn plain() -> Build<'static> {
        Build { leaf: &Scalar::entry, call: &Scalar::call, expand: false }
    }

    fn formula(&self, formula: &Formula) -> Result<Scalar, FormulaError> {
        let mut terms = Vec::with_capacity(formula.terms().len());
        for term in formula.terms() {
            let mut factors = vec![Scalar::number(&term.coefficient)];
            for (atom, exponent) in &term.factors {
                let base = self.atom(atom)?;
                factors.push(if exponent.is_one() { base } else { base.power(&Scalar::number(exponent))? });
            }
            terms.push(Scalar::product(factors));
        }
        Ok(Scalar::sum(terms))
    }

    fn inner(&self, formula: &Formula) -> Result<Scalar, FormulaError> {
        let built = self.formula(formula)?;
        Ok(if self.expand { built.expand() } else { built })
    }

    fn atom(&self, atom: &Atom) -> Result<Scalar, FormulaError> {
        match atom {
            Atom::Pi => Ok(Scalar::pi()),
            Atom::Entry(entry) => Ok((self.leaf)(entry)),
            Atom::Function(function, argument) => (self.call)(*function, &self.inner(argument)?),
            Atom::Power(base, exponent) => self.inner(base)?.power(&self.inner(exponent)?),
            Atom::Group(inner) => self.inner(inner),
        }
    }
}

/// Puts the rules' derivatives in the place of derived functions.
struct Resolve<'a> {
    rules: &'a Rules,
    /// First derivatives that hold no derived function with a rule any more.
    first: RefCell<BTreeMap<u32, Scalar>>,
    /// Functions whose first derivative is being resolved.
    active: RefCell<BTreeSet<u32>>,
}

impl Resolve<'_> {
    fn resolve(&self, scalar: &Scalar) -> Result<Scalar, FormulaError> {
        let call = |function: Function, argument: &Scalar| match function {
            Function::Other { number, order }
                if order > 0 && self.rules.derivatives.contains_key(&number) =>
            {
                self.derived(number, order)?.substitute(&Rules::parameter(), argument)
            }
            _ => Scalar::call(function, argument),
        };
        Build { call: &call, ..Build::plain() }.formula(&scalar.to_formula()?)
    }

    /// The `order`th derivative in the parameter.
    fn derived(&self, number: u32, order: u32) -> Result<Scalar, FormulaError> {
        let mut derived = self.first(number)?;
        for _ in 1..order {
            derived = self.resolve(&derived.derivative(&Rules::parameter()))?;
        }
        Ok(derived)
    }

    fn first(&self, number: u32) -> Result<Scalar, FormulaError> {
        if let Some(known) = self.first.borrow().get(&number) {
            return Ok(known.clone());
        }
        let Some(rule) = self.rules.derivatives.get(&number) else {
            return Scalar::call(Function::Other { number, order: 1 }, &Scalar::entry(&Rules::parameter()));
        };
        if !self.active.borrow_mut().insert(number) {
            return Err(FormulaError::Cyclic);
        }
        let resolved = Scalar::from_formula(rule).and_then(|rule| self.resolve(&rule))?;
        self.active.borrow_mut().remove(&number);
        self.first.borrow_mut().insert(number, resolved.clone());
        Ok(resolved)
    }
}

type Factors = Vec<(Atom, BigRational)>;

fn formula(view: AtomView<'_>) -> Result<Formula, FormulaError> {
    let terms = match view {
        AtomView::Add(sum) => sum.iter().map(term).collect::<Result<Vec<_>, _>>()?,
        single => vec![term(single)?],
    };
    Ok(Formula::new(terms))
}

fn term(view: AtomView<'_>) -> Result<(BigRational, Factors), FormulaError> {
    let (mut coefficient, mut factors) = (BigRational::one(), Vec::new());
    match view {
        AtomView::Mul(product) => {
            for factor in product.iter() {
                multiply(&mut coefficient, &mut factors, factor)?;
            }
        }
        factor => multiply(&mut coefficient, &mut factors, factor)?,
    }
    Ok((coefficient, factors))
}

fn multiply(
    coefficient: &mut BigRational,
    factors: &mut Factors,
    factor: AtomView<'_>,
) -> Result<(), FormulaError> {
    match factor {
        AtomView::Num(_) => *coefficient *= rational(factor).map_err(|_| FormulaError::Undefined)?,
        AtomView::Pow(power) => {
            let (base, exponent) = power.get_base_exp();
            match rational(exponent) {
                _ if is_e(base) => factors.push((exp_atom(formula(exponent)?), BigRational::one())),
                Ok(exponent) => factors.push(atom(base, exponent)?),
                Err(_) => {
                    let power = Atom::Power(Box::new(formula(base)?), Box::new(formula(exponent)?));
                    factors.push((power, BigRational::one()));
                }
            }
        }
        base => factors.push(atom(base, BigRational::one())?),
    }
    Ok(())
}

fn is_e(view: AtomView<'_>) -> bool {
    matches!(view, AtomView::Var(variable) if variable.get_symbol() == Symbol::E)
}

/// Symbolica writes it as a power.
fn exp_atom(exponent: Formula) -> Atom {
    Atom::Function(Function::Exp, Box::new(exponent))
}

/// One factor with its exponent, which for a secant changes its sign.
fn atom(view: AtomView<'_>, exponent: BigRational) -> Result<(Atom, BigRational), FormulaError> {
    let atom = match view {
        AtomView::Var(variable) if variable.get_symbol() == Symbol::PI => Atom::Pi,
        _ if is_e(view) => exp_atom(Formula::number(BigRational::one())),
        AtomView::Num(_) | AtomView::Add(_) | AtomView::Mul(_) | AtomView::Pow(_) => {
            Atom::Group(Box::new(formula(view)?))
        }
        AtomView::Fun(function) => {
            let symbol = function.get_symbol();
            let arguments: Vec<AtomView<'_>> = function.iter().collect();
            let of = |function: Function, argument: AtomView<'_>| -> Result<Atom, FormulaError> {
                Ok(Atom::Function(function, Box::new(formula(argument)?)))
            };
            match *arguments {
                [argument] if symbol == secant() => return Ok((of(Function::Cos, argument)?, -exponent)),
                [argument] if let Some(known) = function_of(symbol) => of(known, argument)?,
                [order, AtomView::Var(of_what), argument] if symbol == Symbol::DERIVATIVE => {
                    let order = rational(order).ok().and_then(|order| order.numer().to_u32());
                    let number = function_number(of_what.get_symbol());
                    let (Some(order), Some(number)) = (order, number) else {
                        return Err(FormulaError::Undefined);
                    };
                    of(Function::Other { number, order }, argument)?
                }
                _ => named(view)?,
            }
        }
        AtomView::Var(_) => named(view)?,
    };
    Ok((atom, exponent))
}

fn named(view: AtomView<'_>) -> Result<Atom, FormulaError> {
    entry(view).map(Atom::Entry).map_err(|_| FormulaError::Undefined)
}

fn function_of(symbol: Symbol) -> Option<Function> {
    let known = [
        (log_symbol(), Function::Log),
        (Symbol::LOG, Function::Log),
        (Symbol::SIN, Function::Sin),
        (Symbol::COS, Function::Cos),
        (tangent(), Function::Tan),
    ];
    let known = known.into_iter().find(|(one, _)| *one == symbol).map(|(_, function)| function);
    known.or_else(|| function_number(symbol).map(|number| Function::Other { number, order: 0 }))
}
