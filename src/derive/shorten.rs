//! The shortest form of a gradient: definitions and functions recognised, sums opened, cotangents put in where the
//! whole gets shorter for it.

use std::collections::HashSet;

use num_traits::One;

use super::cotangent::Engine;
use crate::collapse::{Collapsed, collapse};
use crate::dependence::sole_name;
use crate::fold::fold;
use crate::index::canonical::form_key;
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Raised;
use crate::index::{Base, Exponent, Factor, Form, QuantityId};
use crate::matrix::expr_cost;
use crate::problem::HIDDEN;
use crate::shorten::{opened, sums_in};
use crate::simplify::Knowledge;
use crate::syntax::ast::{Expr, ExprKind, Ident};

/// Rounds of opening one sum or cotangent, or all.
const MOST_ROUNDS: usize = 8;
/// With more sums and cotangents in a form only all of them together are opened.
const MOST_CHOICES: usize = 12;

impl Engine<'_> {
    /// By what is known of the quantities: products opened, definitions recognised, known sums carried out.
    pub fn simplified(&mut self, form: &Form) -> Form {
        let form = self.products_opened(form);
        let form = self.joined(form);
        let form = self.cancelled(&form).unwrap_or(form);
        let (problem, quantities) = (self.problem, &self.quantities);
        let name = |id: QuantityId| sole_name(&quantities.get(id).expr);
        // The single entry in a row of a column vector is no choice among several.
        let has_columns =
            |id: QuantityId| quantities.get(id).shape.as_ref().is_some_and(|shape| !shape.columns.is_one());
        let onehot = |id: QuantityId| has_columns(id) && name(id).is_some_and(|name| problem.is_onehot(name));
        let form = Knowledge { quantities, recognised: &|_| true, onehot: &onehot }.simplify(&form);
        // A product that was recognised may meet its inverse.
        if let Some(shorter) = self.cancelled(&form) {
            return self.simplified(&shorter);
        }
        let form = self.refreshed_form(&form);
        // What the prelude has a name for is called by it though nobody wrote it.
        if self.recognise_prelude(&form) { self.simplified(&form) } else { form }
    }

    /// Operations of one argument at what stands under functions and roots: from now on recognised. Whether any is
    /// new.
    fn recognise_prelude(&mut self, form: &Form) -> bool {
        let mut arguments: Vec<QuantityId> = Vec::new();
        for factor in form.terms.iter().flat_map(|term| &term.factors) {
            let Base::Entry(id, _) = &factor.base else { continue };
            match &self.quantities.get(*id).origin {
                Origin::Applied { argument, .. } => arguments.push(*argument),
                Origin::Part(part) if !factor.exponent.is_integer() => {
                    arguments.extend(part.terms.iter().flat_map(|term| &term.factors).filter_map(|factor| {
                        match &factor.base {
                            Base::Entry(id, _) => Some(*id),
                            _ => None,
                        }
                    }));
                }
                _ => {}
            }
        }
        let mut found = false;
        let inlined = |_: &str| false;
        let problem = self.problem;
        for argument in arguments {
            if !self.tried.insert(argument) {
                continue;
            }
            for turned in [false, true] {
                for operation in problem.operations.iter().filter(|known| known.parameters.len() == 1) {
                    if operation.name.starts_with(HIDDEN) {
                        continue;
                    }
                    found |= self.expander(&inlined).recognise_at(operation, argument, turned);
                }
            }
        }
        found
    }

    /// Powers of one entry joined.
    pub fn joined(&mut self, form: Form) -> Form {
        let inlined = |_: &str| false;
        self.expander(&inlined).joined(form, false)
    }

    /// `inverse-cancel` and the laws of products of functions, wherever they apply; `None` where they do nowhere.
    pub fn cancelled(&mut self, form: &Form) -> Option<Form> {
        let inlined = |_: &str| false;
        let mut expander = self.expander(&inlined);
        let (mut form, mut changed) = (form.clone(), false);
        for term in &mut form.terms {
            while let Some(shorter) = expander.cancelled(term).or_else(|| expander.shorter_by_law(term)) {
                *term = crate::index::normal::normalize_term(&shorter);
                changed = true;
            }
        }
        changed.then(|| normalize(&form))
    }

    /// A part that is one product stands for itself, unless it is recognised by its name.
    fn products_opened(&mut self, form: &Form) -> Form {
        let mut form = normalize(form);
        loop {
            let quantities = &self.quantities;
            let product = |id: QuantityId| match &quantities.get(id).origin {
                Origin::Part(part) => {
                    let named = quantities.is_foldable(id);
                    match part.terms.as_slice() {
                        [term] if term.bound.is_empty() && !named => Some(part.clone()),
                        _ => None,
                    }
                }
                _ => None,
            };
            let found = form.terms.iter().enumerate().find_map(|(at, term)| {
                term.factors.iter().enumerate().find_map(|(place, factor)| {
                    let Base::Entry(id, indices) = &factor.base else { return None };
                    if !factor.exponent.is_integer() {
                        return None;
                    }
                    Some((at, place, product(*id)?.with_free(indices).pop()?))
                })
            });
            let Some((at, place, inner)) = found else { return form };
            let term = &mut form.terms[at];
            let exponent = term.factors[place].exponent;
            let Some(powered) = crate::expand::powered(&inner, exponent) else { return form };
            term.coefficient *= powered.coefficient;
            term.factors.splice(place..=place, powered.factors);
            form = normalize(&form);
        }
    }

    /// Every part and argument of a function with the definitions recognised inside it.
    fn refreshed_form(&mut self, form: &Form) -> Form {
        let mut form = form.clone();
        for term in &mut form.terms {
            for factor in &mut term.factors {
                if let Base::Entry(id, _) = &mut factor.base
                    && let Some(fresh) = self.refreshed(*id, 0)
                {
                    *id = fresh;
                }
            }
        }
        normalize(&form)
    }

    fn refreshed(&mut self, id: QuantityId, depth: usize) -> Option<QuantityId> {
        // Nesting is bounded by the parser; this is a guard.
        if depth > 32 {
            return None;
        }
        if depth > 0
            && let Some(name) = self.name_for(id)
        {
            return Some(name);
        }
        // What has a name keeps it, unless another one makes it shorter.
        let most = self.quantities.is_foldable(id).then(|| expr_cost(&self.quantities.get(id).expr));
        match self.quantities.get(id).origin.clone() {
            Origin::Named => None,
            Origin::Applied { .. } if most.is_some() => None,
            Origin::Applied { function, primes, argument } => {
                let argument = self.refreshed(argument, depth + 1)?;
                let info = self.quantities.get(argument).clone();
                let call = Ident::new(function.clone());
                let expr: Expr =
                    ExprKind::Call { function: call, primes, arguments: vec![info.expr.clone()] }.into();
                let origin = Origin::Applied { function, primes, argument };
                Some(self.quantities.intern(QuantityInfo { expr, is_derivative: false, origin, ..info }))
            }
            Origin::Primitive { operation, argument } => {
                let argument = self.refreshed(argument, depth + 1)?;
                let info = self.quantities.get(id).clone();
                let expr = Expr::call(&operation, vec![self.quantities.get(argument).expr.clone()]);
                let origin = Origin::Primitive { operation, argument };
                Some(self.quantities.intern(QuantityInfo { expr, origin, ..info }))
            }
            Origin::Raised(raised) => {
                let argument = self.refreshed(raised.argument, depth + 1)?;
                let info = self.quantities.get(id).clone();
                let raised = Raised { argument, ..raised };
                let written = self.quantities.get(argument);
                let written = (&written.expr, written.axes.is_empty());
                let expr = raised.expr(written, &raised.placeholder(), &self.quantities);
                Some(self.quantities.intern(QuantityInfo { expr, origin: Origin::Raised(raised), ..info }))
            }
            Origin::Part(part) => {
                let folded = normalize(&fold(&part, &self.quantities, &|other| other != id));
                let mut folded = self.with_names(&folded);
                for term in &mut folded.terms {
                    for factor in &mut term.factors {
                        if let Base::Entry(inner, _) = &mut factor.base
                            && let Some(fresh) = self.refreshed(*inner, depth + 1)
                        {
                            *inner = fresh;
                        }
                    }
                }
                if folded == part {
                    return None;
                }
                let catalogue = self.catalogue;
                let shown = folded.clone();
                if let Some(most) = most {
                    let cost = collapse(&shown, &self.quantities, catalogue)?.cost();
                    if cost >= most {
                        return None;
                    }
                }
                self.quantities.part(folded, |quantities| {
                    collapse(&shown, quantities, catalogue).map(|found| found.expr())
                })
            }
        }
    }
}

/// The shortest matrix form over opening sums and (where wanted) cotangents, each everywhere, by cost; `None` where no choice has
/// one.
pub fn shortest(engine: &mut Engine<'_>, form: &Form, open_cotangents: bool) -> Option<(Form, Collapsed)> {
    // What was measured once is no shorter the next time.
    let mut seen = HashSet::new();
    let mut measured = |engine: &mut Engine<'_>, form: Form| {
        if !engine.is_matrix(&form) || !seen.insert((form.rows.len(), form_key(&form))) {
            return None;
        }
        let mut found = collapse(&form, &engine.quantities, engine.catalogue)?;
        // What is opened next is the form without the names. Explicit entries are compared with what has none.
        if open_cotangents
            && let Some(restored) = engine.restored(&form)
            && let Some(named) = collapse(&restored, &engine.quantities, engine.catalogue)
            && named.cost() < found.cost()
        {
            found = named;
        }
        Some((found.cost(), form, found))
    };
    let mut best = measured(engine, form.clone());
    let mut current = form.clone();
    for _ in 0..MOST_ROUNDS {
        let sums = sums_in(&current, &engine.quantities);
        let cotangents = if open_cotangents { cotangents_in(engine, &current) } else { Vec::new() };
        let mut candidates: Vec<Vec<(QuantityId, Form)>> =
            sums.iter().chain(&cotangents).map(|open| vec![open.clone()]).collect();
        if candidates.len() > MOST_CHOICES {
            // A sum over a whole network: nobody opens it by hand, and every choice would be worked out.
            candidates.clear();
        }
        for group in [&sums, &cotangents] {
            if group.len() > 1 {
                candidates.push(group.clone());
            }
        }
        let mut better = None;
        let mut forms = engine.called(&current);
        forms.extend(engine.reduced(&current));
        if open_cotangents {
            forms.extend(engine.solutions_opened(&current));
        }
        forms.extend(engine.over_denominators(&current));
        for open in candidates {
            let Some(form) = opened(&current, &open, &mut engine.indices) else { continue };
            forms.push(engine.simplified(&form));
        }
        for form in forms {
            // A first step alone may be longer than where it leads: what comes after it is tried too.
            let mut further = engine.called(&form);
            further.extend(engine.reduced(&form));
            further.insert(0, form);
            for at in 0..further.len() {
                let all = sums_in(&further[at], &engine.quantities);
                if !all.is_empty()
                    && let Some(form) = opened(&further[at], &all, &mut engine.indices)
                {
                    further.push(engine.simplified(&form));
                }
            }
            for form in further {
                let Some(found) = measured(engine, form) else { continue };
                let known = better.as_ref().or(best.as_ref());
                // Of equal length with fewer terms: `-sigmoid(-x)` before `sigmoid(x) - 1`.
                let size = |known: &(usize, Form, Collapsed)| (known.0, known.1.terms.len());
                if known.is_none_or(|known| size(&found) < size(known)) {
                    better = Some(found);
                }
            }
        }
        let Some(found) = better else { break };
        current = found.1.clone();
        best = Some(found);
    }
    best.map(|(_, form, found)| (form, found))
}

/// Cotangents that stand in a form and were derived before.
fn cotangents_in(engine: &Engine<'_>, form: &Form) -> Vec<(QuantityId, Form)> {
    let stands = |factor: &Factor, id: QuantityId| {
        factor.exponent == Exponent::one() && matches!(&factor.base, Base::Entry(known, _) if *known == id)
    };
    engine
        .gradients
        .iter()
        .filter(|(id, _)| form.terms.iter().any(|term| term.factors.iter().any(|factor| stands(factor, *id))))
        .cloned()
        .collect()
}
