//! One feature, one hidden layer, both degrees of freedom v = u w and Q = (u^2 - w^2) / 2, with isotropic noise.

use super::{ModelError, Moments};
use crate::process::AnyProcess;

/// D = 1, d = 1 with injected isotropic noise of strength eps (THEORY of the manual, section 8).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unbalanced {
    /// T
    pub temperature: f64,
    /// gamma
    pub weight_decay: f64,
    /// eps > 0
    pub isotropic_noise: f64,
    /// The data.
    pub moments: Moments,
}

impl Unbalanced {
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
