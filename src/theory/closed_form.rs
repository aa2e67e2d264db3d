//! The closed law of a network, with everything a solved density has.

use super::balance::Balance;
use super::law::Law;
use super::masses::{LogMass, Masses, Side};
use super::modes::{self, Mode};
use super::moments;
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal, Moments};

/// A closed form with a larger relative error is set beside quadrature.
const DOUBTFUL: f64 = 1e-12;

/// The stationary density of the balanced network by its formula (sections 3, 4, 5, 10 and 11 of the theory
/// manual), independent of any grid.
///
/// Error bars hold the difference between two quadratures, the rounding of the formula's terms, and one
/// rounding of every parameter.
#[derive(Debug)]
pub struct ClosedForm {
    law: Law,
    masses: Masses,
    /// +1, or -1 when the law is that of -v.
    sign: f64,
}

impl ClosedForm {
    /// The law a start on `branch` (ignored for D = 0) reaches.
    ///
    /// `None` where no density can be normalised there (sections 4, 5, 10: T >= T_c, wrong sign, beta2 = 0,
    /// targets y = k x, weight decay at D >= 2, no noise) or evaluated (see [`Self::exists`]), and for the
    /// modified loss, for which no formula is known.
    pub fn of(model: &Diagonal, branch: Branch) -> Option<Self> {
        if model.modified_loss {
            return None;
        }
        let (balance, sign) = Balance::of(model, branch);
        Self::from_balance(balance, sign)
    }

    /// Whether a density exists on `branch` for [`Self::of`] (sections 4, 5 and 10); `None` for the modified loss. Where it
    /// exists and `of` has none, it is not representable in floating point.
    pub fn exists(model: &Diagonal, branch: Branch) -> Option<bool> {
        (!model.modified_loss).then(|| Balance::of(model, branch).0.interval().is_some())
    }

    /// The limit of infinite depth at fixed `ratio` = d / (T (D+1)), on `branch` (section 11).
    ///
    /// `None` where it cannot be normalised, or when `ratio` is not a positive number.
    pub fn infinitely_deep(data: &Moments, ratio: f64, branch: Branch) -> Option<Self> {
        if !(ratio > 0.0 && ratio.is_finite()) {
            return None;
        }
        let data = if branch == Branch::Positive { *data } else { data.mirrored() };
        Self::from_balance(Balance::infinitely_deep(&data, ratio), branch.sign())
    }

    fn from_balance(balance: Balance, sign: f64) -> Option<Self> {
        Some(Self::from_law(Law::of(balance)?, sign))
    }

    fn from_law(law: Law, sign: f64) -> Self {
        let masses = Masses::of(&law);
        Self { law, masses, sign }
    }

    /// Which formula it is.
    pub fn name(&self) -> &'static str {
        self.law.shape.name()
    }

    /// Ends of the support in v.
    pub fn support(&self) -> [f64; 2] {
        let [low, high] = self.law.frame.chart.support();
        if self.sign > 0.0 { [low, high] } else { [-high, -low] }
    }

    /// ln of the integral of p(v)/p(v0), by the closed form or by quadrature, whichever has the smaller bar.
    fn log_normalizer(&self) -> Estimate {
        let total = self.masses.total();
        let by_quadrature = Estimate::computed(
            total.log + self.law.frame.chart.log_jacobian(),
            total.defect,
            total.blur + f64::EPSILON * (1.0 + total.log.abs() + self.law.frame.chart.log_jacobian().abs()),
        );
        match self.law.known.log_normalizer {
            Some(closed) if closed.error() < by_quadrature.error() => closed,
            _ => by_quadrature,
        }
    }

    /// ln p(v); `None` outside the support and where it cannot be computed.
    pub fn log_density(&self, v: f64) -> Option<Estimate> {
        let zeta = self.law.frame.chart.locate(self.sign * v)?;
        let (log, rounding) = self.law.log_ratio(zeta);
        let mass = self.log_normalizer();
        let value = log - mass.value;
        let last = f64::EPSILON * value.abs();
        known(Estimate::computed(value, mass.budget.grid, rounding + mass.budget.rounding + last))
    }

    /// E\[v\]; infinite where the integral diverges, absent where it cannot be computed.
    pub fn mean(&self) -> Quantity {
        let mean = best(self.law.known.mean, || moments::mean(&self.law, &self.masses));
        match mean {
            Quantity::Finite(e) => Quantity::Finite(Estimate { value: self.sign * e.value, ..e }),
            other => other,
        }
    }

    /// Var\[v\]; infinite where the integral diverges, absent where it cannot be computed.
    pub fn variance(&self) -> Quantity {
        best(self.law.known.variance, || moments::variance(&self.law, &self.masses))
    }

    /// E|v|^order; infinite where the integral diverges, absent where it cannot be computed.
    pub fn moment(&self, order: f64) -> Quantity {
        moments::absolute_moment(&self.law, &self.masses, order)
    }

    /// Where the density in v is largest; `None` where it cannot be computed.
    pub fn mode(&self) -> Option<Mode> {
        let mut mode = modes::mode(&self.law)?;
        if self.sign < 0.0 {
            mode.at.value = -mode.at.value;
            mode.interior.reverse();
            mode.interior.iter_mut().for_each(|e| e.value = -e.value);
        }
        let computed = known(mode.at).is_some() && mode.interior.iter().all(|e| known(*e).is_some());
        computed.then_some(mode)
    }

    /// v with P(V <= v) = q for 0 < q < 1, and ln |v|, which exists where v underflows; `None` for other q and
    /// where it cannot be computed.
    pub fn quantile(&self, q: f64) -> Option<(Estimate, Estimate)> {
        if !(q > 0.0 && q < 1.0) {
            return None;
        }
        let (share, side) = if q <= 0.5 { (q, Side::Left) } else { (1.0 - q, Side::Right) };
        let side = if self.sign > 0.0 { side } else { side.other() };
        let (zeta, error) = self.masses.quantile(&self.law, share, side)?;
        let chart = &self.law.frame.chart;
        let place = chart.place(zeta);
        let [low, high] = chart.support();
        // Below a zero of the noise v is a share of k, itself a quotient; away from the face v = 0 it is a sum.
        let parts = match (low == 0.0, high.is_finite()) {
            (true, true) => 3.0 * place.v,
            (true, false) => place.v,
            _ => place.v.abs() + place.offset.abs().min(self.law.frame.v0.abs()),
        };
        let v = Estimate::computed(self.sign * place.v, 0.0, place.jacobian * error + f64::EPSILON * parts);
        let log = chart.log_abs(zeta);
        // d ln|v|/dzeta is 1 on (0, inf), also where v underflows.
        let relative = if place.v == 0.0 { error } else { error * place.jacobian / place.v.abs() };
        Some((known(v)?, known(Estimate::computed(log, 0.0, relative + f64::EPSILON * (1.0 + log.abs())))?))
    }

    /// ln P(V <= v); -inf below the support, 0 above it.
    ///
    /// The absolute error of the logarithm is the relative error of the probability; `None` where it
    /// cannot be computed.
    pub fn log_cdf(&self, v: f64) -> Option<Estimate> {
        self.log_share(v, if self.sign > 0.0 { Side::Left } else { Side::Right })
    }

    /// ln P(V > v); 0 below the support, -inf above it.
    pub fn log_sf(&self, v: f64) -> Option<Estimate> {
        self.log_share(v, if self.sign > 0.0 { Side::Right } else { Side::Left })
    }

    fn log_share(&self, v: f64, side: Side) -> Option<Estimate> {
        let v = self.sign * v;
        let [low, high] = self.law.frame.chart.support();
        if v <= low || v >= high {
            let all = (v <= low) == (side == Side::Right);
            return Some(Estimate::exact(if all { 0.0 } else { f64::NEG_INFINITY }));
        }
        let zeta = self.law.frame.chart.locate(v)?;
        let this = self.masses.beside(&self.law, zeta, side);
        let that = self.masses.beside(&self.law, zeta, side.other());
        known(self.share(&this, &that, zeta))
    }

    /// ln(this / (this + that)), without cancellation either way.
    fn share(&self, this: &LogMass, that: &LogMass, zeta: f64) -> Estimate {
        let odds = (that.log - this.log).exp();
        let value = if odds.is_finite() { -odds.ln_1p() } else { this.log - that.log };
        let rest = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        let place = self.law.frame.chart.place(zeta);
        let shift = f64::EPSILON * (1.0 + zeta.abs());
        let moved = (self.law.log(&place).value - this.log).exp() * shift;
        let rounding = rest * (this.blur + that.blur + moved) + f64::EPSILON * (1.0 + value.abs());
        Estimate::computed(value, rest * (this.defect + that.defect), rounding)
    }

    /// m where p ~ |v|^-m at infinity; absent where the tail is no power law or the support is bounded.
    pub fn tail_exponent(&self) -> Quantity {
        let unbounded = self.law.frame.chart.support()[1] == f64::INFINITY;
        match self.law.frame.balance.tail_exponent() {
            Some(m) if unbounded => Quantity::Finite(Estimate::computed(m, 0.0, 4.0 * f64::EPSILON * m)),
            _ => Quantity::Absent,
        }
    }
}

/// An estimate whose value and error are numbers.
fn known(estimate: Estimate) -> Option<Estimate> {
    (estimate.value.is_finite() && estimate.error().is_finite()).then_some(estimate)
}

/// The closed form of a number, unless quadrature knows it better.
fn best(closed: Option<Quantity>, quadrature: impl FnOnce() -> Quantity) -> Quantity {
    match closed {
        None => quadrature(),
        Some(Quantity::Finite(a)) if known(a).is_none() || a.error() > DOUBTFUL * a.value.abs() => match quadrature() {
            Quantity::Finite(b) if known(a).is_none() || b.error() < a.error() => Quantity::Finite(b),
            _ => known(a).map_or(Quantity::Absent, Quantity::Finite),
        },
        Some(closed) => closed,
    }
}
