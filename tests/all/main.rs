//! All integration tests in one binary, since linking dominates.

mod theory;
