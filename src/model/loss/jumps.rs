//! Losses that jump, or whose gradient does, as a parameter moves.
//!
//! The derivative of a jump is not in the derivatives of a formula: abs(v x - y) over rows has a drift and a noise
//! with steps, and div B would be taken as nothing. Formulas jump at zeros of conditions of `sign` and `choose` (those
//! of the derivatives of abs, min and max among them), so these are looked for along lines through parameter space,
//! and both sides of them compared. What is continuous (max(z, 0)^2, abs(z) z) passes.

use super::LossSetup;
use super::trial;
use crate::formula::Formula;
use crate::model::ModelError;

/// Samples that are tried.
const SAMPLES: usize = 48;
/// Points through which lines are drawn.
const POINTS: usize = 6;
/// What is left of a difference when the distance is 2^-40 of what it was, if it is a jump; of a square root's 1e-6.
const LEFT: f64 = 1e-5;
/// Differences below this share of the values are rounding.
const ROUNDING: f64 = 1e-12;

/// A line through parameter space for one sample.
struct Line {
    from: Vec<f64>,
    direction: Vec<f64>,
}

impl Line {
    fn at(&self, s: f64) -> Vec<f64> {
        self.from.iter().zip(&self.direction).map(|(x, d)| x + s * d).collect()
    }
}

/// Refuses a loss that jumps inside its range or has a gradient that does.
///
/// # Errors
/// [`ModelError::Jump`]
pub(super) fn refuse<const N: usize>(setup: &LossSetup, points: &[[f64; N]]) -> Result<(), ModelError> {
    let slopes = (0..N).map(|i| setup.loss.derivative(i));
    let functions: Vec<Formula> = std::iter::once(setup.loss.clone()).chain(slopes).collect();
    let mut conditions: Vec<Formula> = Vec::new();
    for condition in functions.iter().flat_map(|f| f.switches(0..N)) {
        if !conditions.iter().any(|known| known.same_as(&condition)) {
            conditions.push(condition);
        }
    }
    if conditions.is_empty() {
        return Ok(());
    }
    let samples = setup.data.samples(SAMPLES);
    for condition in &conditions {
        for (line, places) in samples.iter().flat_map(|sample| lines(setup, points, sample)) {
            if let Some(place) = jump(&line, &places, condition, &functions) {
                return Err(said(setup, condition, &place));
            }
        }
    }
    Ok(())
}

fn said(setup: &LossSetup, condition: &Formula, place: &[f64]) -> ModelError {
    let at = setup.loss.variables().iter().cloned().zip(place.iter().copied()).collect();
    ModelError::Jump { condition: condition.text().to_owned(), at }
}

/// Lines along every axis and through the origin, and places on them from near to far.
fn lines<const N: usize>(setup: &LossSetup, points: &[[f64; N]], sample: &[f64]) -> Vec<(Line, Vec<f64>)> {
    let with = |point: &[f64; N], rest: &dyn Fn(usize) -> f64| -> Vec<f64> {
        point.iter().copied().chain((0..sample.len()).map(rest)).collect()
    };
    let still = |direction: &[f64; N]| with(direction, &|_| 0.0);
    let count = if N == 1 { 1 } else { POINTS };
    let mut found = Vec::new();
    for point in &points[..count.min(points.len())] {
        for i in 0..N {
            let mut from = *point;
            from[i] = 0.0;
            let direction: [f64; N] = std::array::from_fn(|k| f64::from(u8::from(k == i)));
            let line = Line { from: with(&from, &|k| sample[k]), direction: still(&direction) };
            found.push((line, trial::ladder(setup.range[i])));
        }
        let whole = setup.range.iter().all(|[lower, upper]| lower.is_infinite() && upper.is_infinite());
        if N > 1 && whole {
            let line = Line { from: with(&[0.0; N], &|k| sample[k]), direction: still(point) };
            found.push((line, trial::ladder([f64::NEG_INFINITY, f64::INFINITY])));
        }
    }
    found
}

/// A place on a line where the condition changes its sign and one of the functions jumps.
fn jump(line: &Line, places: &[f64], condition: &Formula, functions: &[Formula]) -> Option<Vec<f64>> {
    let value = |s: f64| condition.value(&line.at(s));
    let mut known: Option<(f64, f64)> = None;
    for &s in places {
        let here = value(s);
        if here == 0.0 || here.is_nan() {
            continue;
        }
        if let Some((before, there)) = known.filter(|(_, there)| (*there > 0.0) != (here > 0.0)) {
            let [wide, narrow] = brackets(&value, [before, s], there > 0.0);
            if functions.iter().any(|f| jumps(&|s| f.value(&line.at(s)), [before, s], wide, narrow)) {
                return Some(line.at(narrow[0]));
            }
        }
        known = Some((s, here));
    }
    None
}

/// Both sides of a change of sign, about 1000 times narrower than the bracket given, and as narrow as numbers allow.
fn brackets(value: &dyn Fn(f64) -> f64, [mut low, mut high]: [f64; 2], positive: bool) -> [[f64; 2]; 2] {
    let mut wide = [low, high];
    for step in 0..200 {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            break;
        }
        let here = value(middle);
        if here == 0.0 {
            // As close to the zero as both sides can be told.
            let near = |end: f64, side: bool| {
                let closer = (0..60).rev().map(|k| middle + (end - middle) * 0.5f64.powi(k));
                closer.into_iter().find(|s| value(*s) != 0.0 && (value(*s) > 0.0) == side).unwrap_or(end)
            };
            (low, high) = (near(low, positive), near(high, !positive));
            break;
        }
        if (here > 0.0) == positive {
            low = middle
        } else {
            high = middle
        }
        if step == 9 {
            wide = [low, high];
        }
    }
    [wide, [low, high]]
}

/// Whether what a function changes by does not go away as its arguments come together.
fn jumps(f: &dyn Fn(f64) -> f64, ends: [f64; 2], wide: [f64; 2], narrow: [f64; 2]) -> bool {
    let change = |[low, high]: [f64; 2]| (f(high) - f(low)).abs();
    let size = f(ends[0]).abs() + f(ends[1]).abs();
    let (far, near) = (change(wide), change(narrow));
    // What is no number on one side is not continuous.
    !(near <= LEFT * far || near <= ROUNDING * size)
}
