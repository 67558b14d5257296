//! `entrywise verify` as a process: exit codes, wrong input, counterexamples kept in files, JSON Lines.

#[path = "support/command.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::fed;

fn verify(arguments: &[&str], input: &[u8]) -> Output {
    fed(&[&["verify"], arguments].concat(), input)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Malformed, contradictory, huge, defined nowhere: each file says its exit code in its first line.
#[test]
fn what_cannot_be_decided_has_no_verdict() {
    let mut count = 0;
    for entry in std::fs::read_dir("tests/corpus/rejected").unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read(&path).unwrap();
        let first = String::from_utf8_lossy(&source).lines().next().unwrap().to_string();
        let wanted: i32 = first.strip_prefix("# exit ").unwrap()[..1].parse().unwrap();
        let output = verify(&[path.to_str().unwrap()], b"");
        let name = path.display();
        assert_eq!(output.status.code(), Some(wanted), "{name}: {}", text(&output.stderr));
        let out = text(&output.stdout);
        if wanted == 2 {
            assert!(out.is_empty() && !output.stderr.is_empty(), "{name}: {out}");
        }
        for word in ["proved", "checked", "refuted"] {
            assert!(!out.lines().any(|line| line.starts_with(word)), "{name}: {out}");
        }
        count += 1;
    }
    assert!(count > 50);
}

#[test]
fn the_worst_verdict_is_the_exit_code() {
    let declared = "A, B : n x n; x : n; ";
    let cases = [
        ("verify A + B == B + A", 0),
        ("verify A + B == B + A; verify A*B == B*A", 1),
        ("verify A*B == B*A; verify log(-exp(x)) == x", 3),
        ("verify A*B == x", 2),
    ];
    for (claims, code) in cases {
        let output = verify(&["-e", &format!("{declared}{claims}")], b"");
        assert_eq!(output.status.code(), Some(code), "{claims}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let arguments = [
        "-e",
        "A, B : n x n; H : n x n onehot; verify A*B == B*A; verify rowsum(H .* exp(A)) == exp(rowsum(H .* A))",
    ];
    let first = verify(&arguments, b"").stdout;
    assert_eq!(first, verify(&arguments, b"").stdout);
    let other = verify(&[&arguments[..], &["--seed", "7", "--sizes", "2..3", "--trials", "2"]].concat(), b"");
    assert_eq!(other.status.code(), Some(1));
    assert_ne!(first, other.stdout);
}

#[test]
fn a_counterexample_is_run_again_from_a_file() {
    let folder = std::env::temp_dir().join(format!("entrywise-at-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, kept) = (folder.join("claims.ew"), folder.join("kept.json"));
    let source =
        "A, B : n x n\nunknown f : entrywise\nverify A*B == B*A\nverify f(A)*B == B*f(A)\nverify A == A\n";
    std::fs::write(&file, source).unwrap();
    let file = file.to_str().unwrap();
    let output = verify(&[file, "--format", "json"], b"");
    let mut refuted = 0;
    for line in text(&output.stdout).lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["verdict"] != "refuted" {
            continue;
        }
        refuted += 1;
        std::fs::write(&kept, line).unwrap();
        let again = verify(&[file, "--at", kept.to_str().unwrap(), "--format", "json"], b"");
        assert_eq!(again.status.code(), Some(1));
        let again: Value = serde_json::from_str(text(&again.stdout).lines().next().unwrap()).unwrap();
        assert_eq!(again["claim"], record["claim"]);
        assert_eq!(again["counterexample"]["left"], record["counterexample"]["left"]);
        assert_eq!(again["counterexample"]["right"], record["counterexample"]["right"]);
    }
    assert_eq!(refuted, 2);
    for wrong in [
        "",
        "{}",
        "[1]",
        "{\"sizes\": {\"n\": 0}}",
        "{\"sizes\":{\"q\":1},\"entry\":[],\"left\":[],\"right\":[]}",
    ] {
        std::fs::write(&kept, wrong).unwrap();
        let output = verify(&[file, "--at", kept.to_str().unwrap()], b"");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(output.stdout.is_empty());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Every line has its answer in its place; none stops the others.
#[test]
fn json_lines_keep_their_order() {
    let long = format!("\"{}\"", "x".repeat(2 << 20));
    let lines: Vec<Vec<u8>> = vec![
        br#"{"id": 1, "source": "A : n x m; verify A'' == A"}"#.to_vec(),
        b"no json".to_vec(),
        br#""A, B : n x n; verify A*B == B*A""#.to_vec(),
        br#"{"id": "x"}"#.to_vec(),
        Vec::new(),
        long.into_bytes(),
        vec![b'"', 0xff, b'"'],
        br#"{"id": [2], "source": "A : n x m; verify A == B"}"#.to_vec(),
        br#""A : n x m; verify A == A; verify A == 2*A""#.to_vec(),
        br#""A : n x m; derive d(sum(A))/dA""#.to_vec(),
    ];
    let output = verify(&["--jsonl"], &lines.join(&b'\n'));
    assert_eq!(output.status.code(), Some(2));
    let answers: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len());
    let verdicts: Vec<&str> =
        answers.iter().map(|answer| answer["verdict"].as_str().unwrap_or("error")).collect();
    let expected =
        ["proved", "error", "refuted", "error", "error", "error", "error", "error", "refuted", "error"];
    assert_eq!(verdicts, expected);
    for (at, answer) in answers.iter().enumerate() {
        let wrong = verdicts[at] == "error";
        assert_eq!(answer.get("error").is_some(), wrong, "{answer}");
        if wrong {
            assert_eq!(answer["error"]["line"], at + 1);
        }
    }
    assert_eq!(answers[0]["id"], 1);
    assert_eq!(answers[7]["id"][0], 2);
    assert_eq!(answers[8]["claims"].as_array().unwrap().len(), 2);
}

/// A program that asks and waits for each answer before it asks again.
#[test]
fn json_lines_are_answered_before_the_next_one_is_waited_for() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entrywise"))
        .args(["verify", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (send, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            send.send(line.unwrap()).unwrap();
        }
    });
    let questions: [(&[u8], &[&str]); 3] = [
        (b"\"A : n x m; verify A'' == A\"\n", &["proved"]),
        // Two at once, and the beginning of a third that ends later.
        (
            b"\"A : n x m; verify A == -A\"\n\"A : n x m; verify A == A\"\n\"B : k x m; ",
            &["refuted", "proved"],
        ),
        (b"verify B == 2*B\"\n", &["refuted"]),
    ];
    let mut wrong = Vec::new();
    for (question, expected) in questions {
        input.write_all(question).unwrap();
        for verdict in expected {
            match answers.recv_timeout(Duration::from_secs(120)) {
                Ok(answer) if answer.contains(verdict) => {}
                other => wrong.push(format!("{verdict}: {other:?}")),
            }
        }
    }
    drop(input);
    child.wait().unwrap();
    reader.join().unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn json_lines_are_json_and_may_be_explained() {
    let line = br#"{"id": 7, "source": "A : n x m; B : m x p; verify tr(A*B*B'*A') == sum((A*B).^2)"}"#;
    for format in ["text", "markdown"] {
        let output = verify(&["--jsonl", "--format", format], line);
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(output.stdout.is_empty() && text(&output.stderr).contains("--jsonl"), "{format}");
    }
    let plain = verify(&["--jsonl"], line);
    assert_eq!(plain.stdout, verify(&["--jsonl", "--format", "json"], line).stdout);
    let plain: Value = serde_json::from_slice(&plain.stdout).unwrap();
    assert_eq!(plain.get("explanation"), None);
    let told = verify(&["--jsonl", "--explain"], line);
    assert_eq!(told.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["id"], &told["verdict"]), (&plain["id"], &plain["verdict"]));
    let source = "A : n x m; B : m x p; verify tr(A*B*B'*A') == sum((A*B).^2)";
    let alone = verify(&["-e", source, "--explain", "--format", "json"], b"");
    let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert!(alone["explanation"].as_array().is_some_and(|lines| !lines.is_empty()));
    assert_eq!(told["explanation"], alone["explanation"]);
}

/// Links that lead to a folder above, to one beside, and nowhere.
#[cfg(unix)]
#[test]
fn every_folder_is_visited_once() {
    use std::os::unix::fs::symlink;
    let folder = std::env::temp_dir().join(format!("entrywise-links-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for name in ["a", "b/deep"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    for (name, claim) in [("one", "A == A"), ("a/two", "A + A == 2*A"), ("b/deep/three", "A'' == A")] {
        std::fs::write(folder.join(name).with_extension("ew"), format!("A : n x m\nverify {claim}\n"))
            .unwrap();
    }
    symlink(&folder, folder.join("a/loop")).unwrap();
    symlink(folder.join("b"), folder.join("b/deep/up")).unwrap();
    symlink(folder.join("a"), folder.join("z")).unwrap();
    symlink(folder.join("gone"), folder.join("nowhere")).unwrap();
    let output = verify(&[folder.to_str().unwrap(), "--format", "json"], b"");
    let files: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["file"].as_str().unwrap().to_string())
        .collect();
    let expected: Vec<String> = ["a/two.ew", "b/deep/three.ew", "one.ew"]
        .iter()
        .map(|name| folder.join(name).display().to_string())
        .collect();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(files, expected);
}

/// A claim costs the same whatever else its file claims: ten thousand took more than a minute when it did not.
#[test]
fn many_claims_and_long_chains_take_time_in_proportion() {
    let start = Instant::now();
    let claims = "verify x*y == y*x\n".repeat(10_000);
    let output = verify(&["-", "--format", "json"], format!("x, y : scalar\n{claims}").as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 10_000);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!((line["line"].as_u64(), line["verdict"].as_str()), (Some(at as u64 + 2), Some("proved")));
    }
    let chain = "x*y == y*x == ".repeat(5_000);
    let output = verify(&["-e", &format!("x, y : scalar; verify {chain}x*y"), "--format", "json"], b"");
    let chain: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(chain["links"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(chain["verdict"], "proved");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Nested sums have sizes^letters terms: where those are too many, the smallest sizes decide, if there are some above 1.
#[test]
fn what_takes_too_much_work_is_decided_at_small_sizes_or_not() {
    let start = Instant::now();
    // Every letter stands beside every other one, so that no sum can be taken before another.
    let nested = |count: usize, factor: &str| {
        let letters: Vec<String> = (0..count).map(|at| format!("i{at}")).collect();
        let pairs = (0..count).flat_map(|at| (at + 1..count).map(move |other| format!("B[i{at},i{other}]")));
        let pairs: Vec<String> = pairs.collect();
        let turned: Vec<String> = pairs.iter().rev().cloned().collect();
        let sum = format!("sum({})", letters.join(","));
        let source =
            format!("B : q x q; verify {sum} {} == {factor}{sum} {}", pairs.join("*"), turned.join("*"));
        let output = verify(&["-e", &source, "--format", "json"], b"");
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let sizes = |found: &Value| -> Vec<u64> {
        let sizes = found["evidence"]["sizes"].as_array().unwrap();
        sizes.iter().map(|sizes| sizes["q"].as_u64().unwrap()).collect()
    };
    let (code, few) = nested(3, "");
    assert_eq!((code, few["verdict"].as_str()), (Some(0), Some("proved")));
    assert!(sizes(&few).len() > 3 && sizes(&few).contains(&5), "{few}");
    let (code, many) = nested(12, "");
    assert_eq!((code, many["verdict"].as_str()), (Some(0), Some("proved")));
    assert!(sizes(&many).contains(&2) && !sizes(&many).contains(&5), "{many}");
    // What is wrong at all sizes is so at the least.
    let (code, wrong) = nested(12, "2*");
    assert_eq!((code, wrong["verdict"].as_str()), (Some(1), Some("refuted")));
    // At the size 1 alone everything commutes.
    let (code, open) = nested(40, "");
    assert_eq!((code, open["verdict"].as_str()), (Some(3), Some("unchecked")));
    assert!(open["reason"].as_str().unwrap().contains("work"), "{open}");
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

/// Two thousand scalars in a wrong claim once took four gigabytes.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_square_of_the_variables() {
    let names: Vec<String> = (0..3_000).map(|at| format!("x{at}")).collect();
    let source = format!("{} : scalar\nverify {} == 2*x0\n", names.join(", "), names.join(" + "));
    let file = std::env::temp_dir().join(format!("entrywise-many-{}.ew", std::process::id()));
    std::fs::write(&file, source).unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 2000000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_entrywise"), "verify"])
        .args([file.to_str().unwrap(), "--format", "json"])
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    // By the values that are told.
    let values = found["counterexample"]["values"].as_object().unwrap();
    assert_eq!(values.len(), names.len());
    let value = |name: &str| values[name][0][0].as_str().unwrap().parse::<i64>().unwrap();
    let sum: i64 = names.iter().map(|name| value(name)).sum();
    assert_ne!(sum, 2 * value("x0"));
}
