//! Integrals of powers of v against a law.

use super::chart::{Chart, Place};
use super::end::End;
use super::law::Law;
use super::masses::{LogMass, Masses};
use super::panel::{Area, Panel, Weight};
use crate::estimate::{Estimate, Quantity};

/// Halvings of the distance to v = 0, where |v|^n is not smooth.
const GRADING: i32 = 110;

/// ln of a weight at a place, with its error; -inf where it vanishes.
type WeightOf<'a> = dyn Fn(&Place) -> Weight + 'a;

/// E|v|^order, infinite where the integral diverges, absent where it cannot be computed.
pub(super) fn absolute_moment(law: &Law, masses: &Masses, order: f64) -> Quantity {
    if order == 0.0 {
        return Quantity::Finite(Estimate::exact(1.0));
    }
    let chart = &law.frame.chart;
    let support = chart.support();
    let crosses_zero = support[0] < 0.0 && support[1] > 0.0;
    if diverges(law, order) || (crosses_zero && order <= -1.0) {
        return Quantity::Infinite;
    }
    let unit = log_unit(law);
    // Where v is a difference, |v| inherits the rounding of its parts.
    let parts = if support[0] == 0.0 {
        0.0
    } else {
        law.frame.v0.abs().max(if support[0].is_finite() { support[0].abs() } else { 0.0 })
    };
    let weight = |p: &Place| Weight {
        log: order * (chart.log_abs(p.zeta) - unit),
        noise: f64::EPSILON * order.abs() * (1.0 + parts / p.v.abs().max(f64::MIN_POSITIVE)),
    };
    let graded = if crosses_zero { graded(law) } else { Vec::new() };
    let panels = if crosses_zero { &graded } else { &law.panels };
    let growth = [if matches!(chart, Chart::Line { .. }) { order } else { -order }, order];
    let (area, shift) = weighted(law, panels, &weight, growth);
    quantity(area, shift - masses.total().log, &masses.total(), order, unit)
}

/// The panels of a law that crosses v = 0: those next to it replaced by ones graded towards it.
fn graded(law: &Law) -> Vec<Panel> {
    let Some(zero) = law.frame.chart.locate(0.0) else { return law.panels.clone() };
    let mut panels = Vec::new();
    for panel in &law.panels {
        let (low, high) = (panel.low, panel.high);
        let width = high - low;
        if zero < low - width || zero > high + width {
            panels.push(*panel);
            continue;
        }
        let reach = (zero - low).abs().max((high - zero).abs());
        let distances = (0..GRADING).map(|i| reach * (-0.5 * f64::from(i)).exp2());
        let mut edges: Vec<f64> = distances.flat_map(|d| [zero - d, zero + d]).chain([zero]).collect();
        edges.retain(|z| low < *z && *z < high);
        edges.extend([low, high]);
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        panels.extend(edges.windows(2).map(|w| law.panel(w[0], w[1])));
    }
    panels
}

/// ln of the unit of v in which moments are summed.
fn log_unit(law: &Law) -> f64 {
    match law.frame.chart {
        Chart::Line { v0, scale } => v0.abs().max(scale).ln(),
        Chart::Beyond { k, x0 } if k < 0.0 => k.abs().max(x0).ln(),
        _ => law.frame.v0.ln(),
    }
}

/// Whether |v|^order outweighs the law at one of its ends.
fn diverges(law: &Law, order: f64) -> bool {
    let at = |end: End, order: f64| matches!(end, End::Power { rate, .. } if order >= rate);
    let lower = if matches!(law.frame.chart, Chart::Line { .. }) { order } else { -order };
    at(law.ends[0], lower) || at(law.ends[1], order)
}

/// The moment in units of e^(order unit), with its relative errors.
fn quantity(area: Area, log_scale: f64, total: &LogMass, order: f64, unit: f64) -> Quantity {
    let (defect, blur) = area.relative();
    let log = area.value.ln() + log_scale;
    let value = order.mul_add(unit, log).exp();
    let logs = f64::EPSILON * (2.0 + (order * unit).abs() + log.abs() + order.abs() * 2.0);
    let [defect, blur] = [defect + total.defect, blur + total.blur + logs];
    if !(value.is_finite() && defect.is_finite() && blur.is_finite()) {
        return Quantity::Absent;
    }
    // A value that underflows is off by what underflowed.
    Quantity::Finite(Estimate::computed(value, value * defect, value * blur + f64::MIN_POSITIVE))
}

/// E\[v\].
pub(super) fn mean(law: &Law, masses: &Masses) -> Quantity {
    let [low, high] = law.frame.chart.support();
    if !(low < 0.0 && high > 0.0) {
        // One sign, the positive one or (beyond a zero of the noise of D = 0) neither.
        return absolute_moment(law, masses, 1.0);
    }
    if diverges(law, 1.0) {
        return Quantity::Infinite;
    }
    let offset = mean_offset(law, &masses.total());
    let value = law.frame.v0 + offset.value;
    let last = f64::EPSILON * (law.frame.v0.abs() + value.abs());
    Quantity::Finite(Estimate::computed(value, offset.budget.grid, offset.budget.rounding + last))
}

/// Var\[v\].
pub(super) fn variance(law: &Law, masses: &Masses) -> Quantity {
    if diverges(law, 2.0) {
        return Quantity::Infinite;
    }
    let total = masses.total();
    let offset = mean_offset(law, &total);
    let scale = law.frame.chart.log_jacobian();
    let weight = |p: &Place| {
        let distance = (p.offset - offset.value).abs();
        let rounding = f64::EPSILON * (p.offset.abs() + offset.value.abs()) / distance.max(f64::MIN_POSITIVE);
        Weight { log: 2.0 * (distance.ln() - scale), noise: 2.0 * rounding.min(1.0) }
    };
    let (area, shift) = weighted(law, &law.panels, &weight, [line_growth(law, 2.0), 2.0]);
    match quantity(area, shift - total.log, &total, 2.0, scale) {
        // The error of the centre counts in the second order.
        Quantity::Finite(e) => {
            let budget =
                crate::estimate::ErrorBudget { rounding: e.budget.rounding + offset.error().powi(2), ..e.budget };
            if budget.total().is_finite() { Quantity::Finite(Estimate { budget, ..e }) } else { Quantity::Absent }
        }
        other => other,
    }
}

/// Growth of (v - v0)^order towards the lower end of the chart: none where v - v0 is bounded there.
fn line_growth(law: &Law, order: f64) -> f64 {
    if matches!(law.frame.chart, Chart::Line { .. }) { order } else { 0.0 }
}

/// E\[v\] - v0, from the two sides of v0.
fn mean_offset(law: &Law, total: &LogMass) -> Estimate {
    let scale = law.frame.chart.log_jacobian();
    let weight = |p: &Place| Weight { log: p.offset.abs().ln() - scale, noise: f64::EPSILON };
    let side = |direction: f64| {
        let split = law.panels.partition_point(|panel| panel.high <= 0.0);
        let panels = if direction < 0.0 { &law.panels[..split] } else { &law.panels[split..] };
        let growth = if direction < 0.0 { [line_growth(law, 1.0), f64::NAN] } else { [f64::NAN, 1.0] };
        let (area, shift) = weighted(law, panels, &weight, growth);
        area.times((shift + scale - total.log).exp())
    };
    let (up, down) = (side(1.0), side(-1.0));
    let size = up.value + down.value;
    Estimate::computed(
        up.value - down.value,
        up.defect + down.defect + size * total.defect,
        up.blur + down.blur + size * (total.blur + f64::EPSILON * (4.0 + scale.abs() + total.log.abs())),
    )
}

/// Integral of the density of zeta times a weight over e^shift, and shift. `growth`: d(ln weight)/d|zeta| at the
/// lower and upper end, which closes power laws there; NaN for an end that does not count.
fn weighted(law: &Law, panels: &[Panel], weight: &WeightOf<'_>, growth: [f64; 2]) -> (Area, f64) {
    let at = |zeta: f64| weight(&law.frame.chart.place(zeta));
    let weights: Vec<_> = panels.iter().map(|panel| panel.nodes().map(at)).collect();
    let sums = panels.iter().zip(&weights).flat_map(|(p, w)| p.logs.iter().zip(w).map(|(log, w)| log + w.log));
    let shift = sums.filter(|log| log.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    if shift == f64::NEG_INFINITY {
        return (Area::default(), 0.0);
    }
    let area = panels.iter().zip(&weights).fold(Area::default(), |sum, (p, w)| sum.plus(p.integral(shift, w)));
    let ends = [panels[0].low, panels[panels.len() - 1].high];
    let closed = (0..2).filter(|&i| !growth[i].is_nan()).map(|i| {
        let log = law.log(&law.frame.chart.place(ends[i])).value + at(ends[i]).log - shift;
        closed(law.ends[i], ends[i], log.exp(), growth[i], i)
    });
    (closed.fold(area, Area::plus), shift)
}

/// What is beyond the last point, where the integrand is `value` and the weight grows by e^growth per unit of zeta.
fn closed(end: End, last: f64, value: f64, growth: f64, side: usize) -> Area {
    if value == 0.0 {
        return Area::default();
    }
    match end {
        End::Power { from, rate, doubt } => {
            let fall = rate - growth;
            let rest = value / fall;
            let reached = if side == 0 { last <= from } else { last >= from };
            let blur = rest * (doubt + f64::EPSILON * (growth.abs() + last.abs())) / fall;
            // Where the power law is not reached, its rate is only the order of magnitude.
            Area { value: rest, defect: if reached { 0.0 } else { 10.0 * rest }, blur }
        }
        // Falls faster than e^-|zeta|, unless the table was cut short.
        End::Fast => Area { value: 0.0, defect: value, blur: 0.0 },
    }
}
