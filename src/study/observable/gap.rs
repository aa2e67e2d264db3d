//! The spectral gap of a diagonal network: its slowest discrete level, or the edge of the continuum where that lies
//! below.

use super::Reading;
use crate::estimate::{Estimate, Quantity};
use crate::process::{AnyProcess, REACH};
use crate::record::Solution;
use crate::study::field::continuum::{edge, lower};
use crate::study::{Equation, Landscape, Problem, Region, Request, StudyError, solve_equation};

/// Where the ends of a region are measured, as the slopes of its density are.
const PLACES: [f64; 2] = [REACH, REACH * (2.0 / 3.0)];
/// Tolerance of the lattice whose decay rates are taken.
const TOLERANCE: f64 = 1e-7;

pub(super) fn gap(problem: &Problem, solution: &Solution) -> Result<Reading, StudyError> {
    let landscape = Landscape::of(&problem.model, problem.branch)?;
    let Some(region) = landscape.density() else {
        return Ok(Reading::Absent("there is no density".to_owned()));
    };
    let edges = [-1.0, 1.0].into_iter().filter_map(|side| edge(&region.piece.process, side, PLACES));
    let edge = edges.min_by(|a, b| a.value.total_cmp(&b.value));
    let level = match level(region, solution) {
        Ok(Some(level)) => level,
        Ok(None) => return Ok(Reading::Absent("the decay rates were not found".to_owned())),
        // The law itself is known, so this is no reason to give it up.
        Err(error) => return Ok(Reading::Absent(format!("the decay rates were not found: {error}"))),
    };
    Ok(Reading::Number(edge.map_or(level, |edge| lower(level, edge))))
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
