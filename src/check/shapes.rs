//! Shapes of expressions.

use num_traits::Zero;

use super::{Checker, index};
use crate::diagnostic::{self, Feature};
use crate::shape::Shape;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Property, Sign};
use crate::syntax::print;

/// What the left operand of a chain is: its shape, where it stands, and its last factor or term.
type Left<'a> = (&'a Shape, Span, &'a Expr);

impl Checker {
    /// The shape of an expression; `None` where an error was reported or follows from one.
    pub(super) fn shape(&mut self, expr: &Expr) -> Option<Shape> {
        match &expr.kind {
            ExprKind::Number(_) => Some(Shape::scalar()),
            ExprKind::Name(name) => self.name(name, expr.span),
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
            ExprKind::Index { base, indices } => self.entry(base, indices),
            ExprKind::BigSum { binders, body } => self.big_sum(binders, body),
            ExprKind::Power { base, exponent, entrywise } => self.power(base, exponent, *entrywise),
            ExprKind::Derivative(derivative) => self.derivative_shape(derivative, expr.span),
            // Pairs stand in places of indices only, which are read for themselves.
            ExprKind::Tuple(_) => {
                self.error(diagnostic::not_an_index(expr.span));
                None
            }
            ExprKind::Matrix(_) => self.unsupported(Feature::MatrixLiteral, expr.span),
            ExprKind::Contraction { .. } | ExprKind::Table(_) => None,
        }
    }

    pub(super) fn unsupported(&mut self, feature: Feature, span: Span) -> Option<Shape> {
        self.error(diagnostic::unsupported(feature, span));
        None
    }

    /// Letters hide parameters, and those everything of the file.
    fn name(&mut self, name: &Name, span: Span) -> Option<Shape> {
        if let Some(slot) = self.scope.letter(name) {
            let place = self.scope.slots[slot].name.span;
            self.error(diagnostic::index_as_number(name, span, place));
            return None;
        }
        if let Some(local) = &self.scope.local {
            match local.parameters.get(name) {
                Some(shape) => return Some(shape.clone().unwrap_or_else(Shape::scalar)),
                None if local.dimensions.contains(name) => return Some(Shape::scalar()),
                None => {}
            }
        } else {
            if let Some(quantity) = self.problem.quantities.get(name) {
                return Some(quantity.shape.clone());
            }
            if self.problem.dimensions.contains_key(name) {
                return Some(Shape::scalar());
            }
        }
        // The number, unless the file takes the name; inside an operation nothing of the file is seen.
        if &**name == "pi" && (self.scope.local.is_some() || !self.places.contains_key(name)) {
            return Some(Shape::scalar());
        }
        if self.is_function(name) {
            self.error(diagnostic::function_without_argument(name, span));
            return None;
        }
        match &self.scope.local {
            Some(local) => self.errors.push(diagnostic::unknown_in_operation(name, span, &local.name)),
            None => self.unknown_name(name, span),
        }
        None
    }

    fn product(
        &mut self,
        op: ProductOp,
        (left, left_span, last): Left<'_>,
        (right, factor): (&Shape, &Expr),
        whole: Span,
    ) -> Option<Shape> {
        let divisor_is_zero = matches!(op, ProductOp::Divide | ProductOp::HadamardDivide)
            && crate::expand::number(factor).is_some_and(|value| value.is_zero());
        if divisor_is_zero {
            self.error(diagnostic::division_by_zero(factor.span));
            return None;
        }
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
                let same = (left == right)
                    .then(|| print::expr(&Expr::product(last.clone(), ProductOp::Hadamard, factor.clone())));
                self.error(diagnostic::product_mismatch(
                    (left, left_span),
                    (right, factor.span),
                    mend.as_deref(),
                    same.as_deref(),
                ));
                None
            }
            ProductOp::Space => {
                let index_form =
                    !self.scope.letters.is_empty() || index::is_entry(last) || index::is_entry(factor);
                if index_form && left.is_scalar() && right.is_scalar() {
                    return Some(Shape::scalar());
                }
                self.error(diagnostic::space_outside_index_form(whole));
                None
            }
            ProductOp::Divide => {
                if !right.is_scalar() {
                    let written =
                        |op: ProductOp, factor: Expr| print::expr(&Expr::product(last.clone(), op, factor));
                    let entrywise = (left == right || left.is_scalar())
                        .then(|| written(ProductOp::HadamardDivide, factor.clone()));
                    let inverse = (right.rows == right.columns && left.columns == right.rows)
                        .then(|| written(ProductOp::Times, Expr::call("inv", vec![factor.clone()])));
                    let error = diagnostic::divisor_not_scalar(
                        right,
                        factor.span,
                        entrywise.as_deref(),
                        inverse.as_deref(),
                    );
                    self.error(error);
                    return None;
                }
                Some(left.clone())
            }
            ProductOp::Hadamard => self.entrywise(".*", (left, left_span, last), (right, factor)),
            ProductOp::HadamardDivide => self.entrywise("./", (left, left_span, last), (right, factor)),
        }
    }

    /// Equal shapes, or a scalar on one side, which acts on every entry.
    fn entrywise(
        &mut self,
        operator: &str,
        (left, left_span, last): Left<'_>,
        (right, factor): (&Shape, &Expr),
    ) -> Option<Shape> {
        if left == right || right.is_scalar() {
            return Some(left.clone());
        }
        if left.is_scalar() {
            return Some(right.clone());
        }
        let mend = fitting((left, last), (right, factor));
        let error =
            diagnostic::entrywise_mismatch(operator, (left, left_span), (right, factor.span), mend.as_ref());
        self.error(error);
        None
    }

    fn power(&mut self, base: &Expr, exponent: &Expr, entrywise: bool) -> Option<Shape> {
        let shape = self.shape(base);
        if !entrywise
            && let Some(shape) = shape.as_ref().filter(|shape| !shape.is_scalar())
            && shape.rows == shape.columns
            && self.is_whole(exponent)
        {
            return Some(shape.clone());
        }
        if let ExprKind::Name(name) = &exponent.kind
            && self.is_undeclared(name)
        {
            let matrix = !entrywise && shape.as_ref().is_some_and(|shape| !shape.is_scalar());
            let error = diagnostic::unknown_exponent(name, exponent.span, &print::expr(base), matrix);
            self.error(error);
            return None;
        }
        let by = self.shape(exponent);
        let (shape, by) = shape.zip(by)?;
        if entrywise {
            return self.entrywise(".^", (&shape, base.span, base), (&by, exponent));
        }
        if !by.is_scalar() {
            self.error(diagnostic::exponent_not_scalar(&by, exponent.span));
            return None;
        }
        if shape.is_scalar() {
            return Some(shape);
        }
        if shape.rows != shape.columns {
            self.error(diagnostic::power_wants_square(&shape, base.span, &print::expr(base)));
            return None;
        }
        let (by, of) = (Box::new(exponent.clone()), Box::new(base.clone()));
        let power: Expr = ExprKind::Power { base: of, exponent: by, entrywise }.into();
        self.error(diagnostic::exponent_not_whole(exponent.span, &print::expr(&power), &print::expr(base)));
        None
    }

    /// Whether an exponent is a whole number by what is declared: a sum of products of whole numbers, dimensions, scalars
    /// that are declared integers, and letters.
    fn is_whole(&self, exponent: &Expr) -> bool {
        match &exponent.kind {
            ExprKind::Number(number) => number.is_integer(),
            ExprKind::Name(name) => {
                self.scope.letter(name).is_some()
                    || self.is_dimension(name)
                    || self.scope.local.is_none()
                        && self.problem.quantities.get(name).is_some_and(|known| {
                            let integer = known.properties.contains(&Property::Integer);
                            let by_value =
                                known.definition.as_ref().is_some_and(|value| self.is_whole(value));
                            known.shape.is_scalar() && (integer || by_value)
                        })
            }
            ExprKind::Negate(inner) => self.is_whole(inner),
            ExprKind::Sum(terms) => terms.iter().all(|(_, term)| self.is_whole(term)),
            ExprKind::Product { first, rest } => {
                let times = |op: &ProductOp| matches!(op, ProductOp::Times | ProductOp::Space);
                self.is_whole(first) && rest.iter().all(|(op, factor)| times(op) && self.is_whole(factor))
            }
            // `X^(1/2)` is none, whatever the names mean.
            _ => crate::expand::number(exponent).is_some_and(|value| value.is_integer()),
        }
    }

    fn sum(&mut self, terms: &[(Sign, Expr)]) -> Option<Shape> {
        let mut frame: Option<(Shape, &Expr)> = None;
        let mut fits = true;
        for (_, term) in terms {
            let Some(shape) = self.shape(term) else {
                fits = false;
                continue;
            };
            match &frame {
                None => frame = Some((shape, term)),
                // A scalar acts on every entry of the others.
                Some((known, _)) if known.is_scalar() && !shape.is_scalar() => frame = Some((shape, term)),
                Some((known, _)) if *known == shape || shape.is_scalar() => {}
                Some((known, first)) => {
                    let mend = fitting((known, first), (&shape, term));
                    let error =
                        diagnostic::sum_mismatch((known, first.span), (&shape, term.span), mend.as_ref());
                    self.error(error);
                    fits = false;
                }
            }
        }
        frame.filter(|_| fits).map(|(shape, _)| shape)
    }
}

fn fitting(left: (&Shape, &Expr), right: (&Shape, &Expr)) -> Option<diagnostic::Mend> {
    let broadcast = |matrix: &Shape, (vector, expr): (&Shape, &Expr)| -> Option<diagnostic::Mend> {
        if !vector.is_vector() || matrix.is_vector() {
            return None;
        }
        let ones = |dim: &crate::shape::Dim| Expr::call("ones", vec![dim.to_expr()]);
        let product = |left: Expr, right: Expr| Expr::product(left, ProductOp::Times, right);
        let over_rows = |row: Expr| product(ones(&matrix.rows), row);
        let over_columns = |column: Expr| product(column, Expr::transpose(ones(&matrix.columns)));
        let mended = if vector.rows.is_one() && vector.columns == matrix.columns {
            over_rows(expr.clone())
        } else if vector.rows.is_one() && vector.columns == matrix.rows {
            over_columns(flipped(expr))
        } else if vector.columns.is_one() && vector.rows == matrix.rows {
            over_columns(expr.clone())
        } else if vector.columns.is_one() && vector.rows == matrix.columns {
            over_rows(flipped(expr))
        } else {
            return None;
        };
        Some(diagnostic::Mend::Broadcast(print::expr(&mended)))
    };
    if left.0.transpose() == *right.0 {
        return Some(diagnostic::Mend::Transpose(print::expr(&flipped(right.1))));
    }
    broadcast(left.0, right).or_else(|| broadcast(right.0, left))
}

/// The transpose, without a second prime.
pub(super) fn flipped(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Transpose(inner) => (**inner).clone(),
        _ => Expr::transpose(expr.clone()),
    }
}

/// A transpose of one of the two factors that makes the product fit, where only one does.
fn mend(left: &Shape, last: &Expr, right: &Shape, factor: &Expr) -> Option<String> {
    let right_fits = left.columns == right.columns;
    let left_fits = left.rows == right.rows;
    match (left_fits, right_fits) {
        (false, true) => Some(print::expr(&flipped(factor))),
        (true, false) => Some(print::expr(&flipped(last))),
        _ => None,
    }
}
