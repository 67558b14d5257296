//! Errors and notices of the algebra session.

use std::path::Path;
use std::time::Duration;

use super::{Diagnostic, Exit};

/// A limit without a place in the source.
fn limit(code: &'static str, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { code, message, labels: Vec::new(), help, exit: Exit::Limit }
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
        format!("waited {} s for another entrywise to end, which holds {}", waited.as_secs(), path.display()),
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
    limit("algebra-stopped", format!("the algebra stopped: {reason}"), None)
}

pub fn algebra_panicked(message: &str) -> Diagnostic {
    limit(
        "algebra-panicked",
        format!("the algebra failed: {message}"),
        Some("this is an error in entrywise; please report it with its input".to_owned()),
    )
}

pub fn not_polynomial() -> Diagnostic {
    limit("not-polynomial", "the expression is not a polynomial in entries".to_owned(), None)
}

pub fn formula_undefined() -> Diagnostic {
    limit("formula-undefined", "a part of the formula has no real value".to_owned(), None)
}

pub fn derivatives_cyclic() -> Diagnostic {
    limit("derivatives-cyclic", "derivatives of functions are given by one another".to_owned(), None)
}

pub fn formula_not_scalar(part: &str) -> Diagnostic {
    limit(
        "formula-not-scalar",
        format!("`{part}` is no part of a formula in one real parameter"),
        Some("numbers, the parameter, pi, + - * / ^ and functions of one argument are".to_owned()),
    )
}

pub fn formula_name_taken(name: &str) -> Diagnostic {
    limit(
        "formula-name-taken",
        format!("the formula needs `{name}`, which has another meaning here"),
        Some(format!("give the name `{name}` back, or the derivative yourself")),
    )
}

pub fn formula_limit() -> Diagnostic {
    limit("formula-limit", "the formula is too large or its exponents are".to_owned(), None)
}
