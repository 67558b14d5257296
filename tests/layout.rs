//! Answers in both layouts: the page `docs/layout.md`, every line of which is a claim that holds.

use std::fmt::Write;

use entrywise::claim::Verdict;
use entrywise::derive::{Layout, Options};
use entrywise::{Source, Trials};

#[allow(dead_code)]
#[path = "support/document.rs"]
mod document;

/// What each is called, its shape by layout (the language's own, numerator, denominator) and its goal.
const KINDS: [(&str, [&str; 3], &str); 6] = [
    ("gradient by a vector", ["D", "1 x D", "D"], "dL/dw"),
    ("gradient by a matrix", ["N x D", "D x N", "N x D"], "dL/dX"),
    ("Jacobian", ["m x n", "m x n", "n x m"], "dy/dx"),
    ("derivative of a vector by a scalar", ["n", "n", "1 x n"], "d(t^2*x)/dt"),
    ("derivative of a matrix by a scalar", ["m x n", "m x n", "n x m"], "d(t*A)/dt"),
    ("Hessian", ["n x n", "n x n", "n x n"], "d2f/dx2"),
];

const GIVEN: &str =
    "X : N x D\nA : m x n\nB : n x n\nx : n\nw : D\nv : N\nt : scalar\nL = v'*X*w\ny = A*x\nf = x'*B*x";

fn answers(layout: Option<Layout>) -> Vec<String> {
    let goals: Vec<&str> = KINDS.iter().map(|(.., goal)| *goal).collect();
    let text = format!("{GIVEN}\nderive {}", goals.join(", "));
    let problem = entrywise::read(&Source::new("layout", text)).unwrap();
    entrywise::derive(problem, &Options { layout, ..Options::default() }).unwrap().answers()
}

/// The shape that a value has: it is added to zeros of it.
fn has_shape(value: &str, shape: &str) -> bool {
    let zeros = format!("zeros({})", shape.replace(" x ", ", "));
    let text = format!("{GIVEN}\nverify {value} + {zeros} == {value}");
    let Ok(problem) = entrywise::read(&Source::new("shape", text)) else { return false };
    let trials = Trials { sizes: (1, 4), points: Some(2), seed: 2 };
    entrywise::verify(&problem, &trials).is_ok_and(|decided| decided[0].verdict() == Verdict::Proved)
}

#[test]
fn every_layout_has_its_page_and_its_shapes() {
    let layouts = [None, Some(Layout::Numerator), Some(Layout::Denominator)].map(answers);
    let mut text = String::from(HEAD);
    for (at, (kind, shapes, _)) in KINDS.iter().enumerate() {
        let _ = write!(text, "| {kind} |");
        for (lines, shape) in layouts.iter().zip(shapes) {
            let (goal, value) = lines[at].split_once(" = ").unwrap();
            assert!(has_shape(value, shape), "{kind}: {value} is not {shape}");
            // Read back, the line is a claim in the language's own arrangement.
            let claim = format!("{GIVEN}\nverify {goal} == {value}");
            let problem = entrywise::read(&Source::new("claim", claim)).unwrap();
            let trials = Trials { sizes: (1, 4), points: Some(2), seed: 2 };
            assert_eq!(
                entrywise::verify(&problem, &trials).unwrap()[0].verdict(),
                Verdict::Proved,
                "{}",
                lines[at]
            );
            let _ = write!(text, " {shape}: `{}` |", lines[at]);
        }
        text.push('\n');
    }
    let _ = write!(text, "\n{}\n\n{}\n", Layout::Numerator.sentence(), Layout::Denominator.sentence());
    document::hold("docs/layout.md", &text);
}

const HEAD: &str = "# Layouts

A derivative of one thing by another is a set of numbers; a layout says how they lie. The language's own arrangement gives a
gradient the shape of its variable and lets the rows of a Jacobian follow the numerator, as most people write them. With `--layout
numerator` or `--layout denominator`, `entrywise derive` gives answers in that layout and says so. Where the layout transposes, the
transpose stands on the left side too, so that every line read back means what it says. Arrays of more than two axes are in index
form in every layout. Of the program

```text
X : N x D
A : m x n
B : n x n
x : n
w : D
v : N
t : scalar
L = v'*X*w
y = A*x
f = x'*B*x
```

| derivative | the language's own | `--layout numerator` | `--layout denominator` |
|---|---|---|---|
";
