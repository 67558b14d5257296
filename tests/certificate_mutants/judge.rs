//! Whether what was accepted is equal as mathematics: by floating point, central differences and no code of the
//! crate but its parser and the reading of the JSON.

use std::collections::BTreeMap;

use entrywise::certificate;
use entrywise::derivation::{Chain, Derivation, Relation};
use entrywise::syntax::ast::{Expr, Name};
use serde_json::Value;

use crate::fields::Mutant;
use crate::support::check::assignments;
use crate::support::evaluate::Scope;
use crate::support::letters::Letter;
use crate::support::point::Point;
use crate::support::program::{Program, Sizes};

/// Relative to the larger side and to 1.
const TOLERANCE: f64 = 1e-5;

pub struct Judge {
    sizes: Option<Sizes>,
}

impl Judge {
    pub fn new(original: &Value) -> Judge {
        let sizes = original["sizes"].as_array().map(|sizes| {
            let size = |size: &Value| {
                let name = Name::from(size["dimension"].as_str().unwrap());
                (name, size["size"].as_u64().unwrap() as usize)
            };
            sizes.iter().map(size).collect()
        });
        Judge { sizes }
    }

    /// # Errors
    /// The first equality that is false or has no value.
    pub fn equal(&self, mutant: &Mutant) -> Result<(), String> {
        let text = crate::signed(mutant.certificate.clone());
        let derivation = certificate::read(&text).map_err(|error| format!("{error:?}"))?;
        let source = mutant.certificate["source"]["text"].as_str().unwrap();
        let mut program = Program::parse(source)?;
        let mut introduced: BTreeMap<String, Expr> = BTreeMap::new();
        for definition in mutant.certificate["definitions"].as_array().unwrap() {
            if definition["introduced"] == true {
                let value = program.expression(definition["value"].as_str().unwrap())?;
                introduced.insert(definition["name"].as_str().unwrap().to_string(), value);
            }
        }
        for (name, value) in derivation.answers.iter().flat_map(|answer| &answer.introduced) {
            introduced.insert(name.to_string(), value.clone());
        }
        for (name, value) in introduced {
            program.define(name.as_str().into(), value);
        }
        let sizes = match &self.sizes {
            Some(sizes) => vec![sizes.clone()],
            None => assignments(&program, 2)?,
        };
        for (seed, sizes) in sizes.iter().enumerate() {
            let point = Point::draw(&program, sizes, 77 + seed as u64)?;
            for chain in chains(&derivation, mutant.chain.as_deref()) {
                holds(&point, &chain)?;
            }
        }
        Ok(())
    }
}

/// The chain at a JSON pointer, or all of them and the answers.
fn chains(derivation: &Derivation, at: Option<&str>) -> Vec<Chain> {
    if let Some(at) = at {
        let numbers: Vec<usize> = at.split('/').filter_map(|part| part.parse().ok()).collect();
        let step = &derivation.sections[numbers[0]].steps[numbers[1]];
        return vec![step.displays[numbers[2]].chains[numbers[3]].clone()];
    }
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    let mut found: Vec<Chain> =
        steps.flat_map(|step| &step.displays).flat_map(|display| display.chains.clone()).collect();
    for answer in &derivation.answers {
        found.push(Chain::new(answer.goal.clone()).equals(answer.value.clone()).over(&answer.free));
    }
    found
}

fn holds(point: &Point, chain: &Chain) -> Result<(), String> {
    let mut letters = Vec::new();
    for (name, range) in &chain.free {
        letters.push((name.clone(), Scope::global(point).dimension(range)?));
    }
    let count: usize = letters.iter().map(|(_, size)| size).product();
    for mut number in 0..count {
        let mut assigned = Vec::new();
        for (name, size) in &letters {
            assigned.push(Letter { name: name.clone(), value: number % size + 1, size: *size });
            number /= size;
        }
        let value = |expr: &Expr| {
            let mut scope = Scope::global(point);
            scope.letters = assigned.clone();
            scope.expr(expr)
        };
        let mut before = value(&chain.first)?;
        for (relation, side) in &chain.rest {
            let after = value(side)?;
            if *relation == Relation::Equal {
                let largest =
                    before.data.iter().chain(&after.data).fold(1.0_f64, |most, entry| most.max(entry.abs()));
                let off = before.data.iter().zip(&after.data).any(|(one, other)| {
                    let error = (one - other).abs();
                    error.is_nan() || error > TOLERANCE * largest
                });
                if before.shape() != after.shape() || off {
                    return Err(format!("{before:?} is not {after:?}"));
                }
            }
            before = after;
        }
    }
    Ok(())
}
