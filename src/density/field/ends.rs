//! How integrands end at the walls of the lattice.

use super::observed::End;
use super::stencil::Stencil;
use crate::grid::LatticeAxis;

/// Where decay rates are measured, as a share of the axis from the wall: outside the layer in which a reflecting wall bends
/// the density of a law with a current.
const PLACES: [f64; 2] = [0.04, 0.12];

/// Both ends of an integrand given by ln of its slices across `axis`; `domain` is where the coordinate itself ends.
pub(super) fn ends(axis: &LatticeAxis, log_slices: &[f64], domain: [f64; 2]) -> [End; 2] {
    let log_density: Vec<f64> = log_slices.iter().enumerate().map(|(i, s)| s - axis.length(i).ln()).collect();
    std::array::from_fn(|side| {
        let rate = |share: f64| outward_rate(axis, &log_density, side, share);
        let (rate, rate_inside) = (rate(PLACES[0]), rate(PLACES[1]));
        let wall = axis.grading.z(axis.walls()[side]);
        let own = domain[side].is_finite() && (wall - domain[side]).abs() <= 1e-9 * (1.0 + wall.abs());
        let last = log_density[if side == 0 { 0 } else { axis.cells - 1 }];
        let beyond = if own || last == f64::NEG_INFINITY {
            0.0
        } else if rate > 0.0 {
            (last - rate * 0.5 * axis.length(if side == 0 { 0 } else { axis.cells - 1 })).exp() / rate
        } else {
            f64::INFINITY
        };
        End { rate, rate_inside, beyond }
    })
}

/// -d ln(density) / dz outwards at `share` of the axis from the wall.
fn outward_rate(axis: &LatticeAxis, log_density: &[f64], side: usize, share: f64) -> f64 {
    let reach = axis.cells as f64;
    let position = if side == 0 { share * reach - 0.5 } else { (1.0 - share) * reach - 0.5 };
    let slope = Stencil::slope(axis.cells, position).apply(log_density);
    let rate = slope / (axis.step * axis.grading.stretch(axis.xi(position)));
    match (side, rate.is_nan()) {
        // Nothing left of the integrand here, in floating-point numbers.
        (_, true) => f64::INFINITY,
        (0, _) => rate,
        _ => -rate,
    }
}
