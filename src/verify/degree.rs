//! Degrees: how often a false equality can look true at a random point.
//!
//! Every value is a quotient of two polynomials in what was drawn, coefficients of unknown functions
//! included. Two different quotients agree at a random point with probability at most the degree of their
//! cleared difference over the size of the field (Schwartz–Zippel).

use rustc_hash::FxHashMap;

use super::letters::children;
use super::power::EXPONENT;
use crate::problem::{Body, Problem};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Property};

/// Larger whole exponents are not evaluated.
const WHOLE: u64 = EXPONENT.unsigned_abs();

/// Rows that a matrix to be inverted is taken to have at least.
const ROWS: u64 = 64;

/// Upper bounds of the degrees above and below; saturating, so that no bound is ever too small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Degree {
    above: u64,
    below: u64,
}

impl Degree {
    fn times(self, other: Degree) -> Degree {
        Degree {
            above: self.above.saturating_add(other.above),
            below: self.below.saturating_add(other.below),
        }
    }

    fn plus(self, other: Degree) -> Degree {
        Degree { above: self.difference(other), below: self.below.saturating_add(other.below) }
    }

    /// Above every bound: such a comparison decides nothing.
    const UNKNOWN: Degree = Degree { above: u64::MAX, below: u64::MAX };

    /// Of a quotient of two determinants of such entries, which an entry of an inverse is, among at most so many. Each is
    /// a sum of products over the product of all denominators.
    fn determinants(self, entries: u64) -> Degree {
        let n = ROWS.max(entries.isqrt());
        let above = if self.below == 0 {
            self.above.saturating_mul(n)
        } else {
            self.above.saturating_add(self.below).saturating_mul(n.saturating_mul(n))
        };
        Degree { above: above.saturating_mul(2), below: above.saturating_mul(2) }
    }

    fn power(self, times: u64) -> Degree {
        Degree { above: self.above.saturating_mul(times), below: self.below.saturating_mul(times) }
    }

    /// (p/q)' = (p' q - p q')/q²
    fn derived(self) -> Degree {
        Degree { above: self.above.saturating_add(self.below), below: self.below.saturating_mul(2) }
    }

    fn inverse(self) -> Degree {
        Degree { above: self.below, below: self.above }
    }

    /// Either of the two, as cells of one array are.
    fn or(self, other: Degree) -> Degree {
        Degree { above: self.above.max(other.above), below: self.below.max(other.below) }
    }

    /// A sum of so many such terms, with the product of all denominators as its own.
    fn summed(self, terms: u64) -> Degree {
        if self.below == 0 {
            return self;
        }
        Degree {
            above: self.above.saturating_add(self.below.saturating_mul(terms)),
            below: self.below.saturating_mul(terms),
        }
    }

    /// Of the numerator of `self - other`.
    pub fn difference(self, other: Degree) -> u64 {
        let left = self.above.saturating_add(other.below);
        left.max(other.above.saturating_add(self.below))
    }
}

/// Degrees of the expressions of one problem.
pub struct Degrees<'a> {
    problem: &'a Problem,
    introduced: &'a [(Name, Expr)],
    /// No sum has more terms.
    terms: u64,
    /// Of unknown functions.
    unknown: u64,
    names: FxHashMap<Name, Degree>,
    /// Parameters of the operations and functions whose bodies are followed, innermost last.
    frames: Vec<FxHashMap<Name, Degree>>,
}

impl<'a> Degrees<'a> {
    /// `terms` is the number of entries of the largest array that was evaluated, or the longest range; `above` the degree
    /// of unknown functions above 3.
    pub fn new(
        problem: &'a Problem,
        introduced: &'a [(Name, Expr)],
        terms: usize,
        above: u32,
    ) -> Degrees<'a> {
        let mut degrees = Degrees {
            problem,
            introduced,
            terms: terms.max(2) as u64,
            unknown: 3 + u64::from(above),
            names: FxHashMap::default(),
            frames: Vec::new(),
        };
        // In their order: a long chain of definitions does not nest.
        for name in problem.quantities.keys().chain(introduced.iter().map(|(name, _)| name)) {
            degrees.name(name);
        }
        degrees
    }

    /// Of an expression that was evaluated before, which bounds its depth.
    pub fn of(&mut self, expr: &Expr) -> Degree {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Tuple(_) => Degree::default(),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Index { base, .. } => self.of(base),
            ExprKind::Transpose(inner) | ExprKind::Negate(inner) => self.of(inner),
            ExprKind::Power { base, exponent, entrywise } => {
                let base = self.of(base).summed(self.terms);
                let number = |expr: &Expr| match &expr.kind {
                    ExprKind::Number(number) => Some(number.to_integer().try_into().unwrap_or(u64::MAX)),
                    _ => None,
                };
                let below = match entrywise {
                    true => base.inverse(),
                    false => base.determinants(self.terms),
                };
                match (&exponent.kind, number(exponent)) {
                    (_, Some(times)) => base.power(times),
                    (ExprKind::Negate(inner), _) => match number(inner) {
                        Some(times) => below.power(times),
                        None => base.power(WHOLE).or(below.power(WHOLE)),
                    },
                    _ => base.power(WHOLE).or(below.power(WHOLE)),
                }
            }
            ExprKind::Product { first, rest } => {
                let mut result = self.of(first);
                for (op, factor) in rest {
                    let factor = self.of(factor);
                    result = match op {
                        ProductOp::Divide | ProductOp::HadamardDivide => result.times(factor.inverse()),
                        ProductOp::Times => result.times(factor).summed(self.terms),
                        ProductOp::Space | ProductOp::Hadamard => result.times(factor),
                    };
                }
                result
            }
            ExprKind::Sum(terms) => {
                terms.iter().fold(Degree::default(), |sum, (_, term)| sum.plus(self.of(term)))
            }
            ExprKind::BigSum { binders, body } => {
                binders.iter().fold(self.of(body), |sum, _| sum.summed(self.terms))
            }
            ExprKind::Call { function, primes, arguments } => {
                let degree = self.call(&function.name, arguments);
                (0..*primes).fold(degree, |degree, _| degree.derived())
            }
            ExprKind::Matrix(_) | ExprKind::Table(_) => {
                let mut result = Degree::default();
                children(expr, &mut |cell| result = result.or(self.of(cell)));
                result
            }
            ExprKind::Derivative(derivative) => {
                let orders = derivative.by.iter().fold(0u32, |sum, (_, order)| sum.saturating_add(*order));
                let value = self.of(&derivative.numerator);
                (0..orders.min(64)).fold(value, |degree, _| degree.derived())
            }
            ExprKind::Contraction { left, right } => self.of(left).times(self.of(right)).summed(self.terms),
        }
    }

    fn call(&mut self, function: &Name, arguments: &[Expr]) -> Degree {
        let problem = self.problem;
        let degrees: Vec<Degree> = arguments.iter().map(|argument| self.of(argument)).collect();
        let any = degrees.iter().fold(Degree::default(), |any, degree| any.or(*degree));
        // A polynomial whose coefficients are drawn too, some to its degree.
        let unknown = self.unknown;
        let polynomial = |degree: Degree| Degree {
            above: degree.above.saturating_mul(unknown).saturating_add(unknown),
            below: degree.below.saturating_mul(unknown),
        };
        if problem.is_unknown_function(function) {
            return polynomial(any.summed(self.terms).summed(arguments.len() as u64));
        }
        if problem.entrywise.contains(function) {
            return polynomial(any);
        }
        if let Some(function) = problem.functions.get(function) {
            let frame = FxHashMap::from_iter([(function.parameter.clone(), any)]);
            return function.value.as_ref().map_or(Degree::UNKNOWN, |value| self.within(frame, value));
        }
        if let Some(operation) = problem.operation(function, arguments.len()) {
            let mut frame = FxHashMap::default();
            for (parameter, degree) in operation.parameters.iter().zip(degrees) {
                let dims = parameter.shape.iter().flat_map(|shape| [&shape.rows, &shape.columns]);
                frame.extend(dims.flat_map(Dim::names).map(|name| (name, Degree::default())));
                let value = if parameter.shape.is_some() { degree } else { Degree::default() };
                frame.insert(parameter.name.clone(), value);
            }
            return match &operation.body {
                Body::Formula(value) => self.within(frame, value),
                Body::Derivative { .. } => self.primitive(any),
                // No rational function; nothing is evaluated exactly that has it.
                Body::Exponential(_) => Degree::UNKNOWN,
            };
        }
        any.summed(self.terms)
    }

    /// Determinant or inverse: both are quotients of sums of products of the entries, each with a denominator of its own.
    fn primitive(&self, entry: Degree) -> Degree {
        let entry = entry.summed(self.terms);
        let degree = entry.above.saturating_add(entry.below).saturating_mul(self.terms);
        Degree { above: degree, below: degree }
    }

    fn within(&mut self, frame: FxHashMap<Name, Degree>, body: &Expr) -> Degree {
        // Far deeper than what was evaluated can be.
        if self.frames.len() > 256 {
            return Degree::UNKNOWN;
        }
        self.frames.push(frame);
        let degree = self.of(body);
        self.frames.pop();
        degree
    }

    fn name(&mut self, name: &Name) -> Degree {
        if let Some(&parameter) = self.frames.last().and_then(|frame| frame.get(name)) {
            return parameter;
        }
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let (problem, introduced) = (self.problem, self.introduced);
        let definition = match problem.quantities.get(name) {
            Some(quantity) => quantity.definition.as_ref(),
            None => introduced.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        };
        let orthogonal = problem
            .quantities
            .get(name)
            .is_some_and(|quantity| quantity.properties.contains(&Property::Orthogonal));
        let degree = match definition {
            Some(definition) => {
                let frames = std::mem::take(&mut self.frames);
                let degree = self.of(definition);
                self.frames = frames;
                degree
            }
            // A product of reflections: degree two above and below for each, no more of them than rows. All
            // entries share one denominator, so that a polynomial in them, cleared, has the degree of its
            // numerator.
            None if orthogonal => Degree { above: self.terms.saturating_mul(2), below: 0 },
            // A drawn value; letters and dimensions are numbers.
            None => Degree { above: u64::from(problem.quantities.contains_key(name)), below: 0 },
        };
        self.names.insert(name.clone(), degree);
        degree
    }
}
