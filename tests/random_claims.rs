//! Random identities, rearranged by laws that hold, and the same with one mistake: what `verify` says of them is compared
//! with exact integer arithmetic on a tree of the test's own, which shares nothing with the crate.

use std::collections::BTreeMap;

use entrywise::claim::Verdict;
use entrywise::{Source, Trials};

/// Rows and columns: 0 is a literal 1, others are dimensions.
type Shape = (usize, usize);

const DIMENSIONS: [&str; 4] = ["1", "n", "m", "p"];

/// Each shape has two variables, so that one can be mistaken for the other.
const VARIABLES: [(&str, &str, Shape); 14] = [
    ("A", "n x m", (1, 2)),
    ("B", "n x m", (1, 2)),
    ("C", "m x p", (2, 3)),
    ("D", "m x p", (2, 3)),
    ("E", "n x n", (1, 1)),
    ("F", "n x n", (1, 1)),
    ("G", "m x m", (2, 2)),
    ("H", "m x m", (2, 2)),
    ("K", "p x n", (3, 1)),
    ("M", "p x n", (3, 1)),
    ("u", "n", (1, 0)),
    ("v", "n", (1, 0)),
    ("x", "m", (2, 0)),
    ("y", "m", (2, 0)),
];

#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Variable(usize),
    Transpose(Box<Tree>),
    Product(Box<Tree>, Box<Tree>),
    Hadamard(Box<Tree>, Box<Tree>),
    Sum(Box<Tree>, Box<Tree>),
    Difference(Box<Tree>, Box<Tree>),
    Scaled(i64, Box<Tree>),
    /// Of a square matrix.
    Trace(Box<Tree>),
    /// Of all entries.
    Total(Box<Tree>),
}

use Tree::*;

fn boxed(tree: Tree) -> Box<Tree> {
    Box::new(tree)
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % bound
    }
}

impl Tree {
    fn shape(&self) -> Shape {
        match self {
            Variable(at) => VARIABLES[*at].2,
            Transpose(a) => {
                let (rows, columns) = a.shape();
                (columns, rows)
            }
            Product(a, b) => (a.shape().0, b.shape().1),
            Hadamard(a, _) | Sum(a, _) | Difference(a, _) | Scaled(_, a) => a.shape(),
            Trace(_) | Total(_) => (0, 0),
        }
    }

    fn text(&self) -> String {
        match self {
            Variable(at) => VARIABLES[*at].0.to_string(),
            Transpose(a) => format!("({})'", a.text()),
            Product(a, b) => format!("({})*({})", a.text(), b.text()),
            Hadamard(a, b) => format!("({}) .* ({})", a.text(), b.text()),
            Sum(a, b) => format!("({}) + ({})", a.text(), b.text()),
            Difference(a, b) => format!("({}) - ({})", a.text(), b.text()),
            Scaled(factor, a) => format!("{factor}*({})", a.text()),
            Trace(a) => format!("tr({})", a.text()),
            Total(a) => format!("sum({})", a.text()),
        }
    }

    fn children(&self) -> Vec<&Tree> {
        match self {
            Variable(_) => Vec::new(),
            Transpose(a) | Scaled(_, a) | Trace(a) | Total(a) => vec![a],
            Product(a, b) | Hadamard(a, b) | Sum(a, b) | Difference(a, b) => vec![a, b],
        }
    }

    fn size(&self) -> usize {
        1 + self.children().iter().map(|child| child.size()).sum::<usize>()
    }

    /// The tree with its part number `at`, counted in preorder, changed.
    fn at(&self, at: usize, change: &mut dyn FnMut(&Tree) -> Option<Tree>) -> Option<Tree> {
        if at == 0 {
            return change(self);
        }
        let mut before = 1;
        for (place, child) in self.children().into_iter().enumerate() {
            if at < before + child.size() {
                let new = boxed(child.at(at - before, change)?);
                let other = |at: usize| boxed(self.children()[at].clone());
                return Some(match (self, place) {
                    (Transpose(_), _) => Transpose(new),
                    (Scaled(factor, _), _) => Scaled(*factor, new),
                    (Trace(_), _) => Trace(new),
                    (Total(_), _) => Total(new),
                    (Product(..), 0) => Product(new, other(1)),
                    (Product(..), _) => Product(other(0), new),
                    (Hadamard(..), 0) => Hadamard(new, other(1)),
                    (Hadamard(..), _) => Hadamard(other(0), new),
                    (Sum(..), 0) => Sum(new, other(1)),
                    (Sum(..), _) => Sum(other(0), new),
                    (Difference(..), 0) => Difference(new, other(1)),
                    (Difference(..), _) => Difference(other(0), new),
                    (Variable(_), _) => return None,
                });
            }
            before += child.size();
        }
        None
    }
}

fn random(shape: Shape, depth: usize, random_numbers: &mut Random) -> Tree {
    let r = random_numbers;
    let fitting: Vec<Tree> = (0..VARIABLES.len())
        .flat_map(|at| [Variable(at), Transpose(boxed(Variable(at)))])
        .filter(|tree| tree.shape() == shape)
        .collect();
    if shape == (0, 0) {
        let side = 1 + r.below(3);
        return match r.below(3) {
            0 => Trace(boxed(random((side, side), depth.saturating_sub(1), r))),
            1 => Total(boxed(random((side, 1 + r.below(3)), depth.saturating_sub(1), r))),
            _ => Product(
                boxed(random((0, side), depth.saturating_sub(1), r)),
                boxed(random((side, 0), depth.saturating_sub(1), r)),
            ),
        };
    }
    if depth == 0 && !fitting.is_empty() {
        return fitting[r.below(fitting.len())].clone();
    }
    if depth == 0 {
        // Through n, which every dimension has a matrix to.
        return Product(boxed(random((shape.0, 1), 0, r)), boxed(random((1, shape.1), 0, r)));
    }
    let depth = depth - 1;
    match r.below(8) {
        0 | 1 => Sum(boxed(random(shape, depth, r)), boxed(random(shape, depth, r))),
        2 => Difference(boxed(random(shape, depth, r)), boxed(random(shape, depth, r))),
        3 => Hadamard(boxed(random(shape, depth, r)), boxed(random(shape, depth, r))),
        4 => Transpose(boxed(random((shape.1, shape.0), depth, r))),
        5 => Scaled(2 + r.below(4) as i64, boxed(random(shape, depth, r))),
        _ => {
            let inner = 1 + r.below(3);
            Product(boxed(random((shape.0, inner), depth, r)), boxed(random((inner, shape.1), depth, r)))
        }
    }
}

/// Laws that hold for all sizes and values, each the reader's own.
fn rearranged(tree: &Tree, r: &mut Random) -> Option<Tree> {
    Some(match tree {
        Sum(a, b) => match (r.below(2), &**b) {
            (0, Sum(c, d)) => Sum(boxed(Sum(a.clone(), c.clone())), d.clone()),
            _ => Sum(b.clone(), a.clone()),
        },
        Difference(a, b) => Sum(boxed(Scaled(-1, b.clone())), a.clone()),
        Hadamard(a, b) => match (r.below(2), &**a) {
            (0, Sum(c, d)) => {
                Sum(boxed(Hadamard(c.clone(), b.clone())), boxed(Hadamard(d.clone(), b.clone())))
            }
            _ => Hadamard(b.clone(), a.clone()),
        },
        Product(a, b) => match (r.below(3), &**a, &**b) {
            (0, Sum(c, d), _) => {
                Sum(boxed(Product(c.clone(), b.clone())), boxed(Product(d.clone(), b.clone())))
            }
            (0 | 1, Product(c, d), _) => Product(c.clone(), boxed(Product(d.clone(), b.clone()))),
            (_, Scaled(factor, c), _) => Scaled(*factor, boxed(Product(c.clone(), b.clone()))),
            (_, _, Scaled(factor, c)) => Scaled(*factor, boxed(Product(a.clone(), c.clone()))),
            _ => Transpose(boxed(Product(boxed(Transpose(b.clone())), boxed(Transpose(a.clone()))))),
        },
        Transpose(a) => match &**a {
            Product(b, c) => Product(boxed(Transpose(c.clone())), boxed(Transpose(b.clone()))),
            Sum(b, c) => Sum(boxed(Transpose(b.clone())), boxed(Transpose(c.clone()))),
            Hadamard(b, c) => Hadamard(boxed(Transpose(b.clone())), boxed(Transpose(c.clone()))),
            Transpose(b) => (**b).clone(),
            _ => return None,
        },
        Scaled(factor, a) => match &**a {
            Sum(b, c) => Sum(boxed(Scaled(*factor, b.clone())), boxed(Scaled(*factor, c.clone()))),
            _ => Sum(boxed(Scaled(factor - 1, a.clone())), a.clone()),
        },
        Trace(a) => match &**a {
            Product(b, c) => Trace(boxed(Product(c.clone(), b.clone()))),
            _ => Trace(boxed(Transpose(a.clone()))),
        },
        Total(a) => match &**a {
            Hadamard(b, c) => Trace(boxed(Product(boxed(Transpose(b.clone())), c.clone()))),
            _ => Total(boxed(Transpose(a.clone()))),
        },
        Variable(_) => Transpose(boxed(Transpose(boxed(tree.clone())))),
    })
}

const MISTAKES: [&str; 8] = [
    "transpose dropped or added",
    "factors swapped",
    "sign",
    "factor",
    "another variable",
    "term dropped",
    "product for Hadamard product",
    "order of a difference",
];

/// One mistake of a kind; the shape stays.
fn mistaken(tree: &Tree, kind: usize) -> Option<Tree> {
    let new = match (kind, tree) {
        (0, Transpose(a)) => (**a).clone(),
        (0, other) => Transpose(boxed(other.clone())),
        (1, Product(a, b)) if a.shape().1 == b.shape().0 && a.shape().0 == b.shape().1 => {
            Product(b.clone(), a.clone())
        }
        (2, Sum(a, b)) => Difference(a.clone(), b.clone()),
        (2, Difference(a, b)) => Sum(a.clone(), b.clone()),
        (3, Scaled(factor, a)) => Scaled(factor + 1, a.clone()),
        (3, other) => Scaled(2, boxed(other.clone())),
        (4, Variable(at)) => Variable(at ^ 1),
        (5, Sum(a, _) | Difference(a, _)) => (**a).clone(),
        (6, Hadamard(a, b)) => Product(a.clone(), b.clone()),
        (6, Product(a, b)) => Hadamard(a.clone(), b.clone()),
        (7, Difference(a, b)) => Difference(b.clone(), a.clone()),
        _ => return None,
    };
    let fits = match &new {
        Product(a, b) => a.shape().1 == b.shape().0,
        Hadamard(a, b) => a.shape() == b.shape(),
        _ => true,
    };
    (fits && new.shape() == tree.shape()).then_some(new)
}

/// Rows of whole numbers: exact as long as nothing overflows, which panics.
type Matrix = Vec<Vec<i128>>;

struct Point {
    sizes: [usize; 4],
    values: Vec<Matrix>,
}

impl Point {
    fn new(sizes: [usize; 4], r: &mut Random) -> Point {
        let mut entry = |_| r.below(19) as i128 - 9;
        let values = VARIABLES.iter().map(|(_, _, (rows, columns))| {
            (0..sizes[*rows]).map(|_| (0..sizes[*columns]).map(&mut entry).collect()).collect()
        });
        Point { sizes, values: values.collect() }
    }

    fn value(&self, tree: &Tree) -> Matrix {
        let both = |a: &Tree, b: &Tree, f: &dyn Fn(i128, i128) -> i128| -> Matrix {
            let (a, b) = (self.value(a), self.value(b));
            a.iter().zip(&b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()).collect()
        };
        match tree {
            Variable(at) => self.values[*at].clone(),
            Transpose(a) => {
                let a = self.value(a);
                (0..a[0].len()).map(|j| a.iter().map(|row| row[j]).collect()).collect()
            }
            Product(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                let entry = |row: &Vec<i128>, j: usize| row.iter().zip(&b).map(|(x, b)| x * b[j]).sum();
                a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
            }
            Hadamard(a, b) => both(a, b, &|a, b| a * b),
            Sum(a, b) => both(a, b, &|a, b| a + b),
            Difference(a, b) => both(a, b, &|a, b| a - b),
            Scaled(factor, a) => {
                let a = self.value(a);
                a.iter().map(|row| row.iter().map(|x| i128::from(*factor) * x).collect()).collect()
            }
            Trace(a) => {
                let a = self.value(a);
                vec![vec![(0..a.len()).map(|i| a[i][i]).sum()]]
            }
            Total(a) => vec![vec![self.value(a).iter().flatten().sum()]],
        }
    }
}

fn equal(left: &Tree, right: &Tree, r: &mut Random) -> bool {
    [[1, 2, 3, 4], [1, 4, 2, 3], [1, 3, 1, 2], [1, 2, 2, 2]].into_iter().all(|sizes| {
        let point = Point::new(sizes, r);
        assert_eq!(point.sizes[0], 1);
        point.value(left) == point.value(right)
    })
}

/// A tree and another that equals it by laws alone.
fn identity(r: &mut Random) -> (Tree, Tree) {
    let shape = [(1, 1), (1, 2), (2, 3), (1, 0), (0, 0), (0, 0)][r.below(6)];
    loop {
        let left = random(shape, 3, r);
        if !(4..=24).contains(&left.size()) {
            continue;
        }
        let mut right = left.clone();
        for _ in 0..4 + r.below(5) {
            let place = r.below(right.size());
            let changed = right.at(place, &mut |part| rearranged(part, r));
            right = changed.filter(|changed| changed.size() < 60).unwrap_or(right);
        }
        if left != right {
            return (left, right);
        }
    }
}

/// Verdicts of many claims, a file of some at a time.
fn verdicts(claims: &[(Tree, Tree)]) -> Vec<Verdict> {
    let declared: Vec<String> =
        VARIABLES.iter().map(|(name, shape, _)| format!("{name} : {shape}")).collect();
    let mut found = Vec::new();
    for some in claims.chunks(100) {
        let lines = some.iter().map(|(left, right)| format!("verify {} == {}", left.text(), right.text()));
        let text: Vec<String> = declared.iter().cloned().chain(lines).collect();
        let source = Source::new("random", text.join("\n"));
        let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
        let decided = entrywise::verify(&problem, &Trials::default()).unwrap();
        found.extend(decided.iter().map(|one| one.verdict()));
    }
    found
}

fn run(count: usize, seed: u64) {
    assert_eq!(DIMENSIONS.len(), 4);
    let mut r = Random(seed);
    let identities: Vec<(Tree, Tree)> = (0..count).map(|_| identity(&mut r)).collect();
    let mut proved = 0;
    for ((left, right), verdict) in identities.iter().zip(verdicts(&identities)) {
        assert!(equal(left, right, &mut r), "the test's own laws: {} {}", left.text(), right.text());
        assert!(verdict <= Verdict::Checked, "{}: {} == {}", verdict.word(), left.text(), right.text());
        proved += usize::from(verdict == Verdict::Proved);
    }
    println!("seed {seed}: {count} true identities, {proved} proved, {} checked", count - proved);
    let mut mutants: Vec<(usize, (Tree, Tree))> = Vec::new();
    while mutants.len() < count {
        let (left, right) = identity(&mut r);
        let (kind, place) = (r.below(MISTAKES.len()), r.below(right.size()));
        if let Some(wrong) = right.at(place, &mut |part| mistaken(part, kind)) {
            mutants.push((kind, (left, wrong)));
        }
    }
    let claims: Vec<(Tree, Tree)> = mutants.iter().map(|(_, claim)| claim.clone()).collect();
    let mut table: BTreeMap<usize, [usize; 3]> = BTreeMap::new();
    for ((kind, (left, right)), verdict) in mutants.iter().zip(verdicts(&claims)) {
        let same = equal(left, right, &mut r);
        let row = table.entry(*kind).or_default();
        row[0] += 1;
        row[1] += usize::from(same);
        row[2] += usize::from(verdict == Verdict::Refuted);
        let right_verdict = if same { verdict <= Verdict::Checked } else { verdict == Verdict::Refuted };
        assert!(right_verdict, "{}: {} == {}", verdict.word(), left.text(), right.text());
    }
    for (kind, [all, same, refuted]) in table {
        println!(
            "{:<30} {all:>6} mutants, {same:>5} equal all the same, {refuted:>6} refuted",
            MISTAKES[kind]
        );
    }
}

#[test]
fn random_identities_hold_and_mistakes_are_refuted() {
    run(400, 1);
}

/// `.ci/run claims`
#[test]
#[ignore = "takes minutes; a stage of .ci/run"]
fn ten_thousand_identities_and_as_many_mistakes() {
    run(10_000, 2);
}
