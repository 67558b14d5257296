//! Scalar expressions in entries, as Symbolica holds them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use symbolica::atom::{Atom, AtomCore, AtomView, FunctionBuilder, Indeterminate, Symbol};
use symbolica::coefficient::CoefficientView;
use symbolica::domains::integer::Integer;
use symbolica::domains::rational::Rational;
use symbolica::symbol;

use super::polynomial::{Entry, Monomial, Polynomial};
use super::session;
use crate::diagnostic;

/// A scalar expression in entries and exact numbers.
///
/// It lives inside [`session::run`] only: it cannot be sent to another thread, so a job takes and
/// returns [`Polynomial`]s. It has no printed form, because Symbolica's order of terms depends on
/// what the process did before.
#[derive(Clone)]
pub struct Scalar {
    pub(super) atom: Atom,
    on_session_thread: PhantomData<*const ()>,
}

/// The expression holds a quotient or a function: it is no polynomial in entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPolynomial;

impl fmt::Display for NotPolynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&diagnostic::not_polynomial().message)
    }
}

impl std::error::Error for NotPolynomial {}

/// The symbols of quantities and functions, both ways. Symbolica sees numbers, never the names of users.
#[derive(Default)]
struct Symbols {
    of_quantity: HashMap<u32, Symbol>,
    quantity: HashMap<Symbol, u32>,
    of_function: HashMap<u32, Symbol>,
    function: HashMap<Symbol, u32>,
}

impl Symbols {
    fn get(&mut self, quantity: u32) -> Symbol {
        *self.of_quantity.entry(quantity).or_insert_with(|| {
            let symbol = symbol!(format!("entrywise::q{quantity}"));
            self.quantity.insert(symbol, quantity);
            symbol
        })
    }

    fn function(&mut self, number: u32) -> Symbol {
        *self.of_function.entry(number).or_insert_with(|| {
            let symbol = symbol!(format!("entrywise::f{number}"));
            self.function.insert(symbol, number);
            symbol
        })
    }
}

/// The symbol of a function that Symbolica knows by number only.
pub(super) fn function_symbol(number: u32) -> Symbol {
    on_session_thread();
    SYMBOLS.with_borrow_mut(|symbols| symbols.function(number))
}

pub(super) fn function_number(symbol: Symbol) -> Option<u32> {
    SYMBOLS.with_borrow(|symbols| symbols.function.get(&symbol).copied())
}

/// The logarithm is a symbol of our own: of `exp(sin(log(u)))`, of `exp` of anything else in which its `log`
/// stands under something, Symbolica 2.2.0 makes 0.
pub(super) fn log_symbol() -> Symbol {
    symbol!("entrywise::log")
}

/// What a derivative holds of logarithms: the derivatives of ours are quotients, Symbolica's become ours.
fn own_logarithms(derived: &Atom) -> Atom {
    if !derived.contains_symbol(log_symbol()) && !derived.contains_symbol(Symbol::LOG) {
        return derived.clone();
    }
    let any = Atom::var(symbol!("entrywise::any_"));
    let call = |symbol: Symbol| FunctionBuilder::new(symbol).add_arg(&any).finish();
    let derivative = FunctionBuilder::new(Symbol::DERIVATIVE).add_arg(1).add_arg(Atom::var(log_symbol()));
    let quotient = any.pow(Atom::num(-1));
    let quotients = derived.replace(derivative.add_arg(&any).finish()).with(quotient);
    quotients.replace(call(Symbol::LOG)).with(call(log_symbol()))
}

/// The entry that a symbol or a function stands for.
pub(super) fn entry(view: AtomView<'_>) -> Result<Entry, NotPolynomial> {
    SYMBOLS.with_borrow(|symbols| entry_of(symbols, view))
}

thread_local! {
    static SYMBOLS: RefCell<Symbols> = RefCell::default();
}

/// Every expression starts here. On another thread Symbolica would abort the whole process, so a
/// panic, which tests and callers can handle, comes first.
pub(super) fn on_session_thread() {
    assert!(session::is_current(), "a scalar was made outside of the algebra session");
}

fn entry_atom(entry: &Entry) -> Atom {
    on_session_thread();
    let symbol = SYMBOLS.with_borrow_mut(|symbols| symbols.get(entry.quantity));
    if entry.indices.is_empty() {
        return Atom::var(symbol);
    }
    let mut function = FunctionBuilder::new(symbol);
    for &index in &entry.indices {
        function = function.add_arg(Atom::num(i64::from(index)));
    }
    function.finish()
}

impl Scalar {
    pub(super) fn new(atom: Atom) -> Self {
        Self { atom, on_session_thread: PhantomData }
    }

    /// An exact number of any size.
    pub fn number(value: &BigRational) -> Self {
        on_session_thread();
        let numerator = to_integer(value.numer());
        let denominator = to_integer(value.denom());
        Self::new(Atom::num(Rational::from((numerator, denominator))))
    }

    /// An entry; a quantity without indices is its own only entry.
    pub fn entry(entry: &Entry) -> Self {
        Self::new(entry_atom(entry))
    }

    /// The sum of all; zero if there are none.
    pub fn sum(terms: impl IntoIterator<Item = Self>) -> Self {
        on_session_thread();
        let atoms: Vec<Atom> = terms.into_iter().map(|term| term.atom).collect();
        Self::new(Atom::add_many(&atoms))
    }

    /// The product of all; one if there are none.
    pub fn product(factors: impl IntoIterator<Item = Self>) -> Self {
        on_session_thread();
        let atoms: Vec<Atom> = factors.into_iter().map(|factor| factor.atom).collect();
        Self::new(Atom::mul_many(&atoms))
    }

    /// A power; the zeroth is one, that of zero too.
    pub fn pow(&self, exponent: u32) -> Self {
        if exponent == 0 {
            return Self::new(Atom::num(1));
        }
        Self::new(self.atom.pow(Atom::num(i64::from(exponent))))
    }

    /// Multiplied out, with like terms collected.
    pub fn expand(&self) -> Self {
        Self::new(self.atom.expand())
    }

    /// The partial derivative. Entries with other indices are other variables.
    pub fn derivative(&self, entry: &Entry) -> Self {
        let atom = entry_atom(entry);
        match Indeterminate::try_from(atom) {
            Ok(variable) => Self::new(own_logarithms(&self.atom.derivative(variable))),
            // `entry_atom` builds a symbol or a function, and both are indeterminates.
            Err(_) => unreachable!("an entry is an indeterminate"),
        }
    }

    /// Whether the expanded form is literally zero: certain for polynomials in entries.
    pub fn is_zero(&self) -> bool {
        self.atom.expand().is_zero()
    }

    /// The expanded form, with monomials and factors in the order of their entries.
    pub fn to_polynomial(&self) -> Result<Polynomial, NotPolynomial> {
        let expanded = self.atom.expand();
        let mut monomials = Vec::new();
        SYMBOLS.with_borrow(|symbols| match expanded.as_view() {
            AtomView::Add(sum) => {
                for term in sum.iter() {
                    monomials.push(monomial(symbols, term)?);
                }
                Ok(())
            }
            term => {
                monomials.push(monomial(symbols, term)?);
                Ok(())
            }
        })?;
        monomials.retain(|monomial| !monomial.coefficient.is_zero());
        monomials.sort_by(|a, b| a.factors.cmp(&b.factors));
        Ok(Polynomial { monomials })
    }

    /// The expression that a polynomial stands for.
    pub fn from_polynomial(polynomial: &Polynomial) -> Self {
        Self::sum(polynomial.monomials.iter().map(|monomial| {
            let coefficient = Self::number(&monomial.coefficient);
            let powers = monomial.factors.iter().map(|(entry, exponent)| Self::entry(entry).pow(*exponent));
            Self::product(std::iter::once(coefficient).chain(powers))
        }))
    }
}

impl std::ops::Add for Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.atom + other.atom)
    }
}

impl std::ops::Sub for Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.atom - other.atom)
    }
}

impl std::ops::Mul for Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.atom * other.atom)
    }
}

impl std::ops::Neg for Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.atom)
    }
}

fn monomial(symbols: &Symbols, term: AtomView<'_>) -> Result<Monomial, NotPolynomial> {
    let mut result = Monomial { coefficient: BigRational::one(), factors: Vec::new() };
    match term {
        AtomView::Mul(product) => {
            for factor in product.iter() {
                multiply(symbols, &mut result, factor)?;
            }
        }
        factor => multiply(symbols, &mut result, factor)?,
    }
    result.factors.sort();
    Ok(result)
}

fn multiply(symbols: &Symbols, monomial: &mut Monomial, factor: AtomView<'_>) -> Result<(), NotPolynomial> {
    match factor {
        AtomView::Num(_) => monomial.coefficient *= rational(factor)?,
        AtomView::Pow(power) => {
            let (base, exponent) = power.get_base_exp();
            let exponent = rational(exponent)?;
            if !exponent.is_integer() {
                return Err(NotPolynomial);
            }
            let exponent = exponent.numer().to_u32().ok_or(NotPolynomial)?;
            monomial.factors.push((entry_of(symbols, base)?, exponent));
        }
        base => monomial.factors.push((entry_of(symbols, base)?, 1)),
    }
    Ok(())
}

fn entry_of(symbols: &Symbols, view: AtomView<'_>) -> Result<Entry, NotPolynomial> {
    let (symbol, indices) = match view {
        AtomView::Var(variable) => (variable.get_symbol(), Vec::new()),
        AtomView::Fun(function) => {
            let mut indices = Vec::with_capacity(function.get_nargs());
            for argument in function.iter() {
                let index = rational(argument)?;
                if !index.is_integer() {
                    return Err(NotPolynomial);
                }
                indices.push(index.numer().to_u32().ok_or(NotPolynomial)?);
            }
            (function.get_symbol(), indices)
        }
        _ => return Err(NotPolynomial),
    };
    let quantity = *symbols.quantity.get(&symbol).ok_or(NotPolynomial)?;
    Ok(Entry { quantity, indices })
}

/// The exact number that an expression is.
pub(super) fn rational(view: AtomView<'_>) -> Result<BigRational, NotPolynomial> {
    if let AtomView::Num(number) = view
        && let CoefficientView::Natural(numerator, denominator, 0, _) = number.get_coeff_view()
    {
        return Ok(BigRational::new(numerator.into(), denominator.into()));
    }
    let value = Rational::try_from(view).map_err(|_| NotPolynomial)?;
    let numerator = from_integer(value.numerator_ref())?;
    let denominator = from_integer(value.denominator_ref())?;
    Ok(BigRational::new(numerator, denominator))
}

fn to_integer(value: &BigInt) -> Integer {
    match value.to_i64() {
        Some(small) => Integer::from(small),
        None => match value.to_string().parse() {
            Ok(large) => large,
            // `BigInt` writes decimal digits only, and an integer of any size is read from them.
            Err(_) => unreachable!("decimal digits are an integer"),
        },
    }
}

fn from_integer(value: &Integer) -> Result<BigInt, NotPolynomial> {
    value.to_string().parse().map_err(|_| NotPolynomial)
}
