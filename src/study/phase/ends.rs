//! Boundaries read off the ends of the charts: collapse, divergence at zero, moments.

use super::margin::{Case, Margin, Unjudged};
use super::stretch::Stretch;
use crate::process::REACH;

/// How fast the density in the chart falls towards the end from which it falls least, in the region where that
/// is most: positive where a normalisable density exists.
pub(super) fn collapse(case: &Case) -> Result<Margin, Unjudged> {
    let falls = |stretch: &Stretch| {
        let [low, high] = stretch.ends.map(|end| Margin::squashed(-end.side * end.slope, &end, 0.0));
        low.min(high)
    };
    Stretch::all(case)?.iter().map(falls).reduce(Margin::max).ok_or(Unjudged::NoDensity)
}

/// The power with which p(v) vanishes at v = 0; negative where it diverges.
pub(super) fn divergence_at_zero(case: &Case) -> Result<Margin, Unjudged> {
    let stretch = Stretch::dense(case)?;
    stretch.end_at_zero().and_then(|which| power(&stretch, which)).ok_or(Unjudged::NoFace)
}

/// The power with which p(v) vanishes at an end, if that is a face.
pub(super) fn power(stretch: &Stretch, which: usize) -> Option<Margin> {
    let face = stretch.coordinate().ends()[which].is_finite() && !stretch.walls[which];
    face.then(|| {
        let end = &stretch.ends[which];
        Margin::squashed(-end.side * slope_of_density(stretch, which), end, 0.0)
    })
}

/// The slope of ln p(v) along the chart in the limit at an end.
pub(super) fn slope_of_density(stretch: &Stretch, which: usize) -> f64 {
    let end = &stretch.ends[which];
    end.slope - stretch.coordinate().log_jacobian_slope(end.side * REACH)
}

/// How fast |v|^`order` times the density falls in the chart towards the ends where |v|^`order` grows.
pub(super) fn moment(case: &Case, order: f64) -> Result<Margin, Unjudged> {
    let stretch = Stretch::dense(case)?;
    let mut least = Margin::new(1.0, 0.0);
    for (which, (end, at)) in stretch.ends.iter().zip(stretch.reach).enumerate() {
        let falls = if stretch.walls[which] {
            // p is finite at a wall, so that |v|^n is integrable next to a wall at 0 for n > -1.
            let at_zero = stretch.coordinate().to_physical(at) == 0.0;
            at_zero.then(|| Margin::new((1.0 + order) / (1.0 + (1.0 + order).abs()), 4.0 * f64::EPSILON))
        } else {
            let steepness = stretch.coordinate().log_abs_slope(end.side * REACH);
            let falls = -end.side * (end.slope + order * steepness);
            let grows = end.side * order * steepness > 0.0;
            grows.then(|| Margin::squashed(falls, end, 4.0 * f64::EPSILON * order.abs()))
        };
        least = falls.map_or(least, |falls| least.min(falls));
    }
    Ok(least)
}

/// How fast the density in the chart falls towards v = 0: positive where v = 0 repels.
pub(super) fn growth_at_zero(stretches: &[Stretch]) -> Result<Margin, Unjudged> {
    let at_zero = |stretch: &Stretch| {
        let end = stretch.ends[stretch.end_at_zero()?];
        Some(Margin::squashed(-end.side * end.slope, &end, 0.0))
    };
    stretches.iter().find_map(at_zero).ok_or(Unjudged::NoFace)
}
