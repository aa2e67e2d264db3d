//! Several features: f = sum_i v_i x_i, each v_i a product of D + 1 layers (THEORY of the manual, section 6).

use super::ModelError;
use crate::process::AnyProcess;

/// Moments of several inputs and a target: A = E\[x x^T\], b = E\[y x\], and the covariance of the gradient
/// K(v) = Cov\[(v.x - y) x\], a quadratic polynomial in v.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMoments {
    /// A
    pub second: Vec<Vec<f64>>,
    /// b
    pub cross: Vec<f64>,
    /// K_ij(v) = sum_kl quartic\[i\]\[j\]\[k\]\[l\] v_k v_l - sum_k cubic\[i\]\[j\]\[k\] v_k + constant\[i\]\[j\]
    pub quartic: Vec<Vec<Vec<Vec<f64>>>>,
    /// See `quartic`.
    pub cubic: Vec<Vec<Vec<f64>>>,
    /// See `quartic`.
    pub constant: Vec<Vec<f64>>,
}

impl FeatureMoments {
    /// x ~ N(0, covariance), y = weights . x + N(0, noise^2).
    ///
    /// # Errors
    /// [`ModelError`]: not symmetric, not positive definite, wrong shapes, noise < 0.
    pub fn gaussian(_covariance: &[Vec<f64>], _weights: &[f64], _noise: f64) -> Result<Self, ModelError> {
        unimplemented!("branch features")
    }

    /// Population moments of rows of inputs and their targets.
    ///
    /// # Errors
    /// [`ModelError`]: fewer rows than needed, A singular.
    pub fn of_data(_x: &[Vec<f64>], _y: &[f64]) -> Result<Self, ModelError> {
        unimplemented!("branch features")
    }
}

/// A diagonal network on several features.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// D >= 1
    pub depth: u32,
    /// d: neurons per feature.
    pub width: u32,
    /// T
    pub temperature: f64,
    /// gamma
    pub weight_decay: f64,
    /// Signs of the v_i.
    pub signs: Vec<f64>,
    /// The data.
    pub moments: FeatureMoments,
}

impl Features {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn validated(self) -> Result<Self, ModelError> {
        unimplemented!("branch features")
    }

    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!("branch features")
    }

    /// Names of the chart coordinates.
    pub fn chart_names(&self) -> Vec<String> {
        unimplemented!("branch features")
    }

    /// The equation in the chart.
    pub fn process(&self) -> AnyProcess {
        unimplemented!("branch features")
    }

    /// Where to start looking for mass, in chart coordinates.
    pub fn start(&self) -> Vec<f64> {
        unimplemented!("branch features")
    }
}
