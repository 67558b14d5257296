//! Answers do not depend on what things are called, in which order terms and commuting factors are written, or in which
//! order the rules stand.

use std::collections::BTreeMap;

use entrywise::Source;
use entrywise::derivation::Answer;
use entrywise::derive::{self, Options};
use entrywise::matrix::expr_cost as cost;
use entrywise::problem::Problem;
use entrywise::prove::proved;
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign, StatementKind};
use entrywise::syntax::{parse, print};

fn programs() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["tests/textbook", "grammar/examples"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ew") {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(found.len() > 60);
    found
}

/// The answers for any sizes; what the checker says of them is for other tests. `None` where there is none.
fn answers(text: &str, catalogue: &Catalogue) -> Option<(Problem, Vec<Answer>)> {
    let problem =
        entrywise::read(&Source::new("test", text)).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"));
    let problem = derive::prepare(problem, &entrywise::check::shape_of);
    let options = Options { open: true, ..Options::default() };
    let derivation = derive::derive(&problem, &options, catalogue).ok()?;
    Some((problem, derivation.answers))
}

/// One line an answer, definitions that it uses before it.
fn lines(answers: &[Answer]) -> Vec<String> {
    let mut lines = Vec::new();
    for answer in answers {
        lines.extend(
            answer.introduced.iter().map(|(name, value)| format!("{name} := {}", print::expr(value))),
        );
        lines.push(format!("{} = {}", print::expr(&answer.goal), print::expr(&answer.value)));
    }
    lines
}

/// The letters of an index form numbered by where they are bound: those of the goal's entry, then of each sum.
fn without_letters(line: &str) -> String {
    let Some((goal, value)) = line.split_once(" = ") else { return line.to_string() };
    let mut letters: Vec<&str> = Vec::new();
    if let Some((_, indices)) = goal.rsplit_once('[') {
        letters.extend(indices.trim_end_matches(']').split(", "));
    }
    letters.extend(
        value.split("sum(").skip(1).filter_map(|rest| rest.split_once(':')).map(|(letter, _)| letter),
    );
    let mut result = String::new();
    let mut word = String::new();
    for character in line.chars().chain([' ']) {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        match letters.iter().position(|letter| *letter == word) {
            Some(number) => result.push_str(&format!("#{number}")),
            None => result.push_str(&word),
        }
        word.clear();
        result.push(character);
    }
    result
}

/// With the definitions that it uses.
fn length(answer: &Answer) -> usize {
    cost(&answer.value) + answer.introduced.iter().map(|(_, value)| cost(value)).sum::<usize>()
}

/// Whole words replaced, `dX` with the `X` in it.
fn renamed(text: &str, names: &BTreeMap<Name, String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let below = || {
            let new = names.get(word.strip_prefix('d')?.strip_suffix('2')?)?;
            Some(format!("d{new}2"))
        };
        let differential = ["d2", "d"]
            .iter()
            .find_map(|d| Some(format!("{d}{}", names.get(word.strip_prefix(d)?)?)))
            .or_else(below);
        // The `x` of a shape stands between two sizes.
        let sizes =
            word == "x" && out.trim_end().ends_with(|c: char| c.is_alphanumeric()) && out.ends_with(' ');
        let name = names.get(&*word).filter(|_| !sizes).cloned();
        out.push_str(&name.or(differential).unwrap_or_else(|| word.clone()));
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// All names of variables, definitions and dimensions.
fn names(text: &str) -> Vec<Name> {
    let problem = entrywise::read(&Source::new("test", text)).unwrap();
    let mut names: Vec<Name> = problem.quantities.keys().chain(problem.dimensions.keys()).cloned().collect();
    names.sort();
    names
}

fn code(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// The file with terms of sums and commuting factors in another order.
fn shuffled(text: &str, random: &mut Random) -> String {
    let mut file = parse::file(&Source::new("test", text)).unwrap();
    for statement in &mut file.statements {
        match &mut statement.kind {
            StatementKind::Define { value, .. } | StatementKind::Operation { value, .. } => {
                shuffle(value, random)
            }
            _ => {}
        }
    }
    print::file(&file)
}

/// A fixed sequence (Knuth's constants).
struct Random(u64);

impl Random {
    fn of(text: &str, seed: u64) -> Random {
        Random(text.bytes().fold(seed, |hash, byte| hash.wrapping_mul(257).wrapping_add(u64::from(byte))))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn mix<T>(items: &mut [T], random: &mut Random) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at + 1));
    }
}

fn shuffle(expr: &mut Expr, random: &mut Random) {
    match &mut expr.kind {
        ExprKind::Sum(terms) => {
            terms.iter_mut().for_each(|(_, term)| shuffle(term, random));
            // A leading minus is a negation.
            for (sign, term) in &mut *terms {
                if let ExprKind::Negate(inner) = &term.kind {
                    *term = (**inner).clone();
                    *sign = if *sign == Sign::Plus { Sign::Minus } else { Sign::Plus };
                }
            }
            mix(terms, random);
            let (sign, first) = &mut terms[0];
            if *sign == Sign::Minus {
                *sign = Sign::Plus;
                *first = ExprKind::Negate(Box::new(first.clone())).into();
            }
        }
        ExprKind::Product { first, rest } => {
            shuffle(first, random);
            rest.iter_mut().for_each(|(_, factor)| shuffle(factor, random));
            let op = rest[0].0;
            let sum = |factor: &Expr| matches!(factor.kind, ExprKind::BigSum { .. } | ExprKind::Negate(_));
            let open = sum(first) || rest.iter().any(|(_, factor)| sum(factor));
            if matches!(op, ProductOp::Hadamard | ProductOp::Space)
                && rest.iter().all(|(other, _)| *other == op)
                && !open
            {
                let mut factors: Vec<Expr> = std::iter::once((**first).clone())
                    .chain(rest.iter().map(|(_, factor)| factor.clone()))
                    .collect();
                mix(&mut factors, random);
                let mut factors = factors.into_iter();
                **first = factors.next().unwrap();
                *rest = factors.map(|factor| (op, factor)).collect();
            }
        }
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => shuffle(inner, random),
        ExprKind::Power { base, .. } => shuffle(base, random),
        ExprKind::Call { arguments, .. } => {
            arguments.iter_mut().for_each(|argument| shuffle(argument, random))
        }
        ExprKind::BigSum { body, .. } => shuffle(body, random),
        _ => {}
    }
}

#[test]
fn names_change_nothing_but_names() {
    let (mut wrong, mut derived) = (Vec::new(), 0);
    for (program, text) in programs() {
        let text = code(&text);
        let names = names(&text);
        let expected = answers(&text, Catalogue::shipped()).map(|(_, answers)| lines(&answers));
        let count = names.len();
        let kept = |at: usize| format!("q{at:02}");
        let reversed = |at: usize| format!("q{:02}", count - at);
        let rotated = |at: usize| names[(at + 1) % count].to_string();
        derived += usize::from(expected.is_some());
        for rename in [&kept as &dyn Fn(usize) -> String, &reversed, &rotated] {
            let map: BTreeMap<Name, String> =
                names.iter().enumerate().map(|(at, name)| (name.clone(), rename(at))).collect();
            let found =
                answers(&renamed(&text, &map), Catalogue::shipped()).map(|(_, answers)| lines(&answers));
            let expected = expected
                .as_ref()
                .map(|lines| lines.iter().map(|line| renamed(line, &map)).collect::<Vec<_>>());
            // The letters of an index form make room for the names.
            let unlettered = |lines: &Option<Vec<String>>| {
                lines.as_ref().map(|lines| lines.iter().map(|line| without_letters(line)).collect::<Vec<_>>())
            };
            if unlettered(&found) != unlettered(&expected) {
                wrong.push(format!(
                    "{program}:\n  {}\n  {}",
                    expected.unwrap_or_default().join("\n  "),
                    found.unwrap_or_default().join("\n  ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(derived > 60);
}

#[test]
fn order_of_terms_and_factors_changes_only_order() {
    let (mut wrong, mut changed) = (Vec::new(), 0);
    for (program, text) in programs() {
        let text = code(&text);
        let Some((problem, expected)) = answers(&text, Catalogue::shipped()) else { continue };
        for seed in 0..4 {
            let other = shuffled(&text, &mut Random::of(&program, seed));
            if other == print::file(&parse::file(&Source::new("test", &*text)).unwrap()) {
                continue;
            }
            changed += 1;
            let Some((_, found)) = answers(&other, Catalogue::shipped()) else {
                wrong.push(format!("{program}: refused\n{other}"));
                continue;
            };
            for (expected, found) in expected.iter().zip(&found) {
                let same = proved(
                    &problem,
                    Catalogue::shipped(),
                    &expected.written_out(),
                    &found.written_out(),
                    &expected.free,
                );
                if length(expected) != length(found) || !same {
                    let [one, two] =
                        [expected, found].map(|answer| lines(std::slice::from_ref(answer)).join("; "));
                    wrong.push(format!(
                        "{program} ({} {}, {same}):\n  {one}\n  {two}\n{other}",
                        length(expected),
                        length(found)
                    ));
                }
            }
        }
    }
    println!("{changed} shuffled");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(changed > 100);
}

#[test]
fn order_of_rule_lines_changes_nothing() {
    let text = std::fs::read_to_string("grammar/rules.ew").unwrap();
    let mut rules: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    mix(&mut rules, &mut Random(1));
    let catalogue = Catalogue::parse(&rules.join("\n")).unwrap();
    for (program, text) in programs() {
        let answers = |catalogue| answers(&code(&text), catalogue).map(|(_, answers)| lines(&answers));
        assert_eq!(answers(&catalogue), answers(Catalogue::shipped()), "{program}");
    }
}

/// Programs where some orders of chance find a shorter answer, those that bring the factor which two terms share to the
/// front of both.
const SHORTER: &[&str] = &["layer_norm_prelude"];

/// Tried in orders of chance instead of by precedence, the same rules find no shorter answer.
#[test]
fn no_order_of_rules_finds_a_shorter_answer() {
    let (mut shorter, mut longer) = (Vec::new(), 0);
    for (program, text) in programs() {
        let Some((_, expected)) = answers(&code(&text), Catalogue::shipped()) else { continue };
        for seed in 0..4 {
            let mut catalogue = Catalogue::shipped().clone();
            mix(&mut catalogue.rules, &mut Random::of("rules", seed));
            let (_, found) = answers(&code(&text), &catalogue).unwrap_or_else(|| panic!("{program}"));
            for (expected, found) in expected.iter().zip(&found) {
                longer += usize::from(length(found) > length(expected));
                if length(found) < length(expected) {
                    let [one, two] =
                        [expected, found].map(|answer| lines(std::slice::from_ref(answer)).join("; "));
                    shorter.push((program.clone(), format!("{one} | {two}")));
                }
            }
        }
    }
    // The orders differ in what they find.
    assert!(longer > 0);
    shorter.retain(|(program, _)| !SHORTER.contains(&&**program));
    assert!(shorter.is_empty(), "{shorter:#?}");
}
