//! Trees made of parts, and random numbers to choose them by.

use crate::tree::{Function, Letter, SCALAR, Shape, Tree};
use Tree::*;

pub struct Random {
    state: u64,
    letters: usize,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed, letters: 0 }
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.state >> 33) as usize) % bound
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }

    pub fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }

    /// A letter that the claim does not have yet.
    pub fn letter(&mut self, dimension: usize) -> Letter {
        self.letters += 1;
        Letter { number: self.letters - 1, dimension }
    }

    pub fn start_claim(&mut self) {
        self.letters = 0;
    }
}

fn boxed(tree: &Tree) -> Box<Tree> {
    Box::new(tree.clone())
}

pub fn sum(a: &Tree, b: &Tree) -> Tree {
    Sum(boxed(a), boxed(b))
}

pub fn difference(a: &Tree, b: &Tree) -> Tree {
    Difference(boxed(a), boxed(b))
}

pub fn scaled(factor: i64, a: &Tree) -> Tree {
    Scaled(factor, boxed(a))
}

pub fn product(a: &Tree, b: &Tree) -> Tree {
    Product(boxed(a), boxed(b))
}

/// Entry by entry; of scalars their product.
pub fn hadamard(a: &Tree, b: &Tree) -> Tree {
    if a.shape() == SCALAR { product(a, b) } else { Hadamard(boxed(a), boxed(b)) }
}

pub fn quotient(a: &Tree, b: &Tree) -> Tree {
    Quotient(boxed(a), boxed(b))
}

pub fn times(a: &Tree, b: &Tree) -> Tree {
    if b.shape() == SCALAR { product(a, b) } else { Times(boxed(a), boxed(b)) }
}

pub fn over(a: &Tree, b: &Tree) -> Tree {
    if a.shape() == SCALAR { quotient(a, b) } else { Over(boxed(a), boxed(b)) }
}

pub fn transpose(a: &Tree) -> Tree {
    if a.shape() == SCALAR { a.clone() } else { Transpose(boxed(a)) }
}

pub fn apply(function: Function, a: &Tree) -> Tree {
    Apply(function, boxed(a))
}

pub fn trace(a: &Tree) -> Tree {
    Trace(boxed(a))
}

pub fn total(a: &Tree) -> Tree {
    if a.shape() == SCALAR { a.clone() } else { Total(boxed(a)) }
}

pub fn rowsum(a: &Tree) -> Tree {
    Rowsum(boxed(a))
}

pub fn colsum(a: &Tree) -> Tree {
    Colsum(boxed(a))
}

pub fn diag(a: &Tree) -> Tree {
    Diag(boxed(a))
}

pub fn diagvec(a: &Tree) -> Tree {
    Diagvec(boxed(a))
}

pub fn derivative(a: &Tree, variable: usize) -> Tree {
    Derivative(boxed(a), variable)
}

pub fn ones(shape: Shape) -> Tree {
    if shape == SCALAR { Number(1) } else { Ones(shape) }
}

/// A scalar is its own entry.
pub fn entry(a: &Tree, letters: &[Letter]) -> Tree {
    if a.shape() == SCALAR { a.clone() } else { Entry(boxed(a), letters.to_vec()) }
}

pub fn sum_over(letter: Letter, a: &Tree) -> Tree {
    SumOver(letter, boxed(a))
}

/// A part chosen among those that `change` has something for, changed.
pub fn changed_somewhere(
    tree: &Tree,
    r: &mut Random,
    change: &mut dyn FnMut(&Tree, &mut Random) -> Option<Tree>,
) -> Option<Tree> {
    let parts = tree.parts();
    for place in r.shuffled(parts.len()) {
        let part = parts[place];
        let new = change(part, r).filter(|new| new != part);
        if let Some(new) = new {
            assert!(
                new.shape() == part.shape() && new.parts().iter().all(|part| part.fits()),
                "{part:?} {new:?}"
            );
            let mut whole = tree.clone();
            *whole.part_mut(place) = new;
            return Some(whole);
        }
    }
    None
}
