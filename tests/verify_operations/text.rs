//! Problems and claims from a text by the parser alone: definitions' shapes are declared beside it.

use std::sync::Arc;

use entrywise::derivation::{Chain, Derivation, Display, Heading, Section, Step};
use entrywise::problem::{Body, Operation, OperationParameter, Problem, Quantity, ScalarFunction};
use entrywise::shape::{Dim, Shape, dimension};
use entrywise::source::{Source, Span};
use entrywise::syntax::ast::{Binder, Expr, Name, ShapeExpr, StatementKind, UnknownKind};
use entrywise::syntax::parse;

/// Definitions as users and the prelude write them; every sum states its range.
const OPERATIONS: &str = "
    softmax(x : n)[i] = exp(x[i]) / sum(k: n) exp(x[k])
    rowsoftmax(X : N x D)[i,j] = exp(X[i,j]) / sum(k: D) exp(X[i,k])
    rowsum(X : N x D)[i] = sum(j: D) X[i,j]
    colsum(X : N x D)[j] = sum(i: N) X[i,j]
    rowmean(X : N x D)[i] = sum(j: D) X[i,j] / D
    mse(Y : N x M, T : N x M) = sum(i: N) sum(j: M) (Y[i,j] - T[i,j])^2 / (N*M)
    layernorm(X : N x D)[i,j] = (X[i,j] - rowmean(X)[i]) / sqrt(sum(k: D) (X[i,k] - rowmean(X)[i])^2 / D + 1/100)
    attention(Q : N x K, R : M x K, V : M x D)[i,j] = sum(k: M) rowsoftmax(Q*R'/sqrt(K))[i,k] V[k,j]
    conv(x : n, w : k)[i: n-k+1] = sum(j: k) w[j] x[i+j-1]
    crossentropy(Y : N x M, T : N x M) = sum(i: N) sum(j: M) (-T[i,j] log(Y[i,j]))
    normF(X : N x D) = sqrt(sum(i: N) sum(j: D) X[i,j]^2)
    outer(x : n, y : m)[i,j] = x[i] y[j]
    full(n, m)[i: n, j: m] = i + j/m
    scalar cube(t) = t^3 - 2*t
    scalar swish(t) = t / (1 + exp(-t))
    scalar gauss(t) derivative exp(-t^2)
";

fn axis(expr: &Expr) -> Dim {
    dimension(expr).expect("a dimension")
}

fn shape(shape: &ShapeExpr) -> Shape {
    match shape {
        ShapeExpr::Scalar => Shape::scalar(),
        ShapeExpr::Vector(rows) => Shape::new(axis(rows), Dim::one()),
        ShapeExpr::Matrix(rows, columns) => Shape::new(axis(rows), axis(columns)),
    }
}

/// An operation from the parser's tree; a free index without a range takes that of the parameter's axis in
/// which it stands first.
fn operation(statement: StatementKind, span: Span) -> Operation {
    let StatementKind::Operation { name, parameters, indices, value, notation, .. } = statement else {
        panic!("no operation");
    };
    let parameters: Vec<OperationParameter> = parameters
        .iter()
        .map(|p| OperationParameter { name: p.name.name.clone(), shape: p.shape.as_ref().map(shape) })
        .collect();
    let mut ranges: Vec<Dim> = Vec::new();
    for p in &parameters {
        for dim in p.shape.iter().flat_map(|shape| [&shape.rows, &shape.columns]) {
            if !ranges.contains(dim) && !dim.is_one() {
                ranges.push(dim.clone());
            }
        }
    }
    // By hand where the axes are not those of the first parameters in their order.
    if &*name.name == "attention" {
        ranges = vec![Dim::name("N".into()), Dim::name("D".into())];
    }
    if &*name.name == "colsum" {
        ranges = vec![Dim::name("D".into())];
    }
    let indices = indices
        .iter()
        .enumerate()
        .map(|(position, letters)| {
            let letter = |index: &Binder| {
                let range = index.range.as_ref().map_or_else(|| ranges[position].clone(), axis);
                (index.name.name.clone(), range)
            };
            letters.iter().map(letter).collect()
        })
        .collect();
    Operation {
        condition: None,
        name: name.name,
        parameters,
        dimensions: Vec::new(),
        indices,
        equalities: Vec::new(),
        body: Body::Formula(value),
        notation,
        span,
    }
}

/// A problem and one chain: the links of the text's only claim. `shapes` declares the definitions' shapes.
pub fn parsed(text: &str, shapes: &str) -> (Problem, Derivation) {
    let file = |text: String| parse::file(&Source::new("test", &*text)).expect("a readable text");
    let mut problem = Problem::default();
    let declared: Vec<(Name, Shape)> = file(shapes.into())
        .statements
        .into_iter()
        .flat_map(|statement| match statement.kind {
            StatementKind::Declare { names, shape: of, .. } => {
                names.into_iter().map(|name| (name.name, shape(&of))).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    let mut chain = None;
    for statement in file(format!("{OPERATIONS}\n{text}")).statements {
        let span = statement.span;
        let quantity = |name: &Name, shape: Shape, properties, definition| Quantity {
            name: name.clone(),
            shape,
            properties,
            definition,
            span,
        };
        match statement.kind {
            StatementKind::Declare { names, shape: of, properties } => {
                for name in names {
                    let properties = properties.iter().map(|property| property.what).collect();
                    let quantity = quantity(&name.name, shape(&of), properties, None);
                    problem.quantities.insert(name.name, quantity);
                }
            }
            StatementKind::Define { name, value } => {
                let known = declared.iter().find(|(known, _)| *known == name.name).expect("a shape");
                let quantity = quantity(&name.name, known.1.clone(), Vec::new(), Some(value));
                problem.quantities.insert(name.name, quantity);
            }
            kind @ StatementKind::Operation { .. } => {
                problem.operations.push(Arc::new(operation(kind, span)))
            }
            StatementKind::ScalarFunction { name, parameter, value, derivative, notation } => {
                let name = name.name;
                let parameter = parameter.name;
                let function =
                    ScalarFunction { name: name.clone(), parameter, value, derivative, notation, span };
                problem.functions.insert(name, Arc::new(function));
            }
            StatementKind::Unknown { name, kind: UnknownKind::Entrywise } => {
                problem.entrywise.push(name.name);
            }
            StatementKind::Assume { conditions } => problem.assumptions.extend(conditions),
            StatementKind::Verify { links } => {
                let mut links = links.into_iter();
                let first = Chain::new(links.next().expect("a side"));
                chain = Some(links.fold(first, Chain::equals));
            }
            other => panic!("{other:?}"),
        }
    }
    for quantity in problem.quantities.values() {
        for dim in [&quantity.shape.rows, &quantity.shape.columns] {
            for name in dim.names() {
                problem.dimensions.insert(name, Span::NONE);
            }
        }
    }
    problem.unknown.push("loss".into());
    let chains = chain.into_iter().collect();
    let step = Step::new("test", Vec::new(), vec![Display { chains }]);
    let sections = vec![Section { heading: Heading::Result, steps: vec![step] }];
    (problem, Derivation { sections, answers: Vec::new(), sizes: None })
}
