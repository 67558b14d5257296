//! A line of the prelude written into a file of its own changes not one byte of the output.

use entrywise::Source;
use entrywise::derive::Options;
use entrywise::render::{self, Format};

const FORMATS: [Format; 5] =
    [Format::Text, Format::Latex, Format::LatexFragment, Format::Markdown, Format::Expr];

/// The whole output in every format, or the errors' texts.
fn outputs(text: &str, open: bool, inline: bool) -> Vec<String> {
    let source = Source::new("example", text);
    let problem = match entrywise::read(&source) {
        Ok(problem) => problem,
        Err(errors) => {
            return errors.iter().map(|error| format!("{} {}", error.code, error.message)).collect();
        }
    };
    match entrywise::derive(problem, &Options { open, inline, ..Options::default() }) {
        Ok(derived) => {
            FORMATS.iter().map(|format| derived.render(*format, &render::Options::default())).collect()
        }
        Err(errors) => errors.iter().map(|error| format!("{} {}", error.code, error.message)).collect(),
    }
}

/// Whether the text calls the name.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}("))
        .any(|(at, _)| !text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

/// The names that the prelude defines, each with its lines.
fn entries() -> Vec<(String, String)> {
    let prelude = std::fs::read_to_string("grammar/prelude.ew").unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in prelude.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = line.strip_prefix("scalar ").unwrap_or(line).split('(').next().unwrap();
        match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, lines)) => *lines = format!("{lines}\n{line}"),
            None => found.push((name.to_string(), line.to_string())),
        }
    }
    found
}

fn programs() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["tests/textbook", "grammar/examples"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ew") {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn code(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// The first lines that differ.
fn difference(expected: &[String], found: &[String]) -> Option<String> {
    let (expected, found) = expected.iter().zip(found).find(|(a, b)| a != b)?;
    let lines = expected.lines().zip(found.lines()).find(|(a, b)| a != b);
    Some(lines.map_or_else(|| "length".to_string(), |(a, b)| format!("`{a}` became `{b}`")))
}

/// Each prelude line that a program calls, written into that program.
#[test]
fn called_lines_in_the_file() {
    let (programs, mut compared, mut wrong) = (programs(), 0, Vec::new());
    let more = [
        ("X : N x D; v = rowsum(X); L = loss(variance(X)*v); derive dL/dX", "variance"),
        ("x : n; A : n x n; L = norm2(A*x); derive dL/dx, dL/dA", "norm2"),
        ("X : N x D; L = normF(X) + norm1(colsum(X)); derive dL/dX", "normF"),
        ("X : N x D; T : N x D; L = mse(tanh(X), T); derive dL/dX", "mse"),
        ("X : N x D; Y = layernorm(X, 1/10); L = loss(Y); derive dL/dX", "layernorm"),
        ("X : N x D; L = loss(rowlogsoftmax(X)); derive dL/dX", "rowlogsoftmax"),
        ("x : n; y : m; L = loss(outer(x, y)); derive dL/dx, dL/dy", "outer"),
        ("A : n x n; L = tr(A*A) + sum(diagvec(A)); derive dL/dA", "diagvec"),
    ];
    for (name, lines) in entries() {
        let calling = programs.iter().map(|(_, text)| code(text)).find(|text| calls(text, &name));
        let own = more.iter().filter(|(_, other)| *other == name).map(|(text, _)| format!("{text}\n"));
        for text in calling.into_iter().chain(own) {
            let (expected, found) =
                (outputs(&text, true, false), outputs(&format!("{lines}\n{text}"), true, false));
            if let Some(difference) = difference(&expected, &found) {
                wrong.push(format!("{name}: {difference}\n{text}"));
            }
            if expected.len() == FORMATS.len() {
                compared += 1;
            } else {
                assert!(text.contains("conv("), "{text}\n{expected:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 25, "{compared}");
}

/// The whole prelude in the file, whichever lines the answers and the steps are written in.
#[test]
fn the_whole_prelude_in_the_file() {
    let prelude = std::fs::read_to_string("grammar/prelude.ew").unwrap();
    let chosen = [
        "layer_norm_prelude",
        "logsumexp",
        "linear_bias",
        "ridge_regression",
        "two_layers",
        "user_operation",
    ];
    let mut compared = 0;
    for (_, text) in programs().into_iter().filter(|(name, _)| chosen.contains(&&**name)) {
        for (open, inline) in [(true, false), (true, true), (false, false)] {
            let text = code(&text);
            let (expected, found) =
                (outputs(&text, open, inline), outputs(&format!("{prelude}\n{text}"), open, inline));
            assert_eq!(difference(&expected, &found), None, "{text}");
            assert_eq!(expected.len(), FORMATS.len(), "{text}\n{expected:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 3 * chosen.len());
}

/// A line with another meaning is another operation.
#[test]
fn another_line_is_another_operation() {
    let program = "x : n; L = loss(softmax(x)); derive dL/dx\n";
    let expected = outputs(program, true, false);
    let line = "softmax(x : n)[i] = exp(2*x[i]) / sum(k) exp(2*x[k])";
    assert_ne!(outputs(&format!("{line}\n{program}"), true, false), expected);
    // Softmax keeps its exponential where the file has one of its own, which no answer can write.
    let own = outputs(&format!("scalar exp(t) = t^2\n{program}"), true, false);
    assert_eq!(own[4].lines().nth(1), expected[4].lines().nth(1), "{own:?}");
    let own = outputs("scalar sigmoid(t) = t^2\nx : n; L = sum(softplus(x)); derive dL/dx\n", true, false);
    assert!(own[0].starts_with("name-taken"), "{own:?}");
    // What answers are written in cannot mean something else.
    let own = outputs("tr(A : n x n) = 2 * sum(i) A[i,i]\nA : n x n; L = tr(A); derive dL/dA\n", true, false);
    assert!(own[0].starts_with("name-taken"), "{own:?}");
    let own = outputs("ones(n)[i: n] = 1\nX : N x D; L = sum(X); derive dL/dX\n", true, false);
    assert!(own[0].starts_with("name-taken"), "{own:?}");
}
