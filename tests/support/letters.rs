//! Indices: their values, and the ranges that a formula leaves to be read off its entries.

use entrywise::syntax::ast::{Expr, ExprKind, Name};

use super::Result;
use super::evaluate::Scope;
use super::program::visit;

/// An index with its present value, which counts from 1 to `size`.
#[derive(Clone, Debug)]
pub struct Letter {
    pub name: Name,
    pub value: usize,
    pub size: usize,
}

impl Scope<'_, '_> {
    /// The range of an index without one: the axes at which it stands alone, which must agree.
    pub fn range(&mut self, letter: &Name, body: &Expr) -> Result<usize> {
        let alone = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == letter);
        let mut places: Vec<(&Expr, usize, usize)> = Vec::new();
        let mut equal: Vec<&Expr> = Vec::new();
        visit(body, &mut |expr| match &expr.kind {
            ExprKind::Index { base, indices } => {
                let at = indices.iter().enumerate().filter(|(_, index)| alone(index));
                places.extend(at.map(|(position, _)| (&**base, position, indices.len())));
            }
            ExprKind::Call { function, arguments, .. }
                if &*function.name == "delta" && arguments.iter().any(alone) =>
            {
                equal.extend(arguments.iter().filter(|argument| !alone(argument)));
            }
            _ => {}
        });
        let mut sizes = Vec::new();
        for (base, position, count) in places {
            let value = self.expr(base)?;
            let axes = if count == 2 { vec![value.rows, value.columns] } else { value.axes() };
            sizes.push(*axes.get(position).ok_or_else(|| format!("too many indices with `{letter}`"))?);
        }
        for other in equal {
            if let ExprKind::Name(name) = &other.kind {
                sizes.extend(
                    self.letters.iter().rev().find(|known| known.name == *name).map(|known| known.size),
                );
            }
        }
        sizes.dedup();
        match sizes[..] {
            [size] => Ok(size),
            _ => Err(format!("index `{letter}` ranges over {sizes:?}")),
        }
    }
}
