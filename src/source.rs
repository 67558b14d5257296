//! Source text and places in it.

/// A half-open range of byte offsets into a [`Source`].
///
/// Generated expressions carry [`Span::NONE`], which points nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// The place of what was not written by anybody.
    pub const NONE: Span = Span { start: usize::MAX, end: usize::MAX };

    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        match (self == Span::NONE, other == Span::NONE) {
            (true, _) => other,
            (_, true) => self,
            _ => Span::new(self.start.min(other.start), self.end.max(other.end)),
        }
    }
}

/// A named text: a file, standard input or a command-line argument.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into() }
    }
}

/// Where the lines of a text begin.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl Lines<'_> {
    pub fn of(text: &str) -> Lines<'_> {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The line of a place, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// The line and the column at which a span begins, both from 1 and columns in characters; `None` for a place
    /// outside the text.
    pub fn place(&self, span: Span) -> Option<(usize, usize)> {
        let line = self.line(span.start);
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let column = self.text.get(start..span.start)?.chars().count() + 1;
        Some((line, column))
    }
}
