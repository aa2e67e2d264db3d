//! The zero of a margin between two places where its sign differs, with an error bar.

use super::axis::Axis;
use super::margin::{Margin, Unjudged};
use super::sight::{Along, Pace, Sight};
use crate::estimate::Estimate;

/// Evaluations of a margin for one zero.
const MOST: usize = 120;
/// Part of a bracket over which the slope at the zero is measured.
const OVER: f64 = 1e-3;
/// What the slope that is measured so may be off by, as a factor.
const SLACK: f64 = 1.5;
/// Secants from a zero of the quick margin to that of the best one, and how many times its error they may lead away.
const SECANTS: usize = 8;
const FAR: f64 = 4.0;

/// A place and the margin there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// In the stepped coordinate.
    pub at: f64,
    pub margin: Margin,
}

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

/// The zero between `low` and `high`, at which the margins differ in sign. Where there is a quick margin its zero is
/// found first, and that of the best one from there.
pub(super) fn zero(sight: &Sight<'_>, low: Seen, high: Seen) -> Result<Zero, Unjudged> {
    let (width, pace) = (high.at - low.at, sight.pace);
    let slopes = Slopes { along: sight.quickest(), first: OVER * width, most: width, pace };
    let Some(quick) = sight.quick else { return bracketed(sight.best, &slopes, low, high) };
    if let Ok(near) = bracketed(quick, &slopes, low, high)
        && let Some(zero) = polished(sight.best, quick, &slopes, near)?
    {
        return Ok(zero);
    }
    // Where the margin jumps, coarse lattices may have it jump on the other side of an end.
    let seen = |at: f64| -> Result<Seen, Unjudged> { Ok(Seen { at, margin: (sight.best)(at)? }) };
    let (low, high) = (seen(low.at)?, seen(high.at)?);
    if (low.margin.value > 0.0) == (high.margin.value > 0.0) {
        return Err(Unjudged::Unsteady);
    }
    bracketed(sight.best, &slopes, low, high)
}

/// The zero of `best` next to that of `quick`, by secants of which the first has the slope of `quick`; nothing if they lead
/// away.
fn polished(best: &Along<'_>, quick: &Along<'_>, slopes: &Slopes<'_>, near: Zero) -> Result<Option<Zero>, Unjudged> {
    let seen = |at: f64| -> Result<Seen, Unjudged> { Ok(Seen { at, margin: best(at)? }) };
    let [below, above] = [-1.0, 1.0].map(|side| quick(near.at + side * near.error));
    let (Ok(below), Ok(above)) = (below, above) else { return Ok(None) };
    let mut slope = (above.value - below.value) / (2.0 * near.error);
    let mut last = seen(near.at)?;
    for _ in 0..SECANTS {
        if last.margin.value.abs() <= slopes.pace.inside * last.margin.error {
            let slopes = Slopes { first: near.error, ..*slopes };
            let error = told(best, last.at, near.rising, bar(&slopes, last, near.error), slopes.most);
            return Ok(Some(Zero { at: last.at, error, rising: near.rising }));
        }
        let next = last.at - last.margin.value / slope;
        // Not with a slope of 0 or NaN either.
        let leads_away = next.is_nan() || (next - near.at).abs() > FAR * near.error;
        if leads_away {
            return Ok(None);
        }
        let there = seen(next)?;
        slope = (there.margin.value - last.margin.value) / (there.at - last.at);
        last = there;
    }
    Ok(None)
}

/// By what slopes at a zero are measured, over steps from `first` to `most`; and when it is found.
struct Slopes<'a> {
    along: &'a Along<'a>,
    first: f64,
    most: f64,
    pace: Pace,
}

/// Regula falsi in the form of Anderson and Bjorck, with a bisection whenever it does not halve the bracket.
fn bracketed(along: &Along<'_>, slopes: &Slopes<'_>, low: Seen, high: Seen) -> Result<Zero, Unjudged> {
    let rising = high.margin.value > low.margin.value;
    let (mut a, mut b) = (low, high);
    // The retained value is only a weight of the next step.
    let mut weight = a.margin.value;
    for _ in 0..MOST {
        let before = (b.at - a.at).abs();
        if before <= resolution(a.at, b.at).max(slopes.pace.narrowest * slopes.most)
            || b.margin.value.abs() <= slopes.pace.inside * b.margin.error
        {
            break;
        }
        let secant = b.at - b.margin.value * (b.at - a.at) / (b.margin.value - weight);
        let inside = secant > a.at.min(b.at) && secant < a.at.max(b.at);
        let next = if inside { secant } else { 0.5 * (a.at + b.at) };
        step(along, next, &mut a, &mut b, &mut weight)?;
        if b.margin.value.abs() > slopes.pace.inside * b.margin.error && (b.at - a.at).abs() > 0.5 * before {
            let middle = 0.5 * (a.at + b.at);
            step(along, middle, &mut a, &mut b, &mut weight)?;
            weight = a.margin.value;
        }
    }
    let left = (b.at - a.at).abs();
    let found = if b.margin.value.abs() <= a.margin.value.abs() { b } else { a };
    let error = told(along, found.at, rising, bar(slopes, found, left), slopes.most.abs());
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
fn bar(slopes: &Slopes<'_>, found: Seen, left: f64) -> f64 {
    let (resolved, width) = (resolution(found.at, found.at), slopes.most.abs());
    let over = slopes.first.abs().max(1e3 * resolved);
    let sides = [-1.0, 1.0].map(|side| slope(slopes.along, found, side * over, width));
    let slope = sides.into_iter().flatten().reduce(f64::min);
    let unknown = found.margin.error + found.margin.value.abs();
    match slope {
        Some(slope) if slope > 0.0 => (SLACK * unknown / slope).min(width) + 2.0 * resolved,
        // The last sign is not known, and with it not the bracket.
        _ if found.margin.error > 0.0 && !found.margin.decided() => width,
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
