//! Answers in a layout other than the language's: the same derivative, transposed where the layout asks for it.

use crate::derivation::{Answer, Remark};
use crate::matrix::Matrix;
use crate::problem::{Goal, Problem};
use crate::syntax::ast::Expr;

/// Whose axes are the rows of a derivative. The language's own arrangement is that of the denominator for gradients and
/// that of the numerator for Jacobians.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Gradients are transposed.
    Numerator,
    /// Jacobians, and derivatives by a scalar, are transposed.
    Denominator,
}

impl Layout {
    /// What is said of it beside the result.
    pub fn sentence(self) -> &'static str {
        match self {
            Layout::Numerator => {
                "Numerator layout: the derivative of a scalar has the shape of the transposed denominator, rows of a \
                 Jacobian follow the numerator, and the Hessian is as ever; transposes say so in the result."
            }
            Layout::Denominator => {
                "Denominator layout: the derivative of a scalar has the shape of the denominator, rows of a Jacobian \
                 follow the denominator, and the Hessian is as ever; transposes say so in the result."
            }
        }
    }

    /// An answer with a matrix form in this layout.
    pub fn arranged(self, problem: &Problem, goal: &Goal, answer: &mut Answer, matrix: &mut Matrix) {
        let result = matrix.shape().axes().len();
        let by = problem.quantities.get(&goal.by).map_or(0, |known| known.shape.axes().len());
        // Its columns one below the other are one axis.
        let by = if goal.stacked { 1 } else { by };
        // Of as many axes as the denominator is the derivative of a scalar.
        let of_scalar = by > 0 && result == by;
        let transposed = match self {
            Layout::Numerator => of_scalar,
            Layout::Denominator => !of_scalar && result > 0,
        };
        if !transposed || goal.is_nested() {
            return;
        }
        *matrix = matrix.clone().transpose().tidied();
        answer.goal = Expr::transpose(answer.goal.clone());
        answer.value = match answer.remark {
            // Given as it is.
            Some(Remark::Given) => answer.goal.clone(),
            _ => matrix.to_expr(),
        };
    }
}
