//! Functions of one number by their own code, and stand-ins for unknown functions.

use super::Random;
use super::value::Value;

/// A function of one number, and whether it has a kink or a jump at 0.
pub type Scalar = (fn(f64) -> f64, bool);

/// A function of the prelude that acts entry by entry.
pub fn scalar(name: &str) -> Option<Scalar> {
    Some(match name {
        "exp" => (f64::exp, false),
        "log" => (f64::ln, false),
        "sqrt" => (f64::sqrt, false),
        "sin" => (f64::sin, false),
        "cos" => (f64::cos, false),
        "tan" => (f64::tan, false),
        "tanh" => (f64::tanh, false),
        "sigmoid" => (sigmoid, false),
        "softplus" => (|t| t.exp().ln_1p(), false),
        "silu" => (|t| t * sigmoid(t), false),
        "gelu" => (|t| 0.5 * t * (1.0 + erf(t / 2.0_f64.sqrt())), false),
        "erf" => (erf, false),
        "relu" | "max0" => (|t| if t > 0.0 { t } else { 0.0 }, true),
        "abs" => (f64::abs, true),
        "sign" => (|t| if t == 0.0 { 0.0 } else { t.signum() }, true),
        "step" => (|t| if t > 0.0 { 1.0 } else { 0.0 }, true),
        _ => return None,
    })
}

pub fn sigmoid(t: f64) -> f64 {
    1.0 / (1.0 + (-t).exp())
}

/// `2/sqrt(pi) exp(-t^2) sum(n) 2^n t^(2n+1) / (1·3···(2n+1))`: all terms of one sign, so nothing cancels.
pub fn erf(t: f64) -> f64 {
    if t.abs() > 6.0 {
        return t.signum();
    }
    let (mut term, mut sum, mut odd) = (t, 0.0, 1.0);
    while term.abs() > 1e-18 * f64::abs(sum) {
        sum += term;
        odd += 2.0;
        term *= 2.0 * t * t / odd;
    }
    2.0 / std::f64::consts::PI.sqrt() * (-t * t).exp() * sum
}

/// An unknown scalar function: smooth, not linear, with mixed second derivatives, different in every entry.
pub fn unknown(name: &str, arguments: &[Value]) -> f64 {
    let mut random = Random::of(name, 17);
    let (mut separate, mut mixed) = (0.0, 0.0);
    for entry in arguments.iter().flat_map(|argument| &argument.data) {
        let (size, rate, shift) =
            (random.within(0.4, 1.6), random.within(0.3, 0.9), random.within(-1.0, 1.0));
        separate += size * (rate * entry + shift).sin();
        mixed += random.within(-0.5, 0.5) * entry;
    }
    separate + 0.3 * mixed * mixed + (0.7 * mixed).cos()
}

/// An unknown function of one number.
pub fn unknown_entrywise(name: &str, t: f64) -> f64 {
    let mut random = Random::of(name, 23);
    let (size, rate, shift) = (random.within(0.5, 1.5), random.within(0.6, 1.4), random.within(-1.0, 1.0));
    size * (rate * t + shift).sin() + 0.2 * t * t
}
