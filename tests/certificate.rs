//! Certificates of every example read back as the derivation that was checked, and hold.

use std::path::{Path, PathBuf};

use entrywise::Source;
use entrywise::certificate::{self, Choices};
use entrywise::derivation::{Chain, Derivation};
use entrywise::derive::{Entries, Options};
use serde_json::Value;

fn programs() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for directory in ["grammar/examples", "tests/textbook"] {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        paths.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "ew")));
    }
    paths.sort();
    paths
}

/// The derivation with its certificate.
fn written(text: &str, options: &Options) -> (Derivation, String) {
    let source = Source::new("test", text);
    let problem = entrywise::read(&source).unwrap();
    let derived = entrywise::derive(problem, options).unwrap();
    let choices = Choices { open: options.open, inline: options.inline, ..Choices::default() };
    let certificate = certificate::write(&derived.verified, &derived.problem, &source, &choices).unwrap();
    (derived.verified.derivation().clone(), certificate)
}

fn chains(derivation: &Derivation) -> Vec<Chain> {
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    steps.flat_map(|step| &step.displays).flat_map(|display| display.chains.clone()).collect()
}

/// Nothing of any formula is lost, and what is written holds.
fn holds(text: &str, options: &Options) {
    let (derivation, certificate) = written(text, options);
    let read = certificate::read(&certificate).unwrap();
    assert_eq!(chains(&read), chains(&derivation), "{text}");
    for (read, answer) in read.answers.iter().zip(&derivation.answers) {
        assert_eq!(
            (&read.goal, &read.value, &read.free),
            (&answer.goal, &answer.value, &answer.free),
            "{text}"
        );
    }
    assert_eq!((read.answers.len(), &read.sizes), (derivation.answers.len(), &derivation.sizes), "{text}");
    if let Err(error) = certificate::recheck(&certificate) {
        panic!("{text}: {options:?}: {}", error.message);
    }
}

#[test]
fn every_program_has_a_certificate_that_holds() {
    let programs = programs();
    assert!(programs.len() > 40);
    for path in programs {
        let text = std::fs::read_to_string(&path).unwrap();
        for open in [false, true] {
            holds(&text, &Options { open, ..Options::default() });
        }
    }
}

#[test]
fn options_are_part_of_it() {
    for name in ["linear_layer", "two_layers", "softmax_crossentropy", "attention"] {
        let text = std::fs::read_to_string(Path::new("grammar/examples").join(format!("{name}.ew"))).unwrap();
        holds(&text, &Options { open: true, inline: true, ..Options::default() });
        holds(&text, &Options { entries: Entries::All, ..Options::default() });
    }
}

/// Arguments without names, index forms, zeros in words, tables, given derivatives, declared symmetry, names that
/// look like others.
#[test]
fn further_kinds_of_lines_hold() {
    for text in [
        "X : N x D; W : D x M; L = loss(X*W); derive dL/dX, d(loss(X*W))/dW",
        "X : N x D; W : D x M; Y = X*W; derive dY/dX",
        "X : N x D; W : D x M; Y = X*W; size N = 2, D = 3, M = 4; derive dY/dX",
        "X : N x D; L = loss(X); derive dL/dX",
        "X : N x D; v : M; Y = X - X; L = sum(Y); derive dL/dX, dY/dX, dL/dv, dY/dv",
        "x : n; w : k; assume n >= k; y = conv(x, w); L = loss(y); derive dL/dx, dL/dw",
        "x : n; w : k; assume n >= k; y = conv(x, w); L = loss(y); size n = 5, k = 2; derive dL/dx, dL/dw",
        "A : n x n symmetric; x : n; L = x'*A*x; derive dL/dA, dL/dx, d(A*x)/dx, d(A*A)/dA",
        "X : N x D; W : D x M; Y = X*W; L = loss(Y); size N = 20, D = 11, M = 12; derive dL/dX, dL/dW",
        "X : 3 x 2; W : 2 x 4; Y = X*W; L = loss(Y); derive dL/dX, dL/dW",
        "X : N x D; softmax(X : N x D)[i,j] = X[i,j]^2; Y = softmax(X); L = loss(Y); derive dL/dX",
        "d, i : n; X : n x n; L = d'*X*i; derive dL/dd, dL/dX, dL/di",
        "unknown f : entrywise; x : n; A : m x n; y = f(A*x); L = loss(y); derive dL/dx, dL/dA, dy/dx",
        "x : n; L = x'*x/2 - 0.1*sum(x)/n + pi; derive dL/dx",
        "x : n; y = x[2]; size n = 4; derive dy/dx",
        "x : n; w : k; assume n >= k; L = sum(i: k) x[i] w[i]; derive dL/dx, dL/dw",
        "x : n; w : k; assume n >= k; L = sum(i: k) x[i] w[i]^2; size n = 5, k = 3; derive dL/dx, dL/dw",
        "f(x : n)[i: n-1] = x[i+1] - x[i]; x : n; assume n >= 2; y = f(x); L = sum(y .* y); derive dL/dx, dy/dx",
        "x : n; A : n x n; assume n >= 3; L = sum(i: n-2) A[i,i+2] x[i]; derive dL/dx, dL/dA",
        "X : n x m; assume n >= 3; f(X : n x m)[i: n-2, j] = X[i,j] + X[i+2,j]; Y = f(X); L = loss(Y); derive dL/dX",
    ] {
        holds(text, &Options::default());
    }
}

/// The document's Python, in other words: members sorted by name, no spaces.
#[test]
fn the_digest_is_that_of_the_document() {
    use sha2::Digest;
    fn text(value: &Value) -> String {
        match value {
            Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
            Value::Object(members) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort();
                let members: Vec<String> =
                    names.iter().map(|name| format!("\"{name}\":{}", text(&members[*name]))).collect();
                format!("{{{}}}", members.join(","))
            }
            other => other.to_string(),
        }
    }
    let (_, certificate) = written("# µ\n\tμ : n\nL = μ'*μ\nderive dL/dμ", &Options::default());
    let mut value: Value = serde_json::from_str(&certificate).unwrap();
    let stated = value.as_object_mut().unwrap().remove("digest").unwrap();
    let digest: String =
        sha2::Sha256::digest(text(&value)).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(stated, digest);
}

/// The schema's version is what another program reads first; the form of the file is a promise.
#[test]
fn a_certificate_is_a_promise() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/certificate");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let program = "x : n; A : m x n; y = A*x; L = loss(y); size n = 2, m = 1; derive dL/dx";
        let (_, certificate) =
            written(&program.replace("; ", "\n"), &Options { open: true, ..Options::default() });
        insta::assert_snapshot!("open", certificate);
        let program = "x, w : n; L = w'*x; size n = 9; derive dL/dx";
        let (_, certificate) = written(&program.replace("; ", "\n"), &Options::default());
        insta::assert_snapshot!("table", certificate);
    });
}

/// Every member and every word of the schema that a certificate uses stands in the document.
#[test]
fn the_document_names_what_is_written() {
    fn words(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| words(item, found)),
            Value::Object(members) => {
                for (name, member) in members {
                    found.push(name.clone());
                    match member {
                        Value::String(word)
                            if matches!(&**name, "level" | "verdict" | "arithmetic" | "heading") =>
                        {
                            found.push(word.clone());
                        }
                        _ => words(member, found),
                    }
                }
            }
            _ => {}
        }
    }
    let page = std::fs::read_to_string("docs/certificate.md").unwrap();
    let named: Vec<&str> = page.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).collect();
    let mut rules = Vec::new();
    for path in programs() {
        let text = std::fs::read_to_string(&path).unwrap();
        for open in [false, true] {
            let (derivation, certificate) = written(&text, &Options { open, ..Options::default() });
            let mut found = Vec::new();
            words(&serde_json::from_str(&certificate).unwrap(), &mut found);
            for word in found {
                assert!(named.contains(&&*word), "{word} of {}", path.display());
            }
            let steps = derivation.sections.iter().flat_map(|section| &section.steps);
            rules.extend(steps.flat_map(|step| step.rules.clone()));
        }
    }
    rules.retain(|rule| !rule.starts_with("collapse-"));
    let left_out: Vec<_> = rules.iter().filter(|rule| !named.contains(&&***rule)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}
