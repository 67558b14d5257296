//! Errors for people. The only file that words one: other modules call the constructors here.

use crate::source::Span;

/// What the process ends with, as the language's page fixes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Wrong input or usage: 2.
    Input,
    /// A limit, not underivable, busy or an internal failure: 3.
    Limit,
}

/// One error with its places.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable, kebab-case.
    pub code: &'static str,
    pub message: String,
    /// The first is the place of the error; the others explain it.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub exit: Exit,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A line of a rule file that is no rule.
pub fn bad_rule(span: Span, reason: &str) -> Diagnostic {
    Diagnostic {
        code: "bad-rule",
        message: "this line is no collapse rule".to_string(),
        labels: vec![Label { span, text: reason.to_string() }],
        help: None,
        exit: Exit::Input,
    }
}
