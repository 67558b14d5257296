//! Formulas back in the language, in the order in which people write them.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::FunctionError;
use super::read::{Functions, NATIVE};
use crate::algebra::formula::{Atom, Formula, Function, Term};
use crate::syntax::ast::{Expr, ExprKind, Ident, Name, ProductOp};
use crate::syntax::print;

pub(super) struct Writer<'a> {
    pub functions: &'a Functions,
    pub parameter: &'a Name,
}

impl Writer<'_> {
    /// A sum; it begins with a term that is added, if there is one.
    pub fn formula(&self, formula: &Formula) -> Result<Expr, FunctionError> {
        let terms = formula.terms();
        let first = terms.iter().position(|term| term.coefficient.is_positive()).unwrap_or(0);
        let order = std::iter::once(first).chain((0..terms.len()).filter(|place| *place != first));
        let mut sum = Vec::with_capacity(terms.len());
        for (place, position) in order.take(terms.len()).enumerate() {
            let term = &terms[position];
            sum.push(match (term.coefficient.is_negative(), place) {
                (false, _) => self.term(term)?,
                (true, 0) => match turned(term) {
                    Some(term) => self.term(&term)?,
                    None => negated(self.term(term)?),
                },
                (true, _) => Expr::negate(self.term(term)?),
            });
        }
        Ok(Expr::sum(sum))
    }

    /// The term without its sign, over one denominator.
    fn term(&self, term: &Term) -> Result<Expr, FunctionError> {
        let (coefficient, constants) = constants(term);
        let (mut above, mut below) = (Vec::new(), Vec::new());
        if is_decimal(&coefficient) {
            above.push(ExprKind::Number(coefficient).into());
        } else {
            for (number, side) in [(coefficient.numer(), &mut above), (coefficient.denom(), &mut below)] {
                if !number.is_one() {
                    side.push(integer(number));
                }
            }
        }
        for (atom, exponent) in constants {
            let side = if exponent.is_negative() { &mut below } else { &mut above };
            side.push(self.power(&atom, &exponent.abs())?);
        }
        for (atom, exponent) in term.factors.iter().filter(|(atom, _)| !is_constant(atom)) {
            let side = if exponent.is_negative() { &mut below } else { &mut above };
            side.push(self.power(atom, &exponent.abs())?);
        }
        let numerator = Expr::products(ProductOp::Times, above);
        if below.is_empty() {
            return Ok(numerator);
        }
        Ok(Expr::product(numerator, ProductOp::Divide, Expr::products(ProductOp::Times, below)))
    }

    /// An atom to a positive exponent.
    fn power(&self, atom: &Atom, exponent: &BigRational) -> Result<Expr, FunctionError> {
        let base = self.atom(atom)?;
        if exponent.is_one() {
            return Ok(base);
        }
        if *exponent == BigRational::new(1.into(), 2.into()) && !self.functions.is_taken("sqrt") {
            return Ok(Expr::call("sqrt", vec![base]));
        }
        let exponent = Expr::rational(exponent);
        Ok(ExprKind::Power { base: Box::new(base), exponent: Box::new(exponent), entrywise: false }.into())
    }

    fn atom(&self, atom: &Atom) -> Result<Expr, FunctionError> {
        match atom {
            Atom::Pi if &**self.parameter == "pi" => Err(FunctionError::Taken(self.parameter.clone())),
            Atom::Pi => Ok(Expr::name("pi")),
            // The parameter is the only entry of a formula in one.
            Atom::Entry(_) => Ok(Expr::name(self.parameter.clone())),
            Atom::Function(function, argument) => {
                let argument = self.formula(argument)?;
                let (name, primes) = self.function(*function)?;
                let function = Ident::new(name);
                Ok(ExprKind::Call { function, primes, arguments: vec![argument] }.into())
            }
            Atom::Power(base, exponent) => {
                let (base, exponent) = (Box::new(self.formula(base)?), Box::new(self.formula(exponent)?));
                Ok(ExprKind::Power { base, exponent, entrywise: false }.into())
            }
            Atom::Group(inner) => self.formula(inner),
        }
    }

    fn function(&self, function: Function) -> Result<(Name, usize), FunctionError> {
        if let Function::Other { number, order } = function {
            let name = self.functions.name(number).cloned().unwrap_or_else(|| "f".into());
            return Ok((name, usize::try_from(order).unwrap_or(usize::MAX)));
        }
        let native = NATIVE.iter().find(|(_, native)| *native == Some(function));
        let name = native.map_or("exp", |(name, _)| name);
        if self.functions.is_taken(name) {
            return Err(FunctionError::Taken(name.into()));
        }
        Ok((name.into(), 0))
    }
}

fn is_constant(atom: &Atom) -> bool {
    *atom == Atom::Pi || atom.as_positive_number().is_some()
}

/// The magnitude of the coefficient, the numbers and `pi`, those under one root together: `sqrt(2 * pi)`, `sqrt(2 / 3)`. They are positive, so that a
/// root of their product is the product of their roots.
fn constants(term: &Term) -> (BigRational, Vec<(Atom, BigRational)>) {
    let mut coefficient = term.coefficient.abs();
    // The number under the magnitude of an exponent, and the exponent of pi there.
    let mut bases: BTreeMap<BigRational, (BigRational, i32)> = BTreeMap::new();
    for (atom, exponent) in &term.factors {
        let mut exponent = exponent.clone();
        if let Some(number) = atom.as_positive_number()
            && (BigRational::from_integer(coefficient.denom().clone()) / number).is_integer()
        {
            // `sqrt(2) / 2` is `1 / sqrt(2)`.
            coefficient *= number;
            exponent -= BigRational::one();
        }
        let base = || (BigRational::one(), 0);
        let inverse = exponent.is_negative();
        if *atom == Atom::Pi {
            bases.entry(exponent.abs()).or_insert_with(base).1 += if inverse { -1 } else { 1 };
        } else if let Some(number) = atom.as_positive_number() {
            let number = if inverse { number.recip() } else { number.clone() };
            bases.entry(exponent.abs()).or_insert_with(base).0 *= number;
        }
    }
    let power = |(exponent, (number, pi)): (BigRational, (BigRational, i32))| {
        // Nothing but one above the bar: the denominator alone.
        let below = number.numer().is_one() && (pi < 0 || pi == 0 && !number.is_integer());
        let (number, pi, exponent) =
            if below { (number.recip(), -pi, -exponent) } else { (number, pi, exponent) };
        let atom = match pi {
            1 if number.is_one() => Atom::Pi,
            _ => {
                let pi = (Atom::Pi, BigRational::from_integer(pi.into()));
                Atom::Group(Box::new(Formula::new([(number, vec![pi])])))
            }
        };
        (atom, exponent)
    };
    (coefficient, bases.into_iter().map(power).collect())
}

/// Whether a decimal is shorter than numerator, denominator and their operators.
fn is_decimal(value: &BigRational) -> bool {
    let decimal = print::expr(&ExprKind::Number(value.clone()).into());
    let part = |part: &BigInt| if part.is_one() { 0 } else { part.to_string().len() + 1 };
    !value.is_integer()
        && !decimal.contains('/')
        && decimal.len() + 1 < part(value.numer()) + part(value.denom())
}

/// The same term with the sign in one of its brackets, `a * (1 - b)` for `-a * (b - 1)`, if that leaves
/// something added there.
fn turned(term: &Term) -> Option<Term> {
    let two = BigRational::from_integer(2.into());
    let fits = |(atom, exponent): &(Atom, BigRational)| {
        let odd = exponent.is_integer() && !(exponent / &two).is_integer();
        matches!(atom, Atom::Group(inner) if odd && inner.terms().iter().any(|term| term.coefficient.is_negative()))
    };
    let place = term.factors.iter().position(fits)?;
    let mut turned = Term { coefficient: -&term.coefficient, factors: term.factors.clone() };
    let Atom::Group(inner) = &term.factors[place].0 else { return None };
    let terms = inner.terms().iter().map(|term| (-&term.coefficient, term.factors.clone()));
    turned.factors[place].0 = Atom::Group(Box::new(Formula::new(terms)));
    Some(turned)
}

fn integer(value: &BigInt) -> Expr {
    ExprKind::Number(BigRational::from_integer(value.clone())).into()
}

/// The minus of a leading product belongs to its first factor, as it is read back.
fn negated(expr: Expr) -> Expr {
    match expr.kind {
        ExprKind::Product { first, rest } => {
            ExprKind::Product { first: Box::new(Expr::negate(*first)), rest }.into()
        }
        kind => Expr::negate(kind.into()),
    }
}

/// Names, numerals and operators; brackets are free.
pub(super) fn cost(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Negate(inner) => 1 + cost(inner),
        ExprKind::Power { base, exponent, .. } => 1 + cost(base) + cost(exponent),
        ExprKind::Product { first, rest } => {
            cost(first) + rest.iter().map(|(_, factor)| 1 + cost(factor)).sum::<usize>()
        }
        ExprKind::Sum(terms) => terms.iter().map(|(_, term)| 1 + cost(term)).sum::<usize>() - 1,
        ExprKind::Call { arguments, .. } => 1 + arguments.iter().map(cost).sum::<usize>(),
        _ => 1,
    }
}
