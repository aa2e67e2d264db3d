//! Where the slowest discrete decay meets the continuum, by counting nodes.
//!
//! With p the stationary density in the chart and x = int sqrt(2/B) dz, the generator becomes -d^2/dx^2 + V with
//! V = w^2 + w', w = sqrt(B/2) (d ln p/dz + B'/(2B)) / 2. Where w has a limit at an end, decay rates from w^2 there
//! form a continuum. At that rate E the equation u' = w u + q, q' = -w q - E u is stepped from the other end as an
//! angle, tan(phi) = q / (sqrt(E) u): phi' = -sqrt(E) - w sin 2 phi. By Sturm's oscillation theorem a discrete decay
//! lies below E if u, bounded at the start, has two nodes or grows after the first: if phi passes the angle of the
//! bounded solution, at which u' = 0. The law itself is the state without a node.

use super::margin::{Case, Margin, Unjudged};
use super::stretch::Stretch;
use crate::numeric::dormand_prince;
use std::f64::consts::{FRAC_PI_4, PI};

/// Largest local error of the angle in one step.
const LOCAL: f64 = 2e-15;
/// Steps after which the search is given up.
const STEPS: usize = 200_000;
/// Relative difference of w, at the end and two thirds of the way to it, below which it has a limit.
const SAME: f64 = 1e-6;
/// Relative difference from the limit at which the end is as good as reached.
const SETTLED: f64 = 1e-14;
/// Relative difference from the limit at which it is nearly reached, and how much farther out it is as good as that.
const LEVEL: f64 = 1e-12;
const FADED: f64 = 12.0;
/// As far out in the chart as noise whose amplitude is v^2 can be squared.
const FAR: f64 = 120.0;
/// Relative difference below which the continua of both ends begin at one rate, as they do without hidden layers: the root
/// of what rounding leaves of it would be 1e-8.
const EQUAL: f64 = 1e-12;
/// Half the rate per unit of the chart at which an angle is drawn to its resting place, to forget 40 decades.
const FORGETTING: f64 = 60.0;

/// How far beyond the angle of a half-bound state u turns; positive where a discrete decay lies below the edge.
pub(super) fn gap_edge(case: &Case) -> Result<Margin, Unjudged> {
    let wave = Wave { stretch: &Stretch::dense(case)? };
    let limits = [-1.0, 1.0].map(|side| if wave.wall(side).is_some() { None } else { wave.limit(side) });
    let edge = limits.iter().flatten().map(|w| w * w).reduce(f64::min).ok_or(Unjudged::NoContinuum)?;
    // Towards the end with the lowest edge.
    let last = usize::from(limits[1].is_some_and(|w| w * w == edge));
    let side = 2.0 * last as f64 - 1.0;
    let (from, start) = match wave.wall(-side) {
        // No current passes a wall: q = 0.
        Some(wall) => (wall, 0.0),
        None => {
            let from = -side * wave.settled(-side, limits[1 - last], edge);
            (from, wave.start(from, limits[1 - last], edge))
        }
    };
    let to = side * wave.settled(side, limits[last], edge);
    // One node more than the law has lies before this angle, and the next one is met if it is passed.
    let bounded = side * (FRAC_PI_4 - PI);
    let turned = wave.turn([from, to], start, edge, bounded)?;
    Ok(Margin::new(side * (bounded - turned.angle), turned.error))
}

struct Turned {
    angle: f64,
    error: f64,
}

struct Wave<'a> {
    stretch: &'a Stretch,
}

impl Wave<'_> {
    /// sqrt(2/B) and w sqrt(2/B).
    fn at(&self, z: f64) -> [f64; 2] {
        let c = self.stretch.process.coefficients(&[z]);
        let b = c.diffusion[0][0];
        let force = self.stretch.process.force(&[z]).value[0];
        [(2.0 / b).sqrt(), 0.5 * (force + 0.5 * c.div_diffusion[0] / b)]
    }

    fn w(&self, z: f64) -> f64 {
        let [length, pull] = self.at(z);
        pull / length
    }

    /// Where a wall is.
    fn wall(&self, side: f64) -> Option<f64> {
        let which = usize::from(side > 0.0);
        self.stretch.walls[which].then_some(self.stretch.reach[which])
    }

    /// How far out the equation can be followed.
    fn farthest(&self, side: f64) -> f64 {
        FAR.min(self.stretch.reach[usize::from(side > 0.0)].abs())
    }

    /// w at an end, where it has a finite limit other than 0 that takes infinitely long to reach.
    fn limit(&self, side: f64) -> Option<f64> {
        let farthest = self.farthest(side);
        let [end, inner] = [farthest, farthest * (2.0 / 3.0)].map(|z| self.w(side * z));
        let far = self.at(side * farthest)[0] >= self.at(0.0)[0] * 1e-3;
        let exists = far && end.is_finite() && end != 0.0 && (end - inner).abs() <= SAME * end.abs();
        // Read off where it is just reached: the charts lose a rounding per unit of their coordinate.
        exists.then(|| self.w(side * self.settled(side, Some(end), 0.0)))
    }

    /// The angle of the bounded solution at the start.
    fn start(&self, from: f64, limit: Option<f64>, edge: f64) -> f64 {
        let side = from.signum();
        match limit {
            // u' = kappa u towards the inside, kappa = sqrt(w^2 - E): q = u' - w u.
            Some(w) => {
                let excess = w * w - edge;
                let kappa = if excess > EQUAL * edge { -side * excess.sqrt() } else { 0.0 };
                ((kappa - w) / edge.sqrt()).atan()
            }
            None => {
                let [length, pull] = self.at(from);
                -0.5 * (edge.sqrt() * length / pull).clamp(-1.0, 1.0).asin()
            }
        }
    }

    /// How far out towards `side` the end has to be followed: to where w has its limit; else to where nothing turns any
    /// more, or where the angle is drawn to its resting place so fast that what it was farther out is forgotten.
    fn settled(&self, side: f64, limit: Option<f64>, edge: f64) -> f64 {
        let quiet = |z: f64| {
            let [length, pull] = self.at(side * z);
            match limit {
                Some(w) => (pull / length - w).abs() <= LEVEL * w.abs(),
                None => {
                    let turning = edge.sqrt() * length;
                    turning <= SETTLED || (pull.abs() >= FORGETTING && turning <= 0.05 * pull.abs())
                }
            }
        };
        let farthest = self.farthest(side);
        let steps = farthest as u32 - 2;
        let first = (1..steps).map(f64::from).find(|&z| quiet(z) && quiet(z + 1.0) && quiet(z + 2.0));
        first.map_or(farthest, |z| if limit.is_some() { (z + FADED).min(farthest) } else { z })
    }

    /// The angle where the wave, begun at `from`, has come to `to`.
    fn turn(&self, [from, to]: [f64; 2], start: f64, edge: f64, bounded: f64) -> Result<Turned, Unjudged> {
        let speed = edge.sqrt();
        let side = (to - from).signum();
        let rate = |t: f64, phi: f64| {
            let [length, pull] = self.at(from + side * t);
            -side * (speed * length + pull * (2.0 * phi).sin())
        };
        let total = (to - from).abs();
        // What the limit is off by bends the wave over the square of its way.
        let (mut t, mut phi, mut step) = (0.0, start, 1e-3);
        let mut error = SETTLED + 4.0 * f64::EPSILON * total * total;
        for _ in 0..STEPS {
            // Half a turn more is one more node, which is enough.
            if t >= total || (phi - bounded).abs() > PI && (phi - start).abs() > PI {
                return Ok(Turned { angle: phi, error: error + SETTLED });
            }
            let h = f64::min(step, total - t);
            let (next, local) = dormand_prince(&rate, t, phi, h);
            let allowed = LOCAL * (1.0 + h);
            if local <= allowed {
                let pull = self.at(from + side * (t + 0.5 * h))[1];
                // What the angle is off by grows or shrinks with it.
                error = error * (-2.0 * side * pull * (phi + next).cos() * h).exp() + local + f64::EPSILON * phi.abs();
                t = if h < step { total } else { t + h };
                phi = next;
            }
            let factor = 0.9 * (allowed / local.max(f64::MIN_POSITIVE)).powf(0.2);
            step = h * if factor.is_nan() { 0.2 } else { factor.clamp(0.2, 4.0) };
        }
        Err(Unjudged::NoContinuum)
    }
}
