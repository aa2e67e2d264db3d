//! Many chains in parallel, in blocks of [`LANES`], recorded at equal intervals.

use super::random::{LANES, Lanes};
use rayon::prelude::*;
use std::time::Instant;

/// Numbers kept of all chains together, as far as [`FEWEST_RECORDS`] allows.
const MOST_SAMPLES: u64 = 2_000_000;
/// Samples kept of a chain at least (if it has that many steps).
const FEWEST_RECORDS: u64 = 20;
/// Reports of progress per block of chains.
const REPORTS: u64 = 50;

/// [`LANES`] chains of N variables stepped together.
pub(super) trait Chains<const N: usize> {
    /// `steps` steps of every chain.
    fn advance(&mut self, steps: u64);
    /// The variables of every chain.
    fn values(&self) -> [Lanes; N];
}

/// All variables of every chain at equal intervals.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// `[variable][chain][record]`; the last record is taken after the last step.
    pub(super) variables: Vec<Vec<Vec<f64>>>,
    /// Steps between records.
    pub(super) thin: u64,
    /// Steps before the first record (`thin` or more).
    pub(super) first: u64,
    /// Wall time.
    pub(super) seconds: f64,
}

/// Runs `count` chains of `steps` steps each; `make(first)` makes the block of chains that starts with
/// number `first`. `progress` is told how many more steps were taken, summed over chains.
///
/// The digits depend on neither the number of threads nor their timing.
pub(super) fn run<const N: usize, C: Chains<N>>(
    count: u64,
    steps: u64,
    make: impl Fn(u64) -> C + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Recorded {
    let started = Instant::now();
    let sparse = (count.saturating_mul(steps)).div_ceil(MOST_SAMPLES / N as u64);
    let thin = sparse.min(steps / FEWEST_RECORDS).max(1);
    let records = steps / thin;
    let first = steps - (records - 1) * thin;
    let blocks: Vec<[Vec<Vec<f64>>; N]> = (0..count.div_ceil(LANES as u64))
        .into_par_iter()
        .map(|block| {
            let start = block * LANES as u64;
            let lanes = (count - start).min(LANES as u64);
            record(make(start), lanes as usize, [first, thin, records], progress)
        })
        .collect();
    let mut variables = vec![Vec::with_capacity(count as usize); N];
    for block in blocks {
        for (variable, chains) in variables.iter_mut().zip(block) {
            variable.extend(chains);
        }
    }
    Recorded { variables, thin, first, seconds: started.elapsed().as_secs_f64() }
}

/// Runs one block; only the first `lanes` of it are wanted.
fn record<const N: usize, C: Chains<N>>(
    mut block: C,
    lanes: usize,
    [first, thin, records]: [u64; 3],
    progress: &(dyn Fn(u64) + Sync),
) -> [Vec<Vec<f64>>; N] {
    let mut variables: [Vec<Vec<f64>>; N] = std::array::from_fn(|_| vec![Vec::with_capacity(records as usize); lanes]);
    let interval = (records / REPORTS).max(1);
    let mut unreported = 0;
    for record in 0..records {
        let steps = if record == 0 { first } else { thin };
        block.advance(steps);
        for (chains, row) in variables.iter_mut().zip(block.values()) {
            for (chain, value) in chains.iter_mut().zip(row) {
                chain.push(value);
            }
        }
        unreported += steps * lanes as u64;
        if (record + 1) % interval == 0 || record + 1 == records {
            progress(unreported);
            unreported = 0;
        }
    }
    variables
}
