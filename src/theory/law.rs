//! A closed form in a chart: where it is evaluated, how far it reaches, and how wrong it can be.
//!
//! The error of ln p(v)/p(v0) has two causes. The formula's terms are rounded: [`Sum::size`]. And the
//! parameters are (users type decimals; k and Delta are computed): one rounding of every term of the slope,
//! integrated from v0 to v, tabulated here as `blur`.

use super::balance::{Balance, Frame, Sum};
use super::chart::Place;
use super::end::{End, FAR};
use super::panel::Panel;
use super::reference;
use super::shape::{Known, Shape};

/// The panels reach to where ln p has fallen by this much.
const DEEP: f64 = 300.0;
/// Widest panel in zeta.
const WIDEST: f64 = 1.0;
/// A law narrower than this in zeta is not resolved by floating point.
const NARROWEST: f64 = 1e-14;
/// Most panels of one law.
const MOST_PANELS: usize = 600;
/// What the density's polynomial may leave unresolved on a panel, relative to its maximum there.
const RESOLVED: f64 = 1e-11;
/// The same in the far tails (`BULK`).
const RESOLVED_FAR: f64 = 1e-8;
/// Once this well resolved, a panel whose halves are no better is limited by rounding.
const NOISY: f64 = 1e-9;
/// Roundings of each term of the formula, in units of 2^-52: its arguments are made in up to six steps.
const TERM_ROUNDINGS: f64 = 4.0;
/// A closed form whose terms exceed what the parameters explain by this factor gives way to quadrature.
const CANCELLING: f64 = 100.0;
/// The bulk is where ln p is above this.
const BULK: f64 = -60.0;

/// A law with its panels.
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
    /// Panels in ascending order, without gaps.
    pub panels: Vec<Panel>,
    /// What the formula gives beside the density.
    pub known: Known,
    /// Blur at the ends of the panels: one more than panels.
    blur: Vec<f64>,
}

impl Law {
    /// The law of `balance`, or `None` where none can be normalised or none is representable.
    pub fn of(balance: Balance) -> Option<Self> {
        let (frame, maxima) = reference::find(balance)?;
        let law = Self::tabulated(frame, reference::shape(&frame), maxima)?;
        if !law.cancels() {
            return Some(law);
        }
        let plain = Self::tabulated(frame, reference::quadrature(&frame), law.maxima)?;
        Some(Self { known: law.known, ..plain })
    }

    /// The same law with its integral left to quadrature, whatever closed form there is.
    #[cfg(test)]
    pub fn by_quadrature(balance: Balance) -> Option<Self> {
        let (frame, maxima) = reference::find(balance)?;
        Self::tabulated(frame, reference::quadrature(&frame), maxima)
    }

    fn tabulated(frame: Frame, shape: Box<dyn Shape>, maxima: Vec<f64>) -> Option<Self> {
        let ends = End::both(&frame);
        let known = shape.known(&frame);
        let mut law = Self { frame, shape, ends, maxima, panels: Vec::new(), known, blur: Vec::new() };
        if law.width(0.0) < NARROWEST {
            return Some(law.unresolved());
        }
        law.panels = law.subdivided(&law.edges());
        let first = law.panels.first()?.low;
        let edges: Vec<f64> = std::iter::once(first).chain(law.panels.iter().map(|p| p.high)).collect();
        law.blur = law.blurs(&edges);
        for (i, panel) in law.panels.iter_mut().enumerate() {
            *panel = panel.biased(f64::EPSILON * law.blur[i].max(law.blur[i + 1]));
        }
        Some(law)
    }

    /// A law narrower than the rounding of v: its density at a v is unknown, whatever is known of its moments.
    fn unresolved(self) -> Self {
        let panel = self.panel(-NARROWEST, NARROWEST).biased(f64::INFINITY);
        Self { panels: vec![panel], blur: vec![f64::INFINITY; 2], ..self }
    }

    /// Outermost point worth tabulating beyond `top` in one direction.
    fn reach(&self, top: f64, direction: f64) -> f64 {
        let limit = match self.ends[usize::from(direction > 0.0)] {
            End::Power { from, .. } => (from * direction).clamp(0.0, FAR),
            End::Fast => FAR,
        };
        let (mut t, mut step) = (0.0, self.width(top));
        while (top + direction * t) * direction < limit {
            t += step;
            step = (2.0 * step).min(WIDEST);
            let log = self.log(&self.frame.chart.place(top + direction * t)).value;
            if log < -DEEP || log.is_nan() {
                return top + direction * t;
            }
        }
        direction * limit.max(top * direction)
    }

    /// Edges of panels: graded around every maximum and across narrow noise, nowhere wider than `WIDEST`.
    fn edges(&self) -> Vec<f64> {
        let reach = |direction: f64| {
            let far = self.maxima.iter().map(|&top| self.reach(top, direction) * direction);
            direction * far.fold(0.0, f64::max)
        };
        let (low, high) = (reach(-1.0), reach(1.0));
        let mut edges = vec![low, 0.0, high];
        edges.extend(&self.maxima);
        edges.extend(self.frame.landmarks());
        for &top in &self.maxima {
            let mut step = self.width(top);
            while step < WIDEST {
                edges.extend([top - step, top + step]);
                step *= 2.0;
            }
        }
        edges.retain(|z| (low..=high).contains(z));
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        edges
    }

    fn subdivided(&self, edges: &[f64]) -> Vec<Panel> {
        let mut pending: Vec<(f64, f64, f64)> = Vec::new();
        for pair in edges.windows(2) {
            let (width, parts) = (pair[1] - pair[0], ((pair[1] - pair[0]) / WIDEST).ceil().max(1.0));
            let at = |i: usize| if i as f64 == parts { pair[1] } else { (i as f64 / parts).mul_add(width, pair[0]) };
            pending.extend((0..parts as usize).map(|i| (at(i), at(i + 1), f64::INFINITY)));
        }
        pending.reverse();
        let mut panels = Vec::new();
        while let Some((low, high, before)) = pending.pop() {
            let panel = self.panel(low, high);
            let (rough, noise) = panel.roughness();
            let middle = 0.5 * (low + high);
            let limited = rough < NOISY && rough > 0.25 * before;
            let enough = if panel.top() < BULK { RESOLVED_FAR } else { RESOLVED };
            let resolved = rough <= enough + 2.0 * noise || panel.top() < -DEEP || rough.is_nan();
            if resolved || limited || panels.len() + pending.len() > MOST_PANELS || middle <= low || middle >= high {
                panels.push(panel);
            } else {
                pending.extend([(middle, high, rough), (low, middle, rough)]);
            }
        }
        panels
    }

    /// One panel, taken as it is.
    pub fn panel(&self, low: f64, high: f64) -> Panel {
        let panel = Panel::fill(low, high, 0.0, |zeta| {
            let sum = self.log(&self.frame.chart.place(zeta));
            (sum.value, TERM_ROUNDINGS * (1.0 + sum.size))
        });
        if self.blur.is_empty() { panel } else { panel.biased(f64::EPSILON * self.blur(low).max(self.blur(high))) }
    }

    /// The integral of the slope's terms from v0 to each edge.
    fn blurs(&self, edges: &[f64]) -> Vec<f64> {
        let sizes: Vec<f64> = edges.iter().map(|&z| self.slope_size(z)).collect();
        let origin = edges.partition_point(|&z| z < 0.0).min(edges.len() - 1);
        let mut blur = vec![0.0; edges.len()];
        let across = |i: usize| {
            let middle = self.slope_size(0.5 * (edges[i] + edges[i + 1]));
            (edges[i + 1] - edges[i]) * (sizes[i] + 4.0 * middle + sizes[i + 1]) / 6.0
        };
        for i in origin + 1..edges.len() {
            blur[i] = blur[i - 1] + across(i - 1);
        }
        for i in (0..origin).rev() {
            blur[i] = blur[i + 1] + across(i);
        }
        blur
    }

    fn slope_size(&self, zeta: f64) -> f64 {
        self.frame.slope(&self.frame.chart.place(zeta)).size
    }

    /// Integral of the slope's terms between v0 and zeta.
    fn blur(&self, zeta: f64) -> f64 {
        let last = self.panels.len() - 1;
        let beyond =
            |edge: f64, blur: f64| blur + (zeta - edge).abs() * self.slope_size(zeta).max(self.slope_size(edge));
        if zeta <= self.panels[0].low {
            return beyond(self.panels[0].low, self.blur[0]);
        }
        if zeta >= self.panels[last].high {
            return beyond(self.panels[last].high, self.blur[last + 1]);
        }
        let i = self.panels.partition_point(|p| p.high <= zeta).min(last);
        let share = (zeta - self.panels[i].low) / (self.panels[i].high - self.panels[i].low);
        share.mul_add(self.blur[i + 1] - self.blur[i], self.blur[i])
    }

    /// Whether the formula loses digits that the parameters have (or is not a number) somewhere in the bulk.
    fn cancels(&self) -> bool {
        let keeps = |(i, panel): (usize, &Panel)| {
            let size = self.shape.difference(&self.frame, &self.frame.chart.place(panel.high)).size;
            panel.top() < BULK || size < CANCELLING * (1.0 + self.blur[i + 1])
        };
        !self.panels.iter().enumerate().all(keeps)
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

    /// Error of ln p by the parameters' roundings.
    pub fn bias(&self, zeta: f64) -> f64 {
        f64::EPSILON * self.blur(zeta)
    }

    /// Distance from a maximum over which the density falls by about e^-1/2 (at most `WIDEST`).
    fn width(&self, top: f64) -> f64 {
        let log = |z: f64| self.log(&self.frame.chart.place(z)).value;
        let peak = log(top);
        let mut width = WIDEST;
        while width > 0.1 * NARROWEST && (peak - log(top + width)).max(peak - log(top - width)) > 1.0 {
            width *= 0.5;
        }
        width
    }
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
            for zeta in closed.panels.iter().filter(|p| p.top() > -290.0).flat_map(|p| [p.low, p.nodes()[5]]) {
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
            let Some(closed) = law.known.log_normalizer else { continue };
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
