//! Powers whose exponent is a whole number that is not known: `A^k`, `c^(n-1)`; multiples under the exponential of a matrix.

use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::chain::{Link, chain, is_one, kronecker, matrix};
use super::whole::Whole;
use super::{Expander, Unexpandable};
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::{Kind, Raised, Running};
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::rule::Pattern;
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind};

/// A power is written out as a product up to this exponent.
pub(super) const MOST_FACTORS: i64 = 16;
/// The same where no canonical form is wanted: longer products are none to be read, or to be evaluated entry by entry.
const READABLE: i64 = 4;

impl<'a> Expander<'a> {
    /// A form to a power: of every entry, of a square matrix, or its exponential, with a multiple put in. `written` is the
    /// expression behind the form.
    pub(crate) fn raised_form(
        &mut self,
        kind: &Kind,
        form: Form,
        exponent: &Whole,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let form = normalize(&form);
        let unsupported = || Unexpandable::Unsupported(written.clone());
        match kind {
            Kind::Entries => self.raised_entries(form, exponent, written),
            _ => {
                let ([row], [column]) = (form.rows.as_slice(), form.columns.as_slice()) else {
                    return match kind {
                        // A matrix of one row and column.
                        Kind::Matrix if form.is_scalar() => self.raised_entries(form, exponent, written),
                        Kind::Matrix => self.raised_kronecker(&form, exponent, written),
                        _ => Err(unsupported()),
                    };
                };
                if row.dim != column.dim {
                    return Err(Unexpandable::Malformed(written.clone()));
                }
                let (row, column) = (row.clone(), column.clone());
                self.raised_matrix(kind, form, (row, column), exponent, written)
            }
        }
    }

    /// `kron(A, B)^k = kron(A^k, B^k)` of two square matrices.
    fn raised_kronecker(
        &mut self,
        form: &Form,
        exponent: &Whole,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(written.clone());
        let term = single(form).ok_or_else(unsupported)?;
        let opened = self.sole_part(term);
        let term = opened.as_ref().unwrap_or(term);
        let is_square = |form: &Form| {
            let dims = |axis: &[Index]| axis.iter().map(|index| index.dim.clone()).collect::<Vec<_>>();
            dims(&form.rows) == dims(&form.columns)
        };
        let parts = (1..form.rows.len().min(form.columns.len())).filter_map(|at| kronecker(form, term, at));
        let mut parts = parts.filter(|(one, other)| is_square(one) && is_square(other));
        let (one, other) = parts.next().ok_or_else(unsupported)?;
        // Nobody wrote either of them alone.
        let inside = std::mem::replace(&mut self.scope.inside, true);
        let nameless = Expr::natural(0);
        let mut raised = |form| self.raised_form(&Kind::Matrix, form, exponent, &nameless);
        let powers = raised(one).and_then(|one| Ok((one, raised(other)?)));
        self.scope.inside = inside;
        let (one, other) = powers.map_err(|error| match error {
            Unexpandable::Unsupported(_) => unsupported(),
            other => other,
        })?;
        let products = one.terms.iter().flat_map(|left| other.terms.iter().map(move |right| (left, right)));
        let terms = products.map(|(left, right)| left.multiply(right, self.indices)).collect();
        Ok(Form {
            rows: [one.rows, other.rows].concat(),
            columns: [one.columns, other.columns].concat(),
            terms,
        })
    }

    /// The exponential of a form: by a law where one says what it is.
    pub(super) fn exponential_of(
        &mut self,
        kind: &Kind,
        form: Form,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let problem = self.problem;
        let Kind::Exponential(name) = kind else { return Err(Unexpandable::Unsupported(written.clone())) };
        if let Some(operation) = problem.operation(name, 1)
            && let Some(found) = self.by_law(operation, &form)?
        {
            return Ok(found);
        }
        if form.is_scalar() {
            return Err(Unexpandable::Unsupported(written.clone()));
        }
        self.raised_form(kind, form, &Whole::fixed(Dim::one()), written)
    }

    /// The same power of another form as nobody wrote it.
    pub(crate) fn named_power(
        &mut self,
        raised: &Raised,
        form: Form,
        index: Option<Index>,
    ) -> Result<Form, Unexpandable> {
        let running = raised.running.clone().zip(index).map(|(running, index)| (running.step, index));
        let exponent = Whole { fixed: raised.exponent.clone(), running };
        let inside = super::Scope { inside: true, ..super::Scope::default() };
        let outer = std::mem::replace(&mut self.scope, inside);
        let written = Expr::natural(0);
        let found = match (&raised.kind, &exponent.running, exponent.fixed.as_number()) {
            (kind @ Kind::Exponential(_), None, Some(1)) => self.exponential_of(kind, form, &written),
            (kind, ..) => self.raised_form(kind, form, &exponent, &written),
        };
        self.scope = outer;
        found
    }

    /// Every entry, and each of its factors, to a power.
    fn raised_entries(&mut self, form: Form, exponent: &Whole, written: &Expr) -> Result<Form, Unexpandable> {
        // A power by a real number is none of the factors', which may be negative.
        if let Some(term) = single(&form)
            && !self.is_real(&exponent.fixed)
            && term.bound.is_empty()
            && term.factors.iter().all(|factor| factor.exponent.is_integer())
        {
            let mut power = Term::number(BigRational::one());
            if !term.coefficient.is_one() {
                let number = Form::scalar(vec![Term::number(term.coefficient.clone())]);
                let (id, at) = self.entry_of(&number, written)?;
                power.factors.push(self.entry_power(id, &at, exponent)?);
            }
            for factor in &term.factors {
                match &factor.base {
                    Base::Entry(id, at) => {
                        let times = Whole::fixed(Dim::number(factor.exponent.to_integer()));
                        let exponent = exponent.times(&times).ok_or(Unexpandable::TooLarge)?;
                        power.factors.push(self.entry_power(*id, at, &exponent)?);
                    }
                    // 0 or 1.
                    Base::Delta(..) | Base::Shift(_) if self.is_positive(exponent) => {
                        power.factors.push(factor.clone());
                    }
                    _ => {
                        let one = Form::scalar(vec![Term::base(factor.base.clone())]);
                        let times = Whole::fixed(Dim::number(factor.exponent.to_integer()));
                        let exponent = exponent.times(&times).ok_or(Unexpandable::TooLarge)?;
                        let id = self.part_of_number(&one, written)?;
                        power.factors.push(self.entry_power(id, &[], &exponent)?);
                    }
                }
            }
            power.factors.retain(|factor| !factor.exponent.is_zero());
            return Ok(Form { terms: vec![power], ..form });
        }
        let (id, at) = self.entry_of(&form, written)?;
        let factor = self.entry_power(id, &at, exponent)?;
        Ok(Form { terms: vec![Term { factors: vec![factor], ..Term::number(BigRational::one()) }], ..form })
    }

    /// A quantity for a number such as a dimension.
    fn part_of_number(&mut self, form: &Form, written: &Expr) -> Result<QuantityId, Unexpandable> {
        if !form.is_scalar() {
            return Err(Unexpandable::Unsupported(written.clone()));
        }
        self.entry_of(form, written).map(|(id, _)| id)
    }

    /// `x[i]^k`, where `x` may be such a power itself.
    pub(super) fn entry_power(
        &mut self,
        id: QuantityId,
        at: &[Index],
        exponent: &Whole,
    ) -> Result<Factor, Unexpandable> {
        let (mut argument, mut at, mut exponent) = (id, at.to_vec(), exponent.clone());
        // `(x^2)^c` has values where `x` is negative.
        if let Some((raised, known)) = self.member(id, &at)
            && raised.kind == Kind::Entries
            && (self.is_real(&raised.exponent) || !self.is_real(&exponent.fixed))
        {
            exponent = exponent.times(&known).ok_or(Unexpandable::TooLarge)?;
            argument = raised.argument;
            at.truncate(self.quantities.get(argument).axes.len());
        }
        if exponent.running.is_none()
            && let Some(number) = exponent.fixed.as_number()
        {
            let power = crate::index::bounded(Exponent::from_integer(number));
            let power = power.ok_or(Unexpandable::TooLarge)?;
            return Ok(Factor { base: Base::Entry(argument, at), exponent: power });
        }
        Ok(Factor::once(self.raised_base(&Kind::Entries, argument, &at, &exponent)))
    }

    fn raised_matrix(
        &mut self,
        kind: &Kind,
        form: Form,
        (row, column): (Index, Index),
        exponent: &Whole,
        written: &Expr,
    ) -> Result<Form, Unexpandable> {
        let too_large = || Unexpandable::TooLarge;
        let (mut form, mut exponent) = (form, exponent.clone());
        let mut stripped = false;
        if form.terms.is_empty() {
            let delta = Form { terms: vec![Term::base(Base::Delta(row, column))], ..form };
            return match kind {
                Kind::Exponential(_) => Ok(delta),
                _ => Err(Unexpandable::Unsupported(written.clone())),
            };
        }
        let mut scalar = Term::number(BigRational::one());
        if *kind == Kind::Matrix {
            if let Some(term) = single(&form)
                && let Some(chain) = chain(term, &row, &column)
                && !is_one(&chain.scalar)
            {
                let power =
                    self.raised_entries(Form::scalar(vec![chain.scalar.clone()]), &exponent, written)?;
                scalar = power.terms.into_iter().next().ok_or_else(too_large)?;
                form = Form { terms: matrix(&chain.links).terms, ..form };
                stripped = true;
            }
        } else if let Some((multiple, rest)) = self.multiple(&form, &row, &column) {
            exponent = exponent.times(&Whole::fixed(multiple)).ok_or_else(too_large)?;
            form = rest;
            stripped = true;
        }
        // Without its multiple nobody wrote the matrix.
        let nameless = Expr::natural(0);
        let inside = self.scope.inside;
        self.scope.inside |= stripped;
        let entry = self.entry_of(&form, if stripped { &nameless } else { written });
        self.scope.inside = inside;
        let (id, at) = entry?;
        if at.len() != 2 {
            return Err(Unexpandable::Unsupported(written.clone()));
        }
        let mut term = match self.powers_of(kind, id, &at) {
            Some((kind, argument, inner)) => {
                let exponent = exponent.times(&inner).ok_or_else(too_large)?;
                self.raised_term(&kind, argument, &at[..2], &exponent)
            }
            None => self.raised_term(kind, id, &at, &exponent),
        };
        term = scalar.multiply(&term, self.indices);
        Ok(Form { terms: vec![term], ..form })
    }

    /// What a matrix is a power of, so that its own powers are powers of that: `A^k`, the inverse, the exponential.
    fn powers_of(&self, kind: &Kind, id: QuantityId, at: &[Index]) -> Option<(Kind, QuantityId, Whole)> {
        if *kind != Kind::Matrix {
            return None;
        }
        if let Some((raised, exponent)) = self.member(id, at) {
            return (raised.kind != Kind::Entries).then_some((raised.kind, raised.argument, exponent));
        }
        let argument = self.inverse_of(id)?;
        Some((Kind::Matrix, argument, Whole::fixed(Dim::number(-1))))
    }

    /// The matrix whose inverse a quantity is.
    pub(crate) fn inverse_of(&self, id: QuantityId) -> Option<QuantityId> {
        let Origin::Primitive { operation, argument } = &self.quantities.get(id).origin else { return None };
        self.has_law(operation, |law| matches!(law.pattern, Pattern::Cancel(_))).then_some(*argument)
    }

    /// A quantity that is a power, and its exponent at an entry's indices.
    pub(super) fn member(&self, id: QuantityId, at: &[Index]) -> Option<(Raised, Whole)> {
        let Origin::Raised(raised) = &self.quantities.get(id).origin else { return None };
        let running = match &raised.running {
            None => None,
            Some(running) => Some((running.step.clone(), at.last()?.clone())),
        };
        Some((raised.clone(), Whole { fixed: raised.exponent.clone(), running }))
    }

    /// A sum of multiples of one matrix by whole numbers and declared scalars: the multiple, as a polynomial, and the matrix.
    fn multiple(&self, form: &Form, row: &Index, column: &Index) -> Option<(Dim, Form)> {
        let mut total = Dim::number(0);
        let mut matrix: Option<(Form, Vec<_>)> = None;
        for term in &form.terms {
            let own = |factor: &Factor| {
                let Base::Entry(id, at) = &factor.base else { return None };
                let info = self.quantities.get(*id);
                let ExprKind::Name(name) = &info.expr.kind else { return None };
                let power = factor.exponent.to_integer();
                let declared =
                    self.problem.quantities.get(name).is_some_and(|known| known.definition.is_none());
                (at.is_empty()
                    && declared
                    && !self.scope.parameters.contains_key(name)
                    && factor.exponent.is_integer()
                    && (1..=MOST_FACTORS).contains(&power))
                .then(|| (name.clone(), power))
            };
            let mut rest = term.clone();
            let mut part = Dim::one();
            if term.coefficient.is_integer() {
                part = Dim::number(term.coefficient.to_integer().to_i64()?);
                rest.coefficient = BigRational::one();
            }
            rest.factors.clear();
            for factor in &term.factors {
                match own(factor) {
                    Some((name, power)) => {
                        for _ in 0..power {
                            part = part.multiply(&Dim::name(name.clone()))?;
                        }
                    }
                    None => rest.factors.push(factor.clone()),
                }
            }
            let rest = Form { terms: vec![rest], ..form.clone() };
            let key = crate::index::canonical::form_key(&rest);
            match &matrix {
                None => matrix = Some((rest, key)),
                Some((_, known)) if *known == key => {}
                Some(_) => return None,
            }
            total = total.add(&part, 1)?;
        }
        let (matrix, _) = matrix?;
        let whole = matrix.terms[0]
            .factors
            .iter()
            .any(|factor| factor.base.has_index(row) || factor.base.has_index(column));
        (whole && total != Dim::number(0)).then_some((total, matrix))
    }

    /// A member of a family at two indices, as one product; by its copies where the exponent is a number.
    pub(super) fn raised_term(
        &mut self,
        kind: &Kind,
        argument: QuantityId,
        at: &[Index],
        exponent: &Whole,
    ) -> Term {
        let number = exponent.fixed.as_number().filter(|_| exponent.running.is_none());
        let [left, right] = at else {
            return Term::base(self.raised_base(kind, argument, at, exponent));
        };
        match (number, kind) {
            (Some(0), _) => Term::base(Base::Delta(left.clone(), right.clone())),
            (Some(number), Kind::Matrix) if number.abs() <= self.most_copies() => {
                let id = match number > 0 {
                    true => Some(argument),
                    false => self.inverse_quantity(argument),
                };
                let Some(id) = id else {
                    return Term::base(self.raised_base(kind, argument, at, exponent));
                };
                let mut term = Term::number(BigRational::one());
                let mut from = left.clone();
                for copy in 1..=number.abs() {
                    let to = if copy == number.abs() { right.clone() } else { self.indices.fresh(&left.dim) };
                    if copy < number.abs() {
                        term.bound.push(to.clone());
                    }
                    term.factors.push(Factor::once(Base::Entry(id, vec![from, to.clone()])));
                    from = to;
                }
                term
            }
            _ => Term::base(self.raised_base(kind, argument, at, exponent)),
        }
    }

    /// So many copies of a matrix stand for its power.
    pub(super) fn most_copies(&self) -> i64 {
        if self.multiplied_out { MOST_FACTORS } else { READABLE }
    }

    /// The quantity of the inverse, by the operation of the prelude that cancels.
    fn inverse_quantity(&mut self, argument: QuantityId) -> Option<QuantityId> {
        let catalogue = self.catalogue;
        let name = catalogue.laws.iter().find_map(|law| {
            let cancels = matches!(law.pattern, Pattern::Cancel(_));
            (cancels && self.laws_of(&law.function).next().is_some()).then(|| law.function.clone())
        })?;
        let problem = self.problem;
        let operation = problem.operation(&name, 1)?;
        Some(self.primitive_of(operation, argument))
    }

    /// A member of a family as one entry, whatever its exponent.
    pub(super) fn raised_member(
        &mut self,
        kind: &Kind,
        argument: QuantityId,
        at: &[Index],
        exponent: &Whole,
    ) -> Term {
        Term::base(self.raised_base(kind, argument, at, exponent))
    }

    fn raised_base(&mut self, kind: &Kind, argument: QuantityId, at: &[Index], exponent: &Whole) -> Base {
        let info = self.quantities.get(argument).clone();
        let running = exponent
            .running
            .as_ref()
            .map(|(step, index)| Running { step: step.clone(), range: index.dim.clone() });
        let raised = Raised {
            kind: kind.clone(),
            argument,
            exponent: exponent.fixed.clone(),
            running: running.clone(),
        };
        let (mut axes, mut groups) = (info.axes.clone(), info.groups.clone());
        groups.extend(running.iter().map(|_| 1));
        axes.extend(running.map(|running| running.range));
        let plain = exponent.running.is_none();
        let symmetric = plain && info.symmetric;
        let written = (&info.expr, info.axes.is_empty());
        let expr = raised.expr(written, &raised.placeholder(), self.quantities);
        let id = self.quantities.intern(QuantityInfo {
            expr,
            axes,
            groups,
            shape: info.shape.filter(|_| plain),
            is_derivative: false,
            origin: Origin::Raised(raised),
            symmetric,
        });
        if symmetric {
            self.quantities.note_symmetry(id);
        }
        let mut at = at.to_vec();
        at.extend(exponent.running.as_ref().map(|(_, index)| index.clone()));
        Base::Entry(id, at)
    }
}

fn single(form: &Form) -> Option<&Term> {
    match form.terms.as_slice() {
        [term] => Some(term),
        _ => None,
    }
}

/// The links of the matrix that a quantity is: itself, or a product of several.
pub(super) fn links(expander: &mut Expander<'_>, id: QuantityId) -> Vec<Link> {
    let info = expander.quantities.get(id);
    let at: Vec<Index> = info.axes.iter().map(|dim| expander.indices.fresh(dim)).collect();
    let ([left, right], Origin::Part(form)) = (at.as_slice(), &info.origin) else {
        return match at.as_slice() {
            [left, right] => vec![Link { id, left: left.clone(), right: right.clone(), turned: false }],
            _ => Vec::new(),
        };
    };
    let terms = form.with_free(&at);
    match terms.as_slice() {
        [term] => match chain(term, left, right) {
            Some(chain) if is_one(&chain.scalar) => chain.links,
            _ => vec![Link { id, left: left.clone(), right: right.clone(), turned: false }],
        },
        _ => vec![Link { id, left: left.clone(), right: right.clone(), turned: false }],
    }
}
