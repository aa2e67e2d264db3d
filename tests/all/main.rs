//! All integration tests in one binary, since linking dominates.

mod cli;
mod convergence;
mod fuzz_formula;
mod output;
mod reference;
mod scenario;
mod scenarios;
mod sgd;
mod stationary;
mod theory;
