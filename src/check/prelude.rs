//! The prelude: read like a file, and laid under one.

use super::Checker;
use super::scope::parts_mut;
use crate::diagnostic::{self, Diagnostic};
use crate::problem::{HIDDEN, Prelude};
use crate::source::{Source, Span};
use crate::syntax::ast::{Expr, ExprKind, Name, StatementKind};
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
            StatementKind::Operation { .. } | StatementKind::ScalarFunction { .. } => {
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
        operation.span = Span::NONE;
        without_places(&mut operation.value);
    }
    for function in prelude.functions.values_mut() {
        function.span = Span::NONE;
        function.value.iter_mut().chain(&mut function.derivative).for_each(without_places);
    }
    Ok(prelude)
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
                rename(&mut operation.name);
                calls_mut(&mut operation.value, &mut rename);
            }
            self.problem.operations.push(operation);
        }
        for (name, function) in &prelude.functions {
            let (mut name, mut function) = (name.clone(), function.clone());
            if !renamed.is_empty() {
                rename(&mut name);
                function.name = name.clone();
                for expr in function.value.iter_mut().chain(&mut function.derivative) {
                    calls_mut(expr, &mut rename);
                }
            }
            self.problem.functions.insert(name, function);
        }
    }
}

fn calls_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Name)) {
    if let ExprKind::Call { function, .. } = &mut expr.kind {
        visit(&mut function.name);
    }
    parts_mut(expr, &mut |part| calls_mut(part, visit));
}
