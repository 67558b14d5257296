//! Errors of the parser.

use super::Diagnostic;
use crate::source::Span;

pub fn unclosed_bracket(bracket: &str, span: Span) -> Diagnostic {
    let close = if bracket == "(" { ")" } else { "]" };
    Diagnostic::input("unclosed-bracket", format!("`{bracket}` is never closed"), span, "opened here")
        .with_help(format!("add the missing `{close}`"))
}

pub fn unopened_bracket(bracket: &str, span: Span) -> Diagnostic {
    Diagnostic::input(
        "unopened-bracket",
        format!("`{bracket}` closes nothing"),
        span,
        "no bracket is open here",
    )
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
        "&" | "&&" => "write one statement for each",
        "|" => "write `abs(x)` for the absolute value of every entry, and one statement for each condition",
        "||" => "write `norm2(x)` for the norm of a vector, `normF(X)` for that of a matrix",
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
    Diagnostic::limit(
        "number-too-long",
        format!("a number has at most {limit} digits"),
        span,
        "too many digits",
    )
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
    Diagnostic::input(
        "unexpected",
        format!("expected {what}, found {found}"),
        span,
        format!("expected {what}"),
    )
}

pub fn missing_operator(span: Span) -> Diagnostic {
    Diagnostic::input(
        "missing-operator",
        "two factors without an operator between them",
        span,
        "a second factor begins here",
    )
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
    Diagnostic::input(
        "binder-without-term",
        "a sum over an index needs a term to sum",
        span,
        "no term follows",
    )
    .with_help("write the term after it, in parentheses if it begins with `-`: `sum(k: n) (-x[k])`")
}

pub fn ambiguous_derivative(token: &str, readings: &[String], span: Span) -> Diagnostic {
    let listed = readings.iter().map(|reading| format!("`{reading}`")).collect::<Vec<_>>().join(" or ");
    Diagnostic::input(
        "ambiguous-derivative",
        format!("`{token}` can be read in two ways"),
        span,
        format!("{listed}?"),
    )
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
    Diagnostic::input(
        "lone-differential",
        format!("`{token}` is no derivative by itself"),
        span,
        "not a quotient",
    )
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
        None => {
            "properties are `symmetric antisymmetric diagonal lower upper orthogonal posdef positive onehot \
                 integer`"
                .to_string()
        }
    };
    Diagnostic::input("unknown-property", format!("`{name}` is no property"), span, "not a property")
        .with_help(help)
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

pub fn claim_by_one_sign(span: Span) -> Diagnostic {
    expected("`==`", "`=`", span).with_help("a claim is written with `==`")
}

pub fn repeated_notation(word: &str, span: Span) -> Diagnostic {
    Diagnostic::input("repeated-notation", format!("`{word}` is given twice"), span, "the second time")
        .with_help("remove one of them")
}

/// `X.T`, `np.exp(x)`: a name behind a dot. `base` is the name before it.
pub fn attribute(base: Option<&str>, name: &str, called: bool, span: Span) -> Diagnostic {
    let shown = base.unwrap_or("(…)");
    let help = match (name, called) {
        ("T", false) => format!("write `{shown}'` for the transpose"),
        (_, true) => format!("functions stand alone, with all their arguments in brackets: `{name}(…)`"),
        _ => "`.*` multiplies entry by entry, `*` is the product of matrices".to_string(),
    };
    Diagnostic::input(
        "attribute",
        format!("nothing is written `{shown}.{name}` in this language"),
        span,
        "a dot joins no names",
    )
    .with_help(help)
}

/// `x**2`
pub fn double_star(entrywise: bool, span: Span) -> Diagnostic {
    let help = if entrywise {
        "write `x.^2` for the power of every entry"
    } else {
        "write `x.^2` for the power of every entry, `A^2` for that of a square matrix or a scalar"
    };
    Diagnostic::input("double-star", "`**` means nothing in this language", span, "not understood")
        .with_help(help)
}

/// `sum(X, axis=1)`
pub fn named_argument(name: &str, span: Span) -> Diagnostic {
    Diagnostic::input("named-argument", "arguments have no names", span, "an argument with a name")
        .with_help(format!("leave out `{name} =`; sums along an axis are `rowsum(X)` and `colsum(X)`"))
}

/// `y == …`, `y := …`, `y <- …`
pub fn not_assigned(name: &str, sign: &str, span: Span) -> Diagnostic {
    Diagnostic::input("unknown-statement", format!("`{sign}` defines nothing"), span, "not understood")
        .with_help(format!("write `{name} = …`"))
}

/// `dL/dX` on a line of its own.
pub fn goal_without_word(span: Span) -> Diagnostic {
    Diagnostic::input("unknown-statement", "a goal begins with `derive`", span, "a derivative by itself")
        .with_help("write `derive` before it")
}
