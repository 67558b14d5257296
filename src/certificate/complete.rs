//! That a certificate answers what its source asks, by the definitions that its source has, all of it and no more.

use super::connect::{base, name, one, refused};
use super::letters;
use super::read::{Opened, title};
use super::rules::{self, Kind};
use crate::derivation::{Answer, Heading, Relation, Section, put_in};
use crate::diagnostic::{self, Diagnostic, Flaw, Spot};
use crate::problem::Goal;
use crate::shape::dimension;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

impl Opened {
    pub fn is_defined(&self, name: &str) -> bool {
        self.problem.quantities.get(name).is_some_and(|quantity| quantity.definition.is_some())
    }

    /// Definitions, goals and results, each by its name.
    ///
    /// # Errors
    /// The first that is missing, too many or another.
    pub fn complete(&self) -> Result<(), Diagnostic> {
        self.definitions()?;
        self.goals()?;
        self.result()
    }

    /// The first section gives every variable's entries where any are given, and every definition in its order; an
    /// explicit derivation says in words what an unknown function is of.
    fn definitions(&self) -> Result<(), Diagnostic> {
        let Some(section) = self.derivation.sections.first() else { return Ok(()) };
        let explicit = self.derivation.sizes.is_some();
        let mut defined = self.problem.quantities.values().filter(|quantity| quantity.definition.is_some());
        let declared = self.problem.quantities.values().filter(|quantity| quantity.definition.is_none());
        let mut given: Vec<&Name> = declared
            .filter(|quantity| explicit && !quantity.shape.is_scalar())
            .map(|quantity| &quantity.name)
            .collect();
        for (position, step) in section.steps.iter().enumerate() {
            let at = |flaw| {
                let spot = Spot::Step(title(&section.heading), position + 1);
                Err(diagnostic::certificate_refused(&spot, &flaw))
            };
            let mut chains = step.displays.iter().flat_map(|display| &display.chains);
            match rules::of(step.rules.first().map_or("", |rule| rule)) {
                Some((Kind::Given, _)) => {
                    for chain in chains {
                        match name(&chain.first) {
                            Some(own) if given.first() == Some(&own) => given.remove(0),
                            _ => return at(Flaw::Head(self.names.show(&chain.first))),
                        };
                    }
                }
                Some((Kind::Definition | Kind::Expand | Kind::Name, _)) => {
                    let quantity = defined.next();
                    let Some((quantity, definition)) =
                        quantity.and_then(|quantity| Some((quantity, quantity.definition.as_ref()?)))
                    else {
                        return at(Flaw::Displays);
                    };
                    let unknown = matches!(&definition.kind, ExprKind::Call { function, .. }
                        if self.problem.is_unknown_function(&function.name));
                    let says = match chains.next() {
                        Some(chain) => {
                            name(&chain.first) == Some(&quantity.name)
                                // As it was written, or with the names of its parts.
                                && chain.rest.first().is_some_and(|(_, side)| {
                                    side == definition
                                        || put_in(side, &self.introduced)
                                            == put_in(definition, &self.introduced)
                                })
                        }
                        None => explicit && unknown,
                    };
                    if !says {
                        return at(Flaw::NotTheDefinition(quantity.name.to_string()));
                    }
                }
                _ => {}
            }
        }
        let left_out = defined.next().map(|quantity| &quantity.name).or(given.first().copied());
        match left_out {
            Some(name) => Err(refused(section, &Flaw::Undefined(name.to_string()))),
            None => Ok(()),
        }
    }

    /// What was asked is answered, in order and no more, for all entries.
    fn goals(&self) -> Result<(), Diagnostic> {
        let answers = &self.derivation.answers;
        let goals = &self.problem.goals;
        if answers.len() != goals.len() {
            let flaw = Flaw::Goals { asked: goals.len(), answered: answers.len() };
            return Err(diagnostic::certificate_refused(&Spot::Whole, &flaw));
        }
        for (answer, goal) in answers.iter().zip(goals) {
            let shown = self.names.show(&answer.goal);
            let at = |flaw| Err(diagnostic::certificate_refused(&Spot::Answer(shown.clone()), &flaw));
            let indices = match &answer.goal.kind {
                _ if answer.goal == goal.expr => Vec::new(),
                ExprKind::Index { base, indices } if **base == goal.expr => indices.clone(),
                _ => {
                    return at(Flaw::Goal { asked: self.names.show(&goal.expr), answered: shown.clone() });
                }
            };
            // Those that the goal names come first, with the ranges that they have there.
            let own = goal.letters.as_deref().unwrap_or_default();
            if !answer.free.starts_with(own) {
                return at(Flaw::Letter(
                    own.first().map_or_else(String::new, |(letter, _)| letter.to_string()),
                ));
            }
            let rest = &answer.free[own.len()..];
            let parts = |index: &Expr| match &index.kind {
                ExprKind::Tuple(parts) => parts.clone(),
                _ => vec![index.clone()],
            };
            let indices: Vec<Expr> = indices.iter().flat_map(parts).collect();
            let letters: Vec<Option<&Name>> = indices.iter().map(name).collect();
            let free: Vec<Option<&Name>> = rest.iter().map(|(letter, _)| Some(letter)).collect();
            // The letters of a pair by their ranges, which multiply to the axis.
            let paired = letters::paired(&self.problem, &answer.goal, rest);
            let whole = letters::of(&self.problem, &answer.goal);
            let known = |letter: &Name, range: &Expr| match whole.iter().find(|(known, _)| known == letter) {
                Some((_, dim)) => Some((letter.clone(), dim.clone())),
                None if paired.contains(letter) => Some((letter.clone(), dimension(range)?)),
                None => None,
            };
            let axes: Vec<_> = rest.iter().filter_map(|(letter, range)| known(letter, range)).collect();
            if letters != free || (axes.len() != letters.len()) {
                return at(Flaw::Letter(
                    free.first().copied().flatten().map_or_else(String::new, |l| l.to_string()),
                ));
            }
            for (position, ((letter, range), (_, dim))) in rest.iter().zip(&axes).enumerate() {
                let before = own.iter().chain(&rest[..position]);
                let twice = before.into_iter().any(|(known, _)| known == letter);
                if twice || dimension(range).as_ref() != Some(dim) {
                    return at(Flaw::Letter(letter.to_string()));
                }
            }
            let derived = self.derivation.sections.iter().any(|section| match &section.heading {
                Heading::Derivative(whole) => self.is_of(whole, goal) || restates(section, goal, whole),
                _ => false,
            });
            if !derived && !self.is_given(answer) {
                return at(Flaw::Underived(self.names.show(&goal.expr)));
            }
            if self.certificate.options.inline
                && let Some(name) = self.definition_in(&answer.value)
            {
                return at(Flaw::Inline(name.to_string()));
            }
        }
        Ok(())
    }

    /// Whether a heading is what a goal asks for.
    fn is_of(&self, whole: &Expr, goal: &Goal) -> bool {
        one(whole).is_some_and(|derivative| {
            let by = base(&derivative.by[0].0);
            let stacked = self.problem.stacked(by);
            stacked.or_else(|| name(by)) == Some(&goal.by)
                && stacked.is_some() == goal.stacked
                && put_in_everywhere(&derivative.numerator, &self.introduced) == goal.numerator
        })
    }

    /// Nothing to derive: said of itself.
    fn is_given(&self, answer: &Answer) -> bool {
        answer.value == answer.goal
    }

    /// A definition of the file that an expression names outside of derivatives.
    fn definition_in(&self, expr: &Expr) -> Option<Name> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let introduced = self.introduced.iter().any(|(known, _)| known == name);
                (self.is_defined(name) && !introduced).then(|| name.clone())
            }
            ExprKind::Derivative(_) => None,
            _ => expr.children().into_iter().find_map(|child| self.definition_in(child)),
        }
    }

    /// The last section says the answers, each once and in order, and defines the names in them.
    fn result(&self) -> Result<(), Diagnostic> {
        let Some(section) = self.derivation.sections.last() else { return Ok(()) };
        let answers = &self.derivation.answers;
        let mut names: Vec<&(Name, Expr)> = Vec::new();
        for known in answers.iter().flat_map(|answer| &answer.introduced) {
            if !names.contains(&known) && !self.introduced.contains(known) {
                names.push(known);
            }
        }
        let mut open: Vec<&Answer> = answers.iter().filter(|answer| !self.is_given(answer)).collect();
        let given = answers.len() - open.len();
        let mut words = 0;
        for (position, step) in section.steps.iter().enumerate() {
            let at = |flaw| {
                let spot = Spot::Step(title(&section.heading), position + 1);
                Err(diagnostic::certificate_refused(&spot, &flaw))
            };
            let kind = rules::of(step.rules.first().map_or("", |rule| rule)).map(|(kind, _)| kind);
            words += usize::from(kind == Some(Kind::Given));
            for chain in step.displays.iter().flat_map(|display| &display.chains) {
                let shown = || self.names.show(&chain.first);
                let [(Relation::Equal, value)] = chain.rest.as_slice() else { return at(Flaw::Displays) };
                if kind == Some(Kind::Name) {
                    let place = names.iter().position(|(known, known_value)| {
                        name(&chain.first) == Some(known) && known_value == value
                    });
                    match place {
                        Some(place) => names.remove(place),
                        None => return at(Flaw::NotTheDefinition(shown())),
                    };
                    continue;
                }
                let same = |answer: &&Answer| {
                    answer.goal == chain.first && answer.value == *value && answer.free == chain.free
                };
                match open.iter().position(same) {
                    Some(place) => open.remove(place),
                    None => return at(Flaw::NotTheAnswer(shown())),
                };
            }
        }
        if let Some(answer) = open.first() {
            return Err(refused(section, &Flaw::Underived(self.names.show(&answer.goal))));
        }
        if let Some((name, _)) = names.first() {
            return Err(refused(section, &Flaw::Undefined(name.to_string())));
        }
        if words != given {
            return Err(refused(section, &Flaw::Displays));
        }
        Ok(())
    }
}

/// Whether a section says that what a goal asks for is what it derives.
fn restates(section: &Section, goal: &Goal, whole: &Expr) -> bool {
    let steps = section.steps.iter();
    let steps = steps.filter(|step| {
        matches!(rules::of(step.rules.first().map_or("", |rule| rule)), Some((Kind::Restate, _)))
    });
    let mut chains = steps.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
    chains.any(|chain| {
        chain.first == goal.expr
            && matches!(chain.rest.as_slice(), [(Relation::Equal, side)] if side == whole)
    })
}

/// The names put in also where a derivative is taken of them.
fn put_in_everywhere(expr: &Expr, names: &[(Name, Expr)]) -> Expr {
    match &expr.kind {
        ExprKind::Derivative(derivative) => {
            let numerator = put_in_everywhere(&derivative.numerator, names);
            ExprKind::Derivative(Box::new(Derivative { numerator, ..(**derivative).clone() })).into()
        }
        ExprKind::Name(_) => put_in(expr, names),
        _ => expr.map_children(&|child| put_in_everywhere(child, names)),
    }
}
