//! The third move: sums of products of entries become matrix algebra, by the rules of a catalogue.

pub mod entries;
mod pairs;

use num_rational::BigRational;
use num_traits::One;

use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo};
use crate::index::raised::Raised;
use crate::index::write::{Letters, sum_over};
use crate::index::{Base, Exponent, Form, Index, Quantities, Term, axis_dim};
use crate::matrix::{Matrix, factor_sum, means};
use crate::rule::{Catalogue, Object, Rule};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, Name};

/// A matrix form and the rules that led to it, in order, each once.
#[derive(Clone, Debug, PartialEq)]
pub struct Collapsed {
    pub matrix: Matrix,
    pub rules: Vec<Name>,
}

impl Collapsed {
    /// In the input language, no longer than it needs to be.
    pub fn expr(&self) -> Expr {
        self.matrix.clone().tidied().to_expr()
    }

    /// The length of what is printed.
    pub fn cost(&self) -> usize {
        self.matrix.clone().tidied().cost()
    }
}

/// The matrix form of an index form of a matrix; `None` where the catalogue reaches none. Several indices of the rows are
/// one product axis, never axes of an array.
pub fn collapse(form: &Form, quantities: &Quantities, catalogue: &Catalogue) -> Option<Collapsed> {
    let form = normalize(form);
    let by_order = |rules: &[&Rule]| by_order(&form, quantities, catalogue, rules);
    let first = by_order(&catalogue.rules.iter().collect::<Vec<_>>());
    let turned = pointwise_turned(catalogue);
    // Without such a rule the other order takes the same way.
    let pointwise = |name: &Name| turned.iter().any(|rule| rule.name == *name && is_pointwise(rule));
    if first.as_ref().is_some_and(|first| !first.rules.iter().any(pointwise)) {
        return first;
    }
    // Ties go to the precedence of the rules.
    first.into_iter().chain(by_order(&turned)).min_by_key(Collapsed::cost)
}

/// Sums nothing away and is no finishing rule.
fn is_pointwise(rule: &Rule) -> bool {
    !rule.finish && rule.bound.is_empty()
}

/// The rules with those that sum nothing away in the opposite order: whether vectors are first joined to each other or
/// put on a matrix one by one decides which factors several terms have in common.
fn pointwise_turned(catalogue: &Catalogue) -> Vec<&Rule> {
    let (mut rules, pointwise): (Vec<&Rule>, Vec<&Rule>) =
        catalogue.rules.iter().partition(|rule| !is_pointwise(rule));
    rules.extend(pointwise.into_iter().rev());
    rules
}

/// The matrix form by rules that are tried in this order.
fn by_order(
    form: &Form,
    quantities: &Quantities,
    catalogue: &Catalogue,
    order: &[&Rule],
) -> Option<Collapsed> {
    let shape = Shape::new(axis_dim(&form.rows)?, axis_dim(&form.columns)?);
    let mut rules = Vec::new();
    let mut terms = Vec::new();
    let context = pairs::Context { quantities, rules: order, catalogue };
    let whole = context.stacked(form);
    for term in &form.terms {
        let runs = running(term, quantities);
        let found = match runs.is_empty() {
            true => context.term(term, form, &mut rules),
            false => over_exponents(term, &runs, form, &context, &mut rules),
        };
        match found {
            Some(term) => terms.push(term),
            None => return whole,
        }
    }
    let apart = Collapsed { matrix: factor_sum(terms, &shape), rules };
    Some(apart).into_iter().chain(whole).min_by_key(Collapsed::cost)
}

/// The bound indices that run in exponents.
fn running(term: &Term, quantities: &Quantities) -> Vec<Index> {
    let mut found = Vec::new();
    for factor in &term.factors {
        if let Base::Entry(id, indices) = &factor.base
            && let Origin::Raised(Raised { running: Some(_), .. }) = &quantities.get(*id).origin
            && let Some(index) = indices.last()
            && term.bound.contains(index)
            && !found.contains(index)
        {
            found.push(index.clone());
        }
    }
    found
}

/// A sum over an index in exponents stays one, of matrices: `sum(r: k) X^(r-1) * A * X^(k-r)`.
fn over_exponents(
    term: &Term,
    runs: &[Index],
    form: &Form,
    context: &pairs::Context<'_>,
    rules: &mut Vec<Name>,
) -> Option<Matrix> {
    let quantities = context.quantities;
    // An integral has no name in the language.
    if runs.iter().any(|index| index.dim.is_one()) {
        return None;
    }
    let mut letters = Letters::avoiding(quantities.names());
    let mut named = quantities.clone();
    let mut inner = Term { coefficient: BigRational::one(), ..term.clone() };
    inner.bound.retain(|index| !runs.contains(index));
    for factor in &mut inner.factors {
        let Base::Entry(id, indices) = &mut factor.base else { continue };
        let info = named.get(*id).clone();
        let Origin::Raised(raised) = &info.origin else { continue };
        let (Some(index), Some(_)) = (indices.last().cloned(), &raised.running) else { continue };
        let argument = named.get(raised.argument).clone();
        let letter = Expr::name(letters.letter(&index, "rsuv"));
        indices.pop();
        let expr = raised.expr((&argument.expr, argument.axes.is_empty()), &letter, quantities);
        *id = named.intern(QuantityInfo { expr, is_derivative: false, origin: Origin::Named, ..argument });
    }
    if runs.iter().any(|index| inner.occurrences(index) > 0) {
        return None;
    }
    let matrix = pairs::Context { quantities: &named, ..*context }.term(&inner, form, rules)?;
    let shape = matrix.shape();
    let runs: Vec<&Index> = runs.iter().collect();
    let expr = sum_over(&runs, matrix.tidied().to_expr(), &mut letters);
    let sum = Matrix::leaf(expr, shape);
    Some(means(term.coefficient.clone(), Vec::new(), sum))
}

/// Natural powers of matrices may stand as one object (`X.^2`) or as copies (`X'*X`): so many factors are tried
/// both ways.
const MOST_CHOICES: usize = 4;

/// The cheapest matrix form of a term over the ways to write its powers; ties go to copies.
fn collapse_term(
    term: &Term,
    form: &Form,
    quantities: &Quantities,
    catalogue: &[&Rule],
    rules: &mut Vec<Name>,
) -> Option<Matrix> {
    let choices: Vec<usize> = (0..term.factors.len())
        .filter(|position| {
            let factor = &term.factors[*position];
            let copies = (2..=4).any(|copies| factor.exponent == Exponent::from_integer(copies));
            copies && factor.base.indices().next().is_some()
        })
        .take(MOST_CHOICES)
        .collect();
    let mut best: Option<(usize, Matrix, Vec<Name>)> = None;
    for choice in 0..1usize << choices.len() {
        let whole = |position: usize| {
            choices.iter().position(|known| *known == position).is_none_or(|bit| choice >> bit & 1 == 1)
        };
        let mut own = Vec::new();
        let Some(matrix) = eliminate(term, form, quantities, catalogue, &whole, &mut own) else { continue };
        let cost = matrix.cost();
        if best.as_ref().is_none_or(|known| cost < known.0) {
            best = Some((cost, matrix, own));
        }
    }
    let (_, matrix, own) = best?;
    for name in own {
        if !rules.contains(&name) {
            rules.push(name);
        }
    }
    Some(matrix)
}

/// What keeps a form from being matrix algebra: the first term that no rule finishes, by its position, with the
/// index that is left and the number of factors it stands in.
pub fn obstacle(
    form: &Form,
    quantities: &Quantities,
    catalogue: &Catalogue,
) -> Option<(usize, Index, usize)> {
    let form = normalize(form);
    let rules: Vec<&Rule> = catalogue.rules.iter().collect();
    form.terms.iter().enumerate().find_map(|(position, term)| {
        let (objects, bound) = reduced(term, &form, quantities, &rules, &|_| true, &mut Vec::new())?;
        let count = |index: &Index| objects.iter().filter(|object| object.indices.contains(index)).count();
        let index = bound.into_iter().max_by_key(|index| count(index))?;
        let factors = count(&index);
        Some((position, index, factors))
    })
}

/// Elimination of the bound indices by the catalogue's rules; `whole` says which powers are one object.
fn eliminate(
    term: &Term,
    form: &Form,
    quantities: &Quantities,
    catalogue: &[&Rule],
    whole: &dyn Fn(usize) -> bool,
    rules: &mut Vec<Name>,
) -> Option<Matrix> {
    let (objects, bound) = reduced(term, form, quantities, catalogue, whole, rules)?;
    bound.is_empty().then(|| finish(term, objects, form)).flatten()
}

/// The objects and bound indices that no rule takes further; `None` for a factor that is no entry.
fn reduced(
    term: &Term,
    form: &Form,
    quantities: &Quantities,
    catalogue: &[&Rule],
    whole: &dyn Fn(usize) -> bool,
    rules: &mut Vec<Name>,
) -> Option<(Vec<Object>, Vec<Index>)> {
    let mut objects = Vec::new();
    let mut bound = term.bound.clone();
    for (position, factor) in term.factors.iter().enumerate() {
        let object = object(&factor.base, quantities)?;
        if whole(position) {
            objects.push(Object { matrix: Matrix::power(object.matrix, factor.exponent), ..object });
        } else {
            let copies = usize::try_from(factor.exponent.to_integer()).ok()?;
            objects.extend(std::iter::repeat_n(object, copies));
        }
    }
    loop {
        let found = [false, true].into_iter().find_map(|finish| {
            // A finishing rule joins what no sum holds apart.
            if finish && objects.len() > 1 && !bound.is_empty() {
                return None;
            }
            if finish && arranged(&objects, form) {
                return None;
            }
            catalogue
                .iter()
                .filter(|rule| rule.finish == finish)
                .find_map(|rule| Some((rule.name.clone(), rule.find(&objects, &bound)?)))
        });
        let Some((name, found)) = found else { break };
        if !rules.contains(&name) {
            rules.push(name);
        }
        let place = found.taken.first().copied().unwrap_or(0);
        let mut position = 0;
        objects.retain(|_| {
            position += 1;
            !found.taken.contains(&(position - 1))
        });
        objects.insert(place.min(objects.len()), found.result);
        bound.retain(|index| !found.summed.contains(index));
    }
    Some((objects, bound))
}

/// One object or none besides scalars.
fn arranged(objects: &[Object], form: &Form) -> bool {
    let free = form.free();
    let open: Vec<&Object> = objects.iter().filter(|object| !object.indices.is_empty()).collect();
    match open.as_slice() {
        [] => true,
        [one] => free.iter().all(|index| one.indices.contains(index)) || one.indices.len() == 1,
        _ => false,
    }
}

/// The object of one factor; a row is the transpose of a column.
fn object(base: &Base, quantities: &Quantities) -> Option<Object> {
    match base {
        Base::Entry(quantity, indices) => {
            let info = quantities.get(*quantity);
            let shape = info.shape.clone()?;
            let (expr, symmetric) = (info.expr.clone(), info.symmetric);
            if info.groups.iter().any(|count| *count > 1) {
                // A vector over a product axis of two is the columns of a matrix.
                let ([first, second], [_]) = (indices.as_slice(), info.groups.as_slice()) else {
                    return None;
                };
                let matrix = Matrix::reshaped(&expr, &shape, &second.dim, &first.dim);
                return Some(Object { matrix, indices: vec![second.clone(), first.clone()] });
            }
            let leaf = Matrix::Leaf { expr, shape: shape.clone(), symmetric };
            let row = indices.len() == 1 && shape.rows.is_one();
            let matrix = if row { leaf.transpose() } else { leaf };
            Some(Object { matrix, indices: indices.clone() })
        }
        Base::Delta(a, b) => {
            Some(Object { matrix: Matrix::Eye(a.dim.clone()), indices: vec![a.clone(), b.clone()] })
        }
        // No matrix has these entries.
        Base::Shift(_) => None,
        Base::Dim(dim) => {
            let matrix = Matrix::leaf(dim.to_expr(), Shape::scalar());
            Some(Object { matrix, indices: Vec::new() })
        }
    }
}

/// Scalars in front, the rest turned to the order of the free indices; axes that nothing mentions are ones.
fn finish(term: &Term, objects: Vec<Object>, form: &Form) -> Option<Matrix> {
    let (scalars, open): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.indices.is_empty());
    // Plain scalars before traces and inner products, as people write them.
    let mut coefficient = term.coefficient.clone();
    let mut parts = Vec::new();
    for scalar in scalars {
        // A rule's own number goes in front.
        match scalar.matrix {
            Matrix::Multiple { coefficient: own, scalars, body } => {
                coefficient *= own;
                parts.extend(scalars);
                parts.push(*body);
            }
            other => parts.push(other),
        }
    }
    let mut scalars = parts;
    scalars.sort_by_key(|scalar| !matches!(scalar, Matrix::Leaf { .. }));
    let row = form.rows.first();
    let column = form.columns.first();
    let ones = |index: &Index| Matrix::Ones(Shape::new(index.dim.clone(), Dim::one()));
    let mut open = open.into_iter();
    let body = match (open.next(), open.next()) {
        (None, _) => match (row, column) {
            (None, None) => Matrix::Ones(Shape::scalar()),
            _ => {
                let dim = |axis: Option<&Index>| axis.map_or_else(Dim::one, |index| index.dim.clone());
                Matrix::Ones(Shape::new(dim(row), dim(column)))
            }
        },
        (Some(only), None) => match (only.indices.as_slice(), row, column) {
            ([a], Some(r), None) if a == r => only.matrix,
            ([a], None, Some(c)) if a == c => only.matrix.transpose(),
            ([a], Some(r), Some(c)) if a == r => Matrix::product([only.matrix, ones(c).transpose()]),
            ([a], Some(r), Some(c)) if a == c => Matrix::product([ones(r), only.matrix.transpose()]),
            ([a, b], Some(r), Some(c)) if a == r && b == c => only.matrix,
            ([a, b], Some(r), Some(c)) if a == c && b == r => only.matrix.transpose(),
            _ => return None,
        },
        _ => return None,
    };
    Some(means(coefficient, scalars, body))
}
