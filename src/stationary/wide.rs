//! Non-negative numbers whose exponent has 64 bits, for what floating-point range cannot hold.
//!
//! The censored chain of a front can lead across a barrier of e^-1000 with a rate that decides the law, and that
//! no f64 holds. Sums, products and quotients keep the relative accuracy of f64.

use std::ops::{Add, Div, Mul};

/// `mantissa` 2^`exponent` with 1 <= mantissa < 2, or zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wide {
    mantissa: f64,
    exponent: i64,
}

const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 1023 << 52;

/// 2^k for a normal result.
#[inline(always)]
pub(super) fn power_of_two(k: i32) -> f64 {
    debug_assert!((-1022..=1023).contains(&k));
    f64::from_bits(((k + 1023) as u64) << 52)
}

impl Wide {
    pub(super) const ZERO: Self = Self { mantissa: 0.0, exponent: i64::MIN / 4 };
    pub(super) const UNIT: Self = Self { mantissa: 1.0, exponent: 0 };

    /// `value` 2^`exponent` for a value that is not negative.
    #[inline]
    pub(super) fn new(value: f64, exponent: i64) -> Self {
        if value == 0.0 {
            return Self::ZERO;
        }
        let (value, exponent) =
            if value < f64::MIN_POSITIVE { (value * power_of_two(64), exponent - 64) } else { (value, exponent) };
        let bits = value.to_bits();
        Self { mantissa: f64::from_bits(bits & MANTISSA | ONE), exponent: exponent + (bits >> 52) as i64 - 1023 }
    }

    #[inline]
    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    /// In [1, 2), or 0.
    #[inline]
    pub(super) fn mantissa(self) -> f64 {
        self.mantissa
    }

    /// Floor of the binary logarithm.
    #[inline]
    pub(super) fn exponent(self) -> i64 {
        self.exponent
    }

    /// Times 2^k.
    #[inline]
    pub(super) fn shifted(self, k: i64) -> Self {
        if self.is_zero() { self } else { Self { exponent: self.exponent + k, ..self } }
    }

    /// The value times 2^k as a plain number; 0 when it is too small, infinite when it is too large.
    #[inline]
    pub(super) fn plain(self, k: i64) -> f64 {
        let exponent = self.exponent + k;
        if exponent < -1022 { 0.0 } else { self.mantissa * power_of_two(exponent.min(1023) as i32) }
    }

    /// Natural logarithm.
    pub(super) fn ln(self) -> f64 {
        // ln 2 in two parts: the first has 20 trailing zeros, so its multiples below 2^20 are exact.
        const HIGH: f64 = 0.693_147_180_369_123_8;
        const LOW: f64 = 1.908_214_929_270_587_7e-10;
        if self.is_zero() {
            return f64::NEG_INFINITY;
        }
        let exponent = self.exponent as f64;
        exponent * HIGH + (exponent * LOW + self.mantissa.ln())
    }
}

impl From<f64> for Wide {
    fn from(value: f64) -> Self {
        Self::new(value, 0)
    }
}

impl Mul for Wide {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::new(self.mantissa * other.mantissa, self.exponent + other.exponent)
    }
}

impl Div for Wide {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        Self::new(self.mantissa / other.mantissa, self.exponent - other.exponent)
    }
}

impl Add for Wide {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let shift = low.exponent - high.exponent;
        if shift < -64 {
            return high;
        }
        Self::new(high.mantissa + low.mantissa * power_of_two(shift as i32), high.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_beyond_floating_point() {
        let tiny = Wide::from(3e-200) * Wide::from(5e-250);
        assert!((tiny.ln() - (15f64.ln() - 450.0 * std::f64::consts::LN_10)).abs() < 1e-12);
        let one = tiny / tiny;
        assert_eq!(one, Wide::UNIT);
        assert_eq!((one + tiny).plain(0), 1.0);
        assert_eq!((Wide::from(1.5) + Wide::from(2.25)).plain(0), 3.75);
        assert_eq!((Wide::ZERO + Wide::from(0.75)).plain(0), 0.75);
        assert_eq!((Wide::ZERO * tiny + Wide::ZERO).ln(), f64::NEG_INFINITY);
        assert_eq!(Wide::from(5e-324).plain(60), 5e-324 * power_of_two(60));
        assert_eq!(tiny.plain(0), 0.0);
    }

    #[test]
    fn logarithms_of_huge_powers_are_right_to_a_rounding() {
        // ln 2 = 0.693147180559945309417232...
        let log = Wide::UNIT.shifted(1 << 20).ln();
        assert!((log / 726_817.498_002_825_2 - 1.0).abs() < 2.3e-16, "{log}");
    }
}
