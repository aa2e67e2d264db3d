//! D = 0, Delta = 0: an inverse gamma law on the side of k = alpha2/alpha1 to which c = beta2 - beta1' k points.
//!
//! x = |v - k|: p ~ x^-(2+b) exp(-C/x), b = beta1'/(alpha1 T'), C = |c|/(alpha1 T') (section 5).

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::loggamma::log_gamma;
use super::shape::{Known, Shape, rounded};
use crate::estimate::Quantity;
use num_complex::Complex64;

/// Shape b and scale C.
#[derive(Debug)]
pub(super) struct InverseGamma {
    shape: f64,
    scale: f64,
}

impl InverseGamma {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        Self { shape: b.weight * b.beta1 / b.alpha1, scale: b.weight * b.pull() / b.alpha1 }
    }
}

impl Shape for InverseGamma {
    fn name(&self) -> &'static str {
        "inverse gamma (D = 0, Delta = 0)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        // 1/x - 1/x0 = (e^-zeta - 1)/x0
        let pull = -self.scale / frame.x0 * (-p.log_x_ratio).exp_m1();
        Sum::default().plus(-(2.0 + self.shape) * p.log_x_ratio).plus(pull)
    }

    fn known(&self, frame: &Frame) -> Known {
        let b = &frame.balance;
        let s = 1.0 + self.shape;
        let pull = (b.beta2_size + b.beta1 * b.k.abs()) / b.pull();
        let mean = b.beta2 / b.beta1;
        let variance = if self.shape > 1.0 {
            // C^2 / ((s-1)^2 (s-2)), C/(s-1) = c/beta1'
            let distance = b.pull() / b.beta1;
            let value = distance * distance / (self.shape - 1.0);
            Quantity::Finite(rounded(value, value * (4.0 + 2.0 * pull + self.shape / (self.shape - 1.0)), 2.0))
        } else {
            Quantity::Infinite
        };
        let ratio = self.scale / frame.x0;
        let log_gamma = log_gamma(Complex64::new(s, 0.0)).re;
        let value = log_gamma - s * ratio.ln() + ratio + frame.x0.ln();
        let size = 10.0 + s * (2.0 + s.ln().abs() + ratio.ln().abs()) + ratio + frame.x0.ln().abs();
        Known {
            log_normalizer: Some(rounded(value, size + (s + ratio) * pull, 4.0)),
            mean: Some(Quantity::Finite(rounded(mean, mean, 3.0))),
            variance: Some(variance),
        }
    }
}
