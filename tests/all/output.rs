//! Outputs made from records built by hand.

mod files;
mod pictures;
mod sample;
mod text;
