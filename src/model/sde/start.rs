//! Where mass is likely to be: paths along B a / 2 (which climb the density where detailed balance holds) from a
//! few places, and of the places they lead to the one with the largest log density, by the work of the force
//! between them.

use crate::process::{Coordinate, Process};
use faer::Mat;
use faer::linalg::solvers::Solve;

/// Steps of a path.
const STEPS: usize = 1500;
/// Relative error of a step.
const TOLERANCE: f64 = 1e-3;
/// A path that moves less than this in a step of full length has arrived.
const STILL: f64 = 1e-7;
/// Coordinates beyond this are lost.
const FAR: f64 = 1e8;
/// Ends closer than this are one.
const SAME: f64 = 1e-2;
/// Newton steps at the end of a path.
const POLISH: usize = 8;
/// Points of a line integral.
const POINTS: usize = 64;

/// Chart coordinates of a likely place.
pub(in crate::model) fn start<const N: usize>(process: &dyn Process<N>) -> [f64; N] {
    let begins = begins(process);
    let mut ends: Vec<[f64; N]> = Vec::new();
    for begin in &begins {
        let Some(end) = follow(process, *begin).map(|end| polished(process, end)) else { continue };
        let near = |other: &[f64; N]| (0..N).all(|i| (other[i] - end[i]).abs() <= SAME * (1.0 + end[i].abs()));
        if !ends.iter().any(near) {
            ends.push(end);
        }
    }
    let Some(&first) = ends.first() else { return begins[0] };
    ends.iter()
        .fold((first, 0.0), |best, end| {
            let gain = work(process, &first, end);
            if gain > best.1 { (*end, gain) } else { best }
        })
        .0
}

/// A few places, the most central first; off every symmetry.
fn begins<const N: usize>(process: &dyn Process<N>) -> Vec<[f64; N]> {
    let values: [[f64; 3]; N] = std::array::from_fn(|i| {
        let axis = process.chart().axis(i);
        let [lower, upper] = axis.domain();
        match (axis, lower.is_finite(), upper.is_finite()) {
            (Coordinate::Identity { .. }, true, true) => {
                [0.47, 0.12, 0.91].map(|share| lower + share * (upper - lower))
            }
            (_, true, false) => [0.9, 0.13, 7.0].map(|distance| lower + distance),
            (_, false, true) => [0.9, 0.13, 7.0].map(|distance| upper - distance),
            _ => [0.07, -1.9, 1.7],
        }
    });
    let all = 3usize.pow(N as u32);
    (0..all).map(|k| std::array::from_fn(|i| values[i][k / 3usize.pow(i as u32) % 3])).collect()
}

/// b - div B / 2 = B a / 2, which no chart factor makes stiff.
fn velocity<const N: usize>(process: &dyn Process<N>, z: &[f64; N]) -> Option<[f64; N]> {
    let c = process.coefficients(z);
    let v: [f64; N] = std::array::from_fn(|i| c.drift[i] - 0.5 * c.div_diffusion[i]);
    v.iter().all(|v| v.is_finite()).then_some(v)
}

/// The end of a path: Heun's method with steps by its difference from Euler's. `None` if it is lost.
fn follow<const N: usize>(process: &dyn Process<N>, begin: [f64; N]) -> Option<[f64; N]> {
    let mut z = begin;
    let mut v = velocity(process, &z)?;
    let speed = v.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let mut h = 1e-3 / (speed + 1e-12);
    let mut still = 0;
    for _ in 0..STEPS {
        let euler = process.chart().inside(std::array::from_fn(|i| z[i] + h * v[i]));
        let Some(second) = velocity(process, &euler) else {
            h *= 0.25;
            continue;
        };
        let next = process.chart().inside(std::array::from_fn(|i| z[i] + 0.5 * h * (v[i] + second[i])));
        let error = (0..N).fold(0.0_f64, |e, i| e.max((next[i] - euler[i]).abs() / (1.0 + z[i].abs())));
        let moved = (0..N).fold(0.0_f64, |m, i| m.max((next[i] - z[i]).abs() / (1.0 + z[i].abs())));
        let factor = (0.9 * (TOLERANCE / error.max(1e-300)).sqrt()).clamp(0.2, 3.0);
        if error <= TOLERANCE {
            let Some(there) = velocity(process, &next) else {
                h *= 0.25;
                continue;
            };
            (z, v) = (next, there);
            if z.iter().any(|z| z.abs() > FAR) {
                return None;
            }
            still = if moved < STILL { still + 1 } else { 0 };
            if still > 20 {
                break;
            }
        }
        h *= factor;
    }
    Some(z)
}

/// The zero of the velocity next to the end of a path, which hovers around it: narrow laws are far from its steps. The
/// end itself where no zero is near.
fn polished<const N: usize>(process: &dyn Process<N>, end: [f64; N]) -> [f64; N] {
    let mut z = end;
    for _ in 0..POLISH {
        let Some(step) = newton(process, &z) else { return end };
        z = process.chart().inside(std::array::from_fn(|i| z[i] - step[i]));
        let near = |i: usize| (z[i] - end[i]).abs() <= SAME * (1.0 + end[i].abs());
        if !(0..N).all(near) {
            return end;
        }
    }
    z
}

/// A step of Newton's method for a zero of the velocity.
fn newton<const N: usize>(process: &dyn Process<N>, z: &[f64; N]) -> Option<[f64; N]> {
    let here = velocity(process, z)?;
    let mut slopes = Mat::zeros(N, N);
    for j in 0..N {
        let h = 1e-5 * z[j].abs().max(1e-2);
        let shifted = |by: f64| velocity(process, &std::array::from_fn(|i| if i == j { z[i] + by } else { z[i] }));
        let (up, down) = (shifted(h)?, shifted(-h)?);
        (0..N).for_each(|i| slopes[(i, j)] = (up[i] - down[i]) / (2.0 * h));
    }
    let step = slopes.full_piv_lu().solve(Mat::from_fn(N, 1, |i, _| here[i]));
    let step: [f64; N] = std::array::from_fn(|i| step[(i, 0)]);
    step.iter().all(|s| s.is_finite()).then_some(step)
}

/// Integral of the force along the line: the difference of log densities where detailed balance holds.
fn work<const N: usize>(process: &dyn Process<N>, from: &[f64; N], to: &[f64; N]) -> f64 {
    (0..POINTS)
        .map(|k| {
            let t = (k as f64 + 0.5) / POINTS as f64;
            let force = process.force(&std::array::from_fn(|i| from[i] + t * (to[i] - from[i]))).value;
            (0..N).map(|i| force[i] * (to[i] - from[i])).sum::<f64>() / POINTS as f64
        })
        .sum()
}
