//! Names for the parts of definitions that nest operations: `rowsoftmax(X*A*(X*B)')` becomes `rowsoftmax(Z)` with
//! `Z = X*A*(X*B)'`, as a person writes it, and each step of the chain rule goes through one operation.

use crate::dependence::sole_name;
use crate::problem::{Operation, Problem, Quantity};
use crate::shape::Shape;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

use super::recurring::fresh;

type ShapeOf<'a> = &'a dyn Fn(&Problem, &Expr) -> Option<Shape>;

/// A power of more factors than this is an operation of its own: a square is read as a product.
const MOST_FACTORS: usize = 2;

/// The problem with a name for every such part, before the definition it stands in; `None` where nothing is nested.
pub fn with_parts(problem: &Problem, shape_of: ShapeOf<'_>) -> Option<Problem> {
    let mut named = problem.clone();
    let old = std::mem::take(&mut named.quantities);
    let taken = |name: &str| problem.is_taken(name);
    for (name, mut quantity) in old {
        if let Some(definition) = &quantity.definition {
            let mut naming = Naming { problem: &mut named, taken: &taken, shape_of };
            quantity.definition = Some(naming.visit(definition, Place::Outside));
        }
        named.quantities.insert(name, quantity);
    }
    for mut goal in std::mem::take(&mut named.goals) {
        let mut naming = Naming { problem: &mut named, taken: &taken, shape_of };
        goal.numerator = naming.visit(&goal.numerator, Place::Outside);
        named.goals.push(goal);
    }
    (!named.parts.is_empty()).then_some(named)
}

/// What a part stands in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Outside,
    /// A scalar function's argument: it mixes no entries.
    Function,
    /// An operation that mixes entries, or a product that a scalar function is taken of: what mixes them before has a
    /// name.
    Nested,
}

struct Naming<'a> {
    problem: &'a mut Problem,
    /// Names of the whole problem, whatever their place.
    taken: &'a dyn Fn(&str) -> bool,
    shape_of: ShapeOf<'a>,
}

impl Naming<'_> {
    fn visit(&mut self, expr: &Expr, place: Place) -> Expr {
        let mut result = expr.clone();
        match &mut result.kind {
            ExprKind::Transpose(inner) | ExprKind::Negate(inner) => **inner = self.visit(inner, place),
            ExprKind::Sum(terms) => {
                terms.iter_mut().for_each(|(_, term)| *term = self.visit(term, place));
            }
            ExprKind::Product { first, rest } => {
                let joins = rest.iter().any(|(op, _)| *op == ProductOp::Times);
                let place = if joins && place == Place::Function { Place::Nested } else { place };
                **first = self.visit(first, place);
                rest.iter_mut().for_each(|(_, factor)| *factor = self.visit(factor, place));
            }
            ExprKind::Power { base, .. } if self.mixes(expr) => {
                // Each factor of the base stands in it as often as the power says.
                let visited = self.visit(base, Place::Nested);
                **base = self.introduce(visited);
            }
            ExprKind::Power { base, .. } => **base = self.visit(base, place),
            ExprKind::Call { arguments, .. } if self.mixes(expr) => {
                arguments.iter_mut().for_each(|argument| *argument = self.argument(argument));
            }
            ExprKind::Call { function, arguments, .. } => {
                let scalar = self.problem.functions.contains_key(&function.name)
                    || self.problem.is_entrywise_function(&function.name);
                let place = if scalar && place == Place::Outside { Place::Function } else { place };
                arguments.iter_mut().for_each(|argument| *argument = self.visit(argument, place));
            }
            ExprKind::Derivative(derivative) => {
                derivative.numerator = self.visit(&derivative.numerator, Place::Outside);
                return result;
            }
            // Index forms have letters of their own.
            _ => return result,
        }
        if place == Place::Nested && self.mixes(expr) { self.introduce(result) } else { result }
    }

    /// An argument of an operation that mixes entries.
    fn argument(&mut self, argument: &Expr) -> Expr {
        let nests = self.nests(argument);
        let visited = self.visit(argument, Place::Nested);
        if nests { self.introduce(visited) } else { visited }
    }

    /// Whether an argument mixes entries itself, or is a sum of products that has a quantity in several places.
    fn nests(&self, expr: &Expr) -> bool {
        if self.mixes_somewhere(expr) {
            return true;
        }
        let mut names = Vec::new();
        let mut products = 0;
        count(self.problem, expr, &mut names, &mut products);
        let places = names.len();
        names.sort_unstable();
        names.dedup();
        products > 0 && names.len() < places
    }

    fn mixes_somewhere(&self, expr: &Expr) -> bool {
        self.mixes(expr) || expr.children().into_iter().any(|child| self.mixes_somewhere(child))
    }

    fn mixes(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { function, primes: 0, arguments } => {
                let operation = self.problem.operation(&function.name, arguments.len());
                operation.is_some_and(|operation| mixes(self.problem, operation))
            }
            ExprKind::Power { base, exponent, entrywise: false } => {
                let ExprKind::Number(number) = &exponent.kind else { return false };
                let many = *number > num_rational::BigRational::from_integer(MOST_FACTORS.into());
                many && sole_name(base).is_none()
                    && (self.shape_of)(self.problem, base).is_some_and(|shape| !shape.is_scalar())
            }
            _ => false,
        }
    }

    fn introduce(&mut self, value: Expr) -> Expr {
        if sole_name(&value).is_some() {
            return value;
        }
        let problem = &mut *self.problem;
        let defined = |name: &Name| problem.quantities.get(name).and_then(|known| known.definition.as_ref());
        // The same part twice is one name.
        if let Some(known) = problem.parts.iter().find(|name| defined(name) == Some(&value)) {
            return Expr::name(known.clone());
        }
        let Some(shape) = (self.shape_of)(problem, &value) else { return value };
        let name = fresh(&shape, &|name| (self.taken)(name) || problem.is_taken(name));
        problem.parts.push(name.clone());
        let quantity = Quantity {
            name: name.clone(),
            shape,
            properties: Vec::new(),
            definition: Some(value),
            span: Span::NONE,
        };
        problem.quantities.insert(name.clone(), quantity);
        Expr::name(name)
    }
}

/// The quantities in an expression, each as often as it stands there, and the number of products.
fn count<'e>(problem: &Problem, expr: &'e Expr, names: &mut Vec<&'e str>, products: &mut usize) {
    match &expr.kind {
        ExprKind::Name(name) if problem.quantities.contains_key(name) => names.push(name),
        ExprKind::Product { .. } => *products += 1,
        _ => {}
    }
    expr.children().into_iter().for_each(|child| count(problem, child, names, products));
}

/// Whether an operation takes a function, a power or a quotient of a sum over entries: softmax and norms do, traces and
/// sums do not.
fn mixes(problem: &Problem, operation: &Operation) -> bool {
    operation.body.formula().is_some_and(|value| sums_inside(problem, value, false))
}

fn sums_inside(problem: &Problem, expr: &Expr, inside: bool) -> bool {
    match &expr.kind {
        ExprKind::BigSum { body, .. } => inside || sums_inside(problem, body, inside),
        ExprKind::Power { base, .. } => sums_inside(problem, base, true),
        ExprKind::Product { first, rest } => {
            sums_inside(problem, first, inside)
                || rest.iter().any(|(op, factor)| {
                    let divides = matches!(op, ProductOp::Divide | ProductOp::HadamardDivide);
                    sums_inside(problem, factor, inside || divides)
                })
        }
        ExprKind::Call { function, arguments, .. } => {
            let operation = problem.operation(&function.name, arguments.len());
            // No operation calls itself.
            if let Some(operation) = operation
                && (mixes(problem, operation)
                    || inside && operation.body.formula().is_none_or(|value| sums(problem, value)))
            {
                return true;
            }
            let inside = inside || operation.is_none();
            arguments.iter().any(|argument| sums_inside(problem, argument, inside))
        }
        _ => expr.children().into_iter().any(|child| sums_inside(problem, child, inside)),
    }
}

fn sums(problem: &Problem, expr: &Expr) -> bool {
    let called = match &expr.kind {
        ExprKind::BigSum { .. } => return true,
        ExprKind::Call { function, arguments, .. } => problem.operation(&function.name, arguments.len()),
        _ => None,
    };
    called.is_some_and(|operation| operation.body.formula().is_none_or(|value| sums(problem, value)))
        || expr.children().into_iter().any(|child| sums(problem, child))
}
