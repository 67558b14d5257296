//! Errors of rule files.

use super::{Diagnostic, Exit, Label};
use crate::shape::Shape;
use crate::source::Span;

fn bad_rule(span: Span, reason: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        code: "bad-rule",
        message: "this line is no collapse rule".to_string(),
        labels: vec![Label { span, text: reason }],
        help,
        exit: Exit::Input,
    }
}

/// A line that does not read as a rule.
pub fn no_rule(span: Span) -> Diagnostic {
    let reason = "a rule reads `rule NAME: INDEX FORM = MATRIX FORM`, both sides with the same free indices";
    bad_rule(span, reason.to_string(), None)
}

/// A line that does not read as a law.
pub fn no_law(span: Span) -> Diagnostic {
    let reason = "a law reads `law NAME: LEFT = RIGHT for CONDITIONS`";
    let help = "the left side is `f(t)`, `f(0)`, `f(-t)`, `f(s + t)`, `f(s*t)`, `f(c*t)`, `f(t^c)`, `f(g(t))` or a product of \
                powers of `t` and of functions of it; the right side uses the same letters; conditions are `t > 0` and \
                `c number`";
    bad_rule(span, reason.to_string(), Some(help.to_string()))
}

/// A line that does not read as a bound.
pub fn no_bound(span: Span) -> Diagnostic {
    let reason = "a bound reads `bound NAME: f(t) > 0`, `f(t) >= 0` or `f(t) for t > 0`";
    bad_rule(span, reason.to_string(), None)
}

/// A name that an earlier line has.
pub fn rule_twice(span: Span) -> Diagnostic {
    bad_rule(span, "another rule has this name".to_string(), None)
}

/// A right side whose shape is not that of the left one.
pub fn rule_shapes(span: Span, left: &Shape, right: &Shape) -> Diagnostic {
    bad_rule(span, format!("the left side is {left}, the right side {right}"), None)
}

/// Two parts of a right side that do not fit together.
pub fn rule_clash(span: Span) -> Diagnostic {
    bad_rule(span, "shapes do not fit on the right side".to_string(), None)
}

/// A right side with a name that the left one does not bind, or a function that no rule may write.
pub fn rule_unknown(span: Span, name: &str, known: &[&str]) -> Diagnostic {
    let help = format!("the right side may use the names of the left one and {}", known.join(", "));
    bad_rule(span, format!("`{name}` is unknown here"), Some(help))
}

/// A right side with an operator that no rule may write.
pub fn rule_operator(span: Span) -> Diagnostic {
    let help = "the right side is made of names, functions, `'`, `*`, `.*`, numbers as factors and divisors, and `-` before a factor".to_string();
    bad_rule(span, "this operation cannot stand on the right side of a rule".to_string(), Some(help))
}
