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

/// Width in ln|v| of the panels that resolve |v|^n near v = 0 where it is not smooth there.
const GRADE: f64 = 0.75;
/// Depth in ln|v| below which the density is that at v = 0 to all digits.
const GROUND: f64 = 40.0;

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
            let part = match zero.filter(|_| !smooth).and_then(|zero| self.grades(cell, zero)) {
                Some(depth) => self.graded(cell, depth, order)?,
                None => self.weighted(cell, order),
            };
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

    /// How many units of ln|v| a cell near v = 0 spans, if more than one; infinitely many beside v = 0 itself.
    fn grades(&self, cell: &super::cell::Cell, zero: f64) -> Option<f64> {
        let ends = [cell.panel.low, cell.panel.high];
        if ends.contains(&zero) {
            return Some(f64::INFINITY);
        }
        let [a, b] = ends.map(|z| self.coordinate.log_abs(z));
        Some((a - b).abs()).filter(|&depth| depth > 1.0)
    }

    /// ln of the integral of |v|^order over such a cell, in the coordinate ln|v|.
    fn graded(&self, cell: &super::cell::Cell, depth: f64, order: f64) -> Result<f64, DensityError> {
        let rule = Gauss::rule();
        let [low, high] = [cell.panel.low, cell.panel.high].map(|z| self.coordinate.to_physical(z));
        let far = if low.abs() < high.abs() { high } else { low };
        let (touches, depth) = (depth == f64::INFINITY, depth.min(GROUND));
        let parts = (depth / GRADE).ceil();
        let width = depth / parts;
        let mut total = f64::NEG_INFINITY;
        for part in 0..parts as usize {
            for j in 0..Q {
                let below = (part as f64 + 0.5) * width + 0.5 * width * rule.nodes[j];
                let here = far * (-below).exp();
                if let Some(log_density) = self.plain_log_density(here)? {
                    let term = log_density + (order + 1.0) * here.abs().ln();
                    total = log_add(total, term + (0.5 * width * rule.weights[j]).ln());
                }
            }
        }
        // The rest, where the density is that at v = 0.
        let last = far * (-depth).exp();
        if touches && let Some(log_density) = self.plain_log_density(last)? {
            total = log_add(total, log_density + (order + 1.0) * last.abs().ln() - (order + 1.0).ln());
        }
        Ok(total)
    }

    /// ln p(v) in v, without its errors.
    fn plain_log_density(&self, v: f64) -> Result<Option<f64>, DensityError> {
        let Some(z) = self.coordinate.to_chart(v) else { return Ok(None) };
        Ok(Some(self.chart_log_density(z)?.0 - self.coordinate.log_jacobian(z)))
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
        self.signed_mean()
    }

    /// E\[v\] of a law on both sides of v = 0.
    fn signed_mean(&self) -> Result<MomentValue, DensityError> {
        let v = |z: f64| self.coordinate.to_physical(z);
        self.integral_of(&v, &|which| {
            let sign = if v(self.tail(which).from) < 0.0 { -1.0 } else { 1.0 };
            vec![(1.0, sign)]
        })
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
        let MomentValue::Finite { value: mean, .. } = mean else { return Ok(MomentValue::Infinite) };
        // Deviations are taken in the chart, from the point whose coordinate is that of the mean.
        let near = self.coordinate.to_chart(mean).unwrap_or_else(|| self.highest());
        let centre = self.coordinate.to_physical(near);
        let square = |z: f64| self.coordinate.displacement(z, near).powi(2);
        let found = self.integral_of(&square, &|which| {
            let sign = if self.coordinate.to_physical(self.tail(which).from) < 0.0 { -1.0 } else { 1.0 };
            vec![(2.0, 1.0), (1.0, -2.0 * centre * sign), (0.0, centre * centre)]
        })?;
        Ok(match found {
            MomentValue::Finite { value, rounding } => {
                // E[(v - c)^2] = Var + (mean - c)^2
                let off = (mean - centre).abs() + 4.0 * f64::EPSILON * mean.abs();
                MomentValue::Finite { value, rounding: rounding + Blur::arithmetic(off * off) }
            }
            MomentValue::Infinite => MomentValue::Infinite,
        })
    }

    /// E\[f\] for a polynomial f in v, given in the chart and, beyond either end of the box, as terms
    /// (power of |v|, coefficient), highest power first.
    fn integral_of(
        &self,
        f: &dyn Fn(f64) -> f64,
        terms: &dyn Fn(usize) -> Vec<(f64, f64)>,
    ) -> Result<MomentValue, DensityError> {
        if (0..2).any(|which| self.tail(which).decay(terms(which)[0].0).is_none()) {
            return Ok(MomentValue::Infinite);
        }
        let rule = Gauss::rule();
        let mut sum = Compensated::default();
        let mut rounding = Blur::default();
        for cell in &self.cells {
            let half = cell.panel.half();
            let relative = cell.rounding + self.mean_rounding + Blur::arithmetic(4.0 * ROUNDING);
            for j in 0..Q {
                let mass = half * rule.weights[j] * cell.log_density[j].exp();
                if mass == 0.0 {
                    continue;
                }
                let part = mass * f(cell.panel.node(j));
                sum.add(part);
                rounding += relative * part.abs();
            }
        }
        for which in 0..2 {
            let (value, error) = self.tail_part(which, &terms(which), sum.value().abs())?;
            sum.add(value);
            rounding += error;
        }
        Ok(MomentValue::Finite { value: sum.value(), rounding })
    }

    /// What a tail adds: the sum of coefficient E\[|v|^power\] over it.
    fn tail_part(&self, which: usize, terms: &[(f64, f64)], beside: f64) -> Result<(f64, Blur), DensityError> {
        let tail = self.tail(which);
        let (mut value, mut error) = (0.0, Blur::default());
        for &(order, factor) in terms.iter().filter(|term| term.1 != 0.0) {
            let integral = tail.integral_beside(order, (beside / factor.abs()).ln())?;
            value += factor * integral.log.exp();
            error += integral.relative_error * (factor * integral.log.exp()).abs();
        }
        Ok((value, error))
    }
}
