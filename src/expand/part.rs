//! Powers, functions of entries, and the parts that keep together under them.
//!
//! The argument of a function, and the base of a power that is not written out, is always one entry of one
//! quantity; so every term stays a flat product.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::whole::Whole;
use super::{Expander, Unexpandable, number};
use crate::collapse::collapse;
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Kind;
use crate::index::{Base, Exponent, Factor, Form, Index, Quantities, QuantityId, Term, bounded};
use crate::problem::HIDDEN;
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, Ident, Name, ProductOp};

/// A power is written out as a product up to this exponent.
const MOST_FACTORS: i64 = 16;

impl Expander<'_> {
    /// `base^exponent`, `base.^exponent`.
    pub(super) fn power_of(
        &mut self,
        whole: &Expr,
        base: &Expr,
        exponent: &Expr,
        entrywise: bool,
    ) -> Result<Form, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(whole.clone());
        let Some(exponent) = number(exponent).and_then(|value| exponent_of(&value)) else {
            if let Some(exponent) = self.whole_exponent(exponent) {
                let form = self.expand(base)?;
                let kind = if entrywise || form.is_scalar() { Kind::Entries } else { Kind::Matrix };
                return self.raised_form(&kind, form, &exponent, base);
            }
            return self.variable_power(whole, base, exponent, entrywise);
        };
        let form = self.expand(base)?;
        if entrywise || form.is_scalar() {
            return self.power(form, exponent, base);
        }
        if exponent.is_integer() && exponent.is_negative() {
            return self.inverse_power(whole, base, exponent.to_integer());
        }
        // The power of a square matrix is a product.
        let copies = exponent.to_usize().filter(|_| exponent.is_integer()).ok_or_else(unsupported)?;
        if copies == 0 || copies as i64 > self.most_copies() {
            let exponent = Whole::fixed(Dim::number(i64::try_from(copies).map_err(|_| unsupported())?));
            return self.raised_form(&Kind::Matrix, form, &exponent, base);
        }
        let times = crate::syntax::ast::ProductOp::Times;
        let rest: Vec<_> = std::iter::repeat_n((times, base.clone()), copies - 1).collect();
        if rest.is_empty() { Ok(form) } else { self.product(whole, base, &rest) }
    }

    /// `A^-k` as a power of the prelude's inverse.
    fn inverse_power(&mut self, whole: &Expr, base: &Expr, exponent: i64) -> Result<Form, Unexpandable> {
        let hidden: Name = format!("{HIDDEN}inv").into();
        let name = if self.problem.is_operation(&hidden) { hidden } else { "inv".into() };
        let inverse = Expr::call(&name, vec![base.clone()]);
        let copies = usize::try_from(-exponent).map_err(|_| Unexpandable::Unsupported(whole.clone()))?;
        if copies == 1 {
            return self.expand(&inverse);
        }
        if copies as i64 > self.most_copies() {
            let form = self.expand(base)?;
            return self.raised_form(&Kind::Matrix, form, &Whole::fixed(Dim::number(exponent)), base);
        }
        let exponent = Box::new(Expr::natural(copies));
        self.expand(&ExprKind::Power { base: Box::new(inverse), exponent, entrywise: false }.into())
    }

    /// A power whose exponent is no whole number, where the base is positive: a quantity of its own where the exponent is a
    /// scalar, else and in proofs `exp(exponent*log(base))`.
    fn variable_power(
        &mut self,
        whole: &Expr,
        base: &Expr,
        exponent: &Expr,
        entrywise: bool,
    ) -> Result<Form, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(whole.clone());
        let known = self.means_prelude("exp") && self.means_prelude("log");
        if !known || !entrywise && !self.expand(base)?.is_scalar() {
            return Err(unsupported());
        }
        let readable = !(self.formulas && self.multiplied_out);
        if readable && let Some(exponent) = self.real_exponent(exponent)? {
            let form = self.expand(base)?;
            return self.raised_form(&Kind::Entries, form, &exponent, base);
        }
        let log = Expr::call("log", vec![base.clone()]);
        self.expand(&Expr::call("exp", vec![Expr::product(exponent.clone(), ProductOp::Hadamard, log)]))
    }

    /// Every entry to the power; `written` is the expression behind the form.
    ///
    /// A product is distributed where that holds for all numbers: integer exponents, or a fractional one over
    /// a single base or over dimensions, which are positive.
    pub(super) fn power(
        &mut self,
        form: Form,
        exponent: Exponent,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        if exponent.is_one() {
            return Ok(form);
        }
        let form = if self.multiplied_out { self.canonical(form)? } else { form };
        if exponent.is_zero() {
            return Ok(Form { terms: vec![Term::number(BigRational::one())], ..form });
        }
        if form.terms.is_empty() {
            let zero = exponent.is_positive();
            return if zero { Ok(form) } else { Err(Unexpandable::Malformed(written.clone())) };
        }
        let copies = exponent.is_integer().then(|| *exponent.numer());
        if let [term] = form.terms.as_slice() {
            let positive = |factor: &Factor| matches!(factor.base, Base::Dim(_));
            let whole = term.bound.is_empty()
                && match copies {
                    Some(_) => true,
                    None => {
                        term.coefficient.is_one()
                            && (term.factors.iter().all(positive)
                                || matches!(term.factors.as_slice(), [only] if only.exponent.is_one()))
                    }
                };
            if whole {
                let terms = vec![powered(term, exponent).ok_or(Unexpandable::TooLarge)?];
                return Ok(Form { terms, ..form });
            }
        }
        let writes_out = self.multiplied_out || form.terms.len() == 1;
        if let Some(copies) = copies.filter(|copies| (1..=MOST_FACTORS).contains(copies) && writes_out) {
            return self.copies(form, copies);
        }
        if self.multiplied_out && exponent.is_integer() {
            let content = self.content(&form);
            if !content.is_empty() {
                let above = |factor: &Factor| Factor { exponent: -factor.exponent, ..factor.clone() };
                let mut rest = form;
                for term in &mut rest.terms {
                    term.factors.extend(content.iter().map(above));
                }
                let mut power = self.power(normalize(&rest), exponent, written)?;
                let content = powered(&product_of(content), exponent).ok_or(Unexpandable::TooLarge)?;
                for term in &mut power.terms {
                    term.factors.extend(content.factors.iter().cloned());
                }
                return Ok(normalize(&power));
            }
        }
        let (quantity, indices) = match self.entry_of(&form, written) {
            // A sum with more than two indices has no matrix to be named by: it is written out.
            Err(_) if copies.is_some_and(|copies| (2..=MOST_FACTORS).contains(&copies)) => {
                return self.copies(form, copies.unwrap_or(1));
            }
            found => found?,
        };
        let factor = Factor { base: Base::Entry(quantity, indices), exponent };
        Ok(Form { terms: vec![product_of(vec![factor])], ..form })
    }

    /// A natural power as a product of copies.
    fn copies(&mut self, form: Form, copies: i64) -> Result<Form, Unexpandable> {
        let mut product = form.clone();
        for _ in 1..copies {
            product = self.multiply(product, &form.terms, Vec::new());
            // Before like terms are added: what is too long has been cut off.
            if product.terms.len() > super::MOST_TERMS {
                return Err(Unexpandable::TooLarge);
            }
            product = normalize(&product);
        }
        Ok(product)
    }

    /// A sum as a part of its own; anything else as it is.
    pub(super) fn kept(&mut self, form: Form, written: &Expr) -> Result<Form, Unexpandable> {
        if self.multiplied_out || form.terms.len() < 2 {
            return Ok(form);
        }
        match self.entry_of(&form, written) {
            Ok((quantity, indices)) => {
                Ok(Form { terms: vec![Term::base(Base::Entry(quantity, indices))], ..form })
            }
            // Without a matrix form it cannot be named; multiplied out it need not be.
            Err(_) => Ok(form),
        }
    }

    /// The quantity whose entry a form is, at the form's indices; a part is made where there is none.
    ///
    /// # Errors
    /// A form with more than two indices or without a matrix form.
    pub(super) fn entry_of(
        &mut self,
        form: &Form,
        written: &Expr,
    ) -> Result<(QuantityId, Vec<Index>), Unexpandable> {
        if let ExprKind::Transpose(inner) = &written.kind {
            // One sum is one part, whichever way it is turned.
            let (rows, columns) = (form.columns.clone(), form.rows.clone());
            return self.entry_of(&Form { rows, columns, terms: form.terms.clone() }, inner);
        }
        let form = normalize(form);
        if let [term] = form.terms.as_slice()
            && let [factor] = term.factors.as_slice()
            && let Base::Entry(quantity, indices) = &factor.base
            && factor.exponent.is_one()
            && term.coefficient.is_one()
            && term.bound.is_empty()
        {
            return Ok((*quantity, indices.clone()));
        }
        // Axes that no term mentions are dropped: a broadcast vector is the vector.
        let mut open: Vec<Index> = Vec::new();
        let mut outer: Vec<Index> = Vec::new();
        let free = form.free();
        for index in &free {
            if form.terms.iter().any(|term| term.occurrences(index) > 0) {
                open.push(index.clone());
            }
        }
        for term in &form.terms {
            for index in term.factors.iter().flat_map(|factor| factor.base.indices()) {
                if !term.bound.contains(index) && !open.contains(index) && !outer.contains(index) {
                    outer.push(index.clone());
                }
            }
        }
        outer.sort_by_key(|index| index.id);
        let whole = open == free && outer.is_empty();
        let complete = whole && self.is_written_so(written);
        if form.rows.len() > 1 || form.columns.len() > 1 {
            return self.product_entry_of(&form, &outer, whole, written);
        }
        open.extend(outer);
        if open.len() > 2 {
            return Err(Unexpandable::Unsupported(written.clone()));
        }
        let fresh: Vec<Index> = open.iter().map(|index| self.indices.fresh(&index.dim)).collect();
        let own = Form { rows: open.clone(), columns: Vec::new(), terms: form.terms.clone() };
        let terms = own.with_free(&fresh).iter().map(|term| term.rename_bound(self.indices)).collect();
        // A row stays one; else one axis is a column.
        let is_row = whole && form.rows.is_empty();
        let (rows, columns) = match fresh.as_slice() {
            [only] if is_row => (Vec::new(), vec![only.clone()]),
            [first, rest @ ..] => (vec![first.clone()], rest.to_vec()),
            [] => (Vec::new(), Vec::new()),
        };
        let part = normalize(&Form { rows, columns, terms });
        let turned =
            Form { rows: part.columns.clone(), columns: part.rows.clone(), terms: part.terms.clone() };
        if open.len() == 2
            && let Some(known) = self.quantities.known_part(&turned)
        {
            open.reverse();
            return Ok((known, open));
        }
        let catalogue = self.catalogue;
        let nameless = self.nameless;
        let expr = |quantities: &Quantities| match (complete, nameless) {
            (true, _) => Some(written.clone()),
            (false, true) => Some(own_name(quantities)),
            (false, false) => collapse(&part, quantities, catalogue).map(|found| found.expr()),
        };
        // Letters alone do not say which way round it is written shorter.
        if open.len() == 2 && !complete && !nameless && self.quantities.known_part(&part).is_none() {
            let cost = |form: &Form| collapse(form, self.quantities, catalogue).map(|found| found.cost());
            if cost(&turned).is_some_and(|turned| cost(&part).is_none_or(|cost| turned < cost)) {
                let expr = |quantities: &Quantities| {
                    collapse(&turned, quantities, catalogue).map(|found| found.expr())
                };
                if let Some(id) = self.quantities.part(turned.clone(), expr) {
                    open.reverse();
                    return Ok((id, open));
                }
            }
        }
        let id = self.quantities.part(part.clone(), expr);
        let id = id.ok_or_else(|| Unexpandable::Unsupported(written.clone()))?;
        Ok((id, open))
    }

    /// The same with product axes: all of them are axes of the part.
    fn product_entry_of(
        &mut self,
        form: &Form,
        outer: &[Index],
        whole: bool,
        written: &Expr,
    ) -> Result<(QuantityId, Vec<Index>), Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(written.clone());
        if !outer.is_empty() {
            return Err(unsupported());
        }
        let part = normalize(&self.copy(form));
        let turned =
            Form { rows: part.columns.clone(), columns: part.rows.clone(), terms: part.terms.clone() };
        if self.quantities.known_part(&part).is_none()
            && let Some(known) = self.quantities.known_part(&turned)
        {
            return Ok((known, form.columns.iter().chain(&form.rows).cloned().collect()));
        }
        let catalogue = self.catalogue;
        let complete = whole && self.is_written_so(written);
        let (nameless, lenient) = (self.nameless, self.multiplied_out);
        let expr = |quantities: &Quantities| {
            if complete {
                return Some(written.clone());
            }
            let found = || collapse(&part, quantities, catalogue).map(|found| found.expr());
            let found = if nameless { None } else { found() };
            found.or_else(|| lenient.then(|| own_name(quantities)))
        };
        let id = self.quantities.part(part.clone(), expr).ok_or_else(unsupported)?;
        Ok((id, form.free()))
    }

    /// A scalar function of every entry.
    pub(super) fn apply(
        &mut self,
        function: &Name,
        primes: usize,
        form: &Form,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let (argument, indices) = self.entry_of(form, written)?;
        let terms = self.applied(function, primes, argument, &indices, written)?;
        Ok(Form { terms, ..form.clone() })
    }

    /// `f(argument[indices])` as terms: the function's own quantity, or its formula.
    pub(crate) fn applied(
        &mut self,
        function: &Name,
        primes: usize,
        argument: QuantityId,
        indices: &[Index],
        written: &Expr,
    ) -> Result<Vec<Term>, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(written.clone());
        let problem = self.problem;
        let known = problem.functions.get(function);
        if let Some(known) = known {
            let body = match primes {
                0 => known.value.as_ref(),
                1 => known.derivative.as_ref(),
                _ => return Err(unsupported()),
            };
            match body {
                // A derivative is always written by its formula.
                Some(body) if primes == 1 => {
                    return self.formula(&known.parameter, body, argument, indices);
                }
                None if primes == 1 => {
                    let body = crate::differentiate::formula_derivative(self, known)?;
                    return self.formula(&known.parameter, &body, argument, indices);
                }
                Some(body) => {
                    let terms = self.formula(&known.parameter, body, argument, indices)?;
                    if self.formulas || is_power(&terms, argument) {
                        return Ok(terms);
                    }
                }
                None => {}
            }
        } else if !problem.entrywise.iter().any(|known| known == function) {
            return Err(unsupported());
        }
        if self.multiplied_out
            && primes == 0
            && let Some(term) = self.turned(function, argument, indices)
        {
            return Ok(vec![term]);
        }
        let id = self.function_of(function, primes, argument);
        Ok(vec![Term::base(Base::Entry(id, indices.to_vec()))])
    }

    /// The quantity of a function of every entry.
    pub(crate) fn function_of(&mut self, function: &Name, primes: usize, argument: QuantityId) -> QuantityId {
        let info = self.quantities.get(argument).clone();
        let call = Ident::new(function.clone());
        let expr = ExprKind::Call { function: call, primes, arguments: vec![info.expr.clone()] }.into();
        let origin = Origin::Applied { function: function.clone(), primes, argument };
        self.quantities.intern(QuantityInfo { expr, is_derivative: false, origin, ..info })
    }

    /// A scalar function's formula at an entry.
    pub(crate) fn formula(
        &mut self,
        parameter: &Name,
        body: &Expr,
        argument: QuantityId,
        indices: &[Index],
    ) -> Result<Vec<Term>, Unexpandable> {
        let entry = Form::scalar(vec![Term::base(Base::Entry(argument, indices.to_vec()))]);
        self.formula_of(parameter, body, entry)
    }

    /// The same at a form.
    pub(crate) fn formula_of(
        &mut self,
        parameter: &Name,
        body: &Expr,
        argument: Form,
    ) -> Result<Vec<Term>, Unexpandable> {
        let scope = super::Scope { inside: true, ..super::Scope::default() };
        let outer = std::mem::replace(&mut self.scope, scope);
        self.scope.parameters.insert(parameter.clone(), argument);
        // A derivative such as 1 - tanh(t)^2 keeps together; in the formula's own scope, or it would be named by t.
        let form = self.expand(body).and_then(|form| self.kept(form, body));
        self.scope = outer;
        Ok(form?.terms)
    }
}

/// Nothing but a power of the argument.
fn is_power(terms: &[Term], argument: QuantityId) -> bool {
    let [term] = terms else { return false };
    term.factors.iter().all(|factor| matches!(factor.base, Base::Entry(id, _) if id == argument))
}

fn product_of(factors: Vec<Factor>) -> Term {
    Term { coefficient: BigRational::one(), factors, bound: Vec::new() }
}

/// A term without bound indices to a power that distributes; `None` on overflow.
pub fn powered(term: &Term, exponent: Exponent) -> Option<Term> {
    use num_traits::CheckedMul;
    let coefficient = if exponent.is_integer() {
        let power = i32::try_from(*exponent.numer()).ok().filter(|power| power.abs() <= 64)?;
        num_traits::Pow::pow(term.coefficient.clone(), power)
    } else {
        BigRational::one()
    };
    let mut factors = Vec::new();
    for factor in &term.factors {
        let exponent = factor.exponent.checked_mul(&exponent).and_then(bounded)?;
        factors.push(Factor { base: factor.base.clone(), exponent });
    }
    Some(Term { coefficient, factors, bound: Vec::new() })
}

/// A rational of moderate size as an exponent.
pub fn exponent_of(value: &BigRational) -> Option<Exponent> {
    let small = |integer: &num_bigint::BigInt| integer.to_i64().filter(|n| n.abs() < 1 << 20);
    Some(Exponent::new(small(value.numer())?, small(value.denom())?))
}

/// A name for a part that is no other's.
fn own_name(quantities: &Quantities) -> Expr {
    Expr::name(format!("{HIDDEN}{}", quantities.iter().count()))
}
