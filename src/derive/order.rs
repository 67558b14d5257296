//! The author's order of terms and factors, for entries that come back from the algebra in none.

use crate::algebra::polynomial::{Monomial, Polynomial};
use crate::explicit::Cells;
use crate::index::{Base, QuantityId, Term};
use crate::syntax::ast::{Expr, ExprKind, ProductOp};

use super::cotangent::{Engine, Gradient};

/// The author's order: how the factors of each kind of product are written, and which kind comes first.
pub struct Order {
    templates: Vec<Vec<u32>>,
}

impl Order {
    pub fn of(engine: &Engine<'_>, gradient: &Gradient) -> Order {
        let _ = engine;
        let mut terms = gradient.form.terms.clone();
        terms.extend(gradient.uses.iter().flat_map(|used| used.derivative.clone()));
        Order::of_terms(&terms)
    }

    pub fn of_terms(terms: &[Term]) -> Order {
        let template = |term: &Term| {
            let mut ids = Vec::new();
            for factor in &term.factors {
                if let Base::Entry(quantity, _) = &factor.base
                    && !ids.contains(&quantity.0)
                {
                    ids.push(quantity.0);
                }
            }
            ids
        };
        Order { templates: terms.iter().map(template).collect() }
    }

    /// Place among the kinds of products, and the factors in their order.
    fn rank(&self, monomial: &Monomial) -> (usize, Vec<(usize, Vec<u32>)>) {
        let has = |id: u32| monomial.factors.iter().any(|(entry, _)| entry.quantity == id);
        let place = self
            .templates
            .iter()
            .position(|template| {
                template.iter().all(|id| has(*id))
                    && monomial.factors.iter().all(|(entry, _)| template.contains(&entry.quantity))
            })
            .unwrap_or(self.templates.len());
        let mut factors: Vec<(usize, Vec<u32>)> = monomial
            .factors
            .iter()
            .map(|(entry, _)| (self.factor_rank(place, entry.quantity), entry.indices.clone()))
            .collect();
        factors.sort();
        (place, factors)
    }

    fn factor_rank(&self, place: usize, quantity: u32) -> usize {
        let own =
            self.templates.get(place).and_then(|template| template.iter().position(|id| *id == quantity));
        own.unwrap_or(usize::try_from(quantity).unwrap_or(usize::MAX))
    }

    pub fn polynomial(&self, engine: &Engine<'_>, polynomial: &Polynomial) -> Expr {
        let mut monomials: Vec<&Monomial> = polynomial.monomials.iter().collect();
        // Terms by the indices of their factors, whatever kind they are of, kinds in the author's order.
        monomials.sort_by_key(|monomial| self.rank(monomial));
        Expr::sum(monomials.into_iter().map(|monomial| {
            use num_traits::{One, Signed};
            let (place, _) = self.rank(monomial);
            let mut factors: Vec<_> = monomial.factors.iter().collect();
            factors
                .sort_by_key(|(entry, _)| (self.factor_rank(place, entry.quantity), entry.indices.clone()));
            let mut written: Vec<Expr> = factors
                .into_iter()
                .map(|(entry, exponent)| {
                    let base = engine.quantities.get(QuantityId(entry.quantity)).expr.clone();
                    let base = if entry.indices.is_empty() {
                        base
                    } else {
                        let indices = entry.indices.iter().map(|index| Expr::natural(*index as usize));
                        Expr::index(base, indices.collect())
                    };
                    if *exponent == 1 {
                        return base;
                    }
                    ExprKind::Power {
                        base: Box::new(base),
                        exponent: Box::new(Expr::natural(*exponent as usize)),
                        entrywise: false,
                    }
                    .into()
                })
                .collect();
            let magnitude = monomial.coefficient.abs();
            if !magnitude.is_one() || written.is_empty() {
                written.insert(0, Expr::rational(&magnitude));
            }
            let product = Expr::products(ProductOp::Space, written);
            if monomial.coefficient.is_negative() { Expr::negate(product) } else { product }
        }))
    }

    pub fn matrix(&self, engine: &Engine<'_>, cells: &Cells) -> Expr {
        if let [row] = cells.as_slice()
            && let [cell] = row.as_slice()
        {
            return self.polynomial(engine, cell);
        }
        let cells = cells.iter().map(|row| row.iter().map(|cell| self.polynomial(engine, cell)).collect());
        ExprKind::Matrix(cells.collect()).into()
    }
}
