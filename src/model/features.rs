//! Several features: f = sum_i v_i x_i, each v_i a sum of d balanced products of D + 1 layers.
//!
//! With r_i = |v_i / d|^(1/(D+1)) every layer of every neuron of feature i has magnitude r_i, and
//! dr_i = c_i r_i^D X_i - 2 gamma r_i dt (Ito), X_i = -2 (A v - b)_i dt + 2 sqrt(T) dM_i, d<M> = K dt
//! (theory manual, section 6). Faces v_i = 0 are never crossed: the signs c_i are those of the start.

use super::feature_moments::check_count;
use super::{FeatureMoments, FeatureProcess, ModelError};
use crate::process::AnyProcess;

/// Largest number of hidden layers accepted.
const MAX_DEPTH: u32 = 10_000;
/// Largest width accepted.
const MAX_WIDTH: u32 = 1_000_000_000;

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
    /// [`ModelError::Parameter`] for a number out of its range, [`ModelError::Shape`] and
    /// [`ModelError::Entry`] for the signs.
    pub fn validated(self) -> Result<Self, ModelError> {
        let fail = |name, value, accepted| Err(ModelError::Parameter { name, value, accepted });
        if !(1..=MAX_DEPTH).contains(&self.depth) {
            return fail("depth", f64::from(self.depth), "a whole number from 1 to 10000");
        }
        if !(1..=MAX_WIDTH).contains(&self.width) {
            return fail("width", f64::from(self.width), "a whole number from 1 to 1000000000");
        }
        if !(1e-100..=1e100).contains(&self.temperature) {
            return fail("temperature", self.temperature, "a finite number > 0 (between 1e-100 and 1e100)");
        }
        if !(0.0..=1e50).contains(&self.weight_decay) || (self.weight_decay > 0.0 && self.weight_decay < 1e-50) {
            return fail("weight_decay", self.weight_decay, "a finite number >= 0 (0, or between 1e-50 and 1e50)");
        }
        let n = self.moments.features();
        check_count("data", n)?;
        if self.signs.len() != n {
            let found = format!("{} signs for {n} features", self.signs.len());
            return Err(ModelError::Shape { name: "signs", found, accepted: "one sign per feature" });
        }
        if let Some(i) = self.signs.iter().position(|c| c.abs() != 1.0) {
            let (at, value) = (vec![i + 1], self.signs[i]);
            return Err(ModelError::Entry { name: "signs", at, value, accepted: "1 or -1" });
        }
        Ok(self)
    }

    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        (1..=self.signs.len()).map(|i| format!("v{i}")).collect()
    }

    /// Names of the chart coordinates.
    pub fn chart_names(&self) -> Vec<String> {
        (1..=self.signs.len()).map(|i| format!("ln|v{i}|")).collect()
    }

    /// The equation in z_i = ln |v_i|.
    pub fn process(&self) -> AnyProcess {
        match self.signs.len() {
            1 => AnyProcess::One(Box::new(FeatureProcess::<1>::new(self))),
            2 => AnyProcess::Two(Box::new(FeatureProcess::<2>::new(self))),
            _ => AnyProcess::Three(Box::new(FeatureProcess::<3>::new(self))),
        }
    }

    /// Where to start looking for mass, in chart coordinates.
    pub fn start(&self) -> Vec<f64> {
        super::feature_start::start(self)
    }

    /// r^(D-1) with r = |v/d|^(1/(D+1)), from ln |v|.
    pub(super) fn rho(&self, log_abs: f64) -> f64 {
        (self.shape() * (log_abs - f64::from(self.width).ln())).exp()
    }

    /// (D-1)/(D+1)
    pub(super) fn shape(&self) -> f64 {
        (f64::from(self.depth) - 1.0) / (f64::from(self.depth) + 1.0)
    }
}
