//! The prelude: read like a file, and laid under one.

use std::sync::Arc;

use super::Checker;
use super::scope::parts_mut;
use crate::diagnostic::{self, Diagnostic};
use crate::problem::{HIDDEN, Operation, Prelude};
use crate::source::{Source, Span};
use crate::syntax::ast::{Condition, Expr, ExprKind, Name, StatementKind};
use crate::syntax::parse;

/// Reads a text of operations and scalar functions, the earlier ones known to the later ones.
///
/// # Errors
/// Those of the parser and of `check`; an error for any other statement.
pub fn prelude(source: &Source) -> Result<Prelude, Vec<Diagnostic>> {
    let file = parse::file(source)?;
    let mut checker = Checker::default();
    checker.collect(&file);
    checker.recursion(&file);
    for statement in &file.statements {
        match &statement.kind {
            StatementKind::Operation { .. }
            | StatementKind::ScalarFunction { .. }
            | StatementKind::EntryDerivative { .. } => {
                checker.statement(&statement.kind, statement.span);
            }
            _ => checker.error(diagnostic::not_in_prelude(statement.span)),
        }
    }
    checker.stated_derivatives();
    let problem = checker.finish()?;
    let mut prelude = Prelude { operations: problem.operations, functions: problem.functions };
    // Places in this text mean nothing to whoever reads another one.
    for operation in &mut prelude.operations {
        let operation = Arc::make_mut(operation);
        operation.span = Span::NONE;
        without_places(operation.body.expr_mut());
        sides_mut(&mut operation.condition, &mut without_places);
    }
    for function in prelude.functions.values_mut() {
        let function = Arc::make_mut(function);
        function.span = Span::NONE;
        function.value.iter_mut().chain(&mut function.derivative).for_each(without_places);
    }
    Ok(prelude)
}

/// Both sides of a condition.
fn sides_mut(condition: &mut Option<Condition>, visit: &mut dyn FnMut(&mut Expr)) {
    if let Some(Condition::Compare { left, right, .. }) = condition {
        visit(left);
        visit(right);
    }
}

fn without_places(expr: &mut Expr) {
    expr.span = Span::NONE;
    match &mut expr.kind {
        ExprKind::Call { function, .. } => function.span = Span::NONE,
        ExprKind::BigSum { binders, .. } => {
            for binder in binders {
                binder.name.span = Span::NONE;
                binder.range.iter_mut().for_each(without_places);
            }
        }
        _ => {}
    }
    parts_mut(expr, &mut without_places);
}

/// How the prelude's entry is named where a file has taken its name.
fn hidden(name: &Name) -> Name {
    format!("{HIDDEN}{name}").into()
}

impl Checker {
    /// The prelude's entries. A name that the file gives a meaning, whatever it is, means that in the whole file and
    /// what it meant in the rest of the prelude.
    pub(super) fn overlay(&mut self, prelude: &Prelude) {
        let taken =
            |name: &Name| self.places.contains_key(name) || self.problem.dimensions.contains_key(name);
        let known =
            prelude.operations.iter().map(|operation| &operation.name).chain(prelude.functions.keys());
        let renamed: Vec<Name> = known.filter(|name| taken(name)).cloned().collect();
        let mut rename = |name: &mut Name| {
            if renamed.contains(name) {
                *name = hidden(name);
            }
        };
        for operation in &prelude.operations {
            let mut operation = operation.clone();
            if !renamed.is_empty() {
                let operation = Arc::make_mut(&mut operation);
                rename(&mut operation.name);
                calls_mut(operation.body.expr_mut(), &mut rename);
                sides_mut(&mut operation.condition, &mut |side| calls_mut(side, &mut rename));
            }
            self.problem.operations.push(operation);
        }
        for (name, function) in &prelude.functions {
            let (mut name, mut function) = (name.clone(), function.clone());
            if !renamed.is_empty() {
                rename(&mut name);
                let function = Arc::make_mut(&mut function);
                function.name = name.clone();
                for expr in function.value.iter_mut().chain(&mut function.derivative) {
                    calls_mut(expr, &mut rename);
                }
            }
            self.problem.functions.insert(name, function);
        }
    }
}

impl Checker {
    /// A name that the file gives the meaning it had is not taken: what is hidden under it and the file's own become
    /// one entry, at the place of the prelude's, so that the rest of the prelude calls it and nothing depends on who
    /// wrote it.
    pub(super) fn unite(&mut self) {
        let known = self.problem.operations.iter().map(|operation| &operation.name);
        let hidden = known.chain(self.problem.functions.keys());
        let mut same: Vec<Name> =
            hidden.filter_map(|name| name.strip_prefix(HIDDEN)).map(Name::from).collect();
        same.sort();
        same.dedup();
        // Entries may call each other: equal are those that are equal with all equal ones called by their names.
        loop {
            let before = same.len();
            let equal = same.iter().filter(|name| self.means_the_same(name, &same)).cloned().collect();
            same = equal;
            if same.len() == before {
                break;
            }
        }
        if same.is_empty() {
            return;
        }
        let mut own: Vec<Arc<Operation>> = Vec::new();
        self.problem.operations.retain(|operation| {
            let taken = same.contains(&operation.name);
            if taken {
                own.push(operation.clone());
            }
            !taken
        });
        for operation in &mut self.problem.operations {
            let shown = shown(&operation.name, &same);
            let arity = operation.parameters.len();
            let condition = &operation.condition;
            match own
                .iter()
                .find(|one| one.name == shown && one.parameters.len() == arity && one.condition == *condition)
            {
                Some(one) => *operation = one.clone(),
                None => {
                    let body = Arc::make_mut(operation).body.expr_mut();
                    calls_mut(body, &mut |name| *name = self::shown(name, &same));
                }
            }
        }
        let mut functions = std::mem::take(&mut self.problem.functions);
        let own: Vec<_> = same.iter().filter_map(|name| functions.shift_remove(name)).collect();
        for (name, mut function) in functions {
            let name = shown(&name, &same);
            match own.iter().find(|one| one.name == name) {
                Some(one) => function = one.clone(),
                None => {
                    let function = Arc::make_mut(&mut function);
                    show(function.value.iter_mut().chain(&mut function.derivative), &same);
                }
            }
            self.problem.functions.insert(name, function);
        }
    }

    /// Whether the file's entries of this name are those that are hidden under it, each of them.
    fn means_the_same(&self, name: &Name, same: &[Name]) -> bool {
        let hidden = hidden(name);
        let shown = |expr: &Expr| {
            let mut expr = expr.clone();
            show(std::iter::once(&mut expr), same);
            expr
        };
        let operations = |name: &Name| -> Vec<&Operation> {
            let all = self.problem.operations.iter().map(|operation| &**operation);
            let mut all: Vec<_> = all.filter(|operation| operation.name == *name).collect();
            all.sort_by_key(|operation| operation.parameters.len());
            all
        };
        let parameters = |operation: &Operation| -> Vec<_> {
            operation.parameters.iter().map(|one| (one.name.clone(), one.shape.clone())).collect()
        };
        let (own, old) = (operations(name), operations(&hidden));
        let operations_agree = own.len() == old.len()
            && own.iter().zip(&old).all(|(own, old)| {
                parameters(own) == parameters(old)
                    && own.indices == old.indices
                    && own.equalities == old.equalities
                    && own.condition == old.condition
                    && own.body.formula().is_some() == old.body.formula().is_some()
                    && *own.body.expr() == shown(old.body.expr())
            });
        let functions_agree = match (self.problem.functions.get(name), self.problem.functions.get(&hidden)) {
            (None, None) => true,
            (Some(own), Some(old)) => {
                own.parameter == old.parameter
                    && own.value == old.value.as_ref().map(shown)
                    && own.derivative == old.derivative.as_ref().map(shown)
            }
            _ => false,
        };
        operations_agree && functions_agree
    }
}

/// A hidden name that need not be.
fn shown(name: &Name, same: &[Name]) -> Name {
    let own = name.strip_prefix(HIDDEN).and_then(|rest| same.iter().find(|one| ***one == *rest));
    own.unwrap_or(name).clone()
}

fn show<'a>(exprs: impl Iterator<Item = &'a mut Expr>, same: &[Name]) {
    exprs.for_each(|expr| calls_mut(expr, &mut |name| *name = shown(name, same)));
}

fn calls_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Name)) {
    if let ExprKind::Call { function, .. } = &mut expr.kind {
        visit(&mut function.name);
    }
    parts_mut(expr, &mut |part| calls_mut(part, visit));
}
