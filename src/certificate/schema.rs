//! The members of a certificate, one for one as `docs/certificate.md` lists them.

use serde::{Deserialize, Serialize};

use super::expression::Expression;

/// Names the schema in every certificate.
pub const SCHEMA: &str = "entrywise-certificate";
/// Grows with every change after which an older reader would misread a certificate.
pub const VERSION: u64 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub schema: String,
    pub version: u64,
    /// The version of the program that derived.
    pub engine: String,
    pub source: SourceText,
    pub options: Chosen,
    /// What the names of the derivation mean, in order; the file's own definitions among them.
    pub definitions: Vec<Definition>,
    /// The sizes of an explicit derivation; null for one that holds for all.
    pub sizes: Option<Vec<Size>>,
    pub sections: Vec<Section>,
    pub answers: Vec<Answer>,
    pub check: Check,
    /// Over everything else.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceText {
    pub text: String,
    /// Its statements once more, each in canonical text.
    pub statements: Vec<String>,
}

/// What the caller chose besides the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    pub open: bool,
    pub inline: bool,
    /// Sizes over those of the source.
    pub sizes: Vec<Size>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub dimension: String,
    pub size: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: String,
    pub value: Expression,
    /// By the engine, for the argument of an unknown function.
    pub introduced: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub heading: Heading,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heading {
    Problem,
    Derivative(Expression),
    Result,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// From 1 in each section.
    pub number: usize,
    pub rules: Vec<String>,
    pub level: Level,
    pub places: Vec<Place>,
    /// The displays of the step, each with its chains side by side.
    pub displays: Vec<Vec<Chain>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Statement,
    Main,
    Detail,
}

/// Where something of the source begins, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The letters that are free in the chain, which holds for all their values.
    pub letters: Vec<Letter>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    pub letter: String,
    pub range: Expression,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub before: Expression,
    pub relation: Relation,
    pub after: Expression,
    /// Of an equality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Relation {
    #[serde(rename = "=")]
    Equal,
    /// Takes its layout from; no equality.
    #[serde(rename = "=>")]
    Implies,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Proved,
    Checked,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub goal: Expression,
    pub value: Expression,
    pub letters: Vec<Letter>,
    /// Names that the engine gave and the value uses.
    pub introduced: Vec<Name>,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub name: String,
    pub value: Expression,
}

/// How the checker of the engine came to the verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Sixteen hexadecimal digits.
    pub seed: String,
    pub arithmetic: Arithmetic,
    pub sizes: Vec<Vec<Size>>,
    pub points: usize,
    pub sampled: usize,
    pub degree: u64,
    pub error_exponent: u32,
    pub proved: usize,
    pub checked: usize,
    /// Every rule that a step names, in alphabetical order, with the number of such steps.
    pub rules: Vec<Uses>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arithmetic {
    Exact,
    Real,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uses {
    pub rule: String,
    pub steps: usize,
}
