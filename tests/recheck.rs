//! `entrywise recheck` and `derive --certificate` from outside. This binary never uses the algebra session itself.

use std::path::PathBuf;
use std::process::{Command, Output};

const LAYER: &str = "grammar/examples/linear_layer.ew";

/// A directory of its own for a test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Place {
        let directory = std::env::temp_dir().join(format!("entrywise-recheck-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Place(directory)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn entrywise(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_entrywise")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The certificate of the linear layer in the open way.
fn certificate(place: &Place) -> (String, String) {
    let file = place.file("layer.json");
    let output = entrywise(&["derive", LAYER, "--open", "--certificate", &file, "--format", "expr"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("dL/dX = dL/dY * W'\n"));
    let written = std::fs::read_to_string(&file).unwrap();
    (file, written)
}

/// A file rechecked: exit code, standard output and standard error.
fn recheck(place: &Place, content: &str) -> (Option<i32>, String, String) {
    let file = place.file("altered.json");
    std::fs::write(&file, content).unwrap();
    let output = entrywise(&["recheck", &file]);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_certificate_holds() {
    let place = Place::new("holds");
    let (file, _) = certificate(&place);
    let output = entrywise(&["recheck", &file]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let report = text(&output.stdout);
    assert!(report.starts_with("the certificate holds\n"), "{report}");
    for part in ["dL/dX, dL/dW", "equalities checked", "random points at N = ", "engine's word", "sha256 "] {
        assert!(report.contains(part), "{part}: {report}");
    }
    // The only file that was written.
    let files: Vec<_> =
        std::fs::read_dir(&place.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["layer.json"]);
}

/// One altered step, with the digest of before and with a new one: standard error says which and both sides.
#[test]
fn an_altered_step_is_refused() {
    let place = Place::new("altered");
    let (_, written) = certificate(&place);
    let altered = written.replace("sum(j: M) dL/dY[a, j] W[b, j]", "sum(j: M) dL/dY[a, j] W[b, j] 2");
    assert_ne!(altered, written);
    let (code, stdout, stderr) = recheck(&place, &altered);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("its digest is not that of its content"), "{stderr}");
    let (code, stdout, stderr) = recheck(&place, &signed(&altered));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    for part in [
        "error[certificate-refused]",
        "dL/dX, step 4",
        "W[b, j] 2`",
        "is false at N = ",
        "the left side is ",
        "modulo 2^61 - 1",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

/// A product that does not fit has no value to compare: both sides are named all the same.
#[test]
fn a_line_without_a_value_is_refused() {
    let place = Place::new("meaningless");
    let (_, written) = certificate(&place);
    let altered = written.replacen("\"after\": \"dL/dY * W'\"", "\"after\": \"dL/dY * W\"", 1);
    assert_ne!(altered, written);
    let (code, stdout, stderr) = recheck(&place, &signed(&altered));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("dL/dX, step 6: `dL/dX` = `dL/dY * W` has no value"), "{stderr}");
}

/// SHA-256 over the sorted members.
fn signed(certificate: &str) -> String {
    use sha2::Digest;
    let mut value: serde_json::Value = serde_json::from_str(certificate).unwrap();
    value.as_object_mut().unwrap().remove("digest");
    fn sorted(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(","))
            }
            serde_json::Value::Object(members) => {
                let members: std::collections::BTreeMap<_, _> = members.iter().collect();
                let members: Vec<String> =
                    members.iter().map(|(name, member)| format!("\"{name}\":{}", sorted(member))).collect();
                format!("{{{}}}", members.join(","))
            }
            other => other.to_string(),
        }
    }
    let digest: String =
        sha2::Sha256::digest(sorted(&value)).iter().map(|byte| format!("{byte:02x}")).collect();
    value.as_object_mut().unwrap().insert("digest".to_string(), digest.into());
    value.to_string()
}

#[test]
fn what_is_no_certificate_is_wrong_input() {
    let place = Place::new("malformed");
    let (_, written) = certificate(&place);
    let deep = "[".repeat(100_000);
    for (content, says) in [
        ("", "EOF"),
        ("no JSON", "expected"),
        ("[]", "no member `schema`"),
        ("{\"schema\": \"other\"}", "its schema is `other`"),
        (&*deep, "recursion limit"),
        (&*written.replace("\"version\": 1", "\"version\": 2"), "version 2"),
        (&*written.replace("\"engine\"", "\"motor\""), "unknown field `motor`"),
        (&*written.replace("\"open\": true,", "\"open\": true, \"open\": true,"), "duplicate field `open`"),
        (&*written.replace("\"level\": \"main\",", ""), "missing field `level`"),
        (&*written.replace("\"relation\": \"=\"", "\"relation\": \"<\""), "unknown variant `<`"),
        (
            &*signed(&written.replace("\"dL/dY * W'\"", "\"(dL/dY * W'\"")),
            "is not how an expression is written",
        ),
        (
            &*signed(&written.replace("\"dL/dY * W'\"", "\"(dL/dY * W')\"")),
            "is not how an expression is written",
        ),
    ] {
        let (code, stdout, stderr) = recheck(&place, content);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{says}: {stderr}");
        assert!(stderr.contains("certificate-malformed") && stderr.contains(says), "{says}: {stderr}");
    }
    assert_eq!(entrywise(&["recheck", &place.file("missing.json")]).status.code(), Some(2));
    assert_eq!(entrywise(&["recheck"]).status.code(), Some(2));
}

/// An error writes no certificate, and a certificate that cannot be written is an error before any output.
#[test]
fn a_certificate_is_written_whole_or_not_at_all() {
    let place = Place::new("whole");
    let file = place.file("none.json");
    let output = entrywise(&["derive", "-e", "X : N x D; derive dL/dX", "--certificate", &file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!std::fs::exists(&file).unwrap());
    let file = place.file("missing/none.json");
    let output = entrywise(&["derive", LAYER, "--open", "--certificate", &file]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
}

/// Sizes from the command line are part of it; the format of the output is not.
#[test]
fn sizes_of_the_command_line_are_kept() {
    let place = Place::new("sizes");
    let mut written = Vec::new();
    for format in ["text", "markdown"] {
        let file = place.file(&format!("{format}.json"));
        let sizes = "N=3,D=2,M=2";
        let output =
            entrywise(&["derive", LAYER, "--size", sizes, "--certificate", &file, "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let output = entrywise(&["recheck", &file]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("at N = 3, D = 2, M = 2"));
        written.push(std::fs::read(&file).unwrap());
    }
    assert_eq!(written[0], written[1]);
}
