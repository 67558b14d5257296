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
