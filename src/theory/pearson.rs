//! D = 0, Delta > 0: Pearson's type IV law.
//!
//! p ~ G^-M exp(-nu A), M = 1 + beta1'/(2 alpha1 T'), nu = (alpha2 beta1' - alpha1 beta2)/(T' alpha1
//! sqrt(Delta)), T' = T d, beta1' = beta1 + gamma/d, A = arctan((alpha1 v - alpha2)/sqrt(Delta)); its integral
//! (Delta/alpha1)^-M (sqrt(Delta)/alpha1) B(M-1/2, 1/2) |Gamma(M)/Gamma(M + i nu/2)|^2 (section 5).

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::loggamma::log_gamma;
use super::shape::{Known, Shape, rounded};
use crate::estimate::Quantity;
use num_complex::Complex64;

/// The exponents.
#[derive(Debug)]
pub(super) struct Pearson {
    m: f64,
    nu: f64,
}

impl Pearson {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        Self { m: 1.0 + 0.5 * b.weight * b.beta1 / b.alpha1, nu: -b.weight * b.pull() / (b.pinch * b.alpha1) }
    }
}

impl Shape for Pearson {
    fn name(&self) -> &'static str {
        "Pearson IV (D = 0)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        Sum::default().plus(-self.m * frame.log_noise_ratio(p)).plus(-self.nu * frame.angle(p))
    }

    fn known(&self, frame: &Frame) -> Known {
        let b = &frame.balance;
        let mean = b.beta2 / b.beta1;
        let noise = b.alpha1 * ((mean - b.k).powi(2) + b.pinch * b.pinch);
        let spare = (b.beta1 * b.weight - b.alpha1) / b.weight;
        let variance = if spare > 0.0 {
            let value = noise / (b.weight * spare);
            let relative = (b.beta1 + b.alpha1 / b.weight) / spare
                + 2.0 * (b.alpha1 * mean * mean + 2.0 * (b.alpha2 * mean).abs() + b.alpha3 + b.alpha2 * b.k) / noise;
            Quantity::Finite(rounded(value, value * (4.0 + relative), 2.0))
        } else {
            Quantity::Infinite
        };
        Known {
            log_normalizer: Some(self.log_normalizer(frame)),
            mean: Some(Quantity::Finite(rounded(mean, mean, 3.0))),
            variance: Some(variance),
        }
    }
}

impl Pearson {
    fn log_normalizer(&self, frame: &Frame) -> crate::estimate::Estimate {
        let b = &frame.balance;
        let real = |x: f64| log_gamma(Complex64::new(x, 0.0)).re;
        let t0 = frame.x0 / b.pinch;
        // p(v0) relative to G = Delta/alpha1 and A = 0.
        let peak = [-2.0 * self.m * t0.hypot(1.0).ln(), -self.nu * t0.atan()];
        let gammas = [
            2.0 * real(self.m),
            -2.0 * log_gamma(Complex64::new(self.m, 0.5 * self.nu)).re,
            real(self.m - 0.5),
            0.5 * std::f64::consts::PI.ln(),
            -real(self.m),
        ];
        let value = b.pinch.ln() + gammas.iter().sum::<f64>() - peak.iter().sum::<f64>();
        let argument = Complex64::new(self.m, 0.5 * self.nu);
        let size = 10.0
            + b.pinch.ln().abs()
            + peak.iter().map(|t| t.abs()).sum::<f64>()
            + 5.0 * self.m * (1.0 + self.m.ln().abs())
            + 2.0 * (argument * argument.ln()).norm();
        // nu and t0 inherit the conditioning of k, c and Delta.
        let parameters = b.weight * (b.beta2_size + b.beta1 * b.k.abs()) / (b.pinch * b.alpha1)
            + (self.m + self.nu.abs()) * (b.alpha3 + b.alpha2 * b.k) / (b.alpha1 * b.pinch * b.pinch);
        rounded(value, size + parameters, 4.0)
    }
}
