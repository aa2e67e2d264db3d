//! Models of one to three variables whose law is found on a lattice.

use super::{Features, Loss, Sde, Unbalanced};
use crate::process::{AnyProcess, Process};

/// A model without a formula for its law.
#[derive(Debug, Clone)]
pub enum System {
    /// Several features.
    Features(Features),
    /// One feature, two layers out of balance.
    Unbalanced(Unbalanced),
    /// The user's own equations.
    Sde(Sde),
    /// SGD on a loss of few parameters.
    Loss(Loss),
}

impl System {
    /// Names of the model's own variables: v1, v2, ... for features; v, Q; the user's names.
    pub fn variables(&self) -> Vec<String> {
        match self {
            Self::Features(m) => m.variables(),
            Self::Unbalanced(m) => m.variables(),
            Self::Sde(m) => m.variables(),
            Self::Loss(m) => m.variables(),
        }
    }

    /// Names of the chart coordinates of the solver.
    pub fn chart_names(&self) -> Vec<String> {
        match self {
            Self::Features(m) => m.chart_names(),
            Self::Unbalanced(m) => m.chart_names(),
            Self::Sde(m) => m.chart_names(),
            Self::Loss(m) => m.chart_names(),
        }
    }

    /// The equation in the chart.
    pub fn process(&self) -> AnyProcess {
        match self {
            Self::Features(m) => m.process(),
            Self::Unbalanced(m) => m.process(),
            Self::Sde(m) => m.process(),
            Self::Loss(m) => m.process(),
        }
    }

    /// The equation of a model of a single variable in a coordinate that is logarithmic at faces and at infinity; `None`
    /// with several variables.
    pub fn logarithmic(&self) -> Option<Box<dyn Process<1>>> {
        match self {
            Self::Sde(m) => m.logarithmic(),
            Self::Loss(m) => m.logarithmic(),
            Self::Features(_) | Self::Unbalanced(_) => match self.process() {
                AnyProcess::One(process) => Some(process),
                _ => None,
            },
        }
    }

    /// Chart coordinates of a place where mass is likely to be, to start the search for the box.
    pub fn start(&self) -> Vec<f64> {
        match self {
            Self::Features(m) => m.start(),
            Self::Unbalanced(m) => m.start(),
            Self::Sde(m) => m.start(),
            Self::Loss(m) => m.start(),
        }
    }
}
