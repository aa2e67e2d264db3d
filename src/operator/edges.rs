//! The edges of a lattice: weights from Selling's decomposition, potential drops along them, and the rates.

use super::{Generator, OperatorError};
use crate::grid::Lattice;
use crate::process::Process;

/// Undirected edges x - y with their weight w \[1 / time\] and potential drop psi = log m_y - log m_x of a
/// detailed-balance law; made once per lattice, turned into rates as often as the current is corrected.
#[derive(Debug, Clone)]
pub struct Edges {
    cells: usize,
    /// (x, y), x < y, in ascending order.
    ends: Vec<[u32; 2]>,
    weight: Vec<f64>,
    drop: Vec<f64>,
}

impl Edges {
    /// Decomposes the diffusion at every node and integrates the force along every edge.
    ///
    /// # Errors
    /// [`OperatorError`] with the place where a coefficient is not a number or B is not positive semi-definite.
    pub fn of<const N: usize>(_process: &dyn Process<N>, _lattice: &Lattice<N>) -> Result<Self, OperatorError> {
        unimplemented!("branch selling")
    }

    /// The rates: plainly fitted without `log_mass`; with the log masses of an earlier solve, corrected for
    /// the current that they carry.
    ///
    /// # Errors
    /// [`OperatorError::Rate`].
    pub fn generator(&self, _log_mass: Option<&[f64]>) -> Result<Generator, OperatorError> {
        unimplemented!("branch selling")
    }

    /// Largest |psi - (log m_y - log m_x)| over the edges that carry mass (sqrt(m_x m_y) > 1e-6 max m): how
    /// far an edge is from detailed balance, and whether the grid resolves the current.
    pub fn max_residual_drop(&self, _log_mass: &[f64]) -> f64 {
        unimplemented!("branch selling")
    }

    /// Net flow x -> y \[1 / time\] of every edge under the rates of [`Edges::generator`] with the same
    /// `correction`.
    pub fn flows(&self, _log_mass: &[f64], _correction: Option<&[f64]>) -> Vec<f64> {
        unimplemented!("branch selling")
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The edges.
    pub fn ends(&self) -> &[[u32; 2]] {
        &self.ends
    }

    /// The weights.
    pub fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// The potential drops.
    pub fn drops(&self) -> &[f64] {
        &self.drop
    }
}
