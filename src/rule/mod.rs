//! What the engine knows as data: collapse rules, the equations of `grammar/rules.ew`, and the operations of
//! `grammar/prelude.ew`; both are read at run time.

mod apply;
mod law;
mod order;
mod pairs;
mod read;
mod shapes;

use std::sync::OnceLock;

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::problem::Prelude;
use crate::source::Source;
use crate::syntax::ast::{Expr, Name};

pub use apply::{Match, Object};
pub use law::{Bound, Law, Pattern, Powers};
pub use order::Overlap;
pub use pairs::{PairRule, Pairs};

/// The shipped rules.
const RULES: &str = include_str!("../../grammar/rules.ew");
/// The shipped operations and scalar functions.
const PRELUDE: &str = include_str!("../../grammar/prelude.ew");

/// One directed equation between an index form and matrix algebra.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Public, kebab-case.
    pub name: Name,
    /// Tried only where no other rule applies.
    pub finish: bool,
    /// Metavariables with the letters of their indices: two for a matrix, one for a column vector.
    pub factors: Vec<(Name, Vec<Name>)>,
    /// Letters that are summed over.
    pub bound: Vec<Name>,
    /// Matrix algebra in the metavariables; `ones(K)` means ones over the range of the bound letter `k`.
    pub right: Expr,
    /// Letters of the indices of the result: none for a scalar.
    pub free: Vec<Name>,
}

impl Rule {
    /// One line of a rule file by its form alone: [`Catalogue::parse`] checks shapes besides.
    pub fn parse(line: &str) -> Option<Rule> {
        read::rule(line)
    }
}

/// All rules, in the order in which they are tried (see [`Rule::precedence`]), and the prelude.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub rules: Vec<Rule>,
    /// Laws of scalar functions.
    pub laws: Vec<Law>,
    /// Their signs.
    pub bounds: Vec<Bound>,
    /// Rules of product axes, by their names.
    pub pairs: Vec<(Name, PairRule)>,
    pub prelude: Prelude,
}

impl Catalogue {
    /// The texts compiled in.
    pub fn shipped() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        // A test parses the same texts: an error cannot reach a user. Without rules nothing collapses, which
        // gives index forms, never a wrong matrix.
        CATALOGUE.get_or_init(|| Catalogue::from_texts(RULES, PRELUDE).unwrap_or_default())
    }

    /// Rules and a prelude from their texts.
    ///
    /// # Errors
    /// As [`Catalogue::parse`]; every error in the prelude, which declares, derives and asks nothing.
    pub fn from_texts(rules: &str, prelude: &str) -> Result<Catalogue, Vec<Diagnostic>> {
        let prelude = check::prelude(&Source::new("prelude", prelude))?;
        Catalogue::with_prelude(rules, prelude)
    }

    /// Rules from a text, beside the shipped prelude: one a line, `rule NAME: INDEX FORM = MATRIX FORM`, `finish` in place of `rule` for
    /// the last ones, a law of scalar functions ([`Law::parse`]), a bound ([`Bound::parse`]) or a rule of product axes
    /// ([`PairRule::parse`]); `#` starts a comment.
    ///
    /// # Errors
    /// One diagnostic a line that is no rule, that repeats a name, whose two sides differ in free indices or in shape,
    /// or that calls a function which no rule may write.
    pub fn parse(rules: &str) -> Result<Catalogue, Vec<Diagnostic>> {
        Catalogue::with_prelude(rules, Catalogue::shipped().prelude.clone())
    }

    fn with_prelude(rules: &str, prelude: Prelude) -> Result<Catalogue, Vec<Diagnostic>> {
        let read::Lines { rules, laws, bounds, pairs } = read::lines(rules)?;
        Ok(Catalogue { rules: order::by_precedence(rules), laws, bounds, pairs, prelude })
    }
}
