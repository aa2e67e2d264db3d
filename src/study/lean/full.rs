//! The full solver, asked where a line does not do, in the shape of the lean path's answers.

use super::{Ask, Lean, LeanLaw, LeanMode, LeanQuantile, Route};
use crate::density;
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal};
use crate::process::Coordinate;
use crate::record::{Curve, LawKind, Solution};
use crate::study::{Problem, StudyError, solve};

/// No tolerance is smaller.
const FINEST: f64 = 1e-13;

/// The nodes of the curve and what is known there.
struct Seen {
    chart: Coordinate,
    curve: Curve,
}

impl Lean {
    pub(super) fn full(&mut self, model: &Diagonal, branch: Branch, ask: &Ask<'_>) -> Result<LeanLaw<'_>, StudyError> {
        let problem = Problem {
            title: String::new(),
            model: *model,
            branch,
            tolerance: (ask.tolerance * 1e-1).max(FINEST),
            points: Vec::new(),
            quantiles: ask.quantiles.to_vec(),
            moments: Vec::new(),
        };
        let mut chart = None;
        let nodes = if ask.density { self.nodes } else { 0 };
        let solution = solve::law_seen(&problem, &mut |fine, coarse| {
            let (fine, coarse) = (&fine.line, &coarse.line);
            let seen = uniform(nodes, fine, coarse)?;
            chart = Some(seen.chart);
            Ok(seen.curve)
        })?;
        Ok(self.of_solution(solution, chart, ask))
    }

    fn of_solution(&mut self, solution: Solution, chart: Option<Coordinate>, ask: &Ask<'_>) -> LeanLaw<'_> {
        if let (LawKind::PointMass, Some(v)) = (solution.law, solution.point) {
            return self.point_mass(v, ask);
        }
        self.quantiles.clear();
        self.quantiles.extend(solution.quantiles.iter().map(|row| LeanQuantile {
            q: row.q,
            value: row.value.finite().unwrap_or(Estimate::computed(f64::NAN, 0.0, f64::INFINITY)),
            log_abs: Estimate::computed(row.log_abs, 0.0, row.log_abs_error),
        }));
        let mode =
            LeanMode { at: solution.mode.at, diverges: solution.mode.diverges, maxima: solution.mode.interior.len() };
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
            mode: ask.mode.then_some(mode),
        }
    }
}

/// The density on a uniform line over the solver's box.
fn uniform(nodes: usize, fine: &density::Line<'_>, coarse: &density::Line<'_>) -> Result<Seen, StudyError> {
    let chart = *fine.coordinate();
    let [low, high] = fine.chart_box();
    let step = (high - low) / nodes.saturating_sub(1).max(1) as f64;
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
