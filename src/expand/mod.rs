//! The first move: an expression becomes the formula of its entries.

mod call;
mod canonical;
mod chain;
mod entry;
mod join;
mod law;
mod part;
mod place;
mod primitive;
mod product;
mod products;
mod raise;
mod scope;
mod slope;
pub(crate) mod split;
mod unroll;
mod whole;

use std::cell::Cell;

use num_rational::BigRational;
use num_traits::One;

use crate::dependence::{Graph, mentions_any};
use crate::differentiate::{self, Chain};
use crate::index::normal::{dimension_term, normalize};
use crate::index::quantities::QuantityInfo;
use crate::index::{Base, Form, Index, Indices, Quantities, QuantityId, Term};
use crate::problem::{Problem, Quantity};
use crate::rule::Catalogue;
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, Property, Sign};

pub use call::is_recognisable;
pub(crate) use law::take;
pub use part::powered;
pub use product::number;
pub use scope::Scope;

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

/// What a definition put in takes of a budget.
const WORK_OF_DEFINITION: u64 = 100;

/// What expansion needs besides the expression.
pub struct Expander<'a> {
    pub problem: &'a Problem,
    pub graph: &'a Graph,
    pub catalogue: &'a Catalogue,
    pub quantities: &'a mut Quantities,
    pub indices: &'a mut Indices,
    /// Meanings of letters, parameters and an operation's own dimensions.
    pub scope: Scope,
    /// Definitions that are replaced by their expressions wherever they stand.
    pub inlined: &'a dyn Fn(&str) -> bool,
    /// Whether sums are multiplied out, as a canonical form wants; else a sum beside another factor keeps
    /// together as a part.
    pub multiplied_out: bool,
    /// Whether nobody reads how a part is written: finding a form for it takes a tenth of a proof.
    pub nameless: bool,
    /// Whether functions with a formula for their value are replaced by it.
    pub formulas: bool,
    /// Work that canonical forms and definitions put in may still take; `None` where [`MOST_TERMS`] alone bounds
    /// the work.
    pub budget: Option<&'a Cell<u64>>,
    /// How far derivatives that stand in an expression are followed.
    pub chain: Chain<'a>,
}

impl<'a> Expander<'a> {
    /// The index form of an expression, in normal form; its free indices are fresh.
    ///
    /// # Errors
    /// [`Unexpandable`] with the sub-expression that has none.
    pub fn expand(&mut self, expr: &Expr) -> Result<Form, Unexpandable> {
        let form = self.form(expr)?;
        if form.terms.len() > MOST_TERMS {
            return Err(Unexpandable::TooLarge);
        }
        let form = self.with_numbers(normalize(&form));
        if self.multiplied_out {
            return self.canonical(form);
        }
        Ok(self.joined(form, false))
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
            ExprKind::Product { first, rest } => self.product(expr, first, rest),
            ExprKind::Power { base, exponent, entrywise } => self.power_of(expr, base, exponent, *entrywise),
            ExprKind::Sum(terms) => self.sum(expr, terms),
            ExprKind::BigSum { binders, body } => {
                let outer = self.scope.letters.clone();
                let mut bound = Vec::new();
                for binder in binders {
                    let range =
                        binder.range.as_ref().ok_or_else(|| Unexpandable::Unsupported(expr.clone()))?;
                    let indices = self.range(range)?;
                    self.scope.letters.insert(binder.name.name.clone(), indices.clone());
                    bound.extend(indices);
                }
                let form = self.expand(body);
                self.scope.letters = outer;
                let mut form = form?;
                for term in &mut form.terms {
                    term.bound.extend(bound.iter().cloned());
                }
                Ok(form)
            }
            ExprKind::Call { function, primes, arguments } => {
                self.call(expr, &function.name, *primes, arguments)
            }
            ExprKind::Derivative(derivative) => match derivative.by.as_slice() {
                _ if derivative.nested().is_some() => {
                    let nested = derivative
                        .nested()
                        .map(Box::new)
                        .ok_or_else(|| Unexpandable::Unsupported(expr.clone()))?;
                    self.form(&ExprKind::Derivative(nested).into())
                }
                [(by, 1)] => differentiate::of_expression(self, derivative, by),
                _ => Err(Unexpandable::Unsupported(expr.clone())),
            },
            ExprKind::Contraction { left, right } => self.contraction(expr, left, right),
            _ => Err(Unexpandable::Unsupported(expr.clone())),
        }
    }

    /// Fresh free indices for the axes of a shape.
    pub fn axes(&mut self, shape: &Shape) -> (Vec<Index>, Vec<Index>) {
        let mut axis = |dim: &Dim| -> Vec<Index> {
            self.quantities.axis(dim).iter().map(|dim| self.indices.fresh(dim)).collect()
        };
        (axis(&shape.rows), axis(&shape.columns))
    }

    fn name(&mut self, name: &Name) -> Result<Form, Unexpandable> {
        if let Some(form) = self.scope.parameters.get(name).cloned() {
            return Ok(self.copy(&form));
        }
        if let Some(dim) = self.scope.dimensions.get(name) {
            return Ok(Form::scalar(vec![dimension_term(dim)]));
        }
        let problem = self.problem;
        if let Some(quantity) = problem.quantities.get(name) {
            return match &quantity.definition {
                Some(definition) if (self.inlined)(name) => self.outside(definition),
                _ => {
                    let id = variable(self.quantities, quantity);
                    Ok(self.whole(id, &quantity.shape))
                }
            };
        }
        if problem.dimensions.contains_key(name) {
            return Ok(Form::scalar(vec![dimension_term(&Dim::name(name.clone()))]));
        }
        if &**name == "pi" {
            let shape = Shape::scalar();
            let id = self.quantities.intern(QuantityInfo::named(Expr::name("pi"), &shape, false));
            return Ok(self.whole(id, &shape));
        }
        Err(Unexpandable::Unknown(name.clone()))
    }

    /// A definition of the file, wherever its name stands: where each uses the one before twice, their number is
    /// exponential.
    fn outside(&mut self, definition: &Expr) -> Result<Form, Unexpandable> {
        if let Some(budget) = self.budget {
            let left = budget.get().checked_sub(WORK_OF_DEFINITION);
            budget.set(left.ok_or(Unexpandable::TooLarge)?);
        }
        let scope = std::mem::take(&mut self.scope);
        let form = self.expand(definition);
        self.scope = scope;
        form
    }

    /// Whether an expression means the same wherever it is written in the file, with no name in it that is
    /// replaced here.
    fn is_written_so(&self, expr: &Expr) -> bool {
        let replaced =
            |name: &str| (self.inlined)(name) && crate::dependence::definition(self.problem, name).is_some();
        self.scope.is_file() && !mentions_any(expr, &replaced)
    }

    /// Whether a letter or parameter of the scope stands in an expression: it means something else elsewhere.
    pub(crate) fn is_local(&self, expr: &Expr) -> bool {
        let scope = &self.scope;
        mentions_any(expr, &|name| scope.letters.contains_key(name) || scope.parameters.contains_key(name))
    }

    /// The same expander with other definitions put in.
    pub(crate) fn inlining<'b>(&'b mut self, inlined: &'b dyn Fn(&str) -> bool) -> Expander<'b> {
        Expander {
            problem: self.problem,
            graph: self.graph,
            catalogue: self.catalogue,
            quantities: self.quantities,
            indices: self.indices,
            scope: self.scope.clone(),
            inlined,
            multiplied_out: self.multiplied_out,
            nameless: self.nameless,
            formulas: self.formulas,
            budget: self.budget,
            chain: self.chain,
        }
    }

    /// The same form with indices of its own, so that it can stand twice in one product.
    fn copy(&mut self, form: &Form) -> Form {
        let mut fresh = |axis: &[Index]| -> Vec<Index> {
            axis.iter().map(|index| self.indices.fresh(&index.dim)).collect()
        };
        let (rows, columns) = (fresh(&form.rows), fresh(&form.columns));
        let free: Vec<Index> = rows.iter().chain(&columns).cloned().collect();
        let terms = form.with_free(&free).iter().map(|term| term.rename_bound(self.indices)).collect();
        Form { rows, columns, terms }
    }

    /// All entries of a quantity, its rows and columns as the indices that it has; `None` for an array.
    pub(crate) fn entries(&mut self, id: QuantityId) -> Option<Form> {
        let info = self.quantities.get(id);
        let (axes, rows) = (info.axes.clone(), info.rows()?);
        let indices: Vec<Index> = axes.iter().map(|dim| self.indices.fresh(dim)).collect();
        let (above, below) = indices.split_at(rows);
        let terms = vec![Term::base(Base::Entry(id, indices.clone()))];
        Some(Form { rows: above.to_vec(), columns: below.to_vec(), terms })
    }

    /// All entries of a quantity of at most two axes.
    pub fn whole(&mut self, id: QuantityId, shape: &Shape) -> Form {
        let (rows, columns) = self.axes(shape);
        let entry = Base::Entry(id, rows.iter().chain(&columns).cloned().collect());
        Form { rows, columns, terms: vec![Term::base(entry)] }
    }

    fn entry(&mut self, expr: &Expr, base: &Expr, indices: &[Expr]) -> Result<Form, Unexpandable> {
        let form = self.expand(base)?;
        let free = form.free();
        if indices.iter().any(|index| !matches!(index.kind, ExprKind::Name(_) | ExprKind::Tuple(_))) {
            return self.entry_at_places(expr, form, indices);
        }
        let letters = self.index_letters(indices)?;
        if split::dims(&free) != split::dims(&letters)
            && let Some([rows, others]) = split::common(&split::dims(&free), &split::dims(&letters))
            && others.iter().all(|dims| dims.len() == 1)
        {
            // A product axis under a pair of letters.
            let (rows, columns) = rows.split_at(form.rows.len());
            let unsupported = || Unexpandable::Unsupported(expr.clone());
            let form = self.split(&form, rows, columns).ok_or_else(unsupported)?;
            return Ok(Form::scalar(form.with_free(&letters)));
        }
        if free.len() != letters.len() {
            return Err(Unexpandable::Unsupported(expr.clone()));
        }
        // A letter that runs over less than the axis stands at places of it.
        if free.iter().zip(&letters).any(|(own, letter)| own.dim != letter.dim) {
            return self.entry_at_places(expr, form, indices);
        }
        Ok(Form::scalar(form.with_free(&letters)))
    }

    /// The indices that letters stand for; an axis of dimension 1 has none.
    pub(crate) fn index_letters(&self, indices: &[Expr]) -> Result<Vec<Index>, Unexpandable> {
        let mut letters = Vec::new();
        for index in indices {
            match &index.kind {
                ExprKind::Name(letter) => letters.extend(self.letter(letter)?),
                ExprKind::Tuple(parts) => letters.extend(self.index_letters(parts)?),
                _ => return Err(Unexpandable::Unsupported(index.clone())),
            }
        }
        Ok(letters)
    }

    /// Fresh indices over a range; none over a literal 1.
    fn range(&mut self, range: &Expr) -> Result<Vec<Index>, Unexpandable> {
        let list = match &range.kind {
            ExprKind::Name(name) => self.scope.products.get(name).cloned(),
            _ => None,
        };
        let list = match list {
            Some(list) => list,
            None => vec![self.dim(range)?],
        };
        Ok(list.iter().filter(|dim| !dim.is_one()).map(|dim| self.indices.fresh(dim)).collect())
    }

    fn letter(&self, letter: &Name) -> Result<Vec<Index>, Unexpandable> {
        self.scope.letters.get(letter).cloned().ok_or_else(|| Unexpandable::Unknown(letter.clone()))
    }

    /// The left form, and the terms of the right one with its free indices.
    fn aligned(
        &mut self,
        whole: &Expr,
        left: &Form,
        right: &Form,
    ) -> Result<(Form, Vec<Term>), Unexpandable> {
        let (left, right) =
            self.alike(left, right).ok_or_else(|| Unexpandable::Unsupported(whole.clone()))?;
        let terms = right.with_free(&left.free());
        Ok((left, terms))
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
        let mut all = Form { terms: Vec::new(), ..frame };
        for form in &forms {
            if form.is_scalar() {
                all.terms.extend(form.terms.iter().cloned());
            } else if alike(&all, form) {
                all.terms.extend(form.with_free(&all.free()));
            } else {
                let (left, terms) = self.aligned(whole, &all, form)?;
                all = left;
                all.terms.extend(terms);
            }
        }
        Ok(all)
    }

    /// The dimension that an expression of names and integers means, an operation's own names replaced.
    fn dim(&self, expr: &Expr) -> Result<Dim, Unexpandable> {
        let malformed = || Unexpandable::Malformed(expr.clone());
        let dim = crate::shape::dimension(expr).ok_or_else(malformed)?;
        dim.replace(&|name| self.scope.dimensions.get(name).cloned()).ok_or_else(malformed)
    }
}

/// Whether two forms have axes of the same dimensions.
fn alike(left: &Form, right: &Form) -> bool {
    let same = |left: &[Index], right: &[Index]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.dim == right.dim)
    };
    same(&left.rows, &right.rows) && same(&left.columns, &right.columns)
}

/// The quantity of a variable or definition.
pub fn variable(quantities: &mut Quantities, quantity: &Quantity) -> QuantityId {
    let own = quantity
        .properties
        .iter()
        .any(|property| matches!(property, Property::Symmetric | Property::Posdef | Property::Diagonal));
    let info = QuantityInfo::named(Expr::name(quantity.name.clone()), &quantity.shape, false);
    quantities.intern(QuantityInfo { symmetric: own, ..info })
}

/// Every coefficient times the number.
pub fn scale(mut form: Form, by: &BigRational) -> Form {
    for term in &mut form.terms {
        term.coefficient *= by;
    }
    form
}

/// Whether nothing but a number multiplies: one term without factors.
fn is_number(terms: &[Term]) -> bool {
    matches!(terms, [term] if term.factors.is_empty() && term.bound.is_empty())
}
