//! Markov chains of the user's own: Matrix Market files in and out, what their numbers mean, and the answer to
//! `stillpoint chain`.
//!
//! A file holds a generator (rates, rows sum to 0) or a stochastic matrix (probabilities, rows sum to 1), told apart by
//! the sums. The stationary law needs the off-diagonal entries only, so the diagonal is checked and dropped: nothing
//! can be lost to its cancellation.

mod answer;
mod decays;
mod error;
mod meaning;
mod memory;
mod period;
mod read;
mod token;
mod write;

pub use answer::{Source, answer};
pub use error::{ChainError, Layout, Misfit};
pub use meaning::{Chain, Kind, Orientation};
pub use read::{Entry, Matrix, read_matrix_market};
pub use write::write_matrix_market;
