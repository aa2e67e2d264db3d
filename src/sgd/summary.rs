//! From records to the result of a run: fates, burn-in, statistics, warnings.

use super::autocorrelation::{burn_in, integrated_time};
use super::histogram::histogram;
use super::run::Recorded;
use super::statistics::Pool;
use crate::estimate::Quantity;
use crate::record::{Histogram, SampledQuantile, Sampling};
use rayon::prelude::*;

/// |v| beyond this many scales counts as diverged.
pub(super) const BOUND: f64 = 1e12;
/// |v| at the end below this share of |v| at the start counts as died.
const DEAD: f64 = 1e-100;
/// A run should be this many autocorrelation times long after burn-in.
pub(super) const LONG_ENOUGH: f64 = 20.0;
/// Distinct ranks, about.
const RANKS: usize = 4096;
/// Effective samples beyond a quantile that its standard error needs.
pub(super) const BEYOND: f64 = 10.0;

/// What is known about a run besides its records.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) method: &'static str,
    pub(super) learning_rate: f64,
    pub(super) batch_size: u64,
    pub(super) amplification: f64,
    pub(super) steps: u64,
    pub(super) seed: u64,
    /// v at the start, without the imbalance.
    pub(super) start: f64,
    /// Whether v = 0 is a face (D >= 1), so that dying and crossing mean something.
    pub(super) face: bool,
    /// Typical |v|.
    pub(super) scale: f64,
    pub(super) warnings: Vec<String>,
}

/// How chains ended.
#[derive(Debug, Clone, Copy, Default)]
struct Fates {
    diverged: u64,
    died: u64,
    crossed: u64,
}

/// Statistics of the chains that did not diverge.
pub(super) fn summarise(recorded: &Recorded, run: Run, quantiles: &[f64]) -> Sampling {
    let bounded = |chain: &&Vec<f64>| chain.iter().all(|v| v.abs() <= BOUND * run.scale);
    let kept: Vec<&Vec<f64>> = recorded.variables[0].iter().filter(bounded).collect();
    let fates = fates(&kept, recorded.variables[0].len(), &run);
    let mut sampling = blank(recorded, &run, fates, quantiles);
    if kept.len() >= 2 {
        fill(&mut sampling, &kept, recorded);
    }
    warn(&mut sampling, run, recorded);
    sampling
}

fn fates(kept: &[&Vec<f64>], started: usize, run: &Run) -> Fates {
    let mut fates = Fates { diverged: (started - kept.len()) as u64, ..Fates::default() };
    if run.face {
        for end in kept.iter().filter_map(|chain| chain.last()) {
            fates.died += u64::from(end.abs() < DEAD * run.start.abs());
            fates.crossed += u64::from(end * run.start < 0.0);
        }
    }
    fates
}

fn blank(recorded: &Recorded, run: &Run, fates: Fates, quantiles: &[f64]) -> Sampling {
    let chains = recorded.variables[0].len() as u64;
    Sampling {
        method: run.method.to_owned(),
        learning_rate: run.learning_rate,
        batch_size: run.batch_size,
        noise_amplification: run.amplification,
        steps: run.steps,
        burn_in: 0,
        seed: run.seed,
        chains,
        diverged: fates.diverged,
        died: fates.died,
        crossed: fates.crossed,
        autocorrelation_steps: 0.0,
        effective_samples: 0.0,
        steps_per_second: (chains * run.steps) as f64 / recorded.seconds.max(1e-9),
        mean: Quantity::Absent,
        variance: Quantity::Absent,
        quantiles: quantiles.iter().map(|&q| SampledQuantile { q, value: Quantity::Absent }).collect(),
        histogram: Histogram::default(),
        warnings: Vec::new(),
    }
}

fn fill(sampling: &mut Sampling, kept: &[&Vec<f64>], recorded: &Recorded) {
    let ranks = ranks(kept);
    let burn_in = burn_in(&ranks);
    let records = burn_in.records;
    let settled_ranks: Vec<&[f64]> = ranks.iter().map(|chain| &chain[records..]).collect();
    let time = integrated_time(&settled_ranks);
    let views: Vec<&[f64]> = kept.iter().map(|chain| &chain[records..]).collect();
    let pool = Pool::new(&views, time);
    sampling.burn_in = if records == 0 { 0 } else { recorded.first + (records as u64 - 1) * recorded.thin };
    sampling.autocorrelation_steps = time * recorded.thin as f64;
    sampling.effective_samples = pool.sorted.len() as f64 / time;
    (sampling.mean, sampling.variance) = pool.moments();
    for row in &mut sampling.quantiles {
        row.value = Quantity::Finite(pool.quantile_estimate(row.q));
    }
    sampling.histogram = histogram(&pool);
    if !burn_in.settled {
        let text = "the chains had not settled: the two halves of the run differ by more than their errors";
        sampling.warnings.push(text.to_owned());
    }
    let length = settled_ranks.first().map_or(0.0, |chain| chain.len() as f64) / time;
    if length < LONG_ENOUGH {
        let text = format!("the run is only {length:.1} autocorrelation times long: its start may still show");
        sampling.warnings.push(text);
    }
}

/// Every value as its place among (a thinned set of) all values of the second half of the run, from 0 to 1.
pub(super) fn ranks(chains: &[&Vec<f64>]) -> Vec<Vec<f64>> {
    let halves = || chains.iter().flat_map(|chain| &chain[chain.len() / 2..]).copied();
    let mut late: Vec<f64> = halves().step_by(halves().count() / RANKS + 1).collect();
    late.sort_unstable_by(f64::total_cmp);
    let count = late.len().max(1) as f64;
    let rank = |v: &f64| {
        let below = late.partition_point(|other| other < v);
        let upto = below + late[below..].partition_point(|other| other <= v);
        0.5 * (below + upto) as f64 / count
    };
    chains.par_iter().map(|chain| chain.iter().map(rank).collect()).collect()
}

fn warn(sampling: &mut Sampling, run: Run, recorded: &Recorded) {
    let mut warnings = run.warnings;
    let chains = recorded.variables[0].len();
    if sampling.diverged > 0 {
        let text = format!("{} of {chains} chains diverged and are not in the statistics", sampling.diverged);
        warnings.push(text);
    }
    if sampling.crossed > 0 {
        let text = format!("{} of {chains} chains ended on the other side of v = 0", sampling.crossed);
        warnings.push(text);
    }
    if sampling.died > 0 {
        warnings.push(format!("{} of {chains} chains died at v = 0", sampling.died));
    }
    let unseen = |q: f64| q.min(1.0 - q) * sampling.effective_samples < BEYOND;
    for row in sampling.quantiles.iter().filter(|row| row.value != Quantity::Absent && unseen(row.q)) {
        let text = format!("too few effective samples lie beyond the {} quantile to trust its error", row.q);
        warnings.push(text);
    }
    if sampling.variance == Quantity::Absent && sampling.mean != Quantity::Absent {
        warnings.push("the largest samples carry the variance: it may not exist, and is not estimated".to_owned());
    }
    warnings.append(&mut sampling.warnings);
    sampling.warnings = warnings;
}
