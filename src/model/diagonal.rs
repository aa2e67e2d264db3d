//! The diagonal linear network f(x) = v x, v = sum_i prod_k u_i^(k), with D hidden layers and width d.
//!
//! On the balanced manifold (all layers of a neuron equal in magnitude, neurons equal), where SGD noise
//! drives it, v obeys one stochastic differential equation (Ito; theory manual, section 2):
//!
//! dv = [ -2 s h + 2 T G D/(D+1) s^2/v - 2 gamma (D+1) v ] dt + 2 s sqrt(T G) dW,
//!
//! s(v) = (D+1) |v|^(2D/(D+1)) d^(-1+2/(D+1)), h and G as in [`Moments`]. For D >= 1, v = 0 is a face that
//! is never crossed, so each sign of v is a branch of its own; a zero of G cuts a branch into two pieces.

use super::forces::LineForce;
use super::sensitivity::Unknown;
use super::{ModelError, Moments};
use crate::numeric::two_sum;
use crate::process::{Chart, Coefficients, Coordinate, Force, Process};

/// Largest number of hidden layers accepted.
const MAX_DEPTH: u32 = 10_000;
/// Largest width accepted.
const MAX_WIDTH: u32 = 1_000_000_000;
/// beta2 - beta1 k below this many roundings of beta2 counts as zero (targets exactly y = k x).
const LINEAR_ROUNDINGS: f64 = 8.0;
/// The minimum of the noise is far from that of the loss beyond this many widths of the law.
const FAR: f64 = 10.0;

/// Which sign of v the start has, for D >= 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// v > 0
    Positive,
    /// v < 0
    Negative,
}

impl Branch {
    /// +1 or -1.
    pub fn sign(self) -> f64 {
        match self {
            Self::Positive => 1.0,
            Self::Negative => -1.0,
        }
    }
}

/// Parameters of the network, its data and its training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagonal {
    /// Hidden layers D >= 0.
    pub depth: u32,
    /// Width d >= 1.
    pub width: u32,
    /// T = learning rate / batch size > 0.
    pub temperature: f64,
    /// gamma >= 0, for a loss + gamma |theta|^2.
    pub weight_decay: f64,
    /// Whether the drift is that of L + (T/4) |grad L|^2, the finite-step correction for batch size 1.
    pub modified_loss: bool,
    /// The data.
    pub moments: Moments,
}

impl Diagonal {
    /// Checks the ranges of the parameters.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] for the first parameter out of range.
    pub fn validated(self) -> Result<Self, ModelError> {
        let fail = |name, value, accepted| Err(ModelError::Parameter { name, value, accepted });
        if self.depth > MAX_DEPTH {
            return fail("depth", f64::from(self.depth), "a whole number from 0 to 10000");
        }
        if self.width < 1 || self.width > MAX_WIDTH {
            return fail("width", f64::from(self.width), "a whole number from 1 to 1000000000");
        }
        if !(1e-100..=1e100).contains(&self.temperature) {
            return fail("temperature", self.temperature, "a finite number > 0 (between 1e-100 and 1e100)");
        }
        if !(0.0..=1e50).contains(&self.weight_decay) || (self.weight_decay > 0.0 && self.weight_decay < 1e-50) {
            return fail("weight_decay", self.weight_decay, "a finite number >= 0 (0, or between 1e-50 and 1e50)");
        }
        Ok(self)
    }

    /// The branch a start of unknown sign is taken to be on: the sign of beta2.
    pub fn natural_branch(&self) -> Branch {
        if self.moments.beta2() < 0.0 { Branch::Negative } else { Branch::Positive }
    }

    /// The same network with v -> -v.
    pub fn mirrored(&self) -> Self {
        Self { moments: self.moments.mirrored(), ..*self }
    }

    /// beta2 - beta1 k, the pull at the zero of the noise; exactly 0 for targets y = k x.
    fn pull(&self) -> f64 {
        let m = &self.moments;
        let pull = (-m.beta1()).mul_add(m.centre(), m.beta2());
        if pull.abs() <= LINEAR_ROUNDINGS * f64::EPSILON * m.beta2().abs() { 0.0 } else { pull }
    }

    /// The open intervals that a start on `branch` can live on, in the order of v, each with its chart.
    ///
    /// For D = 0 there is one branch, the whole line.
    pub fn pieces(&self, branch: Branch) -> Vec<Piece> {
        let zero = self.moments.noise_zero();
        if self.depth == 0 {
            return match zero {
                Some(k) => vec![self.piece(self.half_axis(k, -1.0)), self.piece(self.half_axis(k, 1.0))],
                None => vec![self.piece(self.whole_line())],
            };
        }
        let sign = branch.sign();
        match zero {
            Some(k) if k * sign > 0.0 => {
                let mut pieces =
                    vec![self.piece(Coordinate::Logistic { length: k }), self.piece(self.half_axis(k, sign))];
                if sign < 0.0 {
                    pieces.reverse();
                }
                pieces
            }
            _ => vec![self.piece(self.half_axis(0.0, sign))],
        }
    }

    fn piece(&self, coordinate: Coordinate) -> Piece {
        Piece { coordinate, process: DiagonalProcess::new(*self, coordinate) }
    }

    /// A half line in units of the distance from its face to the minimum of the loss.
    fn half_axis(&self, origin: f64, sign: f64) -> Coordinate {
        let m = &self.moments;
        let distance = if origin == 0.0 { m.beta2() / m.beta1() } else { self.pull() / m.beta1() };
        let scale = [distance.abs(), m.centre().abs()].into_iter().find(|&x| x > 0.0).unwrap_or(1.0);
        Coordinate::Exponential { origin, sign, scale: scale.log2().round().exp2() }
    }

    /// D = 0: centred where the noise is smallest, in units of the distance over which it doubles; unless
    /// that point is so far away that v itself would lose digits: then at the minimum of the loss.
    fn whole_line(&self) -> Coordinate {
        let m = &self.moments;
        let pull_back = m.beta1() + self.weight_decay / f64::from(self.width);
        let minimum = m.beta2() / pull_back;
        let spread = (self.temperature * f64::from(self.width) * m.g(minimum) / pull_back).sqrt();
        if m.alpha1() == 0.0 {
            return Coordinate::Hyperbolic { centre: minimum, scale: spread };
        }
        // Farther off than a few widths of the law, the narrow part of the noise carries no mass.
        let near = (m.centre() - minimum).abs() <= FAR * spread.max(m.pinch());
        if near {
            Coordinate::Hyperbolic { centre: m.centre(), scale: m.pinch() }
        } else {
            Coordinate::Hyperbolic { centre: minimum, scale: (m.g(minimum) / m.alpha1()).sqrt() }
        }
    }

    /// (D+1) |v/d|^((D-1)/(D+1)) = s / |v|, from ln |v|.
    fn s_over_v(&self, log_abs: f64) -> f64 {
        let n = f64::from(self.depth) + 1.0;
        n * self.inverse_rho(log_abs)
    }

    /// r^(D-1), r = |v/d|^(1/(D+1)), from ln |v|.
    pub(super) fn inverse_rho(&self, log_abs: f64) -> f64 {
        match self.depth {
            1 => 1.0,
            depth => {
                let n = f64::from(depth) + 1.0;
                ((n - 2.0) / n * (log_abs - f64::from(self.width).ln())).exp()
            }
        }
    }
}

/// An interval of v on which the law may live, as a process in a chart of its own.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The chart.
    pub coordinate: Coordinate,
    /// The process in it.
    pub process: DiagonalProcess,
}

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

/// A sum that remembers the magnitude of its terms.
#[derive(Clone, Copy)]
struct Sum {
    value: f64,
    magnitude: f64,
}

impl Sum {
    fn of(value: f64) -> Self {
        Self { value, magnitude: value.abs() }
    }
    fn plus(self, term: f64) -> Self {
        Self { value: self.value + term, magnitude: self.magnitude + term.abs() }
    }
    fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, magnitude: self.magnitude * factor.abs() }
    }
    fn worsened(self, conditioning: f64) -> Self {
        Self { magnitude: self.magnitude * conditioning, ..self }
    }
    fn force(self) -> Force<1> {
        Force { value: [self.value], magnitude: [self.magnitude] }
    }
}

impl DiagonalProcess {
    fn new(model: Diagonal, coordinate: Coordinate) -> Self {
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
        let factor = self.modification(v, h, n * inverse_rho);
        // Numerator over (D+1) T G, all of it divided by v^2 far out so that nothing overflows.
        let (g, slope, scale) = self.noise(v);
        let pull = sign * h * scale * factor * rho;
        let decay = model.weight_decay * rho * rho * scale;
        // rho is a power: its exponent is rounded in proportion to its own size.
        let power = 1.0 + rho.ln().abs();
        let pull_size = h_size * scale * factor.abs() * rho * power;
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
            (t * (n * slope.abs() + (2.0 * n - 3.0).abs() * g.value) + pull_size + decay * power) * g.conditioning
        };
        Force { value: [-numerator / denominator], magnitude: [magnitude / denominator] }
    }

    /// G, v G' and the factor both carry: 1 near, v^-2 where v^2 dominates and would overflow.
    fn noise(&self, v: f64) -> (Noise, f64, f64) {
        let m = &self.model.moments;
        let (a1, a2, a3, k) = (m.alpha1(), m.alpha2(), m.alpha3(), m.centre());
        if a1 == 0.0 {
            return (Noise { value: a3, conditioning: 1.0 }, 0.0, 1.0);
        }
        let far = v.abs() > 4.0 * k.abs().max(m.pinch());
        if far {
            let w = 1.0 / v;
            let value = a3.mul_add(w * w, a1) - 2.0 * a2 * w;
            return (Noise { value, conditioning: 1.0 }, 2.0 * (a1 - a2 * w), w * w);
        }
        let x = v - k;
        let near_minimum = x.abs() < 0.75 * k.abs();
        let value = if near_minimum { m.g(v) } else { v.mul_add(a1 * v - 2.0 * a2, a3) };
        // Near a narrow minimum, x inherits the rounding of v and k.
        let conditioning = if near_minimum { 1.0 + 2.0 * a1 * x.abs() * k.abs() / value } else { 1.0 };
        (Noise { value, conditioning }, 2.0 * a1 * x * v, 1.0)
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
        // v is rounded in proportion to its terms, and G with it.
        let blur = if far == 1.0 {
            2.0 * m.alpha1() * (v - m.centre()).abs() * (centre.abs() + (scale * sinh).abs()) / g.value
        } else {
            0.0
        };
        // slope is v G' (times far); G' itself is needed here.
        let slope = if v == 0.0 { -2.0 * m.alpha2() } else { slope / v };
        let rise = scale * cosh;
        offset
            .plus(beta * scale * sinh)
            .times(-rise * far / (t * g.value))
            .plus(-rise * slope / g.value)
            .worsened(g.conditioning + blur)
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

/// sinh, cosh and tanh from one exponential.
fn hyperbolic(z: f64) -> [f64; 3] {
    let q = z.abs().exp_m1();
    let sinh = 0.5 * (q + q / (1.0 + q)).copysign(z);
    let cosh = 0.5 * ((1.0 + q) + 1.0 / (1.0 + q));
    [sinh, cosh, sinh / cosh]
}

struct Noise {
    value: f64,
    conditioning: f64,
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
        let jacobian = self.coordinate.log_jacobian(z).exp();
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
            Coordinate::Exponential { origin, sign, .. } if self.model.depth >= 1 && origin == 0.0 => {
                self.half_line(z[0], sign)
            }
            Coordinate::Exponential { origin, .. } => self.beyond_zero(z[0], origin),
        }
    }
}
