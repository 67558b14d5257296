//! A rule by itself: as a line of a rule file, as a program, and judged by the checker's arithmetic.

use entrywise::Source;
use entrywise::problem::Problem;
use entrywise::rule::Rule;
use entrywise::syntax::ast::{Expr, Name};
use entrywise::syntax::print;
use entrywise::verify::{Evaluator, Field, Point};

/// The left side as it stands in a rule file.
fn left(rule: &Rule) -> String {
    let sums: String = rule.bound.iter().map(|letter| format!("sum({letter}) ")).collect();
    let factors: Vec<String> =
        rule.factors.iter().map(|(name, letters)| format!("{name}[{}]", letters.join(","))).collect();
    format!("{sums}{}", factors.join(" "))
}

/// The rule as a line.
pub fn line(rule: &Rule) -> String {
    let keyword = if rule.finish { "finish" } else { "rule" };
    let right = print::expr(&rule.right);
    let right = match rule.free.is_empty() {
        true => right,
        false => format!("({right})[{}]", rule.free.join(",")),
    };
    format!("{keyword} {}: {} = {right}", rule.name, left(rule))
}

/// An instance of the rule as a program: its names declared, the range of the letter `k` called `K`, the left side an
/// operation by its entries.
fn instance(rule: &Rule) -> String {
    let range = |letter: &Name| letter.to_uppercase();
    let shape = |letters: &[Name]| letters.iter().map(range).collect::<Vec<_>>().join(" x ");
    let declared = |(name, letters): &(Name, Vec<Name>)| format!("{name} : {}", shape(letters));
    let parameters: Vec<String> = rule.factors.iter().map(declared).collect();
    let names: Vec<&str> = rule.factors.iter().map(|(name, _)| &**name).collect();
    let free: Vec<String> = rule.free.iter().map(|letter| format!("{letter}: {}", range(letter))).collect();
    let free = if free.is_empty() { String::new() } else { format!("[{}]", free.join(", ")) };
    format!(
        "{}; entries({}){free} = {}; Left = entries({}); Right = {}",
        parameters.join("; "),
        parameters.join(", "),
        left(rule),
        names.join(", "),
        print::expr(&rule.right),
    )
}

/// Why a rule is wrong, by the checker alone, at unequal sizes.
pub fn fault(rule: &Rule) -> Option<String> {
    let program = instance(rule);
    let problem: Problem = match entrywise::read(&Source::new("rule", &*program)) {
        Ok(problem) => problem,
        Err(errors) => return Some(format!("{program}: {}", errors[0].message)),
    };
    for (seed, sizes) in [[2, 3, 4], [5, 2, 3], [3, 4, 2], [1, 3, 2], [4, 1, 3]].into_iter().enumerate() {
        let sizes = problem.dimensions.keys().cloned().zip(sizes).collect();
        let mut evaluator = Evaluator::<Field>::new(&problem, &[], Point::new(sizes, seed as u64));
        let mut value = |name: &str| {
            let value = evaluator.value(&Expr::name(name), &[]).map_err(|error| error.to_string())?;
            Ok::<_, String>((value.axes, value.data))
        };
        match (value("Left"), value("Right")) {
            (Ok(left), Ok(right)) if left == right => assert!(!left.1.is_empty()),
            (Ok(_), Ok(_)) => return Some(format!("{program}: the sides differ")),
            (Err(error), _) | (_, Err(error)) => return Some(format!("{program}: {error}")),
        }
    }
    None
}
