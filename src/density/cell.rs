//! One interval between nodes: the density inside it, from its value at the lower node and the force.

use super::ROUNDING;
use crate::grid::{GridError, Panel};
use crate::numeric::{Blur, Gauss, Q};
use crate::process::Process;

/// An interval with the log density at its Gauss nodes.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub panel: Panel,
    /// Log density in the chart at the lower end.
    pub log_low: f64,
    /// Log density in the chart at the upper end.
    pub log_high: f64,
    /// Log density in the chart at the Gauss nodes.
    pub log_density: [f64; Q],
    /// Absolute rounding error of the log density anywhere in the interval.
    pub rounding: Blur,
}

impl Cell {
    /// The density on a panel, given at its lower end.
    pub fn from_low(panel: Panel, log_low: f64) -> Self {
        let rule = Gauss::rule();
        let half = panel.half();
        let mut log_density = [0.0; Q];
        for (value, weights) in log_density.iter_mut().zip(&rule.antiderivative) {
            *value = log_low + half * weights.iter().zip(&panel.force).map(|(w, f)| w * f).sum::<f64>();
        }
        let log_high = log_low + panel.rise;
        let rounding = Blur::arithmetic(ROUNDING * panel.magnitude);
        Self { panel, log_low, log_high, log_density, rounding }
    }

    /// The same, given at its upper end.
    pub fn from_high(panel: Panel, log_high: f64) -> Self {
        let log_low = log_high - panel.rise;
        let mut cell = Self::from_low(panel, log_low);
        cell.log_high = log_high;
        cell
    }

    /// The same, with what the panel inherits from rounded parameters.
    pub fn inheriting(mut self, process: &dyn Process<1>) -> Self {
        self.rounding.input = self.panel.inherited(process);
        self
    }

    /// ln of the integral of w times the density, `log_weight(z)` = ln w.
    pub fn log_integral(&self, log_weight: impl Fn(f64) -> f64) -> f64 {
        let rule = Gauss::rule();
        let mut terms = [0.0; Q];
        let mut top = f64::NEG_INFINITY;
        for (j, term) in terms.iter_mut().enumerate() {
            *term = self.log_density[j] + log_weight(self.panel.node(j));
            top = top.max(*term);
        }
        if top == f64::NEG_INFINITY {
            return top;
        }
        let sum: f64 = terms.iter().zip(&rule.weights).map(|(t, w)| w * (t - top).exp()).sum();
        top + (sum * self.panel.half()).ln()
    }

    /// ln of the mass.
    pub fn log_mass(&self) -> f64 {
        self.log_integral(|_| 0.0)
    }

    /// Log density at a chart coordinate inside, from the polynomial through the force.
    pub fn log_density_at(&self, z: f64) -> f64 {
        let rule = Gauss::rule();
        let x = ((z - self.panel.low) / self.panel.half() - 1.0).clamp(-1.0, 1.0);
        let weights = rule.partial_weights(x);
        self.log_low + self.panel.half() * weights.iter().zip(&self.panel.force).map(|(w, f)| w * f).sum::<f64>()
    }

    /// The part below z.
    pub fn part_below(&self, process: &dyn Process<1>, z: f64) -> Result<Self, GridError> {
        Ok(Self::from_low(Panel::sample(process, self.panel.low, z)?, self.log_low))
    }

    /// The part above z.
    pub fn part_above(&self, process: &dyn Process<1>, z: f64) -> Result<Self, GridError> {
        Ok(Self::from_high(Panel::sample(process, z, self.panel.high)?, self.log_high))
    }
}
