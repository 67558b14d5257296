//! Where expressions have values: divisors, logarithms, roots. What is so for certain is not said.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::check::shape_of;
use crate::expand::number;
use crate::problem::Problem;
use crate::shape::{Dim, dimension};
use crate::syntax::ast::{Comparison, Condition, Expr, ExprKind, Name, ProductOp, Property, Sign};
use crate::syntax::print::Printer;
use crate::verify::{Evaluator, Point, Real, about};

/// Operations that lead to each other are followed so far.
const DEPTH: usize = 32;

/// Adds the conditions under which an expression has a value.
pub fn conditions(problem: &Problem, printer: &Printer, expr: &Expr, texts: &mut Vec<String>) {
    Domain { problem, printer, texts }.within(expr);
}

/// Leaves out what a stronger condition of the same expression says too.
pub fn strongest(texts: &mut Vec<String>) {
    let all = texts.clone();
    texts.retain(|text| {
        let weak = text.strip_suffix(" != 0").or_else(|| text.strip_suffix(" >= 0"));
        weak.is_none_or(|of| !all.contains(&format!("{of} > 0")))
    });
}

struct Domain<'a> {
    problem: &'a Problem,
    printer: &'a Printer,
    texts: &'a mut Vec<String>,
}

impl Domain<'_> {
    fn say(&mut self, expr: &Expr, relation: &str) {
        let text = format!("{} {relation}", self.printer.expr(expr));
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    fn sure(&self, expr: &Expr) -> Option<Sure> {
        Signs { problem: self.problem, inside: None, depth: 0 }.of(expr)
    }

    fn is_scalar(&self, expr: &Expr) -> bool {
        shape_of(self.problem, expr).is_some_and(|shape| shape.is_scalar())
    }

    fn within(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Product { rest, .. } => {
                for (op, factor) in rest {
                    if matches!(op, ProductOp::Divide | ProductOp::HadamardDivide) {
                        self.not_zero(factor);
                    }
                }
            }
            ExprKind::Power { base, exponent, entrywise: false } if !self.is_scalar(base) => {
                let known = dimension(exponent).is_some_and(|dim| self.problem.never_negative(&dim));
                // Whatever the letters of an exponent are, the sum over them says no more.
                if !known && self.whole(exponent) && !self.has_letter(exponent) {
                    self.say(&Expr::call("det", vec![(**base).clone()]), "!= 0");
                }
            }
            ExprKind::Power { base, exponent, .. } => self.power(base, exponent),
            ExprKind::Call { function, arguments, .. } => match (&*function.name, arguments.as_slice()) {
                ("log", [argument]) => self.positive(argument),
                ("sqrt", [argument]) if self.sure(argument).is_none() => self.say(argument, ">= 0"),
                _ => self.call(&function.name, arguments),
            },
            ExprKind::Index { base, indices } => self.places(base, indices),
            ExprKind::Derivative(derivative) => {
                let by: Vec<Name> =
                    derivative.by.iter().flat_map(|(by, _)| about(self.problem, [by])).collect();
                let mut seen = Vec::new();
                self.smooth(&derivative.numerator, &by, &mut seen);
            }
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.within(child));
    }

    /// What is divided by: a product by each factor, a power by its base.
    fn not_zero(&mut self, expr: &Expr) {
        // A number is no zero: `check` has seen to that.
        if number(expr).is_some() || certain_sign(self.problem, expr).is_some() {
            return;
        }
        match &expr.kind {
            ExprKind::Negate(inner) => self.not_zero(inner),
            ExprKind::Call { function, arguments, primes: 0 } if &*function.name == "sqrt" => {
                arguments.iter().for_each(|argument| self.positive(argument));
            }
            ExprKind::Product { first, rest }
                if rest
                    .iter()
                    .all(|(op, _)| matches!(op, ProductOp::Times | ProductOp::Space | ProductOp::Divide))
                    && std::iter::once(&**first)
                        .chain(rest.iter().map(|(_, factor)| factor))
                        .all(|factor| self.is_scalar(factor)) =>
            {
                self.not_zero(first);
                rest.iter().for_each(|(_, factor)| self.not_zero(factor));
            }
            ExprKind::Power { base, exponent, entrywise }
                if number(exponent).is_some_and(|exponent| exponent.is_positive())
                    && (*entrywise || self.is_scalar(base)) =>
            {
                self.not_zero(base);
            }
            _ => self.say(expr, "!= 0"),
        }
    }

    fn positive(&mut self, expr: &Expr) {
        match self.sure(expr) {
            Some(Sure::Positive) => {}
            // Of what has that sign anyway, it is enough that it is not zero.
            Some(Sure::NotNegative) => self.not_zero(expr),
            None if number(expr).is_none() => self.say(expr, "> 0"),
            None => {}
        }
    }

    fn power(&mut self, base: &Expr, exponent: &Expr) {
        match number(exponent) {
            Some(exponent) if exponent.is_integer() && !exponent.is_negative() => {}
            Some(exponent) if exponent.is_integer() => self.not_zero(base),
            Some(exponent) if !exponent.is_negative() => {
                if self.sure(base).is_none() && number(base).is_none() {
                    self.say(base, ">= 0");
                }
            }
            Some(_) => self.positive(base),
            None if self.whole(exponent) => {
                let known = dimension(exponent).is_some_and(|dim| self.problem.never_negative(&dim));
                if self.sure(exponent).is_none() && !known {
                    self.not_zero(base);
                }
            }
            None => self.positive(base),
        }
    }

    /// Whether a name stands in an expression that is nothing of the file: a letter.
    fn has_letter(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                !self.problem.quantities.contains_key(name) && !self.problem.dimensions.contains_key(name)
            }
            _ => expr.children().into_iter().any(|child| self.has_letter(child)),
        }
    }

    /// A whole number for certain.
    fn whole(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Number(number) => number.is_integer(),
            ExprKind::Name(name) => match self.problem.quantities.get(name) {
                Some(quantity) => match &quantity.definition {
                    Some(definition) => self.whole(definition),
                    None => quantity.properties.contains(&Property::Integer),
                },
                // A dimension or an index.
                None => &**name != "pi",
            },
            ExprKind::Negate(inner) => self.whole(inner),
            ExprKind::Sum(terms) => terms.iter().all(|(_, term)| self.whole(term)),
            ExprKind::Product { first, rest } => {
                let times = |op: &ProductOp| matches!(op, ProductOp::Times | ProductOp::Space);
                self.whole(first) && rest.iter().all(|(op, factor)| times(op) && self.whole(factor))
            }
            _ => false,
        }
    }

    /// Places that are named by numbers must exist.
    fn places(&mut self, base: &Expr, indices: &[Expr]) {
        if indices.iter().all(|index| number(index).is_none()) {
            return;
        }
        let Some(shape) = shape_of(self.problem, base) else { return };
        let axes = match indices.len() {
            2 => vec![shape.rows, shape.columns],
            1 if shape.columns.is_one() => vec![shape.rows],
            1 if shape.rows.is_one() => vec![shape.columns],
            _ => return,
        };
        for (axis, index) in axes.into_iter().zip(indices) {
            let Some(place) = number(index).filter(|place| place.is_integer()) else { continue };
            let Some(place) = place.to_integer().to_i64() else { continue };
            let room = axis.add(&Dim::number(1 - place), 1);
            if room.is_none_or(|room| !dimension_positive(self.problem, &room)) {
                self.say(&axis.to_expr(), &format!(">= {place}"));
            }
        }
    }

    /// An operation's result must have rows and columns.
    fn call(&mut self, function: &Name, arguments: &[Expr]) {
        let Some(operation) = self.problem.operation(function, arguments.len()) else { return };
        if operation.letters().all(|(_, dim)| dim.as_name().is_some() || dim.as_number().is_some()) {
            return;
        }
        let mut known: Vec<(Name, Dim)> = Vec::new();
        for (parameter, argument) in operation.parameters.iter().zip(arguments) {
            match (&parameter.shape, shape_of(self.problem, argument)) {
                (None, _) => known.extend(dimension(argument).map(|dim| (parameter.name.clone(), dim))),
                (Some(shape), Some(actual)) => {
                    for (dim, actual) in [(&shape.rows, actual.rows), (&shape.columns, actual.columns)] {
                        known.extend(dim.as_name().map(|name| (name.clone(), actual)));
                    }
                }
                _ => {}
            }
        }
        for (_, dim) in operation.letters().cloned().collect::<Vec<_>>() {
            let value =
                |name: &str| known.iter().find(|(known, _)| &**known == name).map(|(_, dim)| dim.clone());
            // A dimension of the operation that is not known says nothing.
            if dim.as_name().is_some() || dim.names().iter().any(|name| value(name).is_none()) {
                continue;
            }
            let Some(dim) = dim.replace(&value) else { continue };
            if dimension_positive(self.problem, &dim) {
                continue;
            }
            let monomials = dim.monomials();
            let (above, below): (Vec<_>, Vec<_>) = monomials.into_iter().partition(|(_, times)| *times > 0);
            let side = |terms: &[(Vec<Name>, i64)], more: i64| {
                let start = Some(Dim::number(more));
                terms.iter().fold(start, |sum, (names, times)| {
                    let term = names.iter().try_fold(Dim::number(times.abs()), |product, name| {
                        product.multiply(&Dim::name(name.clone()))
                    })?;
                    sum?.add(&term, 1)
                })
            };
            // `n - k + 1 > 0` is `n >= k`.
            if let (Some(above), Some(below)) = (side(&above, -1), side(&below, 0)) {
                let text = format!("{above} >= {below}");
                if !self.texts.contains(&text) {
                    self.texts.push(text);
                }
            }
        }
    }

    /// Whether an operation is a root by its formula, as norms are.
    fn is_root(&self, function: &Name, arguments: &[Expr]) -> bool {
        let formula =
            self.problem.operation(function, arguments.len()).and_then(|operation| operation.body.formula());
        formula.is_some_and(|formula| match &formula.kind {
            ExprKind::Call { function, .. } => &*function.name == "sqrt",
            ExprKind::Power { exponent, .. } => roots(exponent),
            _ => false,
        })
    }

    /// Where a function has a slope: not where a root is zero. Definitions are followed.
    fn smooth(&mut self, expr: &Expr, by: &[Name], seen: &mut Vec<Name>) {
        let moves =
            |domain: &Self, expr: &Expr| about(domain.problem, [expr]).iter().any(|name| by.contains(name));
        match &expr.kind {
            ExprKind::Call { function, arguments, .. } => match (&*function.name, arguments.as_slice()) {
                ("sqrt", [argument]) if moves(self, argument) => self.positive(argument),
                _ if moves(self, expr) && self.is_root(&function.name, arguments) => self.say(expr, "!= 0"),
                _ => {}
            },
            ExprKind::Power { base, exponent, .. } if moves(self, base) && roots(exponent) => {
                self.positive(base)
            }
            ExprKind::Name(name) if !by.contains(name) && !seen.contains(name) => {
                seen.push(name.clone());
                if let Some(definition) =
                    self.problem.quantities.get(name).and_then(|known| known.definition.clone())
                {
                    self.smooth(&definition, by, seen);
                }
            }
            _ => {}
        }
        for child in expr.children() {
            self.smooth(child, by, seen);
        }
    }
}

/// Whether an exponent takes a root.
fn roots(exponent: &Expr) -> bool {
    number(exponent).is_some_and(|exponent| !exponent.is_integer() && exponent < BigRational::one())
}

/// Whether a dimension is positive wherever the file has a point: names are at least 1, what is assumed of dimensions
/// holds, and every variable has rows and columns.
fn dimension_positive(problem: &Problem, dim: &Dim) -> bool {
    let fixed =
        |name: &str| problem.sizes.get(name).and_then(|size| Some(Dim::number(i64::try_from(*size).ok()?)));
    let Some(dim) = dim.replace(&fixed) else { return false };
    // Differences that are not negative.
    let mut known: Vec<Dim> = Vec::new();
    for condition in &problem.assumptions {
        let Condition::Compare { left, comparison, right } = condition else { continue };
        let (Some(left), Some(right)) = (dimension(left), dimension(right)) else { continue };
        let own = |dim: &Dim| dim.names().iter().all(|name| problem.dimensions.contains_key(name));
        if !own(&left) || !own(&right) {
            continue;
        }
        let less = |dim: Option<Dim>, by: i64| dim.and_then(|dim| dim.add(&Dim::number(-by), 1));
        known.extend(match comparison {
            Comparison::Greater => less(left.add(&right, -1), 1),
            Comparison::Less => less(right.add(&left, -1), 1),
            Comparison::GreaterEqual | Comparison::Equal => left.add(&right, -1),
            Comparison::LessEqual => right.add(&left, -1),
        });
    }
    for quantity in problem.quantities.values() {
        let axes = [&quantity.shape.rows, &quantity.shape.columns];
        known.extend(axes.into_iter().filter_map(|axis| axis.add(&Dim::number(-1), 1)));
    }
    // At 1 or more for each name, no term is negative and one is positive.
    let above_zero = |dim: &Dim| {
        let shifted = dim.replace(&|name| Dim::name(name.into()).add(&Dim::number(1), 1));
        shifted.is_some_and(|dim| {
            let terms = dim.monomials();
            terms.iter().all(|(_, times)| *times >= 0)
                && terms.iter().any(|(names, times)| names.is_empty() && *times > 0)
        })
    };
    above_zero(&dim)
        || known.iter().any(|known| {
            let known = known.replace(&fixed);
            known.and_then(|known| dim.add(&known, -1)).is_some_and(|rest| above_zero(&rest))
        })
}

/// The sign that an expression has for certain and everywhere, where that is not 0: as a number, as a dimension, or as the
/// file assumes.
fn certain_sign(problem: &Problem, expr: &Expr) -> Option<bool> {
    if (Signs { problem, inside: None, depth: 0 }).of(expr) == Some(Sure::Positive) {
        return Some(true);
    }
    // Negative by an assumption or as a number.
    let negative = assumed(problem, expr).is_some_and(|(_, above)| above == Some(Sure::Positive))
        || constant(problem, expr).is_some_and(|value| value.value() < -value.error());
    negative.then_some(false)
}

/// The value of an expression without variables.
fn constant(problem: &Problem, expr: &Expr) -> Option<Real> {
    if matches!(expr.kind, ExprKind::Number(_) | ExprKind::Name(_)) && number(expr).is_some() {
        return None;
    }
    let known = |name: &Name| {
        matches!(&**name, "pi" | "sqrt" | "log" | "exp")
            && !problem.quantities.contains_key(name)
            && !problem.dimensions.contains_key(name)
    };
    let empty = Problem::default();
    if !about(&empty, [expr]).iter().all(known) {
        return None;
    }
    let alone = Problem { functions: problem.functions.clone(), ..empty };
    let value = Evaluator::<Real>::new(&alone, &[], Point::new(Vec::new(), 0)).value(expr, &[]).ok()?;
    value.data.first().copied().filter(|_| value.data.len() == 1)
}

/// What the file assumes of an expression: its own sign, and that of its negative.
fn assumed(problem: &Problem, expr: &Expr) -> Option<(Option<Sure>, Option<Sure>)> {
    let mut found = (None, None);
    for condition in &problem.assumptions {
        let Condition::Compare { left, comparison, right } = condition else { continue };
        let (bound, comparison) = match (number(left), number(right)) {
            (_, Some(bound)) if left == expr => (bound, *comparison),
            (Some(bound), _) if right == expr => (bound, comparison.mirrored()),
            _ => continue,
        };
        let sign = |bound: &BigRational, strict: bool| match () {
            () if bound.is_positive() || bound.is_zero() && strict => Some(Sure::Positive),
            () if bound.is_zero() => Some(Sure::NotNegative),
            () => None,
        };
        let (above, below) = match comparison {
            Comparison::Greater => (sign(&bound, true), None),
            Comparison::GreaterEqual => (sign(&bound, false), None),
            Comparison::Equal => (sign(&bound, false), sign(&-&bound, false)),
            Comparison::LessEqual => (None, sign(&-&bound, false)),
            Comparison::Less => (None, sign(&-&bound, true)),
        };
        let stronger = |old: Option<Sure>, new: Option<Sure>| match (old, new) {
            (Some(Sure::Positive), _) | (_, Some(Sure::Positive)) => Some(Sure::Positive),
            (old, new) => old.or(new),
        };
        found = (stronger(found.0, above), stronger(found.1, below));
    }
    (found != (None, None)).then_some(found)
}

/// What is known of every entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Positive,
    NotNegative,
}

struct Signs<'a> {
    problem: &'a Problem,
    /// Dimensions of the operation whose entries are looked at: of its parameters nothing is known.
    inside: Option<&'a [Name]>,
    depth: usize,
}

impl Signs<'_> {
    fn of(&self, expr: &Expr) -> Option<Sure> {
        let structural = self.by_structure(expr);
        if structural == Some(Sure::Positive) || self.inside.is_some() {
            return structural;
        }
        let own = |dim: &Dim| dim.names().iter().all(|name| self.problem.dimensions.contains_key(name));
        if dimension(expr).is_some_and(|dim| own(&dim) && dimension_positive(self.problem, &dim))
            || constant(self.problem, expr).is_some_and(|value| value.value() > value.error())
        {
            return Some(Sure::Positive);
        }
        match assumed(self.problem, expr) {
            Some((Some(Sure::Positive), _)) => Some(Sure::Positive),
            Some((Some(Sure::NotNegative), _)) => Some(Sure::NotNegative),
            _ => structural,
        }
    }

    fn by_structure(&self, expr: &Expr) -> Option<Sure> {
        match &expr.kind {
            ExprKind::Number(number) if number.is_positive() => Some(Sure::Positive),
            ExprKind::Number(_) => Some(Sure::NotNegative),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Transpose(inner) => self.of(inner),
            ExprKind::Power { base, exponent, .. } => match (self.of(base), number(exponent)) {
                (Some(Sure::Positive), _) => Some(Sure::Positive),
                (_, Some(exponent)) if exponent.is_integer() && (exponent.to_integer() % 2u8) == 0.into() => {
                    exponent.is_positive().then_some(Sure::NotNegative)
                }
                _ => None,
            },
            ExprKind::Sum(terms) if terms.iter().all(|(sign, _)| *sign == Sign::Plus) => {
                let signs = terms.iter().map(|(_, term)| self.of(term)).collect::<Option<Vec<_>>>()?;
                Some(if signs.contains(&Sure::Positive) { Sure::Positive } else { Sure::NotNegative })
            }
            ExprKind::Product { first, rest } => {
                self.all(std::iter::once(&**first).chain(rest.iter().map(|(_, factor)| factor)))
            }
            ExprKind::BigSum { body, .. } => self.of(body),
            ExprKind::Index { base, .. } => self.of(base),
            ExprKind::Call { function, arguments, primes: 0 } => self.call(&function.name, arguments),
            _ => None,
        }
    }

    fn all<'e>(&self, parts: impl Iterator<Item = &'e Expr>) -> Option<Sure> {
        let signs = parts.map(|part| self.of(part)).collect::<Option<Vec<_>>>()?;
        Some(if signs.contains(&Sure::NotNegative) { Sure::NotNegative } else { Sure::Positive })
    }

    fn name(&self, name: &Name) -> Option<Sure> {
        if let Some(dimensions) = self.inside {
            return (dimensions.contains(name) || &**name == "pi").then_some(Sure::Positive);
        }
        match self.problem.quantities.get(name) {
            None => (self.problem.dimensions.contains_key(name) || &**name == "pi").then_some(Sure::Positive),
            Some(quantity) => match &quantity.definition {
                Some(definition) => self.of(definition),
                None => quantity.properties.contains(&Property::Positive).then_some(Sure::Positive),
            },
        }
    }

    /// By the formula of the operation or function; few have none.
    fn call(&self, function: &Name, arguments: &[Expr]) -> Option<Sure> {
        if self.depth == DEPTH {
            return None;
        }
        let within = |dimensions| Signs { inside: Some(dimensions), depth: self.depth + 1, ..*self };
        if let Some(known) = self.problem.functions.get(function) {
            return match (&known.value, &**function) {
                (Some(value), _) => within(&[]).of(value),
                (None, "exp") => Some(Sure::Positive),
                (None, "abs" | "sqrt") => Some(Sure::NotNegative),
                _ => None,
            };
        }
        let operation = self.problem.operation(function, arguments.len())?;
        // Sums of what has a sign have that sign.
        let linear = matches!(&**function, "sum" | "rowsum" | "colsum" | "mean" | "rowmean" | "colmean");
        if linear {
            return self.all(arguments.iter());
        }
        within(&operation.dimensions).of(operation.body.formula()?)
    }
}
