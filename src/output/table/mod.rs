//! Results as text that a person reads: what the law is first, its numbers with their errors below.
//!
//! Digits in parentheses are the error in units of the last digits shown ([`super::number`]).

mod chain;
mod compare;
mod layout;
mod sample;
mod sketch;
mod solve;

pub use chain::chain;
pub use compare::comparison;
pub use sample::sampling;
pub use solve::solution;

/// How an error bar is written, said once under every table that uses it.
const LEGEND: &str = "digits in parentheses: bound on the error, in units of the last digits shown";
