//! Numbers with an error bar.
//!
//! Every number a user sees is an [`Estimate`] (a value and a bound on how wrong it can be, split by
//! cause) or says that it does not exist ([`Quantity::Infinite`]).

/// What an error bar is made of; every part is an absolute error in the unit of the value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ErrorBudget {
    /// Difference between two resolutions of the grid (and between the two boxes that carry them).
    pub grid: f64,
    /// Rounding, propagated through the sums that made the value.
    pub rounding: f64,
    /// Rounding of the input: decimals are known to half a unit in the last binary place once they are read.
    pub input: f64,
    /// Statistical error (one standard error) of a sampled value; 0 for computed ones.
    pub sampling: f64,
}

impl ErrorBudget {
    /// The whole error: the sum of the parts, since none may be assumed independent.
    pub fn total(&self) -> f64 {
        self.grid + self.rounding + self.input + self.sampling
    }
}

/// A value and how wrong it can be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its error, split by cause.
    pub budget: ErrorBudget,
}

impl Estimate {
    /// A value that is exact by definition (a point mass, a support end).
    pub fn exact(value: f64) -> Self {
        Self { value, budget: ErrorBudget::default() }
    }

    /// A computed value: difference between resolutions and rounding.
    pub fn computed(value: f64, grid: f64, rounding: f64) -> Self {
        Self { value, budget: ErrorBudget { grid, rounding, ..ErrorBudget::default() } }
    }

    /// The same with the error that rounded input makes.
    pub fn inheriting(mut self, input: f64) -> Self {
        self.budget.input = input;
        self
    }

    /// A sampled value with one standard error.
    pub fn sampled(value: f64, standard_error: f64) -> Self {
        Self { value, budget: ErrorBudget { sampling: standard_error, ..ErrorBudget::default() } }
    }

    /// The whole absolute error.
    pub fn error(&self) -> f64 {
        self.budget.total()
    }

    /// Whether `truth` lies within the error bar.
    pub fn covers(&self, truth: f64) -> bool {
        (self.value - truth).abs() <= self.error()
    }
}

/// A number that may not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// It exists and is known this well.
    Finite(Estimate),
    /// The integral that defines it diverges to infinity.
    Infinite,
    /// It is not defined (a tail exponent where the tail is no power law).
    Absent,
}

impl Quantity {
    /// The estimate, if it is finite.
    pub fn finite(&self) -> Option<Estimate> {
        match self {
            Self::Finite(e) => Some(*e),
            _ => None,
        }
    }
}
