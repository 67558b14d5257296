//! Random identities, rearranged by laws that hold, and the same with one mistake: what `verify` says of them is compared
//! with values of the test's own trees, which share nothing with the crate.

mod build;
mod evaluate;
mod function_laws;
mod gradient;
mod index_laws;
mod laws;
mod make;
mod mistakes;
mod number;
mod tree;

use std::collections::BTreeMap;

use build::Random;
use entrywise::claim::{Found, Verdict};
use entrywise::{Source, Trials};
use evaluate::equal;
use make::{Family, Identity, identity};
use mistakes::{MISTAKES, mistaken};
use tree::Tree;

/// A claim, what it is an example of, and whether it is true by the test's evaluator; nothing where it has no values.
struct Case {
    left: Tree,
    right: Tree,
    /// Positions in the tables' rows.
    rows: Vec<usize>,
    same: Option<bool>,
}

/// What is said of a claim, and why nothing is if so.
struct Said {
    verdict: Verdict,
    reason: String,
}

/// By a file of its own.
fn decided(case: &Case, declared: &[String]) -> Said {
    let text = format!("{}\n{}", declared.join("\n"), case.text());
    let source = Source::new("random", text);
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{errors:?}\n{}", case.text()));
    let decided = entrywise::verify(&problem, &Trials::default()).unwrap();
    let [one] = &decided[..] else { panic!("{} claims", decided.len()) };
    let reason = match &one.links[0].found {
        Found::Unchecked { reason } => reason.clone(),
        _ => String::new(),
    };
    Said { verdict: one.verdict(), reason }
}

/// On all processors.
fn verdicts(cases: &[Case]) -> Vec<Said> {
    let declared = tree::declarations();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = cases.len().div_ceil(threads);
    let decide = |some: &[Case]| -> Vec<Said> { some.iter().map(|case| decided(case, &declared)).collect() };
    std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .chunks(share)
            .map(|some| {
                scope.spawn({
                    let decide = &decide;
                    move || decide(some)
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a panic in `verify`")).collect()
    })
}

impl Case {
    fn text(&self) -> String {
        format!("verify {} == {}", self.left.text(), self.right.text())
    }

    /// Nothing is held against a verdict where the test's evaluator has no values; an unchecked claim is no mistake.
    fn wrong(&self, said: &Said) -> bool {
        match said.verdict {
            Verdict::Proved | Verdict::Checked => self.same == Some(false),
            Verdict::Refuted => self.same == Some(true),
            Verdict::Unchecked => said.reason.contains("internal failure"),
        }
    }
}

/// Claims by what the test's evaluator and the verdict say.
#[derive(Default)]
struct Row {
    all: usize,
    same: usize,
    without_values: usize,
    proved: usize,
    checked: usize,
    refuted: usize,
    unchecked: usize,
    wrong: usize,
}

impl Row {
    fn add(&mut self, case: &Case, said: &Said) {
        self.all += 1;
        self.same += usize::from(case.same == Some(true));
        self.without_values += usize::from(case.same.is_none());
        self.wrong += usize::from(case.wrong(said));
        *match said.verdict {
            Verdict::Proved => &mut self.proved,
            Verdict::Checked => &mut self.checked,
            Verdict::Refuted => &mut self.refuted,
            Verdict::Unchecked => &mut self.unchecked,
        } += 1;
    }
}

/// Decides the claims and prints a table; fails with the shortest claim judged wrongly, or left unchecked too often.
fn judge(title: &str, cases: &[Case], names: &[&str]) {
    let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
    let (mut wrong, mut unchecked) = (Vec::new(), Vec::new());
    for (case, said) in cases.iter().zip(verdicts(cases)) {
        case.rows.iter().for_each(|row| rows.entry(*row).or_default().add(case, &said));
        let line = || format!("{} {}\n  {}", said.verdict.word(), said.reason, case.text());
        if case.wrong(&said) {
            wrong.push(line());
        }
        if said.verdict == Verdict::Unchecked && case.same.is_some() {
            unchecked.push(line());
        }
    }
    let open = unchecked.len();
    let mut lines = vec![format!(
        "{title:<40}{:>7}{:>7}{:>10}{:>8}{:>9}{:>9}{:>11}{:>7}",
        "claims", "equal", "no values", "proved", "checked", "refuted", "unchecked", "wrong"
    )];
    lines.extend(rows.iter().map(|(at, row)| {
        let Row { all, same, without_values, proved, checked, refuted, unchecked, wrong } = row;
        format!(
            "{:<40}{all:>7}{same:>7}{without_values:>10}{proved:>8}{checked:>9}{refuted:>9}{unchecked:>11}{wrong:>7}",
            names[*at]
        )
    }));
    for list in [&mut wrong, &mut unchecked] {
        list.sort_by_key(String::len);
        list.truncate(5);
        lines.append(&mut list.clone());
    }
    println!("{}\n", lines.join("\n"));
    assert!(wrong.is_empty(), "judged wrongly: {}", wrong.join("\n"));
    assert!(open * 200 <= cases.len(), "{open} unchecked, but with values: {}", unchecked.join("\n"));
}

fn identities(count: usize, seed: u64) {
    let mut r = Random::new(seed);
    let names: Vec<&str> = Family::ALL
        .iter()
        .map(|family| family.text())
        .chain(laws::all().iter().map(|(name, _)| *name))
        .collect();
    let mut cases = Vec::new();
    while cases.len() < count {
        let family = cases.len() % Family::ALL.len();
        let Identity { left, right, laws } = identity(Family::ALL[family], &mut r);
        let same = equal(&left, &right, &mut r);
        assert!(same != Some(false), "the test's own laws: {} == {}", left.text(), right.text());
        // Some have a divisor that is always zero.
        if same.is_some() {
            let rows =
                std::iter::once(family).chain(laws.into_iter().map(|law| Family::ALL.len() + law)).collect();
            cases.push(Case { left, right, rows, same });
        }
    }
    judge(&format!("seed {seed}, true claims, their laws"), &cases, &names);
}

/// As many of each kind.
fn mistakes(count: usize, seed: u64) {
    let mut r = Random::new(seed);
    let names = MISTAKES.map(|mistake| mistake.name);
    let mut cases = Vec::new();
    while cases.len() < count {
        let kind = cases.len() % MISTAKES.len();
        let family = *r.one(MISTAKES[kind].families).unwrap();
        let Identity { left, right, .. } = identity(family, &mut r);
        if let Some(right) = mistaken(&MISTAKES[kind], &left, &right, &mut r) {
            let same = equal(&left, &right, &mut r);
            // Some are no mistakes, such as a transpose under a trace: some of these are enough.
            if same != Some(true) || r.below(4) == 0 {
                cases.push(Case { left, right, rows: vec![kind], same });
            }
        }
    }
    judge(&format!("seed {seed}, mistakes"), &cases, &names);
}

#[test]
fn random_identities_hold() {
    identities(300, 1);
}

#[test]
fn random_mistakes_are_refuted() {
    mistakes(300, 1);
}

/// `.ci/run claims`
#[test]
#[ignore = "takes minutes; a stage of .ci/run"]
fn ten_thousand_identities() {
    identities(10_000, 2);
}

/// `.ci/run claims`
#[test]
#[ignore = "takes minutes; a stage of .ci/run"]
fn ten_thousand_mistakes() {
    mistakes(10_000, 3);
}
