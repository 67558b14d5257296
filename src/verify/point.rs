//! A point: sizes, and the random values that everything else follows from.

use std::collections::HashMap;
use std::rc::Rc;

use num_rational::BigRational;

use super::conditions;
use super::dense::{Axes, Dense, Entries};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::field::Generator;
use super::letters::same_name;
use super::number::{Number, Range};
use super::properties;
use crate::problem::{Problem, Quantity};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Name, Property};

/// Orthogonal variables of more rows are not drawn.
const ORTHOGONAL: usize = 256;

/// Sizes of the dimension names and the seed of all values.
#[derive(Clone, Debug)]
pub struct Point {
    pub sizes: Vec<(Name, usize)>,
    pub seed: u64,
    pub style: Style,
    /// Orthogonal variables that have one reflection fewer, and so the other determinant.
    pub reflected: Vec<Name>,
    /// Values that are given and not drawn, row by row.
    pub given: Rc<[(Name, Vec<BigRational>)]>,
    /// What [`Style::Corner`] draws from.
    pub corners: Rc<[BigRational]>,
    /// The degree of unknown functions above 3: an identity of so many of their values that all cubics have is seen
    /// through.
    pub degree: u32,
}

/// How the variables of a point are drawn where nothing else is said of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Of both signs.
    Mixed,
    Positive,
    /// Positive and well below 1.
    Small,
    /// Whole numbers of at most this magnitude, where bounds allow.
    Whole(u32),
    /// Of all magnitudes.
    Wide,
    /// Zeros, ties and the numbers of the claim.
    Corner,
}

impl Point {
    pub fn new(sizes: Vec<(Name, usize)>, seed: u64) -> Point {
        Point {
            sizes,
            seed,
            style: Style::Mixed,
            reflected: Vec::new(),
            given: Rc::new([]),
            corners: Rc::new([]),
            degree: 0,
        }
    }

    pub fn size(&self, name: &str) -> Option<usize> {
        self.sizes.iter().find(|(known, _)| same_name(known, name)).map(|(_, size)| *size)
    }

    /// Whether every dimension of the problem has a positive value.
    pub fn fits(&self, problem: &Problem) -> bool {
        // There may be thousands: none is looked for in all the others.
        let sizes: HashMap<&str, usize> = self.sizes.iter().map(|(name, size)| (&**name, *size)).collect();
        let fits = |dim: &Dim| dim.value(|name| sizes.get(name).copied());
        problem.quantities.values().all(|quantity| {
            let [rows, columns] = [&quantity.shape.rows, &quantity.shape.columns].map(fits);
            rows.zip(columns)
                .is_some_and(|(rows, columns)| Axes::new(&[(rows, false), (columns, false)]).is_ok())
        })
    }

    /// Rows and columns at these sizes; an error if a dimension has no positive value.
    pub fn axes(&self, shape: &Shape) -> Eval<Axes> {
        let value = |dim: &crate::shape::Dim| {
            dim.value(|name| self.size(name))
                .map(|size| (size, dim.is_one()))
                .ok_or_else(|| EvalError::dimension(dim))
        };
        Axes::new(&[value(&shape.rows)?, value(&shape.columns)?])
    }

    /// Random values of a declared variable that have its properties and meet the assumptions on it. What
    /// only an order could express restricts no elements of a prime field.
    pub fn variable<N: Number>(&self, problem: &Problem, quantity: &Quantity) -> Eval<Dense<N>> {
        let axes = self.axes(&quantity.shape)?;
        let [(rows, _), (columns, _)] = axes.matrix("a variable")?;
        if let Some((_, given)) = self.given.iter().find(|(name, _)| *name == quantity.name) {
            return self.given(quantity, axes, given);
        }
        if properties::conflict(&quantity.properties, rows, columns) {
            return Err(EvalError::properties(&quantity.name));
        }
        let mut range = conditions::range(problem, quantity, self.style)?;
        if self.style == Style::Corner {
            range.corners = Rc::clone(&self.corners);
        }
        let mut generator = Generator::keyed(self.seed, &quantity.name, 0);
        let entries = (0..axes.elements()).map(|_| N::draw(&mut generator, &range));
        let mut value = Dense { axes, data: entries.collect::<Eval<_>>()? };
        if quantity.properties.contains(&Property::Orthogonal) {
            value = orthogonal(value.axes, self.reflected.contains(&quantity.name), &mut generator)?;
        }
        // Together they may need more than one round: symmetric and lower is diagonal.
        let count = quantity.properties.len();
        for (number, property) in quantity.properties.iter().cycle().take(3 * count).enumerate() {
            let old = value.data.clone();
            for i in 0..rows {
                for j in 0..columns {
                    // A square matrix for the first two: `check` requires it, the bound keeps it safe here.
                    let mirrored = old.get(j * columns + i).copied().unwrap_or(N::ZERO);
                    let entry = old[i * columns + j];
                    value.data[i * columns + j] = match property {
                        Property::Symmetric | Property::Posdef if i > j => mirrored,
                        // More than the other entries of the row together, whole ones included.
                        Property::Posdef if i == j && number < count => {
                            entry * entry + N::integer(4 * columns as i64)
                        }
                        Property::Antisymmetric if i > j => -mirrored,
                        Property::Antisymmetric if i == j => N::ZERO,
                        Property::Diagonal if i != j => N::ZERO,
                        Property::Lower if i < j => N::ZERO,
                        Property::Upper if i > j => N::ZERO,
                        _ => entry,
                    };
                }
            }
        }
        let onehot = conditions::is_onehot(problem, quantity);
        if onehot {
            for row in value.data.chunks_mut(columns) {
                let hot = generator.below(columns);
                for (j, entry) in row.iter_mut().enumerate() {
                    *entry = if j == hot { N::ONE } else { N::ZERO };
                }
            }
        }
        let has = |property: &Property| properties::has(&value, *property);
        let structured = quantity.properties.iter().filter(|property| **property != Property::Onehot).count();
        let orthogonal = quantity.properties.contains(&Property::Orthogonal);
        let all = quantity.properties.iter().map(has).collect::<Eval<Vec<bool>>>()?;
        if all.contains(&false) || (structured > 1 && orthogonal) || (structured > 0 && onehot) {
            return Err(EvalError::unsupported(format!("the properties of `{}` together", quantity.name)));
        }
        Ok(value)
    }

    /// Values as they are given, if the variable can have them.
    fn given<N: Number>(&self, quantity: &Quantity, axes: Axes, given: &[BigRational]) -> Eval<Dense<N>> {
        if given.len() != axes.elements() {
            return Err(EvalError::given(&quantity.name, "does not have as many entries"));
        }
        let entries = given.iter().map(N::rational).collect::<Option<Entries<N>>>();
        let value = Dense { axes, data: entries.ok_or_else(|| EvalError::unsupported("this number"))? };
        let [(rows, _), (columns, _)] = axes.matrix("a variable")?;
        for property in &quantity.properties {
            if !properties::exactly(given, rows, columns, *property) {
                return Err(EvalError::given(&quantity.name, "does not have its properties"));
            }
        }
        Ok(value)
    }

    /// A coefficient of an unknown function.
    pub(super) fn coefficient<N: Number>(&self, generator: &mut Generator) -> N {
        match self.style {
            Style::Whole(_) => N::integer(generator.below(5) as i64 - 2),
            _ => N::coefficient(generator),
        }
    }

    /// An unknown scalar function: a random cubic `c·y + l² + l m² + q·y²` in all entries of all
    /// arguments, where `l`, `m` are random linear forms: its gradient is dense and cheap. For a higher degree `d` powers
    /// `(l + k m)^k` up to that are added.
    pub fn unknown<N: Number>(&self, name: &str, arguments: &[&Dual<N>]) -> Dual<N> {
        let weights: Vec<Vec<[N; 4]>> = arguments
            .iter()
            .enumerate()
            .map(|(position, argument)| {
                // Tag 1 + position: a variable of the same name draws from 0.
                let mut generator = Generator::keyed(self.seed, name, 1 + position as u64);
                argument
                    .primal
                    .data
                    .iter()
                    .map(|_| std::array::from_fn(|_| self.coefficient(&mut generator)))
                    .collect()
            })
            .collect();
        let (mut plain, mut l, mut m, mut squares) = (N::ZERO, N::ZERO, N::ZERO, N::ZERO);
        for (argument, weights) in arguments.iter().zip(&weights) {
            for (&y, [c, a, b, q]) in argument.primal.data.iter().zip(weights) {
                plain += *c * y;
                l += *a * y;
                m += *b * y;
                squares += *q * y * y;
            }
        }
        let mut value = plain + l * l + l * m * m + squares;
        // The slopes along l and m.
        let (mut along_l, mut along_m) = (l + l + m * m, l * m + l * m);
        for power in 4..=3 + i64::from(self.degree) {
            let (number, form) = (N::integer(power), l + N::integer(power) * m);
            let lower = (1..power).fold(N::ONE, |product, _| product * form);
            value += lower * form;
            along_l += number * lower;
            along_m += number * number * lower;
        }
        let primal = Dense::scalar(value);
        let lanes = arguments.iter().map(|argument| argument.tangents.len()).max().unwrap_or(0);
        if lanes == 0 {
            return primal.into();
        }
        let gradients: Vec<Vec<N>> = arguments
            .iter()
            .zip(&weights)
            .map(|(argument, weights)| {
                let entries = argument.primal.data.iter().zip(weights);
                entries.map(|(&y, [c, a, b, q])| *c + along_l * *a + along_m * *b + *q * (y + y)).collect()
            })
            .collect();
        let tangents = (0..lanes)
            .map(|lane| {
                let mut total = None;
                for (argument, gradient) in arguments.iter().zip(&gradients) {
                    let Some(tangent) = argument.tangent(lane) else {
                        continue;
                    };
                    let sum: &mut N = total.get_or_insert(N::ZERO);
                    for (&t, &g) in tangent.data.iter().zip(gradient).filter(|(t, _)| !t.is_zero()) {
                        *sum += t * g;
                    }
                }
                total.map(Dense::scalar)
            })
            .collect();
        Dual { primal, tangents }
    }
}

/// A product of so many random reflections `I - 2 v v' / (v' v)`. By the theorem of Cartan and Dieudonné those
/// of `size` and of `size - 1` are all orthogonal matrices of the one and of the other determinant.
fn orthogonal<N: Number>(axes: Axes, reflected: bool, generator: &mut Generator) -> Eval<Dense<N>> {
    let [size, columns] = axes.matrix("an orthogonal matrix")?;
    if size.0 != columns.0 {
        return Err(EvalError::shape("an orthogonal matrix", axes));
    }
    if size.0 > ORTHOGONAL {
        return Err(EvalError::limit("an orthogonal variable of so many rows"));
    }
    let mut data = Dense::eye(size)?.data;
    for _ in 0..size.0 - usize::from(reflected) {
        let draws = (0..size.0).map(|_| N::draw(generator, &Range::default()));
        let normal = draws.collect::<Eval<Vec<N>>>()?;
        let along = |row: &[N]| row.iter().zip(&normal).fold(N::ZERO, |sum, (&a, &v)| sum + a * v);
        let scale = N::integer(2) * along(&normal).inverse()?;
        for row in data.chunks_mut(size.0) {
            let twice = along(row) * scale;
            row.iter_mut().zip(&normal).for_each(|(entry, &v)| *entry = *entry - twice * v);
        }
    }
    Ok(Dense { axes, data })
}
