//! Margins: numbers that a solved law has and that change sign where it changes character.

use super::super::{FieldProblem, FieldSource, Problem, StudyError};
use super::sight::Effort;
use crate::grid::{End, GridError};
use crate::model::{Features, System};
use crate::sgd::{SgdError, Source};

/// A scenario at one point of the plane.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is solved, and where SGD draws its samples from.
    pub setting: Setting,
    /// Samples per step of SGD.
    pub batch_size: u64,
}

/// What is solved.
#[derive(Debug, Clone)]
pub enum Setting {
    /// A diagonal network.
    Line(Problem, Source),
    /// A law of one to three variables.
    Field(FieldProblem, FieldSource),
}

impl Case {
    /// The network on several features.
    pub(super) fn features(&self) -> Option<&Features> {
        match &self.setting {
            Setting::Field(FieldProblem { system: System::Features(features), .. }, _) => Some(features),
            _ => None,
        }
    }

    /// Whether the law has several variables.
    pub(super) fn several(&self) -> bool {
        matches!(&self.setting, Setting::Field(problem, _) if problem.system.variables().len() > 1)
    }

    /// The same, asking for no more than a quick look needs.
    pub(super) fn eased(mut self, effort: Effort) -> Self {
        if let (Effort::Quick, Setting::Field(problem, _)) = (effort, &mut self.setting)
            && let Some(quick) = problem.request.quick()
        {
            problem.request = quick;
        }
        self
    }

    /// The diagonal network.
    pub(super) fn line(&self) -> Result<&Problem, Unjudged> {
        match &self.setting {
            Setting::Line(problem, _) => Ok(problem),
            Setting::Field(..) => Err(Unjudged::Several),
        }
    }
}

/// Positive on one side of a boundary, negative on the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// Its value.
    pub value: f64,
    /// Bound of its error.
    pub error: f64,
}

impl Margin {
    pub(super) fn new(value: f64, error: f64) -> Self {
        Self { value, error }
    }

    /// Of a sign that is not changed by the error.
    pub(super) fn decided(&self) -> bool {
        self.value.abs() > self.error
    }

    /// A rate at an end, mapped to (-1, 1) so that rates without bound can be compared; the slope at 0 is 1.
    pub(super) fn squashed(rate: f64, end: &End, error: f64) -> Self {
        if !end.limit || rate.is_infinite() {
            return Self { value: rate.signum(), error: 0.0 };
        }
        let shrink = 1.0 + rate.abs();
        Self { value: rate / shrink, error: (end.error + end.inherited + error) / (shrink * shrink) }
    }

    pub(super) fn min(self, other: Self) -> Self {
        if other.value < self.value { other } else { self }
    }

    pub(super) fn max(self, other: Self) -> Self {
        if other.value > self.value { other } else { self }
    }
}

impl std::ops::Neg for Margin {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, error: self.error }
    }
}

/// Why a boundary cannot be judged at a point.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unjudged {
    /// All mass is at a point.
    #[error("no density exists")]
    NoDensity,
    /// SGD has no noise.
    #[error("there is no noise, and no law but a fixed point")]
    NoNoise,
    /// D = 0.
    #[error("v = 0 is no end of the support")]
    NoFace,
    /// Nothing to jump between.
    #[error("p has one maximum")]
    OneMaximum,
    /// The boundary is one of laws on a line.
    #[error(
        "this boundary is defined for laws of one variable; with several, write a condition, such as variance:v1 > 2"
    )]
    Several,
    /// There is no such variable.
    #[error("there is no such variable: variance_maximum:{} are known", variables.join(" and variance_maximum:"))]
    NoVariable {
        /// Those there are.
        variables: Vec<String>,
    },
    /// The density has no largest value.
    #[error("p goes on rising towards an end that no lattice reaches")]
    Unbounded,
    /// Coarse lattices and fine ones say differently on which side a place lies.
    #[error("coarse lattices and fine ones do not agree on where it is: take a finer grid")]
    Unsteady,
    /// The boundary is one of features.
    #[error("this boundary is defined for networks of features")]
    NoFeatures,
    /// Features are numbered from 1.
    #[error("there are {features} features, and none has the number {asked}")]
    NoSuchFeature {
        /// What was asked for.
        asked: usize,
        /// How many there are.
        features: usize,
    },
    /// The law of the others, on the face, is not unique.
    #[error("on the face v{feature} = 0 more than one of the other features may die first, and which is open")]
    Ambiguous {
        /// The face.
        feature: usize,
    },
    /// The slope of the density has no limit at an end.
    #[error("how p ends cannot be told: its slope settles nowhere that the equation can be formed")]
    Unsettled,
    /// No continuum begins at a finite rate.
    #[error("the decay rates have no continuum")]
    NoContinuum,
    /// D = 0.
    #[error("without a hidden layer SGD does not rest at v = 0")]
    NoRest,
    /// A quantity does not exist.
    #[error("the variance is infinite")]
    InfiniteVariance,
    /// The margin is no number.
    #[error("it has no value there")]
    NoValue,
    /// The scenario is not valid there.
    #[error("{0}")]
    Invalid(String),
    /// The law could not be computed.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Real SGD could not be run.
    #[error(transparent)]
    Sgd(#[from] SgdError),
}

impl Unjudged {
    /// Whether finer lattices may tell what coarse ones cannot.
    pub(super) fn may_be_seen(&self) -> bool {
        matches!(self, Self::OneMaximum | Self::NoValue | Self::Invalid(_))
    }
}

impl From<GridError> for Unjudged {
    fn from(error: GridError) -> Self {
        Self::Study(error.into())
    }
}
