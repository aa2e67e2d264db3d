//! The step of a Bessel process near its origin: |v| = infinity of the gradient flow.
//!
//! dx = kappa/x dt + sigma dW with nu = 2 kappa / sigma^2 has dimension 1 + nu, and exactly
//! x(dt)^2 = (x + sigma dW)^2 + sigma^2 dt chi^2_nu: the sum of a square of one normal with a mean and of an
//! independent chi-square.

use crate::model::Diagonal;
use statrs::function::gamma::digamma;

/// Beyond this many standard deviations of a step the chi-square acts through its mean alone.
const NEAR: f64 = 2.0;
/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Draws chi^2_nu / nu approximately, for real nu.
///
/// P(chi^2 <= y) is replaced by (1 - e^(-y/s))^(nu/2), which has the exact exponent at 0 and, through s, the
/// exact mean; its constant at 0 is exact within 2 % for nu from 1 to 2 (and all of it is exact for nu = 2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Boundary {
    /// x below which a step starts near the boundary; 0 without noise there.
    reach: f64,
    /// 2 / nu
    power: f64,
    /// s / nu = 1 / (digamma(nu/2 + 1) + Euler's constant)
    scale: f64,
}

impl Boundary {
    /// For the coordinate of the gradient flow: nu = (1 + 1/(2D)) (1 + \[modified loss\] beta1^2 / alpha1).
    pub(super) fn new(model: &Diagonal, dt: f64) -> Self {
        let m = &model.moments;
        if model.depth == 0 || m.alpha1() == 0.0 {
            return Self { reach: f64::NEG_INFINITY, power: 1.0, scale: 1.0 };
        }
        let variance = 16.0 * f64::from(model.depth).powi(2) * model.temperature * m.alpha1() * dt;
        let reach = NEAR * f64::from(model.width) * variance.sqrt();
        let extra = if model.modified_loss { m.beta1() * m.beta1() / m.alpha1() } else { 0.0 };
        Self::of(reach, (1.0 + 0.5 / f64::from(model.depth)) * (1.0 + extra))
    }

    fn of(reach: f64, nu: f64) -> Self {
        Self { reach, power: 2.0 / nu, scale: 1.0 / (digamma(0.5 * nu + 1.0) + EULER) }
    }

    /// Whether a step of the drift from `state` starts near the boundary (or beyond it).
    #[inline(always)]
    pub(super) fn near(&self, state: f64) -> bool {
        state < self.reach
    }

    /// chi^2_nu / nu from 64 random bits.
    pub(super) fn draw(&self, bits: u64) -> f64 {
        let uniform = ((bits >> 11) as f64 + 0.5) * 2f64.powi(-53);
        -self.scale * (-uniform.powf(self.power)).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec_math::Gamma;

    #[test]
    fn draws_have_the_mean_of_a_chi_square_and_its_law_near_zero() {
        for nu in [1.05, 1.25, 1.5, 2.0] {
            let boundary = Boundary::of(1.0, nu);
            let n = 100_000_u64;
            // Stratified: the bits run through all probabilities evenly.
            let draws: Vec<f64> = (0..n).map(|i| nu * boundary.draw((2 * i + 1) * (u64::MAX / (2 * n)))).collect();
            let mean = draws.iter().sum::<f64>() / n as f64;
            assert!((mean / nu - 1.0).abs() < 1e-3, "nu {nu}: mean {mean}");
            let y = 0.01;
            let share = draws.iter().filter(|&&draw| draw < y).count() as f64 / n as f64;
            // The first term of the series of the chi-square distribution.
            let exact = (0.5 * y).powf(0.5 * nu) / Gamma::gamma(&(0.5 * nu + 1.0));
            assert!((share / exact - 1.0).abs() < 0.03, "nu {nu}: P(< {y}) = {share}, chi-square {exact}");
        }
    }
}
