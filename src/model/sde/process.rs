//! The user's equations in the chart, by Ito's rule.
//!
//! With v = V(z) axis by axis and s = V''/V': b_z = b/V' - s B_ii / (2 V'^2), B_z = B_ij / (V'_i V'_j),
//! (div B_z)_i = sum_j (d_j B_ij - s_j B_ij / V'_j) / V'_i - s_i B_ii / V'_i^2, and the force is
//! a_z = V' a_v + s, a_v = B^-1 (2b - div B). The last form cancels nothing.

use super::Sde;
use crate::formula::{Formula, Row, Tape};
use crate::process::{Chart, Coefficients, Coordinate, Force, Process, force_of};

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

/// b, B and d_j B_ij at a point of physical space.
struct Values<const N: usize> {
    drift: [f64; N],
    diffusion: [[f64; N]; N],
    slopes: [[f64; N]; N],
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

    /// From the outputs of the tape.
    #[inline]
    fn values(get: impl Fn(usize) -> f64) -> Values<N> {
        let mut values = Values { drift: [0.0; N], diffusion: [[0.0; N]; N], slopes: [[0.0; N]; N] };
        let mut next = N;
        for i in 0..N {
            values.drift[i] = get(i);
            for j in i..N {
                values.diffusion[i][j] = get(next);
                values.diffusion[j][i] = values.diffusion[i][j];
                next += 1;
            }
        }
        for i in 0..N {
            for j in 0..N {
                values.slopes[i][j] = get(next);
                next += 1;
            }
        }
        values
    }

    fn values_at(&self, z: &[f64; N]) -> Values<N> {
        let mut out = [0.0; OUTPUTS];
        self.tape.point(&self.inputs(z), &mut out);
        Self::values(|k| out[k])
    }

    /// V' and s on every axis.
    fn stretch(&self, z: &[f64; N]) -> ([f64; N], [f64; N]) {
        let axis = |i: usize| self.chart.axis(i);
        (std::array::from_fn(|i| axis(i).derivative(z[i])), std::array::from_fn(|i| axis(i).log_jacobian_slope(z[i])))
    }

    fn in_chart(&self, z: &[f64; N], v: &Values<N>) -> Coefficients<N> {
        let (d, s) = self.stretch(z);
        let diffusion: [[f64; N]; N] =
            std::array::from_fn(|i| std::array::from_fn(|j| v.diffusion[i][j] / d[i] / d[j]));
        let drift = std::array::from_fn(|i| v.drift[i] / d[i] - 0.5 * s[i] * diffusion[i][i]);
        let div_diffusion = std::array::from_fn(|i| {
            let terms = (0..N).map(|j| v.slopes[i][j] / d[i] - s[j] * diffusion[i][j]);
            terms.sum::<f64>() - s[i] * diffusion[i][i]
        });
        Coefficients { drift, diffusion, div_diffusion }
    }

    fn force_in_chart(&self, z: &[f64; N], v: &Values<N>) -> Force<N> {
        let (d, s) = self.stretch(z);
        let scaled = Coefficients {
            drift: std::array::from_fn(|i| v.drift[i] / d[i]),
            diffusion: std::array::from_fn(|i| std::array::from_fn(|j| v.diffusion[i][j] / d[i] / d[j])),
            div_diffusion: std::array::from_fn(|i| v.slopes[i].iter().sum::<f64>() / d[i]),
        };
        let Force { mut value, mut magnitude } = force_of(&scaled);
        for i in 0..N {
            value[i] += s[i];
            magnitude[i] += s[i].abs();
        }
        Force { value, magnitude }
    }

    fn each(&self, points: usize, z: impl Fn(usize) -> [f64; N], mut take: impl FnMut(usize, Values<N>)) {
        let take = |k: usize, row: Row<'_>| take(k, Self::values(|i| row.get(i)));
        self.tape.each(points, |k| self.inputs(&z(k)), take);
    }
}

impl<const N: usize> Process<N> for SdeProcess<N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N> {
        self.in_chart(z, &self.values_at(z))
    }

    fn coefficients_at(&self, points: &[[f64; N]], out: &mut [Coefficients<N>]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, values| out[k] = self.in_chart(&points[k], &values));
    }

    fn force(&self, z: &[f64; N]) -> Force<N> {
        self.force_in_chart(z, &self.values_at(z))
    }

    fn forces(&self, start: &[f64; N], axis: usize, step: f64, out: &mut [f64]) {
        let at = |k: usize| {
            let mut z = *start;
            z[axis] += k as f64 * step;
            z
        };
        self.each(out.len(), at, |k, values| out[k] = self.force_in_chart(&at(k), &values).value[axis]);
    }

    fn forces_at(&self, points: &[[f64; N]], out: &mut [[f64; N]]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, values| out[k] = self.force_in_chart(&points[k], &values).value);
    }
}
