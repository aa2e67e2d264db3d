//! The zero of a margin between two places where its sign differs, with an error bar.

use super::axis::Axis;
use super::margin::{Margin, Unjudged};
use crate::estimate::Estimate;

/// Evaluations of a margin for one zero.
const MOST: usize = 120;
/// A margin this far inside its error cannot be told from 0.
const INSIDE: f64 = 0.05;
/// Part of a bracket over which the slope at the zero is measured.
const OVER: f64 = 1e-3;
/// What the slope that is measured so may be off by, as a factor.
const SLACK: f64 = 1.5;

/// A place and the margin there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// In the stepped coordinate.
    pub at: f64,
    pub margin: Margin,
}

/// A margin as a function of the stepped coordinate.
pub(super) type Along<'a> = dyn Fn(f64) -> Result<Margin, Unjudged> + Sync + 'a;

/// A zero in the stepped coordinate and its error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zero {
    pub at: f64,
    pub error: f64,
    /// Whether the margin rises through it.
    pub rising: bool,
}

impl Zero {
    /// The parameter there.
    pub fn on(&self, axis: &Axis) -> Estimate {
        let value = axis.value(self.at);
        let rounding = 4.0 * f64::EPSILON * value.abs();
        Estimate::computed(value, self.error * axis.steepness(value), rounding)
    }
}

/// The zero between `low` and `high`, at which the margins differ in sign: regula falsi in the form of Anderson and
/// Bjorck, with a bisection whenever it does not halve the bracket.
pub(super) fn zero(along: &Along<'_>, low: Seen, high: Seen) -> Result<Zero, Unjudged> {
    let width = high.at - low.at;
    let rising = high.margin.value > low.margin.value;
    let (mut a, mut b) = (low, high);
    // The retained value is only a weight of the next step.
    let mut weight = a.margin.value;
    for _ in 0..MOST {
        let before = (b.at - a.at).abs();
        if before <= resolution(a.at, b.at) || b.margin.value.abs() <= INSIDE * b.margin.error {
            break;
        }
        let secant = b.at - b.margin.value * (b.at - a.at) / (b.margin.value - weight);
        let inside = secant > a.at.min(b.at) && secant < a.at.max(b.at);
        let next = if inside { secant } else { 0.5 * (a.at + b.at) };
        step(along, next, &mut a, &mut b, &mut weight)?;
        if (b.at - a.at).abs() > 0.5 * before && b.margin.value != 0.0 {
            let middle = 0.5 * (a.at + b.at);
            step(along, middle, &mut a, &mut b, &mut weight)?;
            weight = a.margin.value;
        }
    }
    let left = (b.at - a.at).abs();
    let found = if b.margin.value.abs() <= a.margin.value.abs() { b } else { a };
    let error = told(along, found.at, rising, bar(along, found, width, left), width.abs());
    Ok(Zero { at: found.at, error, rising })
}

/// `error`, or as many times 4 of it as it takes until the margin has its sign beyond doubt on both sides, or has no value:
/// a margin that rises as a power of the distance is flatter at its zero than a little farther out.
fn told(along: &Along<'_>, at: f64, rising: bool, mut error: f64, width: f64) -> f64 {
    let beyond = |side: f64, error: f64| {
        let positive = (side > 0.0) == rising;
        along(at + side * error).map_or(true, |m| m.decided() && (m.value > 0.0) == positive)
    };
    error = error.max(2.0 * resolution(at, at)).max(f64::EPSILON * width);
    while error < width && !(beyond(-1.0, error) && beyond(1.0, error)) {
        error *= 4.0;
    }
    error.min(width)
}

fn resolution(a: f64, b: f64) -> f64 {
    2.0 * f64::EPSILON * a.abs().max(b.abs())
}

fn step(along: &Along<'_>, next: f64, a: &mut Seen, b: &mut Seen, weight: &mut f64) -> Result<(), Unjudged> {
    let margin = along(next)?;
    let seen = Seen { at: next, margin };
    if (margin.value > 0.0) == (b.margin.value > 0.0) {
        let shrink = 1.0 - margin.value / b.margin.value;
        *weight *= if shrink > 0.0 { shrink } else { 0.5 };
    } else {
        *a = *b;
        *weight = a.margin.value;
    }
    *b = seen;
    Ok(())
}

/// How far the zero may be off: the error and rest of the margin there over its slope, or what is left of the bracket
/// where the margin jumps.
fn bar(along: &Along<'_>, found: Seen, width: f64, left: f64) -> f64 {
    let resolved = resolution(found.at, found.at);
    let over = (OVER * width.abs()).max(1e3 * resolution(found.at, found.at));
    let sides = [-1.0, 1.0].map(|side| slope(along, found, side * over, width.abs()));
    let slope = sides.into_iter().flatten().reduce(f64::min);
    let unknown = found.margin.error + found.margin.value.abs();
    match slope {
        Some(slope) if slope > 0.0 => (SLACK * unknown / slope).min(width.abs()) + 2.0 * resolved,
        // The last sign is not known, and with it not the bracket.
        _ if found.margin.error > 0.0 && !found.margin.decided() => width.abs(),
        _ => left,
    }
}

/// The least slope towards one side, over a step in which the margin moves by more than its errors: `shift`, or as many times 4
/// of it as it takes; 0 where it does not move so much within `width`.
fn slope(along: &Along<'_>, found: Seen, mut shift: f64, width: f64) -> Option<f64> {
    loop {
        let there = along(found.at + shift).ok()?;
        let rise = (there.value - found.margin.value).abs();
        let noise = there.error + found.margin.error;
        if !rise.is_finite() {
            return None;
        }
        if rise > 2.0 * noise {
            return Some((rise - noise) / shift.abs());
        }
        if shift.abs() >= width {
            return Some(0.0);
        }
        shift *= 4.0;
    }
}
