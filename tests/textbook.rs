//! The textbook forms of the examples against central differences, and the engine's answers against both.
//!
//! `tests/textbook/forms.txt` holds the forms, committed before the engine's answers. Examples lie in
//! `tests/textbook/` until they have derivations to keep; then they move to `grammar/examples/`, whose files
//! `tests/examples.rs` derives in every format. Both folders are read here, so that moving one changes nothing.
//! What the engine refuses is listed in [`REFUSED`].

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;

use entrywise::Source;
use entrywise::derive::Options;
use entrywise::render::{self, Format};
use entrywise::syntax::ast::{Expr, ExprKind, Name, Sign};
use entrywise::syntax::print;
use support::check::{Answers, Line, assignments};
use support::cost::cost;
use support::document;
use support::program::visit;

/// Examples that the engine does not derive yet: exactly these, so that the list can only shrink.
const REFUSED: &[&str] = &[];

/// Examples that derive for any size and fail for the sizes that they state: exactly these.
const FAILS_SIZED: &[&str] = &[];

/// Goals whose answer is longer than the textbook's: exactly these.
const LONGER: &[(&str, &str)] = &[];

/// The head of `docs/answers.md`.
const ANSWERS: &str = "\
# Textbook forms and answers

For each goal of the examples in [`grammar/examples/`](../grammar/examples) and [`tests/textbook/`](../tests/textbook) the closed
form that a person writes, with its source, and the answer of `entrywise derive --open`. Both are held against central
differences of the original function at several sizes. The textbook's forms were written first
([`tests/textbook/forms.txt`](../tests/textbook/forms.txt)). Made by `tests/textbook.rs`; do not edit.

The cost of a formula is the number of its names, operators and numerals; brackets and commas are free. A derivative by names
(`dL/dX`) is one name, a function one name, a transpose one operator; an index counts its base and its letters, a sum over
indices its word, its letters and their ranges. A form with names of its own (after \"where\") counts their definitions too; what
the program defines costs one name in both columns.

| example | goal | textbook form | source | cost | engine's answer | cost |
|---|---|---|---|---|---|---|
";

/// Sources of the examples by their names.
fn examples() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["tests/textbook", "grammar/examples"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ew") {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                let before = found.insert(name.clone(), std::fs::read_to_string(&path).unwrap());
                assert!(before.is_none(), "{name} is in both folders");
            }
        }
    }
    assert!(found.len() > 40);
    found
}

/// The lines of `forms.txt` by example.
fn forms() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string("tests/textbook/forms.txt").unwrap();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut section = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            assert!(found.insert(name.to_string(), String::new()).is_none(), "{name} twice");
            section = Some(name);
        } else if let Some(name) = section.filter(|_| !line.is_empty()) {
            let (_, comment) = line.split_once("  # ").unwrap_or_else(|| panic!("no source: {line}"));
            assert!(comment.len() > 4, "no source: {line}");
            writeln!(found.get_mut(name).unwrap(), "{line}").unwrap();
        }
    }
    found
}

fn read(source: &str, answers: &str) -> Answers {
    Answers::read(source, answers).unwrap_or_else(|error| panic!("{answers}\n{error}"))
}

/// A goal without the letters of an index form.
fn bare(goal: &Expr) -> String {
    match &goal.kind {
        ExprKind::Index { base, .. } => print::expr(base),
        _ => print::expr(goal),
    }
}

/// The introduced definitions that an answer uses, directly or through one another, in their order.
fn where_of<'a>(answers: &'a Answers, line: &Line) -> Vec<&'a Line> {
    let mut used: Vec<&Line> = Vec::new();
    let mut pending = vec![line.value.clone()];
    while let Some(value) = pending.pop() {
        visit(&value, &mut |part| {
            let found = answers.introduced.iter().find(|line| line.goal.kind == part.kind);
            if let Some(found) = found
                && !used.iter().any(|known| known.goal == found.goal)
            {
                used.push(found);
                pending.push(found.value.clone());
            }
        });
    }
    answers.introduced.iter().filter(|line| used.iter().any(|known| known.goal == line.goal)).collect()
}

/// The lengths of the answers by goal, each with the introduced definitions that it uses.
fn costs(answers: &Answers) -> BTreeMap<String, usize> {
    let total = |line: &Line| {
        cost(&line.value) + where_of(answers, line).iter().map(|line| cost(&line.value)).sum::<usize>()
    };
    answers.lines.iter().map(|line| (bare(&line.goal), total(line))).collect()
}

/// An answer in a cell of a table, with the definitions that it uses.
fn cell(answers: &Answers, line: &Line) -> String {
    let value = print::expr(&line.value);
    let definitions: Vec<String> = where_of(answers, line)
        .iter()
        .map(|line| format!("`{} = {}`", print::expr(&line.goal), print::expr(&line.value)))
        .collect();
    match definitions.len() {
        0 => format!("`{value}`"),
        _ => format!("`{value}` where {}", definitions.join(", ")),
    }
}

/// The source of each line of an example's forms; "the same" is the one before it.
fn sources(forms: &str) -> Vec<String> {
    let mut before = String::new();
    let comments = forms.lines().filter_map(|line| line.split_once("  # "));
    let sources = comments.filter(|(_, comment)| *comment != "where").map(|(_, comment)| {
        match comment.strip_prefix("the same") {
            Some(rest) => format!("{before}{rest}"),
            None => {
                before = comment.to_string();
                before.clone()
            }
        }
    });
    sources.collect()
}

#[test]
fn every_goal_has_a_textbook_form() {
    let (examples, forms) = (examples(), forms());
    assert_eq!(examples.keys().collect::<Vec<_>>(), forms.keys().collect::<Vec<_>>());
    for (name, source) in &examples {
        let answers = read(source, &forms[name]);
        let asked: Vec<String> = answers.program.goals.iter().map(bare).collect();
        let given: Vec<String> = answers.lines.iter().map(|line| bare(&line.goal)).collect();
        assert_eq!(given, asked, "{name}");
        assert!(source.starts_with('#'), "{name} has no comment");
    }
}

#[test]
fn textbook_forms_are_right() {
    let forms = forms();
    for (name, source) in examples() {
        let answers = read(&source, &forms[&name]);
        for (seed, sizes) in assignments(&answers.program, 3).unwrap().iter().enumerate() {
            let judged = answers.check(sizes, seed as u64);
            judged.unwrap_or_else(|error| panic!("{name} at {sizes:?}: {error}"));
        }
    }
}

/// Every formula with one small mistake: a transpose dropped, a sign turned, a number or a name changed.
fn mistakes(expr: &Expr, names: &[Name]) -> Vec<Expr> {
    let mut found = Vec::new();
    if let ExprKind::Sum(terms) = &expr.kind {
        for at in 1..terms.len() {
            let mut terms = terms.clone();
            terms[at].0 = if terms[at].0 == Sign::Plus { Sign::Minus } else { Sign::Plus };
            found.push(ExprKind::Sum(terms).into());
        }
    }
    match &expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => found.push((**inner).clone()),
        ExprKind::Number(number) => found.push(ExprKind::Number(number + number).into()),
        ExprKind::Name(name) => {
            let others = names.iter().filter(|other| *other != name);
            found.extend(others.map(|other| Expr::name(other.clone())));
        }
        _ => {}
    }
    // The same inside each part.
    let mut inside = |part: &Expr, rebuild: &dyn Fn(Expr) -> ExprKind| {
        found.extend(mistakes(part, names).into_iter().map(|part| rebuild(part).into()));
    };
    match &expr.kind {
        ExprKind::Transpose(inner) => inside(inner, &|inner| ExprKind::Transpose(Box::new(inner))),
        ExprKind::Negate(inner) => inside(inner, &|inner| ExprKind::Negate(Box::new(inner))),
        ExprKind::Product { first, rest } => {
            inside(first, &|first| ExprKind::Product { first: Box::new(first), rest: rest.clone() });
            for at in 0..rest.len() {
                inside(&rest[at].1, &|factor| {
                    let mut rest = rest.clone();
                    rest[at].1 = factor;
                    ExprKind::Product { first: first.clone(), rest }
                });
            }
        }
        ExprKind::Sum(terms) => {
            for at in 0..terms.len() {
                inside(&terms[at].1, &|term| {
                    let mut terms = terms.clone();
                    terms[at].1 = term;
                    ExprKind::Sum(terms)
                });
            }
        }
        ExprKind::Power { base, exponent, entrywise } => {
            let (exponent, entrywise) = (exponent.clone(), *entrywise);
            inside(base, &|base| ExprKind::Power {
                base: Box::new(base),
                exponent: exponent.clone(),
                entrywise,
            });
        }
        ExprKind::Call { function, primes, arguments } => {
            for at in 0..arguments.len() {
                inside(&arguments[at], &|argument| {
                    let mut arguments = arguments.clone();
                    arguments[at] = argument;
                    ExprKind::Call { function: function.clone(), primes: *primes, arguments }
                });
            }
        }
        _ => {}
    }
    found
}

/// The judge is no rubber stamp: it refuses each textbook form with any of these mistakes in it.
#[test]
fn textbook_forms_with_a_mistake_are_refused() {
    let forms = forms();
    let mut count = 0;
    for (name, source) in examples() {
        let answers = read(&source, &forms[&name]);
        let sizes = assignments(&answers.program, 3).unwrap();
        let variables: Vec<Name> = answers.program.variables.iter().map(|(name, _)| name.clone()).collect();
        for line in &answers.lines {
            for value in mistakes(&line.value, &variables) {
                let formula = format!("{} = {}", print::expr(&line.goal), print::expr(&value));
                let wrong = Line { goal: line.goal.clone(), value };
                let planted = Answers { lines: vec![wrong], ..answers.clone() };
                let judged = sizes.iter().zip(0..).map(|(sizes, seed)| planted.check(sizes, seed));
                let reason = judged.filter_map(Result::err).next();
                let reason = reason.unwrap_or_else(|| panic!("{name}: accepted {formula}"));
                // Refused for what it says, not because the evaluator cannot read it.
                let unread =
                    ["no function", "has no value", "ranges over", "do not settle", "no point found"];
                assert!(!unread.iter().any(|fault| reason.contains(fault)), "{name}: {formula}: {reason}");
                count += 1;
            }
        }
    }
    println!("{count} mistakes refused");
    assert!(count > 500);
}

/// What the engine prints for an example, or why it refuses.
fn derived(source: &str, open: bool, inline: bool) -> Result<String, String> {
    let refusal = |errors: Vec<entrywise::diagnostic::Diagnostic>| errors[0].message.clone();
    let problem = entrywise::read(&Source::new("example", source)).map_err(refusal)?;
    let options = Options { open, inline, ..Options::default() };
    let derived = entrywise::derive(problem, &options).map_err(refusal)?;
    Ok(derived.render(Format::Expr, &render::Options::default()))
}

/// The definitions of the file that inlined answers still use, other than by the derivative of an unknown function
/// by its own argument.
fn intermediates(answers: &Answers) -> Vec<String> {
    let defined = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => {
            let introduced = answers.introduced.iter().any(|line| line.goal.kind == expr.kind);
            (answers.program.definition(name).is_some() && !introduced).then(|| name.to_string())
        }
        _ => None,
    };
    let mut arguments: Vec<&Expr> = Vec::new();
    for (_, body) in &answers.program.definitions {
        visit(body, &mut |part| {
            if let ExprKind::Call { function, arguments: of, .. } = &part.kind
                && answers.program.unknown.contains_key(&function.name)
            {
                arguments.extend(of);
            }
        });
    }
    let mut found = Vec::new();
    for line in answers.introduced.iter().chain(&answers.lines) {
        let mut names: Vec<String> = Vec::new();
        let mut allowed: Vec<String> = Vec::new();
        visit(&line.value, &mut |part| {
            names.extend(defined(part));
            if let ExprKind::Derivative(derivative) = &part.kind
                && derivative.by.iter().all(|(by, _)| arguments.contains(&by))
            {
                // The walk meets these names too: numerator and denominator.
                visit(&derivative.numerator, &mut |inner| allowed.extend(defined(inner)));
                derivative
                    .by
                    .iter()
                    .for_each(|(by, _)| visit(by, &mut |inner| allowed.extend(defined(inner))));
            }
        });
        for name in allowed {
            if let Some(at) = names.iter().position(|other| *other == name) {
                names.swap_remove(at);
            }
        }
        found.extend(names.into_iter().map(|name| format!("{name} in {}", print::expr(&line.value))));
    }
    found
}

#[test]
fn intermediates_of_inlined_answers_are_seen() {
    let source = "X : N x D; W : D x K; V : K x M; H = X*W; Y = H*V; L = loss(Y)";
    for (answer, keeps) in [
        ("dL/dW = X'*dL/dH", true),
        ("dL/dV = H'*dL/dY", true),
        ("dL/dV = (X*W)'*dL/dY", false),
        ("Z = X*W # where\ndL/dV = Z'*d(loss(Y))/d(Y)", false),
        ("Z = H*V # where\ndL/dY = d(loss(Z))/d(Z)", true),
        ("dL/dY = Y*0 + d(loss(Y))/d(Y)", true),
    ] {
        assert_eq!(!intermediates(&read(source, answer)).is_empty(), keeps, "{answer}");
    }
}

#[test]
fn engine_answers_are_right_and_as_short_as_the_textbook() {
    let forms = forms();
    let mut table = String::from(ANSWERS);
    let (mut refused, mut fails_sized, mut longer, mut wrong) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, source) in examples() {
        let textbook = read(&source, &forms[&name]);
        let expected = costs(&textbook);
        let answers = match derived(&source, true, false) {
            Ok(text) => read(&source, &text),
            Err(reason) => {
                println!("{name} is refused: {reason}");
                refused.push(name);
                continue;
            }
        };
        let inlined = match derived(&source, true, true) {
            Ok(text) => read(&source, &text),
            Err(error) => {
                wrong.push(format!("{name} inline: {error}"));
                answers.clone()
            }
        };
        let sized = match derived(&source, false, false) {
            Ok(text) => read(&source, &text),
            Err(reason) => {
                println!("{name} sized: {reason}");
                fails_sized.push(name.clone());
                answers.clone()
            }
        };
        let left = intermediates(&inlined);
        if !left.is_empty() {
            wrong.push(format!("{name} inline keeps {left:?}"));
        }
        for (seed, sizes) in assignments(&textbook.program, 3).unwrap().iter().enumerate() {
            for (way, answers) in [("open", &answers), ("inline", &inlined), ("sized", &sized)] {
                // Differences that do not settle at one point decide nothing there.
                let judged = (0..8).map(|again| answers.check(sizes, seed as u64 + 100 * again));
                let mut settled = judged
                    .filter(|judged| !judged.as_ref().is_err_and(|error| error.contains("do not settle")));
                let judged =
                    settled.next().unwrap_or_else(|| Err("no point at which differences settle".to_string()));
                if let Err(error) = judged {
                    wrong.push(format!("{name}, {way}, at {sizes:?}: {error}"));
                }
            }
        }
        let found = costs(&answers);
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
        assert_eq!(costs(&inlined).len(), expected.len(), "{name} inline");
        if costs(&sized) != found {
            wrong.push(format!("{name} sized: {:?} instead of {found:?}", costs(&sized)));
        }
        for ((given, answer), source) in textbook.lines.iter().zip(&answers.lines).zip(sources(&forms[&name]))
        {
            let goal = bare(&given.goal);
            assert_eq!(goal, bare(&answer.goal), "{name}");
            let (before, after) = (cell(&textbook, given), cell(&answers, answer));
            let (wanted, cost) = (expected[&goal], found[&goal]);
            writeln!(table, "| {name} | `{goal}` | {before} | {source} | {wanted} | {after} | {cost} |")
                .unwrap();
            if cost > wanted {
                longer.push((name.clone(), goal));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(refused, REFUSED, "examples that the engine refuses");
    assert_eq!(fails_sized, FAILS_SIZED, "examples that fail for their sizes");
    let longer: Vec<(&str, &str)> = longer.iter().map(|(name, goal)| (&**name, &**goal)).collect();
    assert_eq!(longer, LONGER, "goals whose answers are longer than the textbook's");
    if longer.is_empty() {
        table.push_str("\nNo answer costs more than the textbook's form.\n");
    }
    let names: Vec<String> = REFUSED.iter().map(|name| format!("`{name}`")).collect();
    if !names.is_empty() {
        write!(table, "\nNot derived yet: {}.\n", names.join(", ")).unwrap();
    }
    document::hold("docs/answers.md", &table);
}
