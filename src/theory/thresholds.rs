//! Temperatures at which the law of one hidden layer changes its character.

use crate::model::{Branch, Diagonal};

/// T_c of section 4 and 10: the temperature at and above which v = 0 attracts and no density exists.
///
/// D = 1: (beta2 - gamma)/alpha3 on the branch v > 0 (mirrored for v < 0), infinite for alpha3 = 0. With the
/// modified loss at batch size 1 (PAPER P13; decay not part of it): (beta2 - gamma)/(alpha3 + beta2^2).
///
/// `None` where there is no such temperature: D != 1, a pull that does not exceed the decay (collapse at
/// every T), or, for Delta = 0, a law beyond the zero k of the noise (no collapse at any T) or exactly at it.
pub fn critical_temperature(model: &Diagonal, branch: Branch) -> Option<f64> {
    if model.depth != 1 {
        return None;
    }
    let m = if branch == Branch::Positive { model.moments } else { model.moments.mirrored() };
    let pull = m.beta2() - model.weight_decay;
    if pull <= 0.0 {
        return None;
    }
    if let Some(k) = m.noise_zero()
        && k > 0.0
    {
        // c >= 0: held at or beyond k, whatever T.
        let at_zero = (-m.beta1()).mul_add(k, pull);
        if at_zero >= -8.0 * f64::EPSILON * (m.beta2() + model.weight_decay) && !model.modified_loss {
            return None;
        }
    }
    let step = if model.modified_loss { m.beta2() * m.beta2() } else { 0.0 };
    Some(pull / (m.alpha3() + step))
}

/// The temperatures of D = 1 on one branch (App. A.8 of the paper), Delta > 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// p(0+) = 0 below, infinite above: T_c/3.
    pub divergence: f64,
    /// The interior maximum exists below and is gone above: T*, where the two stationary points of p meet;
    /// `None` where it lasts up to T_c.
    pub merger: Option<f64>,
    /// Collapse to v = 0: T_c.
    pub collapse: f64,
}

impl Thresholds {
    /// Thresholds of `model`; `None` where [`critical_temperature`] is, and for the modified loss.
    pub fn of(model: &Diagonal, branch: Branch) -> Option<Self> {
        if model.modified_loss {
            return None;
        }
        let collapse = critical_temperature(model, branch)?;
        let divergence = collapse / 3.0;
        Some(Self { divergence, merger: merger(model, branch, [divergence, collapse]), collapse })
    }
}

/// The smallest T in (T_c/3, T_c) at which 7 T alpha1 v^2 + (beta1 - 10 T alpha2) v + 3 T alpha3 - beta2' = 0
/// has a positive double root: (100 alpha2^2 - 84 alpha1 alpha3) T^2 + (28 alpha1 beta2' - 20 alpha2 beta1) T
/// + beta1^2 = 0. At T_c/3 itself where the maximum leaves through v = 0.
fn merger(model: &Diagonal, branch: Branch, [low, high]: [f64; 2]) -> Option<f64> {
    let m = if branch == Branch::Positive { model.moments } else { model.moments.mirrored() };
    let (a1, a2, a3, b1) = (m.alpha1(), m.alpha2(), m.alpha3(), m.beta1());
    // The sum of the two stationary points is positive at T_c/3 only if 10 T alpha2 > beta1 there.
    if 10.0 * low * a2 <= b1 {
        return Some(low);
    }
    let pull = m.beta2() - model.weight_decay;
    let square = 100.0 * a2 * a2 - 84.0 * a1 * a3;
    let half = 14.0 * a1 * pull - 10.0 * a2 * b1;
    let constant = b1 * b1;
    let discriminant = half * half - square * constant;
    if discriminant < 0.0 {
        return None;
    }
    let q = -(half + half.signum() * discriminant.sqrt());
    [q / square, constant / q].into_iter().filter(|t| (low..high).contains(t)).reduce(f64::min)
}
