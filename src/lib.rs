//! Entrywise derives matrix gradients entry by entry, the way a person does on paper, and checks every line.
//!
//! ```
//! use entrywise::{Source, derive::Options};
//!
//! let source = Source::new("layer", "
//!     X : N x D
//!     W : D x M
//!     Y = X * W
//!     L = loss(Y)
//!     derive dL/dX, dL/dW
//! ");
//! let problem = entrywise::read(&source).expect("a well-formed source");
//! let derived = entrywise::derive(problem, &Options::default()).expect("a derivation");
//! assert_eq!(derived.answers(), ["dL/dX = dL/dY * W'", "dL/dW = X' * dL/dY"]);
//! ```
//!
//! The three moves are [`expand`], [`differentiate`] and [`collapse`]; [`derive()`] tells them as a
//! [`derivation`], [`mod@verify`] checks every equality of it, and [`render`] writes only what was checked.
//!
//! With sizes for all dimensions the entries are worked out by Symbolica, in one thread that [`algebra`] owns.
//! Without a licence key that library is restricted to non-commercial use, one core and one process at a time on
//! a machine; it prints a notice on standard output unless `SYMBOLICA_HIDE_BANNER=1` is set before the program
//! starts or [`algebra::session::hide_banner`] is the first line of `main`.

pub mod algebra;
mod assert;
mod beside;
pub mod certificate;
pub mod check;
pub mod claim;
pub mod cli;
pub mod collapse;
pub mod dependence;
pub mod derivation;
pub mod derive;
pub mod diagnostic;
pub mod differentiate;
pub mod entries;
pub mod expand;
pub mod explicit;
mod face;
pub mod fold;
pub mod formulas;
pub mod index;
pub mod matcher;
pub mod matrix;
pub mod notation;
pub mod problem;
pub mod prove;
pub mod render;
pub mod rule;
pub mod shape;
pub mod shorten;
pub mod simplify;
mod snapshot;
pub mod source;
pub mod structure;
pub mod suggest;
pub mod syntax;
pub mod verify;

pub use assert::identity;
pub use face::{Derived, derive, derive_with, explain, read, read_with, verify, verify_at, verify_with};
pub use source::Source;
pub use verify::Trials;
