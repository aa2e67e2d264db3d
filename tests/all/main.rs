//! All integration tests in one binary, since linking dominates.

mod architecture;
mod cli;
mod common;
mod convergence;
mod fuzz_formula;
mod hard;
mod invariants;
mod lean;
mod multifrontal;
mod output;
mod reference;
mod scenario;
mod scenarios;
mod sgd;
mod small_steps;
mod spectrum;
mod stationary;
mod theory;
