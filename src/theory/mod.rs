//! Closed forms of the stationary law of the diagonal network, for comparison only.
//!
//! Nothing here knows a grid, a generator or a process; nothing that computes a law may import this room.
//! Each file holds one law: its logarithm as a difference from a reference point, so that it keeps its
//! digits where the density is e^-10000 or the peak is narrow. What a law does not give in closed form is
//! integrated by adaptive Gauss-Legendre quadrature of the formula, with its own error.
//!
//! Source: Ziyin, Li and Ueda, arXiv 2308.06671, as corrected in the theory manual (sections 3-5, 10, 11).

mod balance;
mod chart;
mod closed_form;
mod deep;
mod end;
mod gaussian;
mod infinite;
mod inverse_gamma;
mod law;
mod loggamma;
mod masses;
mod modes;
mod moments;
mod one_layer;
mod panel;
mod pearson;
mod powers;
mod primitive;
mod reference;
mod roots;
mod shape;
mod thresholds;

pub use closed_form::ClosedForm;
pub use loggamma::log_gamma;
pub use modes::Mode;
pub use thresholds::{Thresholds, critical_temperature, gap_temperature, mergers, moment_temperature};
