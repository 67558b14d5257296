//! The first move: an expression becomes the formula of its entries.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::One;

use crate::differentiate;
use crate::index::normal::normalize;
use crate::index::quantities::QuantityInfo;
use crate::index::{Base, Form, Index, Indices, Quantities, QuantityId, Term};
use crate::problem::{Problem, Quantity};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};

/// Why an expression has no index form here.
#[derive(Clone, Debug, PartialEq)]
pub enum Unexpandable {
    /// The construct's meaning comes with a later release.
    Unsupported(Expr),
    /// More than [`MOST_TERMS`] terms.
    TooLarge,
    /// Shapes or letters that do not fit; a checked problem never has it.
    Malformed(Expr),
    /// A name without a meaning.
    Unknown(Name),
}

/// A form may have so many terms.
pub const MOST_TERMS: usize = 10_000;

/// What expansion needs besides the expression.
pub struct Expander<'a> {
    pub problem: &'a Problem,
    pub quantities: &'a mut Quantities,
    pub indices: &'a mut Indices,
    /// Letters bound around the expression or free in its chain.
    pub letters: BTreeMap<Name, Index>,
    /// Definitions that are replaced by their expressions wherever they stand.
    pub inlined: &'a dyn Fn(&str) -> bool,
}

impl Expander<'_> {
    /// The index form of an expression, in normal form; its free indices are fresh.
    ///
    /// # Errors
    /// [`Unexpandable`] with the sub-expression that has none.
    pub fn expand(&mut self, expr: &Expr) -> Result<Form, Unexpandable> {
        let form = self.form(expr)?;
        if form.terms.len() > MOST_TERMS {
            return Err(Unexpandable::TooLarge);
        }
        Ok(normalize(&form))
    }

    fn form(&mut self, expr: &Expr) -> Result<Form, Unexpandable> {
        match &expr.kind {
            ExprKind::Number(value) => Ok(Form::scalar(vec![Term::number(value.clone())])),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Index { base, indices } => self.entry(expr, base, indices),
            ExprKind::Transpose(inner) => {
                let form = self.expand(inner)?;
                Ok(Form { rows: form.columns, columns: form.rows, terms: form.terms })
            }
            ExprKind::Negate(inner) => {
                let form = self.expand(inner)?;
                Ok(scale(form, &-BigRational::one()))
            }
            ExprKind::Product { first, rest } => {
                let mut product = self.expand(first)?;
                for (op, factor) in rest {
                    product = self.product(expr, product, *op, factor)?;
                }
                Ok(product)
            }
            ExprKind::Sum(terms) => self.sum(expr, terms),
            ExprKind::BigSum { binders, body } => {
                let outer = self.letters.clone();
                let mut bound = Vec::new();
                for binder in binders {
                    let range =
                        binder.range.as_ref().ok_or_else(|| Unexpandable::Unsupported(expr.clone()))?;
                    let index = self.indices.fresh(&dim(range)?);
                    self.letters.insert(binder.name.name.clone(), index.clone());
                    bound.push(index);
                }
                let form = self.expand(body);
                self.letters = outer;
                let mut form = form?;
                for term in &mut form.terms {
                    term.bound.extend(bound.iter().cloned());
                }
                Ok(form)
            }
            ExprKind::Call { function, primes: 0, arguments } => self.call(expr, &function.name, arguments),
            ExprKind::Derivative(derivative) => match derivative.by.as_slice() {
                [(by, 1)] => differentiate::of_expression(self, derivative, by),
                _ => Err(Unexpandable::Unsupported(expr.clone())),
            },
            ExprKind::Contraction { left, right } => self.contraction(expr, left, right),
            _ => Err(Unexpandable::Unsupported(expr.clone())),
        }
    }

    /// Fresh free indices for the axes of a shape.
    pub fn axes(&mut self, shape: &Shape) -> (Vec<Index>, Vec<Index>) {
        let mut axis = |dim: &Dim| if dim.is_one() { vec![] } else { vec![self.indices.fresh(dim)] };
        (axis(&shape.rows), axis(&shape.columns))
    }

    fn name(&mut self, name: &Name) -> Result<Form, Unexpandable> {
        let problem = self.problem;
        if let Some(quantity) = problem.quantities.get(name) {
            return match &quantity.definition {
                Some(definition) if (self.inlined)(name) => self.expand(definition),
                _ => {
                    let id = variable(self.quantities, quantity);
                    Ok(self.whole(id, &quantity.shape))
                }
            };
        }
        if problem.dimensions.contains_key(name) {
            return Ok(Form::scalar(vec![Term::base(Base::Dim(Dim::name(name.clone())))]));
        }
        Err(Unexpandable::Unknown(name.clone()))
    }

    /// All entries of a quantity of at most two axes.
    pub fn whole(&mut self, id: QuantityId, shape: &Shape) -> Form {
        let (rows, columns) = self.axes(shape);
        let entry = Base::Entry(id, rows.iter().chain(&columns).cloned().collect());
        Form { rows, columns, terms: vec![Term::base(entry)] }
    }

    fn entry(&mut self, expr: &Expr, base: &Expr, indices: &[Expr]) -> Result<Form, Unexpandable> {
        let mut letters = Vec::new();
        for index in indices {
            match &index.kind {
                ExprKind::Name(letter) => letters.push(
                    self.letters.get(letter).cloned().ok_or_else(|| Unexpandable::Unknown(letter.clone()))?,
                ),
                _ => return Err(Unexpandable::Unsupported(expr.clone())),
            }
        }
        let form = self.expand(base)?;
        let free = form.free();
        if free.len() != letters.len() || free.iter().zip(&letters).any(|(own, letter)| own.dim != letter.dim)
        {
            return Err(Unexpandable::Malformed(expr.clone()));
        }
        Ok(Form::scalar(form.with_free(&letters)))
    }

    fn product(
        &mut self,
        whole: &Expr,
        left: Form,
        op: ProductOp,
        factor: &Expr,
    ) -> Result<Form, Unexpandable> {
        match op {
            ProductOp::Times | ProductOp::Space => {
                let right = self.expand(factor)?;
                self.times(whole, left, right)
            }
            ProductOp::Divide => match number(factor) {
                Some(value) if !num_traits::Zero::is_zero(&value) => Ok(scale(left, &value.recip())),
                _ => Err(Unexpandable::Unsupported(whole.clone())),
            },
            ProductOp::Hadamard => {
                let right = self.expand(factor)?;
                if left.is_scalar() || right.is_scalar() {
                    return self.times(whole, left, right);
                }
                let terms = self.aligned(whole, &left, &right)?;
                Ok(self.multiply(left, &terms, Vec::new()))
            }
            ProductOp::HadamardDivide => Err(Unexpandable::Unsupported(whole.clone())),
        }
    }

    /// The matrix product, or a scalar times anything.
    fn times(&mut self, whole: &Expr, left: Form, right: Form) -> Result<Form, Unexpandable> {
        if left.is_scalar() {
            let (rows, columns) = (right.rows.clone(), right.columns.clone());
            return Ok(Form { rows, columns, ..self.multiply(left, &right.terms, Vec::new()) });
        }
        if right.is_scalar() {
            return Ok(self.multiply(left, &right.terms, Vec::new()));
        }
        let (inner, other) = (left.columns.clone(), right.rows.clone());
        if inner.len() != other.len() || inner.iter().zip(&other).any(|(a, b)| a.dim != b.dim) {
            return Err(Unexpandable::Malformed(whole.clone()));
        }
        let free: Vec<Index> = inner.iter().chain(&right.columns).cloned().collect();
        let terms = right.with_free(&free);
        let columns = right.columns;
        Ok(Form { columns, ..self.multiply(left, &terms, inner) })
    }

    /// Every term of `left` times every one of `terms`, with `bound` summed over.
    fn multiply(&mut self, left: Form, terms: &[Term], bound: Vec<Index>) -> Form {
        let mut products = Vec::new();
        for a in &left.terms {
            for b in terms {
                let mut product = a.multiply(b, self.indices);
                product.bound.extend(bound.iter().cloned());
                if !bound.is_empty() {
                    product = product.rename_bound(self.indices);
                }
                products.push(product);
                if products.len() > MOST_TERMS {
                    return Form { terms: products, ..left };
                }
            }
        }
        Form { terms: products, ..left }
    }

    /// The terms of `right` with the free indices of `left`.
    fn aligned(&mut self, whole: &Expr, left: &Form, right: &Form) -> Result<Vec<Term>, Unexpandable> {
        let dims = |indices: &[Index]| indices.iter().map(|index| index.dim.clone()).collect::<Vec<_>>();
        if dims(&left.rows) != dims(&right.rows) || dims(&left.columns) != dims(&right.columns) {
            return Err(Unexpandable::Malformed(whole.clone()));
        }
        Ok(right.with_free(&left.free()))
    }

    fn sum(&mut self, whole: &Expr, terms: &[(Sign, Expr)]) -> Result<Form, Unexpandable> {
        let mut forms = Vec::new();
        for (sign, term) in terms {
            let form = self.expand(term)?;
            forms.push(match sign {
                Sign::Plus => form,
                Sign::Minus => scale(form, &-BigRational::one()),
            });
        }
        // A scalar beside matrices acts on every entry: the first that is none gives the free indices.
        let frame = forms.iter().find(|form| !form.is_scalar()).or(forms.first()).cloned();
        let Some(frame) = frame else { return Ok(Form::scalar(Vec::new())) };
        let mut all = Vec::new();
        for form in &forms {
            if form.is_scalar() {
                all.extend(form.terms.iter().cloned());
            } else {
                all.extend(self.aligned(whole, &frame, form)?);
            }
        }
        Ok(Form { terms: all, ..frame })
    }

    fn call(&mut self, whole: &Expr, function: &str, arguments: &[Expr]) -> Result<Form, Unexpandable> {
        let malformed = || Unexpandable::Malformed(whole.clone());
        if self.problem.is_unknown_function(function) {
            let id = self.quantities.intern(QuantityInfo {
                expr: whole.clone(),
                axes: Vec::new(),
                shape: Some(Shape::scalar()),
                is_derivative: false,
            });
            return Ok(Form::scalar(vec![Term::base(Base::Entry(id, Vec::new()))]));
        }
        match (function, arguments) {
            ("delta", [a, b]) => {
                let letter = |expr: &Expr| match &expr.kind {
                    ExprKind::Name(name) => self.letters.get(name).cloned(),
                    _ => None,
                };
                let (a, b) = (letter(a).ok_or_else(malformed)?, letter(b).ok_or_else(malformed)?);
                Ok(Form::scalar(vec![Term::base(Base::Delta(a, b))]))
            }
            ("tr", [inner]) => {
                let form = self.expand(inner)?;
                let ([row], [column]) = (form.rows.as_slice(), form.columns.as_slice()) else {
                    return if form.is_scalar() { Ok(form) } else { Err(malformed()) };
                };
                if row.dim != column.dim {
                    return Err(malformed());
                }
                Ok(Form::scalar(close(form.terms.iter().map(|term| term.substitute(column, row)), &[row])))
            }
            ("sum", [inner]) => {
                let form = self.expand(inner)?;
                let free = form.free();
                Ok(Form::scalar(close(form.terms.into_iter(), &free.iter().collect::<Vec<_>>())))
            }
            ("eye", [size]) => {
                let (rows, columns) = self.axes(&Shape::new(dim(size)?, dim(size)?));
                let terms = match (rows.as_slice(), columns.as_slice()) {
                    ([row], [column]) => vec![Term::base(Base::Delta(row.clone(), column.clone()))],
                    _ => vec![Term::number(BigRational::one())],
                };
                Ok(Form { rows, columns, terms })
            }
            ("ones" | "zeros", [_] | [_, _]) => {
                let columns = arguments.get(1).map_or(Ok(Dim::one()), dim)?;
                let (rows, columns) = self.axes(&Shape::new(dim(&arguments[0])?, columns));
                let terms =
                    if function == "ones" { vec![Term::number(BigRational::one())] } else { Vec::new() };
                Ok(Form { rows, columns, terms })
            }
            ("diagvec", [inner]) => {
                let form = self.expand(inner)?;
                match (form.rows.as_slice(), form.columns.as_slice()) {
                    ([row], [column]) if row.dim == column.dim => {
                        let terms = form.terms.iter().map(|term| term.substitute(column, row)).collect();
                        Ok(Form { rows: vec![row.clone()], columns: Vec::new(), terms })
                    }
                    _ => Err(malformed()),
                }
            }
            ("diag", [inner]) => {
                let mut form = self.expand(inner)?;
                let [index] = form.free().try_into().map_err(|_| malformed())?;
                let column = self.indices.fresh(&index.dim);
                for term in &mut form.terms {
                    let delta = Term::base(Base::Delta(index.clone(), column.clone()));
                    term.factors.extend(delta.factors);
                }
                Ok(Form { rows: vec![index], columns: vec![column], ..form })
            }
            _ => Err(Unexpandable::Unsupported(whole.clone())),
        }
    }

    fn contraction(&mut self, whole: &Expr, left: &Expr, right: &Expr) -> Result<Form, Unexpandable> {
        let left = self.expand(left)?;
        let right = self.expand(right)?;
        let summed = left.free();
        let own = right.free();
        if own.len() < summed.len() || summed.iter().zip(&own).any(|(a, b)| a.dim != b.dim) {
            return Err(Unexpandable::Malformed(whole.clone()));
        }
        let rest: Vec<Index> = own[summed.len()..].to_vec();
        let free: Vec<Index> = summed.iter().chain(&rest).cloned().collect();
        let terms = right.with_free(&free);
        let product = self.multiply(Form::scalar(left.terms), &terms, summed);
        // Two remaining axes are a matrix; one is a column.
        let mut rest = rest.into_iter();
        Ok(Form { rows: rest.next().into_iter().collect(), columns: rest.collect(), terms: product.terms })
    }
}

/// The quantity of a variable or definition.
pub fn variable(quantities: &mut Quantities, quantity: &Quantity) -> QuantityId {
    quantities.intern(QuantityInfo {
        expr: Expr::name(quantity.name.clone()),
        axes: quantity.shape.axes(),
        shape: Some(quantity.shape.clone()),
        is_derivative: false,
    })
}

/// Every coefficient times the number.
pub fn scale(mut form: Form, by: &BigRational) -> Form {
    for term in &mut form.terms {
        term.coefficient *= by;
    }
    form
}

fn close(terms: impl Iterator<Item = Term>, indices: &[&Index]) -> Vec<Term> {
    terms
        .map(|mut term| {
            term.bound.extend(indices.iter().map(|index| (*index).clone()));
            term
        })
        .collect()
}

/// A rational number written as one.
pub fn number(expr: &Expr) -> Option<BigRational> {
    match &expr.kind {
        ExprKind::Number(value) => Some(value.clone()),
        ExprKind::Negate(inner) => number(inner).map(|value| -value),
        ExprKind::Product { first, rest } => {
            let mut product = number(first)?;
            for (op, factor) in rest {
                let value = number(factor)?;
                match op {
                    ProductOp::Times => product *= value,
                    ProductOp::Divide if !num_traits::Zero::is_zero(&value) => product /= value,
                    _ => return None,
                }
            }
            Some(product)
        }
        _ => None,
    }
}

/// The dimension that an expression of names and integers means.
pub fn dim(expr: &Expr) -> Result<Dim, Unexpandable> {
    crate::shape::dimension(expr).ok_or_else(|| Unexpandable::Malformed(expr.clone()))
}
