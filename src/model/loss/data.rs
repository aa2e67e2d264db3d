//! What the per-sample loss is averaged over.

use crate::model::ModelError;

/// Most inputs a loss may have.
const MOST: usize = 3;

/// The law of a sample (x, y).
#[derive(Debug, Clone, PartialEq)]
pub enum LossData {
    /// x ~ N(0, covariance), y = weights . x + N(0, noise^2).
    Gaussian {
        /// Cov\[x\]
        covariance: Vec<Vec<f64>>,
        /// Regression weights.
        weights: Vec<f64>,
        /// Standard deviation of the noise.
        noise: f64,
    },
    /// Rows drawn with replacement from a data set.
    Rows {
        /// Inputs, `[row][input]`.
        x: Vec<Vec<f64>>,
        /// Targets.
        y: Vec<f64>,
    },
}

impl LossData {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Gaussian { weights, .. } => weights.len(),
            Self::Rows { x, .. } => x.first().map_or(0, Vec::len),
        }
    }

    /// Checks sizes and values.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let n = self.inputs();
        let shape = |found: String, accepted| Err(ModelError::Shape { name: "data", found, accepted });
        if !(1..=MOST).contains(&n) {
            return shape(format!("{n} inputs"), "one to three inputs");
        }
        match self {
            Self::Gaussian { covariance, weights, noise } => {
                if covariance.len() != n || covariance.iter().any(|row| row.len() != n) {
                    return shape(format!("{} rows", covariance.len()), "a square matrix, a row per weight");
                }
                let all = covariance.iter().flatten().chain(weights).chain([noise]);
                if all.clone().any(|v| !v.is_finite()) || *noise < 0.0 {
                    return Err(ModelError::Parameter {
                        name: "noise",
                        value: *noise,
                        accepted: "finite numbers, noise >= 0",
                    });
                }
                self.factor().map(|_| ())
            }
            Self::Rows { x, y } => {
                if x.len() != y.len() || x.iter().any(|row| row.len() != n) {
                    return shape(format!("{} inputs and {} targets", x.len(), y.len()), "as many inputs as targets");
                }
                match x.iter().flatten().chain(y).find(|v| !v.is_finite()) {
                    Some(&value) => Err(ModelError::Parameter { name: "data", value, accepted: "finite numbers" }),
                    None => Ok(()),
                }
            }
        }
    }

    /// L with L L^T the covariance of Gaussian inputs, lower triangular; empty for rows.
    ///
    /// # Errors
    /// [`ModelError::Indefinite`]
    pub fn factor(&self) -> Result<Vec<Vec<f64>>, ModelError> {
        let Self::Gaussian { covariance, .. } = self else { return Ok(Vec::new()) };
        let n = covariance.len();
        let mut l = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
                let rest = covariance[i][j] - known;
                l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
            }
            if l[i][i].is_nan() || l[i][i] <= 0.0 {
                return Err(ModelError::Indefinite { name: "covariance", eigenvalue: covariance[i][i].min(0.0) });
            }
        }
        Ok(l)
    }
}
