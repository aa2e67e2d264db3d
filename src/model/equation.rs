//! The diagonal network's equation in the chart of one piece: drift, diffusion and force.
//!
//! The force is formed in one way per chart, each without the cancellation that the general expression has there.

use super::Diagonal;
use super::forces::LineForce;
use super::sensitivity::Unknown;
use super::terms::{Sum, hyperbolic};
use crate::numeric::two_sum;
use crate::process::{Chart, Coefficients, Coordinate, Force, Process, force_of};

/// The network's equation in the chart of one piece.
#[derive(Debug, Clone)]
pub struct DiagonalProcess {
    pub(super) model: Diagonal,
    chart: Chart<1>,
    pub(super) coordinate: Coordinate,
    /// D + 1
    pub(super) layers: f64,
    /// beta2 - beta1 k
    pub(super) pull: f64,
    /// What rounding left open about the parameters.
    pub(super) unknown: Unknown,
    /// D = 1 without the modified loss.
    plain_layer: bool,
}

impl DiagonalProcess {
    pub(super) fn new(model: Diagonal, coordinate: Coordinate) -> Self {
        Self {
            chart: Chart::new([coordinate]),
            coordinate,
            layers: f64::from(model.depth) + 1.0,
            pull: model.pull(),
            unknown: Unknown::of(&model),
            plain_layer: model.depth == 1 && !model.modified_loss,
            model,
        }
    }

    /// h_eff / h of the modified loss: 1 + T beta1 s + T h D/(D+1) s/v.
    pub(super) fn modification(&self, v: f64, h: f64, s_over_v: f64) -> f64 {
        if !self.model.modified_loss {
            return 1.0;
        }
        let (t, beta1) = (self.model.temperature, self.model.moments.beta1());
        if self.model.depth == 0 {
            return 1.0 + t * beta1 * f64::from(self.model.width);
        }
        let shape = (self.layers - 1.0) / self.layers;
        1.0 + t * beta1 * s_over_v * v.abs() + t * h * v.signum() * shape * s_over_v
    }

    /// v = c e^z: -(D+1)^-1 [ (c h m rho + gamma rho^2) / (T G) + 2D - 1 ] - v G'/G, as one fraction so that
    /// the collapse at T_c is a sign change without cancellation.
    fn half_line(&self, z: f64, sign: f64) -> Force<1> {
        let (model, m) = (&self.model, &self.model.moments);
        let v = self.coordinate.to_physical(z);
        let n = self.layers;
        let inverse_rho = model.inverse_rho(self.coordinate.log_abs(z));
        let rho = 1.0 / inverse_rho;
        let h = m.h(v);
        let h_size = m.beta1() * v.abs() + m.beta2().abs();
        let t = model.temperature;
        // v itself may be 0, without a sign.
        let factor = self.modification(sign * v.abs(), h, n * inverse_rho);
        // Numerator over (D+1) T G, all of it divided by v^2 far out so that nothing overflows.
        let (g, slope, scale) = self.noise(v);
        // Far out the factor grows like v / rho: it must meet rho before h does.
        let lessened = factor * rho;
        let pull = sign * h * scale * lessened;
        let decay = model.weight_decay * rho * rho * scale;
        // rho is a power: its exponent is rounded in proportion to its own size.
        let power = 1.0 + rho.ln().abs();
        let pull_size = h_size * scale * lessened.abs() * power;
        let along = n * slope + (2.0 * n - 3.0) * g.value;
        // What opposes the noise, with the rounding of its own sum.
        let (opposing, lost) = two_sum(pull, decay);
        let numerator = t.mul_add(along, opposing) + lost;
        let denominator = n * t * g.value;
        // Next to v = 0 of a one-layer network every term is exact, so a collapse is seen to the last bit.
        let exact = self.plain_layer && h == -m.beta2() && (n * slope).abs() < f64::EPSILON * g.value;
        let magnitude = if exact {
            numerator.abs()
        } else {
            // Beyond the plain rounding of every term: that of G in all of them, and of v - k in G'.
            let g_off = g.conditioning - 1.0;
            let along = n * (g.slope_size + slope.abs() * g_off) + (2.0 * n - 3.0).abs() * g.value * g.conditioning;
            pull_size + decay * power + opposing.abs() * g_off + t * along
        };
        Force { value: [-numerator / denominator], magnitude: [magnitude / denominator] }
    }

    /// G, v G' and the factor both carry: 1 near, v^-2 where v^2 dominates and would overflow.
    fn noise(&self, v: f64) -> (Noise, f64, f64) {
        let m = &self.model.moments;
        let (a1, a2, a3, k) = (m.alpha1(), m.alpha2(), m.alpha3(), m.centre());
        if a1 == 0.0 {
            return (Noise { value: a3, conditioning: 1.0, slope_size: 0.0 }, 0.0, 1.0);
        }
        let far = v.abs() > 4.0 * k.abs().max(m.pinch());
        if far {
            let w = 1.0 / v;
            let value = a3.mul_add(w * w, a1) - 2.0 * a2 * w;
            let slope = 2.0 * (a1 - a2 * w);
            return (Noise { value, conditioning: 1.0, slope_size: slope.abs() }, slope, w * w);
        }
        let x = v - k;
        let near_minimum = x.abs() < 0.75 * k.abs();
        let value = if near_minimum { m.g(v) } else { v.mul_add(a1 * v - 2.0 * a2, a3) };
        // Near a narrow minimum, x inherits the rounding of v and k.
        let conditioning = if near_minimum { 1.0 + 2.0 * a1 * x.abs() * k.abs() / value } else { 1.0 };
        let slope_size = 2.0 * a1 * (x.abs() + k.abs()) * v.abs();
        (Noise { value, conditioning, slope_size }, 2.0 * a1 * x * v, 1.0)
    }

    /// v = k + c e^z, G = alpha1 x^2: -1 - 3D/(D+1) x/v - x (h + (D+1) gamma v/s) / (T s G).
    fn beyond_zero(&self, z: f64, origin: f64) -> Force<1> {
        let (model, m) = (&self.model, &self.model.moments);
        let x = self.offset_from_centre(z, origin);
        let v = origin + x;
        let h = Sum::of(m.beta1() * x).plus(-self.pull);
        let (s, decay) = self.speed_and_decay(v);
        let factor = self.modification(v, h.value, if v == 0.0 { 0.0 } else { s / v.abs() });
        let depth = self.layers - 1.0;
        let curvature = if depth > 0.0 { 3.0 * depth / self.layers * x / v } else { 0.0 };
        h.times(factor)
            .plus(decay)
            .times(-1.0 / (model.temperature * s * m.alpha1() * x))
            .plus(-1.0)
            .plus(-curvature)
            .force()
    }

    /// v = k u, u = 1/(1+e^-z), y = 1 - u, G = alpha1 k^2 y^2.
    fn below_zero(&self, z: f64, length: f64) -> Force<1> {
        let (model, m) = (&self.model, &self.model.moments);
        let (u, y) = if z < 0.0 {
            let e = z.exp();
            (e / (1.0 + e), 1.0 / (1.0 + e))
        } else {
            let e = (-z).exp();
            (1.0 / (1.0 + e), e / (1.0 + e))
        };
        let v = length * u;
        // Either way h = beta1 v - beta2, from the end that is nearer.
        let h = if u < 0.5 {
            Sum::of(m.beta1() * v).plus(-m.beta2())
        } else {
            Sum::of(-m.beta1() * length * y).plus(-self.pull)
        };
        let s_over_v = model.s_over_v(self.coordinate.log_abs(z));
        let s = s_over_v * v.abs();
        let decay = self.layers * model.weight_decay * v.signum() / s_over_v;
        let factor = self.modification(v, h.value, s_over_v);
        let shape = 3.0 * (self.layers - 1.0) / self.layers;
        // v y / (T s alpha1 k^2 y^2), with v / s kept together: both vanish at v = 0.
        let weight = -v.signum() / (s_over_v * model.temperature * m.alpha1() * length * length * y);
        debug_assert!(s >= 0.0);
        h.times(factor).plus(decay).times(weight).plus((1.0 - shape) * y).plus(u).force()
    }

    /// D = 0, v = centre + scale sinh z.
    fn line(&self, z: f64, centre: f64, scale: f64) -> Force<1> {
        let (model, m) = (&self.model, &self.model.moments);
        let d = f64::from(model.width);
        let factor = self.modification(0.0, 0.0, 0.0);
        let beta = m.beta1() * factor + model.weight_decay / d;
        let [sinh, cosh, tanh] = hyperbolic(z);
        let offset = Sum::of(beta * centre).plus(-m.beta2() * factor);
        let t = model.temperature * d;
        if m.alpha1() > 0.0 && centre == m.centre() && scale == m.pinch() {
            // G = (Delta / alpha1) cosh^2 z
            let fall = offset.times(1.0 / (scale * cosh)).plus(beta * tanh);
            return fall.times(-1.0 / (t * m.alpha1())).plus(-tanh).force();
        }
        let v = centre + scale * sinh;
        let (g, slope, far) = self.noise(v);
        // v is rounded in proportion to its terms, and G and G' with it.
        let size =
            if far == 1.0 { 2.0 * m.alpha1() * (m.centre().abs() + centre.abs() + (scale * sinh).abs()) } else { 0.0 };
        let g_off = g.conditioning - 1.0 + size * (v - m.centre()).abs() / g.value;
        // slope is v G' (times far); G' itself is needed here.
        let slope = if v == 0.0 { -2.0 * m.alpha2() } else { slope / v };
        let rise = scale * cosh;
        offset
            .plus(beta * scale * sinh)
            .times(-rise * far / (t * g.value))
            .worsened(g_off)
            .plus(-rise * slope / g.value)
            .widened(rise * (slope.abs() * g_off + size) / g.value)
            .plus(tanh)
            .force()
    }

    /// s(v) and (D+1) gamma v / s(v).
    fn speed_and_decay(&self, v: f64) -> (f64, f64) {
        let model = &self.model;
        if model.depth == 0 {
            let d = f64::from(model.width);
            return (d, model.weight_decay * v / d);
        }
        let s_over_v = model.s_over_v(v.abs().ln());
        (s_over_v * v.abs(), self.layers * model.weight_decay * v.signum() / s_over_v)
    }
}

struct Noise {
    value: f64,
    /// Rounding of `value`, in roundings.
    conditioning: f64,
    /// Magnitude of the terms of v G'.
    slope_size: f64,
}

impl Process<1> for DiagonalProcess {
    fn chart(&self) -> &Chart<1> {
        &self.chart
    }

    /// The equation in v, pushed forward into the chart by the Ito formula.
    fn coefficients(&self, z: &[f64; 1]) -> Coefficients<1> {
        let (model, m) = (&self.model, &self.model.moments);
        let z = z[0];
        let v = self.coordinate.to_physical(z);
        let orientation = if self.coordinate.increasing() { 1.0 } else { -1.0 };
        let jacobian = orientation * self.coordinate.log_jacobian(z).exp();
        let bend = self.coordinate.log_jacobian_slope(z);
        let (g, g_slope) = match self.coordinate {
            Coordinate::Exponential { .. } | Coordinate::Logistic { .. } if m.noise_zero().is_some() => {
                let x = self.offset_from_centre(z, v);
                (m.alpha1() * x * x, 2.0 * m.alpha1() * x)
            }
            _ => (m.g(v), 2.0 * m.alpha1() * (v - m.centre())),
        };
        let depth = self.layers - 1.0;
        let (s, decay) = self.speed_and_decay(v);
        let s_slope = if depth > 0.0 { 2.0 * depth / self.layers * s / v } else { 0.0 };
        let t = model.temperature;
        let h = m.h(v) * self.modification(v, m.h(v), if depth > 0.0 { s / v.abs() } else { 0.0 });
        let b = 4.0 * t * g * s * s;
        let b_slope = 4.0 * t * (g_slope * s * s + 2.0 * g * s * s_slope);
        let drift = -2.0 * s * (h + decay) + t * g * s * s_slope;
        let in_chart = b / (jacobian * jacobian);
        Coefficients {
            drift: [drift / jacobian - 0.5 * in_chart * bend],
            diffusion: [[in_chart]],
            div_diffusion: [b_slope / jacobian - 2.0 * in_chart * bend],
        }
    }

    fn forces(&self, start: &[f64; 1], axis: usize, step: f64, out: &mut [f64]) {
        let at = |z: f64| self.force(&[z]).value[0];
        debug_assert_eq!(axis, 0);
        match LineForce::of(&self.model, &self.coordinate) {
            Some(form) => form.fill(start[0], step, out, at),
            None => out.iter_mut().enumerate().for_each(|(i, f)| *f = at(start[0] + i as f64 * step)),
        }
    }

    fn inherited_error(&self, z: &[f64; 1]) -> [f64; 1] {
        [self.inherited(z[0])]
    }

    fn force(&self, z: &[f64; 1]) -> Force<1> {
        match self.coordinate {
            Coordinate::Hyperbolic { centre, scale } => self.line(z[0], centre, scale),
            Coordinate::Logistic { length } => self.below_zero(z[0], length),
            Coordinate::Identity { .. } | Coordinate::Interval { .. } | Coordinate::Segment { .. } => {
                force_of(&self.coefficients(z))
            }
            Coordinate::Exponential { origin, sign, .. } if self.model.depth >= 1 && origin == 0.0 => {
                self.half_line(z[0], sign)
            }
            Coordinate::Exponential { origin, .. } => self.beyond_zero(z[0], origin),
        }
    }
}
