//! The checker's own table of elementary functions. Their values and derivatives are written down in
//! [`super::real`], once more and apart from what the engine knows of them, so that a wrong derivative there
//! cannot confirm itself here.

/// A function with a value and a derivative that need no definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elementary {
    Exp,
    Log,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Sigmoid,
    Relu,
    Softplus,
    Abs,
    Sign,
    Step,
    Erf,
    Gelu,
    Silu,
}

impl Elementary {
    pub fn named(name: &str) -> Option<Elementary> {
        Some(match name {
            "exp" => Elementary::Exp,
            "log" => Elementary::Log,
            "sqrt" => Elementary::Sqrt,
            "sin" => Elementary::Sin,
            "cos" => Elementary::Cos,
            "tan" => Elementary::Tan,
            "sinh" => Elementary::Sinh,
            "cosh" => Elementary::Cosh,
            "tanh" => Elementary::Tanh,
            "sigmoid" => Elementary::Sigmoid,
            "relu" | "max0" => Elementary::Relu,
            "softplus" => Elementary::Softplus,
            "abs" => Elementary::Abs,
            "sign" => Elementary::Sign,
            "step" => Elementary::Step,
            "erf" => Elementary::Erf,
            "gelu" => Elementary::Gelu,
            "silu" => Elementary::Silu,
            _ => return None,
        })
    }
}
