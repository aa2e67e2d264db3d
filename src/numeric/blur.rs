//! How far a number may be off for want of digits.

use super::log_add;
use std::ops::{Add, AddAssign, Mul};

/// Two bounds that travel together: what the arithmetic of this program loses, and what was lost before it
/// started, when decimals were read into floating-point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Blur {
    /// Rounding of the arithmetic.
    pub arithmetic: f64,
    /// Rounding of the input.
    pub input: f64,
}

impl Blur {
    /// Rounding of arithmetic alone.
    pub fn arithmetic(size: f64) -> Self {
        Self { arithmetic: size, input: 0.0 }
    }

    /// Rounding of the input alone.
    pub fn input(size: f64) -> Self {
        Self { arithmetic: 0.0, input: size }
    }

    /// Both.
    pub fn total(self) -> f64 {
        self.arithmetic + self.input
    }
}

impl Add for Blur {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { arithmetic: self.arithmetic + other.arithmetic, input: self.input + other.input }
    }
}

impl AddAssign for Blur {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<f64> for Blur {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self { arithmetic: self.arithmetic * factor, input: self.input * factor }
    }
}

/// A sum of positive terms e^`log` with its blur, held in logarithms.
#[derive(Debug, Clone, Copy)]
pub struct LogSum {
    /// ln of the sum.
    pub log: f64,
    arithmetic: f64,
    input: f64,
}

impl LogSum {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self { log: f64::NEG_INFINITY, arithmetic: f64::NEG_INFINITY, input: f64::NEG_INFINITY }
    }

    /// Adds e^`log` with its relative blur.
    pub fn add(&mut self, log: f64, relative: Blur) {
        self.log = log_add(self.log, log);
        self.arithmetic = log_add(self.arithmetic, log + relative.arithmetic.ln());
        self.input = log_add(self.input, log + relative.input.ln());
    }

    /// The relative blur of the sum.
    pub fn relative(&self) -> Blur {
        if self.log == f64::NEG_INFINITY {
            return Blur::default();
        }
        Blur { arithmetic: (self.arithmetic - self.log).exp(), input: (self.input - self.log).exp() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_of_a_sum_is_weighted_by_its_terms() {
        let mut sum = LogSum::empty();
        assert_eq!(sum.relative(), Blur::default());
        sum.add(3f64.ln() - 900.0, Blur { arithmetic: 0.1, input: 0.0 });
        sum.add(1f64.ln() - 900.0, Blur { arithmetic: 0.0, input: 0.4 });
        assert!((sum.log + 900.0 - 4f64.ln()).abs() < 1e-12);
        assert!((sum.relative().arithmetic - 0.075).abs() < 1e-12 && (sum.relative().input - 0.1).abs() < 1e-12);
    }
}
