//! The identities that the code relies on, and the derivation that they come from.

use entrywise::derive::Options;
use entrywise::{Source, assert_identity};

const LAYER: &str = "X : N x D; W : D x M; Y = X*W; L = loss(Y)";

#[test]
fn the_gradient_by_the_weights_is_what_the_code_computes() {
    assert_identity!(&format!("{LAYER}; verify dL/dW == X' * dL/dY"));
    assert_identity!(
        &format!("{LAYER}; verify dL/dW[a,b] == sum(i) X[i,a] dL/dY[i,b]"),
        "the sum over the rows in `weight_gradient`"
    );
}

#[test]
fn a_wrong_identity_fails_with_a_counterexample() {
    let wrong = std::panic::catch_unwind(|| assert_identity!("A, B : n x n; verify A*B == B*A"));
    let message = *wrong.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("refuted   A*B == B*A"), "{message}");
}

#[test]
fn the_derivation_is_the_one_that_was_read() {
    let source = Source::new("layer", format!("{LAYER}; derive dL/dW"));
    let problem = entrywise::read(&source).unwrap();
    let derived = entrywise::derive(problem, &Options::default()).unwrap();
    insta::assert_snapshot!(derived);
    insta::assert_json_snapshot!(derived);
}

#[test]
fn the_code_agrees_with_a_hand_computed_case() {
    let x = vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]];
    let g = vec![vec![1.0, 0.0], vec![0.0, 2.0]];
    assert_eq!(downstream::weight_gradient(&x, &g), [[1.0, 8.0], [2.0, 10.0], [3.0, 12.0]]);
}
