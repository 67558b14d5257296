//! Why a claim holds or fails: both sides by their entries, then brought to one form where there is one.
//!
//! Each line is an equality that the checker judges before it is told.

use std::cell::Cell;

use crate::dependence::Graph;
use crate::derivation::letter;
use crate::differentiate::Chain;
use crate::expand::{Expander, Scope, Unexpandable};
use crate::index::canonical;
use crate::index::normal::normalize;
use crate::index::symmetry::turned;
use crate::index::write::{Letters, form_expr};
use crate::index::{Form, Indices, Quantities};
use crate::problem::{Claim, Problem};
use crate::prove;
use crate::rule::Catalogue;
use crate::syntax::ast::{Expr, Name};
use crate::syntax::print::Printer;
use crate::verify::{Equality, Judgement, Trials, judge};

/// Work that one form may take.
const BUDGET: u64 = 1_000_000;
/// Longer forms are no explanation.
const TERMS: usize = 24;

/// How far the sides are written out.
#[derive(Clone, Copy)]
enum Level {
    /// Definitions keep their names, derivatives go one definition back.
    Entries,
    /// Everything put in and multiplied out.
    WrittenOut,
    /// Functions by their formulas, too.
    Formulas,
    /// And by their laws and what is declared.
    Laws,
}

/// How two sides are one.
enum One {
    No,
    /// One canonical form.
    Form,
    /// Their difference is zero once its denominators are cleared.
    Difference,
}

/// The lines, those of one link after those of the one before.
pub fn explain(problem: &Problem, catalogue: &Catalogue, claim: &Claim, trials: &Trials) -> Vec<String> {
    let graph = Graph::new(problem);
    let explainer = Explainer { problem, catalogue, graph: &graph, claim, trials };
    let mut lines: Vec<String> = Vec::new();
    for (at, pair) in claim.sides.windows(2).enumerate() {
        let own = explainer.link(&pair[0], &pair[1]);
        if own.is_empty() || claim.sides.len() == 2 {
            lines.extend(own);
            continue;
        }
        lines.push(format!("link {}:", at + 1));
        // What a link before has told of the side that both have is not told again.
        let mut new: Vec<String> =
            own.into_iter().filter(|line| !line.starts_with("  ") || !lines.contains(line)).collect();
        let alone =
            |at: usize| new[at].ends_with(':') && new.get(at + 1).is_none_or(|next| !next.starts_with("  "));
        let keep: Vec<bool> = (0..new.len()).map(|at| !alone(at)).collect();
        let mut keep = keep.into_iter();
        new.retain(|_| keep.next() == Some(true));
        lines.extend(new);
    }
    lines
}

struct Explainer<'a> {
    problem: &'a Problem,
    catalogue: &'a Catalogue,
    graph: &'a Graph,
    claim: &'a Claim,
    trials: &'a Trials,
}

/// A side's entry and the form of it, written, with the letters that are free in them.
struct Written {
    entry: Expr,
    form: Expr,
    free: Vec<(Name, Expr)>,
}

impl Explainer<'_> {
    fn link(&self, left: &Expr, right: &Expr) -> Vec<String> {
        let mut lines = Vec::new();
        for level in [Level::Entries, Level::WrittenOut, Level::Formulas, Level::Laws] {
            let Some((left, right, laws, one)) = self.sides(left, right, level) else { continue };
            let words = match level {
                Level::Entries => "by their entries:".to_string(),
                Level::WrittenOut => "with definitions and derivatives carried out:".to_string(),
                Level::Formulas => "with functions by their formulas:".to_string(),
                Level::Laws if laws.is_empty() => "simplified:".to_string(),
                Level::Laws => format!("by {}:", laws.join(", ")),
            };
            let told: Vec<String> = [&left, &right].into_iter().filter_map(|side| self.line(side)).collect();
            if told.len() == 2 {
                let known = told.iter().all(|line| lines.contains(line));
                if !known {
                    lines.push(words);
                    // An entry that is its own form tells nothing.
                    lines.extend(told.into_iter().filter(|line| {
                        line.trim().split_once(" = ").is_none_or(|(entry, form)| entry != form)
                    }));
                }
                let end = match one {
                    One::No => continue,
                    One::Form => "which is one form: sums are renamed, terms and factors put in one order",
                    One::Difference => "which is one: their difference, its denominators cleared, is 0",
                };
                lines.push(end.to_string());
                return lines;
            }
        }
        lines
    }

    /// `entry = form`, if that is so.
    fn line(&self, side: &Written) -> Option<String> {
        let printer = Printer::new(self.problem.quantities.keys().map(|name| &**name));
        let (left, right) = (printer.expr(&side.entry), printer.expr(&side.form));
        let equality = Equality { left: &side.entry, right: &side.form, free: &side.free };
        matches!(judge(self.problem, equality, self.trials), Judgement::Equal(_))
            .then(|| format!("  {left} = {right}"))
    }

    /// Both sides at a level, the laws used for it, and whether they are one there.
    fn sides(&self, left: &Expr, right: &Expr, level: Level) -> Option<(Written, Written, Vec<Name>, One)> {
        let mut targets = Vec::new();
        prove::differentiated_by(left, &mut targets);
        let (mut quantities, mut indices) = (Quantities::default(), Indices::default());
        let mut letters = Letters::avoiding(self.avoided());
        let scope = prove::letters(&self.claim.free, &mut indices).ok()?;
        scope.iter().for_each(|(name, index)| letters.set(index, name.clone()));
        let budget = Cell::new(BUDGET);
        let all = |_: &str| !matches!(level, Level::Entries);
        let chain = match level {
            Level::Entries => Chain::Step(&targets),
            _ => Chain::Inlined,
        };
        let mut expander = Expander {
            problem: self.problem,
            graph: self.graph,
            catalogue: self.catalogue,
            quantities: &mut quantities,
            indices: &mut indices,
            scope: Scope::letters(scope),
            inlined: &all,
            multiplied_out: !matches!(level, Level::Entries),
            nameless: false,
            formulas: matches!(level, Level::Formulas | Level::Laws),
            budget: Some(&budget),
            chain,
        };
        let form = |expander: &mut Expander<'_>, side: &Expr| -> Result<Form, Unexpandable> {
            Ok(normalize(&expander.expand(side)?))
        };
        let (one, other) = (form(&mut expander, left).ok()?, form(&mut expander, right).ok()?);
        let (one, other, laws, cleared) = match level {
            Level::Laws => {
                let cleared = prove::equal_by_laws(&mut expander, &one, &other).ok()?;
                let (one, other, laws) = prove::rewritten(&mut expander, &one, &other).ok()?;
                (one, other, laws, cleared)
            }
            _ => (one, other, Vec::new(), false),
        };
        let same = match canonical::same(&turned(&one, &quantities), &turned(&other, &quantities)) {
            true => One::Form,
            false if cleared => One::Difference,
            false => One::No,
        };
        if one.terms.len().max(other.terms.len()) > TERMS {
            return None;
        }
        // The free indices of the right side take the letters of the left.
        let own = one.free();
        for index in &own {
            letters.letter(index, "");
        }
        for (index, of) in other.free().iter().zip(&own) {
            if letters.get(index).is_none() {
                let name = letters.get(of)?.clone();
                letters.set(index, name);
            }
        }
        let written = |side: &Expr, form: &Form| -> Option<Written> {
            let free = form.free();
            let named =
                |index: &crate::index::Index| Some((letters.get(index)?.clone(), index.dim.to_expr()));
            let mut ranges = free.iter().map(named).collect::<Option<Vec<_>>>()?;
            let places: Vec<Expr> = ranges.iter().map(|(name, _)| Expr::name(name.clone())).collect();
            ranges.extend(self.claim.free.iter().cloned());
            let entry = if places.is_empty() { side.clone() } else { Expr::index(side.clone(), places) };
            Some(Written { entry, form: form_expr(form, &quantities, &letters), free: ranges })
        };
        Some((written(left, &one)?, written(right, &other)?, laws, same))
    }

    /// Names that are no letters of an index.
    fn avoided(&self) -> Vec<Name> {
        let names = self.problem.quantities.keys();
        let small = names.clone().map(|name| letter(&name.to_lowercase()));
        let free = self.claim.free.iter().map(|(name, _)| name.clone());
        let taken = names.cloned().chain(small).chain(self.problem.dimensions.keys().cloned()).chain(free);
        taken.chain([letter("d")]).collect()
    }
}
