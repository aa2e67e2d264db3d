//! D = 0, alpha1 = 0 (inputs of constant magnitude): a normal law.
//!
//! Mean beta2/beta1', variance T' alpha3/beta1', T' = T d, beta1' = beta1 + gamma/d (section 5, alpha1 -> 0).

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::shape::{Known, Shape, rounded};
use crate::estimate::Quantity;

/// 1 / variance.
#[derive(Debug)]
pub(super) struct Gaussian {
    precision: f64,
}

impl Gaussian {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        Self { precision: frame.balance.weight * frame.balance.beta1 / frame.balance.alpha3 }
    }
}

impl Shape for Gaussian {
    fn name(&self) -> &'static str {
        "normal (D = 0, alpha1 = 0)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let centre = frame.v0 - frame.balance.beta2 / frame.balance.beta1;
        Sum::default().plus(-0.5 * self.precision * p.offset * (p.offset + 2.0 * centre))
    }

    fn known(&self, frame: &Frame) -> Known {
        let mean = frame.balance.beta2 / frame.balance.beta1;
        let variance = 1.0 / self.precision;
        let log_normalizer = 0.5 * (2.0 * std::f64::consts::PI / self.precision).ln();
        Known {
            log_normalizer: Some(rounded(log_normalizer, 4.0 + log_normalizer.abs(), 2.0)),
            mean: Some(Quantity::Finite(rounded(mean, mean, 3.0))),
            variance: Some(Quantity::Finite(rounded(variance, variance, 6.0))),
        }
    }
}
