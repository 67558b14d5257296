//! Index forms: sums of products of entries under an explicit set of bound indices.

use num_rational::BigRational;

use crate::shape::Dim;

/// An index: identified by its number, never by a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index {
    pub id: u32,
    /// Its range is `1..=dim`.
    pub dim: Dim,
}

/// A quantity of the engine: a variable, a definition or a derivative. Owned by an [`Quantities`]-like table
/// of the stage that made the form; the number alone is its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuantityId(pub u32);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// An entry; as many indices as the quantity has axes (none for a scalar).
    Entry(QuantityId, Vec<Index>),
    /// Kronecker delta.
    Delta(Index, Index),
    /// A dimension used as a number.
    Dim(Dim),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    pub base: Base,
    /// At least 1.
    pub exponent: u32,
}

/// `coefficient * sum(bound) product(factors)`; factors stand in the author's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub coefficient: BigRational,
    pub factors: Vec<Factor>,
    /// Explicit: a bound index that lost its last factor still sums, to its dimension.
    pub bound: Vec<Index>,
}

/// A sum of terms with ordered free indices: the order alone decides what is a transpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub free: Vec<Index>,
    pub terms: Vec<Term>,
}
