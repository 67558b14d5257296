//! Primitives of a matrix: inverse and determinant, pseudo-inverse and exponential, and their derivatives as those of what
//! computes them.

use num_rational::BigRational;

use super::dense::{Axes, Dense};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::gauss;
use super::number::Number;
use super::point::Point;
use super::real::Real;
use super::scope::{Frame, Scope};
use crate::problem::{Body, HIDDEN, Operation, Problem};
use crate::syntax::ast::{Expr, Name};

/// What the checker can compute without a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Primitive {
    Inverse,
    Determinant,
    Exponential,
    Pseudoinverse,
}

impl Primitive {
    fn named(name: &str) -> Option<Primitive> {
        match name.strip_prefix(HIDDEN).unwrap_or(name) {
            "inv" => Some(Primitive::Inverse),
            "det" => Some(Primitive::Determinant),
            "expm" => Some(Primitive::Exponential),
            "pinv" => Some(Primitive::Pseudoinverse),
            _ => None,
        }
    }
}

impl<'a, N: Number> Evaluator<'a, N> {
    pub(super) fn primitive(&mut self, operation: &Operation, argument: &Expr) -> Eval<Dual<N>> {
        let name = &operation.name;
        let reason = || EvalError::unsupported(format!("`{name}`, which is known by its derivative alone"));
        let known = Primitive::named(name).ok_or_else(reason)?;
        let matrix = self.eval(argument)?;
        let [(rows, _), (columns, _)] = matrix.primal.axes.matrix(format_args!("`{name}`"))?;
        if known == Primitive::Pseudoinverse {
            return self.pseudoinverse(&matrix, rows >= columns);
        }
        if rows != columns {
            return Err(EvalError::shapes(format_args!("`{name}`"), rows, columns));
        }
        match known {
            Primitive::Inverse => self.inverse(&matrix, rows),
            Primitive::Determinant => self.determinant(&matrix, rows),
            Primitive::Exponential => self.exponential(&matrix, rows),
            Primitive::Pseudoinverse => Err(reason()),
        }
    }

    /// The pseudo-inverse of a matrix of full rank, which is that of its columns in a `tall` one, else that of its rows.
    ///
    /// Errors where the rank is, or may be, less: it is not continuous there.
    fn pseudoinverse(&mut self, matrix: &Dual<N>, tall: bool) -> Eval<Dual<N>> {
        let transpose = matrix.linear(Dense::transpose)?;
        let (left, right) = if tall { (&transpose, matrix) } else { (matrix, &transpose) };
        let gram = self.multiply(left, right)?;
        let size = gram.primal.axes.sizes()[0];
        let inverse = self.inverse(&gram, size)?;
        if tall { self.multiply(&inverse, &transpose) } else { self.multiply(&transpose, &inverse) }
    }

    fn determinant(&mut self, matrix: &Dual<N>, size: usize) -> Eval<Dual<N>> {
        self.charge(size.saturating_pow(3))?;
        match gauss::determinant(matrix, size) {
            Some(determinant) => Ok(determinant),
            None => Ok(self.characteristic(matrix, size)?.1),
        }
    }

    /// The inverse of a square matrix.
    ///
    /// Errors where the determinant is, or may be, zero.
    pub(super) fn inverse(&mut self, matrix: &Dual<N>, size: usize) -> Eval<Dual<N>> {
        self.charge(size.saturating_pow(3))?;
        if let Some(inverse) = gauss::inverse(matrix, size) {
            return Ok(inverse);
        }
        let (adjugate, determinant) = self.characteristic(matrix, size)?;
        let reciprocal = determinant.reciprocal().map_err(|_| EvalError::singular())?;
        let mut inverse = adjugate.bilinear(&reciprocal, times)?;
        // A matrix of one row that is not literally 1 stays one beside a scalar.
        inverse.primal.axes = matrix.primal.axes;
        inverse.tangents.iter_mut().flatten().for_each(|tangent| tangent.axes = matrix.primal.axes);
        Ok(inverse)
    }

    /// Adjugate and determinant where no pivot is certain, by the recursion of Faddeev and Le Verrier (Horn and Johnson,
    /// Matrix Analysis, 2nd edition, problem 2.4.P4), which divides by whole numbers alone: it holds for singular matrices, and what it computes from
    /// dual numbers are the exact derivatives.
    fn characteristic(&mut self, matrix: &Dual<N>, size: usize) -> Eval<(Dual<N>, Dual<N>)> {
        let reciprocal = |number: usize| -> Eval<N> {
            let value = BigRational::new(1.into(), number.into());
            N::rational(&value).ok_or_else(|| EvalError::unsupported("this number"))
        };
        let axes = matrix.primal.axes;
        let place = |row: usize, column: usize| row * size + column;
        let unit = |value: &Dual<N>| {
            // A scalar on the diagonal.
            value.linear(|scalar| {
                let mut dense = Dense::zeros(axes);
                (0..size).for_each(|at| dense.data[place(at, at)] = scalar.data[0]);
                Ok(dense)
            })
        };
        // M(1) = I; M(k+1) = A M(k) - tr(A M(k))/k I; the determinant is (-1)^(n-1) tr(A M(n))/n, the adjugate
        // (-1)^(n-1) M(n).
        let mut power = unit(&Dual::constant(N::ONE))?;
        for step in 1..=size {
            let product = self.multiply(matrix, &power)?;
            let part = reciprocal(step)?;
            let trace = product.linear(|dense| {
                let sum = (0..size).fold(N::ZERO, |sum, at| sum + dense.data[place(at, at)]);
                Ok(Dense::scalar(sum * part))
            })?;
            if step == size {
                let odd = size.is_multiple_of(2);
                let signed = |value: Dual<N>| if odd { value.negate() } else { value };
                return Ok((signed(power), signed(trace)));
            }
            power = product.add(&unit(&trace)?.negate())?;
        }
        Err(EvalError::unsupported("a matrix without rows"))
    }
}

fn times<N: Number>(left: &Dense<N>, right: &Dense<N>) -> Eval<Dense<N>> {
    left.zip(right, "a product by a scalar", |a, b| a * b)
}

/// Primitives whose stated derivative is not that of what is computed under their name.
pub(super) fn restated_wrongly(problem: &Problem) -> Vec<&Operation> {
    let operations = problem.operations.iter().map(|operation| &**operation);
    let own = operations.filter(|operation| !operation.is_shipped());
    own.filter(|operation| Primitive::named(&operation.name).is_some() && is_wrong(problem, operation))
        .collect()
}

/// Places of no symmetry, all of them well away from singular ones.
const SIZES: [usize; 2] = [2, 3];

fn is_wrong(problem: &Problem, operation: &Operation) -> bool {
    let Body::Derivative { row, column, value } = &operation.body else { return false };
    SIZES.iter().any(|&size| {
        let mut evaluator = Evaluator::<Real>::new(problem, &[], Point::new(Vec::new(), 0));
        let cells = size * size;
        let entry = |at: usize| {
            Real::exact(
                0.25 + (at * at % 7) as f64 * 0.375 + if at.is_multiple_of(size + 1) { 3.0 } else { 0.0 },
            )
        };
        let Ok(axes) = Axes::new(&[(size, true), (size, true)]) else { return false };
        let primal = Dense { axes, data: (0..cells).map(entry).collect() };
        let tangents = (0..cells).map(|lane| {
            let mut tangent = Dense::zeros(axes);
            tangent.data[lane] = Real::ONE;
            Some(tangent)
        });
        let moving = Dual { primal: primal.clone(), tangents: tangents.collect() };
        let (Some(parameter), Some(known)) =
            (operation.parameters.first(), Primitive::named(&operation.name))
        else {
            return false;
        };
        let computed = match known {
            Primitive::Inverse => evaluator.inverse(&moving, size),
            Primitive::Determinant => evaluator.determinant(&moving, size),
            Primitive::Exponential => evaluator.exponential(&moving, size),
            Primitive::Pseudoinverse => return false,
        };
        let Ok(computed) = computed else { return false };
        let results = computed.primal.data.len();
        (0..results * cells).any(|number| {
            let (result, lane) = (number / cells, number % cells);
            let places = [(result / size, result % size), (lane / size, lane % size)];
            let mut letters: Vec<(Name, usize)> = Vec::new();
            let own = [places[0].0, places[0].1];
            letters.extend(operation.letters().zip(own).map(|((name, _), place)| (name.clone(), place + 1)));
            letters.extend([(row.clone(), places[1].0 + 1), (column.clone(), places[1].1 + 1)]);
            let stated = evaluator.stated(operation, &parameter.name, &primal, &letters, size, value);
            let slope = computed.tangent(lane).map_or(Real::ZERO, |tangent| tangent.data[result]);
            stated.is_ok_and(|stated| (stated.value() - slope.value()).abs() > stated.error() + slope.error())
        })
    })
}

impl Evaluator<'_, Real> {
    /// The stated derivative at one place of both entries.
    fn stated(
        &mut self,
        operation: &Operation,
        parameter: &Name,
        matrix: &Dense<Real>,
        letters: &[(Name, usize)],
        size: usize,
        value: &Expr,
    ) -> Eval<Real> {
        let mut frame = Frame::default();
        for dimension in &operation.dimensions {
            frame.bind(dimension, size, false)?;
        }
        frame.values.push((parameter.clone(), std::rc::Rc::new(matrix.clone().into())));
        self.scope = Scope { frame: Some(frame), ..Scope::default() };
        for (name, at) in letters {
            self.scope.letters.push(super::letters::Letter::running(name, *at, size));
        }
        let found = self.eval(value);
        self.scope = Scope::default();
        Ok(found?.primal.data[0])
    }
}
