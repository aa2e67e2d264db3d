//! Points that SGD never leaves: every sample's gradient vanishes there. Do they attract?
//!
//! Near such a point d delta = -(H + 2 gamma) delta dt with a Hessian H drawn anew for every sample, so
//! ln |delta| grows at the rate q(e) = e.A e + (tr B(e) - 2 e.B(e) e)/2 with A = -(E H + 2 gamma), B(e) = T Cov(H e),
//! averaged over the directions e = delta/|delta| that the motion takes. Where the Hessians of all samples commute, the
//! rates of their common eigenvectors are exact, and the largest decides.

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

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
    /// Bounds of the growth rate of ln of the distance from it; both are the same where it is known exactly. Positive
    /// repels \[1 / time\].
    pub growth: [f64; 2],
}

/// Bounds of the growth rate, from the derivatives of all samples at the point and their weights.
pub(super) fn growth<const N: usize>(values: &[f64], weights: &[f64], temperature: f64, decay: f64) -> [f64; 2] {
    let total: f64 = weights.iter().sum();
    let hessians: Vec<([[f64; N]; N], f64)> = values
        .chunks_exact(derivatives(N))
        .zip(weights)
        .map(|(row, w)| (std::array::from_fn(|i| std::array::from_fn(|j| row[second(N, i, j)])), w / total))
        .collect();
    if let Some(basis) = common_basis(&hessians) {
        let rates: Vec<f64> = basis.iter().map(|e| rate(&hessians, e, temperature) - 2.0 * decay).collect();
        let largest = rates.into_iter().fold(f64::NEG_INFINITY, f64::max);
        return [largest; 2];
    }
    directions::<N>()
        .iter()
        .map(|e| rate(&hessians, e, temperature) - 2.0 * decay)
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], q| [low.min(q), high.max(q)])
}

/// q(e) without decay.
fn rate<const N: usize>(hessians: &[([[f64; N]; N], f64)], e: &[f64; N], temperature: f64) -> f64 {
    let pulled = |h: &[[f64; N]; N]| -> [f64; N] { std::array::from_fn(|i| (0..N).map(|j| h[i][j] * e[j]).sum()) };
    let mut mean = [0.0; N];
    for (h, w) in hessians {
        let he = pulled(h);
        (0..N).for_each(|i| mean[i] += w * he[i]);
    }
    let along = |v: &[f64; N]| -> f64 { (0..N).map(|i| v[i] * e[i]).sum() };
    let mut spread = 0.0;
    for (h, w) in hessians {
        let he = pulled(h);
        let off: [f64; N] = std::array::from_fn(|i| he[i] - mean[i]);
        let square: f64 = off.iter().map(|x| x * x).sum();
        spread += w * (square - 2.0 * along(&off).powi(2));
    }
    -along(&mean) + 0.5 * temperature * spread
}

/// The eigenvectors that the Hessians of all samples share, if they do.
fn common_basis<const N: usize>(hessians: &[([[f64; N]; N], f64)]) -> Option<Vec<[f64; N]>> {
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
    (off <= COMMUTING * COMMUTING * size).then_some(basis)
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

    #[test]
    fn commuting_hessians_give_geometric_brownian_motions() {
        // H = -2 s [[0, 1], [1, 0]] with s = 3 or -1, equally likely: p = u + w has the rate 2 E s - 2 T Var s,
        // u - w has -2 E s - 2 T Var s. In one dimension d ln x = -h - T Var h / 2.
        let values = [0.0, 0.0, 0.0, -6.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0];
        let [low, high] = growth::<2>(&values, &[1.0, 1.0], 0.1, 0.05);
        assert!((low - (2.0 - 0.8 - 0.1)).abs() < 1e-14 && low == high, "{low} {high}");
        let [low, high] = growth::<1>(&[0.0, 3.0, 0.0, 1.0], &[1.0, 1.0], 0.4, 0.0);
        assert!((low + 2.0 + 0.2).abs() < 1e-14 && low == high);
    }

    #[test]
    fn other_hessians_bound_the_rate() {
        // Rotating stretches: E H = 0, so all rates are of second order in H and between -T Var/2 and T Var/2.
        let values =
            [0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0];
        let [low, high] = growth::<2>(&values, &[1.0; 4], 0.2, 0.0);
        assert!(low < high && (low..=high).contains(&0.0) && high <= 0.1 + 1e-12, "{low} {high}");
    }
}
