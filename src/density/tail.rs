//! What lies beyond the box: marched through where the slope still changes, closed where it is constant.

use super::cell::Cell;
use super::{DensityError, ROUNDING};
use crate::grid::{End, Panel};
use crate::numeric::{Blur, Compensated, LogSum};
use crate::process::{Coordinate, Process, REACH};

/// A tail is cut off where what remains is below this part of it.
const NEGLIGIBLE: f64 = 1e-19;
/// Change of log density between neighbouring floating-point coordinates above which a tail is a cliff.
const CLIFF: f64 = 1e-2;
/// Change of log density over one step of the march.
const STEP: f64 = 8.0;
/// Steps after which an integral over a tail is given up, and a walk to a point stops being careful: a march
/// over all of the chart takes fewer than a hundred.
const PATIENCE: u32 = 300;
/// Rise of log density that one step may leave unresolved.
const UNRESOLVED: f64 = 1e-12;

/// One side of the chart beyond a given point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail<'a> {
    pub process: &'a dyn Process<1>,
    pub coordinate: &'a Coordinate,
    pub end: End,
    /// Where it starts, the log density there, and the rounding error of that.
    pub from: f64,
    pub log_density: f64,
    pub rounding: Blur,
}

/// ln of an integral over a tail, and its relative error.
#[derive(Debug, Clone, Copy)]
pub(super) struct TailIntegral {
    pub log: f64,
    pub relative_error: Blur,
}

impl Tail<'_> {
    /// The slope of ln(|v|^order density), positive when it falls towards the end, or `None` when it does not
    /// fall there beyond the error of the measurement.
    pub fn decay(&self, order: f64) -> Option<f64> {
        if !self.end.limit {
            return self.end.repels().then_some(f64::INFINITY);
        }
        let side = self.end.side;
        let decay = -side * (self.end.slope + order * self.coordinate.log_abs_slope(side * REACH));
        (decay > self.end.error + 4.0 * f64::EPSILON * order.abs()).then_some(decay)
    }

    /// Whether the slope from z outwards equals its limit to rounding.
    fn constant_from(&self, z: f64) -> bool {
        if !self.end.limit {
            return false;
        }
        if z.abs() >= REACH {
            return true;
        }
        let f = self.process.force(&[z]);
        (f.value[0] - self.end.slope).abs() <= 2.0 * f64::EPSILON * self.end.slope.abs().max(f.magnitude[0])
    }

    /// Whether |v|^order is an exponential in the chart from z outwards, to rounding.
    fn weight_constant_from(&self, z: f64, order: f64) -> bool {
        let steepness = |z: f64| self.coordinate.log_abs_slope(z);
        let change = order * (steepness(z) - steepness(self.end.side * REACH));
        z.abs() >= REACH || change.abs() <= 2.0 * f64::EPSILON
    }

    /// Whether the whole tail is an exponential in the chart.
    pub fn closed(&self) -> bool {
        self.constant_from(self.from)
    }

    /// ln of the part of the tail's mass that lies before z, with its relative error, where the tail is closed.
    pub fn share_before(&self, z: f64) -> Option<(f64, Blur)> {
        let decay = self.decay(0.0).filter(|_| self.closed())?;
        let share = -(-decay * (z - self.from).abs()).exp_m1();
        let slope = Blur { arithmetic: self.end.error, input: self.end.inherited };
        Some((share.ln(), slope * (1.0 / decay)))
    }

    /// ln of the integral of |v|^order over the tail, to full relative accuracy.
    pub fn integral(&self, order: f64) -> Result<TailIntegral, DensityError> {
        self.integral_beside(order, f64::NEG_INFINITY)
    }

    /// The same, where it will be added to something of logarithm `beside`: what is negligible beside that is left out.
    pub fn integral_beside(&self, order: f64, beside: f64) -> Result<TailIntegral, DensityError> {
        let decay = self.decay(order).ok_or(DensityError::OpenTail { from: self.from, slope: self.end.slope })?;
        let side = self.end.side;
        let weight = |z: f64| if order == 0.0 { 0.0 } else { order * self.coordinate.log_abs(z) };
        let mut here = self.from;
        let mut log_density = self.log_density;
        let mut rounding = self.rounding;
        let mut total = LogSum::empty();
        let mut step = 1.0f64;
        for count in 0.. {
            if count > PATIENCE {
                return Err(DensityError::EndlessTail { from: self.from, reached: here });
            }
            let slope = self.process.force(&[here]).value[0] + order * self.coordinate.log_abs_slope(here);
            let local = -side * slope;
            let value = log_density + weight(here);
            if self.constant_from(here) && self.weight_constant_from(here, order) {
                let closure = value - decay.ln();
                let slope = Blur { arithmetic: self.end.error + ROUNDING * order.abs(), input: self.end.inherited };
                total.add(closure, slope * (1.0 / decay) + rounding);
                break;
            }
            if here.abs() >= REACH {
                // Only laws that fall faster than any power get here, at densities that underflow anyway.
                total.add(value - local.abs().ln(), Blur::arithmetic(1.0));
                break;
            }
            if local > 0.0 && value - local.ln() < total.log.max(beside) + NEGLIGIBLE.ln() {
                break;
            }
            let grain = f64::EPSILON * (local * here.abs()).max(value.abs());
            if local > 0.0 && grain > CLIFF {
                // The density falls within a few roundings of the coordinate, or of its own logarithm.
                total.add(value - local.ln(), rounding + Blur::arithmetic(grain));
                break;
            }
            let (cell, next) =
                self.step(Here { z: here, log_density }, self.end.side * f64::INFINITY, STEP, &mut step)?;
            let part = cell.log_integral(weight);
            rounding += cell.rounding;
            total.add(part, rounding);
            log_density = if side > 0.0 { cell.log_high } else { cell.log_low };
            here = next;
        }
        Ok(TailIntegral { log: total.log, relative_error: total.relative() + Blur::arithmetic(8.0 * f64::EPSILON) })
    }

    /// The next cell outwards, at most to `bound`, as wide as it can be resolved with this largest rise.
    fn step(&self, here: Here, bound: f64, largest: f64, step: &mut f64) -> Result<(Cell, f64), DensityError> {
        let upward = self.end.side > 0.0;
        let mut before = f64::INFINITY;
        loop {
            let next = here.z + self.end.side * *step;
            let next = if upward { next.min(bound) } else { next.max(bound) };
            let (low, high) = if upward { (here.z, next) } else { (next, here.z) };
            let panel = Panel::sample(self.process, low, high)?;
            let rise = panel.force.iter().map(|f| f.abs()).fold(0.0, f64::max) * panel.width();
            let resolved = panel.unresolved <= UNRESOLVED.max(ROUNDING * panel.magnitude) || panel.stuck(before);
            before = panel.unresolved;
            if (rise <= largest && resolved) || next == here.z {
                if rise < 0.5 * largest {
                    *step *= 2.0;
                }
                let cell = if upward {
                    Cell::from_low(panel, here.log_density)
                } else {
                    Cell::from_high(panel, here.log_density)
                };
                return Ok((cell.inheriting(self.process), next));
            }
            *step *= 0.5;
        }
    }

    /// Log density at z beyond the start, and its rounding error.
    pub fn log_density_at(&self, z: f64) -> Result<(f64, Blur), DensityError> {
        if self.constant_from(self.from) {
            let distance = z - self.from;
            let rise = self.end.slope * distance;
            let slope = Blur { arithmetic: self.end.error, input: self.end.inherited };
            let rounding = slope * distance.abs() + Blur::arithmetic(f64::EPSILON * rise.abs());
            return Ok((self.log_density + rise, self.rounding + rounding));
        }
        if self.end.limit && z.abs() > REACH {
            // The coefficients are not formed that far out; the slope has long been constant.
            let (log_density, rounding) = self.log_density_at(self.end.side * REACH)?;
            return Tail { from: self.end.side * REACH, log_density, rounding, ..*self }.log_density_at(z);
        }
        let (mut here, mut step) = (Here { z: self.from, log_density: 0.0 }, 1.0);
        let mut rise = Compensated::default();
        let mut rounding = self.rounding;
        for count in 0.. {
            let inside = if self.end.side > 0.0 { here.z < z } else { here.z > z };
            if !inside {
                break;
            }
            // A force too noisy to be resolved any further is taken as it is; the noise is in the error.
            let (cell, next) = if count < PATIENCE {
                self.step(here, z, f64::INFINITY, &mut step)?
            } else {
                (self.rest_of_the_way(here.z, z)?, z)
            };
            rise.add(self.end.side * cell.panel.rise);
            rounding += cell.rounding + Blur::arithmetic(cell.panel.unresolved);
            here.z = if next == here.z { z } else { next };
        }
        Ok((self.log_density + rise.value(), rounding))
    }

    /// One cell from `here` to z.
    fn rest_of_the_way(&self, here: f64, z: f64) -> Result<Cell, DensityError> {
        let panel = Panel::sample(self.process, here.min(z), here.max(z))?;
        Ok(Cell::from_low(panel, 0.0).inheriting(self.process))
    }
}

/// A place in the tail on the way outwards.
#[derive(Debug, Clone, Copy)]
struct Here {
    z: f64,
    log_density: f64,
}
