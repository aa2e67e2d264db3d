//! Section 3 of the theory manual as data: the logarithmic slope of the stationary density,
//!
//! d ln p/dv = -a/v - G'/G - w v^-q (beta1 v - beta2)/G - g v^(1-2q)/G,
//!
//! a = 3D/(D+1), q = 2D/(D+1), w = c_d/((D+1) T), g = gamma c_d^2/((D+1) T), c_d = d^(1-2/(D+1)), for a
//! branch mirrored to v > 0. Weight decay is folded into beta1 (D = 0) or beta2 (D = 1), so that g > 0 only
//! for D >= 2. Whether the density can be normalised is decided here, by sections 4, 5 and 10.

use super::chart::Chart;
use super::roots::Exponential;
use crate::model::{Branch, Diagonal, Moments};

/// A pull at the zero of the noise below this many roundings of its parts counts as zero.
const PULL_ROUNDINGS: f64 = 8.0;

/// The constants of the slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Balance {
    /// Var[x^2]
    pub alpha1: f64,
    /// Cov[x^2, xy]
    pub alpha2: f64,
    /// Var[xy]
    pub alpha3: f64,
    /// alpha1 alpha3 - alpha2^2
    pub delta: f64,
    /// alpha2 / alpha1
    pub k: f64,
    /// sqrt(Delta) / alpha1
    pub pinch: f64,
    /// E[x^2], with decay for D = 0
    pub beta1: f64,
    /// E[xy], with decay for D = 1
    pub beta2: f64,
    /// |beta2| and gamma added, what beta2 was made from.
    pub beta2_size: f64,
    /// a
    pub curvature: f64,
    /// w
    pub weight: f64,
    /// q
    pub power: f64,
    /// g
    pub decay: f64,
    /// D, `None` for infinite depth.
    pub depth: Option<u32>,
}

/// The interval a normalisable law lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interval {
    /// (-inf, inf)
    Line,
    /// (0, inf)
    Positive,
    /// (k, inf)
    Beyond,
    /// (0, k)
    Below,
}

impl Balance {
    /// Constants of `model` mirrored so that the branch is v > 0 (for D = 0: so that the law is on the
    /// upper side of a zero of the noise), and the sign that undoes the mirror.
    pub fn of(model: &Diagonal, branch: Branch) -> (Self, f64) {
        let straight = Self::positive(model);
        let upside = match (model.depth, model.moments.noise_zero()) {
            (0, Some(_)) => straight.pull_at_zero() >= 0.0,
            (0, None) => true,
            _ => branch == Branch::Positive,
        };
        if upside { (straight, 1.0) } else { (Self::positive(&model.mirrored()), -1.0) }
    }

    fn positive(model: &Diagonal) -> Self {
        let layers = f64::from(model.depth) + 1.0;
        let width = f64::from(model.width);
        let c_d = width.powf(1.0 - 2.0 / layers);
        let (beta1, beta2) = (model.moments.beta1(), model.moments.beta2());
        let gamma = model.weight_decay;
        let (beta1, beta2, decay) = match model.depth {
            0 => (beta1 + gamma / width, beta2, 0.0),
            1 => (beta1, beta2 - gamma, 0.0),
            _ => (beta1, beta2, gamma * c_d * c_d / (layers * model.temperature)),
        };
        Self {
            beta1,
            beta2,
            beta2_size: model.moments.beta2().abs() + if model.depth == 1 { gamma } else { 0.0 },
            curvature: 3.0 * (layers - 1.0) / layers,
            weight: c_d / (layers * model.temperature),
            power: 2.0 * (layers - 1.0) / layers,
            decay,
            depth: Some(model.depth),
            ..Self::noise(&model.moments)
        }
    }

    /// Section 11: depth to infinity at fixed `ratio` = d / (D T), branch v > 0.
    pub fn infinitely_deep(moments: &Moments, ratio: f64) -> Self {
        Self {
            beta1: moments.beta1(),
            beta2: moments.beta2(),
            beta2_size: moments.beta2().abs(),
            curvature: 3.0,
            weight: ratio,
            power: 2.0,
            depth: None,
            ..Self::noise(moments)
        }
    }

    fn noise(m: &Moments) -> Self {
        Self {
            alpha1: m.alpha1(),
            alpha2: m.alpha2(),
            alpha3: m.alpha3(),
            delta: m.discriminant(),
            k: m.centre(),
            pinch: m.pinch(),
            beta1: 0.0,
            beta2: 0.0,
            beta2_size: 0.0,
            curvature: 0.0,
            weight: 0.0,
            power: 0.0,
            decay: 0.0,
            depth: None,
        }
    }

    /// c = beta2 - beta1 k of section 5 (decay of D >= 2 not included).
    pub fn pull(&self) -> f64 {
        (-self.beta1).mul_add(self.k, self.beta2)
    }

    /// c_eff of section 10, exactly 0 when it is a few roundings of its parts.
    fn pull_at_zero(&self) -> f64 {
        // (D+1) gamma k / s(k) = g/w k^(1-q)
        let decay = if self.decay > 0.0 { self.decay / self.weight * self.k.powf(1.0 - self.power) } else { 0.0 };
        let pull = self.pull() - decay;
        if pull.abs() <= PULL_ROUNDINGS * f64::EPSILON * (self.beta2_size + decay) { 0.0 } else { pull }
    }

    /// a of section 4: p ~ v^(a-1) at 0 for D = 1 (alpha3 > 0).
    pub fn growth_at_zero(&self) -> f64 {
        // w beta2/alpha3 - 1/2 with one rounding of the difference.
        self.weight.mul_add(self.beta2, -0.5 * self.alpha3) / self.alpha3
    }

    /// Where the law lives; `None` when no density can be normalised.
    pub fn interval(&self) -> Option<Interval> {
        if self.alpha1 == 0.0 && self.alpha3 == 0.0 {
            return None;
        }
        let degenerate = self.alpha1 > 0.0 && self.delta == 0.0;
        if self.depth == Some(0) {
            return match degenerate {
                true => (self.pull_at_zero() != 0.0).then_some(Interval::Beyond),
                false => Some(Interval::Line),
            };
        }
        if degenerate && self.k > 0.0 {
            let pull = self.pull_at_zero();
            return match pull {
                _ if pull > 0.0 => Some(Interval::Beyond),
                _ if pull < 0.0 => self.leaves_zero().then_some(Interval::Below),
                _ => None,
            };
        }
        self.leaves_zero().then_some(Interval::Positive)
    }

    /// Whether v = 0 repels, so that the density can be integrated there.
    fn leaves_zero(&self) -> bool {
        if self.beta2 <= 0.0 || self.decay > 0.0 {
            return false;
        }
        self.depth != Some(1) || self.alpha3 == 0.0 || self.growth_at_zero() > 0.0
    }

    /// G(v) (v d ln p/dv + shift) as a sum of powers of v: its roots are the stationary points of p
    /// (shift 0) or of the density of ln v (shift 1).
    pub fn stationary_terms(&self, shift: f64) -> Vec<Exponential> {
        let rise = shift - self.curvature;
        [
            ((rise - 2.0) * self.alpha1, 2.0),
            ((1.0 - rise) * 2.0 * self.alpha2, 1.0),
            (rise * self.alpha3, 0.0),
            (-self.weight * self.beta1, 2.0 - self.power),
            (self.weight * self.beta2, 1.0 - self.power),
            (-self.decay, 2.0 - 2.0 * self.power),
        ]
        .map(|(coefficient, exponent)| Exponential { coefficient, exponent })
        .to_vec()
    }

    /// m where p ~ v^-m at infinity; `None` where the tail is no power law.
    pub fn tail_exponent(&self) -> Option<f64> {
        if self.alpha1 == 0.0 {
            return None;
        }
        let pull = if self.power == 0.0 { self.weight * self.beta1 / self.alpha1 } else { 0.0 };
        Some(2.0 + self.curvature + pull)
    }

    /// v beyond which d ln p/d ln v is that of the power law to a relative 1e-17.
    pub fn power_law_from(&self) -> f64 {
        let small = 1e-17;
        let a1 = self.alpha1;
        let mut far = (8.0 * self.k.abs() / small).max((8.0 * self.alpha3 / a1 / small).sqrt());
        if self.power == 0.0 {
            let steep = 2.0 + self.weight * self.beta1 / a1;
            far *= steep;
            return far.max(4.0 * self.weight * self.pull().abs() / a1 / small);
        }
        far = far.max((4.0 * self.weight * self.beta1 / a1 / small).powf(1.0 / self.power));
        far = far.max((4.0 * self.weight * self.beta2_size / a1 / small).powf(1.0 / (1.0 + self.power)));
        far.max((4.0 * self.decay / a1 / small).powf(0.5 / self.power))
    }

    /// D = 1: v below which d ln p/d ln v is a - 1 to a relative 1e-17.
    pub fn growth_until(&self) -> f64 {
        let a = self.growth_at_zero();
        let change = 2.0 * self.alpha2.abs() * (2.5 + a)
            + self.weight * self.beta1
            + (self.alpha1 * self.alpha3).sqrt() * (2.5 + a);
        1e-17 * self.alpha3 / change
    }
}

/// A sum that remembers the magnitude of its terms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sum {
    /// The sum.
    pub value: f64,
    /// The sum of magnitudes.
    pub size: f64,
}

impl Sum {
    /// One more term.
    pub fn plus(self, term: f64) -> Self {
        Self { value: self.value + term, size: self.size + term.abs() }
    }

    /// One more term that was itself made from parts of total magnitude `size`.
    pub fn plus_sized(self, term: f64, size: f64) -> Self {
        Self { value: self.value + term, size: self.size + size }
    }
}

/// The slope seen from a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    /// The constants.
    pub balance: Balance,
    /// The chart.
    pub chart: Chart,
    /// v0
    pub v0: f64,
    /// v0 - k
    pub x0: f64,
    /// h(v0)
    h0: f64,
}

impl Frame {
    /// The slope of `balance` in `chart`.
    pub fn new(balance: Balance, chart: Chart) -> Self {
        let v0 = chart.reference();
        let x0 = match chart {
            Chart::Beyond { x0, .. } => x0,
            Chart::Below { .. } => -chart.place(0.0).x,
            _ => v0 - balance.k,
        };
        let h0 = match chart {
            Chart::Beyond { .. } | Chart::Below { .. } => balance.beta1.mul_add(x0, -balance.pull()),
            _ => balance.beta1.mul_add(v0, -balance.beta2),
        };
        Self { balance, chart, v0, x0, h0 }
    }

    /// v - k.
    pub fn x(&self, p: &super::chart::Place) -> f64 {
        match self.chart {
            Chart::Beyond { .. } => p.x,
            Chart::Below { .. } => -p.x,
            _ => self.x0 + p.offset,
        }
    }

    /// ln(G / G0), with the magnitude of what it was made from.
    pub fn log_noise_ratio(&self, p: &super::chart::Place) -> f64 {
        let b = &self.balance;
        if b.alpha1 == 0.0 {
            return 0.0;
        }
        if b.delta == 0.0 {
            if !p.log_x_ratio.is_nan() {
                return 2.0 * p.log_x_ratio;
            }
            let relative = p.offset / self.x0;
            return 2.0 * if relative.abs() < 0.5 { relative.ln_1p() } else { (1.0 + relative).abs().ln() };
        }
        let before = self.x0.hypot(b.pinch);
        let change = (p.offset / before) * ((2.0 * self.x0 + p.offset) / before);
        if change.abs() < 0.5 { change.ln_1p() } else { 2.0 * (self.x(p).hypot(b.pinch) / before).ln() }
    }

    /// A(v) - A(v0), A = arctan((v - k) alpha1 / sqrt(Delta)).
    pub fn angle(&self, p: &super::chart::Place) -> f64 {
        let pinch = self.balance.pinch;
        // Both arguments over pinch^2 in steps, since v may be near the end of the number range.
        let (t0, t) = (self.x0 / pinch, self.x(p) / pinch);
        let along = t0.mul_add(t, 1.0);
        if along.is_finite() { (p.offset / pinch).atan2(along) } else { t.atan() - t0.atan() }
    }

    /// h = beta1 v - beta2, from whichever end is nearer, and the size of its parts.
    fn residual(&self, p: &super::chart::Place) -> (f64, f64) {
        let b = &self.balance;
        let h = match self.chart {
            Chart::Below { k, .. } if p.v < 0.5 * k => b.beta1.mul_add(p.v, -b.beta2),
            Chart::Beyond { .. } | Chart::Below { .. } => b.beta1.mul_add(self.x(p), -b.pull()),
            _ => b.beta1.mul_add(p.offset, self.h0),
        };
        (h, b.beta1 * p.v.abs() + b.beta2_size)
    }

    /// d ln p/d zeta from the drift: -(dv/dzeta) (w v^-q h + g v^(1-2q)) / G.
    pub fn drift_slope(&self, p: &super::chart::Place) -> Sum {
        let b = &self.balance;
        let (g_root, conditioning) = self.noise_root(p);
        let (h, h_size) = self.residual(p);
        if b.power == 0.0 {
            let scale = b.weight * (p.jacobian / g_root) / g_root;
            return Sum { value: -scale * h, size: scale * (2.0 * h_size + h.abs() * conditioning) };
        }
        let log_v = self.chart.log_abs(p.zeta);
        // The exponent of a power is rounded in proportion to its own size.
        let exponents = [(1.0 - b.power) * log_v, (2.0 - 2.0 * b.power) * log_v];
        let along = (p.rise / g_root) * exponents[0].exp() / g_root;
        let decay = if b.decay > 0.0 { b.decay * (p.rise / g_root) * exponents[1].exp() / g_root } else { 0.0 };
        let value = -(b.weight * along).mul_add(h, decay);
        let size = b.weight * along * (2.0 * h_size + h.abs() * (conditioning + exponents[0].abs()))
            + decay * (2.0 + conditioning + exponents[1].abs());
        Sum { value, size }
    }

    /// sqrt(G), and how much more than one rounding of the parameters G suffers.
    fn noise_root(&self, p: &super::chart::Place) -> (f64, f64) {
        let b = &self.balance;
        if b.alpha1 == 0.0 {
            return (b.alpha3.sqrt(), 2.0);
        }
        let x = self.x(p);
        let distance = x.hypot(b.pinch);
        let floor = if b.delta > 0.0 { (b.alpha3 + b.alpha2 * b.k) / b.alpha1 } else { 0.0 };
        let conditioning = 2.0 + 2.0 * (b.k.abs() / distance) * (x.abs() / distance) + floor / distance / distance;
        (b.alpha1.sqrt() * distance, conditioning)
    }

    /// d ln p/d zeta, whole.
    pub fn slope(&self, p: &super::chart::Place) -> Sum {
        let b = &self.balance;
        let drift = self.drift_slope(p);
        let mut sum = drift;
        if b.curvature > 0.0 {
            sum = sum.plus(-b.curvature * p.rise);
        }
        if b.alpha1 > 0.0 {
            let x = self.x(p);
            let distance = x.hypot(b.pinch);
            let (_, conditioning) = self.noise_root(p);
            let term = -2.0 * (x / distance) * (p.jacobian / distance);
            sum = sum.plus_sized(term, term.abs() * conditioning);
        }
        sum
    }

    /// Points of the chart around a narrow minimum of the noise, at doubling distances.
    pub fn landmarks(&self) -> Vec<f64> {
        let b = &self.balance;
        if b.alpha1 == 0.0 || b.delta == 0.0 || b.pinch >= b.k.abs() {
            return Vec::new();
        }
        let doublings = ((b.k.abs() / b.pinch).log2().ceil() as i32).min(64) + 1;
        let distances = (-2..doublings).map(|j| b.pinch * f64::from(j).exp2());
        let around = distances.flat_map(|x| [b.k - x, b.k + x]);
        let mut marks: Vec<f64> = around.chain([b.k]).filter_map(|v| self.chart.locate(v)).collect();
        marks.sort_by(f64::total_cmp);
        marks
    }
}
