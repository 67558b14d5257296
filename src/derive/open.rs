//! The open way: for arbitrary dimensions, once and for all entries.

use crate::dependence::{inlined, mentions};
use crate::derivation::{Chain, Derivation, Heading, Level, Prose, Section, Step};
use crate::diagnostic::Diagnostic;
use crate::index::Index;
use crate::index::write::{Letters, form_expr};
use crate::index::{Form, Term};
use crate::syntax::ast::{Expr, ExprKind, Name};

use super::cotangent::{Engine, Gradient, Use};
use super::plan::{Target, Way};
use super::tell::{self, entry, list, partial, step, text};

/// Why a derivation is told for all sizes though some are given.
#[derive(Clone, Copy)]
pub enum Sized {
    NoPolynomials,
    Nested,
}

/// The derivation of all targets; `sized` where sizes are given and yet told for all.
pub fn tell(
    engine: &mut Engine<'_>,
    targets: &[Target],
    sized: Option<Sized>,
) -> Result<Derivation, Diagnostic> {
    let mut sections = vec![super::section(Heading::Problem, problem(engine, sized))];
    for target in targets {
        sections.push(match &target.way {
            Way::Direct(goal) => engine.tell_direct(goal)?,
            Way::Chain | Way::Restated(_) => gradient(engine, target)?,
        });
    }
    Ok(Derivation { sections, answers: Vec::new(), sizes: None })
}

/// What is given: shapes in words, definitions displayed.
fn problem(engine: &Engine<'_>, sized: Option<Sized>) -> Vec<Step> {
    let mut steps = Vec::new();
    let declared: Vec<_> =
        engine.problem.quantities.values().filter(|quantity| quantity.definition.is_none()).collect();
    let mut prose = vec![text(if declared.len() == 1 { "Given is " } else { "Given are " })];
    for (position, quantity) in declared.iter().enumerate() {
        match position {
            0 => {}
            last if last + 1 == declared.len() => prose.push(text(" and ")),
            _ => prose.push(text(", ")),
        }
        prose.push(Prose::Math(Expr::name(quantity.name.clone())));
        if quantity.shape.is_scalar() {
            prose.push(text(" (a scalar)"));
        } else {
            prose.extend([text(" ("), Prose::Shape(quantity.shape.clone()), text(")")]);
        }
    }
    prose.push(text(". All dimensions are arbitrary"));
    if let Some(sized) = sized {
        prose.push(text(match sized {
            Sized::NoPolynomials => {
                ", the given sizes among them: the definitions are no polynomials to be written out"
            }
            Sized::Nested => ", the given sizes among them: what is asked is derived for all sizes at once",
        }));
    }
    prose.push(text("."));
    prose.extend(super::convention::assumed(engine.problem));
    let places: Vec<_> = declared.iter().map(|quantity| quantity.span).collect();
    steps.push(Step::new("given", prose, Vec::new()).about(places));
    for quantity in engine.problem.quantities.values() {
        if let Some(definition) = &quantity.definition {
            let name = Expr::name(quantity.name.clone());
            if engine.problem.parts.contains(&quantity.name) {
                let words = format!(" ({}) names a part of what is given:", quantity.shape);
                let chain = Chain::new(name.clone()).equals(definition.clone());
                let step = step("name", vec![Prose::Math(name), text(&words)], chain);
                steps.push(step.about([engine.place(&quantity.name)]));
                continue;
            }
            let prose = if super::explicit::is_unknown_call(engine.problem, definition) {
                vec![Prose::Math(name.clone()), text(" is by definition an unknown scalar function:")]
            } else {
                let shape = match quantity.shape.is_scalar() {
                    true => text(&quantity.shape.to_string()),
                    false => Prose::Shape(quantity.shape.clone()),
                };
                vec![Prose::Math(name.clone()), text(" is "), shape, text(" by definition:")]
            };
            // As it was written, and then with the names of its parts.
            let kept = |name: &Name| !engine.problem.parts.contains(name);
            let kept: Vec<Name> =
                engine.problem.quantities.keys().filter(|name| kept(name)).cloned().collect();
            let written = inlined(engine.problem, definition, &kept);
            let chain = Chain::new(name).equals(written.clone());
            let chain = if written == *definition { chain } else { chain.equals(definition.clone()) };
            steps.push(step("definition", prose, chain).about([engine.place(&quantity.name)]));
        }
    }
    steps.extend(super::convention::steps(engine.problem));
    steps.into_iter().map(|step| step.at_level(Level::Statement)).collect()
}

pub fn gradient(engine: &mut Engine<'_>, target: &Target) -> Result<Section, Diagnostic> {
    let gradient = engine.chain_rule(&target.numerator, &target.by, target.stacked)?;
    let whole = Expr::derivative(target.numerator.clone(), target.denominator());
    let mut steps = Vec::new();
    if let Way::Restated(goal) = &target.way {
        let prose = vec![text("What was derived before is put in and differentiated once more:")];
        steps.push(step("restate", prose, Chain::new(goal.clone()).equals(whole.clone())));
    }
    if gradient.form.terms.is_empty() {
        let by = Prose::Math(Expr::name(target.by.clone()));
        let (rule, prose) = if engine.names(&target.numerator, &target.by) {
            let words = " cancels or is flat: every entry of the derivative is zero.";
            ("vanishes", vec![text("What depends on "), by, text(words)])
        } else {
            let words = ": every entry of the derivative is zero.";
            let numerator = Prose::Math(target.numerator.clone());
            ("independent", vec![numerator, text(" does not depend on "), by, text(words)])
        };
        steps.push(Step::new(rule, prose, Vec::new()));
        return Ok(super::section(Heading::Derivative(whole), steps));
    }
    let mut letters = engine.letters();
    for index in &gradient.outer {
        letters.letter(index, "");
    }
    for index in &gradient.at {
        letters.letter(index, "abcfghnopqrstuvw");
    }
    // What is summed over keeps its letters from line to line; different uses may share them.
    let base = letters.clone();
    for used in gradient.uses.iter().filter(|used| used.cotangent.is_some()) {
        let mut own = base.clone();
        for index in used.form.free() {
            let letter = own.letter(&index, "");
            letters.set(&index, letter);
        }
    }
    let places: Vec<_> = gradient.uses.iter().map(|used| engine.place_of(used, &target.numerator)).collect();
    let free: Vec<(Name, Expr)> = gradient
        .outer
        .iter()
        .chain(&gradient.at)
        .filter_map(|index| Some((letters.get(index)?.clone(), index.dim.to_expr())))
        .collect();
    let by_entry = |letters: &mut Letters| {
        entry(Expr::name(target.by.clone()), &gradient.at, &gradient.at_groups, letters)
    };
    // The entry of the derivative that every line gives.
    let numerator = entry(target.numerator.clone(), &gradient.outer, &gradient.outer_groups, &mut letters);
    let left = partial(numerator, by_entry(&mut letters), &[]);

    if gradient.uses.iter().any(|used| used.cotangent.is_some()) {
        let sum = engine.double_sum(&gradient, &target.by, &by_entry, &letters);
        let mut prose = vec![text("By the chain rule, every entry of ")];
        let through = gradient.uses.iter().filter(|used| used.cotangent.is_some());
        prose.extend(list(through.filter_map(|used| used.name.clone()).map(Expr::name)));
        prose.push(text(" passes its share on to "));
        prose.push(Prose::Math(by_entry(&mut letters)));
        if !free.is_empty() {
            prose.push(text(", for all "));
            prose.extend(list(free.iter().map(|(letter, _)| Expr::name(letter.clone()))));
        }
        prose.push(text(":"));
        steps.push(step("chain-rule", prose, Chain::new(left.clone()).equals(sum).over(&free)));
    }
    for used in &gradient.uses {
        let mut told = Vec::new();
        entries(engine, (&gradient, &target.numerator), used, &letters, &free, &by_entry, &mut told);
        let place = engine.place_of(used, &target.numerator);
        steps.extend(told.into_iter().map(|step| {
            // Without a sum over an intermediate, the derivative by an entry is the move itself.
            let moves = used.cotangent.is_none() && step.rules.iter().any(|rule| &**rule == "differentiate");
            step.at_level(if moves { Level::Main } else { Level::Detail }).about([place])
        }));
    }
    // Put in, contract, collapse.
    let raw = Form { rows: Vec::new(), columns: Vec::new(), terms: normal_inside(&gradient) };
    let inserted = form_expr(&raw, &engine.quantities, &letters);
    let contracted = form_expr(&gradient.form, &engine.quantities, &letters);
    let chain = Chain::new(left.clone()).over(&free);
    if gradient.uses.iter().any(|used| used.cotangent.is_some()) {
        let deltas = inserted != contracted;
        let chain = if deltas { chain.equals(inserted) } else { chain };
        let (rule, prose) = if deltas {
            (
                "delta-contract",
                "Put into the sum, each Kronecker delta leaves one term of the sum over its index:",
            )
        } else {
            ("substitute", "Put into the sum:")
        };
        steps.push(step(rule, vec![text(prose)], chain.equals(contracted.clone())));
    }
    let form = match &target.way {
        // A derivative by a definition would have the whole of what was put in for its name.
        Way::Restated(_) => engine.without_cotangents(&target.numerator, &target.by, target.stacked)?,
        _ => gradient.form.clone(),
    };
    let written = form_expr(&form, &engine.quantities, &letters);
    if written != contracted && engine.collapse(&form).is_none() {
        let prose = vec![text("With the derivatives by definitions put in:")];
        steps.push(step("substitute", prose, Chain::new(left).equals(written.clone()).over(&free)));
    }
    if engine.collapse(&form).is_none() {
        let short = engine.indexed(&form, &letters).value;
        steps.extend(super::second::joined(written, &short, &free));
    }
    collapse(engine, &form, (whole.clone(), contracted), &letters, &free, &mut steps);
    // A step about one use has said so.
    let about = |step: Step| if step.places.is_empty() { step.about(places.iter().copied()) } else { step };
    let steps = steps.into_iter().map(about).collect();
    Ok(super::section(Heading::Derivative(whole), steps))
}

/// `Y[i,j]` as a sum, and its derivative.
fn entries(
    engine: &mut Engine<'_>,
    (gradient, numerator): (&Gradient, &Expr),
    used: &Use,
    letters: &Letters,
    free: &[(Name, Expr)],
    by_entry: &dyn Fn(&mut Letters) -> Expr,
    steps: &mut Vec<Step>,
) {
    let mut letters = letters.clone();
    let entry = engine.use_entry(used, &gradient.outer, &mut letters);
    let own: Vec<Index> = if used.cotangent.is_some() { used.form.free() } else { gradient.outer.clone() };
    // The numerator's own indices stand in no line about an intermediate.
    let outer = if used.cotangent.is_some() { gradient.outer.len() } else { 0 };
    let mut ranges: Vec<(Name, Expr)> = free[outer.min(free.len())..].to_vec();
    for index in &own {
        let letter = letters.letter(index, "");
        if !ranges.iter().any(|(known, _)| *known == letter) {
            ranges.push((letter, index.dim.to_expr()));
        }
    }
    let define = form_expr(&used.form, &engine.quantities, &letters);
    let own_ranges: Vec<(Name, Expr)> = ranges
        .iter()
        .filter(|(letter, _)| own.iter().any(|index| letters.get(index) == Some(letter)))
        .cloned()
        .collect();
    let mut expanded = |entry: Expr| {
        let prose = vec![text("Written by its entries, "), Prose::Math(entry.clone()), text(" is")];
        let chain = Chain::new(entry).equals(define.clone()).over(&own_ranges);
        steps.push(step("expand", prose, chain));
    };
    if define != entry {
        expanded(entry.clone());
    } else if used.name.is_none() && gradient.outer_groups.iter().any(|count| *count > 1) {
        // What has product axes shows how its entries are counted.
        expanded(tell::entry(numerator.clone(), &gradient.outer, &gradient.outer_groups, &mut letters));
    }
    let at = by_entry(&mut letters);
    let derivative = partial(entry.clone(), at.clone(), &used.held);
    let scalar = |terms: &[Term]| Form { rows: Vec::new(), columns: Vec::new(), terms: terms.to_vec() };
    let raw = form_expr(&scalar(&used.raw), &engine.quantities, &letters);
    let short = form_expr(&scalar(&used.derivative), &engine.quantities, &letters);
    let mut chain = Chain::new(derivative.clone()).over(&ranges);
    if raw != short {
        chain = chain.equals(raw);
    }
    if short == derivative {
        return;
    }
    let mut prose = match &used.name {
        Some(_) => vec![text("The derivative of "), Prose::Math(entry.clone())],
        // A numerator that is no name has been written just before.
        None => vec![text("Its derivative")],
    };
    if matches!(at.kind, ExprKind::Index { .. }) {
        prose.push(text(" by one entry is made of Kronecker deltas"));
    } else {
        prose.extend([text(" by "), Prose::Math(at), text(" is")]);
    }
    if !used.held.is_empty() {
        prose.push(text(", with "));
        prose.extend(list(used.held.iter().cloned().map(Expr::name)));
        prose.push(text(" held fixed because the way through it is counted by itself"));
    }
    prose.push(text(":"));
    steps.push(step("differentiate", prose, chain.equals(short)));
}

/// Cotangent times the normal derivative of each use: one contraction before the end.
fn normal_inside(gradient: &Gradient) -> Vec<Term> {
    let mut terms = Vec::new();
    for used in &gradient.uses {
        for term in &used.derivative {
            let mut product = term.clone();
            if let Some(cotangent) = used.cotangent {
                let summed = used.form.free();
                let indices = gradient.outer.iter().chain(&summed).cloned().collect();
                let head = Term::base(crate::index::Base::Entry(cotangent, indices));
                product.factors.splice(0..0, head.factors);
                product.bound.splice(0..0, summed);
            }
            terms.push(product);
        }
    }
    terms
}

/// From the last sum to matrix algebra.
fn collapse(
    engine: &mut Engine<'_>,
    form: &Form,
    (whole, contracted): (Expr, Expr),
    letters: &Letters,
    free: &[(Name, Expr)],
    steps: &mut Vec<Step>,
) {
    let Some(found) = engine.collapse(form) else { return };
    let value = found.expr();
    let mut letters = letters.clone();
    let (indices, groups) = (form.free(), engine.groups(form));
    if !indices.is_empty() && contracted != entry(value.clone(), &indices, &groups, &mut letters) {
        let entry = entry(value.clone(), &indices, &groups, &mut letters);
        let mut prose = vec![text("What remains")];
        prose.extend(known_besides(engine, &contracted, &value));
        prose.push(text(" is an entry of a matrix expression:"));
        let chain = Chain::new(contracted).equals(entry).over(free);
        steps.push(step("collapse", prose, chain).by(&found.rules));
        let chain = Chain::new(whole).equals(value);
        steps.push(step("assemble", vec![text("Hence, all entries together:")], chain));
    } else {
        let chain = Chain::new(whole).equals(value);
        steps.push(step("collapse", vec![text("Hence:")], chain).by(&found.rules));
    }
}

/// `, with dL/dP put in and T one-hot,`: what a short form takes from elsewhere, besides rules.
fn known_besides(engine: &Engine<'_>, contracted: &Expr, value: &Expr) -> Vec<Prose> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    derivatives(contracted, &mut before);
    derivatives(value, &mut after);
    let put_in: Vec<Expr> = before.into_iter().filter(|known| !after.contains(known)).cloned().collect();
    if put_in.is_empty() {
        return Vec::new();
    }
    let mut prose = vec![text(", with ")];
    prose.extend(list(put_in));
    prose.push(text(" put in"));
    let onehot: Vec<Expr> = engine
        .problem
        .quantities
        .keys()
        .filter(|name| engine.problem.is_onehot(name) && mentions(value, name))
        .map(|name| Expr::name(name.clone()))
        .collect();
    if !onehot.is_empty() {
        prose.push(text(" and "));
        prose.extend(list(onehot));
        prose.push(text(" one-hot"));
    }
    prose.push(text(","));
    prose
}

/// Every derivative in an expression, once, without its indices.
fn derivatives<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    if matches!(expr.kind, ExprKind::Derivative(_)) {
        if !found.contains(&expr) {
            found.push(expr);
        }
        return;
    }
    for child in expr.children() {
        derivatives(child, found);
    }
}
