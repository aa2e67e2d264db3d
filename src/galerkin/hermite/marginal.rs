//! The law of a linear function of the coordinates.

use super::basis::hermite;
use crate::numeric::{Bracket, bracketed_root};
use spec_math::Erf;
use std::f64::consts::{PI, SQRT_2};

/// The law of x = centre + scale u, u a standard normal variable times a polynomial in its density.
#[derive(Debug, Clone)]
pub struct Marginal {
    centre: f64,
    scale: f64,
    /// E\[he_k(u)\]
    coefficients: Vec<f64>,
}

/// Standard deviations within which quantiles are looked for.
const FAR: f64 = 40.0;

impl Marginal {
    pub(super) fn new(centre: f64, scale: f64, coefficients: Vec<f64>) -> Self {
        Self { centre, scale, coefficients }
    }

    /// Mean and standard deviation of the normal law that the expansion is about.
    pub fn normal_part(&self) -> (f64, f64) {
        (self.centre, self.scale)
    }

    /// Density \[1 / x\]; may be below zero where it is lost in rounding.
    pub fn density(&self, x: f64) -> f64 {
        let u = (x - self.centre) / self.scale;
        let he = hermite(u, self.coefficients.len() - 1);
        normal(u) / self.scale * self.coefficients.iter().zip(he).map(|(c, he)| c * he).sum::<f64>()
    }

    /// Mass below x.
    pub fn below(&self, x: f64) -> f64 {
        self.below_scaled((x - self.centre) / self.scale)
    }

    fn below_scaled(&self, u: f64) -> f64 {
        // The derivative of phi he_(k - 1) is -sqrt(k) phi he_k.
        let he = hermite(u, self.coefficients.len() - 1);
        let terms = self.coefficients[1..].iter().zip(he).enumerate();
        0.5 * Erf::erfc(&(-u / SQRT_2))
            - normal(u) * terms.map(|(k, (c, he))| c * he / ((k + 1) as f64).sqrt()).sum::<f64>()
    }

    /// Where the mass below is `q`, 0 < q < 1.
    pub fn quantile(&self, q: f64) -> f64 {
        let u = bracketed_root(Bracket { low: -FAR, high: FAR }, |u| self.below_scaled(u) - q);
        self.centre + self.scale * u
    }
}

fn normal(u: f64) -> f64 {
    (-0.5 * u * u).exp() / (2.0 * PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_normal_law_has_its_quantiles_and_density() {
        // N(1, 2^2 s) with s = 1.2 by the coefficients of N(0, s): E[he_2k] = (s - 1)^k sqrt((2k)!) / (2^k k!).
        let s: f64 = 1.2;
        let mut coefficients = vec![0.0; 41];
        coefficients[0] = 1.0;
        for k in 1..=20 {
            let n = 2 * k;
            coefficients[n] = coefficients[n - 2] * (s - 1.0) * ((n * (n - 1)) as f64).sqrt() / n as f64;
        }
        let law = Marginal::new(1.0, 2.0, coefficients);
        let sd = 2.0 * s.sqrt();
        assert!((law.quantile(0.975) - (1.0 + 1.959_963_984_540_054 * sd)).abs() < 1e-10);
        let standard = Marginal::new(0.0, 1.0, vec![1.0]);
        assert!((standard.quantile(0.01) + 2.326_347_874_040_840_8).abs() < 1e-14);
        assert!((law.density(2.0) - normal(1.0 / sd) / sd).abs() < 1e-11);
        assert!((law.below(1.0) - 0.5).abs() < 1e-13);
    }
}
