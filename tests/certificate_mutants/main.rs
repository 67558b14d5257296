//! Every mathematical field of a certificate, altered in several ways and with the digest computed anew, is refused.
//! What is accepted must be equal as mathematics, which the evaluator of `tests/support` says, not the crate.

mod alter;
mod fields;
mod judge;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use entrywise::Source;
use entrywise::certificate::{self, Choices};
use entrywise::derive::Options;
use entrywise::diagnostic::Exit;
use serde_json::Value;

/// Programs whose certificates have every kind of line, half of them with sizes.
const PROGRAMS: &[(&str, &str, bool)] = &[
    (
        "layer",
        "X : N x D; W : D x M; Y = X*W; L = loss(Y); size N = 2, D = 3, M = 2; derive dL/dX, dL/dW",
        false,
    ),
    ("layers", "X : N x D; W : D x K; V : K x M; H = X*W; Y = H*V; L = loss(Y); derive dL/dH, dL/dW", true),
    ("bilinear", "X : m x n; a : m; b : n; L = a'*X*b; size m = 2, n = 3; derive dL/dX, dL/da", false),
    ("argument", "X : N x D; W : D x M; b : M; L = loss(X*W + ones(N)*b'); derive dL/dW, dL/db", true),
    ("squares", "X : N x D; W, T : D x D; E = X*W - X*T; L = sum(E .* E)/N; derive dL/dW, dL/dT", true),
    ("softmax", "X : N x D; W : D x K; Z = X*W; P = rowsoftmax(Z); L = loss(P); derive dL/dZ, dL/dW", true),
    ("shared", "x : n; A, B : n x n; u = A*x; v = B*u + x; L = loss(v); derive dL/dx, dL/dA, dL/dB", true),
    ("cube", "x, w : n; y = x .* x .* w; L = sum(y) + w'*x; derive dL/dx, dL/dw", true),
    ("tables", "X : N x D; W : D x M; Y = X*W; L = loss(Y); size N = 2, D = 9, M = 3; derive dL/dW", false),
    ("axes", "x : n; w : k; assume n >= k; y = conv(x, w); L = loss(y); derive dL/dx, dL/dw", true),
];

fn written(program: &str, open: bool) -> String {
    let source = Source::new("test", program.replace("; ", "\n") + "\n");
    let problem = entrywise::read(&source).unwrap_or_else(|errors| panic!("{program}: {errors:?}"));
    let options = Options { open, ..Options::default() };
    let derived =
        entrywise::derive(problem, &options).unwrap_or_else(|errors| panic!("{program}: {errors:?}"));
    let choices = Choices { open, ..Choices::default() };
    certificate::write(&derived.verified, &derived.problem, &source, &choices).unwrap()
}

/// SHA-256 as `docs/certificate.md` describes it, written here once more.
fn signed(mut certificate: Value) -> String {
    use sha2::Digest;
    certificate.as_object_mut().unwrap().remove("digest");
    let mut sorted = BTreeMap::new();
    for (name, member) in certificate.as_object().unwrap() {
        sorted.insert(name.clone(), fields::sorted(member));
    }
    let members: Vec<String> = sorted.iter().map(|(name, member)| format!("{name:?}:{member}")).collect();
    let text = format!("{{{}}}", members.join(","));
    let digest: String = sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    certificate.as_object_mut().unwrap().insert("digest".to_string(), digest.into());
    serde_json::to_string(&certificate).unwrap()
}

#[test]
fn an_altered_field_is_refused() {
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut equal = Vec::new();
    for (label, program, open) in PROGRAMS {
        let text = written(program, *open);
        let original: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(signed(original.clone()), serde_json::to_string(&original).unwrap(), "{label}");
        assert!(certificate::recheck(&text).is_ok(), "{label}: {:?}", certificate::recheck(&text));
        let judge = judge::Judge::new(&original);
        for mutant in fields::mutants(&original) {
            let error = match certificate::recheck(&signed(mutant.certificate.clone())) {
                Ok(_) => {
                    let what = format!("{label}: {}: {}", mutant.field, mutant.change);
                    judge.equal(&mutant).unwrap_or_else(|why| panic!("accepted, {why}: {what}"));
                    equal.push(what);
                    continue;
                }
                Err(error) => error,
            };
            let what = format!("{label}: {}: {}: {error:?}", mutant.field, mutant.change);
            assert_eq!(error.exit, Exit::Refused, "{what}");
            *refused.entry(mutant.kind.to_string()).or_default() += 1;
        }
    }
    println!("{refused:?}, {} equal as mathematics:\n{}", equal.len(), equal.join("\n"));
    for kind in fields::KINDS {
        assert!(refused.get(*kind).is_some_and(|count| *count >= 10), "{kind}: {refused:?}");
    }
}

/// Parts of a certificate put in place of others, and numbers that no memory holds: an error, never a panic.
#[test]
fn no_certificate_makes_it_panic() {
    let mut random = support::Random::new(11);
    let (mut refused, mut malformed) = (0, 0);
    for (label, program, open) in
        PROGRAMS.iter().filter(|(label, ..)| matches!(*label, "layer" | "tables" | "argument"))
    {
        let original: Value = serde_json::from_str(&written(program, *open)).unwrap();
        let mut places = Vec::new();
        fields::pointers(&original, "", &mut places);
        for case in 0..150 {
            let place = &places[random.below(places.len())];
            let mut other = original.pointer(&places[random.below(places.len())]).unwrap().clone();
            if original.pointer(place).unwrap().is_number() {
                other = if case % 2 == 0 { 0.into() } else { (u64::MAX >> random.below(60)).into() };
            }
            let mut certificate = original.clone();
            *certificate.pointer_mut(place).unwrap() = other.clone();
            if certificate == original {
                continue;
            }
            match certificate::recheck(&signed(certificate)) {
                Err(error) if error.exit == Exit::Input => malformed += 1,
                Err(_) => refused += 1,
                // What is for information alone, and expressions that are equal.
                Ok(_) => assert!(
                    ["/engine", "/options", "/places", "/level", "/links"]
                        .iter()
                        .any(|part| place.contains(part)),
                    "{label}: {place} is {other}"
                ),
            }
        }
    }
    assert!(refused > 50 && malformed > 50, "{refused} refused, {malformed} malformed");
}
