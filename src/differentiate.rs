//! The second move: derivatives of index forms by the entries of a quantity, as Kronecker deltas.

use num_rational::BigRational;
use num_traits::One;

use crate::dependence::{body, definition, mentions, sole_name};
use crate::expand::{Expander, Scope, Unexpandable, variable};
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo, groups};
use crate::index::write::{Letters, form_expr};
use crate::index::{Base, Exponent, Factor, Form, Index, Indices, Quantities, QuantityId, Term, bounded};
use crate::problem::{Problem, ScalarFunction, has_derivative};
use crate::shape::Shape;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// The derivative of every term by the entry of `by` at the indices `at`, other quantities of the problem held
/// fixed.
///
/// Each base that mentions `by` gives the power rule's factor times the derivative of the base: one delta per
/// index for an entry of `by`, the chain rule through functions and parts. Values of unknown functions with
/// `by` among their arguments give an entry of an opaque derivative.
///
/// # Errors
/// A function without a derivative, a derivative that has a name alone, too large an exponent.
pub fn by_entry(
    expander: &mut Expander<'_>,
    terms: &[Term],
    by: &Name,
    at: &[Index],
) -> Result<Vec<Term>, Unexpandable> {
    let mut derivative = Vec::new();
    for term in terms {
        for (position, factor) in term.factors.iter().enumerate() {
            let Base::Entry(quantity, indices) = &factor.base else { continue };
            for inner in base_derivative(expander, *quantity, indices, by, at)? {
                let product = power_rule(expander, term, position, &inner);
                derivative.push(product.ok_or(Unexpandable::TooLarge)?);
            }
        }
    }
    Ok(expander.joined(Form::scalar(derivative), false).terms)
}

/// `d(b^p …) = p b^(p-1) db …` for the factor at a position; `None` for too large an exponent.
fn power_rule(expander: &mut Expander<'_>, term: &Term, position: usize, inner: &Term) -> Option<Term> {
    let factor = &term.factors[position];
    let inner = inner.rename_bound(expander.indices);
    let mut product = term.clone();
    let exponent = BigRational::new((*factor.exponent.numer()).into(), (*factor.exponent.denom()).into());
    product.coefficient *= exponent * &inner.coefficient;
    let mut replaced = inner.factors;
    if !factor.exponent.is_one() {
        let exponent = bounded(factor.exponent - Exponent::one())?;
        replaced.insert(0, Factor { base: factor.base.clone(), exponent });
    }
    product.factors.splice(position..=position, replaced);
    product.bound.extend(inner.bound);
    Some(product)
}

/// The terms of the derivative of one entry: none where it is zero.
pub(crate) fn base_derivative(
    expander: &mut Expander<'_>,
    quantity: QuantityId,
    indices: &[Index],
    by: &Name,
    at: &[Index],
) -> Result<Vec<Term>, Unexpandable> {
    let info = expander.quantities.get(quantity).clone();
    match &info.origin {
        Origin::Applied { function, primes, argument } => {
            let inner = base_derivative(expander, *argument, indices, by, at)?;
            if inner.is_empty() {
                return Ok(inner);
            }
            let outer = expander.applied(function, primes + 1, *argument, indices, &info.expr)?;
            let mut products = Vec::new();
            for a in &outer {
                for b in &inner {
                    products.push(a.multiply(b, expander.indices));
                }
            }
            return Ok(products);
        }
        Origin::Primitive { operation, argument } => {
            let (inner, entry) = expander.argument_entry(*argument);
            let inner = base_derivative(expander, inner, &entry, by, at)?;
            if inner.is_empty() {
                return Ok(inner);
            }
            let outer = expander.entry_derivative(operation, *argument, indices, &entry)?;
            let mut products = Vec::new();
            for a in &outer {
                for b in &inner {
                    let mut product = a.multiply(b, expander.indices);
                    product.bound.extend(entry.iter().cloned());
                    products.push(product.rename_bound(expander.indices));
                }
            }
            return Ok(products);
        }
        Origin::Raised(raised) => {
            return expander.raised_derivative(raised, indices, by, at, &info.expr);
        }
        Origin::Part(form) => {
            let terms = form.with_free(indices);
            return by_entry(expander, &terms, by, at);
        }
        Origin::Named => {}
    }
    Ok(match &info.expr.kind {
        ExprKind::Name(name) if name == by => {
            // A product axis that is several indices in one place and one in the other.
            if indices.len() != at.len() || indices.iter().zip(at).any(|(own, other)| own.dim != other.dim) {
                return Err(Unexpandable::Unsupported(info.expr.clone()));
            }
            let deltas = indices.iter().zip(at).map(|(own, other)| Base::Delta(own.clone(), other.clone()));
            let factors = deltas.map(Factor::once).collect();
            vec![Term { coefficient: BigRational::one(), factors, bound: Vec::new() }]
        }
        ExprKind::Call { .. } => unknown_by(expander, &info.expr, None, by, at)?,
        ExprKind::Derivative(derivative) => match opaque_call(expander.problem, derivative) {
            Some((call, first)) if derivative.nested().is_none() => {
                let (call, first) = (call.clone(), first.clone());
                unknown_by(expander, &call, Some((&first, indices)), by, at)?
            }
            // What another derivative depends on is not in its name.
            _ => return Err(Unexpandable::Unsupported(info.expr.clone())),
        },
        _ => Vec::new(),
    })
}

/// The call of an unknown function of which this is a derivative by arguments, and the first of these.
pub fn opaque_call<'p>(problem: &'p Problem, derivative: &'p Derivative) -> Option<(&'p Expr, &'p Name)> {
    let call = body(problem, &derivative.numerator);
    let ExprKind::Call { function, arguments, .. } = &call.kind else { return None };
    let argument = |by: &Expr| sole_name(by).is_some_and(|_| arguments.contains(by));
    let opaque =
        problem.is_unknown_function(&function.name) && derivative.by.iter().all(|(by, _)| argument(by));
    opaque.then(|| Some((call, sole_name(&derivative.by.first()?.0)?))).flatten()
}

/// The value of an unknown function, or its derivative by an argument at some indices, by the entry of `by` at the
/// indices `at`. Arguments are names, never inlined: the value depends on `by` also where the definition of an
/// argument does.
fn unknown_by(
    expander: &mut Expander<'_>,
    call: &Expr,
    first: Option<(&Name, &[Index])>,
    by: &Name,
    at: &[Index],
) -> Result<Vec<Term>, Unexpandable> {
    let ExprKind::Call { arguments, .. } = &call.kind else { return Ok(Vec::new()) };
    let mut terms = Vec::new();
    if arguments.iter().any(|argument| sole_name(argument) == Some(by)) {
        terms.push(opaque_entry(expander, call, first, by, at));
    }
    for name in arguments.iter().filter_map(sole_name) {
        let Some(definition) = definition(expander.problem, name) else { continue };
        if name == by || !(expander.inlined)(name) {
            continue;
        }
        let inner = expander.expand(definition)?;
        let chained = by_entry(expander, &inner.terms, by, at)?;
        let summed = inner.free();
        let head = opaque_entry(expander, call, first, name, &summed);
        for step in &chained {
            let mut product = head.multiply(step, expander.indices);
            product.bound.extend(summed.iter().cloned());
            terms.push(product.rename_bound(expander.indices));
        }
    }
    Ok(terms)
}

/// An entry of the derivative of an unknown function by an argument, after that by a first one.
fn opaque_entry(
    expander: &mut Expander<'_>,
    call: &Expr,
    first: Option<(&Name, &[Index])>,
    by: &Name,
    at: &[Index],
) -> Term {
    let Some((first, indices)) = first else {
        let id = unknown_derivative(expander, call, by);
        return Term::base(Base::Entry(id, at.to_vec()));
    };
    let (id, exchanged) = unknown_second_derivative(expander, call, first, by);
    let (left, right) = if exchanged { (at, indices) } else { (indices, at) };
    Term::base(Base::Entry(id, left.iter().chain(right).cloned().collect()))
}

/// The derivative of a scalar function that has a formula for its value only, in its parameter.
///
/// # Errors
/// A function of which neither value nor derivative is known, or such a function in its formula.
pub fn formula_derivative(expander: &Expander<'_>, function: &ScalarFunction) -> Result<Expr, Unexpandable> {
    let unsupported = || Unexpandable::Unsupported(Expr::name(function.name.clone()));
    let body = function.value.as_ref().ok_or_else(unsupported)?;
    // Quantities of its own: the parameter may have the name of a variable.
    let (mut quantities, mut indices) = (Quantities::default(), Indices::default());
    let parameter = Expr::name(function.parameter.clone());
    let id = quantities.intern(QuantityInfo::named(parameter, &Shape::scalar(), false));
    let mut inner = Expander {
        problem: expander.problem,
        graph: expander.graph,
        catalogue: expander.catalogue,
        quantities: &mut quantities,
        indices: &mut indices,
        scope: Scope::default(),
        inlined: &|_| false,
        multiplied_out: false,
        nameless: false,
        formulas: false,
        budget: None,
        chain: Chain::Inlined,
    };
    let terms = inner.formula(&function.parameter, body, id, &[])?;
    let terms = by_entry(&mut inner, &terms, &function.parameter, &[])?;
    let form = normalize(&Form::scalar(terms));
    Ok(form_expr(&form, &quantities, &Letters::default()))
}

/// The opaque derivative of an unknown function's value by one of its arguments, shaped like the argument.
///
/// It is written `dL/dY` where `L = loss(Y)` is a definition of the file, else `d(loss(Y))/d(Y)`.
pub fn unknown_derivative(expander: &mut Expander<'_>, call: &Expr, by: &Name) -> QuantityId {
    let problem = expander.problem;
    let shape = problem.quantities.get(by).map_or_else(Shape::scalar, |quantity| quantity.shape.clone());
    let expr = opaque_expr(expander, call, vec![(Expr::name(by.clone()), 1)]);
    expander.quantities.intern(QuantityInfo::named(expr, &shape, true))
}

/// The opaque second derivative by two arguments, in the order in which the call has them, and whether that is not the
/// order given: second derivatives commute.
pub fn unknown_second_derivative(
    expander: &mut Expander<'_>,
    call: &Expr,
    first: &Name,
    second: &Name,
) -> (QuantityId, bool) {
    let place = |name: &Name| match &call.kind {
        ExprKind::Call { arguments, .. } => arguments.iter().position(|other| sole_name(other) == Some(name)),
        _ => None,
    };
    let exchanged = place(second) < place(first);
    let (first, second) = if exchanged { (second, first) } else { (first, second) };
    (second_quantity(expander, call, first, second), exchanged)
}

/// The opaque second derivative by two arguments, its axes in this order.
pub fn second_quantity(expander: &mut Expander<'_>, call: &Expr, first: &Name, second: &Name) -> QuantityId {
    let by = match first == second {
        true => vec![(Expr::name(first.clone()), 2)],
        false => vec![(Expr::name(first.clone()), 1), (Expr::name(second.clone()), 1)],
    };
    let problem = expander.problem;
    let shape =
        |name: &Name| problem.quantities.get(name).map_or_else(Shape::scalar, |known| known.shape.clone());
    let (above, below) = (shape(first), shape(second));
    let lists = [&above, &below].map(|shape| [&shape.rows, &shape.columns]);
    let lists = lists.map(|dims| dims.map(|dim| expander.quantities.axis(dim))).concat();
    let axes = lists.concat();
    let groups = groups(lists.iter().map(Vec::len));
    let shape = match (above.axes().as_slice(), below.axes().as_slice()) {
        ([], _) => Some(below),
        (_, []) => Some(above),
        ([rows], [columns]) => Some(Shape::new(rows.clone(), columns.clone())),
        _ => None,
    };
    let info = QuantityInfo {
        expr: opaque_expr(expander, call, by),
        symmetric: first == second && axes.len() > 1,
        axes,
        groups,
        shape,
        is_derivative: true,
        origin: Origin::Named,
    };
    expander.quantities.intern(info)
}

/// How a derivative of an unknown function's value by arguments is written.
fn opaque_expr(expander: &Expander<'_>, call: &Expr, by: Vec<(Expr, u32)>) -> Expr {
    let problem = expander.problem;
    let names = || by.iter().filter_map(|(by, _)| sole_name(by));
    // An introduced name is none of the file's, above or below: then the derivative is written out.
    let introduced = |name: &Name| problem.introduced.contains(name);
    let defined = problem.quantities.values().find(|quantity| {
        quantity.definition.as_ref() == Some(call) && !introduced(&quantity.name) && !names().any(introduced)
    });
    let numerator = defined.map_or_else(|| call.clone(), |quantity| Expr::name(quantity.name.clone()));
    // `dL/dY` means the total derivative: arguments that depend on `Y` themselves are held fixed.
    let held = match &call.kind {
        ExprKind::Call { arguments, .. } => {
            let mut held: Vec<Name> = arguments.iter().filter_map(sole_name).cloned().collect();
            held.retain(|name| names().any(|by| name != by && expander.graph.depends(name, by)));
            held
        }
        _ => Vec::new(),
    };
    ExprKind::Derivative(Box::new(Derivative { numerator, by, held })).into()
}

/// How derivatives that stand in an expression are carried out.
#[derive(Clone, Copy)]
pub enum Chain<'a> {
    /// With every definition inlined except what is differentiated by and what is held fixed.
    Inlined,
    /// One definition back, and only those by one of these quantities; every other derivative is a quantity
    /// of its own. So the length of a form does not grow with the depth of a program.
    Step(&'a [Name]),
}

/// The form of a derivative that stands in an expression. Axes of the numerator come first.
///
/// # Errors
/// [`Unexpandable`] for a denominator that is no name or entry of one.
pub fn of_expression(
    expander: &mut Expander<'_>,
    derivative: &Derivative,
    by: &Expr,
) -> Result<Form, Unexpandable> {
    let unsupported = || Unexpandable::Unsupported(by.clone());
    let stacked = expander.problem.stacked(by);
    let (name, entry) = match &by.kind {
        _ if let Some(name) = stacked => (name, None),
        ExprKind::Name(name) => (name, None),
        ExprKind::Index { base, indices } => match &base.kind {
            ExprKind::Name(name) => (name, Some(indices)),
            _ => return Err(unsupported()),
        },
        _ => return Err(unsupported()),
    };
    let quantity = expander.problem.quantities.get(name).ok_or_else(unsupported)?;
    let shape = quantity.shape.clone();
    variable(expander.quantities, quantity);

    let (rows, columns) = expander.axes(&shape);
    let at: Vec<Index> = rows.iter().chain(&columns).cloned().collect();
    let (form, terms) = match expander.chain {
        Chain::Inlined => inlined(expander, derivative, name, &at)?,
        // One definition back is not enough for what an inner derivative depends on.
        Chain::Step(_) if has_derivative(&derivative.numerator) => return Err(unsupported()),
        Chain::Step(targets) => {
            // An entry of the numerator is the entry of its derivative.
            let (numerator, letters) = match &derivative.numerator.kind {
                ExprKind::Index { base, indices } => (&**base, Some(indices)),
                _ => (&derivative.numerator, None),
            };
            let (form, terms) = if targets.contains(name) {
                step(expander, numerator, &derivative.held, name, &at)?
            } else {
                let form = expander.expand(numerator)?;
                let terms = vec![opaque(expander, &form, numerator, &derivative.held, name, &at)?];
                (form, terms)
            };
            match letters {
                None => (form, terms),
                Some(indices) => {
                    let letters = expander.index_letters(indices)?;
                    let free = form.free();
                    if letters.len() != free.len() || letters.iter().zip(&free).any(|(a, b)| a.dim != b.dim) {
                        return Err(unsupported());
                    }
                    let terms = Form { terms, ..form }.with_free(&letters);
                    (Form::scalar(Vec::new()), terms)
                }
            }
        }
    };
    if let Some(indices) = entry {
        let places = indices.iter().any(|index| sole_name(index).is_none());
        if places && form.is_scalar() {
            let whole = Form { rows: at, columns: Vec::new(), terms };
            return Ok(normalize(&expander.entry_at_places(by, whole, indices)?));
        }
        let letters = expander.index_letters(indices)?;
        if letters.len() != at.len() || letters.iter().zip(&at).any(|(a, b)| a.dim != b.dim) {
            return Err(unsupported());
        }
        let terms = Form { rows: at, columns: Vec::new(), terms }.with_free(&letters);
        return Ok(normalize(&Form { terms, ..form }));
    }
    if stacked.is_some() {
        let list = columns.into_iter().chain(rows).collect();
        return Ok(normalize(&arrange(form, list, Vec::new(), terms)));
    }
    Ok(normalize(&arrange(form, rows, columns, terms)))
}

/// The numerator with every definition inlined, and its derivative. What a derivative further out is taken by stays as it
/// is.
///
/// # Errors
/// Of two such names one depends on the other: what is held fixed then is not in the formula alone (but for the derivative
/// of an unknown function).
fn inlined(
    expander: &mut Expander<'_>,
    derivative: &Derivative,
    by: &Name,
    at: &[Index],
) -> Result<(Form, Vec<Term>), Unexpandable> {
    let held = &derivative.held;
    let outer = expander.scope.differentiated.clone();
    let graph = expander.graph;
    // The derivative of an unknown function by its argument is a quantity, which varies with all that the argument does.
    let opaque = opaque_call(expander.problem, derivative).is_some_and(|(call, _)| match &call.kind {
        ExprKind::Call { arguments, .. } => {
            let mut others = arguments.iter().filter_map(sole_name).filter(|other| *other != by);
            others.all(|other| !graph.depends(other, by))
        }
        _ => false,
    });
    let bound = |other: &Name| graph.depends(other, by) || (!opaque && graph.depends(by, other));
    if outer.iter().any(|other| other != by && bound(other)) {
        return Err(Unexpandable::Unsupported(derivative.numerator.clone()));
    }
    let inlined = |other: &str| *other != **by && !held.iter().chain(&outer).any(|known| **known == *other);
    let mut inner = expander.inlining(&inlined);
    inner.scope.differentiated.push(by.clone());
    let form = inner.expand(&derivative.numerator)?;
    inner.scope.differentiated.pop();
    let terms = by_entry(&mut inner, &form.terms, by, at)?;
    Ok((form, terms))
}

/// The chain rule one definition back: the numerator's own definition, and the derivative by every
/// intermediate that mentions `by` times that intermediate's.
fn step(
    expander: &mut Expander<'_>,
    numerator: &Expr,
    held: &[Name],
    by: &Name,
    at: &[Index],
) -> Result<(Form, Vec<Term>), Unexpandable> {
    let problem = expander.problem;
    // What depends on `by` is an intermediate: put in, it would be counted twice.
    let (outer, graph) = (expander.inlined, expander.graph);
    let kept = |other: &str| *other == **by || graph.depends(other, by);
    let inlined = |other: &str| outer(other) && !kept(other) && !held.iter().any(|known| **known == *other);
    let mut inner = expander.inlining(&inlined);
    let source = if sole_name(numerator) == Some(by) { numerator } else { body(problem, numerator) };
    let form = inner.expand(source)?;
    let mut terms = by_entry(&mut inner, &form.terms, by, at)?;
    for name in inner.graph.between(problem, numerator, by, held) {
        let Some(definition) = definition(problem, &name) else { continue };
        if !mentions(definition, by) {
            continue;
        }
        let value = inner.expand(definition)?;
        let direct = by_entry(&mut inner, &value.terms, by, at)?;
        let summed = value.free();
        let head = opaque(&mut inner, &form, numerator, held, &name, &summed)?;
        for term in &direct {
            let mut product = head.multiply(term, inner.indices);
            product.bound.extend(summed.iter().cloned());
            terms.push(product.rename_bound(inner.indices));
        }
    }
    Ok((form, terms))
}

/// A derivative as an entry of a quantity of its own, at the numerator's indices and then `at`.
///
/// # Errors
/// A numerator with a letter in it: the quantity would have no index for it.
fn opaque(
    expander: &mut Expander<'_>,
    numerator: &Form,
    written: &Expr,
    held: &[Name],
    by: &Name,
    at: &[Index],
) -> Result<Term, Unexpandable> {
    if expander.is_local(written) {
        return Err(Unexpandable::Unsupported(written.clone()));
    }
    let by = vec![(Expr::name(by.clone()), 1)];
    let held = held.to_vec();
    let expr = ExprKind::Derivative(Box::new(Derivative { numerator: written.clone(), by, held })).into();
    let indices: Vec<Index> = numerator.free().iter().chain(at).cloned().collect();
    let axes = indices.iter().map(|index| index.dim.clone()).collect();
    let groups = numerator.groups().into_iter().chain(vec![1; at.len()]).collect();
    let origin = Origin::Named;
    let id = expander.quantities.intern(QuantityInfo {
        expr,
        axes,
        groups,
        shape: None,
        is_derivative: true,
        origin,
        symmetric: false,
    });
    Ok(Term::base(Base::Entry(id, indices)))
}

/// The axes of a derivative: as the language's page fixes its shapes.
pub fn arrange(numerator: Form, rows: Vec<Index>, columns: Vec<Index>, terms: Vec<Term>) -> Form {
    if numerator.is_scalar() {
        return Form { rows, columns, terms };
    }
    if rows.is_empty() && columns.is_empty() {
        return Form { terms, ..numerator };
    }
    // The numerator's axes first; for vectors on both sides that is the Jacobian.
    let outer: Vec<Index> = numerator.free();
    Form { rows: outer, columns: rows.into_iter().chain(columns).collect(), terms }
}
