//! Where a law changes its character along one parameter, found by bisection on what the solved law does.

use super::ReproduceError;
use crate::estimate::Estimate;
use crate::model::Diagonal;
use crate::study::Landscape;

/// Halvings after which the ends are as near as numbers get.
const MOST: usize = 200;

/// The point in [low, high] below which `holds` is true and beyond which it is not, to `tolerance` (relative).
///
/// # Errors
/// [`ReproduceError::Missing`] unless it holds at `low` and not at `high`, and whatever `holds` fails with.
pub(super) fn threshold(
    what: &str,
    [low, high]: [f64; 2],
    tolerance: f64,
    holds: impl Fn(f64) -> Result<bool, ReproduceError>,
) -> Result<Estimate, ReproduceError> {
    let (mut below, mut beyond) = (low, high);
    if !holds(below)? || holds(beyond)? {
        let found = format!("it is not between {low} and {high}");
        return Err(ReproduceError::Missing { what: what.to_owned(), found });
    }
    for _ in 0..MOST {
        let middle = 0.5 * (below + beyond);
        if beyond - below <= tolerance * middle.abs() {
            break;
        }
        if holds(middle)? {
            below = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(Estimate::computed(0.5 * (below + beyond), 0.5 * (beyond - below), 0.0))
}

/// How near the temperature of a collapse is found (relative).
const NEAR: f64 = 1e-12;

/// The temperature at which a law stops to exist on the natural branch, by its measured ends alone.
///
/// # Errors
/// See [`threshold`].
pub(super) fn collapse(model: &Diagonal) -> Result<Estimate, ReproduceError> {
    let m = &model.moments;
    // A scale for the search, not a formula for the answer: three decades either side of it are searched.
    let scale = m.beta1() / (m.alpha1() + m.alpha3());
    threshold("the critical temperature", [1e-3 * scale, 1e3 * scale], NEAR, |temperature| {
        let model = Diagonal { temperature, ..*model };
        Ok(Landscape::of(&model, model.natural_branch())?.density().is_some())
    })
}
