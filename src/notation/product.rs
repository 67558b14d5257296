//! Products: what stands side by side, what needs a sign or brackets.

use super::lower::{Level, Lowering, brackets};
use super::{Joint, Notation, Show};
use crate::syntax::ast::{Expr, ProductOp};

impl Lowering<'_> {
    pub(super) fn product(&self, first: &Expr, rest: &[(ProductOp, Expr)]) -> (Notation, Level) {
        let (notation, level) = self.level(first);
        let mut built = match level {
            Level::Sum | Level::BigSum => vec![(Joint::Beside, brackets(notation, Show::Always))],
            _ => parts(notation),
        };
        for (position, (op, factor)) in rest.iter().enumerate() {
            let last = position + 1 == rest.len();
            match op {
                ProductOp::Times | ProductOp::Space => {
                    if is_entrywise(&built) {
                        built = vec![(Joint::Beside, brackets(whole(built), Show::Always))];
                    }
                    let (notation, level) = self.level(factor);
                    let opened = match (level, last) {
                        (Level::BigSum, true) => vec![(Joint::Beside, notation)],
                        (Level::Sum | Level::Negate | Level::BigSum, _) => {
                            vec![(Joint::Beside, brackets(notation, Show::Always))]
                        }
                        _ => parts(notation),
                    };
                    let opened = if is_entrywise(&opened) {
                        vec![(Joint::Beside, brackets(whole(opened), Show::Always))]
                    } else {
                        opened
                    };
                    for (place, (joint, part)) in opened.into_iter().enumerate() {
                        let joint = if place > 0 { joint } else { beside(&part) };
                        built.push((joint, part));
                    }
                }
                ProductOp::Hadamard | ProductOp::HadamardDivide => {
                    let joined =
                        built.iter().filter(|(_, part)| !matches!(part, Notation::Number(_))).count();
                    let divided = built.iter().any(|(joint, _)| *joint == Joint::HadamardDivide);
                    if divided || (joined > 1 && !is_entrywise(&built)) {
                        built = vec![(Joint::Beside, brackets(whole(built), Show::Always))];
                    }
                    let joint = match op {
                        ProductOp::Hadamard => Joint::Hadamard,
                        _ => Joint::HadamardDivide,
                    };
                    built.push((joint, self.at_least(Level::Power, factor)));
                }
                ProductOp::Divide => {
                    let top = match whole(built) {
                        single @ (Notation::Number(_) | Notation::Name(_) | Notation::Entry { .. }) => single,
                        Notation::Brackets { inner, show: Show::Always } => brackets(*inner, Show::Linear),
                        fraction @ Notation::Fraction { .. } => brackets(fraction, Show::Linear),
                        other => other,
                    };
                    let (notation, level) = self.level(factor);
                    let bottom = if level >= Level::Power && level != Level::Fraction {
                        notation
                    } else {
                        brackets(notation, Show::Linear)
                    };
                    let fraction = Notation::Fraction { top: Box::new(top), bottom: Box::new(bottom) };
                    built = vec![(Joint::Beside, fraction)];
                }
            }
        }
        guarded(built)
    }

    /// Two arrays side by side, as the chain rule is written.
    pub(super) fn contraction(&self, left: &Expr, right: &Expr) -> (Notation, Level) {
        let left = (Joint::Beside, self.at_least(Level::Product, left));
        let right = (Joint::Beside, self.at_least(Level::Product, right));
        (Notation::Product(vec![left, right]), Level::Product)
    }
}

/// A quotient beside other factors needs brackets where it is written in one line.
fn guarded(mut built: Vec<(Joint, Notation)>) -> (Notation, Level) {
    if built.len() > 1 {
        let last = built.len() - 1;
        for (place, (_, part)) in built.iter_mut().enumerate() {
            let show = match part {
                Notation::Fraction { .. } => Show::Linear,
                // A sum reaches to the end of its product.
                Notation::BigSum { .. } if place < last => Show::Always,
                _ => continue,
            };
            let inner = std::mem::replace(part, Notation::Number(String::new()));
            *part = brackets(inner, show);
        }
    }
    match whole(built) {
        fraction @ Notation::Fraction { .. } => (fraction, Level::Fraction),
        other => (other, Level::Product),
    }
}

fn whole(mut built: Vec<(Joint, Notation)>) -> Notation {
    match built.pop() {
        Some((_, single)) if built.is_empty() => single,
        Some(last) => {
            built.push(last);
            Notation::Product(built)
        }
        None => Notation::Product(built),
    }
}

fn parts(notation: Notation) -> Vec<(Joint, Notation)> {
    match notation {
        Notation::Product(parts) => parts,
        other => vec![(Joint::Beside, other)],
    }
}

fn is_entrywise(parts: &[(Joint, Notation)]) -> bool {
    parts.iter().any(|(joint, _)| matches!(joint, Joint::Hadamard | Joint::HadamardDivide))
}

/// A digit after a factor would read as part of it.
fn beside(part: &Notation) -> Joint {
    if starts_with_digit(part) { Joint::Dot } else { Joint::Beside }
}

fn starts_with_digit(part: &Notation) -> bool {
    match part {
        Notation::Number(_) => true,
        Notation::Power { base, .. } => starts_with_digit(base),
        Notation::Product(parts) => parts.first().is_some_and(|(_, part)| starts_with_digit(part)),
        _ => false,
    }
}
