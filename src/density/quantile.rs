//! Quantiles of any smallness.

use super::tail::Tail;
use super::{DensityError, Line};
use crate::numeric::{Blur, Bracket, bracketed_root};

/// A quantile in the chart and in v.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileValue {
    /// Chart coordinate.
    pub z: f64,
    /// v; may underflow to the end of the support.
    pub value: f64,
    /// ln|v|, of any size.
    pub log_abs: f64,
    /// Rounding error in the chart coordinate.
    pub z_rounding: Blur,
}

impl Line<'_> {
    /// v with P(V <= v) = q.
    ///
    /// # Errors
    /// [`DensityError::Grid`], [`DensityError::OpenTail`].
    pub fn quantile(&self, q: f64) -> Result<QuantileValue, DensityError> {
        // In the chart: mass below z, or mass above it where the chart runs against v.
        let from_below = self.coordinate.increasing();
        let (log_low, log_high) = if from_below { (q.ln(), (-q).ln_1p()) } else { ((-q).ln_1p(), q.ln()) };
        let z = self.solve([log_low, log_high])?;
        let [below, above] = self.log_masses_at(z)?;
        let (log_mass, relative) = if log_low <= log_high { below } else { above };
        let (log_density, _) = self.chart_log_density(z)?;
        // One rounding of the mass moves the quantile by mass / density.
        let z_rounding = relative * (log_mass - log_density).exp() + Blur::arithmetic(2.0 * f64::EPSILON * z.abs());
        Ok(QuantileValue { z, value: self.coordinate.to_physical(z), log_abs: self.coordinate.log_abs(z), z_rounding })
    }

    /// The chart coordinate with these logarithms of the masses below and above it; the smaller one counts.
    fn solve(&self, log_masses: [f64; 2]) -> Result<f64, DensityError> {
        let beyond = self.log_mass_beyond();
        // Either tail may hold more than half of all mass.
        if let Some(tail) = (0..2).find(|&side| log_masses[side] < beyond[side]) {
            return self.solve_in_tail(tail, log_masses[tail]);
        }
        let which = usize::from(log_masses[0] > log_masses[1]);
        let log_mass = log_masses[which];
        let masses = if which == 0 { &self.log_below } else { &self.log_above };
        // The cell whose ends straddle the mass.
        let k = if which == 0 {
            masses.partition_point(|&m| m < log_mass).saturating_sub(1)
        } else {
            masses.partition_point(|&m| m > log_mass).saturating_sub(1)
        };
        let k = k.min(self.cells.len() - 1);
        self.solve_in_cell(which, k, log_mass)
    }

    /// Newton on the logarithm of the mass, kept inside the cell.
    fn solve_in_cell(&self, which: usize, k: usize, log_mass: f64) -> Result<f64, DensityError> {
        let cell = &self.cells[k];
        let (mut low, mut high) = (cell.panel.low, cell.panel.high);
        // Masses grow towards the far end of the cell: upwards below z, downwards above it.
        let growth = if which == 0 { 1.0 } else { -1.0 };
        let ends = if which == 0 {
            [self.log_below[k], self.log_below[k + 1]]
        } else {
            [self.log_above[k], self.log_above[k + 1]]
        };
        let mut z = low + (high - low) * ((log_mass - ends[0]) / (ends[1] - ends[0])).clamp(0.01, 0.99);
        for _ in 0..100 {
            let found = self.log_mass_in_box(which, k, z)?;
            let excess = found - log_mass;
            if growth * excess > 0.0 {
                high = z;
            } else {
                low = z;
            }
            let step = excess * (found - cell.log_density_at(z)).exp() * growth;
            let next = z - step;
            if step.abs() <= f64::EPSILON * z.abs().max(cell.panel.width()) || next == z {
                return Ok(next.clamp(cell.panel.low, cell.panel.high));
            }
            z = if next > low && next < high { next } else { 0.5 * (low + high) };
            if high - low <= f64::EPSILON * low.abs().max(high.abs()) {
                break;
            }
        }
        Ok(z)
    }

    /// The same beyond the box.
    fn solve_in_tail(&self, which: usize, log_mass: f64) -> Result<f64, DensityError> {
        let tail = self.tail(which);
        let whole = self.log_mass_beyond()[which];
        if tail.closed() {
            let decay = tail.decay(0.0).ok_or(DensityError::OpenTail { from: tail.from, slope: tail.end.slope })?;
            return Ok(tail.from + tail.end.side * (whole - log_mass) / decay);
        }
        let mut failure = None;
        let mut excess = |z: f64| {
            let beyond = || -> Result<f64, DensityError> {
                let (log_density, rounding) = tail.log_density_at(z)?;
                Ok(Tail { from: z, log_density, rounding, ..tail }.integral(0.0)?.log)
            };
            beyond().map(|log| log - log_mass).unwrap_or_else(|error| {
                failure = Some(error);
                0.0
            })
        };
        let mut step = 1.0;
        while excess(tail.from + tail.end.side * step) > 0.0 && step < 1e4 {
            step *= 2.0;
        }
        let z = bracketed_root(Bracket { low: tail.from, high: tail.from + tail.end.side * step }, excess);
        failure.map_or(Ok(z), Err)
    }
}
