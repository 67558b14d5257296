//! From a parsed file to a checked problem: names, shapes, sizes and goals; every error, not the first.
//!
//! Expressions come out with the range of every index stated.

mod call;
mod claim;
mod condition;
mod goal;
mod index;
mod operation;
mod prelude;
mod primitive;
mod recursion;
mod scope;
mod shapes;

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::diagnostic::{self, Diagnostic, Feature};
use crate::problem::{Prelude, Problem, Quantity};
use crate::shape::{Dim, Shape, dimension};
use crate::source::Span;
use crate::suggest::close_name;
use crate::syntax::ast::{
    Condition, Expr, ExprKind, File, Ident, Name, Placed, Property, ShapeExpr, StatementKind, UnknownKind,
};
use crate::syntax::parse::PRELUDE;

pub use prelude::prelude;
use scope::Scope;

/// Resolves and checks a file by a prelude.
///
/// # Errors
/// All errors found, in the order of the file.
pub fn check(file: &File, prelude: &Prelude) -> Result<Problem, Vec<Diagnostic>> {
    let mut checker = Checker::default();
    checker.collect(file);
    checker.overlay(prelude);
    checker.recursion(file);
    for statement in &file.statements {
        checker.statement(&statement.kind, statement.span);
    }
    checker.stated_derivatives();
    checker.properties();
    for statement in &file.statements {
        if let StatementKind::Derive { goals } = &statement.kind {
            for goal in goals {
                checker.goal(goal);
            }
        }
        if let StatementKind::Verify { links } = &statement.kind {
            checker.claim(links, statement.span);
        }
    }
    checker.unite();
    checker.conditions(&prelude.operations);
    checker.finish()
}

/// The shape of an expression of a checked problem; `None` for one that does not fit.
pub fn shape_of(problem: &Problem, expr: &Expr) -> Option<Shape> {
    let mut checker = Checker { problem: problem.clone(), ..Checker::default() };
    checker.scope.enter(claim::ORDER, Vec::new());
    checker.elaborate(expr).map(|(_, shape)| shape)
}

#[derive(Default)]
struct Checker {
    problem: Problem,
    /// Names of definitions and declarations of the whole file with their places.
    places: IndexMap<Name, Span>,
    /// Names whose own statement is wrong: using them is no further error.
    broken: Vec<Name>,
    /// Names of the file that mean functions, wherever they stand in it.
    functions: Vec<Name>,
    /// Stated derivatives of scalar functions with their parameters, read when all functions are known.
    derivatives: Vec<(Ident, Ident, Expr)>,
    /// What the expression at hand is read with.
    scope: Scope,
    /// What the operation at hand asks of its dimensions.
    equalities: Vec<(Dim, Dim)>,
    errors: Vec<Diagnostic>,
}

impl Checker {
    fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    fn finish(mut self) -> Result<Problem, Vec<Diagnostic>> {
        self.errors.sort_by_key(|error| error.labels.first().map_or(0, |label| label.span.start));
        if self.errors.is_empty() { Ok(self.problem) } else { Err(self.errors) }
    }

    /// All names first: clashes, and dimensions from the shapes of declarations.
    fn collect(&mut self, file: &File) {
        // Operations of one name that differ in the number of their parameters are no clash.
        // Those with conditions may have the same number.
        let mut names: Vec<(&Ident, Option<usize>)> = Vec::new();
        let mut conditional: Vec<Span> = Vec::new();
        for statement in &file.statements {
            match &statement.kind {
                StatementKind::Declare { names: declared, .. } => {
                    names.extend(declared.iter().map(|name| (name, None)));
                }
                StatementKind::Define { name, .. } => names.push((name, None)),
                StatementKind::Unknown { name, .. } | StatementKind::ScalarFunction { name, .. } => {
                    self.functions.push(name.name.clone());
                    names.push((name, None));
                }
                StatementKind::Operation { name, parameters, condition, .. } => {
                    if condition.is_some() {
                        conditional.push(name.span);
                    }
                    self.functions.push(name.name.clone());
                    names.push((name, Some(parameters.len())));
                }
                StatementKind::EntryDerivative { derivative, .. } => {
                    if let Some(name) = primitive::name_of(derivative) {
                        self.functions.push(name.name.clone());
                        names.push((name, Some(1)));
                    }
                }
                _ => {}
            }
        }
        let mut overloads: HashMap<&Name, Vec<usize>> = HashMap::new();
        for (ident, arity) in names {
            if let Some(arity) = arity {
                let known = overloads.entry(&ident.name).or_default();
                let first = self.places.get(&ident.name).is_some_and(|first| conditional.contains(first));
                let both = first && conditional.contains(&ident.span);
                let another = !known.is_empty() && (!known.contains(&arity) || both);
                known.push(arity);
                if another {
                    continue;
                }
            }
            match self.places.get(&ident.name) {
                Some(first) => {
                    let first = *first;
                    self.error(diagnostic::declared_twice(&ident.name, ident.span, first));
                }
                None => {
                    self.places.insert(ident.name.clone(), ident.span);
                }
            }
        }
        for statement in &file.statements {
            if let StatementKind::Declare { shape, .. } = &statement.kind {
                for expr in dims_of(shape) {
                    self.dimension_names(expr);
                }
            }
        }
        if !self.places.contains_key("loss") {
            self.problem.unknown.push("loss".into());
        }
    }

    fn dimension_names(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => match self.places.get(name) {
                Some(place) => {
                    let place = *place;
                    self.error(diagnostic::dimension_clash(name, expr.span, place));
                    // Known from here on, so that it is reported once.
                    self.problem.dimensions.entry(name.clone()).or_insert(expr.span);
                }
                None => {
                    self.problem.dimensions.entry(name.clone()).or_insert(expr.span);
                }
            },
            ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| self.dimension_names(term)),
            ExprKind::Product { first, rest } => {
                self.dimension_names(first);
                rest.iter().for_each(|(_, factor)| self.dimension_names(factor));
            }
            ExprKind::Negate(inner) => self.dimension_names(inner),
            _ => {}
        }
    }

    fn statement(&mut self, kind: &StatementKind, span: Span) {
        match kind {
            StatementKind::Declare { names, shape, properties } => self.declare(names, shape, properties),
            StatementKind::Define { name, value } => self.define(name, value),
            StatementKind::Size { sizes } => {
                for (name, value) in sizes {
                    self.size(name, value);
                }
            }
            StatementKind::Assume { conditions } => {
                for condition in conditions {
                    self.assume(condition);
                }
            }
            StatementKind::Derive { .. } | StatementKind::Verify { .. } => {}
            StatementKind::Operation { name, parameters, indices, value, condition, notation } => {
                self.operation(name, parameters, indices, (value, condition.as_ref()), notation);
            }
            StatementKind::ScalarFunction { name, parameter, value, derivative, notation } => {
                self.scalar_function(name, parameter, value.as_ref(), derivative.as_ref(), notation);
            }
            StatementKind::EntryDerivative { derivative, value, notation } => {
                self.primitive(derivative, value, notation, span);
            }
            StatementKind::Unknown { name, kind: UnknownKind::Scalar } => {
                self.problem.unknown.push(name.name.clone());
            }
            StatementKind::Unknown { name, kind: UnknownKind::Entrywise } => {
                self.problem.entrywise.push(name.name.clone());
            }
        }
    }

    fn declare(&mut self, names: &[Ident], shape: &ShapeExpr, properties: &[Placed<Property>]) {
        let parsed = match shape {
            ShapeExpr::Scalar => Some(Shape::scalar()),
            ShapeExpr::Vector(rows) => self.dim(rows).map(|rows| Shape::new(rows, Dim::one())),
            ShapeExpr::Matrix(rows, columns) => {
                let (rows, columns) = (self.dim(rows), self.dim(columns));
                rows.zip(columns).map(|(rows, columns)| Shape::new(rows, columns))
            }
        };
        for ident in names {
            // The first of two declarations stands; the second was reported.
            if self.places.get(&ident.name) != Some(&ident.span) {
                continue;
            }
            let Some(shape) = parsed.clone() else {
                self.broken.push(ident.name.clone());
                continue;
            };
            for property in properties {
                let square = shape.rows == shape.columns;
                let wants_square = matches!(
                    property.what,
                    Property::Symmetric
                        | Property::Antisymmetric
                        | Property::Diagonal
                        | Property::Lower
                        | Property::Upper
                        | Property::Orthogonal
                        | Property::Posdef
                );
                if wants_square && !square {
                    self.error(diagnostic::property_wants_square(&shape, property.span, ident.span));
                }
            }
            self.insert(ident, shape, properties.iter().map(|property| property.what).collect(), None);
        }
    }

    fn insert(&mut self, ident: &Ident, shape: Shape, properties: Vec<Property>, definition: Option<Expr>) {
        let name = ident.name.clone();
        self.problem
            .quantities
            .insert(name.clone(), Quantity { name, shape, properties, definition, span: ident.span });
    }

    fn dim(&mut self, expr: &Expr) -> Option<Dim> {
        let dim = dimension(expr).filter(|dim| dim.as_number().is_none_or(|number| number > 0));
        let Some(dim) = dim else {
            self.error(diagnostic::no_dimension(expr.span));
            return None;
        };
        for name in dim.names() {
            if let Some(slot) = self.scope.letter(&name) {
                let place = self.scope.slots[slot].name.span;
                self.error(diagnostic::index_as_number(&name, expr.span, place));
                return None;
            }
            if self.is_dimension(&name) {
                continue;
            }
            let near = match &self.scope.local {
                Some(local) => close_name(&name, local.dimensions.iter().map(|name| &**name)),
                None => close_name(&name, self.problem.dimensions.keys().map(|name| &**name)),
            };
            let near = near.map(str::to_string);
            self.error(diagnostic::unknown_dimension(&name, expr.span, near.as_deref()));
            return None;
        }
        Some(dim)
    }

    /// A dimension where the expression at hand stands.
    fn is_dimension(&self, name: &Name) -> bool {
        match &self.scope.local {
            Some(local) => local.dimensions.contains(name),
            None => self.problem.dimensions.contains_key(name),
        }
    }

    /// Called with arguments in brackets.
    fn is_function(&self, name: &str) -> bool {
        let problem = &self.problem;
        problem.is_operation(name)
            || problem.functions.contains_key(name)
            || problem.is_unknown_function(name)
            || problem.is_entrywise_function(name)
    }

    /// Where the file says what a name is; nowhere for the prelude's.
    fn place_of(&self, name: &str) -> Span {
        self.places.get(name).copied().unwrap_or(Span::NONE)
    }

    fn define(&mut self, name: &Ident, value: &Expr) {
        if self.places.get(&name.name) != Some(&name.span) {
            return;
        }
        match self.elaborate(value) {
            Some((value, shape)) => self.insert(name, shape, Vec::new(), Some(value)),
            None => self.broken.push(name.name.clone()),
        }
    }

    fn size(&mut self, name: &Ident, value: &Expr) {
        let number = dimension(value).and_then(|dim| dim.as_number()).and_then(|n| usize::try_from(n).ok());
        let Some(number) = number.filter(|number| *number > 0) else {
            return self.error(diagnostic::bad_size(value.span));
        };
        if !self.problem.dimensions.contains_key(&name.name) {
            let known = self.problem.dimensions.keys().map(|name| &**name);
            let near = close_name(&name.name, known).map(str::to_string);
            return self.error(diagnostic::unknown_dimension(&name.name, name.span, near.as_deref()));
        }
        if let Some(before) = self.problem.sizes.insert(name.name.clone(), number)
            && before != number
        {
            self.error(diagnostic::size_twice(&name.name, name.span, before, number));
        }
    }

    fn assume(&mut self, condition: &Condition) {
        match condition {
            Condition::Onehot(name) => {
                if !self.problem.quantities.contains_key(&name.name) {
                    self.unknown_name(&name.name, name.span);
                }
            }
            // Values are compared when claims are verified; here names and shapes are checked.
            Condition::Compare { left, comparison, right } => {
                let (left, right) = (self.elaborate(left), self.elaborate(right));
                if let Some(((left, a), (right, b))) = left.zip(right) {
                    if !a.is_scalar() && !b.is_scalar() {
                        let error = diagnostic::assumption_of_two_matrices((&a, left.span), (&b, right.span));
                        return self.error(error);
                    }
                    let comparison = *comparison;
                    return self.problem.assumptions.push(Condition::Compare { left, comparison, right });
                }
            }
        }
        self.problem.assumptions.push(condition.clone());
    }

    /// Sizes that make a dimension such as `n - k` no positive number.
    fn properties(&mut self) {
        let mut bad = Vec::new();
        for quantity in self.problem.quantities.values() {
            for dim in [&quantity.shape.rows, &quantity.shape.columns] {
                let known = dim.names().iter().all(|name| self.problem.sizes.contains_key(name));
                if known && self.problem.dim_value(dim).is_none() {
                    bad.push(diagnostic::empty_dimension(dim, quantity.span));
                }
            }
        }
        self.errors.extend(bad);
    }

    fn unknown_name(&mut self, name: &Name, span: Span) {
        if self.broken.contains(name) {
            return;
        }
        if let Some(place) = self.places.get(name) {
            let place = *place;
            return self.error(diagnostic::used_before_definition(name, span, place));
        }
        let known = self.places.keys().chain(self.problem.dimensions.keys()).map(|name| &**name);
        let near = close_name(name, known).map(str::to_string);
        self.error(diagnostic::unknown_name(name, span, near.as_deref()));
    }

    /// Nothing that the file, its scope or the prelude means.
    fn is_undeclared(&self, name: &Name) -> bool {
        let local = self
            .scope
            .local
            .as_ref()
            .is_some_and(|local| local.parameters.contains_key(name) || local.dimensions.contains(name));
        !local
            && self.scope.letter(name).is_none()
            && &**name != "pi"
            && !self.places.contains_key(name)
            && !self.problem.dimensions.contains_key(name)
            && !self.broken.contains(name)
            && !self.is_function(name)
    }

    fn unknown_function(&mut self, function: &Ident) {
        let name = &function.name;
        if self.broken.contains(name) {
            return;
        }
        let parameter = self.scope.local.as_ref().is_some_and(|local| local.parameters.contains_key(name));
        if self.functions.contains(name) && !parameter {
            let place = self.place_of(name);
            return self.error(diagnostic::used_before_definition(name, function.span, place));
        }
        if parameter || self.places.contains_key(name) || self.problem.dimensions.contains_key(name) {
            return self.error(diagnostic::not_a_function(name, function.span));
        }
        if PRELUDE.contains(&&**name) {
            return self.error(diagnostic::unsupported(Feature::Function(name.clone()), function.span));
        }
        let problem = &self.problem;
        // What the input itself speaks of is meant before what it might have used.
        let unknown = problem.unknown.iter().chain(&problem.entrywise).map(|name| &**name);
        let known = PRELUDE
            .iter()
            .copied()
            .chain(problem.operations.iter().map(|operation| &*operation.name))
            .chain(problem.functions.keys().map(|name| &**name));
        let near = close_name(name, unknown).or_else(|| close_name(name, known)).map(str::to_string);
        self.error(diagnostic::unknown_function(name, function.span, near.as_deref()));
    }
}

fn dims_of(shape: &ShapeExpr) -> Vec<&Expr> {
    match shape {
        ShapeExpr::Scalar => Vec::new(),
        ShapeExpr::Vector(rows) => vec![rows],
        ShapeExpr::Matrix(rows, columns) => vec![rows, columns],
    }
}
