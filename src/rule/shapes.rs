//! The shapes of a rule's two sides, for any sizes.

use num_traits::Zero;

use super::Rule;
use crate::diagnostic::{self, Diagnostic};
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

/// Functions that a right side may call.
pub const FUNCTIONS: [&str; 7] = ["tr", "sum", "rowsum", "colsum", "diag", "diagvec", "ones"];

/// Why the sides of a rule do not belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum Misfit {
    Sides { left: Shape, right: Shape },
    Clash,
    Unknown(Name),
    Operator,
}

impl Misfit {
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        match self {
            Misfit::Sides { left, right } => diagnostic::rule_shapes(span, left, right),
            Misfit::Clash => diagnostic::rule_clash(span),
            Misfit::Unknown(name) => diagnostic::rule_unknown(span, name, &FUNCTIONS),
            Misfit::Operator => diagnostic::rule_operator(span),
        }
    }
}

impl Rule {
    /// The range of a letter: `K` for the letter `k`.
    pub fn range(letter: &Name) -> Dim {
        Dim::name(letter.to_uppercase().into())
    }

    /// The shape of a thing with these letters as its indices.
    pub fn shape(letters: &[Name]) -> Shape {
        let axis = |at: usize| letters.get(at).map_or_else(Dim::one, Rule::range);
        Shape::new(axis(0), axis(1))
    }

    /// Whether both sides have one shape, whatever the ranges of the letters are.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self) -> Result<(), Misfit> {
        let (left, right) = (Rule::shape(&self.free), self.right_shape(&self.right)?);
        if left == right { Ok(()) } else { Err(Misfit::Sides { left, right }) }
    }

    fn right_shape(&self, expr: &Expr) -> Result<Shape, Misfit> {
        let ensure = |fits: bool, shape: Shape| if fits { Ok(shape) } else { Err(Misfit::Clash) };
        let column = |rows: Dim| Shape::new(rows, Dim::one());
        match &expr.kind {
            ExprKind::Name(name) => {
                let found = self.factors.iter().find(|(known, _)| known == name);
                found.map(|(_, letters)| Rule::shape(letters)).ok_or_else(|| Misfit::Unknown(name.clone()))
            }
            ExprKind::Number(_) => Ok(Shape::scalar()),
            ExprKind::Negate(inner) => self.right_shape(inner),
            ExprKind::Transpose(inner) => Ok(self.right_shape(inner)?.transpose()),
            ExprKind::Product { first, rest } => {
                let mut shape = self.right_shape(first)?;
                for (op, factor) in rest {
                    if let (ProductOp::Divide, ExprKind::Number(number)) = (op, &factor.kind)
                        && !number.is_zero()
                    {
                        continue;
                    }
                    let factor = self.right_shape(factor)?;
                    shape = match op {
                        ProductOp::Times if shape.is_scalar() => factor,
                        ProductOp::Times if factor.is_scalar() => shape,
                        ProductOp::Times => {
                            ensure(shape.columns == factor.rows, Shape::new(shape.rows, factor.columns))?
                        }
                        ProductOp::Hadamard => ensure(shape == factor, factor)?,
                        _ => return Err(Misfit::Operator),
                    };
                }
                Ok(shape)
            }
            ExprKind::Call { function, primes: 0, arguments } => {
                let [argument] = arguments.as_slice() else { return Err(Misfit::Operator) };
                let name = &function.name;
                if &**name == "ones" {
                    let ExprKind::Name(dim) = &argument.kind else { return Err(Misfit::Operator) };
                    let letters = self.factors.iter().flat_map(|(_, letters)| letters);
                    let mut ranges = letters.map(Rule::range);
                    let range = ranges.find(|range| range.as_name() == Some(dim));
                    return range.map(column).ok_or_else(|| Misfit::Unknown(dim.clone()));
                }
                let inner = self.right_shape(argument)?;
                match &**name {
                    "tr" => ensure(inner.rows == inner.columns, Shape::scalar()),
                    "sum" => Ok(Shape::scalar()),
                    "rowsum" => Ok(column(inner.rows)),
                    "colsum" => Ok(column(inner.columns)),
                    "diag" => ensure(inner.columns.is_one(), Shape::new(inner.rows.clone(), inner.rows)),
                    "diagvec" => ensure(inner.rows == inner.columns, column(inner.rows)),
                    _ => Err(Misfit::Unknown(name.clone())),
                }
            }
            _ => Err(Misfit::Operator),
        }
    }
}
