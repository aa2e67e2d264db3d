//! The conductor: joins model, grid, solver, density and the independent routes into results.

mod branches;
mod compare;
mod field;
mod finest;
mod formula;
mod landscape;
mod lean;
mod levels;
mod noiseless;
mod observable;
mod observe;
pub mod phase;
mod point;
mod queue;
mod solve;
mod subject;
mod sweep;
mod uniform;

pub use branches::{ClosedLaw, closed_laws};
pub use compare::{compare, steps_of_compare};
pub use field::{
    Equation, FieldProblem, FieldSource, Request, Watch, compare_field, sample_field, solve_equation, solve_field,
    solve_field_with_chain, steps_of_compare_field,
};
pub use finest::FinestChain;
pub use landscape::{Landscape, Region};
pub use lean::{Ask, Lean, LeanLaw, LeanMode, LeanQuantile, Route};
pub use levels::{Level, Levels};
pub use observable::{Nameless, OBSERVABLES, Observable, Reading, observe};
pub use queue::{Keep, Queue, Work, work_off, work_on, work_together};
pub use solve::{law, solve, solve_with_chain};
pub use subject::Subject;
pub use sweep::{insertions, row};
pub use uniform::Uniform;

use crate::model::{Branch, Diagonal};

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
pub enum StudyError {
    /// No grid resolves the law.
    #[error(transparent)]
    Grid(#[from] crate::grid::GridError),
    /// The coefficients make no generator.
    #[error(transparent)]
    Operator(#[from] crate::operator::OperatorError),
    /// The generator has no unique stationary vector.
    #[error(transparent)]
    Stationary(#[from] crate::stationary::StationaryError),
    /// The density cannot answer.
    #[error(transparent)]
    Density(#[from] crate::density::DensityError),
    /// No samples could be drawn.
    #[error(transparent)]
    Sgd(#[from] crate::sgd::SgdError),
    /// All mass runs to infinity.
    #[error("all mass runs to |v| = infinity: near it the density would fall only like |v|^{exponent}")]
    Escapes {
        /// Measured exponent of the density in v.
        exponent: f64,
    },
    /// A grid would need more memory than it may use.
    #[error(
        "{cells} cells per axis would need {:.1} GB of memory, and {:.1} GB may be used: {fits} cells per axis fit",
        *needed as f64 / 1e9, *allowed as f64 / 1e9
    )]
    Memory {
        /// Cells per axis asked for.
        cells: usize,
        /// What they need \[bytes\].
        needed: u64,
        /// What may be used \[bytes\].
        allowed: u64,
        /// Cells per axis of the finest grid that fits.
        fits: usize,
    },
    /// A law does not exist: mass runs to an end of its range.
    #[error("no law exists: all mass runs to {face}, near which the density would {}", growth(*exponent))]
    RunsAway {
        /// Which end, e.g. `v2 = 0` or `x = infinity`.
        face: String,
        /// Measured exponent.
        exponent: f64,
    },
    /// On every lattice that was tried, the mass of a law of several variables runs to an end of its range.
    #[error(
        "no law was found: on every lattice that was tried all mass runs to {face}, near which the density would {}; either no law exists, or the current is too strong for cells that reach so far: a finite `range` around the law may hold it, and `stillpoint sample` follows paths",
        growth(*exponent)
    )]
    Adrift {
        /// Which end, e.g. `v2 = 0` or `x = infinity`.
        face: String,
        /// Measured exponent.
        exponent: f64,
    },
    /// Weight decay wins over every gradient next to the faces of a deep network.
    #[error(
        "no law but the point mass at v = 0: with depth {depth} gradients vanish faster next to a face v_i = 0 than weight decay pulls towards it, so all mass ends there, sooner or later; weight_decay = 0 has a law, and `stillpoint sample` shows how long SGD stays where it was"
    )]
    Forgotten {
        /// D.
        depth: u32,
    },
    /// SGD on a loss ends where every sample is at rest.
    #[error(
        "no law but the point mass at {point}: every sample's gradient vanishes there and ln of the distance shrinks at the rate {rate:.6} +- {error:.1e}, so all mass ends there"
    )]
    Attracted {
        /// Which point, e.g. `u = w = 0`.
        point: String,
        /// Growth rate of ln of the distance \[1 / time\].
        rate: f64,
        /// Its error.
        error: f64,
    },
    /// The noise of a loss is all but singular on a face inside the range.
    #[error(
        "next to {face}, which paths cross, the gradients of all samples are parallel: no lattice carries noise of such anisotropy; with isotropic_noise > 0 the law can be solved, and its limit for smaller and smaller isotropic_noise is this law; `stillpoint sample` needs none"
    )]
    Parallel {
        /// Which face, e.g. `u = 0`.
        face: String,
    },
    /// No box was found in which a lattice holds the law.
    #[error(
        "no box holds the law: along {name} it grew a thousandfold on every lattice that was tried; {}: a finite `range` around the law may hold it, and `stillpoint sample` follows paths",
        if *alone { "the law decays too slowly, or none exists" } else { "the current is too strong for them, or the law decays too slowly, or none exists" }
    )]
    Endless {
        /// The chart coordinate.
        name: String,
        /// Whether it is the only one.
        alone: bool,
    },
}

/// Powers beyond this are none.
const EXPONENTIAL: f64 = 100.0;

/// How a density behaves next to an end.
fn growth(exponent: f64) -> String {
    if exponent.abs() < EXPONENTIAL {
        format!("go like the distance to the power {exponent:.4}")
    } else {
        "grow faster than any power of the distance".to_owned()
    }
}
