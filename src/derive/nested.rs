//! Derivatives that no answer shows: those by parts that the engine named, and of a numerator that has no name those by
//! definitions. They are put in as the matrices that were told, so that the answer keeps the structure that these gave it, or
//! multiplied out where that is shorter.

use super::cotangent::Engine;
use super::refuse::refuse;
use crate::collapse::collapse;
use crate::dependence::{definition, sole_name};
use crate::diagnostic::Diagnostic;
use crate::expand::variable;
use crate::index::{Form, QuantityId};
use crate::matrix::{Matrix, expr_cost};
use crate::shape::Shape;
use crate::syntax::ast::{Expr, Name};

use super::recurring::Definition;

impl Engine<'_> {
    /// The names whose derivatives of a numerator are not shown, in the order of the file.
    fn unshown(&self, numerator: &Expr) -> Vec<Name> {
        let problem = self.problem;
        let asked = |name: &Name| {
            problem.goals.iter().any(|goal| goal.by == *name && !goal.stacked && goal.numerator == *numerator)
        };
        let nameless = sole_name(numerator).is_none();
        let defined = problem.quantities.values().filter(|quantity| quantity.definition.is_some());
        let names = defined.map(|quantity| quantity.name.clone());
        names.filter(|name| problem.parts.contains(name) || nameless && !asked(name)).collect()
    }

    /// A gradient that can be written without them: as it is where they have matrix forms and these put in are the shorter
    /// answer, else with them multiplied out.
    pub(super) fn without_unshown(&mut self, numerator: &Expr, form: Form) -> Result<Form, Diagnostic> {
        let names = self.unshown(numerator);
        if names.is_empty() {
            return Ok(form);
        }
        let kept = self.collapse(&form).map(|found| found.matrix);
        let behind = match &kept {
            Some(matrix) => self.behind_parts(&[(numerator.clone(), matrix.clone())])?,
            None => None,
        };
        let (Some(mut matrix), Some(behind)) = (kept, behind) else {
            return self.readable(numerator, form, &names);
        };
        let mut cotangents = behind.into_iter().filter(|known| known.name.is_none()).collect::<Vec<_>>();
        if sole_name(numerator).is_some() || cotangents.is_empty() {
            return Ok(form);
        }
        for at in 0..cotangents.len() {
            let Definition { leaf, value, .. } = cotangents[at].clone();
            let later = cotangents[at + 1..].iter_mut().map(|known| &mut known.value);
            [&mut matrix].into_iter().chain(later).for_each(|known| *known = known.replaced(&leaf, &value).0);
        }
        let open = self.readable(numerator, form.clone(), &names)?;
        let shorter = self.collapse(&open).is_some_and(|found| found.cost() <= matrix.tidied().cost());
        Ok(if shorter { open } else { form })
    }

    /// What stands behind the names that the engine gave to parts and the derivatives that are not shown, as far as the answers
    /// use them, each answer with its numerator: the parts, each after those it uses, and then the derivatives. `None` where one of these has no matrix form.
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
        // A cotangent is made of those of later definitions.
        for numerator in numerators {
            for name in &self.unshown(numerator) {
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
