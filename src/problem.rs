//! A checked problem: what the file declares, defines and asks, with every shape known.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, Notation, Property};

/// The result of `check`: names resolved, shapes inferred, goals well-formed.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Variables and definitions in the order of the file; a definition uses earlier ones only.
    pub quantities: IndexMap<Name, Quantity>,
    /// Names of dimensions, in order of first appearance.
    pub dimensions: IndexMap<Name, Span>,
    /// Unknown scalar functions (`loss` among them unless the file takes the name for itself).
    pub unknown: Vec<Name>,
    /// Unknown functions that are applied entry by entry.
    pub entrywise: Vec<Name>,
    /// Operations by their entries, the prelude's and the file's; several of one name differ in the number
    /// of their parameters.
    ///
    /// An entry of the prelude whose name the file takes for itself stays under a name that no file can write:
    /// the prelude's other entries keep meaning it.
    pub operations: Vec<Arc<Operation>>,
    /// Scalar functions, applied entry by entry, the prelude's and the file's.
    pub functions: IndexMap<Name, Arc<ScalarFunction>>,
    /// From `size` statements, in order.
    pub sizes: IndexMap<Name, usize>,
    pub assumptions: Vec<Condition>,
    pub goals: Vec<Goal>,
    pub combinations: Vec<Combination>,
    pub claims: Vec<Claim>,
    /// Definitions that the engine introduced (arguments of unknown functions), in order.
    pub introduced: Vec<Name>,
    /// Names that the engine gave to parts of definitions that nest operations, in order. Like `introduced` they are no
    /// names of the file's own, so that no answer mentions a derivative by one.
    pub parts: Vec<Name>,
    /// Conventions under which the goals are meant, other than the language's: what is said, of a variable or of all.
    pub conventions: Vec<(Option<Name>, String)>,
}

/// A declared variable or a definition.
#[derive(Clone, Debug)]
pub struct Quantity {
    pub name: Name,
    pub shape: Shape,
    pub properties: Vec<Property>,
    /// `None` for a declared variable.
    pub definition: Option<Expr>,
    pub span: Span,
}

/// An operation defined by its entries, `rowsum(X : N x D)[i] = sum(j) X[i,j]`, or by the derivative of its entries,
/// `d(inv(A)[i,j])/d(A[k,l]) = -inv(A)[i,k] inv(A)[l,j]`.
#[derive(Clone, Debug)]
pub struct Operation {
    pub name: Name,
    pub parameters: Vec<OperationParameter>,
    /// The operation's own names of dimensions, in order of first appearance: those of the parameters'
    /// shapes and the parameters that are dimensions.
    pub dimensions: Vec<Name>,
    /// Letters of the result's axes with their ranges over `dimensions`: no axis for a scalar, one for a column
    /// vector, two for a matrix; an axis with several letters runs over the pairs, the first slowest.
    pub indices: Vec<Vec<(Name, Dim)>>,
    /// Products of `dimensions` that the arguments must make equal.
    pub equalities: Vec<(Dim, Dim)>,
    pub body: Body,
    /// What has to be assumed of the arguments, in the parameters; there may be other entries of the same name for
    /// arguments of which something else is assumed.
    pub condition: Option<Condition>,
    pub notation: Notation,
    pub span: Span,
}

impl Operation {
    /// The letters of all axes.
    pub fn letters(&self) -> impl Iterator<Item = &(Name, Dim)> {
        self.indices.iter().flatten()
    }

    /// Whether it is an entry of the shipped prelude: those point nowhere.
    pub fn is_shipped(&self) -> bool {
        self.span == Span::NONE
    }
}

/// What is known of an operation's entries, in its parameters; every binder has its range.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The entry at the operation's indices.
    Formula(Expr),
    /// A primitive of one square matrix, known by the derivative of its entry at the operation's indices by the entry of
    /// the matrix at `row`, `column`; the derivative may name the operation itself.
    Derivative { row: Name, column: Name, value: Expr },
    /// The exponential of one square matrix `A`, known by `d(f(t*A))/dt = A*f(t*A)` and `f(0) = I`; here the right side's
    /// entry as it is written.
    Exponential(Expr),
}

impl Body {
    /// The entry, where there is a formula for it.
    pub fn formula(&self) -> Option<&Expr> {
        match self {
            Body::Formula(value) => Some(value),
            Body::Derivative { .. } | Body::Exponential(_) => None,
        }
    }

    /// What is written, be it the entry or its derivative.
    pub fn expr(&self) -> &Expr {
        match self {
            Body::Formula(value) | Body::Derivative { value, .. } | Body::Exponential(value) => value,
        }
    }

    pub fn expr_mut(&mut self) -> &mut Expr {
        match self {
            Body::Formula(value) | Body::Derivative { value, .. } | Body::Exponential(value) => value,
        }
    }
}

impl Operation {
    /// The condition with the arguments put in.
    pub fn assumption(&self, arguments: &[Expr]) -> Option<Condition> {
        let Some(Condition::Compare { left, comparison, right }) = &self.condition else { return None };
        let put_in = |side: &Expr| put_in(side, &self.parameters, arguments);
        Some(Condition::Compare { left: put_in(left), comparison: *comparison, right: put_in(right) })
    }
}

fn put_in(expr: &Expr, parameters: &[OperationParameter], arguments: &[Expr]) -> Expr {
    let place = match &expr.kind {
        ExprKind::Name(name) => parameters.iter().position(|parameter| parameter.name == *name),
        _ => None,
    };
    match place.and_then(|place| arguments.get(place)) {
        Some(argument) => argument.clone(),
        None => expr.map_children(&|child| put_in(child, parameters, arguments)),
    }
}

#[derive(Clone, Debug)]
pub struct OperationParameter {
    pub name: Name,
    /// Over the operation's own dimensions; `None` for a parameter that is itself a dimension (`ones(n)`).
    pub shape: Option<Shape>,
}

/// A function of one real number: `scalar erf(t) derivative 2/sqrt(pi) * exp(-t^2)`.
#[derive(Clone, Debug)]
pub struct ScalarFunction {
    pub name: Name,
    pub parameter: Name,
    /// Its value in the parameter; `None` for one that is known by its derivative alone or to the algebra
    /// system.
    pub value: Option<Expr>,
    /// Its derivative in the parameter; `None` where it is derived from the value. It may name the function
    /// itself, as that of `exp` does; the value never does.
    pub derivative: Option<Expr>,
    pub notation: Notation,
    pub span: Span,
}

/// What every file knows without saying so: operations and scalar functions of `grammar/prelude.ew`, without
/// places, because those would point into another text.
#[derive(Clone, Debug, Default)]
pub struct Prelude {
    pub operations: Vec<Arc<Operation>>,
    pub functions: IndexMap<Name, Arc<ScalarFunction>>,
}

/// Operations of the prelude whose axes are products.
pub const PRODUCTS: [&str; 4] = ["kron", "vec", "reshape", "commutation"];

/// Begins the names of prelude entries whose own names a file has taken. No name of a file contains it: such an
/// entry has a meaning and cannot be written in an answer.
pub const HIDDEN: &str = "prelude·";

/// One derivative asked for, as it was written.
#[derive(Clone, Debug)]
pub struct Goal {
    pub expr: Expr,
    /// Its text in the source, on one line; `None` where that is not known.
    pub written: Option<String>,
    /// The scalar, vector or matrix that is differentiated (a name or any expression). Of a second derivative the first
    /// one: `d2f/dxdy` is that of `df/dx` by `y`.
    pub numerator: Expr,
    /// The quantity differentiated by.
    pub by: Name,
    /// By its columns one below the other.
    pub stacked: bool,
    /// Letters that stand for indices in the goal, each with its range: `d(Y[i,j])/d(W[a,b])` asks for an entry. `None`
    /// for a whole derivative.
    pub letters: Option<Vec<(Name, Expr)>>,
    /// The place among all that is asked for; `None` for what a combination holds and nobody asked for by itself.
    pub order: Option<usize>,
    pub span: Span,
}

/// An expression with derivatives in it that is asked for: `f + df/dx'*h`, `x - solve(d2f/dx2, df/dx)`.
#[derive(Clone, Debug)]
pub struct Combination {
    pub expr: Expr,
    /// The same with the range of every bound index.
    pub read: Expr,
    /// Its derivatives as they stand in `read`, each with the [`Goal::expr`] that derives it.
    pub derivatives: Vec<(Expr, Expr)>,
    /// Its text in the source, on one line; `None` where that is not known.
    pub written: Option<String>,
    /// The place among all that is asked for.
    pub order: usize,
    pub span: Span,
}

impl Goal {
    /// Whether derivatives stand in what is differentiated.
    pub fn is_nested(&self) -> bool {
        has_derivative(&self.numerator)
    }

    /// All that is differentiated by, in derivatives of derivatives too.
    pub fn denominators(&self) -> Vec<Name> {
        let mut found = vec![self.by.clone()];
        denominators(&self.numerator, &mut found);
        found
    }
}

/// The names that derivatives in an expression are by.
fn denominators(expr: &Expr, found: &mut Vec<Name>) {
    fn names(expr: &Expr, found: &mut Vec<Name>) {
        if let ExprKind::Name(name) = &expr.kind {
            found.push(name.clone());
        }
        expr.children().into_iter().for_each(|child| names(child, found));
    }
    if let ExprKind::Derivative(derivative) = &expr.kind {
        derivative.by.iter().for_each(|(by, _)| names(by, found));
        return denominators(&derivative.numerator, found);
    }
    expr.children().into_iter().for_each(|child| denominators(child, found));
}

/// Whether a derivative stands in an expression.
pub fn has_derivative(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Derivative(_)) || expr.children().into_iter().any(has_derivative)
}

/// A chain of equalities that a file claims: `verify a == b == c`.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Two sides at least, all of one shape, with the range of every bound index stated.
    pub sides: Vec<Expr>,
    /// The text of each side in the source, on one line; `None` where that is not known.
    pub written: Vec<Option<String>>,
    /// Letters that are free in some side, each with its range, in the order in which they occur.
    pub free: Vec<(Name, Expr)>,
    pub shape: Shape,
    pub span: Span,
}

impl Claim {
    /// The claim as it was written, on one line; `None` where that is not known.
    pub fn text(&self) -> Option<String> {
        let sides: Option<Vec<&str>> = self.written.iter().map(|side| side.as_deref()).collect();
        Some(sides?.join(" == "))
    }
}

impl Problem {
    /// What the file declares, defines and assumes, without what it claims: the copies that are changed for one claim
    /// do not carry all the others.
    pub fn without_claims(&self) -> Problem {
        let mut problem = self.clone();
        problem.claims.clear();
        problem
    }

    /// All that is asked for, in the order of the file, with its text.
    pub fn asked(&self) -> Vec<(&Expr, Option<&String>)> {
        let goals =
            self.goals.iter().filter_map(|goal| Some((goal.order?, &goal.expr, goal.written.as_ref())));
        let others = self.combinations.iter().map(|one| (one.order, &one.expr, one.written.as_ref()));
        let mut asked: Vec<_> = goals.chain(others).collect();
        asked.sort_by_key(|(order, ..)| *order);
        asked.into_iter().map(|(_, expr, written)| (expr, written)).collect()
    }

    /// The size of a dimension at the file's sizes.
    pub fn dim_value(&self, dim: &Dim) -> Option<usize> {
        dim.value(|name| self.sizes.get(name).copied())
    }

    /// The variable whose stacked columns a derivative is taken by: `d(f)/d(vec(X))`; not where `vec` means something else
    /// in the file.
    pub fn stacked<'e>(&self, by: &'e Expr) -> Option<&'e Name> {
        let ExprKind::Call { function, primes: 0, arguments } = &by.kind else { return None };
        let ([Expr { kind: ExprKind::Name(name), .. }], "vec") = (arguments.as_slice(), &*function.name)
        else {
            return None;
        };
        // The file may state the prelude's line itself.
        let same = |hidden: &Operation| {
            self.operation("vec", 1)
                .is_some_and(|own| own.indices == hidden.indices && own.body == hidden.body)
        };
        let mut hidden = self.operations.iter().filter(|one| one.name.strip_prefix(HIDDEN) == Some("vec"));
        hidden.all(|hidden| same(hidden)).then_some(name)
    }

    /// Whether a definition or goal has a product axis: it calls one of [`PRODUCTS`].
    pub fn has_products(&self) -> bool {
        let stated = self.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
        stated.chain(self.goals.iter().map(|goal| &goal.expr)).any(|expr| self.calls_products(expr))
    }

    fn calls_products(&self, expr: &Expr) -> bool {
        let own = |name: &str| self.hides_operation(name);
        let called = matches!(&expr.kind, ExprKind::Call { function, .. }
            if PRODUCTS.contains(&&*function.name) && !own(&function.name));
        called || expr.children().into_iter().any(|child| self.calls_products(child))
    }

    /// The operation of this name that takes so many arguments.
    pub fn operation(&self, name: &str, arguments: usize) -> Option<&Operation> {
        let mut operations = self.operations.iter().map(|operation| &**operation);
        operations.find(|operation| &*operation.name == name && operation.parameters.len() == arguments)
    }

    /// Of the entries of a name that hold under conditions, the one whose condition the file assumes of these arguments;
    /// definitions mean what they stand for. `None` where none is assumed.
    pub fn assumed(&self, name: &str, arguments: &[Expr]) -> Option<&Operation> {
        let fits = |operation: &&Operation| {
            &*operation.name == name && operation.parameters.len() == arguments.len()
        };
        let operations = self.operations.iter().map(|operation| &**operation);
        operations.filter(fits).find(|operation| {
            let Some(wanted) = operation.assumption(arguments) else { return true };
            let wanted = self.plainly(&wanted);
            self.assumptions.iter().any(|known| self.plainly(known) == wanted)
        })
    }

    /// A condition with all definitions put in, and no transpose of a transpose.
    fn plainly(&self, condition: &Condition) -> Option<[Expr; 2]> {
        match condition {
            Condition::Compare { left, comparison: Comparison::Greater, right } => {
                Some([left, right].map(|side| self.inlined(side)))
            }
            Condition::Compare { left, comparison: Comparison::Less, right } => {
                Some([right, left].map(|side| self.inlined(side)))
            }
            _ => None,
        }
    }

    fn inlined(&self, expr: &Expr) -> Expr {
        let definition = match &expr.kind {
            ExprKind::Name(name) => self.quantities.get(name).and_then(|known| known.definition.as_ref()),
            ExprKind::Transpose(inner) => {
                let inner = self.inlined(inner);
                return match inner.kind {
                    ExprKind::Transpose(plain) => *plain,
                    _ => Expr::transpose(inner),
                };
            }
            _ => None,
        };
        match definition {
            Some(definition) => self.inlined(definition),
            None => expr.map_children(&|child| self.inlined(child)),
        }
    }

    /// The least value that the file assumes of a whole number.
    pub fn least(&self, name: &str) -> Option<i64> {
        let quantity = self.quantities.get(name).filter(|known| known.definition.is_none())?;
        if !quantity.shape.is_scalar() || !quantity.properties.contains(&Property::Integer) {
            return None;
        }
        let positive = quantity.properties.contains(&Property::Positive).then_some(1);
        let assumed = self.assumptions.iter().filter_map(|condition| {
            let Condition::Compare { left, comparison, right } = condition else { return None };
            let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(known) if **known == *name);
            let (comparison, bound) = match (is_name(left), is_name(right)) {
                (true, false) => (*comparison, right),
                (false, true) => (comparison.mirrored(), left),
                _ => return None,
            };
            let bound = crate::shape::dimension(bound)?.as_number()?;
            match comparison {
                Comparison::Greater => bound.checked_add(1),
                Comparison::GreaterEqual | Comparison::Equal => Some(bound),
                _ => None,
            }
        });
        assumed.chain(positive).max()
    }

    /// Whether a linear form over dimensions and whole numbers is never negative, as far as that follows from what they are
    /// assumed to be one by one.
    pub fn never_negative(&self, dim: &Dim) -> bool {
        let shifted = |name: &Name| match self.quantities.contains_key(name) {
            false => Some(Dim::name(name.clone())),
            // With what is at least 1 in its place.
            true => Dim::name(name.clone()).add(&Dim::number(self.least(name)?.checked_sub(1)?), 1),
        };
        dim.substitute(shifted).is_some_and(|dim| dim.is_never_negative())
    }

    /// Whether each row holds one 1 and zeros, by declaration or assumption.
    pub fn is_onehot(&self, name: &str) -> bool {
        let declared = |quantity: &Quantity| quantity.properties.contains(&Property::Onehot);
        self.quantities.get(name).is_some_and(declared)
            || self
                .assumptions
                .iter()
                .any(|condition| matches!(condition, Condition::Onehot(known) if *known.name == *name))
    }

    /// Whether a name means something in the problem.
    pub fn is_taken(&self, name: &str) -> bool {
        self.quantities.contains_key(name)
            || self.dimensions.contains_key(name)
            || self.functions.contains_key(name)
            || self.is_operation(name)
            || self.is_entrywise_function(name)
            || self.is_unknown_function(name)
    }

    /// Whether a name of an operation of the prelude means something else in the file.
    pub fn hides_operation(&self, name: &str) -> bool {
        self.operations.iter().any(|operation| operation.name.strip_prefix(HIDDEN) == Some(name))
    }

    /// Whether a name of a scalar function of the prelude means something else in the file.
    pub fn hides_function(&self, name: &str) -> bool {
        self.functions.keys().any(|known| known.strip_prefix(HIDDEN) == Some(name))
    }

    pub fn is_operation(&self, name: &str) -> bool {
        self.operations.iter().any(|operation| &*operation.name == name)
    }

    pub fn is_entrywise_function(&self, name: &str) -> bool {
        self.entrywise.iter().any(|known| &**known == name)
    }

    pub fn is_unknown_function(&self, name: &str) -> bool {
        self.unknown.iter().any(|known| &**known == name)
    }
}
