//! Identities as assertions, for the tests of other crates.

use crate::claim::{Verdict, text};
use crate::diagnostic;
use crate::source::Source;
use crate::verify::Trials;

/// Asserts that every claim of a source is proved or checked.
///
/// The source is declarations and claims of the input language, at least one claim. A second argument and what follows
/// it are a message, as of [`assert!`].
///
/// # Panics
/// Where a claim is refuted, with its counterexample; where it is unchecked; and where the source is wrong.
///
/// ```
/// entrywise::assert_identity!("A : n x m; B : m x p; verify (A*B)' == B'*A'");
/// ```
///
/// ```should_panic
/// // Refuted: the factors are in the wrong order.
/// entrywise::assert_identity!("A, B : n x n; verify (A*B)' == A'*B'");
/// ```
#[macro_export]
macro_rules! assert_identity {
    ($source:expr $(,)?) => {
        if let Err(why) = $crate::identity($source) {
            panic!("{}", why);
        }
    };
    ($source:expr, $($message:tt)+) => {
        if let Err(why) = $crate::identity($source) {
            panic!("{}\n{}", format_args!($($message)+), why);
        }
    };
}

/// Decides every claim of a source as the command does; what [`assert_identity!`] asserts.
///
/// # Errors
/// The verdicts of the claims that are refuted or unchecked, as text; or what is wrong with the source.
pub fn identity(source: &str) -> Result<(), String> {
    let source = Source::new("<identity>", source);
    let worded = |errors: Vec<_>| diagnostic::render(&errors, &source, false).trim_end().to_string();
    let problem = crate::read(&source).map_err(worded)?;
    let decided = crate::verify(&problem, &Trials::default()).map_err(worded)?;
    let failed = decided.iter().filter(|one| one.verdict() >= Verdict::Refuted);
    let texts: Vec<String> = failed.map(|one| text(one).trim_end().to_string()).collect();
    if texts.is_empty() { Ok(()) } else { Err(texts.join("\n")) }
}
