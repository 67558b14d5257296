//! The explicit way: every entry written out, the pattern found by the matcher.

mod matched;
mod tables;

use crate::dependence::sole_name;
use crate::derivation::{Chain, Derivation, Display, Heading, Level, Prose, Section, Step};
use crate::diagnostic::{self, Diagnostic};
use crate::explicit::{self, Cells, Dependence, ExplicitUse, Layout, Leaf, Leaves};
use crate::index::{Form, QuantityId};
use crate::problem::Problem;
use crate::shape::Shape;
use crate::syntax::ast::{Expr, ExprKind, Name};

use super::cotangent::{Engine, Gradient};
use super::order::Order;
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
        gradients.push(engine.chain_rule(&target.numerator, &target.by, target.stacked)?);
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

/// Whether the explicit way can write out every definition: as polynomials in the entries.
pub fn is_polynomial(engine: &Engine<'_>) -> Result<bool, Diagnostic> {
    let problem = engine.problem;
    // Entries have two places there.
    if problem.has_products() {
        return Ok(false);
    }
    let sizes = problem.sizes.iter().map(|(name, size)| (name.clone(), *size)).collect();
    let story = Story { matched: true, sizes, entries: Entries::default() };
    let leaves = story.leaves(engine);
    let definitions = problem.quantities.values().filter_map(|quantity| quantity.definition.as_ref());
    for expr in definitions.chain(problem.goals.iter().map(|goal| &goal.numerator)) {
        if !is_unknown_call(problem, expr) && !explicit::is_polynomial(expr, &leaves)? {
            return Ok(false);
        }
    }
    Ok(true)
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
            .with_operations(&problem.operations)
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
        let mut places = Vec::new();
        for quantity in engine.problem.quantities.values() {
            if quantity.definition.is_none() {
                let name = Expr::name(quantity.name.clone());
                names.push(name.clone());
                places.push(quantity.span);
                if !quantity.shape.is_scalar() {
                    let matrix = self.entries_of(engine, &name, &quantity.shape)?;
                    chains.push(Chain::new(name).equals(matrix));
                }
            }
        }
        let mut prose = vec![text(if names.len() == 1 { "Given is " } else { "Given are " })];
        prose.extend(list(names));
        prose.push(text(&format!("{sizes}:")));
        steps.push(Step::new("given", prose, side_by_side(chains)).about(places));

        for quantity in engine.problem.quantities.values().cloned().collect::<Vec<_>>() {
            let Some(definition) = &quantity.definition else { continue };
            let name = Expr::name(quantity.name.clone());
            if is_unknown_call(engine.problem, definition) {
                let prose = vec![
                    Prose::Math(name),
                    text(" is by definition an unknown scalar function, "),
                    Prose::Math(definition.clone()),
                    text("."),
                ];
                let place = engine.place(&quantity.name);
                steps.push(Step::new("definition", prose, Vec::new()).about([place]));
                continue;
            }
            let inlined = |_: &str| false;
            let form = engine.expander(&inlined).expand(definition).map_err(super::refuse::refuse)?;
            let cells = self.form_cells(engine, &form, definition)?;
            let mut chain = Chain::new(name.clone()).equals(definition.clone());
            if cells != *definition {
                chain = chain.equals(cells);
            }
            let prose = vec![text("Every entry of "), Prose::Math(name), text(" is a sum of products:")];
            steps.push(step("expand", prose, chain).about([engine.place(&quantity.name)]));
        }
        let mut steps = steps.into_iter().map(|step| step.at_level(Level::Statement)).collect();
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
        let mut places = Vec::new();
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
            places.extend(gradient.uses.iter().map(|used| engine.place_of(used, &target.numerator)));
        }
        if chains.is_empty() {
            return;
        }
        let prose = vec![text(
            "Two arrays side by side mean here the sum of the products of all their entries, not a product of \
             matrices. By the chain rule every gradient is such a sum over all entries of the intermediate:",
        )];
        steps.push(Step::new("chain-rule", prose, vec![Display { chains }]).about(places));
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
            steps.push(step("layout", prose, chain).at_level(Level::Detail));
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
        let places: Vec<_> =
            gradient.uses.iter().map(|used| engine.place_of(used, &target.numerator)).collect();
        // A step about one use has said so.
        let about =
            |step: Step| if step.places.is_empty() { step.about(places.iter().copied()) } else { step };
        let steps = steps.into_iter().map(about).collect();
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
        let values = engine.dependent_values(&target.by);
        let leaves = self.leaves(engine);
        let leaf = leaves.get(by).cloned().ok_or_else(|| diagnostic::internal("no entries"))?;
        let entries = |id: QuantityId| leaves.get(&engine.quantities.get(id).expr).cloned();
        let dependences: Option<Vec<Dependence>> = values
            .iter()
            .map(|(value, derivative)| {
                Some(Dependence { value: entries(*value)?, derivative: entries(*derivative)? })
            })
            .collect();
        let dependences = dependences.ok_or_else(|| diagnostic::internal("no entries"))?;
        let uses: Vec<ExplicitUse> = gradient
            .uses
            .iter()
            .map(|used| ExplicitUse {
                definition: match &used.name {
                    Some(name) if used.cotangent.is_some() => engine.body(&Expr::name(name.clone())),
                    // A definition by itself is differentiated as it stands.
                    _ if sole_name(&target.numerator) == Some(&target.by) => target.numerator.clone(),
                    _ => engine.body(&target.numerator),
                },
                cotangent: used.cotangent.and_then(entries),
            })
            .collect();
        let layout = match (gradient.outer.is_empty(), by_shape.is_scalar()) {
            (true, _) => Layout::Denominator,
            (false, true) => Layout::Numerator,
            (false, false) => Layout::Jacobian,
        };
        let worked = explicit::gradient(&uses, &leaf, &dependences, layout, shown, &leaves)?;
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
            // Of a scalar it is the whole gradient.
            let level = if *at == Expr::name(target.by.clone()) { Level::Main } else { Level::Detail };
            steps.push(step("differentiate", prose, Chain::new(left).equals(value)).at_level(level));
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
            steps.push(step("chain-rule", prose, chain).at_level(Level::Detail));
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
                let place = engine.place(name);
                let chain = Chain::new(derivative).equals(matrix.clone());
                steps.push(step("differentiate", prose, chain).at_level(Level::Detail).about([place]));
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
        let level = if *at == Expr::name(target.by.clone()) { Level::Main } else { Level::Detail };
        steps.push(step("contract", prose, chain.equals(value)).at_level(level));
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
        if let Some(found) = engine.collapse_kept(&gradient.form) {
            let expr = found.expr();
            let mut chain = Chain::new(whole.clone());
            if let Some(written) = self.written_out(engine, &found.matrix)?.filter(|written| *written != expr)
            {
                chain = chain.equals(written);
            }
            let prose = vec![text("The general term is an entry of a matrix expression:")];
            steps.push(step("collapse", prose, chain.equals(expr)).by(&found.rules));
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

fn worked_is_scalar(cells: &Cells) -> bool {
    matches!(cells.as_slice(), [row] if row.len() == 1)
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
