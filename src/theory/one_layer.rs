//! D = 1 (section 5): the law with the collapse at T_c = (beta2 - gamma)/alpha3.
//!
//! Delta > 0: p ~ v^(-3/2+b) G^(-1-b/2) exp(-kappa A), b = beta2'/(2 T alpha3), beta2' = beta2 - gamma,
//! kappa = (alpha3 beta1 - alpha2 beta2')/(2 T alpha3 sqrt(Delta)).
//! Delta = 0, k != 0: p ~ v^(-3/2+b) |v-k|^(-2-b) exp(-c/(2 T alpha1 k (v-k))), c = beta2' - beta1 k.

use super::balance::{Frame, Sum};
use super::chart::{Chart, Place};
use super::shape::Shape;

/// Delta > 0.
#[derive(Debug)]
pub(super) struct OneLayer {
    /// b
    growth: f64,
    /// kappa
    twist: f64,
    /// kappa with all terms of its numerator added.
    twist_size: f64,
}

impl OneLayer {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        let (first, second) = (b.alpha3 * b.beta1, b.alpha2 * b.beta2);
        let scale = b.weight / (b.alpha3 * b.pinch * b.alpha1);
        Self {
            growth: b.weight * b.beta2 / b.alpha3,
            twist: scale * b.alpha3.mul_add(b.beta1, -second),
            twist_size: scale * (first + second.abs()),
        }
    }
}

impl Shape for OneLayer {
    fn name(&self) -> &'static str {
        "closed form (D = 1)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let angle = frame.angle(p);
        Sum::default()
            .plus_sized((self.growth - 1.5) * p.log_ratio, (self.growth + 1.5) * p.log_ratio.abs())
            .plus(-(1.0 + 0.5 * self.growth) * frame.log_noise_ratio(p))
            .plus_sized(-self.twist * angle, self.twist_size * angle.abs())
    }
}

/// Delta = 0, k != 0.
#[derive(Debug)]
pub(super) struct OneLayerDegenerate {
    /// b
    growth: f64,
    /// c / (2 T alpha1 k)
    pull: f64,
}

impl OneLayerDegenerate {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        Self { growth: b.weight * b.beta2 / b.alpha3, pull: b.weight * b.pull() / (b.alpha1 * b.k) }
    }
}

impl Shape for OneLayerDegenerate {
    fn name(&self) -> &'static str {
        "closed form (D = 1, Delta = 0)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let log_x_ratio = 0.5 * frame.log_noise_ratio(p);
        // 1/(v-k) - 1/(v0-k)
        let change = match frame.chart {
            Chart::Positive { .. } => -p.offset / (frame.x0 * frame.x(p)),
            _ => (-log_x_ratio).exp_m1() / frame.x0,
        };
        Sum::default()
            .plus_sized((self.growth - 1.5) * p.log_ratio, (self.growth.abs() + 1.5) * p.log_ratio.abs())
            .plus(-(2.0 + self.growth) * log_x_ratio)
            .plus(-self.pull * change)
    }
}
