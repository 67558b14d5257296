//! Formulas of the language as expressions of Symbolica.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::{FunctionError, Known};
use crate::algebra::convert::{FormulaError, Rules};
use crate::algebra::formula::{Atom, Formula, Function, Term};
use crate::algebra::scalar::Scalar;
use crate::syntax::ast::{Expr, ExprKind, Ident, Name, ProductOp, Sign};

/// The functions that Symbolica knows itself, by their names in the language; `sqrt` is a power.
pub(super) const NATIVE: [(&str, Option<Function>); 6] = [
    ("exp", Some(Function::Exp)),
    ("log", Some(Function::Log)),
    ("sin", Some(Function::Sin)),
    ("cos", Some(Function::Cos)),
    ("tan", Some(Function::Tan)),
    ("sqrt", None),
];

/// Exponents under exponents multiply; beyond this nothing is computed.
const MAX_POWER: u64 = 10_000;
const MAX_FUNCTIONS: usize = 1_000;
const MAX_PRIMES: usize = 8;

/// The functions that formulas name, apart from Symbolica's own, numbered in the order of their names: the
/// order in which a formula is written must not decide how its derivative is.
#[derive(Default)]
pub(super) struct Functions {
    names: Vec<Name>,
    /// By number.
    rules: Vec<Option<(Name, Expr)>>,
    /// Names of [`NATIVE`] functions that mean something else here.
    taken: Vec<&'static str>,
}

impl Functions {
    /// The functions in formulas, in the derivatives of those, and so on.
    pub fn collect<'a>(
        formulas: impl IntoIterator<Item = &'a Expr>,
        known: Known<'_>,
    ) -> Result<Functions, FunctionError> {
        let taken: Vec<&str> =
            NATIVE.iter().map(|(name, _)| *name).filter(|name| known(name).is_some()).collect();
        let mut queue = Vec::new();
        for formula in formulas {
            calls(formula, &mut queue);
        }
        let mut found: BTreeMap<Name, Option<(Name, Expr)>> = BTreeMap::new();
        while let Some(name) = queue.pop() {
            let native = NATIVE.iter().any(|(native, _)| *native == &*name) && !taken.contains(&&*name);
            if native || found.contains_key(&name) {
                continue;
            }
            let rule = known(&name).filter(|(parameter, value)| !is_own_derivative(&name, parameter, value));
            if let Some((_, value)) = &rule {
                calls(value, &mut queue);
            }
            found.insert(name, rule);
            if found.len() > MAX_FUNCTIONS {
                return Err(FunctionError::Limit);
            }
        }
        let (names, rules) = found.into_iter().unzip();
        Ok(Functions { names, rules, taken })
    }

    /// The function that a name stands for. The outer `None` is a root.
    fn function(&self, name: &str) -> Option<Function> {
        match self.names.binary_search_by(|known| (**known).cmp(name)) {
            Ok(number) => {
                Some(Function::Other { number: u32::try_from(number).unwrap_or(u32::MAX), order: 0 })
            }
            Err(_) => NATIVE.iter().find(|(native, _)| *native == name).and_then(|(_, function)| *function),
        }
    }

    pub fn name(&self, number: u32) -> Option<&Name> {
        self.names.get(usize::try_from(number).ok()?)
    }

    pub fn is_taken(&self, native: &str) -> bool {
        self.taken.contains(&native)
    }

    /// Their derivatives.
    pub fn rules(&self) -> Result<Rules, FunctionError> {
        let mut rules = Rules::default();
        for (number, rule) in (0..).zip(&self.rules) {
            if let Some((parameter, value)) = rule {
                rules.derivatives.insert(number, self.read(value, parameter)?.to_formula()?);
            }
        }
        Ok(rules)
    }

    /// A formula in its parameter.
    pub fn read(&self, value: &Expr, parameter: &Name) -> Result<Scalar, FunctionError> {
        let at = Scalar::entry(&Rules::parameter());
        Reader { functions: self, parameter, at, inside: false }.expr(value, 1)
    }

    /// Whether a formula is certainly defined around a point, as it is written: Symbolica makes `sqrt(t)^2` the
    /// plain `t` and forgets where the root was defined.
    pub fn is_defined_at(&self, value: &Expr, parameter: &Name, at: &Scalar) -> bool {
        Reader { functions: self, parameter, at: at.clone(), inside: true }.expr(value, 1).is_ok()
    }
}

/// Whether the derivative of `f` is said to be `f'`: then nothing is known of it.
fn is_own_derivative(name: &Name, parameter: &Name, value: &Expr) -> bool {
    let ExprKind::Call { function, primes: 1, arguments } = &value.kind else { return false };
    function.name == *name
        && matches!(&**arguments, [Expr { kind: ExprKind::Name(one), .. }] if one == parameter)
}

/// The names of the functions called, of whatever may stand in a scalar formula.
fn calls(expr: &Expr, names: &mut Vec<Name>) {
    match &expr.kind {
        ExprKind::Call { function, arguments, .. } => {
            names.push(function.name.clone());
            arguments.iter().for_each(|argument| calls(argument, names));
        }
        ExprKind::Negate(inner) => calls(inner, names),
        ExprKind::Power { base, exponent, .. } => {
            calls(base, names);
            calls(exponent, names);
        }
        ExprKind::Product { first, rest } => {
            calls(first, names);
            rest.iter().for_each(|(_, factor)| calls(factor, names));
        }
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| calls(term, names)),
        _ => {}
    }
}

struct Reader<'a> {
    functions: &'a Functions,
    parameter: &'a Name,
    /// What stands for the parameter.
    at: Scalar,
    /// Whether a logarithm or root must be certainly inside of its domain, not on its edge.
    inside: bool,
}

impl Reader<'_> {
    /// The argument of a logarithm or the base of a power that is no whole number.
    fn check_domain(&self, argument: &Scalar) -> Result<(), FunctionError> {
        if self.inside && !is_surely_positive(&argument.to_formula()?) {
            return Err(FormulaError::Undefined.into());
        }
        Ok(())
    }

    /// `power`: the product of the exponents over it.
    fn expr(&self, expr: &Expr, power: u64) -> Result<Scalar, FunctionError> {
        match &expr.kind {
            ExprKind::Number(value) => Ok(Scalar::number(value)),
            ExprKind::Name(name) if name == self.parameter => Ok(self.at.clone()),
            ExprKind::Name(name) if &**name == "pi" => Ok(Scalar::pi()),
            ExprKind::Negate(inner) => Ok(-self.expr(inner, power)?),
            ExprKind::Power { base, exponent, .. } => {
                let exponent = self.expr(exponent, power)?;
                let over = match exponent.as_number() {
                    Some(number) => magnitude(&number).saturating_mul(power),
                    None => power,
                };
                if over > MAX_POWER {
                    return Err(FunctionError::Limit);
                }
                let base = self.expr(base, over.max(power))?;
                if !exponent.as_number().is_some_and(|number| number.is_integer()) {
                    self.check_domain(&base)?;
                }
                Ok(base.power(&exponent)?)
            }
            ExprKind::Product { first, rest } => {
                let mut factors = vec![self.expr(first, power)?];
                for (op, factor) in rest {
                    let factor = self.expr(factor, power)?;
                    factors.push(match op {
                        ProductOp::Times | ProductOp::Space | ProductOp::Hadamard => factor,
                        ProductOp::Divide | ProductOp::HadamardDivide => {
                            factor.power(&Scalar::number(&BigRational::from_integer((-1).into())))?
                        }
                    });
                }
                Ok(Scalar::product(factors))
            }
            ExprKind::Sum(terms) => {
                let mut read = Vec::with_capacity(terms.len());
                for (sign, term) in terms {
                    let term = self.expr(term, power)?;
                    read.push(if *sign == Sign::Minus { -term } else { term });
                }
                Ok(Scalar::sum(read))
            }
            ExprKind::Call { function, primes, arguments } => match &**arguments {
                [argument] => self.call(function, *primes, &self.expr(argument, power)?),
                _ => Err(FunctionError::NotScalar(expr.clone())),
            },
            _ => Err(FunctionError::NotScalar(expr.clone())),
        }
    }

    fn call(&self, function: &Ident, primes: usize, argument: &Scalar) -> Result<Scalar, FunctionError> {
        if primes > MAX_PRIMES {
            return Err(FunctionError::Limit);
        }
        let function = self.functions.function(&function.name);
        if matches!(function, None | Some(Function::Log)) {
            self.check_domain(argument)?;
        }
        match function {
            Some(Function::Other { number, .. }) => {
                let order = u32::try_from(primes).map_err(|_| FunctionError::Limit)?;
                Ok(Scalar::call(Function::Other { number, order }, argument)?)
            }
            native => {
                // The derivative functions of Symbolica's own, at the argument.
                let parameter = Rules::parameter();
                let mut value = match (primes, native) {
                    (0, Some(native)) => return Ok(Scalar::call(native, argument)?),
                    (0, None) => return Ok(argument.power(&half())?),
                    (_, Some(native)) => Scalar::call(native, &Scalar::entry(&parameter))?,
                    (_, None) => Scalar::entry(&parameter).power(&half())?,
                };
                for _ in 0..primes {
                    value = value.derivative(&parameter);
                }
                Ok(value.substitute(&parameter, argument)?)
            }
        }
    }
}

fn is_surely_positive(number: &Formula) -> bool {
    let positive = |atom: &Atom| {
        matches!(atom, Atom::Pi | Atom::Function(Function::Exp, _)) || atom.as_positive_number().is_some()
    };
    let term =
        |term: &Term| term.coefficient.is_positive() && term.factors.iter().all(|(atom, _)| positive(atom));
    !number.is_zero() && number.terms().iter().all(term)
}

fn half() -> Scalar {
    Scalar::number(&BigRational::new(1.into(), 2.into()))
}

/// The magnitude of an exponent, rounded up; that of a denominator counts too.
fn magnitude(number: &BigRational) -> u64 {
    let of = |part: &num_bigint::BigInt| part.magnitude().to_u64().unwrap_or(u64::MAX);
    of(number.numer()).max(of(number.denom()))
}
