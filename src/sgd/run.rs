//! Many chains in parallel, in blocks of [`LANES`], recorded at equal intervals.

use super::random::{LANES, Lanes};
use rayon::prelude::*;
use std::time::Instant;

/// Samples kept of all chains together, as far as [`FEWEST_RECORDS`] allows.
const MOST_SAMPLES: u64 = 2_000_000;
/// Samples kept of a chain at least (if it has that many steps).
const FEWEST_RECORDS: u64 = 20;
/// Reports of progress per block of chains.
const REPORTS: u64 = 50;

/// [`LANES`] chains stepped together.
pub(super) trait Chains {
    /// `steps` steps of every chain.
    fn advance(&mut self, steps: u64);
    /// v of every chain.
    fn values(&self) -> Lanes;
}

/// [`LANES`] chains of several variables stepped together.
pub(super) trait FieldChains {
    /// `steps` steps of every chain.
    fn advance(&mut self, steps: u64);
    /// Appends all variables of every chain to its records; there may be fewer chains than lanes.
    fn note(&self, chains: &mut [Vec<f64>]);
}

/// v of every chain at equal intervals.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// `[chain][record]`, of several variables `[chain][record * variables + variable]`; the last record is taken
    /// after the last step.
    pub(super) chains: Vec<Vec<f64>>,
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
pub(super) fn run<C: Chains>(
    count: u64,
    steps: u64,
    make: impl Fn(u64) -> C + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Recorded {
    run_fields(count, steps, 1, |first| Single(make(first)), progress)
}

/// The same for chains of `variables` variables.
pub(super) fn run_fields<C: FieldChains>(
    count: u64,
    steps: u64,
    variables: usize,
    make: impl Fn(u64) -> C + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Recorded {
    let started = Instant::now();
    let sparse = (count.saturating_mul(steps)).div_ceil(MOST_SAMPLES / variables.max(1) as u64);
    let thin = sparse.min(steps / FEWEST_RECORDS).max(1);
    let records = steps / thin;
    let first = steps - (records - 1) * thin;
    let blocks: Vec<Vec<Vec<f64>>> = (0..count.div_ceil(LANES as u64))
        .into_par_iter()
        .map(|block| {
            let start = block * LANES as u64;
            let lanes = (count - start).min(LANES as u64);
            let chains = vec![Vec::with_capacity(records as usize * variables); lanes as usize];
            record(make(start), chains, [first, thin, records], progress)
        })
        .collect();
    let chains = blocks.into_iter().flatten().collect();
    Recorded { chains, thin, first, seconds: started.elapsed().as_secs_f64() }
}

/// Chains of one variable.
struct Single<C>(C);

impl<C: Chains> FieldChains for Single<C> {
    fn advance(&mut self, steps: u64) {
        self.0.advance(steps);
    }

    fn note(&self, chains: &mut [Vec<f64>]) {
        for (chain, value) in chains.iter_mut().zip(self.0.values()) {
            chain.push(value);
        }
    }
}

/// Runs one block into as many `chains` of it as are wanted.
fn record<C: FieldChains>(
    mut block: C,
    mut chains: Vec<Vec<f64>>,
    [first, thin, records]: [u64; 3],
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<Vec<f64>> {
    let interval = (records / REPORTS).max(1);
    let mut unreported = 0;
    for record in 0..records {
        let steps = if record == 0 { first } else { thin };
        block.advance(steps);
        block.note(&mut chains);
        unreported += steps * chains.len() as u64;
        if (record + 1) % interval == 0 || record + 1 == records {
            progress(unreported);
            unreported = 0;
        }
    }
    chains
}
