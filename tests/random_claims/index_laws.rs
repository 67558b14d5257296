//! Laws of entries and of sums over letters.

use crate::build::*;
use crate::laws::Named;
use crate::tree::{SCALAR, Tree};
use Tree::*;

pub const INDICES: [Named; 8] = [
    ("entry written out", |t, r| match t {
        Entry(a, at) => {
            let of = |part: &Tree| entry(part, at);
            Some(match &**a {
                Ones(_) => Number(1),
                Eye(_) => Delta(at[0], at[1]),
                Transpose(b) => entry(b, &at.iter().rev().copied().collect::<Vec<_>>()),
                Product(b, c) => {
                    // Letters of the rows go with the left factor, those of the columns with the right one.
                    let rows = usize::from(b.shape().0 != 0);
                    let (left, right) = at.split_at(rows);
                    match b.shape().1 {
                        0 => product(&entry(b, left), &entry(c, right)),
                        inner => {
                            let k = r.letter(inner);
                            let left = entry(b, &[left, &[k]].concat());
                            sum_over(k, &product(&left, &entry(c, &[&[k], right].concat())))
                        }
                    }
                }
                Hadamard(b, c) => product(&of(b), &of(c)),
                Sum(b, c) => sum(&of(b), &of(c)),
                Difference(b, c) => difference(&of(b), &of(c)),
                Scaled(factor, b) => scaled(*factor, &of(b)),
                Times(s, b) => product(s, &of(b)),
                Quotient(b, c) => quotient(&of(b), &of(c)),
                Over(b, s) => quotient(&of(b), s),
                Apply(function, b) => apply(*function, &of(b)),
                Rowsum(b) => match b.shape().1 {
                    0 => of(b),
                    inner => {
                        let k = r.letter(inner);
                        sum_over(k, &entry(b, &[at[0], k]))
                    }
                },
                Colsum(b) => match b.shape().0 {
                    0 => of(b),
                    inner => {
                        let k = r.letter(inner);
                        sum_over(k, &entry(b, &[k, at[0]]))
                    }
                },
                Diag(v) => product(&entry(v, &at[..1]), &Delta(at[0], at[1])),
                Diagvec(b) => entry(b, &[at[0], at[0]]),
                _ => return None,
            })
        }
        _ => None,
    }),
    ("scalar written out", |t, r| match t {
        Trace(a) => {
            let k = r.letter(a.shape().0);
            Some(sum_over(k, &entry(a, &[k, k])))
        }
        Total(a) => {
            let letters: Vec<_> = a.dimensions().map(|dimension| r.letter(dimension)).collect();
            let inner = entry(a, &letters);
            Some(letters.iter().rev().fold(inner, |inner, letter| sum_over(*letter, &inner)))
        }
        Product(a, b) if t.shape() == SCALAR && a.shape() != SCALAR => {
            let k = r.letter(a.shape().1);
            Some(sum_over(k, &product(&entry(a, &[k]), &entry(b, &[k]))))
        }
        _ => None,
    }),
    ("bound letter renamed", |t, r| match t {
        SumOver(k, a) => {
            let new = r.letter(k.dimension);
            Some(sum_over(new, &a.renamed(*k, new)))
        }
        _ => None,
    }),
    ("sums exchanged", |t, _| match t {
        SumOver(k, a) => match &**a {
            SumOver(l, b) => Some(sum_over(*l, &sum_over(*k, b))),
            _ => None,
        },
        _ => None,
    }),
    ("sum by terms", |t, _| match t {
        SumOver(k, a) => match &**a {
            Sum(b, c) => Some(sum(&sum_over(*k, b), &sum_over(*k, c))),
            Difference(b, c) => Some(difference(&sum_over(*k, b), &sum_over(*k, c))),
            Scaled(factor, b) => Some(scaled(*factor, &sum_over(*k, b))),
            _ => None,
        },
        _ => None,
    }),
    ("factor into a sum", |t, _| match t {
        Product(a, b) => match (&**a, &**b) {
            (_, SumOver(k, c)) if a.shape() == SCALAR && !a.free().contains(k) && !a.binds(*k) => {
                Some(sum_over(*k, &product(a, c)))
            }
            (SumOver(k, c), _) if b.shape() == SCALAR && !b.free().contains(k) && !b.binds(*k) => {
                Some(sum_over(*k, &product(c, b)))
            }
            _ => None,
        },
        _ => None,
    }),
    ("factor out of a sum", |t, _| match t {
        SumOver(k, a) => match &**a {
            Product(b, c) if b.shape() == SCALAR && !b.free().contains(k) => {
                Some(product(b, &sum_over(*k, c)))
            }
            Product(b, c) if c.shape() == SCALAR && !c.free().contains(k) => {
                Some(product(c, &sum_over(*k, b)))
            }
            Quotient(b, c) if !c.free().contains(k) => Some(quotient(&sum_over(*k, b), c)),
            _ => None,
        },
        _ => None,
    }),
    ("delta", |t, r| match t {
        Entry(a, at) => {
            let place = r.below(at.len());
            let new = r.letter(at[place].dimension);
            let mut letters = at.clone();
            letters[place] = new;
            Some(sum_over(new, &product(&Delta(at[place], new), &entry(a, &letters))))
        }
        _ => None,
    }),
];
