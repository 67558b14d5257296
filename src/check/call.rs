//! Calls: unknown functions, scalar functions entry by entry, operations by their parameters' shapes.

use std::collections::BTreeMap;

use super::{Checker, shapes};
use crate::diagnostic::{self, Feature};
use crate::problem::OperationParameter;
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, Name};
use crate::syntax::print;

/// What an operation's dimensions are at a call, each with the argument that says so.
type Meaning = BTreeMap<Name, (Dim, usize)>;

/// Why arguments do not fit parameters.
pub(super) enum Misfit {
    /// The argument at this place; the other argument that fixes the dimension in question.
    Argument(usize, Option<usize>),
    /// No argument tells this dimension.
    Open(Name),
}

impl Checker {
    pub(super) fn call(
        &mut self,
        function: &Ident,
        primes: usize,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Shape> {
        let name = &function.name;
        if &**name == "delta" && primes == 0 && !self.broken.contains(name) {
            return self.delta(arguments, span);
        }
        // A parameter hides a function of its name.
        let hidden = self.scope.local.as_ref().is_some_and(|local| local.parameters.contains_key(name));
        if hidden || !self.is_function(name) {
            self.unknown_function(function);
            return None;
        }
        if self.problem.functions.contains_key(name) || self.problem.is_entrywise_function(name) {
            // An unknown function has its second derivative in Hessians; a known one has a formula for it.
            if primes > 1 + usize::from(self.problem.is_entrywise_function(name)) {
                return self.unsupported(Feature::HigherDerivative, span);
            }
            let [argument] = arguments else {
                let place = self.place_of(name);
                self.error(diagnostic::wrong_arity(name, span, "one argument", place, false));
                return None;
            };
            return self.shape(argument);
        }
        if primes > 0 {
            self.error(diagnostic::prime_of_no_scalar_function(name, function.span));
            return None;
        }
        if self.problem.is_unknown_function(name) {
            if arguments.is_empty() {
                self.error(diagnostic::wrong_arity(name, span, "at least one argument", Span::NONE, false));
                return None;
            }
            let shapes: Vec<_> = arguments.iter().map(|argument| self.shape(argument)).collect();
            return shapes.into_iter().all(|shape| shape.is_some()).then(Shape::scalar);
        }
        if let Some(local) = self.scope.local.as_ref().filter(|local| local.scalar) {
            let error = diagnostic::operation_in_scalar_function(name, function.span, &local.name);
            self.error(error);
            return None;
        }
        self.operation_call(function, arguments, span)
    }

    /// A variable or definition, or a parameter with a shape.
    fn names_a_quantity(&self, expr: &Expr) -> bool {
        let ExprKind::Name(name) = &expr.kind else { return false };
        match &self.scope.local {
            Some(local) => local.parameters.get(name).is_some_and(Option::is_some),
            None => self.problem.quantities.contains_key(name),
        }
    }

    fn operation_call(&mut self, function: &Ident, arguments: &[Expr], span: Span) -> Option<Shape> {
        let name = &function.name;
        let Some(operation) = self.problem.operation(name, arguments.len()).cloned() else {
            let operations = self.problem.operations.iter().filter(|operation| operation.name == *name);
            let mut counts: Vec<usize> = operations.map(|operation| operation.parameters.len()).collect();
            counts.sort_unstable();
            let place = self.place_of(name);
            let along = ["row", "col"].iter().all(|axis| self.problem.is_operation(&format!("{axis}{name}")));
            self.error(diagnostic::wrong_arity(name, span, &diagnostic::arguments(&counts), place, along));
            return None;
        };
        let mut found = Vec::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            found.push(match parameter.shape {
                // A dimension stands as rows, so that both kinds are unified in one way.
                None => {
                    if self.names_a_quantity(argument) {
                        let (parameter, place) = (&parameter.name, operation.span);
                        self.error(diagnostic::argument_is_no_dimension(
                            name,
                            parameter,
                            argument.span,
                            place,
                        ));
                        return None;
                    }
                    self.dim(argument).map(|dim| Shape::new(dim, Dim::one()))
                }
                Some(_) => self.shape(argument),
            });
        }
        let found = found.into_iter().collect::<Option<Vec<Shape>>>()?;
        match unify(&operation.parameters, &found) {
            Ok(meaning) => {
                let dim = |dim: &Dim| dim.substitute(|name| meaning.get(name).map(|(dim, _)| dim.clone()));
                for (one, other) in &operation.equalities {
                    let (one, other) = (dim(one), dim(other));
                    if one != other || one.is_none() {
                        let sizes = one.zip(other);
                        self.error(diagnostic::unequal_sizes(name, sizes.as_ref(), span, operation.span));
                        return None;
                    }
                }
                let product = |axis: &Vec<(Name, Dim)>| {
                    axis.iter().try_fold(Dim::one(), |product, (_, range)| product.multiply(&dim(range)?))
                };
                let axes = operation.indices.iter().map(product).collect::<Option<Vec<_>>>();
                let Some(axes) = axes else {
                    self.error(diagnostic::no_dimension(span));
                    return None;
                };
                if let Some(empty) = axes.iter().find(|dim| dim.as_number().is_some_and(|size| size < 1)) {
                    self.error(diagnostic::empty_result(name, empty, span));
                    return None;
                }
                let mut axes = axes.into_iter();
                let mut next = || axes.next().unwrap_or_else(Dim::one);
                Some(Shape::new(next(), next()))
            }
            Err((Misfit::Argument(position, other), meaning)) => {
                let parameter = &operation.parameters[position];
                let known = |name: &Name| {
                    // What this argument itself says is no reason to ask something of it.
                    let known = meaning.get(name).filter(|(_, by)| *by != position);
                    Some(known.map_or_else(|| Dim::name(name.clone()), |(dim, _)| dim.clone()))
                };
                let wanted = parameter.shape.as_ref().and_then(|shape| {
                    Some(Shape::new(shape.rows.substitute(known)?, shape.columns.substitute(known)?))
                });
                let argument = &arguments[position];
                let other = other.filter(|other| *other != position);
                let mend = (wanted.as_ref() == Some(&found[position].transpose()))
                    .then(|| diagnostic::Mend::Transpose(print::expr(&shapes::flipped(argument))));
                // What takes a vector may have a like for the rows of a matrix.
                let rows: Name = format!("row{name}").into();
                let mend = mend.or_else(|| {
                    let vector =
                        wanted.as_ref().is_some_and(Shape::is_vector) && !found[position].is_vector();
                    let known = vector && self.problem.operation(&rows, arguments.len()).is_some();
                    known.then(|| diagnostic::Mend::Rows(print::expr(&Expr::call(&rows, arguments.to_vec()))))
                });
                let error = diagnostic::argument_mismatch(
                    name,
                    (&found[position], argument.span),
                    wanted.as_ref(),
                    other.map(|other| (&found[other], arguments[other].span)),
                    operation.span,
                    mend.as_ref(),
                );
                self.error(error);
                None
            }
            Err((Misfit::Open(dimension), _)) => {
                self.error(diagnostic::open_dimension(&dimension, name, span));
                None
            }
        }
    }
}

/// Parameters' dimensions from arguments' shapes. Plain names first; what is left must then hold, or tell one more
/// name: `n + 1` against `m` says that n is `m - 1`.
pub(super) fn unify(
    parameters: &[OperationParameter],
    found: &[Shape],
) -> Result<Meaning, (Misfit, Meaning)> {
    let mut meaning = Meaning::new();
    let mut rest: Vec<(Dim, Dim, usize)> = Vec::new();
    for (position, (parameter, shape)) in parameters.iter().zip(found).enumerate() {
        let pairs = match &parameter.shape {
            None => vec![(Dim::name(parameter.name.clone()), shape.rows.clone())],
            Some(wanted) => {
                vec![
                    (wanted.rows.clone(), shape.rows.clone()),
                    (wanted.columns.clone(), shape.columns.clone()),
                ]
            }
        };
        for (wanted, dim) in pairs {
            let Some(name) = wanted.as_name() else {
                rest.push((wanted, dim, position));
                continue;
            };
            match meaning.get(name) {
                None => {
                    meaning.insert(name.clone(), (dim, position));
                }
                Some((known, _)) if *known == dim => {}
                Some((_, by)) => {
                    let by = *by;
                    return Err((Misfit::Argument(position, Some(by)), meaning));
                }
            }
        }
    }
    while !rest.is_empty() {
        let before = rest.len();
        let mut left = Vec::new();
        for (wanted, dim, position) in rest {
            let open: Vec<Name> =
                wanted.names().into_iter().filter(|name| !meaning.contains_key(name)).collect();
            match open.as_slice() {
                [] => {
                    let value = wanted.substitute(|name| meaning.get(name).map(|(dim, _)| dim.clone()));
                    if value != Some(dim) {
                        let by =
                            wanted.names().first().and_then(|name| meaning.get(name)).map(|known| known.1);
                        return Err((Misfit::Argument(position, by), meaning));
                    }
                }
                [name] => match solve(&wanted, name, &dim, &meaning) {
                    Some(value) => {
                        meaning.insert(name.clone(), (value, position));
                    }
                    None => left.push((wanted, dim, position)),
                },
                _ => left.push((wanted, dim, position)),
            }
        }
        rest = left;
        if rest.len() == before {
            let open = rest[0].0.names().into_iter().find(|name| !meaning.contains_key(name));
            return Err((Misfit::Open(open.unwrap_or_else(|| "?".into())), meaning));
        }
    }
    Ok(meaning)
}

/// The one open name of `wanted = dim`, where it stands alone with the factor 1 or -1.
fn solve(wanted: &Dim, name: &Name, dim: &Dim, meaning: &Meaning) -> Option<Dim> {
    let monomials = wanted.monomials();
    let mut own = monomials.iter().filter(|(names, _)| names.contains(name));
    let (Some((names, factor)), None) = (own.next(), own.next()) else { return None };
    if names.len() != 1 {
        return None;
    }
    let rest = wanted.substitute(|known| match meaning.get(known) {
        Some((dim, _)) => Some(dim.clone()),
        None => (known == name).then(|| Dim::number(0)),
    })?;
    match factor {
        1 => dim.add(&rest, -1),
        -1 => rest.add(dim, -1),
        _ => None,
    }
}
