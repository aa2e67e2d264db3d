//! The force of given coefficients, for processes without a better form.

use super::{Coefficients, Force};

/// a = B^-1 (2 b - div B) by B = L diag(d) L^T, which is as accurate as B with its diagonal scaled to one; not a
/// number where B is not positive definite.
// Inlined, so that callers that want the value alone do not pay for its magnitude.
#[inline]
pub fn force_of<const N: usize>(c: &Coefficients<N>) -> Force<N> {
    let factor = Factor::of(&c.diffusion);
    let value = factor.solve(std::array::from_fn(|i| 2.0 * c.drift[i] - c.div_diffusion[i]));
    let magnitude = factor.solve(std::array::from_fn(|i| 2.0 * c.drift[i].abs() + c.div_diffusion[i].abs()));
    Force { value, magnitude: std::array::from_fn(|i| magnitude[i].abs().max(value[i].abs())) }
}

/// L with unit diagonal, and 1 / d.
struct Factor<const N: usize> {
    lower: [[f64; N]; N],
    inverse: [f64; N],
}

impl<const N: usize> Factor<N> {
    #[inline]
    fn of(b: &[[f64; N]; N]) -> Self {
        let (mut lower, mut inverse) = ([[0.0; N]; N], [0.0; N]);
        for i in 0..N {
            let mut pivot = b[i][i];
            // Row i of L diag(d), then of L.
            for j in 0..i {
                lower[i][j] = (0..j).fold(b[i][j], |sum, k| sum - lower[i][k] * lower[j][k]);
            }
            for j in 0..i {
                let scaled = lower[i][j] * inverse[j];
                pivot -= scaled * lower[i][j];
                lower[i][j] = scaled;
            }
            inverse[i] = if pivot > 0.0 { 1.0 / pivot } else { f64::NAN };
        }
        Self { lower, inverse }
    }

    #[inline]
    fn solve(&self, right: [f64; N]) -> [f64; N] {
        let mut x = right;
        for i in 0..N {
            x[i] = (0..i).fold(x[i], |sum, k| sum - self.lower[i][k] * x[k]);
        }
        for i in (0..N).rev() {
            x[i] = (i + 1..N).fold(x[i] * self.inverse[i], |sum, k| sum - self.lower[k][i] * x[k]);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_force_solves_its_equation_in_any_units() {
        // B = S C S with a correlation matrix C and scales S over 200 decades; a in units of 1 / S.
        let correlation = [[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]];
        let (scale, wanted) = ([1e-80, 1.0, 1e70], [0.7, -1.3, 2.1]);
        let diffusion: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| scale[i] * correlation[i][j] * scale[j]));
        let product = |i: usize| scale[i] * (0..3).map(|j| correlation[i][j] * wanted[j]).sum::<f64>();
        let c = Coefficients {
            drift: std::array::from_fn(|i| 0.75 * product(i)),
            diffusion,
            div_diffusion: std::array::from_fn(|i| 0.5 * product(i)),
        };
        let force = force_of(&c);
        for i in 0..3 {
            assert!((force.value[i] * scale[i] - wanted[i]).abs() < 1e-14, "{force:?}");
            assert!(force.magnitude[i] >= force.value[i].abs());
        }
        let indefinite = Coefficients { diffusion: [[1.0, 2.0], [2.0, 1.0]], drift: [1.0; 2], div_diffusion: [0.0; 2] };
        assert!(force_of(&indefinite).value.iter().any(|a| a.is_nan()));
    }
}
