//! Phase boundaries against formulas, tables and other routes; the same however the work was done.

mod broken;
mod command;
mod exponent;
mod file;
mod line;
mod one_variable;
mod pieces;
#[cfg(feature = "mpi")]
mod ranks;
mod several;
mod several_variables;
mod shards;
