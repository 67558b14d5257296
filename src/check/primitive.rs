//! Primitives: operations of one square matrix that are given by the derivative of their entry.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Checker;
use super::scope::{Local, Scope};
use crate::diagnostic;
use crate::problem::{Body, Operation, OperationParameter};
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Binder, Expr, ExprKind, Ident, Name, Notation, ProductOp};

/// The left side of `d(inv(A)[i,j])/d(A[k,l]) = …`.
pub(super) struct Stated<'a> {
    pub name: &'a Ident,
    parameter: &'a Name,
    /// Letters of the result's entry: none for a scalar.
    result: Vec<&'a Expr>,
    /// Letters of the parameter's entry.
    entry: [&'a Expr; 2],
}

/// Reads the left side; `None` where it is no derivative of an entry of a call by an entry of its argument.
pub(super) fn stated(derivative: &Expr) -> Option<Stated<'_>> {
    let ExprKind::Derivative(derivative) = &derivative.kind else { return None };
    let (call, result) = match &derivative.numerator.kind {
        ExprKind::Index { base, indices } if indices.len() == 2 => (&**base, indices.iter().collect()),
        _ => (&derivative.numerator, Vec::new()),
    };
    let ExprKind::Call { function: name, primes: 0, arguments } = &call.kind else { return None };
    let [Expr { kind: ExprKind::Name(parameter), .. }] = arguments.as_slice() else { return None };
    let [(Expr { kind: ExprKind::Index { base, indices }, .. }, 1)] = derivative.by.as_slice() else {
        return None;
    };
    let (ExprKind::Name(by), [row, column]) = (&base.kind, indices.as_slice()) else { return None };
    (by == parameter).then_some(Stated { name, parameter, result, entry: [row, column] })
}

/// The left and the right side of `d(expm(t*A)[i,j])/d(t) = sum(k) A[i,k] expm(t*A)[k,j]`: the name, the matrix and the
/// letters of the entry.
fn exponential<'a>(
    derivative: &'a Expr,
    value: Option<&Expr>,
) -> Option<(&'a Ident, &'a Name, [&'a Expr; 2])> {
    let ExprKind::Derivative(derivative) = &derivative.kind else { return None };
    let ([(by, 1)], ExprKind::Index { base, indices }) =
        (derivative.by.as_slice(), &derivative.numerator.kind)
    else {
        return None;
    };
    let ([row, column], ExprKind::Call { function, primes: 0, arguments }) = (indices.as_slice(), &base.kind)
    else {
        return None;
    };
    let [Expr { kind: ExprKind::Product { first, rest }, .. }] = arguments.as_slice() else { return None };
    let ([(ProductOp::Times, Expr { kind: ExprKind::Name(matrix), .. })], true) =
        (rest.as_slice(), first.as_ref() == by && matches!(by.kind, ExprKind::Name(_)))
    else {
        return None;
    };
    if let Some(value) = value {
        let ExprKind::BigSum { binders, body } = &value.kind else { return None };
        let [binder] = binders.as_slice() else { return None };
        let inner = Expr::name(binder.name.name.clone());
        let entry =
            |base: Expr, row: &Expr, column: &Expr| Expr::index(base, vec![row.clone(), column.clone()]);
        let left = entry(Expr::name(matrix.clone()), row, &inner);
        let right = entry((**base).clone(), &inner, column);
        (**body == Expr::product(left, ProductOp::Space, right)).then_some(())?;
    }
    Some((function, matrix, [row, column]))
}

/// The name of the primitive that is stated.
pub(super) fn name_of(derivative: &Expr) -> Option<&Ident> {
    stated(derivative)
        .map(|stated| stated.name)
        .or_else(|| exponential(derivative, None).map(|(name, ..)| name))
}

impl Checker {
    /// The exponential of a matrix.
    fn flow(
        &mut self,
        (name, matrix, letters): (&Ident, &Name, [&Expr; 2]),
        value: &Expr,
        notation: &Notation,
        span: Span,
    ) {
        if self.broken.contains(&name.name) || self.place_of(&name.name) != name.span {
            return;
        }
        let letters: Option<Vec<Ident>> = letters.into_iter().map(letter).collect();
        let Some([row, column]) = letters.as_deref() else {
            return self.error(diagnostic::no_primitive(span));
        };
        let side: Name = if &**matrix == "n" { "m".into() } else { "n".into() };
        let dim = Dim::name(side.clone());
        self.problem.operations.push(Arc::new(Operation {
            name: name.name.clone(),
            parameters: vec![OperationParameter {
                name: matrix.clone(),
                shape: Some(Shape::new(dim.clone(), dim.clone())),
            }],
            dimensions: vec![side],
            indices: [row, column].map(|letter| vec![(letter.name.clone(), dim.clone())]).to_vec(),
            equalities: Vec::new(),
            body: Body::Exponential(ranged(value, &dim)),
            condition: None,
            notation: notation.clone(),
            span: name.span,
        }));
    }

    pub(super) fn primitive(&mut self, derivative: &Expr, value: &Expr, notation: &Notation, span: Span) {
        if let Some(found) = exponential(derivative, Some(value)) {
            return self.flow(found, value, notation, span);
        }
        let Some(stated) = stated(derivative) else {
            return self.error(diagnostic::no_primitive(span));
        };
        let name = &stated.name.name;
        if self.broken.contains(name) || self.place_of(name) != stated.name.span {
            return;
        }
        if &**name == "delta" {
            self.error(diagnostic::reserved("delta", stated.name.span));
            return self.broken.push(name.clone());
        }
        let letters: Option<Vec<Ident>> =
            stated.result.iter().chain(&stated.entry).map(|one| letter(one)).collect();
        let Some(letters) = letters else {
            return self.error(diagnostic::no_primitive(span));
        };
        self.distinct(letters.iter());
        // The matrix is square: its one dimension has a name that stands nowhere in the statement.
        let names = letters.iter().map(|letter| &letter.name).chain([stated.parameter]);
        let used: Vec<&Name> = names.collect();
        let dimension =
            ["n", "m", "k", "p", "q", "r"].map(Name::from).into_iter().find(|one| !used.contains(&one));
        let Some(dimension) = dimension else { return self.error(diagnostic::no_primitive(span)) };
        let side = Dim::name(dimension.clone());
        let shape = Shape::new(side.clone(), side.clone());
        let (result, entry) = letters.split_at(stated.result.len());
        let (Some(row), Some(column)) = (entry.first(), entry.get(1)) else { return };
        let operation = |value: Expr| Operation {
            name: name.clone(),
            parameters: vec![OperationParameter {
                name: stated.parameter.clone(),
                shape: Some(shape.clone()),
            }],
            dimensions: vec![dimension.clone()],
            indices: result.iter().map(|letter| vec![(letter.name.clone(), side.clone())]).collect(),
            equalities: Vec::new(),
            body: Body::Derivative { row: row.name.clone(), column: column.name.clone(), value },
            condition: None,
            notation: notation.clone(),
            span: stated.name.span,
        };
        // The derivative may name the primitive itself.
        self.problem.operations.push(Arc::new(operation(value.clone())));
        let errors = self.errors.len();
        let value = self.entry_derivative(&stated, &letters, &dimension, value);
        self.scope = Scope::default();
        self.problem.operations.pop();
        match value {
            Some(value) if self.errors.len() == errors => {
                self.problem.operations.push(Arc::new(operation(value)));
            }
            _ => self.broken.push(name.clone()),
        }
    }

    fn entry_derivative(
        &mut self,
        stated: &Stated<'_>,
        letters: &[Ident],
        dimension: &Name,
        value: &Expr,
    ) -> Option<Expr> {
        let side = Dim::name(dimension.clone());
        let shape = Shape::new(side.clone(), side.clone());
        let local = Local {
            name: stated.name.name.clone(),
            parameters: IndexMap::from([(stated.parameter.clone(), Some(shape))]),
            dimensions: vec![dimension.clone()],
            scalar: false,
        };
        self.scope = Scope::of(local);
        for letter in letters {
            self.bind(&Binder { name: letter.clone(), range: Some(Expr::name(dimension.clone())) })?;
        }
        let (value, shape, _) = self.elaborate_with(value)?;
        if !shape.is_scalar() {
            let name = stated.name;
            self.error(diagnostic::entry_not_scalar(
                &name.name,
                &shape,
                value.span,
                name.span,
                stated.result.len(),
            ));
            return None;
        }
        Some(value)
    }
}

/// A sum with its range stated.
fn ranged(sum: &Expr, dim: &Dim) -> Expr {
    let mut sum = sum.clone();
    if let ExprKind::BigSum { binders, .. } = &mut sum.kind {
        binders.iter_mut().for_each(|binder| binder.range = Some(dim.to_expr()));
    }
    sum
}

fn letter(expr: &Expr) -> Option<Ident> {
    match &expr.kind {
        ExprKind::Name(name) => Some(Ident { name: name.clone(), span: expr.span }),
        _ => None,
    }
}
