//! Laws of scalar functions with a mistake in them.

use entrywise::derive::Options;
use entrywise::rule::{Catalogue, Law};
use entrywise::syntax::ast::Name;
use entrywise::{Source, Trials};

/// Derivations in which a law of `f` makes `f(z) ./ (1 + f(z))` a value of `g`.
const PROGRAMS: [&str; 3] = [
    "z, w : n; scalar g(t) = 1/(1 + f(-t)); y = w .* f(z) ./ (1 + f(z)); L = loss(y); derive dL/dw",
    "X, W : N x D; scalar g(t) = 1/(1 + f(-t)); Y = W .* f(X) ./ (1 + f(X)); L = loss(Y); derive dL/dW",
    "z, w : n; y = f(-z) .* w; L = loss(y); derive dL/dw",
];

/// Functions whose law no derivation is refused for: it is never asked, and what it states has no values.
/// A square root is a power of its argument in every index form, and sqrt(-t) and 1/sqrt(t) have no values together.
const SURVIVORS: [&str; 1] = ["sqrt"];

/// The words of all claims' verdicts, by a catalogue.
fn verdicts(program: &str, catalogue: &Catalogue) -> Vec<&'static str> {
    let problem = entrywise::read(&Source::new("test", program)).unwrap();
    let decided = entrywise::verify_with(&problem, &Trials::default(), catalogue).unwrap();
    decided.iter().map(|one| one.verdict().word()).collect()
}

/// Every mistake in the sides of a law.
fn misread(law: &Law) -> Vec<String> {
    let (name, f) = (&law.name, &law.function);
    let sides = [
        format!("{f}(-t) = -1 / {f}(t)"),
        format!("{f}(-t) = 2 / {f}(t)"),
        format!("{f}(-t) = 1 / (2 * {f}(t))"),
        format!("{f}(-t) = {f}(t)"),
        format!("{f}(-t) = -{f}(t)"),
        format!("{f}(-t) = {f}(t) / 1"),
        format!("{f}(-t) = 1 / {f}(-t)"),
        format!("{f}(-t) = 1 / {f}(t)^2"),
        format!("{f}(t) = 1 / {f}(t)"),
        format!("{f}(2 * t) = 1 / {f}(t)"),
    ];
    sides.iter().map(|sides| format!("law {name}: {sides}")).collect()
}

/// The form of a law says all but the function: other signs and factors are refused as they are read.
#[test]
fn a_law_with_another_sign_or_factor_is_no_law() {
    for law in &Catalogue::shipped().laws {
        let good = format!("law {}: {f}(-t) = 1 / {f}(t)", law.name, f = law.function);
        assert_eq!(Law::parse(&good).as_ref(), Some(law));
        for bad in misread(law) {
            assert_eq!(Law::parse(&bad), None, "{bad}");
            let text = format!("rule good: sum(k) v[k] = sum(v)\n{bad}");
            assert!(Catalogue::parse(&text).is_err(), "{bad}");
        }
    }
}

/// Claims that a law of `f` proves.
const CLAIMS: &str = "x : n; X : N x D; verify f(-x) == 1 ./ f(x); verify f(-X) .* f(X) == ones(N, D); \
                      verify 1 ./ (3 + f(-x)) == f(x) ./ (1 + 3*f(x))";

/// A law of each other function of the prelude: what meets it is refused by the checker, what is printed all the same is
/// what is printed without a law, and no false claim is proved by it.
#[test]
fn a_law_of_another_function_is_refused() {
    let shipped = Catalogue::shipped();
    let own = |function: &Name| shipped.laws.iter().any(|law| law.function == *function);
    let lawless = Catalogue { laws: Vec::new(), ..shipped.clone() };
    assert_eq!(verdicts(&CLAIMS.replace("f(", "exp("), shipped), ["proved"; 3]);
    assert_eq!(verdicts(&CLAIMS.replace("f(", "exp("), &lawless), ["checked"; 3]);
    let mut survivors: Vec<&str> = Vec::new();
    for function in shipped.prelude.functions.keys().filter(|function| !own(function)) {
        let of = |text: &str| text.replace("f(", &format!("{function}("));
        let law = Law { name: "mutant".into(), function: function.clone() };
        let catalogue = Catalogue { laws: vec![law], ..shipped.clone() };
        let mut refused = 0;
        for program in PROGRAMS.map(of) {
            let derived = |catalogue: &Catalogue| {
                let problem = entrywise::read(&Source::new("test", &*program)).unwrap();
                let options = Options { open: true, ..Options::default() };
                let derived = entrywise::derive_with(problem, &options, catalogue);
                derived.map(|derived| derived.answers()).map_err(|errors| errors[0].code)
            };
            match (derived(&lawless), derived(&catalogue)) {
                (Ok(_), Err("refuted" | "unchecked")) => refused += 1,
                (expected, found) => assert_eq!(found, expected, "{program}"),
            }
        }
        for verdict in verdicts(&of(CLAIMS), &catalogue) {
            assert!(["refuted", "unchecked"].contains(&verdict), "{function}: {verdict}");
        }
        if refused == 0 {
            assert_eq!(verdicts(&of(CLAIMS), &lawless), ["unchecked"; 3], "{function}");
            survivors.push(function);
        }
    }
    assert_eq!(survivors, SURVIVORS);
}
