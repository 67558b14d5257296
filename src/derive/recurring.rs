//! Names for what recurs in the answers, as a person gives them.

use num_traits::Signed;

use crate::dependence::mentions;
use crate::derivation::Answer;
use crate::matrix::Matrix;
use crate::problem::Problem;
use crate::shape::Shape;
use crate::syntax::ast::{Expr, Name};

/// A name must save so much of what is printed: names, operators and numerals.
const LEAST_SAVING: usize = 5;
/// So many names at most: more would be a second program.
const MOST_NAMES: usize = 4;
/// Answers of more parts are printed as they are.
const MOST_PARTS: usize = 600;

const MATRICES: [&str; 8] = ["P", "S", "G", "T", "R", "U", "V", "Z"];
const VECTORS: [&str; 6] = ["r", "s", "u", "v", "p", "z"];
const SCALARS: [&str; 6] = ["c", "s", "t", "r", "q", "h"];

/// A name in the answers and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub leaf: Matrix,
    /// `None` where a name is still to be found: no answer shows the leaf as it is.
    pub name: Option<Name>,
    pub value: Matrix,
}

/// Gives names to what recurs in the answers that are matrices, each with its position, and says which. What stands
/// behind the names that the answers have already, each after those it uses, keeps a name where that saves something
/// and is put in elsewhere.
pub fn name(
    answers: &mut [Answer],
    matrices: Vec<(usize, Matrix)>,
    behind: Vec<Definition>,
    problem: &Problem,
) -> Vec<(Name, Expr)> {
    let (positions, matrices): (Vec<usize>, Vec<Matrix>) = matrices.into_iter().unzip();
    let put_in = !behind.is_empty();
    let kept = |least: usize| {
        let (mut matrices, mut behind) = (matrices.clone(), behind.clone());
        put_in_short(&mut matrices, &mut behind, least);
        if put_in {
            matrices = matrices.iter().map(Matrix::refactored).collect();
        }
        named(matrices, behind, problem)
    };
    let mut best = kept(LEAST_SAVING);
    if put_in {
        // Other names than those of the parts may be worth more.
        let all = kept(usize::MAX);
        if printed(&all.0, &all.1) < printed(&best.0, &best.1) {
            best = all;
        }
    }
    let (matrices, definitions) = best;
    if definitions.is_empty() && !put_in {
        return Vec::new();
    }
    let definitions: Vec<(Name, Expr)> =
        definitions.into_iter().map(|(name, value)| (name, value.tidied().to_expr())).collect();
    for (position, matrix) in positions.into_iter().zip(matrices) {
        let answer = &mut answers[position];
        answer.value = matrix.tidied().to_expr();
        let mut used: Vec<bool> = vec![false; definitions.len()];
        // Latest first: a definition uses earlier ones only.
        for at in (0..definitions.len()).rev() {
            let name = &definitions[at].0;
            used[at] = mentions(&answer.value, name)
                || (at + 1..definitions.len())
                    .any(|later| used[later] && mentions(&definitions[later].1, name));
        }
        let needed = definitions.iter().zip(&used).filter(|(_, used)| **used);
        answer.introduced.extend(needed.map(|(definition, _)| definition.clone()));
    }
    definitions
}

/// What is printed of answers and the definitions of their names.
fn printed(answers: &[Matrix], names: &[(Name, Matrix)]) -> usize {
    names.iter().map(|_| 1).sum::<usize>()
        + length(answers.iter().chain(names.iter().map(|(_, value)| value)).cloned())
}

/// Of all as they are printed, powers in place of equal factors among them.
fn length(matrices: impl Iterator<Item = Matrix>) -> usize {
    matrices.map(|matrix| matrix.tidied().cost()).sum()
}

/// How much a name saves: its value is written once, and the name in every place and before the equals sign.
fn saving(cost: usize, copies: usize) -> usize {
    (copies * cost).saturating_sub(cost + copies + 1)
}

/// Puts in what does not save so much by its name, the first ones first; what is left keeps its name.
fn put_in_short(answers: &mut [Matrix], behind: &mut Vec<Definition>, least: usize) {
    let mut at = 0;
    while at < behind.len() {
        let Definition { leaf, value, .. } = behind[at].clone();
        let later = behind[at + 1..].iter().map(|known| &known.value);
        let whole: Vec<&Matrix> = answers.iter().chain(later).collect();
        let copies: usize = whole.iter().map(|matrix| matrix.replaced(&leaf, &leaf).1).sum();
        let put_in = length(whole.iter().map(|matrix| matrix.replaced(&leaf, &value).0));
        let named = length(whole.into_iter().cloned().chain([value.clone()])) + 1;
        if saving(value.clone().tidied().cost(), copies) >= least && put_in >= named.saturating_add(least) {
            at += 1;
            continue;
        }
        behind.remove(at);
        let later = behind[at..].iter_mut().map(|known| &mut known.value);
        answers.iter_mut().chain(later).for_each(|matrix| *matrix = matrix.replaced(&leaf, &value).0);
    }
}

/// The answers with names in place of what recurs in them, and the definitions of the names, each after those it
/// uses. The part that saves most is named first; of equal ones the earlier.
fn named(
    mut answers: Vec<Matrix>,
    mut definitions: Vec<Definition>,
    problem: &Problem,
) -> (Vec<Matrix>, Vec<(Name, Matrix)>) {
    while definitions.len() < MOST_NAMES {
        let parts: Vec<Matrix> = answers
            .iter()
            .chain(definitions.iter().map(|known| &known.value))
            .flat_map(Matrix::parts)
            .collect();
        if parts.len() > MOST_PARTS {
            break;
        }
        let mut best: Option<(usize, Matrix)> = None;
        for part in &parts {
            // Defined the shorter way round, else as it stands first.
            let turned = part.clone().transpose();
            let cost = |matrix: &Matrix| matrix.clone().tidied().cost();
            let part = if cost(&turned) < cost(part) { &turned } else { part };
            let cost = cost(part);
            let divides = matches!(part, Matrix::Power { exponent, .. } if exponent.is_negative());
            if cost < 4 || divides {
                continue;
            }
            let leaf = Matrix::leaf(Expr::name("\u{0}"), part.shape());
            let copies: usize = answers
                .iter()
                .chain(definitions.iter().map(|known| &known.value))
                .map(|matrix| matrix.replaced(part, &leaf).1)
                .sum();
            let saving = saving(cost, copies);
            if saving < LEAST_SAVING || best.as_ref().is_some_and(|known| saving <= known.0) {
                continue;
            }
            let whole = || answers.iter().chain(definitions.iter().map(|known| &known.value));
            let named =
                length(whole().map(|matrix| matrix.replaced(part, &leaf).0).chain([part.clone()])) + 1;
            if length(whole().cloned()) >= named + LEAST_SAVING {
                best = Some((saving, part.clone()));
            }
        }
        let Some((_, part)) = best else { break };
        // Names are given at the end, in the order of the definitions.
        let leaf = Matrix::leaf(Expr::name(format!("\u{0}{}", definitions.len())), part.shape());
        answers = answers.iter().map(|matrix| matrix.replaced(&part, &leaf).0).collect();
        let first_use = definitions.iter().position(|known| known.value.replaced(&part, &leaf).1 > 0);
        for known in &mut definitions {
            known.value = known.value.replaced(&part, &leaf).0;
        }
        let definition = Definition { leaf, name: None, value: part };
        definitions.insert(first_use.unwrap_or(definitions.len()), definition);
    }
    let mut given: Vec<(Name, Matrix)> = Vec::new();
    let mut leaves = Vec::new();
    for at in 0..definitions.len() {
        let Definition { mut leaf, name, value } = definitions[at].clone();
        let name = name.unwrap_or_else(|| {
            let known =
                |name: &str| problem.is_taken(name) || given.iter().any(|(known, _)| **known == *name);
            let name = fresh(&value.shape(), &known);
            let new = Matrix::leaf(Expr::name(name.clone()), value.shape());
            let renamed = |matrix: &Matrix| matrix.replaced(&leaf, &new).0;
            answers = answers.iter().map(renamed).collect();
            definitions.iter_mut().for_each(|known| known.value = renamed(&known.value));
            leaf = new;
            name
        });
        given.push((name, definitions[at].value.clone()));
        leaves.push(leaf);
    }
    // What stands in several places may be printed as a power, in one.
    for at in (0..given.len()).rev() {
        let value = given[at].1.clone();
        let put_in = |matrix: &Matrix| matrix.replaced(&leaves[at], &value).0;
        let out: Vec<Matrix> = answers.iter().map(put_in).collect();
        let mut left = given.clone();
        left.remove(at);
        left[at..].iter_mut().for_each(|(_, later)| *later = put_in(later));
        if printed(&out, &left) <= printed(&answers, &given) {
            (answers, given) = (out, left);
            leaves.remove(at);
        }
    }
    (answers, given)
}

/// A name that nothing has yet, of the letters for its shape.
pub fn fresh(shape: &Shape, taken: &dyn Fn(&str) -> bool) -> Name {
    let pool: &[&str] = match (shape.is_scalar(), shape.is_vector()) {
        (true, _) => &SCALARS,
        (_, true) => &VECTORS,
        _ => &MATRICES,
    };
    let numbered = (1..).map(|number| format!("{}{number}", pool[0]));
    let mut candidates = pool.iter().map(|name| name.to_string()).chain(numbered);
    candidates.find(|name| !taken(name)).unwrap_or_default().into()
}
