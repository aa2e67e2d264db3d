//! Moments of several inputs and a target, and the covariance of the per-sample gradient made of them.

use super::{ModelError, Moments};

/// Most features a lattice can hold.
pub(super) const MOST: usize = 3;
/// A scaled matrix with a smallest eigenvalue below this many roundings is singular.
const ROUNDINGS: f64 = 16.0;

/// Moments of inputs x and a target y: A = E\[x x^T\], b = E\[y x\], and the covariance of the gradient
/// K(v) = Cov\[(v.x - y) x\], a quadratic polynomial in v.
///
/// K is kept about a `centre` close to the minimum of the loss, so that a small noise does not drown in the
/// cancellation of large coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMoments {
    /// A
    pub second: Vec<Vec<f64>>,
    /// b
    pub cross: Vec<f64>,
    /// About which point K is expanded; A v - b = A (v - centre) - remainder.
    pub centre: Vec<f64>,
    /// b - A centre, a rounding unless features were removed.
    pub remainder: Vec<f64>,
    /// With u = v - centre,
    /// K_ij(v) = sum_kl quartic\[i\]\[j\]\[k\]\[l\] u_k u_l - sum_k cubic\[i\]\[j\]\[k\] u_k + constant\[i\]\[j\];
    /// symmetric in i, j and in k, l.
    pub quartic: Vec<Vec<Vec<Vec<f64>>>>,
    /// See `quartic`.
    pub cubic: Vec<Vec<Vec<f64>>>,
    /// See `quartic`.
    pub constant: Vec<Vec<f64>>,
}

/// An n x n x n table.
pub(super) fn cube(n: usize, f: impl Fn(usize, usize, usize) -> f64) -> Vec<Vec<Vec<f64>>> {
    (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| f(i, j, k)).collect()).collect()).collect()
}

/// An n x n x n x n table.
pub(super) fn fourfold(n: usize, f: impl Fn(usize, usize, usize, usize) -> f64) -> Vec<Vec<Vec<Vec<f64>>>> {
    (0..n).map(|i| cube(n, |j, k, l| f(i, j, k, l))).collect()
}

/// An n x n table.
pub(super) fn square(n: usize, f: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| f(i, j)).collect()).collect()
}

/// Magnitudes whose products stay representable.
fn ordinary(value: f64) -> bool {
    value.is_finite() && value.abs() <= 1e50 && (value == 0.0 || value.abs() >= 1e-50)
}

/// One to three features.
pub(super) fn check_count(name: &'static str, count: usize) -> Result<(), ModelError> {
    if (1..=MOST).contains(&count) {
        return Ok(());
    }
    Err(ModelError::Shape { name, found: format!("{count} features"), accepted: "one to three features" })
}

/// Smallest eigenvalue of a symmetric matrix scaled to unit diagonal (which must be positive).
pub(super) fn smallest_eigenvalue(matrix: &[Vec<f64>]) -> f64 {
    let n = matrix.len();
    let scaled = faer::Mat::from_fn(n, n, |i, j| matrix[i][j] / (matrix[i][i].sqrt() * matrix[j][j].sqrt()));
    // No eigenvalues are found for entries that are no numbers only.
    let found = scaled.self_adjoint_eigenvalues(faer::Side::Lower).unwrap_or_default();
    found.first().copied().unwrap_or(f64::NAN)
}

/// Checks that a matrix is a covariance of full rank.
pub(super) fn check_definite(name: &'static str, matrix: &[Vec<f64>]) -> Result<(), ModelError> {
    let n = matrix.len();
    for (i, row) in matrix.iter().enumerate() {
        for (j, &value) in row.iter().enumerate() {
            let accepted = if i == j { "a finite number > 0" } else { "a finite number" };
            if !ordinary(value) || (i == j && value <= 0.0) {
                return Err(ModelError::Entry { name, at: vec![i + 1, j + 1], value, accepted });
            }
            let mirrored = matrix[j][i];
            if value != mirrored {
                return Err(ModelError::Asymmetric { name, row: i + 1, column: j + 1, value, mirrored });
            }
        }
    }
    let eigenvalue = smallest_eigenvalue(matrix);
    if eigenvalue > ROUNDINGS * f64::EPSILON * n as f64 {
        return Ok(());
    }
    Err(ModelError::Indefinite { name, eigenvalue })
}

/// Solution of A x = b for a positive definite A.
pub(super) fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    use faer::linalg::solvers::Solve;
    let n = right.len();
    let scale: Vec<f64> = (0..n).map(|i| matrix[i][i].sqrt()).collect();
    let scaled = faer::Mat::from_fn(n, n, |i, j| matrix[i][j] / (scale[i] * scale[j]));
    let right = faer::Mat::from_fn(n, 1, |i, _| right[i] / scale[i]);
    let found = scaled.full_piv_lu().solve(&right);
    (0..n).map(|i| found[(i, 0)] / scale[i]).collect()
}

impl FeatureMoments {
    /// Inputs x ~ N(0, `covariance`) and targets y = `weights` . x + N(0, `noise`^2):
    /// K = (u^T A u + noise^2) A + (A u)(A u)^T with u = v - weights (Isserlis).
    ///
    /// # Errors
    /// [`ModelError`]: wrong shapes, not symmetric, not positive definite, noise < 0, and noise = 0, where SGD
    /// comes to rest at the teacher.
    pub fn gaussian(covariance: &[Vec<f64>], weights: &[f64], noise: f64) -> Result<Self, ModelError> {
        let n = covariance.len();
        check_count("covariance", n)?;
        if let Some(row) = covariance.iter().find(|row| row.len() != n) {
            let found = format!("{n} rows, one of {} numbers", row.len());
            return Err(ModelError::Shape { name: "covariance", found, accepted: "as many columns as rows" });
        }
        if weights.len() != n {
            let found = format!("{} numbers for {n} features", weights.len());
            return Err(ModelError::Shape { name: "weights", found, accepted: "one number per feature" });
        }
        check_definite("covariance", covariance)?;
        if let Some(i) = weights.iter().position(|w| !ordinary(*w)) {
            let accepted = "a finite number";
            return Err(ModelError::Entry { name: "weights", at: vec![i + 1], value: weights[i], accepted });
        }
        if !(ordinary(noise) && noise >= 0.0) {
            return Err(ModelError::moment("noise", noise, "a finite number >= 0"));
        }
        if noise == 0.0 {
            let cause = "without noise in the targets all gradients vanish at v = weights, and the law is a point mass";
            return Err(ModelError::Degenerate { name: "noise", cause: cause.to_owned(), accepted: "noise > 0" });
        }
        let a = covariance;
        Ok(Self {
            second: a.to_vec(),
            cross: (0..n).map(|i| (0..n).map(|j| a[i][j] * weights[j]).sum()).collect(),
            centre: weights.to_vec(),
            remainder: vec![0.0; n],
            quartic: fourfold(n, |i, j, k, l| a[i][j] * a[k][l] + 0.5 * (a[i][k] * a[j][l] + a[i][l] * a[j][k])),
            cubic: cube(n, |_, _, _| 0.0),
            constant: square(n, |i, j| noise * noise * a[i][j]),
        })
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.cross.len()
    }

    /// A v - b, half the gradient of the loss.
    pub fn h(&self, v: &[f64]) -> Vec<f64> {
        let offset = |j: usize| v[j] - self.centre[j];
        let n = self.features();
        (0..n).map(|i| (0..n).map(|j| self.second[i][j] * offset(j)).sum::<f64>() - self.remainder[i]).collect()
    }

    /// K_ij(v).
    pub fn k(&self, i: usize, j: usize, v: &[f64]) -> f64 {
        let n = self.features();
        let offset = |j: usize| v[j] - self.centre[j];
        let along = |k: usize| (0..n).map(|l| self.quartic[i][j][k][l] * offset(l)).sum::<f64>() - self.cubic[i][j][k];
        (0..n).map(|k| along(k) * offset(k)).sum::<f64>() + self.constant[i][j]
    }

    /// The signs of the weights that minimise the loss, + for a weight of zero.
    pub fn natural_signs(&self) -> Vec<f64> {
        let sign = |w: f64| if w < 0.0 { -1.0 } else { 1.0 };
        if self.remainder.iter().all(|r| *r == 0.0) {
            return self.centre.iter().copied().map(sign).collect();
        }
        solve(&self.second, &self.cross).into_iter().map(sign).collect()
    }

    /// The moments seen by the other features when v_`feature` = 0.
    pub(super) fn without(&self, feature: usize) -> Self {
        let kept: Vec<usize> = (0..self.features()).filter(|&i| i != feature).collect();
        let (n, gone) = (kept.len(), -self.centre[feature]);
        let of = |i: usize| kept[i];
        Self {
            second: square(n, |i, j| self.second[of(i)][of(j)]),
            cross: (0..n).map(|i| self.cross[of(i)]).collect(),
            centre: (0..n).map(|i| self.centre[of(i)]).collect(),
            remainder: (0..n).map(|i| self.remainder[of(i)] - self.second[of(i)][feature] * gone).collect(),
            quartic: fourfold(n, |i, j, k, l| self.quartic[of(i)][of(j)][of(k)][of(l)]),
            cubic: cube(n, |i, j, k| {
                self.cubic[of(i)][of(j)][of(k)] - 2.0 * self.quartic[of(i)][of(j)][of(k)][feature] * gone
            }),
            constant: square(n, |i, j| {
                let along = self.quartic[of(i)][of(j)][feature][feature] * gone - self.cubic[of(i)][of(j)][feature];
                along * gone + self.constant[of(i)][of(j)]
            }),
        }
    }

    /// The five moments of a single feature.
    ///
    /// # Errors
    /// [`ModelError`] when they are not representable; [`ModelError::Shape`] for several features.
    pub fn single(&self) -> Result<Moments, ModelError> {
        if self.features() != 1 {
            let found = format!("{} features", self.features());
            return Err(ModelError::Shape { name: "data", found, accepted: "one feature" });
        }
        // K = a1 u^2 - c u + k0 with u = v - w, written out in v.
        let (w, a1, c, k0) = (self.centre[0], self.quartic[0][0][0][0], self.cubic[0][0][0], self.constant[0][0]);
        let alpha3 = (a1 * w + c) * w + k0;
        let discriminant = (a1 * k0 - 0.25 * c * c).max(0.0);
        Moments::with_discriminant(a1, a1 * w + 0.5 * c, alpha3, self.second[0][0], self.cross[0], discriminant)
    }
}
