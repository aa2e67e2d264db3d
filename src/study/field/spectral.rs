//! A law once more, by spectral elements: a check of the finite volumes, and more digits where it is smooth.

use super::frame::Frame;
use super::levels::{Reading, Setting};
use super::resolutions::by_resolutions;
use super::second::{Axial, Basis, ROUNDING, SHARE, Second, Witness, local, read};
use crate::estimate::Estimate;
use crate::galerkin::{GalerkinError, Line, Measure, Oblique, Settled, Spacing, SpectralLaw, breaks, settle, solve};
use crate::process::{Coordinate, Process};
use rayon::prelude::*;

/// Part of the tolerance at which the elements are fine enough.
const FINE: f64 = 0.03;
/// Part of the half length of an axis by which boxes reach further, or less far, on either side, in xi of the grading: what a
/// power-law tail leaves is a geometric series then.
pub(super) const PART: f64 = 0.12;
/// Errors of the moments in space, in standard deviations, below which the next elements are too dear.
const ENOUGH_IN_SPACE: f64 = 3e-8;
/// Places of the laws of two resolutions in the same box.
const COARSE: usize = 1;
const FINEST: usize = 2;
/// What meshes of two boxes differ by there, in last changes of the moments.
const MESHES: f64 = 2.0;
/// How much more a narrow box may change than the elements leave open, for its law to count as the same on other nodes; and how
/// often the largest change counts with one law fewer.
const CUT: f64 = 3.0;
const FEWER: f64 = 3.0;
/// Relative influence of the box on the moments, as lattices see it, up to which elements in space need no other boxes of their own.
const BOXED: f64 = 1e-8;
/// Rounding by which a variable may differ from a linear function of the coordinates, relative to its largest value.
const LINEAR: f64 = 1e-13;
/// Next to a corner of the law elements converge by those that lie around it, not by their degree alone, and meshes of two boxes
/// differ there: changes by resolution and by box count this often (an identity was 1.5 bars off, once without the former and once
/// without the latter).
const CORNERED: f64 = 2.0;

/// What the end of the box does, by lattices.
pub(super) struct OfBox {
    /// To the moments in the chart, relative.
    pub influence: f64,
    /// To every number.
    pub errors: Vec<f64>,
}

/// The numbers of a law by spectral elements in the box of the finite volumes; `like` is what the finite volumes say. Walls that are
/// `fixed` are not moved outward.
pub(super) fn by_elements<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    like: &Reading<N>,
    of_box: &OfBox,
    spacings: &[Spacing; N],
    fixed: &[[bool; 2]; N],
    tolerance: f64,
) -> Result<Second, GalerkinError> {
    let reach = frame.reach();
    let centre = like.observed.chart_mean;
    let fine = if N == 3 { ENOUGH_IN_SPACE } else { 0.0 };
    let settled = settle(setting.process, &reach, spacings, &centre, (FINE * tolerance).max(fine), setting.memory)?;
    let (elements, degree) = settled.resolution;
    let numbers = if N == 3 && of_box.influence <= BOXED {
        by_resolutions(setting, like, &settled, of_box)
    } else {
        by_boxes(setting, frame, like, settled, spacings, fixed, tolerance)?
    };
    Ok(Second { numbers, basis: Basis::Elements { elements: elements.to_vec(), degree }, decays: Vec::new() })
}

/// Sizes of all numbers; `currents` is that of the terms of the entropy production.
pub(super) fn scales<const N: usize>(like: &Reading<N>, currents: f64) -> Vec<f64> {
    let mut scales = like.scales();
    // The first number is the entropy production, a difference.
    scales[0] = scales[0].max(currents);
    scales
}

/// Numbers from laws in the box of the finite volumes, a narrower one and a wider one.
fn by_boxes<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    like: &Reading<N>,
    settled: Settled<N>,
    spacings: &[Spacing; N],
    fixed: &[[bool; 2]; N],
    tolerance: f64,
) -> Result<Vec<Option<Estimate>>, GalerkinError> {
    let process = setting.process;
    let reach = frame.reach();
    let Settled { law, coarse, resolution, before, doubt, relative, .. } = settled;
    // In space boxes are compared at the resolution before, for a quarter of the cost.
    let ((elements, degree), like_box) = if N == 3 { (before, COARSE) } else { (resolution, FINEST) };
    let other = |outward: f64| {
        let ends = moved(process, frame, fixed, outward);
        let along = if N == 3 { as_fine(spacings, &reach, &elements, &ends) } else { elements };
        solve(process, &breaks(&ends, spacings, &along), degree, &law.peak)
    };
    let (narrow, wide) = rayon::join(|| other(-PART), || other(PART));
    let laws = [narrow?, coarse, law, wide?];
    let readings: Vec<(Reading<N>, f64)> = laws.par_iter().map(|law| read(setting, like, law)).collect();
    let columns: Vec<Vec<f64>> = readings.iter().map(|(reading, _)| reading.numbers()).collect();
    let scales = scales(like, readings[2].1);
    // All three other laws, whose nodes lie elsewhere, are asked at single places: not the narrow one where it cuts off more of
    // the law than elements leave open.
    let meshes = if like_box == COARSE { MESHES * relative / doubt } else { relative };
    let cut = laws[0].measure.apart(&laws[like_box].measure) > CUT * meshes.max(FINE * tolerance);
    let cornered = if process.corner().is_some() { CORNERED } else { 1.0 };
    let (local, stuck) = (local(like, &setting.wanted.expressions), fixed.iter().flatten().any(|fixed| *fixed));
    let number = |k: usize| {
        let [narrow, coarse, middle, wide] = [0, 1, 2, 3].map(|law| columns[law][k]);
        let like = columns[like_box][k];
        let (before, after) = ((narrow - like).abs(), (like - wide).abs());
        let finer = (middle - coarse).abs();
        let seen = match (local[k], cut) {
            (false, _) => doubt * finer,
            (true, false) => 2.0 * before.max(after).max(finer),
            (true, true) => FEWER * after.max(finer),
        };
        let grid = cornered * seen + SHARE * relative * scales[k].abs();
        // What the meshes of two boxes differ by, at the resolution before, is told from the moments as a whole; and what the wide
        // box does more than the narrow one is none of a tail.
        let noise = match like_box {
            COARSE if after >= before => after.max(grid),
            COARSE => grid.max(meshes * scales[k].abs()),
            _ => grid,
        };
        let of_box = if stuck { before.max(after) } else { beyond(before, after, noise) };
        // At single places boxes are among the changes already.
        let bar = grid + if local[k] { of_box } else { cornered * of_box };
        let more = if like_box == FINEST || after > noise { wide - like } else { 0.0 };
        bar.is_finite().then(|| Estimate::computed(middle + more, bar, ROUNDING * scales[k].abs()))
    };
    Ok((0..scales.len()).map(number).collect())
}

/// Elements along every axis for the box `ends`, no longer than `elements` in the box `reach`: by a tenth longer ones the error of
/// degree 9 grows sevenfold.
fn as_fine<const N: usize>(
    spacings: &[Spacing; N],
    reach: &[[f64; 2]; N],
    elements: &[usize; N],
    ends: &[[f64; 2]; N],
) -> [usize; N] {
    std::array::from_fn(|k| {
        let [before, now] = [reach[k], ends[k]].map(|[lower, upper]| spacings[k].between(lower, upper));
        // The same box has the same elements, whatever the quotient rounds to.
        (elements[k] as f64 * now / before - 1e-6).ceil() as usize
    })
}

/// The box with every wall that is none of the support moved outward by a part of the half length of its axis.
pub(super) fn moved<const N: usize>(
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

impl<const N: usize> Witness<N> for SpectralLaw<N> {
    fn measure(&self) -> &Measure<N> {
        &self.measure
    }

    /// Not where the law is not smooth: it takes slopes of the density.
    fn entropy_production(&self, process: &dyn Process<N>) -> [f64; 2] {
        if process.corner().is_some() {
            return [f64::NAN, 0.0];
        }
        Self::entropy_production(self, process)
    }

    fn log_density(&self, process: &dyn Process<N>, z: &[f64; N]) -> f64 {
        Self::log_density(self, process, z)
    }

    /// Where the variable is a function of coordinate `i` alone, or linear in all.
    fn axial(&self, process: &dyn Process<N>, i: usize, values: &[f64]) -> Option<Box<dyn Axial>> {
        let axis = *process.chart().axis(i);
        let nodes = || self.measure.nodes.iter().zip(values);
        if nodes().all(|(z, v)| axis.to_physical(z[i]) == *v) {
            return Some(Box::new(AlongAxis { axis, line: self.marginal(i) }));
        }
        let at = |z: [f64; N]| process.to_physical(&z)[i];
        let constant = at([0.0; N]);
        let slopes: [f64; N] =
            std::array::from_fn(|k| at(std::array::from_fn(|j| f64::from(u8::from(j == k)))) - constant);
        let size = values.iter().fold(constant.abs(), |most, v| most.max(v.abs()));
        let linear = |z: &[f64; N]| constant + (0..N).map(|k| slopes[k] * z[k]).sum::<f64>();
        let turned = nodes().all(|(z, v)| (linear(z) - v).abs() <= LINEAR * size);
        turned.then(|| Box::new(self.oblique(constant, &slopes)) as Box<dyn Axial>)
    }
}

impl Axial for Oblique {
    fn log_density(&self, v: f64) -> f64 {
        let density = self.density(v);
        // Far below the largest one a sum over lines is rounding.
        if density > ROUNDING * self.largest() { density.ln() } else { f64::NAN }
    }

    fn below(&self, v: f64) -> f64 {
        Self::below(self, v)
    }

    fn quantile(&self, q: f64) -> f64 {
        Self::quantile(self, q)
    }
}

/// The law of a variable through that of its coordinate.
struct AlongAxis {
    axis: Coordinate,
    line: Line,
}

impl Axial for AlongAxis {
    fn log_density(&self, v: f64) -> f64 {
        self.axis.to_chart(v).map_or(f64::NAN, |z| self.line.density(z).ln() - self.axis.log_jacobian(z))
    }

    fn below(&self, v: f64) -> f64 {
        let below = |z: f64| if self.axis.increasing() { self.line.below(z) } else { 1.0 - self.line.below(z) };
        self.axis.to_chart(v).map_or(f64::NAN, below)
    }

    fn quantile(&self, q: f64) -> f64 {
        self.axis.to_physical(self.line.quantile(if self.axis.increasing() { q } else { 1.0 - q }))
    }
}
