//! The time of each claim of `tests/corpus/`, read and decided by itself in one process: `cargo bench --bench claims`.

use std::time::{Duration, Instant};

use entrywise::problem::Problem;
use entrywise::{Source, Trials};

fn main() {
    for folder in ["true", "false"] {
        let mut times: Vec<(Duration, String)> = Vec::new();
        let entries = std::fs::read_dir(format!("tests/corpus/{folder}")).expect("the corpus");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let start = Instant::now();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|known| known == "ew")) {
            let text = std::fs::read_to_string(path).expect("a file");
            let problem = entrywise::read(&Source::new("corpus", text)).expect("a corpus that reads");
            for claim in &problem.claims {
                let one = Problem { claims: vec![claim.clone()], ..problem.clone() };
                let start = Instant::now();
                entrywise::verify(&one, &Trials::default()).expect("a verdict");
                times.push((start.elapsed(), claim.text().unwrap_or_default()));
            }
        }
        let whole = start.elapsed();
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100].0;
        println!(
            "{folder}: {} claims in {whole:.1?}; median {:.2?}, 95 of 100 below {:.2?}, slowest {:.2?} ({})",
            times.len(),
            at(50),
            at(95),
            at(100),
            times.last().map_or("", |(_, claim)| claim)
        );
    }
}
