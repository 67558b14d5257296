//! Derivatives over structured sets: against differences along the set, and the page `docs/structure.md`.

use std::fmt::Write;

use entrywise::derive::Options;
use entrywise::render::{self, Format, Steps};
use entrywise::structure::{Convention, structured};
use entrywise::{Derived, Source};

#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

use support::document::hold;
use support::evaluate::Scope;
use support::point::Point;
use support::program::{Program, Sizes};
use support::value::Value;

const CONVENTIONS: [(&str, Convention); 2] =
    [("set", Convention::Set), ("projection", Convention::Projection)];

/// A structure, its worked example, why the two answers are what they are, and both answers with `G` for the derivative
/// with independent entries.
struct Case {
    structure: &'static str,
    example: &'static str,
    answers: [&'static str; 2],
    why: &'static str,
}

const CASES: [Case; 6] = [
    Case {
        structure: "symmetric",
        example: "X : n x n symmetric\nA : n x n\nb : n\nf = tr(A*X*X) + b'*X*A*b\nderive df/dX",
        answers: ["G + G' - diag(diagvec(G))", "(G + G')/2"],
        why: "An entry beside the diagonal stands twice in X, so that both places pass their share on; one on the diagonal \
              stands once, and the sum has counted it twice. The Matrix Cookbook has the first as (138). The second is \
              what a step of gradient descent within the symmetric matrices takes: of all symmetric matrices it is the \
              one nearest to G.",
    },
    Case {
        structure: "antisymmetric",
        example: "X : n x n antisymmetric\nA : n x n\nb, c : n\nf = tr(A*X*X*X) + b'*X*c\nderive df/dX",
        answers: ["G - G'", "(G - G')/2"],
        why: "Entry (a,b) stands once more at (b,a), with a minus; the diagonal is zero.",
    },
    Case {
        structure: "diagonal",
        example: "X : n x n diagonal\nA : n x n\nb, c : n\nf = tr(A*X*A*X) + b'*X*c\nderive df/dX",
        answers: ["diagvec(G)", "diag(diagvec(G))"],
        why: "Only the diagonal is free: n coordinates, a vector; as a matrix, the projection sets the rest to zero.",
    },
    Case {
        structure: "lower",
        example: "X : n x n lower\nA : n x n\nb, c : n\nf = tr(A*X*A*X) + b'*X*c\nderive df/dX",
        answers: ["G .* M", "G .* M"],
        why: "The free entries stand once each, so that coordinates and projection agree: G below and on the diagonal, \
              zero above.",
    },
    Case {
        structure: "upper",
        example: "X : n x n upper\nA : n x n\nb, c : n\nf = tr(A*X*A*X) + b'*X*c\nderive df/dX",
        answers: ["G .* M", "G .* M"],
        why: "As for lower triangular matrices, with the other half.",
    },
    Case {
        structure: "orthogonal",
        example: "X : n x n orthogonal\nA, B : n x n\nf = tr(A*X*B*X')\nderive df/dX",
        answers: ["X_at'*G - G'*X_at", "(G - X_at*G'*X_at)/2"],
        why: "The set is curved; at a point X_at its tangents are X_at times antisymmetric matrices. By the coordinates of \
              these the derivative is an antisymmetric matrix; projected on the tangents it is the gradient of \
              optimisation on the orthogonal group (Edelman, Arias and Smith 1998, 2.2.1).",
    },
];

fn derived(example: &str, convention: Convention) -> (Derived, Source) {
    let known = structured(&Source::new("example", example), convention).unwrap();
    let mut problem = entrywise::read(&known.source).unwrap();
    problem.conventions = known.said;
    (entrywise::derive(problem, &Options::default()).unwrap(), known.source)
}

/// The matrix along which X moves, of this structure, for the free entries F at `at`.
fn moved(structure: &str, convention: Convention, at: &Value, free: &Value) -> Value {
    let n = at.rows;
    let entry = |row: usize, column: usize| free.at(row, column);
    let halved =
        |value: Value| if convention == Convention::Set { value } else { value.map(|entry| entry / 2.0) };
    let odd = |row: usize, column: usize| entry(row, column) - entry(column, row);
    match structure {
        "symmetric" => {
            let twice = Value::matrix(n, n, |row, column| entry(row, column) + entry(column, row));
            match convention {
                Convention::Projection => halved(twice),
                Convention::Set => {
                    Value::matrix(
                        n,
                        n,
                        |row, column| {
                            if row == column { entry(row, row) } else { twice.at(row, column) }
                        },
                    )
                }
            }
        }
        "antisymmetric" => halved(Value::matrix(n, n, odd)),
        "diagonal" => Value::matrix(n, n, |row, column| match row == column {
            true if free.columns == 1 => free.data[row],
            true => entry(row, row),
            false => 0.0,
        }),
        "lower" => Value::matrix(n, n, |row, column| if row >= column { entry(row, column) } else { 0.0 }),
        "upper" => Value::matrix(n, n, |row, column| if row <= column { entry(row, column) } else { 0.0 }),
        _ => match convention {
            Convention::Set => at.times(&Value::matrix(n, n, odd)).unwrap(),
            Convention::Projection => {
                let turned = at.times(&free.transpose()).unwrap().times(at).unwrap();
                Value::matrix(n, n, |row, column| (entry(row, column) - turned.at(row, column)) / 2.0)
            }
        },
    }
}

/// The answer at a point is the slope of the function along each free entry; X moves by code of its own.
fn slopes_agree(case: &Case, convention: Convention, answer: &str) -> Result<(), String> {
    for size in [3, 4] {
        let plain = Program::parse(case.example).unwrap();
        let sizes = Sizes::from([("n".into(), size)]);
        let point = Point::draw(&plain, &sizes, 7 + size as u64)?;
        let x = point.quantity("X").unwrap()?;
        let f = |x: &Value| -> f64 {
            let moved = point.with(&"X".into(), x.clone());
            moved.quantity("f").unwrap().unwrap().as_scalar().unwrap()
        };
        let step = 1e-5;
        let slope = |direction: &Value| {
            let away = |sign: f64| x.zip(direction, |x, along| x + sign * step * along).unwrap();
            (f(&away(1.0)) - f(&away(-1.0))) / (2.0 * step)
        };
        let unit = |rows: usize, columns: usize, place: usize| {
            Value::matrix(rows, columns, |row, column| f64::from(row * columns + column == place))
        };
        let gradient = Value {
            data: (0..size * size).map(|place| slope(&unit(size, size, place))).collect(),
            ..x.clone()
        };
        // The answer, with what it names.
        let ones = Value::matrix(size, size, |row, column| {
            f64::from(if case.structure == "lower" { row >= column } else { row <= column })
        });
        let names = Program::parse("G, M, X, X_at, X_ones : n x n").unwrap();
        let mut at = Point::draw(&names, &sizes, 1)?;
        for (name, value) in [("G", &gradient), ("M", &ones), ("X_ones", &ones), ("X", &x), ("X_at", &x)] {
            at = at.with(&name.into(), value.clone());
        }
        let found = Scope::global(&at).expr(&names.expression(&answer.replace("df/dX", "G")).unwrap())?;
        let columns = found.columns;
        for place in 0..size * columns {
            let along = moved(case.structure, convention, &x, &unit(size, columns, place));
            let (slope, found) = (slope(&along), found.data[place]);
            if (slope - found).abs() > 1e-6 * (1.0 + slope.abs()) {
                return Err(format!("{}: {answer}: {found} for {slope} at {place}", case.structure));
            }
        }
    }
    Ok(())
}

#[test]
fn answers_are_the_slopes_along_the_set() {
    for case in &CASES {
        for (at, (word, convention)) in CONVENTIONS.into_iter().enumerate() {
            let lines = derived(case.example, convention).0.answers();
            let [independent, over] = lines.as_slice() else { panic!("{lines:?}") };
            assert!(independent.starts_with("df/dX = "), "{independent}");
            let answer = over.strip_prefix("df/dX_free = ").unwrap();
            slopes_agree(case, convention, answer).unwrap_or_else(|error| panic!("{word}: {error}"));
            // And so is the formula of the page.
            slopes_agree(case, convention, case.answers[at])
                .unwrap_or_else(|error| panic!("{word}: {error}"));
            // The other convention's is not, but for triangular matrices, and diagonal ones, where the shape alone differs.
            let other = slopes_agree(case, convention, case.answers[1 - at]);
            let same = case.answers[0] == case.answers[1] || case.structure == "diagonal";
            assert_eq!(other.is_ok(), same, "{}: {other:?}", case.structure);
        }
    }
}

#[test]
fn the_page_is_that_of_the_command() {
    let mut text = String::from(HEAD);
    for case in &CASES {
        let _ = write!(
            text,
            "\n## {}\n\n```\n{}\n```\n\n{}\n",
            case.structure,
            case.example,
            case.why.replace("\\\n", "")
        );
        for (at, (word, convention)) in CONVENTIONS.into_iter().enumerate() {
            let (derived, _) = derived(case.example, convention);
            let _ = write!(text, "\n`--structure {word}`: `{}`.\n\n```\n", case.answers[at]);
            let options = render::Options { steps: Steps::Main, ..render::Options::default() };
            let lines = derived.render(Format::Expr, &options);
            // The last line is of the checker.
            for line in lines.lines().filter(|line| !line.contains("equalit")) {
                let _ = writeln!(text, "{line}");
            }
            text.push_str("```\n");
        }
    }
    hold("docs/structure.md", &text);
}

const HEAD: &str = "# Derivatives by structured variables

Entries count as independent, also those of a variable that is declared symmetric, unless structure is asked for. With
`--structure set` or `--structure projection` (of `derive` and of `verify`) a variable X of declared structure is written by
free entries, `X_free`, and derivatives by X become derivatives by those: a change of variable, which the chain rule
differentiates like any other, every line checked. How X is written for each structure is data, `grammar/structures.ew`. The
answer names the free entries, and what they are is said beside it; the derivative with independent entries, G below, is told
first under its own name.

- `set`: by the coordinates of the structured set.
- `projection`: the orthogonal projection of G on the set (for orthogonal matrices, on the tangents at a point).

`posdef` is symmetric, with a positive determinant assumed of X.
";

/// The command refuses what has no meaning.
#[test]
fn what_has_no_structure_is_refused() {
    let refused = |text: &str| structured(&Source::new("example", text), Convention::Set).unwrap_err();
    let plain = refused("X : n x n\nderive d(tr(X))/dX");
    assert_eq!(plain[0].code, "nothing-structured");
    let other = refused("X : n x n\nS : n x n symmetric\nderive d(tr(X*S))/dX");
    assert_eq!(other[0].code, "nothing-structured");
    let two = refused("X : n x n lower upper\nderive d(tr(X))/dX");
    assert_eq!(two[0].code, "two-structures");
}

/// Second derivatives by free entries, worked out by hand; and what is said names the file's variable.
#[test]
fn second_derivatives_and_words() {
    let text = "R : n x n symmetric\nderive d2(tr(R*R))/d(R)2";
    let lines = derived(text, Convention::Projection).0.answers();
    assert_eq!(lines[0], "d2(tr(R * R))/d(R)2[i, j, a, b] = 2 delta(j, a) delta(i, b)");
    assert_eq!(
        lines[1],
        "d2(tr(R * R))/d(R_free)2[i, j, a, b] = delta(i, a) delta(j, b) + delta(i, b) delta(j, a)"
    );
    let said =
        structured(&Source::new("example", "U : n x n orthogonal\nderive d(tr(U))/dU"), Convention::Set);
    let (_, words) = &said.unwrap().said[0];
    assert!(words.contains("U_free - U_free'; U is U_at"), "{words}");
}

/// Names of the file stay apart from those that are made.
#[test]
fn names_that_are_taken_are_not_taken_again() {
    let text = "X, X_free : n x n lower\nbelow(m)[i: m, j: m] = delta(i, j)\nf = tr(X*X_free*below(n))\nderive df/dX";
    let (derived, source) = derived(text, Convention::Set);
    assert!(source.text.contains("X_free_"), "{}", source.text);
    assert_eq!(derived.answers()[1], "df/dX_free_ = df/dX .* X_ones");
}
