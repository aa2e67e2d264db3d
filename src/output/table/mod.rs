//! Results as text that a person reads: what the law is first, its numbers with their errors below.
//!
//! Digits in parentheses are the error in units of the last digits shown ([`super::number`]).

mod chain;
mod compare;
mod field;
mod field_compare;
mod heat;
mod layout;
mod phase;
mod reproduction;
mod sample;
mod sketch;
mod solve;
mod sweep;

pub use chain::chain;
pub use compare::comparison;
pub use field::field;
pub use field_compare::{field_comparison, field_sampling};
pub use phase::phase;
pub use reproduction::{reproduction, statement};
pub use sample::sampling;
pub use solve::solution;
pub use sweep::sweep;

/// What the reader's screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Screen {
    /// Whether to use colours.
    pub colour: bool,
    /// Whether it is a terminal, on which a picture made of characters is welcome.
    pub terminal: bool,
}

/// How an error bar is written, said once under every table that uses it.
const LEGEND: &str = "digits in parentheses: bound on the error, in units of the last digits shown";
