//! Adaptive Gauss-Legendre quadrature with its own error: every panel is integrated whole and in halves.

use std::sync::OnceLock;

/// Points per panel.
const ORDER: usize = 16;
/// Panels whose whole and halves differ by less than this (relative) are accepted.
const ACCEPT: f64 = 4e-15;
/// Deepest halving of a panel.
const DEEPEST: u32 = 48;

/// An integrand at a point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    /// Its value.
    pub value: f64,
    /// Relative rounding error, different from point to point.
    pub noise: f64,
    /// Relative error that the parameters' roundings cause, smooth from point to point.
    pub bias: f64,
}

/// An integral.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Area {
    /// Its value.
    pub value: f64,
    /// Difference between the two resolutions, summed over panels.
    pub defect: f64,
    /// Integral of |value| (noise + bias).
    pub blur: f64,
}

impl Area {
    /// The union of two intervals.
    pub fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, defect: self.defect + other.defect, blur: self.blur + other.blur }
    }

    /// All of it times a positive number.
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, defect: self.defect * factor, blur: self.blur * factor }
    }

    /// (relative defect, relative blur), infinite for an integral that is not a number.
    pub fn relative(&self) -> (f64, f64) {
        if !(self.value.is_finite() && self.defect.is_finite() && self.blur.is_finite()) {
            return (f64::INFINITY, f64::INFINITY);
        }
        let size = self.value.abs().max(f64::MIN_POSITIVE);
        (self.defect / size, self.blur / size)
    }
}

/// Nodes and weights on \[-1, 1\], by Newton's method on the Legendre polynomial.
fn rule() -> &'static [(f64, f64); ORDER] {
    static RULE: OnceLock<[(f64, f64); ORDER]> = OnceLock::new();
    RULE.get_or_init(|| {
        let mut rule = [(0.0, 0.0); ORDER];
        let order = ORDER as f64;
        for (i, entry) in rule.iter_mut().enumerate() {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (order + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..20 {
                let (mut before, mut now) = (1.0, x);
                for j in 2..=ORDER {
                    let j = j as f64;
                    (before, now) = (now, ((2.0 * j - 1.0) * x * now - (j - 1.0) * before) / j);
                }
                slope = order * (x * now - before) / (x * x - 1.0);
                x -= now / slope;
            }
            *entry = (x, 2.0 / ((1.0 - x * x) * slope * slope));
        }
        rule
    })
}

/// One panel, without error control.
fn panel(f: &dyn Fn(f64) -> Sample, a: f64, b: f64) -> (Area, f64) {
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    let mut area = Area::default();
    let mut noise = 0.0;
    for &(x, weight) in rule() {
        let sample = f(half.mul_add(x, centre));
        area.value += weight * sample.value;
        noise += weight * sample.value.abs() * sample.noise;
        area.blur += weight * sample.value.abs() * (sample.noise + sample.bias);
    }
    (area.times(half.abs()), noise * half.abs())
}

/// A smooth function over \[a, b\] by one rule, for panels known to be resolved.
pub(super) fn single(f: &dyn Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    rule().iter().map(|&(x, weight)| weight * f(half.mul_add(x, centre))).sum::<f64>() * half
}

/// Integral over \[a, b\], a <= b; `budget` counts the panels that may still be used.
pub(super) fn integrate(f: &dyn Fn(f64) -> Sample, a: f64, b: f64, budget: &mut usize) -> Area {
    if b <= a {
        return Area::default();
    }
    let whole = panel(f, a, b).0;
    refine(f, (a, b), whole, DEEPEST, budget)
}

fn refine(f: &dyn Fn(f64) -> Sample, (a, b): (f64, f64), whole: Area, depth: u32, budget: &mut usize) -> Area {
    let middle = 0.5 * (a + b);
    let ((left, left_noise), (right, right_noise)) = (panel(f, a, middle), panel(f, middle, b));
    let mut halves = left.plus(right);
    halves.defect = (halves.value - whole.value).abs();
    let allowed = ACCEPT * halves.value.abs() + left_noise + right_noise;
    *budget = budget.saturating_sub(2);
    if halves.defect <= allowed || depth == 0 || *budget == 0 || middle <= a || middle >= b {
        return halves;
    }
    refine(f, (a, middle), left, depth - 1, budget).plus(refine(f, (middle, b), right, depth - 1, budget))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(value: f64) -> Sample {
        Sample { value, noise: 1e-16, bias: 0.0 }
    }

    #[test]
    fn integrates_polynomials_of_degree_31_exactly() {
        let area = integrate(&|x| exact(x.powi(31) + x.powi(30)), -1.0, 1.0, &mut 1000);
        assert!((area.value - 2.0 / 31.0).abs() < 1e-16);
    }

    #[test]
    fn resolves_a_narrow_peak_and_covers_its_error() {
        let width = 1e-4_f64;
        let area = integrate(&|x| exact(width / (x * x + width * width)), 0.0, 1.0, &mut 10_000);
        let truth = (1.0 / width).atan();
        assert!((area.value - truth).abs() <= area.defect + area.blur + 4e-16 * truth);
        assert!(area.defect < 1e-13);
    }

    #[test]
    fn stops_when_the_budget_is_spent_and_says_so() {
        let area = integrate(&|x| exact((1.0 / (x + 1e-300)).sin().abs()), 0.0, 1.0, &mut 50);
        assert!(area.defect > 1e-6);
    }
}
