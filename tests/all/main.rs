//! All integration tests in one binary, since linking dominates.

mod architecture;
mod chain;
mod cli;
mod common;
mod convergence;
mod features;
mod formula;
mod fuzz_formula;
mod hard;
mod invariants;
mod lattice;
mod lean;
mod multifrontal;
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
