//! A parsed file, sorted by what its statements say.

use std::collections::BTreeMap;

use entrywise::Source;
use entrywise::syntax::ast::{
    Binder, Condition, Expr, ExprKind, Name, Parameter, Property, ShapeExpr, StatementKind, UnknownKind,
};
use entrywise::syntax::parse;

use super::Result;

/// Sizes of named dimensions.
pub type Sizes = BTreeMap<Name, usize>;

#[derive(Clone, Debug)]
pub struct Variable {
    pub shape: ShapeExpr,
    pub properties: Vec<Property>,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub parameters: Vec<Parameter>,
    pub indices: Vec<Vec<Binder>>,
    pub value: Expr,
    /// What its arguments have to meet.
    pub condition: Option<Condition>,
}

#[derive(Clone, Debug)]
pub struct ScalarFunction {
    pub parameter: Name,
    pub value: Option<Expr>,
    pub derivative: Option<Expr>,
}

#[derive(Clone, Debug, Default)]
pub struct Program {
    pub variables: Vec<(Name, Variable)>,
    /// In the order of the file.
    pub definitions: Vec<(Name, Expr)>,
    pub operations: Vec<(Name, Operation)>,
    pub functions: BTreeMap<Name, ScalarFunction>,
    pub unknown: BTreeMap<Name, UnknownKind>,
    pub conditions: Vec<Condition>,
    pub goals: Vec<Expr>,
    /// Names of dimensions in order of appearance in declarations.
    pub dimensions: Vec<Name>,
}

impl Program {
    pub fn parse(text: &str) -> Result<Program> {
        let file = parse::file(&Source::new("example", text)).map_err(|errors| {
            format!("{:?}\n{text}", errors.iter().map(|e| &e.message).collect::<Vec<_>>())
        })?;
        let mut program = Program::default();
        for statement in file.statements {
            match statement.kind {
                StatementKind::Declare { names, shape, properties } => {
                    dimensions(&shape, &mut program.dimensions);
                    let properties: Vec<Property> = properties.iter().map(|placed| placed.what).collect();
                    for name in names {
                        let variable = Variable { shape: shape.clone(), properties: properties.clone() };
                        program.variables.push((name.name, variable));
                    }
                }
                StatementKind::Define { name, value } => program.definitions.push((name.name, value)),
                StatementKind::Operation { name, parameters, indices, value, condition, .. } => {
                    let operation = Operation { parameters, indices, value, condition };
                    program.operations.push((name.name, operation));
                }
                StatementKind::ScalarFunction { name, parameter, value, derivative, .. } => {
                    let function = ScalarFunction { parameter: parameter.name, value, derivative };
                    program.functions.insert(name.name, function);
                }
                StatementKind::Unknown { name, kind } => {
                    program.unknown.insert(name.name, kind);
                }
                StatementKind::Assume { conditions } => program.conditions.extend(conditions),
                StatementKind::Derive { goals } => program.goals.extend(goals),
                StatementKind::Size { .. } => {}
                // Primitives are evaluated by code.
                StatementKind::EntryDerivative { .. } => {}
                StatementKind::Verify { .. } => {
                    return Err("a statement that this evaluator does not know".to_string());
                }
            }
        }
        if !program.declares("loss") {
            program.unknown.insert("loss".into(), UnknownKind::Scalar);
        }
        Ok(program)
    }

    pub fn declares(&self, name: &str) -> bool {
        self.variable(name).is_some()
            || self.definition(name).is_some()
            || self.operations.iter().any(|(known, _)| &**known == name)
            || self.functions.contains_key(name)
            || self.unknown.contains_key(name)
    }

    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|(known, _)| &**known == name).map(|(_, variable)| variable)
    }

    pub fn definition(&self, name: &str) -> Option<&Expr> {
        self.definitions.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    pub fn operation(&self, name: &str, arguments: usize) -> Option<&Operation> {
        let fits = |(known, operation): &&(Name, Operation)| {
            &**known == name && operation.parameters.len() == arguments
        };
        self.operations.iter().find(fits).map(|(_, operation)| operation)
    }

    /// Reads one expression in which derivatives may be of the program's names.
    pub fn expression(&self, text: &str) -> Result<Expr> {
        let variables = self.variables.iter().map(|(name, _)| name);
        let definitions = self.definitions.iter().map(|(name, _)| name);
        let names: Vec<Name> = variables.chain(definitions).cloned().collect();
        parse::expression(&Source::new("answer", text), &names).map_err(|errors| {
            format!("`{text}`: {:?}", errors.iter().map(|e| &e.message).collect::<Vec<_>>())
        })
    }

    /// The program with a further definition. Where the program contains its value as a subexpression, the name
    /// takes its place there: then `dL/dY` for an introduced `Y` means what it says.
    pub fn define(&mut self, name: Name, value: Expr) {
        let user = self.definitions.iter().position(|(_, body)| contains(body, &value));
        for (_, body) in &mut self.definitions {
            substitute(body, &value, &name);
        }
        let place = user.unwrap_or(self.definitions.len());
        self.definitions.insert(place, (name, value));
    }
}

fn dimensions(shape: &ShapeExpr, found: &mut Vec<Name>) {
    let parts = match shape {
        ShapeExpr::Scalar => vec![],
        ShapeExpr::Vector(rows) => vec![rows],
        ShapeExpr::Matrix(rows, columns) => vec![rows, columns],
    };
    for part in parts {
        visit(part, &mut |expr| {
            if let ExprKind::Name(name) = &expr.kind
                && !found.contains(name)
            {
                found.push(name.clone());
            }
        });
    }
}

fn contains(expr: &Expr, part: &Expr) -> bool {
    let mut found = false;
    visit(expr, &mut |inner| found |= inner == part);
    found
}

fn substitute(expr: &mut Expr, part: &Expr, name: &Name) {
    if expr == part {
        *expr = Expr::name(name.clone());
        return;
    }
    match &mut expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => substitute(inner, part, name),
        ExprKind::Index { base, indices } => {
            substitute(base, part, name);
            indices.iter_mut().for_each(|index| substitute(index, part, name));
        }
        ExprKind::Power { base, exponent, .. } => {
            substitute(base, part, name);
            substitute(exponent, part, name);
        }
        ExprKind::Product { first, rest } => {
            substitute(first, part, name);
            rest.iter_mut().for_each(|(_, factor)| substitute(factor, part, name));
        }
        ExprKind::Sum(terms) => terms.iter_mut().for_each(|(_, term)| substitute(term, part, name)),
        ExprKind::BigSum { body, .. } => substitute(body, part, name),
        ExprKind::Call { arguments, .. } => {
            arguments.iter_mut().for_each(|argument| substitute(argument, part, name));
        }
        ExprKind::Tuple(parts) => parts.iter_mut().for_each(|one| substitute(one, part, name)),
        ExprKind::Matrix(rows) => {
            rows.iter_mut().flatten().for_each(|cell| substitute(cell, part, name));
        }
        ExprKind::Derivative(derivative) => substitute(&mut derivative.numerator, part, name),
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Contraction { .. } | ExprKind::Table(_) => {}
    }
}

/// Every subexpression, the whole first.
pub fn visit<'e>(expr: &'e Expr, found: &mut dyn FnMut(&'e Expr)) {
    found(expr);
    match &expr.kind {
        ExprKind::Transpose(inner) | ExprKind::Negate(inner) => visit(inner, found),
        ExprKind::Index { base, indices } => {
            visit(base, found);
            indices.iter().for_each(|index| visit(index, found));
        }
        ExprKind::Power { base, exponent, .. } => {
            visit(base, found);
            visit(exponent, found);
        }
        ExprKind::Product { first, rest } => {
            visit(first, found);
            rest.iter().for_each(|(_, factor)| visit(factor, found));
        }
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| visit(term, found)),
        ExprKind::BigSum { binders, body } => {
            binders.iter().filter_map(|binder| binder.range.as_ref()).for_each(|range| visit(range, found));
            visit(body, found);
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| visit(argument, found)),
        ExprKind::Tuple(parts) => parts.iter().for_each(|part| visit(part, found)),
        ExprKind::Matrix(rows) => rows.iter().flatten().for_each(|cell| visit(cell, found)),
        ExprKind::Derivative(derivative) => {
            visit(&derivative.numerator, found);
            derivative.by.iter().for_each(|(by, _)| visit(by, found));
        }
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Contraction { .. } | ExprKind::Table(_) => {}
    }
}
