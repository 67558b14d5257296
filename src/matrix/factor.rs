//! Factoring of sums: `common-scalar`, `common-side`, `common-factor`.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{CheckedSub, One, Signed};

use super::alike::{diagonal_vectors, diagonals, inner_products, traces};
use super::{Matrix, split_coefficient};
use crate::index::Exponent;
use crate::shape::{Dim, Shape};

/// Sums of more terms are left as they are: pairs are tried in every round.
const MOST_TERMS: usize = 60;

/// The cheapest form reached by pulling out common coefficients, scalars, outer factors of products and
/// factors entry by entry, pair by pair, the pair with the greatest saving first; ties go to the earlier pair.
pub fn factor_sum(terms: Vec<Matrix>, shape: &Shape) -> Matrix {
    // What all terms share is taken out at once; then pair by pair.
    if terms.len() > 2
        && let Some((coefficient, scalars, rest)) = shared(&terms)
    {
        return Matrix::multiple(coefficient, scalars, factor_sum(rest, shape));
    }
    let mut terms: Vec<(usize, Matrix)> = terms.into_iter().enumerate().collect();
    let mut next = terms.len();
    // Of each pair of terms the joined form and what it saves, found once.
    let mut pairs: BTreeMap<(usize, usize), Option<(usize, Matrix)>> = BTreeMap::new();
    while terms.len() <= MOST_TERMS {
        let mut best: Option<(usize, usize, usize)> = None;
        for (at, (one, left)) in terms.iter().enumerate() {
            for (place, (other, right)) in terms.iter().enumerate().skip(at + 1) {
                let pair = pairs.entry((*one, *other)).or_insert_with(|| saved(left, right, shape));
                if let Some((saving, _)) = pair
                    && best.as_ref().is_none_or(|known| *saving > known.0)
                {
                    best = Some((*saving, at, place));
                }
            }
        }
        let joined = best.and_then(|(_, left, right)| {
            let pair = pairs.remove(&(terms[left].0, terms[right].0)).flatten()?;
            Some((left, right, pair.1))
        });
        let Some((left, right, joined)) = joined else {
            let all: Vec<Matrix> = terms.iter().map(|(_, term)| term.clone()).collect();
            let Some(fewer) = gathered(&all, shape) else { break };
            terms = fewer.into_iter().enumerate().map(|(at, term)| (next + at, term)).collect();
            next += terms.len();
            continue;
        };
        terms.remove(right);
        terms[left] = (next, joined);
        next += 1;
    }
    let terms = terms.into_iter().map(|(_, term)| term).collect();
    Matrix::sum(terms, shape)
}

/// Two terms as one, and what that saves: at equal length what stands once is better than what stands twice, but for a
/// fraction in a fraction.
fn saved(left: &Matrix, right: &Matrix, shape: &Shape) -> Option<(usize, Matrix)> {
    let joined = join(left, right, shape)?;
    let apart = Matrix::sum(vec![left.clone(), right.clone()], shape).cost();
    let saving = apart.checked_sub(joined.cost())?;
    (saving > 0 || !has_fraction_above(&joined)).then_some((saving, joined))
}

/// The magnitude and the scalars that every term has, and what is left of them; `None` where there is neither.
fn shared(terms: &[Matrix]) -> Option<(BigRational, Vec<Matrix>, Vec<Matrix>)> {
    let mut views: Vec<View> = terms.iter().map(View::of).collect();
    let first = views.first()?.clone();
    let magnitude = first.coefficient.abs();
    let alike = views.iter().all(|view| view.coefficient.abs() == magnitude);
    let coefficient = if alike { magnitude } else { BigRational::one() };
    let mut scalars = first.scalars;
    for view in &views {
        let mut own = view.scalars.clone();
        scalars = take_common(&mut scalars, &mut own);
    }
    if coefficient.is_one() && scalars.is_empty() {
        return None;
    }
    for view in &mut views {
        view.coefficient /= &coefficient;
        take_common(&mut scalars.clone(), &mut view.scalars);
    }
    Some((coefficient, scalars, views.iter().map(View::whole).collect()))
}

/// A fraction in a sum above a bar.
fn has_fraction_above(term: &Matrix) -> bool {
    fn factors(term: &Matrix) -> Vec<&Matrix> {
        match term {
            Matrix::Multiple { scalars, body, .. } => scalars.iter().chain(factors(body)).collect(),
            Matrix::Hadamard(parts) => parts.iter().collect(),
            other => vec![other],
        }
    }
    let is_fraction = |term: &Matrix| {
        factors(term).into_iter().any(|factor| super::base_and_exponent(factor).1.is_negative())
    };
    let above = |factor: &&Matrix| matches!(factor, Matrix::Sum(terms) if terms.iter().any(is_fraction));
    is_fraction(term) && factors(term).iter().any(above)
}

/// A term as coefficient, scalars and the rest.
#[derive(Clone)]
pub(super) struct View {
    pub coefficient: BigRational,
    pub scalars: Vec<Matrix>,
    pub body: Matrix,
}

impl View {
    fn of(term: &Matrix) -> View {
        let (coefficient, rest) = split_coefficient(term);
        let (mut scalars, mut body) = match rest {
            Matrix::Multiple { scalars, body, .. } => (scalars, *body),
            other => (Vec::new(), other),
        };
        if body.shape().is_scalar() && !matches!(body, Matrix::Ones(_)) {
            scalars.push(body);
            body = Matrix::Ones(Shape::scalar());
        }
        View { coefficient, scalars, body }
    }

    fn turned(&self) -> View {
        View { body: self.body.clone().transpose(), ..self.clone() }
    }

    fn whole(&self) -> Matrix {
        Matrix::multiple(self.coefficient.clone(), self.scalars.clone(), self.body.clone())
    }
}

/// The cheapest single term for two that share something.
fn join(left: &Matrix, right: &Matrix, shape: &Shape) -> Option<Matrix> {
    let (mut left, mut right) = (View::of(left), View::of(right));
    // Like terms that were none before both were written shorter.
    if left.body == right.body && left.scalars == right.scalars {
        let coefficient = left.coefficient + right.coefficient;
        return Some(Matrix::multiple(coefficient, left.scalars, left.body));
    }
    let common = take_coefficient(&mut left, &mut right);
    let scalars = take_common(&mut left.scalars, &mut right.scalars);
    let outside = |body: Matrix| Matrix::multiple(common.clone(), scalars.clone(), body);
    // Of equal length, over one bar before fractions above it.
    let over_bar = || {
        let (mut left, mut right) = (left.clone(), right.clone());
        let below = take_below(&mut left.scalars, &mut right.scalars);
        let fits = !scalars.is_empty() && !below.is_empty();
        fits.then(|| Matrix::multiple(BigRational::one(), below, factor_pair(&left, &right, shape)))
    };
    let mut candidates = vec![
        over_bar(),
        sides(&left, &right),
        entrywise(&left, &right),
        kronecker(&left, &right),
        multiples(&left, &right),
        diagonals(&left, &right),
        diagonal_vectors(&left, &right),
        inner_products(&left, &right),
        traces(&left, &right),
        // An identity that nobody wrote has to save more than a factor.
        beside_identity(&left, &right)
            .or_else(|| beside_identity(&right, &left))
            .filter(|found| found.cost() + 1 < factor_pair(&left, &right, shape).cost()),
    ];
    // The same on columns, seen from the side.
    if weighs_columns(&left.body) || weighs_columns(&right.body) {
        candidates.push(entrywise(&left.turned(), &right.turned()).map(Matrix::transpose));
    }
    if !scalars.is_empty() || !common.is_one() {
        candidates.push(Some(factor_pair(&left, &right, shape)));
    }
    candidates.into_iter().flatten().map(outside).min_by_key(Matrix::cost)
}

/// `kron(P, A) + kron(P, B) = kron(P, A + B)`, at any place.
fn kronecker(left: &View, right: &View) -> Option<Matrix> {
    let (Matrix::Kron(one), Matrix::Kron(other)) = (&left.body, &right.body) else { return None };
    let mut places = (0..one.len().min(other.len())).filter(|at| one[*at] != other[*at]);
    let (Some(at), None) = (places.next(), places.next()) else { return None };
    let shape = one[at].shape();
    if one.len() != other.len() || other[at].shape() != shape {
        return None;
    }
    let part = |view: &View, body: &Matrix| {
        Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body.clone())
    };
    let mut parts = one.clone();
    parts[at] = factor_sum(vec![part(left, &one[at]), part(right, &other[at])], &shape);
    Some(Matrix::kron(parts))
}

fn factor_pair(left: &View, right: &View, shape: &Shape) -> Matrix {
    Matrix::sum(vec![left.whole(), right.whole()], shape)
}

/// `c*P + c*Q = c*(P + Q)`; with opposite signs the sign stays inside, with other coefficients both do.
fn take_coefficient(left: &mut View, right: &mut View) -> BigRational {
    let (a, b) = (left.coefficient.clone(), right.coefficient.clone());
    if a == b {
        left.coefficient = BigRational::one();
        right.coefficient = BigRational::one();
        return a;
    }
    if a == -b.clone() {
        left.coefficient = BigRational::one();
        right.coefficient = -BigRational::one();
        return a;
    }
    BigRational::one()
}

/// What both lists hold, taken from both, in the order of the first: of powers of one base that which both have.
fn take_common(left: &mut Vec<Matrix>, right: &mut Vec<Matrix>) -> Vec<Matrix> {
    let mut common = Vec::new();
    let mut at = 0;
    while at < left.len() {
        let same = right.iter().position(|other| *other == left[at]).map(|place| (place, None));
        let found = same.or_else(|| {
            let powers = |(place, other)| Some((place, Some(common_power(&left[at], other)?)));
            right.iter().enumerate().find_map(powers)
        });
        match found {
            Some((place, None)) => {
                right.remove(place);
                common.push(left.remove(at));
            }
            Some((place, Some((whole, own, others)))) => {
                common.push(whole);
                right.splice(place..=place, others);
                left.splice(at..=at, own.clone());
                at += usize::from(own.is_some());
            }
            None => at += 1,
        }
    }
    common
}

/// What stands below the bar in one of them, taken out of both: the other is multiplied by it.
fn take_below(left: &mut Vec<Matrix>, right: &mut Vec<Matrix>) -> Vec<Matrix> {
    let take = |from: &mut Vec<Matrix>, to: &mut Vec<Matrix>| -> Vec<Matrix> {
        let below = |part: &Matrix| {
            let (_, exponent) = super::base_and_exponent(part);
            exponent.is_negative() && exponent.is_integer()
        };
        let (taken, rest) = from.drain(..).partition(below);
        *from = rest;
        to.extend(taken.iter().map(|part| Matrix::power(part.clone(), -Exponent::one())));
        taken
    };
    let own = take(left, right);
    // What was taken now stands above on the right.
    [own, take(right, left)].concat()
}

/// The power that two powers of one base have in common, and what is left of each; above or below the bar both.
fn common_power(left: &Matrix, right: &Matrix) -> Option<(Matrix, Option<Matrix>, Option<Matrix>)> {
    let ((base, one), (other, two)) = (super::base_and_exponent(left), super::base_and_exponent(right));
    let whole = || one.checked_sub(&two).is_some_and(|difference| difference.is_integer());
    if base != other || one.is_positive() != two.is_positive() || !whole() {
        return None;
    }
    let shared = if one.abs() < two.abs() { one } else { two };
    let rest =
        |exponent: Exponent| (exponent != shared).then(|| Matrix::power(base.clone(), exponent - shared));
    Some((Matrix::power(base.clone(), shared), rest(one), rest(two)))
}

/// `A*P + A*Q = A*(P + Q)`, and on the right.
pub(super) fn sides(left: &View, right: &View) -> Option<Matrix> {
    let (left_chain, right_chain) = (left.body.links(), right.body.links());
    let most = left_chain.len().min(right_chain.len());
    let prefix = (0..most).take_while(|at| left_chain[*at] == right_chain[*at]).count();
    let suffix = (0..most)
        .take_while(|at| left_chain[left_chain.len() - 1 - at] == right_chain[right_chain.len() - 1 - at])
        .count();
    // Something must be left of each: otherwise an identity matrix would have to be written.
    let rest = |view: &View, chain: &[Matrix], from: usize, to: usize| -> Option<Matrix> {
        let body =
            (from + to < chain.len()).then(|| Matrix::linked(chain[from..chain.len() - to].to_vec()))?;
        Some(Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body))
    };
    let factored = |prefix: usize, suffix: usize| -> Option<Matrix> {
        let p = rest(left, &left_chain, prefix, suffix)?;
        let q = rest(right, &right_chain, prefix, suffix)?;
        let inner_shape = p.shape();
        let inner = factor_sum(vec![p, q], &inner_shape);
        let before = left_chain[..prefix].iter().cloned();
        let after = left_chain[left_chain.len() - suffix..].iter().cloned();
        // Ones behind a sum are the sum of its columns or rows again.
        Some(Matrix::linked(before.chain([inner]).chain(after).collect()))
    };
    // `b*c' - Q*b*c' = (b - Q*b)*c'`: where all links are common a vector is left; beside a matrix an identity is.
    let short = if left_chain.len() == most { &left_chain } else { &right_chain };
    let whole = |common: usize, end: Option<&Matrix>| {
        let vector = end.is_some_and(|end| end.shape().is_vector());
        if common == most && vector { common - 1 } else { common }
    };
    let (before, after) = (whole(prefix, short.last()), whole(suffix, short.first()));
    let mut ways = Vec::new();
    for way in [(prefix, suffix), (prefix, 0), (0, suffix), (before, 0), (0, after)] {
        if way != (0, 0) && !ways.contains(&way) {
            ways.push(way);
        }
    }
    let found = ways.into_iter().filter_map(|(prefix, suffix)| factored(prefix, suffix));
    found.min_by_key(Matrix::cost)
}

/// `A*B + P*A*B = (eye(n) + P)*A*B`, and on the right: of more than a name, which is no longer without.
fn beside_identity(short: &View, long: &View) -> Option<Matrix> {
    let (links, Matrix::Product(chain)) = (links(&short.body)?, &long.body) else { return None };
    let rest = chain.len().checked_sub(links.len()).filter(|rest| *rest > 0)?;
    let term = |view: &View, body| Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body);
    let sum = |part: &[Matrix]| {
        let part = Matrix::product(part.iter().cloned());
        let shape = part.shape();
        let terms = vec![term(short, Matrix::Eye(shape.rows.clone())), term(long, part)];
        factor_sum(terms, &shape)
    };
    if chain.ends_with(&links) {
        return Some(Matrix::product([sum(&chain[..rest])].into_iter().chain(links)));
    }
    chain.starts_with(&links).then(|| {
        let before = sum(&chain[links.len()..]);
        Matrix::product(links.into_iter().chain([before]))
    })
}

/// The links of a product, or one link that is no name.
fn links(body: &Matrix) -> Option<Vec<Matrix>> {
    match body {
        Matrix::Product(chain) => Some(chain.clone()),
        other => (other.cost() > 1).then(|| vec![other.clone()]),
    }
}

/// `P + R - Q*(P + R) = (eye(n) - Q)*(P + R)`: the terms that a factor of another one is made of, as one.
fn gathered(terms: &[Matrix], shape: &Shape) -> Option<Vec<Matrix>> {
    let Matrix::Sum(terms) = Matrix::sum(terms.to_vec(), shape) else { return None };
    let apart = Matrix::Sum(terms.clone()).cost();
    for (at, term) in terms.iter().enumerate() {
        let long = View::of(term);
        let Matrix::Product(chain) = &long.body else { continue };
        let ends = [chain.first(), chain.last()].into_iter().flatten();
        for end in ends {
            let Matrix::Sum(inside) = end else { continue };
            let mut rest = terms.clone();
            rest.remove(at);
            let scaled = |by: &BigRational| -> Option<Vec<Matrix>> {
                let mut rest = rest.clone();
                for part in inside {
                    let part = Matrix::multiple(by.clone(), long.scalars.clone(), part.clone());
                    rest.remove(rest.iter().position(|known| *known == part)?);
                }
                Some(rest)
            };
            let found = [long.coefficient.clone(), -long.coefficient.clone()]
                .into_iter()
                .find_map(|by| Some((scaled(&by)?, by)));
            let Some((mut rest, by)) = found else { continue };
            let short = View { coefficient: by, scalars: long.scalars.clone(), body: end.clone() };
            let Some(joined) = beside_identity(&short, &long) else { continue };
            rest.push(joined);
            if Matrix::sum(rest.clone(), shape).cost() < apart {
                return Some(rest);
            }
        }
    }
    None
}

/// `s*A + t*A = (s + t)*A` of scalars.
fn multiples(left: &View, right: &View) -> Option<Matrix> {
    if left.body != right.body || left.body.shape().is_scalar() {
        return None;
    }
    let scalar = |view: &View| {
        let one = Matrix::Ones(Shape::scalar());
        Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), one)
    };
    let factor = factor_sum(vec![scalar(left), scalar(right)], &Shape::scalar());
    Some(Matrix::multiple(BigRational::one(), vec![factor], left.body.clone()))
}

/// `A .* P + A .* Q = A .* (P + Q)`; nothing left beside `A` is a one for every entry.
fn entrywise(left: &View, right: &View) -> Option<Matrix> {
    let shape = left.body.shape();
    if shape.is_scalar() {
        return None;
    }
    let (mut p, mut q) = (entrywise_parts(&left.body), entrywise_parts(&right.body));
    let common = take_common(&mut p, &mut q);
    if common.is_empty() {
        return None;
    }
    let (mut above, mut others) = (p.clone(), q.clone());
    let below = take_below(&mut above, &mut others);
    let over_bar = (!below.is_empty())
        .then(|| multiplied(left, right, [&below[..], &common].concat(), [above, others], &shape));
    let apart = multiplied(left, right, common, [p, q], &shape);
    // Of equal length, over one bar before fractions above it.
    over_bar.into_iter().chain([apart]).min_by_key(Matrix::cost)
}

/// What two terms have in common, entry by entry, times the sum of what is left of each.
fn multiplied(
    left: &View,
    right: &View,
    common: Vec<Matrix>,
    [p, q]: [Vec<Matrix>; 2],
    shape: &Shape,
) -> Matrix {
    let rest = |view: &View, parts: Vec<Matrix>| {
        let body = hadamard(parts, shape);
        Matrix::multiple(view.coefficient.clone(), view.scalars.clone(), body)
    };
    let inner = factor_sum(vec![rest(left, p), rest(right, q)], shape);
    // (v*ones') .* A is diag(v)*A again where that is shorter.
    let plain = Matrix::hadamard(hadamard(common.clone(), shape), inner.clone());
    let (rows, others): (Vec<Matrix>, Vec<Matrix>) =
        common.into_iter().partition(|part| spread_rows(part).is_some());
    let Some(weights) = rows.iter().filter_map(spread_rows).reduce(Matrix::hadamard) else {
        return plain;
    };
    let body = Matrix::hadamard(hadamard(others, shape), inner);
    let weighed = Matrix::product([Matrix::Diag(Box::new(weights)), body]);
    if weighed.cost() < plain.cost() { weighed } else { plain }
}

/// `A*diag(v)` or `ones(N)*v'`.
fn weighs_columns(body: &Matrix) -> bool {
    match body {
        Matrix::Product(chain) => {
            matches!(chain.last(), Some(Matrix::Diag(_))) || matches!(chain.first(), Some(Matrix::Ones(_)))
        }
        _ => false,
    }
}

/// The vector behind `v*ones(D)'`.
fn spread_rows(part: &Matrix) -> Option<Matrix> {
    match part {
        Matrix::Product(chain) => match chain.as_slice() {
            [vector, Matrix::Transpose(ones)] if matches!(**ones, Matrix::Ones(_)) => Some(vector.clone()),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn hadamard(parts: Vec<Matrix>, shape: &Shape) -> Matrix {
    parts.into_iter().reduce(Matrix::hadamard).unwrap_or_else(|| Matrix::Ones(shape.clone()))
}

/// A square as the product of two: `p - p.^2` is `p .* (1 - p)`.
fn copies(part: &Matrix) -> Vec<Matrix> {
    match part {
        Matrix::Power { base, exponent } if exponent.is_integer() && *exponent > Exponent::one() => {
            let rest = Matrix::power((**base).clone(), exponent - Exponent::one());
            vec![(**base).clone(), rest]
        }
        other => vec![other.clone()],
    }
}

/// The factors of every entry: `diag(v)*A` is `(v*ones') .* A`.
fn entrywise_parts(body: &Matrix) -> Vec<Matrix> {
    let ones = |dim: Dim| Matrix::Ones(Shape::new(dim, Dim::one()));
    match body {
        Matrix::Hadamard(parts) => parts.iter().flat_map(copies).collect(),
        Matrix::Power { .. } => copies(body),
        Matrix::Ones(_) => Vec::new(),
        Matrix::Product(chain) => match chain.as_slice() {
            [Matrix::Diag(v), rest @ ..] if !rest.is_empty() => {
                let rest = Matrix::product(rest.iter().cloned());
                let columns = rest.shape().columns;
                let spread = |v: Matrix| Matrix::product([v, ones(columns.clone()).transpose()]);
                entrywise_parts(&rest).into_iter().chain(entrywise_parts(v).into_iter().map(spread)).collect()
            }
            [v @ Matrix::Hadamard(_), Matrix::Transpose(one)] if matches!(**one, Matrix::Ones(_)) => {
                let columns = one.shape().rows;
                let spread = |v: Matrix| Matrix::product([v, ones(columns.clone()).transpose()]);
                entrywise_parts(v).into_iter().map(spread).collect()
            }
            [rest @ .., Matrix::Diag(v)] if !rest.is_empty() => {
                let rest = Matrix::product(rest.iter().cloned());
                let rows = rest.shape().rows;
                let spread = Matrix::product([ones(rows), (**v).clone().transpose()]);
                entrywise_parts(&rest).into_iter().chain([spread]).collect()
            }
            _ => vec![body.clone()],
        },
        other => vec![other.clone()],
    }
}
