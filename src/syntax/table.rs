//! The cells of a [`Table`], made one at a time from its general term.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::ast::{Binder, Derivative, Expr, ExprKind, Name, ProductOp, Sign, Table};

impl Table {
    /// The cell at a row and a column, both counted from 1: the letters become numbers, sums are written out
    /// over the sizes, deltas of numbers are decided and what is multiplied by 0 vanishes.
    pub fn cell(&self, row: usize, column: usize) -> Expr {
        let letters = vec![(self.row.clone(), row), (self.column.clone(), column)];
        Cell { sizes: &self.sizes, letters }.expr(&self.body)
    }
}

struct Cell<'a> {
    sizes: &'a [(Name, usize)],
    /// Innermost last: a bound letter hides an outer one.
    letters: Vec<(Name, usize)>,
}

impl Cell<'_> {
    fn value(&self, name: &str) -> Option<usize> {
        self.letters.iter().rev().find(|(letter, _)| &**letter == name).map(|(_, value)| *value)
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &Expr) -> Expr {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Table(_) => expr.clone(),
            ExprKind::Name(name) => self.value(name).map_or_else(|| expr.clone(), Expr::natural),
            ExprKind::Index { base, indices } => {
                let indices = self.exprs(indices).into_iter().map(folded).collect();
                Expr::index(self.expr(base), indices)
            }
            ExprKind::Transpose(inner) => Expr::transpose(self.expr(inner)),
            ExprKind::Power { base, exponent, entrywise } => ExprKind::Power {
                base: Box::new(self.expr(base)),
                exponent: Box::new(self.expr(exponent)),
                entrywise: *entrywise,
            }
            .into(),
            ExprKind::Negate(inner) => negated(self.expr(inner)),
            ExprKind::Product { first, rest } => self.product(first, rest),
            ExprKind::Sum(terms) => {
                let terms: Vec<Expr> = terms
                    .iter()
                    .map(|(sign, term)| match sign {
                        Sign::Plus => self.expr(term),
                        Sign::Minus => negated(self.expr(term)),
                    })
                    .collect();
                summed(terms)
            }
            ExprKind::BigSum { binders, body } => self.big_sum(binders, body),
            ExprKind::Call { function, primes, arguments } => {
                let arguments = self.exprs(arguments);
                if &*function.name == "delta"
                    && let [left, right] = &arguments[..]
                    && let (Some(left), Some(right)) = (natural(left), natural(right))
                {
                    return Expr::natural(usize::from(left == right));
                }
                ExprKind::Call { function: function.clone(), primes: *primes, arguments }.into()
            }
            ExprKind::Tuple(parts) => ExprKind::Tuple(self.exprs(parts)).into(),
            ExprKind::Matrix(rows) => {
                ExprKind::Matrix(rows.iter().map(|row| self.exprs(row)).collect()).into()
            }
            ExprKind::Derivative(derivative) => ExprKind::Derivative(Box::new(Derivative {
                numerator: self.expr(&derivative.numerator),
                by: derivative.by.iter().map(|(by, order)| (self.expr(by), *order)).collect(),
                held: derivative.held.clone(),
            }))
            .into(),
            ExprKind::Contraction { left, right } => {
                ExprKind::Contraction { left: Box::new(self.expr(left)), right: Box::new(self.expr(right)) }
                    .into()
            }
        }
    }

    fn product(&mut self, first: &Expr, rest: &[(ProductOp, Expr)]) -> Expr {
        let mut product = self.expr(first);
        for (op, factor) in rest {
            let factor = self.expr(factor);
            let divides = matches!(op, ProductOp::Divide | ProductOp::HadamardDivide);
            if is(&product, 0) || (!divides && is(&factor, 0)) {
                return Expr::natural(0);
            }
            product = match factor.kind {
                _ if is(&factor, 1) => product,
                _ if !divides && is(&product, 1) => factor,
                ExprKind::Product { first, rest } if !divides => {
                    rest.into_iter().fold(Expr::product(product, *op, *first), |left, (op, right)| {
                        Expr::product(left, op, right)
                    })
                }
                kind => Expr::product(product, *op, kind.into()),
            };
        }
        product
    }

    /// The sum written out; as it stands where the range has no known size.
    fn big_sum(&mut self, binders: &[Binder], body: &Expr) -> Expr {
        let Some((binder, inner)) = binders.split_first() else { return self.expr(body) };
        match binder.range.as_ref().and_then(|range| self.dimension(range)) {
            Some(size) => {
                let mut terms = Vec::new();
                for value in 1..=size {
                    self.letters.push((binder.name.name.clone(), value));
                    terms.push(self.big_sum(inner, body));
                    self.letters.pop();
                }
                summed(terms)
            }
            None => {
                let bound = |name: &Name| binders.iter().any(|binder| binder.name.name == *name);
                let letters = self.letters.iter().filter(|(name, _)| !bound(name)).cloned().collect();
                let body = Cell { sizes: self.sizes, letters }.expr(body);
                ExprKind::BigSum { binders: binders.to_vec(), body: Box::new(body) }.into()
            }
        }
    }

    fn dimension(&self, range: &Expr) -> Option<usize> {
        let number = arithmetic(range, &|name| {
            self.sizes
                .iter()
                .find(|(known, _)| &**known == name)
                .and_then(|(_, size)| i64::try_from(*size).ok())
        })?;
        usize::try_from(number).ok()
    }
}

/// Sums, differences and products of whole numbers.
fn arithmetic(expr: &Expr, size: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    match &expr.kind {
        ExprKind::Number(number) if number.is_integer() => number.to_integer().to_i64(),
        ExprKind::Name(name) => size(name),
        ExprKind::Negate(inner) => arithmetic(inner, size)?.checked_neg(),
        ExprKind::Sum(terms) => terms.iter().try_fold(0i64, |total, (sign, term)| {
            let term = arithmetic(term, size)?;
            match sign {
                Sign::Plus => total.checked_add(term),
                Sign::Minus => total.checked_sub(term),
            }
        }),
        ExprKind::Product { first, rest } => {
            rest.iter().try_fold(arithmetic(first, size)?, |total, (op, factor)| match op {
                ProductOp::Times | ProductOp::Space => total.checked_mul(arithmetic(factor, size)?),
                _ => None,
            })
        }
        _ => None,
    }
}

/// An index with an offset, as the number it comes to.
fn folded(index: Expr) -> Expr {
    match arithmetic(&index, &|_| None).and_then(|value| usize::try_from(value).ok()) {
        Some(value) => Expr::natural(value),
        None => index,
    }
}

fn natural(expr: &Expr) -> Option<i64> {
    arithmetic(expr, &|_| None)
}

fn is(expr: &Expr, value: usize) -> bool {
    match &expr.kind {
        ExprKind::Number(number) if value == 0 => number.is_zero(),
        ExprKind::Number(number) => value == 1 && number.is_one() && number.is_positive(),
        _ => false,
    }
}

fn negated(expr: Expr) -> Expr {
    match expr.kind {
        ExprKind::Negate(inner) => *inner,
        ExprKind::Sum(terms) => summed(
            terms
                .into_iter()
                .map(|(sign, term)| match sign {
                    Sign::Plus => negated(term),
                    Sign::Minus => term,
                })
                .collect(),
        ),
        kind if is(&kind.clone().into(), 0) => kind.into(),
        kind => Expr::negate(kind.into()),
    }
}

/// The sum of the terms without zeros, sums within it opened.
fn summed(terms: Vec<Expr>) -> Expr {
    let mut flat = Vec::new();
    for term in terms {
        match term.kind {
            ExprKind::Sum(inner) => flat.extend(inner.into_iter().map(|(sign, term)| match sign {
                Sign::Plus => term,
                Sign::Minus => negated(term),
            })),
            kind => flat.push(Expr::from(kind)),
        }
    }
    flat.retain(|term| !is(term, 0));
    Expr::sum(flat)
}
