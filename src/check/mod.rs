//! From a parsed file to a checked problem: names, shapes, sizes and goals; every error, not the first.

mod goal;
mod shapes;

use indexmap::IndexMap;

use crate::diagnostic::{self, Diagnostic, Feature};
use crate::problem::{Problem, Quantity};
use crate::shape::{Dim, Shape, dimension};
use crate::source::Span;
use crate::suggest::close_name;
use crate::syntax::ast::{
    Condition, Expr, ExprKind, File, Ident, Name, Placed, Property, ShapeExpr, StatementKind,
};
use crate::syntax::parse::PRELUDE;

/// Functions whose entries this release knows; the others of [`PRELUDE`] are "not yet", none is "unknown".
pub(crate) const FUNCTIONS: [&str; 8] = ["tr", "sum", "ones", "zeros", "eye", "diag", "diagvec", "delta"];

/// Resolves and checks a file.
///
/// # Errors
/// All errors found, in the order of the file.
pub fn check(file: &File) -> Result<Problem, Vec<Diagnostic>> {
    let mut checker = Checker::default();
    checker.collect(file);
    for statement in &file.statements {
        checker.statement(&statement.kind, statement.span);
    }
    checker.properties();
    for statement in &file.statements {
        if let StatementKind::Derive { goals } = &statement.kind {
            for goal in goals {
                checker.goal(goal);
            }
        }
    }
    checker.errors.sort_by_key(|error| error.labels.first().map_or(0, |label| label.span.start));
    if checker.errors.is_empty() { Ok(checker.problem) } else { Err(checker.errors) }
}

/// The shape of an expression of a checked problem; `None` for one that does not fit.
pub fn shape_of(problem: &Problem, expr: &Expr) -> Option<Shape> {
    let mut checker = Checker { problem: problem.clone(), ..Checker::default() };
    checker.shape(expr)
}

#[derive(Default)]
struct Checker {
    problem: Problem,
    /// Names of definitions and declarations of the whole file with their places.
    places: IndexMap<Name, Span>,
    /// Names whose own statement is wrong: using them is no further error.
    broken: Vec<Name>,
    errors: Vec<Diagnostic>,
}

impl Checker {
    fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// All names first: clashes, and dimensions from the shapes of declarations.
    fn collect(&mut self, file: &File) {
        let mut names: Vec<&Ident> = Vec::new();
        for statement in &file.statements {
            match &statement.kind {
                StatementKind::Declare { names: declared, .. } => names.extend(declared),
                StatementKind::Define { name, .. } | StatementKind::Unknown { name, .. } => names.push(name),
                _ => {}
            }
        }
        for ident in names {
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
            StatementKind::Derive { .. } => {}
            StatementKind::Operation { .. } => self.error(diagnostic::unsupported(Feature::Operation, span)),
            StatementKind::ScalarFunction { .. } => {
                self.error(diagnostic::unsupported(Feature::ScalarFunction, span));
            }
            StatementKind::EntryDerivative { .. } => {
                self.error(diagnostic::unsupported(Feature::EntryDerivative, span));
            }
            StatementKind::Unknown { name, kind } => match kind {
                crate::syntax::ast::UnknownKind::Scalar => self.problem.unknown.push(name.name.clone()),
                crate::syntax::ast::UnknownKind::Entrywise => {
                    self.error(diagnostic::unsupported(Feature::UnknownEntrywise, span));
                }
            },
            StatementKind::Verify { .. } => self.error(diagnostic::unsupported(Feature::Verify, span)),
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
        if dim.is_none() {
            self.error(diagnostic::no_dimension(expr.span));
        }
        dim
    }

    fn define(&mut self, name: &Ident, value: &Expr) {
        if self.places.get(&name.name) != Some(&name.span) {
            return;
        }
        match self.shape(value) {
            Some(shape) => self.insert(name, shape, Vec::new(), Some(value.clone())),
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
            Condition::Compare { left, right, .. } => {
                self.shape(left);
                self.shape(right);
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

    fn unknown_function(&mut self, function: &Ident) {
        if PRELUDE.contains(&&*function.name) && !FUNCTIONS.contains(&&*function.name) {
            return self
                .error(diagnostic::unsupported(Feature::Function(function.name.clone()), function.span));
        }
        if self.places.contains_key(&function.name) || self.problem.dimensions.contains_key(&function.name) {
            return self.error(diagnostic::not_a_function(&function.name, function.span));
        }
        // What the input itself speaks of is meant before what it might have used.
        let unknown = self.problem.unknown.iter().map(|name| &**name);
        let near = close_name(&function.name, unknown)
            .or_else(|| close_name(&function.name, FUNCTIONS.iter().chain(PRELUDE).copied()))
            .map(str::to_string);
        self.error(diagnostic::unknown_function(&function.name, function.span, near.as_deref()));
    }
}

fn dims_of(shape: &ShapeExpr) -> Vec<&Expr> {
    match shape {
        ShapeExpr::Scalar => Vec::new(),
        ShapeExpr::Vector(rows) => vec![rows],
        ShapeExpr::Matrix(rows, columns) => vec![rows, columns],
    }
}
