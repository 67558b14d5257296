//! Answers in the operations by which the program speaks: `inv(A)*b` is `solve(A, b)`, `inv(Z'*Z)*Z'` is `pinv(Z)`.

use crate::derivation::Answer;
use crate::index::Quantities;
use crate::matrix::expr_cost;
use crate::problem::Problem;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp};

/// What is no longer needs no name.
const SHORT: usize = 3;
/// Longer products are left alone.
const LONGEST: usize = 8;

/// The operations by which a program speaks of inverses, the prelude's.
pub struct Spoken<'a> {
    problem: &'a Problem,
    solve: bool,
    /// What pseudo-inverses are of: their rank is declared.
    pinv: Vec<Expr>,
    /// Solutions that the file has names for.
    named: Vec<(Expr, Name)>,
    /// Matrices that are their own transposes.
    symmetric: Vec<Expr>,
}

impl<'a> Spoken<'a> {
    /// What the definitions and goals say; with names for solutions where these may stand in answers.
    pub fn of(problem: &'a Problem, quantities: &Quantities, with_names: bool) -> Spoken<'a> {
        let symmetric = quantities.iter().filter(|(_, info)| info.symmetric);
        let symmetric = symmetric.map(|(_, info)| info.expr.clone()).collect();
        let mut spoken = Spoken { problem, solve: false, pinv: Vec::new(), named: Vec::new(), symmetric };
        for quantity in problem.quantities.values() {
            let Some(definition) = &quantity.definition else { continue };
            spoken.listen(definition);
            let known = |names: &[Name]| names.contains(&quantity.name);
            let own = !known(&problem.introduced) && !known(&problem.parts);
            if with_names && own && spoken.is_solution(definition) {
                spoken.named.push((definition.clone(), quantity.name.clone()));
            }
        }
        for goal in &problem.goals {
            spoken.listen(&goal.numerator);
        }
        spoken
    }

    fn is_shipped(&self, function: &str, count: usize) -> bool {
        self.problem.operation(function, count).is_some_and(|operation| operation.is_shipped())
    }

    fn is_solution(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Call { function, arguments, .. }
            if &*function.name == "solve" && self.is_shipped("solve", arguments.len()))
    }

    fn listen(&mut self, expr: &Expr) {
        if let ExprKind::Call { function, arguments, .. } = &expr.kind
            && self.is_shipped(&function.name, arguments.len())
        {
            match (&*function.name, arguments.as_slice()) {
                ("solve", [_, _]) => self.solve = true,
                ("pinv", [matrix]) if !self.pinv.contains(matrix) => self.pinv.push(matrix.clone()),
                _ => {}
            }
        }
        expr.children().into_iter().for_each(|child| self.listen(child));
    }

    pub fn is_empty(&self) -> bool {
        !self.solve && self.pinv.is_empty()
    }

    /// The same value with inverses beside something else as solutions and pseudo-inverses, where that is no longer.
    pub fn said(&self, expr: &Expr) -> Expr {
        let expr = expr.map_children(&|child| self.said(child));
        let expr = self.by_name(expr);
        let ExprKind::Product { first, rest } = &expr.kind else { return expr };
        // `A * b .* c` is `(A * b) .* c`.
        let chain = rest.iter().take_while(|(op, _)| *op == ProductOp::Times).count();
        if chain == 0 || chain >= LONGEST {
            return expr;
        }
        let factors = std::iter::once(&**first).chain(rest[..chain].iter().map(|(_, factor)| factor));
        let mut factors: Vec<Expr> = factors.cloned().collect();
        loop {
            let pair = |at: usize| Some((at, self.pseudo(&factors[at - 1], &factors[at])?));
            // `Z*pinv(Z)` before `pinv(Z)'*Z'`.
            let found = (1..factors.len()).filter_map(pair).min_by_key(|(_, found)| expr_cost(found));
            let Some((at, found)) = found else { break };
            factors.splice(at - 1..=at, [found]);
        }
        if self.solve {
            factors = self.best(&factors);
        }
        let others = rest[chain..].iter().cloned();
        let found = others.fold(product(&factors), |left, (op, factor)| Expr::product(left, op, factor));
        if expr_cost(&found) < expr_cost(&expr) { found } else { expr }
    }

    fn by_name(&self, expr: Expr) -> Expr {
        match self.named.iter().find(|(value, _)| *value == expr) {
            Some((_, name)) => Expr::name(name.clone()),
            None => expr,
        }
    }

    /// A matrix that is known to be its own transpose, or made of such ones so that it is.
    fn is_symmetric(&self, expr: &Expr) -> bool {
        self.symmetric.contains(expr)
            || match &expr.kind {
                ExprKind::Sum(terms) => terms.iter().all(|(_, term)| self.is_symmetric(term)),
                ExprKind::Call { function, arguments, .. } => {
                    matches!(&*function.name, "diag" | "eye")
                        && self.is_shipped(&function.name, arguments.len())
                }
                _ => false,
            }
    }

    fn turned(&self, matrix: &Expr) -> Expr {
        if self.is_symmetric(matrix) { matrix.clone() } else { transposed(matrix) }
    }

    /// Answers and names in these words; a name for what has become short is put in.
    pub fn told(&self, results: &mut [Answer], names: &mut Vec<(Name, Expr)>) {
        let told = |value: &mut Expr| {
            let found = self.said(value);
            let changed = found != *value;
            *value = found;
            changed
        };
        for answer in results.iter_mut() {
            told(&mut answer.value);
            answer.introduced.iter_mut().for_each(|(_, value)| {
                told(value);
            });
        }
        for at in (0..names.len()).rev() {
            if !told(&mut names[at].1) || expr_cost(&names[at].1) > SHORT {
                continue;
            }
            let (name, value) = names.remove(at);
            let put_in = |expr: &mut Expr| *expr = self.said(&replaced(expr, &name, &value));
            for answer in results.iter_mut() {
                put_in(&mut answer.value);
                answer.introduced.retain(|(known, _)| *known != name);
                answer.introduced.iter_mut().for_each(|(_, value)| put_in(value));
            }
            names[at..].iter_mut().for_each(|(_, value)| put_in(value));
        }
        self.put_in(results, names);
    }

    /// Names that make answers no shorter in these words, put in again.
    fn put_in(&self, results: &mut [Answer], names: &mut Vec<(Name, Expr)>) {
        let length = |results: &[Answer], names: &[(Name, Expr)]| -> usize {
            let values = results.iter().map(|answer| expr_cost(&answer.value));
            values.chain(names.iter().map(|(_, value)| 1 + expr_cost(value))).sum()
        };
        for at in (0..names.len()).rev() {
            let (mut out, mut left) = (results.to_vec(), names.clone());
            let (name, value) = left.remove(at);
            let put_in = |expr: &mut Expr| *expr = self.said(&replaced(expr, &name, &value));
            for answer in &mut out {
                put_in(&mut answer.value);
                answer.introduced.retain(|(known, _)| *known != name);
                answer.introduced.iter_mut().for_each(|(_, value)| put_in(value));
            }
            left[at..].iter_mut().for_each(|(_, value)| put_in(value));
            if length(&out, &left) <= length(results, names) {
                results.clone_from_slice(&out);
                *names = left;
            }
        }
    }

    /// `inv(Z'*Z)*Z'` and its like.
    fn pseudo(&self, left: &Expr, right: &Expr) -> Option<Expr> {
        let gram = |factor: &Expr| {
            let ExprKind::Product { first, rest } = &inverted(factor)?.kind.clone() else { return None };
            let [(ProductOp::Times, second)] = rest.as_slice() else { return None };
            (*second == transposed(first)).then(|| (**first).clone())
        };
        let of = |matrix: &Expr| {
            let known =
                |matrix: &Expr| self.pinv.contains(matrix).then(|| Expr::call("pinv", vec![matrix.clone()]));
            known(&transposed(matrix)).or_else(|| known(matrix).map(|found| transposed(&found)))
        };
        if let Some(matrix) = gram(left).filter(|matrix| matrix == right) {
            return of(&matrix);
        }
        let matrix = gram(right).filter(|matrix| transposed(matrix) == *left)?;
        of(&matrix).map(|found| transposed(&found))
    }

    /// The shortest of all ways to take a row of factors into each inverse.
    fn best(&self, factors: &[Expr]) -> Vec<Expr> {
        let mut shortest = factors.to_vec();
        for (at, factor) in factors.iter().enumerate() {
            let Some(matrix) = inverted(factor) else { continue };
            let number =
                |range: &[Expr]| range.iter().any(|factor| matches!(factor.kind, ExprKind::Number(_)));
            for end in at + 2..=factors.len() {
                if number(&factors[at + 1..end]) {
                    continue;
                }
                let right = product(&self.best(&factors[at + 1..end]));
                let solution = self.by_name(Expr::call("solve", vec![matrix.clone(), right]));
                keep(&mut shortest, self.best(&[&factors[..at], &[solution], &factors[end..]].concat()));
            }
            for start in 0..at {
                if number(&factors[start..at]) {
                    continue;
                }
                let left: Vec<Expr> = factors[start..at].iter().rev().map(transposed).collect();
                let solution =
                    self.by_name(Expr::call("solve", vec![self.turned(&matrix), product(&self.best(&left))]));
                keep(
                    &mut shortest,
                    self.best(&[&factors[..start], &[transposed(&solution)], &factors[at + 1..]].concat()),
                );
            }
        }
        shortest
    }
}

fn keep(shortest: &mut Vec<Expr>, found: Vec<Expr>) {
    // Of two as long: no outer product is solved for, and then the fewer factors.
    let key = |factors: &[Expr]| {
        let outer = factors.iter().filter(|factor| solves_for_outer(factor)).count();
        (expr_cost(&product(factors)), outer, factors.len())
    };
    if key(&found) < key(shortest) {
        *shortest = found;
    }
}

fn solves_for_outer(factor: &Expr) -> bool {
    match &factor.kind {
        ExprKind::Transpose(inner) => solves_for_outer(inner),
        ExprKind::Call { arguments, .. } => arguments.iter().any(|argument| match &argument.kind {
            ExprKind::Product { rest, .. } => {
                rest.last().is_some_and(|(_, last)| matches!(last.kind, ExprKind::Transpose(_)))
            }
            _ => false,
        }),
        _ => false,
    }
}

/// What a factor is the inverse of.
fn inverted(factor: &Expr) -> Option<Expr> {
    match &factor.kind {
        ExprKind::Call { function, primes: 0, arguments } if &*function.name == "inv" => {
            arguments.first().cloned()
        }
        ExprKind::Transpose(inner) => inverted(inner).map(|matrix| transposed(&matrix)),
        _ => None,
    }
}

fn transposed(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Transpose(inner) => (**inner).clone(),
        _ => Expr::transpose(expr.clone()),
    }
}

fn product(factors: &[Expr]) -> Expr {
    Expr::products(ProductOp::Times, factors.iter().cloned())
}

fn replaced(expr: &Expr, name: &Name, value: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Name(known) if known == name => value.clone(),
        ExprKind::Transpose(inner) => transposed(&replaced(inner, name, value)),
        _ => expr.map_children(&|child| replaced(child, name, value)),
    }
}
