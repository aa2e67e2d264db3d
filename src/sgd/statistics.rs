//! Numbers with standard errors from the records of many chains.
//!
//! Standard errors come from the scatter between groups: whole chains, or, where chains are few, stretches
//! of chains many autocorrelation times long. Groups are independent however strongly a chain remembers,
//! and no model of that memory enters.

use crate::estimate::{Estimate, Quantity};
use rayon::prelude::*;

/// Groups wanted at least.
const FEWEST_GROUPS: usize = 40;
/// Length of a group in autocorrelation times, where chains must be cut.
const GROUP_TIMES: f64 = 30.0;
/// A fourth moment exists for tails P(|v| > x) ~ x^-index with an index beyond this.
const FOURTH: f64 = 4.0;
/// Below this measured index a second moment cannot be claimed (the estimate of the index errs to the low
/// side, since samples are measured from their median).
const SECOND: f64 = 1.9;

/// Samples of the stationary stretch of all chains.
#[derive(Debug, Clone)]
pub(super) struct Pool<'a> {
    /// Independent groups of equal length, in the order of chains and time.
    pub(super) groups: Vec<&'a [f64]>,
    /// All samples, ascending.
    pub(super) sorted: Vec<f64>,
}

/// Mean and its standard error.
pub(super) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    (mean, (square / (n - 1.0) / n).sqrt())
}

impl<'a> Pool<'a> {
    /// `time` is the integrated autocorrelation time in records.
    pub(super) fn new(chains: &[&'a [f64]], time: f64) -> Self {
        let records = chains.iter().map(|chain| chain.len()).min().unwrap_or(0);
        let wanted = FEWEST_GROUPS.div_ceil(chains.len().max(1));
        let possible = (records as f64 / (GROUP_TIMES * time)) as usize;
        let length = records / wanted.min(possible).max(1);
        let groups = chains.iter().flat_map(|chain| chain.chunks_exact(length.max(1))).collect();
        let mut sorted: Vec<f64> = chains.iter().flat_map(|chain| chain.iter().copied()).collect();
        sorted.par_sort_unstable_by(f64::total_cmp);
        Self { groups, sorted }
    }

    /// The sample quantile, linear between order statistics.
    pub(super) fn quantile(&self, q: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        let position = (q.clamp(0.0, 1.0) * self.sorted.len() as f64 - 0.5).clamp(0.0, last as f64);
        let below = position.floor() as usize;
        let (a, b) = (self.sorted[below], self.sorted[(below + 1).min(last)]);
        let share = position - below as f64;
        if share == 0.0 || a == b { a } else { a + share * (b - a) }
    }

    /// A quantile with one standard error: the scatter of P(v <= quantile) between groups, carried over to
    /// v by the sample quantiles themselves (Woodruff 1952); the larger of the two sides.
    pub(super) fn quantile_estimate(&self, q: f64) -> Estimate {
        let value = self.quantile(q);
        let below = |group: &&[f64]| group.iter().filter(|&&v| v <= value).count() as f64 / group.len() as f64;
        let shares: Vec<f64> = self.groups.iter().map(below).collect();
        let (_, error) = mean_and_error(&shares);
        // Where the scatter is too small to see, the binomial error of the samples is a floor.
        let error = error.max((q * (1.0 - q)).sqrt() / self.sorted.len() as f64);
        let (low, high) = (self.quantile(q - error), self.quantile(q + error));
        Estimate::sampled(value, (high - value).max(value - low))
    }

    /// Index a of the tail P(|v - median| > x) ~ x^-a by Hill's estimator on the outermost sqrt(n) samples;
    /// infinite when there is no scatter. It errs to the low side, the more the larger a is.
    pub(super) fn tail_index(&self) -> f64 {
        let centre = self.quantile(0.5);
        let count = (self.sorted.len() as f64).sqrt() as usize;
        let mut far: Vec<f64> = self.sorted.iter().map(|v| (v - centre).abs()).collect();
        if count < 2 || count >= far.len() {
            return f64::INFINITY;
        }
        let at = far.len() - count - 1;
        let (_, threshold, beyond) = far.select_nth_unstable_by(at, f64::total_cmp);
        let threshold = *threshold;
        beyond.iter().map(|x| (x / threshold).ln()).sum::<f64>().recip() * count as f64
    }

    /// Mean and variance.
    ///
    /// A power tail without a fourth moment hides part of the second in samples too rare to have been seen:
    /// their expected share beyond the largest sample is added to the standard error. Where the measured
    /// tail has no second moment at all, the variance is absent.
    pub(super) fn moments(&self) -> (Quantity, Quantity) {
        let count = self.sorted.len() as f64;
        let mean = self.sorted.iter().sum::<f64>() / count;
        let variance = self.sorted.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
        let group_mean = |g: &&[f64]| g.iter().sum::<f64>() / g.len() as f64;
        let group_square = |g: &&[f64]| g.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / g.len() as f64;
        let (_, mut mean_error) = mean_and_error(&self.groups.iter().map(group_mean).collect::<Vec<_>>());
        let (_, mut error) = mean_and_error(&self.groups.iter().map(group_square).collect::<Vec<_>>());
        // The sample mean follows the samples; what that takes from the variance is known.
        let variance = variance + mean_error * mean_error;
        let index = self.tail_index();
        if index <= 1.05 || !mean.is_finite() {
            return (Quantity::Absent, Quantity::Absent);
        }
        if index < FOURTH {
            let largest = (self.sorted[self.sorted.len() - 1] - mean).abs().max((self.sorted[0] - mean).abs());
            mean_error += largest / count * index / (index - 1.0);
            error += largest * largest / count * index / (index - SECOND).max(0.1);
        }
        let mean = Quantity::Finite(Estimate::sampled(mean, mean_error));
        if index < SECOND {
            return (mean, Quantity::Absent);
        }
        (mean, Quantity::Finite(Estimate::sampled(variance, error)))
    }
}

#[cfg(test)]
pub(in crate::sgd) mod tests {
    use super::*;
    use crate::sgd::random::{LANES, Streams};

    /// x' = rho x + sqrt(1 - rho^2) N(0, 1): standard normal, integrated time (1 + rho) / (1 - rho).
    pub(in crate::sgd) fn autoregression(
        rho: f64,
        chains: usize,
        records: usize,
        seed: u64,
        offset: f64,
    ) -> Vec<Vec<f64>> {
        let mut all = Vec::new();
        for block in 0..chains.div_ceil(LANES) {
            let mut streams = Streams::new(seed, (block * LANES) as u64);
            let mut normals = vec![[0.0; LANES]; records + 1];
            streams.normals(&mut normals);
            for lane in 0..LANES {
                let mut x = normals[records][lane] + offset;
                let step = |row: &[f64; LANES]| {
                    x = rho * x + (1.0 - rho * rho).sqrt() * row[lane];
                    x
                };
                all.push(normals[..records].iter().map(step).collect());
            }
        }
        all.truncate(chains);
        all
    }

    /// Over many repetitions, (estimate - truth) / standard error must be standard normal.
    fn coverage(chains: usize, records: usize, rho: f64) {
        let truths = [0.0, 1.0, -2.326_347_874_040_841, -0.674_489_750_196_081_7, 1.644_853_626_951_472_7];
        let repetitions = 400;
        let mut square = [0.0; 5];
        let mut sum = [0.0; 5];
        for seed in 0..repetitions {
            let data = autoregression(rho, chains, records, 1000 + seed, 0.0);
            let views: Vec<&[f64]> = data.iter().map(Vec::as_slice).collect();
            let pool = Pool::new(&views, (1.0 + rho) / (1.0 - rho));
            let (mean, variance) = pool.moments();
            let quantiles = [0.01, 0.25, 0.95].map(|q| pool.quantile_estimate(q));
            let found = [mean.finite().unwrap(), variance.finite().unwrap()].into_iter().chain(quantiles);
            for (i, (estimate, truth)) in found.zip(truths).enumerate() {
                let z = (estimate.value - truth) / estimate.error();
                sum[i] += z;
                square[i] += z * z;
            }
        }
        for i in 0..5 {
            let (mean, square) = (sum[i] / repetitions as f64, square[i] / repetitions as f64);
            assert!(mean.abs() < 0.3, "statistic {i}: bias {mean} standard errors");
            // One standard deviation of a mean of 400 squares is 0.07.
            assert!((0.7..1.35).contains(&square), "statistic {i}: mean square {square}, should be 1");
        }
    }

    #[test]
    fn standard_errors_cover_with_many_chains() {
        coverage(64, 200, 0.8);
    }

    #[test]
    fn standard_errors_cover_with_few_chains() {
        coverage(4, 4000, 0.8);
    }

    #[test]
    fn quantiles_of_known_samples() {
        let data: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let pool = Pool::new(&[&data], 1.0);
        assert_eq!(pool.quantile(0.5), 50.5);
        assert_eq!(pool.quantile(0.0), 1.0);
        assert_eq!(pool.quantile(1.0), 100.0);
    }

    #[test]
    fn tail_index_of_a_power_law_and_the_variance_it_hides() {
        // P(v > x) = x^-a exactly, at the midpoints of equal probabilities.
        for (index, n) in [(1.5, 200_000), (2.5, 200_000), (6.0, 200_000)] {
            let data: Vec<f64> = (0..n).map(|i| ((f64::from(i) + 0.5) / f64::from(n)).powf(-1.0 / index)).collect();
            let pool = Pool::new(&[&data], 1.0);
            let found = pool.tail_index();
            assert!((0.6..1.05).contains(&(found / index)), "index {index} found {found}");
            assert!(index > 3.0 || found > 0.85 * index, "index {index} found {found}");
            let (_, variance) = pool.moments();
            match variance {
                Quantity::Finite(v) if index > 2.0 => {
                    let truth = index / ((index - 1.0) * (index - 1.0) * (index - 2.0));
                    assert!((v.value - truth).abs() < 2.0 * v.error(), "index {index}: {v:?}, exactly {truth}");
                }
                Quantity::Absent => assert!(index < 2.0),
                other => panic!("index {index}: {other:?}"),
            }
        }
    }
}
