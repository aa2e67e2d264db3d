//! A histogram whose bins follow the samples: usable on linear and logarithmic axes alike.

use super::statistics::{Pool, mean_and_error};
use crate::record::Histogram;

/// Bins.
const BINS: usize = 60;
/// ln(p / (1 - p)) at the outermost edges.
const REACH: f64 = 7.5;
/// Samples a bin must be expected to hold.
const FEWEST: f64 = 20.0;

/// Bin edges at sample quantiles, spaced equally in the logit of their probability, so that bulk and tails
/// both get bins; standard errors from the groups of the pool.
pub(super) fn histogram(pool: &Pool<'_>) -> Histogram {
    let count = pool.sorted.len() as f64;
    let logit = |i: usize| REACH * (2.0 * i as f64 / BINS as f64 - 1.0);
    let mut edges: Vec<f64> = Vec::with_capacity(BINS + 1);
    let mut last = f64::NEG_INFINITY;
    for p in (0..=BINS).map(|i| 1.0 / (1.0 + (-logit(i)).exp())) {
        let edge = pool.quantile(p);
        // Bins that hold too little, or that a heap of equal values leaves without width, are merged.
        let enough = (p - last) * count >= FEWEST && p.min(1.0 - p) * count >= FEWEST;
        if enough && edges.last().is_none_or(|&before| edge - before > 1e-12 * edge.abs().max(before.abs())) {
            edges.push(edge);
            last = p;
        }
    }
    if edges.len() < 2 {
        return Histogram::default();
    }
    let shares: Vec<Vec<f64>> = pool.groups.iter().map(|group| group_shares(group, &edges)).collect();
    let bins = edges.len() - 1;
    let (mut density, mut error) = (Vec::with_capacity(bins), Vec::with_capacity(bins));
    for bin in 0..bins {
        let share: Vec<f64> = shares.iter().map(|share| share[bin]).collect();
        let (mean, spread) = mean_and_error(&share);
        let width = edges[bin + 1] - edges[bin];
        density.push(mean / width);
        error.push(spread / width);
    }
    Histogram { edges, density, error }
}

/// Share of a group's samples in each bin (lower edge left out, upper edge taken in).
fn group_shares(group: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; edges.len() - 1];
    for value in group {
        let at = edges.partition_point(|edge| edge < value);
        if at >= 1 && at < edges.len() {
            shares[at - 1] += 1.0 / group.len() as f64;
        }
    }
    shares
}
