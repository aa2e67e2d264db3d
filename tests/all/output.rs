//! Outputs made from records built by hand.

mod files;
mod fuzz;
mod pictures;
mod sample;
mod text;
