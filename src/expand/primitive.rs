//! Primitives: operations of a square matrix that are known by the derivative of their entry.

use std::collections::BTreeMap;

use num_traits::One;

use super::{Expander, Scope, Unexpandable, split};
use crate::collapse::collapse;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::{Base, Form, Index, QuantityId, Term};
use crate::matrix::expr_cost;
use crate::problem::{Body, Operation};
use crate::shape::Shape;
use crate::syntax::ast::{Expr, Name};

/// A matrix without a name.
const NAMELESS: Unexpandable = Unexpandable::TooLarge;

impl<'a> Expander<'a> {
    /// The entries of a primitive of an argument: a quantity of their own.
    pub(super) fn primitive(
        &mut self,
        whole: &Expr,
        operation: &Operation,
        argument: &Expr,
    ) -> Result<Form, Unexpandable> {
        let form = self.expand(argument)?;
        self.primitive_of_form(operation, form, argument)
            .map_err(|error| if error == NAMELESS { Unexpandable::Unsupported(whole.clone()) } else { error })
    }

    /// The same of a form; `written` is the expression behind it.
    pub(crate) fn primitive_of_form(
        &mut self,
        operation: &Operation,
        form: Form,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let dims = |axis: &[Index]| axis.iter().map(|index| index.dim.clone()).collect::<Vec<_>>();
        if dims(&form.rows) != dims(&form.columns) {
            return Err(Unexpandable::Malformed(written.clone()));
        }
        if let Some(found) = self.by_law(operation, &form)? {
            self.recognise_written(operation, written, &found);
            return Ok(found);
        }
        let (id, at) = self.entry_of(&form, written)?;
        let free = form.free();
        // An axis that no term mentions is no axis of the part, and of a transpose the primitive is told by a law.
        if at.len() != free.len() || at != free && !self.is_turned_with(operation) {
            return Err(NAMELESS);
        }
        let id = self.primitive_of(operation, id);
        if operation.indices.is_empty() {
            return Ok(Form::scalar(vec![Term::base(Base::Entry(id, Vec::new()))]));
        }
        let term = Term::base(Base::Entry(id, at));
        Ok(Form { terms: vec![term], ..form })
    }

    /// A number that a law makes a product of is recognised as what the author wrote: `det(A*B)`.
    fn recognise_written(&mut self, operation: &Operation, written: &Expr, found: &Form) {
        let [term] = found.terms.as_slice() else { return };
        let product = term.coefficient.is_one() && term.bound.is_empty() && term.factors.len() > 1;
        if self.multiplied_out || !found.is_scalar() || !product || !self.is_written_so(written) {
            return;
        }
        let call = Expr::call(&operation.name, vec![written.clone()]);
        let cost = collapse(found, self.quantities, self.catalogue).map(|found| found.cost());
        if cost.is_some_and(|cost| expr_cost(&call) < cost)
            && let Some(id) = self.quantities.part(found.clone(), |_| Some(call))
        {
            self.quantities.recognise(id, found.clone());
        }
    }

    /// A primitive of a form as nobody wrote it.
    pub(crate) fn named_primitive(&mut self, operation: &Name, form: Form) -> Result<Form, Unexpandable> {
        let problem = self.problem;
        let operation =
            problem.operation(operation, 1).ok_or_else(|| Unexpandable::Unknown(operation.clone()))?;
        let inside = Scope { inside: true, ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, inside);
        let found = self.primitive_of_form(operation, form, &Expr::natural(0));
        self.scope = outer;
        found
    }

    /// The quantity of a primitive of every entry of another one.
    pub(crate) fn primitive_of(&mut self, operation: &Operation, argument: QuantityId) -> QuantityId {
        let info = self.quantities.get(argument).clone();
        let expr = Expr::call(&operation.name, vec![info.expr.clone()]);
        let origin = Origin::Primitive { operation: operation.name.clone(), argument };
        let scalar = operation.indices.is_empty();
        let symmetric = !scalar && info.symmetric && self.is_turned_with(operation);
        let (axes, groups, shape) = match scalar {
            true => (Vec::new(), Vec::new(), Some(Shape::scalar())),
            false => (info.axes.clone(), info.groups.clone(), info.shape.clone()),
        };
        let id = self.quantities.intern(QuantityInfo {
            expr,
            axes,
            groups,
            shape,
            is_derivative: false,
            origin,
            symmetric,
        });
        // It may have been made before that was known of its argument.
        if symmetric {
            self.quantities.note_symmetry(id);
        }
        id
    }

    /// Whether a law says that the primitive of a transpose is the transpose of the primitive, or the same number.
    fn is_turned_with(&self, operation: &Operation) -> bool {
        let of_scalar = operation.indices.is_empty();
        self.laws_of(&operation.name).any(|law| law.keeps_transposes(of_scalar))
    }

    /// A quantity with fresh indices for its entry.
    pub(crate) fn argument_entry(&mut self, argument: QuantityId) -> (QuantityId, Vec<Index>) {
        let axes = self.quantities.get(argument).axes.clone();
        (argument, axes.iter().map(|dim| self.indices.fresh(dim)).collect())
    }

    /// The derivative of a primitive's entry by the entry of its argument at given indices.
    ///
    /// # Errors
    /// What the stated derivative has no form for.
    pub(crate) fn entry_derivative(
        &mut self,
        operation: &Name,
        argument: QuantityId,
        at: &[Index],
        entry: &[Index],
    ) -> Result<Vec<Term>, Unexpandable> {
        let problem = self.problem;
        let malformed = || Unexpandable::Unknown(operation.clone());
        let operation = problem.operation(operation, 1).ok_or_else(malformed)?;
        let Body::Derivative { row, column, value } = &operation.body else { return Err(malformed()) };
        let info = self.quantities.get(argument).clone();
        let mut letters = BTreeMap::new();
        // Rows and columns are alike; none of a scalar, which is a matrix of one row.
        let half = info.axes.len() / 2;
        let lists = |indices: &[Index]| {
            let (rows, columns) = indices.split_at(half.min(indices.len()));
            [rows.to_vec(), columns.to_vec()]
        };
        let own = operation.letters().map(|(name, _)| name.clone());
        letters.extend(own.zip(lists(at)));
        letters.extend([row.clone(), column.clone()].into_iter().zip(lists(entry)));
        let parameter = operation.parameters.first().ok_or_else(malformed)?;
        let whole = self.entries(argument).ok_or_else(malformed)?;
        let side = crate::index::axis_dim(&whole.rows).ok_or_else(malformed)?;
        let list = split::dims(&whole.rows);
        let parameters = BTreeMap::from([(parameter.name.clone(), whole)]);
        let names = || operation.dimensions.iter().cloned();
        let dimensions = names().map(|name| (name, side.clone())).collect();
        let products = match list.len() {
            0 | 1 => BTreeMap::new(),
            _ => names().map(|name| (name, list.clone())).collect(),
        };
        let scope = Scope { letters, parameters, dimensions, products, inside: true, ..Scope::default() };
        let outer = std::mem::replace(&mut self.scope, scope);
        let form = self.expand(value);
        self.scope = outer;
        Ok(form?.terms)
    }
}
