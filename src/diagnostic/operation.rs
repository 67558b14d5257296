//! Errors of operations, functions and index form.

use super::Diagnostic;
use super::check::input;
use crate::shape::{Dim, Shape};
use crate::source::Span;

/// What would make two operands of an entrywise operation fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Mend {
    Transpose(String),
    /// A vector repeated over the rows or columns of a matrix, which is never done silently.
    Broadcast(String),
    /// An operation on each row.
    Rows(String),
}

impl Mend {
    pub(super) fn words(&self) -> String {
        match self {
            Mend::Transpose(mend) => format!("the transpose would fit: `{mend}`"),
            Mend::Rows(mend) => format!("of each row it is `{mend}`"),
            Mend::Broadcast(mend) => {
                format!("a vector is not repeated over rows or columns by itself: write `{mend}`")
            }
        }
    }
}

/// Shapes of `.*`, `./` and `.^`.
pub fn entrywise_mismatch(
    operator: &str,
    left: (&Shape, Span),
    right: (&Shape, Span),
    mend: Option<&Mend>,
) -> Diagnostic {
    input(
        "shape-mismatch",
        format!("`{operator}` needs equal shapes or a scalar, not {} and {}", left.0, right.0),
        &[(right.1, &format!("this is {}", right.0)), (left.1, &format!("this is {}", left.0))],
        mend.map(Mend::words),
    )
}

/// `X^2` of a matrix that is not square.
pub fn power_wants_square(shape: &Shape, span: Span, base: &str) -> Diagnostic {
    input(
        "power-wants-square",
        format!("`^` is the matrix power and needs a square matrix, not {shape}"),
        &[(span, &format!("this is {shape}"))],
        Some(format!("`{base}.^2` squares every entry")),
    )
}

/// `A^(1/2)` of a matrix.
pub fn exponent_not_whole(span: Span, power: &str, base: &str) -> Diagnostic {
    input(
        "exponent-not-whole",
        format!("`{power}` is the power of a matrix, whose exponent has to be a whole number"),
        &[(span, "no whole number by what is declared")],
        Some(format!(
            "an exponent is made of whole numbers, dimensions and scalars that are declared `integer`; `.^` raises every entry of `{base}`"
        )),
    )
}

/// A sum over a whole number that may be negative.
pub fn range_not_positive(name: &str, span: Span) -> Diagnostic {
    input(
        "range-not-positive",
        format!("a sum runs over `{name}`, which need not be positive"),
        &[(span, "the range of an index is at least 1")],
        Some(format!("write `assume {name} >= 1`")),
    )
}

/// A condition of an operation that is no comparison.
pub fn condition_of_operation(span: Span) -> Diagnostic {
    input(
        "condition-of-operation",
        "the condition of an operation compares two scalars".to_string(),
        &[(span, "this is no comparison")],
        None,
    )
}

/// A call of an operation whose entries depend on a condition, none of which is assumed.
pub fn condition_not_assumed(call: &str, wanted: &[String], span: Span) -> Diagnostic {
    let wanted: Vec<String> = wanted.iter().map(|one| format!("`assume {one}`")).collect();
    input(
        "condition-not-assumed",
        format!("what `{call}` is depends on an assumption that the file does not make"),
        &[(span, "of which rank is its argument?")],
        Some(format!("write {}", wanted.join(" or "))),
    )
}

/// `assume A > B` where neither side is a number.
pub fn assumption_of_two_matrices(left: (&Shape, Span), right: (&Shape, Span)) -> Diagnostic {
    input(
        "assumption-wants-scalar",
        "an assumption compares with a scalar, every entry if the other side is a matrix".to_string(),
        &[(right.1, &format!("this is {}", right.0)), (left.1, &format!("this is {}", left.0))],
        None,
    )
}

/// An exponent of `^` with axes.
pub fn exponent_not_scalar(shape: &Shape, span: Span) -> Diagnostic {
    input(
        "exponent-not-scalar",
        format!("an exponent of `^` is a scalar, not {shape}"),
        &[(span, &format!("this is {shape}"))],
        None,
    )
}

/// An argument whose shape is not its parameter's. `other` is the argument that fixes what is wanted.
pub fn argument_mismatch(
    name: &str,
    found: (&Shape, Span),
    wanted: Option<&Shape>,
    other: Option<(&Shape, Span)>,
    definition: Span,
    mend: Option<&Mend>,
) -> Diagnostic {
    let wanted = wanted.map_or_else(String::new, |wanted| format!(", where it takes {wanted}"));
    let this = format!("this is {}", found.0);
    let that = other.map_or_else(String::new, |(shape, _)| format!("beside this, which is {shape}"));
    let mut labels = vec![(found.1, this.as_str())];
    if let Some((_, span)) = other {
        labels.push((span, that.as_str()));
    }
    labels.push((definition, "defined here"));
    input(
        "argument-shape",
        format!("an argument of `{name}` is {}{wanted}", found.0),
        &labels,
        mend.map(Mend::words),
    )
}

/// A quantity for a parameter that is a dimension.
pub fn argument_is_no_dimension(name: &str, parameter: &str, span: Span, place: Span) -> Diagnostic {
    // The prelude's own parameters of this kind are meant so.
    let help = (place != Span::NONE).then(|| {
        format!("a parameter without a shape is a dimension: write `{parameter} : scalar`, or `scalar {name}({parameter}) = …`")
    });
    input(
        "argument-is-no-dimension",
        format!("`{name}` takes a dimension for `{parameter}`"),
        &[(span, "this is a quantity"), (place, "defined here")],
        help,
    )
}

/// A dimension of a parameter that no argument tells.
pub fn open_dimension(dimension: &str, name: &str, span: Span) -> Diagnostic {
    input(
        "open-dimension",
        format!("the arguments of `{name}` do not say what `{dimension}` is"),
        &[(span, "only inside a larger dimension")],
        Some(format!("make `{dimension}` a parameter of its own")),
    )
}

/// A result without entries, such as that of a kernel longer than its input.
pub fn empty_result(name: &str, dim: &Dim, span: Span) -> Diagnostic {
    input(
        "empty-dimension",
        format!("`{name}` has a result of size `{dim}` here, which is not positive"),
        &[(span, "called so here")],
        None,
    )
}

/// `one argument`, `one or two arguments`.
pub fn arguments(counts: &[usize]) -> String {
    let word = |count: usize| match count {
        0 => "no".to_string(),
        1 => "one".to_string(),
        2 => "two".to_string(),
        3 => "three".to_string(),
        _ => count.to_string(),
    };
    let plural = if counts == [1] { "" } else { "s" };
    let counts: Vec<String> = counts.iter().map(|count| word(*count)).collect();
    format!("{} argument{plural}", counts.join(" or "))
}

/// A name of the file inside an operation or scalar function.
pub fn unknown_in_operation(name: &str, span: Span, operation: &str) -> Diagnostic {
    input(
        "unknown-name",
        format!("`{name}` is neither a parameter nor a dimension of `{operation}`"),
        &[(span, "not known inside the definition")],
        Some(format!("a definition by entries sees its parameters only: make `{name}` one of them")),
    )
}

/// An entry, or a result without indices, that is no number.
pub fn entry_not_scalar(name: &str, shape: &Shape, value: Span, place: Span, indices: usize) -> Diagnostic {
    let help = match (indices, shape.is_vector()) {
        (0, true) => Some(format!("give the result an index: `{name}(…)[i] = (…)[i]`")),
        (0, false) => Some(format!("give the result indices: `{name}(…)[i,j] = (…)[i,j]`")),
        _ => None,
    };
    input(
        "entry-not-scalar",
        format!("`{name}` is defined by its entries, and an entry is a scalar, not {shape}"),
        &[(value, &format!("this is {shape}")), (place, "defined here")],
        help,
    )
}

/// A third index of a result.
pub fn three_indices(name: &str, span: Span) -> Diagnostic {
    input(
        "three-indices",
        format!("the result of `{name}` has more than two indices"),
        &[(span, "a third index")],
        Some("a result is a scalar, a vector or a matrix".to_string()),
    )
}

/// Definitions that lead back to themselves, each with the call that leads on.
pub fn recursion(steps: &[(&str, Span)]) -> Diagnostic {
    let first = steps.first().map_or("", |(name, _)| name);
    let texts: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(position, (name, _))| {
            let next = steps.get(position + 1).map_or(first, |(next, _)| next);
            format!("`{name}` uses `{next}`")
        })
        .collect();
    // A long way is told by its beginning and its end.
    let told = |position: usize| position < 4 || position + 1 == steps.len();
    let labels: Vec<(Span, &str)> = steps
        .iter()
        .zip(&texts)
        .enumerate()
        .filter(|(position, _)| told(*position))
        .map(|(_, ((_, span), text))| (*span, text.as_str()))
        .collect();
    let message = if steps.len() == 1 {
        format!("`{first}` is defined by itself")
    } else {
        format!("`{first}` is defined by itself, through other definitions")
    };
    input("recursion", message, &labels, None)
}

/// Something else than an operation among scalar functions' formulas.
pub fn operation_in_scalar_function(name: &str, span: Span, function: &str) -> Diagnostic {
    input(
        "operation-in-scalar-function",
        format!("the scalar function `{function}` cannot use the operation `{name}`"),
        &[(span, "an operation")],
        Some("a scalar function is made of arithmetic and other scalar functions".to_string()),
    )
}

/// `f'` where f is no scalar function.
pub fn prime_of_no_scalar_function(name: &str, span: Span) -> Diagnostic {
    input(
        "prime-of-no-scalar-function",
        format!("`{name}'` has no meaning: `{name}` is not a function of one number, applied entry by entry"),
        &[(span, "not a scalar function")],
        None,
    )
}

/// A word of index form taken as a name of a function.
pub fn reserved(name: &str, span: Span) -> Diagnostic {
    input(
        "reserved-name",
        format!("`{name}` is a word of index form and cannot be defined as a function"),
        &[(span, "choose another name")],
        None,
    )
}

/// A statement that a prelude does not hold.
pub fn not_in_prelude(span: Span) -> Diagnostic {
    input(
        "not-in-prelude",
        "a prelude holds operations and scalar functions only".to_string(),
        &[(span, "another statement")],
        None,
    )
}

// Index form.

/// `A[i]` of a matrix.
pub fn index_count(shape: &str, axes: usize, base: Span, found: usize, span: Span) -> Diagnostic {
    let wanted = match axes {
        0 => "no index".to_string(),
        1 => "one index".to_string(),
        2 => "two indices".to_string(),
        more => format!("{more} indices"),
    };
    input(
        "index-count",
        format!("an entry of {shape} has {wanted}, not {found}"),
        &[(span, "indexed so here"), (base, &format!("this is {shape}"))],
        None,
    )
}

/// An index that is no sum of letters, dimensions and numbers.
pub fn not_an_index(span: Span) -> Diagnostic {
    input(
        "no-index",
        "this is no index".to_string(),
        &[(span, "expected letters, numbers and dimensions under `+`, `-` and multiples")],
        None,
    )
}

/// A letter where a number is meant.
pub fn index_as_number(name: &str, span: Span, place: Span) -> Diagnostic {
    input(
        "index-as-number",
        format!("the index `{name}` stands where a number is expected"),
        &[(span, "used as a number here"), (place, "an index by this")],
        Some("an index stands between `[` and `]`, and in `delta(i,j)`, only".to_string()),
    )
}

/// A letter that no sum and no left side binds.
pub fn unbound_index(name: &str, span: Span) -> Diagnostic {
    input(
        "unbound-index",
        format!("the index `{name}` is bound by nothing"),
        &[(span, "no sum and no left side has this index")],
        Some(format!("sum over it, as in `sum({name}) …`")),
    )
}

/// A letter outside the sum that binds it.
pub fn index_escapes(name: &str, span: Span, sum: Span) -> Diagnostic {
    input(
        "index-escapes",
        format!("the index `{name}` is used outside its sum"),
        &[(span, "used here"), (sum, "this sum has ended before")],
        Some("a sum binds the product that follows it, not past `+` or `-`: use brackets".to_string()),
    )
}

/// A letter that stands as an index of nothing.
pub fn index_without_range(name: &str, span: Span, quantity: bool) -> Diagnostic {
    // `sum(x) y` binds an index that hides the quantity; hardly anybody means that.
    let help = if quantity {
        format!(
            "before a factor `sum({name})` binds an index: write `sum({name})*…` for the sum of all entries"
        )
    } else {
        format!("state its range, as in `{name}: n`")
    };
    input(
        "index-without-range",
        format!("nothing says what the index `{name}` runs over"),
        &[(span, "indexes no axis by itself")],
        Some(help),
    )
}

/// A letter with the name of a dimension that an inner letter runs over.
pub fn index_hides_dimension(name: &str, span: Span, inner: &str, place: Span) -> Diagnostic {
    input(
        "index-hides-dimension",
        format!(
            "the index `{name}` hides the dimension `{name}`, which the index `{inner}` inside runs over"
        ),
        &[(span, "an index by this"), (place, "runs over the dimension here")],
        Some("give the index another letter".to_string()),
    )
}

/// One letter on axes of different length.
pub fn index_clash(name: &str, second: (&Dim, Span), first: (&Dim, Span)) -> Diagnostic {
    input(
        "index-clash",
        format!("the index `{name}` runs over both `{}` and `{}`", first.0, second.0),
        &[
            (second.1, &format!("runs over `{}` here", second.0)),
            (first.1, &format!("runs over `{}` here", first.0)),
        ],
        None,
    )
}

/// An offset or a range that is not certain to stay inside.
pub fn index_leaves_range(axis: &Dim, span: Span) -> Diagnostic {
    input(
        "index-leaves-range",
        format!("this index can leave the range from 1 to `{axis}`"),
        &[(span, "not inside for every value of its letters")],
        Some("state ranges that keep it inside, as in `sum(i: n-1) x[i+1]`".to_string()),
    )
}

/// A stated derivative that is not that of the stated formula.
pub fn misstated_derivative(name: &str, function: Span, stated: Span, derived: &str) -> Diagnostic {
    input(
        "misstated-derivative",
        format!("the derivative stated for `{name}` is not that of its formula"),
        &[(stated, &format!("the formula gives `{derived}`")), (function, "the function")],
        Some("leave the derivative out, and it is derived from the formula".to_string()),
    )
}

/// A stated derivative that needs itself. `by` are the other functions on the way.
pub fn derivative_by_itself(name: &str, by: &[&str], stated: Span) -> Diagnostic {
    let label = format!("this needs `{name}'`{}", through(by));
    input(
        "recursion",
        format!("the derivative of `{name}` is stated by itself"),
        &[(stated, &label)],
        Some("state it by the parameter and by functions whose derivatives are known without it".to_string()),
    )
}

/// A function without a formula, whose derivative needs its value.
pub fn value_by_itself(name: &str, by: &[&str], stated: Span) -> Diagnostic {
    let label = format!("this needs the value of `{name}`{}", through(by));
    let message = format!(
        "nothing says what the values of `{name}` are: it has no formula, and many functions have such a derivative"
    );
    Diagnostic::limit("no-values", message, stated, label)
        .with_help(format!("give it a formula besides: `scalar {name}(t) = … derivative …`"))
}

fn through(by: &[&str]) -> String {
    match by {
        [] => String::new(),
        by => {
            format!(", through {}", by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A known name with a derivative that is not its own, and without a formula.
pub fn restated_wrongly(name: &str, stated: Span) -> Diagnostic {
    Diagnostic::input(
        "misstated-derivative",
        format!("this is not the derivative of the function that `{name}` commonly names"),
        stated,
        "another derivative",
    )
    .with_help(format!("say what `{name}` is by a formula, `scalar {name}(t) = …`, or take another name"))
}

/// An index in a pair that is no letter.
pub fn pair_of_no_letter(span: Span) -> Diagnostic {
    input(
        "pair-of-no-letter",
        "a pair of indices is made of letters".to_string(),
        &[(span, "expected a letter")],
        None,
    )
}

/// Letters that do not run over their axis together.
pub fn pair_of_another_range(found: &Dim, wanted: &Dim, span: Span) -> Diagnostic {
    input(
        "pair-range",
        format!("these indices run over `{found}` values together, not over `{wanted}`"),
        &[(span, "one index made of these")],
        Some("the ranges of the letters multiply to the dimension that they index".to_string()),
    )
}

/// Dimensions at a call that an operation wants to be equal.
pub fn unequal_sizes(name: &str, sizes: Option<&(Dim, Dim)>, span: Span, place: Span) -> Diagnostic {
    let what = match sizes {
        Some((one, other)) => format!("`{name}` would make `{one}` entries of `{other}` here"),
        None => format!("`{name}` has dimensions here that are too large"),
    };
    input(
        "unequal-sizes",
        what,
        &[(span, "called so here"), (place, "defined here")],
        Some("differently named dimensions are never equated".to_string()),
    )
}
