//! Which step may name which rule, stand where and be of which level.

use crate::derivation::{Heading, Level};
use crate::rule::Catalogue;

/// The sections of a derivation by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Problem,
    Derivative,
    Result,
}

impl From<&Heading> for Part {
    fn from(heading: &Heading) -> Part {
        match heading {
            Heading::Problem => Part::Problem,
            Heading::Derivative(_) => Part::Derivative,
            Heading::Result => Part::Result,
        }
    }
}

/// What a step is, by its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Given,
    Definition,
    Expand,
    Upstream,
    ChainRule,
    Layout,
    Differentiate,
    /// A goal with the derivatives in it written out.
    Restate,
    /// The double sum with something put in or carried out.
    Contract,
    /// The finished whole.
    Assemble,
    Collapse,
    /// Says in words that everything is zero.
    Zero,
    Name,
    Result,
    IndexForm,
}

use Kind::*;
use Level::{Detail, Main, Statement};

/// Where a rule's steps stand, and of which levels they are there.
pub type Places = &'static [(Part, &'static [Level])];

const STEPS: &[(&str, Kind, Places)] = &[
    ("given", Given, &[(Part::Problem, &[Statement]), (Part::Result, &[Statement])]),
    ("convention", Given, &[(Part::Problem, &[Statement])]),
    ("definition", Definition, &[(Part::Problem, &[Statement])]),
    ("restate", Restate, &[(Part::Derivative, &[Main])]),
    ("expand", Expand, &[(Part::Problem, &[Statement]), (Part::Derivative, &[Detail])]),
    ("upstream", Upstream, &[(Part::Problem, &[Main])]),
    ("chain-rule", ChainRule, &[(Part::Problem, &[Main]), (Part::Derivative, &[Main, Detail])]),
    ("layout", Layout, &[(Part::Derivative, &[Detail])]),
    ("differentiate", Differentiate, &[(Part::Derivative, &[Main, Detail])]),
    ("delta-contract", Contract, &[(Part::Derivative, &[Main])]),
    ("substitute", Contract, &[(Part::Derivative, &[Main])]),
    ("contract", Contract, &[(Part::Derivative, &[Main, Detail])]),
    ("assemble", Assemble, &[(Part::Derivative, &[Main])]),
    ("match", Assemble, &[(Part::Derivative, &[Main])]),
    ("collapse", Collapse, &[(Part::Derivative, &[Main])]),
    ("vanishes", Zero, &[(Part::Derivative, &[Main]), (Part::Result, &[Statement])]),
    ("independent", Zero, &[(Part::Derivative, &[Main]), (Part::Result, &[Statement])]),
    ("name", Name, &[(Part::Problem, &[Statement]), (Part::Result, &[Statement])]),
    ("result", Result, &[(Part::Result, &[Statement])]),
    ("index-form", IndexForm, &[(Part::Result, &[Statement])]),
];

/// The kind of a step with this rule, the parts it stands in and its levels there; `None` for no rule. The rules of
/// the catalogue are what a collapse consists of.
pub fn of(rule: &str) -> Option<(Kind, Places)> {
    let own = STEPS.iter().find(|(name, ..)| *name == rule);
    let collapse = || STEPS.iter().find(|(_, kind, _)| *kind == Collapse);
    let shipped = Catalogue::shipped();
    let known = || {
        shipped.rules.iter().any(|known| *known.name == *rule)
            || shipped.pairs.iter().any(|(name, _)| **name == *rule)
    };
    let (_, kind, places) = own.or_else(|| collapse().filter(|_| known()))?;
    Some((*kind, places))
}
