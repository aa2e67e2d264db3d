//! Where the decay rates of a law of one variable become a continuum, and what that makes of a level.
//!
//! Far out in the chart drift and diffusion of a heavy-tailed law tend to laws of their own: a mode exp(-lambda t)
//! that oscillates there exists for every lambda above b^2 / (2 B), b the drift where the coordinate is stretched so that the
//! diffusion is constant. The limit of that ratio at an end is where the continuum of decay rates begins.

use crate::estimate::Estimate;
use crate::process::{Coordinate, Process};

/// Two places near an end must agree this well to count as a limit.
const SAME: f64 = 1e-9;

/// Where the continuum begins that the upper (`side` = 1) or lower (-1) end of the only axis makes, if it makes one, read off at
/// two `places` (distances from 0), the first the farther one.
pub(crate) fn edge<const N: usize>(process: &dyn Process<N>, side: f64, places: [f64; 2]) -> Option<Estimate> {
    let plain = matches!(process.chart().axis(0), Coordinate::Identity { .. });
    let at = |z: f64| {
        let c = process.coefficients(&[side * z; N]);
        let drift = c.drift[0] - 0.25 * c.div_diffusion[0];
        let length = if plain { z } else { 1.0 };
        (drift * drift / (2.0 * c.diffusion[0][0]), c.diffusion[0][0] / (length * length))
    };
    let [(far, noise), (near, inner)] = places.map(at);
    let steady = far.is_finite() && far > 0.0 && (far - near).abs() <= SAME * far;
    // Where the noise grows towards an end it is reached in finite time, and makes no continuum.
    (steady && noise <= inner * (1.0 + SAME)).then(|| Estimate::computed(far, 0.0, (far - near).abs() + 1e-14 * far))
}

/// The level, if it is one below the edge; the edge, if the level is only where the continuum of a finite lattice
/// begins; where its bar leaves that open, a bar that covers both.
pub(crate) fn lower(level: Estimate, edge: Estimate) -> Estimate {
    let least = (level.value - level.error()).max(0.0);
    if level.value + level.error() < edge.value {
        level
    } else if least >= edge.value {
        edge
    } else {
        let value = level.value.min(edge.value);
        Estimate::computed(value, (value - least).max(edge.value - value), edge.error())
    }
}
