//! Many laws: rows of a sweep, and where more of them are wanted.

use super::Reading;
use crate::estimate::Estimate;
use crate::record::{LawKind, SweepCell, SweepRow};

/// What was found, as a row.
pub fn row(readings: Vec<Reading>) -> SweepRow {
    let cell = |reading| match reading {
        Reading::Number(estimate) => number(estimate),
        Reading::AtPoint(value) => SweepCell::AtPoint(value),
        Reading::Infinite => SweepCell::Infinite,
        Reading::Absent(why) => SweepCell::Absent(why),
        Reading::Word("point_mass") => SweepCell::Law(LawKind::PointMass),
        Reading::Word(_) => SweepCell::Law(LawKind::Density),
    };
    SweepRow::Found(readings.into_iter().map(cell).collect())
}

fn number(estimate: Estimate) -> SweepCell {
    let (value, error) = (estimate.value, estimate.error());
    if value.is_finite() && error.is_finite() {
        SweepCell::Number { value, error }
    } else {
        SweepCell::Absent("it is outside the range of floating-point numbers, or its error cannot be told".to_owned())
    }
}

/// Where points should be inserted next into one axis: the middles of the steps over which some observable changes
/// by at least half of what it changes by at most over any step (relative to its range), at most `most` of them.
///
/// A step between a density and a point mass, or to a law that could not be computed, counts as the largest change.
/// `rows` belong to the ascending or descending `values`; `middle` halves a step, if
/// there is anything between its ends; steps without a middle do not count.
pub fn insertions(
    values: &[f64],
    rows: &[&SweepRow],
    most: usize,
    middle: impl Fn(f64, f64) -> Option<f64>,
) -> Vec<f64> {
    let count =
        rows.iter().map(|row| if let SweepRow::Found(cells) = row { cells.len() } else { 0 }).max().unwrap_or(0);
    let mut changes = vec![0.0f64; values.len().saturating_sub(1)];
    for k in 0..count {
        let known: Vec<Option<f64>> = rows.iter().map(|row| Some(row.cell(k).0).filter(|x| x.is_finite())).collect();
        let [low, high] = known
            .iter()
            .flatten()
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)]);
        for (i, change) in changes.iter_mut().enumerate() {
            let step = if rows[i].cell(k).2 != rows[i + 1].cell(k).2 {
                1.0
            } else {
                match (known[i], known[i + 1]) {
                    (Some(a), Some(b)) if high > low => (b - a).abs() / (high - low),
                    _ => 0.0,
                }
            };
            *change = change.max(step);
        }
    }
    let between = |w: &[f64]| middle(w[0], w[1]).filter(|m| (m - w[0]) * (w[1] - m) > 0.0);
    let middles: Vec<Option<f64>> = values.windows(2).map(between).collect();
    for (change, middle) in changes.iter_mut().zip(&middles) {
        if middle.is_none() {
            *change = 0.0;
        }
    }
    let largest = changes.iter().copied().fold(0.0, f64::max);
    let mut steps: Vec<usize> =
        (0..changes.len()).filter(|&i| changes[i] > 0.0 && changes[i] >= 0.5 * largest).collect();
    steps.sort_by(|&i, &j| changes[j].total_cmp(&changes[i]).then(i.cmp(&j)));
    steps.into_iter().filter_map(|i| middles[i]).take(most).collect()
}
