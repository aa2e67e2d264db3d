//! Integrals of powers of v against a law.

use super::chart::{Chart, Place};
use super::law::{End, Law};
use super::legendre::{Area, Sample, integrate};
use super::masses::{LogMass, Masses};
use crate::estimate::{Estimate, Quantity};

/// Integrands are followed to e^-60 of their maximum.
const WINDOW: f64 = 60.0;
/// Panels per integral.
const BUDGET: usize = 3_000;
/// Largest |zeta| visited.
const FAR: f64 = 650.0;
/// Spacing of the points that locate an integrand.
const STEP: f64 = 0.25;

/// E|v|^order, infinite where the integral diverges.
pub(super) fn absolute_moment(law: &Law, masses: &Masses, order: f64) -> Quantity {
    if order == 0.0 {
        return Quantity::Finite(Estimate::exact(1.0));
    }
    let support = law.frame.chart.support();
    let crosses_zero = support[0] < 0.0 && support[1] > 0.0;
    if diverges(law, order) || (crosses_zero && order <= -1.0) {
        return Quantity::Infinite;
    }
    let total = masses.total();
    if crosses_zero && !(order > 0.0 && order % 2.0 == 0.0) {
        let sides = [-1.0, 1.0].map(|sign| half_line(law, order, sign, log_unit(law)));
        let area = sides[0].plus(sides[1]);
        let log = area.value.ln() - law.frame.chart.log_jacobian() - total.log;
        return quantity(log, area, &total, order, log_unit(law));
    }
    let unit = log_unit(law);
    let extra = |p: &Place| order * (law.frame.chart.log_abs(p.zeta) - unit);
    let (area, shift) = weighted(law, &extra, [lower_growth(law, order), order]);
    quantity(area.value.ln() + shift - total.log, area, &total, order, unit)
}

fn quantity(log: f64, area: Area, total: &LogMass, order: f64, unit: f64) -> Quantity {
    let (defect, blur) = area.relative();
    let value = order.mul_add(unit, log).exp();
    if !value.is_finite() {
        return Quantity::Finite(Estimate::computed(value, f64::INFINITY, f64::INFINITY));
    }
    let logs = f64::EPSILON * (2.0 + (order * unit).abs() + log.abs() + order.abs() * 2.0);
    Quantity::Finite(Estimate::computed(
        value,
        spread(value, defect + total.defect),
        spread(value, blur + total.blur + logs),
    ))
}

/// An absolute error; one that is not known stays unknown for a value that underflows.
fn spread(value: f64, relative: f64) -> f64 {
    if relative.is_finite() { value * relative } else { f64::INFINITY }
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
    at(law.ends[0], lower_growth(law, order)) || at(law.ends[1], order)
}

/// Growth of |v|^order per unit of zeta towards the lower end.
fn lower_growth(law: &Law, order: f64) -> f64 {
    if matches!(law.frame.chart, Chart::Line { .. }) { order } else { -order }
}

/// Var[v] by quadrature; `None` never occurs for a law with a finite second moment.
pub(super) fn variance(law: &Law, masses: &Masses) -> Quantity {
    if diverges(law, 2.0) {
        return Quantity::Infinite;
    }
    let total = masses.total();
    let shift_of_mean = mean_offset(law, &total);
    let scale = law.frame.chart.log_jacobian();
    let extra = |p: &Place| 2.0 * ((p.offset - shift_of_mean).abs().ln() - scale);
    let (area, shift) = weighted(law, &extra, [0.0, 2.0]);
    quantity(area.value.ln() + shift - total.log, area, &total, 2.0, scale)
}

/// E[v] - v0, from the two sides of v0.
fn mean_offset(law: &Law, total: &LogMass) -> f64 {
    let scale = law.frame.chart.log_jacobian();
    let side = |direction: f64| {
        let extra = |p: &Place| match p.zeta * direction > 0.0 {
            true => p.offset.abs().ln() - scale,
            false => f64::NEG_INFINITY,
        };
        let (area, shift) = weighted(law, &extra, [0.0, 1.0]);
        area.value * (shift + scale - total.log).exp()
    };
    side(1.0) - side(-1.0)
}

/// Integral of the density of zeta times e^extra, over e^shift. `growth`: d(extra)/d|zeta| at the lower and upper
/// end, which closes power laws there.
fn weighted(law: &Law, extra: &dyn Fn(&Place) -> f64, growth: [f64; 2]) -> (Area, f64) {
    let place = |zeta: f64| law.frame.chart.place(zeta);
    let log = |zeta: f64| {
        let p = place(zeta);
        law.log(&p).value + extra(&p)
    };
    let mut nodes = law.nodes.clone();
    let mut logs: Vec<f64> = nodes.iter().map(|&z| log(z)).collect();
    for direction in [-1.0, 1.0] {
        extend(law, &log, &mut nodes, &mut logs, direction);
    }
    let shift = logs.iter().copied().filter(|l| !l.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    let last = nodes.len() - 1;
    let low = logs.iter().position(|l| *l > shift - WINDOW).unwrap_or(0).saturating_sub(1);
    let high = (logs.iter().rposition(|l| *l > shift - WINDOW).unwrap_or(last) + 1).min(last);
    let f = |zeta: f64| guarded(law.sample(zeta, shift, extra));
    let mut edges = law.edges(nodes[low], nodes[high]);
    // The side of a one-sided weight must end on a panel edge.
    edges.extend((nodes[low] < 0.0 && nodes[high] > 0.0).then_some(0.0));
    edges.sort_by(f64::total_cmp);
    let mut budget = BUDGET;
    let mut area = edges.windows(2).fold(Area::default(), |sum, w| sum.plus(integrate(&f, w[0], w[1], &mut budget)));
    for (i, index) in [low, high].into_iter().enumerate() {
        area = area.plus(closed(law.ends[i], nodes[index], (logs[index] - shift).exp(), growth[i], i));
    }
    (area, shift)
}

/// What a power law adds beyond the last point, where the integrand is `value` and the weight grows by e^growth
/// per unit of zeta.
fn closed(end: End, last: f64, value: f64, growth: f64, side: usize) -> Area {
    let End::Power { from, rate, doubt } = end else { return Area::default() };
    let reached = if side == 0 { last <= from } else { last >= from };
    if !reached || value == 0.0 {
        return Area::default();
    }
    let fall = rate - growth;
    let rest = value / fall;
    Area { value: rest, defect: 0.0, blur: rest * (doubt + f64::EPSILON * growth.abs()) / fall }
}

/// Follows the integrand outward beyond the law's own table.
fn extend(law: &Law, log: &dyn Fn(f64) -> f64, nodes: &mut Vec<f64>, logs: &mut Vec<f64>, direction: f64) {
    let end = usize::from(direction > 0.0);
    let limit = match law.ends[end] {
        End::Power { from, .. } => (from * direction).clamp(0.0, FAR),
        End::Fast => FAR,
    };
    let highest = logs.iter().copied().filter(|l| !l.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    let mut top = highest;
    let mut t = if end == 0 { -nodes[0] } else { nodes[nodes.len() - 1] };
    let mut outermost = if end == 0 { logs[0] } else { logs[logs.len() - 1] };
    while t < limit && outermost > top - WINDOW {
        t = (t + STEP).min(limit);
        outermost = log(direction * t);
        top = top.max(outermost);
        if end == 0 {
            nodes.insert(0, -t);
            logs.insert(0, outermost);
        } else {
            nodes.push(t);
            logs.push(outermost);
        }
    }
}

/// A weight of zero has no error.
fn guarded(sample: Sample) -> Sample {
    if sample.value > 0.0 { sample } else { Sample::default() }
}

/// Integral of |v|^order p(v)/p(v0) over one sign of v in units of e^unit, in s = ln |v|.
fn half_line(law: &Law, order: f64, sign: f64, unit: f64) -> Area {
    let chart = &law.frame.chart;
    let sample = |s: f64| {
        let Some(zeta) = chart.locate(sign * s.exp()) else { return Sample::default() };
        let extra = |p: &Place| order * (s - unit) + s - p.log_jacobian_ratio;
        guarded(law.sample(zeta, 0.0, &extra))
    };
    // Near v = 0 the density is constant to a relative 1e-17 below this.
    let slope = chart.locate(0.0).map_or(0.0, |zeta| {
        let p = chart.place(zeta);
        law.frame.slope(&p).size / p.jacobian
    });
    let low = (1e-17 / (slope + (-unit).exp())).ln();
    let far = match law.ends[usize::from(sign > 0.0 || matches!(chart, Chart::Beyond { .. }))] {
        _ if sign < 0.0 && matches!(chart, Chart::Beyond { .. }) => law.frame.balance.k.abs().ln(),
        End::Power { .. } => law.frame.balance.power_law_from().ln().max(unit + 42.0),
        End::Fast => unit + 12.0 + order.abs().sqrt(),
    };
    let peak = (law.frame.v0 * sign > 0.0).then(|| law.frame.v0.abs().ln());
    let mut edges = vec![low, far];
    let count = ((far - low) / 1.0).ceil() as i32;
    edges.extend((1..count).map(|i| low + f64::from(i)));
    if let Some(peak) = peak {
        for direction in [-1.0, 1.0] {
            let mut t = 1e-9;
            while t < 1.0 {
                edges.push(peak + direction * t);
                t *= 2.0;
            }
        }
        edges.push(peak);
    }
    edges.retain(|e| (low..=far).contains(e));
    edges.sort_by(f64::total_cmp);
    let mut budget = BUDGET;
    let mut area =
        edges.windows(2).fold(Area::default(), |sum, w| sum.plus(integrate(&sample, w[0], w[1], &mut budget)));
    area.value += sample(low).value / (order + 1.0);
    if !(sign < 0.0 && matches!(chart, Chart::Beyond { .. })) {
        let end = match law.ends[1] {
            End::Power { rate, doubt, .. } => End::Power { from: far, rate, doubt },
            End::Fast => End::Fast,
        };
        area = area.plus(closed(end, far, sample(far).value, order, 1));
    }
    area
}
