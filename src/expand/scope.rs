//! What names mean where an expression stands.

use std::collections::BTreeMap;

use crate::index::{Form, Index};
use crate::shape::Dim;
use crate::syntax::ast::Name;

/// Meanings besides the problem's.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Letters bound around the expression or free in its chain.
    pub letters: BTreeMap<Name, Index>,
    /// An operation's parameters.
    pub parameters: BTreeMap<Name, Form>,
    /// An operation's own names of dimensions.
    pub dimensions: BTreeMap<Name, Dim>,
    /// Inside an operation's definition: an expression there means nothing outside.
    pub inside: bool,
}

impl Scope {
    pub fn letters(letters: BTreeMap<Name, Index>) -> Scope {
        Scope { letters, ..Scope::default() }
    }

    /// Whether an expression that stands here means the same anywhere in the file.
    pub fn is_file(&self) -> bool {
        !self.inside && self.letters.is_empty()
    }
}
