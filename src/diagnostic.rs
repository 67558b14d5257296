//! Errors for people. The only file that words one: other modules call the constructors here.

use std::path::Path;
use std::time::Duration;

use crate::source::Span;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Source, Span};

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

// Errors of `check`.

use crate::shape::{Dim, Shape};

/// Parts of the language whose meaning comes with a later release.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature {
    Operation,
    ScalarFunction,
    EntryDerivative,
    UnknownEntrywise,
    Verify,
    DerivativeInExpression,
    IndexForm,
    Power,
    MatrixLiteral,
    Division,
    Hadamard,
    HadamardDivide,
    DerivativeFunction,
    HigherDerivative,
    DerivativeByExpression,
    Function(std::sync::Arc<str>),
    DependentArguments,
}

fn input(code: &'static str, message: String, labels: &[(Span, &str)], help: Option<String>) -> Diagnostic {
    let labels = labels.iter().map(|(span, text)| Label { span: *span, text: text.to_string() }).collect();
    Diagnostic { code, message, labels, help, exit: Exit::Input }
}

/// Parsed, and refused until a later release.
pub fn unsupported(feature: Feature, span: Span) -> Diagnostic {
    let what = match &feature {
        Feature::Operation => "defining an operation by its entries is",
        Feature::ScalarFunction => "defining a scalar function is",
        Feature::EntryDerivative => "giving an entry derivative is",
        Feature::UnknownEntrywise => "an unknown entrywise function is",
        Feature::Verify => "`verify` is",
        Feature::DerivativeInExpression => "a derivative inside a definition is",
        Feature::IndexForm => "index form in a definition is",
        Feature::Power => "a power is",
        Feature::MatrixLiteral => "a matrix literal in a definition is",
        Feature::Division => "division by anything but a number is",
        Feature::Hadamard => "the Hadamard product `.*` in a definition is",
        Feature::HadamardDivide => "entrywise division `./` is",
        Feature::DerivativeFunction => "the derivative function `f'` is",
        Feature::HigherDerivative => "a derivative of second or higher order is",
        Feature::DerivativeByExpression => "a derivative by anything but a variable or definition is",
        Feature::Function(name) => {
            let message = format!("the function `{name}` is not supported yet");
            return input("not-supported-yet", message, &[(span, "comes with a later release")], None);
        }
        Feature::DependentArguments => "an argument of an unknown function that depends on another one is",
    };
    let message = format!("{what} not supported yet");
    input("not-supported-yet", message, &[(span, "comes with a later release")], None)
}

/// A clash of two statements.
pub fn declared_twice(name: &str, span: Span, first: Span) -> Diagnostic {
    input(
        "declared-twice",
        format!("`{name}` is declared or defined twice"),
        &[(span, "again here"), (first, "first here")],
        Some("give one of the two another name".to_string()),
    )
}

/// Dimensions and variables share one namespace.
pub fn dimension_clash(name: &str, span: Span, place: Span) -> Diagnostic {
    input(
        "dimension-clash",
        format!("`{name}` is both a dimension and a quantity"),
        &[(span, "a dimension here"), (place, "declared or defined here")],
        Some("dimensions, variables and functions share one namespace: rename one".to_string()),
    )
}

/// A property that only a square matrix can have.
pub fn property_wants_square(shape: &Shape, span: Span, name: Span) -> Diagnostic {
    input(
        "property-wants-square",
        format!("this property needs a square matrix, not {shape}"),
        &[(span, "only a square matrix has it"), (name, "declared here")],
        None,
    )
}

/// A dimension that is no name, positive number, or sum, difference or product of them.
pub fn bad_dimension(span: Span) -> Diagnostic {
    input(
        "bad-dimension",
        "this is no dimension".to_string(),
        &[(span, "expected a name, a positive integer, or sums, differences and products of them")],
        None,
    )
}

/// A size that is no positive integer.
pub fn bad_size(span: Span) -> Diagnostic {
    input("bad-size", "a size is a positive integer".to_string(), &[(span, "not a positive integer")], None)
}

/// A size for a name that is no dimension.
pub fn unknown_dimension(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    input(
        "unknown-dimension",
        format!("no declaration has a dimension `{name}`"),
        &[(span, "unknown dimension")],
        near.map(|near| format!("did you mean `{near}`?")),
    )
}

/// Two different sizes for one dimension.
pub fn size_twice(name: &str, span: Span, before: usize, now: usize) -> Diagnostic {
    input(
        "size-twice",
        format!("`{name}` has two sizes, {before} and {now}"),
        &[(span, "a second size")],
        Some("keep one of them".to_string()),
    )
}

/// A dimension such as `n - k` that the sizes make zero or negative.
pub fn empty_dimension(dim: &Dim, span: Span) -> Diagnostic {
    input(
        "empty-dimension",
        format!("at the given sizes the dimension `{dim}` is not positive"),
        &[(span, "of this quantity")],
        Some("choose other sizes".to_string()),
    )
}

/// A name that a later statement defines.
pub fn used_before_definition(name: &str, span: Span, place: Span) -> Diagnostic {
    input(
        "used-before-definition",
        format!("`{name}` is used before it is declared or defined"),
        &[(span, "used here"), (place, "declared or defined only here")],
        Some("a definition may use earlier names only: move one of the two".to_string()),
    )
}

/// A name without a declaration.
pub fn unknown_name(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    input(
        "unknown-name",
        format!("`{name}` is not declared"),
        &[(span, "not declared or defined")],
        Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it with its shape, as in `{name} : n x m`"),
        }),
    )
}

/// A quantity or dimension called like a function.
pub fn not_a_function(name: &str, span: Span) -> Diagnostic {
    input(
        "not-a-function",
        format!("`{name}` is not a function"),
        &[(span, "called here")],
        Some(format!("write `{name} * (…)` for a product")),
    )
}

/// A function without a meaning.
pub fn unknown_function(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    input(
        "unknown-function",
        format!("there is no function `{name}`"),
        &[(span, "unknown function")],
        Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`unknown {name} : scalar` declares an unknown scalar function"),
        }),
    )
}

/// An unknown function's name standing alone.
pub fn function_without_argument(name: &str, span: Span) -> Diagnostic {
    input(
        "function-without-argument",
        format!("`{name}` is a function and needs an argument"),
        &[(span, "no argument")],
        Some(format!("write `{name}(Y)`")),
    )
}

/// Factors of a matrix product that do not fit.
pub fn product_mismatch(left: (&Shape, Span), right: (&Shape, Span), mend: Option<&str>) -> Diagnostic {
    input(
        "shape-mismatch",
        format!("cannot multiply {} by {}: {} is not {}", left.0, right.0, left.0.columns, right.0.rows),
        &[(right.1, &format!("this is {}", right.0)), (left.1, &format!("this is {}", left.0))],
        mend.map(|mend| format!("the transpose would fit: `{mend}`")),
    )
}

/// Terms of a sum of different shapes.
pub fn sum_mismatch(first: (&Shape, Span), second: (&Shape, Span), mend: Option<&str>) -> Diagnostic {
    input(
        "shape-mismatch",
        format!("cannot add {} and {}", first.0, second.0),
        &[(second.1, &format!("this is {}", second.0)), (first.1, &format!("this is {}", first.0))],
        mend.map(|mend| format!("the transpose would fit: `{mend}`")),
    )
}

/// Juxtaposition where matrices are meant.
pub fn space_outside_index_form(span: Span) -> Diagnostic {
    input(
        "space-outside-index-form",
        "a space multiplies entries of an index form only".to_string(),
        &[(span, "no operator between these")],
        Some("write `*` for the matrix product".to_string()),
    )
}

/// `/` by a vector or matrix.
pub fn divisor_not_scalar(shape: &Shape, span: Span) -> Diagnostic {
    input("divisor-not-scalar", format!("cannot divide by {shape}"), &[(span, "a divisor is a scalar")], None)
}

/// `/ 0`.
pub fn division_by_zero(span: Span) -> Diagnostic {
    input("division-by-zero", "division by zero".to_string(), &[(span, "this is zero")], None)
}

/// A number of arguments that a function does not take.
pub fn wrong_arity(name: &str, span: Span, expected: &str) -> Diagnostic {
    input("wrong-arity", format!("`{name}` takes {expected}"), &[(span, "called so here")], None)
}

/// An argument that must be square.
pub fn wants_square(name: &str, shape: &Shape, span: Span) -> Diagnostic {
    input("wants-square", format!("`{name}` needs a square matrix"), &[(span, &format!("this is {shape}"))], None)
}

/// An argument that must be a vector.
pub fn wants_vector(name: &str, shape: &Shape, span: Span) -> Diagnostic {
    input("wants-vector", format!("`{name}` needs a vector"), &[(span, &format!("this is {shape}"))], None)
}

/// A goal that asks for no derivative.
pub fn goal_is_no_derivative(span: Span) -> Diagnostic {
    input(
        "goal-is-no-derivative",
        "a goal is a derivative".to_string(),
        &[(span, "expected something like `dL/dX` of declared or defined names, or `d(f)/d(X)`")],
        None,
    )
}

/// A derivative by a literal.
pub fn derivative_by_number(span: Span) -> Diagnostic {
    input(
        "derivative-by-number",
        "a derivative is taken by a variable, not by a number".to_string(),
        &[(span, "a number")],
        None,
    )
}

/// A derivative by a dimension.
pub fn derivative_by_dimension(name: &str, span: Span) -> Diagnostic {
    input(
        "derivative-by-dimension",
        format!("`{name}` is a dimension: nothing is differentiated by it"),
        &[(span, "a dimension")],
        None,
    )
}

/// A file without statements.
pub fn empty_source() -> Diagnostic {
    input(
        "empty-input",
        "there is nothing in the input".to_string(),
        &[],
        Some("start with a declaration, as in `X : N x D`".to_string()),
    )
}

/// A file without goals given to `derive`.
pub fn no_goal() -> Diagnostic {
    input(
        "no-goal",
        "the input asks for nothing".to_string(),
        &[],
        Some("add a goal, as in `derive dL/dX`".to_string()),
    )
}

// Errors of `derive`.

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
/// A limit without a place in the source.
fn limit(code: &'static str, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        code,
        message,
        labels: Vec::new(),
        help,
        exit: Exit::Limit,
    }
}

/// What restricted mode permits, said once per process in place of Symbolica's banner.
pub fn algebra_terms() -> &'static str {
    "note: Symbolica, which does the scalar algebra, runs without a licence key: this is only \
     permitted for non-commercial use and limited to one instance and one core per machine; \
     get a key at https://symbolica.io/license"
}

/// Said once when the turn does not come within a second.
pub fn algebra_waiting(path: &Path) -> String {
    format!(
        "note: waiting for another entrywise to end: without a licence key Symbolica runs once per \
         machine ({})",
        path.display()
    )
}

pub fn algebra_busy(waited: Duration, path: &Path) -> Diagnostic {
    limit(
        "algebra-busy",
        format!(
            "waited {} s for another entrywise to end, which holds {}",
            waited.as_secs(),
            path.display()
        ),
        Some(
            "without a licence key Symbolica runs once per machine; wait longer with \
             ENTRYWISE_LOCK_TIMEOUT (seconds), or put a key into ENTRYWISE_SYMBOLICA_KEY"
                .to_owned(),
        ),
    )
}

pub fn algebra_lock(path: &Path, reason: &str) -> Diagnostic {
    limit(
        "algebra-lock",
        format!("cannot use the lock file {}: {reason}", path.display()),
        Some(
            "entrywise takes turns on this file, because without a licence key Symbolica runs once \
             per machine; remove it if it is not an empty file that everybody can read"
                .to_owned(),
        ),
    )
}

pub fn algebra_timeout(variable: &str, value: &str) -> Diagnostic {
    limit(
        "algebra-timeout",
        format!("{variable} is `{value}`, which is no whole number of seconds"),
        Some(format!("write for example {variable}=120, or leave it unset")),
    )
}

pub fn algebra_key(variable: &str, reason: &str) -> Diagnostic {
    limit(
        "algebra-key",
        format!("Symbolica does not accept the key in {variable}: {reason}"),
        Some(format!(
            "unset {variable} to use Symbolica in its restricted mode, or get a key at \
             https://symbolica.io/license"
        )),
    )
}

pub fn algebra_stopped(reason: &str) -> Diagnostic {
    limit(
        "algebra-stopped",
        format!("the algebra stopped: {reason}"),
        None,
    )
}

pub fn algebra_panicked(message: &str) -> Diagnostic {
    limit(
        "algebra-panicked",
        format!("the algebra failed: {message}"),
        Some("this is an error in entrywise; please report it with its input".to_owned()),
    )
}

pub fn not_polynomial() -> Diagnostic {
    limit(
        "not-polynomial",
        "the expression is not a polynomial in entries".to_owned(),
        None,
    )
impl Diagnostic {
    /// An error in the input with its first place.
    pub fn input(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            labels: vec![Label { span, text: label.into() }],
            help: None,
            exit: Exit::Input,
        }
    }

    /// Something that goes over a limit, with its first place.
    pub fn limit(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
        Diagnostic { exit: Exit::Limit, ..Diagnostic::input(code, message, span, label) }
    }

    /// What to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// A further place that explains the error.
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }
}

// Syntax

pub fn unclosed_bracket(bracket: &str, span: Span) -> Diagnostic {
    let close = if bracket == "(" { ")" } else { "]" };
    Diagnostic::input("unclosed-bracket", format!("`{bracket}` is never closed"), span, "opened here")
        .with_help(format!("add the missing `{close}`"))
}

pub fn unopened_bracket(bracket: &str, span: Span) -> Diagnostic {
    Diagnostic::input("unopened-bracket", format!("`{bracket}` closes nothing"), span, "no bracket is open here")
        .with_help("remove it, or open the bracket before it")
}

pub fn too_deep(limit: usize, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "too-deep",
        format!("this expression is nested more than {limit} levels deep"),
        span,
        format!("level {} begins here", limit + 1),
    )
    .with_help("give a part of it a name in a definition of its own")
}

pub fn unknown_character(text: &str, span: Span) -> Diagnostic {
    let help = match text {
        "−" | "–" => "write `-`",
        "≥" => "write `>=`",
        "≤" => "write `<=`",
        "." => "a number needs digits on both sides of its dot",
        "²" => "write `^2`",
        "!" | "!=" | "≠" => "there is no such comparison; `== < <= > >=` are known",
        "&" | "&&" | "|" | "||" => "write one statement for each",
        "{" | "}" | "{}" => "brackets are `( )` and `[ ]`",
        "\\" => "write `inv(A)*B` or `solve(A, B)`",
        "∇" => "write the derivative as `dL/dX`",
        "%" => "a comment begins with `#`",
        _ => "remove it; operators are `+ - * / .* ./ ^ .^ '`",
    };
    let shown: String = text.chars().take(20).collect();
    Diagnostic::input(
        "unknown-character",
        format!("`{}` means nothing in this language", shown.escape_debug()),
        span,
        "not understood",
    )
    .with_help(help)
}

pub fn unclosed_quote(span: Span) -> Diagnostic {
    Diagnostic::input("unclosed-quote", "the quoted text does not end on its line", span, "begins here")
        .with_help("add the closing `\"`")
}

pub fn number_too_long(limit: usize, span: Span) -> Diagnostic {
    Diagnostic::limit("number-too-long", format!("a number has at most {limit} digits"), span, "too many digits")
        .with_help("write it with fewer digits")
}

pub fn exponent_too_large(limit: usize, span: Span) -> Diagnostic {
    Diagnostic::limit(
        "exponent-too-large",
        format!("the decimal exponent of a number lies between -{limit} and {limit}"),
        span,
        "exponent out of range",
    )
    .with_help("write the number as a product of powers, such as `10^300 * 10^300`")
}

pub fn expected(what: &str, found: &str, span: Span) -> Diagnostic {
    Diagnostic::input("unexpected", format!("expected {what}, found {found}"), span, format!("expected {what}"))
}

pub fn missing_operator(span: Span) -> Diagnostic {
    Diagnostic::input("missing-operator", "two factors without an operator between them", span, "a second factor begins here")
        .with_help("write `*` between them, or a space in index form")
}

pub fn function_then_space(name: &str, span: Span, bracket: Span) -> Diagnostic {
    Diagnostic::input(
        "space-after-function",
        format!("a space stands between the function `{name}` and its arguments"),
        bracket,
        "after a space a bracket is a factor",
    )
    .with_label(span, "a function")
    .with_help(format!("write `{name}(…)` without the space"))
}

pub fn bracketed_exponent(span: Span) -> Diagnostic {
    Diagnostic::input(
        "exponent",
        "an exponent is a name, a number, `-` of one of them, or in parentheses",
        span,
        "not an exponent",
    )
    .with_help("put the exponent in parentheses: `x^(…)`")
}

pub fn ragged_matrix(row: usize, first: usize, length: usize, span: Span) -> Diagnostic {
    Diagnostic::input(
        "ragged-matrix",
        format!("row {row} of the matrix has another length than row 1: {length} against {first}"),
        span,
        "in this matrix",
    )
    .with_help("entries are separated by `,` and rows by `;`")
}

pub fn missing_binder_term(span: Span) -> Diagnostic {
    Diagnostic::input("binder-without-term", "a sum over an index needs a term to sum", span, "no term follows")
        .with_help("write the term after it, in parentheses if it begins with `-`: `sum(k: n) (-x[k])`")
}

pub fn ambiguous_derivative(token: &str, readings: &[String], span: Span) -> Diagnostic {
    let listed = readings.iter().map(|reading| format!("`{reading}`")).collect::<Vec<_>>().join(" or ");
    Diagnostic::input("ambiguous-derivative", format!("`{token}` can be read in two ways"), span, format!("{listed}?"))
        .with_help(format!("write {listed}"))
}

pub fn derivative_order(token: &str, order: u32, by: u32, span: Span) -> Diagnostic {
    Diagnostic::input(
        "derivative-order",
        format!("`{token}` names order {order} above and order {by} below"),
        span,
        "the orders differ",
    )
    .with_help("write `dL/dX` for a first and `d2L/dx2` or `d2L/dxdy` for a second derivative")
}

pub fn lone_differential(token: &str, span: Span) -> Diagnostic {
    Diagnostic::input("lone-differential", format!("`{token}` is no derivative by itself"), span, "not a quotient")
        .with_help("write `∂L/∂X` or `∂(f)/∂(X)`")
}

pub fn glued_shape(first: &str, second: &str, span: Span) -> Diagnostic {
    let written = format!("{first} x {second}");
    Diagnostic::input(
        "glued-shape",
        format!("`{first}x{second}` is one name, but `{first}` and `{second}` are dimensions"),
        span,
        "one name",
    )
    .with_help(format!("write `{written}` with spaces"))
}

pub fn unknown_property(name: &str, suggestion: Option<&str>, span: Span) -> Diagnostic {
    let help = match suggestion {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "properties are `symmetric antisymmetric diagonal lower upper orthogonal posdef positive onehot \
                 integer`"
            .to_string(),
    };
    Diagnostic::input("unknown-property", format!("`{name}` is no property"), span, "not a property").with_help(help)
}

pub fn bad_dimension(text: &str, span: Span) -> Diagnostic {
    Diagnostic::input(
        "dimension",
        format!("`{text}` is no dimension"),
        span,
        "a dimension is a name or a positive integer",
    )
    .with_help("dimensions may be added, subtracted and multiplied: `n-k+1`")
}

pub fn unknown_statement(span: Span, suggestion: Option<&str>) -> Diagnostic {
    let help = match suggestion {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "a statement is `X : N x D`, `Y = …`, `f(x : n)[i] = …`, or begins with `derive`, `verify`, `assume`, \
                 `size`, `unknown` or `scalar`"
            .to_string(),
    };
    Diagnostic::input("unknown-statement", "this is no statement", span, "not understood").with_help(help)
}

pub fn lone_claim(span: Span) -> Diagnostic {
    Diagnostic::input("lone-claim", "a claim needs two sides", span, "only one side")
        .with_help("write `verify left == right`")
}

pub fn repeated_notation(word: &str, span: Span) -> Diagnostic {
    Diagnostic::input("repeated-notation", format!("`{word}` is given twice"), span, "the second time")
        .with_help("remove one of them")
}

/// Errors shown at once; a reader mends the first ones first, and rendering each reads the source again.
const SHOWN: usize = 50;

/// The errors as text for a terminal.
pub fn render(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        text.push_str(&renderer.render(&[report(diagnostic, source)]));
        text.push('\n');
    }
    if diagnostics.len() > SHOWN {
        text.push_str(&format!("error: and {} more errors\n", diagnostics.len() - SHOWN));
    }
    text
}

fn report<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Group<'a> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut placed = diagnostic.labels.iter().filter(|label| label.span != Span::NONE).peekable();
    let mut group = if placed.peek().is_some() {
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        for (position, label) in placed.enumerate() {
            let kind = if position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let start = source.text.floor_char_boundary(label.span.start.min(source.text.len()));
            let end = source.text.ceil_char_boundary(label.span.end.clamp(start, source.text.len()));
            snippet = snippet.annotation(kind.span(start..end).label(label.text.as_str()));
        }
        title.element(snippet)
    } else {
        Group::with_title(title)
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}
