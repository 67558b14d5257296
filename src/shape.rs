//! Dimensions and shapes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

/// A dimension: a polynomial with integer coefficients over dimension names, in normal form.
///
/// Equality is equality of polynomials: `n - k + 1` equals `1 + n - k`; differently named dimensions are
/// never equated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dim {
    /// Monomial (sorted names, repeated for powers) to its nonzero coefficient.
    /// Shared: every index carries its dimension.
    terms: Arc<BTreeMap<Vec<Name>, i64>>,
}

/// Rows and columns. A column vector has columns 1, a scalar both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    pub rows: Dim,
    pub columns: Dim,
}

impl Dim {
    pub fn number(value: i64) -> Dim {
        let terms = if value == 0 { BTreeMap::new() } else { BTreeMap::from([(Vec::new(), value)]) };
        Dim { terms: Arc::new(terms) }
    }

    pub fn name(name: Name) -> Dim {
        Dim { terms: Arc::new(BTreeMap::from([(vec![name], 1)])) }
    }

    pub fn one() -> Dim {
        static ONE: LazyLock<Dim> = LazyLock::new(|| Dim::number(1));
        ONE.clone()
    }

    /// Literally 1: such an axis carries no index.
    pub fn is_one(&self) -> bool {
        self.as_number() == Some(1)
    }

    /// The number, if no name occurs.
    pub fn as_number(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// The name, if it is just that.
    pub fn as_name(&self) -> Option<&Name> {
        match self.terms.iter().next() {
            Some((monomial, 1)) if self.terms.len() == 1 && monomial.len() == 1 => monomial.first(),
            _ => None,
        }
    }

    /// `None` on overflow.
    pub fn add(&self, other: &Dim, sign: i64) -> Option<Dim> {
        let mut terms = BTreeMap::clone(&self.terms);
        for (monomial, coefficient) in other.terms.iter() {
            let entry = terms.entry(monomial.clone()).or_insert(0);
            *entry = entry.checked_add(coefficient.checked_mul(sign)?)?;
        }
        terms.retain(|_, coefficient| *coefficient != 0);
        Some(Dim { terms: Arc::new(terms) })
    }

    /// `None` on overflow.
    pub fn multiply(&self, other: &Dim) -> Option<Dim> {
        let mut terms: BTreeMap<Vec<Name>, i64> = BTreeMap::new();
        for (left, a) in self.terms.iter() {
            for (right, b) in other.terms.iter() {
                let mut monomial: Vec<Name> = left.iter().chain(right).cloned().collect();
                monomial.sort();
                let entry = terms.entry(monomial).or_insert(0);
                *entry = entry.checked_add(a.checked_mul(*b)?)?;
            }
        }
        terms.retain(|_, coefficient| *coefficient != 0);
        Some(Dim { terms: Arc::new(terms) })
    }

    /// The dimension that gives this one times `by`; `None` where there is none, or on overflow.
    pub fn divide(&self, by: &Dim) -> Option<Dim> {
        /// Longer quotients are not looked for.
        const MOST_TERMS: usize = 64;
        let leading = |dim: &Dim| dim.monomials().into_iter().next();
        let (divisor, divided) = leading(by)?;
        let (mut rest, mut quotient) = (self.clone(), Dim::number(0));
        for _ in 0..MOST_TERMS {
            let Some((mut names, coefficient)) = leading(&rest) else { return Some(quotient) };
            for name in &divisor {
                names.remove(names.iter().position(|known| known == name)?);
            }
            if coefficient % divided != 0 {
                return None;
            }
            let term = Dim { terms: Arc::new(BTreeMap::from([(names, coefficient / divided)])) };
            rest = rest.add(&term.multiply(by)?, -1)?;
            quotient = quotient.add(&term, 1)?;
        }
        None
    }

    /// Every name replaced by what `value` gives, names without one kept; `None` on overflow.
    pub fn replace(&self, value: &impl Fn(&str) -> Option<Dim>) -> Option<Dim> {
        let mut total = Dim::number(0);
        for (monomial, coefficient) in self.terms.iter() {
            let mut product = Dim::number(*coefficient);
            for name in monomial {
                product = product.multiply(&value(name).unwrap_or_else(|| Dim::name(name.clone())))?;
            }
            total = total.add(&product, 1)?;
        }
        Some(total)
    }

    /// Monomials with their coefficients as they are written: higher degree first, positive ones first (a
    /// leading minus is rare that way), then by name.
    pub fn monomials(&self) -> Vec<(Vec<Name>, i64)> {
        let mut terms: Vec<_> =
            self.terms.iter().map(|(names, coefficient)| (names.clone(), *coefficient)).collect();
        terms.sort_by_key(|(names, coefficient)| {
            (std::cmp::Reverse(names.len()), *coefficient < 0, names.clone())
        });
        terms
    }

    /// The names in it, each once, sorted.
    pub fn names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = self.terms.keys().flatten().cloned().collect();
        names.sort();
        names.dedup();
        names
    }

    /// The dimension with every name replaced; `None` if a name has no replacement, or on overflow.
    pub fn substitute(&self, replacement: impl Fn(&Name) -> Option<Dim>) -> Option<Dim> {
        self.terms.iter().try_fold(Dim::number(0), |sum, (monomial, coefficient)| {
            let product = monomial
                .iter()
                .try_fold(Dim::number(*coefficient), |product, name| product.multiply(&replacement(name)?))?;
            sum.add(&product, 1)
        })
    }

    /// Certainly not negative: names are positive integers, and with each of them one more than a number that is
    /// not negative, no coefficient is negative. False says nothing.
    pub fn is_never_negative(&self) -> bool {
        // A product of many names has exponentially many terms then.
        if self.terms.keys().any(|monomial| monomial.len() > 8) {
            return false;
        }
        let above_one = |name: &Name| Dim::one().add(&Dim::name(name.clone()), 1);
        self.substitute(above_one).is_some_and(|dim| dim.terms.values().all(|coefficient| *coefficient >= 0))
    }

    /// Its value at given sizes; `None` if a name has no size or the result is no positive number.
    pub fn value(&self, size: impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let mut total: i64 = 0;
        for (monomial, coefficient) in self.terms.iter() {
            let mut product = *coefficient;
            for name in monomial {
                product = product.checked_mul(i64::try_from(size(name)?).ok()?)?;
            }
            total = total.checked_add(product)?;
        }
        usize::try_from(total).ok().filter(|value| *value > 0)
    }
}

impl fmt::Display for Dim {
    /// In the input language; names first, then numbers: `n - k + 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let monomials = self.monomials();
        if monomials.is_empty() {
            return f.write_str("0");
        }
        for (position, (monomial, coefficient)) in monomials.into_iter().enumerate() {
            let magnitude = coefficient.unsigned_abs();
            match (position, coefficient < 0) {
                (0, true) => f.write_str("-")?,
                (0, false) => {}
                (_, true) => f.write_str(" - ")?,
                (_, false) => f.write_str(" + ")?,
            }
            let mut parts: Vec<String> = monomial.iter().map(|name| name.to_string()).collect();
            if magnitude != 1 || parts.is_empty() {
                parts.insert(0, magnitude.to_string());
            }
            f.write_str(&parts.join("*"))?;
        }
        Ok(())
    }
}

impl Shape {
    pub fn new(rows: Dim, columns: Dim) -> Shape {
        Shape { rows, columns }
    }

    pub fn scalar() -> Shape {
        Shape::new(Dim::one(), Dim::one())
    }

    pub fn is_scalar(&self) -> bool {
        self.rows.is_one() && self.columns.is_one()
    }

    /// A row or a column, scalars not included.
    pub fn is_vector(&self) -> bool {
        self.rows.is_one() != self.columns.is_one()
    }

    pub fn transpose(&self) -> Shape {
        Shape::new(self.columns.clone(), self.rows.clone())
    }

    /// The axes that carry an index, in order.
    pub fn axes(&self) -> Vec<Dim> {
        [&self.rows, &self.columns].into_iter().filter(|dim| !dim.is_one()).cloned().collect()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_scalar() {
            f.write_str("scalar (1 x 1)")
        } else {
            let bracketed = |dim: &Dim| match dim.terms.len() {
                0 | 1 => dim.to_string(),
                _ => format!("({dim})"),
            };
            write!(f, "{} x {}", bracketed(&self.rows), bracketed(&self.columns))
        }
    }
}

/// The dimension that an expression of names and natural numbers under `+ - *` means; `None` for any other
/// expression or on overflow.
pub fn dimension(expr: &Expr) -> Option<Dim> {
    match &expr.kind {
        ExprKind::Number(value) if value.is_integer() => {
            Some(Dim::number(num_traits::ToPrimitive::to_i64(value.numer())?))
        }
        ExprKind::Name(name) => Some(Dim::name(name.clone())),
        ExprKind::Negate(inner) => Dim::number(0).add(&dimension(inner)?, -1),
        ExprKind::Sum(terms) => terms.iter().try_fold(Dim::number(0), |sum, (sign, term)| {
            sum.add(&dimension(term)?, if *sign == Sign::Plus { 1 } else { -1 })
        }),
        ExprKind::Product { first, rest } => {
            rest.iter().try_fold(dimension(first)?, |product, (op, factor)| match op {
                ProductOp::Times => product.multiply(&dimension(factor)?),
                _ => None,
            })
        }
        _ => None,
    }
}
