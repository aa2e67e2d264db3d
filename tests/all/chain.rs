//! Chains of the user's own: classes, laws and absorption probabilities against exact arithmetic, files in and out,
//! and the command.

mod absorption;
mod command;
mod decays;
mod exact;
mod export;
mod files;
mod laws;

use proptest::prelude::*;
use stillpoint::operator::Generator;

/// A chain of `states` states with about `jumps` jumps each, rates over twenty decades.
fn sparse(states: std::ops::Range<usize>, jumps: usize) -> impl Strategy<Value = Generator> {
    states.prop_flat_map(move |n| {
        let jump = (0..n, 0..n, -10.0..10.0f64);
        prop::collection::vec(jump, 0..=jumps * n).prop_map(move |jumps| {
            let triplets: Vec<_> = jumps
                .into_iter()
                .filter(|(from, to, _)| from != to)
                .map(|(from, to, decade)| (from, to, 10f64.powf(decade)))
                .collect();
            Generator::from_triplets(n, &triplets).expect("rates")
        })
    })
}
