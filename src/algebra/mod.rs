//! The scalar algebra of named entries. The only module that knows Symbolica.
//!
//! # For users of the library
//!
//! Symbolica without a licence key prints a banner on **standard output** at its first use. Set the
//! environment variable `SYMBOLICA_HIDE_BANNER` to `1` before the program starts, or call
//! [`session::hide_banner`] as the first line of `main`; otherwise the banner stands before whatever
//! your program prints. Its content reaches people either way: [`session::run`] says it once on
//! standard error.

pub mod convert;
pub mod formula;
pub mod function;
pub mod polynomial;
mod root;
pub mod scalar;
pub mod session;
