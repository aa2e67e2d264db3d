//! Coordinates in which a law that is strongly correlated, or turned by a strong current, is round and its noise
//! diagonal.

use crate::process::Process;
use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};

/// Condition number of the correlation matrix from which on turned coordinates pay.
const CORRELATED: f64 = 5.0;

/// Strength of the current, relative to the noise that dissolves it, from which on they pay.
const TURNING: f64 = 0.3;

/// By how much the drift a width away may exceed what its slope says: where the slope is all but singular, the width is none of the law.
const UNEVEN: f64 = 30.0;

/// Centre and R with R R^T the covariance that the law would have if the drift were linear and the noise constant
/// around the stable point near `start`, and R^-1 B R^-T diagonal there; `None` where there is no such point, where
/// the law is hardly correlated and the current weak, where the drift a width away is another, or where the coordinates are not the
/// model's own.
pub(super) fn whitening<const N: usize>(
    process: &dyn Process<N>,
    start: &[f64; N],
) -> Option<([f64; N], [[f64; N]; N])> {
    // Moments of the chart are those of the model's own variables only where both are the same.
    let probe: [f64; N] = std::array::from_fn(|i| start[i] + 0.37);
    if N < 2 || !(0..N).all(|i| process.chart().axis(i).is_line()) || process.to_physical(&probe) != probe {
        return None;
    }
    let centre = zero_of_drift(process, *start)?;
    let here = process.coefficients(&centre);
    let slope = jacobian(process, &centre);
    let covariance = lyapunov(&slope, &here.diffusion)?;
    let dense = |m: &[[f64; N]; N]| Mat::from_fn(N, N, |i, j| m[i][j]);
    let factor = dense(&covariance).llt(Side::Lower).ok()?.L().to_owned();
    let inverse = factor.full_piv_lu().inverse();
    let noise = &inverse * dense(&here.diffusion) * inverse.transpose();
    let turn = noise.self_adjoint_eigen(Side::Lower).ok()?;
    let round = &factor * turn.U();
    let back = round.full_piv_lu().inverse();
    if !even(process, &centre, &slope, &round, &back) {
        return None;
    }
    let strong = correlation(&covariance) > CORRELATED || {
        let drift = &back * dense(&slope) * &round;
        let noise = turn.S();
        let current = |i: usize, j: usize| {
            let antisymmetric = 0.5 * (drift[(i, j)] - drift[(j, i)]).abs();
            antisymmetric / (0.5 * (noise[i] * noise[j]).sqrt())
        };
        (0..N).any(|i| (0..i).any(|j| current(i, j) > TURNING))
    };
    strong.then(|| (centre, std::array::from_fn(|i| std::array::from_fn(|j| round[(i, j)]))))
}

/// Whether the drift a width away, along the columns of `round`, is about what its slope says, in widths.
fn even<const N: usize>(
    process: &dyn Process<N>,
    centre: &[f64; N],
    slope: &[[f64; N]; N],
    round: &Mat<f64>,
    back: &Mat<f64>,
) -> bool {
    let widths = |v: [f64; N]| (back * Mat::from_fn(N, 1, |i, _| v[i])).norm_l2();
    (0..N).all(|k| {
        let linear = widths(std::array::from_fn(|i| (0..N).map(|j| slope[i][j] * round[(j, k)]).sum()));
        [1.0, -1.0].iter().all(|side| {
            let away = std::array::from_fn(|i| centre[i] + side * round[(i, k)]);
            widths(process.coefficients(&away).drift) <= UNEVEN * linear
        })
    })
}

/// Standard deviations that the law would have if the drift were linear and the noise constant around `at`; `None` where
/// such a law would not be stable.
pub(super) fn linear_widths<const N: usize>(process: &dyn Process<N>, at: &[f64; N]) -> Option<[f64; N]> {
    let covariance = lyapunov(&jacobian(process, at), &process.coefficients(at).diffusion)?;
    let widths: [f64; N] = std::array::from_fn(|i| covariance[i][i].sqrt());
    widths.iter().all(|w| w.is_finite() && *w > 0.0).then_some(widths)
}

/// Condition number of the correlation matrix.
fn correlation<const N: usize>(covariance: &[[f64; N]; N]) -> f64 {
    let sd: [f64; N] = std::array::from_fn(|i| covariance[i][i].sqrt());
    let correlations = Mat::from_fn(N, N, |i, j| covariance[i][j] / (sd[i] * sd[j]));
    let Ok(values) = correlations.self_adjoint_eigenvalues(Side::Lower) else { return f64::INFINITY };
    values[N - 1] / values[0].max(0.0)
}

/// d b_i / d z_j by central differences.
fn jacobian<const N: usize>(process: &dyn Process<N>, at: &[f64; N]) -> [[f64; N]; N] {
    let mut jacobian = [[0.0; N]; N];
    for j in 0..N {
        let h = 1e-5 * at[j].abs().max(1e-2);
        let drift = |sign: f64| {
            let mut z = *at;
            z[j] += sign * h;
            process.coefficients(&z).drift
        };
        let (up, down) = (drift(1.0), drift(-1.0));
        for i in 0..N {
            jacobian[i][j] = (up[i] - down[i]) / (2.0 * h);
        }
    }
    jacobian
}

/// Newton's method for a zero of the drift.
pub(super) fn zero_of_drift<const N: usize>(process: &dyn Process<N>, start: [f64; N]) -> Option<[f64; N]> {
    let mut z = start;
    for _ in 0..40 {
        let step = solve(&mut rows(&jacobian(process, &z)), process.coefficients(&z).drift.to_vec())?;
        for i in 0..N {
            z[i] -= step[i];
        }
        let size = z.iter().map(|x| x.abs()).fold(1e-6, f64::max);
        if !z.iter().all(|x| x.is_finite()) {
            return None;
        }
        if step.iter().all(|s| s.abs() < 1e-7 * size) {
            return Some(z);
        }
    }
    None
}

fn rows<const N: usize>(matrix: &[[f64; N]; N]) -> Vec<Vec<f64>> {
    matrix.iter().map(|row| row.to_vec()).collect()
}

/// C with J C + C J^T + B = 0, if it is positive definite (which it is for stable J only).
fn lyapunov<const N: usize>(jacobian: &[[f64; N]; N], diffusion: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut matrix = vec![vec![0.0; N * N]; N * N];
    let mut right = vec![0.0; N * N];
    for i in 0..N {
        for j in 0..N {
            right[i * N + j] = -diffusion[i][j];
            for k in 0..N {
                matrix[i * N + j][k * N + j] += jacobian[i][k];
                matrix[i * N + j][i * N + k] += jacobian[j][k];
            }
        }
    }
    let c = solve(&mut matrix, right)?;
    Some(std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (c[i * N + j] + c[j * N + i]))))
}

/// Gauss elimination with row pivots, for a handful of unknowns.
fn solve(matrix: &mut [Vec<f64>], mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| matrix[a][k].abs().total_cmp(&matrix[b][k].abs()))?;
        if !(matrix[pivot][k].abs() > 0.0 && matrix[pivot][k].is_finite()) {
            return None;
        }
        matrix.swap(k, pivot);
        right.swap(k, pivot);
        for i in k + 1..n {
            let factor = matrix[i][k] / matrix[k][k];
            for j in k..n {
                matrix[i][j] -= factor * matrix[k][j];
            }
            right[i] -= factor * right[k];
        }
    }
    for i in (0..n).rev() {
        right[i] = (right[i] - (i + 1..n).map(|j| matrix[i][j] * right[j]).sum::<f64>()) / matrix[i][i];
    }
    right.iter().all(|x| x.is_finite()).then_some(right)
}
