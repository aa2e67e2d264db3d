//! The shape of the density in v: its maxima, its tail.

use super::{DensityError, Line, ROUNDING};
use crate::numeric::{Blur, Bracket, Q, bracketed_root};

/// Where the density in v is large.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Global maximum of p(v): v and its rounding error.
    pub mode: (f64, Blur),
    /// Whether p grows without bound towards the mode (an end of the support).
    pub diverges: bool,
    /// Interior local maxima in v, ascending.
    pub maxima: Vec<f64>,
}

impl Line<'_> {
    /// The maxima of p(v).
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn shape(&self) -> Result<Shape, DensityError> {
        let mut maxima = Vec::new();
        let mut best: Option<(f64, (f64, Blur))> = None;
        for z in self.crests() {
            let (log_density, _) = self.chart_log_density(z)?;
            let height = log_density - self.coordinate.log_jacobian(z);
            let v = self.coordinate.to_physical(z);
            maxima.push(v);
            if best.is_none_or(|(top, _)| height > top) {
                let rounding = self.crest_rounding(z) * self.coordinate.log_jacobian(z).exp();
                best = Some((height, (v, rounding + Blur::arithmetic(2.0 * f64::EPSILON * v.abs()))));
            }
        }
        maxima.sort_by(f64::total_cmp);
        for which in 0..2 {
            let face = self.coordinate.ends()[which];
            if !face.is_finite() {
                continue;
            }
            // ln p(v) towards the face: the slope in the chart less that of the Jacobian.
            let end = self.ends[which];
            let growth = end.side * (end.slope - self.coordinate.log_jacobian_slope(end.side * crate::process::REACH));
            if growth > end.error {
                return Ok(Shape { mode: (face, Blur::default()), diverges: true, maxima });
            }
            if growth.abs() <= end.error {
                let edge = self.tail(which);
                let height = edge.log_density - self.coordinate.log_jacobian(edge.from);
                if best.is_none_or(|(top, _)| height > top) {
                    best = Some((height, (face, Blur::default())));
                }
            }
        }
        let mode = best.map_or((f64::NAN, Blur::arithmetic(f64::NAN)), |(_, mode)| mode);
        Ok(Shape { mode, diverges: false, maxima })
    }

    /// Slope of ln p(v) along the chart.
    fn slope(&self, z: f64) -> f64 {
        self.process.force(&[z]).value[0] - self.coordinate.log_jacobian_slope(z)
    }

    /// Chart coordinates where that slope falls through zero.
    fn crests(&self) -> Vec<f64> {
        let mut crests = Vec::new();
        let mut before = (self.cells[0].panel.low, self.slope(self.cells[0].panel.low));
        for cell in &self.cells {
            for j in 0..=Q {
                let here = if j < Q {
                    let z = cell.panel.node(j);
                    (z, cell.panel.force[j] - self.coordinate.log_jacobian_slope(z))
                } else {
                    (cell.panel.high, self.slope(cell.panel.high))
                };
                if before.1 > 0.0 && here.1 <= 0.0 {
                    crests.push(bracketed_root(Bracket { low: before.0, high: here.0 }, |z| self.slope(z)));
                }
                before = here;
            }
        }
        crests
    }

    /// Rounding error of a crest in the chart: that of the slope over its curvature.
    fn crest_rounding(&self, z: f64) -> Blur {
        let cell = &self.cells[self.cell_of(z)];
        let step = 1e-3 * cell.panel.width();
        let curvature = (self.slope(z + step) - self.slope(z - step)).abs() / (2.0 * step);
        let magnitude = self.process.force(&[z]).magnitude[0] + 1.0;
        let off = |size: f64| (size / curvature).min(cell.panel.width());
        Blur {
            arithmetic: off(ROUNDING * magnitude) + 2.0 * f64::EPSILON * z.abs(),
            input: off(self.process.inherited_error(&[z])[0]),
        }
    }

    /// m where p(v) ~ |v|^-m at infinity, with its error; `None` where no end of the support is infinite or no
    /// tail there is a power law.
    pub fn tail_exponent(&self) -> Option<(f64, Blur)> {
        let exponents = (0..2).filter(|&which| self.coordinate.ends()[which].is_infinite()).map(|which| {
            let end = self.ends[which];
            // Far out every chart is logarithmic: v ~ e^|z|.
            let blur = Blur { arithmetic: end.error + f64::EPSILON, input: end.inherited };
            end.limit.then_some((1.0 - end.side * end.slope, blur))
        });
        exponents.collect::<Option<Vec<_>>>()?.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))
    }
}
