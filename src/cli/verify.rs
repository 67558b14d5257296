//! `entrywise verify`: one source, or many files.

use std::collections::{BTreeMap, HashSet};
use std::io::{IsTerminal, Write};
use std::path::Path;

use serde_json::value::RawValue;

use super::args::{VerdictFormat, Verify};
use super::{Failed, input, jsonl, output, read, report};
use crate::Trials;
use crate::claim::{self, CounterexampleRecord, Decided, Record, Tally};
use crate::diagnostic::{self, Diagnostic};
use crate::problem::{Claim, Problem};
use crate::source::{Lines, Source};

/// Writes the verdicts and answers with the exit code.
pub fn run(options: &Verify, colour: bool) -> u8 {
    let trials = Trials { sizes: options.sizes, points: options.trials, seed: options.seed };
    let format = options.format.unwrap_or(VerdictFormat::Text);
    if options.jsonl {
        if options.format.is_some() && format != VerdictFormat::Json {
            let failed =
                Failed { diagnostics: vec![diagnostic::json_lines_are_json()], source: Source::new("", "") };
            return report(&failed, colour);
        }
        return jsonl::run(&trials, options.explain);
    }
    let at = match options.at.as_deref().map(points).transpose() {
        Ok(at) => at,
        Err(failed) => return report(&failed, colour),
    };
    let files = match &options.source {
        Some(_) => None,
        None => match files(&options.inputs) {
            Ok(files) => Some(files),
            Err(failed) => return report(&failed, colour),
        },
    };
    let one = |name: Option<&str>| decide(options, name, &trials, at.as_deref());
    match files.as_deref() {
        None => single(format, &one(None), colour),
        Some([file]) if !options.inputs.iter().any(|input| Path::new(input).is_dir()) => {
            single(format, &one(Some(file)), colour)
        }
        Some(files) => many(format, files, &one, colour),
    }
}

type Outcome = Result<(Source, Vec<Decided>), Failed>;

fn decide(options: &Verify, name: Option<&str>, trials: &Trials, at: Option<&[Kept]>) -> Outcome {
    let source = input::read(name, options.source.as_deref().filter(|_| name.is_none()))?;
    let (source, problem) = read(source, options.structure)?;
    let failed = |diagnostics| Failed { diagnostics, source: source.clone() };
    let decided = match at {
        Some(at) => decide_at(&problem, at),
        None => crate::verify(&problem, trials),
    };
    let mut decided = decided.map_err(failed)?;
    if options.explain {
        explain(&mut decided, &problem, trials);
    }
    Ok((source, decided))
}

/// Adds to each claim both sides brought to one form.
pub(super) fn explain(decided: &mut [Decided], problem: &Problem, trials: &Trials) {
    for (decided, claim) in decided.iter_mut().zip(&problem.claims) {
        decided.explanation = crate::explain(problem, claim, trials);
    }
}

fn single(format: VerdictFormat, outcome: &Outcome, colour: bool) -> u8 {
    let (source, decided) = match outcome {
        Ok(found) => found,
        Err(failed) => return report(failed, colour),
    };
    let mut text = String::new();
    let lines = Lines::of(&source.text);
    for one in decided {
        text.push_str(&match format {
            VerdictFormat::Text => claim::text(one),
            VerdictFormat::Markdown => claim::markdown(one),
            VerdictFormat::Json => json(one, None, &lines),
        });
    }
    if decided.len() > 1 && format != VerdictFormat::Json {
        let mut tally = Tally::default();
        decided.iter().for_each(|one| tally.add(one.verdict()));
        text.push_str(&format!("\n{}\n", sentence(&tally)));
    }
    match output::answer(text.as_bytes(), None) {
        Ok(()) => claim::exit(decided.iter().map(Decided::verdict)),
        Err(failed) => report(&failed, colour),
    }
}

/// Every file by itself: what is wrong with one does not stop the others.
fn many(format: VerdictFormat, files: &[String], one: &dyn Fn(Option<&str>) -> Outcome, colour: bool) -> u8 {
    let progress = std::io::stderr().is_terminal();
    let mut codes = vec![0];
    let mut rows: Vec<(&str, Option<Tally>)> = Vec::new();
    let mut total = Tally::default();
    for (number, file) in files.iter().enumerate() {
        if progress {
            let _ = write!(std::io::stderr(), "\r\x1b[K{}/{} {file}", number + 1, files.len());
        }
        let outcome = one(Some(file));
        if progress {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        let (source, decided) = match &outcome {
            Ok(found) => found,
            Err(failed) => {
                codes.push(report(failed, colour));
                rows.push((file, None));
                continue;
            }
        };
        let mut tally = Tally::default();
        let mut text = String::new();
        let lines = Lines::of(&source.text);
        for one in decided {
            let verdict = one.verdict();
            tally.add(verdict);
            total.add(verdict);
            codes.push(claim::exit([verdict]));
            match format {
                VerdictFormat::Json => text.push_str(&json(one, Some(file), &lines)),
                // What holds is counted; what does not is told.
                _ if claim::exit([verdict]) == 0 => {}
                VerdictFormat::Text => {
                    text.push_str(&format!("{file}:{}\n{}", line(&lines, one), claim::text(one)));
                }
                VerdictFormat::Markdown => {
                    text.push_str(&format!("`{file}:{}`\n\n{}\n", line(&lines, one), claim::markdown(one)));
                }
            }
        }
        rows.push((file, Some(tally)));
        if let Err(failed) = output::answer(text.as_bytes(), None) {
            return report(&failed, colour);
        }
    }
    let table = match format {
        VerdictFormat::Json => String::new(),
        VerdictFormat::Text => text_table(&rows, &total),
        VerdictFormat::Markdown => markdown_table(&rows, &total),
    };
    match output::answer(table.as_bytes(), None) {
        Ok(()) => codes.into_iter().max().unwrap_or(0),
        Err(failed) => report(&failed, colour),
    }
}

fn json(decided: &Decided, file: Option<&str>, lines: &Lines<'_>) -> String {
    let record =
        Record { file: file.map(str::to_string), line: Some(line(lines, decided)), ..Record::from(decided) };
    jsonl::line(&record)
}

fn line(lines: &Lines<'_>, decided: &Decided) -> usize {
    lines.line(decided.span.start)
}

fn sentence(tally: &Tally) -> String {
    let counts = [
        (tally.proved, "proved"),
        (tally.checked, "checked"),
        (tally.refuted, "refuted"),
        (tally.unchecked, "unchecked"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} claims: {}", tally.total(), told.join(", "))
}

fn text_table(rows: &[(&str, Option<Tally>)], total: &Tally) -> String {
    use unicode_width::UnicodeWidthStr;
    let width = rows.iter().map(|(file, _)| file.width()).max().unwrap_or(0).max("total".len());
    let pad = |text: &str| format!("{text}{}", " ".repeat(width.saturating_sub(text.width())));
    let row = |name: &str, tally: &Tally| {
        let Tally { proved, checked, refuted, unchecked } = tally;
        format!("{}  {proved:>8} {checked:>8} {refuted:>8} {unchecked:>10}\n", pad(name))
    };
    let mut text =
        format!("{}  {:>8} {:>8} {:>8} {:>10}\n", pad(""), "proved", "checked", "refuted", "unchecked");
    for (file, tally) in rows {
        text.push_str(&match tally {
            Some(tally) => row(file, tally),
            None => format!("{}  wrong input\n", pad(file)),
        });
    }
    text + &*row("total", total)
}

fn markdown_table(rows: &[(&str, Option<Tally>)], total: &Tally) -> String {
    let mut text = "| file | proved | checked | refuted | unchecked |\n|---|--:|--:|--:|--:|\n".to_string();
    let row = |name: &str, tally: &Tally| {
        let Tally { proved, checked, refuted, unchecked } = tally;
        format!("| {name} | {proved} | {checked} | {refuted} | {unchecked} |\n")
    };
    for (file, tally) in rows {
        text.push_str(&match tally {
            Some(tally) => row(&format!("`{file}`"), tally),
            None => format!("| `{file}` | wrong input | | | |\n"),
        });
    }
    text + &*row("total", total)
}

/// The files behind the arguments, those of a folder in the order of their names.
fn files(inputs: &[String]) -> Result<Vec<String>, Failed> {
    let mut found = Vec::new();
    for input in inputs {
        let path = Path::new(input);
        if input == "-" || !path.is_dir() {
            found.push(input.clone());
            continue;
        }
        let before = found.len();
        walk(path, &mut found).map_err(|error| failed(input, &error.to_string()))?;
        if found.len() == before {
            return Err(Failed {
                diagnostics: vec![diagnostic::empty_folder(input)],
                source: Source::new(input, ""),
            });
        }
    }
    Ok(found)
}

/// Every folder once, by whatever way it is reached first: links may lead back to where they stand.
fn walk(folder: &Path, found: &mut Vec<String>) -> std::io::Result<()> {
    let mut seen = HashSet::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            if !seen.insert(path.canonicalize()?) {
                continue;
            }
            let entries = std::fs::read_dir(&path)?.map(|entry| Ok(entry?.path()));
            let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
            // The first name is taken first.
            entries.sort_by(|one, other| other.cmp(one));
            open.extend(entries);
        } else if path.extension().is_some_and(|extension| extension == "ew") {
            found.push(path.display().to_string());
        }
    }
    Ok(())
}

fn failed(name: &str, why: &str) -> Failed {
    Failed { diagnostics: vec![diagnostic::unreadable(name, why)], source: Source::new(name, "") }
}

/// A counterexample, and the claim that it is of where a whole verdict was kept.
struct Kept {
    point: CounterexampleRecord,
    claim: Option<String>,
}

/// A point, or the verdicts of a file of which some have one.
fn points(path: &Path) -> Result<Vec<Kept>, Failed> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| failed(&name, &error.to_string()))?;
    let bad = |why: &str| Failed {
        diagnostics: vec![diagnostic::bad_point(why)],
        source: Source::new(name.as_str(), ""),
    };
    let mut found = Vec::new();
    let mut objects = 0;
    for value in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
        let value = value.map_err(|error| bad(&format!("no JSON: {error}")))?;
        objects += 1;
        let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) else {
            return Err(bad("a point is a JSON object"));
        };
        let claim = fields.get("claim").and_then(|claim| serde_json::from_str(claim.get()).ok());
        let inner = match fields.get("counterexample") {
            Some(inner) => inner.get(),
            // A verdict without one.
            None if fields.contains_key("verdict") => continue,
            None => value.get(),
        };
        found.push(Kept { point: CounterexampleRecord::read(inner).map_err(|why| bad(&why))?, claim });
    }
    match (found.is_empty(), objects) {
        (false, _) => Ok(found),
        (true, 0) => Err(bad("the file is empty")),
        (true, _) => Err(bad("no verdict in it has a counterexample")),
    }
}

/// The claims at the points that were kept: each at its own, and where one point alone is given, all of them.
fn decide_at(problem: &Problem, at: &[Kept]) -> Result<Vec<Decided>, Vec<Diagnostic>> {
    let of = |kept: &Kept| {
        let same = |claim: &&Claim| kept.claim.is_some() && claim.text() == kept.claim;
        Problem { claims: problem.claims.iter().filter(same).cloned().collect(), ..problem.clone() }
    };
    if let [kept] = at {
        let own = of(kept);
        return crate::verify_at(if own.claims.is_empty() { problem } else { &own }, &kept.point);
    }
    let mut found = Vec::new();
    for kept in at {
        let own = of(kept);
        if !own.claims.is_empty() {
            found.extend(crate::verify_at(&own, &kept.point)?);
        }
    }
    if found.is_empty() {
        let why = format!("none of its {} counterexamples is of a claim of the file", at.len());
        return Err(vec![diagnostic::bad_point(&why)]);
    }
    Ok(found)
}
