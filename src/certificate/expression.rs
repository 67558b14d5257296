//! Expressions as JSON, without loss: the text where it is read back as the same tree, else the outermost node as an
//! object around its parts, each written in this way.

use std::sync::Arc;

use num_rational::BigRational;
use serde::{Deserialize, Serialize};

use crate::source::Source;
use crate::syntax::ast::{
    Binder, Derivative, Expr, ExprKind, Ident, Name, ProductOp, Sign as TreeSign, Table as TreeTable,
};
use crate::syntax::parse;
use crate::syntax::print::Printer;

/// An expression in a certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Expression {
    Text(String),
    Node(Box<Node>),
}

/// A node that no text stands for, or that has one inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Node {
    /// Without a finite decimal form, as `p/q`.
    Number(String),
    Name(String),
    Entry {
        of: Expression,
        at: Vec<Expression>,
    },
    /// Letters that are one index together.
    Pair(Vec<Expression>),
    Transpose(Expression),
    Power {
        base: Expression,
        exponent: Expression,
        entrywise: bool,
    },
    Negate(Expression),
    Product {
        first: Expression,
        rest: Vec<Factor>,
    },
    Sum(Vec<Term>),
    Over {
        letters: Vec<Bound>,
        term: Expression,
    },
    Call {
        function: String,
        primes: usize,
        arguments: Vec<Expression>,
    },
    Matrix(Vec<Vec<Expression>>),
    Derivative {
        of: Expression,
        by: Vec<By>,
        /// Held fixed: a partial derivative.
        held: Vec<String>,
    },
    /// The sum of the products of all entries in the same place.
    Contraction {
        left: Expression,
        right: Expression,
    },
    /// A matrix by its general term.
    Table(Table),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    pub operator: Operator,
    pub factor: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "*")]
    Times,
    #[serde(rename = " ")]
    Space,
    #[serde(rename = "/")]
    Divide,
    #[serde(rename = ".*")]
    Hadamard,
    #[serde(rename = "./")]
    HadamardDivide,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub sign: Sign,
    pub term: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sign {
    #[serde(rename = "+")]
    Plus,
    #[serde(rename = "-")]
    Minus,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    pub letter: String,
    pub range: Option<Expression>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    pub by: Expression,
    pub order: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub rows: usize,
    pub columns: usize,
    /// Letters of the row and the column in `term`.
    pub row: String,
    pub column: String,
    pub term: Expression,
    pub sizes: Vec<super::schema::Size>,
}

/// The names by which text is printed and read.
pub struct Names {
    declared: Vec<Name>,
    printer: Printer,
}

impl Names {
    pub fn new(declared: Vec<Name>) -> Names {
        let printer = Printer::new(declared.iter().map(|name| &**name));
        Names { declared, printer }
    }

    pub fn write(&self, expr: &Expr) -> Expression {
        let text = self.printer.expr(expr);
        match self.parse(&text) {
            Some(read) if read == *expr => Expression::Text(text),
            _ => Expression::Node(Box::new(self.node(expr))),
        }
    }

    /// The tree; `None` for what [`Names::write`] writes for none.
    pub fn read(&self, expression: &Expression) -> Option<Expr> {
        let expr = self.tree(expression)?;
        (self.write(&expr) == *expression).then_some(expr)
    }

    /// In words for a report, where that can be: as text.
    pub fn show(&self, expr: &Expr) -> String {
        self.printer.expr(expr)
    }

    fn parse(&self, text: &str) -> Option<Expr> {
        parse::expression(&Source::new("certificate", text), &self.declared).ok()
    }

    fn node(&self, expr: &Expr) -> Node {
        let write = |expr: &Expr| self.write(expr);
        let all = |exprs: &[Expr]| exprs.iter().map(write).collect::<Vec<_>>();
        match &expr.kind {
            ExprKind::Number(value) => Node::Number(format!("{}/{}", value.numer(), value.denom())),
            ExprKind::Name(name) => Node::Name(name.to_string()),
            ExprKind::Index { base, indices } => Node::Entry { of: write(base), at: all(indices) },
            ExprKind::Transpose(inner) => Node::Transpose(write(inner)),
            ExprKind::Power { base, exponent, entrywise } => {
                Node::Power { base: write(base), exponent: write(exponent), entrywise: *entrywise }
            }
            ExprKind::Negate(inner) => Node::Negate(write(inner)),
            ExprKind::Product { first, rest } => Node::Product {
                first: write(first),
                rest: rest
                    .iter()
                    .map(|(op, factor)| Factor { operator: (*op).into(), factor: write(factor) })
                    .collect(),
            },
            ExprKind::Sum(terms) => Node::Sum(
                terms.iter().map(|(sign, term)| Term { sign: (*sign).into(), term: write(term) }).collect(),
            ),
            ExprKind::BigSum { binders, body } => Node::Over {
                letters: binders
                    .iter()
                    .map(|binder| Bound {
                        letter: binder.name.name.to_string(),
                        range: binder.range.as_ref().map(write),
                    })
                    .collect(),
                term: write(body),
            },
            ExprKind::Call { function, primes, arguments } => {
                Node::Call { function: function.name.to_string(), primes: *primes, arguments: all(arguments) }
            }
            ExprKind::Tuple(parts) => Node::Pair(all(parts)),
            ExprKind::Matrix(rows) => Node::Matrix(rows.iter().map(|row| all(row)).collect()),
            ExprKind::Derivative(derivative) => Node::Derivative {
                of: write(&derivative.numerator),
                by: derivative.by.iter().map(|(by, order)| By { by: write(by), order: *order }).collect(),
                held: derivative.held.iter().map(|name| name.to_string()).collect(),
            },
            ExprKind::Contraction { left, right } => {
                Node::Contraction { left: write(left), right: write(right) }
            }
            ExprKind::Table(table) => Node::Table(Table {
                rows: table.rows,
                columns: table.columns,
                row: table.row.to_string(),
                column: table.column.to_string(),
                term: write(&table.body),
                sizes: super::schema::Size::all(&table.sizes),
            }),
        }
    }

    fn tree(&self, expression: &Expression) -> Option<Expr> {
        let node = match expression {
            Expression::Text(text) => return self.parse(text),
            Expression::Node(node) => node,
        };
        let boxed = |part: &Expression| Some(Box::new(self.tree(part)?));
        let all = |parts: &[Expression]| parts.iter().map(|part| self.tree(part)).collect::<Option<Vec<_>>>();
        let kind = match &**node {
            Node::Number(text) => ExprKind::Number(number(text)?),
            Node::Name(name) => ExprKind::Name(name.as_str().into()),
            // Trees that the checker is never given otherwise.
            Node::Entry { at, .. } if at.is_empty() => return None,
            Node::Product { rest, .. } if rest.is_empty() => return None,
            Node::Sum(terms) if terms.is_empty() => return None,
            Node::Over { letters, .. } if letters.is_empty() => return None,
            Node::Derivative { by, .. } if by.is_empty() || by.iter().any(|part| part.order == 0) => {
                return None;
            }
            Node::Entry { of, at } => ExprKind::Index { base: boxed(of)?, indices: all(at)? },
            Node::Pair(parts) if parts.len() < 2 => return None,
            Node::Pair(parts) => ExprKind::Tuple(all(parts)?),
            Node::Transpose(inner) => ExprKind::Transpose(boxed(inner)?),
            Node::Power { base, exponent, entrywise } => {
                ExprKind::Power { base: boxed(base)?, exponent: boxed(exponent)?, entrywise: *entrywise }
            }
            Node::Negate(inner) => ExprKind::Negate(boxed(inner)?),
            Node::Product { first, rest } => ExprKind::Product {
                first: boxed(first)?,
                rest: rest
                    .iter()
                    .map(|part| Some((part.operator.into(), self.tree(&part.factor)?)))
                    .collect::<Option<_>>()?,
            },
            Node::Sum(terms) => ExprKind::Sum(
                terms
                    .iter()
                    .map(|part| Some((part.sign.into(), self.tree(&part.term)?)))
                    .collect::<Option<_>>()?,
            ),
            Node::Over { letters, term } => ExprKind::BigSum {
                binders: letters
                    .iter()
                    .map(|bound| {
                        let range = match &bound.range {
                            Some(range) => Some(self.tree(range)?),
                            None => None,
                        };
                        Some(Binder { name: Ident::new(bound.letter.as_str()), range })
                    })
                    .collect::<Option<_>>()?,
                body: boxed(term)?,
            },
            Node::Call { function, primes, arguments } => ExprKind::Call {
                function: Ident::new(function.as_str()),
                primes: *primes,
                arguments: all(arguments)?,
            },
            Node::Matrix(rows) => {
                let width = rows.first().map_or(0, Vec::len);
                if width == 0 || rows.iter().any(|row| row.len() != width) {
                    return None;
                }
                ExprKind::Matrix(rows.iter().map(|row| all(row)).collect::<Option<_>>()?)
            }
            Node::Derivative { of, by, held } => ExprKind::Derivative(Box::new(Derivative {
                numerator: self.tree(of)?,
                by: by.iter().map(|part| Some((self.tree(&part.by)?, part.order))).collect::<Option<_>>()?,
                held: held.iter().map(|name| name.as_str().into()).collect(),
            })),
            Node::Contraction { left, right } => {
                ExprKind::Contraction { left: boxed(left)?, right: boxed(right)? }
            }
            Node::Table(table) => ExprKind::Table(Arc::new(TreeTable {
                rows: table.rows,
                columns: table.columns,
                row: table.row.as_str().into(),
                column: table.column.as_str().into(),
                body: self.tree(&table.term)?,
                sizes: super::schema::Size::pairs(&table.sizes),
            })),
        };
        Some(kind.into())
    }
}

/// `p/q` with a positive `q`.
fn number(text: &str) -> Option<BigRational> {
    let (above, below) = text.split_once('/')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(below) || !digits(above.strip_prefix('-').unwrap_or(above)) {
        return None;
    }
    let (above, below): (num_bigint::BigInt, num_bigint::BigInt) = (above.parse().ok()?, below.parse().ok()?);
    (below != 0.into()).then(|| BigRational::new(above, below))
}

impl From<ProductOp> for Operator {
    fn from(operator: ProductOp) -> Operator {
        match operator {
            ProductOp::Times => Operator::Times,
            ProductOp::Space => Operator::Space,
            ProductOp::Divide => Operator::Divide,
            ProductOp::Hadamard => Operator::Hadamard,
            ProductOp::HadamardDivide => Operator::HadamardDivide,
        }
    }
}

impl From<Operator> for ProductOp {
    fn from(operator: Operator) -> ProductOp {
        match operator {
            Operator::Times => ProductOp::Times,
            Operator::Space => ProductOp::Space,
            Operator::Divide => ProductOp::Divide,
            Operator::Hadamard => ProductOp::Hadamard,
            Operator::HadamardDivide => ProductOp::HadamardDivide,
        }
    }
}

impl From<TreeSign> for Sign {
    fn from(sign: TreeSign) -> Sign {
        match sign {
            TreeSign::Plus => Sign::Plus,
            TreeSign::Minus => Sign::Minus,
        }
    }
}

impl From<Sign> for TreeSign {
    fn from(sign: Sign) -> TreeSign {
        match sign {
            Sign::Plus => TreeSign::Plus,
            Sign::Minus => TreeSign::Minus,
        }
    }
}
