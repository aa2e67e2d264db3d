//! The gradient flow for D >= 2, where powers of the state enter.

use super::flow::{Drift, LEAST, at_least};
use super::linear::push_moments;
use crate::model::{Branch, Diagonal};
use crate::numeric::elementary::{exp, ln};

/// The drift for a step dt by the midpoint rule in x^2, the noise by the Taylor series of its flow through
/// the fourth derivative: what weak order 2 needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers {
    /// (D+1) / (2D)
    power: f64,
    /// c d
    numerator: f64,
    /// 2 dt times the factors of 1, rho and x in the regular drift.
    drift: [f64; 3],
    /// 2 dt times the factors of 1, rho and rho^2 in kappa.
    push: [f64; 3],
    /// 16 D^2 T dt Ghat = square - slope rho + lead rho^2, and its centred form lead (rho - centre)^2 + least.
    ghat: Ghat,
    /// One standard deviation of a step from x = 0: derivatives are not resolved below it.
    resolved: f64,
}

/// lead rho^2 - slope rho + constant >= 0, as a square of a difference and a rest.
#[derive(Debug, Clone, Copy)]
struct Ghat {
    constant: f64,
    slope: f64,
    lead: f64,
    /// Of (root - tilt rho)^2 + rest rho^2.
    root: f64,
    tilt: f64,
    rest: f64,
}

impl Ghat {
    /// From alpha1 (c d - k rho)^2 + (Delta / alpha1) rho^2.
    fn new(model: &Diagonal, sign: f64, scale: f64) -> Self {
        let m = &model.moments;
        let d = f64::from(model.width);
        let rest = if m.alpha1() > 0.0 { m.discriminant() / m.alpha1() } else { m.alpha3() };
        let root = (scale * m.alpha1()).sqrt();
        Self {
            constant: scale * m.alpha1() * d * d,
            slope: 2.0 * scale * sign * m.alpha2() * d,
            lead: scale * m.alpha3(),
            root: root * d,
            tilt: root * sign * m.centre(),
            rest: scale * rest,
        }
    }

    #[inline(always)]
    fn at(&self, rho: f64) -> f64 {
        let difference = self.root - self.tilt * rho;
        difference * difference + self.rest * rho * rho
    }
}

impl Layers {
    pub(super) fn new(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let (t, d, sign) = (model.temperature, f64::from(model.width), branch.sign());
        let depth = f64::from(model.depth);
        let [a1, a2, a3] = push_moments(model);
        let drift = [m.beta1() * d, -sign * m.beta2(), model.weight_decay];
        let push = [(2.0 * depth + 1.0) * a1 * d * d, -(3.0 * depth + 1.0) * sign * a2 * d, depth * a3];
        let ghat = Ghat::new(model, sign, 16.0 * depth * depth * t * dt);
        let power = (depth + 1.0) / (2.0 * depth);
        Self {
            power,
            numerator: sign * d,
            drift: drift.map(|c| 8.0 * depth * dt * c),
            push: push.map(|c| 8.0 * depth * t * dt * c),
            ghat,
            resolved: ghat.constant.sqrt(),
        }
    }

    /// v
    pub(super) fn physical(&self, x: f64) -> f64 {
        self.numerator / self.rho(x)
    }

    #[inline(always)]
    fn rho(&self, x: f64) -> f64 {
        exp(self.power * ln(x))
    }

    /// Regular drift times 2 x dt, and push.
    #[inline(always)]
    fn rates(&self, x: f64) -> (f64, f64) {
        let rho = self.rho(x);
        let [one, of_rho, of_x] = self.drift;
        let push = self.push[0] + (self.push[1] + self.push[2] * rho) * rho;
        (x * (one + of_rho * rho + of_x * x), push)
    }

    /// The flow of the noise for a time sqrt(dt) `normal`: with b^2 = 16 D^2 T Ghat dt as a function g of x,
    /// x' = b, x'' = g'/2, x''' = b g''/2, x'''' = (g g''' + g' g''/2) / 2.
    #[inline(always)]
    pub(super) fn noise(&self, x: f64, normal: f64) -> f64 {
        let rho = self.rho(x);
        let p = self.power;
        let g = self.ghat.at(rho);
        // x g', x^2 g'', x^3 g''' of -slope x^p + lead x^(2p)
        let (first, second) = (-self.ghat.slope * rho, self.ghat.lead * rho * rho);
        let g1 = p * first + 2.0 * p * second;
        let g2 = p * (p - 1.0) * first + 2.0 * p * (2.0 * p - 1.0) * second;
        let g3 = p * (p - 1.0) * (p - 2.0) * first + 2.0 * p * (2.0 * p - 1.0) * (2.0 * p - 2.0) * second;
        let inverse = 1.0 / if x > self.resolved { x } else { self.resolved };
        let b = g.sqrt();
        let n = normal;
        let third = b * g2 * inverse * inverse * n * (1.0 / 12.0);
        let fourth = (g * g3 + 0.5 * g1 * g2) * inverse * inverse * inverse * n * n * (1.0 / 48.0);
        x + n * (b + n * (0.25 * g1 * inverse + (third + fourth)))
    }
}

impl Drift for Layers {
    #[inline(always)]
    fn flow(&self, state: f64) -> f64 {
        let square = state * state;
        let (regular, push) = self.rates(positive(state));
        let (regular, push) = self.rates(positive(square + 0.5 * (regular + push)).sqrt());
        positive(square + regular + push).sqrt()
    }

    fn push(&self) -> f64 {
        self.push[0]
    }

    fn rest(&self, x: f64) -> f64 {
        let step = |at: f64| {
            let (regular, push) = self.rates(at);
            0.5 * (regular + push - self.push[0]) / at
        };
        let middle = at_least(x + 0.5 * step(positive(x)), LEAST * x);
        at_least(x + step(positive(middle)), LEAST * x)
    }
}

/// Keeps logarithms and roots defined where a step was far too long.
#[inline(always)]
fn positive(x: f64) -> f64 {
    if x > 1e-150 { x } else { 1e-150 }
}
