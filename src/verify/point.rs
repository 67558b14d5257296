//! A point: sizes, and the random values that everything else follows from.

use super::dense::{Axes, Dense};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::field::{Field, Generator};
use crate::problem::Quantity;
use crate::shape::Shape;
use crate::syntax::ast::{Name, Property};

/// The most rows of an orthogonal variable: making one takes the cube of them.
const ORTHOGONAL: usize = 256;

/// Sizes of the dimension names and the seed of all values.
#[derive(Clone, Debug)]
pub struct Point {
    pub sizes: Vec<(Name, usize)>,
    pub seed: u64,
    /// Orthogonal variables in the other of the two components of their group.
    pub reflected: Vec<Name>,
}

impl Point {
    pub fn new(sizes: Vec<(Name, usize)>, seed: u64) -> Point {
        Point { sizes, seed, reflected: Vec::new() }
    }

    pub fn size(&self, name: &str) -> Option<usize> {
        self.sizes.iter().find(|(known, _)| &**known == name).map(|(_, size)| *size)
    }

    /// Rows and columns at these sizes; an error if a dimension has no positive value.
    pub fn axes(&self, shape: &Shape) -> Eval<Axes> {
        let value = |dim: &crate::shape::Dim| {
            dim.value(|name| self.size(name))
                .map(|size| (size, dim.is_one()))
                .ok_or_else(|| EvalError::unknown(&dim.to_string()))
        };
        Axes::new(&[value(&shape.rows)?, value(&shape.columns)?])
    }

    /// Random values of a declared variable that have its properties. What only an order or analysis
    /// could express (`positive`, definiteness, `integer`) does not restrict elements of a prime field.
    pub fn variable(&self, quantity: &Quantity) -> Eval<Dense> {
        let axes = self.axes(&quantity.shape)?;
        let [(rows, _), (columns, _)] = axes.matrix("a variable")?;
        if quantity.properties.contains(&Property::Orthogonal) {
            return self.orthogonal(quantity, axes, rows);
        }
        let mut generator = Generator::keyed(self.seed, &quantity.name, 0);
        let mut value = Dense { axes, data: (0..axes.elements()).map(|_| generator.field()).collect() };
        for property in &quantity.properties {
            let old = value.data.clone();
            for i in 0..rows {
                let hot = generator.below(columns);
                for j in 0..columns {
                    // A square matrix for the first two: `check` requires it, the bound keeps it safe here.
                    let mirrored = old.get(j * columns + i).copied().unwrap_or_default();
                    let entry = old[i * columns + j];
                    value.data[i * columns + j] = match property {
                        Property::Symmetric | Property::Posdef if i > j => mirrored,
                        Property::Antisymmetric if i > j => -mirrored,
                        Property::Antisymmetric if i == j => Field::ZERO,
                        Property::Diagonal if i != j => Field::ZERO,
                        Property::Lower if i < j => Field::ZERO,
                        Property::Upper if i > j => Field::ZERO,
                        Property::Onehot if j == hot => Field::ONE,
                        Property::Onehot => Field::ZERO,
                        _ => entry,
                    };
                }
            }
        }
        Ok(value)
    }

    /// A product of random reflections `I - 2 v v' / (v' v)`, as many as there are rows, or one fewer: by the
    /// theorem of Cartan and Dieudonné these are all orthogonal matrices of the one and of the other determinant.
    fn orthogonal(&self, quantity: &Quantity, axes: Axes, size: usize) -> Eval<Dense> {
        if quantity.properties.iter().any(|property| *property != Property::Orthogonal) {
            return Err(EvalError::unsupported("orthogonal variables with a further property"));
        }
        if axes.elements() != size * size {
            return Err(EvalError::unsupported("orthogonal variables that are not square"));
        }
        if size > ORTHOGONAL {
            return Err(EvalError::limit("an orthogonal variable of so many rows"));
        }
        let mut generator = Generator::keyed(self.seed, &quantity.name, 0);
        let mut value = Dense::zeros(axes);
        for i in 0..size {
            value.data[i * size + i] = Field::ONE;
        }
        let reflections = size - usize::from(self.reflected.contains(&quantity.name));
        for _ in 0..reflections {
            // Some vectors of a prime field are orthogonal to themselves, few enough to draw again.
            let (vector, inverse) = loop {
                let vector: Vec<Field> = (0..size).map(|_| generator.field()).collect();
                let square = vector.iter().fold(Field::ZERO, |sum, &entry| sum + entry * entry);
                if let Some(inverse) = square.inverse() {
                    break (vector, inverse);
                }
            };
            for row in value.data.chunks_mut(size) {
                let along = row.iter().zip(&vector).fold(Field::ZERO, |sum, (&a, &v)| sum + a * v);
                let twice = (along + along) * inverse;
                row.iter_mut().zip(&vector).for_each(|(entry, &v)| *entry += -(twice * v));
            }
        }
        Ok(value)
    }

    /// An unknown scalar function: a random cubic `c·y + l² + l m² + q·y²` in all entries of all
    /// arguments, where `l`, `m` are random linear forms: its gradient is dense and cheap.
    pub fn unknown(&self, name: &str, arguments: &[&Dual]) -> Dual {
        let weights: Vec<Vec<[Field; 4]>> = arguments
            .iter()
            .enumerate()
            .map(|(position, argument)| {
                // Tag 1 + position: a variable of the same name draws from 0.
                let mut generator = Generator::keyed(self.seed, name, 1 + position as u64);
                argument.primal.data.iter().map(|_| std::array::from_fn(|_| generator.field())).collect()
            })
            .collect();
        let (mut plain, mut l, mut m, mut squares) = (Field::ZERO, Field::ZERO, Field::ZERO, Field::ZERO);
        for (argument, weights) in arguments.iter().zip(&weights) {
            for (&y, [c, a, b, q]) in argument.primal.data.iter().zip(weights) {
                plain += *c * y;
                l += *a * y;
                m += *b * y;
                squares += *q * y * y;
            }
        }
        let primal = Dense::scalar(plain + l * l + l * m * m + squares);
        let lanes = arguments.iter().map(|argument| argument.tangents.len()).max().unwrap_or(0);
        if lanes == 0 {
            return primal.into();
        }
        let (along_l, along_m) = (l + l + m * m, l * m + l * m);
        let gradients: Vec<Vec<Field>> = arguments
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
                    let sum: &mut Field = total.get_or_insert(Field::ZERO);
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
