//! All integration tests in one binary, since linking dominates.

mod architecture;
mod cli;
mod common;
mod convergence;
mod features;
mod field_output;
mod field_scenario;
mod formula;
mod fuzz_formula;
mod hard;
mod invariants;
mod lattice;
mod lean;
mod observables;
mod output;
mod processes;
mod reference;
mod scenario;
mod scenarios;
mod sde;
mod sgd;
mod small_steps;
mod stationary;
mod theory;
