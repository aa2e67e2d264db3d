//! Crests of a margin that is concave between places at which it is minus infinity.

use super::axis::Axis;
use super::scan::Look;
use super::sight::Along;
use rayon::prelude::*;

/// Golden sections; the crest only has to be met near enough to show its sign.
const NARROWINGS: usize = 60;
/// How near to a break a look is taken, relative.
const BESIDE: f64 = 8.0 * f64::EPSILON;

/// For every interval between neighbouring `breaks` (and the ends of the axis): its crest, and looks beside the breaks.
pub(super) fn crests(along: &Along<'_>, axis: &Axis, breaks: &[f64]) -> Vec<Look> {
    let [low, high] = axis.ends();
    let inner = breaks.iter().copied().filter(|b| (low..=high).contains(b));
    let cuts: Vec<f64> = std::iter::once(low).chain(inner).chain(std::iter::once(high)).collect();
    cuts.par_windows(2)
        .flat_map_iter(|pair| {
            let beside = BESIDE * (1.0 + pair[0].abs().max(pair[1].abs()));
            let (low, high) = (pair[0] + beside, pair[1] - beside);
            let places = if low < high { vec![low, crest(along, low, high), high] } else { Vec::new() };
            places.into_iter().map(|at| Look::of(along, at)).collect::<Vec<_>>()
        })
        .collect()
}

fn crest(along: &Along<'_>, low: f64, high: f64) -> f64 {
    let height = |at: f64| along(at).map_or(f64::NEG_INFINITY, |m| m.value);
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut a, mut b) = (low, high);
    let mut left = a + golden * (b - a);
    let mut right = b - golden * (b - a);
    let (mut at_left, mut at_right) = (height(left), height(right));
    for _ in 0..NARROWINGS {
        if at_left > 0.0 || at_right > 0.0 {
            break;
        }
        if at_left > at_right {
            (b, right, at_right) = (right, left, at_left);
            left = a + golden * (b - a);
            at_left = height(left);
        } else {
            (a, left, at_left) = (left, right, at_right);
            right = b - golden * (b - a);
            at_right = height(right);
        }
    }
    if at_left > at_right { left } else { right }
}
