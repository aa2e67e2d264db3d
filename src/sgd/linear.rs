//! The gradient flow for D = 0 and D = 1: a linear drift (with a push away from x = 0 for D = 1), and noise
//! whose square is quadratic in the state; the flows of both are elementary.

use super::flow::{Drift, LEAST, at_least};
use crate::model::{Branch, Diagonal};
use crate::numeric::elementary::exp;

/// dx/dt = c0 + c1 x + kappa / x, by half a step of the linear part (exact), a step of the rest (exact in x^2)
/// and the other half: order 2, and exact where kappa = 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinearDrift {
    /// Half a step of the linear part: x -> offset + factor x.
    offset: f64,
    factor: f64,
    /// 2 kappa dt
    push: f64,
    /// v = numerator / x for D = 1.
    numerator: f64,
}

/// dx = sigma sqrt(G) o dW with G = (S^2 + discriminant) / lead, S = lead x - middle.
///
/// arsinh(S / sqrt(discriminant)) moves by sigma sqrt(lead) W: with the addition theorem
/// S -> S cosh + sqrt(S^2 + discriminant) sinh. Without a discriminant S never changes sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hyperbolic {
    lead: f64,
    inverse_lead: f64,
    middle: f64,
    discriminant: f64,
    /// sigma sqrt(lead dt)
    noise: f64,
}

/// dx = sigma dW
#[derive(Debug, Clone, Copy)]
pub(super) struct Additive {
    /// sigma sqrt(dt)
    noise: f64,
}

/// alpha1, alpha2, alpha3 in kappa: second moments instead of variances with the modified loss.
pub(super) fn push_moments(model: &Diagonal) -> [f64; 3] {
    let m = &model.moments;
    let extra = if model.modified_loss { 1.0 } else { 0.0 };
    let (b1, b2) = (m.beta1(), m.beta2());
    [m.alpha1() + extra * b1 * b1, m.alpha2() + extra * b1 * b2, m.alpha3() + extra * b2 * b2]
}

impl LinearDrift {
    fn new(constant: f64, slope: f64, kappa: f64, numerator: f64, dt: f64) -> Self {
        let growth = 0.5 * slope * dt;
        let mean = if growth == 0.0 { 1.0 } else { growth.exp_m1() / growth };
        Self { offset: 0.5 * dt * constant * mean, factor: growth.exp(), push: 2.0 * kappa * dt, numerator }
    }

    /// D = 0: dv = \[ -2 d h - 2 gamma v - 2 d^2 T (alpha1 v - alpha2) \] dt + ..., the last term from Ito to
    /// Stratonovich.
    pub(super) fn line(model: &Diagonal, dt: f64) -> Self {
        let m = &model.moments;
        let (t, d) = (model.temperature, f64::from(model.width));
        let modified = if model.modified_loss { 1.0 + t * m.beta1() * d } else { 1.0 };
        let constant = 2.0 * d * (modified * m.beta2() + d * t * m.alpha2());
        let slope = -2.0 * (d * (modified * m.beta1() + d * t * m.alpha1()) + model.weight_decay);
        Self::new(constant, slope, 0.0, 1.0, dt)
    }

    /// D = 1, where rho = x.
    pub(super) fn one_layer(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let (t, d, sign) = (model.temperature, f64::from(model.width), branch.sign());
        let [a1, a2, a3] = push_moments(model);
        let constant = 4.0 * d * (m.beta1() - 4.0 * t * sign * a2);
        let slope = 4.0 * (model.weight_decay - sign * m.beta2() + t * a3);
        Self::new(constant, slope, 12.0 * t * a1 * d * d, sign * d, dt)
    }

    /// A step of the linear part.
    #[inline(always)]
    pub(super) fn linear(&self, x: f64) -> f64 {
        self.half(self.half(x))
    }

    #[inline(always)]
    fn half(&self, x: f64) -> f64 {
        self.offset + self.factor * x
    }

    /// v
    pub(super) fn physical(&self, x: f64) -> f64 {
        self.numerator / x
    }
}

impl Drift for LinearDrift {
    #[inline(always)]
    fn flow(&self, state: f64) -> f64 {
        let x = self.half(state);
        let root = (x * x + self.push).sqrt();
        at_least(self.half(root), LEAST * root)
    }

    fn push(&self) -> f64 {
        self.push
    }

    fn rest(&self, x: f64) -> f64 {
        at_least(self.linear(x), LEAST * x)
    }
}

impl Hyperbolic {
    fn new(lead: f64, middle: f64, discriminant: f64, sigma: f64, dt: f64) -> Self {
        Self { lead, inverse_lead: 1.0 / lead, middle, discriminant, noise: sigma * (lead * dt).sqrt() }
    }

    /// D = 0
    pub(super) fn line(model: &Diagonal, dt: f64) -> Self {
        let m = &model.moments;
        let sigma = 2.0 * f64::from(model.width) * model.temperature.sqrt();
        Self::new(m.alpha1(), m.alpha2(), m.discriminant(), sigma, dt)
    }

    /// D = 1
    pub(super) fn one_layer(model: &Diagonal, branch: Branch, dt: f64) -> Self {
        let m = &model.moments;
        let d = f64::from(model.width);
        let middle = branch.sign() * m.alpha2() * d;
        Self::new(m.alpha3(), middle, m.discriminant() * d * d, 4.0 * model.temperature.sqrt(), dt)
    }

    /// The flow for a time sqrt(dt) `normal`.
    #[inline(always)]
    pub(super) fn flow(&self, x: f64, normal: f64) -> f64 {
        let s = self.lead * x - self.middle;
        let q = (s * s + self.discriminant).sqrt();
        let grow = exp(self.noise * normal);
        (0.5 * ((s + q) * grow + (s - q) / grow) + self.middle) * self.inverse_lead
    }
}

impl Additive {
    /// D = 0 with alpha1 = 0.
    pub(super) fn line(model: &Diagonal, dt: f64) -> Self {
        Self { noise: 2.0 * f64::from(model.width) * (model.temperature * model.moments.alpha3() * dt).sqrt() }
    }

    /// D = 1 with alpha3 = 0.
    pub(super) fn one_layer(model: &Diagonal, dt: f64) -> Self {
        Self { noise: 4.0 * f64::from(model.width) * (model.temperature * model.moments.alpha1() * dt).sqrt() }
    }

    /// The flow for a time sqrt(dt) `normal`.
    #[inline(always)]
    pub(super) fn flow(&self, x: f64, normal: f64) -> f64 {
        x + self.noise * normal
    }
}
