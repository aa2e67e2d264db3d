//! The law of one chart coordinate, from the masses of the slices across its axis.

use super::stencil::Stencil;
use crate::grid::LatticeAxis;
use crate::numeric::{Bracket, Compensated, Gauss, Q, bracketed_root};

/// Log density along an axis, with a distribution function that is accurate relative to the nearer tail: the exponential of
/// the polynomial through ln p, integrated by Gauss's rule from node to node.
pub(super) struct Line {
    axis: LatticeAxis,
    /// ln of the density in z at the nodes, normalised.
    log_density: Vec<f64>,
    panels: Vec<Panel>,
    /// Masses of the panels before each one, and of those after it.
    below: Vec<f64>,
    above: Vec<f64>,
}

/// What lies between two neighbouring nodes, or a node and a wall.
struct Panel {
    low: f64,
    high: f64,
    /// Density in position at the Gauss nodes times half the width: its integral is that over [-1, 1].
    density: [f64; Q],
    mass: f64,
}

impl Line {
    /// From ln of the masses of the slices.
    pub fn of(axis: &LatticeAxis, log_slices: &[f64]) -> Self {
        let mut log_density: Vec<f64> =
            log_slices.iter().enumerate().map(|(i, mass)| mass - axis.length(i).ln()).collect();
        let top = log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        log_density.iter_mut().for_each(|log| *log -= top);
        let mut panels = panels(axis, &log_density);
        let mut total = Compensated::default();
        panels.iter().for_each(|panel| total.add(panel.mass));
        let total = total.value();
        log_density.iter_mut().for_each(|log| *log -= total.ln());
        for panel in &mut panels {
            panel.mass /= total;
            panel.density.iter_mut().for_each(|density| *density /= total);
        }
        let below = sums_before(panels.iter().map(|panel| panel.mass));
        let mut above = sums_before(panels.iter().rev().map(|panel| panel.mass));
        above.reverse();
        Self { axis: *axis, log_density, panels, below, above }
    }

    /// Position (in cells, 0 at the first centre) of a chart coordinate.
    pub fn position(&self, z: f64) -> f64 {
        (self.axis.grading.xi(z) - self.axis.first) / self.axis.step
    }

    /// Chart coordinate at a position.
    pub fn coordinate(&self, position: f64) -> f64 {
        self.axis.grading.z(self.axis.xi(position))
    }

    /// Whether a position is between the walls, to rounding.
    pub fn inside(&self, position: f64) -> bool {
        let slack = 1e-9;
        (-0.5 - slack..=self.axis.cells as f64 - 0.5 + slack).contains(&position)
    }

    /// ln of the density in z at a position.
    pub fn log_density(&self, position: f64) -> f64 {
        Stencil::value(self.axis.cells, position).apply(&self.log_density)
    }

    /// Mass below a position.
    pub fn below(&self, position: f64) -> f64 {
        let k = self.panels.partition_point(|panel| panel.low <= position).saturating_sub(1);
        self.below[k] + self.panels[k].partial(position.min(self.panels[k].high))
    }

    /// The position below which there is mass `q`.
    pub fn quantile(&self, q: f64) -> f64 {
        let last = self.panels.len() - 1;
        if q <= 0.5 {
            let k = self.below.partition_point(|mass| *mass < q).saturating_sub(1);
            self.panels[k].root(|partial| self.below[k] + partial - q)
        } else {
            let rest = 1.0 - q;
            let k = self.above.partition_point(|mass| *mass > rest).min(last);
            self.panels[k].root(|partial| rest - self.above[k] - (self.panels[k].mass - partial))
        }
    }
}

/// Largest change of ln p on a panel that Gauss's rule takes in one piece.
const STEEP: f64 = 8.0;

fn panels(axis: &LatticeAxis, log_density: &[f64]) -> Vec<Panel> {
    let cells = axis.cells;
    let last = cells as f64 - 0.5;
    let mut panels = Vec::new();
    for k in 0..=cells {
        let (low, high) = ((k as f64 - 1.0).max(-0.5), if k == cells { last } else { k as f64 });
        let change = log_density[k.min(cells - 1)] - log_density[k.saturating_sub(1)];
        let pieces = if change.is_finite() { (change.abs() / STEEP).ceil().clamp(1.0, 64.0) } else { 1.0 };
        let width = (high - low) / pieces;
        panels.extend((0..pieces as usize).map(|piece| {
            let low = low + piece as f64 * width;
            Panel::of(axis, log_density, low, low + width)
        }));
    }
    panels
}

fn sums_before(terms: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = Compensated::default();
    terms
        .map(|term| {
            let before = sum.value();
            sum.add(term);
            before
        })
        .collect()
}

impl Panel {
    fn of(axis: &LatticeAxis, log_density: &[f64], low: f64, high: f64) -> Self {
        let half = 0.5 * (high - low);
        let density = Gauss::rule().nodes.map(|t| {
            let x = low + half * (1.0 + t);
            let log = Stencil::value(axis.cells, x).apply(log_density);
            let density = log.exp() * axis.grading.stretch(axis.xi(x)) * axis.step * half;
            if density.is_finite() { density } else { 0.0 }
        });
        Self { low, high, density, mass: Gauss::rule().integral(&density) }
    }

    /// Mass in the panel below a position.
    fn partial(&self, x: f64) -> f64 {
        let t = 2.0 * (x - self.low) / (self.high - self.low) - 1.0;
        let weights = Gauss::rule().partial_weights(t);
        weights.iter().zip(&self.density).map(|(w, d)| w * d).sum()
    }

    /// Position in the panel where a growing function of the mass below it, within the panel, is zero.
    fn root(&self, f: impl Fn(f64) -> f64) -> f64 {
        bracketed_root(Bracket { low: self.low, high: self.high }, |x| f(self.partial(x)))
    }
}
