//! E ln|Z| from the characteristic function of Z.
//!
//! ln|z| = int_0^inf (e^-t - cos z t) dt/t, so E ln|Z| = Re int (e^-t - phi(t)) dt/t. The path is turned into the
//! half plane in which phi decays, t = e^(s + i theta), where the integrand is analytic in a strip around every real s
//! and decays at both ends: the trapezoidal rule converges geometrically.

use super::Map;
use crate::study::phase::margin::Margin;
use num_complex::Complex64;
use std::f64::consts::{FRAC_PI_4, FRAC_PI_8, PI};

/// ln of the largest number that is left out.
const NEGLIGIBLE: f64 = 41.0;

/// For m normal.
pub(super) fn normal(map: &Map, mean: f64, variance: f64) -> Margin {
    let centre = map.keep + map.gain * mean;
    let spread = map.gain * map.gain * variance / map.batch as f64;
    if spread == 0.0 {
        return Margin::new(centre.abs().ln(), 2.0 * f64::EPSILON);
    }
    let phi = |t: Complex64| (Complex64::i() * centre * t - 0.5 * spread * t * t).exp();
    // |phi| falls like a Gaussian on every ray below pi / 4.
    let last = 0.5 * (2.0 * NEGLIGIBLE / (spread * (2.0 * FRAC_PI_8).cos())).ln();
    Path { angle: FRAC_PI_8, centre, size: spread.sqrt() + centre.abs(), last }.integral(&phi)
}

/// For m a mean of products of normal variables with variances and covariance `[x, y, cross]`: x y is
/// ((sqrt(x y) + cross) a^2 - (sqrt(x y) - cross) b^2) / 2 with independent normal a and b.
pub(super) fn products(map: &Map, [x, y, cross]: [f64; 3]) -> Margin {
    let s = map.batch as f64;
    let size = (x * y).sqrt();
    // Z = keep + a X - b Y with X and Y of chi^2 with S degrees of freedom.
    let scale = 0.5 * map.gain / s;
    let [mut a, mut b] = [scale * (size + cross).max(0.0), scale * (size - cross).max(0.0)];
    if scale < 0.0 {
        [a, b] = [-b, -a];
    }
    let phi = |t: Complex64| {
        let i = Complex64::i();
        let logs = (1.0 - 2.0 * i * a * t).ln() + (1.0 + 2.0 * i * b * t).ln();
        (i * map.keep * t - 0.5 * s * logs).exp()
    };
    // Turned further, |phi| would first grow, by (cos angle)^(-S/2).
    let angle = FRAC_PI_4.min(2.0 / s.sqrt());
    let fall = |r: f64| if r > 0.0 { Some((2.0 * NEGLIGIBLE / s) - (2.0 * r).ln()) } else { None };
    let algebraic = match (fall(a), fall(b)) {
        (Some(p), Some(q)) => 0.5 * (p + q) - NEGLIGIBLE / s,
        (p, q) => p.or(q).unwrap_or(0.0),
    };
    Path { angle, centre: map.keep, size: map.keep.abs() + s * (a + b), last: algebraic }.integral(&phi)
}

struct Path {
    angle: f64,
    /// Z without what is random of it: the sign decides which way the path turns.
    centre: f64,
    /// Of |Z|.
    size: f64,
    /// s from which phi is negligible by its own fall.
    last: f64,
}

impl Path {
    fn integral(&self, phi: &dyn Fn(Complex64) -> Complex64) -> Margin {
        let turn = Complex64::from_polar(1.0, if self.centre < 0.0 { -self.angle } else { self.angle });
        let [sin, cos] = [self.angle.sin(), self.angle.cos()];
        let first = -NEGLIGIBLE - (1.0 + self.size).ln();
        let exponential = (NEGLIGIBLE / (sin * self.centre.abs())).ln();
        let last = (NEGLIGIBLE / cos).ln().max(self.last.min(exponential));
        let step = 2.0 * PI * self.angle.min(FRAC_PI_4) / NEGLIGIBLE;
        let count = ((last - first) / step).ceil().max(2.0) as usize;
        let (mut sums, mut size) = ([0.0; 2], 0.0);
        for k in 0..=count {
            let t = turn * (first + k as f64 * step).exp();
            let term = ((-t).exp() - phi(t)).re;
            sums[k % 2] += term;
            size += f64::abs(term);
        }
        let value = step * (sums[0] + sums[1]);
        // Half as many points are worse by the square root of the error.
        let halved = (value - 2.0 * step * sums[0]).abs();
        Margin::new(value, halved * halved + 8.0 * f64::EPSILON * (1.0 + step * size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E ln|c + X| and E ln|c + product| by elementary integrals.
    #[test]
    fn known_expectations() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        // E ln|N(0, 1)| = -(gamma + ln 2)/2; of a product of two independent ones, twice that.
        let half = -0.5 * (EULER + 2.0_f64.ln());
        let map = Map { keep: 0.0, gain: 1.0, batch: 1 };
        assert!((normal(&map, 0.0, 1.0).value - half).abs() < 1e-14);
        assert!((products(&map, [1.0, 1.0, 0.0]).value - 2.0 * half).abs() < 1e-14);
        // x = y: E ln x^2.
        assert!((products(&map, [1.0, 1.0, 1.0]).value - 2.0 * half).abs() < 1e-14);
        // The mean of S squares: E ln(chi^2_S / S) = digamma(S/2) + ln(2/S); digamma(2) = 1 - gamma.
        let four = Map { batch: 4, ..map };
        assert!((products(&four, [1.0, 1.0, 1.0]).value - (1.0 - EULER + 0.5_f64.ln())).abs() < 1e-14);
        assert!(
            (products(&Map { gain: -1.0, ..four }, [1.0, 1.0, 1.0]).value - (1.0 - EULER - 2.0_f64.ln())).abs() < 1e-14
        );
    }
}
