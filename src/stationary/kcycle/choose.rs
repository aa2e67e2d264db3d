//! Which solver suits a chain, and what memory the iteration takes.

use crate::stationary::Effort;

/// How a stationary vector is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// [`crate::stationary::solve`]: every entry to near machine precision.
    Elimination,
    /// [`crate::stationary::solve_iterative`]: memory proportional to the number of rates.
    Iteration,
}

impl Method {
    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elimination => "gth",
            Self::Iteration => "kcycle",
        }
    }
}

/// Elimination if what is `forecast` for it fits into `memory` \[bytes\].
pub fn choose(forecast: &Effort, memory: u64) -> Method {
    if forecast.peak_bytes <= memory { Method::Elimination } else { Method::Iteration }
}

/// Memory that [`crate::stationary::solve_iterative`] takes besides the generator, in bytes.
pub fn forecast_iteration(cells: usize, nonzeros: usize) -> u64 {
    // Rates twice on the finest level and about half as many below, with 12 bytes each; vectors of the finest level.
    (nonzeros as u64) * 40 + (cells as u64) * 320
}
