//! The full solver, asked where a line does not do, in the shape of the lean path's answers.

use super::{Lean, LeanLaw, LeanQuantile, Route, TOLERANCE};
use crate::density;
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal};
use crate::process::Coordinate;
use crate::record::{Curve, LawKind, Solution};
use crate::study::{Problem, StudyError, solve};

/// The nodes of the curve and what is known there.
struct Seen {
    chart: Coordinate,
    curve: Curve,
}

impl Lean {
    pub(super) fn full(
        &mut self,
        model: &Diagonal,
        branch: Branch,
        quantiles: &[f64],
    ) -> Result<LeanLaw<'_>, StudyError> {
        let problem = Problem {
            title: String::new(),
            model: *model,
            branch,
            tolerance: TOLERANCE * 1e-1,
            points: Vec::new(),
            quantiles: quantiles.to_vec(),
            moments: Vec::new(),
        };
        let mut chart = None;
        let nodes = self.nodes;
        let solution = solve::law_seen(&problem, &mut |fine, coarse| {
            let (fine, coarse) = (&fine.line, &coarse.line);
            let seen = uniform(nodes, fine, coarse)?;
            chart = Some(seen.chart);
            Ok(seen.curve)
        })?;
        Ok(self.of_solution(solution, chart))
    }

    fn of_solution(&mut self, solution: Solution, chart: Option<Coordinate>) -> LeanLaw<'_> {
        if let (LawKind::PointMass, Some(v)) = (solution.law, solution.point) {
            let asked: Vec<f64> = solution.quantiles.iter().map(|row| row.q).collect();
            return self.point_mass(v, &asked);
        }
        self.quantiles.clear();
        self.quantiles.extend(solution.quantiles.iter().map(|row| LeanQuantile {
            q: row.q,
            value: row.value.finite().unwrap_or(Estimate::computed(f64::NAN, 0.0, f64::INFINITY)),
            log_abs: Estimate::computed(row.log_abs, 0.0, row.log_abs_error),
        }));
        let Curve { z, log_density, log_density_error, .. } = solution.curve;
        self.log_density = log_density;
        LeanLaw {
            route: Route::Full,
            point: None,
            chart,
            start: z.first().copied().unwrap_or(f64::NAN),
            step: if z.len() > 1 { z[1] - z[0] } else { f64::NAN },
            log_density: &self.log_density,
            log_density_error: log_density_error.into_iter().fold(0.0, f64::max),
            mean: solution.mean,
            variance: solution.variance,
            quantiles: &self.quantiles,
            tail_exponent: if solution.law == LawKind::Density { solution.tail_exponent } else { Quantity::Absent },
        }
    }
}

/// The density on a uniform line over the solver's box.
fn uniform(nodes: usize, fine: &density::Line<'_>, coarse: &density::Line<'_>) -> Result<Seen, StudyError> {
    let chart = *fine.coordinate();
    let [low, high] = fine.chart_box();
    let step = (high - low) / (nodes - 1) as f64;
    let mut curve = Curve::default();
    for i in 0..nodes {
        let z = low + i as f64 * step;
        let (log_density, rounding) = fine.chart_log_density(z)?;
        let grid = (log_density - coarse.chart_log_density(z)?.0).abs();
        curve.z.push(z);
        curve.log_density.push(log_density - chart.log_jacobian(z));
        curve.log_density_error.push(grid + rounding.total());
    }
    Ok(Seen { chart, curve })
}
