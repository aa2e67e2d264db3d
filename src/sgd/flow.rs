//! The stochastic gradient flow of the balanced network, integrated in time.
//!
//! For D >= 1 the coordinate is x = r^(-2D), r = |v/d|^(1/(D+1)) (for D = 1 simply d / |v|); for D = 0 it is
//! v. From dr = c r^D X - 2 gamma r dt (theory manual, section 2), with rho = x^((D+1)/(2D)), v = c d / rho
//! and c the sign of v, the equation in the sense of Stratonovich is
//!
//! dx = \[ 4D (beta1 d - c beta2 rho + gamma x) + kappa(rho) / x \] dt + 4D sqrt(T Ghat(rho)) o dW,
//! Ghat  = alpha1 d^2 - 2 c alpha2 d rho + alpha3 rho^2,
//! kappa = 4 D T \[ (2D+1) alpha1 d^2 - (3D+1) c alpha2 d rho + D alpha3 rho^2 \]
//!
//! (in kappa the modified loss adds beta1^2, beta1 beta2, beta2^2 to the alphas). Nothing in it grows faster
//! than x, and v = infinity has become x = 0, which behaves as the origin of a Bessel process.
//!
//! A step is Ninomiya and Victoir's (Appl. Math. Finance 15, 2008): the flow of the drift for dt, then the
//! flow of the noise for a time sqrt(dt) N(0, 1). Values are read in the middle of a drift step, which makes
//! the scheme symmetric and its weak order 2. Near x = 0, where only the exact step of a Bessel process gives
//! large |v| their power law, the drift's push in x^2 is drawn from the law it has together with the noise
//! ([`Boundary`]).
//!
//! # Accuracy
//! Order 2 is measured for D = 0 (variance) and D = 1 (median). Within a few standard deviations of a step
//! from x = 0, that is for |v| beyond d / (4 D d sqrt(T alpha1 dt))^((D+1)/(2D)), order and constants are worse,
//! most so for D >= 2: at D = 3, alpha = (2, 2, 3), beta = (1, 1), T = 0.1, dt = 0.001 the quantiles up to
//! 0.95 are right to 0.4 %, that of 0.99 to 3 %. Moments that live on the tail inherit this.

use super::boundary::Boundary;
use super::layers::Layers;
use super::linear::{Additive, Hyperbolic, LinearDrift};
use super::random::{LANES, Lanes, Streams};
use super::run::Chains;
use crate::model::{Branch, Diagonal};
use pulp::{Arch, Simd, WithSimd};

/// Steps whose normals are drawn together.
const CHUNK: usize = 64;
/// Largest x kept: its square is representable. For D = 1 a chain there has |v| = 1e-150 d.
const LARGEST: f64 = 1e150;
/// Smallest x kept, so that v stays finite.
const SMALLEST: f64 = 1e-150;

/// [`LANES`] chains of the gradient flow.
pub(super) struct Flows {
    streams: Streams,
    scheme: Scheme,
    boundary: Boundary,
    /// After the flow of the noise.
    state: Lanes,
    arch: Arch,
}

/// Share of x that the linear part of a drift step must leave, so that x = 0 stays out of reach.
pub(super) const LEAST: f64 = 0.8;

/// The larger of two numbers.
#[inline(always)]
pub(super) fn at_least(x: f64, least: f64) -> f64 {
    if x > least { x } else { least }
}

/// Which equation, with constants for a step and for half a step of the drift.
#[derive(Debug, Clone, Copy)]
enum Scheme {
    /// D = 0 with additive noise.
    AdditiveLine([LinearDrift; 2], Additive),
    /// D = 0.
    Line([LinearDrift; 2], Hyperbolic),
    /// D = 1 with additive noise.
    AdditiveLayer([LinearDrift; 2], Additive),
    /// D = 1.
    OneLayer([LinearDrift; 2], Hyperbolic),
    /// D >= 2.
    Layers([Layers; 2]),
}

/// The flow of the drift for x > 0.
pub(super) trait Drift: Copy {
    /// All of it, away from x = 0.
    fn flow(&self, state: f64) -> f64;
    /// 2 kappa dt at x = 0.
    fn push(&self) -> f64;
    /// All of it but this push, near x = 0: at least [`LEAST`] times x.
    fn rest(&self, x: f64) -> f64;
}

impl Flows {
    /// Chains `first .. first + LANES` of a run that starts at `v`, with time step `dt`.
    pub(super) fn new(model: &Diagonal, branch: Branch, dt: f64, v: f64, seed: u64, first: u64) -> Self {
        let scheme = Scheme::new(model, branch, dt);
        let state = [scheme.state(v, model); LANES];
        Self {
            streams: Streams::new(seed, first),
            scheme,
            boundary: Boundary::new(model, dt),
            state,
            arch: Arch::new(),
        }
    }

    #[inline(always)]
    fn advance_chunk(&mut self, normals: &mut [Lanes]) {
        self.streams.normals(normals);
        let (state, streams, boundary) = (&mut self.state, &mut self.streams, &self.boundary);
        match self.scheme {
            Scheme::AdditiveLine([drift, _], noise) => walk(state, normals, |x, n| noise.flow(drift.linear(x), n)),
            Scheme::Line([drift, _], noise) => walk(state, normals, |x, n| noise.flow(drift.linear(x), n)),
            Scheme::AdditiveLayer([drift, _], noise) => {
                bounded_walk(state, normals, streams, boundary, drift, |x, n| noise.flow(x, n));
            }
            Scheme::OneLayer([drift, _], noise) => {
                bounded_walk(state, normals, streams, boundary, drift, |x, n| noise.flow(x, n));
            }
            Scheme::Layers([drift, _]) => {
                bounded_walk(state, normals, streams, boundary, drift, |x, n| drift.noise(x, n));
            }
        }
    }
}

impl Chains<1> for Flows {
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

    fn values(&self) -> [Lanes; 1] {
        [match &self.scheme {
            Scheme::AdditiveLine([_, half], _) | Scheme::Line([_, half], _) => self.state.map(|x| half.linear(x)),
            Scheme::AdditiveLayer(drifts, _) | Scheme::OneLayer(drifts, _) => {
                self.middle(drifts).map(|x| drifts[0].physical(x))
            }
            Scheme::Layers(drifts) => self.middle(drifts).map(|x| drifts[0].physical(x)),
        }]
    }
}

impl Flows {
    /// x in the middle of the next drift step; near the boundary, where only the whole push has the right
    /// law, after the push and in the middle of the rest.
    fn middle<D: Drift>(&self, [whole, half]: &[D; 2]) -> Lanes {
        let mut streams = self.streams.clone();
        std::array::from_fn(|lane| {
            let state = self.state[lane];
            if self.boundary.near(state) {
                let push = whole.push() * self.boundary.draw(streams.bits(lane));
                return clamp(half.rest((state * state + push).sqrt()));
            }
            clamp(half.flow(state))
        })
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

/// The same for x > 0.
#[inline(always)]
fn bounded_walk<D: Drift>(
    state: &mut Lanes,
    normals: &[Lanes],
    streams: &mut Streams,
    boundary: &Boundary,
    drift: D,
    noise: impl Fn(f64, f64) -> f64,
) {
    let mut x = *state;
    for row in normals {
        let before = x;
        let mut near = 0;
        for lane in 0..LANES {
            x[lane] = drift.flow(x[lane]);
            near += u64::from(boundary.near(before[lane]));
        }
        if near > 0 {
            scatter(&before, &mut x, streams, boundary, drift);
        }
        for lane in 0..LANES {
            x[lane] = noise(clamp(x[lane]), row[lane]);
        }
    }
    *state = x;
}

/// The drift step of every lane near x = 0 with its random push. A lane's stream is used only if it is near,
/// so that lanes stay independent of one another.
#[cold]
#[inline(never)]
fn scatter<D: Drift>(before: &Lanes, x: &mut Lanes, streams: &mut Streams, boundary: &Boundary, drift: D) {
    for lane in 0..LANES {
        if boundary.near(before[lane]) {
            let push = drift.push() * boundary.draw(streams.bits(lane));
            x[lane] = drift.rest((before[lane] * before[lane] + push).sqrt());
        }
    }
}

#[inline(always)]
fn clamp(x: f64) -> f64 {
    // In this order, so that what is not a number becomes the upper bound: |v| too small to represent.
    let x = if x < LARGEST { x } else { LARGEST };
    if x > SMALLEST { x } else { SMALLEST }
}

impl Scheme {
    fn new(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        match model.depth {
            0 => {
                let drifts = [dt, 0.5 * dt].map(|dt| LinearDrift::line(model, dt));
                if m.alpha1() == 0.0 {
                    Self::AdditiveLine(drifts, Additive::line(model, dt))
                } else {
                    Self::Line(drifts, Hyperbolic::line(model, dt))
                }
            }
            1 => {
                let drifts = [dt, 0.5 * dt].map(|dt| LinearDrift::one_layer(model, branch, dt));
                if m.alpha3() == 0.0 {
                    Self::AdditiveLayer(drifts, Additive::one_layer(model, dt))
                } else {
                    Self::OneLayer(drifts, Hyperbolic::one_layer(model, branch, dt))
                }
            }
            _ => Self::Layers([dt, 0.5 * dt].map(|dt| Layers::new(model, branch, dt))),
        }
    }

    fn state(&self, v: f64, model: &Diagonal) -> f64 {
        match model.depth {
            0 => v,
            depth => {
                let depth = f64::from(depth);
                (f64::from(model.width) / v.abs()).powf(2.0 * depth / (depth + 1.0))
            }
        }
    }
}
