//! Verdicts for people: as text and as Markdown.

use std::fmt::Write;

use super::record::is_modular;
use super::{Decided, Found, Verdict};
use crate::syntax::ast::Name;
use crate::verify::{Arithmetic, Array, Counterexample, Evidence, Value};

/// Sizes that are listed; further ones are counted.
const SIZES: usize = 4;
/// Larger matrices are written by what is not zero in them,
const WRITTEN: usize = 64;
/// so many entries of it.
const LISTED: usize = 12;
/// Before what is said of a claim, so that it stands below the claim.
const INDENT: &str = "          ";

/// The verdict, the claim, and below it what is known: lines of text, the last one ended.
pub fn text(decided: &Decided) -> String {
    let mut out = format!("{:<9} {}\n", decided.verdict().word(), decided.text());
    let mut line = |text: &str| {
        let _ = writeln!(out, "{INDENT}{text}");
    };
    let chain = decided.links.len() > 1;
    for (at, link) in decided.links.iter().enumerate() {
        if chain {
            let (left, right) = (&decided.sides[at], &decided.sides[at + 1]);
            line(&format!("{}. {:<9} {left} == {right}", at + 1, link.found.verdict().word()));
        }
        let indent = if chain { "   " } else { "" };
        for sentence in details(&link.found, link.evidence.as_ref()) {
            line(&format!("{indent}{sentence}"));
        }
    }
    for sentence in &decided.explanation {
        line(sentence);
    }
    if let Some(first) = decided.first_refuted().filter(|_| chain) {
        line(&format!("the first wrong step is {}", first + 1));
    }
    if !decided.conditions.is_empty() {
        line(&format!("conditions: {}", decided.conditions.join("; ")));
    }
    out
}

/// The same as an item of a list.
pub fn markdown(decided: &Decided) -> String {
    let mut out = format!("- **{}** `{}`\n", decided.verdict().word(), decided.text());
    let mut line = |indent: &str, text: &str| {
        let _ = writeln!(out, "  {indent}- {text}");
    };
    let chain = decided.links.len() > 1;
    for (at, link) in decided.links.iter().enumerate() {
        if chain {
            let (left, right) = (&decided.sides[at], &decided.sides[at + 1]);
            line("", &format!("{} **{}** `{left} == {right}`", at + 1, link.found.verdict().word()));
        }
        for sentence in details(&link.found, link.evidence.as_ref()) {
            line(if chain { "  " } else { "" }, &sentence);
        }
    }
    if !decided.conditions.is_empty() {
        line("", &format!("conditions: {}", decided.conditions.join("; ")));
    }
    if !decided.explanation.is_empty() {
        let _ = writeln!(out, "\n  ```text\n  {}\n  ```", decided.explanation.join("\n  "));
    }
    out
}

fn details(found: &Found, evidence: Option<&Evidence>) -> Vec<String> {
    let mut lines = Vec::new();
    match found {
        Found::Proved => {}
        Found::Checked => lines.push(match evidence {
            Some(evidence) => evidence_sentence(evidence),
            None => "equal at this point, and nothing is known of others".to_string(),
        }),
        Found::Unchecked { reason } => lines.push(reason.clone()),
        Found::Refuted { counterexample, hints } => {
            lines.extend(counterexample_lines(counterexample));
            lines.extend(hints.iter().map(|hint| hint.sentence()));
        }
    }
    lines
}

fn evidence_sentence(evidence: &Evidence) -> String {
    let known: Vec<String> = evidence
        .sizes
        .iter()
        .filter(|sizes| !sizes.is_empty())
        .take(SIZES)
        .map(|sizes| pairs(sizes))
        .collect();
    let at = if known.is_empty() { String::new() } else { format!(" at {}", known.join("; ")) };
    let more = match evidence.sizes.len().saturating_sub(SIZES) {
        0 => String::new(),
        more => format!(" and {more} other sizes"),
    };
    let how = match evidence.arithmetic {
        Arithmetic::Exact if evidence.error_exponent == 0 => {
            "exact, modulo 2^61 - 1; the degree is too high for a bound of the probability that a false one passes".to_string()
        }
        Arithmetic::Exact => {
            format!("exact, modulo 2^61 - 1; one that is false at these sizes passes with probability below 10^-{}", evidence.error_exponent)
        }
        Arithmetic::Reals { digits } => {
            format!("real numbers with error bounds, within 10^-{digits} of the largest entry or of 1")
        },
    };
    let points = if evidence.points == 1 { "point" } else { "points" };
    format!("equal at {} random {points}{at}{more} ({how})", evidence.points)
}

fn pairs(pairs: &[(Name, usize)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// Sizes and values, both sides, and the entry in which they differ.
fn counterexample_lines(found: &Counterexample) -> Vec<String> {
    let mut lines = Vec::new();
    let places: Vec<String> = [&found.sizes, &found.letters]
        .into_iter()
        .filter(|known| !known.is_empty())
        .map(|known| pairs(known))
        .collect();
    if !places.is_empty() {
        lines.push(format!("at {}", places.join(", ")));
    }
    for (name, array) in &found.values {
        lines.push(format!("{name} = {}", matrix(array)));
    }
    if found.drawn {
        let what = if found.values.is_empty() { "all values follow" } else { "unknown functions follow" };
        lines.push(format!("{what} from seed {}", found.seed));
    }
    let (left, right) = sides(found);
    lines.push(format!("left  = {}", matrix(&left)));
    lines.push(format!("right = {}", matrix(&right)));
    if is_modular(&found.left) || is_modular(&found.right) {
        lines.push("(values modulo 2^61 - 1)".to_string());
    }
    if found.left.entries.len() > 1 {
        let indices: Vec<String> = found.entry.iter().map(usize::to_string).collect();
        lines.push(format!("they differ in entry [{}]", indices.join(",")));
    }
    lines
}

/// Both sides as text, with no more digits than show their difference: the last ones of a float differ between platforms.
pub(super) fn sides(found: &Counterexample) -> (Array<String>, Array<String>) {
    let brief = (found.left.map(Value::to_string), found.right.map(Value::to_string));
    let longer = (5..16).map(|digits| {
        let written = |value: &Value| value.digits(digits);
        (found.left.map(written), found.right.map(written))
    });
    let mut tried = std::iter::once(brief.clone()).chain(longer);
    tried.find(|(left, right)| left != right).unwrap_or(brief)
}

/// A matrix of the input language; a number where it is one, and a list of what is not zero where it is large.
fn matrix<T: ToString>(array: &Array<T>) -> String {
    if let [value] = array.entries.as_slice() {
        return value.to_string();
    }
    if array.entries.len() > WRITTEN {
        let entries = array.entries.iter().map(T::to_string).enumerate().filter(|(_, entry)| entry != "0");
        let told: Vec<String> = entries
            .map(|(at, entry)| format!("[{},{}] = {entry}", at / array.columns + 1, at % array.columns + 1))
            .collect();
        let more = match told.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let told = told[..told.len().min(LISTED)].join(", ");
        return format!("{} x {}, zero but for {told}{more}", array.rows, array.columns);
    }
    let rows: Vec<String> =
        array.rows().map(|row| row.iter().map(T::to_string).collect::<Vec<_>>().join(", ")).collect();
    format!("[{}]", rows.join("; "))
}

/// The worst verdict decides what the process ends with: 0, 1 or 3.
pub fn exit(verdicts: impl IntoIterator<Item = Verdict>) -> u8 {
    let mut code = 0;
    for verdict in verdicts {
        code = code.max(match verdict {
            Verdict::Proved | Verdict::Checked => 0,
            Verdict::Refuted => 1,
            Verdict::Unchecked => 3,
        });
    }
    code
}
