//! Laws of scalar functions: what a function is of a sum, of a product, of the negative, of another function.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::source::Source;
use crate::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};
use crate::syntax::{parse, print};

/// One directed equation between a function's value and an expression without that value, or between a product of values
/// and an expression: true for all numbers that meet its conditions, wherever both sides have values.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// Public, kebab-case.
    pub name: Name,
    /// The function that it is a law of: the outer one.
    pub function: Name,
    pub pattern: Pattern,
    pub right: Expr,
    /// Letters that stand for positive numbers.
    pub positive: Vec<Name>,
    /// A name for the number of rows of the square matrices.
    pub side: Option<Name>,
    /// Every function that the law names.
    pub functions: Vec<Name>,
}

/// The left side; letters are names that stand for any expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `f(0)`.
    At(BigRational),
    /// `f(g(t))`.
    Composite(Name, Name),
    /// `f(t)`.
    Value(Name),
    /// `f(s + t)`.
    Sum(Name, Name),
    /// `f(c*t)` with `c` a literal number.
    Multiple(Name, Name),
    /// `f(s*t)`.
    Product(Name, Name),
    /// `f(t^c)` with `c` a literal number.
    Power(Name, Name),
    /// `f(-t)`.
    Negative(Name),
    /// `f(A')` of a matrix.
    Transpose(Name),
    /// `f(c*A)` of a matrix and a scalar.
    Scaled(Name, Name),
    /// `f(kron(A, B))` of two matrices.
    Kronecker(Name, Name),
    /// `f(A^k)` of a matrix, with `k` a whole number that need not be known.
    Raised(Name, Name),
    /// `f(A)*A`, which is the identity matrix.
    Cancel(Name),
    /// `t^p f(t)^q g(t)^r …`: the letter and the factors.
    Reduction(Name, Powers),
}

/// For each factor of a product its function, `None` for the letter itself, and its power.
pub type Powers = Vec<(Option<Name>, i64)>;

impl Law {
    /// One line of a rule file: `law NAME: LEFT = RIGHT`, with `for CONDITION, …` behind it where letters have to be
    /// positive (`t > 0`), literal numbers (`c number`), scalars (`c scalar`) or square matrices (`A square`; a law of a
    /// primitive is of square matrices anyway, of a product both factors are meant), matrices of so many rows and columns
    /// (`A n x n`, which gives the number a name), or whole numbers (`k integer`).
    pub fn parse(line: &str) -> Option<Law> {
        let (name, equation) = line.strip_prefix("law ")?.split_once(':')?;
        let (equation, conditions) = match equation.split_once(" for ") {
            Some((equation, conditions)) => (equation, conditions.split(',').collect()),
            None => (equation, Vec::new()),
        };
        let mut stated = Conditions::default();
        for condition in conditions {
            let (letter, kind) = condition.trim().split_once(' ')?;
            let letters = match kind.trim() {
                "number" => &mut stated.numbers,
                "scalar" => &mut stated.scalars,
                "square" => &mut stated.square,
                "integer" => &mut stated.integers,
                kind if kind.contains(" x ") => {
                    let (rows, columns) = kind.split_once(" x ")?;
                    let (rows, columns) = (rows.trim(), columns.trim());
                    (rows == columns).then_some(())?;
                    stated.side = Some(Name::from(rows));
                    &mut stated.square
                }
                _ => {
                    stated.positive.push(greater_than_zero(condition)?);
                    continue;
                }
            };
            letters.push(Name::from(letter));
        }
        let (left, right) = equation.split_once('=')?;
        let (left, right) = (expression(left)?, expression(right)?);
        let (function, pattern) = match cancel(&left, &right) {
            Some(found) => found,
            None => pattern(&left, &stated)?,
        };
        let positive = stated.positive.clone();
        let side = stated.side.clone();
        let functions = named_functions(&function, &pattern, &right);
        let law = Law { name: name.trim().into(), function, pattern, right, positive, side, functions };
        let letters = law.letters();
        let mut named = Vec::new();
        names(&law.right, &mut named);
        let bound =
            |name: &Name| letters.contains(name) || law.side.as_ref() == Some(name) || &**name == "pi";
        let distinct = letters.iter().enumerate().all(|(at, letter)| !letters[..at].contains(letter));
        let mut conditional = stated.all();
        let fits = conditional.all(|letter| letters.contains(letter));
        (named.iter().all(bound) && distinct && fits).then_some(law)
    }

    /// The letters of the left side.
    pub fn letters(&self) -> Vec<Name> {
        match &self.pattern {
            Pattern::At(_) => Vec::new(),
            Pattern::Composite(_, t)
            | Pattern::Value(t)
            | Pattern::Negative(t)
            | Pattern::Transpose(t)
            | Pattern::Cancel(t)
            | Pattern::Reduction(t, _) => vec![t.clone()],
            Pattern::Sum(s, t)
            | Pattern::Scaled(s, t)
            | Pattern::Kronecker(s, t)
            | Pattern::Multiple(s, t)
            | Pattern::Product(s, t)
            | Pattern::Raised(s, t)
            | Pattern::Power(s, t) => {
                vec![s.clone(), t.clone()]
            }
        }
    }

    /// `f(A') = f(A)'`, or `f(A') = f(A)` where the value is a scalar.
    pub fn keeps_transposes(&self, of_scalar: bool) -> bool {
        let Pattern::Transpose(letter) = &self.pattern else { return false };
        let value = Expr::call(&self.function, vec![Expr::name(letter.clone())]);
        self.right == if of_scalar { value } else { Expr::transpose(value) }
    }

    /// `f(A)*A = eye(A)`.
    pub fn is_cancellation(&self) -> bool {
        let Pattern::Cancel(letter) = &self.pattern else { return false };
        let named = |argument: &Expr| matches!(&argument.kind, ExprKind::Name(name) if name == letter);
        call(&self.right).is_some_and(|(function, argument)| &*function == "eye" && named(argument))
    }

    /// Both sides of `sign(t) / abs(t) = 1 / t`: a product and one of fewer functions, or of as many with fewer factors.
    pub fn shorter_product(&self) -> Option<(&Powers, Powers)> {
        let Pattern::Reduction(letter, left) = &self.pattern else { return None };
        let (same, right) = powers(&self.right)?;
        let size = |powers: &Powers| {
            let sum = |counted: &dyn Fn(&Option<Name>) -> bool| -> u64 {
                powers.iter().filter(|(of, _)| counted(of)).map(|(_, power)| power.unsigned_abs()).sum()
            };
            (sum(&|of| of.is_some()), sum(&|_| true))
        };
        (same == *letter && size(&right) < size(left)).then_some((left, right))
    }

    /// `f(-t) = 1 / f(t)`: such a function is never 0.
    pub fn is_reciprocal(&self) -> bool {
        let Pattern::Negative(t) = &self.pattern else { return false };
        let value = Expr::call(&self.function, vec![Expr::name(t.clone())]);
        self.right == Expr::product(Expr::natural(1), ProductOp::Divide, value)
    }

    /// The left side, for messages and tests.
    pub fn left(&self) -> Expr {
        let name = |letter: &Name| Expr::name(letter.clone());
        let product = |s: Expr, t: Expr| Expr::product(s, ProductOp::Times, t);
        let power = |base: Expr, exponent: Expr| -> Expr {
            ExprKind::Power { base: Box::new(base), exponent: Box::new(exponent), entrywise: false }.into()
        };
        let argument = match &self.pattern {
            Pattern::At(number) => ExprKind::Number(number.clone()).into(),
            Pattern::Composite(inner, t) => Expr::call(inner, vec![name(t)]),
            Pattern::Value(t) => name(t),
            Pattern::Sum(s, t) => ExprKind::Sum(vec![(Sign::Plus, name(s)), (Sign::Plus, name(t))]).into(),
            Pattern::Multiple(s, t) | Pattern::Scaled(s, t) | Pattern::Product(s, t) => {
                product(name(s), name(t))
            }
            Pattern::Transpose(t) => Expr::transpose(name(t)),
            Pattern::Kronecker(s, t) => Expr::call("kron", vec![name(s), name(t)]),
            Pattern::Cancel(t) => {
                return product(Expr::call(&self.function, vec![name(t)]), name(t));
            }
            Pattern::Power(t, c) | Pattern::Raised(t, c) => power(name(t), name(c)),
            Pattern::Negative(t) => ExprKind::Negate(Box::new(name(t))).into(),
            Pattern::Reduction(t, factors) => {
                let factors = factors.iter().map(|(function, exponent)| {
                    let base = match function {
                        Some(function) => Expr::call(function, vec![name(t)]),
                        None => name(t),
                    };
                    let size = Expr::natural(exponent.unsigned_abs() as usize);
                    match exponent {
                        1 => base,
                        0.. => power(base, size),
                        _ => power(base, ExprKind::Negate(Box::new(size)).into()),
                    }
                });
                return factors.reduce(product).unwrap_or_else(|| Expr::natural(1));
            }
        };
        Expr::call(&self.function, vec![argument])
    }

    /// The whole equation.
    pub fn text(&self) -> String {
        format!("{} = {}", print::expr(&self.left()), print::expr(&self.right))
    }
}

/// The letters that `for` speaks of, by what it says.
#[derive(Default)]
struct Conditions {
    positive: Vec<Name>,
    numbers: Vec<Name>,
    scalars: Vec<Name>,
    square: Vec<Name>,
    integers: Vec<Name>,
    side: Option<Name>,
}

impl Conditions {
    fn all(&self) -> impl Iterator<Item = &Name> {
        self.positive
            .iter()
            .chain(&self.numbers)
            .chain(&self.scalars)
            .chain(&self.square)
            .chain(&self.integers)
    }
}

/// `f(A)*A = eye(A)`, the identity matrix of the size of `A`.
fn cancel(left: &Expr, right: &Expr) -> Option<(Name, Pattern)> {
    let ExprKind::Product { first, rest } = &left.kind else { return None };
    let [(ProductOp::Times, second)] = rest.as_slice() else { return None };
    let ((function, argument), letter) = (call(first)?, letter_of(second)?);
    let (eye, of) = call(right)?;
    let fits = letter_of(argument)? == letter && letter_of(of)? == letter && &*eye == "eye";
    fits.then_some((function, Pattern::Cancel(letter)))
}

fn expression(text: &str) -> Option<Expr> {
    parse::expression(&Source::new("rules", text.trim()), &[]).ok()
}

/// The letter of `t > 0`.
fn greater_than_zero(text: &str) -> Option<Name> {
    let (letter, zero) = text.split_once('>')?;
    (zero.trim() == "0").then_some(())?;
    letter_of(&expression(letter)?)
}

fn letter_of(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

fn call(expr: &Expr) -> Option<(Name, &Expr)> {
    match &expr.kind {
        ExprKind::Call { function, primes: 0, arguments } => match arguments.as_slice() {
            [argument] => Some((function.name.clone(), argument)),
            _ => None,
        },
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Number(value) => value.is_integer().then(|| value.to_integer().to_i64()).flatten(),
        ExprKind::Negate(inner) => integer(inner).map(|value| -value),
        _ => None,
    }
}

fn pattern(left: &Expr, stated: &Conditions) -> Option<(Name, Pattern)> {
    let Some((function, argument)) = call(left) else { return reduction(left) };
    let pattern = match &argument.kind {
        ExprKind::Number(value) => Pattern::At(value.clone()),
        ExprKind::Name(t) => Pattern::Value(t.clone()),
        ExprKind::Transpose(inner) => Pattern::Transpose(letter_of(inner)?),
        ExprKind::Negate(inner) => Pattern::Negative(letter_of(inner)?),
        ExprKind::Sum(terms) => match terms.as_slice() {
            [(Sign::Plus, s), (Sign::Plus, t)] => Pattern::Sum(letter_of(s)?, letter_of(t)?),
            _ => return None,
        },
        ExprKind::Product { first, rest } => match rest.as_slice() {
            [(ProductOp::Times, t)] => {
                let (s, t) = (letter_of(first)?, letter_of(t)?);
                match () {
                    () if stated.numbers.contains(&s) => Pattern::Multiple(s, t),
                    () if stated.scalars.contains(&s) => Pattern::Scaled(s, t),
                    () => Pattern::Product(s, t),
                }
            }
            _ => return None,
        },
        ExprKind::Power { base, exponent, .. } => {
            let (t, c) = (letter_of(base)?, letter_of(exponent)?);
            match (stated.numbers.contains(&c), stated.integers.contains(&c)) {
                (true, _) => Pattern::Power(t, c),
                (false, true) => Pattern::Raised(t, c),
                _ => return None,
            }
        }
        ExprKind::Call { function, primes: 0, arguments } if arguments.len() == 2 => {
            if &*function.name != "kron" {
                return None;
            }
            Pattern::Kronecker(letter_of(&arguments[0])?, letter_of(&arguments[1])?)
        }
        ExprKind::Call { .. } => {
            let (inner, argument) = call(argument)?;
            Pattern::Composite(inner, letter_of(argument)?)
        }
        _ => return None,
    };
    Some((function, pattern))
}

fn reduction(left: &Expr) -> Option<(Name, Pattern)> {
    let (letter, factors) = powers(left)?;
    let function = factors.iter().find_map(|(function, _)| function.clone())?;
    Some((function, Pattern::Reduction(letter, factors)))
}

/// A product of powers of one letter and of functions of it; a 1 in it is no factor.
fn powers(product: &Expr) -> Option<(Name, Powers)> {
    let mut factors = Vec::new();
    match &product.kind {
        ExprKind::Product { first, rest } => {
            factors.push((&**first, 1));
            for (op, factor) in rest {
                factors.push((
                    factor,
                    match op {
                        ProductOp::Times => 1,
                        ProductOp::Divide => -1,
                        _ => return None,
                    },
                ));
            }
        }
        _ => factors.push((product, 1)),
    }
    let mut letter: Option<Name> = None;
    let mut found = Vec::new();
    for (factor, sign) in factors {
        if *factor == Expr::natural(1) {
            continue;
        }
        let (base, exponent) = match &factor.kind {
            ExprKind::Power { base, exponent, .. } => (&**base, integer(exponent)?),
            _ => (factor, 1),
        };
        let (function, of) = match call(base) {
            Some((function, argument)) => (Some(function), letter_of(argument)?),
            None => (None, letter_of(base)?),
        };
        if letter.get_or_insert_with(|| of.clone()) != &of {
            return None;
        }
        found.push((function, sign * exponent));
    }
    Some((letter?, found))
}

fn names(expr: &Expr, found: &mut Vec<Name>) {
    if let ExprKind::Name(name) = &expr.kind {
        found.push(name.clone());
    }
    expr.children().into_iter().for_each(|child| names(child, found));
}

fn named_functions(function: &Name, pattern: &Pattern, right: &Expr) -> Vec<Name> {
    let mut found = vec![function.clone()];
    match pattern {
        Pattern::Composite(inner, _) => found.push(inner.clone()),
        Pattern::Kronecker(..) => found.push("kron".into()),
        Pattern::Reduction(_, factors) => {
            found.extend(factors.iter().filter_map(|(function, _)| function.clone()));
        }
        _ => {}
    }
    functions(right, &mut found);
    found
}

fn functions(expr: &Expr, found: &mut Vec<Name>) {
    if let ExprKind::Call { function, .. } = &expr.kind {
        found.push(function.name.clone());
    }
    expr.children().into_iter().for_each(|child| functions(child, found));
}

/// What is known of a function's sign: `bound NAME: f(t) > 0`, `bound NAME: f(t) >= 0`; or of its argument's, wherever the
/// function has a value: `bound NAME: f(t) for t > 0`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Public, kebab-case.
    pub name: Name,
    pub function: Name,
    /// Whether it is the argument that has the sign.
    pub of_argument: bool,
    /// Above 0; else not below it.
    pub strict: bool,
}

impl Bound {
    /// One line of a rule file.
    pub fn parse(line: &str) -> Option<Bound> {
        let (name, text) = line.strip_prefix("bound ")?.split_once(':')?;
        let (text, of_argument) = match text.split_once(" for ") {
            Some((function, condition)) => {
                let (_, argument) =
                    call(&expression(function)?).map(|(name, argument)| (name, argument.clone()))?;
                (greater_than_zero(condition)? == letter_of(&argument)?).then_some(())?;
                (function, true)
            }
            None => (text, false),
        };
        let (value, strict) = match text.split_once(">=") {
            _ if of_argument => (text, true),
            Some((value, zero)) => (value, (zero.trim() == "0").then_some(false)?),
            None => {
                let (value, zero) = text.split_once('>')?;
                (value, (zero.trim() == "0").then_some(true)?)
            }
        };
        let value = expression(value)?;
        let (function, argument) = call(&value)?;
        letter_of(argument)?;
        Some(Bound { name: name.trim().into(), function, of_argument, strict })
    }
}
