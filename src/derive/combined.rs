//! Expressions that hold derivatives, by the answers to these: a step of Newton's method, a Taylor polynomial.

use super::cotangent::Engine;
use super::refuse::refuse;
use super::second::replaced;
use super::section;
use super::tell::{step, text};
use crate::derivation::{Answer, Chain, Heading, Level, Remark, Section};
use crate::diagnostic::Diagnostic;
use crate::expand::Unexpandable;
use crate::matrix::Matrix;
use crate::problem::Combination;
use crate::syntax::ast::Expr;
use crate::syntax::print;

impl Engine<'_> {
    /// The answer by those to all goals, with its matrix where it is no zero, and the section that tells it.
    ///
    /// # Errors
    /// A derivative of it that is an array of more than two axes; a limit.
    pub fn combined(
        &mut self,
        one: &Combination,
        results: &[Answer],
    ) -> Result<(Answer, Option<Matrix>, Section), Diagnostic> {
        let mut values = Vec::new();
        for (read, goal) in &one.derivatives {
            let known = results.iter().find(|answer| answer.goal == *goal);
            let array = || refuse(Unexpandable::Unsupported(goal.clone()));
            let known = known.filter(|answer| !matches!(answer.remark, Some(Remark::IndexForm { .. })));
            values.push((read.clone(), known.ok_or_else(array)?.value.clone()));
        }
        let put_in = replaced(&one.read, &values);
        let inlined = |_: &str| false;
        let form = self.expander(&inlined).expand(&put_in).map_err(refuse)?;
        let form = self.simplified(&form);
        let found = self.collapse(&form);
        let zero = form.terms.is_empty();
        let value = match &found {
            Some(found) => found.expr(),
            None if zero => Expr::natural(0),
            None => put_in.clone(),
        };
        let mut chain = Chain::new(one.expr.clone()).equals(put_in.clone());
        // Another tree may be written in the same way.
        if print::expr(&value) != print::expr(&put_in) {
            chain = chain.equals(value.clone());
        }
        let told = step("restate", vec![text("With the derivatives put in:")], chain);
        let told = told.at_level(Level::Main).about([one.span]);
        let answer = Answer {
            goal: one.expr.clone(),
            value,
            free: Vec::new(),
            introduced: self.introduced(),
            remark: zero.then_some(Remark::Vanishes),
        };
        let matrix = found.filter(|_| !zero).map(|found| found.matrix);
        Ok((answer, matrix, section(Heading::Derivative(one.expr.clone()), vec![told])))
    }
}
