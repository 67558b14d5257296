//! Matrices of entries: literal ones for the matcher's sizes, general terms above.

use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic};
use crate::explicit::Leaf;
use crate::index::write::form_expr;
use crate::index::{Form, Index};
use crate::shape::Shape;
use crate::syntax::ast::{Expr, ExprKind, Name, Table};

use super::{Story, literal, matrix};
use crate::derive::cotangent::{Engine, Gradient, Use};
use crate::derive::tell::partial;

impl Story {
    /// A form of at most two axes as a table of its general term.
    pub(super) fn table(&self, engine: &Engine<'_>, form: &Form) -> Result<Expr, Diagnostic> {
        let size = |axis: &[Index]| match axis.first() {
            None => Ok(1),
            Some(index) => engine
                .problem
                .dim_value(&index.dim)
                .ok_or_else(|| diagnostic::internal("a dimension without a size")),
        };
        let (rows, columns) = (size(&form.rows)?, size(&form.columns)?);
        let mut letters = engine.letters();
        let mut letter = |axis: &[Index], unused: &str| {
            axis.first().map_or_else(|| Arc::from(unused), |index| letters.letter(index, ""))
        };
        // An axis of dimension 1 has a letter that nothing mentions.
        let (row, column) = (letter(&form.rows, "row"), letter(&form.columns, "column"));
        let body = form_expr(form, &engine.quantities, &letters);
        let table = Table { rows, columns, row, column, body, sizes: self.sizes.clone() };
        if form.is_scalar() {
            return Ok(table.cell(1, 1));
        }
        Ok(ExprKind::Table(Arc::new(table)).into())
    }

    /// `dY/dx[r,c]` as a table.
    pub(super) fn partial_table(
        &self,
        engine: &Engine<'_>,
        gradient: &Gradient,
        used: &Use,
        (row, column): (usize, usize),
    ) -> Result<Expr, Diagnostic> {
        let mut letters = engine.letters();
        let values: Vec<usize> = match gradient.at.as_slice() {
            [_, _] => vec![row, column],
            [_] => vec![row.max(column)],
            _ => Vec::new(),
        };
        let named: Vec<Name> = gradient.at.iter().map(|index| letters.letter(index, "")).collect();
        let form = Form {
            rows: used.form.rows.clone(),
            columns: used.form.columns.clone(),
            terms: used.derivative.clone(),
        };
        let mut own = letters.clone();
        let mut axis = |axis: &[Index], unused: &str| {
            axis.first().map_or_else(|| Arc::from(unused), |index| own.letter(index, ""))
        };
        let (row_letter, column_letter) = (axis(&form.rows, "row"), axis(&form.columns, "column"));
        let mut body = form_expr(&form, &engine.quantities, &own);
        // The entry's place put in for its letters; without sizes sums stay as they are.
        for (name, value) in named.iter().zip(values) {
            let nothing: Name = Arc::from("column");
            let put = Table { rows: 1, columns: 1, row: name.clone(), column: nothing, body, sizes: vec![] };
            body = put.cell(value, 1);
        }
        let (rows, columns) = (
            form.rows.first().map_or(Some(1), |index| engine.problem.dim_value(&index.dim)),
            form.columns.first().map_or(Some(1), |index| engine.problem.dim_value(&index.dim)),
        );
        let (Some(rows), Some(columns)) = (rows, columns) else {
            return Err(diagnostic::internal("a dimension without a size"));
        };
        let table =
            Table { rows, columns, row: row_letter, column: column_letter, body, sizes: self.sizes.clone() };
        Ok(if form.is_scalar() { table.cell(1, 1) } else { ExprKind::Table(Arc::new(table)).into() })
    }

    /// `[x[1,1], x[1,2]; …]`; above the matcher's sizes a table.
    pub(super) fn entries_of(
        &self,
        engine: &Engine<'_>,
        expr: &Expr,
        shape: &Shape,
    ) -> Result<Expr, Diagnostic> {
        let (rows, columns) = self.dims(engine, shape)?;
        let indexed = (!shape.rows.is_one(), !shape.columns.is_one());
        if self.matched {
            let leaf = Leaf { quantity: 0, rows, columns, indexed };
            let cell = |r, c| literal(expr, &leaf, r, c);
            return Ok(matrix(rows, columns, cell));
        }
        let mut indices = Vec::new();
        let letters: [Name; 2] = [Arc::from("row"), Arc::from("column")];
        for (letter, indexed) in letters.iter().zip([indexed.0, indexed.1]) {
            if indexed {
                indices.push(Expr::name(letter.clone()));
            }
        }
        let body = Expr::index(expr.clone(), indices);
        let [row, column] = letters;
        let table = Table { rows, columns, row, column, body, sizes: self.sizes.clone() };
        Ok(ExprKind::Table(Arc::new(table)).into())
    }

    /// The matrix of `d(L)/d(X[i,j])`.
    pub(super) fn partials_of(
        &self,
        numerator: &Expr,
        by: &Expr,
        shape: &Shape,
        (rows, columns): (usize, usize),
    ) -> Expr {
        let indexed = (!shape.rows.is_one(), !shape.columns.is_one());
        if self.matched {
            let leaf = Leaf { quantity: 0, rows, columns, indexed };
            let cell = |r, c| partial(numerator.clone(), literal(by, &leaf, r, c), &[]);
            return matrix(rows, columns, cell);
        }
        let letters: [Name; 2] = [Arc::from("row"), Arc::from("column")];
        let mut indices = Vec::new();
        for (letter, indexed) in letters.iter().zip([indexed.0, indexed.1]) {
            if indexed {
                indices.push(Expr::name(letter.clone()));
            }
        }
        let body = partial(numerator.clone(), Expr::index(by.clone(), indices), &[]);
        let [row, column] = letters;
        ExprKind::Table(Arc::new(Table { rows, columns, row, column, body, sizes: self.sizes.clone() }))
            .into()
    }
}
