//! The equation of SGD on a loss: b = -E g - 2 gamma theta, B = T Cov g + 2 eps, with g the gradient of one sample.

use super::Loss;
use super::averages::Averages;
use super::local::Local;
use crate::model::in_chart;
use crate::process::{Chart, Coefficients, Force, Process, force_of};
use std::sync::Arc;

/// Relative error of the noise from which on nothing is known of the force.
const LOST: f64 = 0.5;

/// SGD in the chart of its parameters.
#[derive(Debug)]
pub(super) struct LossProcess<const N: usize> {
    chart: Chart<N>,
    averages: Arc<Averages>,
    temperature: f64,
    decay: f64,
    noise: f64,
}

impl<const N: usize> LossProcess<N> {
    pub(super) fn new(loss: &Loss, chart: Chart<N>) -> Self {
        let setup = loss.setup();
        Self {
            chart,
            averages: loss.averages.clone(),
            temperature: setup.temperature,
            decay: setup.weight_decay,
            noise: setup.isotropic_noise,
        }
    }

    fn physical(&self, z: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| self.chart.axis(i).to_physical(z[i]))
    }

    /// Coefficients of the parameters themselves.
    fn of(&self, theta: &[f64; N], local: &Local<N>) -> Coefficients<N> {
        let t = self.temperature;
        Coefficients {
            drift: std::array::from_fn(|i| -local.mean[i] - 2.0 * self.decay * theta[i]),
            diffusion: std::array::from_fn(|i| {
                std::array::from_fn(|j| t * local.covariance[i][j] + if i == j { 2.0 * self.noise } else { 0.0 })
            }),
            div_diffusion: std::array::from_fn(|i| t * local.slope[i]),
        }
    }

    /// How far the force at a place may be off because averages are taken by a rule \[1 / parameter\], and the relative
    /// error of the noise there, which is a share of the mean square.
    pub(super) fn force_error(&self, theta: &[f64; N]) -> ([f64; N], f64) {
        let local = self.averages.at(theta);
        let here = self.of(theta, &local);
        let size = |i: usize| local.mean[i].hypot(local.covariance[i][i].max(0.0).sqrt());
        let terms = Coefficients {
            drift: std::array::from_fn(size),
            div_diffusion: local.slope_size.map(|size| self.temperature * size),
            ..here
        };
        let share = |i: usize| self.temperature * size(i).powi(2) / here.diffusion[i][i];
        let square = (0..N).map(share).fold(1.0, f64::max);
        (force_of(&terms).magnitude.map(|size| size * square * local.error), square * local.error)
    }

    fn each(
        &self,
        points: usize,
        z: impl Fn(usize) -> [f64; N],
        mut take: impl FnMut(usize, [f64; N], Coefficients<N>),
    ) {
        let theta: Vec<[f64; N]> = (0..points).map(|k| self.physical(&z(k))).collect();
        self.averages.each(&theta, |k, local| take(k, z(k), self.of(&theta[k], local)));
    }
}

impl<const N: usize> Process<N> for LossProcess<N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N> {
        let theta = self.physical(z);
        in_chart::coefficients(&self.chart, z, &self.of(&theta, &self.averages.at(&theta)))
    }

    fn coefficients_at(&self, points: &[[f64; N]], out: &mut [Coefficients<N>]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, z, c| out[k] = in_chart::coefficients(&self.chart, &z, &c));
    }

    fn force(&self, z: &[f64; N]) -> Force<N> {
        let theta = self.physical(z);
        in_chart::force(&self.chart, z, &self.of(&theta, &self.averages.at(&theta)))
    }

    /// What the rule for the averages leaves open; all where the noise is lost in the rounding of its mean.
    fn inherited_error(&self, z: &[f64; N]) -> [f64; N] {
        let (error, noise) = self.force_error(&self.physical(z));
        let scale = |i: usize| if noise < LOST { self.chart.axis(i).derivative(z[i]).abs() } else { f64::INFINITY };
        std::array::from_fn(|i| error[i] * scale(i))
    }

    fn forces(&self, start: &[f64; N], axis: usize, step: f64, out: &mut [f64]) {
        let at = |k: usize| {
            let mut z = *start;
            z[axis] += k as f64 * step;
            z
        };
        self.each(out.len(), at, |k, z, c| out[k] = in_chart::force(&self.chart, &z, &c).value[axis]);
    }

    fn forces_at(&self, points: &[[f64; N]], out: &mut [[f64; N]]) {
        let count = points.len().min(out.len());
        self.each(count, |k| points[k], |k, z, c| out[k] = in_chart::force(&self.chart, &z, &c).value);
    }
}
