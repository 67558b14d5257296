//! That the lines of a derivation are lines of one derivation: of its source, by its headings, each from what stands
//! before it. What an equality says is for the checker.

use super::letters;
use super::read::{Opened, title};
use super::rules::{self, Kind, Part};
use crate::derivation::{Chain, Heading, Relation, Section, Step};
use crate::diagnostic::{self, Diagnostic, Flaw, Spot};
use crate::problem::Problem;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// An equality that the lines of a derivation need and none of them states.
pub struct Bridge {
    pub spot: Spot,
    pub chain: Chain,
}

/// Everything that can be known without evaluating, and what remains to be evaluated besides the lines themselves.
///
/// # Errors
/// The first thing that does not follow.
pub fn connect(opened: &Opened) -> Result<Vec<Bridge>, Diagnostic> {
    let mut connection = Connection { opened, problem: &opened.problem, bridges: Vec::new() };
    connection.sections()?;
    Ok(connection.bridges)
}

struct Connection<'a> {
    opened: &'a Opened,
    problem: &'a Problem,
    bridges: Vec<Bridge>,
}

/// What a section has led to, line by line.
#[derive(Default)]
struct Stated {
    sides: Vec<(Expr, Vec<(Name, Expr)>)>,
    letters: Vec<(Name, Expr)>,
    /// A derivative of the heading's numerator that has its entries written out.
    written: Option<Expr>,
}

impl Stated {
    /// The last side with the letters of a chain.
    fn before(&self, chain: &Chain) -> Option<&(Expr, Vec<(Name, Expr)>)> {
        self.sides.iter().rev().find(|(_, free)| *free == chain.free)
    }

    /// Whether a part stands in a line before.
    fn has_left(&self, part: &Expr) -> bool {
        self.sides.iter().any(|(side, _)| contains(side, part))
    }
}

impl Connection<'_> {
    fn show(&self, expr: &Expr) -> String {
        self.opened.names.show(expr)
    }

    fn sections(&mut self) -> Result<(), Diagnostic> {
        let opened = self.opened;
        let sections = &opened.derivation.sections;
        let last = sections.len().saturating_sub(1);
        for (position, section) in sections.iter().enumerate() {
            let part = Part::from(&section.heading);
            let fits = match part {
                Part::Problem => position == 0,
                Part::Derivative => position > 0 && position < last,
                Part::Result => position > 0 && position == last,
            };
            if !fits {
                return Err(refused(section, &Flaw::Heading));
            }
            self.section(section, part)?;
            if part == Part::Derivative {
                self.backwards(section, &sections[position + 1..])?;
            }
        }
        match (sections.first(), sections.last()) {
            (Some(first), Some(end)) if sections.len() > 1 => match end.heading {
                Heading::Result => Ok(()),
                _ => Err(refused(first, &Flaw::Heading)),
            },
            _ => Err(diagnostic::certificate_refused(&Spot::Whole, &Flaw::Heading)),
        }
    }

    /// No line takes what only a later section derives.
    fn backwards(&self, section: &Section, later: &[Section]) -> Result<(), Diagnostic> {
        let later: Vec<&Expr> = later
            .iter()
            .filter(|other| other.heading != section.heading)
            .filter_map(|other| match &other.heading {
                // An entry that is asked for is derived by itself, and any line may take it.
                Heading::Derivative(whole) => Some(whole).filter(|whole| !by_entry(whole)),
                _ => None,
            })
            .collect();
        for (position, step) in section.steps.iter().enumerate() {
            for side in step.displays.iter().flat_map(|display| &display.chains).flat_map(sides) {
                if let Some(whole) = later.iter().find(|whole| contains(side, whole)) {
                    let spot = Spot::Step(title(&section.heading), position + 1);
                    return Err(diagnostic::certificate_refused(&spot, &Flaw::Later(self.show(whole))));
                }
            }
        }
        Ok(())
    }

    fn section(&mut self, section: &Section, part: Part) -> Result<(), Diagnostic> {
        let whole = match &section.heading {
            Heading::Derivative(whole) => match one(whole) {
                Some(derivative) if derivative.held.is_empty() => Some((whole, derivative)),
                _ => return Err(refused(section, &Flaw::Heading)),
            },
            _ => None,
        };
        let mut stated = Stated::default();
        let mut concluded = false;
        for (position, step) in section.steps.iter().enumerate() {
            let at = |flaw| {
                let spot = Spot::Step(title(&section.heading), position + 1);
                Err(diagnostic::certificate_refused(&spot, &flaw))
            };
            let kind = match kind(step, part) {
                Ok(kind) => kind,
                Err(flaw) => return at(flaw),
            };
            if let Err(flaw) = displays(step, kind, part) {
                return at(flaw);
            }
            for chain in step.displays.iter().flat_map(|display| &display.chains) {
                let checked = self
                    .relations(chain, kind)
                    .and_then(|()| self.tables(chain))
                    .and_then(|()| self.head(chain, kind, whole, &stated))
                    .and_then(|()| self.letters(chain, whole.map(|(whole, _)| whole), &stated));
                if let Err(flaw) = checked {
                    return at(flaw);
                }
                // What a collapse begins with may be the last line with a declared symmetry used.
                let known = |(side, free): &(Expr, _)| *side == chain.first && *free == chain.free;
                if kind == Kind::Collapse
                    && whole.is_some_and(|(whole, _)| *whole != chain.first)
                    && !stated.sides.iter().any(known)
                    && let Some((side, free)) = stated.before(chain)
                {
                    let spot = Spot::Step(title(&section.heading), position + 1);
                    let chain = Chain::new(side.clone()).equals(chain.first.clone()).over(free);
                    self.bridges.push(Bridge { spot, chain });
                }
                if let Some((bridge, spot)) = whole
                    .filter(|_| kind == Kind::Differentiate)
                    .and_then(|(_, derivative)| self.written_out(chain, derivative, &stated))
                    .map(|bridge| (bridge, Spot::Step(title(&section.heading), position + 1)))
                {
                    self.bridges.push(Bridge { spot, chain: bridge });
                    stated.written = Some(chain.first.clone());
                }
                for side in sides(chain) {
                    stated.sides.push((side.clone(), chain.free.clone()));
                }
                stated.letters.extend(chain.free.iter().cloned());
            }
            if let (Kind::Zero, Some((whole, _))) = (kind, whole) {
                concluded = true;
                let zero = Expr::sum([whole.clone(), Expr::negate(whole.clone())]);
                let spot = Spot::Step(title(&section.heading), position + 1);
                self.bridges.push(Bridge { spot, chain: Chain::new(whole.clone()).equals(zero) });
            }
        }
        if let Some((whole, derivative)) = whole {
            // The last line is about the whole; in index form about its entry.
            let chains =
                section.steps.iter().flat_map(|step| &step.displays).flat_map(|display| &display.chains);
            let last = chains.last().map(|chain| &chain.first);
            concluded |= last.is_some_and(|first| {
                first == whole || is_entry_of(first, derivative) || stated.written.as_ref() == Some(first)
            });
            if !concluded {
                return Err(refused(section, &Flaw::Unconcluded));
            }
        }
        Ok(())
    }

    /// No equality is idle, and nothing but a layout is taken over.
    fn relations(&self, chain: &Chain, kind: Kind) -> Result<(), Flaw> {
        let all: Vec<&Expr> = sides(chain).collect();
        for (position, (relation, side)) in chain.rest.iter().enumerate() {
            let before = all[position];
            match relation {
                Relation::Equal if side == before => return Err(Flaw::Idle(self.show(side))),
                Relation::Implies if kind != Kind::Layout || position != 1 => return Err(Flaw::Relation),
                _ => {}
            }
        }
        Ok(())
    }

    /// A general term stands for cells at the derivation's sizes, all of them.
    fn tables(&self, chain: &Chain) -> Result<(), Flaw> {
        fn sized(expr: &Expr, sizes: Option<&Vec<(Name, usize)>>) -> bool {
            match &expr.kind {
                ExprKind::Table(table) => Some(&table.sizes) == sizes && sized(&table.body, sizes),
                _ => expr.children().into_iter().all(|child| sized(child, sizes)),
            }
        }
        let sizes = self.opened.derivation.sizes.as_ref();
        if sides(chain).all(|side| sized(side, sizes)) { Ok(()) } else { Err(Flaw::TableSizes) }
    }

    /// What a line may begin with, by what its step is.
    fn head(
        &self,
        chain: &Chain,
        kind: Kind,
        whole: Option<(&Expr, &Derivative)>,
        stated: &Stated,
    ) -> Result<(), Flaw> {
        let first = &chain.first;
        let fits = match (kind, whole) {
            // Compared with the source and the answers as a whole.
            (Kind::Definition | Kind::Name | Kind::Result | Kind::IndexForm, _) => true,
            (Kind::Given, _) => name(first)
                .and_then(|name| self.problem.quantities.get(name))
                .is_some_and(|quantity| quantity.definition.is_none()),
            (Kind::Upstream, None) => one(first).is_some_and(|derivative| derivative.held.is_empty()),
            (Kind::Expand, None) => true,
            (Kind::Expand, Some((_, derivative))) => {
                let base = base(first);
                *base == derivative.numerator || name(base).is_some_and(|name| self.opened.is_defined(name))
            }
            (Kind::ChainRule, None) => self.heads(first),
            (Kind::ChainRule | Kind::Contract, Some((whole, derivative))) => {
                first == whole || is_entry_of(first, derivative)
            }
            // A derivative that the chain rule has left, or the heading's.
            (Kind::Differentiate, Some((whole, derivative))) => {
                let own = one(base(first))
                    .is_some_and(|own| base(&own.by[0].0) == base(unstacked(&derivative.by[0].0)));
                let written = || self.written_out(chain, derivative, stated).is_some();
                own && (first == whole
                    || is_entry_of(first, derivative)
                    || stated.has_left(first)
                    || written())
            }
            (Kind::Restate, Some((whole, _))) => {
                let asked = self.problem.goals.iter().any(|goal| goal.expr == *first);
                asked && matches!(chain.rest.as_slice(), [(_, side)] if side == whole)
            }
            (Kind::Assemble, Some((whole, _))) => first == whole,
            (Kind::Collapse, Some((whole, _))) => first == whole || stated.before(chain).is_some(),
            (Kind::Layout, Some((whole, derivative))) => {
                let taken = chain.rest.get(1);
                *first == derivative.by[0].0
                    && chain.rest.len() == 3
                    && taken.is_some_and(|(relation, side)| *relation == Relation::Implies && side == whole)
            }
            (Kind::Zero | Kind::Upstream, _) | (_, None) => false,
        };
        if fits { Ok(()) } else { Err(Flaw::Head(self.show(first))) }
    }

    /// Free letters run over the whole axes where they stand in the first side, or as they did in a line before; those
    /// of a numerator that is written out by its entries come first, in the order of the axes of the whole.
    fn letters(&self, chain: &Chain, whole: Option<&Expr>, stated: &Stated) -> Result<(), Flaw> {
        let axes = letters::of(self.problem, &chain.first);
        let all = whole.map_or_else(Vec::new, |whole| letters::axes(self.problem, whole));
        let paired = letters::paired(self.problem, &chain.first, &chain.free);
        for (position, (letter, range)) in chain.free.iter().enumerate() {
            let twice = chain.free[..position].iter().any(|(known, _)| known == letter);
            let own: Vec<_> = axes.iter().filter(|(known, _)| known == letter).collect();
            let dim = crate::shape::dimension(range);
            let fits = match own.is_empty() {
                true => {
                    let mut asked = self.problem.goals.iter().flat_map(|goal| goal.letters.iter().flatten());
                    let before =
                        stated.letters.iter().any(|(known, before)| known == letter && before == range)
                            || asked.any(|(known, before)| known == letter && before == range);
                    before || paired.contains(letter) || dim.is_some() && dim.as_ref() == all.get(position)
                }
                false => own.iter().all(|(_, axis)| dim.as_ref() == Some(axis)),
            };
            let used = sides(chain).any(|side| letters::mentions(side, letter));
            if twice || !fits || !used {
                return Err(Flaw::Letter(letter.to_string()));
            }
        }
        Ok(())
    }

    /// `d(sum(j) A[i,j] x[j])/d(x[b])` under the heading `d(A*x)/d(x)`, or `d(Y[j,i])/d(Y[a,b])` under `d(vec(Y))/d(Y)`:
    /// that the numerator is the heading's.
    fn written_out(&self, chain: &Chain, whole: &Derivative, stated: &Stated) -> Option<Chain> {
        let numerator = &one(&chain.first)?.numerator;
        let own = base(numerator);
        if *own == whole.numerator || *numerator == whole.numerator {
            return None;
        }
        if name(own).is_some() && (name(&whole.numerator).is_some() || stated.has_left(&chain.first)) {
            return None;
        }
        let (indices, count) = letters::places(&letters::axes(self.problem, &whole.numerator), &chain.free)?;
        let free = &chain.free[..count];
        let entry = match indices.is_empty() {
            true => whole.numerator.clone(),
            false => Expr::index(whole.numerator.clone(), indices),
        };
        Some(Chain::new(numerator.clone()).equals(entry).over(free))
    }

    /// Whether a section derives it.
    fn heads(&self, expr: &Expr) -> bool {
        self.opened
            .derivation
            .sections
            .iter()
            .any(|section| matches!(&section.heading, Heading::Derivative(whole) if whole == expr))
    }
}

/// The kind of a step; a collapse alone consists of several rules.
fn kind(step: &Step, part: Part) -> Result<Kind, Flaw> {
    let mut found = None;
    for rule in &step.rules {
        let (kind, places) = rules::of(rule).ok_or_else(|| Flaw::Rule(rule.to_string()))?;
        let place = places.iter().find(|(known, _)| *known == part);
        let (_, levels) = place.ok_or_else(|| Flaw::RuleElsewhere(rule.to_string()))?;
        if found.is_some_and(|known| known != kind || kind != Kind::Collapse) {
            return Err(Flaw::RuleElsewhere(rule.to_string()));
        }
        if !levels.contains(&step.level) {
            return Err(Flaw::Level);
        }
        found = Some(kind);
    }
    found.ok_or(Flaw::Displays)
}

/// Steps in words display nothing, all others something.
fn displays(step: &Step, kind: Kind, part: Part) -> Result<(), Flaw> {
    let count = step.displays.iter().map(|display| display.chains.len()).sum::<usize>();
    let empty = step.displays.iter().any(|display| display.chains.is_empty());
    let fits = match (kind, part) {
        (Kind::Zero, _) | (Kind::Given, Part::Result) => count == 0,
        (Kind::Given | Kind::Definition, _) => true,
        _ => count > 0,
    };
    if fits && !empty { Ok(()) } else { Err(Flaw::Displays) }
}

pub fn refused(section: &Section, flaw: &Flaw) -> Diagnostic {
    diagnostic::certificate_refused(&Spot::Section(title(&section.heading)), flaw)
}

fn contains(expr: &Expr, part: &Expr) -> bool {
    expr == part || expr.children().into_iter().any(|child| contains(child, part))
}

fn sides(chain: &Chain) -> impl Iterator<Item = &Expr> {
    std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, side)| side))
}

pub fn name(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// A derivative of first order by one thing.
pub fn one(expr: &Expr) -> Option<&Derivative> {
    match &expr.kind {
        ExprKind::Derivative(derivative) if matches!(derivative.by.as_slice(), [(_, 1)]) => Some(derivative),
        _ => None,
    }
}

/// The matrix whose columns stand one below the other; anything else itself.
fn unstacked(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Call { function, arguments, .. } if &*function.name == "vec" && arguments.len() == 1 => {
            &arguments[0]
        }
        _ => expr,
    }
}

fn by_entry(whole: &Expr) -> bool {
    one(whole).is_some_and(|derivative| matches!(derivative.by[0].0.kind, ExprKind::Index { .. }))
}

/// What an entry is of; anything else itself.
pub fn base(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Index { base, .. } => base,
        _ => expr,
    }
}

/// `dL/dX[a,b]` of `dL/dX`, both ways of writing it.
fn is_entry_of(expr: &Expr, whole: &Derivative) -> bool {
    one(base(expr)).is_some_and(|own| {
        let numerator = own.numerator == whole.numerator || *base(&own.numerator) == whole.numerator;
        let by = own.by == whole.by || *base(&own.by[0].0) == *unstacked(&whole.by[0].0);
        own.held.is_empty() && numerator && by
    })
}
