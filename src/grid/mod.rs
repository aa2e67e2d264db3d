//! Grids: where the law lives, found from the process alone, and the nodes that resolve it.

mod axis;
mod lattice;
mod mesh;
mod panel;
mod survey;

pub use axis::{Axis, Grid};
pub use lattice::{Grading, Lattice, LatticeAxis};
pub use mesh::{Cut, mesh};
pub use panel::{Panel, resolve};
pub use survey::{End, Survey};

/// Why no grid could be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GridError {
    /// The force is not a number somewhere: the coefficients are outside floating-point range there.
    #[error("the force is not a number at chart coordinate {at}")]
    NotANumber {
        /// Chart coordinate.
        at: f64,
    },
    /// The force varies on a scale that floating-point numbers cannot resolve.
    #[error(
        "the force at chart coordinate {at} varies within {width:e}, below what floating-point numbers resolve there"
    )]
    Unresolved {
        /// Chart coordinate.
        at: f64,
        /// Width of the last panel tried.
        width: f64,
    },
    /// The density is highest at the edge of the chart that can be looked at.
    #[error("the law lies beyond chart coordinate {at}, outside the range of floating-point numbers")]
    OutOfReach {
        /// Chart coordinate of the edge.
        at: f64,
    },
    /// The law would need more cells than allowed.
    #[error("the law needs more than {limit} cells")]
    TooManyCells {
        /// Largest number of cells.
        limit: usize,
    },
}
