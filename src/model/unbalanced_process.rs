//! The unbalanced two-layer network in a chart that resolves its thin layer around balance.
//!
//! p = (u + w) / sqrt 2 and m = (u - w) / sqrt 2 turn (v, Q) into v = (p^2 - m^2) / 2, Q = p m: the half plane
//! p > 0 covers every (v, Q) once but for the cut Q = 0, v < 0, across which the law is even in p. Noise drives
//! m to 0 where v > 0; its width w(p) is about sqrt(eps / (4 T G)). The chart is z_1 = ln p,
//! z_2 = asinh(m / w(p)) with a smooth stand-in w(p) = (c_0 + c_1 p^4)^(-1/2) that follows the width into the
//! tail: uniform in eps / T, with exponential decay at all ends.
//!
//! With x = (p, m), g = grad v = (p, -m) and s = p^2 + m^2 the equation is (Ito)
//!
//! dx = -(2 h g + 2 gamma x) dt + 2 sqrt(T G) g dW + sqrt(2 eps) dW'.
//!
//! Where the data ask for v < 0 everything is done for -v.

use super::{Moments, Unbalanced};
use crate::process::{Chart, Coefficients, Coordinate, Force, Process};

/// p is held at this share of the local width on the cut, where the law is flat in p.
const CUT: f64 = 1e-6;

/// The process of [`Unbalanced`].
#[derive(Debug, Clone)]
pub struct UnbalancedProcess {
    chart: Chart<2>,
    /// +1, or -1 where the equation is that of -v.
    sign: f64,
    temperature: f64,
    decay: f64,
    isotropic: f64,
    moments: Moments,
    /// w(p) = (c_0 + c_1 p^4)^(-1/2)
    width: [f64; 2],
    /// p where the search starts.
    typical: f64,
}

/// What all coefficients are made of.
struct Local {
    p: f64,
    m: f64,
    /// w(p) cosh z_2 = dm/dz_2
    rise: f64,
    tanh: f64,
    /// 1 / cosh^2 z_2
    flat: f64,
    /// theta = d ln w / d ln p and its derivative by ln p.
    theta: f64,
    theta_slope: f64,
    h: f64,
    h_size: f64,
    /// T G and T G'.
    noise: f64,
    noise_slope: f64,
}

impl UnbalancedProcess {
    pub(super) fn new(model: &Unbalanced) -> Self {
        let sign = model.sign();
        let moments = if sign < 0.0 { model.moments.mirrored() } else { model.moments };
        let (t, eps) = (model.temperature, model.isotropic_noise);
        let beta1 = moments.beta1();
        let minimum = (moments.beta2() - model.weight_decay).max(0.0) / beta1;
        // Spread of v: SGD noise along v, and the isotropic noise in the valley of the loss.
        let sgd = 2.0 * t * minimum * moments.g(minimum) / beta1;
        let spread = (sgd + 0.5 * eps / beta1).sqrt();
        let bulk = moments.g(minimum) + moments.alpha1() * spread * spread;
        let size = minimum + spread;
        // Beyond this v the noise outruns the pull and v stays long enough for the layer to follow it.
        let far = 2.0 * size + 0.25 * beta1 / (t * moments.alpha1());
        let inverse_square = 4.0 * t * bulk / eps;
        let width = [inverse_square + 1.0 / (2.0 * size), inverse_square / (4.0 * far * far)];
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        let axis = Coordinate::Exponential { origin: 0.0, sign: 1.0, scale: 1.0 };
        Self {
            chart: Chart::new([axis, line]),
            sign,
            temperature: t,
            decay: model.weight_decay,
            isotropic: eps,
            moments,
            width,
            typical: (2.0 * minimum + spread).sqrt(),
        }
    }

    /// Chart coordinates of a typical point.
    pub(super) fn start(&self) -> [f64; 2] {
        [self.typical.ln(), 0.0]
    }

    /// w(p)
    fn width(&self, p: f64) -> f64 {
        1.0 / (self.width[0] + self.width[1] * p.powi(4)).sqrt()
    }

    fn local(&self, z: &[f64; 2]) -> Local {
        let p = z[0].exp();
        let quartic = self.width[1] * p.powi(4);
        let share = 1.0 / (1.0 + self.width[0] / quartic);
        let width = self.width(p);
        let (sinh, cosh) = (z[1].sinh(), z[1].cosh());
        let m = width * sinh;
        let v = 0.5 * (p - m) * (p + m);
        let (g, h) = (self.moments.g(v), self.moments.h(v));
        let slope = 2.0 * self.moments.alpha1() * (v - self.moments.centre());
        Local {
            p,
            m,
            rise: width * cosh,
            tanh: z[1].tanh(),
            flat: 1.0 / (cosh * cosh),
            theta: -2.0 * share,
            theta_slope: -8.0 * share * (1.0 - share),
            h,
            h_size: self.moments.beta1() * 0.5 * (p * p + m * m) + self.moments.beta2().abs(),
            noise: self.temperature * g,
            noise_slope: self.temperature * slope,
        }
    }
}

impl Process<2> for UnbalancedProcess {
    fn chart(&self) -> &Chart<2> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; 2]) -> Coefficients<2> {
        let at = self.local(z);
        let Local { p, m, rise, tanh, flat, theta, theta_slope, h, noise, noise_slope, .. } = at;
        let eps = self.isotropic;
        // In the chart g is (1, -turn); the isotropic noise has the two rows (1, -theta tanh) / p and (0, 1 / rise).
        let (radial, across) = (2.0 * eps / (p * p), 2.0 * eps / (rise * rise));
        let (bend, turn) = (theta * tanh, (1.0 + theta) * tanh);
        let heat = 4.0 * noise;
        let b11 = heat + radial;
        let b12 = -heat * turn - radial * bend;
        let b22 = heat * turn * turn + radial * bend * bend + across;
        let along_p = noise_slope * (p * p - theta * m * m);
        let along_m = -noise_slope * m * rise;
        let one_plus = 1.0 + theta;
        let div1 =
            4.0 * along_p - 2.0 * radial - 4.0 * one_plus * (along_m * tanh + noise * flat) - radial * theta * flat;
        let div2 = -4.0 * tanh * (along_p * one_plus + noise * theta_slope)
            - radial * tanh * (theta_slope - 2.0 * theta)
            + 4.0 * one_plus * one_plus * (along_m * tanh * tanh + 2.0 * noise * tanh * flat)
            + 2.0 * radial * theta * theta * tanh * flat
            - 2.0 * across * tanh;
        let drift1 = -2.0 * h - 2.0 * self.decay - 0.5 * b11;
        let curl =
            -theta * drift1 + 2.0 * h - 2.0 * self.decay + 0.5 * (theta * theta - theta_slope) * b11 + heat * theta;
        let drift2 = tanh * curl - 0.5 * tanh * b22;
        Coefficients { drift: [drift1, drift2], diffusion: [[b11, b12], [b12, b22]], div_diffusion: [div1, div2] }
    }

    /// (v, Q)
    fn to_physical(&self, z: &[f64; 2]) -> [f64; 2] {
        let p = z[0].exp();
        let m = self.width(p) * z[1].sinh();
        [self.sign * 0.5 * (p - m) * (p + m), p * m]
    }

    /// p + i m = sqrt(2 (v + i Q)); on the cut p is held at a small share of the local width.
    fn to_chart(&self, v: &[f64; 2]) -> Option<[f64; 2]> {
        let [v, q] = [self.sign * v[0], v[1]];
        let half = v.hypot(q);
        let (p, m) = if v >= 0.0 {
            let p = (half + v).sqrt();
            (p, q / p)
        } else {
            let m = (half - v).sqrt().copysign(q);
            ((q / m).max(CUT * self.width(m)), m)
        };
        let z = [p.ln(), (m / self.width(p)).asinh()];
        (z[0].is_finite() && z[1].is_finite()).then_some(z)
    }

    fn log_jacobian(&self, z: &[f64; 2]) -> f64 {
        let Local { p, m, rise, .. } = self.local(z);
        z[0] + rise.ln() + 2.0 * p.hypot(m).ln()
    }

    /// From the force in (p, m),
    /// a_p = p/N [ -4 (h + T G' s) - 2 (gamma + T G)(2 eps + 8 T G m^2)/eps ],
    /// a_m = m/N [ +4 (h + T G' s) - 2 (gamma + T G)(2 eps + 8 T G p^2)/eps ], N = 2 eps + 4 T G s.
    fn force(&self, z: &[f64; 2]) -> Force<2> {
        let at = self.local(z);
        let Local { p, m, tanh, theta, noise, .. } = at;
        let eps = self.isotropic;
        let s = p * p + m * m;
        let whole = 2.0 * eps + 4.0 * noise * s;
        let (pull, pull_size) = (4.0 * (at.h + at.noise_slope * s), 4.0 * (at.h_size + at.noise_slope.abs() * s));
        let balance = |other: f64| 4.0 * (self.decay + noise) * (1.0 + 4.0 * (noise / eps) * other * other);
        let (hold_p, hold_m) = (balance(m), balance(p));
        // p a_p and m a_m: derivatives along ln p and ln m.
        let share = |x: f64| x * x / whole;
        let (along_p, size_p) = (share(p) * (-pull - hold_p), share(p) * (pull_size + hold_p));
        let (along_m, size_m) = (share(m) * (pull - hold_m), share(m) * (pull_size + hold_m));
        // dm/dz_2 = m / tanh z_2, which is w(p) where m = 0.
        let per_m = at.rise * m / whole;
        let across = per_m * (pull - hold_m);
        Force {
            value: [along_p + theta * along_m + 1.0 + theta, across + tanh],
            magnitude: [
                size_p + theta.abs() * size_m + 1.0 + theta.abs(),
                per_m.abs() * (pull_size + hold_m) + tanh.abs(),
            ],
        }
    }
}
