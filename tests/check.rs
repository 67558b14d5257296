//! The checked problem: shapes, ranges of indices, what a file takes from the prelude and what it takes for itself.

use std::sync::Arc;

use entrywise::Source;
use entrywise::problem::{Operation, Problem, ScalarFunction};
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, ExprKind};
use entrywise::syntax::parse::PRELUDE;
use entrywise::syntax::print;

fn read(text: &str) -> Problem {
    let source = Source::new("test", text);
    entrywise::read(&source).unwrap_or_else(|errors| {
        panic!("{text}\n{}", entrywise::diagnostic::render(&errors, &source, false));
    })
}

fn code(text: &str) -> String {
    let errors = entrywise::read(&Source::new("test", text)).expect_err(text);
    errors.iter().map(|error| error.code).collect::<Vec<_>>().join(" ")
}

fn texts() -> (String, String) {
    let text = |path: &str| std::fs::read_to_string(path).unwrap();
    (text("grammar/rules.ew"), text("grammar/prelude.ew"))
}

#[test]
fn the_prelude_has_the_names_of_the_language() {
    let (rules, prelude) = texts();
    let catalogue = Catalogue::from_texts(&rules, &prelude).unwrap();
    assert_eq!(Catalogue::shipped().prelude.operations.len(), catalogue.prelude.operations.len());
    let known = |name: &str| {
        catalogue.prelude.functions.contains_key(name)
            || catalogue.prelude.operations.iter().any(|operation| &*operation.name == name)
    };
    for name in PRELUDE {
        assert!(known(name), "{name}");
    }
    let names = catalogue.prelude.operations.iter().map(|operation| &operation.name);
    for name in names.chain(catalogue.prelude.functions.keys()) {
        assert!(PRELUDE.contains(&&**name), "{name} is no name of the language");
    }
    for operation in &catalogue.prelude.operations {
        assert!(
            operation.notation.latex.is_some() && operation.notation.text.is_some(),
            "{}",
            operation.name
        );
    }
    for function in catalogue.prelude.functions.values() {
        assert!(function.notation.latex.is_some() && function.notation.text.is_some(), "{}", function.name);
        assert!(function.value.is_some() || function.derivative.is_some(), "{}", function.name);
    }
}

/// Shapes worked out by hand.
#[test]
fn shapes_of_expressions() {
    let declared = "X, Y : N x D; W : D x M; S : n x n; x, y : n; z : D; r : 1 x n; w : k; c, d : scalar; \
                    unknown f : entrywise; unknown g : scalar";
    let shapes = [
        ("X .* Y", "N x D"),
        ("c .* X", "N x D"),
        ("X ./ Y.^2", "N x D"),
        ("1 - tanh(X).^2", "N x D"),
        ("X/(c + d)", "N x D"),
        ("X/D", "N x D"),
        ("c^d", "scalar (1 x 1)"),
        ("S^3", "n x n"),
        ("S.^c", "n x n"),
        ("2.^S", "n x n"),
        ("sum(x)/n", "scalar (1 x 1)"),
        ("sum(X) + sum(x) + sum(c) + sum(r)", "scalar (1 x 1)"),
        ("mean(x) + variance(c) + mse(x, y) + mse(X, Y)", "scalar (1 x 1)"),
        ("rowsum(x)", "n x 1"),
        ("colsum(r)", "n x 1"),
        ("rowsoftmax(r)", "1 x n"),
        ("colmean(X)", "D x 1"),
        ("tr(c) + tr(S)", "scalar (1 x 1)"),
        ("diag(z)", "D x D"),
        ("diagvec(S)", "n x 1"),
        ("eye(n*k)", "k*n x k*n"),
        ("ones(2, n)", "2 x n"),
        ("outer(x, w)", "n x k"),
        ("attention(X, Y, X*W)", "N x M"),
        ("conv(x, w)", "(n - k + 1) x 1"),
        ("conv(conv(x, w), w)", "(n - 2*k + 2) x 1"),
        ("layernorm(X*W, 0.1)", "N x M"),
        ("f(X*W)", "N x M"),
        ("f'(X)", "N x D"),
        ("relu'(x)", "n x 1"),
        ("g(X, c)", "scalar (1 x 1)"),
        ("pi*x", "n x 1"),
        ("sum(i) sum(j) X[i,j]^2", "scalar (1 x 1)"),
        ("x[1] x[n]", "scalar (1 x 1)"),
        ("sum(i) sum(x) Y[i,x]", "scalar (1 x 1)"),
        ("sum(i) (X*W)[i,1]", "scalar (1 x 1)"),
    ];
    for (expr, shape) in shapes {
        let problem = read(&format!("{declared}; Q = {expr}"));
        assert_eq!(problem.quantities["Q"].shape.to_string(), shape, "{expr}");
    }
}

/// Every binder of an expression states its range.
fn all_ranges(expr: &Expr) -> bool {
    let all = |parts: &[Expr]| parts.iter().all(all_ranges);
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => true,
        ExprKind::Index { base, indices } => all_ranges(base) && all(indices),
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => all_ranges(inner),
        ExprKind::Power { base, exponent, .. } => all_ranges(base) && all_ranges(exponent),
        ExprKind::Product { first, rest } => {
            all_ranges(first) && rest.iter().all(|(_, factor)| all_ranges(factor))
        }
        ExprKind::Sum(terms) => terms.iter().all(|(_, term)| all_ranges(term)),
        ExprKind::BigSum { binders, body } => {
            binders.iter().all(|binder| binder.range.is_some()) && all_ranges(body)
        }
        ExprKind::Call { arguments, .. } => all(arguments),
        ExprKind::Tuple(letters) => all(letters),
        // A checked problem has no other kinds.
        _ => false,
    }
}

/// The ranges that stand where the letters do, written out.
#[test]
fn every_index_has_its_range() {
    let declared = "X : N x D; x : n; w : k";
    let ranges = [
        ("sum(i) sum(j) X[i,j]^2", "sum(i: N) sum(j: D) X[i,j]^2"),
        ("sum(j, i) X[i,j]", "sum(j: D, i: N) X[i,j]"),
        ("sum(i) (sum(j) delta(i,j)) x[i]", "sum(i: n) (sum(j: n) delta(i,j)) x[i]"),
        ("sum(i: n-1) x[i] x[i+1]", "sum(i: n - 1) x[i] x[i+1]"),
        ("sum(i: n-k+1) sum(j) x[i+j-1] w[j]", "sum(i: n - k + 1) sum(j: k) x[i+j-1] w[j]"),
        ("sum(i) x[n-i+1]*x[i]", "sum(i: n) x[n-i+1]*x[i]"),
        ("sum(i) exp(sum(i) x[i]) x[i]", "sum(i: n) exp(sum(i: n) x[i]) x[i]"),
        ("sum(k) w[k]/sum(k) x[k]", "sum(k: k) w[k]/sum(k: n) x[k]"),
    ];
    let canonical = |text: &str| {
        print::expr(&entrywise::syntax::parse::expression(&Source::new("test", text), &[]).unwrap())
    };
    for (expr, written) in ranges {
        let problem = read(&format!("{declared}; L = {expr}; derive d({expr})/dx"));
        let definition = problem.quantities["L"].definition.as_ref().unwrap();
        assert_eq!(print::expr(definition), canonical(written));
        assert_eq!(print::expr(&problem.goals[0].numerator), canonical(written));
    }
    for operation in &Catalogue::shipped().prelude.operations {
        assert!(all_ranges(operation.body.expr()), "{}", operation.name);
    }
}

#[test]
fn offsets_stay_inside_by_what_is_assumed() {
    assert_eq!(
        code("x : n; w : k; L = sum(i: n-k) sum(j) x[i+j] w[j]; L2 = sum(i: k) x[i]"),
        "index-leaves-range"
    );
    read("x : n; w : k; assume n >= k; L = sum(i: k) x[i]");
    assert_eq!(code("x : n; L = x[0]"), "index-leaves-range");
    assert_eq!(code("x : n; L = x[n+1]"), "index-leaves-range");
    assert_eq!(code("x : 3; L = x[4]"), "index-leaves-range");
    read("x : n; L = x[3]");
}

fn described(problem: &Problem, name: &str) -> Vec<String> {
    let operations = problem.operations.iter().filter(|operation| &*operation.name == name);
    operations.map(|operation| print::expr(operation.body.expr())).collect()
}

/// Whatever a file takes a prelude name for, that is its meaning in the file, and the prelude's own entries keep
/// theirs.
#[test]
fn a_file_takes_prelude_names_for_itself() {
    let plain = read("z : n");
    let own =
        read("rowsoftmax(X : N x D)[i,j] = X[i,j]; Z : n x m; P = rowsoftmax(Z); A = attention(Z, Z, Z)");
    assert_eq!(described(&own, "rowsoftmax"), ["X[i, j]"]);
    let attention = described(&own, "attention");
    let inner = described(&own, "prelude·rowsoftmax");
    assert_eq!(inner, described(&plain, "rowsoftmax"));
    assert!(attention[0].contains("prelude·rowsoftmax("), "{attention:?}");
    // As a variable, a dimension, a function, an unknown; `ones` with all numbers of arguments.
    let taken = read("ones : n; P = ones'*ones");
    assert!(!taken.is_operation("ones") && taken.is_operation("prelude·ones"));
    assert_eq!(read("X : tr x sum").dimensions.len(), 2);
    assert_eq!(code("X : tr x sum; Y = tr(X)"), "not-a-function");
    let exp = read("scalar exp(t) = t^2; x : n; y = exp(x); s = softmax(x)");
    assert_eq!(print::expr(exp.functions["exp"].value.as_ref().unwrap()), "t^2");
    assert_eq!(print::expr(exp.functions["prelude·exp"].derivative.as_ref().unwrap()), "prelude·exp(t)");
    assert!(described(&exp, "softmax")[0].starts_with("prelude·exp(x[i])"));
    assert_eq!(read("unknown mse : scalar; x : n; L = mse(x)").operation("mse", 2).map(|_| ()), None);
    // The number pi of the prelude is no name of the file.
    assert_eq!(read("pi : n; x = 2*pi").quantities["x"].shape.to_string(), "n x 1");
    assert_eq!(code("x = 2*pi; pi : n"), "used-before-definition");
}

#[test]
fn an_operation_is_the_same_in_a_file_and_in_the_prelude() {
    let (rules, prelude) = texts();
    for name in ["layernorm", "conv", "attention", "gelu", "mse"] {
        let moved = prelude
            .lines()
            .find(|line| line.strip_prefix("scalar ").unwrap_or(line).starts_with(&format!("{name}(")));
        let moved = moved.unwrap();
        let rest = prelude.replace(moved, "");
        let catalogue = Catalogue::from_texts(&rules, &rest).unwrap();
        let there = entrywise::read(&Source::new("test", "z : n")).unwrap();
        let here = entrywise::read_with(&Source::new("test", format!("{moved}; z : n")), &catalogue).unwrap();
        let operation = |problem: &Problem| {
            problem.operations.iter().find(|operation| &*operation.name == name).map(
                |operation: &Arc<Operation>| {
                    let parameters: Vec<_> = operation
                        .parameters
                        .iter()
                        .map(|one| (one.name.clone(), one.shape.clone()))
                        .collect();
                    (
                        parameters,
                        operation.dimensions.clone(),
                        operation.indices.clone(),
                        operation.body.clone(),
                    )
                },
            )
        };
        assert_eq!(operation(&there), operation(&here), "{name}");
        let function = |problem: &Problem| {
            problem
                .functions
                .get(name)
                .map(|known: &Arc<ScalarFunction>| (known.value.clone(), known.derivative.clone()))
        };
        assert_eq!(function(&there), function(&here), "{name}");
        assert!(operation(&here).is_some() || function(&here).is_some());
        // Without the line the name has no meaning.
        let call = Source::new("test", format!("z : n; y = {name}(z)"));
        assert_eq!(entrywise::read_with(&call, &catalogue).unwrap_err()[0].code, "not-supported-yet");
    }
}

#[test]
fn a_wrong_prelude_is_refused() {
    let (rules, prelude) = texts();
    for (right, wrong, code) in [
        ("sum(i) A[i,i]", "sum(i) A[i,j]", "unbound-index"),
        ("diagvec(A : n x n)", "diagvec(A : n x m)", "index-clash"),
        ("scalar cos(t) derivative -sin(t)", "scalar cos(t) derivative -sine(t)", "unknown-function"),
        ("zeros(n)[i: n] = 0", "x : n\nzeros(n)[i: n] = 0", "not-in-prelude"),
        ("tr(A : n x n) = ", "tr(A : n x n) = tr(A) + ", "recursion"),
        ("x[i+j-1]", "x[i+j]", "index-leaves-range"),
    ] {
        let text = prelude.replace(right, wrong);
        assert_ne!(text, prelude, "{right}");
        let errors = Catalogue::from_texts(&rules, &text).expect_err(wrong);
        assert!(errors.iter().any(|error| error.code == code), "{wrong}: {errors:?}");
    }
}

#[test]
fn a_letter_hides_a_dimension() {
    assert_eq!(code("x : n; y : n; L = sum(n) x[n] sum(j) y[j]"), "index-hides-dimension");
    assert_eq!(code("x : n; L = sum(n) x[n] sum(ones(n))"), "index-as-number");
    assert_eq!(code("x : n; L = sum(n) x[n] sum(j: n) x[j]"), "index-as-number");
    assert_eq!(code("x : n; L = sum(n) x[n]/n"), "index-as-number");
    read("x : n; L = sum(n) x[n] + sum(j) x[j]/n");
}

/// Programs with pieces taken out, doubled and exchanged: an answer or errors, never a panic, and no sum without a
/// range in an answer.
mod mutated {
    use proptest::prelude::*;

    use super::*;

    const PROGRAM: &str = "X : N x D ; W : D x M ; x : n ; w : k ; c : scalar ; assume n >= k ; unknown f : entrywise ; \
        scalar g ( t ) = log(1 + exp(t)) derivative sigmoid(t) ; \
        h(A : n x m, v : m)[i] = sum(j) A[i,j] v[j] ; r(A : n x m)[i,j: m] = A[i,j] delta(i,i) ; \
        H = f'(X*W) .* g(X*W) ./ (1 + (X*W).^2) ; y = conv(x, w) ; \
        L = sum(i) sum(j: D) X[i,j]^2 / sum(k) exp(x[k]) + c^2 + sum(h(X, ones(D))) * pi / n ; \
        s = sum(i: n-k+1) sum(j) x[i+j-1] w[j] ; derive dL/dX , d(sum(i) x[i]^2)/dx";

    #[test]
    fn unchanged_it_is_read() {
        assert_eq!(pieces().concat(), PROGRAM);
        assert_eq!(read(PROGRAM).goals.len(), 2);
    }

    fn pieces() -> Vec<&'static str> {
        let mut pieces = Vec::new();
        let mut rest = PROGRAM;
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_alphanumeric();
            let end = if word(first) {
                rest.find(|c: char| !word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            pieces.push(&rest[..end]);
            rest = &rest[end..];
        }
        pieces
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn never_panics(changes in prop::collection::vec((0usize..10_000, 0usize..10_000, 0u8..3), 1..5)) {
            let mut pieces = pieces();
            for (from, to, kind) in changes {
                let (from, to) = (from % pieces.len(), to % pieces.len());
                match kind {
                    0 => drop(pieces.remove(from)),
                    1 => pieces.swap(from, to),
                    _ => pieces.insert(to, pieces[from]),
                }
            }
            let text = pieces.concat();
            if let Ok(problem) = entrywise::read(&Source::new("test", text.clone())) {
                for quantity in problem.quantities.values() {
                    let Some(definition) = &quantity.definition else { continue };
                    prop_assert!(all_ranges(definition), "{text}\n{}", print::expr(definition));
                }
            }
        }
    }
}
