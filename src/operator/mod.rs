//! The generator of the discretised equation: rates between neighbouring cells, never a diagonal.

mod edges;
mod fitted;
mod generator;

pub use edges::Edges;
pub use fitted::assemble;
pub use generator::Generator;

/// Why no generator could be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OperatorError {
    /// The force could not be sampled.
    #[error(transparent)]
    Grid(#[from] crate::grid::GridError),
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
