//! Models: parameters in, processes in charts out. A model knows no grid and no solver.

mod diagonal;
mod equation;
mod features;
mod forces;
mod moments;
mod sde;
mod sensitivity;
mod system;
mod terms;
mod unbalanced;

pub use diagonal::{Branch, Diagonal, Piece};
pub use equation::DiagonalProcess;
pub use features::{FeatureMoments, Features};
pub use moments::Moments;
pub use sde::{Sde, SdeCause, SdeError};
pub use system::System;
pub use unbalanced::Unbalanced;

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
            Self::Moment { name, .. } | Self::Parameter { name, .. } => name,
            Self::Equation(error) => error.key,
        }
    }

    /// What would be accepted.
    pub fn accepted(&self) -> &'static str {
        match self {
            Self::Moment { accepted, .. } | Self::Parameter { accepted, .. } => accepted,
            Self::Equation(error) => error.accepted(),
        }
    }
}
