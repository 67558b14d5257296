//! A derivation as data: what is stated, in which order and by which rule. Nothing here is checked yet; the
//! checker turns a [`Derivation`] into a `Verified` one, and only that can be rendered.

use std::sync::Arc;

use crate::shape::Shape;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Everything told about the goals of one problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    pub sections: Vec<Section>,
    pub answers: Vec<Answer>,
    /// The sizes of the explicit way; none in the open way.
    pub sizes: Option<Vec<(Name, usize)>>,
}

/// A headed part: the problem, one cotangent, the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub heading: Heading,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Heading {
    Problem,
    /// The derivative that the section derives.
    Derivative(Expr),
    Result,
}

/// One sentence with the displays it introduces.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Public, kebab-case names of the rules that this step applies, in order.
    pub rules: Vec<Name>,
    /// The sentence without the rules' names; [`Step::sentence`] puts them in.
    pub prose: Vec<Prose>,
    pub displays: Vec<Display>,
    pub level: Level,
    /// Where the definitions stand that the step is about; empty for what nobody wrote.
    pub places: Vec<Span>,
}

/// How much a reader loses with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What is given, defined and found.
    Statement,
    /// A move of the derivation.
    Main,
    /// How a move is made, entry by entry.
    Detail,
}

/// Names of steps that state something and apply no rule: their sentence says which.
const STATEMENTS: [&str; 5] = ["given", "definition", "convention", "name", "result"];

/// A piece of a sentence: words, or what is set as a formula in the line.
#[derive(Clone, Debug, PartialEq)]
pub enum Prose {
    Text(String),
    Math(Expr),
    /// `N x D`; of no scalar.
    Shape(Shape),
}

/// One displayed formula: chains side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    pub chains: Vec<Chain>,
}

/// `first = next ⟹ next = next …`
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    pub first: Expr,
    pub rest: Vec<(Relation, Expr)>,
    /// Free indices of the chain: each letter with the dimension that is its range.
    pub free: Vec<(Name, Expr)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both sides are equal; checked.
    Equal,
    /// What follows takes its layout from what stands before; states no equality across it.
    Implies,
}

/// A goal's final equation, `goal = value`, with its free indices when it is in index form.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The goal as it was written; in index form the entry of it that `value` gives.
    pub goal: Expr,
    pub value: Expr,
    pub free: Vec<(Name, Expr)>,
    /// Definitions that the engine introduced and `value` uses, in order.
    pub introduced: Vec<(Name, Expr)>,
    pub remark: Option<Remark>,
}

impl Answer {
    /// The value without the names that the engine introduced.
    pub fn written_out(&self) -> Expr {
        put_in(&self.value, &self.introduced)
    }
}

/// An expression with names replaced by what they stand for; what derivatives are taken of and by keeps its names.
pub fn put_in(expr: &Expr, names: &[(Name, Expr)]) -> Expr {
    match &expr.kind {
        ExprKind::Name(name) => match names.iter().find(|(known, _)| known == name) {
            Some((_, value)) => put_in(value, names),
            None => expr.clone(),
        },
        ExprKind::Derivative(_) => expr.clone(),
        _ => expr.map_children(&|child| put_in(child, names)),
    }
}

/// What an answer's reader should know besides.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// The numerator does not depend on the denominator.
    Independent,
    /// The numerator names the denominator, and every entry of the derivative is zero all the same.
    Vanishes,
    /// The derivative of an unknown function by its own argument: nothing to derive.
    Given,
    /// No matrix form was found: the einsum subscripts of the index form, where it has some, and what stands in the
    /// way.
    IndexForm { einsum: Option<String>, obstacle: Option<Obstacle> },
}

/// Why an index form is no product of matrices.
#[derive(Clone, Debug, PartialEq)]
pub enum Obstacle {
    /// A summed index that stands in so many factors: a product of matrices joins two.
    Meets { index: Expr, factors: usize },
    /// An index that is held at a place such as `i + j - 1`.
    Place(Expr),
}

impl Step {
    /// A move of the derivation by one rule.
    pub fn new(rule: &str, prose: Vec<Prose>, displays: Vec<Display>) -> Step {
        Step { rules: vec![rule.into()], prose, displays, level: Level::Main, places: Vec::new() }
    }

    pub fn at_level(mut self, level: Level) -> Step {
        self.level = level;
        self
    }

    /// The rules that the step's own one consists of, where there are any.
    pub fn by(mut self, rules: &[Name]) -> Step {
        if !rules.is_empty() {
            self.rules = rules.to_vec();
        }
        self
    }

    /// Places that are none are left out, and each stands once.
    pub fn about(mut self, places: impl IntoIterator<Item = Span>) -> Step {
        for place in places {
            if place != Span::NONE && !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        self
    }

    /// The sentence with the names of the rules in parentheses, before the stop that ends it.
    pub fn sentence(&self) -> Vec<Prose> {
        let mut prose = self.prose.clone();
        let rules: Vec<&str> =
            self.rules.iter().map(|rule| &**rule).filter(|rule| !STATEMENTS.contains(rule)).collect();
        if rules.is_empty() {
            return prose;
        }
        let names = format!("({})", rules.join(", "));
        match prose.last_mut() {
            Some(Prose::Text(text)) => {
                let words = text.trim_end_matches([':', '.', ',']);
                *text = format!("{words} {names}{}", &text[words.len()..]);
            }
            Some(Prose::Math(_) | Prose::Shape(_)) => prose.push(Prose::Text(format!(" {names}"))),
            // A display that goes on from the one before.
            None => {}
        }
        prose
    }
}

impl Chain {
    pub fn new(first: Expr) -> Chain {
        Chain { first, rest: Vec::new(), free: Vec::new() }
    }

    pub fn equals(mut self, next: Expr) -> Chain {
        self.rest.push((Relation::Equal, next));
        self
    }

    pub fn implies(mut self, next: Expr) -> Chain {
        self.rest.push((Relation::Implies, next));
        self
    }

    pub fn over(mut self, free: &[(Name, Expr)]) -> Chain {
        self.free = free.to_vec();
        self
    }
}

impl From<Chain> for Display {
    fn from(chain: Chain) -> Display {
        Display { chains: vec![chain] }
    }
}

/// Shared by the stages that pass letters on.
pub fn letter(name: &str) -> Name {
    Arc::from(name)
}
