//! The masses of a chain by the solver that suits it: elimination, or iteration where that does not fit into memory.

use crate::operator::Generator;
use crate::stationary::{self, Budget, Effort, Layout, Method, Solved, choose, forecast, solve_iterative};
use crate::study::StudyError;
use std::time::Instant;

/// Masses, and how they were found.
pub(super) struct Found {
    /// ln of the masses.
    pub log_mass: Vec<f64>,
    /// What it took.
    pub effort: Effort,
    /// How.
    pub method: Method,
    /// Relative error that the solver left.
    pub error: f64,
}

/// Lattices with fewer cells fit in any case.
const SMALL: usize = 1 << 15;

/// Solves the chain of a lattice of this `shape` within `memory` \[bytes\]; an iteration begins at `start`, which is
/// only made then.
pub(super) fn solve(
    generator: &Generator,
    shape: &[usize],
    memory: u64,
    start: &dyn Fn() -> Option<Vec<f64>>,
) -> Result<Found, StudyError> {
    if let &[cells] = shape {
        let started = Instant::now();
        let log_mass = stationary::solve_chain(generator)?.log_mass;
        let effort = Effort {
            nonzeros: generator.rates().nnz(),
            factor: cells,
            front: 2,
            flops: 2.0 * cells as f64,
            peak_bytes: 64 * cells as u64,
            seconds: started.elapsed().as_secs_f64(),
            ..Effort::default()
        };
        return Ok(Found { log_mass, effort, method: Method::Elimination, error: 0.0 });
    }
    let layout = Layout::Lattice(shape);
    let large = memory < u64::MAX && generator.cells() > SMALL;
    let method = if large { choose(&forecast(generator, layout), memory) } else { Method::Elimination };
    match method {
        Method::Elimination => {
            let Solved { vector, effort } = stationary::solve(generator, layout)?;
            Ok(Found { log_mass: vector.log_mass, effort, method, error: 0.0 })
        }
        Method::Iteration => {
            let found = solve_iterative(generator, start().as_deref(), &Budget::default())?;
            let (log_mass, error) = (found.vector.log_mass, found.error_estimate);
            Ok(Found { log_mass, effort: found.effort, method, error })
        }
    }
}
