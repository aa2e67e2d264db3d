//! The law of two variables once more, by spectral elements: a check of the finite volumes, and more digits where the law is
//! smooth.

use super::frame::Frame;
use super::levels::{Reading, Setting};
use crate::density::field::Observable;
use crate::estimate::Estimate;
use crate::galerkin::{GalerkinError, Settled, SpectralLaw, graded, settle, solve};
use crate::process::Process;
use rayon::prelude::*;

/// Elements are graded by this times the root of the widths of the law and of its box: the middle of a law with power-law
/// tails needs most of them, or densities and quantiles lag behind moments (0.5: 1e-5 where moments have 1e-9).
const GRADED: f64 = 0.1;
/// Part of the tolerance at which the elements are fine enough.
const FINE: f64 = 0.03;
/// Part of the half length of an axis by which boxes reach further, or less far, on either side, in xi of the grading: what a
/// power-law tail leaves is a geometric series then.
const PART: f64 = 0.12;
/// Rounding of a number, relative to the size of its terms.
const ROUNDING: f64 = 1e-13;
/// Part of the error of the moments that every number may have: its own changes may be small by chance.
const SHARE: f64 = 0.1;

/// Numbers laid out as [`Reading::numbers`], and the elements they come from.
pub(super) struct Second {
    /// The numbers that elements know; `None` for the others.
    pub numbers: Vec<Option<Estimate>>,
    /// Elements per axis, and their degree.
    pub resolution: (usize, usize),
}

/// The numbers of a law by spectral elements, in the box of the finite volumes, a narrower one and a wider one; `like` is
/// what the finite volumes say. Walls that are `fixed` are not moved outward.
pub(super) fn second<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    like: &Reading<N>,
    fixed: &[[bool; 2]; N],
    tolerance: f64,
) -> Result<Second, GalerkinError> {
    let process = setting.process;
    let reach = frame.reach();
    let centre = like.observed.chart_mean;
    let width = |i: usize| like.observed.chart_covariance[i][i].sqrt();
    let scale: [f64; N] = std::array::from_fn(|i| GRADED * (width(i) * (reach[i][1] - reach[i][0])).sqrt());
    let Settled { law, coarse, resolution, relative, .. } = settle(process, &reach, &centre, &scale, FINE * tolerance)?;
    let (elements, degree) = resolution;
    let other = |outward: f64| {
        let reach = moved(process, frame, fixed, outward);
        let axis = |i: usize| graded(reach[i][0], reach[i][1], centre[i], scale[i], elements);
        solve(process, &std::array::from_fn(axis), degree, &law.peak)
    };
    let (narrow, wide) = rayon::join(|| other(-PART), || other(PART));
    let laws = [narrow?, coarse, law, wide?];
    let readings: Vec<(Reading<N>, f64)> = laws.par_iter().map(|law| read(setting, like, law)).collect();
    let columns: Vec<Vec<f64>> = readings.iter().map(|(reading, _)| reading.numbers()).collect();
    let mut scales = like.scales();
    // The first number is the entropy production, a difference.
    scales[0] = scales[0].max(readings[2].1);
    let (local, stuck) = (local(like), fixed.iter().flatten().any(|fixed| *fixed));
    let number = |k: usize| {
        let [narrow, coarse, middle, wide] = [0, 1, 2, 3].map(|law| columns[law][k]);
        let (before, after) = ((narrow - middle).abs(), (middle - wide).abs());
        let seen = if local[k] { before.max(after).max((middle - coarse).abs()) } else { (middle - coarse).abs() };
        let grid = 2.0 * seen + SHARE * relative * scales[k].abs();
        let bar = grid + if stuck { before.max(after) } else { beyond(before, after, grid) };
        bar.is_finite().then(|| Estimate::computed(wide, bar, ROUNDING * scales[k].abs()))
    };
    Ok(Second { numbers: (0..scales.len()).map(number).collect(), resolution })
}

/// Which numbers are no smooth functionals of the law: at a single place the change of one resolution is small by chance now and
/// then, and all three other laws, whose nodes lie elsewhere, are asked.
fn local<const N: usize>(like: &Reading<N>) -> Vec<bool> {
    let mut marks = like.with_numbers(&vec![0.0; like.numbers().len()]);
    let observed = &mut marks.observed;
    observed.expressions.fill(1.0);
    observed.points.fill(1.0);
    for law in observed.variables.iter_mut().chain(&mut observed.laws) {
        law.quantiles.fill(1.0);
        law.log_density.fill(1.0);
        law.below.fill(1.0);
    }
    for law in &mut observed.laws {
        (law.mean, law.variance) = (1.0, 1.0);
    }
    marks.numbers().into_iter().map(|mark| mark > 0.0).collect()
}

/// The box with every wall that is none of the support moved outward by a part of the half length of its axis.
fn moved<const N: usize>(
    process: &dyn Process<N>,
    frame: &Frame<N>,
    fixed: &[[bool; 2]; N],
    outward: f64,
) -> [[f64; 2]; N] {
    std::array::from_fn(|i| {
        let (grading, walls) = (&frame.gradings[i], frame.walls[i]);
        let [first, last] = process.chart().axis(i).domain();
        let stays = |side: usize| frame.real[i][side] || (fixed[i][side] && outward > 0.0);
        // Inward of a lopsided box the short side must not lose the law.
        let half = |side: usize| if outward > 0.0 { 0.5 * (walls[1] - walls[0]) } else { grading.half(walls, side) };
        let more = |side: usize| if stays(side) { 0.0 } else { outward * half(side) };
        [grading.z(walls[0] - more(0)).max(first), grading.z(walls[1] + more(1)).min(last)]
    })
}

/// What the wider box still lacks, when a number changed by `before` from the narrow box to the middle one and by `after`
/// from there to the wide one: the change itself, and the rest of a geometric series where it is no noise of the elements.
fn beyond(before: f64, after: f64, noise: f64) -> f64 {
    if after <= noise {
        return after + before.min(noise);
    }
    let ratio = (after / before).min(0.98);
    after + after * ratio / (1.0 - ratio)
}

/// What elements say: a reading in which everything else is not a number; and the size of the terms of the entropy production.
fn read<const N: usize>(setting: &Setting<'_, N>, like: &Reading<N>, law: &SpectralLaw<N>) -> (Reading<N>, f64) {
    let process = setting.process;
    let mut reading = like.with_numbers(&vec![f64::NAN; like.numbers().len()]);
    let physical: Vec<[f64; N]> = law.nodes.iter().map(|z| process.to_physical(z)).collect();
    let lists: Vec<Vec<f64>> = (0..N).map(|i| physical.iter().map(|v| v[i]).collect()).collect();
    let [entropy_production, size] = law.entropy_production(process);
    reading.entropy_production = entropy_production;
    let observed = &mut reading.observed;
    (observed.chart_mean, observed.chart_covariance) = (law.mean(), law.covariance());
    observed.mean = std::array::from_fn(|i| expectation(law, |k| lists[i][k]));
    let mean = observed.mean;
    observed.covariance = std::array::from_fn(|i| {
        std::array::from_fn(|j| expectation(law, |k| (lists[i][k] - mean[i]) * (lists[j][k] - mean[j])))
    });
    observed.points = setting.wanted.points.iter().map(|z| law.log_density(process, z)).collect();
    for i in 0..N {
        observed.variables[i].mean = mean[i];
        observed.variables[i].variance = observed.covariance[i][i];
        axial(setting, law, &lists, i, &mut observed.variables[i]);
    }
    let slices: Vec<&[f64]> = lists.iter().map(Vec::as_slice).collect();
    // Polynomials of high degree have no use for kinks.
    let smooth = |(_, expression): &(usize, &&dyn Observable)| !expression.kinked();
    for (k, expression) in setting.wanted.expressions.iter().enumerate().filter(smooth) {
        let mut values = vec![0.0; physical.len()];
        expression.values(&slices, &mut values);
        let mean = expectation(law, |node| values[node]);
        observed.expressions[k] = mean;
        observed.laws[k].mean = mean;
        observed.laws[k].variance = expectation(law, |node| (values[node] - mean).powi(2));
    }
    for (sum, identity) in reading.identities.iter_mut().zip(setting.identities) {
        sum[0] = identity.terms.iter().map(|term| expectation(law, |k| term(&physical[k]))).sum();
    }
    (reading, size)
}

fn expectation<const N: usize>(law: &SpectralLaw<N>, f: impl Fn(usize) -> f64) -> f64 {
    law.masses.iter().enumerate().map(|(k, mass)| mass * f(k)).sum()
}

/// Quantiles and densities of variable `i`, if it is a function of coordinate `i` alone.
fn axial<const N: usize>(
    setting: &Setting<'_, N>,
    law: &SpectralLaw<N>,
    values: &[Vec<f64>],
    i: usize,
    numbers: &mut crate::density::field::LawNumbers,
) {
    let axis = setting.process.chart().axis(i);
    if !law.nodes.iter().zip(&values[i]).all(|(z, v)| axis.to_physical(z[i]) == *v) {
        return;
    }
    let line = law.marginal(i);
    let below = |z: f64| if axis.increasing() { line.below(z) } else { 1.0 - line.below(z) };
    let at = setting.wanted.variable_at.get(i).map_or(&[][..], Vec::as_slice);
    let place = |v: &f64| axis.to_chart(*v);
    let quantile = |q: &f64| axis.to_physical(line.quantile(if axis.increasing() { *q } else { 1.0 - q }));
    numbers.quantiles = setting.wanted.quantiles.iter().map(quantile).collect();
    let log_density = |z: f64| line.density(z).ln() - axis.log_jacobian(z);
    numbers.log_density = at.iter().map(|v| place(v).map_or(f64::NAN, log_density)).collect();
    numbers.below = at.iter().map(|v| place(v).map_or(f64::NAN, below)).collect();
}
