//! Stationary vectors of chains too large for elimination, by multilevel aggregation.
//!
//! The exact masses are x u with x the current iterate. Groups of states that exchange most are joined again and
//! again, flows added up without a subtraction, until elimination can solve what is left: as in iterative
//! aggregation and disaggregation (Koury, McAllister and Stewart 1984; Horton and Leutenegger 1994) the exact law is
//! a fixed point, and the weights of metastable wells come from an exact solution. Far from the solution that is done
//! as it stands, with positive factors only. Near it, the relative correction e = u - 1 is found by a Krylov method
//! around a linear cycle over all levels (Axelsson and Vassilevski 1990; Notay and Vassilevski 2008 with steps of a
//! Krylov method there too, De Sterck et al. 2010 for Markov chains), in a number of steps nearly independent of the
//! number of cells.
//!
//! What is believed is not a residual, which says nothing about slow modes, but the corrections that the hierarchy,
//! exact for slow modes, still asks for.

mod accelerate;
mod aggregate;
mod choose;
mod coarsest;
mod cycle;
mod finest;
mod iterate;
mod level;
mod ranges;
mod start;
mod tails;

pub use choose::{Method, choose, forecast_iteration};

use super::{Effort, StationaryError, StationaryVector};
use crate::operator::Generator;
use iterate::Iteration;
use std::time::Instant;

/// Masses below this part of the largest are not watched: their errors are not part of the estimate.
pub const WATCHED: f64 = 1e-30;

/// How long to try, and for what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Largest number of cycles.
    pub steps: usize,
    /// Wanted relative error of every watched mass.
    pub tolerance: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 300, tolerance: 1e-9 }
    }
}

/// Stationary masses found by iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterated {
    /// The masses.
    pub vector: StationaryVector,
    /// What it took; nothing is factored but a small chain, so `factor`, `front` and `flops` are zero.
    pub effort: Effort,
    /// Largest relative defect of the balance of a watched cell.
    pub residual: f64,
    /// Cycles.
    pub steps: usize,
    /// Largest relative error of a watched mass: an expectation E f is off by at most this times E |f|, apart from
    /// cells lighter than [`WATCHED`] times the heaviest.
    pub error_estimate: f64,
}

/// Why an iteration was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stall {
    /// All cycles of the budget are used up.
    Budget,
    /// Corrections no longer shrink: what is left is rounding, amplified by slow modes.
    Rounding,
    /// Flows or corrections left the range of numbers.
    Range,
}

impl std::fmt::Display for Stall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Budget => "all cycles allowed are used up",
            Self::Rounding => "corrections no longer shrink",
            Self::Range => "flows or corrections leave the range of numbers",
        })
    }
}

/// The stationary vector of a sparse irreducible generator by aggregation, for chains whose elimination
/// would not fit into memory. Memory and the time of one cycle are proportional to the number of rates.
///
/// `start` holds log masses near the solution (any constant may be added), best those of a coarser lattice,
/// interpolated; without it drops along a spanning tree are added up. The digits do not depend on the number of
/// threads.
///
/// # Errors
/// [`StationaryError::NotConverged`] when `error_estimate` does not fall to the tolerance: a vector that is not
/// known to be right is not returned. [`StationaryError::Start`] when `start` does not fit;
/// [`StationaryError::Reducible`], [`StationaryError::Empty`].
///
/// # Accuracy
/// See [`Iterated::error_estimate`]; lighter cells are swept in order of decreasing mass but not watched.
pub fn solve_iterative(
    generator: &Generator,
    start: Option<&[f64]>,
    budget: &Budget,
) -> Result<Iterated, StationaryError> {
    let started = Instant::now();
    if let Some(start) = start
        && (start.len() != generator.cells() || start.iter().any(|m| !m.is_finite()))
    {
        return Err(StationaryError::Start { cells: generator.cells(), found: start.len() });
    }
    if generator.cells() == 1 {
        let vector = StationaryVector { log_mass: vec![0.0] };
        return Ok(Iterated { vector, effort: Effort::default(), residual: 0.0, steps: 0, error_estimate: 0.0 });
    }
    let mut iteration = Iteration::new(generator, start)?;
    let error_estimate = iteration.run(budget)?;
    let residual = iteration.residual();
    let seconds = started.elapsed().as_secs_f64();
    let effort =
        Effort { nonzeros: generator.rates().nnz(), peak_bytes: iteration.bytes, seconds, ..Effort::default() };
    let steps = iteration.steps;
    let vector = StationaryVector::normalised(iteration.log_mass);
    Ok(Iterated { vector, effort, residual, steps, error_estimate })
}
