//! Errors of the checker.

use super::{Diagnostic, Exit};

/// Two sides that should be equal and are not: a mistake of the engine, never of the user.
///
/// `exact` says that the values are elements of a prime field; `values` are both values of the entry with these `indices`, or both shapes if there are none.
pub fn refuted(
    sides: (String, String),
    at: &str,
    indices: Option<&[usize]>,
    values: (String, String),
    exact: bool,
    claimed: bool,
) -> Diagnostic {
    let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
    let what = match indices {
        Some(indices) => {
            let indices: Vec<String> = indices.iter().map(usize::to_string).collect();
            format!("entry [{}] is {} on the left and {} on the right", indices.join(","), values.0, values.1)
        }
        None => format!("the left side is {}, the right side {}", values.0, values.1),
    };
    let but = if claimed { ", though both have one canonical form" } else { "" };
    let modulus = if exact { " (values are modulo 2^61 - 1)" } else { "" };
    Diagnostic {
        code: "refuted",
        message: format!(
            "internal failure: a derived equality is false: `{}` = `{}`{at}: {what}{but}",
            sides.0, sides.1
        ),
        labels: Vec::new(),
        help: Some(format!("nothing was printed; please report this with the input{modulus}")),
        exit: Exit::Limit,
    }
}

/// An equality that could not be evaluated, and therefore is not printed. `domain` says that other values may help.
pub fn unchecked(reason: &str, domain: bool) -> Diagnostic {
    let help = "values are drawn at random; `assume x > 0` keeps those of a variable positive, equalities are not solved";
    Diagnostic {
        code: "unchecked",
        message: format!("the derivation could not be checked: {reason}"),
        labels: Vec::new(),
        help: domain.then(|| help.to_string()),
        exit: Exit::Limit,
    }
}
