//! A certificate once more: what follows from its source, what its lines follow from, and every equality by the
//! checker.

use std::collections::BTreeMap;
use std::fmt;

use super::connect::{Bridge, connect};
use super::letters::outside;
use super::read::{Opened, open, title};
use super::schema::{Size, Uses, Verdict};
use super::write::{ENGINE, arithmetic};
use crate::derivation::{Chain, Derivation, Heading, Section, Step};
use crate::diagnostic::{self, Diagnostic, Flaw, Spot};
use crate::syntax::ast::{Expr, Name};
use crate::verify::{self, Difference, ErrorKind, Failure, Place, Value, Verified};

/// Seeds that are tried where points leave an equality undecided.
const SEEDS: u64 = 4;

/// What was checked.
#[derive(Clone, Debug)]
pub struct Report {
    pub engine: String,
    pub goals: Vec<String>,
    pub steps: usize,
    /// Equalities that the engine says it proved for every size.
    pub proved: usize,
    /// How all equalities were evaluated here, in one sentence.
    pub sentence: String,
    pub digest: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the certificate holds")?;
        writeln!(f, "derived by entrywise {}: {}", self.engine, self.goals.join(", "))?;
        writeln!(f, "{} steps; {}", self.steps, self.sentence)?;
        if self.proved > 0 {
            writeln!(
                f,
                "{} of them are said to be proved for every size: that is the engine's word, not checked here",
                self.proved
            )?;
        }
        writeln!(f, "sha256 {}", self.digest)
    }
}

/// Checks a certificate by its source and the checker alone.
///
/// Every equality is evaluated twice: at the points that the certificate says, which must give what it says of them,
/// and at points that follow from its digest, so that no line can be written to hold at the points alone.
///
/// # Errors
/// What is no certificate, one that does not hold, and one that cannot be decided.
pub fn recheck(text: &str) -> Result<Report, Diagnostic> {
    let opened = open(text)?;
    let bridges = consistent(&opened)?;
    let check = &opened.certificate.check;
    let seed = hexadecimal(&check.seed).ok_or_else(diagnostic::certificate_form)?;
    let verified = run(&opened, opened.derivation.clone(), seed)
        .map_err(|failure| refused(&opened, &bridges, failure))?;
    same(&opened, &verified)?;
    let fresh = hexadecimal(&opened.digest[..16]).ok_or_else(diagnostic::certificate_form)?;
    let verified = elsewhere(&opened, &bridges, fresh)?;
    for sizes in &verified.summary().sizes {
        within(&opened, sizes)?;
    }
    let steps = opened.derivation.sections.iter().map(|section| section.steps.len()).sum();
    Ok(Report {
        engine: opened.certificate.engine.clone(),
        goals: opened.problem.goals.iter().map(|goal| opened.names.show(&goal.expr)).collect(),
        steps,
        proved: check.proved,
        sentence: verified.summary_sentence(),
        digest: opened.digest,
    })
}

/// Everything but the values: what follows from the source and from the lines before, and the numbers.
pub fn consistent(opened: &Opened) -> Result<Vec<Bridge>, Diagnostic> {
    let bridges = connect(opened)?;
    opened.complete()?;
    verdicts(opened)?;
    Ok(bridges)
}

/// Sixteen digits.
fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u64::from_str_radix(text, 16).ok().filter(|_| digits)
}

fn run(opened: &Opened, derivation: Derivation, seed: u64) -> Result<Verified, Failure> {
    verify::verify(&opened.problem, derivation, &|_, _, _| false, seed)
}

/// The numbers of verdicts and of rules; sizes leave nothing to prove.
fn verdicts(opened: &Opened) -> Result<(), Diagnostic> {
    let certificate = &opened.certificate;
    let refused = |flaw| Err(diagnostic::certificate_refused(&Spot::Whole, &flaw));
    let steps = || certificate.sections.iter().flat_map(|section| &section.steps);
    let links = steps().flat_map(|step| step.displays.iter().flatten()).flat_map(|chain| &chain.links);
    let verdicts = links.filter_map(|link| link.verdict);
    let verdicts: Vec<Verdict> =
        verdicts.chain(certificate.answers.iter().map(|answer| answer.verdict)).collect();
    let proved = verdicts.iter().filter(|verdict| **verdict == Verdict::Proved).count();
    if proved > 0 && certificate.sizes.is_some() {
        return refused(Flaw::Verdict);
    }
    if proved != certificate.check.proved {
        return refused(Flaw::Totals("proved"));
    }
    if verdicts.len() - proved != certificate.check.checked {
        return refused(Flaw::Totals("checked"));
    }
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    steps().flat_map(|step| &step.rules).for_each(|rule| *rules.entry(rule).or_default() += 1);
    let rules = rules.into_iter().map(|(rule, steps)| Uses { rule: rule.to_string(), steps });
    if rules.collect::<Vec<_>>() != certificate.check.rules {
        return refused(Flaw::Totals("rules"));
    }
    Ok(())
}

/// What the certificate says of its points is what they give.
fn same(opened: &Opened, verified: &Verified) -> Result<(), Diagnostic> {
    let (check, summary) = (&opened.certificate.check, verified.summary());
    let sizes: Vec<Vec<Size>> = summary.sizes.iter().map(|sizes| Size::all(sizes)).collect();
    let flaw = match () {
        () if check.arithmetic != arithmetic(summary) => "arithmetic",
        () if check.sizes != sizes => "sizes",
        () if check.points != summary.points => "points",
        () if check.sampled != summary.sampled => "sampled",
        () if check.degree != summary.degree => "degree",
        () if check.error_exponent != summary.error_exponent => "error_exponent",
        () => return Ok(()),
    };
    Err(diagnostic::certificate_refused(&Spot::Whole, &Flaw::Totals(flaw)))
}

/// No letter leaves the axes where it stands.
fn within(opened: &Opened, sizes: &[(Name, usize)]) -> Result<(), Diagnostic> {
    for section in &opened.derivation.sections {
        for (position, step) in section.steps.iter().enumerate() {
            let mut chains = step.displays.iter().flat_map(|display| &display.chains);
            if let Some(letter) = chains.find_map(|chain| outside(&opened.problem, chain, sizes)) {
                let spot = Spot::Step(title(&section.heading), position + 1);
                return Err(diagnostic::certificate_refused(&spot, &Flaw::Letter(letter.to_string())));
            }
        }
    }
    for answer in &opened.derivation.answers {
        let chain = Chain::new(answer.goal.clone()).equals(answer.value.clone()).over(&answer.free);
        if let Some(letter) = outside(&opened.problem, &chain, sizes) {
            let spot = Spot::Answer(opened.names.show(&answer.goal));
            return Err(diagnostic::certificate_refused(&spot, &Flaw::Letter(letter.to_string())));
        }
    }
    Ok(())
}

/// At other points, and with what the lines need besides themselves.
fn elsewhere(opened: &Opened, bridges: &[Bridge], seed: u64) -> Result<Verified, Diagnostic> {
    let mut derivation = opened.derivation.clone();
    let steps = bridges.iter().map(|bridge| Step::new("", Vec::new(), vec![bridge.chain.clone().into()]));
    derivation.sections.push(Section { heading: Heading::Result, steps: steps.collect() });
    let mut undecided = String::new();
    for other in 0..SEEDS {
        match run(opened, derivation.clone(), seed.wrapping_add(other)) {
            Ok(verified) => return Ok(verified),
            // Other points may decide.
            Err(Failure::Unchecked { reason, .. }) => undecided = reason.reason,
            Err(failure) => return Err(refused(opened, bridges, failure)),
        }
    }
    Err(diagnostic::certificate_unchecked(&undecided))
}

fn refused(opened: &Opened, bridges: &[Bridge], failure: Failure) -> Diagnostic {
    match failure {
        Failure::Refuted(refutation) => {
            let show = |expr: &Expr| opened.names.show(expr);
            let mut at = refutation.point.sizes.clone();
            at.extend(refutation.letters.clone());
            let at: Vec<String> = at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let values = match &refutation.difference {
                Difference::Shapes { left, right } => (left.to_string(), right.to_string()),
                Difference::Entry { left, right, .. } => (left.to_string(), right.to_string()),
            };
            let exact = matches!(refutation.difference, Difference::Entry { left: Value::Exact(_), .. });
            let flaw = Flaw::False {
                exact,
                left: show(&refutation.left),
                right: show(&refutation.right),
                at: at.join(", "),
                values,
            };
            diagnostic::certificate_refused(&spot(opened, bridges, Some(refutation.place)), &flaw)
        }
        // At these points this version had values everywhere; another may have had other limits.
        Failure::Unchecked { reason, .. }
            if reason.kind == ErrorKind::Limit && opened.certificate.engine != ENGINE =>
        {
            diagnostic::certificate_unchecked(&reason.reason)
        }
        Failure::Unchecked { place, reason } => {
            let sides = place.and_then(|place| sides(opened, place));
            let flaw = Flaw::Meaningless { sides, reason: reason.reason };
            diagnostic::certificate_refused(&spot(opened, bridges, place), &flaw)
        }
    }
}

/// Both sides of the equality at a place, as text.
fn sides(opened: &Opened, place: Place) -> Option<(String, String)> {
    let show = |expr: &Expr| opened.names.show(expr);
    match place {
        Place::Answer(number) => {
            let answer = opened.derivation.answers.get(number)?;
            Some((show(&answer.goal), show(&answer.value)))
        }
        Place::Step { section, step, display, chain, link } => {
            let step = opened.derivation.sections.get(section)?.steps.get(step)?;
            let chain = step.displays.get(display)?.chains.get(chain)?;
            let before = match link.checked_sub(1) {
                None => &chain.first,
                Some(before) => &chain.rest.get(before)?.1,
            };
            Some((show(before), show(&chain.rest.get(link)?.1)))
        }
    }
}

fn spot(opened: &Opened, bridges: &[Bridge], place: Option<Place>) -> Spot {
    match place {
        None => Spot::Whole,
        Some(Place::Answer(number)) => match opened.derivation.answers.get(number) {
            Some(answer) => Spot::Answer(opened.names.show(&answer.goal)),
            None => Spot::Whole,
        },
        Some(Place::Step { section, step, .. }) => match opened.derivation.sections.get(section) {
            Some(section) => Spot::Step(title(&section.heading), step + 1),
            // Those stand behind all sections.
            None => bridges.get(step).map_or(Spot::Whole, |bridge| bridge.spot.clone()),
        },
    }
}
