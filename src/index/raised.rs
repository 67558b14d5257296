//! Families of powers of one quantity, with exponents that are polynomials over whole numbers and, of what is positive, over any
//! scalars, and multiples under the exponential of a matrix, which are powers of the exponential.

use super::{Quantities, QuantityId};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

/// One member of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    pub kind: Kind,
    pub argument: QuantityId,
    pub exponent: Dim,
    /// The exponent runs with one more index of the entry.
    pub running: Option<Running>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `A^k` of a square matrix.
    Matrix,
    /// `x.^k` of every entry, also of a scalar.
    Entries,
    /// `expm(k*A)`, by the name of its operation.
    Exponential(Name),
}

/// `step` times the index is added to the exponent. An index of range 1 runs from 0 to 1 instead, and its sum is an integral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub step: Dim,
    pub range: Dim,
}

impl Raised {
    /// How it is written: `argument` is how its argument is, and whether that is a scalar, `letter` the index that it runs with.
    pub fn expr(&self, (argument, scalar): (&Expr, bool), letter: &Expr, quantities: &Quantities) -> Expr {
        let exponent = match &self.running {
            None => opened(&self.exponent.to_expr(), quantities),
            Some(running) => {
                let step = match running.step.as_number() {
                    Some(1) => letter.clone(),
                    Some(-1) => Expr::negate(letter.clone()),
                    _ => Expr::product(running.step.to_expr(), ProductOp::Times, letter.clone()),
                };
                match (self.exponent.as_number(), &step.kind) {
                    (Some(0), _) => step,
                    // `k - r`, and `r - 1`.
                    (None, _) | (_, ExprKind::Negate(_)) => Expr::sum([self.exponent.to_expr(), step]),
                    _ => Expr::sum([step, self.exponent.to_expr()]),
                }
            }
        };
        match &self.kind {
            Kind::Exponential(operation) => {
                let multiple = match self.exponent.as_number() {
                    Some(1) if self.running.is_none() => argument.clone(),
                    Some(-1) if self.running.is_none() => Expr::negate(argument.clone()),
                    _ => Expr::product(exponent, ProductOp::Times, argument.clone()),
                };
                Expr::call(operation, vec![multiple])
            }
            kind => {
                let (base, exponent) = (Box::new(argument.clone()), Box::new(exponent));
                ExprKind::Power { base, exponent, entrywise: *kind == Kind::Entries && !scalar }.into()
            }
        }
    }

    /// The letter of a member that stands for all values of its index: a name that no file can write.
    pub fn placeholder(&self) -> Expr {
        let range = self.running.as_ref().map(|running| running.range.to_string());
        Expr::name(Name::from(format!("·{}", range.unwrap_or_default())))
    }
}

/// What a quantity is called in an exponent that is a polynomial in it: a name that no file can write.
pub fn exponent_name(id: QuantityId) -> Name {
    format!("^{}", id.0).into()
}

/// The quantity behind such a name.
pub fn exponent_quantity(name: &Name) -> Option<QuantityId> {
    name.strip_prefix('^')?.parse().ok().map(QuantityId)
}

/// With such names as their quantities are written.
fn opened(exponent: &Expr, quantities: &Quantities) -> Expr {
    match &exponent.kind {
        ExprKind::Name(name) => match exponent_quantity(name) {
            Some(id) => quantities.get(id).expr.clone(),
            None => exponent.clone(),
        },
        _ => exponent.map_children(&|child| opened(child, quantities)),
    }
}
