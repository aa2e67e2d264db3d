//! The stochastic gradient flow of the balanced network, integrated in time.
//!
//! For D >= 1 the coordinate is x = r^(-2D), r = |v/d|^(1/(D+1)) (for D = 1 simply d / |v|). From
//! dr = c r^D X - 2 gamma r dt (theory manual, section 2) the Ito formula gives, with rho = x^((D+1)/(2D)),
//! v = c d / rho and c the sign of v,
//!
//! dx = 4D [ beta1 d - c beta2 rho + gamma x + (T/x) (A0 + A1 rho + A2 rho^2) ] dt + 4D sqrt(T Ghat) dW,
//! Ghat = alpha1 d^2 - 2 c alpha2 d rho + alpha3 rho^2,
//! A0 = (2D+1) alpha1 d^2, A1 = -2 (2D+1) c alpha2 d, A2 = (2D+1) alpha3
//!
//! (the modified loss adds (2D+1) beta1^2 d^2, -(3D+1) c beta1 beta2 d and D beta2^2 to them). Nothing in it
//! grows faster than x, v = infinity is the regular boundary layer A0/x of a Bessel process of dimension
//! 2 + 1/(2D), and no step can reach it: that term is taken implicitly.
//!
//! Where Ghat is a quadratic without a real zero in the state (D = 1; D = 0 with state v), the step is
//! taken in zeta = arsinh((alpha3 x - c alpha2 d) / sqrt(Delta) d), whose noise is constant, by the addition
//! theorem, so that small |v| is a plain random walk in ln |v| without bias. Elsewhere it is Euler-Maruyama's.
//! Both have weak order 1 (measured in the tests). Beyond |v| ~ d / sqrt(16 T A0 dt)^(1 + 1/D) tails are the
//! scheme's.

use super::random::{LANES, Lanes, Streams};
use super::run::Chains;
use crate::model::{Branch, Diagonal};
use crate::numeric::elementary::{exp, ln};
use pulp::{Arch, Simd, WithSimd};

/// Steps whose normals are drawn together.
const CHUNK: usize = 64;
/// Largest x kept: its square is representable. For D = 1 a chain there has |v| = 1e-150 d.
const LARGEST: f64 = 1e150;
/// Smallest x kept, so that v stays finite (only steps that are far too long come here).
const SMALLEST: f64 = 1e-100;

/// [`LANES`] chains of the gradient flow.
pub(super) struct Flows {
    streams: Streams,
    scheme: Scheme,
    x: Lanes,
    arch: Arch,
}

#[derive(Debug, Clone, Copy)]
enum Scheme {
    /// Constant noise in an arsinh of the state.
    Lamperti(Lamperti),
    /// D = 0 with additive noise, or noise that vanishes somewhere.
    Line(Line),
    /// Euler-Maruyama in x for D >= 1.
    Layers(Layers),
}

/// x = (S + middle) / lead; q = sqrt(S^2 + discriminant); one step of zeta = arsinh(S / sqrt(discriminant)).
#[derive(Debug, Clone, Copy)]
struct Lamperti {
    lead: f64,
    middle: f64,
    discriminant: f64,
    /// dt times the drift of x without the singular term: constant and slope.
    drift: [f64; 2],
    /// dt sigma^2 / 2, sigma^2 the noise of x over Ghat.
    correction: f64,
    /// sigma sqrt(lead dt)
    noise: f64,
    /// 4 kappa dt for the singular term kappa / x; negative when there is none.
    singular: f64,
    /// v = numerator / x, or v = x when there is no singular term.
    numerator: f64,
}

/// dv = (drift0 + drift1 v) dt + noise sqrt(G(v)) dW, dt included in the constants.
#[derive(Debug, Clone, Copy)]
struct Line {
    drift: [f64; 2],
    noise: f64,
    quadratic: Quadratic,
}

/// alpha1 (v - k)^2 + least
#[derive(Debug, Clone, Copy)]
struct Quadratic {
    lead: f64,
    centre: f64,
    least: f64,
}

/// The equation in the head of this file, dt included in the constants.
#[derive(Debug, Clone, Copy)]
struct Layers {
    /// (D+1) / (2D)
    power: f64,
    /// c d
    numerator: f64,
    /// Drift: 1, rho, x, rho/x, rho^2/x.
    drift: [f64; 5],
    /// Ghat as a square and a rest in (c rho / d)^-1 = v: G(v) rho^2.
    quadratic: Quadratic,
    noise: f64,
    singular: f64,
}

impl Flows {
    /// Chains `first .. first + LANES` of a run that starts at `v`, with time step `dt`.
    pub(super) fn new(model: &Diagonal, branch: Branch, dt: f64, v: f64, seed: u64, first: u64) -> Self {
        let scheme = Scheme::new(model, branch, dt);
        Self { streams: Streams::new(seed, first), scheme, x: [scheme.state(v); LANES], arch: Arch::new() }
    }

    #[inline(always)]
    fn advance_chunk(&mut self, normals: &mut [Lanes]) {
        self.streams.normals(normals);
        match self.scheme {
            Scheme::Lamperti(s) if s.singular < 0.0 => walk(&mut self.x, normals, |x, n| s.regular(x, n)),
            Scheme::Lamperti(s) => walk(&mut self.x, normals, |x, n| s.bounded(x, n)),
            Scheme::Line(s) => walk(&mut self.x, normals, |x, n| s.step(x, n)),
            Scheme::Layers(s) => walk(&mut self.x, normals, |x, n| s.step(x, n)),
        }
    }
}

impl Chains for Flows {
    fn advance(&mut self, steps: u64) {
        struct Work<'a>(&'a mut Flows, u64);
        impl WithSimd for Work<'_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(flows, mut left) = self;
                let mut normals = [[0.0; LANES]; CHUNK];
                while left > 0 {
                    let now = left.min(CHUNK as u64) as usize;
                    flows.advance_chunk(&mut normals[..now]);
                    left -= now as u64;
                }
            }
        }
        self.arch.dispatch(Work(self, steps));
    }

    fn values(&self) -> Lanes {
        self.x.map(|x| self.scheme.physical(x))
    }
}

/// One step of every lane per row of normals.
#[inline(always)]
fn walk(state: &mut Lanes, normals: &[Lanes], step: impl Fn(f64, f64) -> f64) {
    let mut x = *state;
    for row in normals {
        for lane in 0..LANES {
            x[lane] = step(x[lane], row[lane]);
        }
    }
    *state = x;
}

/// The positive root x of x = a + kappa dt / x.
#[inline(always)]
fn implicit(a: f64, four_kappa_dt: f64) -> f64 {
    let root = 0.5 * (a + (a * a + four_kappa_dt).sqrt());
    let root = if root < LARGEST { root } else { LARGEST };
    if root > SMALLEST { root } else { SMALLEST }
}

impl Scheme {
    fn new(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let smooth = m.discriminant() > 0.0;
        match model.depth {
            0 if smooth => Self::Lamperti(Lamperti::line(model, dt)),
            0 => Self::Line(Line::new(model, dt)),
            // alpha1 = 0: the noise is proportional to x, arsinh becomes ln.
            1 if smooth || (m.alpha1() == 0.0 && m.alpha3() > 0.0) => {
                Self::Lamperti(Lamperti::one_layer(model, branch, dt))
            }
            _ => Self::Layers(Layers::new(model, branch, dt)),
        }
    }

    fn physical(&self, x: f64) -> f64 {
        match self {
            Self::Lamperti(s) if s.singular >= 0.0 => s.numerator / x,
            Self::Layers(s) => s.numerator / exp(s.power * ln(x)),
            Self::Lamperti(_) | Self::Line(_) => x,
        }
    }

    fn state(&self, v: f64) -> f64 {
        match self {
            Self::Lamperti(s) if s.singular >= 0.0 => s.numerator / v,
            Self::Layers(s) => (s.numerator / v).powf(1.0 / s.power),
            Self::Lamperti(_) | Self::Line(_) => v,
        }
    }
}

/// The drift of v for D = 0, -2 d h - 2 gamma v: constant and slope.
fn line_drift(model: &Diagonal) -> [f64; 2] {
    let m = &model.moments;
    let d = f64::from(model.width);
    let modified = if model.modified_loss { 1.0 + model.temperature * m.beta1() * d } else { 1.0 };
    [2.0 * d * modified * m.beta2(), -2.0 * (d * modified * m.beta1() + model.weight_decay)]
}

/// A0, A1, A2.
fn singular_drift(model: &Diagonal, sign: f64) -> [f64; 3] {
    let m = &model.moments;
    let (depth, d) = (f64::from(model.depth), f64::from(model.width));
    let extra = if model.modified_loss { 1.0 } else { 0.0 };
    let (b1, b2) = (m.beta1(), m.beta2());
    let order = 2.0 * depth + 1.0;
    [
        order * d * d * (m.alpha1() + extra * b1 * b1),
        -sign * d * (2.0 * order * m.alpha2() + extra * (3.0 * depth + 1.0) * b1 * b2),
        order * m.alpha3() + extra * depth * b2 * b2,
    ]
}

impl Lamperti {
    fn line(model: &Diagonal, dt: f64) -> Self {
        let m = &model.moments;
        let sigma = 2.0 * f64::from(model.width) * model.temperature.sqrt();
        Self {
            lead: m.alpha1(),
            middle: m.alpha2(),
            discriminant: m.discriminant(),
            drift: line_drift(model).map(|c| c * dt),
            correction: 0.5 * sigma * sigma * dt,
            noise: sigma * (m.alpha1() * dt).sqrt(),
            singular: -1.0,
            numerator: 1.0,
        }
    }

    fn one_layer(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let (t, d, sign) = (model.temperature, f64::from(model.width), branch.sign());
        let [a0, a1, a2] = singular_drift(model, sign);
        let constant = 4.0 * (m.beta1() * d + t * a1);
        let slope = 4.0 * (-sign * m.beta2() + model.weight_decay + t * a2);
        Self {
            lead: m.alpha3(),
            middle: sign * m.alpha2() * d,
            discriminant: m.discriminant() * d * d,
            drift: [constant * dt, slope * dt],
            correction: 8.0 * t * dt,
            noise: 4.0 * (t * m.alpha3() * dt).sqrt(),
            singular: 16.0 * t * a0 * dt,
            numerator: sign * d,
        }
    }

    /// zeta moves by (lead / q) (drift - correction S) + noise N(0, 1).
    #[inline(always)]
    fn regular(&self, x: f64, normal: f64) -> f64 {
        let s = self.lead * x - self.middle;
        let q = (s * s + self.discriminant).sqrt();
        let drift = (self.drift[0] + self.drift[1] * x) - self.correction * s;
        let grow = exp(self.lead * drift / q + self.noise * normal);
        // S = (e^zeta - e^-zeta) / 2 in units of sqrt(discriminant), q with a plus sign.
        let moved = 0.5 * ((s + q) * grow + (s - q) / grow);
        (moved + self.middle) / self.lead
    }

    #[inline(always)]
    fn bounded(&self, x: f64, normal: f64) -> f64 {
        implicit(self.regular(x, normal), self.singular)
    }
}

impl Quadratic {
    fn new(model: &Diagonal) -> Self {
        let m = &model.moments;
        let least = if m.alpha1() > 0.0 { m.discriminant() / m.alpha1() } else { m.alpha3() };
        Self { lead: m.alpha1(), centre: m.centre(), least }
    }
}

impl Line {
    fn new(model: &Diagonal, dt: f64) -> Self {
        Self {
            drift: line_drift(model).map(|c| c * dt),
            noise: 2.0 * f64::from(model.width) * (model.temperature * dt).sqrt(),
            quadratic: Quadratic::new(model),
        }
    }

    #[inline(always)]
    fn step(&self, v: f64, normal: f64) -> f64 {
        let away = v - self.quadratic.centre;
        let g = self.quadratic.lead * away * away + self.quadratic.least;
        v + (self.drift[0] + self.drift[1] * v) + self.noise * g.sqrt() * normal
    }
}

impl Layers {
    fn new(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let (t, d, sign) = (model.temperature, f64::from(model.width), branch.sign());
        let depth = f64::from(model.depth);
        let [a0, a1, a2] = singular_drift(model, sign);
        let drift = [m.beta1() * d, -sign * m.beta2(), model.weight_decay, t * a1, t * a2];
        Self {
            power: (depth + 1.0) / (2.0 * depth),
            numerator: sign * d,
            drift: drift.map(|c| 4.0 * depth * dt * c),
            quadratic: Quadratic::new(model),
            noise: 4.0 * depth * (t * dt).sqrt(),
            singular: 16.0 * depth * t * a0 * dt,
        }
    }

    #[inline(always)]
    fn step(&self, x: f64, normal: f64) -> f64 {
        let rho = exp(self.power * ln(x));
        // Ghat = G(v) rho^2 = alpha1 (c d - k rho)^2 + least rho^2
        let away = self.numerator - self.quadratic.centre * rho;
        let g = self.quadratic.lead * away * away + self.quadratic.least * rho * rho;
        let [one, of_rho, of_x, rho_over_x, square_over_x] = self.drift;
        let singular = rho * (rho_over_x + square_over_x * rho) / x;
        let moved = x + (one + of_rho * rho + of_x * x + singular) + self.noise * g.sqrt() * normal;
        implicit(moved, self.singular)
    }
}
