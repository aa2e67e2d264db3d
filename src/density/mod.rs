//! Densities: what the stationary masses say about the law, at any point and to any quantile.

mod cell;
pub mod field;
mod line;
mod moments;
mod quantile;
mod shape;
mod table;
mod tail;

pub use line::Line;
pub use moments::MomentValue;
pub use quantile::QuantileValue;
pub use shape::Shape;

use crate::grid::GridError;

/// Why a density could not answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DensityError {
    /// The force could not be sampled.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// An integral over a tail did not close.
    #[error("the tail beyond chart coordinate {from} does not close: its slope {slope} leaves no finite mass")]
    OpenTail {
        /// Where the tail starts.
        from: f64,
        /// The slope there.
        slope: f64,
    },
    /// An integral over a tail did not end within a bounded number of steps.
    #[error(
        "the tail beyond chart coordinate {from} could not be integrated past {reached}: the force varies too fast there"
    )]
    EndlessTail {
        /// Where the tail starts.
        from: f64,
        /// How far the integral came.
        reached: f64,
    },
    /// The masses do not belong to the grid.
    #[error("{masses} masses for {nodes} nodes")]
    Shape {
        /// Length of the stationary vector.
        masses: usize,
        /// Nodes of the grid.
        nodes: usize,
    },
}

/// Rounding of one sum of Gauss terms, relative to the magnitude of the terms.
const ROUNDING: f64 = 2.0 * f64::EPSILON;
