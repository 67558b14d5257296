//! Expressions evaluated to matrices of scalars, operations by their entries. Everything here runs inside the
//! algebra session.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{Dense, Leaves};
use crate::algebra::scalar::Scalar;
use crate::problem::Operation;
use crate::syntax::ast::{Binder, Expr, ExprKind, Name, ProductOp, Sign};

/// Powers are written out up to this exponent.
const MOST_FACTORS: u32 = 16;

/// The entries of an expression; `None` for what is no polynomial in entries.
pub fn evaluate(expr: &Expr, leaves: &Leaves) -> Option<Dense> {
    Frame { leaves, letters: Vec::new(), parameters: Vec::new(), dimensions: Vec::new() }.value(expr)
}

/// What names mean: an operation's parameters and dimensions, letters in force, the leaves.
struct Frame<'a> {
    leaves: &'a Leaves,
    /// Innermost last.
    letters: Vec<(Name, i64)>,
    parameters: Vec<(Name, Dense)>,
    dimensions: Vec<(Name, usize)>,
}

impl Frame<'_> {
    fn value(&mut self, expr: &Expr) -> Option<Dense> {
        if let ExprKind::Name(name) = &expr.kind {
            if let Some((_, value)) = self.parameters.iter().find(|(known, _)| known == name) {
                return Some(value.clone());
            }
            if let Some(number) = self.number(name) {
                return Some(scalar(constant(&BigRational::from_integer(number.into()))));
            }
        }
        if self.parameters.is_empty()
            && let Some(leaf) = self.leaves.get(expr)
        {
            let row = |r: usize| (1..=leaf.columns).map(|c| Scalar::entry(&leaf.entry(r, c))).collect();
            return Some((1..=leaf.rows).map(row).collect());
        }
        match &expr.kind {
            ExprKind::Number(value) => Some(scalar(Scalar::number(value))),
            ExprKind::Transpose(inner) => Some(transposed(&self.value(inner)?)),
            ExprKind::Negate(inner) => Some(scaled(&self.value(inner)?, &minus_one())),
            ExprKind::Sum(terms) => self.sum(terms),
            ExprKind::Product { first, rest } => {
                let mut product = self.value(first)?;
                for (op, factor) in rest {
                    let (op, factor) = match op {
                        ProductOp::Divide | ProductOp::HadamardDivide => {
                            let value = self.rational(factor).filter(|value| !value.is_zero())?;
                            (ProductOp::Times, scalar(Scalar::number(&value.recip())))
                        }
                        op => (*op, self.value(factor)?),
                    };
                    product = times(op, &product, &factor)?;
                }
                Some(product)
            }
            ExprKind::Power { base, exponent, entrywise } => {
                let value = self.rational(exponent).filter(|value| value.is_integer())?;
                let exponent = value.to_integer().to_u32().filter(|exponent| *exponent <= MOST_FACTORS)?;
                let base = self.value(base)?;
                if *entrywise || is_scalar(&base) {
                    return Some(
                        base.iter().map(|row| row.iter().map(|cell| cell.pow(exponent)).collect()).collect(),
                    );
                }
                (1..exponent).try_fold(base.clone(), |product, _| times(ProductOp::Times, &product, &base))
            }
            ExprKind::Index { base, indices } => {
                let places = indices.iter().map(|index| self.place(index)).collect::<Option<Vec<_>>>()?;
                let base = self.value(base)?;
                let (row, column) = match places.as_slice() {
                    [row, column] => (*row, *column),
                    [only] if base.len() == 1 => (1, *only),
                    [only] => (*only, 1),
                    _ => return None,
                };
                Some(scalar(base.get(row.checked_sub(1)?)?.get(column.checked_sub(1)?)?.clone()))
            }
            ExprKind::BigSum { binders, body } => {
                let mut terms = Vec::new();
                self.big_sum(binders, body, &mut terms)?;
                Some(scalar(Scalar::sum(terms)))
            }
            ExprKind::Call { function, primes: 0, arguments } => self.call(&function.name, arguments),
            _ => None,
        }
    }

    fn sum(&mut self, terms: &[(Sign, Expr)]) -> Option<Dense> {
        let mut parts = Vec::new();
        for (sign, term) in terms {
            let part = self.value(term)?;
            parts.push(if *sign == Sign::Plus { part } else { scaled(&part, &minus_one()) });
        }
        let frame = parts.iter().find(|part| !is_scalar(part)).or(parts.first())?;
        let (rows, columns) = (frame.len(), frame.first()?.len());
        let at = |part: &Dense, r: usize, c: usize| {
            if is_scalar(part) { part[0][0].clone() } else { part[r][c].clone() }
        };
        let cell = |r, c| Scalar::sum(parts.iter().map(|part| at(part, r, c)));
        Some((0..rows).map(|r| (0..columns).map(|c| cell(r, c)).collect()).collect())
    }

    fn big_sum(&mut self, binders: &[Binder], body: &Expr, terms: &mut Vec<Scalar>) -> Option<()> {
        let Some((binder, inner)) = binders.split_first() else {
            let [row] = <[Vec<Scalar>; 1]>::try_from(self.value(body)?).ok()?;
            let [cell] = <[Scalar; 1]>::try_from(row).ok()?;
            terms.push(cell);
            return Some(());
        };
        let size = self.size(binder.range.as_ref()?)?;
        for value in 1..=size {
            self.letters.push((binder.name.name.clone(), i64::try_from(value).ok()?));
            let done = self.big_sum(inner, body, terms);
            self.letters.pop();
            done?;
        }
        Some(())
    }

    fn call(&mut self, function: &Name, arguments: &[Expr]) -> Option<Dense> {
        if let ("delta", [a, b]) = (&**function, arguments) {
            let equal = self.place(a)? == self.place(b)?;
            return Some(scalar(constant(&BigRational::from_integer(i64::from(equal).into()))));
        }
        let operations = self.leaves.operations.clone();
        let operation = operations
            .iter()
            .find(|known| known.name == *function && known.parameters.len() == arguments.len())?;
        self.operation(operation, arguments)
    }

    /// The operation's entry formula at every index.
    fn operation(&mut self, operation: &Operation, arguments: &[Expr]) -> Option<Dense> {
        let mut dimensions: Vec<(Name, usize)> = Vec::new();
        let mut parameters = Vec::new();
        let mut bind = |pattern: &crate::shape::Dim, size: usize| match pattern.as_name() {
            Some(name) if !dimensions.iter().any(|(known, _)| known == name) => {
                dimensions.push((name.clone(), size));
            }
            _ => {}
        };
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            match &parameter.shape {
                None => {
                    let size = self.size(argument)?;
                    bind(&crate::shape::Dim::name(parameter.name.clone()), size);
                }
                Some(shape) => {
                    let value = self.value(argument)?;
                    bind(&shape.rows, value.len());
                    bind(&shape.columns, value.first()?.len());
                    parameters.push((parameter.name.clone(), value));
                }
            }
        }
        // An operation without matrices hides the file's names all the same.
        parameters.push(("".into(), Vec::new()));
        let mut inner = Frame { leaves: self.leaves, letters: Vec::new(), parameters, dimensions };
        let mut ranges = Vec::new();
        for (letter, range) in operation.letters() {
            ranges.push((letter, range.value(|name| inner.size_of(name))?));
        }
        let lengths = |axis: &[(&Name, usize)]| axis.iter().map(|(_, size)| size).product::<usize>();
        let (first, second) = ranges.split_at(operation.indices.first().map_or(0, Vec::len));
        let (rows, columns) = (lengths(first), lengths(second));
        let mut result = Vec::new();
        for row in 1..=rows {
            let mut cells = Vec::new();
            for column in 1..=columns {
                inner.letters.clear();
                // The last letter of an axis runs fastest.
                for (axis, mut place) in [(first, row - 1), (second, column - 1)] {
                    for (letter, size) in axis.iter().rev() {
                        inner.letters.push(((*letter).clone(), i64::try_from(place % size + 1).ok()?));
                        place /= size;
                    }
                }
                cells.push(inner.value(operation.body.formula()?)?.first()?.first()?.clone());
            }
            result.push(cells);
        }
        Some(result)
    }

    fn size_of(&self, name: &str) -> Option<usize> {
        let own = self.dimensions.iter().find(|(known, _)| &**known == name).map(|(_, size)| *size);
        own.or_else(|| self.leaves.numbers.get(name).copied())
    }

    /// A letter or a dimension used as a number.
    fn number(&self, name: &str) -> Option<i64> {
        let letter = self.letters.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| *value);
        letter.or_else(|| i64::try_from(self.size_of(name)?).ok())
    }

    fn size(&self, expr: &Expr) -> Option<usize> {
        crate::shape::dimension(expr)?.value(|name| self.size_of(name))
    }

    /// An index: letters, numbers and dimensions.
    fn place(&self, expr: &Expr) -> Option<usize> {
        let value = self.rational(expr).filter(|value| value.is_integer() && value.is_positive())?;
        value.to_integer().to_usize()
    }

    /// The number that an expression of numbers, letters and dimensions is.
    fn rational(&self, expr: &Expr) -> Option<BigRational> {
        match &expr.kind {
            ExprKind::Number(value) => Some(value.clone()),
            ExprKind::Name(name) => Some(BigRational::from_integer(self.number(name)?.into())),
            ExprKind::Negate(inner) => Some(-self.rational(inner)?),
            ExprKind::Sum(terms) => terms.iter().try_fold(BigRational::zero(), |sum, (sign, term)| {
                let term = self.rational(term)?;
                Some(if *sign == Sign::Plus { sum + term } else { sum - term })
            }),
            ExprKind::Product { first, rest } => {
                rest.iter().try_fold(self.rational(first)?, |product, (op, factor)| {
                    let factor = self.rational(factor)?;
                    match op {
                        ProductOp::Divide | ProductOp::HadamardDivide => {
                            (!factor.is_zero()).then(|| product / factor)
                        }
                        _ => Some(product * factor),
                    }
                })
            }
            _ => None,
        }
    }
}

fn scalar(value: Scalar) -> Dense {
    vec![vec![value]]
}

fn constant(value: &BigRational) -> Scalar {
    Scalar::number(value)
}

fn minus_one() -> Scalar {
    Scalar::number(&-BigRational::one())
}

fn is_scalar(dense: &Dense) -> bool {
    dense.len() == 1 && dense[0].len() == 1
}

fn transposed(dense: &Dense) -> Dense {
    let columns = dense.first().map_or(0, Vec::len);
    (0..columns).map(|c| dense.iter().map(|row| row[c].clone()).collect()).collect()
}

fn scaled(dense: &Dense, by: &Scalar) -> Dense {
    dense
        .iter()
        .map(|row| row.iter().map(|cell| Scalar::product([by.clone(), cell.clone()])).collect())
        .collect()
}

fn times(op: ProductOp, left: &Dense, right: &Dense) -> Option<Dense> {
    if is_scalar(left) && (op != ProductOp::Times || right.len() != 1) {
        return Some(scaled(right, &left[0][0]));
    }
    if is_scalar(right) && (op != ProductOp::Times || left.first()?.len() != 1) {
        return Some(scaled(left, &right[0][0]));
    }
    let entrywise = |a: &Dense, b: &Dense| {
        a.iter()
            .zip(b)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| Scalar::product([a.clone(), b.clone()])).collect())
            .collect()
    };
    match op {
        ProductOp::Hadamard => Some(entrywise(left, right)),
        _ if left.first()?.len() == right.len() => {
            let columns = right.first()?.len();
            let cell = |row: &Vec<Scalar>, c: usize| {
                let products = row.iter().zip(right).map(|(a, b)| Scalar::product([a.clone(), b[c].clone()]));
                Scalar::sum(products).expand()
            };
            Some(left.iter().map(|row| (0..columns).map(|c| cell(row, c)).collect()).collect())
        }
        _ => None,
    }
}
