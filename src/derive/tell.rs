//! Sentences and displays shared by both ways.

use crate::derivation::{Answer, Chain, Display, Heading, Level, Obstacle, Prose, Remark, Section, Step};
use crate::index::Index;
use crate::index::write::{Letters, in_groups};
use crate::problem::Problem;
use crate::source::Span;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

use super::cotangent::{Engine, Gradient, Use};

/// A piece of prose.
pub fn text(words: &str) -> Prose {
    Prose::Text(words.to_string())
}

/// A step with one display of one chain.
pub fn step(rule: &str, prose: Vec<Prose>, chain: Chain) -> Step {
    Step::new(rule, prose, vec![chain.into()])
}

/// `X`, `W` and `Y` in a sentence.
pub fn list(names: impl IntoIterator<Item = Expr>) -> Vec<Prose> {
    let names: Vec<Expr> = names.into_iter().collect();
    let last = names.len().saturating_sub(1);
    let mut prose = Vec::new();
    for (position, name) in names.into_iter().enumerate() {
        match position {
            0 => {}
            at if at == last => prose.push(text(" and ")),
            _ => prose.push(text(", ")),
        }
        prose.push(Prose::Math(name));
    }
    prose
}

/// `base[i,j]`, with pairs for product axes; the base itself for a scalar.
pub fn entry(base: Expr, indices: &[Index], groups: &[usize], letters: &mut Letters) -> Expr {
    if indices.is_empty() {
        return base;
    }
    let letters = indices.iter().map(|index| Expr::name(letters.letter(index, ""))).collect();
    Expr::index(base, in_groups(letters, groups))
}

/// `d(numerator)/d(by)` with what it holds fixed.
pub fn partial(numerator: Expr, by: Expr, held: &[Name]) -> Expr {
    ExprKind::Derivative(Box::new(Derivative { numerator, by: vec![(by, 1)], held: held.to_vec() })).into()
}

/// The chain of answers side by side, after the names they use.
pub fn result(problem: &Problem, answers: &[Answer], names: &[(Name, Expr)]) -> Section {
    let mut steps = Vec::new();
    let place = |answer: &Answer| {
        let asked = problem.goals.iter().find(|goal| goal.expr == answer.goal);
        asked.map_or(answer.goal.span, |goal| goal.span)
    };
    if !names.is_empty() {
        let chain = |(name, value): &(Name, Expr)| Chain::new(Expr::name(name.clone())).equals(value.clone());
        let displays = names.iter().map(chain).map(Display::from).collect();
        let prose =
            if names.len() == 1 { "With a name for what recurs:" } else { "With names for what recurs:" };
        steps.push(Step::new("name", vec![text(prose)], displays));
    }
    let told = |answer: &&Answer| !matches!(answer.remark, Some(Remark::IndexForm { .. } | Remark::Given));
    let plain: Vec<&Answer> = answers.iter().filter(told).collect();
    let chain =
        |answer: &Answer| Chain::new(answer.goal.clone()).equals(answer.value.clone()).over(&answer.free);
    if !plain.is_empty() {
        let chains = plain.iter().map(|answer| chain(answer)).collect();
        let places = plain.iter().map(|answer| place(answer));
        steps.push(Step::new("result", vec![text("Altogether:")], vec![Display { chains }]).about(places));
    }
    for answer in answers {
        let step = match &answer.remark {
            Some(Remark::Vanishes) => Step::new(
                "vanishes",
                vec![text("Every entry of "), Prose::Math(answer.goal.clone()), text(" is zero.")],
                Vec::new(),
            ),
            Some(Remark::Independent) => Step::new(
                "independent",
                vec![
                    text("The numerator does not depend on the denominator of "),
                    Prose::Math(answer.goal.clone()),
                    text(", so every entry of it is zero."),
                ],
                Vec::new(),
            ),
            Some(Remark::Given) => Step::new(
                "given",
                vec![
                    Prose::Math(answer.goal.clone()),
                    text(
                        " is the derivative of an unknown function by its own argument: it is given, and there \
                         is nothing to derive.",
                    ),
                ],
                Vec::new(),
            ),
            Some(Remark::IndexForm { einsum, obstacle }) => {
                let mut prose = Vec::new();
                match obstacle {
                    Some(Obstacle::Meets { index, factors }) => prose.extend([
                        text("The index "),
                        Prose::Math(index.clone()),
                        text(&format!(
                            " stands in {factors} factors, and a product of matrices joins two: no matrix form was \
                             found."
                        )),
                    ]),
                    Some(Obstacle::Place(place)) => prose.extend([
                        text("An index is held at "),
                        Prose::Math(place.clone()),
                        text(", which no product of matrices does."),
                    ]),
                    None => prose.push(text("No matrix form was found.")),
                }
                let subscripts =
                    einsum.as_ref().map(|einsum| format!(", with the einsum subscripts {einsum}"));
                prose.push(text(&format!(" In index form{}:", subscripts.unwrap_or_default())));
                Step::new("index-form", prose, vec![chain(answer).into()])
            }
            None => continue,
        };
        steps.push(step.about([place(answer)]));
    }
    let steps = steps.into_iter().map(|step| step.at_level(Level::Statement)).collect();
    super::section(Heading::Result, steps)
}

impl Engine<'_> {
    /// Where a definition stands in the source, that of an introduced name where its value was written.
    pub fn place(&self, name: &str) -> Span {
        match self.problem.quantities.get(name) {
            Some(quantity) if quantity.span != Span::NONE => quantity.span,
            Some(quantity) => quantity.definition.as_ref().map_or(Span::NONE, |definition| definition.span),
            None => Span::NONE,
        }
    }

    /// Where the definition of a use stands; for a numerator that is no name, the numerator itself.
    pub fn place_of(&self, used: &Use, numerator: &Expr) -> Span {
        used.name.as_ref().map_or(numerator.span, |name| self.place(name))
    }

    /// `sum(i) sum(j) dL/dY[i,j] dY[i,j]/dX[a,b]`, one term a use; `at` stands for the entry of the denominator.
    pub fn double_sum(
        &mut self,
        gradient: &Gradient,
        by: &Name,
        at: &dyn Fn(&mut Letters) -> Expr,
        letters: &Letters,
    ) -> Expr {
        let _ = by;
        let terms: Vec<Expr> = gradient
            .uses
            .iter()
            .map(|used| {
                let mut letters = letters.clone();
                let numerator = self.use_entry(used, &gradient.outer, &mut letters);
                let derivative = partial(numerator, at(&mut letters), &used.held);
                let Some(cotangent) = used.cotangent else { return derivative };
                let summed = used.form.free();
                let indices: Vec<Index> = gradient.outer.iter().chain(&summed).cloned().collect();
                let info = self.quantities.get(cotangent);
                let factor = entry(info.expr.clone(), &indices, &info.groups, &mut letters);
                let product = Expr::product(factor, crate::syntax::ast::ProductOp::Space, derivative);
                crate::index::write::sum_over(&summed.iter().collect::<Vec<_>>(), product, &mut letters)
            })
            .collect();
        Expr::sum(terms)
    }

    /// `Y[i,j]` of a use.
    pub fn use_entry(&self, used: &Use, outer: &[Index], letters: &mut Letters) -> Expr {
        // A numerator that is no name is written by its entries, in the letters of the line.
        let Some(name) = &used.name else {
            return crate::index::write::form_expr(&used.form, &self.quantities, letters);
        };
        let indices = if used.cotangent.is_some() { used.form.free() } else { outer.to_vec() };
        entry(Expr::name(name.clone()), &indices, &used.form.groups(), letters)
    }
}
