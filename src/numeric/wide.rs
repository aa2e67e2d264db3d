//! Non-negative numbers with an exponent of their own, for products that leave the range of a double.

use std::ops::{Add, Div, Mul};

/// mantissa * 2^exponent with the mantissa in \[1, 2), or 0. Sums, products and quotients have one rounding each and
/// never over- or underflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wide {
    mantissa: f64,
    exponent: i64,
}

/// 2^`power` for powers of normal doubles.
fn power_of_two(power: i64) -> f64 {
    f64::from_bits(((1023 + power) as u64) << 52)
}

impl Wide {
    /// 0
    pub const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    /// 1
    pub const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    /// Exactly `x`; everything that is not a positive finite number is 0.
    pub fn new(x: f64) -> Self {
        if !(x > 0.0 && x.is_finite()) {
            return Self::ZERO;
        }
        // Subnormal numbers have no exponent to read.
        let (x, shift) = if x.is_normal() { (x, 0) } else { (x * power_of_two(100), 100) };
        let bits = x.to_bits();
        let exponent = (bits >> 52) as i64 - 1023 - shift;
        Self { mantissa: f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52)), exponent }
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    /// Natural logarithm; minus infinity for 0.
    pub fn ln(self) -> f64 {
        self.mantissa.ln() + self.exponent as f64 * std::f64::consts::LN_2
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = if other.is_zero() || (!self.is_zero() && self.exponent >= other.exponent) {
            (self, other)
        } else {
            (other, self)
        };
        let apart = high.exponent - low.exponent;
        if low.is_zero() || apart > 64 {
            return high;
        }
        let sum = high.mantissa + low.mantissa * power_of_two(-apart);
        if sum >= 2.0 {
            Self { mantissa: 0.5 * sum, exponent: high.exponent + 1 }
        } else {
            Self { mantissa: sum, exponent: high.exponent }
        }
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = self.mantissa * other.mantissa;
        if product == 0.0 {
            Self::ZERO
        } else if product >= 2.0 {
            Self { mantissa: 0.5 * product, exponent: self.exponent + other.exponent + 1 }
        } else {
            Self { mantissa: product, exponent: self.exponent + other.exponent }
        }
    }
}

impl Div for Wide {
    type Output = Self;

    /// The divisor must not be 0.
    fn div(self, other: Self) -> Self {
        debug_assert!(!other.is_zero(), "the sums that are divided by hold a positive rate");
        let quotient = self.mantissa / other.mantissa;
        if quotient == 0.0 {
            Self::ZERO
        } else if quotient < 1.0 {
            Self { mantissa: 2.0 * quotient, exponent: self.exponent - other.exponent - 1 }
        } else {
            Self { mantissa: quotient, exponent: self.exponent - other.exponent }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within the range of doubles the same roundings happen.
    #[test]
    fn doubles_in_doubles_out() {
        let xs = [1.0, 1.5, 1.0 / 3.0, 7e100, 2e-200, 1.999_999_999_999, 4.0, 0.0];
        for a in xs {
            for b in xs {
                assert_eq!(Wide::new(a) + Wide::new(b), Wide::new(a + b), "{a} + {b}");
                if a * b == 0.0 || (a * b).is_normal() {
                    assert_eq!(Wide::new(a) * Wide::new(b), Wide::new(a * b), "{a} * {b}");
                }
                if b > 0.0 && (a / b).is_finite() && (a == 0.0 || (a / b).is_normal()) {
                    assert_eq!(Wide::new(a) / Wide::new(b), Wide::new(a / b), "{a} / {b}");
                }
            }
        }
    }

    #[test]
    fn far_beyond_doubles() {
        let tiny = Wide::new(1e-300);
        let mut product = Wide::ONE;
        for _ in 0..100 {
            product = product * tiny;
        }
        assert!((product.ln() / (1e-300f64.ln() * 100.0) - 1.0).abs() < 1e-15);
        assert!((product / product).ln().abs() < 1e-15);
        assert!((Wide::new(5e-324).ln() - 5e-324f64.ln()).abs() < 1e-12);
        assert_eq!(Wide::ZERO.ln(), f64::NEG_INFINITY);
        assert_eq!(product + Wide::ONE, Wide::ONE);
    }
}
