//! Answers in the input language: one line per goal, everything else a comment.

use std::io::{self, Write};

use crate::derivation::{Derivation, Remark};
use crate::problem::Problem;
use crate::syntax::ast::{Expr, Name};
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
    let names = problem.quantities.keys().chain(problem.dimensions.keys());
    let printer = Printer::new(names.chain(introduced.iter().map(|(name, _)| name)).map(|name| &**name));
    let source = |expr: &Expr| printer.expr(expr);
    for (name, value) in introduced {
        writeln!(out, "{name} = {}  # where", source(value))?;
    }
    for answer in &derivation.answers {
        writeln!(out, "{} = {}", source(&answer.goal), source(&answer.value))?;
        match &answer.remark {
            Some(Remark::Independent) => {
                writeln!(out, "# zero: the numerator does not depend on the denominator")?
            }
            Some(Remark::IndexForm { einsum }) => writeln!(out, "# no matrix form; einsum: {einsum}")?,
            None => {}
        }
    }
    for line in verdict.lines() {
        writeln!(out, "# {line}")?;
    }
    Ok(())
}
