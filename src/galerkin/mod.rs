//! A second, independent discretisation for verification: Galerkin spectral elements on Gauss-Lobatto nodes,
//! zero flux through the weak form, the null vector by sparse LU.
//!
//! Knows a process and a box; shares nothing with the finite volumes but the process.

use crate::process::Process;

/// Where and how finely to discretise.
#[derive(Debug, Clone, PartialEq)]
pub struct Elements<const N: usize> {
    /// Boundaries of the elements along every axis, in chart coordinates, ascending.
    pub breaks: [Vec<f64>; N],
    /// Polynomial degree along every axis.
    pub degree: usize,
}

/// The density on the nodes of the elements, with the weights that integrate it.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralLaw<const N: usize> {
    /// Chart coordinates of the nodes.
    pub nodes: Vec<[f64; N]>,
    /// Mass of the law at every node (quadrature weight times density); may be slightly negative.
    pub masses: Vec<f64>,
    /// Unknowns.
    pub unknowns: usize,
    /// Wall time.
    pub seconds: f64,
}

/// Why there is no spectral solution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GalerkinError {
    /// The coefficients are not numbers at a node.
    #[error("the coefficients are not numbers at chart coordinates {at:?}")]
    NotANumber {
        /// The node.
        at: Vec<f64>,
    },
    /// The linear system could not be solved.
    #[error("the sparse LU of {unknowns} unknowns failed: {cause}")]
    Factorisation {
        /// Unknowns.
        unknowns: usize,
        /// What the solver said.
        cause: String,
    },
}

impl<const N: usize> SpectralLaw<N> {
    /// E[f(z)].
    pub fn expectation(&self, f: impl Fn(&[f64; N]) -> f64) -> f64 {
        self.nodes.iter().zip(&self.masses).map(|(z, m)| m * f(z)).sum()
    }
}

/// Solves the stationary equation on the elements.
///
/// # Errors
/// [`GalerkinError`].
pub fn solve<const N: usize>(
    _process: &dyn Process<N>,
    _elements: &Elements<N>,
) -> Result<SpectralLaw<N>, GalerkinError> {
    unimplemented!("branch galerkin")
}
