//! The law of several variables once more, as a Gaussian times polynomials: exact at once where a law is Gaussian, and to many
//! digits where it is smooth and falls fast.

use super::frame::{Feature, Frame, best_grading};
use super::levels::{Reading, Setting};
use super::second::{Axial, Basis, ROUNDING, SHARE, Second, Witness, local, read};
use super::snapshot::Scheme;
use super::survey::{Moments, Surveyed, depths};
use super::wander::Trace;
use crate::estimate::Estimate;
use crate::galerkin::{GalerkinError, HermiteLaw, HermiteSettled, Marginal, Measure, settle_hermite};
use crate::grid::Grading;
use crate::process::Process;
use num_complex::Complex64;
use rayon::prelude::*;

/// Part of the tolerance at which the degree is high enough.
const FINE: f64 = 0.03;
/// Part of the change of the last degree but one that numbers at single places may have.
const BEFORE: f64 = 0.01;
/// Decay rates that are read off.
const RATES: usize = 6;
/// Accuracy of the moments of a law that only lays out a box, in standard deviations.
const ROUGH: f64 = 1e-6;
/// Peaks lower than the highest by this, in ln p, are none to resolve.
const FAINT: f64 = 5.0;
/// Part of its size by which a decay rate of a coarse law may be off.
const ALIKE: f64 = 0.1;
/// Rounding of a decay rate relative to the fastest of them.
const RATE_ROUNDING: f64 = 1e-12;

/// Whether the law lives on the whole space in its own variables, or linear functions of them: on logarithmic axes tails are
/// exponential, which no such expansion has.
pub(super) fn applies<const N: usize>(process: &dyn Process<N>) -> bool {
    N > 1 && (0..N).all(|i| process.chart().axis(i).is_line())
}

/// Part of the depth of a box in which an expansion knows a density to many digits.
const SURE: f64 = 0.45;
/// Steps of a look along an axis, and how far it goes, in standard deviations.
const STEPS: usize = 600;
const OUT: f64 = 12.0;

/// The box of a law that an expansion finds where paths are; `None` where it finds none.
pub(super) fn known<const N: usize>(process: &dyn Process<N>, trace: &Trace<N>) -> Option<Surveyed<N>> {
    let (centre, covariance) = trace.moments();
    let settled = settle_hermite(process, centre, &covariance, ROUGH).ok()?;
    let law = &settled.laws[2];
    let mut frame = Frame { gradings: [Grading::Uniform; N], walls: [[0.0; 2]; N], real: [[false; 2]; N] };
    let mut costs = [1.0; N];
    for i in 0..N {
        let coordinate: Vec<f64> = law.measure.nodes.iter().map(|z| z[i]).collect();
        let (reach, features) = look_along(&law.marginal(&coordinate)?, depths::<N>()[1])?;
        (frame.gradings[i], costs[i]) = best_grading(&features, reach, false, false);
        frame.walls[i] = reach.map(|z| frame.gradings[i].xi(z));
    }
    let moments = Some((law.measure.mean(), law.measure.covariance()));
    Some(Surveyed { scheme: Scheme::settled(N), moments, ..Surveyed::within(frame, costs) })
}

/// How far a density reaches until it has fallen by `depth`, and its peaks.
fn look_along(law: &Marginal, depth: f64) -> Option<([f64; 2], Vec<Feature>)> {
    let (middle, width) = law.normal_part();
    let at = |k: usize| middle + OUT * width * (2.0 * k as f64 / STEPS as f64 - 1.0);
    let logs: Vec<f64> = (0..=STEPS).map(|k| law.density(at(k)).ln()).collect();
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let above: Vec<usize> = (0..=STEPS).filter(|&k| logs[k] > highest - SURE * depth).collect();
    let (first, last) = (*above.first()?, *above.last()?);
    let peaks: Vec<usize> = (first.max(1)..=last.min(STEPS - 1))
        .filter(|&k| logs[k] >= logs[k - 1] && logs[k] > logs[k + 1] && logs[k] > highest - FAINT)
        .collect();
    let step = at(1) - at(0);
    let feature = |&k: &usize| {
        let bend = 2.0 * logs[k] - logs[k - 1] - logs[k + 1];
        Feature { at: at(k), width: (step / bend.max(0.0).sqrt()).min(width) }
    };
    // Tails of a normal law: the depth goes like the square of the distance.
    let farther = (1.0 / SURE).sqrt();
    let (outer, inner) = (at(*peaks.last()?), at(*peaks.first()?));
    let reach = [inner - farther * (inner - at(first)), outer + farther * (at(last) - outer)];
    Some((reach, peaks.iter().map(feature).collect()))
}

/// The numbers of a law about which the finite volumes say `like`, with mean and covariance about `moments`; with its decay rates
/// if they are wanted.
pub(super) fn by_expansion<const N: usize>(
    setting: &Setting<'_, N>,
    like: &Reading<N>,
    (centre, covariance): Moments<N>,
    tolerance: f64,
    rates: bool,
) -> Result<Second, GalerkinError> {
    let HermiteSettled { laws, relative, factor } =
        settle_hermite(setting.process, centre, &covariance, FINE * tolerance)?;
    let readings: Vec<(Reading<N>, f64)> = laws.par_iter().map(|law| read(setting, like, law)).collect();
    let columns: Vec<Vec<f64>> = readings.iter().map(|(reading, _)| reading.numbers()).collect();
    let mut scales = like.scales();
    // The first number is the entropy production, a difference.
    scales[0] = scales[0].max(readings[2].1);
    let local = local(like, &setting.wanted.expressions);
    let number = |k: usize| {
        let [coarse, middle, fine] = [0, 1, 2].map(|law| columns[law][k]);
        let before = if local[k] { BEFORE * (middle - coarse).abs() } else { 0.0 };
        let bar = factor * (fine - middle).abs() + before + SHARE * relative * scales[k].abs();
        bar.is_finite().then(|| Estimate::computed(fine, bar, ROUNDING * scales[k].abs()))
    };
    let numbers = (0..scales.len()).map(number).collect();
    let decays = if rates { decays(&laws, factor) } else { Vec::new() };
    Ok(Second { numbers, basis: Basis::Hermite { degree: laws[2].degree() }, decays })
}

/// The decay rates that the last two laws have; none where they may have missed one.
fn decays<const N: usize>(laws: &[HermiteLaw<N>; 3], factor: f64) -> Vec<[Estimate; 2]> {
    let lists: Vec<Vec<Complex64>> = laws.par_iter().map(|law| law.decays(2 * RATES)).collect();
    let [coarse, middle, fine] = lists.as_slice() else { return Vec::new() };
    let fastest = fine.iter().map(|rate| rate.norm()).fold(0.0, f64::max);
    let near = |rate: &Complex64, list: &[Complex64]| -> Option<f64> {
        list.iter().map(|other| (rate - other).norm()).min_by(f64::total_cmp)
    };
    // Slower ones that a whole spectrum has.
    let complete = |rate: &Complex64| {
        laws[2].knows_all_decays()
            || laws[0].knows_all_decays()
                && coarse
                    .iter()
                    .filter(|other| other.re < rate.re * (1.0 - ALIKE))
                    .all(|other| near(other, fine).is_some_and(|distance| distance <= ALIKE * other.norm()))
    };
    let known = fine.iter().take(RATES).map_while(|rate| {
        let bar = factor * near(rate, middle)?;
        complete(rate).then(|| [rate.re, rate.im.abs()].map(|v| Estimate::computed(v, bar, RATE_ROUNDING * fastest)))
    });
    known.collect()
}

impl<const N: usize> Witness<N> for HermiteLaw<N> {
    fn measure(&self) -> &Measure<N> {
        &self.measure
    }

    fn entropy_production(&self, _: &dyn Process<N>) -> [f64; 2] {
        self.entropy_production
    }

    fn log_density(&self, _: &dyn Process<N>, z: &[f64; N]) -> f64 {
        Self::log_density(self, z)
    }

    fn axial(&self, _: &dyn Process<N>, _: usize, values: &[f64]) -> Option<Box<dyn Axial>> {
        Some(Box::new(self.marginal(values)?))
    }
}

impl Axial for Marginal {
    fn log_density(&self, v: f64) -> f64 {
        self.density(v).ln()
    }

    fn below(&self, v: f64) -> f64 {
        Self::below(self, v)
    }

    fn quantile(&self, q: f64) -> f64 {
        Self::quantile(self, q)
    }
}
