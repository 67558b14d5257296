//! What crosses the border to the algebra system: expanded polynomials in entries with literal indices.

use num_rational::BigRational;

/// An entry of a quantity, by the quantity's number and literal indices that start at 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub quantity: u32,
    pub indices: Vec<u32>,
}

/// A nonzero coefficient times distinct entries with exponents of at least 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monomial {
    pub coefficient: BigRational,
    pub factors: Vec<(Entry, u32)>,
}

/// Like terms collected; the order of monomials and factors means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polynomial {
    pub monomials: Vec<Monomial>,
}
