//! Errors about certificates.

use super::{Diagnostic, Exit};

/// What a certificate is refused for; expressions and names as text.
#[derive(Clone, Debug, PartialEq)]
pub enum Flaw {
    Digest,
    /// The source of the certificate has errors, the first of them in words.
    Source(String),
    Statements,
    SizeOfUnknown(String),
    Sizes,
    TableSizes,
    /// A definition that is not the source's, or not in its place.
    Definition(String),
    Undefined(String),
    /// A name that the derivation introduces and that has a meaning already.
    Taken(String),
    Goals {
        asked: usize,
        answered: usize,
    },
    Goal {
        asked: String,
        answered: String,
    },
    Underived(String),
    Inline(String),
    Heading,
    Numbering,
    Rule(String),
    RuleElsewhere(String),
    Displays,
    Relation,
    Verdict,
    /// Two lines of a chain of which one should be the other.
    Apart {
        ends: String,
        begins: String,
    },
    /// The same on both sides.
    Idle(String),
    Head(String),
    /// A derivative that only a later section derives.
    Later(String),
    NotTheDefinition(String),
    NotTheAnswer(String),
    Unconcluded,
    Letter(String),
    Level,
    Place {
        line: usize,
        column: usize,
    },
    /// A number that follows from the rest, with its name.
    Totals(&'static str),
    /// An equality that does not hold: both sides, where, the differing values or shapes.
    False {
        left: String,
        right: String,
        at: String,
        values: (String, String),
        /// The values are elements of the prime field.
        exact: bool,
    },
    /// An equality that has no value, and so was never checked: both sides where they are known, and the reason.
    Meaningless {
        sides: Option<(String, String)>,
        reason: String,
    },
}

/// Where in a certificate something is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Spot {
    Whole,
    /// The heading of a section and the number of its step.
    Step(String, usize),
    Section(String),
    /// The goal.
    Answer(String),
}

/// A certificate that says what is not so.
pub fn certificate_refused(spot: &Spot, flaw: &Flaw) -> Diagnostic {
    let place = match spot {
        Spot::Whole => String::new(),
        Spot::Step(section, number) => format!("{section}, step {number}: "),
        Spot::Section(section) => format!("{section}: "),
        Spot::Answer(goal) => format!("the answer for {goal}: "),
    };
    let (what, help) = reason(flaw);
    Diagnostic {
        code: "certificate-refused",
        message: format!("the certificate is refused: {place}{what}"),
        labels: Vec::new(),
        help,
        exit: Exit::Refused,
    }
}

fn reason(flaw: &Flaw) -> (String, Option<String>) {
    let plain = |text: &str| (text.to_string(), None);
    match flaw {
        Flaw::Digest => plain("its digest is not that of its content"),
        Flaw::Source(error) => (format!("its source cannot be read: {error}"), None),
        Flaw::Statements => plain("its statements do not say what its source says"),
        Flaw::SizeOfUnknown(name) => (format!("it has a size for `{name}`, which is no dimension"), None),
        Flaw::Sizes => plain("its sizes are not those of its source and options"),
        Flaw::TableSizes => plain("a table has other sizes than the derivation"),
        Flaw::Definition(name) => (format!("its source does not define `{name}` so"), None),
        Flaw::Undefined(name) => (format!("it leaves out the definition of `{name}`"), None),
        Flaw::Taken(name) => (format!("`{name}` has a meaning already"), None),
        Flaw::Goals { asked, answered } => {
            (format!("its source asks for {asked} derivatives, it answers {answered}"), None)
        }
        Flaw::Goal { asked, answered } => {
            (format!("its source asks for `{asked}`, it answers `{answered}`"), None)
        }
        Flaw::Underived(goal) => (format!("no section derives `{goal}`"), None),
        Flaw::Inline(name) => {
            (format!("`{name}` is a definition, and the answer is said to have none in it"), None)
        }
        Flaw::Heading => plain("no section may have this heading here"),
        Flaw::Numbering => plain("it has another number than its place"),
        Flaw::Rule(name) => (format!("there is no rule `{name}`"), None),
        Flaw::RuleElsewhere(name) => (format!("`{name}` is no rule of such a step"), None),
        Flaw::Displays => plain("a step by this rule displays something else"),
        Flaw::Relation => plain("only a layout is taken over from another line"),
        Flaw::Verdict => plain("no such verdict can be"),
        Flaw::Apart { ends, begins } => {
            (format!("one line ends with `{ends}` and the next begins with `{begins}`"), None)
        }
        Flaw::Idle(side) => (format!("it states nothing: `{side}` on both sides"), None),
        Flaw::Head(side) => (format!("it begins with `{side}`, which no step before it led to"), None),
        Flaw::Later(whole) => (format!("it takes `{whole}`, which only a later section derives"), None),
        Flaw::NotTheDefinition(name) => (format!("`{name}` is defined otherwise"), None),
        Flaw::NotTheAnswer(side) => (format!("no answer says this of `{side}`"), None),
        Flaw::Unconcluded => plain("its steps do not lead to its heading"),
        Flaw::Letter(letter) => {
            (format!("the range of `{letter}` is not that of the axis where it stands"), None)
        }
        Flaw::Level => plain("a step by this rule has another level"),
        Flaw::Place { line, column } => (format!("nothing begins at {line}:{column} of its source"), None),
        Flaw::Totals(which) => (format!("`{which}` is not what follows from the rest"), None),
        Flaw::False { left, right, at, values, exact } => {
            let modulus = if *exact { " (modulo 2^61 - 1)" } else { "" };
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            (
                format!("`{left}` = `{right}` is false{at}"),
                Some(format!("the left side is {}, the right side {}{modulus}", values.0, values.1)),
            )
        }
        Flaw::Meaningless { sides: Some((left, right)), reason } => {
            (format!("`{left}` = `{right}` has no value: {reason}"), None)
        }
        Flaw::Meaningless { sides: None, reason } => (format!("an equality has no value: {reason}"), None),
    }
}

/// A file that is no certificate of this version, with the reason.
pub fn certificate_malformed(reason: &str) -> Diagnostic {
    Diagnostic {
        code: "certificate-malformed",
        message: format!("this is no certificate that can be read: {reason}"),
        labels: Vec::new(),
        help: Some("docs/certificate.md has the schema; `derive --certificate FILE` writes one".to_string()),
        exit: Exit::Input,
    }
}

/// Where a certificate has something that no expression is written as.
pub fn certificate_expression(expression: &str) -> Diagnostic {
    certificate_malformed(&format!("{expression} is not how an expression is written"))
}

/// A certificate in which a member is not written as the program writes it.
pub fn certificate_form() -> Diagnostic {
    certificate_malformed("a member is written in another way than the schema's")
}

pub fn certificate_schema(found: Option<&str>, schema: &str) -> Diagnostic {
    certificate_malformed(&match found {
        Some(found) => format!("its schema is `{found}`, not `{schema}`"),
        None => format!("it has no member `schema` that says `{schema}`"),
    })
}

pub fn certificate_version(found: Option<u64>, version: u64) -> Diagnostic {
    certificate_malformed(&match found {
        Some(found) => {
            format!("it is of version {found} of the schema, and this program reads version {version}")
        }
        None => format!("it has no member `version`; this program reads version {version}"),
    })
}

/// A certificate whose equalities can be neither confirmed nor refuted.
pub fn certificate_unchecked(reason: &str) -> Diagnostic {
    Diagnostic {
        code: "certificate-unchecked",
        message: format!("the certificate could not be checked: {reason}"),
        labels: Vec::new(),
        help: None,
        exit: Exit::Limit,
    }
}

/// A derivation that the schema has no form for.
pub fn certificate_unwritable() -> Diagnostic {
    Diagnostic {
        code: "certificate-unwritable",
        message:
            "this derivation cannot be written as a certificate: it does not read back as it was checked"
                .to_string(),
        labels: Vec::new(),
        help: Some("derive without --certificate, and please report this input".to_string()),
        exit: Exit::Limit,
    }
}
