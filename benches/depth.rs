//! The median time of whole runs (read, derive, prove, check, render) for 64 layers.
//!
//! `cargo bench --bench depth`

use std::time::{Duration, Instant};

use entrywise::Source;
use entrywise::derive::Options;
use entrywise::render::{self, Format};

const DEPTH: usize = 64;
const RUNS: usize = 9;

/// Layers under a loss, and all weights' gradients; `layer` gives a layer from the one before and its number.
fn program(layer: &dyn Fn(&str, usize) -> String) -> String {
    let names = |of: &str| (1..=DEPTH).map(|at| format!("{of}{at}")).collect::<Vec<_>>().join(", ");
    let mut text = format!("X : N x D\n{} : D x D\n{} : D\n", names("W"), names("b"));
    let mut before = "X".to_string();
    for at in 1..=DEPTH {
        text.push_str(&format!("H{at} = {}\n", layer(&before, at)));
        before = format!("H{at}");
    }
    text.push_str(&format!("L = loss({before})\nderive {}\n", names("dL/dW")));
    text
}

fn run(text: &str) -> Duration {
    let start = Instant::now();
    let problem = entrywise::read(&Source::new("depth", text.to_string())).expect("a program");
    let derived = entrywise::derive(problem, &Options::default()).expect("a derivation");
    let shown = derived.render(Format::Latex, &render::Options::default());
    std::hint::black_box(shown);
    start.elapsed()
}

fn main() {
    let linear = program(&|before, at| format!("{before} * W{at}"));
    let dense = program(&|before, at| format!("tanh({before}*W{at} + ones(N)*b{at}')"));
    let residual = program(&|before, at| format!("{before} + relu({before}*W{at})"));
    for (name, text) in [("linear", linear), ("tanh", dense), ("residual", residual)] {
        let mut times: Vec<Duration> = (0..RUNS).map(|_| run(&text)).collect();
        times.sort();
        println!(
            "{name}, {DEPTH} layers: median {:?} of {RUNS} runs, {:?} to {:?}",
            times[RUNS / 2],
            times[0],
            times[RUNS - 1]
        );
    }
}
