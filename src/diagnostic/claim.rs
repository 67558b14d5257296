//! Claims and their verdicts.

use super::{Diagnostic, Exit};
use crate::shape::Shape;
use crate::source::Span;

/// `X == X'` of a matrix that is not square.
pub fn sides_differ(left: (&Shape, Span), right: (&Shape, Span)) -> Diagnostic {
    let help = match (left.0.is_scalar(), right.0.is_scalar()) {
        (true, false) | (false, true) => {
            let shape = if left.0.is_scalar() { right.0 } else { left.0 };
            let (rows, columns) = (&shape.rows, &shape.columns);
            Some(match columns.is_one() {
                true => format!(
                    "write `c*ones({rows})` for a vector of which every entry is c, `zeros({rows})` for 0"
                ),
                false => format!(
                    "write `c*ones({rows}, {columns})` for a matrix of which every entry is c, `zeros({rows}, {columns})` for 0"
                ),
            })
        }
        _ if left.0.transpose() == *right.0 => {
            Some("one of the two is the other's transpose in shape: add or remove a `'`".to_string())
        }
        _ => None,
    };
    let error = Diagnostic::input(
        "sides-differ",
        format!("the sides of this claim are {} and {}", left.0, right.0),
        left.1,
        format!("this is {}", left.0),
    )
    .with_label(right.1, format!("this is {}", right.0));
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// A derivative that has more axes than a matrix.
pub fn array_of_axes(axes: usize, span: Span) -> Diagnostic {
    Diagnostic::input(
        "array-of-axes",
        format!("this derivative is an array of {axes} axes"),
        span,
        "no matrix",
    )
    .with_help("claim it entry by entry, as in `d(Y[i,j])/d(W[a,b]) == …`")
}

/// A counterexample for `--at` that does not fit the problem.
pub fn bad_point(why: &str) -> Diagnostic {
    Diagnostic {
        code: "bad-point",
        message: format!("the point given by `--at` does not fit: {why}"),
        labels: Vec::new(),
        help: Some("it is the `counterexample` of a verdict in JSON, or as in {\"sizes\": {\"n\": 1}, \"values\": {\"A\": [[\"1/2\"]]}}"
                .to_string()),
        exit: Exit::Input,
    }
}

/// `--jsonl` with a format that is no JSON.
pub fn json_lines_are_json() -> Diagnostic {
    Diagnostic {
        code: "json-lines",
        message: "the answers of `--jsonl` are JSON, one object a line".to_string(),
        labels: Vec::new(),
        help: Some("leave `--format` away, or say `--format json`".to_string()),
        exit: Exit::Input,
    }
}

/// A folder to verify that has no files.
pub fn empty_folder(name: &str) -> Diagnostic {
    Diagnostic {
        code: "empty-folder",
        message: format!("there is no .ew file in `{name}`"),
        labels: Vec::new(),
        help: None,
        exit: Exit::Input,
    }
}

/// A failure of the program that ends one problem of many.
pub fn internal_failure() -> Diagnostic {
    Diagnostic {
        code: "internal-failure",
        message: "internal failure; please report this input".to_string(),
        labels: Vec::new(),
        help: None,
        exit: Exit::Limit,
    }
}

/// `verify` of a file without claims.
pub fn no_claim() -> Diagnostic {
    Diagnostic {
        code: "no-claim",
        message: "nothing is claimed".to_string(),
        labels: Vec::new(),
        help: Some("add a line such as `verify (A*B)' == B'*A'`".to_string()),
        exit: Exit::Input,
    }
}
