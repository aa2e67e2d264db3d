//! The equation of several features in z_i = ln |v_i|.
//!
//! With n = D + 1 and q_i = c_i r_i^(D-1):
//!
//! b_i = n [ -2 q_i (A v - b)_i - 2 T K_ii q_i^2 - 2 gamma ],  B_ij = 4 T n^2 q_i q_j K_ij.
//!
//! The force is solved with K, not with B, whose entries can be huge in one feature and tiny in another:
//! a_i = -(D-1)/(D+1) + (K^-1 w)_i / q_i with
//! w_i = -[ (A v - b)_i + gamma / q_i ] / (n T) - D/n q_i K_ii - sum_j q_j v_j dK_ij/dv_j.

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

use super::Features;
use crate::process::{Chart, Coefficients, Coordinate, Force, Process};

/// Beyond this |v| everything is divided by it.
const FAR_OUT: f64 = 1e60;

/// The process of N features.
#[derive(Debug, Clone)]
pub struct FeatureProcess<const N: usize> {
    chart: Chart<N>,
    sign: [f64; N],
    layers: f64,
    temperature: f64,
    decay: f64,
    /// (D-1)/(D+1) and ln d.
    shape: f64,
    log_width: f64,
    second: [[f64; N]; N],
    centre: [f64; N],
    remainder: [f64; N],
    quartic: [[[[f64; N]; N]; N]; N],
    cubic: [[[f64; N]; N]; N],
    constant: [[f64; N]; N],
}

/// What all coefficients are made of; in units in which v is multiplied by `unit`.
struct Local<const N: usize> {
    unit: f64,
    /// q_i = c_i r_i^(D-1)
    q: [f64; N],
    /// A v - b, times `unit`, and the size of its terms.
    pull: [f64; N],
    pull_size: [f64; N],
    /// K, times `unit`^2.
    noise: [[f64; N]; N],
    /// sum_j q_j v_j dK_ij/dv_j, times `unit`^2, and the size of its terms.
    slope: [f64; N],
    slope_size: [f64; N],
}

impl<const N: usize> FeatureProcess<N> {
    /// The process of a model with N features.
    pub(super) fn new(model: &Features) -> Self {
        let m = &model.moments;
        let all = std::array::from_fn::<usize, N, _>(|i| i);
        Self {
            chart: Chart::new(all.map(|i| Coordinate::Exponential { origin: 0.0, sign: model.signs[i], scale: 1.0 })),
            sign: all.map(|i| model.signs[i]),
            layers: f64::from(model.depth) + 1.0,
            temperature: model.temperature,
            decay: model.weight_decay,
            shape: model.shape(),
            log_width: f64::from(model.width).ln(),
            second: all.map(|i| all.map(|j| m.second[i][j])),
            centre: all.map(|i| m.centre[i]),
            remainder: all.map(|i| m.remainder[i]),
            quartic: all.map(|i| all.map(|j| all.map(|k| all.map(|l| m.quartic[i][j][k][l])))),
            cubic: all.map(|i| all.map(|j| all.map(|k| m.cubic[i][j][k]))),
            constant: all.map(|i| all.map(|j| m.constant[i][j])),
        }
    }

    #[inline(always)]
    fn local(&self, z: &[f64; N]) -> Local<N> {
        let size: [f64; N] = std::array::from_fn(|i| z[i].exp());
        let largest = size.iter().copied().fold(0.0, f64::max);
        let unit = if largest > FAR_OUT { 1.0 / largest } else { 1.0 };
        let v: [f64; N] = std::array::from_fn(|i| self.sign[i] * size[i] * unit);
        let q = std::array::from_fn(|i| {
            self.sign[i] * if self.shape == 0.0 { 1.0 } else { (self.shape * (z[i] - self.log_width)).exp() }
        });
        let offset: [f64; N] = std::array::from_fn(|i| v[i] - self.centre[i] * unit);
        let mut at = Local {
            unit,
            q,
            pull: self.remainder.map(|r| -r * unit),
            pull_size: self.remainder.map(|r| r.abs() * unit),
            noise: [[0.0; N]; N],
            slope: [0.0; N],
            slope_size: [0.0; N],
        };
        for i in 0..N {
            for j in 0..N {
                at.pull[i] += self.second[i][j] * offset[j];
                at.pull_size[i] += self.second[i][j].abs() * (v[j].abs() + self.centre[j].abs() * unit);
                self.add_noise(&mut at, i, j, &v, &offset);
            }
        }
        at
    }

    /// K_ij for i <= j, its mirror image, and the part of `slope` that it contributes.
    #[inline(always)]
    fn add_noise(&self, at: &mut Local<N>, i: usize, j: usize, v: &[f64; N], offset: &[f64; N]) {
        let unit = at.unit;
        let half_gradient: [f64; N] =
            std::array::from_fn(|k| (0..N).map(|l| self.quartic[i][j][k][l] * offset[l]).sum());
        if i <= j {
            let mut value = self.constant[i][j] * (unit * unit);
            for k in 0..N {
                value += (half_gradient[k] - self.cubic[i][j][k] * unit) * offset[k];
            }
            at.noise[i][j] = value;
            at.noise[j][i] = value;
        }
        let weight = at.q[j] * v[j];
        let change = 2.0 * half_gradient[j] - self.cubic[i][j][j] * unit;
        at.slope[i] += weight * change;
        let terms: f64 =
            (0..N).map(|l| (self.quartic[i][j][j][l] * (v[l].abs() + self.centre[l].abs() * unit)).abs()).sum();
        at.slope_size[i] += weight.abs() * (2.0 * terms + self.cubic[i][j][j].abs() * unit);
    }
}

/// The factor L of a positive definite matrix scaled to unit diagonal, inverted: lower triangular.
#[inline(always)]
fn inverse_factor<const N: usize>(matrix: &[[f64; N]; N], scale: &[f64; N]) -> [[f64; N]; N] {
    let mut l = [[0.0; N]; N];
    let mut inverse = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let mut rest = if i == j { 1.0 } else { matrix[i][j] / (scale[i] * scale[j]) };
            for k in 0..j {
                rest -= l[i][k] * l[j][k];
            }
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
        }
        for j in 0..=i {
            let mut sum = if i == j { 1.0 } else { 0.0 };
            for k in j..i {
                sum -= l[i][k] * inverse[k][j];
            }
            inverse[i][j] = sum / l[i][i];
        }
    }
    inverse
}

impl<const N: usize> Process<N> for FeatureProcess<N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N> {
        let Local { unit, q, pull, noise, slope, .. } = self.local(z);
        let (n, t) = (self.layers, self.temperature);
        // Far out K and A v - b come divided by a power of |v| that is multiplied in again.
        let (once, twice) = (1.0 / unit, 1.0 / (unit * unit));
        let heat = 4.0 * t * n * n * twice;
        let mut out = Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] };
        for i in 0..N {
            out.drift[i] = -2.0 * n * (q[i] * pull[i] * once + t * (noise[i][i] * q[i]) * (q[i] * twice) + self.decay);
            let mut along = slope[i] + self.shape * q[i] * noise[i][i];
            for j in 0..N {
                out.diffusion[i][j] = heat * (q[i] * noise[i][j] * q[j]);
                along += self.shape * q[j] * noise[i][j];
            }
            out.div_diffusion[i] = heat * (q[i] * along);
        }
        out
    }

    fn force(&self, z: &[f64; N]) -> Force<N> {
        let Local { unit, q, pull, pull_size, noise, slope, slope_size } = self.local(z);
        let (n, heat) = (self.layers, self.layers * self.temperature);
        let scale: [f64; N] = std::array::from_fn(|i| noise[i][i].sqrt());
        let inverse = inverse_factor(&noise, &scale);
        let depth_share = (n - 1.0) / n;
        let mut along = [0.0; N];
        let mut along_size = [0.0; N];
        for i in 0..N {
            let decay = self.decay / q[i] * unit;
            let spread = depth_share * q[i] * noise[i][i];
            let w = -(pull[i] + decay) * (unit / heat) - spread - slope[i];
            let size = (pull_size[i] + decay.abs()) * (unit / heat) + spread.abs() + slope_size[i];
            for j in i..N {
                along[j] += inverse[j][i] * w / scale[i];
                along_size[j] += inverse[j][i].abs() * size / scale[i];
            }
        }
        let mut force = Force { value: [-self.shape; N], magnitude: [self.shape; N] };
        for i in 0..N {
            let (mut value, mut size) = (0.0, 0.0);
            for j in i..N {
                value += inverse[j][i] * along[j];
                size += inverse[j][i].abs() * along_size[j];
            }
            force.value[i] += value / scale[i] / q[i];
            force.magnitude[i] += size / scale[i] / q[i].abs();
        }
        force
    }
}
