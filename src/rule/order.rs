//! Which rule is tried first, by what the rules do: the order of their lines means nothing.

use std::cmp::Reverse;

use super::{Catalogue, Object, Rule};
use crate::index::{Index, Indices};
use crate::matrix::Matrix;
use crate::syntax::ast::{Expr, Name};

/// Two rules that apply to the same objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The one that is tried first.
    pub first: Name,
    pub second: Name,
}

impl Rule {
    /// The least is tried first: after those that may only finish come none; what sums more indices away goes before
    /// what sums less, then what leaves fewer indices of its factors, then what has fewer letters, then the name.
    pub fn precedence(&self) -> (bool, Reverse<usize>, Reverse<usize>, usize, Name) {
        let places: usize = self.factors.iter().map(|(_, letters)| letters.len()).sum();
        (
            self.finish,
            Reverse(self.bound.len()),
            Reverse(places.saturating_sub(self.free.len())),
            self.letters().len(),
            self.name.clone(),
        )
    }

    /// Letters of the left side, each once.
    fn letters(&self) -> Vec<&Name> {
        let mut letters: Vec<&Name> = self.factors.iter().flat_map(|(_, letters)| letters).collect();
        letters.sort();
        letters.dedup();
        letters
    }

    /// Objects that the left side stands for, and all their indices.
    fn example(&self) -> (Vec<Object>, Vec<Index>) {
        let mut indices = Indices::default();
        let known: Vec<(&Name, Index)> =
            self.letters().into_iter().map(|letter| (letter, indices.fresh(&Rule::range(letter)))).collect();
        let index =
            |letter: &Name| known.iter().find(|(name, _)| *name == letter).map(|(_, index)| index.clone());
        let objects = self.factors.iter().map(|(name, letters)| Object {
            matrix: Matrix::leaf(Expr::name(name.clone()), Rule::shape(letters)),
            indices: letters.iter().filter_map(index).collect(),
        });
        (objects.collect(), known.iter().map(|(_, index)| index.clone()).collect())
    }

    /// Whether the rule applies to objects of the other's left side, if all their indices are summed over.
    fn applies_within(&self, other: &Rule) -> bool {
        let (objects, indices) = other.example();
        self.find(&objects, &indices).is_some()
    }
}

pub(super) fn by_precedence(mut rules: Vec<Rule>) -> Vec<Rule> {
    rules.sort_by_cached_key(Rule::precedence);
    rules
}

impl Catalogue {
    /// Pairs of rules of which one applies to objects that the other takes: there the order decides, which is that of
    /// [`Rule::precedence`]. In the order of the rules.
    pub fn overlaps(&self) -> Vec<Overlap> {
        let mut found = Vec::new();
        for (at, first) in self.rules.iter().enumerate() {
            for second in &self.rules[at + 1..] {
                if first.applies_within(second) || second.applies_within(first) {
                    found.push(Overlap { first: first.name.clone(), second: second.name.clone() });
                }
            }
        }
        found
    }
}
