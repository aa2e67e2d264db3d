//! Observables by name: what sweeps record, what boundaries are judged by.

mod field;
mod gap;
mod line;
mod name;

pub use name::{Nameless, OBSERVABLES};

use super::{StudyError, Subject};
use crate::estimate::{Estimate, Quantity};

/// A number or word that a law is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Observable {
    name: String,
    what: What,
}

/// What it is; variables, faces, wells and expressions by index from 0.
#[derive(Debug, Clone, PartialEq)]
enum What {
    Law,
    Mean(usize),
    Variance(usize),
    Covariance(usize, usize),
    Mode(usize),
    Modes,
    TailExponent(usize, Side),
    Quantile(f64, usize),
    LogQuantile(f64),
    Moment(f64),
    Weight(usize),
    SpectralGap,
    RelaxationTime,
    EntropyProduction,
    Lyapunov(usize),
    Identity(usize),
    Expression(usize),
}

/// An end of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// A number with its error.
    Number(Estimate),
    /// What the number is because all mass sits at one point; exact.
    AtPoint(f64),
    /// The integral that defines it diverges.
    Infinite,
    /// It does not exist, or cannot be given: why.
    Absent(String),
    /// `density` or `point_mass`.
    Word(&'static str),
}

impl Reading {
    /// The number, if there is one.
    pub fn finite(&self) -> Option<Estimate> {
        match self {
            Self::Number(estimate) => Some(*estimate),
            Self::AtPoint(value) => Some(Estimate::exact(*value)),
            _ => None,
        }
    }

    /// A quantity, absent for the reason given where it is.
    fn of(quantity: &Quantity, absent: impl FnOnce() -> String) -> Self {
        match quantity {
            Quantity::Finite(estimate) => Self::Number(*estimate),
            Quantity::Infinite => Self::Infinite,
            Quantity::Absent => Self::Absent(absent()),
        }
    }
}

impl Observable {
    /// Its name, as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a word and not a number.
    pub fn is_word(&self) -> bool {
        self.what == What::Law
    }

    /// Whether it is how many maxima there are: on a lattice a shallow one is not seen, and no bar says so.
    pub fn counts_maxima(&self) -> bool {
        self.what == What::Modes
    }
}

/// Finds the observables of a law, in their order; with no more work than they need.
///
/// # Accuracy
/// Every number has a bar that covers its error. For diagonal networks the numbers of [`Lean`](super::Lean) come from
/// there, to the tolerance of the problem where it can be reached; others from the full solver.
///
/// # Errors
/// See [`StudyError`].
pub fn observe(subject: Subject<'_>, observables: &[Observable]) -> Result<Vec<Reading>, StudyError> {
    match subject {
        Subject::Line(problem) => line::observe(problem, observables),
        Subject::Field(problem) => field::observe(problem, observables),
    }
}
