//! The scalar algebra of named entries. The only module that knows Symbolica.

pub mod polynomial;
