//! A law on a uniform grid: the discretisation alone, without the adaptive mesh that hides its order.

use super::observe::{Observations, Report};
use super::{Landscape, Levels, Problem, StudyError};
use crate::density::Line;
use crate::estimate::Quantity;
use crate::grid::Axis;
use crate::record::{PointRow, QuantileRow};

/// Points per interval at which two grids are compared.
const OUTLINE: usize = 8;

/// The numbers of a law from a uniform grid in the chart, with error bars from one half as fine.
///
/// The bar of one number is the difference of that number between the two grids. Where neither resolves the law this
/// may be small by chance; [`Uniform::log_density_error`] looks at the whole law and bounds every number.
#[derive(Debug, Clone)]
pub struct Uniform {
    /// Intervals between nodes of the grid the values are from.
    pub intervals: usize,
    /// The box in chart coordinates that they divide; the same for every number of intervals.
    pub chart_box: [f64; 2],
    /// E\[v\].
    pub mean: Quantity,
    /// Var\[v\].
    pub variance: Quantity,
    /// The quantiles asked for.
    pub quantiles: Vec<QuantileRow>,
    /// Log density, cdf and sf at the points asked for.
    pub points: Vec<PointRow>,
    /// Largest difference in log density between the two grids anywhere in the box, rounding included: a bound e for
    /// every log density, and e^e - 1 for the relative error of every integral of the density.
    pub log_density_error: f64,
}

impl Uniform {
    /// Solves on `intervals` and on half as many equal intervals of the box that [`super::law`] would choose.
    ///
    /// `None` when the law of the problem is a point mass. Odd numbers of intervals are rounded up, fewer than
    /// four count as four.
    ///
    /// # Errors
    /// See [`StudyError`]; [`StudyError::Stationary`] where intervals are so wide that a rate underflows.
    ///
    /// # Accuracy
    /// With q = 16 Gauss nodes in an interval of length h the scheme is Gauss collocation of u' = force and
    /// M' = e^u: of order h^(2q) for nodes and integrals, h^(q+1) for the log density inside an interval. For a
    /// force with singularities at complex distance d of the axis the errors fall like r^(-2q) and r^(-q),
    /// r = a + sqrt(a^2 + 1) with a = 2 d / h.
    pub fn solve(problem: &Problem, intervals: usize) -> Result<Option<Self>, StudyError> {
        let half = intervals.div_ceil(2).max(2);
        let landscape = Landscape::of(&problem.model, problem.branch)?;
        let Some(region) = landscape.density() else { return Ok(None) };
        let levels = Levels::survey(region, problem.tolerance, &problem.moments)?;
        let chart_box = levels.solve(1)?.line.chart_box();
        let axis = |count: usize| {
            let [low, high] = chart_box;
            let node = |i| low + (high - low) * i as f64 / count as f64;
            Axis::new((0..=count).map(node).collect())
                .ok_or(crate::grid::GridError::Unresolved { at: low, width: (high - low) / count as f64 })
        };
        let coarse = levels.solve_on(axis(half)?)?;
        let fine = levels.solve_on(axis(2 * half)?)?;
        let seen = [Observations::of(&fine.line, problem)?, Observations::of(&coarse.line, problem)?];
        let report = Report::of(problem, &fine.line, &coarse.line, &seen[0], &seen[1]);
        Ok(Some(Self {
            intervals: 2 * half,
            chart_box,
            mean: report.mean,
            variance: report.variance,
            quantiles: report.quantiles,
            points: report.points,
            log_density_error: difference(&fine.line, &coarse.line)?,
        }))
    }
}

/// Largest difference in log density of two lines on the same box, with the rounding of the first.
fn difference(fine: &Line<'_>, coarse: &Line<'_>) -> Result<f64, StudyError> {
    let mut largest = 0.0_f64;
    for z in fine.outline(OUTLINE) {
        let (value, rounding) = fine.chart_log_density(z)?;
        largest = largest.max((value - coarse.chart_log_density(z)?.0).abs() + rounding.total());
    }
    Ok(largest)
}
