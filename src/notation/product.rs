//! Products: what stands side by side, what needs a sign or brackets.

use super::lower::{Level, Lowering, brackets};
use super::{Joint, Notation, Show};
use crate::syntax::ast::{Expr, ProductOp};

impl Lowering<'_> {
    pub(super) fn product(&self, first: &Expr, rest: &[(ProductOp, Expr)]) -> (Notation, Level) {
        let (notation, level) = self.level(first);
        let mut built = match level {
            Level::Sum | Level::BigSum | Level::Operator => {
                vec![(Joint::Beside, brackets(notation, Show::Always))]
            }
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
                        (Level::Sum | Level::Negate | Level::BigSum | Level::Operator, _) => {
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
                    let spread = matches!(built[..], [(_, Notation::Fraction { behind: true, .. })]);
                    if divided || spread || (joined > 1 && !is_entrywise(&built)) {
                        built = vec![(Joint::Beside, brackets(whole(built), Show::Always))];
                    }
                    let joint = match op {
                        ProductOp::Hadamard => Joint::Hadamard,
                        _ => Joint::HadamardDivide,
                    };
                    built.push((joint, self.at_least(Level::Power, factor)));
                }
                ProductOp::Divide => {
                    let (notation, level) = self.level(factor);
                    let under = if level >= Level::Power && level != Level::Fraction {
                        notation
                    } else {
                        brackets(notation, Show::Linear)
                    };
                    built = vec![(Joint::Beside, divided(whole(built), under))];
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
        // What stands behind a fraction is a factor of its own.
        fraction @ Notation::Fraction { behind: true, .. } => (fraction, Level::Product),
        fraction @ Notation::Fraction { .. } => (fraction, Level::Fraction),
        other => (other, Level::Product),
    }
}

/// `top / under`; divisors one after the other are scalars and stand below one bar.
fn divided(top: Notation, under: Notation) -> Notation {
    let (top, bottom) = match top {
        Notation::Fraction { top, bottom, .. } => (*top, beneath(*bottom, under)),
        single @ (Notation::Number(_) | Notation::Name(_) | Notation::Entry { .. }) => (single, under),
        Notation::Brackets { inner, show: Show::Always } => (brackets(*inner, Show::Linear), under),
        // In one line the divisor would seem to be that of the last quotient.
        quotient if ends_in_quotient(&quotient) => (brackets(quotient, Show::Linear), under),
        other => (other, under),
    };
    let behind = is_tall(&top);
    Notation::Fraction { top: Box::new(top), bottom: Box::new(bottom), behind }
}

/// `A ⊘ B`, perhaps negated.
fn ends_in_quotient(notation: &Notation) -> bool {
    match notation {
        Notation::Product(parts) => parts.iter().any(|(joint, _)| *joint == Joint::HadamardDivide),
        Notation::Negate(inner) => ends_in_quotient(inner),
        _ => false,
    }
}

/// Divisors below one bar, in brackets where they stand in one line.
fn beneath(bottom: Notation, under: Notation) -> Notation {
    let bottom = match bottom {
        Notation::Brackets { inner, show: Show::Linear } if matches!(*inner, Notation::Product(_)) => *inner,
        Notation::Brackets { inner, show: Show::Linear } => brackets(*inner, Show::Always),
        other => other,
    };
    let under = match under {
        Notation::Brackets { inner, show: Show::Linear } => brackets(*inner, Show::Always),
        other => other,
    };
    let mut divisors = parts(bottom);
    let joint = beside(&under);
    divisors.push((joint, under));
    brackets(Notation::Product(divisors), Show::Linear)
}

/// Too tall to stand above a bar.
fn is_tall(notation: &Notation) -> bool {
    match notation {
        Notation::Derivative { .. }
        | Notation::Held { .. }
        | Notation::Fraction { .. }
        | Notation::BigSum { .. }
        | Notation::Grid(_) => true,
        Notation::Product(parts) => parts.iter().any(|(_, part)| is_tall(part)),
        Notation::Sum(terms) => terms.iter().any(|(_, term)| is_tall(term)),
        Notation::Negate(inner) | Notation::Transpose(inner) | Notation::Brackets { inner, .. } => {
            is_tall(inner)
        }
        Notation::Power { base, .. } | Notation::Entry { base, .. } => is_tall(base),
        Notation::Call { arguments, .. } => arguments.iter().any(is_tall),
        _ => false,
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
