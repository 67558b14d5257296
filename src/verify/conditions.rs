//! Assumptions: those that steer what is drawn, and those that a point must meet by chance.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::{Agreement, Number, Range};
use super::point::{Point, Style};
use super::properties;
use crate::problem::{Problem, Quantity};
use crate::shape::dimension;
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, ProductOp, Property};
use crate::syntax::print::Printer;

/// Whether there are inequalities of values: in a field nothing shows that they can be met.
pub fn has_inequalities(problem: &Problem) -> bool {
    problem.assumptions.iter().any(|condition| match condition {
        Condition::Compare { comparison: Comparison::Equal, .. } | Condition::Onehot(_) => false,
        Condition::Compare { .. } => !matches!(about(problem, condition), About::Sizes),
    })
}

/// What a condition says about.
enum About<'c> {
    /// Dimensions alone: it chooses sizes.
    Sizes,
    /// A declared variable against a number: it chooses values.
    Variable(&'c str, Comparison, BigRational),
    /// A declared variable whose rows are one-hot.
    Rows(&'c str),
    /// A point meets it or not.
    Point,
}

fn about<'c>(problem: &Problem, condition: &'c Condition) -> About<'c> {
    let declared = |name: &str| problem.quantities.get(name).is_some_and(|q| q.definition.is_none());
    match condition {
        Condition::Onehot(name) if declared(&name.name) => About::Rows(&name.name),
        Condition::Onehot(_) => About::Point,
        Condition::Compare { left, comparison, right } => {
            let sizes = |expr: &Expr| {
                let known = |dim: crate::shape::Dim| {
                    dim.names().iter().all(|name| problem.dimensions.contains_key(name))
                };
                dimension(expr).is_some_and(known)
            };
            if sizes(left) && sizes(right) {
                return About::Sizes;
            }
            match (&left.kind, number(right), number(left), &right.kind) {
                (ExprKind::Name(name), Some(bound), ..) if declared(name) => {
                    About::Variable(name, *comparison, bound)
                }
                (_, _, Some(bound), ExprKind::Name(name)) if declared(name) => {
                    About::Variable(name, comparison.mirrored(), bound)
                }
                _ => About::Point,
            }
        }
    }
}

fn number(expr: &Expr) -> Option<BigRational> {
    match &expr.kind {
        ExprKind::Number(number) => Some(number.clone()),
        ExprKind::Negate(inner) => number(inner).map(|number| -number),
        ExprKind::Product { first, rest } => match &rest[..] {
            [(ProductOp::Divide, divisor)] => {
                let divisor = number(divisor).filter(|divisor| !divisor.is_zero())?;
                Some(number(first)? / divisor)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether the rows of a variable are one-hot by declaration or by assumption.
pub fn is_onehot(problem: &Problem, quantity: &Quantity) -> bool {
    quantity.properties.contains(&Property::Onehot)
        || problem.assumptions.iter().any(
            |condition| matches!(about(problem, condition), About::Rows(name) if name == &*quantity.name),
        )
}

/// Where the values of a variable are drawn from.
///
/// Errors when its conditions exclude each other.
pub fn range(problem: &Problem, quantity: &Quantity, style: Style) -> Eval<Range> {
    let mut range = Range { integer: quantity.properties.contains(&Property::Integer), ..Range::default() };
    let above = |range: &mut Range, bound: f64| {
        range.low = Some(range.low.map_or(bound, |low| low.max(bound)));
    };
    if quantity.properties.contains(&Property::Positive) {
        above(&mut range, 0.0);
        range.excluded.push(BigRational::zero());
    }
    for condition in &problem.assumptions {
        let About::Variable(name, comparison, bound) = about(problem, condition) else { continue };
        if name != &*quantity.name {
            continue;
        }
        let float = bound.to_f64().ok_or_else(EvalError::contradiction)?;
        match comparison {
            Comparison::Greater | Comparison::GreaterEqual => {
                above(&mut range, float);
                range.excluded.extend((comparison == Comparison::Greater).then_some(bound));
            }
            Comparison::Less | Comparison::LessEqual => {
                range.excluded.extend((comparison == Comparison::Less).then_some(bound));
                range.high = Some(range.high.map_or(float, |high| high.min(float)));
            }
            Comparison::Equal if range.fixed.as_ref().is_none_or(|known| *known == bound) => {
                range.fixed = Some(bound);
            }
            Comparison::Equal => return Err(EvalError::contradiction()),
        }
    }
    let fixed = range.fixed.as_ref().and_then(ToPrimitive::to_f64);
    let (low, high) = (range.low.unwrap_or(f64::NEG_INFINITY), range.high.unwrap_or(f64::INFINITY));
    // Bounds that touch leave at most one value; whether it is allowed, they do not say here.
    if fixed.map_or(low >= high, |value| value < low || value > high) {
        return Err(EvalError::contradiction());
    }
    if matches!(style, Style::Positive | Style::Small) && high > 0.0 {
        above(&mut range, 0.0);
    }
    range.small = style == Style::Small;
    range.wide = style == Style::Wide;
    if let Style::Whole(magnitude) = style {
        range.whole = Some(magnitude);
    }
    Ok(range)
}

/// Whether sizes meet the assumptions on dimensions.
pub fn sizes_meet(problem: &Problem, point: &Point) -> bool {
    size_broken(problem, point).is_none()
}

/// The first assumption on dimensions that sizes do not meet.
pub fn size_broken<'p>(problem: &'p Problem, point: &Point) -> Option<&'p Condition> {
    problem.assumptions.iter().find(|condition| {
        let (About::Sizes, Condition::Compare { left, comparison, right }) =
            (about(problem, condition), condition)
        else {
            return false;
        };
        // The difference plus one, which is positive where the difference is not negative.
        let difference = |one: &Expr, other: &Expr, more: i64| -> Option<bool> {
            let difference = dimension(one)?.add(&dimension(other)?, -1)?;
            let difference = difference.add(&crate::shape::Dim::number(more), 1)?;
            Some(difference.value(|name| point.size(name)).is_some())
        };
        let holds = match comparison {
            Comparison::Less => difference(right, left, 0),
            Comparison::LessEqual => difference(right, left, 1),
            Comparison::Greater => difference(left, right, 0),
            Comparison::GreaterEqual => difference(left, right, 1),
            Comparison::Equal => difference(left, right, 1)
                .and_then(|above| difference(right, left, 1).map(|below| above && below)),
        };
        holds != Some(true)
    })
}

impl<'p, N: Number> Evaluator<'p, N> {
    /// An error where a condition is not met by the values.
    pub fn conditions(&mut self) -> Eval<()> {
        match self.broken()? {
            Some(condition) => Err(EvalError::condition(&Printer::default().condition(condition))),
            None => Ok(()),
        }
    }

    /// The first condition that is not met by the values.
    pub fn broken(&mut self) -> Eval<Option<&'p Condition>> {
        let problem = self.problem;
        for condition in &problem.assumptions {
            // Those that steered the values too: properties may have changed them.
            if matches!(about(problem, condition), About::Sizes) {
                continue;
            }
            match condition {
                Condition::Onehot(name) => {
                    let value = self.value(&Expr::name(name.name.clone()), &[])?;
                    if !properties::has(&value, Property::Onehot)? {
                        return Ok(Some(condition));
                    }
                }
                Condition::Compare { left, comparison, right } => {
                    // Where nothing is ordered an inequality restricts nothing.
                    if *comparison != Comparison::Equal && !N::ORDERED {
                        continue;
                    }
                    let (one, other) = (self.value(left, &[])?, self.value(right, &[])?);
                    let met = |met: bool| if met { N::ONE } else { N::ZERO };
                    let met = one.zip(&other, "a comparison", |a, b| {
                        let equal = matches!(N::agreement(&[a], &[b]), Agreement::Equal(_));
                        met(match comparison {
                            Comparison::Greater => a.exceeds(b),
                            Comparison::GreaterEqual => a.exceeds(b) || (a - b).is_zero(),
                            Comparison::Equal => equal,
                            Comparison::LessEqual => b.exceeds(a) || (a - b).is_zero(),
                            Comparison::Less => b.exceeds(a),
                        })
                    })?;
                    if met.data.iter().any(|met| met.is_zero()) {
                        return Ok(Some(condition));
                    }
                }
            }
        }
        Ok(None)
    }
}
