//! Laws that hold for all sizes and values, each the reader's own.

use crate::build::*;
use crate::function_laws::{FUNCTIONS, QUOTIENTS};
use crate::index_laws::INDICES;
use crate::make::Family;
use crate::tree::{SCALAR, Tree};
use Tree::*;

/// What a part is equal to, if the law is about it.
pub type Law = fn(&Tree, &mut Random) -> Option<Tree>;

pub type Named = (&'static str, Law);

/// All laws, those of a family in a row.
pub fn all() -> Vec<Named> {
    [&MATRICES[..], &DERIVATIVES, &QUOTIENTS, &FUNCTIONS, &INDICES].concat()
}

/// Those of a family, with their positions among all.
pub fn of(family: Family) -> Vec<(usize, Law)> {
    let matrices = MATRICES.len();
    let derivatives = matrices + DERIVATIVES.len();
    let quotients = derivatives + QUOTIENTS.len();
    let functions = quotients + FUNCTIONS.len();
    let taken = |at: usize| match family {
        Family::Polynomial => at < matrices,
        Family::Index => at < matrices || at >= derivatives,
        Family::Quotient => at < quotients,
        Family::Function => at < functions,
        // No divisors but those of the functions' derivatives: the differences need to stay away from poles.
        Family::Derivative => at < derivatives || at >= quotients,
    };
    all().into_iter().enumerate().filter(|(at, _)| taken(*at)).map(|(at, (_, law))| (at, law)).collect()
}

const MATRICES: [Named; 23] = [
    ("sum commuted", |t, _| match t {
        Sum(a, b) => Some(sum(b, a)),
        _ => None,
    }),
    ("sum associated", |t, _| match t {
        Sum(a, bc) => match &**bc {
            Sum(b, c) => Some(sum(&sum(a, b), c)),
            Difference(b, c) => Some(difference(&sum(a, b), c)),
            _ => None,
        },
        _ => None,
    }),
    ("difference as a sum", |t, _| match t {
        Difference(a, b) => Some(sum(&scaled(-1, b), a)),
        _ => None,
    }),
    ("product distributed", |t, r| match t {
        Product(a, b) => match (&**a, &**b, r.below(2)) {
            (Sum(c, d), _, 0) => Some(sum(&product(c, b), &product(d, b))),
            (Difference(c, d), _, 0) => Some(difference(&product(c, b), &product(d, b))),
            (_, Sum(c, d), _) => Some(sum(&product(a, c), &product(a, d))),
            (_, Difference(c, d), _) => Some(difference(&product(a, c), &product(a, d))),
            _ => None,
        },
        _ => None,
    }),
    ("product associated", |t, r| match t {
        Product(a, b) => match (&**a, &**b, r.below(2)) {
            (Product(c, d), _, 0) => Some(product(c, &product(d, b))),
            (_, Product(c, d), _) => Some(product(&product(a, c), d)),
            _ => None,
        },
        _ => None,
    }),
    ("product of transposes", |t, _| match t {
        Product(a, b) if a.shape() != SCALAR && b.shape() != SCALAR => {
            Some(Transpose(Box::new(product(&transpose(b), &transpose(a)))))
        }
        _ => None,
    }),
    ("Hadamard product commuted", |t, _| match t {
        Hadamard(a, b) => Some(hadamard(b, a)),
        _ => None,
    }),
    ("Hadamard product distributed", |t, _| match t {
        Hadamard(a, b) => match &**a {
            Sum(c, d) => Some(sum(&hadamard(c, b), &hadamard(d, b))),
            Difference(c, d) => Some(difference(&hadamard(c, b), &hadamard(d, b))),
            Hadamard(c, d) => Some(hadamard(c, &hadamard(d, b))),
            _ => None,
        },
        _ => None,
    }),
    ("scalars exchanged", |t, _| match t {
        Product(a, b) if a.shape() == SCALAR && b.shape() == SCALAR => Some(product(b, a)),
        Times(a, b) => match &**b {
            Times(c, d) => Some(times(&product(a, c), d)),
            _ => None,
        },
        _ => None,
    }),
    ("scalar moved", |t, _| match t {
        Product(a, b) => match (&**a, &**b) {
            (Times(s, c), _) => Some(times(s, &product(c, b))),
            (_, Times(s, c)) => Some(times(s, &product(a, c))),
            _ => None,
        },
        Times(s, a) => match &**a {
            Sum(c, d) => Some(sum(&times(s, c), &times(s, d))),
            Difference(c, d) => Some(difference(&times(s, c), &times(s, d))),
            Product(c, d) => Some(product(c, &times(s, d))),
            Hadamard(c, d) => Some(hadamard(c, &times(s, d))),
            Transpose(c) => Some(transpose(&times(s, c))),
            _ => None,
        },
        _ => None,
    }),
    ("coefficient moved", |t, _| match t {
        Product(a, b) | Times(a, b) | Hadamard(a, b) => {
            let again = |a: &Tree, b: &Tree| match t {
                Product(..) => product(a, b),
                Times(..) => times(a, b),
                _ => hadamard(a, b),
            };
            match (&**a, &**b) {
                (Scaled(factor, c), _) => Some(scaled(*factor, &again(c, b))),
                (_, Scaled(factor, c)) => Some(scaled(*factor, &again(a, c))),
                _ => None,
            }
        }
        Scaled(factor, a) => match &**a {
            Sum(b, c) => Some(sum(&scaled(*factor, b), &scaled(*factor, c))),
            Difference(b, c) => Some(difference(&scaled(*factor, b), &scaled(*factor, c))),
            Scaled(more, b) => Some(scaled(factor * more, b)),
            _ => None,
        },
        _ => None,
    }),
    ("coefficient split", |t, _| match t {
        Scaled(factor, a) => Some(sum(&scaled(factor - 1, a), a)),
        Sum(a, b) if a == b => Some(scaled(2, a)),
        _ => None,
    }),
    ("transpose of parts", |t, _| match t {
        Transpose(a) => match &**a {
            Product(b, c) => Some(product(&transpose(c), &transpose(b))),
            Sum(b, c) => Some(sum(&transpose(b), &transpose(c))),
            Difference(b, c) => Some(difference(&transpose(b), &transpose(c))),
            Hadamard(b, c) => Some(hadamard(&transpose(b), &transpose(c))),
            Quotient(b, c) => Some(quotient(&transpose(b), &transpose(c))),
            Scaled(factor, b) => Some(scaled(*factor, &transpose(b))),
            Times(s, b) => Some(times(s, &transpose(b))),
            Over(b, s) => Some(over(&transpose(b), s)),
            Apply(function, b) => Some(apply(*function, &transpose(b))),
            Diag(_) | Eye(_) => Some((**a).clone()),
            Ones((rows, columns)) => Some(ones((*columns, *rows))),
            _ => None,
        },
        _ => None,
    }),
    ("transposed twice", |t, _| match t {
        Transpose(a) => match &**a {
            Transpose(b) => Some((**b).clone()),
            _ => None,
        },
        Variable(_) if t.shape() != SCALAR => Some(transpose(&transpose(t))),
        _ => None,
    }),
    ("factors under a trace rotated", |t, _| match t {
        Trace(a) => match &**a {
            Product(b, c) => Some(trace(&product(c, b))),
            _ => None,
        },
        _ => None,
    }),
    ("trace by parts", |t, r| match t {
        Trace(a) => match (&**a, r.below(3)) {
            (Sum(b, c), _) => Some(sum(&trace(b), &trace(c))),
            (Difference(b, c), _) => Some(difference(&trace(b), &trace(c))),
            (Diag(v), _) => Some(total(v)),
            (Product(b, c), 0) => Some(total(&hadamard(b, &transpose(c)))),
            (_, 1) => Some(total(&diagvec(a))),
            _ => Some(trace(&transpose(a))),
        },
        _ => None,
    }),
    ("sum of a Hadamard product as a trace", |t, _| match t {
        Total(a) => match &**a {
            Hadamard(b, c) => Some(trace(&product(&transpose(b), c))),
            _ => None,
        },
        _ => None,
    }),
    ("sum of all entries by rows or columns", |t, r| match t {
        Total(a) => Some(match r.below(4) {
            0 => total(&rowsum(a)),
            1 => total(&colsum(a)),
            2 => total(&transpose(a)),
            _ => {
                let (rows, columns) = a.shape();
                let columns = ones((columns, 0));
                product(&product(&ones((0, rows)), a), &columns)
            }
        }),
        _ => None,
    }),
    ("row sum as a product", |t, _| match t {
        Rowsum(a) => Some(product(a, &ones((a.shape().1, 0)))),
        Product(a, b) => match (&**a, &**b) {
            (_, Ones((_, 0))) => Some(rowsum(a)),
            (Ones((0, _)), _) => Some(transpose(&colsum(b))),
            _ => None,
        },
        _ => None,
    }),
    ("column sum as a row sum", |t, _| match t {
        Colsum(a) => Some(rowsum(&transpose(a))),
        Rowsum(a) => Some(colsum(&transpose(a))),
        _ => None,
    }),
    ("diagonal factor", |t, _| match t {
        Product(a, b) => match (&**a, &**b) {
            (Diag(v), _) => Some(hadamard(&product(v, &ones((0, b.shape().1))), b)),
            (_, Diag(v)) => Some(hadamard(a, &product(&ones((a.shape().0, 0)), &transpose(v)))),
            _ => None,
        },
        _ => None,
    }),
    ("diagonal of a product", |t, _| match t {
        Diagvec(a) => match &**a {
            Product(b, c) => Some(rowsum(&hadamard(b, &transpose(c)))),
            Diag(v) => Some((**v).clone()),
            _ => Some(diagvec(&transpose(a))),
        },
        Diag(v) => {
            let side = v.shape().0;
            Some(hadamard(&Eye(side), &product(v, &ones((0, side)))))
        }
        _ => None,
    }),
    ("neutral factor", |t, r| match t {
        Product(a, b) if matches!(**a, Eye(_)) => Some((**b).clone()),
        Product(a, b) if matches!(**b, Eye(_)) => Some((**a).clone()),
        Hadamard(a, b) if matches!(**a, Ones(_)) => Some((**b).clone()),
        // Only beside variables: there is a place for it everywhere.
        Variable(_) => match (t.shape(), r.below(3)) {
            ((rows @ 1.., _), 0) => Some(product(&Eye(rows), t)),
            ((_, columns @ 1..), 1) => Some(product(t, &Eye(columns))),
            (SCALAR, _) => None,
            (shape, _) => Some(hadamard(t, &ones(shape))),
        },
        _ => None,
    }),
];

const DERIVATIVES: [Named; 1] = [("derivative by terms", |t, _| match t {
    Derivative(a, variable) => match &**a {
        Sum(b, c) => Some(sum(&derivative(b, *variable), &derivative(c, *variable))),
        Difference(b, c) => Some(difference(&derivative(b, *variable), &derivative(c, *variable))),
        Scaled(factor, b) => Some(scaled(*factor, &derivative(b, *variable))),
        Product(b, c) if b.shape() == SCALAR && c.shape() == SCALAR => {
            Some(sum(&times(c, &derivative(b, *variable)), &times(b, &derivative(c, *variable))))
        }
        _ => None,
    },
    _ => None,
})];
