//! The spectral gap of a diagonal network: its slowest discrete level, or the edge of the continuum where that lies
//! below.
//!
//! Far out in the chart drift and diffusion of a heavy-tailed law tend to laws of their own: a mode exp(-lambda t)
//! that oscillates there exists for every lambda above b^2 / (2 B), so the limit of that ratio at an end is where the
//! continuum of decay rates begins. It is measured where the end of a region is, like the slope of the density.

use super::Reading;
use crate::estimate::{Estimate, Quantity};
use crate::process::{AnyProcess, Process, REACH};
use crate::record::Solution;
use crate::study::{Equation, Landscape, Problem, Region, Request, StudyError, solve_equation};

/// Two places near an end must agree this well to count as a limit.
const SAME: f64 = 1e-9;
/// Tolerance of the lattice whose decay rates are taken.
const TOLERANCE: f64 = 1e-7;

pub(super) fn gap(problem: &Problem, solution: &Solution) -> Result<Reading, StudyError> {
    let landscape = Landscape::of(&problem.model, problem.branch)?;
    let Some(region) = landscape.density() else {
        return Ok(Reading::Absent("there is no density".to_owned()));
    };
    let edge = (0..2).filter_map(|which| edge(region, which)).min_by(|a, b| a.value.total_cmp(&b.value));
    let level = match level(region, solution) {
        Ok(Some(level)) => level,
        Ok(None) => return Ok(Reading::Absent("the decay rates were not found".to_owned())),
        // The law itself is known, so this is no reason to give it up.
        Err(error) => return Ok(Reading::Absent(format!("the decay rates were not found: {error}"))),
    };
    Ok(Reading::Number(edge.map_or(level, |edge| lower(level, edge))))
}

/// The level, if it is one below the edge; the edge, if the level is only where the continuum of a finite lattice
/// begins; where its bar leaves that open, a bar that covers both.
fn lower(level: Estimate, edge: Estimate) -> Estimate {
    let least = (level.value - level.error()).max(0.0);
    if level.value + level.error() < edge.value {
        level
    } else if least >= edge.value {
        edge
    } else {
        let value = level.value.min(edge.value);
        Estimate::computed(value, (value - least).max(edge.value - value), edge.error())
    }
}

/// Where the continuum begins that an end of the region makes, if it makes one.
fn edge(region: &Region, which: usize) -> Option<Estimate> {
    let side = 2.0 * which as f64 - 1.0;
    let at = |z: f64| {
        let c = region.piece.process.coefficients(&[side * z]);
        // The drift where the coordinate is stretched so that the diffusion is constant, times its root.
        let drift = c.drift[0] - 0.25 * c.div_diffusion[0];
        (drift * drift / (2.0 * c.diffusion[0][0]), c.diffusion[0][0])
    };
    let ((far, noise), (near, inner)) = (at(REACH), at(REACH * (2.0 / 3.0)));
    let steady = far.is_finite() && far > 0.0 && (far - near).abs() <= SAME * far;
    // Where the noise grows towards an end it is reached in finite time, and makes no continuum.
    (steady && noise <= inner * (1.0 + SAME)).then(|| Estimate::computed(far, 0.0, (far - near).abs() + 1e-14 * far))
}

/// The slowest decay on a lattice.
fn level(region: &Region, solution: &Solution) -> Result<Option<Estimate>, StudyError> {
    let v = solution.quantiles.first().and_then(|q| q.value.finite()).or(solution.mean.finite()).map(|e| e.value);
    let start = v.and_then(|v| region.piece.coordinate.to_chart(v)).unwrap_or(0.0);
    let equation = Equation {
        process: &AnyProcess::One(Box::new(region.piece.process.clone())),
        start: vec![start],
        variables: vec!["v".to_owned()],
        chart_names: vec!["z".to_owned()],
        identities: vec![],
    };
    let request = Request { tolerance: TOLERANCE, ..Request::default() };
    let found = solve_equation(&equation, &request, &|_, _, _| {})?;
    Ok(match found.spectral_gap {
        Quantity::Finite(rate) => Some(rate),
        Quantity::Infinite | Quantity::Absent => None,
    })
}
