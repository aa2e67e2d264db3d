//! Points that SGD never leaves: every sample's gradient vanishes there. Do they attract?
//!
//! Near such a point d delta = -(H + 2 gamma) delta dt with a Hessian H drawn anew for every sample, so
//! ln |delta| grows at the rate q(e) = e.A e + (tr B(e) - 2 e.B(e) e)/2 with A = -(E H + 2 gamma), B(e) = T Cov(H e),
//! averaged over the directions e = delta/|delta| that the motion takes. Where the Hessians of all samples commute, the
//! rates of their common eigenvectors are exact, and the largest decides.

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

use super::averages::Samples;
use super::local::{derivatives, second};

/// Off-diagonal parts of Hessians below this share of their size are rounding.
const COMMUTING: f64 = 1e-11;

/// A point without noise and drift.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedPoint {
    /// E.g. `u = w = 0`.
    pub name: String,
    /// The point.
    pub at: Vec<f64>,
    /// Bounds of the growth rate of ln of the distance from it; both are the same where one direction decides. Positive
    /// repels \[1 / time\].
    pub growth: [f64; 2],
    /// By how much both may be off.
    pub error: f64,
}

impl FixedPoint {
    /// Whether the distance shrinks for sure.
    pub fn attracts(&self) -> bool {
        self.growth[1] + self.error < 0.0
    }

    /// Whether the distance grows for sure.
    pub fn repels(&self) -> bool {
        self.growth[0] - self.error > 0.0
    }
}

type Hessian<const N: usize> = ([[f64; N]; N], f64);

/// A rate, and the sum of the magnitudes of its terms.
#[derive(Debug, Clone, Copy)]
struct Rate {
    value: f64,
    size: f64,
}

/// Bounds of the growth rate and their error, from the derivatives of all samples at the point. Averages are known to
/// the share `relative`, and no better than a rule and one twice as coarse agree.
pub(super) fn growth<const N: usize>(
    samples: &Samples,
    temperature: f64,
    decay: f64,
    relative: f64,
) -> ([f64; 2], f64) {
    let rule = |count: usize| {
        let values = samples.values.chunks_exact(derivatives(N)).zip(&samples.weights).take(count);
        let total: f64 = samples.weights[..count].iter().sum();
        let matrix = |row: &[f64]| std::array::from_fn(|i| std::array::from_fn(|j| row[second(N, i, j)]));
        values.map(|(row, w)| (matrix(row), w / total)).collect::<Vec<Hessian<N>>>()
    };
    let count = samples.weights.len();
    let hessians = rule(count);
    let common = common_basis(&hessians);
    let (directions, turned) = common.clone().unwrap_or_else(|| (directions::<N>(), 0.0));
    let bounds = |hessians: &[Hessian<N>]| {
        let rates: Vec<Rate> = directions.iter().map(|e| rate(hessians, e, temperature)).collect();
        let least = rates.iter().map(|r| r.value - 2.0 * decay).fold(f64::INFINITY, f64::min);
        let most = rates.iter().map(|r| r.value - 2.0 * decay).fold(f64::NEG_INFINITY, f64::max);
        let size = rates.iter().map(|r| r.size + 2.0 * decay).fold(0.0, f64::max);
        ([if common.is_some() { most } else { least }, most], size)
    };
    let (found, size) = bounds(&hessians);
    let mut error = size * (relative + turned + f64::EPSILON * (count.min(16) + N) as f64);
    if samples.rough < count {
        let (rough, _) = bounds(&rule(samples.rough));
        error += (found[0] - rough[0]).abs().max((found[1] - rough[1]).abs());
    }
    (found, if error.is_nan() { f64::INFINITY } else { error })
}

/// q(e) without decay.
fn rate<const N: usize>(hessians: &[Hessian<N>], e: &[f64; N], temperature: f64) -> Rate {
    let pulled = |h: &[[f64; N]; N]| -> [f64; N] { std::array::from_fn(|i| (0..N).map(|j| h[i][j] * e[j]).sum()) };
    let along = |v: &[f64; N]| -> f64 { (0..N).map(|i| v[i] * e[i]).sum() };
    let (mut mean, mut size) = ([0.0; N], 0.0);
    for (h, w) in hessians {
        let he = pulled(h);
        (0..N).for_each(|i| mean[i] += w * he[i]);
        size += w * along(&he).abs();
    }
    let mut spread = 0.0;
    for (h, w) in hessians {
        let he = pulled(h);
        let off: [f64; N] = std::array::from_fn(|i| he[i] - mean[i]);
        let square: f64 = off.iter().map(|x| x * x).sum();
        let own = 2.0 * along(&off).powi(2);
        spread += w * (square - own);
        size += 0.5 * temperature * w * (square + own);
    }
    Rate { value: -along(&mean) + 0.5 * temperature * spread, size }
}

/// The eigenvectors that the Hessians of all samples share, if they do, and by what share of their size they miss it.
fn common_basis<const N: usize>(hessians: &[Hessian<N>]) -> Option<(Vec<[f64; N]>, f64)> {
    // A combination of all of them has no accidental degeneracy.
    let mut mixed = [[0.0; N]; N];
    let mut share = 0.37;
    for (h, w) in hessians {
        share = (share + 0.618_033_988_749_895) % 1.0;
        for i in 0..N {
            (0..N).for_each(|j| mixed[i][j] += w * (share - 0.31) * h[i][j]);
        }
    }
    let eigen = faer::Mat::from_fn(N, N, |i, j| mixed[i][j]).self_adjoint_eigen(faer::Side::Lower).ok()?;
    let basis: Vec<[f64; N]> = (0..N).map(|k| std::array::from_fn(|i| eigen.U()[(i, k)])).collect();
    let (mut off, mut size) = (0.0, 0.0);
    for (h, w) in hessians {
        for (k, e) in basis.iter().enumerate() {
            for f in &basis[..=k] {
                let entry: f64 = (0..N).map(|i| (0..N).map(|j| e[i] * h[i][j] * f[j]).sum::<f64>()).sum();
                if e == f { size += w * entry * entry } else { off += w * entry * entry }
            }
        }
    }
    let missed = if off > 0.0 { (off / size).sqrt() } else { 0.0 };
    (missed <= COMMUTING).then_some((basis, missed))
}

/// Directions all around, opposite ones once.
fn directions<const N: usize>() -> Vec<[f64; N]> {
    const COUNT: usize = 2000;
    let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    let one = |k: usize| -> [f64; N] {
        let share = (k as f64 + 0.5) / COUNT as f64;
        let angle = if N == 2 { share * std::f64::consts::PI } else { golden * k as f64 };
        let height = if N == 2 { 0.0 } else { share };
        let around = (1.0 - height * height).sqrt();
        std::array::from_fn(|i| [around * angle.cos(), around * angle.sin(), height][i.min(2)])
    };
    (0..COUNT).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64], count: usize) -> Samples {
        Samples { values: values.to_vec(), weights: vec![1.0; count], rough: count }
    }

    #[test]
    fn rates_that_cannot_be_told_from_zero_neither_repel_nor_attract() {
        let point = |rate: f64| FixedPoint { name: String::new(), at: vec![0.0], growth: [rate; 2], error: 1e-9 };
        assert!(point(2e-9).repels() && point(-2e-9).attracts());
        for rate in [0.0, 9e-10, -9e-10] {
            assert!(!point(rate).repels() && !point(rate).attracts(), "{rate:e}");
        }
    }

    #[test]
    fn commuting_hessians_give_geometric_brownian_motions() {
        // H = -2 s [[0, 1], [1, 0]] with s = 3 or -1, equally likely: p = u + w has the rate 2 E s - 2 T Var s,
        // u - w has -2 E s - 2 T Var s. In one dimension d ln x = -h - T Var h / 2.
        let two = samples(&[0.0, 0.0, 0.0, -6.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0], 2);
        let ([low, high], error) = growth::<2>(&two, 0.1, 0.05, 0.0);
        assert!((low - (2.0 - 0.8 - 0.1)).abs() <= error && error < 1e-13 && low == high, "{low} {high} +- {error:e}");
        let ([low, high], error) = growth::<1>(&samples(&[0.0, 3.0, 0.0, 1.0], 2), 0.4, 0.0, 0.0);
        assert!((low + 2.0 + 0.2).abs() <= error && error < 1e-13 && low == high, "{low} {high} +- {error:e}");
        let (_, known) = growth::<1>(&samples(&[0.0, 3.0, 0.0, 1.0], 2), 0.4, 0.0, 1e-6);
        assert!(known > 1e-6, "{known:e}");
    }

    #[test]
    fn other_hessians_bound_the_rate() {
        // Rotating stretches: E H = 0, so all rates are of second order in H and between -T Var/2 and T Var/2.
        let values =
            [0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0];
        let ([low, high], _) = growth::<2>(&samples(&values, 4), 0.2, 0.0, 0.0);
        assert!(low < high && (low..=high).contains(&0.0) && high <= 0.1 + 1e-12, "{low} {high}");
    }
}
