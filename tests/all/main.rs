//! All integration tests in one binary, since linking dominates.

mod cli;
mod fuzz_formula;
mod lean;
mod output;
mod reference;
mod scenario;
mod scenarios;
mod theory;
