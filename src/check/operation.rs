//! Operations by their entries and scalar functions: what a file, or the prelude, defines.

use std::sync::Arc;

use indexmap::IndexMap;

use super::call::{Misfit, unify};
use super::scope::{Local, Scope};
use super::{Checker, dims_of};
use crate::diagnostic;
use crate::problem::{Body, Operation, OperationParameter, ScalarFunction};
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Binder, Condition, Expr, ExprKind, Ident, Name, Notation, Parameter, ShapeExpr};

impl Checker {
    pub(super) fn operation(
        &mut self,
        name: &Ident,
        parameters: &[Parameter],
        indices: &[Vec<Binder>],
        value: (&Expr, Option<&Condition>),
        notation: &Notation,
    ) {
        if self.broken.contains(&name.name) {
            return;
        }
        // The first of two statements stands; the second was reported.
        let first = self.place_of(&name.name) == name.span;
        let before = self.problem.operation(&name.name, parameters.len());
        if !first && before.is_some_and(|before| value.1.is_none() || before.condition.is_none()) {
            return;
        }
        let errors = self.errors.len();
        let operation = self.read_operation(name, parameters, indices, value, notation);
        self.scope = Scope::default();
        match operation {
            Some(operation) if self.errors.len() == errors => {
                self.problem.operations.push(Arc::new(operation));
            }
            _ => self.broken.push(name.name.clone()),
        }
    }

    fn read_operation(
        &mut self,
        name: &Ident,
        parameters: &[Parameter],
        indices: &[Vec<Binder>],
        (value, condition): (&Expr, Option<&Condition>),
        notation: &Notation,
    ) -> Option<Operation> {
        if &*name.name == "delta" {
            self.error(diagnostic::reserved("delta", name.span));
            return None;
        }
        self.distinct(parameters.iter().map(|parameter| &parameter.name));
        self.distinct(indices.iter().flatten().map(|binder| &binder.name));
        let mut dimensions: Vec<Name> = Vec::new();
        let mut places: IndexMap<Name, Span> = IndexMap::new();
        for parameter in parameters {
            match &parameter.shape {
                None => note(&mut dimensions, &parameter.name.name),
                Some(shape) => {
                    for dim in dims_of(shape) {
                        names_of(dim, &mut |name, span| {
                            note(&mut dimensions, name);
                            places.entry(name.clone()).or_insert(span);
                        });
                    }
                }
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.shape.is_some()) {
            if let Some(place) = places.get(&parameter.name.name) {
                let (place, name) = (*place, &parameter.name);
                self.error(diagnostic::dimension_clash(&name.name, place, name.span));
                return None;
            }
        }
        let local = Local { name: name.name.clone(), parameters: IndexMap::new(), dimensions, scalar: false };
        self.scope = Scope::of(local);
        let mut known = Vec::new();
        for parameter in parameters {
            let shape = match &parameter.shape {
                None => None,
                Some(ShapeExpr::Scalar) => Some(Shape::scalar()),
                Some(ShapeExpr::Vector(rows)) => Some(Shape::new(self.dim(rows)?, Dim::one())),
                Some(ShapeExpr::Matrix(rows, columns)) => {
                    Some(Shape::new(self.dim(rows)?, self.dim(columns)?))
                }
            };
            known.push(OperationParameter { name: parameter.name.name.clone(), shape });
        }
        // Arguments must tell all dimensions: those of the parameters' own shapes would.
        let own = known.iter().map(|parameter| {
            parameter
                .shape
                .clone()
                .unwrap_or_else(|| Shape::new(Dim::name(parameter.name.clone()), Dim::one()))
        });
        if let Err((Misfit::Open(dimension), _)) = unify(&known, &own.collect::<Vec<_>>()) {
            let place = places.get(&dimension).copied().unwrap_or(name.span);
            self.error(diagnostic::open_dimension(&dimension, &name.name, place));
            return None;
        }
        if let Some(local) = &mut self.scope.local {
            local.parameters =
                known.iter().map(|parameter| (parameter.name.clone(), parameter.shape.clone())).collect();
        }
        if let [_, _, third, ..] = indices {
            let place = third.first().map_or(Span::NONE, |binder| binder.name.span);
            self.error(diagnostic::three_indices(&name.name, place));
            return None;
        }
        for index in indices.iter().flatten() {
            self.bind(index)?;
        }
        let dimensions = self.scope.local.as_ref().map(|local| local.dimensions.clone()).unwrap_or_default();
        let (elaborated, shape, slots) = self.elaborate_with(value)?;
        if !shape.is_scalar() {
            self.error(diagnostic::entry_not_scalar(
                &name.name,
                &shape,
                value.span,
                name.span,
                indices.len(),
            ));
            return None;
        }
        let mut equalities = std::mem::take(&mut self.equalities);
        let condition = match condition {
            None => None,
            Some(Condition::Compare { left, comparison, right }) => {
                let mut side = |expr: &Expr| {
                    self.scope = Scope::of(Local {
                        name: name.name.clone(),
                        parameters: known.iter().map(|one| (one.name.clone(), one.shape.clone())).collect(),
                        dimensions: dimensions.clone(),
                        scalar: false,
                    });
                    let (side, shape) = self.elaborate(expr)?;
                    equalities.append(&mut self.equalities);
                    shape.is_scalar().then_some(side)
                };
                let (left, right) = side(left).zip(side(right))?;
                Some(Condition::Compare { left, comparison: *comparison, right })
            }
            Some(Condition::Onehot(name)) => {
                self.error(diagnostic::condition_of_operation(name.span));
                return None;
            }
        };
        let mut letters = slots.into_iter().filter_map(|slot| Some((slot.name.name, slot.range?.0)));
        let indices = indices.iter().map(|axis| letters.by_ref().take(axis.len()).collect()).collect();
        Some(Operation {
            name: name.name.clone(),
            parameters: known,
            dimensions,
            indices,
            equalities,
            body: Body::Formula(elaborated),
            condition,
            notation: notation.clone(),
            span: name.span,
        })
    }

    pub(super) fn scalar_function(
        &mut self,
        name: &Ident,
        parameter: &Ident,
        value: Option<&Expr>,
        derivative: Option<&Expr>,
        notation: &Notation,
    ) {
        if self.places.get(&name.name) != Some(&name.span) || self.broken.contains(&name.name) {
            return;
        }
        if &*name.name == "delta" {
            self.error(diagnostic::reserved("delta", name.span));
            return self.broken.push(name.name.clone());
        }
        let errors = self.errors.len();
        let value = value.and_then(|value| self.scalar_expression(name, parameter, value));
        if self.errors.len() > errors {
            return self.broken.push(name.name.clone());
        }
        if let Some(derivative) = derivative {
            self.derivatives.push((name.clone(), parameter.clone(), derivative.clone()));
        }
        let function = ScalarFunction {
            name: name.name.clone(),
            parameter: parameter.name.clone(),
            value,
            derivative: None,
            notation: notation.clone(),
            span: name.span,
        };
        self.problem.functions.insert(name.name.clone(), Arc::new(function));
    }

    /// The derivatives of scalar functions, which may name any function, as those of sin and cos name each other.
    pub(super) fn stated_derivatives(&mut self) {
        for (name, parameter, expr) in std::mem::take(&mut self.derivatives) {
            let derivative = self.scalar_expression(&name, &parameter, &expr);
            if let Some(function) = self.problem.functions.get_mut(&name.name) {
                Arc::make_mut(function).derivative = derivative;
            }
        }
    }

    fn scalar_expression(&mut self, name: &Ident, parameter: &Ident, expr: &Expr) -> Option<Expr> {
        let local = Local {
            name: name.name.clone(),
            parameters: IndexMap::from([(parameter.name.clone(), Some(Shape::scalar()))]),
            dimensions: Vec::new(),
            scalar: true,
        };
        self.scope = Scope::of(local);
        let found = self.elaborate(expr);
        self.scope = Scope::default();
        // Nothing in it has axes: the parameter is a number, and only scalar functions may be called.
        found.map(|(expr, _)| expr)
    }

    pub(super) fn distinct<'a>(&mut self, idents: impl Iterator<Item = &'a Ident>) {
        let mut known: Vec<&Ident> = Vec::new();
        for ident in idents {
            match known.iter().find(|first| first.name == ident.name) {
                Some(first) => self.error(diagnostic::declared_twice(&ident.name, ident.span, first.span)),
                None => known.push(ident),
            }
        }
    }
}

fn note(names: &mut Vec<Name>, name: &Name) {
    if !names.contains(name) {
        names.push(name.clone());
    }
}

/// The names of a dimension in the order in which they are written.
fn names_of(expr: &Expr, visit: &mut dyn FnMut(&Name, Span)) {
    match &expr.kind {
        ExprKind::Name(name) => visit(name, expr.span),
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| names_of(term, visit)),
        ExprKind::Product { first, rest } => {
            names_of(first, visit);
            rest.iter().for_each(|(_, factor)| names_of(factor, visit));
        }
        ExprKind::Negate(inner) => names_of(inner, visit),
        _ => {}
    }
}
