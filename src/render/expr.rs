//! Answers in the input language: one line per goal, everything else a comment.

use std::io::{self, Write};

use crate::derivation::{Answer, Derivation, Prose, Remark};
use crate::problem::{HIDDEN, Problem};
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::print::Printer;

pub(super) fn write(
    derivation: &Derivation,
    verdict: &str,
    problem: &Problem,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut introduced: Vec<&(Name, Expr)> = Vec::new();
    for definition in derivation.answers.iter().flat_map(|answer| &answer.introduced) {
        if !introduced.contains(&definition) {
            introduced.push(definition);
        }
    }
    // What no answer needs is not defined.
    let mut needed: Vec<&Expr> = derivation.answers.iter().map(|answer| &answer.value).collect();
    let mut kept = Vec::new();
    for definition in introduced.into_iter().rev() {
        if needed.iter().any(|expr| mentions(expr, &definition.0)) {
            needed.push(&definition.1);
            kept.insert(0, definition);
        }
    }
    let introduced = kept;
    let names = problem.quantities.keys().chain(problem.dimensions.keys());
    let printer = Printer::new(names.chain(introduced.iter().map(|(name, _)| name)).map(|name| &**name));
    let source = |expr: &Expr| printer.expr(expr);
    for (name, value) in introduced {
        writeln!(out, "{name} = {}  # where", source(value))?;
    }
    let asked = problem.asked();
    for (position, answer) in derivation.answers.iter().enumerate() {
        let goal = goal(answer, asked.get(position), &source);
        writeln!(out, "{goal} = {}", source(&answer.value))?;
        match &answer.remark {
            Some(Remark::Vanishes) => writeln!(out, "# zero everywhere")?,
            Some(Remark::Independent) => {
                writeln!(out, "# zero: the numerator does not depend on the denominator")?
            }
            Some(Remark::Given) => {
                writeln!(out, "# given: an unknown function by its own argument, nothing to derive")?
            }
            Some(Remark::IndexForm { einsum, .. }) => match einsum {
                Some(einsum) => writeln!(out, "# no matrix form; einsum: {einsum}")?,
                None => writeln!(out, "# no matrix form")?,
            },
            None => {}
        }
    }
    // What is given where no derivative exists is part of an answer's meaning.
    let steps = derivation.sections.iter().flat_map(|section| &section.steps);
    for step in steps.filter(|step| step.rules.iter().any(|rule| &**rule == "convention")) {
        let words = step.prose.iter().map(|piece| match piece {
            Prose::Text(text) => text.clone(),
            Prose::Shape(shape) => shape.to_string(),
            Prose::Math(expr) => source(expr).replace(HIDDEN, "the language's "),
        });
        writeln!(out, "# {}", words.collect::<String>())?;
    }
    for line in verdict.lines() {
        writeln!(out, "# {line}")?;
    }
    Ok(())
}

/// The goal in the words of the input where they are known, with the indices of an index form.
fn goal(
    answer: &Answer,
    asked: Option<&(&Expr, Option<&String>)>,
    source: &dyn Fn(&Expr) -> String,
) -> String {
    let Some((asked, written)) = asked.and_then(|(expr, written)| Some((*expr, (*written)?))) else {
        return source(&answer.goal);
    };
    match &answer.goal.kind {
        _ if answer.goal == *asked => written.clone(),
        ExprKind::Index { base, indices } if **base == *asked => {
            let indices: Vec<String> = indices.iter().map(source).collect();
            format!("{written}[{}]", indices.join(", "))
        }
        ExprKind::Transpose(inner) if **inner == *asked => format!("{written}'"),
        _ => source(&answer.goal),
    }
}

fn mentions(expr: &Expr, name: &Name) -> bool {
    matches!(&expr.kind, ExprKind::Name(known) if known == name)
        || expr.children().into_iter().any(|child| mentions(child, name))
}
