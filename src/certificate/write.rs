//! From a checked derivation to its certificate.

use std::collections::BTreeMap;

use super::expression::{Expression, Names};
use super::schema::{
    Answer, Arithmetic, Certificate, Chain, Check, Chosen, Definition, Heading, Letter, Level, Link, Name,
    Place, Relation, SCHEMA, Section, Size, SourceText, Step, Uses, VERSION, Verdict,
};
use crate::derivation::{self, Derivation};
use crate::problem::Problem;
use crate::source::{Lines, Source};
use crate::syntax::ast::{Expr, Name as TreeName};
use crate::syntax::{parse, print};
use crate::verify::{self, Verified};

/// This program.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// What the certificate says besides the derivation.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// For arbitrary dimensions by request.
    pub open: bool,
    pub inline: bool,
    /// Sizes over those of the source.
    pub sizes: Vec<(String, usize)>,
}

/// Everything but the digest; `None` for a derivation that version 1 has no form for.
pub fn certificate(
    verified: &Verified,
    problem: &Problem,
    source: &Source,
    choices: &Choices,
) -> Option<Certificate> {
    let derivation = verified.derivation();
    let summary = verified.summary();
    let names = Names::new(declared(problem, derivation));
    let mut writer = Writer {
        names: &names,
        lines: Lines::of(&source.text),
        verdicts: verified.verdicts().iter().map(|(_, verdict)| (*verdict).into()),
    };
    let definitions = definitions(problem, &names);
    let sections =
        derivation.sections.iter().map(|section| writer.section(section)).collect::<Option<Vec<_>>>()?;
    let answers =
        derivation.answers.iter().map(|answer| writer.answer(answer)).collect::<Option<Vec<_>>>()?;
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    for step in sections.iter().flat_map(|section| &section.steps) {
        for rule in &step.rules {
            *rules.entry(rule.clone()).or_default() += 1;
        }
    }
    Some(Certificate {
        schema: SCHEMA.to_string(),
        version: VERSION,
        engine: ENGINE.to_string(),
        source: SourceText { text: source.text.clone(), statements: statements(source)? },
        options: Chosen {
            open: choices.open,
            inline: choices.inline,
            sizes: choices
                .sizes
                .iter()
                .map(|(name, size)| Size { dimension: name.clone(), size: *size })
                .collect(),
        },
        definitions,
        sizes: derivation.sizes.as_ref().map(|sizes| Size::all(sizes)),
        sections,
        answers,
        check: Check {
            seed: format!("{:016x}", summary.seed),
            arithmetic: arithmetic(summary),
            sizes: summary.sizes.iter().map(|sizes| Size::all(sizes)).collect(),
            points: summary.points,
            sampled: summary.sampled,
            degree: summary.degree,
            error_exponent: summary.error_exponent,
            proved: summary.proved,
            checked: summary.checked,
            rules: rules.into_iter().map(|(rule, steps)| Uses { rule, steps }).collect(),
        },
        digest: String::new(),
    })
}

/// The names that the derivation's text is read by: of the file and of the engine.
pub fn declared(problem: &Problem, derivation: &Derivation) -> Vec<TreeName> {
    let introduced =
        derivation.answers.iter().flat_map(|answer| answer.introduced.iter().map(|(name, _)| name));
    let mut names: Vec<TreeName> = Vec::new();
    for name in problem.quantities.keys().chain(problem.dimensions.keys()).chain(introduced) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The statements of a source in canonical text, if it can be read.
pub fn statements(source: &Source) -> Option<Vec<String>> {
    let file = parse::file(source).ok()?;
    Some(print::file(&file).lines().map(str::to_string).collect())
}

pub fn arithmetic(summary: &verify::Summary) -> Arithmetic {
    match summary.arithmetic {
        verify::Arithmetic::Exact => Arithmetic::Exact,
        verify::Arithmetic::Reals { .. } => Arithmetic::Real,
    }
}

fn definitions(problem: &Problem, names: &Names) -> Vec<Definition> {
    let defined = problem.quantities.values().filter_map(|quantity| {
        Some(Definition {
            name: quantity.name.to_string(),
            value: names.write(quantity.definition.as_ref()?),
            introduced: problem.introduced.contains(&quantity.name) || problem.parts.contains(&quantity.name),
        })
    });
    defined.collect()
}

struct Writer<'a, V> {
    names: &'a Names,
    lines: Lines<'a>,
    /// In the order of the derivation.
    verdicts: V,
}

impl<V: Iterator<Item = Verdict>> Writer<'_, V> {
    fn expr(&self, expr: &Expr) -> Expression {
        self.names.write(expr)
    }

    fn section(&mut self, section: &derivation::Section) -> Option<Section> {
        let heading = match &section.heading {
            derivation::Heading::Problem => Heading::Problem,
            derivation::Heading::Derivative(whole) => Heading::Derivative(self.expr(whole)),
            derivation::Heading::Result => Heading::Result,
        };
        let steps = section.steps.iter().enumerate().map(|(position, step)| self.step(position + 1, step));
        Some(Section { heading, steps: steps.collect::<Option<_>>()? })
    }

    fn step(&mut self, number: usize, step: &derivation::Step) -> Option<Step> {
        let displays = step
            .displays
            .iter()
            .map(|display| display.chains.iter().map(|chain| self.chain(chain)).collect::<Option<_>>())
            .collect::<Option<_>>()?;
        Some(Step {
            number,
            rules: step.rules.iter().map(|rule| rule.to_string()).collect(),
            level: match step.level {
                derivation::Level::Statement => Level::Statement,
                derivation::Level::Main => Level::Main,
                derivation::Level::Detail => Level::Detail,
            },
            places: step
                .places
                .iter()
                .filter_map(|place| self.lines.place(*place))
                .map(|(line, column)| Place { line, column })
                .collect(),
            displays,
        })
    }

    /// A chain says something: one of a single side has no form.
    fn chain(&mut self, chain: &derivation::Chain) -> Option<Chain> {
        let mut before = self.expr(&chain.first);
        let mut links = Vec::new();
        for (relation, side) in &chain.rest {
            let after = self.expr(side);
            let (relation, verdict) = match relation {
                derivation::Relation::Equal => (Relation::Equal, Some(self.verdicts.next()?)),
                derivation::Relation::Implies => (Relation::Implies, None),
            };
            links.push(Link { before, relation, after: after.clone(), verdict });
            before = after;
        }
        (!links.is_empty()).then(|| Chain { letters: self.letters(&chain.free), links })
    }

    fn letters(&self, free: &[(TreeName, Expr)]) -> Vec<Letter> {
        free.iter()
            .map(|(letter, range)| Letter { letter: letter.to_string(), range: self.expr(range) })
            .collect()
    }

    fn answer(&mut self, answer: &derivation::Answer) -> Option<Answer> {
        let introduced = answer.introduced.iter();
        Some(Answer {
            goal: self.expr(&answer.goal),
            value: self.expr(&answer.value),
            letters: self.letters(&answer.free),
            introduced: introduced
                .map(|(name, value)| Name { name: name.to_string(), value: self.expr(value) })
                .collect(),
            verdict: self.verdicts.next()?,
        })
    }
}

impl Size {
    pub fn all(sizes: &[(TreeName, usize)]) -> Vec<Size> {
        sizes.iter().map(|(name, size)| Size { dimension: name.to_string(), size: *size }).collect()
    }

    pub fn pairs(sizes: &[Size]) -> Vec<(TreeName, usize)> {
        sizes.iter().map(|size| (size.dimension.as_str().into(), size.size)).collect()
    }
}

impl From<verify::Verdict> for Verdict {
    fn from(verdict: verify::Verdict) -> Verdict {
        match verdict {
            verify::Verdict::Proved => Verdict::Proved,
            verify::Verdict::Checked => Verdict::Checked,
        }
    }
}
