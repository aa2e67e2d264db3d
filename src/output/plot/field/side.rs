//! Marginals beside a heat map: a filled curve along one of its axes, with the samples as points with bars.

use super::heat::Frame;
use crate::output::plane::{Plane, Scale, Span};
use crate::output::plot::svg::{Canvas, Stroke, colour};
use crate::record::{FieldSampling, FieldSolution};

const CURVE: Stroke = Stroke::solid(colour::CURVE, 2.2);
/// Bins of samples along an axis.
const BINS: usize = 32;

/// Along which side of the frame the variable runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// The variable runs to the right, its density upwards.
    Across,
    /// The variable runs upwards, its density to the right.
    Up,
}

/// A marginal density with respect to the coordinate u of its axis.
pub(super) struct Curve {
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// The marginal of axis `axis` of a plane: the tabulated one of the record, else the sum over the plane.
    pub(super) fn of(solution: &FieldSolution, plane: &Plane, axis: usize) -> Self {
        let span = &plane.spans[axis];
        let tabulated = solution.marginals.iter().find(|m| m.name == span.name && m.at.len() > 2);
        let points = match tabulated {
            Some(m) => {
                m.at.iter()
                    .zip(&m.log_density)
                    .map(|(&v, l)| {
                        let stretch = if span.scale == Scale::Linear { 0.0 } else { v.abs().ln() };
                        (span.scale.of(v), (l + stretch).exp())
                    })
                    .collect()
            }
            None => summed(plane, axis),
        };
        let mut points: Vec<(f64, f64)> =
            points.into_iter().filter(|(u, p): &(f64, f64)| u.is_finite() && p.is_finite()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points }
    }

    /// Draws the curve, and the samples that fall into the window.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        frame: Frame,
        span: &Span,
        side: Side,
        samples: &[(&[f64], &'static str)],
    ) {
        let [lo, hi] = span.window;
        let top = self.points.iter().filter(|(u, _)| (lo..=hi).contains(u)).map(|(_, p)| *p).fold(0.0, f64::max);
        if top <= 0.0 {
            return;
        }
        let histograms: Vec<_> = samples.iter().map(|(values, colour)| (histogram(values, span), *colour)).collect();
        let bars = histograms.iter().flat_map(|(bins, _)| bins).map(|(_, p, error)| p + error);
        // Bars far above the curve are no reason to flatten it.
        let top = bars.filter(|bar| *bar < 1.6 * top).fold(top, f64::max);
        let place = |u: f64, p: f64| {
            let share = 0.92 * p / top;
            match side {
                Side::Across => (frame.x(span, u), frame.bottom - share * (frame.bottom - frame.top)),
                Side::Up => (frame.left + share * (frame.right - frame.left), frame.y(span, u)),
            }
        };
        let line: Vec<(f64, f64)> = self.points.iter().map(|&(u, p)| place(u, p)).collect();
        frame.inside(canvas, |canvas| {
            if let (Some(first), Some(last)) = (self.points.first(), self.points.last()) {
                let mut outline = vec![place(first.0, 0.0)];
                outline.extend_from_slice(&line);
                outline.push(place(last.0, 0.0));
                canvas.area(&outline, colour::AREA);
            }
            canvas.polyline(&line, CURVE);
            for (bins, colour) in histograms {
                for (u, p, error) in bins {
                    canvas.line(place(u, p - error), place(u, p + error), Stroke::solid(colour, 1.2));
                    canvas.dot(place(u, p), 2.4, colour, 1.0);
                }
            }
        });
        let edge = Stroke::solid(colour::AXIS, 1.2);
        match side {
            Side::Across => canvas.line((frame.left, frame.bottom), (frame.right, frame.bottom), edge),
            Side::Up => canvas.line((frame.left, frame.top), (frame.left, frame.bottom), edge),
        }
    }
}

/// Values of variable `i` in the cloud of a run.
pub(super) fn values(sampling: &FieldSampling, i: usize) -> Vec<f64> {
    sampling.cloud.iter().filter_map(|point| point.get(i).copied()).collect()
}

/// Density of values in bins of u, with its standard error.
fn histogram(values: &[f64], span: &Span) -> Vec<(f64, f64, f64)> {
    let [lo, hi] = span.window;
    let width = (hi - lo) / BINS as f64;
    let mut counts = [0u32; BINS];
    for &v in values {
        let bin = ((span.scale.of(v) - lo) / width).floor();
        if (0.0..BINS as f64).contains(&bin) {
            counts[bin as usize] += 1;
        }
    }
    let unit = 1.0 / (values.len() as f64 * width);
    let bins = counts.iter().enumerate().filter(|(_, n)| **n > 0);
    bins.map(|(i, &n)| (lo + (i as f64 + 0.5) * width, f64::from(n) * unit, f64::from(n).sqrt() * unit)).collect()
}

/// The marginal along an axis whose coordinate depends on its own index alone.
fn summed(plane: &Plane, axis: usize) -> Vec<(f64, f64)> {
    let [rows, columns] = plane.shape;
    let node = |k: usize, l: usize| if axis == 0 { k * columns + l } else { l * columns + k };
    let (count, other) = if axis == 0 { (rows, columns) } else { (columns, rows) };
    let at = |k: usize| plane.at[axis][node(k, 0)];
    (0..count)
        .map(|k| {
            let mass: f64 = (0..other).map(|l| plane.mass[node(k, l)]).sum();
            let (low, high) = (k.saturating_sub(1), (k + 1).min(count - 1));
            (at(k), mass * (high - low) as f64 / (at(high) - at(low)).abs())
        })
        .collect()
}
