//! Steps near a face at which the noise vanishes as the square root of the distance.
//!
//! There the distance x follows dx = (b + k x) dt + sqrt(beta x) dW, b being the drift on the face, with
//! beta = B/x and k nearly constant over a step. Without k it is the square of a Bessel process of dimension
//! nu = 4b/beta: exactly, x(dt) = (beta dt/4) chi^2 with nu + 2N degrees of freedom, N Poisson with mean
//! 2x / (beta dt) (Glasserman, Monte Carlo Methods in Financial Engineering, 3.4). A step by e^(k dt) follows.
//! Euler's method is off by far more than its step here, the more the smaller nu.

use rand_distr::{Distribution, Gamma, Poisson};

/// Mean of N beyond which a normal step stays off the face (by 4.5 standard deviations).
const NEAR: f64 = 40.0;
/// Below this shape a gamma distribution is all but a point at 0.
const SMALLEST: f64 = 1e-12;

/// A step that begins near a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Approach {
    /// Mean of N.
    mean: f64,
    /// nu / 2, from the drift on the face away from it; none towards it.
    shape: f64,
    /// beta dt / 2
    scale: f64,
    /// e^(k dt)
    growth: f64,
}

impl Approach {
    /// At distance `gap`, with `drift` away from the face, drift `on_face` on it, and variance rate `noise`; `None`
    /// where the face is too far to matter.
    pub(super) fn of(gap: f64, drift: f64, on_face: impl FnOnce() -> f64, noise: f64, dt: f64) -> Option<Self> {
        let beta = noise / gap;
        let mean = 2.0 * gap / (beta * dt);
        if !(mean < NEAR && beta.is_finite() && drift.is_finite()) {
            return None;
        }
        let on_face = on_face();
        // Far below a step's own scale k is lost in rounding, and plays no part.
        let slope = (drift - on_face) / gap;
        let growth = if slope.abs() * dt < 0.5 { (slope * dt).exp() } else { 1.0 };
        on_face.is_finite().then(|| Self {
            mean,
            shape: (2.0 * on_face / beta).max(0.0),
            scale: 0.5 * beta * dt,
            growth,
        })
    }

    /// The distance after the step.
    pub(super) fn draw(&self, bits: &mut impl rand::Rng) -> f64 {
        let hits = Poisson::new(self.mean).map_or(0.0, |poisson| poisson.sample(bits));
        let shape = self.shape + hits;
        if shape < SMALLEST {
            return 0.0;
        }
        self.growth * Gamma::new(shape, self.scale).map_or(0.0, |gamma| gamma.sample(bits))
    }

    /// What the noise of a step is divided by to be of unit variance, also on the face itself.
    pub(super) fn deviation(&self) -> f64 {
        self.scale * (2.0 * self.mean + self.shape).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sgd::random::Streams;

    #[test]
    fn distances_have_the_moments_of_a_squared_bessel_process() {
        let mut streams = Streams::new(11, 0);
        for (gap, drift, noise, dt) in [(1e-3, 0.1, 2e-3, 0.01), (1e-9, 0.02, 1e-9, 0.1), (0.02, 0.5, 0.02, 0.05)] {
            let approach = Approach::of(gap, drift, || drift, noise, dt).expect("near");
            let n = 400_000;
            let draws: Vec<f64> = (0..n).map(|_| approach.draw(&mut streams.lane(0))).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
            let beta = noise / gap;
            let exact = 0.5 * beta * drift * dt * dt + noise * dt;
            assert!((mean - gap - drift * dt).abs() < 4.5 * (exact / f64::from(n)).sqrt(), "mean {mean}");
            assert!((variance / exact - 1.0).abs() < 0.05, "variance {variance}, exactly {exact}");
            assert!((approach.deviation().powi(2) / exact - 1.0).abs() < 1e-9);
        }
        assert_eq!(Approach::of(1.0, 0.1, || 0.1, 1.0, 1e-3), None);
        // Without drift the face keeps what reaches it.
        let stuck = Approach::of(1e-12, 0.0, || 0.0, 1e-12, 1.0).expect("near");
        assert_eq!(stuck.draw(&mut streams.lane(0)), 0.0);
    }
}
