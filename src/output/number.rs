//! Numbers for the eye: a value rounded to its error, in one place.
//!
//! `0.84493647093463(30)` means 0.84493647093463 with an error of at most 0.00000000000030: the digits in
//! parentheses are the error in units of the last digits shown, as in tables of physical constants. The error
//! is rounded up and includes what rounding the value adds, so the printed interval contains the stated one.

use crate::estimate::{Estimate, Quantity};

/// Digits that tell any double from its neighbours.
const ALL_DIGITS: i32 = 17;
/// Decimal exponents shown without a power of ten.
const PLAIN: std::ops::Range<i32> = -4..7;
/// Decimal exponents of logarithms shown without a power of ten: one inside the power of e reads badly.
const LOGARITHMS: std::ops::Range<i32> = -4..17;
/// Powers of ten below this are not normal doubles.
const SMALLEST_UNIT: i32 = -307;

/// A quantity: its value with its error, `infinite`, or a dash.
pub fn quantity(q: &Quantity) -> String {
    match q {
        Quantity::Finite(e) => estimate(e),
        Quantity::Infinite => "infinite".to_owned(),
        Quantity::Absent => "–".to_owned(),
    }
}

/// A value with its error.
pub fn estimate(e: &Estimate) -> String {
    with_error(e.value, e.error())
}

/// A value with its error; the shortest exact decimal where the error is 0.
pub fn with_error(value: f64, error: f64) -> String {
    match split(value, error) {
        Ok(rounded) if rounded.wants_power() => rounded.scientific(),
        Ok(rounded) => rounded.fixed(),
        Err(text) => text,
    }
}

/// +-e^(log) for numbers whose logarithm alone is a floating-point number, e.g. `e^-92000.123(12)`.
pub fn power_of_e(sign: f64, log: f64, error: f64) -> String {
    let exponent = match split(log, error) {
        Ok(rounded) if rounded.unit <= 0 && LOGARITHMS.contains(&rounded.leading) => rounded.fixed(),
        Ok(rounded) => format!("({})", rounded.scientific()),
        Err(text) => text,
    };
    format!("{}e^{exponent}", if sign < 0.0 { "-" } else { "" })
}

/// A number to `digits` significant digits, trailing zeros dropped; no error is implied.
pub fn significant(x: f64, digits: usize) -> String {
    shortest(rounded(x, digits))
}

/// The double nearest to `x` rounded to `digits` significant digits.
pub fn rounded(x: f64, digits: usize) -> f64 {
    format!("{:.*e}", digits.saturating_sub(1), x).parse().unwrap_or(x)
}

/// A probability as people say it: `2.5 %`, or `1e-9` where a percentage would hide the digits.
pub fn probability(q: f64) -> String {
    if (1e-3..=0.999).contains(&q) { format!("{} %", significant(100.0 * q, 12)) } else { shortest(q) }
}

/// The shortest decimal that reads back to `x`.
pub fn shortest(x: f64) -> String {
    if !x.is_finite() {
        not_finite(x)
    } else if x == 0.0 {
        "0".to_owned()
    } else if PLAIN.contains(&exponent(x)) {
        format!("{x}")
    } else {
        format!("{x:e}")
    }
}

fn not_finite(x: f64) -> String {
    if x.is_nan() {
        "not a number".to_owned()
    } else if x > 0.0 {
        "∞".to_owned()
    } else {
        "-∞".to_owned()
    }
}

/// floor(log10 |x|) of a finite x != 0, from its own decimal digits.
fn exponent(x: f64) -> i32 {
    let text = format!("{x:e}");
    text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// A value, and its error as a whole number of units 10^unit.
struct Rounded {
    value: f64,
    unit: i32,
    error: u64,
    /// Exponent of the larger of value and error.
    leading: i32,
}

/// Chooses the last digit to show; `Err` is the text where there is nothing to round to.
fn split(value: f64, error: f64) -> Result<Rounded, String> {
    if !value.is_finite() || error == 0.0 {
        return Err(shortest(value));
    }
    if !error.is_finite() {
        return Err(format!("{}(error unknown)", significant(value, 4)));
    }
    let size = value.abs().max(error.abs());
    let finest = (exponent(size) - ALL_DIGITS + 1).max(SMALLEST_UNIT);
    let mut unit = (exponent(error) - 1).max(finest);
    let mut units = rounded_up(error, unit);
    if units > 99 {
        unit += 1;
        units = rounded_up(error, unit);
    }
    Ok(Rounded { value, unit, error: units, leading: exponent(size) })
}

/// `error`, and the half unit that rounding the value may add, in whole units of 10^unit.
fn rounded_up(error: f64, unit: i32) -> u64 {
    (error.abs() / 10f64.powi(unit) + 0.5).ceil() as u64
}

impl Rounded {
    fn wants_power(&self) -> bool {
        self.unit > 0 || !PLAIN.contains(&self.leading)
    }

    /// Without a power of ten; only for units of at most 1.
    fn fixed(&self) -> String {
        let decimals = usize::try_from(-self.unit).unwrap_or(0);
        format!("{}({})", unsigned_zero(format!("{:.decimals$}", self.value)), self.error_digits(decimals))
    }

    fn scientific(&self) -> String {
        let (mantissa, power) = self.mantissa();
        let decimals = usize::try_from(power - self.unit).unwrap_or(0);
        format!("{mantissa}({})e{power}", self.error_digits(decimals))
    }

    /// The digits of the value down to the unit, and the power of ten in front of the point.
    fn mantissa(&self) -> (String, i32) {
        let decimals = usize::try_from(self.leading - self.unit).unwrap_or(0);
        if self.value == 0.0 || exponent(self.value) < self.leading {
            let scaled = self.value / 10f64.powi(self.leading);
            return (unsigned_zero(format!("{scaled:.decimals$}")), self.leading);
        }
        let text = format!("{:.decimals$e}", self.value);
        match text.split_once('e') {
            // 9.99.. was rounded up to 10: one more zero, since the unit stays.
            Some((digits, power)) if power.parse() == Ok(self.leading + 1) => {
                let point = if decimals == 0 { "." } else { "" };
                (format!("{digits}{point}0"), self.leading + 1)
            }
            Some((digits, _)) => (digits.to_owned(), self.leading),
            None => (text, self.leading),
        }
    }

    /// The error under the last digits shown, with a point where it reaches beyond it.
    fn error_digits(&self, decimals: usize) -> String {
        let text = self.error.to_string();
        if decimals == 0 || text.len() <= decimals {
            return text;
        }
        let (whole, rest) = text.split_at(text.len() - decimals);
        format!("{whole}.{rest}")
    }
}

/// `-0.00` without its sign.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_to_their_error() {
        for (value, error, expected) in [
            (0.844_936_470_934_627, 2.9e-13, "0.84493647093463(30)"),
            (0.251_272_947_280_656, 1.0e-10, "0.25127294728(11)"),
            (1.0, 0.0, "1"),
            (-2.5, 0.0, "-2.5"),
            (0.0, 0.0, "0"),
            (1e-12, 0.0, "1e-12"),
            (0.0, 3e-9, "0.0(3.1)e-9"),
            (123.4, 1.2, "123.4(1.3)"),
            (123.4, 12.0, "123(13)"),
            (12_345.0, 230.0, "1.234(24)e4"),
            (50.0, 2300.0, "0.1(2.4)e3"),
            (0.003, 0.02, "0.003(21)"),
            (9.9996e-9, 5e-13, "9.99960(51)e-9"),
            (9.999_999e-9, 9.9e-12, "1.0000(11)e-8"),
            (1.5e-300, 2e-310, "1.5000000(1)e-300"),
            (-0.000_4, 0.1, "0.00(11)"),
            (1.0, 1e-30, "1.0000000000000000(1)"),
            (f64::NAN, 1.0, "not a number"),
            (0.125, f64::INFINITY, "0.125(error unknown)"),
            (0.7013, 0.0026, "0.7013(27)"),
        ] {
            assert_eq!(with_error(value, error), expected, "{value} +- {error}");
        }
    }

    /// Reads `1.23(45)e-6` back as the interval it stands for.
    fn interval(text: &str) -> (f64, f64) {
        let (digits, rest) = text.split_once('(').unwrap();
        let (error, power) = rest.split_once(')').unwrap();
        let power = if power.is_empty() { "e0" } else { power };
        let decimals = digits.split_once('.').map_or(0, |(_, d)| d.len());
        let value: f64 = format!("{digits}{power}").parse().unwrap();
        let exponent: i32 = power[1..].parse().unwrap();
        let error: f64 = if error.contains('.') {
            format!("{error}{power}").parse().unwrap()
        } else {
            format!("{error}e{}", exponent - decimals as i32).parse().unwrap()
        };
        (value, error)
    }

    #[test]
    fn the_printed_interval_contains_the_stated_one() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for _ in 0..20_000 {
            let value = (uniform() - 0.5) * 10f64.powf(40.0 * uniform() - 20.0);
            let error = value.abs() * 10f64.powf(18.0 * uniform() - 16.0);
            let text = with_error(value, error);
            let (shown, stated) = interval(&text);
            let ulp = value.abs() * 3e-16; // reading the digits back rounds too
            assert!(stated * (1.0 + 1e-12) + ulp >= error + (shown - value).abs(), "{value:e} +- {error:e} as {text}");
            // Two digits of error: at most 16 % larger, unless all 17 digits are shown already.
            assert!(stated <= 1.16 * error + 2.0 * ulp, "{value:e} +- {error:e} as {text}");
        }
    }

    #[test]
    fn logarithms_stand_for_numbers_too_small_to_be_doubles() {
        assert_eq!(power_of_e(1.0, -92_000.123_46, 1.1e-3), "e^-92000.1235(12)");
        assert_eq!(power_of_e(-1.0, -800.5, 0.0), "-e^-800.5");
        assert_eq!(power_of_e(1.0, -123_456.0, 230.0), "e^(-1.2346(24)e5)");
    }

    #[test]
    fn probabilities_and_plain_numbers() {
        assert_eq!(probability(0.07), "7 %");
        assert_eq!(probability(0.025), "2.5 %");
        assert_eq!(probability(1e-9), "1e-9");
        assert_eq!(significant(0.300_000_000_000_000_04, 6), "0.3");
        assert_eq!(significant(1234.56, 3), "1230");
        assert_eq!(significant(1.234e-7, 3), "1.23e-7");
    }
}
