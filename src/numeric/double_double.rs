//! Arithmetic with twice the digits of f64 (a number as the unevaluated sum of two).
//!
//! Moments of moments cancel: Var\[x^2\] of inputs that hardly vary, or the discriminant of almost
//! collinear columns, keep few or no digits in f64. Thirty-one digits leave all sixteen of the result.
//! Error-free transformations after Dekker (1971) and Knuth; valid while products stay below 1e290.

use std::ops::{Add, Div, Mul, Sub};

/// high + low, with |low| at most half a rounding of high.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

/// 2^27 + 1, which splits 53 bits into two halves of 26.
const SPLITTER: f64 = 134_217_729.0;

/// a + b and its rounding error.
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    (sum, (a - (sum - b_seen)) + (b - b_seen))
}

/// a * b and its rounding error.
fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let halves = |x: f64| {
        let shifted = SPLITTER * x;
        let high = shifted - (shifted - x);
        (high, x - high)
    };
    let product = a * b;
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    (product, ((ah * bh - product) + ah * bl + al * bh) + al * bl)
}

impl DoubleDouble {
    pub const ZERO: Self = Self { high: 0.0, low: 0.0 };

    /// The product of two plain numbers, exact.
    pub fn product(a: f64, b: f64) -> Self {
        let (high, low) = exact_product(a, b);
        Self { high, low }
    }

    /// The nearest f64.
    pub fn round(self) -> f64 {
        self.high
    }

    /// The square root; 0 for a number that is not positive.
    pub fn sqrt(self) -> Self {
        if self.high <= 0.0 {
            return Self::ZERO;
        }
        // One Newton step from the f64 root doubles its digits.
        let root = self.high.sqrt();
        let rest = self - Self::product(root, root);
        Self::normalized(root, rest.high / (2.0 * root))
    }

    /// high + low with low made small; for |high| >= |low|.
    fn normalized(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Add for DoubleDouble {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, high_error) = exact_sum(self.high, other.high);
        let (low, low_error) = exact_sum(self.low, other.low);
        let partial = Self::normalized(high, high_error + low);
        Self::normalized(partial.high, partial.low + low_error)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { high: -other.high, low: -other.low }
    }
}

impl Mul for DoubleDouble {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (high, low) = exact_product(self.high, other.high);
        Self::normalized(high, low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for DoubleDouble {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::from(second);
        Self::normalized(first, second) + Self::from(rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::DoubleDouble;

    /// Truth: low = value - f64(value) from 60-digit decimals.
    #[test]
    fn third_and_root_of_two_have_thirty_one_digits() {
        let third = DoubleDouble::from(1.0) / DoubleDouble::from(3.0);
        assert_eq!(third.high, 1.0 / 3.0);
        assert!((third.low - 1.850371707708594e-17).abs() < 2e-32);
        let root = DoubleDouble::from(2.0).sqrt();
        assert_eq!(root.high, std::f64::consts::SQRT_2);
        assert!((root.low - -9.667293313452913e-17).abs() < 2e-32);
    }

    #[test]
    fn sums_keep_what_f64_drops() {
        let tiny = DoubleDouble::from(1e-30);
        assert_eq!(((DoubleDouble::from(1.0) + tiny) - DoubleDouble::from(1.0)).round(), 1e-30);
        let square = DoubleDouble::product(1.0 + f64::EPSILON, 1.0 + f64::EPSILON);
        let rest = square - DoubleDouble::from(1.0) - DoubleDouble::from(2.0 * f64::EPSILON);
        assert_eq!(rest.round(), f64::EPSILON * f64::EPSILON);
    }
}
