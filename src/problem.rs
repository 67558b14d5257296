//! A checked problem: what the file declares, defines and asks, with every shape known.

use indexmap::IndexMap;

use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Condition, Expr, Name, Property};

/// The result of `check`: names resolved, shapes inferred, goals well-formed.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Variables and definitions in the order of the file; a definition uses earlier ones only.
    pub quantities: IndexMap<Name, Quantity>,
    /// Names of dimensions, in order of first appearance.
    pub dimensions: IndexMap<Name, Span>,
    /// Unknown scalar functions (`loss` among them unless the file takes the name for itself).
    pub unknown: Vec<Name>,
    /// From `size` statements, in order.
    pub sizes: IndexMap<Name, usize>,
    pub assumptions: Vec<Condition>,
    pub goals: Vec<Goal>,
    /// Definitions that the engine introduced (arguments of unknown functions), in order.
    pub introduced: Vec<Name>,
}

/// A declared variable or a definition.
#[derive(Clone, Debug)]
pub struct Quantity {
    pub name: Name,
    pub shape: Shape,
    pub properties: Vec<Property>,
    /// `None` for a declared variable.
    pub definition: Option<Expr>,
    pub span: Span,
}

/// One derivative asked for, as it was written.
#[derive(Clone, Debug)]
pub struct Goal {
    pub expr: Expr,
    /// The scalar, vector or matrix that is differentiated (a name or any expression).
    pub numerator: Expr,
    /// The quantity differentiated by.
    pub by: Name,
    pub span: Span,
}

impl Problem {
    /// The size of a dimension at the file's sizes.
    pub fn dim_value(&self, dim: &Dim) -> Option<usize> {
        dim.value(|name| self.sizes.get(name).copied())
    }

    pub fn is_unknown_function(&self, name: &str) -> bool {
        self.unknown.iter().any(|known| &**known == name)
    }
}
