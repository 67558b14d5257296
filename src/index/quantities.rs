//! The table of everything that has entries: variables, definitions, derivatives, values of unknown functions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::canonical::{Key, form_key};
use super::raised::Raised;
use super::symmetry::is_symmetric;
use super::{Base, Form, axis_dim};
use crate::shape::{Dim, Shape};
use crate::syntax::ast::{Expr, ExprKind, Name, Sign};

/// The number of a quantity in its [`Quantities`]; the number alone is its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuantityId(pub u32);

#[derive(Clone, Debug)]
pub struct QuantityInfo {
    /// How the quantity is written in the language.
    pub expr: Expr,
    /// The axes that carry an index, in the order of an entry's indices.
    pub axes: Vec<Dim>,
    /// How many of them in turn are one axis of the shape: more than one over a product axis.
    pub groups: Vec<usize>,
    /// `None` for more than two axes.
    pub shape: Option<Shape>,
    /// Derivatives stand before everything else in a product.
    pub is_derivative: bool,
    pub origin: Origin,
    /// A matrix that is declared to be its own transpose; an array whose first axes may be exchanged with its last ones, of
    /// which there are as many.
    pub symmetric: bool,
}

impl QuantityInfo {
    /// A quantity of which nothing is known but its name and shape.
    pub fn named(expr: Expr, shape: &Shape, is_derivative: bool) -> QuantityInfo {
        let shape = shape.clone();
        QuantityInfo {
            expr,
            axes: shape.axes(),
            groups: vec![1; shape.axes().len()],
            shape: Some(shape),
            is_derivative,
            origin: Origin::Named,
            symmetric: false,
        }
    }
}

impl QuantityInfo {
    /// How many of the axes are those of the rows; `None` for an array.
    pub fn rows(&self) -> Option<usize> {
        let rows = &self.shape.as_ref()?.rows;
        let product = |count: usize| {
            self.axes[..count].iter().try_fold(Dim::one(), |product, dim| product.multiply(dim))
        };
        (0..=self.axes.len()).find(|count| product(*count).as_ref() == Some(rows))
    }
}

/// What is known of a quantity's entries.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Nothing here: a variable, a definition of the problem by its name, an unknown value, its derivative.
    Named,
    /// A scalar function, differentiated `primes` times, of every entry of another quantity.
    Applied { function: Name, primes: usize, argument: QuantityId },
    /// A primitive of a square matrix, by the name of its operation.
    Primitive { operation: Name, argument: QuantityId },
    /// A power with an exponent that is no number, or a multiple under the exponential of a matrix.
    Raised(Raised),
    /// A part of an expression that keeps together because it stands under a function, a power or beside
    /// another sum; its free indices are the axes.
    Part(Form),
}

/// The lengths of lists of indices, those of a literal 1 left out.
pub fn groups(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    lengths.filter(|length| *length > 0).collect()
}

/// Axes and canonical key of a part.
type PartKey = (Vec<Dim>, Vec<(Key, num_rational::BigRational)>);

fn part_key(form: &Form) -> PartKey {
    (form.free().iter().map(|index| index.dim.clone()).collect(), form_key(form))
}

#[derive(Clone, Debug, Default)]
pub struct Quantities {
    infos: Vec<QuantityInfo>,
    /// Positions by [`fingerprint`] of the expression.
    places: HashMap<u64, Vec<usize>>,
    /// Canonical keys of the parts: two writings of one sum are one quantity.
    parts: HashMap<PartKey, QuantityId>,
    /// Definitions with one term that are recognised inside longer terms, shorter ones first.
    foldable: Vec<(QuantityId, Form)>,
    /// Positions in `foldable` by the quantity defined.
    defined: HashMap<QuantityId, Vec<usize>>,
    /// What the definitions of named quantities say, recognised or not.
    stated: HashMap<QuantityId, Form>,
    /// Dimensions whose axes are several indices wherever a named quantity has them.
    products: BTreeMap<Dim, Vec<Dim>>,
    /// Those that were found to be such somewhere, none twice in two ways.
    found: BTreeMap<Dim, Option<Vec<Dim>>>,
    /// Positions in `foldable` by a quantity that the definition holds; `None` for one that holds none.
    holding: HashMap<Option<QuantityId>, Vec<usize>>,
}

/// Equal for equal expressions; different ones rarely share it.
fn fingerprint(expr: &Expr) -> u64 {
    fn write(expr: &Expr, hasher: &mut DefaultHasher) {
        std::mem::discriminant(&expr.kind).hash(hasher);
        match &expr.kind {
            ExprKind::Name(name) => name.hash(hasher),
            ExprKind::Number(value) => value.hash(hasher),
            ExprKind::Call { function, primes, .. } => (&function.name, primes).hash(hasher),
            _ => {}
        }
        expr.children().into_iter().for_each(|child| write(child, hasher));
    }
    let mut hasher = DefaultHasher::new();
    write(expr, &mut hasher);
    hasher.finish()
}

/// `1 - p` for `-p + 1`: what a part is called does not hang on the order in which it was met first.
fn plus_first(expr: Expr) -> Expr {
    let ExprKind::Sum(terms) = &expr.kind else { return expr };
    let negated =
        |(sign, term): &(Sign, Expr)| (*sign == Sign::Minus) != matches!(term.kind, ExprKind::Negate(_));
    let Some(first) = terms.iter().position(|term| !negated(term)).filter(|first| *first > 0) else {
        return expr;
    };
    let plain = |(sign, term): &(Sign, Expr)| match (&term.kind, sign) {
        (ExprKind::Negate(inner), Sign::Plus) => (Sign::Minus, (**inner).clone()),
        (ExprKind::Negate(inner), Sign::Minus) => (Sign::Plus, (**inner).clone()),
        _ => (*sign, term.clone()),
    };
    let mut terms: Vec<(Sign, Expr)> = terms.iter().map(plain).collect();
    terms[..=first].rotate_right(1);
    ExprKind::Sum(terms).into()
}

impl Quantities {
    /// With these dimensions as products wherever a named quantity has them.
    pub fn over(products: BTreeMap<Dim, Vec<Dim>>) -> Quantities {
        Quantities { products, ..Quantities::default() }
    }

    /// An axis of a named quantity: the dimensions of its indices.
    pub fn axis(&self, dim: &Dim) -> Vec<Dim> {
        match self.products.get(dim) {
            Some(list) => list.clone(),
            None if dim.is_one() => Vec::new(),
            None => vec![dim.clone()],
        }
    }

    /// A dimension was made several indices of.
    pub fn note_product(&mut self, dim: &Dim, list: &[Dim]) {
        let found = self.found.entry(dim.clone()).or_insert_with(|| Some(list.to_vec()));
        if found.as_deref().is_some_and(|known| known != list) {
            *found = None;
        }
    }

    /// Dimensions that were made several indices of in one way only.
    pub fn products(&self) -> BTreeMap<Dim, Vec<Dim>> {
        self.found.iter().filter_map(|(dim, list)| Some((dim.clone(), list.clone()?))).collect()
    }

    /// The quantity written so, entered at its first use.
    pub fn intern(&mut self, mut info: QuantityInfo) -> QuantityId {
        if let (Origin::Named, Some(shape)) = (&info.origin, &info.shape)
            && !self.products.is_empty()
            && info.axes == shape.axes()
        {
            let lists = [&shape.rows, &shape.columns].map(|dim| self.axis(dim));
            info.groups = groups(lists.iter().map(Vec::len));
            info.axes = lists.concat();
            // What is declared of it speaks of its rows and columns.
            info.symmetric &= info.axes == shape.axes();
        }
        let places = self.places.entry(fingerprint(&info.expr)).or_default();
        // A product axis carries one index or several.
        let same = |known: &QuantityInfo| known.expr == info.expr && known.axes == info.axes;
        let known = places.iter().copied().find(|at| same(&self.infos[*at]));
        let position = known.unwrap_or_else(|| {
            places.push(self.infos.len());
            self.infos.push(info);
            self.infos.len() - 1
        });
        QuantityId(position as u32)
    }

    /// The part that has this normal form already.
    pub fn known_part(&self, form: &Form) -> Option<QuantityId> {
        self.parts.get(&part_key(form)).copied()
    }

    /// The part with this normal form, entered at its first use as `expr`.
    pub fn part(&mut self, form: Form, expr: impl FnOnce(&Quantities) -> Option<Expr>) -> Option<QuantityId> {
        let key = part_key(&form);
        if let Some(known) = self.parts.get(&key) {
            return Some(*known);
        }
        let shape = axis_dim(&form.rows).zip(axis_dim(&form.columns));
        let shape = shape.map(|(rows, columns)| Shape::new(rows, columns));
        let expr = plus_first(expr(self)?);
        // A sum over an index inside another power or function.
        let sum = matches!(form.terms.as_slice(), [term] if !term.bound.is_empty());
        // X*X' is its own transpose, and so is X'*S*X for a symmetric S.
        let symmetric = is_symmetric(&form, self);
        let origin = Origin::Part(form.clone());
        let id = self.intern(QuantityInfo {
            expr,
            axes: key.0.clone(),
            groups: form.groups(),
            shape,
            is_derivative: false,
            origin,
            symmetric,
        });
        if sum {
            self.recognise(id, form);
        }
        self.parts.insert(key, id);
        Some(id)
    }

    /// All names in how quantities are written, and of their dimensions.
    pub fn names(&self) -> HashSet<Name> {
        fn within(expr: &Expr, found: &mut HashSet<Name>) {
            if let ExprKind::Name(name) = &expr.kind {
                found.insert(name.clone());
            }
            expr.children().into_iter().for_each(|child| within(child, found));
        }
        let mut found = HashSet::new();
        for info in &self.infos {
            within(&info.expr, &mut found);
            found.extend(info.axes.iter().flat_map(Dim::names));
        }
        found
    }

    /// From now on a quantity is known to be its own transpose.
    pub fn note_symmetry(&mut self, id: QuantityId) {
        if let Some(info) = self.infos.get_mut(id.0 as usize) {
            info.symmetric = true;
        }
    }

    /// Another way to write a part.
    pub fn rewrite(&mut self, id: QuantityId, expr: Expr) {
        if let Some(info) = self.infos.get_mut(id.0 as usize) {
            info.expr = expr;
        }
    }

    /// From now on the quantity's definition is recognised inside longer terms.
    pub fn recognise(&mut self, id: QuantityId, form: Form) {
        let defined = self.defined.entry(id).or_default();
        if defined.iter().any(|at| self.foldable[*at].1 == form) {
            return;
        }
        let place = self.foldable.len();
        defined.push(place);
        let held = form.terms.iter().flat_map(|term| &term.factors).find_map(|factor| match &factor.base {
            Base::Entry(held, _) => Some(*held),
            _ => None,
        });
        self.holding.entry(held).or_default().push(place);
        self.foldable.push((id, form));
    }

    /// Whether a quantity's definition is recognised inside longer terms.
    pub fn is_foldable(&self, id: QuantityId) -> bool {
        self.defined.contains_key(&id)
    }

    /// Positions in [`Quantities::foldable`] of definitions that a term with this quantity may hold; `None` gives
    /// those that any term may.
    pub fn foldable_with(&self, id: Option<QuantityId>) -> &[usize] {
        self.holding.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What an entry is made of, where that is known here.
    pub fn definition(&self, id: QuantityId) -> Option<&Form> {
        match &self.get(id).origin {
            Origin::Part(form) => Some(form),
            _ => self.defined.get(&id).and_then(|places| places.first()).map(|at| &self.foldable[*at].1),
        }
    }

    /// A named quantity is this form.
    pub fn state(&mut self, id: QuantityId, form: Form) {
        self.stated.insert(id, form);
    }

    /// What an entry is by its definition, be it recognised inside longer terms or not.
    pub fn stated(&self, id: QuantityId) -> Option<&Form> {
        self.definition(id).or_else(|| self.stated.get(&id))
    }

    /// The definitions by which a quantity is recognised.
    pub fn definitions(&self, id: QuantityId) -> impl Iterator<Item = &Form> {
        self.defined.get(&id).into_iter().flatten().map(|at| &self.foldable[*at].1)
    }

    pub fn foldable(&self) -> &[(QuantityId, Form)] {
        &self.foldable
    }

    pub fn get(&self, id: QuantityId) -> &QuantityInfo {
        &self.infos[id.0 as usize]
    }

    /// All quantities with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (QuantityId, &QuantityInfo)> {
        self.infos.iter().enumerate().map(|(position, info)| (QuantityId(position as u32), info))
    }

    pub fn find(&self, expr: &Expr) -> Option<QuantityId> {
        let places = self.places.get(&fingerprint(expr))?;
        let found = places.iter().copied().find(|at| self.infos[*at].expr == *expr);
        found.map(|position| QuantityId(position as u32))
    }
}
