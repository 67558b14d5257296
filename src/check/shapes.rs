//! Shapes of expressions.

use super::{Checker, FUNCTIONS};
use crate::diagnostic::{self, Feature};
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, ProductOp, Sign};
use crate::syntax::print;

impl Checker {
    /// The shape of an expression; `None` where an error was reported or follows from one.
    pub(super) fn shape(&mut self, expr: &Expr) -> Option<Shape> {
        {
            let (mut q, mut i) = (crate::index::Quantities::default(), crate::index::Indices::default());
            let mut e = crate::expand::Expander { problem: &self.problem, catalogue: crate::rule::Catalogue::shipped(), quantities: &mut q, indices: &mut i, scope: Default::default(), inlined: &|_| false, multiplied_out: false, chain: crate::differentiate::Chain::Inlined };
            if let Ok(form) = e.expand(expr) {
                let dim = |axis: &[crate::index::Index]| axis.first().map_or_else(Dim::one, |index| index.dim.clone());
                return Some(Shape::new(dim(&form.rows), dim(&form.columns)));
            }
        }
        match &expr.kind {
            ExprKind::Number(_) => Some(Shape::scalar()),
            ExprKind::Name(name) => {
                if let Some(quantity) = self.problem.quantities.get(name) {
                    return Some(quantity.shape.clone());
                }
                if self.problem.dimensions.contains_key(name) {
                    return Some(Shape::scalar());
                }
                if self.problem.is_unknown_function(name) {
                    self.error(diagnostic::function_without_argument(name, expr.span));
                    return None;
                }
                self.unknown_name(name, expr.span);
                None
            }
            ExprKind::Transpose(inner) => self.shape(inner).map(|shape| shape.transpose()),
            ExprKind::Negate(inner) => self.shape(inner),
            ExprKind::Product { first, rest } => {
                let mut product = self.shape(first);
                let mut left = first.span;
                let mut last: &Expr = first;
                for (op, factor) in rest {
                    let shape = self.shape(factor);
                    product = match product.zip(shape) {
                        Some((a, b)) => self.product(*op, (&a, left, last), (&b, factor), expr.span),
                        None => None,
                    };
                    left = left.to(factor.span);
                    last = factor;
                }
                product
            }
            ExprKind::Sum(terms) => self.sum(terms),
            ExprKind::Call { function, primes, arguments } => {
                self.call(function, *primes, arguments, expr.span)
            }
            ExprKind::Derivative(_) => self.unsupported(Feature::DerivativeInExpression, expr.span),
            ExprKind::Index { .. } | ExprKind::BigSum { .. } => {
                self.unsupported(Feature::IndexForm, expr.span)
            }
            ExprKind::Power { .. } => self.unsupported(Feature::Power, expr.span),
            ExprKind::Matrix(_) => self.unsupported(Feature::MatrixLiteral, expr.span),
            ExprKind::Contraction { .. } | ExprKind::Table(_) => None,
        }
    }

    fn unsupported(&mut self, feature: Feature, span: Span) -> Option<Shape> {
        self.error(diagnostic::unsupported(feature, span));
        None
    }

    fn product(
        &mut self,
        op: ProductOp,
        (left, left_span, last): (&Shape, Span, &Expr),
        (right, factor): (&Shape, &Expr),
        whole: Span,
    ) -> Option<Shape> {
        match op {
            ProductOp::Times => {
                if left.is_scalar() {
                    return Some(right.clone());
                }
                if right.is_scalar() {
                    return Some(left.clone());
                }
                if left.columns == right.rows {
                    return Some(Shape::new(left.rows.clone(), right.columns.clone()));
                }
                let mend = mend(left, last, right, factor);
                self.error(diagnostic::product_mismatch(
                    (left, left_span),
                    (right, factor.span),
                    mend.as_deref(),
                ));
                None
            }
            ProductOp::Space => {
                self.error(diagnostic::space_outside_index_form(whole));
                None
            }
            ProductOp::Divide => {
                if !right.is_scalar() {
                    self.error(diagnostic::divisor_not_scalar(right, factor.span));
                    return None;
                }
                match crate::expand::number(factor) {
                    Some(value) if value == num_rational::BigRational::from_integer(0.into()) => {
                        self.error(diagnostic::division_by_zero(factor.span));
                        None
                    }
                    Some(_) => Some(left.clone()),
                    None => self.unsupported(Feature::Division, factor.span),
                }
            }
            ProductOp::Hadamard => self.unsupported(Feature::Hadamard, whole),
            ProductOp::HadamardDivide => self.unsupported(Feature::HadamardDivide, whole),
        }
    }

    fn sum(&mut self, terms: &[(Sign, Expr)]) -> Option<Shape> {
        let mut frame: Option<(Shape, Span)> = None;
        let mut fits = true;
        for (_, term) in terms {
            let Some(shape) = self.shape(term) else {
                fits = false;
                continue;
            };
            match &frame {
                None => frame = Some((shape, term.span)),
                // A scalar acts on every entry of the others.
                Some((known, _)) if known.is_scalar() && !shape.is_scalar() => {
                    frame = Some((shape, term.span));
                }
                Some((known, _)) if *known == shape || shape.is_scalar() => {}
                Some((known, place)) => {
                    let mend =
                        (known.transpose() == shape).then(|| print::expr(&Expr::transpose(term.clone())));
                    let error =
                        diagnostic::sum_mismatch((known, *place), (&shape, term.span), mend.as_deref());
                    self.error(error);
                    fits = false;
                }
            }
        }
        frame.filter(|_| fits).map(|(shape, _)| shape)
    }

    fn call(&mut self, function: &Ident, primes: usize, arguments: &[Expr], span: Span) -> Option<Shape> {
        if primes > 0 {
            return self.unsupported(Feature::DerivativeFunction, span);
        }
        if self.problem.is_unknown_function(&function.name) {
            if arguments.is_empty() {
                self.error(diagnostic::wrong_arity(&function.name, span, "at least one argument"));
                return None;
            }
            let shapes: Vec<_> = arguments.iter().map(|argument| self.shape(argument)).collect();
            return shapes.into_iter().all(|shape| shape.is_some()).then(Shape::scalar);
        }
        if !FUNCTIONS.contains(&&*function.name) || &*function.name == "delta" {
            if &*function.name == "delta" {
                return self.unsupported(Feature::IndexForm, span);
            }
            self.unknown_function(function);
            return None;
        }
        match (&*function.name, arguments) {
            ("ones" | "zeros", [rows]) => Some(Shape::new(self.dim(rows)?, Dim::one())),
            ("ones" | "zeros", [rows, columns]) => Some(Shape::new(self.dim(rows)?, self.dim(columns)?)),
            ("eye", [size]) => {
                let dim = self.dim(size)?;
                Some(Shape::new(dim.clone(), dim))
            }
            ("sum", [argument]) => self.shape(argument).map(|_| Shape::scalar()),
            ("tr" | "diagvec", [argument]) => {
                let shape = self.shape(argument)?;
                if shape.rows != shape.columns {
                    self.error(diagnostic::wants_square(&function.name, &shape, argument.span));
                    return None;
                }
                Some(if &*function.name == "tr" {
                    Shape::scalar()
                } else {
                    Shape::new(shape.rows, Dim::one())
                })
            }
            ("diag", [argument]) => {
                let shape = self.shape(argument)?;
                if !shape.is_vector() {
                    self.error(diagnostic::wants_vector(&function.name, &shape, argument.span));
                    return None;
                }
                let dim = shape.axes().pop()?;
                Some(Shape::new(dim.clone(), dim))
            }
            (name, _) => {
                let expected =
                    if matches!(name, "ones" | "zeros") { "one or two arguments" } else { "one argument" };
                self.error(diagnostic::wrong_arity(&function.name, span, expected));
                None
            }
        }
    }
}

/// A transpose of one of the two factors that makes the product fit, where only one does.
fn mend(left: &Shape, last: &Expr, right: &Shape, factor: &Expr) -> Option<String> {
    let right_fits = left.columns == right.columns;
    let left_fits = left.rows == right.rows;
    let flipped = |expr: &Expr| match &expr.kind {
        ExprKind::Transpose(inner) => (**inner).clone(),
        _ => Expr::transpose(expr.clone()),
    };
    match (left_fits, right_fits) {
        (false, true) => Some(print::expr(&flipped(factor))),
        (true, false) => Some(print::expr(&flipped(last))),
        _ => None,
    }
}
