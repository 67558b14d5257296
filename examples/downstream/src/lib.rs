//! A linear layer with its backward pass, written by hand. `tests/identities.rs` holds the mathematics of it.

/// `n x d` numbers, row by row.
pub type Matrix = Vec<Vec<f64>>;

/// `X' * G`, the gradient of a loss by the weights of `Y = X*W` where `G` is its gradient by `Y`.
///
/// Shapes: `x` is N x D, `g` is N x M, the result D x M.
pub fn weight_gradient(x: &Matrix, g: &Matrix) -> Matrix {
    let (inputs, outputs) = (x[0].len(), g[0].len());
    let entry = |a: usize, b: usize| x.iter().zip(g).map(|(x, g)| x[a] * g[b]).sum();
    (0..inputs).map(|a| (0..outputs).map(|b| entry(a, b)).collect()).collect()
}
