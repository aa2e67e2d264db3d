//! One feature, one hidden layer, both degrees of freedom v = u w and Q = (u^2 - w^2) / 2, with isotropic noise.
//!
//! du = w X - 2 gamma u dt + sqrt(2 eps) dW_1, dw = u X - 2 gamma w dt + sqrt(2 eps) dW_2 with
//! X = -2 h dt + 2 sqrt(T G) dW (theory manual, section 8); (u, w) and (-u, -w) are the same point (v, Q).

use super::{ModelError, Moments, UnbalancedProcess};
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
    /// [`ModelError::Parameter`] for a number out of its range, [`ModelError::Degenerate`] for data whose
    /// gradients do not vary.
    pub fn validated(self) -> Result<Self, ModelError> {
        let fail = |name, value, accepted| Err(ModelError::Parameter { name, value, accepted });
        if !(1e-50..=1e50).contains(&self.temperature) {
            return fail("temperature", self.temperature, "a finite number > 0 (between 1e-50 and 1e50)");
        }
        if !(0.0..=1e50).contains(&self.weight_decay) || (self.weight_decay > 0.0 && self.weight_decay < 1e-50) {
            return fail("weight_decay", self.weight_decay, "a finite number >= 0 (0, or between 1e-50 and 1e50)");
        }
        if !(1e-50..=1e50).contains(&self.isotropic_noise) {
            return fail("isotropic_noise", self.isotropic_noise, "a finite number > 0 (between 1e-50 and 1e50)");
        }
        let quiet = match self.moments.noise_zero() {
            Some(k) => Some(format!("at v = {k}")),
            None => self.moments.noiseless().then(|| "at every v".to_owned()),
        };
        if let Some(place) = quiet {
            let cause = format!("all gradients are equal {place}, so nothing holds the imbalance there");
            let accepted = "data with alpha1 alpha3 > alpha2^2, or alpha1 = 0 < alpha3";
            return Err(ModelError::Degenerate { name: "data", cause, accepted });
        }
        Ok(self)
    }

    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        vec!["v".to_owned(), "Q".to_owned()]
    }

    /// Names of the chart coordinates.
    pub fn chart_names(&self) -> Vec<String> {
        vec!["asinh(v/core)".to_owned(), "asinh(Q/core)".to_owned()]
    }

    /// The equation in the chart of [`UnbalancedProcess`].
    pub fn process(&self) -> AnyProcess {
        AnyProcess::Two(Box::new(UnbalancedProcess::new(self)))
    }

    /// Where to start looking for mass, in chart coordinates.
    pub fn start(&self) -> Vec<f64> {
        UnbalancedProcess::new(self).start().to_vec()
    }

    /// A typical v.
    pub fn typical(&self) -> f64 {
        UnbalancedProcess::new(self).typical()
    }
}
