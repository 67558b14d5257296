//! Product axes: where rows or columns are lists of indices, a term becomes a Kronecker product of matrices, of columns
//! that stand one below the other, and commutation matrices.

use std::slice::from_ref;

use num_rational::BigRational;
use num_traits::One;

use super::{Collapsed, by_order, collapse_term};
use crate::index::{Base, Factor, Form, Index, Quantities, Term};
use crate::matrix::{Matrix, means};
use crate::rule::{Catalogue, Pairs, Rule};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, Name};

/// What the rules of product axes are looked up in.
pub(super) struct Context<'a> {
    pub quantities: &'a Quantities,
    pub rules: &'a [&'a Rule],
    pub catalogue: &'a Catalogue,
}

/// Factors that sums join, and the free indices that they touch.
#[derive(Clone)]
struct Piece {
    term: Term,
    free: Vec<Index>,
}

/// A piece, or an index that nothing touches, as one factor of a Kronecker product.
struct Block {
    piece: Option<Term>,
    rows: Vec<Index>,
    columns: Vec<Index>,
}

impl Context<'_> {
    /// A vector over a product axis of two as the columns of one matrix.
    pub fn stacked(&self, form: &Form) -> Option<Collapsed> {
        let ([first, second], []) = (form.rows.as_slice(), form.columns.as_slice()) else { return None };
        let (rows, columns) = (vec![second.clone()], vec![first.clone()]);
        let matrix = Form { rows, columns, terms: form.terms.clone() };
        let Collapsed { matrix, mut rules } = by_order(&matrix, self.quantities, self.catalogue, self.rules)?;
        self.by(Pairs::Stacked, &mut rules)?;
        Some(Collapsed { matrix: Matrix::stacked(matrix), rules })
    }

    /// The matrix form of a term.
    pub fn term(&self, term: &Term, form: &Form, used: &mut Vec<Name>) -> Option<Matrix> {
        if form.rows.len() > 1 || form.columns.len() > 1 {
            return self.collapse(term, form, used);
        }
        collapse_term(term, form, self.quantities, self.rules, used)
    }

    /// The matrix form of a term whose rows or columns are lists.
    fn collapse(&self, term: &Term, form: &Form, used: &mut Vec<Name>) -> Option<Matrix> {
        let term = met(term, form);
        let mut pieces = pieces(&term, form);
        let mut scalars = Vec::new();
        let mut coefficient = term.coefficient.clone();
        let mut open = Vec::new();
        for piece in pieces.drain(..) {
            if !piece.free.is_empty() {
                open.push(piece);
                continue;
            }
            match self.plain(&piece.term, &[], &[], used)? {
                Matrix::Multiple { coefficient: own, scalars: more, body } => {
                    coefficient *= own;
                    scalars.extend(more);
                    scalars.push(*body);
                }
                other => scalars.push(other),
            }
        }
        scalars.sort_by_key(|scalar| !matches!(scalar, Matrix::Leaf { .. }));
        let body = self.matrix(open, &form.rows, &form.columns, used)?;
        Some(means(coefficient, scalars, body))
    }

    /// Pieces over lists of rows and columns: first those that weigh whole rows or columns.
    fn matrix(
        &self,
        mut pieces: Vec<Piece>,
        rows: &[Index],
        columns: &[Index],
        used: &mut Vec<Name>,
    ) -> Option<Matrix> {
        let left = self.weights(&mut pieces, rows, used)?;
        let right = self.weights(&mut pieces, columns, used)?;
        let body = self.blocks(&pieces, rows, columns, used)?;
        if left.is_none() && right.is_none() {
            return Some(body);
        }
        let diagonal = |weights: Matrix| Matrix::Diag(Box::new(weights));
        Some(Matrix::product(left.map(diagonal).into_iter().chain([body]).chain(right.map(diagonal))))
    }

    /// Taken out of the pieces: one that touches this axis alone, at several of its indices, beside others that touch
    /// them too, `M[i,j] delta(i,k) delta(j,l)`, as the vector of its columns; `Some(None)` for none.
    fn weights(
        &self,
        pieces: &mut Vec<Piece>,
        axis: &[Index],
        used: &mut Vec<Name>,
    ) -> Option<Option<Matrix>> {
        let within = |piece: &Piece| piece.free.iter().all(|index| axis.contains(index));
        // What stands within the axis at indices of another such piece goes with it.
        while let Some((one, other)) = (0..pieces.len()).find_map(|one| {
            let other = (0..pieces.len()).find(|other| {
                let (small, large) = (&pieces[one], &pieces[*other]);
                let inside = small.free.iter().all(|index| large.free.contains(index));
                one != *other && inside && within(large) && large.free.len() > 1
            })?;
            Some((one, other))
        }) {
            let small = pieces[one].term.clone();
            pieces[other].term.factors.extend(small.factors);
            pieces[other].term.bound.extend(small.bound);
            pieces.remove(one);
        }
        let shared = |at: usize| {
            let touches = |index: &Index| {
                pieces.iter().enumerate().any(|(other, piece)| other != at && piece.free.contains(index))
            };
            pieces[at].free.iter().any(touches)
        };
        let found =
            (0..pieces.len()).find(|at| pieces[*at].free.len() > 1 && within(&pieces[*at]) && shared(*at));
        let Some(at) = found else { return Some(None) };
        self.by(Pairs::Weights, used)?;
        let piece = pieces.remove(at);
        self.blocks(&[piece], axis, &[], used).map(Some)
    }

    /// The pieces in the order of rows and columns at once; where they cross, with two of one axis exchanged.
    fn blocks(
        &self,
        pieces: &[Piece],
        rows: &[Index],
        columns: &[Index],
        used: &mut Vec<Name>,
    ) -> Option<Matrix> {
        let mut blocks = joined(pieces);
        let touched = |index: &Index| blocks.iter().any(|block| block.free.contains(index));
        let alone: Vec<Index> = rows.iter().chain(columns).filter(|index| !touched(index)).cloned().collect();
        blocks.extend(
            alone.into_iter().map(|index| Piece { term: Term::number(One::one()), free: vec![index] }),
        );
        let part = |axis: &[Index], piece: &Piece| -> Vec<Index> {
            axis.iter().filter(|index| piece.free.contains(index)).cloned().collect()
        };
        let open: Vec<Block> = blocks
            .into_iter()
            .map(|piece| Block {
                rows: part(rows, &piece),
                columns: part(columns, &piece),
                piece: (!piece.term.factors.is_empty()).then_some(piece.term),
            })
            .collect();
        if let Some(order) = ordered(&open, rows, columns) {
            let mut found = Vec::new();
            for at in &order {
                found.push(self.block(&open[*at], used)?);
            }
            if found.len() > 1 {
                self.by(Pairs::Kronecker, used)?;
            }
            return Some(Matrix::kron(found));
        }
        self.by(Pairs::Commutation, used)?;
        let turned = |axis: &[Index]| match axis {
            [first, second] => Some([second.clone(), first.clone()]),
            _ => None,
        };
        if let Some(exchanged) = turned(columns)
            && ordered(&open, rows, &exchanged).is_some()
        {
            let body = self.blocks(pieces, rows, &exchanged, used)?;
            let swap = commutation(&exchanged[0].dim, &exchanged[1].dim)?;
            return Some(Matrix::product([body, swap]));
        }
        if let Some(exchanged) = turned(rows)
            && ordered(&open, &exchanged, columns).is_some()
        {
            let swap = commutation(&rows[0].dim, &rows[1].dim)?;
            let body = self.blocks(pieces, &exchanged, columns, used)?;
            return Some(Matrix::product([swap, body]));
        }
        None
    }

    fn block(&self, block: &Block, used: &mut Vec<Name>) -> Option<Matrix> {
        let term = block.piece.clone().unwrap_or_else(|| Term::number(One::one()));
        match (block.rows.as_slice(), block.columns.as_slice()) {
            (rows @ ([] | [_]), columns @ ([] | [_])) => self.plain(&term, rows, columns, used),
            ([first, second], []) => {
                self.by(Pairs::Stacked, used)?;
                Some(Matrix::stacked(self.plain(&term, from_ref(second), from_ref(first), used)?))
            }
            ([], [first, second]) => {
                self.by(Pairs::Stacked, used)?;
                let matrix = self.plain(&term, from_ref(second), from_ref(first), used)?;
                Some(Matrix::stacked(matrix).transpose())
            }
            _ => None,
        }
    }

    /// A term over at most one row and one column.
    fn plain(&self, term: &Term, rows: &[Index], columns: &[Index], used: &mut Vec<Name>) -> Option<Matrix> {
        let form = Form { rows: rows.to_vec(), columns: columns.to_vec(), terms: vec![term.clone()] };
        collapse_term(term, &form, self.quantities, self.rules, used)
    }

    /// Notes the rule; `None` where the catalogue has none of its kind.
    fn by(&self, kind: Pairs, used: &mut Vec<Name>) -> Option<()> {
        let (name, _) = self.catalogue.pairs.iter().find(|(_, rule)| rule.kind == kind)?;
        if !used.contains(name) {
            used.push(name.clone());
        }
        Some(())
    }
}

/// A row and a column that a delta holds together: everything else stands at the row.
fn met(term: &Term, form: &Form) -> Term {
    let mut term = term.clone();
    for at in 0..term.factors.len() {
        let Base::Delta(a, b) = &term.factors[at].base else { continue };
        let (row, column) = match (form.rows.contains(a), form.columns.contains(b)) {
            (true, true) => (a.clone(), b.clone()),
            _ if form.rows.contains(b) && form.columns.contains(a) => (b.clone(), a.clone()),
            _ => continue,
        };
        let delta = term.factors[at].clone();
        term = term.substitute(&column, &row);
        term.factors[at] = delta;
    }
    term
}

/// Factors apart that no sum joins.
fn pieces(term: &Term, form: &Form) -> Vec<Piece> {
    let free = form.free();
    let mut found: Vec<(Vec<usize>, Vec<Index>)> = Vec::new();
    for (place, factor) in term.factors.iter().enumerate() {
        let own: Vec<Index> = factor.base.indices().cloned().collect();
        let touches =
            |indices: &[Index]| indices.iter().any(|index| term.bound.contains(index) && own.contains(index));
        let (together, apart): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(_, indices)| touches(indices));
        found = apart;
        let mut places: Vec<usize> = together.iter().flat_map(|(places, _)| places.clone()).collect();
        places.push(place);
        places.sort_unstable();
        let indices = together.into_iter().flat_map(|(_, indices)| indices).chain(own).collect();
        found.push((places, indices));
    }
    found.sort();
    let piece = |(places, indices): (Vec<usize>, Vec<Index>)| Piece {
        free: free.iter().filter(|index| indices.contains(index)).cloned().collect(),
        term: Term {
            coefficient: BigRational::one(),
            factors: places.iter().map(|place| term.factors[*place].clone()).collect::<Vec<Factor>>(),
            bound: term.bound.iter().filter(|index| indices.contains(index)).cloned().collect(),
        },
    };
    found.into_iter().map(piece).collect()
}

/// Pieces that touch one free index become one.
fn joined(pieces: &[Piece]) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for piece in pieces {
        let touches = |known: &Piece| known.free.iter().any(|index| piece.free.contains(index));
        let (together, apart): (Vec<_>, Vec<_>) = found.into_iter().partition(touches);
        found = apart;
        let mut whole = Piece { term: Term::number(One::one()), free: Vec::new() };
        for part in together.iter().chain([piece]) {
            whole.term.factors.extend(part.term.factors.iter().cloned());
            whole.term.bound.extend(part.term.bound.iter().cloned());
            whole.free.extend(
                part.free.iter().filter(|index| !whole.free.contains(index)).cloned().collect::<Vec<_>>(),
            );
        }
        found.push(whole);
    }
    found
}

/// The blocks one after another so that rows and columns come in their order; `None` where they cross.
fn ordered(blocks: &[Block], rows: &[Index], columns: &[Index]) -> Option<Vec<usize>> {
    let in_order = |block: &Block| {
        // The block's own list in the order that is asked for.
        let own = |axis: &[Index], part: &[Index]| -> Vec<Index> {
            axis.iter().filter(|index| part.contains(index)).cloned().collect()
        };
        (own(rows, &block.rows), own(columns, &block.columns))
    };
    let (mut row, mut column) = (0, 0);
    let mut order = Vec::new();
    while order.len() < blocks.len() {
        let mut fitting = (0..blocks.len()).filter(|at| {
            let (own_rows, own_columns) = in_order(&blocks[*at]);
            !order.contains(at)
                && rows[row..].starts_with(&own_rows)
                && columns[column..].starts_with(&own_columns)
        });
        // Columns before rows: one beside the other is their product.
        let first = fitting.next()?;
        let next =
            std::iter::once(first).chain(fitting).find(|at| !blocks[*at].rows.is_empty()).unwrap_or(first);
        row += blocks[next].rows.len();
        column += blocks[next].columns.len();
        order.push(next);
    }
    Some(order)
}

/// `commutation(m, n)`.
fn commutation(m: &Dim, n: &Dim) -> Option<Matrix> {
    let side = m.multiply(n)?;
    let expr = Expr::call("commutation", vec![m.to_expr(), n.to_expr()]);
    Some(Matrix::leaf(expr, Shape::new(side.clone(), side)))
}
