//! Entrywise derives matrix gradients entry by entry, the way a person does on paper, and checks every line.

pub mod algebra;
pub mod check;
pub mod cli;
pub mod collapse;
pub mod derivation;
pub mod derive;
pub mod diagnostic;
pub mod differentiate;
pub mod entries;
pub mod expand;
pub mod explicit;
pub mod index;
pub mod matcher;
pub mod matrix;
pub mod notation;
pub mod problem;
pub mod prove;
pub mod render;
pub mod rule;
pub mod shape;
pub mod source;
pub mod suggest;
pub mod syntax;
pub mod verify;
