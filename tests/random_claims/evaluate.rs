//! What trees are worth at points, exactly where that is possible. Derivatives are differences of values, so that no
//! rule of differentiation is needed here.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::build::Random;
use crate::number::{Fraction, Number, Real};
use crate::tree::{Function, Letter, Tree, VARIABLES};
use Tree::*;

type Matrix<N> = Vec<Vec<N>>;
type Letters = BTreeMap<Letter, usize>;

#[derive(Clone)]
struct Point<N> {
    sizes: [usize; 4],
    values: Vec<Matrix<N>>,
    /// A part had an entry without value, which counts where the whole does not depend on it, too.
    undefined: Cell<bool>,
}

fn map<N: Number>(a: &Matrix<N>, f: impl Fn(N) -> N) -> Matrix<N> {
    a.iter().map(|row| row.iter().map(|entry| f(*entry)).collect()).collect()
}

fn both<N: Number>(a: &Matrix<N>, b: &Matrix<N>, f: impl Fn(N, N) -> N) -> Matrix<N> {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()).collect()
}

fn total<N: Number>(entries: impl Iterator<Item = N>) -> N {
    entries.fold(N::whole(0), N::add)
}

fn made<N>(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> N) -> Matrix<N> {
    (0..rows).map(|i| (0..columns).map(|j| entry(i, j)).collect()).collect()
}

impl<N: Number> Point<N> {
    /// Whole numbers over a denominator.
    fn new(sizes: [usize; 4], bound: i64, denominator: i64, r: &mut Random) -> Point<N> {
        let mut entry = |positive: bool| {
            let least = if positive { 1 } else { -bound };
            let number = least + r.below((bound - least + 1) as usize) as i64;
            N::whole(number).over(N::whole(denominator))
        };
        let values = VARIABLES.iter().map(|variable| {
            let (rows, columns) = variable.shape;
            made(sizes[rows], sizes[columns], |_, _| entry(variable.positive))
        });
        Point { sizes, values: values.collect(), undefined: Cell::new(false) }
    }

    fn value(&self, tree: &Tree, letters: &Letters) -> Matrix<N> {
        let of = |tree: &Tree| self.value(tree, letters);
        let scalar = |tree: &Tree| self.value(tree, letters)[0][0];
        match tree {
            Variable(at) => self.values[*at].clone(),
            Number(number) => vec![vec![N::whole(*number)]],
            Ones((rows, columns)) => made(self.sizes[*rows], self.sizes[*columns], |_, _| N::whole(1)),
            Eye(side) => {
                let side = self.sizes[*side];
                made(side, side, |i, j| N::whole((i == j).into()))
            }
            Transpose(a) => {
                let a = of(a);
                made(a[0].len(), a.len(), |i, j| a[j][i])
            }
            Product(a, b) => {
                let (a, b) = (of(a), of(b));
                made(a.len(), b[0].len(), |i, j| total((0..b.len()).map(|k| a[i][k].times(b[k][j]))))
            }
            Hadamard(a, b) => both(&of(a), &of(b), N::times),
            Sum(a, b) => both(&of(a), &of(b), N::add),
            Difference(a, b) => both(&of(a), &of(b), |a, b| a.add(b.times(N::whole(-1)))),
            Scaled(factor, a) => map(&of(a), |entry| entry.times(N::whole(*factor))),
            Times(a, b) => {
                let factor = scalar(a);
                map(&of(b), |entry| entry.times(factor))
            }
            Quotient(a, b) => self.defined(both(&of(a), &of(b), N::over)),
            Over(a, b) => {
                let divisor = scalar(b);
                self.defined(map(&of(a), |entry| entry.over(divisor)))
            }
            Apply(function, a) => self.defined(map(&of(a), |entry| entry.apply(*function))),
            Trace(a) => {
                let a = of(a);
                vec![vec![total((0..a.len()).map(|i| a[i][i]))]]
            }
            Total(a) => vec![vec![total(of(a).into_iter().flatten())]],
            Rowsum(a) => of(a).into_iter().map(|row| vec![total(row.into_iter())]).collect(),
            Colsum(a) => {
                let a = of(a);
                made(a[0].len(), 1, |j, _| total(a.iter().map(|row| row[j])))
            }
            Diag(a) => {
                let a = of(a);
                made(a.len(), a.len(), |i, j| if i == j { a[i][0] } else { N::whole(0) })
            }
            Diagvec(a) => {
                let a = of(a);
                made(a.len(), 1, |i, _| a[i][i])
            }
            Derivative(a, variable) => {
                let (rows, columns) = (self.values[*variable].len(), self.values[*variable][0].len());
                made(rows, columns, |i, j| self.difference(a, *variable, (i, j), letters))
            }
            Entry(a, at) => {
                let at: Vec<usize> = at.iter().map(|letter| letters[letter]).collect();
                let (rows, _) = a.shape();
                let (i, j) = match at[..] {
                    [i, j] => (i, j),
                    [j] if rows == 0 => (0, j),
                    [i] => (i, 0),
                    _ => (0, 0),
                };
                let entry = if let Variable(a) = &**a { self.values[*a][i][j] } else { of(a)[i][j] };
                vec![vec![entry]]
            }
            SumOver(letter, a) => {
                let mut letters = letters.clone();
                let terms = (0..self.sizes[letter.dimension]).map(|at| {
                    letters.insert(*letter, at);
                    self.value(a, &letters)[0][0]
                });
                vec![vec![total(terms)]]
            }
            Delta(a, b) => vec![vec![N::whole((letters[a] == letters[b]).into())]],
        }
    }

    fn defined(&self, entries: Matrix<N>) -> Matrix<N> {
        if !entries.iter().flatten().all(|entry| entry.defined()) {
            self.undefined.set(true);
        }
        entries
    }

    /// The derivative of a scalar by one entry, by the seven-point formula: exact for polynomials up to degree 6.
    fn difference(&self, tree: &Tree, variable: usize, (i, j): (usize, usize), letters: &Letters) -> N {
        let moved = |steps: i64| {
            let mut point = self.clone();
            let entry = &mut point.values[variable][i][j];
            *entry = entry.add(N::step().times(N::whole(steps)));
            let value = point.value(tree, letters)[0][0];
            self.undefined.set(self.undefined.get() || point.undefined.get());
            value
        };
        let weighted = [(1, 45), (2, -9), (3, 1)].into_iter().map(|(steps, weight)| {
            moved(steps).add(moved(-steps).times(N::whole(-1))).times(N::whole(weight))
        });
        total(weighted).over(N::step().times(N::whole(60)))
    }

    /// Whether the sides differ for some values of the letters; nothing where one is not defined.
    fn differ(&self, left: &Tree, right: &Tree, free: &[Letter]) -> Option<bool> {
        let count: usize = free.iter().map(|letter| self.sizes[letter.dimension]).product();
        let mut differ = false;
        for number in 0..count {
            let mut rest = number;
            let mut letters = Letters::new();
            for letter in free {
                letters.insert(*letter, rest % self.sizes[letter.dimension]);
                rest /= self.sizes[letter.dimension];
            }
            let (left, right) = (self.value(left, &letters), self.value(right, &letters));
            for (left, right) in left.iter().flatten().zip(right.iter().flatten()) {
                if self.undefined.get() || !(left.defined() && right.defined()) {
                    return None;
                }
                differ |= left.differs(*right);
            }
        }
        Some(differ)
    }
}

/// Whether fractions are enough: no other functions, and derivatives of polynomials of low degree.
fn rational(tree: &Tree) -> bool {
    tree.parts().iter().all(|part| match part {
        Apply(function, _) => matches!(function, Function::Abs | Function::Relu),
        Derivative(a, variable) => a.degree(*variable).is_some_and(|degree| degree <= 6),
        _ => true,
    })
}

const SIZES: [[usize; 4]; 4] = [[1, 2, 3, 4], [1, 4, 2, 3], [1, 3, 1, 2], [1, 2, 2, 2]];

fn points<N: Number>(left: &Tree, right: &Tree, bounds: &[(i64, i64)], r: &mut Random) -> Option<bool> {
    let mut free = left.free();
    free.extend(right.free());
    free.sort();
    free.dedup();
    let corners = |tree: &Tree| {
        tree.parts().iter().any(|part| matches!(part, Apply(Function::Abs | Function::Relu, _)))
    };
    // Both sides of a corner are likely to be met only by many points, of every magnitude.
    let each = if corners(left) || corners(right) { 12 } else { 1 };
    let mut found = None;
    for sizes in SIZES {
        for number in 0..each {
            // Nearer to zero where the first overflows.
            for place in 0..bounds.len() {
                let (bound, denominator) = bounds[(place + number) % bounds.len()];
                let point: Point<N> = Point::new(sizes, bound, denominator, r);
                match point.differ(left, right, &free) {
                    Some(true) => return Some(false),
                    Some(false) => {
                        found = Some(true);
                        break;
                    }
                    None => {}
                }
            }
        }
    }
    found
}

/// Whether two trees have equal values for all letters, as far as points tell; nothing where they have none.
pub fn equal(left: &Tree, right: &Tree, r: &mut Random) -> Option<bool> {
    if rational(left) && rational(right) {
        points::<Fraction>(left, right, &[(9, 1), (3, 1), (2, 1), (60, 1)], r)
    } else {
        points::<Real>(left, right, &[(11, 8), (7, 8), (5, 16), (30, 8)], r)
    }
}
