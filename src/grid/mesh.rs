//! The mesh of one axis: nodes between which the force is resolved to rounding and the log density changes
//! by a few units, over a box outside of which the density is known from its slope.

use super::{Axis, End, GridError, Panel, Survey};
use crate::process::Process;

/// Largest change of log density across a panel that carries mass; a 16-point rule integrates e^(4x) over
/// \[-1, 1\] to rounding.
const RISE: f64 = 8.0;
/// The same where there is no mass: rates stay representable.
const DEAD_RISE: f64 = 300.0;
/// This far below the largest value of every integrand there is no mass to resolve.
const DEAD: f64 = 80.0;
/// Rise of the log density that may stay unresolved where there is no mass.
const DEAD_UNRESOLVED: f64 = 1e-3;
/// Largest number of nodes.
const LIMIT: usize = 20_000;

/// How far and how finely to cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The box ends where the log density (times any weight) is this far below its maximum, or where its slope is constant.
    pub depth: f64,
    /// Rise of log density that a panel may leave unresolved.
    pub unresolved: f64,
}

/// The mesh of a surveyed process.
///
/// `weights` are the logarithms ln w(z) of the integrands that must be resolved beside the density itself
/// (for the n-th moment n ln|v|); `marks` are chart coordinates that must be nodes.
///
/// # Errors
/// See [`GridError`].
pub fn mesh(
    process: &dyn Process<1>,
    survey: &Survey,
    weights: &[&dyn Fn(f64) -> f64],
    marks: &[f64],
    cut: Cut,
) -> Result<Axis, GridError> {
    let builder = Builder { process, survey, levels: Levels::new(survey, weights), marks, cut };
    let mut nodes = builder.outward(-1.0)?;
    nodes.reverse();
    nodes.push(survey.peak_coordinate());
    nodes.extend(builder.outward(1.0)?);
    nodes.dedup();
    Axis::new(nodes).ok_or(GridError::Unresolved { at: survey.peak_coordinate(), width: 0.0 })
}

struct Builder<'a> {
    process: &'a dyn Process<1>,
    survey: &'a Survey,
    levels: Levels<'a>,
    marks: &'a [f64],
    cut: Cut,
}

impl Builder<'_> {
    /// Nodes from the peak (not included) to the end of the box, in the order they are met.
    fn outward(&self, side: f64) -> Result<Vec<f64>, GridError> {
        let upward = side > 0.0;
        let peak = self.survey.peak;
        let count = self.survey.panels.len();
        let order: Vec<usize> = if upward { (peak..count).collect() } else { (0..peak).rev().collect() };
        let end = &self.survey.ends[usize::from(upward)];
        // What lies beyond the last of these is a pure exponential, or empty.
        let rough = order.iter().rposition(|&i| !constant(&self.survey.panels[i], end)).map_or(0, |i| i + 1);
        let alive =
            order.iter().rposition(|&i| self.levels.of_panel(self.survey, i) > -self.cut.depth).map_or(0, |i| i + 1);
        let mut log_density = self.survey.log_density[peak];
        let mut nodes = Vec::new();
        for (position, &i) in order[..rough.min(alive)].iter().enumerate() {
            let last = position + 1 >= alive;
            for (low, high) in self.marked(&self.survey.panels[i], upward) {
                if self.cut_panel(low, high, side, &mut log_density, last, &mut nodes)? {
                    return Ok(nodes);
                }
            }
        }
        Ok(nodes)
    }

    /// A panel cut at the marks inside it, nearest piece first.
    fn marked(&self, panel: &Panel, upward: bool) -> Vec<(f64, f64)> {
        let mut breaks = vec![panel.low];
        breaks.extend(self.marks.iter().copied().filter(|&z| panel.low < z && z < panel.high));
        breaks.push(panel.high);
        let mut pieces: Vec<(f64, f64)> = breaks.windows(2).map(|w| (w[0], w[1])).collect();
        if !upward {
            pieces.reverse();
        }
        pieces
    }

    /// Halves \[low, high\] until it is resolved; returns whether the box ends inside.
    fn cut_panel(
        &self,
        low: f64,
        high: f64,
        side: f64,
        log_density: &mut f64,
        last: bool,
        nodes: &mut Vec<f64>,
    ) -> Result<bool, GridError> {
        let upward = side > 0.0;
        let mut stack = vec![(Panel::sample(self.process, low, high)?, f64::INFINITY)];
        while let Some((panel, parent)) = stack.pop() {
            let far_value = *log_density + side * panel.rise;
            if self.resolved(&panel, parent, *log_density, far_value) {
                *log_density = far_value;
                let far = if upward { panel.high } else { panel.low };
                nodes.push(far);
                if nodes.len() > LIMIT {
                    return Err(GridError::TooManyCells { limit: LIMIT });
                }
                if last && self.levels.at(far, far_value) < -self.cut.depth {
                    return Ok(true);
                }
                continue;
            }
            let middle = 0.5 * (panel.low + panel.high);
            if middle <= panel.low || middle >= panel.high {
                return Err(GridError::Unresolved { at: middle, width: panel.width() });
            }
            let lower = (Panel::sample(self.process, panel.low, middle)?, panel.unresolved);
            let upper = (Panel::sample(self.process, middle, panel.high)?, panel.unresolved);
            if upward {
                stack.extend([upper, lower]);
            } else {
                stack.extend([lower, upper]);
            }
        }
        Ok(false)
    }

    fn resolved(&self, panel: &Panel, parent: f64, near: f64, far: f64) -> bool {
        let steepest = panel.force.iter().map(|f| f.abs()).fold(0.0, f64::max);
        let largest_rise = panel.width() * steepest;
        if largest_rise.is_nan() || largest_rise > DEAD_RISE {
            return false;
        }
        let turns = panel.force.iter().any(|&f| f > 0.0) && panel.force.iter().any(|&f| f < 0.0);
        let level = self.levels.at(panel.low, near.max(far)).max(self.levels.at(panel.high, near.max(far)));
        if level + if turns { largest_rise } else { 0.0 } < -DEAD {
            return panel.unresolved <= DEAD_UNRESOLVED || panel.stuck(parent);
        }
        largest_rise <= RISE
            && (panel.unresolved <= self.cut.unresolved.max(2.0 * f64::EPSILON * panel.magnitude)
                || panel.stuck(parent))
    }
}

/// Whether the force on the panel equals its limit at the end to rounding.
fn constant(panel: &Panel, end: &End) -> bool {
    let tolerance = 2.0 * f64::EPSILON * end.slope.abs().max(panel.magnitude / panel.width());
    end.limit && panel.force.iter().all(|f| (f - end.slope).abs() <= tolerance)
}

/// The density and the weighted densities, each relative to its own maximum over the survey.
struct Levels<'a> {
    weights: &'a [&'a dyn Fn(f64) -> f64],
    /// Maximum of the log density, then of each weighted one.
    maxima: Vec<f64>,
}

impl<'a> Levels<'a> {
    fn new(survey: &Survey, weights: &'a [&'a dyn Fn(f64) -> f64]) -> Self {
        let mut levels = Self { weights, maxima: vec![f64::NEG_INFINITY; weights.len() + 1] };
        for (i, &u) in survey.log_density.iter().enumerate() {
            let z = survey.breakpoint(i);
            levels.maxima[0] = levels.maxima[0].max(u);
            for (top, weight) in levels.maxima[1..].iter_mut().zip(weights) {
                let value = u + weight(z);
                // An integrand that is infinite at a mark (ln|v| at v = 0) is resolved by the density's own level.
                if value < f64::INFINITY {
                    *top = top.max(value);
                }
            }
        }
        levels
    }

    /// The highest of the integrands at z, each in units of its own maximum (a logarithm).
    fn at(&self, z: f64, log_density: f64) -> f64 {
        let plain = log_density - self.maxima[0];
        let weighted = self.weights.iter().zip(&self.maxima[1..]).map(|(weight, top)| log_density + weight(z) - top);
        weighted.fold(plain, f64::max)
    }

    fn of_panel(&self, survey: &Survey, i: usize) -> f64 {
        let low = self.at(survey.breakpoint(i), survey.log_density[i]);
        low.max(self.at(survey.breakpoint(i + 1), survey.log_density[i + 1]))
    }
}
