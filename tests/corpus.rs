//! The claims of `tests/corpus/`: every one has the verdict of its folder.

use std::path::{Path, PathBuf};

use entrywise::claim::{Decided, Found, Hint, Verdict};
use entrywise::problem::Problem;
use entrywise::{Source, Trials};

const TRIALS: Trials = Trials { sizes: (1, 5), points: None, seed: 1 };

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new("tests/corpus").join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ew"));
    files.sort();
    files
}

fn decided(path: &Path) -> (Problem, Vec<Decided>) {
    let source = Source::new(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
    let decided = entrywise::verify(&problem, &TRIALS)
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
    (problem, decided)
}

#[test]
fn true_claims_hold() {
    let mut counts = [0; 2];
    let mut wrong = Vec::new();
    for path in files("true") {
        for one in decided(&path).1 {
            match one.verdict() {
                Verdict::Proved => counts[0] += 1,
                Verdict::Checked => counts[1] += 1,
                verdict => wrong.push(format!("{}: {} {}", path.display(), verdict.word(), one.text())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} proved, {} checked", counts[0], counts[1]);
    assert!(counts[0] + counts[1] > 900);
}

/// Sums, products, transposes, Hadamard products and traces have a canonical form.
#[test]
fn what_is_polynomial_is_proved() {
    for theme in [
        "transpose",
        "trace",
        "products",
        "hadamard",
        "sums",
        "powers",
        "spectral",
        "indices",
        "gradients_scalar",
    ] {
        let path = PathBuf::from(format!("tests/corpus/true/{theme}.ew"));
        for one in decided(&path).1 {
            assert_eq!(one.verdict(), Verdict::Proved, "{theme}: {}", one.text());
        }
    }
}

/// What holds for a class that is not declared is refuted, and the class is named.
#[test]
fn false_claims_are_refuted_and_their_counterexamples_hold() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in files("false") {
        let (problem, decided) = decided(&path);
        for (one, claim) in decided.iter().zip(&problem.claims) {
            if one.verdict() != Verdict::Refuted {
                wrong.push(format!("{}: {} {}", path.display(), one.verdict().word(), one.text()));
                continue;
            }
            count += 1;
            for (at, link) in one.links.iter().enumerate() {
                let Found::Refuted { counterexample, .. } = &link.found else { continue };
                // Read back from its JSON and evaluated anew.
                let record = entrywise::claim::CounterexampleRecord::from(counterexample.as_ref());
                let text = serde_json::to_string(&record).unwrap();
                let read = serde_json::from_str(&text).unwrap();
                let problem = Problem { claims: vec![claim.clone()], ..problem.clone() };
                let again = entrywise::verify_at(&problem, &read).unwrap();
                if !matches!(again[0].links[at].found, Found::Refuted { .. }) {
                    wrong.push(format!("{}: no counterexample {text} of {}", path.display(), one.text()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 1000);
}

#[test]
fn a_class_for_which_a_claim_holds_is_named() {
    let path = Path::new("tests/corpus/false/special.ew");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, decided) = decided(path);
    let mut named = 0;
    for one in &decided {
        let line = text[one.span.start..].lines().next().unwrap();
        assert!(line.contains("# holds for "), "{line}");
        let hints = one.links.iter().filter_map(|link| match &link.found {
            Found::Refuted { hints, .. } => Some(hints),
            _ => None,
        });
        let special = hints.flatten().any(|hint| matches!(hint, Hint::Special { .. }));
        named += usize::from(special);
        if !special {
            println!("not named: {line}");
        }
    }
    assert!(named * 4 >= decided.len() * 3, "{named} of {}", decided.len());
}

/// Of the named class, the claim is not refuted.
#[test]
fn the_named_class_makes_the_claim_hold() {
    let (problem, decided) = decided(Path::new("tests/corpus/false/special.ew"));
    for (one, claim) in decided.iter().zip(&problem.claims) {
        for link in &one.links {
            let Found::Refuted { hints, .. } = &link.found else { continue };
            for hint in hints {
                let Hint::Special { property, names } = hint else { continue };
                let mut special = Problem { claims: vec![claim.clone()], ..problem.clone() };
                for name in names {
                    special.quantities[name].properties.push(*property);
                }
                let again = entrywise::verify(&special, &Trials { seed: 2, ..TRIALS }).unwrap();
                assert!(again[0].verdict() < Verdict::Refuted, "{} for {property:?}", one.text());
            }
        }
    }
}
