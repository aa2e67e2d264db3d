//! Everything that is reported of a density, from two grids into values with error bars.

use super::{Problem, StudyError};
use crate::density::{Line, MomentValue, QuantileValue, Shape};
use crate::estimate::{Estimate, Quantity};
use crate::numeric::Blur;
use crate::record::{Mode, MomentRow, PointRow, QuantileRow};

/// A law's numbers on one grid.
#[derive(Debug)]
pub(super) struct Observations {
    mean: MomentValue,
    variance: MomentValue,
    moments: Vec<MomentValue>,
    quantiles: Vec<QuantileValue>,
    points: Vec<PointValue>,
    shape: Shape,
}

#[derive(Debug)]
struct PointValue {
    log_density: Option<(f64, Blur)>,
    log_cdf: (f64, Blur),
    log_sf: (f64, Blur),
}

impl Observations {
    pub fn of(line: &Line<'_>, problem: &Problem) -> Result<Self, StudyError> {
        let point = |&v: &f64| -> Result<PointValue, StudyError> {
            let [log_cdf, log_sf] = line.log_cdf_sf(v)?;
            Ok(PointValue { log_density: line.log_density(v)?, log_cdf, log_sf })
        };
        let mean = line.mean()?;
        Ok(Self {
            mean,
            variance: line.variance_about(mean)?,
            moments: problem.moments.iter().map(|&n| line.moment(n)).collect::<Result<_, _>>()?,
            quantiles: problem.quantiles.iter().map(|&q| line.quantile(q)).collect::<Result<_, _>>()?,
            points: problem.points.iter().map(point).collect::<Result<_, _>>()?,
            shape: line.shape()?,
        })
    }
}

/// The reported numbers.
#[derive(Debug)]
pub(super) struct Report {
    pub mean: Quantity,
    pub variance: Quantity,
    pub mode: Mode,
    pub moments: Vec<MomentRow>,
    pub quantiles: Vec<QuantileRow>,
    pub points: Vec<PointRow>,
    pub tail_exponent: Quantity,
    /// Largest error of a log density and relative error of a moment, the rounding of the input apart.
    pub reached: f64,
    /// The part of it that a finer grid would lower.
    pub reducible: f64,
}

impl Report {
    /// Values of the finer grid, errors from the difference to the coarser and from rounding.
    pub fn of(
        problem: &Problem,
        line: &Line<'_>,
        coarse_line: &Line<'_>,
        fine: &Observations,
        coarse: &Observations,
    ) -> Self {
        let mean = quantity(fine.mean, coarse.mean);
        let variance = quantity(fine.variance, coarse.variance);
        let moments: Vec<MomentRow> = problem
            .moments
            .iter()
            .enumerate()
            .map(|(i, &order)| MomentRow { order, value: quantity(fine.moments[i], coarse.moments[i]) })
            .collect();
        let points = points(problem, fine, coarse);
        let tail_exponent = match line.tail_exponent() {
            Some((value, rounding)) => Quantity::Finite(estimate(value, 0.0, rounding)),
            None => Quantity::Absent,
        };
        let quantiles = problem
            .quantiles
            .iter()
            .enumerate()
            .map(|(i, &q)| quantile(line, q, &fine.quantiles[i], &coarse.quantiles[i]));
        let mut report = Self {
            mode: mode(&fine.shape, &coarse.shape),
            quantiles: quantiles.collect(),
            mean,
            variance,
            moments,
            points,
            tail_exponent,
            reached: 0.0,
            reducible: 0.0,
        };
        report.judge(line, coarse_line);
        report
    }

    fn judge(&mut self, line: &Line<'_>, coarse: &Line<'_>) {
        let spread = self.variance.finite().map_or(0.0, |v| v.value.max(0.0).sqrt());
        let mut note = |error: f64, grid: f64| {
            self.reached = self.reached.max(error);
            self.reducible = self.reducible.max(grid);
        };
        let finite = self.mean.finite().map(|e| (e, spread)).into_iter();
        let others =
            self.moments.iter().filter_map(|m| m.value.finite()).chain(self.variance.finite()).map(|e| (e, 0.0));
        for (e, floor) in finite.chain(others) {
            let scale = e.value.abs().max(floor).max(f64::MIN_POSITIVE);
            note((e.error() - e.budget.input) / scale, e.budget.grid / scale);
        }
        for (grid, rounding) in line.node_differences(coarse) {
            note(grid + rounding, grid);
        }
    }
}

fn estimate(value: f64, grid: f64, rounding: Blur) -> Estimate {
    Estimate::computed(value, grid, rounding.arithmetic).inheriting(rounding.input)
}

fn quantity(fine: MomentValue, coarse: MomentValue) -> Quantity {
    match (fine, coarse) {
        (MomentValue::Finite { value, rounding }, MomentValue::Finite { value: other, .. }) => {
            Quantity::Finite(estimate(value, (value - other).abs(), rounding))
        }
        _ => Quantity::Infinite,
    }
}

fn mode(fine: &Shape, coarse: &Shape) -> Mode {
    let (value, rounding) = fine.mode;
    let at = Quantity::Finite(estimate(value, (value - coarse.mode.0).abs(), rounding));
    Mode { at, diverges: fine.diverges, interior: fine.maxima.clone() }
}

fn quantile(line: &Line<'_>, q: f64, fine: &QuantileValue, coarse: &QuantileValue) -> QuantileRow {
    let coordinate = line.coordinate();
    let jacobian = coordinate.log_jacobian(fine.z).exp();
    let z_grid = (fine.z - coarse.z).abs();
    let rounding = fine.z_rounding * jacobian + Blur::arithmetic(2.0 * f64::EPSILON * fine.value.abs());
    let steepness = coordinate.log_abs_slope(fine.z).abs();
    QuantileRow {
        q,
        value: Quantity::Finite(estimate(fine.value, (fine.value - coarse.value).abs(), rounding)),
        log_abs: fine.log_abs,
        log_abs_error: steepness * (z_grid + fine.z_rounding.total()) + 2.0 * f64::EPSILON * (1.0 + fine.log_abs.abs()),
    }
}

fn points(problem: &Problem, fine: &Observations, coarse: &Observations) -> Vec<PointRow> {
    let rows = problem.points.iter().zip(fine.points.iter().zip(&coarse.points));
    rows.map(|(&v, (fine, coarse))| {
        let difference = |a: (f64, Blur), b: (f64, Blur)| {
            let grid = if a.0 == b.0 { 0.0 } else { (a.0 - b.0).exp_m1().abs() };
            grid + a.1.total() + f64::EPSILON * if a.0.is_finite() { a.0.abs() } else { 0.0 }
        };
        let error = match (fine.log_density, coarse.log_density) {
            (Some((a, rounding)), Some((b, _))) => Some((a - b).abs() + rounding.total()),
            _ => None,
        };
        PointRow {
            v,
            log_density: fine.log_density.map(|(value, _)| value),
            error,
            cdf: fine.log_cdf.0.exp(),
            sf: fine.log_sf.0.exp(),
            cdf_relative_error: difference(fine.log_cdf, coarse.log_cdf),
            sf_relative_error: difference(fine.log_sf, coarse.log_sf),
        }
    })
    .collect()
}
