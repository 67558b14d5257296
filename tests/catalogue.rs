//! The catalogue of textbook identities, `tests/corpus/catalogue/`: every claim decided, every derivative derived without help
//! and compared with the form of the book. The page `docs/catalogue.md` says what came of each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use entrywise::claim::Verdict;
use entrywise::derivation::Remark;
use entrywise::derive::Options;
use entrywise::syntax::ast::{Expr, ExprKind, Name, StatementKind};
use entrywise::syntax::{parse, print};
use entrywise::{Source, Trials};

#[allow(dead_code)]
#[path = "support/mod.rs"]
mod support;

use support::cost::cost;
use support::document::hold;
use support::program::visit;

const FOLDER: &str = "tests/corpus/catalogue";
const TRIALS: Trials = Trials { sizes: (1, 5), points: None, seed: 1 };

/// A claim with all that its file declares.
struct Entry {
    file: String,
    /// Where the book has it.
    source: String,
    declared: String,
    claim: String,
    sides: Vec<Expr>,
}

fn entries() -> Vec<Entry> {
    let mut paths: Vec<_> = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ew"));
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            read(&path.file_stem().unwrap().to_string_lossy(), &std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn read(file: &str, text: &str) -> Vec<Entry> {
    let parsed = parse::file(&Source::new(file, text)).unwrap_or_else(|errors| panic!("{file}: {errors:?}"));
    let spans = parsed.statements.iter().map(|statement| &text[statement.span.start..statement.span.end]);
    let declared: Vec<&str> = spans
        .zip(&parsed.statements)
        .filter(|(_, statement)| !matches!(statement.kind, StatementKind::Verify { .. }))
        .map(|(text, _)| text)
        .collect();
    let declared = declared.join("\n");
    let claims = parsed.statements.into_iter().filter_map(|statement| {
        let StatementKind::Verify { links } = statement.kind else { return None };
        let before = text[..statement.span.start].trim_end();
        let note = before.lines().last().and_then(|line| line.strip_prefix("# "));
        let note = note.unwrap_or_else(|| panic!("{file}: no source before {}", print::expr(&links[0])));
        let claim = text[statement.span.start..statement.span.end].to_string();
        Some(Entry {
            file: file.into(),
            source: note.into(),
            declared: declared.clone(),
            claim,
            sides: links,
        })
    });
    claims.collect()
}

/// What became of a claim, or of the question whether two forms are equal.
fn verdict(declared: &str, claim: &str) -> Result<Verdict, String> {
    let problem = entrywise::read(&Source::new("catalogue", format!("{declared}\n{claim}")))
        .map_err(|errors| errors[0].message.clone())?;
    let decided = entrywise::verify(&problem, &TRIALS).map_err(|errors| errors[0].message.clone())?;
    Ok(decided[0].verdict())
}

struct Answered {
    text: String,
    cost: usize,
    same: Verdict,
}

/// The derivatives in an expression, but for those of an unknown function by its argument.
fn derivatives(expr: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    visit(expr, &mut |part| {
        let ExprKind::Derivative(derivative) = &part.kind else { return };
        let by = derivative.by.first().map(|(by, _)| by);
        let given = matches!(&derivative.numerator.kind, ExprKind::Call { function, arguments, .. }
            if &*function.name == "loss" && arguments.iter().any(|argument| Some(argument) == by));
        if !given {
            found.push(print::expr(part));
        }
    });
    found
}

/// What an answer names and what it gives for that.
struct Answers {
    /// Goal and value.
    lines: Vec<(Expr, Expr)>,
    introduced: Vec<(Name, Expr)>,
    index_form: bool,
}

fn answers(entry: &Entry, goals: &[String]) -> Result<Answers, String> {
    let first = |errors: Vec<entrywise::diagnostic::Diagnostic>| errors[0].message.clone();
    let source = Source::new("catalogue", format!("{}\nderive {}", entry.declared, goals.join(", ")));
    let problem = entrywise::read(&source).map_err(first)?;
    let derived = entrywise::derive(problem, &Options { open: true, ..Options::default() }).map_err(first)?;
    let answers = &derived.verified.derivation().answers;
    let last = answers.last().ok_or("no answer")?;
    Ok(Answers {
        lines: answers.iter().map(|answer| (answer.goal.clone(), answer.value.clone())).collect(),
        introduced: answers.iter().fold(Vec::new(), |mut found: Vec<(Name, Expr)>, answer| {
            for one in &answer.introduced {
                if !found.contains(one) {
                    found.push(one.clone());
                }
            }
            found
        }),
        index_form: matches!(last.remark, Some(Remark::IndexForm { .. })),
    })
}

fn put_in(expr: &Expr, lines: &[(Expr, Expr)]) -> Expr {
    match lines.iter().find(|(goal, _)| goal == expr) {
        Some((_, value)) => value.clone(),
        None => match &expr.kind {
            ExprKind::Transpose(inner) => match put_in(inner, lines).kind {
                ExprKind::Transpose(twice) => *twice,
                once => Expr::transpose(once.into()),
            },
            _ => expr.map_children(&|child| put_in(child, lines)),
        },
    }
}

/// The shortest of the book's forms: those without a derivative that is to be derived, where there are any.
fn book(stated: &[Expr]) -> usize {
    let open = |side: &&Expr| !derivatives(side).is_empty();
    let closed = stated.iter().filter(|side| !open(side)).map(cost).min();
    closed.unwrap_or_else(|| stated.iter().map(cost).min().unwrap())
}

/// The answer to the left side as a goal; derivatives by definitions that it names are asked for too and put in. The reason
/// where there is none.
fn derived(entry: &Entry) -> Result<Answered, String> {
    let left = print::expr(&entry.sides[0]);
    let stated = &entry.sides[1..];
    let known: Vec<String> = stated.iter().flat_map(derivatives).collect();
    let mut goals = vec![left.clone()];
    let (value, introduced) = loop {
        let found = answers(entry, &goals)?;
        let by_entries = derivatives(&entry.sides[0]).iter().any(|text| text.contains('['));
        if found.index_form && !by_entries {
            return Err("index form".into());
        }
        let (_, value) = found.lines.last().cloned().ok_or("no answer")?;
        let before = &found.lines[..found.lines.len() - 1];
        // Each may name those before it.
        let value = before.iter().rev().fold(value, |value, line| put_in(&value, std::slice::from_ref(line)));
        let whole = std::iter::once(&value).chain(found.introduced.iter().map(|(_, value)| value));
        match whole.flat_map(derivatives).find(|text| !known.contains(text)) {
            Some(open) if goals.contains(&open) || goals.len() > 4 => {
                return Err(format!("the derivative `{open}` is left"));
            }
            Some(open) => goals.insert(0, open),
            None => break (value, found.introduced),
        }
    };
    let names: String =
        introduced.iter().map(|(name, value)| format!("{name} = {}\n", print::expr(value))).collect();
    let text = print::expr(&value);
    let declared = format!("{}\n{names}", entry.declared);
    let right = print::expr(&stated[0]);
    // The left side says what letters run over where nothing else does.
    let same = verdict(&declared, &format!("verify {text} == {right}"))
        .or_else(|_| verdict(&declared, &format!("verify {left} == {text} == {right}")))?;
    let length = cost(&value) + introduced.iter().map(|(_, value)| cost(value)).sum::<usize>();
    Ok(Answered { text, cost: length, same })
}

#[derive(Default)]
struct Row {
    claims: usize,
    proved: usize,
    checked: usize,
    open: usize,
    goals: usize,
    answered: usize,
    equal_proved: usize,
    no_longer: usize,
}

impl Entry {
    fn is_false(&self) -> bool {
        self.file.ends_with("_refuted")
    }

    fn asks_derivative(&self) -> bool {
        !self.is_false() && matches!(self.sides[0].kind, ExprKind::Derivative(_))
    }
}

/// What became of an entry.
struct Outcome {
    decided: Result<Verdict, String>,
    /// Of a derivative.
    answer: Option<Result<Answered, String>>,
    seconds: f64,
}

fn outcome(entry: &Entry) -> Outcome {
    let begun = Instant::now();
    let decided = verdict(&entry.declared, &entry.claim);
    let answer = entry.asks_derivative().then(|| derived(entry));
    Outcome { decided, answer, seconds: begun.elapsed().as_secs_f64() }
}

/// Of all entries in their order, on as many threads as there are cores.
fn outcomes(entries: &[Entry]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let places = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let entries = places.map_while(|at| Some((at, entries.get(at)?)));
        entries.map(|(at, entry)| (at, outcome(entry))).collect::<Vec<_>>()
    };
    let mut found: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn the_catalogue_is_derived_and_decided() {
    let started = Instant::now();
    let entries = entries();
    let outcomes = outcomes(&entries);
    println!("in all {:.1} s", started.elapsed().as_secs_f64());
    let (mut rows, mut wrong): (BTreeMap<String, Row>, Vec<String>) = Default::default();
    let (mut refused, mut longer, mut only): (String, String, String) = Default::default();
    for (entry, outcome) in entries.iter().zip(&outcomes) {
        let is_false = entry.is_false();
        let row = rows.entry(entry.file.clone()).or_default();
        row.claims += 1;
        let claim =
            entry.claim.strip_prefix("verify ").unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        match &outcome.decided {
            Ok(Verdict::Refuted) if is_false => row.proved += 1,
            Ok(Verdict::Proved) if !is_false => row.proved += 1,
            Ok(Verdict::Checked) if !is_false => {
                row.checked += 1;
                let _ = writeln!(only, "- {}: `{claim}`: checked", entry.source);
            }
            Ok(Verdict::Unchecked) => {
                row.open += 1;
                let _ = writeln!(only, "- {}: `{claim}`: unchecked", entry.source);
            }
            Err(why) => {
                row.open += 1;
                let _ = writeln!(only, "- {}: `{claim}`: {why}", entry.source);
            }
            Ok(other) => wrong.push(format!("{}: {claim}: {}", entry.file, other.word())),
        }
        if outcome.seconds > 0.3 {
            println!("{:.2} s: {claim}", outcome.seconds);
        }
        let Some(answer) = &outcome.answer else { continue };
        row.goals += 1;
        match answer {
            Ok(answer) => {
                if answer.same == Verdict::Refuted {
                    wrong.push(format!("{}: {claim}: answered {}", entry.file, answer.text));
                }
                row.answered += 1;
                row.equal_proved += usize::from(answer.same == Verdict::Proved);
                let book = book(&entry.sides[1..]);
                if answer.cost <= book {
                    row.no_longer += 1;
                } else {
                    let _ = writeln!(
                        longer,
                        "| {} | `{claim}` | {book} | `{}` | {} |",
                        entry.source, answer.text, answer.cost
                    );
                }
            }
            Err(why) => {
                let _ = writeln!(refused, "- {}: `{claim}`: {why}", entry.source);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut text = String::from(HEAD);
    let mut total = Row::default();
    for (file, row) in &rows {
        let _ = writeln!(text, "{}", line(&format!("[{file}](../{FOLDER}/{file}.ew)"), row));
        if file.ends_with("_refuted") {
            continue;
        }
        total.claims += row.claims;
        total.proved += row.proved;
        total.checked += row.checked;
        total.open += row.open;
        total.goals += row.goals;
        total.answered += row.answered;
        total.equal_proved += row.equal_proved;
        total.no_longer += row.no_longer;
    }
    let _ = writeln!(text, "{}", line("all true ones", &total));
    let refused = if refused.is_empty() { "None.\n" } else { &refused };
    let _ = write!(text, "\n## Not answered in a closed form\n\n{refused}");
    let _ = write!(
        text,
        "\n## Longer than the book\n\n| source | identity | cost | answer | cost |\n|---|---|---|---|---|\n{longer}"
    );
    let _ = write!(text, "\n## Not proved\n\n{only}");
    hold("docs/catalogue.md", &text);
    assert!(total.goals >= 150, "{}", total.goals);
}

fn line(name: &str, row: &Row) -> String {
    let Row { claims, proved, checked, open, goals, answered, equal_proved, no_longer } = row;
    format!(
        "| {name} | {claims} | {proved} | {checked} | {open} | {goals} | {answered} | {equal_proved} | {} | {no_longer} |",
        goals - answered
    )
}

const HEAD: &str = "# The catalogue of textbook identities

What people look up: identities of matrix calculus from The Matrix Cookbook, from Magnus and Neudecker and from the books of
statistics, optimisation and control, each with its place ([`tests/corpus/catalogue/`](../tests/corpus/catalogue)). Every claim is decided by
`verify`; where its left side is a derivative, that derivative is also derived without help and the answer compared with the
book's form, by `verify` too and by length (names, operators and numerals, as in [answers.md](answers.md)). An answer in index
form to a question that was not asked by entries, and one in which a derivative is left, count as refused. The claims of
`conditional_refuted` are false on purpose, being the book's forms without the property that they need: *proved* counts those
refuted. Made by `tests/catalogue.rs`; do not edit.

| theme | claims | proved | checked | open | derivatives | answered | of these proved equal | refused | no longer than the book |
|---|---|---|---|---|---|---|---|---|---|
";
