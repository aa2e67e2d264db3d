//! Coefficients of physical variables in a chart that is a product of axes, by Ito's rule.
//!
//! With v = V(z) axis by axis and s = V''/V': b_z = b/V' - s B_ii / (2 V'^2), B_z = B_ij / (V'_i V'_j),
//! (div B_z)_i = ((div B)_i / V'_i) - sum_j s_j B_z,ij - s_i B_z,ii, and the force is a_z = V' a_v + s. The last form
//! cancels nothing.

use crate::process::{Chart, Coefficients, Force, force_of};

/// b, B and div B at chart coordinates `z` from those of the variables.
pub(super) fn coefficients<const N: usize>(chart: &Chart<N>, z: &[f64; N], c: &Coefficients<N>) -> Coefficients<N> {
    let (d, s) = stretch(chart, z);
    let diffusion: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| c.diffusion[i][j] / d[i] / d[j]));
    let drift = std::array::from_fn(|i| c.drift[i] / d[i] - 0.5 * s[i] * diffusion[i][i]);
    let div_diffusion = std::array::from_fn(|i| {
        let bends: f64 = (0..N).map(|j| s[j] * diffusion[i][j]).sum();
        c.div_diffusion[i] / d[i] - bends - s[i] * diffusion[i][i]
    });
    Coefficients { drift, diffusion, div_diffusion }
}

/// The force at `z` from the coefficients of the variables.
pub(super) fn force<const N: usize>(chart: &Chart<N>, z: &[f64; N], c: &Coefficients<N>) -> Force<N> {
    let (d, s) = stretch(chart, z);
    let scaled = Coefficients {
        drift: std::array::from_fn(|i| c.drift[i] / d[i]),
        diffusion: std::array::from_fn(|i| std::array::from_fn(|j| c.diffusion[i][j] / d[i] / d[j])),
        div_diffusion: std::array::from_fn(|i| c.div_diffusion[i] / d[i]),
    };
    let Force { mut value, mut magnitude } = force_of(&scaled);
    for i in 0..N {
        value[i] += s[i];
        magnitude[i] += s[i].abs();
    }
    Force { value, magnitude }
}

/// V' and s on every axis.
fn stretch<const N: usize>(chart: &Chart<N>, z: &[f64; N]) -> ([f64; N], [f64; N]) {
    let axis = |i: usize| chart.axis(i);
    (std::array::from_fn(|i| axis(i).derivative(z[i])), std::array::from_fn(|i| axis(i).log_jacobian_slope(z[i])))
}
