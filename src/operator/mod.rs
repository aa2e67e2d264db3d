//! The generator of the discretised equation: rates between neighbouring cells, never a diagonal.

mod definite;
mod edges;
mod fitted;
mod generator;
mod potential;
mod rates;
mod selling;
mod wall;
mod weights;

pub use edges::Edges;
pub use fitted::assemble;
pub use generator::{Generator, RateMatrix};

/// Why no generator could be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OperatorError {
    /// The force could not be sampled.
    #[error(transparent)]
    Grid(#[from] crate::grid::GridError),
    /// Drift, diffusion or its divergence is not a finite number.
    #[error("drift and diffusion are not finite numbers at chart coordinates {at:?}")]
    Coefficients {
        /// The node.
        at: Vec<f64>,
    },
    /// The diffusion is not positive semi-definite.
    #[error("the diffusion matrix has the negative eigenvalue {eigenvalue:e} at chart coordinates {at:?}")]
    Indefinite {
        /// The node.
        at: Vec<f64>,
        /// The smallest eigenvalue.
        eigenvalue: f64,
    },
    /// The diffusion is singular: noise does not reach every direction, and no potential drop exists.
    #[error(
        "the diffusion matrix is singular (smallest eigenvalue {eigenvalue:e}) at chart coordinates {at:?}: \
         noise has to reach every direction"
    )]
    Degenerate {
        /// The node.
        at: Vec<f64>,
        /// The smallest eigenvalue.
        eigenvalue: f64,
    },
    /// The force is not a finite number.
    #[error("the force B^-1 (2 b - div B) is {force:?} at chart coordinates {at:?}")]
    Force {
        /// Where.
        at: Vec<f64>,
        /// Its value.
        force: Vec<f64>,
    },
    /// More cells than can be numbered.
    #[error("{cells} cells are more than {} can number", u32::MAX)]
    Size {
        /// Cells asked for.
        cells: usize,
    },
    /// A rate is negative, infinite or not a number.
    #[error("the rate from cell {from} to cell {to} is {rate}; rates are finite and not negative")]
    Rate {
        /// Source.
        from: usize,
        /// Target.
        to: usize,
        /// The value.
        rate: f64,
    },
    /// A cell has a rate to itself.
    #[error("cell {cell} has a rate to itself; the diagonal is implied")]
    Diagonal {
        /// The cell.
        cell: usize,
    },
    /// The matrix is not square.
    #[error("a generator is square, not {rows} x {columns}")]
    Shape {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}
