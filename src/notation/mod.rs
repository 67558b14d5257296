//! Mathematics as boxes on paper: one tree that every output format prints.
//!
//! [`lower`](Lowering::lower) decides brackets and letters, once; a format only chooses the spelling.

mod lower;
mod product;
mod template;

use std::sync::Arc;

use crate::syntax::ast::{Name, Sign, Table};

pub use lower::Lowering;
pub(crate) use lower::ends_in_digits;
pub use template::Piece;
pub(crate) use template::tokens;

/// A formula ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Notation {
    /// Decimal digits, perhaps with a point.
    Number(String),
    Name(Name),
    Symbol(Symbol),
    /// An entry: a base with its indices.
    Entry {
        base: Box<Notation>,
        indices: Vec<Notation>,
    },
    Power {
        base: Box<Notation>,
        exponent: Box<Notation>,
        entrywise: bool,
    },
    Transpose(Box<Notation>),
    Fraction {
        top: Box<Notation>,
        bottom: Box<Notation>,
        /// The numerator is too tall for the top and stands behind the fraction where one is set upright.
        behind: bool,
    },
    /// `∂^order top / ∂by …`; a numerator too large for the top stands behind the fraction in brackets.
    Derivative {
        order: u32,
        top: Box<Notation>,
        behind: bool,
        by: Vec<(Notation, u32)>,
    },
    /// A derivative with what is held fixed.
    Held {
        inner: Box<Notation>,
        held: Vec<Notation>,
    },
    BigSum {
        binders: Vec<(Name, Option<Notation>)>,
        body: Box<Notation>,
    },
    /// Factors, each with what joins it to the one before (that of the first is not written).
    Product(Vec<(Joint, Notation)>),
    Negate(Box<Notation>),
    /// Terms with their signs; the first sign is written only if it is a minus.
    Sum(Vec<(Sign, Notation)>),
    Brackets {
        inner: Box<Notation>,
        show: Show,
    },
    Call {
        function: Name,
        primes: usize,
        arguments: Vec<Notation>,
        /// As the definition writes it, where it says how.
        latex: Option<Vec<Piece<Notation>>>,
        text: Option<Vec<Piece<Notation>>>,
        /// Ends in an index set low.
        indexed: bool,
        /// Where it needs brackets if it needs any.
        open: Show,
    },
    Grid(Grid),
    /// Letters in brackets that are one index together.
    List(Vec<Notation>),
}

/// A sign with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    Dots,
    Delta,
}

/// What stands between two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// Nothing, or the least space that keeps names apart.
    Beside,
    /// A dot: number times number.
    Dot,
    Hadamard,
    HadamardDivide,
}

/// Where a pair of brackets is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Always,
    /// Where formulas stand in one line, not where fractions and exponents are set above one another.
    Linear,
    /// Where indices are set below the line.
    Stacked,
}

/// A matrix with the positions that are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub rows: Vec<Slot>,
    pub columns: Vec<Slot>,
    pub cells: Cells,
}

/// A shown position, counted from 0, or dots for those left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    At(usize),
    Dots,
}

/// Where the cells come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// The shown rows and columns, those of dots left out.
    Given(Vec<Vec<Notation>>),
    /// Made one at a time by [`Lowering::cell`].
    Table(Arc<Table>),
}
