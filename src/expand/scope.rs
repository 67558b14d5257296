//! What names mean where an expression stands.

use std::collections::BTreeMap;

use crate::index::{Form, Index};
use crate::shape::Dim;
use crate::syntax::ast::Name;

/// Meanings besides the problem's.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Letters bound around the expression or free in its chain, each with its indices: several over a product axis, none
    /// over a literal 1.
    pub letters: BTreeMap<Name, Vec<Index>>,
    /// An operation's parameters.
    pub parameters: BTreeMap<Name, Form>,
    /// An operation's own names of dimensions.
    pub dimensions: BTreeMap<Name, Dim>,
    /// What those are products of where their axes are lists of indices.
    pub products: BTreeMap<Name, Vec<Dim>>,
    /// Inside an operation's definition: an expression there means nothing outside.
    pub inside: bool,
    /// What derivatives further out are taken by.
    pub differentiated: Vec<Name>,
}

impl Scope {
    pub fn letters(letters: BTreeMap<Name, Index>) -> Scope {
        let list = |index: Index| if index.dim.is_one() { Vec::new() } else { vec![index] };
        let letters = letters.into_iter().map(|(name, index)| (name, list(index))).collect();
        Scope { letters, ..Scope::default() }
    }

    /// Whether an expression that stands here means the same anywhere in the file.
    pub fn is_file(&self) -> bool {
        !self.inside && self.letters.is_empty()
    }
}
