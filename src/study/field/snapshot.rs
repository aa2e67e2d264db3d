//! One solve on one lattice.

use super::offsets::Offsets;
use crate::grid::Lattice;
use crate::operator::{Edges, Generator};
use crate::process::Process;
use crate::stationary::{self, Effort, Layout, Solved};
use crate::study::StudyError;
use std::time::Instant;

/// The masses on a lattice and what is known of them.
#[derive(Debug, Clone)]
pub(super) struct Snapshot<const N: usize> {
    /// The lattice.
    pub lattice: Lattice<N>,
    /// ln of the masses.
    pub log_mass: Vec<f64>,
    /// The edges.
    pub edges: Edges,
    /// What the solve took.
    pub effort: Effort,
    /// Largest relative defect of the balance of a cell.
    pub residual: f64,
}

/// Solves with fitted rates.
pub(super) fn solve_on<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    offsets: &Offsets<N>,
) -> Result<Snapshot<N>, StudyError> {
    let edges = Edges::within(process, lattice, &|cell| offsets.longest(lattice, cell))?;
    let generator = edges.generator(None)?;
    let Solved { vector, effort } = solve(&generator, Layout::Lattice(&lattice.shape()), N)?;
    let residual = generator.residual(&vector.log_mass);
    Ok(Snapshot { lattice: *lattice, log_mass: vector.log_mass, edges, effort, residual })
}

/// By the elimination that suits the number of variables.
fn solve(generator: &Generator, layout: Layout<'_>, variables: usize) -> Result<Solved, StudyError> {
    if variables > 1 {
        return Ok(stationary::solve(generator, layout)?);
    }
    let started = Instant::now();
    let vector = stationary::solve_chain(generator)?;
    let cells = generator.cells();
    let effort = Effort {
        nonzeros: generator.rates().nnz(),
        factor: cells,
        front: 2,
        flops: 2.0 * cells as f64,
        peak_bytes: 64 * cells as u64,
        seconds: started.elapsed().as_secs_f64(),
        ..Effort::default()
    };
    Ok(Solved { vector, effort })
}
