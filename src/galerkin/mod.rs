//! A second discretisation, to check the first: Galerkin spectral elements for the stationary density in the chart.
//!
//! The unknown is u = s p, s = sum_i B_ii / l_i^2 with l_i the widths of the box: the density of the process whose
//! clock runs at rate 1 / s. Its coefficients b / s and B / s stay of one size where noise grows like a power of e^z, so
//! that u can be a polynomial where p, times what multiplies it, cannot. On a box of tensor-product elements u is a
//! polynomial of some degree in every element, continuous across them, given at Gauss-Lobatto nodes. Zero flux through
//! the faces of the box is the weak form's natural condition: for the test function phi of every node
//! sum_i int d_i phi (b_i u / s - sum_j d_j (B_ij u / s) / 2) = 0.
//! Neither div B nor the force enters, so that an error there, on which the finite volumes are built, would show.
//! It shares neither grid, nor fluxes, nor elimination with the finite volumes. Its densities need not be positive,
//! and far below 1e-16 of the largest they are noise: it is meant for moments and for what is not far out.

mod dissection;
mod element;
mod front;
mod hermite;
mod krylov;
mod law;
mod line;
mod lobatto;
mod measure;
mod numbering;
mod oblique;
mod relaxation;
mod settle;
mod solve;
mod spacing;

pub use hermite::{HermiteLaw, HermiteSettled, Marginal, settle_hermite};
pub use law::SpectralLaw;
pub use line::Line;
pub use lobatto::Lobatto;
pub use measure::Measure;
pub use oblique::Oblique;
pub use relaxation::{SettledDecay, settle_decays};
pub(crate) use settle::doubt;
pub use settle::{Settled, breaks, settle};
pub use solve::{solve, solve_with_decays};
pub use spacing::Spacing;

use thiserror::Error;

/// Why there is no law.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GalerkinError {
    /// Breaks that do not ascend, an element too few or a degree below 2.
    #[error("the elements do not span a box, or their degree is below 2")]
    Elements,
    /// Coefficients outside of floating-point range, or no noise.
    #[error("drift or diffusion is not finite, or there is no noise, at {0:?}")]
    Coefficients(Vec<f64>),
    /// The linear system has no solution.
    #[error("the system of {0} spectral unknowns is singular")]
    Singular(usize),
    /// The solution has no positive finite mass.
    #[error("the spectral solution is no density")]
    NoMass,
    /// Less memory is allowed than they may take.
    #[error("they may take {needed} bytes of memory, more than is allowed")]
    Memory {
        /// \[bytes\]
        needed: u64,
    },
    /// The moments still move from one resolution to the next.
    #[error("the moments still move by {relative:.1e} of their size at {elements} elements of degree {degree}")]
    NotSettled {
        /// Largest error relative to standard deviations.
        relative: f64,
        /// Elements per axis.
        elements: usize,
        /// Their degree.
        degree: usize,
    },
    /// An expansion in Hermite polynomials does not converge fast enough.
    #[error(
        "an expansion in Hermite polynomials has moments that still move by {relative:.1e} of their size at degree {degree}"
    )]
    Slow {
        /// Largest error relative to standard deviations.
        relative: f64,
        /// Total degree.
        degree: usize,
    },
}
