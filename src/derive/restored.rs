//! Definitions of the file put back where their formulas stand: `K*H*P*H' + K*R` is `K*Si` where the file says
//! `Si = H*P*H' + R`, inside inverses and functions too.

use std::cmp::Reverse;

use num_traits::{One, Zero};

use super::cotangent::Engine;
use crate::collapse::collapse;
use crate::dependence::{definition, sole_name};
use crate::fold::copies;
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Raised;
use crate::index::symmetry::turned;
use crate::index::{Base, Exponent, Factor, Form, Index, Quantities, QuantityId, Term};
use crate::problem::Goal;
use crate::shorten::{opened, sums_in};
use crate::syntax::ast::{Expr, ExprKind, Ident, Name};

/// Longer forms, and those with more definitions to look for, are left as they are.
const MOST_TERMS: usize = 60;
const MOST_DEFINITIONS: usize = 40;
/// Parts in parts are followed so far.
const MOST_LEVELS: usize = 8;
/// So many entries of symmetric matrices are read both ways.
const MOST_TURNS: usize = 4;

/// The definitions that answers may speak of.
#[derive(Debug, Default)]
pub struct Definitions {
    /// As the file has them, in its order.
    pub written: Vec<(QuantityId, Form)>,
    /// In the form that gradients are given in; `None` before they are asked for.
    simplified: Option<Vec<Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    id: QuantityId,
    form: Form,
    /// The term that says where it stands, as it has all free indices; once for each way to read its symmetric entries.
    keys: Vec<Term>,
}

impl Engine<'_> {
    /// Whether answers may speak of a definition: the file's own, unless what is derived first is differentiated by it
    /// afterwards, and its formula does not hang on it.
    pub fn is_spoken_of(&self, name: &Name) -> bool {
        let made = self.problem.parts.contains(name) || self.problem.introduced.contains(name);
        let later = |goal: &Goal| goal.is_nested() && goal.denominators().contains(name);
        !made && !self.problem.goals.iter().any(later)
    }

    /// The form with the file's definitions put back; `None` where none of them stands in it.
    pub fn restored(&mut self, form: &Form) -> Option<Form> {
        if self.definitions.written.is_empty() || form.terms.len() > MOST_TERMS {
            return None;
        }
        if self.definitions.simplified.is_none() {
            // Nothing is looked for while these are simplified themselves.
            self.definitions.simplified = Some(Vec::new());
            let written = self.definitions.written.clone();
            let known: Vec<Known> = written.iter().filter_map(|(id, form)| self.known(*id, form)).collect();
            self.definitions.simplified =
                Some(if known.len() > MOST_DEFINITIONS { Vec::new() } else { known });
        }
        let known = self.definitions.simplified.clone()?;
        if known.is_empty() {
            return None;
        }
        let named = self.put_back(form, &known, 0);
        match self.met_inverses(named.as_ref().unwrap_or(form)) {
            Some(shorter) => self.put_back(&shorter, &known, 0).or(Some(shorter)),
            None => named,
        }
    }

    /// `P*inv(P)` met where `P` is a sum whose terms stand apart: `X'*X*w + t*w - X'*y` is zero for a `w` that solves it.
    fn met_inverses(&mut self, form: &Form) -> Option<Form> {
        let mut arguments: Vec<QuantityId> = Vec::new();
        for id in form.terms.iter().flat_map(|term| &term.factors).filter_map(entry) {
            if let Origin::Primitive { argument, .. } = self.quantities.get(id).origin
                && !arguments.contains(&argument)
            {
                arguments.push(argument);
            }
        }
        let mut result = form.clone();
        for argument in arguments {
            let sum = match &self.quantities.get(argument).origin {
                Origin::Part(part) => Some(part.clone()),
                _ => self.part_form(argument),
            };
            let Some(known) = sum.and_then(|sum| self.known(argument, &sum)) else { continue };
            while let Some(next) = self.with_name(&result, &known) {
                result = next;
            }
        }
        let result = self.joined(result);
        let result = self.cancelled(&result).unwrap_or(result);
        (result.terms.len() < form.terms.len()).then_some(result)
    }

    /// What a name that the engine gave to a part stands for.
    fn part_form(&mut self, id: QuantityId) -> Option<Form> {
        let name = sole_name(&self.quantities.get(id).expr)?.clone();
        let value = definition(self.problem, &name).filter(|_| self.problem.parts.contains(&name))?;
        let inlined = |_: &str| false;
        self.expander(&inlined).expand(value).ok()
    }

    /// The form with everything opened that holds solutions of linear equations: derivatives by definitions, sums, and the
    /// definitions that hold inverses; `None` where there is none of these.
    pub fn solutions_opened(&mut self, form: &Form) -> Option<Form> {
        self.restored(form);
        let held = |known: &Known| {
            let entries = known.form.terms.iter().flat_map(|term| &term.factors).filter_map(entry);
            let mut origins = entries.map(|id| &self.quantities.get(id).origin);
            origins.any(|origin| matches!(origin, Origin::Primitive { .. }))
        };
        let known = self.definitions.simplified.iter().flatten().filter(|known| held(known));
        let solutions: Vec<(QuantityId, Form)> = known.map(|known| (known.id, known.form.clone())).collect();
        if solutions.is_empty() {
            return None;
        }
        let mut result = form.clone();
        let mut met = false;
        for _ in 0..MOST_LEVELS {
            let entries: Vec<QuantityId> =
                result.terms.iter().flat_map(|term| &term.factors).filter_map(entry).collect();
            let mut open = sums_in(&result, &self.quantities);
            open.extend(self.gradients.iter().filter(|(id, _)| entries.contains(id)).cloned());
            let solved = solutions.iter().filter(|(id, _)| entries.contains(id)).cloned();
            let before = open.len();
            open.extend(solved);
            met |= open.len() > before;
            if open.is_empty() {
                break;
            }
            result = opened(&result, &open, &mut self.indices)?;
            if result.terms.len() > MOST_TERMS {
                return None;
            }
        }
        met.then(|| self.simplified(&result))
    }

    /// A definition that is worth a look: neither one entry under another name nor recognised anyway.
    fn known(&mut self, id: QuantityId, form: &Form) -> Option<Known> {
        let simple = self.simplified(form);
        let is_part = |id: QuantityId| matches!(self.quantities.get(id).origin, Origin::Part(_));
        // A sum that stands in a function is a part, which is looked into.
        let form = match sole_entry(&simple).is_some_and(|(id, _)| is_part(id)) {
            true => turned(form, &self.quantities),
            false => simple,
        };
        let free = form.free();
        let mut entries = form.terms.iter().flat_map(|term| &term.factors).filter_map(entry);
        if entries.any(|known| known == id) {
            return None;
        }
        if let [term] = form.terms.as_slice()
            && term.factors.iter().filter_map(entry).count() < 2
        {
            return None;
        }
        let places = |term: &Term| {
            let plain =
                term.factors.iter().all(|factor| !matches!(factor.base, Base::Delta(..) | Base::Shift(_)));
            plain && !term.factors.is_empty() && free.iter().all(|index| term.occurrences(index) > 0)
        };
        let longest = form.terms.iter().enumerate().filter(|(_, term)| places(term));
        let (_, key) = longest.max_by_key(|(at, term)| (term.factors.len(), Reverse(*at)))?;
        let keys = self.turns(key);
        Some(Known { id, form, keys })
    }

    /// A term with its entries of symmetric matrices read both ways.
    fn turns(&self, term: &Term) -> Vec<Term> {
        let mut found = vec![term.clone()];
        let symmetric = |factor: &Factor| match &factor.base {
            Base::Entry(id, at) => self.quantities.get(*id).symmetric && at.first() != at.last(),
            _ => false,
        };
        let places = (0..term.factors.len()).filter(|at| symmetric(&term.factors[*at]));
        for place in places.take(MOST_TURNS) {
            let mut others = found.clone();
            for other in &mut others {
                if let Base::Entry(_, indices) = &mut other.factors[place].base {
                    let half = indices.len() / 2;
                    indices.rotate_left(half);
                }
            }
            found.extend(others);
        }
        found
    }

    fn put_back(&mut self, form: &Form, known: &[Known], level: usize) -> Option<Form> {
        let mut result = form.clone();
        let mut changed = false;
        for at in 0..result.terms.len() {
            for place in 0..result.terms[at].factors.len() {
                let base = &result.terms[at].factors[place].base;
                if let Base::Entry(id, indices) = base
                    && let Some((id, order)) = self.renamed(*id, known, level)
                {
                    let indices = order.iter().map(|at| indices[*at].clone()).collect();
                    result.terms[at].factors[place].base = Base::Entry(id, indices);
                    changed = true;
                }
            }
        }
        if changed {
            result = normalize(&result);
        }
        // Each round leaves fewer factors or terms; a later definition may hold an earlier one.
        while let Some(next) = known.iter().rev().find_map(|known| self.with_name(&result, known)) {
            result = next;
            changed = true;
        }
        changed.then_some(result)
    }

    /// One copy of a definition by its name: the difference between the formula and the name, times what they stand beside,
    /// is taken away, and all terms of the formula are gone with it.
    fn with_name(&mut self, form: &Form, known: &Known) -> Option<Form> {
        let own = known.form.free();
        let wanted = form.terms.len() + 1 - known.form.terms.len().min(form.terms.len());
        for term in &form.terms {
            let places = known.keys.iter().flat_map(|key| copies(term, key, &own, known.id));
            for (at, named) in places {
                let place = named.factors.iter().position(|factor| match &factor.base {
                    Base::Entry(id, indices) => *id == known.id && *indices == at,
                    _ => false,
                });
                let Some(place) = place else { continue };
                let mut terms = form.terms.clone();
                for inner in known.form.with_free(&at) {
                    let inner = inner.rename_bound(&mut self.indices);
                    let mut product = named.clone();
                    // A power of the definition holds one copy of it for each formula.
                    product.factors[place].exponent -= Exponent::one();
                    product.factors.splice(place + 1..place + 1, inner.factors);
                    product.factors.retain(|factor| !factor.exponent.is_zero());
                    product.bound.extend(inner.bound);
                    product.coefficient = -(product.coefficient * &inner.coefficient);
                    terms.push(product);
                }
                terms.push(named);
                let found = turned(&Form { terms, ..form.clone() }, &self.quantities);
                if found.terms.len() <= wanted {
                    return Some(found);
                }
            }
        }
        None
    }

    /// What an entry is called with definitions put back inside it, and which of its indices are those of the new entry.
    fn renamed(&mut self, id: QuantityId, known: &[Known], level: usize) -> Option<(QuantityId, Vec<usize>)> {
        if level == MOST_LEVELS {
            return None;
        }
        let info = self.quantities.get(id).clone();
        let straight: Vec<usize> = (0..info.axes.len()).collect();
        match info.origin.clone() {
            Origin::Named => None,
            Origin::Part(part) => {
                let folded = self.put_back(&part, known, level + 1)?;
                if let Some((id, indices)) = sole_entry(&folded) {
                    let free = folded.free();
                    let order: Option<Vec<usize>> =
                        indices.iter().map(|index| free.iter().position(|own| own == index)).collect();
                    if let Some(order) = order.filter(|order| order.len() == free.len()) {
                        return Some((id, order));
                    }
                }
                let catalogue = self.catalogue;
                let shown = folded.clone();
                let expr = |quantities: &Quantities| {
                    collapse(&shown, quantities, catalogue).map(|found| found.expr())
                };
                Some((self.quantities.part(folded, expr)?, straight))
            }
            Origin::Applied { function, primes, argument } => {
                let argument = self.upright(argument, known, level)?;
                let inner = self.quantities.get(argument).clone();
                let call = Ident::new(function.clone());
                let expr: Expr =
                    ExprKind::Call { function: call, primes, arguments: vec![inner.expr.clone()] }.into();
                let origin = Origin::Applied { function, primes, argument };
                let named = QuantityInfo { expr, is_derivative: false, origin, ..inner };
                Some((self.quantities.intern(named), straight))
            }
            Origin::Primitive { operation, argument } => {
                let argument = self.upright(argument, known, level)?;
                let expr = Expr::call(&operation, vec![self.quantities.get(argument).expr.clone()]);
                let origin = Origin::Primitive { operation, argument };
                Some((self.quantities.intern(QuantityInfo { expr, origin, ..info }), straight))
            }
            Origin::Raised(raised) => {
                let argument = self.upright(raised.argument, known, level)?;
                let raised = Raised { argument, ..raised };
                let written = self.quantities.get(argument);
                let expr = raised.expr(
                    (&written.expr, written.axes.is_empty()),
                    &raised.placeholder(),
                    &self.quantities,
                );
                let origin = Origin::Raised(raised);
                Some((self.quantities.intern(QuantityInfo { expr, origin, ..info }), straight))
            }
        }
    }

    /// The same of an argument, which keeps its axes in their order.
    fn upright(&mut self, argument: QuantityId, known: &[Known], level: usize) -> Option<QuantityId> {
        let (id, order) = self.renamed(argument, known, level + 1)?;
        order.iter().copied().eq(0..order.len()).then_some(id)
    }
}

fn entry(factor: &Factor) -> Option<QuantityId> {
    match factor.base {
        Base::Entry(id, _) => Some(id),
        _ => None,
    }
}

/// The only factor of a form, where it is an entry and nothing else stands there.
fn sole_entry(form: &Form) -> Option<(QuantityId, &[Index])> {
    let [term] = form.terms.as_slice() else { return None };
    let [factor] = term.factors.as_slice() else { return None };
    let alone = term.coefficient.is_one() && term.bound.is_empty() && factor.exponent.is_one();
    match &factor.base {
        Base::Entry(id, indices) if alone => Some((*id, indices)),
        _ => None,
    }
}
