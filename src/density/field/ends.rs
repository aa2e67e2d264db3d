//! How integrands end at the walls of the lattice.

use super::observed::End;
use super::stencil::Stencil;
use crate::grid::LatticeAxis;

/// Where [`End::rate`] and [`End::rate_inside`] are measured, as parts of [`crate::grid::Grading::half`] from the wall: outside the
/// layer in which a reflecting wall bends the density of a law with a current.
pub(crate) const PLACES: [f64; 2] = [0.08, 0.24];

/// Both ends of an integrand given by ln of its slices across `axis`; `domain` is where the coordinate itself ends.
pub(super) fn ends(axis: &LatticeAxis, log_slices: &[f64], domain: [f64; 2]) -> [End; 2] {
    let log_density: Vec<f64> = log_slices.iter().enumerate().map(|(i, s)| s - axis.length(i).ln()).collect();
    std::array::from_fn(|side| {
        let place = |share: f64| {
            let x = share * axis.grading.half(axis.walls(), side) / axis.step - 0.5;
            if side == 0 { x } else { (axis.cells - 1) as f64 - x }
        };
        let per_length = |x: f64| axis.step * axis.grading.stretch(axis.xi(x));
        let rate = |share: f64| outward_rate(&log_density, side, place(share)) / per_length(place(share));
        let wall = axis.grading.z(axis.walls()[side]);
        let own = domain[side].is_finite() && (wall - domain[side]).abs() <= 1e-9 * (1.0 + wall.abs());
        End {
            at: axis.grading.z(axis.xi(place(PLACES[0]))),
            rate: rate(PLACES[0]),
            rate_inside: rate(PLACES[1]),
            beyond: if own { 0.0 } else { beyond(log_slices, side, place(PLACES[0])) },
        }
    })
}

/// The sum over all cells beyond the wall, if slices went on falling by the same factor from cell to cell: exact for
/// power laws on an axis that is logarithmic far out, too large for whatever falls faster.
fn beyond(log_slices: &[f64], side: usize, place: f64) -> f64 {
    let last = log_slices[if side == 0 { 0 } else { log_slices.len() - 1 }];
    if last == f64::NEG_INFINITY {
        return 0.0;
    }
    let rate = outward_rate(log_slices, side, place);
    if rate > 0.0 { (last - 0.5 * rate).exp() / rate } else { f64::INFINITY }
}

/// Fall of a logarithm from cell to cell, outwards.
fn outward_rate(logs: &[f64], side: usize, place: f64) -> f64 {
    let slope = Stencil::slope(logs.len(), place).apply(logs);
    match (slope.is_nan(), side) {
        // Nothing left of the integrand here, in floating-point numbers.
        (true, _) => f64::INFINITY,
        (false, 0) => slope,
        (false, _) => -slope,
    }
}
