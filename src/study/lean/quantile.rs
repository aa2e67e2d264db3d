//! Quantiles of a line: running sums to the nearest node, a polynomial inside the cell, the closed tail beyond.

use super::pass::{BLOCK, Line};
use super::tail::Tail;
use crate::numeric::{Local, end_correction};

/// Nodes at either end that lack the neighbours the formulas need.
const EDGE: usize = 6;

/// The two formulas share their neighbours, so their difference is no bound of their errors; that of
/// either to the formula of the next lower order is (fourfold: measured over random laws).
const SAFETY: f64 = 4.0;

/// The mass on one side of the chart, in steps.
pub(super) struct Side<'a> {
    pub line: &'a Line,
    pub tail: Option<&'a Tail>,
    /// Error of the mass beyond the end of the line, or that mass itself where it is left out.
    pub beyond_error: f64,
    /// 0: mass below a point, 1: mass above it.
    pub which: usize,
}

/// A point of the chart and its error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub z: f64,
    pub error: f64,
}

impl Side<'_> {
    /// Where the mass on this side is `mass` (in steps); `error` is the relative error of masses.
    pub fn place(&self, mass: f64, error: f64) -> Option<Place> {
        let line = self.line;
        let last = line.nodes() - 1;
        let (i, before) = self.locate(mass)?;
        // Nearest node from which formulas reach, unless the tail formula does.
        let n = if self.which == 0 { i } else { last - i };
        if n < EDGE {
            return self.in_tail(mass, error);
        }
        if n + EDGE > last {
            return None;
        }
        let (correction, defect) = end_correction(&line.density, i);
        let at_node = before + 0.5 * line.density[i] + if self.which == 0 { -correction } else { correction };
        // The cell towards more mass: above the node when masses are counted from below.
        let along = if self.which == 0 { 1.0 } else { -1.0 };
        let wanted = mass - at_node;
        let local = Local::through(&line.density, i);
        let mut t = along * wanted / line.density[i];
        for _ in 0..8 {
            let step = (along * local.integral(t) - wanted) * along / local.value(t);
            t -= step;
            if step.abs() < 1e-13 {
                break;
            }
        }
        if t.is_nan() || t.abs() > 1.5 {
            return None;
        }
        // The same polynomial over one cell against the sums to its two ends.
        let next = local.value(1.0);
        let cell = 0.5 * (line.density[i] + next) + correction - end_correction(&line.density, i + 1).0;
        let disagreement = (cell - local.integral(1.0)).abs() + defect.abs();
        let density = local.value(t);
        let z = line.node(i) + t * line.step;
        let error = line.step * (error * mass + self.beyond_error + SAFETY * disagreement) / density
            + 4.0 * f64::EPSILON * z.abs();
        Some(Place { z, error })
    }

    /// The node next to which the mass is `mass` and the sum of the densities before it.
    fn locate(&self, mass: f64) -> Option<(usize, f64)> {
        let line = self.line;
        let mut sum = self.tail.map_or(0.0, |tail| tail.sum(0.0, line.step, line.step).0);
        let count = line.blocks.len();
        let nth = |n: usize, count: usize| if self.which == 0 { n } else { count - 1 - n };
        let mut block = 0;
        while block + 1 < count && sum + line.blocks[nth(block, count)] < mass {
            sum += line.blocks[nth(block, count)];
            block += 1;
        }
        let begin = nth(block, count) * BLOCK;
        let densities = &line.density[begin..(begin + BLOCK).min(line.nodes())];
        for n in 0..densities.len() {
            let i = nth(n, densities.len());
            if sum + densities[i] >= mass {
                return Some((begin + i, sum));
            }
            sum += densities[i];
        }
        None
    }

    fn in_tail(&self, mass: f64, error: f64) -> Option<Place> {
        let (z, error) = self.tail?.beyond(mass * self.line.step, error);
        Some(Place { z, error })
    }
}
