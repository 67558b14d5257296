//! The collapse rules as data: each one true by the checker's own arithmetic, its sides of one shape, wrong ones found
//! by name, and nothing dependent on the order of their lines.

#[path = "support/rule.rs"]
mod support;

use entrywise::Source;
use entrywise::rule::{Catalogue, Rule};
use entrywise::syntax::ast::{Expr, ExprKind, Name};
use entrywise::syntax::print;
use support::{fault, line};

fn text() -> String {
    std::fs::read_to_string("grammar/rules.ew").unwrap()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("rule ") || line.starts_with("finish ")).collect()
}

/// Names of the rules that are wrong.
fn wrong(rules: &[Rule]) -> Vec<String> {
    rules.iter().filter(|rule| fault(rule).is_some()).map(|rule| rule.name.to_string()).collect()
}

#[test]
fn every_rule_is_true() {
    let rules = &Catalogue::shipped().rules;
    assert_eq!(rules.len(), lines(&text()).len());
    for rule in rules {
        assert_eq!(fault(rule), None, "{}", rule.name);
    }
}

/// The claims that a line of product axes states, the matrices of four unequal dimensions.
fn pair_claims(text: &str) -> Vec<(String, entrywise::claim::Verdict)> {
    let lines = text.lines().filter(|line| line.starts_with("pairs "));
    lines
        .map(|line| {
            let (name, equation) = line["pairs ".len()..].split_once(':').unwrap();
            let (left, right) = equation.split_once('=').unwrap();
            let claim = format!("A : p x m; B : q x n; verify {} == {}", left.trim(), right.trim());
            let problem =
                entrywise::read(&Source::new("test", &*claim)).unwrap_or_else(|_| panic!("{claim}"));
            let trials = entrywise::Trials { sizes: (1, 4), points: None, seed: 3 };
            let decided = entrywise::verify(&problem, &trials).unwrap();
            (name.to_string(), decided[0].verdict())
        })
        .collect()
}

#[test]
fn every_rule_of_product_axes_is_proved() {
    use entrywise::claim::Verdict;
    let text = text();
    let claims = pair_claims(&text);
    assert_eq!(claims.len(), Catalogue::shipped().pairs.len());
    assert!(claims.len() > 3);
    for (name, verdict) in &claims {
        assert_eq!(*verdict, Verdict::Proved, "{name}");
    }
    // Each mistake in its own line alone.
    let planted = [
        ("= kron(A, B)", "= kron(B, A)", "collapse-kronecker"),
        ("= vec(A)[(j,i)]", "= vec(A')[(j,i)]", "collapse-stacked"),
        ("= diag(vec(A))", "= diag(vec(A'))", "collapse-weights"),
        ("commutation(m, n))", "commutation(n, m))", "collapse-commutation"),
    ];
    for (right, wrong, name) in planted {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        for (known, verdict) in pair_claims(&changed) {
            let wanted = if known == name { Verdict::Refuted } else { Verdict::Proved };
            assert_eq!(verdict, wanted, "{wrong}: {known}");
        }
    }
}

/// Every tree with one part changed: a transpose dropped or added, two factors of a product exchanged, a factor dropped, a
/// function exchanged.
fn mistakes(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    match &expr.kind {
        ExprKind::Transpose(inner) => {
            found.push((**inner).clone());
            found
                .extend(mistakes(inner).into_iter().map(|inner| ExprKind::Transpose(Box::new(inner)).into()));
        }
        ExprKind::Name(_) => found.push(ExprKind::Transpose(Box::new(expr.clone())).into()),
        ExprKind::Product { first, rest } => {
            let [(op, second)] = rest.as_slice() else { panic!("{}", print::expr(expr)) };
            let product = |first: &Expr, second: &Expr| -> Expr {
                ExprKind::Product { first: Box::new(first.clone()), rest: vec![(*op, second.clone())] }.into()
            };
            found.push(product(second, first));
            found.push((**first).clone());
            found.push(second.clone());
            found.extend(mistakes(first).iter().map(|first| product(first, second)));
            found.extend(mistakes(second).iter().map(|second| product(first, second)));
        }
        ExprKind::Call { function, primes, arguments } => {
            let call = |function: &entrywise::syntax::ast::Ident, argument: Expr| -> Expr {
                ExprKind::Call { function: function.clone(), primes: *primes, arguments: vec![argument] }
                    .into()
            };
            for other in ["tr", "sum", "rowsum", "colsum", "diag", "diagvec"] {
                if *other != *function.name {
                    let other = entrywise::syntax::ast::Ident::new(Name::from(other));
                    found.push(call(&other, arguments[0].clone()));
                }
            }
            found.extend(mistakes(&arguments[0]).into_iter().map(|argument| call(function, argument)));
        }
        other => panic!("{other:?}"),
    }
    found
}

/// The rule with one mistake: on its right side, in its free indices, in the letters of one factor.
fn mutants(rule: &Rule) -> Vec<Rule> {
    let mut found: Vec<Rule> =
        mistakes(&rule.right).into_iter().map(|right| Rule { right, ..rule.clone() }).collect();
    if rule.free.len() == 2 {
        let free = rule.free.iter().rev().cloned().collect();
        found.push(Rule { free, ..rule.clone() });
    }
    for at in 0..rule.factors.len() {
        let mut turned = rule.clone();
        turned.factors[at].1.reverse();
        if turned.factors[at].1 != rule.factors[at].1 {
            found.push(turned);
        }
    }
    found
}

/// Mutants that state the same equation in another way, found by hand.
const EQUIVALENT: &[&str] = &[
    "rule collapse-diagonal: A[i,i] = (diagvec(A'))[i]",
    "rule collapse-frobenius-t: sum(i) sum(j) A[i,j] B[j,i] = tr(B * A)",
    "rule collapse-frobenius: sum(i) sum(j) A[i,j] B[i,j] = tr(B * A')",
    "rule collapse-hadamard-t: A[i,j] B[j,i] = (B' .* A)[i,j]",
    "rule collapse-hadamard-vector: u[i] v[i] = (v .* u)[i]",
    "rule collapse-hadamard: A[i,j] B[i,j] = (B .* A)[i,j]",
    "rule collapse-total-matrix: sum(i) sum(j) A[i,j] = sum(A')",
    "rule collapse-total-matrix: sum(i) sum(j) A[j,i] = sum(A)",
    "rule collapse-total: sum(k) v[k] = colsum(v)",
    "rule collapse-total: sum(k) v[k] = sum(v')",
    "rule collapse-trace: sum(i) A[i,i] = tr(A')",
];

#[test]
fn a_planted_mistake_makes_its_rule_fail_and_no_other() {
    let shipped = &Catalogue::shipped().rules;
    let (mut by_shape, mut by_value, mut equivalent) = (0, 0, Vec::new());
    for (at, rule) in shipped.iter().enumerate() {
        assert!(rule.fits().is_ok());
        for mutant in mutants(rule) {
            let mut rules = shipped.clone();
            rules[at] = mutant.clone();
            let found = wrong(&rules);
            if found.is_empty() {
                equivalent.push(line(&mutant));
                continue;
            }
            assert_eq!(found, [rule.name.to_string()], "{}", line(&mutant));
            // Loaded as text: refused in its line, or of fitting shape and wrong by its values alone.
            let loaded: Vec<String> = rules.iter().map(line).collect();
            match Catalogue::parse(&loaded.join("\n")) {
                Err(errors) => {
                    let start = loaded[..at].iter().map(|line| line.len() + 1).sum::<usize>();
                    assert_eq!(errors.len(), 1, "{}", line(&mutant));
                    assert_eq!(errors[0].labels[0].span.start, start, "{}", line(&mutant));
                    by_shape += 1;
                }
                Ok(_) => by_value += 1,
            }
        }
    }
    equivalent.sort();
    println!("{by_shape} refused by shape, {by_value} by value, {} equivalent", equivalent.len());
    assert_eq!(equivalent, EQUIVALENT);
    assert!(by_shape > 100 && by_value > 15);
}

#[test]
fn what_is_no_rule_is_refused_in_its_line() {
    let cases = [
        ("rule a: sum(k) A[i,k] B[j,k] = (A * B)[i,j]", "do not fit"),
        ("rule a: sum(k) A[i,k] v[k] = (A .* v)[i]", "do not fit"),
        ("rule a: A[i,j] = A'[i,j]", "the left side is I x J, the right side J x I"),
        ("rule a: sum(i) A[i,j] = rowsum(A)[j]", "the left side is J x 1, the right side I x 1"),
        ("rule a: sum(k) v[k] = total(v)", "`total` is unknown"),
        ("rule a: sum(k) v[k] = sum(w)", "`w` is unknown"),
        ("rule a: u[i] v[i] = (u + v)[i]", "this operation cannot stand"),
        ("rule a: sum(k) v[k] = sum(v) / 0", "this operation cannot stand"),
        ("rule a: sum(k) v[k] = 2 / sum(v)", "this operation cannot stand"),
        ("rule a: u[i] v[i] = (2 .* u)[i]", "do not fit"),
        ("rule a: A[i,j] A[j,i] = (A .* A')[i,j]", "a rule reads"),
        ("rule a: sum(k) v[i] = v[i]", "a rule reads"),
        ("rule a: T[i,j,k] = T[i,j,k]", "a rule reads"),
        ("rule a: A[i,j] = A[i]", "a rule reads"),
        ("law a: exp(-t) = 1 / exp(s)", "a law reads"),
        ("law a: exp(s - t) = exp(s) / exp(t)", "a law reads"),
        ("law a: exp(t + t) = exp(t)^2", "a law reads"),
        ("law a: log(t^c) = c*log(t)", "a law reads"),
        ("law a: log(t) = 0 for s > 0", "a law reads"),
        ("law a: log(t) = 0 for t > 1", "a law reads"),
        ("law a: exp(t) = exp(-t", "a law reads"),
        ("law a: sin(s)^2 * cos(t) = 1", "a law reads"),
        ("law a: t^2 = t", "a law reads"),
        ("bound a: exp(t) > 1", "a bound reads"),
        ("bound a: exp(2*t) > 0", "a bound reads"),
        ("bound a: log(t) for s > 0", "a bound reads"),
        ("bound good: exp(t) > 0", "another rule has this name"),
        ("law good: exp(-t) = 1 / exp(t)", "another rule has this name"),
    ];
    for (bad, reason) in cases {
        let text = format!("# A comment.\nrule good: sum(k) v[k] = sum(v)\n{bad}\n");
        let errors = Catalogue::parse(&text).expect_err(bad);
        assert_eq!(errors.len(), 1, "{bad}: {errors:?}");
        let label = &errors[0].labels[0];
        assert_eq!((errors[0].code, &text[label.span.start..label.span.end]), ("bad-rule", bad));
        assert!(label.text.contains(reason), "{bad}: {}", label.text);
    }
}

/// Which rules apply where another one does, the first of each pair tried first. A new rule adds its pairs here.
#[test]
fn overlaps_are_these() {
    let found: Vec<String> = Catalogue::shipped()
        .overlaps()
        .iter()
        .map(|pair| format!("{} before {}", pair.first, pair.second))
        .collect();
    assert_eq!(
        found,
        [
            "collapse-frobenius before collapse-hadamard",
            "collapse-frobenius-t before collapse-diagonal-product",
            "collapse-frobenius-t before collapse-hadamard-t",
            "collapse-total-matrix before collapse-column-sums",
            "collapse-total-matrix before collapse-row-sums",
            "collapse-diagonal-product before collapse-hadamard-t",
            "collapse-inner before collapse-hadamard-vector",
            "collapse-trace before collapse-diagonal",
            "collapse-matvec before collapse-column-sums",
            "collapse-matvec before collapse-weigh-columns",
            "collapse-matvec-t before collapse-row-sums",
            "collapse-matvec-t before collapse-weigh-rows",
            "collapse-product before collapse-column-sums",
            "collapse-product before collapse-row-sums",
            "collapse-product-nt before collapse-column-sums",
            "collapse-product-tn before collapse-row-sums",
            "collapse-total before collapse-outer",
            "collapse-column-sums before collapse-row-sums",
            "collapse-column-sums before collapse-weigh-columns",
            "collapse-row-sums before collapse-weigh-rows",
        ]
    );
}

#[test]
fn the_order_of_the_lines_means_nothing() {
    let text = text();
    let mut shuffled = lines(&text);
    let shown = |catalogue: &Catalogue| catalogue.rules.iter().map(line).collect::<Vec<_>>();
    let expected = shown(Catalogue::shipped());
    let mut state = 7_u64;
    for _ in 0..20 {
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        assert_eq!(shown(&Catalogue::parse(&shuffled.join("\n")).unwrap()), expected);
    }
    assert_ne!(shuffled, lines(&text));
}

/// Signs and numbers on the right side: what a rule with them gives is what they say.
#[test]
fn a_rule_may_have_a_sign_and_numbers() {
    let shipped = Catalogue::shipped();
    let program = "X, T : N x D; v : n; L = -3*tr(X'*T)*sum(v); derive dL/dv";
    let answers = |catalogue: &Catalogue| {
        let problem = entrywise::read(&Source::new("test", program)).unwrap();
        entrywise::derive_with(problem, &Default::default(), catalogue).map(|derived| derived.answers())
    };
    let with = |right: &str| {
        let text = text().replace("= tr(A' * B)", &format!("= {right}"));
        assert!(text.contains(right));
        Catalogue::parse(&text).unwrap()
    };
    let expected = answers(shipped).unwrap();
    for same in ["2 * tr(A' * B) / 2", "-(-tr(A' * B))", "tr(3 * A' * B / 3)", "tr(A' * B) * 1"] {
        assert_eq!(answers(&with(same)).unwrap(), expected, "{same}");
    }
    for other in ["2 * tr(A' * B)", "-tr(A' * B)", "tr(A' * B) / 2", "tr(-A' * B)"] {
        assert_eq!(answers(&with(other)).unwrap_err()[0].code, "refuted", "{other}");
    }
}
