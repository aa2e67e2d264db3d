//! Section 3 with its integral left to quadrature: for depths and decays beyond the elementary forms.
//!
//! ln p = -a ln v - ln G + int (-(w v^-q h + g v^(1-2q))/G) dv; the integral is tabulated outward from the
//! reference on panels that are known to be resolved by one Gauss-Legendre rule.

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::legendre::{Sample, integrate, single};
use super::shape::Shape;

/// The table ends where the exponent has fallen by this much, or at the ends of the number range.
const DEEP: f64 = 4000.0;
/// Largest |zeta| tabulated.
const FAR: f64 = 650.0;
/// Widest panel.
const WIDEST: f64 = 0.5;
/// Panels per side.
const MOST_PANELS: usize = 3_000;
/// A panel is resolved when halving it changes its integral by less than this (relative to its |integrand|), or than
/// its rounding.
const RESOLVED: f64 = 2e-15;

/// One side of the table: panel edges outward from 0 and the integral up to each.
#[derive(Debug, Default)]
struct Side {
    edges: Vec<f64>,
    values: Vec<Sum>,
}

/// The tabulated law.
#[derive(Debug)]
pub(super) struct Primitive {
    name: &'static str,
    upper: Side,
    lower: Side,
}

impl Primitive {
    /// The law of `frame`, called `name`.
    pub fn new(frame: &Frame, name: &'static str) -> Self {
        Self { name, upper: Side::tabulate(frame, 1.0), lower: Side::tabulate(frame, -1.0) }
    }
}

impl Side {
    fn tabulate(frame: &Frame, direction: f64) -> Self {
        let f = |t: f64| direction * frame.drift_slope(&frame.chart.place(direction * t)).value;
        let mut side = Self { edges: vec![0.0], values: vec![Sum::default()] };
        let (mut at, mut width, mut total) = (0.0, WIDEST, Sum::default());
        while at < FAR && total.value.abs() < DEEP && side.edges.len() < MOST_PANELS {
            let size = single(&|t| f(t).abs(), at, at + width);
            let noise = single(&|t| frame.drift_slope(&frame.chart.place(direction * t)).size, at, at + width);
            let whole = single(&f, at, at + width);
            let halves = single(&f, at, at + 0.5 * width) + single(&f, at + 0.5 * width, at + width);
            let unresolved = (whole - halves).abs() > RESOLVED * size + f64::EPSILON * noise || !whole.is_finite();
            if unresolved && width > 1e-7 {
                width *= 0.5;
                continue;
            }
            if !whole.is_finite() {
                break;
            }
            total = Sum { value: total.value + halves, size: total.size + size };
            at += width;
            side.edges.push(at);
            side.values.push(total);
            width = (2.0 * width).min(WIDEST);
        }
        side
    }

    /// The integral from 0 to t >= 0.
    fn value(&self, frame: &Frame, direction: f64, t: f64) -> Sum {
        let f = |t: f64| direction * frame.drift_slope(&frame.chart.place(direction * t)).value;
        let last = self.edges.len() - 1;
        let i = self.edges.partition_point(|&e| e <= t).saturating_sub(1).min(last);
        let (edge, start) = (self.edges[i], self.values[i]);
        if i < last {
            let rest = single(&f, edge, t);
            return Sum { value: start.value + rest, size: start.size + rest.abs() };
        }
        let sample = |t: f64| Sample { value: f(t), noise: 1e-16, bias: 0.0 };
        let rest = integrate(&sample, edge, t, &mut 400);
        Sum { value: start.value + rest.value, size: start.size + rest.value.abs() + rest.defect / f64::EPSILON }
    }
}

impl Shape for Primitive {
    fn name(&self) -> &'static str {
        self.name
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let integral = match p.zeta >= 0.0 {
            true => self.upper.value(frame, 1.0, p.zeta),
            false => self.lower.value(frame, -1.0, -p.zeta),
        };
        let local = Sum::default().plus(-frame.log_noise_ratio(p));
        let b = &frame.balance;
        let local = if b.curvature > 0.0 { local.plus(-b.curvature * p.log_ratio) } else { local };
        local.plus_sized(integral.value, integral.size)
    }
}
