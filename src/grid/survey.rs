//! The survey: a look at the whole chart, from which the ends, the peaks and the box follow.

use super::{GridError, Panel, resolve};
use crate::process::{Process, REACH};

/// Rise of the log density that a panel of the survey may leave unresolved, and its relative counterpart
/// where the log density itself is huge. Gauss sums are far more exact than this interpolation error.
const ABSOLUTE: f64 = 1e-3;
const RELATIVE: f64 = 1e-6;
/// Slopes this close (relative) at the end and two thirds of the way to it count as a limit.
const SAME_SLOPE: f64 = 1e-9;
/// How many times as far out the sign of the force is looked at once more, where it can be formed there.
const BEYOND: f64 = 4.0;

/// The behaviour of the generator at one end of the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct End {
    /// d ln(density in the chart)/dz in the limit, or the value at the edge of floating-point range.
    pub slope: f64,
    /// Error of `slope`.
    pub error: f64,
    /// What `slope` inherits from rounded parameters.
    pub inherited: f64,
    /// Whether the slope has a limit (an exponential tail in the chart, a power law in v).
    pub limit: bool,
    /// +1 at the upper end, -1 at the lower.
    pub side: f64,
}

impl End {
    /// Measures one end.
    ///
    /// # Errors
    /// [`GridError::NotANumber`].
    pub fn measure(process: &dyn Process<1>, side: f64) -> Result<Self, GridError> {
        let at = |z: f64| {
            let f = process.force(&[z]);
            if f.value[0].is_nan() { Err(GridError::NotANumber { at: z }) } else { Ok(f) }
        };
        let end = at(side * REACH)?;
        let inner = at(side * REACH * (2.0 / 3.0))?;
        let slope = end.value[0];
        // Where the force turns only farther out, what is seen here is no limit yet.
        let beyond = process.force(&[side * REACH * BEYOND]).value[0];
        if beyond * slope < 0.0 {
            return Ok(Self { slope: beyond, error: 0.0, inherited: 0.0, limit: false, side });
        }
        let change = (slope - inner.value[0]).abs();
        let limit = slope.is_finite() && change <= SAME_SLOPE * end.magnitude[0].max(slope.abs());
        let error = if limit { change + 2.0 * f64::EPSILON * end.magnitude[0] } else { 0.0 };
        let inherited = if limit { process.inherited_error(&[side * REACH])[0] } else { 0.0 };
        Ok(Self { slope, error, inherited, limit, side })
    }

    /// Whether the process is pushed away from this end so that the density can be normalised there.
    pub fn repels(&self) -> bool {
        -self.side * self.slope > 0.0
    }
}

/// The force and the log density over the whole chart.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Panels, ascending and gapless.
    pub panels: Vec<Panel>,
    /// Log density (unnormalised) at the lower end of every panel and the upper end of the last.
    pub log_density: Vec<f64>,
    /// Index into `log_density` of its largest value.
    pub peak: usize,
    /// Lower and upper end.
    pub ends: [End; 2],
}

impl Survey {
    /// Surveys the chart.
    ///
    /// # Errors
    /// See [`resolve`].
    pub fn of(process: &dyn Process<1>) -> Result<Self, GridError> {
        let ends = [End::measure(process, -1.0)?, End::measure(process, 1.0)?];
        let mut panels = Vec::with_capacity(128);
        let accept = |p: &Panel| p.unresolved <= ABSOLUTE.max(RELATIVE * p.rise.abs()) && p.width() <= REACH / 4.0;
        resolve(process, -REACH, REACH, &accept, &mut panels)?;
        // Added up from the middle outwards: overflow far out must not reach the rest.
        let middle = panels.partition_point(|p| p.high <= 0.0).min(panels.len() - 1);
        let mut log_density = vec![0.0; panels.len() + 1];
        for i in middle..panels.len() {
            log_density[i + 1] = log_density[i] + panels[i].rise;
        }
        for i in (0..middle).rev() {
            log_density[i] = log_density[i + 1] - panels[i].rise;
        }
        let mut survey = Self { panels, log_density, peak: middle, ends };
        survey.place_peak(process)?;
        if survey.peak == 0 || survey.peak == survey.panels.len() {
            return Err(GridError::OutOfReach { at: survey.peak_coordinate() });
        }
        Ok(survey)
    }

    /// Chart coordinate of breakpoint `i`.
    pub fn breakpoint(&self, i: usize) -> f64 {
        if i < self.panels.len() { self.panels[i].low } else { self.panels[i - 1].high }
    }

    /// Chart coordinate of the peak.
    pub fn peak_coordinate(&self) -> f64 {
        self.breakpoint(self.peak)
    }

    /// Makes the highest point of the log density a breakpoint.
    fn place_peak(&mut self, process: &dyn Process<1>) -> Result<(), GridError> {
        let highest = |values: &[f64]| (0..values.len()).max_by(|&i, &j| values[i].total_cmp(&values[j])).unwrap_or(0);
        // Inside a panel the density is higher than at its ends only where the force changes sign.
        for _ in 0..80 {
            self.peak = highest(&self.log_density);
            // Measured from the peak, so that heights near it keep their digits.
            let top = self.log_density[self.peak];
            self.log_density.iter_mut().for_each(|value| *value -= top);
            let Some(i) = self.cut_near_peak() else { return Ok(()) };
            let panel = self.panels[i].clone();
            let middle = 0.5 * (panel.low + panel.high);
            if middle <= panel.low || middle >= panel.high {
                return Ok(());
            }
            let halves = [Panel::sample(process, panel.low, middle)?, Panel::sample(process, middle, panel.high)?];
            let value = if i < self.peak {
                self.log_density[i + 1] - halves[1].rise
            } else {
                self.log_density[i] + halves[0].rise
            };
            self.panels.splice(i..=i, halves);
            self.log_density.insert(i + 1, value);
        }
        Ok(())
    }

    /// A panel whose inside may rise above the peak by more than a tenth.
    fn cut_near_peak(&self) -> Option<usize> {
        let top = self.log_density[self.peak];
        (0..self.panels.len()).find(|&i| {
            let p = &self.panels[i];
            let ends = self.log_density[i].max(self.log_density[i + 1]);
            let rise: f64 = 0.5 * p.force.iter().map(|f| f.abs()).fold(0.0, f64::max) * p.width();
            rise > 0.1 && ends + rise > top && self.turns(i)
        })
    }

    /// Whether the force changes sign on panel `i`, or between its outermost nodes and those of its neighbours.
    fn turns(&self, i: usize) -> bool {
        let before = i.checked_sub(1).and_then(|j| self.panels[j].force.last());
        let after = self.panels.get(i + 1).and_then(|p| p.force.first());
        let force = || self.panels[i].force.iter().chain(before).chain(after);
        force().any(|&f| f > 0.0) && force().any(|&f| f < 0.0)
    }
}
