//! Products of functions replaced by what a law says they are.

use super::laws::{Laws, Meaning};
use crate::expand::{Unexpandable, take};
use crate::index::canonical::term_key;
use crate::index::quantities::Origin;
use crate::index::{Base, Exponent, Factor, Index, QuantityId, Term, bounded};
use crate::rule::Pattern;
use crate::syntax::ast::Name;

impl Laws<'_, '_> {
    /// One product of functions of a term replaced, where a law says what it is.
    pub(super) fn reduced(&mut self, term: &Term) -> Result<Option<Vec<Term>>, Unexpandable> {
        let catalogue = self.expander.catalogue;
        for law in &catalogue.laws {
            let Pattern::Reduction(letter, factors) = &law.pattern else { continue };
            if !law.functions.iter().all(|name| self.usable(name)) {
                continue;
            }
            for factor in &term.factors {
                let Base::Entry(id, at) = &factor.base else { continue };
                let Origin::Applied { function, primes: 0, argument } =
                    &self.expander.quantities.get(*id).origin
                else {
                    continue;
                };
                if *function != law.function {
                    continue;
                }
                let (argument, at) = (*argument, at.clone());
                let Some((rest, others)) = self.divided(term, factors, argument, &at)? else { continue };
                let entry = self.entry(argument, &at)?;
                let value = self.instance(law, vec![(letter.clone(), Meaning::Terms(entry))])?;
                let mut terms = self.multiplied(std::slice::from_ref(&rest), &value)?;
                if !others.is_empty() {
                    terms.extend(self.multiplied(&[rest], &others)?);
                }
                return Ok(Some(terms));
            }
        }
        Ok(None)
    }

    /// A term divided by a product of functions of an entry. Where the entry itself stands in the product and is a sum
    /// `m + r`, by its first term `m`; then the second answer is `-r` times the functions, so that the quotient times the
    /// law's right side plus the quotient times that is the term.
    fn divided(
        &mut self,
        term: &Term,
        factors: &[(Option<Name>, i64)],
        argument: QuantityId,
        at: &[Index],
    ) -> Result<Option<(Term, Vec<Term>)>, Unexpandable> {
        let mut rest = term.clone();
        let mut functions = Vec::new();
        for (function, exponent) in factors {
            let Some(function) = function else { continue };
            let id = self.expander.function_of(function, 0, argument);
            let base = Base::Entry(id, at.to_vec());
            let exponent = Exponent::from_integer(*exponent);
            if !take(&mut rest, &base, exponent) {
                return Ok(None);
            }
            functions.push(Factor { base, exponent });
        }
        let own = factors.iter().find(|(function, _)| function.is_none());
        let Some((_, exponent)) = own else { return Ok(Some((rest, Vec::new()))) };
        let entry = self.entry(argument, at)?;
        match entry.as_slice() {
            [only] => {
                // A product of entries: each of them must be there.
                for factor in &only.factors {
                    let Some(wanted) = bounded(factor.exponent * Exponent::from_integer(*exponent)) else {
                        return Ok(None);
                    };
                    if !take(&mut rest, &factor.base, wanted) {
                        return Ok(None);
                    }
                }
                if !only.bound.is_empty() || *exponent != 1 {
                    return Ok(None);
                }
                rest.coefficient /= &only.coefficient;
                Ok(Some((rest, Vec::new())))
            }
            sum => {
                let leading = sum.iter().filter(|term| term.bound.is_empty() && !term.factors.is_empty());
                let Some(leading) = leading.max_by_key(|term| term_key(term, &[])).cloned() else {
                    return Ok(None);
                };
                if *exponent != 1
                    || !leading.factors.iter().all(|factor| take(&mut rest, &factor.base, factor.exponent))
                {
                    return Ok(None);
                }
                rest.coefficient /= &leading.coefficient;
                let others = sum.iter().filter(|term| **term != leading).map(|term| {
                    let mut other = term.clone();
                    other.coefficient = -other.coefficient;
                    other.factors.extend(functions.iter().cloned());
                    other
                });
                Ok(Some((rest, others.collect())))
            }
        }
    }
}
