//! The Markov chain behind a law: what the finest grid of a solve made of the equation.

use crate::operator::Generator;

/// A generator whose stationary vector is the law on the finest grid.
#[derive(Debug, Clone)]
pub struct FinestChain {
    /// Rates between cells \[1 / time\].
    pub generator: Generator,
    /// ln of the stationary probabilities of the cells, as solved.
    pub log_mass: Vec<f64>,
    /// Cells per axis; the last axis runs fastest.
    pub shape: Vec<usize>,
}
