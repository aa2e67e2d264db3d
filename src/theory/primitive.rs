//! Section 3 with its integral left to quadrature: for depths and decays beyond the elementary forms.
//!
//! ln p = -a ln v - ln G + int (-(w v^-q h + g v^(1-2q))/G) dv; the integral is tabulated outward from the
//! reference, with the polynomial through the Gauss nodes of each panel integrated exactly.

use super::balance::{Frame, Sum};
use super::chart::Place;
use super::end::FAR;
use super::shape::Shape;
use crate::numeric::{Gauss, Q};

/// The table ends where the exponent has fallen by this much, or at the ends of the number range.
const DEEP: f64 = 4000.0;
/// Widest panel.
const WIDEST: f64 = 2.0;
/// First panel; those after it grow by doubling, as far as they are resolved.
const FIRST: f64 = 0.25;
/// Panels per side.
const MOST_PANELS: usize = 1000;
/// Trials of a panel's width per side.
const MOST_TRIALS: usize = 3000;
/// A panel is resolved when its polynomial lacks less than this share of the integral's terms so far.
const RESOLVED: f64 = 2e-16;
/// Most that the exponent may change over the first panel; those after it may double its change.
const STEEPEST: f64 = 8.0;
/// Narrowest panel.
const NARROWEST: f64 = 1e-30;
/// Once this well resolved, a panel whose half is no better is limited by rounding.
const NOISY: f64 = 1e-9;

/// One panel of one side.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: f64,
    end: f64,
    /// The integral up to `start`, and the errors in roundings.
    before: Sum,
    /// The slope at the nodes.
    slope: [f64; Q],
    /// What of it is not resolved and the size of its terms, integrated over the panel.
    size: f64,
}

impl Piece {
    fn of(f: &dyn Fn(f64) -> f64, start: f64, end: f64, before: Sum) -> (Self, f64) {
        let (centre, half) = (0.5 * (start + end), 0.5 * (end - start));
        let rule = Gauss::rule();
        let slope = rule.nodes.map(|x| f(half.mul_add(x, centre)));
        let unresolved = half * rule.unresolved(&slope);
        let size = half * rule.integral(&slope.map(f64::abs));
        (Self { start, end, before, slope, size: size + unresolved / f64::EPSILON }, unresolved)
    }

    /// The integral from v0 to t in the panel.
    fn upto(&self, t: f64) -> Sum {
        let half = 0.5 * (self.end - self.start);
        let rule = Gauss::rule();
        let part = if t >= self.end {
            rule.integral(&self.slope)
        } else {
            let weights = rule.partial_weights((t - self.start) / half - 1.0);
            weights.iter().zip(&self.slope).map(|(w, f)| w * f).sum()
        };
        Sum { value: half.mul_add(part, self.before.value), size: self.before.size + self.size }
    }
}

/// The tabulated law.
#[derive(Debug)]
pub(super) struct Primitive {
    upper: Vec<Piece>,
    lower: Vec<Piece>,
}

impl Primitive {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        Self { upper: tabulate(frame, 1.0), lower: tabulate(frame, -1.0) }
    }
}

fn tabulate(frame: &Frame, direction: f64) -> Vec<Piece> {
    let f = |t: f64| direction * frame.drift_slope(&frame.chart.place(direction * t)).value;
    // The noise's minimum is met with panels of its own width.
    let marks: Vec<f64> = frame.landmarks().iter().map(|z| direction * z).filter(|t| *t > 0.0).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut width, mut total, mut rough_before) = (0.0, FIRST, Sum::default(), f64::INFINITY);
    for _ in 0..MOST_TRIALS {
        if at >= FAR || total.value.abs() >= DEEP || pieces.len() >= MOST_PANELS {
            break;
        }
        let mark = marks.iter().copied().filter(|t| *t > at).fold(FAR, f64::min);
        let end = mark.min(at + width);
        let (piece, unresolved) = Piece::of(&f, at, end, total);
        let noise = f64::EPSILON * (end - at) * frame.drift_slope(&frame.chart.place(direction * end)).size;
        let allowed = RESOLVED * (1.0 + total.size) + noise;
        let limited = unresolved < NOISY * (1.0 + total.size) && unresolved > 0.25 * rough_before;
        // Sums within a panel are exact to a rounding of the whole panel, which must not exceed what came before.
        let steep = piece.size > STEEPEST + total.size;
        if (steep || (unresolved > allowed && !limited)) && end - at > NARROWEST {
            (width, rough_before) = (0.5 * (end - at), unresolved);
            continue;
        }
        if !unresolved.is_finite() {
            break;
        }
        total = piece.upto(end);
        pieces.push(piece);
        (at, width, rough_before) = (end, (2.0 * (end - at)).min(WIDEST), f64::INFINITY);
    }
    pieces
}

fn value(pieces: &[Piece], t: f64) -> Sum {
    let Some(last) = pieces.last() else {
        return Sum { value: f64::NEG_INFINITY, size: f64::INFINITY };
    };
    if t <= last.end {
        return pieces[pieces.partition_point(|p| p.end < t).min(pieces.len() - 1)].upto(t);
    }
    // Beyond the table only how far down it is at least is known.
    let end = last.upto(last.end);
    Sum { value: end.value, size: f64::INFINITY }
}

impl Shape for Primitive {
    fn name(&self) -> &'static str {
        "quadrature of the exact slope"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let integral = match p.zeta >= 0.0 {
            true => value(&self.upper, p.zeta),
            false => value(&self.lower, -p.zeta),
        };
        let local = Sum::default().plus(-frame.log_noise_ratio(p));
        let b = &frame.balance;
        let local = if b.curvature > 0.0 { local.plus(-b.curvature * p.log_ratio) } else { local };
        local.plus_sized(integral.value, integral.size)
    }
}
