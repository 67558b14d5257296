//! Every example in every format, against snapshots that were read before they were accepted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use entrywise::derivation::{Heading, Prose};
use entrywise::derive::Options;
use entrywise::render::{self, Format, Steps};
use entrywise::{Derived, Source};

fn examples() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("grammar/examples").unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 5);
    paths
}

/// Each example is derived once for all tests.
fn derived(path: &Path, open: bool) -> Arc<Derived> {
    static KNOWN: Mutex<BTreeMap<(PathBuf, bool), Arc<Derived>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry((path.to_path_buf(), open)).or_insert_with(|| {
        let source = Source::new("example", std::fs::read_to_string(path).unwrap());
        let problem = entrywise::read(&source).unwrap();
        Arc::new(entrywise::derive(problem, &Options { open, ..Options::default() }).unwrap())
    });
    made.clone()
}

#[test]
fn snapshots() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in examples() {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            for open in [false, true] {
                let way = if open { "open" } else { "sized" };
                let derived = derived(&path, open);
                // Sizes that the file states change nothing where entries are not polynomials: one derivation, kept once.
                if !open && derived.verified.derivation().sizes.is_none() {
                    let whole = self::derived(&path, true);
                    let (told, whole) = (derived.verified.derivation(), whole.verified.derivation());
                    // But for the sentence that says so.
                    assert_eq!(told.sections[1..], whole.sections[1..], "{name}");
                    assert_eq!(told.answers, whole.answers, "{name}");
                    continue;
                }
                let formats = [
                    ("text", Format::Text),
                    ("latex", Format::Latex),
                    ("latex-fragment", Format::LatexFragment),
                    ("markdown", Format::Markdown),
                    ("expr", Format::Expr),
                ];
                for (label, format) in formats {
                    let text = derived.render(format, &render::Options::default());
                    insta::assert_snapshot!(format!("{name}.{way}.{label}"), text);
                }
            }
        }
    });
}

#[test]
fn less_is_told() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/steps");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, open) in [("linear_layer", false), ("two_layers", true), ("bilinear", true)] {
            let path = Path::new("grammar/examples").join(format!("{name}.ew"));
            let way = if open { "open" } else { "sized" };
            let derived = derived(&path, open);
            for (label, steps) in [("main", Steps::Main), ("none", Steps::None)] {
                let options = render::Options { steps, ..render::Options::default() };
                for (format_label, format) in [("text", Format::Text), ("markdown", Format::Markdown)] {
                    let text = derived.render(format, &options);
                    insta::assert_snapshot!(format!("{name}.{way}.{label}.{format_label}"), text);
                }
            }
            let source = Source::new("example", std::fs::read_to_string(&path).unwrap());
            insta::assert_snapshot!(format!("{name}.{way}.trace"), derived.trace(&source));
        }
    });
}

/// Less is told in the same words: every line of the shorter text but for numbers of steps and the count of
/// what is left out stands in the longer one, in the same order.
#[test]
fn what_is_told_stands_in_the_whole() {
    for path in examples() {
        for open in [false, true] {
            let derived = derived(&path, open);
            let lines = |steps| -> Vec<String> {
                let text = derived
                    .render(Format::LatexFragment, &render::Options { steps, ..render::Options::default() });
                let lines = text.lines().filter(|line| !line.is_empty() && !line.contains("equalit"));
                lines.map(String::from).collect()
            };
            let (all, main, none) = (lines(Steps::All), lines(Steps::Main), lines(Steps::None));
            assert!(none.len() <= main.len() && main.len() <= all.len(), "{}", path.display());
            for (short, long) in [(&main, &all), (&none, &main)] {
                let mut rest = long.iter();
                for line in short {
                    assert!(rest.any(|known| known == line), "{}: {line}", path.display());
                }
            }
            let expr = |steps| {
                derived.render(Format::Expr, &render::Options { steps, ..render::Options::default() })
            };
            assert_eq!(expr(Steps::All), expr(Steps::None), "{}", path.display());
        }
    }
}

/// A step names its rules in parentheses, or states something and says so in words.
#[test]
fn every_step_says_its_rules() {
    for path in examples() {
        for open in [false, true] {
            let derived = derived(&path, open);
            for section in &derived.verified.derivation().sections {
                for step in &section.steps {
                    assert!(!step.rules.is_empty());
                    let words: String = step
                        .sentence()
                        .iter()
                        .map(|piece| match piece {
                            Prose::Text(text) => text.clone(),
                            Prose::Math(_) | Prose::Shape(_) => "…".to_string(),
                        })
                        .collect();
                    let names = format!("({})", step.rules.join(", "));
                    let stated = |rule: &str| words.to_lowercase().contains(rule);
                    let heading = section.heading == Heading::Result;
                    let said = match &*step.rules[0] {
                        "given" | "definition" | "convention" | "name" => stated(&step.rules[0]),
                        "result" => heading,
                        _ => words.contains(&names),
                    };
                    assert!(said, "{}: {names} in {words:?}", path.display());
                }
            }
        }
    }
}

/// What a textbook gives for each example, written by hand; both ways must reach it.
#[test]
fn textbook_answers() {
    let expected = [
        ("linear_layer", vec!["dL/dX = dL/dY * W'", "dL/dW = X' * dL/dY"]),
        ("linear_transposed", vec!["dL/dX = dL/dY * W", "dL/dW = dL/dY' * X"]),
        ("sandwich", vec!["dL/dA = dL/dY * B' * X'", "dL/dX = A' * dL/dY * B'", "dL/dB = X' * A' * dL/dY"]),
        ("gram", vec!["dL/dX = X * (dL/dY' + dL/dY)"]),
        ("vectors", vec!["dL/dx = A' * dL/dy", "dL/dA = dL/dy * x'"]),
        ("bilinear", vec!["dL/dX = a * b'", "dL/da = X * b", "dL/db = X' * a"]),
        ("jacobian", vec!["dy/dx = A"]),
        (
            "scaled_loss",
            vec![
                "dL/dX = dL/dY * W'",
                "dL/dW = X' * dL/dY + c * A",
                "dL/dc = sum(A .* W)",
                "dL/dY = 2 * d(loss(Y))/d(Y)",
            ],
        ),
    ];
    for (name, answers) in expected {
        for open in [false, true] {
            let path = Path::new("grammar/examples").join(format!("{name}.ew"));
            assert_eq!(derived(&path, open).answers(), answers, "{name}, open: {open}");
        }
    }
}

#[test]
fn text_fits_eighty_columns() {
    for path in examples() {
        for open in [false, true] {
            let text = derived(&path, open).render(Format::Text, &render::Options::default());
            for line in text.lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= 80, "{}: {width} columns: {line}", path.display());
            }
        }
    }
}
