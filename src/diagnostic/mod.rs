//! Errors for people. The only module that words one: other modules call the constructors here.

mod algebra;
mod certificate;
mod check;
mod claim;
mod derive;
mod foreign;
mod operation;
mod rule;
mod syntax;
mod verify;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Source, Span};

pub use algebra::*;
pub use certificate::*;
pub use check::*;
pub use claim::*;
pub use derive::*;
pub use operation::*;
pub use rule::*;
pub use syntax::*;
pub use verify::*;

/// What the process ends with, as the language's page fixes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// A certificate that does not hold: 1.
    Refused,
    /// Wrong input or usage: 2.
    Input,
    /// A limit, not underivable, busy or an internal failure: 3.
    Limit,
}

/// One error with its places.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable, kebab-case.
    pub code: &'static str,
    pub message: String,
    /// The first is the place of the error; the others explain it.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub exit: Exit,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    /// An error in the input with its first place.
    pub fn input(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            labels: vec![Label { span, text: label.into() }],
            help: None,
            exit: Exit::Input,
        }
    }

    /// Something that goes over a limit, with its first place.
    pub fn limit(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { exit: Exit::Limit, ..Diagnostic::input(code, message, span, label) }
    }

    /// What to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// A further place that explains the error.
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }
}

/// Errors shown at once; a reader mends the first ones first, and rendering each reads the source again.
const SHOWN: usize = 50;

/// The errors as text for a terminal.
pub fn render(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        text.push_str(&renderer.render(&[report(diagnostic, source)]));
        text.push('\n');
    }
    if diagnostics.len() > SHOWN {
        text.push_str(&format!("error: and {} more errors\n", diagnostics.len() - SHOWN));
    }
    text
}

fn report<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Group<'a> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut placed = diagnostic.labels.iter().filter(|label| label.span != Span::NONE).peekable();
    let mut group = if placed.peek().is_some() {
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        for (position, label) in placed.enumerate() {
            let kind = if position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let start = source.text.floor_char_boundary(label.span.start.min(source.text.len()));
            let end = source.text.ceil_char_boundary(label.span.end.clamp(start, source.text.len()));
            snippet = snippet.annotation(kind.span(start..end).label(label.text.as_str()));
        }
        title.element(snippet)
    } else {
        Group::with_title(title)
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}
