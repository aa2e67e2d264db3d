//! Laws whose exponent is a sum of powers of v: G constant (alpha1 = 0) or G = alpha1 v^2 (alpha3 = 0), D >= 1.
//!
//! alpha1 = 0: p ~ v^-a exp(-(w/alpha3) [beta1 v^(2-q)/(2-q) - beta2 v^(1-q)/(1-q)]), for D = 1 a gamma law of
//! shape beta2'/(2 T alpha3) - 1/2 and rate beta1/(2 T alpha3).
//! alpha3 = 0: p ~ v^(-a-2) exp((w/alpha1) [beta1 v^-q/q - beta2 v^(-1-q)/(1+q)]).
//! a = 3D/(D+1), q = 2D/(D+1), w = d^(1-2/(D+1))/((D+1) T).

use super::balance::{Balance, Frame, Sum};
use super::chart::Place;
use super::loggamma::log_gamma;
use super::shape::{Known, Shape, rounded};
use crate::estimate::Quantity;
use num_complex::Complex64;

/// -exponent ln v + coefficient-weighted powers.
#[derive(Debug)]
pub(super) struct Powers {
    name: &'static str,
    logarithm: f64,
    logarithm_size: f64,
    /// (coefficient times v0^e / e, e)
    terms: [(f64, f64); 2],
    gamma: Option<(f64, f64)>,
}

impl Powers {
    /// The law of `frame`.
    pub fn new(frame: &Frame) -> Self {
        let b = &frame.balance;
        let (name, steep, scale, shift) = match b.alpha1 == 0.0 {
            true if b.depth == Some(1) => ("gamma (D = 1, alpha1 = 0)", 0.0, b.weight / b.alpha3, 0.0),
            true => ("powers (D >= 2, alpha1 = 0)", 0.0, b.weight / b.alpha3, 0.0),
            false => ("powers (alpha3 = 0)", 2.0, b.weight / b.alpha1, 2.0),
        };
        let mut law = Self {
            name,
            logarithm: -b.curvature - steep,
            logarithm_size: b.curvature + steep,
            terms: [(0.0, 0.0); 2],
            gamma: None,
        };
        let slopes = [(-scale * b.beta1, 2.0 - b.power - shift), (scale * b.beta2, 1.0 - b.power - shift)];
        for (term, (coefficient, exponent)) in law.terms.iter_mut().zip(slopes) {
            if exponent == 0.0 {
                law.logarithm += coefficient;
                law.logarithm_size += coefficient.abs();
            } else {
                *term = (coefficient * frame.v0.powf(exponent) / exponent, exponent);
            }
        }
        if b.alpha1 == 0.0 && b.depth == Some(1) {
            law.gamma = Some((b.growth_at_zero(), scale * b.beta1));
        }
        law
    }
}

impl Shape for Powers {
    fn name(&self) -> &'static str {
        self.name
    }

    fn difference(&self, _frame: &Frame, p: &Place) -> Sum {
        let logarithm =
            Sum::default().plus_sized(self.logarithm * p.log_ratio, self.logarithm_size * p.log_ratio.abs());
        self.terms
            .iter()
            .fold(logarithm, |sum, &(c, e)| sum.plus(if e == 0.0 { 0.0 } else { c * (e * p.log_ratio).exp_m1() }))
    }

    fn known(&self, frame: &Frame) -> Known {
        self.gamma.map_or_else(Known::default, |(shape, rate)| gamma_law(&frame.balance, frame.v0, shape, rate))
    }
}

/// v^(shape-1) e^(-rate v): mean shape/rate, variance shape/rate^2.
fn gamma_law(b: &Balance, v0: f64, shape: f64, rate: f64) -> Known {
    // The shape is a difference that vanishes at T_c.
    let relative = 4.0 + (b.weight * b.beta2_size / b.alpha3 + 0.5) / shape;
    let (mean, variance) = (shape / rate, shape / (rate * rate));
    let scaled = rate * v0;
    let value = log_gamma(Complex64::new(shape, 0.0)).re - shape * scaled.ln() + scaled + v0.ln();
    let size = 10.0 + shape * (relative + shape.ln().abs() + scaled.ln().abs()) + scaled + v0.ln().abs() + relative;
    Known {
        log_normalizer: Some(rounded(value, size, 4.0)),
        mean: Some(Quantity::Finite(rounded(mean, mean * relative, 2.0))),
        variance: Some(Quantity::Finite(rounded(variance, variance * relative, 2.0))),
    }
}
