//! Laws of one to three variables on a lattice: the box that holds them, several resolutions, an error bar on
//! every number.

use super::StudyError;
use crate::formula::Formula;
use crate::model::System;
use crate::record::FieldSolution;

/// What to solve on a lattice and what to report of it.
#[derive(Debug, Clone)]
pub struct FieldProblem {
    /// Title of the scenario.
    pub title: String,
    /// The model.
    pub system: System,
    /// Wanted relative error of means and covariances.
    pub tolerance: f64,
    /// Cells per axis of the finest grid; chosen by the program where not given.
    pub grid: Option<usize>,
    /// Number of resolutions; chosen by the program where not given.
    pub levels: Option<usize>,
    /// Memory the solver may use \[bytes\].
    pub memory: Option<u64>,
    /// Where to evaluate the density, in the model's own variables.
    pub points: Vec<Vec<f64>>,
    /// Which quantiles of the marginals.
    pub quantiles: Vec<f64>,
    /// Expressions of the model's own variables.
    pub expressions: Vec<Formula>,
}

/// What a solve is doing, for a progress line: a few words, and steps done of all.
pub type Watch<'a> = dyn Fn(&str, u64, u64) + Sync + 'a;

/// Solves a problem.
///
/// # Errors
/// See [`StudyError`].
pub fn solve_field(_problem: &FieldProblem, _watch: &Watch<'_>) -> Result<FieldSolution, StudyError> {
    unimplemented!("branch study")
}
