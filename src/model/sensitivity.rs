//! What a law inherits from the rounding of its parameters when they were read.
//!
//! A decimal that is not a binary fraction is known to half a unit in the last place only. Each term of
//!
//! d ln p/dv = -3D/((D+1) v) - G'/G - h/(T s G) - (D+1) gamma v/(T s^2 G)
//!
//! is differentiated by each parameter, at fixed v; magnitudes are added up. Nothing here changes a value.

use super::{Diagonal, Moments, diagonal::DiagonalProcess};
use crate::process::Coordinate;

/// A number whose significand ends in this many zero bits was exact when it was typed.
const EXACT_BITS: u32 = 24;

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

    /// Uncertainty of G at v = k + x, and of G'.
    fn noise(&self, m: &Moments, v: f64, x: f64) -> [f64; 2] {
        let [u1, u2, u3] = self.alpha;
        let (a1, a2, a3, k) = (m.alpha1(), m.alpha2().abs(), m.alpha3(), m.centre().abs());
        let slope = 2.0 * (a1 * v.abs() * u1 + a2 * u2);
        let shift = 2.0 * a1 * x.abs() * k * (u1 + u2);
        if m.noise_zero().is_some() {
            // G = alpha1 x^2 exactly: only the place of the zero is uncertain.
            return [a1 * x * x * u1 + shift, 2.0 * a1 * (x.abs() * u1 + k * (u1 + u2))];
        }
        if m.discriminant_is_measured() {
            let floor = 4.0 * f64::EPSILON * m.discriminant() / a1;
            return [a1 * x * x * u1 + shift + floor, slope];
        }
        [a1 * v * v * u1 + 2.0 * a2 * v.abs() * u2 + a3 * u3, slope]
    }
}

impl DiagonalProcess {
    /// Uncertainty of the force at chart coordinate z.
    pub(super) fn inherited(&self, z: f64) -> f64 {
        let (model, m, unknown) = (&self.model, &self.model.moments, &self.unknown);
        let v = self.coordinate.to_physical(z);
        let x = self.from_centre(z, v);
        let g = self.noise_at(x);
        let [g_off, slope_off] = unknown.noise(m, v, x);
        let g_off = g_off / g;
        let log_abs = self.coordinate.log_abs(z);
        let jacobian = self.coordinate.log_jacobian(z).exp();
        let n = self.layers;
        let s_over_v = if model.depth == 0 { f64::from(model.width) / v.abs() } else { n * model.inverse_rho(log_abs) };
        // dv/dz / s; for D = 0 without the detour over |v|, which may be 0.
        let stretch = if model.depth == 0 {
            jacobian / f64::from(model.width)
        } else {
            (self.coordinate.log_jacobian(z) - log_abs).exp() / s_over_v
        };
        let h = m.beta1() * x - self.pull;
        let factor = self.modification(v, h, if model.depth == 0 { 0.0 } else { s_over_v }).abs();
        let h_off = m.beta1() * v.abs() * unknown.beta[0] + m.beta2().abs() * unknown.beta[1];
        // The correction of the modified loss depends on the same parameters once more.
        let again = if model.modified_loss { 2.0 } else { 1.0 };
        let pull = again * factor * (h_off + h.abs() * (unknown.temperature + g_off));
        let decay = if model.weight_decay > 0.0 {
            let size = if model.depth == 0 {
                model.weight_decay * v.abs() / f64::from(model.width)
            } else {
                n * model.weight_decay / s_over_v
            };
            size * (unknown.decay + unknown.temperature + g_off)
        } else {
            0.0
        };
        let slope = 2.0 * m.alpha1() * x.abs();
        let sum = stretch * (pull + decay) / (model.temperature * g) + jacobian * (slope_off / g + slope / g * g_off);
        if sum.is_finite() { sum } else { 0.0 }
    }

    /// v - k without cancellation where the chart starts or ends at k.
    fn from_centre(&self, z: f64, v: f64) -> f64 {
        let k = self.model.moments.centre();
        match self.coordinate {
            Coordinate::Exponential { origin, sign } if origin == k => sign * z.exp(),
            Coordinate::Logistic { length } if length == k => {
                -length * if z < 0.0 { 1.0 / (1.0 + z.exp()) } else { (-z).exp() / (1.0 + (-z).exp()) }
            }
            Coordinate::Hyperbolic { centre, scale } if centre == k => scale * z.sinh(),
            _ => v - k,
        }
    }

    /// G(k + x).
    fn noise_at(&self, x: f64) -> f64 {
        let m = &self.model.moments;
        if m.alpha1() == 0.0 { m.alpha3() } else { m.alpha1() * x * x + m.discriminant() / m.alpha1() }
    }
}
