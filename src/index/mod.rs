//! Index forms: sums of products of entries under an explicit set of bound indices.

pub mod canonical;
pub mod normal;
pub mod quantities;
pub mod raised;
pub mod symmetry;
pub mod write;

use num_rational::BigRational;
use num_traits::One;

use crate::shape::Dim;

pub use quantities::{Quantities, QuantityId};

/// An index: identified by its number, never by a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index {
    pub id: u32,
    /// Its range is `1..=dim`.
    pub dim: Dim,
}

/// Hands out indices; one per engine run, so that no two indices of a run share a number.
#[derive(Debug, Default)]
pub struct Indices {
    next: u32,
}

impl Indices {
    pub fn fresh(&mut self, dim: &Dim) -> Index {
        self.next += 1;
        Index { id: self.next, dim: dim.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// An entry; as many indices as the quantity has axes (none for a scalar).
    Entry(QuantityId, Vec<Index>),
    /// Kronecker delta.
    Delta(Index, Index),
    /// A dimension used as a number.
    Dim(Dim),
    /// 1 where an index is at a place such as `i + j - 1`, else 0.
    Shift(Shift),
}

/// `place = terms + offset`: an index with an offset is a bound index held at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shift {
    pub place: Index,
    /// Indices with their multiples, not 0, each index once.
    pub terms: Vec<(i64, Index)>,
    pub offset: Dim,
    /// Whether the place is in the range of its index wherever the terms are in theirs, so that a sum over the
    /// index meets it.
    pub within: bool,
}

/// A rational number: division is the exponent -1, a square root 1/2.
pub type Exponent = num_rational::Rational64;

/// An exponent with numerator and denominator so small that sums and products of two cannot overflow; `None` for
/// any other.
pub fn bounded(exponent: Exponent) -> Option<Exponent> {
    let small = |integer: i64| integer.unsigned_abs() <= 1 << 30;
    (small(*exponent.numer()) && small(*exponent.denom())).then_some(exponent)
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    pub base: Base,
    /// Not 0, and [`bounded`].
    pub exponent: Exponent,
}

/// `coefficient * sum(bound) product(factors)`; factors stand in the author's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub coefficient: BigRational,
    pub factors: Vec<Factor>,
    /// Explicit: a bound index that lost its last factor still sums, to its dimension.
    pub bound: Vec<Index>,
}

/// A sum of terms with ordered free indices: their order alone decides what is a transpose. An axis of
/// dimension 1 carries no index.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub rows: Vec<Index>,
    pub columns: Vec<Index>,
    pub terms: Vec<Term>,
}

impl Base {
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = &Index> + Clone {
        type Parts<'b> = ([Option<&'b Index>; 2], &'b [Index], &'b [(i64, Index)]);
        let (ends, entry, shifted): Parts<'_> = match self {
            Base::Entry(_, indices) => ([None, None], indices, &[]),
            Base::Delta(a, b) => ([Some(a), Some(b)], &[], &[]),
            Base::Dim(_) => ([None, None], &[], &[]),
            Base::Shift(shift) => ([Some(&shift.place), None], &[], &shift.terms),
        };
        ends.into_iter().flatten().chain(entry).chain(shifted.iter().map(|(_, index)| index))
    }

    pub fn has_index(&self, index: &Index) -> bool {
        self.indices().any(|found| found == index)
    }

    fn indices_mut(&mut self) -> impl Iterator<Item = &mut Index> {
        type Parts<'b> = ([Option<&'b mut Index>; 2], &'b mut [Index], &'b mut [(i64, Index)]);
        let (ends, entry, shifted): Parts<'_> = match self {
            Base::Entry(_, indices) => ([None, None], indices, &mut []),
            Base::Delta(a, b) => ([Some(a), Some(b)], &mut [], &mut []),
            Base::Dim(_) => ([None, None], &mut [], &mut []),
            Base::Shift(shift) => ([Some(&mut shift.place), None], &mut [], &mut shift.terms),
        };
        ends.into_iter().flatten().chain(entry).chain(shifted.iter_mut().map(|(_, index)| index))
    }

    /// Every index replaced by what `map` says.
    pub fn map_indices(&self, map: &impl Fn(&Index) -> Index) -> Base {
        match self {
            Base::Entry(quantity, indices) => Base::Entry(*quantity, indices.iter().map(map).collect()),
            Base::Delta(a, b) => Base::Delta(map(a), map(b)),
            Base::Dim(dim) => Base::Dim(dim.clone()),
            Base::Shift(shift) => Base::Shift(Shift {
                place: map(&shift.place),
                terms: shift.terms.iter().map(|(multiple, index)| (*multiple, map(index))).collect(),
                offset: shift.offset.clone(),
                within: shift.within,
            }),
        }
    }
}

impl Shift {
    /// With `within` as far as the ranges alone tell.
    pub fn new(place: Index, terms: Vec<(i64, Index)>, offset: Dim) -> Shift {
        let within = is_within(&place.dim, &terms, &offset).unwrap_or(false);
        Shift { place, terms, offset, within }
    }
}

/// Whether `terms + offset` is certainly in `1..=dim`; `None` on overflow.
fn is_within(dim: &Dim, terms: &[(i64, Index)], offset: &Dim) -> Option<bool> {
    let (mut least, mut most) = (offset.clone(), offset.clone());
    for (multiple, index) in terms {
        let multiple = Dim::number(*multiple);
        let (one, all) = (multiple.clone(), multiple.multiply(&index.dim)?);
        let rising = multiple.is_never_negative();
        least = least.add(if rising { &one } else { &all }, 1)?;
        most = most.add(if rising { &all } else { &one }, 1)?;
    }
    let above = least.add(&Dim::one(), -1)?;
    Some(above.is_never_negative() && dim.add(&most, -1)?.is_never_negative())
}

impl Factor {
    pub fn once(base: Base) -> Factor {
        Factor { base, exponent: Exponent::one() }
    }
}

impl Term {
    pub fn number(coefficient: BigRational) -> Term {
        Term { coefficient, factors: Vec::new(), bound: Vec::new() }
    }

    pub fn base(base: Base) -> Term {
        Term { coefficient: BigRational::one(), factors: vec![Factor::once(base)], bound: Vec::new() }
    }

    /// How often an index occurs in the factors, exponents counted once.
    pub fn occurrences(&self, index: &Index) -> usize {
        self.factors.iter().flat_map(|factor| factor.base.indices()).filter(|found| *found == index).count()
    }

    pub fn map_indices(&self, map: &impl Fn(&Index) -> Index) -> Term {
        Term {
            coefficient: self.coefficient.clone(),
            factors: self
                .factors
                .iter()
                .map(|factor| Factor { base: factor.base.map_indices(map), exponent: factor.exponent })
                .collect(),
            bound: self.bound.iter().map(map).collect(),
        }
    }

    /// One index replaced by another in place, bound or not.
    pub fn replace(&mut self, from: &Index, to: &Index) {
        let all = self.factors.iter_mut().flat_map(|factor| factor.base.indices_mut());
        all.chain(&mut self.bound).filter(|index| *index == from).for_each(|index| *index = to.clone());
    }

    pub fn substitute(&self, from: &Index, to: &Index) -> Term {
        self.map_indices(&|index| if index == from { to.clone() } else { index.clone() })
    }

    /// The product, with the bound indices of `other` renamed apart.
    pub fn multiply(&self, other: &Term, indices: &mut Indices) -> Term {
        let other = other.rename_bound(indices);
        Term {
            coefficient: &self.coefficient * &other.coefficient,
            factors: self.factors.iter().chain(&other.factors).cloned().collect(),
            bound: self.bound.iter().chain(&other.bound).cloned().collect(),
        }
    }

    pub fn rename_bound(&self, indices: &mut Indices) -> Term {
        let renamed: Vec<(Index, Index)> =
            self.bound.iter().map(|old| (old.clone(), indices.fresh(&old.dim))).collect();
        self.map_indices(&|index| {
            renamed.iter().find(|(old, _)| old == index).map_or_else(|| index.clone(), |(_, new)| new.clone())
        })
    }
}

/// The dimension that a list of indices runs over; `None` on overflow.
pub fn axis_dim(axis: &[Index]) -> Option<Dim> {
    axis.iter().try_fold(Dim::one(), |product, index| product.multiply(&index.dim))
}

impl Form {
    pub fn scalar(terms: Vec<Term>) -> Form {
        Form { rows: Vec::new(), columns: Vec::new(), terms }
    }

    /// Rows, then columns.
    pub fn free(&self) -> Vec<Index> {
        self.rows.iter().chain(&self.columns).cloned().collect()
    }

    /// How many of the free indices in turn are one axis.
    pub fn groups(&self) -> Vec<usize> {
        quantities::groups([self.rows.len(), self.columns.len()].into_iter())
    }

    pub fn is_scalar(&self) -> bool {
        self.rows.is_empty() && self.columns.is_empty()
    }

    /// Free indices replaced by the given ones, in order; bound ones are not met, being fresh everywhere.
    pub fn with_free(&self, free: &[Index]) -> Vec<Term> {
        let own = self.free();
        self.terms
            .iter()
            .map(|term| {
                term.map_indices(&|index| {
                    own.iter()
                        .position(|old| old == index)
                        .and_then(|position| free.get(position).cloned())
                        .unwrap_or_else(|| index.clone())
                })
            })
            .collect()
    }
}
