//! The user's own equations: dz = b dt + B^(1/2) dW in the Ito sense, with formulas for b and B.

use super::ModelError;
use crate::formula::Formula;
use crate::process::AnyProcess;

/// A user-written diffusion of one to three variables.
#[derive(Debug, Clone)]
pub struct Sde {
    /// Names.
    pub names: Vec<String>,
    /// b
    pub drift: Vec<Formula>,
    /// B, symmetric.
    pub covariance: Vec<Vec<Formula>>,
    /// Lower and upper end of every variable; a finite end is a reflecting wall.
    pub range: Vec<[f64; 2]>,
}

impl Sde {
    /// Checks shapes, ranges and that B is symmetric and positive semi-definite wherever it was tried.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn validated(self) -> Result<Self, ModelError> {
        unimplemented!("branch formula")
    }

    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!("branch formula")
    }

    /// Names of the chart coordinates.
    pub fn chart_names(&self) -> Vec<String> {
        unimplemented!("branch formula")
    }

    /// The equation in the chart.
    pub fn process(&self) -> AnyProcess {
        unimplemented!("branch formula")
    }

    /// Where to start looking for mass, in chart coordinates.
    pub fn start(&self) -> Vec<f64> {
        unimplemented!("branch formula")
    }
}
