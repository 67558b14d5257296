//! The collapse of explicit entries: from a matrix of sums of products of named entries to a general term.
//!
//! One generic monomial proposes which of its literal indices are the row, the column or summed over, and
//! whether it stands in every cell or on the diagonal only; a proposal is taken when its instances are all
//! there, and taken away from the matrix; the rest is matched in the same way until nothing is left.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::algebra::polynomial::{Entry, Polynomial};
use crate::index::{Base, Factor, Form, Index, Indices, QuantityId, Term};
use crate::shape::Dim;

/// An axis of a quantity: its dimension and its size.
pub type Axis = (Dim, usize);

/// What the matcher may know besides the entries.
pub struct Declared<'a> {
    /// Axes of a quantity, in the order of an entry's indices.
    pub axes: &'a dyn Fn(u32) -> Vec<Axis>,
    /// `None` where the matrix has literally one row.
    pub row: Option<Axis>,
    pub column: Option<Axis>,
}

/// Entries of a product, repeated by exponent, sorted.
type Product = Vec<Entry>;

/// The matrix that is left to explain: for every cell its products with their coefficients.
type Rest = BTreeMap<(u32, u32), BTreeMap<Product, BigRational>>;

/// A proposal: for every index position of every factor, what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Row,
    Column,
    Bound(usize),
}

/// Proposals tried in all; a matrix that needs more has no regularity a person would see.
const MOST_PROPOSALS: usize = 300;

/// Readings of one product that are ordered before any is tried.
const MOST_READINGS: usize = 4_000;

/// Products that one proposal may put into one cell: more are not written out.
const MOST_INSTANCES: usize = 1 << 17;

/// The general term of a matrix of expanded polynomials, cells in row order; `None` where no sum of products
/// under one pattern for every cell explains all entries.
pub fn general_term(
    cells: &[Vec<Polynomial>],
    declared: &Declared<'_>,
    indices: &mut Indices,
) -> Option<Form> {
    general_terms(cells, declared, indices, 1).into_iter().next()
}

/// So many general terms of the matrix, as far as there are different readings of its entries; the first is
/// that of [`general_term`].
pub fn general_terms(
    cells: &[Vec<Polynomial>],
    declared: &Declared<'_>,
    indices: &mut Indices,
    most: usize,
) -> Vec<Form> {
    let mut rest = Rest::new();
    for (r, row) in cells.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            let products = rest.entry((r as u32 + 1, c as u32 + 1)).or_default();
            for monomial in &cell.monomials {
                let mut product: Product = Vec::new();
                for (entry, exponent) in &monomial.factors {
                    product.extend(std::iter::repeat_n(entry.clone(), *exponent as usize));
                }
                product.sort();
                *products.entry(product).or_insert_with(BigRational::zero) += &monomial.coefficient;
            }
            products.retain(|_, coefficient| !coefficient.is_zero());
        }
    }
    let mut budget = MOST_PROPOSALS;
    let mut found = Vec::new();
    explain(rest, declared, &mut budget, most, &mut Vec::new(), &mut found);
    let mut form = |patterns: &Vec<Pattern>| {
        let row = declared.row.as_ref().map(|(dim, _)| indices.fresh(dim));
        let column = declared.column.as_ref().map(|(dim, _)| indices.fresh(dim));
        let term = |pattern: &Pattern| pattern.term(declared, row.as_ref(), column.as_ref(), indices);
        let terms = patterns.iter().map(term).collect();
        Form { rows: row.into_iter().collect(), columns: column.into_iter().collect(), terms }
    };
    found.iter().map(&mut form).collect()
}

/// One explained term.
#[derive(Clone, Debug)]
struct Pattern {
    coefficient: BigRational,
    quantities: Vec<u32>,
    slots: Vec<Vec<Slot>>,
    bound: Vec<Axis>,
    /// Under a Kronecker delta of row and column; `Slot::Row` stands for both then.
    diagonal: bool,
}

/// Adds to `found` what explains the rest after the patterns so far, until there are `most`.
fn explain(
    rest: Rest,
    declared: &Declared<'_>,
    budget: &mut usize,
    most: usize,
    before: &mut Vec<Pattern>,
    found: &mut Vec<Vec<Pattern>>,
) {
    let Some((cell, product)) = seed(&rest) else {
        found.push(before.clone());
        return;
    };
    // What stands in every cell is no reading where a cell is empty.
    let full = rest.values().all(|products| !products.is_empty());
    let square = declared.row.is_some() && declared.row == declared.column;
    let kinds = [(false, full), (true, square && cell.0 == cell.1)];
    let kinds = kinds.into_iter().filter(|(_, possible)| *possible);
    for mut pattern in kinds.flat_map(|(diagonal, _)| proposals(cell, &product, declared, diagonal)) {
        if *budget == 0 || found.len() >= most {
            return;
        }
        *budget -= 1;
        let Some(left) = pattern.take_from(&rest, cell, &product, declared) else { continue };
        before.push(pattern);
        explain(left, declared, budget, most, before, found);
        before.pop();
    }
}

/// The product with the most different literal indices: where fewest coincidences mislead. The first of
/// several.
fn seed(rest: &Rest) -> Option<((u32, u32), Product)> {
    let mut best: Option<(usize, (u32, u32), &Product)> = None;
    for (cell, products) in rest {
        for product in products.keys() {
            let mut values: Vec<u32> = product.iter().flat_map(|entry| entry.indices.clone()).collect();
            values.push(cell.0);
            values.push(cell.1);
            values.sort_unstable();
            values.dedup();
            if best.as_ref().is_none_or(|known| values.len() > known.0) {
                best = Some((values.len(), *cell, product));
            }
        }
    }
    best.map(|(_, cell, product)| (cell, product.clone()))
}

/// All readings of a product's indices, the ones with most indices tied together first.
fn proposals(cell: (u32, u32), product: &Product, declared: &Declared<'_>, diagonal: bool) -> Vec<Pattern> {
    let mut positions: Vec<(u32, Axis)> = Vec::new();
    for entry in product {
        for (value, axis) in entry.indices.iter().zip((declared.axes)(entry.quantity)) {
            positions.push((*value, axis));
        }
    }
    let mut readings: Vec<(Vec<Slot>, Vec<Axis>)> = vec![(Vec::new(), Vec::new())];
    let mut values: Vec<Vec<u32>> = vec![Vec::new()];
    for (value, axis) in &positions {
        let mut next = Vec::new();
        let mut next_values = Vec::new();
        for ((slots, bound), classes) in readings.iter().zip(&values) {
            let mut push = |slot: Slot, new: bool| {
                let (mut slots, mut bound, mut classes) = (slots.clone(), bound.clone(), classes.clone());
                slots.push(slot);
                if new {
                    bound.push(axis.clone());
                    classes.push(*value);
                }
                next.push((slots, bound));
                next_values.push(classes);
            };
            if declared.row.as_ref() == Some(axis) && *value == cell.0 {
                push(Slot::Row, false);
            }
            if !diagonal && declared.column.as_ref() == Some(axis) && *value == cell.1 {
                push(Slot::Column, false);
            }
            for (class, (known, of)) in classes.iter().zip(bound).enumerate() {
                if known == value && of == axis {
                    push(Slot::Bound(class), false);
                }
            }
            push(Slot::Bound(bound.len()), true);
        }
        readings = next;
        values = next_values;
        readings.truncate(MOST_READINGS);
        values.truncate(MOST_READINGS);
    }
    // A bound index on one position only is a plain sum: rarer than a product. Row and column that stand
    // nowhere are rarer still.
    let mut ordered: Vec<(usize, usize, Vec<Slot>, Vec<Axis>)> = readings
        .into_iter()
        .map(|(slots, bound)| {
            let count = |slot: &Slot| slots.iter().filter(|known| *known == slot).count();
            let single = (0..bound.len()).filter(|class| count(&Slot::Bound(*class)) == 1).count();
            let absent = usize::from(declared.row.is_some() && count(&Slot::Row) == 0)
                + usize::from(!diagonal && declared.column.is_some() && count(&Slot::Column) == 0);
            (single + 2 * absent, bound.len(), slots, bound)
        })
        .collect();
    // Stable: readings stay in the order in which the factors are written.
    ordered.sort_by_key(|(odd, _, slots, bound)| {
        let free = slots.iter().filter(|slot| **slot == Slot::Row || **slot == Slot::Column).count();
        (*odd, free, std::cmp::Reverse(bound.len()))
    });
    ordered
        .into_iter()
        .map(|(_, _, slots, bound)| {
            let mut slots = slots.into_iter();
            Pattern {
                coefficient: BigRational::zero(),
                quantities: product.iter().map(|entry| entry.quantity).collect(),
                slots: product
                    .iter()
                    .map(|entry| slots.by_ref().take(entry.indices.len()).collect())
                    .collect(),
                bound,
                diagonal,
            }
        })
        .collect()
}

impl Pattern {
    /// What is left when all instances are taken away; `None` where one of them is not there. The coefficient
    /// is chosen such that the seed goes to zero.
    fn take_from(
        &mut self,
        rest: &Rest,
        cell: (u32, u32),
        seed: &Product,
        declared: &Declared<'_>,
    ) -> Option<Rest> {
        if !self.may_be_there(rest.get(&cell)?.len()) {
            return None;
        }
        let times = self.instances(cell).into_iter().filter(|product| product == seed).count();
        let wanted = rest.get(&cell)?.get(seed)?;
        self.coefficient = wanted / BigRational::from_integer(times.into());
        let rows = declared.row.as_ref().map_or(1, |axis| axis.1) as u32;
        let columns = declared.column.as_ref().map_or(1, |axis| axis.1) as u32;
        let mut left = rest.clone();
        for r in 1..=rows {
            for c in 1..=columns {
                if self.diagonal && r != c {
                    continue;
                }
                let products = left.get_mut(&(r, c))?;
                for product in self.instances((r, c)) {
                    let there = products.get_mut(&product)?;
                    let after = &*there - &self.coefficient;
                    // Taking away more than there is would explain by cancelling.
                    if !after.is_zero() && after.is_negative() != there.is_negative() {
                        return None;
                    }
                    *there = after;
                    if there.is_zero() {
                        products.remove(&product);
                    }
                }
            }
        }
        Some(left)
    }

    /// Whether a cell of so many products can hold all instances. Each shows the values of all bound indices, so
    /// at most as many of them are one product as there are orders of its factors.
    fn may_be_there(&self, products: usize) -> bool {
        let orders = (1..=self.quantities.len()).fold(1, usize::saturating_mul);
        let most = products.saturating_mul(orders).min(MOST_INSTANCES);
        self.bound.iter().fold(1, |count: usize, (_, size)| count.saturating_mul(*size)) <= most
    }

    fn instances(&self, (row, column): (u32, u32)) -> Vec<Product> {
        let mut all = vec![Vec::new()];
        for (_, size) in &self.bound {
            all = all
                .into_iter()
                .flat_map(|chosen: Vec<u32>| {
                    (1..=*size as u32).map(move |value| {
                        let mut chosen = chosen.clone();
                        chosen.push(value);
                        chosen
                    })
                })
                .collect();
        }
        all.iter()
            .map(|chosen| {
                let mut product: Product = self
                    .quantities
                    .iter()
                    .zip(&self.slots)
                    .map(|(quantity, slots)| Entry {
                        quantity: *quantity,
                        indices: slots
                            .iter()
                            .map(|slot| match slot {
                                Slot::Row => row,
                                Slot::Column => column,
                                Slot::Bound(class) => chosen[*class],
                            })
                            .collect(),
                    })
                    .collect();
                product.sort();
                product
            })
            .collect()
    }

    fn term(
        &self,
        declared: &Declared<'_>,
        row: Option<&Index>,
        column: Option<&Index>,
        indices: &mut Indices,
    ) -> Term {
        let bound: Vec<Index> = self.bound.iter().map(|(dim, _)| indices.fresh(dim)).collect();
        let delta = match (row, column) {
            (Some(row), Some(column)) if self.diagonal => Some(Base::Delta(row.clone(), column.clone())),
            _ => None,
        };
        let factors = self
            .quantities
            .iter()
            .zip(&self.slots)
            .map(|(quantity, slots)| {
                let entry = slots
                    .iter()
                    .zip((declared.axes)(*quantity))
                    .map(|(slot, (dim, _))| match slot {
                        // A row or column slot is proposed only where there is such an axis.
                        Slot::Row => row.cloned().unwrap_or_else(|| indices.fresh(&dim)),
                        Slot::Column => column.cloned().unwrap_or_else(|| indices.fresh(&dim)),
                        Slot::Bound(class) => bound[*class].clone(),
                    })
                    .collect();
                Base::Entry(QuantityId(*quantity), entry)
            })
            .chain(delta)
            .map(|base| Factor { base, exponent: 1 })
            .collect();
        Term { coefficient: self.coefficient.clone(), factors, bound }
    }
}
