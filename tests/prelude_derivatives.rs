//! Every entry of the prelude, differentiated: a program is generated from its declaration, the entry's value goes
//! through an unknown loss, the engine derives by every argument, its checker judges each line from the formulas alone,
//! and the answers equal central differences of code that knows neither the prelude nor a derivative.

mod support;

use std::collections::BTreeSet;

use entrywise::Source;
use entrywise::derive::Options;
use entrywise::problem::Problem;
use entrywise::render::{self, Format};
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, ExprKind};
use entrywise::syntax::print::Printer;
use support::check::{Answers, assignments};
use support::program::visit;

/// Entries whose derivative is not reached yet: exactly these.
/// That of the exponential of a matrix is an integral under an unknown loss.
const REFUSED: &[&str] = &["expm"];

/// Entries that are defined for positive arguments only.
const POSITIVE: &[&str] = &["log", "sqrt", "crossentropy"];

/// A name with the program that differentiates it.
struct Case {
    name: String,
    program: String,
}

fn cases(problem: &Problem) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in problem.functions.keys() {
        let positive = if POSITIVE.contains(&&**name) { " positive" } else { "" };
        let program = format!("X : N x D{positive}; Y = {name}(X); L = loss(Y); derive dL/dX");
        cases.push(Case { name: name.to_string(), program });
    }
    for operation in &problem.operations {
        let positive = if POSITIVE.contains(&&*operation.name) { " positive" } else { "" };
        let mut declared = Vec::new();
        // Dimensions that must fit the matrix: one of one column, which they are the product of.
        if let ([first, ..], [_]) = (operation.parameters.as_slice(), operation.equalities.as_slice()) {
            let own = operation.parameters[1..].iter().map(|parameter| &*parameter.name).collect::<Vec<_>>();
            let program = format!(
                "{0} : {1}; F_ : {2}; Y_ = {3}({0}, {4}); L_ = loss(Y_); derive d(L_)/d({0})",
                first.name,
                own.join("*"),
                own.join(" x "),
                operation.name,
                own.join(", ")
            );
            cases.push(Case { name: operation.name.to_string(), program });
            continue;
        }
        for parameter in &operation.parameters {
            let Some(shape) = &parameter.shape else { continue };
            declared.push(match shape.is_scalar() {
                true => format!("{} : scalar positive", parameter.name),
                false => format!("{} : {} x {}{positive}", parameter.name, shape.rows, shape.columns),
            });
        }
        // What takes dimensions alone depends on nothing.
        if declared.is_empty() {
            continue;
        }
        // A range such as n - k + 1 is positive at some sizes only.
        let ranges = operation.indices.iter().flatten().map(|(_, range)| range);
        declared.extend(
            ranges.filter(|range| range.monomials().len() > 1).map(|range| format!("assume {range} >= 1")),
        );
        if let Some(condition) = &operation.condition {
            let condition = Printer::default().condition(condition);
            // Of full column rank no matrix is that has more columns than rows.
            let sizes = if condition.starts_with("det(A' *") { "m >= n" } else { "n >= m" };
            declared.push(format!("assume {condition}, {sizes}"));
        }
        let names: Vec<&str> = operation.parameters.iter().map(|parameter| &*parameter.name).collect();
        let goals: Vec<String> = names.iter().map(|name| format!("d(L_)/d({name})")).collect();
        let program = format!(
            "{}; Y_ = {}({}); L_ = loss(Y_); derive {}",
            declared.join("; "),
            operation.name,
            names.join(", "),
            goals.join(", ")
        );
        cases.push(Case { name: operation.name.to_string(), program });
    }
    cases
}

/// Why an entry's derivative is wrong; an entry that is refused is none that is wrong.
fn fault(case: &Case, catalogue: &Catalogue, differences: bool) -> Result<(), String> {
    let problem = entrywise::read_with(&Source::new("case", &*case.program), catalogue)
        .map_err(|errors| format!("{}: {}", case.program, errors[0].message))?;
    let options = Options { open: true, ..Options::default() };
    let derived = entrywise::derive_with(problem, &options, catalogue)
        .map_err(|errors| format!("{}: {}", errors[0].code, errors[0].message))?;
    if !differences {
        return Ok(());
    }
    let answers = Answers::read(&case.program, &derived.render(Format::Expr, &render::Options::default()))?;
    for (seed, sizes) in assignments(&answers.program, 2)?.iter().enumerate() {
        answers.check(sizes, seed as u64).map_err(|error| format!("{} at {sizes:?}: {error}", case.name))?;
    }
    Ok(())
}

#[test]
fn every_entry_has_the_right_derivative() {
    let problem = entrywise::read(&Source::new("test", "z : n")).unwrap();
    let cases = cases(&problem);
    assert!(cases.len() > 40);
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    for case in &cases {
        match fault(case, Catalogue::shipped(), true) {
            Ok(()) => {}
            Err(error) if error.starts_with("not-") => refused.push(&*case.name),
            Err(error) => wrong.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(refused, REFUSED);
}

/// The entries whose value or derivative is made with this one, itself among them.
fn users(problem: &Problem, name: &str) -> BTreeSet<String> {
    let calls = |expr: &Expr, known: &BTreeSet<String>| {
        let mut found = false;
        visit(expr, &mut |part| {
            found |= matches!(&part.kind, ExprKind::Call { function, .. } if known.contains(&*function.name));
        });
        found
    };
    let mut known = BTreeSet::from([name.to_string()]);
    loop {
        let before = known.len();
        for (own, function) in &problem.functions {
            if function.value.iter().chain(&function.derivative).any(|expr| calls(expr, &known)) {
                known.insert(own.to_string());
            }
        }
        for operation in &problem.operations {
            if calls(operation.body.expr(), &known) {
                known.insert(operation.name.to_string());
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// A wrong derivative is refuted where it is used, for the entry itself always, and for none that does not use it.
#[test]
fn a_wrong_derivative_fails_for_its_entry() {
    let text = |path: &str| std::fs::read_to_string(path).unwrap();
    let (rules, prelude) = (text("grammar/rules.ew"), text("grammar/prelude.ew"));
    let planted = [
        ("1 - tanh(t)^2", "1 + tanh(t)^2", "tanh"),
        ("1 + tan(t)^2", "1 - tan(t)^2", "tan"),
        ("derivative -sin(t)", "derivative sin(t)", "cos"),
        ("2/sqrt(pi) * exp(-t^2)", "2/sqrt(pi) * exp(-t)", "erf"),
        ("derivative sign(t)", "derivative step(t)", "abs"),
        ("scalar relu(t) derivative step(t)", "scalar relu(t) derivative sign(t)", "relu"),
        ("sigmoid(t)*(1 - sigmoid(t))", "sigmoid(t)", "sigmoid"),
        ("log(1 + exp(t)) derivative sigmoid(t)", "log(1 + exp(t)) derivative tanh(t)", "softplus"),
    ];
    // Each alone, over the entries that it may reach; then all at once over all entries.
    let (mut all, mut reachable) = (prelude.clone(), BTreeSet::new());
    for (right, wrong, name) in planted {
        let changed = prelude.replacen(right, wrong, 1);
        assert_ne!(changed, prelude, "{right}");
        let failed = refuted(&rules, &changed, &|problem, entry| users(problem, name).contains(entry));
        println!("{wrong}: {failed:?}");
        assert!(failed.contains(name), "{wrong}");
        all = all.replacen(right, wrong, 1);
        reachable.extend(failed);
    }
    assert_eq!(refuted(&rules, &all, &|_, _| true), reachable);
}

/// The wanted entries whose derivation the checker refutes.
fn refuted(rules: &str, prelude: &str, wanted: &dyn Fn(&Problem, &str) -> bool) -> BTreeSet<String> {
    let catalogue = Catalogue::from_texts(rules, prelude).unwrap();
    let problem = entrywise::read_with(&Source::new("test", "z : n"), &catalogue).unwrap();
    let mut failed = BTreeSet::new();
    for case in cases(&problem).into_iter().filter(|case| wanted(&problem, &case.name)) {
        match fault(&case, &catalogue, false) {
            Err(error) if error.starts_with("refuted") => drop(failed.insert(case.name)),
            Err(error) if !error.starts_with("not-") => panic!("{}: {error}", case.name),
            _ => {}
        }
    }
    failed
}
