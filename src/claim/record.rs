//! Verdicts as data for machines: one object a claim, in a fixed order of fields.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kept::CounterexampleRecord;
use super::{Decided, Found, Link, Verdict};
use crate::syntax::ast::Name;
use crate::verify::{Arithmetic, Array, Counterexample, Evidence, Style, Value};

/// A verdict as it is written to JSON; `docs/verify.md` describes it.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub claim: String,
    pub verdict: &'static str,
    pub conditions: Vec<String>,
    /// Of the link that decides the verdict.
    #[serde(flatten)]
    pub known: Known,
    /// The first link that is refuted, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_refuted: Option<usize>,
    /// Of a chain, each link by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkRecord>,
    /// With `--explain`: both sides by their entries, brought to one form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explanation: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct LinkRecord {
    pub left: String,
    pub right: String,
    pub verdict: &'static str,
    #[serde(flatten)]
    pub known: Known,
}

/// What is known of one equality.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Known {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<CounterexampleRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where an equality was seen to hold.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceRecord {
    pub points: usize,
    pub sizes: Vec<BTreeMap<Name, usize>>,
    /// `exact`, modulo 2^61 - 1, or `real`, with error bounds.
    pub arithmetic: &'static str,
    /// A false equality passes with at most this probability; of exact arithmetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_bound: Option<String>,
    /// Upper bound of the degree that the bound comes from; of exact arithmetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degree: Option<u64>,
    /// Both sides agree within this, relative to the larger of 1 and the largest entry; of real arithmetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// Only some values of the free letters were tried.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
}

/// How many claims have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub proved: usize,
    pub checked: usize,
    pub refuted: usize,
    pub unchecked: usize,
}

impl Tally {
    pub fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Proved => &mut self.proved,
            Verdict::Checked => &mut self.checked,
            Verdict::Refuted => &mut self.refuted,
            Verdict::Unchecked => &mut self.unchecked,
        };
        *count += 1;
    }

    pub fn total(&self) -> usize {
        self.proved + self.checked + self.refuted + self.unchecked
    }
}

impl From<&Decided> for Record {
    fn from(decided: &Decided) -> Record {
        let verdict = decided.verdict();
        let decisive = decided.links.iter().find(|link| link.found.verdict() == verdict);
        let link = |(at, link): (usize, &Link)| LinkRecord {
            left: decided.sides[at].clone(),
            right: decided.sides[at + 1].clone(),
            verdict: link.found.verdict().word(),
            known: link.into(),
        };
        let chain = decided.links.len() > 1;
        Record {
            file: None,
            line: None,
            claim: decided.text(),
            verdict: verdict.word(),
            conditions: decided.conditions.clone(),
            known: decisive.map(Known::from).unwrap_or_default(),
            first_refuted: decided.first_refuted().filter(|_| chain).map(|link| link + 1),
            links: if chain { decided.links.iter().enumerate().map(link).collect() } else { Vec::new() },
            explanation: decided.explanation.clone(),
        }
    }
}

impl From<&Link> for Known {
    fn from(link: &Link) -> Known {
        let mut known =
            Known { evidence: link.evidence.as_ref().map(EvidenceRecord::from), ..Known::default() };
        match &link.found {
            Found::Refuted { counterexample, hints } => {
                known.counterexample = Some(counterexample.as_ref().into());
                known.hints = hints.iter().map(super::Hint::sentence).collect();
            }
            Found::Unchecked { reason } => known.reason = Some(reason.clone()),
            Found::Proved | Found::Checked => {}
        }
        known
    }
}

impl From<&Evidence> for EvidenceRecord {
    fn from(evidence: &Evidence) -> EvidenceRecord {
        let exact = evidence.arithmetic == Arithmetic::Exact;
        EvidenceRecord {
            points: evidence.points,
            sizes: evidence.sizes.iter().map(|sizes| sizes.iter().cloned().collect()).collect(),
            arithmetic: if exact { "exact" } else { "real" },
            error_bound: (exact && evidence.error_exponent > 0 && !evidence.sampled)
                .then(|| format!("1e-{}", evidence.error_exponent)),
            degree: exact.then_some(evidence.degree),
            tolerance: match evidence.arithmetic {
                Arithmetic::Exact => None,
                Arithmetic::Reals { digits } => Some(format!("1e-{digits}")),
            },
            sampled: evidence.sampled,
        }
    }
}

impl From<&Counterexample> for CounterexampleRecord {
    fn from(found: &Counterexample) -> CounterexampleRecord {
        fn rows<T: ToString>(array: &Array<T>) -> Vec<Vec<String>> {
            array.rows().map(|row| row.iter().map(T::to_string).collect()).collect()
        }
        let (left, right) = super::tell::sides(found);
        CounterexampleRecord {
            sizes: found.sizes.iter().cloned().collect(),
            letters: found.letters.iter().cloned().collect(),
            values: found.values.iter().map(|(name, array)| (name.clone(), rows(array))).collect(),
            seed: found.drawn.then(|| found.seed.to_string()),
            style: found.drawn.then(|| style_word(found.style)),
            entry: found.entry.clone(),
            left: rows(&left),
            right: rows(&right),
        }
    }
}

fn style_word(style: Style) -> String {
    match style {
        Style::Mixed => "mixed".to_string(),
        Style::Positive => "positive".to_string(),
        Style::Small => "small".to_string(),
        Style::Wide => "wide".to_string(),
        Style::Corner => "corner".to_string(),
        Style::Whole(magnitude) => format!("whole {magnitude}"),
    }
}

/// The values that are shown of one side.
pub(super) fn is_modular(array: &Array<Value>) -> bool {
    array.entries.iter().any(|value| matches!(value, Value::Exact(_)))
}
