//! All integration tests in one binary, since linking dominates.

mod reference;
mod theory;
