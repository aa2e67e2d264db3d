//! What the per-sample loss is averaged over.

use super::trial;
use crate::model::ModelError;
use crate::model::feature_moments::check_definite;

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

    /// A few samples (inputs, then the target): rows all over the data set, or some of a Gaussian law.
    pub(super) fn samples(&self, count: usize) -> Vec<Vec<f64>> {
        match self {
            Self::Rows { x, y } => {
                let every = y.len().div_ceil(count.max(1)).max(1);
                let rows = x.iter().zip(y).step_by(every);
                rows.map(|(x, y)| x.iter().copied().chain([*y]).collect()).collect()
            }
            Self::Gaussian { weights, noise, .. } => {
                let factor = self.factor().unwrap_or_default();
                let normals: Vec<[f64; MOST + 1]> = trial::normals(count);
                let sample = |normal: &[f64; MOST + 1]| {
                    let input = |row: &Vec<f64>| row.iter().zip(normal).map(|(l, z)| l * z).sum::<f64>();
                    let mut sample: Vec<f64> = factor.iter().map(input).collect();
                    let mean: f64 = sample.iter().zip(weights).map(|(x, w)| x * w).sum();
                    sample.push(mean + noise * normal[MOST]);
                    sample
                };
                normals.iter().map(sample).collect()
            }
        }
    }

    /// Checks sizes and values.
    ///
    /// # Errors
    /// [`ModelError`]: wrong shapes, numbers that are not finite, a covariance that is none.
    pub fn check(&self) -> Result<(), ModelError> {
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
                let number = |name, value: Option<&f64>, accepted| {
                    value.map_or(Ok(()), |value| Err(ModelError::Parameter { name, value: *value, accepted }))
                };
                number("weights", weights.iter().find(|w| !w.is_finite()), "finite numbers")?;
                number("noise", Some(noise).filter(|s| !(0.0..f64::INFINITY).contains(*s)), "a finite number >= 0")?;
                check_definite("covariance", covariance)
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
