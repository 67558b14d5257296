//! Index forms written shorter: what sums join becomes an entry of a product, `sum(l: n) X[j,l] X[l,h]` is `(X^2)[j,h]`, and
//! what terms have in common stands once.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use super::object;
use crate::index::write::{Letters, base_expr, power_expr, sum_over};
use crate::index::{Base, Factor, Form, Index, Quantities, Term};
use crate::matrix::{Matrix, expr_cost, factor_sum, split_coefficient};
use crate::rule::{Catalogue, Object, Rule};
use crate::syntax::ast::{Expr, ExprKind, ProductOp};

/// Forms with more terms are written as they are: pairs are tried in every round.
const MOST_TERMS: usize = 24;

/// How products are called: `inv(A)*b` may be `solve(A, b)`.
type Said<'a> = &'a dyn Fn(&Expr) -> Expr;

/// An index form whose factors may be entries of products.
#[derive(Clone, Debug)]
pub struct Entries {
    /// In front of all rows.
    coefficient: BigRational,
    common: Vec<Piece>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// The term that it came from first.
    term: usize,
    coefficient: BigRational,
    pieces: Vec<Piece>,
    bound: Vec<Index>,
}

/// A factor as it stood, what it is an entry of, or both.
#[derive(Clone, Debug)]
struct Piece {
    factor: Option<Factor>,
    object: Option<Object>,
}

/// The form with its sums joined and its common factors in front; `None` where an index is held at a place, or for too
/// many terms.
pub fn entries(
    form: &Form,
    quantities: &Quantities,
    catalogue: &Catalogue,
    said: Said<'_>,
) -> Option<Entries> {
    let held = |factor: &Factor| matches!(factor.base, Base::Shift(_));
    let long = form.terms.len() > MOST_TERMS;
    if form.terms.is_empty() || long || form.terms.iter().flat_map(|term| &term.factors).any(held) {
        return None;
    }
    let joins = |rule: &&Rule| !rule.finish && !rule.bound.is_empty();
    let rules: Vec<&Rule> = catalogue.rules.iter().filter(joins).collect();
    let rows = form.terms.iter().enumerate().map(|(at, term)| row(at, term, quantities, &rules)).collect();
    let mut found = Entries { coefficient: BigRational::one(), common: Vec::new(), rows };
    let written = Writing { quantities, said };
    while let Some((left, right, joined)) = found.best_pair(&written) {
        found.rows[left] = joined;
        found.rows.remove(right);
    }
    found.take_common();
    Some(found)
}

/// One term, its factors joined by rules that sum an index away.
fn row(at: usize, term: &Term, quantities: &Quantities, rules: &[&Rule]) -> Row {
    let piece = |factor: &Factor| {
        let plain = factor.exponent.is_one();
        let grouped = |base: &Base| match base {
            Base::Entry(id, _) => quantities.get(*id).groups.iter().any(|count| *count > 1),
            _ => false,
        };
        let object = (plain && !grouped(&factor.base)).then(|| object(&factor.base, quantities)).flatten();
        Piece { factor: Some(factor.clone()), object }
    };
    let mut pieces: Vec<Piece> = term.factors.iter().map(piece).collect();
    let mut bound = term.bound.clone();
    loop {
        let kept =
            pieces.iter().filter(|piece| piece.object.is_none()).filter_map(|piece| piece.factor.as_ref());
        let outside: Vec<&Index> = kept.flat_map(|factor| factor.base.indices()).collect();
        let open: Vec<Index> = bound.iter().filter(|index| !outside.contains(index)).cloned().collect();
        let places: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].object.is_some()).collect();
        let objects: Vec<Object> = places.iter().filter_map(|at| pieces[*at].object.clone()).collect();
        let Some(found) = rules.iter().find_map(|rule| rule.find(&objects, &open)) else { break };
        let taken: Vec<usize> = found.taken.iter().map(|at| places[*at]).collect();
        let place = taken.first().copied().unwrap_or(0);
        pieces[place] = Piece { factor: None, object: Some(found.result) };
        let mut at = 0;
        pieces.retain(|_| {
            at += 1;
            at - 1 == place || !taken.contains(&(at - 1))
        });
        bound.retain(|index| !found.summed.contains(index));
    }
    // A rule's own number and scalars are factors.
    let mut coefficient = term.coefficient.clone();
    let mut flat = Vec::new();
    for piece in pieces {
        match piece {
            Piece { factor: None, object: Some(Object { matrix, indices }) } => {
                let (own, scalars, matrix) = matrix.apart();
                coefficient *= own;
                let scalar = |matrix| Object { matrix, indices: Vec::new() };
                flat.extend(scalars.into_iter().map(scalar).chain([Object { matrix, indices }]).map(joined));
            }
            other => flat.push(other),
        }
    }
    Row { term: at, coefficient, pieces: flat, bound }
}

fn joined(object: Object) -> Piece {
    Piece { factor: None, object: Some(object) }
}

impl Piece {
    /// What it is an entry of, at indices in this order.
    fn at(&self, indices: &[Index]) -> Option<Matrix> {
        let object = self.object.as_ref()?;
        if object.indices == indices {
            return Some(object.matrix.clone());
        }
        let turned = object.indices.iter().rev().eq(indices) && indices.len() == 2;
        turned.then(|| object.matrix.clone().transpose())
    }

    fn is(&self, other: &Piece) -> bool {
        if self.factor.is_some() && self.factor == other.factor {
            return true;
        }
        let Some(object) = &self.object else { return false };
        other.at(&object.indices).is_some_and(|matrix| matrix == object.matrix)
    }
}

impl Row {
    /// One row for two that differ in one factor, which is an entry of a matrix in both.
    fn merged(&self, other: &Row) -> Option<Row> {
        if !self.bound.is_empty() || !other.bound.is_empty() || self.pieces.len() != other.pieces.len() {
            return None;
        }
        let mut others = other.pieces.clone();
        let mut own = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            match others.iter().position(|other| other.is(piece)) {
                Some(place) => {
                    others.remove(place);
                }
                None if own.is_some() => return None,
                None => own = Some(at),
            }
        }
        let (place, [other_piece]) = (own?, others.as_slice()) else { return None };
        let object = self.pieces[place].object.as_ref()?;
        if object.indices.is_empty() {
            return None;
        }
        let right = other_piece.at(&object.indices)?;
        let term = |coefficient: &BigRational, matrix: Matrix| {
            Matrix::multiple(coefficient.clone(), Vec::new(), matrix)
        };
        let shape = object.matrix.shape();
        let terms = vec![term(&self.coefficient, object.matrix.clone()), term(&other.coefficient, right)];
        let (coefficient, matrix) = split_coefficient(&factor_sum(terms, &shape));
        let mut row = Row { coefficient, ..self.clone() };
        row.pieces[place] = joined(Object { matrix, indices: object.indices.clone() });
        Some(row)
    }
}

impl Entries {
    /// The two rows that get shortest as one.
    fn best_pair(&self, writing: &Writing<'_>) -> Option<(usize, usize, Row)> {
        let cost = |row: &Row| expr_cost(&writing.row(row, &mut Letters::default()));
        let mut best: Option<(usize, (usize, usize, Row))> = None;
        for left in 0..self.rows.len() {
            for right in left + 1..self.rows.len() {
                let Some(merged) = self.rows[left].merged(&self.rows[right]) else { continue };
                let apart = cost(&self.rows[left]) + cost(&self.rows[right]) + 1;
                let saving = apart.saturating_sub(cost(&merged));
                if saving > best.as_ref().map_or(0, |known| known.0) {
                    best = Some((saving, (left, right, merged)));
                }
            }
        }
        best.map(|(_, found)| found)
    }

    /// What every row has, in front of all.
    fn take_common(&mut self) {
        let [first, rest @ ..] = self.rows.as_slice() else { return };
        if rest.is_empty() || self.rows.iter().any(|row| !row.bound.is_empty()) {
            return;
        }
        for piece in first.pieces.clone() {
            let places: Vec<Option<usize>> =
                self.rows.iter().map(|row| row.pieces.iter().position(|other| other.is(&piece))).collect();
            // A row that is nothing else would be the number 1.
            let left = self.rows.iter().all(|row| row.pieces.len() > 1);
            let Some(places) = places.into_iter().collect::<Option<Vec<usize>>>().filter(|_| left) else {
                continue;
            };
            for (row, place) in self.rows.iter_mut().zip(places) {
                row.pieces.remove(place);
            }
            self.common.push(piece);
        }
        self.common.sort_by_key(|piece| !piece.indices().is_empty());
        let magnitude = self.rows[0].coefficient.abs();
        if self.rows.iter().all(|row| row.coefficient.abs() == magnitude) {
            self.rows.iter_mut().for_each(|row| row.coefficient /= &magnitude);
            self.coefficient = magnitude;
        }
    }

    /// In the input language.
    pub fn expr(&self, quantities: &Quantities, letters: &Letters, said: Said<'_>) -> Expr {
        let writing = Writing { quantities, said };
        let mut outer = letters.clone();
        let (mut factors, divisors) = writing.sides(&self.common, &mut outer);
        let sum = Expr::sum(self.rows.iter().map(|row| writing.row(row, &mut outer.clone())));
        if self.common.is_empty() && self.coefficient.is_one() {
            return sum;
        }
        factors.push(sum);
        with_number(&self.coefficient, factors, divisors)
    }

    /// Comma-separated subscripts of each factor, and of the result, once for each row.
    pub fn einsum(&self, free: &[Index], letters: &Letters) -> String {
        let rows = self.rows.iter().map(|row| {
            let mut letters = letters.clone();
            let mut word = |indices: Vec<&Index>| -> String {
                indices.into_iter().map(|index| letters.letter(index, "").to_string()).collect()
            };
            let mut words = Vec::new();
            for piece in self.common.iter().chain(&row.pieces) {
                match (&piece.factor, &piece.object) {
                    (Some(factor), _) => {
                        // A power that is no natural number is one operand.
                        let copies =
                            factor.exponent.is_integer().then(|| factor.exponent.to_usize()).flatten();
                        let own = word(factor.base.indices().collect());
                        words.extend(std::iter::repeat_n(own, copies.unwrap_or(1)));
                    }
                    (None, Some(object)) => words.push(word(object.indices.iter().collect())),
                    (None, None) => {}
                }
            }
            format!("{}->{}", words.join(","), word(free.iter().collect()))
        });
        rows.collect::<Vec<_>>().join(" + ")
    }

    /// The letters with which what came of a term is written.
    pub fn letters(&self, term: usize, quantities: &Quantities, letters: &Letters) -> Letters {
        let writing = Writing { quantities, said: &|expr| expr.clone() };
        let mut letters = letters.clone();
        writing.sides(&self.common, &mut letters);
        if let Some(row) = self.rows.iter().find(|row| row.term == term) {
            writing.row(row, &mut letters);
        }
        letters
    }
}

/// How pieces are written.
struct Writing<'a> {
    quantities: &'a Quantities,
    said: Said<'a>,
}

impl Writing<'_> {
    fn row(&self, row: &Row, letters: &mut Letters) -> Expr {
        let (factors, divisors) = self.sides(&row.pieces, letters);
        let product = with_number(&row.coefficient.abs(), factors, divisors);
        let mut bound: Vec<&Index> = row.bound.iter().collect();
        bound.sort_by_key(|index| row.pieces.iter().position(|piece| piece.indices().contains(index)));
        let summed = sum_over(&bound, product, letters);
        if row.coefficient.is_negative() { Expr::negate(summed) } else { summed }
    }

    fn sides(&self, pieces: &[Piece], letters: &mut Letters) -> (Vec<Expr>, Vec<Expr>) {
        let (mut factors, mut divisors) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece { factor: Some(factor), .. } => {
                    let base = base_expr(&factor.base, self.quantities, letters);
                    let side = if factor.exponent.is_negative() { &mut divisors } else { &mut factors };
                    side.push(power_expr(base, factor.exponent.abs(), false));
                }
                Piece { object: Some(object), .. } => factors.push(self.entry(object, letters)),
                Piece { .. } => {}
            }
        }
        (factors, divisors)
    }

    /// An entry, of the shorter of a matrix and its transpose.
    fn entry(&self, object: &Object, letters: &mut Letters) -> Expr {
        let word = |matrix: &Matrix| (self.said)(&matrix.clone().tidied().to_expr());
        let straight = (word(&object.matrix), false);
        if object.indices.is_empty() {
            return straight.0;
        }
        let ways =
            [straight, (word(&object.matrix.clone().transpose()), true)].map(|(mut expr, mut turned)| {
                while let ExprKind::Transpose(inner) = &expr.kind {
                    (expr, turned) = ((**inner).clone(), !turned);
                }
                (expr, turned)
            });
        let [straight, turned] = ways;
        let (expr, turned) = if expr_cost(&turned.0) < expr_cost(&straight.0) { turned } else { straight };
        let mut indices: Vec<&Index> = object.indices.iter().collect();
        if turned {
            indices.reverse();
        }
        Expr::index(expr, indices.into_iter().map(|index| Expr::name(letters.letter(index, ""))).collect())
    }
}

impl Piece {
    fn indices(&self) -> Vec<&Index> {
        match (&self.factor, &self.object) {
            (Some(factor), _) => factor.base.indices().collect(),
            (None, Some(object)) => object.indices.iter().collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// A number that is not negative times factors over divisors.
fn with_number(number: &BigRational, mut factors: Vec<Expr>, divisors: Vec<Expr>) -> Expr {
    if !number.is_one() || factors.is_empty() {
        factors.insert(0, Expr::rational(number));
    }
    let product = Expr::products(ProductOp::Space, factors);
    divisors.into_iter().fold(product, |left, divisor| Expr::product(left, ProductOp::Divide, divisor))
}
