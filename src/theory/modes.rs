//! Where a law's density in v is largest.

use super::chart::Chart;
use super::law::Law;
use super::roots::{crossing, real_roots};
use crate::estimate::Estimate;

/// The global maximum of the density in v, and all local ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Mode {
    /// Where the density is largest.
    pub at: Estimate,
    /// Whether it grows without bound there (towards v = 0).
    pub diverges: bool,
    /// Interior local maxima, in the order of v.
    pub interior: Vec<Estimate>,
}

/// The mode of `law`, on the side v > 0; `None` where no maximum is found.
pub(super) fn mode(law: &Law) -> Option<Mode> {
    let b = &law.frame.balance;
    let zetas = interior_maxima(law);
    let interior: Vec<Estimate> = zetas.iter().map(|&zeta| located(law, zeta)).collect();
    let reaches_zero = law.frame.chart.support()[0] == 0.0;
    // p ~ v^(a-1) towards 0.
    let growth = (reaches_zero && b.depth == Some(1) && b.alpha3 > 0.0).then(|| b.growth_at_zero() - 1.0);
    if growth.is_some_and(|g| g < 0.0) {
        return Some(Mode { at: Estimate::exact(0.0), diverges: true, interior });
    }
    let height = |zeta: f64| law.shape.difference(&law.frame, &law.frame.chart.place(zeta)).value;
    let best = (0..zetas.len()).max_by(|&i, &j| height(zetas[i]).total_cmp(&height(zetas[j])));
    let at_zero = growth == Some(0.0) && best.is_none_or(|i| height(zetas[i]) < height(law.panels[0].low));
    match best {
        Some(i) if !at_zero => Some(Mode { at: interior[i], diverges: false, interior }),
        _ => at_zero.then(|| Mode { at: Estimate::exact(0.0), diverges: false, interior }),
    }
}

fn interior_maxima(law: &Law) -> Vec<f64> {
    match law.frame.chart {
        Chart::Line { .. } => vec![0.0],
        Chart::Positive { v0 } => {
            let terms = law.frame.balance.stationary_terms(0.0);
            let lowest =
                terms.iter().filter(|t| t.coefficient != 0.0).map(|t| t.exponent).fold(f64::INFINITY, f64::min);
            let rising: f64 = terms.iter().filter(|t| t.exponent == lowest).map(|t| t.coefficient).sum();
            let first = usize::from(rising < 0.0);
            real_roots(&terms).iter().skip(first).step_by(2).map(|z| polished(law, z - v0.ln())).collect()
        }
        Chart::Beyond { .. } | Chart::Below { .. } => scanned(law),
    }
}

/// The zero of the slope itself next to that of its polynomial.
fn polished(law: &Law, zeta: f64) -> f64 {
    let slope = |z: f64| law.frame.slope(&law.frame.chart.place(z)).value;
    let reach = 1e-9 * (1.0 + zeta.abs());
    crossing(&slope, zeta - reach, zeta + reach).unwrap_or(zeta)
}

/// Sign changes of the slope between the nodes of the panels.
fn scanned(law: &Law) -> Vec<f64> {
    let slope = |z: f64| law.frame.slope(&law.frame.chart.place(z)).value;
    let nodes: Vec<f64> = law.panels.iter().flat_map(super::panel::Panel::nodes).collect();
    let slopes: Vec<f64> = nodes.iter().map(|&z| slope(z)).collect();
    (1..nodes.len())
        .filter(|&i| slopes[i - 1] > 0.0 && slopes[i] <= 0.0)
        .filter_map(|i| crossing(&slope, nodes[i - 1], nodes[i]))
        .collect()
}

/// The point with the error that the roundings of the slope cause.
fn located(law: &Law, zeta: f64) -> Estimate {
    let frame = &law.frame;
    let place = frame.chart.place(zeta);
    let step = 1e-4;
    let slope = |z: f64| frame.slope(&frame.chart.place(z)).value;
    let curvature = ((slope(zeta + step) - slope(zeta - step)) / (2.0 * step)).abs();
    let spread = 2.0 * f64::EPSILON * frame.slope(&place).size / curvature.max(f64::MIN_POSITIVE);
    let rounding = place.jacobian * (spread + f64::EPSILON * (1.0 + zeta.abs())) + f64::EPSILON * place.v.abs();
    Estimate::computed(place.v, 0.0, rounding)
}
