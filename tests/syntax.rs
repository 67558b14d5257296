//! The language as a user writes it: what parses, into which tree, and what is refused with which error.

use entrywise::diagnostic::{Diagnostic, Exit, render};
use entrywise::source::Source;
use entrywise::syntax::ast::*;
use entrywise::syntax::{parse, print};
use proptest::prelude::*;

const NAMES: &[&str] =
    &["A", "B", "C", "L", "X", "W", "Y", "x", "y", "f", "a", "b", "c", "i", "j", "k", "n", "t"];

fn names(names: &[&str]) -> Vec<Name> {
    names.iter().map(|&name| name.into()).collect()
}

fn try_read(text: &str, declared: &[&str]) -> Result<Expr, Vec<Diagnostic>> {
    parse::expression(&Source::new("-", text), &names(declared))
}

fn read(text: &str) -> Expr {
    let source = Source::new("-", text);
    parse::expression(&source, &names(NAMES))
        .unwrap_or_else(|faults| panic!("{}", render(&faults, &source, false)))
}

fn read_file(text: &str) -> File {
    let source = Source::new("test.ew", text);
    parse::file(&source).unwrap_or_else(|faults| panic!("{}", render(&faults, &source, false)))
}

fn codes(text: &str) -> Vec<&'static str> {
    let faults = parse::file(&Source::new("test.ew", text)).expect_err(text);
    faults.iter().map(|fault| fault.code).collect()
}

fn n(name: &str) -> Expr {
    Expr::name(name)
}

fn times(left: Expr, right: Expr) -> Expr {
    Expr::product(left, ProductOp::Times, right)
}

fn power(base: Expr, exponent: Expr) -> Expr {
    ExprKind::Power { base: Box::new(base), exponent: Box::new(exponent), entrywise: false }.into()
}

fn second(numerator: Expr, by: Vec<(Expr, u32)>) -> Expr {
    ExprKind::Derivative(Box::new(Derivative { numerator, by, held: Vec::new() })).into()
}

/// Every statement of the language's page.
const PAGE: &str = r##"
X : N x D
V : N × D
A, B : n x n symmetric               # properties after the shape
x : n
c : scalar; k0 : scalar integer
W : D x M
Y = X*W + ones(N)*b'
L = loss(Y)
unknown f : entrywise
unknown g : scalar
assume n >= k, x > 0, det(X) > 0, onehot(T)
size N = 2, D = 2, M = 3
derive dL/dX, dL/dW
verify d(tr(A*X*B))/dX == A'*B'
verify dL/dX == dL/dY * W'
    == (W*dL/dY')'
softmax(x : n)[i] = exp(x[i]) / sum(k) exp(x[k])
scalar softplus(t) = log(1 + exp(t))
scalar erf(t) derivative 2/sqrt(pi) * exp(-t^2)
rowsum(X : N x D)[i] = sum(j) X[i,j] as latex "#1 \mathbf{1};" text "rowsum(#1)"
conv(x : n, w : k)[i: n-k+1] = sum(j) x[i+j-1] w[j]
d(inv(A)[i,j])/d(A[k,l]) = -inv(A)[i,k] inv(A)[l,j]
"##;

#[test]
fn the_page_parses_and_prints_back() {
    let file = read_file(PAGE);
    assert_eq!(file.statements.len(), 22);
    let text = print::file(&file);
    assert_eq!(read_file(&text), file, "{text}");
    assert!(text.contains("verify dL/dX == dL/dY * W' == (W * dL/dY')'\n"), "{text}");
    assert!(text.contains("as latex \"#1 \\mathbf{1};\" text \"rowsum(#1)\"\n"), "{text}");
    assert!(text.contains("d(inv(A)[i, j])/d(A[k, l]) = -inv(A)[i, k] inv(A)[l, j]\n"), "{text}");
}

#[test]
fn precedence() {
    for (written, meant) in [
        ("-x^2", "-(x^2)"),
        ("-A*B", "(-A)*B"),
        ("A'^2", "(A')^2"),
        ("A^2'", "(A^2)'"),
        ("a / b c", "(a/b) c"),
        ("a*b/c", "(a*b)/c"),
        ("2.*X", "2 .* X"),
        ("A ⊙ B", "A .* B"),
        ("A@B·C", "A*B*C"),
        ("Aᵀ", "A'"),
        ("x.^-t", "x.^(-t)"),
        ("a - b + c", "(a - b) + c"),
        ("x^2^3", "(x^2)^3"),
        ("A*-B", "A*(-B)"),
        ("sum(k) A[i,k] B[k,j] + c", "(sum(k) (A[i,k] B[k,j])) + c"),
        ("dL/dY'", "(d(L)/d(Y))'"),
        ("dL/dW[a,b]", "(d(L)/d(W))[a,b]"),
    ] {
        assert_eq!(read(written), read(meant), "{written}");
    }
}

#[test]
fn trees_by_hand() {
    assert_eq!(read("A*B'"), times(n("A"), Expr::transpose(n("B"))));
    assert_eq!(read("-x^2"), Expr::negate(power(n("x"), Expr::natural(2))));
    assert_eq!(read("X^-1"), power(n("X"), Expr::negate(Expr::natural(1))));
    let entry = |base: &str, row: &str, column: &str| Expr::index(n(base), vec![n(row), n(column)]);
    let binders = vec![Binder { name: Ident::new("k"), range: Some(n("n")) }];
    let body = Box::new(Expr::product(entry("A", "i", "k"), ProductOp::Space, entry("B", "k", "j")));
    assert_eq!(read("sum(k: n) A[i,k] B[k,j]"), ExprKind::BigSum { binders, body }.into());
    assert_eq!(read("sum(X)"), Expr::call("sum", vec![n("X")]));
    assert_eq!(read("sum(X) - a"), read("(sum(X)) - a"));
    assert_eq!(read("sum(x)/n"), Expr::product(Expr::call("sum", vec![n("x")]), ProductOp::Divide, n("n")));
    let primed = ExprKind::Call { function: Ident::new("tanh"), primes: 1, arguments: vec![n("X")] };
    assert_eq!(read("tanh'(X)"), primed.into());
    assert_eq!(read("A (B)"), Expr::product(n("A"), ProductOp::Space, n("B")));
    assert_eq!(read("((A*B))*C"), read("A*B*C"));
    assert_eq!(print::expr(&read("0.125e1")), "1.25");
    assert_eq!(read("1e-3"), read("0.001"));
}

#[test]
fn derivatives_are_told_from_divisions() {
    let first = |above: &str, below: &str| Expr::derivative(n(above), n(below));
    assert_eq!(read("dL/dX"), first("L", "X"));
    assert_eq!(read("∂L/∂X"), first("L", "X"));
    assert_eq!(read("d2f/dx2"), second(n("f"), vec![(n("x"), 2)]));
    assert_eq!(read("∂2f/∂x∂y"), second(n("f"), vec![(n("x"), 1), (n("y"), 1)]));
    assert_eq!(read("d2f/dxdy"), read("d2(f)/d(x)d(y)"));
    assert_eq!(read("d2(f)/d(x)2"), read("d2f/dx2"));
    assert_eq!(read("d(f)/d(x)*a"), times(first("f", "x"), n("a")));
    let division = Expr::product(n("dL"), ProductOp::Divide, n("dX"));
    assert_eq!(try_read("dL/dX", &["dL", "L", "X"]), Ok(division.clone()));
    assert_eq!(try_read("dL/dX", &["dX", "L", "X"]), Ok(division.clone()));
    assert_eq!(try_read("dL/dX", &["L"]), Ok(division));
    assert_eq!(try_read("df/dx2", &["f", "x", "x2"]), Ok(first("f", "x2")));
    let fault = &try_read("d2f/dx2", &["f", "x", "x2"]).unwrap_err()[0];
    assert_eq!(fault.code, "ambiguous-derivative");
    assert!(fault.labels[0].text.contains("d(x)2") && fault.labels[0].text.contains("d(x2)"), "{fault:?}");
    assert_eq!(try_read("df/dx2", &["f", "x"]).unwrap_err()[0].code, "derivative-order");
    assert_eq!(print::expr(&first("L", "X")), "dL/dX");
    assert_eq!(print::Printer::new(["L", "X", "dX"]).expr(&first("L", "X")), "d(L)/d(X)");
}

#[test]
fn statement_words_are_words_only_at_the_start() {
    let file = read_file("size : n\nderive = A*B\nscalar, verify : scalar\nderive dsize/dsize");
    assert!(matches!(file.statements[0].kind, StatementKind::Declare { .. }));
    assert!(matches!(file.statements[1].kind, StatementKind::Define { .. }));
    assert!(matches!(file.statements[3].kind, StatementKind::Derive { .. }));
}

#[test]
fn every_error_of_a_file_is_reported() {
    let text = "X : N x\nY = (X*W\nderive dL/dX, \nZ = a §\nverify A\nq : n symetric\nA = exp (x)\nB = [1,2;3]\nok = 1";
    assert_eq!(
        codes(text),
        [
            "unexpected",
            "unclosed-bracket",
            "unexpected",
            "unknown-character",
            "lone-claim",
            "unknown-property",
            "space-after-function",
            "ragged-matrix"
        ]
    );
    assert_eq!(codes("X : NxD\nY : N x D"), ["glued-shape"]);
    assert_eq!(codes("X : 2xD\nY : N x D"), ["glued-shape"]);
    assert_eq!(codes("a = 2x"), ["missing-operator"]);
    assert_eq!(codes("a = \"b"), ["unclosed-quote"]);
    assert_eq!(codes("a = sum(k: n) -x"), ["binder-without-term"]);
    read_file("X : NxD");
}

#[test]
fn errors_show_their_place() {
    let source = Source::new("test.ew", "α = (β\n");
    let text = render(&parse::file(&source).unwrap_err(), &source, false);
    assert!(text.contains("error[unclosed-bracket]") && text.contains("test.ew:1:5"), "{text}");
    let source = Source::new("test.ew", "Y = X +");
    let text = render(&parse::file(&source).unwrap_err(), &source, true);
    assert!(text.contains("the end of the statement"), "{text}");
}

#[test]
fn limits() {
    let deep = |text: String| {
        let faults = try_read(&text, NAMES).unwrap_err();
        assert_eq!((faults[0].code, faults[0].exit), ("too-deep", Exit::Limit));
        assert!(faults[0].message.contains("100"));
    };
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("tr(", ")"),
        ("[", "]"),
        ("sum(k) ", ""),
        ("x^(", ")"),
        ("d(", ")/d(x)"),
        ("x[", "]"),
    ] {
        deep(format!("{}x{}", open.repeat(10_000), close.repeat(10_000)));
        let inside = format!("{}x{}", open.repeat(95), close.repeat(95));
        assert_eq!(read(&print::expr(&read(&inside))), read(&inside));
    }
    deep(format!("x{}", "'".repeat(10_000)));
    let chains = (0..95).fold("x".to_string(), |inner, _| format!("({inner}{})", "'".repeat(95)));
    deep(chains);
    assert_eq!(try_read("1e401", &[]).unwrap_err()[0].exit, Exit::Limit);
    assert!(try_read("1e400", &[]).is_ok());
    let file = read_file(&format!("A = A{}", "+A".repeat(500_000)));
    assert_eq!(read_file(&print::file(&file)), file);
}

/// The grammar and the parser are one list of names: a function for each production, and within each file of
/// the parser in the grammar's order.
#[test]
fn every_production_has_its_function() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let grammar = std::fs::read_to_string(root.join("grammar/entrywise.ebnf")).unwrap();
    let productions: Vec<&str> = grammar
        .lines()
        .filter(|line| line.starts_with(char::is_alphabetic))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name.trim_end()))
        .collect();
    assert!(productions.len() > 40, "{productions:?}");
    let mut missing = productions.clone();
    for entry in std::fs::read_dir(root.join("src/syntax/parse")).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let place = |name: &&str| {
            source.match_indices("fn ").map(|(at, found)| at + found.len()).find(|&at| {
                source[at..].strip_prefix(name).is_some_and(|after| after.starts_with(['<', '(']))
            })
        };
        let places: Vec<usize> = productions.iter().filter_map(place).collect();
        assert!(places.is_sorted(), "the order of {}", path.display());
        missing.retain(|name| place(name).is_none());
    }
    assert!(missing.is_empty(), "without a function: {missing:?}");
}

fn binder() -> impl Strategy<Value = Binder> {
    (prop::sample::select(vec!["i", "j", "k"]), prop::option::of(Just(n("n"))))
        .prop_map(|(name, range)| Binder { name: Ident::new(name), range })
}

fn operator() -> impl Strategy<Value = ProductOp> {
    use ProductOp::*;
    prop::sample::select(vec![Times, Space, Divide, Hadamard, HadamardDivide])
}

/// Trees that the parser makes.
fn tree() -> impl Strategy<Value = Expr> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(Expr::name);
    let number = (0u32..1000, 0u32..3).prop_map(|(digits, places)| read(&format!("{digits}e-{places}")));
    let odd = prop::sample::select(vec!["dL", "dX", "d", "d2f", "dx2"]).prop_map(Expr::name);
    let leaf = prop_oneof![6 => name, 2 => number, 1 => odd];
    leaf.prop_recursive(5, 60, 4, |inner| {
        let some = prop::collection::vec(inner.clone(), 1..4);
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(Expr::transpose),
            inner.clone().prop_map(Expr::negate),
            (inner.clone(), some.clone()).prop_map(|(base, indices)| Expr::index(base, indices)),
            (pair.clone(), any::<bool>()).prop_map(|((base, exponent), entrywise)| {
                ExprKind::Power { base: Box::new(base), exponent: Box::new(exponent), entrywise }.into()
            }),
            (inner.clone(), prop::collection::vec((operator(), inner.clone()), 1..4)).prop_map(
                |(first, rest)| {
                    rest.into_iter().fold(first, |left, (op, right)| Expr::product(left, op, right))
                }
            ),
            (inner.clone(), prop::collection::vec((any::<bool>(), inner.clone()), 1..4)).prop_map(
                |(first, rest)| {
                    let mut terms = match first.kind {
                        ExprKind::Sum(terms) => terms,
                        kind => vec![(Sign::Plus, kind.into())],
                    };
                    let sign = |minus| if minus { Sign::Minus } else { Sign::Plus };
                    terms.extend(rest.into_iter().map(|(minus, term)| (sign(minus), term)));
                    ExprKind::Sum(terms).into()
                }
            ),
            (prop::collection::vec(binder(), 1..3), inner.clone())
                .prop_map(|(binders, body)| ExprKind::BigSum { binders, body: Box::new(body) }.into()),
            (prop::sample::select(vec!["exp", "sum", "d", "g", "dX"]), 0usize..2, some.clone()).prop_map(
                |(function, primes, arguments)| {
                    ExprKind::Call { function: Ident::new(function), primes, arguments }.into()
                }
            ),
            (1usize..3, some).prop_map(|(rows, row)| ExprKind::Matrix(vec![row; rows]).into()),
            pair.prop_map(|(above, below)| Expr::derivative(above, below)),
            (inner.clone(), inner, 1u32..3)
                .prop_map(|(numerator, by, times)| second(numerator, vec![(by.clone(), times), (by, 1)])),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_back(expr in tree()) {
        // Some names of the trees are undeclared, so that the printer has to know which are not.
        let text = print::Printer::new(NAMES.iter().copied()).expr(&expr);
        let again = try_read(&text, NAMES);
        prop_assert_eq!(again.as_ref(), Ok(&expr), "{}", text);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let source = Source::new("-", text);
        if let Err(faults) = parse::file(&source) {
            render(&faults, &source, false);
        }
        let _ = parse::expression(&source, &names(NAMES));
    }

    #[test]
    fn any_mixture_of_tokens_is_answered(
        parts in prop::collection::vec(prop::sample::select(vec![
            "X", " ", "d", "d2", "dL", "(", ")", "[", "]", "/", "*", "-", "^", "'", "=", "==", ":", ",", ";", "\n",
            "∂", "sum(", "k", "2", ".", "1e5", "#", "\"", "as latex", "derive ", "scalar ", "assume ", "size ", " x ",
            "unknown ", "X = ", "X", "dX", "d(X)/d(X)",
        ]), 0..40)
    ) {
        let source = Source::new("-", parts.concat());
        match parse::file(&source) {
            Ok(file) => {
                let text = print::file(&file);
                let again = parse::file(&Source::new("-", text.clone()));
                prop_assert_eq!(again.as_ref(), Ok(&file), "{}", text);
            }
            Err(faults) => drop(render(&faults, &source, false)),
        }
    }
}
