//! The unbalanced two-layer network in (v, Q), both on a scale that is logarithmic down to a core at the origin.
//!
//! With s = 2 sqrt(v^2 + Q^2) (Ito; theory manual, section 8)
//!
//! dv = (-2 s h + 4 T G v - 4 gamma v) dt + sqrt(4 T G s^2 + 2 eps s) dW,
//! dQ = -4 (T G + gamma) Q dt + sqrt(2 eps s) dW'.
//!
//! The noises are independent: the diffusion is diagonal, whatever the layer around Q = 0, whose width is about
//! sqrt(eps |v| / (2 T G)), looks like. In v and Q the density goes like 1/s at the origin, where it is smooth in
//! the layers u and w: a corner of the law. The core is as large as what the law does around it allows: were it much
//! smaller, noise in the chart would differ by more decades between its inside and what is around than elimination in
//! doubles can bear (measured with a thousandth of it: 1e-7 of every moment).

use super::{Moments, Unbalanced};
use crate::process::{Chart, Coefficients, Coordinate, Force, Process};

/// Part of the core within which s is rounded off: an element can end at the origin if there is noise.
const ROUNDED: f64 = 1e-7;
/// Part of the core within which the force is no larger than around it: an edge may pass the origin as near as it likes.
const BLUNT: f64 = 1e-2;
/// The core is no larger than this share of a typical |v|; nor than |v| where the isotropic noise takes over.
const SMALL: f64 = 1e-2;
/// A law that stays so many spreads away from the origin has a core of this part: it is far from the core in the chart then,
/// and its box ends before that (with a whole core and eps = 10 T, a box beyond v = 0 made the moments undecided).
const FAR: f64 = 8.0;
const PART: f64 = 0.1;

/// The process of [`Unbalanced`].
#[derive(Debug, Clone)]
pub struct UnbalancedProcess {
    chart: Chart<2>,
    model: Unbalanced,
    /// |v| and |Q| up to which the chart is linear.
    core: f64,
    /// v and Q where the search starts.
    typical: [f64; 2],
}

/// What all coefficients are made of.
struct Local {
    v: [f64; 2],
    /// dv/dz and dQ/dz, and the logarithmic derivatives of these.
    rise: [f64; 2],
    bend: [f64; 2],
    s: f64,
    h: f64,
    /// T G and T G'.
    noise: f64,
    noise_slope: f64,
}

impl UnbalancedProcess {
    pub(super) fn new(model: &Unbalanced) -> Self {
        let (m, t, eps) = (&model.moments, model.temperature, model.isotropic_noise);
        let beta1 = m.beta1();
        let sign = if m.beta2() < 0.0 { -1.0 } else { 1.0 };
        let minimum = sign * (m.beta2().abs() - model.weight_decay).max(0.0) / beta1;
        // Spread of v: the noise of SGD, and the isotropic noise in the valley of the loss.
        let sgd = 2.0 * t * minimum.abs() * m.g(minimum) / beta1;
        let spread = (sgd + 0.5 * eps / beta1).sqrt();
        let size = minimum.abs() + spread;
        let typical = minimum + 0.5 * sign * spread;
        let takeover = 0.5 * eps / (t * m.g(0.0));
        let part = if minimum.abs() > FAR * spread { PART } else { 1.0 };
        let core = part * takeover.min(SMALL * size);
        let imbalance = (0.5 * eps * size / (t * (m.g(minimum) + m.alpha1() * spread * spread))).sqrt();
        let axis = Coordinate::Hyperbolic { centre: 0.0, scale: core };
        Self { chart: Chart::new([axis; 2]), model: *model, core, typical: [typical, imbalance.min(size)] }
    }

    /// Chart coordinates of a typical point.
    pub(super) fn start(&self) -> [f64; 2] {
        [0, 1].map(|i| self.chart.axis(i).to_chart(self.typical[i]).unwrap_or(0.0))
    }

    /// A typical v.
    pub(super) fn typical(&self) -> f64 {
        self.typical[0]
    }

    fn local(&self, z: &[f64; 2]) -> Local {
        let m: &Moments = &self.model.moments;
        let axis = |i: usize| self.chart.axis(i);
        let v = [0, 1].map(|i| axis(i).to_physical(z[i]));
        let t = self.model.temperature;
        Local {
            v,
            rise: [0, 1].map(|i| axis(i).log_jacobian(z[i]).exp()),
            bend: [0, 1].map(|i| axis(i).log_jacobian_slope(z[i])),
            s: 2.0 * v[0].hypot(v[1]),
            h: m.h(v[0]),
            noise: t * m.g(v[0]),
            noise_slope: 2.0 * t * m.alpha1() * (v[0] - m.centre()),
        }
    }
}

impl Process<2> for UnbalancedProcess {
    fn chart(&self) -> &Chart<2> {
        &self.chart
    }

    fn corner(&self) -> Option<[f64; 2]> {
        Some([0.0; 2])
    }

    /// The noise of SGD moves v while Q is left behind.
    fn driven(&self) -> bool {
        true
    }

    fn coefficients(&self, z: &[f64; 2]) -> Coefficients<2> {
        let Local { v: [v, q], rise, bend, s, h, noise, noise_slope } = self.local(z);
        let s = s.hypot(ROUNDED * self.core);
        let (eps, decay) = (self.model.isotropic_noise, self.model.weight_decay);
        let heat = 4.0 * noise * s;
        let drift = [-2.0 * s * h + 4.0 * (noise - decay) * v, -4.0 * (noise + decay) * q];
        // B and dB/dv, dB/dQ of each variable by itself.
        let diffusion = [s * (heat + 2.0 * eps), 2.0 * eps * s];
        let slope = [4.0 * noise_slope * s * s + (32.0 * noise + 8.0 * eps / s) * v, 8.0 * eps * q / s];
        let b = [0, 1].map(|i| diffusion[i] / (rise[i] * rise[i]));
        Coefficients {
            drift: [0, 1].map(|i| drift[i] / rise[i] - 0.5 * b[i] * bend[i]),
            diffusion: [[b[0], 0.0], [0.0, b[1]]],
            div_diffusion: [0, 1].map(|i| slope[i] / rise[i] - 2.0 * b[i] * bend[i]),
        }
    }

    /// In (v, Q),
    /// a_v = -[ s (4 h + 4 T G' s) + (24 T G + 8 gamma + 8 eps/s) v ] / (4 T G s^2 + 2 eps s),
    /// a_Q = -[ 4 (T G + gamma)/eps + 4/s ] Q/s.
    fn force(&self, z: &[f64; 2]) -> Force<2> {
        let Local { v: [v, q], rise, bend, s, h, noise, noise_slope } = self.local(z);
        let s = s.max(BLUNT * self.core);
        let (eps, decay) = (self.model.isotropic_noise, self.model.weight_decay);
        let m = &self.model.moments;
        // All of a_v divided by s.
        let whole = 4.0 * noise * s + 2.0 * eps;
        let pull = 4.0 * h + 4.0 * noise_slope * s;
        let pull_size = 4.0 * (m.beta1() * v.abs() + m.beta2().abs()) + 4.0 * noise_slope.abs() * s;
        let hold = (24.0 * noise + 8.0 * decay + 8.0 * eps / s) * (v / s);
        let along = rise[0] / whole;
        let across = rise[1] * (4.0 * (noise + decay) / eps + 4.0 / s) * (q / s);
        Force {
            value: [bend[0] - along * (pull + hold), bend[1] - across],
            magnitude: [bend[0].abs() + along * (pull_size + hold.abs()), bend[1].abs() + across.abs()],
        }
    }
}
