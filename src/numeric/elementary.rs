//! Elementary functions without branches, tables or calls, so that a loop over lanes becomes vector code.
//!
//! They use no fused operations: the digits are the same on every machine. Polynomial coefficients are
//! Chebyshev fits made in 110-digit arithmetic.

/// sqrt(1/2) as bits: the smallest mantissa [`ln`] keeps.
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
/// 1.0 as bits.
const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
/// 2^52 as bits; or-ing a small integer into it makes the number 2^52 + integer.
const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
/// The mantissa field.
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;

/// a0 + a1 x + ..., four terms at a time side by side: half the latency of Horner's order.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let (x2, x4) = (x * x, (x * x) * (x * x));
    let (fours, rest) = coefficients.as_chunks::<4>();
    let rest = match *rest {
        [] => 0.0,
        [a] => a,
        [a, b] => a + b * x,
        [a, b, c, ..] => (a + b * x) + c * x2,
    };
    fours.iter().rev().fold(rest, |sum, [a, b, c, d]| ((a + b * x) + (c + d * x) * x2) + sum * x4)
}

/// ln x for a positive normal number x.
///
/// # Accuracy
/// 8e-16 relative, or 8e-19 absolute near 1 if that is more (tested from e^-700 to e^700).
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // x = 2^k m with m in [sqrt(1/2), sqrt(2)); the offset keeps the exponent positive, so that a
    // logical shift (the only one SIMD has for 64 bits) extracts it.
    let shifted = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let k = f64::from_bits((shifted >> 52) | TWO_52_BITS) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((shifted & MANTISSA) + SQRT_HALF_BITS);
    // ln m = 2 artanh s
    let s = (m - 1.0) / (m + 1.0);
    let w = s * s;
    let tail = polynomial(
        w,
        [
            0.666_666_666_666_620_8,
            0.400_000_000_112_065_06,
            0.285_714_241_383_241_6,
            0.222_228_622_801_087_16,
            0.181_401_938_028_659_9,
            0.166_218_171_528_589_28,
        ],
    );
    k * std::f64::consts::LN_2 + (2.0 * s + s * w * tail)
}

/// e^x, with x limited to \[-700, 700\].
///
/// # Accuracy
/// 3e-15 relative (tested over the whole range).
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Adding 1.5 2^52 rounds to an integer and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts: the first has 21 trailing zero bits, so that k times it is exact.
    const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x > 700.0 { 700.0 } else { x };
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let tail = polynomial(
        r,
        [
            0.5,
            0.166_666_666_666_483_03,
            0.041_666_666_666_651_37,
            0.008_333_333_353_717_157,
            0.001_388_888_890_587_134_6,
            0.000_198_412_087_569_923_2,
            2.480_153_640_906_408_7e-5,
            2.762_510_200_538_810_7e-6,
            2.761_379_555_451_986e-7,
        ],
    );
    let mantissa = 1.0 + (r + r * r * tail);
    f64::from_bits(mantissa.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// (sin, cos) of (pi/4) t for t in \[-1, 1\].
///
/// # Accuracy
/// 2.3e-16 absolute (tested).
#[inline(always)]
pub(crate) fn sin_cos_eighth(t: f64) -> (f64, f64) {
    let w = t * t;
    let sin = polynomial(
        w,
        [
            std::f64::consts::FRAC_PI_4,
            -0.080_745_512_188_280_54,
            0.002_490_394_570_188_844,
            -3.657_620_415_891_387e-5,
            3.133_616_225_433_422e-7,
            -1.757_150_074_698_093_4e-9,
            6.877_360_573_166_326e-12,
        ],
    );
    let cos = polynomial(
        w,
        [
            1.0,
            -0.308_425_137_534_037_84,
            0.015_854_344_243_741_546,
            -0.000_325_991_886_483_540_14,
            3.590_859_179_850_238e-6,
            -2.460_950_709_402_811_7e-8,
            1.136_546_920_773_290_7e-10,
        ],
    );
    (t * sin, cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_is_that_of_the_standard_library() {
        for i in 0..200_000 {
            let x = (f64::from(i) / 200_000.0 * 1400.0 - 700.0).exp() * 1.000_1;
            let error = (ln(x) - x.ln()).abs() / x.ln().abs().max(1e-3);
            assert!(error < 8e-16, "ln {x} off by {error}");
        }
        for x in [1.0, 1.0 - f64::EPSILON / 2.0, 1.0 + f64::EPSILON, f64::EPSILON] {
            assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs(), "ln {x}");
        }
    }

    #[test]
    fn exponential_is_that_of_the_standard_library() {
        for i in -700_000..=700_000 {
            let x = f64::from(i) * 1e-3;
            let error = exp(x) / x.exp() - 1.0;
            assert!(error.abs() < 3e-15, "exp {x} off by {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1e5), exp(700.0));
        assert_eq!(exp(-1e5), exp(-700.0));
    }

    #[test]
    fn sine_and_cosine_are_those_of_the_standard_library() {
        for i in -100_000..=100_000 {
            let t = f64::from(i) * 1e-5;
            let (sin, cos) = sin_cos_eighth(t);
            let angle = std::f64::consts::FRAC_PI_4 * t;
            assert!((sin - angle.sin()).abs() < 2.3e-16, "sin {t}");
            assert!((cos - angle.cos()).abs() < 2.3e-16, "cos {t}");
        }
    }
}
