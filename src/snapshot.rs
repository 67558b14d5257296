//! A checked derivation as a value that snapshots well: as text, and as data.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::Derived;
use crate::derivation::{Chain, Heading, Relation};
use crate::render::{Format, Options};
use crate::syntax::print::Printer;
use crate::verify::Verdict;

/// The whole derivation as `--format text` writes it: the same for the same input on every machine.
impl fmt::Display for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Format::Text, &Options::default()))
    }
}

/// `answers`: the final equations, one text of the input language each. `steps`: one each, with `about`, what its
/// section derives; `rules`, by name; and `lines`, its equations as text of the input language. `proved` and `checked`: how
/// many equalities are which.
impl Serialize for Derived {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let printer = Printer::new(self.problem.quantities.keys().map(|name| &**name));
        let derivation = self.verified.derivation();
        let steps: Vec<StepText> = derivation
            .sections
            .iter()
            .flat_map(|section| section.steps.iter().map(move |step| (section, step)))
            .map(|(section, step)| StepText {
                about: match &section.heading {
                    Heading::Problem => "problem".to_string(),
                    Heading::Derivative(expr) => printer.expr(expr),
                    Heading::Result => "result".to_string(),
                },
                rules: step.rules.iter().map(|rule| rule.to_string()).collect(),
                lines: step
                    .displays
                    .iter()
                    .flat_map(|display| &display.chains)
                    .map(|chain| line(&printer, chain))
                    .collect(),
            })
            .collect();
        let verdicts = self.verified.verdicts();
        let proved = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Proved).count();
        let mut whole = serializer.serialize_struct("Derived", 4)?;
        whole.serialize_field("answers", &self.answers())?;
        whole.serialize_field("steps", &steps)?;
        whole.serialize_field("proved", &proved)?;
        whole.serialize_field("checked", &(verdicts.len() - proved))?;
        whole.end()
    }
}

#[derive(Serialize)]
struct StepText {
    about: String,
    rules: Vec<String>,
    lines: Vec<String>,
}

fn line(printer: &Printer, chain: &Chain) -> String {
    let mut text = printer.expr(&chain.first);
    for (relation, side) in &chain.rest {
        text.push_str(match relation {
            Relation::Equal => " = ",
            Relation::Implies => " => ",
        });
        text.push_str(&printer.expr(side));
    }
    text
}
