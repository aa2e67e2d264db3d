//! The user's equations in the chart: b, B and div B of the variables as one tape.

use super::Sde;
use crate::formula::{Formula, Row, Tape};
use crate::model::in_chart;
use crate::process::{Chart, Coefficients, Coordinate, Force, Process};

/// Variables and their distances from two ends, of up to three.
const COLUMNS: usize = 9;
/// b, B and its derivatives, of three variables.
const OUTPUTS: usize = 18;

/// A user-written diffusion in its chart.
#[derive(Debug)]
pub(super) struct SdeProcess<const N: usize> {
    chart: Chart<N>,
    /// b_i; B_ij, i <= j, row by row; d_j B_ij, row by row.
    tape: Tape,
    /// Variable and end (0 lower, 1 upper) of the distances that follow the variables.
    distances: Vec<(usize, usize)>,
}

impl<const N: usize> SdeProcess<N> {
    pub(super) fn new(sde: &Sde, chart: Chart<N>) -> Self {
        let mut distances = Vec::new();
        let mut faces = Vec::new();
        for i in 0..N {
            let [lower, upper] = chart.axis(i).support();
            let (at_lower, at_upper) = match *chart.axis(i) {
                Coordinate::Identity { .. } => (false, false),
                Coordinate::Segment { face, wall } => (face < wall, face > wall),
                _ => (lower.is_finite(), upper.is_finite()),
            };
            for (end, face) in [(at_lower, lower), (at_upper, upper)].into_iter().enumerate() {
                if face.0 {
                    distances.push((i, end));
                    faces.push((i, face.1));
                }
            }
        }
        let b = |i: usize, j: usize| &sde.covariance[i.min(j)][i.max(j)];
        let drift = sde.drift.iter().cloned();
        let upper = (0..N).flat_map(|i| (i..N).map(move |j| (i, j))).map(|(i, j)| b(i, j).clone());
        let slopes = (0..N).flat_map(|i| (0..N).map(move |j| (i, j))).map(|(i, j)| b(i, j).derivative(j));
        let formulas: Vec<Formula> = drift.chain(upper).chain(slopes).map(|f| f.with_distances(&faces)).collect();
        let tape = Tape::of(&formulas.iter().collect::<Vec<_>>());
        Self { chart, tape, distances }
    }

    /// What the formulas are evaluated at.
    fn inputs(&self, z: &[f64; N]) -> [f64; COLUMNS] {
        let mut out = [0.0; COLUMNS];
        for i in 0..N {
            out[i] = self.chart.axis(i).to_physical(z[i]);
        }
        for (out, &(i, end)) in out[N..].iter_mut().zip(&self.distances) {
            let gaps = self.chart.axis(i).gaps(z[i]);
            *out = if end == 0 { gaps[0] } else { -gaps[1] };
        }
        out
    }

    /// b, B and div B of the variables from the outputs of the tape.
    #[inline]
    fn values(get: impl Fn(usize) -> f64) -> Coefficients<N> {
        let mut c = Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] };
        let mut next = N;
        for i in 0..N {
            c.drift[i] = get(i);
            for j in i..N {
                c.diffusion[i][j] = get(next);
                c.diffusion[j][i] = c.diffusion[i][j];
                next += 1;
            }
        }
        for i in 0..N {
            c.div_diffusion[i] = (next..next + N).map(&get).sum();
            next += N;
        }
        c
    }

    fn values_at(&self, z: &[f64; N]) -> Coefficients<N> {
        let mut out = [0.0; OUTPUTS];
        self.tape.point(&self.inputs(z), &mut out);
        Self::values(|k| out[k])
    }

    fn each(&self, points: usize, z: impl Fn(usize) -> [f64; N], mut take: impl FnMut(usize, Coefficients<N>)) {
        let take = |k: usize, row: Row<'_>| take(k, Self::values(|i| row.get(i)));
        self.tape.each(points, |k| self.inputs(&z(k)), take);
    }
}

impl<const N: usize> Process<N> for SdeProcess<N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N> {
        in_chart::coefficients(&self.chart, z, &self.values_at(z))
    }

    fn coefficients_at(&self, points: &[[f64; N]], out: &mut [Coefficients<N>]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, c| out[k] = in_chart::coefficients(&self.chart, &points[k], &c));
    }

    fn force(&self, z: &[f64; N]) -> Force<N> {
        in_chart::force(&self.chart, z, &self.values_at(z))
    }

    fn forces(&self, start: &[f64; N], axis: usize, step: f64, out: &mut [f64]) {
        let at = |k: usize| {
            let mut z = *start;
            z[axis] += k as f64 * step;
            z
        };
        self.each(out.len(), at, |k, c| out[k] = in_chart::force(&self.chart, &at(k), &c).value[axis]);
    }

    fn forces_at(&self, points: &[[f64; N]], out: &mut [[f64; N]]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, c| out[k] = in_chart::force(&self.chart, &points[k], &c).value);
    }
}
