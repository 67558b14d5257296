//! The gallery, `docs/gallery.md`: every example with its program and its answers.

#[path = "support/document.rs"]
mod document;

use std::collections::BTreeSet;
use std::fmt::Write;

use entrywise::derive::Options;
use entrywise::render::{self, Format, Steps};
use entrywise::{Derived, Source};

/// The examples in the order of the page.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Products",
        &[
            "linear_layer",
            "linear_transposed",
            "vectors",
            "jacobian",
            "kronecker",
            "hessian",
            "bilinear",
            "sandwich",
            "gram",
            "quadratic_map",
            "shared_input",
            "scaled",
            "scaled_loss",
            "two_layers",
        ],
    ),
    (
        "Layers and networks",
        &[
            "linear_bias",
            "perceptron_relu",
            "perceptron_tanh",
            "perceptron_sigmoid",
            "perceptron_softplus",
            "perceptron_silu",
            "perceptron_gelu",
            "unknown_activation",
            "gated_unit",
            "residual_block",
            "low_rank_adapter",
        ],
    ),
    (
        "Normalisation and attention",
        &["layer_norm", "rms_norm", "batch_norm", "attention", "attention_steps"],
    ),
    (
        "Regression and losses",
        &[
            "mean_squared_error",
            "ridge_regression",
            "logistic_regression",
            "softmax_crossentropy",
            "softmax_crossentropy_general",
            "matrix_factorisation",
        ],
    ),
    ("Operations and functions of your own", &["user_operation", "user_function"]),
];

/// Examples that the page derives in full.
const DERIVED: [&str; 4] = ["linear_bias", "perceptron_tanh", "softmax_crossentropy", "attention_steps"];

fn derived(source: &str) -> Derived {
    let problem = entrywise::read(&Source::new("example", source)).unwrap();
    entrywise::derive(problem, &Options { open: true, ..Options::default() }).unwrap()
}

/// The displays of the result, from the first `$$` after its heading to the last.
fn displays(markdown: &str) -> &str {
    let result = &markdown[markdown.find("## Result").unwrap()..];
    &result[result.find("$$").unwrap()..result.rfind("$$").unwrap() + 2]
}

#[test]
fn gallery() {
    let mut page = String::from(
        "# Gallery\n\n\
         Every program of [`grammar/examples/`](../grammar/examples), with the answers that `entrywise derive --open` gives: \
         set, and in the input language as `--format expr` prints them. The derivations of some stand in full; `entrywise \
         derive FILE` tells them all. Made by `tests/documents.rs`; do not edit.\n",
    );
    let mut shown = BTreeSet::new();
    for (title, names) in GROUPS {
        write!(page, "\n## {title}\n").unwrap();
        for name in names {
            let source = std::fs::read_to_string(format!("grammar/examples/{name}.ew")).unwrap();
            let derived = derived(&source);
            let whole = render::Options { steps: Steps::None, ..render::Options::default() };
            let markdown = derived.render(Format::Markdown, &whole);
            let (comments, program): (Vec<&str>, Vec<&str>) =
                source.trim_end().lines().partition(|line| line.starts_with('#'));
            let comments: Vec<&str> = comments.iter().map(|line| line.trim_start_matches("# ")).collect();
            write!(page, "\n### {name}\n\n{}\n\n", comments.join(" ")).unwrap();
            write!(page, "```text\n{}\n```\n\n{}\n\n", program.join("\n"), displays(&markdown)).unwrap();
            write!(page, "```text\n{}\n```\n", derived.answers().join("\n")).unwrap();
            if DERIVED.contains(name) {
                let text = derived.render(Format::Text, &render::Options::default());
                write!(
                    page,
                    "\n<details>\n<summary>The derivation</summary>\n\n```text\n{text}```\n\n</details>\n"
                )
                .unwrap();
            }
            assert!(shown.insert(name.to_string()), "{name} twice");
        }
    }
    let files: BTreeSet<String> = std::fs::read_dir("grammar/examples")
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(shown, files, "every example has its place in the gallery");
    document::hold("docs/gallery.md", &page);
}

/// Shapes that the programs of the README's table take for granted.
const DECLARED: [(&str, &str); 11] = [
    ("X", "N x D"),
    ("W", "D x M"),
    ("V", "M x E"),
    ("b", "M"),
    ("w", "D"),
    ("t", "N"),
    ("x", "N"),
    ("Q", "N x D"),
    ("K", "M x D"),
    ("C", "D x D posdef"),
    ("m", "D"),
];

/// What the README shows of a derivation stands in it, in this order, and each answer of its table is the engine's.
#[test]
fn readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let blocks: Vec<&str> =
        readme.split("```text\n").skip(1).map(|rest| &rest[..rest.find("```").unwrap()]).collect();
    let [program, shown, notes, claim] = blocks[..] else { panic!("programs and their output") };
    let text = derived(program).render(Format::Text, &render::Options::default());
    let mut lines = text.lines();
    for line in shown.lines().filter(|line| !line.is_empty() && *line != "…") {
        assert!(lines.any(|printed| printed == line), "not printed, or not in this order: {line}");
    }
    let decided = |program: &str| {
        let source = Source::new("readme", program);
        entrywise::verify(&entrywise::read(&source).unwrap(), &entrywise::Trials::default())
            .unwrap()
            .remove(0)
    };
    let marked = entrywise::claim::text(&decided(notes));
    for said in ["the first wrong step is 2", "(a sum is lost)"] {
        assert!(marked.contains(said), "{marked}");
    }
    let (command, verdict) = claim.split_once('\n').unwrap();
    let program = command.split('"').nth(1).unwrap();
    assert_eq!(entrywise::claim::text(&decided(program)), verdict);
    let rows = readme.lines().skip_while(|line| *line != "| program | answer |").skip(2);
    let mut count = 0;
    for row in rows.take_while(|line| line.starts_with("| ")) {
        let spans: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let (program, answers) = (spans[0], &spans[1..]);
        let goals: Vec<&str> = match answers {
            ["derive dy/dx", ..] => vec!["dy/dx"],
            _ => answers.iter().filter_map(|answer| answer.split_once(" = ").map(|(goal, _)| goal)).collect(),
        };
        let (last, losses) = (program.rsplit("; ").next().unwrap(), program.contains("L = "));
        let name = last.split_once(' ').unwrap().0;
        let loss = if losses || name == "y" { String::new() } else { format!("; L = loss({name})") };
        let declared = DECLARED.iter().filter(|(name, _)| {
            let names = program.split(|c: char| !c.is_alphanumeric());
            names.clone().any(|used| used == *name)
        });
        let declared: Vec<String> = declared.map(|(name, shape)| format!("{name} : {shape}")).collect();
        let source = format!("{}; {program}{loss}; derive {}", declared.join("; "), goals.join(", "));
        let printed = derived(&source).answers();
        for answer in answers.iter().filter(|answer| answer.contains(" = ")) {
            assert!(printed.iter().any(|line| line == answer), "{answer} is printed as {printed:?}");
            count += 1;
        }
    }
    assert!(count > 8);
}
