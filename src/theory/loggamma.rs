//! The logarithm of the gamma function for complex arguments in the right half plane.

use num_complex::Complex64;

/// Stirling's series is used from this real part on (or from this modulus).
const FAR: f64 = 10.0;
/// B_2j / (2j (2j - 1)), j = 1..10 (Abramowitz and Stegun 6.1.40).
const STIRLING: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
    43867.0 / 244_188.0,
    -174_611.0 / 125_400.0,
];

/// ln Gamma(z) for Re z > 0, on the branch that is real on the real axis.
///
/// # Accuracy
/// Absolute error below 4e-16 (10 + |z ln z|), measured against 40-digit values.
///
/// # Source
/// Recurrence up to |z| >= 10, then Stirling's series (Abramowitz and Stegun 6.1.40).
pub fn log_gamma(z: Complex64) -> Complex64 {
    let mut z = z;
    let mut below = Complex64::new(0.0, 0.0);
    while z.norm() < FAR {
        below += z.ln();
        z += 1.0;
    }
    let inverse = z.inv();
    let square = inverse * inverse;
    let series = STIRLING.iter().rev().fold(Complex64::new(0.0, 0.0), |sum, &b| sum * square + b) * inverse;
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - below
}

#[cfg(test)]
mod tests {
    use super::*;
    /// (re, im, re ln Gamma, im ln Gamma): mpmath 1.3, mp.dps = 40, loggamma(mpc(re, im)) of the f64 values.
    const REFERENCE: [[f64; 4]; 12] = [
        [0.001, 0.0, 6.907178885383853, 0.0],
        [0.5, 0.0, 0.5723649429247001, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [1.5, 2.25, -1.7803222974320714, 0.9454686408350308],
        [2.0, -7.5, -7.830868586268745, -9.824297882587407],
        [0.25, 13.75, -21.334729309696236, 21.897342384066892],
        [13.5, 0.125, 21.259475499660283, 0.32065137967540375],
        [6.0, 40.0, -41.60698482040401, 115.81863790109597],
        [1.0, 1000.0, -1566.4235106222009, 5908.5405938121985],
        [501.0, -3000.0, -701.980444203576, -21763.72778572071],
        [100000.5, 0.5, 1051293.4654338893, 5.756462732489281],
        [1.0000001, 1e-7, -5.77215665238542e-08, -5.7721550040813404e-08],
    ];

    #[test]
    fn agrees_with_reference_digits() {
        for [re, im, real, imaginary] in REFERENCE {
            let z = Complex64::new(re, im);
            let got = log_gamma(z);
            let allowed = 4e-16 * (10.0 + (z * z.ln()).norm());
            assert!((got.re - real).abs() <= allowed, "{z}: {} {real}", got.re);
            assert!((got.im - imaginary).abs() <= allowed, "{z}: {} {imaginary}", got.im);
        }
    }

    #[test]
    fn fulfils_the_recurrence_across_the_seam() {
        for i in 0..200 {
            let z = Complex64::new(0.05 + 0.15 * f64::from(i), 3.0 - 0.1 * f64::from(i));
            let step = log_gamma(z + 1.0) - log_gamma(z) - z.ln();
            assert!(step.norm() < 4e-16 * (10.0 + 2.0 * (z * z.ln()).norm()), "{z}: {step}");
        }
    }
}
