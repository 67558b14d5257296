//! Operations and scalar functions that come back to themselves.

use super::Checker;
use crate::diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, File, Ident, Name, StatementKind};

/// A definition with what it calls.
struct Node<'a> {
    name: &'a Ident,
    /// `None` for a scalar function, which has one name for any call.
    parameters: Option<usize>,
    calls: Vec<(Name, usize, Span)>,
}

impl Checker {
    /// One error for each circle, told at its first definition. The derivative of a scalar function is no part of it:
    /// `exp'` is `exp`.
    pub(super) fn recursion(&mut self, file: &File) {
        let mut nodes: Vec<Node<'_>> = Vec::new();
        for statement in &file.statements {
            let (name, parameters, value) = match &statement.kind {
                StatementKind::Operation { name, parameters, value, .. } => {
                    (name, Some(parameters.len()), value)
                }
                StatementKind::ScalarFunction { name, value: Some(value), .. } => (name, None, value),
                _ => continue,
            };
            let mut calls = Vec::new();
            collect(&mut value.clone(), &mut calls);
            nodes.push(Node { name, parameters, calls });
        }
        let edges: Vec<Vec<(usize, Span)>> = nodes
            .iter()
            .map(|node| {
                node.calls
                    .iter()
                    .filter_map(|(name, count, span)| {
                        let target = nodes.iter().position(|node| {
                            node.name.name == *name && node.parameters.is_none_or(|known| known == *count)
                        });
                        Some((target?, *span))
                    })
                    .collect()
            })
            .collect();
        let mut told = vec![false; nodes.len()];
        for start in 0..nodes.len() {
            let Some(circle) = circle(start, &edges) else { continue };
            self.broken.push(nodes[start].name.name.clone());
            if circle.iter().any(|(node, _)| told[*node]) {
                continue;
            }
            circle.iter().for_each(|(node, _)| told[*node] = true);
            let steps: Vec<(&str, Span)> =
                circle.iter().map(|(node, span)| (&*nodes[*node].name.name, *span)).collect();
            self.error(diagnostic::recursion(&steps));
        }
    }
}

/// The shortest way from a node back to itself: every node on it with the call that leads on.
fn circle(start: usize, edges: &[Vec<(usize, Span)>]) -> Option<Vec<(usize, Span)>> {
    // The way that first reached each node.
    let mut came: Vec<Option<(usize, Span)>> = vec![None; edges.len()];
    let mut queue = vec![start];
    let mut next = 0;
    while let Some(node) = queue.get(next).copied() {
        next += 1;
        for (target, span) in &edges[node] {
            if *target == start {
                let mut way = vec![(node, *span)];
                let mut at = node;
                while at != start {
                    let (before, span) = came[at]?;
                    way.push((before, span));
                    at = before;
                }
                way.reverse();
                return Some(way);
            }
            if came[*target].is_none() {
                came[*target] = Some((node, *span));
                queue.push(*target);
            }
        }
    }
    None
}

fn collect(expr: &mut Expr, calls: &mut Vec<(Name, usize, Span)>) {
    if let ExprKind::Call { function, arguments, .. } = &expr.kind {
        calls.push((function.name.clone(), arguments.len(), function.span));
    }
    super::scope::parts_mut(expr, &mut |part| collect(part, calls));
}
