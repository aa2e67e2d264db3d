//! Panels: intervals of the chart on which the force is resolved by one Gauss rule.

use super::GridError;
use crate::numeric::{Gauss, Q};
use crate::process::Process;

/// Unresolved parts this small beside the force may be noise of its rounding;
const NOISE: f64 = 1e-13;
/// they are if halving the panel left more than this part of them (a resolved force leaves 2^-16).
const LESS: f64 = 0.1;
/// Largest number of panels.
const LIMIT: usize = 20_000;
/// No panel is halved more often than this.
const MAX_HALVINGS: u32 = 62;

/// An interval with the force at its Gauss nodes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Force at the nodes.
    pub force: [f64; Q],
    /// Integral of the force over the panel: the rise of the log density.
    pub rise: f64,
    /// Integral of the rounding magnitude of the force.
    pub magnitude: f64,
    /// What the Gauss rule's polynomial leaves unresolved, as a rise.
    pub unresolved: f64,
}

impl Panel {
    /// Samples the force on \[low, high\].
    ///
    /// # Errors
    /// [`GridError::NotANumber`] where the force is NaN.
    pub fn sample(process: &dyn Process<1>, low: f64, high: f64) -> Result<Self, GridError> {
        let rule = Gauss::rule();
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let mut force = [0.0; Q];
        let (mut rise, mut magnitude, mut variation) = (0.0, 0.0, 0.0);
        for j in 0..Q {
            let z = middle + half * rule.nodes[j];
            let f = process.force(&[z]);
            let value = f.value[0];
            if value.is_nan() {
                return Err(GridError::NotANumber { at: z });
            }
            force[j] = value;
            rise += rule.weights[j] * value;
            magnitude += rule.weights[j] * f.magnitude[0];
            if j > 0 {
                variation += (value - force[j - 1]).abs();
            }
        }
        // A coordinate that is off by a rounding sees the force of its neighbour.
        let coordinate = variation * low.abs().max(high.abs());
        let unresolved = rule.unresolved(&force) * half;
        Ok(Self { low, high, force, rise: rise * half, magnitude: magnitude * half + coordinate, unresolved })
    }

    /// Whether halving `parent` into this panel no longer helps: what is unresolved is noise of the force.
    pub fn stuck(&self, parent: f64) -> bool {
        let size: f64 = self.force.iter().map(|f| f.abs()).fold(0.0, f64::max) * self.width();
        self.unresolved <= NOISE * size && self.unresolved > LESS * parent
    }

    /// Chart coordinate of Gauss node `j`.
    pub fn node(&self, j: usize) -> f64 {
        0.5 * (self.low + self.high) + 0.5 * (self.high - self.low) * Gauss::rule().nodes[j]
    }

    /// Half the width.
    pub fn half(&self) -> f64 {
        0.5 * (self.high - self.low)
    }

    /// Integral over the panel of what the force inherits from rounded parameters (Simpson's rule).
    pub fn inherited(&self, process: &dyn Process<1>) -> f64 {
        let at = |z: f64| process.inherited_error(&[z])[0];
        let middle = 0.5 * (self.low + self.high);
        (at(self.low) + 4.0 * at(middle) + at(self.high)) * self.width() / 6.0
    }

    /// Width.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    fn finite(&self) -> bool {
        self.force.iter().all(|f| f.is_finite())
    }
}

/// Halves \[low, high\] until `accept` holds for every panel; appends the panels to `out` in order.
///
/// Panels on which the force overflows are accepted once they are narrower than 1: no mass is there.
///
/// # Errors
/// [`GridError::NotANumber`], [`GridError::Unresolved`].
pub fn resolve(
    process: &dyn Process<1>,
    low: f64,
    high: f64,
    accept: &dyn Fn(&Panel) -> bool,
    out: &mut Vec<Panel>,
) -> Result<(), GridError> {
    let mut stack = vec![(Panel::sample(process, low, high)?, 0)];
    while let Some((panel, halvings)) = stack.pop() {
        let infinite = !panel.finite();
        if out.len() > LIMIT {
            return Err(GridError::TooManyCells { limit: LIMIT });
        }
        if (infinite && panel.width() < 1.0) || (!infinite && accept(&panel)) {
            out.push(panel);
            continue;
        }
        let middle = 0.5 * (panel.low + panel.high);
        if halvings >= MAX_HALVINGS || middle <= panel.low || middle >= panel.high {
            return Err(GridError::Unresolved { at: middle, width: panel.width() });
        }
        stack.push((Panel::sample(process, middle, panel.high)?, halvings + 1));
        stack.push((Panel::sample(process, panel.low, middle)?, halvings + 1));
    }
    Ok(())
}
