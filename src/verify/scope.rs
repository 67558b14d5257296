//! Which names an expression sees, and which parts of it need not be evaluated again.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dual::Dual;
use super::error::{Eval, EvalError};
use super::letters::{Letter, children, same_name, tag};
use crate::syntax::ast::{Expr, ExprKind, Name};

/// What is visible at one place of evaluation: the surface, a definition, or an operation's body.
#[derive(Debug)]
pub struct Scope<N> {
    /// Innermost last.
    pub letters: Vec<Letter>,
    /// Parameters of the operation or function whose body is evaluated.
    pub frame: Option<Frame<N>>,
    pub memo: Memo<N>,
}

/// Parameters bound to values and the operation's own dimensions bound to sizes.
#[derive(Debug)]
pub struct Frame<N> {
    pub values: Vec<(Name, Rc<Dual<N>>)>,
    /// With the mark of a literal 1.
    sizes: Vec<(Name, usize, bool)>,
    /// Nothing but the parameters may vary here: the body is not differentiated along a pass.
    pub closed: bool,
}

/// Values of parts under the letters that they use.
///
/// Keys are addresses: everything evaluated in one scope outlives it.
#[derive(Debug)]
pub struct Memo<N> {
    /// The [`tag`]s of the names in a part; none where its value is not kept.
    names: FxHashMap<usize, Option<Rc<[u64]>>>,
    values: FxHashMap<Key, Rc<Dual<N>>>,
}

pub type Key = (usize, Vec<i64>);

impl<N> Default for Scope<N> {
    fn default() -> Scope<N> {
        Scope { letters: Vec::new(), frame: None, memo: Memo::default() }
    }
}

impl<N> Default for Frame<N> {
    fn default() -> Frame<N> {
        Frame { values: Vec::new(), sizes: Vec::new(), closed: false }
    }
}

impl<N> Default for Memo<N> {
    fn default() -> Memo<N> {
        Memo { names: FxHashMap::default(), values: FxHashMap::default() }
    }
}

impl<N> Frame<N> {
    pub fn value(&self, name: &str) -> Option<&Rc<Dual<N>>> {
        self.values.iter().find(|(known, _)| same_name(known, name)).map(|(_, value)| value)
    }

    pub fn size(&self, name: &str) -> Option<(usize, bool)> {
        self.sizes.iter().find(|(known, ..)| same_name(known, name)).map(|&(_, size, unit)| (size, unit))
    }

    /// One name has one size.
    pub fn bind(&mut self, name: &Name, size: usize, unit: bool) -> Eval<()> {
        match self.sizes.iter_mut().find(|(known, ..)| known == name) {
            Some((_, known, literal)) if *known == size => *literal |= unit,
            Some((_, known, _)) => {
                return Err(EvalError::shapes(format_args!("the dimension `{name}`"), *known, size));
            }
            None => self.sizes.push((name.clone(), size, unit)),
        }
        Ok(())
    }
}

impl<N> Scope<N> {
    pub fn letter(&self, name: &str) -> Option<&Letter> {
        self.letters.iter().rev().find(|letter| same_name(&letter.name, name))
    }

    /// The key of a part that does not use every letter in force: its value serves again at their next
    /// values.
    pub fn key(&mut self, expr: &Expr) -> Option<Key> {
        if self.letters.is_empty() {
            return None;
        }
        match &expr.kind {
            ExprKind::Call { function, .. } if &*function.name == "delta" => return None,
            ExprKind::BigSum { .. }
            | ExprKind::Call { .. }
            | ExprKind::Product { .. }
            | ExprKind::Power { .. }
            | ExprKind::Transpose(_)
            | ExprKind::Sum(_)
            | ExprKind::Matrix(_) => {}
            _ => return None,
        }
        let address = std::ptr::from_ref(expr) as usize;
        let tags = || takes_work(expr).then(|| free_names(expr).iter().map(|name| tag(name)).collect());
        let names = Rc::clone(self.memo.names.entry(address).or_insert_with(tags).as_ref()?);
        let mut reusable = false;
        let mut values = Vec::new();
        for (position, letter) in self.letters.iter().enumerate() {
            let inner = &self.letters[position + 1..];
            let hidden = || inner.iter().any(|inner| inner.tag == letter.tag && inner.name == letter.name);
            if names.contains(&letter.tag) && !hidden() {
                values.push(letter.value);
            } else {
                // A letter that stands for a size has no next value.
                reusable |= letter.range.is_some_and(|range| range > 1);
            }
        }
        reusable.then_some((address, values))
    }

    pub fn known(&self, key: &Key) -> Option<&Rc<Dual<N>>> {
        self.memo.values.get(key)
    }

    pub fn keep(&mut self, key: Key, value: &Rc<Dual<N>>) {
        self.memo.values.insert(key, Rc::clone(value));
    }
}

/// Whether a value takes more to compute than to find again: not that of a few entries and numbers.
fn takes_work(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) => false,
        // A name may be that of a whole matrix.
        ExprKind::Index { base, .. } => !matches!(base.kind, ExprKind::Name(_)),
        ExprKind::Call { function, .. } => &*function.name != "delta",
        ExprKind::Negate(_) | ExprKind::Product { .. } | ExprKind::Sum(_) | ExprKind::Power { .. } => {
            let mut found = false;
            children(expr, &mut |child| found = found || takes_work(child));
            found
        }
        _ => true,
    }
}

/// Names in an expression, those bound within it excepted.
pub fn free_names(expr: &Expr) -> Vec<Name> {
    /// More names than this are not looked for one by one.
    const FEW: usize = 32;
    #[derive(Default)]
    struct Found {
        names: Vec<Name>,
        /// Those of the names once they are many.
        set: FxHashSet<Name>,
    }
    impl Found {
        fn add(&mut self, name: &Name) {
            match self.names.len() {
                count if count < FEW && self.names.contains(name) => return,
                count if count >= FEW => {
                    if self.set.is_empty() {
                        self.set.extend(self.names.iter().cloned());
                    }
                    if !self.set.insert(name.clone()) {
                        return;
                    }
                }
                _ => {}
            }
            self.names.push(name.clone());
        }
    }
    fn collect(expr: &Expr, bound: &mut Vec<Name>, found: &mut Found) {
        let depth = bound.len();
        match &expr.kind {
            ExprKind::Name(name) if !bound.contains(name) => found.add(name),
            ExprKind::BigSum { binders, body } => {
                // A range sees the binders before it only.
                for binder in binders {
                    if let Some(range) = &binder.range {
                        collect(range, bound, found);
                    }
                    bound.push(binder.name.name.clone());
                }
                collect(body, bound, found);
            }
            ExprKind::Table(table) => {
                bound.extend([table.row.clone(), table.column.clone()]);
                collect(&table.body, bound, found);
            }
            _ => children(expr, &mut |child| collect(child, bound, found)),
        }
        bound.truncate(depth);
    }
    let mut found = Found::default();
    collect(expr, &mut Vec::new(), &mut found);
    found.names
}
