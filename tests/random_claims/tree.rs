//! Expressions of the test's own, with their shapes and their text in the input language.

/// Rows and columns: 0 is a literal 1, others are dimensions.
pub type Shape = (usize, usize);

pub const SCALAR: Shape = (0, 0);

const DIMENSIONS: [&str; 4] = ["1", "n", "m", "p"];

pub struct Variable {
    pub name: &'static str,
    pub shape: Shape,
    pub positive: bool,
}

const fn of(name: &'static str, shape: Shape) -> Variable {
    Variable { name, shape, positive: false }
}

const fn positive(name: &'static str, shape: Shape) -> Variable {
    Variable { name, shape, positive: true }
}

/// Each shape has two variables next to each other, so that one can be mistaken for the other.
pub const VARIABLES: [Variable; 22] = [
    of("A", (1, 2)),
    of("B", (1, 2)),
    of("C", (2, 3)),
    of("D", (2, 3)),
    of("E", (1, 1)),
    of("F", (1, 1)),
    of("G", (2, 2)),
    of("H", (2, 2)),
    of("K", (3, 1)),
    of("M", (3, 1)),
    of("u", (1, 0)),
    of("v", (1, 0)),
    of("x", (2, 0)),
    of("y", (2, 0)),
    of("b", SCALAR),
    of("c", SCALAR),
    positive("P", (1, 2)),
    positive("Q", (1, 2)),
    positive("R", (2, 0)),
    positive("S", (2, 0)),
    positive("g", SCALAR),
    positive("h", SCALAR),
];

/// The lines that declare the variables.
pub fn declarations() -> Vec<String> {
    let line = |variable: &Variable| {
        let shape = match variable.shape {
            SCALAR => "scalar".to_string(),
            (rows, 0) => DIMENSIONS[rows].to_string(),
            (rows, columns) => format!("{} x {}", DIMENSIONS[rows], DIMENSIONS[columns]),
        };
        format!("{} : {shape}{}", variable.name, if variable.positive { " positive" } else { "" })
    };
    VARIABLES.iter().map(line).collect()
}

/// Of an entry; it runs over a dimension. No two letters of a claim share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Letter {
    pub number: usize,
    pub dimension: usize,
}

impl Letter {
    pub fn text(self) -> String {
        let names = ["i", "j", "k", "l", "q", "r", "w", "z"];
        names.get(self.number).map_or_else(|| format!("k{}", self.number), |name| name.to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Exp,
    Log,
    Tanh,
    Sigmoid,
    Sin,
    Cos,
    Abs,
    Relu,
}

impl Function {
    pub const ALL: [Function; 8] = [
        Function::Exp,
        Function::Log,
        Function::Tanh,
        Function::Sigmoid,
        Function::Sin,
        Function::Cos,
        Function::Abs,
        Function::Relu,
    ];

    fn text(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Variable(usize),
    Number(i64),
    /// Not of shape 1 x 1.
    Ones(Shape),
    Eye(usize),
    Transpose(Box<Tree>),
    Product(Box<Tree>, Box<Tree>),
    Hadamard(Box<Tree>, Box<Tree>),
    Sum(Box<Tree>, Box<Tree>),
    Difference(Box<Tree>, Box<Tree>),
    Scaled(i64, Box<Tree>),
    /// A scalar and a matrix.
    Times(Box<Tree>, Box<Tree>),
    /// Entry by entry.
    Quotient(Box<Tree>, Box<Tree>),
    /// A matrix by a scalar.
    Over(Box<Tree>, Box<Tree>),
    /// Entry by entry.
    Apply(Function, Box<Tree>),
    /// Of a square matrix.
    Trace(Box<Tree>),
    /// Of all entries.
    Total(Box<Tree>),
    Rowsum(Box<Tree>),
    Colsum(Box<Tree>),
    Diag(Box<Tree>),
    Diagvec(Box<Tree>),
    /// Of a scalar by a variable.
    Derivative(Box<Tree>, usize),
    /// One letter for each dimension that is not a literal 1.
    Entry(Box<Tree>, Vec<Letter>),
    SumOver(Letter, Box<Tree>),
    Delta(Letter, Letter),
}

use Tree::*;

impl Tree {
    pub fn shape(&self) -> Shape {
        match self {
            Variable(at) | Derivative(_, at) => VARIABLES[*at].shape,
            Number(_) | Trace(_) | Total(_) | Entry(..) | SumOver(..) | Delta(..) => SCALAR,
            Ones(shape) => *shape,
            Eye(side) => (*side, *side),
            Transpose(a) => {
                let (rows, columns) = a.shape();
                (columns, rows)
            }
            Product(a, b) => (a.shape().0, b.shape().1),
            Hadamard(a, _) | Sum(a, _) | Difference(a, _) | Quotient(a, _) | Over(a, _) => a.shape(),
            Scaled(_, a) | Times(_, a) | Apply(_, a) => a.shape(),
            Rowsum(a) | Diagvec(a) => (a.shape().0, 0),
            Colsum(a) => (a.shape().1, 0),
            Diag(a) => (a.shape().0, a.shape().0),
        }
    }

    /// Whether the root's operands have shapes that it takes.
    pub fn fits(&self) -> bool {
        match self {
            Product(a, b) => a.shape().1 == b.shape().0,
            Hadamard(a, b) | Sum(a, b) | Difference(a, b) | Quotient(a, b) => a.shape() == b.shape(),
            Times(a, _) | Over(_, a) | Derivative(a, _) => a.shape() == SCALAR,
            Trace(a) | Diagvec(a) => a.shape().0 == a.shape().1,
            Entry(a, letters) => a.dimensions().eq(letters.iter().map(|letter| letter.dimension)),
            _ => true,
        }
    }

    /// The dimensions that an entry's letters run over.
    pub fn dimensions(&self) -> impl Iterator<Item = usize> {
        let (rows, columns) = self.shape();
        [rows, columns].into_iter().filter(|dimension| *dimension != 0)
    }

    pub fn text(&self) -> String {
        let infix = |a: &Tree, sign: &str, b: &Tree| format!("({}) {sign} ({})", a.text(), b.text());
        let call = |name: &str, a: &Tree| format!("{name}({})", a.text());
        match self {
            Variable(at) => VARIABLES[*at].name.to_string(),
            Number(number) => number.to_string(),
            Ones((0, columns)) => format!("ones({})'", DIMENSIONS[*columns]),
            Ones((rows, 0)) => format!("ones({})", DIMENSIONS[*rows]),
            Ones((rows, columns)) => format!("ones({}, {})", DIMENSIONS[*rows], DIMENSIONS[*columns]),
            Eye(side) => format!("eye({})", DIMENSIONS[*side]),
            Transpose(a) => format!("({})'", a.text()),
            // The product of entries, by a space.
            Product(a, b) if matches!((&**a, &**b), (Entry(..), Entry(..))) => {
                format!("{} {}", a.text(), b.text())
            }
            Product(a, b) | Times(a, b) => infix(a, "*", b),
            Hadamard(a, b) => infix(a, ".*", b),
            Sum(a, b) => infix(a, "+", b),
            Difference(a, b) => infix(a, "-", b),
            Scaled(factor, a) => format!("{factor}*({})", a.text()),
            Quotient(a, b) if a.shape() != SCALAR => infix(a, "./", b),
            Quotient(a, b) | Over(a, b) => infix(a, "/", b),
            Apply(function, a) => call(&function.text(), a),
            Trace(a) => call("tr", a),
            Total(a) => call("sum", a),
            Rowsum(a) => call("rowsum", a),
            Colsum(a) => call("colsum", a),
            Diag(a) => call("diag", a),
            Diagvec(a) => call("diagvec", a),
            Derivative(a, at) => format!("d({})/d{}", a.text(), VARIABLES[*at].name),
            Entry(a, letters) => {
                let letters: Vec<String> = letters.iter().map(|letter| letter.text()).collect();
                match &**a {
                    Variable(_) => format!("{}[{}]", a.text(), letters.join(",")),
                    _ => format!("({})[{}]", a.text(), letters.join(",")),
                }
            }
            // Half of the ranges are left to be inferred, where that is possible.
            SumOver(letter, a) if letter.number % 2 == 0 && a.indexes(*letter) => {
                format!("sum({}) ({})", letter.text(), a.text())
            }
            SumOver(letter, a) => {
                format!("sum({}: {}) ({})", letter.text(), DIMENSIONS[letter.dimension], a.text())
            }
            Delta(a, b) => format!("delta({},{})", a.text(), b.text()),
        }
    }

    /// Whether an entry has the letter.
    fn indexes(&self, letter: Letter) -> bool {
        self.parts().iter().any(|part| matches!(part, Entry(_, letters) if letters.contains(&letter)))
    }

    pub fn children(&self) -> Vec<&Tree> {
        match self {
            Variable(_) | Number(_) | Ones(_) | Eye(_) | Delta(..) => Vec::new(),
            Transpose(a) | Scaled(_, a) | Apply(_, a) | Trace(a) | Total(a) | Rowsum(a) | Colsum(a) => {
                vec![a]
            }
            Diag(a) | Diagvec(a) | Derivative(a, _) | Entry(a, _) | SumOver(_, a) => vec![a],
            Product(a, b) | Hadamard(a, b) | Sum(a, b) | Difference(a, b) => vec![a, b],
            Times(a, b) | Quotient(a, b) | Over(a, b) => vec![a, b],
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Tree> {
        match self {
            Variable(_) | Number(_) | Ones(_) | Eye(_) | Delta(..) => Vec::new(),
            Transpose(a) | Scaled(_, a) | Apply(_, a) | Trace(a) | Total(a) | Rowsum(a) | Colsum(a) => {
                vec![a]
            }
            Diag(a) | Diagvec(a) | Derivative(a, _) | Entry(a, _) | SumOver(_, a) => vec![a],
            Product(a, b) | Hadamard(a, b) | Sum(a, b) | Difference(a, b) => vec![a, b],
            Times(a, b) | Quotient(a, b) | Over(a, b) => vec![a, b],
        }
    }

    /// All parts in preorder, itself first.
    pub fn parts(&self) -> Vec<&Tree> {
        let below = self.children().into_iter().flat_map(Tree::parts);
        std::iter::once(self).chain(below).collect()
    }

    pub fn size(&self) -> usize {
        1 + self.children().iter().map(|child| child.size()).sum::<usize>()
    }

    /// The part number `at` in preorder.
    pub fn part_mut(&mut self, at: usize) -> &mut Tree {
        if at == 0 {
            return self;
        }
        let mut before = 1;
        for child in self.children_mut() {
            let size = child.size();
            if at < before + size {
                return child.part_mut(at - before);
            }
            before += size;
        }
        unreachable!("fewer parts than {at}")
    }

    pub fn has(&self, variable: usize) -> bool {
        self.parts().contains(&&Variable(variable))
    }

    /// The letters that no sum within binds.
    pub fn free(&self) -> Vec<Letter> {
        let mut letters = match self {
            Entry(_, letters) => letters.clone(),
            Delta(a, b) => vec![*a, *b],
            _ => Vec::new(),
        };
        letters.extend(self.children().iter().flat_map(|child| child.free()));
        letters.sort();
        letters.dedup();
        if let SumOver(bound, _) = self {
            letters.retain(|letter| letter != bound);
        }
        letters
    }

    pub fn binds(&self, letter: Letter) -> bool {
        self.parts().iter().any(|part| matches!(part, SumOver(bound, _) if *bound == letter))
    }

    /// With another letter at all its places.
    pub fn renamed(&self, from: Letter, to: Letter) -> Tree {
        let mut new = self.clone();
        new.rename(from, to);
        new
    }

    fn rename(&mut self, from: Letter, to: Letter) {
        let mut change = |letter: &mut Letter| {
            if *letter == from {
                *letter = to;
            }
        };
        match self {
            Entry(_, letters) => letters.iter_mut().for_each(change),
            Delta(a, b) => [a, b].into_iter().for_each(&mut change),
            SumOver(bound, _) => change(bound),
            _ => {}
        }
        self.children_mut().into_iter().for_each(|child| child.rename(from, to));
    }

    /// The highest power of a variable, of a polynomial in it.
    pub fn degree(&self, variable: usize) -> Option<usize> {
        if !self.has(variable) {
            return Some(0);
        }
        let degrees: Option<Vec<usize>> =
            self.children().iter().map(|child| child.degree(variable)).collect();
        let degrees = degrees?;
        match self {
            Variable(_) => Some(1),
            Product(..) | Hadamard(..) | Times(..) => Some(degrees.iter().sum()),
            Quotient(..) | Over(..) => (degrees[1] == 0).then_some(degrees[0]),
            Apply(..) | Derivative(..) => None,
            _ => degrees.into_iter().max(),
        }
    }

    /// Certain where all positive variables are.
    pub fn positive(&self) -> bool {
        match self {
            Variable(at) => VARIABLES[*at].positive,
            Number(number) => *number > 0,
            Scaled(factor, a) => *factor > 0 && a.positive(),
            Ones(_) | Apply(Function::Exp | Function::Sigmoid, _) => true,
            Eye(_) | Diag(_) | Derivative(..) | Delta(..) | Difference(..) | Apply(..) => false,
            _ => self.children().iter().all(|child| child.positive()),
        }
    }
}
