//! Answers of problems with named parts: the parts' cotangents are put in as the matrices that were told, so that the
//! answer keeps the structure that the parts gave it.

use super::cotangent::Engine;
use super::refuse::refuse;
use crate::collapse::collapse;
use crate::dependence::definition;
use crate::diagnostic::Diagnostic;
use crate::expand::variable;
use crate::index::QuantityId;
use crate::matrix::{Matrix, expr_cost};
use crate::shape::Shape;
use crate::syntax::ast::{Expr, Name};

use super::recurring::Definition;

impl Engine<'_> {
    /// What stands behind the names that the engine gave to parts and the answers use, each answer with its numerator:
    /// the parts, each after those it uses, and then their cotangents. `None` where one of these has no matrix form.
    pub fn behind_parts(
        &mut self,
        answers: &[(Expr, Matrix)],
    ) -> Result<Option<Vec<Definition>>, Diagnostic> {
        let parts = self.problem.parts.clone();
        let mut numerators: Vec<&Expr> = Vec::new();
        let mut matrices: Vec<Matrix> = Vec::new();
        for (numerator, matrix) in answers {
            if !numerators.contains(&numerator) {
                numerators.push(numerator);
            }
            matrices.push(matrix.clone());
        }
        let mut cotangents: Vec<Definition> = Vec::new();
        // The cotangent of a part is made of those of later parts.
        for numerator in numerators {
            for name in &parts {
                if self.is_opaque(numerator, name) {
                    continue;
                }
                let id = self.cotangent(numerator, name)?;
                let leaf = self.leaf(id);
                if !stands(&leaf, &matrices) {
                    continue;
                }
                let form = self.gradient(numerator, name, false)?;
                let Some(found) = self.collapse(&form) else { return Ok(None) };
                matrices.push(found.matrix.clone());
                cotangents.push(Definition { leaf, name: None, value: found.matrix });
            }
        }
        cotangents.reverse();
        let mut values: Vec<Definition> = Vec::new();
        for name in parts.iter().rev() {
            let Some(quantity) = self.problem.quantities.get(name) else { continue };
            let id = variable(&mut self.quantities, quantity);
            let leaf = self.leaf(id);
            if stands(&leaf, &matrices) {
                let value = self.part_value(name)?;
                matrices.push(value.clone());
                values.push(Definition { leaf, name: Some(name.clone()), value });
            }
        }
        values.reverse();
        values.extend(cotangents);
        Ok(Some(values))
    }

    fn leaf(&self, id: QuantityId) -> Matrix {
        let info = self.quantities.get(id);
        let shape = info.shape.clone().unwrap_or_else(Shape::scalar);
        Matrix::Leaf { expr: info.expr.clone(), shape, symmetric: info.symmetric }
    }

    /// A part's definition, by the shorter of the author's words and the collapsed ones.
    fn part_value(&mut self, name: &Name) -> Result<Matrix, Diagnostic> {
        let shape = self.problem.quantities.get(name).map_or_else(Shape::scalar, |known| known.shape.clone());
        let written = definition(self.problem, name).cloned().unwrap_or_else(|| Expr::name(name.clone()));
        let inlined = |_: &str| false;
        let form = self.expander(&inlined).expand(&written).map_err(refuse)?;
        let found = collapse(&form, &self.quantities, self.catalogue);
        Ok(match found {
            Some(found) if found.cost() <= expr_cost(&written) => found.matrix,
            _ => Matrix::leaf(written, shape),
        })
    }
}

fn stands(leaf: &Matrix, matrices: &[Matrix]) -> bool {
    matrices.iter().any(|matrix| matrix.replaced(leaf, leaf).1 > 0)
}
