//! The force of given coefficients, for processes without a better form.

use super::{Coefficients, Force};

/// a = B^-1 (2 b - div B) by Cholesky's factors of B, scaled to unit diagonal; not a number where B is not
/// positive definite.
pub fn force_of<const N: usize>(c: &Coefficients<N>) -> Force<N> {
    let scale: [f64; N] = std::array::from_fn(|i| c.diffusion[i][i].sqrt());
    let mut l = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let b = c.diffusion[i][j] / (scale[i] * scale[j]) - known;
            l[i][j] = if i == j { b.sqrt() } else { b / l[j][j] };
        }
    }
    let solve = |right: [f64; N]| {
        let mut x = right;
        for i in 0..N {
            x[i] = (x[i] - (0..i).map(|k| l[i][k] * x[k]).sum::<f64>()) / l[i][i];
        }
        for i in (0..N).rev() {
            x[i] = (x[i] - (i + 1..N).map(|k| l[k][i] * x[k]).sum::<f64>()) / l[i][i];
        }
        std::array::from_fn(|i| x[i] / scale[i])
    };
    let value: [f64; N] = solve(std::array::from_fn(|i| (2.0 * c.drift[i] - c.div_diffusion[i]) / scale[i]));
    let magnitude = solve(std::array::from_fn(|i| (2.0 * c.drift[i].abs() + c.div_diffusion[i].abs()) / scale[i]));
    Force { value, magnitude: std::array::from_fn(|i| magnitude[i].abs().max(value[i].abs())) }
}
