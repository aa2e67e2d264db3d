//! Coordinates in which a strongly correlated law is round.

use crate::process::{Coordinate, Process};

/// Condition number of the correlation matrix from which on turning the coordinates pays.
const CORRELATED: f64 = 5.0;

/// Centre and lower triangular R with R R^T the covariance that the law would have if the drift were linear and
/// the noise constant around the stable point near `start`; `None` where there is no such point, where the law is
/// hardly correlated, or where the coordinates are not the model's own.
pub(super) fn whitening<const N: usize>(
    process: &dyn Process<N>,
    start: &[f64; N],
) -> Option<([f64; N], [[f64; N]; N])> {
    let plain = |i: usize| {
        matches!(process.chart().axis(i), Coordinate::Identity { lower, upper }
            if *lower == f64::NEG_INFINITY && *upper == f64::INFINITY)
    };
    // Moments of the chart are those of the model's own variables only where both are the same.
    let probe: [f64; N] = std::array::from_fn(|i| start[i] + 0.37);
    if N < 2 || !(0..N).all(plain) || process.to_physical(&probe) != probe {
        return None;
    }
    let centre = stable_point(process, *start)?;
    let here = process.coefficients(&centre);
    let covariance = lyapunov(&jacobian(process, &centre), &here.diffusion)?;
    let factor = cholesky(&covariance)?;
    let sd: [f64; N] = std::array::from_fn(|i| covariance[i][i].sqrt());
    // The smallest pivot of the correlation matrix bounds its condition from below.
    let pivot = (0..N).map(|i| (factor[i][i] / sd[i]).powi(2)).fold(1.0, f64::min);
    let strongest = (0..N).flat_map(|i| (0..i).map(move |j| (i, j)));
    let strongest = strongest.map(|(i, j)| (covariance[i][j] / (sd[i] * sd[j])).abs()).fold(0.0, f64::max);
    ((1.0 + strongest) / pivot.min(1.0 - strongest) > CORRELATED).then_some((centre, factor))
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
fn stable_point<const N: usize>(process: &dyn Process<N>, start: [f64; N]) -> Option<[f64; N]> {
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

/// L with L L^T the matrix, if it is positive definite.
fn cholesky<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut l = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let rest = matrix[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
        }
        if !(l[i][i] > 0.0 && l[i][i].is_finite()) {
            return None;
        }
    }
    Some(l)
}
