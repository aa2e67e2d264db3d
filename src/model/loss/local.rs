//! Mean and covariance of the gradient at one point of parameter space, and the divergence of the covariance.

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

/// First and second derivatives of a loss of three parameters.
pub(super) const MOST: usize = 9;

/// g = grad l and its law over the samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local<const N: usize> {
    /// E\[g\]
    pub(super) mean: [f64; N],
    /// Cov\[g\]
    pub(super) covariance: [[f64; N]; N],
    /// sum_j d_j Cov\[g_i, g_j\] = sum_j Cov\[h_ij, g_j\] + Cov\[g_i, h_jj\], and the size of its terms.
    pub(super) slope: [f64; N],
    pub(super) slope_size: [f64; N],
    /// Relative error of all of these that the rule of the average is held to leave.
    pub(super) error: f64,
}

/// Derivatives per sample: the gradient, then the second derivatives h_ij, i <= j, row by row.
pub(super) const fn derivatives(n: usize) -> usize {
    n + n * (n + 1) / 2
}

/// Place of h_ij among them.
pub(super) const fn second(n: usize, i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (i, j) } else { (j, i) };
    n + i * n - i * (i + 1) / 2 + j
}

impl<const N: usize> Local<N> {
    /// The average over samples, one row of `values` each. Two passes: nothing cancels where the mean is large.
    pub(super) fn average(values: &[f64], weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let m = derivatives(N);
        let mut mean = [0.0; MOST];
        for (row, w) in values.chunks_exact(m).zip(weights) {
            for k in 0..m {
                mean[k] += w * row[k];
            }
        }
        let mean = mean.map(|sum| sum / total);
        let mut local = Self {
            mean: std::array::from_fn(|i| mean[i]),
            covariance: [[0.0; N]; N],
            slope: [0.0; N],
            slope_size: [0.0; N],
            error: 0.0,
        };
        for (row, w) in values.chunks_exact(m).zip(weights) {
            local.add(w / total, |k| row[k] - mean[k]);
        }
        for i in 0..N {
            for j in 0..i {
                local.covariance[j][i] = local.covariance[i][j];
            }
        }
        local
    }

    /// One sample, by the deviations from the means.
    #[inline(always)]
    fn add(&mut self, w: f64, off: impl Fn(usize) -> f64) {
        let trace: f64 = (0..N).map(|j| off(second(N, j, j))).sum();
        for i in 0..N {
            let pulled = w * off(i);
            for j in 0..=i {
                self.covariance[i][j] += pulled * off(j);
            }
            let own = pulled * trace;
            let other: f64 = w * (0..N).map(|j| off(second(N, i, j)) * off(j)).sum::<f64>();
            self.slope[i] += own + other;
            self.slope_size[i] += own.abs() + other.abs();
        }
    }

    /// Largest difference from another average of the same, relative to the size of what is averaged.
    pub(super) fn difference(&self, other: &Self) -> f64 {
        let mut worst = 0.0_f64;
        let size = |i: usize| self.mean[i].hypot(self.covariance[i][i].max(0.0).sqrt());
        let mut see = |difference: f64, size: f64| {
            // What is zero to the last digit in both is equal; what is no number differs from everything.
            if difference != 0.0 {
                let relative = difference.abs() / size.max(f64::MIN_POSITIVE);
                worst = if relative.is_nan() { f64::INFINITY } else { worst.max(relative) };
            }
        };
        for i in 0..N {
            see(self.mean[i] - other.mean[i], size(i));
            see(self.slope[i] - other.slope[i], self.slope_size[i]);
            for j in 0..=i {
                see(self.covariance[i][j] - other.covariance[i][j], size(i) * size(j));
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_derivative_has_its_place() {
        for n in 1..=3 {
            let all = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
            let places: Vec<usize> = all.map(|(i, j)| second(n, i, j)).collect();
            assert_eq!(places, (n..derivatives(n)).collect::<Vec<_>>());
            assert_eq!(second(n, n - 1, 0), second(n, 0, n - 1));
        }
        assert_eq!(derivatives(3), MOST);
    }
}
