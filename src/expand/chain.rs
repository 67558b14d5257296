//! Matrix products read off a form: the laws of primitives speak of factors, a form of entries.

use num_rational::BigRational;
use num_traits::One;

use super::{Expander, Scope, Unexpandable, powered};
use std::collections::BTreeMap;

use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::raised::{Kind, Raised};
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::problem::{Operation, Problem};
use crate::rule::{Law, Pattern};
use crate::shape::Dim;
use crate::syntax::ast::Name;

/// One term as a scalar times a product of matrices.
pub(super) struct Chain {
    pub scalar: Term,
    /// Each with its indices from left to right.
    pub links: Vec<Link>,
}

#[derive(Clone)]
pub(super) struct Link {
    pub id: QuantityId,
    pub left: Index,
    pub right: Index,
    /// The entry has its indices the other way round.
    pub turned: bool,
}

impl Link {
    fn base(&self) -> Base {
        let (left, right) = (self.left.clone(), self.right.clone());
        Base::Entry(self.id, if self.turned { vec![right, left] } else { vec![left, right] })
    }
}

/// Whether all operations that a law names mean what the prelude says.
fn holds(problem: &Problem, law: &Law) -> bool {
    !law.functions.iter().any(|name| problem.hides_operation(name))
}

impl<'a> Expander<'a> {
    /// The laws of a primitive, where all functions that they name mean what the prelude says.
    pub(super) fn laws_of(&self, operation: &Name) -> impl Iterator<Item = &'a Law> {
        let (operation, problem) = (operation.clone(), self.problem);
        let laws = self.catalogue.laws.iter();
        laws.filter(move |law| law.function == operation && holds(problem, law))
    }

    /// Whether a law of a primitive has this form; its name is looked at last, this being asked of every factor of a term.
    pub(super) fn has_law(&self, operation: &Name, is: impl Fn(&Law) -> bool) -> bool {
        let laws = &self.catalogue.laws;
        laws.iter().any(|law| is(law) && law.function == *operation && holds(self.problem, law))
    }

    /// A primitive of a form by its laws: of a product, of a multiple, of a diagonal matrix, of another primitive.
    pub(super) fn by_law(
        &mut self,
        operation: &Operation,
        form: &Form,
    ) -> Result<Option<Form>, Unexpandable> {
        let form = normalize(form);
        let [term] = form.terms.as_slice() else { return Ok(None) };
        let ([row], [column]) = (form.rows.as_slice(), form.columns.as_slice()) else {
            return self.by_kronecker(operation, &form, term);
        };
        let laws: Vec<&Law> = self.laws_of(&operation.name).collect();
        if let Some(diagonal) = diagonal(term, row, column) {
            let found = laws.iter().find_map(|law| match &law.pattern {
                Pattern::Composite(inner, v) if &**inner == "diag" => Some((*law, v.clone())),
                _ => None,
            });
            let Some((law, letter)) = found else { return Ok(None) };
            let vector = Form { rows: vec![row.clone()], columns: Vec::new(), terms: vec![diagonal] };
            return self.matrix_instance(law, vec![(letter, vector)], BTreeMap::new()).map(Some);
        }
        let Some(chain) = chain(term, row, column) else { return Ok(None) };
        for law in laws {
            let mut dimensions = BTreeMap::new();
            let meanings = match &law.pattern {
                Pattern::Scaled(c, a) if !is_one(&chain.scalar) => {
                    let rest = Term { coefficient: BigRational::one(), ..product(&chain.links) };
                    let matrix = Form { terms: vec![rest], ..form.clone() };
                    vec![(c.clone(), Form::scalar(vec![chain.scalar.clone()])), (a.clone(), matrix)]
                }
                Pattern::Product(a, b) if is_one(&chain.scalar) => {
                    // The first place at which both sides are square.
                    let square = |at: &usize| chain.links[*at].right.dim == row.dim;
                    let Some(at) = (0..chain.links.len() - 1).find(square) else { continue };
                    let (left, right) = chain.links.split_at(at + 1);
                    vec![(a.clone(), matrix(left)), (b.clone(), matrix(right))]
                }
                Pattern::Composite(inner, a) if is_one(&chain.scalar) => {
                    let [link] = chain.links.as_slice() else { continue };
                    let inside = |argument| matrix(&[Link { id: argument, ..link.clone() }]);
                    match self.quantities.get(link.id).origin.clone() {
                        Origin::Primitive { operation, argument } if operation == *inner => {
                            vec![(a.clone(), inside(argument))]
                        }
                        Origin::Raised(Raised {
                            kind: Kind::Exponential(operation),
                            argument,
                            exponent,
                            running: None,
                        }) if operation == *inner => {
                            let mut form = inside(argument);
                            let numbers = self.number_terms(&exponent);
                            form = self.multiply(form, &numbers, Vec::new());
                            vec![(a.clone(), form)]
                        }
                        _ => continue,
                    }
                }
                Pattern::Raised(a, k) if is_one(&chain.scalar) => {
                    let [link] = chain.links.as_slice() else { continue };
                    let Origin::Raised(Raised { kind: Kind::Matrix, argument, exponent, running: None }) =
                        self.quantities.get(link.id).origin.clone()
                    else {
                        continue;
                    };
                    dimensions.insert(k.clone(), exponent);
                    vec![(a.clone(), matrix(&[Link { id: argument, ..link.clone() }]))]
                }
                _ => continue,
            };
            if let Some(side) = &law.side {
                dimensions.insert(side.clone(), row.dim.clone());
            }
            return self.matrix_instance(law, meanings, dimensions).map(Some);
        }
        Ok(None)
    }

    /// The primitive of a Kronecker product of two square matrices.
    fn by_kronecker(
        &mut self,
        operation: &Operation,
        form: &Form,
        term: &Term,
    ) -> Result<Option<Form>, Unexpandable> {
        let law = self.laws_of(&operation.name).find_map(|law| match &law.pattern {
            Pattern::Kronecker(a, b) => Some((law, a.clone(), b.clone())),
            _ => None,
        });
        let Some((law, a, b)) = law else { return Ok(None) };
        // A product that has a name is read by its entries.
        let opened = self.sole_part(term);
        let term = opened.as_ref().unwrap_or(term);
        let Some((one, other)) = (1..form.rows.len()).find_map(|at| kronecker(form, term, at)) else {
            return Ok(None);
        };
        self.matrix_instance(law, vec![(a, one), (b, other)], BTreeMap::new()).map(Some)
    }

    /// The one term of the part whose entry a term is.
    pub(super) fn sole_part(&mut self, term: &Term) -> Option<Term> {
        let [Factor { base: Base::Entry(id, at), exponent }] = term.factors.as_slice() else { return None };
        let Origin::Part(part) = &self.quantities.get(*id).origin else { return None };
        let whole = exponent.is_one() && term.coefficient.is_one() && term.bound.is_empty();
        let terms = part.with_free(at);
        match terms.as_slice() {
            [only] if whole => Some(only.rename_bound(self.indices)),
            _ => None,
        }
    }

    /// The right side of a law with the meanings of its letters.
    fn matrix_instance(
        &mut self,
        law: &Law,
        meanings: Vec<(Name, Form)>,
        dimensions: BTreeMap<Name, Dim>,
    ) -> Result<Form, Unexpandable> {
        let parameters = meanings.into_iter().collect();
        let scope = Scope { inside: true, parameters, dimensions, ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, scope);
        let form = self.expand(&law.right);
        self.scope = outer;
        form
    }

    /// Whether the primitive's product with its argument is the identity.
    pub(crate) fn is_inverse(&self, operation: &Name) -> bool {
        self.has_law(operation, Law::is_cancellation)
    }

    /// An entry on the diagonal of the inverse of `diag(v)` is `1/v[i]`.
    fn of_diagonal(&self, term: &Term) -> Option<Term> {
        term.factors.iter().enumerate().find_map(|(at, factor)| {
            let Base::Entry(id, places) = &factor.base else { return None };
            let ([row, column], info) = (places.as_slice(), self.quantities.get(*id)) else { return None };
            let Origin::Primitive { operation, argument } = &info.origin else { return None };
            let Origin::Part(part) = &self.quantities.get(*argument).origin else { return None };
            let free = part.free();
            let ([only], [i, j]) = (part.terms.as_slice(), free.as_slice()) else { return None };
            let ends = |a: &Index, b: &Index| a == i && b == j || a == j && b == i;
            let mut entry = only.clone();
            let held = |base: &Base| matches!(base, Base::Delta(a, b) if ends(a, b));
            let delta = entry.factors.iter().position(|factor| held(&factor.base))?;
            if row != column || !entry.bound.is_empty() || !self.is_inverse(operation) {
                return None;
            }
            entry.factors.remove(delta);
            let entry =
                entry.map_indices(&|index| if index == i || index == j { row } else { index }.clone());
            let inverse = powered(&entry, -factor.exponent)?;
            let mut next = term.clone();
            next.coefficient *= inverse.coefficient;
            next.factors.splice(at..=at, inverse.factors);
            Some(next)
        })
    }

    /// `inverse-cancel`: `sum(k) inv(A)[i,k] A[k,j] = delta(i,j)` and the other way round, for the first such pair of a term.
    pub(crate) fn cancelled(&self, term: &Term) -> Option<Term> {
        if let Some(next) = self.of_diagonal(term) {
            return Some(next);
        }
        for (at, factor) in term.factors.iter().enumerate() {
            let Base::Entry(id, places) = &factor.base else { continue };
            let Origin::Primitive { operation, argument } = &self.quantities.get(*id).origin else {
                continue;
            };
            let known = self.is_inverse(operation);
            let ([row, column], true, true) = (places.as_slice(), known, factor.exponent.is_one()) else {
                continue;
            };
            let symmetric = self.quantities.get(*argument).symmetric;
            for (other, second) in term.factors.iter().enumerate() {
                let Base::Entry(matrix, entry) = &second.base else { continue };
                let ([a, b], true) = (entry.as_slice(), matrix == argument && second.exponent.is_one())
                else {
                    continue;
                };
                let pairs = [
                    (column, row, a, b, true),
                    (row, column, b, a, true),
                    (column, row, b, a, symmetric),
                    (row, column, a, b, symmetric),
                ];
                for (inner, outer, met, end, fits) in pairs {
                    if fits
                        && inner == met
                        && term.bound.contains(inner)
                        && term.occurrences(inner) == 2
                        && inner != outer
                    {
                        let mut next = term.clone();
                        next.factors[at] = Factor::once(Base::Delta(outer.clone(), end.clone()));
                        next.factors.remove(other);
                        next.bound.retain(|index| index != inner);
                        return Some(next);
                    }
                }
            }
        }
        None
    }
}

/// A term as a Kronecker product of the matrices at its first places and at those from `at` on; what stands at none of
/// either goes with the first.
pub(super) fn kronecker(form: &Form, term: &Term, at: usize) -> Option<(Form, Form)> {
    let ((rows, other_rows), (columns, other_columns)) = (form.rows.split_at(at), form.columns.split_at(at));
    let mut reached: Vec<Index> = other_rows.iter().chain(other_columns).cloned().collect();
    let mut second: Vec<usize> = Vec::new();
    // Everything that factors and sums join to the second.
    loop {
        let joined = |factor: &Factor| factor.base.indices().any(|index| reached.contains(index));
        let next =
            (0..term.factors.len()).find(|place| !second.contains(place) && joined(&term.factors[*place]));
        let Some(next) = next else { break };
        second.push(next);
        reached.extend(term.factors[next].base.indices().cloned());
    }
    if rows.iter().chain(columns).any(|index| reached.contains(index)) {
        return None;
    }
    second.sort_unstable();
    let bound = |within: bool| -> Vec<Index> {
        term.bound.iter().filter(|index| reached.contains(index) == within).cloned().collect()
    };
    let factors = |within: bool| {
        let own = (0..term.factors.len()).filter(|place| second.contains(place) == within);
        own.map(|place| term.factors[place].clone()).collect()
    };
    let one = Term { coefficient: term.coefficient.clone(), factors: factors(false), bound: bound(false) };
    let other = Term { coefficient: BigRational::one(), factors: factors(true), bound: bound(true) };
    Some((
        Form { rows: rows.to_vec(), columns: columns.to_vec(), terms: vec![one] },
        Form { rows: other_rows.to_vec(), columns: other_columns.to_vec(), terms: vec![other] },
    ))
}

pub(super) fn is_one(term: &Term) -> bool {
    term.coefficient.is_one() && term.factors.is_empty() && term.bound.is_empty()
}

pub(super) fn matrix(links: &[Link]) -> Form {
    let ends = links.first().map(|first| first.left.clone()).zip(links.last().map(|last| last.right.clone()));
    let (rows, columns) = ends.map_or((Vec::new(), Vec::new()), |(row, column)| (vec![row], vec![column]));
    Form { rows, columns, terms: vec![product(links)] }
}

fn product(links: &[Link]) -> Term {
    let inner = links.len().saturating_sub(1);
    Term {
        coefficient: BigRational::one(),
        factors: links.iter().map(|link| Factor::once(link.base())).collect(),
        bound: links[..inner].iter().map(|link| link.right.clone()).collect(),
    }
}

/// `delta(i,j)` times what stands at `i` alone: the diagonal.
fn diagonal(term: &Term, row: &Index, column: &Index) -> Option<Term> {
    let place = term.factors.iter().position(|factor| match &factor.base {
        Base::Delta(a, b) => (a == row && b == column) || (a == column && b == row),
        _ => false,
    })?;
    let mut rest = term.clone();
    rest.factors.remove(place);
    let rest = rest.substitute(column, row);
    (rest.bound.is_empty() && rest.factors.iter().any(|factor| factor.base.has_index(row))).then_some(rest)
}

/// A term as a product of matrices from its row to its column; what touches none of their indices is the scalar.
pub(super) fn chain(term: &Term, row: &Index, column: &Index) -> Option<Chain> {
    let mut links = Vec::new();
    let mut used = Vec::new();
    let mut at = row.clone();
    while at != *column {
        let mut next = term
            .factors
            .iter()
            .enumerate()
            .filter(|(place, factor)| !used.contains(place) && factor.base.has_index(&at));
        let (place, factor) = next.next()?;
        if next.next().is_some() || factor.exponent != Exponent::one() {
            return None;
        }
        let Base::Entry(id, indices) = &factor.base else { return None };
        let [a, b] = indices.as_slice() else { return None };
        let turned = *b == at;
        let right = if turned { a.clone() } else { b.clone() };
        if right == at || right != *column && !term.bound.contains(&right) {
            return None;
        }
        links.push(Link { id: *id, left: at, right: right.clone(), turned });
        used.push(place);
        at = right;
    }
    let mut scalar = term.clone();
    let mut place = 0;
    scalar.factors.retain(|_| {
        place += 1;
        !used.contains(&(place - 1))
    });
    let met = |index: &Index| links.iter().any(|link| link.left == *index || link.right == *index);
    if scalar.factors.iter().flat_map(|factor| factor.base.indices()).any(met) || links.is_empty() {
        return None;
    }
    scalar.bound.retain(|index| !met(index));
    // A root of what may be negative stays inside.
    Some(Chain { scalar, links })
}
