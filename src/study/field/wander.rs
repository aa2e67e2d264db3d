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

/// A box around the paths from a point, and from all stable points that are found around it, in chart coordinates; `None` where
/// a path from the point is lost.
///
/// `widths` is how wide the law may be along the axes: paths do not cross barriers, so that every well needs paths of its own.
pub(super) fn wander<const N: usize>(
    process: &dyn Process<N>,
    start: &[f64; N],
    widths: &[f64; N],
) -> Option<[[f64; 2]; N]> {
    let mut reach = paths(process, start)?;
    for point in stable_points(process, start, widths) {
        if let Some(other) = paths(process, &point) {
            for (reach, other) in reach.iter_mut().zip(other) {
                *reach = [reach[0].min(other[0]), reach[1].max(other[1])];
            }
        }
    }
    let wider = reach.map(|[low, high]| [low - ROOM * (high - low), high + ROOM * (high - low)]);
    wider.iter().all(|[low, high]| high > low).then_some(wider)
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

/// The least and largest coordinates along the paths from a point.
fn paths<const N: usize>(process: &dyn Process<N>, start: &[f64; N]) -> Option<[[f64; 2]; N]> {
    let mut reach = [[f64::INFINITY, f64::NEG_INFINITY]; N];
    for path in 0..PATHS {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(path);
        let (mut z, mut fastest) = (*start, 0.0);
        for step in 0..STEPS {
            let here = process.coefficients(&z);
            fastest = rate_of_change(process, &z, &here)?.max(MEMORY * fastest);
            z = process.chart().inside(moved(&z, &here, SHORT / fastest.max(f64::MIN_POSITIVE), &mut rng));
            if z.iter().any(|z| !z.is_finite()) {
                return None;
            }
            if step >= IGNORED {
                for (reach, z) in reach.iter_mut().zip(z) {
                    *reach = [reach[0].min(z), reach[1].max(z)];
                }
            }
        }
    }
    Some(reach)
}

/// A step of Euler and Maruyama.
fn moved<const N: usize>(z: &[f64; N], here: &Coefficients<N>, dt: f64, rng: &mut Xoshiro256PlusPlus) -> [f64; N] {
    let root = semidefinite_root(&here.diffusion);
    let normals: [f64; N] = std::array::from_fn(|_| StandardNormal.sample(rng));
    std::array::from_fn(|i| {
        let noise: f64 = root[i].iter().zip(normals).map(|(part, normal)| part * normal).sum();
        z[i] + dt * here.drift[i] + dt.sqrt() * noise
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
