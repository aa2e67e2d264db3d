//! All integration tests in one binary, since linking dominates.

mod architecture;
mod cli;
mod common;
mod fuzz_formula;
mod hard;
mod invariants;
mod output;
mod reference;
mod scenario;
mod scenarios;
mod sgd;
mod theory;
