//! Where paths of a process stay: a rough look at where its law is, for searches that cannot tell from a lattice.

use super::whiten::{linear_widths, zero_of_drift};
use crate::numeric::semidefinite_root;
use crate::process::{Coefficients, Process};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Paths, steps of each, and the first of them that are not looked at.
const PATHS: u64 = 8;
const STEPS: usize = 4000;
const IGNORED: usize = 1000;
/// A step as part of the shortest time in which the drift changes.
const SHORT: f64 = 0.05;
/// How much of the fastest rate of change so far is left after a step: where the drift hardly changes steps stay short.
const MEMORY: f64 = 0.98;
/// Doublings of the distance from which stable points are looked for, and most of them that get paths.
const OUTWARD: i32 = 12;
const POINTS: usize = 12;
/// Part of the reach by which a box is longer at either end, so that tails have room.
const ROOM: f64 = 0.25;

/// Where paths were.
#[derive(Debug, Clone)]
pub(super) struct Trace<const N: usize> {
    /// Least and largest coordinates.
    pub reach: [[f64; 2]; N],
    /// Places seen, their sum and the sum of their products, all from the first of them.
    count: f64,
    origin: [f64; N],
    sum: [f64; N],
    products: [[f64; N]; N],
}

impl<const N: usize> Trace<N> {
    fn from(origin: [f64; N]) -> Self {
        let reach = [[f64::INFINITY, f64::NEG_INFINITY]; N];
        Self { reach, count: 0.0, origin, sum: [0.0; N], products: [[0.0; N]; N] }
    }

    fn see(&mut self, z: &[f64; N]) {
        let from: [f64; N] = std::array::from_fn(|i| z[i] - self.origin[i]);
        self.count += 1.0;
        for i in 0..N {
            self.reach[i] = [self.reach[i][0].min(z[i]), self.reach[i][1].max(z[i])];
            self.sum[i] += from[i];
            for j in 0..N {
                self.products[i][j] += from[i] * from[j];
            }
        }
    }

    /// Mean and covariance of the places.
    pub fn moments(&self) -> ([f64; N], [[f64; N]; N]) {
        let mean = self.sum.map(|sum| sum / self.count);
        let entry = |i: usize, j: usize| self.products[i][j] / self.count - mean[i] * mean[j];
        let covariance = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
        (std::array::from_fn(|i| self.origin[i] + mean[i]), covariance)
    }
}

/// Where paths from a point are, and those from all stable points that are found around it, in chart coordinates, with some room
/// around them; `None` where a path from the point is lost.
///
/// `widths` is how wide the law may be along the axes: paths do not cross barriers, so that every well needs paths of its own.
pub(super) fn wander<const N: usize>(
    process: &dyn Process<N>,
    start: &[f64; N],
    widths: &[f64; N],
) -> Option<Trace<N>> {
    let mut trace = paths(process, start, Trace::from(*start))?;
    for point in stable_points(process, start, widths) {
        if let Some(more) = paths(process, &point, trace.clone()) {
            trace = more;
        }
    }
    trace.reach = trace.reach.map(|[low, high]| [low - ROOM * (high - low), high + ROOM * (high - low)]);
    trace.reach.iter().all(|[low, high]| high > low).then_some(trace)
}

/// Different stable points that Newton's method finds from places further and further out along the axes.
fn stable_points<const N: usize>(process: &dyn Process<N>, start: &[f64; N], widths: &[f64; N]) -> Vec<[f64; N]> {
    let mut found: Vec<[f64; N]> = Vec::new();
    for step in 0..OUTWARD {
        for axis in 0..N {
            for side in [-1.0, 1.0] {
                let mut from = *start;
                from[axis] += side * widths[axis] * 2f64.powi(step);
                let point =
                    zero_of_drift(process, process.chart().inside(from)).filter(|z| process.chart().inside(*z) == *z);
                let Some(point) = point.filter(|z| linear_widths(process, z).is_some()) else { continue };
                let near = |other: &[f64; N]| (0..N).all(|i| (other[i] - point[i]).abs() <= widths[i]);
                if found.len() < POINTS && !found.iter().any(near) {
                    found.push(point);
                }
            }
        }
    }
    found
}

/// Adds the paths from a point to a trace.
fn paths<const N: usize>(process: &dyn Process<N>, start: &[f64; N], mut trace: Trace<N>) -> Option<Trace<N>> {
    for path in 0..PATHS {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(path);
        let (mut z, mut fastest) = (*start, 0.0);
        for step in 0..STEPS {
            let here = process.coefficients(&z);
            fastest = rate_of_change(process, &z, &here)?.max(MEMORY * fastest);
            z = process.chart().inside(moved(process, &z, &here, SHORT / fastest.max(f64::MIN_POSITIVE), &mut rng));
            if z.iter().any(|z| !z.is_finite()) {
                return None;
            }
            if step >= IGNORED {
                trace.see(&z);
            }
        }
    }
    Some(trace)
}

/// A step with the drift half a step on, so that paths of a fast rotation do not spiral outwards.
fn moved<const N: usize>(
    process: &dyn Process<N>,
    z: &[f64; N],
    here: &Coefficients<N>,
    dt: f64,
    rng: &mut Xoshiro256PlusPlus,
) -> [f64; N] {
    let root = semidefinite_root(&here.diffusion);
    let halfway = process.chart().inside(std::array::from_fn(|i| z[i] + 0.5 * dt * here.drift[i]));
    let drift = process.coefficients(&halfway).drift;
    let normals: [f64; N] = std::array::from_fn(|_| StandardNormal.sample(rng));
    std::array::from_fn(|i| {
        let noise: f64 = root[i].iter().zip(normals).map(|(part, normal)| part * normal).sum();
        z[i] + dt * drift[i] + dt.sqrt() * noise
    })
}

/// Largest sum of the derivatives of a component of the drift.
fn rate_of_change<const N: usize>(process: &dyn Process<N>, z: &[f64; N], here: &Coefficients<N>) -> Option<f64> {
    let mut sums = [0.0; N];
    for j in 0..N {
        let mut there = *z;
        there[j] += 1e-5 * z[j].abs().max(1e-2);
        let there = process.chart().inside(there);
        let distance = there[j] - z[j];
        if distance != 0.0 {
            let drift = process.coefficients(&there).drift;
            (0..N).for_each(|i| sums[i] += ((drift[i] - here.drift[i]) / distance).abs());
        }
    }
    let fastest = sums.iter().copied().fold(0.0, f64::max);
    sums.iter().all(|sum| sum.is_finite()).then_some(fastest)
}
