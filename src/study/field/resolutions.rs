//! Numbers from spectral elements of two or three resolutions in one box, whose end lattices know to change next to nothing.

use super::levels::{Reading, Setting};
use super::second::{ROUNDING, SHARE, local, read};
use super::spectral::{OfBox, scales};
use crate::density::field::Observable;
use crate::estimate::Estimate;
use crate::galerkin::{Settled, SpectralLaw, doubt};
use rayon::prelude::*;

/// How often changes at single places count more than those of the whole law.
const LOCAL: f64 = 3.0;
/// Per cent of the numbers of a kind whose changes fall at least as fast as is expected of all.
const MOST: usize = 75;
/// How often the part of moments that the end of the box makes counts as a part of the mass.
const OF_MASS: f64 = 4.0;

/// What numbers are functionals of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// The whole law.
    Whole,
    /// What is below some place.
    Below,
    /// The density at a place.
    Place,
}

const KINDS: [Kind; 3] = [Kind::Whole, Kind::Below, Kind::Place];

/// The numbers of the finest law, each with a bar for the resolution and for the end of the box.
pub(super) fn by_resolutions<const N: usize>(
    setting: &Setting<'_, N>,
    like: &Reading<N>,
    settled: &Settled<N>,
    of_box: &OfBox,
) -> Vec<Option<Estimate>> {
    let Settled { law, coarse, coarser, relative, .. } = settled;
    let laws: Vec<&SpectralLaw<N>> = [Some(law), Some(coarse), coarser.as_ref()].into_iter().flatten().collect();
    let readings: Vec<(Reading<N>, f64)> = laws.par_iter().map(|law| read(setting, like, *law)).collect();
    let columns: Vec<Vec<f64>> = readings.iter().map(|(reading, _)| reading.numbers()).collect();
    let scales = scales(like, readings[0].1);
    let kinds = kinds(like, &setting.wanted.expressions);
    let changes = Changes { columns: &columns, scales: &scales };
    let ratios = KINDS.map(|kind| changes.ratio(&|k| kinds[k] == kind));
    let by_mass = most_by_mass(setting, like, OF_MASS * of_box.influence);
    let number = |k: usize| {
        let ratio = ratios[kinds[k] as usize];
        let often = if kinds[k] == Kind::Whole { 1.0 } else { LOCAL };
        let seen = often * doubt(N, ratio).max(settled.doubt) * changes.expected(k, ratio);
        let bar = seen + SHARE * relative * scales[k].abs() + of_box.errors[k].min(by_mass[k]);
        bar.is_finite().then(|| Estimate::computed(columns[0][k], bar, ROUNDING * scales[k].abs()))
    };
    (0..scales.len()).map(number).collect()
}

/// All numbers of two or three resolutions, the finest first.
struct Changes<'a> {
    columns: &'a [Vec<f64>],
    /// Sizes of the numbers.
    scales: &'a [f64],
}

impl Changes<'_> {
    /// The last change of a number (`which` = 0), or the one before (1), if there is one.
    fn of(&self, k: usize, which: usize) -> Option<f64> {
        self.columns.get(which + 1).map(|coarse| (self.columns[which][k] - coarse[k]).abs())
    }

    /// The last change of a number, at least this part of the one before: it may be small by chance.
    fn expected(&self, k: usize, ratio: f64) -> f64 {
        let last = self.of(k, 0).unwrap_or(f64::NAN);
        last.max(self.of(k, 1).map_or(0.0, |before| ratio * before))
    }

    /// What the largest change of the numbers that `belong` together, or most of them, make of the one before; not a number after two
    /// resolutions.
    fn ratio(&self, belong: &dyn Fn(usize) -> bool) -> f64 {
        let relative = |which: usize| -> Vec<f64> {
            let all = (0..self.scales.len()).filter(|&k| belong(k));
            all.filter_map(|k| Some(self.of(k, which)? / self.scales[k].abs())).collect()
        };
        let [last, before] = [0, 1].map(relative);
        let largest = |list: &[f64]| list.iter().copied().filter(|part| part.is_finite()).fold(0.0, f64::max);
        let mut parts: Vec<f64> = last.iter().zip(&before).map(|(last, before)| last / before).collect();
        parts.retain(|part| part.is_finite());
        parts.sort_by(f64::total_cmp);
        parts.get(MOST * parts.len() / 100).map_or(f64::NAN, |most| most.min(largest(&last) / largest(&before)))
    }
}

/// The kinds of all numbers.
fn kinds<const N: usize>(like: &Reading<N>, expressions: &[&dyn Observable]) -> Vec<Kind> {
    let mut below = like.with_numbers(&vec![0.0; like.numbers().len()]);
    for law in &mut below.observed.variables {
        law.quantiles.fill(1.0);
        law.below.fill(1.0);
    }
    let kind = |(local, below): (bool, f64)| match (local, below > 0.0) {
        (false, _) => Kind::Whole,
        (true, true) => Kind::Below,
        (true, false) => Kind::Place,
    };
    local(like, expressions).into_iter().zip(below.numbers()).map(kind).collect()
}

/// How far a mass near the end of the box moves quantiles and masses below: what coarse lattices make of it is mostly interpolation.
/// Infinite for all other numbers.
fn most_by_mass<const N: usize>(setting: &Setting<'_, N>, like: &Reading<N>, mass: f64) -> Vec<f64> {
    let mut most = like.with_numbers(&vec![f64::INFINITY; like.numbers().len()]);
    for (i, (most, law)) in most.observed.variables.iter_mut().zip(&like.observed.variables).enumerate() {
        let at = setting.wanted.variable_at.get(i).map_or(&[][..], Vec::as_slice);
        for (most, quantile) in most.quantiles.iter_mut().zip(&law.quantiles) {
            // The least density at the places around it.
            let right = at.partition_point(|v| v < quantile);
            let around = right.checked_sub(1).zip(at.get(right).map(|_| right));
            let density = around.map_or(0.0, |(left, right)| law.log_density[left].min(law.log_density[right]).exp());
            *most = if density > 0.0 { mass / density } else { f64::INFINITY };
        }
        most.below.fill(mass);
    }
    most.numbers()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_small_by_chance_is_expected_to_be_larger() {
        // Changes of 1 and a tenth of it, but one number stays where it is.
        let columns = [vec![0.0; 4], vec![0.1, 0.2, 0.3, 0.0], vec![1.1, 2.2, 3.3, 5.0]];
        let changes = Changes { columns: &columns, scales: &[1.0; 4] };
        let ratio = changes.ratio(&|_| true);
        assert!((ratio - 0.06).abs() < 1e-12, "{ratio}");
        let ratio = changes.ratio(&|k| k < 3);
        assert!((ratio - 0.1).abs() < 1e-12, "{ratio}");
        assert!((changes.expected(3, ratio) - 0.5).abs() < 1e-12);
        assert_eq!(changes.expected(2, ratio), 0.3);
    }

    #[test]
    fn two_resolutions_tell_no_ratio() {
        let columns = [vec![0.0, 1.0], vec![0.1, 1.3]];
        let changes = Changes { columns: &columns, scales: &[1.0; 2] };
        assert!(changes.ratio(&|_| true).is_nan());
        assert_eq!(changes.expected(0, f64::NAN), 0.1);
    }
}
