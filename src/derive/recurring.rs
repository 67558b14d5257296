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

/// Gives names to what recurs in the answers that are matrices, each with its position, and says which.
pub fn name(answers: &mut [Answer], matrices: Vec<(usize, Matrix)>, problem: &Problem) -> Vec<(Name, Expr)> {
    let (positions, matrices): (Vec<usize>, Vec<Matrix>) = matrices.into_iter().unzip();
    let (matrices, definitions) = named(matrices, problem);
    if definitions.is_empty() {
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

/// The answers with names in place of what recurs in them, and the definitions of the names, each after those it
/// uses. The part that saves most is named first; of equal ones the earlier.
fn named(mut answers: Vec<Matrix>, problem: &Problem) -> (Vec<Matrix>, Vec<(Name, Matrix)>) {
    let mut definitions: Vec<(Name, Matrix)> = Vec::new();
    while definitions.len() < MOST_NAMES {
        let parts: Vec<Matrix> = answers
            .iter()
            .chain(definitions.iter().map(|(_, value)| value))
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
                .chain(definitions.iter().map(|(_, value)| value))
                .map(|matrix| matrix.replaced(part, &leaf).1)
                .sum();
            // Once written, and its name in every place and before the equals sign.
            let saving = (copies * cost).saturating_sub(cost + copies + 1);
            if saving >= LEAST_SAVING && best.as_ref().is_none_or(|known| saving > known.0) {
                best = Some((saving, part.clone()));
            }
        }
        let Some((_, part)) = best else { break };
        // Names are given at the end, in the order of the definitions.
        let name: Name = format!("\u{0}{}", definitions.len()).into();
        let leaf = Matrix::leaf(Expr::name(name.clone()), part.shape());
        answers = answers.iter().map(|matrix| matrix.replaced(&part, &leaf).0).collect();
        let first_use = definitions.iter().position(|(_, value)| value.replaced(&part, &leaf).1 > 0);
        for (_, value) in &mut definitions {
            *value = value.replaced(&part, &leaf).0;
        }
        definitions.insert(first_use.unwrap_or(definitions.len()), (name, part));
    }
    let mut given: Vec<(Name, Matrix)> = Vec::new();
    for at in 0..definitions.len() {
        let (placeholder, value) = definitions[at].clone();
        let shape = value.shape();
        let name = fresh(&shape, problem, &given);
        let (old, new) = (
            Matrix::leaf(Expr::name(placeholder), shape.clone()),
            Matrix::leaf(Expr::name(name.clone()), shape),
        );
        let renamed = |matrix: &Matrix| matrix.replaced(&old, &new).0;
        answers = answers.iter().map(renamed).collect();
        definitions.iter_mut().for_each(|(_, value)| *value = renamed(value));
        given.push((name, definitions[at].1.clone()));
    }
    (answers, given)
}

fn fresh(shape: &Shape, problem: &Problem, definitions: &[(Name, Matrix)]) -> Name {
    let pool: &[&str] = match (shape.is_scalar(), shape.is_vector()) {
        (true, _) => &SCALARS,
        (_, true) => &VECTORS,
        _ => &MATRICES,
    };
    let taken = |name: &str| problem.is_taken(name) || definitions.iter().any(|(known, _)| **known == *name);
    let numbered = (1..).map(|number| format!("{}{number}", pool[0]));
    let mut candidates = pool.iter().map(|name| name.to_string()).chain(numbered);
    candidates.find(|name| !taken(name)).unwrap_or_default().into()
}
