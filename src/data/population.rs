//! Population moments (1/n) of two columns, and their standardisation, to the last digits of f64.
//!
//! SGD draws rows with replacement, so the moments of the data it sees are those of the rows themselves:
//! sums over n, never over n - 1.

use super::{DataError, Standardization};
use crate::model::Moments;
use crate::numeric::DoubleDouble;

/// A spread below this many roundings of the mean is a rounding of the data, not a spread.
const ROUNDINGS: f64 = 8.0;

fn mean(values: impl Iterator<Item = DoubleDouble>, count: f64) -> DoubleDouble {
    values.fold(DoubleDouble::ZERO, |sum, x| sum + x) / DoubleDouble::from(count)
}

/// The five moments of inputs `x` and targets `y` (equal lengths, at least one row), THEORY's
/// alpha1 = Var\[x^2\], alpha2 = Cov\[x^2, xy\], alpha3 = Var\[xy\], beta1 = E\[x^2\], beta2 = E\[xy\].
///
/// The discriminant comes from the residual xy - k x^2, k = alpha2/alpha1, not from alpha1 alpha3 - alpha2^2,
/// so that a noise of one part in 1e12 is still seen. A residual (or a variance) within a few roundings
/// of the data counts as 0: targets exactly y = k x, inputs of constant magnitude.
///
/// # Errors
/// [`DataError::Moments`] when the moments are not representable or E\[x^2\] = 0.
///
/// # Accuracy
/// Each moment to one rounding: sums and products carry 31 digits.
pub fn moments(x: &[f64], y: &[f64]) -> Result<Moments, DataError> {
    let count = x.len() as f64;
    let square = |i: usize| DoubleDouble::product(x[i], x[i]);
    let cross = |i: usize| DoubleDouble::product(x[i], y[i]);
    let rows = || 0..x.len().min(y.len());
    let beta1 = mean(rows().map(square), count);
    let beta2 = mean(rows().map(cross), count);
    let centred = |f: &dyn Fn(usize) -> (DoubleDouble, DoubleDouble)| {
        mean(
            rows().map(|i| {
                let (a, b) = f(i);
                a * b
            }),
            count,
        )
    };
    let spread = |i: usize| (square(i) - beta1, cross(i) - beta2);
    let alpha1 = seen(centred(&|i| (spread(i).0, spread(i).0)), beta1);
    let alpha3 = seen(centred(&|i| (spread(i).1, spread(i).1)), beta2);
    if alpha1.round() == 0.0 || alpha3.round() == 0.0 {
        return Ok(Moments::try_new(alpha1.round(), 0.0, alpha3.round(), beta1.round(), beta2.round())?);
    }
    let alpha2 = centred(&|i| spread(i));
    let slope = alpha2 / alpha1;
    let residual = |i: usize| spread(i).1 - slope * spread(i).0;
    let unexplained = centred(&|i| (residual(i), residual(i)));
    // One rounding of y is one of x y, whose size is its root mean square, mean included.
    let size = alpha3 + beta2 * beta2;
    let floor = (ROUNDINGS * f64::EPSILON).powi(2) * size.round();
    let discriminant = if unexplained.round() <= floor { 0.0 } else { (alpha1 * unexplained).round() };
    let round = DoubleDouble::round;
    Ok(Moments::with_discriminant(
        round(alpha1),
        round(alpha2),
        round(alpha3),
        round(beta1),
        round(beta2),
        discriminant,
    )?)
}

/// The variance, or 0 when it is within a few roundings of a constant `mean`.
fn seen(variance: DoubleDouble, mean: DoubleDouble) -> DoubleDouble {
    let rounding = ROUNDINGS * f64::EPSILON * mean.round().abs();
    if variance.round() <= rounding * rounding { DoubleDouble::ZERO } else { variance }
}

/// Shifts and scales both columns to mean 0 and population variance 1; returns what was subtracted and divided by.
///
/// The columns must not be constant (see [`spread_is_zero`]).
pub(super) fn standardize(x: &mut [f64], y: &mut [f64]) -> Standardization {
    let (x_mean, x_sd) = standardize_column(x);
    let (y_mean, y_sd) = standardize_column(y);
    Standardization { x_mean, x_sd, y_mean, y_sd }
}

fn standardize_column(values: &mut [f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let centre = mean(values.iter().map(|&v| DoubleDouble::from(v)), count);
    let deviation = |v: f64| DoubleDouble::from(v) - centre;
    let sd = mean(values.iter().map(|&v| deviation(v) * deviation(v)), count).sqrt();
    for v in values.iter_mut() {
        *v = (deviation(*v) / sd).round();
    }
    (centre.round(), sd.round())
}

/// Whether all values are the same number.
pub(super) fn spread_is_zero(values: &[f64]) -> bool {
    values.iter().all(|v| *v == values[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(value: f64, truth: f64) {
        assert!((value - truth).abs() <= 2.0 * f64::EPSILON * truth.abs(), "{value:e} is not {truth:e}");
    }

    fn diabetes() -> (Vec<f64>, Vec<f64>) {
        let text = std::str::from_utf8(super::super::embedded("diabetes.csv").unwrap()).unwrap();
        let cell = |line: &str, i: usize| line.split(',').nth(i).unwrap().parse::<f64>().unwrap();
        text.lines().skip(1).map(|line| (cell(line, 2), cell(line, 10))).unzip()
    }

    /// Truth: the same sums in exact rational arithmetic (Python's fractions).
    #[test]
    fn diabetes_moments_are_exact_to_two_roundings() {
        let (x, y) = diabetes();
        let m = moments(&x, &y).unwrap();
        close(m.alpha1(), 60390.033153818);
        close(m.alpha2(), 492422.70890242315);
        close(m.alpha3(), 6961716.816966125);
        close(m.beta1(), 715.1580316742081);
        close(m.beta2(), 4211.93778280543);
    }

    /// Truth: exact rationals and 60-digit square roots. The standardised columns are rounded to f64
    /// before their moments are taken, which leaves a few roundings more.
    #[test]
    fn standardized_diabetes_moments() {
        let (mut x, mut y) = diabetes();
        let s = standardize(&mut x, &mut y);
        close(s.x_mean, 26.37579185520362);
        close(s.x_sd, 4.413120855492464);
        close(s.y_mean, 152.13348416289594);
        close(s.y_sd, 77.00574586945044);
        let m = moments(&x, &y).unwrap();
        close(m.alpha1(), 2.08047812866813);
        close(m.alpha2(), 1.177297332005611);
        close(m.alpha3(), 1.210379465477692);
        close(m.beta1(), 1.0);
        close(m.beta2(), 0.5864501344746885);
    }

    #[test]
    fn constant_magnitude_is_alpha1_zero() {
        let x = [0.1, -0.1, 0.1, 0.30000000000000004 - 0.2];
        let m = moments(&x, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((m.alpha1(), m.alpha2()), (0.0, 0.0));
        assert!(m.alpha3() > 0.0);
    }

    #[test]
    fn a_noise_of_one_part_in_1e12_is_not_zero() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let y: Vec<f64> = x.iter().zip([1e-12, -1e-12, -1e-12, 1e-12]).map(|(x, e)| 2.0 * x + e).collect();
        let m = moments(&x, &y).unwrap();
        assert!(m.discriminant() > 0.0);
        assert_eq!(m.noise_zero(), None);
    }

    proptest! {
        #[test]
        fn targets_proportional_to_inputs_have_no_discriminant(
            x in prop::collection::vec(-1e3..1e3f64, 3..200), k in -1e3..1e3f64,
        ) {
            prop_assume!(k.abs() > 1e-3 && x.iter().any(|v| (v.abs() - x[0].abs()).abs() > 1e-6));
            let y: Vec<f64> = x.iter().map(|v| k * v).collect();
            let m = moments(&x, &y).unwrap();
            prop_assert_eq!(m.discriminant(), 0.0);
            prop_assert!((m.centre() - k).abs() <= 8.0 * f64::EPSILON * k.abs());
        }

        #[test]
        fn never_panics_and_never_gives_a_negative_variance(
            rows in prop::collection::vec((prop::num::f64::ANY, prop::num::f64::ANY), 2..30),
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            if let Ok(m) = moments(&x, &y) {
                prop_assert!(m.alpha1() >= 0.0 && m.alpha3() >= 0.0 && m.discriminant() >= 0.0 && m.beta1() > 0.0);
            }
        }

        #[test]
        fn scaling_inputs_and_targets_scales_the_moments(
            rows in prop::collection::vec((-10.0..10.0f64, -10.0..10.0f64), 3..50), power in -8i32..8,
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            prop_assume!(!spread_is_zero(&x) && !spread_is_zero(&y));
            let scale = 2f64.powi(power);
            let scaled: Vec<f64> = x.iter().map(|v| v * scale).collect();
            let (a, b) = (moments(&x, &y).unwrap(), moments(&scaled, &y).unwrap());
            prop_assert_eq!(b.alpha1(), a.alpha1() * scale.powi(4));
            prop_assert_eq!(b.beta2(), a.beta2() * scale);
        }
    }
}
