//! Mistakes of one place each; the shape stays.

use crate::build::*;
use crate::make::Family;
use crate::tree::{Function, Letter, SCALAR, Tree};
use Family::{
    Derivative as DerivativeFamily, Function as FunctionFamily, Index, Polynomial, Quotient as QuotientFamily,
};
use Tree::*;

pub struct Mistake {
    pub name: &'static str,
    /// Where it is looked for.
    pub families: &'static [Family],
    /// A part with the mistake; the letters are those that are free in the claim.
    pub made: fn(&Tree, &[Letter], &mut Random) -> Option<Tree>,
}

const MATRICES: &[Family] = &[Polynomial, QuotientFamily, FunctionFamily, DerivativeFamily];

pub const MISTAKES: [Mistake; 17] = [
    Mistake {
        name: "transpose dropped or added",
        families: MATRICES,
        made: |tree, _, _| match tree {
            Eye(_) | Diag(_) | Ones(_) => None,
            _ if tree.shape() == SCALAR => None,
            Transpose(a) => Some((**a).clone()),
            _ => Some(transpose(tree)),
        },
    },
    Mistake {
        name: "factors swapped",
        families: MATRICES,
        made: |tree, _, _| match tree {
            // An inner product and an outer one differ in shape, scalars may be swapped.
            Product(a, b) if a.shape().0 != 0 && a.shape().1 != 0 => {
                let neutral = matches!(**a, Eye(_)) || matches!(**b, Eye(_));
                (!neutral).then(|| product(b, a))
            }
            _ => None,
        },
    },
    Mistake {
        name: "sign",
        families: &Family::ALL,
        made: |tree, _, r| match tree {
            Sum(a, b) => Some(difference(a, b)),
            Difference(a, b) => Some(sum(a, b)),
            Scaled(factor, a) => Some(scaled(-factor, a)),
            _ if r.below(8) == 0 => Some(scaled(-1, tree)),
            _ => None,
        },
    },
    Mistake {
        name: "coefficient",
        families: &Family::ALL,
        made: |tree, _, r| match tree {
            Scaled(factor, a) => Some(scaled(factor + 1, a)),
            Number(number) => Some(Number(number + 1)),
            _ if r.below(8) == 0 => Some(scaled(2, tree)),
            _ => None,
        },
    },
    Mistake {
        name: "another variable",
        families: &Family::ALL,
        made: |tree, _, _| match tree {
            Variable(at) => Some(Variable(at ^ 1)),
            _ => None,
        },
    },
    Mistake {
        name: "term dropped",
        families: &Family::ALL,
        made: |tree, _, r| match tree {
            Sum(a, b) => Some(if r.below(2) == 0 { (**a).clone() } else { (**b).clone() }),
            Difference(a, _) => Some((**a).clone()),
            _ => None,
        },
    },
    Mistake {
        name: "order of a difference",
        families: &Family::ALL,
        made: |tree, _, _| match tree {
            Difference(a, b) => Some(difference(b, a)),
            _ => None,
        },
    },
    Mistake {
        name: "product for Hadamard product or back",
        families: MATRICES,
        made: |tree, _, _| match tree {
            Hadamard(a, b) => Some(product(a, b)),
            Product(a, b) if a.shape() != SCALAR => Some(hadamard(a, b)),
            _ => None,
        },
    },
    Mistake {
        name: "rows for columns, diagonal for sums",
        families: MATRICES,
        made: |tree, _, r| match tree {
            Rowsum(a) if r.below(2) == 0 => Some(diagvec(a)),
            Rowsum(a) => Some(colsum(a)),
            Colsum(a) => Some(rowsum(a)),
            Diagvec(a) => Some(rowsum(a)),
            Trace(a) => Some(total(a)),
            Total(a) => Some(trace(a)),
            Diag(v) => Some(product(v, &ones((0, v.shape().0)))),
            Eye(side) => Some(ones((*side, *side))),
            _ => None,
        },
    },
    Mistake {
        name: "numerator and denominator swapped",
        families: &[QuotientFamily, FunctionFamily],
        made: |tree, _, _| match tree {
            Quotient(a, b) => Some(quotient(b, a)),
            _ => None,
        },
    },
    Mistake {
        name: "product for quotient or back",
        families: &[QuotientFamily, FunctionFamily],
        made: |tree, _, _| match tree {
            Quotient(a, b) => Some(hadamard(a, b)),
            Over(a, s) => Some(times(s, a)),
            Hadamard(a, b) => Some(quotient(a, b)),
            Times(s, a) => Some(over(a, s)),
            _ => None,
        },
    },
    Mistake {
        name: "another function",
        families: &[FunctionFamily, DerivativeFamily],
        made: |tree, _, r| match tree {
            Apply(function, a) => {
                // A logarithm has values only where its argument is positive.
                let others: Vec<Function> = Function::ALL
                    .into_iter()
                    .filter(|other| other != function && *other != Function::Log)
                    .collect();
                Some(apply(*r.one(&others)?, a))
            }
            _ => None,
        },
    },
    Mistake {
        name: "factor of a derivative lost",
        families: &[DerivativeFamily],
        made: |tree, _, _| match tree {
            Scaled(_, a) => Some((**a).clone()),
            Sum(a, b) if a == b => Some((**a).clone()),
            Times(_, a) => Some((**a).clone()),
            Hadamard(a, _) => Some((**a).clone()),
            _ => None,
        },
    },
    Mistake {
        name: "free letter for another",
        families: &[Index],
        made: |tree, free, r| {
            let Entry(a, at) = tree else { return None };
            let place = r.below(at.len());
            if !free.contains(&at[place]) {
                return None;
            }
            with_letter(a, at, place, free, r)
        },
    },
    Mistake {
        name: "bound letter in a wrong place",
        families: &[Index],
        made: |tree, free, r| {
            let SumOver(k, a) = tree else { return None };
            // A sum with delta has one term, where both letters have one value.
            if a.parts().iter().any(|part| matches!(part, Delta(b, c) if b == k || c == k)) {
                return None;
            }
            let others = fitting(*k, a, free);
            let wrong = changed_somewhere(a, r, &mut |part, r| match part {
                Entry(b, at) => {
                    let place = r.below(at.len());
                    let from: &[Letter] = if at[place] == *k { &others } else { &[*k] };
                    // Else it would be a letter of an inner sum that loses its place.
                    let known = at[place] == *k || others.contains(&at[place]);
                    if known { with_letter(b, at, place, from, r) } else { None }
                }
                _ => None,
            })?;
            Some(sum_over(*k, &wrong))
        },
    },
    Mistake {
        name: "indices exchanged",
        families: &[Index],
        made: |tree, _, _| match tree {
            Entry(a, at) if at.len() == 2 => {
                let new = entry(a, &[at[1], at[0]]);
                new.fits().then_some(new)
            }
            _ => None,
        },
    },
    Mistake {
        name: "sum lost",
        families: &[Index],
        made: |tree, free, r| {
            let SumOver(k, a) = tree else { return None };
            match r.one(&fitting(*k, a, free)) {
                Some(other) if r.below(3) > 0 => Some(a.renamed(*k, *other)),
                _ => Some((**a).clone()),
            }
        },
    },
];

/// Letters that could stand for one in a tree.
fn fitting(k: Letter, tree: &Tree, free: &[Letter]) -> Vec<Letter> {
    let mut others = tree.free();
    others.extend(free);
    others.sort();
    others.dedup();
    others.retain(|other| *other != k && other.dimension == k.dimension && !tree.binds(*other));
    others
}

/// An entry with another letter at a place, one of those given.
fn with_letter(a: &Tree, at: &[Letter], place: usize, from: &[Letter], r: &mut Random) -> Option<Tree> {
    let fits = |other: &&Letter| other.dimension == at[place].dimension && **other != at[place];
    let others: Vec<Letter> = from.iter().filter(fits).copied().collect();
    let mut letters = at.to_vec();
    letters[place] = *r.one(&others)?;
    Some(entry(a, &letters))
}

/// The mistake at one place of the right side, if it has one.
pub fn mistaken(mistake: &Mistake, left: &Tree, right: &Tree, r: &mut Random) -> Option<Tree> {
    let mut free = left.free();
    free.extend(right.free());
    free.sort();
    free.dedup();
    changed_somewhere(right, r, &mut |part, r| {
        let new = (mistake.made)(part, &free, r)?;
        (new.fits() && new.shape() == part.shape()).then_some(new)
    })
}
