//! Laws of quotients and of functions.

use crate::build::*;
use crate::laws::Named;
use crate::tree::{Function, SCALAR, Shape, Tree, VARIABLES};
use Function::*;
use Tree::*;

/// As good as never zero.
fn variable(shape: Shape, r: &mut Random) -> Option<Tree> {
    let fitting: Vec<usize> = (0..VARIABLES.len()).filter(|at| VARIABLES[*at].shape == shape).collect();
    r.one(&fitting).map(|at| Variable(*at))
}

pub const QUOTIENTS: [Named; 7] = [
    ("quotient of a sum", |t, _| match t {
        Quotient(a, b) => match &**a {
            Sum(c, d) => Some(sum(&quotient(c, b), &quotient(d, b))),
            Difference(c, d) => Some(difference(&quotient(c, b), &quotient(d, b))),
            Scaled(factor, c) => Some(scaled(*factor, &quotient(c, b))),
            _ => None,
        },
        Over(a, s) => match &**a {
            Sum(c, d) => Some(sum(&over(c, s), &over(d, s))),
            Difference(c, d) => Some(difference(&over(c, s), &over(d, s))),
            Scaled(factor, c) => Some(scaled(*factor, &over(c, s))),
            _ => None,
        },
        _ => None,
    }),
    ("factor into a numerator", |t, _| match t {
        Hadamard(a, b) => match (&**a, &**b) {
            (Quotient(c, d), _) => Some(quotient(&hadamard(c, b), d)),
            (_, Quotient(c, d)) => Some(quotient(&hadamard(a, c), d)),
            (Over(c, s), _) => Some(over(&hadamard(c, b), s)),
            _ => None,
        },
        Product(a, b) => match (&**a, &**b) {
            (Over(c, s), _) => Some(over(&product(c, b), s)),
            (_, Over(c, s)) => Some(over(&product(a, c), s)),
            (_, Quotient(c, d)) if a.shape() == SCALAR && b.shape() == SCALAR => {
                Some(quotient(&product(a, c), d))
            }
            _ => None,
        },
        _ => None,
    }),
    ("numerator taken apart", |t, _| match t {
        Quotient(a, b) => match &**a {
            Hadamard(c, d) => Some(hadamard(&quotient(c, b), d)),
            Product(c, d) if a.shape() == SCALAR && c.shape() == SCALAR => Some(product(c, &quotient(d, b))),
            _ => Some(hadamard(a, &quotient(&ones(b.shape()), b))),
        },
        Over(a, s) => match &**a {
            Product(c, d) => Some(product(&over(c, s), d)),
            Hadamard(c, d) => Some(hadamard(c, &over(d, s))),
            _ => Some(times(&quotient(&Number(1), s), a)),
        },
        _ => None,
    }),
    ("quotient of quotients", |t, _| match t {
        Quotient(a, b) => match (&**a, &**b) {
            (Quotient(c, d), _) => Some(quotient(c, &hadamard(d, b))),
            (_, Quotient(c, d)) => Some(quotient(&hadamard(a, d), c)),
            _ => None,
        },
        Over(a, s) => match &**a {
            Over(b, u) => Some(over(b, &product(s, u))),
            Quotient(c, d) => Some(quotient(c, &times(s, d))),
            _ => None,
        },
        _ => None,
    }),
    ("quotient expanded", |t, r| match t {
        Quotient(a, b) => {
            let factor = variable(t.shape(), r)?;
            Some(quotient(&hadamard(&factor, a), &hadamard(b, &factor)))
        }
        Over(a, s) => {
            let factor = if r.below(2) == 0 { variable(SCALAR, r)? } else { Number(-3) };
            Some(over(&times(&factor, a), &product(s, &factor)))
        }
        _ => None,
    }),
    ("common denominator", |t, _| match t {
        Sum(a, b) => match (&**a, &**b) {
            (Quotient(c, d), Quotient(e, f)) if d == f => Some(quotient(&sum(c, e), d)),
            (Quotient(c, d), Quotient(e, f)) => {
                Some(quotient(&sum(&hadamard(c, f), &hadamard(e, d)), &hadamard(d, f)))
            }
            (Quotient(c, d), _) => Some(quotient(&sum(c, &hadamard(b, d)), d)),
            (Over(c, s), Over(d, u)) => Some(over(&sum(&times(u, c), &times(s, d)), &product(s, u))),
            _ => None,
        },
        _ => None,
    }),
    ("divisor taken out of a sum", |t, _| match t {
        Total(a) | Trace(a) | Rowsum(a) | Transpose(a) => match &**a {
            Over(b, s) => {
                let inner = match t {
                    Total(_) => total(b),
                    Trace(_) => trace(b),
                    Rowsum(_) => rowsum(b),
                    _ => transpose(b),
                };
                Some(over(&inner, s))
            }
            _ => None,
        },
        _ => None,
    }),
];

fn negative(a: &Tree) -> Tree {
    scaled(-1, a)
}

pub const FUNCTIONS: [Named; 9] = [
    ("exp of a sum", |t, _| match t {
        Apply(Exp, a) => match &**a {
            Sum(b, c) => Some(hadamard(&apply(Exp, b), &apply(Exp, c))),
            Difference(b, c) => Some(quotient(&apply(Exp, b), &apply(Exp, c))),
            Scaled(2, b) => Some(hadamard(&apply(Exp, b), &apply(Exp, b))),
            _ => None,
        },
        _ => None,
    }),
    ("exp of the opposite", |t, _| match t {
        Apply(Exp, a) => Some(quotient(&ones(a.shape()), &apply(Exp, &negative(a)))),
        _ => None,
    }),
    ("log of a product", |t, _| match t {
        Apply(Log, a) => match &**a {
            Hadamard(b, c) if b.positive() && c.positive() => Some(sum(&apply(Log, b), &apply(Log, c))),
            Quotient(b, c) if b.positive() && c.positive() => {
                Some(difference(&apply(Log, b), &apply(Log, c)))
            }
            Apply(Exp, b) => Some((**b).clone()),
            _ if a.positive() => Some(negative(&apply(Log, &quotient(&ones(a.shape()), a)))),
            _ => None,
        },
        _ => None,
    }),
    ("sigmoid by exp", |t, _| match t {
        Apply(Sigmoid, a) => {
            let one = ones(a.shape());
            Some(quotient(&one, &sum(&one, &apply(Exp, &negative(a)))))
        }
        _ => None,
    }),
    ("tanh by sigmoid", |t, _| match t {
        Apply(Tanh, a) => Some(difference(&scaled(2, &apply(Sigmoid, &scaled(2, a))), &ones(a.shape()))),
        _ => None,
    }),
    ("relu by abs", |t, r| match t {
        Apply(Relu, a) if r.below(2) == 0 => Some(sum(a, &apply(Relu, &negative(a)))),
        Apply(Relu, a) => Some(over(&sum(a, &apply(Abs, a)), &Number(2))),
        _ => None,
    }),
    ("abs of a product", |t, _| match t {
        Apply(Abs, a) => match &**a {
            Hadamard(b, c) => Some(hadamard(&apply(Abs, b), &apply(Abs, c))),
            Quotient(b, c) => Some(quotient(&apply(Abs, b), &apply(Abs, c))),
            Scaled(factor, b) => Some(scaled(factor.abs(), &apply(Abs, b))),
            _ => None,
        },
        _ => None,
    }),
    ("odd and even functions", |t, _| match t {
        Apply(function @ (Tanh | Sin), a) => Some(negative(&apply(*function, &negative(a)))),
        Apply(function @ (Cos | Abs), a) => Some(apply(*function, &negative(a))),
        Apply(Sigmoid, a) => Some(difference(&ones(a.shape()), &apply(Sigmoid, &negative(a)))),
        _ => None,
    }),
    ("sine and cosine of a sum", |t, _| match t {
        Apply(function @ (Sin | Cos), a) => match &**a {
            Sum(b, c) => {
                let of = |f: Function, g: Function| hadamard(&apply(f, b), &apply(g, c));
                Some(match function {
                    Sin => sum(&of(Sin, Cos), &of(Cos, Sin)),
                    _ => difference(&of(Cos, Cos), &of(Sin, Sin)),
                })
            }
            _ => None,
        },
        _ => None,
    }),
];
