//! Terms of a force: sums that know their rounding, and hyperbolic functions.

use crate::process::Force;

/// A sum that remembers the magnitude of its terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub value: f64,
    magnitude: f64,
}

impl Sum {
    pub fn of(value: f64) -> Self {
        Self { value, magnitude: value.abs() }
    }
    pub fn plus(self, term: f64) -> Self {
        Self { value: self.value + term, magnitude: self.magnitude + term.abs() }
    }
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, magnitude: self.magnitude * factor.abs() }
    }
    /// The value is known to this many roundings of itself more.
    pub fn worsened(self, conditioning: f64) -> Self {
        Self { magnitude: self.magnitude + self.value.abs() * conditioning, ..self }
    }
    /// More rounding, in the unit of the value.
    pub fn widened(self, magnitude: f64) -> Self {
        Self { magnitude: self.magnitude + magnitude, ..self }
    }
    pub fn force(self) -> Force<1> {
        Force { value: [self.value], magnitude: [self.magnitude] }
    }
}

/// sinh, cosh and tanh from one exponential.
pub(super) fn hyperbolic(z: f64) -> [f64; 3] {
    let q = z.abs().exp_m1();
    let sinh = 0.5 * (q + q / (1.0 + q)).copysign(z);
    let cosh = 0.5 * ((1.0 + q) + 1.0 / (1.0 + q));
    [sinh, cosh, sinh / cosh]
}
