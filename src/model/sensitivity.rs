//! What a law inherits from the rounding of its parameters when they were read.
//!
//! A decimal that is not a binary fraction is known to half a unit in the last place only. Each term of
//!
//! d ln p/dv = -3D/((D+1) v) - G'/G - h/(T s G) - (D+1) gamma v/(T s^2 G)
//!
//! is differentiated by each parameter, at fixed v; magnitudes are added up. Nothing here changes a value.

use super::{Diagonal, DiagonalProcess, Moments};
use crate::process::Coordinate;

/// A number whose significand ends in this many zero bits was exact when it was typed.
const EXACT_BITS: u32 = 24;

/// Beyond this |v| squares are avoided.
const FAR_OUT: f64 = 1e60;

/// Half a unit in the last place relative to x, or 0 where x is a short binary fraction.
fn unknown(x: f64) -> f64 {
    if x == 0.0 || x.to_bits().trailing_zeros() >= EXACT_BITS { 0.0 } else { 0.5 * f64::EPSILON }
}

/// Relative uncertainty of every parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unknown {
    alpha: [f64; 3],
    beta: [f64; 2],
    temperature: f64,
    decay: f64,
}

impl Unknown {
    pub fn of(model: &Diagonal) -> Self {
        let m = &model.moments;
        Self {
            alpha: [m.alpha1(), m.alpha2(), m.alpha3()].map(unknown),
            beta: [m.beta1(), m.beta2()].map(unknown),
            temperature: unknown(model.temperature),
            decay: unknown(model.weight_decay),
        }
    }

    /// Uncertainty of w^2 G at v = k + x, and of w^2 G', for any w.
    fn noise(&self, m: &Moments, v: f64, x: f64, w: f64) -> [f64; 2] {
        let [u1, u2, u3] = self.alpha;
        let (a1, a2, a3, k) = (m.alpha1(), m.alpha2().abs() * w, m.alpha3() * w * w, m.centre().abs() * w);
        let (v, x) = (v.abs() * w, x.abs() * w);
        let slope = 2.0 * w * (a1 * v * u1 + a2 * u2);
        let shift = 2.0 * a1 * x * k * (u1 + u2);
        if m.noise_zero().is_some() {
            // G = alpha1 x^2 exactly: only the place of the zero is uncertain.
            return [a1 * x * x * u1 + shift, 2.0 * w * a1 * (x * u1 + k * (u1 + u2))];
        }
        if m.discriminant_is_measured() {
            let floor = 4.0 * f64::EPSILON * m.discriminant() / a1 * w * w;
            return [a1 * x * x * u1 + shift + floor, slope];
        }
        [a1 * v * v * u1 + 2.0 * a2 * v * u2 + a3 * u3, slope]
    }
}

impl DiagonalProcess {
    /// Uncertainty of the force at chart coordinate z.
    pub(super) fn inherited(&self, z: f64) -> f64 {
        let (model, m, unknown) = (&self.model, &self.model.moments, &self.unknown);
        let v = self.coordinate.to_physical(z);
        let x = self.offset_from_centre(z, v);
        // Far out everything is divided by v^2 so that nothing overflows.
        let w = if v.abs() > FAR_OUT { 1.0 / v.abs() } else { 1.0 };
        let g = m.alpha1() * (x * w) * (x * w) + self.noise_floor() * w * w;
        let [g_off, slope_off] = unknown.noise(m, v, x, w);
        let g_off = g_off / g;
        let slope = 2.0 * m.alpha1() * x.abs() * w * w;
        let pulls = self.pull_uncertainty(z, v, x, g_off) * w * w / (model.temperature * g);
        let sum = pulls + self.coordinate.log_jacobian(z).exp() * (slope_off + slope * g_off) / g;
        // Where the force itself overflows there is no mass to be uncertain about.
        if sum.is_finite() { sum } else { 0.0 }
    }

    /// Uncertainty of dv/dz (h + (D+1) gamma v/s)/s, relative errors of T and G included.
    fn pull_uncertainty(&self, z: f64, v: f64, x: f64, g_off: f64) -> f64 {
        let (model, m, unknown) = (&self.model, &self.model.moments, &self.unknown);
        let d = f64::from(model.width);
        let log_abs = self.coordinate.log_abs(z);
        let s_over_v = self.layers * model.inverse_rho(log_abs);
        // dv/dz / s, and (D+1) gamma v/s; for D = 0 without the detour over |v|, which may be 0.
        let (stretch, decay) = if model.depth == 0 {
            (self.coordinate.log_jacobian(z).exp() / d, model.weight_decay * v.abs() / d)
        } else {
            let along = (self.coordinate.log_jacobian(z) - log_abs).exp();
            (along / s_over_v, self.layers * model.weight_decay / s_over_v)
        };
        let h = m.beta1() * x - self.pull;
        let factor = self.modification(v, h, if model.depth == 0 { 0.0 } else { s_over_v }).abs();
        // The correction of the modified loss depends on the same parameters once more.
        let again = if model.modified_loss { 2.0 } else { 1.0 };
        let h_off = m.beta1() * v.abs() * unknown.beta[0] + m.beta2().abs() * unknown.beta[1];
        let common = unknown.temperature + g_off;
        stretch * (again * factor * (h_off + h.abs() * common) + decay * (unknown.decay + common))
    }

    /// v - k without cancellation where the chart starts or ends at k.
    pub(super) fn offset_from_centre(&self, z: f64, v: f64) -> f64 {
        let k = self.model.moments.centre();
        match self.coordinate {
            Coordinate::Exponential { origin, sign, scale } if origin == k => sign * scale * z.exp(),
            Coordinate::Logistic { length } if length == k => {
                -length * if z < 0.0 { 1.0 / (1.0 + z.exp()) } else { (-z).exp() / (1.0 + (-z).exp()) }
            }
            Coordinate::Hyperbolic { centre, scale } if centre == k => scale * z.sinh(),
            _ => v - k,
        }
    }

    /// The smallest value of G.
    fn noise_floor(&self) -> f64 {
        let m = &self.model.moments;
        if m.alpha1() == 0.0 { m.alpha3() } else { m.discriminant() / m.alpha1() }
    }
}
