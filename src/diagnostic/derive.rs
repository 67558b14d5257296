//! Errors of rules and derivations.

use super::check::input;
use super::{Diagnostic, Exit, Label};
use crate::source::Span;

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

/// A construct that was let through and cannot be derived; `part` is it as text.
pub fn not_derivable(part: &str, span: Span) -> Diagnostic {
    let help = "give a part of it a name in a definition of its own, or write it in another way".to_string();
    limit("not-derivable", format!("`{part}` cannot be derived yet"), Some(span), Some(help))
}

/// An expression that holds derivatives is asked for with an option that speaks of derivatives alone.
pub fn combination_elsewhere(option: &str, span: Span) -> Diagnostic {
    limit(
        "no-derivative-alone",
        format!("with `{option}` every goal has to be a derivative"),
        Some(span),
        Some("ask for its derivatives by themselves".to_string()),
    )
}

/// A number as exponent that is too large to be written out, or a fractional power of a matrix.
pub fn exponent_out_of_reach(part: &str, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "not-derivable",
        format!("`{part}` cannot be derived: this exponent is out of reach"),
        span,
        "a matrix is raised to whole powers up to 16, an entry to any quotient of small numbers",
    )
}

/// A function whose value is known by the names of its arguments alone, or that has no rule here.
pub fn call_not_derivable(part: &str, function: &str, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "not-derivable",
        format!("`{part}` cannot be derived where it stands"),
        span,
        format!("`{function}` is called here"),
    )
    .with_help("give its arguments names in definitions of their own, outside index forms and operations")
}

/// A power outside a trace, whose derivative is a sum over its exponent.
pub fn exponent_may_be_negative(part: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "not-derivable",
        format!("the derivative of `{part}` is a sum over the exponent `{name}`, which need not be positive"),
        span,
        "a power outside a trace",
    )
    .with_help(format!("write `assume {name} >= 1`"))
}

/// The exponential of a matrix where its derivative is an integral.
pub fn exponential_outside_trace(part: &str, by: &str, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "not-derivable",
        format!("the derivative of `{part}` by `{by}` has no closed form: that of the exponential of a matrix is an integral, which is exact under a trace or along a matrix that commutes"),
        span,
        "the exponential stands here",
    )
    .with_help("under a trace it has to stand in the same definition as the trace, and alone but for its own powers")
}

/// `loss(Y, Z)` where `Z` depends on `Y`: no derivative of the language holds `Z` fixed.
pub fn dependent_arguments(span: Span, (dependent, place): (&str, Span), on: &str) -> Diagnostic {
    let error = Diagnostic::limit(
        "not-derivable",
        format!(
            "the argument `{dependent}` of an unknown function depends on its argument `{on}`: the derivative by one with the \
             other held fixed cannot be written"
        ),
        span,
        "called here",
    );
    error
        .with_label(place, format!("`{dependent}` is made of `{on}`"))
        .with_help(format!(
            "pass `{on}` and what else `{dependent}` is made of in its place: an unknown function may make it from them"
        ))
}

/// A step or an answer would call a function whose name the input has taken for a quantity or dimension.
pub fn name_taken(name: &str, place: Span) -> Diagnostic {
    Diagnostic {
        code: "name-taken",
        message: format!(
            "the derivation needs the function `{name}`, and the input gives that name another meaning"
        ),
        labels: vec![Label { span: place, text: format!("`{name}` is declared or defined here") }],
        help: Some(format!("give what you named `{name}` another name")),
        exit: Exit::Limit,
    }
}

/// A function that answers are written with means something else in the input, whether or not it is needed.
pub fn name_of_answers(name: &str, place: Span) -> Diagnostic {
    Diagnostic {
        code: "name-taken",
        message: format!(
            "answers are written with the function `{name}`, and the input gives that name another meaning"
        ),
        labels: vec![Label { span: place, text: format!("`{name}` is defined here") }],
        help: Some(format!("give what you named `{name}` another name")),
        exit: Exit::Limit,
    }
}

/// A defect of the program itself.
pub fn internal(what: &str) -> Diagnostic {
    limit("internal", format!("internal failure: {what}"), None, Some("please report this input".to_string()))
}

/// A size on the command line for a dimension that the input does not have.
pub fn size_of_unknown(name: &str) -> Diagnostic {
    Diagnostic {
        code: "unknown-dimension",
        message: format!("--size: no declaration has a dimension `{name}`"),
        labels: Vec::new(),
        help: None,
        exit: Exit::Input,
    }
}

// Errors of `collapse`.

/// An input of `collapse` that is no matrix literal.
pub fn no_matrix_of_entries(span: Span) -> Diagnostic {
    input(
        "no-matrix-of-entries",
        "expected a matrix of entries".to_string(),
        &[(span, "not a matrix literal")],
        Some("write for example `[a[1,1] b[1,1], a[1,1] b[1,2]]`".to_string()),
    )
}

/// Something in a cell that is no sum of products of entries.
pub fn no_entry(span: Span) -> Diagnostic {
    input(
        "no-entry",
        "a cell is a sum of products of entries with literal indices".to_string(),
        &[(span, "this is none")],
        None,
    )
}

/// A literal index that no entry has.
pub fn no_index(span: Span, most: u32) -> Diagnostic {
    input(
        "no-index",
        format!("an index of an entry is a whole number from 1 to {most}"),
        &[(span, "this is none")],
        None,
    )
}

/// One name with different numbers of indices.
pub fn indices_differ(name: &str, span: Span) -> Diagnostic {
    input(
        "indices-differ",
        format!("`{name}` has another number of indices elsewhere"),
        &[(span, "here")],
        None,
    )
}

// Errors of the command.

/// An input that cannot be read.
pub fn unreadable(name: &str, reason: &str) -> Diagnostic {
    input("unreadable", format!("cannot read {name}: {reason}"), &[], None)
}

/// An input that is not UTF-8.
pub fn not_utf8(span: Span) -> Diagnostic {
    input(
        "not-utf8",
        "the input is not UTF-8".to_string(),
        &[(span, "the first byte that is none")],
        Some("save the file as UTF-8".to_string()),
    )
}

/// An output that cannot be written.
pub fn unwritable(name: &str, reason: &str) -> Diagnostic {
    limit("unwritable", format!("cannot write {name}: {reason}"), None, None)
}

/// Entries without a common pattern.
pub fn no_pattern(span: Span) -> Diagnostic {
    limit("no-pattern", "found no matrix expression that fits these entries".to_string(), Some(span), None)
}
