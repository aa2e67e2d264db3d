//! Boundaries read off the ends of the charts: collapse, divergence at zero, moments.

use super::margin::{Margin, Unjudged};
use crate::process::REACH;
use crate::study::{Landscape, Problem, Region};

/// The ends of the charts; without noise there are none to read.
pub(super) fn landscape(problem: &Problem) -> Result<Landscape, Unjudged> {
    if problem.model.moments.noiseless() {
        return Err(Unjudged::NoNoise);
    }
    Ok(Landscape::of(&problem.model, problem.branch)?)
}

/// The region that holds the density.
pub(super) fn dense(landscape: &Landscape) -> Result<&Region, Unjudged> {
    landscape.density().ok_or(Unjudged::NoDensity)
}

/// How fast the density in the chart falls towards the end from which it falls least, in the region where that
/// is most: positive where a normalisable density exists.
pub(super) fn collapse(problem: &Problem) -> Result<Margin, Unjudged> {
    let landscape = landscape(problem)?;
    let falls = |region: &Region| {
        let [low, high] = region.ends.map(|end| Margin::squashed(-end.side * end.slope, &end, 0.0));
        low.min(high)
    };
    landscape.here.iter().map(falls).reduce(Margin::max).ok_or(Unjudged::NoDensity)
}

/// The power with which p(v) vanishes at v = 0; negative where it diverges.
pub(super) fn divergence_at_zero(problem: &Problem) -> Result<Margin, Unjudged> {
    let landscape = landscape(problem)?;
    if problem.model.depth == 0 {
        return Err(Unjudged::NoFace);
    }
    power_at_zero(dense(&landscape)?).ok_or(Unjudged::NoFace)
}

pub(super) fn power_at_zero(region: &Region) -> Option<Margin> {
    let coordinate = &region.piece.coordinate;
    let which = coordinate.ends().iter().position(|v| *v == 0.0)?;
    let end = region.ends[which];
    let growth = end.side * (end.slope - coordinate.log_jacobian_slope(end.side * REACH));
    Some(Margin::squashed(-growth, &end, 0.0))
}

/// How fast |v|^`order` times the density falls in the chart towards the ends where |v|^`order` grows.
pub(super) fn moment(problem: &Problem, order: f64) -> Result<Margin, Unjudged> {
    let landscape = landscape(problem)?;
    let region = dense(&landscape)?;
    let coordinate = &region.piece.coordinate;
    let mut least = Margin::new(1.0, 0.0);
    for end in &region.ends {
        let steepness = coordinate.log_abs_slope(end.side * REACH);
        if end.side * order * steepness > 0.0 {
            let falls = -end.side * (end.slope + order * steepness);
            least = least.min(Margin::squashed(falls, end, 4.0 * f64::EPSILON * order.abs()));
        }
    }
    Ok(least)
}

/// How fast the density in the chart falls towards v = 0: positive where v = 0 repels.
pub(super) fn growth_at_zero(problem: &Problem) -> Result<Margin, Unjudged> {
    let landscape = landscape(problem)?;
    let at_zero = |region: &Region| {
        let which = region.piece.coordinate.ends().iter().position(|v| *v == 0.0)?;
        let end = region.ends[which];
        Some(Margin::squashed(-end.side * end.slope, &end, 0.0))
    };
    landscape.here.iter().find_map(at_zero).ok_or(Unjudged::NoFace)
}
