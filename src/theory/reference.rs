//! Chooses the reference point of a law: the highest maximum of its density in the chart.

use super::balance::{Balance, Frame, Interval};
use super::chart::Chart;
use super::deep::{Deep, DeepDegenerate, MOST_ROOTS};
use super::gaussian::Gaussian;
use super::infinite::Infinite;
use super::inverse_gamma::InverseGamma;
use super::one_layer::{OneLayer, OneLayerDegenerate};
use super::pearson::Pearson;
use super::powers::Powers;
use super::primitive::Primitive;
use super::roots::{crossing, real_roots};
use super::shape::Shape;

/// Reach and step of the search for maxima beside a zero of the noise, in the chart.
const SEARCH: (f64, f64) = (400.0, 0.1);

/// The frame of the law and its maxima in zeta; `None` where no density can be normalised.
pub(super) fn find(balance: Balance) -> Option<(Frame, Vec<f64>)> {
    let b = &balance;
    let charts = match b.interval()? {
        Interval::Line => vec![line(b)],
        Interval::Positive => {
            let roots = real_roots(&b.stationary_terms(1.0));
            roots.iter().step_by(2).map(|z| Chart::Positive { v0: z.exp() }).collect()
        }
        Interval::Beyond if b.depth == Some(0) => {
            vec![Chart::Beyond { k: b.k, x0: b.weight * b.pull() / b.weight.mul_add(b.beta1, b.alpha1) }]
        }
        Interval::Beyond => beside_zero(b, &Chart::Beyond { k: b.k, x0: b.k }),
        Interval::Below => beside_zero(b, &Chart::Below { k: b.k, z0: 0.0 }),
    };
    let first = Frame::new(balance, *charts.first()?);
    let best = if charts.len() == 1 { first } else { Frame::new(balance, highest(&first, &charts)) };
    let maxima = charts.iter().filter_map(|c| best.chart.locate(c.reference())).collect();
    Some((best, maxima))
}

fn line(b: &Balance) -> Chart {
    let v0 = b.weight.mul_add(b.beta2, 2.0 * b.alpha2) / b.weight.mul_add(b.beta1, 2.0 * b.alpha1);
    let scale = match b.alpha1 == 0.0 {
        true => (b.alpha3 / (b.weight * b.beta1)).sqrt(),
        false => (v0 - b.k).hypot(b.pinch),
    };
    Chart::Line { v0, scale }
}

/// Charts of the same kind as `start` with their reference at each maximum.
fn beside_zero(b: &Balance, start: &Chart) -> Vec<Chart> {
    let frame = Frame::new(*b, *start);
    let slope = |zeta: f64| {
        let p = frame.chart.place(zeta);
        frame.slope(&p).value + p.bend
    };
    let steps = (2.0 * SEARCH.0 / SEARCH.1) as i32;
    let at = |i: i32| f64::from(i).mul_add(SEARCH.1, -SEARCH.0);
    (0..steps)
        .filter(|&i| slope(at(i)) > 0.0 && slope(at(i + 1)) <= 0.0)
        .filter_map(|i| crossing(&slope, at(i), at(i + 1)))
        .map(|zeta| match *start {
            Chart::Below { k, z0 } => Chart::Below { k, z0: z0 + zeta },
            _ => Chart::Beyond { k: b.k, x0: b.k * zeta.exp() },
        })
        .collect()
}

fn highest(frame: &Frame, charts: &[Chart]) -> Chart {
    let law = shape(frame);
    let height = |chart: &Chart| {
        let zeta = frame.chart.locate(chart.reference()).unwrap_or(0.0);
        let p = frame.chart.place(zeta);
        law.difference(frame, &p).value + p.log_jacobian_ratio
    };
    charts.iter().copied().max_by(|a, b| height(a).total_cmp(&height(b))).unwrap_or(frame.chart)
}

/// The closed form that applies.
pub(super) fn shape(frame: &Frame) -> Box<dyn Shape> {
    let b = &frame.balance;
    match (frame.chart, b.depth) {
        (Chart::Line { .. }, _) if b.alpha1 == 0.0 => Box::new(Gaussian::new(frame)),
        (Chart::Line { .. }, _) => Box::new(Pearson::new(frame)),
        (_, Some(0)) => Box::new(InverseGamma::new(frame)),
        _ if b.decay == 0.0 && (b.alpha1 == 0.0 || b.alpha3 == 0.0) => Box::new(Powers::new(frame)),
        (_, None) if b.delta > 0.0 => Box::new(Infinite::new(frame)),
        (_, Some(1)) if b.delta > 0.0 => Box::new(OneLayer::new(frame)),
        (_, Some(1)) => Box::new(OneLayerDegenerate::new(frame)),
        (_, Some(depth)) if depth <= MOST_ROOTS && b.decay == 0.0 => match b.delta > 0.0 {
            true => Box::new(Deep::new(frame, depth)),
            false => Box::new(DeepDegenerate::new(frame, depth)),
        },
        _ => quadrature(frame),
    }
}

/// The same law without its closed form.
pub(super) fn quadrature(frame: &Frame) -> Box<dyn Shape> {
    Box::new(Primitive::new(frame))
}
