//! The explicit way: every entry written out, the pattern found by the matcher.

use std::sync::Arc;

use crate::algebra::polynomial::{Monomial, Polynomial};
use crate::derivation::{Chain, Derivation, Display, Heading, Prose, Section, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::explicit::{self, Cells, ExplicitUse, Layout, Leaf, Leaves};
use crate::index::canonical::form_key;
use crate::index::normal::normalize;
use crate::index::write::form_expr;
use crate::index::{Base, Form, Index, QuantityId, Term};
use crate::matcher::{Axis, Declared, general_term};
use crate::matrix::Matrix;
use crate::problem::Problem;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Table};

use super::cotangent::{Engine, Gradient, Use};
use super::plan::Target;
use super::tell::{list, partial, step, text};
use super::{Entries, Options};

/// Up to this size in every dimension the matcher works on explicit entries; above it the general term is
/// instantiated.
pub const MATCHED_UP_TO: usize = 8;

/// An unknown function applied to names: nothing to write out.
pub fn is_unknown_call(problem: &Problem, expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { function, .. } if problem.is_unknown_function(&function.name))
}

/// The derivation of all targets at the problem's sizes.
pub fn tell(
    engine: &mut Engine<'_>,
    targets: &[Target],
    options: &Options,
) -> Result<Derivation, Diagnostic> {
    let sizes: Vec<(Name, usize)> =
        engine.problem.sizes.iter().map(|(name, size)| (name.clone(), *size)).collect();
    let matched = sizes.iter().all(|(_, size)| *size <= MATCHED_UP_TO)
        && engine.problem.quantities.values().all(|quantity| {
            let (rows, columns) = size(engine.problem, &quantity.shape).unwrap_or((1, 1));
            rows <= MATCHED_UP_TO && columns <= MATCHED_UP_TO
        });
    let mut gradients = Vec::new();
    for target in targets {
        engine.cotangent(&target.numerator, &target.by)?;
        gradients.push(engine.chain_rule(&target.numerator, &target.by)?);
    }
    let story = Story { matched, sizes: sizes.clone(), entries: options.entries };
    let mut sections = vec![super::section(Heading::Problem, story.problem(engine, targets, &gradients)?)];
    for (target, gradient) in targets.iter().zip(&gradients) {
        sections.push(story.target(engine, target, gradient)?);
    }
    Ok(Derivation { sections, answers: Vec::new(), sizes: Some(sizes) })
}

fn size(problem: &Problem, shape: &Shape) -> Option<(usize, usize)> {
    Some((problem.dim_value(&shape.rows)?, problem.dim_value(&shape.columns)?))
}

struct Story {
    matched: bool,
    sizes: Vec<(Name, usize)>,
    entries: Entries,
}

impl Story {
    fn leaves(&self, engine: &Engine<'_>) -> Leaves {
        let problem = engine.problem;
        Leaves::new(&engine.quantities, &|shape| size(problem, shape))
            .with_sizes(self.sizes.iter().map(|(name, size)| (&**name, *size)))
    }

    fn dims(&self, engine: &Engine<'_>, shape: &Shape) -> Result<(usize, usize), Diagnostic> {
        size(engine.problem, shape).ok_or_else(|| diagnostic::internal("a dimension without a size"))
    }

    /// What is given, every definition's entries, the chain rule in words.
    fn problem(
        &self,
        engine: &mut Engine<'_>,
        targets: &[Target],
        gradients: &[Gradient],
    ) -> Result<Vec<Step>, Diagnostic> {
        let mut steps = Vec::new();
        let sizes: Vec<String> = self.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
        let sizes = if sizes.is_empty() { String::new() } else { format!(", with {}", sizes.join(", ")) };
        let mut chains = Vec::new();
        let mut names = Vec::new();
        for quantity in engine.problem.quantities.values() {
            if quantity.definition.is_none() {
                let name = Expr::name(quantity.name.clone());
                names.push(name.clone());
                if !quantity.shape.is_scalar() {
                    let matrix = self.entries_of(engine, &name, &quantity.shape)?;
                    chains.push(Chain::new(name).equals(matrix));
                }
            }
        }
        let mut prose = vec![text(if names.len() == 1 { "Given is " } else { "Given are " })];
        prose.extend(list(names));
        prose.push(text(&format!("{sizes}:")));
        steps.push(Step { rule: "given", prose, displays: side_by_side(chains) });

        for quantity in engine.problem.quantities.values().cloned().collect::<Vec<_>>() {
            let Some(definition) = &quantity.definition else { continue };
            let name = Expr::name(quantity.name.clone());
            if is_unknown_call(engine.problem, definition) {
                steps.push(Step {
                    rule: "definition",
                    prose: vec![
                        Prose::Math(name),
                        text(" is an unknown scalar function, "),
                        Prose::Math(definition.clone()),
                        text("."),
                    ],
                    displays: Vec::new(),
                });
                continue;
            }
            let inlined = |_: &str| false;
            let form = engine.expander(&inlined).expand(definition).map_err(super::cotangent::refuse)?;
            let cells = self.form_cells(engine, &form, definition)?;
            let mut chain = Chain::new(name.clone()).equals(definition.clone());
            if cells != *definition {
                chain = chain.equals(cells);
            }
            let prose = vec![text("Every entry of "), Prose::Math(name), text(" is a sum of products:")];
            steps.push(step("expand", prose, chain));
        }
        self.upstream(engine, &mut steps)?;
        self.chain_rule(engine, targets, gradients, &mut steps);
        Ok(steps)
    }

    /// The unknown function's derivatives, which everything else is written in.
    fn upstream(&self, engine: &mut Engine<'_>, steps: &mut Vec<Step>) -> Result<(), Diagnostic> {
        let given: Vec<(Expr, Shape)> = engine
            .quantities
            .iter()
            .filter(|(_, info)| info.is_derivative && is_given(engine, &info.expr))
            .filter_map(|(_, info)| Some((info.expr.clone(), info.shape.clone()?)))
            .filter(|(_, shape)| !shape.is_scalar())
            .collect();
        for (expr, shape) in given {
            let cells = self.entries_of(engine, &expr, &shape)?;
            let prose = vec![
                text("The gradient "),
                Prose::Math(expr.clone()),
                text(" comes in from the loss; it is shaped like what it is taken by:"),
            ];
            steps.push(step("upstream", prose, Chain::new(expr).equals(cells)));
        }
        Ok(())
    }

    fn chain_rule(
        &self,
        engine: &Engine<'_>,
        targets: &[Target],
        gradients: &[Gradient],
        steps: &mut Vec<Step>,
    ) {
        let mut chains = Vec::new();
        for (target, gradient) in targets.iter().zip(gradients) {
            if gradient.uses.is_empty() || gradient.uses.iter().any(|used| used.cotangent.is_none()) {
                continue;
            }
            let whole = Expr::derivative(target.numerator.clone(), Expr::name(target.by.clone()));
            if !gradient.outer.is_empty() {
                continue;
            }
            let by = Expr::name(target.by.clone());
            chains.push(Chain::new(whole).equals(contractions(engine, gradient, &by)));
        }
        if chains.is_empty() {
            return;
        }
        let prose = vec![text(
            "By the chain rule every gradient is a sum over all entries of the intermediate. Two arrays side by \
             side mean here the sum of the products of all their entries, not a product of matrices:",
        )];
        steps.push(Step { rule: "chain-rule", prose, displays: vec![Display { chains }] });
    }

    /// One gradient.
    fn target(
        &self,
        engine: &mut Engine<'_>,
        target: &Target,
        gradient: &Gradient,
    ) -> Result<Section, Diagnostic> {
        let by_shape =
            engine.problem.quantities.get(&target.by).map_or_else(Shape::scalar, |known| known.shape.clone());
        let scalar = gradient.outer.is_empty();
        let through = gradient.uses.iter().any(|used| used.cotangent.is_some());
        if gradient.form.terms.is_empty() || gradient.form.free().len() > 2 || (!scalar && through) {
            // Arrays of more axes have no matrix of entries; their general term is told.
            return super::open::gradient(engine, target);
        }
        let whole = Expr::derivative(target.numerator.clone(), Expr::name(target.by.clone()));
        let by = Expr::name(target.by.clone());
        let (rows, columns) = self.dims(engine, &by_shape)?;
        let mut steps = Vec::new();
        if scalar && !by_shape.is_scalar() {
            let entries = self.entries_of(engine, &by, &by_shape)?;
            let partials = self.partials_of(&target.numerator, &by, &by_shape, (rows, columns));
            let prose = vec![
                Prose::Math(whole.clone()),
                text(" is laid out like "),
                Prose::Math(by.clone()),
                text(":"),
            ];
            let chain = Chain::new(by.clone()).equals(entries).implies(whole.clone()).equals(partials);
            steps.push(step("layout", prose, chain));
        }
        let count = rows * columns;
        let shown = match self.entries {
            Entries::Few if count <= 4 => count,
            Entries::Few | Entries::First => 1,
            Entries::All => count,
            Entries::Number(number) => number.clamp(1, count),
        };
        let order = Order::of(engine, gradient);
        if self.matched {
            self.matched_target(
                engine,
                target,
                gradient,
                (&whole, &by, &by_shape),
                shown,
                &order,
                &mut steps,
            )?;
        } else {
            self.general_target(engine, target, gradient, (&whole, &by, &by_shape), shown, &mut steps)?;
        }
        Ok(super::section(Heading::Derivative(whole), steps))
    }

    #[allow(clippy::too_many_arguments)] // one sentence's worth of context, used once
    fn matched_target(
        &self,
        engine: &mut Engine<'_>,
        target: &Target,
        gradient: &Gradient,
        (whole, by, by_shape): (&Expr, &Expr, &Shape),
        shown: usize,
        order: &Order,
        steps: &mut Vec<Step>,
    ) -> Result<(), Diagnostic> {
        let leaves = self.leaves(engine);
        let leaf = leaves.get(by).cloned().ok_or_else(|| diagnostic::internal("no entries"))?;
        let uses: Vec<ExplicitUse> = gradient
            .uses
            .iter()
            .map(|used| ExplicitUse {
                definition: match &used.name {
                    Some(name) if used.cotangent.is_some() => engine.body(&Expr::name(name.clone())),
                    _ => engine.body(&target.numerator),
                },
                cotangent: used.cotangent.and_then(|id| leaves.get(&engine.quantities.get(id).expr).cloned()),
            })
            .collect();
        let layout = match (gradient.outer.is_empty(), by_shape.is_scalar()) {
            (true, _) => Layout::Denominator,
            (false, true) => Layout::Numerator,
            (false, false) => Layout::Jacobian,
        };
        let worked = explicit::gradient(&uses, &leaf, layout, shown, &leaves)?;
        if gradient.outer.is_empty() {
            let (rows, columns) = (leaf.rows, leaf.columns);
            for number in 0..shown.min(rows * columns) {
                let (row, column) = (number / columns + 1, number % columns + 1);
                let at = literal(by, &leaf, row, column);
                let partials: Vec<Expr> =
                    worked.partials.iter().map(|entries| order.matrix(engine, &entries[number])).collect();
                let value = order.polynomial(engine, &worked.result[row - 1][column - 1]);
                self.entry_steps(engine, target, gradient, (&at, number), partials, value, steps);
            }
        }
        let result = order.matrix(engine, &worked.result);
        if !worked_is_scalar(&worked.result) || shown == 0 {
            let prose = vec![text("All entries together:")];
            steps.push(step("assemble", prose, Chain::new(whole.clone()).equals(result)));
        }
        self.match_back(engine, gradient, whole, &worked.result, &leaves, steps)
    }

    /// The double sum, the derivative's entries, the value; the last two only after the first entry.
    #[allow(clippy::too_many_arguments)] // one sentence's worth of context
    fn entry_steps(
        &self,
        engine: &mut Engine<'_>,
        target: &Target,
        gradient: &Gradient,
        (at, number): (&Expr, usize),
        partials: Vec<Expr>,
        value: Expr,
        steps: &mut Vec<Step>,
    ) {
        let left = partial(target.numerator.clone(), at.clone(), &[]);
        let through = gradient.uses.iter().all(|used| used.cotangent.is_some());
        if !through {
            let prose = vec![text("Differentiated by "), Prose::Math(at.clone()), text(" it gives")];
            steps.push(step("differentiate", prose, Chain::new(left).equals(value)));
            return;
        }
        let contracted = contractions(engine, gradient, at);
        if number == 0 {
            let letters = engine.letters();
            let literal = at.clone();
            let sum = engine.double_sum(gradient, &target.by, &|_| literal.clone(), &letters);
            let prose = vec![
                text("The entry "),
                Prose::Math(left.clone()),
                text(" is the sum over all entries of the intermediate:"),
            ];
            let chain = Chain::new(left.clone()).equals(sum).equals(contracted.clone());
            steps.push(step("chain-rule", prose, chain));
            for (used, matrix) in gradient.uses.iter().zip(&partials) {
                let Some(name) = &used.name else { continue };
                let derivative = partial(Expr::name(name.clone()), at.clone(), &used.held);
                let mut prose = vec![
                    text("Only the entries of "),
                    Prose::Math(Expr::name(name.clone())),
                    text(" in which "),
                    Prose::Math(at.clone()),
                    text(" occurs have a derivative"),
                ];
                if !used.held.is_empty() {
                    prose.push(text(" ("));
                    prose.extend(list(used.held.iter().cloned().map(Expr::name)));
                    prose.push(text(" held fixed: that way is counted by itself)"));
                }
                prose.push(text(":"));
                steps.push(step("differentiate", prose, Chain::new(derivative).equals(matrix.clone())));
            }
        }
        let written = Expr::sum(gradient.uses.iter().zip(partials).map(|(used, matrix)| {
            let factor = used
                .cotangent
                .map(|id| {
                    let info = engine.quantities.get(id).clone();
                    let shape = info.shape.unwrap_or_else(Shape::scalar);
                    self.entries_of(engine, &info.expr, &shape).unwrap_or(info.expr)
                })
                .unwrap_or_else(|| Expr::natural(1));
            contraction(factor, matrix)
        }));
        let prose = if number == 0 {
            vec![text("Products of entries in the same place, added up:")]
        } else {
            vec![text("In the same way for "), Prose::Math(at.clone()), text(":")]
        };
        let mut chain = Chain::new(left).equals(contracted);
        if written != value {
            chain = chain.equals(written);
        }
        steps.push(step("contract", prose, chain.equals(value)));
    }

    /// Splits the matrix by its regularity, multiplies back, compares.
    fn match_back(
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
        let own = engine.collapse(&gradient.form).map(|found| found.matrix);
        let by_entries = found.as_ref().and_then(|form| engine.collapse(form)).map(|found| found.matrix);
        let same = found
            .as_ref()
            .is_some_and(|form| form_key(&normalize(form)) == form_key(&normalize(&gradient.form)));
        // The author's order of factors and terms; what the entries show is the same sum.
        let (matrix, undecided) = match (own, by_entries) {
            (Some(own), _) if same => (own, false),
            (Some(own), found) => (own, found.is_some()),
            (None, Some(found)) => (found, false),
            (None, None) => return Ok(()),
        };
        let expr = matrix.to_expr();
        // Entries that were matched are multiplied back; a value that does not return is never printed.
        if !explicit::equal(&explicit::cells(&expr, leaves)?, cells)? {
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
    fn written_out(&self, engine: &mut Engine<'_>, matrix: &Matrix) -> Result<Option<Expr>, Diagnostic> {
        Ok(Some(match matrix {
            Matrix::Leaf { expr, shape } if !shape.is_scalar() && expr_has_entries(expr) => {
                self.entries_of(engine, expr, shape)?
            }
            Matrix::Transpose(inner) => match &**inner {
                Matrix::Leaf { expr, shape } if expr_has_entries(expr) => {
                    let entries = self.entries_of(engine, expr, shape)?;
                    transposed(entries)
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

    /// Above the matcher's sizes: the general term first, then the finished matrices.
    fn general_target(
        &self,
        engine: &mut Engine<'_>,
        target: &Target,
        gradient: &Gradient,
        (whole, by, by_shape): (&Expr, &Expr, &Shape),
        shown: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), Diagnostic> {
        let (rows, columns) = self.dims(engine, by_shape)?;
        if gradient.outer.is_empty() {
            for number in 0..shown {
                let (row, column) = (number / columns + 1, number % columns + 1);
                let leaf = Leaf {
                    quantity: 0,
                    rows,
                    columns,
                    indexed: (!by_shape.rows.is_one(), !by_shape.columns.is_one()),
                };
                let at = literal(by, &leaf, row, column);
                let mut partials = Vec::new();
                for used in &gradient.uses {
                    partials.push(self.partial_table(engine, gradient, used, (row, column))?);
                }
                let value = self.table(engine, &gradient.form)?;
                let value = match &value.kind {
                    ExprKind::Table(table) => table.cell(row, column),
                    _ => value,
                };
                self.entry_steps(engine, target, gradient, (&at, number), partials, value, steps);
            }
        }
        let result = self.table(engine, &gradient.form)?;
        steps.push(step(
            "assemble",
            vec![text("All entries together, each the general term at its place:")],
            Chain::new(whole.clone()).equals(result),
        ));
        if let Some(found) = engine.collapse(&gradient.form) {
            let expr = found.matrix.to_expr();
            let mut chain = Chain::new(whole.clone());
            if let Some(written) = self.written_out(engine, &found.matrix)?.filter(|written| *written != expr)
            {
                chain = chain.equals(written);
            }
            let prose = vec![text("The general term is an entry of a matrix expression:")];
            steps.push(step("collapse", prose, chain.equals(expr)));
        }
        Ok(())
    }

    /// The entries of a definition: worked out, or its general term.
    fn form_cells(
        &self,
        engine: &mut Engine<'_>,
        form: &Form,
        definition: &Expr,
    ) -> Result<Expr, Diagnostic> {
        if !self.matched {
            return self.table(engine, form);
        }
        let cells = explicit::cells(definition, &self.leaves(engine))?;
        Ok(Order::of_terms(&form.terms).matrix(engine, &cells))
    }

    /// A form of at most two axes as a table of its general term.
    fn table(&self, engine: &Engine<'_>, form: &Form) -> Result<Expr, Diagnostic> {
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
    fn partial_table(
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
    fn entries_of(&self, engine: &Engine<'_>, expr: &Expr, shape: &Shape) -> Result<Expr, Diagnostic> {
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
    fn partials_of(
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

/// The author's order: how the factors of each kind of product are written, and which kind comes first.
struct Order {
    templates: Vec<Vec<u32>>,
}

impl Order {
    fn of(engine: &Engine<'_>, gradient: &Gradient) -> Order {
        let _ = engine;
        let mut terms = gradient.form.terms.clone();
        terms.extend(gradient.uses.iter().flat_map(|used| used.derivative.clone()));
        Order::of_terms(&terms)
    }

    fn of_terms(terms: &[Term]) -> Order {
        let template = |term: &Term| {
            let mut ids = Vec::new();
            for factor in &term.factors {
                if let Base::Entry(quantity, _) = &factor.base
                    && !ids.contains(&quantity.0)
                {
                    ids.push(quantity.0);
                }
            }
            ids
        };
        Order { templates: terms.iter().map(template).collect() }
    }

    /// Place among the kinds of products, and the factors in their order.
    fn rank(&self, monomial: &Monomial) -> (usize, Vec<(usize, Vec<u32>)>) {
        let has = |id: u32| monomial.factors.iter().any(|(entry, _)| entry.quantity == id);
        let place = self
            .templates
            .iter()
            .position(|template| {
                template.iter().all(|id| has(*id))
                    && monomial.factors.iter().all(|(entry, _)| template.contains(&entry.quantity))
            })
            .unwrap_or(self.templates.len());
        let mut factors: Vec<(usize, Vec<u32>)> = monomial
            .factors
            .iter()
            .map(|(entry, _)| (self.factor_rank(place, entry.quantity), entry.indices.clone()))
            .collect();
        factors.sort();
        (place, factors)
    }

    fn factor_rank(&self, place: usize, quantity: u32) -> usize {
        let own =
            self.templates.get(place).and_then(|template| template.iter().position(|id| *id == quantity));
        own.unwrap_or(usize::try_from(quantity).unwrap_or(usize::MAX))
    }

    fn polynomial(&self, engine: &Engine<'_>, polynomial: &Polynomial) -> Expr {
        let mut monomials: Vec<&Monomial> = polynomial.monomials.iter().collect();
        // Terms by the indices of their factors, whatever kind they are of, kinds in the author's order.
        monomials.sort_by_key(|monomial| self.rank(monomial));
        Expr::sum(monomials.into_iter().map(|monomial| {
            use num_traits::{One, Signed};
            let (place, _) = self.rank(monomial);
            let mut factors: Vec<_> = monomial.factors.iter().collect();
            factors
                .sort_by_key(|(entry, _)| (self.factor_rank(place, entry.quantity), entry.indices.clone()));
            let mut written: Vec<Expr> = factors
                .into_iter()
                .map(|(entry, exponent)| {
                    let base = engine.quantities.get(QuantityId(entry.quantity)).expr.clone();
                    let base = if entry.indices.is_empty() {
                        base
                    } else {
                        let indices = entry.indices.iter().map(|index| Expr::natural(*index as usize));
                        Expr::index(base, indices.collect())
                    };
                    if *exponent == 1 {
                        return base;
                    }
                    ExprKind::Power {
                        base: Box::new(base),
                        exponent: Box::new(Expr::natural(*exponent as usize)),
                        entrywise: false,
                    }
                    .into()
                })
                .collect();
            let magnitude = monomial.coefficient.abs();
            if !magnitude.is_one() || written.is_empty() {
                written.insert(0, Expr::rational(&magnitude));
            }
            let product = Expr::products(ProductOp::Space, written);
            if monomial.coefficient.is_negative() { Expr::negate(product) } else { product }
        }))
    }

    fn matrix(&self, engine: &Engine<'_>, cells: &Cells) -> Expr {
        if let [row] = cells.as_slice()
            && let [cell] = row.as_slice()
        {
            return self.polynomial(engine, cell);
        }
        let cells = cells.iter().map(|row| row.iter().map(|cell| self.polynomial(engine, cell)).collect());
        ExprKind::Matrix(cells.collect()).into()
    }
}

fn matrix(rows: usize, columns: usize, cell: impl Fn(usize, usize) -> Expr) -> Expr {
    if (rows, columns) == (1, 1) {
        return cell(1, 1);
    }
    ExprKind::Matrix((1..=rows).map(|r| (1..=columns).map(|c| cell(r, c)).collect()).collect()).into()
}

/// `X[1,2]`, `x[2]`, or the name itself for a scalar.
fn literal(base: &Expr, leaf: &Leaf, row: usize, column: usize) -> Expr {
    let mut indices = Vec::new();
    if leaf.indexed.0 {
        indices.push(Expr::natural(row));
    }
    if leaf.indexed.1 {
        indices.push(Expr::natural(column));
    }
    if indices.is_empty() { base.clone() } else { Expr::index(base.clone(), indices) }
}

fn contraction(left: Expr, right: Expr) -> Expr {
    ExprKind::Contraction { left: Box::new(left), right: Box::new(right) }.into()
}

/// `dL/dY dY/dX`, added up over the uses.
fn contractions(engine: &Engine<'_>, gradient: &Gradient, by: &Expr) -> Expr {
    Expr::sum(gradient.uses.iter().filter_map(|used| {
        let cotangent = engine.quantities.get(used.cotangent?).expr.clone();
        Some(contraction(cotangent, partial(Expr::name(used.name.clone()?), by.clone(), &used.held)))
    }))
}

fn is_given(engine: &Engine<'_>, expr: &Expr) -> bool {
    let ExprKind::Derivative(derivative) = &expr.kind else { return false };
    match derivative.by.as_slice() {
        [(by, 1)] => match &by.kind {
            ExprKind::Name(name) => engine.is_opaque(&derivative.numerator, name),
            _ => false,
        },
        _ => false,
    }
}

fn expr_has_entries(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_) | ExprKind::Derivative(_))
}

fn worked_is_scalar(cells: &Cells) -> bool {
    matches!(cells.as_slice(), [row] if row.len() == 1)
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

/// Small matrices stand beside each other, larger ones each in its own display.
fn side_by_side(chains: Vec<Chain>) -> Vec<Display> {
    let width: usize = chains
        .iter()
        .map(|chain| match chain.rest.first().map(|(_, expr)| &expr.kind) {
            Some(ExprKind::Matrix(rows)) => rows.first().map_or(1, Vec::len),
            _ => 10,
        })
        .sum();
    if width <= 8 && !chains.is_empty() {
        vec![Display { chains }]
    } else {
        chains.into_iter().map(Display::from).collect()
    }
}
