//! Models: parameters in, processes in charts out. A model knows no grid and no solver.

mod diagonal;
mod equation;
mod faces;
mod feature_data;
mod feature_moments;
mod feature_process;
mod feature_start;
mod features;
mod forces;
mod identity;
mod in_chart;
mod loss;
mod moments;
mod sde;
mod sensitivity;
mod system;
mod terms;
mod unbalanced;
mod unbalanced_process;

pub use diagonal::{Branch, Diagonal, Piece};
pub use equation::DiagonalProcess;
pub use faces::{Face, Growth, Rate};
pub use feature_moments::FeatureMoments;
pub use feature_process::FeatureProcess;
pub use features::Features;
pub use identity::{Identity, Term};
pub use loss::{FixedPoint, Loss, LossData, LossSetup, TARGET, input_names};
pub use moments::Moments;
use sde::Place;
pub use sde::{Sde, SdeCause, SdeError};
pub use system::System;
pub use unbalanced::Unbalanced;
pub use unbalanced_process::UnbalancedProcess;

/// What is wrong with the parameters of a model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A moment of the data, or a parameter of a teacher, that no data can have.
    #[error("{name} = {value} is not {accepted}")]
    Moment {
        /// Key in the scenario.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A model parameter out of its range.
    #[error("{name} = {value} is out of range: {accepted}")]
    Parameter {
        /// Key in the scenario.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// One number of a list or matrix out of its range.
    #[error("{name}, entry {at:?} (counted from 1) = {value}, is not {accepted}")]
    Entry {
        /// Key in the scenario.
        name: &'static str,
        /// Row and column, or place in the list, from 1.
        at: Vec<usize>,
        /// What was given.
        value: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A list or matrix of the wrong size.
    #[error("{name} has {found}; needed is {accepted}")]
    Shape {
        /// Key in the scenario.
        name: &'static str,
        /// Its size.
        found: String,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A matrix that is not symmetric.
    #[error("{name} is not symmetric: entry ({row}, {column}) is {value}, its mirror image {mirrored}")]
    Asymmetric {
        /// Key in the scenario.
        name: &'static str,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry with row and column exchanged.
        mirrored: f64,
    },
    /// A matrix that is not positive definite.
    #[error("{name} is not positive definite: scaled to unit diagonal, its smallest eigenvalue is {eigenvalue:.3e}")]
    Indefinite {
        /// Key in the scenario.
        name: &'static str,
        /// Smallest eigenvalue of the matrix scaled to unit diagonal.
        eigenvalue: f64,
    },
    /// SGD has no noise in some direction, so the law is no density.
    #[error("SGD has no noise in some direction: {cause}")]
    Degenerate {
        /// Key in the scenario.
        name: &'static str,
        /// Where the noise is missing, and why.
        cause: String,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A loss that no rule averages well enough.
    #[error(
        "averages of the loss over its inputs and targets are known to a relative {error:.1e} only at {}",
        Place(at)
    )]
    Average {
        /// Relative error left.
        error: f64,
        /// Where it is largest.
        at: Vec<(String, f64)>,
    },
    /// A loss of several Gaussian inputs that is no polynomial of them.
    #[error(
        "no rule averages the loss over {inputs} Gaussian inputs: it is not a polynomial of them and of y of low degree"
    )]
    Unaveraged {
        /// Number of inputs.
        inputs: usize,
    },
    /// A loss of one sample that jumps, or whose gradient does.
    #[error(
        "the loss of one sample or its gradient jumps where {condition} = 0, as at {}: what jumps of different samples add \
         to the equation is not seen in derivatives of the formula",
        Place(at)
    )]
    Jump {
        /// What is zero there.
        condition: String,
        /// Parameters and a sample.
        at: Vec<(String, f64)>,
    },
    /// Something wrong with the user's own equations.
    #[error(transparent)]
    Equation(#[from] SdeError),
}

impl ModelError {
    fn moment(name: &'static str, value: f64, accepted: &'static str) -> Self {
        Self::Moment { name, value, accepted }
    }

    /// The key the error is about.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Moment { name, .. }
            | Self::Parameter { name, .. }
            | Self::Entry { name, .. }
            | Self::Shape { name, .. }
            | Self::Asymmetric { name, .. }
            | Self::Indefinite { name, .. }
            | Self::Degenerate { name, .. } => name,
            Self::Average { .. } | Self::Unaveraged { .. } | Self::Jump { .. } => "loss",
            Self::Equation(error) => error.key,
        }
    }

    /// What would be accepted.
    pub fn accepted(&self) -> &'static str {
        match self {
            Self::Moment { accepted, .. }
            | Self::Parameter { accepted, .. }
            | Self::Entry { accepted, .. }
            | Self::Shape { accepted, .. }
            | Self::Degenerate { accepted, .. } => accepted,
            Self::Asymmetric { .. } => "a symmetric matrix",
            Self::Indefinite { .. } => "a positive definite matrix",
            Self::Average { .. } => "a smoother loss, or a data set, over whose rows averages are exact",
            Self::Unaveraged { .. } => "a polynomial of x1, x2, ... and y, a loss of one input, or a data set",
            Self::Jump { .. } => {
                "a loss with a continuous gradient (max(z, 0)^2 or ln(1 + exp(z)) for the hinge max(z, 0), sqrt(z^2 + a^2) for \
                 abs(z)), or a `range` that ends at the jump"
            }
            Self::Equation(error) => error.accepted(),
        }
    }
}
