//! Errors of rules and derivations.

use super::check::input;
use super::{Diagnostic, Exit, Label};
use crate::source::Span;

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

fn limit(code: &'static str, message: String, span: Option<Span>, help: Option<String>) -> Diagnostic {
    let labels = span.into_iter().map(|span| Label { span, text: "here".to_string() }).collect();
    Diagnostic { code, message, labels, help, exit: Exit::Limit }
}

/// Sizes for some dimensions and not for others.
pub fn missing_size(name: &str, span: Span) -> Diagnostic {
    input(
        "missing-size",
        format!("the dimension `{name}` has no size while others have one"),
        &[(span, "first used here")],
        Some(format!("add `size {name} = 2`, or derive with `--open`")),
    )
}

/// An index form beyond the limit.
pub fn too_many_terms(limit_: usize) -> Diagnostic {
    limit(
        "too-many-terms",
        format!("the index form has more than {limit_} terms"),
        None,
        Some("give names to parts of the expression: named definitions are not multiplied out".to_string()),
    )
}

/// A construct that was let through and cannot be derived.
pub fn not_derivable(span: Span) -> Diagnostic {
    limit("not-derivable", "this cannot be derived".to_string(), Some(span), None)
}

/// A defect of the program itself.
pub fn internal(what: &str) -> Diagnostic {
    limit("internal", format!("internal failure: {what}"), None, Some("please report this input".to_string()))
}
