//! A closed form in a chart: where it is evaluated, how far it reaches, and how wrong it can be.
//!
//! The error of ln p(v)/p(v0) has two causes. The formula's terms are rounded: [`Sum::size`]. And the
//! parameters are (users type decimals; k and Delta are computed): one rounding of every term of the slope,
//! integrated from v0 to v, tabulated here as `blur`.

use super::balance::{Balance, Frame, Sum};
use super::chart::{Chart, Place};
use super::legendre::Sample;
use super::reference;
use super::shape::Shape;

/// Spacing of the table in zeta.
const STEP: f64 = 0.25;
/// The table reaches to where ln p has fallen by this much.
const DEEP: f64 = 800.0;
/// Largest |zeta| tabulated: beyond, v leaves the number range.
const FAR: f64 = 650.0;
/// Roundings of each term of the formula.
const TERM_ROUNDINGS: f64 = 2.0;
/// A closed form whose terms exceed what the parameters explain by this factor gives way to quadrature.
pub(super) const CANCELLING: f64 = 100.0;

/// How the density of zeta behaves towards an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// e^(-rate |zeta|), to a relative 1e-17 from `from` on.
    Power {
        /// zeta from which on it holds.
        from: f64,
        /// > 0
        rate: f64,
        /// Absolute rounding error of the rate.
        doubt: f64,
    },
    /// Faster than any exponential.
    Fast,
}

/// A law with its tables.
#[derive(Debug)]
pub(super) struct Law {
    /// Slope and chart.
    pub frame: Frame,
    /// The formula.
    pub shape: Box<dyn Shape>,
    /// Behaviour at the lower and upper end of zeta.
    pub ends: [End; 2],
    /// Maxima of the density of zeta.
    pub maxima: Vec<f64>,
    /// Table: zeta ascending.
    pub nodes: Vec<f64>,
    /// Table: ln of the density of zeta relative to v0.
    pub logs: Vec<f64>,
    blur: Vec<f64>,
}

impl Law {
    /// The law of `balance`, or `None` where none can be normalised.
    pub fn of(balance: Balance) -> Option<Self> {
        let (frame, maxima) = reference::find(balance)?;
        let law = Self::tabulated(frame, reference::shape(&frame), maxima.clone());
        if law.cancels() {
            return Some(Self::tabulated(frame, reference::quadrature(&frame), maxima));
        }
        Some(law)
    }

    /// The same law with its integral left to quadrature, whatever closed form there is.
    #[cfg(test)]
    pub fn by_quadrature(balance: Balance) -> Option<Self> {
        let (frame, maxima) = reference::find(balance)?;
        Some(Self::tabulated(frame, reference::quadrature(&frame), maxima))
    }

    fn tabulated(frame: Frame, shape: Box<dyn Shape>, maxima: Vec<f64>) -> Self {
        let ends = [lower_end(&frame), upper_end(&frame)];
        let mut law = Self { frame, shape, ends, maxima, nodes: Vec::new(), logs: Vec::new(), blur: Vec::new() };
        let mut nodes = law.reach(-1.0);
        nodes.extend(law.reach(1.0));
        nodes.extend(law.maxima.iter());
        nodes.extend(
            law.pinch_nodes(nodes.iter().copied().fold(0.0, f64::min), nodes.iter().copied().fold(0.0, f64::max)),
        );
        nodes.extend(law.bulk_nodes());
        nodes.push(0.0);
        nodes.sort_by(f64::total_cmp);
        nodes.dedup();
        law.logs = nodes.iter().map(|&zeta| law.log(&law.frame.chart.place(zeta)).value).collect();
        law.blur = law.blur_table(&nodes);
        law.nodes = nodes;
        law
    }

    /// Points of the table on one side of v0.
    fn reach(&self, direction: f64) -> Vec<f64> {
        let end = match self.ends[usize::from(direction > 0.0)] {
            End::Power { from, .. } => (from * direction).clamp(0.0, FAR),
            End::Fast => FAR,
        };
        let mut nodes = Vec::new();
        let mut t = STEP;
        while t < end {
            nodes.push(direction * t);
            let log = self.log(&self.frame.chart.place(direction * t)).value;
            if log < -DEEP || log.is_nan() {
                return nodes;
            }
            t += STEP;
        }
        nodes.push(direction * end);
        nodes
    }

    /// Points across every maximum, however narrow.
    fn bulk_nodes(&self) -> Vec<f64> {
        let around = |&top: &f64| {
            let width = self.width(top);
            [-8.0, -3.0, -1.0, 1.0, 3.0, 8.0].map(|t| width.min(STEP / 8.0).mul_add(t, top))
        };
        self.maxima.iter().flat_map(around).collect()
    }

    /// Where the noise has a narrow minimum inside the support.
    fn pinch_nodes(&self, low: f64, high: f64) -> Vec<f64> {
        let b = &self.frame.balance;
        if b.alpha1 == 0.0 || b.delta == 0.0 || b.pinch >= b.k.abs() {
            return Vec::new();
        }
        let doublings = (b.k.abs() / b.pinch).log2().ceil() as i32 + 1;
        let distances = (-2..doublings).map(|j| b.pinch * f64::from(j).exp2());
        distances
            .flat_map(|x| [b.k - x, b.k + x])
            .filter_map(|v| self.frame.chart.locate(v))
            .filter(|zeta| (low..=high).contains(zeta))
            .collect()
    }

    fn blur_table(&self, nodes: &[f64]) -> Vec<f64> {
        let sizes: Vec<f64> = nodes.iter().map(|&z| self.frame.slope(&self.frame.chart.place(z)).size).collect();
        let origin = nodes.partition_point(|&z| z < 0.0);
        let mut blur = vec![0.0; nodes.len()];
        for i in origin + 1..nodes.len() {
            blur[i] = blur[i - 1] + 0.5 * (sizes[i] + sizes[i - 1]) * (nodes[i] - nodes[i - 1]);
        }
        for i in (0..origin).rev() {
            blur[i] = blur[i + 1] + 0.5 * (sizes[i] + sizes[i + 1]) * (nodes[i + 1] - nodes[i]);
        }
        blur
    }

    /// Integral of the slope's terms between v0 and zeta.
    fn blur(&self, zeta: f64) -> f64 {
        let last = self.nodes.len() - 1;
        let beyond = |end: usize| {
            let size = |z: f64| self.frame.slope(&self.frame.chart.place(z)).size;
            self.blur[end] + (zeta - self.nodes[end]).abs() * size(zeta).max(size(self.nodes[end]))
        };
        if zeta <= self.nodes[0] {
            return beyond(0);
        }
        if zeta >= self.nodes[last] {
            return beyond(last);
        }
        let i = self.nodes.partition_point(|&z| z <= zeta).min(last);
        let share = (zeta - self.nodes[i - 1]) / (self.nodes[i] - self.nodes[i - 1]);
        share.mul_add(self.blur[i] - self.blur[i - 1], self.blur[i - 1])
    }

    /// Whether the formula loses digits that the parameters have.
    fn cancels(&self) -> bool {
        self.nodes.iter().zip(&self.logs).any(|(&zeta, &log)| {
            let place = self.frame.chart.place(zeta);
            (log > -60.0 || log.is_nan())
                && self.shape.difference(&self.frame, &place).size.partial_cmp(&(CANCELLING * (1.0 + self.blur(zeta))))
                    != Some(std::cmp::Ordering::Less)
        })
    }

    /// ln of the density of zeta over that at v0.
    pub fn log(&self, p: &Place) -> Sum {
        self.shape.difference(&self.frame, p).plus(p.log_jacobian_ratio)
    }

    /// ln p(v)/p(v0) and its absolute error.
    pub fn log_ratio(&self, zeta: f64) -> (f64, f64) {
        let p = self.frame.chart.place(zeta);
        let sum = self.shape.difference(&self.frame, &p);
        let slope = self.frame.slope(&p).value.abs();
        let roundings = TERM_ROUNDINGS * sum.size + self.blur(zeta) + slope * (1.0 + zeta.abs());
        (sum.value, f64::EPSILON * roundings)
    }

    /// Density of zeta times e^`extra`(place), over e^`shift`, as an integrand.
    pub fn sample(&self, zeta: f64, shift: f64, extra: &dyn Fn(&Place) -> f64) -> Sample {
        let p = self.frame.chart.place(zeta);
        let log = self.log(&p).plus(extra(&p));
        Sample {
            value: (log.value - shift).exp(),
            noise: f64::EPSILON * TERM_ROUNDINGS * (1.0 + log.size),
            bias: f64::EPSILON * self.blur(zeta),
        }
    }

    /// Edges of panels between `low` and `high`: graded around every maximum, nowhere wider than 2.
    pub fn edges(&self, low: f64, high: f64) -> Vec<f64> {
        let mut edges = vec![low, high];
        for &top in &self.maxima {
            let width = self.width(top);
            for direction in [-1.0, 1.0] {
                let (mut t, mut step) = (0.0, width);
                while (low..=high).contains(&(top + direction * t)) {
                    edges.push(top + direction * t);
                    t += step;
                    step = (2.0 * step).min(2.0);
                }
            }
        }
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let mut filled = Vec::new();
        for pair in edges.windows(2) {
            let parts = ((pair[1] - pair[0]) / 2.0).ceil().max(1.0) as usize;
            filled.extend((0..parts).map(|i| (pair[1] - pair[0]).mul_add(i as f64 / parts as f64, pair[0])));
        }
        filled.push(high);
        filled
    }

    /// Distance from a maximum over which the density falls by about e^-1/2 (at most 1).
    fn width(&self, top: f64) -> f64 {
        let log = |z: f64| self.log(&self.frame.chart.place(z)).value;
        let peak = log(top);
        let mut width = 1.0;
        while width > 1e-12 && (peak - log(top + width)).max(peak - log(top - width)) > 1.0 {
            width *= 0.5;
        }
        width
    }
}

fn lower_end(frame: &Frame) -> End {
    let b = &frame.balance;
    match frame.chart {
        Chart::Line { .. } => line_end(frame, -1.0),
        Chart::Positive { .. } | Chart::Below { .. } if b.depth == Some(1) && b.alpha3 > 0.0 => {
            let from = frame.chart.locate(b.growth_until()).unwrap_or(-FAR);
            let doubt = f64::EPSILON * (1.0 + b.weight * b.beta2_size / b.alpha3);
            End::Power { from, rate: b.growth_at_zero(), doubt }
        }
        _ => End::Fast,
    }
}

fn upper_end(frame: &Frame) -> End {
    match (frame.chart, frame.balance.tail_exponent()) {
        (Chart::Line { .. }, _) => line_end(frame, 1.0),
        (Chart::Below { .. }, _) | (_, None) => End::Fast,
        (_, Some(exponent)) => {
            // In v - k both ends differ by less than the tolerance from v.
            let from = frame.chart.locate(frame.balance.power_law_from()).unwrap_or(FAR);
            End::Power { from: from.max(0.0), rate: exponent - 1.0, doubt: f64::EPSILON * 2.0 * exponent }
        }
    }
}

fn line_end(frame: &Frame, direction: f64) -> End {
    let Some(exponent) = frame.balance.tail_exponent() else { return End::Fast };
    let scale = frame.chart.log_jacobian().exp();
    let far = frame.balance.power_law_from() + frame.v0.abs() + scale * 1e17;
    End::Power { from: direction * (far / scale).asinh(), rate: exponent - 1.0, doubt: f64::EPSILON * 2.0 * exponent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Branch, Diagonal, Moments};
    use crate::theory::masses::Masses;

    /// (D, d, T, gamma, [alpha1, alpha2, alpha3, beta1, beta2])
    const NETWORKS: [(u32, u32, f64, f64, [f64; 5]); 16] = [
        (0, 1, 0.1, 0.0, [2.0, 2.0, 3.0, 1.0, 1.0]),
        (0, 3, 0.8, 0.3, [2.0, 1.0, 3.0, 1.0, 1.0]),
        (0, 2, 0.2, 0.0, [2.0, 2.0, 2.0, 1.0, 1.5]),
        (0, 2, 0.2, 0.1, [2.0, 2.0, 2.0, 1.0, 0.2]),
        (0, 1, 0.4, 0.0, [0.0, 0.0, 2.0, 1.0, -1.0]),
        (1, 1, 0.2, 0.0, [0.0, 0.0, 2.0, 1.0, 1.0]),
        (1, 5, 0.1, 0.2, [2.0, 2.0, 3.0, 1.0, 1.0]),
        (1, 1, 0.1, 0.0, [1.0, 2.0, 4.0, 1.0, 1.0]),
        (1, 1, 0.1, 0.0, [2.0, 2.0, 2.0, 1.0, 1.5]),
        (1, 1, 0.3, 0.0, [2.0, 0.0, 0.0, 1.0, 1.0]),
        (2, 1, 0.1, 0.0, [0.0, 0.0, 2.0, 1.0, 1.0]),
        (2, 3, 0.05, 0.0, [2.0, 2.0, 3.0, 1.0, 1.0]),
        (3, 1, 0.2, 0.0, [2.0, 2.0, 2.0, 1.0, 1.5]),
        (3, 2, 0.4, 0.0, [2.0, -1.0, 0.5, 1.0, 1.0]),
        (2, 1, 1.0, 0.0, [1.0, 2.0, 4.0, 1.0, 1.0]),
        (5, 2, 0.5, 0.0, [2.0, 0.0, 0.0, 1.0, 1.0]),
    ];

    fn balances() -> Vec<Balance> {
        NETWORKS
            .iter()
            .map(|&(depth, width, temperature, weight_decay, [a1, a2, a3, b1, b2])| {
                let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("moments");
                let model = Diagonal { depth, width, temperature, weight_decay, modified_loss: false, moments };
                Balance::of(&model, Branch::Positive).0
            })
            .collect()
    }

    /// Every formula against the integral of the slope of section 3, which knows none of them.
    #[test]
    fn formulas_agree_with_the_quadrature_of_the_slope() {
        for balance in balances() {
            let closed = Law::of(balance).expect("a law");
            let numeric = Law::by_quadrature(balance).expect("a law");
            assert_ne!(closed.shape.name(), numeric.shape.name());
            for (&zeta, _) in closed.nodes.iter().zip(&closed.logs).filter(|(_, log)| **log > -700.0) {
                let ((a, a_error), (b, b_error)) = (closed.log_ratio(zeta), numeric.log_ratio(zeta));
                assert!((a - b).abs() <= a_error + b_error, "{}, zeta = {zeta}: {a} {b}", closed.shape.name());
                assert!(a_error + b_error < 1e-10 * (1.0 + a.abs()), "{}: {a_error} {b_error}", closed.shape.name());
            }
        }
    }

    /// Normalisers through gamma functions against the quadrature of the density.
    #[test]
    fn closed_normalizers_agree_with_quadrature() {
        let mut seen = 0;
        for balance in balances() {
            let law = Law::of(balance).expect("a law");
            let Some(closed) = law.shape.known(&law.frame).log_normalizer else { continue };
            seen += 1;
            let total = Masses::of(&law).total();
            let difference = total.log + law.frame.chart.log_jacobian() - closed.value;
            assert!(difference.abs() <= closed.error() + total.error(), "{}: {difference:e}", law.shape.name());
            assert!(closed.error() < 1e-12, "{}: {:e}", law.shape.name(), closed.error());
        }
        assert_eq!(seen, 6);
    }

    /// The slope is the derivative of the formula.
    #[test]
    fn slopes_are_derivatives() {
        for balance in balances() {
            let law = Law::of(balance).expect("a law");
            for i in -8..=8 {
                let (zeta, step) = (0.3 * f64::from(i), 1e-5);
                let difference = (law.log_ratio(zeta + step).0 - law.log_ratio(zeta - step).0) / (2.0 * step);
                let slope = law.frame.slope(&law.frame.chart.place(zeta));
                assert!((difference - slope.value).abs() < 1e-6 * (1.0 + slope.size), "{}", law.shape.name());
            }
        }
    }
}
