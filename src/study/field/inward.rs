//! Whether paths come back from far out.

use super::survey::Moments;
use crate::numeric::semidefinite_root;
use crate::process::{Affine, Process};
use std::f64::consts::{PI, TAU};

/// Rays from the middle of a law, and where they begin, in its widths.
const RAYS: usize = 256;
const FIRST: f64 = 6.0;
/// A mean that is smaller than this part of its terms is rounding.
const ROUNDING: f64 = 1e-11;
/// Ratio of the distances of two looks along a ray.
const OUTWARD: f64 = 1.25;

/// Whether |y|^2, y the distance from a mean in units of a covariance or of its mean variance, falls on the average over every shell from there to the
/// ends of `reach`: the mean of 2 y . b + tr B is below zero. Where it is not, what stays near the mean may be a metastable part
/// of a law most of which is outside, such as a stable focus within a limit cycle. `None` where coordinates cannot be scaled.
pub(super) fn draws_back<const N: usize>(
    process: &dyn Process<N>,
    (mean, covariance): &Moments<N>,
    reach: &[[f64; 2]; N],
) -> Option<bool> {
    let size = (0..N).map(|i| covariance[i][i]).sum::<f64>() / N as f64;
    let round = std::array::from_fn(|i| std::array::from_fn(|j| if i == j { size } else { 0.0 }));
    // A fast turn makes a sampled covariance that is a little oblique look like a way out.
    let all = [covariance, &round].map(|covariance| falls_along_shells(process, mean, covariance, reach));
    all.into_iter().flatten().reduce(|a, b| a || b)
}

fn falls_along_shells<const N: usize>(
    process: &dyn Process<N>,
    mean: &[f64; N],
    covariance: &[[f64; N]; N],
    reach: &[[f64; 2]; N],
) -> Option<bool> {
    let scaled = Affine::new(process, *mean, semidefinite_root(covariance))?;
    let corners = [0, 1].map(|side| scaled.from_inner(&std::array::from_fn(|i| reach[i][side])));
    let farthest = corners.iter().flatten().map(|y| y.abs()).fold(FIRST, f64::max);
    let mut distance = FIRST;
    while distance < farthest {
        let change = |ray: usize| {
            let y = direction::<N>(ray).map(|d| distance * d);
            let c = scaled.coefficients(&y);
            (0..N).map(|i| 2.0 * y[i] * c.drift[i] + c.diffusion[i][i]).sum::<f64>()
        };
        let (total, size) = (0..RAYS).map(change).fold((0.0, 0.0), |(total, size), c| (total + c, size + c.abs()));
        if !size.is_finite() || total.abs() <= ROUNDING * size {
            // As far as numbers tell.
            break;
        }
        if total >= 0.0 {
            return Some(false);
        }
        distance *= OUTWARD;
    }
    Some(true)
}

/// Directions all around: evenly on a circle, along a spiral on a sphere.
fn direction<const N: usize>(ray: usize) -> [f64; N] {
    let mut direction = [0.0; N];
    let part = (ray as f64 + 0.5) / RAYS as f64;
    match N {
        1 => direction[0] = if ray.is_multiple_of(2) { 1.0 } else { -1.0 },
        2 => (direction[0], direction[1]) = ((TAU * part).cos(), (TAU * part).sin()),
        _ => {
            let height = 1.0 - 2.0 * part;
            let turn = PI * (1.0 + 5f64.sqrt()) * ray as f64;
            let radius = (1.0 - height * height).sqrt();
            (direction[0], direction[1], direction[2]) = (radius * turn.cos(), radius * turn.sin(), height);
        }
    }
    direction
}
