//! The input language: its tree, its parser and its printer.

pub mod ast;
pub mod table;
