//! TEMPORARY
use crate::problem::{Operation, OperationParameter, ScalarFunction, Problem};
use crate::shape::{Dim, Shape, dimension};
use crate::source::{Source, Span};
use crate::syntax::ast::*;
const TEXT: &str = "
tr(A : n x n) = sum(i: n) A[i,i]
sum(X : n x d) = sum(i: n) sum(j: d) X[i,j]
ones(n)[i: n] = 1
ones(n,m)[i: n, j: m] = 1
zeros(n)[i: n] = 0
zeros(n,m)[i: n, j: m] = 0
eye(n)[i: n, j: n] = delta(i,j)
diag(v : n)[i: n, j: n] = delta(i,j) v[i]
diagvec(A : n x n)[i: n] = A[i,i]
softmax(x : n)[i: n] = exp(x[i]) / sum(k: n) exp(x[k])
rowsoftmax(X : n x d)[i: n,j: d] = exp(X[i,j]) / sum(k: d) exp(X[i,k])
rowsum(X : n x d)[i: n] = sum(k: d) X[i,k]
mean(X : n x d) = sum(i: n) sum(j: d) X[i,j] / (n*d)
rowmean(X : n x d)[i: n] = sum(k: d) X[i,k] / d
variance(x : n) = sum(k: n) (x[k] - mean(x))^2 / n
layernorm(x : n, e)[i: n] = (x[i] - mean(x)) / sqrt(variance(x) + e)
logsumexp(x : n) = log(sum(k: n) exp(x[k]))
attention(Q : n x d, K : m x d, V : m x e)[i: n,j: e] = sum(k: m) rowsoftmax(Q*K'/sqrt(d))[i,k] V[k,j]
norm2(x : n) = sqrt(sum(k: n) x[k]^2)
scalar exp(t) derivative exp(t)
scalar log(t) derivative 1/t
scalar sqrt(t) = t^(1/2)
scalar tanh(t) derivative 1 - tanh(t)^2
scalar sigmoid(t) derivative sigmoid(t)*(1 - sigmoid(t))
scalar step(t) derivative 0
scalar relu(t) derivative step(t)
scalar softplus(t) = log(1 + exp(t))
";
pub fn fill(problem: &mut Problem) {
    let file = crate::syntax::parse::file(&Source::new("t", TEXT)).unwrap();
    for s in file.statements {
        match s.kind {
            StatementKind::Operation { name, parameters, indices, value, notation } => {
                let mut dimensions: Vec<Name> = vec![];
                let parameters = parameters.into_iter().map(|p| OperationParameter { name: p.name.name.clone(), shape: match p.shape {
                    None => if &*p.name.name == "e" { Some(Shape::scalar()) } else { None },
                    Some(ShapeExpr::Vector(r)) => Some(Shape::new(dimension(&r).unwrap(), Dim::one())),
                    Some(ShapeExpr::Matrix(r, c)) => Some(Shape::new(dimension(&r).unwrap(), dimension(&c).unwrap())),
                    Some(ShapeExpr::Scalar) => Some(Shape::scalar()),
                } }).collect();
                let indices = indices.into_iter().map(|b| (b.name.name, dimension(&b.range.unwrap()).unwrap())).collect();
                dimensions.clear();
                problem.operations.push(Operation { name: name.name, parameters, dimensions, indices, value, notation, span: Span::NONE });
            }
            StatementKind::ScalarFunction { name, parameter, value, derivative, notation } => {
                problem.functions.insert(name.name.clone(), ScalarFunction { name: name.name, parameter: parameter.name, value, derivative, notation, span: Span::NONE });
            }
            _ => panic!(),
        }
    }
}
