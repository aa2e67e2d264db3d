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

/// Every temperature in [T_c/3, T_c) at which the density of D = 1, Delta > 0, gains or loses its interior maximum
/// (T_1 and T_2 of App. A.8, or T_c/3 where the maximum leaves through v = 0), ascending.
pub fn mergers(model: &Diagonal, branch: Branch) -> Vec<f64> {
    let Some(collapse) = critical_temperature(model, branch).filter(|_| !model.modified_loss) else {
        return Vec::new();
    };
    if model.moments.noise_zero().is_some() {
        return Vec::new();
    }
    let m = if branch == Branch::Positive { model.moments } else { model.moments.mirrored() };
    let low = collapse / 3.0;
    let mut found = if 10.0 * low * m.alpha2() <= m.beta1() { vec![low] } else { Vec::new() };
    let doubled = double_roots(model, branch).into_iter();
    // A double root is one of the density only where it is positive.
    found.extend(doubled.filter(|t| (low..collapse).contains(t) && 10.0 * t * m.alpha2() > m.beta1()));
    found.sort_by(f64::total_cmp);
    found
}

/// The temperature at and above which E|v|^n is infinite: for D = 0 and n > 1 beta1'/(T d alpha1) = n - 1, for D = 1
/// and n < 0 a + n = 0 (sections 4 and 10); `None` where the moment does not depend on T.
pub fn moment_temperature(model: &Diagonal, branch: Branch, order: f64) -> Option<f64> {
    let m = &model.moments;
    match model.depth {
        0 if order > 1.0 && m.alpha1() > 0.0 && !model.modified_loss => {
            let d = f64::from(model.width);
            Some((m.beta1() + model.weight_decay / d) / (d * m.alpha1() * (order - 1.0)))
        }
        1 if order < 0.0 && !model.modified_loss => Some(critical_temperature(model, branch)? / (1.0 - 2.0 * order)),
        _ => None,
    }
}

/// The temperature at which the slowest discrete decay meets the continuum: for D = 0 that at which the variance
/// diverges, for D = 1 and inputs of constant magnitude (alpha1 = 0, the noise of a Morse potential) T_c/5.
pub fn gap_temperature(model: &Diagonal, branch: Branch) -> Option<f64> {
    match model.depth {
        0 => moment_temperature(model, branch, 2.0),
        1 if model.moments.alpha1() == 0.0 && !model.modified_loss => Some(critical_temperature(model, branch)? / 5.0),
        _ => None,
    }
}

/// The smallest T in (T_c/3, T_c) at which 7 T alpha1 v^2 + (beta1 - 10 T alpha2) v + 3 T alpha3 - beta2' = 0
/// has a positive double root: (100 alpha2^2 - 84 alpha1 alpha3) T^2 + (28 alpha1 beta2' - 20 alpha2 beta1) T
/// + beta1^2 = 0. At T_c/3 itself where the maximum leaves through v = 0.
fn merger(model: &Diagonal, branch: Branch, [low, high]: [f64; 2]) -> Option<f64> {
    let m = if branch == Branch::Positive { model.moments } else { model.moments.mirrored() };
    let (a2, b1) = (m.alpha2(), m.beta1());
    // The sum of the two stationary points is positive at T_c/3 only if 10 T alpha2 > beta1 there.
    if 10.0 * low * a2 <= b1 {
        return Some(low);
    }
    double_roots(model, branch).into_iter().filter(|t| (low..high).contains(t)).reduce(f64::min)
}

/// The temperatures at which the two stationary points of the density of D = 1 are one, of either sign of v.
fn double_roots(model: &Diagonal, branch: Branch) -> Vec<f64> {
    let m = if branch == Branch::Positive { model.moments } else { model.moments.mirrored() };
    let (a1, a2, a3, b1) = (m.alpha1(), m.alpha2(), m.alpha3(), m.beta1());
    let pull = m.beta2() - model.weight_decay;
    let square = 100.0 * a2 * a2 - 84.0 * a1 * a3;
    let half = 14.0 * a1 * pull - 10.0 * a2 * b1;
    let constant = b1 * b1;
    let discriminant = half * half - square * constant;
    if discriminant < 0.0 {
        return Vec::new();
    }
    let q = -(half + half.signum() * discriminant.sqrt());
    [q / square, constant / q].into_iter().filter(|t| t.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moments;
    use crate::theory::ClosedForm;

    fn one_layer(slope: f64, noise: f64, temperature: f64) -> Diagonal {
        let moments = Moments::gaussian(1.0, slope, noise).expect("a teacher");
        Diagonal { depth: 1, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments }
    }

    /// PAPER P8: T* = (4k + sqrt(42) sigma)/(4 (21 sigma^2 - 8 k^2)) for x ~ N(0, 1), y = k x + N(0, sigma^2).
    #[test]
    fn the_maximum_vanishes_where_the_paper_says() {
        for (k, sigma) in [(1.0_f64, 1.0_f64), (0.5, 0.6), (2.0, 1.9)] {
            let thresholds = Thresholds::of(&one_layer(k, sigma, 0.1), Branch::Positive).expect("thresholds");
            let truth = (4.0 * k + 42.0_f64.sqrt() * sigma) / (4.0 * (21.0 * sigma * sigma - 8.0 * k * k));
            let merger = thresholds.merger.expect("the maximum vanishes");
            assert!((merger / truth - 1.0).abs() < 1e-13, "{merger} {truth}");
            assert!((thresholds.collapse - k / (2.0 * k * k + sigma * sigma)).abs() < 1e-15);
            let maxima = |t: f64| {
                let law = ClosedForm::of(&one_layer(k, sigma, t), Branch::Positive).expect("a density");
                law.mode().map(|mode| (mode.interior.len(), mode.diverges))
            };
            assert_eq!(maxima(merger * (1.0 - 1e-6)), Some((1, true)));
            assert_eq!(maxima(merger * (1.0 + 1e-6)), Some((0, true)));
            assert_eq!(maxima(thresholds.divergence * (1.0 - 1e-6)), Some((1, false)));
        }
    }

    #[test]
    fn weak_noise_keeps_its_maximum_to_the_collapse() {
        let thresholds = Thresholds::of(&one_layer(1.0, 0.5, 0.1), Branch::Positive).expect("thresholds");
        assert_eq!(thresholds.merger, None);
        let hot = ClosedForm::of(&one_layer(1.0, 0.5, 0.999 * thresholds.collapse), Branch::Positive);
        assert_eq!(hot.expect("a density").mode().expect("a mode").interior.len(), 1);
    }

    /// PAPER P13: beta2/(alpha3 + beta2^2) for the modified loss.
    #[test]
    fn finite_steps_lower_the_collapse() {
        let modified = Diagonal { modified_loss: true, ..one_layer(1.0, 1.0, 0.1) };
        assert_eq!(critical_temperature(&modified, Branch::Positive), Some(0.25));
        assert_eq!(critical_temperature(&modified, Branch::Negative), None);
        let deep = Diagonal { depth: 2, ..modified };
        assert_eq!(critical_temperature(&deep, Branch::Positive), None);
    }
}
