//! Indices with an offset: `x[i+j-1]`, `x[1]`.

use super::{Expander, Unexpandable};
use crate::index::{Base, Factor, Form, Index, Shift};
use crate::shape::Dim;
use crate::syntax::ast::{Expr, ExprKind, ProductOp, Sign};

/// What an index expression comes to.
#[derive(Clone, Debug)]
struct Place {
    terms: Vec<(i64, Index)>,
    offset: Dim,
}

impl Place {
    /// The letter, if it is just that.
    fn letter(&self) -> Option<&Index> {
        match self.terms.as_slice() {
            [(1, index)] if self.offset == Dim::number(0) => Some(index),
            _ => None,
        }
    }

    fn scaled(mut self, by: i64) -> Option<Place> {
        for (multiple, _) in &mut self.terms {
            *multiple = multiple.checked_mul(by)?;
        }
        self.offset = self.offset.multiply(&Dim::number(by))?;
        self.terms.retain(|(multiple, _)| *multiple != 0);
        Some(self)
    }

    fn plus(mut self, other: Place) -> Option<Place> {
        for (multiple, index) in other.terms {
            match self.terms.iter_mut().find(|(_, known)| *known == index) {
                Some((known, _)) => *known = known.checked_add(multiple)?,
                None => self.terms.push((multiple, index)),
            }
        }
        self.terms.retain(|(multiple, _)| *multiple != 0);
        self.terms.sort_by_key(|(_, index)| index.id);
        self.offset = self.offset.add(&other.offset, 1)?;
        Some(self)
    }
}

impl Expander<'_> {
    /// The entry of a form at index expressions: a place that is no letter is a bound index held there.
    pub(crate) fn entry_at_places(
        &mut self,
        whole: &Expr,
        form: Form,
        indices: &[Expr],
    ) -> Result<Form, Unexpandable> {
        let malformed = || Unexpandable::Malformed(whole.clone());
        let free = form.free();
        let mut places = Vec::new();
        for index in indices {
            places.push(self.place(index)?);
        }
        // An axis of dimension 1 carries no index: what stands there is 1 or a letter that is.
        if places.len() > free.len() {
            places.retain(|place| !place.terms.is_empty() || place.offset != Dim::one());
        }
        if places.len() < free.len() {
            // An offset on a product axis.
            return Err(Unexpandable::Unsupported(whole.clone()));
        }
        if places.len() != free.len() {
            return Err(malformed());
        }
        let mut letters = Vec::new();
        let mut held = Vec::new();
        for (place, axis) in places.into_iter().zip(&free) {
            match place.letter() {
                Some(letter) if letter.dim == axis.dim => letters.push(letter.clone()),
                _ => {
                    let index = self.indices.fresh(&axis.dim);
                    letters.push(index.clone());
                    let Place { terms, offset } = place;
                    // An entry outside its range has no meaning.
                    held.push(Shift { place: index, terms, offset, within: true });
                }
            }
        }
        let mut entry = Form::scalar(form.with_free(&letters));
        for term in &mut entry.terms {
            term.bound.extend(held.iter().map(|shift| shift.place.clone()));
            term.factors.extend(held.iter().map(|shift| Factor::once(Base::Shift(shift.clone()))));
            *term = term.rename_bound(self.indices);
        }
        Ok(entry)
    }

    /// `delta(a, i+j-1)`; no base where both places are surely one.
    pub(super) fn delta_at_places(
        &mut self,
        whole: &Expr,
        a: &Expr,
        b: &Expr,
    ) -> Result<Option<Base>, Unexpandable> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        if a.terms.is_empty() && b.terms.is_empty() && a.offset == b.offset {
            return Ok(None);
        }
        let shift = |place: &Index, other: &Place| {
            Base::Shift(Shift::new(place.clone(), other.terms.clone(), other.offset.clone()))
        };
        match (a.letter(), b.letter()) {
            (Some(a), Some(b)) if a.dim == b.dim => Ok(Some(Base::Delta(a.clone(), b.clone()))),
            (Some(a), _) => Ok(Some(shift(a, &b))),
            (None, Some(b)) => Ok(Some(shift(b, &a))),
            (None, None) => Err(Unexpandable::Unsupported(whole.clone())),
        }
    }

    fn place(&self, expr: &Expr) -> Result<Place, Unexpandable> {
        let unsupported = || Unexpandable::Unsupported(expr.clone());
        match &expr.kind {
            ExprKind::Name(name) if self.scope.letters.contains_key(name) => {
                match self.letter(name)?.as_slice() {
                    // An axis of dimension 1 carries no index.
                    [] => Ok(Place { terms: Vec::new(), offset: Dim::one() }),
                    [letter] => Ok(Place { terms: vec![(1, letter.clone())], offset: Dim::number(0) }),
                    _ => Err(unsupported()),
                }
            }
            ExprKind::Number(_) | ExprKind::Name(_) => {
                Ok(Place { terms: Vec::new(), offset: self.dim(expr)? })
            }
            ExprKind::Negate(inner) => self.place(inner)?.scaled(-1).ok_or_else(unsupported),
            ExprKind::Sum(terms) => {
                let mut sum = Place { terms: Vec::new(), offset: Dim::number(0) };
                for (sign, term) in terms {
                    let term = self.place(term)?;
                    let term = if *sign == Sign::Minus { term.scaled(-1) } else { Some(term) };
                    sum = term.and_then(|term| sum.plus(term)).ok_or_else(unsupported)?;
                }
                Ok(sum)
            }
            ExprKind::Product { first, rest } => {
                let mut product = self.place(first)?;
                for (op, factor) in rest {
                    let factor = self.place(factor)?;
                    let number =
                        |place: &Place| place.terms.is_empty().then(|| place.offset.as_number()).flatten();
                    if !matches!(op, ProductOp::Times | ProductOp::Space) {
                        return Err(unsupported());
                    }
                    product = match (number(&product), number(&factor)) {
                        (Some(number), _) => factor.scaled(number),
                        (_, Some(number)) => product.scaled(number),
                        _ if product.terms.is_empty() && factor.terms.is_empty() => product
                            .offset
                            .multiply(&factor.offset)
                            .map(|offset| Place { terms: Vec::new(), offset }),
                        _ => None,
                    }
                    .ok_or_else(unsupported)?;
                }
                Ok(product)
            }
            _ => Err(unsupported()),
        }
    }
}
