//! Derivatives of derivatives: what is differentiated is the derivative that was derived before, written out, as a
//! person takes the Jacobian of the gradient. Where that has no matrix form, everything is put in and differentiated
//! twice, entry by entry.

use std::collections::BTreeMap;

use super::cotangent::Engine;
use super::groups::groups_of;
use super::refuse::refuse;
use super::tell::{step, text};
use crate::dependence::mentions;
use crate::derivation::{Answer, Chain, Heading, Level, Prose, Remark, Section, Step};
use crate::diagnostic::Diagnostic;
use crate::differentiate::opaque_call;
use crate::expand::{Scope, Unexpandable, variable};
use crate::index::Form;
use crate::index::write::{Letters, form_expr, in_groups};
use crate::problem::{Goal, Problem, has_derivative};
use crate::shape::dimension;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name, Property};

impl Engine<'_> {
    /// What a goal differentiates, with every derivative in it written out; `None` where one of them has no matrix form or
    /// stands at letters.
    pub fn written_out(&mut self, goal: &Goal) -> Result<Option<Expr>, Diagnostic> {
        if goal.letters.is_some() || goal.is_nested() && self.is_bound(&goal.by) {
            return Ok(None);
        }
        let mut values = Vec::new();
        for (whole, derivative) in first_derivatives(&goal.numerator) {
            match self.value(whole, derivative)? {
                Some(value) => values.push((whole.clone(), value)),
                None => return Ok(None),
            }
        }
        Ok(Some(replaced(&goal.numerator, &values)))
    }

    /// Whether entries of a variable are declared to depend on one another: a derivative that was written by that holds
    /// where it is so alone, and says nothing of how it changes with one entry. A definition that is its own transpose is
    /// like a variable declared so.
    fn is_bound(&mut self, by: &Name) -> bool {
        let Some(known) = self.problem.quantities.get(by) else { return false };
        let bound = |property: &Property| !matches!(property, Property::Positive | Property::Integer);
        let id = variable(&mut self.quantities, known);
        known.properties.iter().any(bound) || self.quantities.get(id).symmetric || self.problem.is_onehot(by)
    }

    /// The derivatives in what a goal differentiates that are to be derived before it: numerator and denominator.
    pub fn before(&self, goal: &Goal) -> Vec<(Expr, Name, bool)> {
        if goal.letters.is_some() {
            return Vec::new();
        }
        let derived = first_derivatives(&goal.numerator).into_iter().filter_map(|(_, derivative)| {
            let opaque = opaque_call(self.problem, derivative).is_some();
            let (by, stacked) = by_name(self.problem, derivative).filter(|_| !opaque)?;
            Some((derivative.numerator.clone(), by.clone(), stacked))
        });
        derived.collect()
    }

    /// A derivative in definitions, declared variables and derivatives of unknown functions by their own arguments.
    fn value(&mut self, whole: &Expr, derivative: &Derivative) -> Result<Option<Expr>, Diagnostic> {
        let Some((by, stacked)) = by_name(self.problem, derivative) else { return Ok(None) };
        if opaque_call(self.problem, derivative).is_some() {
            return Ok(Some(whole.clone()));
        }
        if let Some((_, value)) = self.written.iter().find(|(known, _)| known == whole) {
            return Ok(value.clone());
        }
        let form = self.without_cotangents(&derivative.numerator, by, stacked)?;
        // A zero has no axes when it is read again.
        let found = if form.terms.is_empty() { None } else { self.collapse(&form) };
        let value = found.map(|found| found.expr());
        self.written.push((whole.clone(), value.clone()));
        Ok(value)
    }

    /// A gradient without derivatives by definitions.
    pub fn without_cotangents(
        &mut self,
        numerator: &Expr,
        by: &Name,
        stacked: bool,
    ) -> Result<Form, Diagnostic> {
        let form = self.gradient(numerator, by, stacked)?;
        let mut names = self.between(numerator, by);
        names.reverse();
        self.readable(numerator, form, &names)
    }

    /// An expression with derivatives of unknown functions by the calls that they depend on as their functions do.
    pub fn plain(&self, expr: &Expr) -> Expr {
        match &expr.kind {
            ExprKind::Derivative(derivative) => match opaque_call(self.problem, derivative) {
                Some((call, _)) => call.clone(),
                None => expr.clone(),
            },
            _ if has_derivative(expr) => expr.map_children(&|child| self.plain(child)),
            _ => expr.clone(),
        }
    }

    /// The derivative of an unknown function by its own argument: nothing to derive.
    pub fn is_opaque(&self, numerator: &Expr, by: &Name) -> bool {
        let body = match &numerator.kind {
            ExprKind::Derivative(_) => self.plain(numerator),
            _ => self.body(numerator),
        };
        matches!(&body.kind, ExprKind::Call { function, .. }
            if self.problem.is_unknown_function(&function.name) && mentions(&body, by))
    }

    /// A goal's derivative with everything put in, and the letters that it is written with.
    pub fn direct(&mut self, goal: &Goal) -> Result<(Form, Letters), Diagnostic> {
        let mut names = self.letters();
        let Some(ranges) = &goal.letters else { return Ok((self.inlined(goal)?, names)) };
        let mut known = BTreeMap::new();
        for (letter, range) in ranges {
            let dim = dimension(range).ok_or_else(|| refuse(Unexpandable::Malformed(range.clone())))?;
            let index = self.indices.fresh(&dim);
            names.set(&index, letter.clone());
            known.insert(letter.clone(), index);
        }
        let inlined = |_: &str| true;
        let mut expander = self.expander(&inlined);
        expander.scope = Scope::letters(known);
        let above = groups_of(&mut expander, &goal.numerator).map_err(refuse)?;
        let asked = whole(goal);
        let form = expander.expand(&asked).map_err(refuse)?;
        let entry = matches!(&asked.kind, ExprKind::Derivative(derivative)
            if derivative.by.iter().any(|(by, _)| matches!(by.kind, ExprKind::Index { .. })));
        self.note_entry_groups(&form, &above, goal, entry);
        Ok((self.simplified(&form), names))
    }

    /// The section of a goal that is differentiated with everything put in.
    pub fn tell_direct(&mut self, goal: &Goal) -> Result<Section, Diagnostic> {
        let (answer, form, letters) = self.answer_direct(goal)?;
        let asked = whole(goal);
        let entry = match &answer.goal.kind {
            ExprKind::Index { base, indices } if **base == goal.expr => {
                Expr::index(asked.clone(), indices.clone())
            }
            _ => asked.clone(),
        };
        let words = match goal.is_nested() {
            true => "Each entry of the first derivative, differentiated once more:",
            false => "With everything written by its entries, the derivative is:",
        };
        let mut steps = Vec::new();
        if matches!(answer.remark, Some(Remark::Vanishes | Remark::Independent)) {
            let words = [Prose::Math(goal.expr.clone()), text(" is zero in every entry.")];
            steps.push(crate::derivation::Step::new("vanishes", words.to_vec(), Vec::new()));
        } else {
            let long = form_expr(&form, &self.quantities, &letters);
            let chain = Chain::new(entry).equals(long.clone()).over(&answer.free);
            steps.push(
                step("differentiate", vec![text(words)], chain).at_level(Level::Main).about([goal.span]),
            );
            steps.extend(joined(long, &answer.value, &answer.free).map(|step| step.about([goal.span])));
        }
        Ok(super::section(Heading::Derivative(asked), steps))
    }

    /// The answer of a goal by entries: in the letters that it names.
    pub fn answer_direct(&mut self, goal: &Goal) -> Result<(Answer, Form, Letters), Diagnostic> {
        let (form, mut names) = self.direct(goal)?;
        let free: Vec<(Name, Expr)> =
            form.free().iter().map(|index| (names.letter(index, "ijab"), index.dim.to_expr())).collect();
        let indices: Vec<Expr> = free.iter().map(|(letter, _)| Expr::name(letter.clone())).collect();
        let indices = in_groups(indices, &self.groups(&form));
        let entry = match indices.is_empty() {
            true => goal.expr.clone(),
            false => Expr::index(goal.expr.clone(), indices),
        };
        let value = self.indexed(&form, &names).value;
        let free = goal.letters.iter().flatten().cloned().chain(free).collect();
        let remark = form.terms.is_empty().then_some(Remark::Vanishes);
        let introduced = self.introduced();
        Ok((Answer { goal: entry, value, free, introduced, remark }, form, names))
    }
}

/// The step from an index form to what it is written as, where that differs.
pub fn joined(long: Expr, short: &Expr, free: &[(Name, Expr)]) -> Option<Step> {
    let words = "By entries of products and the names of the file, with common factors once:";
    let chain = Chain::new(long.clone()).equals(short.clone()).over(free);
    (long != *short).then(|| step("collapse", vec![text(words)], chain))
}

/// The derivative that a goal asks for, by one thing.
pub fn whole(goal: &Goal) -> Expr {
    let ExprKind::Derivative(written) = &goal.expr.kind else { return goal.expr.clone() };
    let last = written.nested().unwrap_or((**written).clone());
    ExprKind::Derivative(Box::new(Derivative { numerator: goal.numerator.clone(), ..last })).into()
}

/// The derivatives in an expression, outermost ones, each once.
fn first_derivatives(expr: &Expr) -> Vec<(&Expr, &Derivative)> {
    fn collect<'e>(expr: &'e Expr, found: &mut Vec<(&'e Expr, &'e Derivative)>) {
        match &expr.kind {
            ExprKind::Derivative(_) if found.iter().any(|(known, _)| *known == expr) => {}
            ExprKind::Derivative(derivative) => found.push((expr, derivative)),
            _ => expr.children().into_iter().for_each(|child| collect(child, found)),
        }
    }
    let mut found = Vec::new();
    collect(expr, &mut found);
    found
}

/// The quantity that a derivative is by, once, and whether by its columns one below the other.
fn by_name<'e>(problem: &'e Problem, derivative: &'e Derivative) -> Option<(&'e Name, bool)> {
    let [(by, 1)] = derivative.by.as_slice() else { return None };
    match &by.kind {
        ExprKind::Name(name) => Some((name, false)),
        _ => Some((problem.stacked(by)?, true)),
    }
}

pub fn replaced(expr: &Expr, values: &[(Expr, Expr)]) -> Expr {
    match values.iter().find(|(known, _)| known == expr) {
        Some((_, value)) => value.clone(),
        None => expr.map_children(&|child| replaced(child, values)),
    }
}
