//! What can be wrong with the user's own equations.

use crate::formula::{Failure, FormulaError};
use std::fmt;

/// A mistake in the equations, and which key of the model it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct SdeError {
    /// `variables`, `drift`, `covariance` or `range`.
    pub key: &'static str,
    /// Which element of it, from 0: one number, or row and column; empty for all of it.
    pub index: Vec<usize>,
    /// What is wrong.
    pub cause: SdeCause,
}

/// What is wrong with the equations.
#[derive(Debug, Clone, PartialEq)]
pub enum SdeCause {
    /// A wrong number of elements.
    Shape {
        /// How many, or rows x columns.
        found: String,
        /// How many there must be.
        accepted: String,
    },
    /// A name that is none, means something else or was given before.
    Name(FormulaError),
    /// A formula that cannot be read; the span of the error is within the formula.
    Formula(FormulaError),
    /// A range without inside.
    Range {
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// B differs from its transpose.
    Asymmetric {
        /// Where.
        at: Vec<(String, f64)>,
        /// B_ij and B_ji.
        values: [f64; 2],
    },
    /// A formula has no finite value inside the range.
    NotFinite {
        /// Where.
        at: Vec<(String, f64)>,
        /// Its value.
        value: f64,
        /// Why.
        failure: Failure,
    },
    /// B is not positive semi-definite inside the range.
    NotPositive {
        /// Where.
        at: Vec<(String, f64)>,
        /// The smallest eigenvalue of B there.
        eigenvalue: f64,
    },
    /// B is singular wherever it was tried.
    Degenerate,
    /// The noise of a variable vanishes at a place inside its range that paths do not cross, or in one direction only.
    Silent {
        /// The variable, and where.
        at: Vec<(String, f64)>,
    },
}

/// x = 1, y = 2
pub(in crate::model) struct Place<'a>(pub(in crate::model) &'a [(String, f64)]);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SdeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)?;
        for i in &self.index {
            write!(f, "[{i}]")?;
        }
        match &self.cause {
            SdeCause::Shape { found, accepted } => write!(f, " has {found}, not {accepted}"),
            SdeCause::Name(error) | SdeCause::Formula(error) => write!(f, ": {error}"),
            SdeCause::Range { lower, upper } => write!(f, " = [{lower}, {upper}] is no range"),
            SdeCause::Asymmetric { at, values: [a, b] } => {
                write!(f, " = {a} is not {b}, its mirror image, at {}", Place(at))
            }
            SdeCause::NotFinite { at, value, failure } => {
                let why = match failure {
                    Failure::Pole => ": a division by zero, or ln(0)",
                    Failure::Undefined => ": something is not defined there",
                    Failure::Overflow => ": too large for the arithmetic",
                };
                write!(f, " is {value} at {}{why}", Place(at))
            }
            SdeCause::NotPositive { at, eigenvalue } => {
                write!(
                    f,
                    " is not positive semi-definite at {}: its smallest eigenvalue is {eigenvalue:.6e}",
                    Place(at)
                )
            }
            SdeCause::Silent { at } => {
                let place = Place(at);
                write!(f, " vanishes at {place}, inside the range: either side of it may have a law of its own")
            }
            SdeCause::Degenerate => f.write_str(
                " is singular everywhere: noise is needed in every direction (laws of hypoelliptic equations, such as the \
                 Langevin equation of position and velocity, are not solved; a little noise in the other directions is enough)",
            ),
        }
    }
}

impl std::error::Error for SdeError {}

impl SdeError {
    /// What would be accepted.
    pub fn accepted(&self) -> &'static str {
        match &self.cause {
            SdeCause::Shape { .. } if self.key == "variables" => "one to three variables",
            SdeCause::Shape { .. } => "as many as there are variables",
            SdeCause::Name(_) => "letters, digits and _, not starting with a digit, and no function",
            SdeCause::Formula(_) => "a formula of the variables and parameters",
            SdeCause::Range { .. } => "[lower, upper] with lower < upper, -inf and inf allowed",
            SdeCause::Asymmetric { .. } => "a symmetric matrix",
            SdeCause::NotFinite { .. } => "a formula that is finite inside the range, or a smaller range",
            SdeCause::NotPositive { .. } => "a positive semi-definite matrix inside the range, or a smaller range",
            SdeCause::Silent { .. } => "a range that ends there, on either side",
            SdeCause::Degenerate => "a matrix that is positive definite inside the range",
        }
    }
}
