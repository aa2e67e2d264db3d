//! D >= 2 (section 5): the exponent is elementary in q = v^(1/(D+1)).
//!
//! int dv / (s (v - rho)) = c_d F, F = q^(1-D)/(rho (D-1)) + (1/((D+1) rho^2)) sum_j q_j^2 ln(q - q_j), with the
//! D+1 roots q_j of q^(D+1) = rho. Then int h/(s G) dv is, with rho = (alpha2 + i sqrt(Delta))/alpha1,
//! Delta > 0: c_d 2 Re[R F], R = (beta1 rho - beta2)/(2 i sqrt(Delta));
//! Delta = 0: c_d [(beta1/alpha1) F - (c/alpha1) dF/drho] at rho = k, c = beta2 - beta1 k.

use super::balance::{Frame, Sum};
use super::chart::{Chart, Place};
use super::shape::Shape;
use num_complex::Complex64;

/// Beyond this many layers the sum over roots costs more than quadrature.
pub(super) const MOST_ROOTS: u32 = 12;

/// Roundings of a root of rho, relative.
const ROOT_ROUNDINGS: f64 = 3.0;

/// |d ln(1 + step/gap)/d ln root|: a root near the real axis, seen from next to it, is a difference.
fn sensitivity(root: Complex64, gap: Complex64, step: f64) -> f64 {
    (step / (gap + step)).norm() * (1.0 + root.norm() / gap.norm())
}

/// ln(1 + z) without loss near z = 0.
fn log_one_plus(z: Complex64) -> Complex64 {
    Complex64::new(0.5 * (2.0 * z.re + z.norm_sqr()).ln_1p(), z.im.atan2(1.0 + z.re))
}

/// What both cases share: powers of q at the reference, and the roots.
#[derive(Debug)]
struct Roots {
    layers: f64,
    rho: Complex64,
    /// q_j
    roots: Vec<Complex64>,
    /// q0 - q_j
    gaps: Vec<Complex64>,
    /// v0^(1/(D+1))
    q0: f64,
}

impl Roots {
    fn new(frame: &Frame, depth: u32) -> Self {
        let b = &frame.balance;
        let layers = f64::from(depth) + 1.0;
        let rho = Complex64::new(b.k, b.pinch);
        let (length, angle) = (rho.norm().powf(1.0 / layers), rho.im.atan2(rho.re));
        let root = |j: u32| Complex64::from_polar(length, (angle + std::f64::consts::TAU * f64::from(j)) / layers);
        let roots: Vec<Complex64> = (0..=depth).map(root).collect();
        let q0 = frame.v0.powf(1.0 / layers);
        let mut gaps: Vec<Complex64> = roots.iter().map(|r| q0 - r).collect();
        if !matches!(frame.chart, Chart::Positive { .. }) {
            // The real root, from the exact distance to k.
            gaps[0] = Complex64::new(length * relative_root(frame, &frame.chart.place(0.0), layers), 0.0);
        }
        Self { layers, rho, roots, gaps, q0 }
    }

    /// q^(1-D) - q0^(1-D)
    fn power(&self, p: &Place) -> f64 {
        let e = (2.0 - self.layers) / self.layers;
        self.q0.powf(2.0 - self.layers) * (e * p.log_ratio).exp_m1()
    }

    /// q - q0
    fn step(&self, p: &Place) -> f64 {
        self.q0 * (p.log_ratio / self.layers).exp_m1()
    }

    /// -(1/T) c_d = -(D+1) w
    fn scale(&self, frame: &Frame) -> f64 {
        -self.layers * frame.balance.weight
    }
}

/// (v/k)^(1/(D+1)) - 1 near k.
fn relative_root(frame: &Frame, p: &Place, layers: f64) -> f64 {
    let x = frame.x(p) / frame.balance.k;
    let log = if x.abs() < 0.5 { x.ln_1p() } else { frame.chart.log_abs(p.zeta) - frame.balance.k.ln() };
    (log / layers).exp_m1()
}

/// -a ln v - ln G, common to all.
fn local(frame: &Frame, p: &Place) -> Sum {
    Sum::default().plus(-frame.balance.curvature * p.log_ratio).plus(-frame.log_noise_ratio(p))
}

/// Delta > 0.
#[derive(Debug)]
pub(super) struct Deep {
    roots: Roots,
    residue: Complex64,
}

impl Deep {
    /// The law of `frame`.
    pub fn new(frame: &Frame, depth: u32) -> Self {
        let b = &frame.balance;
        let roots = Roots::new(frame, depth);
        let residue = (b.beta1 * roots.rho - b.beta2) / Complex64::new(0.0, 2.0 * b.alpha1 * b.pinch);
        Self { roots, residue }
    }
}

impl Shape for Deep {
    fn name(&self) -> &'static str {
        "rational roots (D >= 2)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let r = &self.roots;
        let (scale, step) = (2.0 * r.scale(frame), r.step(p));
        let first = scale * self.residue * r.power(p) / (r.rho * (r.layers - 2.0));
        let mut sum = local(frame, p).plus_sized(first.re, first.norm());
        let factor = scale * self.residue / (r.layers * r.rho * r.rho);
        for (root, gap) in r.roots.iter().zip(&r.gaps) {
            let (square, ratio) = (factor * root * root, step / gap);
            let term = square * log_one_plus(ratio);
            sum = sum
                .plus_sized(term.re, ROOT_ROUNDINGS * (term.norm() + square.norm() * sensitivity(*root, *gap, step)));
        }
        sum
    }
}

/// Delta = 0, k != 0.
#[derive(Debug)]
pub(super) struct DeepDegenerate {
    roots: Roots,
    /// beta1 / alpha1
    slope: f64,
    /// c / alpha1
    pull: f64,
}

impl DeepDegenerate {
    /// The law of `frame`.
    pub fn new(frame: &Frame, depth: u32) -> Self {
        let b = &frame.balance;
        Self { roots: Roots::new(frame, depth), slope: b.beta1 / b.alpha1, pull: b.pull() / b.alpha1 }
    }

    /// What multiplies the logarithms, its parts added.
    fn doubt(&self) -> f64 {
        self.slope + (self.pull / self.roots.rho.re).abs() * (2.0 - 2.0 / self.roots.layers)
    }

    /// ln((q - q_j)/(q0 - q_j)) and 1/(q - q_j) - 1/(q0 - q_j).
    fn root_terms(&self, frame: &Frame, p: &Place, j: usize, step: f64) -> (Complex64, Complex64) {
        let gap = self.roots.gaps[j];
        let (mut ratio, mut here) = (step / gap, gap + step);
        let on_axis = j == 0 && !matches!(frame.chart, Chart::Positive { .. });
        if on_axis && ratio.re.abs() > 0.5 {
            here = Complex64::new(self.roots.roots[0].re * relative_root(frame, p, self.roots.layers), 0.0);
            ratio = Complex64::new((here / gap).re, 0.0);
            return (Complex64::new(ratio.re.abs().ln(), 0.0), -step / (here * gap));
        }
        ratio.im += 0.0;
        (log_one_plus(ratio), -step / (here * gap))
    }
}

impl Shape for DeepDegenerate {
    fn name(&self) -> &'static str {
        "rational roots (D >= 2, Delta = 0)"
    }

    fn difference(&self, frame: &Frame, p: &Place) -> Sum {
        let r = &self.roots;
        let (scale, step, n, rho) = (r.scale(frame), r.step(p), r.layers, r.rho.re);
        let power = r.power(p) / (rho * (n - 2.0));
        let mut sum = local(frame, p).plus(scale * self.slope * power).plus(scale * self.pull / rho * power);
        for (j, root) in r.roots.iter().enumerate() {
            let (log, pole) = self.root_terms(frame, p, j, step);
            let square = root * root / (n * rho * rho);
            let logarithm = square * log * (self.slope - self.pull / rho * (2.0 / n - 2.0));
            let inverse = square * root * pole * (self.pull / (n * rho));
            let (logarithm, inverse) = (scale * logarithm, scale * inverse);
            let (first, second) = ((scale * square).norm() * self.doubt(), 1.0 + root.norm() / r.gaps[j].norm());
            let doubt = first * sensitivity(*root, r.gaps[j], step);
            sum = sum
                .plus_sized(logarithm.re, ROOT_ROUNDINGS * (logarithm.norm() + doubt))
                .plus_sized(inverse.re, ROOT_ROUNDINGS * inverse.norm() * second);
        }
        sum
    }
}
