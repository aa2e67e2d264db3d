//! One solve on one lattice.

use crate::grid::Lattice;
use crate::operator::{Edges, Generator};
use crate::process::Process;
use crate::stationary::{self, Effort, Layout, Solved};
use crate::study::StudyError;
use std::time::Instant;

/// Largest number of solves for the fixed point of the current correction on one lattice.
const ITERATIONS: usize = 40;
/// The correction has settled when no log mass that matters moves by more than this.
const SETTLED: f64 = 1e-12;
/// Log masses further below the largest do not decide whether the correction has settled.
const DEEP: f64 = 45.0;
/// Log masses further below the largest do not enter the correction.
const FLOOR: f64 = -600.0;

/// The masses on a lattice and what is known of them.
#[derive(Debug, Clone)]
pub(super) struct Snapshot<const N: usize> {
    /// The lattice.
    pub lattice: Lattice<N>,
    /// ln of the masses.
    pub log_mass: Vec<f64>,
    /// The masses whose current the rates were corrected for.
    pub correction: Option<Vec<f64>>,
    /// The edges.
    pub edges: Edges,
    /// What the last solve took.
    pub effort: Effort,
    /// Largest relative defect of the balance of a cell.
    pub residual: f64,
    /// How much the last round of the correction still moved the log masses.
    pub unsettled: f64,
}

/// Solves with plainly fitted rates, or, given masses to start from, with rates corrected for the current.
pub(super) fn solve_on<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    start: Option<Vec<f64>>,
) -> Result<Snapshot<N>, StudyError> {
    let edges = Edges::of(process, lattice)?;
    let shape = lattice.shape();
    let layout = Layout::Lattice(&shape);
    let mut correction = start;
    let mut unsettled = f64::INFINITY;
    for round in 0.. {
        let generator = edges.generator(correction.as_deref())?;
        let solved = solve(&generator, layout, N)?;
        let log_mass = solved.vector.log_mass;
        let top = log_mass.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let done = match &correction {
            None => true,
            Some(before) => {
                let moved = change(before, &log_mass, top);
                let stalled = moved < 1e-9 && moved >= 0.5 * unsettled;
                unsettled = moved;
                if std::env::var("DEV").is_ok() { eprintln!("   {:?} round {round} moved {moved:.2e} {:.3}s", lattice.shape(), solved.effort.seconds); }
                moved < SETTLED || stalled || round + 1 == ITERATIONS
            }
        };
        if done {
            let residual = generator.residual(&log_mass);
            let unsettled = if correction.is_some() { unsettled } else { 0.0 };
            let lattice = *lattice;
            return Ok(Snapshot { lattice, log_mass, correction, edges, effort: solved.effort, residual, unsettled });
        }
        correction = Some(log_mass.iter().map(|m| m.max(top + FLOOR)).collect());
    }
    unreachable!("the loop ends by its count")
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

/// Largest change of a log mass that is not deep below the largest.
fn change(before: &[f64], after: &[f64], top: f64) -> f64 {
    let pairs = before.iter().zip(after).filter(|(_, m)| **m > top - DEEP);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
