//! Random trees, and random pairs that are equal by laws.

use crate::build::*;
use crate::gradient::gradient;
use crate::laws::{self, Law};
use crate::tree::{Function, Letter, SCALAR, Shape, Tree, VARIABLES};
use Tree::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Polynomial,
    Index,
    Quotient,
    Function,
    Derivative,
}

impl Family {
    pub const ALL: [Family; 5] =
        [Family::Polynomial, Family::Index, Family::Quotient, Family::Function, Family::Derivative];

    pub fn text(self) -> &'static str {
        match self {
            Family::Polynomial => "polynomial",
            Family::Index => "index form",
            Family::Quotient => "quotient",
            Family::Function => "function",
            Family::Derivative => "derivative",
        }
    }
}

/// What a tree may have besides polynomials.
#[derive(Clone, Copy)]
pub struct Style {
    pub quotients: bool,
    pub functions: &'static [Function],
}

const SMOOTH: [Function; 6] =
    [Function::Exp, Function::Log, Function::Tanh, Function::Sigmoid, Function::Sin, Function::Cos];

/// A variable, its transpose, or ones.
fn leaf(shape: Shape, positive: bool, r: &mut Random) -> Option<Tree> {
    let variables = (0..VARIABLES.len()).filter(|at| VARIABLES[*at].positive || !positive);
    let fitting: Vec<Tree> = variables
        .flat_map(|at| [Variable(at), Transpose(Box::new(Variable(at)))])
        .filter(|tree| tree.shape() == shape && (shape != SCALAR || matches!(tree, Variable(_))))
        .collect();
    if shape != SCALAR && r.below(10) == 0 {
        return Some(if shape.0 == shape.1 { Eye(shape.0) } else { ones(shape) }).filter(|_| !positive);
    }
    r.one(&fitting).cloned()
}

/// Certainly positive, so that its logarithm and its inverse exist.
fn positive(shape: Shape, depth: usize, r: &mut Random) -> Tree {
    let depth = depth.saturating_sub(1);
    match r.below(if depth == 0 { 2 } else { 6 }) {
        0..2 => leaf(shape, true, r).unwrap_or_else(|| {
            let inside = random(shape, 0, Style { quotients: false, functions: &[] }, r);
            apply(Function::Exp, &inside)
        }),
        2 => sum(&positive(shape, depth, r), &positive(shape, depth, r)),
        3 => hadamard(&positive(shape, depth, r), &positive(shape, depth, r)),
        4 => quotient(&positive(shape, depth, r), &positive(shape, depth, r)),
        _ => times(&positive(SCALAR, 0, r), &positive(shape, depth, r)),
    }
}

fn scalar(depth: usize, style: Style, r: &mut Random) -> Tree {
    let side = 1 + r.below(3);
    let depth = depth.saturating_sub(1);
    match r.below(if depth == 0 { 4 } else { 6 }) {
        0 => trace(&random((side, side), depth, style, r)),
        1 => total(&random((side, r.below(4)), depth, style, r)),
        2 => product(&random((0, side), depth, style, r), &random((side, 0), depth, style, r)),
        3 if depth == 0 => leaf(SCALAR, false, r).unwrap(),
        3 => sum(&scalar(depth, style, r), &scalar(depth, style, r)),
        4 => product(&scalar(depth, style, r), &scalar(depth, style, r)),
        _ => special(SCALAR, depth, style, r)
            .unwrap_or_else(|| difference(&scalar(depth, style, r), &scalar(depth, style, r))),
    }
}

/// A quotient or a function, where the style has them.
fn special(shape: Shape, depth: usize, style: Style, r: &mut Random) -> Option<Tree> {
    if style.quotients && (style.functions.is_empty() || r.below(4) == 0) {
        let divisor = |shape, r: &mut Random| match r.below(3) {
            0 => positive(shape, 1, r),
            1 => leaf(shape, false, r).unwrap_or_else(|| positive(shape, 1, r)),
            _ => random(shape, depth.min(1), Style { quotients: false, functions: &[] }, r),
        };
        let top = random(shape, depth, style, r);
        return Some(match r.below(3) {
            0 => over(&top, &divisor(SCALAR, r)),
            _ => quotient(&top, &divisor(shape, r)),
        });
    }
    let function = *r.one(style.functions)?;
    // Functions of functions soon are too large for numbers.
    let inner = Style { quotients: false, functions: &[] };
    Some(match function {
        Function::Log => apply(function, &positive(shape, depth, r)),
        _ => apply(function, &random(shape, depth.clamp(1, 1 + r.below(2)), inner, r)),
    })
}

pub fn random(shape: Shape, depth: usize, style: Style, r: &mut Random) -> Tree {
    if shape == SCALAR {
        return scalar(depth, style, r);
    }
    if depth == 0 {
        // Through n, which every dimension has a matrix to.
        return leaf(shape, false, r).unwrap_or_else(|| {
            product(&random((shape.0, 1), 0, style, r), &random((1, shape.1), 0, style, r))
        });
    }
    let depth = depth - 1;
    let chosen = r.below(12);
    if chosen >= 8
        && let Some(special) = special(shape, depth, style, r)
    {
        return special;
    }
    match chosen {
        0 => difference(&random(shape, depth, style, r), &random(shape, depth, style, r)),
        1 => hadamard(&random(shape, depth, style, r), &random(shape, depth, style, r)),
        2 => transpose(&random((shape.1, shape.0), depth, style, r)),
        3 => scaled(2 + r.below(4) as i64, &random(shape, depth, style, r)),
        4 => times(&scalar(depth.min(1), style, r), &random(shape, depth, style, r)),
        5 if shape.1 == 0 => match r.below(3) {
            0 => diagvec(&random((shape.0, shape.0), depth, style, r)),
            1 => rowsum(&random((shape.0, 1 + r.below(3)), depth, style, r)),
            _ => colsum(&random((1 + r.below(3), shape.0), depth, style, r)),
        },
        5 if shape.0 == shape.1 => diag(&random((shape.0, 0), depth, style, r)),
        5..8 => sum(&random(shape, depth, style, r), &random(shape, depth, style, r)),
        _ => {
            let inner = r.below(4);
            product(&random((shape.0, inner), depth, style, r), &random((inner, shape.1), depth, style, r))
        }
    }
}

/// An entry of a variable with letters in scope, the given one among them if there is one.
fn entry_leaf(scope: &[Letter], wanted: Option<Letter>, r: &mut Random) -> Tree {
    let mut fitting = Vec::new();
    for (at, variable) in VARIABLES.iter().enumerate() {
        let over = |dimension: usize| scope.iter().copied().filter(move |l| l.dimension == dimension);
        let letters: Vec<Vec<Letter>> = match variable.shape {
            SCALAR => vec![Vec::new()],
            (rows, 0) => over(rows).map(|i| vec![i]).collect(),
            (rows, columns) => over(rows).flat_map(|i| over(columns).map(move |j| vec![i, j])).collect(),
        };
        let wanted = |letters: &Vec<Letter>| wanted.is_none_or(|wanted| letters.contains(&wanted));
        fitting.extend(letters.into_iter().filter(wanted).map(|letters| entry(&Variable(at), &letters)));
    }
    // Every dimension but p has vectors, and p has matrices to n and m; its letter needs one of these beside it.
    r.one(&fitting).cloned().unwrap_or(Number(1))
}

/// A scalar by entries with the letters in scope.
fn by_entries(scope: &[Letter], depth: usize, style: Style, r: &mut Random) -> Tree {
    if depth == 0 {
        let wanted = r.one(scope).copied();
        return entry_leaf(scope, wanted, r);
    }
    let depth = depth - 1;
    match r.below(10) {
        0 => sum(&by_entries(scope, depth, style, r), &by_entries(scope, depth, style, r)),
        1 => difference(&by_entries(scope, depth, style, r), &by_entries(scope, depth, style, r)),
        2 => scaled(2 + r.below(3) as i64, &by_entries(scope, depth, style, r)),
        3 => product(&by_entries(scope, depth, style, r), &by_entries(scope, depth, style, r)),
        4 if style.quotients => {
            quotient(&by_entries(scope, depth, style, r), &entry_leaf(scope, r.one(scope).copied(), r))
        }
        5 if !style.functions.is_empty() => {
            let function = *r.one(&[Function::Tanh, Function::Exp, Function::Relu, Function::Cos]).unwrap();
            let inner = Style { quotients: false, functions: &[] };
            apply(function, &by_entries(scope, depth.min(1), inner, r))
        }
        _ => {
            let dimension = 1 + r.below(3);
            let bound = r.letter(dimension);
            let mut inner = scope.to_vec();
            inner.push(bound);
            let factor = entry_leaf(&inner, Some(bound), r);
            sum_over(bound, &product(&factor, &by_entries(&inner, depth, style, r)))
        }
    }
}

const POLYNOMIAL: Style = Style { quotients: false, functions: &[] };
const QUOTIENT: Style = Style { quotients: true, functions: &[] };
const FUNCTION: Style = Style { quotients: true, functions: &Function::ALL };
const DIFFERENTIABLE: Style = Style { quotients: false, functions: &SMOOTH };

fn shape(r: &mut Random) -> Shape {
    [(1, 1), (1, 2), (2, 3), (1, 0), SCALAR, SCALAR][r.below(6)]
}

/// One entry of a tree, by letters.
fn some_entry(tree: &Tree, r: &mut Random) -> Vec<Letter> {
    tree.dimensions().map(|dimension| r.letter(dimension)).collect()
}

/// Two sides that are equal before any law: the same twice, but for a derivative.
fn start(family: Family, r: &mut Random) -> Option<(Tree, Tree)> {
    let twice = |tree: Tree| (tree.clone(), tree);
    Some(match family {
        Family::Polynomial => twice(random(shape(r), 3, POLYNOMIAL, r)),
        Family::Quotient => twice(random(shape(r), 3, QUOTIENT, r)),
        Family::Function => twice(random(shape(r), 3, FUNCTION, r)),
        Family::Index => {
            let style = [POLYNOMIAL, POLYNOMIAL, QUOTIENT, FUNCTION][r.below(4)];
            if r.below(2) == 0 {
                let tree = random([(1, 1), (1, 2), (2, 3), (1, 0), (0, 2), SCALAR][r.below(6)], 2, style, r);
                let letters = some_entry(&tree, r);
                twice(entry(&tree, &letters))
            } else {
                let dimension = 1 + r.below(2);
                let other = [dimension, 1 + r.below(3)][r.below(2)];
                let scope = [r.letter(dimension), r.letter(other)];
                let scope = &scope[..2 - r.below(4) / 3];
                twice(by_entries(scope, 3, style, r))
            }
        }
        Family::Derivative => {
            let style = [POLYNOMIAL, DIFFERENTIABLE][r.below(2)];
            let of = scalar(3, style, r);
            let variables: Vec<usize> = (0..VARIABLES.len()).filter(|at| of.has(*at)).collect();
            let variable = *r.one(&variables)?;
            if of.size() > 16 || of.degree(variable).is_some_and(|degree| degree > 6) {
                return None;
            }
            let sides = (derivative(&of, variable), gradient(&of, variable)?);
            match r.below(4) {
                0 => {
                    let letters = some_entry(&sides.0, r);
                    (entry(&sides.0, &letters), entry(&sides.1, &letters))
                }
                _ => sides,
            }
        }
    })
}

pub struct Identity {
    pub left: Tree,
    pub right: Tree,
    /// The laws used, by their positions.
    pub laws: Vec<usize>,
}

const LARGEST: usize = 60;

/// The laws are applied one after the other, of each kind that has a place equally often.
fn rearranged(tree: &Tree, laws: &[(usize, Law)], times: usize, r: &mut Random) -> (Tree, Vec<usize>) {
    let mut tree = tree.clone();
    let mut used = Vec::new();
    for _ in 0..times {
        for at in r.shuffled(laws.len()) {
            let (number, law) = laws[at];
            if let Some(new) = changed_somewhere(&tree, r, &mut |part, r| law(part, r))
                && new.size() <= LARGEST
            {
                tree = new;
                used.push(number);
                break;
            }
        }
    }
    (tree, used)
}

pub fn identity(family: Family, r: &mut Random) -> Identity {
    let laws = laws::of(family);
    loop {
        r.start_claim();
        let Some((left, right)) = start(family, r) else { continue };
        let (least, most) = if family == Family::Derivative { (3, 40) } else { (4, 24) };
        let belongs = |part: &&Tree| match family {
            Family::Quotient => matches!(part, Quotient(..) | Over(..)),
            Family::Function => matches!(part, Apply(..)),
            Family::Index => matches!(part, Entry(..) | SumOver(..)),
            Family::Polynomial | Family::Derivative => true,
        };
        if !(least..=most).contains(&right.size()) || !left.parts().iter().any(belongs) {
            continue;
        }
        let before = if family == Family::Derivative { r.below(3) } else { 0 };
        let (left, mut used) = rearranged(&left, &laws, before, r);
        let (right, more) = rearranged(&right, &laws, 4 + r.below(5), r);
        used.extend(more);
        used.sort();
        used.dedup();
        if left != right {
            return Identity { left, right, laws: used };
        }
    }
}
