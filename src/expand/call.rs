//! Calls: unknown functions, scalar functions, operations by their entries.

use std::collections::BTreeMap;
use std::slice::from_ref;

use num_traits::One;

use super::products::Products;
use super::{Expander, Scope, Unexpandable, split};
use crate::dependence::{mentions_any, sole_name};
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Kind;
use crate::index::{Base, Factor, Form, Index, Quantities, QuantityId, Term};
use crate::matrix::expr_cost;
use crate::problem::{Body, Operation};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name};

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
            let is_letter = |place: &Expr| matches!(&place.kind, ExprKind::Name(name) if self.scope.letters.contains_key(name));
            let listed = |place: &Expr| matches!(place.kind, ExprKind::Tuple(_)) || is_letter(place);
            if listed(a) && listed(b) {
                let (a, b) = (self.index_letters(from_ref(a))?, self.index_letters(from_ref(b))?);
                // A letter of range 1 has no index, and is the place 1.
                if a.len() > 1 || b.len() > 1 {
                    if split::dims(&a) != split::dims(&b) {
                        return Err(Unexpandable::Unsupported(whole.clone()));
                    }
                    let deltas = a.into_iter().zip(b).map(|(a, b)| Factor::once(Base::Delta(a, b)));
                    let factors = deltas.collect();
                    let term = Term { coefficient: One::one(), factors, bound: Vec::new() };
                    return Ok(Form::scalar(vec![term]));
                }
            }
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
        let unsupported = || Unexpandable::Unsupported(whole.clone());
        let mut parameters = BTreeMap::new();
        let mut dimensions: BTreeMap<Name, Dim> = BTreeMap::new();
        let mut products = Products::default();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            match &parameter.shape {
                None => {
                    dimensions.insert(parameter.name.clone(), self.dim(argument)?);
                }
                Some(shape) => {
                    let form = self.expand(argument)?;
                    for (wanted, axis) in [(&shape.rows, &form.rows), (&shape.columns, &form.columns)] {
                        let size = crate::index::axis_dim(axis).ok_or_else(malformed)?;
                        if !unify(wanted, &size, &mut dimensions) {
                            return Err(malformed());
                        }
                        products.meet(wanted, axis).ok_or_else(unsupported)?;
                    }
                    parameters.insert(parameter.name.clone(), (form, argument, shape));
                }
            }
        }
        products.compare(operation, &dimensions).ok_or_else(unsupported)?;
        let mut split = BTreeMap::new();
        for (name, (form, argument, shape)) in parameters {
            let rows = products.of(&shape.rows, &form.rows).ok_or_else(unsupported)?;
            let columns = products.of(&shape.columns, &form.columns).ok_or_else(unsupported)?;
            let form = self.split(&form, &rows, &columns).ok_or_else(unsupported)?;
            split.insert(name, self.kept(form, argument)?);
        }
        let form = self.at_parameters(whole, operation, split, dimensions, products.lists())?;
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
        products: BTreeMap<Name, Vec<Dim>>,
    ) -> Result<Form, Unexpandable> {
        let malformed = || Unexpandable::Malformed(whole.clone());
        let mut letters = BTreeMap::new();
        let mut free = Vec::new();
        for axis in &operation.indices {
            let mut list = Vec::new();
            for (letter, range) in axis {
                let dims = match range.as_name().and_then(|name| products.get(name)) {
                    Some(dims) => dims.clone(),
                    None => {
                        vec![range.replace(&|name| dimensions.get(name).cloned()).ok_or_else(malformed)?]
                    }
                };
                let carrying = dims.iter().filter(|dim| !dim.is_one());
                let own: Vec<Index> = carrying.map(|dim| self.indices.fresh(dim)).collect();
                letters.insert(letter.clone(), own.clone());
                list.extend(own);
            }
            free.push(list);
        }
        let scope = Scope { letters, parameters, dimensions, products, inside: true, ..Scope::default() };
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
        let Ok(form) = self.at_parameters(&call, operation, parameters, dimensions, BTreeMap::new()) else {
            return false;
        };
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
        let product_axes = form.rows.len() > 1 || form.columns.len() > 1;
        if self.multiplied_out || product_axes || !is_recognisable(form, self.quantities) {
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
