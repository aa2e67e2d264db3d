//! The conductor: joins model, grid, solver, density and the independent routes into results.

use crate::model::{Branch, Diagonal};
use crate::record::Solution;

/// What to solve and what to report of it.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Title of the scenario.
    pub title: String,
    /// The network, its data and its training.
    pub model: Diagonal,
    /// The sign of v at the start, for D >= 1.
    pub branch: Branch,
    /// Wanted error of log density and relative error of moments.
    pub tolerance: f64,
    /// Where to evaluate log density, cdf and sf.
    pub points: Vec<f64>,
    /// Which quantiles.
    pub quantiles: Vec<f64>,
    /// Which orders n of E|v|^n.
    pub moments: Vec<f64>,
}

/// Why no result could be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {}

/// Solves a problem.
///
/// # Errors
/// See [`StudyError`].
pub fn solve(problem: &Problem) -> Result<Solution, StudyError> {
    unimplemented!("{}", problem.title)
}
