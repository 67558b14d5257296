//! Calls: unknown functions, scalar functions, operations by their entries.

use std::collections::BTreeMap;

use num_traits::One;

use super::{Expander, Scope, Unexpandable};
use crate::dependence::{mentions_any, sole_name};
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Kind;
use crate::index::{Base, Form, Index, Quantities, QuantityId, Term};
use crate::matrix::expr_cost;
use crate::problem::{Body, Operation};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, Name};

impl Expander<'_> {
    pub(super) fn call(
        &mut self,
        whole: &Expr,
        function: &Name,
        primes: usize,
        arguments: &[Expr],
    ) -> Result<Form, Unexpandable> {
        let malformed = || Unexpandable::Malformed(whole.clone());
        let problem = self.problem;
        if problem.is_unknown_function(function) {
            // Its value depends on its arguments by name; anything else would count as constant.
            let hidden = |argument: &Expr| {
                sole_name(argument).is_none()
                    && mentions_any(argument, &|name| problem.quantities.contains_key(name))
            };
            if self.is_local(whole) || arguments.iter().any(hidden) {
                return Err(Unexpandable::Unsupported(whole.clone()));
            }
            let id = self.quantities.intern(QuantityInfo::named(whole.clone(), &Shape::scalar(), false));
            return Ok(Form::scalar(vec![Term::base(Base::Entry(id, Vec::new()))]));
        }
        if &**function == "delta" {
            let [a, b] = arguments else { return Err(malformed()) };
            let base = self.delta_at_places(whole, a, b)?;
            let term = base.map_or_else(|| Term::number(One::one()), Term::base);
            return Ok(Form::scalar(vec![term]));
        }
        let scalar = problem.functions.contains_key(function) || problem.entrywise.contains(function);
        if let ([argument], true) = (arguments, scalar) {
            let form = self.expand(argument)?;
            return self.apply(function, primes, &form, argument);
        }
        match problem.assumed(function, arguments) {
            Some(operation) if primes == 0 => self.operation(whole, operation, arguments),
            _ => Err(Unexpandable::Unsupported(whole.clone())),
        }
    }

    /// The operation's entry formula with its parameters replaced.
    fn operation(
        &mut self,
        whole: &Expr,
        operation: &Operation,
        arguments: &[Expr],
    ) -> Result<Form, Unexpandable> {
        if let (Body::Derivative { .. }, [argument]) = (&operation.body, arguments) {
            return self.primitive(whole, operation, argument);
        }
        if let (Body::Exponential(_), [argument]) = (&operation.body, arguments) {
            let form = self.expand(argument)?;
            let kind = Kind::Exponential(operation.name.clone());
            return self.exponential_of(&kind, form, argument);
        }
        let malformed = || Unexpandable::Malformed(whole.clone());
        let mut parameters = BTreeMap::new();
        let mut dimensions: BTreeMap<Name, Dim> = BTreeMap::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            match &parameter.shape {
                None => {
                    dimensions.insert(parameter.name.clone(), self.dim(argument)?);
                }
                Some(shape) => {
                    let form = self.expand(argument)?;
                    let dim = |axis: &[Index]| axis.first().map_or_else(Dim::one, |index| index.dim.clone());
                    let fits = unify(&shape.rows, &dim(&form.rows), &mut dimensions)
                        && unify(&shape.columns, &dim(&form.columns), &mut dimensions);
                    if !fits {
                        return Err(malformed());
                    }
                    let form = self.kept(form, argument)?;
                    parameters.insert(parameter.name.clone(), form);
                }
            }
        }
        let form = self.at_parameters(whole, operation, parameters, dimensions)?;
        self.recognise_call(operation, arguments, &form);
        Ok(form)
    }

    /// The operation's entries with its parameters' forms and its dimensions given.
    fn at_parameters(
        &mut self,
        whole: &Expr,
        operation: &Operation,
        parameters: BTreeMap<Name, Form>,
        dimensions: BTreeMap<Name, Dim>,
    ) -> Result<Form, Unexpandable> {
        let malformed = || Unexpandable::Malformed(whole.clone());
        let mut letters = BTreeMap::new();
        let mut free = Vec::new();
        for (letter, range) in &operation.indices {
            let dim = range.replace(&|name| dimensions.get(name).cloned()).ok_or_else(malformed)?;
            let index = self.indices.fresh(&dim);
            letters.insert(letter.clone(), index.clone());
            free.push(if dim.is_one() { Vec::new() } else { vec![index] });
        }
        let scope = Scope { letters, parameters, dimensions, inside: true };
        let outer = std::mem::replace(&mut self.scope, scope);
        let value = match operation.body.formula() {
            Some(formula) => self.expand(formula),
            None => Err(malformed()),
        };
        self.scope = outer;
        let value = value?;
        if !value.is_scalar() {
            return Err(malformed());
        }
        let mut free = free.into_iter();
        let (rows, columns) = (free.next().unwrap_or_default(), free.next().unwrap_or_default());
        Ok(normalize(&Form { rows, columns, terms: value.terms }))
    }

    /// From now on an operation of one argument is recognised at a quantity, or at its transpose where that is `turned`;
    /// false where it does not fit, is no product with a function, a root or a quotient, or has a name already.
    pub fn recognise_at(&mut self, operation: &Operation, argument: QuantityId, turned: bool) -> bool {
        let [parameter] = operation.parameters.as_slice() else { return false };
        let info = self.quantities.get(argument).clone();
        let (Some(wanted), Some(shape)) = (&parameter.shape, &info.shape) else { return false };
        // The transpose of a vector or of a symmetric matrix is nothing new.
        if turned && (shape.axes().len() < 2 || info.symmetric) {
            return false;
        }
        let shape = &if turned { shape.transpose() } else { shape.clone() };
        let mut dimensions = BTreeMap::new();
        // `x : n` is meant for vectors, `X : N x D` for matrices.
        if wanted.axes().len() != shape.axes().len()
            || !unify(&wanted.rows, &shape.rows, &mut dimensions)
            || !unify(&wanted.columns, &shape.columns, &mut dimensions)
        {
            return false;
        }
        let (whole, written) = match turned {
            false => (self.whole(argument, shape), info.expr.clone()),
            true => {
                let whole = self.whole(argument, &shape.transpose());
                let turned = Form { rows: whole.columns, columns: whole.rows, terms: whole.terms };
                (turned, Expr::transpose(info.expr.clone()))
            }
        };
        let parameters = BTreeMap::from([(parameter.name.clone(), whole)]);
        let call = Expr::call(&operation.name, vec![written]);
        let Ok(form) = self.at_parameters(&call, operation, parameters, dimensions) else { return false };
        // A sum of entries alone is no call to be found everywhere.
        if !is_recognisable(&form, self.quantities) || form.free().len() + 1 < shape.axes().len() {
            return false;
        }
        // `colmean(X)` before `rowmean(X')`.
        let back = Form { rows: form.columns.clone(), columns: form.rows.clone(), terms: form.terms.clone() };
        let named = |form: &Form| {
            self.quantities.known_part(form).is_some_and(|known| self.quantities.is_foldable(known))
        };
        if turned && (named(&form) || named(&back)) {
            return false;
        }
        match self.quantities.part(form.clone(), |_| Some(call)) {
            Some(id) => {
                self.quantities.recognise(id, form);
                true
            }
            None => false,
        }
    }

    /// A call whose entry is one product with a function or a quotient is recognised again where it stands in
    /// longer terms.
    fn recognise_call(&mut self, operation: &Operation, arguments: &[Expr], form: &Form) {
        if self.multiplied_out || !is_recognisable(form, self.quantities) {
            return;
        }
        let mut written = Vec::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            let expr = match (&parameter.shape, self.is_written_so(argument)) {
                (_, true) => Some(argument.clone()),
                (None, false) => self.dim(argument).ok().map(|dim| dim.to_expr()),
                (Some(_), false) => self.expand(argument).ok().and_then(|form| {
                    let found = crate::collapse::collapse(&form, self.quantities, self.catalogue)?;
                    Some(found.expr())
                }),
            };
            let Some(expr) = expr else { return };
            written.push(expr);
        }
        let call = Expr::call(&operation.name, written);
        if let Some(id) = self.quantities.part(form.clone(), |_| Some(call.clone())) {
            self.quantities.recognise(id, form.clone());
            // variance(x) before mean((x - mean(x)).^2).
            if expr_cost(&call) < expr_cost(&self.quantities.get(id).expr) {
                self.quantities.rewrite(id, call);
            }
        }
    }
}

/// One term with a function, a power or a quotient in it.
pub fn is_recognisable(form: &Form, quantities: &Quantities) -> bool {
    let [term] = form.terms.as_slice() else { return false };
    term.factors.iter().any(|factor| match &factor.base {
        Base::Entry(id, _) => {
            let applied = matches!(quantities.get(*id).origin, Origin::Applied { .. });
            applied || !One::is_one(&factor.exponent)
        }
        _ => false,
    })
}

/// Gives a dimension name of the pattern its value, or compares.
fn unify(pattern: &Dim, actual: &Dim, known: &mut BTreeMap<Name, Dim>) -> bool {
    if let Some(name) = pattern.as_name()
        && !known.contains_key(name)
    {
        known.insert(name.clone(), actual.clone());
        return true;
    }
    pattern.replace(&|name| known.get(name).cloned()).as_ref() == Some(actual)
}
