//! Places inside a range at which the noise of a variable vanishes and which paths do not cross, or in one direction
//! only: no law of the whole range has a density in one piece there.

use super::{Sde, SdeCause, SdeError, trial};
use crate::numeric::lowest;

/// Noise below this share of what it is beside is nothing.
const NOTHING: f64 = 1e-12;
/// The same at other values of the other variables, whose zero may be off by a rounding.
const ALSO: f64 = 1e-9;
/// Places between two powers of ten.
const STEPS: i32 = 12;
/// Parts of a finite range.
const PARTS: i32 = 64;
/// Golden sections.
const NARROWINGS: usize = 90;

/// Refuses such a place.
pub(super) fn refuse(sde: &Sde) -> Result<(), SdeError> {
    for i in 0..sde.names.len() {
        if let Some(at) = place(sde, i) {
            let cause = SdeCause::Silent { at: vec![(sde.names[i].clone(), at)] };
            return Err(SdeError { key: "covariance", index: vec![i, i], cause });
        }
    }
    Ok(())
}

fn place(sde: &Sde, i: usize) -> Option<f64> {
    let mut others: Vec<Vec<f64>> = sde.range.iter().map(|range| trial::values(*range)).collect();
    others[i] = vec![0.0];
    let others = trial::points(&others);
    let with = |other: &[f64], x: f64| {
        let mut point = other.to_vec();
        point[i] = x;
        point
    };
    let first = others.get(others.len() / 2)?;
    let noise = |x: f64| sde.covariance[i][i].value(&with(first, x));
    let places = places(sde.range[i]);
    places.windows(3).find_map(|triple| {
        let [low, middle, high] = [triple[0], triple[1], triple[2]];
        if !(noise(middle) <= noise(low) && noise(middle) <= noise(high)) {
            return None;
        }
        let (zero, _) = lowest([low, middle, high], NARROWINGS, noise);
        let silent = |other: &Vec<f64>, share: f64| {
            let at = |x: f64| sde.covariance[i][i].value(&with(other, x)).abs();
            // Noise that has underflowed on one side is no zero.
            let beside = at(low).min(at(high));
            beside > 0.0 && at(zero) <= share * beside
        };
        let pulls: Vec<f64> = others.iter().map(|other| sde.drift[i].value(&with(other, zero))).collect();
        let one_way = pulls.iter().all(|pull| *pull >= 0.0) || pulls.iter().all(|pull| *pull <= 0.0);
        (silent(first, NOTHING) && others.iter().all(|other| silent(other, ALSO)) && one_way).then_some(zero)
    })
}

/// Where the noise is looked at, ascending.
fn places([lower, upper]: [f64; 2]) -> Vec<f64> {
    let sizes: Vec<f64> = (-6 * STEPS..=6 * STEPS).map(|k| 10f64.powf(f64::from(k) / f64::from(STEPS))).collect();
    let around = |end: f64| sizes.iter().flat_map(move |size| [end - size, end + size]);
    let centres = [lower, upper, 0.0].into_iter().filter(|end| end.is_finite());
    let mut all: Vec<f64> = centres.flat_map(around).chain([0.0]).collect();
    if lower.is_finite() && upper.is_finite() {
        all.extend((1..PARTS).map(|k| lower + (upper - lower) * f64::from(k) / f64::from(PARTS)));
    }
    all.retain(|x| lower < *x && *x < upper);
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}
