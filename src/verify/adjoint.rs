//! Derivatives of scalars by reverse accumulation: a value's adjoint is the sum, over the definitions that
//! mention it, of their adjoints times their own derivative by it while all else stays. Each of these is computed
//! once a point, so that a program of many definitions costs as much as its definitions together.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dense::Dense;
use super::differentiate::{LANES, Pass};
use super::error::{Eval, EvalError};
use super::evaluate::Evaluator;
use super::number::Number;
use super::scope::free_names;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// Which definitions mention a name, in their order.
pub type Users = Rc<FxHashMap<Name, Vec<Name>>>;

/// The derivatives of one scalar, as far as they were needed yet.
pub struct Adjoint<N> {
    numerator: Rc<Expr>,
    /// What the numerator itself mentions; nothing for a name, whose adjoint is 1.
    mentioned: Vec<Name>,
    /// `None` where it is zero because no way leads to the numerator.
    values: FxHashMap<Name, Option<Rc<Dense<N>>>>,
}

impl<N: Number> Evaluator<'_, N> {
    /// `d(numerator)/d(by)` of a scalar that uses no letters, shaped like `by`; `None` for zero.
    pub(super) fn adjoint(&mut self, numerator: &Expr, by: &Name) -> Eval<Option<Rc<Dense<N>>>> {
        let known = self.adjoints.iter().position(|known| *known.numerator == *numerator);
        let place = match known {
            Some(place) => place,
            None => {
                let mut values = FxHashMap::default();
                let mentioned = match &numerator.kind {
                    ExprKind::Name(name) => {
                        values.insert(name.clone(), Some(Rc::new(Dense::scalar(N::ONE))));
                        Vec::new()
                    }
                    _ => free_names(numerator),
                };
                self.adjoints.push(Adjoint { numerator: Rc::new(numerator.clone()), mentioned, values });
                self.adjoints.len() - 1
            }
        };
        let users = self.users();
        let mut needed = Vec::new();
        let (mut open, mut seen) = (vec![by.clone()], FxHashSet::default());
        while let Some(name) = open.pop() {
            if !self.adjoints[place].values.contains_key(&name) && seen.insert(name.clone()) {
                open.extend(users.get(&name).into_iter().flatten().cloned());
                needed.push(name);
            }
        }
        // A definition uses earlier ones only: backwards, everything is there when it is needed.
        needed.sort_by_key(|name| std::cmp::Reverse(self.position(name)));
        for name in needed {
            let value = self.backwards(place, &name, &users)?;
            self.adjoints[place].values.insert(name, value.map(Rc::new));
        }
        Ok(self.adjoints[place].values.get(by).cloned().flatten())
    }

    fn backwards(&mut self, place: usize, name: &Name, users: &Users) -> Eval<Option<Dense<N>>> {
        let mut total = None;
        if self.adjoints[place].mentioned.contains(name) {
            let numerator = Rc::clone(&self.adjoints[place].numerator);
            self.share(&numerator, &Dense::scalar(N::ONE), name, &mut total)?;
        }
        for user in users.get(name).into_iter().flatten() {
            let weight = match self.adjoints[place].values.get(user) {
                Some(Some(weight)) => Rc::clone(weight),
                Some(None) => continue,
                None => return Err(EvalError::unsupported("definitions that use later ones")),
            };
            if let Some(definition) = self.definition(user) {
                self.share(definition, &weight, name, &mut total)?;
            }
        }
        Ok(total)
    }

    /// Adds what `name` does to the numerator through one expression of the given adjoint.
    fn share(
        &mut self,
        expr: &Expr,
        weight: &Dense<N>,
        name: &Name,
        total: &mut Option<Dense<N>>,
    ) -> Eval<()> {
        let axes = self.primal(name)?.primal.axes;
        let directions = axes.elements();
        for first in (0..directions).step_by(LANES) {
            let pass = Pass::direct(name, first, LANES.min(directions - first));
            let outer = self.change(Some(pass));
            let value = self.scoped(expr);
            self.restore(outer);
            let value = value?;
            for (lane, tangent) in value.tangents.iter().enumerate() {
                let Some(tangent) = tangent else { continue };
                if tangent.data.len() != weight.data.len() {
                    return Err(EvalError::shapes("a derivative", tangent.axes, weight.axes));
                }
                self.charge(tangent.data.len())?;
                let products = tangent.data.iter().zip(&weight.data).filter(|(t, _)| !t.is_zero());
                let sum = products.fold(N::ZERO, |sum, (&t, &w)| sum + t * w);
                let total = total.get_or_insert_with(|| Dense::zeros(axes));
                total.data[first + lane] += sum;
            }
        }
        Ok(())
    }

    /// The place of a definition in the order of all.
    pub(super) fn position(&self, name: &str) -> usize {
        let own = self.problem.quantities.get_index_of(name);
        own.unwrap_or_else(|| {
            let added = self.introduced.iter().position(|(known, _)| &**known == name);
            self.problem.quantities.len() + added.unwrap_or(0)
        })
    }

    fn users(&mut self) -> Users {
        if let Some(users) = &self.users {
            return Rc::clone(users);
        }
        let problem = self.problem;
        let mut users: FxHashMap<Name, Vec<Name>> = FxHashMap::default();
        // The formulas of operations that a definition calls see their parameters only: nothing of theirs counts.
        for name in problem.quantities.keys().chain(self.introduced.iter().map(|(name, _)| name)) {
            for used in self.definition(name).map_or_else(Vec::new, free_names) {
                users.entry(used).or_default().push(name.clone());
            }
        }
        let users = Rc::new(users);
        self.users = Some(Rc::clone(&users));
        users
    }

    /// The names that move with `by`, while those held do not.
    pub(super) fn moving(&mut self, by: &Name, held: &[Name]) -> FxHashSet<Name> {
        let users = self.users();
        let mut moving = FxHashSet::from_iter([by.clone()]);
        let mut open = vec![by];
        while let Some(name) = open.pop() {
            for user in users.get(name).into_iter().flatten() {
                if !held.contains(user) && moving.insert(user.clone()) {
                    open.push(user);
                }
            }
        }
        moving
    }
}
