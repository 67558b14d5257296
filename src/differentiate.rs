//! The second move: derivatives of index forms by the entries of a quantity, as Kronecker deltas.

use crate::expand::{Expander, Unexpandable, variable};
use crate::index::normal::normalize;
use crate::index::quantities::QuantityInfo;
use crate::index::{Base, Factor, Form, Index, QuantityId, Term};
use crate::shape::Shape;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// The derivative of every term by the entry of `by` at the indices `at`, other quantities held fixed.
///
/// Each base that mentions `by` gives the power rule's factor times one delta per index. Values of unknown
/// functions with `by` among their arguments give an entry of an opaque derivative.
pub fn by_entry(expander: &mut Expander<'_>, terms: &[Term], by: &Name, at: &[Index]) -> Vec<Term> {
    let mut derivative = Vec::new();
    for term in terms {
        for (position, factor) in term.factors.iter().enumerate() {
            let Base::Entry(quantity, indices) = &factor.base else { continue };
            let Some(inner) = base_derivative(expander, *quantity, indices, by, at) else { continue };
            let mut product = term.clone();
            product.coefficient *= num_rational::BigRational::from_integer(factor.exponent.into());
            let mut replaced = inner;
            if factor.exponent > 1 {
                let base = factor.base.clone();
                replaced.insert(0, Factor { base, exponent: factor.exponent - 1 });
            }
            product.factors.splice(position..=position, replaced);
            derivative.push(product);
        }
    }
    derivative
}

/// The factors of the derivative of one entry, `None` where it is zero.
fn base_derivative(
    expander: &mut Expander<'_>,
    quantity: QuantityId,
    indices: &[Index],
    by: &Name,
    at: &[Index],
) -> Option<Vec<Factor>> {
    let expr = expander.quantities.get(quantity).expr.clone();
    let once = |base: Base| Factor { base, exponent: 1 };
    match &expr.kind {
        ExprKind::Name(name) if name == by => Some(
            indices
                .iter()
                .zip(at)
                .map(|(own, other)| once(Base::Delta(own.clone(), other.clone())))
                .collect(),
        ),
        ExprKind::Call { arguments, .. } => {
            let mentions =
                arguments.iter().any(|argument| matches!(&argument.kind, ExprKind::Name(name) if name == by));
            mentions.then(|| vec![once(Base::Entry(unknown_derivative(expander, &expr, by), at.to_vec()))])
        }
        _ => None,
    }
}

/// The opaque derivative of an unknown function's value by one of its arguments, shaped like the argument.
///
/// It is written `dL/dY` where `L = loss(Y)` is a definition of the file, else `d(loss(Y))/d(Y)`.
pub fn unknown_derivative(expander: &mut Expander<'_>, call: &Expr, by: &Name) -> QuantityId {
    let problem = expander.problem;
    // An introduced name is none of the file's, above or below: then the derivative is written out.
    let introduced = |name: &Name| problem.introduced.contains(name);
    let defined = problem.quantities.values().find(|quantity| {
        quantity.definition.as_ref() == Some(call) && !introduced(&quantity.name) && !introduced(by)
    });
    let numerator = defined.map_or_else(|| call.clone(), |quantity| Expr::name(quantity.name.clone()));
    let shape = problem.quantities.get(by).map_or_else(Shape::scalar, |quantity| quantity.shape.clone());
    expander.quantities.intern(QuantityInfo {
        expr: Expr::derivative(numerator, Expr::name(by.clone())),
        axes: shape.axes(),
        shape: Some(shape),
        is_derivative: true,
    })
}

/// The form of a derivative that stands in an expression: the numerator with every definition inlined except
/// the one differentiated by and those held fixed, then differentiated. Axes of the numerator come first.
///
/// # Errors
/// [`Unexpandable`] for a denominator that is no name or entry of one.
pub fn of_expression(
    expander: &mut Expander<'_>,
    derivative: &Derivative,
    by: &Expr,
) -> Result<Form, Unexpandable> {
    let unsupported = || Unexpandable::Unsupported(by.clone());
    let (name, entry) = match &by.kind {
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

    let held = derivative.held.clone();
    let (by_name, letters) = (name.clone(), expander.letters.clone());
    let inlined = move |other: &str| *other != *by_name && !held.iter().any(|known| **known == *other);
    let mut inner = Expander {
        problem: expander.problem,
        quantities: expander.quantities,
        indices: expander.indices,
        letters,
        inlined: &inlined,
    };
    let form = inner.expand(&derivative.numerator)?;
    let (rows, columns) = inner.axes(&shape);
    let at: Vec<Index> = rows.iter().chain(&columns).cloned().collect();
    let terms = unknown_chain(&mut inner, &form.terms, name, &at)?;

    if let Some(indices) = entry {
        let mut letters = Vec::new();
        for index in indices {
            let ExprKind::Name(letter) = &index.kind else { return Err(unsupported()) };
            letters.push(expander.letters.get(letter).cloned().ok_or_else(unsupported)?);
        }
        if letters.len() != at.len() || letters.iter().zip(&at).any(|(a, b)| a.dim != b.dim) {
            return Err(unsupported());
        }
        let terms = Form { rows: at, columns: Vec::new(), terms }.with_free(&letters);
        return Ok(normalize(&Form { terms, ..form }));
    }
    Ok(normalize(&arrange(form, rows, columns, terms)))
}

/// The direct derivative, and through the arguments of unknown functions, which are never inlined: their
/// value depends on `by` also where an argument does.
fn unknown_chain(
    expander: &mut Expander<'_>,
    terms: &[Term],
    by: &Name,
    at: &[Index],
) -> Result<Vec<Term>, Unexpandable> {
    let mut all = by_entry(expander, terms, by, at);
    for term in terms {
        for (position, factor) in term.factors.iter().enumerate() {
            let Base::Entry(quantity, _) = &factor.base else { continue };
            let expr = expander.quantities.get(*quantity).expr.clone();
            let ExprKind::Call { arguments, .. } = &expr.kind else { continue };
            for argument in arguments {
                let ExprKind::Name(name) = &argument.kind else { continue };
                if name == by || !(expander.inlined)(name) {
                    continue;
                }
                let Some(known) = expander.problem.quantities.get(name) else { continue };
                let Some(definition) = &known.definition else { continue };
                let outer = unknown_derivative(expander, &expr, name);
                let inner = expander.expand(definition)?;
                let chained = unknown_chain(expander, &inner.terms, by, at)?;
                let summed = inner.free();
                for step in &chained {
                    let mut product = term.clone();
                    product.coefficient *= num_rational::BigRational::from_integer(factor.exponent.into());
                    if factor.exponent > 1 {
                        product.factors[position].exponent -= 1;
                    } else {
                        product.factors.remove(position);
                    }
                    product
                        .factors
                        .insert(0, Factor { base: Base::Entry(outer, summed.clone()), exponent: 1 });
                    let mut product = product.multiply(step, expander.indices);
                    product.bound.extend(summed.iter().cloned());
                    all.push(product.rename_bound(expander.indices));
                }
            }
        }
    }
    Ok(all)
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
