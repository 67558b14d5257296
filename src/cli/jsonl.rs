//! JSON Lines: one problem a line in, one verdict a line out, in the same order.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{output, verify};
use crate::Trials;
use crate::claim::{self, Decided, Record};
use crate::diagnostic::{self, Diagnostic, Exit};
use crate::source::Source;

/// Longer lines are answered by an error and never held.
const LONGEST: usize = 1 << 20;

/// What a line is answered with; the fields in this order.
#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    #[serde(flatten)]
    record: Option<Record>,
    /// Of a problem with several claims: the worst verdict, and all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

/// What is wrong with a line.
#[derive(Serialize)]
struct Problem {
    line: usize,
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// The fields of an object in their order, repeated ones too, each value as it is written.
struct Fields<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<'de>, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Reads standard input to its end; answers with the exit code.
pub fn run(trials: &Trials, explain: bool) -> u8 {
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut code = 0;
    for number in 1.. {
        let line = match next(&mut input) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                output::note(&format!("error: <stdin>: {error}"));
                code = code.max(2);
                break;
            }
        };
        let (answer, own) = answer(line, number, trials, explain);
        code = code.max(own);
        let mut written = out.write_all(self::line(&answer).as_bytes());
        // Whoever waits for this answer before the next line has it; lines that wait are answered together.
        if !input.buffer().contains(&b'\n') {
            written = written.and_then(|()| out.flush());
        }
        if let Err(error) = written {
            return closed(&error, code);
        }
    }
    match out.flush() {
        Ok(()) => code,
        Err(error) => closed(&error, code),
    }
}

fn closed(error: &io::Error, code: u8) -> u8 {
    if error.kind() == ErrorKind::BrokenPipe {
        return code;
    }
    output::note(&format!("error: <stdout>: {error}"));
    code.max(2)
}

/// One object on one line.
pub fn line(value: &impl Serialize) -> String {
    // Maps of strings and numbers: nothing that JSON could not hold.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// The next line, `Err` within for one that is too long or no UTF-8; none at the end.
fn next(input: &mut impl BufRead) -> io::Result<Option<Result<String, &'static str>>> {
    let mut bytes = Vec::new();
    let mut long = false;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            if bytes.is_empty() && !long {
                return Ok(None);
            }
            break;
        }
        let (taken, ended) = match chunk.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end, true),
            None => (chunk.len(), false),
        };
        if bytes.len() + taken > LONGEST {
            long = true;
        }
        if !long {
            bytes.extend_from_slice(&chunk[..taken]);
        }
        input.consume(taken + usize::from(ended));
        if ended {
            break;
        }
    }
    Ok(Some(match String::from_utf8(bytes) {
        _ if long => Err("the line is longer than 1 MiB"),
        Ok(text) => Ok(text),
        Err(_) => Err("the line is no UTF-8"),
    }))
}

fn answer(line: Result<String, &'static str>, number: usize, trials: &Trials, explain: bool) -> (Answer, u8) {
    let wrong = |id, code: &str, message: String, help| {
        let error = Problem { line: number, code: code.to_string(), message, help };
        Answer { id, record: None, verdict: None, claims: Vec::new(), error: Some(error) }
    };
    let text = match line {
        Ok(text) => text,
        Err(why) => return (wrong(None, "bad-line", why.to_string(), None), 2),
    };
    let value: &RawValue = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return (wrong(None, "no-json", format!("no JSON: {error}"), None), 2),
    };
    // A string, or the fields of an object; nothing else has a source.
    let fields = serde_json::from_str::<Fields<'_>>(value.get()).map(|Fields(fields)| fields);
    let named = |name: &str| -> Vec<&RawValue> {
        let fields = fields.iter().flatten().filter(|(key, _)| key == name);
        fields.map(|(_, value)| *value).collect()
    };
    let id = named("id").last().map(|id| RawValue::to_owned(id));
    let sources = if fields.is_ok() { named("source") } else { vec![value] };
    for (name, known) in [("id", named("id").len()), ("source", sources.len())] {
        if known > 1 {
            return (wrong(id, "repeated-field", format!("`{name}` is given {known} times"), None), 2);
        }
    }
    let source = sources.first().and_then(|source| serde_json::from_str::<String>(source.get()).ok());
    let Some(source) = source else {
        let message = "expected a string or an object with a string `source`".to_string();
        return (wrong(id, "no-source", message, None), 2);
    };
    let source = Source::new(format!("line {number}"), source);
    let decide = || -> Result<Vec<Decided>, Vec<Diagnostic>> {
        let problem = crate::read(&source)?;
        let mut decided = crate::verify(&problem, trials)?;
        if explain {
            verify::explain(&mut decided, &problem, trials);
        }
        Ok(decided)
    };
    // One problem must not end the others, whatever happens.
    let decided = match catch_unwind(AssertUnwindSafe(decide)) {
        Ok(decided) => decided,
        Err(_) => Err(vec![diagnostic::internal_failure()]),
    };
    match decided {
        Ok(decided) => {
            let code = claim::exit(decided.iter().map(Decided::verdict));
            let mut records: Vec<Record> = decided.iter().map(Record::from).collect();
            let answer = match records.len() {
                1 => Answer { id, record: records.pop(), verdict: None, claims: Vec::new(), error: None },
                _ => {
                    let worst = decided.iter().map(Decided::verdict).max().map(claim::Verdict::word);
                    Answer { id, record: None, verdict: worst, claims: records, error: None }
                }
            };
            (answer, code)
        }
        Err(diagnostics) => {
            let limit = diagnostics.iter().any(|error| error.exit == Exit::Limit);
            let first = diagnostics.into_iter().next();
            let (code, message, help) = match first {
                Some(first) => (first.code, first.message, first.help),
                None => ("failed", "no verdict".to_string(), None),
            };
            (wrong(id, code, message, help), if limit { 3 } else { 2 })
        }
    }
}
