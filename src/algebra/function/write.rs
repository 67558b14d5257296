//! Formulas back in the language, in the order in which people write them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::FunctionError;
use super::read::{Functions, NATIVE};
use crate::algebra::formula::{Atom, Formula, Function, Term};
use crate::syntax::ast::{Expr, ExprKind, Ident, Name, ProductOp};

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
            let magnitude = self.term(term)?;
            sum.push(match (term.coefficient.is_negative(), place) {
                (false, _) => magnitude,
                (true, 0) => negated(magnitude),
                (true, _) => Expr::negate(magnitude),
            });
        }
        Ok(Expr::sum(sum))
    }

    /// The term without its sign, over one denominator.
    fn term(&self, term: &Term) -> Result<Expr, FunctionError> {
        let coefficient = term.coefficient.abs();
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (number, side) in [(coefficient.numer(), &mut above), (coefficient.denom(), &mut below)] {
            if !number.is_one() {
                side.push(integer(number));
            }
        }
        for (atom, exponent) in &term.factors {
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
