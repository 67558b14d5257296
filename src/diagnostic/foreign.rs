//! What other languages call things.

/// What to write for a function of NumPy, MATLAB and their like.
pub(super) fn foreign(name: &str) -> Option<&'static str> {
    Some(match name {
        "transpose" => "write `X'` for the transpose",
        "trace" => "the trace is `tr(A)`",
        "ln" => "the natural logarithm is `log(x)`",
        "log2" => "write `log(x)/log(2)`",
        "log10" => "write `log(x)/log(10)`",
        "exp2" => "write `exp(x * log(2))`",
        "max" | "maximum" | "amax" => {
            "`max0(x)` is the larger of 0 and each entry; a smooth largest entry is `logsumexp(x)`"
        }
        "min" | "minimum" | "amin" => "`-max0(-x)` is the smaller of 0 and each entry",
        "norm" => "write `norm2(x)` or `norm1(x)` for a vector, `normF(X)` for a matrix",
        "matmul" | "mtimes" | "mm" | "bmm" => "write `X*W` for the product of matrices",
        "multiply" | "times" => "write `X .* Y` for the product of entries",
        "divide" | "rdivide" => "write `X ./ Y` for the quotient of entries",
        "power" | "pow" => "write `x.^2` for the power of every entry",
        "square" => "write `x.^2`",
        "average" | "avg" => {
            "the mean of all entries is `mean(X)`, of each row `rowmean(X)`, of each column `colmean(X)`"
        }
        "var" => "the variance of all entries is `variance(X)`",
        "sgn" => "the sign of every entry is `sign(x)`",
        "heaviside" => "the step function is `step(x)`",
        "identity" => "the identity matrix is `eye(n)`",
        "size" | "length" | "numel" | "shape" | "len" => {
            "a dimension may be used as a number by its name: `sum(x)/n`"
        }
        "grad" | "gradient" | "diff" | "jacobian" => "a derivative is asked for as `derive dL/dX`",
        "einsum" => "write sums over indices: `f(X : n x m)[i] = sum(j) X[i,j]`",
        _ => return None,
    })
}
