use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::latex::Latex;
use super::line::Lines;
use super::{Format, Options, write};
use crate::derivation::{Answer, Chain, Derivation, Display, Heading, Prose, Relation, Section, Step};
use crate::notation::Lowering;
use crate::problem::{Problem, Quantity};
use crate::rule::Catalogue;
use crate::shape::{Dim, Shape};
use crate::source::Span;
use crate::syntax::ast::{Binder, Expr, ExprKind, Ident, Name, ProductOp, Sign, Table};

const REFERENCE: &str = include_str!("../../tests/reference/linear-layer-displays.tex");

fn n(name: &str) -> Expr {
    Expr::name(name)
}

fn num(value: usize) -> Expr {
    Expr::natural(value)
}

fn times(left: Expr, right: Expr) -> Expr {
    Expr::product(left, ProductOp::Times, right)
}

fn beside(factors: Vec<Expr>) -> Expr {
    Expr::products(ProductOp::Space, factors)
}

fn at(base: &str, row: Expr, column: Expr) -> Expr {
    Expr::index(n(base), vec![row, column])
}

fn entry(base: &str, row: usize, column: usize) -> Expr {
    at(base, num(row), num(column))
}

fn d(top: Expr, by: Expr) -> Expr {
    Expr::derivative(top, by)
}

fn sum_over(binders: &[(&str, Option<&str>)], body: Expr) -> Expr {
    let binders =
        binders.iter().map(|(name, range)| Binder { name: Ident::new(*name), range: range.map(n) }).collect();
    ExprKind::BigSum { binders, body: Box::new(body) }.into()
}

fn contraction(left: Expr, right: Expr) -> Expr {
    ExprKind::Contraction { left: Box::new(left), right: Box::new(right) }.into()
}

fn table(rows: usize, columns: usize, body: Expr, sizes: &[(&str, usize)]) -> Expr {
    let sizes = sizes.iter().map(|(name, size)| (Name::from(*name), *size)).collect();
    let table = Table { rows, columns, row: "a".into(), column: "b".into(), body, sizes };
    ExprKind::Table(Arc::new(table)).into()
}

fn problem(names: &[(&str, &str, &str)]) -> Problem {
    let dim = |text: &str| match text.parse() {
        Ok(number) => Dim::number(number),
        Err(_) => Dim::name(text.into()),
    };
    let prelude = &Catalogue::shipped().prelude;
    let mut problem = Problem {
        operations: prelude.operations.clone(),
        functions: prelude.functions.clone(),
        ..Problem::default()
    };
    for (name, rows, columns) in names {
        let quantity = Quantity {
            name: Name::from(*name),
            shape: Shape::new(dim(rows), dim(columns)),
            properties: Vec::new(),
            definition: None,
            span: Span::NONE,
        };
        problem.quantities.insert(Name::from(*name), quantity);
    }
    problem
}

fn layer() -> Problem {
    problem(&[("X", "N", "D"), ("W", "D", "M"), ("Y", "N", "M"), ("L", "1", "1")])
}

fn latex_in(problem: &Problem, full: bool, expr: &Expr) -> String {
    let mut out = Vec::new();
    Latex { lowering: Lowering::new(problem, full) }.expr(expr, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn latex(expr: &Expr) -> String {
    latex_in(&layer(), false, expr)
}

/// The displays of the linear layer for N = 2, D = 2, M = 3, in the order of the reference.
fn displays() -> Vec<Display> {
    let sizes = [("N", 2), ("D", 2), ("M", 3)];
    let grid = |rows, columns, body| table(rows, columns, body, &sizes);
    let cell = |name: &str| at(name, n("a"), n("b"));
    let dl = |by: Expr| d(n("L"), by);
    let x = || grid(2, 2, cell("X"));
    let w = || grid(2, 3, cell("W"));
    let dy = || grid(2, 3, dl(cell("Y")));
    let product = |body: Expr| sum_over(&[("k", Some("D"))], body);
    let mut all: Vec<Display> = Vec::new();
    all.push(Display { chains: vec![Chain::new(n("X")).equals(x()), Chain::new(n("W")).equals(w())] });
    let y = product(beside(vec![at("X", n("a"), n("k")), at("W", n("k"), n("b"))]));
    all.push(Chain::new(n("Y")).equals(times(n("X"), n("W"))).equals(grid(2, 3, y)).into());
    all.push(Chain::new(dl(n("Y"))).equals(dy()).into());
    let rule = |by: &str| Chain::new(dl(n(by))).equals(contraction(dl(n("Y")), d(n("Y"), n(by))));
    all.push(Display { chains: vec![rule("X"), rule("W")] });
    let general = |by: &str| {
        let body = beside(vec![dl(at("Y", n("i"), n("j"))), d(at("Y", n("i"), n("j")), entry(by, 1, 1))]);
        Chain::new(dl(entry(by, 1, 1)))
            .equals(sum_over(&[("i", Some("N")), ("j", Some("M"))], body))
            .equals(contraction(dl(n("Y")), d(n("Y"), entry(by, 1, 1))))
    };
    all.push(Chain::new(n("X")).equals(x()).implies(dl(n("X"))).equals(grid(2, 2, dl(cell("X")))).into());
    all.push(general("X").into());
    let dydx = |r: usize, c: usize| {
        let delta = Expr::call("delta", vec![n("a"), num(r)]);
        grid(2, 3, beside(vec![delta, at("W", num(c), n("b"))]))
    };
    all.push(Chain::new(d(n("Y"), entry("X", 1, 1))).equals(dydx(1, 1)).into());
    for (r, c) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        let terms = (1..=3).map(|j| beside(vec![dl(entry("Y", r, j)), entry("W", c, j)]));
        let chain = Chain::new(dl(entry("X", r, c)))
            .equals(contraction(dl(n("Y")), d(n("Y"), entry("X", r, c))))
            .equals(contraction(dy(), dydx(r, c)))
            .equals(Expr::sum(terms));
        all.push(chain.into());
    }
    let term = beside(vec![dl(at("Y", n("a"), n("k"))), at("W", n("b"), n("k"))]);
    all.push(Chain::new(dl(n("X"))).equals(grid(2, 2, sum_over(&[("k", Some("M"))], term))).into());
    let wt = grid(3, 2, at("W", n("b"), n("a")));
    all.push(
        Chain::new(dl(n("X")))
            .equals(times(dy(), wt))
            .equals(times(dl(n("Y")), Expr::transpose(n("W"))))
            .into(),
    );
    all.push(Chain::new(n("W")).equals(w()).implies(dl(n("W"))).equals(grid(2, 3, dl(cell("W")))).into());
    all.push(general("W").into());
    let dydw = grid(2, 3, beside(vec![Expr::call("delta", vec![n("b"), num(1)]), at("X", n("a"), num(1))]));
    let terms = (1..=2).map(|i| beside(vec![dl(entry("Y", i, 1)), entry("X", i, 1)]));
    all.push(
        Chain::new(dl(entry("W", 1, 1)))
            .equals(contraction(dl(n("Y")), d(n("Y"), entry("W", 1, 1))))
            .equals(contraction(dy(), dydw))
            .equals(Expr::sum(terms))
            .into(),
    );
    let term = beside(vec![dl(at("Y", n("k"), n("b"))), at("X", n("k"), n("a"))]);
    all.push(Chain::new(dl(n("W"))).equals(grid(2, 3, sum_over(&[("k", Some("N"))], term))).into());
    let xt = grid(2, 2, at("X", n("b"), n("a")));
    let answer_w = || times(Expr::transpose(n("X")), dl(n("Y")));
    all.push(Chain::new(dl(n("W"))).equals(times(xt, dy())).equals(answer_w()).into());
    all.push(Display {
        chains: vec![
            Chain::new(dl(n("W"))).equals(answer_w()),
            Chain::new(dl(n("X"))).equals(times(dl(n("Y")), Expr::transpose(n("W")))),
        ],
    });
    all
}

fn derivation(displays: Vec<Display>) -> Derivation {
    let dx = d(n("L"), n("X"));
    let prose = vec![
        Prose::Text("The regularity of the entries of ".into()),
        Prose::Math(dx.clone()),
        Prose::Text(" lets it be taken apart into the two matrices whose product it is, as follows.".into()),
    ];
    let steps = displays
        .into_iter()
        .map(|display| Step::new("collapse-product", prose.clone(), vec![display]))
        .collect();
    let answer = Answer {
        goal: dx.clone(),
        value: times(d(n("L"), n("Y")), Expr::transpose(n("W"))),
        free: Vec::new(),
        introduced: vec![("Y1".into(), times(n("X"), n("W")))],
        remark: None,
    };
    let section = Section { heading: Heading::Derivative(dx), steps };
    Derivation { sections: vec![section], answers: vec![answer], sizes: None }
}

fn rendered(derivation: &Derivation, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    write(derivation, "Every line was proved.", &layer(), format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Without white space and layout, as the comparison of derivations does it.
fn bare(text: &str) -> String {
    let mut text: String = text.replace("\\left", "").replace("\\right", "").replace("\\quad", "");
    for layout in ["\\;", "\\begin{split}", "\\end{split}", "\\,"] {
        text = text.replace(layout, "");
    }
    let text: String = text.split_whitespace().collect();
    // Line ends of split stand before an aligned sign, cells never begin with one.
    text.replace("\\\\&=", "=").replace("&=", "=")
}

#[test]
fn the_linear_layer_is_written_to_the_letter() {
    let wanted: Vec<String> = REFERENCE.split("$$").map(bare).filter(|text| !text.is_empty()).collect();
    let problem = layer();
    let latex = Latex { lowering: Lowering::new(&problem, false) };
    let given: Vec<String> = displays()
        .iter()
        .map(|display| {
            let mut out = Vec::new();
            latex.display(display, &mut out).unwrap();
            bare(&String::from_utf8(out).unwrap())
        })
        .collect();
    assert_eq!(given, wanted);
}

#[test]
fn brackets() {
    let a = || n("A");
    let b = || n("B");
    let minus = |l: Expr, r: Expr| -> Expr { ExprKind::Sum(vec![(Sign::Plus, l), (Sign::Minus, r)]).into() };
    let hadamard = |l, r| Expr::product(l, ProductOp::Hadamard, r);
    let dldy = || d(n("L"), n("Y"));
    let over = |l, r| Expr::product(l, ProductOp::Divide, r);
    let cases: Vec<(Expr, &str)> = vec![
        (times(minus(a(), b()), n("C")), "(A - B) C"),
        (minus(a(), minus(b(), n("C"))), "A - (B - C)"),
        (minus(a(), Expr::negate(b())), "A - (-B)"),
        (Expr::transpose(times(a(), b())), "(AB)^{T}"),
        (Expr::transpose(dldy()), "\\left(\\frac{\\partial L}{\\partial Y}\\right)^{T}"),
        (hadamard(times(a(), b()), n("C")), "(AB) \\odot C"),
        (times(hadamard(a(), b()), n("C")), "(A \\odot B) C"),
        (hadamard(hadamard(a(), b()), n("C")), "A \\odot B \\odot C"),
        (hadamard(times(num(2), a()), b()), "2 A \\odot B"),
        (times(times(num(2), num(3)), a()), "2 \\cdot 3 A"),
        (times(a(), Expr::negate(b())), "A (-B)"),
        (times(Expr::product(num(1), ProductOp::Divide, num(2)), a()), "\\frac{1}{2} A"),
        (d(times(a(), b()), n("X")), "\\frac{\\partial}{\\partial X}(AB)"),
        (
            d(Expr::call("tr", vec![times(a(), b())]), a()),
            "\\frac{\\partial \\operatorname{tr}(AB)}{\\partial A}",
        ),
        (Expr::index(dldy(), vec![num(1), num(1)]), "\\frac{\\partial L}{\\partial y_{1,1}}"),
        (Expr::index(Expr::transpose(a()), vec![n("i"), n("j")]), "(A^{T})_{i,j}"),
        (Expr::transpose(Expr::call("inv", vec![a()])), "(A^{-1})^{T}"),
        (times(Expr::call("ones", vec![n("N")]), Expr::transpose(n("b"))), "\\mathbf{1}_{N} b^{T}"),
        (times(n("W1"), n("weight_a")), "W_{1} \\, \\mathrm{weight\\_a}"),
        (entry("W1", 1, 2), "(W_{1})_{1,2}"),
        (times(n("alpha"), n("가중치")), "\\alpha \\, \\text{가중치}"),
        (Expr::call("delta", vec![n("i"), n("j")]), "\\delta_{i,j}"),
        // Divisors stand below one bar; what is too tall for the top stands behind.
        (over(over(a(), n("c")), n("k")), "\\frac{A}{ck}"),
        (over(times(dldy(), a()), n("c")), "\\frac{1}{c} \\frac{\\partial L}{\\partial Y} A"),
        (over(times(num(2), dldy()), n("c")), "\\frac{2}{c} \\frac{\\partial L}{\\partial Y}"),
        (
            over(minus(dldy(), a()), n("c")),
            "\\frac{1}{c} \\left(\\frac{\\partial L}{\\partial Y} - A\\right)",
        ),
        (
            hadamard(a(), over(dldy(), n("c"))),
            "A \\odot \\left(\\frac{1}{c} \\frac{\\partial L}{\\partial Y}\\right)",
        ),
        (
            hadamard(over(dldy(), n("c")), a()),
            "\\left(\\frac{1}{c} \\frac{\\partial L}{\\partial Y}\\right) \\odot A",
        ),
        (
            over(hadamard(dldy(), a()), n("c")),
            "\\frac{1}{c} \\left(\\frac{\\partial L}{\\partial Y} \\odot A\\right)",
        ),
    ];
    for (expr, wanted) in cases {
        assert_eq!(latex(&expr), wanted);
    }
}

/// What a definition says about its notation is used, with the brackets that its own text leaves to others.
#[test]
fn notation_of_definitions() {
    let mut problem = layer();
    let given = |latex: &str, text: &str| crate::syntax::ast::Notation {
        latex: Some(latex.to_string()),
        text: Some(text.to_string()),
    };
    let square = (*problem.functions["tanh"]).clone();
    for (name, notation) in [
        ("sq", given("#1^{2}", "#1²")),
        ("bar", given("\\overline{#1}", "‖#1‖")),
        ("star", given("s_{#1}^{*}", "s*(#1)")),
        ("broken", given("\\left(#1", "(#1")),
        ("missing", given("f(#2)", "f(#2)")),
    ] {
        let function = crate::problem::ScalarFunction { notation, ..square.clone() };
        problem.functions.insert(name.into(), std::sync::Arc::new(function));
    }
    let call = |name: &str, argument: Expr| Expr::call(name, vec![argument]);
    let sum = || ExprKind::Sum(vec![(Sign::Plus, n("X")), (Sign::Plus, n("W"))]).into();
    let outer = || Expr::call("outer", vec![sum(), n("b")]);
    let primed =
        |name: &str| ExprKind::Call { function: Ident::new(name), primes: 1, arguments: vec![n("X")] }.into();
    let third = at("X", n("i"), n("j"));
    let cases: Vec<(Expr, &str, &str)> = vec![
        (call("exp", third.clone()), "\\exp(x_{i,j})", "exp(x[i,j])"),
        (call("sqrt", sum()), "\\sqrt{X + W}", "sqrt(X + W)"),
        (call("abs", n("X")), "\\lvert X \\rvert", "abs(X)"),
        (call("abs", d(n("L"), n("X"))), "\\left|\\frac{\\partial L}{\\partial X}\\right|", "abs(∂L/∂X)"),
        (call("norm2", n("b")), "\\lVert b \\rVert_2", "norm2(b)"),
        (Expr::index(call("ones", n("N")), vec![n("i")]), "(\\mathbf{1}_{N})_{i}", "ones(N)[i]"),
        (
            Expr::call("ones", vec![n("N"), times(n("D"), n("M"))]),
            "\\mathbf{1}_{N \\times (DM)}",
            "ones(N, D M)",
        ),
        (outer(), "(X + W) \\otimes b", "outer(X + W, b)"),
        (times(n("X"), outer()), "X ((X + W) \\otimes b)", "X outer(X + W, b)"),
        (Expr::transpose(outer()), "((X + W) \\otimes b)^{T}", "outer(X + W, b)ᵀ"),
        (call("sq", sum()), "(X + W)^{2}", "(X + W)²"),
        (times(call("sq", n("X")), n("W")), "(X^{2}) W", "(X²) W"),
        (Expr::transpose(call("star", n("X"))), "(s_{X}^{*})^{T}", "(s*(X))ᵀ"),
        (call("bar", sum()), "\\overline{X + W}", "‖X + W‖"),
        (call("broken", n("X")), "\\operatorname{broken}(X)", "broken(X)"),
        (call("missing", n("X")), "\\operatorname{missing}(X)", "missing(X)"),
        (primed("tanh"), "\\tanh'(X)", "tanh'(X)"),
        (primed("abs"), "\\operatorname{abs}'(X)", "abs'(X)"),
    ];
    let lines = Lines::new(Lowering::new(&problem, false));
    for (expr, upright, linear) in cases {
        assert_eq!(latex_in(&problem, false, &expr), upright);
        assert_eq!(lines.flat(&lines.lower(&expr)), linear);
    }
}

#[test]
fn a_taken_small_letter_keeps_the_name() {
    let taken = problem(&[("X", "N", "D"), ("x", "N", "1")]);
    assert_eq!(latex_in(&taken, false, &entry("X", 1, 2)), "X_{1,2}");
}

#[test]
fn higher_derivatives_and_held_names() {
    let mut expr = d(n("f"), n("x"));
    if let ExprKind::Derivative(derivative) = &mut expr.kind {
        derivative.by = vec![(n("x"), 1), (n("y"), 1)];
        derivative.held = vec!["H".into()];
    }
    assert_eq!(
        latex(&expr),
        "\\left. \\frac{\\partial^{2} f}{\\partial x \\, \\partial y} \\right\\vert_{H}"
    );
}

#[test]
fn cells_of_a_table() {
    let body = sum_over(
        &[("k", Some("D"))],
        beside(vec![Expr::call("delta", vec![n("a"), n("k")]), at("W", n("k"), n("b"))]),
    );
    let ExprKind::Table(made) = table(2, 2, body, &[("D", 3)]).kind else { unreachable!() };
    assert_eq!(made.cell(2, 1), entry("W", 2, 1));
    let body = beside(vec![Expr::call("delta", vec![n("a"), n("b")]), n("c")]);
    let ExprKind::Table(made) = table(2, 2, body, &[]).kind else { unreachable!() };
    assert_eq!(made.cell(1, 2), num(0));
    assert_eq!(made.cell(2, 2), n("c"));
}

#[test]
fn a_bound_letter_hides_the_row() {
    let body = sum_over(&[("a", None)], Expr::index(n("x"), vec![n("a")]));
    let ExprKind::Table(made) = table(1, 1, body.clone(), &[]).kind else { unreachable!() };
    assert_eq!(made.cell(1, 1), body);
}

#[test]
fn large_matrices_and_long_sums_are_elided() {
    let large = table(12, 12, at("X", n("a"), n("b")), &[]);
    let short = latex(&large);
    assert!(short.contains("x_{1,3} & \\cdots & x_{1,12}") && short.contains("\\ddots"), "{short}");
    assert!(!short.contains("x_{4,"));
    assert!(latex_in(&layer(), true, &large).contains("x_{7,8}"));
    let sum = Expr::sum((1..=13).map(|k| Expr::index(n("x"), vec![num(k)])));
    assert_eq!(latex(&sum), "x_{1} + x_{2} + \\cdots + x_{13}");
    let document = rendered(
        &derivation(vec![Chain::new(n("X")).equals(large).into()]),
        Format::Latex,
        &Options { full: true, ..Options::default() },
    );
    assert!(document.contains("\\setcounter{MaxMatrixCols}{12}"));
}

#[test]
fn text_stays_within_its_width() {
    let mut all = displays();
    let body = beside(vec![d(n("L"), at("Y", n("a"), n("k"))), at("W", n("b"), n("k"))]);
    all.push(
        Chain::new(d(n("L"), n("X")))
            .equals(table(12, 12, sum_over(&[("k", Some("M"))], body), &[("M", 7)]))
            .into(),
    );
    let told = derivation(all);
    for full in [false, true] {
        for width in [50, 60, 80, 100] {
            let text = rendered(&told, Format::Text, &Options { full, width, ..Options::default() });
            for line in text.lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn no_output_opens_two_groups_at_once() {
    let told = derivation(displays());
    for format in [Format::Latex, Format::LatexFragment, Format::Markdown] {
        assert!(!rendered(&told, format, &Options::default()).contains("{{"));
    }
}

#[test]
fn implies_is_no_equality() {
    assert_eq!(Chain::new(n("X")).implies(n("Y")).rest[0].0, Relation::Implies);
}

#[test]
fn every_format() {
    let told = derivation(displays());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for (name, format) in [
            ("render-text", Format::Text),
            ("render-latex", Format::Latex),
            ("render-markdown", Format::Markdown),
            ("render-expr", Format::Expr),
        ] {
            insta::assert_snapshot!(name, rendered(&told, format, &Options::default()));
        }
    });
}
