//! The checker on hand-built expressions: what is true passes, what is planted does not.

use entrywise::derivation::{Answer, Chain, Derivation, Display, Heading, Level, Section, Step};
use entrywise::problem::{Problem, Quantity};
use entrywise::shape::{Dim, Shape};
use entrywise::source::Span;
use entrywise::syntax::ast::{
    Binder, Derivative, Expr, ExprKind, Ident, Name, ProductOp, Property, Sign, Table,
};
use entrywise::verify::{Difference, Evaluator, Failure, Field, Point, Value, Verdict, Verified, verify};

fn name(text: &str) -> Expr {
    Expr::name(text)
}

fn n(value: usize) -> Expr {
    Expr::natural(value)
}

fn times(left: Expr, right: Expr) -> Expr {
    Expr::product(left, ProductOp::Times, right)
}

fn space(left: Expr, right: Expr) -> Expr {
    Expr::product(left, ProductOp::Space, right)
}

fn t(inner: Expr) -> Expr {
    Expr::transpose(inner)
}

fn d(numerator: Expr, by: Expr) -> Expr {
    Expr::derivative(numerator, by)
}

fn dn(numerator: &str, by: &str) -> Expr {
    d(name(numerator), name(by))
}

fn at(base: Expr, indices: &[&str]) -> Expr {
    Expr::index(base, indices.iter().map(|index| index.parse().map_or_else(|_| name(index), n)).collect())
}

fn plus(left: Expr, right: Expr) -> Expr {
    Expr::sum([left, right])
}

fn sum_over(letters: &[&str], body: Expr) -> Expr {
    let binders = letters.iter().map(|letter| Binder { name: Ident::new(*letter), range: None }).collect();
    ExprKind::BigSum { binders, body: Box::new(body) }.into()
}

fn contraction(left: Expr, right: Expr) -> Expr {
    ExprKind::Contraction { left: Box::new(left), right: Box::new(right) }.into()
}

fn partial(numerator: Expr, by: Expr, held: &[&str]) -> Expr {
    let held = held.iter().map(|name| Name::from(*name)).collect();
    ExprKind::Derivative(Box::new(Derivative { numerator, by: vec![(by, 1)], held })).into()
}

fn dim(text: &str) -> Dim {
    text.parse().map_or_else(|_| Dim::name(text.into()), Dim::number)
}

/// A problem by its variables (name, rows, columns) and definitions (the same with a value).
#[derive(Default)]
struct Build(Problem);

impl Build {
    fn quantity(mut self, text: &str, rows: &str, columns: &str, definition: Option<Expr>) -> Build {
        for size in [rows, columns] {
            if size.parse::<i64>().is_err() {
                self.0.dimensions.insert(size.into(), Span::NONE);
            }
        }
        let shape = Shape::new(dim(rows), dim(columns));
        let properties = Vec::new();
        let quantity = Quantity { name: text.into(), shape, properties, definition, span: Span::NONE };
        self.0.quantities.insert(text.into(), quantity);
        self
    }

    fn variable(self, text: &str, rows: &str, columns: &str) -> Build {
        self.quantity(text, rows, columns, None)
    }

    fn define(self, text: &str, rows: &str, columns: &str, value: Expr) -> Build {
        self.quantity(text, rows, columns, Some(value))
    }

    fn property(mut self, text: &str, property: Property) -> Build {
        if let Some(quantity) = self.0.quantities.get_mut(text) {
            quantity.properties.push(property);
        }
        self
    }

    fn problem(mut self) -> Problem {
        self.0.unknown.push("loss".into());
        self.0
    }
}

/// `Y = X*W`, `L = loss(Y)`.
fn linear() -> Problem {
    Build::default()
        .variable("X", "N", "D")
        .variable("W", "D", "M")
        .define("Y", "N", "M", times(name("X"), name("W")))
        .define("L", "1", "1", Expr::call("loss", vec![name("Y")]))
        .problem()
}

fn answer(goal: Expr, value: Expr) -> Derivation {
    let answer = Answer { goal, value, free: Vec::new(), introduced: Vec::new(), remark: None };
    Derivation { sections: Vec::new(), answers: vec![answer], sizes: None }
}

fn chained(chains: Vec<Chain>, sizes: Option<&[(&str, usize)]>) -> Derivation {
    let step = Step::new("test", Vec::new(), vec![Display { chains }]);
    let sections = vec![Section { heading: Heading::Result, steps: vec![step] }];
    let sizes = sizes.map(|sizes| sizes.iter().map(|(name, size)| (Name::from(*name), *size)).collect());
    Derivation { sections, answers: Vec::new(), sizes }
}

fn run(problem: &Problem, derivation: Derivation) -> Result<Verified, Failure> {
    verify(problem, derivation, &|_, _, _| false, 1)
}

fn free(letters: &[(&str, &str)]) -> Vec<(Name, Expr)> {
    letters.iter().map(|(letter, dimension)| ((*letter).into(), name(dimension))).collect()
}

#[track_caller]
fn accepted(problem: &Problem, goal: Expr, value: Expr) -> Verified {
    match run(problem, answer(goal, value)) {
        Ok(verified) => verified,
        Err(failure) => panic!("{failure:?}"),
    }
}

#[track_caller]
fn refuted(problem: &Problem, goal: Expr, value: Expr) {
    match run(problem, answer(goal, value)) {
        Err(Failure::Refuted(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_linear_layer_has_its_gradients_and_no_others() {
    let problem = linear();
    let verified = accepted(&problem, dn("L", "X"), times(dn("L", "Y"), t(name("W"))));
    let summary = verified.summary();
    assert_eq!((summary.proved, summary.checked, summary.points, summary.sampled), (0, 1, 3, 0));
    assert_eq!(summary.sizes.len(), 3);
    for sizes in &summary.sizes {
        let mut values: Vec<usize> = sizes.iter().map(|(_, size)| *size).collect();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 3);
    }
    // L has degree 3*2 + 3 in what was drawn, dL/dY*W' one more.
    assert_eq!(summary.degree, 10);
    assert!(summary.error_exponent >= 16);
    accepted(&problem, dn("L", "W"), times(t(name("X")), dn("L", "Y")));

    let wrong = run(&problem, answer(dn("L", "X"), times(dn("L", "Y"), name("W"))));
    assert!(matches!(wrong, Err(Failure::Unchecked { .. })), "{wrong:?}");
    refuted(&problem, dn("L", "X"), times(n(2), times(dn("L", "Y"), t(name("W")))));
    refuted(&problem, dn("L", "X"), t(times(dn("L", "Y"), t(name("W")))));
    refuted(&problem, dn("L", "X"), times(dn("L", "W"), t(name("W"))).clone());
}

#[test]
fn a_refutation_shows_where_and_what() {
    let problem = linear();
    let gradient = times(dn("L", "Y"), t(name("W")));
    let failure = run(&problem, answer(dn("L", "X"), Expr::negate(gradient))).unwrap_err();
    let Failure::Refuted(refutation) = &failure else { panic!("{failure:?}") };
    assert_eq!(refutation.point.sizes.len(), 3);
    let Difference::Entry { indices, left, right } = &refutation.difference else { panic!("{failure:?}") };
    let (Value::Exact(left), Value::Exact(right)) = (left, right) else { panic!("{failure:?}") };
    assert_eq!((&indices[..], *left + *right), (&[1, 1][..], Field::ZERO));
    let diagnostic = failure.diagnostic(&|_| "side".into());
    assert!(diagnostic.message.contains("entry [1,1]"), "{}", diagnostic.message);
}

#[test]
fn square_sizes_do_not_hide_a_transpose() {
    let square = Build::default()
        .variable("X", "n", "n")
        .define("L", "1", "1", Expr::call("tr", vec![times(t(name("X")), name("X"))]))
        .define("G", "n", "n", times(t(name("X")), name("X")))
        .problem();
    accepted(&square, dn("L", "X"), times(n(2), name("X")));
    refuted(&square, dn("L", "X"), times(n(2), t(name("X"))));
    refuted(&square, name("G"), times(name("X"), name("X")));
    refuted(&square, name("G"), times(name("X"), t(name("X"))));
}

#[test]
fn what_is_proved_is_evaluated_all_the_same() {
    let problem = linear();
    let right = times(dn("L", "Y"), t(name("W")));
    let verified = verify(&problem, answer(dn("L", "X"), right.clone()), &|_, _, _| true, 1).unwrap();
    assert_eq!(verified.verdicts()[0].1, Verdict::Proved);
    let wrong = answer(dn("L", "X"), times(n(3), right));
    match verify(&problem, wrong, &|_, _, _| true, 1) {
        Err(Failure::Refuted(refutation)) => assert!(refutation.claimed),
        other => panic!("{other:?}"),
    }
}

/// `H = X*W`, `P = H .* H`, `Z = P*V + H*V`: H is reached by two paths.
fn two_paths() -> Problem {
    let square = Expr::product(name("H"), ProductOp::Hadamard, name("H"));
    Build::default()
        .variable("X", "N", "D")
        .variable("W", "D", "M")
        .variable("V", "M", "K")
        .define("H", "N", "M", times(name("X"), name("W")))
        .define("P", "N", "M", square)
        .define("Z", "N", "K", plus(times(name("P"), name("V")), times(name("H"), name("V"))))
        .define("L", "1", "1", Expr::call("loss", vec![name("Z")]))
        .problem()
}

#[test]
fn intermediates_are_independent_and_held_ones_stay() {
    let problem = two_paths();
    let dz_vt = || times(dn("L", "Z"), t(name("V")));
    accepted(&problem, dn("L", "P"), dz_vt());
    let through_p = Expr::product(times(n(2), dn("L", "P")), ProductOp::Hadamard, name("H"));
    accepted(&problem, dn("L", "H"), plus(dz_vt(), through_p.clone()));
    accepted(&problem, partial(name("L"), name("H"), &["P"]), dz_vt());
    refuted(&problem, dn("L", "H"), dz_vt());
    accepted(&problem, dn("L", "X"), times(dn("L", "H"), t(name("W"))));
    // The chain rule by entries, and as a contraction with a partial derivative.
    accepted(&problem, dn("L", "X"), contraction(dn("L", "H"), dn("H", "X")));
    accepted(
        &problem,
        dn("L", "H"),
        plus(
            contraction(dn("L", "Z"), partial(name("Z"), name("H"), &["P"])),
            contraction(dn("L", "P"), dn("P", "H")),
        ),
    );
}

#[test]
fn the_chain_rule_holds_entry_by_entry() {
    let problem = linear();
    let cotangent = d(name("L"), at(name("Y"), &["i", "j"]));
    let local = |by: &[&str]| d(at(name("Y"), &["i", "j"]), at(name("X"), by));
    let sum = sum_over(&["i", "j"], space(cotangent.clone(), local(&["a", "b"])));
    let delta = Expr::call("delta", vec![name("i"), name("a")]);
    let chains = vec![
        Chain::new(d(name("L"), at(name("X"), &["a", "b"])))
            .equals(sum)
            .equals(sum_over(
                &["i", "j"],
                space(space(cotangent.clone(), delta.clone()), at(name("W"), &["b", "j"])),
            ))
            .equals(sum_over(&["j"], space(at(dn("L", "Y"), &["a", "j"]), at(name("W"), &["b", "j"]))))
            .over(&free(&[("a", "N"), ("b", "D")])),
        Chain::new(local(&["a", "b"]))
            .equals(space(delta, at(name("W"), &["b", "j"])))
            .equals(d(
                sum_over(&["k"], space(at(name("X"), &["i", "k"]), at(name("W"), &["k", "j"]))),
                at(name("X"), &["a", "b"]),
            ))
            .over(&free(&[("i", "N"), ("j", "M"), ("a", "N"), ("b", "D")])),
        Chain::new(d(name("L"), at(name("X"), &["1", "1"]))).equals(contraction(dn("L", "Y"), local_whole())),
    ];
    let verified = run(&problem, chained(chains, None)).unwrap();
    assert_eq!(verified.summary().checked, 6);
}

fn local_whole() -> Expr {
    d(name("Y"), at(name("X"), &["1", "1"]))
}

#[test]
fn implication_states_no_equality() {
    let problem = linear();
    let chain = Chain::new(name("X")).implies(dn("L", "X")).equals(times(dn("L", "Y"), t(name("W"))));
    assert_eq!(run(&problem, chained(vec![chain], None)).unwrap().summary().checked, 1);
}

#[test]
fn explicit_matrices_of_entries_are_compared_at_their_sizes() {
    let problem = linear();
    let sizes = [("N", 2), ("D", 2), ("M", 3)];
    let entries = |base: &dyn Fn(&[&str]) -> Expr, rows: usize, columns: usize| -> Expr {
        let row = |i: usize| (1..=columns).map(|j| base(&[&i.to_string(), &j.to_string()])).collect();
        ExprKind::Matrix((1..=rows).map(row).collect()).into()
    };
    let cotangent = entries(&|index| d(name("L"), at(name("Y"), index)), 2, 3);
    let transposed = entries(&|index| at(name("W"), &[index[1], index[0]]), 3, 2);
    let term = |j: &str| space(d(name("L"), at(name("Y"), &["1", j])), at(name("W"), &["1", j]));
    let first_row: Vec<Expr> = ["1", "2", "3"].iter().map(|j| at(name("W"), &["1", j])).collect();
    let local: Expr = ExprKind::Matrix(vec![first_row, vec![n(0), n(0), n(0)]]).into();
    let chains = vec![
        Chain::new(dn("L", "X")).equals(times(cotangent.clone(), transposed.clone())),
        Chain::new(local_whole()).equals(local.clone()),
        Chain::new(d(name("L"), at(name("X"), &["1", "1"])))
            .equals(contraction(cotangent.clone(), local))
            .equals(Expr::sum([term("1"), term("2"), term("3")])),
        Chain::new(name("X")).equals(entries(&|index| at(name("X"), index), 2, 2)),
    ];
    let verified = run(&problem, chained(chains, Some(&sizes))).unwrap();
    assert_eq!((verified.summary().checked, verified.summary().points), (5, 2));
    // X is square here: only values can tell.
    let wrong = Chain::new(dn("L", "X")).equals(t(times(cotangent, transposed)));
    assert!(matches!(run(&problem, chained(vec![wrong], Some(&sizes))), Err(Failure::Refuted(_))));
}

fn table(rows: usize, columns: usize, body: Expr, sizes: &[(&str, usize)]) -> Expr {
    let sizes = sizes.iter().map(|(name, size)| (Name::from(*name), *size)).collect();
    ExprKind::Table(Table { rows, columns, row: "i".into(), column: "j".into(), body, sizes }.into()).into()
}

#[test]
fn a_table_is_its_general_term() {
    let problem = linear();
    let size = 32;
    let sizes = [("N", size), ("D", size), ("M", size)];
    let body = sum_over(&["k"], space(d(name("L"), at(name("Y"), &["i", "k"])), at(name("W"), &["j", "k"])));
    let chain = Chain::new(dn("L", "X"))
        .equals(table(size, size, body.clone(), &sizes))
        .equals(table(size, size, d(name("L"), at(name("X"), &["i", "j"])), &[]))
        .equals(times(dn("L", "Y"), t(name("W"))));
    let verified = run(&problem, chained(vec![chain], Some(&sizes))).unwrap();
    assert_eq!((verified.summary().checked, verified.summary().points), (3, 1));
    let wrong = space(n(2), body);
    let chain = Chain::new(dn("L", "X")).equals(table(size, size, wrong, &sizes));
    assert!(matches!(run(&problem, chained(vec![chain], Some(&sizes))), Err(Failure::Refuted(_))));
}

#[test]
fn vectors_rows_and_scalars_have_their_derivative_shapes() {
    let problem = Build::default()
        .variable("A", "m", "n")
        .variable("x", "n", "1")
        .variable("r", "1", "n")
        .variable("c", "1", "1")
        .define("y", "m", "1", times(name("A"), name("x")))
        .define("f", "1", "1", times(times(t(name("y")), name("y")), name("c")))
        .define("g", "1", "1", times(name("r"), name("x")))
        .problem();
    accepted(&problem, dn("y", "x"), name("A"));
    accepted(&problem, dn("f", "x"), times(times(n(2), name("c")), times(t(name("A")), name("y"))));
    accepted(&problem, dn("f", "x"), contraction(dn("f", "y"), dn("y", "x")));
    accepted(&problem, dn("f", "c"), times(t(name("y")), name("y")));
    accepted(&problem, dn("g", "r"), t(name("x")));
    accepted(&problem, dn("g", "x"), t(name("r")));
    accepted(&problem, d(times(name("c"), name("A")), name("c")), name("A"));
    accepted(&problem, dn("f", "A"), times(dn("f", "y"), t(name("x"))));
    accepted(&problem, dn("f", "A"), contraction(dn("f", "y"), dn("y", "A")));
    refuted(&problem, dn("g", "x"), name("r"));
    refuted(&problem, dn("y", "x"), t(name("A")));
}

#[test]
fn a_named_dimension_of_size_one_keeps_its_axis() {
    let problem = linear();
    let sizes = [("N", 1), ("D", 3), ("M", 2)];
    let chains = vec![
        Chain::new(dn("L", "X")).equals(contraction(dn("L", "Y"), dn("Y", "X"))),
        Chain::new(dn("L", "X")).equals(times(dn("L", "Y"), t(name("W")))),
        Chain::new(at(dn("Y", "X"), &["i", "j", "a", "b"]))
            .equals(space(Expr::call("delta", vec![name("i"), name("a")]), at(name("W"), &["b", "j"])))
            .over(&free(&[("i", "N"), ("j", "M"), ("a", "N"), ("b", "D")])),
    ];
    run(&problem, chained(chains.clone(), Some(&sizes))).unwrap();
    run(&problem, chained(chains, Some(&[("N", 1), ("D", 1), ("M", 1)]))).unwrap();
}

#[test]
fn a_symmetric_variable_has_symmetric_values_and_independent_entries() {
    let problem = Build::default()
        .variable("A", "n", "n")
        .property("A", Property::Symmetric)
        .variable("x", "n", "1")
        .define("q", "1", "1", times(times(t(name("x")), name("A")), name("x")))
        .problem();
    accepted(&problem, name("A"), t(name("A")));
    accepted(&problem, dn("q", "A"), times(name("x"), t(name("x"))));
    accepted(&problem, dn("q", "x"), times(n(2), times(name("A"), name("x"))));
}

#[test]
fn an_orthogonal_variable_has_orthogonal_values_of_both_determinants() {
    let orthogonal = |size: &str| {
        Build::default()
            .variable("Q", size, size)
            .property("Q", Property::Orthogonal)
            .variable("A", size, size)
            .define("f", "1", "1", Expr::call("tr", vec![times(t(name("A")), name("Q"))]))
            .problem()
    };
    let problem = orthogonal("n");
    let eye = Expr::call("eye", vec![name("n")]);
    accepted(&problem, times(t(name("Q")), name("Q")), eye.clone());
    accepted(&problem, times(name("Q"), t(name("Q"))), eye.clone());
    // Entries count as independent where a derivative is taken.
    accepted(&problem, dn("f", "Q"), name("A"));
    for wrong in [name("Q"), times(name("Q"), name("Q")), times(t(name("Q")), name("A"))] {
        refuted(&problem, wrong, eye.clone());
    }
    refuted(&problem, name("Q"), t(name("Q")));
    // 1 x 1: the values are 1 and -1, and each of these equalities holds for one of them alone.
    let problem = orthogonal("1");
    accepted(&problem, times(name("Q"), name("Q")), n(1));
    refuted(&problem, name("Q"), n(1));
    refuted(&problem, name("Q"), Expr::negate(n(1)));
}

#[test]
fn functions_of_the_prelude_that_have_entries_are_evaluated() {
    let problem = linear();
    let ones = |dimension: &str| Expr::call("ones", vec![name(dimension)]);
    let entries = Expr::call("sum", vec![name("Y")]);
    accepted(&problem, entries.clone(), times(times(t(ones("N")), name("Y")), ones("M")));
    accepted(
        &problem,
        d(entries, name("X")),
        times(Expr::call("ones", vec![name("N"), name("M")]), t(name("W"))),
    );
    accepted(&problem, name("X"), times(name("X"), Expr::call("eye", vec![name("D")])));
    let gram = || times(t(name("X")), name("X"));
    let diagonal = Expr::call("diagvec", vec![gram()]);
    accepted(&problem, Expr::call("tr", vec![gram()]), Expr::call("sum", vec![diagonal.clone()]));
    accepted(
        &problem,
        Expr::call("diag", vec![diagonal]),
        Expr::product(gram(), ProductOp::Hadamard, Expr::call("eye", vec![name("D")])),
    );
    let square: Expr =
        ExprKind::Power { base: Box::new(gram()), exponent: Box::new(n(2)), entrywise: false }.into();
    accepted(&problem, square, times(gram(), gram()));
    let half = Expr::product(gram(), ProductOp::Divide, n(2));
    accepted(&problem, plus(half.clone(), half), gram());
}

#[test]
fn a_quotient_is_differentiated_by_its_rule() {
    let problem = Build::default()
        .variable("a", "1", "1")
        .variable("b", "1", "1")
        .define("q", "1", "1", Expr::product(name("a"), ProductOp::Divide, name("b")))
        .problem();
    let over = |top: Expr, bottom: Expr| Expr::product(top, ProductOp::Divide, bottom);
    accepted(&problem, dn("q", "a"), over(n(1), name("b")));
    accepted(&problem, dn("q", "b"), Expr::negate(over(over(name("a"), name("b")), name("b"))));
    refuted(&problem, dn("q", "b"), over(over(name("a"), name("b")), name("b")));
}

#[test]
fn a_cubic_has_the_slope_of_its_formula() {
    // d/dx (x*x*x - 2*x) = 3 x² - 2, over the field.
    let x = || name("x");
    let cubic =
        ExprKind::Sum(vec![(Sign::Plus, times(times(x(), x()), x())), (Sign::Minus, times(n(2), x()))]);
    let problem = Build::default().variable("x", "1", "1").define("f", "1", "1", cubic.into()).problem();
    let mut evaluator = Evaluator::<Field>::new(&problem, &[], Point::new(Vec::new(), 5));
    let value = evaluator.value(&x(), &[]).unwrap().data[0];
    let slope = evaluator.value(&dn("f", "x"), &[]).unwrap().data[0];
    assert_eq!(slope, Field::new(3) * value * value - Field::new(2));
}

#[test]
fn what_is_not_evaluated_is_an_error_and_no_verdict() {
    let problem = linear();
    let unsupported = [
        Expr::call("ramp", vec![name("Y")]),
        Expr::call("inv", vec![times(t(name("X")), name("X"))]),
        name("nowhere"),
        at(name("X"), &["1"]),
        at(name("X"), &["9", "1"]),
        d(d(dn("L", "X"), name("X")), name("X")),
        sum_over(&["k"], n(1)),
        plus(name("X"), t(name("X"))),
        Expr::product(n(1), ProductOp::Divide, n(0)),
    ];
    for expr in unsupported {
        let result = run(&problem, answer(expr.clone(), expr.clone()));
        assert!(matches!(result, Err(Failure::Unchecked { .. })), "{expr:?}: {result:?}");
    }
    let mut deep = name("X");
    for _ in 0..1000 {
        deep = t(deep);
    }
    assert!(matches!(run(&problem, answer(deep.clone(), deep)), Err(Failure::Unchecked { .. })));
    let large =
        chained(vec![Chain::new(name("X")).equals(name("X"))], Some(&[("N", 1 << 20), ("D", 1 << 20)]));
    assert!(matches!(run(&problem, large), Err(Failure::Unchecked { .. })));
}

#[test]
fn introduced_definitions_have_one_meaning() {
    let problem = linear();
    let mut derivation = answer(dn("L", "X"), times(name("G"), t(name("W"))));
    derivation.answers[0].introduced = vec![("G".into(), dn("L", "Y"))];
    run(&problem, derivation.clone()).unwrap();
    derivation.answers[0].introduced.push(("G".into(), name("Y")));
    assert!(matches!(run(&problem, derivation), Err(Failure::Unchecked { .. })));
}

#[test]
fn the_same_seed_gives_the_same_points() {
    let problem = linear();
    let summary = || accepted(&problem, name("Y"), name("Y")).summary().clone();
    assert_eq!(summary(), summary());
}

/// `cargo test --release -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn the_time_of_a_gradient_at_32() {
    let problem = linear();
    let sizes: Vec<(Name, usize)> = ["N", "D", "M"].iter().map(|name| (Name::from(*name), 32)).collect();
    for goal in [dn("L", "X"), dn("L", "W"), dn("Y", "X")] {
        let start = std::time::Instant::now();
        let mut evaluator = Evaluator::<Field>::new(&problem, &[], Point::new(sizes.clone(), 1));
        evaluator.value(&goal, &[]).unwrap();
        println!("{:?}", start.elapsed());
    }
}

/// What is told is chosen after the check: a step that nobody would be told is refuted all the same.
#[test]
fn a_detail_is_checked_like_the_rest() {
    let problem = linear();
    let wrong = Chain::new(dn("L", "X")).equals(times(n(2), times(dn("L", "Y"), t(name("W")))));
    let mut derivation = chained(vec![wrong], None);
    let steps = std::mem::take(&mut derivation.sections[0].steps);
    derivation.sections[0].steps = steps.into_iter().map(|step| step.at_level(Level::Detail)).collect();
    assert!(matches!(run(&problem, derivation), Err(Failure::Refuted(_))));
}
