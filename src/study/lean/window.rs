//! The part of the chart that carries a law, found from the force alone: a look at the whole chart, then at
//! ever smaller parts of it.

use crate::grid::End;
use crate::process::Process;

/// Nodes of one look.
const LOOK: usize = 48;
/// How far out the first look goes.
const FARTHEST: f64 = 200.0;
/// The window ends where every integrand is this far below its maximum (as a logarithm) ...
const DEPTH: f64 = 31.0;
/// (and a little further, since these falls are estimates)
const MARGIN: f64 = 3.0;
/// ... or where the slope of the log density is this close to its limit, from where the rest is closed.
const STEADY: f64 = 1e-6;
/// Looks after which the law is given up as too narrow.
const MOST_LOOKS: usize = 14;
/// Largest force taken at its word in a look.
const STEEPEST: f64 = 1e4;

/// An interval of the chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub low: f64,
    pub high: f64,
    /// Roughly where the density in the chart is highest.
    pub peak: f64,
    /// Whether the tail beyond either end is an exponential, to be closed with its slope.
    pub closed: [bool; 2],
}

/// The window of a process between its `ends`; the integrand at either end is the density times e^(`order` |z|).
///
/// `None` where no window is found, as for a law outside the first look.
pub(super) fn find(process: &dyn Process<1>, ends: &[End; 2], orders: [f64; 2]) -> Option<Window> {
    let mut force = [0.0; LOOK];
    let mut window = Window { low: -FARTHEST, high: FARTHEST, peak: 0.0, closed: [false; 2] };
    for _ in 0..MOST_LOOKS {
        let step = (window.high - window.low) / (LOOK - 1) as f64;
        process.forces(&[window.low], 0, step, &mut force);
        let look = Look { low: window.low, step, force: &force, ends, orders };
        let Extent { first, last, highest, closed } = look.extent()?;
        window.peak = window.low + highest as f64 * step;
        let low = window.low;
        window = Window { low: low + first * step, high: low + last * step, closed, ..window };
        if 2.0 * (last - first) > LOOK as f64 {
            return Some(window);
        }
        if window.low + 1e-9 * window.low.abs() >= window.high {
            return None;
        }
    }
    None
}

/// Ends of the next window in steps, the highest node and whether the ends are to be closed.
struct Extent {
    first: f64,
    last: f64,
    highest: usize,
    closed: [bool; 2],
}

struct Look<'a> {
    low: f64,
    step: f64,
    force: &'a [f64; LOOK],
    ends: &'a [End; 2],
    orders: [f64; 2],
}

impl Look<'_> {
    /// The next window.
    fn extent(&self) -> Option<Extent> {
        if self.force.iter().any(|f| f.is_nan()) {
            return None;
        }
        let log_density = self.log_density();
        let (first, low_closed) = self.end(&log_density, 0)?;
        let (last, high_closed) = self.end(&log_density, 1)?;
        let highest = (0..LOOK).max_by(|&i, &j| log_density[i].total_cmp(&log_density[j]))?;
        (first < last).then_some(Extent { first, last, highest, closed: [low_closed, high_closed] })
    }

    /// A rough log density whose falls are taken too small rather than too large: a force may grow exponentially
    /// between two nodes, where the geometric mean is below the true one. A peak between two nodes leaves both at the
    /// same height, so that neither is cut off.
    fn log_density(&self) -> [f64; LOOK] {
        let mut sums = [0.0; LOOK];
        for i in 1..LOOK {
            let [a, b] = [self.force[i - 1], self.force[i]];
            let cautious = if a * b > 0.0 { (a * b).sqrt().min(STEEPEST) } else { 0.0 };
            sums[i] = sums[i - 1] + self.step * cautious.copysign(a);
        }
        sums
    }

    /// Where the window ends on one side: just before the first node that still carries something.
    fn end(&self, log_density: &[f64; LOOK], which: usize) -> Option<(f64, bool)> {
        let order = self.orders[which];
        let side = 2.0 * which as f64 - 1.0;
        let weighted = |i: usize| log_density[i] + side * order * (self.low + i as f64 * self.step);
        let top = (0..LOOK).map(weighted).fold(f64::NEG_INFINITY, f64::max);
        let end = &self.ends[which];
        let steady = |i: usize| end.limit && (self.force[i] - end.slope).abs() <= STEADY;
        let nth = |n: usize| if which == 0 { n } else { LOOK - 1 - n };
        let alive = (0..LOOK).find(|&n| weighted(nth(n)) > top - DEPTH)?;
        let rough = (0..LOOK).find(|&n| !steady(nth(n)))?;
        let n = alive.max(rough);
        let closed = rough > alive;
        let outwards = match n.checked_sub(1) {
            None => 0.0,
            Some(_) if closed => 1.0,
            Some(outer) => self.fall(nth(n), nth(outer), side * order, weighted(nth(n)) - top + DEPTH + MARGIN),
        };
        Some((nth(n) as f64 + side * outwards, closed))
    }

    /// Part of the step from node `i` outwards to node `outer` after which an integrand has fallen by `depth`, its
    /// slope being taken for an exponential.
    fn fall(&self, i: usize, outer: usize, weight: f64, depth: f64) -> f64 {
        let [near, far] = [i, outer].map(|i| (self.force[i] + weight).abs() * self.step);
        let growth = (far / near).ln();
        if growth.is_finite() && growth > 0.1 { ((growth * depth / near).ln_1p() / growth).min(1.0) } else { 1.0 }
    }
}
