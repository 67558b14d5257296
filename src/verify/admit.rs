//! Whether a point that someone gives is one of the problem's: its sizes, properties, assumptions and letters.

use super::claim::{Equality, needs_reals};
use super::conditions;
use super::error::Eval;
use super::evaluate::Evaluator;
use super::field::Field;
use super::number::Number;
use super::point::Point;
use super::properties;
use super::real::Real;
use crate::problem::Problem;
use crate::syntax::ast::{Condition, Name};
use crate::syntax::print::{self, Printer};

/// Sizes and given values.
///
/// # Errors
/// The statement that is broken, in words.
pub fn admits(problem: &Problem, point: &Point) -> Result<(), String> {
    for (name, wanted) in &problem.sizes {
        if let Some(size) = point.size(name).filter(|size| size != wanted) {
            return Err(format!("the file says `size {name} = {wanted}`, and here `{name}` is {size}"));
        }
    }
    if let Some(broken) = conditions::size_broken(problem, point) {
        return Err(assumption(problem, broken));
    }
    for quantity in problem.quantities.values() {
        let axes = point.axes(&quantity.shape).map_err(|reason| reason.to_string())?;
        let [(rows, _), (columns, _)] = axes.matrix("a variable").map_err(|reason| reason.to_string())?;
        let Some((name, given)) = point.given.iter().find(|(name, _)| *name == quantity.name) else {
            if properties::conflict(&quantity.properties, rows, columns) {
                return Err(format!("at these sizes no `{}` has its properties", quantity.name));
            }
            continue;
        };
        if given.len() != rows * columns {
            return Err(format!(
                "`{name}` is {rows} x {columns} here, and {} entries are given",
                given.len()
            ));
        }
        for property in &quantity.properties {
            if !properties::exactly(given, rows, columns, *property) {
                let word = print::property(*property);
                return Err(format!("`{name}` is declared `{word}`, and what is given is not"));
            }
        }
    }
    Ok(())
}

/// The assumptions on values, in the numbers that an equality needs, and its letters.
///
/// # Errors
/// The statement that is broken, in words.
pub fn admits_for(
    problem: &Problem,
    equality: Equality<'_>,
    point: &Point,
    letters: &[(Name, usize)],
) -> Result<(), String> {
    fn broken<'p, N: Number>(problem: &'p Problem, point: &Point) -> Eval<Option<&'p Condition>> {
        Evaluator::<N>::new(problem, &[], point.clone()).broken()
    }
    let reals = needs_reals(problem, equality);
    let mut found = if reals { Ok(None) } else { broken::<Field>(problem, point) };
    if reals || conditions::has_inequalities(problem) {
        found = found.and_then(|found| Ok(found.or(broken::<Real>(problem, point)?)));
    }
    match found {
        Ok(None) => {}
        Ok(Some(condition)) => return Err(assumption(problem, condition)),
        Err(reason) => return Err(format!("its assumptions cannot be tested: {reason}")),
    }
    let mut evaluator = Evaluator::<Field>::new(problem, &[], point.clone());
    for (name, range) in equality.free {
        let Some((_, value)) = letters.iter().find(|(known, _)| known == name) else { continue };
        let range = evaluator.range(range).map_err(|reason| reason.to_string())?;
        if !(1..=range).contains(value) {
            return Err(format!("the index `{name}` is {value} and runs from 1 to {range} here"));
        }
    }
    Ok(())
}

fn assumption(problem: &Problem, condition: &Condition) -> String {
    let printer = Printer::new(problem.quantities.keys().map(|name| &**name));
    format!("the file says `assume {}`, which is not met", printer.condition(condition))
}
