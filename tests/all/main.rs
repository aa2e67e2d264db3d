//! All integration tests in one binary, since linking dominates.

mod fuzz_formula;
mod reference;
mod theory;
