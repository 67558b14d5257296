//! Errors of `check`.

use super::foreign::foreign;
use super::{Diagnostic, Exit, Label, Mend};
use crate::shape::{Dim, Shape};
use crate::source::Span;

/// Parts of the language whose meaning comes with a later release.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature {
    DerivativeInExpression,
    MatrixLiteral,
    HigherDerivative,
    DerivativeByExpression,
    Function(std::sync::Arc<str>),
}

pub(super) fn input(
    code: &'static str,
    message: String,
    labels: &[(Span, &str)],
    help: Option<String>,
) -> Diagnostic {
    let labels = labels.iter().map(|(span, text)| Label { span: *span, text: text.to_string() }).collect();
    Diagnostic { code, message, labels, help, exit: Exit::Input }
}

/// Derivatives over a structured set were asked for, and none is by such a variable.
pub fn nothing_structured(convention: &str) -> Diagnostic {
    let message = "nothing is differentiated by a variable with a declared structure".to_string();
    let help = format!(
        "`--structure {convention}` is about variables declared symmetric, antisymmetric, diagonal, lower, upper, posdef or \
         orthogonal; leave it out, or declare one: X : n x n symmetric"
    );
    input("nothing-structured", message, &[], Some(help))
}

/// Two structures of one variable by whose entries a derivative is asked for.
pub fn two_structures(first: Span, second: Span) -> Diagnostic {
    input(
        "two-structures",
        "derivatives over a set of two structures at once have no convention".to_string(),
        &[(first, "one structure"), (second, "and another")],
        Some(
            "declare one of them, or leave `--structure` out: entries then count as independent".to_string(),
        ),
    )
}

/// Parsed, and refused until a later release.
pub fn unsupported(feature: Feature, span: Span) -> Diagnostic {
    let what = match &feature {
        Feature::DerivativeInExpression => "a derivative inside a definition is",
        Feature::MatrixLiteral => "a matrix literal in a definition is",
        Feature::HigherDerivative => "a derivative of third or higher order is",
        Feature::DerivativeByExpression => "a derivative by anything but a variable or definition is",
        Feature::Function(name) => {
            let message = format!("the function `{name}` is not supported yet");
            return input("not-supported-yet", message, &[(span, "comes with a later release")], None);
        }
    };
    let message = format!("{what} not supported yet");
    input("not-supported-yet", message, &[(span, "comes with a later release")], None)
}

/// A derivative with a value that states no primitive.
pub fn no_primitive(span: Span) -> Diagnostic {
    input(
        "no-primitive",
        "this states no entry derivative".to_string(),
        &[(span, "of an entry of a call by an entry of its argument, with a letter for each index")],
        Some("write `d(inv(A)[i,j])/d(A[k,l]) = …`, or `d(det(A))/d(A[k,l]) = …` where the result is a scalar; the argument is a square matrix".to_string()),
    )
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
pub fn no_dimension(span: Span) -> Diagnostic {
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
        Some(match (name, near) {
            ("derive" | "verify" | "assume" | "size", _) => {
                format!("`{name}` begins a statement: put it on a line of its own, or after `;`")
            }
            ("e", _) => "write `exp(x)` for the exponential, or declare `e : scalar`".to_string(),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (_, None) => format!("declare it with its shape, as in `{name} : n x m`"),
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
        Some(match (foreign(name), near) {
            (Some(help), _) => help.to_string(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => format!("`unknown {name} : scalar` declares an unknown scalar function"),
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

/// A name without a declaration as an exponent.
pub fn unknown_exponent(name: &str, span: Span, base: &str, matrix: bool) -> Diagnostic {
    input(
        "unknown-name",
        format!("`{name}` is not declared"),
        &[(span, "not declared or defined")],
        Some(match name {
            "T" | "t" | "H" => format!("write `{base}'` for the transpose"),
            _ if matrix => "a matrix is raised to positive whole numbers".to_string(),
            _ => format!("write a number, or declare it: `{name} : scalar`"),
        }),
    )
}

/// Factors of a matrix product that do not fit.
pub fn product_mismatch(
    left: (&Shape, Span),
    right: (&Shape, Span),
    mend: Option<&str>,
    entrywise: Option<&str>,
) -> Diagnostic {
    let help = match (mend, entrywise) {
        (Some(mend), _) => Some(format!("the transpose would fit: `{mend}`")),
        (None, Some(same)) if left.0.is_vector() => Some(format!(
            "`{same}` multiplies entry by entry; with `'` on one of the two, `*` is the inner or the outer product"
        )),
        (None, Some(same)) => Some(format!("`{same}` multiplies entry by entry")),
        (None, None) => None,
    };
    input(
        "shape-mismatch",
        format!("cannot multiply {} by {}: {} is not {}", left.0, right.0, left.0.columns, right.0.rows),
        &[(right.1, &format!("this is {}", right.0)), (left.1, &format!("this is {}", left.0))],
        help,
    )
}

/// Terms of a sum of different shapes.
pub fn sum_mismatch(first: (&Shape, Span), second: (&Shape, Span), mend: Option<&Mend>) -> Diagnostic {
    input(
        "shape-mismatch",
        format!("cannot add {} and {}", first.0, second.0),
        &[(second.1, &format!("this is {}", second.0)), (first.1, &format!("this is {}", first.0))],
        mend.map(Mend::words),
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

/// `/` by a vector or matrix. `entrywise` and `inverse` are the quotients that the shapes allow.
pub fn divisor_not_scalar(
    shape: &Shape,
    span: Span,
    entrywise: Option<&str>,
    inverse: Option<&str>,
) -> Diagnostic {
    let entrywise = entrywise.map(|quotient| format!("`{quotient}` divides entry by entry"));
    let inverse = inverse.map(|product| format!("`{product}` multiplies by the inverse"));
    let help: Vec<String> = entrywise.into_iter().chain(inverse).collect();
    let help = (!help.is_empty()).then(|| help.join(", "));
    input("divisor-not-scalar", format!("cannot divide by {shape}"), &[(span, "a divisor is a scalar")], help)
}

/// `/ 0`.
pub fn division_by_zero(span: Span) -> Diagnostic {
    input("division-by-zero", "division by zero".to_string(), &[(span, "this is zero")], None)
}

/// A number of arguments that a function does not take. `along` says that there are functions of the name for each row and
/// each column.
pub fn wrong_arity(name: &str, span: Span, expected: &str, place: Span, along: bool) -> Diagnostic {
    let labels = [(span, "called so here"), (place, "defined here")];
    let help = along.then(|| {
        format!("along one axis: `row{name}(X)` takes each row together, `col{name}(X)` each column")
    });
    input("wrong-arity", format!("`{name}` takes {expected}"), &labels, help)
}

/// A goal of something without a definition.
pub fn unknown_numerator(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    input(
        "unknown-name",
        format!("`{name}` is not declared or defined"),
        &[(span, "a derivative of this is asked for")],
        Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it, as in `{name} = loss(Y)`"),
        }),
    )
}

/// A goal that asks for no derivative; `taken` is a name such as `dX` that makes it a quotient.
pub fn goal_is_no_derivative(span: Span, taken: Option<&str>) -> Diagnostic {
    input(
        "goal-is-no-derivative",
        "a goal is a derivative, or holds one".to_string(),
        &[(span, "expected something like `dL/dX` of declared or defined names, or `d(f)/d(X)`")],
        taken.map(|taken| format!("`{taken}` is a name itself, so this is a quotient: write `d(…)/d(…)`")),
    )
}

/// A letter that is bound by no sum in an expression that is asked for.
pub fn letter_in_combination(letter: &str, span: Span) -> Diagnostic {
    input(
        "free-letter",
        format!("`{letter}` is bound by no sum in what is asked for"),
        &[(span, "a free letter")],
        Some("entries are asked for of a derivative alone, as in `d(Y[i,j])/d(W[a,b])`".to_string()),
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
pub fn no_goal(claims: bool) -> Diagnostic {
    let help = match claims {
        true => "add a goal, as in `derive dL/dX`; what it claims is decided by `entrywise verify`",
        false => "add a goal, as in `derive dL/dX`",
    };
    input("no-goal", "the input asks for nothing".to_string(), &[], Some(help.to_string()))
}
