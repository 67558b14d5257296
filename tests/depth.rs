//! Deep programs: what is told and what is computed grow with the depth and not faster.

use entrywise::derivation::{Answer, Chain, Derivation};
use entrywise::derive::{self, Options};
use entrywise::problem::Problem;
use entrywise::rule::Catalogue;
use entrywise::syntax::ast::{Expr, ProductOp};
use entrywise::verify::{Evaluator, Field, Point, verify};
use entrywise::{Source, check::shape_of};

const DEPTHS: [usize; 4] = [8, 16, 32, 64];

/// A layer by the one before and its weight.
type Layer<'a> = &'a dyn Fn(&str, &str) -> String;

/// `H1 = X*W1; H2 = H1*W2; …` under a loss, and all its weights' gradients.
fn chain(depth: usize) -> Problem {
    program(depth, &|before, weight| format!("{before} * {weight}"))
}

/// The same with layers of another kind, written from the layer before and the weight.
fn program(depth: usize, layer_of: Layer<'_>) -> Problem {
    let weights: Vec<String> = (1..=depth).map(|layer| format!("W{layer}")).collect();
    let mut text = format!("X : N x D\n{} : D x D\n", weights.join(", "));
    let mut before = "X".to_string();
    for (layer, weight) in weights.iter().enumerate() {
        let name = format!("H{}", layer + 1);
        text.push_str(&format!("{name} = {}\n", layer_of(&before, weight)));
        before = name;
    }
    let goals: Vec<String> = weights.iter().map(|weight| format!("dL/d{weight}")).collect();
    text.push_str(&format!("L = loss({before})\nderive {}\n", goals.join(", ")));
    derive::prepare(entrywise::read(&Source::new("chain", text)).unwrap(), &shape_of)
}

fn derived(problem: &Problem) -> Derivation {
    derive::derive(problem, &Options::default(), Catalogue::shipped()).unwrap()
}

/// Each doubling adds twice what the one before added.
fn assert_linear(counts: &[u64]) {
    let added: Vec<u64> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(added[0] > 0);
    assert!(added.windows(2).all(|pair| pair[1] == 2 * pair[0]), "{counts:?}");
}

#[test]
fn steps_grow_linearly() {
    let (mut steps, mut equalities) = (Vec::new(), Vec::new());
    for depth in DEPTHS {
        let problem = chain(depth);
        let derivation = derived(&problem);
        let told = derivation.sections.iter().flat_map(|section| &section.steps);
        steps.push(told.clone().count() as u64);
        let chains = told.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
        equalities.push(chains.map(|chain| chain.rest.len() as u64).sum());
        // Each answer is one layer's, in its own quantities.
        assert_eq!(derivation.answers.len(), depth);
        for (layer, answer) in derivation.answers.iter().enumerate().skip(1) {
            let value = Expr::product(
                Expr::transpose(Expr::name(format!("H{layer}"))),
                ProductOp::Times,
                Expr::derivative(Expr::name("L"), Expr::name(format!("H{}", layer + 1))),
            );
            assert_eq!(answer.value, value);
        }
    }
    assert_linear(&steps);
    assert_linear(&equalities);
}

fn nodes(expr: &Expr) -> u64 {
    1 + expr.children().into_iter().map(nodes).sum::<u64>()
}

/// An intermediate that is used several times has one cotangent: nothing is told or written twice.
#[test]
fn layers_of_every_kind_grow_linearly() {
    let layers: [Layer<'_>; 4] = [
        &|h, w| format!("tanh({h}*{w} + ones(N)*sum({w})*ones(D)')"),
        &|h, w| format!("{h} + relu({h}*{w})"),
        &|h, w| format!("{h} + 2*{h}*{w}"),
        &|h, w| format!("{h}*{h}'*{h}*{w}"),
    ];
    for layer in layers {
        let (mut steps, mut sizes) = (Vec::new(), Vec::new());
        for depth in [4, 8, 16] {
            let problem = program(depth, layer);
            let derivation = derived(&problem);
            let told = derivation.sections.iter().flat_map(|section| &section.steps);
            steps.push(told.clone().count() as u64);
            let chains = told.flat_map(|step| &step.displays).flat_map(|display| &display.chains);
            let size = |chain: &Chain| {
                nodes(&chain.first) + chain.rest.iter().map(|(_, side)| nodes(side)).sum::<u64>()
            };
            sizes.push(chains.map(size).sum::<u64>());
        }
        assert_linear(&steps);
        assert_linear(&sizes);
    }
}

/// All gradients of one scalar, of the weights and of what lies between, at one point.
#[test]
fn the_checkers_work_grows_linearly() {
    let mut work = Vec::new();
    for depth in DEPTHS {
        let problem = chain(depth);
        let sizes = vec![("N".into(), 3), ("D".into(), 4)];
        let mut evaluator = Evaluator::<Field>::new(&problem, &[], Point::new(sizes, 7));
        for layer in 1..=depth {
            for name in ["W", "H"] {
                let by = Expr::name(format!("{name}{layer}"));
                evaluator.value(&Expr::derivative(Expr::name("L"), by), &[]).unwrap();
            }
        }
        work.push(evaluator.work());
    }
    assert_linear(&work);
}

/// The product of the chain is put together from its layers' derivatives: a factor that is lost is found.
#[test]
fn a_wrong_gradient_far_down_is_refuted() {
    let problem = chain(32);
    let n = |name: &str| Expr::name(name);
    let value = |first: Expr, second: Expr| Expr::product(first, ProductOp::Times, second);
    let answer = |value: Expr| Derivation {
        sections: Vec::new(),
        answers: vec![Answer {
            goal: Expr::derivative(n("L"), n("W2")),
            value,
            free: Vec::new(),
            introduced: Vec::new(),
            remark: None,
        }],
        sizes: None,
    };
    let up = |layer: &str| Expr::derivative(n("L"), n(layer));
    let unproved = |_: &Expr, _: &Expr, _: &[_]| false;
    // dL/dH2 is dL/dH3 * W3'.
    let right = value(Expr::transpose(n("H1")), value(up("H3"), Expr::transpose(n("W3"))));
    assert!(verify(&problem, answer(right), &unproved, 1).is_ok());
    let wrong = value(Expr::transpose(n("H1")), value(up("H3"), Expr::transpose(n("W4"))));
    assert!(verify(&problem, answer(wrong), &unproved, 1).is_err());
}

/// Times of the stages: `cargo test --release --test depth -- --ignored --nocapture`
#[test]
#[ignore = "prints times"]
fn the_times_of_the_stages() {
    for depth in DEPTHS {
        let start = std::time::Instant::now();
        let problem = chain(depth);
        let read = start.elapsed();
        let start = std::time::Instant::now();
        let derivation = derived(&problem);
        let derive = start.elapsed();
        let start = std::time::Instant::now();
        let verified = verify(&problem, derivation, &|_, _, _| false, 1);
        println!(
            "{depth} layers: read {read:?}, derive {derive:?}, verify without proofs {:?}",
            start.elapsed()
        );
        assert!(verified.is_ok());
    }
}
