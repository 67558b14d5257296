//! Forms rewritten by the laws of scalar functions, from the inside out.
//!
//! Every rewrite holds wherever both sides of a claim have values. What no law says anything of stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::facts::Facts;
use super::signs::Signs;
use crate::dependence::definition;
use crate::expand::{Expander, MOST_TERMS, Scope, Unexpandable};
use crate::index::canonical::least;
use crate::index::normal::normalize;
use crate::index::quantities::Origin;
use crate::index::raised::Raised;
use crate::index::symmetry::turned;
use crate::index::{Base, Exponent, Factor, Form, Index, QuantityId, Term};
use crate::rule::{Law, Pattern};
use crate::syntax::ast::{Expr, ExprKind, Name};

/// A power is written out as a product, and a multiple as a sum, up to this number.
pub(super) const MOST_FACTORS: i64 = 16;
/// Laws that lead to laws are followed so far.
const DEPTH: usize = 128;

pub struct Laws<'l, 'e> {
    pub expander: &'l mut Expander<'e>,
    pub signs: &'l Signs<'l>,
    /// Entries of quantities already rewritten.
    known: BTreeMap<QuantityId, Form>,
    /// Names of the laws that were used.
    pub used: BTreeSet<Name>,
    depth: usize,
}

pub(super) type Terms = Result<Vec<Term>, Unexpandable>;

impl<'l, 'e> Laws<'l, 'e> {
    pub fn new(expander: &'l mut Expander<'e>, signs: &'l Signs<'l>) -> Laws<'l, 'e> {
        Laws { expander, signs, known: BTreeMap::new(), used: BTreeSet::new(), depth: 0 }
    }

    /// Terms rewritten by the laws, in normal form. Indices that are free in them stay.
    ///
    /// # Errors
    /// Too many terms, or more work than the budget of a proof.
    pub fn terms(&mut self, terms: &[Term]) -> Terms {
        if self.depth == DEPTH {
            return Err(Unexpandable::TooLarge);
        }
        self.depth += 1;
        let mut all = Vec::new();
        for term in terms {
            let mut product = vec![Term::number(term.coefficient.clone())];
            for factor in &term.factors {
                let power = match &factor.base {
                    Base::Entry(id, at) => {
                        let entry = self.entry(*id, at)?;
                        self.power(entry, factor.exponent)?
                    }
                    _ => vec![Term {
                        coefficient: BigRational::one(),
                        factors: vec![factor.clone()],
                        bound: Vec::new(),
                    }],
                };
                product = self.multiplied(&product, &power)?;
            }
            product.iter_mut().for_each(|inner| inner.bound.extend(term.bound.iter().cloned()));
            all.extend(product);
        }
        let settled = self.settled(all);
        self.depth -= 1;
        settled
    }

    /// Sums multiplied out, denominators reduced, and products of functions replaced where a law says so.
    pub fn settled(&mut self, terms: Vec<Term>) -> Terms {
        let mut form = Form::scalar(terms);
        loop {
            form =
                Facts { problem: self.expander.problem, quantities: self.expander.quantities }.stated(&form);
            form = self.expander.canonical(form)?;
            let mut changed = false;
            let mut terms = Vec::new();
            for term in &form.terms {
                match self.reduced(term)? {
                    Some(rewritten) => {
                        changed = true;
                        terms.extend(rewritten);
                    }
                    None => terms.push(term.clone()),
                }
            }
            if !changed {
                return Ok(form.terms);
            }
            form.terms = terms;
        }
    }

    pub(super) fn multiplied(&mut self, left: &[Term], right: &[Term]) -> Terms {
        if left.len() * right.len() > MOST_TERMS {
            return Err(Unexpandable::TooLarge);
        }
        let mut products = Vec::with_capacity(left.len() * right.len());
        for a in left {
            for b in right {
                products.push(a.multiply(b, self.expander.indices));
            }
        }
        Ok(normalize(&Form::scalar(products)).terms)
    }

    /// The entry of a quantity at indices.
    pub(super) fn entry(&mut self, id: QuantityId, at: &[Index]) -> Terms {
        if !self.known.contains_key(&id) {
            let info = self.expander.quantities.get(id).clone();
            let free: Vec<Index> = info.axes.iter().map(|dim| self.expander.indices.fresh(dim)).collect();
            let terms = match &info.origin {
                Origin::Part(form) => self.terms(&form.with_free(&free))?,
                Origin::Applied { function, primes: 0, argument } => {
                    match self.nested(function, *argument, &free)? {
                        Some(terms) => terms,
                        None => {
                            let argument = self.entry(*argument, &free)?;
                            self.function(function, argument)?
                        }
                    }
                }
                Origin::Primitive { operation, argument } => {
                    let axes = self.expander.quantities.get(*argument).axes.clone();
                    let at: Vec<Index> = axes.iter().map(|dim| self.expander.indices.fresh(dim)).collect();
                    let terms = self.entry(*argument, &at)?;
                    // Known as a part, with its symmetry, before the primitive of it is.
                    self.base(&terms)?;
                    let terms = turned(&Form::scalar(terms), self.expander.quantities).terms;
                    let (rows, columns) = at.split_at(at.len() / 2);
                    let form = Form { rows: rows.to_vec(), columns: columns.to_vec(), terms };
                    let found = self.expander.named_primitive(operation, form)?;
                    let terms = found.with_free(&free);
                    // A law of the primitive has led to others.
                    let new = |term: &Term| !matches!(term.factors.as_slice(), [Factor { base: Base::Entry(known, _), .. }] if *known == id);
                    match terms.as_slice() {
                        [_] | [] if !terms.iter().any(new) => terms,
                        [only] if only.factors.len() == 1 => terms,
                        _ => self.terms(&terms)?,
                    }
                }
                Origin::Raised(raised) => self.raised(raised, &free)?,
                // A quantity that was held while a derivative by it was taken.
                _ if self.is_put_in(&info.expr) => {
                    let scope = std::mem::take(&mut self.expander.scope);
                    let form = self.expander.expand(&info.expr);
                    self.expander.scope = scope;
                    self.terms(&form?.with_free(&free))?
                }
                _ => vec![Term::base(Base::Entry(id, free.clone()))],
            };
            self.known.insert(id, Form { rows: free, columns: Vec::new(), terms });
        }
        let terms = self.known[&id].with_free(at);
        Ok(terms.iter().map(|term| term.rename_bound(self.expander.indices)).collect())
    }

    /// A power of what its argument is rewritten to.
    fn raised(&mut self, raised: &Raised, free: &[Index]) -> Terms {
        let axes = self.expander.quantities.get(raised.argument).axes.clone();
        let at: Vec<Index> = axes.iter().map(|dim| self.expander.indices.fresh(dim)).collect();
        let terms = self.entry(raised.argument, &at)?;
        self.base(&terms)?;
        let terms = turned(&Form::scalar(terms), self.expander.quantities).terms;
        let (rows, columns) = at.split_at(at.len().min(1));
        let form = Form { rows: rows.to_vec(), columns: columns.to_vec(), terms };
        let running = free.last().cloned();
        let found = self.expander.named_power(raised, form, running)?;
        Ok(found.with_free(&free[..at.len()]))
    }

    /// The entry that terms are, as one factor; a part where they are no single entry.
    pub(super) fn base(&mut self, terms: &[Term]) -> Result<Base, Unexpandable> {
        let form = turned(&Form::scalar(terms.to_vec()), self.expander.quantities);
        self.expander.part_of(&form).ok_or(Unexpandable::TooLarge)
    }

    /// A scalar function of terms.
    pub(super) fn function(&mut self, function: &Name, argument: Vec<Term>) -> Terms {
        let catalogue = self.expander.catalogue;
        for law in catalogue.laws.iter().filter(|law| law.function == *function) {
            if !law.functions.iter().all(|name| self.usable(name)) {
                continue;
            }
            if let Some(meanings) = self.matches(law, &argument)? {
                return self.instance(law, meanings);
            }
        }
        let base = self.base(&argument)?;
        let Base::Entry(id, at) = base else { return Err(Unexpandable::TooLarge) };
        let id = self.expander.function_of(function, 0, id);
        Ok(vec![Term::base(Base::Entry(id, at))])
    }

    /// Whether an expression is the name of a definition that is replaced.
    fn is_put_in(&self, expr: &Expr) -> bool {
        let ExprKind::Name(name) = &expr.kind else { return false };
        (self.expander.inlined)(name) && definition(self.expander.problem, name).is_some()
    }

    /// `f(g(t))` by a law of both, before a law of `g` takes its name away.
    fn nested(
        &mut self,
        function: &Name,
        argument: QuantityId,
        at: &[Index],
    ) -> Result<Option<Vec<Term>>, Unexpandable> {
        let Origin::Applied { function: inner, primes: 0, argument } =
            self.expander.quantities.get(argument).origin.clone()
        else {
            return Ok(None);
        };
        let catalogue = self.expander.catalogue;
        for law in catalogue.laws.iter().filter(|law| law.function == *function) {
            let Pattern::Composite(known, letter) = &law.pattern else { continue };
            if *known == inner && law.functions.iter().all(|name| self.usable(name)) {
                let entry = self.entry(argument, at)?;
                return self.instance(law, vec![(letter.clone(), Meaning::Terms(entry))]).map(Some);
            }
        }
        Ok(None)
    }

    pub(super) fn usable(&self, name: &str) -> bool {
        self.expander.means_prelude(name)
    }

    /// What a law's right side is, with the meanings of its letters.
    pub(super) fn instance(&mut self, law: &Law, meanings: Vec<(Name, Meaning)>) -> Terms {
        if self.depth == DEPTH {
            return Err(Unexpandable::TooLarge);
        }
        self.used.insert(law.name.clone());
        let mut scope = Scope { inside: true, ..Scope::default() };
        let mut right = law.right.clone();
        for (letter, meaning) in meanings {
            match meaning {
                Meaning::Terms(terms) => {
                    scope.parameters.insert(letter, Form::scalar(terms));
                }
                Meaning::Number(number) => right = replaced(&right, &letter, &number),
            }
        }
        let outer = std::mem::replace(&mut self.expander.scope, scope);
        let form = self.expander.expand(&right);
        self.expander.scope = outer;
        self.depth += 1;
        let terms = self.terms(&form?.terms);
        self.depth -= 1;
        terms
    }

    /// The meanings of a law's letters if it applies to a function of these terms.
    fn matches(
        &mut self,
        law: &Law,
        argument: &[Term],
    ) -> Result<Option<Vec<(Name, Meaning)>>, Unexpandable> {
        let terms = |terms: &[Term]| Meaning::Terms(terms.to_vec());
        let found = match &law.pattern {
            Pattern::At(number) => (as_number(argument).as_ref() == Some(number)).then(Vec::new),
            Pattern::Value(t) => Some(vec![(t.clone(), terms(argument))]),
            Pattern::Composite(inner, t) => {
                self.inside(inner, argument)?.map(|found| vec![(t.clone(), terms(&found))])
            }
            Pattern::Sum(s, t) => match argument {
                [first, rest @ ..] if !rest.is_empty() => {
                    Some(vec![(s.clone(), terms(std::slice::from_ref(first))), (t.clone(), terms(rest))])
                }
                // sin(2*x) as sin(x + x)
                [only] if only.coefficient.is_positive() && *only.coefficient.numer() > One::one() => {
                    let unit = BigRational::new(One::one(), only.coefficient.denom().clone());
                    let rest = &only.coefficient - &unit;
                    let part = |coefficient| terms(&[Term { coefficient, ..only.clone() }]);
                    (only.coefficient.numer().to_i64().is_some_and(|copies| copies <= MOST_FACTORS))
                        .then(|| vec![(s.clone(), part(unit)), (t.clone(), part(rest))])
                }
                _ => None,
            },
            Pattern::Multiple(c, t) => match argument {
                [only] if !only.coefficient.is_one() => {
                    let unit = Term { coefficient: BigRational::one(), ..only.clone() };
                    let number = Meaning::Number(only.coefficient.clone());
                    Some(vec![(c.clone(), number), (t.clone(), terms(&[unit]))])
                }
                _ => None,
            },
            Pattern::Product(s, t) => self
                .split(law, argument)?
                .map(|(first, rest)| vec![(s.clone(), terms(&[first])), (t.clone(), terms(&rest))]),
            Pattern::Power(t, c) => match argument {
                [only] if only.coefficient.is_one() && only.bound.is_empty() => match only.factors.as_slice()
                {
                    [factor] if !factor.exponent.is_one() => {
                        let base = Meaning::Terms(vec![Term::base(factor.base.clone())]);
                        let number = BigRational::new(
                            (*factor.exponent.numer()).into(),
                            (*factor.exponent.denom()).into(),
                        );
                        Some(vec![(t.clone(), base), (c.clone(), Meaning::Number(number))])
                    }
                    _ => None,
                },
                _ => None,
            },
            Pattern::Negative(t) => {
                let leading = least(argument, &[]);
                leading.filter(|leading| leading.coefficient.is_negative()).map(|_| {
                    let negative = argument
                        .iter()
                        .map(|term| Term { coefficient: -term.coefficient.clone(), ..term.clone() });
                    vec![(t.clone(), Meaning::Terms(negative.collect()))]
                })
            }
            Pattern::Reduction(..)
            | Pattern::Transpose(_)
            | Pattern::Scaled(..)
            | Pattern::Kronecker(..)
            | Pattern::Raised(..)
            | Pattern::Cancel(_) => None,
        };
        Ok(found.filter(|meanings| {
            meanings.iter().all(|(letter, meaning)| match meaning {
                Meaning::Terms(terms) if law.positive.contains(letter) => self.is_positive(terms),
                Meaning::Terms(_) => true,
                Meaning::Number(number) => !law.positive.contains(letter) || number.is_positive(),
            })
        }))
    }

    /// `t` where the terms are `inner(t)`.
    fn inside(&mut self, inner: &Name, terms: &[Term]) -> Result<Option<Vec<Term>>, Unexpandable> {
        let [term] = terms else { return Ok(None) };
        let [factor] = term.factors.as_slice() else { return Ok(None) };
        let Base::Entry(id, at) = &factor.base else { return Ok(None) };
        let Origin::Applied { function, primes: 0, argument } = &self.expander.quantities.get(*id).origin
        else {
            return Ok(None);
        };
        let alone = term.coefficient.is_one() && term.bound.is_empty() && factor.exponent.is_one();
        if !alone || function != inner {
            return Ok(None);
        }
        let (argument, at) = (*argument, at.clone());
        self.entry(argument, &at).map(Some)
    }

    fn is_positive(&self, terms: &[Term]) -> bool {
        let signed =
            |strict| move |term: &Term| self.signs.term_has_sign(term, self.expander.quantities, strict);
        terms.iter().all(signed(false)) && terms.iter().any(signed(true))
    }

    /// A product in two: one factor, or the content of a sum, and the rest; where the law wants positive letters, a
    /// positive factor.
    fn split(&mut self, law: &Law, argument: &[Term]) -> Result<Option<(Term, Vec<Term>)>, Unexpandable> {
        let fits = |term: &Term| law.positive.is_empty() || self.is_positive(std::slice::from_ref(term));
        let term = match argument {
            [] => return Ok(None),
            [term] => term,
            terms => {
                // What stands below, so that log(1 + 1/t) becomes log(t + 1) - log(t), and what all terms share.
                let mut content = self.content(terms, true);
                content.coefficient = content.coefficient.abs();
                let single =
                    |factor: &Factor| Term { factors: vec![factor.clone()], ..Term::number(One::one()) };
                content.factors.retain(|factor| fits(&single(factor)));
                if content.factors.is_empty() && content.coefficient.is_one() {
                    return Ok(None);
                }
                let rest = self.multiplied(terms, &[inverse(&content)?])?;
                return Ok(Some((content, self.settled(rest)?)));
            }
        };
        let mut found = None;
        let number = term.coefficient.abs();
        let alone = term.factors.is_empty() && term.bound.is_empty();
        if !number.is_one() && !alone {
            let rest = Term { coefficient: term.coefficient.signum(), ..term.clone() };
            found = Some((Term::number(number), rest));
        }
        let lone = term.factors.len() == 1 && term.bound.is_empty() && term.coefficient.is_one();
        for (at, factor) in term.factors.iter().enumerate() {
            if found.is_some() || lone {
                break;
            }
            if factor.base.indices().any(|index| term.bound.contains(index)) {
                continue;
            }
            let one =
                Term { coefficient: BigRational::one(), factors: vec![factor.clone()], bound: Vec::new() };
            if fits(&one) {
                let mut rest = term.clone();
                rest.factors.remove(at);
                found = Some((one, rest));
            }
        }
        Ok(found.map(|(first, rest)| (first, vec![rest])))
    }
}

/// What a letter of a law stands for.
pub(super) enum Meaning {
    Terms(Vec<Term>),
    Number(BigRational),
}

/// One product with the negative exponents.
pub(super) fn inverse(term: &Term) -> Result<Term, Unexpandable> {
    crate::expand::powered(term, -Exponent::one()).ok_or(Unexpandable::TooLarge)
}

fn as_number(terms: &[Term]) -> Option<BigRational> {
    match terms {
        [] => Some(BigRational::zero()),
        [only] if only.factors.is_empty() && only.bound.is_empty() => Some(only.coefficient.clone()),
        _ => None,
    }
}

/// The expression with a letter replaced by a number.
fn replaced(expr: &Expr, letter: &Name, number: &BigRational) -> Expr {
    if !matches!(&expr.kind, ExprKind::Name(name) if name == letter) {
        return expr.map_children(&|child| replaced(child, letter, number));
    }
    let size: Expr = ExprKind::Number(number.abs()).into();
    if number.is_negative() { ExprKind::Negate(Box::new(size)).into() } else { size }
}
