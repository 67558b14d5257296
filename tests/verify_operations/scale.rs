//! Deep programs, letters, limits.

use entrywise::syntax::ast::{Expr, Name};
use entrywise::verify::{Evaluator, Failure, Real, verify};

use super::text::parsed;
use super::{At, fails, holds, run, unchecked};

/// `H1 = f(X*W1)`, `H2 = f(H1*W2)` … and the gradient by one of the last weights and by the first.
#[test]
fn deep_chains_do_not_nest() {
    for function in ["tanh", "relu", "sigmoid"] {
        let depth = 64;
        let mut text = String::from("H0 : N x n;");
        let mut shapes = String::from("L : scalar;");
        for layer in 1..=depth {
            let before = layer - 1;
            text += &format!(
                "W{layer} : n x n; b{layer} : n; Z{layer} = H{before}*W{layer} + ones(N)*b{layer}'; H{layer} = {function}(Z{layer});"
            );
            shapes += &format!("Z{layer}, H{layer} : N x n;");
        }
        text += &format!("L = loss(H{depth})\n verify dL/dW1 == H0'*(dL/dH1 .* {function}'(Z1))");
        let start = std::time::Instant::now();
        if let Err(failure) = run(&text, &shapes, 1) {
            panic!("{function}: {failure:?}");
        }
        println!("{function}: {:?}", start.elapsed());
        let wrong = text.replace("H0'*(", "2*H0'*(");
        assert!(matches!(run(&wrong, &shapes, 1), Err(Failure::Refuted(_))), "{function}");
    }
}

#[test]
fn a_thousand_definitions_do_not_nest() {
    for factor in ["a", "tanh(a)"] {
        let mut text = String::from("h0 : n; a : n;");
        let mut shapes = String::from("f : scalar;");
        for layer in 1..=1000 {
            text += &format!("h{layer} = h{} .* {factor};", layer - 1);
            shapes += &format!("h{layer} : n;");
        }
        text += &format!("f = sum(h1000)\n verify df/dh0 == df/dh1 .* {factor}");
        run(&text, &shapes, 1).unwrap_or_else(|failure| panic!("{failure:?}"));
    }
}

#[test]
fn index_forms_with_functions_are_evaluated_letter_by_letter() {
    let text = |claim: &str| {
        format!("X : N x D; W : D x M; Y = tanh(X*W); P = rowsoftmax(Y); L = loss(P)\n verify {claim}")
    };
    let shapes = "Y, P : N x M; L : scalar";
    let run = |claim: &str, letters: &[(&str, &str)]| {
        let (problem, mut derivation) = parsed(&text(claim), shapes);
        derivation.sections[0].steps[0].displays[0].chains[0].free =
            letters.iter().map(|(letter, range)| (Name::from(*letter), Expr::name(*range))).collect();
        verify(&problem, derivation, &|_, _, _| false, 1)
    };
    let entry = [("a", "N"), ("b", "M")];
    let both = [("i", "N"), ("j", "M"), ("a", "N"), ("b", "M")];
    let true_ones: [(&str, &[(&str, &str)]); 4] = [
        ("dL/dY[a,b] == sum(i) sum(j) dL/dP[i,j] d(P[i,j])/d(Y[a,b])", &entry),
        ("dL/dY[a,b] == dL/dP[a,b] P[a,b] - sum(j) dL/dP[a,j] P[a,j] P[a,b]", &entry),
        ("d(P[i,j])/d(Y[a,b]) == delta(i,a) P[i,j] * (delta(j,b) - P[i,b])", &both),
        ("d(exp(Y[i,j]) / sum(k: M) exp(Y[i,k]))/d(Y[a,b]) == d(P[i,j])/d(Y[a,b])", &both),
    ];
    for (claim, letters) in true_ones {
        if let Err(failure) = run(claim, letters) {
            panic!("{claim}: {failure:?}");
        }
    }
    let wrong: [(&str, &[(&str, &str)]); 3] = [
        ("dL/dY[a,b] == dL/dP[a,b] P[a,b]", &entry),
        ("d(P[i,j])/d(Y[a,b]) == delta(i,a) P[i,j] * (delta(j,b) - P[i,j])", &both),
        ("d(P[i,j])/d(Y[a,b]) == P[i,j] * (delta(j,b) - P[i,b])", &both),
    ];
    for (claim, letters) in wrong {
        assert!(matches!(run(claim, letters), Err(Failure::Refuted(_))), "{claim}");
    }
}

#[test]
fn a_scalar_function_sees_its_parameter_alone() {
    let text = "c : scalar; x : n; scalar scaled(t) = c*t\n f = sum(scaled(x))\n verify df/dc == sum(x)";
    unchecked(text, "f : scalar", "within a scalar function");
    // So does an operation, and what it is given is followed.
    let text = "c : scalar; x : n; scaled(y : n, t : scalar)[i] = t*y[i]\n f = sum(scaled(x, c))\n verify df/dc == sum(x)";
    holds(text, "f : scalar");
    fails(&text.replace("== sum(x)", "== 0"), "f : scalar");
}

#[test]
fn deep_nesting_is_a_limit_and_no_overflow() {
    let nested =
        [("exp(", ")", 90), ("softmax(", ")", 90), ("cube(", ")", 90), ("sum(k: n) x[k]*(", ")", 40)];
    for (open, close, depth) in nested {
        let text = format!("x : n; f = sum({}x{})\n verify f == f", open.repeat(depth), close.repeat(depth));
        let result = run(&text, "f : scalar", 1);
        assert!(!matches!(result, Err(Failure::Refuted(_))), "{open}");
    }
}

/// `cargo test --test verify_operations -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn the_time_of_operations_at_explicit_sizes() {
    let text = "Q : N x K; R : M x K; V : M x D; X : N x M
        O = attention(Q, R, V); L = loss(O); P = rowsoftmax(X); S = loss(P); B = layernorm(X); T = loss(B)
        verify dL/dQ == dS/dX == dT/dX";
    let shapes = "O : N x D; P, B : N x M; L, S, T : scalar";
    for size in [4, 8, 16, 32] {
        let at = At::new(text, shapes, &[("N", size), ("K", size), ("M", size), ("D", size)], 1);
        for link in &at.links {
            let start = std::time::Instant::now();
            let mut evaluator = Evaluator::<Real>::new(&at.problem, &[], at.point.clone());
            let result = evaluator.value(link, &[]).map(|value| value.axes);
            println!("{size}: {:?} {result:?}", start.elapsed());
        }
    }
}
