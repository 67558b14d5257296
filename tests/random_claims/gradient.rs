//! The derivative of a scalar by a variable as a tree, by the chain rule from the result to the variable.

use crate::build::*;
use crate::tree::{Function, SCALAR, Tree};
use Tree::*;

fn slope(function: Function, a: &Tree) -> Option<Tree> {
    let one = ones(a.shape());
    let itself = apply(function, a);
    Some(match function {
        Function::Exp => itself,
        Function::Log => quotient(&one, a),
        Function::Tanh => difference(&one, &hadamard(&itself, &itself)),
        Function::Sigmoid => hadamard(&itself, &difference(&one, &itself)),
        Function::Sin => apply(Function::Cos, a),
        Function::Cos => scaled(-1, &apply(Function::Sin, a)),
        Function::Abs | Function::Relu => return None,
    })
}

fn scaled_by(scalar: &Tree, a: &Tree) -> Tree {
    if *scalar == Number(1) { a.clone() } else { times(scalar, a) }
}

/// Adds the terms of the derivative; `above` is the derivative of the result by `tree`.
fn collect(tree: &Tree, above: &Tree, variable: usize, terms: &mut Vec<Tree>) -> Option<()> {
    if !tree.has(variable) {
        return Some(());
    }
    let mut go = |part: &Tree, above: Tree| collect(part, &above, variable, terms);
    match tree {
        Variable(_) => terms.push(above.clone()),
        Transpose(a) => go(a, transpose(above))?,
        Product(a, b) => {
            go(a, product(above, &transpose(b)))?;
            go(b, product(&transpose(a), above))?;
        }
        Hadamard(a, b) => {
            go(a, hadamard(above, b))?;
            go(b, hadamard(above, a))?;
        }
        Sum(a, b) => {
            go(a, above.clone())?;
            go(b, above.clone())?;
        }
        Difference(a, b) => {
            go(a, above.clone())?;
            go(b, scaled(-1, above))?;
        }
        Scaled(factor, a) => go(a, scaled(*factor, above))?,
        Times(a, b) => {
            go(a, total(&hadamard(above, b)))?;
            go(b, times(a, above))?;
        }
        Quotient(a, b) => {
            go(a, quotient(above, b))?;
            go(b, scaled(-1, &quotient(&hadamard(above, a), &hadamard(b, b))))?;
        }
        Over(a, b) => {
            go(a, over(above, b))?;
            go(b, scaled(-1, &over(&total(&hadamard(above, a)), &product(b, b))))?;
        }
        Apply(function, a) => go(a, hadamard(above, &slope(*function, a)?))?,
        Trace(a) => go(a, scaled_by(above, &Eye(a.shape().0)))?,
        Total(a) => go(a, scaled_by(above, &ones(a.shape())))?,
        Rowsum(a) => go(a, product(above, &ones((0, a.shape().1))))?,
        Colsum(a) => go(a, product(&ones((a.shape().0, 0)), &transpose(above)))?,
        Diag(a) => go(a, diagvec(above))?,
        Diagvec(a) => go(a, diag(above))?,
        Number(_) | Ones(_) | Eye(_) | Derivative(..) | Entry(..) | SumOver(..) | Delta(..) => return None,
    }
    Some(())
}

/// Nothing where there is a corner or a part that is not differentiated here.
pub fn gradient(tree: &Tree, variable: usize) -> Option<Tree> {
    assert_eq!(tree.shape(), SCALAR);
    let mut terms = Vec::new();
    collect(tree, &Number(1), variable, &mut terms)?;
    terms.into_iter().reduce(|a, b| sum(&a, &b))
}
