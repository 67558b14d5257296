//! From the text of a certificate to a problem and a derivation that the checker takes: what is written is read, and
//! what follows from the source is compared with it.

use std::collections::HashSet;

use serde_json::Value;

use super::canonical;
use super::expression::{Expression, Names};
use super::schema::{self, Certificate, SCHEMA, Size, VERSION};
use super::write::statements;
use crate::check::{check, shape_of};
use crate::derivation::{
    Answer, Chain, Derivation, Display, Heading, Level, Relation, Section, Step, put_in,
};
use crate::diagnostic::{self, Diagnostic, Flaw, Spot};
use crate::problem::{Problem, Quantity};
use crate::rule::Catalogue;
use crate::source::{Lines, Source, Span};
use crate::syntax::ast::{Expr, Name};
use crate::syntax::{parse, print};

/// A certificate that is well-formed, with the problem and the derivation that it states.
pub struct Opened {
    pub certificate: Certificate,
    pub digest: String,
    /// With what the derivation introduces; goals as in the source.
    pub problem: Problem,
    /// Definitions that the problem has and its source has not.
    pub introduced: Vec<(Name, Expr)>,
    pub derivation: Derivation,
    pub names: Names,
}

/// Reads and compares; nothing is evaluated yet.
pub fn open(text: &str) -> Result<Opened, Diagnostic> {
    let certificate = decode(text)?;
    let whole = |flaw| diagnostic::certificate_refused(&Spot::Whole, &flaw);
    let value = serde_json::to_value(&certificate).map_err(|_| diagnostic::certificate_form())?;
    let digest = canonical::digest(&value);
    if digest != certificate.digest {
        return Err(whole(Flaw::Digest));
    }
    let source = Source::new("certificate", certificate.source.text.clone());
    let unreadable = |errors: Vec<Diagnostic>| {
        whole(Flaw::Source(errors.first().map_or_else(String::new, |error| error.message.clone())))
    };
    let file = parse::file(&source).map_err(unreadable)?;
    let mut given = check(&file, &Catalogue::shipped().prelude).map_err(unreadable)?;
    if statements(&source).as_ref() != Some(&certificate.source.statements) {
        return Err(whole(Flaw::Statements));
    }
    choose(&mut given, &certificate)?;
    places(&given, &source, &certificate)?;
    let mut declared: Vec<Name> = Vec::new();
    {
        let text = |name: &String| Name::from(name.as_str());
        let variables = given.quantities.values().filter(|quantity| quantity.definition.is_none());
        let variables: Vec<Name> = variables.map(|quantity| quantity.name.clone()).collect();
        let defined = certificate.definitions.iter().map(|definition| text(&definition.name));
        let answers = certificate.answers.iter().flat_map(|answer| &answer.introduced);
        let named = answers.map(|introduced| text(&introduced.name));
        let dimensions = given.dimensions.keys().cloned();
        let mut seen = HashSet::new();
        for name in variables.into_iter().chain(defined).chain(dimensions).chain(named) {
            if seen.insert(name.clone()) {
                declared.push(name);
            }
        }
    }
    let names = Names::new(declared);
    let (problem, introduced) = defined(given, &certificate, &names)?;
    let derivation = derivation(&certificate, &names)?;
    Ok(Opened { certificate, digest, problem, introduced, derivation, names })
}

/// The members, each where and as the schema has it.
fn decode(text: &str) -> Result<Certificate, Diagnostic> {
    let malformed = |error: serde_json::Error| diagnostic::certificate_malformed(&error.to_string());
    let value: Value = serde_json::from_str(text).map_err(malformed)?;
    let schema = value.get("schema").and_then(Value::as_str);
    if schema != Some(SCHEMA) {
        return Err(diagnostic::certificate_schema(schema, SCHEMA));
    }
    let version = value.get("version").and_then(Value::as_u64);
    if version != Some(VERSION) {
        return Err(diagnostic::certificate_version(version, VERSION));
    }
    let certificate: Certificate = serde_json::from_str(text).map_err(malformed)?;
    match serde_json::to_value(&certificate) {
        Ok(written) if written == value => Ok(certificate),
        _ => Err(diagnostic::certificate_form()),
    }
}

/// Every place of a step is where a declaration, a goal or a part of a definition or goal begins.
fn places(given: &Problem, source: &Source, certificate: &Certificate) -> Result<(), Diagnostic> {
    fn all(expr: &Expr, spans: &mut Vec<Span>) {
        spans.push(expr.span);
        expr.children().into_iter().for_each(|child| all(child, spans));
    }
    let mut spans = Vec::new();
    for quantity in given.quantities.values() {
        spans.push(quantity.span);
        quantity.definition.iter().for_each(|definition| all(definition, &mut spans));
    }
    for goal in &given.goals {
        spans.push(goal.span);
        all(&goal.numerator, &mut spans);
    }
    let lines = Lines::of(&source.text);
    let known: HashSet<(usize, usize)> = spans.into_iter().filter_map(|span| lines.place(span)).collect();
    for section in &certificate.sections {
        for step in &section.steps {
            if let Some(place) = step.places.iter().find(|place| !known.contains(&(place.line, place.column)))
            {
                let flaw = Flaw::Place { line: place.line, column: place.column };
                return Err(diagnostic::certificate_refused(&Spot::Whole, &flaw));
            }
        }
    }
    Ok(())
}

/// The sizes that the options put over those of the source, and those of the derivation.
fn choose(problem: &mut Problem, certificate: &Certificate) -> Result<(), Diagnostic> {
    let refused = |flaw| diagnostic::certificate_refused(&Spot::Whole, &flaw);
    for (name, size) in Size::pairs(&certificate.options.sizes) {
        if !problem.dimensions.contains_key(&name) {
            return Err(refused(Flaw::SizeOfUnknown(name.to_string())));
        }
        if size == 0 {
            return Err(refused(Flaw::Sizes));
        }
        problem.sizes.insert(name, size);
    }
    let Some(sizes) = &certificate.sizes else { return Ok(()) };
    let own: Vec<(Name, usize)> = problem.sizes.iter().map(|(name, size)| (name.clone(), *size)).collect();
    let complete = problem.dimensions.keys().all(|name| problem.sizes.contains_key(name));
    if certificate.options.open || !complete || *sizes != Size::all(&own) {
        return Err(refused(Flaw::Sizes));
    }
    Ok(())
}

/// The source's problem with names for arguments of unknown functions, as the certificate says; with the names put
/// out again every definition must be the source's.
fn defined(
    mut given: Problem,
    certificate: &Certificate,
    names: &Names,
) -> Result<(Problem, Vec<(Name, Expr)>), Diagnostic> {
    let refused = |flaw| diagnostic::certificate_refused(&Spot::Whole, &flaw);
    let old = std::mem::take(&mut given.quantities);
    let mut problem = given;
    let mut introduced: Vec<(Name, Expr)> = Vec::new();
    let mut stated = certificate.definitions.iter().peekable();
    let mut introduce = |problem: &mut Problem, definition: &schema::Definition| {
        let name = Name::from(definition.name.as_str());
        if old.contains_key(&name) || problem.is_taken(&name) {
            return Err(refused(Flaw::Taken(definition.name.clone())));
        }
        let value = read(names, &definition.value)?;
        let shape = shape_of(problem, &value);
        let shape = shape.ok_or_else(|| refused(Flaw::Definition(definition.name.clone())))?;
        let quantity = Quantity {
            name: name.clone(),
            shape,
            properties: Vec::new(),
            definition: Some(value.clone()),
            span: Span::NONE,
        };
        problem.quantities.insert(name.clone(), quantity);
        problem.introduced.push(name.clone());
        introduced.push((name, value));
        Ok(introduced.clone())
    };
    let mut known = Vec::new();
    for (name, quantity) in &old {
        let mut quantity = quantity.clone();
        if let Some(definition) = quantity.definition.take() {
            while let Some(next) = stated.next_if(|next| next.introduced) {
                known = introduce(&mut problem, next)?;
            }
            let own = stated.next().filter(|own| *own.name == **name);
            let own = own.ok_or_else(|| refused(Flaw::Undefined(name.to_string())))?;
            let value = read(names, &own.value)?;
            if put_in(&value, &known) != definition {
                return Err(refused(Flaw::Definition(name.to_string())));
            }
            quantity.definition = Some(value);
        }
        problem.quantities.insert(name.clone(), quantity);
    }
    for definition in stated {
        if !definition.introduced {
            return Err(refused(Flaw::Definition(definition.name.clone())));
        }
        introduce(&mut problem, definition)?;
    }
    Ok((problem, introduced))
}

fn read(names: &Names, expression: &Expression) -> Result<Expr, Diagnostic> {
    names.read(expression).ok_or_else(|| {
        let shown = serde_json::to_string(expression).unwrap_or_default();
        let short: String = shown.chars().take(80).collect();
        diagnostic::certificate_expression(&if short.len() < shown.len() { short + "…" } else { shown })
    })
}

fn derivation(certificate: &Certificate, names: &Names) -> Result<Derivation, Diagnostic> {
    let mut sections = Vec::new();
    for section in &certificate.sections {
        let heading = match &section.heading {
            schema::Heading::Problem => Heading::Problem,
            schema::Heading::Derivative(whole) => Heading::Derivative(read(names, whole)?),
            schema::Heading::Result => Heading::Result,
        };
        let mut steps = Vec::new();
        for (position, content) in section.steps.iter().enumerate() {
            let spot = || Spot::Step(title(&heading), position + 1);
            if content.number != position + 1 {
                return Err(diagnostic::certificate_refused(&spot(), &Flaw::Numbering));
            }
            steps.push(step(content, names, &spot)?);
        }
        sections.push(Section { heading, steps });
    }
    let answers = certificate.answers.iter().map(|answer| self::answer(answer, names));
    let answers = answers.collect::<Result<_, _>>()?;
    Ok(Derivation { sections, answers, sizes: certificate.sizes.as_ref().map(|sizes| Size::pairs(sizes)) })
}

fn step(step: &schema::Step, names: &Names, spot: &dyn Fn() -> Spot) -> Result<Step, Diagnostic> {
    let mut displays = Vec::new();
    for display in &step.displays {
        let chains = display.iter().map(|chain| self::chain(chain, names, spot));
        displays.push(Display { chains: chains.collect::<Result<_, _>>()? });
    }
    let level = match step.level {
        schema::Level::Statement => Level::Statement,
        schema::Level::Main => Level::Main,
        schema::Level::Detail => Level::Detail,
    };
    let rules = step.rules.iter().map(|rule| rule.as_str().into()).collect();
    Ok(Step { rules, prose: Vec::new(), displays, level, places: Vec::new() })
}

fn chain(chain: &schema::Chain, names: &Names, spot: &dyn Fn() -> Spot) -> Result<Chain, Diagnostic> {
    let refused = |flaw| diagnostic::certificate_refused(&spot(), &flaw);
    let first = chain.links.first().ok_or_else(|| refused(Flaw::Displays))?;
    let mut tree = Chain::new(read(names, &first.before)?);
    let mut before = &first.before;
    for link in &chain.links {
        if link.before != *before {
            let shown = |side| read(names, side).map(|side| names.show(&side));
            return Err(refused(Flaw::Apart { ends: shown(before)?, begins: shown(&link.before)? }));
        }
        if (link.relation == schema::Relation::Equal) != link.verdict.is_some() {
            return Err(refused(Flaw::Verdict));
        }
        let relation = match link.relation {
            schema::Relation::Equal => Relation::Equal,
            schema::Relation::Implies => Relation::Implies,
        };
        tree.rest.push((relation, read(names, &link.after)?));
        before = &link.after;
    }
    Ok(tree.over(&letters(&chain.letters, names)?))
}

fn letters(letters: &[schema::Letter], names: &Names) -> Result<Vec<(Name, Expr)>, Diagnostic> {
    letters.iter().map(|letter| Ok((letter.letter.as_str().into(), read(names, &letter.range)?))).collect()
}

fn answer(answer: &schema::Answer, names: &Names) -> Result<Answer, Diagnostic> {
    let mut introduced = Vec::new();
    for known in &answer.introduced {
        introduced.push((known.name.as_str().into(), read(names, &known.value)?));
    }
    Ok(Answer {
        goal: read(names, &answer.goal)?,
        value: read(names, &answer.value)?,
        free: letters(&answer.letters, names)?,
        introduced,
        remark: None,
    })
}

/// How a report calls a section.
pub fn title(heading: &Heading) -> String {
    match heading {
        Heading::Problem => "Problem".to_string(),
        Heading::Derivative(whole) => print::expr(whole),
        Heading::Result => "Result".to_string(),
    }
}
