//! What an operation's dimensions are products of, read off its arguments and off the pairs that its formula compares.

use std::collections::BTreeMap;

use super::split::{common, dims};
use crate::index::Index;
use crate::problem::{Body, Operation};
use crate::shape::{Dim, dimension};
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Lists of dimensions by the operation's names.
#[derive(Default)]
pub(super) struct Products {
    lists: BTreeMap<Name, Vec<Dim>>,
}

impl Products {
    /// An argument's axis stands for a dimension: what it is known to be a product of is refined. `None` where two
    /// arguments split it in two ways.
    pub fn meet(&mut self, wanted: &Dim, axis: &[Index]) -> Option<()> {
        match wanted.as_name() {
            Some(name) => self.refine(name, dims(axis)),
            None => (axis.len() < 2).then_some(()),
        }
    }

    fn refine(&mut self, name: &Name, dims: Vec<Dim>) -> Option<()> {
        let list = match self.lists.get(name) {
            Some(known) => common(known, &dims)?[0].concat(),
            None => dims,
        };
        self.lists.insert(name.clone(), list);
        Some(())
    }

    /// `delta((j,i),(c,r))`: the letters on either side run over one list. `None` where there is none.
    pub fn compare(&mut self, operation: &Operation, sizes: &BTreeMap<Name, Dim>) -> Option<()> {
        let Body::Formula(formula) = &operation.body else { return Some(()) };
        let mut ranges: BTreeMap<Name, Dim> = operation.letters().cloned().collect();
        let mut found = Vec::new();
        compared(formula, &mut ranges, &mut found);
        for [left, right] in found {
            let list = |ranges: &[Dim]| -> Option<Vec<Dim>> {
                let own = |range: &Dim| self.list(range, sizes);
                Some(ranges.iter().map(own).collect::<Option<Vec<_>>>()?.concat())
            };
            let [ours, theirs] = common(&list(&left)?, &list(&right)?)?;
            for (ranges, mut parts) in [(left, ours.into_iter()), (right, theirs.into_iter())] {
                for range in &ranges {
                    let count = self.list(range, sizes)?.len();
                    let refined: Vec<Dim> = parts.by_ref().take(count).flatten().collect();
                    match range.as_name() {
                        Some(name) => self.lists.insert(name.clone(), refined),
                        None if refined.len() > 1 => return None,
                        None => None,
                    };
                }
            }
        }
        Some(())
    }

    fn list(&self, range: &Dim, sizes: &BTreeMap<Name, Dim>) -> Option<Vec<Dim>> {
        if let Some(list) = range.as_name().and_then(|name| self.lists.get(name)) {
            return Some(list.clone());
        }
        let size = range.replace(&|name| sizes.get(name).cloned())?;
        Some(if size.is_one() { Vec::new() } else { vec![size] })
    }

    /// An argument's axis, each index with what it becomes.
    pub fn of(&self, wanted: &Dim, axis: &[Index]) -> Option<Vec<Vec<Dim>>> {
        match wanted.as_name().and_then(|name| self.lists.get(name)) {
            Some(list) => {
                let [own, rest] = common(&dims(axis), list)?;
                rest.iter().all(|dims| dims.len() == 1).then_some(own)
            }
            None => Some(axis.iter().map(|index| vec![index.dim.clone()]).collect()),
        }
    }

    /// Those that are products.
    pub fn lists(self) -> BTreeMap<Name, Vec<Dim>> {
        self.lists.into_iter().filter(|(_, list)| list.len() > 1).collect()
    }
}

/// The ranges of pairs that a formula compares, with those of its letters.
fn compared(expr: &Expr, ranges: &mut BTreeMap<Name, Dim>, found: &mut Vec<[Vec<Dim>; 2]>) {
    if let ExprKind::BigSum { binders, .. } = &expr.kind {
        for binder in binders {
            ranges.extend(
                binder.range.as_ref().and_then(dimension).map(|range| (binder.name.name.clone(), range)),
            );
        }
    }
    if let ExprKind::Call { function, arguments, .. } = &expr.kind
        && let ("delta", [left, right]) = (&*function.name, arguments.as_slice())
        && let (ExprKind::Tuple(left), ExprKind::Tuple(right)) = (&left.kind, &right.kind)
    {
        let range = |part: &Expr| match &part.kind {
            ExprKind::Name(name) => ranges.get(name).cloned(),
            _ => None,
        };
        let list = |parts: &[Expr]| parts.iter().map(range).collect::<Option<Vec<_>>>();
        found.extend(list(left).zip(list(right)).map(|(left, right)| [left, right]));
    }
    expr.children().into_iter().for_each(|child| compared(child, ranges, found));
}
