//! What the end of the box does to the numbers: the same nodes and a few more, or a few fewer.

use super::frame::Frame;
use super::levels::{Reading, Setting};
use super::offsets::Offsets;
use super::snapshot::{Snapshot, solve_on};
use crate::study::StudyError;

/// Part of the half length of an axis by which the box is widened, in xi.
const PART: f64 = 0.12;

/// Numbers of three boxes on the same nodes.
pub(super) struct Boxes<const N: usize> {
    /// The frame itself, solved.
    pub snapshot: Snapshot<N>,
    /// What it says.
    pub reading: Reading<N>,
    /// Absolute error of every number that the end of the box makes.
    pub errors: Vec<f64>,
    /// The wider frame.
    pub wider: Frame<N>,
}

impl<const N: usize> Boxes<N> {
    /// Largest relative error of means (relative to the spread where that is larger) and variances in the chart.
    pub fn influence(&self) -> f64 {
        let errors = self.reading.with_numbers(&self.errors);
        let (value, error) = (&self.reading.observed, &errors.observed);
        let part = |i: usize| {
            let variance = value.chart_covariance[i][i];
            let mean = error.chart_mean[i] / value.chart_mean[i].abs().max(variance.sqrt());
            mean.max(error.chart_covariance[i][i] / variance)
        };
        (0..N).map(part).fold(0.0, f64::max)
    }
}

/// Solves a frame, a narrower and a wider one with the same cells; walls that are `fixed` stay.
pub(super) fn boxes<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    cells: [usize; N],
    fixed: [[bool; 2]; N],
) -> Result<Boxes<N>, StudyError> {
    let snapshot = setting.solve(&frame.lattice(cells), None)?;
    let free = |count: &dyn Fn(usize, usize) -> isize| -> [[isize; 2]; N] {
        std::array::from_fn(|i| std::array::from_fn(|side| if frame.real[i][side] { 0 } else { count(i, side).max(2) }))
    };
    let more = free(&|i, _| (PART * 0.5 * cells[i] as f64).ceil() as isize);
    // Of a lopsided box the short side must not lose the law.
    let less = free(&|i, side| frame.part(i, side, PART, cells[i]));
    let reading = setting.read(&snapshot);
    let solve = |more: [[isize; 2]; N]| -> Result<Option<Vec<f64>>, StudyError> {
        if more.iter().flatten().all(|&count| count == 0) {
            return Ok(None);
        }
        let other = setting.solve(&frame.widened(cells, more), Some(&snapshot))?;
        let mut other = setting.read(&other);
        other.observed.align(&reading.observed);
        Ok(Some(other.numbers()))
    };
    let kept: [[isize; 2]; N] =
        std::array::from_fn(|i| std::array::from_fn(|side| if fixed[i][side] { 0 } else { more[i][side] }));
    let narrow = solve(less.map(|sides| sides.map(|count| -count)))?;
    let wide = solve(kept)?;
    let middle = reading.numbers();
    // What shorter edges where no mass is change.
    let whole = if snapshot.edges.limited().is_empty() {
        None
    } else {
        let mut whole = setting.read(&solve_on(
            setting.process,
            &frame.lattice(cells),
            &Offsets::FULL,
            setting.scheme,
            Some(&snapshot),
            setting.memory,
        )?);
        whole.observed.align(&reading.observed);
        Some(whole.numbers())
    };
    let any_fixed = (0..N).any(|i| (0..2).any(|side| fixed[i][side] && !frame.real[i][side]));
    let error = |k: usize| {
        let at = |list: &Option<Vec<f64>>| list.as_ref().map_or(middle[k], |list| list[k]);
        let beyond = remainder(at(&narrow) - middle[k], middle[k] - at(&wide), any_fixed);
        beyond + (at(&whole) - middle[k]).abs()
    };
    let errors = (0..middle.len()).map(error).collect();
    Ok(Boxes { errors, wider: frame.around(&frame.widened(cells, kept)), snapshot, reading })
}

/// What is missing in a box when widening it to this size changed a number by `before`, and widening it once more
/// changes it by `after`: the rest of a geometric series.
fn remainder(before: f64, after: f64, fixed: bool) -> f64 {
    let (before, after) = (before.abs(), after.abs());
    let ratio = if before > 0.0 { (after / before).min(0.98) } else { 0.5 };
    let rest = after / (1.0 - ratio);
    // Where the box could not be widened the step before has to do.
    if fixed { rest.max(before) } else { rest }
}
