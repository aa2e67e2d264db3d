//! Depth to infinity at fixed tau = T (D+1) (section 11), with kappa = d/tau:
//!
//! p ~ v^(-3-b) G^(-1+b/2) exp(-kappa [beta2/(alpha3 v) + (alpha2 alpha3 beta1 - 2 alpha2^2 beta2 + alpha1 alpha3
//! beta2)/(alpha3^2 sqrt(Delta)) A(v)]), b = kappa (alpha3 beta1 - 2 alpha2 beta2)/alpha3^2.

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::shape::Shape;

/// Delta > 0.
#[derive(Debug)]
pub(super) struct Infinite {
    growth: f64,
    growth_size: f64,
    barrier: f64,
    twist: f64,
    twist_size: f64,
}

impl Infinite {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        let (kappa, a3) = (b.weight, b.alpha3);
        let mixed = 2.0 * b.alpha2 * b.beta2;
        let parts = [b.alpha2 * a3 * b.beta1, -b.alpha2 * mixed, b.alpha1 * a3 * b.beta2];
        let scale = kappa / (a3 * a3 * b.pinch * b.alpha1);
        Self {
            growth: kappa * (a3 * b.beta1 - mixed) / (a3 * a3),
            growth_size: kappa * (a3 * b.beta1 + mixed.abs()) / (a3 * a3),
            barrier: kappa * b.beta2 / (a3 * frame.v0),
            twist: scale * parts.iter().sum::<f64>(),
            twist_size: scale * parts.iter().map(|t| t.abs()).sum::<f64>(),
        }
    }
}

impl Shape for Infinite {
    fn name(&self) -> &'static str {
        "infinite depth"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let (noise, angle) = (frame.log_noise_ratio(p), frame.angle(p));
        Sum::default()
            .plus_sized(-(3.0 + self.growth) * p.log_ratio, (3.0 + self.growth_size) * p.log_ratio.abs())
            .plus_sized((0.5 * self.growth - 1.0) * noise, (0.5 * self.growth_size + 1.0) * noise.abs())
            .plus(-self.barrier * (-p.log_ratio).exp_m1())
            .plus_sized(-self.twist * angle, self.twist_size * angle.abs())
    }
}
