//! Masses on nodes, and expectations under them.

/// A law as masses on the nodes of a quadrature rule: exact for what the rule integrates exactly.
#[derive(Debug, Clone)]
pub struct Measure<const N: usize> {
    /// Nodes, in chart coordinates.
    pub nodes: Vec<[f64; N]>,
    /// Their quadrature weight times density; they add up to 1 and may be negative where the law is negligible.
    pub masses: Vec<f64>,
    /// A place where the law is: sums about it have rounding errors relative to the width of the law.
    origin: [f64; N],
}

impl<const N: usize> Measure<N> {
    pub(super) fn new(nodes: Vec<[f64; N]>, masses: Vec<f64>, origin: [f64; N]) -> Self {
        Self { nodes, masses, origin }
    }

    /// E\[f(z)\].
    pub fn expectation(&self, f: impl Fn(&[f64; N]) -> f64) -> f64 {
        self.nodes.iter().zip(&self.masses).map(|(z, m)| m * f(z)).sum()
    }

    /// E\[z\].
    pub fn mean(&self) -> [f64; N] {
        std::array::from_fn(|i| self.origin[i] + self.expectation(|z| z[i] - self.origin[i]))
    }

    /// Cov\[z\].
    pub fn covariance(&self) -> [[f64; N]; N] {
        let mean = self.mean();
        std::array::from_fn(|i| std::array::from_fn(|j| self.expectation(|z| (z[i] - mean[i]) * (z[j] - mean[j]))))
    }

    /// The largest difference of means and covariances to those of another law, in units of its standard deviations; infinite where
    /// it has none, because a variance is below zero.
    pub fn apart(&self, other: &Self) -> f64 {
        let (m, c) = ([self.mean(), other.mean()], [self.covariance(), other.covariance()]);
        let sd: [f64; N] = std::array::from_fn(|i| c[1][i][i].sqrt());
        let means = (0..N).map(|i| (m[0][i] - m[1][i]).abs() / sd[i]);
        let pairs = (0..N).flat_map(|i| (0..N).map(move |j| (i, j)));
        let covariances = pairs.map(|(i, j)| (c[0][i][j] - c[1][i][j]).abs() / (sd[i] * sd[j]));
        let worst = |most: f64, part: f64| if part.is_finite() { most.max(part) } else { f64::INFINITY };
        means.chain(covariances).fold(0.0, worst)
    }
}
