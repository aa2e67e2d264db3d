//! What the end of the box does to the numbers: the same nodes and a few more, or a few fewer.

use super::frame::Frame;
use super::levels::{Reading, Setting};
use super::offsets::Offsets;
use super::snapshot::{Snapshot, solve_on};
use crate::density::field::Field;
use crate::process::Process;
use crate::study::StudyError;

/// Part of the half length of an axis by which the box is widened, in xi.
const PART: f64 = 0.12;

/// What three boxes on the same nodes say.
pub(super) struct Boxes<const N: usize> {
    /// The frame itself, solved.
    pub snapshot: Snapshot<N>,
    /// What it says.
    pub reading: Reading<N>,
    /// Absolute error of every number that the end of the box makes.
    pub errors: Vec<f64>,
    /// Largest relative error of means (relative to the spread where that is larger) and variances in the chart.
    pub influence: f64,
}

/// A frame, a narrower and a wider one, solved on the same nodes but not yet read.
pub(super) struct Trial<const N: usize> {
    snapshot: Snapshot<N>,
    narrow: Option<Snapshot<N>>,
    wide: Option<Snapshot<N>>,
    /// The frame itself with edges of full length, if they are shorter elsewhere.
    whole: Option<Snapshot<N>>,
    /// Whether the wider frame has an end of the narrower one that is no wall of the law.
    any_fixed: bool,
    /// The wider frame.
    pub wider: Frame<N>,
}

impl<const N: usize> Trial<N> {
    /// Solves a frame, a narrower and a wider one with the same cells; walls that are `fixed` stay.
    pub fn of(
        setting: &Setting<'_, N>,
        frame: &Frame<N>,
        cells: [usize; N],
        fixed: [[bool; 2]; N],
    ) -> Result<Self, StudyError> {
        let snapshot = setting.solve(&frame.lattice(cells), None)?;
        let free = |count: &dyn Fn(usize, usize) -> isize| -> [[isize; 2]; N] {
            let count = |i: usize, side: usize| if frame.real[i][side] { 0 } else { count(i, side).max(2) };
            std::array::from_fn(|i| std::array::from_fn(|side| count(i, side)))
        };
        let more = free(&|i, _| (PART * 0.5 * cells[i] as f64).ceil() as isize);
        // Of a lopsided box the short side must not lose the law.
        let less = free(&|i, side| frame.part(i, side, PART, cells[i]));
        let solve = |more: [[isize; 2]; N]| -> Result<Option<Snapshot<N>>, StudyError> {
            let same = more.iter().flatten().all(|&count| count == 0);
            (!same).then(|| setting.solve(&frame.widened(cells, more), Some(&snapshot))).transpose()
        };
        let kept: [[isize; 2]; N] =
            std::array::from_fn(|i| std::array::from_fn(|side| if fixed[i][side] { 0 } else { more[i][side] }));
        let narrow = solve(less.map(|sides| sides.map(|count| -count)))?;
        let wide = solve(kept)?;
        let limited = !snapshot.edges.limited().is_empty();
        let full = || {
            let Setting { process, scheme, memory, .. } = *setting;
            solve_on(process, &frame.lattice(cells), &Offsets::FULL, scheme, Some(&snapshot), memory)
        };
        let whole = limited.then(full).transpose()?;
        let any_fixed = (0..N).any(|i| (0..2).any(|side| fixed[i][side] && !frame.real[i][side]));
        Ok(Self { any_fixed, wider: frame.around(&frame.widened(cells, kept)), snapshot, narrow, wide, whole })
    }

    /// Largest relative error of means (relative to the spread where that is larger) and variances in the chart.
    pub fn influence(&self, process: &dyn Process<N>) -> f64 {
        let moments = |snapshot: &Snapshot<N>| {
            let field = Field { lattice: &snapshot.lattice, process, log_mass: &snapshot.log_mass };
            let (mean, covariance) = field.moments_in_chart();
            mean.into_iter().chain((0..N).map(|i| covariance[i][i])).collect()
        };
        let values: Vec<f64> = moments(&self.snapshot);
        let errors = self.errors(&values, &moments);
        let part = |i: usize| {
            let variance = values[N + i];
            [errors[i] / values[i].abs().max(variance.sqrt()), errors[N + i] / variance]
        };
        let worst = |most: f64, part: f64| if part.is_nan() { f64::INFINITY } else { most.max(part) };
        (0..N).flat_map(part).fold(0.0, worst)
    }

    /// Everything wanted of the frame, whose [`Trial::influence`] is known.
    pub fn read(self, setting: &Setting<'_, N>, influence: f64) -> Boxes<N> {
        let reading = setting.read(&self.snapshot);
        let errors = self.errors(&reading.numbers(), &|snapshot| {
            let mut other = setting.read(snapshot);
            other.observed.align(&reading.observed);
            other.numbers()
        });
        Boxes { snapshot: self.snapshot, reading, errors, influence }
    }

    /// How far the numbers of the frame, `middle`, are off.
    fn errors(&self, middle: &[f64], numbers: &dyn Fn(&Snapshot<N>) -> Vec<f64>) -> Vec<f64> {
        let [narrow, wide, whole] = [&self.narrow, &self.wide, &self.whole].map(|other| other.as_ref().map(numbers));
        let error = |k: usize| {
            let at = |list: &Option<Vec<f64>>| list.as_ref().map_or(middle[k], |list| list[k]);
            let beyond = remainder(at(&narrow) - middle[k], middle[k] - at(&wide), self.any_fixed);
            // What shorter edges where no mass is change.
            beyond + (at(&whole) - middle[k]).abs()
        };
        (0..middle.len()).map(error).collect()
    }
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
