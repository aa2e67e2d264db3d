//! Null vectors: the stationary masses of a Markov generator, in logarithms, by elimination without
//! subtraction (Grassmann, Taksar and Heyman 1985), or by multilevel iteration where memory does not allow that. Solvers see rates only: no grid, no model, no formula.

mod absorption;
mod analysis;
mod assembly;
mod backward;
mod block;
mod chain;
mod classes;
mod cost;
mod dense;
mod factor;
mod front;
mod kcycle;
mod masses;
mod multifrontal;
mod ordering;
mod orthogonal;
mod poisson;
mod rates;
mod recognise;
mod solve;
mod spectrum;
mod wide;
mod wide_front;

pub use absorption::Absorption;
pub use chain::solve_chain;
pub use classes::{Classes, classes, invariant_laws};
pub use cost::forecast_lattice;
pub use dense::solve_dense;
pub use kcycle::{Budget, Iterated, Method, Stall, WATCHED, choose, forecast_iteration, solve_iterative};
pub use solve::{Effort, Layout, Solved, forecast, solve};
pub use spectrum::{Decay, spectrum};

/// Why a generator has no unique positive stationary vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StationaryError {
    /// Nothing leads out of a cell towards the rest: it closes a class of its own.
    #[error("the chain falls apart: no rate leads from cell {from} to cell {to} or beyond")]
    Reducible {
        /// Cell whose side is closed.
        from: usize,
        /// Its neighbour.
        to: usize,
    },
    /// The generator has rates between cells that are not neighbours.
    #[error("not a chain: a rate leads from cell {from} to cell {to}")]
    NotAChain {
        /// Source.
        from: usize,
        /// Target.
        to: usize,
    },
    /// A mode decays more slowly than any number can say, or its time overflows on the way.
    #[error("relaxation so slow that its rate is out of floating-point range")]
    TooSlow,
    /// An iteration was given up; nothing it found is known to be right.
    #[error("not converged after {steps} cycles: {stall}; the masses are known to {error:.1e}, not to {wanted:.1e}")]
    NotConverged {
        /// Cycles done.
        steps: usize,
        /// Relative error that was reached.
        error: f64,
        /// Relative error that was wanted.
        wanted: f64,
        /// Why it was given up.
        stall: Stall,
    },
    /// The log masses to start from are not one finite number for every cell.
    #[error("an iteration over {cells} cells starts from as many finite log masses; {found} were given")]
    Start {
        /// Cells.
        cells: usize,
        /// Numbers given.
        found: usize,
    },
    /// There are no cells.
    #[error("a generator without cells has no stationary vector")]
    Empty,
}

/// Stationary masses.
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryVector {
    /// ln of the mass of every cell; the masses add up to 1.
    pub log_mass: Vec<f64>,
}

impl StationaryVector {
    fn normalised(mut log_mass: Vec<f64>) -> Self {
        let top = log_mass.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = crate::numeric::Compensated::default();
        for &m in &log_mass {
            sum.add((m - top).exp());
        }
        let shift = top + sum.value().ln();
        for m in &mut log_mass {
            *m -= shift;
        }
        Self { log_mass }
    }
}
