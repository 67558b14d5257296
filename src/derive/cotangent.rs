//! The engine of one run: quantities, indices, and the gradient of one thing by another, one definition back
//! at a time.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};

use num_traits::One;

use super::called::Found;
use super::groups::groups_of;
use super::refuse::refuse;
use super::restored::Definitions;
use super::shorten::shortest;
use crate::collapse::Collapsed;
use crate::dependence::{self, Graph, mentions, sole_name};
use crate::derivation::letter;
use crate::diagnostic::{self, Diagnostic};
use crate::differentiate::{self, Chain, arrange, by_entry, opaque_call, second_quantity};
use crate::expand::split::dims;
use crate::expand::{Expander, Scope, Unexpandable, is_recognisable, variable};
use crate::index::normal::normalize;
use crate::index::quantities::{Origin, QuantityInfo, groups};
use crate::index::symmetry::is_symmetric;
use crate::index::write::Letters;
use crate::index::{Base, Factor, Form, Index, Indices, Quantities, QuantityId, Term, axis_dim};
use crate::problem::{Goal, Problem};
use crate::rule::Catalogue;
use crate::shape::{Dim, Shape};
use crate::shorten::multiplied_out;
use crate::syntax::ast::{Derivative, Expr, ExprKind, Name};

/// Work that definitions put in may take in one expansion.
const BUDGET: u64 = 1_000_000;

/// State of one run.
pub struct Engine<'a> {
    pub problem: &'a Problem,
    pub graph: Graph,
    pub catalogue: &'a Catalogue,
    pub quantities: Quantities,
    pub indices: Indices,
    unused_letters: Letters,
    /// Left of [`BUDGET`] for the expansion that is under way.
    budget: Cell<u64>,
    /// Gradients derived so far, by the quantities that stand for them.
    pub gradients: Vec<(QuantityId, Form)>,
    /// Arguments at which the prelude's operations were looked for.
    pub tried: HashSet<QuantityId>,
    /// Functions that sums are called by.
    pub found: Found,
    /// Definitions that answers may speak of.
    pub(super) definitions: Definitions,
    /// What the chain rule gave, by the denominator and for each numerator.
    derived: HashMap<(Name, bool), Vec<(Expr, Gradient)>>,
    /// By the free indices of a derivative, how many of them in turn are one axis.
    pub(super) groups: HashMap<Vec<u32>, Vec<usize>>,
    /// Derivatives in numerators, written out where they have a matrix form.
    pub written: Vec<(Expr, Option<Expr>)>,
    /// The shortest forms found, by the numbers of the free indices: a gradient is told and answered with one.
    shortest: HashMap<Vec<u32>, (Form, Option<Collapsed>)>,
}

/// One definition that mentions what is differentiated by, with its direct derivative.
#[derive(Clone, Debug)]
pub struct Use {
    /// The definition; `None` for a numerator that is no name.
    pub name: Option<Name>,
    /// The definition as an index form.
    pub form: Form,
    /// Its derivative before any delta is contracted, at the gradient's free indices.
    pub raw: Vec<Term>,
    /// The same in normal form.
    pub derivative: Vec<Term>,
    /// Intermediates that the derivative holds fixed because they depend on the denominator, too.
    pub held: Vec<Name>,
    /// The cotangent that multiplies it; `None` where the definition is the numerator itself.
    pub cotangent: Option<QuantityId>,
}

/// The gradient as the chain rule gives it: all uses, and their sum.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Indices of the numerator.
    pub outer: Vec<Index>,
    /// How many of them in turn are one axis.
    pub outer_groups: Vec<usize>,
    /// Indices of the denominator.
    pub at: Vec<Index>,
    pub at_groups: Vec<usize>,
    pub uses: Vec<Use>,
    pub form: Form,
}

impl<'a> Engine<'a> {
    pub fn new(problem: &'a Problem, catalogue: &'a Catalogue) -> Engine<'a> {
        let mut engine = Engine::over(problem, catalogue, BTreeMap::new());
        if problem.has_products() {
            let mut known = BTreeMap::new();
            loop {
                let found = engine.products();
                if found.keys().all(|dim| known.contains_key(dim)) {
                    break;
                }
                known.extend(found);
                engine = Engine::over(problem, catalogue, known.clone());
            }
        }
        engine
    }

    /// Dimensions of quantities that are products of others in their definitions, or where they are used.
    fn products(&mut self) -> BTreeMap<Dim, Vec<Dim>> {
        let problem = self.problem;
        let inlined = |_: &str| false;
        let stated =
            problem.quantities.values().filter_map(|known| Some((known, known.definition.as_ref()?)));
        for (quantity, definition) in stated {
            // What has no form is refused where it is derived.
            let Ok(form) = self.expander(&inlined).expand(definition) else { continue };
            let shape = &quantity.shape;
            for (dim, axis) in [(&shape.rows, &form.rows), (&shape.columns, &form.columns)] {
                if axis.len() > 1 {
                    self.quantities.note_product(dim, &dims(axis));
                }
            }
        }
        for goal in &problem.goals {
            let _ = self.expander(&inlined).expand(&goal.numerator);
        }
        self.quantities.products()
    }

    fn over(problem: &'a Problem, catalogue: &'a Catalogue, products: BTreeMap<Dim, Vec<Dim>>) -> Engine<'a> {
        let mut quantities = Quantities::over(products);
        for quantity in problem.quantities.values() {
            variable(&mut quantities, quantity);
        }
        Engine {
            problem,
            graph: Graph::new(problem),
            catalogue,
            quantities,
            indices: Indices::default(),
            budget: Cell::new(BUDGET),
            unused_letters: Engine::letters_of(problem),
            gradients: Vec::new(),
            tried: HashSet::new(),
            found: Found::default(),
            definitions: Definitions::default(),
            derived: HashMap::new(),
            groups: HashMap::new(),
            written: Vec::new(),
            shortest: HashMap::new(),
        }
    }

    /// Definitions that are recognised in the derivatives of later ones: `P = exp(Z) ./ (s*ones(M)')`.
    pub fn recognise_definitions(&mut self) {
        let inlined = |_: &str| false;
        for quantity in self.problem.quantities.values() {
            let Some(definition) = &quantity.definition else { continue };
            // What has no form is refused where it is derived.
            let Ok(form) = self.expander(&inlined).expand(definition) else { continue };
            if is_symmetric(&normalize(&form), &self.quantities) {
                let id = variable(&mut self.quantities, quantity);
                self.quantities.note_symmetry(id);
            }
            if self.is_spoken_of(&quantity.name) {
                let id = variable(&mut self.quantities, quantity);
                self.definitions.written.push((id, form.clone()));
            }
            if !is_recognisable(&form, &self.quantities) {
                let id = variable(&mut self.quantities, quantity);
                self.quantities.state(id, form);
                continue;
            }
            let id = variable(&mut self.quantities, quantity);
            self.quantities.recognise(id, form.clone());
            // Also where its function stands by its formula: t*sigmoid(t) is silu(t).
            if let Some(form) = self.by_formula(&form)
                && is_recognisable(&form, &self.quantities)
            {
                self.quantities.recognise(id, form);
            }
        }
    }

    /// One function of one entry written by the function's formula.
    fn by_formula(&mut self, form: &Form) -> Option<Form> {
        let [term] = form.terms.as_slice() else { return None };
        let [factor] = term.factors.as_slice() else { return None };
        let Base::Entry(id, indices) = &factor.base else { return None };
        let Origin::Applied { function, primes: 0, argument } = self.quantities.get(*id).origin.clone()
        else {
            return None;
        };
        if !factor.exponent.is_one() || !term.coefficient.is_one() || !term.bound.is_empty() {
            return None;
        }
        let known = self.problem.functions.get(&function)?;
        let inlined = |_: &str| false;
        let terms = self
            .expander(&inlined)
            .formula(&known.parameter, known.value.as_ref()?, argument, indices)
            .ok()?;
        Some(normalize(&Form { terms, ..form.clone() }))
    }

    /// For one expansion, with these definitions put in.
    pub fn expander<'b>(&'b mut self, inlined: &'b dyn Fn(&str) -> bool) -> Expander<'b> {
        self.budget.set(BUDGET);
        Expander {
            problem: self.problem,
            graph: &self.graph,
            catalogue: self.catalogue,
            quantities: &mut self.quantities,
            indices: &mut self.indices,
            scope: Scope::default(),
            inlined,
            multiplied_out: false,
            nameless: false,
            formulas: false,
            budget: Some(&self.budget),
            chain: Chain::Inlined,
        }
    }

    /// The expression behind a numerator: a name's definition, or the expression itself.
    pub fn body(&self, numerator: &Expr) -> Expr {
        dependence::body(self.problem, numerator).clone()
    }

    /// Definitions, latest first, that depend on `by` and that the numerator depends on, the numerator's own
    /// aside.
    pub fn between(&self, numerator: &Expr, by: &Name) -> Vec<Name> {
        self.graph.between(self.problem, &self.plain(numerator), by, &[])
    }

    fn directly(&self, name: &str, on: &str) -> bool {
        self.graph.directly(name, on)
    }

    /// Whether a quantity stands in a numerator or in a definition behind it.
    pub fn names(&self, numerator: &Expr, by: &Name) -> bool {
        mentions(&self.plain(&self.body(numerator)), by) || !self.between(numerator, by).is_empty()
    }

    /// Whether a definition depends on a quantity, through others or not.
    pub fn depends(&self, name: &str, on: &str) -> bool {
        self.graph.depends(name, on)
    }

    /// The quantity `dL/dH`.
    pub fn cotangent(&mut self, numerator: &Expr, by: &Name) -> Result<QuantityId, Diagnostic> {
        let body = self.body(numerator);
        if let ExprKind::Call { function, .. } = &body.kind
            && self.problem.is_unknown_function(&function.name)
            && mentions(&body, by)
        {
            let inlined = |_: &str| false;
            return Ok(differentiate::unknown_derivative(&mut self.expander(&inlined), &body, by));
        }
        if let ExprKind::Derivative(derivative) = &numerator.kind
            && let Some((call, first)) = opaque_call(self.problem, derivative)
            && mentions(call, by)
        {
            let (call, first) = (call.clone(), first.clone());
            let inlined = |_: &str| false;
            return Ok(second_quantity(&mut self.expander(&inlined), &call, &first, by));
        }
        let (outer, outer_axes, outer_groups) = self.shape(numerator)?;
        let inner = self.problem.quantities.get(by).map_or_else(Shape::scalar, |known| known.shape.clone());
        let lists = [&inner.rows, &inner.columns].map(|dim| self.quantities.axis(dim));
        let axes: Vec<_> = outer_axes.into_iter().chain(lists.concat()).collect();
        let groups = outer_groups.into_iter().chain(groups(lists.iter().map(Vec::len))).collect();
        let shape = match (outer.axes().as_slice(), inner.axes().as_slice()) {
            ([], _) => Some(inner),
            (_, []) => Some(outer),
            ([rows], [columns]) => Some(Shape::new(rows.clone(), columns.clone())),
            _ => None,
        };
        let expr = Expr::derivative(numerator.clone(), Expr::name(by.clone()));
        let origin = Origin::Named;
        Ok(self.quantities.intern(QuantityInfo {
            expr,
            axes,
            groups,
            shape,
            is_derivative: true,
            origin,
            symmetric: false,
        }))
    }

    /// The values of unknown functions of `by` that stand in some form, each with its derivative by it.
    pub fn dependent_values(&mut self, by: &Name) -> Vec<(QuantityId, QuantityId)> {
        let calls: Vec<(QuantityId, Expr)> = self
            .quantities
            .iter()
            .filter(|(_, info)| match &info.expr.kind {
                ExprKind::Call { arguments, .. } if info.origin == Origin::Named => {
                    arguments.iter().any(|argument| sole_name(argument) == Some(by))
                }
                _ => false,
            })
            .map(|(id, info)| (id, info.expr.clone()))
            .collect();
        let inlined = |_: &str| false;
        let mut expander = self.expander(&inlined);
        calls
            .into_iter()
            .map(|(id, call)| (id, differentiate::unknown_derivative(&mut expander, &call, by)))
            .collect()
    }

    /// A numerator's shape, the dimensions of its indices, and how many of these are one axis.
    fn shape(&mut self, numerator: &Expr) -> Result<(Shape, Vec<Dim>, Vec<usize>), Diagnostic> {
        let inlined = |_: &str| false;
        let form = self.expander(&inlined).expand(numerator).map_err(refuse)?;
        let groups = groups_of(&mut self.expander(&inlined), numerator).map_err(refuse)?;
        let size = |axis: &[Index]| axis_dim(axis).ok_or_else(|| refuse(Unexpandable::TooLarge));
        let shape = Shape::new(size(&form.rows)?, size(&form.columns)?);
        Ok((shape, dims(&form.free()), groups))
    }

    /// A form without terms that has the axes of a numerator, at these indices.
    fn at(&mut self, numerator: &Expr, indices: &[Index]) -> Result<Form, Diagnostic> {
        let inlined = |_: &str| false;
        let rows = match indices.is_empty() {
            true => 0,
            false => self.expander(&inlined).expand(numerator).map_err(refuse)?.rows.len(),
        };
        let (rows, columns) = indices.split_at(rows.min(indices.len()));
        Ok(Form { rows: rows.to_vec(), columns: columns.to_vec(), terms: Vec::new() })
    }

    /// The chain rule for one numerator and denominator, one definition back.
    pub fn chain_rule(&mut self, numerator: &Expr, by: &Name, stacked: bool) -> Result<Gradient, Diagnostic> {
        let known = self.derived.get(&(by.clone(), stacked));
        let known = known.and_then(|known| known.iter().find(|(other, _)| other == numerator));
        if let Some((_, gradient)) = known {
            return Ok(gradient.clone());
        }
        let gradient = self.chained(numerator, by, stacked)?;
        let derived = self.derived.entry((by.clone(), stacked)).or_default();
        derived.push((numerator.clone(), gradient.clone()));
        Ok(gradient)
    }

    fn chained(&mut self, numerator: &Expr, by: &Name, stacked: bool) -> Result<Gradient, Diagnostic> {
        let inlined = |_: &str| false;
        let body = self.body(numerator);
        let own = sole_name(numerator);
        let between = self.between(numerator, by);
        let by_shape =
            self.problem.quantities.get(by).map_or_else(Shape::scalar, |known| known.shape.clone());

        let same = own == Some(by);
        let source = if same { numerator.clone() } else { body.clone() };
        let root = self.expander(&inlined).expand(&source).map_err(refuse)?;
        let (rows, columns) = self.expander(&inlined).axes(&by_shape);
        let at: Vec<Index> = rows.iter().chain(&columns).cloned().collect();
        let (outer, outer_groups) = (root.free(), root.groups());
        let at_groups = groups([rows.len(), columns.len()].into_iter());

        let mut uses = Vec::new();
        let mut chained: Vec<Term> = Vec::new();
        // In the order of the file.
        for name in between.iter().rev() {
            if !self.directly(name, by) {
                continue;
            }
            let Some(definition) =
                self.problem.quantities.get(name).and_then(|quantity| quantity.definition.clone())
            else {
                continue;
            };
            let form = self.expander(&inlined).expand(&definition).map_err(refuse)?;
            let raw = by_entry(&mut self.expander(&inlined), &form.terms, by, &at).map_err(refuse)?;
            let raw = self.closed(raw, &definition, by)?;
            let cotangent = self.cotangent(numerator, name)?;
            let summed = form.free();
            let entry = Term::base(Base::Entry(cotangent, outer.iter().chain(&summed).cloned().collect()));
            let mut products = Vec::new();
            for term in &raw {
                let mut product = entry.multiply(term, &mut self.indices);
                product.bound = summed.iter().cloned().chain(product.bound).collect();
                products.push(product);
            }
            let held = self.held(&definition, by);
            uses.push(self.used(Some(name.clone()), form, raw, held, Some(cotangent)));
            chained.extend(products);
        }
        if mentions(&self.plain(&source), by) {
            let raw = by_entry(&mut self.expander(&inlined), &root.terms, by, &at).map_err(refuse)?;
            let raw = self.closed(raw, &source, by)?;
            if !raw.is_empty() {
                let held = self.held(&self.plain(&source), by);
                chained.extend(raw.iter().cloned());
                uses.push(self.used(own.cloned(), root.clone(), raw, held, None));
            }
        }
        let (rows, columns) = match stacked {
            true => (columns.into_iter().chain(rows).collect(), Vec::new()),
            false => (rows, columns),
        };
        let arranged = arrange(root, rows, columns, chained);
        self.note_groups(&arranged, &outer_groups, &at_groups, stacked);
        let form = self.simplified(&arranged);
        if stacked {
            return Ok(Gradient { outer, outer_groups, at, at_groups, uses, form });
        }
        let id = self.cotangent(numerator, by)?;
        // Where it is taken, whatever its entries are elsewhere.
        if is_symmetric(&form, &self.quantities) {
            self.quantities.note_symmetry(id);
        }
        if !self.gradients.iter().any(|(known, _)| *known == id) {
            self.gradients.push((id, form.clone()));
        }
        Ok(Gradient { outer, outer_groups, at, at_groups, uses, form })
    }

    fn used(
        &mut self,
        name: Option<Name>,
        form: Form,
        raw: Vec<Term>,
        held: Vec<Name>,
        cotangent: Option<QuantityId>,
    ) -> Use {
        let whole = Form { rows: Vec::new(), columns: Vec::new(), terms: raw.clone() };
        let derivative = self.simplified(&whole).terms;
        Use { name, form, raw, derivative, held, cotangent }
    }

    /// Intermediates in an expression that depend on the denominator themselves.
    fn held(&self, expr: &Expr, by: &Name) -> Vec<Name> {
        self.graph.dependent_in(expr, by)
    }

    /// Refuses goals that involve what the language cannot write.
    pub fn refuse_unknown(&self, goal: &Goal) -> Result<(), Diagnostic> {
        self.refuse_dependent(&self.body(&goal.numerator))
    }

    /// A gradient with the cotangents of names put in that the engine introduced: the file's own numerator does not
    /// mention them, so that `dL/dY` would read back as zero.
    pub fn readable(&mut self, numerator: &Expr, mut form: Form, names: &[Name]) -> Result<Form, Diagnostic> {
        // A cotangent is made of those of later definitions only: one pass in their order suffices.
        for name in names {
            if self.is_opaque(numerator, name) {
                continue;
            }
            let id = self.cotangent(numerator, name)?;
            let stands = |factor: &Factor| matches!(&factor.base, Base::Entry(known, _) if *known == id);
            if !form.terms.iter().any(|term| term.factors.iter().any(stands)) {
                continue;
            }
            let inner = self.gradient(numerator, name, false)?;
            let mut terms = Vec::new();
            for term in &form.terms {
                let place = term.factors.iter().position(stands);
                let Some((place, Base::Entry(_, at))) =
                    place.map(|place| (place, term.factors[place].base.clone()))
                else {
                    terms.push(term.clone());
                    continue;
                };
                // The chain rule is linear in its cotangents.
                if !term.factors[place].exponent.is_one() {
                    return Err(diagnostic::internal("a power of a cotangent"));
                }
                for value in inner.with_free(&at) {
                    let value = value.rename_bound(&mut self.indices);
                    let mut product = term.clone();
                    product.coefficient *= &value.coefficient;
                    product.factors.splice(place..=place, value.factors);
                    product.bound.extend(value.bound);
                    terms.push(product);
                }
            }
            form = self.simplified(&Form { terms, ..form });
        }
        Ok(form)
    }

    /// The gradient one definition back: intermediates' cotangents keep their names.
    pub fn gradient(&mut self, numerator: &Expr, by: &Name, stacked: bool) -> Result<Form, Diagnostic> {
        if self.is_opaque(numerator, by) {
            let id = self.cotangent(numerator, by)?;
            let info = self.quantities.get(id).clone();
            let indices: Vec<Index> = info.axes.iter().map(|dim| self.indices.fresh(dim)).collect();
            let [rows, columns] = self.lists(by);
            let (outer, inner) = indices.split_at(indices.len() - rows - columns);
            let (rows, columns) = inner.split_at(rows);
            let (rows, columns) = match stacked {
                true => (columns.iter().chain(rows).cloned().collect(), Vec::new()),
                false => (rows.to_vec(), columns.to_vec()),
            };
            let numerator = self.at(numerator, outer)?;
            let below = groups(self.lists(by).into_iter());
            let above = numerator.groups();
            let terms = vec![Term::base(Base::Entry(id, indices.clone()))];
            let form = arrange(numerator, rows, columns, terms);
            self.note_groups(&form, &above, &below, stacked);
            return Ok(form);
        }
        Ok(self.chain_rule(numerator, by, stacked)?.form)
    }

    /// The gradient in declared variables and the unknown function's derivative only.
    pub fn inlined(&mut self, goal: &Goal) -> Result<Form, Diagnostic> {
        let kept = self.problem.introduced.clone();
        let inlined = move |name: &str| !kept.iter().any(|known| **known == *name);
        let name = Expr::name(goal.by.clone());
        let by = if goal.stacked { Expr::call("vec", vec![name]) } else { name };
        let derivative =
            Derivative { numerator: goal.numerator.clone(), by: vec![(by.clone(), 1)], held: Vec::new() };
        let form =
            differentiate::of_expression(&mut self.expander(&inlined), &derivative, &by).map_err(refuse)?;
        let plain = |_: &str| false;
        let above = groups_of(&mut self.expander(&plain), &goal.numerator).map_err(refuse)?;
        let below = groups(self.lists(&goal.by).into_iter());
        self.note_groups(&form, &above, &below, goal.stacked);
        Ok(self.simplified(&form))
    }

    /// The shortest matrix form of a gradient.
    pub fn collapse(&mut self, form: &Form) -> Option<Collapsed> {
        let key: Vec<u32> = form.free().iter().map(|index| index.id).collect();
        if let Some((known, found)) = self.shortest.get(&key)
            && known == form
        {
            return found.clone();
        }
        let found = shortest(self, form, true).map(|(_, found)| found);
        self.shortest.insert(key, (form.clone(), found.clone()));
        found
    }

    /// The same with every cotangent by its name, as it stands in explicit entries.
    pub fn collapse_kept(&mut self, form: &Form) -> Option<Collapsed> {
        shortest(self, form, false).map(|(_, found)| found)
    }

    /// A form with every sum that kept together opened; as it is where that is too long.
    pub fn multiplied_out(&mut self, form: &Form) -> Form {
        multiplied_out(form, &self.quantities, &mut self.indices)
    }

    /// Letters that no name of the problem takes, nor the small form of a matrix: its entries have that letter.
    pub fn letters(&self) -> Letters {
        self.unused_letters.clone()
    }

    fn letters_of(problem: &Problem) -> Letters {
        let dimensions = problem.dimensions.keys().cloned();
        let names = problem.quantities.keys();
        Letters::avoiding(
            names
                .flat_map(|name| [name.clone(), letter(&name.to_lowercase())])
                .chain(dimensions)
                // `d(` begins a derivative.
                .chain([letter("d")]),
        )
    }

    /// Definitions that the engine made names for, in the order of the problem: the arguments of unknown functions
    /// and the parts that these depend on.
    pub fn introduced(&self) -> Vec<(Name, Expr)> {
        let introduced = &self.problem.introduced;
        let needed = |name: &Name| {
            introduced.contains(name)
                || self.problem.parts.contains(name)
                    && introduced.iter().any(|later| self.depends(later, name))
        };
        let defined = self.problem.quantities.values().filter(|quantity| needed(&quantity.name));
        defined.filter_map(|known| Some((known.name.clone(), known.definition.clone()?))).collect()
    }
}
