//! A piece of the chart with the density at its Gauss nodes, and integrals over it.
//!
//! The rule is exact to degree 31, so where the interpolating polynomial of degree 15 leaves the share r of
//! the maximum unresolved, the integral of an analytic function is off by about r^2 of it. Stated is r^1.5, which
//! needs no second set of points.

use crate::numeric::{Gauss, Q};

/// Nothing below e^this of the maximum of a panel is a number.
const EMPTY: f64 = -1e5;

/// An integral.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Area {
    /// Its value.
    pub value: f64,
    /// What the panels do not resolve.
    pub defect: f64,
    /// What the roundings of formula and parameters can change.
    pub blur: f64,
}

impl Area {
    /// The union of two intervals.
    pub fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, defect: self.defect + other.defect, blur: self.blur + other.blur }
    }

    /// All of it times a positive number.
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, defect: self.defect * factor, blur: self.blur * factor }
    }

    /// (relative defect, relative blur), infinite for an integral that is not a positive number.
    pub fn relative(&self) -> (f64, f64) {
        let finite = self.value.is_finite() && self.defect.is_finite() && self.blur.is_finite();
        if !(finite && self.value > 0.0) {
            return (f64::INFINITY, f64::INFINITY);
        }
        (self.defect / self.value, self.blur / self.value)
    }
}

/// ln of a weight and its absolute error.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    /// ln of the weight.
    pub log: f64,
    /// Absolute error of the logarithm.
    pub noise: f64,
}

/// ln density at the nodes between two points of the chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// ln density at the nodes.
    pub logs: [f64; Q],
    /// Absolute rounding errors of `logs`, different from node to node.
    noises: [f64; Q],
    /// Absolute error of `logs` by the roundings of parameters, smooth along the panel.
    bias: f64,
}

impl Panel {
    /// `log(zeta)`: ln density and the number of roundings in it; `bias`: see the field.
    pub fn fill(low: f64, high: f64, bias: f64, log: impl Fn(f64) -> (f64, f64)) -> Self {
        let mut panel = Self { low, high, logs: [0.0; Q], noises: [0.0; Q], bias };
        for (i, zeta) in panel.nodes().into_iter().enumerate() {
            (panel.logs[i], panel.noises[i]) = log(zeta);
        }
        // A node is itself rounded, which a steep density feels.
        let (top, bottom) =
            (panel.top(), panel.logs.iter().copied().fold(f64::INFINITY, f64::min).max(panel.top() - 60.0));
        let steepness = 4.0 * (top - bottom) / (high - low) * low.abs().max(high.abs());
        for noise in &mut panel.noises {
            *noise = f64::EPSILON * (*noise + steepness);
        }
        panel
    }

    /// The same with another bias.
    pub fn biased(self, bias: f64) -> Self {
        Self { bias, ..self }
    }

    /// Where the density is known.
    pub fn nodes(&self) -> [f64; Q] {
        let (centre, half) = (0.5 * (self.low + self.high), 0.5 * (self.high - self.low));
        Gauss::rule().nodes.map(|x| half.mul_add(x, centre))
    }

    /// The largest ln density at a node (-inf if none is a number).
    pub fn top(&self) -> f64 {
        self.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The part of the density that the nodes do not resolve and that which rounding explains, relative to
    /// its maximum.
    pub fn roughness(&self) -> (f64, f64) {
        let top = self.top();
        if top == f64::NEG_INFINITY {
            return (0.0, 0.0);
        }
        let f = self.logs.map(|log| (log - top).exp());
        let noise = f.iter().zip(&self.noises).map(|(f, n)| if *f > 0.0 { f * n } else { 0.0 }).fold(0.0, f64::max);
        (Gauss::rule().unresolved(&f), noise)
    }

    /// Integral of density times weight over e^`shift`.
    pub fn integral(&self, shift: f64, weights: &[Weight; Q]) -> Area {
        let mut f = [0.0; Q];
        let mut relative = [0.0; Q];
        for i in 0..Q {
            let log = self.logs[i] + weights[i].log - shift;
            f[i] = if log < EMPTY { 0.0 } else { log.exp() };
            relative[i] = if f[i] == 0.0 {
                0.0
            } else {
                f[i] * (self.noises[i] + self.bias + weights[i].noise + 2.0 * f64::EPSILON)
            };
        }
        let (half, rule) = (0.5 * (self.high - self.low), Gauss::rule());
        let top = f.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let rough = rule.unresolved(&f) / top;
        let defect = 4.0 * top * rough * rough.sqrt();
        Area { value: rule.integral(&f), defect, blur: rule.integral(&relative) }.times(half)
    }

    /// Integral of the density.
    pub fn mass(&self) -> Area {
        self.integral(0.0, &[Weight::default(); Q])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_an_exponential_and_bounds_its_error() {
        for width in [0.5, 2.0, 8.0, 20.0] {
            let panel = Panel::fill(0.0, width, 0.0, |zeta| (-zeta, 1.0));
            let (mass, truth) = (panel.mass(), -(-width).exp_m1());
            assert!((mass.value - truth).abs() <= mass.defect + mass.blur, "{width}: {mass:?}");
            assert!(mass.defect < 10_f64.powf(-17.0 + width), "{width}: {mass:?}");
        }
    }

    #[test]
    fn says_that_it_does_not_resolve_a_narrow_peak() {
        let panel = Panel::fill(-1.0, 1.0, 0.0, |zeta| (-0.5 * (zeta * 12.0).powi(2), 1.0));
        let (mass, truth) = (panel.mass(), (2.0 * std::f64::consts::PI).sqrt() / 12.0);
        assert!((mass.value - truth).abs() <= mass.defect && mass.defect > 1e-6, "{mass:?}");
    }

    #[test]
    fn an_empty_panel_has_no_mass() {
        let panel = Panel::fill(0.0, 1.0, 0.0, |_| (f64::NEG_INFINITY, 1.0));
        assert_eq!(panel.mass().value, 0.0);
        assert_eq!(panel.mass().relative(), (f64::INFINITY, f64::INFINITY));
    }
}
