//! Matching a rule against the objects of one term.

use num_rational::BigRational;
use num_traits::{CheckedDiv, One};

use super::Rule;
use crate::index::Index;
use crate::matrix::Matrix;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

/// A part of a term on its way to matrix algebra: a matrix with its two indices, a column vector with one, a
/// scalar with none.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub matrix: Matrix,
    pub indices: Vec<Index>,
}

/// Which objects a rule takes, and what stands in their place.
#[derive(Clone, Debug)]
pub struct Match {
    /// Positions of the objects taken, ascending.
    pub taken: Vec<usize>,
    /// Bound indices that the rule sums away.
    pub summed: Vec<Index>,
    pub result: Object,
}

impl Rule {
    /// The first way, in the order of the objects, in which the rule applies.
    pub fn find(&self, objects: &[Object], bound: &[Index]) -> Option<Match> {
        self.search(objects, bound, &mut Vec::new(), &mut Vec::new())
    }

    fn search(
        &self,
        objects: &[Object],
        bound: &[Index],
        chosen: &mut Vec<usize>,
        letters: &mut Vec<(Name, Index)>,
    ) -> Option<Match> {
        let Some((_, pattern)) = self.factors.get(chosen.len()) else {
            return self.conclude(objects, bound, chosen, letters);
        };
        for (position, object) in objects.iter().enumerate() {
            if chosen.contains(&position) || object.indices.len() != pattern.len() {
                continue;
            }
            let known = letters.len();
            if pattern.iter().zip(&object.indices).all(|(letter, index)| bind(letters, letter, index)) {
                chosen.push(position);
                if let Some(found) = self.search(objects, bound, chosen, letters) {
                    return Some(found);
                }
                chosen.pop();
            }
            letters.truncate(known);
        }
        None
    }

    fn conclude(
        &self,
        objects: &[Object],
        bound: &[Index],
        chosen: &[usize],
        letters: &[(Name, Index)],
    ) -> Option<Match> {
        let index = |letter: &Name| letters.iter().find(|(known, _)| known == letter).map(|(_, index)| index);
        let mut summed = Vec::new();
        for letter in &self.bound {
            let index = index(letter)?;
            let elsewhere = objects
                .iter()
                .enumerate()
                .any(|(position, object)| !chosen.contains(&position) && object.indices.contains(index));
            if !bound.contains(index) || elsewhere {
                return None;
            }
            summed.push(index.clone());
        }
        let indices = self.free.iter().map(|letter| index(letter).cloned()).collect::<Option<Vec<_>>>()?;
        let matrix = self.build(
            &self.right,
            &|name| {
                let position = self.factors.iter().position(|(known, _)| known == name)?;
                objects.get(*chosen.get(position)?).map(|object| object.matrix.clone())
            },
            &|name| {
                // `K` is the range of the letter `k`.
                letters
                    .iter()
                    .find(|(letter, _)| letter.to_uppercase() == **name)
                    .map(|(_, index)| index.dim.clone())
            },
        )?;
        let mut taken = chosen.to_vec();
        taken.sort_unstable();
        Some(Match { taken, summed, result: Object { matrix, indices } })
    }

    /// The right side with the metavariables replaced.
    fn build(
        &self,
        expr: &Expr,
        value: &dyn Fn(&Name) -> Option<Matrix>,
        range: &dyn Fn(&Name) -> Option<Dim>,
    ) -> Option<Matrix> {
        match &expr.kind {
            ExprKind::Name(name) => value(name),
            ExprKind::Number(number) => Some(times(number.clone(), Matrix::Ones(Shape::scalar()))),
            ExprKind::Negate(inner) => Some(times(-BigRational::one(), self.build(inner, value, range)?)),
            ExprKind::Transpose(inner) => Some(self.build(inner, value, range)?.transpose()),
            ExprKind::Product { first, rest } => {
                let mut product = self.build(first, value, range)?;
                for (op, factor) in rest {
                    if let (ProductOp::Divide, ExprKind::Number(number)) = (op, &factor.kind) {
                        product = times(BigRational::one().checked_div(number)?, product);
                        continue;
                    }
                    let factor = self.build(factor, value, range)?;
                    product = match op {
                        ProductOp::Times => Matrix::product([product, factor]),
                        ProductOp::Hadamard => Matrix::hadamard(product, factor),
                        _ => return None,
                    };
                }
                Some(product)
            }
            ExprKind::Call { function, primes: 0, arguments } => {
                let [argument] = arguments.as_slice() else { return None };
                if &*function.name == "ones" {
                    let ExprKind::Name(name) = &argument.kind else { return None };
                    return Some(Matrix::Ones(Shape::new(range(name)?, Dim::one())));
                }
                let inner = Box::new(self.build(argument, value, range)?);
                let column = |dim| Shape::new(dim, Dim::one());
                let call = |inner: Box<Matrix>, shape| Matrix::Call {
                    function: function.name.clone(),
                    inner,
                    shape,
                };
                let wrapped = match &*function.name {
                    "rowsum" => {
                        let shape = column(inner.shape().rows);
                        call(inner, shape)
                    }
                    "colsum" => {
                        let shape = column(inner.shape().columns);
                        call(inner, shape)
                    }
                    "tr" => Matrix::trace(*inner),
                    "sum" => Matrix::total(*inner),
                    "diag" => Matrix::Diag(inner),
                    "diagvec" => Matrix::Diagvec(inner),
                    _ => return None,
                };
                Some(times(BigRational::one(), wrapped))
            }
            _ => None,
        }
    }
}

fn times(coefficient: BigRational, matrix: Matrix) -> Matrix {
    Matrix::multiple(coefficient, Vec::new(), matrix)
}

fn bind(letters: &mut Vec<(Name, Index)>, letter: &Name, index: &Index) -> bool {
    match letters.iter().find(|(known, _)| known == letter) {
        Some((_, bound)) => bound == index,
        None => {
            // Different letters of one factor may stand for one index only where the pattern says so.
            if letters.iter().any(|(_, bound)| bound == index) {
                return false;
            }
            letters.push((letter.clone(), index.clone()));
            true
        }
    }
}
