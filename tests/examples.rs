//! Every example in every format, against snapshots that were read before they were accepted.

use std::path::{Path, PathBuf};

use entrywise::derive::Options;
use entrywise::render::{self, Format};
use entrywise::{Derived, Source};

fn examples() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("grammar/examples").unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 5);
    paths
}

fn derived(path: &Path, open: bool) -> Derived {
    let source = Source::new("example", std::fs::read_to_string(path).unwrap());
    let problem = entrywise::read(&source).unwrap();
    entrywise::derive(problem, &Options { open, ..Options::default() }).unwrap()
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
                "dL/dc = tr(A' * W)",
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
