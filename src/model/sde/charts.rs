//! Which chart a variable gets, by what the noise does at the ends of its range.

use super::{Sde, trial};
use crate::process::Coordinate;

/// The noise vanishes at an end where it is below this share of what it is inside.
const VANISHING: f64 = 1e-12;

/// The coordinate of every variable.
pub(super) fn axes(sde: &Sde) -> Vec<Coordinate> {
    (0..sde.names.len()).map(|i| axis(sde, i)).collect()
}

fn axis(sde: &Sde, i: usize) -> Coordinate {
    let [lower, upper] = sde.range[i];
    axis_between([lower, upper], [closed(sde, i, lower), closed(sde, i, upper)])
}

/// The coordinate of a variable whose noise vanishes at the ends that are `closed`.
pub(in crate::model) fn axis_between([lower, upper]: [f64; 2], closed: [bool; 2]) -> Coordinate {
    match closed {
        [true, true] => Coordinate::Interval { lower, upper },
        [true, false] if upper.is_finite() => Coordinate::Segment { face: lower, wall: upper },
        [false, true] if lower.is_finite() => Coordinate::Segment { face: upper, wall: lower },
        [true, false] => Coordinate::Exponential { origin: lower, sign: 1.0, scale: 1.0 },
        [false, true] => Coordinate::Exponential { origin: upper, sign: -1.0, scale: 1.0 },
        [false, false] => Coordinate::Identity { lower, upper },
    }
}

/// Whether B_ii vanishes at a finite end, whatever the other variables.
fn closed(sde: &Sde, i: usize, end: f64) -> bool {
    if !end.is_finite() {
        return false;
    }
    let noise = &sde.covariance[i][i];
    let inside = trial::values(sde.range[i]);
    let mut others: Vec<Vec<f64>> = sde.range.iter().map(|range| trial::values(*range)).collect();
    others[i] = vec![end];
    let mut seen = false;
    for mut point in trial::points(&others) {
        let at_end = noise.value(&point).abs();
        let largest = inside.iter().fold(0.0_f64, |largest, &x| {
            point[i] = x;
            let value = noise.value(&point).abs();
            if value.is_finite() { largest.max(value) } else { largest }
        });
        if largest == 0.0 || !at_end.is_finite() {
            continue;
        }
        if at_end > VANISHING * largest {
            return false;
        }
        seen = true;
    }
    seen
}

/// What z is called for the variable `name`.
pub(in crate::model) fn name(axis: &Coordinate, name: &str) -> String {
    let above = |origin: f64| match origin {
        0.0 => name.to_owned(),
        _ if origin < 0.0 => format!("{name} + {}", -origin),
        _ => format!("{name} - {origin}"),
    };
    let below = |end: f64| if end == 0.0 { format!("-{name}") } else { format!("{end} - {name}") };
    let wrapped = |text: String| if text.contains(' ') { format!("({text})") } else { text };
    match *axis {
        Coordinate::Exponential { origin, sign, .. } if sign > 0.0 => format!("ln({})", above(origin)),
        Coordinate::Exponential { origin, .. } => format!("ln({})", below(origin)),
        Coordinate::Interval { lower, upper } => format!("ln({}/({}))", wrapped(above(lower)), below(upper)),
        Coordinate::Segment { face, wall } if face < wall => format!("ln({}/{})", wrapped(above(face)), wall - face),
        Coordinate::Segment { face, wall } => format!("ln({}/{})", wrapped(below(face)), face - wall),
        _ => name.to_owned(),
    }
}
