//! Scalar cells gathered into one array, tangents included.

use super::dense::{Axes, Dense, Entries};
use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::number::Number;

pub struct Cells<N> {
    axes: Axes,
    primal: Entries<N>,
    tangents: Vec<Option<Dense<N>>>,
}

impl<N: Number> Cells<N> {
    pub fn new(axes: Axes) -> Cells<N> {
        Cells { axes, primal: Entries::with_capacity(axes.elements()), tangents: Vec::new() }
    }

    /// The next cell in row-major order.
    pub fn push(&mut self, cell: &Dual<N>) -> Eval<()> {
        let [value] = cell.primal.data[..] else {
            return Err(EvalError::shape("a cell", cell.primal.axes));
        };
        if cell.tangents.len() > self.tangents.len() {
            self.tangents.resize(cell.tangents.len(), None);
        }
        for (lane, tangent) in cell.tangents.iter().enumerate() {
            if let Some(tangent) = tangent {
                let whole = self.tangents[lane].get_or_insert_with(|| Dense::zeros(self.axes));
                whole.data[self.primal.len()] = tangent.data[0];
            }
        }
        self.primal.push(value);
        Ok(())
    }

    pub fn finish(self) -> Dual<N> {
        Dual { primal: Dense { axes: self.axes, data: self.primal }, tangents: self.tangents }
    }
}
