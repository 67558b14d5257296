//! Degrees: how often a false equality can look true at a random point.
//!
//! Every value is a quotient of two polynomials in what was drawn, coefficients of unknown functions
//! included. Two different quotients agree at a random point with probability at most the degree of their
//! cleared difference over the size of the field (Schwartz–Zippel).

use std::collections::HashMap;

use super::dense::ELEMENTS;
use super::letters::children;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Property};

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

    fn inverse(self) -> Degree {
        Degree { above: self.below, below: self.above }
    }

    /// Either of the two, as cells of one array are.
    fn or(self, other: Degree) -> Degree {
        Degree { above: self.above.max(other.above), below: self.below.max(other.below) }
    }

    /// A sum of as many such terms as an axis can have.
    fn summed(self) -> Degree {
        if self.below == 0 {
            return self;
        }
        let terms = ELEMENTS as u64;
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
    /// The most rows of an orthogonal variable.
    orthogonal: usize,
    names: HashMap<Name, Degree>,
}

impl<'a> Degrees<'a> {
    pub fn new(problem: &'a Problem, introduced: &'a [(Name, Expr)], orthogonal: usize) -> Degrees<'a> {
        Degrees { problem, introduced, orthogonal, names: HashMap::new() }
    }

    /// Of an expression that was evaluated before, which bounds its depth.
    pub fn of(&mut self, expr: &Expr) -> Degree {
        match &expr.kind {
            ExprKind::Number(_) => Degree::default(),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Index { base, .. } => self.of(base),
            ExprKind::Transpose(inner) | ExprKind::Negate(inner) => self.of(inner),
            ExprKind::Power { base, exponent, .. } => {
                let base = self.of(base).summed();
                let times = match &exponent.kind {
                    ExprKind::Number(number) => number.to_integer().try_into().unwrap_or(u64::MAX),
                    _ => u64::MAX,
                };
                Degree { above: base.above.saturating_mul(times), below: base.below.saturating_mul(times) }
            }
            ExprKind::Product { first, rest } => {
                let mut result = self.of(first);
                for (op, factor) in rest {
                    let factor = self.of(factor);
                    result = match op {
                        ProductOp::Divide | ProductOp::HadamardDivide => result.times(factor.inverse()),
                        ProductOp::Times => result.times(factor).summed(),
                        ProductOp::Space | ProductOp::Hadamard => result.times(factor),
                    };
                }
                result
            }
            ExprKind::Sum(terms) => {
                terms.iter().fold(Degree::default(), |sum, (_, term)| sum.plus(self.of(term)))
            }
            ExprKind::BigSum { binders, body } => binders.iter().fold(self.of(body), |sum, _| sum.summed()),
            ExprKind::Call { function, arguments, .. } => {
                let mut arguments_or = Degree::default();
                for argument in arguments {
                    arguments_or = arguments_or.or(self.of(argument));
                }
                let sum = arguments_or.summed();
                if !self.problem.is_unknown_function(&function.name) {
                    return sum;
                }
                // A cubic whose coefficients are drawn too; several arguments are summed.
                let sum = if arguments.len() > 1 { sum.summed() } else { sum };
                Degree {
                    above: sum.above.saturating_mul(3).saturating_add(3),
                    below: sum.below.saturating_mul(3),
                }
            }
            ExprKind::Matrix(_) | ExprKind::Table(_) => {
                let mut result = Degree::default();
                children(expr, &mut |cell| result = result.or(self.of(cell)));
                result
            }
            ExprKind::Derivative(derivative) => {
                // (p/q)' = (p' q - p q')/q²
                let value = self.of(&derivative.numerator);
                Degree {
                    above: value.above.saturating_add(value.below),
                    below: value.below.saturating_mul(2),
                }
            }
            ExprKind::Contraction { left, right } => self.of(left).times(self.of(right)).summed(),
        }
    }

    fn name(&mut self, name: &Name) -> Degree {
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
            Some(definition) => self.of(definition),
            // A drawn value; letters and dimensions have degree 0, 1 is not too small for them.
            None if orthogonal => {
                // A product of reflections: degree two above and below for each. All entries share one
                // denominator, so that a polynomial in them, cleared, has the degree of its numerator.
                Degree { above: 2 * self.orthogonal as u64, below: 0 }
            }
            None => Degree { above: 1, below: 0 },
        };
        self.names.insert(name.clone(), degree);
        degree
    }
}
