//! Scalar functions recognised by their formulas: `exp(z) ./ (1 + exp(z))` is `sigmoid(z)`.
//!
//! A sum in a denominator that some function's formula is the reciprocal of: terms are reduced by it, so that it stands
//! alone, and the reciprocal gets the function's name. By the laws of the catalogue (`exp(-t) = 1/exp(t)`) the same sum
//! is another's multiple, `1 + exp(z)` that of `1 + exp(-z)`: both ways are given, and which is shorter is for others
//! to say.

use std::collections::HashMap;

use num_traits::{One, Signed};

use super::cotangent::Engine;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::problem::HIDDEN;

/// Forms with more terms, or with more sums to be called by a function, are left as they are.
const MOST_TERMS: usize = 60;
const MOST_SUMS: usize = 4;
/// So many rounds of reducing; a form that is not reduced to the end is only longer.
const MOST_ROUNDS: usize = 32;

/// What was found of each quantity.
#[derive(Debug, Default)]
pub struct Found {
    called: HashMap<QuantityId, Option<Called>>,
    behind: HashMap<QuantityId, Option<Called>>,
}

/// An entry that is a power of another one: `sigmoid(z)[i]` is `(1 + exp(-z))[i]^-1`.
#[derive(Clone, Debug)]
struct Called {
    name: Base,
    /// With the same indices, in its own order.
    behind: Base,
    power: Exponent,
}

impl Called {
    /// The power of the name that a power of what is behind it is.
    fn fold(&self, factor: &Factor) -> Option<Factor> {
        let exponent = factor.exponent / self.power;
        let whole = exponent.is_integer() && exponent.is_positive();
        let base = whole.then(|| renamed(&self.behind, &factor.base, &self.name)).flatten()?;
        Some(Factor { base, exponent })
    }

    fn unfold(&self, factor: &Factor) -> Option<Factor> {
        let whole = factor.exponent.is_integer();
        let base = whole.then(|| renamed(&self.name, &factor.base, &self.behind)).flatten()?;
        Some(Factor { base, exponent: factor.exponent * self.power })
    }
}

/// `target` with the indices that make the entry `pattern` the entry `found`.
fn renamed(pattern: &Base, found: &Base, target: &Base) -> Option<Base> {
    let (Base::Entry(wanted, own), Base::Entry(id, other)) = (pattern, found) else { return None };
    let map = |index: &Index| {
        own.iter().position(|known| known == index).and_then(|at| other.get(at)).unwrap_or(index).clone()
    };
    (wanted == id && own.len() == other.len()).then(|| target.map_indices(&map))
}

/// A sum as a multiple of another: `1 + exp(z)` is `exp(-z)^-1` times `1 + exp(-z)`.
struct Multiple {
    sum: Base,
    other: Base,
    /// The function in the sum, `exp(z)`.
    own: Base,
    /// Its reciprocal, `exp(-z)`.
    by: Base,
}

impl Multiple {
    /// By the reciprocal and the other sum.
    fn written(&self, factor: &Factor) -> Option<Vec<Factor>> {
        let power = |from: &Base, to: &Base, exponent: Exponent| {
            Some(Factor { base: renamed(from, &factor.base, to)?, exponent })
        };
        let own = power(&self.own, &self.by, -factor.exponent);
        own.map(|factor| vec![factor]).or_else(|| {
            let by = power(&self.sum, &self.by, -factor.exponent)?;
            Some(vec![by, power(&self.sum, &self.other, factor.exponent)?])
        })
    }

    /// Where the reciprocal is left below, the function itself.
    fn back(&self, factor: &Factor) -> Option<Vec<Factor>> {
        let base = factor.exponent.is_negative().then(|| renamed(&self.by, &factor.base, &self.own));
        Some(vec![Factor { base: base.flatten()?, exponent: -factor.exponent }])
    }
}

/// Factors replaced where there is something for them.
fn replaced(form: &Form, replace: &mut dyn FnMut(&Factor) -> Option<Vec<Factor>>) -> Form {
    let terms = form.terms.iter().map(|term| {
        let factors = term.factors.iter();
        let factors = factors.flat_map(|factor| replace(factor).unwrap_or_else(|| vec![factor.clone()]));
        Term { factors: factors.collect(), ..term.clone() }
    });
    normalize(&Form { terms: terms.collect(), ..form.clone() })
}

impl Engine<'_> {
    /// The form with functions called by their names, once for each way to write the sums behind them.
    pub fn called(&mut self, form: &Form) -> Vec<Form> {
        if form.terms.len() > MOST_TERMS {
            return Vec::new();
        }
        let plain = replaced(form, &mut |factor| Some(vec![self.behind(factor)?.unfold(factor)?]));
        let mut sums: Vec<QuantityId> = Vec::new();
        for factor in plain.terms.iter().flat_map(|term| &term.factors) {
            let Base::Entry(id, _) = factor.base else { continue };
            if !sums.contains(&id) && self.name_of(id).is_some_and(|called| called.fold(factor).is_some()) {
                sums.push(id);
            }
        }
        if sums.is_empty() || sums.len() > MOST_SUMS {
            return Vec::new();
        }
        let mut found = vec![self.named(&plain, &sums, &[])];
        let multiples: Vec<Multiple> = sums.iter().filter_map(|sum| self.multiple(*sum)).collect();
        if !multiples.is_empty() {
            let turned = replaced(&plain, &mut |factor| {
                multiples.iter().find_map(|multiple| multiple.written(factor))
            });
            for multiple in &multiples {
                if let Base::Entry(id, _) = multiple.other {
                    sums.push(id);
                }
            }
            found.push(self.named(&turned, &sums, &multiples));
        }
        found
    }

    /// The form with names for these sums, those of the file first.
    fn named(&mut self, form: &Form, sums: &[QuantityId], multiples: &[Multiple]) -> Form {
        let form = self.reduced_by(form, &|id| sums.contains(&id));
        let form = replaced(&form, &mut |factor| multiples.iter().find_map(|multiple| multiple.back(factor)));
        let form = self.simplified(&form);
        let form = self.with_names(&form);
        self.simplified(&form)
    }

    /// The form reduced by the sums in its denominators; `None` where there is none.
    pub fn reduced(&mut self, form: &Form) -> Option<Form> {
        if form.terms.len() > MOST_TERMS {
            return None;
        }
        let reduced = self.reduced_by(form, &|_| true);
        (reduced != *form).then(|| self.simplified(&reduced))
    }

    fn reduced_by(&mut self, form: &Form, wanted: &dyn Fn(QuantityId) -> bool) -> Form {
        let mut form = form.clone();
        let inlined = |_: &str| false;
        for _ in 0..MOST_ROUNDS {
            let mut changed = false;
            let mut terms = Vec::new();
            for term in &form.terms {
                match self.expander(&inlined).reduced(term, wanted) {
                    Some(reduced) => {
                        changed = true;
                        terms.extend(reduced);
                    }
                    None => terms.push(term.clone()),
                }
            }
            if !changed || terms.len() > MOST_TERMS {
                break;
            }
            form = normalize(&Form { terms, ..form });
        }
        form
    }

    /// The quantity that is a function's value by its formula, called by the function.
    pub fn name_for(&mut self, id: QuantityId) -> Option<QuantityId> {
        let called = self.name_of(id)?;
        match (&called.name, &called.behind) {
            (Base::Entry(name, at), Base::Entry(_, same)) if at == same && called.power.is_one() => {
                Some(*name)
            }
            _ => None,
        }
    }

    /// Every power in a form that a function's formula is, called by the function.
    pub fn with_names(&mut self, form: &Form) -> Form {
        replaced(form, &mut |factor| {
            let Base::Entry(id, _) = factor.base else { return None };
            Some(vec![self.name_of(id)?.fold(factor)?])
        })
    }

    /// The reciprocal of a sum that a function or a definition of the file is.
    fn behind(&mut self, factor: &Factor) -> Option<Called> {
        let Base::Entry(id, _) = factor.base else { return None };
        if !self.found.behind.contains_key(&id) {
            let found = self.find_behind(id);
            self.found.behind.insert(id, found);
        }
        self.found.behind.get(&id).cloned().flatten()
    }

    fn find_behind(&mut self, id: QuantityId) -> Option<Called> {
        let definitions: Vec<Form> = match &self.quantities.get(id).origin {
            Origin::Part(_) => return None,
            Origin::Named => self.quantities.definitions(id).cloned().collect(),
            Origin::Applied { function, primes: 0, argument } => {
                let (function, argument) = (self.problem.functions.get(function)?, *argument);
                let value = function.value.as_ref()?;
                let axes = self.quantities.get(argument).axes.clone();
                let at: Vec<Index> = axes.iter().map(|dim| self.indices.fresh(dim)).collect();
                let inlined = |_: &str| false;
                let formula = self.expander(&inlined).formula(&function.parameter, value, argument, &at);
                vec![Form { rows: at, columns: Vec::new(), terms: formula.ok()? }]
            }
            Origin::Applied { .. } | Origin::Primitive { .. } | Origin::Raised(_) => return None,
        };
        definitions.iter().find_map(|form| {
            let factor = sole_factor(&form.terms)?;
            let Base::Entry(sum, _) = &factor.base else { return None };
            let Origin::Part(part) = &self.quantities.get(*sum).origin else { return None };
            let reciprocal = factor.exponent.is_integer() && factor.exponent.is_negative();
            (reciprocal && part.terms.len() > 1).then(|| Called {
                name: Base::Entry(id, form.free()),
                behind: factor.base.clone(),
                power: factor.exponent,
            })
        })
    }

    /// The function whose formula is a power of a quantity: of a sum, or of a function of one.
    fn name_of(&mut self, id: QuantityId) -> Option<Called> {
        if !self.found.called.contains_key(&id) {
            let found = self.find_name(id);
            self.found.called.insert(id, found);
        }
        self.found.called.get(&id).cloned().flatten()
    }

    fn find_name(&mut self, id: QuantityId) -> Option<Called> {
        let sum = match &self.quantities.get(id).origin {
            Origin::Part(part) => part.clone(),
            Origin::Applied { argument, .. } => match &self.quantities.get(*argument).origin {
                Origin::Part(part) => part.clone(),
                _ => return None,
            },
            Origin::Named | Origin::Primitive { .. } | Origin::Raised(_) => return None,
        };
        let problem = self.problem;
        let functions = problem.functions.values().filter(|known| !known.name.starts_with(HIDDEN));
        let formulas: Vec<_> = functions.filter_map(|known| Some((known, known.value.as_ref()?))).collect();
        let inlined = |_: &str| false;
        for (_, argument, at) in self.applied_in(&sum) {
            let straight = vec![Term::base(Base::Entry(argument, at.clone()))];
            let turned = self.expander(&inlined).negated(argument, &at);
            for terms in [straight, turned] {
                for (function, value) in &formulas {
                    let mut expander = self.expander(&inlined);
                    let at_argument = Form::scalar(terms.clone());
                    let Ok(formula) = expander.formula_of(&function.parameter, value, at_argument) else {
                        continue;
                    };
                    let Some(factor) = sole_factor(&formula) else { continue };
                    if !matches!(factor.base, Base::Entry(found, _) if found == id) {
                        continue;
                    }
                    let name = expander.applied_to(&function.name, argument, &terms, &at)?;
                    return Some(Called { name, behind: factor.base.clone(), power: factor.exponent });
                }
            }
        }
        None
    }

    /// Functions in a sum with their arguments and indices, those of inner sums aside.
    fn applied_in(&self, sum: &Form) -> Vec<(QuantityId, QuantityId, Vec<Index>)> {
        let free = sum.free();
        let mut found = Vec::<(QuantityId, QuantityId, Vec<Index>)>::new();
        for factor in sum.terms.iter().flat_map(|term| &term.factors) {
            let Base::Entry(id, at) = &factor.base else { continue };
            if let Origin::Applied { argument, primes: 0, .. } = self.quantities.get(*id).origin
                && at.iter().all(|index| free.contains(index))
                && !found.iter().any(|(known, ..)| known == id)
            {
                found.push((*id, argument, at.clone()));
            }
        }
        found
    }

    /// A sum with one function in it as a multiple by what the function is of the negative, where a law says so.
    fn multiple(&mut self, id: QuantityId) -> Option<Multiple> {
        let Origin::Part(sum) = self.quantities.get(id).origin.clone() else { return None };
        let [(applied, argument, at)] = self.applied_in(&sum).try_into().ok()?;
        let Origin::Applied { function, .. } = self.quantities.get(applied).origin.clone() else {
            return None;
        };
        let inlined = |_: &str| false;
        let mut expander = self.expander(&inlined);
        if !expander.is_reciprocal(&function) {
            return None;
        }
        let negative = expander.negated(argument, &at);
        let by = expander.applied_to(&function, argument, &negative, &at)?;
        let own = Base::Entry(applied, at);
        let terms = sum.terms.iter().map(|term| {
            let mut term = term.clone();
            match term.factors.iter().position(|factor| factor.base == own) {
                Some(place) => {
                    let factor = term.factors.remove(place);
                    factor.exponent.is_one().then_some(term)
                }
                None => {
                    term.factors.push(Factor::once(by.clone()));
                    Some(term)
                }
            }
        });
        let other = Form { terms: terms.collect::<Option<_>>()?, ..sum.clone() };
        let other = expander.part_of(&other)?;
        Some(Multiple { sum: Base::Entry(id, sum.free()), other, own, by })
    }
}

/// The only factor of the only term, where nothing else stands there.
fn sole_factor(terms: &[Term]) -> Option<&Factor> {
    let [term] = terms else { return None };
    let [factor] = term.factors.as_slice() else { return None };
    (term.coefficient.is_one() && term.bound.is_empty()).then_some(factor)
}
