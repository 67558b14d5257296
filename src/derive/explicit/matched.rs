//! From the finished matrix back to matrix algebra.

use std::sync::Arc;

use crate::derivation::{Chain, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::explicit::{self, Cells, Leaves};
use crate::index::QuantityId;
use crate::index::canonical::same;
use crate::index::normal::normalize;
use crate::matcher::{Axis, Declared, general_term};
use crate::matrix::Matrix;
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Table};

use super::Story;
use crate::derive::cotangent::{Engine, Gradient};
use crate::derive::tell::{step, text};

impl Story {
    /// Splits the matrix by its regularity, multiplies back, compares.
    pub(super) fn match_back(
        &self,
        engine: &mut Engine<'_>,
        gradient: &Gradient,
        whole: &Expr,
        cells: &Cells,
        leaves: &Leaves,
        steps: &mut Vec<Step>,
    ) -> Result<(), Diagnostic> {
        let problem = engine.problem;
        let axis = |dim: &Dim| -> Option<Axis> { Some((dim.clone(), problem.dim_value(dim)?)) };
        let quantities = engine.quantities.clone();
        let axes =
            |id: u32| -> Vec<Axis> { quantities.get(QuantityId(id)).axes.iter().filter_map(axis).collect() };
        let declared = Declared {
            axes: &axes,
            row: gradient.form.rows.first().and_then(|index| axis(&index.dim)),
            column: gradient.form.columns.first().and_then(|index| axis(&index.dim)),
        };
        let found = general_term(cells, &declared, &mut engine.indices);
        let own = engine.collapse_kept(&gradient.form).map(|found| found.matrix);
        let by_entries = found.as_ref().and_then(|form| engine.collapse_kept(form)).map(|found| found.matrix);
        let general = engine.multiplied_out(&gradient.form);
        let same = found.as_ref().is_some_and(|form| same(&normalize(form), &normalize(&general)));
        // The author's order of factors and terms; what the entries show is the same sum.
        let (matrix, undecided) = match (own, by_entries) {
            (Some(own), _) if same => (own, false),
            (Some(own), found) => (own, found.is_some()),
            (None, Some(found)) => (found, false),
            (None, None) => return Ok(()),
        };
        let expr = matrix.clone().tidied().to_expr();
        // Entries that were matched are multiplied back; a value that does not return is never printed.
        let own: Vec<u32> =
            engine.quantities.iter().filter(|(_, info)| info.symmetric).map(|(id, _)| id.0).collect();
        if !explicit::equal(&explicit::cells(&expr, leaves)?, cells, &own)? {
            return Err(diagnostic::internal("the matched product does not multiply back"));
        }
        let prose = match (found.is_some(), undecided) {
            (false, _) => text(
                "These entries alone show no single pattern; the general term of the definition gives the form, \
                 which multiplied out is every entry again:",
            ),
            (true, true) => text(
                "At these sizes the entries alone do not decide between several forms. In the order in which the \
                 definition is written they split into this one, which multiplied out is every entry again:",
            ),
            (true, false) => text(
                "All entries follow one pattern. Split by it, they come from this form, which multiplied out is \
                 every entry again:",
            ),
        };
        let written = self.written_out(engine, &matrix)?;
        let mut chain = Chain::new(whole.clone());
        if let Some(written) = written.filter(|written| *written != expr) {
            chain = chain.equals(written);
        }
        steps.push(step("match", vec![prose], chain.equals(expr)));
        Ok(())
    }

    /// The expression with the entries of every matrix in place of its name.
    pub(super) fn written_out(
        &self,
        engine: &mut Engine<'_>,
        matrix: &Matrix,
    ) -> Result<Option<Expr>, Diagnostic> {
        Ok(Some(match matrix {
            Matrix::Leaf { expr, shape, .. } if !shape.is_scalar() && expr_has_entries(expr) => {
                self.entries_of(engine, expr, shape)?
            }
            Matrix::Transpose(inner) => match &**inner {
                Matrix::Leaf { expr, shape, .. } if expr_has_entries(expr) => {
                    let entries = self.entries_of(engine, expr, shape)?;
                    transposed(entries)
                }
                // A transpose around a sum is written inside it.
                Matrix::Sum(_) | Matrix::Hadamard(_) => {
                    return self.written_out(engine, &(**inner).clone().transpose());
                }
                _ => return Ok(None),
            },
            Matrix::Product(parts) | Matrix::Sum(parts) | Matrix::Hadamard(parts) => {
                let mut written = Vec::new();
                for part in parts {
                    match self.written_out(engine, part)? {
                        Some(part) => written.push(part),
                        None => return Ok(None),
                    }
                }
                match matrix {
                    Matrix::Product(_) => Expr::products(ProductOp::Times, written),
                    Matrix::Sum(_) => Expr::sum(written),
                    _ => Expr::products(ProductOp::Hadamard, written),
                }
            }
            Matrix::Multiple { coefficient, scalars, body } => {
                let Some(body) = self.written_out(engine, body)? else { return Ok(None) };
                // A placeholder of the body's shape keeps sign, number and scalars in their order.
                let marker = Expr::name("\u{0}");
                let frame = Matrix::Multiple {
                    coefficient: coefficient.clone(),
                    scalars: scalars.clone(),
                    body: Box::new(Matrix::leaf(marker.clone(), matrix.shape())),
                };
                replaced(frame.to_expr(), &marker, &body)
            }
            other => other.to_expr(),
        }))
    }
}

fn expr_has_entries(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_) | ExprKind::Derivative(_))
}

fn transposed(entries: Expr) -> Expr {
    match entries.kind {
        ExprKind::Matrix(rows) => {
            let columns = rows.first().map_or(0, Vec::len);
            let column = |c: usize| rows.iter().map(|row| row[c].clone()).collect();
            ExprKind::Matrix((0..columns).map(column).collect()).into()
        }
        ExprKind::Table(table) => {
            let table = (*table).clone();
            ExprKind::Table(Arc::new(Table {
                rows: table.columns,
                columns: table.rows,
                row: table.column,
                column: table.row,
                ..table
            }))
            .into()
        }
        kind => Expr::transpose(kind.into()),
    }
}

fn replaced(expr: Expr, from: &Expr, to: &Expr) -> Expr {
    if expr == *from {
        return to.clone();
    }
    match expr.kind {
        ExprKind::Product { first, rest } => {
            let first = replaced(*first, from, to);
            rest.into_iter()
                .fold(first, |left, (op, right)| Expr::product(left, op, replaced(right, from, to)))
        }
        ExprKind::Negate(inner) => Expr::negate(replaced(*inner, from, to)),
        kind => kind.into(),
    }
}
