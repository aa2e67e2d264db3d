//! Probability to the left and right of a point, each with its own relative accuracy, and their inverse.

use super::end::End;
use super::law::Law;
use super::panel::Area;

/// Steps of the search for a quantile.
const SEARCH: usize = 60;
/// Panels of one tail.
const TAIL_PANELS: usize = 80;
/// A tail is followed until what is left cannot matter.
const NEGLIGIBLE: f64 = 1e-18;

/// A side of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Below the point.
    Left,
    /// Above the point.
    Right,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        if self == Self::Left { Self::Right } else { Self::Left }
    }

    /// -1 or 1.
    fn direction(self) -> f64 {
        if self == Self::Left { -1.0 } else { 1.0 }
    }
}

/// A logarithm of a mass (in units of the density at v0), and the relative errors of the mass.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogMass {
    /// ln of the mass.
    pub log: f64,
    /// Relative part that is not resolved.
    pub defect: f64,
    /// Relative rounding error.
    pub blur: f64,
}

impl LogMass {
    fn of(area: Area, shift: f64) -> Self {
        let (defect, blur) = area.relative();
        Self { log: area.value.ln() + shift, defect, blur }
    }

    /// Both errors.
    pub fn error(&self) -> f64 {
        self.defect + self.blur + f64::EPSILON
    }
}

/// The law's mass, panel by panel.
#[derive(Debug)]
pub(super) struct Masses {
    /// Ends of the panels.
    edges: Vec<f64>,
    /// Mass to the left of each edge.
    left: Vec<Area>,
    /// Mass to the right of each edge.
    right: Vec<Area>,
}

impl Masses {
    /// Integrates the density of `law`.
    pub fn of(law: &Law) -> Self {
        let panels: Vec<Area> = law.panels.iter().map(super::panel::Panel::mass).collect();
        let first = law.panels[0].low;
        let edges: Vec<f64> = std::iter::once(first).chain(law.panels.iter().map(|p| p.high)).collect();
        let closed = |zeta: f64, side: Side| {
            let tail = tail(law, zeta, side);
            let value = tail.log.exp();
            if value == 0.0 {
                Area::default()
            } else {
                Area { value, defect: tail.defect * value, blur: tail.blur * value }
            }
        };
        let mut left = vec![closed(first, Side::Left)];
        for panel in &panels {
            left.push(left[left.len() - 1].plus(*panel));
        }
        let mut right = vec![closed(edges[edges.len() - 1], Side::Right)];
        for panel in panels.iter().rev() {
            right.push(right[right.len() - 1].plus(*panel));
        }
        right.reverse();
        Self { edges, left, right }
    }

    /// The whole mass.
    pub fn total(&self) -> LogMass {
        LogMass::of(self.right[0].plus(self.left[0]), 0.0)
    }

    /// Mass on one side of zeta.
    pub fn beside(&self, law: &Law, zeta: f64, side: Side) -> LogMass {
        let last = self.edges.len() - 1;
        match side {
            Side::Left if zeta <= self.edges[0] => tail(law, zeta, side),
            Side::Right if zeta >= self.edges[last] => tail(law, zeta, side),
            Side::Left if zeta > self.edges[last] => {
                LogMass::of(self.left[last].plus(self.closed_part(law, zeta, Side::Right)), 0.0)
            }
            Side::Right if zeta < self.edges[0] => {
                LogMass::of(self.right[0].plus(self.closed_part(law, zeta, Side::Left)), 0.0)
            }
            Side::Left => {
                let i = self.edges.partition_point(|&e| e <= zeta) - 1;
                LogMass::of(self.left[i].plus(part(law, self.edges[i], zeta)), 0.0)
            }
            Side::Right => {
                let i = self.edges.partition_point(|&e| e < zeta);
                LogMass::of(self.right[i].plus(part(law, zeta, self.edges[i])), 0.0)
            }
        }
    }

    /// Mass between zeta and the outermost panel on `side` of the bulk, where it is not negligible: in a slow
    /// exponential tail.
    fn closed_part(&self, law: &Law, zeta: f64, side: Side) -> Area {
        let (edge, whole) = match side {
            Side::Left => (self.edges[0], self.left[0]),
            Side::Right => (self.edges[self.edges.len() - 1], self.right[self.edges.len() - 1]),
        };
        match law.ends[usize::from(side == Side::Right)] {
            End::Power { rate, .. } => whole.times(-(-rate * (zeta - edge).abs()).exp_m1()),
            End::Fast => whole,
        }
    }

    /// zeta with the fraction `share` of the mass on `side` of it, and its absolute error; `None` where the mass
    /// is not known.
    pub fn quantile(&self, law: &Law, share: f64, side: Side) -> Option<(f64, f64)> {
        let total = self.total();
        if total.error() >= 1.0 || total.error().is_nan() {
            return None;
        }
        // In a slow tail on the far side, the mass is known from that end.
        let reach = if side == Side::Left { &self.left[self.left.len() - 1] } else { &self.right[0] };
        let (share, side) =
            if share.ln() + total.log >= reach.value.ln() { (1.0 - share, side.other()) } else { (share, side) };
        let target = share.ln() + total.log;
        let zeta = self.closed_quantile(law, target, side).unwrap_or_else(|| self.search(law, target, side));
        let mass = self.beside(law, zeta, side);
        let density = law.log(&law.frame.chart.place(zeta)).value;
        let share_rounding = 2.0 * f64::EPSILON + f64::EPSILON * (1.0 - share).max(0.0);
        let relative = mass.error() + total.error() + share_rounding + (mass.log - target).abs();
        Some((zeta, relative * (mass.log - density).exp() + f64::EPSILON * (1.0 + zeta.abs())))
    }

    /// In an exponential tail the mass can be inverted by hand.
    fn closed_quantile(&self, law: &Law, target: f64, side: Side) -> Option<f64> {
        let End::Power { from, rate, .. } = law.ends[usize::from(side == Side::Right)] else { return None };
        let start = law.log(&law.frame.chart.place(from)).value - rate.ln();
        (target <= start).then(|| from + side.direction() * (start - target) / rate)
    }

    /// Safeguarded Newton iteration on ln(mass).
    fn search(&self, law: &Law, target: f64, side: Side) -> f64 {
        let direction = side.direction();
        let (mut low, mut high) = self.bracket(law, target, side);
        let mut zeta = 0.5 * (low + high);
        for _ in 0..SEARCH {
            let mass = self.beside(law, zeta, side).log;
            // Mass on the right falls with zeta, on the left it rises.
            let excess = (mass - target) * direction;
            if excess > 0.0 {
                low = zeta;
            } else {
                high = zeta;
            }
            let density = law.log(&law.frame.chart.place(zeta)).value;
            let mut next = zeta + excess * (mass - density).exp();
            if !(low < next && next < high) {
                next = 0.5 * (low + high);
            }
            let step = (next - zeta).abs();
            zeta = next;
            if step <= f64::EPSILON * zeta.abs().max(1e-3 * (mass - density).exp()) || high <= low {
                break;
            }
        }
        zeta
    }

    /// An interval of zeta that holds the quantile.
    fn bracket(&self, law: &Law, target: f64, side: Side) -> (f64, f64) {
        let last = self.edges.len() - 1;
        let masses = if side == Side::Left { &self.left } else { &self.right };
        let reached = |i: usize| masses[i].value.ln() >= target;
        // The edge at the outer end of `side`, and the direction away from the bulk.
        let (outer, outward) = if side == Side::Left { (0, -1.0) } else { (last, 1.0) };
        if reached(outer) {
            let (inner, mut step) = (self.edges[outer], 1.0);
            loop {
                let edge = inner + outward * step;
                if self.beside(law, edge, side).log < target || step > 1e6 {
                    return if outward < 0.0 { (edge, inner) } else { (inner, edge) };
                }
                step *= 2.0;
            }
        }
        let i = match side {
            Side::Left => (0..=last).find(|&i| reached(i)).unwrap_or(last).max(1),
            Side::Right => (0..=last).rev().find(|&i| reached(i)).unwrap_or(0).min(last - 1) + 1,
        };
        (self.edges[i - 1], self.edges[i])
    }
}

/// Mass between two points of one panel.
fn part(law: &Law, low: f64, high: f64) -> Area {
    if low < high { law.panel(low, high).mass() } else { Area::default() }
}

/// Mass beyond zeta, summed outward from it.
fn tail(law: &Law, zeta: f64, side: Side) -> LogMass {
    let direction = side.direction();
    let log = |z: f64| law.log(&law.frame.chart.place(z));
    let here = log(zeta);
    let shift = here.value;
    let closed = match law.ends[usize::from(side == Side::Right)] {
        End::Power { from, rate, doubt } => Some((from, rate, doubt)),
        End::Fast => None,
    };
    if let Some((from, rate, doubt)) = closed
        && (zeta - from) * direction >= 0.0
    {
        let blur = f64::EPSILON * 2.0 * (1.0 + here.size) + law.bias(zeta) + doubt / rate;
        return LogMass { log: shift - rate.ln(), defect: 1e-17, blur };
    }
    let p = law.frame.chart.place(zeta);
    let slope = (law.frame.slope(&p).value + p.bend).abs();
    let stop = closed.map_or(f64::INFINITY, |(from, ..)| (from - zeta).abs());
    let (mut area, mut at, mut step) = (Area::default(), 0.0, (2.0 / slope).min(1.0));
    for _ in 0..TAIL_PANELS {
        if at >= stop || !shift.is_finite() {
            break;
        }
        let next = (at + step).min(stop);
        let ends = [zeta + direction * at, zeta + direction * next];
        let panel = law.panel(ends[0].min(ends[1]), ends[0].max(ends[1]));
        let part = panel.integral(shift, &Default::default());
        area = area.plus(part);
        at = next;
        step = (1.5 * step).min(1.0);
        if part.value < NEGLIGIBLE * area.value && (log(ends[1]).value - shift).exp() < NEGLIGIBLE {
            return LogMass::of(area, shift);
        }
    }
    match closed {
        Some((from, rate, doubt)) if at >= stop => {
            let rest = (log(from).value - shift).exp() / rate;
            LogMass::of(area.plus(Area { value: rest, defect: 0.0, blur: rest * doubt / rate }), shift)
        }
        // The end of the tail was not seen.
        _ => LogMass { defect: f64::INFINITY, ..LogMass::of(area, shift) },
    }
}
