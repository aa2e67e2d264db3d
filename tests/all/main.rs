//! Integration tests in one binary, since each binary links everything.

mod cli;
mod fuzz_formula;
mod output;
mod reference;
mod scenario;
mod scenarios;
mod theory;
