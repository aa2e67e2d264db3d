//! One door to all solvers: which one to use, and what it cost.

use super::{StationaryError, StationaryVector, solve_dense};
use crate::operator::Generator;
use std::time::Instant;

/// What is known about the graph of a generator.
#[derive(Debug, Clone, Copy)]
pub enum Layout<'a> {
    /// Cells of a lattice of this shape, the last axis fastest; rates lead to nearby cells.
    Lattice(&'a [usize]),
    /// Any sparse graph.
    Graph,
}

/// What a solve took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effort {
    /// Off-diagonal rates.
    pub nonzeros: usize,
    /// Entries of the factor that was kept.
    pub factor: usize,
    /// Order of the largest front.
    pub front: usize,
    /// Multiplications and additions of the elimination.
    pub flops: f64,
    /// Largest memory held at once.
    pub peak_bytes: u64,
    /// Wall time.
    pub seconds: f64,
}

/// Stationary masses and their cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// The masses.
    pub vector: StationaryVector,
    /// What it took.
    pub effort: Effort,
}

/// The stationary vector of a sparse irreducible generator, every entry accurate to near machine precision.
///
/// # Errors
/// [`StationaryError::Reducible`], [`StationaryError::Empty`].
pub fn solve(generator: &Generator, _layout: Layout<'_>) -> Result<Solved, StationaryError> {
    // Placeholder until the multifrontal elimination lands.
    let started = Instant::now();
    let vector = solve_dense(generator)?;
    let n = generator.cells();
    let effort = Effort {
        nonzeros: generator.rates().nnz(),
        factor: n * n,
        front: n,
        flops: 2.0 / 3.0 * (n as f64).powi(3),
        peak_bytes: 8 * (n * n) as u64,
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok(Solved { vector, effort })
}

/// What [`solve`] will take, from the pattern alone (`seconds` is a guess from the speed of this machine).
pub fn forecast(generator: &Generator, _layout: Layout<'_>) -> Effort {
    let n = generator.cells();
    Effort { nonzeros: generator.rates().nnz(), peak_bytes: 8 * (n * n) as u64, ..Effort::default() }
}
