//! The tree of the input language, and of every formula a derivation states.
//!
//! One expression type serves the parser, the steps of a derivation and the checker, so that what is
//! printed, what was checked and what can be read back are the same thing.

use std::sync::Arc;

use num_rational::BigRational;

use crate::source::Span;

/// A user's identifier; cheap to clone, never an identity of an index.
pub type Name = Arc<str>;

/// A name together with the place where it stands.
#[derive(Clone, Debug)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

/// A word of the language together with the place where it stands; equality ignores places.
#[derive(Clone, Copy, Debug)]
pub struct Placed<T> {
    pub what: T,
    pub span: Span,
}

/// A whole input file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `A, B : n x n symmetric`, `c : scalar`
    Declare { names: Vec<Ident>, shape: ShapeExpr, properties: Vec<Placed<Property>> },
    /// `Y = X*W`
    Define { name: Ident, value: Expr },
    /// `softmax(x : n)[i] = …`; without parameters' shapes and indices a scalar result.
    Operation {
        name: Ident,
        parameters: Vec<Parameter>,
        /// For each axis its letter, or the letters of a pair.
        indices: Vec<Vec<Binder>>,
        value: Expr,
        /// `for det(A'*A) > 0`
        condition: Option<Condition>,
        notation: Notation,
    },
    /// `scalar softplus(t) = …`, `scalar erf(t) derivative …`
    ScalarFunction {
        name: Ident,
        parameter: Ident,
        value: Option<Expr>,
        derivative: Option<Expr>,
        notation: Notation,
    },
    /// `d(inv(A)[i,j])/d(A[k,l]) = …`
    EntryDerivative { derivative: Expr, value: Expr, notation: Notation },
    /// `unknown f : entrywise`
    Unknown { name: Ident, kind: UnknownKind },
    /// `assume n >= k, onehot(T)`
    Assume { conditions: Vec<Condition> },
    /// `size N = 2, D = 2`
    Size { sizes: Vec<(Ident, Expr)> },
    /// `derive dL/dX, dL/dW`
    Derive { goals: Vec<Expr> },
    /// `verify a == b == c`
    Verify { links: Vec<Expr> },
}

/// The shape part of a declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum ShapeExpr {
    Scalar,
    /// A column vector `n`.
    Vector(Expr),
    /// `rows x columns`
    Matrix(Expr, Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    Symmetric,
    Antisymmetric,
    Diagonal,
    Lower,
    Upper,
    Orthogonal,
    Posdef,
    Positive,
    Onehot,
    Integer,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Ident,
    pub shape: Option<ShapeExpr>,
}

/// A bound or free index with its optional range: `k`, `k: D`.
#[derive(Clone, Debug, PartialEq)]
pub struct Binder {
    pub name: Ident,
    pub range: Option<Expr>,
}

/// `as latex "…" text "…"`, the texts as they stand between the quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notation {
    pub latex: Option<String>,
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKind {
    Entrywise,
    Scalar,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Compare { left: Expr, comparison: Comparison, right: Expr },
    Onehot(Ident),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessEqual,
    Equal,
    GreaterEqual,
    Greater,
}

impl Comparison {
    /// The same between exchanged sides.
    pub fn mirrored(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Equal => Comparison::Equal,
            Comparison::GreaterEqual => Comparison::LessEqual,
            Comparison::Greater => Comparison::Less,
        }
    }
}

/// An expression; equality ignores places.
#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A non-negative number with a finite decimal form, exact.
    Number(BigRational),
    Name(Name),
    /// `base[i, j]`: an entry. The base is a name, a derivative or a bracketed expression.
    Index {
        base: Box<Expr>,
        indices: Vec<Expr>,
    },
    /// `(i, k)` as one index of an entry: the first slowest. Letters only, at least two.
    Tuple(Vec<Expr>),
    Transpose(Box<Expr>),
    /// `base^exponent`; `.^` when `entrywise`.
    Power {
        base: Box<Expr>,
        exponent: Box<Expr>,
        entrywise: bool,
    },
    Negate(Box<Expr>),
    /// `first op expr op expr …`, left to right, all of one level.
    Product {
        first: Box<Expr>,
        rest: Vec<(ProductOp, Expr)>,
    },
    /// `± expr ± expr …`: at least two terms; the first sign is always [`Sign::Plus`] (a leading minus is
    /// a [`ExprKind::Negate`] of the first term).
    Sum(Vec<(Sign, Expr)>),
    /// `sum(i) sum(j: M) body`, the binders of one `sum(…)` list; the body is a product, never a sum.
    BigSum {
        binders: Vec<Binder>,
        body: Box<Expr>,
    },
    /// `f(a, b)`, `tanh'(Z)` with one prime, `delta(i,j)`.
    Call {
        function: Ident,
        primes: usize,
        arguments: Vec<Expr>,
    },
    /// `[a, b; c, d]`, rows of one length.
    Matrix(Vec<Vec<Expr>>),
    Derivative(Box<Derivative>),
    /// The sum of the products of all entries of two arrays of one shape (the chain rule's
    /// `dL/dY dY/dx[1,1]`); the second may have further axes, which remain. Never parsed: juxtaposition of
    /// matrices would read as their product.
    Contraction {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// A matrix of `rows` times `columns` cells, each the general term at one pair of indices. Never parsed.
    Table(Arc<Table>),
}

/// `d(numerator)/d(x)d(y)`, `d2(f)/d(x)2`.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivative {
    pub numerator: Expr,
    /// What is differentiated by, each with its multiplicity, in writing order.
    pub by: Vec<(Expr, u32)>,
    /// Intermediates held fixed: a partial derivative where paths through them are counted elsewhere.
    /// Empty for everything that was parsed.
    pub held: Vec<Name>,
}

impl Derivative {
    /// A derivative of higher order as the derivative, by what stands last, of the one of an order less; `None` for one of
    /// first order.
    pub fn nested(&self) -> Option<Derivative> {
        let order: u32 = self.by.iter().map(|(_, times)| *times).sum();
        let (last, times) = self.by.last().filter(|_| order > 1)?;
        let mut by = self.by.clone();
        by.pop();
        if *times > 1 {
            by.push((last.clone(), times - 1));
        }
        let held = self.held.clone();
        let inner = Derivative { numerator: self.numerator.clone(), by, held: held.clone() };
        let numerator = ExprKind::Derivative(Box::new(inner)).into();
        Some(Derivative { numerator, by: vec![(last.clone(), 1)], held })
    }
}

/// A general term with sizes large enough that its cells are made one at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub rows: usize,
    pub columns: usize,
    /// Letters of the row and column index in `body`.
    pub row: Name,
    pub column: Name,
    /// An index-form expression with the two letters free.
    pub body: Expr,
    /// Sizes of the dimensions that the sums of `body` run over.
    pub sizes: Vec<(Name, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductOp {
    /// `*`
    Times,
    /// A space between factors of an index form.
    Space,
    /// `/`
    Divide,
    /// `.*`
    Hadamard,
    /// `./`
    HadamardDivide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

impl PartialEq for Ident {
    fn eq(&self, other: &Ident) -> bool {
        self.name == other.name
    }
}

impl Eq for Ident {}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Placed<T>) -> bool {
        self.what == other.what
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Statement) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.kind == other.kind
    }
}

impl Ident {
    pub fn new(name: impl Into<Name>) -> Ident {
        Ident { name: name.into(), span: Span::NONE }
    }
}

impl From<ExprKind> for Expr {
    fn from(kind: ExprKind) -> Expr {
        Expr { kind, span: Span::NONE }
    }
}

/// Constructors for generated expressions; their spans are [`Span::NONE`].
impl Expr {
    pub fn name(name: impl Into<Name>) -> Expr {
        ExprKind::Name(name.into()).into()
    }

    /// The expressions directly inside, in writing order; ranges of binders among them, a table's term not.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Table(_) => Vec::new(),
            ExprKind::Index { base, indices } => std::iter::once(&**base).chain(indices).collect(),
            ExprKind::Tuple(parts) => parts.iter().collect(),
            ExprKind::Transpose(inner) | ExprKind::Negate(inner) => vec![inner],
            ExprKind::Power { base, exponent, .. } => vec![base, exponent],
            ExprKind::Product { first, rest } => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)).collect()
            }
            ExprKind::Sum(terms) => terms.iter().map(|(_, term)| term).collect(),
            ExprKind::BigSum { binders, body } => {
                binders.iter().filter_map(|binder| binder.range.as_ref()).chain([&**body]).collect()
            }
            ExprKind::Call { arguments, .. } => arguments.iter().collect(),
            ExprKind::Matrix(rows) => rows.iter().flatten().collect(),
            ExprKind::Derivative(derivative) => {
                std::iter::once(&derivative.numerator).chain(derivative.by.iter().map(|(by, _)| by)).collect()
            }
            ExprKind::Contraction { left, right } => vec![left, right],
        }
    }

    /// The same node around changed expressions; binders' ranges and a table's term are kept.
    pub fn map_children(&self, map: &dyn Fn(&Expr) -> Expr) -> Expr {
        let boxed = |expr: &Expr| Box::new(map(expr));
        let all = |exprs: &[Expr]| exprs.iter().map(map).collect();
        let kind = match &self.kind {
            ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Table(_) => self.kind.clone(),
            ExprKind::Index { base, indices } => ExprKind::Index { base: boxed(base), indices: all(indices) },
            ExprKind::Tuple(parts) => ExprKind::Tuple(all(parts)),
            ExprKind::Transpose(inner) => ExprKind::Transpose(boxed(inner)),
            ExprKind::Negate(inner) => ExprKind::Negate(boxed(inner)),
            ExprKind::Power { base, exponent, entrywise } => {
                ExprKind::Power { base: boxed(base), exponent: boxed(exponent), entrywise: *entrywise }
            }
            ExprKind::Product { first, rest } => ExprKind::Product {
                first: boxed(first),
                rest: rest.iter().map(|(op, factor)| (*op, map(factor))).collect(),
            },
            ExprKind::Sum(terms) => {
                ExprKind::Sum(terms.iter().map(|(sign, term)| (*sign, map(term))).collect())
            }
            ExprKind::BigSum { binders, body } => {
                ExprKind::BigSum { binders: binders.clone(), body: boxed(body) }
            }
            ExprKind::Call { function, primes, arguments } => {
                ExprKind::Call { function: function.clone(), primes: *primes, arguments: all(arguments) }
            }
            ExprKind::Matrix(rows) => ExprKind::Matrix(rows.iter().map(|row| all(row)).collect()),
            ExprKind::Derivative(derivative) => ExprKind::Derivative(Box::new(Derivative {
                numerator: map(&derivative.numerator),
                by: derivative.by.iter().map(|(by, order)| (map(by), *order)).collect(),
                held: derivative.held.clone(),
            })),
            ExprKind::Contraction { left, right } => {
                ExprKind::Contraction { left: boxed(left), right: boxed(right) }
            }
        };
        Expr { kind, span: self.span }
    }

    /// A natural number.
    pub fn natural(value: usize) -> Expr {
        ExprKind::Number(BigRational::from_integer(value.into())).into()
    }

    /// Any rational, as a literal where it is a natural number, else as a quotient or its negative.
    pub fn rational(value: &BigRational) -> Expr {
        use num_traits::Signed;
        let magnitude = value.abs();
        let literal = |n: &num_bigint::BigInt| -> Expr {
            ExprKind::Number(BigRational::from_integer(n.clone())).into()
        };
        let quotient = if magnitude.is_integer() {
            literal(magnitude.numer())
        } else {
            Expr::product(literal(magnitude.numer()), ProductOp::Divide, literal(magnitude.denom()))
        };
        if value.is_negative() { Expr::negate(quotient) } else { quotient }
    }

    pub fn negate(inner: Expr) -> Expr {
        ExprKind::Negate(Box::new(inner)).into()
    }

    pub fn transpose(inner: Expr) -> Expr {
        ExprKind::Transpose(Box::new(inner)).into()
    }

    pub fn index(base: Expr, indices: Vec<Expr>) -> Expr {
        ExprKind::Index { base: Box::new(base), indices }.into()
    }

    pub fn call(function: &str, arguments: Vec<Expr>) -> Expr {
        ExprKind::Call { function: Ident::new(function), primes: 0, arguments }.into()
    }

    /// `left op right`; a product on the left is extended.
    pub fn product(left: Expr, op: ProductOp, right: Expr) -> Expr {
        match left.kind {
            ExprKind::Product { first, mut rest } => {
                rest.push((op, right));
                ExprKind::Product { first, rest }.into()
            }
            kind => ExprKind::Product { first: Box::new(kind.into()), rest: vec![(op, right)] }.into(),
        }
    }

    /// All factors joined by one operator; the number 1 for none.
    pub fn products(op: ProductOp, factors: impl IntoIterator<Item = Expr>) -> Expr {
        factors
            .into_iter()
            .reduce(|left, right| match left.kind {
                ExprKind::Product { first, mut rest } => {
                    rest.push((op, right));
                    ExprKind::Product { first, rest }.into()
                }
                kind => ExprKind::Product { first: Box::new(kind.into()), rest: vec![(op, right)] }.into(),
            })
            .unwrap_or_else(|| Expr::natural(1))
    }

    /// The sum of the terms; zero for none. A negated term is subtracted.
    pub fn sum(terms: impl IntoIterator<Item = Expr>) -> Expr {
        let mut terms: Vec<Expr> = terms.into_iter().collect();
        match terms.len() {
            0 => Expr::natural(0),
            1 => terms.remove(0),
            _ => ExprKind::Sum(
                terms
                    .into_iter()
                    .enumerate()
                    .map(|(position, term)| match term.kind {
                        ExprKind::Negate(inner) if position > 0 => (Sign::Minus, *inner),
                        // `-2 * x` begins with its sign.
                        ExprKind::Product { first, rest } if position > 0 => match first.kind {
                            ExprKind::Negate(first) => {
                                (Sign::Minus, ExprKind::Product { first, rest }.into())
                            }
                            kind => {
                                (Sign::Plus, ExprKind::Product { first: Box::new(kind.into()), rest }.into())
                            }
                        },
                        kind => (Sign::Plus, kind.into()),
                    })
                    .collect(),
            )
            .into(),
        }
    }

    /// `d(numerator)/d(by)` of first order.
    pub fn derivative(numerator: Expr, by: Expr) -> Expr {
        ExprKind::Derivative(Box::new(Derivative { numerator, by: vec![(by, 1)], held: Vec::new() })).into()
    }
}
