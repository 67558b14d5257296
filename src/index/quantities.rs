//! The table of everything that has entries: variables, definitions, derivatives, values of unknown functions.

use crate::shape::{Dim, Shape};
use crate::syntax::ast::Expr;

/// The number of a quantity in its [`Quantities`]; the number alone is its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuantityId(pub u32);

#[derive(Clone, Debug)]
pub struct QuantityInfo {
    /// How the quantity is written in the language.
    pub expr: Expr,
    /// The axes that carry an index, in the order of an entry's indices.
    pub axes: Vec<Dim>,
    /// `None` for more than two axes.
    pub shape: Option<Shape>,
    /// Derivatives stand before everything else in a product.
    pub is_derivative: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Quantities {
    infos: Vec<QuantityInfo>,
}

impl Quantities {
    /// The quantity written so, entered at its first use. A linear search: a problem has few.
    pub fn intern(&mut self, info: QuantityInfo) -> QuantityId {
        let position = self.infos.iter().position(|known| known.expr == info.expr);
        let position = position.unwrap_or_else(|| {
            self.infos.push(info);
            self.infos.len() - 1
        });
        QuantityId(position as u32)
    }

    pub fn get(&self, id: QuantityId) -> &QuantityInfo {
        &self.infos[id.0 as usize]
    }

    /// All quantities with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (QuantityId, &QuantityInfo)> {
        self.infos.iter().enumerate().map(|(position, info)| (QuantityId(position as u32), info))
    }

    pub fn find(&self, expr: &Expr) -> Option<QuantityId> {
        self.infos.iter().position(|known| known.expr == *expr).map(|position| QuantityId(position as u32))
    }
}
