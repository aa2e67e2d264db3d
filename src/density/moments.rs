//! Moments of the law: E|v|^n, mean and variance.

use super::tail::TailIntegral;
use super::{DensityError, Line, ROUNDING};
use crate::numeric::{Blur, Compensated, Gauss, LogSum, Q, log_add};

/// An integral and its relative or absolute rounding error, or its divergence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MomentValue {
    /// Value and absolute rounding error.
    Finite {
        /// The value.
        value: f64,
        /// Absolute rounding error.
        rounding: Blur,
    },
    /// The integral diverges.
    Infinite,
}

impl MomentValue {
    /// The value, if finite.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Finite { value, .. } => Some(value),
            Self::Infinite => None,
        }
    }
}

/// Panels between v = 0 and the first node beside it, in ln|v|, for |v|^n that is not smooth there.
const GRADED: usize = 60;

impl Line<'_> {
    /// E|v|^`order`, infinite where a tail does not fall fast enough (judged by its measured slope and the error
    /// of that slope).
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn moment(&self, order: f64) -> Result<MomentValue, DensityError> {
        if order == 0.0 {
            return Ok(MomentValue::Finite { value: 1.0, rounding: Blur::default() });
        }
        Ok(match self.log_moment(order)? {
            Some(integral) => {
                let value = integral.log.exp();
                let power = Blur::arithmetic(integral.log.abs() * f64::EPSILON);
                MomentValue::Finite { value, rounding: (integral.relative_error + power) * value }
            }
            None => MomentValue::Infinite,
        })
    }

    /// ln E|v|^order with its relative error; `None` where it diverges.
    fn log_moment(&self, order: f64) -> Result<Option<TailIntegral>, DensityError> {
        let zero = self.coordinate.to_chart(0.0);
        if zero.is_some() && order <= -1.0 {
            return Ok(None);
        }
        if (0..2).any(|which| self.tail(which).decay(order).is_none()) {
            return Ok(None);
        }
        // v = 0 is a node, and on either side of it a whole power of |v| is smooth.
        let smooth = order >= 0.0 && order.fract() == 0.0;
        let mut total = LogSum::empty();
        for cell in &self.cells {
            let touches = zero.is_some_and(|z| !smooth && (cell.panel.low == z || cell.panel.high == z));
            let part =
                if touches { self.graded(cell.panel.low, cell.panel.high, order)? } else { self.weighted(cell, order) };
            total.add(part, cell.rounding);
        }
        for which in 0..2 {
            let tail = self.tail(which).integral_beside(order, total.log)?;
            total.add(tail.log, tail.relative_error);
        }
        let power = Blur::arithmetic(ROUNDING * (1.0 + order.abs()));
        Ok(Some(TailIntegral { log: total.log, relative_error: total.relative() + self.mean_rounding + power }))
    }

    /// ln of the integral of |v|^order over a cell, cut further where the weight is steep.
    fn weighted(&self, cell: &super::cell::Cell, order: f64) -> f64 {
        let weight = |z: f64| order * self.coordinate.log_abs(z);
        let change = (weight(cell.panel.high) - weight(cell.panel.low)).abs();
        let parts = (change / 8.0).ceil().clamp(1.0, 64.0) as usize;
        if parts == 1 || !change.is_finite() {
            return cell.log_integral(weight);
        }
        let rule = Gauss::rule();
        let width = cell.panel.width() / parts as f64;
        let mut total = f64::NEG_INFINITY;
        for part in 0..parts {
            let middle = cell.panel.low + (part as f64 + 0.5) * width;
            for j in 0..Q {
                let z = middle + 0.5 * width * rule.nodes[j];
                total = log_add(total, cell.log_density_at(z) + weight(z) + (0.5 * width * rule.weights[j]).ln());
            }
        }
        total
    }

    /// ln of the integral of |v|^order over a cell that has v = 0 at one end, in the coordinate ln|v|.
    fn graded(&self, low: f64, high: f64, order: f64) -> Result<f64, DensityError> {
        let rule = Gauss::rule();
        let v = |z: f64| self.coordinate.to_physical(z);
        let far = if v(low).abs() > v(high).abs() { v(low) } else { v(high) };
        // |v|^(n+1) falls by e^-40 over this many units of ln|v|.
        let depth = 40.0 / (order + 1.0);
        let width = depth / GRADED as f64;
        let mut total = f64::NEG_INFINITY;
        for part in 0..GRADED {
            for j in 0..Q {
                let below = (part as f64 + 0.5) * width + 0.5 * width * rule.nodes[j];
                let here = far * (-below).exp();
                if let Some((log_density, _)) = self.log_density(here)? {
                    let term = log_density + (order + 1.0) * here.abs().ln();
                    total = log_add(total, term + (0.5 * width * rule.weights[j]).ln());
                }
            }
        }
        // The rest, where the density is that at v = 0.
        let last = far * (-depth).exp();
        if let Some((log_density, _)) = self.log_density(last)? {
            total = log_add(total, log_density + (order + 1.0) * last.abs().ln() - (order + 1.0).ln());
        }
        Ok(total)
    }

    /// E\[v\].
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn mean(&self) -> Result<MomentValue, DensityError> {
        let [low, high] = self.coordinate.support();
        if low >= 0.0 || high <= 0.0 {
            let sign = if low >= 0.0 { 1.0 } else { -1.0 };
            return Ok(match self.moment(1.0)? {
                MomentValue::Finite { value, rounding } => MomentValue::Finite { value: sign * value, rounding },
                MomentValue::Infinite => MomentValue::Infinite,
            });
        }
        self.centred(0.0, 1)
    }

    /// Var\[v\], from deviations from the mean: no cancellation where the law is narrow.
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn variance(&self) -> Result<MomentValue, DensityError> {
        self.variance_about(self.mean()?)
    }

    /// The same, where the mean is known already.
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn variance_about(&self, mean: MomentValue) -> Result<MomentValue, DensityError> {
        match mean {
            MomentValue::Finite { value, .. } => self.centred(value, 2),
            MomentValue::Infinite => Ok(MomentValue::Infinite),
        }
    }

    /// E\[(v - centre)^power\] for power 1 or 2.
    fn centred(&self, centre: f64, power: i32) -> Result<MomentValue, DensityError> {
        if (0..2).any(|which| self.tail(which).decay(f64::from(power)).is_none()) {
            return Ok(MomentValue::Infinite);
        }
        let rule = Gauss::rule();
        let mut sum = Compensated::default();
        let (mut rounding, mut coordinate) = (Blur::default(), 0.0);
        for cell in &self.cells {
            let half = cell.panel.half();
            for j in 0..Q {
                let v = self.coordinate.to_physical(cell.panel.node(j));
                let mass = half * rule.weights[j] * cell.log_density[j].exp();
                if mass == 0.0 {
                    continue;
                }
                let deviation = v - centre;
                sum.add(mass * deviation.powi(power));
                rounding += (cell.rounding + self.mean_rounding) * (mass * deviation.abs().powi(power));
                // v and the centre are themselves rounded; a first-order error of the centre drops out of a variance.
                let blur = 2.0 * f64::EPSILON * (v.abs() + centre.abs());
                coordinate += mass * blur * if power == 2 { 2.0 * deviation.abs() + blur } else { 1.0 };
            }
        }
        for which in 0..2 {
            let (value, error) = self.tail_centred(which, centre, power, sum.value().abs())?;
            sum.add(value);
            rounding += error;
        }
        Ok(MomentValue::Finite { value: sum.value(), rounding: rounding + Blur::arithmetic(coordinate) })
    }

    /// The part of E\[(v - centre)^power\] in a tail, expanded in powers of |v|.
    fn tail_centred(&self, which: usize, centre: f64, power: i32, beside: f64) -> Result<(f64, Blur), DensityError> {
        let tail = self.tail(which);
        let sign = if self.coordinate.to_physical(tail.from) < 0.0 { -1.0 } else { 1.0 };
        let terms: &[(f64, f64)] = if power == 1 {
            &[(1.0, sign), (0.0, -centre)]
        } else {
            &[(2.0, 1.0), (1.0, -2.0 * centre * sign), (0.0, centre * centre)]
        };
        let (mut value, mut error) = (0.0, Blur::default());
        for &(order, factor) in terms {
            let integral = tail.integral_beside(order, (beside / factor.abs()).ln())?;
            value += factor * integral.log.exp();
            error += integral.relative_error * (factor * integral.log.exp()).abs();
        }
        Ok((value, error))
    }
}
